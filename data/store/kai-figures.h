#pragma once

#include "values/kai-day.h"
#include "values/kai-money.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 count;
  KaiMoney amount;
} KaiFigure;

/* What happened in a period (by local day: issued by bill date, paid by day of payment, swapped by day of acceptance). */
typedef struct
{
  KaiFigure issued, paid, voided, lapsed, unpaid, swapped, paid_not_swapped, refused;
  int waiting; /* messages in the outbox */
} KaiFigures;
gboolean kai_figures_load (KaiDatabase *db, KaiDay from, KaiDay to, KaiFigures *out,
                           GError **error);

/* The same by charge item: array of KaiItemFigure that frees them, largest paid amount first. */
typedef struct
{
  char *code, *name;
  KaiFigure issued, paid;
} KaiItemFigure;
void kai_item_figure_free (KaiItemFigure *figure);
GPtrArray *kai_figures_by_item (KaiDatabase *db, KaiDay from, KaiDay to, GError **error);

G_END_DECLS
