/* A QR code on screen, by the same draw function as on paper. */
#include "widgets/kai-qr-view.h"
#include "kai-printing.h"

struct _KaiQrView
{
  GtkDrawingArea parent_instance;

  char *text;
};

G_DEFINE_FINAL_TYPE (KaiQrView, kai_qr_view, GTK_TYPE_DRAWING_AREA)

void
kai_qr_view_set_text (KaiQrView *self, const char *text)
{
  if (g_strcmp0 (self->text, text ? text : "") == 0)
    return;
  g_free (self->text);
  self->text = g_strdup (text ? text : "");
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

const char *
kai_qr_view_get_text (KaiQrView *self)
{
  return self->text;
}

static gboolean
kai_qr_view_draw (GtkWidget *widget, cairo_t *cr)
{
  KaiQrView *self = KAI_QR_VIEW (widget);
  double width = gtk_widget_get_allocated_width (widget);
  double height = gtk_widget_get_allocated_height (widget);
  double size = MIN (width, height);
  double x = (width - size) / 2, y = (height - size) / 2;

  if (self->text[0] == '\0')
    return GDK_EVENT_PROPAGATE;
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_rectangle (cr, x, y, size, size);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, 0, 0, 0);
  kai_qr_draw (cr, self->text, x, y, size);
  return GDK_EVENT_PROPAGATE;
}

static void
kai_qr_view_finalize (GObject *object)
{
  g_free (KAI_QR_VIEW (object)->text);
  G_OBJECT_CLASS (kai_qr_view_parent_class)->finalize (object);
}

static void
kai_qr_view_class_init (KaiQrViewClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kai_qr_view_finalize;
  GTK_WIDGET_CLASS (klass)->draw = kai_qr_view_draw;
}

static void
kai_qr_view_init (KaiQrView *self)
{
  self->text = g_strdup ("");
}
