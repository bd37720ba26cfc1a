#pragma once

#include "sync/kai-sync-engine.h"

G_BEGIN_DECLS

/* The engine in a thread of its own, with its own connection to the store, for the window. It has the engine's seat for as long as it runs (kai-sync-seat.h). It delivers when there is work, its own window's
 * or another program's, and long-polls when there is none; it does neither while the clerk has paused it (kai_desk_set_paused), and only delivers on a network that is paid by use.
 * Signals on the main context:
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
  KAI_LINK_ERROR,
  KAI_LINK_PAUSED,    /* by the clerk */
  KAI_LINK_ELSEWHERE, /* another program delivers this store; the sentence says which */
} KaiLinkState;
typedef struct
{
  KaiLinkState link;
  int waiting, refused;
  gboolean metered;    /* the network is paid by use: nothing but what the clerk does */
  gint64 last_contact; /* UTC seconds, 0 never */
  gint64 next_try;     /* UTC seconds, 0 when no try is planned */
  gint64 clock_offset; /* seconds */
  char *sentence;      /* last error for the clerk, "" */
} KaiSyncStatus;

KaiSyncWorker *kai_sync_worker_new (const KaiConnection *connection, KaiKey *key);
/* Before start: where changes of the network are told, and whether it is paid by use. NULL = nowhere; without this call GLib's own. Whether the network is said to be
 * there is not asked: only trying tells. */
void kai_sync_worker_set_network (KaiSyncWorker *worker, GNetworkMonitor *monitor);
void kai_sync_worker_start (KaiSyncWorker *worker);
/* New work in the outbox. Comes by itself for what another connection commits; this is sooner. */
void kai_sync_worker_poke (KaiSyncWorker *worker);
/* “Send now”: everything is due, and what is new is taken in, also where the server asked to wait. */
void kai_sync_worker_send_now (KaiSyncWorker *worker);
/* The clerk's key was taken out (TRUE) or is back: without it nothing more is signed, so nothing is sent or asked for either. What is on its way
 * already was signed while it was there. Kept in memory only. */
void kai_sync_worker_set_key_away (KaiSyncWorker *worker, gboolean away);
void kai_sync_worker_stop (KaiSyncWorker *worker);                       /* joins the thread */
const KaiSyncStatus *kai_sync_worker_get_status (KaiSyncWorker *worker); /* borrowed, main thread */

G_END_DECLS
