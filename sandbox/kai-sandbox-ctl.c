/* `kaipiao-sandbox ctl`: the payer, the bureau's key office and the weather, on the server's own
 * database. */
#include "kai-sandbox-call.h"
#include "kai-sandbox-counter.h"

#include "messages/kai-net-error.h"
#include "values/kai-error.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <locale.h>
#include <string.h>

enum
{
  EXIT_DONE = 0,
  EXIT_REFUSED = 1,
  EXIT_USAGE = 2,
  EXIT_NO_KEY = 4,
  EXIT_INPUT = 5,
  EXIT_STORE = 6
};

typedef struct
{
  char *dir, *output, *pin_file, *algorithm;
  char *bank, *amount, *trace_no;
  int channel;
  char **rest; /* what is left after the options: the words */
} Options;

static void
options_clear (Options *options)
{
  g_free (options->dir);
  g_free (options->output);
  g_free (options->pin_file);
  g_free (options->algorithm);
  g_free (options->bank);
  g_free (options->amount);
  g_free (options->trace_no);
  g_strfreev (options->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static int
fail (int status, const GError *error)
{
  g_printerr ("kaipiao-sandbox: %s\n", error->message);
  return status;
}

static int
usage (const char *sentence)
{
  g_printerr ("kaipiao-sandbox: %s\n%s\n", sentence, _ ("Try `kaipiao-sandbox ctl --help`."));
  return EXIT_USAGE;
}

/* ---- pay ---- */

static void
print_outcome (const char *code, KaiPayOutcome outcome)
{
  if (outcome == KAI_PAY_CONFIRMED)
    g_print (_ ("%s: paid\n"), code);
  else
    g_print (_ ("%s: was paid already; this payment was recorded and refunded\n"), code);
}

static int
pay_one (KaiSandbox *sandbox, const char *code, int channel)
{
  g_autoptr (GError) error = NULL;
  KaiPayOutcome outcome;
  const char *refusal = NULL;
  g_autofree char *why = NULL;

  if (!kai_sandbox_pay (sandbox, code, channel, &outcome, &refusal, &error))
    return fail (EXIT_STORE, error);
  if (outcome != KAI_PAY_REFUSED)
    print_outcome (code, outcome);
  else
    {
      why = kai_result_code_describe (kai_result_code_by_symbol (refusal)->code, NULL);
      g_printerr ("%s: %s\n", code, why);
      return EXIT_REFUSED;
    }
  return EXIT_DONE;
}

static int
run_pay (KaiSandbox *sandbox, const Options *options)
{
  int status = EXIT_DONE;

  if (!options->rest[0])
    return usage (_ ("pay needs at least one payment code."));
  if (options->channel < 1 || options->channel > 99)
    return usage (_ ("--channel must be a number from 1 to 99."));
  for (int i = 0; options->rest[i]; i++)
    {
      int one = pay_one (sandbox, options->rest[i], options->channel);

      if (one == EXIT_STORE)
        return one;
      status = MAX (status, one);
    }
  return status;
}

static int
run_counter_pay (KaiSandbox *sandbox, const Options *options)
{
  g_autoptr (GError) error = NULL;
  const char *code = options->rest[0];
  KaiPayOutcome outcome;

  if (!code || options->rest[1])
    return usage (_ ("counter-pay needs one payment code."));
  if (kai_sandbox_counter_pay (sandbox, code, options->bank, options->amount, options->trace_no,
                               &outcome, &error))
    {
      print_outcome (code, outcome);
      return EXIT_DONE;
    }
  if (g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_FAULT))
    {
      g_printerr ("%s: %s\n", code, error->message);
      return EXIT_REFUSED;
    }
  return fail (error->domain == KAI_DATA_ERROR ? EXIT_INPUT : EXIT_STORE, error);
}

/* ---- issue-key ---- */

static char *
read_pin (const char *path, GError **error)
{
  g_autofree char *text = NULL, *pin = NULL;
  g_autoptr (GError) local = NULL;

  if (!g_file_get_contents (path, &text, NULL, &local))
    {
      kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE, _ ("The PIN file cannot be read: %s"),
                     local->message);
      return NULL;
    }
  pin = kai_text_dup_first_line (text);
  if (*pin)
    return g_steal_pointer (&pin);
  kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                 _ ("The PIN file %s is empty. Write the PIN into its first line."), path);
  return NULL;
}

