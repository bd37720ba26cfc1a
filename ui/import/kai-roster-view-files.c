/* The list against an earlier term's, and who has not paid: saved, printed, told again; the commands for it. */
#include "import/kai-roster-view-private.h"
#include "import/kai-table-writer.h"
#include "kai-command.h"
#include "kai-print-table.h"
#include "sync/kai-desk-text.h"
#include <glib/gi18n-lib.h>

static void
report_saved (KaiRosterView *self, const char *path, const GError *error)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *sentence = error ? NULL : g_strdup_printf (_ ("Saved as %s."), name);

  kai_roster_view_report (self, error != NULL, error ? error->message : sentence);
}

void
kai_roster_view_save (KaiRosterView *self, const char *path)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  g_auto (GStrv) headers = kai_roster_view_dup_headers (self);
  const char *const *heads = (const char *const *)headers;
  const char *title = gtk_label_get_text (self->title_label);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < self->shown->len; i++)
    g_ptr_array_add (rows, kai_roster_view_dup_cells (self, g_array_index (self->shown, guint, i)));
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
      kai_roster_view_report (self, TRUE, error->message);
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
  kai_roster_view_report (self, FALSE, sentence->str);
  kai_session_changed (self->session);
  kai_roster_view_load (self);
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
  g_signal_emit_by_name (data, "back");
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

void
kai_roster_view_install_actions (KaiRosterView *self)
{
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "roster", G_ACTION_GROUP (self->actions));
  kai_command_explain (GTK_WIDGET (self), "roster", G_ACTION_MAP (self->actions));
}
