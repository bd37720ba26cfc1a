/* Sealing what a store of schema 001 held in plain. Step 002 moved it to the tables plain_…; they go with the transaction that seals their content, and then the
 * file is written anew, so that nothing of it is left in free pages or the log beside it. */
#include "store/kai-vault-store.h"

#include "search/kai-search-index.h"
#include <glib/gi18n-lib.h>

#include "store/kai-seal-private.h"
#include "values/kai-error.h"

/* Set with the transaction, cleared when the file was written anew: a crash in between does not leave the plain bytes there. */
#define REWRITE_SETTING "vault_rewrite"

/* One table with plain rows. */
typedef struct
{
  const char *name;
  const char *select; /* all rows */
  gboolean (*seal) (KaiDatabase *db, KaiVault *vault, sqlite3_stmt *row, GError **error);
} PlainTable;

static const char *
text (sqlite3_stmt *row, int column)
{
  return (const char *)sqlite3_column_text (row, column);
}

static void
copy_text (char **field, sqlite3_stmt *row, int column)
{
  kai_notice_set (field, text (row, column));
}

static gboolean
seal_notice (KaiDatabase *db, KaiVault *vault, sqlite3_stmt *row, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  g_autoptr (GBytes) payer = NULL;
  g_autoptr (GBytes) outcome = NULL;
  char row_key[KAI_VAULT_ROW_KEY_SIZE];
  gint64 id = sqlite3_column_int64 (row, 0);

  copy_text (&notice->payer_name, row, 1);
  copy_text (&notice->payer_id, row, 2);
  copy_text (&notice->mobile, row, 3);
  copy_text (&notice->memo, row, 4);
  copy_text (&notice->student_no, row, 5);
  copy_text (&notice->refusal_text, row, 6);
  copy_text (&notice->paid_by, row, 7);
  copy_text (&notice->void_reason, row, 8);
  payer = kai_seal_notice_payer (vault, notice, id);
  outcome = kai_seal_notice_outcome (vault, notice, id);
  kai_vault_row_key (vault, text (row, 9), row_key);
  return kai_database_run (
             db, error,
             "UPDATE notice SET sealed = ?, sealed_outcome = ?, row_key = ? WHERE id = ?", "bbsl",
             payer, outcome, row_key, id)
         && kai_search_index_add (db, id, notice, error);
}

static GBytes *
seal_column (KaiVault *vault, sqlite3_stmt *row, int column, const char *purpose, gint64 id)
{
  g_autoptr (GBytes) plain = kai_column_bytes (row, column);

  return plain ? kai_vault_seal (vault, plain, purpose, id) : NULL;
}

static GBytes *
seal_text (KaiVault *vault, sqlite3_stmt *row, int column, const char *purpose, gint64 id)
{
  const char *texts[] = { text (row, column), NULL };

  return kai_vault_seal_texts (vault, texts, purpose, id);
}

static gboolean
seal_ebill (KaiDatabase *db, KaiVault *vault, sqlite3_stmt *row, GError **error)
{
  gint64 id = sqlite3_column_int64 (row, 0);
  g_autoptr (GBytes) outcome = seal_text (vault, row, 1, EBILL_OUTCOME, id);
  g_autoptr (GBytes) content = seal_column (vault, row, 2, EBILL_CONTENT, id);
  g_autoptr (GBytes) file = seal_column (vault, row, 3, EBILL_FILE, id);

  return kai_database_run (
      db, error, "UPDATE ebill SET sealed_outcome = ?, content = ?, file = ? WHERE id = ?", "bbbl",
      outcome, content, file, id);
}

static gboolean
seal_message (KaiDatabase *db, KaiVault *vault, sqlite3_stmt *row, GError **error)
{
  gint64 id = sqlite3_column_int64 (row, 0);
  g_autofree char *purpose = kai_seal_outbox_purpose (text (row, 3));
  g_autoptr (GBytes) failure = seal_text (vault, row, 1, OUTBOX_ERROR, id);
  g_autoptr (GBytes) body = seal_column (vault, row, 2, purpose, 0);

  return kai_database_run (db, error, "UPDATE outbox SET sealed_error = ?, body = ? WHERE id = ?",
                           "bbl", failure, body, id);
}

static gboolean
seal_movement (KaiDatabase *db, KaiVault *vault, sqlite3_stmt *row, GError **error)
{
  gint64 id = sqlite3_column_int64 (row, 0);
  const char *words[] = { text (row, 1), text (row, 2), NULL };
  g_autoptr (GBytes) sealed = kai_vault_seal_texts (vault, words, MOVEMENT_WORDS, id);

  return kai_database_run (db, error, "UPDATE stock_movement SET sealed_words = ? WHERE id = ?",
                           "bl", sealed, id);
}

