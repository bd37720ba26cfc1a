/* Opening a database file: who may read it, whether it is ours, whether it is whole, and bringing it to the
 * newest schema. */
#include "store/kai-database-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/kai-database-health.h"
#include "store/kai-store-switch.h"
#include "values/kai-error.h"

#define BUSY_TIMEOUT_MS 10000

const KaiSchema kai_store_schema = {
  .resource_dir = "/cn/kaipiao/data/schema", .application_id = 0x4b616950, /* "KaiP" */
};

/* What a file says of itself. */
typedef struct
{
  int application_id;
  int version;
  int tables;
} Identity;

static gboolean
fail_errno (GError **error, const char *path, int saved_errno)
{
  KaiDataError code = KAI_DATA_ERROR_READ_ONLY;

  if (saved_errno == ENOSPC || saved_errno == EDQUOT || saved_errno == EFBIG)
    return kai_data_fail (error, KAI_DATA_ERROR_FULL,
                          _ ("%s could not be made, because the disk is full. Make room on it and "
                             "try again."),
                          path);
  if (saved_errno == EIO || saved_errno == EMFILE || saved_errno == ENFILE)
    code = KAI_DATA_ERROR_IO;
  return kai_data_fail (error, code,
                        _ ("%s could not be made or written: %s. Choose a directory that belongs "
                           "to you."),
                        path, g_strerror (saved_errno));
}

/* Is what is there already a file that may be opened? */
static gboolean
check_file (const char *path, GError **error)
{
  GStatBuf status;

  if (g_lstat (path, &status) != 0)
    return fail_errno (error, path, errno);
  if (S_ISDIR (status.st_mode))
    return fail_errno (error, path, EISDIR);
  if (!S_ISREG (status.st_mode))
    return kai_data_fail (error, KAI_DATA_ERROR_READ_ONLY,
                          _ ("%s is not an ordinary file. Remove it or choose another directory."),
                          path);
  /* SQLite takes what is shorter than the smallest page for an empty file and writes over it. */
  if (status.st_size > 0 && status.st_size < 512)
    return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                          _ ("%s is not a store of this program but another file. Choose another "
                             "directory."),
                          path);
  /* A failure here shows when the file is written. */
  if ((status.st_mode & 0077) != 0)
    (void)g_chmod (path, 0600);
  return TRUE;
}

/* The file is made before SQLite sees it, so that its mode is right from the first moment; SQLite gives the files beside it the
 * same mode. An existing file is not opened here: closing it would drop the locks of this process's other connections, which is also
 * why making it is serialised. */
static gboolean
make_file (const char *path, GError **error)
{
  static GMutex lock;
  int fd, saved_errno;

  g_mutex_lock (&lock);
  fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  saved_errno = errno;
  if (fd >= 0)
    close (fd);
  g_mutex_unlock (&lock);
  if (fd >= 0)
    return TRUE;
  return saved_errno == EEXIST ? check_file (path, error) : fail_errno (error, path, saved_errno);
}

