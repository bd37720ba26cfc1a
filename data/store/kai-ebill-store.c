/* The table ebill: one row for each swap of a notice. */
#include "store/kai-ebill-store.h"

#include <glib/gi18n-lib.h>

#include "store/kai-seal-private.h"
#include "values/kai-error.h"

/* In the order in which read_record names them; the list leaves out the two large ones at the end. */
#define COLUMNS                                                                                    \
  "e.id, e.notice_id, n.payment_code, n.sealed, n.amount, e.bill_type, e.code, e.number,"          \
  " e.check_code, e.url, e.refusal_code, e.sealed_outcome, e.sync, e.created_at, e.updated_at"
#define FROM " FROM ebill e JOIN notice n ON n.id = e.notice_id"
#define SELECT_WHOLE "SELECT " COLUMNS ", e.content, e.file" FROM

static gint64
now_seconds (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

void
kai_ebill_record_free (KaiEbillRecord *record)
{
  if (!record)
    return;
  g_free (record->payment_code);
  g_free (record->payer_name);
  g_free (record->bill_type);
  g_free (record->code);
  g_free (record->number);
  g_free (record->check_code);
  g_free (record->url);
  g_free (record->refusal_code);
  g_free (record->refusal_text);
  g_clear_pointer (&record->content, g_bytes_unref);
  g_clear_pointer (&record->file, g_bytes_unref);
  g_free (record);
}

/* NULL without error for a column without a value, and while the store is locked. */
static gboolean
open_column (KaiDatabase *db, sqlite3_stmt *stmt, int column, const char *purpose, gint64 id,
             GBytes **out, GError **error)
{
  g_autoptr (GBytes) sealed = kai_column_bytes (stmt, column);
  KaiVault *vault = kai_database_get_vault (db);

  if (!vault || !sealed)
    return TRUE;
  *out = kai_vault_open (vault, sealed, purpose, id, error);
  return *out != NULL;
}

/* The payer's name, the words of a refusal, content and file. */
static gboolean
open_record (KaiDatabase *db, sqlite3_stmt *stmt, KaiEbillRecord *record, GError **error)
{
  g_autoptr (GBytes) outcome = kai_column_bytes (stmt, 11);
  g_auto (GStrv) words = kai_vault_open_texts (kai_database_get_vault (db), outcome, 1,
                                               EBILL_OUTCOME, record->id, error);
  g_auto (GStrv) payer = words ? kai_seal_open_payer (db, stmt, 3, record->notice_id, error) : NULL;

  if (!payer)
    return FALSE;
  record->refusal_text = g_steal_pointer (&words[0]);
  /* Not stolen: what stands behind a stolen one would not be freed. */
  record->payer_name = g_strdup (payer[0]);
  return sqlite3_column_count (stmt) <= 15
         || (open_column (db, stmt, 15, EBILL_CONTENT, record->id, &record->content, error)
             && open_column (db, stmt, 16, EBILL_FILE, record->id, &record->file, error));
}

/* NULL when what is sealed cannot be opened. */
static KaiEbillRecord *
read_record (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  g_autoptr (KaiEbillRecord) record = g_new0 (KaiEbillRecord, 1);
  const char *sync = (const char *)sqlite3_column_text (stmt, 12);

  record->id = sqlite3_column_int64 (stmt, 0);
  record->notice_id = sqlite3_column_int64 (stmt, 1);
  record->payment_code = kai_column_dup (stmt, 2);
  record->amount = sqlite3_column_int64 (stmt, 4);
  record->bill_type = kai_column_dup (stmt, 5);
  record->code = kai_column_dup (stmt, 6);
  record->number = kai_column_dup (stmt, 7);
  record->check_code = kai_column_dup (stmt, 8);
  record->url = kai_column_dup (stmt, 9);
  record->refusal_code = kai_column_dup (stmt, 10);
  if (!sync || !kai_sync_state_parse (sync, &record->sync))
    g_warning ("unknown sync state of e-bill %" G_GINT64_FORMAT, record->id);
  record->created_at = sqlite3_column_int64 (stmt, 13);
  record->updated_at = sqlite3_column_int64 (stmt, 14);
  return open_record (db, stmt, record, error) ? g_steal_pointer (&record) : NULL;
}

/* First row of a bound statement; NULL without error when there is none. */
static KaiEbillRecord *
read_first (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  KaiEbillRecord *record;
  gboolean row;

  if (!kai_database_step (db, stmt, &row, error) || !row)
    return NULL;
  record = read_record (db, stmt, error);
  sqlite3_reset (stmt);
  return record;
}

/* ---- Making ---- */

static gboolean
check_notice (KaiDatabase *db, gint64 notice_id, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *state =
      kai_database_dup_text (db, &local, "SELECT state FROM notice WHERE id = ?", "l", notice_id);
  KaiNoticeState parsed;

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!state)
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                          _ ("The notice is not in the store; load the list anew."));
  if (!kai_notice_state_parse (state, &parsed) || parsed != KAI_NOTICE_PAID)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("The notice is not paid. Only a paid notice can be swapped for an "
                             "e-bill."));
  return TRUE;
}

