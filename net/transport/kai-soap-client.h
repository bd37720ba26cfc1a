#pragma once

#include "transport/kai-soap.h"
#include "transport/kai-transport.h"

G_BEGIN_DECLS

/* Blocking client for worker threads and the command line. Made and used in one thread. A KaiTransport. */
typedef struct _KaiSoapClient KaiSoapClient;

/* @url of the server (https only), @trust_path PEM of the roots for TLS and signing (NULL = the system's for TLS, and none for signing), @key referenced, @catalogue borrowed
 * for the client's life, @trace_dir NULL = no trace (kai-soap-trace.h). */
KaiSoapClient *kai_soap_client_new (const char *url, const char *trust_path, KaiKey *key,
                                    const KaiCatalogue *catalogue, const char *trace_dir,
                                    GError **error);
void kai_soap_client_free (KaiSoapClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSoapClient, kai_soap_client_free)

/* Signs, sends, verifies strictly (RelatesTo = our MessageID, MsgRef = our MsgID, the signer is a finance server's certificate) and decodes. @body: CFX document. UNREACHABLE leaves everything as it was. FAULT:
 * kai_net_error_get_code gives its code; *fault_result (nullable, caller frees) holds it only when the finance server signed the fault, NULL otherwise: show, never act. Refused for its time, the
 * message is signed once more with the server's time. Cancelled: G_IO_ERROR_CANCELLED. */
KaiMessage *kai_soap_client_exchange (KaiSoapClient *client, GBytes *body, const char *msg_id,
                                      char **fault_result, GCancellable *cancellable,
                                      GError **error);
/* Offset of the server's clock in seconds, by its Date header; 0 before the first answer. */
gint64 kai_soap_client_get_clock_offset (KaiSoapClient *client);

G_END_DECLS
