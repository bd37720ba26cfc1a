#pragma once

#include "security/kai-certificate.h"

G_BEGIN_DECLS

/* Keys and certificates made in memory for a test: a root of any algorithm and leaves under it. */
typedef struct
{
  EVP_PKEY *pkey;
  X509 *certificate;
} KaiTestKey;
void kai_test_key_free (KaiTestKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiTestKey, kai_test_key_free)

/* What a leaf is to be; zeroed fields have the default given. */
typedef struct
{
  const char *name;      /* CN */
  const char *unit_name; /* O, NULL = none */
  const char *unit;      /* OU, NULL = none */
  const char *user;      /* UID, NULL = none */
  KaiAlgorithm algorithm;
  gint64 not_before, not_after; /* UTC seconds; 0 = a day ago, in 300 days */
  const char *key_usage;        /* NULL = "critical,digitalSignature"; "" = no extension */
  const char *extended_usage;   /* "serverAuth,clientAuth"; NULL = no extension */
  const char *alt_name;         /* "DNS:localhost,IP:127.0.0.1"; NULL = none */
  gboolean is_ca; /* an intermediate: CA:TRUE, keyCertSign unless key_usage is given */
} KaiTestLeaf;

/* Self-signed root, valid for ten years. Caller frees. */
KaiTestKey *kai_test_root_new (const char *name, KaiAlgorithm algorithm);
/* A leaf (or intermediate) signed by @issuer. Caller frees. */
KaiTestKey *kai_test_key_issue (KaiTestKey *issuer, const KaiTestLeaf *leaf);
/* A certificate with the names of @like that nobody but its own key vouches for. */
KaiTestKey *kai_test_self_signed_new (const KaiTestKey *like);
/* The usual ones: a clerk "张三" of unit @unit with user code @user, and the finance server's signing key (OU "F320684", no UID). */
KaiTestKey *kai_test_clerk_new (KaiTestKey *issuer, KaiAlgorithm algorithm, const char *unit,
                                const char *user);
KaiTestKey *kai_test_finance_new (KaiTestKey *issuer, KaiAlgorithm algorithm);
/* Revocation list of @issuer, valid now, naming @revoked (NULL-terminated array, may be NULL); PEM, caller frees. */
char *kai_test_crl_pem (KaiTestKey *issuer, KaiTestKey **revoked);
/* The same valid from @from to @until, all revoked at @revoked_at (UTC seconds). */
char *kai_test_crl_pem_at (KaiTestKey *issuer, KaiTestKey **revoked, gint64 from, gint64 until,
                           gint64 revoked_at);

/* PEM text; caller frees. The second with the private key, as GTlsCertificate reads it. */
char *kai_test_key_certificate_pem (const KaiTestKey *key);
char *kai_test_key_full_pem (const KaiTestKey *key);

G_END_DECLS
