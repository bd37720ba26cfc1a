/* Rows of a list that are none of its data: totals, headers of further pages, the example of the form, who made the list. They are set
 * aside, told of, and may be taken in by hand. */
#include "import/kai-import-sheet-private.h"

#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

const char *
kai_row_kind_label (KaiRowKind kind)
{
  switch (kind)
    {
    case KAI_ROW_BLANK:
      return _ ("blank row");
    case KAI_ROW_HEADER:
      return _ ("header again");
    case KAI_ROW_TOTAL:
      return _ ("total row");
    case KAI_ROW_EXAMPLE:
      return _ ("example");
    case KAI_ROW_NOTE:
      return _ ("note");
    case KAI_ROW_DATA:
      break;
    }
  return "";
}

/* "合计", "合计：", "总计(元)", "合计人数": not a payer whose name happens to begin so. */
/* “高一(1)班小计”, “本页合计:” */
static gboolean
ends_with_total (const char *text)
{
  static const char *const words[] = { "合计", "总计", "小计", "共计" };
  gsize length = strlen (text);

  while (length > 0 && (text[length - 1] == ':' || text[length - 1] == '.'))
    length--;
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      gsize n = strlen (words[i]);

      if (length > n && memcmp (text + length - n, words[i], n) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
kai_import_is_total_word (const char *text)
{
  static const char *const words[] = { "合计",     "总计",     "小计",     "共计",     "本页合计",
                                       "本页小计", "本班合计", "本班小计", "全校合计", "累计" };

  if (ends_with_total (text))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_has_prefix (text, words[i]))
      {
        const char *rest = text + strlen (words[i]);

        return *rest == '\0' || strchr (":(0123456789", *rest) || g_str_has_prefix (rest, "金额")
               || g_str_has_prefix (rest, "人数");
      }
  return FALSE;
}

static const char *
field_text (KaiImportSheet *sheet, int row, KaiField field)
{
  int column = sheet->field_column[field];

  return column < 0 ? "" : kai_import_sheet_get_text (sheet, row, column);
}

/* “45人” below the identity numbers is a count. */
static gboolean
holds_number (KaiImportSheet *sheet, int row, KaiField field)
{
  int digits = 0;

  for (const char *p = field_text (sheet, row, field); *p; p++)
    digits += g_ascii_isdigit (*p) != 0;
  return digits >= 6;
}

static gboolean
is_total_row (KaiImportSheet *sheet, int row)
{
  g_autofree char *payer = NULL;
  g_autofree char *item = kai_text_normalise_code (field_text (sheet, row, KAI_FIELD_ITEM));

  if ((*item && !kai_import_is_total_word (item)) || holds_number (sheet, row, KAI_FIELD_ID)
      || holds_number (sheet, row, KAI_FIELD_MOBILE))
    return FALSE;
  for (int i = 0; i < sheet->n_columns; i++)
    {
      g_autofree char *text = kai_text_normalise_code (kai_import_sheet_get_text (sheet, row, i));

      if (*text == '\0')
        continue;
      if (kai_import_is_total_word (text))
        return TRUE;
      /* “高一(1)班 | 合计”: the word may stand in the second cell, or in that of the payer. */
      payer = kai_text_normalise_code (field_text (sheet, row, KAI_FIELD_PAYER));
      return kai_import_is_total_word (payer);
    }
  return FALSE;
}

static gboolean
is_header_row (KaiImportSheet *sheet, int row)
{
  int same = 0, filled = 0;

  for (int i = 0; i < sheet->n_columns; i++)
    {
      KaiCell cell = kai_import_pool_get (sheet->pool, kai_sheet_cell (sheet, row, i));
      g_autofree char *name = NULL;

      if (cell.kind == KAI_CELL_EMPTY)
        continue;
      filled++;
      if (cell.kind != KAI_CELL_TEXT || !*sheet->columns[i].name)
        continue;
      name = kai_import_clean_header (cell.text, NULL);
      same += strcmp (name, sheet->columns[i].name) == 0;
    }
  return same >= 2 && same * 10 >= filled * 7;
}

static gboolean
is_example_row (KaiImportSheet *sheet, int row)
{
  const char *mark = field_text (sheet, row, KAI_FIELD_SEQUENCE);
  g_autofree char *payer = NULL, *clean = NULL;

  /* Of 100,000 rows one may be it. */
  if (!strstr (mark, KAI_EXAMPLE_MARK))
    return FALSE;
  clean = kai_text_normalise_code (mark);
  payer = kai_text_normalise_code (field_text (sheet, row, KAI_FIELD_PAYER));
  /* Both: someone may have typed a real payer over the example and left the mark. */
  return strcmp (clean, KAI_EXAMPLE_MARK) == 0
         && (strcmp (payer, "示例单位") == 0 || strcmp (payer, "示例学生") == 0);
}

/* “制表人：张三”, “审核：” */
static gboolean
is_remark (const char *text)
{
  static const char *const words[] = { "制表", "审核", "复核", "填表",     "校长",
                                       "备注", "说明", "注:",  "注意",     "经办",
                                       "负责", "填报", "打印", "日期",     "年月日",
                                       "财务", "出纳", "会计", "温馨提示", "特别说明" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_has_prefix (text, words[i]))
      {
        const char *rest = text + strlen (words[i]);

        return *rest == '\0' || strcmp (rest, "人") == 0 || strchr (rest, ':')
               || g_utf8_strlen (text, -1) > 4;
      }
  return FALSE;
}

/* “制表：| 李四 | 审核：| 王五”: who signs may stand below any column. */
static gboolean
begins_with_remark (KaiImportSheet *sheet, int row)
{
  for (int i = 0; i < sheet->n_columns; i++)
    {
      g_autofree char *text = kai_text_normalise_code (kai_import_sheet_get_text (sheet, row, i));

      if (*text != '\0')
        return is_remark (text);
    }
  return FALSE;
}

/* Whether a cell where an amount or a number belongs says nothing of either: “审核：” below the mobile numbers, “说明：9月10日前缴清”. In a row that
 * begins with such a word, so do the names of those who sign. */
static gboolean
is_silent (const char *text, gboolean remark)
{
  if (*text == '\0' || is_remark (text))
    return TRUE;
  return remark && !strpbrk (text, "0123456789");
}

static gboolean
is_note_row (KaiImportSheet *sheet, int row)
{
  static const KaiField telling[] = { KAI_FIELD_ID,     KAI_FIELD_MOBILE,   KAI_FIELD_ITEM,
                                      KAI_FIELD_AMOUNT, KAI_FIELD_LATE_FEE, KAI_FIELD_STUDENT_NO };
  gboolean remark = begins_with_remark (sheet, row);
  g_autofree char *payer = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (telling); i++)
    {
      g_autofree char *text = kai_text_normalise_code (field_text (sheet, row, telling[i]));

      if (!is_silent (text, remark))
        return FALSE;
    }
  for (int i = 0; i < sheet->n_item_columns; i++)
    {
      g_autofree char *text =
          kai_text_normalise_code (kai_import_sheet_get_text (sheet, row, sheet->item_columns[i]));

      if (!is_silent (text, remark))
        return FALSE;
    }
  if (remark)
    return TRUE;
  payer = kai_text_normalise_code (field_text (sheet, row, KAI_FIELD_PAYER));
  if (*payer == '\0')
    return sheet->field_column[KAI_FIELD_PAYER] >= 0;
  return is_remark (payer);
}

