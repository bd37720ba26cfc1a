/* The list against last term's, and who has not paid: what is shown of it, saving, printing, telling again. */
#include "import/kai-roster-view.h"
#include "import/kai-table-writer.h"
#include "kai-command.h"
#include "kai-format.h"
#include "widgets/kai-wrap-box.h"
#include "kai-print-table.h"
#include "kai-store-ref.h"
#include "roster/kai-roster.h"
#include "sync/kai-desk-text.h"
#include "values/kai-money.h"
#include <glib/gi18n-lib.h>

#define MAX_COLUMNS 8

struct _KaiRosterView
{
  GtkBox parent_instance;

  /* Template */
  GtkLabel *title_label, *sum_label, *tell_label;
  GtkToggleButton *promote_check, *lapsed_check;
  GtkComboBox *term_combo, *group_combo;
  GtkWidget *tell_button, *tell_popover, *back_button;
  GtkTreeView *view;
  GtkTreeSelection *selection;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
  GtkFileChooserNative *chooser;
  GCancellable *loading; /* NULL when nothing is being loaded */
  gboolean unpaid;       /* who has not paid; else changes */
  gboolean filling;
  char *term;              /* unpaid: of the list */
  char *against;           /* changes: the earlier term, NULL when there is none */
  GPtrArray *now, *before; /* KaiNotice */
  KaiRoster *roster;       /* NULL before it is loaded */
  GPtrArray *list;         /* KaiUnpaid; NULL before it is loaded */
  GArray *shown;           /* guint: which of them are shown */
};

G_DEFINE_FINAL_TYPE (KaiRosterView, kai_roster_view, GTK_TYPE_BOX)

