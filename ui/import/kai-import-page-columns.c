/* Batch issue and education import: fields that no column holds. They are dragged onto a column's head, given a column, or the same
 * value for all rows. */
#include "import/kai-import-page-private.h"
#include "kai-format.h"
#include <glib/gi18n-lib.h>

/* Columns that are offered at once; who has more drags, or chooses at the head of the column. */
#define MOST_COLUMNS 60

static gboolean
can_be_constant (KaiField field)
{
  switch (field)
    {
    case KAI_FIELD_ITEM:
    case KAI_FIELD_PAYER_KIND:
    case KAI_FIELD_GRADE:
    case KAI_FIELD_CLASS:
    case KAI_FIELD_TERM:
    case KAI_FIELD_MEMO:
    case KAI_FIELD_QUANTITY:
    case KAI_FIELD_AMOUNT:
      return TRUE;
    default:
      return FALSE;
    }
}

static KaiField
get_field (gpointer widget)
{
  return GPOINTER_TO_INT (g_object_get_data (G_OBJECT (widget), "field"));
}

static void
set_field (gpointer widget, KaiField field)
{
  g_object_set_data (G_OBJECT (widget), "field", GINT_TO_POINTER (field));
}

static const char *
get_header (KaiImportPage *self, KaiField field)
{
  return kai_field_get_header (kai_import_sheet_get_kind (self->sheet), field);
}

/* Never from a signal of the popover itself. Closed first: checking makes the buttons anew at one of which it hangs. */
static void
close_popover (KaiImportPage *self)
{
  GtkWidget *popover = self->field_popover;

  if (!popover)
    return;
  self->field_popover = NULL;
  gtk_widget_destroy (popover);
}

static gboolean
destroy_idle (gpointer popover)
{
  gtk_widget_destroy (popover);
  return G_SOURCE_REMOVE;
}

static void
on_popover_closed_cb (GtkWidget *popover, KaiImportPage *self)
{
  if (self->field_popover == popover)
    self->field_popover = NULL;
  /* Not at once: the signal that closed it is still running. */
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, destroy_idle, g_object_ref (popover), g_object_unref);
}

static gboolean
on_column_chosen_idle (gpointer data)
{
  GtkWidget *item = data;
  KaiImportPage *self = g_object_get_data (G_OBJECT (item), "page");
  int column = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (item), "column"));

  close_popover (self);
  if (self->sheet && !self->issue)
    kai_import_page_set_column (self, column, kai_field_to_string (get_field (item)));
  return G_SOURCE_REMOVE;
}

static void
on_column_chosen_cb (GtkWidget *item, gpointer data)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, on_column_chosen_idle, g_object_ref (item), g_object_unref);
}

void
kai_import_page_set_column (KaiImportPage *self, int column, const char *word)
{
  g_autoptr (GError) error = NULL;

  if (kai_import_sheet_set_column (self->sheet, column, word, &error))
    kai_import_page_check (self);
  else
    kai_import_page_report (self, TRUE, error->message);
}

static void
set_constant (KaiImportPage *self, KaiField field, const char *value)
{
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (value, kai_import_sheet_get_constant (self->sheet, field)) == 0)
    {
      close_popover (self);
      return;
    }
  if (!kai_import_sheet_set_constant (self->sheet, field, value, &error))
    {
      kai_import_page_report (self, TRUE, error->message);
      return;
    }
  close_popover (self);
  kai_import_page_check (self);
}

static gboolean
on_constant_idle (gpointer data)
{
  KaiImportPage *self = g_object_get_data (G_OBJECT (data), "page");
  g_autofree char *value = GTK_IS_ENTRY (data)
                               ? g_strdup (gtk_entry_get_text (GTK_ENTRY (data)))
                               : g_strdup (gtk_combo_box_get_active_id (GTK_COMBO_BOX (data)));

  if (self->sheet && !self->issue && value)
    set_constant (self, get_field (data), value);
  return G_SOURCE_REMOVE;
}

static void
on_constant_cb (GtkWidget *input, gpointer data)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, on_constant_idle, g_object_ref (input), g_object_unref);
}

/* ---- What is in the popover of a field ---- */

