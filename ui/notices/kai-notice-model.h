#pragma once

#include "store/kai-notice-list.h"
#include "widgets/kai-long-model.h"

G_BEGIN_DECLS

/* A long list (widgets/kai-long-model.h) over a KaiNoticeList: nothing is kept for a row, each value is made when the view
 * asks for it. */
#define KAI_TYPE_NOTICE_MODEL (kai_notice_model_get_type ())
G_DECLARE_FINAL_TYPE (KaiNoticeModel, kai_notice_model, KAI, NOTICE_MODEL, KaiLongModel)

/* The numbers stand in the template as attributes of the renderers. */
enum
{
  KAI_NOTICE_COLUMN_CODE,       /* 0 */
  KAI_NOTICE_COLUMN_STATE,      /* 1 */
  KAI_NOTICE_COLUMN_STATE_ICON, /* 2 */
  KAI_NOTICE_COLUMN_DATE,       /* 3 */
  KAI_NOTICE_COLUMN_PAYER,      /* 4 */
  KAI_NOTICE_COLUMN_AMOUNT,     /* 5 */
  KAI_NOTICE_COLUMN_PAID_ON,    /* 6 */
  KAI_NOTICE_COLUMN_CHANNEL,    /* 7 */
  KAI_NOTICE_COLUMN_EBILL,      /* 8 */
  KAI_NOTICE_COLUMN_SYNC,       /* 9 */
  KAI_NOTICE_COLUMN_SYNC_ICON,  /* 10 */
  KAI_NOTICE_COLUMN_DIM,   /* 11: TRUE where the row is done with (void, lapsed): struck through */
  KAI_NOTICE_COLUMN_GROUP, /* 12 */
  KAI_NOTICE_COLUMN_TERM,  /* 13 */
  KAI_NOTICE_COLUMN_CLERK, /* 14 */
  KAI_NOTICE_COLUMN_VALID, /* 15 */
  KAI_NOTICE_COLUMN_CHECK_CODE, /* 16 */
  KAI_NOTICE_N_COLUMNS
};

/* An empty model over that store, which it borrows. */
KaiNoticeModel *kai_notice_model_new (KaiDatabase *db);

/* Runs the query anew beside the rows that are shown: NULL on error. */
KaiNoticeList *kai_notice_model_query (KaiDatabase *db, const KaiNoticeFilter *filter,
                                       GError **error);
/* TRUE when @list has the same notices in the same order as the model: then kai_notice_model_take may be called with the
 * view attached; otherwise the view must be detached meanwhile. */
gboolean kai_notice_model_has_same_rows (KaiNoticeModel *self, KaiNoticeList *list);
void kai_notice_model_take (KaiNoticeModel *self, KaiNoticeList *list);

guint kai_notice_model_get_length (KaiNoticeModel *self);
gint64 kai_notice_model_get_id (KaiNoticeModel *self, guint position);
const KaiNotice *kai_notice_model_get (KaiNoticeModel *self,
                                       guint position); /* borrowed until the next call */
/* When the rows of @list begin with those of the model, takes it and tells the view of the rest. FALSE and nothing done otherwise. */
gboolean kai_notice_model_extend (KaiNoticeModel *self, KaiNoticeList *list);
int kai_notice_model_find (KaiNoticeModel *self, gint64 id); /* -1 when not shown */
/* What stands in a column of text, the same in the list, in copies and in tables. Caller frees. */
char *kai_notice_dup_column (const KaiNotice *notice, int column);

G_END_DECLS
