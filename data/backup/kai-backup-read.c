/* Reading a backup. Nothing gets out of the scratch directory before the whole file was opened to its end and what is in it was counted and checked. */
#include "backup/kai-backup-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "backup/kai-restored.h"
#include "store/kai-audit-log.h"
#include "store/kai-files.h"
#include "store/kai-store-switch.h"
#include "values/kai-error.h"

#define TEMPLATES "templates/"

gboolean
kai_backup_is_site_file (const char *name)
{
  static const char *const names[] = { "connection.ini", "site-profile.ini", "messages.tsv",
                                       "revocation.pem", NULL };
  const char *rest = g_str_has_prefix (name, TEMPLATES) ? name + strlen (TEMPLATES) : NULL;

  if (g_strv_contains (names, name))
    return TRUE;
  return rest && *rest && *rest != '.' && !strchr (rest, '/') && strlen (name) < KAI_BACKUP_MAX_NAME
         && g_str_has_suffix (rest, ".xml");
}

KaiBackupReader *
kai_backup_reader_open (const char *path, GError **error)
{
  g_autoptr (KaiBackupReader) reader = g_new0 (KaiBackupReader, 1);

  reader->path = g_strdup (path);
  reader->fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  if (reader->fd < 0)
    {
      kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE, _ ("The backup %s cannot be read: %s."),
                     path, g_strerror (errno));
      return NULL;
    }
  reader->sealed = kai_sealed_reader_new (reader->fd, path, error);
  if (!reader->sealed)
    return NULL;
  reader->info =
      kai_backup_info_parse_head (kai_sealed_reader_get_head (reader->sealed), path, error);
  if (!reader->info)
    return NULL;
  if (reader->info->schema > kai_schema_get_version (&kai_store_schema))
    {
      kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                     _ ("The backup %s was made by a newer version of this program. Install the "
                        "newest version to restore it."),
                     path);
      return NULL;
    }
  return g_steal_pointer (&reader);
}

const KaiBackupInfo *
kai_backup_reader_get_info (KaiBackupReader *reader)
{
  return reader->info;
}

void
kai_backup_reader_free (KaiBackupReader *reader)
{
  if (!reader)
    return;
  g_clear_pointer (&reader->sealed, kai_sealed_reader_free);
  g_clear_pointer (&reader->info, kai_backup_info_free);
  if (reader->fd >= 0)
    close (reader->fd);
  g_free (reader->path);
  g_free (reader);
}

/* ---- entries ---- */

typedef struct
{
  char name[KAI_BACKUP_MAX_NAME + 1];
  guint64 size;
} Entry;

/* *end at the empty name. */
static gboolean
read_entry (KaiBackupReader *reader, Entry *entry, gboolean *end, GError **error)
{
  guint16 length;

  if (!kai_sealed_reader_read (reader->sealed, &length, sizeof length, error))
    return FALSE;
  length = GUINT16_FROM_BE (length);
  *end = length == 0;
  if (*end)
    return TRUE;
  if (length > KAI_BACKUP_MAX_NAME)
    return kai_backup_fail_damaged (error, reader->path);
  if (!kai_sealed_reader_read (reader->sealed, entry->name, length, error)
      || !kai_sealed_reader_read (reader->sealed, &entry->size, sizeof entry->size, error))
    return FALSE;
  entry->name[length] = '\0';
  entry->size = GUINT64_FROM_BE (entry->size);
  return strlen (entry->name) == length || kai_backup_fail_damaged (error, reader->path);
}

static gboolean
read_manifest (KaiBackupReader *reader, const Entry *entry, GError **error)
{
  g_autofree char *text = NULL;

  if (entry->size > KAI_BACKUP_MAX_SMALL)
    return kai_backup_fail_damaged (error, reader->path);
  text = g_malloc (entry->size + 1);
  return kai_sealed_reader_read (reader->sealed, text, entry->size, error)
         && (kai_backup_info_parse_manifest (reader->info, text, entry->size)
             || kai_backup_fail_damaged (error, reader->path));
}

static gboolean
write_fully (int fd, const guchar *data, gsize size)
{
  while (size > 0)
    {
      gssize done = write (fd, data, size);

      if (done < 0 && errno == EINTR)
        continue;
      if (done <= 0)
        return FALSE;
      data += done;
      size -= (gsize)done;
    }
  return TRUE;
}

