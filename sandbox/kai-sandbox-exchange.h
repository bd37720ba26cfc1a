#pragma once

#include "kai-sandbox-call.h"

G_BEGIN_DECLS

/* One SOAP request from its bytes to the bytes of the answer, without HTTP. */
typedef struct _KaiExchange KaiExchange;
KaiExchange *kai_exchange_new (KaiSandbox *sandbox);
void kai_exchange_free (KaiExchange *exchange);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiExchange, kai_exchange_free)

/* Verifies and carries out the request; afterwards the answer is there, unless get_wait says how long to keep it open. */
void kai_exchange_receive (KaiExchange *exchange, GBytes *request);
/* Seconds that this 8902 may wait for a push, 0 = the answer is there. */
int kai_exchange_get_wait (KaiExchange *exchange);
/* TRUE when a waiting 8902 has something to give. */
gboolean kai_exchange_is_ready (KaiExchange *exchange);
/* Answers a waiting 8902 with what there is. */
void kai_exchange_finish (KaiExchange *exchange);

/* HTTP status; body borrowed, NULL when the connection is to be dropped. */
guint kai_exchange_get_status (KaiExchange *exchange);
GBytes *kai_exchange_get_answer (KaiExchange *exchange);
const KaiFaults *kai_exchange_get_faults (KaiExchange *exchange);

G_END_DECLS
