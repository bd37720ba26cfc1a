#pragma once

#include "security/kai-key-store.h"

G_BEGIN_DECLS

/* A secret of 32 bytes (the data key of a store) that only the key of one certificate gets out again: RSA with OAEP and SHA-256, SM2 encryption, or for P-256 an
 * ephemeral key agreement whose outcome, by HKDF-SHA256, keys AES-256-GCM. */
#define KAI_KEY_WRAP_SIZE 32

/* @secret: KAI_KEY_WRAP_SIZE bytes. Needs the certificate only; whether it is to be believed is the caller's to check. CERTIFICATE error when its key is of a kind that is not used
 * here. Caller frees. */
GBytes *kai_key_wrap (X509 *certificate, GBytes *secret, GError **error);
/* The secret again, by the key store. KEY error NO_KEY when it was wrapped for another key or was changed. Caller frees, which overwrites it. */
GBytes *kai_key_unwrap (KaiKey *key, GBytes *wrapped, GError **error);

G_END_DECLS
