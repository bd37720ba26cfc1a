#pragma once

#include "widgets/kai-task.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One piece of long work at the foot of the window: title, bar, time left, cancel. It goes by itself when the work is done. */
#define KAI_TYPE_TASK_ROW (kai_task_row_get_type ())
G_DECLARE_FINAL_TYPE (KaiTaskRow, kai_task_row, KAI, TASK_ROW, GtkBox)

GtkWidget *kai_task_row_new (KaiTask *task);

G_END_DECLS
