#pragma once

#include "kai-session.h"
#include "notices/kai-print-export.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* E-bills: print, save the file, check the signatures. Actions (prefix "ebills"): print, print-here, save-file, verify.
 * Signals: "report" and "print" as in KaiNoticesPage. */
#define KAI_TYPE_EBILLS_PAGE (kai_ebills_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiEbillsPage, kai_ebills_page, KAI, EBILLS_PAGE, GtkBox)

void kai_ebills_page_set_session (KaiEbillsPage *self,
                                  KaiSession *session); /* NULL when signed out */
/* Selects the e-bill with that number, however old it is. */
void kai_ebills_page_show_number (KaiEbillsPage *self, const char *number);
GActionGroup *kai_ebills_page_get_actions (KaiEbillsPage *self); /* borrowed */

G_END_DECLS
