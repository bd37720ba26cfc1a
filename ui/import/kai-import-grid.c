/* The rows of a list in a grid: what they look like, and where the cursor is. */
#include "import/kai-import-grid-private.h"
#include "import/kai-import-meaning.h"
#include "import/kai-mark-cell.h"
#include <glib/gi18n-lib.h>

/* Rows that are looked at to find out how wide a column should be. */
#define SAMPLE_ROWS 200
#define NARROWEST 64
#define WIDEST 260

G_DEFINE_FINAL_TYPE (KaiImportGrid, kai_import_grid, GTK_TYPE_SCROLLED_WINDOW)

enum
{
  CHANGED,
  COLUMNS_CHANGED,
  CURSOR_MOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

#define COLUMN_INDEX "kai-column"

int
kai_import_grid_get_index (GtkTreeViewColumn *column)
{
  return column ? GPOINTER_TO_INT (g_object_get_data (G_OBJECT (column), COLUMN_INDEX)) - 1 : -1;
}

gboolean
kai_import_grid_get_cursor (KaiImportGrid *self, int *position, int *column)
{
  g_autoptr (GtkTreePath) path = NULL;
  GtkTreeViewColumn *at;

  if (!self->model)
    return FALSE;
  gtk_tree_view_get_cursor (self->view, &path, &at);
  if (!path || gtk_tree_path_get_indices (path)[0] >= kai_import_sheet_get_n_view (self->sheet))
    return FALSE;
  *position = gtk_tree_path_get_indices (path)[0];
  *column = kai_import_grid_get_index (at);
  return TRUE;
}

static void
show_position (KaiImportGrid *self, int position, int column)
{
  g_autoptr (GtkTreePath) path = gtk_tree_path_new_from_indices (position, -1);
  GtkTreeViewColumn *at = NULL;

  if (column >= 0 && (guint)column < self->columns->len)
    at = g_ptr_array_index (self->columns, column);
  gtk_tree_view_scroll_to_cell (self->view, path, at, FALSE, 0, 0);
  gtk_tree_view_set_cursor (self->view, path, at, FALSE);
}

void
kai_import_grid_go (KaiImportGrid *self, int position, int column)
{
  if (!self->model || position < 0 || position >= kai_import_sheet_get_n_view (self->sheet))
    return;
  show_position (self, position, column);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

/* ---- What cells look like ---- */

gboolean
kai_import_grid_can_change (KaiImportGrid *self, int row)
{
  return !self->frozen && kai_import_sheet_get_row_kind (self->sheet, row) == KAI_ROW_DATA
         && !kai_import_sheet_is_locked (self->sheet, row);
}

static void
show_cell (GtkTreeViewColumn *tree_column, GtkCellRenderer *cell, GtkTreeModel *model,
           GtkTreeIter *iter, gpointer data)
{
  KaiImportGrid *self = KAI_IMPORT_GRID (data);
  int row = kai_import_model_get_row (self->model, iter);
  int column = kai_import_grid_get_index (tree_column);
  KaiMark mark = kai_import_sheet_get_mark (self->sheet, row, column);
  gboolean is_data = kai_import_sheet_get_row_kind (self->sheet, row) == KAI_ROW_DATA;

  kai_mark_cell_set_cursor (KAI_MARK_CELL (cell),
                            row == self->cursor_row && column == self->cursor_column);
  kai_mark_cell_set_mark (KAI_MARK_CELL (cell), mark == KAI_MARK_PROBLEM   ? &self->problem
                                                : mark == KAI_MARK_WARNING ? &self->warning
                                                                           : NULL);
  g_object_set (cell, "text", kai_import_sheet_get_text (self->sheet, row, column), "underline",
                mark == KAI_MARK_PROBLEM ? PANGO_UNDERLINE_ERROR : PANGO_UNDERLINE_NONE, "style",
                is_data ? PANGO_STYLE_NORMAL : PANGO_STYLE_ITALIC, "editable",
                kai_import_grid_can_change (self, row), NULL);
}

static void
show_tick (GtkTreeViewColumn *tree_column, GtkCellRenderer *cell, GtkTreeModel *model,
           GtkTreeIter *iter, gpointer data)
{
  KaiImportGrid *self = KAI_IMPORT_GRID (data);
  int row = kai_import_model_get_row (self->model, iter);

  g_object_set (cell, "visible", kai_import_grid_can_change (self, row), "active",
                kai_import_sheet_get_tick (self->sheet, row), NULL);
}

static void
read_colours (KaiImportGrid *self)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (self));

