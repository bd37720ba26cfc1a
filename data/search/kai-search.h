#pragma once

#include "search/kai-search-terms.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* One search for everything. What is stored in plain — payment codes, e-bill numbers, numbers of paper bills — is found without the store's key, too;
 * payers only with it. Payment codes and e-bill numbers are found whole, by their beginning (three digits or more) and by their end (four or more), paper
 * numbers whole, with or without the zeros in front. */

typedef enum
{
  KAI_HIT_NOTICE,
  KAI_HIT_EBILL,
  KAI_HIT_PAPER_BILL,
  KAI_HIT_BATCH,
} KaiHitKind;
const char *kai_hit_kind_to_string (KaiHitKind kind); /* "notice", "ebill", "paper-bill", "batch" */

typedef struct
{
  KaiHitKind kind;
  gint64 row;    /* id of the notice; of a bill's notice; 0 for the other two */
  char *id;      /* payment code, e-bill number, paper number as printed, batch id */
  char *type;    /* of a paper bill: the code of its type; NULL otherwise */
  char *summary; /* one line for a person, personal data masked */
} KaiSearchHit;
void kai_search_hit_free (KaiSearchHit *hit);

typedef struct
{
  GPtrArray *hits;    /* KaiSearchHit: notices, e-bills, paper bills, batches; each newest first */
  gboolean more;      /* there are more than the limit let through */
  gboolean is_locked; /* payers were not looked at, because the store's key is not there */
} KaiSearchResult;
void kai_search_result_free (KaiSearchResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSearchResult, kai_search_result_free)

/* At most @limit hits of each kind (0 = all). A text without letters, digits or marks finds nothing. LIMIT when it is too long; sqlite3_interrupt from
 * another thread cancels (G_IO_ERROR_CANCELLED). */
KaiSearchResult *kai_search (KaiDatabase *db, const char *text, int limit, GError **error);

/* 王小明 -> 王**, for lines that many people may see. Caller frees. */
char *kai_search_mask_name (const char *name);

/* Ids of the notices that @text finds, also by their e-bills, newest first; at most @limit (0 = all), *@more says whether there are others (may be NULL). The lists
 * of notices use it for their text. Caller frees. */
GArray *kai_search_notices (KaiDatabase *db, const KaiSearchText *text, int limit, gboolean *more,
                            GError **error);

G_END_DECLS
