/* Envelopes there and back with every algorithm; what is not exactly one signed CFX is refused; WSDL and schema hold for what we send. */
#include "kai-test.h"
#include "kai-test-keys.h"
#include "messages/kai-message-schema.h"
#include "messages/kai-net-error.h"
#include "messages/kai-xml.h"
#include "transport/kai-soap.h"

#include <libxml/xmlschemas.h>
#include <string.h>

#define TO "https://finance.example/exchange"

typedef struct
{
  KaiCatalogue *catalogue;
  KaiTestKey *root, *clerk;
  KaiKey *key;
  KaiTrust *trust;
  GBytes *cfx;
  gint64 now;
} Fixture;

static GBytes *
make_cfx (const KaiCatalogue *catalogue, const char *payer)
{
  g_autoptr (KaiMessage) message = kai_message_new ("8997");
  g_autoptr (GError) error = NULL;
  KaiRecord *record = kai_record_new ();
  GBytes *bytes;

  g_free (message->source);
  message->source = g_strdup ("K3206840001");
  g_free (message->destination);
  message->destination = g_strdup ("F320684");
  g_free (message->region);
  message->region = g_strdup ("320684");
  g_free (message->reserve);
  message->reserve = g_strdup (payer);
  kai_record_set (record, "PayCode", "32068426300000000017");
  kai_record_set (record, "PayMode", "1");
  g_ptr_array_add (message->vouchers, record);
  bytes = kai_message_encode (message, catalogue, FALSE, &error);
  g_assert_no_error (error);
  return bytes;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  KaiAlgorithm algorithm = GPOINTER_TO_INT (data);
  g_autofree char *pem = NULL;
  g_autoptr (GError) error = NULL;

  f->catalogue = kai_catalogue_load (NULL, &error);
  g_assert_no_error (error);
  f->root = kai_test_root_new ("Test root", KAI_ALGORITHM_P256);
  f->clerk = kai_test_clerk_new (f->root, algorithm, "320684001", "32068400101");
  f->key = kai_key_new_for_pkey (f->clerk->pkey, f->clerk->certificate);
  f->trust = kai_trust_new ();
  pem = kai_test_key_certificate_pem (f->root);
  g_assert_true (kai_trust_add_pem (f->trust, pem, -1, &error));
  g_assert_no_error (error);
  f->cfx = make_cfx (f->catalogue, "张三 <&>\"𠮷");
  f->now = g_get_real_time () / G_USEC_PER_SEC;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_bytes_unref (f->cfx);
  kai_trust_unref (f->trust);
  g_object_unref (f->key);
  kai_test_key_free (f->clerk);
  kai_test_key_free (f->root);
  kai_catalogue_free (f->catalogue);
}

static KaiSoapEnvelope *
open_text (Fixture *f, const char *text, gsize length, gboolean request, GError **error)
{
  return kai_soap_open (text, length, request, f->trust, f->now, error);
}

static void
test_round_trip (Fixture *f, gconstpointer data)
{
  g_autofree char *id = kai_soap_new_message_id ();
  g_autoptr (GError) error = NULL;

  for (int reply = 0; reply < 2; reply++)
    {
      const char *relates = reply ? "urn:uuid:asked & answered" : NULL;
      g_autoptr (GBytes) bytes = kai_soap_build (f->cfx, id, TO, relates, f->key, f->now, &error);
      g_autoptr (KaiSoapEnvelope) envelope = NULL;
      g_autoptr (KaiSoapEnvelope) wrong = NULL;
      g_autoptr (KaiMessage) message = NULL;

      g_assert_no_error (error);
      envelope =
          open_text (f, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), !reply, &error);
      g_assert_no_error (error);
      g_assert_false (envelope->is_fault);
      g_assert_cmpstr (envelope->verified->message_id, ==, id);
      g_assert_cmpstr (envelope->verified->to, ==, TO);
      g_assert_cmpstr (envelope->verified->relates_to, ==, relates);
      g_assert_cmpint (X509_cmp (envelope->verified->certificate, f->clerk->certificate), ==, 0);
      message = kai_message_decode (envelope->cfx, f->catalogue, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (message->reserve, ==, "张三 <&>\"𠮷");
      /* A request is no answer and an answer is no request. */
      wrong =
          open_text (f, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), reply, &error);
      g_assert_null (wrong);
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
      g_clear_error (&error);
    }
}

/* ---- Signed, but not what it should be ---- */

