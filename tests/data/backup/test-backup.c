/* Backups of a store: while others write, proved by reading, and restored all or nothing. */
#define _GNU_SOURCE /* memmem */
#include "backup-test.h"

#include "backup/kai-store-check.h"
#include "store/kai-store-switch.h"
#include "values/kai-problem.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static KaiBackupInfo *
back_up (BackupTest *test)
{
  g_autoptr (GError) error = NULL;
  KaiBackupInfo *info = kai_backup_write (test->db, USER, test->file, NULL, &error);

  g_assert_no_error (error);
  return info;
}

static gboolean
restore (BackupTest *test, const char *home, gboolean replace, char **aside, GError **error)
{
  g_autoptr (KaiBackupReader) reader = kai_backup_reader_open (test->file, error);

  return reader
         && kai_backup_reader_restore (reader, test->vault, USER, home, replace, aside, NULL,
                                       error);
}

/* Nothing half done is left: only what the test put there and the store's own files. */
static void
assert_no_scratch (const char *dir)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (entries)))
    {
      g_assert_false (g_str_has_prefix (name, ".backup-"));
      g_assert_false (g_str_has_prefix (name, ".restore-"));
      g_assert_null (strstr (name, ".new"));
      g_assert_false (g_str_has_prefix (name, "a.kaibak."));
    }
}

