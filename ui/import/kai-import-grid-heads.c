/* The heads of the grid's columns: what each holds is shown there, chosen there, and dropped there. */
#include "import/kai-import-grid-private.h"
#include "import/kai-import-meaning.h"
#include <glib/gi18n-lib.h>

static void
set_meaning (KaiImportGrid *self, int column, const char *word)
{
  g_autoptr (GError) error = NULL;

  if (self->frozen)
    return;
  /* Every word comes from the sheet itself. */
  if (!kai_import_sheet_set_column (self->sheet, column, word, &error))
    g_warning ("%s", error->message);
  g_signal_emit_by_name (self, "columns-changed");
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

void
kai_import_grid_add_head (KaiImportGrid *self, GtkTreeViewColumn *column, int index)
{
  Head *head = g_new (Head, 1);

  *head = (Head){ .grid = self, .column = index };
  g_object_set_data_full (G_OBJECT (column), "kai-head", head, g_free);
  gtk_tree_view_column_set_clickable (column, TRUE);
  gtk_tree_view_column_set_widget (column, make_head_widget ());
  g_signal_connect_object (column, "clicked", G_CALLBACK (on_head_clicked_cb), self, 0);
  exchange_by_dragging (column);
}
