/* The rules of a notice: each row changes one thing in a good notice and names what must be found. */
#include "model/kai-notice.h"
#include "values/kai-problem.h"

#include <string.h>

#define GOOD_ID "11010519491231002X"
#define GOOD_CREDIT_CODE "91350100M000100Y43"
#define GOOD_MOBILE "13812345678"

/* ---- Base data and a good notice ---- */

static void
add_item (KaiBaseData *data, const char *code, KaiStandardKind standard, KaiMoney min, KaiMoney max)
{
  KaiItem *item = kai_item_new ();

  kai_notice_set (&item->code, code);
  kai_notice_set (&item->name, "培训费");
  kai_notice_set (&item->unit_of_measure, "次");
  item->standard = standard;
  item->min = min;
  item->max = max;
  g_ptr_array_add (data->items, item);
}

static KaiBaseData *
make_base (void)
{
  KaiBaseData *data = kai_base_data_new ();

  add_item (data, "320600000001", KAI_STANDARD_FIXED, 1000, 0);
  add_item (data, "320600000002", KAI_STANDARD_FREE, 0, 0);
  add_item (data, "320600000003", KAI_STANDARD_RANGE, 500, 2000);
  add_item (data, "320600000004", KAI_STANDARD_RANGE, 500, 0);
  add_item (data, "320600000005", KAI_STANDARD_FIXED, KAI_MONEY_MAX, 0);
  add_item (data, "320600000006", KAI_STANDARD_FIXED, 0, 0);
  return data;
}

static KaiNotice *
make_notice (void)
{
  KaiNotice *notice = kai_notice_new ();

  kai_notice_set (&notice->payer_name, "张三");
  kai_notice_set (&notice->payer_id, GOOD_ID);
  kai_notice_set (&notice->mobile, GOOD_MOBILE);
  kai_notice_add_item (notice, "320600000001", 2, -1);
  return notice;
}

/* What was found as "field=code field=code", in order. */
static char *
list_problems (GPtrArray *problems)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < problems->len; i++)
    {
      const KaiProblem *problem = g_ptr_array_index (problems, i);

      g_string_append_printf (out, "%s%s=%s", i ? " " : "", problem->field, problem->code);
    }
  return g_string_free (out, FALSE);
}

/* Every sentence is one, and none gives away who the payer is. */
static void
check_sentences (GPtrArray *problems, const KaiNotice *notice, int row)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const KaiProblem *problem = g_ptr_array_index (problems, i);

      g_assert_cmpint (problem->row, ==, row);
      g_assert_true (g_str_has_suffix (problem->message, "."));
      g_assert_cmpuint (strlen (problem->message), >, 20);
      if (strlen (notice->payer_id) > 3)
        g_assert_null (strstr (problem->message, notice->payer_id));
      if (strlen (notice->mobile) > 3)
        g_assert_null (strstr (problem->message, notice->mobile));
    }
}

/* Moves the reference of @notice: checked with the good base data. */
static void
assert_found (KaiNotice *notice, const char *expected)
{
  g_autoptr (KaiBaseData) base = make_base ();
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  gboolean ok = kai_notice_check (notice, base, 7, problems);
  g_autofree char *found = list_problems (problems);

  g_assert_cmpstr (found, ==, expected);
  g_assert_cmpint (ok, ==, *expected == '\0');
  check_sentences (problems, notice, 7);
  kai_notice_unref (notice);
}

/* ---- Text fields ---- */

typedef struct
{
  gsize offset;
  const char *text;
  const char *found;
  const char *normal; /* what the field holds then; NULL: not compared */
} TextRow;

#define PAYER G_STRUCT_OFFSET (KaiNotice, payer_name)
#define ID G_STRUCT_OFFSET (KaiNotice, payer_id)
#define MOBILE G_STRUCT_OFFSET (KaiNotice, mobile)
#define MEMO G_STRUCT_OFFSET (KaiNotice, memo)
#define TERM G_STRUCT_OFFSET (KaiNotice, term)
#define TEN_CHINESE "一二三四五六七八九十"
#define FIFTY_CHINESE TEN_CHINESE TEN_CHINESE TEN_CHINESE TEN_CHINESE TEN_CHINESE

