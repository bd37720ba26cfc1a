/* Head and manifest of a backup: two small key files, one in the open, one sealed. */
#include "backup/kai-backup-private.h"

#include <glib/gi18n-lib.h>
#include <openssl/rand.h>
#include <string.h>

#include "values/kai-error.h"

#define GROUP "backup"
#define KEY_GROUP "key "
#define TABLES "tables"
#define LOG "log"
#define SALT_SIZE 32
#define MAX_WRAPS 1000

static KaiBackupInfo *
info_new (void)
{
  KaiBackupInfo *info = g_new0 (KaiBackupInfo, 1);

  info->wraps =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
  return info;
}

void
kai_backup_info_free (KaiBackupInfo *info)
{
  if (!info)
    return;
  g_free (info->user);
  g_free (info->program);
  g_free (info->chain);
  g_clear_pointer (&info->wraps, g_hash_table_unref);
  g_clear_pointer (&info->counts, g_hash_table_unref);
  g_free (info);
}

gint64
kai_backup_info_count (const KaiBackupInfo *info, const char *table)
{
  const gint64 *count = info->counts ? g_hash_table_lookup (info->counts, table) : NULL;

  return count ? *count : 0;
}

gboolean
kai_backup_fail_damaged (GError **error, const char *path)
{
  return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                        _ ("The backup %s is damaged: it was cut off or changed. Nothing of it was "
                           "used; take another backup."),
                        path);
}

static GBytes *
to_bytes (GKeyFile *file)
{
  gsize size;
  char *text = g_key_file_to_data (file, &size, NULL);

  return g_bytes_new_take (text, size);
}

/* ---- the head ---- */

GBytes *
kai_backup_info_build_head (const KaiBackupInfo *info)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *salt = NULL;
  guchar bytes[SALT_SIZE];
  GHashTableIter iter;
  gpointer fingerprint, wrap;

  if (RAND_bytes (bytes, sizeof bytes) != 1)
    g_error ("the system gives no random numbers");
  salt = g_base64_encode (bytes, sizeof bytes);
  g_key_file_set_int64 (file, GROUP, "made-at", info->made_at);
  g_key_file_set_string (file, GROUP, "user", info->user);
  g_key_file_set_string (file, GROUP, "program", info->program);
  g_key_file_set_integer (file, GROUP, "schema", info->schema);
  g_key_file_set_string (file, GROUP, "salt", salt);
  g_hash_table_iter_init (&iter, info->wraps);
  while (g_hash_table_iter_next (&iter, &fingerprint, &wrap))
    {
      g_autofree char *group = g_strconcat (KEY_GROUP, fingerprint, NULL);
      g_autofree char *text =
          g_base64_encode (g_bytes_get_data (wrap, NULL), g_bytes_get_size (wrap));

      g_key_file_set_string (file, group, "wrapped", text);
    }
  return to_bytes (file);
}

static gboolean
read_wraps (GKeyFile *file, KaiBackupInfo *info)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (int i = 0; groups[i]; i++)
    {
      g_autofree char *text = NULL;
      gsize size;
      guchar *bytes;

      if (!g_str_has_prefix (groups[i], KEY_GROUP))
        continue;
      text = g_key_file_get_string (file, groups[i], "wrapped", NULL);
      if (!text || !*text || g_hash_table_size (info->wraps) >= MAX_WRAPS)
        return FALSE;
      bytes = g_base64_decode (text, &size);
      g_hash_table_insert (info->wraps, g_strdup (groups[i] + strlen (KEY_GROUP)),
                           g_bytes_new_take (bytes, size));
    }
  return TRUE;
}

KaiBackupInfo *
kai_backup_info_parse_head (GBytes *head, const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (KaiBackupInfo) info = info_new ();
  gsize size;
  const char *text = g_bytes_get_data (head, &size);

  if (size == 0 || memchr (text, '\0', size)
      || !g_key_file_load_from_data (file, text, size, G_KEY_FILE_NONE, NULL))
    {
      kai_backup_fail_damaged (error, path);
      return NULL;
    }
  info->made_at = g_key_file_get_int64 (file, GROUP, "made-at", NULL);
  info->schema = g_key_file_get_integer (file, GROUP, "schema", NULL);
  info->user = g_key_file_get_string (file, GROUP, "user", NULL);
  info->program = g_key_file_get_string (file, GROUP, "program", NULL);
  if (!info->user || !info->program || info->made_at <= 0 || info->schema < 1
      || !read_wraps (file, info))
    {
      kai_backup_fail_damaged (error, path);
      return NULL;
    }
  return g_steal_pointer (&info);
}

