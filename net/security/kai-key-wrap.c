/* Wrapping a secret for a certificate and getting it out again. A wrap is a version byte, a byte for the algorithm, and what the algorithm makes. */
#include "security/kai-key-wrap.h"

#include "messages/kai-net-error.h"
#include "security/kai-certificate.h"
#include "security/kai-key-private.h"
#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <string.h>

#define VERSION 1
#define HEAD_SIZE 2
#define POINT_SIZE 65
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define P256_SIZE (POINT_SIZE + NONCE_SIZE + KAI_KEY_WRAP_SIZE + TAG_SIZE)
#define MAX_SIZE 2048

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_KDF, EVP_KDF_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_KDF_CTX, EVP_KDF_CTX_free)

static void
free_secret (gpointer data)
{
  OPENSSL_clear_free (data, KAI_KEY_WRAP_SIZE);
}

static GBytes *
take_secret (const guchar *secret)
{
  guchar *copy = OPENSSL_malloc (KAI_KEY_WRAP_SIZE);

  memcpy (copy, secret, KAI_KEY_WRAP_SIZE);
  return g_bytes_new_with_free_func (copy, KAI_KEY_WRAP_SIZE, free_secret, copy);
}

/* ---- RSA and SM2: encryption by the public key ---- */

/* With OAEP for RSA; SM2 has its own integrity check. */
static EVP_PKEY_CTX *
crypt_context (EVP_PKEY *pkey, KaiAlgorithm algorithm, gboolean encrypt)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (pkey, NULL);

  if (!context
      || (encrypt ? EVP_PKEY_encrypt_init (context) : EVP_PKEY_decrypt_init (context)) != 1)
    return NULL;
  if (algorithm == KAI_ALGORITHM_RSA
      && (EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_OAEP_PADDING) != 1
          || EVP_PKEY_CTX_set_rsa_oaep_md (context, EVP_sha256 ()) != 1
          || EVP_PKEY_CTX_set_rsa_mgf1_md (context, EVP_sha256 ()) != 1))
    return NULL;
  return g_steal_pointer (&context);
}

static gboolean
encrypt (EVP_PKEY *pkey, KaiAlgorithm algorithm, const guchar *secret, GByteArray *out)
{
  g_autoptr (EVP_PKEY_CTX) context = crypt_context (pkey, algorithm, TRUE);
  guchar buffer[MAX_SIZE];
  gsize size = sizeof buffer;

  if (!context || EVP_PKEY_encrypt (context, buffer, &size, secret, KAI_KEY_WRAP_SIZE) != 1)
    return FALSE;
  g_byte_array_append (out, buffer, (guint)size);
  return TRUE;
}

static gboolean
decrypt (EVP_PKEY *pkey, KaiAlgorithm algorithm, const guchar *data, gsize length, guchar *secret)
{
  g_autoptr (EVP_PKEY_CTX) context = crypt_context (pkey, algorithm, FALSE);
  guchar buffer[MAX_SIZE];
  gsize size = sizeof buffer;
  gboolean ok = context && EVP_PKEY_decrypt (context, buffer, &size, data, length) == 1
                && size == KAI_KEY_WRAP_SIZE;

  if (ok)
    memcpy (secret, buffer, KAI_KEY_WRAP_SIZE);
  OPENSSL_cleanse (buffer, sizeof buffer);
  return ok;
}

/* ---- P-256: key agreement ---- */

/* The uncompressed point of a public key. */
static gboolean
get_point (EVP_PKEY *pkey, guchar point[POINT_SIZE])
{
  unsigned char *encoded = NULL;
  gsize size = EVP_PKEY_get1_encoded_public_key (pkey, &encoded);
  gboolean ok = size == POINT_SIZE && encoded[0] == 4;

  if (ok)
    memcpy (point, encoded, POINT_SIZE);
  OPENSSL_free (encoded);
  return ok;
}

