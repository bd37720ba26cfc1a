/* The data key: what it seals opens only at its place and with its key; tokens are the same each time and tell nothing. */
#include "store/kai-vault.h"

#include <string.h>

#include "kai-test.h"
#include "values/kai-error.h"

/* Made by another implementation (Python's hmac and cryptography) for the key of 32 bytes 7. */
#define KAI_TEST_TOKEN "ktx76pm5n3mdz"
#define KAI_TEST_ROW_KEY "99fbdf836399350705923425f31dbd7b245c14780f04155e8c2848a1bfafbccc"
#define KAI_TEST_SEALED                                                                            \
  "\x01\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\xaf\x2e\x09\x21\x95\xd1\xef\x0e\x4a\xc5"   \
  "\xd1\xd1\x4a\x4d\xf2\xec\x74\x9e\xdb"

static KaiVault *
make_vault (guchar fill)
{
  guchar bytes[KAI_VAULT_KEY_SIZE];
  g_autoptr (GBytes) key = NULL;

  memset (bytes, fill, sizeof bytes);
  key = g_bytes_new (bytes, sizeof bytes);
  return kai_vault_new (key);
}

static void
assert_does_not_open (KaiVault *vault, GBytes *sealed, const char *purpose, gint64 id)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (kai_vault_open (vault, sealed, purpose, id, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
}

static void
test_round_trip (void)
{
  g_autoptr (KaiVault) vault = make_vault (7);
  static const gsize sizes[] = { 0, 1, 15, 16, 17, 300, 100000 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree guchar *data = g_malloc0 (sizes[i] + 1);
      g_autoptr (GBytes) plain = g_bytes_new (data, sizes[i]);
      g_autoptr (GBytes) sealed = kai_vault_seal (vault, plain, "notice", 42);
      g_autoptr (GBytes) again = kai_vault_seal (vault, plain, "notice", 42);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) back = kai_vault_open (vault, sealed, "notice", 42, &error);

      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (back, plain));
      g_assert_cmpuint (g_bytes_get_size (sealed), ==, sizes[i] + KAI_VAULT_OVERHEAD);
      /* A nonce of its own each time. */
      g_assert_false (g_bytes_equal (sealed, again));
    }
}

static void
test_bound (void)
{
  g_autoptr (KaiVault) vault = make_vault (7);
  g_autoptr (KaiVault) other = make_vault (8);
  g_autoptr (GBytes) plain = g_bytes_new_static ("王小明", strlen ("王小明"));
  g_autoptr (GBytes) sealed = kai_vault_seal (vault, plain, "notice", 42);
  gsize size;
  const guchar *bytes = g_bytes_get_data (sealed, &size);

  assert_does_not_open (vault, sealed, "notice", 43);
  assert_does_not_open (vault, sealed, "outbox", 42);
  assert_does_not_open (other, sealed, "notice", 42);
  for (gsize i = 0; i < size; i++)
    {
      g_autofree guchar *copy = g_memdup2 (bytes, size);
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (GBytes) cut = g_bytes_new (bytes, i);

      copy[i] ^= 1;
      changed = g_bytes_new (copy, size);
      assert_does_not_open (vault, changed, "notice", 42);
      assert_does_not_open (vault, cut, "notice", 42);
    }
}

static void
test_tokens (void)
{
  g_autoptr (KaiVault) vault = make_vault (7);
  g_autoptr (KaiVault) other = make_vault (8);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  char token[KAI_VAULT_TOKEN_SIZE], again[KAI_VAULT_TOKEN_SIZE];

  for (int i = 0; i < 20000; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);

      kai_vault_token (vault, "name", text, token);
      g_assert_cmpuint (strlen (token), ==, KAI_VAULT_TOKEN_SIZE - 1);
      g_assert_cmpuint (strspn (token, "abcdefghijklmnopqrstuvwxyz234567"), ==,
                        KAI_VAULT_TOKEN_SIZE - 1);
      g_assert_true (g_hash_table_add (seen, g_strdup (token)));
    }
  kai_vault_token (vault, "name", "王", token);
  kai_vault_token (vault, "name", "王", again);
  g_assert_cmpstr (token, ==, again);
  kai_vault_token (vault, "mobile", "王", again);
  g_assert_cmpstr (token, !=, again);
  kai_vault_token (vault, "nam", "e王", again);
  g_assert_cmpstr (token, !=, again);
  kai_vault_token (other, "name", "王", again);
  g_assert_cmpstr (token, !=, again);
}

