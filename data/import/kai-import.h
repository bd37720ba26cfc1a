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

/* A workbook that was read and checked: nothing is written to the store. */
typedef struct
{
  KaiImportKind kind;
  char *content_hash; /* of the file */
  int rows;           /* data rows read */
  GPtrArray *
      notices; /* KaiNotice for the good rows, in order; row_key set; several rows with the same 序号 are one */
  GPtrArray *problems; /* KaiProblem: row, field = header of the column */
  GPtrArray *warnings;
  GArray *bad_rows; /* int row numbers with at least one problem, ascending */
  int good, bad;    /* rows */
} KaiImport;
void kai_import_free (KaiImport *import);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiImport, kai_import_free)

/* Reads the fixed workbook at @path and checks every row with all its problems. @sheet 1 = the first; 0 = the first that has the
 * header. @kind -1 = recognised by the header. Errors: UNREADABLE (file), INVALID (no such sheet, no known header; names the
 * missing columns). A form without rows is no error (rows = 0, a warning). Row key = SM3 over kind and the row's normalised content
 * (without 序号) and its occurrence count within the file. */
KaiImport *kai_import_read (const char *path, int kind, int sheet, const KaiBaseData *base,
                            GCancellable *cancellable, GError **error);
/* Writes the bad rows of @path, as they were, with a column 错误 (reasons) to @out, to be mended and imported. @sheet as it was
 * read. Errors: CONFLICT when the file changed since, those of reading and writing. */
gboolean kai_import_write_errors (const KaiImport *import, const char *path, int sheet,
                                  const char *out, GError **error);

G_END_DECLS