static int
run_issue_key (KaiSandbox *sandbox, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *pin = NULL;
  KaiAlgorithm algorithm = KAI_ALGORITHM_SM2;

  if (!options->rest[0] || options->rest[1] || !options->output || !options->pin_file)
    return usage (_ ("issue-key needs a user code, -o FILE.p12 and --pin-file FILE."));
  if (options->algorithm && !kai_algorithm_parse (options->algorithm, &algorithm))
    return usage (_ ("--algorithm is rsa, p256 or sm2."));
  pin = read_pin (options->pin_file, &error);
  if (!pin)
    return fail (EXIT_INPUT, error);
  if (!kai_sandbox_issue_key (sandbox, options->rest[0], algorithm, pin, options->output, &error))
    return fail (EXIT_REFUSED, error);
  return EXIT_DONE;
}

static int
run_revoke (KaiSandbox *sandbox, const Options *options)
{
  g_autoptr (GError) error = NULL;
  int revoked = 0;

  if (!options->rest[0] || options->rest[1])
    return usage (_ ("revoke needs a user code or the serial of a certificate."));
  if (!kai_sandbox_revoke (sandbox, options->rest[0], &revoked, &error))
    return fail (EXIT_STORE, error);
  if (revoked == 0)
    {
      g_printerr (_ ("%s has no certificate that could be revoked.\n"), options->rest[0]);
      return EXIT_REFUSED;
    }
  g_print (ngettext ("%d certificate revoked\n", "%d certificates revoked\n", revoked), revoked);
  return EXIT_DONE;
}

/* ---- the socket's secrets ---- */

static int
write_secret (KaiSandbox *sandbox, const Options *options, gboolean key)
{
  g_autoptr (GError) error = NULL;

  if (!options->rest[0] || options->rest[1] || !options->output)
    return usage (_ ("token and token-key need the code of a node and -o FILE."));
  if (!kai_sandbox_write_secret (sandbox, options->rest[0], key, options->output, &error))
    return fail (EXIT_REFUSED, error);
  return EXIT_DONE;
}

static int
run_token (KaiSandbox *sandbox, const Options *options)
{
  return write_secret (sandbox, options, FALSE);
}

static int
run_token_key (KaiSandbox *sandbox, const Options *options)
{
  return write_secret (sandbox, options, TRUE);
}

/* ---- fault, limit, state ---- */

static int
run_fault (KaiSandbox *sandbox, const Options *options)
{
  g_autoptr (GError) error = NULL;

  if (!options->rest[0])
    return usage (_ ("fault needs what is to go wrong, for example drop-answer:8994."));
  for (int i = 0; options->rest[i]; i++)
    if (!kai_sandbox_add_fault (sandbox, options->rest[i], &error))
      return fail (g_error_matches (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID) ? EXIT_USAGE
                                                                                   : EXIT_STORE,
                   error);
  return EXIT_DONE;
}

static int
run_limit (KaiSandbox *sandbox, const Options *options)
{
  g_autoptr (GError) error = NULL;
  gint64 days;

  if (!options->rest[0] || !options->rest[1] || options->rest[2]
      || !(g_str_equal (options->rest[0], "notice_days")
               ? g_ascii_string_to_signed (options->rest[1], 10, 1, 366, &days, NULL)
               : g_str_equal (options->rest[0], "two_person")
                     && g_ascii_string_to_signed (options->rest[1], 10, 0, 1, &days, NULL)))
    return usage (_ ("limit is written `limit notice_days N`, N from 1 to 366, or `limit "
                     "two_person 0` or `1`."));
  if (!kai_database_set_setting (sandbox->db, options->rest[0], options->rest[1], &error))
    return fail (EXIT_STORE, error);
  return EXIT_DONE;
}

static int
run_state (KaiSandbox *sandbox, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (options->rest[0])
    return usage (_ ("state takes no words after it."));
  if (!kai_sandbox_lapse (sandbox, &error))
    return fail (EXIT_STORE, error);
  text = kai_sandbox_dup_state (sandbox, &error);
  if (!text)
    return fail (EXIT_STORE, error);
  g_print ("%s\n", text);
  return EXIT_DONE;
}

