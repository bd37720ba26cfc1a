#pragma once

#include "kai-session.h"
#include "widgets/kai-task.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What each person sets up for themselves on this computer (GSettings), and the backup. Action (prefix "settings"): backup.
 * Signals: "task" (KaiTask): a backup has begun. */
#define KAI_TYPE_SETTINGS_PAGE (kai_settings_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiSettingsPage, kai_settings_page, KAI, SETTINGS_PAGE, GtkScrolledWindow)

/* Once; without settings nothing on the page can be changed. */
void kai_settings_page_set_settings (KaiSettingsPage *self, GSettings *settings);
void kai_settings_page_set_session (KaiSettingsPage *self,
                                    KaiSession *session);            /* NULL when signed out */
GActionGroup *kai_settings_page_get_actions (KaiSettingsPage *self); /* borrowed */
/* Text size and colours, as @settings has them now and whenever they change; for the whole program. */
void kai_settings_apply_looks (GSettings *settings);

G_END_DECLS
