/* Which certificates are believed: chains to the roots, revocation, purpose, and a memory of chains that were checked. */
#include "security/kai-certificate.h"

#include "messages/kai-net-error.h"
#include "security/kai-key-private.h"
#include "security/kai-signature-value.h"
#include <glib/gi18n-lib.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define MAX_FILE (16 * 1024 * 1024)
#define MAX_CHAIN 6
/* Certificates remembered; a stranger can make us see any number of them, so the memory is emptied when full. */
#define MAX_REMEMBERED 4096

typedef struct
{
  X509 *certificate;  /* owned */
  gint64 from, until; /* the chain is good for every moment in between */
} CheckedChain;

typedef struct
{
  X509_CRL *crl;     /* owned */
  X509 *verified_by; /* owned: the issuer certificate whose key made it, once that was checked */
  gint64 until;      /* nextUpdate, G_MAXINT64 when it names none */
} RevocationList;

struct _KaiTrust
{
  int ref_count;
  X509_STORE *roots;
  STACK_OF (X509) * intermediates; /* owns its certificates */
  GHashTable *known;               /* "SERIAL issuer" → X509, owned */
  GPtrArray *lists;                /* RevocationList */
  GHashTable *checked;             /* SHA-256 of the DER → CheckedChain */
  const char *sm2_name, *sm3_name; /* interned */
};

typedef STACK_OF (X509) X509Stack;

static void
x509_stack_free (X509Stack *stack)
{
  sk_X509_pop_free (stack, X509_free);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509Stack, x509_stack_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE_CTX, X509_STORE_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free)

static void
checked_chain_free (CheckedChain *chain)
{
  X509_free (chain->certificate);
  g_free (chain);
}

static void
revocation_list_free (RevocationList *list)
{
  X509_CRL_free (list->crl);
  X509_free (list->verified_by);
  g_free (list);
}

KaiTrust *
kai_trust_new (void)
{
  KaiTrust *trust = g_new0 (KaiTrust, 1);

  trust->ref_count = 1;
  trust->roots = X509_STORE_new ();
  trust->intermediates = sk_X509_new_null ();
  trust->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)X509_free);
  trust->lists = g_ptr_array_new_with_free_func ((GDestroyNotify)revocation_list_free);
  trust->checked =
      g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                             (GDestroyNotify)checked_chain_free);
  kai_trust_set_sm2_names (trust, KAI_SM2_NAME, KAI_SM3_NAME);
  return trust;
}

void
kai_trust_set_sm2_names (KaiTrust *trust, const char *signature, const char *digest)
{
  trust->sm2_name = g_intern_string (signature);
  trust->sm3_name = g_intern_string (digest);
}

void
kai_trust_get_sm2_names (KaiTrust *trust, const char **signature, const char **digest)
{
  *signature = trust->sm2_name;
  *digest = trust->sm3_name;
}

KaiTrust *
kai_trust_ref (KaiTrust *trust)
{
  g_atomic_int_inc (&trust->ref_count);
  return trust;
}

void
kai_trust_unref (KaiTrust *trust)
{
  if (!trust || !g_atomic_int_dec_and_test (&trust->ref_count))
    return;
  X509_STORE_free (trust->roots);
  x509_stack_free (trust->intermediates);
  g_hash_table_unref (trust->known);
  g_ptr_array_unref (trust->lists);
  g_hash_table_unref (trust->checked);
  g_free (trust);
}

X509 *
kai_trust_find (KaiTrust *trust, const char *issuer, const char *serial)
{
  g_autofree char *key = kai_certificate_make_key (issuer, serial);

  return g_hash_table_lookup (trust->known, key);
}

