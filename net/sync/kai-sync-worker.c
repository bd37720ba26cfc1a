/* The engine in a thread of its own, for the window: delivers when there is work, long-polls when there is none,
 * backs off when the server is out of reach. */
#include "sync/kai-sync-worker.h"

#include "messages/kai-net-error.h"
#include "store/kai-outbox.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

#define POLL_S 25
#define BACKOFF_MIN_S 2
#define BACKOFF_MAX_S 60

struct _KaiSyncWorker
{
  GObject parent_instance;

  KaiConnection *connection;
  KaiKey *key;
  KaiSyncStatus status; /* main thread */

  GThread *thread;
  GMutex lock;
  GCond wake;
  gboolean stopping, poked;  /* under lock */
  GCancellable *poll_cancel; /* under lock; ends a long poll */
  GCancellable *stop_cancel; /* ends everything */
};

enum
{
  CHANGED,
  STATUS,
  EXCHANGE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (KaiSyncWorker, kai_sync_worker, G_TYPE_OBJECT)

/* ---- to the main thread ---- */

typedef struct
{
  KaiSyncWorker *worker;
  KaiSyncStatus status;
  gboolean changed;
} Report;

static void
report_free (Report *report)
{
  g_object_unref (report->worker);
  g_free (report->status.sentence);
  g_free (report);
}

static gboolean
on_report_idle_cb (gpointer data)
{
  Report *report = data;
  KaiSyncWorker *self = report->worker;

  g_free (self->status.sentence);
  self->status = report->status;
  report->status.sentence = NULL;
  g_signal_emit (self, signals[STATUS], 0);
  if (report->changed)
    g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
post (KaiSyncWorker *self, const KaiSyncStatus *status, gboolean changed)
{
  Report *report = g_new0 (Report, 1);

  report->worker = g_object_ref (self);
  report->status = *status;
  report->status.sentence = g_strdup (status->sentence ? status->sentence : "");
  report->changed = changed;
  g_idle_add_full (G_PRIORITY_DEFAULT, on_report_idle_cb, report, (GDestroyNotify)report_free);
}

typedef struct
{
  KaiSyncWorker *worker;
  KaiExchange *exchange;
} Sight;

static void
sight_free (Sight *sight)
{
  g_object_unref (sight->worker);
  kai_exchange_unref (sight->exchange);
  g_free (sight);
}

static gboolean
on_exchange_idle_cb (gpointer data)
{
  Sight *sight = data;

  g_signal_emit (sight->worker, signals[EXCHANGE], 0, sight->exchange);
  return G_SOURCE_REMOVE;
}

/* In the worker's thread. */
static void
on_exchange_cb (KaiExchange *exchange, gpointer data)
{
  Sight *sight = g_new0 (Sight, 1);

  sight->worker = g_object_ref (data);
  sight->exchange = kai_exchange_ref (exchange);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_exchange_idle_cb, sight, (GDestroyNotify)sight_free);
}

/* ---- the thread ---- */

static gboolean
is_stopping (KaiSyncWorker *self)
{
  gboolean stopping;

  g_mutex_lock (&self->lock);
  stopping = self->stopping;
  g_mutex_unlock (&self->lock);
  return stopping;
}

static KaiLinkState
link_of (const GError *error)
{
  if (!error)
    return KAI_LINK_ONLINE;
  if (g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_UNREACHABLE)
      || g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_OFFLINE))
    return KAI_LINK_OFFLINE;
  return KAI_LINK_ERROR;
}

static void
count (KaiDesk *desk, KaiSyncStatus *status)
{
  status->waiting = MAX (kai_outbox_count (kai_desk_get_database (desk), KAI_OUTBOX_WAITING), 0);
  status->refused = MAX (kai_outbox_count (kai_desk_get_database (desk), KAI_OUTBOX_REFUSED), 0);
}

