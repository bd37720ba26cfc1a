#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Batch issue and education import: a list is opened, its columns are recognised, every row is checked, what is wrong is mended in the
 * grid, a few notices are tried, then all. A list that is not finished stays when its clerk signs out and in again. Actions: prefix
 * "import". Signals:
 *   "report" (gboolean is_error, const char *sentence);
 *   "offer" (sentence, label, action): a sentence with a button for what may be done about it, three times "" takes it back;
 *   "done" (const char *sentence): issuing has ended. */
#define KAI_TYPE_IMPORT_PAGE (kai_import_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiImportPage, kai_import_page, KAI, IMPORT_PAGE, GtkBox)

void kai_import_page_set_session (KaiImportPage *self,
                                  KaiSession *session);          /* NULL when signed out */
GActionGroup *kai_import_page_get_actions (KaiImportPage *self); /* borrowed */
/* As if the file had been chosen; asks before what was mended would be lost. Nothing while a list is being read or issued. */
void kai_import_page_open (KaiImportPage *self, const char *path);
/* Issuing is paused until the clerk lets it go on: the key is not there. */
void kai_import_page_hold (KaiImportPage *self);

G_END_DECLS
