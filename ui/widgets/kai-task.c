/* A long piece of work and its progress. */
#include "widgets/kai-task.h"

#include <glib/gi18n-lib.h>

/* Before this nobody can say how long it will take. */
#define GUESS_AFTER_US (G_USEC_PER_SEC)

struct _KaiTask
{
  GObject parent_instance;

  char *title;
  GCancellable *cancellable;
  gboolean finished;

  GMutex lock; /* the three below */
  gint64 started, done, total;
};

G_DEFINE_FINAL_TYPE (KaiTask, kai_task, G_TYPE_OBJECT)

enum
{
  FINISHED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

KaiTask *
kai_task_new (const char *title)
{
  KaiTask *self = g_object_new (KAI_TYPE_TASK, NULL);

  self->title = g_strdup (title);
  return self;
}

const char *
kai_task_get_title (KaiTask *self)
{
  return self->title;
}

GCancellable *
kai_task_get_cancellable (KaiTask *self)
{
  return self->cancellable;
}

void
kai_task_set_progress (KaiTask *self, gint64 done, gint64 total)
{
  g_mutex_lock (&self->lock);
  self->done = done;
  self->total = total;
  g_mutex_unlock (&self->lock);
}

double
kai_task_get_fraction (KaiTask *self)
{
  double fraction;

  g_mutex_lock (&self->lock);
  fraction = self->total > 0 ? CLAMP ((double)self->done / (double)self->total, 0, 1) : -1;
  g_mutex_unlock (&self->lock);
  return fraction;
}

static char *
dup_left (gint64 seconds)
{
  if (seconds < 60)
    return g_strdup_printf (ngettext ("about %d second left", "about %d seconds left", seconds),
                            (int)seconds);
  return g_strdup_printf (
      ngettext ("about %d minute left", "about %d minutes left", (seconds + 30) / 60),
      (int)((seconds + 30) / 60));
}

char *
kai_task_dup_status (KaiTask *self)
{
  gint64 elapsed, done, total;
  g_autofree char *left = NULL;

  g_mutex_lock (&self->lock);
  elapsed = g_get_monotonic_time () - self->started;
  done = self->done;
  total = self->total;
  g_mutex_unlock (&self->lock);
  if (g_cancellable_is_cancelled (self->cancellable))
    return g_strdup (_ ("stopping…"));
  if (total <= 0)
    return g_strdup (_ ("preparing…"));
  if (done > 0 && elapsed > GUESS_AFTER_US)
    left = dup_left (
        1 + (gint64)((double)elapsed / (double)done * (double)(total - done) / G_USEC_PER_SEC));
  if (left)
    return g_strdup_printf (_ ("%lld of %lld, %s"), (long long)done, (long long)total, left);
  return g_strdup_printf (_ ("%lld of %lld"), (long long)done, (long long)total);
}

void
kai_task_finish (KaiTask *self, gboolean is_error, const char *sentence)
{
  g_return_if_fail (!self->finished);
  self->finished = TRUE;
  g_signal_emit (self, signals[FINISHED], 0, is_error, sentence);
}

gboolean
kai_task_is_finished (KaiTask *self)
{
  return self->finished;
}

static void
kai_task_finalize (GObject *object)
{
  KaiTask *self = KAI_TASK (object);

  g_free (self->title);
  g_object_unref (self->cancellable);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (kai_task_parent_class)->finalize (object);
}

static void
kai_task_class_init (KaiTaskClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kai_task_finalize;
  signals[FINISHED] = g_signal_new ("finished", KAI_TYPE_TASK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
}

static void
kai_task_init (KaiTask *self)
{
  self->cancellable = g_cancellable_new ();
  self->started = g_get_monotonic_time ();
  g_mutex_init (&self->lock);
}
