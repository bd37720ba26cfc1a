#pragma once

#include "kai-session.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* Builds every service of a signed-in clerk once: key, desk, worker, session. Opening the key is slow (key derivation, later
 * a token) and happens in a thread. */

/* Opens the key at connection->key_uri with @pin ("" uri: none), the desk, and the worker unless offline. Remembers the
 * connection in its home when @remember. */
void kai_context_sign_in_async (const KaiConnection *connection, const char *pin, gboolean remember,
                                gboolean training, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data);
/* NULL with errors of KAI_NET_ERROR (PIN, NO_KEY, CERTIFICATE) and KAI_DATA_ERROR. Caller unrefs. */
KaiSession *kai_context_sign_in_finish (GAsyncResult *result, GError **error);

G_END_DECLS
