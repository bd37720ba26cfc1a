/* The tables notice and notice_item. */
#include "store/kai-notice-store.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "search/kai-search-index.h"
#include "store/kai-claim-store.h"
#include "store/kai-seal-private.h"
#include "values/kai-error.h"

/* In the order in which bind_notice and read_notice name them. */
#define CHANGING_COLUMNS                                                                           \
  "payment_code, check_code, bill_date, valid_until, state, sync, refusal_code, updated_at, "      \
  "paid_at, pay_channel, trace_no, sealed_outcome"
#define FIXED_COLUMNS                                                                              \
  "unit_code, payer_kind, sealed, late_fee, amount, clerk_code, clerk_name, batch_id, row_key, "   \
  "grade, class_name, term, created_at"

/* Ids loaded by one statement. */
#define CHUNK 256

static gint64
now_seconds (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* ---- Writing ---- */

/* What is sealed is bound to the row's id, which is therefore chosen before: within the transaction nobody else can take it. */
static gboolean
insert_row (KaiDatabase *db, const KaiNotice *notice, gint64 *id, GError **error)
{
  KaiVault *vault = kai_database_require_vault (db, error);
  g_autoptr (GBytes) payer = NULL;
  g_autoptr (GBytes) outcome = NULL;
  char row_key[KAI_VAULT_ROW_KEY_SIZE];
  sqlite3_stmt *stmt;

  if (!vault)
    return FALSE;
  *id = kai_database_get_int (db, 0, error, "SELECT coalesce (max (id), 0) + 1 FROM notice", NULL);
  stmt = *id == 0 ? NULL
                  : kai_database_prepare (
                      db,
                      "INSERT INTO notice (id, " CHANGING_COLUMNS ", " FIXED_COLUMNS ") VALUES (?,"
                      " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      error);
  if (!stmt)
    return FALSE;
  payer = kai_seal_notice_payer (vault, notice, *id);
  outcome = kai_seal_notice_outcome (vault, notice, *id);
  kai_vault_row_key (vault, notice->row_key, row_key);
  kai_statement_bind (stmt,
                      "l"
                      "ttiitttllitb"
                      "ttblltttttttl",
                      *id, notice->payment_code, notice->check_code, notice->bill_date,
                      notice->valid_until, kai_notice_state_to_string (notice->state),
                      kai_sync_state_to_string (notice->sync), notice->refusal_code,
                      notice->updated_at, notice->paid_at, notice->pay_channel, notice->trace_no,
                      outcome, notice->unit_code, kai_payer_kind_to_string (notice->payer_kind),
                      payer, notice->late_fee, notice->amount, notice->clerk_code,
                      notice->clerk_name, notice->batch_id, row_key, notice->grade,
                      notice->class_name, notice->term, notice->created_at);
  return kai_database_step (db, stmt, NULL, error);
}

static gboolean
insert_items (KaiDatabase *db, const KaiNotice *notice, gint64 id, GError **error)
{
  for (guint i = 0; i < notice->items->len; i++)
    {
      const KaiNoticeItem *item = g_ptr_array_index (notice->items, i);

      if (!kai_database_run (db, error,
                             "INSERT INTO notice_item (notice_id, position, code, name,"
                             " unit_of_measure, quantity, amount, standard, min, max)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                             "litttlltll", id, (int)i, item->code, item->name,
                             item->unit_of_measure, item->quantity, item->amount,
                             kai_standard_kind_to_string (item->standard), item->min, item->max))
        return FALSE;
    }
  return TRUE;
}

/* Makes a sentence for a person of the unique index that refused the row. */
static void
explain_conflict (GError **error, const KaiNotice *notice)
{
  gboolean is_code;

  if (!error || !g_error_matches (*error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT))
    return;
  is_code = strstr ((*error)->message, "notice.payment_code") != NULL;
  g_clear_error (error);
  if (is_code)
    kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                   _ ("There is a notice with the payment code %s already."), notice->payment_code);
  else
    kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                   _ ("A notice was made of this row of the workbook already."));
}

