#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Columns of fixed width (long lists need them) that grow and shrink with the text, as everything else does. */

/* From now on, for as long as @view lives; the widths it has now are meant for text of the usual size. */
void kai_text_columns_follow (GtkTreeView *view);
/* The fixed width of a column of such a view, as it would be with text of the usual size: to be remembered. */
int kai_text_column_get_width (GtkTreeViewColumn *column);
void kai_text_column_set_width (GtkTreeViewColumn *column, int width);

G_END_DECLS