enum
{
  REPORT,
  BACK,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
report (KaiRosterView *self, gboolean is_error, const char *sentence)
{
  g_signal_emit (self, signals[REPORT], 0, is_error, sentence);
}

static char **
dup_cells (KaiRosterView *self, guint index)
{
  return self->unpaid ? kai_unpaid_dup_cells (self->list->pdata[index])
                      : kai_roster_change_dup_cells (self->roster->changes->pdata[index]);
}

static char **
dup_headers (KaiRosterView *self)
{
  return self->unpaid ? kai_unpaid_dup_headers () : kai_roster_dup_headers ();
}

/* ---- What is shown ---- */

static void
update_actions (KaiRosterView *self)
{
  static const char *const all[] = { "save", "print", "tell-sms", "tell-paper", "tell-phone" };
  const char *why = self->loading ? _ ("This is being put together.") : _ ("Nothing is shown.");
  gboolean enabled = !self->loading && self->shown->len > 0;
  int chosen = gtk_tree_selection_count_selected_rows (self->selection);
  int n = chosen > 0 ? chosen : (int)self->shown->len;
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    kai_command_set_enabled (G_ACTION_MAP (self->actions), all[i], enabled, why);
  gtk_widget_set_sensitive (self->tell_button, enabled);
  text = g_strdup_printf (
      ngettext ("%d payer. The finance server cannot send the message of a notice once more: send "
                "these texts with your own SMS service, or tell them yourself.",
                "%d payers. The finance server cannot send the message of a notice once more: "
                "send these texts with your own SMS service, or tell them yourself.",
                n),
      n);
  gtk_label_set_text (self->tell_label, text);
}

static void
on_selection_changed_cb (KaiRosterView *self)
{
  if (self->actions && self->shown)
    update_actions (self);
}

static void
show_columns (KaiRosterView *self)
{
  static const int widths[2][MAX_COLUMNS] = { { 120, 140, 140, 150, 150, 120, 120 },
                                              { 140, 120, 130, 130, 100, 200, 110, 200 } };
  g_auto (GStrv) headers = dup_headers (self);
  GtkTreeViewColumn *old;

  while ((old = gtk_tree_view_get_column (self->view, 0)))
    gtk_tree_view_remove_column (self->view, old);
  for (int i = 0; headers[i]; i++)
    {
      gboolean money = self->unpaid ? i == 4 : i >= 5;
      GtkCellRenderer *cell = gtk_cell_renderer_text_new ();
      GtkTreeViewColumn *column =
          gtk_tree_view_column_new_with_attributes (headers[i], cell, "text", i, NULL);

      g_object_set (cell, "xalign", money ? 1.0F : 0.0F, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
      gtk_tree_view_column_set_alignment (column, money ? 1.0F : 0.0F);
      gtk_tree_view_column_set_sizing (column, GTK_TREE_VIEW_COLUMN_FIXED);
      gtk_tree_view_column_set_fixed_width (column, widths[self->unpaid][i]);
      gtk_tree_view_column_set_resizable (column, TRUE);
      gtk_tree_view_append_column (self->view, column);
    }
  if (!self->unpaid)
    {
      /* What is left of the width: an amount belongs near its name. */
      old = gtk_tree_view_column_new ();
      gtk_tree_view_column_set_sizing (old, GTK_TREE_VIEW_COLUMN_FIXED);
      gtk_tree_view_append_column (self->view, old);
    }
  kai_set_accessible_name (GTK_WIDGET (self->view),
                           self->unpaid ? _ ("Not paid") : _ ("Changes since last term"));
}

static void
show_sums (KaiRosterView *self)
{
  g_autofree char *text = NULL;
  KaiMoney sum = 0;

  if (self->unpaid)
    {
      g_autofree char *amount = NULL;

      for (guint i = 0; i < self->shown->len; i++)
        kai_money_add (sum,
                       ((const KaiUnpaid *)self->list->pdata[g_array_index (self->shown, guint, i)])
                           ->notice->amount,
                       &sum);
      amount = kai_money_to_display (sum);
      text = g_strdup_printf (_ ("Not paid: %d notices, %s yuan."), (int)self->shown->len, amount);
    }
  else if (!self->against)
    text = g_strdup (_ ("The ledger has no earlier term: everybody is new."));
  else
    text = g_strdup_printf (_ ("Against %s: %d before, %d now, %d unchanged."), self->against,
                            self->roster->before, self->roster->now, self->roster->same);
  gtk_label_set_text (self->sum_label, text);
}

static gboolean
fits (KaiRosterView *self, guint index, const char *group, const char *term)
{
  if (self->unpaid)
    {
      const KaiUnpaid *unpaid = self->list->pdata[index];
      g_autofree char *class_name = kai_unpaid_dup_class (unpaid);

      return (!*group || g_str_equal (group + 1, class_name))
             && (!*term || g_str_equal (term + 1, unpaid->notice->term));
    }
  return !*group
         || g_str_equal (group + 1,
                         kai_roster_kind_to_string (
                             ((const KaiRosterChange *)self->roster->changes->pdata[index])->kind));
}

static void
show_rows (KaiRosterView *self)
{
  g_autoptr (GtkListStore) store =
      gtk_list_store_new (MAX_COLUMNS, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING,
                          G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  const char *group = gtk_combo_box_get_active_id (self->group_combo);
  const char *term = self->unpaid ? gtk_combo_box_get_active_id (self->term_combo) : NULL;
  guint n = self->unpaid ? self->list->len : self->roster->changes->len;

  gtk_tree_view_set_model (self->view, NULL);
  g_array_set_size (self->shown, 0);
  for (guint i = 0; i < n; i++)
    {
      g_auto (GStrv) cells = NULL;
      GtkTreeIter iter;

      if (!fits (self, i, group ? group : "", term ? term : ""))
        continue;
      cells = dup_cells (self, i);
      gtk_list_store_append (store, &iter);
      for (int c = 0; cells[c]; c++)
        gtk_list_store_set (store, &iter, c, cells[c], -1);
      g_array_append_val (self->shown, i);
    }
  gtk_tree_view_set_model (self->view, GTK_TREE_MODEL (store));
  show_sums (self);
  update_actions (self);
}

static void
on_filter_changed_cb (KaiRosterView *self)
{
  if (!self->filling && (self->unpaid ? self->list != NULL : self->roster != NULL))
    show_rows (self);
}

/* ---- What can be chosen ---- */

static void
add_choice (GtkComboBox *combo, GHashTable *seen, const char *word, const char *label)
{
  /* A mark before it: the empty id means all, and a class may have no name. */
  g_autofree char *id = g_strconcat ("=", word, NULL);

  if (g_hash_table_contains (seen, id))
    return;
  gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (combo), id, *label ? label : _ ("(none)"));
  g_hash_table_add (seen, g_steal_pointer (&id));
}

static void
begin_choices (GtkComboBox *combo, const char *all)
{
  gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (combo));
  gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (combo), "", all);
}

