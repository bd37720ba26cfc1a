/* Codes and numbers of payments, items, e-bills, persons and organisations. */
#include "kai-test.h"
#include "values/kai-codes.h"
#include "values/kai-day.h"
#include "values/kai-error.h"

#include <string.h>

/* ---- Payment codes ---- */

static const KaiPaymentCodeRule city_rule = { 6, 2, (char *)"30", 0, 10, KAI_CHECK_DIGIT_NONE };

/* All real ones fit the default rule, but the one of 2018. */
static void
test_real_payment_codes (void)
{
  g_autofree char *path = kai_test_fixture ("payment-codes.txt");
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;
  int n = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      KaiCodeCheck expected;

      if (**line == '#' || **line == '\0')
        continue;
      expected = g_str_has_prefix (*line, "32000018") ? KAI_CODE_CHECK_DIGIT : KAI_CODE_OK;
      g_test_message ("%s", *line);
      g_assert_cmpint (kai_payment_code_check (kai_payment_code_rule_default (), *line), ==,
                       expected);
      n++;
    }
  g_assert_cmpint (n, >=, 12);
}

typedef struct
{
  const KaiPaymentCodeRule *rule; /* NULL: the default */
  const char *region;
  int year;
  const char *assigner;
  gint64 sequence;
  const char *code; /* NULL: refused */
} Built;

static const KaiPaymentCodeRule long_year = { 6, 4, (char *)"", 0, 9, KAI_CHECK_DIGIT_MOD9 };

static const Built built[] = {
  { NULL, "320684", 2021, "010", 538486, "32068421010005384867" },
  { NULL, "320602", 2019, NULL, 262, "32060219000000002626" },
  { NULL, "320602", 2019, "", 260, "32060219000000002604" },
  { NULL, "320602", 2019, "000", 247, "32060219000000002479" },
  { NULL, "320602", 2100, "000", 0, "32060200000000000004" },
  { NULL, "000000", 2009, "000", 0, "00000009000000000009" },
  { NULL, "320602", 2019, "999", 99999999, "32060219999999999995" },
  { NULL, "320602", 2019, "000", 100000000, NULL },
  { NULL, "320602", 2019, "000", -1, NULL },
  { NULL, "320602", 2019, "000", G_MAXINT64, NULL },
  { NULL, "32060", 2019, "000", 1, NULL },
  { NULL, "3206021", 2019, "000", 1, NULL },
  { NULL, "32060x", 2019, "000", 1, NULL },
  { NULL, "", 2019, "000", 1, NULL },
  { NULL, NULL, 2019, "000", 1, NULL },
  { NULL, "320602", 19, "000", 1, NULL },
  { NULL, "320602", -2019, "000", 1, NULL },
  { NULL, "320602", 20191, "000", 1, NULL },
  { NULL, "320602", 2019, "01", 1, NULL },
  { NULL, "320602", 2019, "0100", 1, NULL },
  { NULL, "320602", 2019, "01a", 1, NULL },
  { &city_rule, "320682", 2022, NULL, 7, "32068222300000000007" },
  { &city_rule, "320682", 2022, "015", 7, "32068222300000000007" },
  { &city_rule, "320682", 2022, NULL, G_GINT64_CONSTANT (9999999999), "32068222309999999999" },
  { &city_rule, "320682", 2022, NULL, G_GINT64_CONSTANT (10000000000), NULL },
  { &long_year, "320602", 2026, NULL, 1, "32060220260000000016" },
};

static void
test_build (gconstpointer data)
{
  const Built *row = data;
  const KaiPaymentCodeRule *rule = row->rule ? row->rule : kai_payment_code_rule_default ();
  g_autoptr (GError) error = NULL;
  g_autofree char *code =
      kai_payment_code_build (rule, row->region, row->year, row->assigner, row->sequence, &error);

  g_assert_cmpstr (code, ==, row->code);
  if (row->code)
    {
      g_assert_no_error (error);
      g_assert_cmpint (kai_payment_code_check (rule, code), ==, KAI_CODE_OK);
    }
  else
    g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
}

