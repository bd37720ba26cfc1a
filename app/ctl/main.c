/* kaipiaoctl: everything the window does, for night runs, scripts and tests. The contract of commands, keys and exit
 * statuses is docs/command-line.md. */
#include "kai-ctl.h"
#include "kai-runtime.h"
#include "store/kai-database-health.h"
#include "sync/kai-desk-log.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

static const KaiCtlCommand *const all_commands[] = {
  kai_ctl_base_data_commands,   kai_ctl_notice_commands,   kai_ctl_find_commands,
  kai_ctl_import_commands,      kai_ctl_sync_commands,     kai_ctl_ebill_commands,
  kai_ctl_verify_commands,      kai_ctl_stock_commands,    kai_ctl_print_commands,
  kai_ctl_roster_commands,      kai_ctl_report_commands,   kai_ctl_store_commands,
  kai_ctl_log_commands,         kai_ctl_inspect_commands,  kai_ctl_socket_commands,
  kai_ctl_certificate_commands, kai_ctl_protocol_commands, kai_ctl_review_commands,
  kai_ctl_pin_commands,
};

static KaiCtl ctl;
static char **rest;

static const GOptionEntry common_entries[] = {
  { "home", 0, 0, G_OPTION_ARG_FILENAME, &ctl.home, N_ ("Data directory"), N_ ("DIR") },
  { "server", 0, 0, G_OPTION_ARG_STRING, &ctl.server, N_ ("Address of the finance server"), "URL" },
  { "user", 0, 0, G_OPTION_ARG_STRING, &ctl.user, N_ ("User code"), N_ ("CODE") },
  { "key", 0, 0, G_OPTION_ARG_STRING, &ctl.key_uri, N_ ("Key: file:PATH.p12"), "URI" },
  { "pin-file", 0, 0, G_OPTION_ARG_FILENAME, &ctl.pin_file,
    N_ ("File that holds the PIN (or use the variable KAIPIAO_PIN)"), N_ ("FILE") },
  { "trust", 0, 0, G_OPTION_ARG_FILENAME, &ctl.trust,
    N_ ("Root certificates of the server and of signatures"), "FILE.pem" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &ctl.as_json, N_ ("One JSON document on standard output"),
    NULL },
  { "trace", 0, 0, G_OPTION_ARG_FILENAME, &ctl.trace, N_ ("Keep every request and answer in DIR"),
    N_ ("DIR") },
  { "offline", 0, 0, G_OPTION_ARG_NONE, &ctl.offline, N_ ("Never open a connection"), NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, NULL },
  { NULL }
};

/* TRUE when argv[*i] is a common option; *i moves on to its value. */
static gboolean
skip_common_option (char **argv, int *i)
{
  const char *name = argv[*i] + 2;
  gsize length = strcspn (name, "=");

  if (!g_str_has_prefix (argv[*i], "--"))
    return FALSE;
  for (int e = 0; *common_entries[e].long_name; e++)
    if (strlen (common_entries[e].long_name) == length
        && strncmp (name, common_entries[e].long_name, length) == 0)
      {
        if (common_entries[e].arg != G_OPTION_ARG_NONE && name[length] == '\0' && argv[*i + 1])
          (*i)++;
        return TRUE;
      }
  return FALSE;
}

/* The first words that are not options or values of common options: the command may stand before or after them. */
static int
find_words (char **argv, const char *words[2])
{
  int n = 0;

  for (int i = 1; argv[i] && n < 2; i++)
    {
      if (g_str_equal (argv[i], "--"))
        break;
      if (argv[i][0] != '-')
        {
          words[n++] = argv[i];
          continue;
        }
      if (!skip_common_option (argv, &i) && n > 0)
        break; /* an option of the command itself: its value is not a word */
    }
  return n;
}

static const KaiCtlCommand *
find_command (const char *words[2], int n)
{
  for (guint i = 0; n > 0 && i < G_N_ELEMENTS (all_commands); i++)
    for (const KaiCtlCommand *c = all_commands[i]; c->group; c++)
      if (g_str_equal (c->group, words[0])
          && (!c->action || (n > 1 && g_str_equal (c->action, words[1]))))
        return c;
  return NULL;
}

