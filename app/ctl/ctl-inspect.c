/* kaipiaoctl inspect: what stands in a request or an answer that was kept by --trace, and which check it does not pass. Needs neither store nor key. */
#include "kai-ctl.h"

#include "messages/kai-xml.h"
#include "security/kai-revocation.h"
#include "transport/kai-inspector.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define RESPONSE "-response.xml"
#define REQUEST "-request.xml"

static char *answer_to, *at, *crl;
static gboolean show_personal;

static const GOptionEntry entries[] = {
  { "answer-to", 0, 0, G_OPTION_ARG_FILENAME, &answer_to,
    N_ ("The request that FILE answers (default: the one beside it in the trace)"), "REQUEST" },
  { "at", 0, 0, G_OPTION_ARG_STRING, &at,
    N_ ("Check as of this time, as in 2026-11-21T08:00:00Z (default: when the request was signed)"),
    N_ ("TIME") },
  { "crl", 0, 0, G_OPTION_ARG_FILENAME, &crl, N_ ("Revocation list"), N_ ("FILE") },
  { "show-personal", 0, 0, G_OPTION_ARG_NONE, &show_personal,
    N_ ("Show names, numbers and free text unmasked"), NULL },
  { NULL },
};

/* ---- What it is checked with ---- */

static KaiCatalogue *
load_catalogue (const char *home, GError **error)
{
  g_autofree char *path = g_build_filename (home, "messages.tsv", NULL);

  return kai_catalogue_load (path, error);
}

static KaiTrust *
load_trust (KaiCtl *ctl, const KaiConnection *connection, GError **error)
{
  g_autofree char *path = g_build_filename (connection->home, "site-profile.ini", NULL);
  g_autoptr (KaiSiteProfile) profile = kai_site_profile_load (path, error);
  g_autoptr (KaiTrust) trust = kai_trust_new ();

  if (!profile)
    return NULL;
  if (*connection->trust_path && !kai_trust_add_file (trust, connection->trust_path, error))
    return NULL;
  if (crl && !kai_trust_add_crl_file (trust, crl, error))
    return NULL;
  if (!*connection->trust_path)
    kai_ctl_say (ctl, _ ("No roots are given (--trust FILE.pem), so no signer is trusted."));
  if (!crl)
    kai_revocation_load (trust, connection->home, g_get_real_time () / G_USEC_PER_SEC);
  kai_trust_set_sm2_names (trust, profile->sm2_name, profile->sm3_name);
  return g_steal_pointer (&trust);
}

static GBytes *
read_file (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) local = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, &local);
  g_autoptr (GBytes) bytes =
      stream
          ? g_input_stream_read_bytes (G_INPUT_STREAM (stream), KAI_XML_MAX_BYTES + 1, NULL, &local)
          : NULL;

  if (!bytes)
    kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE, _ ("%s cannot be read: %s"), path,
                   local->message);
  return g_steal_pointer (&bytes);
}

/* Its request: the one that was named, or the one beside it. *request NULL when there is none. */
static gboolean
find_request (const char *path, GBytes **request, GError **error)
{
  g_autofree char *beside = NULL;

  *request = NULL;
  if (!answer_to && g_str_has_suffix (path, RESPONSE))
    {
      g_autofree char *stem = g_strndup (path, strlen (path) - strlen (RESPONSE));

      beside = g_strconcat (stem, REQUEST, NULL);
      if (!g_file_test (beside, G_FILE_TEST_IS_REGULAR))
        return TRUE;
    }
  else if (!answer_to)
    return TRUE;
  *request = read_file (answer_to ? answer_to : beside, error);
  return *request != NULL;
}

static gboolean
parse_at (gint64 *out, GError **error)
{
  g_autoptr (GDateTime) time = at ? g_date_time_new_from_iso8601 (at, NULL) : NULL;

  *out = time ? g_date_time_to_unix (time) : 0;
  return !at || time
         || kai_ctl_usage (error, _ ("“%s” is no time. Write it like 2026-11-21T08:00:00Z."), at);
}

/* ---- JSON ---- */

static const char *
state_word (KaiCheckState state)
{
  return state == KAI_CHECK_PASSED ? "passed" : state == KAI_CHECK_FAILED ? "failed" : "skipped";
}

static void
write_checks (KaiCtl *ctl, const KaiInspection *report)
{
  kai_ctl_begin_array (ctl, "checks");
  for (guint i = 0; i < report->checks->len; i++)
    {
      const KaiInspectionCheck *check = report->checks->pdata[i];

      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "name", check->id);
      kai_ctl_member (ctl, "state", state_word (check->state));
      if (check->code)
        kai_ctl_member (ctl, "result", check->code);
      kai_ctl_member (ctl, "detail", check->sentence);
      kai_ctl_end_object (ctl);
    }
  kai_ctl_end_array (ctl);
}

