#pragma once

#include "kai-session.h"
#include "notices/kai-notice-model.h"
#include "notices/kai-print-export.h"
#include "widgets/kai-task.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* All notices with filters, details and what can be done with them. Its actions have the prefix "notices" (see
 * kai-notices-page-actions.c). Signals:
 *   "report" (gboolean error, const char *sentence): to be shown in the window's bar;
 *   "offer" (const char *sentence, const char *label, const char *action): the same with a button for that action; "" takes
 *     the button away;
 *   "copy" (KaiNotice*, as gpointer, borrowed): the clerk wants a new one like this;
 *   "correct-notice" (gint64 id): the clerk wants to mend one that the server refused;
 *   "print" (KaiPrintExport*, as gpointer, owned by the handler; gboolean ask): to be written, after asking where;
 *   "task" (KaiTask): long work has begun. */
#define KAI_TYPE_NOTICES_PAGE (kai_notices_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiNoticesPage, kai_notices_page, KAI, NOTICES_PAGE, GtkBox)

/* NULL when signed out. */
void kai_notices_page_set_session (KaiNoticesPage *self, KaiSession *session);
GActionGroup *kai_notices_page_get_actions (KaiNoticesPage *self); /* borrowed */
/* Selects that notice, clearing the filters when they hide it. */
void kai_notices_page_show_notice (KaiNoticesPage *self, gint64 id);
/* Shows the notices of one workbook. */
void kai_notices_page_show_batch (KaiNoticesPage *self, const char *batch_id);
/* Shows what a line of the home page speaks of: "lapsing", "lapsed", "unpaid", "unswapped", "waiting", "refused", "drafts". */
void kai_notices_page_show_preset (KaiNoticesPage *self, const char *preset);
/* Order, widths and presence of the columns, as kept in the settings: a(sib). */
GVariant *kai_notices_page_dup_columns (KaiNoticesPage *self);
void kai_notices_page_set_columns (KaiNoticesPage *self, GVariant *columns);
/* The column that the list is in the order of: (sb), its name and whether the smallest is first. */
GVariant *kai_notices_page_dup_order (KaiNoticesPage *self);
void kai_notices_page_set_order (KaiNoticesPage *self, GVariant *order);
/* The state that the filter begins with ("any", "unpaid" …), the period ("all", "today" …), and how many days before it lapses a
 * notice is about to lapse. */
void kai_notices_page_set_defaults (KaiNoticesPage *self, const char *state, const char *period,
                                    int lapse_days);
/* Writes a table (.xlsx, .csv) of what is selected or of all that the filter shows, in a thread (signal "task"). */
void kai_notices_page_write_table (KaiNoticesPage *self, const char *path, gboolean selected_only);
/* For tests. */
KaiNoticeModel *kai_notices_page_get_model (KaiNoticesPage *self);
GtkTreeView *kai_notices_page_get_view (KaiNoticesPage *self);

G_END_DECLS
