/* Checks of codes and identity numbers on anything at all: no crash, word and sentence agree, and a
 * mask never shows a whole number. */
#include "values/kai-codes.h"
#include "values/kai-number-range.h"
#include "values/kai-text.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_text (const char *text)
{
  g_autofree char *id = kai_mask_id (text);
  g_autofree char *mobile = kai_mask_mobile (text);
  g_autofree char *ebill = kai_ebill_identity (text, text);
  KaiNumberRange range;

  g_assert_cmpint (kai_identity_number_check (text, NULL), ==, !kai_identity_number_fault (text));
  g_assert_cmpint (kai_credit_code_check (text, NULL), ==, !kai_credit_code_fault (text));
  g_assert_false (kai_mobile_number_is_chinese (text) && !kai_mobile_number_is_foreign (text));
  g_assert_null (ebill);
  kai_payment_code_check (kai_payment_code_rule_default (), text);
  kai_item_code_is_valid (text);
  kai_ebill_code_class_name (text);
  if (kai_number_range_parse (text, text, &range, NULL))
    g_assert_cmpint (kai_number_range_count (&range), ==, 1);
  if (*text)
    {
      g_assert_nonnull (strchr (id, '*'));
      g_assert_nonnull (strchr (mobile, '*'));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autofree char *code = kai_text_normalise_code (text);

  check_text (text);
  check_text (code);
  return 0;
}