static const struct
{
  const char *name;
  int (*run) (KaiSandbox *sandbox, const Options *options);
} commands[] = {
  { "counter-pay", run_counter_pay },
  { "token", run_token },
  { "token-key", run_token_key },
  { "pay", run_pay },
  { "issue-key", run_issue_key },
  { "fault", run_fault },
  { "limit", run_limit },
  { "state", run_state },
  { "revoke", run_revoke },
};

static gboolean
parse (int argc, char **argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "dir", 'd', 0, G_OPTION_ARG_FILENAME, &options->dir, N_ ("The server's directory"), "DIR" },
    { "channel", 0, 0, G_OPTION_ARG_INT, &options->channel,
      N_ ("pay: the channel (1 bank counter, 2 QR code, 3 online …)"), "N" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      N_ ("issue-key, token, token-key: the new file"), "FILE" },
    { "pin-file", 0, 0, G_OPTION_ARG_FILENAME, &options->pin_file,
      N_ ("issue-key: file whose first line is the PIN"), "FILE" },
    { "bank", 0, 0, G_OPTION_ARG_STRING, &options->bank,
      N_ ("counter-pay: the bank's node; else the first one"), "NODE" },
    { "amount", 0, 0, G_OPTION_ARG_STRING, &options->amount,
      N_ ("counter-pay: what is paid; else the notice's amount"), "YUAN" },
    { "trace-no", 0, 0, G_OPTION_ARG_STRING, &options->trace_no,
      N_ ("counter-pay: the bank's transaction number; else a new one"), "NUMBER" },
    { "algorithm", 0, 0, G_OPTION_ARG_STRING, &options->algorithm,
      N_ ("issue-key: rsa, p256 or sm2"), "A" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->rest, NULL, NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("ctl COMMAND …"));
  g_auto (GStrv) copy = g_strdupv (argv);
  char **cursor = copy;
  gboolean ok;

  g_option_context_set_summary (
      context,
      _ ("Commands:\n"
         "  pay CODE… [--channel N]      pay notices, as the payment platform does\n"
         "  issue-key USER -o FILE --pin-file FILE [--algorithm A]\n"
         "                               a key and certificate of that user\n"
         "  revoke USER|SERIAL           revoke certificates (DIR/crl.pem, 8675)\n"
         "  counter-pay CODE [--bank NODE] [--amount YUAN] [--trace-no NUMBER]\n"
         "                               pay a notice at a bank's counter, over the socket\n"
         "  token NODE -o FILE           the node's token for the socket\n"
         "  token-key NODE -o FILE       its 3DES key\n"
         "  state                        what the server holds, as JSON\n"
         "  fault SPEC…                  drop-request, drop-answer, http-500, delay:MS, "
         "cut:BYTES,\n"
         "                               clock:SECONDS, clear\n"
         "  limit notice_days N          how long a notice may stay unpaid\n"
         "  limit two_person 0|1         whether a second person checks notices"));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  options->channel = KAI_SANDBOX_CHANNEL_ONLINE;
  ok = g_option_context_parse_strv (context, &cursor, error);
  if (ok && !options->rest)
    options->rest = g_new0 (char *, 1);
  return ok;
}

/* Takes the first of the words. */
static char *
shift (Options *options)
{
  char *word = options->rest[0];

  for (int i = 0; options->rest[i]; i++)
    options->rest[i] = options->rest[i + 1];
  return word;
}

int
kai_sandbox_ctl (int argc, char **argv)
{
  g_auto (Options) options = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSandbox) sandbox = NULL;
  g_autofree char *command = NULL;

  if (!parse (argc, argv, &options, &error))
    return usage (error->message);
  if (!options.dir || !options.rest[0])
    return usage (_ ("ctl needs --dir DIR and a command."));
  command = shift (&options);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      if (!g_str_equal (commands[i].name, command))
        continue;
      sandbox = kai_sandbox_open (options.dir, FALSE, &error);
      return sandbox ? commands[i].run (sandbox, &options) : fail (EXIT_STORE, error);
    }
  return usage (_ ("ctl does not know this command."));
}
