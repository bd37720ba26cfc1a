/* Copies of a store that nobody announced, and stores that are gone: no number is ever given out twice. */
#define _GNU_SOURCE /* statx */
#include "backup-test.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void
copy_store (const char *from, const char *to)
{
  static const char *const names[] = { "kaipiao.db", "kaipiao.db-wal" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *source = g_build_filename (from, names[i], NULL);
      g_autofree char *target = g_build_filename (to, names[i], NULL);
      g_autofree char *content = NULL;
      gsize size;

      if (!g_file_get_contents (source, &content, &size, NULL))
        {
          g_unlink (target);
          continue;
        }
      /* As cp does: over what is there, in the same file. */
      {
        FILE *out = fopen (target, "w");

        g_assert_nonnull (out);
        g_assert_cmpuint (fwrite (content, 1, size, out), ==, size);
        g_assert_cmpint (fclose (out), ==, 0);
      }
    }
}

/* One run of a program: TRUE when it found itself on a copy. */
static gboolean
visit (const char *home, gboolean work, gboolean crash)
{
  KaiDatabase *db = open_home (home);
  g_autoptr (GError) error = NULL;
  gboolean found;
  int changes;

  g_assert_true (kai_restored_check_copy (db, USER, &found, &error));
  g_assert_no_error (error);
  changes = sqlite3_total_changes (kai_database_get_handle (db));
  if (work && kai_code_lease_left (db, 2026, NULL) > 0)
    {
      g_autofree char *code = issue (db);

      g_assert_nonnull (code);
    }
  if (!crash)
    kai_restored_leave (db, changes);
  if (found)
    g_assert_cmpint (kai_code_lease_left (db, 2026, NULL), ==, 0);
  kai_database_close (db);
  return found;
}

static void
test_copies (BackupTest *test, gconstpointer data)
{
  g_autofree char *kept = g_build_filename (test->dir, "kept", NULL);
  g_autofree char *second = g_build_filename (test->dir, "second", NULL);

  g_clear_pointer (&test->db, kai_database_close);
  g_mkdir (kept, 0700);
  g_mkdir (second, 0700);
  g_assert_false (visit (test->home, FALSE, FALSE));
  g_assert_false (visit (test->home, TRUE, FALSE));
  g_assert_false (visit (test->home, TRUE, TRUE));
  g_assert_false (visit (test->home, FALSE, FALSE));
  copy_store (test->home, kept);
  g_assert_false (visit (test->home, TRUE, FALSE));
  /* The old copy is put back. */
  copy_store (kept, test->home);
  g_assert_true (visit (test->home, FALSE, FALSE));
  g_assert_false (visit (test->home, TRUE, FALSE));
  /* A copy of the whole home at another place, with the word. */
  test->db = open_home (test->home);
  g_assert_true (kai_code_lease_add (test->db, "320684", 2026, "001", 201, 300, NULL));
  g_clear_pointer (&test->db, kai_database_close);
  g_assert_false (visit (test->home, TRUE, FALSE));
  copy_store (test->home, second);
  {
    g_autofree char *word = read_file (test->home, "store.id");

    write_file (second, "store.id", word);
  }
  g_assert_true (visit (second, FALSE, FALSE));
  g_assert_false (visit (second, FALSE, FALSE));
  g_assert_false (visit (test->home, TRUE, FALSE));
  test->db = open_home (test->home);
}

/* Killed some times in a row before the word got beside the store: it is the same store all the same. */
static void
test_word_not_written (BackupTest *test, gconstpointer data)
{
  g_autofree char *path = g_build_filename (test->home, "store.id", NULL);
  g_autofree char *kept = g_build_filename (test->dir, "kept.id", NULL);

  g_clear_pointer (&test->db, kai_database_close);
  g_assert_false (visit (test->home, FALSE, FALSE));
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpint (link (path, kept), ==, 0);
      g_assert_false (visit (test->home, TRUE, TRUE));
      g_assert_cmpint (g_rename (kept, path), ==, 0); /* the very file of before */
    }
  g_assert_false (visit (test->home, FALSE, FALSE));
  test->db = open_home (test->home);
}

/* Over the bytes of a file that is there, as cp does it: the same inode, and the times as they are set. */
static void
overwrite (const char *dir, const char *name, const char *bytes, gsize size)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  int fd = g_open (path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, bytes, size), ==, (gssize)size);
  close (fd);
}

static gboolean
knows_birth (const char *path)
{
  struct statx status;

  return statx (AT_FDCWD, path, 0, STATX_BTIME, &status) == 0 && (status.stx_mask & STATX_BTIME);
}

