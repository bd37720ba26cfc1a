#pragma once

#include "notices/kai-notice-model.h"

G_BEGIN_DECLS

/* Adds up the selected notices in idle time, so that selecting a million rows does not stop the window. */
typedef struct _KaiNoticeSummary KaiNoticeSummary;

typedef struct
{
  guint count;
  KaiMoney amount; /* of those counted so far */
  guint unpaid, swappable;
  gboolean done;
} KaiNoticeTotals;

typedef void (*KaiNoticeTotalsFunc) (const KaiNoticeTotals *totals, gpointer data);

KaiNoticeSummary *kai_notice_summary_new (KaiNoticeTotalsFunc func, gpointer data);
void kai_notice_summary_free (KaiNoticeSummary *self);
/* Starts anew over what is selected in the list, and @hidden (gint64 ids, copied, NULL: none) besides; @func is called at once when nothing much is selected, and at the end. */
void kai_notice_summary_start (KaiNoticeSummary *self, KaiNoticeModel *model,
                               GtkTreeSelection *selection, GArray *hidden);
void kai_notice_summary_stop (KaiNoticeSummary *self);

G_END_DECLS
