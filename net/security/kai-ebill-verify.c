/* Checking an e-bill file without a connection. Every check is made and told, also when an earlier one failed: a person who holds a doubtful bill wants to know all of it. */
#include "security/kai-ebill-private.h"

#include "messages/kai-net-error.h"
#include "values/kai-codes.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_FILE (4 * 1024 * 1024)
/* Clocks differ by this much. */
#define TOLERANCE 300
#define DAY 86400

enum
{
  CHECK_STRUCTURE,
  CHECK_IDENTITY,
  CHECK_SUMS,
  CHECK_UNIT_SIGNATURE,
  CHECK_UNIT_CERTIFICATE,
  CHECK_SUPERVISOR_SIGNATURE,
  CHECK_SUPERVISOR_CERTIFICATE,
  N_CHECKS
};

static const char *const check_names[N_CHECKS] = { "structure",
                                                   "identity",
                                                   "sums",
                                                   "unit-signature",
                                                   "unit-certificate",
                                                   "supervisor-signature",
                                                   "supervisor-certificate" };

/* One of the two signatures as far as it could be read. */
typedef struct
{
  xmlNode *node;
  KaiEbillSignature *signature; /* owned; NULL: could not be read */
  X509 *certificate;            /* owned; NULL: not found */
  gint64 time;                  /* UTC seconds */
  gboolean has_time;
  GError *error; /* owned: why one of them is missing */
} Signer;

static void
signer_clear (Signer *signer)
{
  kai_ebill_signature_free (signer->signature);
  X509_free (signer->certificate);
  g_clear_error (&signer->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Signer, signer_clear)

typedef struct
{
  xmlNode *header, *data;
  GBytes *content; /* owned */
} Parts;

static void
parts_clear (Parts *parts)
{
  g_clear_pointer (&parts->content, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parts, parts_clear)

static void
check_free (KaiEbillCheck *check)
{
  g_free (check->detail);
  g_free (check);
}

void
kai_ebill_report_free (KaiEbillReport *report)
{
  if (!report)
    return;
  kai_ebill_free (report->ebill);
  g_ptr_array_unref (report->checks);
  g_free (report);
}

static KaiEbillReport *
report_new (void)
{
  KaiEbillReport *report = g_new0 (KaiEbillReport, 1);

  report->checks = g_ptr_array_new_with_free_func ((GDestroyNotify)check_free);
  for (int i = 0; i < N_CHECKS; i++)
    {
      KaiEbillCheck *check = g_new0 (KaiEbillCheck, 1);

      check->name = check_names[i];
      check->detail = g_strdup (_ ("This could not be checked because the file is damaged."));
      g_ptr_array_add (report->checks, check);
    }
  return report;
}

/* The result of one check: @error or, without one, @good. */
static void
set_check (KaiEbillReport *report, int which, const GError *error, const char *good)
{
  KaiEbillCheck *check = g_ptr_array_index (report->checks, which);

  check->ok = !error;
  g_free (check->detail);
  check->detail = g_strdup (error ? error->message : good);
}

/* ---- Structure ---- */

static gboolean
has_only_elements (xmlNode *root)
{
  xmlNode *node = root;

  while (node)
    {
      if (node->type != XML_ELEMENT_NODE && node->type != XML_TEXT_NODE)
        return FALSE;
      if (node->type == XML_ELEMENT_NODE && node->children)
        {
          node = node->children;
          continue;
        }
      while (node != root && !node->next)
        node = node->parent;
      node = node == root ? NULL : node->next;
    }
  return TRUE;
}

static gboolean
fail_structure (GError **error)
{
  return kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                       _ ("This is not an e-bill file: Header, EInvoiceData and EInvoiceSignature "
                          "with two signatures are expected in EInvoice."));
}

/* Everything is found here, once, by its position. */
static gboolean
find_parts (xmlDoc *doc, Parts *parts, Signer *unit, Signer *supervisor, GError **error)
{
  xmlNode *root = xmlDocGetRootElement (doc);
  xmlNode *cursor, *signatures;

  if (!kai_xml_is (root, NULL, "EInvoice"))
    return fail_structure (error);
  if (!has_only_elements (root))
    return kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                         _ ("The file holds comments or processing instructions, which an e-bill "
                            "must not."));
  cursor = kai_ebill_to_element (root->children);
  parts->header = kai_ebill_take (&cursor, "Header");
  parts->data = kai_ebill_take (&cursor, "EInvoiceData");
  signatures = kai_ebill_take (&cursor, "EInvoiceSignature");
  if (!parts->header || !parts->data || !signatures || cursor)
    return fail_structure (error);
  cursor = kai_ebill_to_element (signatures->children);
  unit->node = kai_ebill_take (&cursor, "Signature");
  supervisor->node = kai_ebill_take (&cursor, "Signature");
  if (!unit->node || !supervisor->node || cursor)
    return fail_structure (error);
  parts->content = kai_ebill_content_bytes (parts->header, parts->data, error);
  return parts->content != NULL;
}

