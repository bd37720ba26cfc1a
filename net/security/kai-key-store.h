#pragma once

#include <gio/gio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

G_BEGIN_DECLS

typedef enum
{
  KAI_ALGORITHM_RSA,
  KAI_ALGORITHM_P256,
  KAI_ALGORITHM_SM2
} KaiAlgorithm;
const char *kai_algorithm_to_string (KaiAlgorithm algorithm); /* "rsa", "p256", "sm2" */
gboolean kai_algorithm_parse (const char *word, KaiAlgorithm *out);

#define KAI_SM2_ID "1234567812345678"
/* How messages name SM2 with SM3, and SM3; a site may choose other names. */
#define KAI_SM2_NAME "urn:oid:1.2.156.10197.1.501"
#define KAI_SM3_NAME "urn:oid:1.2.156.10197.1.401"

/* A key that signs, with its certificate. One implementation a file; today PKCS#12 (kai-key-file.c). */
#define KAI_TYPE_KEY (kai_key_get_type ())
G_DECLARE_DERIVABLE_TYPE (KaiKey, kai_key, KAI, KEY, GObject)
struct _KaiKeyClass
{
  GObjectClass parent_class;
  /* RSA: PKCS#1 v1.5 SHA-256; P-256 and SM2: DER. */
  GBytes *(*sign) (KaiKey *self, const void *data, gsize length, GError **error);
  /* What kai_key_wrap made for the certificate (kai-key-wrap.h), without its two head bytes: RSA OAEP with SHA-256 (MGF1 too); an ephemeral P-256 point, nonce, text
   * and tag; SM2 encryption in DER. @secret has room for KAI_KEY_WRAP_SIZE bytes. FALSE when it does not open. */
  gboolean (*unwrap) (KaiKey *self, const guchar *data, gsize length, guchar *secret);
};

/* @uri: file:PATH.p12 (pkcs11: and skf: are refused with a sentence for now). NO_KEY, PIN, CERTIFICATE errors. @pin is not kept. */
KaiKey *kai_key_open (const char *uri, const char *pin, GError **error);
KaiAlgorithm kai_key_get_algorithm (KaiKey *key);
X509 *kai_key_get_certificate (KaiKey *key); /* borrowed */
/* The names that messages signed with this key bear (site profile); the standard ones until then. They matter for SM2 keys only. */
void kai_key_set_sm2_names (KaiKey *key, const char *signature, const char *digest);
/* RSA-SHA256, ECDSA-SHA256, SM2 with SM3 (identity KAI_SM2_ID). ECDSA and SM2 as DER. */
GBytes *kai_key_sign (KaiKey *key, const void *data, gsize length, GError **error);
/* For implementations and the training server: wraps a key in memory; takes its own references. */
KaiKey *kai_key_new_for_pkey (EVP_PKEY *pkey, X509 *certificate);

G_END_DECLS
