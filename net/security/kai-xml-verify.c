/* Verifying a signed SOAP envelope. Everything is found once, by its position; what a reference names must be one of these very nodes; nothing is looked up again afterwards.
 * What the profile (docs/ws-security.md) does not expect is refused. */
#include "security/kai-xml-signature-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-xml.h"
#include "security/kai-signature-value.h"
#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <string.h>

#define MAX_REFERENCES 8
#define MAX_PREFIXES 16
#define MAX_PREFIX_LIST 512
#define MAX_ADDRESSING 8
#define MAX_ADDRESS 1024
#define MAX_TIME 40

typedef struct
{
  xmlNode *envelope, *header, *body, *security, *token, *timestamp, *signature;
  xmlNode *addressing[MAX_ADDRESSING]; /* header blocks of WS-Addressing */
  guint n_addressing;
  xmlNode *signed_nodes[MAX_REFERENCES];
  guint n_signed;
  GHashTable *ids;            /* every id of the document; borrowed */
  KaiXmlAlgorithm allowed[3]; /* by KaiAlgorithm */
  KaiAlgorithm algorithm;
  X509 *certificate; /* owned */
  KaiXmlStep step;   /* where it is */
} Reading;

static gboolean
refuse (GError **error, const char *why)
{
  return kai_net_fail (error, KAI_NET_ERROR_SIGNATURE,
                       _ ("The signature of the message is not accepted: %s"), why);
}

/* Always TRUE, to stand in a chain of checks. */
static gboolean
enter (Reading *reading, KaiXmlStep step)
{
  reading->step = step;
  return TRUE;
}

/* With a result code that tells the other side what to mend. */
static gboolean
refuse_as (GError **error, const char *symbol, const char *why)
{
  return kai_net_fail_result (error, KAI_NET_ERROR_SIGNATURE, symbol,
                              _ ("The signature of the message is not accepted: %s"), why);
}

static gboolean
refuse_structure (GError **error, const char *symbol, const char *why)
{
  return kai_net_fail_result (error, KAI_NET_ERROR_MALFORMED, symbol,
                              _ ("The message cannot be read: %s"), why);
}

static xmlNode *
to_element (xmlNode *node)
{
  while (node && node->type != XML_ELEMENT_NODE)
    node = node->next;
  return node;
}

/* The element at *cursor when it has this name; *cursor moves on to the next element. NULL otherwise. */
static xmlNode *
take (xmlNode **cursor, const char *ns, const char *name)
{
  xmlNode *found = *cursor;

  if (!kai_xml_is (found, ns, name))
    return NULL;
  *cursor = to_element (found->next);
  return found;
}

static gboolean
attribute_is (xmlNode *node, const char *name, const char *expected)
{
  xmlChar *value = xmlGetNoNsProp (node, BAD_CAST name);
  gboolean same = value && strcmp ((const char *)value, expected) == 0;

  xmlFree (value);
  return same;
}

static gboolean
has_attribute (xmlNode *node, const char *name)
{
  return xmlHasNsProp (node, BAD_CAST name, NULL) != NULL;
}

/* An element without child elements whose only attribute is Algorithm: no parameters. */
static gboolean
is_algorithm (xmlNode *node, const char *algorithm)
{
  return node && attribute_is (node, "Algorithm", algorithm) && !to_element (node->children);
}

/* ---- The whole document once: ids, comments, elements out of place ---- */

static gboolean
is_id (const xmlAttr *attribute)
{
  const char *name = (const char *)attribute->name;

  if (!attribute->ns)
    return g_ascii_strcasecmp (name, "Id") == 0;
  return (strcmp ((const char *)attribute->ns->href, WSU_NS) == 0 && strcmp (name, "Id") == 0)
         || (xmlStrEqual (attribute->ns->href, XML_XML_NAMESPACE) && strcmp (name, "id") == 0);
}

