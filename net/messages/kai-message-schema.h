#pragma once

#include "messages/kai-catalogue.h"

G_BEGIN_DECLS

/* XML Schema made from the catalogue, for those who connect with other toolkits. It says less than the codec checks: schemas cannot count bytes in GBK, and
 * conditions between fields are left out. Callers free. */

/* The complex type "CFX" and all that it needs, without the xs:schema around it, to stand in the schema of the WSDL. Prefix xs is bound there, and @prefix to its
 * target namespace. */
char *kai_message_schema_cfx (const KaiCatalogue *catalogue, const char *prefix);
/* A whole schema for the vouchers (<Voucher>…</Voucher>, no namespace) of message @number; NULL when the catalogue has no such message. */
char *kai_message_schema_voucher (const KaiCatalogue *catalogue, const char *number);

/* Every field of every message as Markdown, for docs/messages.md. kai-message-reference.c */
char *kai_message_reference (const KaiCatalogue *catalogue);

G_END_DECLS
