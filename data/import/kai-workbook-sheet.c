/* A sheet's rows: the state machine behind the push parser. A cell's text is gathered in one buffer per row;
 * shared strings are pointed at, not copied. */
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
  KaiCellKind kind;
  const char *shared; /* into the shared strings, or NULL */
  gsize offset;       /* into the row's text */
} RawCell;

typedef struct
{
  KaiWorkbook *workbook;
  KaiRowFunc func;
  gpointer data;
  GArray *raw;    /* RawCell of the row, from column A */
  GArray *cells;  /* KaiCell, as handed over */
  GString *text;  /* of the row's cells */
  GString *value; /* of the open cell */
  int row;        /* open or last row, 0 before the first */
  int column;     /* open or last column, 0-based, -1 before the first */
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
  g_array_set_size (state->raw, 0);
  g_string_truncate (state->text, 0);
}

/* "BC17" → column 54, when the row is the open one; -1 when malformed. */
static int
parse_reference (const char *text, int length, int row)
{
  int column = 0, number = 0, i = 0;

  for (; i < length && g_ascii_isupper (text[i]) && i < 3; i++)
    column = column * 26 + (text[i] - 'A' + 1);
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

static void
sheet_start (KaiPart *part, const char *name, const KaiAttributes *attributes)
{
  SheetState *state = part->data;

  if (name[0] == 'c' && name[1] == '\0')
    cell_start (part, state, attributes);
  else if (strcmp (name, "row") == 0)
    row_start (part, state, attributes);
  else if (!state->in_cell)
    return;
  else if (strcmp (name, "v") == 0)
    state->taking = state->type != TYPE_INLINE;
  else if (strcmp (name, "f") == 0)
    state->has_formula = TRUE;
  else if (strcmp (name, "is") == 0)
    state->in_inline = TRUE;
  else if (strcmp (name, "rPh") == 0)
    state->phonetic++;
  else if (strcmp (name, "t") == 0)
    state->taking = state->type == TYPE_INLINE && state->in_inline && state->phonetic == 0;
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

static gboolean
is_decimal (const char *text)
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

static KaiCellKind
number_kind (SheetState *state)
{
  GByteArray *dates = state->workbook->date_styles;

  g_strstrip (state->value->str);
  state->value->len = strlen (state->value->str);
  if (state->value->len == 0)
    {
      if (!state->has_formula)
        return KAI_CELL_EMPTY;
      /* A formula that was never calculated: not the same as an empty cell. */
      g_string_assign (state->value, "#FORMULA");
      return KAI_CELL_ERROR;
    }
  if (!is_decimal (state->value->str))
    return KAI_CELL_TEXT;
  if (state->style >= 0 && (guint)state->style < dates->len && dates->data[state->style])
    {
      g_autofree char *date =
          kai_workbook_serial_to_date (state->value->str, state->workbook->date_1904);

      if (date)
        {
          g_string_assign (state->value, date);
          return KAI_CELL_DATE;
        }
    }
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

/* Looks up the string that the cell points at; NULL after a failure. */
static const char *
shared_string (KaiPart *part, SheetState *state)
{
  KaiStrings *strings = &state->workbook->strings;
  guint64 index;

  g_strstrip (state->value->str);
  if (!g_ascii_string_to_unsigned (state->value->str, 10, 0, G_MAXUINT32, &index, NULL)
      || index >= strings->offsets->len)
    {
      if (state->value->str[0] == '\0')
        return "";
      kai_part_fail_damaged (part);
      return NULL;
    }
  return strings->text->str + g_array_index (strings->offsets, guint32, index);
}

static KaiCellKind
cell_kind (KaiPart *part, SheetState *state, const char **shared)
{
  switch (state->type)
    {
    case TYPE_SHARED:
      *shared = shared_string (part, state);
      return *shared && **shared ? KAI_CELL_TEXT : KAI_CELL_EMPTY;
    case TYPE_INLINE:
    case TYPE_STRING:
      kai_workbook_decode_escapes (state->value);
      return state->value->len > 0 ? KAI_CELL_TEXT : KAI_CELL_EMPTY;
    case TYPE_BOOLEAN:
      if (state->value->len == 0)
        return KAI_CELL_EMPTY;
      g_string_assign (state->value, state->value->str[0] == '1' || state->value->str[0] == 't'
                                         ? "TRUE"
                                         : "FALSE");
      return KAI_CELL_BOOLEAN;
    case TYPE_ERROR:
      return state->value->len > 0 ? KAI_CELL_ERROR : KAI_CELL_EMPTY;
    case TYPE_DATE:
      return state->value->len > 0 ? date_kind (state->value) : KAI_CELL_EMPTY;
    case TYPE_NUMBER:
    default:
      return number_kind (state);
    }
}

static void
cell_end (KaiPart *part, SheetState *state)
{
  const char *shared = NULL;
  RawCell cell = { .kind = cell_kind (part, state, &shared), .offset = state->text->len };
  const char *text = shared ? shared : state->value->str;

  state->in_cell = FALSE;
  if (cell.kind == KAI_CELL_EMPTY || part->error)
    return;
  if (state->column >= KAI_WORKBOOK_MAX_COLUMNS)
    {
      kai_part_fail (part,
                     _ ("Row %d has content right of column %d. Delete the columns that do not "
                        "belong to the list and try again."),
                     state->row, KAI_WORKBOOK_MAX_COLUMNS);
      return;
    }
  if (strlen (text) > KAI_WORKBOOK_MAX_TEXT && g_utf8_strlen (text, -1) > KAI_WORKBOOK_MAX_TEXT)
    {
      kai_part_fail (part,
                     _ ("A cell in row %d holds more than 32,767 characters, more than a "
                        "spreadsheet allows. Shorten it and try again."),
                     state->row);
      return;
    }
  if (shared)
    cell.shared = shared;
  else
    g_string_append_len (state->text, text, strlen (text) + 1);
  while (state->raw->len < (guint)state->column)
    {
      RawCell gap = { .kind = KAI_CELL_EMPTY, .shared = "" };

      g_array_append_val (state->raw, gap);
    }
  g_array_append_val (state->raw, cell);
}

static void
row_end (KaiPart *part, SheetState *state)
{
  state->in_row = FALSE;
  if (state->raw->len == 0)
    return;
  g_array_set_size (state->cells, state->raw->len);
  for (guint i = 0; i < state->raw->len; i++)
    {
      const RawCell *raw = &g_array_index (state->raw, RawCell, i);
      KaiCell *cell = &g_array_index (state->cells, KaiCell, i);

      cell->kind = raw->kind;
      cell->text = raw->shared ? raw->shared : state->text->str + raw->offset;
    }
  if (!state->func (state->row, (const KaiCell *)state->cells->data, (int)state->cells->len,
                    state->data))
    kai_part_stop (part);
}

static void
sheet_end (KaiPart *part, const char *name)
{
  SheetState *state = part->data;

  if (name[0] == 'v' && name[1] == '\0')
    state->taking = FALSE;
  else if (name[0] == 'c' && name[1] == '\0')
    cell_end (part, state);
  else if (name[0] == 't' && name[1] == '\0')
    state->taking = FALSE;
  else if (strcmp (name, "row") == 0)
    row_end (part, state);
  else if (strcmp (name, "is") == 0)
    state->in_inline = FALSE;
  else if (strcmp (name, "rPh") == 0)
    state->phonetic--;
}

gboolean
kai_workbook_read_sheet (KaiWorkbook *workbook, const char *part, GBytes *bytes, KaiRowFunc func,
                         gpointer data, GCancellable *cancellable, GError **error)
{
  static const KaiPartHandlers handlers = { sheet_start, sheet_end, sheet_text };
  SheetState state = { .workbook = workbook, .func = func, .data = data };
  gboolean ok;

  state.raw = g_array_new (FALSE, FALSE, sizeof (RawCell));
  state.cells = g_array_new (FALSE, FALSE, sizeof (KaiCell));
  state.text = g_string_sized_new (1024);
  state.value = g_string_sized_new (256);
  if (bytes)
    ok = kai_workbook_parse_bytes (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), part,
                                   &handlers, &state, error);
  else
    ok = kai_workbook_parse_part (workbook, part, &handlers, &state, cancellable, error);
  g_array_unref (state.raw);
  g_array_unref (state.cells);
  g_string_free (state.text, TRUE);
  g_string_free (state.value, TRUE);
  return ok;
}