#define OPEN                                                                                       \
  "<s:Envelope xmlns:s='" KAI_SOAP_NS "' xmlns:a='" KAI_WSA_NS "' xmlns:k='" KAI_EXCHANGE_NS "'>"  \
  "<s:Header><a:Action>" KAI_ACTION_REQUEST "</a:Action></s:Header><s:Body>"
#define CLOSE "</s:Body></s:Envelope>"

static const struct
{
  const char *name, *xml;
  gboolean good;
} body_rows[] = {
  { "good", OPEN "<k:Exchange> <CFX/> </k:Exchange>" CLOSE, TRUE },
  { "no-header",
    "<s:Envelope xmlns:s='" KAI_SOAP_NS "'><s:Body><k:Exchange xmlns:k='" KAI_EXCHANGE_NS
    "'><CFX/></k:Exchange>" CLOSE,
    TRUE },
  { "two-cfx", OPEN "<k:Exchange><CFX/><CFX/></k:Exchange>" CLOSE, FALSE },
  { "no-cfx", OPEN "<k:Exchange></k:Exchange>" CLOSE, FALSE },
  { "two-wrappers", OPEN "<k:Exchange><CFX/></k:Exchange><k:Exchange><CFX/></k:Exchange>" CLOSE,
    FALSE },
  { "no-wrapper", OPEN "<CFX/>" CLOSE, FALSE },
  { "stranger-beside-wrapper", OPEN "<k:Exchange><CFX/></k:Exchange><x/>" CLOSE, FALSE },
  { "text-beside-cfx", OPEN "<k:Exchange>x<CFX/></k:Exchange>" CLOSE, FALSE },
  { "comment-beside-cfx", OPEN "<k:Exchange><!-- --><CFX/></k:Exchange>" CLOSE, FALSE },
  { "cfx-deeper", OPEN "<k:Exchange><x><CFX/></x></k:Exchange>" CLOSE, FALSE },
  { "cfx-in-a-namespace", OPEN "<k:Exchange><k:CFX/></k:Exchange>" CLOSE, FALSE },
  { "other-namespace", OPEN "<x:Exchange xmlns:x='urn:x'><CFX/></x:Exchange>" CLOSE, FALSE },
  { "response", OPEN "<k:ExchangeResponse><CFX/></k:ExchangeResponse>" CLOSE, FALSE },
  { "fault-as-request", OPEN "<s:Fault><faultcode>s:Client</faultcode></s:Fault>" CLOSE, FALSE },
  { "other-action",
    "<s:Envelope xmlns:s='" KAI_SOAP_NS "' xmlns:a='" KAI_WSA_NS "'><s:Header>"
    "<a:Action>urn:other</a:Action></s:Header><s:Body><k:Exchange xmlns:k='" KAI_EXCHANGE_NS
    "'><CFX/></k:Exchange>" CLOSE,
    FALSE },
};

static GBytes *
sign_text (Fixture *f, const char *xml)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (xmlDoc) doc = kai_xml_parse (xml, strlen (xml), &error);
  xmlChar *text = NULL;
  int length = 0;

  g_assert_no_error (error);
  g_assert_true (kai_xml_signature_sign (doc, f->key, f->now, &error));
  g_assert_no_error (error);
  xmlDocDumpMemory (doc, &text, &length);
  return g_bytes_new_with_free_func (text, length, (GDestroyNotify)xmlFree, text);
}

static void
test_bodies (Fixture *f, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (body_rows); i++)
    {
      g_autoptr (GBytes) bytes = sign_text (f, body_rows[i].xml);
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiSoapEnvelope) envelope =
          open_text (f, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), TRUE, &error);

      g_test_message ("%s", body_rows[i].name);
      g_assert_cmpint (envelope != NULL, ==, body_rows[i].good);
      if (!envelope)
        g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
      else
        g_assert_true (envelope->cfx->parent->parent == envelope->verified->body);
    }
}

/* ---- Changed on the way ---- */

static char *
replace (GBytes *bytes, const char *from, const char *to)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_auto (GStrv) parts = g_strsplit (text, from, 2);

  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  return g_strjoinv (to, parts);
}

static void
assert_refused (Fixture *f, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSoapEnvelope) envelope = open_text (f, text, strlen (text), TRUE, &error);

  g_assert_null (envelope);
  g_assert_nonnull (error);
  g_assert_true (error->domain == KAI_NET_ERROR);
}

