#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Text in a grid whose mark is seen in a selected row too (GTK paints no background of a cell there), with a frame where the cursor is. */
#define KAI_TYPE_MARK_CELL (kai_mark_cell_get_type ())
G_DECLARE_FINAL_TYPE (KaiMarkCell, kai_mark_cell, KAI, MARK_CELL, GtkCellRendererText)

GtkCellRenderer *kai_mark_cell_new (void);
/* GTK tells each cell of the row that it has the cursor: who fills the cell says which one it is. */
void kai_mark_cell_set_cursor (KaiMarkCell *self, gboolean has_cursor);
/* Colour behind the text; NULL none. Copied. */
void kai_mark_cell_set_mark (KaiMarkCell *self, const GdkRGBA *colour);

G_END_DECLS
