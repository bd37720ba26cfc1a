/* Every command of the window by its name, as in the shortcuts window (a test compares), and whether it can be done now. */
#include "kai-accelerators.h"
#include "kai-command.h"
#include "kai-window-private.h"
#include <glib/gi18n-lib.h>

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
  { "inspector.clear", N_ ("Forget the messages that are shown") },
  { "queue.pause", N_ ("Pause sending") },
  { "notices.select-all", N_ ("Select all notices of the list") },
  { "notices.refresh", N_ ("Load the list of notices anew") },
  { "notices.export-selected", N_ ("Export the chosen notices") },
  { "notices.forget-hidden", N_ ("Unselect the notices that are not shown") },
  { "notices.sort::date", N_ ("Sort the list by date") },
  { "notices.sort::code", N_ ("Sort the list by payment code") },
  { "notices.sort::state", N_ ("Sort the list by state") },
  { "notices.sort::amount", N_ ("Sort the list by amount") },
  { "notices.sort::paid_on", N_ ("Sort the list by day of payment") },
  { "notices.ascending", N_ ("Sort the list the other way round") },
  { "notices.column-code", N_ ("Column of the list: payment code") },
  { "notices.column-state", N_ ("Column of the list: state") },
  { "notices.column-date", N_ ("Column of the list: date") },
  { "notices.column-payer", N_ ("Column of the list: payer") },
  { "notices.column-amount", N_ ("Column of the list: amount") },
  { "notices.column-paid_on", N_ ("Column of the list: paid on") },
  { "notices.column-channel", N_ ("Column of the list: pay channel") },
  { "notices.column-ebill", N_ ("Column of the list: e-bill") },
  { "notices.column-sync", N_ ("Column of the list: finance server") },
  { "notices.column-group", N_ ("Column of the list: class") },
  { "notices.column-term", N_ ("Column of the list: term") },
  { "notices.column-clerk", N_ ("Column of the list: clerk") },
  { "notices.column-valid", N_ ("Column of the list: valid until") },
  { "notices.column-check_code", N_ ("Column of the list: check code") },
  { "import.form-education", N_ ("Empty form for students") },
  { "import.form-notices", N_ ("Empty form for payers") },
  { "import.open-anyway", N_ ("Open the list all the same") },
  { "import.take-again", N_ ("Take the list as a new one") },
  { "import.cancel-read", N_ ("Stop reading the list") },
  { "import.constant", N_ ("The same for all rows of the list") },
  { "import.tick", N_ ("Tick all rows that are shown") },
  { "import.untick", N_ ("Untick all rows that are shown") },
  { "import.save-bad", N_ ("Save the rows to mend") },
  { "import.save-results", N_ ("Save the results of the list") },
  { "import.pause", N_ ("Pause issuing the list") },
  { "import.stop", N_ ("Stop issuing the list") },
  { "ebills.verify", N_ ("Check the signatures of the e-bill") },
  { "log.verify", N_ ("Verify the log") },
  { "settings.backup", N_ ("Write a backup") },
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

void
kai_window_list_commands (KaiWindow *self, GPtrArray *commands)
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

void
kai_window_do_command (KaiWindow *self, const char *action)
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
