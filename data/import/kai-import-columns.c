/* The columns of the fixed workbooks, finding their header row, and reading a single cell without guessing:
 * what a spreadsheet has damaged is refused with a sentence, never repaired. */
#include "import/kai-import-private.h"

#include "values/kai-error.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* ---- Columns: spec, fixed workbooks ---- */

static const KaiColumn notice_columns[] = {
  { KAI_FIELD_SEQUENCE, "序号", FALSE, KAI_EXAMPLE_MARK,
    "序号相同的行为同一张通知书的多个项目；不填则每行一张。" },
  { KAI_FIELD_PAYER, "缴款人全称", TRUE, "示例单位", "个人姓名或单位全称。" },
  { KAI_FIELD_PAYER_KIND, "缴款人类型", TRUE, "单位", "填“个人”或“单位”。" },
  { KAI_FIELD_ID, "证件号码", FALSE, "",
    "个人填18位身份证号，单位填18位统一社会信用代码。必须是文本格式。" },
  { KAI_FIELD_MOBILE, "手机号码", TRUE, "13800138000", "接收缴款短信的手机号，11位。" },
  { KAI_FIELD_ITEM, "项目编码", TRUE, NULL, "12位项目识别码，见“项目”表，可从下拉列表选择。" },
  { KAI_FIELD_ITEM_NAME, "项目名称", FALSE, NULL, "可不填；填了则与编码核对。" },
  { KAI_FIELD_QUANTITY, "数量", TRUE, "1", "正整数。" },
  { KAI_FIELD_AMOUNT, "金额", TRUE, NULL, "该行合计金额（元），最多两位小数，须符合收费标准。" },
  { KAI_FIELD_LATE_FEE, "滞纳金", FALSE, "", "元，没有则不填。" },
  { KAI_FIELD_MEMO, "备注", FALSE, "", "可不填。" },
};

static const KaiColumn education_columns[] = {
  { KAI_FIELD_SEQUENCE, "序号", FALSE, KAI_EXAMPLE_MARK,
    "序号相同的行为同一名学生的多个项目；不填则每行一张。" },
  { KAI_FIELD_PAYER, "学生姓名", TRUE, "示例学生", "与身份证一致。" },
  { KAI_FIELD_ID, "身份证号", TRUE, "320684201003071234", "学生的18位身份证号。必须是文本格式。" },
  { KAI_FIELD_GRADE, "年级", FALSE, "高一", "可不填。" },
  { KAI_FIELD_CLASS, "班级", TRUE, "高一(1)班", "班级名称。" },
  { KAI_FIELD_STUDENT_NO, "学号", FALSE, "", "可不填。必须是文本格式。" },
  { KAI_FIELD_MOBILE, "家长手机号", TRUE, "13800138000", "接收缴款短信的手机号，11位。" },
  { KAI_FIELD_ITEM, "项目编码", TRUE, NULL, "12位项目识别码，见“项目”表，可从下拉列表选择。" },
  { KAI_FIELD_ITEM_NAME, "项目名称", FALSE, NULL, "可不填；填了则与编码核对。" },
  { KAI_FIELD_QUANTITY, "数量", FALSE, "1", "正整数，不填为1。" },
  { KAI_FIELD_AMOUNT, "金额", TRUE, NULL, "该行合计金额（元），最多两位小数，须符合收费标准。" },
  { KAI_FIELD_TERM, "学年学期", TRUE, "2026-2027-1", "如 2026-2027-1。" },
  { KAI_FIELD_MEMO, "备注", FALSE, "", "可不填。" },
};

const KaiColumn *
kai_import_get_columns (KaiImportKind kind, int *n)
{
  *n = kind == KAI_IMPORT_EDUCATION ? G_N_ELEMENTS (education_columns)
                                    : G_N_ELEMENTS (notice_columns);
  return kind == KAI_IMPORT_EDUCATION ? education_columns : notice_columns;
}

const char *
kai_import_get_header (KaiImportKind kind, KaiField field)
{
  int n;
  const KaiColumn *columns = kai_import_get_columns (kind, &n);

  for (int i = 0; i < n; i++)
    if (columns[i].field == field)
      return columns[i].header;
  return columns[1].header;
}

