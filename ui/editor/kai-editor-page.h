#pragma once

#include "kai-session.h"
#include "notices/kai-print-export.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Writing a notice. What is typed stays until it is issued or cleared, whichever page is shown meanwhile. Its actions
 * (prefix "editor"): save, save-and-new, save-and-print, add-item, remove-item, clear, undo, print, print-here, show-in-list,
 * copy-last-year, put-aside, give-up, template(i), templates, drafts.
 * Signals:
 *   "report" (gboolean error, const char *sentence);
 *   "print" (KaiPrintExport*, as gpointer, owned by the handler; gboolean ask);
 *   "show-notice" (gint64 id): the clerk wants to see it in the list. */
#define KAI_TYPE_EDITOR_PAGE (kai_editor_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiEditorPage, kai_editor_page, KAI, EDITOR_PAGE, GtkStack)

/* NULL when signed out: the form is emptied. */
void kai_editor_page_set_session (KaiEditorPage *self, KaiSession *session);
GActionGroup *kai_editor_page_get_actions (KaiEditorPage *self); /* borrowed */
/* Shows the form with what is typed in it, empty after the last notice was issued; the focus goes to the payer. */
void kai_editor_page_start (KaiEditorPage *self);
/* A new form with payer and items of @notice; NULL items that are no longer allowed show their problem. */
void kai_editor_page_copy (KaiEditorPage *self, const KaiNotice *notice);
/* A refused notice with what was typed for it and the server's reason at the field. */
void kai_editor_page_correct (KaiEditorPage *self, gint64 notice_id);
/* Fills the form; FALSE when there is no such template. */
gboolean kai_editor_page_use_template (KaiEditorPage *self, gint64 id);
/* A draft, or what a reviewer sent back (the other is 0), with what is typed now put among the drafts. */
void kai_editor_page_open_draft (KaiEditorPage *self, gint64 draft_id, gint64 review_id);
/* Writes what is typed to the store now: before a lock, for example. */
void kai_editor_page_keep (KaiEditorPage *self);
/* What is said about the notice that does not keep it from being issued; borrowed. */
const char *kai_editor_page_get_warnings (KaiEditorPage *self);

G_END_DECLS
