#pragma once

#include "model/kai-base-data.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* Replaces the cached base data in one transaction. */
gboolean kai_base_data_store_replace (KaiDatabase *db, const KaiBaseData *data, GError **error);
/* The server says that it has not changed: only its age does. */
gboolean kai_base_data_store_touch (KaiDatabase *db, gint64 fetched_at, GError **error);
/* TRUE when the store has no others than @data, as far as version and time tell: one small query. */
gboolean kai_base_data_store_is_current (KaiDatabase *db, const KaiBaseData *data);
/* The whole cache; an empty set (version "") when there is none yet. NULL on error. */
KaiBaseData *kai_base_data_store_load (KaiDatabase *db, GError **error);

G_END_DECLS
