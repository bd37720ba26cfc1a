/* What stands in the lists of schools, courts and hospitals: the words of their headers, their rows of totals and notes, and the ways
 * in which other programs write numbers and files. */
#include "import/kai-import-sheet-private.h"
#include "import/kai-import-sheet.h"
#include "import/kai-workbook.h"
#include "kai-test.h"
#include "values/kai-error.h"

#include <string.h>

/* ---- Words of headers ---- */

static const struct
{
  const char *field, *headers;
} words[] = {
  { "payer", "学生姓名 姓名 *姓名 姓名（必填） 学生名字 名字 学生名称 幼儿姓名 考生姓名 缴款人 "
             "缴费人名称 缴费对象 "
             "缴款人（单位） 交费人 付费人 患者 病人姓名 被执行人 当事人名称 申请人 业主姓名 租户 "
             "商户 缴款单位（个人） "
             "缴费单位名称 学生姓名（全名） 住院病人姓名 企业全称 交款人姓名" },
  { "id", "身份证号 身份证件号码 学生身份证件号 证件号码（身份证） 身份证号（学生） 居民身份证号码 "
          "身份证/信用代码 "
          "公民身份证号 身份证编号 身份证号码（18位） 学生身份证号码 统一社会信用代码（身份证号） "
          "证件编号 学生证件号码 "
          "身份证号/统一社会信用代码 纳税人识别号 学生公民身份号码" },
  { "mobile", "家长手机 监护人电话 家长手机号码（接收短信） 父母联系电话 监护人手机号码 "
              "监护人联系方式 缴费联系电话 手机号 "
              "移动电话 联系人电话 联系人手机 联系人手机号 联系人联系电话 接收手机号 通知手机号 "
              "家庭联系电话 常用手机号 本人手机 "
              "第一监护人电话 家长电话号码 经办人电话 负责人手机 手机（11位） 电话（手机） "
              "法定代表人手机 监护人手机号" },
  { "class", "班级 班别 所属班级 行政班级 就读班级 新班级 班级（新） 教学班 班级名 分班" },
  { "grade", "年级 就读年级 所属年级 现年级" },
  { "student_no", "学号 学生学号 学籍号 全国学籍号 教育ID 考生号" },
  { "item", "项目编码 项目代码 收费项目代码 非税项目编码 执收项目编码（12位） 收费项目编号" },
  { "item_name", "收费项目 项目名称 费用项目 缴费类别 收费类别 收费内容 缴费事项" },
  { "quantity", "数量 数量（个） 缴费数量" },
  { "amount", "金额 应缴金额 应缴（元） 应缴费 本期应缴 收费金额（元） 收费标准 缴费标准 "
              "收费标准（元/学期） 应收费用 "
              "应交金额（元） 应缴学费总额 缴费金额（单位：元） 金额(￥) 本学期应交费用 应收（元） "
              "待缴金额 罚款金额" },
  { "total", "合计 总计 合计（元） 应缴合计 合计应缴 费用合计 总金额（元） 收费合计" },
  { "term", "学期 学年学期 学年 收费学期 所属学期 缴费学年 学年度" },
  { "memo", "备注 备注（选填） 附言" },
  { "late_fee", "滞纳金 滞纳金（元）" },
  { "ignore", "家长姓名 监护人姓名 班主任 班主任电话 性别 出生日期 家庭住址 银行卡号 实缴金额 "
              "已缴金额 已交费用 缴费状态 "
              "座位号 是否住校 民族 监护人身份证号 父亲身份证号 家长身份证号码 学校名称 入学日期 "
              "减免金额 与学生关系 银行账号 "
              "代扣卡号 退费金额 缴费日期 收款单位 家长身份证件号码 母亲姓名 签名 户籍地 未缴金额 "
              "政治面貌 年龄 "
              "监护人身份证件号码 班主任姓名 法定代表人 开票金额 票据号码" },
};

