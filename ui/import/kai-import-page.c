/* Batch issue and education import: what is shown of the list, and mending it. */
#include "import/kai-import-meaning.h"
#include "import/kai-import-page-private.h"
#include "values/kai-money.h"
#include <glib/gi18n-lib.h>

G_DEFINE_FINAL_TYPE (KaiImportPage, kai_import_page, GTK_TYPE_BOX)

enum
{
  REPORT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

void
kai_import_page_report (KaiImportPage *self, gboolean is_error, const char *sentence)
{
  g_signal_emit (self, signals[REPORT], 0, is_error, sentence);
}

/* ---- What is shown ---- */

void
kai_import_page_show_counts (KaiImportPage *self)
{
  KaiImportCounts counts = kai_import_sheet_get_counts (self->sheet);
  g_autofree char *amount = kai_money_to_display (counts.amount);
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, ngettext ("%d row", "%d rows", counts.rows), counts.rows);
  g_string_append_printf (text, _ (": %d good, %d to mend"), counts.good, counts.bad);
  if (counts.warned > 0)
    g_string_append_printf (text, _ (", %d to be looked at"), counts.warned);
  if (counts.aside > 0)
    g_string_append_printf (text, _ (", %d set aside"), counts.aside);
  if (counts.issued > 0)
    g_string_append_printf (text, _ (", %d issued"), counts.issued);
  if (counts.refused > 0)
    g_string_append_printf (text, _ (", %d refused"), counts.refused);
  g_string_append_printf (text, _ (". To be issued: %d rows, ¥ %s"), counts.ticked, amount);
  gtk_label_set_text (self->counts_label, text->str);
  kai_import_page_update_actions (self);
}

void
kai_import_page_show_row (KaiImportPage *self)
{
  g_autofree char *title = NULL, *sentences = NULL;
  int position, column, row;

  if (!self->sheet || !kai_import_grid_get_cursor (self->grid, &position, &column))
    {
      gtk_label_set_text (self->row_label, "");
      gtk_label_set_text (self->sentences_label, "");
      return;
    }
  row = kai_import_sheet_get_view_row (self->sheet, position);
  title = g_strdup_printf (_ ("Row %d"), kai_import_sheet_get_number (self->sheet, row));
  sentences = kai_import_sheet_dup_row_sentences (self->sheet, row);
  if (kai_import_sheet_get_result (self->sheet, row) != KAI_ROW_OPEN)
    {
      g_free (sentences);
      sentences = g_strdup_printf (
          _ ("%s: %s"), kai_row_result_label (kai_import_sheet_get_result (self->sheet, row)),
          kai_import_sheet_get_result_text (self->sheet, row));
    }
  gtk_label_set_text (self->row_label, title);
  gtk_label_set_text (self->sentences_label, sentences ? sentences : _ ("Nothing is wrong here."));
}

static void
show_notes (KaiImportPage *self)
{
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (GPtrArray) warnings = kai_problems_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  GPtrArray *arrays[] = { problems, warnings };

  kai_import_sheet_list_file (self->sheet, problems, warnings);
  for (guint a = 0; a < G_N_ELEMENTS (arrays); a++)
    for (guint i = 0; i < arrays[a]->len; i++)
      {
        const KaiProblem *problem = g_ptr_array_index (arrays[a], i);

        g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", problem->message);
      }
  gtk_label_set_text (self->notes_label, text->str);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->notes_label), text->len > 0 ? text->str : NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->notes_label), text->len > 0);
}

/* ---- Fields that no column holds yet ---- */

static void
on_chip_drag_get_cb (GtkWidget *chip, GdkDragContext *context, GtkSelectionData *selection,
                     guint info, guint time, gpointer data)
{
  const char *word = g_object_get_data (G_OBJECT (chip), "word");

  gtk_selection_data_set (selection, gtk_selection_data_get_target (selection), 8,
                          (const guchar *)word, (int)strlen (word));
}

