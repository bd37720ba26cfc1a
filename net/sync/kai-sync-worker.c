/* The engine in a thread of its own, for the window: delivers when there is work, long-polls when there is none,
 * backs off when the server is out of reach, rests while it is paused. */
#include "sync/kai-sync-worker.h"

#include "messages/kai-net-error.h"
#include "store/kai-outbox.h"
#include "sync/kai-desk-queue.h"
#include "sync/kai-store-watch.h"
#include "sync/kai-sync-private.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

#define POLL_S 25
#define BACKOFF_MIN_S 2
#define BACKOFF_MAX_S 60
/* So often a whole round is due without a cause: base data, revocations, payment codes, the stock. */
#define ROUND_S 1800
/* Several changes of the network in a row are one. */
#define NETWORK_SETTLE_MS 300

/* Why the thread is woken. */
typedef enum
{
  POKE_WORK = 1 << 0,    /* something to deliver, or the switch */
  POKE_CLERK = 1 << 1,   /* “send now” */
  POKE_NETWORK = 1 << 2, /* another network */
} Poke;

struct _KaiSyncWorker
{
  GObject parent_instance;

  KaiConnection *connection;
  KaiKey *key;
  GNetworkMonitor *network; /* main thread */
  gboolean network_set;     /* also to NULL */
  guint network_id;         /* settles */
  KaiSyncStatus status;     /* main thread */

