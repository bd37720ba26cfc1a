/* The training server's certificate authority: a P-256 root, the TLS server's key, the finance
 * bureau's signing keys in every algorithm, the supervisor's SM2 key, and keys for users. */
#include "kai-sandbox-authority.h"

#include "values/kai-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#define DAY G_GINT64_CONSTANT (86400)
#define LIST_DAYS 30 /* a revocation list holds so long */

struct _KaiAuthority
{
  char *keys_dir;
  char *tls_path;
  char *ca_path, *crl_path;
  char *revocations; /* PEM, NULL until made */
  X509 *root;
  EVP_PKEY *root_key;
  KaiKey *finance[3]; /* by KaiAlgorithm */
  KaiKey *supervisor;
  KaiTrust *trust;
  const char *sm2_name, *sm3_name; /* interned */
};

typedef struct
{
  const char *name, *organisation, *unit, *user; /* CN, O, OU, UID; NULL = none */
  const char *key_usage;
  const char *extended_usage; /* NULL = none */
  const char *names;          /* subjectAltName, NULL = none */
  gboolean authority;
  int days;
} Profile;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PKCS12, PKCS12_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_NAME, X509_NAME_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_CRL, X509_CRL_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_REVOKED, X509_REVOKED_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_TIME, ASN1_TIME_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_INTEGER, ASN1_INTEGER_free)

static gboolean
crypto_failed (GError **error)
{
  return kai_data_fail (error, KAI_DATA_ERROR_IO,
                        _ ("A key or certificate could not be made: the cryptographic library "
                           "refused. Check the OpenSSL installation."));
}

static EVP_PKEY *
make_key (KaiAlgorithm algorithm)
{
  switch (algorithm)
    {
    case KAI_ALGORITHM_RSA:
      return EVP_PKEY_Q_keygen (NULL, NULL, "RSA", (size_t)2048);
    case KAI_ALGORITHM_P256:
      return EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-256");
    case KAI_ALGORITHM_SM2:
      return EVP_PKEY_Q_keygen (NULL, NULL, "SM2");
    default:
      return NULL;
    }
}

static gboolean
add_name (X509_NAME *name, const char *tag, const char *value)
{
  return !value
         || X509_NAME_add_entry_by_txt (name, tag, MBSTRING_UTF8, (const unsigned char *)value, -1,
                                        -1, 0);
}

static gboolean
add_extension (X509 *certificate, X509 *issuer, int nid, const char *value)
{
  X509V3_CTX context;
  X509_EXTENSION *extension;
  gboolean ok;

  if (!value)
    return TRUE;
  X509V3_set_ctx_nodb (&context);
  X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  ok = extension && X509_add_ext (certificate, extension, -1);
  X509_EXTENSION_free (extension);
  return ok;
}

static gboolean
set_serial (X509 *certificate)
{
  unsigned char bytes[16];
  BIGNUM *number;
  gboolean ok;

  if (RAND_bytes (bytes, sizeof bytes) != 1)
    return FALSE;
  bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive and always 16 bytes */
  number = BN_bin2bn (bytes, sizeof bytes, NULL);
  ok = number && BN_to_ASN1_INTEGER (number, X509_get_serialNumber (certificate));
  BN_free (number);
  return ok;
}

/* The issuer is the root, or the certificate itself for the root. */
static X509 *
make_certificate (KaiAuthority *self, EVP_PKEY *key, const Profile *profile, GError **error)
{
  g_autoptr (X509) certificate = X509_new ();
  g_autoptr (X509_NAME) name = X509_NAME_new ();
  X509 *issuer = profile->authority ? certificate : self->root;
  EVP_PKEY *issuer_key = profile->authority ? key : self->root_key;

  /* One day back: a clock that runs a little late must not refuse a new certificate. */
  if (certificate && name && X509_set_version (certificate, X509_VERSION_3)
      && set_serial (certificate) && X509_gmtime_adj (X509_getm_notBefore (certificate), -(long)DAY)
      && X509_gmtime_adj (X509_getm_notAfter (certificate), (long)(profile->days * DAY))
      && add_name (name, "C", "CN") && add_name (name, "O", profile->organisation)
      && add_name (name, "OU", profile->unit) && add_name (name, "CN", profile->name)
      && add_name (name, "UID", profile->user) && X509_set_subject_name (certificate, name)
      && X509_set_issuer_name (certificate,
                               profile->authority ? name : X509_get_subject_name (issuer))
      && X509_set_pubkey (certificate, key)
      && add_extension (certificate, issuer, NID_basic_constraints,
                        profile->authority ? "critical,CA:TRUE" : "critical,CA:FALSE")
      && add_extension (certificate, issuer, NID_key_usage, profile->key_usage)
      && add_extension (certificate, issuer, NID_ext_key_usage, profile->extended_usage)
      && add_extension (certificate, issuer, NID_subject_alt_name, profile->names)
      && add_extension (certificate, issuer, NID_subject_key_identifier, "hash")
      && add_extension (certificate, issuer, NID_authority_key_identifier, "keyid:always")
      && X509_sign (certificate, issuer_key, EVP_sha256 ()))
    return g_steal_pointer (&certificate);
  crypto_failed (error);
  return NULL;
}

