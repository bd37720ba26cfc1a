/* kaipiaoctl log, check, backup: the store itself. */
#include "kai-ctl.h"

#include "store/kai-audit-log.h"

#include <glib/gi18n-lib.h>

static gboolean verify;
static int limit = 100;

static const GOptionEntry log_entries[] = {
  { "verify", 0, 0, G_OPTION_ARG_NONE, &verify, N_ ("Follow the whole chain of the log"), NULL },
  { "limit", 0, 0, G_OPTION_ARG_INT, &limit, N_ ("At most N lines, newest first"), "N" },
  { NULL },
};

static gboolean
verify_log (KaiCtl *ctl, GError **error)
{
  gint64 lines = 0;
  gboolean ok = kai_audit_log_verify (kai_desk_get_database (ctl->desk), &lines, error);

  kai_ctl_member_bool (ctl, "ok", ok);
  kai_ctl_member_int (ctl, "lines", lines);
  if (ok)
    kai_ctl_say (ctl, _ ("The log is whole: %d lines."), (int)lines);
  return ok;
}

static gboolean
run_log (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (GPtrArray) lines = NULL;

  if (!kai_ctl_desk (ctl, error))
    return FALSE;
  if (verify)
    return verify_log (ctl, error);
  lines = kai_audit_log_list (kai_desk_get_database (ctl->desk), NULL, limit, error);
  if (!lines)
    return FALSE;
  kai_ctl_begin_array (ctl, "lines");
  for (guint i = 0; i < lines->len; i++)
    {
      const KaiAuditLine *line = lines->pdata[i];
      g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (line->at);
      g_autofree char *when = g_date_time_format (at, "%Y-%m-%d %H:%M:%S");

      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "at", when);
      kai_ctl_member (ctl, "user", line->user);
      kai_ctl_member (ctl, "action", line->action);
      kai_ctl_member (ctl, "subject", line->subject);
      kai_ctl_member (ctl, "outcome", line->outcome);
      kai_ctl_end_object (ctl);
      kai_ctl_say (ctl, "%s  %s  %s  %s  %s", when, line->user, line->action, line->subject,
                   line->outcome);
    }
  kai_ctl_end_array (ctl);
  return TRUE;
}

static gboolean
run_check (KaiCtl *ctl, char **args, GError **error)
{
  KaiDesk *desk = kai_ctl_desk (ctl, error);

  if (!desk || !kai_database_check (kai_desk_get_database (desk), error)
      || !verify_log (ctl, error))
    return FALSE;
  kai_ctl_say (ctl, _ ("The store is sound."));
  return TRUE;
}

static gboolean
run_backup (KaiCtl *ctl, char **args, GError **error)
{
  if (g_strv_length (args) != 1)
    return kai_ctl_usage (error, _ ("Where to? Give one file."));
  if (!kai_ctl_desk (ctl, error)
      || !FALSE)
    return FALSE;
  kai_ctl_member (ctl, "file", args[0]);
  kai_ctl_say (ctl, _ ("The backup is in %s. It holds personal data: keep it locked away."),
               args[0]);
  return TRUE;
}

const KaiCtlCommand kai_ctl_store_commands[] = {
  { "log", NULL, "[--verify]", N_ ("Who did what, newest first"), log_entries, run_log },
  { "check", NULL, "", N_ ("Check the local store from end to end"), NULL, run_check },
  { "backup", NULL, "FILE", N_ ("Copy the local store, also while it is in use"), NULL,
    run_backup },
  { NULL },
};
