/* What a message says about itself, in order to be shown: nothing here is checked, and nobody acts on it. */
#include "transport/kai-inspector-private.h"

#include "messages/kai-message-name.h"
#include "messages/kai-xml.h"
#include "security/kai-xml-signature-private.h"
#include "transport/kai-soap.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_WORD 200 /* characters */
#define MAX_PARTS 32

/* ---- Small readers ---- */

static char *
dup_word (xmlNode *node)
{
  xmlChar *text = node ? xmlNodeGetContent (node) : NULL;
  g_autofree char *word = g_strstrip (g_strdup (text ? (const char *)text : ""));

  xmlFree (text);
  return g_utf8_strlen (word, -1) > MAX_WORD ? g_utf8_substring (word, 0, MAX_WORD)
                                             : g_steal_pointer (&word);
}

static char *
dup_child_word (xmlNode *parent, const char *ns, const char *name)
{
  return dup_word (kai_xml_child (parent, ns, name));
}

static char *
dup_attribute (xmlNode *node, const char *name)
{
  g_autofree char *value = node ? kai_xml_attribute (node, name) : NULL;

  return g_strdup (value ? value : "");
}

xmlNode *
kai_inspector_find_cfx (xmlNode *root)
{
  xmlNode *body = kai_xml_child (root, KAI_SOAP_NS, "Body");
  xmlNode *wrapper = kai_xml_child (body, KAI_EXCHANGE_NS, "Exchange");

  if (kai_xml_is (root, NULL, "CFX"))
    return root;
  if (!wrapper)
    wrapper = kai_xml_child (body, KAI_EXCHANGE_NS, "ExchangeResponse");
  return kai_xml_child (wrapper, NULL, "CFX");
}

gint64
kai_inspector_parse_time (const char *text)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  return time ? g_date_time_to_unix (time) : 0;
}

/* ---- What the message says about itself ---- */

static const struct
{
  KaiAlgorithm algorithm;
  const char *name;
} algorithm_names[] = {
  { KAI_ALGORITHM_RSA, N_ ("RSA with SHA-256") },
  { KAI_ALGORITHM_P256, N_ ("ECDSA P-256 with SHA-256") },
};

static char *
describe_algorithm (const KaiInspectorLook *look, xmlNode *signed_info)
{
  const char *sm2, *sm3;
  g_autofree char *id =
      dup_attribute (kai_xml_child (signed_info, DS_NS, "SignatureMethod"), "Algorithm");

  kai_trust_get_sm2_names (look->options->trust, &sm2, &sm3);
  if (g_str_equal (id, sm2))
    return g_strdup (_ ("SM2 with SM3"));
  for (guint i = 0; i < G_N_ELEMENTS (algorithm_names); i++)
    if (g_str_equal (id, kai_xml_algorithms[algorithm_names[i].algorithm].signature))
      return g_strdup (_ (algorithm_names[i].name));
  return g_utf8_substring (id, 0, MIN (g_utf8_strlen (id, -1), MAX_WORD));
}

/* The first element below @node, itself included, that has this id; NULL when none. */
static xmlNode *
find_id (xmlNode *node, const char *id)
{
  xmlNode *top = node;

  while (node)
    {
      xmlChar *value = node->type == XML_ELEMENT_NODE ? xmlGetProp (node, BAD_CAST "Id") : NULL;
      gboolean found = value && strcmp ((const char *)value, id) == 0;

      xmlFree (value);
      if (found)
        return node;
      if (node->type == XML_ELEMENT_NODE && node->children)
        {
          node = node->children;
          continue;
        }
      while (node != top && !node->next)
        node = node->parent;
      node = node == top ? NULL : node->next;
    }
  return NULL;
}

static char **
list_parts (xmlNode *envelope, xmlNode *signed_info)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  for (xmlNode *node = signed_info ? signed_info->children : NULL; node; node = node->next)
    if (kai_xml_is (node, DS_NS, "Reference") && parts->len < MAX_PARTS)
      {
        g_autofree char *uri = dup_attribute (node, "URI");
        xmlNode *part = *uri == '#' ? find_id (envelope, uri + 1) : NULL;

        g_ptr_array_add (parts,
                         part ? g_strdup ((const char *)part->name)
                              : g_utf8_substring (uri, 0, MIN (g_utf8_strlen (uri, -1), MAX_WORD)));
      }
  g_ptr_array_add (parts, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&parts), FALSE);
}

static void
describe_certificate (KaiInspection *report, xmlNode *security, xmlNode *signature)
{
  xmlNode *token = kai_xml_child (security, WSSE_NS, "BinarySecurityToken");
  xmlNode *data = kai_xml_child (kai_xml_child (signature, DS_NS, "KeyInfo"), DS_NS, "X509Data");
  xmlNode *node = token ? token : kai_xml_child (data, DS_NS, "X509Certificate");
  g_autofree char *text = node ? kai_xml_text (node, NULL) : NULL;
  g_autoptr (X509) certificate = text ? kai_certificate_from_base64 (text, NULL) : NULL;

  if (!certificate)
    return;
  report->signer = kai_certificate_dup_subject (certificate);
  report->issuer = kai_certificate_dup_issuer (certificate);
  report->serial = kai_certificate_dup_serial (certificate);
  report->not_before = kai_certificate_get_not_before (certificate);
  report->not_after = kai_certificate_get_not_after (certificate);
}

