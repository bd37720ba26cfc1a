#pragma once

#include "sync/kai-desk-private.h"
#include "sync/kai-sync-engine.h"
#include "sync/kai-sync-seat.h"
#include "transport/kai-transport.h"

G_BEGIN_DECLS

/* What engine and queries share; see kai-sync-engine.h. */
struct _KaiSyncEngine
{
  KaiDesk *desk; /* borrowed */
  KaiTransport *transport;
  gboolean asked_for_users; /* whether base data was asked for to let users in */
  GPtrArray *acks;          /* char* PushIds taken in and not yet acknowledged */
  KaiSyncSeat *seat;        /* of the window, borrowed; NULL: taken for each delivery */
  gboolean patient; /* keeps to the times for a new try, those that the server asked for too */
  int retry_after;  /* seconds that the server asked for with its last answer */
  KaiExchangeObserver observer;
  gpointer observer_data;
  KaiSyncProgress progress;
  gpointer progress_data;
};

KaiTransport *kai_sync_engine_new_transport (KaiSyncEngine *engine, GError **error);
void kai_sync_engine_report (KaiSyncEngine *engine, const char *what, int done, int total);
/* The server asked for @seconds of rest, for every program on this store. */
void kai_sync_engine_note_rest (KaiSyncEngine *engine, int seconds);
/* FALSE with UNREACHABLE while it rests and this engine is patient. */
gboolean kai_sync_engine_check_rest (KaiSyncEngine *engine, GError **error);
/* Sends one message that changes nothing at the server and returns its one voucher's message. A result other than 00000 is a FAULT error. */
KaiMessage *kai_sync_engine_ask (KaiSyncEngine *engine, const KaiMessage *request,
                                 const char *answer, GCancellable *cancellable, GError **error);
/* An answer to message @number, @msg_id that could not be believed: a line of the log with its result code. Other errors are not logged. kai-sync-security.c */
void kai_sync_engine_note_refused (KaiSyncEngine *engine, const char *number, const char *msg_id,
                                   const GError *error);
/* 8675, when the kept list of revoked certificates is older than a day. */
gboolean kai_sync_engine_refresh_revocations (KaiSyncEngine *engine, GCancellable *cancellable,
                                              GError **error);
/* 8621, or 8617 where the server does not know that: the unit's paper bills. Not while messages wait. */
gboolean kai_sync_engine_fetch_stock (KaiSyncEngine *engine, GCancellable *cancellable,
                                      GError **error);
/* After a restore: asks for what happened since the backup; does nothing otherwise. kai-sync-recover.c */
gboolean kai_sync_engine_recover (KaiSyncEngine *engine, KaiSyncResult *result,
                                  GCancellable *cancellable, GError **error);

G_END_DECLS
