/* The log under the key of whoever works: signing its head, and checking every signature again. */
#include "sync/kai-desk-log.h"

#include "security/kai-certificate.h"
#include "store/kai-audit-head.h"
#include "store/kai-audit-log.h"
#include "sync/kai-desk-private.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

/* ---- signing ---- */

static gint64
start_of_today (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) midnight =
      g_date_time_new_local (g_date_time_get_year (now), g_date_time_get_month (now),
                             g_date_time_get_day_of_month (now), 0, 0, 0);

  return midnight ? g_date_time_to_unix (midnight) : 0;
}

static GBytes *
to_der (X509 *certificate)
{
  unsigned char *der = NULL;
  int size = i2d_X509 (certificate, &der);
  GBytes *bytes = g_bytes_new (der, size > 0 ? (gsize)size : 0);

  OPENSSL_free (der);
  return bytes;
}

gboolean
kai_desk_sign_log (KaiDesk *desk, gboolean now, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (KaiAuditHead) head = NULL;
  g_autoptr (GBytes) text = NULL;

  if (!desk->key)
    return TRUE;
  head = kai_audit_head_prepare (desk->db, now ? 0 : start_of_today (), &local);
  if (!head)
    {
      if (!local)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  head->certificate = to_der (kai_key_get_certificate (desk->key));
  head->fingerprint = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, head->certificate);
  text = kai_audit_head_build (head);
  head->signature =
      kai_key_sign (desk->key, g_bytes_get_data (text, NULL), g_bytes_get_size (text), error);
  return head->signature && kai_audit_head_add (desk->db, head, error);
}

/* ---- checking ---- */

void
kai_log_report_free (KaiLogReport *report)
{
  if (!report)
    return;
  g_free (report->message);
  g_free (report);
}

typedef struct
{
  KaiLogReport *report;
  KaiTrust *trust; /* NULL = none given */
} Check;

static gboolean
fail_at (Check *check, gint64 line, char *message)
{
  check->report->ok = FALSE;
  check->report->bad_line = line;
  check->report->message = message;
  return FALSE;
}

static char *
day_of (gint64 at)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (at);

  return time ? g_date_time_format (time, "%Y-%m-%d %H:%M") : g_strdup ("?");
}

/* The certificate as it was kept, which must be the one that is named, and believed at the time. */
static X509 *
read_certificate (Check *check, const KaiAuditHead *head)
{
  g_autofree char *fingerprint =
      head->certificate ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, head->certificate)
                        : NULL;
  g_autoptr (X509) certificate = NULL;

  if (g_strcmp0 (fingerprint, head->fingerprint) != 0)
    return NULL;
  certificate = kai_certificate_from_der (g_bytes_get_data (head->certificate, NULL),
                                          g_bytes_get_size (head->certificate));
  if (!certificate
      || (check->trust && !kai_trust_check (check->trust, certificate, head->at, NULL)))
    return NULL;
  return g_steal_pointer (&certificate);
}

static gboolean
check_head (Check *check, const KaiAuditHead *head, gint64 expected)
{
  KaiLogReport *report = check->report;
  g_autofree char *day = day_of (head->at);
  g_autoptr (X509) certificate = NULL;
  g_autoptr (GBytes) text = NULL;

  if (head->id != expected || head->line <= report->signed_lines)
    return fail_at (check, report->signed_lines + 1,
                    g_strdup_printf (_ ("A signature of the log is missing: number %lld. The lines "
                                        "after %lld are not vouched for."),
                                     (long long)expected, (long long)report->signed_lines));
  certificate = read_certificate (check, head);
  if (!certificate)
    return fail_at (check, report->signed_lines + 1,
                    g_strdup_printf (_ ("The log's signature of %s was made with a certificate "
                                        "that is missing here or not to be believed. The lines "
                                        "%lld to %lld are not vouched for."),
                                     day, (long long)report->signed_lines + 1,
                                     (long long)head->line));
  text = kai_audit_head_build (head);
  if (!kai_certificate_verify (certificate, g_bytes_get_data (text, NULL), g_bytes_get_size (text),
                               g_bytes_get_data (head->signature, NULL),
                               g_bytes_get_size (head->signature)))
    return fail_at (check, report->signed_lines + 1,
                    g_strdup_printf (_ ("The log's signature of %s over the lines up to %lld is "
                                        "wrong: the signature, or what it was made for, was "
                                        "changed."),
                                     day, (long long)head->line));
  report->signatures++;
  report->signed_lines = head->line;
  return TRUE;
}

