/* Attacks on signed messages: each takes a good envelope, of a desk or of a server, and makes of it what must be refused. */
#include "kai-attack-maker.h"

#include "kai-envelope-maker.h"
#include <openssl/hmac.h>
#include <openssl/x509.h>
#include <string.h>

typedef void (*Attack) (xmlDoc *doc);

/* Of the attack that is being made. */
static const KaiAttackKeys *keys;

/* ---- Attacks on the tree ---- */

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
  xmlNodeSetContent (find (doc, "MSG"), BAD_CAST "forged");
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
  xmlSetProp (find (doc, "CFX"), BAD_CAST "xml:id", BAD_CAST "n1");
  sign_again (doc, keys->signer);
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
  sign_again (doc, keys->signer);
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
  sign_again (doc, keys->signer);
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
  sign_again (doc, keys->signer);
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
  sign_again (doc, keys->signer);
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
  sign_again (doc, keys->signer);
}

static void
hundred_references (xmlDoc *doc)
{
  xmlNode *reference = find (doc, "Reference");

  for (int i = 0; i < 100; i++)
    xmlAddPrevSibling (reference, xmlDocCopyNode (reference, doc, 1));
  sign_again (doc, keys->signer);
}

static void
transform (xmlDoc *doc, const char *algorithm)
{
  xmlSetProp (find (doc, "Transform"), BAD_CAST "Algorithm", BAD_CAST algorithm);
  sign_again (doc, keys->signer);
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
  sign_again (doc, keys->signer);
}

static void
no_transforms (xmlDoc *doc)
{
  xmlNode *transforms = find (doc, "Transforms");

  xmlUnlinkNode (transforms);
  xmlFreeNode (transforms);
  sign_again (doc, keys->signer);
}

static void
prefix_list_too_long (xmlDoc *doc)
{
  xmlNode *node =
      insert (doc, find (doc, "Transform"), NULL, "<InclusiveNamespaces xmlns=\"" EXC "\"/>");

  xmlSetProp (node, BAD_CAST "PrefixList",
              BAD_CAST "a b c d e f g h i j k l m n o p q r s t u v w x y z");
  sign_again (doc, keys->signer);
}

static void
set_algorithm (xmlDoc *doc, const char *element, const char *algorithm)
{
  xmlSetProp (find (doc, element), BAD_CAST "Algorithm", BAD_CAST algorithm);
  sign_again (doc, keys->signer);
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
  length = i2d_PUBKEY (keys->signer->pkey, &public_key);
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
  sign_again (doc, keys->signer);
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
  sign_again (doc, keys->signer);
}

/* Signed anew by @other, whose certificate is in the message. */
static void
sign_as (xmlDoc *doc, const KaiTestKey *other)
{
  g_autofree char *text = kai_certificate_to_base64 (other->certificate);

  xmlNodeSetContent (find (doc, "BinarySecurityToken"), BAD_CAST text);
  sign_again (doc, other);
}

/* A certificate with the signer's name and what else @leaf asks for. */
static void
sign_as_leaf (xmlDoc *doc, KaiTestKey *issuer, KaiTestLeaf *leaf)
{
  X509 *certificate = keys->signer->certificate;
  g_autofree char *name = kai_certificate_dup_name (certificate);
  g_autofree char *unit_name = kai_certificate_dup_unit_name (certificate);
  g_autofree char *unit = kai_certificate_dup_unit (certificate);
  g_autofree char *user = kai_certificate_dup_user (certificate);
  g_autoptr (KaiTestKey) other = NULL;

  leaf->name = name;
  leaf->unit_name = *unit_name ? unit_name : NULL;
  leaf->unit = unit;
  leaf->user = *user ? user : NULL;
  leaf->algorithm = KAI_ALGORITHM_P256;
  other = kai_test_key_issue (issuer, leaf);
  sign_as (doc, other);
}

static void
own_certificate (xmlDoc *doc)
{
  g_autoptr (KaiTestKey) other = kai_test_self_signed_new (keys->signer);

  sign_as (doc, other);
}

