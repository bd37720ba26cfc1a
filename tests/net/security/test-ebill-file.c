/* The e-bill file: fields, both signatures, every check by its name, and openssl as a second opinion. */
#include "kai-ebill-maker.h"

#include "kai-test.h"
#include "messages/kai-net-error.h"
#include "security/kai-signature-value.h"
#include "values/kai-codes.h"
#include <string.h>

#define ALGORITHMS 3

static KaiTestKey *root, *units[ALGORITHMS], *supervisors[ALGORITHMS];
static KaiTrust *trust;

static char *
describe (const KaiEbillReport *report)
{
  GString *failed = g_string_new (NULL);

  g_assert_cmpuint (report->checks->len, ==, 7);
  for (guint i = 0; i < report->checks->len; i++)
    {
      const KaiEbillCheck *check = g_ptr_array_index (report->checks, i);

      g_assert_cmpstr (check->detail, !=, "");
      if (!check->ok)
        g_string_append_printf (failed, "%s%s", failed->len ? " " : "", check->name);
    }
  g_assert_cmpint (report->ok, ==, failed->len == 0);
  return g_string_free (failed, FALSE);
}

/* @failed: names of the checks that fail, in order, "" = none. */
static void
assert_checks (GBytes *file, const char *failed)
{
  g_autoptr (KaiEbillReport) report = kai_ebill_file_verify (file, trust);
  g_autofree char *names = describe (report);

  g_assert_cmpstr (names, ==, failed);
}

