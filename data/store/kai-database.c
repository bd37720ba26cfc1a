/* The one way to SQLite: transactions that nest, statements prepared once, and SQLite's result codes turned into
 * sentences that tell a clerk what to do. */
#include "store/kai-database-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>

#include "values/kai-error.h"

/* ---- Errors ---- */

static gboolean
is_disk_full (sqlite3 *handle, int code)
{
  int system = sqlite3_system_errno (handle);

  return code == SQLITE_FULL
         || ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN)
             && (system == ENOSPC || system == EDQUOT || system == EFBIG));
}

static gboolean
fail_constraint (sqlite3 *handle, int extended, GError **error)
{
  if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY
      || extended == SQLITE_CONSTRAINT_TRIGGER)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("Not saved, because it is in the store already or contradicts "
                             "what is there (%s)."),
                          sqlite3_errmsg (handle));
  return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                        _ ("Not saved, because a value breaks a rule of the store (%s)."),
                        sqlite3_errmsg (handle));
}

static gboolean
fail_read_only (KaiDatabase *db, GError **error)
{
  g_propagate_error (error, g_error_copy (db->read_only));
  return FALSE;
}

gboolean
kai_database_fail (KaiDatabase *db, GError **error)
{
  int extended = sqlite3_extended_errcode (db->handle);
  int code = extended & 0xff;

  if (db->read_only && code == SQLITE_READONLY)
    return fail_read_only (db, error);
  if (is_disk_full (db->handle, code))
    return kai_data_fail (error, KAI_DATA_ERROR_FULL,
                          _ ("The store in %s could not be saved to, because the disk is full. "
                             "Make room on it and try again; nothing that was saved is lost."),
                          db->dir);
  switch (code)
    {
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return kai_data_fail (error, KAI_DATA_ERROR_READ_ONLY,
                            _ ("The store in %s cannot be written to. Check that the directory "
                               "belongs to you and is not write-protected."),
                            db->dir);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return kai_data_fail (error, KAI_DATA_ERROR_BUSY,
                            _ ("The store in %s is in use by another program for too long. "
                               "Close that program or try again later."),
                            db->dir);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                            _ ("The store in %s is damaged (%s). Do not go on with it: restore "
                               "the last backup."),
                            db->dir, sqlite3_errmsg (db->handle));
    case SQLITE_CONSTRAINT:
      return fail_constraint (db->handle, extended, error);
    case SQLITE_INTERRUPT:
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                           _ ("The operation was cancelled."));
      return FALSE;
    default:
      return kai_data_fail (error, KAI_DATA_ERROR_IO, _ ("The store in %s failed: %s."), db->dir,
                            sqlite3_errmsg (db->handle));
    }
}

/* ---- Statements ---- */