static void
add_certificate (KaiTrust *trust, X509 *certificate)
{
  g_autofree char *issuer = kai_certificate_dup_issuer (certificate);
  g_autofree char *serial = kai_certificate_dup_serial (certificate);

  kai_certificate_prepare (certificate);
  /* Only one that its own key signed: a name that equals its issuer's does not make a root. */
  if (X509_self_signed (certificate, 1) == 1)
    X509_STORE_add_cert (trust->roots, certificate);
  else
    {
      X509_up_ref (certificate);
      sk_X509_push (trust->intermediates, certificate);
    }
  ERR_clear_error ();
  X509_up_ref (certificate);
  g_hash_table_replace (trust->known, kai_certificate_make_key (issuer, serial), certificate);
}

static void
add_list (KaiTrust *trust, X509_CRL *crl)
{
  RevocationList *list = g_new0 (RevocationList, 1);

  X509_CRL_up_ref (crl);
  list->crl = crl;
  list->until = kai_asn1_time_to_unix (X509_CRL_get0_nextUpdate (crl), G_MAXINT64);
  g_ptr_array_add (trust->lists, list);
}

gboolean
kai_trust_add_pem (KaiTrust *trust, const char *pem, gssize length, GError **error)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (pem, length < 0 ? (int)strlen (pem) : (int)length);
  STACK_OF (X509_INFO) *all = PEM_X509_INFO_read_bio (bio, NULL, NULL, NULL);
  int found = 0;

  ERR_clear_error ();
  for (int i = 0; all && i < sk_X509_INFO_num (all); i++)
    {
      X509_INFO *info = sk_X509_INFO_value (all, i);

      found += info->x509 || info->crl;
      if (info->x509)
        add_certificate (trust, info->x509);
      if (info->crl)
        add_list (trust, info->crl);
    }
  sk_X509_INFO_pop_free (all, X509_INFO_free);
  g_hash_table_remove_all (trust->checked);
  return found
         || kai_net_fail (
             error, KAI_NET_ERROR_CERTIFICATE,
             _ ("The file of trusted certificates is damaged or empty: certificates in "
                "PEM form are expected."));
}

static gboolean
add_file (KaiTrust *trust, const char *path, GError **error)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *pem = NULL;
  g_autoptr (GError) reason = NULL;
  gsize length;

  if (!g_file_get_contents (path, &pem, &length, &reason) || length > MAX_FILE)
    return kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                         _ ("The file of trusted certificates “%s” cannot be read. Check where it "
                            "is."),
                         base);
  return kai_trust_add_pem (trust, pem, length, error);
}

gboolean
kai_trust_add_file (KaiTrust *trust, const char *path, GError **error)
{
  return add_file (trust, path, error);
}

/* A certificate in a file of lists is no reason to trust it, and a file without a list checks nothing. */
gboolean
kai_trust_add_crl_file (KaiTrust *trust, const char *path, GError **error)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *data = NULL;
  gsize length = 0;
  guint before = trust->lists->len;
  g_autoptr (BIO) bio = NULL;
  X509_CRL *crl;

  if (!g_file_get_contents (path, &data, &length, NULL) || length > MAX_FILE)
    return kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                         _ ("The revocation list “%s” cannot be read. Check where it is."), base);
  bio = BIO_new_mem_buf (data, (int)length);
  while ((crl = PEM_read_bio_X509_CRL (bio, NULL, NULL, NULL)))
    {
      add_list (trust, crl);
      X509_CRL_free (crl);
    }
  ERR_clear_error ();
  g_hash_table_remove_all (trust->checked);
  return trust->lists->len > before
         || kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                          _ ("“%s” is damaged or no revocation list: one in PEM form is expected."),
                          base);
}

static GBytes *
hash_certificate (X509 *certificate)
{
  guchar hash[32];
  unsigned int size = 0;

  X509_digest (certificate, EVP_sha256 (), hash, &size);
  return g_bytes_new (hash, size);
}

