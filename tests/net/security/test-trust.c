/* Certificates and chains of all algorithms, revocation from its date on, purposes, and the memory of checked chains. */
#include "kai-test-keys.h"

#include "kai-test.h"
#include "messages/kai-net-error.h"
#include <string.h>

#define ALGORITHMS 3
#define DAY 86400

static gint64 now;

static void
add (KaiTrust *trust, const KaiTestKey *key)
{
  g_autofree char *pem = kai_test_key_certificate_pem (key);
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_trust_add_pem (trust, pem, -1, &error));
  g_assert_no_error (error);
}

static void
add_list (KaiTrust *trust, const char *pem)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_trust_add_pem (trust, pem, -1, &error));
  g_assert_no_error (error);
}

static void
assert_check (KaiTrust *trust, X509 *certificate, gint64 at, gboolean good)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = kai_trust_check (trust, certificate, at, &error);

  if (good)
    g_assert_no_error (error);
  else
    g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_CERTIFICATE);
  g_assert_cmpint (ok, ==, good);
}

/* Row = issuer's algorithm × 3 + leaf's. */
static void
test_chain (gconstpointer data)
{
  int issuer = GPOINTER_TO_INT (data) / ALGORITHMS, leaf = GPOINTER_TO_INT (data) % ALGORITHMS;
  KaiTestLeaf middle_leaf = { .name = "Middle", .algorithm = issuer, .is_ca = TRUE };
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", issuer);
  g_autoptr (KaiTestKey) middle = kai_test_key_issue (root, &middle_leaf);
  g_autoptr (KaiTestKey) direct = kai_test_clerk_new (root, leaf, "320684001", "32068400101");
  g_autoptr (KaiTestKey) below = kai_test_clerk_new (middle, leaf, "320684001", "32068400102");
  g_autoptr (KaiTrust) trust = kai_trust_new ();
  g_autofree char *text = kai_certificate_to_base64 (below->certificate);
  g_autoptr (X509) fresh = kai_certificate_from_base64 (text, NULL);

  assert_check (trust, direct->certificate, now, FALSE);
  add (trust, root);
  assert_check (trust, direct->certificate, now, TRUE);
  assert_check (trust, direct->certificate, now, TRUE);
  assert_check (trust, fresh, now, FALSE);
  add (trust, middle);
  assert_check (trust, fresh, now, TRUE);
  /* From memory, but only for times at which the chain holds. */
  assert_check (trust, fresh, now + 301 * DAY, FALSE);
  assert_check (trust, fresh, now - 2 * DAY, FALSE);
  assert_check (trust, fresh, now, TRUE);
  assert_check (trust, root->certificate, now, FALSE);
  assert_check (trust, middle->certificate, now, FALSE);
}

/* An issuer that is known, but not a root, is not enough. */
static void
test_no_root (void)
{
  KaiTestLeaf middle_leaf = { .name = "Middle", .algorithm = KAI_ALGORITHM_SM2, .is_ca = TRUE };
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_SM2);
  g_autoptr (KaiTestKey) middle = kai_test_key_issue (root, &middle_leaf);
  g_autoptr (KaiTestKey) below =
      kai_test_clerk_new (middle, KAI_ALGORITHM_SM2, "320684001", "32068400102");
  g_autoptr (KaiTrust) trust = kai_trust_new ();

  add (trust, middle);
  assert_check (trust, below->certificate, now, FALSE);
}

/* Same names, other key: the forger's own issuer. */
static void
test_same_names (void)
{
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_SM2);
  g_autoptr (KaiTestKey) false_root = kai_test_root_new ("Root", KAI_ALGORITHM_SM2);
  g_autoptr (KaiTestKey) forged =
      kai_test_clerk_new (false_root, KAI_ALGORITHM_SM2, "320684001", "32068400101");
  g_autoptr (KaiTrust) trust = kai_trust_new ();

  add (trust, root);
  assert_check (trust, forged->certificate, now, FALSE);
}

/* A clerk's certificate does not make others. */
static void
test_leaf_as_issuer (void)
{
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_P256);
  g_autoptr (KaiTestKey) clerk =
      kai_test_clerk_new (root, KAI_ALGORITHM_P256, "320684001", "32068400101");
  g_autoptr (KaiTestKey) forged =
      kai_test_clerk_new (clerk, KAI_ALGORITHM_P256, "320684002", "32068400201");
  g_autoptr (KaiTrust) trust = kai_trust_new ();

  add (trust, root);
  add (trust, clerk);
  assert_check (trust, clerk->certificate, now, TRUE);
  assert_check (trust, forged->certificate, now, FALSE);
}

