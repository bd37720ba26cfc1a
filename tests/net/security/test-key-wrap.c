/* A secret wrapped for a certificate: only its key gets it out, and nothing damaged does. */
#define _GNU_SOURCE /* memmem */
#include "security/kai-key-wrap.h"

#include <string.h>

#include "kai-test-keys.h"
#include "kai-test.h"
#include "messages/kai-net-error.h"

static const KaiAlgorithm algorithms[] = { KAI_ALGORITHM_RSA, KAI_ALGORITHM_P256,
                                           KAI_ALGORITHM_SM2 };

static KaiTestKey *root;

static KaiKey *
make_key (KaiAlgorithm algorithm, const char *user)
{
  g_autoptr (KaiTestKey) made = kai_test_clerk_new (root, algorithm, "320684001", user);

  return kai_key_new_for_pkey (made->pkey, made->certificate);
}

static GBytes *
make_secret (guchar fill)
{
  guchar bytes[KAI_KEY_WRAP_SIZE];

  memset (bytes, fill, sizeof bytes);
  return g_bytes_new (bytes, sizeof bytes);
}

static void
assert_does_not_open (KaiKey *key, GBytes *wrapped)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (kai_key_unwrap (key, wrapped, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_NO_KEY);
}

static void
test_round_trip (gconstpointer data)
{
  KaiAlgorithm algorithm = *(const KaiAlgorithm *)data;
  g_autoptr (KaiKey) key = make_key (algorithm, "32068400101");
  g_autoptr (KaiKey) other = make_key (algorithm, "32068400102");
  g_autoptr (GBytes) secret = make_secret (5);

  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) wrapped = kai_key_wrap (kai_key_get_certificate (key), secret, &error);
      g_autoptr (GBytes) again = kai_key_wrap (kai_key_get_certificate (key), secret, NULL);
      g_autoptr (GBytes) back = NULL;

      g_assert_no_error (error);
      /* The secret is not in it, and two wraps are never the same. */
      g_assert_null (memmem (g_bytes_get_data (wrapped, NULL), g_bytes_get_size (wrapped),
                             g_bytes_get_data (secret, NULL), 8));
      g_assert_false (g_bytes_equal (wrapped, again));
      back = kai_key_unwrap (key, wrapped, &error);
      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (back, secret));
      assert_does_not_open (other, wrapped);
    }
}

static void
test_damaged (gconstpointer data)
{
  KaiAlgorithm algorithm = *(const KaiAlgorithm *)data;
  g_autoptr (KaiKey) key = make_key (algorithm, "32068400101");
  g_autoptr (GBytes) secret = make_secret (5);
  g_autoptr (GBytes) wrapped = kai_key_wrap (kai_key_get_certificate (key), secret, NULL);
  gsize size;
  const guchar *bytes = g_bytes_get_data (wrapped, &size);

  for (gsize i = 0; i < size; i++)
    {
      g_autofree guchar *copy = g_memdup2 (bytes, size);
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (GBytes) cut = g_bytes_new (bytes, i);

      copy[i] ^= 0x41;
      changed = g_bytes_new_take (g_steal_pointer (&copy), size);
      assert_does_not_open (key, changed);
      assert_does_not_open (key, cut);
    }
}

/* Every kind of key against every kind of wrap. */
static void
test_wrong_kind (void)
{
  g_autoptr (GBytes) secret = make_secret (9);

  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_autoptr (KaiKey) key = make_key (algorithms[i], "32068400101");
      g_autoptr (GBytes) wrapped = kai_key_wrap (kai_key_get_certificate (key), secret, NULL);

      for (guint k = 0; k < G_N_ELEMENTS (algorithms); k++)
        {
          g_autoptr (KaiKey) other = make_key (algorithms[k], "32068400102");

          assert_does_not_open (other, wrapped);
        }
    }
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  root = kai_test_root_new ("Root", KAI_ALGORITHM_P256);
  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      const char *name = kai_algorithm_to_string (algorithms[i]);
      g_autofree char *round_trip = g_strconcat ("/key-wrap/round-trip/", name, NULL);
      g_autofree char *damaged = g_strconcat ("/key-wrap/damaged/", name, NULL);

      g_test_add_data_func (round_trip, &algorithms[i], test_round_trip);
      g_test_add_data_func (damaged, &algorithms[i], test_damaged);
    }
  g_test_add_func ("/key-wrap/wrong-kind", test_wrong_kind);
  status = g_test_run ();
  kai_test_key_free (root);
  return status;
}
