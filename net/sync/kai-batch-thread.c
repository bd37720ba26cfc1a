/* Issuing many notices in a thread, for the window: it has its own desk and engine, so that nothing on the screen waits for it. */
#include "sync/kai-batch-issue.h"

struct _KaiBatchIssue
{
  GObject parent_instance;

  KaiConnection *connection;
  KaiKey *key;
  GMainContext *context;
  KaiBatchProgress progress; /* main thread */
  GPtrArray *results;        /* main thread */
  gboolean running;          /* main thread */
  GThread *thread;

  GMutex lock;
  GCond wake;
  gboolean pausing, cancelling; /* under lock */
  GCancellable *cancellable;    /* ends a delivery when the object goes */
};

enum
{
  PROGRESS,
  FINISHED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (KaiBatchIssue, kai_batch_issue, G_TYPE_OBJECT)

/* ---- In the thread ---- */

typedef struct
{
  KaiBatchIssue *self; /* owned */
  GPtrArray *notices;
  char *batch_id;
  KaiDesk *desk;
  KaiSyncEngine *engine; /* NULL: nothing can be sent */
  char *no_engine;       /* why */
  GPtrArray *results;    /* since the last report */
} Job;

static void
job_free (Job *job)
{
  g_ptr_array_unref (job->notices);
  g_ptr_array_unref (job->results);
  g_free (job->batch_id);
  g_free (job->no_engine);
  g_clear_pointer (&job->engine, kai_sync_engine_free);
  g_clear_pointer (&job->desk, kai_desk_close);
  g_object_unref (job->self);
  g_free (job);
}

/* What goes to the main thread. */
typedef struct
{
  KaiBatchIssue *self;
  KaiBatchProgress progress;
  GPtrArray *results;
  gboolean last;
  GError *error;
} Report;

static void
report_free (gpointer data)
{
  Report *report = data;

  kai_batch_progress_clear (&report->progress);
  g_ptr_array_unref (report->results);
  g_clear_error (&report->error);
  g_object_unref (report->self);
  g_free (report);
}

static gboolean
on_report_cb (gpointer data)
{
  Report *report = data;
  KaiBatchIssue *self = report->self;

  kai_batch_progress_clear (&self->progress);
  self->progress = report->progress;
  report->progress.sentence = NULL;
  g_mutex_lock (&self->lock);
  self->progress.paused = self->pausing;
  g_mutex_unlock (&self->lock);
  g_ptr_array_extend_and_steal (self->results, g_ptr_array_ref (report->results));
  if (report->last)
    {
      g_clear_pointer (&self->thread, g_thread_join);
      self->running = FALSE;
    }
  g_signal_emit (self, signals[PROGRESS], 0);
  if (report->last)
    g_signal_emit (self, signals[FINISHED], 0, report->error);
  return G_SOURCE_REMOVE;
}

static void
post_report (Job *job, const KaiBatchProgress *progress, gboolean last, GError *error)
{
  Report *report = g_new0 (Report, 1);
  g_autoptr (GSource) source = g_idle_source_new ();

  report->self = g_object_ref (job->self);
  report->progress = *progress;
  report->progress.sentence = g_strdup (progress->sentence ? progress->sentence : "");
  report->results = g_steal_pointer (&job->results);
  report->last = last;
  report->error = error;
  job->results = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_batch_result_free);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_report_cb, report, report_free);
  g_source_attach (source, job->self->context);
}

static void
on_prepare (int n, gpointer data)
{
  Job *job = data;
  g_autoptr (GError) error = NULL;

  /* Without numbers the notices are kept as drafts and numbered at the next contact. */
  if (job->engine && !kai_sync_engine_ensure_lease (job->engine, n, job->self->cancellable, &error))
    job->no_engine = g_strdup (error->message);
}

static void
on_deliver (char **sentence, gpointer data)
{
  Job *job = data;
  KaiSyncResult result = { 0 };
  g_autoptr (GError) error = NULL;

  /* One try that failed is enough: what is saved is sent by the worker when the server is there again. */
  if (!job->no_engine && job->engine
      && (kai_desk_number_drafts (job->desk, &error) < 0
          || !kai_sync_engine_deliver (job->engine, &result, job->self->cancellable, &error)))
    job->no_engine = g_strdup (error->message);
  *sentence = g_strdup (job->no_engine);
}

static void
on_progress (const KaiBatchProgress *progress, gpointer data)
{
  post_report (data, progress, FALSE, NULL);
}

static void
on_result (const KaiBatchResult *result, gpointer data)
{
  Job *job = data;
  KaiBatchResult *copy = g_new0 (KaiBatchResult, 1);

  copy->row_key = g_strdup (result->row_key);
  copy->outcome = result->outcome;
  copy->id = result->id;
  copy->payment_code = g_strdup (result->payment_code);
  copy->refusal_code = g_strdup (result->refusal_code);
  copy->sentence = g_strdup (result->sentence);
  g_ptr_array_add (job->results, copy);
}

