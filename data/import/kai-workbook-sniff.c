/* What a file is that does not open as an .xlsx: people rename files, and programs save HTML as .xls.
 * Each kind gets a sentence that says how to get an .xlsx out of it. */
#define _GNU_SOURCE /* memmem */

#include "import/kai-workbook-private.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LOOK_AT 8192 /* bytes of the beginning that decide */

static gboolean
holds (const char *bytes, gsize length, const char *what, gsize what_length)
{
  return length >= what_length && memmem (bytes, length, what, what_length) != NULL;
}

static gboolean
holds_word (const char *lower, const char *word)
{
  return strstr (lower, word) != NULL;
}

/* An OLE compound file: a workbook with a password, or an old .xls. */
static gboolean
refuse_ole (const char *bytes, gsize length, GError **error)
{
  static const char encrypted[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";

  if (holds (bytes, length, encrypted, sizeof encrypted - 1))
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The workbook is protected with a password. Open it in a spreadsheet "
                             "program, remove the password, save it as .xlsx and try again."));
  return kai_data_fail (
      error, KAI_DATA_ERROR_UNREADABLE,
      _ ("The file is an old Excel file (.xls). Open it in a spreadsheet program, "
         "save it as .xlsx and try again."));
}

static gboolean
refuse_markup (const char *lower, GError **error)
{
  if (holds_word (lower, "<html") || holds_word (lower, "<!doctype html")
      || holds_word (lower, "<table"))
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The file is a web page (HTML), whatever its name says. Open it in a "
                             "spreadsheet program, save it as .xlsx and try again."));
  return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                        _ ("The file is an XML file and not a workbook. Open it in a spreadsheet "
                           "program, save it as .xlsx and try again."));
}

gboolean
kai_workbook_sniff (const char *bytes, gsize length, GError **error)
{
  g_autofree char *lower = NULL;
  const char *start;
  gsize look = MIN (length, LOOK_AT);

  if (length == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The file is empty. Save the workbook again and choose that file."));
  if (length >= 4 && memcmp (bytes, "PK", 2) == 0)
    return TRUE;
  if (length >= 8 && memcmp (bytes, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0)
    return refuse_ole (bytes, length, error);
  if (length >= 4 && bytes[0] == 0x09 && (bytes[1] & 0xf9) == 0 && bytes[3] == 0)
    return refuse_ole (bytes, 0, error);
  if (length >= 5 && memcmp (bytes, "%PDF-", 5) == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The file is a PDF and not a workbook. Ask for the list as .xlsx."));
  if (memcmp (bytes, "\xff\xfe", MIN (2, length)) != 0
      && memcmp (bytes, "\xfe\xff", MIN (2, length)) != 0 && memchr (bytes, '\0', look))
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The file is not a workbook. Save the list as .xlsx in a spreadsheet "
                             "program and choose that file."));
  lower = g_ascii_strdown (bytes, (gssize)look);
  start = lower + (g_str_has_prefix (lower, "\xef\xbb\xbf") ? 3 : 0);
  while (g_ascii_isspace (*start))
    start++;
  if (*start == '<')
    return refuse_markup (start, error);
  return kai_data_fail (
      error, KAI_DATA_ERROR_UNREADABLE,
      _ ("The file is plain text (CSV) and not a workbook, whatever its name says. "
         "Open it in a spreadsheet program, save it as .xlsx and try again."));
}
