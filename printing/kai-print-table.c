/* Lists on paper: a table on as many A4 pages as it needs. */
#include "kai-print-table.h"

#include "import/kai-new-file.h"
#include "kai-print-private.h"
#include "kai-printing.h"

#include <cairo-pdf.h>
#include <glib/gi18n-lib.h>
#include <pango/pangocairo.h>
#include <string.h>

#define PAGE_WIDTH 595.28 /* A4, points */
#define PAGE_HEIGHT 841.89
#define MARGIN 42.0
#define FONT_SIZE 9.5
#define TITLE_SIZE 15.0
#define ROW_HEIGHT 18.0
#define TITLE_HEIGHT 34.0
#define FOOT_HEIGHT 20.0
#define PADDING 4.0
#define MEASURED_ROWS 400 /* for the widths */

typedef struct
{
  cairo_t *cr;
  PangoLayout *layout;
  const char *title;
  const char *const *headers;
  GPtrArray *rows;
  int n_columns, group;
  double *widths;
  GArray *starts; /* int: first row of each page, then the number of rows */
} Table;

static const char *
cell_of (const Table *table, guint row, int column)
{
  const char *const *cells = table->rows->pdata[row];

  for (int i = 0; i <= column; i++)
    if (!cells[i])
      return "";
  return cells[column];
}

/* ---- Widths ---- */

static double
measure (const Table *table, const char *text)
{
  int width;

  pango_layout_set_width (table->layout, -1);
  pango_layout_set_text (table->layout, text, -1);
  pango_layout_get_size (table->layout, &width, NULL);
  return (double)width / PANGO_SCALE + 2 * PADDING;
}

static void
find_widths (Table *table)
{
  double sum = 0, room = PAGE_WIDTH - 2 * MARGIN;

  for (int i = 0; i < table->n_columns; i++)
    {
      table->widths[i] = measure (table, table->headers[i]);
      for (guint row = 0; row < table->rows->len && row < MEASURED_ROWS; row++)
        table->widths[i] = MAX (table->widths[i], measure (table, cell_of (table, row, i)));
      table->widths[i] = MIN (table->widths[i], room / 2);
      sum += table->widths[i];
    }
  for (int i = 0; i < table->n_columns; i++)
    table->widths[i] *= room / sum;
}

/* ---- Pages ---- */

static double
top_of (const Table *table, guint page)
{
  return MARGIN + (page == 0 ? TITLE_HEIGHT : 0);
}

static gboolean
begins_group (const Table *table, guint row)
{
  return table->group >= 0 && row > 0
         && strcmp (cell_of (table, row, table->group), cell_of (table, row - 1, table->group))
                != 0;
}

static void
find_pages (Table *table)
{
  int start = 0;
  double y = top_of (table, 0) + ROW_HEIGHT;

  g_array_append_val (table->starts, start);
  for (guint row = 0; row < table->rows->len; row++)
    {
      if (row > (guint)start
          && (y + ROW_HEIGHT > PAGE_HEIGHT - MARGIN - FOOT_HEIGHT || begins_group (table, row)))
        {
          start = (int)row;
          g_array_append_val (table->starts, start);
          y = top_of (table, table->starts->len - 1) + ROW_HEIGHT;
        }
      y += ROW_HEIGHT;
    }
  start = (int)table->rows->len;
  g_array_append_val (table->starts, start);
}

/* ---- Drawing ---- */

static void
draw_text (const Table *table, const char *text, double x, double y, double width,
           PangoAlignment alignment)
{
  int height;

  pango_layout_set_width (table->layout, (int)((width - 2 * PADDING) * PANGO_SCALE));
  pango_layout_set_alignment (table->layout, alignment);
  pango_layout_set_text (table->layout, text, -1);
  pango_layout_get_size (table->layout, NULL, &height);
  cairo_move_to (table->cr, x + PADDING, y + (ROW_HEIGHT - (double)height / PANGO_SCALE) / 2);
  pango_cairo_show_layout (table->cr, table->layout);
}

static gboolean
is_number (const char *text)
{
  gsize n = strspn (text, "0123456789.,-");

  return n > 0 && n < 16 && text[n] == '\0';
}