static EVP_PKEY *
make_peer (const guchar point[POINT_SIZE])
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, "EC", NULL);
  OSSL_PARAM params[] = {
    OSSL_PARAM_construct_utf8_string (OSSL_PKEY_PARAM_GROUP_NAME, (char *)"prime256v1", 0),
    OSSL_PARAM_construct_octet_string (OSSL_PKEY_PARAM_PUB_KEY, (void *)point, POINT_SIZE),
    OSSL_PARAM_construct_end (),
  };
  EVP_PKEY *peer = NULL;

  /* A point that is not on the curve is refused here. */
  if (!context || EVP_PKEY_fromdata_init (context) != 1
      || EVP_PKEY_fromdata (context, &peer, EVP_PKEY_PUBLIC_KEY, params) != 1)
    return NULL;
  return peer;
}

static gboolean
agree (EVP_PKEY *own, EVP_PKEY *peer, guchar shared[KAI_KEY_WRAP_SIZE])
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (own, NULL);
  gsize size = KAI_KEY_WRAP_SIZE;

  return context && EVP_PKEY_derive_init (context) == 1
         && EVP_PKEY_derive_set_peer (context, peer) == 1
         && EVP_PKEY_derive (context, shared, &size) == 1 && size == KAI_KEY_WRAP_SIZE;
}

/* Both public keys take part, so that the key belongs to this exchange only. */
static gboolean
derive_key (const guchar *shared, const guchar *ephemeral, const guchar *recipient, guchar *key)
{
  g_autoptr (EVP_KDF) kdf = EVP_KDF_fetch (NULL, "HKDF", NULL);
  g_autoptr (EVP_KDF_CTX) context = EVP_KDF_CTX_new (kdf);
  g_autoptr (GByteArray) info = g_byte_array_new ();
  OSSL_PARAM params[4];

  g_byte_array_append (info, (const guint8 *)"kaipiao wrap", strlen ("kaipiao wrap"));
  g_byte_array_append (info, ephemeral, POINT_SIZE);
  g_byte_array_append (info, recipient, POINT_SIZE);
  params[0] = OSSL_PARAM_construct_utf8_string (OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0);
  params[1] =
      OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_KEY, (void *)shared, KAI_KEY_WRAP_SIZE);
  params[2] = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_INFO, info->data, info->len);
  params[3] = OSSL_PARAM_construct_end ();
  return context && EVP_KDF_derive (context, key, KAI_KEY_WRAP_SIZE, params) == 1;
}

static gboolean
gcm_seal (const guchar *key, const guchar *secret, guchar *out)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  guchar *nonce = out, *body = nonce + NONCE_SIZE, *tag = body + KAI_KEY_WRAP_SIZE;
  int size;

  return RAND_bytes (nonce, NONCE_SIZE) == 1
         && EVP_EncryptInit_ex (context, EVP_aes_256_gcm (), NULL, key, nonce) == 1
         && EVP_EncryptUpdate (context, body, &size, secret, KAI_KEY_WRAP_SIZE) == 1
         && EVP_EncryptFinal_ex (context, body + size, &size) == 1
         && EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) == 1;
}

static gboolean
gcm_open (const guchar *key, const guchar *in, guchar *secret)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  const guchar *nonce = in, *body = nonce + NONCE_SIZE, *tag = body + KAI_KEY_WRAP_SIZE;
  int size;

  return EVP_DecryptInit_ex (context, EVP_aes_256_gcm (), NULL, key, nonce) == 1
         && EVP_DecryptUpdate (context, secret, &size, body, KAI_KEY_WRAP_SIZE) == 1
         && EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, (void *)tag) == 1
         && EVP_DecryptFinal_ex (context, secret + size, &size) == 1;
}

