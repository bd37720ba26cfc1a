/* Which notices lapse, when, what the log says, and that it costs nothing in a long ledger. */
#include "store-test.h"

#include "store/kai-audit-log.h"

#define TODAY 20261121

typedef struct
{
  const char *code;
  KaiNoticeState before;
  KaiSyncState sync;
  KaiDay valid_until;
  KaiNoticeState after;
} Row;

static const Row rows[] = {
  { "1", KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, 20261120, KAI_NOTICE_LAPSED },
  { "2", KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, 20261121, KAI_NOTICE_UNPAID }, /* the last day */
  { "3", KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, 20270101, KAI_NOTICE_UNPAID },
  { "4", KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, 0, KAI_NOTICE_UNPAID },
  { "5", KAI_NOTICE_PAID, KAI_SYNC_ACCEPTED, 20261120, KAI_NOTICE_PAID },
  { "6", KAI_NOTICE_VOID, KAI_SYNC_ACCEPTED, 20261120, KAI_NOTICE_VOID },
  { "7", KAI_NOTICE_LAPSED, KAI_SYNC_ACCEPTED, 20261120, KAI_NOTICE_LAPSED },
  /* Printed offline: the paper says until when. */
  { "8", KAI_NOTICE_UNPAID, KAI_SYNC_SIGNED, 20261120, KAI_NOTICE_LAPSED },
  { "9", KAI_NOTICE_UNPAID, KAI_SYNC_UNKNOWN, 20261120, KAI_NOTICE_LAPSED },
  /* These wait for the clerk or for a number. */
  { "10", KAI_NOTICE_UNPAID, KAI_SYNC_REFUSED, 20261120, KAI_NOTICE_UNPAID },
  { "", KAI_NOTICE_UNPAID, KAI_SYNC_DRAFT, 20261120, KAI_NOTICE_UNPAID },
};

static gint64
add (StoreTest *test, const Row *row)
{
  g_autoptr (KaiNotice) notice = store_test_notice (row->code);

  notice->state = row->before;
  notice->sync = row->sync;
  notice->valid_until = row->valid_until;
  store_test_insert (test->db, notice);
  return notice->id;
}

static int
lapse (StoreTest *test, KaiDay today, int limit)
{
  g_autoptr (GError) error = NULL;
  int n = kai_notice_store_lapse (test->db, today, "32068400101", limit, &error);

  g_assert_no_error (error);
  return n;
}

static void
expect_state (StoreTest *test, gint64 id, KaiNoticeState state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiNotice) notice = kai_notice_store_load (test->db, id, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (kai_notice_state_to_string (notice->state), ==,
                   kai_notice_state_to_string (state));
}

static void
test_which (StoreTest *test, gconstpointer data)
{
  gint64 ids[G_N_ELEMENTS (rows)];
  g_autoptr (GPtrArray) lines = NULL;
  const KaiAuditLine *line;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    ids[i] = add (test, &rows[i]);
  g_assert_cmpint (lapse (test, TODAY, 100), ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    expect_state (test, ids[i], rows[i].after);
  lines = kai_audit_log_list (test->db, "notice:8", 10, NULL);
  g_assert_cmpuint (lines->len, ==, 1);
  line = lines->pdata[0];
  g_assert_cmpstr (line->action, ==, "notice.lapse");
  g_assert_cmpstr (line->outcome, ==, "lapsed");
  g_assert_cmpstr (line->user, ==, "32068400101");
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM audit_log"), ==, 3);
}

/* Nothing is written when nothing is due: who only reads does not wait for who writes. */
static void
test_nothing_due (StoreTest *test, gconstpointer data)
{
  int changes = sqlite3_total_changes (kai_database_get_handle (test->db));

  g_assert_cmpint (lapse (test, TODAY, 100), ==, 0);
  add (test, &rows[1]);
  add (test, &rows[9]); /* refused: never due */
  changes = sqlite3_total_changes (kai_database_get_handle (test->db));
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (lapse (test, TODAY, 100), ==, 0);
  g_assert_cmpint (sqlite3_total_changes (kai_database_get_handle (test->db)), ==, changes);
}

static void
test_limit (StoreTest *test, gconstpointer data)
{
  for (int i = 0; i < 25; i++)
    {
      g_autofree char *code = g_strdup_printf ("%d", 100 + i);
      const Row row = { code, KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, 20261120, KAI_NOTICE_LAPSED };

      add (test, &row);
    }
  g_assert_cmpint (lapse (test, TODAY, 10), ==, 10);
  g_assert_cmpint (lapse (test, TODAY, 10), ==, 10);
  g_assert_cmpint (lapse (test, TODAY, 10), ==, 5);
  g_assert_cmpint (lapse (test, TODAY, 10), ==, 0);
}

/* The clock of the computer was a year ahead for a while. */
static void
test_wrong_clock (StoreTest *test, gconstpointer data)
{
  gint64 early = add (test, &rows[0]), later = add (test, &rows[2]);

  g_assert_cmpint (lapse (test, 20271121, 100), ==, 2);
  expect_state (test, later, KAI_NOTICE_LAPSED);
  /* In pieces, too: what is left is not forgotten. */
  g_assert_cmpint (lapse (test, TODAY, 1), ==, 1);
  g_assert_cmpint (lapse (test, TODAY, 1), ==, 0);
  expect_state (test, later, KAI_NOTICE_UNPAID);
  expect_state (test, early, KAI_NOTICE_LAPSED);
  g_assert_cmpint (lapse (test, TODAY, 100), ==, 0);
  g_assert_cmpint (lapse (test, 20270102, 100), ==, 1);
  g_assert_true (kai_audit_log_verify (test->db, NULL, NULL));
}

/* A ledger of any length: only the rows that are due are looked at. */
static void
test_plan (StoreTest *test, gconstpointer data)
{
  sqlite3 *handle = kai_database_get_handle (test->db);
  sqlite3_stmt *stmt = NULL;

  add (test, &rows[0]);
  g_assert_cmpint (lapse (test, TODAY, 100), ==, 1);
  while ((stmt = sqlite3_next_stmt (handle, stmt)))
    if (strstr (sqlite3_sql (stmt), "valid_until <"))
      {
        int steps;

        sqlite3_stmt_status (stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
        sqlite3_bind_int (stmt, 1, TODAY);
        sqlite3_step (stmt);
        steps = sqlite3_stmt_status (stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0);
        sqlite3_reset (stmt);
        g_assert_cmpint (steps, ==, 0);
        g_assert_cmpint (sqlite3_stmt_status (stmt, SQLITE_STMTSTATUS_SORT, 0), ==, 0);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/notice-lapse/which", test_which);
  store_test_add ("/notice-lapse/nothing-due", test_nothing_due);
  store_test_add ("/notice-lapse/limit", test_limit);
  store_test_add ("/notice-lapse/wrong-clock", test_wrong_clock);
  store_test_add ("/notice-lapse/plan", test_plan);
  return g_test_run ();
}
