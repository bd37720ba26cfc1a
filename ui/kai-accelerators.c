/* The table of keys. One key may stand for an action of several pages: the page that is shown answers. Keys that an input
 * method uses while composing (Escape, Enter, space, arrows, letters) are not here. */
#include "kai-accelerators.h"

static const KaiAccelerator accelerators[] = {
  { "win.new-notice", { "<Primary>n" } },
  { "win.sync-now", { "F5" } },
  { "win.show-outbox", { "F6" } },
  { "win.back", { "<Alt>Left" } },
  { "win.page::home", { "<Alt>Home" } },
  { "win.page::notices", { "<Alt>1" } },
  { "win.page::editor", { "<Alt>2" } },
  { "win.page::ebills", { "<Alt>3" } },
  { "win.page::stock", { "<Alt>4" } },
  { "win.page::messages", { "<Alt>9" } },
  { "win.dismiss", { "<Primary>BackSpace" } },
  { "win.show-help-overlay", { "<Primary>question" } },
  { "app.quit", { "<Primary>q" } },
  { "notices.search", { "<Primary>f" } },
  { "notices.copy", { "<Primary>d" } },
  { "notices.swap", { "<Primary>e" } },
  { "notices.print", { "<Primary>p" } },
  { "notices.print-here", { "<Primary><Shift>p" } },
  { "notices.void", { "<Primary>Delete" } },
  { "notices.clear-filter", { "<Primary><Shift>f" } },
  { "notices.more-filters", { "<Primary><Shift>m" } },
  { "notices.undo-void", { "<Primary>z" } },
  { "notices.copy-text", { "<Primary>c" } },
  { "notices.export-all", { "<Primary><Shift>e" } },
  { "editor.save", { "<Primary>s" } },
  { "editor.save-and-new", { "<Primary><Shift>s" } },
  { "editor.save-and-print", { "<Primary><Alt>p" } },
  { "editor.add-item", { "<Alt>Insert", "<Primary>Return" } },
  { "editor.remove-item", { "<Alt>Delete" } },
  { "editor.print", { "<Primary>p" } },
  { "editor.print-here", { "<Primary><Shift>p" } },
  { "ebills.print", { "<Primary>p" } },
  { "ebills.print-here", { "<Primary><Shift>p" } },
  { "ebills.save-file", { "<Primary>s" } },
  { "inspector.show-personal", { "<Primary>h" } },
};

const KaiAccelerator *
kai_accelerators_get (guint *n)
{
  *n = G_N_ELEMENTS (accelerators);
  return accelerators;
}

void
kai_accelerators_install (GtkApplication *app)
{
  for (guint i = 0; i < G_N_ELEMENTS (accelerators); i++)
    gtk_application_set_accels_for_action (app, accelerators[i].action,
                                           (const char *const *)accelerators[i].keys);
}