static void
end_choices (GtkComboBox *combo, const char *wanted)
{
  if (!wanted || !gtk_combo_box_set_active_id (combo, wanted))
    gtk_combo_box_set_active (combo, 0);
}

static void
fill_choices (KaiRosterView *self)
{
  g_autoptr (GHashTable) groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) terms = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *group = g_strdup (gtk_combo_box_get_active_id (self->group_combo));
  g_autofree char *term = g_strdup (gtk_combo_box_get_active_id (self->term_combo));

  self->filling = TRUE;
  begin_choices (self->group_combo, self->unpaid ? _ ("All classes") : _ ("All changes"));
  begin_choices (self->term_combo, _ ("All terms"));
  for (guint i = 0; self->unpaid && i < self->list->len; i++)
    {
      const KaiUnpaid *unpaid = self->list->pdata[i];
      g_autofree char *class_name = kai_unpaid_dup_class (unpaid);

      add_choice (self->group_combo, groups, class_name, class_name);
      add_choice (self->term_combo, terms, unpaid->notice->term, unpaid->notice->term);
    }
  for (KaiRosterKind kind = 0; !self->unpaid && kind < KAI_ROSTER_N_KINDS; kind++)
    add_choice (self->group_combo, groups, kai_roster_kind_to_string (kind),
                kai_roster_kind_label (kind));
  if (!term && self->term && *self->term)
    term = g_strconcat ("=", self->term, NULL);
  end_choices (self->group_combo, group);
  end_choices (self->term_combo, term);
  self->filling = FALSE;
}

/* ---- Loading ---- */

typedef struct
{
  KaiStoreRef *store;
  gboolean unpaid, lapsed;
  char *term, *against;
  GPtrArray *before, *list;
} Load;

static void
load_free (Load *load)
{
  kai_store_ref_free (load->store);
  g_free (load->term);
  g_free (load->against);
  g_clear_pointer (&load->before, g_ptr_array_unref);
  g_clear_pointer (&load->list, g_ptr_array_unref);
  g_free (load);
}

static gboolean
load_rows (Load *load, KaiDatabase *db, GError **error)
{
  KaiUnpaidFilter filter = { .lapsed = load->lapsed };
  GError *local = NULL;

  if (load->unpaid)
    {
      load->list = kai_unpaid_list (db, &filter, error);
      return load->list != NULL;
    }
  load->against = kai_roster_find_last_term (db, load->term, &local);
  if (local)
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  load->before = load->against ? kai_roster_load_term (db, load->against, error)
                               : g_ptr_array_new_with_free_func ((GDestroyNotify)kai_notice_unref);
  return load->before != NULL;
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Load *load = data;
  GError *error = NULL;
  KaiDatabase *db = kai_store_ref_open (load->store, &error);
  gboolean done = db && load_rows (load, db, &error);

  g_clear_pointer (&db, kai_database_close);
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
compare (KaiRosterView *self)
{
  g_clear_pointer (&self->roster, kai_roster_free);
  self->roster = kai_roster_compare (self->before, self->now,
                                     gtk_toggle_button_get_active (self->promote_check));
}

static void
on_loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  KaiRosterView *self = KAI_ROSTER_VIEW (source);
  Load *load = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean done = g_task_propagate_boolean (G_TASK (result), &error);

  if (g_task_get_cancellable (G_TASK (result)) != self->loading)
    return; /* signed out meanwhile, or asked for anew */
  g_clear_object (&self->loading);
  if (!done)
    {
      gtk_label_set_text (self->sum_label, "");
      update_actions (self);
      report (self, TRUE, error->message);
      return;
    }
  self->against = g_steal_pointer (&load->against);
  self->before = g_steal_pointer (&load->before);
  self->list = g_steal_pointer (&load->list);
  if (!self->unpaid)
    compare (self);
  fill_choices (self);
  show_rows (self);
}

