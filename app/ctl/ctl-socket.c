/* kaipiaoctl socket: what only the published socket has, its token. */
#include "kai-ctl.h"

#include <glib/gi18n-lib.h>

static gboolean
run_change_token (KaiCtl *ctl, char **args, GError **error)
{
  KaiDesk *desk = kai_ctl_desk (ctl, error);
  KaiSyncEngine *engine = desk ? kai_ctl_engine (ctl) : NULL;

  if (!desk)
    return FALSE;
  if (engine)
    {
      if (!kai_sync_engine_change_token (engine, NULL, error))
        return FALSE;
      kai_ctl_say (ctl, _ ("The token was changed."));
      return TRUE;
    }
  if (ctl->link_error)
    g_propagate_error (error, g_error_copy (ctl->link_error));
  else
    kai_ctl_usage (error, _ ("The token can only be changed with a connection."));
  return FALSE;
}

const KaiCtlCommand kai_ctl_socket_commands[] = {
  { "socket", "change-token", "", N_ ("Agree a new token for the socket with the server"), NULL,
    run_change_token },
  { NULL },
};