static void
attackers_issuer (xmlDoc *doc)
{
  g_autoptr (KaiTestKey) other = kai_test_root_new ("Attacker", KAI_ALGORITHM_P256);
  KaiTestLeaf leaf = { NULL };

  sign_as_leaf (doc, other, &leaf);
}

/* Says that it is the root's, and was made with another key. */
static void
forged_certificate (xmlDoc *doc)
{
  g_autoptr (KaiTestKey) other = kai_test_root_new ("Attacker", KAI_ALGORITHM_P256);
  KaiTestKey pretended = { other->pkey, keys->root->certificate };
  KaiTestLeaf leaf = { NULL };

  sign_as_leaf (doc, &pretended, &leaf);
}

static void
expired_certificate (xmlDoc *doc)
{
  KaiTestLeaf leaf = { .not_before = keys->now - 400 * 86400, .not_after = keys->now - 86400 };

  sign_as_leaf (doc, keys->root, &leaf);
}

static void
future_certificate (xmlDoc *doc)
{
  KaiTestLeaf leaf = { .not_before = keys->now + 86400, .not_after = keys->now + 400 * 86400 };

  sign_as_leaf (doc, keys->root, &leaf);
}

static void
web_server_certificate (xmlDoc *doc)
{
  KaiTestLeaf leaf = { .extended_usage = "serverAuth" };

  sign_as_leaf (doc, keys->root, &leaf);
}

static void
encryption_certificate (xmlDoc *doc)
{
  KaiTestLeaf leaf = { .key_usage = "critical,keyEncipherment" };

  sign_as_leaf (doc, keys->root, &leaf);
}

static void
issuers_certificate (xmlDoc *doc)
{
  sign_as (doc, keys->root);
}

static void
revoked_certificate (xmlDoc *doc)
{
  sign_as (doc, keys->revoked);
}

static void
other_certificate (xmlDoc *doc)
{
  KaiTestLeaf leaf = { .name = "Other", .unit = "320684002", .algorithm = KAI_ALGORITHM_P256 };
  g_autoptr (KaiTestKey) other = kai_test_key_issue (keys->root, &leaf);
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
  sign_again (doc, keys->signer);
}

static void
no_created (xmlDoc *doc)
{
  xmlNode *created = find (doc, "Created");

  xmlUnlinkNode (created);
  xmlFreeNode (created);
  sign_again (doc, keys->signer);
}