static void
print_commands (const char *group)
{
  g_printerr (_ ("Commands:\n"));
  for (guint i = 0; i < G_N_ELEMENTS (all_commands); i++)
    for (const KaiCtlCommand *c = all_commands[i]; c->group; c++)
      if (!group || g_str_equal (group, c->group))
        g_printerr ("  kaipiaoctl %s%s%s %s\n      %s\n", c->group, c->action ? " " : "",
                    c->action ? c->action : "", c->usage, _ (c->summary));
  g_printerr (_ ("Options of every command: kaipiaoctl COMMAND --help\n"));
}

static gboolean
is_group (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (all_commands); i++)
    for (const KaiCtlCommand *c = all_commands[i]; c->group; c++)
      if (g_str_equal (c->group, word))
        return TRUE;
  return FALSE;
}

static void
explain_usage (const char *words[2], int n)
{
  if (n == 0)
    g_printerr (_ ("A command is missing.\n"));
  else if (is_group (words[0]))
    g_printerr (_ ("“kaipiaoctl %s” needs one of these actions.\n"), words[0]);
  else
    g_printerr (_ ("There is no command “%s”.\n"), words[0]);
  print_commands (n > 0 && is_group (words[0]) ? words[0] : NULL);
}

static gboolean
parse_options (const KaiCtlCommand *command, char ***argv, GError **error)
{
  g_autofree char *usage =
      command ? g_strdup_printf ("%s %s %s", command->group, command->action ? command->action : "",
                                 command->usage)
              : g_strdup (_ ("COMMAND …"));
  g_autoptr (GOptionContext) context = g_option_context_new (usage);

  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  if (command)
    g_option_context_set_summary (context, _ (command->summary));
  g_option_context_add_main_entries (context, common_entries, GETTEXT_PACKAGE);
  if (command && command->entries)
    g_option_context_add_main_entries (context, command->entries, GETTEXT_PACKAGE);
  return g_option_context_parse_strv (context, argv, error);
}

/* What came in place of a result is in the document too. */
static void
report_error (const GError *error)
{
  KaiExit status = kai_ctl_exit_of (error);

  g_printerr ("%s\n", error->message);
  kai_ctl_raise (&ctl, status);
  kai_ctl_member (&ctl, "error", kai_ctl_exit_name (ctl.status));
  kai_ctl_member (&ctl, "message", error->message);
}

static void
print_json (void)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_end_object (ctl.json);
  root = json_builder_get_root (ctl.json);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  text = json_generator_to_data (generator, NULL);
  /* Not g_print: the document is UTF-8 whatever the terminal's character set is. */
  puts (text);
}

/* A result that did not reach its file is none: a full disk is told, not passed over. */
static void
flush_output (void)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return;
  g_printerr (_ ("The output could not be written: %s.\n"), g_strerror (errno));
  kai_ctl_raise (&ctl, KAI_EXIT_REFUSED);
}

static void
begin_json (void)
{
  ctl.json = json_builder_new ();
  json_builder_begin_object (ctl.json);
}

/* What this command wrote is under the user's signature: nobody can make it anew afterwards. What cannot be signed now, the next one signs. */
static void
sign_log (void)
{
  g_autoptr (GError) error = NULL;

  if (ctl.desk && kai_desk_get_key (ctl.desk)
      && !kai_database_get_read_only (kai_desk_get_database (ctl.desk))
      && !kai_desk_sign_log (ctl.desk, TRUE, &error))
    g_info ("The log was not signed: %s", error->message);
}

static void
clear (void)
{
  sign_log ();
  g_clear_pointer (&ctl.engine, kai_sync_engine_free);
  g_clear_pointer (&ctl.desk, kai_desk_close);
  g_clear_error (&ctl.link_error);
  g_clear_object (&ctl.json);
  g_clear_pointer (&rest, g_strfreev);
  g_free (ctl.home);
  g_free (ctl.server);
  g_free (ctl.user);
  g_free (ctl.key_uri);
  g_free (ctl.pin_file);
  g_free (ctl.trust);
  g_free (ctl.trace);
}

/* Wrong usage, found before there was a command to run; a script that asked for JSON gets its document. */
static int
fail_usage (char **argv, const char *message)
{
  if (g_strv_contains ((const char *const *)argv, "--json"))
    {
      begin_json ();
      kai_ctl_member (&ctl, "error", kai_ctl_exit_name (KAI_EXIT_USAGE));
      kai_ctl_member (&ctl, "message", message);
      print_json ();
    }
  clear ();
  return KAI_EXIT_USAGE;
}

