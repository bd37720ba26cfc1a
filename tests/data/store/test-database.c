/* The database: what it refuses to open, what its errors are called, transactions that nest. */
#include "store-test.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
assert_cannot_open (const char *dir, const char *name, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (kai_database_open (dir, name, &kai_store_schema, &error));
  g_assert_error (error, KAI_DATA_ERROR, code);
  /* A sentence, not a code. */
  g_assert_cmpuint (strlen (error->message), >, 20);
}

static void
assert_mode (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  GStatBuf status;

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
}

/* ---- Opening ---- */

static void
test_new_store (void)
{
  g_autoptr (KaiTestDir) parent = kai_test_make_dir ();
  g_autofree char *dir = g_build_filename (parent, "a", "b", NULL);
  g_autoptr (KaiDatabase) db = NULL;
  mode_t old = umask (0);
  GStatBuf status;

  db = store_test_open (dir);
  store_test_run (db, "INSERT INTO setting VALUES ('k', 'v')");
  umask (old);
  g_assert_cmpstr (kai_database_get_dir (db), ==, dir);
  g_assert_cmpint (g_stat (dir, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0700);
  assert_mode (dir, "store.db");
  assert_mode (dir, "store.db-wal");
  assert_mode (dir, "store.db-shm");
  g_assert_cmpint (store_test_int (db, "PRAGMA user_version"), >=, 1);
  g_assert_cmpint (store_test_int (db, "PRAGMA foreign_keys"), ==, 1);
  g_assert_cmpint (store_test_int (db, "PRAGMA synchronous"), ==, 2);
}

static void
test_open_again (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "store.db", NULL);
  KaiDatabase *db = store_test_open (dir);
  g_autofree char *value = NULL;
  GStatBuf status;

  g_assert_true (kai_database_set_setting (db, "who", "钱", NULL));
  kai_database_close (db);
  /* One that others may read is closed to them. */
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  db = store_test_open (dir);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  value = kai_database_dup_setting (db, "who");
  g_assert_cmpstr (value, ==, "钱");
  g_assert_null (kai_database_dup_setting (db, "nobody"));
  g_assert_true (kai_database_set_setting (db, "who", NULL, NULL));
  g_assert_null (kai_database_dup_setting (db, "who"));
  kai_database_close (db);
}

static gpointer
open_and_write (gpointer dir)
{
  g_autoptr (GError) error = NULL;
  KaiDatabase *db = kai_database_open (dir, "store.db", &kai_store_schema, &error);

  if (db)
    kai_database_run (db, &error,
                      "INSERT INTO setting VALUES ('n', '1') ON CONFLICT (key)"
                      " DO UPDATE SET value = value + 1",
                      NULL);
  kai_database_close (db);
  return g_steal_pointer (&error);
}

/* The window, its worker and the command line may all be the first. */
static void
test_open_at_once (void)
{
  for (int round = 0; round < 10; round++)
    {
      g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
      g_autofree char *value = NULL;
      g_autoptr (KaiDatabase) db = NULL;
      GThread *threads[8];

      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new ("open", open_and_write, dir);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        {
          g_autoptr (GError) error = g_thread_join (threads[i]);

          g_assert_no_error (error);
        }
      db = store_test_open (dir);
      value = kai_database_dup_setting (db, "n");
      g_assert_cmpstr (value, ==, "8");
    }
}

static void
test_unwritable (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *file = g_build_filename (dir, "file", NULL);
  g_autofree char *below = g_build_filename (file, "home", NULL);
  g_autofree char *folder = g_build_filename (dir, "store.db", NULL);

  g_assert_true (g_file_set_contents (file, "text", -1, NULL));
  assert_cannot_open (file, "store.db", KAI_DATA_ERROR_READ_ONLY);
  assert_cannot_open (below, "store.db", KAI_DATA_ERROR_READ_ONLY);
  assert_cannot_open ("/proc/kaipiao", "store.db", KAI_DATA_ERROR_READ_ONLY);
  assert_cannot_open ("/proc", "store.db", KAI_DATA_ERROR_READ_ONLY);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  assert_cannot_open (dir, "store.db", KAI_DATA_ERROR_READ_ONLY);
}

