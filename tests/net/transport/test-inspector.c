/* Reports on good and bad messages: which check fails, what is shown, and above all what is not. */
#include "kai-test.h"
#include "kai-test-keys.h"
#include "messages/kai-message-name.h"
#include "messages/kai-message.h"
#include "messages/kai-xml.h"
#include "transport/kai-inspector.h"
#include "transport/kai-soap.h"

#include <string.h>

#define TO "https://finance.example/exchange"
#define ID "urn:uuid:3f1c2d6e-0000-4000-8000-000000000001"
#define PAYER "欧阳若溪"
#define IDENTITY "11010519491231002X"
#define MOBILE "13812345678"
#define ACCOUNT "6222021111222233334"
#define EMAIL "ruoxi@example.com"

static const char *const personal[] = { PAYER, IDENTITY, MOBILE, ACCOUNT, EMAIL };

typedef struct
{
  KaiCatalogue *catalogue;
  KaiTestKey *root, *clerk, *finance;
  KaiKey *clerk_key, *finance_key;
  KaiTrust *trust;
  gint64 now;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  KaiAlgorithm algorithm = GPOINTER_TO_INT (data);
  g_autofree char *pem = NULL;
  g_autoptr (GError) error = NULL;

  f->catalogue = kai_catalogue_load (NULL, &error);
  g_assert_no_error (error);
  f->root = kai_test_root_new ("Test root", algorithm);
  f->clerk = kai_test_clerk_new (f->root, algorithm, "320684001", "32068400101");
  f->finance = kai_test_finance_new (f->root, algorithm);
  f->clerk_key = kai_key_new_for_pkey (f->clerk->pkey, f->clerk->certificate);
  f->finance_key = kai_key_new_for_pkey (f->finance->pkey, f->finance->certificate);
  f->trust = kai_trust_new ();
  pem = kai_test_key_certificate_pem (f->root);
  g_assert_true (kai_trust_add_pem (f->trust, pem, -1, &error));
  f->now = g_get_real_time () / G_USEC_PER_SEC;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  kai_trust_unref (f->trust);
  g_object_unref (f->clerk_key);
  g_object_unref (f->finance_key);
  kai_test_key_free (f->clerk);
  kai_test_key_free (f->finance);
  kai_test_key_free (f->root);
  kai_catalogue_free (f->catalogue);
}

/* ---- Messages ---- */

static void
replace (char **field, const char *value)
{
  g_free (*field);
  *field = g_strdup (value);
}

static KaiMessage *
new_message (const char *number, gboolean answer)
{
  KaiMessage *message = kai_message_new (number);

  replace (&message->source, answer ? "F320684" : "K3206840001");
  replace (&message->destination, answer ? "K3206840001" : "F320684");
  replace (&message->region, "320684");
  replace (&message->id, answer ? "261121ANSWER00000001" : "261121REQUEST0000001");
  replace (&message->reference, answer ? "261121REQUEST0000001" : "");
  g_ptr_array_add (message->vouchers, kai_record_new ());
  return message;
}

static KaiMessage *
new_notice (void)
{
  static const char *const values[][2] = {
    { "AdmDivCode", "320684" },
    { "PayCode", "32068426300000000017" },
    { "BillDate", "20261121" },
    { "ChgAgenCode", "320684001" },
    { "ChgAgenName", "第一中学" },
    { "PayerName", PAYER },
    { "PayerAcct", ACCOUNT },
    { "Amt", "850.00" },
    { "OriAmt", "850.00" },
    { "DelayAmt", "0.00" },
    { "PayStats", "0" },
    { "RecAcctType", "1" },
    { "RecName", "财政专户" },
    { "RecAcct", "320684000000000018" },
    { "RecOpBk", "东洲银行" },
    { "RecBankNo", "999306840001" },
    { "IsInterBank", "0" },
    { "PayInfo", "320600010001|" PAYER "的学费|850.00#" },
    { "Memo", PAYER " " MOBILE " 补交" },
    { "MobilePhone", MOBILE },
    { "PayerCreditCode", IDENTITY },
    { "Hold1", "电话" MOBILE },
  };
  KaiMessage *message = new_message ("8994", FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    kai_record_set (message->vouchers->pdata[0], values[i][0], values[i][1]);
  return message;
}

static KaiMessage *
new_result (void)
{
  KaiMessage *message = new_message ("5001", TRUE);

  kai_record_set (message->vouchers->pdata[0], "OriMsgNo", "8994");
  kai_record_set (message->vouchers->pdata[0], "Result", "00000");
  kai_record_set (message->vouchers->pdata[0], "AddWord", "已受理");
  return message;
}

static GBytes *
encode (Fixture *f, const KaiMessage *message, gboolean gbk)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = kai_message_encode (message, f->catalogue, gbk, &error);

  g_assert_no_error (error);
  return bytes;
}

