/* Which list became which batch, what its columns were, and what the ledger knows of its rows. */
#include "store/kai-import-store.h"

#include "store/kai-claim-store.h"
#include "store/kai-notice-store.h"
#include "store/kai-seal-private.h"
#include "values/kai-day.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* How many batches of the same file name are looked at. */
#define MAX_CANDIDATES 5

/* "20261121-3f9a2c71d04b": sorts by day, and two desks never make the same one. */
static char *
make_batch_id (void)
{
  g_autofree char *day = kai_day_to_wire (kai_day_today ());
  g_autofree char *uuid = g_uuid_string_random ();

  return g_strdup_printf ("%s-%.8s%.4s", day, uuid, uuid + 9);
}

/* Files are named after classes, and after persons. NULL for an empty name. */
static GBytes *
seal_name (KaiVault *vault, const char *batch_id, const char *file_name)
{
  const char *texts[] = { file_name ? file_name : "", NULL };
  g_autofree char *purpose = kai_seal_batch_purpose (batch_id);

  return kai_vault_seal_texts (vault, texts, purpose, 0);
}

static gboolean
get_batch (KaiDatabase *db, const char *content_hash, const char *kind, const char *file_name,
           char **batch_id, gboolean *is_new, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *id = NULL;
  char keyed[KAI_VAULT_ROW_KEY_SIZE];
  KaiVault *vault = kai_database_require_vault (db, error);

  if (!vault)
    return FALSE;
  /* What is in a small workbook could be found by trying hashes. */
  kai_vault_row_key (vault, content_hash, keyed);
  id = kai_database_dup_text (
      db, &local, "SELECT batch_id FROM import_batch WHERE content_hash = ? AND kind = ?", "ss",
      keyed, kind);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  *is_new = id == NULL;
  if (!id)
    {
      g_autoptr (GBytes) name = NULL;

      id = make_batch_id ();
      name = seal_name (vault, id, file_name);
      if (!kai_database_run (db, error,
                             "INSERT INTO import_batch (batch_id, content_hash, kind, sealed_name,"
                             " created_at) VALUES (?, ?, ?, ?, ?)",
                             "sssbl", id, keyed, kind, name, g_get_real_time () / G_USEC_PER_SEC))
        return FALSE;
    }
  *batch_id = g_steal_pointer (&id);
  return TRUE;
}

