/* Signatures a second: SM2 through our code against a bare loop over EVP_DigestSign and EVP_DigestVerify with the same key, turn by turn in the same run; whole envelopes; and what it
 * costs to meet a certificate for the first time. Ends with 1 when our code is under nine tenths of the bare loop. */
#include "kai-test-keys.h"
#include "security/kai-signature-value.h"
#include "security/kai-xml-signature.h"

#include "messages/kai-xml.h"
#include <string.h>

#define ROUNDS 20
#define PER_ROUND 100
#define MESSAGES 1000

static guchar data[4096];

static double
seconds_since (gint64 start)
{
  return (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

/* One context for all signatures: less work than this is not possible. */
typedef struct
{
  EVP_MD_CTX *context;
  EVP_PKEY_CTX *pkey_context;
} Bare;

static void
bare_init (Bare *bare, EVP_PKEY *pkey)
{
  bare->context = EVP_MD_CTX_new ();
  bare->pkey_context = EVP_PKEY_CTX_new (pkey, NULL);
  EVP_PKEY_CTX_set1_id (bare->pkey_context, KAI_SM2_ID, (int)strlen (KAI_SM2_ID));
  EVP_MD_CTX_set_pkey_ctx (bare->context, bare->pkey_context);
}

static void
bare_clear (Bare *bare)
{
  EVP_MD_CTX_free (bare->context);
  EVP_PKEY_CTX_free (bare->pkey_context);
}

static double
bare_sign (Bare *bare, EVP_PKEY *pkey)
{
  gint64 start = g_get_monotonic_time ();

  for (int i = 0; i < PER_ROUND; i++)
    {
      guchar value[128];
      size_t size = sizeof value;

      data[0] = (guchar)i;
      if (EVP_DigestSignInit (bare->context, NULL, EVP_sm3 (), NULL, pkey) != 1
          || EVP_DigestSign (bare->context, value, &size, data, sizeof data) != 1)
        g_error ("the bare loop does not sign");
    }
  return seconds_since (start);
}

static double
our_sign (KaiKey *key)
{
  gint64 start = g_get_monotonic_time ();

  for (int i = 0; i < PER_ROUND; i++)
    {
      g_autoptr (GBytes) value = NULL;

      data[0] = (guchar)i;
      value = kai_key_sign (key, data, sizeof data, NULL);
      if (!value)
        g_error ("our code does not sign");
    }
  return seconds_since (start);
}

static double
bare_verify (Bare *bare, EVP_PKEY *pkey, GBytes *value)
{
  gint64 start = g_get_monotonic_time ();

  for (int i = 0; i < PER_ROUND; i++)
    if (EVP_DigestVerifyInit (bare->context, NULL, EVP_sm3 (), NULL, pkey) != 1
        || EVP_DigestVerify (bare->context, g_bytes_get_data (value, NULL),
                             g_bytes_get_size (value), data, sizeof data)
               != 1)
      g_error ("the bare loop does not verify");
  return seconds_since (start);
}

static double
our_verify (X509 *certificate, GBytes *value)
{
  gint64 start = g_get_monotonic_time ();

  for (int i = 0; i < PER_ROUND; i++)
    if (!kai_certificate_verify (certificate, data, sizeof data, g_bytes_get_data (value, NULL),
                                 g_bytes_get_size (value)))
      g_error ("our code does not verify");
  return seconds_since (start);
}

/* TRUE when ours is fast enough. */
static gboolean
report (const char *what, double bare, double ours)
{
  double n = ROUNDS * PER_ROUND;

  g_print ("SM2 %-7s bare %7.0f/s   ours %7.0f/s   %5.1f %%\n", what, n / bare, n / ours,
           100 * bare / ours);
  return bare / ours >= 0.9;
}

static gboolean
compare_sm2 (KaiTestKey *clerk)
{
  g_autoptr (KaiKey) key = kai_key_new_for_pkey (clerk->pkey, clerk->certificate);
  g_autoptr (GBytes) value = NULL;
  double bare_time = 0, our_time = 0;
  gboolean ok;
  Bare bare;

  bare_init (&bare, clerk->pkey);
  for (int i = 0; i < ROUNDS; i++)
    {
      bare_time += bare_sign (&bare, clerk->pkey);
      our_time += our_sign (key);
    }
  bare_clear (&bare);
  ok = report ("sign", bare_time, our_time);
  bare_init (&bare, X509_get0_pubkey (clerk->certificate));
  value = kai_key_sign (key, data, sizeof data, NULL);
  bare_time = our_time = 0;
  for (int i = 0; i < ROUNDS; i++)
    {
      bare_time += bare_verify (&bare, X509_get0_pubkey (clerk->certificate), value);
      our_time += our_verify (clerk->certificate, value);
    }
  bare_clear (&bare);
  return report ("verify", bare_time, our_time) && ok;
}

static xmlDoc *
make_envelope (void)
{
  g_autoptr (GString) text = g_string_new ("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/"
                                           "envelope/\"><s:Header/><s:Body><a>");

  for (int i = 0; i < 60; i++)
    g_string_append (text, "<field>海门市第一中学 0123456789 0123456789</field>");
  g_string_append (text, "</a></s:Body></s:Envelope>");
  return kai_xml_parse (text->str, text->len, NULL);
}

static void
measure_envelopes (KaiTestKey *root, KaiAlgorithm algorithm)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC, start;
  g_autoptr (KaiTestKey) clerk = kai_test_clerk_new (root, algorithm, "320684001", "32068400101");
  g_autoptr (KaiKey) key = kai_key_new_for_pkey (clerk->pkey, clerk->certificate);
  g_autoptr (KaiTrust) trust = kai_trust_new ();
  g_autofree char *pem = kai_test_key_certificate_pem (root);
  g_autoptr (xmlDoc) doc = NULL;
  double sign_time, first;

  kai_trust_add_pem (trust, pem, -1, NULL);
  start = g_get_monotonic_time ();
  for (int i = 0; i < MESSAGES; i++)
    {
      g_clear_pointer (&doc, xmlFreeDoc);
      doc = make_envelope ();
      if (!kai_xml_signature_sign (doc, key, now, NULL))
        g_error ("not signed");
    }
  sign_time = seconds_since (start);
  start = g_get_monotonic_time ();
  kai_verified_free (kai_xml_signature_verify (doc, trust, now, NULL));
  first = seconds_since (start);
  start = g_get_monotonic_time ();
  for (int i = 0; i < MESSAGES; i++)
    {
      g_autoptr (KaiVerified) verified = kai_xml_signature_verify (doc, trust, now, NULL);

      if (!verified)
        g_error ("not verified");
    }
  g_print (
      "envelope %-4s sign %6.0f/s   verify %6.0f/s   first verification %.2f ms, later %.2f ms\n",
      kai_algorithm_to_string (algorithm), MESSAGES / sign_time, MESSAGES / seconds_since (start),
      1000 * first, 1000 * seconds_since (start) / MESSAGES);
}

int
main (void)
{
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_SM2);
  g_autoptr (KaiTestKey) clerk =
      kai_test_clerk_new (root, KAI_ALGORITHM_SM2, "320684001", "32068400101");
  gboolean ok;

  ok = compare_sm2 (clerk);
  for (int i = KAI_ALGORITHM_RSA; i <= KAI_ALGORITHM_SM2; i++)
    measure_envelopes (root, i);
  return ok ? 0 : 1;
}
