#pragma once

#include "model/kai-notice.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* Owns the table notice_search: which notice has which blind tokens (kai-search-terms.h). It keeps no
 * text: a notice is taken out by the tokens with which it was put in. Everything here needs the store's key (NOT_ALLOWED while locked). */

/* Called by whoever inserts a row of notice or seals its payer, in the same transaction; @notice is what the row holds from now on. */
gboolean kai_search_index_add (KaiDatabase *db, gint64 id, const KaiNotice *notice, GError **error);
/* Called before a row goes or its payer is sealed anew, in the same transaction: what the row holds until now is read from it. */
gboolean kai_search_index_remove (KaiDatabase *db, gint64 id, GError **error);

/* Makes the whole index anew, in one transaction. */
gboolean kai_search_index_rebuild (KaiDatabase *db, GError **error);
/* DAMAGED when a notice lacks a token, has one too many, or the index knows a notice that is not there; says how many. */
gboolean kai_search_index_check (KaiDatabase *db, GError **error);

G_END_DECLS