KaiEbillRecord *
kai_ebill_store_create (KaiDatabase *db, gint64 notice_id, const char *bill_type, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 now = now_seconds ();

  if (!check_notice (db, notice_id, error))
    return NULL;
  if (kai_database_run (db, &local,
                        "INSERT INTO ebill (notice_id, bill_type, code, number, check_code, url,"
                        " refusal_code, sync, created_at, updated_at, accepted_at)"
                        " VALUES (?, ?, '', '', '', '', '', ?, ?, ?, 0)",
                        "ltsll", notice_id, bill_type, kai_sync_state_to_string (KAI_SYNC_DRAFT),
                        now, now))
    return kai_ebill_store_load (db, kai_database_last_id (db), error);
  if (g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT))
    kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                   _ ("The notice has an e-bill already, or one is being made. Look at it in the "
                      "list of e-bills."));
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/* ---- Changing ---- */

static gboolean
fail_number_taken (GError **error, const KaiEbillRecord *record)
{
  return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                        _ ("The e-bill number %s belongs to another e-bill. Nothing was changed; "
                           "ask the finance bureau."),
                        record->number);
}

/* An UPDATE found no row: is there none, or has it another number? */
static gboolean
explain_unchanged (KaiDatabase *db, const KaiEbillRecord *record, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 id =
      kai_database_get_int (db, 0, &local, "SELECT id FROM ebill WHERE id = ?", "l", record->id);

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (id == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                          _ ("The e-bill is not in the store; load the list anew."));
  return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                        _ ("The e-bill has its number already; it keeps it."));
}

static GBytes *
seal_bytes (KaiVault *vault, GBytes *bytes, const char *purpose, gint64 id)
{
  return bytes ? kai_vault_seal (vault, bytes, purpose, id) : NULL;
}

gboolean
kai_ebill_store_update (KaiDatabase *db, KaiEbillRecord *record, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) file = NULL;
  g_autoptr (GBytes) outcome = NULL;
  const char *words[] = { record->refusal_text ? record->refusal_text : "", NULL };
  KaiVault *vault = kai_database_require_vault (db, error);
  gint64 now = now_seconds ();

  if (!vault)
    return FALSE;
  content = seal_bytes (vault, record->content, EBILL_CONTENT, record->id);
  file = seal_bytes (vault, record->file, EBILL_FILE, record->id);
  outcome = kai_vault_seal_texts (vault, words, EBILL_OUTCOME, record->id);
  if (!kai_database_run (
          db, &local,
          "UPDATE ebill SET bill_type = ?2, code = ?3, number = ?4, check_code = ?5, url = ?6,"
          " refusal_code = ?7, sealed_outcome = ?8, sync = ?9, updated_at = ?10, content = ?11,"
          " file = ?12, accepted_at = CASE WHEN accepted_at = 0 AND ?9 = 'accepted' THEN ?10"
          " ELSE accepted_at END"
          " WHERE id = ?1 AND (number = '' OR (number = ?4 AND code IN ('', ?3)))",
          "lttttttbslbb", record->id, record->bill_type, record->code, record->number,
          record->check_code, record->url, record->refusal_code, outcome,
          kai_sync_state_to_string (record->sync), now, content, file))
    {
      if (g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT))
        return fail_number_taken (error, record);
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (kai_database_changes (db) == 0)
    return explain_unchanged (db, record, error);
  record->updated_at = now;
  return TRUE;
}

gboolean
kai_ebill_store_release_number (KaiDatabase *db, gint64 id, GError **error)
{
  if (!kai_database_run (db, error,
                         "UPDATE ebill SET number = '', check_code = '', updated_at = ?2"
                         " WHERE id = ?1 AND sync = 'refused'",
                         "ll", id, now_seconds ()))
    return FALSE;
  return kai_database_changes (db) > 0
         || kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                           _ ("The e-bill is not in the store; load the list anew."));
}

/* ---- Reading ---- */

KaiEbillRecord *
kai_ebill_store_load (KaiDatabase *db, gint64 id, GError **error)
{
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *stmt = kai_database_prepare (db, SELECT_WHOLE " WHERE e.id = ?", error);
  KaiEbillRecord *record;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "l", id);
  record = read_first (db, stmt, &local);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  else if (!record)
    kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                   _ ("The e-bill is not in the store; load the list anew."));
  return record;
}

KaiEbillRecord *
kai_ebill_store_find_by_notice (KaiDatabase *db, gint64 notice_id, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      db, SELECT_WHOLE " WHERE e.notice_id = ? ORDER BY e.id DESC LIMIT 1", error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "l", notice_id);
  return read_first (db, stmt, error);
}

KaiEbillRecord *
kai_ebill_store_find_by_number (KaiDatabase *db, const char *number, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      db, SELECT_WHOLE " WHERE e.number = ? AND e.number <> '' ORDER BY e.id DESC LIMIT 1", error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "s", number);
  return read_first (db, stmt, error);
}

GPtrArray *
kai_ebill_store_list (KaiDatabase *db, const char *batch_id, int limit, GError **error)
{
  g_autoptr (GPtrArray) records =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_ebill_record_free);
  gboolean row = TRUE;
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      batch_id ? "SELECT " COLUMNS FROM
                 " WHERE n.batch_id = ?2 AND n.batch_id <> '' ORDER BY e.id DESC LIMIT ?1"
               : "SELECT " COLUMNS FROM " ORDER BY e.id DESC LIMIT ?1",
      error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, batch_id ? "is" : "i", limit > 0 ? limit : -1, batch_id);
  while (row)
    {
      KaiEbillRecord *record;

      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      record = row ? read_record (db, stmt, error) : NULL;
      if (row && !record)
        {
          sqlite3_reset (stmt);
          return NULL;
        }
      if (record)
        g_ptr_array_add (records, record);
    }
  return g_steal_pointer (&records);
}
