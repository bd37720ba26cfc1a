/* Making a backup: one moment of the store copied page by page beside it, sealed into the file, read back from the disk and counted. The copy lies in the home, never beside
 * the backup: what is not personal data in it is not sealed. */
#include "backup/kai-backup-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/kai-audit-log.h"
#include "store/kai-files.h"
#include "values/kai-error.h"

#define PAGES_A_STEP 256

gboolean
kai_backup_report (const KaiBackupWatch *watch, const char *what, gint64 done, gint64 total,
                   GError **error)
{
  if (watch && watch->func)
    watch->func (what, done, total, watch->data);
  return !watch || !g_cancellable_set_error_if_cancelled (watch->cancellable, error);
}

/* ---- one moment of the store ---- */

static KaiBackupInfo *
describe (KaiDatabase *db, const char *user, GError **error)
{
  g_autoptr (KaiBackupInfo) info = g_new0 (KaiBackupInfo, 1);
  sqlite3_stmt *stmt;
  gboolean row;

  info->wraps =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
  info->made_at = g_get_real_time () / G_USEC_PER_SEC;
  info->user = g_strdup (user);
  info->program = g_strdup (KAI_VERSION);
  info->schema = (int)kai_database_get_int (db, 0, error, "PRAGMA user_version", NULL);
  stmt = info->schema > 0
             ? kai_database_prepare (db, "SELECT certificate, wrapped FROM vault_wrap", error)
             : NULL;
  while (stmt && kai_database_step (db, stmt, &row, error))
    {
      if (!row)
        return kai_backup_info_count_store (info, db, error) ? g_steal_pointer (&info) : NULL;
      g_hash_table_insert (info->wraps, kai_column_dup (stmt, 0), kai_column_bytes (stmt, 1));
    }
  return NULL;
}

/* SQLite tells of its own files' troubles by the connection that has them. */
static gboolean
fail_copy (sqlite3 *copy, const char *path, GError **error)
{
  int code = sqlite3_errcode (copy) & 0xff, system = sqlite3_system_errno (copy);

  if (code == SQLITE_FULL)
    system = ENOSPC;
  return kai_files_fail (error, path, system ? system : EIO);
}

/* In steps, so that it can be watched and stopped. The caller's transaction keeps the moment. */
static gboolean
copy_pages (KaiDatabase *db, sqlite3 *copy, const char *path, const KaiBackupWatch *watch,
            GError **error)
{
  sqlite3 *source = kai_database_get_handle (db);
  sqlite3_backup *backup = sqlite3_backup_init (copy, "main", source, "main");
  int rc = backup ? SQLITE_OK : SQLITE_ERROR;
  gboolean wanted = TRUE;

  while (rc == SQLITE_OK && wanted)
    {
      int total;

      rc = sqlite3_backup_step (backup, PAGES_A_STEP);
      total = sqlite3_backup_pagecount (backup);
      wanted = rc != SQLITE_OK
               || kai_backup_report (watch, _ ("Copying the store"),
                                     total - sqlite3_backup_remaining (backup), total, error);
    }
  if (backup)
    sqlite3_backup_finish (backup);
  if (!wanted)
    return FALSE;
  if (rc == SQLITE_DONE)
    return TRUE;
  /* Which of the two it was: a damaged source is the store's trouble. */
  if ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB)
    return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                          _ ("The store in %s is damaged, so that no backup can be made of it. "
                             "Run “kaipiaoctl check --repair” or restore the last backup."),
                          kai_database_get_dir (db));
  return fail_copy (copy, path, error);
}

