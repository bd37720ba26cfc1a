/* Reports on a message: what it is, what its signature says, and how far the strict readers follow it. The verdicts come from the same functions that the client and the server use;
 * what is read here besides is description, and is believed by nobody. */
#include "transport/kai-inspector.h"
#include "transport/kai-inspector-private.h"

#include "messages/kai-message.h"
#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "messages/kai-xml.h"
#include "security/kai-xml-signature-private.h"
#include "transport/kai-soap.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_TEXT (256 * 1024)

/* ---- The report ---- */

const char *
kai_inspection_kind_to_string (KaiInspectionKind kind)
{
  static const char *const words[] = { "unreadable", "request", "answer", "fault", "message" };

  return words[kind];
}

static void
check_free (KaiInspectionCheck *check)
{
  g_free (check->code);
  g_free (check->sentence);
  g_free (check);
}

void
kai_inspection_free (KaiInspection *report)
{
  if (!report)
    return;
  g_free (report->number);
  g_free (report->msg_id);
  g_free (report->msg_ref);
  g_free (report->fault_code);
  g_free (report->fault_result);
  g_free (report->fault_sentence);
  g_free (report->algorithm);
  g_free (report->signer);
  g_free (report->issuer);
  g_free (report->serial);
  g_free (report->created);
  g_free (report->expires);
  g_free (report->text);
  g_strfreev (report->parts);
  g_ptr_array_unref (report->headers);
  g_ptr_array_unref (report->checks);
  g_ptr_array_unref (report->fields);
  g_free (report);
}

const KaiInspectionCheck *
kai_inspection_get_failure (const KaiInspection *report)
{
  for (guint i = 0; i < report->checks->len; i++)
    {
      const KaiInspectionCheck *check = report->checks->pdata[i];

      if (check->state == KAI_CHECK_FAILED)
        return check;
    }
  return NULL;
}

static KaiInspection *
inspection_new (gsize size)
{
  KaiInspection *report = g_new0 (KaiInspection, 1);

  report->size = size;
  report->ok = TRUE;
  report->meaning = "";
  report->headers = g_ptr_array_new ();
  report->fields = g_ptr_array_new ();
  report->checks = g_ptr_array_new_with_free_func ((GDestroyNotify)check_free);
  return report;
}

/* Every text is there, if only empty. */
static void
fill_gaps (KaiInspection *report)
{
  char **texts[] = { &report->number,     &report->msg_id,       &report->msg_ref,
                     &report->fault_code, &report->fault_result, &report->fault_sentence,
                     &report->algorithm,  &report->signer,       &report->issuer,
                     &report->serial,     &report->created,      &report->expires,
                     &report->text };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (!*texts[i])
      *texts[i] = g_strdup ("");
  if (!report->parts)
    report->parts = g_new0 (char *, 1);
}

/* ---- Checks ---- */

static const struct
{
  const char *id, *title;
} titles[] = {
  { "xml", N_ ("Readable XML within the limits") },
  { "structure", N_ ("One of each part, in its place") },
  { "certificate", N_ ("Signer's certificate readable") },
  { "algorithm", N_ ("Algorithms allowed") },
  { "value", N_ ("Signature right") },
  { "references", N_ ("References name parts of the message") },
  { "digests", N_ ("Signed parts unchanged") },
  { "coverage", N_ ("All that must be signed is") },
  { "time", N_ ("Time stamp in its window") },
  { "chain", N_ ("Certificate trusted and valid") },
  { "body", N_ ("Body holds one message") },
  { "fields", N_ ("Fields follow the catalogue") },
  { "holder", N_ ("Signed by a finance server") },
  { "relates-to", N_ ("Answers this request") },
  { "reference", N_ ("Answers this message") },
  { "receiver", N_ ("Meant for this unit") },
};

static const char *
find_title (const char *id)
{
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_str_equal (titles[i].id, id))
      return _ (titles[i].title);
  g_assert_not_reached ();
}

/* Takes @sentence. */
static void
add_check (KaiInspection *report, const char *id, KaiCheckState state, const char *code,
           char *sentence)
{
  KaiInspectionCheck *check = g_new0 (KaiInspectionCheck, 1);
  g_autofree char *owned = sentence;

  check->id = id;
  check->title = find_title (id);
  check->state = state;
  check->code = g_strdup (code);
  check->sentence = kai_inspector_scrub (owned ? owned : "");
  g_ptr_array_add (report->checks, check);
  if (state == KAI_CHECK_FAILED)
    report->ok = FALSE;
}

static void
pass (KaiInspection *report, const char *id, char *sentence)
{
  add_check (report, id, KAI_CHECK_PASSED, NULL, sentence);
}

static void
skip (KaiInspection *report, const char *id, const char *sentence)
{
  add_check (report, id, KAI_CHECK_SKIPPED, NULL, g_strdup (sentence));
}

static void
fail (KaiInspection *report, const char *id, const GError *error)
{
  add_check (report, id, KAI_CHECK_FAILED, kai_net_error_get_code (error),
             g_strdup (error->message));
}

