/* Reads a list into a grid, and what the grid holds. */
#include "import/kai-import-sheet.h"

#include "import/kai-import-sheet-private.h"
#include "import/kai-workbook-private.h"
#include "values/kai-error.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Rows looked at before the columns are fixed: titles, header, and enough below to see how wide the list is. */
#define HEAD_ROWS 60
#define MAX_CELLS (256 * 1024 * 1024)

/* ---- Life ---- */

static void
free_changes (gpointer changes)
{
  g_array_unref (changes);
}

/* The rules ask for nothing but the items. */
static KaiBaseData *
copy_items (const KaiBaseData *base)
{
  KaiBaseData *copy = kai_base_data_new ();

  for (guint i = 0; base && i < base->items->len; i++)
    g_ptr_array_add (copy->items, kai_item_copy (base->items->pdata[i]));
  return copy;
}

static void
index_item_names (KaiImportSheet *sheet)
{
  sheet->items_by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < sheet->base->items->len; i++)
    {
      KaiItem *item = sheet->base->items->pdata[i];
      char *name = kai_text_normalise_code (item->name);

      /* NULL: several items are called so. */
      g_hash_table_insert (sheet->items_by_name, name,
                           g_hash_table_contains (sheet->items_by_name, name) ? NULL : item);
    }
}

KaiImportSheet *
kai_import_sheet_new_empty (const char *path, const KaiBaseData *base)
{
  KaiImportSheet *sheet = g_new0 (KaiImportSheet, 1);

  sheet->path = g_strdup (path);
  sheet->sheet_name = g_strdup ("");
  sheet->hash = g_strdup ("");
  sheet->origin = g_strdup ("");
  sheet->batch = g_strdup ("");
  sheet->batch_note = g_strdup ("");
  sheet->shape = g_strdup ("");
  sheet->note = g_strdup ("");
  sheet->part = g_strdup ("");
  sheet->other_sheets = g_ptr_array_new_with_free_func (g_free);
  sheet->base = copy_items (base);
  index_item_names (sheet);
  sheet->cells = g_array_new (FALSE, TRUE, sizeof (KaiTextId));
  sheet->rows = g_array_new (FALSE, TRUE, sizeof (KaiSheetRow));
  sheet->merges = g_array_new (FALSE, FALSE, sizeof (KaiMerge));
  sheet->groups = kai_row_index_new ();
  sheet->students = kai_row_index_new ();
  sheet->ids = kai_row_index_new ();
  sheet->answers = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  sheet->key_rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  sheet->result_texts = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  sheet->undo = g_ptr_array_new_with_free_func (free_changes);
  sheet->redo = g_ptr_array_new_with_free_func (free_changes);
  sheet->file_problems = kai_problems_new ();
  sheet->file_warnings = kai_problems_new ();
  sheet->order = g_array_new (FALSE, FALSE, sizeof (int));
  sheet->sort_column = -1;
  return sheet;
}

void
kai_import_sheet_free (KaiImportSheet *sheet)
{
  if (!sheet)
    return;
  for (int i = 0; i < sheet->n_columns; i++)
    {
      g_free (sheet->columns[i].header);
      g_free (sheet->columns[i].name);
    }
  g_free (sheet->columns);
  if (sheet->lookup_destroy)
    sheet->lookup_destroy (sheet->lookup_data);
  g_free (sheet->path);
  g_free (sheet->hash);
  g_free (sheet->sheet_name);
  g_free (sheet->origin);
  g_free (sheet->batch);
  g_free (sheet->batch_note);
  g_free (sheet->shape);
  g_free (sheet->note);
  g_free (sheet->part);
  g_ptr_array_unref (sheet->other_sheets);
  g_free (sheet->doubled);
  g_hash_table_unref (sheet->items_by_name);
  kai_base_data_free (sheet->base);
  kai_import_pool_free (sheet->pool);
  g_array_unref (sheet->cells);
  g_array_unref (sheet->rows);
  g_array_unref (sheet->merges);
  kai_row_index_free (sheet->groups);
  kai_row_index_free (sheet->students);
  kai_row_index_free (sheet->ids);
  g_hash_table_unref (sheet->answers);
  g_hash_table_unref (sheet->key_rows);
  g_hash_table_unref (sheet->result_texts);
  g_ptr_array_unref (sheet->undo);
  g_ptr_array_unref (sheet->redo);
  g_ptr_array_unref (sheet->file_problems);
  g_ptr_array_unref (sheet->file_warnings);
  g_array_unref (sheet->order);
  g_free (sheet->positions);
  g_free (sheet->view_code);
  g_free (sheet->view_text);
  for (guint i = 0; i < sheet->n_codes; i++)
    g_free (sheet->codes[i]);
  g_free (sheet);
}

