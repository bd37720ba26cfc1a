/* The data key at work. Keys for each use are derived from it, so that what one use gives away helps nobody with another. OpenSSL's contexts are costly to
 * key and cheap to use again: each vault keeps those that no thread is using just now. */
#include "store/kai-vault.h"

#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

#include "values/kai-error.h"

#define VERSION 1
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define MAC_SIZE 32
#define MAX_IDLE 8

G_STATIC_ASSERT (KAI_VAULT_OVERHEAD == 1 + NONCE_SIZE + TAG_SIZE);

/* Keyed contexts, used by one thread at a time. */
typedef struct
{
  EVP_CIPHER_CTX *seal;
  EVP_CIPHER_CTX *open;
  EVP_MAC_CTX *token;
  EVP_MAC_CTX *row_key;
} Workbench;

struct _KaiVault
{
  gint references;
  GBytes *key;
  GMutex lock;     /* of idle */
  GPtrArray *idle; /* of Workbench */
};

/* OpenSSL fails here only without memory or without random numbers; nothing may be written then. */
static void
must (gboolean done)
{
  if (!done)
    g_error ("the cryptographic library failed");
}

/* ---- Keys ---- */

static void
free_key (gpointer data)
{
  OPENSSL_clear_free (data, KAI_VAULT_KEY_SIZE);
}

/* Takes @key, from OPENSSL_malloc. */
static GBytes *
take_key (guchar *key)
{
  return g_bytes_new_with_free_func (key, KAI_VAULT_KEY_SIZE, free_key, key);
}

GBytes *
kai_vault_make_key (void)
{
  guchar *key = OPENSSL_malloc (KAI_VAULT_KEY_SIZE);

  must (key && RAND_priv_bytes (key, KAI_VAULT_KEY_SIZE) == 1);
  return take_key (key);
}

GBytes *
kai_vault_derive (KaiVault *vault, const char *label)
{
  g_autofree char *info = g_strconcat ("kaipiao store ", label, NULL);
  EVP_KDF *kdf = EVP_KDF_fetch (NULL, "HKDF", NULL);
  EVP_KDF_CTX *context = EVP_KDF_CTX_new (kdf);
  guchar *key = OPENSSL_malloc (KAI_VAULT_KEY_SIZE);
  gsize size = 0;
  gpointer secret = (gpointer)g_bytes_get_data (vault->key, &size);
  OSSL_PARAM params[] = {
    OSSL_PARAM_construct_utf8_string (OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
    OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_KEY, secret, size),
    OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_INFO, info, strlen (info)),
    OSSL_PARAM_construct_end (),
  };

  must (context && key && EVP_KDF_derive (context, key, KAI_VAULT_KEY_SIZE, params) == 1);
  EVP_KDF_CTX_free (context);
  EVP_KDF_free (kdf);
  return take_key (key);
}

/* ---- Contexts ---- */

static EVP_CIPHER_CTX *
make_cipher (KaiVault *vault, gboolean encrypt)
{
  g_autoptr (GBytes) key = kai_vault_derive (vault, "seal");
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();

  must (context
        && EVP_CipherInit_ex (context, EVP_aes_256_gcm (), NULL, g_bytes_get_data (key, NULL), NULL,
                              encrypt)
               == 1);
  return context;
}

