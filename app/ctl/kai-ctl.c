/* What the commands of kaipiaoctl share: desk, engine, output, exit status. */
#include "kai-ctl.h"

#include "backup/kai-restored.h"
#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "store/kai-audit-log.h"
#include "sync/kai-desk-queue.h"
#include "transport/kai-socket-client.h"
#include "values/kai-error.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <string.h>
#include <unistd.h>

#define CLOCK_WARNING_S 20

/* clang-format off */ /* the name is a string */
G_DEFINE_QUARK (kai-ctl-error-quark, kai_ctl_error)
/* clang-format on */

gboolean
kai_ctl_usage (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error)
    *error = g_error_new_valist (KAI_CTL_ERROR, KAI_CTL_ERROR_USAGE, format, args);
  va_end (args);
  return FALSE;
}

gboolean
kai_ctl_usage_from (GError **error)
{
  g_autofree char *message = error && *error ? g_strdup ((*error)->message) : g_strdup ("");

  g_clear_error (error);
  return kai_ctl_usage (error, "%s", message);
}

void
kai_ctl_say (KaiCtl *ctl, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (ctl->as_json)
    g_printerr ("%s\n", text);
  else
    g_print ("%s\n", text);
}

void
kai_ctl_raise (KaiCtl *ctl, KaiExit status)
{
  if (status > ctl->status)
    ctl->status = status;
}

static KaiExit
exit_of_data (int code)
{
  switch ((KaiDataError)code)
    {
    case KAI_DATA_ERROR_NOT_ALLOWED:
      return KAI_EXIT_NOT_ALLOWED;
    case KAI_DATA_ERROR_UNREADABLE:
      return KAI_EXIT_BAD_INPUT;
    case KAI_DATA_ERROR_DAMAGED:
    case KAI_DATA_ERROR_NEWER:
    case KAI_DATA_ERROR_FULL:
    case KAI_DATA_ERROR_READ_ONLY:
    case KAI_DATA_ERROR_BUSY:
    case KAI_DATA_ERROR_IO:
      return KAI_EXIT_STORE;
    case KAI_DATA_ERROR_INVALID:
    case KAI_DATA_ERROR_NOT_FOUND:
    case KAI_DATA_ERROR_CONFLICT:
    case KAI_DATA_ERROR_LIMIT:
    case KAI_DATA_ERROR_NO_NUMBERS:
      break;
    }
  return KAI_EXIT_REFUSED;
}

static KaiExit
exit_of_net (int code)
{
  switch ((KaiNetError)code)
    {
    case KAI_NET_ERROR_NO_KEY:
    case KAI_NET_ERROR_PIN:
      return KAI_EXIT_NOT_ALLOWED;
    case KAI_NET_ERROR_REFUSED:
    case KAI_NET_ERROR_FIELD:
    case KAI_NET_ERROR_UNKNOWN_MESSAGE:
      return KAI_EXIT_REFUSED;
    /* A fault may come from anybody and is never acted on: what it was about stays queued. */
    case KAI_NET_ERROR_FAULT:
    case KAI_NET_ERROR_UNREACHABLE:
    case KAI_NET_ERROR_TLS:
    case KAI_NET_ERROR_MALFORMED:
    case KAI_NET_ERROR_SIGNATURE:
    case KAI_NET_ERROR_CERTIFICATE:
    case KAI_NET_ERROR_TIME:
    case KAI_NET_ERROR_REPLY:
    case KAI_NET_ERROR_OFFLINE:
      break;
    }
  return KAI_EXIT_UNREACHED;
}

KaiExit
kai_ctl_exit_of (const GError *error)
{
  if (error->domain == KAI_CTL_ERROR || error->domain == G_OPTION_ERROR)
    return KAI_EXIT_USAGE;
  if (error->domain == KAI_NET_ERROR)
    return exit_of_net (error->code);
  if (error->domain == KAI_DATA_ERROR)
    return exit_of_data (error->code);
  return KAI_EXIT_REFUSED;
}