gboolean
kai_import_store_get_batch (KaiDatabase *db, const char *content_hash, const char *kind,
                            const char *file_name, char **batch_id, gboolean *is_new,
                            GError **error)
{
  g_autofree char *id = NULL;
  gboolean made;

  if (!kai_database_begin (db, error))
    return FALSE;
  if (!get_batch (db, content_hash, kind, file_name, &id, &made, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  if (!kai_database_commit (db, error))
    return FALSE;
  if (is_new)
    *is_new = made;
  *batch_id = g_steal_pointer (&id);
  return TRUE;
}

/* ---- Layouts ---- */

gboolean
kai_import_store_recall (KaiDatabase *db, KaiImportSheet *sheet)
{
  g_autofree char *layout =
      kai_import_sheet_is_form (sheet)
          ? NULL
          : kai_database_dup_text (db, NULL, "SELECT layout FROM import_layout WHERE shape = ?",
                                   "s", kai_import_sheet_get_shape (sheet));

  return layout && kai_import_sheet_apply_layout (sheet, layout);
}

gboolean
kai_import_store_remember (KaiDatabase *db, KaiImportSheet *sheet, GError **error)
{
  g_autofree char *layout = kai_import_sheet_dup_layout (sheet);

  return kai_import_sheet_is_form (sheet)
         || kai_database_run (db, error,
                              "INSERT INTO import_layout (shape, layout, used_at) VALUES (?, ?, ?)"
                              " ON CONFLICT (shape) DO UPDATE SET layout = excluded.layout,"
                              " used_at = excluded.used_at",
                              "ssl", kai_import_sheet_get_shape (sheet), layout,
                              g_get_real_time () / G_USEC_PER_SEC);
}

/* ---- Which batch it goes on with ---- */

static char *
find_by_hash (KaiDatabase *db, KaiImportSheet *sheet)
{
  const char *kind = kai_import_kind_to_string (kai_import_sheet_get_kind (sheet));
  char keyed[KAI_VAULT_ROW_KEY_SIZE];
  char *id;

  kai_vault_row_key (kai_database_get_vault (db), kai_import_sheet_get_hash (sheet), keyed);
  id = kai_database_dup_text (
      db, NULL, "SELECT batch_id FROM import_batch WHERE content_hash = ? AND kind = ?", "ss",
      keyed, kind);
  return id ? id
            : kai_database_dup_text (
                db, NULL, "SELECT batch_id FROM import_file WHERE content_hash = ? AND kind = ?",
                "ss", keyed, kind);
}

/* Names of files are names of classes and persons: only whether two are equal may be told. */
static void
make_name_token (KaiDatabase *db, KaiImportSheet *sheet, char *out)
{
  const char *part = kai_import_sheet_get_part (sheet);
  g_autofree char *file = g_path_get_basename (kai_import_sheet_get_path (sheet));
  g_autofree char *name = *part ? g_strconcat (file, "/", part, NULL) : g_strdup (file);

  kai_vault_token (kai_database_get_vault (db), "file-name", name, out);
}

static char *
find_origin (KaiDatabase *db, KaiImportSheet *sheet)
{
  const char *kind = kai_import_kind_to_string (kai_import_sheet_get_kind (sheet));

  return kai_database_dup_text (db, NULL,
                                "SELECT batch_id FROM import_batch WHERE batch_id = ? AND kind = ?",
                                "ss", kai_import_sheet_get_origin (sheet), kind);
}

/* Batches of that file name, newest first; caller frees. */
static char **
list_candidates (KaiDatabase *db, const char *kind, const char *token, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  gboolean row = TRUE;
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT DISTINCT batch_id FROM import_file WHERE name_token = ? AND kind = ?"
      " ORDER BY batch_id DESC LIMIT ?",
      error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "ssi", token, kind, MAX_CANDIDATES);
  while (row)
    {
      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      if (row)
        g_ptr_array_add (ids, kai_column_dup (stmt, 0));
    }
  g_ptr_array_add (ids, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}

/* How many of @notices were issued as rows of @batch; -1 on error. */
static int
count_known (KaiDatabase *db, GPtrArray *notices, const char *batch, gboolean education,
             GError **error)
{
  int known = 0;

  for (guint i = 0; i < notices->len; i++)
    {
      const KaiNotice *notice = notices->pdata[i];
      g_autofree char *key =
          education ? g_strdup (notice->row_key) : g_strconcat (batch, ":", notice->row_key, NULL);
      g_autoptr (GError) local = NULL;

      known += kai_notice_store_find_row_key (db, key, &local) != 0;
      if (local)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return -1;
        }
    }
  return known;
}

/* A list that was mended keeps its name and most of its rows. NULL without error when there is none. */
static char *
find_by_rows (KaiDatabase *db, KaiImportSheet *sheet, GError **error)
{
  gboolean education = kai_import_sheet_get_kind (sheet) == KAI_IMPORT_EDUCATION;
  char token[KAI_VAULT_TOKEN_SIZE];
  g_auto (GStrv) candidates = NULL;
  g_autoptr (GPtrArray) notices = NULL;

  make_name_token (db, sheet, token);
  candidates = list_candidates (db, kai_import_kind_to_string (kai_import_sheet_get_kind (sheet)),
                                token, error);
  if (candidates && candidates[0])
    notices = kai_import_sheet_list_issuable (sheet, error);
  for (int i = 0; notices && candidates[i]; i++)
    {
      gint64 issued = kai_database_get_int (
          db, 0, NULL, "SELECT count(*) FROM notice WHERE batch_id = ? AND sync <> 'refused'", "s",
          candidates[i]);
      int known = issued > 0 ? count_known (db, notices, candidates[i], education, error) : 0;

      if (known < 0)
        return NULL;
      if (known > 0 && known * 2 >= MIN (issued, (gint64)notices->len))
        return g_strdup (candidates[i]);
    }
  return NULL;
}

/* What a person should know of a batch that goes on; NULL when nothing of it was issued. Caller frees. */
static char *
describe_batch (KaiDatabase *db, const char *batch)
{
  gint64 issued = kai_database_get_int (
      db, 0, NULL, "SELECT count(*) FROM notice WHERE batch_id = ? AND sync <> 'refused'", "s",
      batch);
  g_autofree char *day = NULL;

  if (issued == 0)
    return NULL;
  day = strlen (batch) >= 8 ? g_strdup_printf ("%.4s-%.2s-%.2s", batch, batch + 4, batch + 6)
                            : g_strdup ("");
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                       "This list was imported before (batch %s, begun on %s): %d "
                                       "notice was made of it, whose row is left out now.",
                                       "This list was imported before (batch %s, begun on %s): %d "
                                       "notices were made of it, whose rows are left out now.",
                                       (gulong)issued),
                          batch, day, (int)issued);
}