static void
test_tampered (void)
{
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_SM2);
  g_autoptr (KaiTestKey) clerk =
      kai_test_clerk_new (root, KAI_ALGORITHM_SM2, "320684001", "32068400101");
  g_autoptr (KaiTrust) trust = kai_trust_new ();
  unsigned char *der = NULL;
  int length = i2d_X509 (clerk->certificate, &der);
  g_autoptr (X509) changed = NULL;

  for (int i = 0; i + 9 < length; i++)
    if (memcmp (der + i, "320684001", 9) == 0)
      der[i + 8] = '2';
  changed = kai_certificate_from_der (der, length);
  g_assert_nonnull (changed);
  add (trust, root);
  assert_check (trust, clerk->certificate, now, TRUE);
  assert_check (trust, changed, now, FALSE);
  g_assert_null (kai_certificate_from_der (der, length - 1));
  OPENSSL_free (der);
}

static const struct
{
  const char *name;
  KaiTestLeaf leaf;
  gboolean good;
} purposes[] = {
  { "plain", { 0 }, TRUE },
  { "no-usage", { .key_usage = "" }, TRUE },
  { "both-usages", { .key_usage = "critical,digitalSignature,nonRepudiation" }, TRUE },
  { "encipherment", { .key_usage = "critical,keyEncipherment" }, FALSE },
  { "ca", { .is_ca = TRUE, .key_usage = "critical,digitalSignature,keyCertSign" }, FALSE },
  { "ca-without-cert-sign", { .is_ca = TRUE, .key_usage = "digitalSignature" }, FALSE },
  { "server", { .extended_usage = "serverAuth" }, FALSE },
  { "server-and-client", { .extended_usage = "serverAuth,clientAuth" }, TRUE },
  { "mail", { .extended_usage = "emailProtection" }, TRUE },
  { "expired", { .not_before = 1000000000, .not_after = 1000001000 }, FALSE },
  { "not-yet", { .not_before = 4000000000, .not_after = 4000001000 }, FALSE },
};

static void
test_purpose (gconstpointer data)
{
  int row = GPOINTER_TO_INT (data);
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_P256);
  KaiTestLeaf leaf = purposes[row].leaf;
  g_autoptr (KaiTestKey) key = NULL;
  g_autoptr (KaiTrust) trust = kai_trust_new ();

  leaf.name = "张三";
  leaf.algorithm = KAI_ALGORITHM_P256;
  key = kai_test_key_issue (root, &leaf);
  add (trust, root);
  assert_check (trust, key->certificate, now, purposes[row].good);
}

/* ---- Revocation ---- */

static void
test_revocation (gconstpointer data)
{
  int algorithm = GPOINTER_TO_INT (data);
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", algorithm);
  g_autoptr (KaiTestKey) good = kai_test_clerk_new (root, algorithm, "320684001", "32068400101");
  g_autoptr (KaiTestKey) bad = kai_test_clerk_new (root, algorithm, "320684001", "32068400102");
  KaiTestKey *revoked[] = { bad, NULL };
  g_autofree char *list = kai_test_crl_pem_at (root, revoked, now - 60, now + DAY, now - 3600);
  g_autoptr (KaiTrust) trust = kai_trust_new ();

  add (trust, root);
  assert_check (trust, bad->certificate, now, TRUE);
  add_list (trust, list);
  assert_check (trust, good->certificate, now, TRUE);
  assert_check (trust, bad->certificate, now, FALSE);
  /* What was signed before the revocation stays good: e-bills are checked at their signing time. */
  assert_check (trust, bad->certificate, now - 7200, TRUE);
  assert_check (trust, bad->certificate, now - 3601, TRUE);
  assert_check (trust, bad->certificate, now - 3600, FALSE);
  /* Out of date: nobody knows. */
  assert_check (trust, good->certificate, now + 2 * DAY, FALSE);
}