static void
test_write (BackupTest *test, gconstpointer data)
{
  g_autoptr (KaiBackupInfo) info = back_up (test);
  g_autoptr (KaiBackupReader) reader = NULL;
  g_autoptr (GError) error = NULL;
  struct stat status;

  g_assert_cmpint (kai_backup_info_count (info, "notice"), ==, 5);
  g_assert_cmpint (kai_backup_info_count (info, "notice_item"), ==, 10);
  g_assert_cmpint (info->lines, ==, 5);
  g_assert_cmpuint (strlen (info->chain), ==, 64);
  g_assert_cmpint (stat (test->file, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  assert_no_scratch (test->home);
  assert_no_scratch (test->dir);
  reader = kai_backup_reader_open (test->file, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (kai_backup_reader_get_info (reader)->user, ==, USER);
  g_assert_true (kai_backup_reader_check (reader, test->vault, test->dir, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (kai_backup_reader_get_info (reader)->chain, ==, info->chain);
}

/* Nothing that is in the store can be read in the file. */
static void
test_sealed (BackupTest *test, gconstpointer data)
{
  G_GNUC_UNUSED g_autoptr (KaiBackupInfo) info = back_up (test);
  g_autofree char *content = NULL;
  gsize size;
  static const char *const words[] = { "SQLite format", "notice_by_date", "王小明", "13800000001",
                                       "320600000001" };

  g_assert_true (g_file_get_contents (test->file, &content, &size, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    g_assert_null (memmem (content, size, words[i], strlen (words[i])));
}

static void
test_never_over_another (BackupTest *test, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *kept = NULL;

  write_file (test->dir, "a.kaibak", "something of mine");
  g_assert_null (kai_backup_write (test->db, USER, test->file, NULL, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  kept = read_file (test->dir, "a.kaibak");
  g_assert_cmpstr (kept, ==, "something of mine");
}

static void
test_locked (BackupTest *test, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  kai_database_set_vault (test->db, NULL);
  g_assert_null (kai_backup_write (test->db, USER, test->file, NULL, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  g_assert_false (g_file_test (test->file, G_FILE_TEST_EXISTS));
}

static void
cancel_in_between (const char *what, gint64 done, gint64 total, gpointer data)
{
  g_cancellable_cancel (data);
}

static void
test_cancelled (BackupTest *test, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  KaiBackupWatch watch = { cancel_in_between, cancellable, cancellable };
  g_autoptr (GError) error = NULL;

  g_assert_null (kai_backup_write (test->db, USER, test->file, &watch, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (g_file_test (test->file, G_FILE_TEST_EXISTS));
  assert_no_scratch (test->home);
  assert_no_scratch (test->dir);
  g_assert_false (kai_database_in_transaction (test->db));
}

/* Another connection issues at every step: the backup is of one moment all the same. */
typedef struct
{
  KaiDatabase *other;
  int issued;
} Busy;

static void
issue_meanwhile (const char *what, gint64 done, gint64 total, gpointer data)
{
  Busy *busy = data;

  if (busy->issued < 30)
    {
      g_autofree char *code = issue (busy->other);

      busy->issued += code != NULL;
    }
}

static void
test_online (BackupTest *test, gconstpointer data)
{
  g_autoptr (KaiDatabase) other = open_home (test->home);
  Busy busy = { other, 0 };
  KaiBackupWatch watch = { issue_meanwhile, &busy, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiBackupInfo) info = kai_backup_write (test->db, USER, test->file, &watch, &error);

  g_assert_no_error (error);
  g_assert_cmpint (busy.issued, >=, 3);
  g_assert_cmpint (kai_backup_info_count (info, "notice"), ==, 5);
  g_assert_cmpint (info->lines, ==, 5);
  g_assert_cmpint (store_test_int (test->db, "SELECT count (*) FROM notice"), ==, 5 + busy.issued);
}

/* ---- restoring ---- */

/* No number that was given out, before or after the backup, is given out again. */
static void
test_numbers (BackupTest *test, gconstpointer data)
{
  g_autoptr (KaiBackupInfo) info = NULL;
  g_autoptr (GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (KaiSiteProfile) profile = kai_site_profile_new_default ();
  g_autofree char *aside = NULL;
  g_autofree char *word = NULL;
  g_autoptr (GError) error = NULL;
  gint64 messages;

  g_assert_true (kai_database_set_setting (test->db, "desk_id", "before", NULL));
  info = back_up (test);
  messages = store_test_int (test->db, "SELECT count (*) FROM outbox");
  for (int i = 0; i < 7; i++)
    g_hash_table_add (used, issue (test->db));
  g_clear_pointer (&test->db, kai_database_close);
  g_assert_true (restore (test, test->home, TRUE, &aside, &error));
  g_assert_no_error (error);
  test->db = open_home (test->home);
  g_assert_cmpint (kai_code_lease_left (test->db, 2026, NULL), ==, 0);
  g_assert_cmpint (
      store_test_int (test->db,
                      "SELECT sum (last + 1 - first) FROM code_given_up WHERE next = first"),
      ==, 95);
  g_assert_null (kai_code_lease_take (test->db, &profile->payment_code, 2026, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NO_NUMBERS);
  g_clear_error (&error);
  word = kai_database_dup_setting (test->db, "desk_id");
  g_assert_cmpstr (word, !=, "before");
  g_assert_cmpuint (strlen (word), ==, 16);
  g_assert_cmpint (store_test_int (test->db, "SELECT count (*) FROM store_restore"
                                             " WHERE desk_id = 'before' AND cause = 'backup'"),
                   ==, 1);
  g_assert_true (kai_restored_is_open (test->db));
  /* Messages that wait are the same ones, under the same numbers. */
  g_assert_cmpint (store_test_int (test->db, "SELECT count (*) FROM outbox"), ==, messages);
  g_assert_true (kai_audit_log_verify (test->db, NULL, &error));
  g_assert_cmpint (kai_backup_info_count (info, "notice"), ==, 5);
  /* A new lease that overlaps the given up numbers is refused, another one is used. */
  g_assert_false (kai_code_lease_add (test->db, "320684", 2026, "001", 50, 60, NULL));
  g_assert_true (kai_code_lease_add (test->db, "320684", 2026, "001", 101, 200, NULL));
  for (int i = 0; i < 10; i++)
    {
      g_autofree char *code = issue (test->db);

      g_assert_false (g_hash_table_contains (used, code));
    }
}

static void
test_into_empty_home (BackupTest *test, gconstpointer data)
{
  g_autofree char *home = g_build_filename (test->dir, "new", "home", NULL);
  g_autoptr (KaiBackupInfo) info = NULL;
  g_autoptr (KaiDatabase) db = NULL;
  g_autofree char *aside = NULL;
  g_autoptr (GError) error = NULL;
  struct
  {
    const char *name, *text;
    gboolean kept;
  } files[] = { { "connection.ini", "[connection]\nuser=1\n", TRUE },
                { "site-profile.ini", "[leases]\nsize=3\n", TRUE },
                { "templates/ours.xml", "<template/>", TRUE },
                { "messages.tsv", "x", TRUE },
                { "clerk.p12", "secret", FALSE },
                { "clerk.pin", "secret", FALSE },
                { "templates/key.pem", "secret", FALSE },
                { "token", "secret", FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    write_file (test->home, files[i].name, files[i].text);
  info = back_up (test);
  g_assert_true (restore (test, home, FALSE, &aside, &error));
  g_assert_no_error (error);
  g_assert_null (aside);
  assert_no_scratch (home);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *text = read_file (home, files[i].name);

      g_assert_cmpstr (text, ==, files[i].kept ? files[i].text : NULL);
    }
  db = open_home (home);
  g_assert_cmpint (store_test_int (db, "SELECT count (*) FROM notice"), ==, 5);
  kai_database_check (db, &error);
  g_assert_no_error (error);
}

static void
test_over_another (BackupTest *test, gconstpointer data)
{
  G_GNUC_UNUSED g_autoptr (KaiBackupInfo) info = back_up (test);
  G_GNUC_UNUSED g_autofree char *after = issue (test->db);
  g_autofree char *aside = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiDatabase) old = NULL;

  /* In use. */
  g_assert_false (restore (test, test->home, TRUE, &aside, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_BUSY);
  g_clear_error (&error);
  g_clear_pointer (&test->db, kai_database_close);
  g_assert_false (restore (test, test->home, FALSE, &aside, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_true (restore (test, test->home, TRUE, &aside, &error));
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (aside, "kaipiao-before-"));
  test->db = open_home (test->home);
  g_assert_cmpint (store_test_int (test->db, "SELECT count (*) FROM notice"), ==, 5);
  old = kai_database_open (test->home, aside, &kai_store_schema, &error);
  g_assert_no_error (error);
  g_assert_cmpint (store_test_int (old, "SELECT count (*) FROM notice"), ==, 6);
  g_clear_pointer (&old, kai_database_close);
  kai_store_remove_aside (test->home, KAI_STORE_NAME);
  {
    g_autofree char *path = g_build_filename (test->home, aside, NULL);

    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  }
}

static void
test_refused (BackupTest *test, gconstpointer data)
{
  G_GNUC_UNUSED g_autoptr (KaiBackupInfo) info = back_up (test);
  g_autofree char *home = g_build_filename (test->dir, "other", NULL);
  g_autofree char *store = g_build_filename (home, KAI_STORE_NAME, NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (test->file, &content, &size, NULL));
  for (int i = 0; i < 40; i++)
    {
      gsize at = size * (gsize)i / 40;

      content[at] ^= 0x20;
      g_assert_true (g_file_set_contents (test->file, content, (gssize)size, NULL));
      content[at] ^= 0x20;
      g_assert_false (restore (test, home, TRUE, NULL, &error));
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_UNREADABLE);
      g_clear_error (&error);
      g_assert_true (g_file_set_contents (test->file, content, (gssize)at, NULL));
      g_assert_false (restore (test, home, TRUE, NULL, &error));
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_UNREADABLE);
      g_clear_error (&error);
      g_assert_false (g_file_test (store, G_FILE_TEST_EXISTS));
    }
}

/* ---- kills ---- */

/* In the child: the backup over the store, again and again, telling each time that it is done. */
static int
restore_for_ever (const char *home, const char *file)
{
  g_autoptr (KaiVault) vault = make_vault ();

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiBackupReader) reader = kai_backup_reader_open (file, &error);

      if (!reader
          || !kai_backup_reader_restore (reader, vault, USER, home, TRUE, NULL, NULL, &error))
        {
          fprintf (stderr, "%s\n", error->message);
          return 1;
        }
      puts ("done");
      fflush (stdout);
    }
}

#define KILLS 40

static GSubprocess *
start_restoring (gconstpointer program, BackupTest *test)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program,
                                         "--restore", test->home, test->file, NULL);

  g_assert_no_error (error);
  return child;
}

static void
kill_child (GSubprocess *child)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_send_signal (child, SIGKILL);
  g_assert_true (g_subprocess_wait (child, NULL, &error));
  g_assert_true (g_subprocess_get_if_signaled (child));
}

/* How long the child takes until it has restored once, µs. */
static gint64
measure (gconstpointer program, BackupTest *test)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GSubprocess) child = start_restoring (program, test);
  g_autoptr (GDataInputStream) output =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));
  g_autofree char *line = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  gint64 took = g_get_monotonic_time () - start;

  g_assert_cmpstr (line, ==, "done");
  kill_child (child);
  return took;
}

/* Whenever it is killed: the store that was there, with its mark, or the restored one, each whole. */
static void
test_killed (BackupTest *test, gconstpointer program)
{
  G_GNUC_UNUSED g_autoptr (KaiBackupInfo) info = back_up (test);
  G_GNUC_UNUSED g_autofree char *after = issue (test->db);
  int before = 0, restored = 0;
  gint64 took;

  g_clear_pointer (&test->db, kai_database_close);
  took = measure (program, test);
  for (int i = 0; i < KILLS; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GSubprocess) child = NULL;
      g_autoptr (KaiDatabase) db = open_home (test->home);
      g_autofree char *mark = NULL;

      g_assert_true (kai_database_set_setting (db, "mark", "there", NULL));
      g_clear_pointer (&db, kai_database_close);
      child = start_restoring (program, test);
      g_usleep ((gulong)(took * i * 2 / KILLS));
      kill_child (child);
      db = open_home (test->home);
      kai_database_check (db, &error);
      g_assert_no_error (error);
      g_assert_true (kai_audit_log_verify (db, NULL, &error));
      g_assert_cmpint (store_test_int (db, "SELECT count (*) FROM notice"), ==, 5);
      g_assert_cmpint (kai_code_lease_left (db, 2026, NULL), ==, 0);
      mark = kai_database_dup_setting (db, "mark");
      if (mark)
        before++;
      else
        restored++;
    }
  g_test_message ("killed before the switch %d times, after it %d times", before, restored);
  g_assert_cmpint (restored, >, 0);
  g_assert_cmpint (before, >, 0);
  test->db = open_home (test->home);
}

/* Every step of the switch, stopped after each. */
static void
test_switch_steps (BackupTest *test, gconstpointer data)
{
  static const char *const moved[] = { "kaipiao.db-wal", "kaipiao.db", NULL };

  for (int steps = 0; steps <= 3; steps++)
    {
      g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
      g_autofree char *fresh = kai_store_switch_path (dir, KAI_STORE_NAME);
      g_autoptr (KaiDatabase) db = NULL;
      g_autofree char *kept = NULL;
      g_autofree char *fresh_store = g_build_filename (fresh, "store", NULL);
      g_autofree char *now = g_build_filename (dir, KAI_STORE_NAME, NULL);

      db = open_home (dir);
      g_assert_true (kai_database_set_setting (db, "which", "old", NULL));
      g_clear_pointer (&db, kai_database_close);
      db = open_home (fresh);
      g_assert_true (kai_database_set_setting (db, "which", "new", NULL));
      g_clear_pointer (&db, kai_database_close);
      {
        g_autofree char *from = g_build_filename (fresh, KAI_STORE_NAME, NULL);
        g_autofree char *lock = g_build_filename (fresh, "kaipiao.db.lock", NULL);

        g_assert_cmpint (g_rename (from, fresh_store), ==, 0);
        g_unlink (lock);
      }
      write_file (fresh, "aside", "before-1");
      write_file (fresh, "site-profile.ini", "new");
      write_file (dir, "site-profile.ini", "old");
      for (int i = 0; i < steps && i < 2; i++)
        {
          g_autofree char *from = g_build_filename (dir, moved[i], NULL);
          g_autofree char *base = g_strconcat ("kaipiao-before-1.db", i == 0 ? "-wal" : "", NULL);
          g_autofree char *to = g_build_filename (dir, base, NULL);

          g_rename (from, to);
        }
      if (steps == 3)
        g_assert_cmpint (g_rename (fresh_store, now), ==, 0);
      db = open_home (dir);
      kept = kai_database_dup_setting (db, "which");
      g_assert_cmpstr (kept, ==, "new");
      g_free (kept);
      kept = read_file (dir, "site-profile.ini");
      g_assert_cmpstr (kept, ==, "new");
      g_free (kept);
      kept = read_file (dir, "site-profile.ini.before-1");
      g_assert_cmpstr (kept, ==, "old");
      assert_no_scratch (dir);
    }
}

/* ---- check and repair ---- */

typedef struct
{
  const char *name, *sql;
} Breach;

static const Breach breaches[] = {
  { "notice-without-items", "DELETE FROM notice_item WHERE notice_id = 2" },
  { "sum-differs", "UPDATE notice SET amount = amount + 1 WHERE id = 3" },
  { "sum-differs", "DELETE FROM notice_item WHERE notice_id = 3 AND position = 1" },
  { "message-missing", "DELETE FROM outbox_subject WHERE subject_id = 1" },
  { "subject-missing", "UPDATE outbox_subject SET subject_id = 77 WHERE subject_id = 1" },
  { "given-up-in-use", "INSERT INTO code_given_up VALUES (1, 1, 50, 60, 50)" },
  { "paid-without-time", "UPDATE notice SET state = 'paid' WHERE id = 4" },
};

static void
test_rules (BackupTest *test, gconstpointer data)
{
  sqlite3 *handle = kai_database_get_handle (test->db);

  for (guint i = 0; i < G_N_ELEMENTS (breaches); i++)
    {
      g_autoptr (GPtrArray) sound =
          g_ptr_array_new_with_free_func ((GDestroyNotify)kai_problem_free);
      g_autoptr (GPtrArray) broken =
          g_ptr_array_new_with_free_func ((GDestroyNotify)kai_problem_free);
      gboolean found = FALSE;

      g_assert_true (kai_store_check (test->db, sound, NULL));
      g_assert_cmpuint (sound->len, ==, 0);
      g_assert_cmpint (sqlite3_exec (handle, "SAVEPOINT breach", NULL, NULL, NULL), ==, SQLITE_OK);
      g_assert_cmpint (sqlite3_exec (handle, breaches[i].sql, NULL, NULL, NULL), ==, SQLITE_OK);
      g_assert_cmpint (sqlite3_exec (handle, "RELEASE breach", NULL, NULL, NULL), ==, SQLITE_OK);
      g_assert_true (kai_store_check (test->db, broken, NULL));
      for (guint k = 0; k < broken->len; k++)
        found |= g_str_equal (((KaiProblem *)broken->pdata[k])->code, breaches[i].name);
      if (!found)
        g_error ("%s was not found", breaches[i].name);
      g_clear_pointer (&test->db, kai_database_close);
      kai_test_remove_dir (g_steal_pointer (&test->dir));
      g_free (test->home);
      g_free (test->file);
      g_clear_pointer (&test->vault, kai_vault_unref);
      set_up (test, data);
      handle = kai_database_get_handle (test->db);
    }
}

/* Nothing to repair is nothing changed; in use it is not touched. */
static void
test_repair_of_a_sound_one (BackupTest *test, gconstpointer data)
{
  g_autofree char *kept = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (kai_store_repair (test->home, KAI_STORE_NAME, &kept, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_BUSY);
  g_clear_error (&error);
  g_clear_pointer (&test->db, kai_database_close);
  g_assert_true (kai_store_repair (test->home, KAI_STORE_NAME, &kept, &error));
  g_assert_no_error (error);
  g_assert_null (kept);
  assert_no_scratch (test->home);
  test->db = open_home (test->home);
}

int
main (int argc, char **argv)
{
  if (argc == 4 && g_str_equal (argv[1], "--restore"))
    return restore_for_ever (argv[2], argv[3]);
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, BackupTest, argv[0], set_up, func, tear_down)
  ADD ("/backup/write", test_write);
  ADD ("/backup/sealed", test_sealed);
  ADD ("/backup/never-over-another", test_never_over_another);
  ADD ("/backup/locked", test_locked);
  ADD ("/backup/cancelled", test_cancelled);
  ADD ("/backup/online", test_online);
  ADD ("/backup/numbers", test_numbers);
  ADD ("/backup/into-empty-home", test_into_empty_home);
  ADD ("/backup/over-another", test_over_another);
  ADD ("/backup/refused", test_refused);
  ADD ("/backup/killed", test_killed);
  ADD ("/backup/switch-steps", test_switch_steps);
  ADD ("/backup/rules", test_rules);
  ADD ("/backup/repair-of-a-sound-one", test_repair_of_a_sound_one);
  return g_test_run ();
}
