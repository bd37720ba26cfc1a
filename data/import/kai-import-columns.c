/* The columns of the fixed workbooks. */
#include "import/kai-import-private.h"

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

const char *
kai_import_kind_to_string (KaiImportKind kind)
{
  return kind == KAI_IMPORT_EDUCATION ? "education" : "notices";
}

gboolean
kai_import_kind_parse (const char *word, KaiImportKind *out)
{
  for (KaiImportKind kind = KAI_IMPORT_NOTICES; kind <= KAI_IMPORT_EDUCATION; kind++)
    if (g_strcmp0 (word, kai_import_kind_to_string (kind)) == 0)
      {
        *out = kind;
        return TRUE;
      }
  return FALSE;
}

const KaiColumn *
kai_import_get_columns (KaiImportKind kind, int *n)
{
  *n = kind == KAI_IMPORT_EDUCATION ? G_N_ELEMENTS (education_columns)
                                    : G_N_ELEMENTS (notice_columns);
  return kind == KAI_IMPORT_EDUCATION ? education_columns : notice_columns;
}

static const char *
find_header (KaiImportKind kind, KaiField field)
{
  int n;
  const KaiColumn *columns = kai_import_get_columns (kind, &n);

  for (int i = 0; i < n; i++)
    if (columns[i].field == field)
      return columns[i].header;
  return NULL;
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

const char *
kai_field_get_header (KaiImportKind kind, KaiField field)
{
  const char *header = find_header (kind, field);

  return header ? header : find_header (1 - kind, field);
}

gboolean
kai_field_is_known (KaiImportKind kind, KaiField field)
{
  return find_header (kind, field) != NULL;
}

gboolean
kai_field_is_required (KaiImportKind kind, KaiField field)
{
  int n;
  const KaiColumn *columns = kai_import_get_columns (kind, &n);

  for (int i = 0; i < n; i++)
    if (columns[i].field == field)
      return columns[i].required;
  return FALSE;
}
