/* Mending a list: cells, blocks, fill down, replace, undo. Each is one step back; only what a change touches is checked again. */
#include "import/kai-import-sheet-private.h"

#include "values/kai-text.h"

#include <string.h>

#define MAX_UNDO 500

/* ---- What a change touches ---- */

typedef struct
{
  KaiImportSheet *sheet;
  GHashTable *rows; /* row + 1 */
} Touched;

static gboolean
touch (int row, gpointer data)
{
  Touched *touched = data;

  g_hash_table_add (touched->rows, GINT_TO_POINTER (row + 1));
  return TRUE;
}

/* The rows whose marks hang on @row as it stands: its notice, and those that it is twice with. */
static void
touch_around (Touched *touched, int row)
{
  KaiImportSheet *sheet = touched->sheet;
  g_autofree KaiParsedRow *parsed = g_new (KaiParsedRow, 1);
  KaiRowKey keys[KAI_ROW_MAX_ITEMS];
  int n, first;

  touch (row, touched);
  if (kai_sheet_row (sheet, row)->kind != KAI_ROW_DATA)
    return;
  kai_sheet_parse_row (sheet, row, parsed);
  n = kai_sheet_student_keys (sheet, parsed, keys);
  for (int i = 0; i < n; i++)
    {
      first = kai_row_index_first (sheet->students, keys + i, NULL);
      if (first >= 0)
        touch (first, touched);
    }
  if (kai_sheet_group_key (sheet, parsed, keys))
    kai_row_index_visit (sheet->groups, keys, touch, touched);
  /* The first row of a number decides which name the others are held against. */
  if (kai_sheet_id_key (parsed, keys) && (first = kai_row_index_first (sheet->ids, keys, &n)) >= 0
      && n > 1)
    {
      touch (first, touched);
      if (row <= first)
        kai_row_index_visit (sheet->ids, keys, touch, touched);
    }
}

/* After the index has changed the first of a key may be another row than before. */
static void
touch_first_after (Touched *touched, const KaiRowKey *keys, int n, const KaiRowKey *id)
{
  KaiImportSheet *sheet = touched->sheet;

  for (int i = 0; i < n; i++)
    {
      int first = kai_row_index_first (sheet->students, keys + i, NULL);

      if (first >= 0)
        touch (first, touched);
    }
  if (id->part[0])
    {
      int first = kai_row_index_first (sheet->ids, id, NULL);

      if (first >= 0)
        touch (first, touched);
    }
}

static void
put (KaiImportSheet *sheet, const KaiSheetChange *change, guint32 value)
{
  if (change->column >= 0)
    *kai_sheet_cell_place (sheet, change->row, change->column) = value;
  else
    kai_sheet_row (sheet, change->row)->kind = (guint8)value;
}

/* One change with the indexes; gathers the rows to be marked again. */
static void
apply_change (Touched *touched, const KaiSheetChange *change, guint32 value)
{
  KaiImportSheet *sheet = touched->sheet;
  g_autofree KaiParsedRow *before = g_new (KaiParsedRow, 1);
  KaiRowKey keys[KAI_ROW_MAX_ITEMS], id = { { 0, 0, 0, 0 } };
  int n = 0;

  touch_around (touched, change->row);
  if (kai_sheet_row (sheet, change->row)->kind == KAI_ROW_DATA)
    {
      kai_sheet_parse_row (sheet, change->row, before);
      n = kai_sheet_student_keys (sheet, before, keys);
      kai_sheet_id_key (before, &id);
    }
  kai_sheet_index_row (sheet, change->row, FALSE);
  put (sheet, change, value);
  /* Who was the first of its new keys until now. */
  touch_around (touched, change->row);
  kai_sheet_index_row (sheet, change->row, TRUE);
  touch_first_after (touched, keys, n, &id);
  touch_around (touched, change->row);
}

static int
compare_ints (gconstpointer a, gconstpointer b)
{
  return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

/* Whole notices, in order. */
static GArray *
list_touched (Touched *touched)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (int));
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, touched->rows);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      int row = GPOINTER_TO_INT (key) - 1;

      g_array_append_val (rows, row);
    }
  g_array_sort (rows, compare_ints);
  return rows;
}

static void
notify_rows (KaiImportSheet *sheet, GArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      g_autoptr (GArray) group = NULL;
      int row = g_array_index (rows, int, i);

      kai_sheet_notify (sheet, row, 1);
      if (kai_sheet_row (sheet, row)->kind != KAI_ROW_DATA)
        continue;
      group = kai_sheet_group_rows (sheet, row);
      for (guint k = 0; k < group->len; k++)
        if (g_array_index (group, int, k) != row)
          kai_sheet_notify (sheet, g_array_index (group, int, k), 1);
    }
}

