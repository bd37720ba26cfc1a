/* The program itself: start, ready line, lock, port, ctl, SIGTERM. */
#include "kai-test.h"

#include "security/kai-certificate.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>

static char *
program (void)
{
  return g_test_build_filename (G_TEST_BUILT, "..", "sandbox", "kaipiao-sandbox", NULL);
}

/* Starts the server and waits for its ready line; *port set. */
static GSubprocess *
start (const char *dir, int *port)
{
  g_autofree char *path = program ();
  g_autoptr (GError) error = NULL;
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, path, "--dir",
                                           dir, "--demo-data", "--print-ready", NULL);
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *line = NULL;

  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  line = g_data_input_stream_read_line (lines, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (line, "ready https://127.0.0.1:"));
  g_assert_true (g_str_has_suffix (line, "/exchange"));
  *port = atoi (line + strlen ("ready https://127.0.0.1:"));
  return process;
}

static void
stop (GSubprocess *process)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_send_signal (process, SIGTERM);
  g_subprocess_wait (process, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
  g_object_unref (process);
}

/* Runs `kaipiao-sandbox @command` (words by spaces); exit status. @out, @err nullable. */
static int
run (const char *command, char **out, char **err)
{
  g_autofree char *path = program (), *line = g_strconcat (path, " ", command, NULL);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process =
      g_subprocess_newv ((const char *const *)argv,
                         G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);

  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, out, err, &error);
  g_assert_no_error (error);
  return g_subprocess_get_exit_status (process);
}

