/* One signed-in clerk: desk, worker, and the watch over the store.
 *
 * The store is written by this desk, by the worker's thread and by other processes (the command line). All of them end in a
 * commit to the write-ahead log, so one file monitor and SQLite's data version tell of all but our own. */
#include "kai-session.h"

#include "store/kai-base-data-store.h"
#include "sync/kai-desk-log.h"

/* Several commits in a row become one reload; short enough to look immediate. */
#define SETTLE_MS 120
/* Whether another day has come is asked so often: a computer that slept keeps no appointment at midnight. */
#define DAY_CHECK_S 60
/* Notices that lapse in one go in the window's thread: a few milliseconds. */
#define LAPSE_AT_ONCE 50

struct _KaiSession
{
  GObject parent_instance;

  KaiDesk *desk;
  KaiSyncWorker *worker;
  gboolean training;
  GFileMonitor *monitor;
  guint settle_id;
  guint day_id, lapse_id;
  gint64 data_version;
};

G_DEFINE_FINAL_TYPE (KaiSession, kai_session, G_TYPE_OBJECT)

enum
{
  CHANGED,
  BASE_DATA_CHANGED,
  STATUS,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
reload_base_data (KaiSession *self)
{
  g_autoptr (GError) error = NULL;

  if (kai_base_data_store_is_current (kai_session_get_database (self),
                                      kai_desk_get_base_data (self->desk)))
    return;
  if (!kai_desk_reload_base_data (self->desk, &error))
    g_message ("base data: %s", error->message);
  g_signal_emit (self, signals[BASE_DATA_CHANGED], 0);
}

/* Another user may have let this one in meanwhile. */
static void
try_unlock (KaiSession *self)
{
  g_autoptr (GError) error = NULL;

  if (kai_desk_is_locked (self->desk) && kai_desk_get_key (self->desk)
      && !kai_desk_unlock (self->desk, &error))
    g_message ("The store could not be unlocked: %s", error->message);
}

static gboolean
on_settled_cb (gpointer data)
{
  KaiSession *self = KAI_SESSION (data);
  gint64 version;

  self->settle_id = 0;
  version = kai_database_data_version (kai_session_get_database (self));
  if (version != self->data_version)
    {
      self->data_version = version;
      try_unlock (self);
      reload_base_data (self);
      g_signal_emit (self, signals[CHANGED], 0);
    }
  return G_SOURCE_REMOVE;
}

static void
schedule_check (KaiSession *self)
{
  if (self->settle_id == 0 && self->desk)
    self->settle_id = g_timeout_add (SETTLE_MS, on_settled_cb, self);
}

static void
on_wal_changed_cb (KaiSession *self)
{
  schedule_check (self);
}

static void
on_worker_changed_cb (KaiSession *self)
{
  schedule_check (self);
}

static void
on_worker_status_cb (KaiSession *self)
{
  g_signal_emit (self, signals[STATUS], 0);
}

/* ---- the day ---- */

static gboolean
on_lapse_idle_cb (gpointer data)
{
  KaiSession *self = KAI_SESSION (data);
  g_autoptr (GError) error = NULL;
  int n = kai_desk_lapse (self->desk, LAPSE_AT_ONCE, &error);

  if (n < 0)
    g_info ("What has lapsed could not be noted: %s", error->message);
  if (n == LAPSE_AT_ONCE)
    return G_SOURCE_CONTINUE;
  self->lapse_id = 0;
  if (n > 0)
    g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

void
kai_session_check_day (KaiSession *self)
{
  if (self->lapse_id == 0 && self->desk)
    self->lapse_id = g_idle_add_full (G_PRIORITY_LOW, on_lapse_idle_cb, self, NULL);
}

static gboolean
on_day_tick_cb (gpointer data)
{
  kai_session_check_day (KAI_SESSION (data));
  return G_SOURCE_CONTINUE;
}

static void
watch_store (KaiSession *self)
{
  const char *path =
      sqlite3_db_filename (kai_database_get_handle (kai_desk_get_database (self->desk)), "main");
  g_autofree char *wal = g_strconcat (path, "-wal", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (wal);

  /* Without a monitor (inotify used up) the worker's signal still comes. */
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (self->monitor)
    {
      g_file_monitor_set_rate_limit (self->monitor, SETTLE_MS);
      g_signal_connect_object (self->monitor, "changed", G_CALLBACK (on_wal_changed_cb), self,
                               G_CONNECT_SWAPPED);
    }
}

KaiSession *
kai_session_new (KaiDesk *desk, KaiSyncWorker *worker, gboolean training)
{
  KaiSession *self = g_object_new (KAI_TYPE_SESSION, NULL);

  self->desk = desk;
  self->training = training;
  self->data_version = kai_database_data_version (kai_desk_get_database (desk));
  watch_store (self);
  self->day_id = g_timeout_add_seconds (DAY_CHECK_S, on_day_tick_cb, self);
  kai_session_check_day (self);
  if (worker)
    {
      self->worker = g_object_ref (worker);
      g_signal_connect_object (worker, "changed", G_CALLBACK (on_worker_changed_cb), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (worker, "status", G_CALLBACK (on_worker_status_cb), self,
                               G_CONNECT_SWAPPED);
      kai_sync_worker_start (worker);
    }
  return self;
}

void
kai_session_close (KaiSession *self)
{
  g_clear_handle_id (&self->settle_id, g_source_remove);
  g_clear_handle_id (&self->day_id, g_source_remove);
  g_clear_handle_id (&self->lapse_id, g_source_remove);
  if (self->monitor)
    g_file_monitor_cancel (self->monitor);
  g_clear_object (&self->monitor);
  if (self->worker)
    {
      g_signal_handlers_disconnect_by_data (self->worker, self);
      kai_sync_worker_stop (self->worker);
    }
  g_clear_object (&self->worker);
}

KaiDesk *
kai_session_get_desk (KaiSession *self)
{
  return self->desk;
}

KaiDatabase *
kai_session_get_database (KaiSession *self)
{
  return kai_desk_get_database (self->desk);
}

const KaiBaseData *
kai_session_get_base_data (KaiSession *self)
{
  return kai_desk_get_base_data (self->desk);
}

KaiSyncWorker *
kai_session_get_worker (KaiSession *self)
{
  return self->worker;
}

gboolean
kai_session_is_training (KaiSession *self)
{
  return self->training;
}

void
kai_session_changed (KaiSession *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

void
kai_session_committed (KaiSession *self)
{
  kai_session_changed (self);
  if (self->worker)
    kai_sync_worker_poke (self->worker);
}

/* At sign-out: what was done today is under the clerk's signature. Tomorrow's first work catches up on what cannot be signed now. */
static void
sign_log (KaiSession *self)
{
  g_autoptr (GError) error = NULL;

  if (self->desk && !kai_desk_sign_log (self->desk, TRUE, &error))
    g_message ("The log was not signed: %s", error->message);
}

static void
kai_session_dispose (GObject *object)
{
  KaiSession *self = KAI_SESSION (object);

  kai_session_close (self);
  sign_log (self);
  g_clear_pointer (&self->desk, kai_desk_close);
  G_OBJECT_CLASS (kai_session_parent_class)->dispose (object);
}

static void
kai_session_class_init (KaiSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kai_session_dispose;

  signals[CHANGED] = g_signal_new ("changed", KAI_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[BASE_DATA_CHANGED] =
      g_signal_new ("base-data-changed", KAI_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 0);
  signals[STATUS] = g_signal_new ("status", KAI_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void
kai_session_init (KaiSession *self)
{
}