static gboolean
collect_ids (const Reading *reading, xmlNode *node, GError **error)
{
  for (xmlAttr *attribute = node->properties; attribute; attribute = attribute->next)
    if (is_id (attribute))
      {
        xmlChar *value = xmlNodeListGetString (node->doc, attribute->children, 1);
        gboolean is_new =
            g_hash_table_add (reading->ids, g_strdup (value ? (const char *)value : ""));

        xmlFree (value);
        if (!is_new)
          return refuse_as (error, "duplicate-id", _ ("two of its parts have the same id."));
      }
  return TRUE;
}

/* Elements that mean something to SOAP or to the signature may only stand in their one place: a second one could be what another reader finds. */
static gboolean
is_in_place (const Reading *reading, xmlNode *node)
{
  if (!node->ns)
    return TRUE;
  if (strcmp ((const char *)node->ns->href, SOAP_NS) == 0)
    {
      if (kai_xml_is (node, SOAP_NS, "Envelope"))
        return node == reading->envelope;
      if (kai_xml_is (node, SOAP_NS, "Header"))
        return node == reading->header;
      return !kai_xml_is (node, SOAP_NS, "Body") || node == reading->body;
    }
  if (kai_xml_is (node, WSSE_NS, "Security"))
    return node == reading->security;
  if (kai_xml_is (node, WSSE_NS, "BinarySecurityToken"))
    return node == reading->token;
  if (kai_xml_is (node, WSU_NS, "Timestamp"))
    return node == reading->timestamp;
  return !kai_xml_is (node, DS_NS, "Signature") || node == reading->signature;
}

static gboolean
refuse_out_of_place (xmlNode *node, GError **error)
{
  if (kai_xml_is (node, SOAP_NS, "Body"))
    return refuse_as (error, "wrapped", _ ("a second body is hidden in it."));
  if (kai_xml_is (node, WSU_NS, "Timestamp"))
    return refuse_as (error, "moved", _ ("its time stamp stands somewhere else than it must."));
  return refuse_as (error, "second-part", _ ("it holds a second signature or envelope."));
}

static gboolean
scan (const Reading *reading, GError **error)
{
  xmlNode *node = reading->envelope;

  while (node)
    {
      if (node->type == XML_ELEMENT_NODE)
        {
          if (!collect_ids (reading, node, error))
            return FALSE;
          if (!is_in_place (reading, node))
            return refuse_out_of_place (node, error);
        }
      else if (node->type != XML_TEXT_NODE)
        return refuse_structure (error, "comment",
                                 _ ("it holds comments or processing instructions."));
      if (node->type == XML_ELEMENT_NODE && node->children)
        {
          node = node->children;
          continue;
        }
      while (node != reading->envelope && !node->next)
        node = node->parent;
      node = node == reading->envelope ? NULL : node->next;
    }
  return TRUE;
}

/* ---- Everything by its position ---- */

static gboolean
find_envelope (Reading *reading, xmlDoc *doc, GError **error)
{
  xmlNode *cursor;

  reading->envelope = xmlDocGetRootElement (doc);
  if (doc->intSubset || doc->extSubset)
    return refuse_structure (error, "dtd",
                             _ ("it holds a document type definition, which is not allowed."));
  if (!kai_xml_is (reading->envelope, SOAP_NS, "Envelope"))
    return refuse_structure (error, "malformed", _ ("it is not a SOAP envelope."));
  cursor = to_element (reading->envelope->children);
  reading->header = take (&cursor, SOAP_NS, "Header");
  reading->body = take (&cursor, SOAP_NS, "Body");
  if (!reading->body || cursor)
    return refuse_structure (error, "malformed",
                             _ ("it is not a SOAP envelope of one header and one body."));
  return TRUE;
}