static void
test_server (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *below = g_build_filename (dir, "training", NULL);
  g_autofree char *other = g_build_filename (dir, "other", NULL);
  g_autofree char *second = g_strdup_printf ("--dir %s", below), *same_port = NULL;
  g_autofree char *err = NULL, *port_err = NULL, *ca = g_build_filename (below, "ca.pem", NULL);
  g_autofree char *before = NULL, *after = NULL;
  GStatBuf info;
  int port;
  GSubprocess *process = start (below, &port);

  g_assert_cmpint (g_stat (below, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  g_assert_cmpint (run (second, NULL, &err), ==, 6);
  g_assert_nonnull (strstr (err, below));
  same_port = g_strdup_printf ("--dir %s --port %d", other, port);
  g_assert_cmpint (run (same_port, NULL, &port_err), ==, 6);
  g_assert_nonnull (strstr (port_err, "--port"));
  g_assert_true (g_file_get_contents (ca, &before, NULL, NULL));
  stop (process);
  /* A second start keeps authority and data. */
  process = start (below, &port);
  g_assert_true (g_file_get_contents (ca, &after, NULL, NULL));
  g_assert_cmpstr (before, ==, after);
  stop (process);
}

static void
test_key (void)
{
  static const char *const algorithms[] = { "rsa", "p256", "sm2" };
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *pin = g_build_filename (dir, "pin", NULL);
  int port;
  GSubprocess *process = start (dir, &port);

  g_assert_true (g_file_set_contents (pin, "Test-1234\n", -1, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s.p12", dir, algorithms[i]);
      g_autofree char *uri = g_strconcat ("file:", path, NULL), *user = NULL, *unit = NULL,
                      *name = NULL;
      g_autofree char *command =
          g_strdup_printf ("ctl --dir %s issue-key 32068400101 -o %s --pin-file %s --algorithm %s",
                           dir, path, pin, algorithms[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiKey) key = NULL;
      X509 *certificate;
      GStatBuf info;

      g_assert_cmpint (run (command, NULL, NULL), ==, 0);
      g_assert_cmpint (g_stat (path, &info), ==, 0);
      g_assert_cmpint (info.st_mode & 0777, ==, 0600);
      key = kai_key_open (uri, "Test-1234", &error);
      g_assert_no_error (error);
      certificate = kai_key_get_certificate (key);
      user = kai_certificate_dup_user (certificate);
      unit = kai_certificate_dup_unit (certificate);
      name = kai_certificate_dup_name (certificate);
      g_assert_cmpstr (user, ==, "32068400101");
      g_assert_cmpstr (unit, ==, "320684001");
      g_assert_cmpstr (name, ==, "顾晓雯");
      g_assert_cmpstr (kai_algorithm_to_string (kai_key_get_algorithm (key)), ==, algorithms[i]);
      /* Never overwritten. */
      g_assert_cmpint (run (command, NULL, NULL), ==, 1);
    }
  stop (process);
}

static void
assert_array (JsonObject *state, const char *name, guint least, const char *const *keys)
{
  JsonArray *array = json_object_get_array_member (state, name);

  g_assert_nonnull (array);
  g_assert_cmpuint (json_array_get_length (array), >=, least);
  for (guint i = 0; i < json_array_get_length (array); i++)
    for (int k = 0; keys[k]; k++)
      g_assert_true (json_object_has_member (json_array_get_object_element (array, i), keys[k]));
}

/* The keys of the contract, and what the demo data must hold; also while no server runs. */
static void
test_state (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *command = g_strdup_printf ("ctl --dir %s state", dir), *out = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonObject *state;
  int port;

  stop (start (dir, &port));
  g_assert_cmpint (run (command, &out, NULL), ==, 0);
  json_parser_load_from_data (parser, out, -1, &error);
  g_assert_no_error (error);
  state = json_node_get_object (json_parser_get_root (parser));
  assert_array (state, "users", 10, (const char *[]){ "code", "unit", "roles", NULL });
  assert_array (state, "units", 3, (const char *[]){ "code", "name", NULL });
  assert_array (state, "items", 20,
                (const char *[]){ "code", "name", "standard", "min", "max", NULL });
  assert_array (state, "bill_types", 4, (const char *[]){ "code", "name", "electronic", NULL });
  assert_array (state, "notices", 0,
                (const char *[]){ "payment_code", "payer", "amount", "state", NULL });
  assert_array (state, "ebills", 0, (const char *[]){ "number", NULL });
  assert_array (state, "ranges", 6,
                (const char *[]){ "type", "holder", "state", "first", "last", "count", NULL });
  assert_array (state, "messages", 0, (const char *[]){ "id", "number", "result", NULL });
}

static void
test_usage (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  static const struct
  {
    const char *words;
    int status;
  } rows[] = {
    { "", 2 },
    { "--port 1", 2 },
    { "--dir %s --port 70000", 2 },
    { "--nonsense", 2 },
    { "ctl", 2 },
    { "ctl --dir %s", 2 },
    { "ctl --dir %s dance", 2 },
    { "ctl --dir %s state", 6 },
    { "ctl --dir %s/none state", 6 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *command = g_strdup (rows[i].words), *err = NULL;
      g_auto (GStrv) parts = g_strsplit (rows[i].words, "%s", 2);
      g_autofree char *filled =
          parts[0] && parts[1] ? g_strconcat (parts[0], dir, parts[1], NULL) : g_strdup (command);

      g_test_message ("%s", rows[i].words);
      g_assert_cmpint (run (filled, NULL, &err), ==, rows[i].status);
      g_assert_cmpstr (err, !=, "");
    }
}

static void
test_pay_refused (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *command = g_strdup_printf ("ctl --dir %s pay 32068426101000000018", dir),
                  *err = NULL;
  g_autofree char *channel = g_strdup_printf ("ctl --dir %s pay 1 --channel 0", dir);
  int port;

  stop (start (dir, &port));
  g_assert_cmpint (run (command, NULL, &err), ==, 1);
  g_assert_nonnull (strstr (err, "32068426101000000018"));
  g_assert_cmpint (run (channel, NULL, NULL), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sandbox/program/server", test_server);
  g_test_add_func ("/sandbox/program/key", test_key);
  g_test_add_func ("/sandbox/program/state", test_state);
  g_test_add_func ("/sandbox/program/usage", test_usage);
  g_test_add_func ("/sandbox/program/pay-refused", test_pay_refused);
  return g_test_run ();
}