/* Applies all changes forwards or backwards. */
static void
apply_changes (KaiImportSheet *sheet, GArray *changes, gboolean back)
{
  g_autoptr (GHashTable) set = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) rows = NULL;
  Touched touched = { sheet, set };

  for (guint i = 0; i < changes->len; i++)
    {
      const KaiSheetChange *change =
          &g_array_index (changes, KaiSheetChange, back ? changes->len - 1 - i : i);

      if (sheet->checked)
        apply_change (&touched, change, back ? change->before : change->after);
      else
        put (sheet, change, back ? change->before : change->after);
    }
  if (!sheet->checked)
    {
      kai_sheet_notify (sheet, 0, -1);
      return;
    }
  rows = list_touched (&touched);
  /* What the ledger said was said of the old content. */
  for (guint i = 0; i < rows->len; i++)
    {
      int row = g_array_index (rows, int, i);

      g_hash_table_remove (sheet->answers, GINT_TO_POINTER (row + 1));
      if (kai_sheet_row (sheet, row)->result == KAI_ROW_REFUSED)
        kai_sheet_row (sheet, row)->result = KAI_ROW_OPEN;
    }
  kai_sheet_mark_rows (sheet, (const int *)(gpointer)rows->data, (int)rows->len);
  kai_sheet_check_file (sheet);
  if (!kai_sheet_ask_ledger (sheet, (const int *)(gpointer)rows->data, (int)rows->len, NULL))
    sheet->checked = FALSE;
  notify_rows (sheet, rows);
}

/* ---- Steps ---- */

static GArray *
new_step (void)
{
  return g_array_new (FALSE, FALSE, sizeof (KaiSheetChange));
}

/* Takes @step; number of its changes. */
static int
finish_step (KaiImportSheet *sheet, GArray *step)
{
  int n = (int)step->len;

  if (n == 0)
    {
      g_array_unref (step);
      return 0;
    }
  apply_changes (sheet, step, FALSE);
  g_ptr_array_set_size (sheet->redo, 0);
  g_ptr_array_add (sheet->undo, step);
  if (sheet->undo->len > MAX_UNDO)
    g_ptr_array_remove_index (sheet->undo, 0);
  return n;
}

static void
add_change (KaiImportSheet *sheet, GArray *step, int row, int column, const char *text)
{
  KaiSheetChange change = { row, column, 0, 0 };
  g_autofree char *valid = NULL;
  g_autofree char *trimmed = NULL;

  if (row < 0 || row >= (int)sheet->rows->len || column < 0 || column >= sheet->n_columns
      || kai_import_sheet_is_locked (sheet, row))
    return;
  valid = g_utf8_make_valid (text, -1);
  trimmed = kai_text_normalise_name (valid);
  change.before = kai_sheet_cell (sheet, row, column);
  /* The same text typed again over a number makes a text of it: that is how a damaged cell is mended. */
  change.after = kai_import_pool_add (sheet->pool, KAI_CELL_TEXT, *trimmed ? valid : "");
  if (change.before != change.after)
    g_array_append_val (step, change);
}

gboolean
kai_import_sheet_set_text (KaiImportSheet *sheet, int row, int column, const char *text)
{
  GArray *step = new_step ();

  add_change (sheet, step, row, column, text);
  return finish_step (sheet, step) > 0;
}

void
kai_import_sheet_set_row_kind (KaiImportSheet *sheet, int row, KaiRowKind kind)
{
  KaiSheetChange change = { row, -1, kai_sheet_row (sheet, row)->kind, kind };
  GArray *step = new_step ();

  if (change.before != change.after && !kai_import_sheet_is_locked (sheet, row))
    g_array_append_val (step, change);
  finish_step (sheet, step);
}

static int
move_step (KaiImportSheet *sheet, GPtrArray *from, GPtrArray *to, gboolean back)
{
  GArray *step;

  if (from->len == 0)
    return -1;
  step = g_ptr_array_steal_index (from, from->len - 1);
  apply_changes (sheet, step, back);
  g_ptr_array_add (to, step);
  return g_array_index (step, KaiSheetChange, 0).row;
}

gboolean
kai_import_sheet_can_undo (KaiImportSheet *sheet)
{
  return sheet->undo->len > 0;
}

gboolean
kai_import_sheet_can_redo (KaiImportSheet *sheet)
{
  return sheet->redo->len > 0;
}

int
kai_import_sheet_undo (KaiImportSheet *sheet)
{
  return move_step (sheet, sheet->undo, sheet->redo, TRUE);
}

int
kai_import_sheet_redo (KaiImportSheet *sheet)
{
  return move_step (sheet, sheet->redo, sheet->undo, FALSE);
}

/* ---- The clipboard of a spreadsheet ---- */

