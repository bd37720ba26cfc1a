#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The frame of the published short-connection socket: total length (8 digits: header, body and MAC in bytes), CNNONTAX, version 1.0, message number (4 digits), the XML body,
 * MAC (padded with spaces to its field). Pure: bytes in, frame or error out; what the MAC is worth is kai-frame-mac.h. */
#define KAI_FRAME_HEADER 23
#define KAI_MAC_DIGITS 64

/* The bytes to send. @number 4 digits; @mac at most @mac_width characters. MALFORMED when the body is empty or over KAI_XML_MAX_BYTES. */
GBytes *kai_frame_build (const char *number, GBytes *body, const char *mac, int mac_width,
                         GError **error);

typedef struct
{
  char number[5];
  GBytes *body;
  char *mac; /* without the padding; any bytes but NUL, unchecked */
} KaiFrame;
void kai_frame_free (KaiFrame *frame);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiFrame, kai_frame_free)

/* Takes a frame in any number of pieces. */
typedef struct _KaiFrameReader KaiFrameReader;
KaiFrameReader *kai_frame_reader_new (int mac_width);
void kai_frame_reader_free (KaiFrameReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiFrameReader, kai_frame_reader_free)
/* FALSE with MALFORMED as soon as what came so far cannot be a frame: length that is no 8 digits, too short or over the limit, other name or version, number that is no 4
 * digits, bytes behind the end. A reader that failed goes on failing. Keeps no more than has come, whatever the length says. */
gboolean kai_frame_reader_push (KaiFrameReader *reader, const void *data, gsize length,
                                GError **error);
gboolean kai_frame_reader_is_complete (const KaiFrameReader *reader);
gboolean kai_frame_reader_is_empty (const KaiFrameReader *reader); /* nothing has come yet */
/* The whole frame; afterwards the reader is empty again. MALFORMED when bytes are missing. */
KaiFrame *kai_frame_reader_take (KaiFrameReader *reader, GError **error);

G_END_DECLS