static void
test_words (void)
{
  g_autoptr (GString) wrong = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_auto (GStrv) headers = g_strsplit (words[i].headers, " ", -1);

      for (int k = 0; headers[k]; k++)
        {
          g_autofree char *name = kai_import_clean_header (headers[k], NULL);
          KaiColumnUse use = KAI_COLUMN_IGNORED;
          KaiField field = KAI_N_FIELDS;
          int sure = kai_import_match_name (name, &use, &field);
          const char *found = use == KAI_COLUMN_TOTAL   ? "total"
                              : use == KAI_COLUMN_FIELD ? kai_field_to_string (field)
                                                        : "ignore";

          if (strcmp (found, words[i].field) != 0 || (sure < 50 && use != KAI_COLUMN_IGNORED))
            g_string_append_printf (wrong, "%s is %s and not %s (%d %%)\n", headers[k],
                                    words[i].field, found, sure);
        }
    }
  g_assert_cmpstr (wrong->str, ==, "");
}

/* ---- Lists ---- */

#define FIXED "320600000001"
#define ID_A "110101199003070097"
#define ID_B "11010519491231002X"
#define ROW_A "张三|高一(1)班|" ID_A "|13800138000|" FIXED "|980"
#define ROW_B "李四|高一(1)班|" ID_B "|13800138001|" FIXED "|980"
#define HEADER "姓名|班级|身份证号|手机|项目编码|金额\n"

static KaiBaseData *
make_base (void)
{
  KaiBaseData *base = kai_base_data_new ();
  KaiItem *item = kai_item_new ();

  kai_notice_set (&item->code, FIXED);
  kai_notice_set (&item->name, "普通高中学费");
  kai_notice_set (&item->unit_of_measure, "学期");
  item->standard = KAI_STANDARD_FIXED;
  item->min = item->max = 98000;
  g_ptr_array_add (base->items, item);
  return base;
}

static KaiImportSheet *
read_bytes (const char *bytes, gssize length, GError **error)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "list.csv", NULL);
  g_autoptr (KaiBaseData) base = make_base ();
  KaiImportOptions options = { .kind = KAI_IMPORT_EDUCATION };

  g_assert_true (g_file_set_contents (path, bytes, length, NULL));
  return kai_import_sheet_read (path, &options, base, NULL, error);
}

static KaiImportSheet *
read_list (const char *table)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (table);
  g_autoptr (KaiImportSheet) sheet = NULL;

  g_string_replace (text, "|", ",", 0);
  sheet = read_bytes (text->str, (gssize)text->len, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&sheet);
}

/* One letter a row: d data, t total, n note, h header again. */
static char *
list_kinds (KaiImportSheet *sheet)
{
  static const char letters[] = {
    [KAI_ROW_DATA] = 'd',  [KAI_ROW_BLANK] = 'b',   [KAI_ROW_HEADER] = 'h',
    [KAI_ROW_TOTAL] = 't', [KAI_ROW_EXAMPLE] = 'e', [KAI_ROW_NOTE] = 'n'
  };
  GString *out = g_string_new (NULL);

  for (int row = 0; row < kai_import_sheet_get_n_rows (sheet); row++)
    g_string_append_c (out, letters[kai_import_sheet_get_row_kind (sheet, row)]);
  return g_string_free (out, FALSE);
}

