#pragma once

#include "model/kai-form.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* Owns the table notice_template: forms that are used again and again, each under a name and, if wanted, on a key (1 to 9). Sealed. */
typedef struct
{
  gint64 id;
  int slot;      /* 1 … 9, 0 on no key */
  char *name;    /* owned */
  KaiForm *form; /* owned */
  gint64 updated_at;
} KaiNoticeTemplate;

void kai_notice_template_free (KaiNoticeTemplate *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiNoticeTemplate, kai_notice_template_free)

/* Writes template *id; 0 makes a new one and sets *id. One that was on key @slot before loses it. INVALID: the name is missing or over 100 bytes in
 * GBK, the slot is none. NOT_FOUND, NOT_ALLOWED. */
gboolean kai_template_store_save (KaiDatabase *db, gint64 *id, const char *name, int slot,
                                  const KaiForm *form, GError **error);
gboolean kai_template_store_remove (KaiDatabase *db, gint64 id, GError **error);
KaiNoticeTemplate *kai_template_store_load (KaiDatabase *db, gint64 id, GError **error);
/* The one on key @slot; NULL with NOT_FOUND. */
KaiNoticeTemplate *kai_template_store_find_slot (KaiDatabase *db, int slot, GError **error);
/* Array of KaiNoticeTemplate that frees them: those on keys in their order, then the others by name. Damaged ones are left out. */
GPtrArray *kai_template_store_list (KaiDatabase *db, GError **error);

G_END_DECLS
