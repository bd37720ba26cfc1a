#pragma once

#include "store/kai-notice-store.h"

G_BEGIN_DECLS

/* A very long list: ids in order as an array, pages of 256 rows by id in a small cache. */
typedef struct _KaiNoticeList KaiNoticeList;
KaiNoticeList *kai_notice_list_new (KaiDatabase *db); /* borrows db */
void kai_notice_list_free (KaiNoticeList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiNoticeList, kai_notice_list_free)
/* Runs the query anew and drops the cache. The strings of @filter are copied. */
gboolean kai_notice_list_load (KaiNoticeList *list, const KaiNoticeFilter *filter, GError **error);
guint kai_notice_list_get_length (KaiNoticeList *list);
gint64 kai_notice_list_get_id (KaiNoticeList *list, guint position);
/* Borrowed until the next call; NULL when the row has gone. */
const KaiNotice *kai_notice_list_get (KaiNoticeList *list, guint position);
/* Position of a notice, -1 when not in the list. */
int kai_notice_list_find (KaiNoticeList *list, gint64 id);

G_END_DECLS
