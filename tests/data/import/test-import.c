/* The fixed workbooks: every row with all its problems, nothing guessed, nothing lost, the same keys every time. */
#include "import/kai-import-sheet.h"
#include "import/kai-import.h"
#include "import/kai-workbook.h"
#include "kai-test.h"
#include "values/kai-error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <xlsxwriter.h>

#define FIXED "320600000001"
#define FREE "320600000002"
#define RANGED "320600000003"
#define CREDIT "91350100M000100Y43"
#define ID_A "110101199003070097"
#define ID_B "11010519491231002X"

static void
add_item (KaiBaseData *base, const char *code, const char *name, KaiStandardKind standard,
          KaiMoney min, KaiMoney max)
{
  KaiItem *item = g_new0 (KaiItem, 1);

  item->code = g_strdup (code);
  item->name = g_strdup (name);
  item->unit_of_measure = g_strdup ("次");
  item->bill_type = g_strdup ("");
  item->standard = standard;
  item->min = min;
  item->max = max;
  g_ptr_array_add (base->items, item);
}

static KaiBaseData *
make_base (void)
{
  KaiBaseData *base = kai_base_data_new ();

  add_item (base, FIXED, "学费", KAI_STANDARD_FIXED, 98000, 98000);
  add_item (base, FREE, "诉讼费", KAI_STANDARD_FREE, 0, 0);
  add_item (base, RANGED, "住宿费", KAI_STANDARD_RANGE, 10000, 50000);
  return base;
}

/* ---- Workbooks from text: rows by "\n", cells by "|"; a cell "n:" number, "d:" date, "b:" boolean, "f:" formula, else text ---- */

static void
write_cell (lxw_worksheet *sheet, int row, int column, const char *cell, lxw_format *date)
{
  if (g_str_has_prefix (cell, "n:"))
    worksheet_write_number (sheet, row, column, g_ascii_strtod (cell + 2, NULL), NULL);
  else if (g_str_has_prefix (cell, "d:"))
    worksheet_write_number (sheet, row, column, g_ascii_strtod (cell + 2, NULL), date);
  else if (g_str_has_prefix (cell, "b:"))
    worksheet_write_boolean (sheet, row, column, cell[2] == '1', NULL);
  else if (*cell)
    worksheet_write_string (sheet, row, column, cell, NULL);
}

static void
write_table (const char *path, const char *table)
{
  lxw_workbook *workbook = workbook_new (path);
  lxw_worksheet *sheet = workbook_add_worksheet (workbook, NULL);
  lxw_format *date = workbook_add_format (workbook);
  g_auto (GStrv) rows = g_strsplit (table, "\n", -1);

  format_set_num_format (date, "yyyy-mm-dd");
  for (int i = 0; rows[i]; i++)
    {
      g_auto (GStrv) cells = g_strsplit (rows[i], "|", -1);

      for (int k = 0; cells[k]; k++)
        write_cell (sheet, i, k, cells[k], date);
    }
  g_assert_cmpint (workbook_close (workbook), ==, LXW_NO_ERROR);
}

/* "row header code" of each, by ";" */
static char *
list_problems (GPtrArray *problems)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < problems->len; i++)
    {
      const KaiProblem *problem = problems->pdata[i];

      g_string_append_printf (out, "%s%d %s %s", i ? "; " : "", problem->row, problem->field,
                              problem->code);
      g_assert_cmpuint (strlen (problem->message), >, 10);
    }
  return g_string_free (out, FALSE);
}

#define NOTICES                                                                                    \
  "序号|缴款人全称|缴款人类型|证件号码|手机号码|项目编码|项目名称|数量|金额|滞纳金|备注\n"
#define EDUCATION                                                                                  \
  "序号|学生姓名|身份证号|年级|班级|学号|家长手机号|项目编码|项目名称|数量|金额|学年学期|备注\n"
#define STUDENT(id) "|张三|" id "|高一|高一(1)班||13800138000|" FIXED "||n:1|n:980|2026-2027-1|"

/* A list that was read and checked, with all that there is to say of it. */
typedef struct
{
  KaiImportSheet *sheet;
  GPtrArray *problems, *warnings, *notices;
  KaiImportCounts counts;
} Checked;

