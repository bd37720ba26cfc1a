#pragma once

#include "import/kai-import.h"
#include "import/kai-workbook.h"

G_BEGIN_DECLS

/* What reading and writing of the fixed workbooks share: the columns, the header row, single cells. */

typedef struct
{
  KaiField field;
  const char *header;
  gboolean required;
  const char *example;     /* in the example row; item and amounts come from base data */
  const char *explanation; /* for the sheet 说明: part of the form, in Chinese like its headers */
} KaiColumn;

#define KAI_HEADER_ERROR "错误"
#define KAI_EXAMPLE_MARK "示例"

/* Columns of @kind in the order of the form. */
const KaiColumn *kai_import_get_columns (KaiImportKind kind, int *n);
/* Header of @field; that of the payer where the kind has no such column. */
const char *kai_import_get_header (KaiImportKind kind, KaiField field);
/* Header that a field key of kai_notice_check stands for; *item = N of items[N], -1 otherwise. */
KaiField kai_import_field_of_key (const char *key, int *item);

/* Where the columns are on a sheet. */
typedef struct
{
  KaiImportKind kind;
  int row;                   /* 0 = not found */
  int columns[KAI_N_FIELDS]; /* 0-based, -1 = not there */
  GPtrArray *headers;        /* char*, all of the row */
  GPtrArray *unknown;        /* char*, headers that are none of ours */
} KaiHeader;

/* Looks for the header while rows go by: the first one with all required columns within the first rows. */
typedef struct
{
  int kind;      /* KaiImportKind, -1 = either */
  int seen;      /* rows looked at */
  int best;      /* most of our headers in one row so far */
  char *missing; /* columns that the best row lacks */
  char *doubled; /* header that stands twice */
  KaiHeader header;
} KaiHeaderSearch;

#define KAI_HEADER_WITHIN 11 /* rows with cells */

void kai_header_search_init (KaiHeaderSearch *search, int kind);
void kai_header_search_clear (KaiHeaderSearch *search);
/* Looks at a row before the header was found; FALSE when there is no use in looking further. */
gboolean kai_header_search_row (KaiHeaderSearch *search, int row, const KaiCell *cells, int n);
/* Sets the sentence that fits when no header was found; returns FALSE. */
gboolean kai_header_search_fail (const KaiHeaderSearch *search, GError **error);

const KaiCell *kai_header_get_cell (const KaiHeader *header, KaiField field, const KaiCell *cells,
                                    int n);
gboolean kai_header_is_blank_row (const KaiHeader *header, const KaiCell *cells, int n);
gboolean kai_header_is_total_row (const KaiHeader *header, const KaiCell *cells, int n);
gboolean kai_header_is_example_row (const KaiHeader *header, const KaiCell *cells, int n);

/* The text of a cell for @field, normalised; "" when it is empty or refused (then *problem is set, caller frees). *warning may be
 * set too. Caller frees. */
char *kai_import_take_text (KaiImportKind kind, KaiField field, int row, const KaiCell *cell,
                            KaiProblem **problem, KaiProblem **warning);
/* FALSE with *problem set when the cell is no such number. The cell is not empty. */
gboolean kai_import_take_quantity (KaiImportKind kind, int row, const KaiCell *cell, gint64 *out,
                                   KaiProblem **problem);
gboolean kai_import_take_money (KaiImportKind kind, KaiField field, int row, const KaiCell *cell,
                                KaiMoney *out, KaiProblem **problem);

/* Visits sheet @sheet (1-based; 0 = the first with a header of @kind) with @func once for each row after the header; @search must be
 * initialised and tells what was found. */
gboolean kai_import_visit (KaiWorkbook *workbook, int sheet, KaiHeaderSearch *search,
                           KaiRowFunc func, gpointer data, GCancellable *cancellable,
                           GError **error);

/* Groups of rows → notices (kai-import-group.c). */
typedef struct _KaiImportGroups KaiImportGroups;
KaiImportGroups *kai_import_groups_new (KaiImport *import, const KaiBaseData *base);
void kai_import_groups_free (KaiImportGroups *groups);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiImportGroups, kai_import_groups_free)
void kai_import_groups_add_row (KaiImportGroups *groups, const KaiHeader *header, int row,
                                const KaiCell *cells, int n);
/* Checks all, fills the import. FALSE only when the system lacks SM3. */
gboolean kai_import_groups_finish (KaiImportGroups *groups, GError **error);

G_END_DECLS