static void
add_columns (KaiImportPage *self, GtkBox *box, KaiField field)
{
  int n = kai_import_sheet_get_n_columns (self->sheet);

  for (int i = 0, shown = 0; i < n && shown < MOST_COLUMNS; i++)
    {
      g_autofree char *label = NULL;
      GtkWidget *item;

      if (kai_import_sheet_get_column (self->sheet, i).use != KAI_COLUMN_IGNORED)
        continue;
      shown++;
      label = g_strdup_printf (_ ("Column %s"), kai_import_sheet_get_header (self->sheet, i));
      item = gtk_model_button_new ();
      g_object_set (item, "text", label, NULL);
      kai_set_accessible_name (item, label);
      set_field (item, field);
      g_object_set_data (G_OBJECT (item), "column", GINT_TO_POINTER (i));
      g_object_set_data (G_OBJECT (item), "page", self);
      g_signal_connect (item, "clicked", G_CALLBACK (on_column_chosen_cb), NULL);
      gtk_container_add (GTK_CONTAINER (box), item);
    }
}

static GtkWidget *
make_choice (KaiImportPage *self, KaiField field)
{
  GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (gtk_combo_box_text_new ());

  gtk_combo_box_text_append (combo, "", _ ("Nothing"));
  if (field == KAI_FIELD_PAYER_KIND)
    {
      gtk_combo_box_text_append (combo, "个人", _ ("Person"));
      gtk_combo_box_text_append (combo, "单位", _ ("Organisation"));
    }
  for (guint i = 0; field == KAI_FIELD_ITEM && i < self->base->items->len; i++)
    {
      const KaiItem *item = g_ptr_array_index (self->base->items, i);
      g_autofree char *label = g_strdup_printf ("%s %s", item->code, item->name);

      gtk_combo_box_text_append (combo, item->code, label);
    }
  gtk_combo_box_set_active_id (GTK_COMBO_BOX (combo),
                               kai_import_sheet_get_constant (self->sheet, field));
  g_signal_connect (combo, "changed", G_CALLBACK (on_constant_cb), NULL);
  return GTK_WIDGET (combo);
}

static GtkWidget *
make_entry (KaiImportPage *self, KaiField field)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_text (GTK_ENTRY (entry), kai_import_sheet_get_constant (self->sheet, field));
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), _ ("Type it and press Enter"));
  gtk_entry_set_width_chars (GTK_ENTRY (entry), 24);
  g_signal_connect (entry, "activate", G_CALLBACK (on_constant_cb), NULL);
  return entry;
}

static GtkWidget *
add_constant (KaiImportPage *self, GtkBox *box, KaiField field)
{
  GtkWidget *label = gtk_label_new (_ ("The same for all rows:"));
  GtkWidget *input = field == KAI_FIELD_ITEM || field == KAI_FIELD_PAYER_KIND
                         ? make_choice (self, field)
                         : make_entry (self, field);
  g_autofree char *name =
      g_strdup_printf (_ ("%s, the same for all rows"), get_header (self, field));

  set_field (input, field);
  g_object_set_data (G_OBJECT (input), "page", self);
  kai_set_accessible_name (input, name);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_container_add (GTK_CONTAINER (box), label);
  gtk_container_add (GTK_CONTAINER (box), input);
  return input;
}

static GtkWidget *
open_popover (KaiImportPage *self, GtkWidget *at, GtkWidget *box)
{
  GtkWidget *popover = gtk_popover_new (at);
  GtkWidget *scroller = gtk_scrolled_window_new (NULL, NULL);

  close_popover (self);
  gtk_container_set_border_width (GTK_CONTAINER (box), 8);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 380);
  gtk_container_add (GTK_CONTAINER (scroller), box);
  gtk_container_add (GTK_CONTAINER (popover), scroller);
  gtk_widget_show_all (scroller);
  g_signal_connect_object (popover, "closed", G_CALLBACK (on_popover_closed_cb), self, 0);
  self->field_popover = popover;
  gtk_popover_popup (GTK_POPOVER (popover));
  return popover;
}

/* Which column holds it, or the same value for all rows. */
static void
open_field (KaiImportPage *self, GtkWidget *at, KaiField field)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *input = NULL;

  if (kai_import_sheet_find_column (self->sheet, field) < 0)
    add_columns (self, GTK_BOX (box), field);
  if (can_be_constant (field))
    input = add_constant (self, GTK_BOX (box), field);
  open_popover (self, at, box);
  if (input)
    gtk_widget_grab_focus (input);
}

static void
on_chip_clicked_cb (GtkWidget *chip, gpointer data)
{
  KaiImportPage *self = KAI_IMPORT_PAGE (data);

  if (self->sheet && !self->issue)
    open_field (self, chip, get_field (chip));
}

static gboolean
on_more_chosen_idle (gpointer data)
{
  KaiImportPage *self = g_object_get_data (G_OBJECT (data), "page");

  close_popover (self);
  if (self->sheet && !self->issue)
    open_field (self, GTK_WIDGET (self->constant_button), get_field (data));
  return G_SOURCE_REMOVE;
}

