/* One rule for every page of a narrow window or a large text: the sidebar keeps its icons only, and the page has the room. What then is still
 * too wide wraps (KaiWrapBox), is cut short with a tooltip, or is scrolled to. */
#include "kai-window-private.h"

/* In widths of a digit. Of 1366 pixels with the usual text there are about 180, of 960 about 130, as in 1366 with text half as large again. */
#define NARROW_DIGITS 150

static int
get_digit_width (KaiWindow *self)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self));
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  int width = pango_font_metrics_get_approximate_digit_width (metrics);

  pango_font_metrics_unref (metrics);
  return width;
}

static void
fold_row_cb (GtkWidget *row, gpointer data)
{
  kai_sidebar_row_set_folded (KAI_SIDEBAR_ROW (row), KAI_WINDOW (data)->is_narrow);
}

static gboolean
on_fold_cb (gpointer data)
{
  KaiWindow *self = KAI_WINDOW (data);

  self->fold_id = 0;
  gtk_container_foreach (GTK_CONTAINER (self->sidebar), fold_row_cb, self);
  return G_SOURCE_REMOVE;
}

void
kai_window_fold (KaiWindow *self, int width)
{
  gboolean narrow = width * PANGO_SCALE < NARROW_DIGITS * get_digit_width (self);

  if (narrow == self->is_narrow)
    return;
  self->is_narrow = narrow;
  /* Not while sizes are being given out. */
  if (self->fold_id == 0)
    self->fold_id = g_idle_add_full (GTK_PRIORITY_RESIZE - 1, on_fold_cb, self, NULL);
}

void
kai_window_stop_folding (KaiWindow *self)
{
  g_clear_handle_id (&self->fold_id, g_source_remove);
}

void
kai_window_set_fitting_size (KaiWindow *self, int width, int height)
{
  GdkDisplay *display = gtk_widget_get_display (GTK_WIDGET (self));
  GdkMonitor *monitor = gdk_display_get_primary_monitor (display);
  GdkRectangle area;

  if (!monitor)
    monitor = gdk_display_get_monitor (display, 0);
  if (monitor)
    {
      gdk_monitor_get_workarea (monitor, &area);
      width = MIN (width, area.width);
      height = MIN (height, area.height);
    }
  gtk_window_set_default_size (GTK_WINDOW (self), width, height);
}