/* An empty value is mostly a variable of a script that was not set. */
static gboolean
check_common_options (GError **error)
{
  const struct
  {
    const char *name, *value;
  } options[] = { { "home", ctl.home },   { "pin-file", ctl.pin_file }, { "key", ctl.key_uri },
                  { "trust", ctl.trust }, { "trace", ctl.trace },       { "user", ctl.user } };

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    if (options[i].value && !*options[i].value)
      return kai_ctl_usage (error, _ ("--%s has an empty value. Give one or leave it out."),
                            options[i].name);
  return TRUE;
}

static gboolean
check_words (const KaiCtlCommand *command, char **args, GError **error)
{
  return !args[0] || g_ascii_isupper (*command->usage)
         || kai_ctl_usage (
             error, _ ("“%s” does not belong there: this command takes options only."), args[0]);
}

/* Names and numbers are empty then; who failed for it has said so already. */
static void
warn_locked (void)
{
  if (!ctl.desk || !kai_desk_is_locked (ctl.desk))
    return;
  kai_ctl_member_bool (&ctl, "locked", TRUE);
  if (ctl.status != KAI_EXIT_NOT_ALLOWED)
    g_printerr ("%s\n", kai_desk_get_lock_sentence (ctl.desk));
}

/* On a full disk, or where nobody may write; what failed for it has said so already. */
static void
warn_read_only (void)
{
  const char *why = ctl.desk ? kai_database_get_read_only (kai_desk_get_database (ctl.desk)) : NULL;

  if (!why)
    return;
  kai_ctl_member_bool (&ctl, "read_only", TRUE);
  if (ctl.status != KAI_EXIT_STORE)
    g_printerr ("%s\n", why);
}

/* Large stores are looked through once a day: for who never opens the window, after the night's sync. */
static void
look_through_store (const KaiCtlCommand *command)
{
  KaiDatabase *db = ctl.desk ? kai_desk_get_database (ctl.desk) : NULL;
  g_autoptr (GError) error = NULL;

  if (db && g_str_equal (command->group, "sync") && kai_database_is_check_due (db)
      && !kai_database_look_through (db, &error))
    report_error (error);
}

static void
run (const KaiCtlCommand *command)
{
  g_autoptr (GError) error = NULL;
  static char *none[] = { NULL };
  /* Our own words stand first among what is left. */
  char **args = rest ? rest + MIN (g_strv_length (rest), command->action ? 2 : 1) : none;

  begin_json ();
  if (ctl.trace && *ctl.trace)
    g_printerr (
        _ ("Requests and answers are kept in %s. They hold personal data: delete them when you are "
           "done.\n"),
        ctl.trace);
  if (!check_common_options (&error) || !check_words (command, args, &error)
      || !command->run (&ctl, args, &error))
    report_error (error);
  look_through_store (command);
  kai_ctl_warn_clock (&ctl);
  warn_locked ();
  warn_read_only ();
  if (ctl.as_json)
    print_json ();
  flush_output ();
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) copy = NULL;
  const char *words[2] = { NULL, NULL };
  const KaiCtlCommand *command;
  int n;

  kai_runtime_init ();
  /* Not a common option: “stock” has a --version of its own. */
  if (argc == 2 && g_str_equal (argv[1], "--version"))
    {
      g_print ("kaipiaoctl %s\n", KAI_VERSION);
      return KAI_EXIT_DONE;
    }
  copy = g_strdupv (argv);
  n = find_words (argv, words);
  command = find_command (words, n);
  if (!command && n > 0)
    {
      explain_usage (words, n);
      return fail_usage (argv, _ ("There is no such command."));
    }
  if (!parse_options (command, &copy, &error))
    {
      if (error->domain == G_CONVERT_ERROR)
        {
          g_clear_error (&error);
          kai_ctl_usage (&error, _ ("A word of the command is not in the character set of this "
                                    "system (UTF-8). Type it again."));
        }
      g_printerr ("%s\n", error->message);
      return fail_usage (argv, error->message);
    }
  if (!command)
    {
      explain_usage (words, n);
      return fail_usage (argv, _ ("A command is missing."));
    }
  run (command);
  clear ();
  return ctl.status;
}