static void
on_more_chosen_cb (GtkWidget *item, gpointer data)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, on_more_chosen_idle, g_object_ref (item), g_object_unref);
}

void
kai_import_page_choose_constant (KaiImportPage *self)
{
  KaiImportKind kind = kai_import_sheet_get_kind (self->sheet);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  for (KaiField field = 0; field < KAI_N_FIELDS; field++)
    if (can_be_constant (field) && kai_field_is_known (kind, field))
      {
        GtkWidget *item = gtk_model_button_new ();

        g_object_set (item, "text", get_header (self, field), NULL);
        kai_set_accessible_name (item, get_header (self, field));
        set_field (item, field);
        g_object_set_data (G_OBJECT (item), "page", self);
        g_signal_connect (item, "clicked", G_CALLBACK (on_more_chosen_cb), NULL);
        gtk_container_add (GTK_CONTAINER (box), item);
      }
  open_popover (self, GTK_WIDGET (self->constant_button), box);
}

/* ---- The fields as buttons ---- */

static void
on_chip_drag_get_cb (GtkWidget *chip, GdkDragContext *context, GtkSelectionData *selection,
                     guint info, guint time, gpointer data)
{
  const char *word = kai_field_to_string (get_field (chip));

  gtk_selection_data_set (selection, gtk_selection_data_get_target (selection), 8,
                          (const guchar *)word, (int)strlen (word));
}

static void
add_chip (KaiImportPage *self, GtkWidget *box, KaiField field, const char *label,
          const char *tooltip)
{
  static const GtkTargetEntry targets[] = { { (char *)KAI_IMPORT_DRAG_TARGET, GTK_TARGET_SAME_APP,
                                              0 } };
  GtkWidget *chip = gtk_button_new_with_label (label);

  set_field (chip, field);
  gtk_drag_source_set (chip, GDK_BUTTON1_MASK, targets, G_N_ELEMENTS (targets), GDK_ACTION_COPY);
  g_signal_connect (chip, "drag-data-get", G_CALLBACK (on_chip_drag_get_cb), NULL);
  g_signal_connect_object (chip, "clicked", G_CALLBACK (on_chip_clicked_cb), self, 0);
  gtk_widget_set_tooltip_text (chip, tooltip);
  kai_set_accessible_name (chip, label);
  gtk_widget_show (chip);
  gtk_container_add (GTK_CONTAINER (box), chip);
}

static void
add_missing (KaiImportPage *self, const char *missing)
{
  KaiImportKind kind = kai_import_sheet_get_kind (self->sheet);
  g_auto (GStrv) headers = g_strsplit (missing, "、", -1);

  for (KaiField field = 0; field < KAI_N_FIELDS; field++)
    if (kai_field_is_known (kind, field)
        && g_strv_contains ((const char *const *)headers, get_header (self, field)))
      add_chip (self, self->chips, field, get_header (self, field),
                _ ("Drag onto the head of the column that holds it, or press to choose"));
}

static void
add_constants (KaiImportPage *self)
{
  for (KaiField field = 0; field < KAI_N_FIELDS; field++)
    {
      const char *value = kai_import_sheet_get_constant (self->sheet, field);
      const KaiItem *item =
          field == KAI_FIELD_ITEM ? kai_base_data_find_item (self->base, value) : NULL;
      g_autofree char *label = NULL;

      if (*value == '\0')
        continue;
      label = g_strdup_printf (_ ("%s: %s"), get_header (self, field), item ? item->name : value);
      add_chip (self, self->constants, field, label,
                _ ("The same for all rows in which the list says nothing. Press to change"));
    }
}

static void
destroy_cb (GtkWidget *widget, gpointer data)
{
  gtk_widget_destroy (widget);
}

void
kai_import_page_show_fields (KaiImportPage *self)
{
  g_autofree char *missing = kai_import_sheet_list_missing (self->sheet);
  g_autoptr (GList) children = NULL;

  close_popover (self);
  gtk_container_foreach (GTK_CONTAINER (self->chips), destroy_cb, NULL);
  gtk_container_foreach (GTK_CONTAINER (self->constants), destroy_cb, NULL);
  if (missing)
    add_missing (self, missing);
  add_constants (self);
  children = gtk_container_get_children (GTK_CONTAINER (self->constants));
  gtk_widget_set_visible (self->missing_box, missing != NULL);
  gtk_widget_set_visible (self->constants_box, children != NULL);
}
