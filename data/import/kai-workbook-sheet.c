/* A sheet's rows: the state machine behind the push parser. Shared strings are pointed at, not copied. */
#include "import/kai-workbook-private.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef enum
{
  TYPE_NUMBER,
  TYPE_SHARED,
  TYPE_INLINE, /* inlineStr: text in <is><t> */
  TYPE_STRING, /* str: result of a formula */
  TYPE_BOOLEAN,
  TYPE_ERROR,
  TYPE_DATE,
} CellType;

typedef struct
{
  KaiWorkbook *workbook;
  KaiRows *rows;
  GString *value; /* of the open cell */
  char date[KAI_WORKBOOK_DATE_SIZE];
  int row;    /* open or last row, 0 before the first */
  int column; /* open or last column, 0-based, -1 before the first */
  gboolean in_row, in_cell, in_inline, taking;
  gboolean has_formula;
  int phonetic;
  CellType type;
  int style;
} SheetState;

static void
row_start (KaiPart *part, SheetState *state, const KaiAttributes *attributes)
{
  int number = kai_attributes_int (attributes, "r", KAI_WORKBOOK_MAX_ROWS);

  if (number == -1)
    number = state->row + 1;
  if (state->in_row || number <= state->row || number > KAI_WORKBOOK_MAX_ROWS)
    {
      kai_part_fail_damaged (part);
      return;
    }
  state->in_row = TRUE;
  state->row = number;
  state->column = -1;
  if (!kai_rows_begin_row (state->rows, number, kai_attributes_true (attributes, "hidden"),
                           &part->error))
    kai_part_stop (part);
}

/* "BC17" → column 54, when the row is the open one; -1 when malformed. */
static int
parse_reference (const char *text, int length, int row)
{
  int column = 0, number = 0, i = 0;

  for (; i < length && g_ascii_isalpha (text[i]) && i < 3; i++)
    column = column * 26 + ((text[i] & ~0x20) - 'A' + 1);
  if (i == 0 || i == length || length - i > 7)
    return -1;
  for (; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return -1;
      number = number * 10 + (text[i] - '0');
    }
  return number == row && column <= KAI_WORKBOOK_SHEET_COLUMNS ? column - 1 : -1;
}

static CellType
parse_type (const KaiAttributes *attributes)
{
  static const struct
  {
    const char *word;
    CellType type;
  } types[] = {
    { "s", TYPE_SHARED },  { "inlineStr", TYPE_INLINE }, { "str", TYPE_STRING },
    { "b", TYPE_BOOLEAN }, { "e", TYPE_ERROR },          { "d", TYPE_DATE },
  };
  int length;
  const char *word = kai_attributes_find (attributes, "t", &length);

  for (gsize i = 0; word && i < G_N_ELEMENTS (types); i++)
    if (strlen (types[i].word) == (gsize)length && memcmp (types[i].word, word, length) == 0)
      return types[i].type;
  return TYPE_NUMBER;
}

static void
cell_start (KaiPart *part, SheetState *state, const KaiAttributes *attributes)
{
  int length;
  const char *reference = kai_attributes_find (attributes, "r", &length);
  int column = reference ? parse_reference (reference, length, state->row) : state->column + 1;

  if (!state->in_row || state->in_cell || column <= state->column
      || column >= KAI_WORKBOOK_SHEET_COLUMNS)
    {
      kai_part_fail_damaged (part);
      return;
    }
  state->in_cell = TRUE;
  state->in_inline = state->taking = state->has_formula = FALSE;
  state->phonetic = 0;
  state->column = column;
  state->type = parse_type (attributes);
  state->style = kai_attributes_int (attributes, "s", G_MAXINT);
  g_string_truncate (state->value, 0);
}

/* "B3" at @text → row and column; the rest, NULL when it is no reference. */
static const char *
parse_corner (const char *text, int *row, int *column)
{
  int letters = 0;
  gint64 number = 0;

  *column = 0;
  for (; g_ascii_isalpha (*text) && letters < 3; text++, letters++)
    *column = *column * 26 + ((*text & ~0x20) - 'A' + 1);
  for (; g_ascii_isdigit (*text) && number <= KAI_WORKBOOK_MAX_ROWS; text++)
    number = number * 10 + (*text - '0');
  if (letters == 0 || number < 1 || number > KAI_WORKBOOK_MAX_ROWS
      || *column > KAI_WORKBOOK_SHEET_COLUMNS)
    return NULL;
  --*column;
  *row = (int)number;
  return text;
}

