/* PINs: the rules, changing the PIN of a key file, counting wrong tries. */
#include "kai-test-keys.h"
#include "kai-test.h"
#include "messages/kai-net-error.h"
#include "security/kai-pin.h"

#include <glib/gstdio.h>
#include <openssl/pkcs12.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OLD "Geheim-2026"
#define NEW "Anders!2027"
#define USER "32068400101"

/* A key file as an issuer makes one: with a name and the issuer's certificate in it. */
static char *
write_p12 (const char *dir, KaiTestKey *key, KaiTestKey *root, const char *pin)
{
  char *path = g_build_filename (dir, "key.p12", NULL);
  STACK_OF (X509) *others = sk_X509_new_null ();
  unsigned char *der = NULL;
  PKCS12 *p12;
  int length;

  sk_X509_push (others, root->certificate);
  p12 = PKCS12_create (pin, "张三的钥匙", key->pkey, key->certificate, others, 0, 0, 2048, 2048, 0);
  length = i2d_PKCS12 (p12, &der);
  g_assert_cmpint (length, >, 0);
  g_assert_true (g_file_set_contents (path, (char *)der, length, NULL));
  OPENSSL_free (der);
  PKCS12_free (p12);
  sk_X509_free (others);
  return path;
}

static void
test_rules (void)
{
  static const struct
  {
    const char *pin;
    gboolean good;
  } rows[] = {
    { NEW, TRUE },          { "Ab1!", FALSE },         { "12345678", FALSE },
    { "abcdefg1!", FALSE }, { "ABCDEFG1!", FALSE },    { "Abcdefgh!", FALSE },
    { "Abcdefg12", FALSE }, { "Abc def1!", FALSE },    { "密码Abcdef1!", FALSE },
    { OLD, FALSE },         { "Aa!" USER "x", FALSE }, { "", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", rows[i].pin);
      g_assert_cmpint (kai_pin_check_new (rows[i].pin, OLD, USER, &error), ==, rows[i].good);
      if (!rows[i].good)
        {
          g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_PIN);
          /* Never the PIN itself. */
          g_assert_true (!*rows[i].pin || !strstr (error->message, rows[i].pin));
        }
    }
  g_assert_true (kai_pin_is_initial ("111111"));
  g_assert_true (kai_pin_is_initial ("12345678"));
  g_assert_false (kai_pin_is_initial (OLD));
}

static void
test_change (gconstpointer data)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (KaiTestKey) root = kai_test_root_new ("root", KAI_ALGORITHM_P256);
  g_autoptr (KaiTestKey) made =
      kai_test_clerk_new (root, (KaiAlgorithm)GPOINTER_TO_INT (data), "320684001", USER);
  g_autofree char *path = write_p12 (dir, made, root, OLD);
  g_autofree char *uri = g_strconcat ("file:", path, NULL);
  g_autofree char *content = NULL;
  g_autoptr (KaiKey) key = NULL;
  g_autoptr (GBytes) signature = NULL;
  g_autoptr (GError) error = NULL;
  STACK_OF (X509) *others = NULL;
  const unsigned char *cursor;
  EVP_PKEY *pkey = NULL;
  X509 *certificate = NULL;
  PKCS12 *p12;
  struct stat status;
  gsize length;
  int n;

  kai_pin_change (uri, OLD, NEW, USER, &error);
  g_assert_no_error (error);
  g_assert_null (kai_key_open (uri, OLD, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_PIN);
  g_clear_error (&error);
  key = kai_key_open (uri, NEW, &error);
  g_assert_no_error (error);
  g_assert_cmpint (X509_cmp (kai_key_get_certificate (key), made->certificate), ==, 0);
  signature = kai_key_sign (key, "x", 1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  /* Name and issuer's certificate are still there. */
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  cursor = (const unsigned char *)content;
  p12 = d2i_PKCS12 (NULL, &cursor, (long)length);
  g_assert_cmpint (PKCS12_parse (p12, NEW, &pkey, &certificate, &others), ==, 1);
  g_assert_cmpint (sk_X509_num (others), ==, 1);
  g_assert_nonnull (X509_alias_get0 (certificate, &n));
  sk_X509_pop_free (others, X509_free);
  EVP_PKEY_free (pkey);
  X509_free (certificate);
  PKCS12_free (p12);
}

static void
test_change_refused (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (KaiTestKey) root = kai_test_root_new ("root", KAI_ALGORITHM_P256);
  g_autoptr (KaiTestKey) made = kai_test_clerk_new (root, KAI_ALGORITHM_P256, "320684001", USER);
  g_autofree char *path = write_p12 (dir, made, root, OLD);
  g_autofree char *uri = g_strconcat ("file:", path, NULL);
  const struct
  {
    const char *uri, *old, *new;
    int code;
  } rows[] = {
    { uri, "wrong", NEW, KAI_NET_ERROR_PIN },
    { uri, OLD, "short", KAI_NET_ERROR_PIN },
    { uri, OLD, OLD, KAI_NET_ERROR_PIN },
    { "file:/nowhere/key.p12", OLD, NEW, KAI_NET_ERROR_NO_KEY },
    { "pkcs11:token=x", OLD, NEW, KAI_NET_ERROR_NO_KEY },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiKey) key = NULL;

      g_assert_false (kai_pin_change (rows[i].uri, rows[i].old, rows[i].new, USER, &error));
      g_assert_error (error, KAI_NET_ERROR, rows[i].code);
      key = kai_key_open (uri, OLD, NULL);
      g_assert_nonnull (key);
    }
}

