/* Who owes what, under blind tokens. */
#include "store/kai-claim-store.h"

#include "import/kai-import-term.h"
#include "store/kai-notice-store.h"
#include "values/kai-error.h"

#include <string.h>

#define CHUNK 256

void
kai_claim_free (KaiClaim *claim)
{
  if (!claim)
    return;
  g_free (claim->payment_code);
  g_free (claim->batch_id);
  g_free (claim);
}

/* Who it is: the number, or what stands in for it. NULL when nothing does. */
static char *
describe_payer (const KaiNotice *notice, gboolean with_id)
{
  if (with_id && *notice->payer_id)
    return g_strconcat ("i\n", notice->payer_id, NULL);
  if (!*notice->payer_name)
    return NULL;
  if (*notice->student_no)
    return g_strconcat ("s\n", notice->student_no, "\n", notice->payer_name, NULL);
  return *notice->mobile && !*notice->payer_id
             ? g_strconcat ("m\n", notice->mobile, "\n", notice->payer_name, NULL)
             : NULL;
}

static void
make_token (KaiVault *vault, const char *payer, const KaiNotice *notice, guint index, char *out)
{
  const KaiNoticeItem *item = notice->items->pdata[index];
  g_autofree char *term = kai_import_plain_term (notice->term);
  g_autofree char *text = g_strjoin ("\n", payer, item->code, term, NULL);

  kai_vault_token (vault, "claim", text, out);
}

/* For a notice that came back from the finance server after a restore: it tells no more than the name. */
static void
make_name_token (KaiVault *vault, const KaiNotice *notice, guint index, char *out)
{
  const KaiNoticeItem *item = notice->items->pdata[index];
  g_autofree char *text = g_strjoin ("\n", "n", notice->payer_name, item->code, NULL);

  kai_vault_token (vault, "claim", text, out);
}

gboolean
kai_claim_store_get_token (KaiDatabase *db, const KaiNotice *notice, guint index,
                           char out[KAI_VAULT_TOKEN_SIZE])
{
  KaiVault *vault = kai_database_get_vault (db);
  g_autofree char *payer = describe_payer (notice, TRUE);

  out[0] = '\0';
  if (!vault || !payer)
    return FALSE;
  make_token (vault, payer, notice, index, out);
  return TRUE;
}

/* @payer NULL: only the name is known. */
static gboolean
add_one (KaiDatabase *db, KaiVault *vault, const char *payer, gint64 id, const KaiNotice *notice,
         GError **error)
{
  for (guint i = 0; i < notice->items->len; i++)
    {
      char token[KAI_VAULT_TOKEN_SIZE];

      if (payer)
        make_token (vault, payer, notice, i, token);
      else
        make_name_token (vault, notice, i, token);
      if (!kai_database_run (db, error,
                             "INSERT OR IGNORE INTO notice_claim (token, notice_id) VALUES (?, ?)",
                             "sl", token, id))
        return FALSE;
    }
  return TRUE;
}

gboolean
kai_claim_store_add (KaiDatabase *db, gint64 id, const KaiNotice *notice, GError **error)
{
  KaiVault *vault = kai_database_get_vault (db);
  g_autofree char *payer = describe_payer (notice, TRUE);
  g_autofree char *student =
      *notice->payer_id && *notice->student_no ? describe_payer (notice, FALSE) : NULL;

  /* A list without identity numbers finds its pupils by number and name. */
  return !vault
         || (add_one (db, vault, payer, id, notice, error)
             && (!student || add_one (db, vault, student, id, notice, error)));
}

gboolean
kai_claim_store_replace (KaiDatabase *db, const KaiNotice *notice, GError **error)
{
  return kai_database_run (db, error, "DELETE FROM notice_claim WHERE notice_id = ?", "l",
                           notice->id)
         && kai_claim_store_add (db, notice->id, notice, error);
}

/* ---- Questions ---- */

static KaiClaim *
read_claim (sqlite3_stmt *stmt)
{
  KaiClaim *claim = g_new0 (KaiClaim, 1);
  const char *state = (const char *)sqlite3_column_text (stmt, 4);

  claim->id = sqlite3_column_int64 (stmt, 0);
  claim->payment_code = kai_column_dup (stmt, 1);
  claim->batch_id = kai_column_dup (stmt, 2);
  claim->bill_date = sqlite3_column_int (stmt, 3);
  if (!state || !kai_notice_state_parse (state, &claim->state))
    g_warning ("unknown state of notice %" G_GINT64_FORMAT, claim->id);
  claim->amount = sqlite3_column_int64 (stmt, 5);
  return claim;
}

