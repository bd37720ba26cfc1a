/* The grid is mended like a spreadsheet: cells are typed into, pasted, copied, filled down, ticked; each change is one step of undo. */
#include "import/kai-import-grid-private.h"

static void
on_edited_cb (GtkCellRendererText *cell, const char *path, const char *text, gpointer data)
{
  GtkTreeViewColumn *tree_column = data;
  KaiImportGrid *self =
      KAI_IMPORT_GRID (gtk_widget_get_parent (gtk_tree_view_column_get_tree_view (tree_column)));
  int column = kai_import_grid_get_index (tree_column);
  int position = atoi (path);

  if (position >= kai_import_sheet_get_n_view (self->sheet))
    return;
  if (kai_import_sheet_set_text (self->sheet, kai_import_sheet_get_view_row (self->sheet, position),
                                 column, text))
    g_signal_emit_by_name (self, "changed");
  /* As in a spreadsheet: the next row of the same column. */
  if (position + 1 < kai_import_sheet_get_n_view (self->sheet))
    kai_import_grid_go (self, position + 1, column);
}

static void
toggle (KaiImportGrid *self, int position)
{
  int row = kai_import_sheet_get_view_row (self->sheet, position);

  if (!kai_import_grid_can_change (self, row))
    return;
  kai_import_sheet_set_tick (self->sheet, row, !kai_import_sheet_get_tick (self->sheet, row));
  g_signal_emit_by_name (self, "changed");
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
    g_signal_emit_by_name (self, "changed");
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
    g_signal_emit_by_name (self, "changed");
}

static void
show_step (KaiImportGrid *self, int row)
{
  int column, position;

  if (row < 0)
    return;
  g_signal_emit_by_name (self, "changed");
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
  if (!path || kai_import_grid_get_index (at) < 0)
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
    g_signal_emit_by_name (self, "changed");
}

/* Only keys that reach the view itself: while a cell is typed into, the entry has them. */
gboolean
kai_import_grid_on_key_press_cb (KaiImportGrid *self, GdkEventKey *event)
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

void
kai_import_grid_connect_edit (KaiImportGrid *self, GtkTreeViewColumn *column, GtkCellRenderer *cell)
{
  g_signal_connect_object (cell, "edited", G_CALLBACK (on_edited_cb), column, 0);
}

void
kai_import_grid_connect_tick (KaiImportGrid *self, GtkCellRenderer *cell)
{
  g_signal_connect (cell, "toggled", G_CALLBACK (on_toggled_cb), self);
}
