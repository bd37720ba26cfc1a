/* A QR code as one path of squares, so that it stays sharp on every printer. */
#include "kai-print-private.h"

#include <qrencode.h>

/* The standard asks for four light squares around the code. */
#define QUIET_ZONE 4

gboolean
kai_qr_draw (cairo_t *cr, const char *text, double x, double y, double size)
{
  QRcode *code;
  double square;

  if (!text || !*text)
    return FALSE;
  code = QRcode_encodeString8bit (text, 0, QR_ECLEVEL_M);
  if (!code)
    return FALSE;

  square = size / (code->width + 2 * QUIET_ZONE);
  cairo_new_path (cr);
  for (int row = 0; row < code->width; row++)
    for (int first = 0, last; first < code->width; first = last + 1)
      {
        const unsigned char *line = code->data + row * code->width;

        for (last = first; last < code->width && (line[last] & 1); last++)
          ;
        if (last > first)
          cairo_rectangle (cr, x + (first + QUIET_ZONE) * square, y + (row + QUIET_ZONE) * square,
                           (last - first) * square, square);
      }
  cairo_fill (cr);
  QRcode_free (code);
  return TRUE;
}
