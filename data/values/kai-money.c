/* Money in whole fen: reading what people and messages write, and writing it for both and for paper. */
#include "values/kai-money.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_YUAN_DIGITS 15

/* ---- Reading ---- */

/* Full-width signs and digits to ASCII; 0 for what can stand in no amount. */
static char
plain_character (gunichar c)
{
  if (c >= 0xFF01 && c <= 0xFF5E)
    c -= 0xFEE0;
  if (c == 0xA5 || c == 0xFFE5)
    return 'Y';
  if ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == ',')
    return (char)c;
  return 0;
}

/* ASCII only, yen sign as Y, outer white space and the white space after the yen sign gone; NULL when
 * a character can stand in no amount. */
static char *
to_plain (const char *text)
{
  g_autoptr (GString) plain = NULL;
  gboolean space = FALSE;

  if (!g_utf8_validate (text, -1, NULL))
    return NULL;
  plain = g_string_new (NULL);
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      char ascii;

      if (g_unichar_isspace (c))
        {
          space = plain->len > 0 && plain->str[plain->len - 1] != 'Y';
          continue;
        }
      ascii = plain_character (c);
      if (!ascii || space)
        return NULL;
      g_string_append_c (plain, ascii);
    }
  return g_string_free (g_steal_pointer (&plain), FALSE);
}

static gsize
count_digits (const char *text)
{
  return strspn (text, "0123456789");
}

/* "1,234,567": one to three digits, not beginning with 0, then groups of three. Moves *text past
 * the number and appends its digits. */
static gboolean
read_groups (const char **text, GString *digits)
{
  const char *p = *text;
  gsize n = count_digits (p);

  if (n == 0)
    return FALSE;
  g_string_append_len (digits, p, n);
  if (p[n] == ',' && (n > 3 || p[0] == '0'))
    return FALSE;
  p += n;
  while (*p == ',')
    {
      p++;
      if (count_digits (p) != 3)
        return FALSE;
      g_string_append_len (digits, p, 3);
      p += 3;
    }
  *text = p;
  return TRUE;
}

/* Yuan digits and at most two decimals to fen; the caller has checked both. */
static KaiMoney
digits_to_money (const char *yuan, gsize n_yuan, const char *decimals, gsize n_decimals)
{
  KaiMoney money = 0;

  for (gsize i = 0; i < n_yuan; i++)
    money = money * 10 + (yuan[i] - '0');
  for (gsize i = 0; i < 2; i++)
    money = money * 10 + (i < n_decimals ? decimals[i] - '0' : 0);
  return money;
}

static gboolean
fail_form (GError **error)
{
  return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                        _ ("This is not an amount. Type it in yuan with at most two decimals, for "
                           "example 1234.50."));
}

/* One sign and one yen sign, in either order. */
static const char *
skip_signs (const char *p, gboolean *negative)
{
  gboolean sign = FALSE, yen = FALSE;

  *negative = FALSE;
  for (;; p++)
    {
      if ((*p == '+' || *p == '-') && !sign)
        {
          sign = TRUE;
          *negative = *p == '-';
        }
      else if (*p == 'Y' && !yen)
        yen = TRUE;
      else
        return p;
    }
}

/* "1234.50" and the like, as nearly all amounts are written. */
static gboolean
parse_simple (const char *text, KaiMoney *out)
{
  gsize n = count_digits (text), n_decimals = 0;

  if (text[n] == '.')
    {
      n_decimals = count_digits (text + n + 1);
      if (n_decimals == 0)
        return FALSE;
    }
  if (n == 0 || n > MAX_YUAN_DIGITS || n_decimals > 2
      || text[n + (n_decimals ? n_decimals + 1 : 0)] != '\0')
    return FALSE;
  *out = digits_to_money (text, n, text + n + 1, n_decimals);
  return TRUE;
}

gboolean
kai_money_parse (const char *text, KaiMoney *out, GError **error)
{
  g_autofree char *plain = NULL;
  g_autoptr (GString) yuan = NULL;
  const char *p;
  gboolean negative;
  gsize n_decimals = 0;
  KaiMoney money;

  if (text && parse_simple (text, out))
    return TRUE;
  plain = text ? to_plain (text) : NULL;
  yuan = g_string_new (NULL);
  if (text && !text[strspn (text, " \t\r\n")])
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The amount is empty. Type it in yuan, for example 1234.50."));
  if (!plain)
    return fail_form (error);
  p = skip_signs (plain, &negative);
  if (!read_groups (&p, yuan))
    return strchr (p, ',') ? kai_data_fail (
               error, KAI_DATA_ERROR_INVALID,
               _ ("The commas of this amount do not stand between groups of three digits. Correct "
                  "them or leave them out."))
                           : fail_form (error);
  if (*p == '.')
    {
      p++;
      n_decimals = count_digits (p);
      if (n_decimals > 2 && !p[n_decimals])
        return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                              _ ("This amount has more than two decimals. Round it to fen."));
      if (n_decimals == 0)
        return fail_form (error);
    }
  if (p[n_decimals])
    return fail_form (error);
  if (yuan->len > MAX_YUAN_DIGITS)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("This amount is too large: at most 15 digits may stand before the "
                             "decimal point."));
  money = digits_to_money (yuan->str, yuan->len, p, n_decimals);
  *out = negative ? -money : money;
  return TRUE;
}

