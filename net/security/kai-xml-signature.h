#pragma once

#include "security/kai-certificate.h"
#include <libxml/tree.h>

G_BEGIN_DECLS

/* WS-Security 1.1 X.509 token profile over a SOAP 1.1 envelope; see docs/protocol.md. Exclusive canonicalisation from libxml2, digests and signatures from
 * OpenSSL (xmlsec1 has no SM2 and SM3); strict profile: what is not expected is refused. */

/* Signs @envelope in place: adds wsse:Security with BinarySecurityToken, Timestamp (Created @now, Expires +300 s) and ds:Signature over Body, Timestamp and the
 * WS-Addressing headers that are there (MessageID, To, Action, RelatesTo). */
gboolean kai_xml_signature_sign (xmlDoc *envelope, KaiKey *key, gint64 now, GError **error);

typedef struct
{
  X509 *certificate; /* signer, checked; owned */
  xmlNode *body;     /* the very Body element that was verified; borrowed from the document */
  char *message_id;  /* signed wsa:MessageID or NULL */
  char *relates_to;  /* signed wsa:RelatesTo or NULL */
  char *action, *to; /* signed or NULL */
} KaiVerified;
void kai_verified_free (KaiVerified *verified);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiVerified, kai_verified_free)

/* Verifies: exactly one Security, one Signature, one Timestamp with one Created in its window (±300 s around @now, 60 s of future inside); references only by #id to Body,
 * Timestamp and addressing headers in their proper places, every id once in the document, only the algorithms of docs/protocol.md, the certificate against @trust.
 * Errors: MALFORMED, SIGNATURE, CERTIFICATE, TIME. */
KaiVerified *kai_xml_signature_verify (xmlDoc *envelope, KaiTrust *trust, gint64 now,
                                       GError **error);
/* What is checked, in this order; references and digests one reference after the other. */
typedef enum
{
  KAI_XML_STEP_STRUCTURE,   /* one of each part, everything in its place */
  KAI_XML_STEP_CERTIFICATE, /* the signer's certificate can be read */
  KAI_XML_STEP_ALGORITHM,
  KAI_XML_STEP_VALUE, /* the signature itself */
  KAI_XML_STEP_REFERENCES,
  KAI_XML_STEP_DIGESTS,
  KAI_XML_STEP_COVERAGE, /* what has to be signed is */
  KAI_XML_STEP_TIME,
  KAI_XML_STEP_CHAIN, /* the certificate is to be trusted */
  KAI_XML_STEP_DONE,
} KaiXmlStep;
/* The same; *step says in which step it ended, for those who explain it to people. */
KaiVerified *kai_xml_signature_verify_steps (xmlDoc *envelope, KaiTrust *trust, gint64 now,
                                             KaiXmlStep *step, GError **error);
/* Exclusive canonical form without comments of the subtree at @node. NULL on error. */
GBytes *kai_xml_canonical (xmlNode *node, GError **error);
/* Digest with SHA-256 or SM3. */
GBytes *kai_digest (KaiAlgorithm algorithm, const void *data, gsize length);

G_END_DECLS
