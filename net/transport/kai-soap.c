/* SOAP envelopes: building signed ones and opening them strictly. What is handed on lies inside the Body that the signature check returned. */
#include "transport/kai-soap.h"
#include "messages/kai-net-error.h"
#include "messages/kai-xml.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_SENTENCE 1000 /* characters of a fault that a person is shown */

char *
kai_soap_new_message_id (void)
{
  g_autofree char *uuid = g_uuid_string_random ();

  return g_strconcat ("urn:uuid:", uuid, NULL);
}

/* ---- Building ---- */

static void
append_element (GString *out, const char *name, const char *text)
{
  g_string_append_printf (out, "<%s>", name);
  kai_xml_append_escaped (out, text);
  g_string_append_printf (out, "</%s>", name);
}

static GString *
open_envelope (void)
{
  return g_string_new ("<soap:Envelope xmlns:soap=\"" KAI_SOAP_NS "\" xmlns:wsa=\"" KAI_WSA_NS
                       "\"><soap:Header>");
}

static GBytes *
dump (xmlDoc *doc)
{
  xmlChar *text = NULL;
  int length = 0;

  xmlDocDumpMemoryEnc (doc, &text, &length, "UTF-8");
  return g_bytes_new_with_free_func (text, length, (GDestroyNotify)xmlFree, text);
}

/* Signs when there is a key. The bytes are those to send: nothing is written again after signing. */
static GBytes *
finish (GString *envelope, KaiKey *key, gint64 now, GError **error)
{
  g_autoptr (xmlDoc) doc = NULL;

  g_string_append (envelope, "</soap:Body></soap:Envelope>");
  doc = kai_xml_parse (envelope->str, envelope->len, error);
  if (!doc || (key && !kai_xml_signature_sign (doc, key, now, error)))
    return NULL;
  return dump (doc);
}

/* The one element among the children, with nothing beside it but white space. */
static xmlNode *
only_element (xmlNode *parent, const char *ns, const char *name, GError **error)
{
  xmlNode *found = NULL;

  for (xmlNode *node = parent->children; node; node = node->next)
    {
      if (node->type == XML_TEXT_NODE && xmlIsBlankNode (node))
        continue;
      if (found || !kai_xml_is (node, ns, name))
        {
          kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                        _ ("The message cannot be read: its element %s holds something else than "
                           "one %s."),
                        (const char *)parent->name, name);
          return NULL;
        }
      found = node;
    }
  if (!found)
    kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                  _ ("The message cannot be read: its element %s is missing."), name);
  return found;
}

GBytes *
kai_soap_build (GBytes *cfx, const char *message_id, const char *to, const char *relates_to,
                KaiKey *key, gint64 now, GError **error)
{
  const char *wrapper = relates_to ? "ExchangeResponse" : "Exchange";
  g_autoptr (GString) out = open_envelope ();
  g_autoptr (xmlDoc) inner = NULL;
  gsize length;
  const char *data = g_bytes_get_data (cfx, &length);

  /* On its own first: what is not one whole CFX could otherwise close the wrapper and open something else. */
  inner = kai_xml_parse (data, length, error);
  if (!inner)
    return NULL;
  if (!kai_xml_is (xmlDocGetRootElement (inner), NULL, "CFX") || g_str_has_prefix (data, "<?"))
    {
      kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                    _ ("The message cannot be sent: it is not a bare CFX document."));
      return NULL;
    }
  append_element (out, "wsa:MessageID", message_id);
  append_element (out, "wsa:To", to);
  append_element (out, "wsa:Action", relates_to ? KAI_ACTION_RESPONSE : KAI_ACTION_REQUEST);
  if (relates_to)
    append_element (out, "wsa:RelatesTo", relates_to);
  g_string_append_printf (out, "</soap:Header><soap:Body><k:%s xmlns:k=\"" KAI_EXCHANGE_NS "\">",
                          wrapper);
  g_string_append_len (out, data, (gssize)length);
  g_string_append_printf (out, "</k:%s>", wrapper);
  return finish (out, key, now, error);
}

GBytes *
kai_soap_build_fault (const char *code, const char *result, const char *sentence, KaiKey *key,
                      gint64 now)
{
  g_autofree char *qname = g_strconcat ("soap:", code, NULL);
  g_autoptr (GString) out = open_envelope ();
  g_autoptr (GString) copy = NULL;
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  g_string_append (out, "</soap:Header><soap:Body><soap:Fault>");
  append_element (out, "faultcode", qname);
  append_element (out, "faultstring", sentence);
  g_string_append (out, "<detail><k:Result xmlns:k=\"" KAI_EXCHANGE_NS "\">");
  kai_xml_append_escaped (out, result);
  g_string_append (out, "</k:Result></detail></soap:Fault>");
  copy = g_string_new_len (out->str, (gssize)out->len);
  bytes = finish (out, key, now, &error);
  if (!bytes)
    {
      /* A fault that cannot be signed is better than no answer. */
      g_clear_error (&error);
      bytes = finish (copy, NULL, now, &error);
    }
  if (!bytes)
    g_error ("A fault cannot be written: %s", error->message);
  return bytes;
}

