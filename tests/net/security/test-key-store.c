/* Key files: all algorithms, and every way in which a file can be wrong. Signature values on the wire. */
#include "kai-test-keys.h"

#include "kai-test.h"
#include "messages/kai-net-error.h"
#include "security/kai-signature-value.h"
#include <openssl/ecdsa.h>
#include <openssl/pkcs12.h>
#include <string.h>

#define ALGORITHMS 3
#define PIN "s3cret-三"

static KaiTestKey *root;

static char *
write_p12 (const char *dir, EVP_PKEY *pkey, X509 *certificate, const char *pin)
{
  char *path = g_build_filename (dir, "key.p12", NULL);
  PKCS12 *p12 = PKCS12_create (pin, "key", pkey, certificate, NULL, 0, 0, 2048, 2048, 0);
  unsigned char *der = NULL;
  int length;

  g_assert_nonnull (p12);
  length = i2d_PKCS12 (p12, &der);
  g_assert_true (g_file_set_contents (path, (char *)der, length, NULL));
  OPENSSL_free (der);
  PKCS12_free (p12);
  return path;
}

static KaiKey *
open_path (const char *path, const char *pin, GError **error)
{
  g_autofree char *uri = g_strconcat ("file:", path, NULL);

  return kai_key_open (uri, pin, error);
}

static void
assert_refused (const char *path, const char *pin, KaiNetError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiKey) key = open_path (path, pin, &error);

  g_assert_null (key);
  g_assert_error (error, KAI_NET_ERROR, (int)code);
  if (pin && *pin)
    g_assert_null (strstr (error->message, pin));
}

static void
test_open (gconstpointer data)
{
  int algorithm = GPOINTER_TO_INT (data);
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (KaiTestKey) made = kai_test_clerk_new (root, algorithm, "320684001", "32068400101");
  g_autofree char *path = write_p12 (dir, made->pkey, made->certificate, PIN);
  g_autofree char *long_uri = g_strconcat ("file://", path, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiKey) key = open_path (path, PIN, &error);
  g_autoptr (KaiKey) same = kai_key_open (long_uri, PIN, &error);
  g_autoptr (GBytes) signature = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (same);
  g_assert_cmpint (kai_key_get_algorithm (key), ==, algorithm);
  g_assert_cmpint (X509_cmp (kai_key_get_certificate (key), made->certificate), ==, 0);
  signature = kai_key_sign (key, "abc", 3, &error);
  g_assert_no_error (error);
  g_assert_true (kai_certificate_verify (made->certificate, "abc", 3,
                                         g_bytes_get_data (signature, NULL),
                                         g_bytes_get_size (signature)));
  g_assert_false (kai_certificate_verify (made->certificate, "abd", 3,
                                          g_bytes_get_data (signature, NULL),
                                          g_bytes_get_size (signature)));
  g_assert_false (kai_certificate_verify (made->certificate, "abc", 3, "", 0));
}

static void
test_wrong_pin (gconstpointer data)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (KaiTestKey) made =
      kai_test_clerk_new (root, GPOINTER_TO_INT (data), "320684001", "32068400101");
  g_autofree char *path = write_p12 (dir, made->pkey, made->certificate, PIN);

  assert_refused (path, "n0t-it", KAI_NET_ERROR_PIN);
  assert_refused (path, "", KAI_NET_ERROR_PIN);
  assert_refused (path, NULL, KAI_NET_ERROR_PIN);
}

static void
test_empty_pin (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (KaiTestKey) made =
      kai_test_clerk_new (root, KAI_ALGORITHM_P256, "320684001", "32068400101");
  g_autofree char *path = write_p12 (dir, made->pkey, made->certificate, "");
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiKey) key = open_path (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (key);
}

static void
test_missing (void)
{
  assert_refused ("/nowhere/key.p12", PIN, KAI_NET_ERROR_NO_KEY);
}

static void
test_uris (void)
{
  const char *const uris[] = {
    "pkcs11:token=ukey", "skf:/usr/lib/vendor.so", "file:", "key.p12", "", "http://x/"
  };

  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (kai_key_open (uris[i], PIN, &error));
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_NO_KEY);
    }
}

static void
test_damaged (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (KaiTestKey) made =
      kai_test_clerk_new (root, KAI_ALGORITHM_SM2, "320684001", "32068400101");
  g_autofree char *path = write_p12 (dir, made->pkey, made->certificate, PIN);
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  /* Cut anywhere, it opens as nothing. */
  for (gsize cut = 0; cut < length; cut += 97)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, contents, cut, NULL));
      g_assert_null (open_path (path, PIN, &error));
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_CERTIFICATE);
    }
  /* One bit in what is encrypted: the code over it does not fit, as with a wrong PIN. */
  contents[length / 2] ^= 1;
  g_assert_true (g_file_set_contents (path, contents, length, NULL));
  {
    g_autoptr (GError) error = NULL;

    g_assert_null (open_path (path, PIN, &error));
    g_assert_true (error->domain == KAI_NET_ERROR);
    g_assert_true (error->code == KAI_NET_ERROR_PIN || error->code == KAI_NET_ERROR_CERTIFICATE);
  }
}

