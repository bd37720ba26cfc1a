/* A small chart of the last days. */
#include "home/kai-day-chart.h"

#include "kai-format.h"

#include <glib/gi18n-lib.h>

#define GAP 3
#define LABELS_EVERY 3

struct _KaiDayChart
{
  GtkDrawingArea parent_instance;

  KaiDayFigure days[KAI_ATTENTION_DAYS];
  gboolean has_days;
  char *text;
};

G_DEFINE_FINAL_TYPE (KaiDayChart, kai_day_chart, GTK_TYPE_DRAWING_AREA)

static gint64
largest (KaiDayChart *self)
{
  gint64 most = 1;

  for (guint i = 0; i < KAI_ATTENTION_DAYS; i++)
    most = MAX (most, MAX (self->days[i].issued.count, self->days[i].paid.count));
  return most;
}

static char *
dup_description (KaiDayChart *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < KAI_ATTENTION_DAYS; i++)
    {
      const KaiDayFigure *figure = &self->days[i];
      g_autofree char *day = kai_day_to_iso (figure->day);

      g_string_append_printf (text, i > 0 ? "\n" : "%s", "");
      g_string_append_printf (text, _ ("%s: %d issued, %d paid"), day,
                              (int)MIN (figure->issued.count, G_MAXINT),
                              (int)MIN (figure->paid.count, G_MAXINT));
    }
  return g_string_free (text, FALSE);
}

void
kai_day_chart_set_days (KaiDayChart *self, const KaiDayFigure *days)
{
  self->has_days = days != NULL;
  if (days)
    for (guint i = 0; i < KAI_ATTENTION_DAYS; i++)
      self->days[i] = days[i];
  g_free (self->text);
  self->text = days ? dup_description (self) : g_strdup ("");
  kai_set_accessible_description (GTK_WIDGET (self), self->text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), self->text);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

const char *
kai_day_chart_get_text (KaiDayChart *self)
{
  return self->text;
}

static PangoLayout *
layout_text (KaiDayChart *self, const char *text, int *width, int *height)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (0.85));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_get_pixel_size (layout, width, height);
  return layout;
}

static void
draw_text (KaiDayChart *self, cairo_t *cr, const char *text, double x, double y, double align)
{
  int width, height;
  g_autoptr (PangoLayout) layout = layout_text (self, text, &width, &height);

  gtk_render_layout (gtk_widget_get_style_context (GTK_WIDGET (self)), cr, x - width * align, y,
                     layout);
}

/* Shape and place say which is which, not colour alone: issued is the wide outline, paid the full bar in it. */
static void
draw_day (cairo_t *cr, const KaiDayFigure *figure, const GdkRGBA *ink, double x, double width,
          double bottom, double per_notice)
{
  double issued = (double)figure->issued.count * per_notice;
  double paid = (double)figure->paid.count * per_notice;

  gdk_cairo_set_source_rgba (cr, ink);
  cairo_set_line_width (cr, 1);
  if (issued > 0)
    {
      cairo_rectangle (cr, x + 0.5, bottom - issued + 0.5, width - 1, issued);
      cairo_stroke (cr);
    }
  if (paid > 0)
    {
      cairo_rectangle (cr, x + width * 0.2, bottom - paid, width * 0.6, paid);
      cairo_fill (cr);
    }
}

static gboolean
kai_day_chart_draw (GtkWidget *widget, cairo_t *cr)
{
  KaiDayChart *self = KAI_DAY_CHART (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  double width = gtk_widget_get_allocated_width (widget);
  double height = gtk_widget_get_allocated_height (widget);
  gint64 most = largest (self);
  g_autofree char *top = g_strdup_printf ("%lld", (long long)most);
  int text_width, text_height;
  G_GNUC_UNUSED g_autoptr (PangoLayout) layout = layout_text (self, top, &text_width, &text_height);
  double left = text_width + 6, bottom = height - text_height - 2;
  double step = (width - left) / KAI_ATTENTION_DAYS;
  GdkRGBA ink;

  if (!self->has_days)
    return FALSE;
  gtk_style_context_get_color (style, gtk_style_context_get_state (style), &ink);
  draw_text (self, cr, top, left - 4, 0, 1);
  draw_text (self, cr, "0", left - 4, bottom - text_height, 1);
  for (int i = 0; i < KAI_ATTENTION_DAYS; i++)
    {
      g_autofree char *day =
          g_strdup_printf ("%d-%d", self->days[i].day / 100 % 100, self->days[i].day % 100);
      double x = left + i * step;

      draw_day (cr, &self->days[i], &ink, x + GAP / 2.0, step - GAP, bottom,
                (bottom - text_height / 2.0) / (double)most);
      if ((KAI_ATTENTION_DAYS - 1 - i) % LABELS_EVERY == 0)
        draw_text (self, cr, day, x + step / 2, bottom + 2,
                   i == KAI_ATTENTION_DAYS - 1 ? 0.7 : 0.5);
    }
  gdk_cairo_set_source_rgba (cr, &ink);
  cairo_set_line_width (cr, 1);
  cairo_move_to (cr, left, bottom + 0.5);
  cairo_line_to (cr, width, bottom + 0.5);
  cairo_stroke (cr);
  return FALSE;
}

static void
kai_day_chart_finalize (GObject *object)
{
  g_free (KAI_DAY_CHART (object)->text);
  G_OBJECT_CLASS (kai_day_chart_parent_class)->finalize (object);
}

static void
kai_day_chart_class_init (KaiDayChartClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kai_day_chart_finalize;
  GTK_WIDGET_CLASS (klass)->draw = kai_day_chart_draw;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), ATK_ROLE_IMAGE);
}

static void
kai_day_chart_init (KaiDayChart *self)
{
  self->text = g_strdup ("");
  kai_set_accessible_name (GTK_WIDGET (self), _ ("Issued and paid, day by day"));
}