/* ---- Reading ---- */

typedef struct
{
  KaiImportSheet *sheet;
  KaiWorkbook *workbook;
  const KaiImportOptions *options;
  GPtrArray *head; /* KaiHeadRow until the header was looked for */
  gboolean searched, found;
  char *missing;
  gboolean too_big;
} Reading;

static void
free_head_row (gpointer data)
{
  KaiHeadRow *row = data;

  g_free (row->cells);
  g_free (row);
}

/* White space alone is nothing. */
static gboolean
is_white (const char *text)
{
  g_autofree char *clean = NULL;

  if (g_ascii_isgraph (text[0]))
    return FALSE;
  clean = kai_text_normalise_code (text);
  return *clean == '\0';
}

static KaiTextId
take_cell (KaiImportPool *pool, const KaiCell *cell)
{
  if (cell->kind == KAI_CELL_EMPTY || (cell->kind == KAI_CELL_TEXT && is_white (cell->text)))
    return 0;
  if (cell->kind == KAI_CELL_NUMBER && cell->whole_digits > 0)
    {
      g_autofree char *shown = kai_cell_dup_display (cell);

      /* “00001234”: the zeros are in the format of the cell. */
      if (strspn (shown, "0123456789") == strlen (shown))
        return kai_import_pool_add (pool, KAI_CELL_NUMBER, shown);
    }
  return kai_import_pool_add (pool, cell->kind, cell->text);
}

static gboolean
add_row (Reading *reading, int number, const KaiTextId *ids, int n)
{
  KaiImportSheet *sheet = reading->sheet;
  KaiSheetRow row = { .number = number, .ticked = TRUE };
  gboolean blank = TRUE;

  for (int i = 0; i < n && blank; i++)
    blank = ids[i] == 0;
  if (blank)
    {
      sheet->n_blank++;
      return TRUE;
    }
  if (reading->options->max_rows > 0 && (int)sheet->rows->len >= reading->options->max_rows)
    return FALSE;
  if (((gsize)sheet->rows->len + 1) * sheet->n_columns > MAX_CELLS)
    {
      reading->too_big = TRUE;
      return FALSE;
    }
  g_array_append_vals (sheet->cells, ids, MIN (n, sheet->n_columns));
  g_array_set_size (sheet->cells, (sheet->rows->len + 1) * sheet->n_columns);
  g_array_append_val (sheet->rows, row);
  return TRUE;
}

/* Looks for the header in what was kept back, then hands its rows on. */
static gboolean
search_header (Reading *reading)
{
  int first_data = 0;

  reading->searched = TRUE;
  g_clear_pointer (&reading->missing, g_free);
  reading->found = kai_import_find_header (reading->sheet, reading->head, reading->options->kind,
                                           &first_data, &reading->missing);
  for (int i = first_data; reading->found && i < (int)reading->head->len; i++)
    {
      const KaiHeadRow *row = reading->head->pdata[i];

      if (!add_row (reading, row->number, row->cells, row->n))
        return FALSE;
    }
  return reading->found;
}

static gboolean
on_row (int number, const KaiCell *cells, int n, gpointer data)
{
  Reading *reading = data;
  KaiImportSheet *sheet = reading->sheet;
  KaiTextId ids[KAI_SHEET_MAX_COLUMNS];

  n = MIN (n, reading->searched ? sheet->n_columns : KAI_SHEET_MAX_COLUMNS);
  for (int i = 0; i < n; i++)
    ids[i] = take_cell (sheet->pool, cells + i);
  if (kai_workbook_is_row_hidden (reading->workbook) && sheet->n_hidden++ == 0)
    sheet->first_hidden = number;
  if (!reading->searched)
    {
      KaiHeadRow *row = g_new0 (KaiHeadRow, 1);

      row->number = number;
      row->n = n;
      row->cells = g_memdup2 (ids, n * sizeof *ids);
      g_ptr_array_add (reading->head, row);
      return reading->head->len < HEAD_ROWS || search_header (reading);
    }
  return add_row (reading, number, ids, n);
}

