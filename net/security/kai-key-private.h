#pragma once

#include "security/kai-key-store.h"

G_BEGIN_DECLS

/* For the files of this folder only. */

/* Which of our algorithms a public or private key is for; FALSE for every other kind, curve or size. */
gboolean kai_pkey_get_algorithm (EVP_PKEY *pkey, KaiAlgorithm *out);
/* The names to sign under, never NULL; interned. */
void kai_key_get_sm2_names (KaiKey *key, const char **signature, const char **digest);
/* Called once by an implementation when it is built: takes its own reference. */
void kai_key_set_certificate (KaiKey *key, KaiAlgorithm algorithm, X509 *certificate);
/* UTC seconds; @fallback when missing or malformed. kai-certificate.c */
gint64 kai_asn1_time_to_unix (const ASN1_TIME *time, gint64 fallback);
/* "SERIAL issuer", the same for all ways to write them: a key for tables. Caller frees. kai-certificate.c */
char *kai_certificate_make_key (const char *issuer, const char *serial);
/* The unwrap of key stores that hold the private key themselves. kai-key-wrap.c */
gboolean kai_key_unwrap_with_pkey (EVP_PKEY *pkey, KaiAlgorithm algorithm, const guchar *data,
                                   gsize length, guchar *secret);
/* kai-key-file.c */
KaiKey *kai_key_file_open (const char *path, const char *pin, GError **error);

G_END_DECLS