/* What was loaded, with the names in it. */
static void
empty (KaiRosterView *self)
{
  g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  gtk_tree_view_set_model (self->view, NULL);
  g_array_set_size (self->shown, 0);
  g_clear_pointer (&self->roster, kai_roster_free);
  g_clear_pointer (&self->before, g_ptr_array_unref);
  g_clear_pointer (&self->list, g_ptr_array_unref);
  g_clear_pointer (&self->against, g_free);
}

static void
start (KaiRosterView *self)
{
  g_autoptr (GTask) task = NULL;
  Load *load = g_new0 (Load, 1);

  empty (self);
  self->loading = g_cancellable_new ();
  load->store = kai_store_ref_new (kai_session_get_database (self->session));
  load->unpaid = self->unpaid;
  load->lapsed = gtk_toggle_button_get_active (self->lapsed_check);
  load->term = g_strdup (self->now ? kai_roster_find_term (self->now) : "");
  gtk_label_set_text (self->sum_label, _ ("This is being put together…"));
  update_actions (self);
  task = g_task_new (self, self->loading, on_loaded_cb, NULL);
  g_task_set_task_data (task, load, (GDestroyNotify)load_free);
  g_task_run_in_thread (task, load_thread);
}

static void
on_option_toggled_cb (KaiRosterView *self)
{
  g_type_ensure (KAI_TYPE_WRAP_BOX);
  if (self->filling || !self->session || self->loading)
    return;
  if (self->unpaid)
    {
      start (self);
      return;
    }
  if (!self->before)
    return;
  compare (self);
  show_rows (self);
}

static void
show_mode (KaiRosterView *self, gboolean unpaid)
{
  empty (self);
  self->unpaid = unpaid;
  self->filling = TRUE;
  gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (self->group_combo));
  gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (self->term_combo));
  self->filling = FALSE;
  gtk_label_set_text (self->title_label, unpaid ? _ ("Not paid") : _ ("Changes since last term"));
  gtk_widget_set_visible (GTK_WIDGET (self->promote_check), !unpaid);
  gtk_widget_set_visible (GTK_WIDGET (self->lapsed_check), unpaid);
  gtk_widget_set_visible (GTK_WIDGET (self->term_combo), unpaid);
  gtk_widget_set_visible (self->tell_button, unpaid);
  show_columns (self);
  start (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

void
kai_roster_view_show_changes (KaiRosterView *self, GPtrArray *now)
{
  g_return_if_fail (self->session);
  g_ptr_array_ref (now);
  g_clear_pointer (&self->now, g_ptr_array_unref);
  self->now = now;
  show_mode (self, FALSE);
}

void
kai_roster_view_show_unpaid (KaiRosterView *self, const char *term)
{
  g_return_if_fail (self->session);
  g_clear_pointer (&self->now, g_ptr_array_unref);
  g_free (self->term);
  self->term = g_strdup (term);
  show_mode (self, TRUE);
}

gboolean
kai_roster_view_is_loading (KaiRosterView *self)
{
  return self->loading != NULL;
}

void
kai_roster_view_set_session (KaiRosterView *self, KaiSession *session)
{
  g_set_object (&self->session, session);
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->now, g_ptr_array_unref);
  empty (self);
}

/* ---- Files ---- */

static void
report_saved (KaiRosterView *self, const char *path, const GError *error)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *sentence = error ? NULL : g_strdup_printf (_ ("Saved as %s."), name);

  report (self, error != NULL, error ? error->message : sentence);
}

