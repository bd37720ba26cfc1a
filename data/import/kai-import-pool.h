#pragma once

#include "import/kai-workbook.h"

G_BEGIN_DECLS

/* Texts of cells, each once: a list repeats its classes, items and terms thousands of times. A text stands where it was put until the pool goes,
 * so that what was replaced can be brought back (undo). */
typedef guint32 KaiTextId; /* 0 = empty */

typedef struct _KaiImportPool KaiImportPool;
KaiImportPool *kai_import_pool_new (void);
void kai_import_pool_free (KaiImportPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiImportPool, kai_import_pool_free)

/* The same kind and text always give the same id. 0 also when the pool is full (4 GB of text, which no file within the limits has). */
KaiTextId kai_import_pool_add (KaiImportPool *pool, KaiCellKind kind, const char *text);
KaiCell kai_import_pool_get (KaiImportPool *pool, KaiTextId id);
const char *kai_import_pool_get_text (KaiImportPool *pool, KaiTextId id);

/* A set of rows under a key of four numbers, both ways quick: which rows hold the same student, item and term; which rows are one notice. */
typedef struct
{
  guint32 part[4];
} KaiRowKey;

typedef struct _KaiRowIndex KaiRowIndex;
KaiRowIndex *kai_row_index_new (void);
void kai_row_index_free (KaiRowIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiRowIndex, kai_row_index_free)
void kai_row_index_clear (KaiRowIndex *index);
void kai_row_index_add (KaiRowIndex *index, const KaiRowKey *key, int row);
void kai_row_index_remove (KaiRowIndex *index, const KaiRowKey *key, int row);
/* Calls @func for each row of @key until it gives FALSE; in no order. @func must not change the index. */
typedef gboolean (*KaiRowIndexFunc) (int row, gpointer data);
void kai_row_index_visit (KaiRowIndex *index, const KaiRowKey *key, KaiRowIndexFunc func,
                          gpointer data);
/* The lowest row of @key, -1 = none; *n (may be NULL) = how often rows stand under it. */
int kai_row_index_first (KaiRowIndex *index, const KaiRowKey *key, int *n);

G_END_DECLS
