#pragma once

#include "store/kai-database.h"
#include "values/kai-money.h"

G_BEGIN_DECLS

/* What a selection of notices comes to. */
typedef struct
{
  gint64 count; /* of those that are there */
  KaiMoney amount;
  gint64 unpaid, swappable; /* swappable: paid, without an e-bill that is not refused */
} KaiNoticeTotals;

/* Adds what the @n notices come to, without reading what is sealed; one that has gone does not count. A few thousand ids at a time take some
 * milliseconds. The amount stays at KAI_MONEY_MAX once it is beyond it. */
gboolean kai_notice_totals_add (KaiNoticeTotals *totals, KaiDatabase *db, const gint64 *ids,
                                gsize n, GError **error);

G_END_DECLS
