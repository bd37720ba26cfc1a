#pragma once

#include "model/kai-notice.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* Owns the table notice_review: notices that a second person checks before they are issued. Who may do what is decided in net/sync. */
typedef enum
{
  KAI_REVIEW_WAITING,
  KAI_REVIEW_SENT_BACK,
  KAI_REVIEW_APPROVED, /* issued: notice_id */
  KAI_REVIEW_WITHDRAWN,
} KaiReviewState;
const char *
kai_review_state_to_string (KaiReviewState state); /* "waiting", "sent-back" …; borrowed */
gboolean kai_review_state_parse (const char *word, KaiReviewState *out);

typedef struct
{
  gint64 id;
  KaiReviewState state;
  char *maker, *maker_name; /* user code and name */
  char *checker;            /* user code, "" before */
  char *reason;             /* why it was sent back, "" */
  char *batch_id;
  KaiMoney amount;
  gint64 corrects;   /* the refused notice whose content this is to be, 0 for a new one */
  gint64 notice_id;  /* once approved */
  KaiNotice *notice; /* owned; NULL once approved or withdrawn, and while the store is locked */
  gint64 created_at, updated_at;
} KaiReview;

void kai_review_free (KaiReview *review);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiReview, kai_review_free)

/* Keeps a notice that passed kai_notice_check; one with an id is a refused one that is to be corrected. Sets *id. CONFLICT when its row key, or a
 * correction of the same notice, waits already. NOT_ALLOWED while locked. */
gboolean kai_review_store_add (KaiDatabase *db, const char *maker, const char *maker_name,
                               const KaiNotice *notice, gint64 *id, GError **error);
/* Another content for one that is waiting or was sent back: it waits again. */
gboolean kai_review_store_replace (KaiDatabase *db, gint64 id, const KaiNotice *notice,
                                   GError **error);
/* Writes state, checker, reason and notice_id; the content goes when the state is a last one. */
gboolean kai_review_store_finish (KaiDatabase *db, const KaiReview *review, GError **error);
/* NULL with NOT_FOUND, NOT_ALLOWED, DAMAGED. */
KaiReview *kai_review_store_load (KaiDatabase *db, gint64 id, GError **error);
/* Array of KaiReview that frees them, oldest first; @maker NULL for everybody's. */
GPtrArray *kai_review_store_list (KaiDatabase *db, KaiReviewState state, const char *maker,
                                  int limit, GError **error);
int kai_review_store_count (KaiDatabase *db, KaiReviewState state, const char *maker);
/* The one that holds @row_key and is not finished; 0 when none. */
gint64 kai_review_store_find_row_key (KaiDatabase *db, const char *row_key, GError **error);

/* User code of who approved the notice in row @notice_id, "" when nobody had to. Caller frees. */
char *kai_review_store_dup_checker (KaiDatabase *db, gint64 notice_id);

G_END_DECLS