const char *
kai_ctl_exit_name (KaiExit status)
{
  static const char *const names[] = { "done",        "refused",   "usage", "unreached",
                                       "not-allowed", "bad-input", "store" };

  return names[status];
}

/* ---- connection and key ---- */

static void
take_option (char **field, const char *option)
{
  if (!option)
    return;
  g_free (*field);
  *field = g_strdup (option);
}

/* An address that can never work is not remembered, and nothing is queued for it. */
static gboolean
check_server (const char *server, GError **error)
{
  g_autofree char *scheme = server ? g_uri_parse_scheme (server) : NULL;

  return !server || g_strcmp0 (scheme, "https") == 0 || g_strcmp0 (scheme, KAI_SOCKET_SCHEME) == 0
         || kai_ctl_usage (error, _ ("--server is the address of the finance server, for example "
                                     "https://finance.example/exchange."));
}

KaiConnection *
kai_ctl_connection (KaiCtl *ctl, GError **error)
{
  g_autofree char *home = ctl->home ? g_strdup (ctl->home) : kai_connection_default_home ();
  g_autoptr (KaiConnection) connection = kai_connection_load (home, error);
  g_autofree char *trust = ctl->trust ? g_canonicalize_filename (ctl->trust, NULL) : NULL;
  g_autofree char *key = NULL;

  if (!connection)
    return NULL;
  if (!check_server (ctl->server, error))
    return NULL;
  if (ctl->key_uri && g_str_has_prefix (ctl->key_uri, "file:")
      && !g_str_has_prefix (ctl->key_uri, "file:/"))
    {
      g_autofree char *path = g_canonicalize_filename (ctl->key_uri + strlen ("file:"), NULL);

      key = g_strconcat ("file:", path, NULL);
    }
  take_option (&connection->server, ctl->server);
  take_option (&connection->user, ctl->user);
  take_option (&connection->key_uri, key ? key : ctl->key_uri);
  take_option (&connection->trust_path, trust);
  take_option (&connection->trace_dir, ctl->trace);
  connection->offline = ctl->offline;
  return g_steal_pointer (&connection);
}

/* The PIN from --pin-file (its first line) or KAIPIAO_PIN; never from an argument. NULL without error when there is none. */
static char *
read_pin (KaiCtl *ctl, GError **error)
{
  const char *set = g_getenv ("KAIPIAO_PIN");
  g_autofree char *content = NULL;
  char *pin;
  g_autoptr (GError) local = NULL;

  if (!ctl->pin_file)
    return set && *set ? g_strdup (set) : NULL;
  if (!g_file_get_contents (ctl->pin_file, &content, NULL, &local))
    {
      kai_net_fail (error, KAI_NET_ERROR_PIN, _ ("The PIN file cannot be read: %s"),
                    local->message);
      return NULL;
    }
  pin = kai_text_dup_first_line (content);
  OPENSSL_cleanse (content, strlen (content));
  if (*pin)
    return pin;
  g_free (pin);
  kai_net_fail (error, KAI_NET_ERROR_PIN,
                _ ("The PIN file %s is empty. Write the PIN into its first line."), ctl->pin_file);
  return NULL;
}

static gboolean
fail_without_pin (GError **error)
{
  return kai_net_fail (
      error, KAI_NET_ERROR_PIN,
      _ ("The key needs its PIN. Give it with --pin-file FILE or in the variable KAIPIAO_PIN."));
}

static gboolean
open_key (KaiCtl *ctl, const KaiConnection *connection, KaiKey **key, GError **error)
{
  g_autoptr (GError) local = NULL;
  char *pin;

  if (!*connection->key_uri)
    return TRUE;
  pin = read_pin (ctl, &local);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!pin)
    {
      /* Reading what is here needs no key; what needs it says so. */
      return !ctl->key_uri || ctl->offline || fail_without_pin (error);
    }
  *key = kai_key_open (connection->key_uri, pin, error);
  OPENSSL_cleanse (pin, strlen (pin));
  g_free (pin);
  return *key != NULL;
}