/* Writes the whole file or nothing: a temporary file beside it, then a rename. */
static gboolean
write_file (const char *path, BIO *bio, int mode, GError **error)
{
  char *bytes = NULL;
  long length = BIO_get_mem_data (bio, &bytes);

  return g_file_set_contents_full (path, bytes, length,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   mode, error);
}

static gboolean
save_pem (const char *path, X509 *certificate, EVP_PKEY *key, GError **error)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_secmem ());

  if (!bio || (certificate && !PEM_write_bio_X509 (bio, certificate))
      || (key && !PEM_write_bio_PKCS8PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL)))
    return crypto_failed (error);
  return write_file (path, bio, key ? 0600 : 0644, error);
}

static gboolean
load_pem (const char *path, X509 **certificate, EVP_PKEY **key, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  g_autoptr (BIO) bio = NULL;

  if (!g_file_get_contents (path, &text, &length, error))
    return FALSE;
  bio = BIO_new_mem_buf (text, (int)length);
  if (certificate)
    *certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  if (key)
    {
      (void)BIO_reset (bio);
      *key = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);
    }
  OPENSSL_cleanse (text, length);
  if ((certificate && !*certificate) || (key && !*key))
    return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                          _ ("The training server's key file %s is damaged. Start with a new "
                             "directory, or restore the file."),
                          path);
  return TRUE;
}

static gboolean
make_root (KaiAuthority *self, const char *ca_path, const char *key_path, GError **error)
{
  /* A name of its own: the roots of two training servers must not be taken for each other. */
  guint32 mark = g_random_int ();
  g_autofree char *name = g_strdup_printf ("Kaipiao training root %08X", mark);
  const Profile profile = { .name = name,
                            .organisation = "Kaipiao training server",
                            .key_usage = "critical,keyCertSign,cRLSign",
                            .authority = TRUE,
                            .days = 3650 };

  self->root_key = make_key (KAI_ALGORITHM_P256);
  if (!self->root_key)
    return crypto_failed (error);
  self->root = make_certificate (self, self->root_key, &profile, error);
  /* ca.pem last: where it is there, its key is there. */
  return self->root && save_pem (key_path, NULL, self->root_key, error)
         && save_pem (ca_path, self->root, NULL, error);
}

/* A key of the server's own under @name; made when it is missing or ends within 30 days. */
static gboolean
load_or_make (KaiAuthority *self, const char *path, KaiAlgorithm algorithm, const Profile *profile,
              gboolean create, KaiKey **out, GError **error)
{
  g_autoptr (X509) certificate = NULL;
  g_autoptr (EVP_PKEY) key = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS) && !load_pem (path, &certificate, &key, error))
    return FALSE;
  if (certificate && create
      && (kai_certificate_get_not_after (certificate)
              < g_get_real_time () / G_USEC_PER_SEC + 30 * DAY
          || X509_verify (certificate, self->root_key) != 1))
    {
      g_clear_pointer (&certificate, X509_free);
      g_clear_pointer (&key, EVP_PKEY_free);
    }
  if (!certificate)
    {
      if (!create)
        return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                              _ ("The file %s is missing. Start the training server once."), path);
      key = make_key (algorithm);
      if (!key)
        return crypto_failed (error);
      certificate = make_certificate (self, key, profile, error);
      if (!certificate || !save_pem (path, certificate, key, error))
        return FALSE;
    }
  if (out)
    *out = kai_key_new_for_pkey (key, certificate);
  return TRUE;
}

static gboolean
load_finance_keys (KaiAuthority *self, gboolean create, const char *region,
                   const char *finance_name, GError **error)
{
  g_autofree char *node = g_strconcat ("F", region, NULL);
  const Profile finance = { .name = finance_name,
                            .organisation = finance_name,
                            .unit = node,
                            .key_usage = "critical,digitalSignature",
                            .days = 3650 };
  g_autofree char *supervisor_name = g_strconcat (finance_name, "电子票据监制", NULL);
  Profile supervisor = finance;
  g_autofree char *supervisor_path = g_build_filename (self->keys_dir, "supervisor.pem", NULL);

  for (int i = KAI_ALGORITHM_RSA; i <= KAI_ALGORITHM_SM2; i++)
    {
      g_autofree char *file = g_strdup_printf ("finance-%s.pem", kai_algorithm_to_string (i));
      g_autofree char *path = g_build_filename (self->keys_dir, file, NULL);

      if (!load_or_make (self, path, i, &finance, create, &self->finance[i], error))
        return FALSE;
    }
  supervisor.name = supervisor_name;
  return load_or_make (self, supervisor_path, KAI_ALGORITHM_SM2, &supervisor, create,
                       &self->supervisor, error);
}