static void
test_revoked_middle (void)
{
  KaiTestLeaf middle_leaf = { .name = "Middle", .algorithm = KAI_ALGORITHM_SM2, .is_ca = TRUE };
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_SM2);
  g_autoptr (KaiTestKey) middle = kai_test_key_issue (root, &middle_leaf);
  g_autoptr (KaiTestKey) below =
      kai_test_clerk_new (middle, KAI_ALGORITHM_SM2, "320684001", "32068400102");
  KaiTestKey *revoked[] = { middle, NULL };
  g_autofree char *list = kai_test_crl_pem (root, revoked);
  g_autoptr (KaiTrust) trust = kai_trust_new ();

  add (trust, root);
  add (trust, middle);
  assert_check (trust, below->certificate, now, TRUE);
  add_list (trust, list);
  assert_check (trust, below->certificate, now, FALSE);
}

/* A list in the issuer's name by somebody else neither revokes nor is passed over. */
static void
test_forged_list (gconstpointer data)
{
  int algorithm = GPOINTER_TO_INT (data);
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", algorithm);
  g_autoptr (KaiTestKey) forger = kai_test_root_new ("Root", algorithm);
  g_autoptr (KaiTestKey) clerk = kai_test_clerk_new (root, algorithm, "320684001", "32068400101");
  g_autofree char *list = kai_test_crl_pem (forger, NULL);
  g_autoptr (KaiTrust) trust = kai_trust_new ();
  g_autoptr (GError) error = NULL;

  add (trust, root);
  add_list (trust, list);
  g_assert_false (kai_trust_check (trust, clerk->certificate, now, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_CERTIFICATE);
}

/* The newer list counts for freshness, every one for revocation. */
static void
test_two_lists (void)
{
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_SM2);
  g_autoptr (KaiTestKey) clerk =
      kai_test_clerk_new (root, KAI_ALGORITHM_SM2, "320684001", "32068400101");
  g_autofree char *old = kai_test_crl_pem_at (root, NULL, now - 2 * DAY, now - DAY, now);
  g_autofree char *fresh = kai_test_crl_pem_at (root, NULL, now - DAY, now + DAY, now);
  g_autoptr (KaiTrust) trust = kai_trust_new ();

  add (trust, root);
  add_list (trust, old);
  assert_check (trust, clerk->certificate, now, FALSE);
  add_list (trust, fresh);
  assert_check (trust, clerk->certificate, now, TRUE);
}

/* ---- Finding and reading ---- */

static void
test_find (void)
{
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_P256);
  KaiTestLeaf leaf = {
    .name = "Finance, \"test\"", .unit_name = "海门", .algorithm = KAI_ALGORITHM_P256, .is_ca = TRUE
  };
  g_autoptr (KaiTestKey) issuer = kai_test_key_issue (root, &leaf);
  g_autoptr (KaiTestKey) clerk =
      kai_test_clerk_new (issuer, KAI_ALGORITHM_P256, "320684001", "32068400101");
  g_autofree char *name = kai_certificate_dup_issuer (clerk->certificate);
  g_autofree char *serial = kai_certificate_dup_serial (clerk->certificate);
  g_autofree char *small = g_ascii_strdown (serial, -1);
  g_autofree char *padded = g_strconcat ("00", small, NULL);
  g_autoptr (KaiTrust) trust = kai_trust_new ();

  add (trust, clerk);
  g_assert_cmpstr (name, ==, "O=海门,CN=Finance\\, \\\"test\\\"");
  g_assert_nonnull (kai_trust_find (trust, name, serial));
  g_assert_nonnull (kai_trust_find (trust, "CN=Finance\\, \\\"test\\\", O=海门", padded));
  g_assert_null (kai_trust_find (trust, "CN=Finance", serial));
  g_assert_null (kai_trust_find (trust, name, "01"));
  g_assert_null (kai_trust_find (trust, "", ""));
}

