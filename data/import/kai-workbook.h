#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Streaming reader of lists: .xlsx and .xlsm (libzip + libxml2), .xls (libfreexl in a process of its own), .csv and .txt, and what
 * school systems call .xls: HTML tables and XML Spreadsheet 2003. Told apart by content, never by name. Foreign data: limits on
 * entries, sizes, cells, no entities, no DTD; nothing in a file is ever run. Errors: UNREADABLE with a sentence (damaged, empty,
 * encrypted, of another kind, too large …). What is read and the limits: docs/workbooks.md. */
typedef enum
{
  KAI_CELL_EMPTY,
  KAI_CELL_TEXT,
  KAI_CELL_NUMBER, /* stored as a number; text holds the decimal as the file has it */
  KAI_CELL_DATE,   /* text holds yyyy-mm-dd[ HH:MM:SS] */
  KAI_CELL_BOOLEAN,
  KAI_CELL_ERROR, /* #N/A …; #FORMULA = a formula that was never calculated */
} KaiCellKind;

typedef struct
{
  KaiCellKind kind;
  const char *text; /* UTF-8, valid during the callback; "" when empty */
  const char
      *stored;      /* DATE that is a number in the file: that number as written; otherwise NULL */
  int whole_digits; /* NUMBER whose format pads with zeros ("00000000"): how many digits, otherwise 0 */
} KaiCell;

/* A NUMBER as a spreadsheet shows it in a wide column: padded as its format says, at most 15 digits, 3.2068E+17 from 12 digits on
 * when the format says nothing. Other kinds: their text. Caller frees. */
char *kai_cell_dup_display (const KaiCell *cell);

/* One row: 1-based number, cells from column A to the last that is not empty, without gaps. Return FALSE to stop (set *error in
 * your own data): kai_workbook_read then returns TRUE. */
typedef gboolean (*KaiRowFunc) (int row, const KaiCell *cells, int n_cells, gpointer data);

typedef enum
{
  KAI_WORKBOOK_XLSX,
  KAI_WORKBOOK_XLS,
  KAI_WORKBOOK_TEXT, /* CSV and the like: one sheet, every cell is TEXT; rows are records, not lines */
  KAI_WORKBOOK_HTML,    /* a web page: each table is a sheet, every cell is TEXT */
  KAI_WORKBOOK_SHEETML, /* XML Spreadsheet 2003 */
} KaiWorkbookFormat;

/* Cells that are shown as one; only the first holds anything. 1-based rows, 0-based columns, both ends included. */
typedef struct
{
  int first_row, last_row;
  int first_column, last_column;
} KaiMerge;

typedef struct _KaiWorkbook KaiWorkbook;
KaiWorkbook *kai_workbook_open (const char *path, GError **error);
void kai_workbook_close (KaiWorkbook *workbook);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiWorkbook, kai_workbook_close)
KaiWorkbookFormat kai_workbook_get_format (KaiWorkbook *workbook);
/* What a person should know about the file although it can be read (it holds macros, which are not run), translated; "" when there
 * is nothing. Borrowed. */
const char *kai_workbook_get_note (KaiWorkbook *workbook);
int kai_workbook_get_n_sheets (KaiWorkbook *workbook);
const char *kai_workbook_get_sheet_name (KaiWorkbook *workbook, int sheet); /* 0-based; borrowed */
/* Hidden by hand or by program. */
gboolean kai_workbook_is_sheet_hidden (KaiWorkbook *workbook, int sheet);
/* Visits the rows that have a cell that is not empty, in order; hidden rows and sheets like any other. Formulas count by their stored
 * value, merged cells by their first. The callback is called in the caller's thread. */
gboolean kai_workbook_read (KaiWorkbook *workbook, int sheet, KaiRowFunc func, gpointer data,
                            GCancellable *cancellable, GError **error);
/* In the callback: the row is hidden, by hand or by a filter. */
gboolean kai_workbook_is_row_hidden (KaiWorkbook *workbook);
/* The merged cells of the sheet that was read last, in the order of the file; complete after kai_workbook_read (they stand behind the
 * rows), without those of sheets that were stopped early. Borrowed until the next read. */
const KaiMerge *kai_workbook_get_merges (KaiWorkbook *workbook, int *n);
/* How far the reading of the sheet is, 0 … 1, from any thread. */
double kai_workbook_get_progress (KaiWorkbook *workbook);
/* SM3 of the file's bytes in hexadecimal. */
const char *kai_workbook_get_hash (KaiWorkbook *workbook);

G_END_DECLS