static gboolean
copy_out (KaiBackupReader *reader, const Entry *entry, int fd, const char *path,
          const KaiBackupWatch *watch, GError **error)
{
  g_autofree guchar *buffer = g_malloc (KAI_BACKUP_BUFFER);
  guint64 done = 0;

  while (done < entry->size)
    {
      gsize n = (gsize)MIN (entry->size - done, KAI_BACKUP_BUFFER);

      if (!kai_sealed_reader_read (reader->sealed, buffer, n, error))
        return FALSE;
      if (!write_fully (fd, buffer, n))
        return kai_files_fail (error, path, errno);
      done += n;
      if (!kai_backup_report (watch, _ ("Reading the backup"), (gint64)done, (gint64)entry->size,
                              error))
        return FALSE;
    }
  return TRUE;
}

/* Under a name that is ours or a template's, in the scratch directory only. */
static gboolean
read_file (KaiBackupReader *reader, const Entry *entry, KaiScratch *scratch,
           const KaiBackupWatch *watch, GError **error)
{
  gboolean is_store = g_str_equal (entry->name, KAI_BACKUP_STORE);
  g_autofree char *path = kai_scratch_build (scratch, entry->name);
  g_autofree char *parent = g_path_get_dirname (path);
  gboolean ok;
  int fd;

  if (!is_store && (!kai_backup_is_site_file (entry->name) || entry->size > KAI_BACKUP_MAX_SMALL))
    return kai_backup_fail_damaged (error, reader->path);
  if (g_mkdir_with_parents (parent, 0700) != 0)
    return kai_files_fail (error, parent, errno);
  fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return errno == EEXIST ? kai_backup_fail_damaged (error, reader->path)
                           : kai_files_fail (error, path, errno);
  ok = copy_out (reader, entry, fd, path, watch, error);
  close (fd);
  return ok;
}

static gboolean
read_entries (KaiBackupReader *reader, KaiScratch *scratch, const KaiBackupWatch *watch,
              GError **error)
{
  Entry entry;
  gboolean end = FALSE;

  for (int n = 0;; n++)
    {
      if (n > KAI_BACKUP_MAX_FILES)
        return kai_backup_fail_damaged (error, reader->path);
      if (!read_entry (reader, &entry, &end, error))
        return FALSE;
      if (end)
        return n >= 2 || kai_backup_fail_damaged (error, reader->path);
      /* The manifest is first, the store second. */
      if ((n == 0) != g_str_equal (entry.name, KAI_BACKUP_MANIFEST)
          || (n == 1) != g_str_equal (entry.name, KAI_BACKUP_STORE))
        return kai_backup_fail_damaged (error, reader->path);
      if (!(n == 0 ? read_manifest (reader, &entry, error)
                   : read_file (reader, &entry, scratch, watch, error)))
        return FALSE;
    }
}

/* ---- proof ---- */

static gboolean
fail_proof (KaiBackupReader *reader, const char *what, GError **error)
{
  return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                        _ ("The backup %s does not hold what it should (%s). Nothing of it was "
                           "used; take another backup."),
                        reader->path, what);
}

/* What is there against what the manifest says, before the schema is brought up to date. */
static gboolean
compare_counts (KaiBackupReader *reader, KaiDatabase *db, GError **error)
{
  g_autoptr (KaiBackupInfo) found = g_new0 (KaiBackupInfo, 1);
  GHashTableIter iter;
  gpointer table, count;

  if (!kai_backup_info_count_store (found, db, error))
    return FALSE;
  g_hash_table_iter_init (&iter, found->counts);
  while (g_hash_table_iter_next (&iter, &table, &count))
    if (kai_backup_info_count (reader->info, table) != *(gint64 *)count
        || !g_hash_table_contains (reader->info->counts, table))
      return fail_proof (reader, table, error);
  if (g_hash_table_size (found->counts) != g_hash_table_size (reader->info->counts))
    return fail_proof (reader, "tables", error);
  return (reader->info->lines == found->lines && g_str_equal (reader->info->chain, found->chain))
         || fail_proof (reader, "audit_log", error);
}

