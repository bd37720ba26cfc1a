/* Leased payment codes and import batches: used up in order, never twice; the same workbook, the same batch. */
#include "store-test.h"

#include "store/kai-code-lease.h"
#include "store/kai-import-store.h"

#include <string.h>

static void
lease (KaiDatabase *db, int year, gint64 first, gint64 last)
{
  g_autoptr (GError) error = NULL;

  kai_code_lease_add (db, "320684", year, "010", first, last, &error);
  g_assert_no_error (error);
}

static void
assert_take (KaiDatabase *db, int year, gint64 sequence)
{
  const KaiPaymentCodeRule *rule = kai_payment_code_rule_default ();
  g_autofree char *expected = kai_payment_code_build (rule, "320684", year, "010", sequence, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *code = kai_code_lease_take (db, rule, year, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (code, ==, expected);
}

static void
assert_none_left (KaiDatabase *db, int year)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (kai_code_lease_take (db, kai_payment_code_rule_default (), year, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NO_NUMBERS);
  g_assert_cmpint (kai_code_lease_left (db, year, NULL), ==, 0);
}

static void
test_in_order (StoreTest *test, gconstpointer data)
{
  assert_none_left (test->db, 2026);
  lease (test->db, 2026, 501, 503);
  lease (test->db, 2026, 101, 102);
  lease (test->db, 2027, 501, 501);
  g_assert_cmpint (kai_code_lease_left (test->db, 2026, NULL), ==, 5);
  /* The first lease is used up before the second. */
  for (gint64 sequence = 501; sequence <= 503; sequence++)
    assert_take (test->db, 2026, sequence);
  g_assert_cmpint (kai_code_lease_left (test->db, 2026, NULL), ==, 2);
  assert_take (test->db, 2026, 101);
  assert_take (test->db, 2026, 102);
  assert_none_left (test->db, 2026);
  assert_take (test->db, 2027, 501);
  assert_none_left (test->db, 2027);
}

/* With a change that is rolled back its number is free again; one that was committed never. */
static void
test_rollback (StoreTest *test, gconstpointer data)
{
  lease (test->db, 2026, 1, 10);
  g_assert_true (kai_database_begin (test->db, NULL));
  assert_take (test->db, 2026, 1);
  assert_take (test->db, 2026, 2);
  kai_database_rollback (test->db);
  assert_take (test->db, 2026, 1);
  kai_database_close (test->db);
  test->db = store_test_open (test->dir);
  assert_take (test->db, 2026, 2);
}

static void
test_overlap (StoreTest *test, gconstpointer data)
{
  static const struct
  {
    gint64 first, last;
    int code; /* -1: fits */
  } rows[] = {
    { 100, 199, KAI_DATA_ERROR_CONFLICT },
    { 150, 160, KAI_DATA_ERROR_CONFLICT },
    { 50, 100, KAI_DATA_ERROR_CONFLICT },
    { 199, 300, KAI_DATA_ERROR_CONFLICT },
    { 1, 1000, KAI_DATA_ERROR_CONFLICT },
    { 5, 4, KAI_DATA_ERROR_INVALID },
    { -1, 4, KAI_DATA_ERROR_INVALID },
    { 1, G_MAXINT64, KAI_DATA_ERROR_INVALID },
    { 50, 99, -1 },
    { 200, 300, -1 },
  };

  lease (test->db, 2026, 100, 199);
  /* Used numbers are still taken. */
  assert_take (test->db, 2026, 100);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean ok =
          kai_code_lease_add (test->db, "320684", 2026, "010", rows[i].first, rows[i].last, &error);

      g_test_message ("%d to %d: %s", (int)rows[i].first, (int)rows[i].last,
                      ok ? "added" : error->message);
      g_assert_cmpint (ok, ==, rows[i].code < 0);
      if (!ok)
        g_assert_error (error, KAI_DATA_ERROR, rows[i].code);
    }
  /* Another year, region or assigning unit has numbers of its own. */
  lease (test->db, 2027, 100, 199);
  g_assert_true (kai_code_lease_add (test->db, "320600", 2026, "010", 100, 199, NULL));
  g_assert_true (kai_code_lease_add (test->db, "320684", 2026, "011", 100, 199, NULL));
}

/* The table itself refuses to give a number again. */
static void
test_no_reuse (StoreTest *test, gconstpointer data)
{
  static const char *const statements[] = {
    "UPDATE code_lease SET next = 1",           "UPDATE code_lease SET first = 0",
    "UPDATE code_lease SET last = 5, next = 5", "UPDATE code_lease SET year = 2027",
    "UPDATE code_lease SET next = 12",
  };

  lease (test->db, 2026, 1, 10);
  assert_take (test->db, 2026, 1);
  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (kai_database_run (test->db, &error, statements[i], NULL));
      g_assert_nonnull (error);
    }
  assert_take (test->db, 2026, 2);
}

static void
test_two_desks (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiDatabase) other = store_test_open (test->dir);

  lease (test->db, 2026, 1, 100);
  for (gint64 sequence = 1; sequence < 50; sequence += 2)
    {
      assert_take (test->db, 2026, sequence);
      assert_take (other, 2026, sequence + 1);
    }
}

static void
test_import_batch (StoreTest *test, gconstpointer data)
{
  g_autofree char *first = NULL;
  g_autofree char *again = NULL;
  g_autofree char *other_kind = NULL;
  g_autofree char *other_content = NULL;
  gboolean is_new = FALSE;

  g_assert_true (kai_import_store_get_batch (test->db, "hash1", "education", "班级.xlsx", &first,
                                             &is_new, NULL));
  g_assert_true (is_new);
  g_assert_cmpuint (strlen (first), ==, 21);
  /* The name does not matter: what is in it does. */
  g_assert_true (kai_import_store_get_batch (test->db, "hash1", "education", "copy.xlsx", &again,
                                             &is_new, NULL));
  g_assert_false (is_new);
  g_assert_cmpstr (again, ==, first);
  g_assert_true (kai_import_store_get_batch (test->db, "hash1", "notices", "copy.xlsx", &other_kind,
                                             &is_new, NULL));
  g_assert_true (is_new);
  g_assert_cmpstr (other_kind, !=, first);
  g_assert_true (kai_import_store_get_batch (test->db, "hash2", "education", "copy.xlsx",
                                             &other_content, NULL, NULL));
  g_assert_cmpstr (other_content, !=, first);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/code-lease/in-order", test_in_order);
  store_test_add ("/code-lease/rollback", test_rollback);
  store_test_add ("/code-lease/overlap", test_overlap);
  store_test_add ("/code-lease/no-reuse", test_no_reuse);
  store_test_add ("/code-lease/two-desks", test_two_desks);
  store_test_add ("/import-store/batch", test_import_batch);
  return g_test_run ();
}