static void
checked_free (Checked *checked)
{
  if (!checked)
    return;
  kai_import_sheet_free (checked->sheet);
  g_ptr_array_unref (checked->problems);
  g_ptr_array_unref (checked->warnings);
  g_clear_pointer (&checked->notices, g_ptr_array_unref);
  g_free (checked);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Checked, checked_free)

static Checked *
check_file (const char *path, int kind, int number, const KaiBaseData *base, GError **error)
{
  KaiImportOptions options = { .kind = kind, .sheet = number };
  g_autoptr (KaiImportSheet) sheet = kai_import_sheet_read (path, &options, base, NULL, error);
  Checked *checked;

  if (!sheet || !kai_import_sheet_require_complete (sheet, error)
      || !kai_import_sheet_check (sheet, NULL, error))
    return NULL;
  checked = g_new0 (Checked, 1);
  checked->problems = kai_problems_new ();
  checked->warnings = kai_problems_new ();
  kai_import_sheet_list_all (sheet, checked->problems, checked->warnings);
  checked->notices = kai_import_sheet_build_notices (sheet, 0, FALSE, NULL);
  checked->counts = kai_import_sheet_get_counts (sheet);
  checked->sheet = g_steal_pointer (&sheet);
  return checked;
}

typedef struct
{
  const char *name;
  const char *table;
  int rows, bad, notices;
  const char *problems;
  const char *warnings;
} Case;

