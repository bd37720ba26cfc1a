#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Writes a simple table (reports, error workbooks) to .xlsx or .csv, by the ending of @path. @headers and each row are NULL-terminated string vectors; a cell
 * that starts with = + - @ is text (no formula injection in csv). Written to a temporary file beside it and renamed. */
gboolean kai_table_write (const char *path, const char *title, const char *const *headers,
                          GPtrArray *rows, GError **error);

G_END_DECLS
