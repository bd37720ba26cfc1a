#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A command that cannot be used now says why: in the tooltip of its button, in the window's bar when its key is pressed, and to
 * whoever lists commands. */

/* Sets the simple action @name of @map; @why is a whole sentence, needed when not enabled, copied. */
void kai_command_set_enabled (GActionMap *map, const char *name, gboolean enabled, const char *why);
/* Borrowed; NULL for a command that is enabled or that nobody has given a reason for. */
const char *kai_command_get_why (GActionMap *map, const char *name);
/* Lets every button below @root whose action is "@prefix.NAME" show the reason. */
void kai_command_explain (GtkWidget *root, const char *prefix, GActionMap *map);

G_END_DECLS