static void
set_time (xmlDoc *doc, const char *element, const char *text)
{
  xmlNodeSetContent (find (doc, element), BAD_CAST text);
  sign_again (doc, keys->signer);
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
  xmlNodeSetContent (find (doc, "MessageID"), BAD_CAST "urn:uuid:other");
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
  g_autoptr (KaiKey) key = make_key (keys->signer);
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

/* ---- Attacks on the text, before it is a tree ---- */

typedef void (*TextAttack) (GString *text);

static gssize
place_of (const GString *text, const char *needle)
{
  const char *found = strstr (text->str, needle);

  g_assert_nonnull (found);
  return found - text->str;
}

static void
prepend_definition (GString *text)
{
  g_string_insert (text, place_of (text, "<soap:Envelope"),
                   "<!DOCTYPE x SYSTEM \"file:///etc/hostname\">");
}

/* Each entity ten times the one before. */
static void
prepend_entities (GString *text)
{
  g_autoptr (GString) definition = g_string_new ("<!DOCTYPE x [<!ENTITY e0 \"ha\">");

  for (int i = 1; i < 12; i++)
    {
      g_string_append_printf (definition, "<!ENTITY e%d \"", i);
      for (int n = 0; n < 10; n++)
        g_string_append_printf (definition, "&e%d;", i - 1);
      g_string_append (definition, "\">");
    }
  g_string_append (definition, "]>");
  g_string_insert (text, place_of (text, "<soap:Envelope"), definition->str);
  g_string_insert (text, place_of (text, "</CFX>"), "<x>&e11;</x>");
}

static void
nest (GString *text)
{
  g_autoptr (GString) deep = g_string_new (NULL);

  for (int i = 0; i < 10000; i++)
    g_string_append (deep, "<x>");
  for (int i = 0; i < 10000; i++)
    g_string_append (deep, "</x>");
  g_string_insert (text, place_of (text, "</CFX>"), deep->str);
}

static void
many_attributes (GString *text)
{
  g_autoptr (GString) wide = g_string_new ("<x");

  for (int i = 0; i < 100000; i++)
    g_string_append_printf (wide, " a%d=\"\"", i);
  g_string_append (wide, "/>");
  g_string_insert (text, place_of (text, "</CFX>"), wide->str);
}

static void
much_text (GString *text)
{
  gsize length = 100 * 1024 * 1024, at = place_of (text, "</CFX>");
  g_autofree char *filling = g_malloc (length);

  memset (filling, 'x', length);
  g_string_insert_len (text, at, filling, length);
}

static void
cut_in_half (GString *text)
{
  g_string_truncate (text, text->len / 2);
}

static const struct
{
  KaiAttack attack;
  Attack change;
  TextAttack change_text;
} attacks[] = {
  { { "body/moved", "wrapped", KAI_NET_ERROR_SIGNATURE }, move_body, NULL },
  { { "body/moved-same-id", "wrapped", KAI_NET_ERROR_SIGNATURE }, move_body_same_id, NULL },
  { { "body/moved-renamed", "moved", KAI_NET_ERROR_SIGNATURE }, move_body_content, NULL },
  { { "body/content-changed", "bad-signature", KAI_NET_ERROR_SIGNATURE },
    replace_body_content,
    NULL },
  { { "body/two", "malformed", KAI_NET_ERROR_MALFORMED }, two_bodies, NULL },
  { { "body/before-header", "malformed", KAI_NET_ERROR_MALFORMED }, body_before_header, NULL },
  { { "body/comment", "comment", KAI_NET_ERROR_MALFORMED }, comment_in_text, NULL },
  { { "body/instruction", "comment", KAI_NET_ERROR_MALFORMED }, instruction_in_body, NULL },
  { { "id/twice", "duplicate-id", KAI_NET_ERROR_SIGNATURE }, same_id_twice, NULL },
  { { "id/xml-id-twice", "duplicate-id", KAI_NET_ERROR_SIGNATURE }, same_xml_id_in_body, NULL },
  { { "id/of-no-namespace", "moved", KAI_NET_ERROR_SIGNATURE }, plain_id, NULL },
  { { "structure/two-securities", "second-part", KAI_NET_ERROR_SIGNATURE }, two_securities, NULL },
  { { "structure/security-in-body", "second-part", KAI_NET_ERROR_SIGNATURE },
    security_in_body,
    NULL },
  { { "structure/two-signatures", "second-part", KAI_NET_ERROR_SIGNATURE }, two_signatures, NULL },
  { { "structure/no-signature", "no-signature", KAI_NET_ERROR_SIGNATURE }, no_signature, NULL },
  { { "structure/no-security", "no-signature", KAI_NET_ERROR_SIGNATURE }, no_security, NULL },
  { { "structure/object", "bad-signature", KAI_NET_ERROR_SIGNATURE }, object_in_signature, NULL },
  { { "reference/whole", "bad-reference", KAI_NET_ERROR_SIGNATURE }, reference_to_whole, NULL },
  { { "reference/pointer", "bad-reference", KAI_NET_ERROR_SIGNATURE }, reference_to_pointer, NULL },
  { { "reference/file", "bad-reference", KAI_NET_ERROR_SIGNATURE }, reference_to_file, NULL },
  { { "reference/no-uri", "bad-reference", KAI_NET_ERROR_SIGNATURE }, reference_without_uri, NULL },
  { { "reference/only-timestamp", "only-timestamp", KAI_NET_ERROR_SIGNATURE },
    only_timestamp_signed,
    NULL },
  { { "reference/only-body", "not-covered", KAI_NET_ERROR_SIGNATURE }, only_body_signed, NULL },
  { { "reference/none", "no-reference", KAI_NET_ERROR_SIGNATURE }, no_references, NULL },
  { { "reference/some-addresses", "not-covered", KAI_NET_ERROR_SIGNATURE },
    some_addresses_signed,
    NULL },
  { { "reference/twice", "bad-reference", KAI_NET_ERROR_SIGNATURE }, reference_twice, NULL },
  { { "reference/hundred", "bad-reference", KAI_NET_ERROR_SIGNATURE }, hundred_references, NULL },
  { { "transform/xpath", "bad-transform", KAI_NET_ERROR_SIGNATURE }, transform_xpath, NULL },
  { { "transform/xslt", "bad-transform", KAI_NET_ERROR_SIGNATURE }, transform_xslt, NULL },
  { { "transform/base64", "bad-transform", KAI_NET_ERROR_SIGNATURE }, transform_base64, NULL },
  { { "transform/enveloped", "bad-transform", KAI_NET_ERROR_SIGNATURE },
    transform_enveloped,
    NULL },
  { { "transform/inclusive", "bad-transform", KAI_NET_ERROR_SIGNATURE },
    transform_inclusive,
    NULL },
  { { "transform/with-comments", "bad-transform", KAI_NET_ERROR_SIGNATURE },
    transform_with_comments,
    NULL },
  { { "transform/second", "bad-transform", KAI_NET_ERROR_SIGNATURE }, second_transform, NULL },
  { { "transform/none", "bad-transform", KAI_NET_ERROR_SIGNATURE }, no_transforms, NULL },
  { { "transform/prefixes", "bad-transform", KAI_NET_ERROR_SIGNATURE },
    prefix_list_too_long,
    NULL },
  { { "algorithm/digest-sha1", "weak-algorithm", KAI_NET_ERROR_SIGNATURE }, digest_sha1, NULL },
  { { "algorithm/digest-of-other", "weak-algorithm", KAI_NET_ERROR_SIGNATURE },
    digest_of_other_algorithm,
    NULL },
  { { "algorithm/ecdsa-sha1", "weak-algorithm", KAI_NET_ERROR_SIGNATURE }, signature_sha1, NULL },
  { { "algorithm/rsa-md5", "weak-algorithm", KAI_NET_ERROR_SIGNATURE }, signature_rsa_md5, NULL },
  { { "algorithm/other-than-key", "weak-algorithm", KAI_NET_ERROR_SIGNATURE },
    signature_of_other_algorithm,
    NULL },
  { { "algorithm/canonical", "bad-transform", KAI_NET_ERROR_SIGNATURE },
    canonical_inclusive,
    NULL },
  { { "algorithm/hmac-with-public-key", "weak-algorithm", KAI_NET_ERROR_SIGNATURE },
    hmac_with_public_key,
    NULL },
  { { "algorithm/parameter", "weak-algorithm", KAI_NET_ERROR_SIGNATURE },
    signature_parameter,
    NULL },
  { { "certificate/damaged", "bad-certificate", KAI_NET_ERROR_CERTIFICATE },
    damaged_certificate,
    NULL },
  { { "certificate/other-type", "no-certificate", KAI_NET_ERROR_SIGNATURE },
    token_of_other_type,
    NULL },
  { { "certificate/key-value", "no-certificate", KAI_NET_ERROR_SIGNATURE }, key_value_only, NULL },
  { { "certificate/second", "no-certificate", KAI_NET_ERROR_SIGNATURE }, second_certificate, NULL },
  { { "timestamp/moved", "moved", KAI_NET_ERROR_SIGNATURE }, move_timestamp, NULL },
  { { "timestamp/missing", "timestamp-missing", KAI_NET_ERROR_SIGNATURE }, no_timestamp, NULL },
  { { "timestamp/two", "timestamp-doubled", KAI_NET_ERROR_SIGNATURE }, two_timestamps, NULL },
  { { "timestamp/two-created", "timestamp-doubled", KAI_NET_ERROR_TIME }, two_created, NULL },
  { { "timestamp/no-created", "timestamp-missing", KAI_NET_ERROR_TIME }, no_created, NULL },
  { { "timestamp/long-ago", "time-window", KAI_NET_ERROR_TIME }, created_long_ago, NULL },
  { { "timestamp/in-future", "time-window", KAI_NET_ERROR_TIME }, created_in_future, NULL },
  { { "timestamp/no-zone", "time-window", KAI_NET_ERROR_TIME }, created_without_zone, NULL },
  { { "timestamp/expires-before-created", "time-window", KAI_NET_ERROR_TIME },
    expires_before_created,
    NULL },
  { { "address/changed", "bad-signature", KAI_NET_ERROR_SIGNATURE }, changed_address, NULL },
  { { "address/added", "not-covered", KAI_NET_ERROR_SIGNATURE }, added_address, NULL },
  { { "address/moved", "moved", KAI_NET_ERROR_SIGNATURE }, move_address, NULL },
  { { "address/second-message-id", "malformed", KAI_NET_ERROR_MALFORMED },
    second_message_id,
    NULL },
  { { "address/comment", "comment", KAI_NET_ERROR_MALFORMED }, comment_in_address, NULL },
  { { "value/der", "bad-signature", KAI_NET_ERROR_SIGNATURE }, value_as_der, NULL },
  { { "value/empty", "bad-signature", KAI_NET_ERROR_SIGNATURE }, empty_value, NULL },
  { { "value/zero", "bad-signature", KAI_NET_ERROR_SIGNATURE }, zero_value, NULL },
  { { "certificate/own", "foreign-key", KAI_NET_ERROR_CERTIFICATE }, own_certificate, NULL },
  { { "certificate/wrong-issuer", "certificate-unknown", KAI_NET_ERROR_CERTIFICATE },
    attackers_issuer,
    NULL },
  { { "certificate/forged", "forged-certificate", KAI_NET_ERROR_CERTIFICATE },
    forged_certificate,
    NULL },
  { { "certificate/expired", "certificate-expired", KAI_NET_ERROR_CERTIFICATE },
    expired_certificate,
    NULL },
  { { "certificate/not-yet-valid", "not-yet-valid", KAI_NET_ERROR_CERTIFICATE },
    future_certificate,
    NULL },
  { { "certificate/web-server", "wrong-purpose", KAI_NET_ERROR_CERTIFICATE },
    web_server_certificate,
    NULL },
  { { "certificate/encryption", "wrong-purpose", KAI_NET_ERROR_CERTIFICATE },
    encryption_certificate,
    NULL },
  { { "certificate/issuers", "wrong-purpose", KAI_NET_ERROR_CERTIFICATE },
    issuers_certificate,
    NULL },
  { { "certificate/revoked", "revoked", KAI_NET_ERROR_CERTIFICATE }, revoked_certificate, NULL },
  { { "certificate/another", "bad-signature", KAI_NET_ERROR_SIGNATURE }, other_certificate, NULL },
  { { "text/definition", "dtd", KAI_NET_ERROR_MALFORMED }, NULL, prepend_definition },
  { { "text/entities", "dtd", KAI_NET_ERROR_MALFORMED }, NULL, prepend_entities },
  { { "text/10000-levels", "too-deep", KAI_NET_ERROR_MALFORMED }, NULL, nest },
  { { "text/100000-attributes", "too-many-attributes", KAI_NET_ERROR_MALFORMED },
    NULL,
    many_attributes },
  { { "text/100-megabytes", "too-large", KAI_NET_ERROR_MALFORMED }, NULL, much_text },
  { { "text/cut", "cut", KAI_NET_ERROR_MALFORMED }, NULL, cut_in_half },
};

const guint kai_n_attacks = G_N_ELEMENTS (attacks);

const KaiAttack *
kai_attack_get (guint n)
{
  g_assert_cmpuint (n, <, kai_n_attacks);
  return &attacks[n].attack;
}

GBytes *
kai_attack_make (guint n, GBytes *good, const KaiAttackKeys *with)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (good, NULL), g_bytes_get_size (good));
  g_autoptr (GString) changed = NULL;
  gsize length;

  g_assert_cmpuint (n, <, kai_n_attacks);
  keys = with;
  if (attacks[n].change)
    {
      g_autoptr (xmlDoc) doc = parse (text);

      attacks[n].change (doc);
      g_free (text);
      text = to_text (doc);
    }
  changed = g_string_new (text);
  if (attacks[n].change_text)
    attacks[n].change_text (changed);
  keys = NULL;
  length = changed->len;
  return g_bytes_new_take (g_string_free (g_steal_pointer (&changed), FALSE), length);
}
