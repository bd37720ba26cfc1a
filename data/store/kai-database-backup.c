/* The store as a whole: is it in order, and a copy of it. */
#define _GNU_SOURCE /* renameat2 */
#include "store/kai-database-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "values/kai-error.h"

gboolean
kai_database_check (KaiDatabase *db, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *found = kai_database_dup_text (db, &local, "PRAGMA integrity_check (1)", NULL);

  if (!found)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!g_str_equal (found, "ok"))
    return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                          _ ("The store in %s is damaged (%s). Do not go on with it: restore the "
                             "last backup."),
                          db->dir, found);
  return kai_database_check_references (db, error);
}

gboolean
kai_database_check_references (KaiDatabase *db, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *table = kai_database_dup_text (db, &local, "PRAGMA foreign_key_check", NULL);

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (table)
    return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                          _ ("The store in %s is damaged (a row of %s belongs to nothing). Do not "
                             "go on with it: restore the last backup."),
                          db->dir, table);
  return TRUE;
}

static gboolean
fail_backup (GError **error, const char *path, int saved_errno)
{
  KaiDataError code = KAI_DATA_ERROR_READ_ONLY;

  if (saved_errno == EEXIST)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("The backup was not written, because %s is there already. Choose "
                             "another name."),
                          path);
  if (saved_errno == ENOSPC || saved_errno == EDQUOT)
    code = KAI_DATA_ERROR_FULL;
  else if (saved_errno == EIO)
    code = KAI_DATA_ERROR_IO;
  return kai_data_fail (error, code, _ ("The backup %s could not be written: %s."), path,
                        g_strerror (saved_errno));
}

/* Makes sure that a file or directory is on the disk. 0 or errno. */
static int
sync_path (const char *path)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  int result = 0;

  if (fd < 0)
    return errno;
  if (fsync (fd) != 0 && errno != EINVAL)
    result = errno;
  close (fd);
  return result;
}

/* Gives the finished copy its name, never over another file. 0 or errno. */
static int
move_backup (const char *temporary, const char *path)
{
  g_autofree char *parent = g_path_get_dirname (path);
  int result = sync_path (temporary);

  if (result != 0)
    return result;
  if (renameat2 (AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) != 0)
    {
      if (errno != EINVAL && errno != ENOSYS)
        return errno;
      /* This file system cannot promise it; the check before has to do. */
      if (g_rename (temporary, path) != 0)
        return errno;
    }
  return sync_path (parent);
}

gboolean
kai_database_backup (KaiDatabase *db, const char *path, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  g_autoptr (GError) local = NULL;
  int result, fd;

  if (g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    return fail_backup (error, path, EEXIST);
  fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_backup (error, path, errno);
  close (fd);
  if (!kai_database_run (db, &local, "VACUUM INTO ?", "s", temporary))
    {
      g_unlink (temporary);
      /* It is the copy that found no room, not the store. */
      if (g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_FULL))
        return fail_backup (error, path, ENOSPC);
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  result = move_backup (temporary, path);
  if (result == 0)
    return TRUE;
  g_unlink (temporary);
  return fail_backup (error, path, result);
}
