/* kaipiaoctl ebill verify: offline check of any e-bill file; needs neither store nor key. */
#include "kai-ctl.h"

#include "security/kai-ebill-file.h"
#include "security/kai-revocation.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

#define MAX_FILE_BYTES (16 * 1024 * 1024)

static char *ca, *crl;

static const GOptionEntry entries[] = {
  { "ca", 0, 0, G_OPTION_ARG_FILENAME, &ca, N_ ("Root certificates (default: those of --trust)"),
    N_ ("FILE") },
  { "crl", 0, 0, G_OPTION_ARG_FILENAME, &crl, N_ ("Revocation list"), N_ ("FILE") },
  { NULL },
};

static KaiTrust *
load_trust (KaiCtl *ctl, GError **error)
{
  g_autoptr (KaiTrust) trust = kai_trust_new ();
  g_autoptr (KaiConnection) connection = kai_ctl_connection (ctl, error);
  const char *path = ca;

  if (!connection)
    return NULL;
  if (!path)
    path = connection->trust_path;
  if (!*path)
    {
      kai_ctl_usage (error, _ ("Which roots are trusted? Give --ca FILE or --trust FILE."));
      return NULL;
    }
  if (!kai_trust_add_file (trust, path, error)
      || (crl && !kai_trust_add_crl_file (trust, crl, error)))
    {
      kai_ctl_raise (ctl, KAI_EXIT_BAD_INPUT);
      return NULL;
    }
  /* What the finance server said last is known here without a file. */
  if (!crl)
    kai_revocation_load (trust, connection->home, g_get_real_time () / G_USEC_PER_SEC);
  return g_steal_pointer (&trust);
}

static GBytes *
read_file (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) local = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, &local);
  g_autoptr (GBytes) bytes =
      stream ? g_input_stream_read_bytes (G_INPUT_STREAM (stream), MAX_FILE_BYTES, NULL, &local)
             : NULL;

  if (bytes && g_bytes_get_size (bytes) < MAX_FILE_BYTES)
    return g_steal_pointer (&bytes);
  if (bytes)
    kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE, _ ("%s is too large for an e-bill."), path);
  else
    kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE, _ ("%s cannot be read: %s"), path,
                   local->message);
  return NULL;
}

static void
write_checks (KaiCtl *ctl, const KaiEbillReport *report)
{
  kai_ctl_begin_array (ctl, "checks");
  for (guint i = 0; i < report->checks->len; i++)
    {
      const KaiEbillCheck *check = report->checks->pdata[i];

      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "name", check->name);
      kai_ctl_member_bool (ctl, "ok", check->ok);
      kai_ctl_member (ctl, "detail", check->detail);
      kai_ctl_end_object (ctl);
    }
  kai_ctl_end_array (ctl);
}

static void
say_failures (KaiCtl *ctl, const char *path, const KaiEbillReport *report)
{
  kai_ctl_say (ctl, report->ok ? _ ("%s: good") : _ ("%s: NOT good"), path);
  for (guint i = 0; i < report->checks->len; i++)
    {
      const KaiEbillCheck *check = report->checks->pdata[i];

      if (!check->ok)
        kai_ctl_say (ctl, "    %s: %s", check->name, check->detail);
    }
}

/* The others are checked all the same. */
static void
write_unreadable (KaiCtl *ctl, const char *path, const GError *error)
{
  g_printerr ("%s\n", error->message);
  kai_ctl_raise (ctl, KAI_EXIT_BAD_INPUT);
  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "file", path);
  kai_ctl_member_bool (ctl, "ok", FALSE);
  kai_ctl_begin_array (ctl, "checks");
  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "name", "file");
  kai_ctl_member_bool (ctl, "ok", FALSE);
  kai_ctl_member (ctl, "detail", error->message);
  kai_ctl_end_object (ctl);
  kai_ctl_end_array (ctl);
  kai_ctl_end_object (ctl);
}

/* @out: the report, NULL when the file could not be read. */
static void
verify_one (KaiCtl *ctl, const char *path, KaiTrust *trust, gboolean *all_ok, KaiEbillReport **out)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) file = read_file (path, &local);
  g_autoptr (KaiEbillReport) report = NULL;

  if (!file)
    {
      write_unreadable (ctl, path, local);
      *all_ok = FALSE;
      return;
    }
  report = kai_ebill_file_verify (file, trust);
  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "file", path);
  kai_ctl_member_bool (ctl, "ok", report->ok);
  write_checks (ctl, report);
  kai_ctl_end_object (ctl);
  say_failures (ctl, path, report);
  if (!report->ok)
    *all_ok = FALSE;
  *out = g_steal_pointer (&report);
}

static gboolean
run_verify (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiTrust) trust = NULL;
  g_autoptr (KaiEbillReport) last = NULL;
  gboolean ok = TRUE;

  if (!args[0])
    return kai_ctl_usage (error, _ ("Which file? Give at least one e-bill file."));
  trust = load_trust (ctl, error);
  if (!trust)
    return FALSE;
  kai_ctl_begin_array (ctl, "files");
  for (int i = 0; args[i]; i++)
    {
      g_clear_pointer (&last, kai_ebill_report_free);
      verify_one (ctl, args[i], trust, &ok, &last);
    }
  kai_ctl_end_array (ctl);
  kai_ctl_member_bool (ctl, "ok", ok);
  if (!args[1] && last)
    write_checks (ctl, last);
  if (!ok)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
  return TRUE;
}

const KaiCtlCommand kai_ctl_verify_commands[] = {
  { "ebill", "verify", "FILE… [--ca FILE] [--crl FILE]", N_ ("Check e-bill files offline"), entries,
    run_verify },
  { NULL },
};