/* A scratch copy needs no log of its own and no syncing. The result does not use the write-ahead log, so that it is one file. */
static gboolean
copy_store (KaiDatabase *db, const char *path, const KaiBackupWatch *watch, GError **error)
{
  sqlite3 *copy = NULL;
  int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  gboolean ok = sqlite3_open_v2 (path, &copy, flags, NULL) == SQLITE_OK
                && sqlite3_exec (copy, "PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE",
                                 NULL, NULL, NULL)
                       == SQLITE_OK;

  if (!ok)
    fail_copy (copy, path, error);
  ok = ok && copy_pages (db, copy, path, watch, error);
  if (ok && sqlite3_exec (copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != SQLITE_OK)
    ok = fail_copy (copy, path, error);
  sqlite3_close (copy);
  return ok;
}

static KaiBackupInfo *
take_moment (KaiDatabase *db, const char *user, const char *path, const KaiBackupWatch *watch,
             GError **error)
{
  g_autoptr (KaiBackupInfo) info = NULL;

  if (!kai_database_begin_read (db, error))
    return NULL;
  info = describe (db, user, error);
  if (info && !copy_store (db, path, watch, error))
    g_clear_pointer (&info, kai_backup_info_free);
  kai_database_commit (db, NULL);
  return g_steal_pointer (&info);
}

/* ---- sealing ---- */

static gboolean
write_head_of_entry (KaiSealedWriter *writer, const char *name, guint64 size, GError **error)
{
  guint16 length = GUINT16_TO_BE ((guint16)strlen (name));
  guint64 wire = GUINT64_TO_BE (size);

  return kai_sealed_writer_write (writer, &length, sizeof length, error)
         && kai_sealed_writer_write (writer, name, strlen (name), error)
         && kai_sealed_writer_write (writer, &wire, sizeof wire, error);
}

static gboolean
write_bytes (KaiSealedWriter *writer, const char *name, GBytes *bytes, GError **error)
{
  gsize size = g_bytes_get_size (bytes);

  return write_head_of_entry (writer, name, size, error)
         && kai_sealed_writer_write (writer, g_bytes_get_data (bytes, NULL), size, error);
}

static gboolean
write_from (KaiSealedWriter *writer, int fd, const char *path, gint64 size,
            const KaiBackupWatch *watch, GError **error)
{
  g_autofree guchar *buffer = g_malloc (KAI_BACKUP_BUFFER);
  gint64 done = 0;

  while (done < size)
    {
      gssize got = read (fd, buffer, (gsize)MIN (size - done, KAI_BACKUP_BUFFER));

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return kai_data_fail (error, KAI_DATA_ERROR_IO, _ ("%s could not be read: %s."), path,
                              g_strerror (got < 0 ? errno : EIO));
      if (!kai_sealed_writer_write (writer, buffer, (gsize)got, error))
        return FALSE;
      done += got;
      if (!kai_backup_report (watch, _ ("Writing the backup"), done, size, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_store (KaiSealedWriter *writer, const char *path, const KaiBackupWatch *watch, GError **error)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  struct stat status;
  gboolean ok;

  if (fd < 0 || fstat (fd, &status) != 0)
    {
      ok = kai_data_fail (error, KAI_DATA_ERROR_IO, _ ("%s could not be read: %s."), path,
                          g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return ok;
    }
  ok = write_head_of_entry (writer, KAI_BACKUP_STORE, (guint64)status.st_size, error)
       && write_from (writer, fd, path, status.st_size, watch, error);
  close (fd);
  return ok;
}

/* One file of the site, when it is there. */
static gboolean
write_site_file (KaiSealedWriter *writer, const char *dir, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) local = NULL;
  gsize size;

  if (!kai_backup_is_site_file (name) || !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  if (!g_file_get_contents (path, &text, &size, &local))
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The backup was not written, because %s cannot be read: %s."), path,
                          local->message);
  if (size > KAI_BACKUP_MAX_SMALL)
    return kai_data_fail (error, KAI_DATA_ERROR_LIMIT,
                          _ ("The backup was not written, because %s is far too large for a file "
                             "of its kind. Remove it."),
                          path);
  bytes = g_bytes_new_take (g_steal_pointer (&text), size);
  return write_bytes (writer, name, bytes, error);
}

static gboolean
write_site_files (KaiSealedWriter *writer, const char *dir, GError **error)
{
  static const char *const names[] = { "connection.ini", "site-profile.ini", "messages.tsv",
                                       "revocation.pem" };
  g_autofree char *templates = g_build_filename (dir, "templates", NULL);
  g_autoptr (GDir) entries = g_dir_open (templates, 0, NULL);
  const char *entry;
  int n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (!write_site_file (writer, dir, names[i], error))
      return FALSE;
  while (entries && (entry = g_dir_read_name (entries)) && n++ < KAI_BACKUP_MAX_FILES / 2)
    {
      g_autofree char *name = g_strconcat ("templates/", entry, NULL);

      if (!write_site_file (writer, dir, name, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_all (KaiDatabase *db, int fd, const KaiBackupInfo *info, const char *store, const char *path,
           const KaiBackupWatch *watch, GError **error)
{
  g_autoptr (GBytes) key = kai_vault_derive (kai_database_get_vault (db), "backup");
  g_autoptr (GBytes) head = kai_backup_info_build_head (info);
  g_autoptr (GBytes) manifest = kai_backup_info_build_manifest (info);
  g_autoptr (KaiSealedWriter) writer = kai_sealed_writer_new (fd, key, head, path, error);
  const guint16 end = 0;

  return writer && write_bytes (writer, KAI_BACKUP_MANIFEST, manifest, error)
         && write_store (writer, store, watch, error)
         && write_site_files (writer, kai_database_get_dir (db), error)
         && kai_sealed_writer_write (writer, &end, sizeof end, error)
         && kai_sealed_writer_finish (writer, error)
         && (fsync (fd) == 0 || errno == EINVAL || kai_files_fail (error, path, errno));
}

/* ---- the whole ---- */

static KaiBackupInfo *
write_file (KaiDatabase *db, const char *user, int fd, const char *temporary, const char *path,
            const KaiBackupWatch *watch, GError **error)
{
  const char *home = kai_database_get_dir (db);
  g_autoptr (KaiScratch) scratch = kai_scratch_new (home, "backup", error);
  g_autofree char *store = scratch ? kai_scratch_build (scratch, KAI_BACKUP_STORE) : NULL;
  g_autoptr (KaiBackupInfo) info = scratch ? take_moment (db, user, store, watch, error) : NULL;
  g_autoptr (KaiBackupReader) reader = NULL;

  if (!info || !write_all (db, fd, info, store, path, watch, error))
    return NULL;
  g_unlink (store); /* the test needs its room */
  reader = kai_backup_reader_open (temporary, error);
  if (!reader || !kai_backup_reader_check (reader, kai_database_get_vault (db), home, watch, error)
      || !kai_files_publish (temporary, path, error))
    return NULL;
  return g_steal_pointer (&info);
}

KaiBackupInfo *
kai_backup_write (KaiDatabase *db, const char *user, const char *path, const KaiBackupWatch *watch,
                  GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  KaiBackupInfo *info;
  int fd;

  if (!kai_database_require_vault (db, error))
    return NULL;
  if (g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    {
      kai_files_fail (error, path, EEXIST);
      return NULL;
    }
  fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      kai_files_fail (error, path, errno);
      return NULL;
    }
  info = write_file (db, user, fd, temporary, path, watch, error);
  close (fd);
  if (!info)
    g_unlink (temporary);
  return info;
}