void
kai_roster_view_save (KaiRosterView *self, const char *path)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  g_auto (GStrv) headers = dup_headers (self);
  const char *const *heads = (const char *const *)headers;
  const char *title = gtk_label_get_text (self->title_label);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < self->shown->len; i++)
    g_ptr_array_add (rows, dup_cells (self, g_array_index (self->shown, guint, i)));
  if (g_str_has_suffix (path, ".pdf"))
    kai_print_table_write_pdf (path, title, heads, rows, self->unpaid ? 0 : -1, NULL, &error);
  else
    kai_table_write (path, title, heads, rows, &error);
  report_saved (self, path, error);
}

/* The chosen rows, or all that are shown. */
static GPtrArray *
list_chosen (KaiRosterView *self)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  gboolean any = gtk_tree_selection_count_selected_rows (self->selection) > 0;

  for (guint i = 0; i < self->shown->len; i++)
    {
      g_autoptr (GtkTreePath) path = gtk_tree_path_new_from_indices ((int)i, -1);

      if (!any || gtk_tree_selection_path_is_selected (self->selection, path))
        g_ptr_array_add (list, self->list->pdata[g_array_index (self->shown, guint, i)]);
    }
  return g_steal_pointer (&list);
}

static gboolean
write_texts (KaiRosterView *self, GPtrArray *list, const char *path, GError **error)
{
  const char *headers[] = { _ ("Mobile"), _ ("Name"), _ ("Text"), NULL };
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);

  for (guint i = 0; i < list->len; i++)
    {
      const KaiNotice *notice = ((const KaiUnpaid *)list->pdata[i])->notice;
      g_autofree char *text = kai_desk_dup_sms (kai_session_get_desk (self->session), notice);
      const char *cells[] = { notice->mobile, notice->payer_name, text, NULL };

      g_ptr_array_add (rows, g_strdupv ((char **)cells));
    }
  return kai_table_write (path, _ ("Texts"), headers, rows, error);
}

void
kai_roster_view_tell (KaiRosterView *self, const char *way, const char *path)
{
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) sentence = g_string_new (NULL);

  g_return_if_fail (self->unpaid && self->list);
  list = list_chosen (self);
  /* The file first: nobody is noted as told when there are no texts to send. */
  if ((path && !write_texts (self, list, path, &error))
      || !kai_unpaid_note_told (kai_session_get_database (self->session), list,
                                kai_desk_get_user_code (kai_session_get_desk (self->session)), way,
                                &error))
    {
      report (self, TRUE, error->message);
      return;
    }
  g_string_append_printf (sentence,
                          ngettext ("%d payer is noted as told again.",
                                    "%d payers are noted as told again.", list->len),
                          (int)list->len);
  if (path)
    {
      g_autofree char *name = g_filename_display_name (path);

      g_string_append_c (sentence, ' ');
      g_string_append_printf (
          sentence, _ ("%s holds telephone numbers in full. Delete it when the texts are sent."),
          name);
    }
  report (self, FALSE, sentence->str);
  kai_session_changed (self->session);
  start (self);
}

/* ---- Choosing files ---- */

typedef void (*Chosen) (KaiRosterView *self, const char *path);

static void
on_chooser_response_cb (KaiRosterView *self, int response, gpointer native)
{
  Chosen chosen = (Chosen)g_object_get_data (G_OBJECT (self->chooser), "chosen");
  g_autofree char *path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (self->chooser));

  if (response == GTK_RESPONSE_ACCEPT && path && self->session && !self->loading)
    chosen (self, path);
  g_clear_object (&self->chooser);
}

static void
choose (KaiRosterView *self, const char *title, const char *stem, const char *ending, Chosen chosen)
{
  g_autofree char *name = g_strconcat (stem, ending, NULL);

  g_clear_object (&self->chooser);
  self->chooser =
      gtk_file_chooser_native_new (title, GTK_WINDOW (gtk_widget_get_toplevel (GTK_WIDGET (self))),
                                   GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (self->chooser), TRUE);
  g_object_set_data (G_OBJECT (self->chooser), "chosen", (gpointer)chosen);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_chooser_response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
tell_sms (KaiRosterView *self, const char *path)
{
  kai_roster_view_tell (self, "sms", path);
}

/* ---- Commands ---- */

static void
on_back_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_signal_emit (data, signals[BACK], 0);
}

