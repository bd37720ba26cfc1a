/* XML Spreadsheet 2003, one XML file that old Excel and many web systems write, usually under the name .xls. */
#include "import/kai-workbook-private.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  KaiWorkbook *workbook;
  KaiRows *rows; /* NULL while sheets are counted */
  int wanted, sheet;
  gboolean in_row, in_cell, in_data, in_visible;
  int comment; /* depth: a comment has data too */
  int row, column, across, down;
  KaiCellKind kind;
  gboolean has_formula;
  GString *text;
} State;

/* Attributes come in the namespace of the spreadsheet. */
static char *
dup_attribute (const KaiAttributes *attributes, const char *name)
{
  for (int i = 0; i < attributes->n; i++)
    {
      const xmlChar **attribute = attributes->list + 5 * i;

      if (strcmp ((const char *)attribute[0], name) == 0)
        return g_strndup ((const char *)attribute[3], attribute[4] - attribute[3]);
    }
  return NULL;
}

static int
int_attribute (const KaiAttributes *attributes, const char *name, int otherwise)
{
  g_autofree char *text = dup_attribute (attributes, name);
  guint64 value;

  if (!text)
    return otherwise;
  return g_ascii_string_to_unsigned (text, 10, 0, KAI_WORKBOOK_MAX_ROWS, &value, NULL) ? (int)value
                                                                                       : -1;
}

static gboolean
is_wanted (const State *state)
{
  return state->rows && state->sheet == state->wanted;
}

static void
row_start (KaiPart *part, State *state, const KaiAttributes *attributes)
{
  int row = int_attribute (attributes, "Index", state->row + 1);
  g_autofree char *hidden = dup_attribute (attributes, "Hidden");

  if (state->in_row || row <= state->row)
    {
      kai_part_fail_damaged (part);
      return;
    }
  state->in_row = TRUE;
  state->row = row;
  state->column = -1;
  state->across = 0;
  if (!kai_rows_begin_row (state->rows, row, hidden && strcmp (hidden, "1") == 0, &part->error))
    kai_part_stop (part);
}

static void
cell_start (KaiPart *part, State *state, const KaiAttributes *attributes)
{
  int next = state->column + 1 + state->across;
  int column = int_attribute (attributes, "Index", next + 1) - 1;
  g_autofree char *formula = dup_attribute (attributes, "Formula");

  if (!state->in_row || state->in_cell || column < next || column >= KAI_WORKBOOK_SHEET_COLUMNS)
    {
      kai_part_fail_damaged (part);
      return;
    }
  state->in_cell = TRUE;
  state->column = column;
  state->across = MAX (0, int_attribute (attributes, "MergeAcross", 0));
  state->down = MAX (0, int_attribute (attributes, "MergeDown", 0));
  state->kind = KAI_CELL_EMPTY;
  state->has_formula = formula != NULL;
  g_string_truncate (state->text, 0);
}

static void
data_start (State *state, const KaiAttributes *attributes)
{
  static const struct
  {
    const char *word;
    KaiCellKind kind;
  } kinds[] = { { "Number", KAI_CELL_NUMBER },
                { "DateTime", KAI_CELL_DATE },
                { "Boolean", KAI_CELL_BOOLEAN },
                { "Error", KAI_CELL_ERROR } };
  g_autofree char *type = dup_attribute (attributes, "Type");

  state->in_data = TRUE;
  state->kind = KAI_CELL_TEXT;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (type, kinds[i].word) == 0)
      state->kind = kinds[i].kind;
}

static void
on_start (KaiPart *part, const char *name, const KaiAttributes *attributes)
{
  State *state = part->data;

  if (strcmp (name, "Worksheet") == 0)
    {
      g_autofree char *title = dup_attribute (attributes, "Name");

      state->sheet++;
      if (state->sheet >= KAI_WORKBOOK_MAX_SHEETS)
        kai_part_fail_damaged (part);
      else if (!state->rows)
        kai_workbook_add_sheet (state->workbook, title, NULL, FALSE);
    }
  else if (strcmp (name, "Visible") == 0)
    {
      state->in_visible = !state->rows && state->workbook->sheets->len > 0;
      g_string_truncate (state->text, 0);
    }
  else if (strcmp (name, "Comment") == 0)
    state->comment++;
  else if (!is_wanted (state) || state->comment > 0)
    return;
  else if (strcmp (name, "Row") == 0)
    row_start (part, state, attributes);
  else if (strcmp (name, "Cell") == 0)
    cell_start (part, state, attributes);
  else if (strcmp (name, "Data") == 0 && state->in_cell)
    data_start (state, attributes);
}

