#pragma once

#include "store/kai-figures.h"

G_BEGIN_DECLS

/* What needs somebody's attention, and the figures of today and the days before: the home page in one read. Counts only, no
 * personal data. */

#define KAI_ATTENTION_DAYS 14

/* What is looked for. */
typedef struct
{
  KaiDay today;
  int lapse_days; /* unpaid notices whose last valid day is at most so many days away */
} KaiAttentionQuery;

typedef struct
{
  KaiDay day;
  KaiFigure issued, paid;
} KaiDayFigure;

/* Free paper bills of one type, whoever of the unit holds them. */
typedef struct
{
  char *type;
  gint64 free, to_take_in, void_unreturned;
} KaiTypeStock;

typedef struct
{
  KaiFigure unpaid;
  KaiFigure lapsing;
  KaiDay first_lapse;  /* 0 none */
  KaiFigure lapsed;    /* with a bill date in the days of the chart */
  KaiFigure unswapped; /* paid, no e-bill asked for or refused */
  gint64 oldest_paid;  /* UTC seconds, 0 none */
  KaiFigure refused;   /* notices */
  gint64 drafts;       /* without a payment code */
  gint64 ebills_open, ebills_refused;
  gint64 messages_waiting, messages_refused, messages_held;
  gint64 oldest_message; /* waiting, UTC seconds, 0 none */
  gint64 codes_left;     /* of this year */
  gint64 oldest_void; /* voided paper that was not returned: UTC seconds of the voiding, 0 none */
  GPtrArray *stock;   /* KaiTypeStock, by type */
  KaiFigures figures; /* of today */
  KaiDayFigure days[KAI_ATTENTION_DAYS]; /* today last */
} KaiAttention;

/* One consistent view; takes up to some seconds on a very large store, so that windows call it in a thread with a connection
 * of its own. NULL on error; caller frees. */
KaiAttention *kai_attention_load (KaiDatabase *db, const KaiAttentionQuery *query, GError **error);
void kai_attention_free (KaiAttention *attention); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiAttention, kai_attention_free)

G_END_DECLS
