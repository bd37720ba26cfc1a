/* What a column of a list holds: the words for it, and the popover in which it is chosen. */
#include "import/kai-import-meaning.h"
#include "kai-format.h"
#include <glib/gi18n-lib.h>

/* Guesses below this are shown with a question mark. */
#define SURE 70

static const char *
find_item_name (const KaiBaseData *base, const char *code)
{
  const KaiItem *item = base ? kai_base_data_find_item (base, code) : NULL;

  return item ? item->name : code;
}

static char *
dup_words (KaiImportKind kind, const KaiBaseData *base, const KaiImportColumn *column)
{
  switch (column->use)
    {
    case KAI_COLUMN_FIELD:
      return g_strdup (kai_field_get_header (kind, column->field));
    case KAI_COLUMN_ITEM:
      if (!column->item || *column->item == '\0')
        return g_strdup (_ ("Item still to be chosen"));
      return g_strdup_printf (_ ("Item: %s"), find_item_name (base, column->item));
    case KAI_COLUMN_TOTAL:
      return g_strdup (_ ("Total of the row"));
    case KAI_COLUMN_REASONS:
      return g_strdup (_ ("Our remarks"));
    default:
      return g_strdup (_ ("Not used"));
    }
}

char *
kai_import_dup_meaning (KaiImportSheet *sheet, const KaiBaseData *base,
                        const KaiImportColumn *column)
{
  g_autofree char *words = dup_words (kai_import_sheet_get_kind (sheet), base, column);
  gboolean unsure = column->use != KAI_COLUMN_IGNORED && column->guess == KAI_GUESS_CONTENT;

  if (column->use != KAI_COLUMN_IGNORED && column->confidence < SURE
      && column->guess != KAI_GUESS_CHOSEN && column->guess != KAI_GUESS_REMEMBERED)
    unsure = TRUE;
  return unsure ? g_strdup_printf (_ ("%s?"), words) : g_steal_pointer (&words);
}

char *
kai_import_dup_guess (const KaiImportColumn *column)
{
  switch (column->guess)
    {
    case KAI_GUESS_NAME:
      return g_strdup (_ ("Recognised by its header."));
    case KAI_GUESS_CONTENT:
      return g_strdup (_ ("Recognised by what stands below it: please look whether it is right."));
    case KAI_GUESS_REMEMBERED:
      return g_strdup (_ ("As in the last file with the same headers."));
    case KAI_GUESS_CHOSEN:
      return g_strdup (_ ("Chosen by you."));
    default:
      return g_strdup (_ ("Not recognised. If it holds something that is needed, choose what."));
    }
}

/* ---- The choice ---- */

typedef struct
{
  KaiMeaningChosen chosen;
  gpointer data;
  GtkWidget *popover;
  GtkListBox *list;
  GtkEntry *search;
} Choice;

static void
on_row_activated_cb (GtkListBox *list, GtkListBoxRow *row, gpointer data)
{
  Choice *choice = data;
  g_autofree char *word = g_strdup (g_object_get_data (G_OBJECT (row), "word"));
  KaiMeaningChosen chosen = choice->chosen;
  gpointer chosen_data = choice->data;

  gtk_popover_popdown (GTK_POPOVER (choice->popover));
  chosen (word, chosen_data);
}

static gboolean
destroy_idle (gpointer popover)
{
  gtk_widget_destroy (popover);
  return G_SOURCE_REMOVE;
}

static void
on_closed_cb (GtkWidget *popover)
{
  /* Not at once: the signal that closed it is still running. */
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, destroy_idle, g_object_ref (popover), g_object_unref);
}

static void
add_choice (GtkListBox *list, const char *word, const char *label, const char *current)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *text = gtk_label_new (label);

  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_widget_set_margin_start (text, 8);
  gtk_widget_set_margin_end (text, 8);
  gtk_widget_set_margin_top (text, 3);
  gtk_widget_set_margin_bottom (text, 3);
  gtk_container_add (GTK_CONTAINER (row), text);
  g_object_set_data_full (G_OBJECT (row), "word", g_strdup (word), g_free);
  atk_object_set_name (gtk_widget_get_accessible (row), label);
  gtk_list_box_insert (list, row, -1);
  if (g_strcmp0 (word, current) == 0)
    gtk_list_box_select_row (list, GTK_LIST_BOX_ROW (row));
}

static void
add_column_choice (GtkListBox *list, KaiImportSheet *sheet, const KaiBaseData *base,
                   const KaiImportColumn *column, const char *current)
{
  g_autofree char *word = kai_import_column_to_string (column);
  g_autofree char *label = dup_words (kai_import_sheet_get_kind (sheet), base, column);

  add_choice (list, word, label, current);
}

static void
add_items (GtkListBox *list, KaiImportSheet *sheet, const KaiBaseData *base, const char *current)
{
  KaiImportColumn column = { .use = KAI_COLUMN_ITEM, .guess = KAI_GUESS_CHOSEN };

  for (guint i = 0; base && i < base->items->len; i++)
    {
      const KaiItem *item = g_ptr_array_index (base->items, i);

      column.item = item->code;
      add_column_choice (list, sheet, base, &column, current);
    }
}

