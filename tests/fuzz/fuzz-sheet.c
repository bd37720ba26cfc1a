/* Any bytes as the XML of a sheet, behind the zip. */
#include "import/kai-workbook-private.h"

static gboolean
on_row (int row, const KaiCell *cells, int n, gpointer data)
{
  g_assert (row > *(int *)data && row <= KAI_WORKBOOK_MAX_ROWS && n <= KAI_WORKBOOK_MAX_COLUMNS);
  *(int *)data = row;
  g_assert (cells[n - 1].kind != KAI_CELL_EMPTY);
  for (int i = 0; i < n; i++)
    g_assert (g_utf8_validate (cells[i].text, -1, NULL));
  return TRUE;
}

int LLVMFuzzerTestOneInput (const guint8 *bytes, size_t length);

int
LLVMFuzzerTestOneInput (const guint8 *bytes, size_t length)
{
  static const guint8 styles[] = { 0, KAI_STYLE_DATE, 8 };
  g_autoptr (GBytes) xml = g_bytes_new_static (bytes, length);
  g_autoptr (KaiWorkbook) workbook = kai_workbook_new_bare ();
  g_autoptr (GError) error = NULL;
  guint32 offset = 0;
  int last = 0;

  g_byte_array_append (workbook->styles, styles, sizeof styles);
  g_string_append_len (workbook->strings.text, "shared", 7);
  g_array_append_val (workbook->strings.offsets, offset);
  g_assert (kai_workbook_read_sheet_xml (workbook, xml, on_row, &last, &error) == (error == NULL));
  return 0;
}
