/* The notice record: copies, counts of references, words, sum, item list; and the e-bill record. */
#include "model/kai-ebill.h"

#include <string.h>

static KaiNotice *
make_notice (void)
{
  KaiNotice *notice = kai_notice_new ();
  KaiNoticeItem *item = kai_notice_add_item (notice, "320600000001", 2, 200);

  kai_notice_set (&item->name, "培训费");
  kai_notice_set (&item->unit_of_measure, "次");
  item->standard = KAI_STANDARD_FREE;
  kai_notice_set (&notice->payer_name, "张三");
  return notice;
}

static void
test_new (void)
{
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  g_autoptr (KaiEbill) ebill = kai_ebill_new ();

  g_assert_cmpstr (notice->payment_code, ==, "");
  g_assert_cmpstr (notice->ebill_number, ==, "");
  g_assert_cmpint (notice->payer_kind, ==, KAI_PAYER_PERSON);
  g_assert_cmpint (notice->state, ==, KAI_NOTICE_UNPAID);
  g_assert_cmpint (notice->sync, ==, KAI_SYNC_DRAFT);
  g_assert_cmpuint (notice->items->len, ==, 0);
  g_assert_cmpstr (ebill->code, ==, "");
  g_assert_cmpstr (ebill->supervisor_seal_hash, ==, "");
  g_assert_cmpuint (ebill->items->len, ==, 0);
}

static void
test_references (void)
{
  KaiNotice *notice = kai_notice_new ();
  g_autoptr (GPtrArray) notices = kai_notices_new ();

  g_ptr_array_add (notices, kai_notice_ref (notice));
  kai_notice_unref (notice);
  g_assert_true (g_ptr_array_index (notices, 0) == notice);
  g_assert_cmpstr (notice->memo, ==, "");
  kai_notice_unref (NULL);
}

static void
test_copy (void)
{
  g_autoptr (KaiNotice) notice = make_notice ();
  g_autoptr (KaiNotice) copy = kai_notice_copy (notice);
  KaiNoticeItem *item = g_ptr_array_index (copy->items, 0);

  kai_notice_set (&item->name, "other");
  kai_notice_set (&copy->payer_name, "other");
  kai_notice_add_item (copy, "320600000002", 1, 1);
  g_assert_cmpstr (notice->payer_name, ==, "张三");
  g_assert_cmpuint (notice->items->len, ==, 1);
  item = g_ptr_array_index (notice->items, 0);
  g_assert_cmpstr (item->name, ==, "培训费");
}

static void
test_set (void)
{
  g_autofree char *field = g_strdup ("  abc");

  kai_notice_set (&field, field + 2);
  g_assert_cmpstr (field, ==, "abc");
  kai_notice_set (&field, NULL);
  g_assert_cmpstr (field, ==, "");
}

static void
test_sum (void)
{
  g_autoptr (KaiNotice) notice = make_notice ();

  kai_notice_add_item (notice, "320600000002", 1, 1234);
  notice->late_fee = 66;
  g_assert_true (kai_notice_sum (notice));
  g_assert_cmpint (notice->amount, ==, 1500);
  kai_notice_add_item (notice, "320600000002", 1, KAI_MONEY_MAX);
  g_assert_false (kai_notice_sum (notice));
  g_assert_cmpint (notice->amount, ==, 1500);
}

/* ---- Words ---- */

