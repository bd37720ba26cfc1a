/* kaipiao-sandbox: the training server, and `ctl`. */
#include "kai-sandbox-server.h"

#include "values/kai-text.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>

static gboolean
on_stop_cb (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_CONTINUE;
}

static int
serve (const char *dir, int port, int socket_port, gboolean demo_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (KaiSandboxServer) server = kai_sandbox_server_new (dir, port, demo_data, &error);

  if (!server
      || (socket_port >= 0 && !kai_sandbox_server_open_socket (server, socket_port, &error)))
    {
      g_printerr ("kaipiao-sandbox: %s\n", error->message);
      return 6;
    }
  g_unix_signal_add (SIGTERM, on_stop_cb, loop);
  g_unix_signal_add (SIGINT, on_stop_cb, loop);
  if (socket_port >= 0)
    g_print ("socket %s\n", kai_sandbox_server_get_socket_address (server));
  g_print ("ready %s/exchange\n", kai_sandbox_server_get_address (server));
  fflush (stdout);
  g_main_loop_run (loop);
  return 0;
}

static int
run_server (int argc, char **argv)
{
  g_autofree char *dir = NULL;
  int port = 0, socket_port = -1;
  gboolean demo_data = FALSE, print_ready = FALSE;
  const GOptionEntry entries[] = {
    { "dir", 'd', 0, G_OPTION_ARG_FILENAME, &dir,
      N_ ("Directory of database and keys, made when missing"), "DIR" },
    { "port", 'p', 0, G_OPTION_ARG_INT, &port, N_ ("Port on 127.0.0.1; 0 or none: a free one"),
      "N" },
    { "socket-port", 0, 0, G_OPTION_ARG_INT, &socket_port,
      N_ ("Serve the published socket too, on this port of 127.0.0.1; 0: a free one"), "N" },
    { "demo-data", 0, 0, G_OPTION_ARG_NONE, &demo_data,
      N_ ("Fill an empty database with made-up units, users and items"), NULL },
    { "print-ready", 0, 0, G_OPTION_ARG_NONE, &print_ready,
      N_ ("Print “ready ADDRESS” when serving (always done)"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) copy = g_strdupv (argv);
  char **cursor = copy;

  g_option_context_set_summary (
      context, _ ("A finance server for training and tests. `kaipiao-sandbox ctl --help` "
                  "tells how to pay, issue keys and make faults."));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse_strv (context, &cursor, &error))
    {
      g_printerr ("kaipiao-sandbox: %s\n", error->message);
      return 2;
    }
  if (!dir || port < 0 || port > 65535 || socket_port < -1 || socket_port > 65535
      || g_strv_length (cursor) > 1)
    {
      g_printerr ("kaipiao-sandbox: %s\n",
                  _ ("Say which directory to use with --dir DIR; ports are numbers up to 65535."));
      return 2;
    }
  return serve (dir, port, socket_port, demo_data);
}

int
main (int argc, char **argv)
{
  kai_text_init_locale ();
  bindtextdomain (GETTEXT_PACKAGE, KAI_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  if (argc > 1 && g_str_equal (argv[1], "ctl"))
    {
      argv[1] = argv[0];
      return kai_sandbox_ctl (argc - 1, argv + 1);
    }
  return run_server (argc, argv);
}
