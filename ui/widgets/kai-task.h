#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A long piece of work: what it is, how far it is, and how to stop it. Made by a page on the main thread, given to the window
 * (signal "task" of the page), moved on by whatever thread does the work, finished on the main thread. Signals:
 *   "finished" (gboolean error, const char *sentence): the sentence is NULL when the clerk has cancelled it. */
#define KAI_TYPE_TASK (kai_task_get_type ())
G_DECLARE_FINAL_TYPE (KaiTask, kai_task, KAI, TASK, GObject)

KaiTask *kai_task_new (const char *title);
const char *kai_task_get_title (KaiTask *self);
GCancellable *kai_task_get_cancellable (KaiTask *self); /* borrowed */
/* From any thread. @total 0: not known yet. */
void kai_task_set_progress (KaiTask *self, gint64 done, gint64 total);
/* 0 … 1; -1 while the total is not known. */
double kai_task_get_fraction (KaiTask *self);
/* "1200 of 50000, about 12 seconds left"; caller frees. */
char *kai_task_dup_status (KaiTask *self);
/* Main thread, once. */
void kai_task_finish (KaiTask *self, gboolean is_error, const char *sentence);
gboolean kai_task_is_finished (KaiTask *self);

G_END_DECLS