static const Case cases[] = {
  { "good", NOTICES "1|甲公司|单位|" CREDIT "|13800138000|" FIXED "|学费|n:2|n:1960|n:1.5|备", 1, 0,
    1, "", "" },
  { "text-numbers", NOTICES "1|张三|个人||１３８００１３８０００|" FIXED "|学费|２|￥1,960.00||", 1,
    0, 1, "", "" },
  { "number-phone", NOTICES "n:1|张三|个人||n:13800138000|n:320600000001||n:1|n:980||", 1, 0, 1, "",
    "" },
  { "float-amount", NOTICES "|张三|个人||13800138000|" FREE "||n:1|n:0.30000000000000004||", 1, 0,
    1, "", "" },
  { "three-decimals", NOTICES "|张三|个人||13800138000|" FREE "||n:1|n:12.345||", 1, 1, 0,
    "2 金额 bad-amount", "" },
  { "negative-fen", NOTICES "|张三|个人||13800138000|" FIXED "||n:1|n:-0.01||", 1, 1, 0,
    "2 金额 bad-amount", "" },
  { "order-and-titles",
    "某某学校收费表\n\n制表日期|2026\n备注|金额*|数量|项目编码*|手机号码|缴款人类型|缴款人 "
    "全称\n|n:980|n:1|" FIXED "|13800138000|个人|张三",
    1, 0, 1, "", "" },
  { "blank-total-rows",
    NOTICES "1|张三|个人||13800138000|" FIXED
            "||n:1|n:980||\n \n|合 计：||||||n:1|n:980||\n总计|||||||n:1|n:980",
    1, 0, 1, "", "" },
  { "payer-named-total", NOTICES "|总计科技公司|单位||13800138000|||n:1|n:980||", 1, 1, 0,
    "2 项目编码 missing; 2 证件号码 missing", "" },
  { "all-at-once", NOTICES "|||x|123|999|名|0|abc|-1|", 1, 1, 0,
    "2 缴款人全称 missing; 2 缴款人类型 missing; 2 数量 bad-quantity; 2 金额 bad-amount; "
    "2 滞纳金 bad-amount; 2 手机号码 bad-mobile; 2 项目编码 unknown-item",
    "" },
  { "bad-kind", NOTICES "|张三|人|" ID_A "|13800138000|" FIXED "||n:1|n:980||", 1, 1, 0,
    "2 缴款人类型 bad-kind", "" },
  { "fraction-quantity", NOTICES "|张三|个人||13800138000|" FIXED "||n:1.5|n:980||", 1, 1, 0,
    "2 数量 bad-quantity", "" },
  { "outside-standard", NOTICES "|张三|个人||13800138000|" RANGED "||n:1|n:99.99||", 1, 1, 0,
    "2 金额 outside-standard", "" },
  { "several-items",
    NOTICES "7|张三|个人||13800138000|" FIXED "||n:1|n:980|n:1|\n8|李四|个人||13800138001|" FIXED
            "||n:1|n:980||\n7|张三|个人||13800138000|" RANGED "||n:1|n:200|n:2|",
    3, 0, 2, "", "" },
  { "several-items-one-bad",
    NOTICES "7|张三|个人||13800138000|" FIXED "||n:1|n:980||\n8|李四|个人||13800138001|" FIXED
            "||n:1|n:980||\n7|张三|个人||13800138000|" RANGED "||n:1|n:900||",
    3, 2, 1, "2 序号 same-notice; 4 金额 outside-standard", "" },
  { "payer-differs",
    NOTICES "7|张三|个人||13800138000|" FIXED "||n:1|n:980||\n7|李四|个人||13800138001|" RANGED
            "||n:1|n:200||",
    2, 2, 0, "2 序号 same-notice; 3 缴款人全称 payer-differs; 3 手机号码 payer-differs", "" },
  { "item-name", NOTICES "|张三|个人||13800138000|" FIXED "|住宿费|n:1|n:980||", 1, 0, 1, "",
    "2 项目名称 item-name" },
  { "unknown-column",
    "错误|我的列|学生姓名|身份证号|班级|家长手机号|项目编码|金额|学年学期\nx|y|张三|" ID_A
    "|1班|13800138000|" FIXED "|980|1",
    1, 0, 1, "", "1 我的列 unknown-column" },
  { "student", EDUCATION STUDENT (ID_A), 1, 0, 1, "", "" },
  { "student-twice", EDUCATION STUDENT (ID_A) "\n" STUDENT (ID_B) "\n" STUDENT (ID_A), 3, 1, 2,
    "4 身份证号 duplicate-row", "" },
  { "identity-number-cell", EDUCATION STUDENT ("n:110101199003070097"), 1, 1, 0,
    "2 身份证号 excel-damaged", "" },
  { "identity-exponent", EDUCATION STUDENT ("1.1010119900307E+17"), 1, 1, 0,
    "2 身份证号 excel-damaged", "" },
  { "identity-zeros", EDUCATION STUDENT ("110101199003070000"), 1, 1, 0, "2 身份证号 excel-damaged",
    "" },
  { "identity-check-digit", EDUCATION STUDENT ("110101199003070098"), 1, 1, 0,
    "2 身份证号 bad-check-digit", "" },
  { "phone-damaged", NOTICES "|张三|个人||n:1380013800|" FIXED "||n:1|n:980||", 1, 1, 0,
    "2 手机号码 excel-damaged", "" },
  { "phone-exponent", NOTICES "|张三|个人||1.38E+10|" FIXED "||n:1|n:980||", 1, 1, 0,
    "2 手机号码 excel-damaged", "" },
  { "student-numbers",
    EDUCATION "|甲|" ID_A "||1班|n:20260001|13800138000|" FIXED "|||n:980|1|\n|乙|" ID_B
              "||1班|n:20263206840000123|13800138001|" FIXED "|||n:980|1|",
    2, 1, 1, "3 学号 excel-damaged", "2 学号 number-cell" },
  { "class-became-date", EDUCATION "|甲|" ID_A "||d:46266||13800138000|" FIXED "||n:1|n:980|1|", 1,
    1, 0, "2 班级 excel-damaged", "" },
  { "errors-and-booleans", EDUCATION "|甲|" ID_A "||#N/A||13800138000|" FIXED "||n:1|n:980|b:1|", 1,
    1, 0, "2 班级 cell-error; 2 学年学期 bad-cell", "" },
  { "example-over-typed",
    NOTICES "示例|示例单位|单位|x|y|z||||\n示例|张三|个人||13800138000|" FIXED "||n:1|n:980||", 1,
    0, 1, "", "" },
  { "no-rows", EDUCATION, 0, 0, 0, "", "1  no-rows" },
};

static void
test_case (gconstpointer data)
{
  const Case *row = data;
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "list.xlsx", NULL);
  g_autoptr (KaiBaseData) base = make_base ();
  g_autoptr (GError) error = NULL;
  g_autoptr (Checked) import = NULL;
  g_autofree char *problems = NULL, *warnings = NULL;

  write_table (path, row->table);
  import = check_file (path, -1, 0, base, &error);
  g_assert_no_error (error);
  problems = list_problems (import->problems);
  warnings = list_problems (import->warnings);
  g_assert_cmpstr (problems, ==, row->problems);
  g_assert_cmpstr (warnings, ==, row->warnings);
  g_assert_cmpint (import->counts.rows, ==, row->rows);
  g_assert_cmpint (import->counts.bad, ==, row->bad);
  g_assert_cmpint (import->counts.good, ==, row->rows - row->bad);
  g_assert_cmpuint ((guint)import->counts.bad, ==, row->bad);
  g_assert_cmpuint (import->notices->len, ==, row->notices);
}

