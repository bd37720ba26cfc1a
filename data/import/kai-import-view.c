/* Which rows of a list are shown, in which order. */
#include "import/kai-import-sheet-private.h"

#include <string.h>

/* ---- Filter ---- */

static gboolean
has_text (KaiImportSheet *sheet, int row, const char *text)
{
  for (int i = 0; i < sheet->n_columns; i++)
    if (strstr (kai_import_sheet_get_text (sheet, row, i), text))
      return TRUE;
  return FALSE;
}

static gboolean
is_in_view (KaiImportSheet *sheet, int row)
{
  const KaiSheetRow *own = kai_sheet_row (sheet, row);
  gboolean data = own->kind == KAI_ROW_DATA;

  switch (sheet->view)
    {
    case KAI_VIEW_ALL:
      return TRUE;
    case KAI_VIEW_DATA:
      return data;
    case KAI_VIEW_BAD:
      return own->mark == KAI_MARK_PROBLEM;
    case KAI_VIEW_WARNED:
      return own->mark == KAI_MARK_WARNING;
    case KAI_VIEW_GOOD:
      return data && own->mark != KAI_MARK_PROBLEM;
    case KAI_VIEW_TICKED:
      return data && own->ticked && own->mark != KAI_MARK_PROBLEM
             && !kai_import_sheet_is_locked (sheet, row);
    case KAI_VIEW_ASIDE:
      return !data;
    case KAI_VIEW_ISSUED:
      return kai_import_sheet_is_locked (sheet, row);
    case KAI_VIEW_REFUSED:
      return own->result == KAI_ROW_REFUSED;
    }
  return TRUE;
}

static gboolean
is_shown (KaiImportSheet *sheet, int row)
{
  const KaiSheetRow *own = kai_sheet_row (sheet, row);

  if (!is_in_view (sheet, row))
    return FALSE;
  if (sheet->view_code
      && !((own->problems | own->warnings) & kai_sheet_code_bit (sheet, sheet->view_code)))
    return FALSE;
  return !sheet->view_text || has_text (sheet, row, sheet->view_text);
}

/* ---- Order ---- */

typedef struct
{
  int row;
  gboolean is_number;
  double number;
  char *key;
} SortRow;

static int
compare_rows (gconstpointer a, gconstpointer b, gpointer data)
{
  const KaiImportSheet *sheet = data;
  const SortRow *left = a, *right = b;
  int order;

  /* Numbers before text, what is empty last. */
  if (left->is_number != right->is_number)
    order = left->is_number ? -1 : 1;
  else if (left->is_number)
    order = (left->number > right->number) - (left->number < right->number);
  else if (!*left->key != !*right->key)
    return *left->key ? -1 : 1;
  else
    order = strcmp (left->key, right->key);
  if (order == 0)
    return (left->row > right->row) - (left->row < right->row);
  return sheet->sort_descending ? -order : order;
}

static double
badness (const KaiSheetRow *row)
{
  return row->mark * 1000.0 + __builtin_popcountll (row->problem_at) * 10.0
         + __builtin_popcountll (row->warning_at);
}

static void
fill_sort_row (KaiImportSheet *sheet, SortRow *own)
{
  const char *text;
  char *end = NULL;

  if (sheet->sort_column == -2)
    {
      own->is_number = TRUE;
      own->number = -badness (kai_sheet_row (sheet, own->row));
      own->key = g_strdup ("");
      return;
    }
  text = kai_import_sheet_get_text (sheet, own->row, sheet->sort_column);
  if (strlen (text) <= 15)
    own->number = g_ascii_strtod (text, &end);
  own->is_number = end && end != text && *end == '\0';
  own->key = own->is_number ? g_strdup ("") : g_utf8_collate_key (text, -1);
}

static void
sort_order (KaiImportSheet *sheet)
{
  g_autofree SortRow *rows = g_new0 (SortRow, MAX (sheet->order->len, 1));

  for (guint i = 0; i < sheet->order->len; i++)
    {
      rows[i].row = g_array_index (sheet->order, int, i);
      fill_sort_row (sheet, rows + i);
    }
  g_qsort_with_data (rows, (int)sheet->order->len, sizeof *rows, compare_rows, sheet);
  for (guint i = 0; i < sheet->order->len; i++)
    {
      g_array_index (sheet->order, int, i) = rows[i].row;
      g_free (rows[i].key);
    }
}

static void
ensure_order (KaiImportSheet *sheet)
{
  if (sheet->order_valid)
    return;
  g_array_set_size (sheet->order, 0);
  for (int row = 0; row < (int)sheet->rows->len; row++)
    if (is_shown (sheet, row))
      g_array_append_val (sheet->order, row);
  if (sheet->sort_column != -1)
    sort_order (sheet);
  g_free (sheet->positions);
  sheet->n_positions = (int)sheet->rows->len;
  sheet->positions = g_new (int, MAX (sheet->n_positions, 1));
  for (int row = 0; row < sheet->n_positions; row++)
    sheet->positions[row] = -1;
  for (guint i = 0; i < sheet->order->len; i++)
    sheet->positions[g_array_index (sheet->order, int, i)] = (int)i;
  sheet->order_valid = TRUE;
}

void
kai_import_sheet_set_filter (KaiImportSheet *sheet, KaiImportView view, const char *code,
                             const char *text)
{
  g_autofree char *own_code = code && *code ? g_strdup (code) : NULL;
  g_autofree char *own_text = text && *text ? g_strdup (text) : NULL;

  sheet->view = view;
  g_free (sheet->view_code);
  sheet->view_code = g_steal_pointer (&own_code);
  g_free (sheet->view_text);
  sheet->view_text = g_steal_pointer (&own_text);
  sheet->order_valid = FALSE;
}

void
kai_import_sheet_set_sort (KaiImportSheet *sheet, int column, gboolean descending)
{
  g_return_if_fail (column >= -2 && column < sheet->n_columns);
  sheet->sort_column = column;
  sheet->sort_descending = descending;
  sheet->order_valid = FALSE;
}

int
kai_import_sheet_get_n_view (KaiImportSheet *sheet)
{
  ensure_order (sheet);
  return (int)sheet->order->len;
}

int
kai_import_sheet_get_view_row (KaiImportSheet *sheet, int position)
{
  ensure_order (sheet);
  g_return_val_if_fail (position >= 0 && position < (int)sheet->order->len, -1);
  return g_array_index (sheet->order, int, position);
}

int
kai_import_sheet_find_position (KaiImportSheet *sheet, int row)
{
  ensure_order (sheet);
  return row >= 0 && row < sheet->n_positions ? sheet->positions[row] : -1;
}

/* ---- The next problem ---- */

gboolean
kai_import_sheet_next_problem (KaiImportSheet *sheet, int step, int *position, int *column)
{
  int n = kai_import_sheet_get_n_view (sheet);
  int at = *position, k = *column + step;

  g_return_val_if_fail (step == 1 || step == -1, FALSE);
  if (at < 0)
    {
      at = step > 0 ? 0 : n - 1;
      k = step > 0 ? 0 : sheet->n_columns - 1;
    }
  for (; at >= 0 && at<n; at += step, k = step> 0 ? 0 : sheet->n_columns - 1)
    {
      int row = kai_import_sheet_get_view_row (sheet, at);

      if (kai_sheet_row (sheet, row)->mark != KAI_MARK_PROBLEM)
        continue;
      for (; k >= 0 && k < sheet->n_columns; k += step)
        if (kai_import_sheet_get_mark (sheet, row, k) == KAI_MARK_PROBLEM)
          {
            *position = at;
            *column = k;
            return TRUE;
          }
    }
  return FALSE;
}
