#pragma once

#include "import/kai-import-field.h"
#include "model/kai-notice.h"
#include "values/kai-problem.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The fixed workbook of @kind: bold frozen headers, text columns, drop-downs of the unit's items, a sheet with the items, one that
 * explains, and an example row (which an import recognises and skips). Written beside @path and renamed. Errors: READ_ONLY,
 * FULL, IO. */
gboolean kai_import_write_template (KaiImportKind kind, const KaiBaseData *base, const char *path,
                                    GError **error);
/* The same workbook with @rows instead of the example: char** per row, NULL-terminated, in the order of the columns of the
 * form (docs/workbooks.md). Quantity and amounts become numbers, all else text. */
gboolean kai_import_write_rows (KaiImportKind kind, GPtrArray *rows, const char *path,
                                GError **error);

G_END_DECLS
