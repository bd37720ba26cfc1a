/* Stores of earlier versions, filled by the programs of their time (tests/fixtures/store): each opens, is whole, and holds what it held; so does one whose step was cut
 * short anywhere, and a damaged one is repaired. "--make N FILE" writes such a file with the schema of step N. */
#include "store-test.h"

#include "backup/kai-store-check.h"
#include "store/kai-attention.h"
#include "store/kai-audit-log.h"
#include "store/kai-code-lease.h"
#include "store/kai-ebill-store.h"
#include "store/kai-outbox.h"
#include "store/kai-vault-store.h"
#include "values/kai-problem.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#define NOTICES 40

/* ---- making one ---- */

static KaiSyncState
ebill_state (int i)
{
  return i % 8 == 1 ? KAI_SYNC_REFUSED : i % 8 == 3 ? KAI_SYNC_SIGNED : KAI_SYNC_ACCEPTED;
}

static void
add_ebill (KaiDatabase *db, const KaiNotice *notice, int i)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_create (db, notice->id, "0101", &error);

  g_assert_no_error (error);
  kai_notice_set (&record->code, "32010126");
  g_free (record->number);
  record->number = g_strdup_printf ("%010d", i);
  record->sync = ebill_state (i);
  if (record->sync == KAI_SYNC_ACCEPTED)
    record->file = g_bytes_new_static ("<file/>", 7);
  g_assert_true (kai_ebill_store_update (db, record, &error));
  g_assert_no_error (error);
  if (record->sync == KAI_SYNC_SIGNED)
    {
      g_autoptr (GBytes) body = g_bytes_new_static ("<CFX/>", 6);

      g_assert_cmpint (
          kai_outbox_add (db, record->number, "8981", body, "", &record->id, 1, &error), >, 0);
    }
}

/* Every odd one is paid, and each of these has an e-bill, was refused one, or none. */
static void
add_notice (KaiDatabase *db, int i)
{
  g_autofree char *code = g_strdup_printf ("320684260010000%05d", i);
  g_autofree char *subject = g_strconcat ("notice:", code, NULL);
  g_autoptr (KaiNotice) notice = store_test_notice (code);
  g_autoptr (GError) error = NULL;

  notice->state = i % 2 ? KAI_NOTICE_PAID : KAI_NOTICE_UNPAID;
  notice->paid_at = i % 2 ? 1795224600 + i : 0;
  notice->sync = KAI_SYNC_ACCEPTED;
  store_test_insert (db, notice);
  g_assert_true (kai_audit_log_add (db, "u", "notice.issue", subject, "queued", &error));
  if (i % 2 && i % 8 != 7)
    add_ebill (db, notice, i);
}

static int
make_file (int version, const char *path)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *made = g_build_filename (dir, "store.db", NULL);
  KaiSchema schema = kai_store_schema;
  g_autoptr (GError) error = NULL;
  KaiDatabase *db;

  schema.last = version;
  db = kai_database_open (dir, "store.db", &schema, &error);
  g_assert_no_error (error);
  store_test_unlock (db);
  kai_code_lease_add (db, "320684", 2026, "001", 1, 100, &error);
  for (int i = 1; i <= NOTICES; i++)
    add_notice (db, i);
  g_assert_true (kai_database_run (db, &error, "PRAGMA wal_checkpoint (TRUNCATE)", NULL));
  kai_database_close (db);
  return g_rename (made, path) == 0 ? 0 : 1;
}

/* ---- opening them ---- */

typedef struct
{
  const char *name;
  int version;
} Fixture;
static const Fixture fixtures[] = { { "store/007.db.gz", 7 } };

static void
unpack (const char *fixture, const char *path)
{
  g_autofree char *from = kai_test_fixture (fixture);
  g_autoptr (GFile) source = g_file_new_for_path (from);
  g_autoptr (GFile) target = g_file_new_for_path (path);
  g_autoptr (GZlibDecompressor) gunzip = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInputStream) input = g_file_read (source, NULL, &error);
  g_autoptr (GFileOutputStream) output =
      g_file_replace (target, NULL, FALSE, G_FILE_CREATE_PRIVATE, NULL, &error);
  g_autoptr (GInputStream) plain = NULL;

  g_assert_no_error (error);
  plain = g_converter_input_stream_new (G_INPUT_STREAM (input), G_CONVERTER (gunzip));
  g_output_stream_splice (G_OUTPUT_STREAM (output), plain,
                          G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
                          NULL, &error);
  g_assert_no_error (error);
}