static void
on_chip_column_cb (GtkWidget *item, gpointer data)
{
  KaiImportPage *self = KAI_IMPORT_PAGE (data);
  const char *word = g_object_get_data (G_OBJECT (item), "word");
  int column = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (item), "column"));
  g_autoptr (GError) error = NULL;

  if (!kai_import_sheet_set_column (self->sheet, column, word, &error))
    kai_import_page_report (self, TRUE, error->message);
  else
    kai_import_page_check (self);
}

static void
on_constant_cb (GtkEntry *entry, gpointer data)
{
  KaiImportPage *self = KAI_IMPORT_PAGE (data);
  KaiField field = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (entry), "field"));
  g_autoptr (GError) error = NULL;

  if (!kai_import_sheet_set_constant (self->sheet, field, gtk_entry_get_text (entry), &error))
    kai_import_page_report (self, TRUE, error->message);
  else
    kai_import_page_check (self);
}

/* Which column holds it, or the same value for all rows. */
static void
on_chip_clicked_cb (GtkWidget *chip, gpointer data)
{
  KaiImportPage *self = KAI_IMPORT_PAGE (data);
  const char *word = g_object_get_data (G_OBJECT (chip), "word");
  KaiField field = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (chip), "field"));
  GtkWidget *popover = gtk_popover_new (chip);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *entry = gtk_entry_new ();

  gtk_container_set_border_width (GTK_CONTAINER (box), 8);
  for (int i = 0; i < kai_import_sheet_get_n_columns (self->sheet); i++)
    {
      GtkWidget *item = gtk_model_button_new ();
      g_autofree char *label =
          g_strdup_printf (_ ("Column %s"), kai_import_sheet_get_header (self->sheet, i));

      if (kai_import_sheet_get_column (self->sheet, i).use != KAI_COLUMN_IGNORED)
        {
          gtk_widget_destroy (g_object_ref_sink (item));
          g_object_unref (item);
          continue;
        }
      g_object_set (item, "text", label, NULL);
      g_object_set_data_full (G_OBJECT (item), "word", g_strdup (word), g_free);
      g_object_set_data (G_OBJECT (item), "column", GINT_TO_POINTER (i));
      g_signal_connect_object (item, "clicked", G_CALLBACK (on_chip_column_cb), self, 0);
      gtk_container_add (GTK_CONTAINER (box), item);
    }
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), _ ("The same for all rows (Enter)"));
  atk_object_set_name (gtk_widget_get_accessible (entry), _ ("The same for all rows"));
  g_object_set_data (G_OBJECT (entry), "field", GINT_TO_POINTER (field));
  g_signal_connect_object (entry, "activate", G_CALLBACK (on_constant_cb), self, 0);
  gtk_container_add (GTK_CONTAINER (box), entry);
  gtk_container_add (GTK_CONTAINER (popover), box);
  gtk_widget_show_all (box);
  gtk_popover_popup (GTK_POPOVER (popover));
}

static void
add_chip (KaiImportPage *self, KaiField field)
{
  static const GtkTargetEntry targets[] = { { (char *)KAI_IMPORT_DRAG_TARGET, GTK_TARGET_SAME_APP,
                                              0 } };
  GtkWidget *chip = gtk_button_new_with_label (
      kai_field_get_header (kai_import_sheet_get_kind (self->sheet), field));

  g_object_set_data (G_OBJECT (chip), "word", (gpointer)kai_field_to_string (field));
  g_object_set_data (G_OBJECT (chip), "field", GINT_TO_POINTER (field));
  gtk_drag_source_set (chip, GDK_BUTTON1_MASK, targets, G_N_ELEMENTS (targets), GDK_ACTION_COPY);
  g_signal_connect (chip, "drag-data-get", G_CALLBACK (on_chip_drag_get_cb), NULL);
  g_signal_connect_object (chip, "clicked", G_CALLBACK (on_chip_clicked_cb), self, 0);
  gtk_widget_set_tooltip_text (
      chip, _ ("Drag onto the head of the column that holds it, or press to choose"));
  gtk_widget_show (chip);
  gtk_container_add (GTK_CONTAINER (self->chips), chip);
}

static void
destroy_cb (GtkWidget *widget, gpointer data)
{
  gtk_widget_destroy (widget);
}

