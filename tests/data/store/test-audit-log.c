/* The log and its chain: whatever is done to a line behind the program's back is found. */
#include "store-test.h"

#include "store/kai-audit-log.h"

#include <string.h>

#define LINES 10

static void
write_lines (KaiDatabase *db)
{
  for (int i = 1; i <= LINES; i++)
    {
      g_autofree char *subject = g_strdup_printf ("notice %d", i % 3);

      g_assert_true (kai_audit_log_add (db, "32068400101", "notice.issue", subject, "ok", NULL));
    }
}

static void
test_chain (StoreTest *test, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (GPtrArray) some = NULL;
  gint64 count = -1;
  KaiAuditLine *line;

  g_assert_true (kai_audit_log_verify (test->db, &count, &error));
  g_assert_cmpint (count, ==, 0);
  write_lines (test->db);
  g_assert_true (kai_audit_log_verify (test->db, &count, &error));
  g_assert_no_error (error);
  g_assert_cmpint (count, ==, LINES);
  lines = kai_audit_log_list (test->db, NULL, 4, &error);
  g_assert_cmpuint (lines->len, ==, 4);
  line = g_ptr_array_index (lines, 0);
  g_assert_cmpint (line->id, ==, LINES);
  g_assert_cmpstr (line->user, ==, "32068400101");
  g_assert_cmpstr (line->action, ==, "notice.issue");
  g_assert_cmpstr (line->outcome, ==, "ok");
  g_assert_cmpint (line->at, >, 1600000000);
  some = kai_audit_log_list (test->db, "notice 0", 0, &error);
  g_assert_cmpuint (some->len, ==, 3);
}

/* A line that was rolled back with its change leaves no hole. */
static void
test_rollback (StoreTest *test, gconstpointer data)
{
  gint64 count;

  write_lines (test->db);
  g_assert_true (kai_database_begin (test->db, NULL));
  g_assert_true (kai_audit_log_add (test->db, "u", "a", "s", "o", NULL));
  kai_database_rollback (test->db);
  g_assert_true (kai_audit_log_add (test->db, "u", "a", "s", "o", NULL));
  g_assert_true (kai_audit_log_verify (test->db, &count, NULL));
  g_assert_cmpint (count, ==, LINES + 1);
}

typedef struct
{
  const char *name, *sql;
  int line; /* the first that is wrong */
} Tampering;

static const Tampering tamperings[] = {
  { "time", "UPDATE audit_log SET at = at + 1 WHERE id = 4", 4 },
  { "user", "UPDATE audit_log SET user = 'x' WHERE id = 1", 1 },
  { "action", "UPDATE audit_log SET action = action || ' ' WHERE id = 10", 10 },
  { "subject", "UPDATE audit_log SET subject = 'notice 9' WHERE id = 4", 4 },
  { "outcome", "UPDATE audit_log SET outcome = '' WHERE id = 4", 4 },
  { "letter-moved-to-the-next-field",
    "UPDATE audit_log SET user = '3206840010', action = '1notice.issue' WHERE id = 3", 3 },
  { "fields-swapped", "UPDATE audit_log SET action = subject, subject = action WHERE id = 6", 6 },
  { "hash", "UPDATE audit_log SET hash = zeroblob (32) WHERE id = 7", 7 },
  { "deleted", "DELETE FROM audit_log WHERE id = 5", 5 },
  { "first-deleted", "DELETE FROM audit_log WHERE id = 1", 1 },
  { "last-deleted", "DELETE FROM audit_log WHERE id = 10", 10 },
  { "all-deleted", "DELETE FROM audit_log", 1 },
  { "deleted-and-closed-up",
    "DELETE FROM audit_log WHERE id = 5;"
    "UPDATE audit_log SET id = id - 1 WHERE id > 5;"
    "UPDATE sqlite_sequence SET seq = 9",
    5 },
  { "swapped",
    "UPDATE audit_log SET id = 99 WHERE id = 2; UPDATE audit_log SET id = 2 WHERE id = 3;"
    "UPDATE audit_log SET id = 3 WHERE id = 99; UPDATE sqlite_sequence SET seq = 10",
    2 },
  { "doubled",
    "INSERT INTO audit_log SELECT 11, at, user, action, subject, outcome, hash FROM audit_log"
    " WHERE id = 10",
    11 },
};

static void
test_tampering (StoreTest *test, gconstpointer data)
{
  const Tampering *row = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *number = g_strdup_printf ("line %d ", row->line);
  gint64 count;

  write_lines (test->db);
  g_assert_cmpint (sqlite3_exec (kai_database_get_handle (test->db), row->sql, NULL, NULL, NULL),
                   ==, SQLITE_OK);
  g_assert_false (kai_audit_log_verify (test->db, &count, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
  g_assert_nonnull (strstr (error->message, number));
  g_assert_cmpint (count, ==, row->line - 1);
  g_clear_error (&error);
  /* It does not heal by going on. */
  g_assert_true (kai_audit_log_add (test->db, "u", "a", "s", "o", NULL));
  g_assert_false (kai_audit_log_verify (test->db, NULL, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/audit-log/chain", test_chain);
  store_test_add ("/audit-log/rollback", test_rollback);
  for (guint i = 0; i < G_N_ELEMENTS (tamperings); i++)
    {
      g_autofree char *path = g_strconcat ("/audit-log/tampering/", tamperings[i].name, NULL);

      g_test_add (path, StoreTest, &tamperings[i], store_test_set_up, test_tampering,
                  store_test_tear_down);
    }
  return g_test_run ();
}
