#pragma once

#include "home/kai-attention-row.h"
#include "kai-session.h"
#include "store/kai-attention.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What needs attention, each line leading there, and today's figures. Counted in a thread. Signals:
 *   "go" (const char *target): a line was activated. Targets: "notices:PRESET" (a preset of KaiNoticesPage), "ebills",
 *     "stock", "outbox", "sync", "sign-in" (another key is needed);
 *   "counted": kai_home_page_get_attention has something new. */
#define KAI_TYPE_HOME_PAGE (kai_home_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiHomePage, kai_home_page, KAI, HOME_PAGE, GtkBox)

/* @settings may be NULL. */
void kai_home_page_set_settings (KaiHomePage *self, GSettings *settings);
void kai_home_page_set_session (KaiHomePage *self, KaiSession *session); /* NULL when signed out */
/* Borrowed; NULL before the first count. */
const KaiAttention *kai_home_page_get_attention (KaiHomePage *self);
/* Lines that are more than worth knowing. */
/* Lines that lead to that target (see kai-home-lines.c). */
guint kai_home_page_count_lines (KaiHomePage *self, const char *target);
guint kai_home_page_count_warnings (KaiHomePage *self);

G_END_DECLS