static void
test_check (void)
{
  const KaiPaymentCodeRule *rule = kai_payment_code_rule_default ();

  g_assert_cmpint (kai_payment_code_check (rule, "32068421010005384868"), ==, KAI_CODE_CHECK_DIGIT);
  g_assert_cmpint (kai_payment_code_check (rule, "32068421010005384860"), ==, KAI_CODE_CHECK_DIGIT);
  g_assert_cmpint (kai_payment_code_check (rule, "3206842101000538486"), ==, KAI_CODE_MALFORMED);
  g_assert_cmpint (kai_payment_code_check (rule, "320684210100053848670"), ==, KAI_CODE_MALFORMED);
  g_assert_cmpint (kai_payment_code_check (rule, "3206842101000538486X"), ==, KAI_CODE_MALFORMED);
  g_assert_cmpint (kai_payment_code_check (rule, " 2068421010005384867"), ==, KAI_CODE_MALFORMED);
  g_assert_cmpint (kai_payment_code_check (rule, ""), ==, KAI_CODE_MALFORMED);
  g_assert_cmpint (kai_payment_code_check (rule, NULL), ==, KAI_CODE_MALFORMED);
  g_assert_cmpint (kai_payment_code_check (&city_rule, "32068222300000000007"), ==, KAI_CODE_OK);
  g_assert_cmpint (kai_payment_code_check (&city_rule, "32068222300000000008"), ==, KAI_CODE_OK);
}

/* A mistyped digit changes the remainder, but for 0 and 9 taken for each other. */
static void
test_check_digit_finds_slips (void)
{
  const char *code = "32068421010005384867";

  for (int i = 0; i < 20; i++)
    for (char c = '0'; c <= '9'; c++)
      {
        g_autofree char *slip = g_strdup (code);
        gboolean same_remainder = (c - code[i]) % 9 == 0 && i < 19;

        slip[i] = c;
        g_assert_cmpint (kai_payment_code_check (kai_payment_code_rule_default (), slip), ==,
                         same_remainder || c == code[i] ? KAI_CODE_OK : KAI_CODE_CHECK_DIGIT);
      }
}

/* ---- Items and e-bills ---- */

static void
test_item_code (void)
{
  g_assert_true (kai_item_code_is_valid ("320600000001"));
  g_assert_false (kai_item_code_is_valid ("32060000001"));
  g_assert_false (kai_item_code_is_valid ("3206000000011"));
  g_assert_false (kai_item_code_is_valid ("32060000000a"));
  g_assert_false (kai_item_code_is_valid (""));
  g_assert_false (kai_item_code_is_valid (NULL));
}

static void
test_ebill (void)
{
  g_autofree char *identity = kai_ebill_identity ("32060126", "0000000123");

  g_assert_cmpstr (identity, ==, "3210000000-62106023");
  g_assert_true (kai_ebill_code_is_valid ("00010126"));
  g_assert_false (kai_ebill_code_is_valid ("0001012"));
  g_assert_false (kai_ebill_code_is_valid (NULL));
  g_assert_true (kai_ebill_number_is_valid ("0000000001"));
  g_assert_false (kai_ebill_number_is_valid ("0000000000"));
  g_assert_false (kai_ebill_number_is_valid ("000000001"));
  g_assert_false (kai_ebill_number_is_valid ("00000000001"));
  g_assert_null (kai_ebill_identity ("3206012", "0000000123"));
  g_assert_null (kai_ebill_identity ("32060126", "0000000000"));
  g_assert_null (kai_ebill_identity (NULL, NULL));
}

static void
test_ebill_class (void)
{
  g_assert_cmpstr (kai_ebill_code_class_name ("32010126"), ==, "General non-tax bill");
  g_assert_cmpstr (kai_ebill_code_class_name ("00060226"), ==, "Medical charges");
  g_assert_cmpstr (kai_ebill_code_class_name ("66990126"), ==, "Other bill");
  g_assert_null (kai_ebill_code_class_name ("32030126"));
  g_assert_null (kai_ebill_code_class_name ("3201"));
  g_assert_null (kai_ebill_code_class_name (NULL));
}

/* ---- Persons and organisations ---- */

typedef struct
{
  const char *text;
  const char *fault;    /* NULL: right */
  const char *sentence; /* a part of it */
} Checked;