static void
test_key_of_another (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (KaiTestKey) one =
      kai_test_clerk_new (root, KAI_ALGORITHM_P256, "320684001", "32068400101");
  g_autoptr (KaiTestKey) two =
      kai_test_clerk_new (root, KAI_ALGORITHM_P256, "320684001", "32068400102");
  PKCS12 *p12;
  g_autofree char *path = NULL;
  unsigned char *der = NULL;
  STACK_OF (PKCS12_SAFEBAG) *bags = NULL;
  STACK_OF (PKCS7) *safes = NULL;
  unsigned char id[] = { 1 };
  int length;

  /* PKCS12_create refuses to write such a file: by hand, with the same local id. */
  PKCS12_add_cert (&bags, two->certificate);
  PKCS12_add_localkeyid (sk_PKCS12_SAFEBAG_value (bags, 0), id, 1);
  PKCS12_add_localkeyid (PKCS12_add_key (&bags, one->pkey, 0, 2048, NID_aes_256_cbc, PIN), id, 1);
  PKCS12_add_safe (&safes, bags, -1, 0, NULL);
  p12 = PKCS12_add_safes (safes, 0);
  PKCS12_set_mac (p12, PIN, -1, NULL, 0, 2048, EVP_sha256 ());
  sk_PKCS12_SAFEBAG_pop_free (bags, PKCS12_SAFEBAG_free);
  sk_PKCS7_pop_free (safes, PKCS7_free);
  length = i2d_PKCS12 (p12, &der);
  path = g_build_filename (dir, "key.p12", NULL);
  g_assert_true (g_file_set_contents (path, (char *)der, length, NULL));
  OPENSSL_free (der);
  PKCS12_free (p12);
  {
    g_autoptr (GError) error = NULL;

    g_assert_null (open_path (path, PIN, &error));
    g_assert_true (error->domain == KAI_NET_ERROR);
    g_assert_true (error->code == KAI_NET_ERROR_NO_KEY || error->code == KAI_NET_ERROR_CERTIFICATE);
  }
}

static void
test_without_key (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = write_p12 (dir, NULL, root->certificate, PIN);

  assert_refused (path, PIN, KAI_NET_ERROR_NO_KEY);
}

static void
test_other_kind (void)
{
  EVP_PKEY *keys[] = { EVP_PKEY_Q_keygen (NULL, NULL, "RSA", (size_t)1024),
                       EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-384") };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
      g_autoptr (X509) certificate = X509_new ();
      g_autofree char *path = NULL;

      X509_set_version (certificate, X509_VERSION_3);
      ASN1_INTEGER_set (X509_get_serialNumber (certificate), 1);
      X509_gmtime_adj (X509_getm_notBefore (certificate), 0);
      X509_gmtime_adj (X509_getm_notAfter (certificate), 3600);
      X509_set_pubkey (certificate, keys[i]);
      g_assert_cmpint (X509_sign (certificate, keys[i], EVP_sha256 ()), >, 0);
      path = write_p12 (dir, keys[i], certificate, PIN);
      assert_refused (path, PIN, KAI_NET_ERROR_CERTIFICATE);
      EVP_PKEY_free (keys[i]);
    }
}

/* Signing in with an expired certificate is allowed: the assistant renews it. */
static void
test_expired (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  KaiTestLeaf leaf = {
    .name = "张三", .algorithm = KAI_ALGORITHM_SM2, .not_before = now - 1000, .not_after = now - 10
  };
  g_autoptr (KaiTestKey) made = kai_test_key_issue (root, &leaf);
  g_autofree char *path = write_p12 (dir, made->pkey, made->certificate, PIN);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiKey) key = open_path (path, PIN, &error);

  g_assert_no_error (error);
  g_assert_cmpint (kai_certificate_get_not_after (kai_key_get_certificate (key)), ==, now - 10);
}

/* ---- Values ---- */