static void
test_link (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *target = g_build_filename (dir, "elsewhere", NULL);
  g_autofree char *path = g_build_filename (dir, "store.db", NULL);
  g_autofree char *home = g_build_filename (dir, "home", NULL);
  g_autofree char *linked = g_build_filename (dir, "linked-home", NULL);

  g_assert_true (g_file_set_contents (target, "precious", -1, NULL));
  g_assert_cmpint (symlink (target, path), ==, 0);
  assert_cannot_open (dir, "store.db", KAI_DATA_ERROR_READ_ONLY);
  g_assert_cmpint (g_unlink (path), ==, 0);
  /* A link on the way is the owner's own business. */
  g_assert_cmpint (g_mkdir (home, 0700), ==, 0);
  g_assert_cmpint (symlink (home, linked), ==, 0);
  kai_database_close (store_test_open (linked));
  kai_database_close (store_test_open (home));
}

static void
test_not_a_database (void)
{
  static const char *const contents[] = {
    "this is a text and no database, however long it may go on, and it goes on for quite a while"
    " so that it is longer than the head of one",
    "x",
  };

  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
      g_autofree char *path = g_build_filename (dir, "store.db", NULL);
      g_autofree char *after = NULL;

      g_assert_true (g_file_set_contents (path, contents[i], -1, NULL));
      assert_cannot_open (dir, "store.db", KAI_DATA_ERROR_DAMAGED);
      g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, contents[i]);
    }
}

/* Left by a crash before the first page: as good as none. */
static void
test_empty_file (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "store.db", NULL);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  kai_database_close (store_test_open (dir));
}

typedef struct
{
  const char *name;
  const char *sql; /* done to a new file, or to a store of ours */
  gboolean ours;
  int code;
} Strange;

static const Strange strange[] = {
  { "another-program", "CREATE TABLE t (a)", FALSE, KAI_DATA_ERROR_DAMAGED },
  { "another-id", "PRAGMA application_id = 1234; CREATE TABLE t (a)", FALSE,
    KAI_DATA_ERROR_DAMAGED },
  { "id-only", "PRAGMA application_id = 1234", FALSE, KAI_DATA_ERROR_DAMAGED },
  { "version-only", "PRAGMA user_version = 1", FALSE, KAI_DATA_ERROR_DAMAGED },
  { "id-taken-away", "PRAGMA application_id = 0", TRUE, KAI_DATA_ERROR_DAMAGED },
  { "version-taken-away", "PRAGMA user_version = 0", TRUE, KAI_DATA_ERROR_DAMAGED },
  { "version-below-zero", "PRAGMA user_version = -5", TRUE, KAI_DATA_ERROR_DAMAGED },
  { "newer", "PRAGMA user_version = 999", TRUE, KAI_DATA_ERROR_NEWER },
};

static void
test_strange (gconstpointer data)
{
  const Strange *row = data;
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "store.db", NULL);
  sqlite3 *handle = NULL;

  if (row->ours)
    kai_database_close (store_test_open (dir));
  g_assert_cmpint (sqlite3_open (path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, row->sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (handle);
  assert_cannot_open (dir, "store.db", row->code);
}

static void
fill (KaiDatabase *db, int rows)
{
  g_assert_true (kai_database_begin (db, NULL));
  for (int i = 0; i < rows; i++)
    {
      g_autofree char *code = g_strdup_printf ("%020d", i);
      g_autoptr (KaiNotice) notice = store_test_notice (code);

      store_test_insert (db, notice);
    }
  g_assert_true (kai_database_commit (db, NULL));
}

/* Wherever a page is overwritten or the file is cut, it does not open, or a full check finds it. */
static void
test_damaged (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "store.db", NULL);
  g_autofree char *whole = NULL;
  KaiDatabase *db = store_test_open (dir);
  gsize length;
  int refused = 0;

  fill (db, 200);
  kai_database_close (db);
  g_assert_true (g_file_get_contents (path, &whole, &length, NULL));
  g_assert_cmpuint (length, >, 20 * 4096);
  for (gsize page = 1; page < 20; page++)
    {
      g_autofree char *bad = g_memdup2 (whole, length);
      g_autoptr (GError) error = NULL;
      gboolean ok;

      memset (bad + page * 4096, 0x5a, 1024);
      g_assert_true (g_file_set_contents (path, bad, (gssize)length, NULL));
      db = kai_database_open (dir, "store.db", &kai_store_schema, &error);
      ok = db && kai_database_check (db, &error);
      g_assert_false (ok);
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
      refused += db == NULL;
      kai_database_close (db);
    }
  g_assert_cmpint (refused, >, 15);
  g_assert_true (g_file_set_contents (path, whole, (gssize)length / 2, NULL));
  assert_cannot_open (dir, "store.db", KAI_DATA_ERROR_DAMAGED);
  g_assert_true (g_file_set_contents (path, whole, (gssize)length, NULL));
  kai_database_close (store_test_open (dir));
}

