/* Web pages with tables, which school systems hand out under the name .xls. Each table is a sheet, every cell is text; tables inside a
 * cell are sheets of their own. */
#include "import/kai-workbook-private.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <libxml/HTMLparser.h>
#include <string.h>

#define CHUNK (32 * 1024)
#define MAX_FILE (64 * 1024 * 1024)
#define MAX_DEPTH 200
#define MAX_NESTED 16 /* tables in tables */

typedef struct
{
  htmlParserCtxtPtr html;
  KaiWorkbook *workbook;
  KaiRows *rows; /* NULL while tables are counted */
  int wanted;    /* table that is read */
  int tables;    /* begun so far */
  int open[MAX_NESTED];
  int n_open;
  int depth;
  gboolean in_row, in_cell;
  int ignored; /* depth in script and style */
  int row, column, spans_row, spans_column;
  GArray *below; /* int per column: rows that a cell above still reaches into */
  GString *text;
  gboolean space; /* white space waits for a word */
  gboolean stopped;
  GError *error;
} Page;

static void
stop (Page *page)
{
  page->stopped = TRUE;
  xmlStopParser (page->html);
}

static gboolean
is_wanted (const Page *page)
{
  return page->rows && page->n_open > 0 && page->open[page->n_open - 1] == page->wanted;
}

static const char *
find_attribute (const xmlChar **attributes, const char *name)
{
  for (; attributes && attributes[0]; attributes += 2)
    if (strcmp ((const char *)attributes[0], name) == 0)
      return attributes[1] ? (const char *)attributes[1] : "";
  return NULL;
}

static int
find_span (const xmlChar **attributes, const char *name)
{
  const char *value = find_attribute (attributes, name);
  gint64 span = value ? g_ascii_strtoll (value, NULL, 10) : 1;

  return (int)CLAMP (span, 1, 65534);
}

static gboolean
is_hidden (const xmlChar **attributes)
{
  g_autofree char *style = g_ascii_strdown (
      find_attribute (attributes, "style") ? find_attribute (attributes, "style") : "", -1);
  const char *display = strstr (style, "display");

  return find_attribute (attributes, "hidden")
         || (display && g_str_has_prefix (display + 7 + strspn (display + 7, ": "), "none"));
}

/* ---- Cells ---- */

static int *
reaches (Page *page, int column)
{
  if ((guint)column >= page->below->len)
    g_array_set_size (page->below, (guint)column + 1);
  return &g_array_index (page->below, int, column);
}

static void
end_cell (Page *page)
{
  KaiMerge merge = { page->row, page->row + page->spans_row - 1, page->column,
                     page->column + page->spans_column - 1 };

  if (!page->in_cell)
    return;
  page->in_cell = FALSE;
  if (!kai_rows_add_cell (page->rows, page->column, KAI_CELL_TEXT, page->text->str, page->text->len,
                          &page->error))
    {
      stop (page);
      return;
    }
  if (page->spans_row > 1 || page->spans_column > 1)
    kai_rows_add_merge (page->rows, &merge);
  for (int i = 0; i < page->spans_column && page->column < KAI_WORKBOOK_SHEET_COLUMNS; i++)
    *reaches (page, page->column++) = page->spans_row - 1;
}

static void
end_row (Page *page)
{
  end_cell (page);
  if (!page->in_row || page->stopped)
    return;
  page->in_row = FALSE;
  /* Behind the last cell too. */
  for (guint i = (guint)page->column; i < page->below->len; i++)
    if (g_array_index (page->below, int, i) > 0)
      g_array_index (page->below, int, i)--;
  if (!kai_rows_end_row (page->rows))
    stop (page);
}

static void
start_row (Page *page, const xmlChar **attributes)
{
  end_row (page);
  if (page->stopped)
    return;
  page->in_row = TRUE;
  page->row++;
  page->column = 0;
  if (!kai_rows_begin_row (page->rows, page->row, is_hidden (attributes), &page->error))
    stop (page);
}

static void
start_cell (Page *page, const xmlChar **attributes)
{
  end_cell (page);
  if (!page->in_row || page->stopped)
    return;
  while ((guint)page->column<page->below->len && * reaches (page, page->column)> 0)
    --*reaches (page, page->column++);
  page->in_cell = TRUE;
  page->space = FALSE;
  page->spans_row = find_span (attributes, "rowspan");
  page->spans_column = MIN (find_span (attributes, "colspan"), KAI_WORKBOOK_MAX_COLUMNS);
  g_string_truncate (page->text, 0);
}

/* ---- Events ---- */

static void
start_table (Page *page)
{
  int table = page->tables++;

  if (page->n_open == MAX_NESTED || page->tables > KAI_WORKBOOK_MAX_SHEETS)
    {
      kai_data_fail (&page->error, KAI_DATA_ERROR_UNREADABLE,
                     _ ("The web page is not a list: it has too many tables, or tables in tables. "
                        "Copy the list into a new workbook and save it as .xlsx."));
      stop (page);
      return;
    }
  page->open[page->n_open++] = table;
  if (!page->rows)
    {
      g_autofree char *name = g_strdup_printf (_ ("Table %d"), table + 1);

      kai_workbook_add_sheet (page->workbook, name, NULL, FALSE);
    }
}

static void
end_table (Page *page)
{
  if (page->n_open == 0)
    return;
  if (is_wanted (page))
    {
      end_row (page);
      stop (page);
    }
  page->n_open--;
}

