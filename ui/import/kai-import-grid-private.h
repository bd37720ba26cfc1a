#pragma once

#include "import/kai-import-grid.h"
#include "import/kai-import-model.h"

/* Shared by kai-import-grid.c (the rows and what they look like), kai-import-grid-heads.c (what columns hold) and kai-import-grid-edit.c (keys,
 * clipboard, mending). */
struct _KaiImportGrid
{
  GtkScrolledWindow parent_instance;

  GtkTreeView *view; /* child */
  GtkTreeSelection *selection;
  KaiImportModel *model;    /* owned; NULL without a sheet */
  KaiImportSheet *sheet;    /* borrowed */
  const KaiBaseData *base;  /* borrowed */
  GPtrArray *columns;       /* GtkTreeViewColumn of the cells, borrowed */
  GdkRGBA problem, warning; /* behind cells */
  int cursor_row; /* row of the sheet at the cursor, -1 = none: the view may have changed since */
  int cursor_column;
  gboolean busy;   /* the view is being exchanged */
  gboolean frozen; /* nothing can be changed just now */
  guint refresh_id;
};

/* Column of the sheet that @column shows, -1 for those before the cells. */
int kai_import_grid_get_index (GtkTreeViewColumn *column);
/* Not while the list is being issued, nor what is issued or no data. */
gboolean kai_import_grid_can_change (KaiImportGrid *self, int row);

/* kai-import-grid-heads.c */
/* A head with two lines, at which is chosen what the column holds, and onto which it can be dropped. */
void kai_import_grid_add_head (KaiImportGrid *self, GtkTreeViewColumn *column, int index);

/* kai-import-grid-edit.c */
void kai_import_grid_connect_edit (KaiImportGrid *self, GtkTreeViewColumn *column,
                                   GtkCellRenderer *cell);
void kai_import_grid_connect_tick (KaiImportGrid *self, GtkCellRenderer *cell);
gboolean kai_import_grid_on_key_press_cb (KaiImportGrid *self, GdkEventKey *event);
