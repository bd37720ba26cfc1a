/* Frames and their authentication codes: lengths in bytes, padding, pieces of every size, everything that is no frame. The codes were computed with Python's hashlib and the openssl
 * command. */
#include "kai-test.h"
#include "messages/kai-net-error.h"
#include "messages/kai-xml.h"
#include "transport/kai-frame-mac.h"
#include "transport/kai-frame.h"
#include "values/kai-text.h"

#include <glib/gstdio.h>
#include <string.h>

#define TOKEN "0123456789abcdefFEDCBA9876543210"
#define KEY_2 "0123456789abcdeffedcba9876543210"
#define KEY_3 "0123456789ABCDEFfedcba987654321000112233445566ff"
#define CHINESE "<?xml version=\"1.0\" encoding=\"GBK\"?><CFX>缴款人\xf0\xa0\xae\xb7小明</CFX>"

static GBytes *
gbk (const char *text)
{
  gsize length;
  char *bytes = kai_text_to_gbk (text, &length);

  return g_bytes_new_take (bytes, length);
}

static GBytes *
build (const char *text, int width)
{
  g_autoptr (GBytes) body = gbk (text);
  g_autoptr (GError) error = NULL;
  GBytes *frame = kai_frame_build ("8994", body, "c0de", width, &error);

  g_assert_no_error (error);
  return frame;
}

/* ---- building ---- */

static const struct
{
  const char *text;
  int width;
  const char *header;
  gsize body;
} lengths[] = {
  { "<CFX/>", 64, "00000093CNNONTAX1.08994", 6 },
  { "<CFX/>", 128, "00000157CNNONTAX1.08994", 6 },
  { "<A>缴</A>", 64, "00000096CNNONTAX1.08994", 9 },
  { "<A>\xf0\xa0\xae\xb7</A>", 64, "00000103CNNONTAX1.08994", 16 }, /* &#134071; */
  { CHINESE, 64, NULL, 66 },
};

static void
test_build (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GBytes) frame = build (lengths[i].text, lengths[i].width);
      gsize length;
      const char *bytes = g_bytes_get_data (frame, &length);
      g_autofree char *total = g_strndup (bytes, 8);

      g_assert_cmpuint (length, ==, 23 + lengths[i].body + (gsize)lengths[i].width);
      g_assert_cmpuint (g_ascii_strtoull (total, NULL, 10), ==, length);
      if (lengths[i].header)
        g_assert_cmpmem (bytes, 23, lengths[i].header, 23);
      g_assert_cmpmem (bytes + 23 + lengths[i].body, 6, "c0de  ", 6);
      for (gsize n = length - (gsize)lengths[i].width + 4; n < length; n++)
        g_assert_cmpint (bytes[n], ==, ' ');
    }
}

