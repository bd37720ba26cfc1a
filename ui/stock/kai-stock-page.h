#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Ranges of paper bills by type, holder and state. */
#define KAI_TYPE_STOCK_PAGE (kai_stock_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiStockPage, kai_stock_page, KAI, STOCK_PAGE, GtkBox)

void kai_stock_page_set_session (KaiStockPage *self,
                                 KaiSession *session); /* NULL when signed out */

G_END_DECLS