  if (!gtk_style_context_lookup_color (context, "error_color", &self->problem))
    gdk_rgba_parse (&self->problem, "#cc0000");
  if (!gtk_style_context_lookup_color (context, "warning_color", &self->warning))
    gdk_rgba_parse (&self->warning, "#f57900");
  self->problem.alpha = 0.25;
  self->warning.alpha = 0.25;
}

static gboolean
on_query_tooltip_cb (KaiImportGrid *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  g_autoptr (GtkTreePath) path = NULL;
  g_autofree char *sentences = NULL;
  GtkTreeViewColumn *at = NULL;
  int row, column;

  if (!self->model)
    return FALSE;
  if (keyboard)
    gtk_tree_view_get_cursor (self->view, &path, &at);
  else
    {
      gtk_tree_view_convert_widget_to_bin_window_coords (self->view, x, y, &x, &y);
      gtk_tree_view_get_path_at_pos (self->view, x, y, &path, &at, NULL, NULL);
    }
  if (!path || gtk_tree_path_get_indices (path)[0] >= kai_import_sheet_get_n_view (self->sheet))
    return FALSE;
  row = kai_import_sheet_get_view_row (self->sheet, gtk_tree_path_get_indices (path)[0]);
  column = kai_import_grid_get_index (at);
  sentences = column >= 0 ? kai_import_sheet_dup_cell_sentences (self->sheet, row, column)
                          : kai_import_sheet_dup_row_sentences (self->sheet, row);
  if (!sentences)
    return FALSE;
  gtk_tooltip_set_text (tooltip, sentences);
  gtk_tree_view_set_tooltip_cell (self->view, tooltip, path, at, NULL);
  return TRUE;
}

static void
on_cursor_changed_cb (KaiImportGrid *self)
{
  int position, column;

  if (self->busy || !self->model)
    return;
  self->cursor_row = -1;
  if (kai_import_grid_get_cursor (self, &position, &column))
    {
      self->cursor_row = kai_import_sheet_get_view_row (self->sheet, position);
      self->cursor_column = column;
    }
  gtk_widget_queue_draw (GTK_WIDGET (self->view));
  g_signal_emit (self, signals[CURSOR_MOVED], 0);
}

/* ---- Columns of the view ---- */

static int
measure_column (KaiImportGrid *self, int column)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self->view), NULL);
  KaiImportColumn what = kai_import_sheet_get_column (self->sheet, column);
  g_autofree char *meaning = kai_import_dup_meaning (self->sheet, self->base, &what);
  int n = MIN (kai_import_sheet_get_n_rows (self->sheet), SAMPLE_ROWS);
  const char *widest = "";
  int width, head;

  for (int row = 0; row < n; row++)
    {
      const char *text = kai_import_sheet_get_text (self->sheet, row, column);

      if (strlen (text) > strlen (widest))
        widest = text;
    }
  pango_layout_set_text (layout, widest, (int)MIN (strlen (widest), 400));
  pango_layout_get_pixel_size (layout, &width, NULL);
  pango_layout_set_text (layout, meaning, -1);
  pango_layout_get_pixel_size (layout, &head, NULL);
  return CLAMP (MAX (width, head) + 24, NARROWEST, WIDEST);
}

static GtkTreeViewColumn *
append_column (KaiImportGrid *self, const char *title, int width)
{
  GtkTreeViewColumn *column = gtk_tree_view_column_new ();

  gtk_tree_view_column_set_title (column, title);
  gtk_tree_view_column_set_sizing (column, GTK_TREE_VIEW_COLUMN_FIXED);
  gtk_tree_view_column_set_fixed_width (column, width);
  gtk_tree_view_append_column (self->view, column);
  return column;
}