static void
test_build_limits (void)
{
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  g_autofree char *zeros = g_malloc0 (KAI_XML_MAX_BYTES + 1);
  g_autoptr (GBytes) largest = g_bytes_new_static (zeros, KAI_XML_MAX_BYTES);
  g_autoptr (GBytes) larger = g_bytes_new_static (zeros, KAI_XML_MAX_BYTES + 1);
  g_autoptr (GBytes) frame = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (kai_frame_build ("8994", empty, "", 64, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
  g_clear_error (&error);
  g_assert_null (kai_frame_build ("8994", larger, "", 64, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
  g_clear_error (&error);
  frame = kai_frame_build ("8994", largest, "", 64, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (frame), ==, 23 + KAI_XML_MAX_BYTES + 64);
}

/* ---- reading ---- */

static void
check_frame (KaiFrameReader *reader)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiFrame) frame = kai_frame_reader_take (reader, &error);
  g_autoptr (GBytes) body = gbk (CHINESE);

  g_assert_no_error (error);
  g_assert_cmpstr (frame->number, ==, "8994");
  g_assert_cmpstr (frame->mac, ==, "c0de");
  g_assert_true (g_bytes_equal (frame->body, body));
  g_assert_true (kai_frame_reader_is_empty (reader));
}

/* Pieces of one size. */
static void
test_pieces (void)
{
  for (gsize size = 1; size < 200; size++)
    {
      g_autoptr (KaiFrameReader) reader = kai_frame_reader_new (64);
      g_autoptr (GBytes) frame = build (CHINESE, 64);
      gsize length;
      const char *bytes = g_bytes_get_data (frame, &length);

      for (gsize at = 0; at < length; at += size)
        {
          g_autoptr (GError) error = NULL;

          g_assert_false (kai_frame_reader_is_complete (reader));
          kai_frame_reader_push (reader, bytes + at, MIN (size, length - at), &error);
          g_assert_no_error (error);
        }
      g_assert_true (kai_frame_reader_is_complete (reader));
      check_frame (reader);
    }
}

/* Two pieces, and what came when the connection broke off there. */
static void
test_every_cut (void)
{
  g_autoptr (GBytes) frame = build (CHINESE, 128);
  gsize length;
  const char *bytes = g_bytes_get_data (frame, &length);

  for (gsize cut = 0; cut < length; cut++)
    {
      g_autoptr (KaiFrameReader) whole = kai_frame_reader_new (128);
      g_autoptr (KaiFrameReader) broken = kai_frame_reader_new (128);
      g_autoptr (GError) error = NULL;

      g_assert_true (kai_frame_reader_push (whole, bytes, cut, NULL));
      g_assert_true (kai_frame_reader_push (whole, bytes + cut, length - cut, NULL));
      check_frame (whole);
      g_assert_true (kai_frame_reader_push (broken, bytes, cut, NULL));
      g_assert_false (kai_frame_reader_is_complete (broken));
      g_assert_null (kai_frame_reader_take (broken, &error));
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
    }
}

static const struct
{
  const char *bytes;
  gsize refused; /* after so many bytes */
} wrong[] = {
  { "0000012x", 8 },
  { "  000123", 8 },
  { "-0000123", 8 },
  { "+0000123", 8 },
  { "00000000", 8 },
  { "00000087", 8 }, /* no body */
  { "99999999", 8 },
  { "67108952", 8 }, /* a byte over the limit */
  { "00000123cnnontax", 16 },
  { "00000123CNNONTAY", 16 },
  { "00000123CNNONTAX1.1", 19 },
  { "00000123CNNONTAX1.0899x", 23 },
  { "00000123CNNONTAX1.0 994", 23 },
};

static void
test_wrong (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (KaiFrameReader) one = kai_frame_reader_new (64);
      g_autoptr (KaiFrameReader) many = kai_frame_reader_new (64);
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (strlen (wrong[i].bytes), ==, wrong[i].refused);
      g_assert_false (kai_frame_reader_push (one, wrong[i].bytes, wrong[i].refused, &error));
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
      g_assert_false (kai_frame_reader_push (one, "", 0, NULL));
      g_assert_false (kai_frame_reader_is_complete (one));
      /* Refused with the part's last byte, and not later. */
      for (gsize n = 0; n < wrong[i].refused; n++)
        g_assert_cmpint (kai_frame_reader_push (many, wrong[i].bytes + n, 1, NULL), ==,
                         n + 1 < wrong[i].refused);
    }
}

static void
test_trailing (void)
{
  g_autoptr (GBytes) frame = build ("<CFX/>", 64);
  gsize length;
  const char *bytes = g_bytes_get_data (frame, &length);
  g_autofree char *longer = g_malloc (length + 1);
  g_autoptr (KaiFrameReader) at_once = kai_frame_reader_new (64);
  g_autoptr (KaiFrameReader) later = kai_frame_reader_new (64);
  g_autoptr (GError) error = NULL;

  memcpy (longer, bytes, length);
  longer[length] = ' ';
  g_assert_false (kai_frame_reader_push (at_once, longer, length + 1, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
  g_assert_true (kai_frame_reader_push (later, bytes, length, NULL));
  g_assert_true (kai_frame_reader_is_complete (later));
  g_assert_false (kai_frame_reader_push (later, " ", 1, NULL));
  g_assert_false (kai_frame_reader_is_complete (later));
  g_assert_null (kai_frame_reader_take (later, NULL));
}

/* ---- codes ---- */

static const struct
{
  KaiMacKind kind;
  const char *key, *text, *mac;
} codes[] = {
  { KAI_MAC_3DES_TOKEN, KEY_2, "<CFX/>",
    "3bfd3355a8582f5eb2c7b637b28072253f8dc45db54423647e751892c396e034" },
  { KAI_MAC_3DES_TOKEN, KEY_2, CHINESE,
    "3bfd3355a8582f5eb2c7b637b28072253f8dc45db54423647e751892c396e034" },
  { KAI_MAC_3DES_TOKEN, KEY_3, "<CFX/>",
    "b4948aaeadaf50d3b6f9b6586acca294cc87a7903de96a5fa537d33ea850d4dd" },
  { KAI_MAC_SHA256, NULL, "<CFX/>",
    "2af9f07984fecbf153dd5787777ed0413468a6128b3e6e2bec9712e1ae91610b" },
  { KAI_MAC_SHA256, KEY_3, CHINESE,
    "893ae09123528e22601f9879079efc2461ac9d39fd209a4b34c99a6e0ddea709" },
};

static void
test_codes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiMac) mac = kai_mac_new (codes[i].kind, 64, TOKEN, codes[i].key, &error);
      g_autoptr (GBytes) body = gbk (codes[i].text);
      g_autofree char *computed = kai_mac_compute (mac, body);
      g_autofree char *upper = g_ascii_strup (codes[i].mac, -1);

      g_assert_no_error (error);
      g_assert_cmpstr (computed, ==, codes[i].mac);
      g_assert_true (kai_mac_check (mac, body, codes[i].mac));
      g_assert_true (kai_mac_check (mac, body, upper));
    }
}

