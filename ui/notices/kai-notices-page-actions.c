/* What can be done with the selected notices: copy, swap, print, tables; void is in kai-notices-void.c. */
#include "notices/kai-notices-page-private.h"

#include "kai-command.h"
#include <glib/gi18n-lib.h>

static void
on_copy_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  g_autoptr (GPtrArray) notices = kai_notices_page_load_selected (self);

  if (notices && notices->len > 0 && notices->pdata[0])
    kai_notices_page_emit_copy (self, notices->pdata[0]);
}

/* A file of more pages helps nobody, and all of them are in memory while it is made. */
#define PRINT_LIMIT 5000

static void
print_selected (KaiNoticesPage *self, gboolean ask)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (GError) error = NULL;
  KaiPrintExport *export;

  if (kai_notices_page_count_selected (self) > PRINT_LIMIT)
    {
      g_autofree char *sentence = g_strdup_printf (
          _ ("At most %d notices are printed at once. Select fewer of them, class by class or day "
             "by day."),
          PRINT_LIMIT);

      kai_notices_page_report (self, TRUE, sentence);
      return;
    }
  notices = kai_notices_page_load_selected (self);
  if (!notices)
    return;
  export = kai_print_export_new_for_notices (self->session, notices, &error);
  if (export)
    kai_notices_page_emit_print (self, export, ask);
  else
    kai_notices_page_report (self, TRUE, error->message);
}

static void
on_print_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  print_selected (KAI_NOTICES_PAGE (data), TRUE);
}

static void
on_print_here_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  print_selected (KAI_NOTICES_PAGE (data), FALSE);
}

/* ---- Swap ---- */

static gboolean
swap_step (KaiNoticesPage *self, GPtrArray *notices, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) codes = g_ptr_array_new ();
  guint *done = data;
  guint n;

  for (guint i = 0; i < notices->len; i++)
    {
      const KaiNotice *notice = notices->pdata[i];

      if (notice->state == KAI_NOTICE_PAID
          && (!notice->has_ebill || notice->ebill_sync == KAI_SYNC_REFUSED))
        g_ptr_array_add (codes, notice->payment_code);
    }
  n = codes->len;
  g_ptr_array_add (codes, NULL);
  if (!kai_desk_swap (kai_session_get_desk (self->session), (char **)codes->pdata, error))
    return FALSE;
  *done += n;
  return TRUE;
}

static char *
describe_swap (KaiNoticesPage *self, gpointer data, const GError *error)
{
  guint n = *(guint *)data;

  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_strdup (error->message);
  return g_strdup_printf (ngettext ("%u notice is being swapped for an e-bill.",
                                    "%u notices are being swapped for e-bills.", n),
                          n);
}

static void
finish_swap (KaiNoticesPage *self, gpointer data)
{
  if (*(guint *)data > 0)
    kai_session_committed (self->session);
}

static void
on_swap_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  static const KaiNoticesWork work = { N_ ("Swapping for e-bills"), swap_step, describe_swap,
                                       finish_swap };
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);

  kai_notices_page_work (self, &work, kai_notices_page_dup_selected_ids (self), g_new0 (guint, 1),
                         g_free);
}

/* ---- Others ---- */

static void
on_refresh_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);

  if (!self->session)
    return;
  if (kai_session_get_worker (self->session))
    kai_sync_worker_poke (kai_session_get_worker (self->session));
  kai_notices_page_reload (self);
}

static void
on_search_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_widget_grab_focus (GTK_WIDGET (KAI_NOTICES_PAGE (data)->search_entry));
}

/* The list itself answers Ctrl+A; this is for who looks for the command. */
static void
on_select_all_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  gboolean done;

  gtk_widget_grab_focus (GTK_WIDGET (self->view));
  g_signal_emit_by_name (self->view, "select-all", &done);
}

static void
on_clear_filter_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_notices_page_clear_filter (KAI_NOTICES_PAGE (data));
}