static GBytes *
wrap (Fixture *f, const KaiMessage *message, KaiKey *key, gint64 at, const char *relates_to)
{
  g_autoptr (GBytes) cfx = encode (f, message, FALSE);
  g_autoptr (GError) error = NULL;
  GBytes *bytes = kai_soap_build (cfx, relates_to ? ID "a" : ID, TO, relates_to, key, at, &error);

  g_assert_no_error (error);
  return bytes;
}

static GBytes *
make_request (Fixture *f)
{
  g_autoptr (KaiMessage) message = new_notice ();

  return wrap (f, message, f->clerk_key, f->now, NULL);
}

static GBytes *
make_answer (Fixture *f)
{
  g_autoptr (KaiMessage) message = new_result ();

  return wrap (f, message, f->finance_key, f->now, ID);
}

static KaiInspection *
inspect (Fixture *f, GBytes *bytes, GBytes *request, gint64 at, gboolean show_personal)
{
  KaiInspectorOptions options = { f->catalogue, f->trust, at, request, show_personal };

  return kai_inspector_inspect (bytes, &options);
}

static const KaiInspectionCheck *
get_check (const KaiInspection *report, const char *id)
{
  for (guint i = 0; i < report->checks->len; i++)
    if (g_str_equal (((KaiInspectionCheck *)report->checks->pdata[i])->id, id))
      return report->checks->pdata[i];
  return NULL;
}

static const char *
get_value (const KaiInspection *report, const char *path)
{
  for (guint i = 0; i < report->fields->len; i++)
    if (g_str_equal (((KaiInspectionField *)report->fields->pdata[i])->path, path))
      return ((KaiInspectionField *)report->fields->pdata[i])->value;
  g_error ("there is no field %s", path);
}

/* ---- Good ones ---- */

static void
assert_all_passed (const KaiInspection *report)
{
  for (guint i = 0; i < report->checks->len; i++)
    {
      const KaiInspectionCheck *check = report->checks->pdata[i];

      if (check->state != KAI_CHECK_PASSED)
        g_error ("%s: %s", check->id, check->sentence);
    }
  g_assert_true (report->ok);
  g_assert_null (kai_inspection_get_failure (report));
}

static void
test_request (Fixture *f, gconstpointer data)
{
  static const char *const parts[] = { "Body", "Timestamp", "MessageID", "To", "Action" };
  g_autoptr (GBytes) bytes = make_request (f);
  g_autoptr (KaiInspection) report = inspect (f, bytes, NULL, f->now, FALSE);

  assert_all_passed (report);
  g_assert_cmpint (report->checks->len, ==, 12);
  g_assert_cmpint (report->kind, ==, KAI_INSPECTION_REQUEST);
  g_assert_cmpuint (report->size, ==, g_bytes_get_size (bytes));
  g_assert_cmpstr (report->number, ==, "8994");
  g_assert_cmpstr (report->meaning, ==, "Issue payment notices");
  g_assert_cmpstr (report->msg_id, ==, "261121REQUEST0000001");
  g_assert_cmpuint (report->n_vouchers, ==, 1);
  g_assert_true (report->is_signed);
  g_assert_nonnull (strstr (report->signer, "UID=32068400101"));
  g_assert_nonnull (strstr (report->issuer, "CN=Test root"));
  g_assert_cmpstr (report->serial, !=, "");
  g_assert_cmpint (report->not_before, <, f->now);
  g_assert_cmpint (report->not_after, >, f->now);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    g_assert_true (g_strv_contains ((const char *const *)report->parts, parts[i]));
  g_assert_cmpuint (g_strv_length (report->parts), ==, G_N_ELEMENTS (parts));
  g_assert_cmpuint (report->headers->len, ==, 3);
  g_assert_cmpstr (get_value (report, "HEAD/MsgNo"), ==, "8994");
  g_assert_cmpstr (get_value (report, "1/Amt"), ==, "850.00");
}

