/* The one draw function: a page of a form on a cairo context, the same for the preview, the PDF and the printer. Text
 * never leaves its box: it is wrapped where the box is high enough and set smaller until it fits. */
#include "kai-print-private.h"

#include <math.h>

/* Letters smaller than this cannot be read; what still does not fit is cut with an ellipsis. */
#define SMALLEST_LETTERS 3.0
#define STEP 0.5
/* Space on both sides of the text in a cell, mm. */
#define CELL_PADDING 1.0
/* Noto's own line height is made for screens; forms are set tighter. */
#define LINE_SPACING 0.85f

typedef struct
{
  const KaiTemplate *template_;
  const KaiPrintForm *form;
  cairo_t *cr;
  PangoLayout *layout;
  int page, pages;
} Drawing;

int
kai_template_count_pages (const KaiTemplate *self, const KaiPrintForm *form)
{
  int rows = (int)kai_print_form_count_rows (form);

  if (self->rows_per_page == 0 || rows == 0)
    return 1;
  return (rows + self->rows_per_page - 1) / self->rows_per_page;
}

/* ---- Text ---- */

static gboolean
fits (PangoLayout *layout, double w, double h)
{
  PangoRectangle extents;

  pango_layout_get_extents (layout, NULL, &extents);
  return extents.width <= ceil (w * PANGO_SCALE) && extents.height <= ceil (h * PANGO_SCALE);
}

/* Sets the largest size up to @size at which the text of the layout fits into @w × @h points. */
static void
fit (Drawing *drawing, const KaiElement *style, gboolean wrap, double w, double h)
{
  PangoLayout *layout = drawing->layout;
  PangoFontDescription *font = pango_font_description_new ();

  pango_font_description_set_family (font, style->font ? style->font : KAI_PRINT_FONT);
  pango_font_description_set_weight (font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_NONE);
  pango_layout_set_width (layout, wrap ? (int)(w * PANGO_SCALE) : -1);
  pango_layout_set_height (layout, -1);
  for (double size = style->size;; size -= STEP)
    {
      pango_font_description_set_size (font, (int)(MAX (size, SMALLEST_LETTERS) * PANGO_SCALE));
      pango_layout_set_font_description (layout, font);
      if (fits (layout, w, h))
        break;
      if (size <= SMALLEST_LETTERS)
        {
          pango_layout_set_width (layout, (int)(w * PANGO_SCALE));
          pango_layout_set_height (layout, wrap ? (int)(h * PANGO_SCALE) : -1);
          pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
          break;
        }
    }
  pango_font_description_free (font);
}

/* Draws @text into the box, all in points. */
static void
draw_words (Drawing *drawing, const KaiElement *style, const char *text, PangoAlignment align,
            double x, double y, double w, double h)
{
  PangoRectangle extents;
  double width, left = x;

  if (!*text)
    return;
  pango_layout_set_text (drawing->layout, text, -1);
  pango_layout_set_alignment (drawing->layout, align);
  fit (drawing, style, style->wrap, w, h);
  pango_layout_get_extents (drawing->layout, NULL, &extents);
  width = (double)extents.width / PANGO_SCALE;
  /* Without a layout width Pango has nothing to align in. */
  if (pango_layout_get_width (drawing->layout) < 0)
    left += align == PANGO_ALIGN_RIGHT    ? w - width
            : align == PANGO_ALIGN_CENTER ? (w - width) / 2
                                          : 0;
  cairo_move_to (drawing->cr, left, y + (h - (double)extents.height / PANGO_SCALE) * style->valign);
  pango_cairo_show_layout (drawing->cr, drawing->layout);
}

static char *
compose (const Drawing *drawing, const KaiElement *element)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < element->parts->len; i++)
    {
      const KaiTextPart *part = g_ptr_array_index (element->parts, i);

      if (!part->is_field)
        g_string_append (text, part->text);
      else if (g_str_equal (part->text, "page"))
        g_string_append_printf (text, "%d", drawing->page + 1);
      else if (g_str_equal (part->text, "pages"))
        g_string_append_printf (text, "%d", drawing->pages);
      else
        g_string_append (text, kai_print_form_get (drawing->form, part->text));
    }
  return g_string_free (text, FALSE);
}

