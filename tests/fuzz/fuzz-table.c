/* Any bytes as text, web page and XML Spreadsheet 2003, whatever they look like. */
#include "import/kai-workbook-private.h"

static gboolean
on_row (int row, const KaiCell *cells, int n, gpointer data)
{
  int *last = data;

  g_assert (row > *last && row <= KAI_WORKBOOK_MAX_ROWS && n > 0 && n <= KAI_WORKBOOK_MAX_COLUMNS);
  g_assert (cells[n - 1].kind != KAI_CELL_EMPTY);
  for (int i = 0; i < n; i++)
    g_assert (g_utf8_validate (cells[i].text, -1, NULL));
  *last = row;
  return TRUE;
}

static void
try_one (gboolean (*open) (KaiWorkbook *, GError **), GBytes *bytes)
{
  g_autoptr (KaiWorkbook) workbook = kai_workbook_new_bare ();
  g_autoptr (GError) error = NULL;

  workbook->bytes = g_bytes_ref (bytes);
  g_assert (open (workbook, &error) == (error == NULL));
  for (int i = 0; !error && i < MIN (8, kai_workbook_get_n_sheets (workbook)); i++)
    {
      int last = 0;

      g_assert (kai_workbook_read (workbook, i, on_row, &last, NULL, &error) == (error == NULL));
    }
}

int LLVMFuzzerTestOneInput (const guint8 *bytes, size_t length);

int
LLVMFuzzerTestOneInput (const guint8 *bytes, size_t length)
{
  g_autoptr (GBytes) file = g_bytes_new_static (bytes, length);
  KaiWorkbookFormat format;

  kai_workbook_sniff ((const char *)bytes, length, &format, NULL);
  try_one (kai_workbook_open_text, file);
  try_one (kai_workbook_open_html, file);
  try_one (kai_workbook_open_sheetml, file);
  return 0;
}
