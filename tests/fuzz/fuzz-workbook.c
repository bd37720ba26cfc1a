/* Any bytes as a workbook: opened, every sheet read. An .xls is left to fuzz-xls: its reader is another process. */
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
  g_autoptr (KaiWorkbook) workbook = NULL;
  KaiWorkbookFormat format;
  int rows = 0;

  if (kai_workbook_sniff ((const char *)bytes, length, &format, NULL) && format == KAI_WORKBOOK_XLS)
    return 0;
  workbook = kai_workbook_open_bytes (file, &error);

  g_assert ((workbook != NULL) == (error == NULL));
  for (int i = 0; workbook && !error && i < kai_workbook_get_n_sheets (workbook); i++)
    kai_workbook_read (workbook, i, on_row, &rows, NULL, &error);
  return 0;
}
