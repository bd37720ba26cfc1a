/* Notices that wait to be checked: each whole and sealed, since it is no notice yet and has no number. */
#include "store/kai-review-store.h"

#include "model/kai-form.h"
#include "store/kai-sealed-column-private.h"
#include "values/kai-error.h"
#include <glib/gi18n-lib.h>

#define PURPOSE "review"
#define REASON_PURPOSE "review-reason"
#define COLUMNS                                                                                    \
  "id, state, maker, maker_name, checker, reason, batch_id, amount, notice_id, sealed, "           \
  "created_at, updated_at, corrects"

static const char *const states[] = { "waiting", "sent-back", "approved", "withdrawn" };

const char *
kai_review_state_to_string (KaiReviewState state)
{
  return states[state];
}

gboolean
kai_review_state_parse (const char *word, KaiReviewState *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_strcmp0 (word, states[i]) == 0)
      {
        *out = (KaiReviewState)i;
        return TRUE;
      }
  return FALSE;
}

void
kai_review_free (KaiReview *review)
{
  if (!review)
    return;
  g_free (review->maker);
  g_free (review->maker_name);
  g_free (review->checker);
  g_free (review->reason);
  g_free (review->batch_id);
  g_clear_pointer (&review->notice, kai_notice_unref);
  g_free (review);
}

static void
make_row_key (KaiVault *vault, const char *plain, char out[KAI_VAULT_ROW_KEY_SIZE])
{
  kai_vault_row_key (vault, plain, out);
}

static gboolean
write_content (KaiDatabase *db, gint64 id, const KaiNotice *notice, GError **error)
{
  g_autoptr (GBytes) plain = kai_notice_to_bytes (notice);

  return kai_sealed_write (db, "UPDATE notice_review SET sealed = ?1 WHERE id = ?2", PURPOSE, id,
                           plain, error);
}

static gboolean
insert (KaiDatabase *db, const char *maker, const char *maker_name, const KaiNotice *notice,
        const char *row_key, gint64 *id, GError **error)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  if (!kai_database_run (
          db, error,
          "INSERT INTO notice_review (state, maker, maker_name, checker, batch_id, "
          "row_key, amount, corrects, notice_id, sealed, created_at, updated_at) VALUES "
          "('waiting', ?, ?, '', ?, ?, ?, ?, 0, zeroblob (0), ?, ?)",
          "ttttllll", maker, maker_name, notice->batch_id, row_key, notice->amount, notice->id, now,
          now))
    return FALSE;
  *id = kai_database_last_id (db);
  return write_content (db, *id, notice, error);
}

