/* Batch issue and education import: the commands of the page, and why one is disabled. */
#include "import/kai-import-page-private.h"
#include "kai-command.h"
#include <glib/gi18n-lib.h>

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
on_fill_down_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_grid_fill_down (KAI_IMPORT_PAGE (data)->grid);
}

static void
on_constant_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_choose_constant (KAI_IMPORT_PAGE (data));
}

static void
on_open_anyway_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_open_anyway (KAI_IMPORT_PAGE (data));
}

static void
on_take_again_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_take_again (KAI_IMPORT_PAGE (data));
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
  if (n == 0 && column >= 0)
    sentence =
        g_strdup_printf (_ ("Nothing was changed: that text does not stand in the column “%s”. "
                            "Untick “Only this column” to look in all."),
                         kai_import_sheet_get_header (self->sheet, column));
  else
    sentence = g_strdup_printf (ngettext ("%d cell was changed.", "%d cells were changed.", n), n);
  kai_import_page_report (self, FALSE, sentence);
  kai_import_page_show_changes (self);
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

static void
on_roster_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_show_changes_since (KAI_IMPORT_PAGE (data));
}

static void
on_unpaid_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_import_page_show_unpaid (KAI_IMPORT_PAGE (data));
}

static const GActionEntry entries[] = {
  { .name = "open", .activate = on_open_cb },
  { .name = "open-anyway", .activate = on_open_anyway_cb },
  { .name = "form-education", .activate = on_form_education_cb },
  { .name = "form-notices", .activate = on_form_notices_cb },
  { .name = "cancel-read", .activate = on_cancel_read_cb },
  { .name = "next-problem", .activate = on_next_problem_cb },
  { .name = "previous-problem", .activate = on_previous_problem_cb },
  { .name = "undo", .activate = on_undo_cb },
  { .name = "redo", .activate = on_redo_cb },
  { .name = "fill-down", .activate = on_fill_down_cb },
  { .name = "column", .activate = on_column_cb },
  { .name = "constant", .activate = on_constant_cb },
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
  { .name = "roster", .activate = on_roster_cb },
  { .name = "take-again", .activate = on_take_again_cb },
  { .name = "unpaid", .activate = on_unpaid_cb },
};

static void
set_enabled (KaiImportPage *self, const char *name, gboolean enabled, const char *why)
{
  kai_command_set_enabled (G_ACTION_MAP (self->actions), name, enabled, why);
}

static void
set_all (KaiImportPage *self, const char *const *names, gboolean enabled, const char *why)
{
  for (guint i = 0; names[i]; i++)
    set_enabled (self, names[i], enabled, why);
}

/* Why nothing can be issued; NULL when it can. Caller frees. */
static char *
dup_why_not_issue (KaiImportPage *self, const KaiImportCounts *counts)
{
  g_autoptr (GError) error = NULL;

  if (!kai_import_sheet_require_complete (self->sheet, &error))
    return g_strdup (error->message);
  if (!kai_import_sheet_is_checked (self->sheet))
    return g_strdup (_ ("The list has not been checked, because that was cancelled. Open it again, "
                        "or choose what a column holds."));
  if (counts->ticked == 0)
    return g_strdup (counts->bad > 0
                         ? _ ("There is no good row that is ticked and not issued yet. Mend the "
                              "rows with problems, or tick some.")
                         : _ ("There is no ticked row that is not issued yet."));
  return NULL;
}

static void
update_list_actions (KaiImportPage *self, const char *why_look, const char *why_change)
{
  static const char *const look[] = { "next-problem", "previous-problem", "search", "save-results",
                                      NULL };
  static const char *const change[] = { "column",    "constant",   "tick",
                                        "untick",    "replace",    "do-replace",
                                        "fill-down", "take-again", NULL };
  const char *nothing_undone = _ ("Nothing has been changed yet.");
  KaiImportCounts counts = { 0 };
  g_autofree char *why = NULL;

  set_all (self, look, !why_look, why_look);
  set_all (self, change, !why_change, why_change);
  if (!why_look)
    counts = kai_import_sheet_get_counts (self->sheet);
  why = why_change ? g_strdup (why_change) : dup_why_not_issue (self, &counts);
  set_enabled (self, "undo", !why_change && kai_import_sheet_can_undo (self->sheet),
               why_change ? why_change : nothing_undone);
  set_enabled (self, "redo", !why_change && kai_import_sheet_can_redo (self->sheet),
               why_change ? why_change : _ ("Nothing has been undone."));
  set_enabled (self, "save-bad", counts.bad + counts.refused > 0,
               why_look ? why_look : _ ("There is no row to be mended."));
  set_enabled (self, "try", !why, why);
  set_enabled (self, "issue", !why, why);
}

void
kai_import_page_update_actions (KaiImportPage *self)
{
  static const char *const anytime[] = { "form-education", "form-notices", "open-anyway", NULL };
  const char *reading = _ ("The list is being read.");
  const char *issuing = _ ("Notices are being issued. Stop that first, or wait until it is done.");
  const char *none = self->session ? _ ("Open a list first.") : _ ("Sign in first.");
  gboolean has_sheet = self->session && self->sheet && !self->reading;
  /* The keys of the grid must not change or issue what is not seen. */
  const char *away = _ ("Go back to the list first.");
  const char *why_look = !has_sheet                            ? self->reading ? reading : none
                         : kai_import_page_is_in_roster (self) ? away
                                                               : NULL;
  const char *why_change = why_look ? why_look : self->issue ? issuing : NULL;

  update_list_actions (self, why_look, why_change);
  set_enabled (self, "pause", self->issue != NULL, _ ("Nothing is being issued."));
  set_enabled (self, "stop", self->issue != NULL, _ ("Nothing is being issued."));
  set_enabled (self, "roster", !why_change, why_change);
  set_enabled (self, "unpaid", self->session && !self->reading && !self->issue,
               self->reading ? reading
               : self->issue ? issuing
                             : none);
  set_enabled (self, "cancel-read", self->reading != NULL, _ ("No list is being read."));
  set_enabled (self, "close-replace", TRUE, NULL);
  set_enabled (self, "open", self->session && !self->reading && !self->issue,
               self->reading ? reading
               : self->issue ? issuing
                             : none);
  set_all (self, anytime, self->session != NULL, none);
  gtk_widget_set_sensitive (GTK_WIDGET (self->kind_combo), !why_change);
  gtk_widget_set_sensitive (GTK_WIDGET (self->sheet_combo), !why_change);
}

void
kai_import_page_install_actions (KaiImportPage *self)
{
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "import", G_ACTION_GROUP (self->actions));
  kai_import_page_update_actions (self);
  kai_command_explain (GTK_WIDGET (self), "import", G_ACTION_MAP (self->actions));
  g_signal_connect_after (self->find_entry, "key-press-event", G_CALLBACK (on_replace_key_cb),
                          self);
  g_signal_connect_after (self->replace_entry, "key-press-event", G_CALLBACK (on_replace_key_cb),
                          self);
  g_signal_connect_object (self->find_entry, "activate", G_CALLBACK (on_replace_activate_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->replace_entry, "activate", G_CALLBACK (on_replace_activate_cb),
                           self, G_CONNECT_SWAPPED);
}

GActionGroup *
kai_import_page_get_actions (KaiImportPage *self)
{
  return G_ACTION_GROUP (self->actions);
}