static const TextRow text_rows[] = {
  { PAYER, "", "payer=missing", "" },
  { PAYER, " \u3000\u200b", "payer=missing", "" },
  { PAYER, " 张　三 ", "", "张 三" },
  { PAYER, "O'Neil Mary", "", "O'Neil Mary" },
  { PAYER, "3M", "", "3M" },
  { PAYER, GOOD_MOBILE, "payer=bad-name", NULL },
  { PAYER, "12-34", "payer=bad-name", NULL },
  { PAYER, "𠮷田", "", "𠮷田" },
  { PAYER, FIFTY_CHINESE, "", FIFTY_CHINESE },
  { PAYER, FIFTY_CHINESE "a", "payer=too-long", NULL },
  { PAYER, FIFTY_CHINESE " ", "", FIFTY_CHINESE },
  { PAYER, "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷", "", NULL },
  { PAYER, "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷", "payer=too-long", NULL },
  { PAYER, "张\x01三", "payer=bad-character", NULL },
  { PAYER, "张\xff三", "payer=bad-character", NULL },
  { PAYER, "张\uffff三", "payer=bad-character", NULL },

  { ID, "", "", "" },
  { ID, " 110105 19491231 002x ", "", GOOD_ID },
  { ID, "１１０１０５１９４９１２３１００２Ｘ", "", GOOD_ID },
  { ID, "110105194912310021", "id=bad-check-digit", NULL },
  { ID, "110105491231002", "id=bad-identity-number", NULL },
  { ID, "110105194913310021", "id=bad-birth-date", NULL },
  { ID, "110105299901010020", "id=bad-birth-date", NULL },
  { ID, "A1010519491231002X", "id=bad-identity-number", NULL },
  { ID, GOOD_MOBILE, "id=bad-identity-number", NULL },
  { ID, "G12345678", "", "G12345678" },
  { ID, "e12345", "", "E12345" },
  { ID, "G1234", "id=bad-identity-number", NULL },
  { ID, "G-1234567", "id=bad-identity-number", NULL },
  { ID, "护照12345678", "id=bad-identity-number", NULL },
  { ID, "123456789012345678901234567890", "", NULL },
  { ID, "1234567890123456789012345678901", "id=bad-identity-number", NULL },
  { ID, "\x02", "id=bad-character", NULL },

  { MOBILE, "", "mobile=missing", "" },
  { MOBILE, "138 1234 5678", "", GOOD_MOBILE },
  { MOBILE, "138-1234-5678", "", GOOD_MOBILE },
  { MOBILE, "+86 138-1234-5678", "", GOOD_MOBILE },
  { MOBILE, "１３８１２３４５６７８", "", GOOD_MOBILE },
  { MOBILE, "\u202a13812345678\u202c", "", GOOD_MOBILE },
  { MOBILE, "+1 415-555-2671", "", "+14155552671" },
  { MOBILE, "0085212345678", "", "0085212345678" },
  { MOBILE, "1381234567", "mobile=bad-mobile", NULL },
  { MOBILE, "138123456789", "mobile=bad-mobile", NULL },
  { MOBILE, "12812345678", "mobile=bad-mobile", NULL },
  { MOBILE, "23812345678", "mobile=bad-mobile", NULL },
  { MOBILE, "12345", "mobile=bad-mobile", NULL },
  { MOBILE, "13812345678/13912345678", "mobile=bad-mobile", NULL },
  { MOBILE, "none", "mobile=bad-mobile", NULL },
  { MOBILE, "110101199003070097", "mobile=bad-mobile", NULL },
  { MOBILE, GOOD_ID, "mobile=bad-mobile", NULL },
  { MOBILE, "6222020012345678901", "mobile=bad-mobile", NULL },
  { MOBILE, "\x1b", "mobile=bad-character", NULL },

  { MEMO, " a\nb ", "", "a b" },
  { MEMO, FIFTY_CHINESE FIFTY_CHINESE, "", NULL },
  { MEMO, FIFTY_CHINESE FIFTY_CHINESE "a", "memo=too-long", NULL },
  { MEMO, "\x03", "memo=bad-character", NULL },
  { TERM, " 2026秋 ", "", "2026秋" },
  { TERM, FIFTY_CHINESE "a", "term=too-long", NULL },
};

