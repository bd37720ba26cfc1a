/* kaipiaoctl log: who did what, and whether the log is what was written. */
#include "kai-ctl.h"

#include "backup/kai-backup.h"
#include "messages/kai-net-error.h"
#include "store/kai-audit-log.h"
#include "sync/kai-desk-log.h"
#include "values/kai-day.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

static gboolean verify;
static char *from, *to, *user, *subject;
static int limit = 100;

static const GOptionEntry log_entries[] = {
  { "verify", 0, 0, G_OPTION_ARG_NONE, &verify, N_ ("Follow the whole log and its signatures"),
    NULL },
  { "from", 0, 0, G_OPTION_ARG_STRING, &from, N_ ("From this day on"), N_ ("DAY") },
  { "to", 0, 0, G_OPTION_ARG_STRING, &to, N_ ("Up to this day"), N_ ("DAY") },
  { "by", 0, 0, G_OPTION_ARG_STRING, &user, N_ ("Only what this user did"), N_ ("CODE") },
  { "subject", 0, 0, G_OPTION_ARG_STRING, &subject,
    N_ ("Only this, for example notice:PAYMENT-CODE"), N_ ("SUBJECT") },
  { "limit", 0, 0, G_OPTION_ARG_INT, &limit, N_ ("At most N lines, newest first; 0 = all"), "N" },
  { NULL },
};

/* As for every command that is run without a key; nothing that is shown here is personal. */
static gboolean
tell_lock (KaiCtl *ctl, KaiDatabase *db, GError **error)
{
  const char *pin = g_getenv ("KAIPIAO_PIN");

  if (ctl->pin_file || (pin && *pin))
    return TRUE;
  if (!kai_desk_describe_lock (db, error))
    return FALSE;
  kai_ctl_member_bool (ctl, "locked", TRUE);
  g_printerr ("%s\n", kai_database_get_lock_sentence (db));
  return TRUE;
}

/* Without a desk, whose start writes into the log: what is looked at is what was there. */
static gboolean
verify_log (KaiCtl *ctl, GError **error)
{
  g_autoptr (KaiConnection) connection = kai_ctl_connection (ctl, error);
  g_autoptr (KaiDatabase) db =
      connection ? kai_database_open (connection->home, KAI_STORE_NAME, &kai_store_schema, error)
                 : NULL;
  g_autoptr (KaiLogReport) report = NULL;

  if (!db)
    return FALSE;
  report = kai_log_verify (db, connection->trust_path, error);
  if (!report)
    {
      /* Roots that cannot be read. */
      if (g_error_matches (*error, KAI_NET_ERROR, KAI_NET_ERROR_CERTIFICATE))
        kai_ctl_raise (ctl, KAI_EXIT_BAD_INPUT);
      return FALSE;
    }
  if (kai_database_get_read_only (db))
    {
      kai_ctl_member_bool (ctl, "read_only", TRUE);
      g_printerr ("%s\n", kai_database_get_read_only (db));
    }
  if (!tell_lock (ctl, db, error))
    return FALSE;
  kai_ctl_member_bool (ctl, "ok", report->ok);
  kai_ctl_member_int (ctl, "lines", report->lines);
  kai_ctl_member_int (ctl, "signed_lines", report->signed_lines);
  kai_ctl_member_int (ctl, "signatures", report->signatures);
  kai_ctl_member_int (ctl, "bad_line", report->bad_line);
  kai_ctl_member_bool (ctl, "trusted", report->trusted);
  if (!report->ok)
    return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED, "%s", report->message);
  kai_ctl_say (ctl, "%s", report->message);
  if (report->signatures > 0 && !report->trusted)
    kai_ctl_say (ctl, _ ("The signers' certificates were not checked: give the roots with --trust "
                         "FILE.pem."));
  return TRUE;
}

/* Midnight at the beginning of the day, @after days later. */
static gboolean
read_day (const char *option, const char *text, int after, gint64 *out, GError **error)
{
  KaiDay day;
  g_autoptr (GDateTime) start = NULL;

  *out = 0;
  if (!text)
    return TRUE;
  if (!kai_day_parse (text, &day, NULL))
    return kai_ctl_usage (error, _ ("--%s is a day, for example 2026-11-21."), option);
  day = kai_day_add (day, after);
  start = g_date_time_new_local (day / 10000, day / 100 % 100, day % 100, 0, 0, 0);
  *out = start ? g_date_time_to_unix (start) : 0;
  return TRUE;
}

static void
tell_line (KaiCtl *ctl, const KaiAuditLine *line)
{
  g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (line->at);
  g_autofree char *when = at ? g_date_time_format (at, "%Y-%m-%d %H:%M:%S") : g_strdup ("");

  kai_ctl_begin_object (ctl);
  kai_ctl_member_int (ctl, "line", line->id);
  kai_ctl_member (ctl, "at", when);
  kai_ctl_member (ctl, "user", line->user);
  kai_ctl_member (ctl, "action", line->action);
  kai_ctl_member (ctl, "subject", line->subject);
  kai_ctl_member (ctl, "outcome", line->outcome);
  kai_ctl_end_object (ctl);
  kai_ctl_say (ctl, "%s  %s  %s  %s  %s", when, line->user, line->action, line->subject,
               line->outcome);
}

static gboolean
run_log (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (GPtrArray) lines = NULL;
  KaiAuditFilter filter = { .user = user, .subject = subject, .limit = limit };

  if (limit < 0)
    return kai_ctl_usage (error, _ ("--limit is a number of lines, 0 for all."));
  if (!read_day ("from", from, 0, &filter.from, error)
      || !read_day ("to", to, 1, &filter.before, error))
    return FALSE;
  if (verify)
    return verify_log (ctl, error);
  if (!kai_ctl_desk (ctl, error))
    return FALSE;
  lines = kai_audit_log_find (kai_desk_get_database (ctl->desk), &filter, error);
  if (!lines)
    return FALSE;
  kai_ctl_begin_array (ctl, "lines");
  for (guint i = 0; i < lines->len; i++)
    tell_line (ctl, lines->pdata[i]);
  kai_ctl_end_array (ctl);
  return TRUE;
}

const KaiCtlCommand kai_ctl_log_commands[] = {
  { "log", NULL, "[--verify] [--from D] [--to D] [--by CODE] [--subject S] [--limit N]",
    N_ ("Who did what, newest first"), log_entries, run_log },
  { NULL },
};