/* What is the same however it was opened. */
static gboolean
configure (KaiDatabase *db, GError **error)
{
  sqlite3_extended_result_codes (db->handle, 1);
  sqlite3_busy_timeout (db->handle, BUSY_TIMEOUT_MS);
  sqlite3_db_config (db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  /* Otherwise a statement over a partial index is compiled anew whenever other values are bound to it. */
  sqlite3_db_config (db->handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
  return kai_database_exec (
      db,
      "PRAGMA trusted_schema = OFF;"
      "PRAGMA cell_size_check = ON;"
      "PRAGMA synchronous = FULL;"
      "PRAGMA foreign_keys = ON;"
      "PRAGMA secure_delete = ON;"
      /* 8 MB: a transaction over some hundred notices does not write its pages twice. */
      "PRAGMA cache_size = -8000;"
      /* 16 MB of log: notices next to each other share the pages that go into the file. */
      "PRAGMA wal_autocheckpoint = 4000;",
      error);
}

static gboolean
open_handle (KaiDatabase *db, const char *path, GError **error)
{
  int rc = sqlite3_open_v2 (
      path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);

  if (!db->handle)
    return kai_data_fail (error, KAI_DATA_ERROR_IO, _ ("There is not enough memory to open %s."),
                          path);
  sqlite3_extended_result_codes (db->handle, 1);
  if (rc != SQLITE_OK)
    return kai_database_fail (db, error);
  if (sqlite3_db_readonly (db->handle, "main") == 1)
    return kai_data_fail (error, KAI_DATA_ERROR_READ_ONLY,
                          _ ("%s cannot be written to. Check that it belongs to you and is not "
                             "write-protected."),
                          path);
  return configure (db, error);
}

/* In one statement, so that a store that another process is just making is not taken for a strange one. */
static gboolean
read_identity (KaiDatabase *db, Identity *out, GError **error)
{
  gboolean row;
  sqlite3_stmt *stmt = kai_database_prepare (db,
                                             "SELECT a.application_id, v.user_version,"
                                             " (SELECT count (*) FROM sqlite_schema)"
                                             " FROM pragma_application_id a, pragma_user_version v",
                                             error);

  if (!stmt || !kai_database_step (db, stmt, &row, error))
    return FALSE;
  out->application_id = sqlite3_column_int (stmt, 0);
  out->version = sqlite3_column_int (stmt, 1);
  out->tables = sqlite3_column_int (stmt, 2);
  sqlite3_reset (stmt);
  return TRUE;
}

/* NULL when there is none, or none that is to be run. */
static GBytes *
lookup_step (const KaiSchema *schema, int number)
{
  g_autofree char *path = g_strdup_printf ("%s/%03d.sql", schema->resource_dir, number);

  if (schema->last > 0 && number > schema->last)
    return NULL;
  return g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
}

int
kai_schema_get_version (const KaiSchema *schema)
{
  for (int number = 1;; number++)
    {
      g_autoptr (GBytes) sql = lookup_step (schema, number);

      if (!sql)
        return number - 1;
    }
}

static gboolean
check_identity (KaiDatabase *db, const Identity *identity, const KaiSchema *schema,
                const char *path, GError **error)
{
  gboolean is_new =
      identity->tables == 0 && identity->version == 0 && identity->application_id == 0;

  if (is_new)
    return TRUE;
  if (identity->application_id != schema->application_id || identity->version < 1)
    return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                          _ ("%s is not a store of this program but belongs to another one. "
                             "Choose another directory."),
                          path);
  if (identity->version > kai_schema_get_version (schema))
    return kai_data_fail (error, KAI_DATA_ERROR_NEWER,
                          _ ("%s was written by a newer version of this program. Install the "
                             "newest version to open it."),
                          path);
  return TRUE;
}

static gboolean
run_step (KaiDatabase *db, const KaiSchema *schema, int number, GError **error)
{
  g_autoptr (GBytes) sql = lookup_step (schema, number);
  g_autofree char *text = g_strndup (g_bytes_get_data (sql, NULL), g_bytes_get_size (sql));
  g_autofree char *mark = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d;",
                                           schema->application_id, number);

  return kai_database_exec (db, text, error) && kai_database_exec (db, mark, error);
}

/* One transaction for each step. The version is read again inside: another process may have been faster. */
static gboolean
run_steps (KaiDatabase *db, const KaiSchema *schema, int *version, GError **error)
{
  int steps = kai_schema_get_version (schema);

  g_return_val_if_fail (steps > 0, kai_data_fail (error, KAI_DATA_ERROR_IO, "no schema"));
  while (*version < steps)
    {
      Identity identity;

      if (!kai_database_begin (db, error))
        return FALSE;
      if (!read_identity (db, &identity, error)
          || (identity.version < steps && !run_step (db, schema, identity.version + 1, error)))
        {
          kai_database_rollback (db);
          return FALSE;
        }
      if (!kai_database_commit (db, error))
        return FALSE;
      *version = identity.version + 1;
    }
  return TRUE;
}