static void
test_tampered (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      kai_soap_build (f->cfx, "urn:uuid:1", TO, NULL, f->key, f->now, &error);
  g_autofree char *text = replace (bytes, "K3206840001", "K3206840002");
  g_autofree char *to = replace (bytes, TO, "https://other.example/");
  g_autofree char *second = replace (bytes, "</soap:Body>", "</soap:Body><soap:Body/>");
  g_autofree char *beside = replace (bytes, "</CFX>", "</CFX><CFX/>");
  g_autofree char *dtd = replace (bytes, "<soap:Envelope", "<!DOCTYPE x><soap:Envelope");
  g_autofree char *bare = g_strndup (g_bytes_get_data (f->cfx, NULL), g_bytes_get_size (f->cfx));

  g_assert_no_error (error);
  assert_refused (f, text);
  assert_refused (f, to);
  assert_refused (f, second);
  assert_refused (f, beside);
  assert_refused (f, dtd);
  assert_refused (f, bare);
  assert_refused (f, "<html><body>Sign in</body></html>");
  for (gsize i = 0; i < G_N_ELEMENTS (body_rows); i++)
    assert_refused (f, body_rows[i].xml); /* unsigned */
}

static void
test_not_a_cfx (Fixture *f, gconstpointer data)
{
  static const char *const texts[] = { "",
                                       "hello",
                                       "<CFX/></k:Exchange><k:Exchange><CFX/>",
                                       "<CFX/><CFX/>",
                                       "<X/>",
                                       "<?xml version='1.0'?><CFX/>",
                                       NULL };

  for (int i = 0; texts[i]; i++)
    {
      g_autoptr (GBytes) cfx = g_bytes_new_static (texts[i], strlen (texts[i]));
      g_autoptr (GError) error = NULL;

      g_assert_null (kai_soap_build (cfx, "urn:uuid:1", TO, NULL, f->key, f->now, &error));
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
    }
}

/* ---- Faults ---- */

static KaiSoapEnvelope *
open_fault (Fixture *f, const char *text, gsize length)
{
  g_autoptr (GError) error = NULL;
  KaiSoapEnvelope *envelope = open_text (f, text, length, FALSE, &error);

  g_assert_no_error (error);
  g_assert_true (envelope->is_fault);
  g_assert_null (envelope->cfx);
  return envelope;
}

static void
test_faults (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) bare = kai_soap_build_fault ("Client", "10003", "字段 <x> 有误", NULL, f->now);
  g_autoptr (GBytes) sealed = kai_soap_build_fault ("Server", "90001", "Later.", f->key, f->now);
  g_autofree char *tampered = replace (sealed, "90001", "30012");
  g_autoptr (KaiSoapEnvelope) first =
      open_fault (f, g_bytes_get_data (bare, NULL), g_bytes_get_size (bare));
  g_autoptr (KaiSoapEnvelope) second =
      open_fault (f, g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed));
  g_autoptr (KaiSoapEnvelope) third = open_fault (f, tampered, strlen (tampered));
  const char *foreign = "<s:Envelope xmlns:s='" KAI_SOAP_NS "'><s:Body><s:Fault><faultcode>"
                        "s:MustUnderstand</faultcode></s:Fault></s:Body></s:Envelope>";
  g_autoptr (KaiSoapEnvelope) fourth = open_fault (f, foreign, strlen (foreign));

  g_assert_null (first->verified);
  g_assert_cmpstr (first->fault_code, ==, "Client");
  g_assert_cmpstr (first->fault_result, ==, "10003");
  g_assert_cmpstr (first->fault_sentence, ==, "字段 <x> 有误");
  g_assert_nonnull (second->verified);
  g_assert_cmpstr (second->fault_code, ==, "Server");
  /* Read, but worth no more than an unsigned one. */
  g_assert_null (third->verified);
  g_assert_cmpstr (third->fault_result, ==, "30012");
  g_assert_null (fourth->fault_result);
  g_assert_cmpstr (fourth->fault_sentence, ==, "");
}

/* ---- Schemas ---- */

static xmlSchema *
load_schema (const char *text)
{
  xmlSchemaParserCtxt *parser = xmlSchemaNewMemParserCtxt (text, (int)strlen (text));
  xmlSchema *schema = xmlSchemaParse (parser);

  xmlSchemaFreeParserCtxt (parser);
  g_assert_nonnull (schema);
  return schema;
}

/* What is expected to fail need not be told. */
static void G_GNUC_PRINTF (2, 3) ignore_error (void *data, const char *format, ...)
{
}

static int
validate (xmlSchema *schema, xmlNode *node)
{
  xmlSchemaValidCtxt *context = xmlSchemaNewValidCtxt (schema);
  int result;

  xmlSchemaSetValidErrors (context, ignore_error, ignore_error, NULL);
  result = xmlSchemaValidateOneElement (context, node);
  xmlSchemaFreeValidCtxt (context);
  return result;
}