/* What is stored must open for ever: the construction may not change unnoticed. */
static void
test_fixed (void)
{
  g_autoptr (KaiVault) vault = make_vault (7);
  static const char old[] = KAI_TEST_SEALED;
  g_autoptr (GBytes) sealed = g_bytes_new_static (old, sizeof old - 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) plain = kai_vault_open (vault, sealed, "notice", 1, &error);
  char token[KAI_VAULT_TOKEN_SIZE], row_key[KAI_VAULT_ROW_KEY_SIZE];

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (plain, NULL), g_bytes_get_size (plain), "kai", 3);
  kai_vault_token (vault, "name", "王", token);
  g_assert_cmpstr (token, ==, KAI_TEST_TOKEN);
  kai_vault_row_key (vault, "0123", row_key);
  g_assert_cmpstr (row_key, ==, KAI_TEST_ROW_KEY);
  kai_vault_row_key (vault, "", row_key);
  g_assert_cmpstr (row_key, ==, "");
}

static void
test_texts (void)
{
  g_autoptr (KaiVault) vault = make_vault (7);
  const char *texts[] = { "王小明", "", "138", NULL };
  const char *empty[] = { "", "", NULL };
  g_autoptr (GBytes) sealed = kai_vault_seal_texts (vault, texts, "notice", 1);
  g_autoptr (GBytes) odd = g_bytes_new_static ("abc", 3);
  g_autoptr (GBytes) not_texts = kai_vault_seal (vault, odd, "notice", 1);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) same = kai_vault_open_texts (vault, sealed, 3, "notice", 1, &error);
  g_auto (GStrv) more = kai_vault_open_texts (vault, sealed, 5, "notice", 1, &error);
  g_auto (GStrv) fewer = kai_vault_open_texts (vault, sealed, 1, "notice", 1, &error);
  g_auto (GStrv) locked = kai_vault_open_texts (NULL, sealed, 2, "notice", 1, &error);
  g_auto (GStrv) nothing = kai_vault_open_texts (vault, NULL, 2, "notice", 1, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (same[0], ==, "王小明");
  g_assert_cmpstr (same[1], ==, "");
  g_assert_cmpstr (same[2], ==, "138");
  g_assert_cmpuint (g_strv_length (more), ==, 5);
  g_assert_cmpstr (more[2], ==, "138");
  g_assert_cmpstr (more[3], ==, "");
  g_assert_cmpstr (more[4], ==, "");
  g_assert_cmpuint (g_strv_length (fewer), ==, 1);
  g_assert_cmpstr (fewer[0], ==, "王小明");
  g_assert_cmpuint (g_strv_length (locked), ==, 2);
  g_assert_cmpstr (locked[0], ==, "");
  g_assert_cmpstr (nothing[1], ==, "");
  g_assert_null (kai_vault_seal_texts (vault, empty, "notice", 1));
  g_assert_null (kai_vault_open_texts (vault, not_texts, 2, "notice", 1, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_null (kai_vault_open_texts (vault, sealed, 3, "notice", 2, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
}

static void
test_keys (void)
{
  g_autoptr (GBytes) key = kai_vault_make_key ();
  g_autoptr (GBytes) other_key = kai_vault_make_key ();
  g_autoptr (KaiVault) vault = kai_vault_new (key);
  g_autoptr (GBytes) backup = kai_vault_derive (vault, "backup");
  g_autoptr (GBytes) again = kai_vault_derive (vault, "backup");
  g_autoptr (GBytes) seal = kai_vault_derive (vault, "seal");

  g_assert_false (g_bytes_equal (key, other_key));
  g_assert_true (g_bytes_equal (kai_vault_get_key (vault), key));
  g_assert_cmpuint (g_bytes_get_size (backup), ==, KAI_VAULT_KEY_SIZE);
  g_assert_true (g_bytes_equal (backup, again));
  g_assert_false (g_bytes_equal (backup, seal));
  g_assert_false (g_bytes_equal (backup, key));
}

static gpointer
work (gpointer data)
{
  KaiVault *vault = data;
  g_autoptr (GBytes) plain = g_bytes_new_static ("abc", 3);

  for (int i = 0; i < 2000; i++)
    {
      g_autoptr (GBytes) sealed = kai_vault_seal (vault, plain, "notice", i);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) back = kai_vault_open (vault, sealed, "notice", i, &error);
      char token[KAI_VAULT_TOKEN_SIZE];

      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (back, plain));
      kai_vault_token (vault, "name", "王", token);
      g_assert_cmpstr (token, ==, KAI_TEST_TOKEN);
    }
  kai_vault_unref (vault);
  return NULL;
}

static void
test_threads (void)
{
  GThread *threads[12];
  g_autoptr (KaiVault) vault = make_vault (7);

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("vault", work, kai_vault_ref (vault));
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vault/round-trip", test_round_trip);
  g_test_add_func ("/vault/bound", test_bound);
  g_test_add_func ("/vault/tokens", test_tokens);
  g_test_add_func ("/vault/fixed", test_fixed);
  g_test_add_func ("/vault/texts", test_texts);
  g_test_add_func ("/vault/keys", test_keys);
  g_test_add_func ("/vault/threads", test_threads);
  return g_test_run ();
}
