/* WS-Security: what we sign is what others and we verify, and each attack on a signature is refused with its own code. */
#include "kai-envelope-maker.h"

#include "kai-test.h"
#include "messages/kai-net-error.h"
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <string.h>

#define ALGORITHMS 3

static gint64 now;
static KaiTestKey *root, *clerks[ALGORITHMS];
static KaiTrust *trust;

static KaiVerified *
verify_text (const char *text, gint64 at, GError **error)
{
  static xmlDoc *doc; /* the result borrows from it */

  g_clear_pointer (&doc, xmlFreeDoc);
  doc = text ? kai_xml_parse (text, strlen (text), error) : NULL;
  return doc ? kai_xml_signature_verify (doc, trust, at, error) : NULL;
}

static void
assert_refused (const char *text, KaiNetError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVerified) verified = verify_text (text, now, &error);

  g_assert_null (verified);
  g_assert_error (error, KAI_NET_ERROR, (int)code);
  g_assert_cmpstr (error->message, !=, "");
}

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

/* ---- Attacks: each changes a well signed envelope of a trusted clerk ---- */

typedef void (*Attack) (xmlDoc *doc);

#define FORGED_BODY                                                                                \
  "<soap:Body xmlns:soap=\"" SOAP "\"><k:Exchange xmlns:k=\"urn:kaipiao:exchange:1\"><CFX>forged"  \
  "</CFX></k:Exchange></soap:Body>"

/* The signed body wrapped into a header of its own, a forged one without id in its place. */
static void
move_body (xmlDoc *doc)
{
  xmlNode *body = find (doc, "Body");
  xmlNode *wrapper = insert (doc, find (doc, "Header"), NULL, "<Wrapper xmlns=\"urn:x\"/>");

  insert (doc, NULL, body, FORGED_BODY);
  xmlUnlinkNode (body);
  xmlAddChild (wrapper, body);
}

static void
move_body_same_id (xmlDoc *doc)
{
  xmlNode *body = find (doc, "Body");
  xmlChar *id = xmlGetNsProp (body, BAD_CAST "Id", BAD_CAST WSU);
  xmlNs *wsu = xmlSearchNsByHref (doc, xmlDocGetRootElement (doc), BAD_CAST WSU);
  xmlNode *forged;

  move_body (doc);
  forged = xmlDocGetRootElement (doc)->last;
  xmlSetNsProp (forged, wsu, BAD_CAST "Id", id);
  xmlFree (id);
}

/* The wrapped body renamed, so that only the id is left to find it by. */
static void
move_body_content (xmlDoc *doc)
{
  xmlNode *body = find (doc, "Body");

  move_body (doc);
  xmlNodeSetName (body, BAD_CAST "Cargo");
}

static void
replace_body_content (xmlDoc *doc)
{
  xmlNodeSetContent (find (doc, "MSG"), BAD_CAST "金额 &amp; 999.00\n");
}

static void
two_bodies (xmlDoc *doc)
{
  insert (doc, xmlDocGetRootElement (doc), NULL, FORGED_BODY);
}

static void
body_before_header (xmlDoc *doc)
{
  xmlNode *body = find (doc, "Body");

  xmlUnlinkNode (body);
  xmlAddPrevSibling (find (doc, "Header"), body);
}

static void
same_id_twice (xmlDoc *doc)
{
  xmlChar *id = xmlGetNsProp (find (doc, "Body"), BAD_CAST "Id", BAD_CAST WSU);
  xmlNode *node = insert (doc, find (doc, "Header"), NULL, "<Extra xmlns=\"urn:x\"/>");

  xmlSetProp (node, BAD_CAST "ID", id);
  xmlFree (id);
}

