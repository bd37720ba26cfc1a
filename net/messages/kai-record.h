#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The fields of one voucher, by name; order on the wire comes from the catalogue. A path names nested nodes: "Sign_Info/Value".
 * Repeated nodes are children: kai_record_add (r, "BillList/Bill"). */
typedef struct _KaiRecord KaiRecord;
KaiRecord *kai_record_new (void);
void kai_record_free (KaiRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiRecord, kai_record_free)
void kai_record_set (KaiRecord *record, const char *path, const char *value); /* NULL = "" */
void kai_record_take (KaiRecord *record, const char *path, char *value);      /* takes @value */
void kai_record_set_money (KaiRecord *record, const char *path, gint64 fen);
void kai_record_set_int (KaiRecord *record, const char *path, gint64 value);
const char *kai_record_get (const KaiRecord *record,
                            const char *path); /* "" when missing; borrowed */
gboolean kai_record_has (const KaiRecord *record,
                         const char *path); /* it was set or stood in the message, even if empty */
/* FALSE with KAI_NET_ERROR_FIELD naming the field. */
gboolean kai_record_get_money (const KaiRecord *record, const char *path, gint64 *fen,
                               GError **error);
gboolean kai_record_get_int (const KaiRecord *record, const char *path, gint64 *value,
                             GError **error);
KaiRecord *kai_record_add (KaiRecord *record, const char *list); /* borrowed */
guint kai_record_get_n (const KaiRecord *record, const char *list);
const KaiRecord *kai_record_nth (const KaiRecord *record, const char *list, guint n); /* borrowed */

G_END_DECLS
