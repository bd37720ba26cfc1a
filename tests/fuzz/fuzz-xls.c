/* Any bytes as an .xls, through our own walk over its records (libfreexl runs in a process of its own). */
#include "import/kai-workbook-xls.h"
#include "import/kaipiao-xls-biff.h"

#include <glib.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput (const guint8 *bytes, size_t length);

int
LLVMFuzzerTestOneInput (const guint8 *bytes, size_t length)
{
  static BiffSheet sheet;

  biff_is_hidden (bytes, length, 1);
  if (!biff_read_sheet (bytes, length, 0, &sheet))
    return 0;
  for (size_t i = 0; i < sheet.n_cells; i++)
    {
      g_assert (sheet.cells[i].kind <= KAI_XLS_ERROR);
      g_assert (g_utf8_validate (sheet.cells[i].text, -1, NULL));
      if (i > 0)
        g_assert (sheet.cells[i - 1].row <= sheet.cells[i].row);
    }
  for (size_t i = 0; i < sheet.n_merges; i++)
    g_assert (sheet.merges[i].first_row <= sheet.merges[i].last_row);
  biff_clear_sheet (&sheet);
  return 0;
}