/* ---- Opening ---- */

void
kai_soap_envelope_free (KaiSoapEnvelope *envelope)
{
  if (!envelope)
    return;
  kai_verified_free (envelope->verified);
  xmlFreeDoc (envelope->doc);
  g_free (envelope->fault_code);
  g_free (envelope->fault_result);
  g_free (envelope->fault_sentence);
  g_free (envelope);
}

static char *
child_text (xmlNode *parent, const char *name)
{
  xmlNode *node = kai_xml_child (parent, NULL, name);

  return node ? kai_xml_text (node, NULL) : NULL;
}

static gboolean
is_result (const char *text)
{
  return text && strlen (text) == 5 && strspn (text, "0123456789") == 5;
}

static void
read_fault (KaiSoapEnvelope *envelope, xmlNode *fault)
{
  xmlNode *detail = kai_xml_child (fault, NULL, "detail");
  xmlNode *result = kai_xml_child (detail, KAI_EXCHANGE_NS, "Result");
  g_autofree char *code = child_text (fault, "faultcode");
  g_autofree char *sentence = child_text (fault, "faultstring");
  g_autofree char *text = result ? kai_xml_text (result, NULL) : NULL;
  const char *colon = code ? strrchr (code, ':') : NULL;

  envelope->is_fault = TRUE;
  envelope->fault_code = g_strdup (colon ? colon + 1 : code ? code : "");
  envelope->fault_result = is_result (text) ? g_steal_pointer (&text) : NULL;
  envelope->fault_sentence =
      g_utf8_substring (sentence ? sentence : "", 0,
                        MIN (g_utf8_strlen (sentence ? sentence : "", -1), MAX_SENTENCE));
  g_strstrip (envelope->fault_code);
  g_strstrip (envelope->fault_sentence);
}

static gboolean
read_exchange (KaiSoapEnvelope *envelope, gboolean request, GError **error)
{
  const char *action = request ? KAI_ACTION_REQUEST : KAI_ACTION_RESPONSE;
  xmlNode *wrapper = only_element (envelope->verified->body, KAI_EXCHANGE_NS,
                                   request ? "Exchange" : "ExchangeResponse", error);

  if (!wrapper)
    return FALSE;
  envelope->cfx = only_element (wrapper, NULL, "CFX", error);
  if (!envelope->cfx)
    return FALSE;
  /* A caller may do without; what is signed must be right. */
  if (envelope->verified->action && !g_str_equal (envelope->verified->action, action))
    return kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                         _ ("The message cannot be read: it asks for another operation."));
  return TRUE;
}

KaiSoapEnvelope *
kai_soap_open (const void *data, gsize length, gboolean request, KaiTrust *trust, gint64 now,
               GError **error)
{
  g_autoptr (KaiSoapEnvelope) envelope = g_new0 (KaiSoapEnvelope, 1);
  g_autoptr (GError) local = NULL;
  xmlNode *root, *body, *fault;

  envelope->doc = kai_xml_parse (data, length, error);
  if (!envelope->doc)
    return NULL;
  root = xmlDocGetRootElement (envelope->doc);
  if (!kai_xml_is (root, KAI_SOAP_NS, "Envelope"))
    {
      kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                    _ ("The message cannot be read: it is not a SOAP envelope."));
      return NULL;
    }
  body = kai_xml_only_child (root, KAI_SOAP_NS, "Body", error);
  if (!body)
    return NULL;
  fault = request ? NULL : kai_xml_child (body, KAI_SOAP_NS, "Fault");
  envelope->verified = kai_xml_signature_verify (envelope->doc, trust, now, &local);
  if (fault)
    {
      /* Faults may come unsigned; one whose signature is wrong is worth as much. Only one that lies in the verified Body keeps the signer's name. */
      if (envelope->verified && envelope->verified->body != body)
        g_clear_pointer (&envelope->verified, kai_verified_free);
      read_fault (envelope, fault);
      return g_steal_pointer (&envelope);
    }
  if (!envelope->verified)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  return read_exchange (envelope, request, error) ? g_steal_pointer (&envelope) : NULL;
}

/* ---- Whose answer it is ---- */

/* F320684 answers for 320684, F320600 (the city) and F320000 (the province) for all below them. */
static gboolean
is_responsible (const char *node, const char *region)
{
  gsize length = strlen (node);

  while (length > 2 && strncmp (node + length - 2, "00", 2) == 0)
    length -= 2;
  return strncmp (node + 1, region, MIN (length - 1, strlen (region))) == 0;
}

gboolean
kai_soap_is_for (X509 *signer, const KaiMessage *answer, const char *source, const char *region)
{
  g_autofree char *node = kai_certificate_dup_unit (signer);

  return g_str_equal (answer->destination, source) && g_str_equal (answer->region, region)
         && is_responsible (node, region);
}
