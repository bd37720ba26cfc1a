#pragma once

#include "security/kai-key-store.h"

G_BEGIN_DECLS

/* What signatures look like on the wire, and the EVP contexts that make and check them: one place, so that the SM2 identity cannot be forgotten. */

typedef EVP_MD_CTX KaiDigestContext;
void kai_digest_context_free (KaiDigestContext *context);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiDigestContext, kai_digest_context_free)
/* Ready for EVP_DigestSign (@sign) or EVP_DigestVerify: SHA-256, or SM3 with identity KAI_SM2_ID. NULL when OpenSSL refuses the key. */
KaiDigestContext *kai_digest_context_new (EVP_PKEY *pkey, KaiAlgorithm algorithm, gboolean sign);

/* r‖s, each left-padded to 32 bytes, from an ECDSA or SM2 signature in DER; NULL when it is not one. */
GBytes *kai_signature_to_raw (const void *der, gsize length);
/* DER from 64 bytes of r‖s; NULL for any other length. */
GBytes *kai_signature_from_raw (const void *raw, gsize length);

/* Strict base64 as XML writes it: white space anywhere, nothing else outside the alphabet, full padding. NULL when malformed, empty or over @max bytes. */
GBytes *kai_base64_decode (const char *text, gsize max);

G_END_DECLS