static void
start_over (Reading *reading)
{
  KaiImportSheet *sheet = reading->sheet;

  kai_import_pool_free (sheet->pool);
  sheet->pool = kai_import_pool_new ();
  g_array_set_size (sheet->cells, 0);
  g_array_set_size (sheet->rows, 0);
  sheet->n_blank = sheet->n_hidden = 0;
  g_ptr_array_set_size (reading->head, 0);
  reading->searched = reading->found = FALSE;
}

static gboolean
read_sheet (Reading *reading, int number, GCancellable *cancellable, GError **error)
{
  start_over (reading);
  if (!kai_workbook_read (reading->workbook, number, on_row, reading, cancellable, error))
    return FALSE;
  if (!reading->searched)
    search_header (reading);
  return !reading->too_big
         || kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                           _ ("The list is too large: more than %d cells. Split it and try again."),
                           MAX_CELLS);
}

static gboolean
fail_without_header (const Reading *reading, int seen, GError **error)
{
  if (seen == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The sheet is empty. Choose the sheet that holds the list."));
  if (reading->missing)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The header row lacks these columns: %s. Use the headers of the "
                             "template exactly."),
                          reading->missing);
  return kai_data_fail (
      error, KAI_DATA_ERROR_INVALID,
      _ ("No header row of a list stands in the first %d rows: it names at least "
         "the payer (缴款人全称, 学生姓名, 姓名 …) and two more columns. Write the "
         "headers above the list, or copy it into the template."),
      KAI_HEADER_WITHIN);
}

static void
take_merges (Reading *reading)
{
  int n;
  const KaiMerge *merges = kai_workbook_get_merges (reading->workbook, &n);

  for (int i = 0; i < n; i++)
    if (merges[i].last_row > merges[i].first_row && merges[i].last_row > reading->sheet->header_row)
      g_array_append_val (reading->sheet->merges, merges[i]);
}

static void
make_shape (KaiImportSheet *sheet)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < sheet->n_columns; i++)
    g_string_append_printf (text, "%s\n", sheet->columns[i].name);
  g_free (sheet->shape);
  sheet->shape = kai_workbook_hash (text->str, text->len);
}

/* The first sheet that looks like a list; of those that a person has hidden only when there is no other. */
static gboolean
read_any_sheet (Reading *reading, int wanted, GCancellable *cancellable, GError **error)
{
  KaiImportSheet *sheet = reading->sheet;
  int n = kai_workbook_get_n_sheets (reading->workbook);
  int seen = 0;

  if (wanted < 0 || wanted > n)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The workbook has %d sheets: there is no sheet %d."), n, wanted);
  sheet->n_sheets = n;
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < n; i++)
      {
        if (wanted > 0 ? (i != wanted - 1 || pass > 0)
                       : kai_workbook_is_sheet_hidden (reading->workbook, i) != (pass > 0))
          continue;
        if (!read_sheet (reading, i, cancellable, error))
          return FALSE;
        seen += (int)reading->head->len;
        if (!reading->found)
          continue;
        sheet->sheet_number = i + 1;
        g_free (sheet->sheet_name);
        sheet->sheet_name = g_strdup (kai_workbook_get_sheet_name (reading->workbook, i));
        return TRUE;
      }
  return fail_without_header (reading, seen, error);
}

/* A file of bad rows says which batch it came from. */
static void
find_origin (KaiImportSheet *sheet)
{
  for (int i = 0; i < sheet->n_columns; i++)
    {
      if (sheet->columns[i].use != KAI_COLUMN_REASONS
          || strcmp (sheet->columns[i].name, "批次") != 0)
        continue;
      for (guint row = 0; row < sheet->rows->len; row++)
        {
          const char *text = kai_import_sheet_get_text (sheet, row, i);
          g_autofree char *batch = g_strndup (text, strcspn (text, "/"));

          if (*batch && *sheet->origin && strcmp (batch, sheet->origin) != 0)
            sheet->origin_mixed = TRUE;
          if (*batch && !*sheet->origin)
            kai_notice_set (&sheet->origin, batch);
        }
    }
  if (sheet->origin_mixed)
    kai_notice_set (&sheet->origin, "");
}

