/* Writes the fixed workbooks: the template, a list of rows, and the bad rows of an import with their reasons. */
#include "import/kai-import.h"

#include "import/kai-import-private.h"
#include "import/kai-new-file.h"
#include "values/kai-error.h"
#include "values/kai-problem.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LAST_ROW (LXW_ROW_MAX - 1)

typedef struct
{
  lxw_workbook *workbook;
  lxw_format *header, *text, *quantity, *money, *date, *example;
} Styles;

static Styles
make_styles (lxw_workbook *workbook)
{
  Styles styles = { .workbook = workbook };

  styles.header = workbook_add_format (workbook);
  format_set_bold (styles.header);
  format_set_num_format (styles.header, "@");
  format_set_bg_color (styles.header, 0xE7EEF7);
  format_set_bottom (styles.header, LXW_BORDER_THIN);
  styles.text = workbook_add_format (workbook);
  format_set_num_format (styles.text, "@");
  styles.quantity = workbook_add_format (workbook);
  format_set_num_format (styles.quantity, "0");
  styles.money = workbook_add_format (workbook);
  format_set_num_format (styles.money, "0.00");
  styles.date = workbook_add_format (workbook);
  format_set_num_format (styles.date, "yyyy-mm-dd");
  styles.example = workbook_add_format (workbook);
  format_set_num_format (styles.example, "@");
  format_set_italic (styles.example);
  format_set_font_color (styles.example, 0x808080);
  return styles;
}

static gboolean
is_money_field (KaiField field)
{
  return field == KAI_FIELD_AMOUNT || field == KAI_FIELD_LATE_FEE;
}

static lxw_format *
style_of (const Styles *styles, KaiField field)
{
  if (field == KAI_FIELD_QUANTITY)
    return styles->quantity;
  return is_money_field (field) ? styles->money : styles->text;
}

/* ---- The form ---- */

static void
write_headers (lxw_worksheet *sheet, const Styles *styles, KaiImportKind kind)
{
  int n;
  const KaiColumn *columns = kai_import_get_columns (kind, &n);

  for (int i = 0; i < n; i++)
    {
      gboolean wide = columns[i].field == KAI_FIELD_PAYER || columns[i].field == KAI_FIELD_ID
                      || columns[i].field == KAI_FIELD_MOBILE || columns[i].field == KAI_FIELD_ITEM
                      || columns[i].field == KAI_FIELD_ITEM_NAME;

      worksheet_set_column (sheet, (lxw_col_t)i, (lxw_col_t)i, wide ? 22 : 12,
                            style_of (styles, columns[i].field));
      worksheet_write_string (sheet, 0, (lxw_col_t)i, columns[i].header, styles->header);
    }
  worksheet_freeze_panes (sheet, 1, 0);
}

/* A cell of the form: numbers where the form has numbers. */
static lxw_error
write_value (lxw_worksheet *sheet, const Styles *styles, lxw_row_t row, int column, KaiField field,
             const char *value)
{
  KaiMoney money;

  if (*value == '\0')
    return LXW_NO_ERROR;
  if ((field == KAI_FIELD_QUANTITY || is_money_field (field))
      && kai_money_parse (value, &money, NULL))
    return worksheet_write_number (sheet, row, (lxw_col_t)column, (double)money / 100.0,
                                   style_of (styles, field));
  return worksheet_write_string (sheet, row, (lxw_col_t)column, value, styles->text);
}

static void
add_drop_downs (lxw_worksheet *sheet, KaiImportKind kind, guint n_items)
{
  static const char *const kinds[] = { "个人", "单位", NULL };
  g_autofree char *formula = g_strdup_printf ("='项目'!$A$2:$A$%u", n_items + 1);
  int n;
  const KaiColumn *columns = kai_import_get_columns (kind, &n);

  for (int i = 0; i < n; i++)
    {
      lxw_data_validation validation = { 0 };

      if (columns[i].field == KAI_FIELD_ITEM && n_items > 0)
        {
          validation.validate = LXW_VALIDATION_TYPE_LIST_FORMULA;
          validation.value_formula = formula;
        }
      else if (columns[i].field == KAI_FIELD_PAYER_KIND)
        {
          validation.validate = LXW_VALIDATION_TYPE_LIST;
          validation.value_list = (char **)(gpointer)kinds;
        }
      else
        continue;
      worksheet_data_validation_range (sheet, 1, (lxw_col_t)i, LAST_ROW, (lxw_col_t)i, &validation);
    }
}

