#pragma once

/* Shared by kai-database.c and kai-database-open.c only. */
#include "store/kai-database.h"

G_BEGIN_DECLS

struct _KaiDatabase
{
  sqlite3 *handle;
  char *dir;
  GHashTable *statements; /* SQL text → sqlite3_stmt */
  int depth;              /* of nested transactions */
  gboolean doomed;        /* the outermost transaction may only roll back */
  int lock_fd;            /* says that the store is in use; -1 none */
  gboolean as_is;         /* opened without bringing it up to date */
  GError *read_only;      /* why it can only be read; NULL when it can be written */
  KaiVault *vault;        /* NULL while locked */
  char *lock_sentence;    /* why it is, and what to do; NULL */
};

/* Runs SQL without values, which may be many statements. */
gboolean kai_database_exec (KaiDatabase *db, const char *sql, GError **error);
/* Opens the handle of a file that cannot be written to, whatever way it takes. kai-database-read-only.c */
gboolean kai_database_open_to_read (KaiDatabase *db, const char *path);
/* DAMAGED when a row belongs to nothing. */
gboolean kai_database_check_references (KaiDatabase *db, GError **error);

G_END_DECLS