/* The root, the list of what was revoked, and the site's names of algorithms. */
static KaiTrust *
make_trust (KaiAuthority *self, GError **error)
{
  g_autoptr (KaiTrust) trust = kai_trust_new ();

  kai_trust_set_sm2_names (trust, self->sm2_name, self->sm3_name);
  if (!kai_trust_add_file (trust, self->ca_path, error)
      || (self->revocations && !kai_trust_add_pem (trust, self->revocations, -1, error)))
    return NULL;
  return g_steal_pointer (&trust);
}

static gboolean
load_root (KaiAuthority *self, const char *dir, gboolean create, GError **error)
{
  g_autofree char *ca_path = g_build_filename (dir, "ca.pem", NULL);
  g_autofree char *key_path = g_build_filename (self->keys_dir, "ca-key.pem", NULL);

  if (g_file_test (ca_path, G_FILE_TEST_EXISTS))
    {
      if (!load_pem (ca_path, &self->root, NULL, error)
          || !load_pem (key_path, NULL, &self->root_key, error))
        return FALSE;
    }
  else if (!create)
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                          _ ("%s is not a training server's directory yet. Start kaipiao-sandbox "
                             "--dir %s once."),
                          dir, dir);
  else if (!make_root (self, ca_path, key_path, error))
    return FALSE;
  self->ca_path = g_steal_pointer (&ca_path);
  self->crl_path = g_build_filename (dir, "crl.pem", NULL);
  self->trust = make_trust (self, error);
  return self->trust != NULL;
}