static const struct
{
  const char *table, *kinds;
} aside[] = {
  { HEADER ROW_A "\n高一(1)班小计|||||980\n" ROW_B "\n总计|||||1960\n", "dtdt" },
  { HEADER ROW_A "\n|高一(1)班合计：||||980\n" ROW_B "\n", "dtd" },
  { HEADER ROW_A "\n本班 小 计|||1人||980\n" ROW_B "\n", "dtd" },
  { HEADER ROW_A "\n" ROW_B "\n||||合计|1960\n", "ddt" },
  { HEADER ROW_A "\n全年级共计|2人|||||\n" ROW_B "\n", "dtd" },
  { HEADER ROW_A "\n制表：|李四||审核：||王五\n", "dn" },
  { HEADER ROW_A "\n||说明：请于9月10日前缴清|||\n", "dn" },
  { HEADER ROW_A "\n制表人|王五|审核人|赵六||\n", "dn" },
  { "序号|" HEADER " 示例 |示例学生 |1班||13800138000|" FIXED "|980\n1|" ROW_A "\n", "ed" },
  { "序号|" HEADER "示例|" ROW_A "\n", "d" },
  /* These are nobody's total: they have a number, or the word stands in the middle. */
  { HEADER "合计|高一(1)班|" ID_A "|13800138000|" FIXED "|980\n", "d" },
  { HEADER "小计算|高一(1)班|" ID_A "|13800138000|" FIXED "|980\n", "d" },
};

static void
test_aside (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (aside); i++)
    {
      g_autoptr (KaiImportSheet) sheet = read_list (aside[i].table);
      g_autofree char *kinds = list_kinds (sheet);

      g_test_message ("list %d", (int)i);
      g_assert_cmpstr (kinds, ==, aside[i].kinds);
    }
}

/* A group of columns says whose they are. */
static void
test_groups (void)
{
  g_autoptr (KaiImportSheet) sheet = read_list (
      "学生信息|||监护人信息|||缴费情况|\n姓名|班级|身份证号|姓名|身份证号|手机|项目编码|金额\n"
      "张三|1班|" ID_A "|张大|" ID_B "|13800138000|" FIXED "|980\n");
  static const char *const fields[] = { "payer",  "class",  "id",   "ignore",
                                        "ignore", "mobile", "item", "amount" };

  g_assert_cmpint (kai_import_sheet_get_header_row (sheet), ==, 2);
  for (int i = 0; i < 8; i++)
    {
      KaiImportColumn column = kai_import_sheet_get_column (sheet, i);
      g_autofree char *word = kai_import_column_to_string (&column);

      g_assert_cmpstr (word, ==, fields[i]);
    }
  g_assert_true (kai_import_sheet_set_constant (sheet, KAI_FIELD_TERM, "2026-2027-1", NULL));
  g_assert_true (kai_import_sheet_require_complete (sheet, NULL));
}