KaiImportSheet *
kai_import_sheet_read (const char *path, const KaiImportOptions *options, const KaiBaseData *base,
                       GCancellable *cancellable, GError **error)
{
  static const KaiImportOptions any = KAI_IMPORT_OPTIONS_ANY;
  g_autoptr (KaiWorkbook) workbook = kai_workbook_open (path, error);
  g_autoptr (KaiImportSheet) sheet = NULL;
  Reading reading = { .workbook = workbook, .options = options ? options : &any };
  gboolean ok;

  if (!workbook)
    return NULL;
  sheet = kai_import_sheet_new_empty (path, base);
  kai_notice_set (&sheet->hash, kai_workbook_get_hash (workbook));
  kai_notice_set (&sheet->note, kai_workbook_get_note (workbook));
  reading.sheet = sheet;
  reading.head = g_ptr_array_new_with_free_func (free_head_row);
  ok = read_any_sheet (&reading, reading.options->sheet, cancellable, error);
  g_free (reading.missing);
  if (!ok)
    {
      g_ptr_array_unref (reading.head);
      return NULL;
    }
  sheet->word_person = kai_import_pool_add (sheet->pool, KAI_CELL_TEXT, "个人");
  sheet->word_organisation = kai_import_pool_add (sheet->pool, KAI_CELL_TEXT, "单位");
  take_merges (&reading);
  if (sheet->n_sheets > 1)
    kai_import_find_other_sheets (sheet, workbook, base);
  kai_import_guess_columns (sheet);
  kai_import_take_sections (sheet, reading.head);
  g_ptr_array_unref (reading.head);
  make_shape (sheet);
  find_origin (sheet);
  kai_sheet_spread_merges (sheet);
  kai_sheet_classify_rows (sheet);
  return g_steal_pointer (&sheet);
}

/* ---- What it holds ---- */

const char *
kai_import_sheet_get_path (KaiImportSheet *sheet)
{
  return sheet->path;
}

const char *
kai_import_sheet_get_hash (KaiImportSheet *sheet)
{
  return sheet->hash;
}

const char *
kai_import_sheet_get_part (KaiImportSheet *sheet)
{
  return sheet->part;
}

int
kai_import_sheet_get_sheet (KaiImportSheet *sheet)
{
  return sheet->sheet_number;
}

const char *
kai_import_sheet_get_sheet_name (KaiImportSheet *sheet)
{
  return sheet->sheet_name;
}

KaiImportKind
kai_import_sheet_get_kind (KaiImportSheet *sheet)
{
  return sheet->kind;
}

gboolean
kai_import_sheet_is_form (KaiImportSheet *sheet)
{
  return sheet->is_form;
}

const char *
kai_import_sheet_get_origin (KaiImportSheet *sheet)
{
  return sheet->origin;
}

const char *
kai_import_sheet_get_shape (KaiImportSheet *sheet)
{
  return sheet->shape;
}

int
kai_import_sheet_get_n_rows (KaiImportSheet *sheet)
{
  return (int)sheet->rows->len;
}

int
kai_import_sheet_get_number (KaiImportSheet *sheet, int row)
{
  return kai_sheet_row (sheet, row)->number;
}

KaiRowKind
kai_import_sheet_get_row_kind (KaiImportSheet *sheet, int row)
{
  return kai_sheet_row (sheet, row)->kind;
}

const char *
kai_import_sheet_get_text (KaiImportSheet *sheet, int row, int column)
{
  return kai_import_pool_get_text (sheet->pool, kai_sheet_cell (sheet, row, column));
}

KaiCellKind
kai_import_sheet_get_cell_kind (KaiImportSheet *sheet, int row, int column)
{
  return kai_import_pool_get (sheet->pool, kai_sheet_cell (sheet, row, column)).kind;
}

gboolean
kai_import_sheet_is_locked (KaiImportSheet *sheet, int row)
{
  guint8 result = kai_sheet_row (sheet, row)->result;

  return result == KAI_ROW_ISSUED_BEFORE || result == KAI_ROW_ISSUED || result == KAI_ROW_ACCEPTED;
}

gboolean
kai_import_sheet_get_tick (KaiImportSheet *sheet, int row)
{
  return kai_sheet_row (sheet, row)->ticked;
}

void
kai_import_sheet_set_listener (KaiImportSheet *sheet, KaiImportChanged func, gpointer data)
{
  sheet->changed = func;
  sheet->changed_data = data;
}

void
kai_sheet_notify (KaiImportSheet *sheet, int first, int n)
{
  if (sheet->changed)
    sheet->changed (sheet, first, n, sheet->changed_data);
}

gboolean
kai_import_sheet_is_checked (KaiImportSheet *sheet)
{
  return sheet->checked;
}
