/* A cell of a grid: its mark and the cursor's frame. */
#include "import/kai-mark-cell.h"

struct _KaiMarkCell
{
  GtkCellRendererText parent_instance;

  GdkRGBA colour;
  gboolean has_mark, has_cursor;
};

G_DEFINE_FINAL_TYPE (KaiMarkCell, kai_mark_cell, GTK_TYPE_CELL_RENDERER_TEXT)

GtkCellRenderer *
kai_mark_cell_new (void)
{
  return g_object_new (KAI_TYPE_MARK_CELL, NULL);
}

void
kai_mark_cell_set_mark (KaiMarkCell *self, const GdkRGBA *colour)
{
  self->has_mark = colour != NULL;
  if (colour)
    self->colour = *colour;
}

void
kai_mark_cell_set_cursor (KaiMarkCell *self, gboolean has_cursor)
{
  self->has_cursor = has_cursor;
}

static void
draw_frame (cairo_t *cr, GtkWidget *widget, const GdkRectangle *area)
{
  GtkStyleContext *context = gtk_widget_get_style_context (widget);
  GdkRGBA colour;

  if (!gtk_style_context_lookup_color (context, "theme_selected_bg_color", &colour))
    gtk_style_context_get_color (context, gtk_style_context_get_state (context), &colour);
  gdk_cairo_set_source_rgba (cr, &colour);
  cairo_set_line_width (cr, 2);
  cairo_rectangle (cr, area->x + 1, area->y + 1, MAX (area->width - 2, 1),
                   MAX (area->height - 2, 1));
  cairo_stroke (cr);
}

static void
kai_mark_cell_render (GtkCellRenderer *cell, cairo_t *cr, GtkWidget *widget,
                      const GdkRectangle *background, const GdkRectangle *area,
                      GtkCellRendererState flags)
{
  KaiMarkCell *self = KAI_MARK_CELL (cell);

  if (self->has_mark)
    {
      gdk_cairo_rectangle (cr, background);
      gdk_cairo_set_source_rgba (cr, &self->colour);
      cairo_fill (cr);
    }
  GTK_CELL_RENDERER_CLASS (kai_mark_cell_parent_class)
      ->render (cell, cr, widget, background, area, flags);
  if (self->has_cursor)
    draw_frame (cr, widget, background);
}

static void
kai_mark_cell_class_init (KaiMarkCellClass *klass)
{
  GTK_CELL_RENDERER_CLASS (klass)->render = kai_mark_cell_render;
}

static void
kai_mark_cell_init (KaiMarkCell *self)
{
}