/* ---- Signatures ---- */

/* yyyyMMddHHmmss±hhmm */
static gboolean
parse_time (const char *text, gint64 *out)
{
  int year, month, day, hour, minute, second, zone_hour, zone_minute;
  g_autoptr (GDateTime) time = NULL;
  char sign;

  if (strlen (text) != 19 || strspn (text, "0123456789") != 14
      || strspn (text + 15, "0123456789") != 4 || (text[14] != '+' && text[14] != '-')
      || sscanf (text, "%4d%2d%2d%2d%2d%2d%c%2d%2d", &year, &month, &day, &hour, &minute, &second,
                 &sign, &zone_hour, &zone_minute)
             != 9
      || zone_hour > 14 || zone_minute > 59)
    return FALSE;
  time = g_date_time_new_utc (year, month, day, hour, minute, second);
  if (!time)
    return FALSE;
  *out =
      g_date_time_to_unix (time) - (sign == '-' ? -1 : 1) * (zone_hour * 3600 + zone_minute * 60);
  return TRUE;
}

/* The certificate in the file must be the one that serial number and issuer name; without one the known certificates are asked. */
static gboolean
find_certificate (Signer *signer, KaiTrust *trust, GError **error)
{
  KaiEbillSignature *signature = signer->signature;
  X509 *known;

  if (!*signature->certificate)
    {
      known = kai_trust_find (trust, signature->issuer, signature->serial);
      if (!known)
        return kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                             _ ("The signer's certificate is neither in the file nor among the "
                                "known certificates."));
      X509_up_ref (known);
      signer->certificate = known;
      return TRUE;
    }
  signer->certificate = kai_trust_read (trust, signature->certificate, error);
  return signer->certificate
         && (kai_certificate_is_named (signer->certificate, signature->issuer, signature->serial)
             || kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                              _ ("The certificate in the file is not the one that the signature "
                                 "names.")));
}

static void
read_signer (Signer *signer, KaiTrust *trust)
{
  signer->signature = kai_ebill_signature_read (signer->node, &signer->error);
  if (!signer->signature)
    return;
  signer->has_time = parse_time (signer->signature->time, &signer->time);
  find_certificate (signer, trust, &signer->error);
}

static gboolean
check_signature (const Signer *signer, GBytes *data, GError **error)
{
  if (!signer->signature || !signer->certificate)
    {
      g_propagate_error (error, g_error_copy (signer->error));
      return FALSE;
    }
  return kai_ebill_signature_check (signer->signature, data, signer->certificate, error);
}

static gboolean
check_supervisor_signature (const Signer *supervisor, const Signer *unit, GBytes *content,
                            GError **error)
{
  g_autoptr (GBytes) data = NULL;
  KaiAlgorithm algorithm = KAI_ALGORITHM_SM2;

  if (supervisor->certificate
      && !kai_certificate_get_algorithm (supervisor->certificate, &algorithm))
    return kai_net_fail (error, KAI_NET_ERROR_SIGNATURE,
                         _ ("The signature's algorithm is not that of the signer's certificate."));
  data = kai_ebill_supervised_bytes (content, algorithm, unit->node, error);
  return data && check_signature (supervisor, data, error);
}

/* ---- Certificates ---- */

/* The time decides whether the certificate was good, so it must be one at which the bill can have been signed. */
static gboolean
check_time (const Signer *signer, gint64 not_before, GError **error)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  return (signer->has_time && signer->time <= now + TOLERANCE && signer->time >= not_before)
         || kai_net_fail (error, KAI_NET_ERROR_TIME,
                          _ ("The time of the signature is missing or cannot be true."));
}

static gboolean
check_certificate (const Signer *signer, KaiTrust *trust, gboolean finance, gint64 not_before,
                   GError **error)
{
  /* Missing, unreadable, or not the one that is named. */
  if (signer->error)
    {
      g_propagate_error (error, g_error_copy (signer->error));
      return FALSE;
    }
  if (!check_time (signer, not_before, error)
      || !kai_trust_check (trust, signer->certificate, signer->time, error))
    return FALSE;
  if (kai_certificate_is_finance (signer->certificate) == finance)
    return TRUE;
  return kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                       finance ? _ ("The second signature is not by a finance department.")
                               : _ ("The first signature is by a finance department and not by "
                                    "the issuing unit."));
}

