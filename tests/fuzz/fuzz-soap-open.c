/* Any bytes as an envelope. No fuzzer can sign: whatever opens must be an unsigned fault. */
#include "transport/kai-soap.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static KaiTrust *trust;

  if (!trust)
    trust = kai_trust_new ();
  for (int request = 0; request < 2; request++)
    {
      g_autoptr (KaiSoapEnvelope) envelope =
          kai_soap_open (data, size, request, trust, G_GINT64_CONSTANT (1795230000), NULL);

      if (envelope)
        {
          g_assert_true (envelope->is_fault && !request);
          g_assert_null (envelope->verified);
          g_assert_null (envelope->cfx);
        }
    }
  return 0;
}