X509 *
kai_trust_read (KaiTrust *trust, const char *base64, GError **error)
{
  g_autoptr (GBytes) der = kai_base64_decode (base64, 64 * 1024);
  g_autoptr (GBytes) hash = NULL;
  CheckedChain *chain;
  guchar digest[32];

  if (!der)
    return kai_certificate_from_base64 (base64, error);
  EVP_Digest (g_bytes_get_data (der, NULL), g_bytes_get_size (der), digest, NULL, EVP_sha256 (),
              NULL);
  hash = g_bytes_new (digest, sizeof digest);
  chain = g_hash_table_lookup (trust->checked, hash);
  if (!chain)
    return kai_certificate_from_base64 (base64, error);
  X509_up_ref (chain->certificate);
  return chain->certificate;
}

/* Only the purpose: whether the key may sign documents at all. */
static gboolean
check_purpose (X509 *certificate, GError **error)
{
  guint32 usage = X509_get_key_usage (certificate);
  EXTENDED_KEY_USAGE *extended;
  KaiAlgorithm algorithm;
  gboolean only_server = FALSE;

  if (!kai_certificate_get_algorithm (certificate, &algorithm))
    return kai_net_fail_result (
        error, KAI_NET_ERROR_CERTIFICATE, "weak-algorithm",
        _ ("The signer's certificate has a key that is too weak or of a kind that "
           "is not used here."));
  if (X509_get_extension_flags (certificate) & EXFLAG_INVALID)
    return kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                         _ ("The signer's certificate is damaged and cannot be read."));
  /* Missing key usage reads as all bits set; keyCertSign then does not count. */
  if ((X509_get_extension_flags (certificate) & EXFLAG_CA)
      || (usage != G_MAXUINT32 && (usage & KU_KEY_CERT_SIGN)))
    return kai_net_fail_result (
        error, KAI_NET_ERROR_CERTIFICATE, "wrong-purpose",
        _ ("The signer's certificate belongs to an issuer of certificates and is "
           "not for signing messages."));
  if (!(usage & KU_DIGITAL_SIGNATURE))
    return kai_net_fail_result (error, KAI_NET_ERROR_CERTIFICATE, "wrong-purpose",
                                _ ("The signer's certificate is not for digital signatures."));
  extended = X509_get_ext_d2i (certificate, NID_ext_key_usage, NULL, NULL);
  if (extended)
    {
      only_server = TRUE;
      for (int i = 0; i < sk_ASN1_OBJECT_num (extended); i++)
        only_server &= OBJ_obj2nid (sk_ASN1_OBJECT_value (extended, i)) == NID_server_auth;
      EXTENDED_KEY_USAGE_free (extended);
    }
  return !only_server
         || kai_net_fail_result (
             error, KAI_NET_ERROR_CERTIFICATE, "wrong-purpose",
             _ ("The signer's certificate is for a web server and not for signing "
                "messages."));
}

static gboolean
fail_chain (int reason, GError **error)
{
  switch (reason)
    {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return kai_net_fail_result (error, KAI_NET_ERROR_CERTIFICATE, "certificate-expired",
                                  _ ("The signer's certificate, or its issuer's, has expired."));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return kai_net_fail_result (
          error, KAI_NET_ERROR_CERTIFICATE, "not-yet-valid",
          _ ("The signer's certificate, or its issuer's, is not valid yet. Check "
             "the clock of this computer."));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return kai_net_fail_result (
          error, KAI_NET_ERROR_CERTIFICATE, "certificate-unknown",
          _ ("The signer's certificate comes from an issuer that is not trusted."));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return kai_net_fail_result (
          error, KAI_NET_ERROR_CERTIFICATE, "foreign-key",
          _ ("The signer made the certificate for the message himself; nobody vouches for it."));
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return kai_net_fail_result (error, KAI_NET_ERROR_CERTIFICATE, "forged-certificate",
                                  _ ("The signer's certificate was changed or forged."));
    default:
      return kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                           _ ("The signer's certificate cannot be trusted (%s)."),
                           X509_verify_cert_error_string (reason));
    }
}

