/* Any bytes for the inspector, alone and as the answer to themselves: there is always a report, every text of it is UTF-8, and nobody who cannot sign passes the chain. */
#include "transport/kai-inspector.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_fields (const GPtrArray *fields)
{
  for (guint i = 0; i < fields->len; i++)
    {
      const KaiInspectionField *field = fields->pdata[i];

      g_assert_true (field->path && field->tag && field->name);
      g_assert_true (g_utf8_validate (field->value, -1, NULL));
    }
}

static void
check_report (const KaiInspection *report)
{
  g_assert_true (g_utf8_validate (report->text, -1, NULL));
  g_assert_true (g_utf8_validate (report->fault_sentence, -1, NULL));
  check_fields (report->headers);
  check_fields (report->fields);
  g_assert_cmpuint (report->checks->len, >, 0);
  for (guint i = 0; i < report->checks->len; i++)
    {
      const KaiInspectionCheck *check = report->checks->pdata[i];

      g_assert_true (g_utf8_validate (check->sentence, -1, NULL));
      g_assert_true (check->state != KAI_CHECK_PASSED || !g_str_equal (check->id, "chain"));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static KaiTrust *trust;
  static KaiCatalogue *catalogue;
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autofree char *number = NULL;

  if (!trust)
    {
      trust = kai_trust_new ();
      catalogue = kai_catalogue_load (NULL, NULL);
    }
  for (int i = 0; i < 4; i++)
    {
      const KaiInspectorOptions options = { catalogue, trust, i & 1 ? 0 : 1795230000,
                                            i & 2 ? bytes : NULL, i & 1 };
      g_autoptr (KaiInspection) report = kai_inspector_inspect (bytes, &options);

      check_report (report);
    }
  number = kai_inspector_dup_number (bytes);
  return 0;
}