static Checked *
read_table (const char *table, int kind, int sheet, GError **error)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "list.xlsx", NULL);
  g_autoptr (KaiBaseData) base = make_base ();

  write_table (path, table);
  return check_file (path, kind, sheet, base, error);
}

/* ---- What a good row becomes ---- */

static void
test_fields (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Checked) import =
      read_table (EDUCATION "|张 𠮷|" ID_B "|高一|高一(1)班|S1|13800138000|" FIXED
                            "|学费||n:980|2026-2027-1|备|",
                  -1, 0, &error);
  const KaiNotice *notice;
  const KaiNoticeItem *item;

  g_assert_no_error (error);
  g_assert_cmpint (kai_import_sheet_get_kind (import->sheet), ==, KAI_IMPORT_EDUCATION);
  g_assert_cmpuint (import->notices->len, ==, 1);
  notice = import->notices->pdata[0];
  item = notice->items->pdata[0];
  g_assert_cmpint (notice->payer_kind, ==, KAI_PAYER_PERSON);
  g_assert_cmpstr (notice->payer_name, ==, "张𠮷");
  g_assert_cmpstr (notice->payer_id, ==, ID_B);
  g_assert_cmpstr (notice->mobile, ==, "13800138000");
  g_assert_cmpstr (notice->grade, ==, "高一");
  g_assert_cmpstr (notice->class_name, ==, "高一(1)班");
  g_assert_cmpstr (notice->student_no, ==, "S1");
  g_assert_cmpstr (notice->term, ==, "2026-2027-1");
  g_assert_cmpstr (notice->memo, ==, "备");
  g_assert_cmpint (item->quantity, ==, 1);
  g_assert_cmpint (item->amount, ==, 98000);
  g_assert_cmpint (notice->amount, ==, 98000);
  g_assert_cmpuint (strlen (notice->row_key), ==, 64);
}

static void
test_group_sums (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Checked) import = read_table (cases[13].table, -1, 0, &error);
  const KaiNotice *notice;

  g_assert_no_error (error);
  g_assert_cmpstr (cases[13].name, ==, "several-items");
  notice = import->notices->pdata[0];
  g_assert_cmpuint (notice->items->len, ==, 2);
  g_assert_cmpint (notice->late_fee, ==, 300);
  g_assert_cmpint (notice->amount, ==, 98000 + 20000 + 300);
}

/* ---- Row keys ---- */

#define ROW(n, name) n "|" name "|个人||13800138000|" FIXED "||n:1|n:980||"

static char *
key (const Checked *import, guint i)
{
  g_assert_cmpuint (i, <, import->notices->len);
  return ((KaiNotice *)import->notices->pdata[i])->row_key;
}

static void
test_row_keys (void)
{
  g_autoptr (Checked) first =
      read_table (NOTICES ROW ("1", "甲") "\n" ROW ("2", "乙") "\n" ROW ("3", "甲"), -1, 0, NULL);
  g_autoptr (Checked) again =
      read_table ("题\n" NOTICES ROW ("5", "乙") "\n" ROW ("9", "甲") "\n" ROW (
                      "6", " 甲 ") "\n" ROW ("1", "丙"),
                  -1, 0, NULL);

  g_assert_cmpstr (key (first, 0), !=, key (first, 1));
  g_assert_cmpstr (key (first, 0), !=, key (first, 2));
  /* Moved, renumbered, with spaces around: the same rows. */
  g_assert_cmpstr (key (again, 0), ==, key (first, 1));
  g_assert_cmpstr (key (again, 1), ==, key (first, 0));
  g_assert_cmpstr (key (again, 2), ==, key (first, 2));
  g_assert_cmpstr (key (again, 3), !=, key (first, 1));
}

/* ---- Wrong workbooks ---- */

#define TEN "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"

