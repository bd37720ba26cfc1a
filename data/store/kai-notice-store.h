#pragma once

#include "model/kai-notice.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* Owns the tables notice and notice_item. Functions that change several rows expect to be called within a transaction of the
 * caller (net/sync composes change + audit + message). */

/* New row; sets notice->id and times. CONFLICT when the payment code or the row key is there already. */
gboolean kai_notice_store_insert (KaiDatabase *db, KaiNotice *notice, GError **error);
/* Writes state, sync, code, payment, refusal and void fields of an existing row (not payer and items). */
gboolean kai_notice_store_update (KaiDatabase *db, KaiNotice *notice, GError **error);
/* Writes all of an existing row anew, payer and items too: only for what the server does not have. */
gboolean kai_notice_store_rewrite (KaiDatabase *db, KaiNotice *notice, GError **error);
/* NULL with NOT_FOUND. */
KaiNotice *kai_notice_store_load (KaiDatabase *db, gint64 id, GError **error);
KaiNotice *kai_notice_store_find (KaiDatabase *db, const char *payment_code, GError **error);
/* The same without its items, in a third of the time: for what changes states by the thousand. */
KaiNotice *kai_notice_store_find_head (KaiDatabase *db, const char *payment_code, GError **error);
/* id of the notice that holds that row key, 0 when none. One that the server refused holds it no longer: the row may
 * be issued again. One that was voided does: it must not come back because an import is run again. */
gint64 kai_notice_store_find_row_key (KaiDatabase *db, const char *row_key, GError **error);

typedef enum
{
  KAI_SWAP_ANY,
  KAI_SWAP_NONE,
  KAI_SWAP_DONE
} KaiSwapFilter; /* no e-bill yet / has one */

typedef enum
{
  KAI_SERVER_ANY,
  KAI_SERVER_WAITING, /* has not been answered yet */
  KAI_SERVER_REFUSED, /* the notice, or the swap that was tried last */
} KaiServerFilter;

/* Columns that a list can be in the order of: those for which the store has an index. Names are sealed. */
typedef enum
{
  KAI_SORT_DATE,
  KAI_SORT_CODE, /* those without a code are last */
  KAI_SORT_STATE,
  KAI_SORT_AMOUNT,
  KAI_SORT_PAID_ON, /* those that are not paid are last */
} KaiNoticeSort;

typedef struct
{
  int state; /* KaiNoticeState or -1 for any */
  KaiSwapFilter swap;
  KaiDay from, to;        /* bill date, inclusive; 0 = open */
  const char *text;       /* what kai_search_notices finds with it; NULL or white space = all */
  const char *batch_id;   /* NULL = all */
  const char *clerk_code; /* NULL = all */
  KaiServerFilter server;
  int pay_channel;   /* 0 = any */
  const char *group; /* class, grade, grade and class, or term, as they are written; NULL = all */
  KaiDay lapses_by;  /* unpaid ones, not refused, whose last valid day is not later; 0 = all */
  KaiNoticeSort sort;
  gboolean ascending; /* FALSE: newest, largest first */
  int limit;          /* 0 = all */
} KaiNoticeFilter;
#define KAI_NOTICE_FILTER_ALL                                                                      \
  {                                                                                                \
    .state = -1                                                                                    \
  }

/* In the order of filter->sort, equal ones newest first (ascending: oldest first). Ids only (gint64), for very long lists. */
GArray *kai_notice_store_list_ids (KaiDatabase *db, const KaiNoticeFilter *filter, GError **error);
/* The same as an array of KaiNotice. */
GPtrArray *kai_notice_store_list (KaiDatabase *db, const KaiNoticeFilter *filter, GError **error);
/* Rows by id, in the order of @ids; a missing id gives NULL at its place. */
GPtrArray *kai_notice_store_load_many (KaiDatabase *db, const gint64 *ids, gsize n, GError **error);
/* Notices without a payment code, oldest first. */
GPtrArray *kai_notice_store_list_drafts (KaiDatabase *db, int limit, GError **error);
int kai_notice_store_count_drafts (KaiDatabase *db);
/* At most @limit unpaid notices whose last valid day is before @today become lapsed, each with a line of @user in the log; ones that lapsed under a clock that
 * was ahead become unpaid again. Number changed (@limit: there may be more) or -1. Costs next to nothing when there is none; needs no key. kai-notice-lapse.c */
int kai_notice_store_lapse (KaiDatabase *db, KaiDay today, const char *user, int limit,
                            GError **error);

G_END_DECLS