static void
test_answer (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) request = make_request (f);
  g_autoptr (GBytes) bytes = make_answer (f);
  g_autoptr (KaiInspection) alone = inspect (f, bytes, NULL, 0, FALSE);
  g_autoptr (KaiInspection) report = inspect (f, bytes, request, 0, FALSE);

  assert_all_passed (report);
  g_assert_cmpint (report->checks->len, ==, 16);
  g_assert_cmpint (report->kind, ==, KAI_INSPECTION_ANSWER);
  g_assert_cmpstr (report->number, ==, "5001");
  g_assert_cmpint (report->at, ==, f->now);
  /* Without its request there is nothing to compare with. */
  g_assert_true (alone->ok);
  g_assert_cmpint (get_check (alone, "relates-to")->state, ==, KAI_CHECK_SKIPPED);
}

/* ---- Bad ones ---- */

static char *
swap_text (char *text, const char *from, const char *to)
{
  G_GNUC_UNUSED g_autofree char *owned = text;
  char *at = strstr (text, from);

  if (!at)
    g_error ("“%s” is not in the message", from);
  return g_strdup_printf ("%.*s%s%s", (int)(at - text), text, to, at + strlen (from));
}

/* From the first @from to the end of the first @to behind it. */
static char *
cut_out (char *text, const char *from, const char *to)
{
  G_GNUC_UNUSED g_autofree char *owned = text;
  char *start = strstr (text, from);
  char *end = start ? strstr (start, to) : NULL;

  g_assert_nonnull (end);
  return g_strdup_printf ("%.*s%s", (int)(start - text), text, end + strlen (to));
}

static char *
cut_half (char *text)
{
  text[strlen (text) / 2] = '\0';
  return text;
}

static char *
take_signature_out (char *text)
{
  return cut_out (text, "<wsse:Security", "</wsse:Security>");
}

static char *
change_body (char *text)
{
  return swap_text (text, "<SRC>K3206840001</SRC>", "<SRC>K3206840002</SRC>");
}

/* The first character of the first digest. */
static char *
change_digest (char *text)
{
  char *at = strstr (text, "DigestValue>") + strlen ("DigestValue>");

  *at = *at == 'A' ? 'B' : 'A';
  return text;
}

static char *
use_sha1 (char *text)
{
  char *start =
      strstr (text, "SignatureMethod Algorithm=\"") + strlen ("SignatureMethod Algorithm=\"");
  g_autofree char *old = g_strndup (start, strcspn (start, "\""));

  return swap_text (text, old, "http://www.w3.org/2000/09/xmldsig#rsa-sha1");
}

static char *
spoil_certificate (char *text)
{
  char *at = strchr (strstr (text, "BinarySecurityToken"), '>') + 1;

  memset (at, 'A', 8);
  return text;
}

static char *
double_timestamp (char *text)
{
  char *start = strstr (text, "<wsu:Timestamp");
  char *end = strstr (start, "</wsu:Timestamp>") + strlen ("</wsu:Timestamp>");
  g_autofree char *stamp = g_strndup (start, (gsize)(end - start));
  g_autofree char *twice = g_strconcat (stamp, stamp, NULL);

  return swap_text (text, stamp, twice);
}

static char *
point_elsewhere (char *text)
{
  return swap_text (text, "URI=\"#", "URI=\"#x");
}

static char *
not_an_envelope (char *text)
{
  g_free (text);
  return g_strdup ("<html><body>" PAYER "</body></html>");
}

static char *
add_dtd (char *text)
{
  G_GNUC_UNUSED g_autofree char *owned = text;

  return g_strconcat ("<!DOCTYPE a [<!ENTITY e 'x'>]>", text, NULL);
}

static const struct
{
  const char *name;
  char *(*change) (char *text);
  const char *check, *code; /* NULL = any */
  KaiInspectionKind kind;
} bad_rows[] = {
  { "cut", cut_half, "xml", NULL, KAI_INSPECTION_UNREADABLE },
  { "dtd", add_dtd, "xml", "10006", KAI_INSPECTION_UNREADABLE },
  { "not-an-envelope", not_an_envelope, "structure", "10001", KAI_INSPECTION_UNREADABLE },
  { "unsigned", take_signature_out, "structure", "20001", KAI_INSPECTION_REQUEST },
  { "timestamp-twice", double_timestamp, "structure", NULL, KAI_INSPECTION_REQUEST },
  { "certificate", spoil_certificate, "certificate", NULL, KAI_INSPECTION_REQUEST },
  { "sha1", use_sha1, "algorithm", "20015", KAI_INSPECTION_REQUEST },
  { "signature", change_digest, "value", "20002", KAI_INSPECTION_REQUEST },
  { "reference", point_elsewhere, "value", "20002", KAI_INSPECTION_REQUEST },
  { "body", change_body, "digests", "20002", KAI_INSPECTION_REQUEST },
};