static void
show_missing (KaiImportPage *self)
{
  KaiImportKind kind = kai_import_sheet_get_kind (self->sheet);
  g_autofree char *missing = kai_import_sheet_list_missing (self->sheet);

  gtk_container_foreach (GTK_CONTAINER (self->chips), destroy_cb, NULL);
  for (KaiField field = 0; missing && field < KAI_N_FIELDS; field++)
    if (kai_field_is_known (kind, field) && kai_import_sheet_find_column (self->sheet, field) < 0
        && *kai_import_sheet_get_constant (self->sheet, field) == '\0'
        && strstr (missing, kai_field_get_header (kind, field)))
      add_chip (self, field);
  gtk_widget_set_visible (self->missing_box, missing != NULL);
}

/* ---- Filter ---- */

static const struct
{
  const char *id;
  KaiImportView view;
} views[] = {
  { "all", KAI_VIEW_ALL },       { "bad", KAI_VIEW_BAD },         { "warned", KAI_VIEW_WARNED },
  { "good", KAI_VIEW_GOOD },     { "ticked", KAI_VIEW_TICKED },   { "aside", KAI_VIEW_ASIDE },
  { "issued", KAI_VIEW_ISSUED }, { "refused", KAI_VIEW_REFUSED },
};

static void
apply_filter (KaiImportPage *self)
{
  const char *id = gtk_combo_box_get_active_id (self->view_combo);
  const char *code = gtk_combo_box_get_active_id (self->code_combo);
  KaiImportView view = KAI_VIEW_ALL;

  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    if (g_strcmp0 (views[i].id, id) == 0)
      view = views[i].view;
  kai_import_sheet_set_filter (self->sheet, view, code && *code ? code : NULL,
                               gtk_entry_get_text (self->search_entry));
  kai_import_grid_reload (self->grid);
}

static void
on_filter_changed_cb (KaiImportPage *self)
{
  if (self->sheet && !self->filling)
    apply_filter (self);
}

/* What there is to be chosen from, the most frequent first; the choice stays when it is still there. */
static void
fill_codes (KaiImportPage *self)
{
  GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (self->code_combo);
  g_autoptr (GArray) codes = kai_import_sheet_list_codes (self->sheet);
  g_autofree char *old = g_strdup (gtk_combo_box_get_active_id (self->code_combo));

  self->filling = TRUE;
  gtk_combo_box_text_remove_all (combo);
  gtk_combo_box_text_append (combo, "", _ ("Any problem or none"));
  for (guint i = 0; i < codes->len; i++)
    {
      const KaiImportCode *code = &g_array_index (codes, KaiImportCode, i);
      g_autofree char *text = g_strdup_printf (_ ("%s (%d)"), code->label, code->rows);

      gtk_combo_box_text_append (combo, code->code, text);
    }
  if (!old || !gtk_combo_box_set_active_id (self->code_combo, old))
    gtk_combo_box_set_active (self->code_combo, 0);
  self->filling = FALSE;
}

void
kai_import_page_show_sheet (KaiImportPage *self)
{
  g_autofree char *name = g_path_get_basename (kai_import_sheet_get_path (self->sheet));
  g_autofree char *shown = g_filename_display_name (name);

  gtk_stack_set_visible_child_name (self->stack, "list");
  gtk_label_set_text (self->file_label, shown);
  self->filling = TRUE;
  gtk_combo_box_set_active_id (self->kind_combo,
                               kai_import_kind_to_string (kai_import_sheet_get_kind (self->sheet)));
  self->filling = FALSE;
  show_missing (self);
  show_notes (self);
  fill_codes (self);
  kai_import_grid_show_columns (self->grid);
  apply_filter (self);
  kai_import_page_show_counts (self);
  kai_import_page_show_row (self);
}

static void
on_kind_changed_cb (KaiImportPage *self)
{
  KaiImportKind kind;

  if (!self->sheet || self->filling
      || !kai_import_kind_parse (gtk_combo_box_get_active_id (self->kind_combo), &kind))
    return;
  kai_import_sheet_set_kind (self->sheet, kind);
  kai_import_page_check (self);
}

