#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* Remembers which workbook became which batch, so that running an import again goes on where it was. */
/* The batch of the workbook with that content hash and kind; made when it is new. @batch_id caller frees. */
gboolean kai_import_store_get_batch (KaiDatabase *db, const char *content_hash, const char *kind,
                                     const char *file_name, char **batch_id, gboolean *is_new,
                                     GError **error);

G_END_DECLS
