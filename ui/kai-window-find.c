/* Finding anything from the window, and locking it. Every command has its name here, as in the shortcuts window (a test compares). */
#include "kai-accelerators.h"
#include "kai-command.h"
#include "kai-input.h"
#include "kai-window-private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* ---- Commands by name ---- */

static const struct
{
  const char *action, *title;
} titles[] = {
  { "win.new-notice", N_ ("New notice") },
  { "win.sync-now", N_ ("Send and receive now") },
  { "win.show-outbox", N_ ("What waits for the server") },
  { "win.find", N_ ("Find anything") },
  { "win.lock", N_ ("Lock the window") },
  { "win.back", N_ ("Back to the list of notices") },
  { "win.page::home", N_ ("Home") },
  { "win.page::notices", N_ ("Notices") },
  { "win.page::editor", N_ ("Editor") },
  { "win.page::ebills", N_ ("E-bills") },
  { "win.page::stock", N_ ("Bill stock") },
  { "win.page::payers", N_ ("Payers") },
  { "win.page::templates", N_ ("Notice templates") },
  { "win.page::review", N_ ("Notices to be checked") },
  { "win.page::messages", N_ ("Messages") },
  { "win.show-help-overlay", N_ ("Keyboard shortcuts") },
  { "win.about", N_ ("About Kaipiao") },
  { "app.sign-out", N_ ("Sign out") },
  { "app.quit", N_ ("Quit") },
  { "notices.search", N_ ("Search notices") },
  { "notices.copy", N_ ("Copy the notice into a new one") },
  { "notices.swap", N_ ("Swap for e-bills") },
  { "notices.print", N_ ("Print notices") },
  { "notices.print-here", N_ ("Print notices to the folder used last") },
  { "notices.void", N_ ("Void notices") },
  { "notices.undo-void", N_ ("Undo voiding") },
  { "notices.clear-filter", N_ ("Show all notices") },
  { "notices.more-filters", N_ ("More filters") },
  { "notices.copy-text", N_ ("Copy the chosen notices as text") },
  { "notices.export-all", N_ ("Export the list") },
  { "editor.save", N_ ("Save the notice") },
  { "editor.save-and-new", N_ ("Save and new") },
  { "editor.save-and-print", N_ ("Save and print") },
  { "editor.add-item", N_ ("Add a charge item") },
  { "editor.remove-item", N_ ("Remove the charge item") },
  { "editor.copy-last-year", N_ ("Copy last year’s notice") },
  { "editor.put-aside", N_ ("Put this notice aside") },
  { "editor.clear", N_ ("Clear the form") },
  { "editor.undo", N_ ("Undo clearing") },
  { "editor.give-up", N_ ("Give this notice up") },
  { "editor.templates", N_ ("Templates in the editor") },
  { "editor.drafts", N_ ("Drafts") },
  { "editor.print", N_ ("Print the notice") },
  { "editor.print-here", N_ ("Print the notice to the folder used last") },
  { "editor.show-in-list", N_ ("Show in the list") },
  { "ebills.print", N_ ("Print e-bills") },
  { "ebills.print-here", N_ ("Print e-bills to the folder used last") },
  { "ebills.save-file", N_ ("Save the file of the e-bill") },
  { "payers.search", N_ ("Search payers") },
  { "payers.new", N_ ("New payer") },
  { "payers.change", N_ ("Show and change this payer") },
  { "payers.save", N_ ("Save this payer") },
  { "payers.remove", N_ ("Remove this payer") },
  { "payers.undo", N_ ("Put the payer back") },
  { "payers.use", N_ ("Write a notice for this payer") },
  { "templates.use", N_ ("Write a notice from this template") },
  { "templates.save", N_ ("Save name and key of the template") },
  { "templates.remove", N_ ("Remove this template") },
  { "templates.undo", N_ ("Put the template back") },
  { "review.approve", N_ ("Approve the chosen notices") },
  { "review.send-back", N_ ("Send back to the clerk") },
  { "win.page::import", N_ ("Batch issue") },
  { "import.open", N_ ("Open a list") },
  { "import.next-problem", N_ ("Next problem of the list") },
  { "import.previous-problem", N_ ("Previous problem of the list") },
  { "import.column", N_ ("What a column of the list means") },
  { "import.search", N_ ("Search the list") },
  { "import.replace", N_ ("Find and replace in the list") },
  { "import.fill-down", N_ ("Fill down in the list") },
  { "import.undo", N_ ("Undo in the list") },
  { "import.redo", N_ ("Do again in the list") },
  { "import.try", N_ ("Issue the first few of the list") },
  { "import.issue", N_ ("Issue all that are ticked") },
  { "import.roster", N_ ("Compare with last term") },
  { "import.unpaid", N_ ("Who has not paid") },
  { "win.page::log", N_ ("Log") },
  { "log.search", N_ ("Search the log") },
  { "win.page::settings", N_ ("Settings") },
  { "win.dismiss", N_ ("Close the message") },
  { "stock.move", N_ ("Move bills") },
  { "inspector.show-personal", N_ ("Show personal data in messages") },
};