static gboolean
wrap_p256 (EVP_PKEY *recipient, const guchar *secret, GByteArray *out)
{
  g_autoptr (EVP_PKEY) ephemeral = EVP_EC_gen ("prime256v1");
  guchar shared[KAI_KEY_WRAP_SIZE], key[KAI_KEY_WRAP_SIZE], theirs[POINT_SIZE];
  guchar payload[P256_SIZE];
  gboolean ok = ephemeral && get_point (ephemeral, payload) && get_point (recipient, theirs)
                && agree (ephemeral, recipient, shared) && derive_key (shared, payload, theirs, key)
                && gcm_seal (key, secret, payload + POINT_SIZE);

  if (ok)
    g_byte_array_append (out, payload, sizeof payload);
  OPENSSL_cleanse (shared, sizeof shared);
  OPENSSL_cleanse (key, sizeof key);
  return ok;
}

static gboolean
unwrap_p256 (EVP_PKEY *own, const guchar *data, gsize length, guchar *secret)
{
  g_autoptr (EVP_PKEY) peer = length == P256_SIZE ? make_peer (data) : NULL;
  guchar shared[KAI_KEY_WRAP_SIZE], key[KAI_KEY_WRAP_SIZE], ours[POINT_SIZE];
  gboolean ok = peer && get_point (own, ours) && agree (own, peer, shared)
                && derive_key (shared, data, ours, key)
                && gcm_open (key, data + POINT_SIZE, secret);

  OPENSSL_cleanse (shared, sizeof shared);
  OPENSSL_cleanse (key, sizeof key);
  return ok;
}

/* ---- both ways ---- */

GBytes *
kai_key_wrap (X509 *certificate, GBytes *secret, GError **error)
{
  EVP_PKEY *pkey = X509_get0_pubkey (certificate);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  KaiAlgorithm algorithm;
  const guchar *bytes = g_bytes_get_data (secret, NULL);
  guchar head[HEAD_SIZE] = { VERSION, 0 };
  gboolean ok;

  g_return_val_if_fail (g_bytes_get_size (secret) == KAI_KEY_WRAP_SIZE, NULL);
  ok = kai_certificate_get_algorithm (certificate, &algorithm);
  if (ok)
    {
      head[1] = (guchar)algorithm;
      g_byte_array_append (out, head, sizeof head);
      ok = algorithm == KAI_ALGORITHM_P256 ? wrap_p256 (pkey, bytes, out)
                                           : encrypt (pkey, algorithm, bytes, out);
    }
  ERR_clear_error ();
  if (ok)
    return g_byte_array_free_to_bytes (g_steal_pointer (&out));
  kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                _ ("Nothing can be encrypted for this certificate: its key is not RSA (2048 bits "
                   "or more), P-256 or SM2."));
  return NULL;
}

/* For key stores that keep the private key in memory. */
gboolean
kai_key_unwrap_with_pkey (EVP_PKEY *pkey, KaiAlgorithm algorithm, const guchar *data, gsize length,
                          guchar *secret)
{
  gboolean ok = algorithm == KAI_ALGORITHM_P256 ? unwrap_p256 (pkey, data, length, secret)
                                                : decrypt (pkey, algorithm, data, length, secret);

  ERR_clear_error ();
  return ok;
}

GBytes *
kai_key_unwrap (KaiKey *key, GBytes *wrapped, GError **error)
{
  KaiKeyClass *klass;
  gsize size;
  const guchar *data = g_bytes_get_data (wrapped, &size);
  guchar secret[KAI_KEY_WRAP_SIZE];
  GBytes *result = NULL;

  g_return_val_if_fail (KAI_IS_KEY (key), NULL);
  klass = KAI_KEY_GET_CLASS (key);
  if (klass->unwrap && size > HEAD_SIZE && size <= MAX_SIZE && data[0] == VERSION
      && data[1] == (guchar)kai_key_get_algorithm (key)
      && klass->unwrap (key, data + HEAD_SIZE, size - HEAD_SIZE, secret))
    result = take_secret (secret);
  OPENSSL_cleanse (secret, sizeof secret);
  if (!result)
    kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                  _ ("Your key does not open the key of this store: it was encrypted for another "
                     "certificate, or it is damaged."));
  return result;
}
