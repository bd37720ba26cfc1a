/* What stands in a certificate, and signatures by its key. Whether it is to be believed is kai-trust.c. */
#include "security/kai-key-private.h"

#include "messages/kai-net-error.h"
#include "security/kai-certificate.h"
#include "security/kai-signature-value.h"
#include <glib/gi18n-lib.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#define MAX_DER (64 * 1024)

void
kai_certificate_prepare (X509 *certificate)
{
  ASN1_OCTET_STRING *id = NULL;

  /* It belongs to the signature, so the issuer's algorithm counts; with any other OpenSSL takes an identity for an error. */
  if (X509_get_signature_nid (certificate) == NID_SM2_with_SM3)
    {
      id = ASN1_OCTET_STRING_new ();
      ASN1_OCTET_STRING_set (id, (const unsigned char *)KAI_SM2_ID, strlen (KAI_SM2_ID));
    }
  X509_set0_distinguishing_id (certificate, id);
}

gboolean
kai_certificate_get_algorithm (X509 *certificate, KaiAlgorithm *out)
{
  gboolean ok = kai_pkey_get_algorithm (X509_get0_pubkey (certificate), out);

  ERR_clear_error ();
  return ok;
}

static gboolean
verify_value (EVP_PKEY *pkey, KaiAlgorithm algorithm, const void *data, gsize length,
              const void *signature, gsize signature_length)
{
  g_autoptr (KaiDigestContext) context = kai_digest_context_new (pkey, algorithm, FALSE);
  gboolean ok;

  ok = context && EVP_DigestVerify (context, signature, signature_length, data, length) == 1;
  ERR_clear_error ();
  return ok;
}

gboolean
kai_certificate_verify (X509 *certificate, const void *data, gsize length, const void *signature,
                        gsize signature_length)
{
  EVP_PKEY *pkey = X509_get0_pubkey (certificate);
  g_autoptr (GBytes) der = NULL;
  KaiAlgorithm algorithm;

  if (!kai_certificate_get_algorithm (certificate, &algorithm))
    return FALSE;
  if (algorithm != KAI_ALGORITHM_RSA
      && (der = kai_signature_from_raw (signature, signature_length)) != NULL
      && verify_value (pkey, algorithm, data, length, g_bytes_get_data (der, NULL),
                       g_bytes_get_size (der)))
    return TRUE;
  return verify_value (pkey, algorithm, data, length, signature, signature_length);
}

char *
kai_certificate_dup_serial (X509 *certificate)
{
  BIGNUM *number = ASN1_INTEGER_to_BN (X509_get0_serialNumber (certificate), NULL);
  char *hex = number ? BN_bn2hex (number) : NULL;
  char *copy = g_strdup (hex ? hex : "");

  OPENSSL_free (hex);
  BN_free (number);
  return copy;
}

static char *
dup_x509_name (const X509_NAME *name)
{
  BIO *bio = BIO_new (BIO_s_mem ());
  char *text = NULL, *copy;
  long length;

  X509_NAME_print_ex (bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  length = BIO_get_mem_data (bio, &text);
  copy = length > 0 ? g_utf8_make_valid (text, length) : g_strdup ("");
  BIO_free (bio);
  ERR_clear_error ();
  return copy;
}

char *
kai_certificate_dup_issuer (X509 *certificate)
{
  return dup_x509_name (X509_get_issuer_name (certificate));
}

char *
kai_certificate_dup_subject (X509 *certificate)
{
  return dup_x509_name (X509_get_subject_name (certificate));
}

static int
compare_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* Programs write a name's attributes in either order and with or without a space after the comma. */
static char *
normalise_name (const char *name)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) part = g_string_new (NULL);

  for (const char *c = name;; c++)
    {
      if (*c == '\\' && c[1])
        {
          g_string_append_len (part, c, 2);
          c++;
          continue;
        }
      if (*c && *c != ',')
        {
          g_string_append_c (part, *c);
          continue;
        }
      g_ptr_array_add (parts, g_strstrip (g_strdup (part->str)));
      g_string_truncate (part, 0);
      if (!*c)
        break;
    }
  g_ptr_array_sort (parts, compare_text);
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (",", (char **)parts->pdata);
}