/* The chain, leaf first; validity at @at. NULL with error. */
static X509Stack *
build_chain (KaiTrust *trust, X509 *certificate, gint64 at, GError **error)
{
  g_autoptr (X509_STORE_CTX) context = X509_STORE_CTX_new ();
  X509_VERIFY_PARAM *param;
  X509Stack *chain = NULL;

  if (X509_STORE_CTX_init (context, trust->roots, certificate, trust->intermediates) == 1)
    {
      param = X509_STORE_CTX_get0_param (context);
      X509_VERIFY_PARAM_set_time (param, at);
      X509_VERIFY_PARAM_set_depth (param, MAX_CHAIN);
      /* 112 bits: no SHA-1 below the root, no RSA under 2048. */
      X509_VERIFY_PARAM_set_auth_level (param, 2);
      if (X509_verify_cert (context) == 1)
        chain = X509_STORE_CTX_get1_chain (context);
    }
  if (!chain)
    fail_chain (X509_STORE_CTX_get_error (context), error);
  ERR_clear_error ();
  return chain;
}

/* OpenSSL cannot be given the SM2 identity for a list, so the SM2 signature is checked over its bytes here. */
static gboolean
verify_list (X509_CRL *crl, X509 *issuer)
{
  const ASN1_BIT_STRING *signature;
  const X509_ALGOR *inner;
  unsigned char *tbs = NULL;
  KaiAlgorithm algorithm;
  gboolean ok = FALSE;
  int length;

  if (!kai_certificate_get_algorithm (issuer, &algorithm))
    return FALSE;
  if (algorithm != KAI_ALGORITHM_SM2)
    ok = X509_CRL_verify (crl, X509_get0_pubkey (issuer)) == 1;
  else
    {
      X509_CRL_get0_signature (crl, &signature, &inner);
      length = i2d_re_X509_CRL_tbs (crl, &tbs);
      ok = length > 0 && X509_CRL_get_signature_nid (crl) == NID_SM2_with_SM3
           && kai_certificate_verify (issuer, tbs, length, ASN1_STRING_get0_data (signature),
                                      ASN1_STRING_length (signature));
      OPENSSL_free (tbs);
    }
  ERR_clear_error ();
  return ok;
}

/* A list that bears the issuer's name must be the issuer's: otherwise anybody could hide a revocation, or cause one. */
static gboolean
list_is_from (RevocationList *list, X509 *issuer)
{
  if (list->verified_by && X509_cmp (list->verified_by, issuer) == 0)
    return TRUE;
  if (!verify_list (list->crl, issuer))
    return FALSE;
  X509_free (list->verified_by);
  X509_up_ref (issuer);
  list->verified_by = issuer;
  return TRUE;
}

static X509 *
find_issuer_of_list (KaiTrust *trust, X509_CRL *crl)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, trust->known);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (X509_NAME_cmp (X509_CRL_get_issuer (crl), X509_get_subject_name (value)) == 0
        && verify_list (crl, value))
      return value;
  return NULL;
}

gboolean
kai_trust_check_lists (KaiTrust *trust, const char *pem, gssize length, gint64 at, gint64 *issued,
                       GError **error)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (pem, length < 0 ? (int)strlen (pem) : (int)length);
  gint64 oldest = G_MAXINT64;
  gboolean ok = TRUE;
  X509_CRL *crl;

  while (ok && (crl = PEM_read_bio_X509_CRL (bio, NULL, NULL, NULL)))
    {
      oldest = MIN (oldest, kai_asn1_time_to_unix (X509_CRL_get0_lastUpdate (crl), G_MAXINT64 - 1));
      ok = find_issuer_of_list (trust, crl) != NULL
           && kai_asn1_time_to_unix (X509_CRL_get0_nextUpdate (crl), G_MAXINT64) >= at;
      X509_CRL_free (crl);
    }
  ERR_clear_error ();
  if (issued)
    *issued = oldest;
  return (ok && oldest < G_MAXINT64)
         || kai_net_fail_result (error, KAI_NET_ERROR_CERTIFICATE, "list-out-of-date",
                                 _ ("The list of revoked certificates is out of date, or was not "
                                    "made by an issuer that is trusted. It was not kept."));
}