/* ---- Fields ---- */

static gboolean
check_identity (const KaiEbill *ebill, GError **error)
{
  g_autofree char *identity = kai_ebill_identity (ebill->code, ebill->number);

  return g_strcmp0 (identity, ebill->identity) == 0
         || kai_net_fail (error, KAI_NET_ERROR_FIELD,
                          _ ("The identity of the bill is not made from its code and number."));
}

/* Start of the day of issue in China, less a day: a unit that is late does not sign before its bill's date. */
static gint64
earliest_time (const KaiEbill *ebill)
{
  g_autoptr (GDateTime) day = NULL;

  if (ebill)
    day = g_date_time_new_utc (ebill->issue_date / 10000, ebill->issue_date / 100 % 100,
                               ebill->issue_date % 100, 0, 0, 0);
  return day ? g_date_time_to_unix (day) - 8 * 3600 - DAY : 0;
}

static void
check_fields (KaiEbillReport *report, const Parts *parts, const Signer *unit,
              const Signer *supervisor)
{
  g_autoptr (GError) structure = NULL;
  g_autoptr (GError) identity = NULL;
  g_autoptr (GError) sums = NULL;

  report->ebill = kai_ebill_content_read (parts->header, parts->data, &structure);
  if (report->ebill)
    {
      check_identity (report->ebill, &identity);
      set_check (report, CHECK_IDENTITY, identity,
                 _ ("The identity is made from code and number."));
      kai_ebill_check_sums (report->ebill, &sums);
      set_check (report, CHECK_SUMS, sums, _ ("The items add up to the total."));
    }
  if (!structure && !unit->signature)
    structure = g_error_copy (unit->error);
  if (!structure && !supervisor->signature)
    structure = g_error_copy (supervisor->error);
  set_check (report, CHECK_STRUCTURE, structure, _ ("All fields are there and well formed."));
}

static void
check_signers (KaiEbillReport *report, const Parts *parts, const Signer *unit,
               const Signer *supervisor, KaiTrust *trust)
{
  g_autoptr (GError) unit_signature = NULL;
  g_autoptr (GError) unit_certificate = NULL;
  g_autoptr (GError) supervisor_signature = NULL;
  g_autoptr (GError) supervisor_certificate = NULL;
  gint64 earliest = earliest_time (report->ebill);

  check_signature (unit, parts->content, &unit_signature);
  set_check (report, CHECK_UNIT_SIGNATURE, unit_signature,
             _ ("The unit's signature fits the bill: nothing was changed."));
  check_certificate (unit, trust, FALSE, earliest, &unit_certificate);
  set_check (report, CHECK_UNIT_CERTIFICATE, unit_certificate,
             _ ("The unit's certificate was valid when it signed."));
  check_supervisor_signature (supervisor, unit, parts->content, &supervisor_signature);
  set_check (report, CHECK_SUPERVISOR_SIGNATURE, supervisor_signature,
             _ ("The finance department's signature fits the bill and the unit's signature."));
  /* Finance signs what the unit has signed. */
  check_certificate (supervisor, trust, TRUE,
                     unit->has_time ? MAX (earliest, unit->time - TOLERANCE) : earliest,
                     &supervisor_certificate);
  set_check (report, CHECK_SUPERVISOR_CERTIFICATE, supervisor_certificate,
             _ ("The finance department's certificate was valid when it signed."));
}

KaiEbillReport *
kai_ebill_file_verify (GBytes *file, KaiTrust *trust)
{
  KaiEbillReport *report = report_new ();
  g_autoptr (xmlDoc) doc = NULL;
  g_auto (Parts) parts = { 0 };
  g_auto (Signer) unit = { 0 };
  g_auto (Signer) supervisor = { 0 };
  g_autoptr (GError) error = NULL;

  if (g_bytes_get_size (file) > MAX_FILE)
    kai_net_fail (&error, KAI_NET_ERROR_MALFORMED,
                  _ ("The file is far larger than an e-bill can be."));
  else
    doc = kai_xml_parse (g_bytes_get_data (file, NULL), g_bytes_get_size (file), &error);
  if (!doc || !find_parts (doc, &parts, &unit, &supervisor, &error))
    {
      set_check (report, CHECK_STRUCTURE, error, "");
      return report;
    }
  read_signer (&unit, trust);
  read_signer (&supervisor, trust);
  check_fields (report, &parts, &unit, &supervisor);
  check_signers (report, &parts, &unit, &supervisor, trust);
  report->ok = TRUE;
  for (guint i = 0; i < report->checks->len; i++)
    report->ok &= ((KaiEbillCheck *)g_ptr_array_index (report->checks, i))->ok;
  return report;
}