/* Classes that stand above their pupils. */
static void
test_sections (void)
{
#define NO_CLASS "姓名|身份证号|手机|项目编码|金额\n"
#define PUPIL(name, id) name "|" id "|13800138000|" FIXED "|980\n"
  static const struct
  {
    const char *table, *kinds, *classes;
  } tables[] = {
    { NO_CLASS "高一(1)班\n" PUPIL ("张三", ID_A) "高一（2）班（1人）\n" PUPIL ("李四", ID_B),
      "ndnd", "高一(1)班 高一(2)班" },
    { "某校名单\n班级：三年级2班 班主任：李老师\n" NO_CLASS PUPIL ("张三", ID_A)
          PUPIL ("李四", ID_B),
      "dd", "三年级2班 三年级2班" },
    { "班级：初一1班\n" NO_CLASS PUPIL ("张三", ID_A) "合计||||980\n初一2班\n" PUPIL ("李四", ID_B),
      "dtnd", "初一1班 初一2班" },
    /* No class: nothing is made up. */
    { "值班表\n" NO_CLASS PUPIL ("张三", ID_A), "d", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      g_autoptr (KaiImportSheet) sheet = read_list (tables[i].table);
      g_autofree char *kinds = list_kinds (sheet);
      g_autoptr (GString) classes = g_string_new (NULL);
      int column = kai_import_sheet_find_column (sheet, KAI_FIELD_CLASS);

      g_test_message ("list %d", (int)i);
      g_assert_cmpstr (kinds, ==, tables[i].kinds);
      g_assert_true ((column >= 0) == (tables[i].classes != NULL));
      for (int row = 0; column >= 0 && row < kai_import_sheet_get_n_rows (sheet); row++)
        if (kinds[row] == 'd')
          g_string_append_printf (classes, "%s%s", classes->len ? " " : "",
                                  kai_import_sheet_get_text (sheet, row, column));
      if (column < 0)
        continue;
      g_assert_cmpstr (classes->str, ==, tables[i].classes);
      g_assert_true (kai_import_sheet_set_constant (sheet, KAI_FIELD_TERM, "2026-2027-1", NULL));
      g_assert_true (kai_import_sheet_check (sheet, NULL, NULL));
      g_assert_cmpint (kai_import_sheet_get_counts (sheet).good, ==, 2);
    }
}

/* ---- Cells ---- */

static const struct
{
  const char *id, *mobile, *problems;
} cells[] = {
  { "'" ID_A, "'13800138000", "" },
  { "‘" ID_A, "`13800138000", "" },
  { " 110101 19900307\u00a00097 ", "138-0013-8000", "" },
  { ID_A, "+86 138 0013 8000", "" },
  { ID_A, "13800138000.0", "" },
  { ID_A, "1.38001E+10", "excel-damaged" },
  { "110101199003070096.0", "13800138000", "excel-damaged" },
  { "1.10101E+17", "13800138000", "excel-damaged" },
  { "110101199003070000", "13800138000", "excel-damaged" },
  { "'110101199003070000", "13800138000", "excel-damaged" },
  { ID_A, "1380013800", "bad-mobile" },
  { ID_A, "138001380001", "bad-mobile" },
  { ID_A, "13800138000/13900139000", "bad-mobile" },
  { ID_A, "无", "bad-mobile" },
  { "13800138000", ID_A, "bad-identity-number bad-mobile" },
};

static void
test_cells (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cells); i++)
    {
      g_autofree char *table =
          g_strdup_printf (HEADER "张三|1班|%s|%s|" FIXED "|980\n", cells[i].id, cells[i].mobile);
      g_autoptr (KaiImportSheet) sheet = read_list (table);
      g_autoptr (GPtrArray) problems = kai_problems_new (), warnings = kai_problems_new ();
      g_autoptr (GString) codes = g_string_new (NULL);

      g_assert_true (kai_import_sheet_set_constant (sheet, KAI_FIELD_TERM, "2026-2027-1", NULL));
      g_assert_true (kai_import_sheet_check (sheet, NULL, NULL));
      kai_import_sheet_list_all (sheet, problems, warnings);
      for (guint k = 0; k < problems->len; k++)
        g_string_append_printf (codes, "%s%s", k ? " " : "",
                                ((KaiProblem *)problems->pdata[k])->code);
      g_test_message ("row %d", (int)i);
      g_assert_cmpstr (codes->str, ==, cells[i].problems);
      /* What is wrong is not also said to be foreign. */
      g_assert_cmpuint (warnings->len, ==, 0);
    }
}

static void
test_names (void)
{
  static const char *const names[][2] = { { "张　三", "张三" },
                                          { " 王 小 明 ", "王小明" },
                                          { "张\u200b三\u00a0", "张三" },
                                          { "欧阳 小明", "欧阳小明" },
                                          { "北京 市 某某公司", "北京 市 某某公司" },
                                          { "John Smith", "John Smith" },
                                          { "阿卜杜拉·买买提", "阿卜杜拉·买买提" } };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *table =
          g_strdup_printf (HEADER "%s|1班|" ID_A "|13800138000|" FIXED "|980\n", names[i][0]);
      g_autoptr (KaiImportSheet) sheet = read_list (table);
      g_autoptr (KaiNotice) notice = NULL;

      g_assert_true (kai_import_sheet_set_constant (sheet, KAI_FIELD_TERM, "2026-2027-1", NULL));
      g_assert_true (kai_import_sheet_check (sheet, NULL, NULL));
      g_assert_cmpint (kai_import_sheet_get_counts (sheet).good, ==, 1);
      notice = kai_import_sheet_build_row (sheet, 0, NULL);
      g_assert_cmpstr (notice->payer_name, ==, names[i][1]);
    }
}