static void
assert_fails (const KaiInspection *report, const char *id, const char *code)
{
  const KaiInspectionCheck *failure = kai_inspection_get_failure (report);
  gboolean seen = FALSE;

  g_assert_false (report->ok);
  g_assert_nonnull (failure);
  g_assert_cmpstr (failure->id, ==, id);
  g_assert_cmpstr (failure->sentence, !=, "");
  if (code)
    g_assert_cmpstr (failure->code, ==, code);
  for (guint i = 0; i < report->checks->len; i++)
    {
      const KaiInspectionCheck *check = report->checks->pdata[i];

      seen |= check == failure;
      if (!seen && check->state == KAI_CHECK_FAILED)
        g_error ("%s failed before %s", check->id, id);
    }
}

static void
assert_masked (const KaiInspection *report)
{
  g_autoptr (GString) all = g_string_new (report->text);

  g_string_append_printf (all, "\n%s\n%s\n%s\n%s", report->fault_sentence, report->fault_code,
                          report->number, report->msg_id);
  for (guint i = 0; i < report->fields->len + report->headers->len; i++)
    {
      const KaiInspectionField *field = i < report->fields->len
                                            ? report->fields->pdata[i]
                                            : report->headers->pdata[i - report->fields->len];

      g_string_append_printf (all, "\n%s %s %s %s", field->path, field->tag, field->name,
                              field->value);
    }
  for (guint i = 0; i < report->checks->len; i++)
    g_string_append_printf (all, "\n%s",
                            ((KaiInspectionCheck *)report->checks->pdata[i])->sentence);
  for (guint i = 0; i < G_N_ELEMENTS (personal); i++)
    {
      g_autofree char *base64 =
          g_base64_encode ((const guchar *)personal[i], strlen (personal[i]) / 3 * 3);

      if (strstr (all->str, personal[i]) || strstr (all->str, base64))
        g_error ("%s is shown:\n%s", personal[i], all->str);
    }
}

static void
test_bad (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_rows); i++)
    {
      g_autoptr (GBytes) good = make_request (f);
      char *text =
          bad_rows[i].change (g_strndup (g_bytes_get_data (good, NULL), g_bytes_get_size (good)));
      g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));
      g_autoptr (KaiInspection) report = inspect (f, bytes, NULL, f->now, FALSE);

      g_test_message ("%s", bad_rows[i].name);
      assert_fails (report, bad_rows[i].check, bad_rows[i].code);
      g_assert_cmpint (report->kind, ==, bad_rows[i].kind);
      assert_masked (report);
      /* What is wrong with the signature does not hide the message. */
      if (report->kind == KAI_INSPECTION_REQUEST)
        g_assert_cmpstr (get_value (report, "1/PayCode"), ==, "32068426300000000017");
    }
}

static void
test_skips (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) good = make_request (f);
  char *text = change_digest (g_strndup (g_bytes_get_data (good, NULL), g_bytes_get_size (good)));
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));
  g_autoptr (KaiInspection) report = inspect (f, bytes, NULL, f->now, FALSE);

  g_assert_cmpint (get_check (report, "algorithm")->state, ==, KAI_CHECK_PASSED);
  g_assert_cmpint (get_check (report, "value")->state, ==, KAI_CHECK_FAILED);
  g_assert_cmpint (get_check (report, "digests")->state, ==, KAI_CHECK_SKIPPED);
  g_assert_cmpint (get_check (report, "chain")->state, ==, KAI_CHECK_SKIPPED);
  g_assert_cmpint (get_check (report, "body")->state, ==, KAI_CHECK_SKIPPED);
  g_assert_cmpint (get_check (report, "fields")->state, ==, KAI_CHECK_PASSED);
}

static void
test_time (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) bytes = make_request (f);
  g_autoptr (KaiInspection) later = inspect (f, bytes, NULL, f->now + 3600, FALSE);
  g_autoptr (KaiInspection) then = inspect (f, bytes, NULL, 0, FALSE);
  g_autoptr (KaiMessage) result = new_result ();
  g_autoptr (GBytes) old = wrap (f, result, f->finance_key, f->now - 3600, ID);
  g_autoptr (KaiInspection) replayed = inspect (f, old, bytes, 0, FALSE);

  assert_fails (later, "time", "20008");
  assert_all_passed (then);
  /* An old answer, played again to a new request. */
  assert_fails (replayed, "time", "20008");
}