static gboolean
find_headers (Reading *reading, GError **error)
{
  xmlNode *node = reading->header ? to_element (reading->header->children) : NULL;

  for (; node; node = to_element (node->next))
    if (kai_xml_is (node, WSSE_NS, "Security"))
      {
        if (reading->security)
          return refuse_as (error, "second-part", _ ("there are two of them."));
        reading->security = node;
      }
    else if (node->ns && strcmp ((const char *)node->ns->href, WSA_NS) == 0)
      {
        for (guint i = 0; i < reading->n_addressing; i++)
          if (xmlStrEqual (reading->addressing[i]->name, node->name))
            return refuse_structure (error, "malformed",
                                     _ ("one of its addressing headers stands there twice."));
        if (reading->n_addressing == MAX_ADDRESSING)
          return refuse_structure (error, "malformed", _ ("it has too many addressing headers."));
        reading->addressing[reading->n_addressing++] = node;
      }
  return reading->security || refuse_as (error, "no-signature", _ ("the message is not signed."));
}

static gboolean
find_security (Reading *reading, GError **error)
{
  xmlNode *node = to_element (reading->security->children);

  for (; node; node = to_element (node->next))
    {
      xmlNode **slot = NULL;

      if (kai_xml_is (node, WSSE_NS, "BinarySecurityToken"))
        slot = &reading->token;
      else if (kai_xml_is (node, WSU_NS, "Timestamp"))
        slot = &reading->timestamp;
      else if (kai_xml_is (node, DS_NS, "Signature"))
        slot = &reading->signature;
      if (!slot)
        return refuse (error, _ ("the security header holds something unexpected."));
      if (*slot && slot == &reading->timestamp)
        return refuse_as (error, "timestamp-doubled", _ ("it holds a second time stamp."));
      if (*slot)
        return refuse_as (error, "second-part", _ ("it holds a second signature or certificate."));
      *slot = node;
    }
  if (!reading->signature)
    return refuse_as (error, "no-signature", _ ("the message is not signed."));
  return reading->timestamp
         || refuse_as (error, "timestamp-missing", _ ("the time stamp is missing."));
}

/* ---- The signature ---- */

/* At @node (CanonicalizationMethod, Transform): exclusive canonical form and nothing else. *prefixes: NULL or what InclusiveNamespaces lists. */
static gboolean
read_canonical_method (xmlNode *node, char ***prefixes, GError **error)
{
  xmlNode *child, *more;
  xmlChar *list;

  *prefixes = NULL;
  if (!node || !attribute_is (node, "Algorithm", EXC_C14N_NS))
    return refuse_as (error, "bad-transform",
                      _ ("it uses another transformation than exclusive canonical XML."));
  more = to_element (node->children);
  if (!more)
    return TRUE;
  child = take (&more, EXC_C14N_NS, "InclusiveNamespaces");
  list = child ? xmlGetNoNsProp (child, BAD_CAST "PrefixList") : NULL;
  if (list && !more && !to_element (child->children) && xmlStrlen (list) <= MAX_PREFIX_LIST)
    {
      g_autofree char *collapsed = g_strdelimit (g_strdup ((const char *)list), "\t\r\n", ' ');
      g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
      g_auto (GStrv) words = g_strsplit (collapsed, " ", -1);
      guint count = 0;

      for (guint i = 0; words[i]; i++)
        if (*words[i] && ++count <= MAX_PREFIXES)
          g_strv_builder_add (builder, words[i]);
      if (count > 0 && count <= MAX_PREFIXES)
        *prefixes = g_strv_builder_end (builder);
      more = count > MAX_PREFIXES ? node : NULL;
    }
  else
    more = node;
  xmlFree (list);
  return !more
         || refuse_as (error, "bad-transform",
                       _ ("the parameters of its canonical form are not understood."));
}