static gboolean
seal_batch (KaiDatabase *db, KaiVault *vault, sqlite3_stmt *row, GError **error)
{
  g_autofree char *purpose = kai_seal_batch_purpose (text (row, 0));
  g_autoptr (GBytes) name = seal_text (vault, row, 2, purpose, 0);
  char keyed[KAI_VAULT_ROW_KEY_SIZE];

  kai_vault_row_key (vault, text (row, 1), keyed);
  return kai_database_run (
      db, error, "UPDATE import_batch SET content_hash = ?, sealed_name = ? WHERE batch_id = ?",
      "sbs", keyed, name, text (row, 0));
}

static const PlainTable tables[] = {
  { "plain_notice",
    "SELECT id, payer_name, payer_id, mobile, memo, student_no, refusal_text, paid_by, void_reason,"
    " row_key FROM plain_notice",
    seal_notice },
  { "plain_ebill", "SELECT id, refusal_text, content, file FROM plain_ebill", seal_ebill },
  { "plain_outbox",
    "SELECT p.id, p.last_error, p.body, o.msg_id FROM plain_outbox p JOIN outbox o ON o.id = p.id",
    seal_message },
  { "plain_movement", "SELECT id, reason, refusal_text FROM plain_movement", seal_movement },
  { "plain_batch", "SELECT batch_id, content_hash, file_name FROM plain_batch", seal_batch },
};

static gboolean
exists (KaiDatabase *db, const char *table)
{
  return kai_database_get_int (
             db, 0, NULL, "SELECT count (*) FROM sqlite_schema WHERE type = 'table' AND name = ?",
             "s", table)
         > 0;
}

static gboolean
seal_table (KaiDatabase *db, KaiVault *vault, const PlainTable *table, int *rows, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (db, table->select, error);
  g_autofree char *drop = g_strdup_printf ("DROP TABLE %s", table->name);
  gboolean row = TRUE;

  if (!stmt)
    return FALSE;
  while (row)
    {
      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (row && !table->seal (db, vault, stmt, error))
        {
          sqlite3_reset (stmt);
          return FALSE;
        }
      *rows += row ? 1 : 0;
    }
  return kai_database_run (db, error, drop, NULL);
}

/* All tables in one transaction; whoever comes second finds them gone. */
static gboolean
seal_tables (KaiDatabase *db, KaiVault *vault, GError **error)
{
  int rows = 0;
  gboolean ok = TRUE;

  if (!kai_database_begin (db, error))
    return FALSE;
  for (guint i = 0; ok && i < G_N_ELEMENTS (tables); i++)
    ok = !exists (db, tables[i].name) || seal_table (db, vault, &tables[i], &rows, error);
  if (ok && rows > 0)
    ok = kai_database_set_setting (db, REWRITE_SETTING, "1", error);
  if (ok)
    return kai_database_commit (db, error);
  kai_database_rollback (db);
  return FALSE;
}

/* Free pages hold what was deleted, the log what was written, before the file itself. */
static gboolean
rewrite_file (KaiDatabase *db, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 busy;

  if (!kai_database_run (db, error, "VACUUM", NULL))
    return FALSE;
  /* Its first column says whether a reader kept the log from being cut. */
  busy = kai_database_get_int (db, 1, &local, "PRAGMA wal_checkpoint (TRUNCATE)", NULL);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return busy == 0
         || kai_data_fail (error, KAI_DATA_ERROR_BUSY,
                           _ ("The store in %s is in use by another program for too long. "
                              "Close that program or try again later."),
                           kai_database_get_dir (db));
}

/* Everything is sealed and can be worked with, whether or not the traces could be removed now: the next unlock tries again. */
static gboolean
remove_traces (KaiDatabase *db, GError **error)
{
  g_autofree char *due = kai_database_dup_setting (db, REWRITE_SETTING);
  g_autoptr (GError) local = NULL;

  if (!due)
    return TRUE;
  if (rewrite_file (db, &local))
    return kai_database_set_setting (db, REWRITE_SETTING, NULL, error);
  g_message ("what was plain could not be removed from the file yet: %s", local->message);
  return TRUE;
}

gboolean
kai_vault_store_seal_old (KaiDatabase *db, GError **error)
{
  KaiVault *vault = kai_database_require_vault (db, error);

  if (!vault)
    return FALSE;
  if (exists (db, tables[0].name) && !seal_tables (db, vault, error))
    return FALSE;
  return remove_traces (db, error);
}