static void
on_sheet_changed_cb (KaiImportPage *self)
{
  g_autofree char *path = NULL;

  if (!self->sheet || self->filling)
    return;
  path = g_strdup (kai_import_sheet_get_path (self->sheet));
  kai_import_page_read (self, path, -1, gtk_combo_box_get_active (self->sheet_combo) + 1);
}

static void
on_grid_changed_cb (KaiImportPage *self)
{
  fill_codes (self);
  show_notes (self);
  kai_import_page_show_counts (self);
  kai_import_page_show_row (self);
}

static void
on_columns_changed_cb (KaiImportPage *self)
{
  kai_import_page_check (self);
}

static void
on_cursor_moved_cb (KaiImportPage *self)
{
  kai_import_page_show_row (self);
}

/* ---- Actions ---- */

static void
on_open_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_choose_file (KAI_IMPORT_PAGE (data));
}

static void
on_form_education_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_save_form (KAI_IMPORT_PAGE (data), KAI_IMPORT_EDUCATION);
}

static void
on_form_notices_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_save_form (KAI_IMPORT_PAGE (data), KAI_IMPORT_NOTICES);
}

static void
on_cancel_read_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_cancel_read (KAI_IMPORT_PAGE (data));
}

static void
go_to_problem (KaiImportPage *self, int step)
{
  int position = -1, column = -1;

  kai_import_grid_get_cursor (self->grid, &position, &column);
  if (kai_import_sheet_next_problem (self->sheet, step, &position, &column))
    kai_import_grid_go (self->grid, position, column);
  else
    kai_import_page_report (self, FALSE,
                            step > 0 ? _ ("There is no further problem below.")
                                     : _ ("There is no further problem above."));
}

static void
on_next_problem_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  go_to_problem (KAI_IMPORT_PAGE (data), 1);
}

static void
on_previous_problem_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  go_to_problem (KAI_IMPORT_PAGE (data), -1);
}

static void
on_undo_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_grid_undo (KAI_IMPORT_PAGE (data)->grid);
}

static void
on_redo_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_grid_redo (KAI_IMPORT_PAGE (data)->grid);
}

static void
on_column_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_grid_choose_column (KAI_IMPORT_PAGE (data)->grid);
}

static void
tick_view (KaiImportPage *self, gboolean tick)
{
  kai_import_sheet_tick_view (self->sheet, tick);
  kai_import_page_show_counts (self);
}

static void
on_tick_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  tick_view (KAI_IMPORT_PAGE (data), TRUE);
}

static void
on_untick_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  tick_view (KAI_IMPORT_PAGE (data), FALSE);
}

static void
on_search_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_widget_grab_focus (GTK_WIDGET (KAI_IMPORT_PAGE (data)->search_entry));
}

static void
on_replace_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiImportPage *self = KAI_IMPORT_PAGE (data);

  gtk_revealer_set_reveal_child (self->replace_revealer, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->find_entry));
}

static void
close_replace (KaiImportPage *self)
{
  gtk_revealer_set_reveal_child (self->replace_revealer, FALSE);
  gtk_widget_grab_focus (gtk_bin_get_child (GTK_BIN (self->grid)));
}

static void
on_close_replace_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  close_replace (KAI_IMPORT_PAGE (data));
}

static void
on_do_replace_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiImportPage *self = KAI_IMPORT_PAGE (data);
  g_autofree char *sentence = NULL;
  int position, column = -1, n;

  if (*gtk_entry_get_text (self->find_entry) == '\0')
    {
      gtk_widget_grab_focus (GTK_WIDGET (self->find_entry));
      return;
    }
  if (gtk_toggle_button_get_active (self->column_check)
      && (!kai_import_grid_get_cursor (self->grid, &position, &column) || column < 0))
    {
      kai_import_page_report (self, TRUE, _ ("Choose a cell of the column first."));
      return;
    }
  n = kai_import_sheet_replace (self->sheet, column, gtk_entry_get_text (self->find_entry),
                                gtk_entry_get_text (self->replace_entry),
                                gtk_toggle_button_get_active (self->whole_check));
  sentence = g_strdup_printf (ngettext ("%d cell was changed.", "%d cells were changed.", n), n);
  kai_import_page_report (self, FALSE, sentence);
  on_grid_changed_cb (self);
}