static void
same_xml_id_in_body (xmlDoc *doc)
{
  xmlSetProp (find (doc, "MSG"), BAD_CAST "id", BAD_CAST "n1");
  xmlSetProp (find (doc, "E"), BAD_CAST "xml:id", BAD_CAST "n1");
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
move_timestamp (xmlDoc *doc)
{
  xmlNode *timestamp = find (doc, "Timestamp");
  xmlNode *fresh = xmlDocCopyNode (timestamp, doc, 1);
  xmlNode *wrapper = insert (doc, find (doc, "Header"), NULL, "<Wrapper xmlns=\"urn:x\"/>");

  xmlUnsetNsProp (fresh, fresh->properties->ns, BAD_CAST "Id");
  xmlReplaceNode (timestamp, fresh);
  xmlAddChild (wrapper, timestamp);
}

static void
move_address (xmlDoc *doc)
{
  xmlNode *to = find (doc, "To");
  xmlNode *wrapper = insert (doc, find (doc, "Header"), NULL, "<Wrapper xmlns=\"urn:x\"/>");

  insert (doc, NULL, to, "<To xmlns=\"" WSA "\">https://elsewhere</To>");
  xmlUnlinkNode (to);
  xmlAddChild (wrapper, to);
}

static void
two_securities (xmlDoc *doc)
{
  xmlNode *security = find (doc, "Security");

  xmlAddNextSibling (security, insert (doc, NULL, security, "<Security xmlns=\"" WSSE "\"/>"));
}

static void
security_in_body (xmlDoc *doc)
{
  insert (doc, find (doc, "CFX"), NULL, "<Security xmlns=\"" WSSE "\"/>");
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
two_signatures (xmlDoc *doc)
{
  xmlNode *signature = find (doc, "Signature");

  xmlAddNextSibling (signature, xmlDocCopyNode (signature, doc, 1));
}

static void
no_signature (xmlDoc *doc)
{
  xmlNode *signature = find (doc, "Signature");

  xmlUnlinkNode (signature);
  xmlFreeNode (signature);
}

static void
no_security (xmlDoc *doc)
{
  xmlNode *security = find (doc, "Security");

  xmlUnlinkNode (security);
  xmlFreeNode (security);
}

static void
object_in_signature (xmlDoc *doc)
{
  insert (doc, find (doc, "Signature"), NULL, "<Object xmlns=\"" DS "\"/>");
}

static void
reference_uri (xmlDoc *doc, const char *uri)
{
  xmlSetProp (find (doc, "Reference"), BAD_CAST "URI", BAD_CAST uri);
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
reference_to_whole (xmlDoc *doc)
{
  reference_uri (doc, "");
}

static void
reference_to_pointer (xmlDoc *doc)
{
  reference_uri (doc, "#xpointer(/)");
}

static void
reference_to_file (xmlDoc *doc)
{
  reference_uri (doc, "file:///etc/hostname");
}

static void
reference_without_uri (xmlDoc *doc)
{
  xmlUnsetProp (find (doc, "Reference"), BAD_CAST "URI");
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

/* Everything but the last reference of @keep is taken out; signed anew. */
static void
keep_references (xmlDoc *doc, guint first, guint n)
{
  xmlNode *node = find (doc, "Reference"), *next;

  for (guint i = 0; node; node = next, i++)
    {
      next = node->next;
      if (i >= first && i < first + n)
        continue;
      xmlUnlinkNode (node);
      xmlFreeNode (node);
    }
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
only_timestamp_signed (xmlDoc *doc)
{
  keep_references (doc, 1, 1);
}

static void
only_body_signed (xmlDoc *doc)
{
  keep_references (doc, 0, 1);
}

static void
no_references (xmlDoc *doc)
{
  keep_references (doc, 0, 0);
}

static void
some_addresses_signed (xmlDoc *doc)
{
  keep_references (doc, 0, 4);
}

static void
reference_twice (xmlDoc *doc)
{
  xmlNode *reference = find (doc, "Reference");

  xmlAddNextSibling (reference, xmlDocCopyNode (reference, doc, 1));
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
hundred_references (xmlDoc *doc)
{
  xmlNode *reference = find (doc, "Reference");

  for (int i = 0; i < 100; i++)
    xmlAddPrevSibling (reference, xmlDocCopyNode (reference, doc, 1));
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
transform (xmlDoc *doc, const char *algorithm)
{
  xmlSetProp (find (doc, "Transform"), BAD_CAST "Algorithm", BAD_CAST algorithm);
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
transform_xpath (xmlDoc *doc)
{
  transform (doc, "http://www.w3.org/TR/1999/REC-xpath-19991116");
}

static void
transform_xslt (xmlDoc *doc)
{
  transform (doc, "http://www.w3.org/TR/1999/REC-xslt-19991116");
}

static void
transform_base64 (xmlDoc *doc)
{
  transform (doc, DS "base64");
}

static void
transform_enveloped (xmlDoc *doc)
{
  transform (doc, DS "enveloped-signature");
}

static void
transform_inclusive (xmlDoc *doc)
{
  transform (doc, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315");
}

static void
transform_with_comments (xmlDoc *doc)
{
  transform (doc, EXC "WithComments");
}

static void
second_transform (xmlDoc *doc)
{
  insert (doc, find (doc, "Transforms"), NULL,
          "<Transform xmlns=\"" DS "\" Algorithm=\"" DS "base64\"/>");
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
no_transforms (xmlDoc *doc)
{
  xmlNode *transforms = find (doc, "Transforms");

  xmlUnlinkNode (transforms);
  xmlFreeNode (transforms);
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
prefix_list_too_long (xmlDoc *doc)
{
  xmlNode *node =
      insert (doc, find (doc, "Transform"), NULL, "<InclusiveNamespaces xmlns=\"" EXC "\"/>");

  xmlSetProp (node, BAD_CAST "PrefixList",
              BAD_CAST "a b c d e f g h i j k l m n o p q r s t u v w x y z");
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
set_algorithm (xmlDoc *doc, const char *element, const char *algorithm)
{
  xmlSetProp (find (doc, element), BAD_CAST "Algorithm", BAD_CAST algorithm);
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
digest_sha1 (xmlDoc *doc)
{
  set_algorithm (doc, "DigestMethod", DS "sha1");
}

static void
digest_of_other_algorithm (xmlDoc *doc)
{
  set_algorithm (doc, "DigestMethod", "urn:oid:1.2.156.10197.1.401");
}

static void
signature_sha1 (xmlDoc *doc)
{
  set_algorithm (doc, "SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1");
}

static void
signature_rsa_md5 (xmlDoc *doc)
{
  set_algorithm (doc, "SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5");
}

static void
signature_of_other_algorithm (xmlDoc *doc)
{
  set_algorithm (doc, "SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
}

static void
canonical_inclusive (xmlDoc *doc)
{
  set_algorithm (doc, "CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315");
}

/* A MAC whose secret is the public key, which everybody has. */
static void
hmac_with_public_key (xmlDoc *doc)
{
  g_autoptr (GBytes) canonical = NULL;
  unsigned char *public_key = NULL;
  unsigned char mac[32];
  unsigned int size = sizeof mac;
  int length;
  g_autofree char *text = NULL;

  xmlSetProp (find (doc, "SignatureMethod"), BAD_CAST "Algorithm",
              BAD_CAST "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256");
  canonical = kai_xml_canonical (find (doc, "SignedInfo"), NULL);
  length = i2d_PUBKEY (clerks[KAI_ALGORITHM_P256]->pkey, &public_key);
  HMAC (EVP_sha256 (), public_key, length, g_bytes_get_data (canonical, NULL),
        g_bytes_get_size (canonical), mac, &size);
  OPENSSL_free (public_key);
  text = g_base64_encode (mac, size);
  xmlNodeSetContent (find (doc, "SignatureValue"), BAD_CAST text);
}

static void
signature_parameter (xmlDoc *doc)
{
  insert (doc, find (doc, "SignatureMethod"), NULL,
          "<HMACOutputLength xmlns=\"" DS "\">1</HMACOutputLength>");
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
comment_in_text (xmlDoc *doc)
{
  xmlAddChild (find (doc, "MSG"), xmlNewDocComment (doc, BAD_CAST "x"));
}

static void
comment_in_address (xmlDoc *doc)
{
  xmlAddChild (find (doc, "MessageID"), xmlNewDocComment (doc, BAD_CAST "x"));
}

static void
instruction_in_body (xmlDoc *doc)
{
  xmlAddChild (find (doc, "CFX"), xmlNewDocPI (doc, BAD_CAST "php", BAD_CAST "x"));
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
attackers_certificate (xmlDoc *doc)
{
  g_autoptr (KaiTestKey) other_root = kai_test_root_new ("Attacker", KAI_ALGORITHM_P256);
  g_autoptr (KaiTestKey) other =
      kai_test_clerk_new (other_root, KAI_ALGORITHM_P256, "320684001", "32068400101");
  g_autofree char *text = kai_certificate_to_base64 (other->certificate);

  xmlNodeSetContent (find (doc, "BinarySecurityToken"), BAD_CAST text);
  sign_again (doc, other);
}

static void
another_clerks_certificate (xmlDoc *doc)
{
  g_autoptr (KaiTestKey) other =
      kai_test_clerk_new (root, KAI_ALGORITHM_P256, "320684002", "32068400201");
  g_autofree char *text = kai_certificate_to_base64 (other->certificate);

  xmlNodeSetContent (find (doc, "BinarySecurityToken"), BAD_CAST text);
}

static void
damaged_certificate (xmlDoc *doc)
{
  xmlNodeSetContent (find (doc, "BinarySecurityToken"), BAD_CAST "MIIB");
}

static void
token_of_other_type (xmlDoc *doc)
{
  xmlSetProp (find (doc, "BinarySecurityToken"), BAD_CAST "ValueType",
              BAD_CAST WSS "x509-token-profile-1.0#X509PKIPathv1");
}

static void
key_value_only (xmlDoc *doc)
{
  xmlNode *info = find (doc, "KeyInfo");

  xmlNodeSetContent (info, NULL);
  insert (doc, info, NULL, "<KeyValue xmlns=\"" DS "\"/>");
}

static void
second_certificate (xmlDoc *doc)
{
  insert (doc, find (doc, "KeyInfo"), NULL, "<X509Data xmlns=\"" DS "\"/>");
}

static void
no_timestamp (xmlDoc *doc)
{
  xmlNode *timestamp = find (doc, "Timestamp");

  xmlUnlinkNode (timestamp);
  xmlFreeNode (timestamp);
}

static void
two_timestamps (xmlDoc *doc)
{
  xmlNode *timestamp = find (doc, "Timestamp");
  xmlNode *copy = xmlDocCopyNode (timestamp, doc, 1);

  xmlUnsetNsProp (copy, copy->properties->ns, BAD_CAST "Id");
  xmlAddPrevSibling (timestamp, copy);
}

static void
two_created (xmlDoc *doc)
{
  xmlNode *created = find (doc, "Created");

  xmlAddNextSibling (created, xmlDocCopyNode (created, doc, 1));
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
no_created (xmlDoc *doc)
{
  xmlNode *created = find (doc, "Created");

  xmlUnlinkNode (created);
  xmlFreeNode (created);
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
set_time (xmlDoc *doc, const char *element, const char *text)
{
  xmlNodeSetContent (find (doc, element), BAD_CAST text);
  sign_again (doc, clerks[KAI_ALGORITHM_P256]);
}

static void
created_long_ago (xmlDoc *doc)
{
  set_time (doc, "Created", "2020-01-01T00:00:00Z");
}

static void
created_in_future (xmlDoc *doc)
{
  xmlNodeSetContent (find (doc, "Expires"), BAD_CAST "2999-01-01T00:05:00Z");
  set_time (doc, "Created", "2999-01-01T00:00:00Z");
}

static void
created_without_zone (xmlDoc *doc)
{
  set_time (doc, "Created", "2026-01-01T00:00:00");
}

static void
expires_before_created (xmlDoc *doc)
{
  set_time (doc, "Expires", "2020-01-01T00:00:00Z");
}

static void
changed_address (xmlDoc *doc)
{
  xmlNodeSetContent (find (doc, "RelatesTo"), BAD_CAST "urn:uuid:other");
}

static void
added_address (xmlDoc *doc)
{
  insert (doc, find (doc, "Header"), NULL, "<ReplyTo xmlns=\"" WSA "\"/>");
}

static void
second_message_id (xmlDoc *doc)
{
  insert (doc, find (doc, "Header"), NULL, "<MessageID xmlns=\"" WSA "\">urn:uuid:2</MessageID>");
}

static void
plain_id (xmlDoc *doc)
{
  xmlNode *body = find (doc, "Body");
  xmlChar *id = xmlGetNsProp (body, BAD_CAST "Id", BAD_CAST WSU);

  xmlUnsetNsProp (body, body->properties->ns, BAD_CAST "Id");
  xmlSetProp (body, BAD_CAST "Id", id);
  xmlFree (id);
}

static void
value_as_der (xmlDoc *doc)
{
  g_autoptr (KaiKey) key = make_key (clerks[KAI_ALGORITHM_P256]);
  g_autoptr (GBytes) canonical = kai_xml_canonical (find (doc, "SignedInfo"), NULL);
  g_autoptr (GBytes) der =
      kai_key_sign (key, g_bytes_get_data (canonical, NULL), g_bytes_get_size (canonical), NULL);
  g_autofree char *text = g_base64_encode (g_bytes_get_data (der, NULL), g_bytes_get_size (der));

  xmlNodeSetContent (find (doc, "SignatureValue"), BAD_CAST text);
}

static void
empty_value (xmlDoc *doc)
{
  xmlNodeSetContent (find (doc, "SignatureValue"), NULL);
}

static void
zero_value (xmlDoc *doc)
{
  const guchar zeros[64] = { 0 };
  g_autofree char *text = g_base64_encode (zeros, sizeof zeros);

  xmlNodeSetContent (find (doc, "SignatureValue"), BAD_CAST text);
}

static const struct
{
  const char *name;
  Attack attack;
  KaiNetError code;
} attacks[] = {
  { "body/moved", move_body, KAI_NET_ERROR_SIGNATURE },
  { "body/moved-same-id", move_body_same_id, KAI_NET_ERROR_SIGNATURE },
  { "body/moved-renamed", move_body_content, KAI_NET_ERROR_SIGNATURE },
  { "body/content-changed", replace_body_content, KAI_NET_ERROR_SIGNATURE },
  { "body/two", two_bodies, KAI_NET_ERROR_MALFORMED },
  { "body/before-header", body_before_header, KAI_NET_ERROR_MALFORMED },
  { "body/comment", comment_in_text, KAI_NET_ERROR_MALFORMED },
  { "body/instruction", instruction_in_body, KAI_NET_ERROR_MALFORMED },
  { "id/twice", same_id_twice, KAI_NET_ERROR_SIGNATURE },
  { "id/xml-id-twice", same_xml_id_in_body, KAI_NET_ERROR_SIGNATURE },
  { "id/of-no-namespace", plain_id, KAI_NET_ERROR_SIGNATURE },
  { "structure/two-securities", two_securities, KAI_NET_ERROR_SIGNATURE },
  { "structure/security-in-body", security_in_body, KAI_NET_ERROR_SIGNATURE },
  { "structure/two-signatures", two_signatures, KAI_NET_ERROR_SIGNATURE },
  { "structure/no-signature", no_signature, KAI_NET_ERROR_SIGNATURE },
  { "structure/no-security", no_security, KAI_NET_ERROR_SIGNATURE },
  { "structure/object", object_in_signature, KAI_NET_ERROR_SIGNATURE },
  { "reference/whole", reference_to_whole, KAI_NET_ERROR_SIGNATURE },
  { "reference/pointer", reference_to_pointer, KAI_NET_ERROR_SIGNATURE },
  { "reference/file", reference_to_file, KAI_NET_ERROR_SIGNATURE },
  { "reference/no-uri", reference_without_uri, KAI_NET_ERROR_SIGNATURE },
  { "reference/only-timestamp", only_timestamp_signed, KAI_NET_ERROR_SIGNATURE },
  { "reference/only-body", only_body_signed, KAI_NET_ERROR_SIGNATURE },
  { "reference/none", no_references, KAI_NET_ERROR_SIGNATURE },
  { "reference/some-addresses", some_addresses_signed, KAI_NET_ERROR_SIGNATURE },
  { "reference/twice", reference_twice, KAI_NET_ERROR_SIGNATURE },
  { "reference/hundred", hundred_references, KAI_NET_ERROR_SIGNATURE },
  { "transform/xpath", transform_xpath, KAI_NET_ERROR_SIGNATURE },
  { "transform/xslt", transform_xslt, KAI_NET_ERROR_SIGNATURE },
  { "transform/base64", transform_base64, KAI_NET_ERROR_SIGNATURE },
  { "transform/enveloped", transform_enveloped, KAI_NET_ERROR_SIGNATURE },
  { "transform/inclusive", transform_inclusive, KAI_NET_ERROR_SIGNATURE },
  { "transform/with-comments", transform_with_comments, KAI_NET_ERROR_SIGNATURE },
  { "transform/second", second_transform, KAI_NET_ERROR_SIGNATURE },
  { "transform/none", no_transforms, KAI_NET_ERROR_SIGNATURE },
  { "transform/prefixes", prefix_list_too_long, KAI_NET_ERROR_SIGNATURE },
  { "algorithm/digest-sha1", digest_sha1, KAI_NET_ERROR_SIGNATURE },
  { "algorithm/digest-of-other", digest_of_other_algorithm, KAI_NET_ERROR_SIGNATURE },
  { "algorithm/ecdsa-sha1", signature_sha1, KAI_NET_ERROR_SIGNATURE },
  { "algorithm/rsa-md5", signature_rsa_md5, KAI_NET_ERROR_SIGNATURE },
  { "algorithm/other-than-key", signature_of_other_algorithm, KAI_NET_ERROR_SIGNATURE },
  { "algorithm/canonical", canonical_inclusive, KAI_NET_ERROR_SIGNATURE },
  { "algorithm/hmac-with-public-key", hmac_with_public_key, KAI_NET_ERROR_SIGNATURE },
  { "algorithm/parameter", signature_parameter, KAI_NET_ERROR_SIGNATURE },
  { "certificate/attackers", attackers_certificate, KAI_NET_ERROR_CERTIFICATE },
  { "certificate/another-clerks", another_clerks_certificate, KAI_NET_ERROR_SIGNATURE },
  { "certificate/damaged", damaged_certificate, KAI_NET_ERROR_CERTIFICATE },
  { "certificate/other-type", token_of_other_type, KAI_NET_ERROR_SIGNATURE },
  { "certificate/key-value", key_value_only, KAI_NET_ERROR_SIGNATURE },
  { "certificate/second", second_certificate, KAI_NET_ERROR_SIGNATURE },
  { "timestamp/moved", move_timestamp, KAI_NET_ERROR_SIGNATURE },
  { "timestamp/missing", no_timestamp, KAI_NET_ERROR_SIGNATURE },
  { "timestamp/two", two_timestamps, KAI_NET_ERROR_SIGNATURE },
  { "timestamp/two-created", two_created, KAI_NET_ERROR_TIME },
  { "timestamp/no-created", no_created, KAI_NET_ERROR_TIME },
  { "timestamp/long-ago", created_long_ago, KAI_NET_ERROR_TIME },
  { "timestamp/in-future", created_in_future, KAI_NET_ERROR_TIME },
  { "timestamp/no-zone", created_without_zone, KAI_NET_ERROR_TIME },
  { "timestamp/expires-before-created", expires_before_created, KAI_NET_ERROR_TIME },
  { "address/changed", changed_address, KAI_NET_ERROR_SIGNATURE },
  { "address/added", added_address, KAI_NET_ERROR_SIGNATURE },
  { "address/moved", move_address, KAI_NET_ERROR_SIGNATURE },
  { "address/second-message-id", second_message_id, KAI_NET_ERROR_MALFORMED },
  { "address/comment", comment_in_address, KAI_NET_ERROR_MALFORMED },
  { "value/der", value_as_der, KAI_NET_ERROR_SIGNATURE },
  { "value/empty", empty_value, KAI_NET_ERROR_SIGNATURE },
  { "value/zero", zero_value, KAI_NET_ERROR_SIGNATURE },
};

static void
test_attack (gconstpointer data)
{
  int row = GPOINTER_TO_INT (data);
  g_autoptr (xmlDoc) doc = make_signed (clerks[KAI_ALGORITHM_P256], TRUE, now);
  g_autofree char *text = NULL;

  /* Before the attack it is good: the refusal is the attack's doing. */
  text = to_text (doc);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVerified) verified = verify_text (text, now, &error);
  g_assert_no_error (error);
  attacks[row].attack (doc);
  g_free (text);
  text = to_text (doc);
  assert_refused (text, attacks[row].code);
}

static void
test_document_type (void)
{
  g_autoptr (xmlDoc) doc = make_signed (clerks[KAI_ALGORITHM_P256], TRUE, now);
  g_autofree char *text = to_text (doc);
  const char *envelope = strstr (text, "<soap:Envelope");
  g_autofree char *with_dtd = g_strconcat ("<!DOCTYPE x [<!ENTITY e 'x'>]>", envelope, NULL);

  assert_refused (with_dtd, KAI_NET_ERROR_MALFORMED);
}

/* Whoever builds the tree another way than kai_xml_parse meets the same refusal. */
static void
test_document_type_in_tree (void)
{
  g_autoptr (xmlDoc) doc = make_signed (clerks[KAI_ALGORITHM_P256], TRUE, now);
  g_autoptr (GError) error = NULL;

  xmlCreateIntSubset (doc, BAD_CAST "Envelope", NULL, NULL);
  g_assert_null (kai_xml_signature_verify (doc, trust, now, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
}

static void
test_cut (void)
{
  g_autoptr (xmlDoc) doc = make_signed (clerks[KAI_ALGORITHM_P256], TRUE, now);
  g_autofree char *text = to_text (doc);

  text[strlen (text) / 2] = '\0';
  assert_refused (text, KAI_NET_ERROR_MALFORMED);
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
  replace_body_content (doc);
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
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (xmlDoc) doc = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (KaiVerified) verified = NULL;
  KaiTestKey *key = clerks[KAI_ALGORITHM_RSA];
  g_autofree char *certificate = kai_certificate_to_base64 (key->certificate);
  xmlNode *info, *holder, *data;

  /* KeyInfo is not signed, so it can be rewritten like zeep does. */
  doc = make_signed (key, FALSE, now);
  no_security (doc);
  xmlFreeDoc (g_steal_pointer (&doc));
  doc = make_signed (key, FALSE, now);
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
set_up (void)
{
  g_autofree char *pem = NULL;

  now = g_get_real_time () / G_USEC_PER_SEC;
  root = kai_test_root_new ("Root", KAI_ALGORITHM_P256);
  for (int i = 0; i < ALGORITHMS; i++)
    clerks[i] = kai_test_clerk_new (root, i, "320684001", "32068400101");
  trust = kai_trust_new ();
  pem = kai_test_key_certificate_pem (root);
  g_assert_true (kai_trust_add_pem (trust, pem, -1, NULL));
}

static void
tear_down (void)
{
  verify_text (NULL, now, NULL);
  kai_trust_unref (trust);
  kai_test_key_free (root);
  for (int i = 0; i < ALGORITHMS; i++)
    kai_test_key_free (clerks[i]);
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
  for (guint i = 0; i < G_N_ELEMENTS (attacks); i++)
    {
      g_autofree char *name = g_strconcat ("/xml-signature/attack/", attacks[i].name, NULL);

      g_test_add_data_func (name, GINT_TO_POINTER (i), test_attack);
    }
  g_test_add_func ("/xml-signature/attack/document-type", test_document_type);
  g_test_add_func ("/xml-signature/attack/document-type-in-tree", test_document_type_in_tree);
  g_test_add_func ("/xml-signature/attack/cut", test_cut);
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
