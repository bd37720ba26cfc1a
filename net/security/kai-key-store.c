/* The one interface to everything that holds a signing key, and the choice of an implementation by URI. */
#include "security/kai-key-private.h"

#include "messages/kai-net-error.h"
#include "security/kai-certificate.h"
#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  KaiAlgorithm algorithm;
  X509 *certificate;
  const char *sm2_name, *sm3_name; /* interned */
} KaiKeyPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (KaiKey, kai_key, G_TYPE_OBJECT)

/* Below and above these RSA keys are weak, or so large that checking them is an attack. */
#define MIN_RSA_BITS 2048
#define MAX_RSA_BITS 8192

static const char *const algorithm_words[] = { "rsa", "p256", "sm2" };

const char *
kai_algorithm_to_string (KaiAlgorithm algorithm)
{
  g_return_val_if_fail (algorithm <= KAI_ALGORITHM_SM2, "");
  return algorithm_words[algorithm];
}

gboolean
kai_algorithm_parse (const char *word, KaiAlgorithm *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (algorithm_words); i++)
    if (g_strcmp0 (word, algorithm_words[i]) == 0)
      {
        *out = i;
        return TRUE;
      }
  return FALSE;
}

gboolean
kai_pkey_get_algorithm (EVP_PKEY *pkey, KaiAlgorithm *out)
{
  char group[32] = "";

  if (!pkey)
    return FALSE;
  /* The numeric id of an SM2 key is -1 after loading: only is_a tells. */
  if (EVP_PKEY_is_a (pkey, "SM2"))
    *out = KAI_ALGORITHM_SM2;
  else if (EVP_PKEY_is_a (pkey, "RSA") && EVP_PKEY_get_bits (pkey) >= MIN_RSA_BITS
           && EVP_PKEY_get_bits (pkey) <= MAX_RSA_BITS)
    *out = KAI_ALGORITHM_RSA;
  else if (EVP_PKEY_is_a (pkey, "EC")
           && EVP_PKEY_get_group_name (pkey, group, sizeof group, NULL) == 1
           && strcmp (group, "prime256v1") == 0)
    *out = KAI_ALGORITHM_P256;
  else
    return FALSE;
  return TRUE;
}

/* Interned: a key is shared by threads, and nothing that another one reads is freed. */
void
kai_key_set_sm2_names (KaiKey *key, const char *signature, const char *digest)
{
  KaiKeyPrivate *priv = kai_key_get_instance_private (key);

  priv->sm2_name = g_intern_string (signature);
  priv->sm3_name = g_intern_string (digest);
}

void
kai_key_get_sm2_names (KaiKey *key, const char **signature, const char **digest)
{
  KaiKeyPrivate *priv = kai_key_get_instance_private (key);

  *signature = priv->sm2_name;
  *digest = priv->sm3_name;
}

static void
kai_key_finalize (GObject *object)
{
  KaiKeyPrivate *priv = kai_key_get_instance_private (KAI_KEY (object));

  X509_free (priv->certificate);
  G_OBJECT_CLASS (kai_key_parent_class)->finalize (object);
}

static void
kai_key_class_init (KaiKeyClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kai_key_finalize;
}

static void
kai_key_init (KaiKey *self)
{
  kai_key_set_sm2_names (self, KAI_SM2_NAME, KAI_SM3_NAME);
}

void
kai_key_set_certificate (KaiKey *key, KaiAlgorithm algorithm, X509 *certificate)
{
  KaiKeyPrivate *priv = kai_key_get_instance_private (key);

  g_return_if_fail (!priv->certificate);
  X509_up_ref (certificate);
  priv->certificate = certificate;
  priv->algorithm = algorithm;
}

KaiKey *
kai_key_open (const char *uri, const char *pin, GError **error)
{
  if (g_str_has_prefix (uri, "file:") && uri[strlen ("file:")])
    {
      const char *path = uri + strlen ("file:");

      /* file:///home/… is the same file as file:/home/… */
      if (g_str_has_prefix (path, "///"))
        path += 2;
      return kai_key_file_open (path, pin, error);
    }
  if (g_str_has_prefix (uri, "pkcs11:") || g_str_has_prefix (uri, "skf:"))
    kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                  _ ("This version cannot use USB keys yet. Use a certificate file instead: "
                     "file:PATH.p12."));
  else
    kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                  _ ("The address of the key is not understood. Write it as file:PATH.p12."));
  return NULL;
}

KaiAlgorithm
kai_key_get_algorithm (KaiKey *key)
{
  KaiKeyPrivate *priv = kai_key_get_instance_private (key);

  return priv->algorithm;
}

X509 *
kai_key_get_certificate (KaiKey *key)
{
  KaiKeyPrivate *priv = kai_key_get_instance_private (key);

  return priv->certificate;
}

GBytes *
kai_key_sign (KaiKey *key, const void *data, gsize length, GError **error)
{
  g_return_val_if_fail (KAI_IS_KEY (key), NULL);
  return KAI_KEY_GET_CLASS (key)->sign (key, data, length, error);
}