static void
write_example (lxw_worksheet *sheet, const Styles *styles, KaiImportKind kind,
               const KaiBaseData *base)
{
  const KaiItem *item = base->items->len > 0 ? base->items->pdata[0] : NULL;
  g_autofree char *amount = kai_money_to_wire (item && item->min > 0 ? item->min : 10000);
  int n;
  const KaiColumn *columns = kai_import_get_columns (kind, &n);

  for (int i = 0; i < n; i++)
    {
      const char *value = columns[i].example;

      if (columns[i].field == KAI_FIELD_ITEM)
        value = item ? item->code : "";
      else if (columns[i].field == KAI_FIELD_ITEM_NAME)
        value = item ? item->name : "";
      else if (columns[i].field == KAI_FIELD_AMOUNT)
        value = amount;
      write_value (sheet, styles, 1, i, columns[i].field, value);
      if (columns[i].field == KAI_FIELD_SEQUENCE || columns[i].field == KAI_FIELD_PAYER)
        worksheet_write_string (sheet, 1, (lxw_col_t)i, value, styles->example);
    }
}

static char *
describe_standard (const KaiItem *item)
{
  g_autofree char *min = kai_money_to_wire (item->min), *max = kai_money_to_wire (item->max);

  if (item->standard == KAI_STANDARD_FREE)
    return g_strdup ("据实");
  if (item->standard == KAI_STANDARD_FIXED)
    return g_strdup (min);
  return item->max > 0 ? g_strdup_printf ("%s 至 %s", min, max) : g_strdup_printf ("%s 起", min);
}

static void
write_items (lxw_worksheet *sheet, const Styles *styles, const KaiBaseData *base)
{
  static const char *const headers[] = { "项目编码", "项目名称", "计量单位", "收费标准（元）" };

  for (int i = 0; i < (int)G_N_ELEMENTS (headers); i++)
    worksheet_write_string (sheet, 0, (lxw_col_t)i, headers[i], styles->header);
  worksheet_set_column (sheet, 0, 3, 22, styles->text);
  worksheet_freeze_panes (sheet, 1, 0);
  for (guint i = 0; i < base->items->len; i++)
    {
      const KaiItem *item = base->items->pdata[i];
      g_autofree char *standard = describe_standard (item);

      worksheet_write_string (sheet, i + 1, 0, item->code, styles->text);
      worksheet_write_string (sheet, i + 1, 1, item->name, styles->text);
      worksheet_write_string (sheet, i + 1, 2, item->unit_of_measure, styles->text);
      worksheet_write_string (sheet, i + 1, 3, standard, styles->text);
    }
}

static void
write_explanation (lxw_worksheet *sheet, const Styles *styles, KaiImportKind kind)
{
  static const char *const notes[] = {
    "请勿修改第一行的列名；列的顺序可以不同，非必填的列可以删除。",
    "以“示例”开头的示例行在导入时跳过，不必删除。",
    "身份证号、手机号码等列必须是文本格式：以数字格式保存的长号码会丢失末尾数字，导入时一律拒绝。",
    "从其他表格粘贴时，请用“选择性粘贴—数值”，以保留文本格式。",
  };
  int n;
  const KaiColumn *columns = kai_import_get_columns (kind, &n);

  worksheet_write_string (sheet, 0, 0, "列", styles->header);
  worksheet_write_string (sheet, 0, 1, "必填", styles->header);
  worksheet_write_string (sheet, 0, 2, "说明", styles->header);
  worksheet_set_column (sheet, 0, 0, 16, NULL);
  worksheet_set_column (sheet, 2, 2, 80, NULL);
  for (int i = 0; i < n; i++)
    {
      worksheet_write_string (sheet, i + 1, 0, columns[i].header, NULL);
      worksheet_write_string (sheet, i + 1, 1, columns[i].required ? "是" : "否", NULL);
      worksheet_write_string (sheet, i + 1, 2, columns[i].explanation, NULL);
    }
  for (guint i = 0; i < G_N_ELEMENTS (notes); i++)
    worksheet_write_string (sheet, (lxw_row_t)n + 2 + i, 2, notes[i], NULL);
}

