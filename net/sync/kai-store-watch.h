#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Tells of commits to a store by whichever program, and of the engine's seat being taken or left (kai-sync-seat.h). One thread at a time. */
typedef struct _KaiStoreWatch KaiStoreWatch;
/* @dir: the data directory. Cannot fail: where the system gives no events, wait returns every second. */
KaiStoreWatch *kai_store_watch_new (const char *dir);
void kai_store_watch_free (KaiStoreWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiStoreWatch, kai_store_watch_free)
/* Until something is written, @cancellable is cancelled, or @timeout_ms are over (-1 = no limit). What was written since the watch was made or waited last
 * counts. TRUE when something was written. */
gboolean kai_store_watch_wait (KaiStoreWatch *watch, int timeout_ms, GCancellable *cancellable);

G_END_DECLS