static gboolean
on_go_on (gpointer data)
{
  KaiBatchIssue *self = ((Job *)data)->self;
  gboolean go_on;

  g_mutex_lock (&self->lock);
  while (self->pausing && !self->cancelling)
    g_cond_wait (&self->wake, &self->lock);
  go_on = !self->cancelling;
  g_mutex_unlock (&self->lock);
  return go_on;
}

static gboolean
open_desk (Job *job, GError **error)
{
  g_autoptr (GError) local = NULL;

  job->desk = kai_desk_open (job->self->connection, job->self->key, error);
  if (!job->desk)
    return FALSE;
  job->engine = kai_sync_engine_new (job->desk, &local);
  if (!job->engine)
    job->no_engine = g_strdup (local->message);
  return TRUE;
}

static gpointer
run_job (gpointer data)
{
  static const KaiBatchHooks hooks = { on_prepare, on_deliver, on_progress, on_result, on_go_on };
  Job *job = data;
  KaiBatchProgress progress = { .total = (int)job->notices->len, .seconds_left = -1 };
  GError *error = NULL;

  if (open_desk (job, &error))
    kai_batch_issue_run (job->desk, job->notices, job->batch_id, &hooks, job, &progress, &error);
  post_report (job, &progress, TRUE, error);
  kai_batch_progress_clear (&progress);
  job_free (job);
  return NULL;
}

/* ---- Life ---- */

static void
kai_batch_issue_dispose (GObject *object)
{
  KaiBatchIssue *self = KAI_BATCH_ISSUE (object);

  g_clear_pointer (&self->thread, g_thread_unref);
  g_clear_pointer (&self->connection, kai_connection_free);
  g_clear_object (&self->key);
  G_OBJECT_CLASS (kai_batch_issue_parent_class)->dispose (object);
}

static void
kai_batch_issue_finalize (GObject *object)
{
  KaiBatchIssue *self = KAI_BATCH_ISSUE (object);

  kai_batch_progress_clear (&self->progress);
  g_ptr_array_unref (self->results);
  g_main_context_unref (self->context);
  g_object_unref (self->cancellable);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  G_OBJECT_CLASS (kai_batch_issue_parent_class)->finalize (object);
}

static void
kai_batch_issue_class_init (KaiBatchIssueClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = kai_batch_issue_dispose;
  object_class->finalize = kai_batch_issue_finalize;
  signals[PROGRESS] = g_signal_new ("progress", KAI_TYPE_BATCH_ISSUE, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
  signals[FINISHED] = g_signal_new ("finished", KAI_TYPE_BATCH_ISSUE, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
kai_batch_issue_init (KaiBatchIssue *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  self->cancellable = g_cancellable_new ();
  self->context = g_main_context_ref_thread_default ();
  self->results = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_batch_result_free);
  self->progress.sentence = g_strdup ("");
}

KaiBatchIssue *
kai_batch_issue_new (const KaiConnection *connection, KaiKey *key)
{
  KaiBatchIssue *self = g_object_new (KAI_TYPE_BATCH_ISSUE, NULL);

  self->connection = kai_connection_copy (connection);
  self->key = key ? g_object_ref (key) : NULL;
  return self;
}

void
kai_batch_issue_start (KaiBatchIssue *self, GPtrArray *notices, const char *batch_id)
{
  Job *job;

  g_return_if_fail (KAI_IS_BATCH_ISSUE (self) && !self->running);
  self->running = TRUE;
  self->pausing = self->cancelling = FALSE;
  self->progress.total = (int)notices->len; /* known before the thread has said anything */
  job = g_new0 (Job, 1);
  job->self = g_object_ref (self);
  job->notices = g_ptr_array_ref (notices);
  job->batch_id = g_strdup (batch_id);
  job->results = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_batch_result_free);
  self->thread = g_thread_new ("batch-issue", run_job, job);
}

gboolean
kai_batch_issue_is_running (KaiBatchIssue *self)
{
  return self->running;
}

static void
set_flags (KaiBatchIssue *self, gboolean pausing, gboolean cancelling)
{
  g_mutex_lock (&self->lock);
  self->pausing = pausing;
  self->cancelling = self->cancelling || cancelling;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  self->progress.paused = pausing;
}

void
kai_batch_issue_pause (KaiBatchIssue *self)
{
  set_flags (self, TRUE, FALSE);
}

void
kai_batch_issue_resume (KaiBatchIssue *self)
{
  set_flags (self, FALSE, FALSE);
}

void
kai_batch_issue_cancel (KaiBatchIssue *self)
{
  set_flags (self, FALSE, TRUE);
}

const KaiBatchProgress *
kai_batch_issue_get_progress (KaiBatchIssue *self)
{
  return &self->progress;
}

GPtrArray *
kai_batch_issue_take_results (KaiBatchIssue *self)
{
  GPtrArray *results = self->results;

  self->results = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_batch_result_free);
  return results;
}