static void
test_certificates (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiTestKey) stranger = kai_test_root_new ("Another root", KAI_ALGORITHM_P256);
  g_autoptr (KaiTestKey) foreign =
      kai_test_clerk_new (stranger, KAI_ALGORITHM_P256, "320684001", "32068400101");
  const KaiTestLeaf leaf = { .name = "张三",
                             .unit_name = "单位",
                             .unit = "320684001",
                             .user = "32068400101",
                             .algorithm = KAI_ALGORITHM_P256,
                             .not_before = f->now - 7200,
                             .not_after = f->now - 3600 };
  g_autoptr (KaiTestKey) expired = kai_test_key_issue (f->root, &leaf);
  KaiTestKey *keys[] = { foreign, expired };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (KaiKey) key = kai_key_new_for_pkey (keys[i]->pkey, keys[i]->certificate);
      g_autoptr (KaiMessage) message = new_notice ();
      g_autoptr (GBytes) bytes = wrap (f, message, key, f->now, NULL);
      g_autoptr (KaiInspection) report = inspect (f, bytes, NULL, f->now, FALSE);

      assert_fails (report, "chain", i == 0 ? "20006" : "20005");
      g_assert_cmpint (get_check (report, "value")->state, ==, KAI_CHECK_PASSED);
    }
}

static void
test_wrong_answers (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) request = make_request (f);

  for (int i = 0; i < 5; i++)
    {
      static const char *const checks[] = { "relates-to", "reference", "receiver", "holder",
                                            "receiver" };
      static const char *const codes[] = { "20026", "20027", "20028", "20007", "20028" };
      g_autoptr (KaiMessage) message = new_result ();
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (KaiInspection) report = NULL;

      if (i == 1)
        replace (&message->reference, "261121REQUEST0000002");
      if (i == 2)
        replace (&message->destination, "K3206840009");
      if (i == 4)
        replace (&message->region, "320100");
      bytes = wrap (f, message, i == 3 ? f->clerk_key : f->finance_key, f->now,
                    i == 0 ? ID "other" : ID);
      report = inspect (f, bytes, request, 0, FALSE);
      g_test_message ("%s", checks[i]);
      assert_fails (report, checks[i], codes[i]);
      g_assert_cmpint (get_check (report, "chain")->state, ==, KAI_CHECK_PASSED);
    }
}

static void
test_body (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *body, *check;
  } rows[] = {
    { "<k:Exchange><CFX/><CFX/></k:Exchange>", "body" },
    { "<k:Exchange></k:Exchange>", "body" },
    { "<k:Exchange><CFX><HEAD><MsgNo>8997</MsgNo></HEAD></CFX></k:Exchange>", "fields" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("<s:Envelope xmlns:s='" KAI_SOAP_NS "' xmlns:k='" KAI_EXCHANGE_NS
                           "'><s:Header/><s:Body>%s</s:Body></s:Envelope>",
                           rows[i].body);
      g_autoptr (xmlDoc) doc = kai_xml_parse (text, strlen (text), NULL);
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (KaiInspection) report = NULL;
      xmlChar *out = NULL;
      int length;

      g_assert_true (kai_xml_signature_sign (doc, f->clerk_key, f->now, NULL));
      xmlDocDumpMemoryEnc (doc, &out, &length, "UTF-8");
      bytes = g_bytes_new (out, (gsize)length);
      xmlFree (out);
      report = inspect (f, bytes, NULL, 0, FALSE);
      assert_fails (report, rows[i].check, NULL);
      g_assert_cmpint (get_check (report, "chain")->state, ==, KAI_CHECK_PASSED);
    }
}

/* ---- Faults and bare messages ---- */

static void
test_faults (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) request = make_request (f);
  g_autoptr (GBytes) open = kai_soap_build_fault (
      "Client", "20008", "电话 " MOBILE "、证件 " IDENTITY " 有误", NULL, f->now);
  g_autoptr (GBytes) closed =
      kai_soap_build_fault ("Server", "90001", "出错", f->finance_key, f->now);
  g_autoptr (KaiInspection) unsigned_fault = inspect (f, open, request, 0, FALSE);
  g_autoptr (KaiInspection) signed_fault = inspect (f, closed, request, 0, FALSE);

  g_assert_cmpint (unsigned_fault->kind, ==, KAI_INSPECTION_FAULT);
  g_assert_cmpstr (unsigned_fault->fault_result, ==, "20008");
  g_assert_true (unsigned_fault->ok);
  g_assert_false (unsigned_fault->is_signed);
  g_assert_cmpint (get_check (unsigned_fault, "structure")->state, ==, KAI_CHECK_SKIPPED);
  g_assert_cmpint (get_check (unsigned_fault, "holder")->state, ==, KAI_CHECK_SKIPPED);
  assert_masked (unsigned_fault);
  g_assert_cmpint (get_check (signed_fault, "chain")->state, ==, KAI_CHECK_PASSED);
  g_assert_cmpint (get_check (signed_fault, "holder")->state, ==, KAI_CHECK_PASSED);
  g_assert_cmpstr (signed_fault->fault_sentence, ==, "出错");
}

