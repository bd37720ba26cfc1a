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
  { "win.page::import", { "<Alt>5" } },
  { "win.page::payers", { "<Alt>6" } },
  { "win.page::templates", { "<Alt>7" } },
  { "win.page::review", { "<Alt>8" } },
  { "win.page::log", { "<Alt>0" } },
  { "win.page::messages", { "<Alt>9" } },
  { "win.page::settings", { "<Primary>comma" } },
  { "win.find", { "<Primary>k" } },
  { "win.lock", { "<Primary><Alt>l" } },
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
  { "editor.undo", { "<Primary>z" } },
  { "editor.copy-last-year", { "<Primary>l" } },
  { "editor.put-aside", { "<Primary><Shift>n" } },
  { "editor.templates", { "<Primary>t" } },
  { "editor.drafts", { "<Primary>o" } },
  { "editor.template(1)", { "<Primary>1" } },
  { "editor.template(2)", { "<Primary>2" } },
  { "editor.template(3)", { "<Primary>3" } },
  { "editor.template(4)", { "<Primary>4" } },
  { "editor.template(5)", { "<Primary>5" } },
  { "editor.template(6)", { "<Primary>6" } },
  { "editor.template(7)", { "<Primary>7" } },
  { "editor.template(8)", { "<Primary>8" } },
  { "editor.template(9)", { "<Primary>9" } },
  { "editor.print", { "<Primary>p" } },
  { "editor.print-here", { "<Primary><Shift>p" } },
  { "import.open", { "<Primary>o" } },
  { "import.next-problem", { "F8" } },
  { "import.previous-problem", { "<Shift>F8" } },
  { "import.column", { "F4" } },
  { "import.search", { "<Primary>f" } },
  { "import.replace", { "<Primary>h" } },
  { "import.fill-down", { "<Primary>d" } },
  { "import.undo", { "<Primary>z" } },
  { "import.redo", { "<Primary><Shift>z" } },
  { "import.try", { "<Primary>t" } },
  { "import.issue", { "<Primary><Shift>i" } },
  { "ebills.print", { "<Primary>p" } },
  { "ebills.print-here", { "<Primary><Shift>p" } },
  { "ebills.save-file", { "<Primary>s" } },
  { "payers.search", { "<Primary>f" } },
  { "payers.new", { "<Primary>d" } },
  { "payers.change", { "F2" } },
  { "payers.save", { "<Primary>s" } },
  { "payers.remove", { "<Primary>Delete" } },
  { "payers.undo", { "<Primary>z" } },
  { "payers.use", { "<Primary>e" } },
  { "templates.use", { "<Primary>e" } },
  { "templates.save", { "<Primary>s" } },
  { "templates.remove", { "<Primary>Delete" } },
  { "templates.undo", { "<Primary>z" } },
  { "review.approve", { "<Primary>Return" } },
  { "review.send-back", { "<Primary>Delete" } },
  { "stock.move", { "<Primary>Return" } },
  { "log.search", { "<Primary>f" } },
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