/* ---- What the ledger says of the rows ---- */

typedef struct
{
  KaiDatabase *db;
  KaiImportKind kind;
  char *batch;
  GHashTable *same; /* token → how many rows of the list have their notice */
} Ledger;

static void
ledger_free (gpointer data)
{
  Ledger *ledger = data;

  g_free (ledger->batch);
  g_hash_table_unref (ledger->same);
  g_free (ledger);
}

static void
fill_answer (KaiLedgerAnswer *answer, KaiLedgerState state, const KaiClaim *claim)
{
  answer->state = state;
  answer->day = claim->bill_date;
  g_strlcpy (answer->payment_code, claim->payment_code, sizeof answer->payment_code);
}

static gboolean
find_same_row (Ledger *ledger, const KaiNotice *notice, KaiLedgerAnswer *answer, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 id = kai_notice_store_find_row_key (ledger->db, notice->row_key, &local);
  g_autofree char *code = NULL;
  char token[KAI_VAULT_TOKEN_SIZE];

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (id == 0)
    return TRUE;
  answer->state = KAI_LEDGER_SAME_ROW;
  answer->day = (KaiDay)kai_database_get_int (ledger->db, 0, NULL,
                                              "SELECT bill_date FROM notice WHERE id = ?", "l", id);
  code = kai_database_dup_text (ledger->db, NULL, "SELECT payment_code FROM notice WHERE id = ?",
                                "l", id);
  g_strlcpy (answer->payment_code, code ? code : "", sizeof answer->payment_code);
  for (guint i = 0; i < notice->items->len; i++)
    if (kai_claim_store_get_token (ledger->db, notice, i, token))
      {
        int known = GPOINTER_TO_INT (g_hash_table_lookup (ledger->same, token));

        g_hash_table_replace (ledger->same, g_strdup (token), GINT_TO_POINTER (known + 1));
      }
  return TRUE;
}

/* Elsewhere than in schools a payer may owe the same again. Within one batch, though, a notice whose row is no longer in the list is that of
 * a row that was mended after it was issued. */
static void
judge_claims (Ledger *ledger, const char *token, GPtrArray *claims, const KaiNoticeItem *item,
              KaiLedgerAnswer *answer)
{
  int in_batch = 0;
  const KaiClaim *newest = NULL;

  for (guint i = 0; i < claims->len; i++)
    {
      const KaiClaim *claim = claims->pdata[i];

      if (ledger->kind == KAI_IMPORT_EDUCATION)
        {
          fill_answer (answer, KAI_LEDGER_ISSUED, claim);
          return;
        }
      if (*ledger->batch && strcmp (claim->batch_id, ledger->batch) == 0)
        {
          newest = newest ? newest : claim;
          in_batch++;
        }
      else if (claim->state == KAI_NOTICE_UNPAID && claim->amount == item->amount
               && answer->state == KAI_LEDGER_NEW)
        fill_answer (answer, KAI_LEDGER_SIMILAR, claim);
    }
  if (in_batch > answer->elsewhere + GPOINTER_TO_INT (g_hash_table_lookup (ledger->same, token)))
    fill_answer (answer, KAI_LEDGER_ISSUED, newest);
}

/* After a restore the finance server tells of what was issued since, but nothing of the payer but the name. Whoever has the same name and
 * owes the same is held back, so that nobody is asked for money twice. */
static gboolean
look_up_recovered (Ledger *ledger, const KaiNotice *notice, KaiLedgerAnswer *answer, GError **error)
{
  for (guint i = 0; i < notice->items->len && answer->state != KAI_LEDGER_ISSUED; i++)
    {
      const KaiNoticeItem *item = notice->items->pdata[i];
      g_autoptr (GPtrArray) claims = kai_claim_store_find_by_name (ledger->db, notice, i, error);

      if (!claims)
        return FALSE;
      for (guint k = 0; k < claims->len; k++)
        {
          const KaiClaim *claim = claims->pdata[k];

          if (claim->amount == item->amount)
            fill_answer (answer, KAI_LEDGER_ISSUED, claim);
        }
    }
  return TRUE;
}

static gboolean
look_up_claims (Ledger *ledger, const KaiNotice *notice, KaiLedgerAnswer *answer, GError **error)
{
  for (guint i = 0; i < notice->items->len && answer->state != KAI_LEDGER_ISSUED; i++)
    {
      g_autoptr (GPtrArray) claims = kai_claim_store_find (ledger->db, notice, i, error);
      char token[KAI_VAULT_TOKEN_SIZE];

      if (!claims)
        return FALSE;
      if (claims->len == 0)
        continue;
      kai_claim_store_get_token (ledger->db, notice, i, token);
      judge_claims (ledger, token, claims, notice->items->pdata[i], answer);
    }
  return TRUE;
}

