#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Input methods come first: while one is composing, no key is a shortcut, takes a suggestion or moves a selection. */

/* To be called once for each window. Keys pressed while the focused entry is being composed in go to its input method and nowhere else. */
void kai_input_guard_window (GtkWindow *window);
/* Whether an input method is composing in @entry (a window with the guard). */
gboolean kai_input_is_composing (GtkWidget *entry);

G_END_DECLS
