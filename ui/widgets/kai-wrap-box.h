#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A row of widgets that goes on in a second line where there is no room for all of them: nothing is cut off in a narrow window
 * or with large text. To be used like a horizontal GtkBox: spacing (also between the lines), order and expanding children work
 * as there; children packed at the end stand at the end of the line while everything fits in one. */
#define KAI_TYPE_WRAP_BOX (kai_wrap_box_get_type ())
G_DECLARE_FINAL_TYPE (KaiWrapBox, kai_wrap_box, KAI, WRAP_BOX, GtkBox)

G_END_DECLS
