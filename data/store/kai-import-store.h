#pragma once

#include "import/kai-import-sheet.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* Owns the tables import_batch, import_file and import_layout: which list became which batch, so that running an import again goes on where it was, and
 * what its columns were. */

/* The batch of the workbook with that content hash and kind; made when it is new. @batch_id caller frees. */
gboolean kai_import_store_get_batch (KaiDatabase *db, const char *content_hash, const char *kind,
                                     const char *file_name, char **batch_id, gboolean *is_new,
                                     GError **error);

/* Applies the layout that was remembered for lists with the same headers; FALSE when there is none. Before kai_import_sheet_check. */
gboolean kai_import_store_recall (KaiDatabase *db, KaiImportSheet *sheet);
gboolean kai_import_store_remember (KaiDatabase *db, KaiImportSheet *sheet, GError **error);

/* Finds the batch that the checked @sheet goes on with — the same file, the workbook of bad rows, or the same file name with at least half of the batch's
 * rows in it (a list that was mended) — and lets the sheet ask the ledger: which rows were issued before, which payers have a notice for the same
 * item and term. @fresh: a new batch whatever was there before, for payers who owe the same again. @db must outlive the sheet, or
 * kai_import_sheet_set_ledger (sheet, NULL, …) be called. Writes nothing but missing tokens of older notices. */
gboolean kai_import_store_attach (KaiDatabase *db, KaiImportSheet *sheet, gboolean fresh,
                                  GError **error);
/* The batch under which rows are issued: that of attach, or a new one. Borrowed from the sheet; NULL on error. */
const char *kai_import_store_begin (KaiDatabase *db, KaiImportSheet *sheet, GError **error);

G_END_DECLS