static void
on_replace_activate_cb (KaiImportPage *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self->actions), "do-replace", NULL);
}

static gboolean
on_replace_key_cb (GtkWidget *widget, GdkEventKey *event, gpointer data)
{
  if (event->keyval != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  close_replace (KAI_IMPORT_PAGE (data));
  return GDK_EVENT_STOP;
}

static void
on_save_bad_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_save_bad (KAI_IMPORT_PAGE (data));
}

static void
on_save_results_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_save_results (KAI_IMPORT_PAGE (data));
}

static void
on_try_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiImportPage *self = KAI_IMPORT_PAGE (data);

  kai_import_page_issue (self, gtk_spin_button_get_value_as_int (self->try_spin));
}

static void
on_issue_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_issue (KAI_IMPORT_PAGE (data), 0);
}

static void
on_pause_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_pause (KAI_IMPORT_PAGE (data));
}

static void
on_stop_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_stop (KAI_IMPORT_PAGE (data));
}

static const GActionEntry entries[] = {
  { .name = "open", .activate = on_open_cb },
  { .name = "form-education", .activate = on_form_education_cb },
  { .name = "form-notices", .activate = on_form_notices_cb },
  { .name = "cancel-read", .activate = on_cancel_read_cb },
  { .name = "next-problem", .activate = on_next_problem_cb },
  { .name = "previous-problem", .activate = on_previous_problem_cb },
  { .name = "undo", .activate = on_undo_cb },
  { .name = "redo", .activate = on_redo_cb },
  { .name = "column", .activate = on_column_cb },
  { .name = "tick", .activate = on_tick_cb },
  { .name = "untick", .activate = on_untick_cb },
  { .name = "search", .activate = on_search_cb },
  { .name = "replace", .activate = on_replace_cb },
  { .name = "close-replace", .activate = on_close_replace_cb },
  { .name = "do-replace", .activate = on_do_replace_cb },
  { .name = "save-bad", .activate = on_save_bad_cb },
  { .name = "save-results", .activate = on_save_results_cb },
  { .name = "try", .activate = on_try_cb },
  { .name = "issue", .activate = on_issue_cb },
  { .name = "pause", .activate = on_pause_cb },
  { .name = "stop", .activate = on_stop_cb },
};

static void
set_enabled (KaiImportPage *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

void
kai_import_page_update_actions (KaiImportPage *self)
{
  static const char *const look[] = { "next-problem", "previous-problem", "search",
                                      "save-results" };
  static const char *const change[] = { "column", "tick", "untick", "replace", "do-replace" };
  gboolean has_sheet = self->sheet && !self->reading;
  gboolean can_change = has_sheet && !self->issue;
  KaiImportCounts counts = { 0 };

  if (has_sheet)
    counts = kai_import_sheet_get_counts (self->sheet);
  for (guint i = 0; i < G_N_ELEMENTS (look); i++)
    set_enabled (self, look[i], has_sheet);
  for (guint i = 0; i < G_N_ELEMENTS (change); i++)
    set_enabled (self, change[i], can_change);
  set_enabled (self, "undo", can_change && kai_import_sheet_can_undo (self->sheet));
  set_enabled (self, "redo", can_change && kai_import_sheet_can_redo (self->sheet));
  set_enabled (self, "save-bad", counts.bad > 0);
  set_enabled (self, "try", can_change && counts.ticked > 0);
  set_enabled (self, "issue", can_change && counts.ticked > 0);
  set_enabled (self, "pause", self->issue != NULL);
  set_enabled (self, "stop", self->issue != NULL);
  set_enabled (self, "cancel-read", self->reading != NULL);
  set_enabled (self, "open", self->session && !self->reading && !self->issue);
  gtk_widget_set_sensitive (GTK_WIDGET (self->kind_combo), can_change);
  gtk_widget_set_sensitive (GTK_WIDGET (self->sheet_combo), can_change);
}

void
kai_import_page_install_actions (KaiImportPage *self)
{
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "import", G_ACTION_GROUP (self->actions));
  kai_import_page_update_actions (self);
  g_signal_connect_after (self->find_entry, "key-press-event", G_CALLBACK (on_replace_key_cb),
                          self);
  g_signal_connect_after (self->replace_entry, "key-press-event", G_CALLBACK (on_replace_key_cb),
                          self);
}

