/* Text as messages count it (GBK bytes) and as people type it (full-width, stray spaces and marks). */
#include "values/kai-text.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>

void
kai_text_init_locale (void)
{
  setlocale (LC_ALL, "");
  if (g_str_equal (nl_langinfo (CODESET), "ANSI_X3.4-1968"))
    setlocale (LC_CTYPE, "C.UTF-8");
  /* Numbers in files and on the wire are written the same everywhere. */
  setlocale (LC_NUMERIC, "C");
}

/* iconv's GBK stops at a character that GBK has not, and each iconv_open may load a module: so one
 * converter is kept for the life of the process, used under its lock, and stepped over what it refuses. */
static GIConv
gbk_converter (void)
{
  static gsize once = 0;
  static GIConv converter;

  if (g_once_init_enter (&once))
    {
      converter = g_iconv_open ("GBK", "UTF-8");
      if (converter == (GIConv)-1)
        g_error ("The C library of this system has no GBK converter.");
      g_once_init_leave (&once, 1);
    }
  return converter;
}

static gsize
ascii_length (const char *text)
{
  const char *end = text;

  while (*end && !(*end & 0x80))
    end++;
  return end - text;
}

/* Writes what GBK has not; returns the length of the character in UTF-8. */
static gsize
append_reference (const char *text, gsize left, GString *out)
{
  gunichar c = g_utf8_get_char_validated (text, left);

  if (c == (gunichar)-1 || c == (gunichar)-2)
    {
      g_string_append_c (out, '?');
      return 1;
    }
  g_string_append_printf (out, "&#%u;", c);
  return g_unichar_to_utf8 (c, NULL);
}

/* Appends the GBK bytes of @text to @out; returns how many characters GBK has not. */
static gsize
encode (const char *text, GString *out)
{
  static GMutex lock;
  GIConv converter = gbk_converter ();
  char *in = (char *)text;
  gsize left = strlen (text);
  gsize outside = 0;

  g_mutex_lock (&lock);
  g_iconv (converter, NULL, NULL, NULL, NULL);
  while (left > 0)
    {
      char buffer[512];
      char *to = buffer;
      gsize room = sizeof buffer;
      gsize result = g_iconv (converter, &in, &left, &to, &room);

      /* EINVAL and EILSEQ only: E2BIG is answered by going round with an empty buffer. */
      gboolean refused = result == (gsize)-1 && errno != E2BIG;

      g_string_append_len (out, buffer, to - buffer);
      if (refused)
        {
          gsize step = append_reference (in, left, out);

          g_iconv (converter, NULL, NULL, NULL, NULL);
          in += step;
          left -= step;
          outside++;
        }
    }
  g_mutex_unlock (&lock);
  return outside;
}

/* Most text is ASCII without white space and common Chinese characters (U+4E00 to U+9FA5, all of them in GBK), in which there is nothing to
 * change: told from the bytes alone, for an import asks a million times. Sets how many there are of both. */
static gboolean
is_plain (const char *text, gsize *ascii, gsize *chinese)
{
  const guchar *p = (const guchar *)text;

  for (*ascii = *chinese = 0; *p;)
    if (*p > 0x20 && *p < 0x7F)
      {
        ++*ascii;
        p++;
      }
    else if (*p >= 0xE4 && *p <= 0xE9 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80)
      {
        gunichar c = (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);

        if (c < 0x4E00 || c > 0x9FA5)
          return FALSE;
        ++*chinese;
        p += 3;
      }
    else
      return FALSE;
  return TRUE;
}

gsize
kai_text_gbk_length (const char *text)
{
  gsize ascii, chinese, length;
  g_autoptr (GString) out = NULL;

  if (is_plain (text, &ascii, &chinese))
    return ascii + 2 * chinese;
  length = ascii_length (text);
  if (!text[length])
    return length;
  out = g_string_new (NULL);
  encode (text + length, out);
  return length + out->len;
}

gboolean
kai_text_is_gbk (const char *text)
{
  gsize ascii, chinese, length;
  g_autoptr (GString) out = NULL;

  if (is_plain (text, &ascii, &chinese))
    return TRUE;
  length = ascii_length (text);
  if (!text[length])
    return TRUE;
  out = g_string_new (NULL);
  return encode (text + length, out) == 0;
}

char *
kai_text_to_gbk (const char *text, gsize *length)
{
  gsize plain = ascii_length (text);
  GString *out = g_string_new_len (text, plain);

  if (text[plain])
    encode (text + plain, out);
  if (length)
    *length = out->len;
  return g_string_free (out, FALSE);
}

static gboolean
is_variation_selector (gunichar c)
{
  return (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF);
}

/* Marks that take no room on the screen: a clerk cannot see them, so they may not count. */
static gboolean
is_invisible (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT: /* bidi marks, zero-width space and joiner, BOM, soft hyphen */
      return TRUE;
    default:
      return c == 0x034F || c == 0x115F || c == 0x1160 || c == 0x3164 || c == 0xFFA0
             || is_variation_selector (c);
    }
}

static gboolean
is_space (gunichar c)
{
  return g_unichar_isspace (c) || g_unichar_type (c) == G_UNICODE_SPACE_SEPARATOR || c == 0x0085
         || c == 0x2028 || c == 0x2029;
}

char *
kai_text_normalise_code (const char *text)
{
  g_autofree char *valid = NULL;
  GString *out;
  gsize ascii, chinese;

  if (text && is_plain (text, &ascii, &chinese))
    return g_ascii_strup (text, -1);
  valid = g_utf8_make_valid (text ? text : "", -1);
  out = g_string_new (NULL);
  for (const char *p = valid; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (is_space (c) || is_invisible (c))
        continue;
      if (c >= 0xFF01 && c <= 0xFF5E)
        c -= 0xFEE0;
      if (c < 0x80)
        c = g_ascii_toupper (c);
      g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

char *
kai_text_normalise_name (const char *text)
{
  g_autofree char *valid = NULL;
  GString *out;
  gsize ascii, chinese;
  gboolean space = FALSE;

  if (text && is_plain (text, &ascii, &chinese))
    return g_strdup (text);
  valid = g_utf8_make_valid (text ? text : "", -1);
  out = g_string_new (NULL);
  for (const char *p = valid; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (is_space (c))
        {
          space = TRUE;
          continue;
        }
      /* A variation selector chooses the form of a rare name: kept here, it is part of the name. */
      if (is_invisible (c) && !is_variation_selector (c))
        continue;
      if (space && out->len > 0)
        g_string_append_c (out, ' ');
      space = FALSE;
      g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

gboolean
kai_text_is_broken (const char *text)
{
  gsize ascii, chinese;

  if (is_plain (text, &ascii, &chinese))
    return FALSE;
  if (!g_utf8_validate (text, -1, NULL))
    return TRUE;
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if ((c < 0x20 && c != '\t' && c != '\n') || c == 0xFFFE || c == 0xFFFF)
        return TRUE;
    }
  return FALSE;
}

char *
kai_text_dup_first_line (const char *text)
{
  if (g_str_has_prefix (text, "\357\273\277"))
    text += 3;
  return g_strndup (text, strcspn (text, "\r\n"));
}

gboolean
kai_text_is_blank (const char *text)
{
  g_autofree char *plain = kai_text_normalise_name (text);

  return *plain == '\0';
}
