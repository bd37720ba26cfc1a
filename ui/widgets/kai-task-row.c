/* Progress of one piece of long work. */
#include "widgets/kai-task-row.h"

#include "kai-format.h"

#include <glib/gi18n-lib.h>

#define TICK_MS 200

struct _KaiTaskRow
{
  GtkBox parent_instance;

  /* Template */
  GtkLabel *title_label, *status_label;
  GtkProgressBar *bar;
  GtkWidget *cancel_button;

  /* Owned */
  KaiTask *task;
  guint tick_id;
};

G_DEFINE_FINAL_TYPE (KaiTaskRow, kai_task_row, GTK_TYPE_BOX)

static gboolean
on_tick_cb (gpointer data)
{
  KaiTaskRow *self = KAI_TASK_ROW (data);
  double fraction = kai_task_get_fraction (self->task);
  g_autofree char *status = kai_task_dup_status (self->task);

  if (fraction < 0)
    gtk_progress_bar_pulse (self->bar);
  else
    gtk_progress_bar_set_fraction (self->bar, fraction);
  gtk_label_set_text (self->status_label, status);
  return G_SOURCE_CONTINUE;
}

static void
on_cancel_clicked_cb (KaiTaskRow *self)
{
  gtk_widget_set_sensitive (self->cancel_button, FALSE);
  g_cancellable_cancel (kai_task_get_cancellable (self->task));
  on_tick_cb (self);
}

static void
on_finished_cb (KaiTaskRow *self)
{
  gtk_widget_destroy (GTK_WIDGET (self));
}

GtkWidget *
kai_task_row_new (KaiTask *task)
{
  KaiTaskRow *self = g_object_new (KAI_TYPE_TASK_ROW, NULL);

  self->task = g_object_ref (task);
  gtk_label_set_text (self->title_label, kai_task_get_title (task));
  kai_set_accessible_name (GTK_WIDGET (self->bar), kai_task_get_title (task));
  g_signal_connect_object (task, "finished", G_CALLBACK (on_finished_cb), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  self->tick_id = g_timeout_add (TICK_MS, on_tick_cb, self);
  on_tick_cb (self);
  return GTK_WIDGET (self);
}

static void
kai_task_row_dispose (GObject *object)
{
  KaiTaskRow *self = KAI_TASK_ROW (object);

  g_clear_handle_id (&self->tick_id, g_source_remove);
  g_clear_object (&self->task);
  G_OBJECT_CLASS (kai_task_row_parent_class)->dispose (object);
}

static void
kai_task_row_class_init (KaiTaskRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kai_task_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/widgets/kai-task-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KaiTaskRow, title_label);
  gtk_widget_class_bind_template_child (widget_class, KaiTaskRow, status_label);
  gtk_widget_class_bind_template_child (widget_class, KaiTaskRow, bar);
  gtk_widget_class_bind_template_child (widget_class, KaiTaskRow, cancel_button);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel_clicked_cb);
}

static void
kai_task_row_init (KaiTaskRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
