/* A store that cannot be written to can still be read: on a full disk, on one that is mounted read-only, or in somebody else's directory. SQLite wants to write even then, the
 * index of its log, and refuses. So there are three ways: with the index of who works there now; with an index in memory, when there is a log; and the file alone, when there
 * is none. Nobody can change the file meanwhile, for whatever keeps us from it keeps others from it. */
#include "store/kai-database-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "values/kai-error.h"

static gboolean
has_log (const char *path)
{
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  GStatBuf status;

  return g_stat (log, &status) == 0 && status.st_size > 0;
}

/* Whether it can really be read shows with the first read. */
static gboolean
try_open (KaiDatabase *db, const char *name, int flags, const char *vfs)
{
  const char *probe = vfs ? "PRAGMA locking_mode = EXCLUSIVE; SELECT count (*) FROM sqlite_schema"
                          : "SELECT count (*) FROM sqlite_schema";

  if (sqlite3_open_v2 (name, &db->handle, flags | SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, vfs)
          == SQLITE_OK
      && sqlite3_exec (db->handle, probe, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  sqlite3_close (db->handle);
  db->handle = NULL;
  return FALSE;
}

gboolean
kai_database_open_to_read (KaiDatabase *db, const char *path)
{
  g_autofree char *escaped = g_uri_escape_string (path, "/", FALSE);
  g_autofree char *uri = g_strconcat ("file:", escaped, "?immutable=1", NULL);

  if (try_open (db, path, SQLITE_OPEN_NOFOLLOW, NULL))
    return TRUE;
  return has_log (path) ? try_open (db, path, SQLITE_OPEN_NOFOLLOW, "unix-none")
                        : try_open (db, uri, SQLITE_OPEN_URI | SQLITE_OPEN_NOFOLLOW, NULL);
}

void
kai_database_set_read_only (KaiDatabase *db, const GError *why)
{
  gboolean full = g_error_matches (why, KAI_DATA_ERROR, KAI_DATA_ERROR_FULL);

  g_clear_error (&db->read_only);
  if (full)
    kai_data_fail (&db->read_only, KAI_DATA_ERROR_FULL,
                   _ ("The store in %s can only be read now, because the disk is full. Make room "
                      "on it and start the program again to change something."),
                   db->dir);
  else
    kai_data_fail (&db->read_only, KAI_DATA_ERROR_READ_ONLY,
                   _ ("The store in %s can only be read now, because it cannot be written to. See "
                      "to it that the directory belongs to you and is not write-protected, and "
                      "start the program again to change something."),
                   db->dir);
}

const char *
kai_database_get_read_only (KaiDatabase *db)
{
  return db->read_only ? db->read_only->message : NULL;
}