static void
draw_text (Drawing *drawing, const KaiElement *element)
{
  const double k = KAI_POINTS_PER_MM;
  g_autofree char *text = compose (drawing, element);

  draw_words (drawing, element, text, element->align, element->x * k, element->y * k,
              element->w * k, element->h * k);
}

/* ---- The item table ---- */

static void
draw_grid (Drawing *drawing, const KaiElement *table)
{
  const double k = KAI_POINTS_PER_MM;
  cairo_t *cr = drawing->cr;
  double height = table->header + drawing->template_->rows_per_page * table->row;
  double x = table->x;

  cairo_set_line_width (cr, table->stroke * k);
  cairo_rectangle (cr, table->x * k, table->y * k, table->w * k, height * k);
  for (int row = 0; row < drawing->template_->rows_per_page; row++)
    {
      double y = table->y + table->header + row * table->row;

      cairo_move_to (cr, table->x * k, y * k);
      cairo_rel_line_to (cr, table->w * k, 0);
    }
  for (guint i = 0; i + 1 < table->columns->len; i++)
    {
      x += g_array_index (table->columns, KaiTableColumn, i).w;
      cairo_move_to (cr, x * k, table->y * k);
      cairo_rel_line_to (cr, 0, height * k);
    }
  cairo_stroke (cr);
}

static void
draw_cell (Drawing *drawing, const KaiElement *table, const KaiTableColumn *column, double x,
           guint row, int place)
{
  const double k = KAI_POINTS_PER_MM;
  double y = table->y + table->header + place * table->row;
  KaiElement style = *table;

  /* Words may wrap; a figure or a code broken in two would be read as two. */
  style.wrap = column->column == KAI_PRINT_COLUMN_NAME || column->column == KAI_PRINT_COLUMN_UNIT;
  draw_words (drawing, &style, kai_print_form_get_cell (drawing->form, row, column->column),
              column->align, (x + CELL_PADDING) * k, y * k, (column->w - 2 * CELL_PADDING) * k,
              table->row * k);
}

static void
draw_table (Drawing *drawing, const KaiElement *table)
{
  const double k = KAI_POINTS_PER_MM;
  guint first = (guint)(drawing->page * drawing->template_->rows_per_page);
  double x = table->x;

  draw_grid (drawing, table);
  for (guint i = 0; i < table->columns->len; i++)
    {
      const KaiTableColumn *column = &g_array_index (table->columns, KaiTableColumn, i);

      draw_words (drawing, table, column->title ? column->title : "", PANGO_ALIGN_CENTER, x * k,
                  table->y * k, column->w * k, table->header * k);
      x += column->w;
    }
  /* Items are data, not part of the printed form: black, whatever colour the frame has. */
  cairo_set_source_rgb (drawing->cr, 0, 0, 0);
  for (int place = 0; place < drawing->template_->rows_per_page; place++)
    {
      if (first + place >= kai_print_form_count_rows (drawing->form))
        break;
      x = table->x;
      for (guint i = 0; i < table->columns->len; i++)
        {
          const KaiTableColumn *column = &g_array_index (table->columns, KaiTableColumn, i);

          draw_cell (drawing, table, column, x, first + place, place);
          x += column->w;
        }
    }
}

/* ---- The other elements ---- */

static void
draw_mark (Drawing *drawing, const KaiElement *element)
{
  const double k = KAI_POINTS_PER_MM;
  g_autofree char *text = compose (drawing, element);
  double w = element->w * k, h = element->h * k;
  double turn = element->angle * G_PI / 180;
  /* The turned words must stay within the box: the longest line that does at this angle. */
  double line = element->size * 1.5;
  double across = fabs (cos (turn)) > 0.01 ? (w - line * fabs (sin (turn))) / fabs (cos (turn)) : h;
  double down = fabs (sin (turn)) > 0.01 ? (h - line * fabs (cos (turn))) / fabs (sin (turn)) : w;
  double room = MAX (MIN (across, down), line);

  cairo_translate (drawing->cr, element->x * k + w / 2, element->y * k + h / 2);
  cairo_rotate (drawing->cr, turn);
  draw_words (drawing, element, text, PANGO_ALIGN_CENTER, -room / 2, -line / 2, room, line);
}

