/* The store after a power cut. What SQLite has not yet put on the disk for certain is the end of the write-ahead log, so the log is cut there at every frame's
 * border, around it and at random bytes, and its end is replaced by what a disk may leave; and a working program is frozen at any moment and its files are copied.
 * Each copy must open, be sound, and hold exactly the changes that were committed before the cut, each of them whole. */
#include "store-test.h"

#include "store/kai-audit-log.h"
#include "store/kai-code-lease.h"
#include "store/kai-outbox.h"
#include "values/kai-site-profile.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define BEFORE 5  /* changes that are in the file itself */
#define CHANGES 8 /* changes that are in the log only */
#define FRAME (4096 + 24)
#define LOG_HEAD 32
#define RANDOM_CUTS 150
#define MOMENTS 30

/* ---- changes ---- */

/* The change before it is answered: other tables, and pages that were written before. */
static gboolean
answer_previous (KaiDatabase *db, int number, GError **error)
{
  g_autofree char *code = g_strdup_printf ("%d", number - 1);
  g_autoptr (KaiNotice) notice = kai_notice_store_find (db, code, error);

  if (!notice)
    return FALSE;
  notice->sync = KAI_SYNC_ACCEPTED;
  return kai_notice_store_update (db, notice, error)
         && kai_outbox_mark_answered (db, number - 1, error);
}

/* Everything that a change consists of in one transaction. */
static gboolean
write_one (KaiDatabase *db, const KaiSiteProfile *profile, int number, GError **error)
{
  g_autofree char *code = g_strdup_printf ("%d", number);
  g_autofree char *taken = NULL;
  g_autofree char *long_text = g_strnfill (5000, 'x'); /* over several pages */
  g_autoptr (KaiNotice) notice = store_test_notice (code);
  g_autoptr (GBytes) body = g_bytes_new (long_text, strlen (long_text));

  if (!kai_database_begin (db, error))
    return FALSE;
  taken = kai_code_lease_take (db, &profile->payment_code, 2026, error);
  return taken && kai_notice_store_insert (db, notice, error)
         && kai_audit_log_add (db, "u", "notice.issue", code, "ok", error)
         && kai_outbox_add (db, code, "8994", body, "", &notice->id, 1, error) > 0
         && (number == 1 || answer_previous (db, number, error))
         && kai_database_set_setting (db, "last", code, error) && kai_database_commit (db, error);
}

static void
write_many (KaiDatabase *db, int first, int last)
{
  g_autoptr (KaiSiteProfile) profile = kai_site_profile_new_default ();
  g_autoptr (GError) error = NULL;

  for (int i = first; i <= last; i++)
    {
      write_one (db, profile, i, &error);
      g_assert_no_error (error);
    }
}

static KaiDatabase *
make_store (const char *dir)
{
  KaiDatabase *db = store_test_open (dir);
  g_autoptr (GError) error = NULL;

  kai_code_lease_add (db, "320684", 2026, "001", 1, 10000000, &error);
  g_assert_no_error (error);
  return db;
}

/* Opens what a power cut left; returns how many changes it holds, all of them whole. */
static int
count_whole_changes (const char *dir)
{
  g_autoptr (KaiDatabase) db = store_test_open (dir);
  g_autoptr (GError) error = NULL;
  g_autofree char *last = kai_database_dup_setting (db, "last");
  gint64 n = store_test_int (db, "SELECT count(*) FROM notice"), lines = 0;

  /* The copy need not survive anything more. */
  kai_database_run (db, &error, "PRAGMA synchronous = OFF", NULL);
  g_assert_no_error (error);
  kai_database_check (db, &error);
  g_assert_no_error (error);
  kai_audit_log_verify (db, &lines, &error);
  g_assert_no_error (error);
  g_assert_cmpint (lines, ==, n);
  g_assert_cmpint (last ? atoi (last) : 0, ==, n);
  g_assert_cmpint (store_test_int (db, "SELECT count(*) FROM notice_item"), ==, 2 * n);
  g_assert_cmpint (store_test_int (db, "SELECT count(*) FROM outbox_subject"), ==, n);
  g_assert_cmpint (store_test_int (db, "SELECT next - first FROM code_lease"), ==, n);
  g_assert_cmpint (kai_outbox_count (db, KAI_OUTBOX_WAITING), ==, n > 0);
  g_assert_cmpint (kai_outbox_count (db, KAI_OUTBOX_ANSWERED), ==, MAX (n - 1, 0));
  g_assert_cmpint (store_test_int (db, "SELECT count(*) FROM notice WHERE sync = 'accepted'"), ==,
                   MAX (n - 1, 0));
  /* Work can go on. */
  write_many (db, (int)n + 1, (int)n + 1);
  return (int)n;
}

/* ---- the log is cut ---- */

