#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The line at the bottom: connection, what waits, last contact, clock, base data, who works here; opens the queue. Signal:
 *   "correct-notice" (gint64 id): the clerk wants to correct this refused notice (kai_desk_correct). */
#define KAI_TYPE_STATE_BAR (kai_state_bar_get_type ())
G_DECLARE_FINAL_TYPE (KaiStateBar, kai_state_bar, KAI, STATE_BAR, GtkBox)

void kai_state_bar_set_session (KaiStateBar *self, KaiSession *session); /* NULL when signed out */
/* What can be done with the queue (prefix "queue"); borrowed. */
GActionGroup *kai_state_bar_get_actions (KaiStateBar *self);
/* Opens the list of waiting messages. */
void kai_state_bar_show_outbox (KaiStateBar *self);

G_END_DECLS