static void
draw_qr (Drawing *drawing, const KaiElement *element)
{
  const double k = KAI_POINTS_PER_MM;
  g_autofree char *text = compose (drawing, element);

  kai_qr_draw (drawing->cr, text, element->x * k, element->y * k, element->w * k);
}

static void
draw_seal (Drawing *drawing, const KaiElement *element)
{
  g_autofree char *name = compose (drawing, element);

  if (*name)
    kai_seal_draw (drawing->cr, element, name, element->caption);
}

static void
draw_stroke (Drawing *drawing, const KaiElement *element)
{
  const double k = KAI_POINTS_PER_MM;

  cairo_set_line_width (drawing->cr, element->stroke * k);
  if (element->kind == KAI_ELEMENT_BOX)
    cairo_rectangle (drawing->cr, element->x * k, element->y * k, element->w * k, element->h * k);
  else
    {
      cairo_move_to (drawing->cr, element->x * k, element->y * k);
      cairo_rel_line_to (drawing->cr, element->w * k, element->h * k);
    }
  cairo_stroke (drawing->cr);
}

static gboolean
is_shown (const Drawing *drawing, const KaiElement *element)
{
  if (element->when && !*kai_print_form_get (drawing->form, element->when))
    return FALSE;
  switch (element->pages)
    {
    case KAI_PAGES_FIRST:
      return drawing->page == 0;
    case KAI_PAGES_LAST:
      return drawing->page == drawing->pages - 1;
    case KAI_PAGES_NOT_LAST:
      return drawing->page < drawing->pages - 1;
    case KAI_PAGES_ALL:
    default:
      return TRUE;
    }
}

static void
draw_element (Drawing *drawing, const KaiElement *element)
{
  static void (*const draw[]) (Drawing *, const KaiElement *) = {
    [KAI_ELEMENT_LINE] = draw_stroke, [KAI_ELEMENT_BOX] = draw_stroke,
    [KAI_ELEMENT_TEXT] = draw_text,   [KAI_ELEMENT_TABLE] = draw_table,
    [KAI_ELEMENT_QR] = draw_qr,       [KAI_ELEMENT_SEAL] = draw_seal,
    [KAI_ELEMENT_MARK] = draw_mark,
  };

  cairo_save (drawing->cr);
  cairo_new_path (drawing->cr);
  cairo_set_source_rgba (drawing->cr, element->red, element->green, element->blue, element->alpha);
  draw[element->kind](drawing, element);
  cairo_restore (drawing->cr);
}

/* A layout whose measures do not depend on the device: the preview shows the line breaks of the paper. */
static PangoLayout *
create_layout (cairo_t *cr)
{
  PangoContext *context = pango_cairo_create_context (cr);
  cairo_font_options_t *options = cairo_font_options_create ();
  PangoLayout *layout;

  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options (context, options);
  pango_cairo_context_set_resolution (context, 72);
  pango_context_set_language (context, pango_language_from_string ("zh-cn"));
  pango_context_set_round_glyph_positions (context, FALSE);
  cairo_font_options_destroy (options);

  layout = pango_layout_new (context);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_line_spacing (layout, LINE_SPACING);
  pango_layout_set_auto_dir (layout, FALSE);
  g_object_unref (context);
  return layout;
}

void
kai_template_draw (const KaiTemplate *self, const KaiPrintForm *form, int page, cairo_t *cr)
{
  Drawing drawing = {
    .template_ = self,
    .form = form,
    .cr = cr,
    .page = page,
    .pages = kai_template_count_pages (self, form),
  };

  g_return_if_fail (page >= 0 && page < drawing.pages);
  drawing.layout = create_layout (cr);
  for (guint i = 0; i < self->elements->len; i++)
    {
      const KaiElement *element = g_ptr_array_index (self->elements, i);

      if (is_shown (&drawing, element))
        draw_element (&drawing, element);
    }
  g_object_unref (drawing.layout);
}