static EVP_MAC_CTX *
make_mac (KaiVault *vault, const char *label)
{
  g_autoptr (GBytes) key = kai_vault_derive (vault, label);
  EVP_MAC *mac = EVP_MAC_fetch (NULL, "HMAC", NULL);
  EVP_MAC_CTX *context = EVP_MAC_CTX_new (mac);
  OSSL_PARAM params[] = {
    OSSL_PARAM_construct_utf8_string (OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
    OSSL_PARAM_construct_end (),
  };

  must (context
        && EVP_MAC_init (context, g_bytes_get_data (key, NULL), KAI_VAULT_KEY_SIZE, params) == 1);
  EVP_MAC_free (mac);
  return context;
}

static void
workbench_free (Workbench *bench)
{
  EVP_CIPHER_CTX_free (bench->seal);
  EVP_CIPHER_CTX_free (bench->open);
  EVP_MAC_CTX_free (bench->token);
  EVP_MAC_CTX_free (bench->row_key);
  g_free (bench);
}

static Workbench *
take_workbench (KaiVault *vault)
{
  Workbench *bench = NULL;

  g_mutex_lock (&vault->lock);
  if (vault->idle->len > 0)
    bench = g_ptr_array_steal_index_fast (vault->idle, vault->idle->len - 1);
  g_mutex_unlock (&vault->lock);
  if (bench)
    return bench;
  bench = g_new0 (Workbench, 1);
  bench->seal = make_cipher (vault, TRUE);
  bench->open = make_cipher (vault, FALSE);
  bench->token = make_mac (vault, "token");
  bench->row_key = make_mac (vault, "row key");
  return bench;
}

static void
give_workbench (KaiVault *vault, Workbench *bench)
{
  g_mutex_lock (&vault->lock);
  if (vault->idle->len < MAX_IDLE)
    {
      g_ptr_array_add (vault->idle, bench);
      bench = NULL;
    }
  g_mutex_unlock (&vault->lock);
  if (bench)
    workbench_free (bench);
}

/* ---- The vault ---- */

KaiVault *
kai_vault_new (GBytes *key)
{
  KaiVault *vault;
  guchar *copy;

  g_return_val_if_fail (g_bytes_get_size (key) == KAI_VAULT_KEY_SIZE, NULL);
  copy = OPENSSL_malloc (KAI_VAULT_KEY_SIZE);
  must (copy != NULL);
  memcpy (copy, g_bytes_get_data (key, NULL), KAI_VAULT_KEY_SIZE);
  vault = g_new0 (KaiVault, 1);
  vault->references = 1;
  vault->key = take_key (copy);
  g_mutex_init (&vault->lock);
  vault->idle = g_ptr_array_new_with_free_func ((GDestroyNotify)workbench_free);
  return vault;
}

KaiVault *
kai_vault_ref (KaiVault *vault)
{
  g_atomic_int_inc (&vault->references);
  return vault;
}

void
kai_vault_unref (KaiVault *vault)
{
  if (!vault || !g_atomic_int_dec_and_test (&vault->references))
    return;
  g_ptr_array_unref (vault->idle);
  g_mutex_clear (&vault->lock);
  g_bytes_unref (vault->key);
  g_free (vault);
}

GBytes *
kai_vault_get_key (KaiVault *vault)
{
  return vault->key;
}

/* ---- Sealing ---- */

/* What a sealed value is bound to. */
static gboolean
bind_place (EVP_CIPHER_CTX *context, const char *purpose, gint64 id)
{
  const guchar version = VERSION;
  gint64 wire = GINT64_TO_BE (id);
  int size;

  return EVP_CipherUpdate (context, NULL, &size, &version, 1) == 1
         && EVP_CipherUpdate (context, NULL, &size, (const guchar *)purpose,
                              (int)strlen (purpose) + 1)
                == 1
         && EVP_CipherUpdate (context, NULL, &size, (const guchar *)&wire, sizeof wire) == 1;
}

GBytes *
kai_vault_seal (KaiVault *vault, GBytes *plain, const char *purpose, gint64 id)
{
  gsize length;
  const guchar *bytes = g_bytes_get_data (plain, &length);
  guchar *out = g_malloc (length + KAI_VAULT_OVERHEAD);
  guchar *nonce = out + 1, *body = nonce + NONCE_SIZE, *tag = body + length;
  Workbench *bench = take_workbench (vault);
  int size = 0, rest = 0;

  must (length <= G_MAXINT && RAND_bytes (nonce, NONCE_SIZE) == 1);
  out[0] = VERSION;
  must (EVP_CipherInit_ex (bench->seal, NULL, NULL, NULL, nonce, 1) == 1
        && bind_place (bench->seal, purpose, id)
        && (length == 0 || EVP_CipherUpdate (bench->seal, body, &size, bytes, (int)length) == 1)
        && EVP_CipherFinal_ex (bench->seal, tag, &rest) == 1 && (gsize)size + rest == length
        && EVP_CIPHER_CTX_ctrl (bench->seal, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) == 1);
  give_workbench (vault, bench);
  return g_bytes_new_take (out, length + KAI_VAULT_OVERHEAD);
}

static gboolean
fail_damaged (GError **error)
{
  return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                        _ ("An encrypted value of the store cannot be opened: it was changed, or "
                           "it was encrypted with the key of another store. Restore the last "
                           "backup."));
}

static gboolean
decrypt (EVP_CIPHER_CTX *context, const guchar *sealed, gsize length, guchar *out,
         const char *purpose, gint64 id)
{
  const guchar *nonce = sealed + 1, *body = nonce + NONCE_SIZE;
  int size = 0, rest = 0;

  return EVP_CipherInit_ex (context, NULL, NULL, NULL, nonce, 0) == 1
         && bind_place (context, purpose, id)
         && (length == 0 || EVP_CipherUpdate (context, out, &size, body, (int)length) == 1)
         && EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, (void *)(body + length))
                == 1
         && EVP_CipherFinal_ex (context, out + size, &rest) == 1 && (gsize)size + rest == length;
}

