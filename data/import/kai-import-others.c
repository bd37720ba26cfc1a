/* The other sheets of a workbook that look like lists: a class or a month each. Only one is read at a time, and nobody may believe that it
 * was all. */
#include "import/kai-import-sheet-private.h"

#include "import/kai-workbook-private.h"

#include <string.h>

#define LOOK_AT_SHEETS 50
#define LOOK_AT_ROWS 40

typedef struct
{
  KaiImportSheet *sheet;
  GPtrArray *head;
} Look;

static void
free_head_row (gpointer data)
{
  KaiHeadRow *row = data;

  g_free (row->cells);
  g_free (row);
}

static gboolean
on_row (int number, const KaiCell *cells, int n, gpointer data)
{
  Look *look = data;
  KaiHeadRow *row = g_new0 (KaiHeadRow, 1);

  row->number = number;
  row->n = MIN (n, KAI_SHEET_MAX_COLUMNS);
  row->cells = g_new0 (KaiTextId, row->n);
  for (int i = 0; i < row->n; i++)
    if (cells[i].kind != KAI_CELL_EMPTY)
      row->cells[i] = kai_import_pool_add (look->sheet->pool, cells[i].kind, cells[i].text);
  g_ptr_array_add (look->head, row);
  return look->head->len < LOOK_AT_ROWS;
}

/* A header with the payer, and something below it. Beside a form only another form is a list: its explanations name the same columns. */
static gboolean
is_list (KaiWorkbook *workbook, int number, gboolean form, const KaiBaseData *base)
{
  g_autoptr (KaiImportSheet) sheet = kai_import_sheet_new_empty ("", base);
  g_autoptr (GPtrArray) head = g_ptr_array_new_with_free_func (free_head_row);
  Look look = { sheet, head };
  g_autofree char *missing = NULL;
  int first_data = 0;

  sheet->pool = kai_import_pool_new ();
  if (!kai_workbook_read (workbook, number, on_row, &look, NULL, NULL)
      || !kai_import_find_header (sheet, head, -1, &first_data, &missing)
      || first_data >= (int)head->len || (form && !sheet->is_form))
    return FALSE;
  for (int i = 0; i < sheet->n_columns; i++)
    {
      KaiColumnUse use = KAI_COLUMN_IGNORED;
      KaiField field = KAI_N_FIELDS;

      if (kai_import_match_name (sheet->columns[i].name, &use, &field) >= 50
          && use == KAI_COLUMN_FIELD && field == KAI_FIELD_PAYER)
        return TRUE;
    }
  return FALSE;
}

void
kai_import_find_other_sheets (KaiImportSheet *sheet, KaiWorkbook *workbook, const KaiBaseData *base)
{
  int n = MIN (kai_workbook_get_n_sheets (workbook), LOOK_AT_SHEETS);
  gboolean first = TRUE;

  g_ptr_array_set_size (sheet->other_sheets, 0);
  for (int i = 0; i < n; i++)
    {
      if (i == sheet->sheet_number - 1 || kai_workbook_is_sheet_hidden (workbook, i)
          || !is_list (workbook, i, sheet->is_form, base))
        continue;
      first = first && i > sheet->sheet_number - 1;
      g_ptr_array_add (sheet->other_sheets, g_strdup (kai_workbook_get_sheet_name (workbook, i)));
    }
  /* The second list of a file is not the first one come again. */
  if (!first)
    {
      g_autofree char *text = g_strconcat (sheet->hash, "/", sheet->sheet_name, NULL);
      g_autofree char *hash = kai_workbook_hash (text, strlen (text));

      kai_notice_set (&sheet->hash, hash);
      kai_notice_set (&sheet->part, sheet->sheet_name);
    }
}
