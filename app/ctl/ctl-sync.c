/* kaipiaoctl sync: deliver and take in. */
#include "kai-ctl.h"

#include "store/kai-outbox.h"

#include <glib/gi18n-lib.h>

#define LONG_POLL_S 25

static int wait_idle;

static const GOptionEntry entries[] = {
  { "wait-idle", 0, 0, G_OPTION_ARG_INT, &wait_idle,
    N_ ("Go on until nothing new has come for so long"), N_ ("SECONDS") },
  { NULL },
};

/* Rounds until one has waited the whole time for nothing. */
static gboolean
run_rounds (KaiSyncEngine *engine, KaiSyncResult *result, GError **error)
{
  int quiet = 0;

  if (!kai_sync_engine_run (engine, 0, result, NULL, error))
    return FALSE;
  while (quiet < wait_idle)
    {
      int before = result->received + result->sent;
      int wait = MIN (wait_idle - quiet, LONG_POLL_S);

      if (!kai_sync_engine_receive (engine, wait, result, NULL, error)
          || !kai_sync_engine_deliver (engine, result, NULL, error))
        return FALSE;
      quiet = result->received + result->sent == before ? quiet + wait : 0;
    }
  return TRUE;
}

static gboolean
run_sync (KaiCtl *ctl, char **args, GError **error)
{
  KaiSyncResult result = { 0 };
  KaiDesk *desk = kai_ctl_desk (ctl, error);
  KaiSyncEngine *engine;
  gboolean ok = TRUE;
  gint64 before;

  if (!desk)
    return FALSE;
  before = kai_ctl_last_line (ctl);
  if (wait_idle < 0)
    return kai_ctl_usage (error, _ ("--wait-idle must not be negative."));
  engine = kai_ctl_engine (ctl);
  if (engine)
    ok = run_rounds (engine, &result, error);
  kai_ctl_end_progress ();
  result.waiting = MAX (kai_outbox_count (kai_desk_get_database (desk), KAI_OUTBOX_WAITING), 0);
  kai_ctl_member_int (ctl, "sent", result.sent);
  kai_ctl_member_int (ctl, "received", result.received);
  kai_ctl_member_int (ctl, "waiting", result.waiting);
  kai_ctl_member_int (ctl, "refused", result.refused);
  kai_ctl_refusals (ctl, before);
  kai_ctl_say (ctl, _ ("%d sent, %d received, %d waiting, %d refused."), result.sent,
               result.received, result.waiting, result.refused);
  if (result.refused > 0)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
  return ok;
}

const KaiCtlCommand kai_ctl_sync_commands[] = {
  { "sync", NULL, "", N_ ("Send what waits and take in what is new"), entries, run_sync },
  { NULL },
};