static void
test_schema (Fixture *f, gconstpointer data)
{
  g_autofree char *text = kai_soap_schema ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = kai_soap_build (f->cfx, "urn:1", TO, NULL, f->key, f->now, &error);
  g_autofree char *broken = replace (bytes, "StYear=\"", "StYear=\"x");
  g_autoptr (xmlDoc) good =
      kai_xml_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  g_autoptr (xmlDoc) bad = kai_xml_parse (broken, strlen (broken), &error);
  xmlSchema *schema = load_schema (text);

  g_assert_no_error (error);
  for (int i = 0; i < 2; i++)
    {
      xmlNode *root = xmlDocGetRootElement (i ? bad : good);
      xmlNode *body = kai_xml_child (root, KAI_SOAP_NS, "Body");
      int result = validate (schema, kai_xml_child (body, KAI_EXCHANGE_NS, "Exchange"));

      g_assert_cmpint (result == 0, ==, i == 0);
    }
  xmlSchemaFree (schema);
}

static void
test_voucher_schemas (Fixture *f, gconstpointer data)
{
  g_auto (GStrv) numbers = kai_catalogue_list (f->catalogue);
  const char *good = "<Voucher><PayCode>1</PayCode><PayMode>1</PayMode><Hold1/><Hold2/></Voucher>";
  const char *bad = "<Voucher><PayCode>1</PayCode><PayMode>x</PayMode></Voucher>";
  g_autoptr (xmlDoc) good_doc = kai_xml_parse (good, strlen (good), NULL);
  g_autoptr (xmlDoc) bad_doc = kai_xml_parse (bad, strlen (bad), NULL);

  for (int i = 0; numbers[i]; i++)
    {
      g_autofree char *text = kai_message_schema_voucher (f->catalogue, numbers[i]);
      xmlSchema *schema = load_schema (text);

      if (g_str_equal (numbers[i], "8997"))
        {
          g_assert_cmpint (validate (schema, xmlDocGetRootElement (good_doc)), ==, 0);
          g_assert_cmpint (validate (schema, xmlDocGetRootElement (bad_doc)), !=, 0);
        }
      xmlSchemaFree (schema);
    }
  g_assert_null (kai_message_schema_voucher (f->catalogue, "0000"));
}

static void
test_wsdl (Fixture *f, gconstpointer data)
{
  g_autofree char *text = kai_soap_wsdl ("https://a.example/?x=1&y=2");
  g_autoptr (GError) error = NULL;
  g_autoptr (xmlDoc) doc = kai_xml_parse (text, strlen (text), &error);
  const char *wsdl = "http://schemas.xmlsoap.org/wsdl/";
  xmlNode *root = xmlDocGetRootElement (doc);
  xmlNode *service, *port;
  g_autofree char *location = NULL;

  g_assert_no_error (error);
  g_assert_true (kai_xml_is (root, wsdl, "definitions"));
  g_assert_nonnull (kai_xml_child (kai_xml_child (root, wsdl, "types"),
                                   "http://www.w3.org/2001/XMLSchema", "schema"));
  service = kai_xml_only_child (root, wsdl, "service", &error);
  port = kai_xml_only_child (service, wsdl, "port", &error);
  g_assert_no_error (error);
  location = kai_xml_attribute (
      kai_xml_child (port, "http://schemas.xmlsoap.org/wsdl/soap/", "address"), "location");
  g_assert_cmpstr (location, ==, "https://a.example/?x=1&y=2");
}

#define ADD(name, algorithm, func)                                                                 \
  g_test_add (name, Fixture, GINT_TO_POINTER (algorithm), set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/soap/round-trip/rsa", KAI_ALGORITHM_RSA, test_round_trip);
  ADD ("/soap/round-trip/p256", KAI_ALGORITHM_P256, test_round_trip);
  ADD ("/soap/round-trip/sm2", KAI_ALGORITHM_SM2, test_round_trip);
  ADD ("/soap/bodies", KAI_ALGORITHM_P256, test_bodies);
  ADD ("/soap/tampered", KAI_ALGORITHM_P256, test_tampered);
  ADD ("/soap/not-a-cfx", KAI_ALGORITHM_P256, test_not_a_cfx);
  ADD ("/soap/faults", KAI_ALGORITHM_P256, test_faults);
  ADD ("/soap/schema", KAI_ALGORITHM_P256, test_schema);
  ADD ("/soap/voucher-schemas", KAI_ALGORITHM_P256, test_voucher_schemas);
  ADD ("/soap/wsdl", KAI_ALGORITHM_P256, test_wsdl);
  return g_test_run ();
}
