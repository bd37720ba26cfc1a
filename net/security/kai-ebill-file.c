/* The two signatures of an e-bill: making them, writing and reading them, and the file around them. What is hashed and signed is written down in docs/ebill.md. */
#include "security/kai-ebill-private.h"

#include "messages/kai-net-error.h"
#include "security/kai-signature-value.h"
#include "security/kai-xml-signature.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* The first name is what we write; the others are seen elsewhere for the same thing. */
static const char *const algorithm_names[3][4] = {
  [KAI_ALGORITHM_RSA] = { "RSA-SHA256", "SHA256WithRSA", "1.2.840.113549.1.1.11" },
  [KAI_ALGORITHM_P256] = { "ECDSA-SHA256", "SHA256WithECDSA", "1.2.840.10045.4.3.2" },
  [KAI_ALGORITHM_SM2] = { "SM2", "SM3WithSM2", "1.2.156.10197.1.501" },
};

#define MAX_SIGNATURE_BYTES 2048
#define UNIT_REFERENCE "Header EInvoiceData"
#define SUPERVISOR_REFERENCE "Header EInvoiceData Signature"

void
kai_ebill_signature_free (KaiEbillSignature *signature)
{
  if (!signature)
    return;
  g_free (signature->value);
  g_free (signature->algorithm);
  g_free (signature->time);
  g_free (signature->serial);
  g_free (signature->issuer);
  g_free (signature->certificate);
  g_free (signature);
}

/* China has one time zone: the time on the bill does not depend on where the computer stands. */
static char *
format_time (gint64 now)
{
  g_autoptr (GTimeZone) china = g_time_zone_new_offset (8 * 3600);
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, china);

  return g_date_time_format (local, "%Y%m%d%H%M%S+0800");
}

KaiEbillSignature *
kai_ebill_sign (GBytes *content, KaiKey *key, gint64 now, GError **error)
{
  X509 *certificate = kai_key_get_certificate (key);
  g_autoptr (GBytes) value =
      kai_key_sign (key, g_bytes_get_data (content, NULL), g_bytes_get_size (content), error);
  KaiEbillSignature *signature;

  if (!value)
    return NULL;
  signature = g_new0 (KaiEbillSignature, 1);
  signature->value = g_base64_encode (g_bytes_get_data (value, NULL), g_bytes_get_size (value));
  signature->algorithm = g_strdup (algorithm_names[kai_key_get_algorithm (key)][0]);
  signature->time = format_time (now);
  signature->serial = kai_certificate_dup_serial (certificate);
  signature->issuer = kai_certificate_dup_issuer (certificate);
  signature->certificate = kai_certificate_to_base64 (certificate);
  return signature;
}

static gboolean
is_algorithm (const char *name, KaiAlgorithm algorithm)
{
  for (guint i = 0; i < G_N_ELEMENTS (algorithm_names[0]) && algorithm_names[algorithm][i]; i++)
    if (g_ascii_strcasecmp (name, algorithm_names[algorithm][i]) == 0)
      return TRUE;
  return FALSE;
}

gboolean
kai_ebill_signature_check (const KaiEbillSignature *signature, GBytes *data, X509 *certificate,
                           GError **error)
{
  g_autoptr (GBytes) value = kai_base64_decode (signature->value, MAX_SIGNATURE_BYTES);
  KaiAlgorithm algorithm;

  if (!kai_certificate_get_algorithm (certificate, &algorithm)
      || !is_algorithm (signature->algorithm, algorithm))
    return kai_net_fail (error, KAI_NET_ERROR_SIGNATURE,
                         _ ("The signature's algorithm is not that of the signer's certificate."));
  return (value
          && kai_certificate_verify (certificate, g_bytes_get_data (data, NULL),
                                     g_bytes_get_size (data), g_bytes_get_data (value, NULL),
                                     g_bytes_get_size (value)))
         || kai_net_fail (error, KAI_NET_ERROR_SIGNATURE,
                          _ ("The signature does not fit: the e-bill was changed after it was "
                             "signed, or signed by somebody else."));
}

gboolean
kai_ebill_check_unit_signature (GBytes *content, const KaiEbillSignature *signature,
                                X509 *certificate, GError **error)
{
  /* Otherwise the file would name a certificate that cannot be found. */
  if (!kai_certificate_is_named (certificate, signature->issuer, signature->serial))
    return kai_net_fail (error, KAI_NET_ERROR_SIGNATURE,
                         _ ("The signature names another certificate than the signer's."));
  return kai_ebill_signature_check (signature, content, certificate, error);
}

/* ---- The Signature element ---- */

static void
add (xmlNode *parent, const char *name, const char *text)
{
  xmlNewTextChild (parent, NULL, BAD_CAST name, BAD_CAST text);
}

static xmlNode *
write_signature (xmlNode *parent, const KaiEbillSignature *signature, const char *reference)
{
  xmlNode *node = xmlNewChild (parent, NULL, BAD_CAST "Signature", NULL);
  xmlNode *info = xmlNewChild (node, NULL, BAD_CAST "SignedInfo", NULL);

  add (info, "Reference", reference);
  add (info, "SignatureAlgorithm", signature->algorithm);
  add (info, "SignatureFormat", "DETACH");
  add (node, "SignatureTime", signature->time);
  add (node, "SignatureValue", signature->value);
  info = xmlNewChild (node, NULL, BAD_CAST "KeyInfo", NULL);
  add (info, "SerialNumber", signature->serial);
  add (info, "X509IssuerName", signature->issuer);
  if (signature->certificate && *signature->certificate)
    add (info, "X509Certificate", signature->certificate);
  return node;
}

