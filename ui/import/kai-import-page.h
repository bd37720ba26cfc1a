#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Batch issue and education import: a list is opened, its columns are recognised, every row is checked, what is wrong is mended in the
 * grid, a few notices are tried, then all. Actions (prefix "import"): open, form-education, form-notices, next-problem,
 * previous-problem, undo, redo, replace, column, tick, untick, save-bad, save-results, roster, try, issue, pause, stop. Signals:
 *   "report" (gboolean is_error, const char *sentence). */
#define KAI_TYPE_IMPORT_PAGE (kai_import_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiImportPage, kai_import_page, KAI, IMPORT_PAGE, GtkBox)

void kai_import_page_set_session (KaiImportPage *self,
                                  KaiSession *session);          /* NULL when signed out */
GActionGroup *kai_import_page_get_actions (KaiImportPage *self); /* borrowed */
/* As if the file had been chosen. */
void kai_import_page_open (KaiImportPage *self, const char *path);

G_END_DECLS