gboolean
kai_database_exec (KaiDatabase *db, const char *sql, GError **error)
{
  if (sqlite3_exec (db->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
    return kai_database_fail (db, error);
  return TRUE;
}

sqlite3_stmt *
kai_database_prepare (KaiDatabase *db, const char *sql, GError **error)
{
  sqlite3_stmt *stmt = g_hash_table_lookup (db->statements, sql);

  if (stmt)
    {
      sqlite3_reset (stmt);
      sqlite3_clear_bindings (stmt);
      return stmt;
    }
  if (sqlite3_prepare_v3 (db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
    {
      kai_database_fail (db, error);
      return NULL;
    }
  g_hash_table_insert (db->statements, g_strdup (sql), stmt);
  return stmt;
}

static void
bind_bytes (sqlite3_stmt *stmt, int index, GBytes *bytes)
{
  gsize size = 0;
  gconstpointer data = bytes ? g_bytes_get_data (bytes, &size) : NULL;

  if (!bytes)
    sqlite3_bind_null (stmt, index);
  else if (size == 0)
    sqlite3_bind_zeroblob (stmt, index, 0);
  else
    sqlite3_bind_blob64 (stmt, index, data, size, SQLITE_TRANSIENT);
}

static void
bind_text (sqlite3_stmt *stmt, int index, const char *text)
{
  if (text)
    sqlite3_bind_text (stmt, index, text, -1, SQLITE_TRANSIENT);
  else
    sqlite3_bind_null (stmt, index);
}

static void
bind_va (sqlite3_stmt *stmt, const char *types, va_list args)
{
  for (int i = 0; types && types[i]; i++)
    {
      const char *text;

      switch (types[i])
        {
        case 'i':
          sqlite3_bind_int (stmt, i + 1, va_arg (args, int));
          break;
        case 'l':
          sqlite3_bind_int64 (stmt, i + 1, va_arg (args, gint64));
          break;
        case 's':
          bind_text (stmt, i + 1, va_arg (args, const char *));
          break;
        case 't':
          text = va_arg (args, const char *);
          bind_text (stmt, i + 1, text ? text : "");
          break;
        case 'b':
          bind_bytes (stmt, i + 1, va_arg (args, GBytes *));
          break;
        default:
          g_error ("no such type of a bound value: %c", types[i]);
        }
    }
}

void
kai_statement_bind (sqlite3_stmt *stmt, const char *types, ...)
{
  va_list args;

  va_start (args, types);
  bind_va (stmt, types, args);
  va_end (args);
}

/* SQLite rolls a transaction back by itself on some failures (disk full among them). What the caller does after that
 * must not be saved on its own. */
static gboolean
was_rolled_back (KaiDatabase *db)
{
  if (db->depth == 0 || !sqlite3_get_autocommit (db->handle))
    return FALSE;
  db->doomed = TRUE;
  return TRUE;
}

static gboolean
fail_rolled_back (GError **error)
{
  return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                        _ ("Nothing was saved, because one part of the change failed."));
}

/* While a statement is at a row it holds a snapshot. A write that starts then cannot wait for another program's: SQLite
 * refuses it at once. Who writes while reading begins a transaction first. */
static void
check_no_open_row (KaiDatabase *db, sqlite3_stmt *stmt)
{
  if (db->depth > 0 || sqlite3_stmt_readonly (stmt) || sqlite3_stmt_busy (stmt))
    return;
  for (sqlite3_stmt *other = sqlite3_next_stmt (db->handle, NULL); other;
       other = sqlite3_next_stmt (db->handle, other))
    if (sqlite3_stmt_busy (other))
      g_critical ("\"%s\" is written while \"%s\" is being read", sqlite3_sql (stmt),
                  sqlite3_sql (other));
}

gboolean
kai_database_step (KaiDatabase *db, sqlite3_stmt *stmt, gboolean *row, GError **error)
{
  int rc;

  check_no_open_row (db, stmt);
  if (row)
    *row = FALSE;
  if (was_rolled_back (db))
    return fail_rolled_back (error);
  rc = sqlite3_step (stmt);
  if (rc == SQLITE_ROW)
    {
      if (row)
        *row = TRUE;
      return TRUE;
    }
  if (rc != SQLITE_DONE)
    {
      kai_database_fail (db, error);
      was_rolled_back (db);
    }
  sqlite3_reset (stmt);
  return rc == SQLITE_DONE;
}

static sqlite3_stmt *
prepare_va (KaiDatabase *db, const char *sql, const char *types, va_list args, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (db, sql, error);

  if (stmt)
    bind_va (stmt, types, args);
  return stmt;
}

gboolean
kai_database_run (KaiDatabase *db, GError **error, const char *sql, const char *types, ...)
{
  va_list args;
  sqlite3_stmt *stmt;
  gboolean row = TRUE;

  va_start (args, types);
  stmt = prepare_va (db, sql, types, args, error);
  va_end (args);
  if (!stmt)
    return FALSE;
  while (row)
    if (!kai_database_step (db, stmt, &row, error))
      return FALSE;
  return TRUE;
}

gint64
kai_database_get_int (KaiDatabase *db, gint64 fallback, GError **error, const char *sql,
                      const char *types, ...)
{
  va_list args;
  sqlite3_stmt *stmt;
  gboolean row;
  gint64 value;

  va_start (args, types);
  stmt = prepare_va (db, sql, types, args, error);
  va_end (args);
  if (!stmt || !kai_database_step (db, stmt, &row, error) || !row)
    return fallback;
  value = sqlite3_column_int64 (stmt, 0);
  sqlite3_reset (stmt);
  return value;
}

char *
kai_database_dup_text (KaiDatabase *db, GError **error, const char *sql, const char *types, ...)
{
  va_list args;
  sqlite3_stmt *stmt;
  gboolean row;
  char *text;

  va_start (args, types);
  stmt = prepare_va (db, sql, types, args, error);
  va_end (args);
  if (!stmt || !kai_database_step (db, stmt, &row, error) || !row)
    return NULL;
  text = kai_column_dup (stmt, 0);
  sqlite3_reset (stmt);
  return text;
}

gboolean
kai_database_read_ids (KaiDatabase *db, sqlite3_stmt *stmt, GArray *ids, GError **error)
{
  gboolean row = TRUE;

  while (row)
    {
      gint64 id;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      id = row ? sqlite3_column_int64 (stmt, 0) : 0;
      if (row)
        g_array_append_val (ids, id);
    }
  return TRUE;
}

gboolean
kai_database_find_row (KaiDatabase *db, sqlite3_stmt *stmt, const char *sentence, GError **error)
{
  gboolean row;

  if (!kai_database_step (db, stmt, &row, error))
    return FALSE;
  return row || kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND, "%s", sentence);
}

char *
kai_column_dup (sqlite3_stmt *stmt, int column)
{
  const unsigned char *text = sqlite3_column_text (stmt, column);

  return g_strdup (text ? (const char *)text : "");
}

GBytes *
kai_column_bytes (sqlite3_stmt *stmt, int column)
{
  gconstpointer data;

  if (sqlite3_column_type (stmt, column) == SQLITE_NULL)
    return NULL;
  data = sqlite3_column_blob (stmt, column);
  return g_bytes_new (data, (gsize)sqlite3_column_bytes (stmt, column));
}

gint64
kai_database_last_id (KaiDatabase *db)
{
  return sqlite3_last_insert_rowid (db->handle);
}

int
kai_database_changes (KaiDatabase *db)
{
  return sqlite3_changes (db->handle);
}

/* ---- Transactions ---- */

static gboolean
begin (KaiDatabase *db, const char *sql, GError **error)
{
  if (db->depth == 0)
    {
      if (!kai_database_run (db, error, sql, NULL))
        return FALSE;
      db->doomed = FALSE;
    }
  db->depth++;
  return TRUE;
}

/* The file that is open may not be the one of that name any more: what is written then would be lost with it. */
static gboolean
check_place (KaiDatabase *db, GError **error)
{
  int moved = 0;

  if (db->read_only)
    return fail_read_only (db, error);
  (void)sqlite3_file_control (db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return !moved
         || kai_data_fail (
             error, KAI_DATA_ERROR_IO,
             _ ("%s was removed or replaced by another file while this program had it open. "
                "Nothing more is saved there: close the program, see to it that the right file "
                "is in place, and start it again."),
             sqlite3_db_filename (db->handle, "main"));
}

gboolean
kai_database_begin (KaiDatabase *db, GError **error)
{
  return (db->depth > 0 || check_place (db, error)) && begin (db, "BEGIN IMMEDIATE", error);
}

gboolean
kai_database_begin_read (KaiDatabase *db, GError **error)
{
  return begin (db, "BEGIN", error);
}

/* The outermost transaction ends without a trace. */
static void
roll_back (KaiDatabase *db)
{
  g_autoptr (GError) error = NULL;

  db->doomed = FALSE;
  db->depth = 0;
  if (sqlite3_get_autocommit (db->handle))
    return;
  if (!kai_database_run (db, &error, "ROLLBACK", NULL))
    g_warning ("rolling back failed: %s", error->message);
}

gboolean
kai_database_commit (KaiDatabase *db, GError **error)
{
  g_return_val_if_fail (db->depth > 0, kai_data_fail (error, KAI_DATA_ERROR_IO, "no transaction"));
  if (db->depth > 1)
    {
      db->depth--;
      return TRUE;
    }
  if (db->doomed || was_rolled_back (db))
    {
      roll_back (db);
      return fail_rolled_back (error);
    }
  if (!kai_database_run (db, error, "COMMIT", NULL))
    {
      roll_back (db);
      return FALSE;
    }
  db->depth = 0;
  return TRUE;
}

void
kai_database_rollback (KaiDatabase *db)
{
  g_return_if_fail (db->depth > 0);
  if (db->depth > 1)
    {
      db->depth--;
      db->doomed = TRUE;
    }
  else
    roll_back (db);
}

gboolean
kai_database_in_transaction (KaiDatabase *db)
{
  return db->depth > 0;
}

/* ---- The file as a whole ---- */

const char *
kai_database_get_dir (KaiDatabase *db)
{
  return db->dir;
}

sqlite3 *
kai_database_get_handle (KaiDatabase *db)
{
  return db->handle;
}

void
kai_database_set_vault (KaiDatabase *db, KaiVault *vault)
{
  if (vault)
    kai_vault_ref (vault);
  kai_vault_unref (db->vault);
  db->vault = vault;
}

KaiVault *
kai_database_get_vault (KaiDatabase *db)
{
  return db->vault;
}

void
kai_database_set_lock_sentence (KaiDatabase *db, const char *sentence)
{
  g_free (db->lock_sentence);
  db->lock_sentence = g_strdup (sentence);
}

const char *
kai_database_get_lock_sentence (KaiDatabase *db)
{
  if (db->lock_sentence)
    return db->lock_sentence;
  return _ ("The personal data in this store is encrypted. Sign in with your key and its PIN to "
            "see and change it.");
}

KaiVault *
kai_database_require_vault (KaiDatabase *db, GError **error)
{
  if (!db->vault)
    kai_data_fail (error, KAI_DATA_ERROR_NOT_ALLOWED, "%s", kai_database_get_lock_sentence (db));
  return db->vault;
}

gint64
kai_database_data_version (KaiDatabase *db)
{
  return kai_database_get_int (db, 0, NULL, "PRAGMA data_version", NULL);
}

/* ---- Settings ---- */

char *
kai_database_dup_setting (KaiDatabase *db, const char *key)
{
  return kai_database_dup_text (db, NULL, "SELECT value FROM setting WHERE key = ?", "s", key);
}

gboolean
kai_database_set_setting (KaiDatabase *db, const char *key, const char *value, GError **error)
{
  if (!value)
    return kai_database_run (db, error, "DELETE FROM setting WHERE key = ?", "s", key);
  return kai_database_run (db, error,
                           "INSERT INTO setting (key, value) VALUES (?, ?) "
                           "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                           "ss", key, value);
}