GBytes *
kai_vault_open (KaiVault *vault, GBytes *sealed, const char *purpose, gint64 id, GError **error)
{
  gsize size;
  const guchar *bytes = g_bytes_get_data (sealed, &size);
  gboolean ok = size >= KAI_VAULT_OVERHEAD && size <= G_MAXINT && bytes[0] == VERSION;

  if (ok)
    {
      gsize length = size - KAI_VAULT_OVERHEAD;
      /* One byte more: an empty value has an address, too. */
      g_autofree guchar *plain = g_malloc (length + 1);
      Workbench *bench = take_workbench (vault);

      ok = decrypt (bench->open, bytes, length, plain, purpose, id);
      give_workbench (vault, bench);
      if (ok)
        return g_bytes_new_take (g_steal_pointer (&plain), length);
      OPENSSL_cleanse (plain, length);
    }
  fail_damaged (error);
  return NULL;
}

/* ---- Texts ---- */

/* Each with the NUL at its end. */
GBytes *
kai_vault_seal_texts (KaiVault *vault, const char *const *texts, const char *purpose, gint64 id)
{
  g_autoptr (GByteArray) plain = g_byte_array_sized_new (128);
  g_autoptr (GBytes) bytes = NULL;
  gboolean is_empty = TRUE;

  for (guint i = 0; texts[i]; i++)
    {
      g_byte_array_append (plain, (const guint8 *)texts[i], strlen (texts[i]) + 1);
      is_empty &= texts[i][0] == '\0';
    }
  if (is_empty)
    return NULL;
  bytes = g_bytes_new_static (plain->data, plain->len);
  return kai_vault_seal (vault, bytes, purpose, id);
}

char **
kai_vault_open_texts (KaiVault *vault, GBytes *sealed, guint n, const char *purpose, gint64 id,
                      GError **error)
{
  g_autoptr (GBytes) plain = NULL;
  char **texts;
  const char *next = "", *end = next;
  gsize size = 0;

  if (vault && sealed)
    {
      plain = kai_vault_open (vault, sealed, purpose, id, error);
      if (!plain)
        return NULL;
      next = g_bytes_get_data (plain, &size);
      end = next + size;
      if (size > 0 && end[-1] != '\0')
        {
          fail_damaged (error);
          return NULL;
        }
    }
  texts = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    {
      texts[i] = g_strdup (next < end ? next : "");
      next += next < end ? strlen (next) + 1 : 0;
    }
  return texts;
}

/* ---- Tokens ---- */

static void
compute_mac (EVP_MAC_CTX *context, const char *kind, const char *text, guchar out[MAC_SIZE])
{
  gsize size;

  must (EVP_MAC_init (context, NULL, 0, NULL) == 1
        && EVP_MAC_update (context, (const guchar *)kind, strlen (kind) + 1) == 1
        && EVP_MAC_update (context, (const guchar *)text, strlen (text)) == 1
        && EVP_MAC_final (context, out, &size, MAC_SIZE) == 1 && size == MAC_SIZE);
}

void
kai_vault_token (KaiVault *vault, const char *kind, const char *text,
                 char out[KAI_VAULT_TOKEN_SIZE])
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
  Workbench *bench = take_workbench (vault);
  guchar mac[MAC_SIZE];
  guint64 bits;

  compute_mac (bench->token, kind, text, mac);
  give_workbench (vault, bench);
  memcpy (&bits, mac, sizeof bits);
  bits = GUINT64_FROM_BE (bits);
  for (int i = 0; i < KAI_VAULT_TOKEN_SIZE - 2; i++, bits <<= 5)
    out[i] = letters[bits >> 59];
  /* 60 bits are written; one letter more of the next byte. */
  out[KAI_VAULT_TOKEN_SIZE - 2] = letters[mac[8] & 31];
  out[KAI_VAULT_TOKEN_SIZE - 1] = '\0';
}

void
kai_vault_row_key (KaiVault *vault, const char *plain_key, char out[KAI_VAULT_ROW_KEY_SIZE])
{
  static const char digits[] = "0123456789abcdef";
  Workbench *bench;
  guchar mac[MAC_SIZE];

  out[0] = '\0';
  if (!plain_key || !plain_key[0])
    return;
  bench = take_workbench (vault);
  compute_mac (bench->row_key, "row", plain_key, mac);
  give_workbench (vault, bench);
  for (int i = 0; i < MAC_SIZE; i++)
    {
      out[2 * i] = digits[mac[i] >> 4];
      out[2 * i + 1] = digits[mac[i] & 15];
    }
  out[KAI_VAULT_ROW_KEY_SIZE - 1] = '\0';
}
