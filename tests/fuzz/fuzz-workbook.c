/* Any bytes as a workbook: opened, every sheet read. */
#include "import/kai-workbook-private.h"

static gboolean
on_row (int row, const KaiCell *cells, int n, gpointer data)
{
  for (int i = 0; i < n; i++)
    g_assert (g_utf8_validate (cells[i].text, -1, NULL));
  return ++*(int *)data < 5000;
}

int LLVMFuzzerTestOneInput (const guint8 *bytes, size_t length);

int
LLVMFuzzerTestOneInput (const guint8 *bytes, size_t length)
{
  g_autoptr (GBytes) file = g_bytes_new_static (bytes, length);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiWorkbook) workbook = kai_workbook_open_bytes (file, &error);
  int rows = 0;

  g_assert ((workbook != NULL) == (error == NULL));
  for (int i = 0; workbook && !error && i < kai_workbook_get_n_sheets (workbook); i++)
    kai_workbook_read (workbook, i, on_row, &rows, NULL, &error);
  return 0;
}
