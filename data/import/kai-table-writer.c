/* Tables for people: .xlsx or .csv by the ending of the path. */
#include "import/kai-table-writer.h"

#include "import/kai-new-file.h"
#include "values/kai-error.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define SHEET_NAME_MAX 31 /* characters, a limit of the format */

/* "-1234.50": an amount as kai_money_to_wire writes it; a number of this length is exact in a spreadsheet. */
static gboolean
is_amount (const char *text)
{
  gsize digits = strspn (text + (text[0] == '-'), "0123456789");
  const char *rest = text + (text[0] == '-') + digits;

  return digits >= 1 && digits <= 13 && rest[0] == '.' && g_ascii_isdigit (rest[1])
         && g_ascii_isdigit (rest[2]) && rest[3] == '\0';
}

/* ---- csv: UTF-8 with a byte order mark (Excel needs it), RFC 4180 ---- */

static void
append_csv_cell (GString *out, const char *cell)
{
  /* Full-width signs start a formula too, in East Asian editions. */
  static const char *const starts[] = {
    "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"
  };
  gboolean guard = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++)
    guard = guard || g_str_has_prefix (cell, starts[i]);
  guard = guard && !is_amount (cell);
  if (!guard && !strpbrk (cell, ",\"\r\n") && cell[0] != ' ')
    {
      g_string_append (out, cell);
      return;
    }
  g_string_append (out, guard ? "\"'" : "\"");
  for (const char *c = cell; *c; c++)
    {
      if (*c == '"')
        g_string_append_c (out, '"');
      g_string_append_c (out, *c);
    }
  g_string_append_c (out, '"');
}

static void
append_csv_row (GString *out, const char *const *cells)
{
  for (int i = 0; cells[i]; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append_csv_cell (out, cells[i]);
    }
  g_string_append (out, "\r\n");
}

/* Where the rows come from. */
typedef struct
{
  KaiTableNextRow next;
  gpointer data;
} Source;

/* The next row; FALSE on an error, *row NULL at the end. */
static gboolean
get_next (const Source *source, const char *const **row, GError **error)
{
  GError *local = NULL;

  *row = source->next (source->data, &local);
  if (!local)
    return TRUE;
  g_propagate_error (error, local);
  return FALSE;
}

static gboolean
write_csv_rows (KaiNewFile *file, FILE *stream, const char *const *headers, const Source *source,
                GError **error)
{
  g_autoptr (GString) line = g_string_new ("\xef\xbb\xbf");
  const char *const *row = headers;

  while (row)
    {
      append_csv_row (line, row);
      if (fwrite (line->str, 1, line->len, stream) != line->len)
        return kai_new_file_fail (file->path, errno, error);
      g_string_truncate (line, 0);
      if (!get_next (source, &row, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_csv (KaiNewFile *file, const char *const *headers, const Source *source, GError **error)
{
  FILE *stream = g_fopen (file->temp, "wbe");
  gboolean ok;

  if (!stream)
    return kai_new_file_fail (file->path, errno, error);
  ok = write_csv_rows (file, stream, headers, source, error);
  if (fclose (stream) != 0 && ok)
    return kai_new_file_fail (file->path, errno, error);
  return ok && kai_new_file_commit (file, error);
}

/* ---- xlsx ---- */

/* A sheet may not be called with []:*?/\ nor begin or end with an apostrophe. */
static char *
sheet_name (const char *title)
{
  g_autofree char *name = g_utf8_make_valid (title ? title : "", -1);
  char *end;

  g_strdelimit (name, "[]:*?/\\'", ' ');
  end = g_utf8_strlen (name, -1) > SHEET_NAME_MAX ? g_utf8_offset_to_pointer (name, SHEET_NAME_MAX)
                                                  : NULL;
  if (end)
    *end = '\0';
  g_strstrip (name);
  return *name ? g_steal_pointer (&name) : g_strdup ("Sheet1");
}

static lxw_error
write_xlsx_row (lxw_worksheet *sheet, lxw_row_t row, const char *const *cells, lxw_format *text,
                lxw_format *amount)
{
  lxw_error result = LXW_NO_ERROR;

  for (int i = 0; cells[i] && result == LXW_NO_ERROR; i++)
    if (is_amount (cells[i]) && amount)
      result = worksheet_write_number (sheet, row, (lxw_col_t)i, g_ascii_strtod (cells[i], NULL),
                                       amount);
    else
      result = worksheet_write_string (sheet, row, (lxw_col_t)i, cells[i], text);
  return result;
}

static gboolean
write_xlsx (KaiNewFile *file, const char *title, const char *const *headers, const Source *source,
            GError **error)
{
  lxw_workbook *workbook = kai_new_file_open_workbook (file, TRUE);
  g_autofree char *name = sheet_name (title);
  lxw_worksheet *sheet = workbook_add_worksheet (workbook, name);
  lxw_format *bold = workbook_add_format (workbook), *text = workbook_add_format (workbook),
             *amount = workbook_add_format (workbook);
  const char *const *row = NULL;
  lxw_row_t line = 0;
  gboolean ok = TRUE;
  lxw_error result;

  format_set_bold (bold);
  format_set_num_format (bold, "@");
  format_set_num_format (text, "@");
  format_set_num_format (amount, "#,##0.00");
  worksheet_set_column (sheet, 0, (lxw_col_t)(g_strv_length ((char **)headers) - 1), 18, NULL);
  worksheet_freeze_panes (sheet, 1, 0);
  result = write_xlsx_row (sheet, 0, headers, bold, NULL);
  while (result == LXW_NO_ERROR && (ok = get_next (source, &row, error)) && row)
    result = write_xlsx_row (sheet, ++line, row, text, amount);
  if (ok && result == LXW_NO_ERROR)
    return kai_new_file_commit_workbook (file, workbook, error);
  workbook_close (workbook);
  if (!ok)
    return FALSE;
  return kai_data_fail (
      error, KAI_DATA_ERROR_LIMIT,
      _ ("The table does not fit into a workbook: a sheet holds 1,048,576 rows and "
         "a cell 32,767 characters. Narrow it down and try again."));
}

gboolean
kai_table_write_rows (const char *path, const char *title, const char *const *headers,
                      KaiTableNextRow next, gpointer data, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  gboolean csv = g_str_has_suffix (lower, ".csv");
  const Source source = { next, data };
  g_autoptr (KaiNewFile) file = NULL;

  g_return_val_if_fail (headers && headers[0], FALSE);
  if (!csv && !g_str_has_suffix (lower, ".xlsx"))
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("A table can be written as .xlsx or .csv. Give the file one of these "
                             "endings."));
  file = kai_new_file_begin (path, error);
  if (!file)
    return FALSE;
  return csv ? write_csv (file, headers, &source, error)
             : write_xlsx (file, title, headers, &source, error);
}

typedef struct
{
  GPtrArray *rows;
  guint next;
} Walk;

static const char *const *
next_cb (gpointer data, GError **error)
{
  Walk *walk = data;

  return walk->next < walk->rows->len ? walk->rows->pdata[walk->next++] : NULL;
}

gboolean
kai_table_write (const char *path, const char *title, const char *const *headers, GPtrArray *rows,
                 GError **error)
{
  Walk walk = { rows, 0 };

  return kai_table_write_rows (path, title, headers, next_cb, &walk, error);
}