/* As the trace of the socket has them: GBK, no envelope. */
static void
test_bare (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiMessage) notice = new_notice ();
  g_autoptr (KaiMessage) result = new_result ();
  g_autoptr (GBytes) request = encode (f, notice, TRUE);
  g_autoptr (GBytes) answer = encode (f, result, TRUE);
  g_autoptr (KaiInspection) masked = inspect (f, request, NULL, 0, FALSE);
  g_autoptr (KaiInspection) shown = inspect (f, request, NULL, 0, TRUE);
  g_autoptr (KaiInspection) good = inspect (f, answer, request, 0, FALSE);
  g_autoptr (KaiInspection) wrong = inspect (f, answer, answer, 0, FALSE);

  g_assert_cmpint (masked->kind, ==, KAI_INSPECTION_MESSAGE);
  g_assert_true (masked->ok);
  assert_masked (masked);
  g_assert_cmpstr (get_value (shown, "1/PayerName"), ==, PAYER);
  g_assert_true (good->ok);
  g_assert_cmpint (get_check (good, "reference")->state, ==, KAI_CHECK_PASSED);
  g_assert_cmpint (get_check (good, "receiver")->state, ==, KAI_CHECK_PASSED);
  assert_fails (wrong, "reference", "20027");
}

/* ---- Masks ---- */

static void
test_masks (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) bytes = make_request (f);
  g_autoptr (KaiInspection) masked = inspect (f, bytes, NULL, f->now, FALSE);
  g_autoptr (KaiInspection) shown = inspect (f, bytes, NULL, f->now, TRUE);

  assert_masked (masked);
  g_assert_cmpstr (get_value (masked, "1/PayerName"), ==, "欧**");
  g_assert_cmpstr (get_value (masked, "1/MobilePhone"), ==, "****5678");
  g_assert_cmpstr (get_value (masked, "1/PayInfo"), ==, "320600010001|**的学费|850.00#");
  g_assert_cmpstr (get_value (masked, "1/RecAcct"), ==, "320684000000000018");
  g_assert_nonnull (strstr (masked->text, "<PayCode>32068426300000000017</PayCode>"));
  g_assert_cmpstr (get_value (shown, "1/PayerName"), ==, PAYER);
  g_assert_cmpstr (get_value (shown, "1/PayerCreditCode"), ==, IDENTITY);
  g_assert_cmpstr (get_value (shown, "1/Memo"), ==, PAYER " " MOBILE " 补交");
  g_assert_cmpuint (strlen (shown->text), ==, g_bytes_get_size (bytes));
  g_assert_cmpint (memcmp (shown->text, g_bytes_get_data (bytes, NULL), strlen (shown->text)), ==,
                   0);
}

static void
test_nested (Fixture *f, gconstpointer data)
{
  static const char *const xml =
      "<Voucher><PayCode>32068426300000000017</PayCode><CfmDate>20261121</CfmDate>"
      "<PayerName>" PAYER "</PayerName><PayerAcct>" ACCOUNT "</PayerAcct>"
      "<Unknown>" EMAIL "</Unknown><Hold1>" PAYER "</Hold1></Voucher>";
  g_autofree char *content = g_base64_encode ((const guchar *)xml, strlen (xml));
  g_autoptr (KaiMessage) message = new_message ("5902", TRUE);
  KaiRecord *voucher = message->vouchers->pdata[0];
  KaiRecord *push = kai_record_add (voucher, "PushList/Push");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (KaiInspection) masked = NULL;
  g_autoptr (KaiInspection) shown = NULL;

  kai_record_set (voucher, "Result", "00000");
  kai_record_set (voucher, "More", "0");
  kai_record_set (voucher, "RetryAfter", "5");
  kai_record_set (push, "PushId", "7");
  kai_record_set (push, "MsgNo", "5996");
  kai_record_set (push, "Content", content);
  bytes = wrap (f, message, f->finance_key, f->now, ID);
  masked = inspect (f, bytes, NULL, 0, FALSE);
  shown = inspect (f, bytes, NULL, 0, TRUE);
  g_assert_true (masked->ok);
  assert_masked (masked);
  g_assert_cmpstr (get_value (masked, "1/PushList/Push/1/Content/PayCode"), ==,
                   "32068426300000000017");
  g_assert_cmpstr (get_value (masked, "1/PushList/Push/1/Content/Hold1"), ==, "**");
  g_assert_cmpstr (get_value (shown, "1/PushList/Push/1/Content/PayerName"), ==, PAYER);
  g_assert_cmpstr (get_value (shown, "1/PushList/Push/1/Content/Unknown"), ==, EMAIL);
}