static gboolean
prove (KaiBackupReader *reader, KaiScratch *scratch, const KaiBackupWatch *watch, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (KaiDatabase) db = NULL;

  if (!kai_backup_report (watch, _ ("Checking the backup"), 0, 0, error))
    return FALSE;
  db = kai_database_open_as_is (kai_scratch_get_path (scratch), KAI_BACKUP_STORE, &kai_store_schema,
                                &local);
  if (db && compare_counts (reader, db, &local) && kai_database_check (db, &local)
      && kai_audit_log_verify (db, NULL, &local))
    return TRUE;
  /* It is the backup that is damaged, not the store of the sentence. */
  if (g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED))
    return fail_proof (reader, local->message, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
kai_backup_unpack (KaiBackupReader *reader, KaiVault *vault, KaiScratch *scratch,
                   const KaiBackupWatch *watch, GError **error)
{
  g_autoptr (GBytes) key = kai_vault_derive (vault, "backup");

  kai_sealed_reader_set_key (reader->sealed, key);
  return read_entries (reader, scratch, watch, error)
         && kai_sealed_reader_finish (reader->sealed, error)
         && prove (reader, scratch, watch, error);
}

gboolean
kai_backup_reader_check (KaiBackupReader *reader, KaiVault *vault, const char *dir,
                         const KaiBackupWatch *watch, GError **error)
{
  g_autoptr (KaiScratch) scratch = kai_scratch_new (dir, "backup", error);

  return scratch && kai_backup_unpack (reader, vault, scratch, watch, error);
}

/* ---- restoring ---- */

/* The unpacked store becomes a restored one, closed and in one file. */
static gboolean
prepare_store (KaiBackupReader *reader, KaiScratch *scratch, const char *user, GError **error)
{
  static const char *const extras[] = { "store-wal", "store-shm", "store.lock" };
  g_autoptr (KaiDatabase) db = kai_database_open (kai_scratch_get_path (scratch), KAI_BACKUP_STORE,
                                                  &kai_store_schema, error);

  if (!db || !kai_restored_apply (db, user, KAI_RESTORED_BACKUP, reader->info->made_at, error)
      || !kai_database_run (db, error, "PRAGMA wal_checkpoint (TRUNCATE)", NULL))
    return FALSE;
  g_clear_pointer (&db, kai_database_close);
  for (guint i = 0; i < G_N_ELEMENTS (extras); i++)
    {
      g_autofree char *path = kai_scratch_build (scratch, extras[i]);

      g_unlink (path);
    }
  return TRUE;
}

static gboolean
restore_locked (KaiBackupReader *reader, KaiVault *vault, const char *user, const char *dir,
                const char *word, const KaiBackupWatch *watch, GError **error)
{
  g_autoptr (KaiScratch) scratch = kai_scratch_new (dir, "restore", error);
  g_autofree char *aside = scratch ? kai_scratch_build (scratch, "aside") : NULL;
  g_autofree char *fresh = kai_store_switch_path (dir, KAI_STORE_NAME);

  if (!scratch || !kai_backup_unpack (reader, vault, scratch, watch, error)
      || !prepare_store (reader, scratch, user, error))
    return FALSE;
  if (!g_file_set_contents_full (aside, word, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL))
    return kai_files_fail (error, aside, errno);
  /* From here on the new store counts, whatever happens. */
  return kai_scratch_publish (scratch, fresh, error)
         && kai_store_finish_switch (dir, KAI_STORE_NAME, error);
}

gboolean
kai_backup_reader_restore (KaiBackupReader *reader, KaiVault *vault, const char *user,
                           const char *dir, gboolean replace, char **aside,
                           const KaiBackupWatch *watch, GError **error)
{
  g_autofree char *path = g_build_filename (dir, KAI_STORE_NAME, NULL);
  g_autofree char *word = kai_store_aside_word ("before");
  gboolean there, ok;
  int lock;

  if (aside)
    *aside = NULL;
  if (g_mkdir_with_parents (dir, 0700) != 0)
    return kai_files_fail (error, dir, errno);
  lock = kai_store_lock (dir, KAI_STORE_NAME, TRUE, error);
  if (lock < 0)
    return FALSE;
  there = g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK);
  if (there && !replace)
    ok = kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                        _ ("There is a store in %s already, and nothing was changed. Give "
                           "--replace to put the backup in its place; the old store is kept "
                           "aside."),
                        dir);
  else
    ok = restore_locked (reader, vault, user, dir, word, watch, error);
  close (lock);
  if (ok && there && aside)
    *aside = kai_store_aside_name (KAI_STORE_NAME, word);
  return ok;
}
