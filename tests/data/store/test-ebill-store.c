/* E-bills: one for each notice, a number for one e-bill only. */
#include "store-test.h"

#include "store/kai-ebill-store.h"

static gint64
insert_paid (KaiDatabase *db, const char *code, const char *batch_id)
{
  g_autoptr (KaiNotice) notice = store_test_notice (code);

  notice->state = KAI_NOTICE_PAID;
  kai_notice_set (&notice->batch_id, batch_id);
  store_test_insert (db, notice);
  return notice->id;
}

static KaiEbillRecord *
create (KaiDatabase *db, gint64 notice_id)
{
  g_autoptr (GError) error = NULL;
  KaiEbillRecord *record = kai_ebill_store_create (db, notice_id, "0201", &error);

  g_assert_no_error (error);
  return record;
}

static void
set_number (KaiEbillRecord *record, const char *code, const char *number)
{
  kai_notice_set (&record->code, code);
  kai_notice_set (&record->number, number);
}

static void
update (KaiDatabase *db, KaiEbillRecord *record)
{
  g_autoptr (GError) error = NULL;

  kai_ebill_store_update (db, record, &error);
  g_assert_no_error (error);
}

static void
assert_update_refused (KaiDatabase *db, KaiEbillRecord *record, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (kai_ebill_store_update (db, record, &error));
  g_assert_error (error, KAI_DATA_ERROR, code);
}

static void
test_round_trip (StoreTest *test, gconstpointer data)
{
  gint64 notice_id = insert_paid (test->db, "1", "b1");
  g_autoptr (KaiEbillRecord) record = create (test->db, notice_id);
  g_autoptr (KaiEbillRecord) loaded = NULL;
  g_autoptr (KaiEbillRecord) found = NULL;
  g_autoptr (KaiNotice) notice = NULL;

  g_assert_cmpint (record->sync, ==, KAI_SYNC_DRAFT);
  g_assert_cmpstr (record->bill_type, ==, "0201");
  g_assert_cmpstr (record->payment_code, ==, "1");
  g_assert_cmpstr (record->payer_name, ==, "王小明");
  g_assert_cmpint (record->amount, ==, 15000);
  g_assert_null (record->content);
  set_number (record, "32020126", "0000000001");
  kai_notice_set (&record->check_code, "a1b2c3");
  kai_notice_set (&record->url, "https://example.org/1");
  kai_notice_set (&record->refusal_code, "10");
  kai_notice_set (&record->refusal_text, "no");
  record->sync = KAI_SYNC_SIGNED;
  record->content = g_bytes_new ("<Header>\0<", 10);
  record->file = g_bytes_new ("<EInvoice/>", 11);
  update (test->db, record);
  loaded = kai_ebill_store_find_by_number (test->db, "0000000001", NULL);
  g_assert_cmpint (loaded->id, ==, record->id);
  g_assert_cmpint (loaded->notice_id, ==, notice_id);
  g_assert_cmpstr (loaded->code, ==, "32020126");
  g_assert_cmpstr (loaded->check_code, ==, "a1b2c3");
  g_assert_cmpstr (loaded->url, ==, "https://example.org/1");
  g_assert_cmpstr (loaded->refusal_code, ==, "10");
  g_assert_cmpstr (loaded->refusal_text, ==, "no");
  g_assert_cmpint (loaded->sync, ==, KAI_SYNC_SIGNED);
  g_assert_true (g_bytes_equal (loaded->content, record->content));
  g_assert_true (g_bytes_equal (loaded->file, record->file));
  found = kai_ebill_store_find_by_notice (test->db, notice_id, NULL);
  g_assert_cmpint (found->id, ==, record->id);
  notice = kai_notice_store_load (test->db, notice_id, NULL);
  g_assert_true (notice->has_ebill);
  g_assert_cmpstr (notice->ebill_number, ==, "0000000001");
  g_assert_cmpint (notice->ebill_sync, ==, KAI_SYNC_SIGNED);
}