typedef struct
{
  char *dir, *copy_dir;
  char *file, *log; /* bytes as they are on the disk */
  gsize file_size, log_size;
  gsize ends[CHANGES]; /* length of the log after each change */
} Disk;

static char *
read_file (const char *dir, const char *name, gsize *length)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;
  char *bytes = NULL;

  g_file_get_contents (path, &bytes, length, &error);
  g_assert_no_error (error);
  return bytes;
}

static void
write_file (const char *dir, const char *name, const char *bytes, gsize length)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, bytes, (gssize)length, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

static void
forget_file (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  g_unlink (path);
}

static void
disk_set_up (Disk *disk, gconstpointer data)
{
  g_autoptr (KaiDatabase) db = NULL;
  g_autoptr (GError) error = NULL;

  disk->dir = kai_test_make_dir ();
  disk->copy_dir = kai_test_make_dir ();
  db = make_store (disk->dir);
  write_many (db, 1, BEFORE);
  kai_database_run (db, &error, "PRAGMA wal_autocheckpoint = 0", NULL);
  g_assert_no_error (error);
  kai_database_run (db, &error, "PRAGMA wal_checkpoint (TRUNCATE)", NULL);
  g_assert_no_error (error);
  for (int i = 0; i < CHANGES; i++)
    {
      g_autofree char *log = NULL;

      write_many (db, BEFORE + i + 1, BEFORE + i + 1);
      log = read_file (disk->dir, "store.db-wal", &disk->ends[i]);
      /* It only grows: what was committed stays where it is. */
      g_assert_cmpuint (disk->ends[i], >, i > 0 ? disk->ends[i - 1] : 0);
      g_assert_cmpuint ((disk->ends[i] - LOG_HEAD) % FRAME, ==, 0);
    }
  disk->file = read_file (disk->dir, "store.db", &disk->file_size);
  disk->log = read_file (disk->dir, "store.db-wal", &disk->log_size);
}

static void
disk_tear_down (Disk *disk, gconstpointer data)
{
  kai_test_remove_dir (disk->dir);
  kai_test_remove_dir (disk->copy_dir);
  g_free (disk->file);
  g_free (disk->log);
}

/* What is left when @log was written up to @cut, and what follows is not the log's. */
static void
check_cut (Disk *disk, gsize cut, const char *log, gsize length)
{
  int committed = BEFORE, found;

  for (int i = 0; i < CHANGES; i++)
    committed += disk->ends[i] <= cut;
  forget_file (disk->copy_dir, "store.db-shm");
  write_file (disk->copy_dir, "store.db", disk->file, disk->file_size);
  write_file (disk->copy_dir, "store.db-wal", log, length);
  found = count_whole_changes (disk->copy_dir);
  if (found != committed)
    g_error ("cut at byte %zu of %zu: %d changes, not %d", cut, disk->log_size, found, committed);
}

static void
test_frame_borders (Disk *disk, gconstpointer data)
{
  static const int around[] = { -512, -1, 0, 1, 24 };

  for (gsize border = LOG_HEAD; border <= disk->log_size; border += FRAME)
    for (gsize i = 0; i < G_N_ELEMENTS (around); i++)
      {
        gssize cut = (gssize)border + around[i];

        if (cut >= 0 && (gsize)cut <= disk->log_size)
          check_cut (disk, (gsize)cut, disk->log, (gsize)cut);
      }
}

static void
test_any_byte (Disk *disk, gconstpointer data)
{
  for (gsize cut = 0; cut <= LOG_HEAD; cut++)
    check_cut (disk, cut, disk->log, cut);
  for (int i = 0; i < RANDOM_CUTS; i++)
    {
      gsize cut = (gsize)g_test_rand_int_range (0, (gint32)disk->log_size + 1);

      check_cut (disk, cut, disk->log, cut);
    }
}

/* The file is as long as it was to be, but its end was never written: zeros, noise, or what lay there before. */
static void
test_torn_end (Disk *disk, gconstpointer data)
{
  for (int i = 0; i < RANDOM_CUTS; i++)
    {
      gsize cut = (gsize)g_test_rand_int_range (LOG_HEAD, (gint32)disk->log_size);
      g_autofree char *log = g_memdup2 (disk->log, disk->log_size);

      cut -= cut % 512; /* a disk writes whole sectors */
      for (gsize k = cut; k < disk->log_size; k++)
        log[k] = i % 3 == 0   ? '\0'
                 : i % 3 == 1 ? (char)g_test_rand_int ()
                              : disk->log[LOG_HEAD + (k - cut) % (disk->log_size - LOG_HEAD)];
      /* Where it repeats what stands there anyway, it is not torn. */
      while (cut < disk->log_size && log[cut] == disk->log[cut])
        cut++;
      check_cut (disk, cut, log, disk->log_size);
    }
}

