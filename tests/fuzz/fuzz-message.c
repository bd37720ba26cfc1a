/* Any bytes as a message, and as one voucher of some message. What could be read must be writable or be refused with an error, not with a crash. */
#include "messages/kai-message.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static KaiCatalogue *catalogue;
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (KaiMessage) message = NULL;
  g_autoptr (KaiRecord) record = NULL;

  if (!catalogue)
    catalogue = kai_catalogue_load (NULL, NULL);
  message = kai_message_decode_bytes (bytes, catalogue, NULL);
  if (message)
    {
      g_autoptr (GBytes) again = kai_message_encode (message, catalogue, FALSE, NULL);

      if (again)
        {
          g_autoptr (KaiMessage) back = kai_message_decode_bytes (again, catalogue, NULL);

          g_assert_nonnull (back);
        }
    }
  record = kai_voucher_decode (data, size, kai_catalogue_get (catalogue, "8997"), NULL);
  if (record)
    {
      g_autofree char *xml =
          kai_voucher_encode (record, kai_catalogue_get (catalogue, "8997"), NULL);

      /* Only a field that the catalogue does not know keeps a read voucher from being written. */
      g_assert_true (!xml || g_str_has_prefix (xml, "<Voucher>"));
    }
  return 0;
}