const char *
kai_window_get_command_title (const char *action)
{
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_str_equal (titles[i].action, action))
      return _ (titles[i].title);
  return NULL;
}

/* Group and plain name of a detailed action; the page that it belongs to, NULL when it belongs to the window. */
static GActionGroup *
find_group (KaiWindow *self, const char *detailed, char **name, GVariant **target,
            const char **page)
{
  g_auto (GStrv) parts = g_strsplit (detailed, ".", 2);

  *page = NULL;
  if (!g_action_parse_detailed_name (parts[1], name, target, NULL))
    return NULL;
  if (g_str_equal (parts[0], "win"))
    return G_ACTION_GROUP (self);
  if (g_str_equal (parts[0], "app"))
    return G_ACTION_GROUP (gtk_window_get_application (GTK_WINDOW (self)));
  return kai_window_get_group (self, parts[0], page);
}

static char *
dup_key (const char *action)
{
  guint n;
  const KaiAccelerator *table = kai_accelerators_get (&n);

  for (guint i = 0; i < n; i++)
    if (g_str_equal (table[i].action, action))
      {
        GdkModifierType state;
        guint key;

        gtk_accelerator_parse (table[i].keys[0], &key, &state);
        return gtk_accelerator_get_label (key, state);
      }
  return NULL;
}

/* NULL when it can be done. Caller frees. */
static char *
dup_why (GActionGroup *group, const char *name)
{
  const char *why;

  if (g_action_group_get_action_enabled (group, name))
    return NULL;
  why = G_IS_ACTION_MAP (group) ? kai_command_get_why (G_ACTION_MAP (group), name) : NULL;
  return g_strdup (why ? why : _ ("This cannot be done now."));
}

static void
on_list_commands_cb (KaiWindow *self, GPtrArray *commands)
{
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      g_autofree char *name = NULL;
      g_autoptr (GVariant) target = NULL;
      const char *page;
      GActionGroup *group = find_group (self, titles[i].action, &name, &target, &page);
      KaiFindCommand *command;

      if (!group || !g_action_group_has_action (group, name)
          || (page && !kai_window_has_page (self, page)))
        continue;
      command = g_new0 (KaiFindCommand, 1);
      command->action = g_strdup (titles[i].action);
      command->title = g_strdup (_ (titles[i].title));
      command->key = dup_key (titles[i].action);
      command->why = dup_why (group, name);
      g_ptr_array_add (commands, command);
    }
}

static void
on_command_cb (KaiWindow *self, const char *action)
{
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;
  const char *page;
  GActionGroup *group = find_group (self, action, &name, &target, &page);

  if (!group)
    return;
  if (page)
    kai_window_show_page (self, page);
  g_action_group_activate_action (group, name, target);
}

static void
on_go_cb (KaiWindow *self, const char *kind, gint64 row, const char *id)
{
  if (g_str_equal (kind, "payer"))
    {
      kai_window_show_page (self, "payers");
      kai_payers_page_show_payer (self->payers_page, row);
    }
  else if (g_str_equal (kind, "template"))
    {
      kai_window_show_page (self, "editor");
      kai_editor_page_use_template (self->editor_page, row);
    }
  else if (g_str_equal (kind, "paper-bill"))
    kai_window_show_page (self, "stock");
  else if (row != 0)
    {
      kai_window_show_page (self, "notices");
      kai_notices_page_show_notice (self->notices_page, row);
    }
  else
    kai_window_show_page (self, "notices");
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
  g_signal_connect_object (self->find_popover, "list-commands", G_CALLBACK (on_list_commands_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->find_popover, "command", G_CALLBACK (on_command_cb), self,
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
