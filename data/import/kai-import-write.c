/* Writes the fixed workbooks: the template, a list of rows, and the bad rows of an import with their reasons. */
#include "import/kai-import.h"

#include "import/kai-import-private.h"
#include "import/kai-import-sheet-private.h"
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
  /* Where a sheet is protected only its headers are. */
  styles.text = workbook_add_format (workbook);
  format_set_unlocked (styles.text);
  format_set_num_format (styles.text, "@");
  styles.quantity = workbook_add_format (workbook);
  format_set_unlocked (styles.quantity);
  format_set_num_format (styles.quantity, "0");
  styles.money = workbook_add_format (workbook);
  format_set_unlocked (styles.money);
  format_set_num_format (styles.money, "0.00");
  styles.date = workbook_add_format (workbook);
  format_set_num_format (styles.date, "yyyy-mm-dd");
  styles.example = workbook_add_format (workbook);
  format_set_unlocked (styles.example);
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

/* The headers are a contract: they cannot be typed over. No password: whoever wants to may lift it. */
static void
lock_headers (lxw_worksheet *sheet)
{
  lxw_protection allowed = { .format_cells = TRUE,
                             .format_columns = TRUE,
                             .format_rows = TRUE,
                             .insert_rows = TRUE,
                             .delete_rows = TRUE,
                             .sort = TRUE,
                             .autofilter = TRUE };

  worksheet_protect (sheet, NULL, &allowed);
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
    "第一行的列名已锁定。如需调整列的顺序或删除非必填的列，请先撤销工作表保护（无密码）。",
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
  lock_headers (sheet);
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

/* ---- Rows of a list with what is to be said of them ---- */

typedef struct
{
  KaiImportSheet *source;
  Styles styles;
  lxw_worksheet *sheet;
  GArray *kept; /* int: columns of the source that are written, in order */
  lxw_row_t next_row;
} ListWriter;

static lxw_format *
style_of_column (const Styles *styles, const KaiImportColumn *column)
{
  if (column->use == KAI_COLUMN_ITEM || column->use == KAI_COLUMN_TOTAL)
    return styles->money;
  return column->use == KAI_COLUMN_FIELD ? style_of (styles, column->field) : styles->text;
}

/* The headers of the source in their order, then ours. */
static void
write_list_headers (ListWriter *writer, const char *const *ours)
{
  KaiImportSheet *source = writer->source;
  lxw_col_t at = 0;

  for (int i = 0; i < kai_import_sheet_get_n_columns (source); i++)
    {
      KaiImportColumn column = kai_import_sheet_get_column (source, i);

      if (column.use == KAI_COLUMN_REASONS)
        continue;
      worksheet_set_column (writer->sheet, at, at, 18, style_of_column (&writer->styles, &column));
      worksheet_write_string (writer->sheet, 0, at++, kai_import_sheet_get_header (source, i),
                              writer->styles.header);
      g_array_append_val (writer->kept, i);
    }
  for (int i = 0; ours[i]; i++)
    {
      worksheet_set_column (writer->sheet, at, at, i == 0 ? 80 : 24, writer->styles.text);
      worksheet_write_string (writer->sheet, 0, at++, ours[i], writer->styles.header);
    }
  worksheet_freeze_panes (writer->sheet, 1, 0);
  writer->next_row = 1;
}

/* As it was, so that what was refused is refused again until somebody has mended it: a number stays a number, a date a date. */
static lxw_error
copy_cell (ListWriter *writer, lxw_col_t at, int row, int column)
{
  const Styles *styles = &writer->styles;
  KaiImportColumn use = kai_import_sheet_get_column (writer->source, column);
  const char *text = kai_import_sheet_get_text (writer->source, row, column);
  lxw_format *style = style_of_column (styles, &use);
  lxw_datetime date = { 0 };

  switch (kai_import_sheet_get_cell_kind (writer->source, row, column))
    {
    case KAI_CELL_EMPTY:
      return LXW_NO_ERROR;
    case KAI_CELL_NUMBER:
      /* Zeros that a format put in front would be lost. */
      if (text[0] == '0' && g_ascii_isdigit (text[1]))
        break;
      return worksheet_write_number (writer->sheet, writer->next_row, at,
                                     g_ascii_strtod (text, NULL), style);
    case KAI_CELL_BOOLEAN:
      return worksheet_write_boolean (writer->sheet, writer->next_row, at,
                                      strcmp (text, "TRUE") == 0, styles->text);
    case KAI_CELL_DATE:
      if (sscanf (text, "%d-%d-%d %d:%d:%lf", &date.year, &date.month, &date.day, &date.hour,
                  &date.min, &date.sec)
              >= 3
          && date.year >= 1900)
        return worksheet_write_datetime (writer->sheet, writer->next_row, at, &date, styles->date);
      break;
    case KAI_CELL_TEXT:
    case KAI_CELL_ERROR: /* as text: the reader knows these words */
      break;
    }
  return worksheet_write_string (writer->sheet, writer->next_row, at, text, styles->text);
}

static lxw_error
write_list_row (ListWriter *writer, int row, const char *const *ours)
{
  lxw_error result = LXW_NO_ERROR;
  lxw_col_t at = 0;

  for (guint i = 0; i < writer->kept->len && result == LXW_NO_ERROR; i++)
    result = copy_cell (writer, at++, row, g_array_index (writer->kept, int, i));
  for (int i = 0; ours[i] && result == LXW_NO_ERROR; i++)
    {
      g_autofree char *text = NULL;

      if (*ours[i])
        {
          text = g_utf8_substring (ours[i], 0, MIN (g_utf8_strlen (ours[i], -1), 30000));
          result = worksheet_write_string (writer->sheet, writer->next_row, at, text,
                                           writer->styles.text);
        }
      at++;
    }
  writer->next_row++;
  return result;
}

typedef gboolean (*WantRow) (KaiImportSheet *sheet, int row);
typedef void (*DescribeRow) (KaiImportSheet *sheet, int row, gpointer data, char **ours);

static gboolean
write_list (KaiImportSheet *source, const char *name, const char *const *headers, WantRow want,
            DescribeRow describe, gpointer data, const char *path, GError **error)
{
  g_autoptr (KaiNewFile) file = kai_new_file_begin (path, error);
  g_autoptr (GArray) kept = g_array_new (FALSE, FALSE, sizeof (int));
  ListWriter writer = { .source = source, .kept = kept };
  lxw_workbook *workbook;
  lxw_error result = LXW_NO_ERROR;

  if (!file)
    return FALSE;
  workbook = kai_new_file_open_workbook (file, TRUE);
  writer.styles = make_styles (workbook);
  writer.sheet = workbook_add_worksheet (workbook, name);
  write_list_headers (&writer, headers);
  for (int row = 0; row < kai_import_sheet_get_n_rows (source) && result == LXW_NO_ERROR; row++)
    {
      g_auto (GStrv) ours = NULL;

      if (!want (source, row))
        continue;
      ours = g_new0 (char *, g_strv_length ((char **)headers) + 1);
      describe (source, row, data, ours);
      result = write_list_row (&writer, row, (const char *const *)ours);
    }
  if (result != LXW_NO_ERROR)
    return fail_too_big (workbook, error);
  return kai_new_file_commit_workbook (file, workbook, error);
}

static gboolean
is_bad (KaiImportSheet *sheet, int row)
{
  return kai_import_sheet_get_row_kind (sheet, row) == KAI_ROW_DATA
         && (kai_import_sheet_get_row_mark (sheet, row) == KAI_MARK_PROBLEM
             || kai_import_sheet_get_result (sheet, row) == KAI_ROW_REFUSED);
}

typedef struct
{
  const char *batch_id;
  GHashTable *issued;
} Origin;

static void
describe_bad (KaiImportSheet *sheet, int row, gpointer data, char **ours)
{
  const Origin *origin = data;
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  kai_import_sheet_list_row (sheet, row, problems, NULL);
  for (guint i = 0; i < problems->len; i++)
    {
      const KaiProblem *problem = problems->pdata[i];

      g_string_append_printf (text, "%s%s: %s", i ? "\n" : "", problem->field, problem->message);
    }
  if (kai_import_sheet_get_result (sheet, row) == KAI_ROW_REFUSED)
    g_string_append_printf (text, "%s%s", text->len ? "\n" : "",
                            kai_import_sheet_get_result_text (sheet, row));
  ours[0] = g_strdup (text->str);
  ours[1] = origin->batch_id && *origin->batch_id
                ? g_strdup_printf ("%s/%d", origin->batch_id,
                                   kai_import_sheet_find_issued (sheet, origin->issued, row))
                : g_strdup ("");
}

gboolean
kai_import_sheet_write_bad (KaiImportSheet *sheet, const char *batch_id, const char *path,
                            GError **error)
{
  static const char *const headers[] = { KAI_HEADER_ERROR, KAI_HEADER_BATCH, NULL };
  g_autoptr (GHashTable) issued = kai_import_sheet_count_issued (sheet);
  Origin origin = { batch_id, issued };

  return write_list (sheet, KAI_HEADER_ERROR, headers, is_bad, describe_bad, &origin, path, error);
}

static gboolean
is_data (KaiImportSheet *sheet, int row)
{
  return kai_import_sheet_get_row_kind (sheet, row) == KAI_ROW_DATA;
}

static void
describe_result (KaiImportSheet *sheet, int row, gpointer data, char **ours)
{
  KaiRowResult result = kai_import_sheet_get_result (sheet, row);
  g_autofree char *sentences = kai_import_sheet_dup_row_sentences (sheet, row);
  const char *text = kai_import_sheet_get_result_text (sheet, row);

  ours[0] = result == KAI_ROW_REFUSED ? g_strdup (text) : g_strdup (sentences ? sentences : "");
  ours[1] = g_strdup (kai_row_result_label (result));
  ours[2] = g_strdup (result == KAI_ROW_REFUSED ? "" : text);
}

gboolean
kai_import_sheet_write_results (KaiImportSheet *sheet, const char *path, GError **error)
{
  static const char *const headers[] = { "说明", "结果", "缴款识别码", NULL };

  return write_list (sheet, "结果", headers, is_data, describe_result, NULL, path, error);
}
