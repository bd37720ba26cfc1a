#pragma once

/* Shared by the files of the search only. */
#include "search/kai-search.h"

G_BEGIN_DECLS

/* Ids of the notices that have an e-bill with that number, or code and number in one, newest first; at most @limit (0 = all). Caller frees. */
GArray *kai_search_by_ebill (KaiDatabase *db, const KaiSearchText *text, int limit, GError **error);
/* Whether that is why. */
gboolean kai_search_text_is_ebill (const KaiSearchText *text, const char *code, const char *number);

G_END_DECLS
