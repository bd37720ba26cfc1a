/* The index of notices: one row of tokens for each, in a full-text table that keeps neither texts nor positions. */
#include "search/kai-search-index.h"

#include <glib/gi18n-lib.h>

#include "search/kai-search-terms.h"
#include "store/kai-seal-private.h"
#include "values/kai-error.h"

/* All tokens in one text. */
static char *
join_terms (KaiVault *vault, const KaiSearchFields *fields)
{
  g_autoptr (GPtrArray) terms = kai_search_terms_of (vault, fields);

  g_ptr_array_add (terms, NULL);
  return g_strjoinv (" ", (char **)terms->pdata);
}

/* ---- Writing ---- */

static gboolean
add_fields (KaiDatabase *db, gint64 id, const KaiSearchFields *fields, GError **error)
{
  KaiVault *vault = kai_database_require_vault (db, error);
  g_autofree char *terms = vault ? join_terms (vault, fields) : NULL;

  return terms
         && kai_database_run (db, error, "INSERT INTO notice_search (rowid, terms) VALUES (?, ?)",
                              "ls", id, terms);
}

gboolean
kai_search_index_add (KaiDatabase *db, gint64 id, const KaiNotice *notice, GError **error)
{
  KaiSearchFields fields = { notice->payer_name, notice->payer_id, notice->mobile };

  return add_fields (db, id, &fields, error);
}

/* ---- Rows ---- */

typedef gboolean (*EachNotice) (KaiDatabase *db, gint64 id, const KaiSearchFields *fields,
                                gpointer data, GError **error);

/* The row at which @stmt stands: id, sealed. */
static gboolean
visit_row (KaiDatabase *db, sqlite3_stmt *stmt, EachNotice each, gpointer data, GError **error)
{
  gint64 id = sqlite3_column_int64 (stmt, 0);
  g_auto (GStrv) person = kai_seal_open_payer (db, stmt, 1, id, error);
  KaiSearchFields fields;

  if (!person)
    return FALSE;
  fields = (KaiSearchFields){ person[0], person[1], person[2] };
  return each (db, id, &fields, data, error);
}

/* All rows of a bound statement; within the caller's transaction. */
static gboolean
visit_rows (KaiDatabase *db, sqlite3_stmt *stmt, EachNotice each, gpointer data, GError **error)
{
  gboolean row = TRUE;

  while (row)
    {
      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (row && !visit_row (db, stmt, each, data, error))
        {
          sqlite3_reset (stmt);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
each_notice (KaiDatabase *db, EachNotice each, gpointer data, GError **error)
{
  sqlite3_stmt *stmt =
      kai_database_prepare (db, "SELECT id, sealed FROM notice ORDER BY id", error);

  return stmt && visit_rows (db, stmt, each, data, error);
}

static gboolean
remove_one (KaiDatabase *db, gint64 id, const KaiSearchFields *fields, gpointer data,
            GError **error)
{
  g_autofree char *terms = join_terms (kai_database_get_vault (db), fields);

  return kai_database_run (db, error,
                           "INSERT INTO notice_search (notice_search, rowid, terms)"
                           " VALUES ('delete', ?, ?)",
                           "ls", id, terms);
}

gboolean
kai_search_index_remove (KaiDatabase *db, gint64 id, GError **error)
{
  sqlite3_stmt *stmt;

  if (!kai_database_require_vault (db, error))
    return FALSE;
  stmt = kai_database_prepare (db, "SELECT id, sealed FROM notice WHERE id = ?", error);
  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "l", id);
  return visit_rows (db, stmt, remove_one, NULL, error);
}

/* ---- The whole ---- */

static gboolean
add_one (KaiDatabase *db, gint64 id, const KaiSearchFields *fields, gpointer data, GError **error)
{
  return add_fields (db, id, fields, error);
}

gboolean
kai_search_index_rebuild (KaiDatabase *db, GError **error)
{
  if (!kai_database_require_vault (db, error) || !kai_database_begin (db, error))
    return FALSE;
  if (!kai_database_run (db, error,
                         "INSERT INTO notice_search (notice_search) VALUES ('delete-all')", NULL)
      || !each_notice (db, add_one, NULL, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  return kai_database_commit (db, error);
}

/* ---- Checking ---- */

/* A sum over the tokens of a notice does not depend on their order: the index gives them token by token, the notice all at once. */
static guint64
hash_token (const char *token)
{
  guint64 hash = 14695981039346656037u;

  for (const char *p = token; *p; p++)
    hash = (hash ^ (guchar)*p) * 1099511628211u;
  return hash;
}

typedef struct
{
  GHashTable *
      sums; /* id → sum of what its notice should have less what the index has; of guint64, owned */
} Audit;

static void
add_to_sum (Audit *audit, gint64 id, guint64 hash)
{
  guint64 *sum = g_hash_table_lookup (audit->sums, &id);

  if (!sum)
    {
      gint64 *key = g_new (gint64, 2); /* the id, then its sum */

      key[0] = id;
      key[1] = 0;
      sum = (guint64 *)&key[1];
      g_hash_table_insert (audit->sums, key, sum);
    }
  *sum += hash;
}

static gboolean
expect_one (KaiDatabase *db, gint64 id, const KaiSearchFields *fields, gpointer data,
            GError **error)
{
  g_autoptr (GPtrArray) terms = kai_search_terms_of (kai_database_get_vault (db), fields);

  for (guint i = 0; i < terms->len; i++)
    add_to_sum (data, id, hash_token (terms->pdata[i]));
  return TRUE;
}

static gboolean
take_off_index (KaiDatabase *db, Audit *audit, GError **error)
{
  sqlite3_stmt *stmt;
  gboolean row = TRUE;

  if (!kai_database_run (db, error,
                         "CREATE VIRTUAL TABLE IF NOT EXISTS temp.notice_search_tokens USING"
                         " fts5vocab (main, notice_search, instance)",
                         NULL))
    return FALSE;
  stmt = kai_database_prepare (db, "SELECT term, doc FROM temp.notice_search_tokens", error);
  if (!stmt)
    return FALSE;
  while (row)
    {
      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (row)
        add_to_sum (audit, sqlite3_column_int64 (stmt, 1),
                    -hash_token ((const char *)sqlite3_column_text (stmt, 0)));
    }
  return TRUE;
}

gboolean
kai_search_index_check (KaiDatabase *db, GError **error)
{
  Audit audit = { NULL };
  GHashTableIter iter;
  gpointer sum;
  int wrong = 0;
  gboolean ok;

  if (!kai_database_require_vault (db, error) || !kai_database_begin_read (db, error))
    return FALSE;
  audit.sums = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  ok = each_notice (db, expect_one, &audit, error) && take_off_index (db, &audit, error);
  kai_database_commit (db, NULL);
  g_hash_table_iter_init (&iter, audit.sums);
  while (g_hash_table_iter_next (&iter, NULL, &sum))
    wrong += *(guint64 *)sum != 0;
  g_hash_table_unref (audit.sums);
  if (!ok)
    return FALSE;
  return wrong == 0
         || kai_data_fail (
             error, KAI_DATA_ERROR_DAMAGED,
             ngettext (
                 "The search index is wrong about %d notice. “kaipiaoctl check” makes it anew.",
                 "The search index is wrong about %d notices. “kaipiaoctl check” makes it anew.",
                 (unsigned long)wrong),
             wrong);
}
