#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What was sent to the finance server and what came back, for administrators and in training mode: the last 200 exchanges, in memory only and gone when the user signs out. Signal:
 *   "report" (gboolean is_error, const char *sentence): to be shown in the window's bar. */
#define KAI_TYPE_INSPECTOR_PAGE (kai_inspector_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiInspectorPage, kai_inspector_page, KAI, INSPECTOR_PAGE, GtkBox)

#define KAI_INSPECTOR_MAX_EXCHANGES 200

void kai_inspector_page_set_session (KaiInspectorPage *self,
                                     KaiSession *session); /* NULL when signed out */
/* TRUE when the user of the session may look at messages; nothing is kept for others. */
gboolean kai_inspector_page_is_allowed (KaiInspectorPage *self);
GActionGroup *kai_inspector_page_get_actions (KaiInspectorPage *self); /* borrowed */
/* Puts one into the list, as the worker's signal does. */
void kai_inspector_page_add (KaiInspectorPage *self, KaiExchange *exchange);

G_END_DECLS