KaiField
kai_import_field_of_key (const char *key, int *item)
{
  static const struct
  {
    const char *key;
    KaiField field;
  } keys[] = {
    { "payer", KAI_FIELD_PAYER },
    { "payer_kind", KAI_FIELD_PAYER_KIND },
    { "id", KAI_FIELD_ID },
    { "mobile", KAI_FIELD_MOBILE },
    { "items", KAI_FIELD_ITEM },
    { "code", KAI_FIELD_ITEM },
    { "quantity", KAI_FIELD_QUANTITY },
    { "amount", KAI_FIELD_AMOUNT },
    { "late_fee", KAI_FIELD_LATE_FEE },
    { "memo", KAI_FIELD_MEMO },
    { "grade", KAI_FIELD_GRADE },
    { "class_name", KAI_FIELD_CLASS },
    { "term", KAI_FIELD_TERM },
    { "student_no", KAI_FIELD_STUDENT_NO },
  };
  const char *end = NULL;

  *item = -1;
  if (g_str_has_prefix (key, "items["))
    {
      *item = (int)g_ascii_strtoll (key + strlen ("items["), NULL, 10);
      end = strstr (key, "].");
      key = end ? end + 2 : "items";
    }
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].key, key) == 0)
      return keys[i].field;
  return KAI_FIELD_PAYER;
}

/* ---- The header row ---- */

void
kai_header_search_init (KaiHeaderSearch *search, int kind)
{
  *search = (KaiHeaderSearch){ .kind = kind };
  search->header.headers = g_ptr_array_new_with_free_func (g_free);
  search->header.unknown = g_ptr_array_new_with_free_func (g_free);
}

void
kai_header_search_clear (KaiHeaderSearch *search)
{
  g_clear_pointer (&search->missing, g_free);
  g_clear_pointer (&search->doubled, g_free);
  g_clear_pointer (&search->header.headers, g_ptr_array_unref);
  g_clear_pointer (&search->header.unknown, g_ptr_array_unref);
}

/* Header without spaces, line breaks and the star that marks what must be filled. */
static char *
clean_header (const KaiCell *cell)
{
  char *text = kai_text_normalise_code (cell->kind == KAI_CELL_TEXT ? cell->text : "");
  gsize length = strlen (text);

  while (length > 0 && text[length - 1] == '*')
    text[--length] = '\0';
  return text[0] == '*' ? (memmove (text, text + 1, length), text) : text;
}

static const KaiColumn *
find_column (KaiImportKind kind, const char *header)
{
  int n;
  const KaiColumn *columns = kai_import_get_columns (kind, &n);

  for (int i = 0; i < n; i++)
    if (strcmp (columns[i].header, header) == 0)
      return columns + i;
  return NULL;
}

/* Fills @search->header as if the row were the header of @kind; returns how many columns are ours. */
static int
match_row (KaiHeaderSearch *search, KaiImportKind kind, const KaiCell *cells, int n)
{
  KaiHeader *header = &search->header;
  int found = 0;

  header->kind = kind;
  header->row = 0;
  g_ptr_array_set_size (header->headers, 0);
  g_ptr_array_set_size (header->unknown, 0);
  g_clear_pointer (&search->doubled, g_free);
  for (int i = 0; i < KAI_N_FIELDS; i++)
    header->columns[i] = -1;
  for (int i = 0; i < n; i++)
    {
      char *text = clean_header (cells + i);
      const KaiColumn *column = find_column (kind, text);

      g_ptr_array_add (header->headers, text);
      if (!column)
        {
          if (*text && strcmp (text, KAI_HEADER_ERROR) != 0)
            g_ptr_array_add (header->unknown, g_strdup (text));
        }
      else if (header->columns[column->field] >= 0)
        {
          if (!search->doubled)
            search->doubled = g_strdup (text);
        }
      else
        {
          header->columns[column->field] = i;
          found++;
        }
    }
  return found;
}

/* Headers of the required columns that are not there, NULL when all are. Caller frees. */
static char *
list_missing (const KaiHeader *header)
{
  int n;
  const KaiColumn *columns = kai_import_get_columns (header->kind, &n);
  g_autoptr (GString) missing = g_string_new (NULL);

  for (int i = 0; i < n; i++)
    if (columns[i].required && header->columns[columns[i].field] < 0)
      g_string_append_printf (missing, "%s%s", missing->len ? "、" : "", columns[i].header);
  return missing->len ? g_string_free (g_steal_pointer (&missing), FALSE) : NULL;
}

