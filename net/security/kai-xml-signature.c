/* Signing a SOAP envelope by WS-Security, and the canonical form that signing and verifying share. */
#include "security/kai-xml-signature-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-xml.h"
#include "security/kai-key-private.h"
#include "security/kai-signature-value.h"
#include <glib/gi18n-lib.h>
#include <libxml/c14n.h>

const KaiXmlAlgorithm kai_xml_algorithms[3] = {
  [KAI_ALGORITHM_RSA] = { "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                          "http://www.w3.org/2001/04/xmlenc#sha256" },
  [KAI_ALGORITHM_P256] = { "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
                           "http://www.w3.org/2001/04/xmlenc#sha256" },
  [KAI_ALGORITHM_SM2] = { KAI_SM2_NAME, KAI_SM3_NAME },
};

/* ---- Canonical form and digests ---- */

static int
is_in_subtree (void *user_data, xmlNode *node, xmlNode *parent)
{
  /* A namespace is not a node: it is where its element is. */
  xmlNode *at =
      node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE ? parent : node;

  for (; at && at->type != XML_DOCUMENT_NODE; at = at->parent)
    if (at == user_data)
      return 1;
  return 0;
}

GBytes *
kai_xml_canonical_full (xmlNode *node, char **prefixes, GError **error)
{
  xmlOutputBuffer *buffer = xmlAllocOutputBuffer (NULL);
  GBytes *bytes = NULL;

  if (xmlC14NExecute (node->doc, is_in_subtree, node, XML_C14N_EXCLUSIVE_1_0, (xmlChar **)prefixes,
                      0, buffer)
      >= 0)
    bytes = g_bytes_new (xmlOutputBufferGetContent (buffer), xmlOutputBufferGetSize (buffer));
  xmlOutputBufferClose (buffer);
  xmlResetLastError ();
  if (!bytes)
    kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                  _ ("The message cannot be brought into the form that is signed."));
  return bytes;
}

GBytes *
kai_xml_canonical (xmlNode *node, GError **error)
{
  return kai_xml_canonical_full (node, NULL, error);
}

GBytes *
kai_digest (KaiAlgorithm algorithm, const void *data, gsize length)
{
  const EVP_MD *md = algorithm == KAI_ALGORITHM_SM2 ? EVP_sm3 () : EVP_sha256 ();
  guchar digest[32];

  if (EVP_Digest (data, length, digest, NULL, md, NULL) != 1)
    g_error ("OpenSSL has no %s", EVP_MD_get0_name (md));
  return g_bytes_new (digest, sizeof digest);
}

/* ---- Signing ---- */

typedef struct
{
  xmlNode *envelope, *security;
  xmlNs *wsse, *wsu, *ds;
  KaiKey *key;
  KaiXmlAlgorithm names;
  GPtrArray *parts; /* xmlNode, to be signed */
} Signing;

static xmlNode *
add (xmlNode *parent, xmlNs *ns, const char *name, const char *text)
{
  return xmlNewTextChild (parent, ns, BAD_CAST name, BAD_CAST text);
}

static xmlNode *
add_algorithm (xmlNode *parent, xmlNs *ns, const char *name, const char *algorithm)
{
  xmlNode *node = add (parent, ns, name, NULL);

  xmlSetProp (node, BAD_CAST "Algorithm", BAD_CAST algorithm);
  return node;
}

static xmlNode *
add_bytes (xmlNode *parent, xmlNs *ns, const char *name, GBytes *bytes)
{
  g_autofree char *text =
      g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  return add (parent, ns, name, text);
}

/* Random: nothing in the body can have the same one. */
static void
give_id (Signing *signing, xmlNode *node)
{
  g_autofree char *uuid = g_uuid_string_random ();
  g_autofree char *id = g_strconcat ("id-", uuid, NULL);

  xmlSetNsProp (node, signing->wsu, BAD_CAST "Id", BAD_CAST id);
}

static char *
dup_reference (xmlNode *node)
{
  xmlChar *id = xmlGetNsProp (node, BAD_CAST "Id", BAD_CAST WSU_NS);
  char *uri = g_strconcat ("#", (const char *)id, NULL);

  xmlFree (id);
  return uri;
}

static void
add_part (Signing *signing, xmlNode *node)
{
  give_id (signing, node);
  g_ptr_array_add (signing->parts, node);
}

/* The Security header with token and Timestamp; everything that is to be signed has its id. */
static void
prepare (Signing *signing, xmlNode *header, xmlNode *body, gint64 now)
{
  static const char *const addressing[] = { "MessageID", "To", "Action", "RelatesTo" };
  g_autoptr (GDateTime) created = g_date_time_new_from_unix_utc (now);
  g_autoptr (GDateTime) expires = g_date_time_new_from_unix_utc (now + TIMESTAMP_WINDOW);
  g_autofree char *created_text = g_date_time_format (created, "%Y-%m-%dT%H:%M:%SZ");
  g_autofree char *expires_text = g_date_time_format (expires, "%Y-%m-%dT%H:%M:%SZ");
  g_autofree char *certificate = kai_certificate_to_base64 (kai_key_get_certificate (signing->key));
  xmlNode *token, *timestamp;

  signing->security = xmlNewChild (header, NULL, BAD_CAST "Security", NULL);
  signing->wsse = xmlNewNs (signing->security, BAD_CAST WSSE_NS, BAD_CAST "wsse");
  /* On the envelope: Body and addressing headers carry wsu:Id too. */
  signing->wsu = xmlNewNs (signing->envelope, BAD_CAST WSU_NS, BAD_CAST "wsu");
  xmlSetNs (signing->security, signing->wsse);
  xmlSetNsProp (signing->security, signing->envelope->ns, BAD_CAST "mustUnderstand", BAD_CAST "1");

  token = add (signing->security, signing->wsse, "BinarySecurityToken", certificate);
  xmlSetProp (token, BAD_CAST "EncodingType", BAD_CAST BASE64_TYPE);
  xmlSetProp (token, BAD_CAST "ValueType", BAD_CAST X509V3_TYPE);
  give_id (signing, token);

  timestamp = add (signing->security, signing->wsu, "Timestamp", NULL);
  add (timestamp, signing->wsu, "Created", created_text);
  add (timestamp, signing->wsu, "Expires", expires_text);

  add_part (signing, body);
  add_part (signing, timestamp);
  for (guint i = 0; i < G_N_ELEMENTS (addressing); i++)
    {
      xmlNode *node = kai_xml_child (header, WSA_NS, addressing[i]);

      if (node)
        add_part (signing, node);
    }
}