gboolean
kai_import_write_template (KaiImportKind kind, const KaiBaseData *base, const char *path,
                           GError **error)
{
  g_autoptr (KaiNewFile) file = kai_new_file_begin (path, error);
  lxw_workbook *workbook;
  lxw_worksheet *sheet;
  Styles styles;

  if (!file)
    return FALSE;
  workbook = kai_new_file_open_workbook (file, FALSE);
  styles = make_styles (workbook);
  sheet = workbook_add_worksheet (workbook, kind == KAI_IMPORT_EDUCATION ? "学生缴费" : "缴款通知");
  write_headers (sheet, &styles, kind);
  write_example (sheet, &styles, kind, base);
  add_drop_downs (sheet, kind, base->items->len);
  write_items (workbook_add_worksheet (workbook, "项目"), &styles, base);
  write_explanation (workbook_add_worksheet (workbook, "说明"), &styles, kind);
  return kai_new_file_commit_workbook (file, workbook, error);
}

static gboolean
fail_too_big (lxw_workbook *workbook, GError **error)
{
  workbook_close (workbook);
  return kai_data_fail (
      error, KAI_DATA_ERROR_LIMIT,
      _ ("The list does not fit into a workbook: a sheet holds 1,048,576 rows and a "
         "cell 32,767 characters. Split it and try again."));
}

gboolean
kai_import_write_rows (KaiImportKind kind, GPtrArray *rows, const char *path, GError **error)
{
  g_autoptr (KaiNewFile) file = kai_new_file_begin (path, error);
  lxw_workbook *workbook;
  lxw_worksheet *sheet;
  Styles styles;
  int n;
  const KaiColumn *columns = kai_import_get_columns (kind, &n);

  if (!file)
    return FALSE;
  workbook = kai_new_file_open_workbook (file, TRUE);
  styles = make_styles (workbook);
  sheet = workbook_add_worksheet (workbook, kind == KAI_IMPORT_EDUCATION ? "学生缴费" : "缴款通知");
  write_headers (sheet, &styles, kind);
  for (guint i = 0; i < rows->len; i++)
    {
      const char *const *cells = rows->pdata[i];

      for (int k = 0; k < n && cells[k]; k++)
        if (write_value (sheet, &styles, i + 1, k, columns[k].field, cells[k]) != LXW_NO_ERROR)
          return fail_too_big (workbook, error);
    }
  return kai_new_file_commit_workbook (file, workbook, error);
}

/* ---- Bad rows with their reasons ---- */

typedef struct
{
  const KaiImport *import;
  KaiHeaderSearch search;
  Styles styles;
  lxw_worksheet *sheet;
  GArray *kept; /* int: columns of the source that are written, in order */
  lxw_row_t next_row;
  guint next_bad;     /* index of bad_rows */
  guint next_problem; /* index of problems, which are sorted by row */
  gboolean too_big;
} ErrorWriter;

static KaiField
field_of_column (const KaiHeader *header, int column)
{
  for (int field = 0; field < KAI_N_FIELDS; field++)
    if (header->columns[field] == column)
      return field;
  return KAI_N_FIELDS;
}

/* The headers of the source in their order, then 错误. */
static void
write_error_headers (ErrorWriter *writer)
{
  const KaiHeader *header = &writer->search.header;

  for (guint i = 0; i < header->headers->len; i++)
    {
      const char *text = header->headers->pdata[i];
      lxw_col_t column = (lxw_col_t)writer->kept->len;

      if (*text == '\0' || strcmp (text, KAI_HEADER_ERROR) == 0)
        continue;
      worksheet_set_column (writer->sheet, column, column, 18,
                            style_of (&writer->styles, field_of_column (header, (int)i)));
      worksheet_write_string (writer->sheet, 0, column, text, writer->styles.header);
      g_array_append_val (writer->kept, i);
    }
  worksheet_set_column (writer->sheet, (lxw_col_t)writer->kept->len, (lxw_col_t)writer->kept->len,
                        80, writer->styles.text);
  worksheet_write_string (writer->sheet, 0, (lxw_col_t)writer->kept->len, KAI_HEADER_ERROR,
                          writer->styles.header);
  worksheet_freeze_panes (writer->sheet, 1, 0);
  writer->next_row = 1;
}

