#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* Sealed columns of the tables of the window (007). */

/* Opens column @column of the row at which @stmt stands. NULL with NOT_ALLOWED while locked, DAMAGED. Caller frees. */
GBytes *kai_sealed_open_column (KaiDatabase *db, sqlite3_stmt *stmt, int column,
                                const char *purpose, gint64 id, GError **error);
char *kai_sealed_open_text (KaiDatabase *db, sqlite3_stmt *stmt, int column, const char *purpose,
                            gint64 id, GError **error);
/* @sql: UPDATE … SET … = ?1 WHERE id = ?2. */
gboolean kai_sealed_write (KaiDatabase *db, const char *sql, const char *purpose, gint64 id,
                           GBytes *plain, GError **error);
gboolean kai_sealed_write_text (KaiDatabase *db, const char *sql, const char *purpose, gint64 id,
                                const char *text, GError **error);

G_END_DECLS
