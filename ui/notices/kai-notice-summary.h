#pragma once

#include "store/kai-notice-totals.h"

G_BEGIN_DECLS

/* Adds up the selected notices in idle time, so that selecting a million rows does not stop the window. */
typedef struct _KaiNoticeSummary KaiNoticeSummary;

typedef void (*KaiNoticeTotalsFunc) (const KaiNoticeTotals *totals, gboolean done, gpointer data);

KaiNoticeSummary *kai_notice_summary_new (KaiNoticeTotalsFunc func, gpointer data);
void kai_notice_summary_free (KaiNoticeSummary *self);
/* Starts anew over @ids (gint64, copied) of @db (borrowed until kai_notice_summary_stop); @func is called at once with what the first of them come
 * to, and at the end. */
void kai_notice_summary_start (KaiNoticeSummary *self, KaiDatabase *db, GArray *ids);
void kai_notice_summary_stop (KaiNoticeSummary *self);

G_END_DECLS