  GThread *thread;
  GMutex lock;
  GCond wake;
  gboolean stopping, metered; /* under lock */
  gboolean key_away;          /* under lock */
  guint pokes;                /* under lock */
  GCancellable *poll_cancel;  /* under lock; ends a long poll */
  GCancellable *work_cancel;  /* under lock; ends what is being delivered */
  GCancellable *stop_cancel;  /* ends everything */
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

/* ---- waking ---- */

static void
poke (KaiSyncWorker *self, guint why)
{
  g_mutex_lock (&self->lock);
  self->pokes |= why;
  if (self->poll_cancel)
    g_cancellable_cancel (self->poll_cancel);
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
}

static gboolean
on_network_settled_cb (gpointer data)
{
  KaiSyncWorker *self = data;

  self->network_id = 0;
  poke (self, POKE_NETWORK);
  return G_SOURCE_REMOVE;
}

/* Whether the monitor believes that there is a network is not asked: in a container, or for a server on this machine, it is often wrong. */
static void
on_network_changed_cb (KaiSyncWorker *self)
{
  gboolean metered = g_network_monitor_get_network_metered (self->network);

  g_mutex_lock (&self->lock);
  self->metered = metered;
  g_mutex_unlock (&self->lock);
  if (self->network_id == 0)
    self->network_id = g_timeout_add (NETWORK_SETTLE_MS, on_network_settled_cb, self);
}

/* What a commit asks for: something to deliver, or the switch. */
static void
look_at_store (KaiSyncWorker *self, KaiDatabase *db, gboolean *paused)
{
  gboolean now_paused = kai_sync_is_paused (db);

  if (now_paused != *paused || kai_outbox_has_due (db, g_get_real_time () / G_USEC_PER_SEC))
    poke (self, POKE_WORK);
  *paused = now_paused;
}

/* What other connections commit: the window's, the command line's. In a thread of its own, since the worker's waits for the server. The log's file tells that a commit is under
 * way; it counts once it is on the disk, of which nothing tells: hence some looks after the last that was written, further and further apart. */
static gpointer
watch_thread (gpointer data)
{
  static const int later_ms[] = { 5, 30, 150, 1000, 5000 };
  KaiSyncWorker *self = data;
  g_autoptr (KaiDatabase) db =
      kai_database_open (self->connection->home, "kaipiao.db", &kai_store_schema, NULL);
  g_autoptr (KaiStoreWatch) watch = kai_store_watch_new (self->connection->home);
  gboolean paused = db && kai_sync_is_paused (db);
  gint64 version = db ? kai_database_data_version (db) : 0;
  guint looks = 0;

  while (db && !g_cancellable_is_cancelled (self->stop_cancel))
    {
      gboolean rest = looks == G_N_ELEMENTS (later_ms);
      gboolean seen = kai_store_watch_wait (watch, rest ? -1 : later_ms[looks], self->stop_cancel);
      gint64 now = kai_database_data_version (db);

      looks = seen ? 0 : MIN (looks + 1, G_N_ELEMENTS (later_ms));
      if (now != version)
        look_at_store (self, db, &paused);
      version = now;
    }
  return NULL;
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

static gboolean
is_key_away (KaiSyncWorker *self)
{
  gboolean away;

  g_mutex_lock (&self->lock);
  away = self->key_away;
  g_mutex_unlock (&self->lock);
  return away;
}

/* By the clerk, for every program; or because the key of this one is not there. */
static gboolean
is_resting (KaiSyncWorker *self, KaiDatabase *db)
{
  return is_key_away (self) || kai_sync_is_paused (db);
}

static guint
take_pokes (KaiSyncWorker *self, gboolean *metered)
{
  guint pokes;

  g_mutex_lock (&self->lock);
  pokes = self->pokes;
  self->pokes = 0;
  *metered = self->metered;
  g_mutex_unlock (&self->lock);
  return pokes;
}

/* Until woken for one of @reasons, stopped, or @until (monotonic, -1 = never) has come. Other reasons stay and are told by *others. */
static void
wait_for (KaiSyncWorker *self, guint reasons, gint64 until, gboolean *others)
{
  g_mutex_lock (&self->lock);
  while (!(self->pokes & reasons) && !self->stopping)
    {
      if (self->pokes && others)
        {
          *others = TRUE;
          self->pokes = 0;
          break;
        }
      if (until < 0)
        g_cond_wait (&self->wake, &self->lock);
      else if (!g_cond_wait_until (&self->wake, &self->lock, until))
        break;
    }
  g_mutex_unlock (&self->lock);
}

static gint64
in_seconds (double seconds)
{
  return g_get_monotonic_time () + (gint64)(seconds * G_TIME_SPAN_SECOND);
}

static gint64
now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
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

/* Ended by a poke or a stop: not a failure. */
static gboolean
was_interrupted (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* What the thread works with from one connection to the next. */
typedef struct
{
  KaiSyncWorker *self;
  KaiSyncSeat *seat;
  KaiSyncStatus status;
  KaiDesk *desk;         /* NULL between connections */
  KaiSyncEngine *engine; /* the same */
  gint64 round;          /* monotonic; when the next whole round is due */
  guint pokes;           /* not dealt with */
} Run;

static void
count (Run *run)
{
  KaiDatabase *db = kai_desk_get_database (run->desk);

  run->status.waiting = MAX (kai_outbox_count (db, KAI_OUTBOX_WAITING), 0);
  run->status.refused = MAX (kai_outbox_count (db, KAI_OUTBOX_REFUSED), 0);
}

/* Tells window and other programs. */
static void
tell (Run *run, KaiLinkState link, const char *sentence, gboolean changed)
{
  gboolean stuck = link == KAI_LINK_OFFLINE || link == KAI_LINK_ERROR || link == KAI_LINK_PAUSED;

  run->status.link = link;
  g_free (run->status.sentence);
  run->status.sentence = g_strdup (sentence);
  if (run->desk)
    count (run);
  if (run->seat)
    kai_sync_seat_report (run->seat, stuck ? KAI_SEAT_STUCK : KAI_SEAT_WORKING, sentence);
  post (run->self, &run->status, changed);
}

static void
note_contact (Run *run)
{
  run->status.last_contact = now_s ();
  run->status.next_try = 0;
  run->status.clock_offset = kai_sync_engine_get_clock_offset (run->engine);
}

/* A fresh cancellable for one round of work; one that is cancelled already when there must be none. */
static GCancellable *
arm_work (KaiSyncWorker *self)
{
  GCancellable *cancel;

  g_mutex_lock (&self->lock);
  g_clear_object (&self->work_cancel);
  self->work_cancel = g_cancellable_new ();
  if (self->stopping || self->key_away)
    g_cancellable_cancel (self->work_cancel);
  cancel = g_object_ref (self->work_cancel);
  g_mutex_unlock (&self->lock);
  return cancel;
}

/* A whole round, or only what waits. */
static gboolean
work (Run *run, gboolean whole, GError **error)
{
  KaiSyncResult result = { 0 };
  g_autoptr (GCancellable) stop = arm_work (run->self);

  tell (run, KAI_LINK_WORKING, "", FALSE);
  if (whole)
    {
      run->round = in_seconds (ROUND_S);
      return kai_sync_engine_run (run->engine, 0, &result, stop, error);
    }
  return kai_sync_engine_check_rest (run->engine, error)
         && kai_sync_engine_ensure_lease (
             run->engine, kai_desk_get_profile (run->desk)->lease_low_water, stop, error)
         && kai_desk_number_drafts (run->desk, error) >= 0
         && kai_sync_engine_deliver (run->engine, &result, stop, error);
}

/* A fresh cancellable for one long poll, unless there is something else to do. */
static GCancellable *
arm_poll (KaiSyncWorker *self)
{
  GCancellable *cancel = NULL;

  g_mutex_lock (&self->lock);
  if (!self->pokes && !self->stopping && !self->key_away)
    {
      g_clear_object (&self->poll_cancel);
      self->poll_cancel = g_cancellable_new ();
      cancel = g_object_ref (self->poll_cancel);
    }
  g_mutex_unlock (&self->lock);
  return cancel;
}

static gboolean
poll_once (Run *run, GError **error)
{
  g_autoptr (GCancellable) cancel = arm_poll (run->self);
  g_autoptr (GError) local = NULL;
  KaiSyncResult result = { 0 };

  if (!cancel)
    return TRUE;
  if (!kai_sync_engine_receive (run->engine, POLL_S, &result, cancel, &local))
    {
      if (was_interrupted (local))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  note_contact (run);
  if (result.received > 0)
    tell (run, KAI_LINK_ONLINE, "", TRUE);
  /* “Ask again in …” */
  wait_for (run->self, ~0u, in_seconds (kai_sync_engine_get_retry_after (run->engine)), NULL);
  return TRUE;
}

/* On a network that is paid by use: until there is something of the clerk's to send, or a failed message's time has come. */
static void
wait_for_work (Run *run)
{
  gint64 next = kai_outbox_next_try (kai_desk_get_database (run->desk));

  wait_for (run->self, ~0u, next > 0 ? in_seconds ((double)MAX (next - now_s (), 1)) : -1, NULL);
}

/* Delivers and polls until something fails, the clerk pauses it, or the window closes. */
static void
serve (Run *run, GError **error)
{
  KaiDatabase *db = kai_desk_get_database (run->desk);
  gboolean first = TRUE;

  while (!is_stopping (run->self) && !is_resting (run->self, db))
    {
      guint pokes = run->pokes | take_pokes (run->self, &run->status.metered);
      gboolean asked = (pokes & (POKE_CLERK | POKE_NETWORK)) != 0;
      /* Paid by use: base data and the like only when the clerk asks. */
      gboolean whole =
          (pokes & POKE_CLERK) || first
          || (!run->status.metered && (asked || g_get_monotonic_time () >= run->round));

      run->pokes = 0;
      kai_sync_engine_set_patient (run->engine, !(asked || first));
      if ((whole || kai_outbox_has_due (db, now_s ())) && !work (run, whole, error))
        return;
      if (whole || pokes || run->status.link != KAI_LINK_ONLINE)
        {
          note_contact (run);
          tell (run, KAI_LINK_ONLINE, "", TRUE);
        }
      first = FALSE;
      if (run->status.metered)
        wait_for_work (run);
      else if (!poll_once (run, error))
        return;
    }
}

/* Until it is time to try again: longer each time, a quarter by chance, and not before the server wants it unless the clerk does. */
static void
wait_before_retry (Run *run, int backoff, int rest)
{
  int seconds = MAX (backoff, rest);
  gint64 until = in_seconds (seconds + g_random_double () * seconds / 4);
  guint reasons = POKE_CLERK | POKE_NETWORK | (rest > 0 ? 0 : POKE_WORK);
  gboolean others;

  run->status.next_try = now_s () + (until - g_get_monotonic_time ()) / G_TIME_SPAN_SECOND;
  post (run->self, &run->status, FALSE);
  do
    {
      others = FALSE;
      wait_for (run->self, reasons, until, rest > 0 ? &others : NULL);
      /* Who has handed over work is to know that it stays here for now. */
      if (others && run->seat)
        kai_sync_seat_report (run->seat, KAI_SEAT_STUCK, run->status.sentence);
    }
  while (others);
  run->status.next_try = 0;
}

static void
connect_and_serve (Run *run, GError **error)
{
  run->engine = kai_sync_engine_new (run->desk, error);
  if (!run->engine)
    return;
  run->engine->seat = run->seat;
  kai_sync_engine_set_observer (run->engine, on_exchange_cb, run->self);
  serve (run, error);
  /* Also when all was refused, perhaps for the clock. */
  run->status.clock_offset = kai_sync_engine_get_clock_offset (run->engine);
}

/* FALSE when the window closes while another program delivers. */
static gboolean
take_seat (Run *run)
{
  const char *home = run->self->connection->home;
  g_autoptr (GError) error = NULL;

  run->seat = kai_sync_seat_try (home, KAI_SEAT_WINDOW, &error);
  if (!run->seat && !error)
    {
      g_auto (KaiSeatHolder) holder = { 0 };
      g_autofree char *who = NULL;
      g_autofree char *sentence = NULL;

      kai_sync_seat_read (home, &holder);
      who = kai_seat_holder_describe (&holder);
      sentence =
          g_strdup_printf (_ ("What waits is being sent by %s. This window goes on when it has "
                              "finished."),
                           who);
      tell (run, KAI_LINK_ELSEWHERE, sentence, FALSE);
      run->seat = kai_sync_seat_take (home, KAI_SEAT_WINDOW, run->self->stop_cancel, &error);
    }
  if (!run->seat && !was_interrupted (error))
    tell (run, KAI_LINK_ERROR, error->message, FALSE);
  return run->seat != NULL;
}

/* One connection: from opening the store to the trouble that ends it. */
static void
run_once (Run *run, int *backoff)
{
  KaiSyncWorker *self = run->self;
  g_autoptr (GError) error = NULL;
  gint64 contact = run->status.last_contact;
  gboolean paused;
  int rest = 0;

  /* What wakes the thread after this line is not lost, and what came before it does not keep it from resting. */
  run->pokes |= take_pokes (self, &run->status.metered);
  run->desk = kai_desk_open (self->connection, self->key, &error);
  paused = run->desk && is_resting (self, kai_desk_get_database (run->desk));
  if (run->desk && !paused)
    {
      connect_and_serve (run, &error);
      paused = (!error || was_interrupted (error))
               && is_resting (self, kai_desk_get_database (run->desk));
      rest = error && run->engine ? kai_sync_engine_get_retry_after (run->engine) : 0;
      g_clear_pointer (&run->engine, kai_sync_engine_free);
    }
  if (!is_stopping (self) && paused)
    {
      tell (run, KAI_LINK_PAUSED,
            is_key_away (self) ? _ ("The key is not there: nothing is sent or received until it is "
                                    "back and the window is unlocked.")
                               : _ ("Sending and receiving is paused."),
            TRUE);
      g_clear_pointer (&run->desk, kai_desk_close);
      wait_for (self, ~0u, -1, NULL);
    }
  else if (!is_stopping (self) && !was_interrupted (error))
    {
      if (run->status.last_contact != contact)
        *backoff = BACKOFF_MIN_S;
      tell (run, link_of (error), error ? error->message : "", TRUE);
      g_clear_pointer (&run->desk, kai_desk_close);
      wait_before_retry (run, *backoff, rest);
      *backoff = MIN (*backoff * 2, BACKOFF_MAX_S);
    }
  g_clear_pointer (&run->desk, kai_desk_close);
}

static gpointer
worker_thread (gpointer data)
{
  KaiSyncWorker *self = data;
  Run run = { .self = self };
  GThread *watcher = NULL;
  int backoff = BACKOFF_MIN_S;

  if (take_seat (&run))
    watcher = g_thread_new ("store-watch", watch_thread, self);
  while (run.seat && !is_stopping (self))
    run_once (&run, &backoff);
  g_cancellable_cancel (self->stop_cancel);
  if (watcher)
    g_thread_join (watcher);
  kai_sync_seat_leave (run.seat);
  g_free (run.status.sentence);
  return NULL;
}

/* ---- the object ---- */

static void
kai_sync_worker_finalize (GObject *object)
{
  KaiSyncWorker *self = KAI_SYNC_WORKER (object);

  g_assert (!self->thread); /* a running thread holds no reference: stop first */
  g_clear_handle_id (&self->network_id, g_source_remove);
  g_clear_object (&self->network);
  kai_connection_free (self->connection);
  g_clear_object (&self->key);
  g_clear_object (&self->poll_cancel);
  g_clear_object (&self->work_cancel);
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
kai_sync_worker_set_network (KaiSyncWorker *self, GNetworkMonitor *monitor)
{
  g_return_if_fail (!self->thread);
  g_set_object (&self->network, monitor);
  self->network_set = TRUE;
}

void
kai_sync_worker_start (KaiSyncWorker *self)
{
  g_return_if_fail (!self->thread);
  if (!self->network_set)
    g_set_object (&self->network, g_network_monitor_get_default ());
  if (self->network)
    {
      g_signal_connect_object (self->network, "network-changed", G_CALLBACK (on_network_changed_cb),
                               self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->network, "notify::network-metered",
                               G_CALLBACK (on_network_changed_cb), self, G_CONNECT_SWAPPED);
      self->metered = g_network_monitor_get_network_metered (self->network);
    }
  self->thread = g_thread_new ("sync", worker_thread, self);
}

void
kai_sync_worker_poke (KaiSyncWorker *self)
{
  poke (self, POKE_WORK);
}

void
kai_sync_worker_send_now (KaiSyncWorker *self)
{
  poke (self, POKE_CLERK);
}

void
kai_sync_worker_set_key_away (KaiSyncWorker *self, gboolean away)
{
  g_mutex_lock (&self->lock);
  self->key_away = away;
  if (away && self->work_cancel)
    g_cancellable_cancel (self->work_cancel);
  g_mutex_unlock (&self->lock);
  poke (self, POKE_CLERK);
}

void
kai_sync_worker_stop (KaiSyncWorker *self)
{
  if (!self->thread)
    return;
  if (self->network)
    g_signal_handlers_disconnect_by_data (self->network, self);
  g_clear_handle_id (&self->network_id, g_source_remove);
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  if (self->poll_cancel)
    g_cancellable_cancel (self->poll_cancel);
  if (self->work_cancel)
    g_cancellable_cancel (self->work_cancel);
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
