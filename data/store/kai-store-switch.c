/* The lock of a store and the exchange of its file. Each step of the exchange can be repeated: what was moved already is not there any more. */
#include "store/kai-store-switch.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/kai-files.h"
#include "values/kai-error.h"

#define BEFORE "before-"

char *
kai_store_switch_path (const char *dir, const char *name)
{
  g_autofree char *base = g_strconcat (name, ".new", NULL);

  return g_build_filename (dir, base, NULL);
}

char *
kai_store_aside_word (const char *why)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *when = g_date_time_format (now, "%Y%m%d-%H%M%S");

  return g_strconcat (why, "-", when, NULL);
}

char *
kai_store_aside_name (const char *name, const char *word)
{
  const char *dot = strrchr (name, '.');
  g_autofree char *stem = dot ? g_strndup (name, (gsize)(dot - name)) : g_strdup (name);

  return g_strconcat (stem, "-", word, dot, NULL);
}

/* What is not there was moved before, or never was. */
static gboolean
move (const char *from, const char *to, GError **error)
{
  if (g_rename (from, to) == 0 || errno == ENOENT)
    return TRUE;
  return kai_files_fail (error, to, errno);
}

/* The old file and its log go aside, the new one takes the place. The log first: a file without its log is never taken for whole, since nobody opens it before the end. */
static gboolean
switch_store (const char *dir, const char *name, const char *fresh, const char *word,
              GError **error)
{
  static const char *const endings[] = { "-wal", "-shm", "" };
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *aside = kai_store_aside_name (name, word);

  if (!g_file_test (fresh, G_FILE_TEST_EXISTS))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *from = g_strconcat (path, endings[i], NULL);
      g_autofree char *base = g_strconcat (aside, endings[i], NULL);
      g_autofree char *to = g_build_filename (dir, base, NULL);

      if (!move (from, to, error))
        return FALSE;
    }
  return move (fresh, path, error);
}

/* All other files, those of directories too. */
static gboolean
switch_others (const char *dir, const char *fresh, const char *word, GError **error)
{
  g_autoptr (GDir) entries = g_dir_open (fresh, 0, NULL);
  const char *name;

  if (g_mkdir_with_parents (dir, 0700) != 0)
    return kai_files_fail (error, dir, errno);
  while (entries && (name = g_dir_read_name (entries)))
    {
      g_autofree char *from = g_build_filename (fresh, name, NULL);
      g_autofree char *to = g_build_filename (dir, name, NULL);
      g_autofree char *aside = g_strdup_printf ("%s.%s", to, word);

      if (g_str_equal (name, "aside") || g_str_equal (name, "store"))
        continue;
      if (g_file_test (from, G_FILE_TEST_IS_DIR))
        {
          if (!switch_others (to, from, word, error))
            return FALSE;
          continue;
        }
      if (!move (to, aside, error) || !move (from, to, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
kai_store_finish_switch (const char *dir, const char *name, GError **error)
{
  g_autofree char *fresh = kai_store_switch_path (dir, name);
  g_autofree char *store = g_build_filename (fresh, "store", NULL);
  g_autofree char *aside = g_build_filename (fresh, "aside", NULL);
  g_autofree char *gone = g_strconcat (fresh, "-done", NULL);
  g_autofree char *word = NULL;
  int result;

  if (!g_file_test (fresh, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (!g_file_get_contents (aside, &word, NULL, error))
    return FALSE;
  if (!switch_store (dir, name, store, word, error) || !switch_others (dir, fresh, word, error))
    return FALSE;
  result = kai_files_sync (dir);
  if (result != 0)
    return kai_files_fail (error, dir, result);
  /* Out of the way at once, so that a half removed directory is never taken for a switch. */
  kai_files_remove_tree (gone);
  if (!move (fresh, gone, error))
    return FALSE;
  kai_files_remove_tree (gone);
  return TRUE;
}

static gboolean
is_switch_begun (const char *dir, const char *name)
{
  g_autofree char *fresh = kai_store_switch_path (dir, name);

  return g_file_test (fresh, G_FILE_TEST_IS_DIR);
}

static gboolean
take (int fd, int how)
{
  int rc;

  do
    rc = flock (fd, how);
  while (rc != 0 && errno == EINTR);
  return rc == 0;
}

/* With the lock shared, or alone for as long as a switch is to be finished. */
static gboolean
settle (int fd, const char *dir, const char *name, gboolean alone, GError **error)
{
  while (is_switch_begun (dir, name))
    {
      if (!alone && !take (fd, LOCK_EX))
        return kai_files_fail (error, dir, errno);
      if (!kai_store_finish_switch (dir, name, error))
        return FALSE;
      if (!alone && !take (fd, LOCK_SH))
        return kai_files_fail (error, dir, errno);
    }
  return TRUE;
}

int
kai_store_lock (const char *dir, const char *name, gboolean alone, GError **error)
{
  g_autofree char *base = g_strconcat (name, ".lock", NULL);
  g_autofree char *path = g_build_filename (dir, base, NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    {
      kai_files_fail (error, path, errno);
      return -1;
    }
  if (!take (fd, alone ? LOCK_EX | LOCK_NB : LOCK_SH))
    {
      if (errno == EWOULDBLOCK)
        kai_data_fail (error, KAI_DATA_ERROR_BUSY,
                       _ ("The store in %s is in use. Close the window and every other program "
                          "that works with it, then try again."),
                       dir);
      else
        kai_files_fail (error, path, errno);
      close (fd);
      return -1;
    }
  if (settle (fd, dir, name, alone, error))
    return fd;
  close (fd);
  return -1;
}

int
kai_store_lock_to_read (const char *dir, const char *name)
{
  g_autofree char *base = g_strconcat (name, ".lock", NULL);
  g_autofree char *path = g_build_filename (dir, base, NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  if (fd >= 0 && !take (fd, LOCK_SH))
    {
      close (fd);
      fd = -1;
    }
  return fd;
}

/* "kaipiao-before-20261121-093000.db" with its log, and "connection.ini.before-20261121-093000". */
static gboolean
is_aside (const char *entry, const char *stem)
{
  g_autofree char *head = g_strconcat (stem, "-" BEFORE, NULL);

  return g_str_has_prefix (entry, head) || strstr (entry, "." BEFORE) != NULL;
}

static void
remove_aside (const char *dir, const char *stem)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  const char *entry;

  while (entries && (entry = g_dir_read_name (entries)))
    {
      g_autofree char *path = g_build_filename (dir, entry, NULL);

      if (is_aside (entry, stem))
        g_unlink (path);
    }
}

char **
kai_store_list_aside (const char *dir, const char *name)
{
  const char *dot = strrchr (name, '.');
  g_autofree char *stem = g_strndup (name, dot ? (gsize)(dot - name) : strlen (name));
  g_autofree char *head = g_strconcat (stem, "-" BEFORE, NULL);
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  const char *entry;

  while (entries && (entry = g_dir_read_name (entries)))
    if (g_str_has_prefix (entry, head) && (!dot || g_str_has_suffix (entry, dot)))
      g_strv_builder_add (names, entry);
  return g_strv_builder_end (names);
}

void
kai_store_remove_aside (const char *dir, const char *name)
{
  const char *dot = strrchr (name, '.');
  g_autofree char *stem = dot ? g_strndup (name, (gsize)(dot - name)) : g_strdup (name);
  g_autofree char *templates = g_build_filename (dir, "templates", NULL);

  remove_aside (dir, stem);
  remove_aside (templates, stem);
}
