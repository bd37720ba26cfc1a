#pragma once

#include "model/kai-ebill.h"
#include "security/kai-certificate.h"

G_BEGIN_DECLS

/* The e-bill file (docs/ebill.md): building, signing, reading, checking. */

/* <Header>…</Header><EInvoiceData>…</EInvoiceData> in exclusive canonical form: the bytes that the unit signs. INVALID (KAI_NET_ERROR_FIELD) names the field. */
GBytes *kai_ebill_content_build (const KaiEbill *ebill, GError **error);
KaiEbill *kai_ebill_content_parse (GBytes *content, GError **error);

typedef struct
{
  char *value;     /* base64 */
  char *algorithm; /* "SM2", "RSA-SHA256", "ECDSA-SHA256" */
  char *time;      /* UTCDateTime yyyyMMddHHmmss+0800 */
  char *serial, *issuer;
  char *certificate; /* base64 DER: ours, so that anyone can check offline */
} KaiEbillSignature;
void kai_ebill_signature_free (KaiEbillSignature *signature);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiEbillSignature, kai_ebill_signature_free)

/* First signature: over the content bytes. */
KaiEbillSignature *kai_ebill_sign (GBytes *content, KaiKey *key, gint64 now, GError **error);
gboolean kai_ebill_check_unit_signature (GBytes *content, const KaiEbillSignature *signature,
                                         X509 *certificate, GError **error);
/* Puts together the file: content, the unit's signature, and the supervisor's, made here with @supervisor over base64(hash of the content) followed by the canonical form of the
 * unit's Signature element. */
GBytes *kai_ebill_file_build (GBytes *content, const KaiEbillSignature *unit, KaiKey *supervisor,
                              gint64 now, GError **error);

typedef struct
{
  const char *name;
  gboolean ok;
  char *detail;
} KaiEbillCheck; /* name: stable word, detail: translated sentence */
typedef struct
{
  gboolean ok;     /* every check */
  KaiEbill *ebill; /* NULL when it cannot be read */
  GPtrArray *
      checks; /* KaiEbillCheck: structure, identity, sums, unit-signature, unit-certificate, supervisor-signature, supervisor-certificate */
} KaiEbillReport;
void kai_ebill_report_free (KaiEbillReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiEbillReport, kai_ebill_report_free)
/* Never NULL: anything wrong is a check that failed. Needs no connection. */
KaiEbillReport *kai_ebill_file_verify (GBytes *file, KaiTrust *trust);

G_END_DECLS