static void
fail_as (KaiInspection *report, const char *id, const char *symbol)
{
  const KaiResultCode *result = kai_result_code_by_symbol (symbol);

  add_check (report, id, KAI_CHECK_FAILED, result->code,
             kai_result_code_describe (result->code, NULL));
}

/* ---- What the strict readers say ---- */

static char *
format_time (gint64 time)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (time);

  return date ? g_date_time_format (date, "%Y-%m-%dT%H:%M:%SZ") : g_strdup ("");
}

/* By KaiXmlStep. */
static const char *const steps[] = { "structure", "certificate", "algorithm", "value", "references",
                                     "digests",   "coverage",    "time",      "chain" };
G_STATIC_ASSERT (G_N_ELEMENTS (steps) == KAI_XML_STEP_DONE);

static char *
describe_pass (const KaiInspectorLook *look, KaiXmlStep step)
{
  const KaiInspection *report = look->report;
  g_autofree char *parts = report->parts ? g_strjoinv (", ", report->parts) : NULL;
  g_autofree char *at = format_time (report->at);

  switch (step)
    {
    case KAI_XML_STEP_CERTIFICATE:
      return g_strdup (report->signer);
    case KAI_XML_STEP_ALGORITHM:
      return g_strdup (report->algorithm);
    case KAI_XML_STEP_COVERAGE:
      return g_strdup (parts);
    case KAI_XML_STEP_TIME:
      return g_strdup_printf (_ ("Signed at %s, looked at as of %s."), report->created, at);
    case KAI_XML_STEP_CHAIN:
      return g_strdup_printf (_ ("Issued by %s, looked at as of %s."), report->issuer, at);
    case KAI_XML_STEP_STRUCTURE:
    case KAI_XML_STEP_VALUE:
    case KAI_XML_STEP_REFERENCES:
    case KAI_XML_STEP_DIGESTS:
    case KAI_XML_STEP_DONE:
    default:
      return NULL;
    }
}

static void
skip_steps (KaiInspection *report, const char *why)
{
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    skip (report, steps[i], why);
}

static KaiVerified *
check_signature (KaiInspectorLook *look)
{
  KaiInspection *report = look->report;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVerified) verified = NULL;
  KaiXmlStep reached = KAI_XML_STEP_STRUCTURE;

  if (report->kind == KAI_INSPECTION_FAULT && !report->is_signed)
    {
      skip_steps (report, _ ("Faults may come unsigned: they are shown and never acted upon."));
      return NULL;
    }
  verified = kai_xml_signature_verify_steps (look->doc, look->options->trust, report->at, &reached,
                                             &error);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (i < reached)
      pass (report, steps[i], describe_pass (look, i));
    else if (i == reached)
      fail (report, steps[i], error);
    else
      skip (report, steps[i], _ ("Not looked at, because an earlier check failed."));
  /* The addressing headers are read last. */
  if (reached == KAI_XML_STEP_DONE && !verified)
    fail (report, "body", error);
  return g_steal_pointer (&verified);
}

static void
check_body (KaiInspectorLook *look, GBytes *bytes, const KaiVerified *verified)
{
  KaiInspection *report = look->report;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSoapEnvelope) envelope = NULL;
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);

  if (report->kind == KAI_INSPECTION_FAULT)
    return;
  if (!verified)
    {
      if (!kai_inspection_get_failure (report)
          || !g_str_equal (kai_inspection_get_failure (report)->id, "body"))
        skip (report, "body", _ ("Not looked at, because an earlier check failed."));
      return;
    }
  envelope = kai_soap_open (data, size, report->kind == KAI_INSPECTION_REQUEST,
                            look->options->trust, report->at, &error);
  if (envelope)
    pass (report, "body", NULL);
  else
    fail (report, "body", error);
}

/* The message when it can be read. */
static KaiMessage *
check_fields (KaiInspectorLook *look)
{
  KaiInspection *report = look->report;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiMessage) message = NULL;

  if (report->kind == KAI_INSPECTION_FAULT)
    return NULL;
  if (!look->cfx)
    {
      skip (report, "fields", _ ("There is no message in it."));
      return NULL;
    }
  message = kai_message_decode (look->cfx, look->options->catalogue, &error);
  if (message)
    pass (report, "fields", NULL);
  else
    fail (report, "fields", error);
  return g_steal_pointer (&message);
}

/* ---- An answer against its request ---- */

static void
compare (KaiInspectorLook *look, const char *id, const char *is, const char *should,
         const char *symbol)
{
  if (!look->options->request)
    skip (look->report, id, _ ("Not looked at, because the request is not at hand."));
  else if (*should && strcmp (is, should) == 0)
    pass (look->report, id, g_strdup (is));
  else
    fail_as (look->report, id, symbol);
}

/* By the client's own rule, where the answer is good enough to ask. */
static void
check_receiver (KaiInspectorLook *look, const KaiVerified *verified, const KaiMessage *message)
{
  if (look->options->request && verified && message
      && !kai_soap_is_for (verified->certificate, message, look->request_source,
                           look->request_region))
    fail_as (look->report, "receiver", "wrong-receiver");
  else
    compare (look, "receiver", look->destination, look->request_source, "wrong-receiver");
}

