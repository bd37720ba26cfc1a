#pragma once

#include <gio/gio.h>
#include <sqlite3.h>

#include "store/kai-vault.h"

G_BEGIN_DECLS

/* One connection to one SQLite file, used by one thread. WAL, synchronous=FULL, foreign keys on, busy timeout, file mode 0600.
 * The clerk's store and the training server's database both stand on it. Errors: KAI_DATA_ERROR. */
typedef struct _KaiDatabase KaiDatabase;

/* A schema: the steps 001.sql, 002.sql … as resource files below @resource_dir; user_version counts them. @application_id marks the
 * file as ours (a strange SQLite file is refused). */
typedef struct
{
  const char *resource_dir;
  int application_id;
  int last; /* the last step to run; 0 = all there are */
} KaiSchema;

extern const KaiSchema kai_store_schema; /* the clerk's store */

/* Opens or makes DIR/@name, making DIR (0700) when missing, and migrates in one transaction per step. A clerk's store that is there and cannot be written to is opened to be
 * read. Errors: NEWER, DAMAGED (not a database, other application id, failed quick_check; missing or empty although store.id says that there was one), READ_ONLY, FULL, IO. */
KaiDatabase *kai_database_open (const char *dir, const char *name, const KaiSchema *schema,
                                GError **error);
/* The same for a file that lies still and is only looked at: neither brought up to date nor checked. DAMAGED when there is no store in it. */
KaiDatabase *kai_database_open_as_is (const char *dir, const char *name, const KaiSchema *schema,
                                      GError **error);
/* Why nothing can be written for as long as this is open: a sentence, borrowed; NULL when it can. Every change fails with it. */
const char *kai_database_get_read_only (KaiDatabase *db);
/* From now on it is only read; @why: FULL or something else. */
void kai_database_set_read_only (KaiDatabase *db, const GError *why);
/* Steps of a schema that this program knows. */
int kai_schema_get_version (const KaiSchema *schema);
void kai_database_close (KaiDatabase *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiDatabase, kai_database_close)
const char *kai_database_get_dir (KaiDatabase *db);
sqlite3 *kai_database_get_handle (KaiDatabase *db); /* borrowed */
/* The data key of this store, for this connection; takes a reference; NULL locks it. Personal data is read and written only with it. */
void kai_database_set_vault (KaiDatabase *db, KaiVault *vault);
KaiVault *kai_database_get_vault (KaiDatabase *db); /* borrowed; NULL while locked */
/* Borrowed; NULL with NOT_ALLOWED while locked: for who writes personal data. The sentence is the one that was set, else a general one. */
KaiVault *kai_database_require_vault (KaiDatabase *db, GError **error);
void kai_database_set_lock_sentence (KaiDatabase *db, const char *sentence);
const char *kai_database_get_lock_sentence (KaiDatabase *db); /* borrowed, never NULL */

/* Transactions nest: only the outermost is real (BEGIN IMMEDIATE), an inner rollback dooms it: the outer commit then rolls back and
 * fails. */
gboolean kai_database_begin (KaiDatabase *db, GError **error);
/* For several reads that must fit together; does not wait for writers and keeps none waiting. Ended by commit; nothing may be
 * written in it unless an outer transaction writes. */
gboolean kai_database_begin_read (KaiDatabase *db, GError **error);
gboolean kai_database_commit (KaiDatabase *db, GError **error);
void kai_database_rollback (KaiDatabase *db);
gboolean kai_database_in_transaction (KaiDatabase *db);

/* A prepared statement, cached by its text, reset and unbound; borrowed; use it before asking for the same text again. NULL on error. Values are
 * always bound, so that there are few texts. Who stops before the last row resets it (sqlite3_reset): an open statement holds an old
 * view of the store. */
sqlite3_stmt *kai_database_prepare (KaiDatabase *db, const char *sql, GError **error);
/* Binds by @types: i (int), l (gint64), s (const char*, NULL = NULL), t (const char*, NULL = ""), b (GBytes*, NULL = NULL). */
void kai_statement_bind (sqlite3_stmt *stmt, const char *types, ...);
/* One step: TRUE with *row TRUE on a row, FALSE at the end; on the end and on errors the statement is reset. */
gboolean kai_database_step (KaiDatabase *db, sqlite3_stmt *stmt, gboolean *row, GError **error);
/* prepare + bind + run to the end. */
gboolean kai_database_run (KaiDatabase *db, GError **error, const char *sql, const char *types,
                           ...);
/* First column of the first row, or @fallback when there is no row; errors give @fallback and set @error. */
gint64 kai_database_get_int (KaiDatabase *db, gint64 fallback, GError **error, const char *sql,
                             const char *types, ...);
/* First column as text, caller frees; NULL when no row. */
char *kai_database_dup_text (KaiDatabase *db, GError **error, const char *sql, const char *types,
                             ...);
/* Appends the first column (gint64) of all rows of a bound statement to @ids. */
gboolean kai_database_read_ids (KaiDatabase *db, sqlite3_stmt *stmt, GArray *ids, GError **error);
/* Takes a bound statement to its first row, which is then to be read and the statement reset. FALSE with NOT_FOUND and @sentence when there is none. */
gboolean kai_database_find_row (KaiDatabase *db, sqlite3_stmt *stmt, const char *sentence,
                                GError **error);
char *kai_column_dup (sqlite3_stmt *stmt, int column);     /* "" for NULL; caller frees */
GBytes *kai_column_bytes (sqlite3_stmt *stmt, int column); /* NULL for NULL; caller frees */
gint64 kai_database_last_id (KaiDatabase *db);
int kai_database_changes (KaiDatabase *db);
/* Sets @error from the connection's last failure (FULL, BUSY, READ_ONLY, DAMAGED, CONFLICT for a broken uniqueness, INVALID for another broken
 * rule of a table, IO; G_IO_ERROR_CANCELLED after sqlite3_interrupt). Returns FALSE. */
gboolean kai_database_fail (KaiDatabase *db, GError **error);
/* Changes whenever another connection has committed (PRAGMA data_version). */
gint64 kai_database_data_version (KaiDatabase *db);
/* Full integrity_check and foreign_key_check; DAMAGED with what was found. */
gboolean kai_database_check (KaiDatabase *db, GError **error);

/* Small settings of the store itself: key → text, in the schema's table setting (key, value). dup returns NULL when unset; a NULL @value
 * removes it. */
char *kai_database_dup_setting (KaiDatabase *db, const char *key);
gboolean kai_database_set_setting (KaiDatabase *db, const char *key, const char *value,
                                   GError **error);

G_END_DECLS