/* The one of our nodes that "#id" names; NULL when it names anything else. */
static xmlNode *
resolve (const Reading *reading, const char *uri)
{
  xmlNode *candidates[3 + MAX_ADDRESSING] = { reading->body, reading->timestamp, reading->token };

  memcpy (candidates + 3, reading->addressing, reading->n_addressing * sizeof (xmlNode *));
  if (uri[0] != '#' || !uri[1])
    return NULL;
  for (guint i = 0; i < 3 + reading->n_addressing; i++)
    {
      xmlChar *id =
          candidates[i] ? xmlGetNsProp (candidates[i], BAD_CAST "Id", BAD_CAST WSU_NS) : NULL;
      gboolean found = id && strcmp ((const char *)id, uri + 1) == 0;

      xmlFree (id);
      if (found)
        return candidates[i];
    }
  return NULL;
}

static gboolean
is_signed (const Reading *reading, const xmlNode *node)
{
  for (guint i = 0; i < reading->n_signed; i++)
    if (reading->signed_nodes[i] == node)
      return TRUE;
  return FALSE;
}

static gboolean
check_digest (Reading *reading, xmlNode *target, char **prefixes, xmlNode *value_node,
              GError **error)
{
  g_autofree char *text = kai_xml_text (value_node, error);
  g_autoptr (GBytes) expected = text ? kai_base64_decode (text, 32) : NULL;
  g_autoptr (GBytes) canonical = NULL;
  g_autoptr (GBytes) digest = NULL;

  enter (reading, KAI_XML_STEP_DIGESTS);
  if (!text)
    return FALSE;
  canonical = kai_xml_canonical_full (target, prefixes, error);
  if (!canonical)
    return FALSE;
  digest = kai_digest (reading->algorithm, g_bytes_get_data (canonical, NULL),
                       g_bytes_get_size (canonical));
  return (expected && g_bytes_equal (expected, digest))
         || refuse (error, _ ("the message was changed after it was signed."));
}

/* Why what a reference names is not one of our nodes. */
static gboolean
refuse_target (const Reading *reading, const char *uri, GError **error)
{
  if (uri && uri[0] == '#' && g_hash_table_contains (reading->ids, uri + 1))
    return refuse_as (error, "moved",
                      _ ("what it covers is not body, time stamp or addressing header in their "
                         "places."));
  return refuse_as (error, "bad-reference",
                    _ ("it covers something else than body, time stamp and addressing headers."));
}

static gboolean
read_reference (Reading *reading, xmlNode *reference, GError **error)
{
  xmlNode *cursor = to_element (reference->children);
  xmlNode *transforms = take (&cursor, DS_NS, "Transforms");
  xmlNode *method = take (&cursor, DS_NS, "DigestMethod");
  xmlNode *value = take (&cursor, DS_NS, "DigestValue");
  xmlNode *inner, *transform, *target;
  g_auto (GStrv) prefixes = NULL;
  xmlChar *uri;

  if (!transforms)
    return refuse_as (error, "bad-transform", _ ("one of its references names no transformation."));
  if (!method || !value || cursor)
    return refuse_as (error, "bad-reference", _ ("one of its references is not complete."));
  inner = to_element (transforms->children);
  transform = take (&inner, DS_NS, "Transform");
  if (!transform || inner)
    return refuse_as (error, "bad-transform",
                      _ ("it uses another transformation than exclusive canonical XML."));
  if (!read_canonical_method (transform, &prefixes, error))
    return FALSE;
  if (!is_algorithm (method, reading->allowed[reading->algorithm].digest))
    return refuse_as (error, "weak-algorithm", _ ("it uses an algorithm that is not allowed."));
  uri = xmlGetNoNsProp (reference, BAD_CAST "URI");
  target = uri ? resolve (reading, (const char *)uri) : NULL;
  if (!target)
    refuse_target (reading, (const char *)uri, error);
  xmlFree (uri);
  if (!target)
    return FALSE;
  if (is_signed (reading, target))
    return refuse_as (error, "bad-reference", _ ("it covers one of its parts twice."));
  if (!check_digest (reading, target, prefixes, value, error))
    return FALSE;
  reading->signed_nodes[reading->n_signed++] = target;
  return TRUE;
}

