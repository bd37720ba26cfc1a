#pragma once

#include "model/kai-base-data.h"
#include "security/kai-certificate.h"

G_BEGIN_DECLS

/* The training server's own little certificate authority, kept in DIR: ca.pem for everyone, private keys in DIR/keys (0700, files 0600). */
typedef struct _KaiAuthority KaiAuthority;

/* Reads the keys in @dir. @create: makes what is missing (first start) and renews the TLS certificate before it ends; otherwise a missing
 * authority is NOT_FOUND (KAI_DATA_ERROR). @region: 6 digits, stands in the finance certificates (OU=F + region); @finance_name in CN. */
KaiAuthority *kai_authority_open (const char *dir, gboolean create, const char *region,
                                  const char *finance_name, GError **error);
void kai_authority_free (KaiAuthority *authority);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiAuthority, kai_authority_free)

/* Borrowed. */
KaiTrust *kai_authority_get_trust (KaiAuthority *authority);
KaiKey *kai_authority_get_finance_key (KaiAuthority *authority, KaiAlgorithm algorithm);
KaiKey *kai_authority_get_supervisor_key (KaiAuthority *authority);
/* PEM file with certificate and key of the TLS server; borrowed. */
const char *kai_authority_get_tls_path (KaiAuthority *authority);

/* From now on the certificates with these serials (hex) count as revoked, each from its time (UTC seconds) on: makes a new list, valid for a month from @now, and checks signers
 * against it. @write: keeps it in DIR/crl.pem too. */
gboolean kai_authority_set_revoked (KaiAuthority *authority, char **serials, const gint64 *times,
                                    gint64 now, gboolean write, GError **error);
/* The list in PEM; NULL before kai_authority_set_revoked. Borrowed. */
const char *kai_authority_get_revocations (KaiAuthority *authority);
/* The names of SM2 and SM3 in messages (site profile). */
void kai_authority_set_sm2_names (KaiAuthority *authority, const char *signature,
                                  const char *digest);

/* A new key and certificate of @user (CN name, O @unit_name, OU unit code, UID user code; digitalSignature; one year) as the PKCS#12 file @path (0600),
 * sealed with @pin. Refuses to overwrite. Returns the certificate; caller frees with X509_free. */
X509 *kai_authority_issue_key (KaiAuthority *authority, const KaiUser *user, const char *unit_name,
                               KaiAlgorithm algorithm, const char *pin, const char *path,
                               GError **error);

G_END_DECLS