/* What is malformed here is no reason to refuse the rows. */
static void
take_merge (SheetState *state, const KaiAttributes *attributes)
{
  g_autofree char *reference = kai_attributes_dup (attributes, "ref");
  KaiMerge merge;
  const char *rest =
      reference ? parse_corner (reference, &merge.first_row, &merge.first_column) : NULL;

  if (!rest || *rest != ':')
    return;
  rest = parse_corner (rest + 1, &merge.last_row, &merge.last_column);
  if (rest && *rest == '\0' && merge.first_row <= merge.last_row
      && merge.first_column <= merge.last_column)
    kai_rows_add_merge (state->rows, &merge);
}

static void
sheet_start (KaiPart *part, const char *name, const KaiAttributes *attributes)
{
  SheetState *state = part->data;

  if (name[0] == 'c' && name[1] == '\0')
    cell_start (part, state, attributes);
  else if (strcmp (name, "row") == 0)
    row_start (part, state, attributes);
  else if (!state->in_cell)
    {
      if (strcmp (name, "mergeCell") == 0)
        take_merge (state, attributes);
    }
  else if (name[0] == 'v' && name[1] == '\0')
    state->taking = state->type != TYPE_INLINE;
  else if (name[0] == 't' && name[1] == '\0')
    state->taking = state->type == TYPE_INLINE && state->in_inline && state->phonetic == 0;
  else if (strcmp (name, "f") == 0)
    state->has_formula = TRUE;
  else if (strcmp (name, "is") == 0)
    state->in_inline = TRUE;
  else if (strcmp (name, "rPh") == 0)
    state->phonetic++;
}

static void
sheet_text (KaiPart *part, const char *text, int length)
{
  SheetState *state = part->data;

  if (!state->taking)
    return;
  g_string_append_len (state->value, text, length);
  if (state->value->len > KAI_WORKBOOK_MAX_TEXT * 7)
    kai_part_fail (part,
                   _ ("A cell in row %d holds more than 32,767 characters, more than a spreadsheet "
                      "allows. Shorten it and try again."),
                   state->row);
}

gboolean
kai_workbook_is_decimal (const char *text)
{
  const char *c = text;
  int digits = 0;

  if (*c == '-' || *c == '+')
    c++;
  for (; g_ascii_isdigit (*c); c++)
    digits++;
  if (*c == '.')
    for (c++; g_ascii_isdigit (*c); c++)
      digits++;
  if (digits > 0 && (*c == 'e' || *c == 'E'))
    {
      c++;
      if (*c == '-' || *c == '+')
        c++;
      if (!g_ascii_isdigit (*c))
        return FALSE;
      while (g_ascii_isdigit (*c))
        c++;
    }
  return digits > 0 && *c == '\0';
}

static void
strip (GString *value)
{
  if (value->len > 0
      && (g_ascii_isspace (value->str[0]) || g_ascii_isspace (value->str[value->len - 1])))
    {
      g_strstrip (value->str);
      value->len = strlen (value->str);
    }
}

static guint8
cell_style (SheetState *state)
{
  GByteArray *styles = state->workbook->styles;

  return state->style >= 0 && (guint)state->style < styles->len ? styles->data[state->style] : 0;
}

static KaiCellKind
number_kind (SheetState *state)
{
  strip (state->value);
  if (state->value->len == 0)
    {
      if (!state->has_formula)
        return KAI_CELL_EMPTY;
      /* A formula that was never calculated: not the same as an empty cell. */
      g_string_assign (state->value, "#FORMULA");
      return KAI_CELL_ERROR;
    }
  if (!kai_workbook_is_decimal (state->value->str))
    return KAI_CELL_TEXT;
  if (cell_style (state) == KAI_STYLE_DATE
      && kai_workbook_serial_to_date (state->value->str, state->workbook->date_1904, state->date))
    return KAI_CELL_DATE;
  return KAI_CELL_NUMBER;
}

