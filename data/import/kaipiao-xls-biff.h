#pragma once

#include <stddef.h>

/* What libfreexl leaves out of a sheet: the stored results of formulas, TRUE and FALSE, errors, hidden rows, merged cells. Plain C. */
typedef struct
{
  unsigned int row; /* 0-based */
  unsigned short column;
  unsigned char kind; /* KAI_XLS_* */
  char *text;         /* UTF-8 */
} BiffCell;

typedef struct
{
  unsigned short first_row, last_row, first_column, last_column;
} BiffMerge;

typedef struct
{
  BiffCell *cells; /* by row and column */
  size_t n_cells;
  BiffMerge *merges;
  size_t n_merges;
  unsigned char hidden[65536 / 8]; /* bit per row */
} BiffSheet;

/* Reads what there is of the @index-th sheet in the bytes of an .xls; 0 when they are damaged. */
int biff_read_sheet (const unsigned char *bytes, size_t length, unsigned int index,
                     BiffSheet *sheet);
void biff_clear_sheet (BiffSheet *sheet);
/* 1 when the @index-th sheet is hidden. */
int biff_is_hidden (const unsigned char *bytes, size_t length, unsigned int index);