static void
fill_list (GtkListBox *list, KaiImportSheet *sheet, const KaiBaseData *base, const char *current)
{
  KaiImportKind kind = kai_import_sheet_get_kind (sheet);
  KaiImportColumn column = { .use = KAI_COLUMN_IGNORED, .guess = KAI_GUESS_CHOSEN };

  add_column_choice (list, sheet, base, &column, current);
  /* For a column of amounts the question is: of which item? */
  if (current && g_str_has_prefix (current, "item:"))
    add_items (list, sheet, base, current);
  column.use = KAI_COLUMN_FIELD;
  for (KaiField field = 0; field < KAI_N_FIELDS; field++)
    if (kai_field_is_known (kind, field))
      {
        column.field = field;
        add_column_choice (list, sheet, base, &column, current);
      }
  column.use = KAI_COLUMN_TOTAL;
  add_column_choice (list, sheet, base, &column, current);
  if (!current || !g_str_has_prefix (current, "item:"))
    add_items (list, sheet, base, current);
}

/* ---- Looking for one: a unit may have a hundred items ---- */

static gboolean
fits_search (GtkListBoxRow *row, gpointer data)
{
  Choice *choice = data;
  g_autofree char *wanted = g_utf8_casefold (gtk_entry_get_text (choice->search), -1);
  g_autofree char *label =
      g_utf8_casefold (atk_object_get_name (gtk_widget_get_accessible (GTK_WIDGET (row))), -1);
  const char *word = g_object_get_data (G_OBJECT (row), "word");

  return strstr (label, wanted) || strstr (word, wanted);
}

/* The first one that fits would be taken by Enter. */
static void
on_search_changed_cb (Choice *choice)
{
  GtkListBoxRow *row;

  gtk_list_box_invalidate_filter (choice->list);
  for (int i = 0; (row = gtk_list_box_get_row_at_index (choice->list, i)); i++)
    if (fits_search (row, choice))
      break;
  gtk_list_box_select_row (choice->list, row);
}

static void
on_search_activate_cb (Choice *choice)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (choice->list);

  if (row)
    g_signal_emit_by_name (choice->list, "row-activated", row);
}

static gboolean
on_search_key_cb (GtkWidget *search, GdkEventKey *event, gpointer data)
{
  Choice *choice = data;
  GtkListBoxRow *row = gtk_list_box_get_selected_row (choice->list);

  if (event->keyval != GDK_KEY_Down && event->keyval != GDK_KEY_Up)
    return GDK_EVENT_PROPAGATE;
  gtk_widget_grab_focus (row ? GTK_WIDGET (row) : GTK_WIDGET (choice->list));
  return GDK_EVENT_STOP;
}

static GtkWidget *
make_search (Choice *choice)
{
  GtkWidget *search = gtk_search_entry_new ();

  choice->search = GTK_ENTRY (search);
  gtk_entry_set_placeholder_text (choice->search, _ ("Find a field or an item"));
  kai_set_accessible_name (search, _ ("Find a field or an item"));
  gtk_list_box_set_filter_func (choice->list, fits_search, choice, NULL);
  g_signal_connect_swapped (search, "changed", G_CALLBACK (on_search_changed_cb), choice);
  g_signal_connect_swapped (search, "activate", G_CALLBACK (on_search_activate_cb), choice);
  g_signal_connect (search, "key-press-event", G_CALLBACK (on_search_key_cb), choice);
  g_signal_connect_swapped (search, "stop-search", G_CALLBACK (gtk_popover_popdown),
                            choice->popover);
  return search;
}

void
kai_import_choose_meaning (GtkWidget *widget, KaiImportSheet *sheet, const KaiBaseData *base,
                           const char *current, KaiMeaningChosen chosen, gpointer data)
{
  GtkWidget *popover = gtk_popover_new (widget);
  GtkWidget *scroller = gtk_scrolled_window_new (NULL, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *list = gtk_list_box_new ();
  Choice *choice = g_new0 (Choice, 1);

  choice->list = GTK_LIST_BOX (list);
  choice->chosen = chosen;
  choice->data = data;
  choice->popover = popover;
  g_object_set_data_full (G_OBJECT (list), "choice", choice, g_free);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_BROWSE);
  atk_object_set_name (gtk_widget_get_accessible (list), _ ("What this column holds"));
  fill_list (GTK_LIST_BOX (list), sheet, base, current);
  g_signal_connect (list, "row-activated", G_CALLBACK (on_row_activated_cb), choice);
  g_signal_connect (popover, "closed", G_CALLBACK (on_closed_cb), NULL);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 380);
  gtk_container_add (GTK_CONTAINER (scroller), list);
  gtk_container_set_border_width (GTK_CONTAINER (box), 6);
  gtk_container_add (GTK_CONTAINER (box), make_search (choice));
  gtk_container_add (GTK_CONTAINER (box), scroller);
  gtk_container_add (GTK_CONTAINER (popover), box);
  gtk_widget_show_all (box);
  gtk_popover_popup (GTK_POPOVER (popover));
  gtk_widget_grab_focus (GTK_WIDGET (choice->search));
}