/* 11010519491231002X and 440524188001010014 are the examples of GB 11643 itself. */
static const Checked identities[] = {
  { "11010519491231002X", NULL, NULL },
  { "320684200001010018", NULL, NULL },
  { "110101190001010006", NULL, NULL },
  { "440524188001010014", "bad-birth-date", "not possible" },
  { "11010519491231002x", "bad-identity-number", "digits only" },
  { "110105194912310021", "bad-check-digit", "check digit" },
  { "11010519491231020X", "bad-check-digit", "check digit" },
  { "110105491231002", "bad-identity-number", "15 digits" },
  { "11010549123100X", "bad-identity-number", "18 characters" },
  { "11010519491331002X", "bad-birth-date", "not possible" },
  { "110105194902290020", "bad-birth-date", "not possible" },
  { "110105000001010020", "bad-birth-date", "not possible" },
  { "110105299901010020", "bad-birth-date", "future" },
  { "1101051949123100X2", "bad-identity-number", "digits only" },
  { "1101051949123 002X", "bad-identity-number", "digits only" },
  { "11010519491231002Y", "bad-identity-number", "digits only" },
  { "11010519491231002", "bad-identity-number", "18 characters" },
  { "11010519491231002X0", "bad-identity-number", "18 characters" },
  { "", "bad-identity-number", "18 characters" },
  { NULL, "bad-identity-number", "18 characters" },
  { "一二三四五六", "bad-identity-number", "digits only" }, /* 18 bytes */
};

/* From GB 32100 and of well-known public bodies. */
static const Checked credit_codes[] = {
  { "91350100M000100Y43", NULL, NULL },
  { "12100000400012340X", "bad-check-digit", "check character" },
  { "91350100M000100Y44", "bad-check-digit", "check character" },
  { "91350100M001000Y43", "bad-check-digit", "check character" },
  { "91350100m000100y43", "bad-credit-code", "without I, O, S, V and Z" },
  { "91350100I000100Y43", "bad-credit-code", "without I, O, S, V and Z" },
  { "91350100O000100Y43", "bad-credit-code", "without I, O, S, V and Z" },
  { "91350100S000100Y43", "bad-credit-code", "without I, O, S, V and Z" },
  { "91350100V000100Y43", "bad-credit-code", "without I, O, S, V and Z" },
  { "91350100Z000100Y43", "bad-credit-code", "without I, O, S, V and Z" },
  { "91350100M000100Y4", "bad-credit-code", "18 characters" },
  { "91350100M000100Y433", "bad-credit-code", "18 characters" },
  { "91350100-000100Y43", "bad-credit-code", "without I, O, S, V and Z" },
  { "", "bad-credit-code", "18 characters" },
  { NULL, "bad-credit-code", "18 characters" },
};

static void
check_row (const Checked *row, gboolean ok, const char *fault, const GError *error)
{
  g_assert_cmpstr (fault, ==, row->fault);
  g_assert_cmpint (ok, ==, row->fault == NULL);
  if (ok)
    {
      g_assert_no_error (error);
      return;
    }
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, row->sentence));
  if (row->text && *row->text)
    g_assert_null (strstr (error->message, row->text));
}

static void
test_identity (gconstpointer data)
{
  const Checked *row = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = kai_identity_number_check (row->text, &error);

  check_row (row, ok, kai_identity_number_fault (row->text), error);
}

static void
test_credit_code (gconstpointer data)
{
  const Checked *row = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = kai_credit_code_check (row->text, &error);

  check_row (row, ok, kai_credit_code_fault (row->text), error);
}

/* Of the eleven check characters exactly one fits, today's birth is right and tomorrow's is not. */
static void
test_birth_today (void)
{
  KaiDay today = kai_day_today (), tomorrow = kai_day_add (today, 1);
  int right = 0;

  for (const char *c = "0123456789X"; *c; c++)
    {
      g_autofree char *born_today = g_strdup_printf ("320684%08d001%c", today, *c);
      g_autofree char *born_tomorrow = g_strdup_printf ("320684%08d001%c", tomorrow, *c);

      if (kai_identity_number_check (born_today, NULL))
        right++;
      g_assert_cmpstr (kai_identity_number_fault (born_tomorrow), ==, "bad-birth-date");
    }
  g_assert_cmpint (right, ==, 1);
}