/* A link (a key on another disk) stays a link: the file behind it is changed. */
static void
test_change_behind_link (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (KaiTestKey) root = kai_test_root_new ("root", KAI_ALGORITHM_P256);
  g_autoptr (KaiTestKey) made = kai_test_clerk_new (root, KAI_ALGORITHM_P256, "320684001", USER);
  g_autofree char *path = write_p12 (dir, made, root, OLD);
  g_autofree char *link_path = g_build_filename (dir, "link.p12", NULL);
  g_autofree char *uri = g_strconcat ("file:", link_path, NULL);
  g_autoptr (KaiKey) key = NULL;

  g_assert_cmpint (symlink (path, link_path), ==, 0);
  g_assert_true (kai_pin_change (uri, OLD, NEW, USER, NULL));
  g_assert_true (g_file_test (link_path, G_FILE_TEST_IS_SYMLINK));
  key = kai_key_open (uri, NEW, NULL);
  g_assert_nonnull (key);
}

static void
test_tries (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  const gint64 start = G_GINT64_CONSTANT (1790000000);
  gint64 now = start;
  int longest = 0;
  KaiPinTries tries, other;
  g_autofree char *path = g_build_filename (dir, "pin-tries.ini", NULL);
  g_autofree char *content = NULL;
  g_autofree char *first = NULL;

  kai_pin_tries_load (dir, "file:/a.p12", now, &tries);
  g_assert_cmpint (tries.wrong, ==, 0);
  g_assert_cmpint (tries.left, ==, KAI_PIN_FREE_TRIES);
  first = kai_pin_tries_describe (&tries);
  g_assert_cmpstr (first, ==, "");
  for (int i = 1; i <= 12; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;

      kai_pin_tries_add (dir, "file:/a.p12", now, &tries);
      g_assert_cmpint (tries.wrong, ==, i);
      g_assert_cmpint (tries.left, ==, MAX (0, KAI_PIN_FREE_TRIES - i));
      g_assert_cmpint (tries.wait_s, >=, longest);
      longest = tries.wait_s;
      text = kai_pin_tries_describe (&tries);
      g_assert_cmpstr (text, !=, "");
      g_assert_cmpint (kai_pin_tries_check (&tries, &error), ==, tries.wait_s == 0);
      now += tries.wait_s;
      kai_pin_tries_load (dir, "file:/a.p12", now, &tries);
      g_assert_cmpint (tries.wait_s, ==, 0);
    }
  g_assert_cmpint (longest, ==, 1800);
  /* A clock that is set back a year: at most the pause. */
  kai_pin_tries_add (dir, "file:/a.p12", now, &tries);
  kai_pin_tries_load (dir, "file:/a.p12", now - 365 * 24 * 3600, &tries);
  g_assert_cmpint (tries.wait_s, ==, 1800);
  /* Another key has its own count; where the keys are does not stand in the file. */
  kai_pin_tries_load (dir, "file:/b.p12", now, &other);
  g_assert_cmpint (other.wrong, ==, 0);
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_null (strstr (content, "a.p12"));
  kai_pin_tries_clear (dir, "file:/a.p12");
  kai_pin_tries_load (dir, "file:/a.p12", now, &tries);
  g_assert_cmpint (tries.wrong, ==, 0);
  /* Nonsense in the file is no try. */
  g_assert_true (g_file_set_contents (path, "[x\n\xff", -1, NULL));
  kai_pin_tries_load (dir, "file:/a.p12", now, &tries);
  g_assert_cmpint (tries.wrong, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pin/rules", test_rules);
  g_test_add_data_func ("/pin/change/rsa", GINT_TO_POINTER (KAI_ALGORITHM_RSA), test_change);
  g_test_add_data_func ("/pin/change/p256", GINT_TO_POINTER (KAI_ALGORITHM_P256), test_change);
  g_test_add_data_func ("/pin/change/sm2", GINT_TO_POINTER (KAI_ALGORITHM_SM2), test_change);
  g_test_add_func ("/pin/change-refused", test_change_refused);
  g_test_add_func ("/pin/change-behind-link", test_change_behind_link);
  g_test_add_func ("/pin/tries", test_tries);
  return g_test_run ();
}
