/* Batch issue and education import: what is shown of the list, and mending it. */
#include "import/kai-import-page-private.h"
#include "sync/kai-desk-text.h"
#include "values/kai-money.h"
#include "widgets/kai-wrap-box.h"
#include <glib/gi18n-lib.h>

G_DEFINE_FINAL_TYPE (KaiImportPage, kai_import_page, GTK_TYPE_BOX)

enum
{
  REPORT,
  OFFER,
  DONE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

void
kai_import_page_report (KaiImportPage *self, gboolean is_error, const char *sentence)
{
  g_signal_emit (self, signals[REPORT], 0, is_error, sentence);
}

void
kai_import_page_offer (KaiImportPage *self, const char *sentence, const char *label,
                       const char *action)
{
  g_signal_emit (self, signals[OFFER], 0, sentence, label, action);
}

void
kai_import_page_tell_done (KaiImportPage *self, const char *sentence)
{
  g_signal_emit (self, signals[DONE], 0, sentence);
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

/* The very text that the payer will get; nothing while something of the row cannot be read. */
static void
show_preview (KaiImportPage *self, int row)
{
  g_autoptr (KaiNotice) notice = NULL;
  g_autofree char *text = NULL;

  if (row >= 0 && self->session && kai_import_sheet_is_checked (self->sheet))
    notice = kai_import_sheet_build_row (self->sheet, row, NULL);
  if (notice)
    text = kai_desk_dup_sms (kai_session_get_desk (self->session), notice);
  gtk_label_set_text (self->preview_label, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->preview_label), text != NULL);
  gtk_widget_set_visible (self->preview_title, text != NULL);
}

void
kai_import_page_show_row (KaiImportPage *self)
{
  g_autofree char *title = NULL, *sentences = NULL;
  int position, column, row;

  if (!self->sheet || !kai_import_grid_get_cursor (self->grid, &position, &column))
    {
      gtk_label_set_text (self->row_label, "");
      gtk_label_set_text (self->sentences_label, self->sheet ? _ ("Choose a row.") : "");
      show_preview (self, -1);
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
  show_preview (self, row);
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
  gtk_widget_set_visible (GTK_WIDGET (self->notes_label), text->len > 0);
  gtk_widget_set_visible (self->notes_title, text->len > 0);
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
  kai_import_page_show_fields (self);
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

void
kai_import_page_show_changes (KaiImportPage *self)
{
  fill_codes (self);
  show_notes (self);
  kai_import_page_show_counts (self);
  kai_import_page_show_row (self);
}

static void
on_grid_changed_cb (KaiImportPage *self)
{
  kai_import_page_show_changes (self);
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

/* ---- Files and sessions ---- */

/* Mended by hand and not issued yet: worth a question before it goes. */
static gboolean
has_unissued_work (KaiImportPage *self)
{
  KaiImportCounts counts;

  if (!self->sheet || !kai_import_sheet_can_undo (self->sheet))
    return FALSE;
  counts = kai_import_sheet_get_counts (self->sheet);
  return counts.ticked > 0 || counts.bad > 0;
}

void
kai_import_page_open (KaiImportPage *self, const char *path)
{
  if (!self->session || self->reading || self->issue)
    return;
  if (!has_unissued_work (self))
    {
      kai_import_page_read (self, path, -1, 0);
      return;
    }
  g_free (self->next_path);
  self->next_path = g_strdup (path);
  kai_import_page_offer (
      self,
      _ ("What you have mended in this list is not issued yet and would be lost. "
         "Issue it first, save the rows to mend, or open the other list anyway."),
      _ ("Open anyway"), "import.open-anyway");
}

void
kai_import_page_open_anyway (KaiImportPage *self)
{
  g_autofree char *path = g_steal_pointer (&self->next_path);

  kai_import_page_offer (self, "", "", "");
  if (path && self->session && !self->reading && !self->issue)
    kai_import_page_read (self, path, -1, 0);
}

/* A file dropped on the page. */
static void
on_drop_cb (GtkWidget *widget, GdkDragContext *context, int x, int y, GtkSelectionData *selection,
            guint info, guint time, gpointer data)
{
  g_auto (GStrv) uris = gtk_selection_data_get_uris (selection);
  g_autofree char *path = uris && uris[0] ? g_filename_from_uri (uris[0], NULL, NULL) : NULL;

  gtk_drag_finish (context, path != NULL, FALSE, time);
  if (path)
    kai_import_page_open (KAI_IMPORT_PAGE (widget), path);
}

void
kai_import_page_drop (KaiImportPage *self)
{
  kai_import_grid_set_sheet (self->grid, NULL, NULL);
  g_clear_pointer (&self->sheet, kai_import_sheet_free);
  g_clear_pointer (&self->ledger, kai_database_close);
  g_clear_pointer (&self->base, kai_base_data_free);
  g_hash_table_remove_all (self->waiting);
}

/* Whose list it is: store and clerk. */
static char *
dup_owner (KaiSession *session)
{
  KaiDesk *desk = kai_session_get_desk (session);

  return g_strdup_printf ("%s\n%s\n%d", kai_database_get_dir (kai_desk_get_database (desk)),
                          kai_desk_get_connection (desk)->user, kai_session_is_training (session));
}

/* The list is put away as it is: the clerk who signs in again goes on with it. */
static void
put_away (KaiImportPage *self)
{
  g_autofree char *owner = dup_owner (self->session);

  kai_import_page_forget_issue (self);
  kai_import_page_cancel_read (self);
  g_clear_object (&self->reading); /* what still runs is let go when it ends */
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->next_path, g_free);
  g_clear_pointer (&self->early_path, g_free);
  g_signal_handlers_disconnect_by_data (self->session, self);
  kai_import_grid_set_sheet (self->grid, NULL, NULL);
  if (self->sheet)
    kai_import_sheet_set_ledger (self->sheet, NULL, NULL, NULL);
  g_clear_pointer (&self->ledger, kai_database_close);
  g_hash_table_remove_all (self->waiting);
  g_free (self->owner);
  self->owner = g_steal_pointer (&owner);
}

static void
take_out (KaiImportPage *self)
{
  g_autofree char *owner = dup_owner (self->session);

  g_signal_connect_object (self->session, "changed", G_CALLBACK (kai_import_page_look_again), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "base-data-changed",
                           G_CALLBACK (kai_import_page_read_early), self, G_CONNECT_SWAPPED);
  if (g_strcmp0 (self->owner, owner) != 0)
    kai_import_page_drop (self);
  else if (self->sheet)
    kai_import_page_attach (self);
}

void
kai_import_page_set_session (KaiImportPage *self, KaiSession *session)
{
  if (self->session)
    put_away (self);
  g_set_object (&self->session, session);
  kai_roster_view_set_session (self->roster, session);
  gtk_stack_set_visible_child_name (self->stack, "empty");
  if (session)
    take_out (self);
  kai_import_page_update_actions (self);
}

/* ---- GObject ---- */

static void
kai_import_page_dispose (GObject *object)
{
  KaiImportPage *self = KAI_IMPORT_PAGE (object);

  if (self->grid)
    {
      kai_import_page_set_session (self, NULL);
      kai_import_page_drop (self);
    }
  self->grid = NULL;
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (kai_import_page_parent_class)->dispose (object);
}

static void
kai_import_page_finalize (GObject *object)
{
  KaiImportPage *self = KAI_IMPORT_PAGE (object);

  g_hash_table_unref (self->waiting);
  g_free (self->owner);
  g_free (self->next_path);
  g_free (self->early_path);
  G_OBJECT_CLASS (kai_import_page_parent_class)->finalize (object);
}

static void
kai_import_page_class_init (KaiImportPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_WRAP_BOX);
  g_type_ensure (KAI_TYPE_IMPORT_GRID);
  g_type_ensure (KAI_TYPE_ROSTER_VIEW);
  G_OBJECT_CLASS (klass)->dispose = kai_import_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = kai_import_page_finalize;
  signals[REPORT] = g_signal_new ("report", KAI_TYPE_IMPORT_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
  signals[OFFER] = g_signal_new ("offer", KAI_TYPE_IMPORT_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  signals[DONE] = g_signal_new ("done", KAI_TYPE_IMPORT_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/import/kai-import-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiImportPage, name)
  BIND (stack);
  BIND (issue_stack);
  BIND (spinner);
  BIND (busy_label);
  BIND (file_label);
  BIND (notes_label);
  BIND (notes_title);
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
  BIND (constants_box);
  BIND (constants);
  BIND (constant_button);
  BIND (replace_revealer);
  BIND (grid);
  BIND (roster);
  BIND (try_spin);
  BIND (progress);
  BIND (pause_button);
#undef BIND
#define CALLBACK(name) gtk_widget_class_bind_template_callback (widget_class, name)
  CALLBACK (on_kind_changed_cb);
  CALLBACK (on_sheet_changed_cb);
  CALLBACK (on_filter_changed_cb);
  CALLBACK (on_grid_changed_cb);
  CALLBACK (on_columns_changed_cb);
  CALLBACK (on_cursor_moved_cb);
  CALLBACK (kai_import_page_report);
  CALLBACK (kai_import_page_leave_roster);
#undef CALLBACK
}

static void
kai_import_page_init (KaiImportPage *self)
{
  self->waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_combo_box_set_active_id (self->view_combo, "all");
  gtk_drag_dest_set (GTK_WIDGET (self), GTK_DEST_DEFAULT_ALL, NULL, 0, GDK_ACTION_COPY);
  gtk_drag_dest_add_uri_targets (GTK_WIDGET (self));
  g_signal_connect (self, "drag-data-received", G_CALLBACK (on_drop_cb), NULL);
  kai_import_page_install_actions (self);
}
