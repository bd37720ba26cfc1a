/* kaipiaoctl certificate pin: a new PIN for a key file. */
#include "kai-ctl.h"

#include "messages/kai-net-error.h"
#include "security/kai-pin.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <string.h>

static char *new_pin_file;

static const GOptionEntry pin_entries[] = {
  { "new-pin-file", 0, 0, G_OPTION_ARG_FILENAME, &new_pin_file,
    N_ ("File whose first line is the new PIN (or variable KAIPIAO_NEW_PIN)"), N_ ("FILE") },
  { NULL }
};

/* From the file, else from the variable; never from an argument. Caller frees. */
static char *
read_secret (const char *file, const char *variable, const char *sentence, GError **error)
{
  g_autofree char *content = NULL;
  char *secret = NULL;

  if (!file)
    secret = g_strdup (g_getenv (variable));
  else if (g_file_get_contents (file, &content, NULL, NULL) && g_utf8_validate (content, -1, NULL))
    {
      secret = kai_text_dup_first_line (content);
      OPENSSL_cleanse (content, strlen (content));
    }
  if (!secret)
    kai_net_fail (error, KAI_NET_ERROR_PIN, "%s", sentence);
  return secret;
}

static void
forget (char *secret)
{
  if (secret)
    OPENSSL_cleanse (secret, strlen (secret));
  g_free (secret);
}

static gboolean
run_pin (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiConnection) connection = kai_ctl_connection (ctl, error);
  char *old = NULL, *fresh = NULL;
  gboolean ok;

  if (!connection)
    return FALSE;
  if (!*connection->key_uri)
    return kai_ctl_usage (error, _ ("Whose PIN? Give --key file:PATH.p12."));
  old = read_secret (ctl->pin_file, "KAIPIAO_PIN",
                     _ ("The present PIN is missing: give --pin-file FILE or KAIPIAO_PIN."), error);
  fresh = old ? read_secret (new_pin_file, "KAIPIAO_NEW_PIN",
                             _ ("The new PIN is missing: give --new-pin-file FILE or "
                                "KAIPIAO_NEW_PIN."),
                             error)
              : NULL;
  ok = fresh && kai_pin_change (connection->key_uri, old, fresh, connection->user, error);
  forget (old);
  forget (fresh);
  if (!ok)
    return FALSE;
  kai_pin_tries_clear (connection->home, connection->key_uri);
  kai_ctl_member (ctl, "key", connection->key_uri);
  kai_ctl_say (ctl, _ ("The PIN is changed. It holds for this key file wherever it is used."));
  return TRUE;
}

const KaiCtlCommand kai_ctl_pin_commands[] = {
  { "certificate", "pin", "--new-pin-file FILE", N_ ("Change the PIN of a key file"), pin_entries,
    run_pin },
  { NULL },
};
