/* kaipiaoctl certificate show: whose certificate the key has, how long it is good, and whether it would be trusted. */
#include "kai-ctl.h"

#include "messages/kai-net-error.h"

#include <glib/gi18n-lib.h>

#define WARN_DAYS 30

static void
write_check (KaiCtl *ctl, const char *name, const char *state, const char *advice)
{
  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "name", name);
  kai_ctl_member (ctl, "state", state);
  kai_ctl_member (ctl, "advice", advice);
  kai_ctl_end_object (ctl);
  if (*advice)
    kai_ctl_say (ctl, "%s: %s", name, advice);
}

static void
check_validity (KaiCtl *ctl, X509 *certificate, gint64 now)
{
  gint64 days = (kai_certificate_get_not_after (certificate) - now) / (24 * 3600);
  g_autofree char *advice = NULL;
  const char *state = "ok";

  if (now < kai_certificate_get_not_before (certificate))
    {
      state = "bad";
      advice = g_strdup (_ ("The certificate is not valid yet. Check this computer's date."));
    }
  else if (now > kai_certificate_get_not_after (certificate))
    {
      state = "bad";
      advice = g_strdup (_ ("The certificate has expired. Ask for a new one."));
    }
  else if (days < WARN_DAYS)
    {
      state = "warning";
      advice = g_strdup_printf (ngettext ("The certificate expires in %d day. Ask for a new one.",
                                          "The certificate expires in %d days. Ask for a new one.",
                                          (int)days),
                                (int)days);
    }
  if (g_str_equal (state, "bad"))
    kai_ctl_raise (ctl, KAI_EXIT_NOT_ALLOWED);
  write_check (ctl, "validity", state, advice ? advice : "");
}

static void
check_trust (KaiCtl *ctl, X509 *certificate, gint64 now)
{
  g_autoptr (GError) error = NULL;

  if (kai_trust_check (kai_desk_get_trust (ctl->desk), certificate, now, &error))
    {
      write_check (ctl, "trust", "ok", "");
      return;
    }
  kai_ctl_raise (ctl, KAI_EXIT_NOT_ALLOWED);
  write_check (ctl, "trust", "bad", error->message);
}

static void
write_dates (KaiCtl *ctl, X509 *certificate)
{
  g_autofree char *from =
      kai_day_to_iso (kai_day_from_unix (kai_certificate_get_not_before (certificate)));
  g_autofree char *until =
      kai_day_to_iso (kai_day_from_unix (kai_certificate_get_not_after (certificate)));

  kai_ctl_member (ctl, "not_before", from);
  kai_ctl_member (ctl, "not_after", until);
  kai_ctl_say (ctl, _ ("Valid from %s to %s"), from, until);
}

static gboolean
run_show (KaiCtl *ctl, char **args, GError **error)
{
  KaiDesk *desk = kai_ctl_desk (ctl, error);
  KaiKey *key = desk ? kai_desk_get_key (desk) : NULL;
  X509 *certificate = key ? kai_key_get_certificate (key) : NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autofree char *user = NULL, *name = NULL, *unit = NULL, *unit_name = NULL, *serial = NULL,
                  *issuer = NULL;

  if (!desk)
    return FALSE;
  if (!key)
    return kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                         _ ("Which certificate? Give --key file:PATH.p12 and the PIN."));
  user = kai_certificate_dup_user (certificate);
  name = kai_certificate_dup_name (certificate);
  unit = kai_certificate_dup_unit (certificate);
  unit_name = kai_certificate_dup_unit_name (certificate);
  serial = kai_certificate_dup_serial (certificate);
  issuer = kai_certificate_dup_issuer (certificate);
  kai_ctl_member (ctl, "user", user);
  kai_ctl_member (ctl, "name", name);
  kai_ctl_member (ctl, "unit", unit);
  kai_ctl_member (ctl, "unit_name", unit_name);
  kai_ctl_member (ctl, "serial", serial);
  kai_ctl_member (ctl, "issuer", issuer);
  kai_ctl_member (ctl, "algorithm", kai_algorithm_to_string (kai_key_get_algorithm (key)));
  kai_ctl_say (ctl, "%s  %s  %s  %s", user, name, unit, unit_name);
  kai_ctl_say (ctl, "%s  %s", serial, issuer);
  write_dates (ctl, certificate);
  kai_ctl_begin_array (ctl, "checks");
  check_validity (ctl, certificate, now);
  check_trust (ctl, certificate, now);
  kai_ctl_end_array (ctl);
  return TRUE;
}

const KaiCtlCommand kai_ctl_certificate_commands[] = {
  { "certificate", "show", "", N_ ("Whose certificate it is, how long it is good, who issued it"),
    NULL, run_show },
  { NULL },
};
