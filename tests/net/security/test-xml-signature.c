/* WS-Security: what we sign is what others and we verify; bad certificates are refused. The attacks are in test-xml-attacks.c. */
#include "kai-envelope-maker.h"

#include "kai-test.h"
#include "messages/kai-net-error.h"
#include <string.h>

/* ---- What must be accepted ---- */

static void
test_round_trip (gconstpointer data)
{
  KaiTestKey *key = clerks[GPOINTER_TO_INT (data)];
  g_autoptr (xmlDoc) doc = make_signed (key, TRUE, now);
  g_autofree char *text = to_text (doc);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVerified) verified = verify_text (text, now, &error);

  g_assert_no_error (error);
  g_assert_nonnull (verified);
  g_assert_cmpint (X509_cmp (verified->certificate, key->certificate), ==, 0);
  g_assert_cmpstr ((const char *)verified->body->name, ==, "Body");
  g_assert_cmpstr (verified->message_id, ==, "urn:uuid:1");
  g_assert_cmpstr (verified->relates_to, ==, "urn:uuid:0");
  g_assert_cmpstr (verified->action, ==, "urn:a");
  g_assert_cmpstr (verified->to, ==, "https://finance/exchange");
}

/* A second time from the memory of checked chains. */
static void
test_twice (void)
{
  for (int i = 0; i < 2; i++)
    test_round_trip (GINT_TO_POINTER (KAI_ALGORITHM_SM2));
}

static void
test_without_addressing (void)
{
  g_autoptr (xmlDoc) doc = make_signed (clerks[KAI_ALGORITHM_P256], FALSE, now);
  g_autofree char *text = to_text (doc);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVerified) verified = verify_text (text, now, &error);

  g_assert_no_error (error);
  g_assert_null (verified->message_id);
}

/* Common toolkits send addressing headers that they cannot sign: not believed. */
static void
test_unsigned_addressing (void)
{
  g_autoptr (xmlDoc) doc = make_signed (clerks[KAI_ALGORITHM_RSA], FALSE, now);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVerified) verified = NULL;

  insert (doc, find (doc, "Header"), NULL, "<MessageID xmlns=\"" WSA "\">forged</MessageID>");
  text = to_text (doc);
  verified = verify_text (text, now, &error);
  g_assert_no_error (error);
  g_assert_null (verified->message_id);
  g_assert_null (verified->to);
}

/* xmlsec, WSS4J and others list prefixes that are to stay. */
static void
test_inclusive_prefixes (void)
{
  g_autoptr (xmlDoc) doc = make_signed (clerks[KAI_ALGORITHM_SM2], FALSE, now);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVerified) verified = NULL;

  insert (doc, find (doc, "Transform"), NULL,
          "<InclusiveNamespaces xmlns=\"" EXC "\" PrefixList=\"\"/>");
  sign_again (doc, clerks[KAI_ALGORITHM_SM2]);
  text = to_text (doc);
  verified = verify_text (text, now, &error);
  g_assert_no_error (error);
  g_assert_nonnull (verified);
}

static void
test_token_may_be_signed (void)
{
  KaiTestKey *key = clerks[KAI_ALGORITHM_P256];
  g_autoptr (xmlDoc) doc = make_signed (key, FALSE, now);
  xmlNode *reference = find (doc, "Reference");
  xmlNode *copy = xmlDocCopyNode (reference, doc, 1);
  xmlChar *id = xmlGetNsProp (find (doc, "BinarySecurityToken"), BAD_CAST "Id", BAD_CAST WSU);
  g_autofree char *uri = g_strconcat ("#", (char *)id, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVerified) verified = NULL;

  xmlFree (id);
  xmlSetProp (copy, BAD_CAST "URI", BAD_CAST uri);
  xmlAddNextSibling (reference, copy);
  sign_again (doc, key);
  text = to_text (doc);
  verified = verify_text (text, now, &error);
  g_assert_no_error (error);
  g_assert_nonnull (verified);
}

static void
test_window (gconstpointer data)
{
  gint64 offset = GPOINTER_TO_INT (data);
  g_autoptr (xmlDoc) doc = make_signed (clerks[KAI_ALGORITHM_P256], TRUE, now + offset);
  g_autofree char *text = to_text (doc);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVerified) verified = verify_text (text, now, &error);

  if (ABS (offset) <= 300)
    g_assert_no_error (error);
  else
    g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_TIME);
  g_assert_cmpint (verified != NULL, ==, ABS (offset) <= 300);
}