static void
test_subject (void)
{
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_P256);
  g_autoptr (KaiTestKey) clerk =
      kai_test_clerk_new (root, KAI_ALGORITHM_SM2, "320684001", "32068400101");
  g_autoptr (KaiTestKey) finance = kai_test_finance_new (root, KAI_ALGORITHM_SM2);
  g_autofree char *name = kai_certificate_dup_name (clerk->certificate);
  g_autofree char *unit_name = kai_certificate_dup_unit_name (clerk->certificate);
  g_autofree char *unit = kai_certificate_dup_unit (clerk->certificate);
  g_autofree char *user = kai_certificate_dup_user (clerk->certificate);
  g_autofree char *no_user = kai_certificate_dup_user (finance->certificate);

  g_assert_cmpstr (name, ==, "张三");
  g_assert_cmpstr (unit_name, ==, "海门市第一中学");
  g_assert_cmpstr (unit, ==, "320684001");
  g_assert_cmpstr (user, ==, "32068400101");
  g_assert_cmpstr (no_user, ==, "");
  g_assert_true (kai_certificate_is_finance (finance->certificate));
  g_assert_false (kai_certificate_is_finance (clerk->certificate));
}

static void
test_not_finance (void)
{
  static const char *const units[] = { "F32068", "F3206841", "f320684", "F32068A", "320684" };
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_P256);

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      KaiTestLeaf leaf = { .name = "x", .unit = units[i], .algorithm = KAI_ALGORITHM_P256 };
      g_autoptr (KaiTestKey) key = kai_test_key_issue (root, &leaf);

      g_assert_false (kai_certificate_is_finance (key->certificate));
    }
}

static void
test_bad_files (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "trust.pem", NULL);
  g_autoptr (KaiTrust) trust = kai_trust_new ();
  static const char *const texts[] = {
    "", "rubbish", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
      g_assert_false (kai_trust_add_file (trust, path, &error));
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_CERTIFICATE);
    }
  g_assert_false (kai_trust_add_file (trust, "/nowhere/trust.pem", NULL));
  g_assert_null (kai_certificate_from_base64 ("", NULL));
  g_assert_null (kai_certificate_from_base64 ("AAAA", NULL));
}

/* A chain that is remembered gives the very certificate that was parsed then. */
static void
test_memory (void)
{
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_P256);
  g_autoptr (KaiTestKey) clerk =
      kai_test_clerk_new (root, KAI_ALGORITHM_SM2, "320684001", "32068400101");
  g_autofree char *text = kai_certificate_to_base64 (clerk->certificate);
  g_autoptr (KaiTrust) trust = kai_trust_new ();
  g_autoptr (X509) first = kai_trust_read (trust, text, NULL);
  g_autoptr (X509) second = NULL;
  g_autoptr (X509) third = NULL;

  add (trust, root);
  second = kai_trust_read (trust, text, NULL);
  g_assert_true (first != second);
  assert_check (trust, second, now, TRUE);
  third = kai_trust_read (trust, text, NULL);
  g_assert_true (second == third);
}

static void
add_row (const char *group, const char *name, int row, GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/trust/%s/%s", group, name);

  g_test_add_data_func (path, GINT_TO_POINTER (row), func);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  now = g_get_real_time () / G_USEC_PER_SEC;
  for (int i = 0; i < ALGORITHMS * ALGORITHMS; i++)
    {
      g_autofree char *name = g_strconcat (kai_algorithm_to_string (i / ALGORITHMS), "-issues-",
                                           kai_algorithm_to_string (i % ALGORITHMS), NULL);

      add_row ("chain", name, i, test_chain);
    }
  for (guint i = 0; i < G_N_ELEMENTS (purposes); i++)
    add_row ("purpose", purposes[i].name, i, test_purpose);
  for (int i = 0; i < ALGORITHMS; i++)
    {
      add_row ("revocation", kai_algorithm_to_string (i), i, test_revocation);
      add_row ("forged-list", kai_algorithm_to_string (i), i, test_forged_list);
    }
  g_test_add_func ("/trust/no-root", test_no_root);
  g_test_add_func ("/trust/same-names", test_same_names);
  g_test_add_func ("/trust/leaf-as-issuer", test_leaf_as_issuer);
  g_test_add_func ("/trust/tampered", test_tampered);
  g_test_add_func ("/trust/revocation/middle", test_revoked_middle);
  g_test_add_func ("/trust/revocation/two-lists", test_two_lists);
  g_test_add_func ("/trust/find", test_find);
  g_test_add_func ("/trust/subject", test_subject);
  g_test_add_func ("/trust/not-finance", test_not_finance);
  g_test_add_func ("/trust/bad-files", test_bad_files);
  g_test_add_func ("/trust/memory", test_memory);
  return g_test_run ();
}
