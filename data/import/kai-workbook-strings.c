/* Shared strings and styles of a workbook: what a cell only points at. */
#include "import/kai-workbook-private.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* ---- Shared strings: <si> with <t>, or runs <r><t>; <rPh> is a reading aid and not text ---- */

typedef struct
{
  KaiStrings *strings;
  GString *text; /* of the <si> that is open */
  gboolean in_item, in_text;
  int phonetic; /* depth of <rPh> */
} StringsState;

static void
strings_start (KaiPart *part, const char *name, const KaiAttributes *attributes)
{
  StringsState *state = part->data;

  if (strcmp (name, "si") == 0)
    {
      state->in_item = TRUE;
      g_string_truncate (state->text, 0);
    }
  else if (strcmp (name, "rPh") == 0)
    state->phonetic++;
  else if (strcmp (name, "t") == 0)
    state->in_text = state->in_item && state->phonetic == 0;
}

static void
strings_end (KaiPart *part, const char *name)
{
  StringsState *state = part->data;
  KaiStrings *strings = state->strings;
  guint32 offset = strings->text->len;

  if (strcmp (name, "t") == 0)
    state->in_text = FALSE;
  else if (strcmp (name, "rPh") == 0)
    state->phonetic--;
  else if (strcmp (name, "si") == 0 && state->in_item)
    {
      state->in_item = FALSE;
      kai_workbook_decode_escapes (state->text);
      if (strings->text->len + state->text->len > KAI_WORKBOOK_MAX_STRINGS)
        {
          kai_part_fail (part,
                         _ ("The workbook holds too much text to be a list. Copy the rows that "
                            "are needed into a new workbook."));
          return;
        }
      g_array_append_val (strings->offsets, offset);
      g_string_append_len (strings->text, state->text->str, state->text->len + 1);
    }
}

static void
strings_text (KaiPart *part, const char *text, int length)
{
  StringsState *state = part->data;

  if (!state->in_text)
    return;
  g_string_append_len (state->text, text, length);
  if (state->text->len > KAI_WORKBOOK_MAX_TEXT * 7)
    kai_part_fail (part, _ ("A cell of the workbook holds more than 32,767 characters, more than a "
                            "spreadsheet allows. Shorten it and try again."));
}

gboolean
kai_workbook_load_strings (KaiWorkbook *workbook, GCancellable *cancellable, GError **error)
{
  static const KaiPartHandlers handlers = { strings_start, strings_end, strings_text };
  StringsState state = { .strings = &workbook->strings };
  gboolean ok;

  g_string_truncate (workbook->strings.text, 0);
  g_array_set_size (workbook->strings.offsets, 0);
  if (!workbook->strings_part)
    return TRUE;
  state.text = g_string_new (NULL);
  ok = kai_workbook_parse_part (workbook, workbook->strings_part, &handlers, &state, cancellable,
                                error);
  g_string_free (state.text, TRUE);
  return ok;
}

/* Value of the "_xHHHH_" at @text, 0 when there is none that may be decoded. */
static gunichar
escape_value (const char *text)
{
  gunichar value = 0;

  if (text[0] != '_' || text[1] != 'x')
    return 0;
  for (int i = 2; i < 6; i++)
    {
      if (!g_ascii_isxdigit (text[i]))
        return 0;
      value = value * 16 + g_ascii_xdigit_value (text[i]);
    }
  return text[6] == '_' && g_unichar_validate (value) ? value : 0;
}

void
kai_workbook_decode_escapes (GString *text)
{
  char *to = strstr (text->str, "_x");
  const char *from = to;
  gunichar value;

  if (!to)
    return;
  while (*from)
    if ((value = escape_value (from)) != 0)
      {
        to += g_unichar_to_utf8 (value, to);
        from += 7;
      }
    else
      *to++ = *from++;
  g_string_truncate (text, to - text->str);
}

/* ---- Styles: only whether a cell style shows a date or pads with zeros ---- */

typedef struct
{
  GByteArray *styles;
  GHashTable *custom; /* numFmtId → KAI_STYLE_DATE or digits */
  gboolean in_cell_styles;
} StylesState;