static void
test_wrong_codes (void)
{
  g_autoptr (GBytes) body = gbk (CHINESE);
  g_autoptr (GBytes) other = gbk ("<CFX/>");

  for (int kind = 0; kind < 2; kind++)
    {
      g_autoptr (KaiMac) mac = kai_mac_new (kind, 64, TOKEN, KEY_2, NULL);
      g_autofree char *right = kai_mac_compute (mac, body);
      g_autofree char *shorter = g_strndup (right, 63), *longer = g_strconcat (right, "0", NULL);

      for (int i = 0; i < 64; i++)
        {
          g_autofree char *changed = g_strdup (right);

          changed[i] = changed[i] == '0' ? '1' : '0';
          g_assert_false (kai_mac_check (mac, body, changed));
        }
      g_assert_false (kai_mac_check (mac, body, ""));
      g_assert_false (kai_mac_check (mac, body, shorter));
      g_assert_false (kai_mac_check (mac, body, longer));
      /* The weakness of the first kind, which is why it is off by default. */
      g_assert_cmpint (kai_mac_check (mac, other, right), ==, kind == KAI_MAC_3DES_TOKEN);
    }
}

static void
test_secrets_refused (void)
{
  static const struct
  {
    KaiMacKind kind;
    const char *token, *key;
  } rows[] = {
    { KAI_MAC_SHA256, "", NULL },
    { KAI_MAC_SHA256, "0123456789abcdefFEDCBA987654321", NULL },
    { KAI_MAC_SHA256, "0123456789abcdefFEDCBA98765432100", NULL },
    { KAI_MAC_SHA256, "0123456789abcdef FEDCBA987654321", NULL },
    { KAI_MAC_SHA256, "0123456789abcdef税DCBA987654321", NULL },
    { KAI_MAC_SHA256, TOKEN, "0123" },
    { KAI_MAC_3DES_TOKEN, TOKEN, NULL },
    { KAI_MAC_3DES_TOKEN, TOKEN, "" },
    { KAI_MAC_3DES_TOKEN, TOKEN, "0123456789abcdeffedcba987654321g" },
    { KAI_MAC_3DES_TOKEN, TOKEN, "0123456789abcdef" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (kai_mac_new (rows[i].kind, 64, rows[i].token, rows[i].key, &error));
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_NO_KEY);
      g_assert_null (strstr (error->message, "0123"));
    }
}