static void
on_start (void *data, const xmlChar *element, const xmlChar **attributes)
{
  Page *page = data;
  const char *name = (const char *)element;

  if (page->stopped)
    return;
  if (++page->depth > MAX_DEPTH)
    {
      kai_data_fail (
          &page->error, KAI_DATA_ERROR_UNREADABLE,
          _ ("The web page is damaged: its parts never end. Get the file anew, or open it "
             "in a spreadsheet program and save it as .xlsx."));
      stop (page);
    }
  else if (strcmp (name, "table") == 0)
    start_table (page);
  else if (strcmp (name, "script") == 0 || strcmp (name, "style") == 0)
    page->ignored++;
  else if (!is_wanted (page))
    return;
  else if (strcmp (name, "tr") == 0)
    start_row (page, attributes);
  else if (strcmp (name, "td") == 0 || strcmp (name, "th") == 0)
    start_cell (page, attributes);
  else if (strcmp (name, "br") == 0 && page->in_cell)
    {
      g_string_append_c (page->text, '\n');
      page->space = FALSE;
    }
}

static void
on_end (void *data, const xmlChar *element)
{
  Page *page = data;
  const char *name = (const char *)element;

  if (page->stopped)
    return;
  page->depth = MAX (0, page->depth - 1);
  if (strcmp (name, "table") == 0)
    end_table (page);
  else if (strcmp (name, "script") == 0 || strcmp (name, "style") == 0)
    page->ignored = MAX (0, page->ignored - 1);
  else if (!is_wanted (page))
    return;
  else if (strcmp (name, "tr") == 0)
    end_row (page);
  else if (strcmp (name, "td") == 0 || strcmp (name, "th") == 0)
    end_cell (page);
}

static void
on_text (void *data, const xmlChar *text, int length)
{
  Page *page = data;

  if (page->stopped || !page->in_cell || page->ignored > 0 || !is_wanted (page))
    return;
  for (int i = 0; i < length; i++)
    if (g_ascii_isspace (text[i]))
      page->space = page->text->len > 0;
    else
      {
        if (page->space)
          g_string_append_c (page->text, ' ');
        page->space = FALSE;
        g_string_append_c (page->text, (char)text[i]);
      }
  if (page->text->len > KAI_WORKBOOK_MAX_TEXT * 4)
    end_cell (page);
}

/* ---- Running ---- */

static gboolean
run (Page *page, GCancellable *cancellable, GError **error)
{
  htmlSAXHandler sax = { .startElement = on_start,
                         .endElement = on_end,
                         .characters = on_text,
                         .cdataBlock = on_text,
                         .ignorableWhitespace = on_text };
  gsize length;
  const char *text = g_bytes_get_data (page->workbook->backend, &length);

  page->html = htmlCreatePushParserCtxt (&sax, page, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
  htmlCtxtUseOptions (page->html, HTML_PARSE_IGNORE_ENC | HTML_PARSE_NONET | HTML_PARSE_NOERROR
                                      | HTML_PARSE_NOWARNING | HTML_PARSE_NOIMPLIED);
  page->text = g_string_new (NULL);
  page->below = g_array_new (FALSE, TRUE, sizeof (int));
  for (gsize at = 0; at < length && !page->stopped; at += CHUNK)
    {
      g_atomic_int_set (&page->workbook->progress, (int)(at * 1000 / length));
      if (g_cancellable_set_error_if_cancelled (cancellable, &page->error))
        break;
      htmlParseChunk (page->html, text + at, (int)MIN (CHUNK, length - at), FALSE);
    }
  if (!page->stopped && !page->error)
    htmlParseChunk (page->html, NULL, 0, TRUE);
  if (!page->stopped && is_wanted (page))
    end_row (page);
  if (page->html->myDoc)
    xmlFreeDoc (page->html->myDoc);
  htmlFreeParserCtxt (page->html);
  g_string_free (page->text, TRUE);
  g_array_unref (page->below);
  if (page->error)
    g_propagate_error (error, page->error);
  return !page->error;
}

static gboolean
read_table (KaiWorkbook *workbook, int sheet, KaiRows *rows, GCancellable *cancellable,
            GError **error)
{
  Page page = { .workbook = workbook, .rows = rows, .wanted = sheet };

  return run (&page, cancellable, error);
}

gboolean
kai_workbook_open_html (KaiWorkbook *workbook, GError **error)
{
  Page page = { .workbook = workbook };
  gsize length;
  const char *bytes = g_bytes_get_data (workbook->bytes, &length), *encoding;
  char *text;

  if (length > MAX_FILE)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The web page is larger than %d MB. Open it in a spreadsheet program, "
                             "save it as .xlsx and try again."),
                          MAX_FILE >> 20);
  text = kai_workbook_decode (bytes, length, &length, &encoding, error);
  if (!text)
    return FALSE;
  workbook->backend = g_bytes_new_take (text, length);
  workbook->backend_free = (GDestroyNotify)g_bytes_unref;
  workbook->reader = read_table;
  if (!run (&page, NULL, error))
    return FALSE;
  if (workbook->sheets->len == 0)
    return kai_data_fail (
        error, KAI_DATA_ERROR_UNREADABLE,
        _ ("The file is a web page (HTML) without a table, whatever its name says. "
           "Open it in a spreadsheet program, save it as .xlsx and try again."));
  return TRUE;
}
