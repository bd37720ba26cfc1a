#pragma once

#include "sync/kai-sync-worker.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* What a page may use once somebody has signed in: the desk, the worker that talks to the server, and one signal for "the
 * store has changed", whoever changed it. Built in app/, handed to every page. Signals:
 *   "changed": another page, the worker or another process has committed: show anew;
 *   "base-data-changed": items, user or unit were loaded anew: every borrowed pointer into base data is void;
 *   "status": the worker's status has changed. */
#define KAI_TYPE_SESSION (kai_session_get_type ())
G_DECLARE_FINAL_TYPE (KaiSession, kai_session, KAI, SESSION, GObject)

/* Takes @desk; @worker is NULL when working without a connection, otherwise a reference is kept and it is started here and
 * stopped when the session ends. */
KaiSession *kai_session_new (KaiDesk *desk, KaiSyncWorker *worker, gboolean training);
KaiDesk *kai_session_get_desk (KaiSession *self);
KaiDatabase *kai_session_get_database (KaiSession *self);
const KaiBaseData *kai_session_get_base_data (KaiSession *self);
KaiSyncWorker *kai_session_get_worker (KaiSession *self); /* NULL offline */
gboolean kai_session_is_training (KaiSession *self);
/* To be called after an own commit: tells the pages and wakes the worker. */
void kai_session_committed (KaiSession *self);
/* The same without waking the worker: for what shall stay here for a while. */
void kai_session_changed (KaiSession *self);
/* Whether notices have lapsed, a few at a time, when the window has nothing else to do: done at the start and every minute, so that a new day is seen in a window that stays open. */
void kai_session_check_day (KaiSession *self);
/* Stops the worker and the watching; nothing is signalled afterwards. Called once more by dispose. */
void kai_session_close (KaiSession *self);

G_END_DECLS
