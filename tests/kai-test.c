/* What every test needs: directories of its own and the way to the fixtures. */
#include "kai-test.h"

#include <glib/gstdio.h>

char *
kai_test_make_dir (void)
{
  g_autoptr (GError) error = NULL;
  char *dir = g_dir_make_tmp ("kaipiao-test-XXXXXX", &error);

  g_assert_no_error (error);
  return dir;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    dir = g_dir_open (path, 0, NULL);
  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

void
kai_test_remove_dir (char *dir)
{
  if (!dir)
    return;
  remove_tree (dir);
  g_free (dir);
}

char *
kai_test_fixture (const char *name)
{
  return g_build_filename (g_test_get_dir (G_TEST_DIST), "fixtures", name, NULL);
}
