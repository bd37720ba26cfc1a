/* Large files are looked through beside the work, and what is found is remembered. */
#include "store-test.h"

#include <glib/gstdio.h>
#include <stdio.h>

#include "store/kai-database-health.h"

/* Large enough not to be looked through at each start. */
static void
fill (StoreTest *test)
{
  store_test_run (test->db, "CREATE TABLE bulk (content BLOB)");
  for (int i = 0; i < 6; i++)
    store_test_run (test->db, "INSERT INTO bulk VALUES (randomblob (1000000))");
  store_test_run (test->db, "PRAGMA wal_checkpoint (TRUNCATE)");
}

/* Overwrites what lies in the first of those. */
static void
damage (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "store.db", NULL);
  g_autofree char *rubbish = g_strnfill (65536, 'x');
  FILE *file = g_fopen (path, "r+b");
  long size;

  g_assert_nonnull (file);
  g_assert_cmpint (fseek (file, 0, SEEK_END), ==, 0);
  size = ftell (file);
  g_assert_cmpint (size, >, 6000000);
  g_assert_cmpint (fseek (file, size - 5500000, SEEK_SET), ==, 0);
  g_assert_cmpuint (fwrite (rubbish, 1, 65536, file), ==, 65536);
  g_assert_cmpint (fclose (file), ==, 0);
}

static void
on_done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **)data = g_object_ref (result);
}

static gboolean
look_through (KaiDatabase *db, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  kai_database_look_through_async (db, cancellable, on_done_cb, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  return kai_database_look_through_finish (db, result, error);
}

static void
test_small (StoreTest *test, gconstpointer data)
{
  g_assert_false (kai_database_is_check_due (test->db));
}

static void
test_sound (StoreTest *test, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fill (test);
  g_assert_true (kai_database_is_check_due (test->db));
  look_through (test->db, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (kai_database_is_check_due (test->db));
  store_test_run (test->db, "UPDATE setting SET value = value - 86401 WHERE key = 'checked_at'");
  g_assert_true (kai_database_is_check_due (test->db));
  kai_database_look_through (test->db, &error);
  g_assert_no_error (error);
  g_assert_false (kai_database_is_check_due (test->db));
  /* A clock that was set back does not put it off for ever. */
  store_test_run (test->db, "UPDATE setting SET value = value + 1000 WHERE key = 'checked_at'");
  g_assert_true (kai_database_is_check_due (test->db));
}

static void
test_cancelled (StoreTest *test, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  fill (test);
  g_cancellable_cancel (cancellable);
  g_assert_false (look_through (test->db, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (kai_database_is_check_due (test->db));
}

/* Found once, it keeps the store closed; one that is restored opens. */
static void
test_damaged (StoreTest *test, gconstpointer data)
{
  g_autofree char *dir = g_build_filename (test->dir, "other", NULL);
  StoreTest other = { .dir = dir, .db = store_test_open (dir) };
  g_autoptr (GError) error = NULL;
  gboolean at_once = GPOINTER_TO_INT (data);

  fill (&other);
  kai_database_close (other.db);
  damage (dir);
  other.db = store_test_open (dir); /* nobody waits for it at the start */
  g_assert_false (at_once ? kai_database_look_through (other.db, &error)
                          : look_through (other.db, NULL, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
  g_clear_error (&error);
  kai_database_close (other.db);
  g_assert_null (kai_database_open (dir, "store.db", &kai_store_schema, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/database-health/small", test_small);
  store_test_add ("/database-health/sound", test_sound);
  store_test_add ("/database-health/cancelled", test_cancelled);
  g_test_add ("/database-health/damaged-beside", StoreTest, GINT_TO_POINTER (FALSE),
              store_test_set_up, test_damaged, store_test_tear_down);
  g_test_add ("/database-health/damaged-at-once", StoreTest, GINT_TO_POINTER (TRUE),
              store_test_set_up, test_damaged, store_test_tear_down);
  return g_test_run ();
}