/* t="d": 2026-09-01 or 2026-09-01T08:30:00[.000][Z] */
static KaiCellKind
date_kind (GString *value)
{
  int year, month, day, hour = 0, minute = 0, second = 0;
  int n =
      sscanf (value->str, "%4d-%2d-%2dT%2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second);

  if ((n != 3 && n != 6) || month < 1 || month > 12 || day < 1 || day > 31 || year < 1
      || !g_date_valid_dmy (day, month, year) || hour < 0 || hour > 23 || minute < 0 || minute > 59
      || second < 0 || second > 59)
    return KAI_CELL_TEXT;
  g_string_printf (value, "%04d-%02d-%02d", year, month, day);
  if (hour || minute || second)
    g_string_append_printf (value, " %02d:%02d:%02d", hour, minute, second);
  return KAI_CELL_DATE;
}

/* Adds the string that the cell points at. */
static void
add_shared (KaiPart *part, SheetState *state)
{
  KaiStrings *strings = &state->workbook->strings;
  guint64 index = 0;

  strip (state->value);
  if (state->value->len == 0)
    return;
  if (!g_ascii_string_to_unsigned (state->value->str, 10, 0, G_MAXUINT32, &index, NULL)
      || index >= strings->offsets->len)
    kai_part_fail_damaged (part);
  else
    kai_rows_add_shared (state->rows, state->column,
                         strings->text->str + g_array_index (strings->offsets, guint32, index),
                         &part->error);
}

static KaiCellKind
cell_kind (SheetState *state)
{
  switch (state->type)
    {
    case TYPE_INLINE:
    case TYPE_STRING:
      kai_workbook_decode_escapes (state->value);
      return KAI_CELL_TEXT;
    case TYPE_BOOLEAN:
      strip (state->value);
      if (state->value->len > 0)
        g_string_assign (state->value, state->value->str[0] == '1' || state->value->str[0] == 't'
                                           ? "TRUE"
                                           : "FALSE");
      return KAI_CELL_BOOLEAN;
    case TYPE_ERROR:
      return KAI_CELL_ERROR;
    case TYPE_DATE:
      return date_kind (state->value);
    case TYPE_NUMBER:
    default:
      return number_kind (state);
    }
}

static void
cell_end (KaiPart *part, SheetState *state)
{
  KaiCellKind kind;
  const char *text = state->value->str;

  state->in_cell = FALSE;
  if (state->type == TYPE_SHARED)
    add_shared (part, state);
  else if (state->value->len > 0 || state->has_formula)
    {
      kind = cell_kind (state);
      text = kind == KAI_CELL_DATE && state->type == TYPE_NUMBER ? state->date : state->value->str;
      if (!kai_rows_add_cell (state->rows, state->column, kind, text,
                              text == state->date ? strlen (text) : state->value->len, &part->error)
          || *text == '\0')
        ;
      else if (text == state->date)
        kai_rows_set_stored (state->rows, state->value->str);
      else if (kind == KAI_CELL_NUMBER)
        kai_rows_set_whole_digits (state->rows, cell_style (state));
    }
  if (part->error)
    kai_part_stop (part);
}

static void
row_end (KaiPart *part, SheetState *state)
{
  state->in_row = FALSE;
  if (!kai_rows_end_row (state->rows))
    kai_part_stop (part);
}

static void
sheet_end (KaiPart *part, const char *name)
{
  SheetState *state = part->data;

  /* The three of which there are millions first. */
  if (name[1] == '\0')
    {
      if (name[0] == 'v' || name[0] == 't')
        state->taking = FALSE;
      else if (name[0] == 'c')
        cell_end (part, state);
    }
  else if (strcmp (name, "is") == 0)
    state->in_inline = FALSE;
  else if (strcmp (name, "row") == 0)
    row_end (part, state);
  else if (strcmp (name, "rPh") == 0)
    state->phonetic--;
}

static const KaiPartHandlers handlers = { sheet_start, sheet_end, sheet_text };

gboolean
kai_workbook_read_xlsx (KaiWorkbook *workbook, int sheet, KaiRows *rows, GCancellable *cancellable,
                        GError **error)
{
  const KaiSheet *from = workbook->sheets->pdata[sheet];
  SheetState state = { .workbook = workbook, .rows = rows };
  gboolean ok;

  if (!workbook->loaded)
    {
      if (!kai_workbook_load_styles (workbook, cancellable, error)
          || !kai_workbook_load_strings (workbook, cancellable, error))
        return FALSE;
      workbook->loaded = TRUE;
    }
  state.value = g_string_sized_new (256);
  ok = kai_workbook_parse_part (workbook, from->part, &handlers, &state, cancellable, error);
  g_string_free (state.value, TRUE);
  return ok;
}

static gboolean
read_xml (KaiWorkbook *workbook, int sheet, KaiRows *rows, GCancellable *cancellable,
          GError **error)
{
  SheetState state = { .workbook = workbook, .rows = rows };
  gsize length;
  const char *bytes = g_bytes_get_data (workbook->bytes, &length);
  gboolean ok;

  state.value = g_string_sized_new (256);
  ok = kai_workbook_parse_bytes (bytes, length, "sheet", &handlers, &state, error);
  g_string_free (state.value, TRUE);
  return ok;
}

gboolean
kai_workbook_read_sheet_xml (KaiWorkbook *workbook, GBytes *xml, KaiRowFunc func, gpointer data,
                             GError **error)
{
  g_clear_pointer (&workbook->bytes, g_bytes_unref);
  workbook->bytes = g_bytes_ref (xml);
  workbook->reader = read_xml;
  return kai_rows_run (workbook, 0, FALSE, func, data, NULL, error);
}
