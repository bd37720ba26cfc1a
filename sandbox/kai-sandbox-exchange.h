#pragma once

#include "kai-sandbox-call.h"
#include "transport/kai-frame.h"

G_BEGIN_DECLS

/* One request from its bytes to the bytes of the answer, without the connection. */
typedef struct _KaiSandboxExchange KaiSandboxExchange;
KaiSandboxExchange *kai_sandbox_exchange_new (KaiSandbox *sandbox);
void kai_sandbox_exchange_free (KaiSandboxExchange *exchange);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSandboxExchange, kai_sandbox_exchange_free)

/* Answers with a fault, without having read the request; in the log as any other. */
void kai_sandbox_exchange_refuse (KaiSandboxExchange *exchange, const char *symbol);
/* Verifies and carries out the request; afterwards the answer is there, unless get_wait says how long to keep it open. */
void kai_sandbox_exchange_receive (KaiSandboxExchange *exchange, GBytes *request);
/* The same for a request that came over the socket; the answer is a frame. */
void kai_sandbox_exchange_receive_frame (KaiSandboxExchange *exchange, const KaiFrame *frame);
/* Seconds that this 8902 may wait for a push, 0 = the answer is there. */
int kai_sandbox_exchange_get_wait (KaiSandboxExchange *exchange);
/* TRUE when a waiting 8902 has something to give. */
gboolean kai_sandbox_exchange_is_ready (KaiSandboxExchange *exchange);
/* Answers a waiting 8902 with what there is. */
void kai_sandbox_exchange_finish (KaiSandboxExchange *exchange);

/* HTTP status; body borrowed, NULL when the connection is to be dropped. */
guint kai_sandbox_exchange_get_status (KaiSandboxExchange *exchange);
GBytes *kai_sandbox_exchange_get_answer (KaiSandboxExchange *exchange);
const KaiFaults *kai_sandbox_exchange_get_faults (KaiSandboxExchange *exchange);

G_END_DECLS