static void
write_fields (KaiCtl *ctl, const char *name, const GPtrArray *fields)
{
  kai_ctl_begin_array (ctl, name);
  for (guint i = 0; i < fields->len; i++)
    {
      const KaiInspectionField *field = fields->pdata[i];

      if (field->is_heading)
        continue;
      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "path", field->path);
      kai_ctl_member (ctl, "tag", field->tag);
      kai_ctl_member (ctl, "name", field->name);
      kai_ctl_member (ctl, "value", field->value);
      kai_ctl_member_bool (ctl, "hidden", field->is_hidden);
      kai_ctl_end_object (ctl);
    }
  kai_ctl_end_array (ctl);
}

static void
member_time (KaiCtl *ctl, const char *name, gint64 time)
{
  g_autoptr (GDateTime) date = time ? g_date_time_new_from_unix_utc (time) : NULL;
  g_autofree char *text = date ? g_date_time_format (date, "%Y-%m-%dT%H:%M:%SZ") : NULL;

  kai_ctl_member (ctl, name, text ? text : "");
}

static void
write_signature (KaiCtl *ctl, const KaiInspection *report)
{
  kai_ctl_member_bool (ctl, "signed", report->is_signed);
  kai_ctl_member (ctl, "algorithm", report->algorithm);
  kai_ctl_member (ctl, "signer", report->signer);
  kai_ctl_member (ctl, "issuer", report->issuer);
  kai_ctl_member (ctl, "serial", report->serial);
  member_time (ctl, "not_before", report->not_before);
  member_time (ctl, "not_after", report->not_after);
  kai_ctl_member (ctl, "created", report->created);
  kai_ctl_member (ctl, "expires", report->expires);
  kai_ctl_begin_array (ctl, "covers");
  for (int i = 0; report->parts[i]; i++)
    json_builder_add_string_value (ctl->json, report->parts[i]);
  kai_ctl_end_array (ctl);
}

static void
write_report (KaiCtl *ctl, const KaiInspection *report)
{
  kai_ctl_member (ctl, "kind", kai_inspection_kind_to_string (report->kind));
  kai_ctl_member_bool (ctl, "ok", report->ok);
  member_time (ctl, "at", report->at);
  kai_ctl_member_int (ctl, "size", (gint64)report->size);
  kai_ctl_member (ctl, "number", report->number);
  kai_ctl_member (ctl, "meaning", report->meaning);
  kai_ctl_member (ctl, "msg_id", report->msg_id);
  kai_ctl_member (ctl, "msg_ref", report->msg_ref);
  kai_ctl_member_int (ctl, "vouchers", report->n_vouchers);
  if (report->kind == KAI_INSPECTION_FAULT)
    {
      kai_ctl_member (ctl, "fault_code", report->fault_code);
      kai_ctl_member (ctl, "fault_result", report->fault_result);
      kai_ctl_member (ctl, "fault_sentence", report->fault_sentence);
    }
  write_signature (ctl, report);
  write_checks (ctl, report);
  write_fields (ctl, "headers", report->headers);
  write_fields (ctl, "fields", report->fields);
  kai_ctl_member_int (ctl, "fields_left_out", report->fields_left_out);
}

/* ---- For people ---- */

static const char *
kind_text (KaiInspectionKind kind)
{
  switch (kind)
    {
    case KAI_INSPECTION_REQUEST:
      return _ ("request");
    case KAI_INSPECTION_ANSWER:
      return _ ("answer");
    case KAI_INSPECTION_FAULT:
      return _ ("fault");
    case KAI_INSPECTION_MESSAGE:
      return _ ("message without an envelope");
    case KAI_INSPECTION_UNREADABLE:
    default:
      return _ ("not readable");
    }
}

static void
say_signature (KaiCtl *ctl, const KaiInspection *report)
{
  g_autofree char *parts = g_strjoinv (", ", report->parts);

  if (!report->is_signed)
    {
      kai_ctl_say (ctl, _ ("  Not signed."));
      return;
    }
  kai_ctl_say (ctl, _ ("  Says it is signed by %s (serial number %s, issued by %s)"),
               report->signer, report->serial, report->issuer);
  kai_ctl_say (ctl, _ ("  with %s at %s, over: %s"), report->algorithm, report->created, parts);
}

