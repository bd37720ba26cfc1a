/* Finding anything from the window, and locking it. */
#include "kai-input.h"
#include "kai-window-private.h"
#include <glib/gi18n-lib.h>

/* ---- To what was found ---- */

static void
go_to_notice (KaiWindow *self, const KaiFindTarget *target)
{
  kai_window_show_page (self, "notices");
  kai_notices_page_show_notice (self->notices_page, target->row);
}

static void
go_to_ebill (KaiWindow *self, const KaiFindTarget *target)
{
  kai_window_show_page (self, "ebills");
  kai_ebills_page_show_number (self->ebills_page, target->id);
}

static void
go_to_paper_bill (KaiWindow *self, const KaiFindTarget *target)
{
  kai_window_show_page (self, "stock");
  kai_stock_page_show_number (self->stock_page, target->type, target->id);
}

static void
go_to_batch (KaiWindow *self, const KaiFindTarget *target)
{
  kai_window_show_page (self, "notices");
  kai_notices_page_show_batch (self->notices_page, target->id);
}

static void
go_to_payer (KaiWindow *self, const KaiFindTarget *target)
{
  kai_window_show_page (self, "payers");
  kai_payers_page_show_payer (self->payers_page, target->row);
}

static void
go_to_template (KaiWindow *self, const KaiFindTarget *target)
{
  kai_window_show_page (self, "editor");
  kai_editor_page_use_template (self->editor_page, target->row);
}

static void
go_to_draft (KaiWindow *self, const KaiFindTarget *target)
{
  gboolean sent_back = g_str_equal (target->kind, "sent-back");

  kai_window_show_page (self, "editor");
  kai_editor_page_open_draft (self->editor_page, sent_back ? 0 : target->row,
                              sent_back ? target->row : 0);
}

static void
go_to_review (KaiWindow *self, const KaiFindTarget *target)
{
  kai_window_show_page (self, "review");
  kai_review_page_show_review (self->review_page, target->row);
}

static void
go_to_item (KaiWindow *self, const KaiFindTarget *target)
{
  g_autoptr (KaiNotice) notice = kai_notice_new ();

  /* Without an amount: the standard gives it. */
  kai_notice_add_item (notice, target->id, 1, -1);
  kai_window_show_page (self, "editor");
  kai_editor_page_copy (self->editor_page, notice);
}

static void
on_go_cb (KaiWindow *self, const KaiFindTarget *target)
{
  static const struct
  {
    const char *kind;
    void (*go) (KaiWindow *self, const KaiFindTarget *target);
  } ways[] = {
    { "notice", go_to_notice }, { "ebill", go_to_ebill },     { "paper-bill", go_to_paper_bill },
    { "batch", go_to_batch },   { "payer", go_to_payer },     { "template", go_to_template },
    { "draft", go_to_draft },   { "sent-back", go_to_draft }, { "review", go_to_review },
    { "item", go_to_item },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (g_str_equal (ways[i].kind, target->kind))
      ways[i].go (self, target);
}

void
kai_window_find (KaiWindow *self)
{
  kai_find_popover_begin (self->find_popover);
}

/* ---- Locking ---- */

static void
hide_transients (KaiWindow *self)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();

  for (GList *l = windows; l; l = l->next)
    if (gtk_window_get_transient_for (l->data) == GTK_WINDOW (self))
      gtk_widget_hide (l->data);
  gtk_popover_popdown (GTK_POPOVER (self->find_popover));
}

void
kai_window_lock (KaiWindow *self, const char *reason)
{
  if (self->session && kai_lock_page_is_key_away (self->lock_page))
    kai_import_page_hold (self->import_page);
  if (!self->session || self->locked || !kai_lock_page_can_lock (self->lock_page))
    return;
  kai_editor_page_keep (self->editor_page);
  self->locked = TRUE;
  hide_transients (self);
  gtk_info_bar_set_revealed (self->info_bar, FALSE);
  gtk_stack_set_visible_child_name (self->stack, "lock");
  gtk_widget_hide (GTK_WIDGET (self->state_bar));
  gtk_widget_hide (self->new_button);
  kai_window_update_actions (self);
  kai_lock_page_begin (self->lock_page, reason);
}

static void
on_lock_cb (KaiWindow *self, const char *reason)
{
  kai_window_lock (self, reason);
}

static void
on_unlocked_cb (KaiWindow *self)
{
  self->locked = FALSE;
  gtk_stack_set_visible_child_name (self->stack, "main");
  gtk_widget_show (GTK_WIDGET (self->state_bar));
  gtk_widget_show (self->new_button);
  kai_window_update_actions (self);
}

static void
on_sign_out_cb (KaiWindow *self)
{
  GtkApplication *app = gtk_window_get_application (GTK_WINDOW (self));

  if (app)
    g_action_group_activate_action (G_ACTION_GROUP (app), "sign-out", NULL);
}

/* Whatever the clerk does anywhere in the window. */
static void
on_event_after_cb (KaiWindow *self, GdkEvent *event)
{
  switch (event->type)
    {
    case GDK_KEY_PRESS:
    case GDK_BUTTON_PRESS:
    case GDK_SCROLL:
    case GDK_MOTION_NOTIFY:
      kai_lock_page_touch (self->lock_page);
      break;
    default:
      break;
    }
}

static gboolean
on_any_event_cb (GSignalInvocationHint *hint, guint n, const GValue *values, gpointer data)
{
  GtkWidget *widget = g_value_get_object (&values[0]);
  GtkWidget *top = gtk_widget_get_toplevel (widget);

  if (KAI_IS_WINDOW (top))
    on_event_after_cb (KAI_WINDOW (top), g_value_get_boxed (&values[1]));
  return TRUE;
}

static void
watch_events (void)
{
  static gsize done;

  if (!g_once_init_enter (&done))
    return;
  g_signal_add_emission_hook (g_signal_lookup ("event", GTK_TYPE_WIDGET), 0, on_any_event_cb, NULL,
                              NULL);
  g_once_init_leave (&done, 1);
}

/* ---- Set-up ---- */

void
kai_window_find_set_session (KaiWindow *self)
{
  self->locked = FALSE;
  kai_find_popover_set_session (self->find_popover, self->session);
  kai_lock_page_set_session (self->lock_page, self->session);
}

static void
on_use_payer_cb (KaiWindow *self, gpointer notice)
{
  kai_window_show_page (self, "editor");
  kai_editor_page_copy (self->editor_page, notice);
}

static void
on_use_template_cb (KaiWindow *self, gint64 id)
{
  kai_window_show_page (self, "editor");
  kai_editor_page_use_template (self->editor_page, id);
}

void
kai_window_find_install (KaiWindow *self)
{
  watch_events ();
  kai_input_guard_window (GTK_WINDOW (self));
  self->find_popover = g_object_new (KAI_TYPE_FIND_POPOVER, "relative-to", self->header_bar, NULL);
  g_signal_connect_object (self->find_popover, "list-commands",
                           G_CALLBACK (kai_window_list_commands), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->find_popover, "command", G_CALLBACK (kai_window_do_command), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->find_popover, "go", G_CALLBACK (on_go_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->lock_page, "lock", G_CALLBACK (on_lock_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->lock_page, "unlocked", G_CALLBACK (on_unlocked_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->lock_page, "sign-out", G_CALLBACK (on_sign_out_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->payers_page, "use", G_CALLBACK (on_use_payer_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->templates_page, "use", G_CALLBACK (on_use_template_cb), self,
                           G_CONNECT_SWAPPED);
}
