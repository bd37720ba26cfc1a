/* Salvage. An index, a free page or the log beside the file may be damaged without any row being lost; where rows are, only a backup helps. */
#include "backup/kai-store-check.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "backup/kai-backup.h"
#include "backup/kai-scratch.h"
#include "store/kai-audit-log.h"
#include "store/kai-files.h"
#include "store/kai-store-switch.h"
#include "values/kai-error.h"
#include "values/kai-problem.h"

static gboolean
fail_salvage (GError **error, const char *dir, const char *what)
{
  return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                        _ ("The store in %s cannot be repaired, since rows of it are lost (%s). "
                           "Nothing was changed: restore the last backup (kaipiaoctl restore FILE "
                           "--replace); what came after it is fetched from the finance server."),
                        dir, what);
}

/* Is there anything to repair? A file that SQLite cannot even look through is damaged. */
static gboolean
is_sound (const char *dir, const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (KaiDatabase) db = kai_database_open_as_is (dir, name, &kai_store_schema, &local);

  if (db && kai_database_check (db, &local))
    return TRUE;
  if (!g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED))
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* ---- copying ---- */

/* Tables of the new store that hold rows of their own: those of a search index are made anew. */
#define OWN_TABLES                                                                                             \
  "SELECT name FROM main.sqlite_schema t WHERE type = 'table'"                                                 \
  " AND (name = 'sqlite_sequence' OR name NOT LIKE 'sqlite\\_%' ESCAPE '\\')"                                  \
  " AND sql NOT LIKE 'CREATE VIRTUAL%'"                                                                        \
  " AND NOT EXISTS (SELECT 1 FROM main.sqlite_schema v WHERE v.sql LIKE 'CREATE VIRTUAL%'"                     \
  " AND t.name LIKE v.name || '\\_%' ESCAPE '\\')" /* The counters last: they are written by the rows, too. */ \
  " ORDER BY name = 'sqlite_sequence', name"

static char **
list_tables (sqlite3 *handle)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  sqlite3_stmt *stmt = NULL;

  if (sqlite3_prepare_v2 (handle, OWN_TABLES, -1, &stmt, NULL) == SQLITE_OK)
    while (sqlite3_step (stmt) == SQLITE_ROW)
      g_strv_builder_add (names, (const char *)sqlite3_column_text (stmt, 0));
  sqlite3_finalize (stmt);
  return g_strv_builder_end (names);
}

static char *
list_columns (sqlite3 *handle, const char *table)
{
  g_autoptr (GString) columns = g_string_new (NULL);
  char *sql = sqlite3_mprintf ("SELECT name FROM pragma_table_info (%Q, 'main')", table);
  sqlite3_stmt *stmt = NULL;

  if (sqlite3_prepare_v2 (handle, sql, -1, &stmt, NULL) == SQLITE_OK)
    while (sqlite3_step (stmt) == SQLITE_ROW)
      {
        char *quoted = sqlite3_mprintf ("\"%w\"", sqlite3_column_text (stmt, 0));

        g_string_append_printf (columns, "%s%s", columns->len ? ", " : "", quoted);
        sqlite3_free (quoted);
      }
  sqlite3_finalize (stmt);
  sqlite3_free (sql);
  return g_string_free (g_steal_pointer (&columns), FALSE);
}

/* NOT INDEXED: through the table itself, whatever its indexes are like. */
static gboolean
copy_table (sqlite3 *handle, const char *table)
{
  g_autofree char *columns = list_columns (handle, table);
  char *sql = sqlite3_mprintf ("DELETE FROM main.\"%w\"; INSERT INTO main.\"%w\" (%s)"
                               " SELECT %s FROM old.\"%w\" NOT INDEXED",
                               table, table, columns, columns, table);
  gboolean ok = sqlite3_exec (handle, sql, NULL, NULL, NULL) == SQLITE_OK;

  sqlite3_free (sql);
  return ok;
}

/* Tables of a step that are there for a time only. */
static gboolean
drop_table (sqlite3 *handle, const char *table)
{
  char *sql = sqlite3_mprintf ("DROP TABLE main.\"%w\"", table);
  gboolean ok = sqlite3_exec (handle, sql, NULL, NULL, NULL) == SQLITE_OK;

  sqlite3_free (sql);
  return ok;
}

static int
read_int (sqlite3 *handle, const char *sql)
{
  sqlite3_stmt *stmt = NULL;
  int value = -1;

  if (sqlite3_prepare_v2 (handle, sql, -1, &stmt, NULL) == SQLITE_OK
      && sqlite3_step (stmt) == SQLITE_ROW)
    value = sqlite3_column_int (stmt, 0);
  sqlite3_finalize (stmt);
  return value;
}

static gboolean
is_in_old (sqlite3 *handle, const char *table)
{
  char *sql = sqlite3_mprintf (
      "SELECT EXISTS (SELECT 1 FROM old.sqlite_schema WHERE type = 'table' AND name = %Q)", table);
  gboolean there = read_int (handle, sql) != 0;

  sqlite3_free (sql);
  return there;
}

static gboolean
copy_tables (KaiDatabase *fresh, const char *dir, GError **error)
{
  sqlite3 *handle = kai_database_get_handle (fresh);
  g_auto (GStrv) tables = NULL;

  if (read_int (handle, "PRAGMA old.application_id") != kai_store_schema.application_id
      || read_int (handle, "PRAGMA old.user_version")
             != read_int (handle, "PRAGMA main.user_version"))
    return fail_salvage (error, dir, _ ("its first page"));
  tables = list_tables (handle);
  for (int i = 0; tables[i]; i++)
    if (!(is_in_old (handle, tables[i]) ? copy_table (handle, tables[i])
                                        : drop_table (handle, tables[i])))
      {
        g_autoptr (GError) local = NULL;

        kai_database_fail (fresh, &local);
        if (!g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED)
            && !g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT)
            && !g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID))
          {
            g_propagate_error (error, g_steal_pointer (&local));
            return FALSE;
          }
        return fail_salvage (error, dir, tables[i]);
      }
  return TRUE;
}

