/* An e-bill file from anywhere: reading and all checks. What was read must come out of the writer as the content it was. */
#include "security/kai-ebill-file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static KaiTrust *trust;
  g_autoptr (GBytes) file = g_bytes_new (data, size);
  g_autoptr (KaiEbillReport) report = NULL;
  g_autoptr (GBytes) content = NULL;

  if (!trust)
    trust = kai_trust_new ();
  report = kai_ebill_file_verify (file, trust);
  /* Nobody is trusted here. */
  g_assert_false (report->ok);
  g_assert_cmpuint (report->checks->len, ==, 7);
  content = report->ebill ? kai_ebill_content_build (report->ebill, NULL) : NULL;
  if (content)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiEbill) again = kai_ebill_content_parse (content, &error);

      g_assert_no_error (error);
    }
  return 0;
}