/* Any two neighbours exchanged and any one character changed is found. */
static void
test_check_digits_find_slips (void)
{
  static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

  for (int i = 0; i < 18; i++)
    for (const char *c = alphabet; *c; c++)
      {
        g_autofree char *credit = g_strdup ("91350100M000100Y43");
        g_autofree char *identity = g_strdup ("11010519491231002X");

        if (*c != credit[i])
          {
            credit[i] = *c;
            g_assert_nonnull (kai_credit_code_fault (credit));
          }
        if (*c != identity[i])
          {
            identity[i] = *c;
            g_assert_nonnull (kai_identity_number_fault (identity));
          }
      }
}

static void
test_mobile (void)
{
  static const char *const chinese[] = { "13812345678", "19900000000", "17012345678" };
  static const char *const foreign[] = { "+14155552671",     "123456",          "+123456",
                                         "0085212345678",    "123456789012345", "+123456789012345",
                                         "00123456789012345" };
  static const char *const neither[] = { "",
                                         "12345",
                                         "+12345",
                                         "+",
                                         "1234567890123456",
                                         "+1234567890123456",
                                         "001234567890123456",
                                         "110101199003070097",
                                         "6222020012345678901",
                                         "+86 13812345678",
                                         "138-1234-5678",
                                         "++123456",
                                         "12345a",
                                         "１３８１２３４５６７８" };

  for (gsize i = 0; i < G_N_ELEMENTS (chinese); i++)
    g_assert_true (kai_mobile_number_is_chinese (chinese[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (foreign); i++)
    {
      g_assert_false (kai_mobile_number_is_chinese (foreign[i]));
      g_assert_true (kai_mobile_number_is_foreign (foreign[i]));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (neither); i++)
    {
      g_assert_false (kai_mobile_number_is_chinese (neither[i]));
      g_assert_false (kai_mobile_number_is_foreign (neither[i]));
    }
  g_assert_false (kai_mobile_number_is_chinese ("12812345678"));
  g_assert_false (kai_mobile_number_is_chinese ("23812345678"));
  g_assert_false (kai_mobile_number_is_chinese ("1381234567"));
  g_assert_false (kai_mobile_number_is_chinese ("138123456789"));
  g_assert_false (kai_mobile_number_is_chinese (NULL));
  g_assert_false (kai_mobile_number_is_foreign (NULL));
}

static void
test_masks (void)
{
  static const struct
  {
    const char *text, *id, *mobile;
  } rows[] = {
    { "320684200001011234", "320684********1234", "320***********1234" },
    { "13812345678", "1********78", "138****5678" },
    { "91350100M000100Y43", "913501********0Y43", "913***********0Y43" },
    { "G12345678", "G******78", "G1*****78" },
    { "123456", "1***56", "12**56" },
    { "12345", "*****", "*****" },
    { "1", "*", "*" },
    { "", "", "" },
    { "\xd6\xd6\xd6\xd6\xd6", "*****", "*****" }, /* not UTF-8 */
    { NULL, "", "" },
    { "护照甲乙丙丁", "护***丙丁", "护照**丙丁" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *id = kai_mask_id (rows[i].text);
      g_autofree char *mobile = kai_mask_mobile (rows[i].text);

      g_assert_cmpstr (id, ==, rows[i].id);
      g_assert_cmpstr (mobile, ==, rows[i].mobile);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (built); i++)
    {
      g_autofree char *path = g_strdup_printf ("/codes/payment-code/build/%02u", (guint)i);

      g_test_add_data_func (path, &built[i], test_build);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (identities); i++)
    {
      g_autofree char *path = g_strdup_printf ("/codes/identity-number/%02u", (guint)i);

      g_test_add_data_func (path, &identities[i], test_identity);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (credit_codes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/codes/credit-code/%02u", (guint)i);

      g_test_add_data_func (path, &credit_codes[i], test_credit_code);
    }
  g_test_add_func ("/codes/payment-code/real", test_real_payment_codes);
  g_test_add_func ("/codes/payment-code/check", test_check);
  g_test_add_func ("/codes/payment-code/slips", test_check_digit_finds_slips);
  g_test_add_func ("/codes/item-code", test_item_code);
  g_test_add_func ("/codes/ebill", test_ebill);
  g_test_add_func ("/codes/ebill-class", test_ebill_class);
  g_test_add_func ("/codes/identity-number/born-today", test_birth_today);
  g_test_add_func ("/codes/check-digits-find-slips", test_check_digits_find_slips);
  g_test_add_func ("/codes/mobile", test_mobile);
  g_test_add_func ("/codes/masks", test_masks);
  return g_test_run ();
}