gboolean
kai_notice_store_insert (KaiDatabase *db, KaiNotice *notice, GError **error)
{
  gint64 id;

  if (!kai_database_begin (db, error))
    return FALSE;
  notice->updated_at = now_seconds ();
  if (notice->created_at == 0)
    notice->created_at = notice->updated_at;
  if (!insert_row (db, notice, &id, error))
    {
      /* Nothing was written: the caller's transaction may go on without this one. */
      explain_conflict (error, notice);
      kai_database_commit (db, NULL);
      return FALSE;
    }
  if (!insert_items (db, notice, id, error) || !kai_search_index_add (db, id, notice, error)
      || !kai_claim_store_add (db, id, notice, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  if (!kai_database_commit (db, error))
    return FALSE;
  notice->id = id;
  return TRUE;
}

/* What most answers and all payments change. SQLite touches each index of a column that is named, whether its value differs or not, and those of codes and
 * row keys lie all over the file: they are left alone as long as nothing that they hold has changed. *done tells. */
static gboolean
update_outcome (KaiDatabase *db, const KaiNotice *notice, gint64 now, GBytes *outcome,
                gboolean *done, GError **error)
{
  if (!kai_database_run (
          db, error,
          "UPDATE notice SET (state, refusal_code, updated_at, paid_at, pay_channel, trace_no,"
          " sealed_outcome) = (?, ?, ?, ?, ?, ?, ?)"
          " WHERE id = ? AND payment_code = ? AND check_code = ? AND bill_date = ?"
          " AND valid_until = ? AND sync = ?",
          "ttllitblttiit", kai_notice_state_to_string (notice->state), notice->refusal_code, now,
          notice->paid_at, notice->pay_channel, notice->trace_no, outcome, notice->id,
          notice->payment_code, notice->check_code, notice->bill_date, notice->valid_until,
          kai_sync_state_to_string (notice->sync)))
    return FALSE;
  *done = kai_database_changes (db) > 0;
  return TRUE;
}

static gboolean
update_all (KaiDatabase *db, const KaiNotice *notice, gint64 now, GBytes *outcome, GError **error)
{
  if (!kai_database_run (
          db, error,
          "UPDATE notice SET (" CHANGING_COLUMNS ") ="
          " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?",
          "ttiitttllitbl", notice->payment_code, notice->check_code, notice->bill_date,
          notice->valid_until, kai_notice_state_to_string (notice->state),
          kai_sync_state_to_string (notice->sync), notice->refusal_code, now, notice->paid_at,
          notice->pay_channel, notice->trace_no, outcome, notice->id))
    {
      explain_conflict (error, notice);
      return FALSE;
    }
  return kai_database_changes (db) > 0
         || kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                           _ ("The notice is not in the store; load the list anew."));
}

gboolean
kai_notice_store_update (KaiDatabase *db, KaiNotice *notice, GError **error)
{
  KaiVault *vault = kai_database_require_vault (db, error);
  g_autoptr (GBytes) outcome = NULL;
  gint64 now = now_seconds ();
  gboolean done = FALSE;

  if (!vault)
    return FALSE;
  outcome = kai_seal_notice_outcome (vault, notice, notice->id);
  if (!update_outcome (db, notice, now, outcome, &done, error)
      || (!done && !update_all (db, notice, now, outcome, error)))
    return FALSE;
  notice->updated_at = now;
  return TRUE;
}

/* Payer and what else update leaves alone. */
static gboolean
rewrite_fixed (KaiDatabase *db, const KaiNotice *notice, GError **error)
{
  KaiVault *vault = kai_database_require_vault (db, error);
  g_autoptr (GBytes) payer = vault ? kai_seal_notice_payer (vault, notice, notice->id) : NULL;

  return payer
         && kai_database_run (
             db, error,
             "UPDATE notice SET payer_kind = ?, sealed = ?, late_fee = ?, amount = ?,"
             " clerk_code = ?, clerk_name = ?, grade = ?, class_name = ?, term = ? WHERE id = ?",
             "sblltttttl", kai_payer_kind_to_string (notice->payer_kind), payer, notice->late_fee,
             notice->amount, notice->clerk_code, notice->clerk_name, notice->grade,
             notice->class_name, notice->term, notice->id)
         && kai_database_run (db, error, "DELETE FROM notice_item WHERE notice_id = ?", "l",
                              notice->id)
         && insert_items (db, notice, notice->id, error);
}

gboolean
kai_notice_store_rewrite (KaiDatabase *db, KaiNotice *notice, GError **error)
{
  if (!kai_database_begin (db, error))
    return FALSE;
  if (kai_search_index_remove (db, notice->id, error) && kai_notice_store_update (db, notice, error)
      && rewrite_fixed (db, notice, error) && kai_search_index_add (db, notice->id, notice, error)
      && kai_claim_store_replace (db, notice, error))
    return kai_database_commit (db, error);
  kai_database_rollback (db);
  return FALSE;
}

/* ---- Reading ---- */

/* Columns: id, CHANGING_COLUMNS, FIXED_COLUMNS, number and sync of the newest e-bill. */
#define SELECT_NOTICE                                                                              \
  "SELECT n.id, n.payment_code, n.check_code, n.bill_date, n.valid_until, n.state, n.sync,"        \
  " n.refusal_code, n.updated_at, n.paid_at, n.pay_channel, n.trace_no, n.sealed_outcome,"         \
  " n.unit_code, n.payer_kind, n.sealed, n.late_fee, n.amount, n.clerk_code, n.clerk_name,"        \
  " n.batch_id, n.row_key, n.grade, n.class_name, n.term, n.created_at, e.number, e.sync"          \
  " FROM notice n LEFT JOIN ebill e"                                                               \
  " ON e.id = (SELECT max (id) FROM ebill WHERE notice_id = n.id) "

static void
take_text (char **field, sqlite3_stmt *stmt, int column)
{
  g_free (*field);
  *field = kai_column_dup (stmt, column);
}

static void
read_changing (KaiNotice *notice, sqlite3_stmt *stmt)
{
  const char *state = (const char *)sqlite3_column_text (stmt, 5);
  const char *sync = (const char *)sqlite3_column_text (stmt, 6);

  notice->id = sqlite3_column_int64 (stmt, 0);
  take_text (&notice->payment_code, stmt, 1);
  take_text (&notice->check_code, stmt, 2);
  notice->bill_date = sqlite3_column_int (stmt, 3);
  notice->valid_until = sqlite3_column_int (stmt, 4);
  if (!state || !kai_notice_state_parse (state, &notice->state))
    g_warning ("unknown state of notice %" G_GINT64_FORMAT, notice->id);
  if (!sync || !kai_sync_state_parse (sync, &notice->sync))
    g_warning ("unknown sync state of notice %" G_GINT64_FORMAT, notice->id);
  take_text (&notice->refusal_code, stmt, 7);
  notice->updated_at = sqlite3_column_int64 (stmt, 8);
  notice->paid_at = sqlite3_column_int64 (stmt, 9);
  notice->pay_channel = sqlite3_column_int (stmt, 10);
  take_text (&notice->trace_no, stmt, 11);
}

static void
read_fixed (KaiNotice *notice, sqlite3_stmt *stmt)
{
  const char *kind = (const char *)sqlite3_column_text (stmt, 14);

  take_text (&notice->unit_code, stmt, 13);
  if (!kind || !kai_payer_kind_parse (kind, &notice->payer_kind))
    g_warning ("unknown kind of payer of notice %" G_GINT64_FORMAT, notice->id);
  notice->late_fee = sqlite3_column_int64 (stmt, 16);
  notice->amount = sqlite3_column_int64 (stmt, 17);
  take_text (&notice->clerk_code, stmt, 18);
  take_text (&notice->clerk_name, stmt, 19);
  take_text (&notice->batch_id, stmt, 20);
  take_text (&notice->row_key, stmt, 21);
  take_text (&notice->grade, stmt, 22);
  take_text (&notice->class_name, stmt, 23);
  take_text (&notice->term, stmt, 24);
  notice->created_at = sqlite3_column_int64 (stmt, 25);
}

/* NULL when what is sealed cannot be opened. */
static KaiNotice *
read_notice (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  const char *ebill_sync = (const char *)sqlite3_column_text (stmt, 27);

  read_changing (notice, stmt);
  read_fixed (notice, stmt);
  take_text (&notice->ebill_number, stmt, 26);
  notice->has_ebill = ebill_sync && kai_sync_state_parse (ebill_sync, &notice->ebill_sync);
  if (!kai_seal_open_notice (db, stmt, 15, 12, notice, error))
    return NULL;
  return g_steal_pointer (&notice);
}

static KaiNoticeItem *
read_item (sqlite3_stmt *stmt)
{
  g_autofree char *code = kai_column_dup (stmt, 1);
  KaiNoticeItem *item =
      kai_notice_item_new (code, sqlite3_column_int64 (stmt, 4), sqlite3_column_int64 (stmt, 5));
  const char *standard = (const char *)sqlite3_column_text (stmt, 6);

  take_text (&item->name, stmt, 2);
  take_text (&item->unit_of_measure, stmt, 3);
  if (!standard || !kai_standard_kind_parse (standard, &item->standard))
    g_warning ("unknown kind of standard in the store");
  item->min = sqlite3_column_int64 (stmt, 7);
  item->max = sqlite3_column_int64 (stmt, 8);
  return item;
}

/* "[1,2,3]": one statement text for any number of ids. */
static char *
ids_to_json (const gint64 *ids, gsize n)
{
  GString *json = g_string_new ("[");

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (json, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", ids[i]);
  g_string_append_c (json, ']');
  return g_string_free (json, FALSE);
}

static gboolean
load_rows (KaiDatabase *db, const char *json, GHashTable *by_id, GError **error)
{
  gboolean row = TRUE;
  sqlite3_stmt *stmt = kai_database_prepare (
      db, SELECT_NOTICE "WHERE n.id IN (SELECT value FROM json_each (?))", error);

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "s", json);
  while (row)
    {
      KaiNotice *notice;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      notice = row ? read_notice (db, stmt, error) : NULL;
      if (row && !notice)
        {
          sqlite3_reset (stmt);
          return FALSE;
        }
      if (notice)
        g_hash_table_insert (by_id, &notice->id, notice);
    }
  return TRUE;
}

static gboolean
load_items (KaiDatabase *db, const char *json, GHashTable *by_id, GError **error)
{
  gboolean row = TRUE;
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT notice_id, code, name, unit_of_measure, quantity, amount, standard, min, max"
      " FROM notice_item WHERE notice_id IN (SELECT value FROM json_each (?))"
      " ORDER BY notice_id, position",
      error);

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "s", json);
  while (row)
    {
      gint64 id;
      KaiNotice *notice;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      id = row ? sqlite3_column_int64 (stmt, 0) : 0;
      notice = row ? g_hash_table_lookup (by_id, &id) : NULL;
      if (notice)
        g_ptr_array_add (notice->items, read_item (stmt));
    }
  return TRUE;
}

