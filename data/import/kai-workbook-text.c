/* Lists as plain text: comma, tab, semicolon and the like, in the encodings that are met here. One sheet; every cell is text, for a
 * CSV does not say what was a number. */
#include "import/kai-workbook-private.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LOOK_AT 8192          /* bytes that decide on UTF-16 */
#define TRY_BYTES (64 * 1024) /* that decide on the separator */
#define TRY_RECORDS 50

/* ---- Encoding ---- */

/* UTF-16 without a mark: ASCII in it has its zero on one side, and there is far more of it than of 一, 开 or 最, which have theirs on the
 * other. No list in another encoding has a zero at all. NULL when it is something else. */
static const char *
guess_utf16 (const char *bytes, gsize length)
{
  gsize look = MIN (length, LOOK_AT) & ~(gsize)1, even = 0, odd = 0;

  if (length < 2 || length % 2 != 0)
    return NULL;
  for (gsize i = 0; i < look; i += 2)
    {
      even += bytes[i] == '\0';
      odd += bytes[i + 1] == '\0';
    }
  if (odd > 2 * even)
    return "UTF-16LE";
  return even > 2 * odd ? "UTF-16BE" : NULL;
}

static gboolean
fail_encoding (GError **error)
{
  return kai_data_fail (
      error, KAI_DATA_ERROR_UNREADABLE,
      _ ("The file is not text in UTF-8, GB18030 or UTF-16, or it is damaged. Open "
         "it in a spreadsheet program, save it as .xlsx and try again."));
}

static char *
convert (const char *bytes, gsize length, const char *from, gsize *out_length)
{
  return g_convert (bytes, (gssize)length, "UTF-8", from, NULL, out_length, NULL);
}

char *
kai_workbook_decode (const char *bytes, gsize length, gsize *out_length, const char **name,
                     GError **error)
{
  static const char *const chinese[] = { "GB18030", "CP936" }; /* the latter has € as 0x80 */
  char *text = NULL;

  *name = NULL;
  if (length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0)
    {
      bytes += 3;
      length -= 3;
      *name = "UTF-8";
    }
  else if (length >= 2
           && (memcmp (bytes, "\xff\xfe", 2) == 0 || memcmp (bytes, "\xfe\xff", 2) == 0))
    {
      *name = bytes[0] == '\xff' ? "UTF-16LE" : "UTF-16BE";
      bytes += 2;
      length -= 2;
    }
  else
    *name = guess_utf16 (bytes, length);
  if (*name && (*name)[4] == '1')
    text = convert (bytes, length, *name, out_length);
  else if (g_utf8_validate_len (bytes, length, NULL))
    {
      *name = "UTF-8";
      *out_length = length;
      text = g_strndup (bytes, length);
    }
  else if (!*name && !memchr (bytes, '\0', length))
    for (gsize i = 0; !text && i < G_N_ELEMENTS (chinese); i++)
      {
        *name = chinese[i];
        text = convert (bytes, length, *name, out_length);
      }
  if (text && !memchr (text, '\0', *out_length))
    return text;
  g_free (text);
  fail_encoding (error);
  return NULL;
}

/* ---- Records ---- */

typedef struct
{
  char *text;
  gsize length;
  gsize start; /* behind a "sep=;" */
  gboolean
      cr_ends; /* a carriage return alone ends a line: no other program's stray one inside a cell */
  const char *separator;
} Table;

typedef struct
{
  const char *at, *end;
  const char *separator;
  gsize separator_length;
  GString *field;
  gboolean cr_ends;
  gboolean unclosed; /* a quotation mark */
} Scanner;

/* Bytes of the line end that stands there, 0 when none does. */
static int
at_line_end (const Scanner *scanner)
{
  if (*scanner->at == '\n')
    return 1;
  if (*scanner->at != '\r')
    return 0;
  if (scanner->at + 1 < scanner->end && scanner->at[1] == '\n')
    return 2;
  return scanner->cr_ends;
}