/* Text of the next element, which must have this name. */
static char *
take_text (xmlNode **cursor, const char *name, GError **error)
{
  xmlNode *node = kai_ebill_take (cursor, name);
  char *text;

  if (!node)
    {
      kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                    _ ("Field %s of the e-bill's signature is missing or out of order."), name);
      return NULL;
    }
  text = kai_xml_text (node, error);
  return text ? g_strstrip (text) : NULL;
}

static gboolean
read_signed_info (xmlNode *node, KaiEbillSignature *signature, GError **error)
{
  xmlNode *cursor = kai_ebill_to_element (node->children);
  g_autofree char *reference = take_text (&cursor, "Reference", error);
  g_autofree char *format = NULL;

  if (!reference || !(signature->algorithm = take_text (&cursor, "SignatureAlgorithm", error))
      || !(format = take_text (&cursor, "SignatureFormat", error)))
    return FALSE;
  return (!cursor && strcmp (format, "DETACH") == 0)
         || kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                          _ ("The signature of the e-bill is of an unknown format."));
}

static gboolean
read_key_info (xmlNode *node, KaiEbillSignature *signature, GError **error)
{
  xmlNode *cursor = kai_ebill_to_element (node->children);

  if (!(signature->serial = take_text (&cursor, "SerialNumber", error))
      || !(signature->issuer = take_text (&cursor, "X509IssuerName", error)))
    return FALSE;
  signature->certificate = cursor ? take_text (&cursor, "X509Certificate", error) : g_strdup ("");
  if (!signature->certificate)
    return FALSE;
  return !cursor
         || kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                          _ ("The signature of the e-bill holds something unexpected."));
}

KaiEbillSignature *
kai_ebill_signature_read (xmlNode *node, GError **error)
{
  g_autoptr (KaiEbillSignature) signature = g_new0 (KaiEbillSignature, 1);
  xmlNode *cursor = kai_ebill_to_element (node->children);
  xmlNode *info = kai_ebill_take (&cursor, "SignedInfo");
  xmlNode *key_info;

  if (!info || !read_signed_info (info, signature, error))
    {
      if (!info)
        kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                      _ ("The signature of the e-bill is not complete."));
      return NULL;
    }
  if (!(signature->time = take_text (&cursor, "SignatureTime", error))
      || !(signature->value = take_text (&cursor, "SignatureValue", error)))
    return NULL;
  key_info = kai_ebill_take (&cursor, "KeyInfo");
  if (!key_info || cursor)
    {
      kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                    _ ("The signature of the e-bill is not complete."));
      return NULL;
    }
  return read_key_info (key_info, signature, error) ? g_steal_pointer (&signature) : NULL;
}

/* ---- The file ---- */

GBytes *
kai_ebill_supervised_bytes (GBytes *content, KaiAlgorithm algorithm, xmlNode *unit, GError **error)
{
  g_autoptr (GBytes) canonical = kai_xml_canonical (unit, error);
  g_autoptr (GBytes) hash = NULL;
  g_autofree char *text = NULL;
  GByteArray *bytes;

  if (!canonical)
    return NULL;
  hash = kai_digest (algorithm, g_bytes_get_data (content, NULL), g_bytes_get_size (content));
  text = g_base64_encode (g_bytes_get_data (hash, NULL), g_bytes_get_size (hash));
  bytes = g_byte_array_new ();
  g_byte_array_append (bytes, (const guchar *)text, strlen (text));
  g_byte_array_append (bytes, g_bytes_get_data (canonical, NULL), g_bytes_get_size (canonical));
  return g_byte_array_free_to_bytes (bytes);
}

/* The content goes in byte for byte, as it was signed. */
static GBytes *
assemble (GBytes *content, xmlNode *signatures, GError **error)
{
  static const char start[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<EInvoice>";
  static const char end[] = "</EInvoice>\n";
  g_autoptr (GBytes) canonical = kai_xml_canonical (signatures, error);
  GByteArray *file;

  if (!canonical)
    return NULL;
  file = g_byte_array_new ();
  g_byte_array_append (file, (const guchar *)start, strlen (start));
  g_byte_array_append (file, g_bytes_get_data (content, NULL), g_bytes_get_size (content));
  g_byte_array_append (file, g_bytes_get_data (canonical, NULL), g_bytes_get_size (canonical));
  g_byte_array_append (file, (const guchar *)end, strlen (end));
  return g_byte_array_free_to_bytes (file);
}

GBytes *
kai_ebill_file_build (GBytes *content, const KaiEbillSignature *unit, KaiKey *supervisor,
                      gint64 now, GError **error)
{
  g_autoptr (KaiEbill) ebill = kai_ebill_content_parse (content, error);
  g_autoptr (xmlDoc) doc = NULL;
  g_autoptr (GBytes) supervised = NULL;
  g_autoptr (KaiEbillSignature) second = NULL;
  xmlNode *signatures, *first;

  if (!ebill)
    return NULL;
  doc = xmlNewDoc (BAD_CAST "1.0");
  signatures = xmlNewDocNode (doc, NULL, BAD_CAST "EInvoiceSignature", NULL);
  xmlDocSetRootElement (doc, signatures);
  first = write_signature (signatures, unit, UNIT_REFERENCE);
  supervised =
      kai_ebill_supervised_bytes (content, kai_key_get_algorithm (supervisor), first, error);
  second = supervised ? kai_ebill_sign (supervised, supervisor, now, error) : NULL;
  if (!second)
    return NULL;
  write_signature (signatures, second, SUPERVISOR_REFERENCE);
  return assemble (content, signatures, error);
}
