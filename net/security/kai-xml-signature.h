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
  X509 *certificate;  /* signer, checked; owned */
  xmlNode *body;      /* the very Body element that was verified; borrowed from the document */
  char *message_id;   /* signed wsa:MessageID or NULL */
  char *relates_to;   /* signed wsa:RelatesTo or NULL */
  char *action, *to;  /* signed or NULL */
} KaiVerified;
void kai_verified_free (KaiVerified *verified);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiVerified, kai_verified_free)

/* Verifies: exactly one Security, one Signature, one Timestamp with one Created in its window (±300 s around @now, 60 s of future inside); references only by #id to Body,
 * Timestamp and addressing headers in their proper places, every id once in the document, only the algorithms of docs/protocol.md, the certificate against @trust.
 * Errors: MALFORMED, SIGNATURE, CERTIFICATE, TIME. */
KaiVerified *kai_xml_signature_verify (xmlDoc *envelope, KaiTrust *trust, gint64 now, GError **error);
/* Exclusive canonical form without comments of the subtree at @node. NULL on error. */
GBytes *kai_xml_canonical (xmlNode *node, GError **error);
/* Digest with SHA-256 or SM3. */
GBytes *kai_digest (KaiAlgorithm algorithm, const void *data, gsize length);

G_END_DECLS
