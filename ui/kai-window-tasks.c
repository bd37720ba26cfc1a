/* Long work in the window: its rows at the foot, how it ended, and what happens to it when the clerk signs out. */
#include "kai-window-private.h"

static void
on_task_finished_cb (KaiWindow *self, gboolean is_error, const char *sentence, KaiTask *task)
{
  g_autofree char *title = g_strdup (kai_task_get_title (task));

  g_signal_handlers_disconnect_by_data (task, self);
  if (self->tasks)
    g_ptr_array_remove (self->tasks, task);
  /* Cancelled work needs no words: the clerk has just done it. */
  if (!sentence || !self->session)
    return;
  kai_window_report (self, is_error, sentence);
  if (!gtk_window_is_active (GTK_WINDOW (self)))
    g_signal_emit_by_name (self, "notify-user", title, sentence);
}

void
kai_window_add_task (KaiWindow *self, KaiTask *task)
{
  g_ptr_array_add (self->tasks, g_object_ref (task));
  g_signal_connect_object (task, "finished", G_CALLBACK (on_task_finished_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_container_add (GTK_CONTAINER (self->task_box), kai_task_row_new (task));
}

void
kai_window_stop_tasks (KaiWindow *self)
{
  for (guint i = 0; self->tasks && i < self->tasks->len; i++)
    g_cancellable_cancel (kai_task_get_cancellable (self->tasks->pdata[i]));
}
