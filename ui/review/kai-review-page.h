#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What waits to be checked by a second person. Actions (prefix "review"): approve, send-back. Signal: "report" (gboolean error, const char *sentence). */
#define KAI_TYPE_REVIEW_PAGE (kai_review_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiReviewPage, kai_review_page, KAI, REVIEW_PAGE, GtkBox)

/* NULL when signed out. */
void kai_review_page_set_session (KaiReviewPage *self, KaiSession *session);
GActionGroup *kai_review_page_get_actions (KaiReviewPage *self); /* borrowed */
/* Selects one that waits to be checked. */
void kai_review_page_show_review (KaiReviewPage *self, gint64 id);
int kai_review_page_get_count (KaiReviewPage *self); /* notices that this user may approve */

G_END_DECLS
