#pragma once

#include "kai-session.h"
#include "notices/kai-notice-model.h"
#include "notices/kai-print-export.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* All notices with filters, details and what can be done with them. Its actions (prefix "notices"): copy, void, confirm-void,
 * cancel-void, swap, print, print-here, refresh, search, clear-filter. Signals:
 *   "report" (gboolean error, const char *sentence): to be shown in the window's bar;
 *   "copy" (KaiNotice*, as gpointer, borrowed): the clerk wants a new one like this;
 *   "print" (KaiPrintExport*, as gpointer, owned by the handler; gboolean ask): to be written, after asking where. */
#define KAI_TYPE_NOTICES_PAGE (kai_notices_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiNoticesPage, kai_notices_page, KAI, NOTICES_PAGE, GtkBox)

/* NULL when signed out. */
void kai_notices_page_set_session (KaiNoticesPage *self, KaiSession *session);
GActionGroup *kai_notices_page_get_actions (KaiNoticesPage *self); /* borrowed */
/* Selects that notice, clearing the filters when they hide it. */
void kai_notices_page_show_notice (KaiNoticesPage *self, gint64 id);
/* Order and widths of the columns, as kept in the settings: a(si). */
GVariant *kai_notices_page_dup_columns (KaiNoticesPage *self);
void kai_notices_page_set_columns (KaiNoticesPage *self, GVariant *columns);
/* For tests. */
KaiNoticeModel *kai_notices_page_get_model (KaiNoticesPage *self);
GtkTreeView *kai_notices_page_get_view (KaiNoticesPage *self);

G_END_DECLS
