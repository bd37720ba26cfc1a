/* The socket's frame, byte by byte: building it, and taking it in pieces of any size. Every check is made as soon as its bytes are there, so that a stranger
 * cannot make us wait for or keep what will be refused. */
#include "transport/kai-frame.h"
#include "messages/kai-net-error.h"
#include "messages/kai-xml.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define NAME "CNNONTAX"
#define VERSION "1.0"
/* Where each part of the header ends. */
enum
{
  END_LENGTH = 8,
  END_NAME = 16,
  END_VERSION = 19,
  END_NUMBER = KAI_FRAME_HEADER
};

struct _KaiFrameReader
{
  int mac_width;
  GByteArray *bytes;
  gsize total; /* 0 until the length has come */
  gboolean failed;
};

static gboolean
is_digits (const void *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isdigit (((const char *)bytes)[i]))
      return FALSE;
  return TRUE;
}

GBytes *
kai_frame_build (const char *number, GBytes *body, const char *mac, int mac_width, GError **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (body, &length);
  gsize digits = strlen (mac);
  GByteArray *out;
  g_autofree char *header = NULL;

  g_return_val_if_fail (strlen (number) == 4 && is_digits (number, 4), NULL);
  g_return_val_if_fail (digits <= (gsize)mac_width, NULL);
  if (length == 0 || length > KAI_XML_MAX_BYTES)
    {
      kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                    _ ("Message %s is empty or too long for the socket. Send fewer vouchers at "
                       "once."),
                    number);
      return NULL;
    }
  header = g_strdup_printf ("%08" G_GSIZE_FORMAT NAME VERSION "%s",
                            KAI_FRAME_HEADER + length + (gsize)mac_width, number);
  out = g_byte_array_sized_new ((guint)(KAI_FRAME_HEADER + length + (gsize)mac_width));
  g_byte_array_append (out, (const guint8 *)header, KAI_FRAME_HEADER);
  g_byte_array_append (out, data, (guint)length);
  g_byte_array_append (out, (const guint8 *)mac, (guint)digits);
  for (gsize i = digits; i < (gsize)mac_width; i++)
    g_byte_array_append (out, (const guint8 *)" ", 1);
  return g_byte_array_free_to_bytes (out);
}

void
kai_frame_free (KaiFrame *frame)
{
  if (!frame)
    return;
  g_clear_pointer (&frame->body, g_bytes_unref);
  g_free (frame->mac);
  g_free (frame);
}

/* ---- Reading ---- */

KaiFrameReader *
kai_frame_reader_new (int mac_width)
{
  KaiFrameReader *reader = g_new0 (KaiFrameReader, 1);

  g_return_val_if_fail (mac_width >= KAI_MAC_DIGITS, NULL);
  reader->mac_width = mac_width;
  reader->bytes = g_byte_array_new ();
  return reader;
}

void
kai_frame_reader_free (KaiFrameReader *reader)
{
  if (!reader)
    return;
  g_byte_array_unref (reader->bytes);
  g_free (reader);
}

gboolean
kai_frame_reader_is_complete (const KaiFrameReader *reader)
{
  return !reader->failed && reader->total && reader->bytes->len == reader->total;
}

gboolean
kai_frame_reader_is_empty (const KaiFrameReader *reader)
{
  return reader->bytes->len == 0;
}

static gboolean
fail (KaiFrameReader *reader, const char *symbol, const char *why, GError **error)
{
  reader->failed = TRUE;
  return kai_net_fail_result (error, KAI_NET_ERROR_MALFORMED, symbol,
                              _ ("The message on the socket cannot be read: %s."), why);
}

static gboolean
read_length (KaiFrameReader *reader, GError **error)
{
  const guint8 *bytes = reader->bytes->data;
  gsize around = KAI_FRAME_HEADER + (gsize)reader->mac_width, total = 0;

  if (!is_digits (bytes, END_LENGTH))
    return fail (reader, "malformed", _ ("its length is not 8 digits"), error);
  for (int i = 0; i < END_LENGTH; i++)
    total = total * 10 + (bytes[i] - '0');
  if (total <= around)
    return fail (reader, "malformed", _ ("its length is less than header and MAC need"), error);
  if (total - around > KAI_XML_MAX_BYTES)
    return fail (reader, "too-large", _ ("it is too long"), error);
  reader->total = total;
  return TRUE;
}

/* The parts of the header that have come. */
static gboolean
check_header (KaiFrameReader *reader, GError **error)
{
  const GByteArray *bytes = reader->bytes;

  if (bytes->len >= END_NAME && memcmp (bytes->data + END_LENGTH, NAME, strlen (NAME)) != 0)
    return fail (reader, "malformed", _ ("it is not a message of this interface"), error);
  if (bytes->len >= END_VERSION && memcmp (bytes->data + END_NAME, VERSION, strlen (VERSION)) != 0)
    return fail (reader, "malformed", _ ("its version is unknown"), error);
  if (bytes->len >= END_NUMBER && !is_digits (bytes->data + END_VERSION, END_NUMBER - END_VERSION))
    return fail (reader, "malformed", _ ("its number is not 4 digits"), error);
  return TRUE;
}

static void
take_up_to (KaiFrameReader *reader, const guint8 **data, gsize *length, gsize end)
{
  gsize n = reader->bytes->len < end ? MIN (end - reader->bytes->len, *length) : 0;

  g_byte_array_append (reader->bytes, *data, (guint)n);
  *data += n;
  *length -= n;
}

gboolean
kai_frame_reader_push (KaiFrameReader *reader, const void *data, gsize length, GError **error)
{
  const guint8 *cursor = data;

  if (reader->failed)
    return fail (reader, "malformed", _ ("it was refused already"), error);
  if (!reader->total)
    {
      take_up_to (reader, &cursor, &length, END_LENGTH);
      if (reader->bytes->len < END_LENGTH)
        return TRUE;
      if (!read_length (reader, error))
        return FALSE;
    }
  if (reader->bytes->len < KAI_FRAME_HEADER)
    {
      take_up_to (reader, &cursor, &length, KAI_FRAME_HEADER);
      if (!check_header (reader, error))
        return FALSE;
    }
  take_up_to (reader, &cursor, &length, reader->total);
  return length == 0 || fail (reader, "malformed", _ ("there are bytes behind its end"), error);
}

KaiFrame *
kai_frame_reader_take (KaiFrameReader *reader, GError **error)
{
  g_autoptr (GBytes) all = NULL;
  const char *bytes;
  gsize body;
  KaiFrame *frame;

  if (!kai_frame_reader_is_complete (reader))
    {
      fail (reader, "cut", _ ("it is not complete"), error);
      return NULL;
    }
  body = reader->total - KAI_FRAME_HEADER - (gsize)reader->mac_width;
  all = g_byte_array_free_to_bytes (g_steal_pointer (&reader->bytes));
  reader->bytes = g_byte_array_new ();
  reader->total = 0;
  bytes = g_bytes_get_data (all, NULL);
  frame = g_new0 (KaiFrame, 1);
  memcpy (frame->number, bytes + END_VERSION, 4);
  frame->body = g_bytes_new_from_bytes (all, KAI_FRAME_HEADER, body);
  frame->mac = g_strndup (bytes + KAI_FRAME_HEADER + body, (gsize)reader->mac_width);
  for (gsize n = strlen (frame->mac); n > 0 && frame->mac[n - 1] == ' '; n--)
    frame->mac[n - 1] = '\0';
  return frame;
}