static void
test_check_finds_orphan (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (KaiDatabase) db = store_test_open (dir);
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_database_check (db, &error));
  g_assert_no_error (error);
  store_test_run (db, "PRAGMA foreign_keys = OFF");
  store_test_run (db,
                  "INSERT INTO outbox_subject (outbox_id, position, subject_id) VALUES (77, 0, 1)");
  g_assert_false (kai_database_check (db, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
  g_assert_nonnull (strstr (error->message, "outbox_subject"));
}

/* ---- Errors ---- */

static void
test_disk_full (StoreTest *test, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *big = g_strnfill (200000, 'x');
  gint64 pages = store_test_int (test->db, "PRAGMA page_count");
  g_autofree char *limit = g_strdup_printf ("PRAGMA max_page_count = %" G_GINT64_FORMAT, pages + 8);

  store_test_run (test->db, limit);
  g_assert_true (kai_database_begin (test->db, NULL));
  g_assert_true (kai_database_set_setting (test->db, "before", "1", NULL));
  g_assert_false (kai_database_set_setting (test->db, "big", big, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_FULL);
  g_clear_error (&error);
  /* SQLite may have rolled back by itself: what comes now must not be saved alone. */
  kai_database_set_setting (test->db, "after", "1", NULL);
  kai_database_rollback (test->db);
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM setting"), ==, 0);
  /* The store goes on when there is room again. */
  store_test_run (test->db, "PRAGMA max_page_count = 1000000");
  g_assert_true (kai_database_set_setting (test->db, "big", big, &error));
  g_assert_no_error (error);
}

/* A caller that overlooks the failure cannot commit the rest. */
static void
test_rolled_back_by_sqlite (StoreTest *test, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_database_begin (test->db, NULL));
  g_assert_true (kai_database_set_setting (test->db, "one", "1", NULL));
  store_test_run (test->db, "ROLLBACK");
  g_assert_false (kai_database_set_setting (test->db, "two", "2", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_false (kai_database_commit (test->db, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM setting"), ==, 0);
}

static void
test_busy (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiDatabase) other = store_test_open (test->dir);
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_database_begin (other, NULL));
  sqlite3_busy_timeout (kai_database_get_handle (test->db), 20);
  g_assert_false (kai_database_begin (test->db, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_BUSY);
  g_assert_false (kai_database_in_transaction (test->db));
  kai_database_rollback (other);
  g_assert_true (kai_database_begin (test->db, NULL));
  kai_database_rollback (test->db);
}

static void
test_other_errors (StoreTest *test, gconstpointer data)
{
  static const struct
  {
    const char *sql;
    int code;
  } rows[] = {
    { "INSERT INTO setting VALUES ('k', 'v')", KAI_DATA_ERROR_CONFLICT },
    { "INSERT INTO setting VALUES ('n', NULL)", KAI_DATA_ERROR_INVALID },
    { "INSERT INTO outbox_subject (outbox_id, position, subject_id) VALUES (5, 5, 5)",
      KAI_DATA_ERROR_INVALID },
    { "SELECT nothing FROM nowhere", KAI_DATA_ERROR_IO },
  };

  store_test_run (test->db, "INSERT INTO setting VALUES ('k', 'v')");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (kai_database_run (test->db, &error, rows[i].sql, NULL));
      g_assert_error (error, KAI_DATA_ERROR, rows[i].code);
    }
  {
    g_autoptr (GError) error = NULL;

    store_test_run (test->db, "PRAGMA query_only = ON");
    g_assert_false (kai_database_set_setting (test->db, "x", "y", &error));
    g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_READ_ONLY);
    store_test_run (test->db, "PRAGMA query_only = OFF");
  }
}

static int
interrupt_cb (void *data)
{
  return 1;
}

static void
test_interrupted (StoreTest *test, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  sqlite3_progress_handler (kai_database_get_handle (test->db), 1, interrupt_cb, NULL);
  g_assert_cmpint (
      kai_database_get_int (test->db, -1, &error, "SELECT count(*) FROM sqlite_schema", NULL), ==,
      -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  sqlite3_progress_handler (kai_database_get_handle (test->db), 0, NULL, NULL);
}

/* ---- Statements ---- */

static void
test_values (StoreTest *test, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new ("a\0b", 3);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) read = NULL;
  g_autoptr (GBytes) read_empty = NULL;
  g_autofree char *text = NULL;
  gboolean row;
  sqlite3_stmt *stmt = kai_database_prepare (test->db, "SELECT ?, ?, ?, ?, ?, ?, ?, ?", NULL);

  kai_statement_bind (stmt, "ilsstbbb", 7, G_MAXINT64, "文", NULL, NULL, bytes, empty, NULL);
  g_assert_true (kai_database_step (test->db, stmt, &row, NULL));
  g_assert_true (row);
  g_assert_cmpint (sqlite3_column_int (stmt, 0), ==, 7);
  g_assert_cmpint (sqlite3_column_int64 (stmt, 1), ==, G_MAXINT64);
  text = kai_column_dup (stmt, 2);
  g_assert_cmpstr (text, ==, "文");
  g_assert_cmpint (sqlite3_column_type (stmt, 3), ==, SQLITE_NULL);
  g_assert_cmpint (sqlite3_column_type (stmt, 4), ==, SQLITE_TEXT);
  read = kai_column_bytes (stmt, 5);
  g_assert_true (g_bytes_equal (read, bytes));
  read_empty = kai_column_bytes (stmt, 6);
  g_assert_cmpuint (g_bytes_get_size (read_empty), ==, 0);
  g_assert_null (kai_column_bytes (stmt, 7));
  g_assert_true (kai_database_step (test->db, stmt, &row, NULL));
  g_assert_false (row);
  /* The same statement again, with nothing left in it. */
  g_assert_true (kai_database_prepare (test->db, "SELECT ?, ?, ?, ?, ?, ?, ?, ?", NULL) == stmt);
  g_assert_true (kai_database_step (test->db, stmt, &row, NULL));
  g_assert_cmpint (sqlite3_column_type (stmt, 0), ==, SQLITE_NULL);
  sqlite3_reset (stmt);
}

static void
test_data_version (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiDatabase) other = store_test_open (test->dir);
  gint64 before = kai_database_data_version (test->db);

  g_assert_cmpint (kai_database_data_version (test->db), ==, before);
  g_assert_true (kai_database_set_setting (test->db, "mine", "1", NULL));
  g_assert_cmpint (kai_database_data_version (test->db), ==, before);
  g_assert_true (kai_database_set_setting (other, "other", "1", NULL));
  g_assert_cmpint (kai_database_data_version (test->db), !=, before);
}

/* ---- Transactions ---- */

static void
test_nesting (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiDatabase) other = store_test_open (test->dir);

  g_assert_true (kai_database_begin (test->db, NULL));
  g_assert_true (kai_database_begin (test->db, NULL));
  g_assert_true (kai_database_set_setting (test->db, "k", "1", NULL));
  g_assert_true (kai_database_commit (test->db, NULL));
  g_assert_true (kai_database_in_transaction (test->db));
  g_assert_null (kai_database_dup_setting (other, "k"));
  g_assert_true (kai_database_commit (test->db, NULL));
  g_assert_false (kai_database_in_transaction (test->db));
  g_assert_cmpint (store_test_int (other, "SELECT count(*) FROM setting"), ==, 1);
}

