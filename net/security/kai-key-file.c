/* A key in memory: from a PKCS#12 file (training, tests, small sites), or handed over by the training server. */
#include "security/kai-key-private.h"

#include "messages/kai-net-error.h"
#include "security/kai-certificate.h"
#include "security/kai-signature-value.h"
#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>

#define KAI_TYPE_KEY_FILE (kai_key_file_get_type ())
G_DECLARE_FINAL_TYPE (KaiKeyFile, kai_key_file, KAI, KEY_FILE, KaiKey)

struct _KaiKeyFile
{
  KaiKey parent_instance;
  EVP_PKEY *pkey; /* owned */
};

G_DEFINE_FINAL_TYPE (KaiKeyFile, kai_key_file, KAI_TYPE_KEY)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS12, PKCS12_free)

#define MAX_FILE (1024 * 1024)

static GBytes *
kai_key_file_sign (KaiKey *key, const void *data, gsize length, GError **error)
{
  KaiKeyFile *self = KAI_KEY_FILE (key);
  g_autoptr (KaiDigestContext) context =
      kai_digest_context_new (self->pkey, kai_key_get_algorithm (key), TRUE);
  g_autofree guchar *signature = NULL;
  gsize size = 0;

  if (context && EVP_DigestSign (context, NULL, &size, data, length) == 1)
    {
      signature = g_malloc (size);
      if (EVP_DigestSign (context, signature, &size, data, length) == 1)
        return g_bytes_new_take (g_steal_pointer (&signature), size);
    }
  ERR_clear_error ();
  kai_net_fail (error, KAI_NET_ERROR_SIGNATURE,
                _ ("The key could not sign. Close the program, open it again and try once more."));
  return NULL;
}

static gboolean
kai_key_file_unwrap (KaiKey *key, const guchar *data, gsize length, guchar *secret)
{
  return kai_key_unwrap_with_pkey (KAI_KEY_FILE (key)->pkey, kai_key_get_algorithm (key), data,
                                   length, secret);
}

static void
kai_key_file_finalize (GObject *object)
{
  EVP_PKEY_free (KAI_KEY_FILE (object)->pkey);
  G_OBJECT_CLASS (kai_key_file_parent_class)->finalize (object);
}

static void
kai_key_file_class_init (KaiKeyFileClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kai_key_file_finalize;
  KAI_KEY_CLASS (klass)->sign = kai_key_file_sign;
  KAI_KEY_CLASS (klass)->unwrap = kai_key_file_unwrap;
}

static void
kai_key_file_init (KaiKeyFile *self)
{
}

KaiKey *
kai_key_new_for_pkey (EVP_PKEY *pkey, X509 *certificate)
{
  KaiKeyFile *self;
  KaiAlgorithm algorithm;

  g_return_val_if_fail (kai_pkey_get_algorithm (pkey, &algorithm), NULL);
  g_return_val_if_fail (certificate != NULL, NULL);
  self = g_object_new (KAI_TYPE_KEY_FILE, NULL);
  EVP_PKEY_up_ref (pkey);
  self->pkey = pkey;
  kai_certificate_prepare (certificate);
  kai_key_set_certificate (KAI_KEY (self), algorithm, certificate);
  return KAI_KEY (self);
}

static PKCS12 *
read_file (const char *path, GError **error)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *contents = NULL;
  g_autoptr (GError) reason = NULL;
  const unsigned char *cursor;
  PKCS12 *p12;
  gsize length;

  if (!g_file_get_contents (path, &contents, &length, &reason))
    {
      if (g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                      _ ("There is no certificate file “%s”. Check where it is."), base);
      else
        kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                      _ ("The certificate file “%s” cannot be read. Check who may read it."), base);
      return NULL;
    }
  cursor = (const unsigned char *)contents;
  p12 = length <= MAX_FILE ? d2i_PKCS12 (NULL, &cursor, length) : NULL;
  ERR_clear_error ();
  if (!p12)
    kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                  _ ("“%s” is damaged or not a certificate file (.p12). Copy it again from where "
                     "you got it."),
                  base);
  return p12;
}

/* The file's integrity code is made with the PIN: wrong PIN and changed file look the same, so the PIN is named first. */
static gboolean
check_pin (PKCS12 *p12, const char *pin, GError **error)
{
  gboolean ok;

  if (!PKCS12_mac_present (p12))
    return kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                         _ ("The certificate file is not protected by a PIN and cannot be used. "
                            "Export it again with a PIN."));
  ok = PKCS12_verify_mac (p12, pin, -1) == 1
       /* An empty PIN is written in two ways. */
       || (!*pin && PKCS12_verify_mac (p12, NULL, 0) == 1);
  ERR_clear_error ();
  return ok
         || kai_net_fail (error, KAI_NET_ERROR_PIN,
                          _ ("The PIN is wrong. Type it again; mind capitals and digits."));
}

KaiKey *
kai_key_file_open (const char *path, const char *pin, GError **error)
{
  g_autoptr (PKCS12) p12 = NULL;
  g_autoptr (EVP_PKEY) pkey = NULL;
  g_autoptr (X509) certificate = NULL;
  KaiAlgorithm algorithm;
  gboolean matches;

  if (!(p12 = read_file (path, error)) || !check_pin (p12, pin ? pin : "", error))
    return NULL;
  if (PKCS12_parse (p12, pin ? pin : "", &pkey, &certificate, NULL) != 1)
    {
      ERR_clear_error ();
      kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                    _ ("The certificate file is damaged, or encrypted in a way that is no longer "
                       "safe. Export it again (AES)."));
      return NULL;
    }
  if (!pkey || !certificate)
    {
      kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                    _ ("The certificate file does not hold a key together with its certificate. "
                       "Export both into one file."));
      return NULL;
    }
  kai_certificate_prepare (certificate);
  matches = X509_check_private_key (certificate, pkey) == 1;
  ERR_clear_error ();
  if (!matches || !kai_pkey_get_algorithm (pkey, &algorithm))
    {
      if (matches)
        kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                      _ ("The key in the certificate file is of a kind that is not used here. RSA "
                         "(2048 bits or more), P-256 and SM2 are."));
      else
        kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                      _ ("Key and certificate in the certificate file do not belong together. Ask "
                         "the issuer for the right file."));
      return NULL;
    }
  return kai_key_new_for_pkey (pkey, certificate);
}
