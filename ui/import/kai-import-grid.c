/* The rows of a list in a grid that can be mended like a spreadsheet. */
#include "import/kai-import-grid.h"
#include "import/kai-import-meaning.h"
#include "import/kai-import-model.h"
#include "import/kai-mark-cell.h"
#include <glib/gi18n-lib.h>

/* Rows that are looked at to find out how wide a column should be. */
#define SAMPLE_ROWS 200
#define NARROWEST 64
#define WIDEST 260

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

/* Column of the sheet that @column shows, -1 for those before the cells. */
static int
get_index (GtkTreeViewColumn *column)
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
  *column = get_index (at);
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

static gboolean
can_change (KaiImportGrid *self, int row)
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
  int column = get_index (tree_column);
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
                can_change (self, row), NULL);
}

static void
show_tick (GtkTreeViewColumn *tree_column, GtkCellRenderer *cell, GtkTreeModel *model,
           GtkTreeIter *iter, gpointer data)
{
  KaiImportGrid *self = KAI_IMPORT_GRID (data);
  int row = kai_import_model_get_row (self->model, iter);

  g_object_set (cell, "visible", can_change (self, row), "active",
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
  column = get_index (at);
  sentences = column >= 0 ? kai_import_sheet_dup_cell_sentences (self->sheet, row, column)
                          : kai_import_sheet_dup_row_sentences (self->sheet, row);
  if (!sentences)
    return FALSE;
  gtk_tooltip_set_text (tooltip, sentences);
  gtk_tree_view_set_tooltip_cell (self->view, tooltip, path, at, NULL);
  return TRUE;
}

/* ---- What columns hold ---- */

static void
set_meaning (KaiImportGrid *self, int column, const char *word)
{
  g_autoptr (GError) error = NULL;

  if (self->frozen)
    return;
  /* Every word comes from the sheet itself. */
  if (!kai_import_sheet_set_column (self->sheet, column, word, &error))
    g_warning ("%s", error->message);
  g_signal_emit (self, signals[COLUMNS_CHANGED], 0);
}

typedef struct
{
  KaiImportGrid *grid;
  int column;
} Head;

static void
on_chosen_cb (const char *word, gpointer data)
{
  Head *head = data;

  set_meaning (head->grid, head->column, word);
}

static Head *
head_of (GtkTreeViewColumn *tree_column)
{
  return g_object_get_data (G_OBJECT (tree_column), "kai-head");
}

static void
choose (KaiImportGrid *self, GtkTreeViewColumn *tree_column)
{
  Head *head = head_of (tree_column);
  KaiImportColumn column = kai_import_sheet_get_column (self->sheet, head->column);
  g_autofree char *word = kai_import_column_to_string (&column);

  if (self->frozen)
    return;
  kai_import_choose_meaning (gtk_tree_view_column_get_button (tree_column), self->sheet, self->base,
                             word, on_chosen_cb, head);
}

static void
on_head_clicked_cb (GtkTreeViewColumn *tree_column, gpointer data)
{
  choose (KAI_IMPORT_GRID (data), tree_column);
}

void
kai_import_grid_choose_column (KaiImportGrid *self)
{
  int position, column;

  if (kai_import_grid_get_cursor (self, &position, &column) && column >= 0)
    choose (self, g_ptr_array_index (self->columns, column));
}

void
kai_import_grid_drop (KaiImportGrid *self, int column, const char *word)
{
  if (self->sheet)
    set_meaning (self, column, word);
}

static void
on_drag_received_cb (GtkWidget *button, GdkDragContext *context, int x, int y,
                     GtkSelectionData *selection, guint info, guint time, gpointer data)
{
  Head *head = data;
  const guchar *bytes = gtk_selection_data_get_data (selection);
  int length = gtk_selection_data_get_length (selection);
  g_autofree char *word = length > 0 ? g_strndup ((const char *)bytes, (gsize)length) : NULL;

  gtk_drag_finish (context, word != NULL, FALSE, time);
  if (word)
    kai_import_grid_drop (head->grid, head->column, word);
}

/* What a column holds can be dragged onto the column that really holds it. */
static void
on_drag_get_cb (GtkWidget *button, GdkDragContext *context, GtkSelectionData *selection, guint info,
                guint time, gpointer data)
{
  Head *head = data;
  KaiImportColumn column = kai_import_sheet_get_column (head->grid->sheet, head->column);
  g_autofree char *word = kai_import_column_to_string (&column);

  gtk_selection_data_set (selection, gtk_selection_data_get_target (selection), 8,
                          (const guchar *)word, (int)strlen (word));
}

static void
exchange_by_dragging (GtkTreeViewColumn *tree_column)
{
  static const GtkTargetEntry targets[] = { { (char *)KAI_IMPORT_DRAG_TARGET, GTK_TARGET_SAME_APP,
                                              0 } };
  GtkWidget *button = gtk_tree_view_column_get_button (tree_column);

  gtk_drag_source_set (button, GDK_BUTTON1_MASK, targets, G_N_ELEMENTS (targets), GDK_ACTION_COPY);
  g_signal_connect (button, "drag-data-get", G_CALLBACK (on_drag_get_cb), head_of (tree_column));
  gtk_drag_dest_set (button, GTK_DEST_DEFAULT_ALL, targets, G_N_ELEMENTS (targets),
                     GDK_ACTION_COPY);
  g_signal_connect (button, "drag-data-received", G_CALLBACK (on_drag_received_cb),
                    head_of (tree_column));
}

static void
show_head (KaiImportGrid *self, int index)
{
  GtkTreeViewColumn *tree_column = g_ptr_array_index (self->columns, index);
  KaiImportColumn column = kai_import_sheet_get_column (self->sheet, index);
  const char *header = kai_import_sheet_get_header (self->sheet, index);
  g_autofree char *meaning = kai_import_dup_meaning (self->sheet, self->base, &column);
  g_autofree char *guess = kai_import_dup_guess (&column);
  g_autofree char *name = g_strdup_printf (_ ("%s: %s"), header, meaning);
  GtkWidget *box = gtk_tree_view_column_get_widget (tree_column);
  GList *labels = gtk_container_get_children (GTK_CONTAINER (box));
  GtkStyleContext *context = gtk_widget_get_style_context (labels->next->data);

  gtk_label_set_text (labels->data, header);
  gtk_label_set_text (labels->next->data, meaning);
  gtk_style_context_remove_class (context, "dim-label");
  if (column.use == KAI_COLUMN_IGNORED || column.use == KAI_COLUMN_REASONS)
    gtk_style_context_add_class (context, "dim-label");
  gtk_widget_set_tooltip_text (gtk_tree_view_column_get_button (tree_column), guess);
  atk_object_set_name (gtk_widget_get_accessible (gtk_tree_view_column_get_button (tree_column)),
                       name);
  g_list_free (labels);
}

void
kai_import_grid_show_columns (KaiImportGrid *self)
{
  for (guint i = 0; i < self->columns->len; i++)
    show_head (self, (int)i);
}

static GtkWidget *
make_head_widget (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  for (int i = 0; i < 2; i++)
    {
      GtkWidget *label = gtk_label_new (NULL);

      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_container_add (GTK_CONTAINER (box), label);
    }
  gtk_widget_show_all (box);
  return box;
}

/* ---- Editing ---- */

static void
on_edited_cb (GtkCellRendererText *cell, const char *path, const char *text, gpointer data)
{
  GtkTreeViewColumn *tree_column = data;
  Head *head = head_of (tree_column);
  KaiImportGrid *self = head->grid;
  int position = atoi (path);

  if (position >= kai_import_sheet_get_n_view (self->sheet))
    return;
  if (kai_import_sheet_set_text (self->sheet, kai_import_sheet_get_view_row (self->sheet, position),
                                 head->column, text))
    g_signal_emit (self, signals[CHANGED], 0);
  /* As in a spreadsheet: the next row of the same column. */
  if (position + 1 < kai_import_sheet_get_n_view (self->sheet))
    kai_import_grid_go (self, position + 1, head->column);
}

static void
toggle (KaiImportGrid *self, int position)
{
  int row = kai_import_sheet_get_view_row (self->sheet, position);

  if (!can_change (self, row))
    return;
  kai_import_sheet_set_tick (self->sheet, row, !kai_import_sheet_get_tick (self->sheet, row));
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_toggled_cb (GtkCellRendererToggle *cell, const char *path, gpointer data)
{
  toggle (KAI_IMPORT_GRID (data), atoi (path));
}

/* First and number of the selected positions: what lies between the first and the last selected one. */
static gboolean
get_span (KaiImportGrid *self, int *first, int *n)
{
  GList *paths = gtk_tree_selection_get_selected_rows (self->selection, NULL);

  if (!paths)
    return FALSE;
  *first = gtk_tree_path_get_indices (paths->data)[0];
  *n = gtk_tree_path_get_indices (g_list_last (paths)->data)[0] - *first + 1;
  g_list_free_full (paths, (GDestroyNotify)gtk_tree_path_free);
  return TRUE;
}

void
kai_import_grid_copy (KaiImportGrid *self)
{
  int position, column, first, n;
  g_autofree char *text = NULL;

  if (!kai_import_grid_get_cursor (self, &position, &column) || !get_span (self, &first, &n))
    return;
  /* One row: the cell; several: all their cells. */
  if (n == 1 && column >= 0)
    text = kai_import_sheet_copy (self->sheet, position, 1, column, 1);
  else
    text = kai_import_sheet_copy (self->sheet, first, n, 0,
                                  kai_import_sheet_get_n_columns (self->sheet));
  gtk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self), GDK_SELECTION_CLIPBOARD),
                          text, -1);
}