static void
test_seal (void)
{
  g_autoptr (KaiMac) mac = kai_mac_new (KAI_MAC_SHA256, 64, TOKEN, KEY_2, NULL);
  g_autoptr (KaiMac) keyless = kai_mac_new (KAI_MAC_SHA256, 64, TOKEN, NULL, NULL);
  g_autoptr (KaiMac) other = kai_mac_new (KAI_MAC_SHA256, 64, TOKEN, KEY_3, NULL);
  g_autofree char *token = kai_mac_new_token (), *second = kai_mac_new_token ();
  g_autofree char *sealed = kai_mac_seal_token (mac, token, NULL);
  g_autofree char *opened = kai_mac_open_token (mac, sealed, NULL);
  g_autofree char *fixed = kai_mac_seal_token (mac, TOKEN, NULL);

  g_assert_true (kai_token_is_valid (token));
  g_assert_cmpstr (token, !=, second);
  g_assert_cmpstr (opened, ==, token);
  g_assert_cmpstr (fixed, ==, codes[0].mac);
  g_assert_null (kai_mac_seal_token (keyless, token, NULL));
  g_assert_null (kai_mac_open_token (keyless, sealed, NULL));
  g_assert_null (kai_mac_open_token (other, sealed, NULL));
  g_assert_null (kai_mac_open_token (mac, "", NULL));
  g_assert_null (kai_mac_open_token (mac, sealed + 1, NULL));
}

static void
test_files (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *token = g_build_filename (dir, "token", NULL);
  g_autoptr (KaiSiteProfile) profile = kai_site_profile_new_default ();
  g_autoptr (GBytes) body = gbk ("<CFX/>");
  g_autoptr (KaiMac) mac = NULL;
  g_autofree char *code = NULL;
  g_autoptr (GError) error = NULL;

  profile->socket_mac = KAI_MAC_SHA256;
  g_free (profile->socket_token_file);
  profile->socket_token_file = g_strdup ("token");
  g_assert_true (
      g_file_set_contents_full (token, TOKEN "\r\nrest", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  g_assert_null (kai_mac_load (profile, dir, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_NO_KEY);
  g_clear_error (&error);
  profile->socket_enabled = TRUE;
  mac = kai_mac_load (profile, dir, &error);
  g_assert_no_error (error);
  code = kai_mac_compute (mac, body);
  g_assert_cmpstr (code, ==, codes[3].mac);
  for (int mode = 0604; mode <= 0640; mode += 034)
    {
      g_assert_cmpint (g_chmod (token, mode), ==, 0);
      g_assert_null (kai_mac_load (profile, dir, &error));
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_NO_KEY);
      g_assert_nonnull (strstr (error->message, token));
      g_assert_null (strstr (error->message, TOKEN));
      g_clear_error (&error);
    }
  g_assert_cmpint (g_unlink (token), ==, 0);
  g_assert_null (kai_mac_load (profile, dir, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_NO_KEY);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frame/build", test_build);
  g_test_add_func ("/frame/build-limits", test_build_limits);
  g_test_add_func ("/frame/pieces", test_pieces);
  g_test_add_func ("/frame/every-cut", test_every_cut);
  g_test_add_func ("/frame/wrong", test_wrong);
  g_test_add_func ("/frame/trailing", test_trailing);
  g_test_add_func ("/frame/codes", test_codes);
  g_test_add_func ("/frame/wrong-codes", test_wrong_codes);
  g_test_add_func ("/frame/secrets-refused", test_secrets_refused);
  g_test_add_func ("/frame/seal", test_seal);
  g_test_add_func ("/frame/files", test_files);
  return g_test_run ();
}
