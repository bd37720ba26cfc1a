/* Keys and certificates made in memory for a test, so that no private key and no date of expiry lies in the tree. */
#include "kai-test-keys.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_CRL, X509_CRL_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_TIME, ASN1_TIME_free)

#define DAY (24 * 3600)

void
kai_test_key_free (KaiTestKey *key)
{
  if (!key)
    return;
  EVP_PKEY_free (key->pkey);
  X509_free (key->certificate);
  g_free (key);
}

static EVP_PKEY *
make_pkey (KaiAlgorithm algorithm)
{
  EVP_PKEY *pkey = NULL;

  switch (algorithm)
    {
    case KAI_ALGORITHM_RSA:
      pkey = EVP_PKEY_Q_keygen (NULL, NULL, "RSA", (size_t)2048);
      break;
    case KAI_ALGORITHM_P256:
      pkey = EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-256");
      break;
    case KAI_ALGORITHM_SM2:
      pkey = EVP_PKEY_Q_keygen (NULL, NULL, "SM2");
      break;
    default:
      break;
    }
  g_assert_nonnull (pkey);
  return pkey;
}

/* A context that signs with @pkey: SM2 with SM3 and the standard identity, else SHA-256. The key's context outlives it in @key_context. */
static EVP_MD_CTX *
make_signer (EVP_PKEY *pkey, EVP_PKEY_CTX **key_context)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gboolean sm2 = EVP_PKEY_is_a (pkey, "SM2");

  *key_context = NULL;
  if (sm2)
    {
      *key_context = EVP_PKEY_CTX_new (pkey, NULL);
      g_assert_cmpint (EVP_PKEY_CTX_set1_id (*key_context, KAI_SM2_ID, (int)strlen (KAI_SM2_ID)),
                       ==, 1);
      EVP_MD_CTX_set_pkey_ctx (context, *key_context);
    }
  g_assert_cmpint (EVP_DigestSignInit (context, NULL, sm2 ? EVP_sm3 () : EVP_sha256 (), NULL, pkey),
                   ==, 1);
  return context;
}

static void
add_name (X509_NAME *name, int nid, const char *value)
{
  if (value)
    g_assert_cmpint (X509_NAME_add_entry_by_NID (name, nid, MBSTRING_UTF8,
                                                 (const unsigned char *)value, -1, -1, 0),
                     ==, 1);
}

static void
add_extension (X509 *certificate, X509 *issuer, int nid, const char *value)
{
  X509V3_CTX context;
  X509_EXTENSION *extension;

  X509V3_set_ctx_nodb (&context);
  X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  g_assert_nonnull (extension);
  g_assert_cmpint (X509_add_ext (certificate, extension, -1), ==, 1);
  X509_EXTENSION_free (extension);
}

static void
set_sm2_identity (X509 *certificate)
{
  ASN1_OCTET_STRING *id;

  /* It belongs to the signature: with an issuer of another kind OpenSSL takes it for an error. */
  if (X509_get_signature_nid (certificate) != NID_SM2_with_SM3)
    return;
  id = ASN1_OCTET_STRING_new ();
  g_assert_cmpint (ASN1_OCTET_STRING_set (id, (const unsigned char *)KAI_SM2_ID, -1), ==, 1);
  X509_set0_distinguishing_id (certificate, id);
}

static KaiTestKey *
make_certificate (KaiTestKey *issuer, const KaiTestLeaf *leaf)
{
  static int serial = 0x1000;
  KaiTestKey *key = g_new0 (KaiTestKey, 1);
  X509 *certificate = X509_new ();
  X509_NAME *name = X509_get_subject_name (certificate);
  g_autoptr (EVP_PKEY_CTX) key_context = NULL;
  g_autoptr (EVP_MD_CTX) signer = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  const char *usage = leaf->key_usage;

  key->pkey = make_pkey (leaf->algorithm);
  key->certificate = certificate;
  if (!issuer)
    issuer = key;
  g_assert_cmpint (X509_set_version (certificate, X509_VERSION_3), ==, 1);
  ASN1_INTEGER_set_int64 (X509_get_serialNumber (certificate), serial++);
  ASN1_TIME_set (X509_getm_notBefore (certificate),
                 leaf->not_before ? leaf->not_before : now - DAY);
  ASN1_TIME_set (X509_getm_notAfter (certificate),
                 leaf->not_after ? leaf->not_after : now + 300 * DAY);
  add_name (name, NID_commonName, leaf->name);
  add_name (name, NID_organizationName, leaf->unit_name);
  add_name (name, NID_organizationalUnitName, leaf->unit);
  add_name (name, NID_userId, leaf->user);
  g_assert_cmpint (X509_set_issuer_name (certificate, X509_get_subject_name (issuer->certificate)),
                   ==, 1);
  g_assert_cmpint (X509_set_pubkey (certificate, key->pkey), ==, 1);
  add_extension (certificate, issuer->certificate, NID_basic_constraints,
                 leaf->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!usage)
    usage = leaf->is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature";
  if (*usage)
    add_extension (certificate, issuer->certificate, NID_key_usage, usage);
  if (leaf->extended_usage)
    add_extension (certificate, issuer->certificate, NID_ext_key_usage, leaf->extended_usage);
  if (leaf->alt_name)
    add_extension (certificate, issuer->certificate, NID_subject_alt_name, leaf->alt_name);
  signer = make_signer (issuer->pkey, &key_context);
  g_assert_cmpint (X509_sign_ctx (certificate, signer), >, 0);
  set_sm2_identity (certificate);
  return key;
}

