/* The second pair of eyes: what waits to be checked, approving, sending back. */
#include "sync/kai-desk-review.h"

#include "sync/kai-desk-private.h"
#include "sync/kai-desk-roles.h"
#include "values/kai-error.h"
#include "values/kai-problem.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>

#define MAX_REASON_BYTES 200

gboolean
kai_desk_needs_review (KaiDesk *desk)
{
  return !desk->approving
         && (desk->profile->two_person
             || g_str_equal (kai_base_data_get_setting (desk->base, "two_person", "0"), "1"));
}

static gboolean
audit (KaiDesk *desk, const char *action, gint64 id, const char *outcome, GError **error)
{
  g_autofree char *subject = g_strdup_printf ("%" G_GINT64_FORMAT, id);

  return kai_desk_audit (desk, action, "review", subject, outcome, error);
}

/* ---- Waiting ---- */

gboolean
kai_desk_hold_for_review (KaiDesk *desk, KaiNotice *notice, GError **error)
{
  const KaiUser *user = kai_desk_get_user (desk);
  gint64 id = 0;

  if (!kai_database_begin (desk->db, error))
    return FALSE;
  if (!kai_review_store_add (desk->db, desk->user_code, user ? user->name : "", notice, &id, error)
      || !audit (desk, "review.submit", id, "waiting", error))
    {
      kai_database_rollback (desk->db);
      return FALSE;
    }
  if (!kai_database_commit (desk->db, error))
    return FALSE;
  notice->review_id = id;
  return TRUE;
}

static KaiReview *
load_open (KaiDesk *desk, gint64 id, GError **error)
{
  g_autoptr (KaiReview) review = kai_review_store_load (desk->db, id, error);

  if (!review)
    return NULL;
  if (review->state == KAI_REVIEW_APPROVED || review->state == KAI_REVIEW_WITHDRAWN)
    {
      kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                     review->state == KAI_REVIEW_APPROVED
                         ? _ ("This notice was approved already.")
                         : _ ("This notice was taken back by who wrote it."));
      return NULL;
    }
  /* Sealed: it was loaded without its notice. */
  if (!review->notice && !kai_database_require_vault (desk->db, error))
    return NULL;
  return g_steal_pointer (&review);
}

static gboolean
check_mine (KaiDesk *desk, const KaiReview *review, GError **error)
{
  return g_str_equal (review->maker, desk->user_code)
         || kai_data_fail (error, KAI_DATA_ERROR_NOT_ALLOWED,
                           _ ("This notice was written by %s: only they may change it or take it "
                              "back."),
                           review->maker_name);
}

static gboolean
check_not_mine (KaiDesk *desk, const KaiReview *review, GError **error)
{
  return !g_str_equal (review->maker, desk->user_code)
         || kai_data_fail (error, KAI_DATA_ERROR_NOT_ALLOWED,
                           _ ("You wrote this notice yourself: another reviewer must check it."));
}

/* ---- Approving ---- */

/* Base data may have changed since it was written. */
static gboolean
check_again (KaiDesk *desk, KaiReview *review, GError **error)
{
  g_autoptr (GPtrArray) problems = kai_problems_new ();

  return kai_notice_check (review->notice, desk->base, 0, problems)
         || kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                           _ ("It can no longer be issued as it was written: %s Send it back."),
                           ((KaiProblem *)problems->pdata[0])->message);
}

static KaiReview *
load_approvable (KaiDesk *desk, gint64 id, GError **error)
{
  g_autoptr (KaiReview) review = load_open (desk, id, error);

  if (!review || !check_not_mine (desk, review, error))
    return NULL;
  if (review->state == KAI_REVIEW_SENT_BACK)
    {
      kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                     _ ("This notice was sent back and has not been handed in again yet."));
      return NULL;
    }
  return check_again (desk, review, error) ? g_steal_pointer (&review) : NULL;
}

static void
add_problem (GPtrArray *problems, const KaiReview *review, int row, const char *sentence)
{
  g_autofree char *field = g_strdup_printf ("%" G_GINT64_FORMAT, review->id);

  g_ptr_array_add (problems, kai_problem_new (row, field, "not-approvable", "%s", sentence));
}

/* Those of @ids that can be approved, in the maker's name; the others are told. Within the transaction that issues them, so that two reviewers
 * cannot both approve one. */
static GPtrArray *
load_all (KaiDesk *desk, const GArray *ids, GPtrArray *problems)
{
  GPtrArray *reviews = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_review_free);

  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (GError) error = NULL;
      KaiReview asked = { .id = g_array_index (ids, gint64, i) };
      KaiReview *review = load_approvable (desk, asked.id, &error);

      if (!review)
        {
          add_problem (problems, &asked, (int)i + 1, error->message);
          continue;
        }
      kai_notice_set (&review->notice->clerk_code, review->maker);
      kai_notice_set (&review->notice->clerk_name, review->maker_name);
      g_ptr_array_add (reviews, review);
    }
  return reviews;
}

/* New notices of one batch go together, by the same code as what needs no second person; corrections one by one. */
static gboolean
issue_batch (KaiDesk *desk, GPtrArray *reviews, const char *batch_id, GError **error)
{
  g_autoptr (GPtrArray) notices = kai_notices_new ();

  for (guint i = 0; i < reviews->len; i++)
    {
      KaiReview *review = reviews->pdata[i];

      if (review->corrects == 0 && g_str_equal (review->batch_id, batch_id))
        g_ptr_array_add (notices, kai_notice_ref (review->notice));
    }
  return notices->len == 0 || kai_desk_issue (desk, notices, batch_id, NULL, error);
}