static const struct
{
  const char *table;
  int kind, sheet;
  const char *word;
} wrong[] = {
  { "", -1, 0, "empty" },
  { "a|b\n1|2", -1, 0, "No header row" },
  { "序号|缴款人全称|缴款人类型|手机号码\n1|x|y|z", -1, 0, "项目编码、金额" },
  { NOTICES ROW ("1", "甲"), KAI_IMPORT_EDUCATION, 0, "班级、学年学期" },
  { NOTICES ROW ("1", "甲"), -1, 2, "no sheet 2" },
  { NOTICES ROW ("1", "甲"), -1, -1, "no sheet" },
  { "金额|" NOTICES ROW ("n:1|1", "甲"), -1, 0, "twice" },
  { TEN TEN TEN NOTICES ROW ("1", "甲"), -1, 0, "No header row" },
};

static void
test_wrong (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Checked) import =
          read_table (wrong[i].table, wrong[i].kind, wrong[i].sheet, &error);

      g_assert_null (import);
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
      if (!strstr (error->message, wrong[i].word))
        g_error ("row %d: %s", (int)i, error->message);
    }
}

/* ---- The template: opens empty, filled in it is read ---- */

static void
test_template (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "t.xlsx", NULL);
  g_autoptr (KaiBaseData) base = make_base ();

  for (int kind = KAI_IMPORT_NOTICES; kind <= KAI_IMPORT_EDUCATION; kind++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Checked) import = NULL;
      g_autoptr (KaiWorkbook) workbook = NULL;
      g_autofree char *warnings = NULL;

      g_assert_true (kai_import_write_template (kind, base, path, &error));
      g_assert_no_error (error);
      import = check_file (path, -1, 0, base, &error);
      g_assert_no_error (error);
      g_assert_cmpint (kai_import_sheet_get_kind (import->sheet), ==, kind);
      g_assert_cmpint (import->counts.rows, ==, 0);
      warnings = list_problems (import->warnings);
      g_assert_cmpstr (warnings, ==, "1  no-rows");
      workbook = kai_workbook_open (path, &error);
      g_assert_cmpint (kai_workbook_get_n_sheets (workbook), ==, 3);
      g_assert_cmpstr (kai_workbook_get_sheet_name (workbook, 1), ==, "项目");
      g_assert_cmpstr (kai_workbook_get_sheet_name (workbook, 2), ==, "说明");
    }
}