/* r or s has a leading zero in about 2 of 256 signatures: enough of them to meet it. */
static void
test_raw_values (gconstpointer data)
{
  g_autoptr (KaiTestKey) made =
      kai_test_clerk_new (root, GPOINTER_TO_INT (data), "320684001", "32068400101");
  g_autoptr (KaiKey) key = kai_key_new_for_pkey (made->pkey, made->certificate);
  int padded = 0;

  for (int i = 0; i < 2000; i++)
    {
      g_autoptr (GBytes) der = kai_key_sign (key, &i, sizeof i, NULL);
      g_autoptr (GBytes) raw =
          kai_signature_to_raw (g_bytes_get_data (der, NULL), g_bytes_get_size (der));
      const guchar *bytes = g_bytes_get_data (raw, NULL);
      g_autoptr (GBytes) again = kai_signature_from_raw (bytes, g_bytes_get_size (raw));

      g_assert_cmpuint (g_bytes_get_size (raw), ==, 64);
      g_assert_true (g_bytes_equal (der, again));
      padded += bytes[0] == 0 || bytes[32] == 0;
      if (bytes[0] == 0 || bytes[32] == 0 || i % 100 == 0)
        g_assert_true (kai_certificate_verify (made->certificate, &i, sizeof i, bytes, 64));
    }
  g_assert_cmpint (padded, >, 0);
}

static void
test_raw_values_malformed (void)
{
  const guchar negative[] = { 0x30, 0x06, 0x02, 0x01, 0xff, 0x02, 0x01, 0x01 };
  const guchar trailing[] = { 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x00 };
  guchar large[2 + 2 * 36] = { 0x30, 2 * 36, 0x02, 34, 0x01 };

  large[2 + 36] = 0x02;
  large[3 + 36] = 34;
  large[4 + 36] = 0x01;
  g_assert_null (kai_signature_to_raw (negative, sizeof negative));
  g_assert_null (kai_signature_to_raw (trailing, sizeof trailing));
  g_assert_null (kai_signature_to_raw (large, sizeof large));
  g_assert_null (kai_signature_to_raw ("", 0));
  g_assert_null (kai_signature_from_raw (large, 63));
  g_assert_null (kai_signature_from_raw (large, 65));
}

static void
test_base64 (void)
{
  static const struct
  {
    const char *text;
    int length; /* -1 = refused */
  } rows[] = {
    { "YWJj", 3 },           { "YWI=", 2 },      { "YQ==", 1 },
    { " Y W\nJ\tj\r\n", 3 }, { "", -1 },         { "  ", -1 },
    { "YWJ", -1 },           { "YQ=", -1 },      { "Y===", -1 },
    { "====", -1 },          { "YQ==YWJj", -1 }, { "YW-j", -1 },
    { "YWJjYWJjYWJj", -1 },  { "é", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) bytes = kai_base64_decode (rows[i].text, 8);

      g_assert_cmpint (bytes ? (int)g_bytes_get_size (bytes) : -1, ==, rows[i].length);
    }
}

static void
test_algorithm_words (void)
{
  KaiAlgorithm algorithm;

  for (int i = 0; i < ALGORITHMS; i++)
    {
      g_assert_true (kai_algorithm_parse (kai_algorithm_to_string (i), &algorithm));
      g_assert_cmpint (algorithm, ==, i);
    }
  g_assert_false (kai_algorithm_parse ("RSA", &algorithm));
  g_assert_false (kai_algorithm_parse (NULL, &algorithm));
}

static void
add_per_algorithm (const char *path, GTestDataFunc func, int first)
{
  for (int i = first; i < ALGORITHMS; i++)
    {
      g_autofree char *name = g_strconcat (path, "/", kai_algorithm_to_string (i), NULL);

      g_test_add_data_func (name, GINT_TO_POINTER (i), func);
    }
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  root = kai_test_root_new ("Root", KAI_ALGORITHM_SM2);
  add_per_algorithm ("/key-store/open", test_open, 0);
  add_per_algorithm ("/key-store/wrong-pin", test_wrong_pin, 0);
  g_test_add_func ("/key-store/empty-pin", test_empty_pin);
  g_test_add_func ("/key-store/missing", test_missing);
  g_test_add_func ("/key-store/uris", test_uris);
  g_test_add_func ("/key-store/damaged", test_damaged);
  g_test_add_func ("/key-store/key-of-another", test_key_of_another);
  g_test_add_func ("/key-store/without-key", test_without_key);
  g_test_add_func ("/key-store/other-kind", test_other_kind);
  g_test_add_func ("/key-store/expired", test_expired);
  add_per_algorithm ("/signature-value/raw", test_raw_values, 1);
  g_test_add_func ("/signature-value/malformed", test_raw_values_malformed);
  g_test_add_func ("/signature-value/base64", test_base64);
  g_test_add_func ("/signature-value/words", test_algorithm_words);
  status = g_test_run ();
  kai_test_key_free (root);
  return status;
}
