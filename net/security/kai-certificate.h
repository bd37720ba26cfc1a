#pragma once

#include "security/kai-key-store.h"

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)

/* Roots, intermediates and revocation lists that signing certificates are checked against. Chains that were checked are remembered. */
typedef struct _KaiTrust KaiTrust;
KaiTrust *kai_trust_new (void);
KaiTrust *kai_trust_ref (KaiTrust *trust);
void kai_trust_unref (KaiTrust *trust);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiTrust, kai_trust_unref)
/* PEM with one or more certificates (self-signed ones become roots, others are known certificates). */
gboolean kai_trust_add_file (KaiTrust *trust, const char *path, GError **error);
gboolean kai_trust_add_crl_file (KaiTrust *trust, const char *path, GError **error);
gboolean kai_trust_add_pem (KaiTrust *trust, const char *pem, gssize length, GError **error);

/* Checks chain, validity at @at (UTC seconds), key usage digitalSignature, revocation where a list of the issuer is known. Works for RSA, P-256
 * and SM2 issuers (sets the SM2 identity on every certificate). CERTIFICATE error says which check failed. */
gboolean kai_trust_check (KaiTrust *trust, X509 *certificate, gint64 at, GError **error);
/* A known certificate by issuer name (RFC 2253 text) and serial (hex); NULL when not known; borrowed. */
X509 *kai_trust_find (KaiTrust *trust, const char *issuer, const char *serial);

/* FALSE when the signature is wrong. Algorithm follows the certificate's key. ECDSA/SM2 as DER, or raw r‖s of 64 bytes. */
gboolean kai_certificate_verify (X509 *certificate, const void *data, gsize length, const void *signature,
                                 gsize signature_length);
gboolean kai_certificate_get_algorithm (X509 *certificate, KaiAlgorithm *out);
char *kai_certificate_dup_serial (X509 *certificate);  /* hex upper case */
char *kai_certificate_dup_issuer (X509 *certificate);  /* RFC 2253 */
char *kai_certificate_dup_subject (X509 *certificate); /* RFC 2253 */
/* Attributes of the subject: CN = person's name, O = unit's name, OU = unit code, UID = user code; "" when missing. */
char *kai_certificate_dup_name (X509 *certificate);
char *kai_certificate_dup_unit (X509 *certificate);
char *kai_certificate_dup_user (X509 *certificate);
gint64 kai_certificate_get_not_after (X509 *certificate); /* UTC seconds */
gint64 kai_certificate_get_not_before (X509 *certificate);
char *kai_certificate_to_base64 (X509 *certificate); /* DER, one line */
X509 *kai_certificate_from_base64 (const char *text, GError **error);

G_END_DECLS