/* A server that repeats what it was told. */
static void
test_repeated (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) request = make_request (f);
  g_autoptr (KaiMessage) message = new_result ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (KaiInspection) report = NULL;

  kai_record_set (message->vouchers->pdata[0], "AddWord", PAYER "的账号 " ACCOUNT " 有误");
  bytes = wrap (f, message, f->finance_key, f->now, ID);
  report = inspect (f, bytes, request, 0, FALSE);
  g_assert_true (report->ok);
  assert_masked (report);
  g_assert_cmpstr (get_value (report, "1/AddWord"), ==, "**的账号 ** 有误");
}

/* A field that breaks its own rules may hold anything. */
static void
test_wrong_fields (Fixture *f, gconstpointer data)
{
  static const char *const changes[][2] = {
    { "<MsgID>261121REQUEST0000001</MsgID>", "<MsgID>" PAYER "</MsgID>" },
    { "<MsgID>261121REQUEST0000001</MsgID>",
      "<MsgID>x " MOBILE " and more than there is room</MsgID>" },
    { "<MsgNo>8994</MsgNo>", "<MsgNo>" PAYER "</MsgNo>" },
    { "<Reserve/>", "<Reserve>" PAYER MOBILE "</Reserve>" },
    { "<WorkDate>", "<WorkDate>" PAYER },
    { "<wsa:To ", "<wsa:From>" PAYER "</wsa:From><wsa:To " },
    { ">" TO, ">" PAYER TO },
    { "<wsse:Security", "<ds:Object xmlns:ds='http://www.w3.org/2000/09/xmldsig#'>" PAYER
                        "</ds:Object><wsse:Security" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (GBytes) good = make_request (f);
      char *text = swap_text (g_strndup (g_bytes_get_data (good, NULL), g_bytes_get_size (good)),
                              changes[i][0], changes[i][1]);
      g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));
      g_autoptr (KaiInspection) report = inspect (f, bytes, NULL, 0, FALSE);

      g_test_message ("%s", changes[i][1]);
      assert_masked (report);
    }
}

/* What stands where nothing of a message should is hidden whole. */
static void
test_out_of_place (Fixture *f, gconstpointer data)
{
  static const char *const places[] = {
    "<soap:Header>", "<k:Exchange xmlns:k=\"urn:kaipiao:exchange:1\">", "<CFX>", "<HEAD>", "<MOF>",
  };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GBytes) good = make_request (f);
      g_autofree char *more = g_strconcat (places[i], "<x a=\"", MOBILE, "\">", PAYER, "<y>", EMAIL,
                                           "</y><!-- ", ACCOUNT, " --></x>", NULL);
      char *text = swap_text (g_strndup (g_bytes_get_data (good, NULL), g_bytes_get_size (good)),
                              places[i], more);
      g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));
      g_autoptr (KaiInspection) report = inspect (f, bytes, NULL, 0, FALSE);

      g_assert_false (report->ok);
      assert_masked (report);
    }
}

static void
test_documents (Fixture *f, gconstpointer data)
{
  g_autofree char *base64 = g_base64_encode ((const guchar *)"<EInvoice>" PAYER "</EInvoice>",
                                             strlen ("<EInvoice>" PAYER "</EInvoice>"));
  g_autoptr (KaiMessage) message = new_message ("5982", TRUE);
  g_autoptr (GBytes) bytes = NULL;

  kai_record_set (message->vouchers->pdata[0], "Result", "00000");
  kai_record_set (message->vouchers->pdata[0], "Invoicefiledata", base64);
  bytes = wrap (f, message, f->finance_key, f->now, ID);
  for (int show = 0; show < 2; show++)
    {
      g_autoptr (KaiInspection) report = inspect (f, bytes, NULL, 0, show);

      g_assert_cmpstr (get_value (report, "1/Invoicefiledata"), ==, "(XML, 33 bytes)");
      if (!show)
        g_assert_null (strstr (report->text, base64));
    }
}

