/* The log of everything that changed something. Each line holds the SM3 of the line before it, its own number and its fields, each text
 * with its length before it, so that no two different lines have the same bytes. A line that is changed, taken out or moved breaks
 * the chain; lines cut off at the end show in the counter that SQLite keeps for the table. The signed heads (kai-audit-head.h) are passed on the way. */
#include "store/kai-audit-log.h"

#include <glib/gi18n-lib.h>
#include <openssl/evp.h>
#include <string.h>

#include "store/kai-audit-head.h"
#include "values/kai-error.h"

#define HASH_SIZE 32

static gboolean
add_number (EVP_MD_CTX *context, gint64 number)
{
  guint64 wire = GUINT64_TO_BE ((guint64)number);

  return EVP_DigestUpdate (context, &wire, sizeof wire) == 1;
}

static gboolean
add_text (EVP_MD_CTX *context, const char *text)
{
  gsize length = strlen (text);

  return add_number (context, (gint64)length) && EVP_DigestUpdate (context, text, length) == 1;
}

static gboolean
hash_line (const guint8 previous[HASH_SIZE], const KaiAuditLine *line, guint8 out[HASH_SIZE],
           GError **error)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  unsigned int size = 0;
  gboolean ok = context && EVP_DigestInit_ex (context, EVP_sm3 (), NULL) == 1
                && EVP_DigestUpdate (context, previous, HASH_SIZE) == 1
                && add_number (context, line->id) && add_number (context, line->at)
                && add_text (context, line->user) && add_text (context, line->action)
                && add_text (context, line->subject) && add_text (context, line->outcome)
                && EVP_DigestFinal_ex (context, out, &size) == 1 && size == HASH_SIZE;

  EVP_MD_CTX_free (context);
  if (ok)
    return TRUE;
  return kai_data_fail (error, KAI_DATA_ERROR_IO,
                        _ ("The log could not be written, because OpenSSL has no SM3 here."));
}

/* Hash of the last line; zeros before the first. */
static gboolean
read_last_hash (KaiDatabase *db, guint8 out[HASH_SIZE], GError **error)
{
  gboolean row;
  sqlite3_stmt *stmt =
      kai_database_prepare (db, "SELECT hash FROM audit_log ORDER BY id DESC LIMIT 1", error);

  memset (out, 0, HASH_SIZE);
  if (!stmt || !kai_database_step (db, stmt, &row, error))
    return FALSE;
  if (row && sqlite3_column_bytes (stmt, 0) == HASH_SIZE)
    memcpy (out, sqlite3_column_blob (stmt, 0), HASH_SIZE);
  sqlite3_reset (stmt);
  return TRUE;
}

static gint64
read_counter (KaiDatabase *db, GError **error)
{
  return kai_database_get_int (db, 0, error,
                               "SELECT seq FROM sqlite_sequence WHERE name = 'audit_log'", NULL);
}

static gboolean
append (KaiDatabase *db, KaiAuditLine *line, GError **error)
{
  guint8 previous[HASH_SIZE], hash[HASH_SIZE];
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) local = NULL;

  line->id = read_counter (db, &local) + 1;
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!read_last_hash (db, previous, error) || !hash_line (previous, line, hash, error))
    return FALSE;
  bytes = g_bytes_new (hash, sizeof hash);
  if (kai_database_run (db, &local,
                        "INSERT INTO audit_log (id, at, user, action, subject, outcome, hash) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?)",
                        "llttttb", line->id, line->at, line->user, line->action, line->subject,
                        line->outcome, bytes))
    return TRUE;
  if (!g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                        _ ("Nothing was saved, because the log in the store is not what this "
                           "program wrote: line %lld is there already. See what was changed "
                           "(kaipiaoctl log --verify) and restore the last backup."),
                        (long long)line->id);
}

gboolean
kai_audit_log_add (KaiDatabase *db, const char *user, const char *action, const char *subject,
                   const char *outcome, GError **error)
{
  KaiAuditLine line = {
    .at = g_get_real_time () / G_USEC_PER_SEC,
    .user = (char *)(user ? user : ""),
    .action = (char *)(action ? action : ""),
    .subject = (char *)(subject ? subject : ""),
    .outcome = (char *)(outcome ? outcome : ""),
  };

  if (!kai_database_begin (db, error))
    return FALSE;
  if (!append (db, &line, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  return kai_database_commit (db, error);
}

void
kai_audit_line_free (KaiAuditLine *line)
{
  if (!line)
    return;
  g_free (line->user);
  g_free (line->action);
  g_free (line->subject);
  g_free (line->outcome);
  g_free (line);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiAuditLine, kai_audit_line_free)

/* Columns: id, at, user, action, subject, outcome. */
static KaiAuditLine *
read_line (sqlite3_stmt *stmt)
{
  KaiAuditLine *line = g_new0 (KaiAuditLine, 1);

  line->id = sqlite3_column_int64 (stmt, 0);
  line->at = sqlite3_column_int64 (stmt, 1);
  line->user = kai_column_dup (stmt, 2);
  line->action = kai_column_dup (stmt, 3);
  line->subject = kai_column_dup (stmt, 4);
  line->outcome = kai_column_dup (stmt, 5);
  return line;
}

GPtrArray *
kai_audit_log_find (KaiDatabase *db, const KaiAuditFilter *filter, GError **error)
{
  g_autoptr (GPtrArray) lines =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_audit_line_free);
  gboolean row;
  /* Two texts, so that each has its index. */
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      filter->subject
          ? "SELECT id, at, user, action, subject, outcome FROM audit_log WHERE at >= ?2"
            " AND at < ?3 AND (?4 = '' OR user = ?4) AND subject = ?5 ORDER BY id DESC LIMIT ?1"
          : "SELECT id, at, user, action, subject, outcome FROM audit_log WHERE at >= ?2"
            " AND at < ?3 AND (?4 = '' OR user = ?4) ORDER BY id DESC LIMIT ?1",
      error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, filter->subject ? "illts" : "illt",
                      filter->limit > 0 ? filter->limit : -1, filter->from,
                      filter->before > 0 ? filter->before : G_MAXINT64, filter->user,
                      filter->subject);
  while (kai_database_step (db, stmt, &row, error))
    {
      if (!row)
        return g_steal_pointer (&lines);
      g_ptr_array_add (lines, read_line (stmt));
    }
  return NULL;
}

