/* Money: what is read, what is refused, and that capitals say the same number. */
#include "values/kai-error.h"
#include "values/kai-money.h"

#include <string.h>

/* ---- Reading ---- */

typedef struct
{
  const char *text;
  KaiMoney money;
} Accepted;

static const Accepted accepted[] = {
  { "0", 0 },
  { "0.00", 0 },
  { "-0.00", 0 },
  { "1", 100 },
  { "0.1", 10 },
  { "0.01", 1 },
  { "1.5", 150 },
  { "1.05", 105 },
  { "007", 700 },
  { "+1.00", 100 },
  { "-1.00", -100 },
  { "  12.30\t", 1230 },
  { "\u300012.30\u3000", 1230 },
  { "\u00a012.30\u00a0", 1230 },
  { "1,234.50", 123450 },
  { "12,345", 1234500 },
  { "123,456,789.01", 12345678901 },
  { "1,000,000", 100000000 },
  { "１２３４．５０", 123450 },
  { "１，２３４．５０", 123450 },
  { "－１．００", -100 },
  { "＋１", 100 },
  { "￥100", 10000 },
  { "¥100.5", 10050 },
  { "￥ 100", 10000 },
  { "-￥100", -10000 },
  { "￥-100", -10000 },
  { "999999999999999.99", KAI_MONEY_MAX },
  { "-999,999,999,999,999.99", -KAI_MONEY_MAX },
  { "000000000000001", 100 },
};

static void
test_accepted (gconstpointer data)
{
  const Accepted *row = data;
  g_autoptr (GError) error = NULL;
  KaiMoney money = -1;

  g_assert_true (kai_money_parse (row->text, &money, &error));
  g_assert_no_error (error);
  g_assert_cmpint (money, ==, row->money);
}

static const char *const refused[] = {
  "",
  " ",
  "\u3000",
  ".",
  "-",
  "+",
  "￥",
  "1.",
  ".5",
  "-.5",
  "1.234",
  "1.2.3",
  "1..2",
  "--1",
  "+-1",
  "1-",
  "￥￥1",
  "-￥-1",
  "1 000",
  "- 1",
  "1. 5",
  ",123",
  "1,23",
  "12,34",
  "1,2345",
  "1234,567",
  "1,234567",
  "1,234,56",
  "1,,234",
  "1,234,",
  "1,234.5,6",
  "0,123",
  "001,234",
  "1.234,50",
  "1000000000000000",
  "1,000,000,000,000,000.00",
  "0000000000000001",
  "99999999999999999999999999999999999999",
  "1e5",
  "0x10",
  "12元",
  "一百",
  "壹佰元整",
  "(100)",
  "NaN",
  "1.5%",
  "$1",
  "１２３。５",
  "1\x01",
  "1\n2",
  "\xff\xfe",
  "1\xc3",
};