GActionGroup *
kai_import_page_get_actions (KaiImportPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

void
kai_import_page_open (KaiImportPage *self, const char *path)
{
  kai_import_page_read (self, path, -1, 0);
}

/* A file dropped on the page. */
static void
on_drop_cb (GtkWidget *widget, GdkDragContext *context, int x, int y, GtkSelectionData *selection,
            guint info, guint time, gpointer data)
{
  KaiImportPage *self = KAI_IMPORT_PAGE (widget);
  g_auto (GStrv) uris = gtk_selection_data_get_uris (selection);
  g_autofree char *path = uris && uris[0] ? g_filename_from_uri (uris[0], NULL, NULL) : NULL;

  gtk_drag_finish (context, path != NULL, FALSE, time);
  if (path && self->session && !self->reading && !self->issue)
    kai_import_page_open (self, path);
}

void
kai_import_page_drop (KaiImportPage *self)
{
  kai_import_grid_set_sheet (self->grid, NULL, NULL);
  g_clear_pointer (&self->sheet, kai_import_sheet_free);
  g_clear_pointer (&self->ledger, kai_database_close);
  g_clear_pointer (&self->base, kai_base_data_free);
}

void
kai_import_page_set_session (KaiImportPage *self, KaiSession *session)
{
  kai_import_page_forget_issue (self);
  kai_import_page_cancel_read (self);
  g_clear_object (&self->reading); /* what still runs is let go when it ends */
  kai_import_page_drop (self);
  g_clear_object (&self->chooser);
  g_set_object (&self->session, session);
  gtk_stack_set_visible_child_name (self->stack, "empty");
  kai_import_page_update_actions (self);
}

/* ---- GObject ---- */

static void
kai_import_page_dispose (GObject *object)
{
  KaiImportPage *self = KAI_IMPORT_PAGE (object);

  if (self->grid)
    kai_import_page_set_session (self, NULL);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (kai_import_page_parent_class)->dispose (object);
}

static void
kai_import_page_class_init (KaiImportPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_IMPORT_GRID);
  G_OBJECT_CLASS (klass)->dispose = kai_import_page_dispose;
  signals[REPORT] = g_signal_new ("report", KAI_TYPE_IMPORT_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/import/kai-import-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiImportPage, name)
  BIND (stack);
  BIND (issue_stack);
  BIND (spinner);
  BIND (busy_label);
  BIND (file_label);
  BIND (notes_label);
  BIND (row_label);
  BIND (sentences_label);
  BIND (preview_label);
  BIND (preview_title);
  BIND (counts_label);
  BIND (kind_combo);
  BIND (sheet_combo);
  BIND (view_combo);
  BIND (code_combo);
  BIND (search_entry);
  BIND (find_entry);
  BIND (replace_entry);
  BIND (column_check);
  BIND (whole_check);
  BIND (missing_box);
  BIND (chips);
  BIND (replace_revealer);
  BIND (grid);
  BIND (try_spin);
  BIND (progress);
  BIND (pause_button);
#undef BIND
#define CALLBACK(name) gtk_widget_class_bind_template_callback (widget_class, name)
  CALLBACK (on_kind_changed_cb);
  CALLBACK (on_sheet_changed_cb);
  CALLBACK (on_filter_changed_cb);
  CALLBACK (on_replace_activate_cb);
  CALLBACK (on_grid_changed_cb);
  CALLBACK (on_columns_changed_cb);
  CALLBACK (on_cursor_moved_cb);
#undef CALLBACK
}

static void
kai_import_page_init (KaiImportPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_combo_box_set_active_id (self->view_combo, "all");
  gtk_drag_dest_set (GTK_WIDGET (self), GTK_DEST_DEFAULT_ALL, NULL, 0, GDK_ACTION_COPY);
  gtk_drag_dest_add_uri_targets (GTK_WIDGET (self));
  g_signal_connect (self, "drag-data-received", G_CALLBACK (on_drop_cb), NULL);
  kai_import_page_install_actions (self);
}
