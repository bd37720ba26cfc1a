#pragma once

#include "sync/kai-desk-private.h"
#include "sync/kai-sync-engine.h"
#include "transport/kai-soap-client.h"

G_BEGIN_DECLS

/* What engine and queries share; see kai-sync-engine.h. */
struct _KaiSyncEngine
{
  KaiDesk *desk; /* borrowed */
  KaiSoapClient *client;
  GPtrArray *acks; /* char* PushIds taken in and not yet acknowledged */
  KaiSyncProgress progress;
  gpointer progress_data;
};

/* Sends one message that changes nothing at the server and returns its one voucher's message. A result other than 00000 is a FAULT error. */
KaiMessage *kai_sync_engine_ask (KaiSyncEngine *engine, const KaiMessage *request,
                                 const char *answer, GCancellable *cancellable, GError **error);
/* 8617: what the bureau has issued and is to be taken in. */
gboolean kai_sync_engine_fetch_deliveries (KaiSyncEngine *engine, GCancellable *cancellable,
                                           GError **error);

G_END_DECLS