static void
test_refused (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  KaiMoney money = 4711;

  g_assert_false (kai_money_parse (data, &money, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_assert_cmpuint (strlen (error->message), >, 20);
  g_assert_cmpint (money, ==, 4711);
}

static void
test_null (void)
{
  g_autoptr (GError) error = NULL;
  KaiMoney money;

  g_assert_false (kai_money_parse (NULL, &money, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_assert_false (kai_money_parse_wire (NULL, &money, NULL));
}

static void
test_wire (void)
{
  static const Accepted good[] = {
    { "0.00", 0 },
    { "-1.50", -150 },
    { "1234.56", 123456 },
    { "999999999999999.99", KAI_MONEY_MAX },
    { "-999999999999999.99", -KAI_MONEY_MAX },
  };
  static const char *const bad[] = {
    "",
    "1",
    "1.",
    "1.0",
    "1.000",
    ".00",
    "-",
    "--1.00",
    "+1.00",
    "1,234.00",
    " 1.00",
    "1.00 ",
    "１.00",
    "￥1.00",
    "1.0a",
    "a.00",
    "1000000000000000.00",
    "1.00\n",
    "-.00",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      KaiMoney money = -1;

      g_assert_true (kai_money_parse_wire (good[i].text, &money, NULL));
      g_assert_cmpint (money, ==, good[i].money);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      KaiMoney money = 4711;

      g_test_message ("refusing '%s'", bad[i]);
      g_assert_false (kai_money_parse_wire (bad[i], &money, &error));
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
      g_assert_cmpint (money, ==, 4711);
    }
}

/* ---- Writing ---- */

typedef struct
{
  KaiMoney money;
  const char *wire;
  const char *display;
} Written;

static void
test_written (void)
{
  static const Written rows[] = {
    { 0, "0.00", "0.00" },
    { 1, "0.01", "0.01" },
    { -1, "-0.01", "-0.01" },
    { 10, "0.10", "0.10" },
    { 99999, "999.99", "999.99" },
    { 100000, "1000.00", "1,000.00" },
    { -123456789, "-1234567.89", "-1,234,567.89" },
    { KAI_MONEY_MAX, "999999999999999.99", "999,999,999,999,999.99" },
    { G_MININT64, "-92233720368547758.08", "-92,233,720,368,547,758.08" },
    { G_MAXINT64, "92233720368547758.07", "92,233,720,368,547,758.07" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *wire = kai_money_to_wire (rows[i].money);
      g_autofree char *display = kai_money_to_display (rows[i].money);

      g_assert_cmpstr (wire, ==, rows[i].wire);
      g_assert_cmpstr (display, ==, rows[i].display);
    }
}

/* ---- Capitals ---- */

typedef struct
{
  KaiMoney money;
  const char *capitals;
} Capitals;

#define YUAN(yuan) (G_GINT64_CONSTANT (yuan) * 100)

static const Capitals capitals[] = {
  { 0, "零元整" },
  { 1, "壹分" },
  { 5, "伍分" },
  { 10, "壹角整" },
  { 50, "伍角整" },
  { 11, "壹角壹分" },
  { 99, "玖角玖分" },
  { 100, "壹元整" },
  { 101, "壹元零壹分" },
  { 110, "壹元壹角整" },
  { 111, "壹元壹角壹分" },
  { YUAN (10), "壹拾元整" },
  { 1005, "壹拾元零伍分" },
  { 1050, "壹拾元伍角整" },
  { YUAN (11), "壹拾壹元整" },
  { YUAN (20), "贰拾元整" },
  { YUAN (100), "壹佰元整" },
  { 10005, "壹佰元零伍分" },
  { YUAN (101), "壹佰零壹元整" },
  { YUAN (105), "壹佰零伍元整" },
  { 10550, "壹佰零伍元伍角整" },
  { YUAN (110), "壹佰壹拾元整" },
  { YUAN (1000), "壹仟元整" },
  { YUAN (1001), "壹仟零壹元整" },
  { YUAN (1010), "壹仟零壹拾元整" },
  { YUAN (1100), "壹仟壹佰元整" },
  { 140950, "壹仟肆佰零玖元伍角整" },
  { 600714, "陆仟零柒元壹角肆分" },
  { 168032, "壹仟陆佰捌拾元叁角贰分" },
  { 32504, "叁佰贰拾伍元零肆分" },
  { 1640902, "壹万陆仟肆佰零玖元零贰分" },
  { 10700053, "壹拾万柒仟元伍角叁分" },
  { YUAN (10000), "壹万元整" },
  { 1000005, "壹万元零伍分" },
  { 1000105, "壹万零壹元零伍分" },
  { YUAN (10001), "壹万零壹元整" },
  { YUAN (10010), "壹万零壹拾元整" },
  { YUAN (10100), "壹万零壹佰元整" },
  { YUAN (11000), "壹万壹仟元整" },
  { YUAN (11001), "壹万壹仟零壹元整" },
  { YUAN (100000), "壹拾万元整" },
  { YUAN (100500), "壹拾万零伍佰元整" },
  { YUAN (101000), "壹拾万壹仟元整" },
  { YUAN (110000), "壹拾壹万元整" },
  { YUAN (1000000), "壹佰万元整" },
  { YUAN (1000001), "壹佰万零壹元整" },
  { YUAN (10000000), "壹仟万元整" },
  { YUAN (10005000), "壹仟万伍仟元整" },
  { YUAN (10000500), "壹仟万零伍佰元整" },
  { YUAN (50060708), "伍仟零陆万零柒佰零捌元整" },
  { YUAN (100000000), "壹亿元整" },
  { YUAN (100000001), "壹亿零壹元整" },
  { YUAN (100001000), "壹亿零壹仟元整" },
  { YUAN (100010000), "壹亿零壹万元整" },
  { YUAN (100010001), "壹亿零壹万零壹元整" },
  { YUAN (110000000), "壹亿壹仟万元整" },
  { YUAN (1000000000), "壹拾亿元整" },
  { YUAN (100000000000), "壹仟亿元整" },
  { YUAN (102030405060), "壹仟零贰拾亿叁仟零肆拾万伍仟零陆拾元整" },
  { YUAN (1000000000000), "壹万亿元整" },
  { YUAN (1000000000001), "壹万亿零壹元整" },
  { YUAN (1000000010000), "壹万亿零壹万元整" },
  { YUAN (1000010000000), "壹万亿零壹仟万元整" },
  { YUAN (1000100000000), "壹万零壹亿元整" },
  { YUAN (1001000000000), "壹万零壹拾亿元整" },
  { YUAN (1100000000000), "壹万壹仟亿元整" },
  { YUAN (10000000000000), "壹拾万亿元整" },
  { YUAN (100000000000000), "壹佰万亿元整" },
  { 10000000000000001, "壹佰万亿元零壹分" },
  { KAI_MONEY_MAX, "玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分" },
  { -10500, "负壹佰零伍元整" },
  { -1, "负壹分" },
  { KAI_MONEY_MAX + 1, "1,000,000,000,000,000.00" },
};

static void
test_capitals (gconstpointer data)
{
  const Capitals *row = data;
  g_autofree char *text = kai_money_to_capitals (row->money);

  g_assert_cmpstr (text, ==, row->capitals);
}

/* An independent reader: digits wait for the unit that follows them. */
static int
digit_value (gunichar c)
{
  static const char digits[] = "零壹贰叁肆伍陆柒捌玖";
  const char *found = g_utf8_strchr (digits, -1, c);

  return found ? (int)g_utf8_pointer_to_offset (digits, found) : -1;
}

static KaiMoney
read_capitals (const char *text)
{
  gint64 total = 0, group = 0, digit = 0, fen = 0;
  gboolean negative = FALSE;

  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (digit_value (c) >= 0)
        {
          digit = digit_value (c);
          continue;
        }
      switch (c)
        {
        case 0x8D1F: /* 负 */
          negative = TRUE;
          break;
        case 0x62FE: /* 拾 */
          group += digit * 10;
          break;
        case 0x4F70: /* 佰 */
          group += digit * 100;
          break;
        case 0x4EDF: /* 仟 */
          group += digit * 1000;
          break;
        case 0x4E07: /* 万: within 亿 or below it */
          total += (group + digit) * 10000;
          group = 0;
          break;
        case 0x4EBF: /* 亿 multiplies all that came before */
          total = (total + group + digit) * 100000000;
          group = 0;
          break;
        case 0x5143: /* 元 */
          fen += (total + group + digit) * 100;
          break;
        case 0x89D2: /* 角 */
          fen += digit * 10;
          break;
        case 0x5206: /* 分 */
          fen += digit;
          break;
        case 0x6574: /* 整 */
          break;
        default:
          g_test_message ("%s", text);
          g_assert_not_reached ();
        }
      digit = 0;
    }
  return negative ? -fen : fen;
}

/* Every number of digits alike, and many zeros: that is where the rules are. */
static KaiMoney
random_money (void)
{
  int digits = g_test_rand_int_range (1, 18);
  KaiMoney money = 0;

  for (int i = 0; i < digits; i++)
    money = money * 10 + (g_test_rand_bit () ? 0 : g_test_rand_int_range (0, 10));
  return g_test_rand_int_range (0, 10) == 0 ? -money : money;
}

static void
test_capitals_random (void)
{
  for (int i = 0; i < 50000; i++)
    {
      KaiMoney money = random_money ();
      g_autofree char *text = kai_money_to_capitals (money);

      g_assert_cmpint (read_capitals (text), ==, money);
      g_assert_null (strstr (text, "零零"));
      g_assert_null (strstr (text, "亿万"));
    }
}

static void
test_round_trip_random (void)
{
  for (int i = 0; i < 20000; i++)
    {
      KaiMoney money = random_money (), wire_money = -1, display_money = -1;
      g_autofree char *wire = kai_money_to_wire (money);
      g_autofree char *display = kai_money_to_display (money);

      g_assert_true (kai_money_parse_wire (wire, &wire_money, NULL));
      g_assert_true (kai_money_parse (display, &display_money, NULL));
      g_assert_cmpint (wire_money, ==, money);
      g_assert_cmpint (display_money, ==, money);
    }
}

/* ---- Arithmetic ---- */

static void
test_arithmetic (void)
{
  KaiMoney money = 4711;

  g_assert_true (kai_money_add (1, 2, &money));
  g_assert_cmpint (money, ==, 3);
  g_assert_true (kai_money_add (KAI_MONEY_MAX, 0, &money));
  g_assert_true (kai_money_add (-KAI_MONEY_MAX, KAI_MONEY_MAX, &money));
  g_assert_cmpint (money, ==, 0);
  g_assert_true (kai_money_multiply (12345, 99999999, &money));
  g_assert_cmpint (money, ==, G_GINT64_CONSTANT (1234499987655));
  g_assert_true (kai_money_multiply (KAI_MONEY_MAX, -1, &money));
  g_assert_cmpint (money, ==, -KAI_MONEY_MAX);

  money = 4711;
  g_assert_false (kai_money_add (KAI_MONEY_MAX, 1, &money));
  g_assert_false (kai_money_add (-KAI_MONEY_MAX, -1, &money));
  g_assert_false (kai_money_add (G_MAXINT64, G_MAXINT64, &money));
  g_assert_false (kai_money_multiply (KAI_MONEY_MAX, 2, &money));
  g_assert_false (kai_money_multiply (G_MAXINT64, G_MAXINT64, &money));
  g_assert_false (kai_money_multiply (G_MININT64, -1, &money));
  g_assert_cmpint (money, ==, 4711);
}

static void
add_rows (const char *folder, gsize n, const void *rows, gsize size, GTestDataFunc func)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("/money/%s/%02u", folder, (guint)i);

      g_test_add_data_func (path, (const char *)rows + i * size, func);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_rows ("accepted", G_N_ELEMENTS (accepted), accepted, sizeof *accepted, test_accepted);
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *path = g_strdup_printf ("/money/refused/%02u", (guint)i);

      g_test_add_data_func (path, refused[i], test_refused);
    }
  add_rows ("capitals", G_N_ELEMENTS (capitals), capitals, sizeof *capitals, test_capitals);
  g_test_add_func ("/money/null", test_null);
  g_test_add_func ("/money/wire", test_wire);
  g_test_add_func ("/money/written", test_written);
  g_test_add_func ("/money/capitals-random", test_capitals_random);
  g_test_add_func ("/money/round-trip-random", test_round_trip_random);
  g_test_add_func ("/money/arithmetic", test_arithmetic);
  return g_test_run ();
}
