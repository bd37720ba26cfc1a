#pragma once

#include "transport/kai-frame-mac.h"
#include "transport/kai-transport.h"

G_BEGIN_DECLS

/* The published short-connection socket: one plain connection a message. A KaiTransport. */
#define KAI_SOCKET_SCHEME "nontax"

typedef struct _KaiSocketClient KaiSocketClient;

/* @url nontax://HOST:PORT; takes @mac, also on failure; @token_path (nullable): where a changed token is kept; @catalogue borrowed for the client's life; @trace_dir NULL = no trace (bodies
 * only: a frame's MAC may be a secret in itself, and a 2003 is left out). */
KaiSocketClient *kai_socket_client_new (const char *url, KaiMac *mac, const char *token_path,
                                        const KaiCatalogue *catalogue, const char *trace_dir,
                                        GError **error);
void kai_socket_client_free (KaiSocketClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSocketClient, kai_socket_client_free)

/* See kai_transport_exchange. The answer is taken when its MAC is right, it goes from the request's receiver to its sender and names the request. */
KaiMessage *kai_socket_client_exchange (KaiSocketClient *client, GBytes *body, const char *msg_id,
                                        char **fault_result, GCancellable *cancellable,
                                        GError **error);
/* See kai_transport_change_token. The new token is on the disk (token_path with .new) before it is sent, and the same 2003 goes out again until there is an answer. */
gboolean kai_socket_client_change_token (KaiSocketClient *client, KaiMessage *message,
                                         GCancellable *cancellable, GError **error);
/* Milliseconds without a byte moving, and in all. Default: a minute and five. */
void kai_socket_client_set_timeouts (KaiSocketClient *client, int idle_ms, int total_ms);

/* 5001's Hold1 where SOAP would have a Fault: nothing of the message was done. Ours. */
#define KAI_SOCKET_FAULT "FAULT"

G_END_DECLS