/* A step may make a table anew that others refer to, which SQLite allows only while it does not follow references. */
static gboolean
migrate (KaiDatabase *db, const KaiSchema *schema, int *version, GError **error)
{
  gboolean is_new = *version == 0;

  if (*version >= kai_schema_get_version (schema))
    return TRUE;
  return kai_database_exec (db, "PRAGMA foreign_keys = OFF", error)
         && run_steps (db, schema, version, error)
         && kai_database_exec (db, "PRAGMA foreign_keys = ON", error)
         && (is_new || kai_database_check_references (db, error));
}

/* SQLite does not wait by itself when two programs make the change at the same time, as at the first start. */
static char *
switch_to_wal (KaiDatabase *db, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + BUSY_TIMEOUT_MS * G_TIME_SPAN_MILLISECOND;

  for (;;)
    {
      g_autoptr (GError) local = NULL;
      char *mode = kai_database_dup_text (db, &local, "PRAGMA journal_mode = WAL", NULL);

      if (mode)
        return mode;
      if (!g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_BUSY)
          || g_get_monotonic_time () > deadline)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
      sqlite3_sleep (5);
    }
}

/* The word beside a store (kai-restored.c) is written after the store: where it stands there was one. A new one in its place would start without anything that the old one
 * held, and nobody would know. */
static gboolean
is_store_expected (const char *dir, const KaiSchema *schema)
{
  g_autofree char *path = g_build_filename (dir, "store.id", NULL);
  GStatBuf status;

  return schema->application_id == kai_store_schema.application_id && g_lstat (path, &status) == 0
         && status.st_size > 0;
}

static gboolean
fail_gone (GError **error, const char *path)
{
  return kai_data_fail (
      error, KAI_DATA_ERROR_DAMAGED,
      _ ("%s is missing or empty, although there was a store here. Nothing was made in its place, "
         "so that nothing is lost or given out twice. Put the file back, or restore the last "
         "backup (kaipiaoctl restore FILE --replace). Without either, begin in another data "
         "directory: the finance server keeps what was sent."),
      path);
}

static gboolean
is_file_gone (const char *path)
{
  GStatBuf status;

  return g_lstat (path, &status) != 0 ? errno == ENOENT
                                      : S_ISREG (status.st_mode) && status.st_size == 0;
}

static gboolean
set_up (KaiDatabase *db, const char *path, const KaiSchema *schema, gboolean expected,
        GError **error)
{
  Identity identity = { 0 };
  g_autofree char *mode = NULL;

  if (!open_handle (db, path, error) || !read_identity (db, &identity, error)
      || !check_identity (db, &identity, schema, path, error))
    return FALSE;
  /* All that it held was in its log, which is not there any more. */
  if (expected && identity.version == 0)
    return fail_gone (error, path);
  if (db->as_is)
    return identity.version > 0
           || kai_data_fail (error, KAI_DATA_ERROR_DAMAGED, _ ("%s holds no store."), path);
  if (identity.version > 0 && !kai_database_check_at_start (db, error))
    return FALSE;
  mode = switch_to_wal (db, error);
  if (!mode)
    return FALSE;
  if (!g_str_equal (mode, "wal"))
    return kai_data_fail (error, KAI_DATA_ERROR_IO,
                          _ ("%s lies on a disk that cannot keep a store safely. Choose a "
                             "directory on a local disk."),
                          path);
  return migrate (db, schema, &identity.version, error);
}

/* The store of a desk may be exchanged for a restored one: its lock says that it is in use. */
static gboolean
lock_store (KaiDatabase *db, const char *dir, const char *name, const KaiSchema *schema,
            GError **error)
{
  if (schema->application_id != kai_store_schema.application_id)
    return TRUE;
  db->lock_fd = kai_store_lock (dir, name, FALSE, error);
  return db->lock_fd >= 0;
}

/* ---- where nothing can be written ---- */

static gboolean
set_up_to_read (KaiDatabase *db, const char *path, const KaiSchema *schema, GError **error)
{
  Identity identity = { 0 };

  if (!kai_database_open_to_read (db, path) || !configure (db, error)
      || !read_identity (db, &identity, error)
      || !check_identity (db, &identity, schema, path, error))
    return FALSE;
  return identity.version == kai_schema_get_version (schema)
         && kai_database_check_at_start (db, error);
}

