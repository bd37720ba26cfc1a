/* A signed envelope from anywhere, at the time of the seeds. */
#include "messages/kai-xml.h"
#include "security/kai-xml-signature.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static KaiTrust *trust;
  g_autoptr (xmlDoc) doc = kai_xml_parse (data, size, NULL);
  g_autoptr (KaiVerified) verified = NULL;

  if (!trust)
    trust = kai_trust_new ();
  if (!doc)
    return 0;
  verified = kai_xml_signature_verify (doc, trust, 1795248000, NULL);
  /* Nobody is trusted here. */
  g_assert_null (verified);
  return 0;
}
