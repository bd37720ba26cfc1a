/* What stands on a form, field by field, and that nothing private does. */
#include "kai-print-private.h"
#include "print-sample.h"

static void
assert_field (const KaiPrintForm *form, const char *name, const char *expected)
{
  g_assert_cmpstr (kai_print_form_get (form, name), ==, expected);
}

static void
test_notice (void)
{
  g_autoptr (KaiNotice) notice = sample_notice (2);
  g_autoptr (KaiPrintForm) form =
      kai_print_form_new_for_notice (notice, sample_unit (), SAMPLE_URL);

  assert_field (form, "payment_code", SAMPLE_CODE);
  assert_field (form, "payment_code_groups", "3206 8421 0100 0538 4867");
  assert_field (form, "check_code", "8K3A");
  assert_field (form, "unit", "南通市海门区第一实验小学");
  assert_field (form, "payer", "𠮷龘㛃");
  assert_field (form, "payer_id_title", "证件号码");
  assert_field (form, "payer_id", "320684********123X");
  assert_field (form, "mobile", "138****5678");
  assert_field (form, "bill_date", "2026年11月21日");
  assert_field (form, "valid_until", "2026年12月01日");
  assert_field (form, "late_fee", "1.00");
  assert_field (form, "amount", "￥201.10");
  assert_field (form, "capitals", "贰佰零壹元壹角整");
  assert_field (form, "account", "1111822609000012345");
  assert_field (form, "remark", "请于开学前缴清");
  assert_field (form, "url", SAMPLE_URL);
  assert_field (form, "mark", "");
  g_assert_cmpuint (kai_print_form_count_rows (form), ==, 2);
  g_assert_cmpstr (kai_print_form_get_cell (form, 1, KAI_PRINT_COLUMN_NAME), ==, "学费");
  g_assert_cmpstr (kai_print_form_get_cell (form, 1, KAI_PRINT_COLUMN_AMOUNT), ==, "100.05");
}