static void
test_words (void)
{
  KaiNoticeState state;
  KaiSyncState sync;
  KaiPayerKind kind;

  for (KaiNoticeState s = KAI_NOTICE_UNPAID; s <= KAI_NOTICE_LAPSED; s++)
    {
      g_assert_true (kai_notice_state_parse (kai_notice_state_to_string (s), &state));
      g_assert_cmpint (state, ==, s);
      g_assert_cmpuint (strlen (kai_notice_state_label (s)), >, 0);
    }
  for (KaiSyncState s = KAI_SYNC_DRAFT; s <= KAI_SYNC_UNKNOWN; s++)
    {
      g_assert_true (kai_sync_state_parse (kai_sync_state_to_string (s), &sync));
      g_assert_cmpint (sync, ==, s);
      g_assert_cmpuint (strlen (kai_sync_state_label (s)), >, 0);
    }
  g_assert_true (kai_payer_kind_parse ("organisation", &kind));
  g_assert_cmpint (kind, ==, KAI_PAYER_ORGANISATION);
  g_assert_cmpstr (kai_payer_kind_to_string (KAI_PAYER_PERSON), ==, "person");
  g_assert_cmpstr (kai_notice_state_to_string (KAI_NOTICE_LAPSED), ==, "lapsed");
  g_assert_cmpstr (kai_sync_state_to_string (KAI_SYNC_REFUSED), ==, "refused");

  g_assert_false (kai_notice_state_parse ("Paid", &state));
  g_assert_false (kai_notice_state_parse (NULL, &state));
  g_assert_false (kai_sync_state_parse ("", &sync));
  g_assert_false (kai_payer_kind_parse ("company", &kind));
}

static void
test_channels (void)
{
  g_assert_cmpstr (kai_pay_channel_label (0), ==, "");
  g_assert_cmpstr (kai_pay_channel_label (1), ==, "Bank counter");
  g_assert_cmpstr (kai_pay_channel_label (6), ==, "Bank transfer");
  g_assert_cmpstr (kai_pay_channel_label (7), ==, "Other channel");
  g_assert_cmpstr (kai_pay_channel_label (-1), ==, "Other channel");
  g_assert_cmpstr (kai_pay_channel_label (99), ==, "Other channel");
}

/* ---- Item list ---- */

static void
test_pay_info_example (void)
{
  g_autoptr (KaiNotice) notice = make_notice ();
  g_autofree char *text = kai_notice_build_pay_info (notice, "|");

  g_assert_cmpstr (text, ==, "320600000001|培训费|2.00|次|2|无限制|0.00-0.00#");
}

static void
test_pay_info_kinds (void)
{
  g_autoptr (KaiNotice) notice = make_notice ();
  g_autofree char *text = NULL;
  KaiNoticeItem *item = kai_notice_add_item (notice, "320600000002", 3, 3000);

  item->standard = KAI_STANDARD_FIXED;
  item->min = item->max = 1000;
  item = kai_notice_add_item (notice, "320600000003", 1, 750);
  item->standard = KAI_STANDARD_RANGE;
  item->min = 500;
  item->max = 2000;
  text = kai_notice_build_pay_info (notice, "^");
  g_assert_cmpstr (text, ==,
                   "320600000001^培训费^2.00^次^2^无限制^0.00-0.00#"
                   "320600000002^^30.00^^3^固定标准^10.00#"
                   "320600000003^^7.50^^1^区间标准^5.00-20.00#");
}

/* A name can never make a field or an item of its own. */
static void
test_pay_info_marks (void)
{
  g_autoptr (KaiNotice) notice = make_notice ();
  KaiNoticeItem *item = g_ptr_array_index (notice->items, 0);
  g_autofree char *text = NULL;

  kai_notice_set (&item->name, "a|b#c");
  text = kai_notice_build_pay_info (notice, "|");
  g_assert_cmpstr (text, ==, "320600000001|a｜b＃c|2.00|次|2|无限制|0.00-0.00#");
}

static void
test_pay_info_empty (void)
{
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  g_autofree char *text = kai_notice_build_pay_info (notice, "|");

  g_assert_cmpstr (text, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notice/new", test_new);
  g_test_add_func ("/notice/references", test_references);
  g_test_add_func ("/notice/copy", test_copy);
  g_test_add_func ("/notice/set", test_set);
  g_test_add_func ("/notice/sum", test_sum);
  g_test_add_func ("/notice/words", test_words);
  g_test_add_func ("/notice/channels", test_channels);
  g_test_add_func ("/notice/pay-info/example", test_pay_info_example);
  g_test_add_func ("/notice/pay-info/kinds", test_pay_info_kinds);
  g_test_add_func ("/notice/pay-info/marks", test_pay_info_marks);
  g_test_add_func ("/notice/pay-info/empty", test_pay_info_empty);
  return g_test_run ();
}
