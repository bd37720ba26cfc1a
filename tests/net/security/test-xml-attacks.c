/* Each attack on a signed envelope is refused with its own code. */
#include "kai-attack-maker.h"
#include "kai-envelope-maker.h"

#include "messages/kai-result-code.h"
#include <string.h>

static void
test_attack (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  const KaiAttack *attack = kai_attack_get (n);
  g_autoptr (xmlDoc) doc = make_signed (clerks[KAI_ALGORITHM_P256], TRUE, now);
  g_autofree char *text = to_text (doc);
  g_autoptr (GBytes) good = g_bytes_new (text, strlen (text));
  g_autoptr (KaiTestKey) revoked =
      kai_test_clerk_new (root, KAI_ALGORITHM_P256, "320684001", "32068400101");
  KaiTestKey *list[] = { revoked, NULL };
  g_autofree char *crl = kai_test_crl_pem (root, list);
  KaiAttackKeys keys = { root, clerks[KAI_ALGORITHM_P256], revoked, now };
  g_autoptr (KaiTrust) strict = kai_trust_new ();
  g_autofree char *pem = kai_test_key_certificate_pem (root);
  g_autoptr (GBytes) bad = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVerified) verified = NULL;
  g_autoptr (xmlDoc) changed = NULL;

  kai_trust_add_pem (strict, pem, -1, &error);
  kai_trust_add_pem (strict, crl, -1, &error);
  g_assert_no_error (error);
  /* Before the attack it is good: the refusal is the attack's doing. */
  verified = kai_xml_signature_verify (doc, strict, now, &error);
  g_assert_no_error (error);
  g_assert_nonnull (verified);
  bad = kai_attack_make (n, good, &keys);
  changed = kai_xml_parse (g_bytes_get_data (bad, NULL), g_bytes_get_size (bad), &error);
  if (changed)
    g_assert_null (kai_xml_signature_verify (changed, strict, now, &error));
  g_assert_error (error, KAI_NET_ERROR, (int)attack->code);
  g_assert_cmpstr (error->message, !=, "");
  g_assert_cmpstr (kai_result_code_find (kai_net_error_get_code (error))->symbol, ==,
                   attack->symbol);
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
  for (guint i = 0; i < kai_n_attacks; i++)
    {
      g_autofree char *name = g_strconcat ("/xml-attacks/", kai_attack_get (i)->name, NULL);

      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_attack);
    }
  g_test_add_func ("/xml-attacks/document-type", test_document_type);
  g_test_add_func ("/xml-attacks/document-type-in-tree", test_document_type_in_tree);
  g_test_add_func ("/xml-attacks/cut", test_cut);
  status = g_test_run ();
  tear_down ();
  return status;
}