static gboolean
at_separator (const Scanner *scanner)
{
  return *scanner->at == *scanner->separator
         && (gsize)(scanner->end - scanner->at) >= scanner->separator_length
         && memcmp (scanner->at, scanner->separator, scanner->separator_length) == 0;
}

/* Behind the opening mark → behind the closing one. Line breaks inside become \n. */
static void
scan_quoted (Scanner *scanner)
{
  while (scanner->at < scanner->end)
    {
      const char *start = scanner->at;

      while (scanner->at < scanner->end && *scanner->at != '"' && *scanner->at != '\r')
        scanner->at++;
      g_string_append_len (scanner->field, start, scanner->at - start);
      if (scanner->at == scanner->end)
        break;
      if (*scanner->at == '\r')
        {
          g_string_append_c (scanner->field, '\n');
          scanner->at += scanner->at + 1 < scanner->end && scanner->at[1] == '\n' ? 2 : 1;
          continue;
        }
      scanner->at++;
      if (scanner->at == scanner->end || *scanner->at != '"')
        return;
      g_string_append_c (scanner->field, '"');
      scanner->at++;
    }
  scanner->unclosed = TRUE;
}

/* ="0123" and '0123, by which programs keep a spreadsheet from making a number of it. */
static void
unwrap (GString *field)
{
  const char *text = field->str;

  if (field->len >= 3 && text[0] == '=' && text[1] == '"' && text[field->len - 1] == '"'
      && !memchr (text + 2, '"', field->len - 3))
    {
      g_string_truncate (field, field->len - 1);
      g_string_erase (field, 0, 2);
    }
  else if (field->len >= 2 && text[0] == '\''
           && strspn (text + 1, "0123456789Xx") == field->len - 1)
    g_string_erase (field, 0, 1);
}

/* One field into scanner->field; TRUE when another one of this record follows. */
static gboolean
scan_field (Scanner *scanner)
{
  const char *start;

  g_string_truncate (scanner->field, 0);
  if (scanner->end - scanner->at >= 2 && scanner->at[0] == '=' && scanner->at[1] == '"')
    {
      g_string_append (scanner->field, "=\"");
      scanner->at += 2;
      scan_quoted (scanner);
      g_string_append_c (scanner->field, '"');
    }
  else if (scanner->at < scanner->end && *scanner->at == '"')
    {
      scanner->at++;
      scan_quoted (scanner);
    }
  start = scanner->at;
  while (scanner->at < scanner->end && !at_line_end (scanner) && !at_separator (scanner))
    scanner->at++;
  g_string_append_len (scanner->field, start, scanner->at - start);
  unwrap (scanner->field);
  if (scanner->at == scanner->end)
    return FALSE;
  if (at_separator (scanner))
    {
      scanner->at += scanner->separator_length;
      return TRUE;
    }
  scanner->at += at_line_end (scanner);
  return FALSE;
}

static Scanner
scanner_start (const Table *table, const char *separator, gsize limit)
{
  Scanner scanner = { .at = table->text + table->start,
                      .end = table->text + MIN (table->length, limit),
                      .separator = separator,
                      .cr_ends = table->cr_ends,
                      .separator_length = strlen (separator) };

  scanner.field = g_string_new (NULL);
  return scanner;
}

/* ---- Separator ---- */

/* How well the beginning falls into columns with @separator: records that have as many as the one before, then how many. */
static int
score (const Table *table, const char *separator)
{
  Scanner scanner = scanner_start (table, separator, table->start + TRY_BYTES);
  int equal = 0, before = 0, most = 0;

  for (int i = 0; i < TRY_RECORDS && scanner.at < scanner.end; i++)
    {
      int n = 1;

      while (scan_field (&scanner))
        n++;
      /* What was cut off decides nothing. */
      if (scanner.unclosed || (i > 0 && scanner.at == scanner.end && scanner.end[0] != '\0'))
        break;
      equal += n > 1 && n == before;
      before = n;
      most = MAX (most, n);
    }
  g_string_free (scanner.field, TRUE);
  return most < 2 ? 0 : (equal + 1) * 1000 + MIN (most, 999);
}

