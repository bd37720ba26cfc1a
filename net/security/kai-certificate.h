#pragma once

#include "security/kai-key-store.h"

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)

/* ---- Trust: roots, intermediates and revocation lists that signing certificates are checked against (kai-trust.c) ----
 * Chains that were checked are remembered, as are the certificates themselves, so that a message costs one signature check. One thread at a time. */
typedef struct _KaiTrust KaiTrust;
KaiTrust *kai_trust_new (void);
KaiTrust *kai_trust_ref (KaiTrust *trust);
void kai_trust_unref (KaiTrust *trust);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiTrust, kai_trust_unref)
/* PEM with one or more certificates (self-signed ones become roots, others are known certificates). */
gboolean kai_trust_add_file (KaiTrust *trust, const char *path, GError **error);
gboolean kai_trust_add_crl_file (KaiTrust *trust, const char *path, GError **error);
/* Certificates and revocation lists; at least one of either. CERTIFICATE error, nothing added, when anything in it cannot be read. */
gboolean kai_trust_add_pem (KaiTrust *trust, const char *pem, gssize length, GError **error);

/* Checks @certificate as a signer: chain to a root, validity of the whole chain at @at (UTC seconds), not a CA's certificate, key usage digitalSignature and an extended
 * key usage other than only serverAuth (where the extensions are present), revocation where a list of the issuer is known (a revocation counts from its date on; a list that
 * was out of date at @at is refused). Works for RSA, P-256 and SM2 issuers (sets the SM2 identity on every certificate). CERTIFICATE error says which check failed. */
gboolean kai_trust_check (KaiTrust *trust, X509 *certificate, gint64 at, GError **error);
/* What could be kept as revocation lists: @pem holds one or more, each made by an issuer that is known here, not out of date at @at. CERTIFICATE error ("list-out-of-date");
 * nothing is added. *issued (nullable): when the oldest of them was made, UTC seconds. */
gboolean kai_trust_check_lists (KaiTrust *trust, const char *pem, gssize length, gint64 at,
                                gint64 *issued, GError **error);
/* The names under which messages may say SM2 with SM3, and SM3 (site profile); the standard ones until then, and no others. */
void kai_trust_set_sm2_names (KaiTrust *trust, const char *signature, const char *digest);
void kai_trust_get_sm2_names (KaiTrust *trust, const char **signature, const char **digest);
/* A known certificate by issuer name (RFC 2253 text, attributes in any order) and serial (hex); NULL when not known; borrowed. */
X509 *kai_trust_find (KaiTrust *trust, const char *issuer, const char *serial);
/* The certificate in base64 DER, the one remembered when it was checked before. CERTIFICATE error. Caller frees with X509_free. Says nothing about trust. */
X509 *kai_trust_read (KaiTrust *trust, const char *base64, GError **error);

/* ---- Certificates (kai-certificate.c) ---- */

/* FALSE when the signature is wrong. Algorithm follows the certificate's key. ECDSA/SM2 as DER, or raw r‖s of 64 bytes. */
gboolean kai_certificate_verify (X509 *certificate, const void *data, gsize length,
                                 const void *signature, gsize signature_length);
gboolean kai_certificate_get_algorithm (X509 *certificate, KaiAlgorithm *out);
char *kai_certificate_dup_serial (X509 *certificate);  /* hex upper case, whole bytes */
char *kai_certificate_dup_issuer (X509 *certificate);  /* RFC 2253, UTF-8 not escaped */
char *kai_certificate_dup_subject (X509 *certificate); /* RFC 2253, UTF-8 not escaped */
/* Whether the certificate has this issuer (RFC 2253 text, attributes in any order) and serial number (hex). */
gboolean kai_certificate_is_named (X509 *certificate, const char *issuer, const char *serial);
/* Attributes of the subject: CN = person's name, O = unit's name, OU = unit code ("F" + region for finance), UID = user code; "" when missing or there more than once. */
char *kai_certificate_dup_name (X509 *certificate);      /* CN */
char *kai_certificate_dup_unit_name (X509 *certificate); /* O */
char *kai_certificate_dup_unit (X509 *certificate);      /* OU */
char *kai_certificate_dup_user (X509 *certificate);      /* UID */
/* OU is "F" and six digits: the certificate of a finance server. */
gboolean kai_certificate_is_finance (X509 *certificate);
gint64 kai_certificate_get_not_after (X509 *certificate); /* UTC seconds */
gint64 kai_certificate_get_not_before (X509 *certificate);
char *kai_certificate_to_base64 (X509 *certificate); /* DER, one line */
X509 *kai_certificate_from_base64 (const char *text, GError **error);
/* From DER, exactly; NULL when it is not one. Prepared. */
X509 *kai_certificate_from_der (const void *data, gsize length);
/* Sets the SM2 identity where the issuer's key is SM2, without which OpenSSL cannot check it. Needed for every X509 that did not come from a function here. */
void kai_certificate_prepare (X509 *certificate);

G_END_DECLS