/* All that it held, under the rules of today. */
static void
check_store (const char *dir)
{
  g_autoptr (KaiDatabase) db = store_test_open (dir);
  KaiAttentionQuery query = { .today = 20261121, .lapse_days = 3 };
  g_autoptr (GPtrArray) problems =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_problem_free);
  g_autoptr (GError) error = NULL;
  KaiAttention *attention;
  int without = 0;

  for (int i = 1; i <= NOTICES; i += 2)
    without += i % 8 == 7 || ebill_state (i) == KAI_SYNC_REFUSED;
  g_assert_cmpint (store_test_int (db, "PRAGMA user_version"), ==,
                   kai_schema_get_version (&kai_store_schema));
  g_assert_true (kai_database_check (db, &error));
  g_assert_true (kai_audit_log_verify (db, NULL, &error));
  g_assert_true (kai_store_check (db, problems, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 0);
  attention = kai_attention_load (db, &query, &error);
  g_assert_no_error (error);
  g_assert_cmpint (attention->unpaid.count, ==, NOTICES / 2);
  g_assert_cmpint (attention->unswapped.count, ==, without);
  kai_attention_free (attention);
  for (int i = 1; i <= NOTICES; i++)
    {
      g_autofree char *code = g_strdup_printf ("320684260010000%05d", i);
      g_autoptr (KaiNotice) notice = kai_notice_store_find (db, code, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (notice->payer_name, ==, "王小明");
      g_assert_cmpint (notice->amount, ==, 15000);
      g_assert_cmpuint (notice->items->len, ==, 2);
      g_assert_cmpint (notice->state, ==, i % 2 ? KAI_NOTICE_PAID : KAI_NOTICE_UNPAID);
      g_assert_cmpint (notice->has_ebill, ==, i % 2 && i % 8 != 7);
    }
  /* Work goes on. */
  add_notice (db, NOTICES + 1);
}

static void
test_open (gconstpointer data)
{
  const Fixture *fixture = data;
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "store.db", NULL);

  unpack (fixture->name, path);
  check_store (dir);
}

/* Rubbish over the first page of a table or index; returns what the file is then. */
static char *
damage (const char *path, const char *name, gsize *size)
{
  g_autofree char *sql =
      g_strdup_printf ("SELECT rootpage FROM sqlite_schema WHERE name = '%s'", name);
  sqlite3 *handle = NULL;
  sqlite3_stmt *stmt = NULL;
  char *bytes = NULL;
  gsize at;

  g_assert_cmpint (sqlite3_open (path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (handle, sql, -1, &stmt, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (stmt), ==, SQLITE_ROW);
  at = (gsize)(sqlite3_column_int (stmt, 0) - 1) * 4096;
  sqlite3_finalize (stmt);
  sqlite3_close (handle);
  g_assert_true (g_file_get_contents (path, &bytes, size, NULL));
  memset (bytes + at, 0xa5, 4096);
  g_assert_true (g_file_set_contents (path, bytes, (gssize)*size, NULL));
  return bytes;
}

/* An index is lost: it is repaired in its own version, and then brought up to date. Rows are lost: nothing is changed. */
static void
test_repair (gconstpointer data)
{
  const Fixture *fixture = data;
  static const struct
  {
    const char *root;
    gboolean repaired;
  } rows[] = { { "notice_by_date", TRUE },
               { "notice_by_payment_code", TRUE },
               { "notice", FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
      g_autofree char *path = g_build_filename (dir, "store.db", NULL);
      g_autofree char *kept = NULL;
      g_autofree char *before = NULL, *after = NULL;
      gsize size, size_after;
      g_autoptr (GError) error = NULL;

      unpack (fixture->name, path);
      before = damage (path, rows[i].root, &size);
      g_assert_cmpint (kai_store_repair (dir, "store.db", &kept, &error), ==, rows[i].repaired);
      if (rows[i].repaired)
        {
          g_assert_no_error (error);
          g_assert_nonnull (kept);
          check_store (dir);
          continue;
        }
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
      g_assert_true (g_file_get_contents (path, &after, &size_after, NULL));
      g_assert_cmpmem (before, size, after, size_after);
    }
}

/* The very first schema, whose personal data was in the open: brought up to date behind the repair, and sealed by the next key as ever. */
static void
test_repair_first (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "store.db", NULL);
  g_autofree char *kept = NULL, *bytes = NULL;
  g_autoptr (KaiDatabase) db = NULL;
  g_autoptr (GError) error = NULL;
  gint64 notices, lines;
  gsize size;

  unpack ("store/001.db.gz", path);
  db = kai_database_open_as_is (dir, "store.db", &kai_store_schema, &error);
  g_assert_no_error (error);
  notices = store_test_int (db, "SELECT count(*) FROM notice");
  lines = store_test_int (db, "SELECT count(*) FROM audit_log");
  g_clear_pointer (&db, kai_database_close);
  bytes = damage (path, "notice_by_date", &size);
  kai_store_repair (dir, "store.db", &kept, &error);
  g_assert_no_error (error);
  g_assert_nonnull (kept);
  db = store_test_open (dir);
  g_assert_true (kai_vault_store_seal_old (db, &error));
  g_assert_no_error (error);
  g_assert_cmpint (store_test_int (db, "SELECT count(*) FROM notice"), ==, notices);
  /* And the line that tells of the repair. */
  g_assert_cmpint (store_test_int (db, "SELECT count(*) FROM audit_log"), >=, lines + 1);
  g_assert_cmpint (store_test_int (db, "SELECT count(*) FROM notice WHERE length(sealed) = 0"), ==,
                   0);
  g_assert_true (kai_database_check (db, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  if (argc == 4 && g_str_equal (argv[1], "--make"))
    return make_file (atoi (argv[2]), argv[3]);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fixtures); i++)
    {
      g_autofree char *open = g_strdup_printf ("/schema-steps/open/%03d", fixtures[i].version);
      g_autofree char *repair = g_strdup_printf ("/schema-steps/repair/%03d", fixtures[i].version);

      g_test_add_data_func (open, &fixtures[i], test_open);
      g_test_add_data_func (repair, &fixtures[i], test_repair);
    }
  g_test_add_func ("/schema-steps/repair/001", test_repair_first);
  return g_test_run ();
}