static void
say_checks (KaiCtl *ctl, const KaiInspection *report)
{
  static const char *const marks[] = { "ok", "FAILED", "-" };

  for (guint i = 0; i < report->checks->len; i++)
    {
      const KaiInspectionCheck *check = report->checks->pdata[i];

      kai_ctl_say (ctl, "  [%s] %s%s%s%s%s", marks[check->state], check->title,
                   check->code ? " – " : "", check->code ? check->code : "",
                   *check->sentence ? ": " : "", check->sentence);
    }
}

static void
say_fields (KaiCtl *ctl, const GPtrArray *fields)
{
  for (guint i = 0; i < fields->len; i++)
    {
      const KaiInspectionField *field = fields->pdata[i];
      const char *space = *field->name ? " " : "";

      if (field->is_heading)
        kai_ctl_say (ctl, "  %*s%s%s%s", field->depth * 2, "", field->tag, space, field->name);
      else
        kai_ctl_say (ctl, "  %*s%s%s%s: %s", field->depth * 2, "", field->tag, space, field->name,
                     field->value);
    }
}

static void
say_report (KaiCtl *ctl, const char *path, const KaiInspection *report)
{
  kai_ctl_say (ctl, _ ("%s: %s %s %s, %s"), path, kind_text (report->kind), report->number,
               report->meaning, report->ok ? _ ("good") : _ ("NOT good"));
  if (report->kind == KAI_INSPECTION_FAULT)
    kai_ctl_say (ctl, "  %s %s: %s", report->fault_code, report->fault_result,
                 report->fault_sentence);
  if (report->kind != KAI_INSPECTION_UNREADABLE)
    say_signature (ctl, report);
  say_checks (ctl, report);
  /* Thousands of lines, and in the document anyway. */
  if (ctl->as_json)
    return;
  say_fields (ctl, report->headers);
  say_fields (ctl, report->fields);
  if (report->fields_left_out > 0)
    kai_ctl_say (ctl, _ ("  … and %u more fields"), report->fields_left_out);
}

/* ---- The command ---- */

static KaiInspection *
inspect_one (const char *path, KaiInspectorOptions *options, GError **error)
{
  g_autoptr (GBytes) bytes = read_file (path, error);
  g_autoptr (GBytes) request = NULL;
  KaiInspection *report;

  if (!bytes || !find_request (path, &request, error))
    return NULL;
  options->request = request;
  report = kai_inspector_inspect (bytes, options);
  options->request = NULL;
  return report;
}

static gboolean
inspect_all (KaiCtl *ctl, char **paths, KaiInspectorOptions *options, KaiInspection **last,
             GError **error)
{
  for (int i = 0; paths[i]; i++)
    {
      KaiInspection *report = inspect_one (paths[i], options, error);

      if (!report)
        return FALSE;
      g_clear_pointer (last, kai_inspection_free);
      *last = report;
      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "file", paths[i]);
      write_report (ctl, report);
      kai_ctl_end_object (ctl);
      say_report (ctl, paths[i], report);
      if (!report->ok)
        kai_ctl_raise (ctl, report->kind == KAI_INSPECTION_UNREADABLE ? KAI_EXIT_BAD_INPUT
                                                                      : KAI_EXIT_REFUSED);
    }
  return TRUE;
}

static gboolean
run_inspect (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiConnection) connection = NULL;
  g_autoptr (KaiCatalogue) catalogue = NULL;
  g_autoptr (KaiTrust) trust = NULL;
  g_autoptr (KaiInspection) last = NULL;
  KaiInspectorOptions options = { .show_personal = show_personal };
  gboolean read;

  if (!args[0])
    return kai_ctl_usage (error, _ ("Which file? Give at least one file of a trace."));
  if (answer_to && args[1])
    return kai_ctl_usage (error, _ ("--answer-to goes with one file."));
  connection = kai_ctl_connection (ctl, error);
  if (!connection || !parse_at (&options.at, error)
      || !(catalogue = load_catalogue (connection->home, error))
      || !(trust = load_trust (ctl, connection, error)))
    return FALSE;
  options.catalogue = catalogue;
  options.trust = trust;
  kai_ctl_begin_array (ctl, "files");
  read = inspect_all (ctl, args, &options, &last, error);
  kai_ctl_end_array (ctl);
  if (read && !args[1])
    write_report (ctl, last);
  return read;
}

const KaiCtlCommand kai_ctl_inspect_commands[] = {
  { "inspect", NULL, "FILE… [--answer-to REQUEST] [--at TIME] [--crl FILE] [--show-personal]",
    N_ ("Show what stands in requests and answers, and check them"), entries, run_inspect },
  { NULL },
};
