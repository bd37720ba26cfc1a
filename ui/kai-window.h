#pragma once

#include "kai-session.h"
#include "sign-in/kai-sign-in-page.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The one window: sign-in, then the pages beside the sidebar. Signals:
 *   "notify-user" (const char *title, const char *sentence): long work has ended while the window is not in front. */
#define KAI_TYPE_WINDOW (kai_window_get_type ())
G_DECLARE_FINAL_TYPE (KaiWindow, kai_window, KAI, WINDOW, GtkApplicationWindow)

/* @settings: schema cn.kaipiao.Kaipiao; NULL keeps nothing. */
KaiWindow *kai_window_new (GtkApplication *app, GSettings *settings);
/* Who works here now; NULL goes back to signing in. */
void kai_window_set_session (KaiWindow *self, KaiSession *session);
KaiSignInPage *kai_window_get_sign_in_page (KaiWindow *self); /* borrowed */
/* The one bar at the top; a newer message replaces the older one. */
void kai_window_report (KaiWindow *self, gboolean is_error, const char *sentence);
/* "home", "notices", "editor", "import", "ebills", "stock", "messages"; nothing happens when the page is hidden from this user. */
void kai_window_show_page (KaiWindow *self, const char *name);
/* Shows the page of batch issue with that list; as soon as somebody has signed in. */
void kai_window_open_list (KaiWindow *self, const char *path);

G_END_DECLS