static gboolean
read_signature_method (Reading *reading, xmlNode *method, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (reading->allowed); i++)
    if (is_algorithm (method, reading->allowed[i].signature))
      {
        KaiAlgorithm algorithm;

        reading->algorithm = i;
        return (kai_certificate_get_algorithm (reading->certificate, &algorithm) && algorithm == i)
               || refuse_as (error, "weak-algorithm",
                             _ ("its algorithm is not that of the signer's certificate."));
      }
  return refuse_as (error, "weak-algorithm", _ ("it uses an algorithm that is not allowed."));
}

static gboolean
check_value (const Reading *reading, xmlNode *signed_info, char **prefixes, xmlNode *value_node,
             GError **error)
{
  g_autofree char *text = kai_xml_text (value_node, error);
  g_autoptr (GBytes) value = text ? kai_base64_decode (text, 2048) : NULL;
  g_autoptr (GBytes) canonical = NULL;

  if (!text)
    return FALSE;
  canonical = kai_xml_canonical_full (signed_info, prefixes, error);
  if (!canonical)
    return FALSE;
  /* XML signatures by curves are r‖s and nothing else. */
  return (value && (reading->algorithm == KAI_ALGORITHM_RSA || g_bytes_get_size (value) == 64)
          && kai_certificate_verify (reading->certificate, g_bytes_get_data (canonical, NULL),
                                     g_bytes_get_size (canonical), g_bytes_get_data (value, NULL),
                                     g_bytes_get_size (value)))
         || refuse (error, _ ("it does not fit the message and the signer's certificate."));
}

static gboolean
read_signed_info (Reading *reading, xmlNode *signed_info, xmlNode *value, GError **error)
{
  xmlNode *cursor = to_element (signed_info->children);
  xmlNode *canonical = take (&cursor, DS_NS, "CanonicalizationMethod");
  xmlNode *method = take (&cursor, DS_NS, "SignatureMethod");
  xmlNode *reference;
  g_auto (GStrv) prefixes = NULL;

  if (!enter (reading, KAI_XML_STEP_ALGORITHM)
      || !read_canonical_method (canonical, &prefixes, error)
      || !read_signature_method (reading, method, error) || !enter (reading, KAI_XML_STEP_VALUE)
      || !check_value (reading, signed_info, prefixes, value, error))
    return FALSE;
  while (enter (reading, KAI_XML_STEP_REFERENCES)
         && (reference = take (&cursor, DS_NS, "Reference")))
    if (reading->n_signed == MAX_REFERENCES)
      return refuse_as (error, "bad-reference", _ ("it has too many references."));
    else if (!read_reference (reading, reference, error))
      return FALSE;
  if (reading->n_signed == 0 && !cursor)
    return refuse_as (error, "no-reference", _ ("it covers nothing."));
  return !cursor || refuse (error, _ ("it holds something unexpected."));
}

/* ---- The certificate ---- */

/* By reference to the token in the message (WS-Security), or in the signature itself (X509Data), never both. */
static xmlNode *
find_certificate (const Reading *reading, xmlNode *key_info)
{
  xmlNode *cursor = to_element (key_info->children);
  xmlNode *holder = take (&cursor, WSSE_NS, "SecurityTokenReference");
  xmlNode *inner = holder ? to_element (holder->children) : to_element (key_info->children);
  xmlNode *reference, *data, *certificate = NULL;
  gboolean names_token = FALSE;
  xmlChar *uri;

  if (holder && cursor)
    return NULL;
  if (holder && (reference = take (&inner, WSSE_NS, "Reference")))
    {
      uri = xmlGetNoNsProp (reference, BAD_CAST "URI");
      names_token = uri && reading->token && resolve (reading, (const char *)uri) == reading->token;
      xmlFree (uri);
      return names_token && !inner && attribute_is (reading->token, "ValueType", X509V3_TYPE)
                     && (!has_attribute (reading->token, "EncodingType")
                         || attribute_is (reading->token, "EncodingType", BASE64_TYPE))
                 ? reading->token
                 : NULL;
    }
  data = take (&inner, DS_NS, "X509Data");
  if (!data || inner || reading->token)
    return NULL;
  for (cursor = to_element (data->children); cursor; cursor = to_element (cursor->next))
    if (kai_xml_is (cursor, DS_NS, "X509Certificate"))
      {
        if (certificate)
          return NULL;
        certificate = cursor;
      }
  return certificate;
}