/* Narrows *from … *until to the time in which what the lists say of @certificate holds. */
static gboolean
check_revocation (KaiTrust *trust, X509 *certificate, X509 *issuer, gint64 at, gint64 *until,
                  GError **error)
{
  gboolean listed = FALSE;
  gint64 fresh_until = G_MININT64;

  for (guint i = 0; i < trust->lists->len; i++)
    {
      RevocationList *list = g_ptr_array_index (trust->lists, i);
      X509_REVOKED *entry = NULL;

      if (X509_NAME_cmp (X509_CRL_get_issuer (list->crl), X509_get_subject_name (issuer)) != 0)
        continue;
      if (!list_is_from (list, issuer))
        return kai_net_fail_result (
            error, KAI_NET_ERROR_CERTIFICATE, "list-out-of-date",
            _ ("The revocation list of the certificate's issuer was changed or "
               "forged. Fetch it again."));
      listed = TRUE;
      fresh_until = MAX (fresh_until, list->until);
      if (X509_CRL_get0_by_cert (list->crl, &entry, certificate) == 1)
        {
          gint64 revoked_at =
              kai_asn1_time_to_unix (X509_REVOKED_get0_revocationDate (entry), G_MININT64);

          if (revoked_at <= at)
            return kai_net_fail_result (error, KAI_NET_ERROR_CERTIFICATE, "revoked",
                                        _ ("The signer's certificate has been revoked."));
          *until = MIN (*until, revoked_at - 1);
        }
    }
  if (listed && fresh_until < at)
    return kai_net_fail_result (
        error, KAI_NET_ERROR_CERTIFICATE, "list-out-of-date",
        _ ("The revocation list of the certificate's issuer is out of date. Fetch "
           "a new one."));
  if (listed)
    *until = MIN (*until, fresh_until);
  return TRUE;
}

static gboolean
check_chain (KaiTrust *trust, X509 *certificate, gint64 at, gint64 *from, gint64 *until,
             GError **error)
{
  g_autoptr (X509Stack) chain = build_chain (trust, certificate, at, error);

  if (!chain)
    return FALSE;
  *from = G_MININT64;
  *until = G_MAXINT64;
  for (int i = 0; i < sk_X509_num (chain); i++)
    {
      X509 *link = sk_X509_value (chain, i);

      *from = MAX (*from, kai_certificate_get_not_before (link));
      *until = MIN (*until, kai_certificate_get_not_after (link));
      if (i + 1 < sk_X509_num (chain)
          && !check_revocation (trust, link, sk_X509_value (chain, i + 1), at, until, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
kai_trust_check (KaiTrust *trust, X509 *certificate, gint64 at, GError **error)
{
  g_autoptr (GBytes) hash = hash_certificate (certificate);
  CheckedChain *checked = g_hash_table_lookup (trust->checked, hash);
  gint64 from, until;

  if (checked && checked->from <= at && at <= checked->until)
    return TRUE;
  kai_certificate_prepare (certificate);
  if (!check_purpose (certificate, error)
      || !check_chain (trust, certificate, at, &from, &until, error))
    return FALSE;
  if (g_hash_table_size (trust->checked) >= MAX_REMEMBERED)
    g_hash_table_remove_all (trust->checked);
  checked = g_new0 (CheckedChain, 1);
  X509_up_ref (certificate);
  checked->certificate = certificate;
  checked->from = from;
  checked->until = until;
  g_hash_table_replace (trust->checked, g_steal_pointer (&hash), checked);
  return TRUE;
}