static void
test_template_unwritable (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (KaiBaseData) base = make_base ();
  g_autofree char *nowhere = g_build_filename (dir, "no", "t.xlsx", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (kai_import_write_template (KAI_IMPORT_NOTICES, base, nowhere, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_assert_false (kai_import_write_template (KAI_IMPORT_NOTICES, base, dir, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_READ_ONLY);
}

/* ---- Bad rows: written as they were, refused again as they were, accepted when mended ---- */

static void
test_errors (void)
{
  static const char table[] =
      "我的|" EDUCATION
      "x|" STUDENT (ID_A) "\ny|1|甲|n:110101199003070097|高一|1班|S|13800138000|" FIXED
                          "||n:1|n:980|1|\nz|2|乙|" ID_B
                          "|d:46266|d:46266|n:7|123|999||n:x|#N/A|b:1|m";
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "list.xlsx", NULL);
  g_autofree char *out = g_build_filename (dir, "errors.xlsx", NULL);
  g_autofree char *problems = NULL, *again_problems = NULL;
  g_autoptr (KaiBaseData) base = make_base ();
  g_autoptr (GError) error = NULL;
  g_autoptr (Checked) import = NULL, again = NULL;

  write_table (path, table);
  import = check_file (path, -1, 0, base, &error);
  g_assert_no_error (error);
  g_assert_cmpint (import->counts.bad, ==, 2);
  g_assert_true (kai_import_sheet_write_bad (import->sheet, "20261121-a", out, &error));
  g_assert_no_error (error);
  again = check_file (out, -1, 0, base, &error);
  g_assert_no_error (error);
  g_assert_cmpint (again->counts.rows, ==, 2);
  g_assert_cmpint (again->counts.bad, ==, 2);
  /* Every problem is there again, one row higher. */
  for (guint i = 0; i < import->problems->len; i++)
    ((KaiProblem *)import->problems->pdata[i])->row--;
  problems = list_problems (import->problems);
  again_problems = list_problems (again->problems);
  g_assert_cmpstr (problems, ==, again_problems);
  g_assert_nonnull (strstr (problems, "3 年级 excel-damaged"));
  g_assert_cmpstr (kai_import_sheet_get_origin (again->sheet), ==, "20261121-a");
  g_assert_cmpstr (kai_import_sheet_get_origin (import->sheet), ==, "");
}

static gboolean
take_reasons (int row, const KaiCell *cells, int n, gpointer data)
{
  if (row > 1)
    g_string_append_printf (data, "%d %s\n", n, cells[n - 2].text);
  else
    g_assert_cmpstr (cells[n - 2].text, ==, "错误");
  return TRUE;
}

static void
test_reasons (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "list.xlsx", NULL);
  g_autofree char *out = g_build_filename (dir, "errors.xlsx", NULL);
  g_autoptr (KaiBaseData) base = make_base ();
  g_autoptr (GString) reasons = g_string_new (NULL);
  g_autoptr (Checked) import = NULL;
  g_autoptr (KaiWorkbook) workbook = NULL;

  write_table (path, NOTICES ROW ("1", "甲") "\n2||个人||13800138000|" FIXED "||n:1|n:1||");
  import = check_file (path, -1, 0, base, NULL);
  g_assert_true (kai_import_sheet_write_bad (import->sheet, "20261121-a", out, NULL));
  workbook = kai_workbook_open (out, NULL);
  g_assert_true (kai_workbook_read (workbook, 0, take_reasons, reasons, NULL, NULL));
  g_assert_true (g_str_has_prefix (reasons->str, "13 缴款人全称: "));
  g_assert_nonnull (strstr (reasons->str, "金额: "));
  g_assert_null (strstr (reasons->str, "ROW"));
}

/* ---- Rows written by a program are read back ---- */

static void
test_write_rows (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "rows.xlsx", NULL);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  g_autoptr (KaiBaseData) base = make_base ();
  g_autoptr (Checked) import = NULL;

  for (int i = 0; i < 1000; i++)
    {
      char *row[] = { g_strdup_printf ("%d", i),
                      g_strdup_printf ("𠮷%d", i),
                      (char *)"个人",
                      (char *)"",
                      g_strdup_printf ("139%08d", i),
                      (char *)RANGED,
                      (char *)"",
                      (char *)"2",
                      (char *)"300.50",
                      (char *)"",
                      (char *)"",
                      NULL };

      g_ptr_array_add (rows, g_strdupv (row));
      g_free (row[0]);
      g_free (row[1]);
      g_free (row[4]);
    }
  g_assert_true (kai_import_write_rows (KAI_IMPORT_NOTICES, rows, path, NULL));
  import = check_file (path, KAI_IMPORT_NOTICES, 1, base, NULL);
  g_assert_cmpint (import->counts.good, ==, 1000);
  g_assert_cmpstr (((KaiNotice *)import->notices->pdata[999])->payer_name, ==, "𠮷999");
  g_assert_cmpint (((KaiNotice *)import->notices->pdata[999])->amount, ==, 30050);
}

static void
test_kinds (void)
{
  KaiImportKind kind;

  g_assert_true (kai_import_kind_parse ("education", &kind));
  g_assert_cmpint (kind, ==, KAI_IMPORT_EDUCATION);
  g_assert_true (kai_import_kind_parse ("notices", &kind));
  g_assert_cmpstr (kai_import_kind_to_string (kind), ==, "notices");
  g_assert_false (kai_import_kind_parse ("", &kind));
  g_assert_false (kai_import_kind_parse (NULL, &kind));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strdup_printf ("/import/case/%s", cases[i].name);

      g_test_add_data_func (name, &cases[i], test_case);
    }
  g_test_add_func ("/import/fields", test_fields);
  g_test_add_func ("/import/group-sums", test_group_sums);
  g_test_add_func ("/import/row-keys", test_row_keys);
  g_test_add_func ("/import/wrong", test_wrong);
  g_test_add_func ("/import/template", test_template);
  g_test_add_func ("/import/template-unwritable", test_template_unwritable);
  g_test_add_func ("/import/errors", test_errors);
  g_test_add_func ("/import/reasons", test_reasons);
  g_test_add_func ("/import/write-rows", test_write_rows);
  g_test_add_func ("/import/kinds", test_kinds);
  return g_test_run ();
}
