/* Each attack on a signed envelope is refused with its own code. */
#include "kai-envelope-maker.h"

#include "messages/kai-net-error.h"
#include <openssl/hmac.h>
#include <openssl/x509.h>
#include <string.h>

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
  g_assert_nonnull (verified);
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

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  set_up ();
  for (guint i = 0; i < G_N_ELEMENTS (attacks); i++)
    {
      g_autofree char *name = g_strconcat ("/xml-attacks/", attacks[i].name, NULL);

      g_test_add_data_func (name, GINT_TO_POINTER (i), test_attack);
    }
  g_test_add_func ("/xml-attacks/document-type", test_document_type);
  g_test_add_func ("/xml-attacks/document-type-in-tree", test_document_type_in_tree);
  g_test_add_func ("/xml-attacks/cut", test_cut);
  status = g_test_run ();
  tear_down ();
  return status;
}