gboolean
kai_header_search_row (KaiHeaderSearch *search, int row, const KaiCell *cells, int n)
{
  search->seen++;
  for (int kind = KAI_IMPORT_NOTICES; kind <= KAI_IMPORT_EDUCATION; kind++)
    {
      g_autofree char *missing = NULL;
      int found;

      if (search->kind >= 0 && search->kind != kind)
        continue;
      found = match_row (search, kind, cells, n);
      missing = list_missing (&search->header);
      if (!missing)
        {
          search->header.row = search->doubled ? 0 : row;
          return !search->doubled;
        }
      if (found > search->best)
        {
          search->best = found;
          g_free (search->missing);
          search->missing = g_steal_pointer (&missing);
        }
      g_clear_pointer (&search->doubled, g_free);
    }
  return search->seen < KAI_HEADER_WITHIN;
}

gboolean
kai_header_search_fail (const KaiHeaderSearch *search, GError **error)
{
  if (search->seen == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The sheet is empty. Choose the sheet that holds the list."));
  if (search->doubled)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The column “%s” stands twice in the header row. Delete or rename one "
                             "of them."),
                          search->doubled);
  if (search->best >= 3)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The header row lacks these columns: %s. Use the headers of the "
                             "template exactly."),
                          search->missing);
  return kai_data_fail (
      error, KAI_DATA_ERROR_INVALID,
      _ ("No header row of a fixed workbook stands in the first %d rows: the columns "
         "%s are missing. Copy the list into the template and try again."),
      KAI_HEADER_WITHIN, search->missing ? search->missing : "缴款人全称、学生姓名");
}

/* ---- Rows that are not data ---- */

const KaiCell *
kai_header_get_cell (const KaiHeader *header, KaiField field, const KaiCell *cells, int n)
{
  static const KaiCell empty = { KAI_CELL_EMPTY, "" };
  int column = header->columns[field];

  return column >= 0 && column < n ? cells + column : &empty;
}

static gboolean
is_blank (const KaiCell *cell)
{
  g_autofree char *text = NULL;

  if (cell->kind == KAI_CELL_EMPTY)
    return TRUE;
  if (cell->kind != KAI_CELL_TEXT || g_ascii_isgraph (cell->text[0]))
    return FALSE;
  text = kai_text_normalise_code (cell->text);
  return *text == '\0';
}

gboolean
kai_header_is_blank_row (const KaiHeader *header, const KaiCell *cells, int n)
{
  for (int field = 0; field < KAI_N_FIELDS; field++)
    if (!is_blank (kai_header_get_cell (header, field, cells, n)))
      return FALSE;
  return TRUE;
}

/* "合计", "合计：", "总计(元)", "合计人数": not a payer whose name happens to begin so. */
static gboolean
is_total_word (const char *text)
{
  static const char *const words[] = { "合计", "总计", "小计", "共计" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_has_prefix (text, words[i]))
      {
        const char *rest = text + strlen (words[i]);

        return *rest == '\0' || strchr (":(0123456789", *rest) || g_str_has_prefix (rest, "金额")
               || g_str_has_prefix (rest, "人数");
      }
  return FALSE;
}

gboolean
kai_header_is_total_row (const KaiHeader *header, const KaiCell *cells, int n)
{
  if (!is_blank (kai_header_get_cell (header, KAI_FIELD_ITEM, cells, n)))
    return FALSE;
  for (int i = 0; i < n; i++)
    {
      g_autofree char *text = NULL;

      if (is_blank (cells + i))
        continue;
      text = kai_text_normalise_code (cells[i].text);
      return is_total_word (text);
    }
  return FALSE;
}

gboolean
kai_header_is_example_row (const KaiHeader *header, const KaiCell *cells, int n)
{
  const KaiCell *mark = kai_header_get_cell (header, KAI_FIELD_SEQUENCE, cells, n);
  const KaiCell *payer = kai_header_get_cell (header, KAI_FIELD_PAYER, cells, n);

  /* Both: someone may have typed a real payer over the example and left the mark. */
  if (mark->kind != KAI_CELL_TEXT || payer->kind != KAI_CELL_TEXT
      || strcmp (mark->text, KAI_EXAMPLE_MARK) != 0)
    return FALSE;
  return strcmp (payer->text, "示例单位") == 0 || strcmp (payer->text, "示例学生") == 0;
}