static GPtrArray *
find_token (KaiDatabase *db, const char *token, const KaiNoticeItem *item, GError **error)
{
  g_autoptr (GPtrArray) claims = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_claim_free);
  gboolean row = TRUE;
  sqlite3_stmt *stmt;

  stmt = kai_database_prepare (
      db,
      "SELECT n.id, n.payment_code, n.batch_id, n.bill_date, n.state,"
      " coalesce ((SELECT sum (amount) FROM notice_item WHERE notice_id = n.id AND code = ?1), 0)"
      " FROM notice_claim c JOIN notice n ON n.id = c.notice_id WHERE c.token = ?2"
      " AND n.sync <> 'refused' AND n.state IN ('unpaid', 'paid') ORDER BY n.id DESC",
      error);
  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "ss", item->code, token);
  while (row)
    {
      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      if (row)
        g_ptr_array_add (claims, read_claim (stmt));
    }
  return g_steal_pointer (&claims);
}

GPtrArray *
kai_claim_store_find (KaiDatabase *db, const KaiNotice *notice, guint index, GError **error)
{
  char token[KAI_VAULT_TOKEN_SIZE];

  if (!kai_claim_store_get_token (db, notice, index, token))
    return g_ptr_array_new_with_free_func ((GDestroyNotify)kai_claim_free);
  return find_token (db, token, notice->items->pdata[index], error);
}

GPtrArray *
kai_claim_store_find_by_name (KaiDatabase *db, const KaiNotice *notice, guint index, GError **error)
{
  KaiVault *vault = kai_database_get_vault (db);
  char token[KAI_VAULT_TOKEN_SIZE];

  if (!vault || !*notice->payer_name)
    return g_ptr_array_new_with_free_func ((GDestroyNotify)kai_claim_free);
  make_name_token (vault, notice, index, token);
  return find_token (db, token, notice->items->pdata[index], error);
}

/* ---- Older stores ---- */

static GArray *
list_due (KaiDatabase *db, gint64 upto, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  sqlite3_stmt *stmt = kai_database_prepare (
      db, "SELECT id FROM notice WHERE id <= ? ORDER BY id DESC LIMIT ?", error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "li", upto, CHUNK);
  return kai_database_read_ids (db, stmt, ids, error) ? g_steal_pointer (&ids) : NULL;
}

static gboolean
add_loaded (KaiDatabase *db, const KaiNotice *notice, GError **error)
{
  return kai_claim_store_add (db, notice->id, notice, error);
}

/* Downwards, so that what was done is known by one number. *done when nothing is left. */
static gboolean
catch_up_some (KaiDatabase *db, gboolean *done, GError **error)
{
  g_autofree char *due = kai_database_dup_setting (db, "claims_due");
  gint64 upto = due ? g_ascii_strtoll (due, NULL, 10) : 0;
  g_autoptr (GArray) ids = upto > 0 ? list_due (db, upto, error) : NULL;
  g_autoptr (GPtrArray) notices = NULL;
  g_autofree char *next = NULL;

  *done = upto <= 0;
  if (*done)
    return TRUE;
  notices =
      ids ? kai_notice_store_load_many (db, (const gint64 *)(gpointer)ids->data, ids->len, error)
          : NULL;
  if (!notices)
    return FALSE;
  for (guint i = 0; i < notices->len; i++)
    if (notices->pdata[i] && !add_loaded (db, notices->pdata[i], error))
      return FALSE;
  if (ids->len == CHUNK)
    next = g_strdup_printf ("%" G_GINT64_FORMAT, g_array_index (ids, gint64, CHUNK - 1) - 1);
  return kai_database_set_setting (db, "claims_due", next, error);
}

gboolean
kai_claim_store_catch_up (KaiDatabase *db, GError **error)
{
  gboolean done = !kai_database_get_vault (db);

  while (!done)
    {
      g_autofree char *due = kai_database_dup_setting (db, "claims_due");

      if (!due)
        return TRUE;
      if (!kai_database_begin (db, error))
        return FALSE;
      if (!catch_up_some (db, &done, error))
        {
          kai_database_rollback (db);
          return FALSE;
        }
      if (!kai_database_commit (db, error))
        return FALSE;
    }
  return TRUE;
}
