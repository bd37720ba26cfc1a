/* Syncing, naming and removing files, with what went wrong as a sentence. */
#define _GNU_SOURCE /* renameat2 */
#include "store/kai-files.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

#include "values/kai-error.h"

gboolean
kai_files_fail (GError **error, const char *path, int saved_errno)
{
  if (saved_errno == ENOSPC || saved_errno == EDQUOT || saved_errno == EFBIG)
    return kai_data_fail (error, KAI_DATA_ERROR_FULL,
                          _ ("%s could not be written, because the disk is full. Make room on it "
                             "or choose another place."),
                          path);
  if (saved_errno == EEXIST)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("Nothing was written, because %s is there already. Choose another "
                             "name."),
                          path);
  return kai_data_fail (
      error, saved_errno == EIO ? KAI_DATA_ERROR_IO : KAI_DATA_ERROR_READ_ONLY,
      _ ("%s could not be written: %s. Choose another place or ask for write access."), path,
      g_strerror (saved_errno));
}

int
kai_files_sync (const char *path)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  int result = 0;

  if (fd < 0)
    return errno;
  if (fsync (fd) != 0 && errno != EINVAL)
    result = errno;
  close (fd);
  return result;
}

int
kai_files_sync_tree (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_DIR) ? g_dir_open (path, 0, NULL) : NULL;
  const char *name;
  int result = 0;

  while (dir && result == 0 && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      result = kai_files_sync_tree (child);
    }
  return result != 0 ? result : kai_files_sync (path);
}

void
kai_files_remove_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    dir = g_dir_open (path, 0, NULL);
  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      kai_files_remove_tree (child);
    }
  g_remove (path);
}

gboolean
kai_files_publish (const char *temporary, const char *path, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  int result = kai_files_sync (temporary);

  if (result == 0 && renameat2 (AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) != 0)
    {
      result = errno;
      /* This file system cannot promise it; what the caller looked for before has to do. */
      if (result == EINVAL || result == ENOSYS)
        result = g_rename (temporary, path) == 0 ? 0 : errno;
    }
  if (result == 0)
    result = kai_files_sync (parent);
  return result == 0 || kai_files_fail (error, path, result);
}