KaiKey *
kai_ctl_open_key (KaiCtl *ctl, GError **error)
{
  g_autoptr (KaiConnection) connection = kai_ctl_connection (ctl, error);
  KaiKey *key = NULL;

  if (connection && !open_key (ctl, connection, &key, error))
    kai_ctl_raise (ctl, KAI_EXIT_NOT_ALLOWED);
  return key;
}

static gboolean
is_read_only (KaiCtl *ctl)
{
  return kai_database_get_read_only (kai_desk_get_database (ctl->desk)) != NULL;
}

/* What is listed is as of today, also in a store that was not opened for long. Where it cannot be written, reading goes on. */
static void
let_lapse (KaiCtl *ctl)
{
  g_autoptr (GError) error = NULL;

  if (!is_read_only (ctl) && kai_desk_lapse (ctl->desk, 0, &error) < 0)
    g_info ("What has lapsed could not be noted: %s", error->message);
}

/* Said until the server has told what happened since. */
static void
tell_restored (KaiCtl *ctl)
{
  if (kai_restored_is_open (kai_desk_get_database (ctl->desk)))
    g_printerr ("%s\n",
                _ ("This store was restored from a backup, or is a copy of another one. Its "
                   "unused numbers were given up; what happened since is asked for at the "
                   "next connection (kaipiaoctl sync)."));
}