/* ---- the manifest ---- */

GBytes *
kai_backup_info_build_manifest (const KaiBackupInfo *info)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  GHashTableIter iter;
  gpointer table, count;

  g_key_file_set_int64 (file, LOG, "lines", info->lines);
  g_key_file_set_string (file, LOG, "hash", info->chain);
  g_hash_table_iter_init (&iter, info->counts);
  while (g_hash_table_iter_next (&iter, &table, &count))
    g_key_file_set_int64 (file, TABLES, table, *(gint64 *)count);
  return to_bytes (file);
}

static void
take_count (KaiBackupInfo *info, const char *table, gint64 n)
{
  g_hash_table_insert (info->counts, g_strdup (table), g_memdup2 (&n, sizeof n));
}

static void
clear_counts (KaiBackupInfo *info)
{
  g_clear_pointer (&info->counts, g_hash_table_unref);
  g_clear_pointer (&info->chain, g_free);
  info->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

gboolean
kai_backup_info_parse_manifest (KaiBackupInfo *info, const char *text, gsize size)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) tables = NULL;

  clear_counts (info);
  if (size == 0 || memchr (text, '\0', size)
      || !g_key_file_load_from_data (file, text, size, G_KEY_FILE_NONE, NULL))
    return FALSE;
  info->lines = g_key_file_get_int64 (file, LOG, "lines", NULL);
  info->chain = g_key_file_get_string (file, LOG, "hash", NULL);
  tables = g_key_file_get_keys (file, TABLES, NULL, NULL);
  for (int i = 0; tables && tables[i]; i++)
    take_count (info, tables[i], g_key_file_get_int64 (file, TABLES, tables[i], NULL));
  return info->chain && tables;
}

/* ---- counting ---- */

static char **
list_tables (KaiDatabase *db, GError **error)
{
  /* Virtual tables have no rows of their own; those that hold what they find are counted. */
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
      " ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name",
      error);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  gboolean row;

  while (stmt && kai_database_step (db, stmt, &row, error))
    {
      if (!row)
        return g_strv_builder_end (names);
      g_strv_builder_add (names, (const char *)sqlite3_column_text (stmt, 0));
    }
  return NULL;
}

static gint64
count_rows (KaiDatabase *db, const char *table, GError **error)
{
  /* A table's name cannot be bound; this one comes from the schema and is quoted. */
  char *sql = sqlite3_mprintf ("SELECT count (*) FROM \"%w\"", table);
  sqlite3_stmt *stmt = NULL;
  gint64 n = -1;

  if (sqlite3_prepare_v2 (kai_database_get_handle (db), sql, -1, &stmt, NULL) == SQLITE_OK
      && sqlite3_step (stmt) == SQLITE_ROW)
    n = sqlite3_column_int64 (stmt, 0);
  else
    kai_database_fail (db, error);
  sqlite3_finalize (stmt);
  sqlite3_free (sql);
  return n;
}

gboolean
kai_backup_info_count_store (KaiBackupInfo *info, KaiDatabase *db, GError **error)
{
  g_auto (GStrv) tables = list_tables (db, error);
  g_autoptr (GError) local = NULL;

  if (!tables)
    return FALSE;
  clear_counts (info);
  for (int i = 0; tables[i]; i++)
    {
      gint64 n = count_rows (db, tables[i], error);

      if (n < 0)
        return FALSE;
      take_count (info, tables[i], n);
    }
  info->lines = kai_backup_info_count (info, "audit_log");
  info->chain = kai_database_dup_text (
      db, &local, "SELECT lower (hex (hash)) FROM audit_log ORDER BY id DESC LIMIT 1", NULL);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!info->chain)
    info->chain = g_strdup ("");
  return TRUE;
}