static gboolean
look_up (GPtrArray *notices, KaiLedgerAnswer *answers, gpointer data, GError **error)
{
  Ledger *ledger = data;
  gboolean ok = TRUE;

  if (!kai_database_begin_read (ledger->db, error))
    return FALSE;
  for (guint i = 0; ok && i < notices->len; i++)
    ok = find_same_row (ledger, notices->pdata[i], answers + i, error);
  for (guint i = 0; ok && i < notices->len; i++)
    if (answers[i].state == KAI_LEDGER_NEW)
      ok = look_up_claims (ledger, notices->pdata[i], answers + i, error)
           && look_up_recovered (ledger, notices->pdata[i], answers + i, error);
  kai_database_commit (ledger->db, NULL);
  return ok;
}

/* ---- Public ---- */

gboolean
kai_import_store_attach (KaiDatabase *db, KaiImportSheet *sheet, gboolean fresh, GError **error)
{
  g_autofree char *batch = NULL, *note = NULL;
  g_autoptr (GError) local = NULL;
  Ledger *ledger;

  kai_import_sheet_set_batch (sheet, NULL, NULL);
  /* Without the key nothing can be asked, and nothing be issued either. */
  if (!kai_database_get_vault (db))
    return TRUE;
  if (!kai_claim_store_catch_up (db, error))
    return FALSE;
  if (!fresh)
    {
      batch = find_by_hash (db, sheet);
      if (!batch && *kai_import_sheet_get_origin (sheet))
        batch = find_origin (db, sheet);
      if (!batch)
        batch = find_by_rows (db, sheet, &local);
    }
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  note = batch ? describe_batch (db, batch) : NULL;
  kai_import_sheet_set_batch (sheet, batch, note);
  ledger = g_new0 (Ledger, 1);
  ledger->db = db;
  ledger->kind = kai_import_sheet_get_kind (sheet);
  ledger->batch = g_strdup (batch ? batch : "");
  ledger->same = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  kai_import_sheet_set_ledger (sheet, look_up, ledger, ledger_free);
  return kai_import_sheet_ask_ledger (sheet, error);
}

static gboolean
note_file (KaiDatabase *db, KaiImportSheet *sheet, const char *kind, const char *batch,
           GError **error)
{
  char keyed[KAI_VAULT_ROW_KEY_SIZE], token[KAI_VAULT_TOKEN_SIZE];

  kai_vault_row_key (kai_database_get_vault (db), kai_import_sheet_get_hash (sheet), keyed);
  make_name_token (db, sheet, token);
  return kai_database_run (db, error,
                           "INSERT OR IGNORE INTO import_file (content_hash, kind, batch_id,"
                           " name_token, created_at) VALUES (?, ?, ?, ?, ?)",
                           "ssssl", keyed, kind, batch, token, g_get_real_time () / G_USEC_PER_SEC);
}

static char *
begin_new (KaiDatabase *db, KaiImportSheet *sheet, const char *kind, const char *name,
           GError **error)
{
  g_autofree char *known = find_by_hash (db, sheet);
  g_autofree char *hash = NULL, *id = NULL;

  /* The same file once more, on purpose: a batch of its own. */
  if (known)
    {
      g_autofree char *uuid = g_uuid_string_random ();

      hash = g_strdup_printf ("%s+%.8s", kai_import_sheet_get_hash (sheet), uuid);
    }
  if (!kai_import_store_get_batch (db, known ? hash : kai_import_sheet_get_hash (sheet), kind, name,
                                   &id, NULL, error))
    return NULL;
  return g_steal_pointer (&id);
}

const char *
kai_import_store_begin (KaiDatabase *db, KaiImportSheet *sheet, GError **error)
{
  const char *kind = kai_import_kind_to_string (kai_import_sheet_get_kind (sheet));
  g_autofree char *name = g_path_get_basename (kai_import_sheet_get_path (sheet));
  const char *batch = kai_import_sheet_get_batch (sheet);
  g_autofree char *id = NULL;

  if (!kai_database_require_vault (db, error))
    return NULL;
  if (!*batch)
    {
      id = begin_new (db, sheet, kind, name, error);
      if (!id)
        return NULL;
      kai_import_sheet_set_batch (sheet, id, NULL);
      batch = kai_import_sheet_get_batch (sheet);
    }
  return note_file (db, sheet, kind, batch, error) ? batch : NULL;
}
