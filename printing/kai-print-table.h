#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A table of any length on A4 pages, for lists on paper (who has not paid): the title on the first page, the headers on each, page n of m at the foot. @headers and each row
 * are NULL-terminated; @group -1, or the column whose change begins a new page (one sheet a class). Columns are as wide as what stands in them; text that does not fit is
 * cut with …. Written beside @path and renamed. @pages may be NULL. Errors: KAI_PRINT_ERROR. */
gboolean kai_print_table_write_pdf (const char *path, const char *title, const char *const *headers,
                                    GPtrArray *rows, int group, int *pages, GError **error);

G_END_DECLS
