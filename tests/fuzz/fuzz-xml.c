/* Any bytes at the XML entry point: what passes has no DTD and is as shallow as promised. */
#include "messages/kai-xml.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check (xmlNode *node, int depth)
{
  g_assert_cmpint (depth, <=, KAI_XML_MAX_DEPTH);
  for (; node; node = node->next)
    if (node->type == XML_ELEMENT_NODE)
      {
        g_autofree char *text = kai_xml_text (node, NULL);

        g_assert_true (!text || g_utf8_validate (text, -1, NULL));
        check (node->children, depth + 1);
      }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (xmlDoc) doc = kai_xml_parse (data, size, NULL);

  if (doc)
    {
      g_assert_null (doc->intSubset);
      check (doc->children, 0);
    }
  return 0;
}