char *
kai_certificate_make_key (const char *issuer, const char *serial)
{
  g_autofree char *name = normalise_name (issuer);
  g_autofree char *upper = g_ascii_strup (serial, -1);
  const char *digits = upper + strspn (upper, "0");

  return g_strdup_printf ("%s %s", digits, name);
}

gboolean
kai_certificate_is_named (X509 *certificate, const char *issuer, const char *serial)
{
  g_autofree char *own_issuer = kai_certificate_dup_issuer (certificate);
  g_autofree char *own_serial = kai_certificate_dup_serial (certificate);
  g_autofree char *own = kai_certificate_make_key (own_issuer, own_serial);
  g_autofree char *given = kai_certificate_make_key (issuer, serial);

  return strcmp (own, given) == 0;
}

/* Twice the same attribute would let the reader choose which one counts: it counts as missing. */
static char *
dup_attribute (X509 *certificate, int nid)
{
  X509_NAME *name = X509_get_subject_name (certificate);
  int index = X509_NAME_get_index_by_NID (name, nid, -1);
  unsigned char *utf8 = NULL;
  char *copy = NULL;
  int length;

  if (index < 0 || X509_NAME_get_index_by_NID (name, nid, index) >= 0)
    return g_strdup ("");
  length =
      ASN1_STRING_to_UTF8 (&utf8, X509_NAME_ENTRY_get_data (X509_NAME_get_entry (name, index)));
  if (length > 0 && !memchr (utf8, 0, length) && g_utf8_validate ((char *)utf8, length, NULL))
    copy = g_strndup ((char *)utf8, length);
  OPENSSL_free (utf8);
  ERR_clear_error ();
  return copy ? copy : g_strdup ("");
}

char *
kai_certificate_dup_name (X509 *certificate)
{
  return dup_attribute (certificate, NID_commonName);
}

char *
kai_certificate_dup_unit_name (X509 *certificate)
{
  return dup_attribute (certificate, NID_organizationName);
}

char *
kai_certificate_dup_unit (X509 *certificate)
{
  return dup_attribute (certificate, NID_organizationalUnitName);
}

char *
kai_certificate_dup_user (X509 *certificate)
{
  return dup_attribute (certificate, NID_userId);
}

gboolean
kai_certificate_is_finance (X509 *certificate)
{
  g_autofree char *unit = kai_certificate_dup_unit (certificate);

  return strlen (unit) == 7 && unit[0] == 'F' && strspn (unit + 1, "0123456789") == 6;
}

gint64
kai_asn1_time_to_unix (const ASN1_TIME *time, gint64 fallback)
{
  struct tm tm;

  return time && ASN1_TIME_to_tm (time, &tm) == 1 ? timegm (&tm) : fallback;
}

gint64
kai_certificate_get_not_after (X509 *certificate)
{
  return kai_asn1_time_to_unix (X509_get0_notAfter (certificate), G_MININT64);
}

gint64
kai_certificate_get_not_before (X509 *certificate)
{
  return kai_asn1_time_to_unix (X509_get0_notBefore (certificate), G_MAXINT64);
}

char *
kai_certificate_to_base64 (X509 *certificate)
{
  unsigned char *der = NULL;
  int length = i2d_X509 (certificate, &der);
  char *text = length > 0 ? g_base64_encode (der, length) : g_strdup ("");

  OPENSSL_free (der);
  return text;
}

X509 *
kai_certificate_from_der (const void *data, gsize length)
{
  const unsigned char *cursor = data;
  g_autoptr (X509) certificate = NULL;

  if (length <= MAX_DER)
    certificate = d2i_X509 (NULL, &cursor, length);
  ERR_clear_error ();
  if (!certificate || cursor != (const unsigned char *)data + length)
    return NULL;
  kai_certificate_prepare (certificate);
  return g_steal_pointer (&certificate);
}

X509 *
kai_certificate_from_base64 (const char *text, GError **error)
{
  g_autoptr (GBytes) der = kai_base64_decode (text, MAX_DER);
  X509 *certificate = NULL;

  if (der)
    certificate = kai_certificate_from_der (g_bytes_get_data (der, NULL), g_bytes_get_size (der));
  if (!certificate)
    kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                  _ ("The signer's certificate is damaged and cannot be read."));
  return certificate;
}
