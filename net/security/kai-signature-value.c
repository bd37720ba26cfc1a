/* Signature values on the wire: DER and raw r‖s, base64, and the EVP contexts that make and check them. */
#include "security/kai-signature-value.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <string.h>

#define COORDINATE 32

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ECDSA_SIG, ECDSA_SIG_free)

void
kai_digest_context_free (KaiDigestContext *context)
{
  EVP_PKEY_CTX *pkey_context;

  if (!context)
    return;
  /* A context given with set_pkey_ctx stays the caller's. */
  pkey_context = EVP_MD_CTX_get_pkey_ctx (context);
  EVP_MD_CTX_free (context);
  EVP_PKEY_CTX_free (pkey_context);
}

KaiDigestContext *
kai_digest_context_new (EVP_PKEY *pkey, KaiAlgorithm algorithm, gboolean sign)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *pkey_context = EVP_PKEY_CTX_new (pkey, NULL);
  const EVP_MD *md = algorithm == KAI_ALGORITHM_SM2 ? EVP_sm3 () : EVP_sha256 ();
  gboolean ok;

  /* Always set: OpenSSL's own default changed from version to version. */
  ok = pkey_context
       && (algorithm != KAI_ALGORITHM_SM2
           || EVP_PKEY_CTX_set1_id (pkey_context, KAI_SM2_ID, strlen (KAI_SM2_ID)) == 1);
  if (ok)
    {
      EVP_MD_CTX_set_pkey_ctx (context, pkey_context);
      ok = (sign ? EVP_DigestSignInit (context, NULL, md, NULL, pkey)
                 : EVP_DigestVerifyInit (context, NULL, md, NULL, pkey))
           == 1;
      if (!ok)
        EVP_MD_CTX_set_pkey_ctx (context, NULL);
    }
  if (ok)
    return context;
  EVP_MD_CTX_free (context);
  EVP_PKEY_CTX_free (pkey_context);
  ERR_clear_error ();
  return NULL;
}

GBytes *
kai_signature_to_raw (const void *der, gsize length)
{
  const unsigned char *cursor = der;
  g_autoptr (ECDSA_SIG) signature = d2i_ECDSA_SIG (NULL, &cursor, length);
  guchar raw[2 * COORDINATE];

  ERR_clear_error ();
  if (!signature || cursor != (const unsigned char *)der + length
      || BN_is_negative (ECDSA_SIG_get0_r (signature))
      || BN_is_negative (ECDSA_SIG_get0_s (signature))
      || BN_bn2binpad (ECDSA_SIG_get0_r (signature), raw, COORDINATE) < 0
      || BN_bn2binpad (ECDSA_SIG_get0_s (signature), raw + COORDINATE, COORDINATE) < 0)
    {
      ERR_clear_error ();
      return NULL;
    }
  return g_bytes_new (raw, sizeof raw);
}

GBytes *
kai_signature_from_raw (const void *raw, gsize length)
{
  g_autoptr (ECDSA_SIG) signature = NULL;
  unsigned char *der = NULL;
  GBytes *bytes;
  int size;

  if (length != 2 * COORDINATE)
    return NULL;
  signature = ECDSA_SIG_new ();
  ECDSA_SIG_set0 (signature, BN_bin2bn (raw, COORDINATE, NULL),
                  BN_bin2bn ((const guchar *)raw + COORDINATE, COORDINATE, NULL));
  size = i2d_ECDSA_SIG (signature, &der);
  if (size <= 0)
    return NULL;
  bytes = g_bytes_new (der, size);
  OPENSSL_free (der);
  return bytes;
}

GBytes *
kai_base64_decode (const char *text, gsize max)
{
  gsize given = strlen (text), length = 0, padding = 0;
  g_autofree char *clean = NULL;
  guchar *data;
  gsize size;

  if (given / 2 > max + 1024)
    return NULL;
  clean = g_malloc (given + 1);
  for (const char *c = text; *c; c++)
    {
      if (*c == ' ' || *c == '\t' || *c == '\n' || *c == '\r')
        continue;
      if (*c == '=')
        padding++;
      else if (padding || !(g_ascii_isalnum (*c) || *c == '+' || *c == '/'))
        return NULL;
      clean[length++] = *c;
    }
  clean[length] = '\0';
  if (!length || length % 4 || padding > 2 || length / 4 * 3 - padding > max)
    return NULL;
  data = g_base64_decode (clean, &size);
  return g_bytes_new_take (data, size);
}
