/* A workbook of bad rows says in its column 批次 where each came from: “BATCH/N”, the batch and how many notices it has of the same payer and
 * item in other rows. */
#include "import/kai-import-sheet-private.h"

#include <string.h>

static int
origin_column (KaiImportSheet *sheet)
{
  for (int i = 0; i < sheet->n_columns; i++)
    if (sheet->columns[i].use == KAI_COLUMN_REASONS
        && strcmp (sheet->columns[i].name, KAI_HEADER_BATCH) == 0)
      return i;
  return -1;
}

int
kai_sheet_count_elsewhere (KaiImportSheet *sheet, GArray *rows)
{
  int column = origin_column (sheet);
  const char *text =
      column < 0 ? "" : kai_import_sheet_get_text (sheet, g_array_index (rows, int, 0), column);
  const char *slash = strchr (text, '/');

  return slash ? CLAMP (atoi (slash + 1), 0, 100000) : 0;
}

static char *
payer_and_item (KaiImportSheet *sheet, const KaiParsedRow *parsed, int item)
{
  KaiTextId id = parsed->value[KAI_FIELD_ID];

  return g_strdup_printf ("%u %u %u", id ? id : parsed->value[KAI_FIELD_PAYER],
                          id ? 0 : parsed->value[KAI_FIELD_MOBILE], parsed->items[item].code);
}

GHashTable *
kai_import_sheet_count_issued (KaiImportSheet *sheet)
{
  GHashTable *counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree KaiParsedRow *parsed = g_new (KaiParsedRow, 1);

  for (int row = 0; row < (int)sheet->rows->len; row++)
    {
      if (!kai_import_sheet_is_locked (sheet, row))
        continue;
      kai_sheet_parse_row (sheet, row, parsed);
      for (int i = 0; i < parsed->n_items; i++)
        {
          char *key = payer_and_item (sheet, parsed, i);
          int n = GPOINTER_TO_INT (g_hash_table_lookup (counts, key));

          g_hash_table_replace (counts, key, GINT_TO_POINTER (n + 1));
        }
    }
  return counts;
}

int
kai_import_sheet_find_issued (KaiImportSheet *sheet, GHashTable *counts, int row)
{
  g_autofree KaiParsedRow *parsed = g_new (KaiParsedRow, 1);
  int most = 0;

  kai_sheet_parse_row (sheet, row, parsed);
  for (int i = 0; i < parsed->n_items; i++)
    {
      g_autofree char *key = payer_and_item (sheet, parsed, i);

      most = MAX (most, GPOINTER_TO_INT (g_hash_table_lookup (counts, key)));
    }
  return most;
}
