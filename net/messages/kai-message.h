#pragma once

#include "messages/kai-catalogue.h"
#include "messages/kai-record.h"
#include <libxml/tree.h>

G_BEGIN_DECLS

/* A CFX message: head and vouchers. Codec is pure: bytes in, object or error out. */
typedef struct
{
  char *app, *version, *source, *destination, *number, *id, *reference, *work_date, *reserve;
  char *region; /* AdmDivCode of VoucherBody */
  GPtrArray *vouchers; /* KaiRecord, owned */
} KaiMessage;

KaiMessage *kai_message_new (const char *number);
void kai_message_free (KaiMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiMessage, kai_message_free)
/* At most 20 characters: yymmdd and 14 random ones of 0-9A-Z; caller frees. */
char *kai_message_new_id (void);
/* Checks every field against the catalogue (type, length in GBK bytes, presence) and writes the document. UTF-8 without an XML declaration for SOAP, GBK with
 * declaration and character references for the socket. FIELD error names message, voucher and field. */
GBytes *kai_message_encode (const KaiMessage *message, const KaiCatalogue *catalogue, gboolean gbk, GError **error);
/* From the CFX element of a verified document. Unknown fields are kept in the record; missing M fields, wrong types and lengths are FIELD errors. */
KaiMessage *kai_message_decode (xmlNode *cfx, const KaiCatalogue *catalogue, GError **error);
/* From bytes (a stored body). */
KaiMessage *kai_message_decode_bytes (GBytes *bytes, const KaiCatalogue *catalogue, GError **error);

/* One voucher as XML (<Voucher>…</Voucher>), checked by the catalogue, and back. Pushes carry these. */
char *kai_voucher_encode (const KaiRecord *record, const KaiMessageSpec *spec, GError **error);
KaiRecord *kai_voucher_decode (const void *xml, gsize length, const KaiMessageSpec *spec, GError **error);

G_END_DECLS
