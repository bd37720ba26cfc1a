/* The cache of base data: replaced as a whole, the order kept. */
#include "store-test.h"

#include "store/kai-base-data-store.h"

static KaiUnit *
make_unit (const char *code)
{
  KaiUnit *unit = g_new0 (KaiUnit, 1);

  unit->code = g_strdup (code);
  unit->name = g_strdup ("第一中学");
  unit->region = g_strdup ("320684");
  unit->credit_code = g_strdup ("123206844671234567");
  unit->assigner = g_strdup ("010");
  unit->account_type = g_strdup ("1");
  unit->account_name = g_strdup ("财政专户");
  unit->account = g_strdup ("6200001");
  unit->account_bank = g_strdup ("中国银行");
  unit->account_bank_no = g_strdup ("104000001");
  return unit;
}

static KaiUser *
make_user (const char *code, const char *roles)
{
  KaiUser *user = g_new0 (KaiUser, 1);

  user->code = g_strdup (code);
  user->name = g_strdup ("张三");
  user->unit_code = g_strdup ("320684001");
  user->roles = g_strdup (roles);
  return user;
}

static KaiItem *
make_item (const char *code, KaiStandardKind standard)
{
  KaiItem *item = g_new0 (KaiItem, 1);

  item->code = g_strdup (code);
  item->name = g_strdup ("学费");
  item->unit_of_measure = g_strdup ("学期");
  item->standard = standard;
  item->min = 100;
  item->max = KAI_MONEY_MAX;
  item->bill_type = g_strdup ("0201");
  return item;
}

static KaiBillType *
make_bill_type (const char *code, gboolean electronic)
{
  KaiBillType *type = g_new0 (KaiBillType, 1);

  type->code = g_strdup (code);
  type->name = g_strdup ("非税收入统一票据");
  type->version = g_strdup ("2024");
  type->version_name = g_strdup ("2024版");
  type->electronic = electronic;
  type->ebill_code = g_strdup (electronic ? "32020126" : "");
  type->specimen = g_strdup ("1234567890");
  type->number_width = 10;
  return type;
}

static KaiBaseData *
make_data (const char *version, int n)
{
  KaiBaseData *data = kai_base_data_new ();

  g_free (data->version);
  data->version = g_strdup (version);
  data->fetched_at = 1795190400;
  /* Backwards, so that order by code would show. */
  for (int i = n; i > 0; i--)
    {
      g_autofree char *code = g_strdup_printf ("%d", i);

      g_ptr_array_add (data->units, make_unit (code));
      g_ptr_array_add (data->users, make_user (code, "clerk reviewer"));
      g_ptr_array_add (data->holders, make_user (code, ""));
      g_ptr_array_add (data->items, make_item (code, (KaiStandardKind)(i % 3)));
      g_ptr_array_add (data->bill_types, make_bill_type (code, i % 2));
      g_hash_table_replace (data->settings, g_strdup (code), g_strdup ("value"));
      g_hash_table_replace (data->holidays, GINT_TO_POINTER (20261000 + i),
                            GINT_TO_POINTER (i % 2));
    }
  return data;
}

static void
assert_same_lists (const KaiBaseData *a, const KaiBaseData *b)
{
  for (guint i = 0; i < a->units->len; i++)
    {
      const KaiUnit *x = g_ptr_array_index (a->units, i), *y = g_ptr_array_index (b->units, i);

      g_assert_cmpstr (x->code, ==, y->code);
      g_assert_cmpstr (x->region, ==, y->region);
      g_assert_cmpstr (x->assigner, ==, y->assigner);
      g_assert_cmpstr (x->account_bank_no, ==, y->account_bank_no);
    }
  for (guint i = 0; i < a->users->len; i++)
    {
      const KaiUser *x = g_ptr_array_index (a->users, i), *y = g_ptr_array_index (b->users, i);
      const KaiUser *holder = g_ptr_array_index (b->holders, i);

      g_assert_cmpstr (x->code, ==, y->code);
      g_assert_cmpstr (x->roles, ==, y->roles);
      g_assert_cmpstr (holder->code, ==, x->code);
      g_assert_cmpstr (holder->roles, ==, "");
    }
  for (guint i = 0; i < a->items->len; i++)
    {
      const KaiItem *x = g_ptr_array_index (a->items, i), *y = g_ptr_array_index (b->items, i);

      g_assert_cmpstr (x->code, ==, y->code);
      g_assert_cmpint (x->standard, ==, y->standard);
      g_assert_cmpint (x->min, ==, y->min);
      g_assert_cmpint (x->max, ==, y->max);
      g_assert_cmpstr (x->bill_type, ==, y->bill_type);
    }
  for (guint i = 0; i < a->bill_types->len; i++)
    {
      const KaiBillType *x = g_ptr_array_index (a->bill_types, i);
      const KaiBillType *y = g_ptr_array_index (b->bill_types, i);

      g_assert_cmpstr (x->code, ==, y->code);
      g_assert_cmpint (x->electronic, ==, y->electronic);
      g_assert_cmpstr (x->ebill_code, ==, y->ebill_code);
      g_assert_cmpint (x->number_width, ==, y->number_width);
    }
}

