#pragma once

#include "sync/kai-sync-engine.h"

G_BEGIN_DECLS

/* The engine in a thread of its own, with its own connection to the store, for the window. Signals on the main context:
 *   "changed": the store has changed (by this worker);
 *   "status": the status below has changed;
 *   "exchange" (KaiExchange): a message went out, and this is what came back. Nobody keeps it but who takes a reference. */
#define KAI_TYPE_SYNC_WORKER (kai_sync_worker_get_type ())
G_DECLARE_FINAL_TYPE (KaiSyncWorker, kai_sync_worker, KAI, SYNC_WORKER, GObject)

typedef enum
{
  KAI_LINK_UNKNOWN,
  KAI_LINK_WORKING,
  KAI_LINK_ONLINE,
  KAI_LINK_OFFLINE,
  KAI_LINK_ERROR
} KaiLinkState;
typedef struct
{
  KaiLinkState link;
  int waiting, refused;
  gint64 last_contact; /* UTC seconds, 0 never */
  gint64 clock_offset; /* seconds */
  char *sentence;      /* last error for the clerk, "" */
} KaiSyncStatus;

KaiSyncWorker *kai_sync_worker_new (const KaiConnection *connection, KaiKey *key);
void kai_sync_worker_start (KaiSyncWorker *worker);
void kai_sync_worker_poke (KaiSyncWorker *worker); /* new work in the outbox, or “send now” */
void kai_sync_worker_stop (KaiSyncWorker *worker); /* joins the thread */
const KaiSyncStatus *kai_sync_worker_get_status (KaiSyncWorker *worker); /* borrowed, main thread */

G_END_DECLS