static void
test_text (gconstpointer data)
{
  const TextRow *row = data;
  KaiNotice *notice = make_notice ();
  char **field = G_STRUCT_MEMBER_P (notice, row->offset);

  kai_notice_set (field, row->text);
  assert_found (kai_notice_ref (notice), row->found);
  g_assert_true (g_utf8_validate (*field, -1, NULL));
  if (row->normal)
    g_assert_cmpstr (*field, ==, row->normal);
  kai_notice_unref (notice);
}

static void
test_organisation (void)
{
  static const struct
  {
    const char *id, *found;
  } rows[] = {
    { GOOD_CREDIT_CODE, "" },
    { "91350100m000100y43", "" },
    { "", "id=missing" },
    { GOOD_ID, "id=bad-check-digit" },
    { "91350100M000100Y44", "id=bad-check-digit" },
    { "91350100I000100Y43", "id=bad-credit-code" },
    { "G12345678", "id=bad-credit-code" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      KaiNotice *notice = make_notice ();

      notice->payer_kind = KAI_PAYER_ORGANISATION;
      kai_notice_set (&notice->payer_id, rows[i].id);
      assert_found (notice, rows[i].found);
    }
}

static void
test_payer_kind (void)
{
  KaiNotice *notice = make_notice ();

  notice->payer_kind = 0;
  assert_found (notice, "payer_kind=missing");
}

/* ---- Items ---- */

typedef struct
{
  const char *code;
  gint64 quantity;
  KaiMoney amount;
  const char *found;
  KaiMoney filled; /* amount afterwards when nothing was found */
} ItemRow;

static const ItemRow item_rows[] = {
  { "320600000001", 1, -1, "", 1000 },
  { "320600000001", 3, -1, "", 3000 },
  { "320600000001", 3, 3000, "", 3000 },
  { " 3206 0000 0001", 3, 3000, "", 3000 },
  { "３２０６０００００００１", 3, 3000, "", 3000 },
  { "３２０６００００００１", 3, 3000, "items[0].code=unknown-item", 0 },
  { "320600000001", 3, 2999, "items[0].amount=outside-standard", 0 },
  { "320600000001", 3, 0, "items[0].amount=outside-standard", 0 },
  { "320600000001", 3, -3000, "items[0].amount=outside-standard", 0 },
  { "320600000001", 99999999, -1, "", G_GINT64_CONSTANT (99999999000) },
  { "320600000001", 0, -1, "items[0].quantity=bad-quantity", 0 },
  { "320600000001", -1, -1, "items[0].quantity=bad-quantity", 0 },
  { "320600000001", 100000000, -1, "items[0].quantity=bad-quantity", 0 },
  { "320600000001", G_MAXINT64, -1, "items[0].quantity=bad-quantity", 0 },
  { "320600000002", 1, 1, "", 1 },
  { "320600000002", 9, KAI_MONEY_MAX, "", KAI_MONEY_MAX },
  { "320600000002", 1, -1, "items[0].amount=missing", 0 },
  { "320600000002", 1, 0, "items[0].amount=bad-amount", 0 },
  { "320600000002", 1, -2, "items[0].amount=bad-amount", 0 },
  { "320600000002", 1, KAI_MONEY_MAX + 1, "items[0].amount=bad-amount", 0 },
  { "320600000003", 1, 500, "", 500 },
  { "320600000003", 1, 2000, "", 2000 },
  { "320600000003", 2, 1000, "", 1000 },
  { "320600000003", 2, 4000, "", 4000 },
  { "320600000003", 1, 499, "items[0].amount=outside-standard", 0 },
  { "320600000003", 1, 2001, "items[0].amount=outside-standard", 0 },
  { "320600000003", 2, 999, "items[0].amount=outside-standard", 0 },
  { "320600000003", 1, -1, "items[0].amount=missing", 0 },
  { "320600000004", 1, 500, "", 500 },
  { "320600000004", 1, KAI_MONEY_MAX, "", KAI_MONEY_MAX },
  { "320600000004", 1, 499, "items[0].amount=outside-standard", 0 },
  { "320600000005", 1, -1, "", KAI_MONEY_MAX },
  { "320600000005", 2, -1, "items[0].quantity=bad-quantity", 0 },
  { "320600000006", 1, -1, "amount=bad-amount", 0 },
  { "", 1, -1, "items[0].code=missing", 0 },
  { "320600000099", 1, 1, "items[0].code=unknown-item", 0 },
  { "\xff", 1, 1, "items[0].code=unknown-item", 0 },
};

static void
test_item (gconstpointer data)
{
  const ItemRow *row = data;
  KaiNotice *notice = make_notice ();
  const KaiNoticeItem *item;

  g_ptr_array_set_size (notice->items, 0);
  item = kai_notice_add_item (notice, row->code, row->quantity, row->amount);
  assert_found (kai_notice_ref (notice), row->found);
  if (!*row->found)
    {
      g_assert_cmpint (item->amount, ==, row->filled);
      g_assert_cmpint (notice->amount, ==, row->filled);
      g_assert_cmpstr (item->name, ==, "培训费");
      g_assert_cmpstr (item->unit_of_measure, ==, "次");
    }
  kai_notice_unref (notice);
}

static void
test_items (void)
{
  KaiNotice *notice = make_notice ();

  g_ptr_array_set_size (notice->items, 0);
  assert_found (notice, "items=missing");

  /* The same item twice, and each wrong line found by its place. */
  notice = make_notice ();
  kai_notice_add_item (notice, "320600000001", 1, -1);
  assert_found (notice, "");
  notice = make_notice ();
  kai_notice_add_item (notice, "320600000001", 1, 1);
  kai_notice_add_item (notice, "320600000002", 0, 1);
  assert_found (notice, "items[1].amount=outside-standard items[2].quantity=bad-quantity");
}

static void
test_too_many_items (void)
{
  KaiNotice *notice = make_notice ();

  /* 12|6|5|2|1|8|5 and six marks and # are 46 bytes an item: ten fit into 500. */
  g_ptr_array_set_size (notice->items, 0);
  for (int i = 0; i < 10; i++)
    kai_notice_add_item (notice, "320600000001", 1, -1);
  assert_found (kai_notice_ref (notice), "");
  kai_notice_add_item (notice, "320600000001", 1, -1);
  assert_found (kai_notice_ref (notice), "items=too-many-items");
  for (int i = 0; i < 100; i++)
    kai_notice_add_item (notice, "320600000001", 1, -1);
  assert_found (notice, "items=too-many-items");
}

static void
test_no_base_data (void)
{
  g_autoptr (KaiBaseData) empty = kai_base_data_new ();
  const KaiBaseData *bases[] = { NULL, empty };

  for (gsize i = 0; i < G_N_ELEMENTS (bases); i++)
    {
      g_autoptr (KaiNotice) notice = make_notice ();
      g_autoptr (GPtrArray) problems = kai_problems_new ();
      g_autofree char *found = NULL;

      g_assert_false (kai_notice_check (notice, bases[i], 0, problems));
      found = list_problems (problems);
      g_assert_cmpstr (found, ==, "items=no-base-data");
    }
}

/* ---- Sums ---- */

static void
test_total (void)
{
  KaiNotice *notice = make_notice ();

  notice->late_fee = 5;
  assert_found (kai_notice_ref (notice), "");
  g_assert_cmpint (notice->amount, ==, 2005);
  notice->late_fee = -1;
  assert_found (kai_notice_ref (notice), "late_fee=bad-amount");
  notice->late_fee = KAI_MONEY_MAX + 1;
  assert_found (kai_notice_ref (notice), "late_fee=bad-amount");
  notice->late_fee = KAI_MONEY_MAX;
  assert_found (notice, "amount=bad-amount");
}

/* Everything wrong is told at once. */
static void
test_all_at_once (void)
{
  KaiNotice *notice = kai_notice_new ();

  kai_notice_set (&notice->payer_id, "110105194912310021");
  kai_notice_set (&notice->memo, "\x01");
  notice->late_fee = -5;
  kai_notice_add_item (notice, "1", 1, 1);
  assert_found (notice, "payer=missing memo=bad-character id=bad-check-digit mobile=missing "
                        "items[0].code=unknown-item late_fee=bad-amount");
}

/* The rules are the same the second time: what they filled in does not trip them. */
static void
test_again (void)
{
  KaiNotice *notice = make_notice ();

  assert_found (kai_notice_ref (notice), "");
  assert_found (notice, "");
}

/* Problems that were there before neither count nor go. */
static void
test_appends (void)
{
  g_autoptr (KaiNotice) notice = make_notice ();
  g_autoptr (KaiBaseData) base = make_base ();
  g_autoptr (GPtrArray) problems = kai_problems_new ();

  g_ptr_array_add (problems, kai_problem_new (1, "x", "y", "z"));
  g_assert_true (kai_notice_check (notice, base, 2, problems));
  g_assert_cmpuint (problems->len, ==, 1);
}

/* ---- Warnings ---- */

static void
assert_warned (const char *name, const char *id, const char *mobile, const char *memo,
               const char *expected)
{
  g_autoptr (KaiNotice) notice = make_notice ();
  g_autoptr (GPtrArray) warnings = kai_problems_new ();
  g_autofree char *found = NULL;

  kai_notice_set (&notice->payer_name, name);
  kai_notice_set (&notice->payer_id, id);
  kai_notice_set (&notice->mobile, mobile);
  kai_notice_set (&notice->memo, memo);
  kai_notice_warnings (notice, 3, warnings);
  found = list_problems (warnings);
  g_assert_cmpstr (found, ==, expected);
  check_sentences (warnings, notice, 3);
}

static void
test_warnings (void)
{
  assert_warned ("张三", GOOD_ID, GOOD_MOBILE, "", "");
  assert_warned ("张三", "", GOOD_MOBILE, "", "");
  assert_warned ("张三", "G12345678", GOOD_MOBILE, "", "id=foreign-document");
  assert_warned ("张三", GOOD_ID, "+14155552671", "", "mobile=foreign-mobile");
  assert_warned ("𠮷田", GOOD_ID, GOOD_MOBILE, "", "payer=rare-character");
  assert_warned ("张三", GOOD_ID, GOOD_MOBILE, "₿", "memo=rare-character");
  assert_warned ("𠮷田", "G12345678", "+14155552671", "₿",
                 "id=foreign-document mobile=foreign-mobile payer=rare-character "
                 "memo=rare-character");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (text_rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/notice-rules/text/%02u", (guint)i);

      g_test_add_data_func (path, &text_rows[i], test_text);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (item_rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/notice-rules/item/%02u", (guint)i);

      g_test_add_data_func (path, &item_rows[i], test_item);
    }
  g_test_add_func ("/notice-rules/organisation", test_organisation);
  g_test_add_func ("/notice-rules/payer-kind", test_payer_kind);
  g_test_add_func ("/notice-rules/items", test_items);
  g_test_add_func ("/notice-rules/too-many-items", test_too_many_items);
  g_test_add_func ("/notice-rules/no-base-data", test_no_base_data);
  g_test_add_func ("/notice-rules/total", test_total);
  g_test_add_func ("/notice-rules/all-at-once", test_all_at_once);
  g_test_add_func ("/notice-rules/again", test_again);
  g_test_add_func ("/notice-rules/appends", test_appends);
  g_test_add_func ("/notice-rules/warnings", test_warnings);
  return g_test_run ();
}
