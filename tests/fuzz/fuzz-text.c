/* Normal forms are valid UTF-8 and their own normal form; lengths in GBK agree with the bytes, and
 * the bytes can be read back. */
#include "values/kai-text.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_normal (const char *text, char *(*normalise) (const char *))
{
  g_autofree char *once = normalise (text);
  g_autofree char *twice = normalise (once);

  g_assert_true (g_utf8_validate (once, -1, NULL));
  g_assert_cmpstr (once, ==, twice);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autofree char *gbk = NULL;
  g_autofree char *back = NULL;
  gsize length;

  check_normal (text, kai_text_normalise_code);
  check_normal (text, kai_text_normalise_name);
  kai_text_is_broken (text);
  gbk = kai_text_to_gbk (text, &length);
  g_assert_cmpuint (kai_text_gbk_length (text), ==, length);
  back = g_convert (gbk, (gssize)length, "UTF-8", "GBK", NULL, NULL, NULL);
  g_assert_nonnull (back);
  if (g_utf8_validate (text, -1, NULL) && kai_text_is_gbk (text))
    g_assert_cmpstr (back, ==, text);
  return 0;
}
