/* What is read as a day exists, and is read again from what is written of it. */
#include "values/kai-day.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (GError) error = NULL;
  KaiDay day, again;

  if (!kai_day_parse (text, &day, &error))
    {
      g_assert_nonnull (error);
      return 0;
    }
  {
    g_autofree char *iso = kai_day_to_iso (day);
    g_autofree char *wire = kai_day_to_wire (day);

    g_assert_true (kai_day_is_valid (day));
    g_assert_true (kai_day_parse (iso, &again, NULL));
    g_assert_cmpint (again, ==, day);
    g_assert_true (kai_day_parse (wire, &again, NULL));
    g_assert_cmpint (again, ==, day);
  }
  return 0;
}