gboolean
kai_money_parse_wire (const char *text, KaiMoney *out, GError **error)
{
  const char *p = text ? text : "";
  gboolean negative = *p == '-';
  gsize n;
  KaiMoney money;

  if (negative)
    p++;
  n = count_digits (p);
  if (n == 0 || n > MAX_YUAN_DIGITS || p[n] != '.' || count_digits (p + n + 1) != 2
      || p[n + 3] != '\0')
    return kai_data_fail (
        error, KAI_DATA_ERROR_INVALID,
        _ ("An amount in a message must be digits, a point and two decimals, with "
           "at most 15 digits before the point."));
  money = digits_to_money (p, n, p + n + 1, 2);
  *out = negative ? -money : money;
  return TRUE;
}

/* ---- Writing ---- */

/* Right for every gint64, G_MININT64 too: an amount beyond the largest is shown, never wrapped. */
static guint64
magnitude (KaiMoney money)
{
  return money < 0 ? (guint64) - (money + 1) + 1 : (guint64)money;
}

char *
kai_money_to_wire (KaiMoney money)
{
  guint64 fen = magnitude (money);

  return g_strdup_printf ("%s%" G_GUINT64_FORMAT ".%02u", money < 0 ? "-" : "", fen / 100,
                          (guint)(fen % 100));
}

char *
kai_money_to_display (KaiMoney money)
{
  guint64 fen = magnitude (money);
  g_autofree char *yuan = g_strdup_printf ("%" G_GUINT64_FORMAT, fen / 100);
  GString *out = g_string_new (money < 0 ? "-" : "");
  gsize n = strlen (yuan);

  for (gsize i = 0; i < n; i++)
    {
      if (i > 0 && (n - i) % 3 == 0)
        g_string_append_c (out, ',');
      g_string_append_c (out, yuan[i]);
    }
  g_string_append_printf (out, ".%02u", (guint)(fen % 100));
  return g_string_free (out, FALSE);
}

static const char *const capital_digits[] = { "零", "壹", "贰", "叁", "肆",
                                              "伍", "陆", "柒", "捌", "玖" };

/* Four digits, 1 … 9999, with one 零 for each inner run of zeros; none before or after. */
static void
append_group (GString *out, guint group)
{
  static const guint weights[] = { 1000, 100, 10, 1 };
  static const char *const units[] = { "仟", "佰", "拾", "" };
  gboolean begun = FALSE, zero = FALSE;

  for (int i = 0; i < 4; i++)
    {
      guint digit = group / weights[i] % 10;

      if (digit == 0)
        {
          zero = begun;
          continue;
        }
      if (zero)
        g_string_append (out, "零");
      zero = FALSE;
      begun = TRUE;
      g_string_append (out, capital_digits[digit]);
      g_string_append (out, units[i]);
    }
}

/* Whole yuan below 10^16: groups of four, 万 within 亿. */
static void
append_yuan (GString *out, guint64 yuan)
{
  static const guint64 weights[] = { G_GUINT64_CONSTANT (1000000000000), 100000000, 10000, 1 };
  /* 万亿: the 亿 is said once, after the last group that counts in it. */
  static const char *const names[] = { "万", "亿", "万", "" };
  gboolean begun = FALSE, zero = FALSE;

  for (int i = 0; i < 4; i++)
    {
      guint group = (guint)(yuan / weights[i] % 10000);

      if (group == 0)
        {
          if (i == 1 && begun)
            g_string_append (out, "亿");
          zero = begun;
          continue;
        }
      if (begun && (zero || group < 1000))
        g_string_append (out, "零");
      append_group (out, group);
      g_string_append (out, names[i]);
      begun = TRUE;
      /* 拾万零伍佰 has its 零 from the group below 1000; 壹仟万伍仟 needs none. */
      zero = FALSE;
    }
}

char *
kai_money_to_capitals (KaiMoney money)
{
  guint64 fen = magnitude (money);
  guint64 yuan = fen / 100;
  guint jiao = (guint)(fen / 10 % 10), cents = (guint)(fen % 10);
  GString *out = g_string_new (money < 0 ? "负" : "");

  if (fen > KAI_MONEY_MAX || fen == 0)
    {
      g_string_free (out, TRUE);
      return fen == 0 ? g_strdup ("零元整") : kai_money_to_display (money);
    }
  if (yuan > 0)
    {
      append_yuan (out, yuan);
      g_string_append (out, "元");
    }
  if (jiao > 0)
    {
      g_string_append (out, capital_digits[jiao]);
      g_string_append (out, "角");
    }
  else if (yuan > 0 && cents > 0)
    g_string_append (out, "零");
  if (cents > 0)
    {
      g_string_append (out, capital_digits[cents]);
      g_string_append (out, "分");
    }
  else
    g_string_append (out, "整");
  return g_string_free (out, FALSE);
}

/* ---- Arithmetic ---- */

static gboolean
is_in_range (KaiMoney money)
{
  return money >= -KAI_MONEY_MAX && money <= KAI_MONEY_MAX;
}

gboolean
kai_money_add (KaiMoney a, KaiMoney b, KaiMoney *out)
{
  KaiMoney sum;

  if (__builtin_add_overflow (a, b, &sum) || !is_in_range (sum))
    return FALSE;
  *out = sum;
  return TRUE;
}

gboolean
kai_money_multiply (KaiMoney a, gint64 quantity, KaiMoney *out)
{
  KaiMoney product;

  if (__builtin_mul_overflow (a, quantity, &product) || !is_in_range (product))
    return FALSE;
  *out = product;
  return TRUE;
}