static gboolean
load_chunk (KaiDatabase *db, const gint64 *ids, gsize n, GPtrArray *out, GError **error)
{
  g_autofree char *json = ids_to_json (ids, n);
  g_autoptr (GHashTable) by_id =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)kai_notice_unref);

  if (!load_rows (db, json, by_id, error) || !load_items (db, json, by_id, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      KaiNotice *notice = g_hash_table_lookup (by_id, &ids[i]);

      g_ptr_array_add (out, notice ? kai_notice_ref (notice) : NULL);
    }
  return TRUE;
}

static void
unref_notice_or_null (gpointer notice)
{
  if (notice)
    kai_notice_unref (notice);
}

GPtrArray *
kai_notice_store_load_many (KaiDatabase *db, const gint64 *ids, gsize n, GError **error)
{
  g_autoptr (GPtrArray) notices = g_ptr_array_new_with_free_func (unref_notice_or_null);
  gboolean ok = TRUE;

  if (!kai_database_begin_read (db, error))
    return NULL;
  for (gsize i = 0; i < n && ok; i += CHUNK)
    ok = load_chunk (db, ids + i, MIN (n - i, CHUNK), notices, error);
  kai_database_commit (db, NULL);
  return ok ? g_steal_pointer (&notices) : NULL;
}