/* Takes the next cell off *text; *end: what came after it ('\t', '\n', '\0'). Caller frees. */
static char *
next_cell (const char **text, char *end)
{
  g_autoptr (GString) cell = g_string_new (NULL);
  const char *p = *text;

  if (*p == '"')
    {
      for (p++; *p && !(*p == '"' && p[1] != '"'); p++)
        {
          p += *p == '"';
          g_string_append_c (cell, *p);
        }
      /* A quote that never ends was one of the text. */
      if (*p != '"' || (p[1] && !strchr ("\t\r\n", p[1])))
        {
          g_string_truncate (cell, 0);
          p = *text;
        }
      else
        p++;
    }
  if (p == *text)
    {
      gsize n = strcspn (p, "\t\r\n");

      g_string_append_len (cell, p, n);
      p += n;
    }
  if (*p == '\r' && p[1] == '\n')
    p++;
  *end = *p == '\r' ? '\n' : *p;
  *text = *p ? p + 1 : p;
  return g_string_free (g_steal_pointer (&cell), FALSE);
}

static GPtrArray *
parse_block (const char *text)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  GPtrArray *row = NULL;
  char end = '\n';

  while (*text || end == '\t')
    {
      if (!row)
        {
          row = g_ptr_array_new_with_free_func (g_free);
          g_ptr_array_add (rows, row);
        }
      g_ptr_array_add (row, next_cell (&text, &end));
      if (end != '\t')
        row = NULL;
    }
  return rows;
}

static int
row_at (KaiImportSheet *sheet, int position)
{
  return position < 0 || position >= kai_import_sheet_get_n_view (sheet)
             ? -1
             : kai_import_sheet_get_view_row (sheet, position);
}

int
kai_import_sheet_paste (KaiImportSheet *sheet, int position, int column, int n_rows,
                        const char *text)
{
  g_autoptr (GPtrArray) rows = parse_block (text);
  GArray *step = new_step ();
  gboolean single = rows->len == 1 && ((GPtrArray *)rows->pdata[0])->len == 1;
  int n = single ? MAX (n_rows, 1) : (int)rows->len;

  for (int i = 0; i < n; i++)
    {
      GPtrArray *cells = rows->pdata[single ? 0 : i];
      int row = row_at (sheet, position + i);

      for (guint k = 0; row >= 0 && k < cells->len; k++)
        add_change (sheet, step, row, column + (int)k, cells->pdata[k]);
    }
  return finish_step (sheet, step);
}

int
kai_import_sheet_fill_down (KaiImportSheet *sheet, int position, int n, int column)
{
  int top = row_at (sheet, position);
  GArray *step = new_step ();

  for (int i = 1; top >= 0 && i < n; i++)
    add_change (sheet, step, row_at (sheet, position + i), column,
                kai_import_sheet_get_text (sheet, top, column));
  return finish_step (sheet, step);
}

int
kai_import_sheet_replace (KaiImportSheet *sheet, int column, const char *find,
                          const char *replacement, gboolean whole)
{
  GArray *step = new_step ();
  int n = kai_import_sheet_get_n_view (sheet);

  for (int i = 0; i < n; i++)
    {
      int row = kai_import_sheet_get_view_row (sheet, i);

      for (int k = MAX (column, 0); k < (column < 0 ? sheet->n_columns : column + 1); k++)
        {
          const char *text = kai_import_sheet_get_text (sheet, row, k);
          g_autoptr (GString) changed = NULL;

          if (kai_sheet_row (sheet, row)->kind != KAI_ROW_DATA
              || (whole ? strcmp (text, find) != 0 : !*find || !strstr (text, find)))
            continue;
          changed = g_string_new (whole ? replacement : text);
          if (!whole)
            g_string_replace (changed, find, replacement, 0);
          add_change (sheet, step, row, k, changed->str);
        }
    }
  return finish_step (sheet, step);
}

char *
kai_import_sheet_copy (KaiImportSheet *sheet, int position, int n_rows, int column, int n_columns)
{
  GString *out = g_string_new (NULL);

  for (int i = 0; i < n_rows && row_at (sheet, position + i) >= 0; i++)
    {
      int row = row_at (sheet, position + i);

      for (int k = column; k < MIN (column + n_columns, sheet->n_columns); k++)
        {
          const char *text = kai_import_sheet_get_text (sheet, row, k);

          if (k > column)
            g_string_append_c (out, '\t');
          if (strpbrk (text, "\t\r\n\""))
            {
              g_autoptr (GString) quoted = g_string_new (text);

              g_string_replace (quoted, "\"", "\"\"", 0);
              g_string_append_printf (out, "\"%s\"", quoted->str);
            }
          else
            g_string_append (out, text);
        }
      g_string_append_c (out, '\n');
    }
  return g_string_free (out, FALSE);
}
