/* A program that is killed at any moment loses nothing that it was told is saved, and leaves no half change: a child writes in a
 * loop, each change a notice with its items, its log line and its message, and says the number of each that is committed. */
#include "store-test.h"

#include "store/kai-audit-log.h"
#include "store/kai-outbox.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS 20

static gboolean
write_one (KaiDatabase *db, int number, GError **error)
{
  g_autofree char *code = g_strdup_printf ("%d", number);
  g_autoptr (KaiNotice) notice = store_test_notice (code);
  g_autoptr (GBytes) body = g_bytes_new (code, strlen (code));

  return kai_database_begin (db, error) && kai_notice_store_insert (db, notice, error)
         && kai_audit_log_add (db, "u", "notice.issue", code, "ok", error)
         && kai_outbox_add (db, code, "8994", body, "", &notice->id, 1, error) > 0
         && kai_database_commit (db, error);
}

/* In the child, until it is killed. */
static int
write_for_ever (const char *dir)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiDatabase) db = kai_database_open (dir, "store.db", &kai_store_schema, &error);
  int number;

  if (db)
    store_test_unlock (db);
  number = db ? (int)kai_database_get_int (db, 0, NULL, "SELECT count(*) FROM notice", NULL) : 0;
  while (db && write_one (db, ++number, &error))
    {
      printf ("%d\n", number);
      fflush (stdout);
    }
  fprintf (stderr, "%s\n", error->message);
  return 1;
}

/* Kills the child after a while, at no particular moment; returns the last number that it said was saved. */
static int
run_child (const char *program, const char *dir, int last)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) child =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, "--write", dir, NULL);
  g_autoptr (GDataInputStream) output = NULL;
  int lines = g_test_rand_int_range (0, 12);
  char *line;

  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));
  for (int i = 0; i < lines && (line = g_data_input_stream_read_line (output, NULL, NULL, NULL));
       i++)
    {
      last = atoi (line);
      g_free (line);
    }
  /* Somewhere within the next change. */
  g_usleep ((gulong)g_test_rand_int_range (0, 8000));
  g_subprocess_send_signal (child, SIGKILL);
  while ((line = g_data_input_stream_read_line (output, NULL, NULL, NULL)))
    {
      last = atoi (line);
      g_free (line);
    }
  g_assert_true (g_subprocess_wait (child, NULL, &error));
  g_assert_true (g_subprocess_get_if_signaled (child));
  return last;
}

static void
test_killed (gconstpointer program)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  int last = 0;

  for (int round = 0; round < ROUNDS; round++)
    {
      g_autoptr (KaiDatabase) db = NULL;
      g_autoptr (GError) error = NULL;
      gint64 count, lines;

      last = run_child (program, dir, last);
      db = store_test_open (dir);
      kai_database_check (db, &error);
      g_assert_no_error (error);
      count = store_test_int (db, "SELECT count(*) FROM notice");
      /* At most one more: saved, but killed before it could say so. */
      g_assert_cmpint (count, >=, last);
      g_assert_cmpint (count, <=, last + 1);
      g_assert_cmpint (store_test_int (db, "SELECT max(CAST (payment_code AS INTEGER))"
                                           " FROM notice HAVING count(*) > 0"),
                       ==, count > 0 ? count : -1);
      g_assert_cmpint (store_test_int (db, "SELECT count(*) FROM notice_item"), ==, 2 * count);
      g_assert_cmpint (kai_outbox_count (db, KAI_OUTBOX_WAITING), ==, count);
      g_assert_true (kai_audit_log_verify (db, &lines, NULL));
      g_assert_cmpint (lines, ==, count);
      last = (int)count;
    }
  g_test_message ("%d changes survived %d kills", last, ROUNDS);
  g_assert_cmpint (last, >, ROUNDS);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--write"))
    return write_for_ever (argv[2]);
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/crash/killed", argv[0], test_killed);
  return g_test_run ();
}