static void
test_states (void)
{
  static const struct
  {
    KaiNoticeState state;
    KaiSyncState sync;
    const char *code;
    const char *check_code;
    const char *mark, *status;
    gboolean payable, hinted;
  } rows[] = {
    { KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, SAMPLE_CODE, "8K3A", "", "", TRUE, FALSE },
    { KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, SAMPLE_CODE, "", "", "", TRUE, FALSE },
    { KAI_NOTICE_UNPAID, KAI_SYNC_DRAFT, "", "", "草稿", "草稿", FALSE, FALSE },
    { KAI_NOTICE_PAID, KAI_SYNC_ACCEPTED, SAMPLE_CODE, "8K3A", "已缴款", "已缴款", FALSE, FALSE },
    { KAI_NOTICE_VOID, KAI_SYNC_SIGNED, SAMPLE_CODE, "", "作废", "作废", FALSE, FALSE },
    { KAI_NOTICE_LAPSED, KAI_SYNC_SIGNED, SAMPLE_CODE, "", "已失效", "已失效", FALSE, FALSE },
    /* The finance server has not said yet that it has it. */
    { KAI_NOTICE_UNPAID, KAI_SYNC_RESERVED, SAMPLE_CODE, "", "", "待上报", TRUE, TRUE },
    { KAI_NOTICE_UNPAID, KAI_SYNC_SIGNED, SAMPLE_CODE, "", "", "待上报", TRUE, TRUE },
    { KAI_NOTICE_UNPAID, KAI_SYNC_SENT, SAMPLE_CODE, "", "", "待上报", TRUE, TRUE },
    { KAI_NOTICE_UNPAID, KAI_SYNC_UNKNOWN, SAMPLE_CODE, "", "", "待上报", TRUE, TRUE },
    { KAI_NOTICE_UNPAID, KAI_SYNC_REFUSED, SAMPLE_CODE, "", "未受理", "未受理", FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (KaiNotice) notice = sample_notice (1);
      g_autoptr (KaiPrintForm) form = NULL;

      notice->state = rows[i].state;
      notice->sync = rows[i].sync;
      kai_notice_set (&notice->check_code, rows[i].check_code);
      kai_notice_set (&notice->payment_code, rows[i].code);
      form = kai_print_form_new_for_notice (notice, NULL, SAMPLE_URL);
      assert_field (form, "mark", rows[i].mark);
      assert_field (form, "status", rows[i].status);
      assert_field (form, "known", rows[i].hinted ? "" : "1");
      g_assert_cmpint (strstr (kai_print_form_get (form, "hint"), "尚未报送") != NULL, ==,
                       rows[i].hinted);
      assert_field (form, "url", rows[i].payable ? SAMPLE_URL : "");
      /* Without the unit's record its code stands in for the name. */
      assert_field (form, "unit", "320684001");
    }
}

static void
test_organisation (void)
{
  g_autoptr (KaiNotice) notice = sample_notice (1);
  g_autoptr (KaiPrintForm) form = NULL;

  notice->payer_kind = KAI_PAYER_ORGANISATION;
  kai_notice_set (&notice->payer_id, "91350100M000100Y43");
  form = kai_print_form_new_for_notice (notice, sample_unit (), NULL);
  assert_field (form, "payer_id", "91350100M000100Y43");
  assert_field (form, "payer_id_title", "统一社会信用代码");
  assert_field (form, "url", "");
}

static void
test_school (void)
{
  g_autoptr (KaiNotice) notice = sample_notice (1);
  g_autoptr (KaiPrintForm) form = NULL;

  kai_notice_set (&notice->grade, "三年级");
  kai_notice_set (&notice->class_name, "2班");
  form = kai_print_form_new_for_notice (notice, sample_unit (), NULL);
  assert_field (form, "remark", "年级：三年级  班级：2班  请于开学前缴清");
}

static void
test_standards (void)
{
  static const struct
  {
    KaiStandardKind kind;
    KaiMoney min, max;
    const char *text;
  } rows[] = {
    { KAI_STANDARD_FIXED, 10005, 0, "100.05" }, { KAI_STANDARD_FIXED, 0, 0, "" },
    { KAI_STANDARD_FREE, 10005, 0, "" },        { KAI_STANDARD_RANGE, 1000, 2000, "10.00–20.00" },
    { KAI_STANDARD_RANGE, 1000, 0, "≥10.00" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (KaiNotice) notice = sample_notice (1);
      KaiNoticeItem *item = g_ptr_array_index (notice->items, 0);
      g_autoptr (KaiPrintForm) form = NULL;

      item->standard = rows[i].kind;
      item->min = rows[i].min;
      item->max = rows[i].max;
      form = kai_print_form_new_for_notice (notice, NULL, NULL);
      g_assert_cmpstr (kai_print_form_get_cell (form, 0, KAI_PRINT_COLUMN_STANDARD), ==,
                       rows[i].text);
    }
}

static void
test_ebill (void)
{
  g_autoptr (KaiEbill) ebill = sample_ebill (3);
  g_autoptr (KaiPrintForm) form = kai_print_form_new_for_ebill (ebill, SAMPLE_URL);
  g_autofree char *capitals = NULL;

  assert_field (form, "bill_name", "江苏省非税收入统一票据（电子）");
  assert_field (form, "bill_code", "32060126");
  assert_field (form, "bill_number", "0000012345");
  assert_field (form, "check_code", "a1B2c3");
  assert_field (form, "payer_id", "320684********123X");
  assert_field (form, "amount", "￥300.15");
  capitals = kai_money_to_capitals (ebill->total);
  assert_field (form, "capitals", capitals);
  assert_field (form, "unit_seal", "南通市海门区第一实验小学");
  assert_field (form, "supervisor_seal", "江苏省财政票据监制章");
  assert_field (form, "reviewer", "李四");
  assert_field (form, "mark", "");
  assert_field (form, "related", "");
}

static void
test_red_ebill (void)
{
  g_autoptr (KaiEbill) ebill = sample_ebill (1);
  g_autoptr (KaiPrintForm) form = NULL;

  kai_notice_set (&ebill->related_code, "32060126");
  kai_notice_set (&ebill->related_number, "0000012344");
  kai_notice_set (&ebill->unit_seal_name, "");
  ebill->total = -10005;
  form = kai_print_form_new_for_ebill (ebill, NULL);
  assert_field (form, "mark", "红字");
  assert_field (form, "related", "红字票据，冲销票据代码 32060126 号码 0000012344");
  assert_field (form, "capitals", "负壹佰元零伍分");
  /* An e-bill that names no seal gets none. */
  assert_field (form, "unit_seal", "");
}

static void
test_hostile_text (void)
{
  g_autoptr (KaiNotice) notice = sample_notice (1);
  g_autofree char *long_memo = g_strnfill (5000, 'x');
  g_autoptr (KaiPrintForm) form = NULL;

  kai_notice_set (&notice->payer_name, "A\nB\tC\x01"
                                       "D\xff"
                                       "E");
  kai_notice_set (&notice->memo, long_memo);
  form = kai_print_form_new_for_notice (notice, NULL, NULL);
  assert_field (form, "payer",
                "A B C D\xef\xbf\xbd"
                "E");
  g_assert_cmpint (g_utf8_strlen (kai_print_form_get (form, "remark"), -1), ==, 1001);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/printing/form/notice", test_notice);
  g_test_add_func ("/printing/form/states", test_states);
  g_test_add_func ("/printing/form/organisation", test_organisation);
  g_test_add_func ("/printing/form/school", test_school);
  g_test_add_func ("/printing/form/standards", test_standards);
  g_test_add_func ("/printing/form/ebill", test_ebill);
  g_test_add_func ("/printing/form/red-ebill", test_red_ebill);
  g_test_add_func ("/printing/form/hostile-text", test_hostile_text);
  return g_test_run ();
}