static void
test_signed_already (void)
{
  g_autoptr (xmlDoc) doc = make_signed (clerks[KAI_ALGORITHM_P256], TRUE, now);
  g_autoptr (KaiKey) key = make_key (clerks[KAI_ALGORITHM_P256]);
  g_autoptr (GError) error = NULL;

  g_assert_false (kai_xml_signature_sign (doc, key, now, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_SIGNATURE);
}

/* ---- Certificates that are not good (any more) ---- */

static void
test_certificate (KaiTestLeaf *leaf, gboolean revoke)
{
  g_autoptr (KaiTestKey) key = NULL;
  g_autoptr (xmlDoc) doc = NULL;
  g_autofree char *text = NULL;
  g_autofree char *crl = NULL;

  leaf->name = "李四";
  leaf->algorithm = KAI_ALGORITHM_P256;
  key = kai_test_key_issue (root, leaf);
  doc = make_signed (key, TRUE, now);
  text = to_text (doc);
  if (revoke)
    {
      KaiTestKey *revoked[] = { key, NULL };
      g_autofree char *pem = kai_test_key_certificate_pem (root);
      g_autoptr (KaiVerified) verified = verify_text (text, now, NULL);

      g_assert_nonnull (verified);
      crl = kai_test_crl_pem (root, revoked);
      g_assert_true (kai_trust_add_pem (trust, crl, -1, NULL));
      assert_refused (text, KAI_NET_ERROR_CERTIFICATE);
      /* For the tests that follow. */
      kai_trust_unref (trust);
      trust = kai_trust_new ();
      g_assert_true (kai_trust_add_pem (trust, pem, -1, NULL));
      return;
    }
  assert_refused (text, KAI_NET_ERROR_CERTIFICATE);
}

static void
test_certificate_expired (void)
{
  test_certificate (&(KaiTestLeaf){ .not_before = now - 1000, .not_after = now - 10 }, FALSE);
}

static void
test_certificate_not_yet (void)
{
  test_certificate (&(KaiTestLeaf){ .not_before = now + 1000 }, FALSE);
}

static void
test_certificate_revoked (void)
{
  test_certificate (&(KaiTestLeaf){ .unit = "320684001" }, TRUE);
}

static void
test_certificate_purpose (void)
{
  test_certificate (&(KaiTestLeaf){ .key_usage = "critical,keyEncipherment" }, FALSE);
}

static void
test_certificate_of_issuer (void)
{
  test_certificate (
      &(KaiTestLeaf){ .is_ca = TRUE, .key_usage = "critical,digitalSignature,keyCertSign" }, FALSE);
}

/* ---- Other people's software ---- */

static char *
write_file (const char *dir, const char *name, const char *text)
{
  char *path = g_build_filename (dir, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static gboolean
run (const char *const *argv, char **output)
{
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  process = g_subprocess_newv (
      argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, output, NULL, &error));
  return g_subprocess_get_successful (process);
}

#define ID_ARGUMENTS                                                                               \
  "--id-attr:Id", SOAP ":Body", "--id-attr:Id", WSU ":Timestamp", "--id-attr:Id",                  \
      WSA ":MessageID", "--id-attr:Id", WSA ":To", "--id-attr:Id", WSA ":Action", "--id-attr:Id",  \
      WSA ":RelatesTo"

static void
test_xmlsec_verifies (gconstpointer data)
{
  KaiTestKey *key = clerks[GPOINTER_TO_INT (data)];
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (xmlDoc) doc = make_signed (key, TRUE, now);
  g_autofree char *text = to_text (doc);
  g_autofree char *pem = kai_test_key_certificate_pem (key);
  g_autofree char *file = write_file (dir, "signed.xml", text);
  g_autofree char *certificate = write_file (dir, "certificate.pem", pem);
  g_autofree char *output = NULL;
  g_autofree char *after = NULL;
  const char *argv[] = { "xmlsec1",   "--verify", ID_ARGUMENTS, "--pubkey-cert-pem",
                         certificate, file,       NULL };

  if (!run (argv, &output))
    g_error ("xmlsec1 refuses: %s", output);
  g_assert_nonnull (strstr (output, "SignedInfo References (ok/all): 6/6"));
  /* And it does look: a changed one is refused. */
  xmlNodeSetContent (find (doc, "MSG"), BAD_CAST "changed");
  after = to_text (doc);
  g_assert_true (g_file_set_contents (file, after, -1, NULL));
  g_free (output);
  g_assert_false (run (argv, &output));
}

#define TEMPLATE                                                                                   \
  "<soap:Envelope xmlns:soap=\"" SOAP "\" xmlns:wsu=\"" WSU "\" xmlns:k=\"urn:unused\">\n"         \
  " <soap:Header>\n  <wsse:Security xmlns:wsse=\"" WSSE "\" soap:mustUnderstand=\"1\">\n"          \
  "   <wsu:Timestamp wsu:Id=\"T\"><wsu:Created>%s</wsu:Created></wsu:Timestamp>\n"                 \
  "   <ds:Signature xmlns:ds=\"" DS "\"><ds:SignedInfo>\n"                                         \
  "    <ds:CanonicalizationMethod Algorithm=\"" EXC "\"><ec:InclusiveNamespaces xmlns:ec=\"" EXC   \
  "\" PrefixList=\"soap k\"/></ds:CanonicalizationMethod>\n"                                       \
  "    <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#%s\"/>\n"            \
  "    <ds:Reference URI=\"#B\"><ds:Transforms><ds:Transform Algorithm=\"" EXC                     \
  "\"><ec:InclusiveNamespaces xmlns:ec=\"" EXC "\" PrefixList=\"k\"/></ds:Transform>"              \
  "</ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>"       \
  "<ds:DigestValue/></ds:Reference>\n"                                                             \
  "    <ds:Reference URI=\"#T\"><ds:Transforms><ds:Transform Algorithm=\"" EXC                     \
  "\"/></ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>"   \
  "<ds:DigestValue/></ds:Reference>\n"                                                             \
  "   </ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo>%s<ds:X509Data><ds:X509Certificate/>"        \
  "</ds:X509Data>%s</ds:KeyInfo></ds:Signature>\n"                                                 \
  "  </wsse:Security>\n </soap:Header>\n <soap:Body wsu:Id=\"B\"><k:Exchange "                     \
  "xmlns:k=\"urn:kaipiao:exchange:1\"><CFX>张三</CFX></k:Exchange></soap:Body>\n</"              \
  "soap:Envelope>\n"

/* zeep moves X509Data into a SecurityTokenReference after signing; both forms come. */
static void
check_xmlsec_signs (KaiAlgorithm algorithm, gboolean reference)
{
  KaiTestKey *key = clerks[algorithm];
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (now);
  g_autofree char *created = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S.123Z");
  g_autofree char *text = g_strdup_printf (
      TEMPLATE, created, algorithm == KAI_ALGORITHM_RSA ? "rsa-sha256" : "ecdsa-sha256",
      reference ? "<wsse:SecurityTokenReference>" : "",
      reference ? "</wsse:SecurityTokenReference>" : "");
  g_autofree char *full = kai_test_key_full_pem (key);
  g_autofree char *certificate_text = kai_test_key_certificate_pem (key);
  g_autofree char *file = write_file (dir, "template.xml", text);
  g_autofree char *key_file = write_file (dir, "key.pem", full);
  g_autofree char *certificate = write_file (dir, "certificate.pem", certificate_text);
  g_autofree char *both = g_strconcat (key_file, ",", certificate, NULL);
  g_autofree char *result = g_build_filename (dir, "signed.xml", NULL);
  g_autofree char *output = NULL;
  g_autofree char *signed_text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVerified) verified = NULL;
  const char *argv[] = { "xmlsec1", "--sign", ID_ARGUMENTS, "--privkey-pem", both, "--output",
                         result,    file,     NULL };

  if (!run (argv, &output))
    g_error ("xmlsec1 cannot sign: %s", output);
  g_assert_true (g_file_get_contents (result, &signed_text, NULL, NULL));
  verified = verify_text (signed_text, now, &error);
  g_assert_no_error (error);
  g_assert_cmpint (X509_cmp (verified->certificate, key->certificate), ==, 0);
}

static void
test_xmlsec_signs (gconstpointer data)
{
  check_xmlsec_signs (GPOINTER_TO_INT (data), FALSE);
}

static void
test_xmlsec_signs_with_reference (void)
{
  KaiTestKey *key = clerks[KAI_ALGORITHM_RSA];
  g_autoptr (xmlDoc) doc = make_signed (key, FALSE, now);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (KaiVerified) verified = NULL;
  g_autofree char *certificate = kai_certificate_to_base64 (key->certificate);
  xmlNode *info, *holder, *data;

  /* KeyInfo is not signed, so it can be rewritten like zeep does. */
  info = find (doc, "KeyInfo");
  xmlNodeSetContent (info, NULL);
  holder = insert (doc, info, NULL, "<SecurityTokenReference xmlns=\"" WSSE "\"/>");
  data = insert (doc, holder, NULL,
                 "<X509Data xmlns=\"" DS "\"><X509IssuerSerial/><X509Certificate/></X509Data>");
  xmlNodeSetContent (data->last, BAD_CAST certificate);
  text = to_text (doc);
  /* With a token that nothing refers to it is not clear which one counts. */
  assert_refused (text, KAI_NET_ERROR_SIGNATURE);
  data = find (doc, "BinarySecurityToken");
  xmlUnlinkNode (data);
  xmlFreeNode (data);
  g_free (text);
  text = to_text (doc);
  verified = verify_text (text, now, &error);
  g_assert_no_error (error);
  g_assert_nonnull (verified);
}

/* Our canonical form is that of xmllint, byte for byte: what docs/ws-security.md tells people to use. */
static void
test_xmllint_canonical (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (xmlDoc) doc = make_envelope (TRUE);
  g_autofree char *text = to_text (doc);
  g_autofree char *file = write_file (dir, "envelope.xml", text);
  g_autoptr (GBytes) canonical = kai_xml_canonical (xmlDocGetRootElement (doc), NULL);
  g_autofree char *output = NULL;
  const char *argv[] = { "xmllint", "--exc-c14n", file, NULL };

  g_assert_true (run (argv, &output));
  g_assert_cmpmem (output, strlen (output), g_bytes_get_data (canonical, NULL),
                   g_bytes_get_size (canonical));
}

static void
add_per_algorithm (const char *path, GTestDataFunc func, int algorithms)
{
  for (int i = 0; i < algorithms; i++)
    {
      g_autofree char *name = g_strconcat (path, "/", kai_algorithm_to_string (i), NULL);

      g_test_add_data_func (name, GINT_TO_POINTER (i), func);
    }
}

int
main (int argc, char *argv[])
{
  static const int offsets[] = { -86400, -301, -300, -60, 60, 300, 301, 86400 };
  int status;

  g_test_init (&argc, &argv, NULL);
  set_up ();
  add_per_algorithm ("/xml-signature/round-trip", test_round_trip, ALGORITHMS);
  g_test_add_func ("/xml-signature/twice", test_twice);
  g_test_add_func ("/xml-signature/no-addressing", test_without_addressing);
  g_test_add_func ("/xml-signature/unsigned-addressing", test_unsigned_addressing);
  g_test_add_func ("/xml-signature/inclusive-prefixes", test_inclusive_prefixes);
  g_test_add_func ("/xml-signature/signed-token", test_token_may_be_signed);
  g_test_add_func ("/xml-signature/signed-already", test_signed_already);
  for (guint i = 0; i < G_N_ELEMENTS (offsets); i++)
    {
      g_autofree char *name = g_strdup_printf ("/xml-signature/window/%d", offsets[i]);

      g_test_add_data_func (name, GINT_TO_POINTER (offsets[i]), test_window);
    }
  g_test_add_func ("/xml-signature/certificate/expired", test_certificate_expired);
  g_test_add_func ("/xml-signature/certificate/not-yet", test_certificate_not_yet);
  g_test_add_func ("/xml-signature/certificate/revoked", test_certificate_revoked);
  g_test_add_func ("/xml-signature/certificate/purpose", test_certificate_purpose);
  g_test_add_func ("/xml-signature/certificate/issuer", test_certificate_of_issuer);
  add_per_algorithm ("/xml-signature/xmlsec/verifies", test_xmlsec_verifies, 2);
  add_per_algorithm ("/xml-signature/xmlsec/signs", test_xmlsec_signs, 2);
  g_test_add_func ("/xml-signature/x509-data", test_xmlsec_signs_with_reference);
  g_test_add_func ("/xml-signature/xmllint", test_xmllint_canonical);
  status = g_test_run ();
  tear_down ();
  return status;
}