/* ---- The catalogue behind it ---- */

/* A message or a field that is added must say what it is. */
static void
test_catalogue (Fixture *f, gconstpointer data)
{
  g_autoptr (GRegex) about_people = g_regex_new (
      "^(Payer(Name|Acct|CreditCode)|.*Mobile.*|.*Phone|Email|Memo|Operator(Name)?|NewToken)$", 0,
      0, NULL);
  g_auto (GStrv) numbers = kai_catalogue_list (f->catalogue);

  for (int i = 0; numbers[i]; i++)
    {
      const KaiMessageSpec *spec = kai_catalogue_get (f->catalogue, numbers[i]);

      if (!kai_message_name (numbers[i]))
        g_error ("message %s has no name", numbers[i]);
      for (guint j = 0; j < spec->fields->len; j++)
        {
          const KaiFieldSpec *field = spec->fields->pdata[j];

          if (g_regex_match (about_people, field->tag, 0, NULL) && field->holds == KAI_HOLDS_PLAIN)
            g_error ("field %s of message %s does not say what it holds", field->tag, numbers[i]);
        }
    }
}

/* A site's row that says nothing about it leaves the mask on; its own column puts one on. */
static void
test_site_file (Fixture *f, gconstpointer data)
{
  char *dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "messages.tsv", NULL);
  g_autoptr (KaiCatalogue) catalogue = NULL;
  g_autoptr (GError) error = NULL;
  const KaiMessageSpec *spec;
  guint found = 0;

  g_assert_true (
      g_file_set_contents (path,
                           "8994\tVoucher\tPayerName\t缴款人\tGBString\t1\t60\tM\n"
                           "8994\tVoucher\tGuardian\t监护人\tGBString\t0\t60\tO\t\tname\n",
                           -1, NULL));
  catalogue = kai_catalogue_load (path, &error);
  g_assert_no_error (error);
  spec = kai_catalogue_get (catalogue, "8994");
  for (guint i = 0; i < spec->fields->len; i++)
    {
      const KaiFieldSpec *field = spec->fields->pdata[i];

      if (g_str_equal (field->tag, "PayerName") || g_str_equal (field->tag, "Guardian"))
        {
          g_assert_cmpint (field->holds, ==, KAI_HOLDS_NAME);
          found++;
        }
    }
  g_assert_cmpuint (found, ==, 2);
  g_assert_true (g_file_set_contents (
      path, "8994\tVoucher\tGuardian\t监护人\tGBString\t0\t60\tO\t\tnonsense\n", -1, NULL));
  g_assert_null (kai_catalogue_load (path, &error));
  kai_test_remove_dir (dir);
}

static void
test_number (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) request = make_request (f);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  g_autofree char *number = kai_inspector_dup_number (request);
  g_autofree char *none = kai_inspector_dup_number (nothing);

  g_assert_cmpstr (number, ==, "8994");
  g_assert_cmpstr (none, ==, "");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*func) (Fixture *f, gconstpointer data);
    gboolean each; /* with every algorithm */
  } tests[] = {
    { "request", test_request, TRUE },
    { "answer", test_answer, TRUE },
    { "bad", test_bad, TRUE },
    { "what-comes-after-is-not-looked-at", test_skips, FALSE },
    { "time", test_time, FALSE },
    { "certificates", test_certificates, FALSE },
    { "wrong-answers", test_wrong_answers, FALSE },
    { "body", test_body, FALSE },
    { "faults", test_faults, FALSE },
    { "bare", test_bare, FALSE },
    { "masks", test_masks, FALSE },
    { "nested", test_nested, FALSE },
    { "out-of-place", test_out_of_place, FALSE },
    { "repeated", test_repeated, FALSE },
    { "wrong-fields", test_wrong_fields, FALSE },
    { "documents", test_documents, FALSE },
    { "catalogue", test_catalogue, FALSE },
    { "site-file", test_site_file, FALSE },
    { "number", test_number, FALSE },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    for (int algorithm = KAI_ALGORITHM_RSA; algorithm <= KAI_ALGORITHM_SM2; algorithm++)
      {
        g_autofree char *path = g_strdup_printf ("/inspector/%s/%s", tests[i].name,
                                                 kai_algorithm_to_string (algorithm));

        if (tests[i].each || algorithm == KAI_ALGORITHM_P256)
          g_test_add (path, Fixture, GINT_TO_POINTER (algorithm), set_up, tests[i].func, tear_down);
      }
  return g_test_run ();
}
