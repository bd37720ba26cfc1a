/* What a file is, by its content: people rename files, and programs save HTML as .xls. What is not read gets a sentence that says how
 * to get an .xlsx out of it. */
#define _GNU_SOURCE /* memmem */

#include "import/kai-workbook-private.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LOOK_AT 65536 /* bytes of the beginning that decide */

static gboolean
holds (const char *bytes, gsize length, const char *what, gsize what_length)
{
  return bytes && length >= what_length && memmem (bytes, length, what, what_length) != NULL;
}

/* An OLE compound file: a workbook with a password, an old .xls, or another program's. */
static gboolean
sniff_ole (const char *bytes, gsize length, KaiWorkbookFormat *format, GError **error)
{
  static const char encrypted[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
  static const char workbook[] = "W\0o\0r\0k\0b\0o\0o\0k", book[] = "B\0o\0o\0k\0\0";
  static const char document[] = "W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t";

  if (holds (bytes, length, encrypted, sizeof encrypted - 1))
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The workbook is protected with a password. Open it in a spreadsheet "
                             "program, remove the password, save it as .xlsx and try again."));
  if (holds (bytes, length, workbook, sizeof workbook - 1)
      || holds (bytes, length, book, sizeof book - 1))
    {
      *format = KAI_WORKBOOK_XLS;
      return TRUE;
    }
  if (holds (bytes, length, document, sizeof document - 1))
    return kai_data_fail (
        error, KAI_DATA_ERROR_UNREADABLE,
        _ ("The file is a text document or a presentation and not a workbook. Copy "
           "the list into a spreadsheet and save that as .xlsx."));
  return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                        _ ("The workbook is damaged or was not copied completely. Get the file "
                           "anew and try again."));
}

/* Markup: @lower begins with '<'. */
static gboolean
sniff_markup (const char *lower, KaiWorkbookFormat *format, GError **error)
{
  /* Before web pages: its style sheets may hold HTML. */
  if (strstr (lower, "<office:document"))
    return kai_workbook_fail_opendocument (error);
  /* A web page may declare the namespaces of spreadsheets, and a spreadsheet has an element Table. */
  if (strstr (lower, "<html") || strstr (lower, "<!doctype html"))
    *format = KAI_WORKBOOK_HTML;
  else if (strstr (lower, "urn:schemas-microsoft-com:office:spreadsheet")
           && (strstr (lower, "<workbook") || strstr (lower, ":workbook")))
    *format = KAI_WORKBOOK_SHEETML;
  else if (strstr (lower, "<table"))
    *format = KAI_WORKBOOK_HTML;
  else
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The file is an XML file and not a workbook. Open it in a spreadsheet "
                             "program, save it as .xlsx and try again."));
  return TRUE;
}

/* ASCII of the beginning in lower case, whatever the encoding. Caller frees. */
static char *
lower_start (const char *bytes, gsize length)
{
  GString *lower = g_string_new (NULL);

  for (gsize i = 0; i < MIN (length, LOOK_AT); i++)
    if (bytes[i] > '\0')
      g_string_append_c (lower, g_ascii_tolower (bytes[i]));
  g_strstrip (lower->str);
  return g_string_free (lower, FALSE);
}

/* Formats of the eighties that spreadsheet programs still offer. */
static gboolean
is_interchange (const char *lower)
{
  return g_str_has_prefix (lower, "id;p") || g_str_has_prefix (lower, "table\r\n0,1")
         || g_str_has_prefix (lower, "table\n0,1");
}

/* What a spreadsheet program leaves beside a workbook while it is open: ~$NAME, 165 bytes that begin with the user's name. */
static gboolean
is_owner_file (const char *bytes, gsize length)
{
  return length == 165 && bytes[0] >= 1 && bytes[0] <= 54;
}

static gboolean
sniff_text (const char *bytes, gsize length, KaiWorkbookFormat *format, GError **error)
{
  g_autofree char *lower = lower_start (bytes, length);

  if (lower[0] == '<' && (g_ascii_isalpha (lower[1]) || strchr ("!?", lower[1])))
    return sniff_markup (lower, format, error);
  if (g_str_has_prefix (lower, "mime-version:"))
    return kai_data_fail (
        error, KAI_DATA_ERROR_UNREADABLE,
        _ ("The file is a web archive (MHTML), whatever its name says. Open it in a "
           "spreadsheet program, save it as .xlsx and try again."));
  if (is_interchange (lower))
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The file is in an old exchange format (SYLK or DIF). Open it in a "
                             "spreadsheet program, save it as .xlsx and try again."));
  if (lower[0] == '\0' && !memchr (bytes, '\0', length))
    {
      gboolean blank = TRUE;

      for (gsize i = 0; blank && i < length; i++)
        blank = g_ascii_isspace (bytes[i]) || strchr ("\xef\xbb\xbf\xff\xfe", bytes[i]);
      if (blank)
        return kai_data_fail (
            error, KAI_DATA_ERROR_UNREADABLE,
            _ ("The file is empty. Save the workbook again and choose that file."));
    }
  *format = KAI_WORKBOOK_TEXT;
  return TRUE;
}

static const struct
{
  const char *start;
  gsize length;
} pictures[] = { { "\x89PNG", 4 },
                 { "\xff\xd8\xff", 3 },
                 { "GIF8", 4 },
                 { "Rar!", 4 },
                 { "7z\xbc\xaf", 4 },
                 { "\x1f\x8b", 2 },
                 { "\x7f"
                   "ELF",
                   4 },
                 { "MZ\x90", 3 } };

gboolean
kai_workbook_sniff (const char *bytes, gsize length, KaiWorkbookFormat *format, GError **error)
{
  *format = KAI_WORKBOOK_XLSX;
  if (length == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The file is empty. Save the workbook again and choose that file."));
  if (length >= 3 && memcmp (bytes, "PK", 2) == 0 && (guchar)bytes[2] < 0x20)
    return TRUE;
  if (length >= 8 && memcmp (bytes, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0)
    return sniff_ole (bytes, length, format, error);
  /* BIFF 2 to 4 are no compound files: they begin with a BOF record. */
  if (length >= 6 && bytes[0] == 0x09 && (bytes[1] & 0xf9) == 0 && bytes[3] == 0)
    {
      *format = KAI_WORKBOOK_XLS;
      return TRUE;
    }
  if (is_owner_file (bytes, length))
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The file only says who has the workbook open at the moment (its name "
                             "begins with ~$). Choose the file of the same name without ~$."));
  if (length >= 5 && memcmp (bytes, "%PDF-", 5) == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The file is a PDF and not a workbook. Ask for the list as .xlsx."));
  for (gsize i = 0; i < G_N_ELEMENTS (pictures); i++)
    if (length >= pictures[i].length && memcmp (bytes, pictures[i].start, pictures[i].length) == 0)
      return kai_data_fail (
          error, KAI_DATA_ERROR_UNREADABLE,
          _ ("The file is not a workbook. Save the list as .xlsx in a spreadsheet "
             "program and choose that file."));
  return sniff_text (bytes, length, format, error);
}
