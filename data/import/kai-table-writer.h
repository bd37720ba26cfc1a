#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Writes a simple table (reports, error workbooks) to .xlsx or .csv, by the ending of @path. @headers and each row are NULL-terminated string vectors; a cell
 * that starts with = + - @ is text (no formula injection in csv). Written to a temporary file beside it and renamed. */
gboolean kai_table_write (const char *path, const char *title, const char *const *headers,
                          GPtrArray *rows, GError **error);

/* The next row of a table too long to be held: a NULL-terminated vector, borrowed until the next call; NULL at the end, or with
 * @error set to give up (nothing is left behind then). */
typedef const char *const *(*KaiTableNextRow) (gpointer data, GError **error);
/* The same as kai_table_write, row by row. */
gboolean kai_table_write_rows (const char *path, const char *title, const char *const *headers,
                               KaiTableNextRow next, gpointer data, GError **error);

G_END_DECLS