static gboolean
attach_and_copy (KaiDatabase *fresh, const char *dir, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  sqlite3 *handle = kai_database_get_handle (fresh);
  char *attach = sqlite3_mprintf ("PRAGMA foreign_keys = OFF; ATTACH %Q AS old", path);
  gboolean ok = sqlite3_exec (handle, attach, NULL, NULL, NULL) == SQLITE_OK;

  sqlite3_free (attach);
  if (!ok)
    return fail_salvage (error, dir, sqlite3_errmsg (handle));
  if (!kai_database_begin (fresh, error))
    return FALSE;
  if (!copy_tables (fresh, dir, error))
    {
      kai_database_rollback (fresh);
      return FALSE;
    }
  return kai_database_commit (fresh, error) && kai_database_run (fresh, error, "DETACH old", NULL)
         && kai_database_run (fresh, error, "PRAGMA foreign_keys = ON", NULL);
}

/* ---- proof ---- */

/* A row that was overwritten reads like any other: sums, the log and what belongs together tell. */
static gboolean
prove (KaiDatabase *fresh, const char *dir, GError **error)
{
  g_autoptr (GPtrArray) problems =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_problem_free);
  g_autoptr (GError) local = NULL;

  if (!kai_database_check (fresh, &local) || !kai_audit_log_verify (fresh, NULL, &local))
    {
      if (g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED))
        return fail_salvage (error, dir, local->message);
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!kai_store_check (fresh, problems, error))
    return FALSE;
  return problems->len == 0
         || fail_salvage (error, dir, ((KaiProblem *)problems->pdata[0])->message);
}

/* The version of the damaged store; that of this program where it does not say. */
static int
read_version (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  int newest = kai_schema_get_version (&kai_store_schema), version = -1;
  sqlite3 *handle = NULL;

  if (sqlite3_open_v2 (path, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW, NULL)
      == SQLITE_OK)
    version = read_int (handle, "PRAGMA user_version");
  sqlite3_close (handle);
  return version >= 1 && version <= newest ? version : newest;
}

/* A store of an older version goes into a new one of the same version, and is brought up to date there, where everything is sound. */
static KaiDatabase *
copy_store (KaiScratch *scratch, const char *dir, const char *name, GError **error)
{
  KaiSchema schema = kai_store_schema;
  g_autoptr (KaiDatabase) fresh = NULL;

  schema.last = read_version (dir, name);
  fresh = kai_database_open (kai_scratch_get_path (scratch), "store", &schema, error);
  if (!fresh || !attach_and_copy (fresh, dir, name, error))
    return NULL;
  if (schema.last == kai_schema_get_version (&kai_store_schema))
    return g_steal_pointer (&fresh);
  g_clear_pointer (&fresh, kai_database_close);
  return kai_database_open (kai_scratch_get_path (scratch), "store", &kai_store_schema, error);
}

static gboolean
salvage (KaiScratch *scratch, const char *dir, const char *name, GError **error)
{
  static const char *const extras[] = { "store-wal", "store-shm", "store.lock" };
  g_autoptr (KaiDatabase) fresh = copy_store (scratch, dir, name, error);

  if (!fresh
      || !prove (fresh, dir, error)
      /* At the same place, in another file; whether it is the newest is still told by its word. */
      || !kai_database_set_setting (fresh, "store_place", "", error)
      || !kai_audit_log_add (fresh, "", "store.repair", name, "salvaged", error)
      || !kai_database_run (fresh, error, "PRAGMA wal_checkpoint (TRUNCATE)", NULL))
    return FALSE;
  g_clear_pointer (&fresh, kai_database_close);
  for (guint i = 0; i < G_N_ELEMENTS (extras); i++)
    {
      g_autofree char *path = kai_scratch_build (scratch, extras[i]);

      g_unlink (path);
    }
  return TRUE;
}

static gboolean
repair (const char *dir, const char *name, char **kept, GError **error)
{
  g_autoptr (KaiScratch) scratch = kai_scratch_new (dir, "repair", error);
  g_autofree char *aside = scratch ? kai_scratch_build (scratch, "aside") : NULL;
  g_autofree char *fresh = kai_store_switch_path (dir, name);
  g_autofree char *word = kai_store_aside_word ("damaged");

  if (!scratch || !salvage (scratch, dir, name, error))
    return FALSE;
  if (!g_file_set_contents_full (aside, word, -1, G_FILE_SET_CONTENTS_NONE, 0600, error)
      || !kai_scratch_publish (scratch, fresh, error)
      || !kai_store_finish_switch (dir, name, error))
    return FALSE;
  *kept = kai_store_aside_name (name, word);
  return TRUE;
}

gboolean
kai_store_repair (const char *dir, const char *name, char **kept, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) local = NULL;
  gboolean ok;
  int lock;

  *kept = NULL;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  lock = kai_store_lock (dir, name, TRUE, error);
  if (lock < 0)
    return FALSE;
  /* Looking takes the lock itself. */
  close (lock);
  if (is_sound (dir, name, &local))
    return TRUE;
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  lock = kai_store_lock (dir, name, TRUE, error);
  if (lock < 0)
    return FALSE;
  ok = repair (dir, name, kept, error);
  close (lock);
  return ok;
}
