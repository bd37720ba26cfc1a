#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* How a thread gets a connection of its own to the store that the window works on: where it lies and the key to it. Made on the
 * main thread, then used by any one thread. */
typedef struct _KaiStoreRef KaiStoreRef;

KaiStoreRef *kai_store_ref_new (KaiDatabase *db); /* @db is only looked at */
void kai_store_ref_free (KaiStoreRef *ref);       /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiStoreRef, kai_store_ref_free)
/* A new connection; caller closes. NULL with an error of kai_database_open. */
KaiDatabase *kai_store_ref_open (const KaiStoreRef *ref, GError **error);

G_END_DECLS
