/* Whether the file is whole. Looking through a small one is a matter of course at each start; a large one takes seconds, and nobody shall wait for them: that is
 * done once a day beside the work, on a connection of its own, and what it finds is remembered in the store. */
#include "store/kai-database-health.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "store/kai-database-private.h"
#include "values/kai-error.h"

#define ALWAYS_CHECKED_BYTES (4 * 1024 * 1024)
#define CHECK_INTERVAL_S (24 * 60 * 60)
#define CHECKED_AT "checked_at"
#define CHECK_FAILED "check_failed"
/* Steps of SQLite's machine between two looks at the cancellable. */
#define STEPS_BETWEEN 100000

static gint64
now_seconds (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static const char *
get_path (KaiDatabase *db)
{
  return sqlite3_db_filename (db->handle, "main");
}

static gboolean
is_large (KaiDatabase *db)
{
  GStatBuf status;

  return g_stat (get_path (db), &status) == 0 && status.st_size > ALWAYS_CHECKED_BYTES;
}

static gboolean
fail_damaged (KaiDatabase *db, const char *found, GError **error)
{
  return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                        _ ("%s is damaged (%s). Do not go on with it: restore the last backup."),
                        get_path (db), found);
}

gboolean
kai_database_check_at_start (KaiDatabase *db, GError **error)
{
  g_autofree char *found = NULL;

  if (is_large (db))
    {
      found = kai_database_dup_setting (db, CHECK_FAILED);
      return !found || fail_damaged (db, found, error);
    }
  found = kai_database_dup_text (db, error, "PRAGMA quick_check (1)", NULL);
  if (!found)
    return FALSE;
  return g_str_equal (found, "ok") || fail_damaged (db, found, error);
}

gboolean
kai_database_is_check_due (KaiDatabase *db)
{
  g_autofree char *checked_at = NULL;
  gint64 age;

  if (!is_large (db))
    return FALSE;
  checked_at = kai_database_dup_setting (db, CHECKED_AT);
  age = checked_at ? now_seconds () - g_ascii_strtoll (checked_at, NULL, 10) : -1;
  return age < 0 || age >= CHECK_INTERVAL_S;
}

/* Only for later starts: a failure of this itself does not matter here. */
static void
remember (KaiDatabase *db, const char *found)
{
  g_autofree char *now = g_strdup_printf ("%" G_GINT64_FORMAT, now_seconds ());
  gboolean ok = g_str_equal (found, "ok");

  (void)kai_database_set_setting (db, CHECKED_AT, now, NULL);
  (void)kai_database_set_setting (db, CHECK_FAILED, ok ? NULL : found, NULL);
}

static int
is_cancelled_cb (gpointer cancellable)
{
  return g_cancellable_is_cancelled (cancellable);
}

/* What quick_check says; NULL when it could not be asked. */
static char *
look_through (sqlite3 *handle, GError **error)
{
  sqlite3_stmt *stmt = NULL;
  char *found = NULL;
  int rc = sqlite3_prepare_v2 (handle, "PRAGMA quick_check (1)", -1, &stmt, NULL);

  if (rc == SQLITE_OK)
    rc = sqlite3_step (stmt);
  if (rc == SQLITE_ROW)
    found = g_strdup ((const char *)sqlite3_column_text (stmt, 0));
  else if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB)
    found = g_strdup (sqlite3_errmsg (handle));
  else if (rc == SQLITE_INTERRUPT)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                         _ ("The operation was cancelled."));
  else
    kai_data_fail (error, KAI_DATA_ERROR_IO, _ ("The store could not be looked through: %s."),
                   sqlite3_errmsg (handle));
  sqlite3_finalize (stmt);
  return found;
}

static void
check_thread (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  GError *error = NULL;
  sqlite3 *handle = NULL;
  char *found = NULL;

  if (sqlite3_open_v2 (path, &handle,
                       SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL)
      == SQLITE_OK)
    {
      if (cancellable)
        sqlite3_progress_handler (handle, STEPS_BETWEEN, is_cancelled_cb, cancellable);
      found = look_through (handle, &error);
    }
  else
    kai_data_fail (&error, KAI_DATA_ERROR_IO, _ ("The store could not be looked through: %s."),
                   handle ? sqlite3_errmsg (handle) : (const char *)path);
  sqlite3_close (handle);
  if (found)
    g_task_return_pointer (task, found, g_free);
  else
    g_task_return_error (task, error);
}

void
kai_database_look_through_async (KaiDatabase *db, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, kai_database_look_through_async);
  g_task_set_task_data (task, g_strdup (get_path (db)), g_free);
  g_task_set_check_cancellable (task, TRUE);
  g_task_run_in_thread (task, check_thread);
}

gboolean
kai_database_look_through_finish (KaiDatabase *db, GAsyncResult *result, GError **error)
{
  g_autofree char *found = g_task_propagate_pointer (G_TASK (result), error);

  if (!found)
    return FALSE;
  remember (db, found);
  return g_str_equal (found, "ok") || fail_damaged (db, found, error);
}

gboolean
kai_database_look_through (KaiDatabase *db, GError **error)
{
  g_autofree char *found = look_through (db->handle, error);

  if (!found)
    return FALSE;
  remember (db, found);
  return g_str_equal (found, "ok") || fail_damaged (db, found, error);
}
