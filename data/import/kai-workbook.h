#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Streaming reader of .xlsx (libzip + libxml2). Foreign data: limits on entries, sizes, cells, no entities, no DTD. Errors:
 * UNREADABLE with a sentence (damaged, empty, encrypted, an .xls, too large …). */
typedef enum
{
  KAI_CELL_EMPTY,
  KAI_CELL_TEXT,
  KAI_CELL_NUMBER, /* text holds the stored decimal as written */
  KAI_CELL_DATE,   /* text holds yyyy-mm-dd[ HH:MM:SS] */
  KAI_CELL_BOOLEAN,
  KAI_CELL_ERROR, /* #N/A …; #FORMULA = a formula that was never calculated */
} KaiCellKind;

typedef struct
{
  KaiCellKind kind;
  const char *text; /* UTF-8, valid during the callback; "" when empty */
} KaiCell;

/* One row: 1-based number, cells from column A to the last that is not empty, without gaps. Return FALSE to stop (set *error in
 * your own data): kai_workbook_read then returns TRUE. */
typedef gboolean (*KaiRowFunc) (int row, const KaiCell *cells, int n_cells, gpointer data);

typedef struct _KaiWorkbook KaiWorkbook;
KaiWorkbook *kai_workbook_open (const char *path, GError **error);
void kai_workbook_close (KaiWorkbook *workbook);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiWorkbook, kai_workbook_close)
int kai_workbook_get_n_sheets (KaiWorkbook *workbook);
const char *kai_workbook_get_sheet_name (KaiWorkbook *workbook, int sheet); /* 0-based; borrowed */
/* Visits the rows that have a cell that is not empty, in order; hidden rows and sheets like any other. Formulas count by their stored
 * value, merged cells by their first. */
gboolean kai_workbook_read (KaiWorkbook *workbook, int sheet, KaiRowFunc func, gpointer data,
                            GCancellable *cancellable, GError **error);
/* SM3 of the file's bytes in hexadecimal. */
const char *kai_workbook_get_hash (KaiWorkbook *workbook);

G_END_DECLS
