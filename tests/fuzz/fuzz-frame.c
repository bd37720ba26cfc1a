/* Any bytes as a frame, in pieces whose size the first byte says. What is taken must be built again the same. */
#include "messages/kai-xml.h"
#include "transport/kai-frame.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (KaiFrameReader) reader = kai_frame_reader_new (64);
  size_t piece = size ? (size_t)data[0] + 1 : 1;

  for (size_t at = 1; at < size; at += piece)
    if (!kai_frame_reader_push (reader, data + at, MIN (piece, size - at), NULL))
      {
        g_assert_false (kai_frame_reader_is_complete (reader));
        return 0;
      }
  if (kai_frame_reader_is_complete (reader))
    {
      g_autoptr (KaiFrame) frame = kai_frame_reader_take (reader, NULL);
      g_autoptr (GBytes) again = kai_frame_build (frame->number, frame->body, frame->mac, 64, NULL);

      /* A NUL ends the text of a MAC, and padding is not kept. */
      g_assert_cmpuint (g_bytes_get_size (again), ==, size - 1);
      g_assert_true (memcmp (g_bytes_get_data (again, NULL), data + 1, size - 1 - 64) == 0);
    }
  else
    g_assert_null (kai_frame_reader_take (reader, NULL));
  return 0;
}