static void
describe_signature (KaiInspectorLook *look)
{
  KaiInspection *report = look->report;
  xmlNode *security = kai_xml_child (look->header, WSSE_NS, "Security");
  xmlNode *signature = kai_xml_child (security, DS_NS, "Signature");
  xmlNode *signed_info = kai_xml_child (signature, DS_NS, "SignedInfo");
  xmlNode *timestamp = kai_xml_child (security, WSU_NS, "Timestamp");

  report->created = dup_child_word (timestamp, WSU_NS, "Created");
  report->expires = dup_child_word (timestamp, WSU_NS, "Expires");
  report->is_signed = signature != NULL;
  if (!signature)
    return;
  report->algorithm = describe_algorithm (look, signed_info);
  report->parts = list_parts (look->envelope, signed_info);
  describe_certificate (report, security, signature);
}

static void
describe_head (KaiInspectorLook *look)
{
  KaiInspection *report = look->report;
  xmlNode *head = kai_xml_child (look->cfx, NULL, "HEAD");
  const KaiMessageSpec *spec;
  const char *name;

  report->number = dup_child_word (head, NULL, "MsgNo");
  report->msg_id = dup_child_word (head, NULL, "MsgID");
  report->msg_ref = dup_child_word (head, NULL, "MsgRef");
  look->source = dup_child_word (head, NULL, "SRC");
  look->destination = dup_child_word (head, NULL, "DES");
  spec = kai_catalogue_get (look->options->catalogue, report->number);
  name = kai_message_name (spec ? spec->number : report->number);
  report->meaning = name ? name : "";
}

static void
describe_kind (KaiInspectorLook *look)
{
  KaiInspection *report = look->report;

  if (!look->envelope)
    report->kind = look->cfx ? KAI_INSPECTION_MESSAGE : KAI_INSPECTION_UNREADABLE;
  else if (kai_xml_child (look->body, KAI_SOAP_NS, "Fault"))
    report->kind = KAI_INSPECTION_FAULT;
  else if (kai_xml_child (look->body, KAI_EXCHANGE_NS, "ExchangeResponse"))
    report->kind = KAI_INSPECTION_ANSWER;
  else
    report->kind = KAI_INSPECTION_REQUEST;
}

static void
find_parts (KaiInspectorLook *look)
{
  xmlNode *root = xmlDocGetRootElement (look->doc);

  if (kai_xml_is (root, KAI_SOAP_NS, "Envelope"))
    {
      look->envelope = root;
      look->header = kai_xml_child (root, KAI_SOAP_NS, "Header");
      look->body = kai_xml_child (root, KAI_SOAP_NS, "Body");
    }
  look->cfx = kai_inspector_find_cfx (root);
  look->relates_to = dup_child_word (look->header, KAI_WSA_NS, "RelatesTo");
}

/* ---- The fault ---- */

static void
describe_fault (KaiInspectorLook *look)
{
  KaiInspection *report = look->report;
  xmlNode *fault = kai_xml_child (look->body, KAI_SOAP_NS, "Fault");
  xmlNode *detail = kai_xml_child (fault, NULL, "detail");
  g_autofree char *sentence = NULL;

  if (!fault)
    return;
  report->fault_code = dup_child_word (fault, NULL, "faultcode");
  report->fault_result = dup_child_word (detail, KAI_EXCHANGE_NS, "Result");
  sentence = dup_child_word (fault, NULL, "faultstring");
  report->fault_sentence =
      look->options->show_personal ? g_steal_pointer (&sentence) : kai_inspector_scrub (sentence);
}

/* ---- The request that an answer belongs to ---- */

void
kai_inspector_read_request (KaiInspectorLook *look)
{
  GBytes *bytes = look->options->request;
  g_autoptr (xmlDoc) doc =
      bytes ? kai_xml_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL) : NULL;
  xmlNode *root = doc ? xmlDocGetRootElement (doc) : NULL;
  xmlNode *header = kai_xml_child (root, KAI_SOAP_NS, "Header");
  xmlNode *timestamp =
      kai_xml_child (kai_xml_child (header, WSSE_NS, "Security"), WSU_NS, "Timestamp");
  xmlNode *cfx = root ? kai_inspector_find_cfx (root) : NULL;
  xmlNode *head = kai_xml_child (cfx, NULL, "HEAD");
  xmlNode *mof = kai_xml_child (kai_xml_child (cfx, NULL, "MSG"), NULL, "MOF");
  g_autofree char *created = dup_child_word (timestamp, WSU_NS, "Created");

  look->request_message_id = dup_child_word (header, KAI_WSA_NS, "MessageID");
  look->request_msg_id = dup_child_word (head, NULL, "MsgID");
  look->request_source = dup_child_word (head, NULL, "SRC");
  look->request_region = dup_attribute (kai_xml_child (mof, NULL, "VoucherBody"), "AdmDivCode");
  look->request_created = kai_inspector_parse_time (created);
}

void
kai_inspector_describe (KaiInspectorLook *look)
{
  find_parts (look);
  describe_kind (look);
  describe_signature (look);
  describe_head (look);
  describe_fault (look);
}

void
kai_inspector_look_clear (KaiInspectorLook *look)
{
  xmlFreeDoc (look->doc);
  g_free (look->relates_to);
  g_free (look->source);
  g_free (look->destination);
  g_free (look->request_message_id);
  g_free (look->request_msg_id);
  g_free (look->request_source);
  g_free (look->request_region);
}

char *
kai_inspector_dup_number (GBytes *bytes)
{
  g_autoptr (xmlDoc) doc =
      kai_xml_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL);
  KaiInspectorLook look = { .doc = doc };
  char *number;

  if (!doc)
    return g_strdup ("");
  find_parts (&look);
  number = dup_child_word (kai_xml_child (look.cfx, NULL, "HEAD"), NULL, "MsgNo");
  g_free (look.relates_to);
  return number;
}