/* As it was, so that what was refused is refused again until somebody has mended it: a number stays a number, a date a date. */
static lxw_error
copy_cell (ErrorWriter *writer, lxw_col_t column, KaiField field, const KaiCell *cell)
{
  const Styles *styles = &writer->styles;
  lxw_datetime date = { 0 };

  switch (cell->kind)
    {
    case KAI_CELL_EMPTY:
      return LXW_NO_ERROR;
    case KAI_CELL_NUMBER:
      return worksheet_write_number (writer->sheet, writer->next_row, column,
                                     g_ascii_strtod (cell->text, NULL), style_of (styles, field));
    case KAI_CELL_BOOLEAN:
      return worksheet_write_boolean (writer->sheet, writer->next_row, column,
                                      strcmp (cell->text, "TRUE") == 0, styles->text);
    case KAI_CELL_DATE:
      if (sscanf (cell->text, "%d-%d-%d %d:%d:%lf", &date.year, &date.month, &date.day, &date.hour,
                  &date.min, &date.sec)
              >= 3
          && date.year >= 1900)
        return worksheet_write_datetime (writer->sheet, writer->next_row, column, &date,
                                         styles->date);
      break;
    case KAI_CELL_TEXT:
    case KAI_CELL_ERROR: /* as text: the reader knows these words */
      break;
    }
  return worksheet_write_string (writer->sheet, writer->next_row, column, cell->text, styles->text);
}

static lxw_error
write_reasons (ErrorWriter *writer, int row)
{
  const GPtrArray *problems = writer->import->problems;
  g_autoptr (GString) text = g_string_new (NULL);
  char *end;

  for (; writer->next_problem < problems->len; writer->next_problem++)
    {
      const KaiProblem *problem = problems->pdata[writer->next_problem];

      if (problem->row > row)
        break;
      if (problem->row == row)
        g_string_append_printf (text, "%s%s: %s", text->len ? "\n" : "", problem->field,
                                problem->message);
    }
  if (g_utf8_strlen (text->str, -1) > 30000)
    {
      end = g_utf8_offset_to_pointer (text->str, 30000);
      g_string_truncate (text, end - text->str);
    }
  return worksheet_write_string (writer->sheet, writer->next_row, (lxw_col_t)writer->kept->len,
                                 text->str, writer->styles.text);
}

static gboolean
on_error_row (int row, const KaiCell *cells, int n, gpointer data)
{
  ErrorWriter *writer = data;
  const GArray *bad = writer->import->bad_rows;
  lxw_error result = LXW_NO_ERROR;

  if (writer->next_bad >= bad->len)
    return FALSE;
  if (g_array_index (bad, int, writer->next_bad) != row)
    return TRUE;
  writer->next_bad++;
  if (writer->next_row == 0)
    write_error_headers (writer);
  for (guint i = 0; i < writer->kept->len && result == LXW_NO_ERROR; i++)
    {
      int column = g_array_index (writer->kept, int, i);

      if (column < n)
        result = copy_cell (writer, (lxw_col_t)i, field_of_column (&writer->search.header, column),
                            cells + column);
    }
  if (result == LXW_NO_ERROR)
    result = write_reasons (writer, row);
  writer->next_row++;
  writer->too_big = result != LXW_NO_ERROR;
  return !writer->too_big;
}

static gboolean
write_bad_rows (ErrorWriter *writer, KaiWorkbook *source, int sheet, KaiNewFile *file,
                GError **error)
{
  lxw_workbook *workbook = kai_new_file_open_workbook (file, TRUE);

  writer->styles = make_styles (workbook);
  writer->sheet = workbook_add_worksheet (workbook, KAI_HEADER_ERROR);
  if (!kai_import_visit (source, sheet, &writer->search, on_error_row, writer, NULL, error))
    {
      workbook_close (workbook);
      return FALSE;
    }
  if (writer->too_big)
    return fail_too_big (workbook, error);
  if (writer->next_row == 0)
    write_error_headers (writer);
  return kai_new_file_commit_workbook (file, workbook, error);
}

gboolean
kai_import_write_errors (const KaiImport *import, const char *path, int sheet, const char *out,
                         GError **error)
{
  g_autoptr (KaiWorkbook) source = kai_workbook_open (path, error);
  g_autoptr (KaiNewFile) file = NULL;
  ErrorWriter writer = { .import = import };
  gboolean ok;

  if (!source)
    return FALSE;
  if (strcmp (kai_workbook_get_hash (source), import->content_hash) != 0)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("The workbook was changed after it was checked. Check it again."));
  file = kai_new_file_begin (out, error);
  if (!file)
    return FALSE;
  writer.kept = g_array_new (FALSE, FALSE, sizeof (int));
  kai_header_search_init (&writer.search, import->kind);
  ok = write_bad_rows (&writer, source, sheet, file, error);
  kai_header_search_clear (&writer.search);
  g_array_unref (writer.kept);
  return ok;
}
