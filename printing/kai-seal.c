/* Seals drawn as curves from the names in the e-bill: the unit's round one with a star, and the oval one of the
 * supervising body. What proves an e-bill is its signatures; the seal is for the eye. */
#include "kai-print-private.h"

#include <math.h>

static void
draw_star (cairo_t *cr, double radius)
{
  cairo_new_path (cr);
  for (int i = 0; i < 10; i++)
    {
      double r = i % 2 ? radius * 0.382 : radius;
      double angle = -G_PI / 2 + i * G_PI / 5;

      cairo_line_to (cr, r * cos (angle), r * sin (angle));
    }
  cairo_close_path (cr);
  cairo_fill (cr);
}

static PangoLayout *
create_layout (cairo_t *cr, double size)
{
  PangoContext *context = pango_cairo_create_context (cr);
  PangoFontDescription *font = pango_font_description_from_string ("Noto Serif CJK SC Bold");
  PangoLayout *layout;

  pango_cairo_context_set_resolution (context, 72);
  pango_context_set_language (context, pango_language_from_string ("zh-cn"));
  layout = pango_layout_new (context);
  pango_font_description_set_absolute_size (font, size * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  g_object_unref (context);
  return layout;
}

/* One character with its middle at the origin. */
static void
draw_character (cairo_t *cr, PangoLayout *layout, const char *character)
{
  PangoRectangle extents;

  pango_layout_set_text (layout, character, (int)(g_utf8_next_char (character) - character));
  pango_layout_get_extents (layout, NULL, &extents);
  cairo_move_to (cr, -extents.width / 2.0 / PANGO_SCALE, -extents.height / 2.0 / PANGO_SCALE);
  pango_cairo_show_layout (cr, layout);
}

/* The angle at which the ellipse a × b has run @length from its top. */
static double
angle_after (double a, double b, double length)
{
  const double step = 0.005;
  double angle = 0;

  for (double run = 0; run < length && angle < G_PI; angle += step)
    run += step * hypot (a * cos (angle), b * sin (angle));
  return angle;
}

static double
length_until (double a, double b, double until)
{
  const double step = 0.005;
  double length = 0;

  for (double angle = 0; angle < until; angle += step)
    length += step * hypot (a * cos (angle), b * sin (angle));
  return length;
}

/* @text along the upper part of the ellipse a × b around the origin, at most @spread radians of it. */
static void
draw_on_arc (cairo_t *cr, const char *text, double a, double b, double spread, double letter)
{
  glong n = g_utf8_strlen (text, -1);
  /* Characters keep to each other where there are few, and grow smaller where there are many. */
  double step = MIN (2 * length_until (a, b, spread / 2) / MAX (n - 1, 1), letter * 1.25);
  PangoLayout *layout = create_layout (cr, MIN (letter, step * 0.95));
  double offset = -step * (n - 1) / 2;

  for (const char *p = text; *p; p = g_utf8_next_char (p), offset += step)
    {
      double angle = copysign (angle_after (a, b, fabs (offset)), offset);

      cairo_save (cr);
      cairo_translate (cr, a * sin (angle), -b * cos (angle));
      /* Upright on the curve: along the ellipse's tangent. */
      cairo_rotate (cr, atan2 (b * sin (angle), a * cos (angle)));
      draw_character (cr, layout, p);
      cairo_restore (cr);
    }
  g_object_unref (layout);
}

static void
draw_straight (cairo_t *cr, const char *text, double y, double width, double letter)
{
  glong n = g_utf8_strlen (text, -1);
  double step = MIN (width / MAX (n, 1), letter * 1.1);
  PangoLayout *layout = create_layout (cr, MIN (letter, step));
  double x = -step * (n - 1) / 2;

  for (const char *p = text; *p; p = g_utf8_next_char (p), x += step)
    {
      cairo_save (cr);
      cairo_translate (cr, x, y);
      draw_character (cr, layout, p);
      cairo_restore (cr);
    }
  g_object_unref (layout);
}

static void
draw_ring (cairo_t *cr, double a, double b, double stroke)
{
  cairo_save (cr);
  cairo_scale (cr, a, b);
  cairo_new_path (cr);
  cairo_arc (cr, 0, 0, 1, 0, 2 * G_PI);
  cairo_restore (cr);
  cairo_set_line_width (cr, stroke);
  cairo_stroke (cr);
}

void
kai_seal_draw (cairo_t *cr, const KaiElement *element, const char *name, const char *caption)
{
  const double k = KAI_POINTS_PER_MM;
  double a = element->w * k / 2, b = element->h * k / 2;
  double stroke = MIN (a, b) * 0.06;

  cairo_save (cr);
  cairo_translate (cr, element->x * k + a, element->y * k + b);
  draw_ring (cr, a - stroke / 2, b - stroke / 2, stroke);
  if (element->seal == KAI_SEAL_ROUND)
    {
      draw_on_arc (cr, name, a * 0.76, b * 0.76, 1.25 * G_PI, a * 0.27);
      draw_star (cr, a * 0.3);
      draw_straight (cr, caption ? caption : "", b * 0.58, a * 0.85, a * 0.17);
    }
  else
    {
      draw_ring (cr, a - stroke * 2, b - stroke * 2, stroke * 0.3);
      draw_on_arc (cr, name, a * 0.74, b * 0.64, 1.05 * G_PI, b * 0.32);
      draw_straight (cr, caption ? caption : "", b * 0.42, a * 1.0, b * 0.28);
    }
  cairo_restore (cr);
}