static void
assert_same (const KaiBaseData *a, const KaiBaseData *b)
{
  GHashTableIter iter;
  gpointer key, value;

  g_assert_cmpstr (a->version, ==, b->version);
  g_assert_cmpint (a->fetched_at, ==, b->fetched_at);
  g_assert_cmpuint (a->units->len, ==, b->units->len);
  g_assert_cmpuint (a->users->len, ==, b->users->len);
  g_assert_cmpuint (a->holders->len, ==, b->holders->len);
  g_assert_cmpuint (a->items->len, ==, b->items->len);
  g_assert_cmpuint (a->bill_types->len, ==, b->bill_types->len);
  assert_same_lists (a, b);
  g_assert_cmpuint (g_hash_table_size (a->settings), ==, g_hash_table_size (b->settings));
  g_hash_table_iter_init (&iter, a->settings);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_assert_cmpstr (g_hash_table_lookup (b->settings, key), ==, value);
  g_assert_cmpuint (g_hash_table_size (a->holidays), ==, g_hash_table_size (b->holidays));
  g_hash_table_iter_init (&iter, a->holidays);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      g_assert_true (g_hash_table_contains (b->holidays, key));
      g_assert_true (g_hash_table_lookup (b->holidays, key) == value);
    }
}

static void
test_replace (StoreTest *test, gconstpointer data)
{
  static const int sizes[] = { 0, 5, 20, 3, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *version = g_strdup_printf ("v%u", i);
      g_autoptr (KaiBaseData) written = make_data (version, sizes[i]);
      g_autoptr (KaiBaseData) read = NULL;
      g_autoptr (GError) error = NULL;

      kai_base_data_store_replace (test->db, written, &error);
      g_assert_no_error (error);
      read = kai_base_data_store_load (test->db, &error);
      g_assert_no_error (error);
      assert_same (written, read);
    }
}

static void
test_none_yet (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiBaseData) empty = kai_base_data_store_load (test->db, NULL);

  g_assert_cmpstr (empty->version, ==, "");
  g_assert_cmpint (empty->fetched_at, ==, 0);
  g_assert_cmpuint (empty->items->len, ==, 0);
}

/* A set that cannot be stored leaves the old one whole. */
static void
test_failure_keeps_the_old (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiBaseData) good = make_data ("good", 5);
  g_autoptr (KaiBaseData) big = make_data ("big", 3000);
  g_autoptr (KaiBaseData) read = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *limit = NULL;

  g_assert_true (kai_base_data_store_replace (test->db, good, NULL));
  limit = g_strdup_printf ("PRAGMA max_page_count = %" G_GINT64_FORMAT,
                           store_test_int (test->db, "PRAGMA page_count") + 10);
  store_test_run (test->db, limit);
  g_assert_false (kai_base_data_store_replace (test->db, big, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_FULL);
  read = kai_base_data_store_load (test->db, NULL);
  assert_same (good, read);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/base-data-store/replace", test_replace);
  store_test_add ("/base-data-store/none-yet", test_none_yet);
  store_test_add ("/base-data-store/failure-keeps-the-old", test_failure_keeps_the_old);
  return g_test_run ();
}