static GBytes *
to_bytes (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

static char *
to_text (GBytes *bytes)
{
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* The first @old becomes @replacement; there must be one. */
static char *
replace (const char *text, const char *old, const char *replacement)
{
  const char *at = strstr (text, old);
  g_autofree char *before = NULL;

  g_assert_nonnull (at);
  before = g_strndup (text, at - text);
  return g_strconcat (before, replacement, at + strlen (old), NULL);
}

/* ---- Content ---- */

static void
test_content_round_trip (void)
{
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = kai_ebill_content_build (ebill, &error);
  g_autoptr (KaiEbill) read = kai_ebill_content_parse (content, &error);
  g_autoptr (GBytes) again = NULL;
  const KaiNoticeItem *item;

  g_assert_no_error (error);
  again = kai_ebill_content_build (read, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (content, again));
  g_assert_cmpstr (read->name, ==, ebill->name);
  g_assert_cmpstr (read->payer_name, ==, "𠮷田");
  g_assert_cmpstr (read->payee_bank, ==, "");
  g_assert_cmpint (read->total, ==, 12050);
  g_assert_cmpint (read->issue_date, ==, ebill->issue_date);
  g_assert_cmpuint (read->items->len, ==, 2);
  item = g_ptr_array_index (read->items, 0);
  g_assert_cmpint (item->quantity, ==, 2);
  g_assert_cmpint (item->min, ==, 6000);
  g_assert_cmpint (item->standard, ==, KAI_STANDARD_FIXED);
  item = g_ptr_array_index (read->items, 1);
  g_assert_cmpint (item->standard, ==, KAI_STANDARD_FREE);
}

/* Byte for byte what docs/ebill.md says. */
static void
test_content_bytes (void)
{
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GBytes) content = NULL;
  g_autofree char *text = NULL;

  ebill->issue_date = 20261121;
  content = kai_ebill_content_build (ebill, NULL);
  text = to_text (content);
  g_assert_true (g_str_has_prefix (
      text, "<Header><EInvoiceTag>CZ-EI-32</EInvoiceTag><EInvoiceID>1010000000-62201023"
            "</EInvoiceID><Version>1.1.0</Version></Header><EInvoiceData><Main><EInvoiceName>"
            "江苏省非税收入&lt;统一&gt;票据（电子） &amp; 试</EInvoiceName>"));
  g_assert_nonnull (strstr (text, "<TotalAmount>120.50</TotalAmount><IssueDate>20261121"
                                  "</IssueDate><IssueTime>093000</IssueTime>"));
  g_assert_true (g_str_has_suffix (
      text, "<Item><ItemCode>320600000002</ItemCode><ItemName>资料费</ItemName><ItemAmount>0.50"
            "</ItemAmount><ItemUnit>人</ItemUnit><ItemQuantity>1</ItemQuantity></Item></Details>"
            "</EInvoiceData>"));
}

static const struct
{
  const char *name;
  gsize offset;
  const char *text;
} bad_fields[] = {
  { "no-name", G_STRUCT_OFFSET (KaiEbill, name), "" },
  { "letters-in-code", G_STRUCT_OFFSET (KaiEbill, code), "3201022A" },
  { "short-number", G_STRUCT_OFFSET (KaiEbill, number), "101" },
  { "other-identity", G_STRUCT_OFFSET (KaiEbill, identity), "2010000000-62201023" },
  { "long-check-code", G_STRUCT_OFFSET (KaiEbill, check_code), "a1b2c3d" },
  { "no-time", G_STRUCT_OFFSET (KaiEbill, issue_time), "250000" },
  { "half-time", G_STRUCT_OFFSET (KaiEbill, issue_time), "09:3000" },
  { "no-clerk", G_STRUCT_OFFSET (KaiEbill, clerk), "" },
  { "long-clerk", G_STRUCT_OFFSET (KaiEbill, clerk), "一二三四五六七八九十一二三四五六七八九十一" },
  { "control", G_STRUCT_OFFSET (KaiEbill, payer_name), "a\x01" },
  { "half-seal", G_STRUCT_OFFSET (KaiEbill, unit_seal_name), "" },
  { "half-red", G_STRUCT_OFFSET (KaiEbill, related_code), "32010226" },
};

static void
test_content_bad_field (gconstpointer data)
{
  int row = GPOINTER_TO_INT (data);
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GError) error = NULL;

  kai_notice_set ((char **)((char *)ebill + bad_fields[row].offset), bad_fields[row].text);
  g_assert_null (kai_ebill_content_build (ebill, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
}

static void
test_content_time_with_colons (void)
{
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GBytes) file = NULL;

  kai_notice_set (&ebill->issue_time, "09:30:00");
  file = make_ebill_file (ebill, units[KAI_ALGORITHM_SM2], supervisors[KAI_ALGORITHM_SM2]);
  assert_checks (file, "");
}

static void
test_content_bad_sum (void)
{
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GError) error = NULL;

  ebill->total++;
  g_assert_null (kai_ebill_content_build (ebill, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
}

static void
test_content_items (void)
{
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GError) error = NULL;

  while (ebill->items->len < 999)
    g_ptr_array_add (ebill->items, kai_notice_item_new ("320600000003", 1, 1));
  for (guint i = 2; i < 999; i++)
    kai_notice_set (&((KaiNoticeItem *)ebill->items->pdata[i])->name, "杂费");
  ebill->total += 997;
  content = kai_ebill_content_build (ebill, &error);
  g_assert_no_error (error);
  g_ptr_array_add (ebill->items, kai_notice_item_new ("320600000003", 1, 0));
  kai_notice_set (&((KaiNoticeItem *)ebill->items->pdata[999])->name, "杂费");
  g_assert_null (kai_ebill_content_build (ebill, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
  g_clear_error (&error);
  g_ptr_array_set_size (ebill->items, 0);
  ebill->total = 0;
  g_assert_null (kai_ebill_content_build (ebill, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
}

/* Not the canonical form, or not the two elements: what is signed would not be what is read. */
static void
test_content_not_canonical (gconstpointer data)
{
  const char *const *change = data;
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GBytes) content = kai_ebill_content_build (ebill, NULL);
  g_autofree char *text = to_text (content);
  g_autofree char *other = replace (text, change[0], change[1]);
  g_autoptr (GBytes) bytes = to_bytes (other);
  g_autoptr (GError) error = NULL;

  g_assert_null (kai_ebill_content_parse (bytes, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
}

static const char *const not_canonical[][2] = {
  { "<Header>", "<Header >" },
  { "</Header>", "</Header> " },
  { "<Header>", "<!-- x --><Header>" },
  { "张三", "<![CDATA[张三]]>" },
  { "&gt;", ">" },
  { "</EInvoiceData>", "</EInvoiceData></EInvoice><EInvoice>" },
  { "<Header>", "<Header/><Header>" },
  { "</Details></EInvoiceData>", "</Details>" },
};

/* ---- The file ---- */

static void
test_file (gconstpointer data)
{
  int algorithm = GPOINTER_TO_INT (data);
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GBytes) file = make_ebill_file (ebill, units[algorithm], supervisors[algorithm]);
  g_autoptr (KaiEbillReport) report = kai_ebill_file_verify (file, trust);
  g_autofree char *failed = describe (report);

  g_assert_cmpstr (failed, ==, "");
  g_assert_cmpstr (report->ebill->payer_name, ==, ebill->payer_name);
}

static void
test_file_red (void)
{
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GBytes) file = NULL;
  g_autoptr (GError) error = NULL;

  kai_notice_set (&ebill->related_code, "32010226");
  kai_notice_set (&ebill->related_number, "0000000100");
  g_assert_null (kai_ebill_content_build (ebill, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
  for (guint i = 0; i < ebill->items->len; i++)
    ((KaiNoticeItem *)ebill->items->pdata[i])->amount *= -1;
  ebill->total *= -1;
  file = make_ebill_file (ebill, units[KAI_ALGORITHM_SM2], supervisors[KAI_ALGORITHM_SM2]);
  assert_checks (file, "");
}

#define BOTH "unit-signature supervisor-signature"

/* What a forger may try with a good file, and the checks that must notice. */
static const struct
{
  const char *name, *old, *replacement, *failed;
} tamperings[] = {
  { "payer", "𠮷田", "王五", BOTH },
  { "total", "<TotalAmount>120.50<", "<TotalAmount>920.50<", "sums " BOTH },
  { "item", "<ItemAmount>120.00<", "<ItemAmount>920.00<", "sums " BOTH },
  { "number", "<EInvoiceNumber>0000000101<", "<EInvoiceNumber>0000000102<", "identity " BOTH },
  { "identity", "1010000000-62201023", "2010000000-62201023", "identity " BOTH },
  { "version", "<Version>1.1.0<", "<Version>1.1.1<", BOTH },
  { "missing-field", "<Checker>李四</Checker>", "", "structure identity sums " BOTH },
  { "order", "<HandlingPerson>张三</HandlingPerson><Checker>李四</Checker>",
    "<Checker>李四</Checker><HandlingPerson>张三</HandlingPerson>",
    "structure identity sums " BOTH },
  { "extra-field", "<Checker>", "<Extra/><Checker>", "structure identity sums " BOTH },
  { "stray-text", "<Main>", "<Main>x", "structure identity sums " BOTH },
  { "space-in-content", "<Main>", "<Main> ", BOTH },
  { "digest-form", "DETACH", "ATTACH",
    "structure unit-signature unit-certificate supervisor-signature" },
  { "reference", ">Header EInvoiceData<", ">Header<", "supervisor-signature" },
  { "algorithm", "<SignatureAlgorithm>SM2<", "<SignatureAlgorithm>RSA-SHA256<", BOTH },
  { "comment", "<Main>", "<Main><!--x-->",
    "structure identity sums unit-signature unit-certificate supervisor-signature "
    "supervisor-certificate" },
  { "second-header", "<EInvoiceData>", "<Header/><EInvoiceData>",
    "structure identity sums unit-signature unit-certificate supervisor-signature "
    "supervisor-certificate" },
  { "root", "<EInvoice>", "<EInvoice xmlns=\"urn:x\">",
    "structure identity sums unit-signature unit-certificate supervisor-signature "
    "supervisor-certificate" },
  { "document-type", "<EInvoice>", "<!DOCTYPE x []><EInvoice>",
    "structure identity sums unit-signature unit-certificate supervisor-signature "
    "supervisor-certificate" },
};

static void
test_tampering (gconstpointer data)
{
  int row = GPOINTER_TO_INT (data);
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GBytes) file =
      make_ebill_file (ebill, units[KAI_ALGORITHM_SM2], supervisors[KAI_ALGORITHM_SM2]);
  g_autofree char *text = to_text (file);
  g_autofree char *other = replace (text, tamperings[row].old, tamperings[row].replacement);
  g_autoptr (GBytes) changed = to_bytes (other);

  assert_checks (changed, tamperings[row].failed);
}

static void
test_tampered_unit_time (void)
{
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GBytes) file =
      make_ebill_file (ebill, units[KAI_ALGORITHM_SM2], supervisors[KAI_ALGORITHM_SM2]);
  g_autofree char *text = to_text (file);
  char *time = strstr (text, "<SignatureTime>") + strlen ("<SignatureTime>");
  g_autoptr (GBytes) changed = NULL;
  g_autoptr (GBytes) future = NULL;

  /* Another zone: the same text of time, an hour earlier. */
  memcpy (time + 14, "+0900", 5);
  changed = to_bytes (text);
  assert_checks (changed, "supervisor-signature");
  memcpy (time, "2999", 4);
  future = to_bytes (text);
  assert_checks (future, "unit-certificate supervisor-signature supervisor-certificate");
}

static void
test_swapped_signatures (void)
{
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GBytes) file =
      make_ebill_file (ebill, units[KAI_ALGORITHM_SM2], supervisors[KAI_ALGORITHM_SM2]);
  g_autofree char *text = to_text (file);
  char *first = strstr (text, "<Signature>");
  char *second = strstr (first + 1, "<Signature>");
  char *end = strstr (second, "</EInvoiceSignature>");
  g_autofree char *head = g_strndup (text, first - text);
  g_autofree char *one = g_strndup (first, second - first);
  g_autofree char *two = g_strndup (second, end - second);
  g_autofree char *swapped = g_strconcat (head, two, one, end, NULL);
  g_autofree char *alone = g_strconcat (head, one, end, NULL);
  g_autoptr (GBytes) changed = to_bytes (swapped);
  g_autoptr (GBytes) single = to_bytes (alone);

  assert_checks (changed, "unit-signature unit-certificate supervisor-signature "
                          "supervisor-certificate");
  assert_checks (single, "structure identity sums unit-signature unit-certificate "
                         "supervisor-signature supervisor-certificate");
}

static void
test_wrong_signers (void)
{
  g_autoptr (KaiTestKey) other_root = kai_test_root_new ("Other", KAI_ALGORITHM_SM2);
  g_autoptr (KaiTestKey) forger =
      kai_test_clerk_new (other_root, KAI_ALGORITHM_SM2, "320684001", "32068400101");
  g_autoptr (KaiTestKey) false_finance = kai_test_finance_new (other_root, KAI_ALGORITHM_SM2);
  KaiTestKey *unit = units[KAI_ALGORITHM_SM2], *supervisor = supervisors[KAI_ALGORITHM_SM2];
  const struct
  {
    KaiTestKey *unit, *supervisor;
    const char *failed;
  } rows[] = {
    { forger, supervisor, "unit-certificate" },   { unit, false_finance, "supervisor-certificate" },
    { unit, unit, "supervisor-certificate" },     { supervisor, supervisor, "unit-certificate" },
    { units[KAI_ALGORITHM_RSA], supervisor, "" }, { unit, supervisors[KAI_ALGORITHM_P256], "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (KaiEbill) ebill = make_ebill ();
      g_autoptr (GBytes) file = make_ebill_file (ebill, rows[i].unit, rows[i].supervisor);

      assert_checks (file, rows[i].failed);
    }
}

/* A file of another place: white space between the elements, no certificates inside, other names for the algorithm, raw values. */
static void
test_foreign_file (gconstpointer data)
{
  gboolean raw = GPOINTER_TO_INT (data);
  KaiTestKey *keys[] = { units[KAI_ALGORITHM_SM2], supervisors[KAI_ALGORITHM_SM2] };
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (KaiKey) unit = kai_key_new_for_pkey (keys[0]->pkey, keys[0]->certificate);
  g_autoptr (KaiKey) supervisor = kai_key_new_for_pkey (keys[1]->pkey, keys[1]->certificate);
  g_autoptr (GBytes) content = kai_ebill_content_build (ebill, NULL);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr (KaiEbillSignature) signature = kai_ebill_sign (content, unit, now, NULL);
  g_autoptr (GBytes) file = NULL;
  g_autoptr (KaiEbillReport) unknown = NULL;
  g_autoptr (KaiEbillReport) known = NULL;
  g_autofree char *text = NULL;
  g_autofree char *spaced = NULL;
  g_autofree char *failed = NULL;
  g_autofree char *failed_known = NULL;
  g_autoptr (GBytes) spaced_file = NULL;

  kai_notice_set (&signature->algorithm, "SM3withSM2");
  g_clear_pointer (&signature->certificate, g_free);
  if (raw)
    {
      g_autoptr (GBytes) der = kai_base64_decode (signature->value, 100);
      g_autoptr (GBytes) value =
          kai_signature_to_raw (g_bytes_get_data (der, NULL), g_bytes_get_size (der));

      g_free (signature->value);
      signature->value = g_base64_encode (g_bytes_get_data (value, NULL), 64);
    }
  file = kai_ebill_file_build (content, signature, supervisor, now, NULL);
  text = to_text (file);
  spaced = replace (text, "<EInvoiceData>", "\n  <EInvoiceData>");
  spaced_file = to_bytes (spaced);
  unknown = kai_ebill_file_verify (spaced_file, trust);
  failed = describe (unknown);
  g_assert_cmpstr (failed, ==, "unit-signature unit-certificate");
  {
    g_autofree char *pem = kai_test_key_certificate_pem (keys[0]);
    g_autofree char *root_pem = kai_test_key_certificate_pem (root);
    g_autoptr (KaiTrust) wider = kai_trust_new ();

    g_assert_true (kai_trust_add_pem (wider, root_pem, -1, NULL));
    g_assert_true (kai_trust_add_pem (wider, pem, -1, NULL));
    known = kai_ebill_file_verify (spaced_file, wider);
    failed_known = describe (known);
    g_assert_cmpstr (failed_known, ==, "");
  }
}

static void
test_revoked (void)
{
  KaiTestKey *unit = units[KAI_ALGORITHM_SM2];
  KaiTestKey *revoked[] = { unit, NULL };
  g_autofree char *crl = kai_test_crl_pem (root, revoked);
  g_autofree char *pem = kai_test_key_certificate_pem (root);
  g_autoptr (KaiTrust) strict = kai_trust_new ();
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GBytes) file = make_ebill_file (ebill, unit, supervisors[KAI_ALGORITHM_SM2]);
  g_autoptr (KaiEbillReport) report = NULL;
  g_autofree char *failed = NULL;

  g_assert_true (kai_trust_add_pem (strict, pem, -1, NULL));
  g_assert_true (kai_trust_add_pem (strict, crl, -1, NULL));
  report = kai_ebill_file_verify (file, strict);
  failed = describe (report);
  g_assert_cmpstr (failed, ==, "unit-certificate");
}

static void
test_rubbish (void)
{
  const char *const rubbish[] = { "", "x", "<EInvoice/>", "<Header/>", "PK\x03\x04" };

  for (guint i = 0; i < G_N_ELEMENTS (rubbish); i++)
    {
      g_autoptr (GBytes) file = to_bytes (rubbish[i]);

      assert_checks (file, "structure identity sums unit-signature unit-certificate "
                           "supervisor-signature supervisor-certificate");
    }
}

/* ---- openssl: the recipe of docs/ebill.md ---- */

static gboolean
run (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_newv (
      argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);

  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait (process, NULL, &error));
  return g_subprocess_get_successful (process);
}

static char *
write_bytes (const char *dir, const char *name, const void *data, gssize length)
{
  char *path = g_build_filename (dir, name, NULL);

  g_assert_true (g_file_set_contents (path, data, length, NULL));
  return path;
}

static char *
between (const char *text, const char *start, const char *end)
{
  const char *from = strstr (text, start);
  const char *to = from ? strstr (from, end) : NULL;

  g_assert_nonnull (to);
  return g_strndup (from + strlen (start), to - from - strlen (start));
}

/* The Nth value between the tags @tag, base64, as a file. */
static char *
write_value (const char *dir, const char *text, const char *tag, int n, const char *name)
{
  g_autofree char *start = g_strdup_printf ("<%s>", tag);
  g_autofree char *end = g_strdup_printf ("</%s>", tag);
  g_autofree char *value = NULL;
  g_autoptr (GBytes) bytes = NULL;

  for (; n > 0; n--)
    text = strstr (text, end) + 1;
  value = between (text, start, end);
  bytes = kai_base64_decode (value, 65536);
  g_assert_nonnull (bytes);
  return write_bytes (dir, name, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* Whether openssl finds signature @n of the file good over @data. */
static gboolean
openssl_verifies (const char *text, int n, gboolean sm2, const char *data, gsize length)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *certificate = write_value (dir, text, "X509Certificate", n, "certificate.der");
  g_autofree char *signature = write_value (dir, text, "SignatureValue", n, "signature");
  g_autofree char *public_key = g_build_filename (dir, "key.pub", NULL);
  g_autofree char *file = write_bytes (dir, "data", data, length);
  const char *extract[] = { "openssl", "x509",   "-inform", "DER",      "-in", certificate,
                            "-pubkey", "-noout", "-out",    public_key, NULL };
  const char *verify[] = { "openssl", "dgst",     sm2 ? "-sm3" : "-sha256",
                           "-verify", public_key, "-signature",
                           signature, file,       NULL };
  const char *verify_sm2[] = {
    "openssl",    "dgst",    "-sm3", "-verify", public_key, "-sigopt", "distid:" KAI_SM2_ID,
    "-signature", signature, file,   NULL
  };

  g_assert_true (run (extract));
  return run (sm2 ? verify_sm2 : verify);
}

static void
test_openssl (gconstpointer data)
{
  int algorithm = GPOINTER_TO_INT (data);
  gboolean sm2 = algorithm == KAI_ALGORITHM_SM2;
  g_autoptr (KaiEbill) ebill = make_ebill ();
  g_autoptr (GBytes) file = make_ebill_file (ebill, units[algorithm], supervisors[algorithm]);
  g_autofree char *text = to_text (file);
  g_autofree char *content = between (text, "<EInvoice>", "<EInvoiceSignature>");
  g_autofree char *inner = between (text, "<Signature>", "</Signature>");
  guchar hash[32];
  g_autofree char *hash_text = NULL;
  g_autofree char *supervised = NULL;

  EVP_Digest (content, strlen (content), hash, NULL, sm2 ? EVP_sm3 () : EVP_sha256 (), NULL);
  hash_text = g_base64_encode (hash, sizeof hash);
  supervised = g_strconcat (hash_text, "<Signature>", inner, "</Signature>", NULL);
  g_assert_true (openssl_verifies (text, 0, sm2, content, strlen (content)));
  g_assert_true (openssl_verifies (text, 1, sm2, supervised, strlen (supervised)));
  g_assert_false (openssl_verifies (text, 1, sm2, content, strlen (content)));
  content[20] ^= 1;
  g_assert_false (openssl_verifies (text, 0, sm2, content, strlen (content)));
}

/* And the other way round: what openssl signs with the standard identity is good here, with another one it is not. */
static void
test_openssl_signs (void)
{
  KaiTestKey *key = units[KAI_ALGORITHM_SM2];
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *pem = kai_test_key_full_pem (key);
  g_autofree char *key_file = write_bytes (dir, "key.pem", pem, -1);
  g_autofree char *data = write_bytes (dir, "data", "abc", 3);
  g_autofree char *result = g_build_filename (dir, "signature", NULL);
  const char *identities[] = { "distid:" KAI_SM2_ID, "distid:ALICE123@YAHOO.COM" };

  for (guint i = 0; i < G_N_ELEMENTS (identities); i++)
    {
      g_autofree char *signature = NULL;
      gsize length;
      const char *argv[] = { "openssl",     "dgst", "-sm3", "-sign", key_file, "-sigopt",
                             identities[i], "-out", result, data,    NULL };

      g_assert_true (run (argv));
      g_assert_true (g_file_get_contents (result, &signature, &length, NULL));
      g_assert_cmpint (kai_certificate_verify (key->certificate, "abc", 3, signature, length), ==,
                       i == 0);
    }
}

static void
set_up (void)
{
  g_autofree char *pem = NULL;

  root = kai_test_root_new ("Root", KAI_ALGORITHM_SM2);
  for (int i = 0; i < ALGORITHMS; i++)
    {
      units[i] = kai_test_clerk_new (root, i, "320684001", "32068400101");
      supervisors[i] = kai_test_finance_new (root, i);
    }
  trust = kai_trust_new ();
  pem = kai_test_key_certificate_pem (root);
  g_assert_true (kai_trust_add_pem (trust, pem, -1, NULL));
}

static void
tear_down (void)
{
  kai_trust_unref (trust);
  kai_test_key_free (root);
  for (int i = 0; i < ALGORITHMS; i++)
    {
      kai_test_key_free (units[i]);
      kai_test_key_free (supervisors[i]);
    }
}

static void
add_row (const char *group, const char *name, gconstpointer data, GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/ebill-file/%s/%s", group, name);

  g_test_add_data_func (path, data, func);
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  set_up ();
  g_test_add_func ("/ebill-file/content/round-trip", test_content_round_trip);
  g_test_add_func ("/ebill-file/content/bytes", test_content_bytes);
  g_test_add_func ("/ebill-file/content/time-with-colons", test_content_time_with_colons);
  g_test_add_func ("/ebill-file/content/bad-sum", test_content_bad_sum);
  g_test_add_func ("/ebill-file/content/items", test_content_items);
  for (guint i = 0; i < G_N_ELEMENTS (bad_fields); i++)
    add_row ("content/bad", bad_fields[i].name, GINT_TO_POINTER (i), test_content_bad_field);
  for (guint i = 0; i < G_N_ELEMENTS (not_canonical); i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      add_row ("content/not-canonical", name, not_canonical[i], test_content_not_canonical);
    }
  for (int i = 0; i < ALGORITHMS; i++)
    {
      add_row ("file", kai_algorithm_to_string (i), GINT_TO_POINTER (i), test_file);
      add_row ("openssl", kai_algorithm_to_string (i), GINT_TO_POINTER (i), test_openssl);
    }
  g_test_add_func ("/ebill-file/openssl/signs", test_openssl_signs);
  g_test_add_func ("/ebill-file/file/red", test_file_red);
  for (guint i = 0; i < G_N_ELEMENTS (tamperings); i++)
    add_row ("tampering", tamperings[i].name, GINT_TO_POINTER (i), test_tampering);
  g_test_add_func ("/ebill-file/tampering/unit-time", test_tampered_unit_time);
  g_test_add_func ("/ebill-file/tampering/swapped", test_swapped_signatures);
  g_test_add_func ("/ebill-file/signers", test_wrong_signers);
  add_row ("foreign", "der", GINT_TO_POINTER (FALSE), test_foreign_file);
  add_row ("foreign", "raw", GINT_TO_POINTER (TRUE), test_foreign_file);
  g_test_add_func ("/ebill-file/revoked", test_revoked);
  g_test_add_func ("/ebill-file/rubbish", test_rubbish);
  status = g_test_run ();
  tear_down ();
  return status;
}
