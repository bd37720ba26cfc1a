#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Everything about one notice, beside the list. Personal data is masked. Signal: "correct-notice" (gint64 id), of a notice that the
 * server refused. */
#define KAI_TYPE_NOTICE_DETAILS (kai_notice_details_get_type ())
G_DECLARE_FINAL_TYPE (KaiNoticeDetails, kai_notice_details, KAI, NOTICE_DETAILS, GtkStack)

/* Loads and shows the notice with that id anew; 0 shows the hint. */
void kai_notice_details_show (KaiNoticeDetails *self, KaiSession *session, gint64 id);

G_END_DECLS