KaiTestKey *
kai_test_root_new (const char *name, KaiAlgorithm algorithm)
{
  KaiTestLeaf leaf = { .name = name,
                       .algorithm = algorithm,
                       .not_after = g_get_real_time () / G_USEC_PER_SEC + 3650 * (gint64)DAY,
                       .is_ca = TRUE };

  return make_certificate (NULL, &leaf);
}

KaiTestKey *
kai_test_key_issue (KaiTestKey *issuer, const KaiTestLeaf *leaf)
{
  g_return_val_if_fail (issuer, NULL);
  return make_certificate (issuer, leaf);
}

KaiTestKey *
kai_test_self_signed_new (const KaiTestKey *like)
{
  g_autofree char *name = kai_certificate_dup_name (like->certificate);
  g_autofree char *unit = kai_certificate_dup_unit (like->certificate);
  g_autofree char *user = kai_certificate_dup_user (like->certificate);
  KaiTestLeaf leaf = {
    .name = name, .unit = unit, .user = *user ? user : NULL, .algorithm = KAI_ALGORITHM_P256
  };

  return make_certificate (NULL, &leaf);
}

KaiTestKey *
kai_test_clerk_new (KaiTestKey *issuer, KaiAlgorithm algorithm, const char *unit, const char *user)
{
  KaiTestLeaf leaf = { .name = "张三",
                       .unit_name = "海门市第一中学",
                       .unit = unit,
                       .user = user,
                       .algorithm = algorithm };

  return kai_test_key_issue (issuer, &leaf);
}

KaiTestKey *
kai_test_finance_new (KaiTestKey *issuer, KaiAlgorithm algorithm)
{
  KaiTestLeaf leaf = { .name = "Finance server", .unit = "F320684", .algorithm = algorithm };

  return kai_test_key_issue (issuer, &leaf);
}

static char *
bio_to_text (BIO *bio)
{
  char *data;
  long length = BIO_get_mem_data (bio, &data);

  return g_strndup (data, length);
}

char *
kai_test_crl_pem (KaiTestKey *issuer, KaiTestKey **revoked)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  return kai_test_crl_pem_at (issuer, revoked, now - 60, now + 7 * DAY, now - 60);
}

char *
kai_test_crl_pem_at (KaiTestKey *issuer, KaiTestKey **revoked, gint64 from, gint64 until,
                     gint64 revoked_at)
{
  g_autoptr (X509_CRL) crl = X509_CRL_new ();
  g_autoptr (ASN1_TIME) first = ASN1_TIME_set (NULL, from);
  g_autoptr (ASN1_TIME) last = ASN1_TIME_set (NULL, until);
  g_autoptr (ASN1_TIME) when = ASN1_TIME_set (NULL, revoked_at);
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  g_autoptr (EVP_PKEY_CTX) key_context = NULL;
  g_autoptr (EVP_MD_CTX) signer = make_signer (issuer->pkey, &key_context);

  X509_CRL_set_version (crl, X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name (crl, X509_get_subject_name (issuer->certificate));
  X509_CRL_set1_lastUpdate (crl, first);
  X509_CRL_set1_nextUpdate (crl, last);
  for (gsize i = 0; revoked && revoked[i]; i++)
    {
      X509_REVOKED *entry = X509_REVOKED_new ();

      X509_REVOKED_set_serialNumber (entry, X509_get_serialNumber (revoked[i]->certificate));
      X509_REVOKED_set_revocationDate (entry, when);
      g_assert_cmpint (X509_CRL_add0_revoked (crl, entry), ==, 1);
    }
  X509_CRL_sort (crl);
  g_assert_cmpint (X509_CRL_sign_ctx (crl, signer), >, 0);
  g_assert_cmpint (PEM_write_bio_X509_CRL (bio, crl), ==, 1);
  return bio_to_text (bio);
}

char *
kai_test_key_certificate_pem (const KaiTestKey *key)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());

  g_assert_cmpint (PEM_write_bio_X509 (bio, key->certificate), ==, 1);
  return bio_to_text (bio);
}

char *
kai_test_key_full_pem (const KaiTestKey *key)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());

  g_assert_cmpint (PEM_write_bio_X509 (bio, key->certificate), ==, 1);
  g_assert_cmpint (PEM_write_bio_PKCS8PrivateKey (bio, key->pkey, NULL, NULL, 0, NULL, NULL), ==,
                   1);
  return bio_to_text (bio);
}