static gboolean
issue_all (KaiDesk *desk, GPtrArray *reviews, GError **error)
{
  g_autoptr (GHashTable) batches = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < reviews->len; i++)
    {
      KaiReview *review = reviews->pdata[i];

      if (review->corrects > 0 && !kai_desk_correct (desk, review->notice, error))
        return FALSE;
      if (review->corrects == 0 && g_hash_table_add (batches, review->batch_id)
          && !issue_batch (desk, reviews, review->batch_id, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
finish_all (KaiDesk *desk, GPtrArray *reviews, GPtrArray *issued, GPtrArray *problems,
            GError **error)
{
  for (guint i = 0; i < reviews->len; i++)
    {
      KaiReview *review = reviews->pdata[i];

      if (review->notice->id == 0)
        {
          add_problem (problems, review, (int)i + 1,
                       _ ("Its row of the workbook has been issued meanwhile. Send it back."));
          continue;
        }
      review->state = KAI_REVIEW_APPROVED;
      review->notice_id = review->notice->id;
      kai_notice_set (&review->checker, desk->user_code);
      kai_notice_set (&review->reason, "");
      if (!kai_review_store_finish (desk->db, review, error)
          || !audit (desk, "review.approve", review->id, "done", error))
        return FALSE;
      if (issued)
        g_ptr_array_add (issued, kai_notice_ref (review->notice));
    }
  return TRUE;
}

static gboolean
approve (KaiDesk *desk, GPtrArray *reviews, GPtrArray *issued, GPtrArray *problems, GError **error)
{
  gboolean ok;

  desk->approving = TRUE;
  ok = issue_all (desk, reviews, error);
  desk->approving = FALSE;
  return ok && finish_all (desk, reviews, issued, problems, error);
}

gboolean
kai_desk_approve (KaiDesk *desk, const GArray *ids, GPtrArray *issued, GPtrArray *problems,
                  GError **error)
{
  g_autoptr (GPtrArray) reviews = NULL;

  if (!kai_desk_may (desk, KAI_TASK_REVIEW, error) || !kai_desk_require_base_data (desk, error)
      || !kai_database_begin (desk->db, error))
    return FALSE;
  reviews = load_all (desk, ids, problems);
  if (approve (desk, reviews, issued, problems, error))
    return kai_database_commit (desk->db, error);
  kai_database_rollback (desk->db);
  if (issued)
    g_ptr_array_set_size (issued, 0);
  return FALSE;
}

/* ---- The other ways ---- */

/* Writes @review's state with its line in the log, in one transaction. */
static gboolean
finish (KaiDesk *desk, const KaiReview *review, const char *action, const char *outcome,
        GError **error)
{
  if (!kai_database_begin (desk->db, error))
    return FALSE;
  if (!kai_review_store_finish (desk->db, review, error)
      || !audit (desk, action, review->id, outcome, error))
    {
      kai_database_rollback (desk->db);
      return FALSE;
    }
  return kai_database_commit (desk->db, error);
}

gboolean
kai_desk_send_back (KaiDesk *desk, gint64 id, const char *reason, GError **error)
{
  g_autofree char *clean = kai_text_normalise_name (reason ? reason : "");
  g_autoptr (KaiReview) review = NULL;

  if (!kai_desk_may (desk, KAI_TASK_REVIEW, error))
    return FALSE;
  if (!*clean)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("A reason is needed to send a notice back. Write what is to be "
                             "mended."));
  if (kai_text_gbk_length (clean) > MAX_REASON_BYTES)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The reason is too long: at most 100 Chinese characters."));
  review = load_open (desk, id, error);
  if (!review || !check_not_mine (desk, review, error))
    return FALSE;
  review->state = KAI_REVIEW_SENT_BACK;
  kai_notice_set (&review->checker, desk->user_code);
  kai_notice_set (&review->reason, clean);
  return finish (desk, review, "review.send-back", "sent-back", error);
}

gboolean
kai_desk_resubmit (KaiDesk *desk, gint64 id, KaiNotice *notice, GError **error)
{
  g_autoptr (KaiReview) review = NULL;

  if (!kai_desk_may (desk, KAI_TASK_ISSUE, error))
    return FALSE;
  review = load_open (desk, id, error);
  if (!review || !check_mine (desk, review, error) || !kai_database_begin (desk->db, error))
    return FALSE;
  /* Its place in a workbook stays its own. */
  kai_notice_set (&notice->batch_id, review->notice->batch_id);
  kai_notice_set (&notice->row_key, review->notice->row_key);
  if (!kai_review_store_replace (desk->db, id, notice, error)
      || !audit (desk, "review.submit", id, "waiting", error))
    {
      kai_database_rollback (desk->db);
      return FALSE;
    }
  if (!kai_database_commit (desk->db, error))
    return FALSE;
  notice->review_id = id;
  return TRUE;
}

gboolean
kai_desk_withdraw (KaiDesk *desk, gint64 id, GError **error)
{
  g_autoptr (KaiReview) review = load_open (desk, id, error);

  if (!review || !check_mine (desk, review, error))
    return FALSE;
  review->state = KAI_REVIEW_WITHDRAWN;
  return finish (desk, review, "review.withdraw", "withdrawn", error);
}