static void
test_inner_rollback_dooms (StoreTest *test, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_database_begin (test->db, NULL));
  g_assert_true (kai_database_set_setting (test->db, "outer", "1", NULL));
  g_assert_true (kai_database_begin (test->db, NULL));
  g_assert_true (kai_database_set_setting (test->db, "inner", "1", NULL));
  kai_database_rollback (test->db);
  g_assert_true (kai_database_in_transaction (test->db));
  /* Something more does not heal it. */
  g_assert_true (kai_database_begin (test->db, NULL));
  g_assert_true (kai_database_commit (test->db, NULL));
  g_assert_false (kai_database_commit (test->db, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_assert_false (kai_database_in_transaction (test->db));
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM setting"), ==, 0);
  /* The next one is not doomed. */
  g_assert_true (kai_database_begin (test->db, NULL));
  g_assert_true (kai_database_set_setting (test->db, "next", "1", NULL));
  g_assert_true (kai_database_commit (test->db, NULL));
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM setting"), ==, 1);
}

/* Readers see one state through a read transaction, and nobody waits for it. */
static void
test_read_transaction (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiDatabase) other = store_test_open (test->dir);

  g_assert_true (kai_database_begin_read (test->db, NULL));
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM setting"), ==, 0);
  g_assert_true (kai_database_set_setting (other, "k", "1", NULL));
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM setting"), ==, 0);
  g_assert_true (kai_database_commit (test->db, NULL));
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM setting"), ==, 1);
}

