#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Every action that changed something, newest first, and the proof that no line was changed. Action (prefix "log"): verify, search. */
#define KAI_TYPE_LOG_PAGE (kai_log_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiLogPage, kai_log_page, KAI, LOG_PAGE, GtkBox)

void kai_log_page_set_session (KaiLogPage *self, KaiSession *session); /* NULL when signed out */
GActionGroup *kai_log_page_get_actions (KaiLogPage *self);             /* borrowed */

G_END_DECLS