static const char *
find_separator (Table *table)
{
  static const char *const separators[] = { ",", "\t", ";", "|", "，", "；" };
  const char *found = separators[0];
  int best = 0;

  /* What Excel understands as a first line of its own. */
  if (table->length >= 5 && g_ascii_strncasecmp (table->text, "sep=", 4) == 0)
    for (gsize i = 0; i < 4; i++)
      if (table->text[4] == separators[i][0]
          && (table->text[5] == '\r' || table->text[5] == '\n' || table->text[5] == '\0'))
        {
          table->start = 5 + strspn (table->text + 5, "\r");
          table->start += table->text[table->start] == '\n';
          return separators[i];
        }
  for (gsize i = 0; i < G_N_ELEMENTS (separators); i++)
    {
      int here = score (table, separators[i]);

      if (here > best)
        {
          best = here;
          found = separators[i];
        }
    }
  return found;
}

/* ---- Reading ---- */

static gboolean
fail_unclosed (int row, GError **error)
{
  return kai_data_fail (
      error, KAI_DATA_ERROR_UNREADABLE,
      _ ("In row %d begins a text in quotation marks that never ends. Open the file "
         "in a spreadsheet program, save it as .xlsx and try again."),
      row);
}

static gboolean
read_record (Scanner *scanner, int row, KaiRows *rows, GError **error)
{
  gboolean more = TRUE;

  if (!kai_rows_begin_row (rows, row, FALSE, error))
    return FALSE;
  for (int column = 0; more; column++)
    {
      more = scan_field (scanner);
      if (scanner->unclosed)
        return fail_unclosed (row, error);
      if (!kai_rows_add_cell (rows, column, KAI_CELL_TEXT, scanner->field->str, scanner->field->len,
                              error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_table (KaiWorkbook *workbook, int sheet, KaiRows *rows, GCancellable *cancellable,
            GError **error)
{
  const Table *table = workbook->backend;
  Scanner scanner = scanner_start (table, table->separator, table->length);
  gboolean ok = TRUE;

  for (int row = 1; ok && scanner.at < scanner.end; row++)
    {
      if (row % 256 == 0)
        {
          g_atomic_int_set (&workbook->progress,
                            (int)((scanner.at - table->text) * 1000 / table->length));
          ok = !g_cancellable_set_error_if_cancelled (cancellable, error);
        }
      ok = ok && read_record (&scanner, row, rows, error) && kai_rows_end_row (rows);
    }
  g_string_free (scanner.field, TRUE);
  return ok;
}

static void
table_free (Table *table)
{
  g_free (table->text);
  g_free (table);
}

/* Control characters that no list has: a damaged or binary file. */
static gboolean
has_control_characters (const Table *table)
{
  for (gsize i = 0; i < table->length; i++)
    if ((guchar)table->text[i] < 0x20 && !strchr ("\t\n\r\f\v\x1a", table->text[i]))
      return TRUE;
  return FALSE;
}

/* Most line ends decide. */
static gboolean
ends_with_cr (const Table *table)
{
  gsize cr = 0, lf = 0;

  for (gsize i = 0; i < table->length; i++)
    {
      lf += table->text[i] == '\n';
      cr += table->text[i] == '\r' && table->text[i + 1] != '\n';
    }
  return cr > lf;
}

gboolean
kai_workbook_open_text (KaiWorkbook *workbook, GError **error)
{
  Table *table = g_new0 (Table, 1);
  gsize length;
  const char *bytes = g_bytes_get_data (workbook->bytes, &length), *encoding;

  workbook->backend = table;
  workbook->backend_free = (GDestroyNotify)table_free;
  workbook->reader = read_table;
  table->text = kai_workbook_decode (bytes, length, &table->length, &encoding, error);
  if (!table->text)
    return FALSE;
  if (has_control_characters (table))
    return fail_encoding (error);
  table->cr_ends = ends_with_cr (table);
  table->separator = find_separator (table);
  kai_workbook_add_sheet (workbook, _ ("Text"), NULL, FALSE);
  return TRUE;
}