/* What reads and writes in turn without a transaction is refused by SQLite as soon as another program writes. */
static void
test_write_while_reading (StoreTest *test, gconstpointer data)
{
  sqlite3_stmt *stmt;
  gboolean row;

  if (g_test_subprocess ())
    {
      stmt = kai_database_prepare (test->db, "SELECT key FROM setting UNION SELECT ''", NULL);
      kai_database_step (test->db, stmt, &row, NULL);
      kai_database_set_setting (test->db, "a", "1", NULL);
      exit (0);
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*is written while*");
  /* Within a transaction it may. */
  g_assert_true (kai_database_begin (test->db, NULL));
  stmt = kai_database_prepare (test->db, "SELECT key FROM setting UNION SELECT ''", NULL);
  g_assert_true (kai_database_step (test->db, stmt, &row, NULL));
  g_assert_true (kai_database_set_setting (test->db, "a", "1", NULL));
  sqlite3_reset (stmt);
  g_assert_true (kai_database_commit (test->db, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/database/new-store", test_new_store);
  g_test_add_func ("/database/open-again", test_open_again);
  g_test_add_func ("/database/open-at-once", test_open_at_once);
  g_test_add_func ("/database/unwritable", test_unwritable);
  g_test_add_func ("/database/link", test_link);
  g_test_add_func ("/database/not-a-database", test_not_a_database);
  g_test_add_func ("/database/empty-file", test_empty_file);
  for (guint i = 0; i < G_N_ELEMENTS (strange); i++)
    {
      g_autofree char *path = g_strconcat ("/database/strange/", strange[i].name, NULL);

      g_test_add_data_func (path, &strange[i], test_strange);
    }
  g_test_add_func ("/database/damaged", test_damaged);
  g_test_add_func ("/database/check-finds-orphan", test_check_finds_orphan);
  store_test_add ("/database/disk-full", test_disk_full);
  store_test_add ("/database/rolled-back-by-sqlite", test_rolled_back_by_sqlite);
  store_test_add ("/database/busy", test_busy);
  store_test_add ("/database/other-errors", test_other_errors);
  store_test_add ("/database/interrupted", test_interrupted);
  store_test_add ("/database/values", test_values);
  store_test_add ("/database/data-version", test_data_version);
  store_test_add ("/database/write-while-reading", test_write_while_reading);
  store_test_add ("/database/nesting", test_nesting);
  store_test_add ("/database/inner-rollback-dooms", test_inner_rollback_dooms);
  store_test_add ("/database/read-transaction", test_read_transaction);
  return g_test_run ();
}