static gboolean
add_reference (Signing *signing, xmlNode *signed_info, xmlNode *part, GError **error)
{
  KaiAlgorithm algorithm = kai_key_get_algorithm (signing->key);
  g_autoptr (GBytes) canonical = kai_xml_canonical (part, error);
  g_autoptr (GBytes) digest = NULL;
  g_autofree char *uri = dup_reference (part);
  xmlNode *reference, *transforms;

  if (!canonical)
    return FALSE;
  digest = kai_digest (algorithm, g_bytes_get_data (canonical, NULL), g_bytes_get_size (canonical));
  reference = add (signed_info, signing->ds, "Reference", NULL);
  xmlSetProp (reference, BAD_CAST "URI", BAD_CAST uri);
  transforms = add (reference, signing->ds, "Transforms", NULL);
  add_algorithm (transforms, signing->ds, "Transform", EXC_C14N_NS);
  add_algorithm (reference, signing->ds, "DigestMethod", signing->names.digest);
  add_bytes (reference, signing->ds, "DigestValue", digest);
  return TRUE;
}

static gboolean
add_value (Signing *signing, xmlNode *signature, xmlNode *signed_info, GError **error)
{
  g_autoptr (GBytes) canonical = kai_xml_canonical (signed_info, error);
  g_autoptr (GBytes) value = NULL;
  g_autoptr (GBytes) raw = NULL;

  if (canonical)
    value = kai_key_sign (signing->key, g_bytes_get_data (canonical, NULL),
                          g_bytes_get_size (canonical), error);
  if (!value)
    return FALSE;
  if (kai_key_get_algorithm (signing->key) == KAI_ALGORITHM_RSA)
    raw = g_bytes_ref (value);
  else
    raw = kai_signature_to_raw (g_bytes_get_data (value, NULL), g_bytes_get_size (value));
  if (!raw)
    return kai_net_fail (error, KAI_NET_ERROR_SIGNATURE,
                         _ ("The key made a signature that cannot be used. Try once more."));
  add_bytes (signature, signing->ds, "SignatureValue", raw);
  return TRUE;
}

static gboolean
add_signature (Signing *signing, GError **error)
{
  xmlNode *signature, *signed_info, *info, *reference;
  g_autofree char *token =
      dup_reference (kai_xml_child (signing->security, WSSE_NS, "BinarySecurityToken"));

  signature = xmlNewChild (signing->security, NULL, BAD_CAST "Signature", NULL);
  signing->ds = xmlNewNs (signature, BAD_CAST DS_NS, BAD_CAST "ds");
  xmlSetNs (signature, signing->ds);
  signed_info = add (signature, signing->ds, "SignedInfo", NULL);
  add_algorithm (signed_info, signing->ds, "CanonicalizationMethod", EXC_C14N_NS);
  add_algorithm (signed_info, signing->ds, "SignatureMethod", signing->names.signature);
  for (guint i = 0; i < signing->parts->len; i++)
    if (!add_reference (signing, signed_info, signing->parts->pdata[i], error))
      return FALSE;
  if (!add_value (signing, signature, signed_info, error))
    return FALSE;
  info = add (signature, signing->ds, "KeyInfo", NULL);
  info = add (info, signing->wsse, "SecurityTokenReference", NULL);
  reference = add (info, signing->wsse, "Reference", NULL);
  xmlSetProp (reference, BAD_CAST "URI", BAD_CAST token);
  xmlSetProp (reference, BAD_CAST "ValueType", BAD_CAST X509V3_TYPE);
  return TRUE;
}

gboolean
kai_xml_signature_sign (xmlDoc *envelope, KaiKey *key, gint64 now, GError **error)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  Signing signing = { .key = key, .parts = parts };
  xmlNode *header, *body;

  signing.envelope = xmlDocGetRootElement (envelope);
  if (!kai_xml_is (signing.envelope, SOAP_NS, "Envelope"))
    return kai_net_fail (error, KAI_NET_ERROR_MALFORMED, _ ("The message is not a SOAP envelope."));
  body = kai_xml_only_child (signing.envelope, SOAP_NS, "Body", error);
  if (!body)
    return FALSE;
  header = kai_xml_child (signing.envelope, SOAP_NS, "Header");
  if (!header)
    {
      header = xmlNewDocNode (envelope, signing.envelope->ns, BAD_CAST "Header", NULL);
      xmlAddPrevSibling (body, header);
    }
  if (kai_xml_child (header, WSSE_NS, "Security"))
    return kai_net_fail (error, KAI_NET_ERROR_SIGNATURE, _ ("The message is signed already."));
  signing.names = kai_xml_algorithms[kai_key_get_algorithm (key)];
  if (kai_key_get_algorithm (key) == KAI_ALGORITHM_SM2)
    kai_key_get_sm2_names (key, &signing.names.signature, &signing.names.digest);
  prepare (&signing, header, body, now);
  return add_signature (&signing, error);
}