GPtrArray *
kai_audit_log_list (KaiDatabase *db, const char *subject, int limit, GError **error)
{
  KaiAuditFilter filter = { .subject = subject, .limit = limit };

  return kai_audit_log_find (db, &filter, error);
}

static gboolean
fail_line (GError **error, gint64 id)
{
  return kai_data_fail (
      error, KAI_DATA_ERROR_DAMAGED,
      _ ("The log is not what this program wrote: line %lld was changed, removed or "
         "moved."),
      (long long)id);
}

/* One line of the chain; @hash is that of the line before and becomes this line's. */
static gboolean
verify_line (sqlite3_stmt *stmt, gint64 expected, guint8 hash[HASH_SIZE], GError **error)
{
  g_autoptr (KaiAuditLine) line = read_line (stmt);
  guint8 computed[HASH_SIZE];

  if (line->id != expected)
    return fail_line (error, expected);
  if (!hash_line (hash, line, computed, error))
    return FALSE;
  if (sqlite3_column_bytes (stmt, 6) != HASH_SIZE
      || memcmp (computed, sqlite3_column_blob (stmt, 6), HASH_SIZE) != 0)
    return fail_line (error, expected);
  memcpy (hash, computed, HASH_SIZE);
  return TRUE;
}

/* The signed heads that the walk has still to pass. */
typedef struct
{
  GPtrArray *heads; /* KaiAuditHead */
  guint next;
  gint64 safe; /* lines up to this one are what was signed */
} Heads;

static gboolean
fail_head (GError **error, gint64 first, gint64 last)
{
  return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                        _ ("The log is not what was signed: of the lines %lld to %lld at least one "
                           "was changed, removed or moved, and the log was made anew after it."),
                        (long long)first, (long long)last);
}

/* At line @line, whose hash is @hash. */
static gboolean
pass_heads (Heads *heads, gint64 line, const guint8 hash[HASH_SIZE], GError **error)
{
  while (heads->next < heads->heads->len)
    {
      const KaiAuditHead *head = heads->heads->pdata[heads->next];

      if (head->line > line)
        return TRUE;
      if (head->line < line || g_bytes_get_size (head->hash) != HASH_SIZE
          || memcmp (g_bytes_get_data (head->hash, NULL), hash, HASH_SIZE) != 0)
        return fail_head (error, heads->safe + 1, head->line);
      heads->safe = line;
      heads->next++;
    }
  return TRUE;
}

/* A head beyond the end: lines were cut off, whatever the counter says. */
static gboolean
check_end (const Heads *heads, gint64 count, GError **error)
{
  const KaiAuditHead *head =
      heads->next < heads->heads->len ? heads->heads->pdata[heads->next] : NULL;

  return !head
         || kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                           _ ("The log was cut off: line %lld is missing, and it was signed up to "
                              "line %lld."),
                           (long long)count + 1, (long long)head->line);
}

static gboolean
verify_all (KaiDatabase *db, gint64 *lines, GError **error)
{
  guint8 hash[HASH_SIZE] = { 0 };
  g_autoptr (GError) local = NULL;
  g_autoptr (GPtrArray) list = kai_audit_head_list (db, &local);
  Heads heads = { list, 0, 0 };
  gint64 written = list ? read_counter (db, &local) : 0;
  gint64 count = 0;
  gboolean row = TRUE;
  sqlite3_stmt *stmt = NULL;

  if (!local)
    stmt = kai_database_prepare (
        db, "SELECT id, at, user, action, subject, outcome, hash FROM audit_log ORDER BY id",
        &local);
  while (stmt && row && kai_database_step (db, stmt, &row, &local) && row)
    {
      if (!verify_line (stmt, count + 1, hash, &local)
          || !pass_heads (&heads, count + 1, hash, &local))
        {
          sqlite3_reset (stmt);
          break;
        }
      count++;
    }
  if (!local && check_end (&heads, count, &local) && count != written)
    fail_line (&local, count + 1);
  if (lines)
    *lines = count;
  if (!local)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
kai_audit_log_verify (KaiDatabase *db, gint64 *lines, GError **error)
{
  gboolean ok;

  /* One view, so that no line is added between counting and reading. */
  if (!kai_database_begin_read (db, error))
    return FALSE;
  ok = verify_all (db, lines, error);
  if (ok)
    return kai_database_commit (db, error);
  kai_database_commit (db, NULL);
  return FALSE;
}
