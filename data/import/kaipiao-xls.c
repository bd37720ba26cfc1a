/* Reads an .xls with libfreexl in a process of its own: the library is old and the files are foreign, so that a crash, a loop or a flood
 * of memory ends here and not in the program. The file is standard input (seekable), the answer on standard output is a
 * row of frames (kai-workbook-xls.h). */
#include "import/kai-workbook-xls.h"
#include "import/kaipiao-xls-biff.h"

#include <freexl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define CPU_SECONDS 10
#define MEMORY_BYTES (1024UL << 20)

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

static void
limit (int resource, rlim_t most)
{
  struct rlimit value = { most, most };

  setrlimit (resource, &value);
}

static void
confine (void)
{
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl (PR_SET_DUMPABLE, 0, 0, 0, 0); /* a core would hold the list */
  limit (RLIMIT_CORE, 0);
  limit (RLIMIT_FSIZE, 0);
  limit (RLIMIT_CPU, CPU_SECONDS);
#ifndef __SANITIZE_ADDRESS__ /* which reserves terabytes */
  limit (RLIMIT_AS, MEMORY_BYTES);
#endif
}

static void
put (char type, unsigned int number, int kind, const char *text)
{
  KaiXlsFrame frame;

  memset (&frame, 0, sizeof frame);
  frame.type = type;
  frame.kind = (unsigned char)kind;
  frame.number = number;
  frame.length = (unsigned int)strlen (text);
  if (fwrite (&frame, sizeof frame, 1, stdout) != 1
      || fwrite (text, 1, frame.length, stdout) != frame.length)
    exit (KAI_XLS_UNWANTED);
}

static void
put_cell (unsigned int column, const FreeXL_CellValue *cell)
{
  char text[64];

  switch (cell->type)
    {
    case FREEXL_CELL_INT:
      snprintf (text, sizeof text, "%d", cell->value.int_value);
      put ('C', column, KAI_XLS_NUMBER, text);
      break;
    case FREEXL_CELL_DOUBLE:
      snprintf (text, sizeof text, "%.15g", cell->value.double_value);
      put ('C', column, KAI_XLS_NUMBER, text);
      break;
    case FREEXL_CELL_TEXT:
    case FREEXL_CELL_SST_TEXT:
    case FREEXL_CELL_TIME:
      if (cell->value.text_value && cell->value.text_value[0])
        put ('C', column, KAI_XLS_TEXT, cell->value.text_value);
      break;
    case FREEXL_CELL_DATE:
    case FREEXL_CELL_DATETIME:
      if (cell->value.text_value)
        put ('C', column, KAI_XLS_DATE, cell->value.text_value);
      break;
    default:
      break;
    }
}

/* The cells of libfreexl and those that it leaves out, in the order of the sheet. */
static int
put_sheet (const void *xls, unsigned int rows, unsigned short columns, const BiffSheet *more)
{
  size_t next = 0;
  unsigned int last = more->n_cells && more->cells[more->n_cells - 1].row >= rows
                          ? more->cells[more->n_cells - 1].row + 1
                          : rows;

  for (unsigned int row = 0; row < last; row++)
    {
      put ('R', row + 1, row < 65536 && (more->hidden[row / 8] >> (row % 8) & 1), "");
      for (unsigned int column = 0; column < 256; column++)
        {
          FreeXL_CellValue cell = { .type = FREEXL_CELL_NULL };
          const BiffCell *extra = NULL;

          while (next < more->n_cells && more->cells[next].row == row
                 && more->cells[next].column <= column)
            extra = &more->cells[next++];
          if (row < rows && column < columns
              && freexl_get_cell_value (xls, row, (unsigned short)column, &cell) != FREEXL_OK)
            return KAI_XLS_DAMAGED;
          if (extra && extra->column == column)
            put ('C', column, extra->kind, extra->text ? extra->text : "#FORMULA");
          else
            put_cell (column, &cell);
          if (column >= columns && (next >= more->n_cells || more->cells[next].row != row))
            break;
        }
      while (next < more->n_cells && more->cells[next].row <= row)
        next++;
    }
  for (size_t i = 0; i < more->n_merges; i++)
    {
      char text[64];

      snprintf (text, sizeof text, "%u %u %u %u", more->merges[i].first_row + 1u,
                more->merges[i].last_row + 1u, more->merges[i].first_column + 0u,
                more->merges[i].last_column + 0u);
      put ('M', 0, 0, text);
    }
  return KAI_XLS_OK;
}

static int
put_names (const void *xls, const unsigned char *bytes, size_t length)
{
  unsigned int n = 0;

  if (freexl_get_info (xls, FREEXL_BIFF_SHEET_COUNT, &n) != FREEXL_OK || n > 1000)
    return KAI_XLS_DAMAGED;
  for (unsigned int i = 0; i < n; i++)
    {
      const char *name = NULL;

      if (freexl_get_worksheet_name (xls, (unsigned short)i, &name) != FREEXL_OK)
        return KAI_XLS_DAMAGED;
      put ('S', i, biff_is_hidden (bytes, length, i), name ? name : "");
    }
  return KAI_XLS_OK;
}

static int
read_file (const char *sheet)
{
  const void *xls = NULL;
  unsigned int rows = 0, password = 0;
  unsigned short columns = 0;
  int index = atoi (sheet);
  struct stat info;
  const unsigned char *bytes;
  static BiffSheet more;

  if (freexl_open ("/dev/stdin", &xls) != FREEXL_OK)
    return KAI_XLS_DAMAGED;
  if (freexl_get_info (xls, FREEXL_BIFF_PASSWORD, &password) == FREEXL_OK
      && password == FREEXL_BIFF_OBFUSCATED)
    return KAI_XLS_PASSWORD;
  if (fstat (0, &info) != 0 || info.st_size <= 0)
    return KAI_XLS_DAMAGED;
  bytes = mmap (NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, 0, 0);
  if (bytes == MAP_FAILED)
    return KAI_XLS_DAMAGED;
  if (index < 0)
    return put_names (xls, bytes, (size_t)info.st_size);
  if (freexl_select_active_worksheet (xls, (unsigned short)index) != FREEXL_OK
      || freexl_worksheet_dimensions (xls, &rows, &columns) != FREEXL_OK
      || !biff_read_sheet (bytes, (size_t)info.st_size, (unsigned int)index, &more))
    return KAI_XLS_DAMAGED;
  return put_sheet (xls, rows, columns, &more);
}

int
main (int argc, char **argv)
{
  int status;

  if (argc != 2)
    return KAI_XLS_UNWANTED;
  confine ();
  status = read_file (argv[1]);
  put ('E', (unsigned int)status, 0, "");
  fflush (stdout);
  /* The process ends here: what the library holds ends with it, and a damaged file cannot hurt while it is freed. */
  _Exit (status);
}
