#pragma once

#include "messages/kai-catalogue.h"
#include "messages/kai-record.h"
#include <libxml/tree.h>

G_BEGIN_DECLS

/* A CFX message: head and vouchers. Codec is pure: bytes in, object or error out. */
typedef struct
{
  char *app, *version, *source, *destination, *number, *id, *reference, *work_date, *reserve;
  char *region;        /* AdmDivCode of VoucherBody */
  GPtrArray *vouchers; /* KaiRecord, owned */
} KaiMessage;

/* APP, VER, a new id and today's date are filled in; the other fields are "". Every field is replaced by the caller with g_free and a copy. */
KaiMessage *kai_message_new (const char *number);
void kai_message_free (KaiMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiMessage, kai_message_free)
/* At most 20 characters: yymmdd and 14 random ones of 0-9A-Z; caller frees. */
char *kai_message_new_id (void);
/* Checks every field against the catalogue (type, length in GBK bytes, presence) and writes the document. UTF-8 without an XML declaration for SOAP, GBK with
 * declaration and character references for the socket. FIELD error names message, voucher and field. A
 * field of a record that the catalogue does not have is an error too: nothing is dropped silently. MsgRef "" = the message's own id. StYear is the year of WorkDate. */
GBytes *kai_message_encode (const KaiMessage *message, const KaiCatalogue *catalogue, gboolean gbk,
                            GError **error);
/* From the CFX element of a verified document. Unknown fields are kept in the record; missing M fields, wrong types and lengths are FIELD errors, an unknown number is UNKNOWN_MESSAGE. An
 * older number of a message (2697) is read as the newer one. */
KaiMessage *kai_message_decode (xmlNode *cfx, const KaiCatalogue *catalogue, GError **error);
/* For the receiver of a batch, where one bad voucher must not hold up the rest: *problems (caller frees with g_ptr_array_unref) has for each voucher NULL or its GError, and the record of a bad
 * one holds what could be read, unchecked. An error only when the frame or the head is wrong. @problems NULL: like kai_message_decode. */
KaiMessage *kai_message_decode_each (xmlNode *cfx, const KaiCatalogue *catalogue,
                                     GPtrArray **problems, GError **error);
/* From bytes (a stored body). */
KaiMessage *kai_message_decode_bytes (GBytes *bytes, const KaiCatalogue *catalogue, GError **error);

/* One voucher as UTF-8 XML (<Voucher>…</Voucher>), checked by the catalogue, and back. Pushes carry these. */
char *kai_voucher_encode (const KaiRecord *record, const KaiMessageSpec *spec, GError **error);
KaiRecord *kai_voucher_decode (const void *xml, gsize length, const KaiMessageSpec *spec,
                               GError **error);

G_END_DECLS
