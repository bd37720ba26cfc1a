#pragma once

#include "import/kai-import-sheet.h"
#include "model/kai-base-data.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The rows of a list in a grid that can be mended like a spreadsheet: cells are typed into, pasted, copied, filled down; what a
 * column holds is chosen at its head, or dropped on it. Keys in the grid: Enter or F2 edits, Ctrl+C, Ctrl+V, Ctrl+D (fill down),
 * Ctrl+Z, Ctrl+Shift+Z, space ticks. Signals:
 *   "changed": cells, ticks or columns have changed;
 *   "columns-changed": a column holds something else now; everything must be checked again;
 *   "cursor-moved": another cell is the current one. */
#define KAI_TYPE_IMPORT_GRID (kai_import_grid_get_type ())
G_DECLARE_FINAL_TYPE (KaiImportGrid, kai_import_grid, KAI, IMPORT_GRID, GtkScrolledWindow)

/* Both borrowed until others or NULL are set. */
void kai_import_grid_set_sheet (KaiImportGrid *self, KaiImportSheet *sheet,
                                const KaiBaseData *base);
/* After the filter, the order or the rows of the sheet have changed. Keeps the cursor's row when it is still shown. */
void kai_import_grid_reload (KaiImportGrid *self);
/* What columns hold has changed: their heads. */
void kai_import_grid_show_columns (KaiImportGrid *self);
/* The visible cells may read differently. */
void kai_import_grid_refresh (KaiImportGrid *self);
/* While the list is being issued: it can be looked at, not changed. */
void kai_import_grid_set_frozen (KaiImportGrid *self, gboolean frozen);
/* Position in the view and column of the sheet of the current cell; FALSE when there is none (@column -1 in the columns before the cells). */
gboolean kai_import_grid_get_cursor (KaiImportGrid *self, int *position, int *column);
void kai_import_grid_go (KaiImportGrid *self, int position, int column);
/* @word was dropped on the head of that column. */
void kai_import_grid_drop (KaiImportGrid *self, int column, const char *word);
/* Opens the choice of what the current column holds. */
void kai_import_grid_choose_column (KaiImportGrid *self);

void kai_import_grid_copy (KaiImportGrid *self);
void kai_import_grid_paste (KaiImportGrid *self);
void kai_import_grid_fill_down (KaiImportGrid *self);
void kai_import_grid_undo (KaiImportGrid *self);
void kai_import_grid_redo (KaiImportGrid *self);

/* What is dragged onto a column's head: a word for kai_import_sheet_set_column. */
#define KAI_IMPORT_DRAG_TARGET "application/x-kaipiao-column"

G_END_DECLS