static void
test_one_for_each_notice (StoreTest *test, gconstpointer data)
{
  gint64 notice_id = insert_paid (test->db, "1", "");
  g_autoptr (KaiNotice) unpaid = store_test_notice ("2");
  g_autoptr (KaiEbillRecord) first = create (test->db, notice_id);
  g_autoptr (KaiEbillRecord) second = NULL;
  g_autoptr (KaiEbillRecord) newest = NULL;
  GError *error = NULL;

  store_test_insert (test->db, unpaid);
  g_assert_null (kai_ebill_store_create (test->db, notice_id, "0201", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_null (kai_ebill_store_create (test->db, unpaid->id, "0201", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_null (kai_ebill_store_create (test->db, 99, "0201", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  /* A refused one makes room for the next. */
  first->sync = KAI_SYNC_REFUSED;
  update (test->db, first);
  second = create (test->db, notice_id);
  newest = kai_ebill_store_find_by_notice (test->db, notice_id, NULL);
  g_assert_cmpint (newest->id, ==, second->id);
  /* The refused one cannot come back beside it. */
  first->sync = KAI_SYNC_ACCEPTED;
  assert_update_refused (test->db, first, KAI_DATA_ERROR_CONFLICT);
}

static void
test_numbers (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiEbillRecord) a = create (test->db, insert_paid (test->db, "1", ""));
  g_autoptr (KaiEbillRecord) b = create (test->db, insert_paid (test->db, "2", ""));

  set_number (a, "32020126", "0000000001");
  update (test->db, a);
  set_number (b, "32020126", "0000000001");
  assert_update_refused (test->db, b, KAI_DATA_ERROR_CONFLICT);
  /* The same number under another code is another number. */
  set_number (b, "32020127", "0000000001");
  update (test->db, b);
  /* A known number is never exchanged nor given up, also when it was refused. */
  a->sync = KAI_SYNC_REFUSED;
  update (test->db, a);
  set_number (a, "32020126", "0000000002");
  assert_update_refused (test->db, a, KAI_DATA_ERROR_CONFLICT);
  set_number (a, "32020126", "");
  assert_update_refused (test->db, a, KAI_DATA_ERROR_CONFLICT);
  set_number (a, "32020128", "0000000001");
  assert_update_refused (test->db, a, KAI_DATA_ERROR_CONFLICT);
  a->id = 99;
  assert_update_refused (test->db, a, KAI_DATA_ERROR_NOT_FOUND);
}

static void
test_missing (StoreTest *test, gconstpointer data)
{
  gint64 notice_id = insert_paid (test->db, "1", "");
  g_autoptr (KaiEbillRecord) unnumbered = create (test->db, notice_id);
  GError *error = NULL;

  g_assert_cmpstr (unnumbered->number, ==, "");
  g_assert_null (kai_ebill_store_load (test->db, 99, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (kai_ebill_store_find_by_notice (test->db, 99, &error));
  g_assert_no_error (error);
  g_assert_null (kai_ebill_store_find_by_number (test->db, "", &error));
  g_assert_no_error (error);
}

static void
test_list (StoreTest *test, gconstpointer data)
{
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GPtrArray) batch = NULL;
  g_autoptr (GPtrArray) one = NULL;

  for (int i = 0; i < 5; i++)
    {
      g_autofree char *code = g_strdup_printf ("%d", i + 1);
      g_autoptr (KaiEbillRecord) record =
          create (test->db, insert_paid (test->db, code, i < 2 ? "b1" : ""));

      record->content = g_bytes_new ("c", 1);
      update (test->db, record);
    }
  all = kai_ebill_store_list (test->db, NULL, 0, NULL);
  g_assert_cmpuint (all->len, ==, 5);
  g_assert_cmpstr (((KaiEbillRecord *)g_ptr_array_index (all, 0))->payment_code, ==, "5");
  g_assert_null (((KaiEbillRecord *)g_ptr_array_index (all, 0))->content);
  batch = kai_ebill_store_list (test->db, "b1", 0, NULL);
  g_assert_cmpuint (batch->len, ==, 2);
  one = kai_ebill_store_list (test->db, NULL, 1, NULL);
  g_assert_cmpuint (one->len, ==, 1);
}

/* The mark of a notice that says whether it has an e-bill, against the e-bills themselves. */
static void
assert_marks_true (KaiDatabase *db)
{
  g_assert_cmpint (
      kai_database_get_int (db, -1, NULL,
                            "SELECT count (*) FROM notice n WHERE has_ebill <> EXISTS (SELECT 1"
                            " FROM ebill e WHERE e.notice_id = n.id AND e.sync <> 'refused')",
                            ""),
      ==, 0);
}

/* E-bills are made, refused, taken after all and removed, in any order. */
static void
test_marks (StoreTest *test, gconstpointer data)
{
  gint64 notices[5];

  for (guint i = 0; i < G_N_ELEMENTS (notices); i++)
    {
      g_autofree char *code = g_strdup_printf ("%u", i + 1);

      notices[i] = insert_paid (test->db, code, "");
    }
  for (int i = 0; i < 400; i++)
    {
      static const KaiSyncState states[] = { KAI_SYNC_SENT, KAI_SYNC_ACCEPTED, KAI_SYNC_REFUSED };
      gint64 id = notices[g_test_rand_int_range (0, G_N_ELEMENTS (notices))];
      g_autoptr (KaiEbillRecord) record = kai_ebill_store_find_by_notice (test->db, id, NULL);

      if (!record || (record->sync == KAI_SYNC_REFUSED && g_test_rand_bit ()))
        {
          kai_ebill_record_free (record);
          record = kai_ebill_store_create (test->db, id, "0201", NULL);
        }
      else if (g_test_rand_int_range (0, 4) == 0)
        g_assert_true (
            kai_database_run (test->db, NULL, "DELETE FROM ebill WHERE id = ?", "l", record->id));
      else
        {
          record->sync = states[g_test_rand_int_range (0, G_N_ELEMENTS (states))];
          kai_ebill_store_update (test->db, record, NULL);
        }
      assert_marks_true (test->db);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/ebill-store/round-trip", test_round_trip);
  store_test_add ("/ebill-store/one-for-each-notice", test_one_for_each_notice);
  store_test_add ("/ebill-store/numbers", test_numbers);
  store_test_add ("/ebill-store/missing", test_missing);
  store_test_add ("/ebill-store/list", test_list);
  store_test_add ("/ebill-store/marks", test_marks);
  return g_test_run ();
}