static void
check_answer (KaiInspectorLook *look, const KaiVerified *verified, const KaiMessage *message)
{
  KaiInspection *report = look->report;
  gboolean is_fault = report->kind == KAI_INSPECTION_FAULT;

  if (report->kind == KAI_INSPECTION_MESSAGE && look->options->request)
    {
      compare (look, "reference", report->msg_ref, look->request_msg_id, "wrong-message");
      compare (look, "receiver", look->destination, look->request_source, "wrong-receiver");
    }
  if (report->kind != KAI_INSPECTION_ANSWER && !is_fault)
    return;
  if (!verified)
    skip (report, "holder", _ ("Not looked at, because the signature is not accepted."));
  else if (kai_certificate_is_finance (verified->certificate))
    pass (report, "holder", kai_certificate_dup_unit (verified->certificate));
  else
    fail_as (report, "holder", "wrong-holder");
  if (is_fault)
    {
      if (look->relates_to && *look->relates_to)
        compare (look, "relates-to", look->relates_to, look->request_message_id, "wrong-request");
      return;
    }
  /* Only what was signed counts. */
  compare (look, "relates-to",
           verified ? (verified->relates_to ? verified->relates_to : "") : look->relates_to,
           look->request_message_id, "wrong-request");
  compare (look, "reference", report->msg_ref, look->request_msg_id, "wrong-message");
  check_receiver (look, verified, message);
}

/* ---- The text ---- */

static char *
cut_text (const char *text, gsize length)
{
  const char *end;

  if (!text) /* nothing was sent */
    return g_strdup ("");
  if (length <= MAX_TEXT)
    return g_strndup (text, length);
  end = g_utf8_find_prev_char (text, text + MAX_TEXT);
  return g_strdup_printf (_ ("%.*s\n… (%ld bytes in all)"), (int)(end - text), text, (long)length);
}

/* Byte for byte, as far as it is text. */
static char *
dup_sent_text (GBytes *bytes)
{
  gsize size, length;
  const char *data = g_bytes_get_data (bytes, &size);
  g_autofree char *text = NULL;

  if (g_utf8_validate_len (data, size, NULL))
    return cut_text (data, size);
  text = g_convert (data, (gssize)size, "UTF-8", "GB18030", NULL, &length, NULL);
  if (!text)
    {
      text = g_utf8_make_valid (data, (gssize)size);
      length = strlen (text);
    }
  return cut_text (text, length);
}

static char *
dup_masked_text (xmlDoc *doc)
{
  xmlChar *text = NULL;
  int length = 0;
  char *copy;

  xmlDocDumpFormatMemoryEnc (doc, &text, &length, "UTF-8", 1);
  copy = text ? cut_text ((const char *)text, (gsize)length) : g_strdup ("");
  xmlFree (text);
  return copy;
}

/* ---- All of it ---- */

static void
choose_time (KaiInspectorLook *look)
{
  gint64 created = kai_inspector_parse_time (look->report->created ? look->report->created : "");

  look->report->at = look->options->at       ? look->options->at
                     : look->request_created ? look->request_created
                     : created               ? created
                                             : g_get_real_time () / G_USEC_PER_SEC;
}

static void
check_all (KaiInspectorLook *look, GBytes *bytes)
{
  KaiInspection *report = look->report;
  g_autoptr (KaiVerified) verified = NULL;
  g_autoptr (KaiMessage) message = NULL;

  pass (report, "xml", NULL);
  if (look->envelope)
    {
      verified = check_signature (look);
      check_body (look, bytes, verified);
    }
  else if (look->cfx)
    skip_steps (report, _ ("A message without an envelope bears no signature of this kind."));
  else
    fail_as (report, "structure", "malformed");
  message = check_fields (look);
  check_answer (look, verified, message);
}

static void
inspect_document (KaiInspectorLook *look, GBytes *bytes)
{
  KaiInspection *report = look->report;

  kai_inspector_describe (look);
  choose_time (look);
  check_all (look, bytes);
  /* Last: it masks the document. */
  kai_inspector_read_fields (report, look->doc, look->cfx, look->options);
  report->text = look->options->show_personal ? dup_sent_text (bytes) : dup_masked_text (look->doc);
}

KaiInspection *
kai_inspector_inspect (GBytes *bytes, const KaiInspectorOptions *options)
{
  KaiInspection *report = inspection_new (g_bytes_get_size (bytes));
  KaiInspectorLook look = { .options = options, .report = report };
  g_autoptr (GError) error = NULL;

  kai_inspector_read_request (&look);
  look.doc = kai_xml_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  if (look.doc)
    inspect_document (&look, bytes);
  else
    {
      choose_time (&look);
      fail (report, "xml", error);
      report->text = options->show_personal
                         ? dup_sent_text (bytes)
                         : g_strdup (_ ("What cannot be read cannot be masked: ask for personal "
                                        "data to see it as it came."));
    }
  fill_gaps (report);
  kai_inspector_look_clear (&look);
  return report;
}