static gboolean
read_certificate (Reading *reading, xmlNode *key_info, KaiTrust *trust, GError **error)
{
  xmlNode *node = find_certificate (reading, key_info);
  g_autofree char *text = NULL;

  enter (reading, KAI_XML_STEP_CERTIFICATE);
  if (!node)
    return refuse_as (error, "no-certificate",
                      _ ("it does not say with which certificate it was made."));
  text = kai_xml_text (node, error);
  if (!text)
    return FALSE;
  reading->certificate = kai_trust_read (trust, text, error);
  return reading->certificate != NULL;
}

static gboolean
read_signature (Reading *reading, KaiTrust *trust, GError **error)
{
  xmlNode *cursor = to_element (reading->signature->children);
  xmlNode *signed_info = take (&cursor, DS_NS, "SignedInfo");
  xmlNode *value = take (&cursor, DS_NS, "SignatureValue");
  xmlNode *key_info = take (&cursor, DS_NS, "KeyInfo");

  if (!signed_info || !value || !key_info || cursor)
    return refuse (error, _ ("it holds something unexpected."));
  return read_certificate (reading, key_info, trust, error)
         && read_signed_info (reading, signed_info, value, error);
}

/* ---- What must be covered, and when ---- */

static gboolean
check_coverage (const Reading *reading, GError **error)
{
  guint n_signed = 0;

  if (reading->n_signed == 1 && is_signed (reading, reading->timestamp))
    return refuse_as (error, "only-timestamp", _ ("it covers the time stamp and nothing else."));
  if (!is_signed (reading, reading->body) || !is_signed (reading, reading->timestamp))
    return refuse_as (error, "not-covered", _ ("it does not cover body and time stamp."));
  for (guint i = 0; i < reading->n_addressing; i++)
    n_signed += is_signed (reading, reading->addressing[i]);
  return n_signed == 0 || n_signed == reading->n_addressing
         || refuse_as (error, "not-covered", _ ("it covers only some of the addressing headers."));
}