KaiAuthority *
kai_authority_open (const char *dir, gboolean create, const char *region, const char *finance_name,
                    GError **error)
{
  g_autoptr (KaiAuthority) self = g_new0 (KaiAuthority, 1);
  const Profile tls = { .name = "localhost",
                        .organisation = "Kaipiao training server",
                        .key_usage = "critical,digitalSignature",
                        .extended_usage = "serverAuth",
                        .names = "DNS:localhost,IP:127.0.0.1,IP:::1",
                        .days = 397 };

  self->sm2_name = KAI_SM2_NAME;
  self->sm3_name = KAI_SM3_NAME;
  self->keys_dir = g_build_filename (dir, "keys", NULL);
  self->tls_path = g_build_filename (self->keys_dir, "tls.pem", NULL);
  if (create && g_mkdir_with_parents (self->keys_dir, 0700) != 0)
    {
      kai_data_fail (error, KAI_DATA_ERROR_READ_ONLY,
                     _ ("The directory %s cannot be made: %s. Choose another with --dir."),
                     self->keys_dir, g_strerror (errno));
      return NULL;
    }
  if (!load_root (self, dir, create, error)
      || !load_or_make (self, self->tls_path, KAI_ALGORITHM_P256, &tls, create, NULL, error)
      || !load_finance_keys (self, create, region, finance_name, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
kai_authority_free (KaiAuthority *self)
{
  if (!self)
    return;
  g_free (self->keys_dir);
  g_free (self->tls_path);
  g_free (self->ca_path);
  g_free (self->crl_path);
  g_free (self->revocations);
  X509_free (self->root);
  EVP_PKEY_free (self->root_key);
  for (int i = KAI_ALGORITHM_RSA; i <= KAI_ALGORITHM_SM2; i++)
    g_clear_object (&self->finance[i]);
  g_clear_object (&self->supervisor);
  g_clear_pointer (&self->trust, kai_trust_unref);
  g_free (self);
}

KaiTrust *
kai_authority_get_trust (KaiAuthority *self)
{
  return self->trust;
}

KaiKey *
kai_authority_get_finance_key (KaiAuthority *self, KaiAlgorithm algorithm)
{
  return self->finance[algorithm];
}

KaiKey *
kai_authority_get_supervisor_key (KaiAuthority *self)
{
  return self->supervisor;
}

const char *
kai_authority_get_tls_path (KaiAuthority *self)
{
  return self->tls_path;
}

void
kai_authority_set_sm2_names (KaiAuthority *self, const char *signature, const char *digest)
{
  self->sm2_name = g_intern_string (signature);
  self->sm3_name = g_intern_string (digest);
  kai_trust_set_sm2_names (self->trust, signature, digest);
  for (int i = KAI_ALGORITHM_RSA; i <= KAI_ALGORITHM_SM2; i++)
    kai_key_set_sm2_names (self->finance[i], signature, digest);
}

/* ---- revocation ---- */

static gboolean
add_revoked (X509_CRL *list, const char *serial, gint64 at)
{
  g_autoptr (X509_REVOKED) entry = X509_REVOKED_new ();
  g_autoptr (ASN1_TIME) time = ASN1_TIME_set (NULL, at);
  g_autoptr (ASN1_INTEGER) number = NULL;
  BIGNUM *bn = NULL;

  if (!BN_hex2bn (&bn, serial))
    return FALSE;
  number = BN_to_ASN1_INTEGER (bn, NULL);
  BN_free (bn);
  if (!entry || !time || !number || !X509_REVOKED_set_serialNumber (entry, number)
      || !X509_REVOKED_set_revocationDate (entry, time) || !X509_CRL_add0_revoked (list, entry))
    return FALSE;
  g_steal_pointer (&entry);
  return TRUE;
}

static X509_CRL *
make_list (KaiAuthority *self, char **serials, const gint64 *times, gint64 now)
{
  g_autoptr (X509_CRL) list = X509_CRL_new ();
  g_autoptr (ASN1_TIME) from = ASN1_TIME_set (NULL, now);
  g_autoptr (ASN1_TIME) until = ASN1_TIME_set (NULL, now + LIST_DAYS * DAY);
  gboolean ok = list && from && until && X509_CRL_set_version (list, X509_CRL_VERSION_2)
                && X509_CRL_set_issuer_name (list, X509_get_subject_name (self->root))
                && X509_CRL_set1_lastUpdate (list, from) && X509_CRL_set1_nextUpdate (list, until);

  for (int i = 0; ok && serials[i]; i++)
    ok = add_revoked (list, serials[i], times[i]);
  if (!ok || !X509_CRL_sort (list) || !X509_CRL_sign (list, self->root_key, EVP_sha256 ()))
    return NULL;
  return g_steal_pointer (&list);
}

gboolean
kai_authority_set_revoked (KaiAuthority *self, char **serials, const gint64 *times, gint64 now,
                           gboolean write, GError **error)
{
  g_autoptr (X509_CRL) list = make_list (self, serials, times, now);
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  KaiTrust *trust;
  char *pem = NULL;
  long length;

  if (!list || !bio || !PEM_write_bio_X509_CRL (bio, list))
    return crypto_failed (error);
  if (write && !write_file (self->crl_path, bio, 0644, error))
    return FALSE;
  length = BIO_get_mem_data (bio, &pem);
  g_free (self->revocations);
  self->revocations = g_strndup (pem, length);
  trust = make_trust (self, error);
  if (!trust)
    return FALSE;
  kai_trust_unref (self->trust);
  self->trust = trust;
  return TRUE;
}

const char *
kai_authority_get_revocations (KaiAuthority *self)
{
  return self->revocations;
}

/* A new file of mode 0600 from the first byte on; an existing one is never overwritten. */
static gboolean
write_new_file (const char *path, BIO *bio, GError **error)
{
  char *bytes = NULL;
  long length = BIO_get_mem_data (bio, &bytes);
  int fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean ok;

  if (fd < 0)
    return kai_data_fail (error, KAI_DATA_ERROR_IO,
                          _ ("The key file %s cannot be made: %s. Choose another name."), path,
                          g_strerror (errno));
  ok = write (fd, bytes, length) == length && fsync (fd) == 0;
  if (!g_close (fd, NULL) || !ok)
    {
      g_unlink (path);
      return kai_data_fail (error, KAI_DATA_ERROR_FULL,
                            _ ("The key file %s could not be written. Is the disk full?"), path);
    }
  return TRUE;
}

X509 *
kai_authority_issue_key (KaiAuthority *self, const KaiUser *user, const char *unit_name,
                         KaiAlgorithm algorithm, const char *pin, const char *path, GError **error)
{
  const Profile profile = { .name = user->name,
                            .organisation = unit_name,
                            .unit = user->unit_code,
                            .user = user->code,
                            .key_usage = "critical,digitalSignature",
                            .days = 365 };
  g_autoptr (EVP_PKEY) key = make_key (algorithm);
  g_autoptr (X509) certificate = NULL;
  g_autoptr (PKCS12) sealed = NULL;
  g_autoptr (BIO) bio = BIO_new (BIO_s_secmem ());
  STACK_OF (X509) *chain = sk_X509_new_null ();

  if (key)
    certificate = make_certificate (self, key, &profile, error);
  if (certificate && chain && sk_X509_push (chain, self->root))
    sealed = PKCS12_create (pin, user->code, key, certificate, chain, 0, 0, 0, 0, 0);
  sk_X509_free (chain);
  if (!sealed || !bio || !i2d_PKCS12_bio (bio, sealed))
    {
      if (!error || !*error)
        crypto_failed (error);
      return NULL;
    }
  return write_new_file (path, bio, error) ? g_steal_pointer (&certificate) : NULL;
}
