#pragma once

#include "kai-sandbox.h"

G_BEGIN_DECLS

/* The published short-connection socket on 127.0.0.1, in the caller's thread-default main context: one frame a connection, answered and closed. */
typedef struct _KaiSandboxSocket KaiSandboxSocket;
/* @func is called after each message: it may have been a payment that somebody waits for. @port 0 = a free one; BUSY when it is taken. The address is kept as the setting
 * KAI_SANDBOX_SOCKET while it is served. */
KaiSandboxSocket *kai_sandbox_socket_new (KaiSandbox *sandbox, int port,
                                          void (*func) (gpointer data), gpointer data,
                                          GError **error);
void kai_sandbox_socket_free (KaiSandboxSocket *socket);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSandboxSocket, kai_sandbox_socket_free)
/* "nontax://127.0.0.1:PORT"; borrowed. */
const char *kai_sandbox_socket_get_address (KaiSandboxSocket *socket);

G_END_DECLS
