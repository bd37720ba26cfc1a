/* Envelopes for the tests of the signature. */
#include "kai-envelope-maker.h"

#include "messages/kai-net-error.h"
#include "messages/kai-xml.h"
#include "security/kai-signature-value.h"
#include <libxml/parser.h>
#include <string.h>

xmlDoc *
make_envelope (gboolean addressing)
{
  g_autofree char *text =
      g_strconcat ("<soap:Envelope xmlns:soap=\"" SOAP "\"><soap:Header>",
                   addressing ? "<wsa:MessageID xmlns:wsa=\"" WSA "\">urn:uuid:1</wsa:MessageID>"
                                "<wsa:To xmlns:wsa=\"" WSA "\">https://finance/exchange</wsa:To>"
                                "<wsa:Action xmlns:wsa=\"" WSA "\">urn:a</wsa:Action>"
                                "<wsa:RelatesTo xmlns:wsa=\"" WSA "\">urn:uuid:0</wsa:RelatesTo>"
                              : "",
                   "</soap:Header><soap:Body><k:Exchange xmlns:k=\"urn:kaipiao:exchange:1\">"
                   "<CFX><MSG b=\"2\" a=\"1\">金额 &amp; 100.00\n</MSG><E/></CFX></k:Exchange>"
                   "</soap:Body></soap:Envelope>",
                   NULL);

  return parse (text);
}

xmlDoc *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  xmlDoc *doc = kai_xml_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  return doc;
}

KaiKey *
make_key (const KaiTestKey *key)
{
  return kai_key_new_for_pkey (key->pkey, key->certificate);
}

xmlDoc *
make_signed (const KaiTestKey *key, gboolean addressing, gint64 at)
{
  g_autoptr (KaiKey) signer = make_key (key);
  g_autoptr (GError) error = NULL;
  xmlDoc *doc = make_envelope (addressing);

  g_assert_true (kai_xml_signature_sign (doc, signer, at, &error));
  g_assert_no_error (error);
  return doc;
}

char *
to_text (xmlDoc *doc)
{
  xmlChar *text;
  char *copy;
  int length;

  xmlDocDumpMemory (doc, &text, &length);
  copy = g_strndup ((char *)text, length);
  xmlFree (text);
  return copy;
}

static xmlNode *
find_below (xmlNode *node, const char *name)
{
  xmlNode *found = NULL;

  for (; node && !found; node = node->next)
    if (node->type == XML_ELEMENT_NODE)
      found = xmlStrEqual (node->name, BAD_CAST name) ? node : find_below (node->children, name);
  return found;
}

xmlNode *
find (xmlDoc *doc, const char *name)
{
  xmlNode *found = find_below (doc->children, name);

  g_assert_nonnull (found);
  return found;
}

xmlNode *
insert (xmlDoc *doc, xmlNode *parent, xmlNode *next, const char *xml)
{
  g_autoptr (xmlDoc) part = parse (xml);
  xmlNode *node = xmlDocCopyNode (xmlDocGetRootElement (part), doc, 1);

  if (next)
    xmlAddPrevSibling (next, node);
  else
    xmlAddChild (parent, node);
  return node;
}

static xmlNode *
find_by_id (xmlNode *node, const char *id)
{
  xmlNode *found = NULL;

  for (; node && !found; node = node->next)
    {
      xmlChar *value;

      if (node->type != XML_ELEMENT_NODE)
        continue;
      value = xmlGetNsProp (node, BAD_CAST "Id", BAD_CAST WSU);
      found = value && xmlStrEqual (value, BAD_CAST id) ? node : find_by_id (node->children, id);
      xmlFree (value);
    }
  return found;
}

static void
set_bytes (xmlNode *node, GBytes *bytes)
{
  g_autofree char *text =
      g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  xmlNodeSetContent (node, BAD_CAST text);
}

void
sign_again (xmlDoc *doc, const KaiTestKey *key)
{
  g_autoptr (KaiKey) signer = make_key (key);
  KaiAlgorithm algorithm = kai_key_get_algorithm (signer);
  xmlNode *signed_info = find (doc, "SignedInfo");
  g_autoptr (GBytes) canonical = NULL;
  g_autoptr (GBytes) value = NULL;

  for (xmlNode *node = signed_info->children; node; node = node->next)
    {
      xmlChar *uri = xmlGetNoNsProp (node, BAD_CAST "URI");
      xmlNode *target =
          uri && uri[0] == '#' ? find_by_id (doc->children, (const char *)uri + 1) : NULL;

      xmlFree (uri);
      if (kai_xml_is (node, DS, "Reference") && target)
        {
          g_autoptr (GBytes) part = kai_xml_canonical (target, NULL);
          g_autoptr (GBytes) digest =
              kai_digest (algorithm, g_bytes_get_data (part, NULL), g_bytes_get_size (part));

          set_bytes (kai_xml_child (node, DS, "DigestValue"), digest);
        }
    }
  canonical = kai_xml_canonical (signed_info, NULL);
  value =
      kai_key_sign (signer, g_bytes_get_data (canonical, NULL), g_bytes_get_size (canonical), NULL);
  if (algorithm != KAI_ALGORITHM_RSA)
    {
      GBytes *raw = kai_signature_to_raw (g_bytes_get_data (value, NULL), g_bytes_get_size (value));

      g_bytes_unref (value);
      value = raw;
    }
  set_bytes (find (doc, "SignatureValue"), value);
}

gint64 now;
KaiTestKey *root, *clerks[ALGORITHMS];
KaiTrust *trust;

KaiVerified *
verify_text (const char *text, gint64 at, GError **error)
{
  static xmlDoc *doc; /* the result borrows from it */

  g_clear_pointer (&doc, xmlFreeDoc);
  doc = text ? kai_xml_parse (text, strlen (text), error) : NULL;
  return doc ? kai_xml_signature_verify (doc, trust, at, error) : NULL;
}

void
assert_refused (const char *text, int code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVerified) verified = verify_text (text, now, &error);

  g_assert_null (verified);
  g_assert_error (error, KAI_NET_ERROR, (int)code);
  g_assert_cmpstr (error->message, !=, "");
}

void
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

void
tear_down (void)
{
  verify_text (NULL, now, NULL);
  kai_trust_unref (trust);
  kai_test_key_free (root);
  for (int i = 0; i < ALGORITHMS; i++)
    kai_test_key_free (clerks[i]);
}