/* What is not plain is asked for. */
static void
test_payer_kinds (void)
{
  static const struct
  {
    const char *id, *name;
    KaiPayerKind kind;
  } payers[] = { { "", "张三", KAI_PAYER_PERSON },
                 { "", "欧阳小明", KAI_PAYER_PERSON },
                 { ID_A, "财政局", KAI_PAYER_PERSON },
                 { "", "财政局", 0 },
                 { "", "县医院", 0 },
                 { "", "市财政局", KAI_PAYER_ORGANISATION },
                 { "", "甲公司", KAI_PAYER_ORGANISATION },
                 { "91350100M000100Y43", "张三", KAI_PAYER_ORGANISATION },
                 { "", "阿卜杜拉·买买提", 0 } };

  for (gsize i = 0; i < G_N_ELEMENTS (payers); i++)
    g_assert_cmpint (kai_sheet_guess_payer_kind (payers[i].id, payers[i].name), ==, payers[i].kind);
}

/* ---- Files ---- */

#define TEXT                                                                                       \
  "姓名,班级,身份证号,手机,项目编码,金额\r\n王一,高一(1)班," ID_A ",13800138000," FIXED ",980\r\n"

/* 一, 开, 最 and 甀 have the zero byte where the ASCII of the other byte order has it. */
static void
test_utf16 (void)
{
  static const char *const encodings[] = { "UTF-16LE", "UTF-16BE" };

  for (gsize i = 0; i < G_N_ELEMENTS (encodings); i++)
    {
      gsize length;
      g_autofree char *bytes = g_convert (TEXT, -1, encodings[i], "UTF-8", NULL, &length, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiImportSheet) sheet = read_bytes (bytes, (gssize)length, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (kai_import_sheet_get_text (sheet, 0, 0), ==, "王一");
      g_assert_cmpstr (kai_import_sheet_get_text (sheet, 0, 1), ==, "高一(1)班");
    }
}

/* A stray carriage return inside a cell moves nothing into the next row; where all lines end with one, it is their end. */
static void
test_line_ends (void)
{
  g_autoptr (KaiImportSheet) sheet = NULL;
  g_autoptr (GString) text = g_string_new (TEXT);

  g_string_replace (text, "高一", "高\r一", 0);
  sheet = read_bytes (text->str, (gssize)text->len, NULL);
  g_assert_cmpint (kai_import_sheet_get_n_rows (sheet), ==, 1);
  g_assert_cmpstr (kai_import_sheet_get_text (sheet, 0, 2), ==, ID_A);
  g_clear_pointer (&sheet, kai_import_sheet_free);
  g_string_assign (text, TEXT);
  g_string_replace (text, "\r\n", "\r", 0);
  sheet = read_bytes (text->str, (gssize)text->len, NULL);
  g_assert_cmpint (kai_import_sheet_get_n_rows (sheet), ==, 1);
}

/* A blank far to the right is no content; what is written there is. */
static void
test_far_right (void)
{
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GString) text = g_string_new (HEADER ROW_A);
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiImportSheet) sheet = NULL;

      g_string_replace (text, "|", ",", 0);
      for (int k = 0; k < 600; k++)
        g_string_append_c (text, ',');
      g_string_append (text, i == 0 ? " \n" : "x\n");
      sheet = read_bytes (text->str, (gssize)text->len, &error);
      g_assert_true ((sheet != NULL) == (i == 0));
      if (i == 1)
        g_assert_nonnull (strstr (error->message, "512"));
    }
}