static void
on_more_filters_cb (GSimpleAction *action, GVariant *value, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);

  g_simple_action_set_state (action, value);
  gtk_revealer_set_reveal_child (self->more_revealer, g_variant_get_boolean (value));
}

static void
on_forget_hidden_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_notices_page_forget_hidden (KAI_NOTICES_PAGE (data));
}

static void
on_copy_rows_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  g_autofree char *text = kai_notices_page_dup_text (self);

  if (text)
    gtk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self), GDK_SELECTION_CLIPBOARD),
                            text, -1);
}

static void
on_export_selected_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_notices_page_export (KAI_NOTICES_PAGE (data), TRUE);
}

static void
on_export_all_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_notices_page_export (KAI_NOTICES_PAGE (data), FALSE);
}

static const GActionEntry entries[] = {
  { .name = "copy", .activate = on_copy_cb },
  { .name = "swap", .activate = on_swap_cb },
  { .name = "print", .activate = on_print_cb },
  { .name = "print-here", .activate = on_print_here_cb },
  { .name = "refresh", .activate = on_refresh_cb },
  { .name = "search", .activate = on_search_cb },
  { .name = "select-all", .activate = on_select_all_cb },
  { .name = "clear-filter", .activate = on_clear_filter_cb },
  { .name = "more-filters", .state = "false", .change_state = on_more_filters_cb },
  { .name = "forget-hidden", .activate = on_forget_hidden_cb },
  /* The same twice: the key belongs to the list alone, or Ctrl+C would be lost to every entry. */
  { .name = "copy-text", .activate = on_copy_rows_cb },
  { .name = "copy-rows", .activate = on_copy_rows_cb },
  { .name = "export-selected", .activate = on_export_selected_cb },
  { .name = "export-all", .activate = on_export_all_cb },
};

static void
set_enabled (KaiNoticesPage *self, const char *name, gboolean enabled, const char *why)
{
  kai_command_set_enabled (G_ACTION_MAP (self->actions), name, enabled, why);
}

void
kai_notices_page_update_actions (KaiNoticesPage *self)
{
  const char *nothing = _ ("Select a notice in the list first.");
  guint n = kai_notices_page_count_selected (self);

  set_enabled (self, "copy", n == 1,
               n == 0 ? nothing : _ ("Select one notice only: a new one is made like it."));
  set_enabled (self, "print", n > 0, nothing);
  set_enabled (self, "print-here", n > 0, nothing);
  set_enabled (self, "copy-rows", n > 0, nothing);
  set_enabled (self, "export-selected", n > 0, nothing);
  set_enabled (self, "void", self->totals.unpaid > 0,
               n == 0
                   ? nothing
                   : _ ("Only unpaid notices can be voided; none of the selected ones is unpaid."));
  set_enabled (self, "swap", self->totals.swappable > 0,
               n == 0 ? nothing
                      : _ ("Only paid notices without an e-bill can be swapped; none is among the "
                           "selected ones."));
  set_enabled (self, "export-all", kai_notice_model_get_length (self->model) > 0,
               _ ("There is nothing in the list."));
  set_enabled (self, "copy-text", n > 0 && gtk_widget_has_focus (GTK_WIDGET (self->view)), nothing);
}

static gboolean
on_view_focus_cb (GtkWidget *view, GdkEventFocus *event, KaiNoticesPage *self)
{
  set_enabled (self, "copy-text",
               event->in && gtk_tree_selection_count_selected_rows (self->selection) > 0, NULL);
  return GDK_EVENT_PROPAGATE;
}

void
kai_notices_page_bind_action_callbacks (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, on_view_focus_cb);
}

void
kai_notices_page_install_actions (KaiNoticesPage *self)
{
  static const char *const need_selection[] = { "copy",      "print",     "print-here",     "swap",
                                                "copy-rows", "copy-text", "export-selected" };

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  for (guint i = 0; i < G_N_ELEMENTS (need_selection); i++)
    set_enabled (self, need_selection[i], FALSE, _ ("Select a notice in the list first."));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "notices", G_ACTION_GROUP (self->actions));
}
