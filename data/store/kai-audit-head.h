#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* Signed heads of the log: the hash of a line under the key of whoever worked that day. The chain alone has no key, so that a forger can make it anew; not the signatures.
 * What signs and checks them is net/sync (kai-desk-log.h). */
typedef struct
{
  gint64 id;   /* from 1, without gaps */
  gint64 line; /* the last line that is signed */
  gint64 at;   /* UTC seconds */
  GBytes *hash;
  char *fingerprint;   /* of the certificate: SHA-256, hexadecimal */
  GBytes *certificate; /* DER */
  GBytes *signature;
  GBytes *before; /* the signature of the head before; NULL for the first */
} KaiAuditHead;

void kai_audit_head_free (KaiAuditHead *head);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiAuditHead, kai_audit_head_free)

/* All, oldest first. Array of KaiAuditHead that frees them. */
GPtrArray *kai_audit_head_list (KaiDatabase *db, GError **error);
/* The next one over the whole log, without certificate and signature. NULL without error when no line came since the last one; with @unless_since, also when the
 * last one is not older than that. */
KaiAuditHead *kai_audit_head_prepare (KaiDatabase *db, gint64 unless_since, GError **error);
/* What is signed. Caller frees. */
GBytes *kai_audit_head_build (const KaiAuditHead *head);
/* Keeps the signed head. When another program signed in between, that one counts and nothing is kept. */
gboolean kai_audit_head_add (KaiDatabase *db, const KaiAuditHead *head, GError **error);

G_END_DECLS