/* The signatures one by one; that the lines are the signed ones is followed after that. */
static gboolean
check_heads (Check *check, KaiDatabase *db, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GPtrArray) heads = kai_audit_head_list (db, &local);
  gint64 written =
      heads ? kai_database_get_int (
          db, 0, &local, "SELECT seq FROM sqlite_sequence WHERE name = 'audit_head'", NULL)
            : 0;

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  for (guint i = 0; i < heads->len; i++)
    if (!check_head (check, heads->pdata[i], (gint64)i + 1))
      return TRUE;
  /* Also when the counter itself was taken away. */
  if (written != (gint64)heads->len)
    fail_at (check, check->report->signed_lines + 1,
             g_strdup_printf (_ ("A signature of the log is missing: number %lld. The lines after "
                                 "%lld are not vouched for."),
                              (long long)heads->len + 1, (long long)check->report->signed_lines));
  return TRUE;
}

/* The chain itself. Its trouble may lie before that of the signatures. */
static gboolean
check_chain (Check *check, KaiDatabase *db, GError **error)
{
  KaiLogReport *report = check->report;
  g_autoptr (GError) local = NULL;
  g_autoptr (GPtrArray) heads = NULL;
  gint64 safe = 0;

  if (kai_audit_log_verify (db, &report->lines, &local))
    return TRUE;
  if (!g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  heads = kai_audit_head_list (db, NULL);
  for (guint i = 0; heads && i < heads->len; i++)
    {
      gint64 line = ((KaiAuditHead *)heads->pdata[i])->line;

      if (line <= report->lines)
        safe = line;
    }
  if (report->ok || report->lines + 1 < report->bad_line)
    {
      gboolean is_head = FALSE;

      /* Where a signed head does not fit, the chain fits and any line since the head before may be the wrong one. */
      for (guint i = 0; heads && i < heads->len; i++)
        is_head |= ((KaiAuditHead *)heads->pdata[i])->line == report->lines + 1;
      g_clear_pointer (&report->message, g_free);
      fail_at (check, is_head ? safe + 1 : report->lines + 1, g_strdup (local->message));
    }
  report->signed_lines = MIN (report->signed_lines, safe);
  return TRUE;
}

/* Every notice with a payment code was issued, numbered or fetched, each with a line: where there is none, lines were cut off at the end and the counter was set back. */
static gboolean
check_notices (Check *check, KaiDatabase *db, GError **error)
{
  KaiLogReport *report = check->report;
  g_autoptr (GError) local = NULL;
  g_autofree char *code = kai_database_dup_text (
      db, &local,
      "SELECT payment_code FROM notice WHERE payment_code <> '' AND NOT EXISTS"
      " (SELECT 1 FROM audit_log WHERE subject = 'notice:' || payment_code) LIMIT 1",
      NULL);

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (code && report->ok)
    fail_at (check, report->lines + 1,
             g_strdup_printf (_ ("The log was cut off after line %lld: nothing in it tells of "
                                 "notice %s, which is in the store."),
                              (long long)report->lines, code));
  return TRUE;
}

KaiLogReport *
kai_log_verify (KaiDatabase *db, const char *trust_path, GError **error)
{
  g_autoptr (KaiLogReport) report = g_new0 (KaiLogReport, 1);
  g_autoptr (KaiTrust) trust = NULL;
  Check check = { report, NULL };

  report->ok = TRUE;
  /* Without revocation lists: those of today say nothing about then. */
  if (trust_path && *trust_path)
    {
      trust = kai_trust_new ();
      if (!kai_trust_add_file (trust, trust_path, error))
        return NULL;
      check.trust = trust;
      report->trusted = TRUE;
    }
  if (!kai_database_begin_read (db, error))
    return NULL;
  if (!check_heads (&check, db, error) || !check_chain (&check, db, error)
      || !check_notices (&check, db, error))
    {
      kai_database_commit (db, NULL);
      return NULL;
    }
  kai_database_commit (db, NULL);
  if (report->ok)
    report->message =
        report->signatures > 0
            ? g_strdup_printf (_ ("The log is whole: %lld lines, signed up to line %lld."),
                               (long long)report->lines, (long long)report->signed_lines)
            : g_strdup_printf (_ ("The log is whole: %lld lines, none of them signed yet."),
                               (long long)report->lines);
  return g_steal_pointer (&report);
}
