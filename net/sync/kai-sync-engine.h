#pragma once

#include "sync/kai-desk.h"
#include "transport/kai-exchange.h"

G_BEGIN_DECLS

/* Delivers the outbox, applies answers, takes in what waits (5996). Blocking; used by the command line and by KaiSyncWorker's thread. Messages about different things are on their way at the
 * same time, answers are applied one after the other. One engine delivers a store at a time (kai-sync-seat.h): where the window does, another one leaves its messages to it and waits for their
 * answers; where a command does, it waits for its end. */
typedef struct
{
  int sent, received, waiting,
      refused; /* messages sent with an answer, pushes taken in, still in the outbox, vouchers or messages refused */
} KaiSyncResult;

typedef void (*KaiSyncProgress) (const char *what, int done, int total, gpointer data);

typedef struct _KaiSyncEngine KaiSyncEngine;
KaiSyncEngine *kai_sync_engine_new (KaiDesk *desk,
                                    GError **error); /* borrows desk; needs its key and server */
void kai_sync_engine_free (KaiSyncEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSyncEngine, kai_sync_engine_free)
void kai_sync_engine_set_progress (KaiSyncEngine *engine, KaiSyncProgress func, gpointer data);

/* See kai_transport_set_observer. */
void kai_sync_engine_set_observer (KaiSyncEngine *engine, KaiExchangeObserver func, gpointer data);

/* Keeps to the times at which what failed is to be tried again, also those that the server asked for. Without it (a command of the clerk) everything is
 * due at once. */
void kai_sync_engine_set_patient (KaiSyncEngine *engine, gboolean patient);
/* Seconds that the server asked to wait before it is asked again, with its last answer. */
int kai_sync_engine_get_retry_after (KaiSyncEngine *engine);
/* Seconds that the server's clock is ahead, 0 before the first answer. */
gint64 kai_sync_engine_get_clock_offset (KaiSyncEngine *engine);

/* 8901 → store. */
gboolean kai_sync_engine_refresh_base_data (KaiSyncEngine *engine, GCancellable *cancellable,
                                            GError **error);
/* 2003: a new token for the socket under the old one, kept in the profile's token-file. */
gboolean kai_sync_engine_change_token (KaiSyncEngine *engine, GCancellable *cancellable,
                                       GError **error);
/* Makes sure that at least @needed payment codes are leased (8651). */
gboolean kai_sync_engine_ensure_lease (KaiSyncEngine *engine, int needed, GCancellable *cancellable,
                                       GError **error);
/* Delivers until the outbox has nothing due. FALSE with UNREACHABLE &c.: what was not delivered stays queued. UNREACHABLE also says that the window is to
 * deliver and cannot. */
gboolean kai_sync_engine_deliver (KaiSyncEngine *engine, KaiSyncResult *result,
                                  GCancellable *cancellable, GError **error);
/* Takes in pushes and stock deliveries, waiting up to @wait_s seconds for the first (long polling; 0 = do not wait). */
gboolean kai_sync_engine_receive (KaiSyncEngine *engine, int wait_s, KaiSyncResult *result,
                                  GCancellable *cancellable, GError **error);
/* Base data when older than a day, lease, deliver, receive, deliver again. */
gboolean kai_sync_engine_run (KaiSyncEngine *engine, int wait_s, KaiSyncResult *result,
                              GCancellable *cancellable, GError **error);

G_END_DECLS