KaiDesk *
kai_ctl_desk (KaiCtl *ctl, GError **error)
{
  g_autoptr (KaiConnection) connection = NULL;
  g_autoptr (KaiKey) key = NULL;
  g_autoptr (GError) local = NULL;

  if (ctl->desk)
    return ctl->desk;
  connection = kai_ctl_connection (ctl, error);
  if (!connection)
    return NULL;
  if (!open_key (ctl, connection, &key, &local))
    {
      kai_ctl_raise (ctl, KAI_EXIT_NOT_ALLOWED);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  ctl->desk = kai_desk_open (connection, key, &local);
  if (!ctl->desk)
    {
      /* Roots that cannot be read: nothing was tried with the server. */
      if (g_error_matches (local, KAI_NET_ERROR, KAI_NET_ERROR_CERTIFICATE))
        kai_ctl_raise (ctl, KAI_EXIT_BAD_INPUT);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  /* What worked once need not be said again. */
  if ((ctl->server || ctl->user || ctl->key_uri || ctl->trust) && !is_read_only (ctl)
      && !kai_connection_save (connection, error))
    g_clear_pointer (&ctl->desk, kai_desk_close);
  if (ctl->desk)
    {
      let_lapse (ctl);
      tell_restored (ctl);
    }
  return ctl->desk;
}

/* ---- engine ---- */

static void
note_link_error (KaiCtl *ctl, GError *error)
{
  kai_ctl_end_progress ();
  kai_ctl_raise (ctl, kai_ctl_exit_of (error));
  g_printerr ("%s\n", error->message);
  if (!ctl->link_error)
    ctl->link_error = error;
  else
    g_error_free (error);
}

static gboolean bar_shown; /* and the line not ended yet */

void
kai_ctl_end_progress (void)
{
  if (bar_shown)
    g_printerr ("\n");
  bar_shown = FALSE;
}

void
kai_ctl_progress (const char *what, int done, int total)
{
  static gint64 started;

  if (started == 0)
    started = g_get_monotonic_time ();
  if (!isatty (STDERR_FILENO) || g_get_monotonic_time () - started < G_TIME_SPAN_SECOND)
    return;
  if (total > 0)
    {
      int bar = (int)((gint64)done * 30 / total);

      g_printerr ("\r%s [%.*s%*s] %d/%d ", what, bar, "##############################", 30 - bar,
                  "", done, total);
    }
  else
    g_printerr ("\r%s %d ", what, done);
  bar_shown = TRUE;
}

static void
on_progress (const char *what, int done, int total, gpointer data)
{
  kai_ctl_progress (what, done, total);
}

KaiSyncEngine *
kai_ctl_engine (KaiCtl *ctl)
{
  GError *error = NULL;

  if (ctl->engine || ctl->link_error || ctl->offline || !ctl->desk)
    return ctl->engine;
  if (kai_sync_is_paused (kai_desk_get_database (ctl->desk)))
    {
      kai_net_fail (&error, KAI_NET_ERROR_OFFLINE,
                    _ ("Sending and receiving is paused; nothing was sent. “kaipiaoctl sync "
                       "--resume” ends the pause."));
      note_link_error (ctl, error);
      return NULL;
    }
  /* The key is remembered, its PIN never. */
  if (kai_desk_get_key (ctl->desk) || !*kai_desk_get_connection (ctl->desk)->key_uri
      || fail_without_pin (&error))
    ctl->engine = kai_sync_engine_new (ctl->desk, &error);
  if (!ctl->engine)
    note_link_error (ctl, error);
  else
    kai_sync_engine_set_progress (ctl->engine, on_progress, NULL);
  return ctl->engine;
}

gboolean
kai_ctl_prepare (KaiCtl *ctl, int codes, GError **error)
{
  KaiDesk *desk = kai_ctl_desk (ctl, error);
  KaiSyncEngine *engine;
  GError *local = NULL;
  gboolean have_base;

  if (!desk)
    return FALSE;
  have_base = *kai_desk_get_base_data (desk)->version != '\0';
  if (have_base && codes == 0)
    return TRUE;
  engine = kai_ctl_engine (ctl);
  if (engine
      && !((have_base || kai_sync_engine_refresh_base_data (engine, NULL, &local))
           && kai_sync_engine_ensure_lease (
               engine, MAX (codes, kai_desk_get_profile (desk)->lease_low_water), NULL, &local)))
    {
      if (!have_base && !*kai_desk_get_base_data (desk)->version)
        {
          g_propagate_error (error, local);
          return FALSE;
        }
      note_link_error (ctl, local);
    }
  if (*kai_desk_get_base_data (desk)->version)
    return TRUE;
  if (ctl->link_error)
    {
      g_propagate_error (error, g_error_copy (ctl->link_error));
      return FALSE;
    }
  return kai_data_fail (
      error, KAI_DATA_ERROR_NOT_FOUND,
      _ ("There is no base data here yet. Run “kaipiaoctl base-data refresh” with a "
         "connection first."));
}

void
kai_ctl_deliver (KaiCtl *ctl)
{
  KaiSyncResult result = { 0 };
  KaiSyncEngine *engine = kai_ctl_engine (ctl);
  GError *error = NULL;

  if (!engine || ctl->link_error)
    return;
  if (kai_desk_number_drafts (ctl->desk, &error) < 0
      || !kai_sync_engine_deliver (engine, &result, NULL, &error))
    note_link_error (ctl, error);
  kai_ctl_end_progress ();
  if (result.refused > 0)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
}

void
kai_ctl_receive (KaiCtl *ctl)
{
  KaiSyncResult result = { 0 };
  KaiSyncEngine *engine = kai_ctl_engine (ctl);
  GError *error = NULL;

  if (engine && !ctl->link_error && !kai_sync_engine_receive (engine, 0, &result, NULL, &error))
    note_link_error (ctl, error);
  kai_ctl_end_progress ();
}

void
kai_ctl_warn_clock (KaiCtl *ctl)
{
  gint64 offset = ctl->engine ? ABS (kai_sync_engine_get_clock_offset (ctl->engine)) : 0;

  if (offset >= CLOCK_WARNING_S)
    g_printerr (_ ("This computer's clock is %d seconds off the server's: set it right.\n"),
                (int)MIN (offset, G_MAXINT));
}

/* ---- JSON ---- */

void
kai_ctl_member (KaiCtl *ctl, const char *name, const char *value)
{
  /* The name of a file may be any bytes, the document may not. */
  g_autofree char *text = g_utf8_make_valid (value ? value : "", -1);

  json_builder_set_member_name (ctl->json, name);
  json_builder_add_string_value (ctl->json, text);
}

void
kai_ctl_member_int (KaiCtl *ctl, const char *name, gint64 value)
{
  json_builder_set_member_name (ctl->json, name);
  json_builder_add_int_value (ctl->json, value);
}

void
kai_ctl_member_bool (KaiCtl *ctl, const char *name, gboolean value)
{
  json_builder_set_member_name (ctl->json, name);
  json_builder_add_boolean_value (ctl->json, value);
}

void
kai_ctl_member_money (KaiCtl *ctl, const char *name, KaiMoney value)
{
  g_autofree char *text = kai_money_to_wire (value);

  kai_ctl_member (ctl, name, text);
}

void
kai_ctl_begin_array (KaiCtl *ctl, const char *name)
{
  json_builder_set_member_name (ctl->json, name);
  json_builder_begin_array (ctl->json);
}

void
kai_ctl_begin_object (KaiCtl *ctl)
{
  json_builder_begin_object (ctl->json);
}

void
kai_ctl_end_object (KaiCtl *ctl)
{
  json_builder_end_object (ctl->json);
}

void
kai_ctl_end_array (KaiCtl *ctl)
{
  json_builder_end_array (ctl->json);
}

void
kai_ctl_problems (KaiCtl *ctl, const char *name, GPtrArray *problems)
{
  kai_ctl_begin_array (ctl, name);
  for (guint i = 0; i < problems->len; i++)
    {
      const KaiProblem *problem = problems->pdata[i];

      kai_ctl_begin_object (ctl);
      kai_ctl_member_int (ctl, "row", problem->row);
      kai_ctl_member (ctl, "column", problem->field);
      kai_ctl_member (ctl, "code", problem->code);
      kai_ctl_member (ctl, "message", problem->message);
      kai_ctl_end_object (ctl);
      if (problem->row > 0)
        g_printerr (_ ("Row %d, %s: %s\n"), problem->row, problem->field, problem->message);
      else
        g_printerr ("%s: %s\n", problem->field, problem->message);
    }
  kai_ctl_end_array (ctl);
}

/* ---- refusals ---- */

void
kai_ctl_refusal (KaiCtl *ctl, const char *subject, const char *code, const char *message)
{
  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "subject", subject);
  kai_ctl_member (ctl, "code", code);
  kai_ctl_member (ctl, "message", message);
  kai_ctl_end_object (ctl);
  g_printerr ("%s: %s\n", subject, message);
}

gint64
kai_ctl_last_line (KaiCtl *ctl)
{
  g_autoptr (GPtrArray) lines =
      kai_audit_log_list (kai_desk_get_database (ctl->desk), NULL, 1, NULL);

  return lines && lines->len > 0 ? ((const KaiAuditLine *)lines->pdata[0])->id : 0;
}

/* The log has a line for each answer, with the result code where it was refused. */
void
kai_ctl_refusals (KaiCtl *ctl, gint64 since)
{
  int n = kai_ctl_last_line (ctl) - since;
  g_autoptr (GPtrArray) lines =
      n > 0 ? kai_audit_log_list (kai_desk_get_database (ctl->desk), NULL, n, NULL) : NULL;

  kai_ctl_begin_array (ctl, "refusals");
  for (guint i = lines ? lines->len : 0; i-- > 0;)
    {
      const KaiAuditLine *line = lines->pdata[i];
      g_autofree char *sentence = NULL;

      if (!g_str_has_suffix (line->action, ".answer") || !kai_result_code_find (line->outcome))
        continue;
      sentence = kai_result_code_describe (line->outcome, NULL);
      kai_ctl_refusal (ctl, line->subject, line->outcome, sentence);
    }
  kai_ctl_end_array (ctl);
}
