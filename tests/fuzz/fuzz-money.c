/* What is read as money can be written and read again, and has capitals. */
#include "values/kai-money.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_round_trip (KaiMoney money)
{
  g_autofree char *wire = kai_money_to_wire (money);
  g_autofree char *display = kai_money_to_display (money);
  g_autofree char *capitals = kai_money_to_capitals (money);
  KaiMoney again;

  g_assert_cmpint (money, >=, -KAI_MONEY_MAX);
  g_assert_cmpint (money, <=, KAI_MONEY_MAX);
  g_assert_true (kai_money_parse_wire (wire, &again, NULL));
  g_assert_cmpint (again, ==, money);
  g_assert_true (kai_money_parse (display, &again, NULL));
  g_assert_cmpint (again, ==, money);
  g_assert_true (g_utf8_validate (capitals, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (GError) error = NULL;
  KaiMoney money;

  if (kai_money_parse (text, &money, &error))
    check_round_trip (money);
  else
    g_assert_nonnull (error);
  if (kai_money_parse_wire (text, &money, NULL))
    check_round_trip (money);
  return 0;
}