static void
on_text (KaiPart *part, const char *text, int length)
{
  State *state = part->data;

  if ((!state->in_data && !state->in_visible) || state->comment > 0)
    return;
  g_string_append_len (state->text, text, length);
  if (state->text->len > KAI_WORKBOOK_MAX_TEXT * 4)
    kai_part_fail (part, _ ("A cell of the workbook holds more than 32,767 characters, more than a "
                            "spreadsheet allows. Shorten it and try again."));
}

static KaiCellKind
date_kind (GString *text)
{
  /* 2026-09-01T08:30:00.000, a day without a time as midnight, a time without a day on 31 December 1899. */
  char *dot = strchr (text->str, '.');

  if (text->len < 19 || text->str[10] != 'T' || g_str_has_prefix (text->str, "1899-"))
    return KAI_CELL_TEXT;
  if (dot)
    g_string_truncate (text, dot - text->str);
  text->str[10] = ' ';
  if (g_str_has_suffix (text->str, " 00:00:00"))
    g_string_truncate (text, 10);
  return KAI_CELL_DATE;
}

static void
cell_end (KaiPart *part, State *state)
{
  KaiMerge merge = { state->row, MIN (state->row + state->down, KAI_WORKBOOK_MAX_ROWS),
                     state->column,
                     MIN (state->column + state->across, KAI_WORKBOOK_SHEET_COLUMNS - 1) };

  state->in_cell = FALSE;
  if (state->kind == KAI_CELL_EMPTY && state->has_formula)
    {
      state->kind = KAI_CELL_ERROR;
      g_string_assign (state->text, "#FORMULA");
    }
  else if (state->kind == KAI_CELL_DATE)
    state->kind = date_kind (state->text);
  else if (state->kind == KAI_CELL_BOOLEAN)
    g_string_assign (state->text, state->text->str[0] == '1' ? "TRUE" : "FALSE");
  else if (state->kind == KAI_CELL_NUMBER && !kai_workbook_is_decimal (state->text->str))
    state->kind = KAI_CELL_TEXT;
  if (state->down > 0 || state->across > 0)
    kai_rows_add_merge (state->rows, &merge);
  if (state->kind != KAI_CELL_EMPTY
      && !kai_rows_add_cell (state->rows, state->column, state->kind, state->text->str,
                             state->text->len, &part->error))
    kai_part_stop (part);
}

static void
on_end (KaiPart *part, const char *name)
{
  State *state = part->data;

  if (strcmp (name, "Comment") == 0)
    state->comment--;
  else if (strcmp (name, "Visible") == 0 && state->in_visible)
    {
      const KaiSheet *last = state->workbook->sheets->pdata[state->workbook->sheets->len - 1];

      ((KaiSheet *)last)->hidden = g_str_has_prefix (state->text->str, "Sheet");
      state->in_visible = FALSE;
    }
  else if (strcmp (name, "Data") == 0 && state->comment == 0)
    state->in_data = FALSE;
  else if (strcmp (name, "Cell") == 0 && state->in_cell)
    cell_end (part, state);
  else if (strcmp (name, "Row") == 0 && state->in_row)
    {
      state->in_row = FALSE;
      if (!kai_rows_end_row (state->rows))
        kai_part_stop (part);
    }
  else if (strcmp (name, "Worksheet") == 0 && is_wanted (state))
    kai_part_stop (part);
}

static const KaiPartHandlers handlers = { on_start, on_end, on_text };

static gboolean
run (State *state, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (state->workbook->backend, &length);
  gboolean ok;

  state->sheet = -1;
  state->text = g_string_new (NULL);
  ok = kai_workbook_parse_bytes (text, length, "Workbook", &handlers, state, error);
  g_string_free (state->text, TRUE);
  return ok;
}

static gboolean
read_sheet (KaiWorkbook *workbook, int sheet, KaiRows *rows, GCancellable *cancellable,
            GError **error)
{
  State state = { .workbook = workbook, .rows = rows, .wanted = sheet };

  return run (&state, error);
}

gboolean
kai_workbook_open_sheetml (KaiWorkbook *workbook, GError **error)
{
  State state = { .workbook = workbook };
  gsize length, skip = 0;
  const char *bytes = g_bytes_get_data (workbook->bytes, &length), *encoding;
  g_autofree char *text = kai_workbook_decode (bytes, length, &length, &encoding, error);

  if (!text)
    return FALSE;
  /* It is UTF-8 now, whatever the declaration says. */
  skip = strspn (text, " \t\r\n");
  if (g_str_has_prefix (text + skip, "<?xml") && strstr (text + skip, "?>"))
    skip = strstr (text + skip, "?>") + 2 - text;
  workbook->backend = g_bytes_new (text + skip, length - skip);
  workbook->backend_free = (GDestroyNotify)g_bytes_unref;
  workbook->reader = read_sheet;
  if (!run (&state, error))
    return FALSE;
  if (workbook->sheets->len == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The workbook has no sheet with cells. Choose the file that holds the "
                             "list."));
  return TRUE;
}