/* Formats that have a number but no text in the file: ECMA-376 part 1, 18.8.30, with those of the Chinese editions. */
static gboolean
builtin_is_date (int id)
{
  return (id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36
         || (id >= 50 && id <= 54) || id == 57 || id == 58;
}

static void
styles_start (KaiPart *part, const char *name, const KaiAttributes *attributes)
{
  StylesState *state = part->data;
  int id;

  if (strcmp (name, "cellXfs") == 0)
    state->in_cell_styles = TRUE;
  else if (strcmp (name, "numFmt") == 0)
    {
      g_autofree char *format = kai_attributes_dup (attributes, "formatCode");

      id = kai_attributes_int (attributes, "numFmtId", 1 << 20);
      if (id >= 0 && format && g_hash_table_size (state->custom) < KAI_WORKBOOK_MAX_STYLES)
        g_hash_table_insert (state->custom, GINT_TO_POINTER (id),
                             GINT_TO_POINTER (kai_workbook_format_is_date (format)
                                                  ? KAI_STYLE_DATE
                                                  : kai_workbook_format_whole_digits (format)));
    }
  else if (strcmp (name, "xf") == 0 && state->in_cell_styles)
    {
      gpointer custom;
      guint8 style;

      id = kai_attributes_int (attributes, "numFmtId", 1 << 20);
      style = g_hash_table_lookup_extended (state->custom, GINT_TO_POINTER (id), NULL, &custom)
                  ? GPOINTER_TO_INT (custom)
                  : (builtin_is_date (id) ? KAI_STYLE_DATE : 0);
      if (state->styles->len >= KAI_WORKBOOK_MAX_STYLES)
        kai_part_fail_damaged (part);
      else
        g_byte_array_append (state->styles, &style, 1);
    }
}

static void
styles_end (KaiPart *part, const char *name)
{
  StylesState *state = part->data;

  if (strcmp (name, "cellXfs") == 0)
    state->in_cell_styles = FALSE;
}

gboolean
kai_workbook_load_styles (KaiWorkbook *workbook, GCancellable *cancellable, GError **error)
{
  static const KaiPartHandlers handlers = { styles_start, styles_end, NULL };
  g_autoptr (GHashTable) custom = g_hash_table_new (NULL, NULL);
  StylesState state = { .styles = workbook->styles, .custom = custom };

  g_byte_array_set_size (workbook->styles, 0);
  return !workbook->styles_part
         || kai_workbook_parse_part (workbook, workbook->styles_part, &handlers, &state,
                                     cancellable, error);
}

/* The first section without what is quoted, escaped or in brackets ([Red], [$-804], [h]), in lower case. FALSE when it is malformed. */
static gboolean
bare_format (const char *format, GString *bare)
{
  for (const char *c = format; *c && *c != ';'; c++)
    {
      if (*c == '"' || *c == '[')
        {
          c = strchr (c + 1, *c == '"' ? '"' : ']');
          if (!c)
            return FALSE;
        }
      else if (*c == '\\' || *c == '_' || *c == '*')
        {
          if (!*++c)
            return FALSE;
        }
      else
        g_string_append_c (bare, g_ascii_tolower (*c));
    }
  return TRUE;
}

gboolean
kai_workbook_format_is_date (const char *format)
{
  g_autoptr (GString) bare = g_string_new (NULL);

  if (!bare_format (format, bare) || strcmp (bare->str, "standard") == 0)
    return FALSE;
  /* A year, a day or a day of the week makes a date, and so does a month by itself; h:mm is a time or a length of time
   * and stays a number. */
  if (strpbrk (bare->str, "yd") || strstr (bare->str, "aaa"))
    return TRUE;
  return strchr (bare->str, 'm') && !strpbrk (bare->str, "hs:0#?");
}

int
kai_workbook_format_whole_digits (const char *format)
{
  gsize n = strspn (format, "0");

  return (format[n] == '\0' || format[n] == ';') && n > 1 && n <= 18 ? (int)n : 0;
}

gboolean
kai_workbook_serial_to_date (const char *number, gboolean date_1904,
                             char date[KAI_WORKBOOK_DATE_SIZE])
{
  double serial = g_ascii_strtod (number, NULL);
  gint64 seconds, day;
  GDate when;

  if (!(serial >= 1 || (date_1904 && serial >= 0)) || serial >= 2958466)
    return FALSE;
  seconds = (gint64)(serial * 86400 + 0.5);
  day = seconds / 86400;
  /* Excel believes in 29 February 1900 (number 60): numbers before it are one day off, the day itself does not exist. */
  if (!date_1904 && day == 60)
    return FALSE;
  if (!date_1904 && day < 60)
    day++;
  g_date_clear (&when, 1);
  g_date_set_dmy (&when, 30, G_DATE_DECEMBER, 1899);
  g_date_add_days (&when, (guint)day + (date_1904 ? 1462 : 0));
  if (g_date_get_year (&when) > 9999)
    return FALSE;
  seconds %= 86400;
  if (seconds == 0)
    g_snprintf (date, KAI_WORKBOOK_DATE_SIZE, "%04d-%02d-%02d", g_date_get_year (&when),
                g_date_get_month (&when), g_date_get_day (&when));
  else
    g_snprintf (date, KAI_WORKBOOK_DATE_SIZE, "%04d-%02d-%02d %02d:%02d:%02d",
                g_date_get_year (&when), g_date_get_month (&when), g_date_get_day (&when),
                (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
  return TRUE;
}