/* Columns that are nothing to a notice are told in one sentence. */
static void
test_unused (void)
{
  g_autoptr (KaiImportSheet) sheet =
      read_list ("姓名|班级|身份证号|手机|项目编码|金额|性别|民族|住址|班主任\n" ROW_A
                 "|男|汉族|某路|王老师\n");
  g_autoptr (GPtrArray) problems = kai_problems_new (), warnings = kai_problems_new ();
  const KaiProblem *told;

  g_assert_true (kai_import_sheet_set_constant (sheet, KAI_FIELD_TERM, "2026-2027-1", NULL));
  g_assert_true (kai_import_sheet_check (sheet, NULL, NULL));
  kai_import_sheet_list_file (sheet, problems, warnings);
  g_assert_cmpuint (warnings->len, ==, 1);
  told = warnings->pdata[0];
  g_assert_cmpstr (told->code, ==, "unknown-column");
  for (int i = 6; i < 10; i++)
    g_assert_nonnull (strstr (told->message, kai_import_sheet_get_header (sheet, i)));
}

/* Why the amount is missing. */
static void
test_foreign_unit (void)
{
  g_autoptr (KaiImportSheet) sheet =
      read_list ("姓名|班级|身份证号|手机|项目编码|金额（万元）\n张三|1班|" ID_A
                 "|13800138000|" FIXED "|0.098\n");
  g_autoptr (GError) error = NULL;

  g_assert_false (kai_import_sheet_require_complete (sheet, &error));
  g_assert_nonnull (strstr (error->message, "yuan"));
}

/* ---- The ledger ---- */

typedef struct
{
  guint most, all;
} Asked;

static gboolean
on_lookup (GPtrArray *notices, KaiLedgerAnswer *answers, gpointer data, GError **error)
{
  Asked *asked = data;

  asked->most = MAX (asked->most, notices->len);
  asked->all += notices->len;
  for (guint i = 0; i < notices->len; i++)
    g_assert_cmpint (answers[i].state, ==, KAI_LEDGER_NEW);
  return TRUE;
}

/* However long the list is, only some notices are made of it at a time: the whole list has to fit into 100 MB. */
static void
test_asks_in_parts (void)
{
  g_autoptr (GString) table = g_string_new ("学号|" HEADER);
  g_autoptr (KaiImportSheet) sheet = NULL;
  g_autoptr (GError) error = NULL;
  Asked asked = { 0, 0 };

  for (int i = 0; i < 5000; i++)
    g_string_append_printf (table, "S%d|张三|1班||13800138000|" FIXED "|980\n", i);
  g_string_replace (table, "|身份证号", "", 1);
  g_string_replace (table, "||13800138000", "|13800138000", 0);
  sheet = read_list (table->str);
  g_assert_true (kai_import_sheet_set_constant (sheet, KAI_FIELD_TERM, "2026-2027-1", NULL));
  g_assert_true (kai_import_sheet_check (sheet, NULL, NULL));
  g_assert_cmpint (kai_import_sheet_get_counts (sheet).good, ==, 5000);
  kai_import_sheet_set_ledger (sheet, on_lookup, &asked, NULL);
  g_assert_true (kai_import_sheet_ask_ledger (sheet, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (asked.all, ==, 5000);
  g_assert_cmpuint (asked.most, <=, 2048);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/import-lists/words", test_words);
  g_test_add_func ("/import-lists/aside", test_aside);
  g_test_add_func ("/import-lists/groups", test_groups);
  g_test_add_func ("/import-lists/sections", test_sections);
  g_test_add_func ("/import-lists/cells", test_cells);
  g_test_add_func ("/import-lists/names", test_names);
  g_test_add_func ("/import-lists/payer-kinds", test_payer_kinds);
  g_test_add_func ("/import-lists/utf16", test_utf16);
  g_test_add_func ("/import-lists/line-ends", test_line_ends);
  g_test_add_func ("/import-lists/far-right", test_far_right);
  g_test_add_func ("/import-lists/unused", test_unused);
  g_test_add_func ("/import-lists/foreign-unit", test_foreign_unit);
  g_test_add_func ("/import-lists/asks-in-parts", test_asks_in_parts);
  return g_test_run ();
}