static void
on_clipboard_text_cb (GtkClipboard *clipboard, const char *text, gpointer data)
{
  g_autoptr (KaiImportGrid) self = KAI_IMPORT_GRID (data);
  int position, column, first, n;

  if (!text || !kai_import_grid_get_cursor (self, &position, &column))
    return;
  if (!get_span (self, &first, &n) || n == 1)
    {
      first = position;
      n = 1;
    }
  if (kai_import_sheet_paste (self->sheet, first, MAX (column, 0), n, text) > 0)
    g_signal_emit (self, signals[CHANGED], 0);
}

void
kai_import_grid_paste (KaiImportGrid *self)
{
  if (self->frozen)
    return;
  gtk_clipboard_request_text (gtk_widget_get_clipboard (GTK_WIDGET (self), GDK_SELECTION_CLIPBOARD),
                              on_clipboard_text_cb, g_object_ref (self));
}

void
kai_import_grid_fill_down (KaiImportGrid *self)
{
  int position, column, first, n;

  if (self->frozen || !kai_import_grid_get_cursor (self, &position, &column) || column < 0
      || !get_span (self, &first, &n))
    return;
  if (kai_import_sheet_fill_down (self->sheet, first, n, column) > 0)
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
show_step (KaiImportGrid *self, int row)
{
  int column, position;

  if (row < 0)
    return;
  g_signal_emit (self, signals[CHANGED], 0);
  if (!kai_import_grid_get_cursor (self, &position, &column))
    column = 0;
  position = kai_import_sheet_find_position (self->sheet, row);
  if (position >= 0)
    kai_import_grid_go (self, position, column);
}

void
kai_import_grid_undo (KaiImportGrid *self)
{
  if (self->sheet && !self->frozen && kai_import_sheet_can_undo (self->sheet))
    show_step (self, kai_import_sheet_undo (self->sheet));
}

void
kai_import_grid_redo (KaiImportGrid *self)
{
  if (self->sheet && !self->frozen && kai_import_sheet_can_redo (self->sheet))
    show_step (self, kai_import_sheet_redo (self->sheet));
}

static void
start_editing (KaiImportGrid *self, GdkEventKey *event)
{
  g_autoptr (GtkTreePath) path = NULL;
  GtkTreeViewColumn *at = NULL;
  GtkWidget *entry;

  gtk_tree_view_get_cursor (self->view, &path, &at);
  if (!path || get_index (at) < 0)
    return;
  gtk_tree_view_set_cursor (self->view, path, at, TRUE);
  entry = gtk_window_get_focus (GTK_WINDOW (gtk_widget_get_toplevel (GTK_WIDGET (self))));
  /* What was typed replaces the cell; it goes through the entry, so that an input method gets it. */
  if (event && GTK_IS_ENTRY (entry))
    {
      gtk_editable_select_region (GTK_EDITABLE (entry), 0, -1);
      gtk_widget_event (entry, (GdkEvent *)event);
    }
}

static gboolean
on_control_key (KaiImportGrid *self, GdkEventKey *event)
{
  switch (gdk_keyval_to_lower (event->keyval))
    {
    case GDK_KEY_c:
      kai_import_grid_copy (self);
      return GDK_EVENT_STOP;
    case GDK_KEY_v:
      kai_import_grid_paste (self);
      return GDK_EVENT_STOP;
    case GDK_KEY_d:
      kai_import_grid_fill_down (self);
      return GDK_EVENT_STOP;
    case GDK_KEY_z:
      if (event->state & GDK_SHIFT_MASK)
        kai_import_grid_redo (self);
      else
        kai_import_grid_undo (self);
      return GDK_EVENT_STOP;
    case GDK_KEY_y:
      kai_import_grid_redo (self);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

static void
clear_cell (KaiImportGrid *self, int position, int column)
{
  int first, n;
  gboolean changed = FALSE;

  if (self->frozen || column < 0 || !get_span (self, &first, &n))
    return;
  if (n == 1)
    changed = kai_import_sheet_set_text (
        self->sheet, kai_import_sheet_get_view_row (self->sheet, position), column, "");
  else
    changed = kai_import_sheet_paste (self->sheet, first, column, n, "") > 0;
  if (changed)
    g_signal_emit (self, signals[CHANGED], 0);
}

/* Only keys that reach the view itself: while a cell is typed into, the entry has them. */
static gboolean
on_key_press_cb (KaiImportGrid *self, GdkEventKey *event)
{
  GdkModifierType state = event->state & gtk_accelerator_get_default_mod_mask ();
  int position, column;
  gunichar typed = gdk_keyval_to_unicode (event->keyval);

  if (!kai_import_grid_get_cursor (self, &position, &column))
    return GDK_EVENT_PROPAGATE;
  if (state & GDK_CONTROL_MASK)
    return on_control_key (self, event);
  if (state & GDK_MOD1_MASK)
    return GDK_EVENT_PROPAGATE;
  if (event->keyval == GDK_KEY_F2)
    start_editing (self, NULL);
  else if (event->keyval == GDK_KEY_Delete)
    clear_cell (self, position, column);
  else if (event->keyval == GDK_KEY_space && column < 0)
    toggle (self, position);
  else if (column >= 0 && typed > 0x20 && typed != 0x7f)
    start_editing (self, event);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
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
  g_signal_connect (cell, "toggled", G_CALLBACK (on_toggled_cb), self);

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
  Head *head = g_new (Head, 1);

  *head = (Head){ .grid = self, .column = index };
  g_object_set_data (G_OBJECT (column), COLUMN_INDEX, GINT_TO_POINTER (index + 1));
  g_object_set_data_full (G_OBJECT (column), "kai-head", head, g_free);
  g_object_set (cell, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  gtk_tree_view_column_pack_start (column, cell, TRUE);
  gtk_tree_view_column_set_cell_data_func (column, cell, show_cell, self, NULL);
  g_signal_connect_object (cell, "edited", G_CALLBACK (on_edited_cb), column, 0);
  gtk_tree_view_column_set_resizable (column, TRUE);
  gtk_tree_view_column_set_clickable (column, TRUE);
  gtk_tree_view_column_set_widget (column, make_head_widget ());
  g_signal_connect_object (column, "clicked", G_CALLBACK (on_head_clicked_cb), self, 0);
  exchange_by_dragging (column);
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
    show_position (self, position, get_index (at));
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
  g_signal_connect_object (self->view, "key-press-event", G_CALLBACK (on_key_press_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "cursor-changed", G_CALLBACK (on_cursor_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "query-tooltip", G_CALLBACK (on_query_tooltip_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self, "style-updated", G_CALLBACK (read_colours), self,
                           G_CONNECT_SWAPPED);
  gtk_container_add (GTK_CONTAINER (self), GTK_WIDGET (self->view));
  gtk_widget_show (GTK_WIDGET (self->view));
}