static gboolean
can_be_read (KaiDatabase *db, const char *name, const char *path, const KaiSchema *schema,
             const GError *why)
{
  g_autofree char *fresh = kai_store_switch_path (db->dir, name);

  return (g_error_matches (why, KAI_DATA_ERROR, KAI_DATA_ERROR_FULL)
          || g_error_matches (why, KAI_DATA_ERROR, KAI_DATA_ERROR_READ_ONLY))
         && schema->application_id == kai_store_schema.application_id && !db->as_is
         && g_file_test (path, G_FILE_TEST_IS_REGULAR)
         && !g_file_test (path, G_FILE_TEST_IS_SYMLINK)
         && !is_file_gone (path)
         /* Another file is to take its place, which cannot be done now. */
         && !g_file_test (fresh, G_FILE_TEST_EXISTS);
}

/* After @why kept it from being opened to write. FALSE with @why, or with what is wrong with the file itself. */
static gboolean
open_to_read (KaiDatabase *db, const char *name, const char *path, const KaiSchema *schema,
              GError *why, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (can_be_read (db, name, path, schema, why))
    {
      g_hash_table_remove_all (db->statements);
      sqlite3_close (g_steal_pointer (&db->handle));
      if (db->lock_fd < 0)
        db->lock_fd = kai_store_lock_to_read (db->dir, name);
      if (set_up_to_read (db, path, schema, &local))
        {
          kai_database_set_read_only (db, why);
          g_error_free (why);
          return TRUE;
        }
    }
  if (g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED)
      || g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_NEWER))
    {
      g_error_free (why);
      g_propagate_error (error, g_steal_pointer (&local));
    }
  else
    g_propagate_error (error, why);
  return FALSE;
}

static gboolean
open_to_write (KaiDatabase *db, const char *name, const char *path, const KaiSchema *schema,
               GError **error)
{
  gboolean expected;

  if (!lock_store (db, db->dir, name, schema, error))
    return FALSE;
  /* Asked before the file is looked at: another program may just be making both. */
  expected = !db->as_is && is_store_expected (db->dir, schema);
  if (expected && is_file_gone (path))
    return fail_gone (error, path);
  return make_file (path, error) && set_up (db, path, schema, expected, error);
}

static KaiDatabase *
open_database (const char *dir, const char *name, const KaiSchema *schema, gboolean as_is,
               GError **error)
{
  g_autoptr (KaiDatabase) db = NULL;
  g_autoptr (GError) local = NULL;
  g_autofree char *path = NULL;
  char *real = NULL;

  if (g_mkdir_with_parents (dir, 0700) != 0)
    {
      fail_errno (error, dir, errno);
      return NULL;
    }
  /* Links on the way to the directory are the owner's business; the file itself may not be one. */
  real = realpath (dir, NULL);
  if (!real)
    {
      fail_errno (error, dir, errno);
      return NULL;
    }
  path = g_build_filename (real, name, NULL);
  free (real);
  db = g_new0 (KaiDatabase, 1);
  db->lock_fd = -1;
  db->as_is = as_is;
  db->dir = g_strdup (dir);
  db->statements =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)sqlite3_finalize);
  if (!open_to_write (db, name, path, schema, &local)
      && !open_to_read (db, name, path, schema, g_steal_pointer (&local), error))
    return NULL;
  return g_steal_pointer (&db);
}

KaiDatabase *
kai_database_open (const char *dir, const char *name, const KaiSchema *schema, GError **error)
{
  return open_database (dir, name, schema, FALSE, error);
}

KaiDatabase *
kai_database_open_as_is (const char *dir, const char *name, const KaiSchema *schema, GError **error)
{
  return open_database (dir, name, schema, TRUE, error);
}

void
kai_database_close (KaiDatabase *db)
{
  if (!db)
    return;
  g_hash_table_unref (db->statements);
  sqlite3_close (db->handle);
  if (db->lock_fd >= 0)
    close (db->lock_fd);
  kai_vault_unref (db->vault);
  g_free (db->lock_sentence);
  g_clear_error (&db->read_only);
  g_free (db->dir);
  g_free (db);
}
