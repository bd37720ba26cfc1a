/* 500 notices in a message, signed with SM2, over TLS, checked and stored at the training server: messages and notices a second, and where the time goes. The parts are measured by
 * themselves with the same bytes; what is left is the server's rules, its store and the waiting. */
#include "kai-sandbox-fixture.h"

#include "messages/kai-result-code.h"
#include "messages/kai-xml.h"
#include "transport/kai-soap.h"

#include <string.h>

#define BATCH 500
#define MESSAGES 10

static double
seconds_since (gint64 start)
{
  return (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

static KaiMessage *
make_batch (Desk *desk, gint64 first)
{
  KaiMessage *message = desk_message (desk, "8994");

  for (int i = 0; i < BATCH; i++)
    {
      g_autofree char *code = make_code ("101", first + i);

      add_notice (message, code, FIXED_ITEM, 1, "850.00");
    }
  return message;
}

static double
deliver_all (Desk *desk, gint64 first)
{
  g_autoptr (GPtrArray) messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_message_free);
  gint64 start;

  for (int i = 0; i < MESSAGES; i++)
    g_ptr_array_add (messages, make_batch (desk, first + i * BATCH));
  start = g_get_monotonic_time ();
  for (int i = 0; i < MESSAGES; i++)
    {
      g_autoptr (KaiMessage) answer = desk_send (desk, messages->pdata[i]);

      for (guint k = 0; k < answer->vouchers->len; k++)
        g_assert_cmpstr (result_of (answer, k), ==, KAI_RESULT_OK);
    }
  return seconds_since (start);
}

/* Writing, parsing and reading one message. */
static double
measure_xml (Desk *desk, const KaiMessage *message)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GBytes) body = kai_message_encode (message, desk->fixture->catalogue, FALSE, NULL);
  g_autoptr (KaiMessage) back = kai_message_decode_bytes (body, desk->fixture->catalogue, NULL);

  g_assert_nonnull (back);
  return seconds_since (start);
}

/* Signing one envelope and verifying it. */
static double
measure_signature (Desk *desk, const KaiMessage *message)
{
  g_autoptr (GBytes) body = kai_message_encode (message, desk->fixture->catalogue, FALSE, NULL);
  g_autoptr (KaiTrust) trust = kai_trust_new ();
  g_autofree char *text =
      g_strdup_printf ("<s:Envelope xmlns:s=\"" KAI_SOAP_NS "\"><s:Header/><s:Body><k:Exchange "
                       "xmlns:k=\"" KAI_EXCHANGE_NS "\">%.*s</k:Exchange></s:Body></s:Envelope>",
                       (int)g_bytes_get_size (body), (const char *)g_bytes_get_data (body, NULL));
  g_autoptr (xmlDoc) doc = kai_xml_parse (text, strlen (text), NULL);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC, start;

  kai_trust_add_file (trust, desk->fixture->trust, NULL);
  start = g_get_monotonic_time ();
  g_assert_true (kai_xml_signature_sign (doc, desk->key, now, NULL));
  kai_verified_free (kai_xml_signature_verify (doc, trust, now, NULL));
  return seconds_since (start);
}

/* The same number of bytes to a page that does nothing with them, on a new connection. */
static double
measure_tls (Fixture *fixture, gsize length)
{
  g_autoptr (GBytes) body = g_bytes_new_take (g_malloc0 (length), length);
  gint64 start = g_get_monotonic_time ();

  fixture_http (fixture, "/healthz", "text/xml", body, NULL, NULL);
  return seconds_since (start);
}

int
main (void)
{
  Fixture fixture = { NULL };

  fixture_set_up (&fixture, NULL);
  {
    g_autoptr (Desk) desk = desk_new (&fixture, CLERK, KAI_ALGORITHM_SM2);
    gint64 first = desk_lease (desk, BATCH * (MESSAGES + 1));
    g_autoptr (KaiMessage) sample = make_batch (desk, first + BATCH * MESSAGES);
    g_autoptr (GBytes) body = kai_message_encode (sample, fixture.catalogue, FALSE, NULL);
    double total = deliver_all (desk, first) / MESSAGES;
    /* Request and answer, each once; an answer is about a tenth of the request. */
    double signature = 1.1 * measure_signature (desk, sample);
    double xml = 1.1 * measure_xml (desk, sample);
    double tls = measure_tls (&fixture, g_bytes_get_size (body));

    g_print ("%d notices a message (%zu bytes): %.2f messages/s, %.0f notices/s\n", BATCH,
             g_bytes_get_size (body), 1 / total, BATCH / total);
    g_print ("of %.1f ms a message: signature %.0f %%, XML %.0f %%, TLS %.0f %%, rules and store "
             "%.0f %%\n",
             1000 * total, 100 * signature / total, 100 * xml / total, 100 * tls / total,
             100 * (total - signature - xml - tls) / total);
  }
  fixture_tear_down (&fixture, NULL);
  return 0;
}