/* Ended by a poke or a stop: not a failure. */
static gboolean
was_interrupted (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A fresh cancellable for one long poll, unless there is work already. */
static GCancellable *
arm_poll (KaiSyncWorker *self)
{
  GCancellable *cancel = NULL;

  g_mutex_lock (&self->lock);
  if (!self->poked && !self->stopping)
    {
      g_clear_object (&self->poll_cancel);
      self->poll_cancel = g_cancellable_new ();
      cancel = g_object_ref (self->poll_cancel);
    }
  g_mutex_unlock (&self->lock);
  return cancel;
}

static gboolean
work (KaiSyncWorker *self, KaiDesk *desk, KaiSyncEngine *engine, KaiSyncStatus *status,
      GError **error)
{
  KaiSyncResult result = { 0 };

  g_mutex_lock (&self->lock);
  self->poked = FALSE;
  g_mutex_unlock (&self->lock);
  status->link = KAI_LINK_WORKING;
  count (desk, status);
  post (self, status, FALSE);
  return kai_sync_engine_run (engine, 0, &result, self->stop_cancel, error);
}

static gboolean
poll_once (KaiSyncWorker *self, KaiSyncEngine *engine, KaiSyncResult *result, GError **error)
{
  g_autoptr (GCancellable) cancel = arm_poll (self);
  g_autoptr (GError) local = NULL;

  if (!cancel)
    return TRUE;
  if (kai_sync_engine_receive (engine, POLL_S, result, cancel, &local) || was_interrupted (local))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* Delivers and polls until something fails or the window closes. */
static void
serve (KaiSyncWorker *self, KaiDesk *desk, KaiSyncEngine *engine, KaiSyncStatus *status,
       GError **error)
{
  gboolean fresh = TRUE; /* a whole round is due */

  while (!is_stopping (self))
    {
      KaiSyncResult result = { 0 };

      if (fresh && !work (self, desk, engine, status, error))
        return;
      status->link = KAI_LINK_ONLINE;
      status->last_contact = g_get_real_time () / G_USEC_PER_SEC;
      status->clock_offset = kai_sync_engine_get_clock_offset (engine);
      g_clear_pointer (&status->sentence, g_free);
      count (desk, status);
      post (self, status, fresh || result.received > 0);
      if (!poll_once (self, engine, &result, error))
        return;
      if (result.received > 0)
        {
          count (desk, status);
          post (self, status, TRUE);
        }
      g_mutex_lock (&self->lock);
      fresh = self->poked;
      g_mutex_unlock (&self->lock);
    }
}

/* Until poked, stopped or the time is over. */
static void
wait_before_retry (KaiSyncWorker *self, int seconds)
{
  gint64 jitter = g_random_int_range (0, seconds * 250 + 1); /* a quarter, in ms */
  gint64 until = g_get_monotonic_time () + (gint64)seconds * G_TIME_SPAN_SECOND + jitter * 1000;

  g_mutex_lock (&self->lock);
  while (!self->poked && !self->stopping && g_cond_wait_until (&self->wake, &self->lock, until))
    ;
  self->poked = FALSE;
  g_mutex_unlock (&self->lock);
}

static gpointer
worker_thread (gpointer data)
{
  KaiSyncWorker *self = data;
  KaiSyncStatus status = { .link = KAI_LINK_UNKNOWN };
  int backoff = BACKOFF_MIN_S;

  while (!is_stopping (self))
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiDesk) desk = kai_desk_open (self->connection, self->key, &error);
      g_autoptr (KaiSyncEngine) engine = desk ? kai_sync_engine_new (desk, &error) : NULL;
      gint64 contact = status.last_contact;

      if (engine)
        {
          kai_sync_engine_set_observer (engine, on_exchange_cb, self);
          serve (self, desk, engine, &status, &error);
          /* Also when all was refused, perhaps for the clock. */
          status.clock_offset = kai_sync_engine_get_clock_offset (engine);
        }
      g_clear_pointer (&engine, kai_sync_engine_free);
      if (is_stopping (self) || was_interrupted (error))
        break;
      if (status.last_contact != contact)
        backoff = BACKOFF_MIN_S;
      status.link = link_of (error);
      g_free (status.sentence);
      status.sentence = g_strdup (error ? error->message : "");
      if (desk)
        count (desk, &status);
      post (self, &status, TRUE);
      wait_before_retry (self, backoff);
      backoff = MIN (backoff * 2, BACKOFF_MAX_S);
    }
  g_free (status.sentence);
  return NULL;
}

/* ---- the object ---- */

static void
kai_sync_worker_finalize (GObject *object)
{
  KaiSyncWorker *self = KAI_SYNC_WORKER (object);

  g_assert (!self->thread); /* a running thread holds no reference: stop first */
  kai_connection_free (self->connection);
  g_clear_object (&self->key);
  g_clear_object (&self->poll_cancel);
  g_clear_object (&self->stop_cancel);
  g_free (self->status.sentence);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  G_OBJECT_CLASS (kai_sync_worker_parent_class)->finalize (object);
}

static void
kai_sync_worker_class_init (KaiSyncWorkerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kai_sync_worker_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[STATUS] = g_signal_new ("status", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
  signals[EXCHANGE] = g_signal_new ("exchange", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 1, KAI_TYPE_EXCHANGE);
}

static void
kai_sync_worker_init (KaiSyncWorker *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  self->stop_cancel = g_cancellable_new ();
  self->status.sentence = g_strdup ("");
}

KaiSyncWorker *
kai_sync_worker_new (const KaiConnection *connection, KaiKey *key)
{
  KaiSyncWorker *self = g_object_new (KAI_TYPE_SYNC_WORKER, NULL);

  self->connection = kai_connection_copy (connection);
  self->key = key ? g_object_ref (key) : NULL;
  return self;
}

void
kai_sync_worker_start (KaiSyncWorker *self)
{
  g_return_if_fail (!self->thread);
  self->thread = g_thread_new ("sync", worker_thread, self);
}

void
kai_sync_worker_poke (KaiSyncWorker *self)
{
  g_mutex_lock (&self->lock);
  self->poked = TRUE;
  if (self->poll_cancel)
    g_cancellable_cancel (self->poll_cancel);
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
}

void
kai_sync_worker_stop (KaiSyncWorker *self)
{
  if (!self->thread)
    return;
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  if (self->poll_cancel)
    g_cancellable_cancel (self->poll_cancel);
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  g_cancellable_cancel (self->stop_cancel);
  g_thread_join (g_steal_pointer (&self->thread));
}

const KaiSyncStatus *
kai_sync_worker_get_status (KaiSyncWorker *self)
{
  return &self->status;
}
