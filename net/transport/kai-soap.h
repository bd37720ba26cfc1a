#pragma once

#include "messages/kai-message.h"
#include "security/kai-xml-signature.h"

G_BEGIN_DECLS

#define KAI_SOAP_NS "http://schemas.xmlsoap.org/soap/envelope/"
#define KAI_WSA_NS "http://www.w3.org/2005/08/addressing"
#define KAI_EXCHANGE_NS "urn:kaipiao:exchange:1"
#define KAI_ACTION_REQUEST "urn:kaipiao:exchange:1/Exchange"
#define KAI_ACTION_RESPONSE "urn:kaipiao:exchange:1/ExchangeResponse"

/* A signed envelope around the CFX document @cfx (UTF-8, no declaration). @message_id urn:uuid:…; @relates_to NULL for a request. Body:
 * <k:Exchange><CFX>…</CFX></k:Exchange> (k:ExchangeResponse for replies), CFX in no namespace. The bytes returned are the bytes to send. */
GBytes *kai_soap_build (GBytes *cfx, const char *message_id, const char *to, const char *relates_to,
                        KaiKey *key, gint64 now, GError **error);
/* A fault, signed when @key is given. @code "Client" or "Server"; detail carries the 5-digit result @result. */
GBytes *kai_soap_build_fault (const char *code, const char *result, const char *sentence,
                              KaiKey *key, gint64 now);

typedef struct
{
  xmlDoc *doc;           /* owned */
  KaiVerified *verified; /* NULL only for an unsigned fault */
  xmlNode *cfx;          /* inside the verified body; NULL for a fault */
  gboolean is_fault;
  char *fault_code, *fault_result, *fault_sentence;
} KaiSoapEnvelope;
void kai_soap_envelope_free (KaiSoapEnvelope *envelope);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSoapEnvelope, kai_soap_envelope_free)

/* Parses and verifies. @request: expects Exchange; otherwise ExchangeResponse or Fault. The body holds exactly one wrapper with exactly one CFX; a signed Action must be the right one. A fault is
 * unsigned to us (verified NULL) as soon as anything about its signature is wrong. It is for the caller to see that the signer is the right one, and to compare RelatesTo and MsgRef. */
KaiSoapEnvelope *kai_soap_open (const void *data, gsize length, gboolean request, KaiTrust *trust,
                                gint64 now, GError **error);
/* Whether an answer of the finance server @signer is for the sender of the request: to @source, about its @region, by a bureau that is responsible for it. */
gboolean kai_soap_is_for (X509 *signer, const KaiMessage *answer, const char *source,
                          const char *region);
/* WSDL (with the XSD inside), caller frees. */
char *kai_soap_wsdl (const char *address);
char *kai_soap_schema (void);         /* the same XSD as a document of its own; caller frees */
char *kai_soap_new_message_id (void); /* urn:uuid:…; caller frees */

G_END_DECLS
