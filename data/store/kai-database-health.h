#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* Small files are looked through whenever they are opened. For large ones that is due once a day, beside the work; a damage that is found is remembered, and
 * the store does not open again before it was restored. */

/* For kai_database_open: DAMAGED. */
gboolean kai_database_check_at_start (KaiDatabase *db, GError **error);
/* FALSE for small files and those that were looked through within a day. */
gboolean kai_database_is_check_due (KaiDatabase *db);
/* In a thread, on a connection of its own; @db is only asked where the file is. DAMAGED when it is not whole, G_IO_ERROR_CANCELLED. */
void kai_database_look_through_async (KaiDatabase *db, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer data);
gboolean kai_database_look_through_finish (KaiDatabase *db, GAsyncResult *result, GError **error);
/* The same at once, for programs without a main loop; it takes seconds. */
gboolean kai_database_look_through (KaiDatabase *db, GError **error);

G_END_DECLS