static void
append_leading_columns (KaiImportGrid *self)
{
  GtkTreeViewColumn *column = append_column (self, _ ("Issue"), 52);
  GtkCellRenderer *cell = gtk_cell_renderer_toggle_new ();

  gtk_tree_view_column_pack_start (column, cell, TRUE);
  gtk_tree_view_column_set_cell_data_func (column, cell, show_tick, self, NULL);
  kai_import_grid_connect_tick (self, cell);

  column = append_column (self, _ ("Row"), 56);
  cell = gtk_cell_renderer_text_new ();
  g_object_set (cell, "xalign", 1.0, NULL);
  gtk_tree_view_column_pack_start (column, cell, TRUE);
  gtk_tree_view_column_add_attribute (column, cell, "text", KAI_IMPORT_MODEL_NUMBER);

  column = append_column (self, _ ("State"), 104);
  cell = gtk_cell_renderer_pixbuf_new ();
  /* The first row, whose icon would say how wide they are, may have none. */
  gtk_cell_renderer_set_fixed_size (cell, 20, -1);
  gtk_tree_view_column_pack_start (column, cell, FALSE);
  gtk_tree_view_column_add_attribute (column, cell, "icon-name", KAI_IMPORT_MODEL_ICON);
  cell = gtk_cell_renderer_text_new ();
  g_object_set (cell, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  gtk_tree_view_column_pack_start (column, cell, TRUE);
  gtk_tree_view_column_add_attribute (column, cell, "text", KAI_IMPORT_MODEL_STATE);
}

static void
append_cell_column (KaiImportGrid *self, int index)
{
  GtkTreeViewColumn *column = append_column (self, kai_import_sheet_get_header (self->sheet, index),
                                             measure_column (self, index));
  GtkCellRenderer *cell = kai_mark_cell_new ();

  g_object_set_data (G_OBJECT (column), COLUMN_INDEX, GINT_TO_POINTER (index + 1));
  g_object_set (cell, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  gtk_tree_view_column_pack_start (column, cell, TRUE);
  gtk_tree_view_column_set_cell_data_func (column, cell, show_cell, self, NULL);
  kai_import_grid_connect_edit (self, column, cell);
  gtk_tree_view_column_set_resizable (column, TRUE);
  kai_import_grid_add_head (self, column, index);
  g_ptr_array_add (self->columns, column);
}

static void
remove_columns (KaiImportGrid *self)
{
  GList *columns = gtk_tree_view_get_columns (self->view);

  for (GList *l = columns; l; l = l->next)
    gtk_tree_view_remove_column (self->view, l->data);
  g_list_free (columns);
  g_ptr_array_set_size (self->columns, 0);
}

static void
on_sheet_changed_cb (KaiImportSheet *sheet, int first, int n, gpointer data)
{
  kai_import_grid_refresh (KAI_IMPORT_GRID (data));
}

void
kai_import_grid_set_sheet (KaiImportGrid *self, KaiImportSheet *sheet, const KaiBaseData *base)
{
  self->busy = TRUE;
  gtk_tree_view_set_model (self->view, NULL);
  remove_columns (self);
  if (self->model)
    kai_import_model_set_sheet (self->model, NULL);
  if (self->sheet && self->sheet != sheet)
    kai_import_sheet_set_listener (self->sheet, NULL, NULL);
  g_clear_object (&self->model);
  self->sheet = sheet;
  self->base = base;
  self->cursor_row = -1;
  self->busy = FALSE;
  if (!sheet)
    return;
  read_colours (self);
  self->model = kai_import_model_new (sheet);
  kai_import_sheet_set_listener (sheet, on_sheet_changed_cb, self);
  append_leading_columns (self);
  for (int i = 0; i < kai_import_sheet_get_n_columns (sheet); i++)
    append_cell_column (self, i);
  kai_import_grid_show_columns (self);
  gtk_tree_view_set_fixed_height_mode (self->view, TRUE);
  gtk_tree_view_set_model (self->view, GTK_TREE_MODEL (self->model));
}

void
kai_import_grid_reload (KaiImportGrid *self)
{
  GtkTreeViewColumn *at = NULL;
  int position;

  if (!self->model)
    return;
  gtk_tree_view_get_cursor (self->view, NULL, &at);
  self->busy = TRUE;
  gtk_tree_view_set_model (self->view, NULL);
  kai_long_model_renew (KAI_LONG_MODEL (self->model));
  gtk_tree_view_set_model (self->view, GTK_TREE_MODEL (self->model));
  self->busy = FALSE;
  position =
      self->cursor_row >= 0 ? kai_import_sheet_find_position (self->sheet, self->cursor_row) : -1;
  if (position >= 0)
    show_position (self, position, kai_import_grid_get_index (at));
  else
    self->cursor_row = -1;
  g_signal_emit (self, signals[CURSOR_MOVED], 0);
}

static gboolean
on_refresh_cb (gpointer data)
{
  KaiImportGrid *self = KAI_IMPORT_GRID (data);

  self->refresh_id = 0;
  if (self->model && gtk_tree_view_get_model (self->view))
    kai_long_model_refresh_visible (KAI_LONG_MODEL (self->model), self->view);
  return G_SOURCE_REMOVE;
}

/* Soon and once, however much changes at a time. */
void
kai_import_grid_refresh (KaiImportGrid *self)
{
  if (self->refresh_id == 0)
    self->refresh_id = g_idle_add (on_refresh_cb, self);
}

void
kai_import_grid_set_frozen (KaiImportGrid *self, gboolean frozen)
{
  self->frozen = frozen;
  kai_import_grid_refresh (self);
}

static void
kai_import_grid_dispose (GObject *object)
{
  KaiImportGrid *self = KAI_IMPORT_GRID (object);

  g_clear_handle_id (&self->refresh_id, g_source_remove);
  if (self->view)
    kai_import_grid_set_sheet (self, NULL, NULL);
  self->view = NULL;
  G_OBJECT_CLASS (kai_import_grid_parent_class)->dispose (object);
}

static void
kai_import_grid_finalize (GObject *object)
{
  g_ptr_array_unref (KAI_IMPORT_GRID (object)->columns);
  G_OBJECT_CLASS (kai_import_grid_parent_class)->finalize (object);
}

static void
kai_import_grid_class_init (KaiImportGridClass *klass)
{
  static const char *const names[] = { "changed", "columns-changed", "cursor-moved" };

  G_OBJECT_CLASS (klass)->dispose = kai_import_grid_dispose;
  G_OBJECT_CLASS (klass)->finalize = kai_import_grid_finalize;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    signals[i] = g_signal_new (names[i], KAI_TYPE_IMPORT_GRID, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
}

static void
kai_import_grid_init (KaiImportGrid *self)
{
  self->columns = g_ptr_array_new ();
  self->view = GTK_TREE_VIEW (gtk_tree_view_new ());
  self->selection = gtk_tree_view_get_selection (self->view);
  gtk_tree_selection_set_mode (self->selection, GTK_SELECTION_MULTIPLE);
  gtk_tree_view_set_enable_search (self->view, FALSE);
  gtk_tree_view_set_grid_lines (self->view, GTK_TREE_VIEW_GRID_LINES_BOTH);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self->view), TRUE);
  gtk_style_context_add_class (gtk_widget_get_style_context (GTK_WIDGET (self->view)), "kai-grid");
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->view)), _ ("Rows of the list"));
  g_signal_connect_object (self->view, "key-press-event",
                           G_CALLBACK (kai_import_grid_on_key_press_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "cursor-changed", G_CALLBACK (on_cursor_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "query-tooltip", G_CALLBACK (on_query_tooltip_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self, "style-updated", G_CALLBACK (read_colours), self,
                           G_CONNECT_SWAPPED);
  gtk_container_add (GTK_CONTAINER (self), GTK_WIDGET (self->view));
  gtk_widget_show (GTK_WIDGET (self->view));
}
