/* Fixed widths that follow the size of the text: an amount of which the end is missing is worse than none. */
#include "widgets/kai-text-columns.h"

/* Ten points on a screen of 96 dots an inch. */
#define USUAL_PIXELS (10 * 96.0 / 72)
#define PERCENT "kai-text-percent"

static int
measure_percent (GtkWidget *widget)
{
  PangoContext *context = gtk_widget_get_pango_context (widget);
  const PangoFontDescription *font = pango_context_get_font_description (context);
  double pixels = (double)pango_font_description_get_size (font) / PANGO_SCALE;

  if (!pango_font_description_get_size_is_absolute (font))
    pixels *= pango_cairo_context_get_resolution (context) / 72;
  return pixels > 0 ? (int)(pixels / USUAL_PIXELS * 100 + 0.5) : 100;
}

static int
get_percent (GtkWidget *view)
{
  int percent = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (view), PERCENT));

  return percent > 0 ? percent : 100;
}

static void
follow (GtkTreeView *view)
{
  int before = get_percent (GTK_WIDGET (view)), now = measure_percent (GTK_WIDGET (view));
  g_autoptr (GList) columns = NULL;

  if (before == now)
    return;
  columns = gtk_tree_view_get_columns (view);
  for (GList *at = columns; at; at = at->next)
    {
      int width = gtk_tree_view_column_get_fixed_width (at->data);

      if (width > 0)
        gtk_tree_view_column_set_fixed_width (at->data, (width * now + before / 2) / before);
    }
  g_object_set_data (G_OBJECT (view), PERCENT, GINT_TO_POINTER (now));
}

void
kai_text_columns_follow (GtkTreeView *view)
{
  follow (view);
  g_signal_connect (view, "style-updated", G_CALLBACK (follow), NULL);
}

int
kai_text_column_get_width (GtkTreeViewColumn *column)
{
  int percent = get_percent (gtk_tree_view_column_get_tree_view (column));

  return (gtk_tree_view_column_get_fixed_width (column) * 100 + percent / 2) / percent;
}

void
kai_text_column_set_width (GtkTreeViewColumn *column, int width)
{
  int percent = get_percent (gtk_tree_view_column_get_tree_view (column));

  gtk_tree_view_column_set_fixed_width (column, (width * percent + 50) / 100);
}
