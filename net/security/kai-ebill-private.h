#pragma once

#include "messages/kai-xml.h"
#include "security/kai-ebill-file.h"

G_BEGIN_DECLS

/* What the files of the e-bill share: content (fields), file (signatures), verify (all checks). */

/* Fields of Header and EInvoiceData, strictly in order, from the elements themselves. FIELD or MALFORMED names the field. */
KaiEbill *kai_ebill_content_read (xmlNode *header, xmlNode *data, GError **error);
/* Canonical forms of the two elements, one after the other. */
GBytes *kai_ebill_content_bytes (xmlNode *header, xmlNode *data, GError **error);
/* Sum of the items is the total; a red bill is negative and names the blue one, others are not negative. */
gboolean kai_ebill_check_sums (const KaiEbill *ebill, GError **error);

/* From a Signature element; MALFORMED. certificate is "" when the element holds none. */
KaiEbillSignature *kai_ebill_signature_read (xmlNode *node, GError **error);
/* What the supervisor signs: base64 (hash of the content) and the canonical form of the unit's Signature element. @algorithm of the supervisor's key chooses the hash. */
GBytes *kai_ebill_supervised_bytes (GBytes *content, KaiAlgorithm algorithm, xmlNode *unit,
                                    GError **error);
/* Value and names of @signature against @certificate. SIGNATURE error. */
gboolean kai_ebill_signature_check (const KaiEbillSignature *signature, GBytes *data,
                                    X509 *certificate, GError **error);

/* Text only between elements is white space; @node's next element sibling or itself. */
xmlNode *kai_ebill_to_element (xmlNode *node);
/* The element at *cursor when it has this name (no namespace); *cursor moves on. NULL otherwise. */
xmlNode *kai_ebill_take (xmlNode **cursor, const char *name);

G_END_DECLS
