/* Scratch directories. Each is locked as long as its program lives, so that one that nobody holds was left by a program that was killed. */
#include "backup/kai-scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/kai-files.h"

struct _KaiScratch
{
  char *path;
  int fd; /* holds the lock */
};

static void
remove_left_over (const char *dir, const char *prefix)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  const char *name;

  while (entries && (name = g_dir_read_name (entries)))
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);
      int fd;

      if (!g_str_has_prefix (name, prefix))
        continue;
      fd = g_open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
      if (fd < 0)
        continue;
      if (flock (fd, LOCK_EX | LOCK_NB) == 0)
        kai_files_remove_tree (path);
      close (fd);
    }
}

KaiScratch *
kai_scratch_new (const char *dir, const char *purpose, GError **error)
{
  g_autoptr (KaiScratch) scratch = g_new0 (KaiScratch, 1);
  g_autofree char *prefix = g_strdup_printf (".%s-", purpose);
  g_autofree char *name = g_strconcat (prefix, "XXXXXX", NULL);

  scratch->fd = -1;
  remove_left_over (dir, prefix);
  scratch->path = g_build_filename (dir, name, NULL);
  if (!g_mkdtemp_full (scratch->path, 0700))
    {
      int saved_errno = errno;

      g_clear_pointer (&scratch->path, g_free);
      kai_files_fail (error, dir, saved_errno);
      return NULL;
    }
  scratch->fd = g_open (scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (scratch->fd < 0 || flock (scratch->fd, LOCK_EX) != 0)
    {
      kai_files_fail (error, scratch->path, errno);
      return NULL;
    }
  return g_steal_pointer (&scratch);
}

const char *
kai_scratch_get_path (KaiScratch *scratch)
{
  return scratch->path;
}

char *
kai_scratch_build (KaiScratch *scratch, const char *name)
{
  return g_build_filename (scratch->path, name, NULL);
}

gboolean
kai_scratch_publish (KaiScratch *scratch, const char *path, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  int result = kai_files_sync_tree (scratch->path);

  if (result == 0 && g_rename (scratch->path, path) != 0)
    result = errno;
  if (result != 0)
    return kai_files_fail (error, path, result);
  g_clear_pointer (&scratch->path, g_free);
  result = kai_files_sync (parent);
  return result == 0 || kai_files_fail (error, path, result);
}

void
kai_scratch_free (KaiScratch *scratch)
{
  if (!scratch)
    return;
  if (scratch->path)
    kai_files_remove_tree (scratch->path);
  if (scratch->fd >= 0)
    close (scratch->fd);
  g_free (scratch->path);
  g_free (scratch);
}