/* One wrong bit ends the log there: nothing after it is believed. */
static void
test_rotten_bit (Disk *disk, gconstpointer data)
{
  for (int i = 0; i < 60; i++)
    {
      gsize at = (gsize)g_test_rand_int_range (LOG_HEAD, (gint32)disk->log_size);
      gsize frame = (at - LOG_HEAD) / FRAME * FRAME + LOG_HEAD;
      g_autofree char *log = g_memdup2 (disk->log, disk->log_size);

      log[at] ^= (char)(1 << g_test_rand_int_range (0, 8));
      check_cut (disk, frame, log, disk->log_size);
    }
}

/* ---- frozen at any moment ---- */

/* In the child, until it is killed: the log is taken into the file all the time, and a line tells of each change that is saved. */
static int
write_for_ever (const char *dir)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiDatabase) db = kai_database_open (dir, "store.db", &kai_store_schema, &error);
  g_autoptr (KaiSiteProfile) profile = kai_site_profile_new_default ();
  int number;

  if (db)
    store_test_unlock (db);
  number = db ? (int)kai_database_get_int (db, 0, NULL, "SELECT count(*) FROM notice", NULL) : 0;
  if (db)
    kai_database_run (db, NULL, "PRAGMA wal_autocheckpoint = 30", NULL);
  while (db && write_one (db, profile, ++number, &error))
    {
      printf ("%d\n", number);
      fflush (stdout);
    }
  fprintf (stderr, "%s\n", error->message);
  return 1;
}

static void
copy_store (const char *from, const char *to)
{
  static const char *const names[] = { "store.db", "store.db-wal" };

  forget_file (to, "store.db-shm");
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *source = g_build_filename (from, names[i], NULL);
      gsize length = 0;
      g_autofree char *bytes =
          g_file_test (source, G_FILE_TEST_EXISTS) ? read_file (from, names[i], &length) : NULL;

      if (bytes)
        write_file (to, names[i], bytes, length);
      else
        forget_file (to, names[i]);
    }
}

/* Stops the child where it is; what it says until then was saved before. */
static void
freeze (GSubprocess *child)
{
  pid_t pid = (pid_t)g_ascii_strtoll (g_subprocess_get_identifier (child), NULL, 10);
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int)pid);

  g_subprocess_send_signal (child, SIGSTOP);
  for (;;)
    {
      g_autofree char *stat = NULL;

      g_assert_true (g_file_get_contents (path, &stat, NULL, NULL));
      if (strstr (stat, ") T "))
        return;
      g_thread_yield ();
    }
}

static int
last_line (GDataInputStream *output, int last)
{
  while (g_buffered_input_stream_get_available (G_BUFFERED_INPUT_STREAM (output)) > 0
         || g_pollable_input_stream_is_readable (G_POLLABLE_INPUT_STREAM (
             g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (output)))))
    {
      g_autofree char *line = g_data_input_stream_read_line (output, NULL, NULL, NULL);

      if (!line)
        break;
      last = atoi (line);
    }
  return last;
}

static void
test_any_moment (gconstpointer program)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (KaiTestDir) copy = kai_test_make_dir ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autofree char *first = NULL;
  int last;

  kai_database_close (make_store (dir));
  child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, "--write", dir, NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));
  first = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  g_assert_nonnull (first);
  last = atoi (first);
  for (int i = 0; i < MOMENTS; i++)
    {
      int found;

      g_usleep ((gulong)g_test_rand_int_range (0, 30000)); /* any moment */
      freeze (child);
      last = last_line (output, last);
      copy_store (dir, copy);
      g_subprocess_send_signal (child, SIGCONT);
      found = count_whole_changes (copy);
      /* At most one more: saved, but not told yet. */
      g_assert_cmpint (found, >=, last);
      g_assert_cmpint (found, <=, last + 1);
    }
  g_test_message ("%d changes, looked at %d times", last, MOMENTS);
  g_subprocess_force_exit (child);
  g_assert_true (g_subprocess_wait (child, NULL, &error));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Disk *disk, gconstpointer data);
  } cuts[] = {
    { "/power-cut/frame-borders", test_frame_borders },
    { "/power-cut/any-byte", test_any_byte },
    { "/power-cut/torn-end", test_torn_end },
    { "/power-cut/rotten-bit", test_rotten_bit },
  };

  if (argc == 3 && g_str_equal (argv[1], "--write"))
    return write_for_ever (argv[2]);
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cuts); i++)
    g_test_add (cuts[i].path, Disk, NULL, disk_set_up, cuts[i].func, disk_tear_down);
  g_test_add_data_func ("/power-cut/any-moment", argv[0], test_any_moment);
  return g_test_run ();
}
