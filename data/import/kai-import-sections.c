/* Lists without a column for the class: it stands above the pupils, in a row of its own (高一(1)班) or above the header (班级：高一(1)班). Such a
 * list gets the column that it lacks, in which each class can be seen and mended. */
#include "import/kai-import-sheet-private.h"

#include "values/kai-text.h"

#include <string.h>

#define LONGEST 12 /* characters of a class */

/* What a class is called after: 高一(1)班, 三年级2班, 2026级3班; not 值班. */
static gboolean
is_numbered (const char *text)
{
  static const char *const marks[] = { "一", "二", "三", "四", "五", "六", "七", "八",
                                       "九", "十", "级", "大", "中", "小", NULL };

  if (strpbrk (text, "0123456789"))
    return TRUE;
  for (int i = 0; marks[i]; i++)
    if (strstr (text, marks[i]))
      return TRUE;
  return FALSE;
}

char *
kai_import_dup_section (const char *cell)
{
  static const char *const labels[] = { "班级名称:", "班级:" };
  g_autofree char *text = kai_text_normalise_code (cell);
  const char *start = text, *end;
  gboolean labelled = FALSE;
  g_autofree char *name = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (labels) && !labelled; i++)
    if (g_str_has_prefix (start, labels[i]))
      {
        start += strlen (labels[i]);
        labelled = TRUE;
      }
  /* “高一(1)班(45人)”, “班级:高一(1)班班主任:李老师” */
  end = strstr (start, "班");
  if (!end || end == start)
    return NULL;
  end += strlen ("班");
  if (*end != '\0' && *end != '(' && *end != ':' && !g_str_has_prefix (end, "班主任")
      && !g_str_has_prefix (end, "人数") && !labelled)
    return NULL;
  name = g_strndup (start, end - start);
  return is_numbered (name) && g_utf8_strlen (name, -1) <= LONGEST ? g_steal_pointer (&name) : NULL;
}

/* The class that @row names, alone in it; NULL when it is no such row. Caller frees. */
static char *
section_of_row (KaiImportSheet *sheet, int row)
{
  const char *only = NULL;

  for (int i = 0; i < sheet->n_columns; i++)
    {
      KaiCell cell = kai_import_pool_get (sheet->pool, kai_sheet_cell (sheet, row, i));

      if (cell.kind == KAI_CELL_EMPTY)
        continue;
      if (only || cell.kind != KAI_CELL_TEXT)
        return NULL;
      only = cell.text;
    }
  return only ? kai_import_dup_section (only) : NULL;
}

gboolean
kai_import_is_section_row (KaiImportSheet *sheet, int row)
{
  g_autofree char *section = sheet->has_sections ? section_of_row (sheet, row) : NULL;

  return section != NULL;
}

/* Above the header. */
static char *
section_of_title (KaiImportSheet *sheet, GPtrArray *head)
{
  for (guint i = 0; i < head->len; i++)
    {
      const KaiHeadRow *row = head->pdata[i];

      for (int k = 0; k < row->n && row->number < sheet->header_row; k++)
        {
          char *found =
              kai_import_dup_section (kai_import_pool_get_text (sheet->pool, row->cells[k]));

          if (found)
            return found;
        }
    }
  return NULL;
}

/* One more column, empty, at the end. */
static void
add_column (KaiImportSheet *sheet)
{
  GArray *cells = g_array_sized_new (FALSE, TRUE, sizeof (KaiTextId),
                                     sheet->rows->len * ((guint)sheet->n_columns + 1));
  const KaiTextId none = 0;

  for (guint row = 0; row < sheet->rows->len; row++)
    {
      g_array_append_vals (cells, kai_sheet_cell_place (sheet, (int)row, 0), sheet->n_columns);
      g_array_append_val (cells, none);
    }
  g_array_unref (sheet->cells);
  sheet->cells = cells;
  sheet->columns = g_renew (KaiSheetColumn, sheet->columns, sheet->n_columns + 1);
  sheet->columns[sheet->n_columns] = (KaiSheetColumn){
    .header = g_strdup (kai_field_get_header (sheet->kind, KAI_FIELD_CLASS)),
    .name = g_strdup (kai_field_get_header (sheet->kind, KAI_FIELD_CLASS)),
    .use = KAI_COLUMN_FIELD,
    .field = KAI_FIELD_CLASS,
    .guess = KAI_GUESS_CONTENT,
    .confidence = 80,
  };
  sheet->n_columns++;
  kai_import_index_columns (sheet);
}

void
kai_import_take_sections (KaiImportSheet *sheet, GPtrArray *head)
{
  g_autofree char *section = NULL;
  g_autoptr (GPtrArray) sections = NULL;
  gboolean any;

  if (sheet->is_form || sheet->kind != KAI_IMPORT_EDUCATION
      || sheet->field_column[KAI_FIELD_CLASS] >= 0 || sheet->n_columns >= KAI_SHEET_MAX_COLUMNS)
    return;
  section = section_of_title (sheet, head);
  any = section != NULL;
  sections = g_ptr_array_new_full (sheet->rows->len, g_free);
  for (guint row = 0; row < sheet->rows->len; row++)
    {
      char *own = section_of_row (sheet, (int)row);

      g_ptr_array_add (sections, own);
      any = any || own;
    }
  if (!any)
    return;
  add_column (sheet);
  sheet->has_sections = TRUE;
  for (guint row = 0; row < sheet->rows->len; row++)
    {
      if (sections->pdata[row])
        {
          g_free (section);
          section = g_steal_pointer (&sections->pdata[row]);
        }
      else if (section)
        *kai_sheet_cell_place (sheet, (int)row, sheet->n_columns - 1) =
            kai_import_pool_add (sheet->pool, KAI_CELL_TEXT, section);
    }
}
