#pragma once

#include "kai-sandbox.h"
#include <libsoup/soup.h>

G_BEGIN_DECLS

#define KAI_SANDBOX_MAX_REQUEST (64 * 1024 * 1024)

/* The training server: HTTPS on 127.0.0.1, one for a directory (a lock file), in the thread-default main context of the caller. */
typedef struct _KaiSandboxServer KaiSandboxServer;
/* @port 0 = a free one. BUSY (KAI_DATA_ERROR) when another server works in @dir, READ_ONLY, or the reason why it cannot listen. */
KaiSandboxServer *kai_sandbox_server_new (const char *dir, int port, gboolean demo_data,
                                          GError **error);
void kai_sandbox_server_free (KaiSandboxServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSandboxServer, kai_sandbox_server_free)
/* Serves the published socket too; @port 0 = a free one. */
gboolean kai_sandbox_server_open_socket (KaiSandboxServer *server, int port, GError **error);
/* "nontax://127.0.0.1:PORT"; borrowed; NULL without a socket. */
const char *kai_sandbox_server_get_socket_address (KaiSandboxServer *server);
/* "https://127.0.0.1:PORT"; borrowed. */
const char *kai_sandbox_server_get_address (KaiSandboxServer *server);

/* kai-sandbox-pay-page.c: what a payer's phone or browser sees. */
void kai_pay_page_serve_index (KaiSandbox *sandbox, SoupServerMessage *message);
void kai_pay_page_serve (KaiSandbox *sandbox, SoupServerMessage *message, const char *path,
                         GHashTable *query);
void kai_pay_page_serve_ebill (KaiSandbox *sandbox, SoupServerMessage *message, const char *path,
                               GHashTable *query);
void kai_pay_page_serve_style (SoupServerMessage *message);
void kai_pay_page_not_found (SoupServerMessage *message);

G_END_DECLS