static void
on_save_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiRosterView *self = data;
  const char *title = gtk_label_get_text (self->title_label);

  choose (self, title, title, ".xlsx", kai_roster_view_save);
}

static void
on_print_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiRosterView *self = data;
  const char *title = gtk_label_get_text (self->title_label);

  choose (self, title, title, ".pdf", kai_roster_view_save);
}

static void
on_tell_sms_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiRosterView *self = data;

  gtk_popover_popdown (GTK_POPOVER (self->tell_popover));
  choose (self, _ ("Save the texts"), _ ("Texts"), ".xlsx", tell_sms);
}

static void
on_tell_paper_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_popover_popdown (GTK_POPOVER (KAI_ROSTER_VIEW (data)->tell_popover));
  kai_roster_view_tell (data, "paper", NULL);
}

static void
on_tell_phone_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_popover_popdown (GTK_POPOVER (KAI_ROSTER_VIEW (data)->tell_popover));
  kai_roster_view_tell (data, "phone", NULL);
}

static const GActionEntry entries[] = {
  { .name = "back", .activate = on_back_cb },
  { .name = "save", .activate = on_save_cb },
  { .name = "print", .activate = on_print_cb },
  { .name = "tell-sms", .activate = on_tell_sms_cb },
  { .name = "tell-paper", .activate = on_tell_paper_cb },
  { .name = "tell-phone", .activate = on_tell_phone_cb },
};

static gboolean
on_key_cb (GtkWidget *widget, GdkEventKey *event, gpointer data)
{
  if (event->keyval != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  g_signal_emit (widget, signals[BACK], 0);
  return GDK_EVENT_STOP;
}

/* ---- GObject ---- */

static void
kai_roster_view_dispose (GObject *object)
{
  KaiRosterView *self = KAI_ROSTER_VIEW (object);

  if (self->view)
    kai_roster_view_set_session (self, NULL);
  self->view = NULL;
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (kai_roster_view_parent_class)->dispose (object);
}

static void
kai_roster_view_finalize (GObject *object)
{
  KaiRosterView *self = KAI_ROSTER_VIEW (object);

  g_array_unref (self->shown);
  g_free (self->term);
  G_OBJECT_CLASS (kai_roster_view_parent_class)->finalize (object);
}

static void
kai_roster_view_class_init (KaiRosterViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kai_roster_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = kai_roster_view_finalize;
  signals[REPORT] = g_signal_new ("report", KAI_TYPE_ROSTER_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
  signals[BACK] = g_signal_new ("back", KAI_TYPE_ROSTER_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/import/kai-roster-view.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiRosterView, name)
  BIND (title_label);
  BIND (sum_label);
  BIND (tell_label);
  BIND (promote_check);
  BIND (lapsed_check);
  BIND (term_combo);
  BIND (group_combo);
  BIND (tell_button);
  BIND (tell_popover);
  BIND (back_button);
  BIND (view);
  BIND (selection);
#undef BIND
#define CALLBACK(name) gtk_widget_class_bind_template_callback (widget_class, name)
  CALLBACK (on_option_toggled_cb);
  CALLBACK (on_filter_changed_cb);
  CALLBACK (on_selection_changed_cb);
#undef CALLBACK
}

static void
kai_roster_view_init (KaiRosterView *self)
{
  self->shown = g_array_new (FALSE, FALSE, sizeof (guint));
  gtk_widget_init_template (GTK_WIDGET (self));
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "roster", G_ACTION_GROUP (self->actions));
  kai_command_explain (GTK_WIDGET (self), "roster", G_ACTION_MAP (self->actions));
  g_signal_connect_after (self, "key-press-event", G_CALLBACK (on_key_cb), NULL);
  update_actions (self);
}
