#pragma once

#include "kai-sandbox.h"

G_BEGIN_DECLS

/* A bank's counter, for demonstrations and tests: a client of the socket like any other. Asks about the notice (2601), then confirms its payment (2612) with @amount (NULL = the notice's) and
 * @trace_no (NULL = a new one). @bank NULL = the first one. *outcome; FALSE with the server's sentence when it refused (FAULT), or with what kept the counter from asking. */
gboolean kai_sandbox_counter_pay (KaiSandbox *sandbox, const char *payment_code, const char *bank,
                                  const char *amount, const char *trace_no, KaiPayOutcome *outcome,
                                  GError **error);

G_END_DECLS