/* xsd:dateTime with its zone, to whole seconds. */
static gboolean
read_time (xmlNode *node, gint64 *out)
{
  g_autofree char *text = node ? kai_xml_text (node, NULL) : NULL;
  g_autoptr (GDateTime) time = NULL;

  if (text)
    g_strstrip (text);
  if (!text || strlen (text) > MAX_TIME || strlen (text) < strlen ("2026-11-21T08:00:00Z")
      || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return FALSE;
  time = g_date_time_new_from_iso8601 (text, NULL);
  if (time)
    *out = g_date_time_to_unix (time);
  return time != NULL;
}

static gboolean
check_time (const Reading *reading, gint64 now, GError **error)
{
  xmlNode *cursor = to_element (reading->timestamp->children);
  xmlNode *created_node = take (&cursor, WSU_NS, "Created");
  xmlNode *expires_node = take (&cursor, WSU_NS, "Expires");
  gint64 created, expires;

  if (!created_node)
    return kai_net_fail_result (error, KAI_NET_ERROR_TIME, "timestamp-missing",
                                _ ("The message does not say when it was made."));
  if (kai_xml_is (cursor, WSU_NS, "Created"))
    return kai_net_fail_result (error, KAI_NET_ERROR_TIME, "timestamp-doubled",
                                _ ("The message says more than once when it was made."));
  if (!read_time (created_node, &created) || cursor
      || (expires_node && (!read_time (expires_node, &expires) || expires <= created)))
    return kai_net_fail (error, KAI_NET_ERROR_TIME,
                         _ ("The time stamp of the message is not exactly one time of creation and "
                            "at most one of expiry."));
  if (created > now + TIMESTAMP_WINDOW || created < now - TIMESTAMP_WINDOW
      || (expires_node && expires < now))
    return kai_net_fail (
        error, KAI_NET_ERROR_TIME,
        _ ("The message was signed at another time than now. Set the clock of this "
           "computer right, then try again."));
  return TRUE;
}

/* ---- The result ---- */

void
kai_verified_free (KaiVerified *verified)
{
  if (!verified)
    return;
  X509_free (verified->certificate);
  g_free (verified->message_id);
  g_free (verified->relates_to);
  g_free (verified->action);
  g_free (verified->to);
  g_free (verified);
}

static gboolean
take_addressing (const Reading *reading, KaiVerified *verified, GError **error)
{
  const struct
  {
    const char *name;
    char **slot;
  } fields[] = { { "MessageID", &verified->message_id },
                 { "RelatesTo", &verified->relates_to },
                 { "Action", &verified->action },
                 { "To", &verified->to } };

  for (guint i = 0; i < reading->n_addressing; i++)
    for (guint j = 0; j < G_N_ELEMENTS (fields); j++)
      if (kai_xml_is (reading->addressing[i], WSA_NS, fields[j].name)
          && is_signed (reading, reading->addressing[i]))
        {
          *fields[j].slot = kai_xml_text (reading->addressing[i], error);
          if (!*fields[j].slot)
            return FALSE;
          g_strstrip (*fields[j].slot);
          if (strlen (*fields[j].slot) > MAX_ADDRESS)
            return refuse_structure (error, "malformed",
                                     _ ("one of its addressing headers is too long."));
        }
  return TRUE;
}

static gboolean
verify (Reading *reading, xmlDoc *doc, KaiTrust *trust, gint64 now, GError **error)
{
  /* The clock before the certificate: with a wrong clock a certificate looks expired, and the clock is what has to be mended. */
  return find_envelope (reading, doc, error) && find_headers (reading, error)
         && find_security (reading, error) && scan (reading, error)
         && read_signature (reading, trust, error) && enter (reading, KAI_XML_STEP_COVERAGE)
         && check_coverage (reading, error) && enter (reading, KAI_XML_STEP_TIME)
         && check_time (reading, now, error) && enter (reading, KAI_XML_STEP_CHAIN)
         && kai_trust_check (trust, reading->certificate, now, error)
         && enter (reading, KAI_XML_STEP_DONE);
}

KaiVerified *
kai_xml_signature_verify (xmlDoc *envelope, KaiTrust *trust, gint64 now, GError **error)
{
  KaiXmlStep ignored;

  return kai_xml_signature_verify_steps (envelope, trust, now, &ignored, error);
}

KaiVerified *
kai_xml_signature_verify_steps (xmlDoc *envelope, KaiTrust *trust, gint64 now, KaiXmlStep *step,
                                GError **error)
{
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Reading reading = { .ids = ids };
  g_autoptr (KaiVerified) verified = NULL;
  gboolean good;

  memcpy (reading.allowed, kai_xml_algorithms, sizeof reading.allowed);
  kai_trust_get_sm2_names (trust, &reading.allowed[KAI_ALGORITHM_SM2].signature,
                           &reading.allowed[KAI_ALGORITHM_SM2].digest);
  good = verify (&reading, envelope, trust, now, error);
  *step = reading.step;
  if (!good)
    {
      X509_free (reading.certificate);
      return NULL;
    }
  verified = g_new0 (KaiVerified, 1);
  verified->certificate = reading.certificate;
  verified->body = reading.body;
  if (!take_addressing (&reading, verified, error))
    return NULL;
  return g_steal_pointer (&verified);
}