gboolean
kai_review_store_add (KaiDatabase *db, const char *maker, const char *maker_name,
                      const KaiNotice *notice, gint64 *id, GError **error)
{
  KaiVault *vault = kai_database_require_vault (db, error);
  char row_key[KAI_VAULT_ROW_KEY_SIZE];
  gint64 row = 0;

  if (!vault || !kai_database_begin (db, error))
    return FALSE;
  make_row_key (vault, notice->row_key, row_key);
  if (!insert (db, maker, maker_name, notice, row_key, &row, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  if (!kai_database_commit (db, error))
    return FALSE;
  if (id)
    *id = row;
  return TRUE;
}

static gboolean
replace (KaiDatabase *db, gint64 id, const KaiNotice *notice, GError **error)
{
  if (!kai_database_run (db, error,
                         "UPDATE notice_review SET state = 'waiting', checker = '', reason = NULL, "
                         "amount = ?, updated_at = ? WHERE id = ? AND state IN ('waiting', "
                         "'sent-back')",
                         "lll", notice->amount, g_get_real_time () / G_USEC_PER_SEC, id))
    return FALSE;
  if (kai_database_changes (db) == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("This notice was approved or withdrawn meanwhile. Nothing was "
                             "changed."));
  return write_content (db, id, notice, error);
}

gboolean
kai_review_store_replace (KaiDatabase *db, gint64 id, const KaiNotice *notice, GError **error)
{
  if (!kai_database_require_vault (db, error) || !kai_database_begin (db, error))
    return FALSE;
  if (!replace (db, id, notice, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  return kai_database_commit (db, error);
}

static gboolean
finish (KaiDatabase *db, const KaiReview *review, GError **error)
{
  gboolean last = review->state == KAI_REVIEW_APPROVED || review->state == KAI_REVIEW_WITHDRAWN;

  return kai_database_run (db, error,
                           "UPDATE notice_review SET state = ?, checker = ?, notice_id = ?, "
                           "updated_at = ? WHERE id = ?",
                           "ttlll", kai_review_state_to_string (review->state), review->checker,
                           review->notice_id, g_get_real_time () / G_USEC_PER_SEC, review->id)
         && (!last
             || kai_database_run (db, error, "UPDATE notice_review SET sealed = NULL WHERE id = ?",
                                  "l", review->id))
         && (!*review->reason
             || kai_sealed_write_text (db, "UPDATE notice_review SET reason = ?1 WHERE id = ?2",
                                       REASON_PURPOSE, review->id, review->reason, error));
}

gboolean
kai_review_store_finish (KaiDatabase *db, const KaiReview *review, GError **error)
{
  if (!kai_database_begin (db, error))
    return FALSE;
  if (!finish (db, review, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  return kai_database_commit (db, error);
}

/* While the store is locked all but the personal data can be seen. */
static gboolean
read_sealed (KaiDatabase *db, sqlite3_stmt *stmt, KaiReview *review, GError **error)
{
  g_autoptr (GBytes) plain = NULL;

  if (!kai_database_get_vault (db))
    return TRUE;
  if (sqlite3_column_type (stmt, 5) != SQLITE_NULL)
    {
      g_free (review->reason);
      review->reason = kai_sealed_open_text (db, stmt, 5, REASON_PURPOSE, review->id, error);
      if (!review->reason)
        return FALSE;
    }
  if (sqlite3_column_type (stmt, 9) == SQLITE_NULL)
    return TRUE;
  plain = kai_sealed_open_column (db, stmt, 9, PURPOSE, review->id, error);
  review->notice = plain ? kai_notice_from_bytes (plain, error) : NULL;
  if (!review->notice)
    return FALSE;
  review->notice->id = review->corrects;
  return TRUE;
}

static KaiReview *
read_row (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  g_autoptr (KaiReview) review = g_new0 (KaiReview, 1);

  review->id = sqlite3_column_int64 (stmt, 0);
  kai_review_state_parse ((const char *)sqlite3_column_text (stmt, 1), &review->state);
  review->maker = kai_column_dup (stmt, 2);
  review->maker_name = kai_column_dup (stmt, 3);
  review->checker = kai_column_dup (stmt, 4);
  review->reason = g_strdup ("");
  review->batch_id = kai_column_dup (stmt, 6);
  review->amount = sqlite3_column_int64 (stmt, 7);
  review->notice_id = sqlite3_column_int64 (stmt, 8);
  review->created_at = sqlite3_column_int64 (stmt, 10);
  review->updated_at = sqlite3_column_int64 (stmt, 11);
  review->corrects = sqlite3_column_int64 (stmt, 12);
  return read_sealed (db, stmt, review, error) ? g_steal_pointer (&review) : NULL;
}

KaiReview *
kai_review_store_load (KaiDatabase *db, gint64 id, GError **error)
{
  sqlite3_stmt *stmt =
      kai_database_prepare (db, "SELECT " COLUMNS " FROM notice_review WHERE id = ?", error);
  KaiReview *review;
  gboolean row;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "l", id);
  if (!kai_database_step (db, stmt, &row, error))
    return NULL;
  if (!row)
    {
      kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                     _ ("There is no notice to be checked with number %d."), (int)id);
      return NULL;
    }
  review = read_row (db, stmt, error);
  sqlite3_reset (stmt);
  return review;
}

GPtrArray *
kai_review_store_list (KaiDatabase *db, KaiReviewState state, const char *maker, int limit,
                       GError **error)
{
  g_autoptr (GPtrArray) reviews = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_review_free);
  sqlite3_stmt *stmt =
      kai_database_prepare (db,
                            "SELECT " COLUMNS " FROM notice_review WHERE state = ?1 AND "
                            "(?2 IS NULL OR maker = ?2) ORDER BY id LIMIT ?3",
                            error);
  gboolean row;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "ssi", kai_review_state_to_string (state), maker,
                      limit > 0 ? limit : -1);
  while (kai_database_step (db, stmt, &row, error))
    {
      KaiReview *review;

      if (!row)
        return g_steal_pointer (&reviews);
      review = read_row (db, stmt, NULL);
      if (review)
        g_ptr_array_add (reviews, review);
    }
  return NULL;
}

int
kai_review_store_count (KaiDatabase *db, KaiReviewState state, const char *maker)
{
  return (int)kai_database_get_int (db, 0, NULL,
                                    "SELECT count(*) FROM notice_review WHERE state = ?1 AND "
                                    "(?2 IS NULL OR maker = ?2)",
                                    "ss", kai_review_state_to_string (state), maker);
}

gint64
kai_review_store_find_row_key (KaiDatabase *db, const char *row_key, GError **error)
{
  KaiVault *vault = kai_database_require_vault (db, error);
  char keyed[KAI_VAULT_ROW_KEY_SIZE];

  if (!vault)
    return 0;
  make_row_key (vault, row_key, keyed);
  return kai_database_get_int (db, 0, error,
                               "SELECT id FROM notice_review WHERE row_key = ? AND row_key <> '' "
                               "AND state IN ('waiting', 'sent-back')",
                               "t", keyed);
}

char *
kai_review_store_dup_checker (KaiDatabase *db, gint64 notice_id)
{
  char *checker = kai_database_dup_text (
      db, NULL, "SELECT checker FROM notice_review WHERE notice_id = ? AND notice_id > 0", "l",
      notice_id);

  return checker ? checker : g_strdup ("");
}
