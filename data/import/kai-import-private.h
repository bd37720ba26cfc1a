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
#define KAI_HEADER_BATCH "批次"
#define KAI_EXAMPLE_MARK "示例"

/* Columns of @kind in the order of the form. */
const KaiColumn *kai_import_get_columns (KaiImportKind kind, int *n);
/* Header that a field key of kai_notice_check stands for; *item = N of items[N], -1 otherwise. */
KaiField kai_import_field_of_key (const char *key, int *item);

/* Rows with cells among which the header must stand. */
#define KAI_HEADER_WITHIN 30

/* The text of a cell for @field, normalised; "" when it is empty or refused (then *problem is set, caller frees). *warning may be
 * set too. @header: as the sentences name it. Caller frees. */
char *kai_import_take_text (const char *header, KaiField field, int row, const KaiCell *cell,
                            KaiProblem **problem, KaiProblem **warning);
/* FALSE with *problem set when the cell is no such number. The cell is not empty. */
gboolean kai_import_take_quantity (const char *header, int row, const KaiCell *cell, gint64 *out,
                                   KaiProblem **problem);
gboolean kai_import_take_money (const char *header, int row, const KaiCell *cell, KaiMoney *out,
                                KaiProblem **problem);

G_END_DECLS
