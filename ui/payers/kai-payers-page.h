#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The address book. Numbers are masked in the list; they are shown in full when an entry is opened to be changed, and that is logged. Actions (prefix
 * "payers"): search, new, change, save, remove, undo, use. Signals: "report" (gboolean error, const char *sentence), "use" (KaiNotice*, as gpointer: a
 * notice with the payer in it). */
#define KAI_TYPE_PAYERS_PAGE (kai_payers_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiPayersPage, kai_payers_page, KAI, PAYERS_PAGE, GtkBox)

/* NULL when signed out. */
void kai_payers_page_set_session (KaiPayersPage *self, KaiSession *session);
GActionGroup *kai_payers_page_get_actions (KaiPayersPage *self); /* borrowed */
/* Shows entry @id. */
void kai_payers_page_show_payer (KaiPayersPage *self, gint64 id);

G_END_DECLS