/* The whole home of before, word and all, copied over that of now. */
static void
test_home_put_back (BackupTest *test, gconstpointer data)
{
  static const char *const names[] = { "kaipiao.db", "store.id" };
  char *bytes[G_N_ELEMENTS (names)] = { NULL };
  gsize sizes[G_N_ELEMENTS (names)];
  g_autofree char *log = g_build_filename (test->home, "kaipiao.db-wal", NULL);
  g_autofree char *shared = g_build_filename (test->home, "kaipiao.db-shm", NULL);

  if (!knows_birth (test->home))
    {
      g_test_skip ("this file system does not know when a file was made");
      return;
    }
  g_clear_pointer (&test->db, kai_database_close);
  g_assert_false (visit (test->home, TRUE, FALSE));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (test->home, names[i], NULL);

      g_assert_true (g_file_get_contents (path, &bytes[i], &sizes[i], NULL));
    }
  /* Nothing happened meanwhile but that it was opened: that is enough, for it may have been more. */
  for (int changes = 0; changes < 3; changes++)
    {
      g_assert_false (visit (test->home, changes > 0, changes > 1));
      g_unlink (log);
      g_unlink (shared);
      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        overwrite (test->home, names[i], bytes[i], sizes[i]);
      g_assert_true (visit (test->home, FALSE, FALSE));
      g_assert_false (visit (test->home, FALSE, FALSE));
    }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_free (bytes[i]);
  test->db = open_home (test->home);
}

/* Cloned before it had any number: two desks all the same. */
static void
test_empty_copy (BackupTest *test, gconstpointer data)
{
  g_autofree char *second = g_build_filename (test->dir, "second", NULL);
  g_autofree char *word = NULL;
  g_autofree char *id = NULL;
  g_autoptr (KaiDatabase) db = NULL;
  gboolean found;

  store_test_run (test->db, "DELETE FROM outbox_subject");
  store_test_run (test->db, "DELETE FROM outbox");
  store_test_run (test->db, "DELETE FROM code_lease");
  store_test_run (test->db, "INSERT OR REPLACE INTO setting VALUES ('desk_id', 'one')");
  g_clear_pointer (&test->db, kai_database_close);
  g_assert_false (visit (test->home, FALSE, FALSE));
  g_mkdir (second, 0700);
  copy_store (test->home, second);
  word = read_file (test->home, "store.id");
  write_file (second, "store.id", word);
  db = open_home (second);
  g_assert_true (kai_restored_check_copy (db, "u", &found, NULL));
  g_assert_false (found);
  id = kai_database_dup_setting (db, "desk_id");
  g_assert_null (id);
  test->db = open_home (test->home);
}

/* Gone, empty, or only its log gone with all that was in it: no new store takes its place, and none of these writes anything. */
static void
test_store_gone (BackupTest *test, gconstpointer data)
{
  g_autofree char *path = g_build_filename (test->home, "kaipiao.db", NULL);
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  g_autofree char *shared = g_strconcat (path, "-shm", NULL);

  g_clear_pointer (&test->db, kai_database_close);
  g_assert_false (visit (test->home, FALSE, FALSE));
  for (int how = 0; how < 3; how++)
    {
      g_autoptr (GError) error = NULL;
      gsize size = 0;
      g_autofree char *before = NULL, *after = NULL;

      g_unlink (path);
      g_unlink (log);
      g_unlink (shared);
      if (how == 1)
        overwrite (test->home, "kaipiao.db", "", 0);
      if (how == 2)
        {
          /* What the first page is before the first change is taken into the file. */
          sqlite3 *handle = NULL;

          g_assert_cmpint (sqlite3_open (path, &handle), ==, SQLITE_OK);
          g_assert_cmpint (sqlite3_exec (handle, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), ==,
                           SQLITE_OK);
          sqlite3_close (handle);
        }
      g_file_get_contents (path, &before, &size, NULL);
      test->db = kai_database_open (test->home, "kaipiao.db", &kai_store_schema, &error);
      g_assert_null (test->db);
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
      g_assert_nonnull (strstr (error->message, "restore"));
      g_assert_cmpint (g_file_test (path, G_FILE_TEST_EXISTS), ==, how > 0);
      g_file_get_contents (path, &after, NULL, NULL);
      g_assert_cmpmem (before ? before : "", size, after ? after : "", size);
    }
}

/* Another file takes the name while a program works: nothing more is saved into the one that nobody will find again. */
static void
test_replaced_while_open (BackupTest *test, gconstpointer data)
{
  g_autofree char *path = g_build_filename (test->home, "kaipiao.db", NULL);
  g_autofree char *aside = g_build_filename (test->home, "aside.db", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_database_begin (test->db, NULL));
  g_assert_true (kai_database_commit (test->db, NULL));
  g_assert_cmpint (g_rename (path, aside), ==, 0);
  g_assert_false (kai_database_begin (test->db, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_IO);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM notice"), >, 0);
  overwrite (test->home, "kaipiao.db", "another", 7);
  g_assert_false (kai_database_begin (test->db, NULL));
  g_assert_cmpint (g_rename (aside, path), ==, 0);
  g_assert_true (kai_database_begin (test->db, NULL));
  g_assert_true (kai_database_commit (test->db, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, BackupTest, NULL, set_up, func, tear_down)
  ADD ("/copies/copies", test_copies);
  ADD ("/copies/word-not-written", test_word_not_written);
  ADD ("/copies/home-put-back", test_home_put_back);
  ADD ("/copies/empty", test_empty_copy);
  ADD ("/copies/gone", test_store_gone);
  ADD ("/copies/replaced-while-open", test_replaced_while_open);
  return g_test_run ();
}
