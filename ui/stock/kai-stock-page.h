#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Ranges of paper bills by type, holder and state, and beside them what can be done with the chosen one. Action (prefix "stock"): move.
 * Signals: "report" (gboolean error, const char *sentence): to be shown in the window's bar. */
#define KAI_TYPE_STOCK_PAGE (kai_stock_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiStockPage, kai_stock_page, KAI, STOCK_PAGE, GtkBox)

void kai_stock_page_set_session (KaiStockPage *self,
                                 KaiSession *session); /* NULL when signed out */
/* Chooses the range that holds that number (as printed), the number in the form, and its whole life below it. */
void kai_stock_page_show_number (KaiStockPage *self, const char *type, const char *number);
GActionGroup *kai_stock_page_get_actions (KaiStockPage *self); /* borrowed */

G_END_DECLS