static void
draw_cells (const Table *table, const char *const *cells, double y, gboolean header)
{
  double x = MARGIN;

  if (header)
    {
      cairo_set_source_rgb (table->cr, 0.91, 0.93, 0.97);
      cairo_rectangle (table->cr, MARGIN, y, PAGE_WIDTH - 2 * MARGIN, ROW_HEIGHT);
      cairo_fill (table->cr);
    }
  cairo_set_source_rgb (table->cr, 0, 0, 0);
  for (int i = 0; i < table->n_columns && cells[i]; i++)
    {
      draw_text (table, cells[i], x, y, table->widths[i],
                 !header && is_number (cells[i]) ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
      x += table->widths[i];
    }
  cairo_set_line_width (table->cr, 0.4);
  cairo_move_to (table->cr, MARGIN, y + ROW_HEIGHT);
  cairo_line_to (table->cr, PAGE_WIDTH - MARGIN, y + ROW_HEIGHT);
  cairo_stroke (table->cr);
}

static void
set_font (const Table *table, double size, gboolean bold)
{
  PangoFontDescription *font = pango_font_description_from_string (KAI_PRINT_FONT);

  pango_font_description_set_absolute_size (font, size * PANGO_SCALE);
  if (bold)
    pango_font_description_set_weight (font, PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description (table->layout, font);
  pango_font_description_free (font);
}

static void
draw_page (const Table *table, guint page)
{
  int first = g_array_index (table->starts, int, page);
  int end = g_array_index (table->starts, int, page + 1);
  g_autofree char *foot =
      g_strdup_printf (_ ("Page %d of %d"), (int)page + 1, (int)table->starts->len - 1);
  double y = top_of (table, page);

  if (page == 0)
    {
      set_font (table, TITLE_SIZE, TRUE);
      draw_text (table, table->title, MARGIN, MARGIN, PAGE_WIDTH - 2 * MARGIN, PANGO_ALIGN_CENTER);
    }
  set_font (table, FONT_SIZE, TRUE);
  draw_cells (table, table->headers, y, TRUE);
  set_font (table, FONT_SIZE, FALSE);
  for (int row = first; row < end; row++)
    {
      y += ROW_HEIGHT;
      draw_cells (table, table->rows->pdata[row], y, FALSE);
    }
  draw_text (table, foot, MARGIN, PAGE_HEIGHT - MARGIN - FOOT_HEIGHT, PAGE_WIDTH - 2 * MARGIN,
             PANGO_ALIGN_RIGHT);
  cairo_show_page (table->cr);
}

/* ---- Public ---- */

static cairo_status_t
draw_table (Table *table, const char *path)
{
  cairo_surface_t *surface = cairo_pdf_surface_create (path, PAGE_WIDTH, PAGE_HEIGHT);
  cairo_status_t status;

  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, table->title);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATOR, "Kaipiao " KAI_VERSION);
  table->cr = cairo_create (surface);
  table->layout = pango_cairo_create_layout (table->cr);
  pango_layout_set_ellipsize (table->layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_single_paragraph_mode (table->layout, TRUE);
  set_font (table, FONT_SIZE, FALSE);
  find_widths (table);
  find_pages (table);
  for (guint page = 0; page + 1 < table->starts->len; page++)
    draw_page (table, page);
  g_object_unref (table->layout);
  cairo_destroy (table->cr);
  cairo_surface_finish (surface);
  status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  return status;
}

gboolean
kai_print_table_write_pdf (const char *path, const char *title, const char *const *headers,
                           GPtrArray *rows, int group, int *pages, GError **error)
{
  g_autoptr (KaiNewFile) file = NULL;
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (int));
  int n = (int)g_strv_length ((char **)headers);
  g_autofree double *widths = g_new0 (double, MAX (n, 1));
  Table table = { .title = title,
                  .headers = headers,
                  .rows = rows,
                  .n_columns = n,
                  .group = group,
                  .widths = widths,
                  .starts = starts };
  cairo_status_t status;

  if (!kai_print_check_font (error))
    return FALSE;
  file = kai_new_file_begin (path, error);
  if (!file)
    return FALSE;
  status = draw_table (&table, file->temp);
  if (status != CAIRO_STATUS_SUCCESS)
    return kai_print_fail (error, KAI_PRINT_ERROR_WRITE, _ ("The PDF file %s was not written: %s."),
                           path, cairo_status_to_string (status));
  if (pages)
    *pages = (int)starts->len - 1;
  return kai_new_file_commit (file, error);
}
