/* What can be done with the selected notices: copy, void, swap, print. */
#include "notices/kai-notices-page-private.h"
#include <glib/gi18n-lib.h>

void
kai_notices_page_set_action_enabled (KaiNoticesPage *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static void
on_copy_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  g_autoptr (GPtrArray) notices = kai_notices_page_load_selected (self);

  if (notices && notices->len > 0 && notices->pdata[0])
    kai_notices_page_emit_copy (self, notices->pdata[0]);
}

static void
print_selected (KaiNoticesPage *self, gboolean ask)
{
  g_autoptr (GPtrArray) notices = kai_notices_page_load_selected (self);
  g_autoptr (GError) error = NULL;
  KaiPrintExport *export;

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

static void
on_swap_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  g_autoptr (GPtrArray) notices = kai_notices_page_load_selected (self);
  g_autoptr (GPtrArray) codes = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *sentence = NULL;
  guint n;

  for (guint i = 0; notices && i < notices->len; i++)
    {
      const KaiNotice *notice = notices->pdata[i];

      if (notice && notice->state == KAI_NOTICE_PAID
          && (!notice->has_ebill || notice->ebill_sync == KAI_SYNC_REFUSED))
        g_ptr_array_add (codes, notice->payment_code);
    }
  n = codes->len;
  if (n == 0)
    return;
  g_ptr_array_add (codes, NULL);
  if (!kai_desk_swap (kai_session_get_desk (self->session), (char **)codes->pdata, &error))
    {
      kai_notices_page_report (self, TRUE, error->message);
      return;
    }
  kai_session_committed (self->session);
  sentence = g_strdup_printf (ngettext ("%u notice is being swapped for an e-bill.",
                                        "%u notices are being swapped for e-bills.", n),
                              n);
  kai_notices_page_report (self, FALSE, sentence);
}

static void
close_void_bar (KaiNoticesPage *self)
{
  gtk_revealer_set_reveal_child (self->void_revealer, FALSE);
  gtk_entry_set_text (self->void_entry, "");
  kai_notices_page_set_action_enabled (self, "confirm-void", FALSE);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
on_void_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  int n = gtk_tree_selection_count_selected_rows (self->selection);
  g_autofree char *text =
      g_strdup_printf (ngettext ("Void %d notice? Reason:", "Void %d notices? Reason:", n), n);

  gtk_label_set_text (self->void_label, text);
  gtk_revealer_set_reveal_child (self->void_revealer, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->void_entry));
}

static void
on_void_changed_cb (KaiNoticesPage *self)
{
  g_autofree char *reason = g_strstrip (g_strdup (gtk_entry_get_text (self->void_entry)));

  kai_notices_page_set_action_enabled (self, "confirm-void", reason[0] != '\0');
}

/* Stops at the first one that cannot be voided; those before it are void. */
static void
on_confirm_void_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  g_autofree char *reason = g_strstrip (g_strdup (gtk_entry_get_text (self->void_entry)));
  g_autoptr (GPtrArray) notices = kai_notices_page_load_selected (self);
  g_autoptr (GError) error = NULL;
  g_autofree char *sentence = NULL;
  int done = 0;

  for (guint i = 0; notices && i < notices->len && !error; i++)
    {
      const KaiNotice *notice = notices->pdata[i];

      if (notice && notice->state == KAI_NOTICE_UNPAID
          && kai_desk_void (kai_session_get_desk (self->session), notice->payment_code, reason,
                            &error))
        done++;
    }
  close_void_bar (self);
  if (done > 0)
    kai_session_committed (self->session);
  sentence =
      error ? g_strdup (error->message)
            : g_strdup_printf (ngettext ("%d notice is void.", "%d notices are void.", done), done);
  kai_notices_page_report (self, error != NULL, sentence);
}

static void
on_cancel_void_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  close_void_bar (KAI_NOTICES_PAGE (data));
}

static void
on_void_activate_cb (KaiNoticesPage *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self->actions), "confirm-void", NULL);
}

static gboolean
on_void_key_cb (GtkWidget *entry, GdkEventKey *event, gpointer data)
{
  if (event->keyval != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  close_void_bar (KAI_NOTICES_PAGE (data));
  return GDK_EVENT_STOP;
}

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

static void
on_clear_filter_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_notices_page_clear_filter (KAI_NOTICES_PAGE (data));
}

static const GActionEntry entries[] = {
  { .name = "copy", .activate = on_copy_cb },
  { .name = "void", .activate = on_void_cb },
  { .name = "confirm-void", .activate = on_confirm_void_cb },
  { .name = "cancel-void", .activate = on_cancel_void_cb },
  { .name = "swap", .activate = on_swap_cb },
  { .name = "print", .activate = on_print_cb },
  { .name = "print-here", .activate = on_print_here_cb },
  { .name = "refresh", .activate = on_refresh_cb },
  { .name = "search", .activate = on_search_cb },
  { .name = "clear-filter", .activate = on_clear_filter_cb },
};

void
kai_notices_page_install_actions (KaiNoticesPage *self)
{
  static const char *const need_selection[] = { "copy", "print", "print-here",
                                                "void", "swap",  "confirm-void" };

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  for (guint i = 0; i < G_N_ELEMENTS (need_selection); i++)
    kai_notices_page_set_action_enabled (self, need_selection[i], FALSE);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "notices", G_ACTION_GROUP (self->actions));
  g_signal_connect_swapped (self->void_entry, "activate", G_CALLBACK (on_void_activate_cb), self);
  g_signal_connect_swapped (self->void_entry, "changed", G_CALLBACK (on_void_changed_cb), self);
  g_signal_connect_after (self->void_entry, "key-press-event", G_CALLBACK (on_void_key_cb), self);
}