static KaiRowKind
classify (KaiImportSheet *sheet, int row)
{
  if (is_total_row (sheet, row))
    return KAI_ROW_TOTAL;
  if (is_header_row (sheet, row))
    return KAI_ROW_HEADER;
  if (is_example_row (sheet, row))
    return KAI_ROW_EXAMPLE;
  return kai_import_is_section_row (sheet, row) || is_note_row (sheet, row) ? KAI_ROW_NOTE
                                                                            : KAI_ROW_DATA;
}

/* A row with an identity number or a mobile number and an item is data: the cheap look that most rows pass. */
static gboolean
is_plainly_data (KaiImportSheet *sheet, int row)
{
  int id = sheet->field_column[KAI_FIELD_ID], mobile = sheet->field_column[KAI_FIELD_MOBILE];
  const char *text;

  if (id < 0 || mobile < 0 || !kai_sheet_cell (sheet, row, id))
    return FALSE;
  text = kai_import_sheet_get_text (sheet, row, mobile);
  return g_ascii_isdigit (text[0]);
}

void
kai_sheet_classify_rows (KaiImportSheet *sheet)
{
  for (int row = 0; row < (int)sheet->rows->len; row++)
    {
      gboolean data = is_plainly_data (sheet, row) && !is_example_row (sheet, row);

      kai_sheet_row (sheet, row)->kind = data ? KAI_ROW_DATA : classify (sheet, row);
    }
  sheet->checked = FALSE;
  sheet->order_valid = FALSE;
}

/* ---- Merged cells ---- */

/* A class may be written once for its pupils, a pupil once for several items; an amount is that of one row. */
static gboolean
may_spread (const KaiSheetColumn *column)
{
  return column->use == KAI_COLUMN_FIELD && column->field != KAI_FIELD_AMOUNT
         && column->field != KAI_FIELD_QUANTITY && column->field != KAI_FIELD_LATE_FEE;
}

static int
find_number (KaiImportSheet *sheet, int number)
{
  int low = 0, high = (int)sheet->rows->len;

  while (low < high)
    {
      int middle = (low + high) / 2;

      if (kai_sheet_row (sheet, middle)->number < number)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

void
kai_sheet_spread_merges (KaiImportSheet *sheet)
{
  for (guint i = 0; i < sheet->merges->len; i++)
    {
      const KaiMerge *merge = &g_array_index (sheet->merges, KaiMerge, i);
      int column = merge->first_column;
      int row = find_number (sheet, merge->first_row);
      KaiTextId id;

      if (column >= sheet->n_columns || merge->last_column != column
          || !may_spread (sheet->columns + column) || row >= (int)sheet->rows->len
          || kai_sheet_row (sheet, row)->number != merge->first_row)
        continue;
      id = kai_sheet_cell (sheet, row, column);
      for (row++;
           row < (int)sheet->rows->len && kai_sheet_row (sheet, row)->number <= merge->last_row;
           row++)
        if (!kai_sheet_cell (sheet, row, column))
          *kai_sheet_cell_place (sheet, row, column) = id;
    }
}
