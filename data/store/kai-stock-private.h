#pragma once

/* Shared by kai-stock*.c only. */
#include "store/kai-stock.h"

G_BEGIN_DECLS

/* Rows of stock_range that share numbers with @range, in order; array of KaiStockRange. */
GPtrArray *kai_stock_find_overlapping (KaiDatabase *db, const char *type, const char *version,
                                       const KaiNumberRange *range, GError **error);
/* Gives the numbers of @range, wherever they are, a state and holder: rows are split and joined. Deliveries are not joined:
 * each is compared with one box. */
gboolean kai_stock_put (KaiDatabase *db, const char *type, const char *version,
                        const KaiNumberRange *range, const char *holder, KaiStockState state,
                        GError **error);

G_END_DECLS