KaiNotice *
kai_notice_store_load (KaiDatabase *db, gint64 id, GError **error)
{
  g_autoptr (GPtrArray) notices = kai_notice_store_load_many (db, &id, 1, error);
  KaiNotice *notice;

  if (!notices)
    return NULL;
  notice = g_ptr_array_index (notices, 0);
  if (notice)
    return kai_notice_ref (notice);
  kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                 _ ("The notice is not in the store; load the list anew."));
  return NULL;
}

static void
fail_no_such_code (GError **error, const char *payment_code)
{
  kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                 _ ("There is no notice with the payment code %s here. Check the code."),
                 payment_code ? payment_code : "");
}

KaiNotice *
kai_notice_store_find_head (KaiDatabase *db, const char *payment_code, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      db, SELECT_NOTICE "WHERE n.payment_code = ? AND n.payment_code <> ''", error);
  KaiNotice *notice;
  gboolean row;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "s", payment_code);
  if (!kai_database_step (db, stmt, &row, error))
    return NULL;
  if (!row)
    {
      fail_no_such_code (error, payment_code);
      return NULL;
    }
  notice = read_notice (db, stmt, error);
  sqlite3_reset (stmt);
  return notice;
}

KaiNotice *
kai_notice_store_find (KaiDatabase *db, const char *payment_code, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 id = kai_database_get_int (
      db, 0, &local, "SELECT id FROM notice WHERE payment_code = ? AND payment_code <> ''", "s",
      payment_code);

  if (id != 0)
    return kai_notice_store_load (db, id, error);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  else
    fail_no_such_code (error, payment_code);
  return NULL;
}

gint64
kai_notice_store_find_row_key (KaiDatabase *db, const char *row_key, GError **error)
{
  KaiVault *vault = kai_database_require_vault (db, error);
  char keyed[KAI_VAULT_ROW_KEY_SIZE];

  if (!vault)
    return 0;
  kai_vault_row_key (vault, row_key, keyed);
  return kai_database_get_int (
      db, 0, error,
      "SELECT id FROM notice WHERE row_key = ? AND row_key <> '' AND sync <> 'refused'", "s",
      keyed);
}
