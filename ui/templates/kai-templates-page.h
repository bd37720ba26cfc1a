#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Saved notices: name, key, what is in them. They are made in the editor. Actions (prefix "templates"): use, save, remove, undo. Signals: "report"
 * (gboolean error, const char *sentence), "use" (gint64 id). */
#define KAI_TYPE_TEMPLATES_PAGE (kai_templates_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiTemplatesPage, kai_templates_page, KAI, TEMPLATES_PAGE, GtkBox)

/* NULL when signed out. */
void kai_templates_page_set_session (KaiTemplatesPage *self, KaiSession *session);
GActionGroup *kai_templates_page_get_actions (KaiTemplatesPage *self); /* borrowed */

G_END_DECLS
