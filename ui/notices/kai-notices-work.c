/* What is done with many notices: in slices of idle time, because the store is written by this thread, with progress and a way to stop. */
#include "notices/kai-notices-page-private.h"

#include <glib/gi18n-lib.h>

#define SLICE 50

typedef struct _KaiNoticesRun KaiNoticesRun;
struct _KaiNoticesRun
{
  const KaiNoticesWork *work;
  GArray *ids; /* gint64 */
  guint next;
  gpointer data;
  GDestroyNotify free_data;
  KaiTask *task; /* NULL while it is all done at once */
  guint idle_id;
};

static void
run_free (KaiNoticesRun *run)
{
  g_clear_handle_id (&run->idle_id, g_source_remove);
  g_array_unref (run->ids);
  run->free_data (run->data);
  g_clear_object (&run->task);
  g_free (run);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiNoticesRun, run_free)

/* Those that have gone meanwhile are left out. */
static GPtrArray *
load_slice (KaiNoticesPage *self, KaiNoticesRun *run, guint n, GError **error)
{
  g_autoptr (GPtrArray) loaded =
      kai_notice_store_load_many (kai_session_get_database (self->session),
                                  &g_array_index (run->ids, gint64, run->next), n, error);
  g_autoptr (GPtrArray) notices = loaded ? kai_notices_new () : NULL;

  for (guint i = 0; loaded && i < loaded->len; i++)
    if (loaded->pdata[i])
      g_ptr_array_add (notices, kai_notice_ref (loaded->pdata[i]));
  return g_steal_pointer (&notices);
}

static gboolean
run_slice (KaiNoticesPage *self, KaiNoticesRun *run, GError **error)
{
  guint n = MIN (SLICE, run->ids->len - run->next);
  g_autoptr (GPtrArray) notices = NULL;

  if (run->task
      && g_cancellable_set_error_if_cancelled (kai_task_get_cancellable (run->task), error))
    return FALSE;
  notices = n > 0 ? load_slice (self, run, n, error) : kai_notices_new ();
  if (!notices || !run->work->step (self, notices, run->data, error))
    return FALSE;
  run->next += n;
  if (run->task)
    kai_task_set_progress (run->task, run->next, run->ids->len);
  return TRUE;
}

/* What was done before an error stays done: both are told, the error last, because it stays in the bar. */
static void
finish (KaiNoticesPage *self, const GError *error)
{
  g_autoptr (KaiNoticesRun) run = g_steal_pointer (&self->run);
  gboolean failed = error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_autofree char *sentence = run->work->describe (self, run->data, error);

  if (run->task)
    kai_task_finish (run->task, failed, sentence);
  else if (!failed)
    kai_notices_page_report (self, FALSE, sentence);
  run->work->finish (self, run->data);
  if (failed)
    kai_notices_page_report (self, TRUE, sentence);
}

static gboolean
on_idle_cb (gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  g_autoptr (GError) error = NULL;

  if (run_slice (self, self->run, &error) && self->run->next < self->run->ids->len)
    return G_SOURCE_CONTINUE;
  self->run->idle_id = 0;
  finish (self, error);
  return G_SOURCE_REMOVE;
}

void
kai_notices_page_work (KaiNoticesPage *self, const KaiNoticesWork *work, GArray *ids, gpointer data,
                       GDestroyNotify free_data)
{
  KaiNoticesRun *run = g_new0 (KaiNoticesRun, 1);
  g_autoptr (GError) error = NULL;

  *run = (KaiNoticesRun){ .work = work, .ids = ids, .data = data, .free_data = free_data };
  if (self->run)
    {
      kai_notices_page_report (self, TRUE,
                               _ ("Wait until what is being done with the notices is finished, or "
                                  "cancel it."));
      run_free (run);
      return;
    }
  self->run = run;
  if (ids->len <= SLICE)
    {
      run_slice (self, run, &error);
      finish (self, error);
      return;
    }
  run->task = kai_task_new (_ (work->title));
  kai_task_set_progress (run->task, 0, ids->len);
  run->idle_id = g_idle_add (on_idle_cb, self);
  kai_notices_page_emit_task (self, run->task);
}

void
kai_notices_page_drop_work (KaiNoticesPage *self)
{
  g_autoptr (KaiNoticesRun) run = g_steal_pointer (&self->run);

  if (run && run->task)
    kai_task_finish (run->task, FALSE, NULL);
}
