/* Files for people (workbooks, csv): written beside their place, then renamed. */
#include "import/kai-new-file.h"

#include "values/kai-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <unistd.h>

gboolean
kai_new_file_fail (const char *path, int saved_errno, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);
  KaiDataError code = KAI_DATA_ERROR_IO;

  if (saved_errno == ENOSPC || saved_errno == EDQUOT)
    code = KAI_DATA_ERROR_FULL;
  else if (saved_errno == EACCES || saved_errno == EROFS || saved_errno == EPERM
           || saved_errno == ENOENT || saved_errno == ENOTDIR || saved_errno == EISDIR)
    code = KAI_DATA_ERROR_READ_ONLY;
  return kai_data_fail (error, code,
                        _ ("The file “%s” could not be written: %s. Choose another folder or make "
                           "room, then try again."),
                        name, g_strerror (saved_errno));
}

KaiNewFile *
kai_new_file_begin (const char *path, GError **error)
{
  g_autoptr (KaiNewFile) file = g_new0 (KaiNewFile, 1);
  g_autofree char *temp = g_strconcat (path, ".XXXXXX", NULL);
  int fd;

  file->path = g_strdup (path);
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      kai_new_file_fail (path, EISDIR, error);
      return NULL;
    }
  fd = g_mkstemp (temp);
  if (fd < 0)
    {
      kai_new_file_fail (path, errno, error);
      return NULL;
    }
  close (fd);
  file->temp = g_steal_pointer (&temp);
  return g_steal_pointer (&file);
}

gboolean
kai_new_file_commit (KaiNewFile *file, GError **error)
{
  int fd = g_open (file->temp, O_RDONLY | O_CLOEXEC, 0);
  int result = fd < 0 ? -1 : fsync (fd);
  int saved_errno = errno;

  if (fd >= 0)
    close (fd);
  if (result == 0 && g_rename (file->temp, file->path) != 0)
    {
      saved_errno = errno;
      result = -1;
    }
  if (result != 0)
    return kai_new_file_fail (file->path, saved_errno, error);
  g_clear_pointer (&file->temp, g_free);
  return TRUE;
}

void
kai_new_file_free (KaiNewFile *file)
{
  if (!file)
    return;
  if (file->temp)
    g_unlink (file->temp);
  g_free (file->temp);
  g_free (file->path);
  g_free (file);
}

lxw_workbook *
kai_new_file_open_workbook (KaiNewFile *file, gboolean streaming)
{
  g_autofree char *tmpdir = g_strdup (g_get_tmp_dir ());
  lxw_workbook_options options = { .constant_memory = streaming, .tmpdir = tmpdir };
  lxw_workbook *workbook = workbook_new_opt (file->temp, &options);

  /* Allocation is its only way to fail. */
  g_assert (workbook);
  return workbook;
}

gboolean
kai_new_file_commit_workbook (KaiNewFile *file, lxw_workbook *workbook, GError **error)
{
  lxw_error result;

  errno = 0;
  result = workbook_close (workbook);
  if (result != LXW_NO_ERROR)
    return kai_new_file_fail (file->path, errno ? errno : EIO, error);
  return kai_new_file_commit (file, error);
}
