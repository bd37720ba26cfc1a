/* The notice store against a simple model in memory, and what it refuses. */
#include "store-test.h"

#include "search/kai-search.h"
#include "store/kai-ebill-store.h"
#include "store/kai-notice-list.h"

#include <string.h>

static void
assert_same_item (const KaiNoticeItem *a, const KaiNoticeItem *b)
{
  g_assert_cmpstr (a->code, ==, b->code);
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpstr (a->unit_of_measure, ==, b->unit_of_measure);
  g_assert_cmpint (a->quantity, ==, b->quantity);
  g_assert_cmpint (a->amount, ==, b->amount);
  g_assert_cmpint (a->standard, ==, b->standard);
  g_assert_cmpint (a->min, ==, b->min);
  g_assert_cmpint (a->max, ==, b->max);
}

static void
assert_same_texts (const KaiNotice *a, const KaiNotice *b)
{
  g_assert_cmpstr (a->payment_code, ==, b->payment_code);
  g_assert_cmpstr (a->check_code, ==, b->check_code);
  g_assert_cmpstr (a->unit_code, ==, b->unit_code);
  g_assert_cmpstr (a->payer_name, ==, b->payer_name);
  g_assert_cmpstr (a->payer_id, ==, b->payer_id);
  g_assert_cmpstr (a->mobile, ==, b->mobile);
  g_assert_cmpstr (a->memo, ==, b->memo);
  g_assert_cmpstr (a->clerk_code, ==, b->clerk_code);
  g_assert_cmpstr (a->clerk_name, ==, b->clerk_name);
  g_assert_cmpstr (a->batch_id, ==, b->batch_id);
  g_assert_cmpstr (a->grade, ==, b->grade);
  g_assert_cmpstr (a->class_name, ==, b->class_name);
  g_assert_cmpstr (a->student_no, ==, b->student_no);
  g_assert_cmpstr (a->term, ==, b->term);
  g_assert_cmpstr (a->refusal_code, ==, b->refusal_code);
  g_assert_cmpstr (a->refusal_text, ==, b->refusal_text);
  g_assert_cmpstr (a->paid_by, ==, b->paid_by);
  g_assert_cmpstr (a->trace_no, ==, b->trace_no);
  g_assert_cmpstr (a->void_reason, ==, b->void_reason);
  g_assert_cmpstr (a->ebill_number, ==, b->ebill_number);
}

static void
assert_same (const KaiNotice *a, const KaiNotice *b)
{
  assert_same_texts (a, b);
  g_assert_cmpint (a->id, ==, b->id);
  g_assert_cmpint (a->bill_date, ==, b->bill_date);
  g_assert_cmpint (a->valid_until, ==, b->valid_until);
  g_assert_cmpint (a->payer_kind, ==, b->payer_kind);
  g_assert_cmpint (a->late_fee, ==, b->late_fee);
  g_assert_cmpint (a->amount, ==, b->amount);
  g_assert_cmpint (a->state, ==, b->state);
  g_assert_cmpint (a->sync, ==, b->sync);
  g_assert_cmpint (a->created_at, ==, b->created_at);
  g_assert_cmpint (a->paid_at, ==, b->paid_at);
  g_assert_cmpint (a->pay_channel, ==, b->pay_channel);
  g_assert_cmpint (a->has_ebill, ==, b->has_ebill);
  if (a->has_ebill)
    g_assert_cmpint (a->ebill_sync, ==, b->ebill_sync);
  g_assert_cmpuint (a->items->len, ==, b->items->len);
  for (guint i = 0; i < a->items->len; i++)
    assert_same_item (g_ptr_array_index (a->items, i), g_ptr_array_index (b->items, i));
}

/* ---- One by one ---- */

/* Every field has a value of its own, so that no two can be mixed up. */
static KaiNotice *
make_full_notice (void)
{
  KaiNotice *notice = store_test_notice ("32068426000000000019");
  char **texts[] = { &notice->check_code,   &notice->payer_id,   &notice->memo,
                     &notice->clerk_code,   &notice->clerk_name, &notice->batch_id,
                     &notice->row_key,      &notice->grade,      &notice->class_name,
                     &notice->student_no,   &notice->term,       &notice->refusal_code,
                     &notice->refusal_text, &notice->paid_by,    &notice->trace_no,
                     &notice->void_reason };
  KaiNoticeItem *item;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = g_strdup_printf ("field %u %% _ \\ ' \" 𠮷", i);

      kai_notice_set (texts[i], text);
    }
  item = kai_notice_add_item (notice, "320600000003", 99999999, 7);
  item->standard = KAI_STANDARD_RANGE;
  item->min = 1;
  item->max = KAI_MONEY_MAX;
  kai_notice_set (&item->unit_of_measure, "学期");
  notice->payer_kind = KAI_PAYER_ORGANISATION;
  notice->late_fee = 5;
  notice->state = KAI_NOTICE_PAID;
  notice->sync = KAI_SYNC_ACCEPTED;
  notice->paid_at = 1795190400;
  notice->pay_channel = 12;
  g_assert_true (kai_notice_sum (notice));
  return notice;
}

static void
test_round_trip (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = make_full_notice ();
  g_autoptr (KaiNotice) by_id = NULL;
  g_autoptr (KaiNotice) by_code = NULL;
  g_autoptr (GError) error = NULL;

  store_test_insert (test->db, notice);
  g_assert_cmpint (notice->created_at, >, 1600000000);
  by_id = kai_notice_store_load (test->db, notice->id, &error);
  g_assert_no_error (error);
  assert_same (by_id, notice);
  g_assert_cmpint (by_id->updated_at, ==, notice->updated_at);
  by_code = kai_notice_store_find (test->db, notice->payment_code, &error);
  assert_same (by_code, notice);
  g_assert_cmpint (kai_notice_store_find_row_key (test->db, notice->row_key, &error), ==,
                   notice->id);
  g_assert_cmpint (kai_notice_store_find_row_key (test->db, "other", &error), ==, 0);
  g_assert_no_error (error);
}

static void
test_update_leaves_the_rest (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = store_test_notice ("");
  g_autoptr (KaiNotice) changed = make_full_notice ();
  g_autoptr (KaiNotice) loaded = NULL;

  store_test_insert (test->db, notice);
  changed->id = notice->id;
  store_test_update (test->db, changed);
  loaded = kai_notice_store_load (test->db, notice->id, NULL);
  g_assert_cmpstr (loaded->payment_code, ==, changed->payment_code);
  g_assert_cmpstr (loaded->void_reason, ==, changed->void_reason);
  g_assert_cmpint (loaded->state, ==, KAI_NOTICE_PAID);
  g_assert_cmpint (loaded->paid_at, ==, changed->paid_at);
  g_assert_cmpstr (loaded->payer_name, ==, notice->payer_name);
  g_assert_cmpstr (loaded->memo, ==, "");
  g_assert_cmpint (loaded->amount, ==, notice->amount);
  g_assert_cmpuint (loaded->items->len, ==, 2);
}

static void
test_not_found (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) draft = store_test_notice ("");
  const gint64 ids[] = { 5, 1, 6 };
  g_autoptr (GPtrArray) many = NULL;
  GError *error = NULL;

  store_test_insert (test->db, draft);
  g_assert_null (kai_notice_store_load (test->db, 77, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  /* Drafts are not found by having no code. */
  g_assert_null (kai_notice_store_find (test->db, "", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpint (kai_notice_store_find_row_key (test->db, "", &error), ==, 0);
  g_assert_no_error (error);
  many = kai_notice_store_load_many (test->db, ids, G_N_ELEMENTS (ids), &error);
  g_assert_cmpuint (many->len, ==, 3);
  g_assert_null (g_ptr_array_index (many, 0));
  g_assert_nonnull (g_ptr_array_index (many, 1));
  g_assert_null (g_ptr_array_index (many, 2));
  draft->id = 99;
  g_assert_false (kai_notice_store_update (test->db, draft, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
  g_clear_error (&error);
}

/* A refused one does not spoil the transaction of the batch, and leaves nothing behind. */
static void
test_conflict (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) first = store_test_notice ("1");
  g_autoptr (KaiNotice) same_code = store_test_notice ("1");
  g_autoptr (KaiNotice) same_row = store_test_notice ("2");
  g_autoptr (KaiNotice) other = store_test_notice ("3");
  GError *error = NULL;

  kai_notice_set (&first->row_key, "batch/1");
  kai_notice_set (&same_row->row_key, "batch/1");
  g_assert_true (kai_database_begin (test->db, NULL));
  store_test_insert (test->db, first);
  g_assert_false (kai_notice_store_insert (test->db, same_code, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_false (kai_notice_store_insert (test->db, same_row, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_clear_error (&error);
  store_test_insert (test->db, other);
  g_assert_true (kai_database_commit (test->db, NULL));
  kai_notice_set (&other->payment_code, "1");
  g_assert_false (kai_notice_store_update (test->db, other, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM notice"), ==, 2);
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM notice_item"), ==, 4);
}

static void
test_drafts (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) a = store_test_notice ("");
  g_autoptr (KaiNotice) numbered = store_test_notice ("5");
  g_autoptr (KaiNotice) voided = store_test_notice ("");
  g_autoptr (KaiNotice) b = store_test_notice ("");
  g_autoptr (GPtrArray) drafts = NULL;
  g_autoptr (GPtrArray) one = NULL;

  voided->state = KAI_NOTICE_VOID;
  store_test_insert (test->db, a);
  store_test_insert (test->db, numbered);
  store_test_insert (test->db, voided);
  store_test_insert (test->db, b);
  drafts = kai_notice_store_list_drafts (test->db, 0, NULL);
  g_assert_cmpuint (drafts->len, ==, 2);
  assert_same (g_ptr_array_index (drafts, 0), a);
  assert_same (g_ptr_array_index (drafts, 1), b);
  one = kai_notice_store_list_drafts (test->db, 1, NULL);
  g_assert_cmpuint (one->len, ==, 1);
}

static void
test_search_text (StoreTest *test, gconstpointer data)
{
  static const struct
  {
    const char *text;
    int hits;
  } rows[] = {
    { NULL, 4 },
    { "", 4 },
    { "  ", 4 },
    { "小", 2 },
    { "王小", 1 },
    { "100%", 1 },
    { "%", 1 },
    { "_", 1 },
    { "a_b", 1 },
    { "A_B", 1 },
    { "\\", 1 },
    { "'", 0 },
    { "3206842", 2 },
    { "13800000001", 1 },
    { "1380000000", 1 },
    { "380000000", 0 },
    { "32068419900101001X", 1 },
    { "32068419900101001x", 1 },
    { "32068419900101001", 1 },
    { "001X", 1 },
    { "0000000042", 1 },
    { "0042", 1 },
    { "42", 0 },
    { "wxm", 1 },
    { " 王小明 ", 1 },
    { "nobody", 0 },
  };
  g_autofree char *long_text = g_strnfill (501, 'x');
  g_autoptr (KaiNotice) a = store_test_notice ("32068426000000000019");
  g_autoptr (KaiNotice) b = store_test_notice ("32068426000000000028");
  g_autoptr (KaiNotice) c = store_test_notice ("");
  g_autoptr (KaiNotice) d = store_test_notice ("");
  g_autoptr (KaiEbillRecord) ebill = NULL;
  KaiNoticeFilter filter = KAI_NOTICE_FILTER_ALL;
  g_autoptr (GError) error = NULL;

  kai_notice_set (&b->payer_name, "小 100%");
  kai_notice_set (&b->mobile, "13900000000");
  kai_notice_set (&b->payer_id, "32068419900101001X");
  kai_notice_set (&c->payer_name, "a_b");
  kai_notice_set (&c->mobile, "");
  kai_notice_set (&d->payer_name, "back\\slash");
  kai_notice_set (&d->mobile, "");
  d->state = KAI_NOTICE_PAID;
  store_test_insert (test->db, a);
  store_test_insert (test->db, b);
  store_test_insert (test->db, c);
  store_test_insert (test->db, d);
  ebill = kai_ebill_store_create (test->db, d->id, "01", &error);
  g_assert_no_error (error);
  kai_notice_set (&ebill->number, "0000000042");
  g_assert_true (kai_ebill_store_update (test->db, ebill, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GPtrArray) found = NULL;

      g_test_message ("looking for %s", rows[i].text ? rows[i].text : "everything");
      filter.text = rows[i].text;
      found = kai_notice_store_list (test->db, &filter, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (found->len, ==, rows[i].hits);
    }
  filter.text = long_text;
  g_assert_null (kai_notice_store_list (test->db, &filter, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_LIMIT);
}

/* ---- Against the model ---- */

static const char *const names[] = { "王小明", "李小红", "100%", "a_b", "Ax", "钱学校" };
static const char *const batches[] = { "", "b1", "b2" };
static const char *const clerks[] = { "01", "02" };
static const char *const groups[] = { "高一", "3班", "高一3班", "2026秋" };

/* All e-bill numbers that a notice ever had, by its id: an old one finds it too. */
static GHashTable *numbers;

static KaiNotice *
make_random_notice (int step)
{
  g_autofree char *code = g_strdup_printf ("%d", g_test_rand_int_range (1, 4000));
  KaiNotice *notice = store_test_notice (g_test_rand_bit () ? code : "");

  kai_notice_set (&notice->payer_name, names[g_test_rand_int_range (0, G_N_ELEMENTS (names))]);
  kai_notice_set (&notice->grade, g_test_rand_bit () ? groups[0] : "");
  kai_notice_set (&notice->class_name, g_test_rand_bit () ? groups[1] : "");
  kai_notice_set (&notice->term, g_test_rand_bit () ? groups[3] : "");
  notice->pay_channel = g_test_rand_int_range (0, 4);
  notice->paid_at = g_test_rand_bit () ? 1790000000 + g_test_rand_int_range (0, 50) : 0;
  kai_notice_set (&notice->batch_id, batches[g_test_rand_int_range (0, G_N_ELEMENTS (batches))]);
  kai_notice_set (&notice->clerk_code, clerks[g_test_rand_int_range (0, G_N_ELEMENTS (clerks))]);
  notice->bill_date = 20261100 + g_test_rand_int_range (1, 31);
  notice->valid_until = kai_day_add (notice->bill_date, 10);
  notice->state = (KaiNoticeState)g_test_rand_int_range (0, 4);
  if (g_test_rand_bit ())
    {
      g_autofree char *key = g_strdup_printf ("row %d", g_test_rand_int_range (1, 2000));

      kai_notice_set (&notice->row_key, key);
    }
  if (g_test_rand_bit ())
    g_ptr_array_set_size (notice->items, 1);
  return notice;
}

/* What the server refused frees its row. */
static gboolean
holds_row (const KaiNotice *notice)
{
  return notice->row_key[0] && notice->sync != KAI_SYNC_REFUSED;
}

static gboolean
model_has (GPtrArray *model, const KaiNotice *notice)
{
  for (guint i = 0; i < model->len; i++)
    {
      const KaiNotice *other = g_ptr_array_index (model, i);

      if (other->id == notice->id)
        continue;
      if (notice->payment_code[0] && g_str_equal (other->payment_code, notice->payment_code))
        return TRUE;
      if (holds_row (notice) && holds_row (other) && g_str_equal (other->row_key, notice->row_key))
        return TRUE;
    }
  return FALSE;
}

static void
step_insert (KaiDatabase *db, GPtrArray *model, int step)
{
  g_autoptr (KaiNotice) notice = make_random_notice (step);
  g_autoptr (GError) error = NULL;
  gboolean expected = !model_has (model, notice);

  g_assert_cmpint (kai_notice_store_insert (db, notice, &error), ==, expected);
  if (expected)
    g_ptr_array_add (model, g_steal_pointer (&notice));
  else
    g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
}

static void
step_update (KaiDatabase *db, GPtrArray *model, KaiNotice *notice)
{
  g_autofree char *reason = g_strdup_printf ("reason %d", g_test_rand_int_range (0, 1000));
  KaiNoticeState state = notice->state;
  KaiSyncState sync = notice->sync;

  notice->state = (KaiNoticeState)g_test_rand_int_range (0, 4);
  notice->sync = (KaiSyncState)g_test_rand_int_range (0, 7);
  if (model_has (model, notice))
    {
      g_autoptr (GError) error = NULL;

      /* It would take back a row that another notice holds by now. */
      g_assert_false (kai_notice_store_update (db, notice, &error));
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
      notice->state = state;
      notice->sync = sync;
      return;
    }
  kai_notice_set (&notice->void_reason, reason);
  store_test_update (db, notice);
}

static void
step_swap (KaiDatabase *db, KaiNotice *notice, int step)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *number = g_strdup_printf ("%010d", step + 1);
  gboolean possible = notice->state == KAI_NOTICE_PAID
                      && (!notice->has_ebill || notice->ebill_sync == KAI_SYNC_REFUSED);
  g_autoptr (KaiEbillRecord) ebill = kai_ebill_store_create (db, notice->id, "01", &error);

  g_assert_cmpint (ebill != NULL, ==, possible);
  if (!possible)
    {
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
      return;
    }
  kai_notice_set (&ebill->number, number);
  ebill->sync = g_test_rand_bit () ? KAI_SYNC_REFUSED : KAI_SYNC_ACCEPTED;
  g_assert_true (kai_ebill_store_update (db, ebill, NULL));
  notice->has_ebill = TRUE;
  notice->ebill_sync = ebill->sync;
  kai_notice_set (&notice->ebill_number, number);
  {
    const char *before = g_hash_table_lookup (numbers, &notice->id);

    g_hash_table_replace (numbers, g_memdup2 (&notice->id, sizeof notice->id),
                          g_strjoin (" ", before ? before : "", number, NULL));
  }
}

static gboolean
is_in_group (const KaiNotice *notice, const char *group)
{
  g_autofree char *both = g_strconcat (notice->grade, notice->class_name, NULL);

  return g_str_equal (group, notice->class_name) || g_str_equal (group, notice->grade)
         || g_str_equal (group, both) || g_str_equal (group, notice->term);
}

static gboolean
matches_server (const KaiNotice *notice, KaiServerFilter server)
{
  if (server == KAI_SERVER_WAITING)
    return notice->sync != KAI_SYNC_ACCEPTED && notice->sync != KAI_SYNC_REFUSED;
  if (server == KAI_SERVER_REFUSED)
    return notice->sync == KAI_SYNC_REFUSED
           || (notice->has_ebill && notice->ebill_sync == KAI_SYNC_REFUSED);
  return TRUE;
}

/* @several: one or several, with spaces between. */
static gboolean
begins_or_ends (const char *several, const char *digits)
{
  g_auto (GStrv) each = g_strsplit (several ? several : "", " ", -1);
  gsize length = strlen (digits);

  for (guint i = 0; length >= 3 && each[i]; i++)
    if (*each[i]
        && (g_str_has_prefix (each[i], digits)
            || (length >= 4 && g_str_has_suffix (each[i], digits))))
      return TRUE;
  return FALSE;
}

static gboolean
matches_text (const KaiNotice *notice, const char *ebills, const char *sought)
{
  g_autoptr (KaiSearchText) text = kai_search_text_new (sought, NULL);
  KaiSearchFields fields = { notice->payer_name, notice->payer_id, notice->mobile };

  /* "100%" asks for the number 100, too. */
  return kai_search_text_matches (text, &fields)
         || begins_or_ends (notice->payment_code, text->code)
         || begins_or_ends (ebills, text->code);
}

static gboolean
matches (const KaiNotice *notice, const KaiNoticeFilter *filter)
{
  const char *ebills = g_hash_table_lookup (numbers, &notice->id);
  gboolean swapped = notice->has_ebill && notice->ebill_sync != KAI_SYNC_REFUSED;

  return (filter->state < 0 || (int)notice->state == filter->state)
         && (filter->swap == KAI_SWAP_ANY || (filter->swap == KAI_SWAP_DONE) == swapped)
         && (filter->from == 0 || notice->bill_date >= filter->from)
         && (filter->to == 0 || notice->bill_date <= filter->to)
         && (!filter->batch_id || g_str_equal (notice->batch_id, filter->batch_id))
         && (!filter->clerk_code || g_str_equal (notice->clerk_code, filter->clerk_code))
         && matches_server (notice, filter->server)
         && (filter->pay_channel == 0 || notice->pay_channel == filter->pay_channel)
         && (!filter->group || is_in_group (notice, filter->group))
         && (filter->lapses_by == 0
             || (notice->state == KAI_NOTICE_UNPAID && notice->sync != KAI_SYNC_REFUSED
                 && notice->valid_until <= filter->lapses_by))
         && (!filter->text || matches_text (notice, ebills, filter->text));
}

static int
compare_dates (const KaiNotice *x, const KaiNotice *y)
{
  if (x->bill_date != y->bill_date)
    return x->bill_date < y->bill_date ? -1 : 1;
  return x->id < y->id ? -1 : x->id > y->id;
}

static int
compare_column (const KaiNotice *x, const KaiNotice *y, KaiNoticeSort sort)
{
  int order = 0;

  if (sort == KAI_SORT_CODE)
    order = strcmp (x->payment_code, y->payment_code);
  else if (sort == KAI_SORT_STATE)
    order = strcmp (kai_notice_state_to_string (x->state), kai_notice_state_to_string (y->state));
  else if (sort == KAI_SORT_AMOUNT)
    order = (x->amount > y->amount) - (x->amount < y->amount);
  else if (sort == KAI_SORT_PAID_ON)
    order = (x->paid_at > y->paid_at) - (x->paid_at < y->paid_at);
  if (order == 0 && (sort == KAI_SORT_AMOUNT || sort == KAI_SORT_PAID_ON))
    return x->id < y->id ? -1 : x->id > y->id;
  return order != 0 ? order : compare_dates (x, y);
}

static gboolean
has_value (const KaiNotice *notice, KaiNoticeSort sort)
{
  return !(sort == KAI_SORT_CODE && notice->payment_code[0] == '\0')
         && !(sort == KAI_SORT_PAID_ON && notice->paid_at == 0);
}

static int
compare_as_listed (gconstpointer a, gconstpointer b, gpointer data)
{
  const KaiNotice *x = *(KaiNotice *const *)a;
  const KaiNotice *y = *(KaiNotice *const *)b;
  const KaiNoticeFilter *filter = data;
  gboolean x_has = has_value (x, filter->sort), y_has = has_value (y, filter->sort);
  int order;

  if (x_has != y_has)
    return x_has ? -1 : 1;
  order = x_has ? compare_column (x, y, filter->sort) : compare_dates (x, y);
  return filter->ascending ? order : -order;
}

/* Most conditions are absent most of the time, or nothing would ever be found. */
static gboolean
is_rare (void)
{
  return g_test_rand_int_range (0, 4) == 0;
}

static void
random_filter (KaiNoticeFilter *filter)
{
  static const char *const texts[] = { "小",  "100%", "a_b",         "_", "AX",
                                       "123", "0012", "13800000001", "x", "wxm" };

  filter->state = g_test_rand_bit () ? g_test_rand_int_range (0, 4) : -1;
  filter->swap = (KaiSwapFilter)g_test_rand_int_range (0, 3);
  filter->from = is_rare () ? 20261100 + g_test_rand_int_range (1, 31) : 0;
  filter->to = is_rare () ? 20261100 + g_test_rand_int_range (1, 31) : 0;
  filter->batch_id = is_rare () ? batches[g_test_rand_int_range (1, 3)] : NULL;
  filter->clerk_code = is_rare () ? clerks[g_test_rand_int_range (0, 2)] : NULL;
  filter->text = is_rare () ? texts[g_test_rand_int_range (0, G_N_ELEMENTS (texts))] : NULL;
  filter->limit = is_rare () ? g_test_rand_int_range (1, 50) : 0;
  filter->server = is_rare () ? (KaiServerFilter)g_test_rand_int_range (1, 3) : KAI_SERVER_ANY;
  filter->pay_channel = is_rare () ? g_test_rand_int_range (1, 4) : 0;
  filter->group = is_rare () ? groups[g_test_rand_int_range (0, G_N_ELEMENTS (groups))] : NULL;
  filter->lapses_by = is_rare () ? 20261100 + g_test_rand_int_range (1, 31) : 0;
  filter->sort = (KaiNoticeSort)g_test_rand_int_range (0, KAI_SORT_PAID_ON + 1);
  filter->ascending = g_test_rand_bit ();
}

static void
step_query (KaiDatabase *db, GPtrArray *model)
{
  KaiNoticeFilter filter = KAI_NOTICE_FILTER_ALL;
  g_autoptr (GPtrArray) expected = g_ptr_array_new ();
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GArray) ids = NULL;

  random_filter (&filter);
  for (guint i = 0; i < model->len; i++)
    if (matches (g_ptr_array_index (model, i), &filter))
      g_ptr_array_add (expected, g_ptr_array_index (model, i));
  g_ptr_array_sort_with_data (expected, compare_as_listed, &filter);
  if (filter.limit > 0 && expected->len > (guint)filter.limit)
    g_ptr_array_set_size (expected, filter.limit);
  found = kai_notice_store_list (db, &filter, NULL);
  ids = kai_notice_store_list_ids (db, &filter, NULL);
  g_assert_cmpuint (found->len, ==, expected->len);
  g_assert_cmpuint (ids->len, ==, expected->len);
  for (guint i = 0; i < expected->len; i++)
    {
      const KaiNotice *notice = g_ptr_array_index (expected, i);

      assert_same (g_ptr_array_index (found, i), notice);
      g_assert_cmpint (g_array_index (ids, gint64, i), ==, notice->id);
    }
}

static void
test_model (StoreTest *test, gconstpointer data)
{
  g_autoptr (GPtrArray) model = kai_notices_new ();

  numbers = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  store_test_run (test->db, "PRAGMA synchronous = OFF");
  for (int step = 0; step < 3000; step++)
    {
      int what = g_test_rand_int_range (0, 100);
      KaiNotice *any =
          model->len > 0 ? g_ptr_array_index (model, g_test_rand_int_range (0, (gint32)model->len))
                         : NULL;

      if (what < 40 || !any)
        step_insert (test->db, model, step);
      else if (what < 65)
        step_update (test->db, model, any);
      else if (what < 90)
        step_swap (test->db, any, step);
      else
        step_query (test->db, model);
    }
  for (guint i = 0; i < model->len; i++)
    {
      const KaiNotice *notice = g_ptr_array_index (model, i);
      g_autoptr (KaiNotice) loaded = kai_notice_store_load (test->db, notice->id, NULL);

      assert_same (loaded, notice);
    }
  g_clear_pointer (&numbers, g_hash_table_unref);
}

/* ---- The long list ---- */

static void
test_list (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNoticeList) list = kai_notice_list_new (test->db);
  KaiNoticeFilter filter = KAI_NOTICE_FILTER_ALL;
  const guint n = 256 * 11 + 7; /* more pages than are kept */
  g_autofree gint64 *ids = g_new (gint64, n);

  g_assert_cmpuint (kai_notice_list_get_length (list), ==, 0);
  g_assert_true (kai_database_begin (test->db, NULL));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KaiNotice) notice = store_test_notice ("");

      store_test_insert (test->db, notice);
      ids[n - 1 - i] = notice->id;
    }
  g_assert_true (kai_database_commit (test->db, NULL));
  g_assert_true (kai_notice_list_load (list, &filter, NULL));
  g_assert_cmpuint (kai_notice_list_get_length (list), ==, n);
  for (int i = 0; i < 3000; i++)
    {
      guint position = (guint)g_test_rand_int_range (0, (gint32)n);
      const KaiNotice *notice = kai_notice_list_get (list, position);

      g_assert_nonnull (notice);
      g_assert_cmpint (notice->id, ==, ids[position]);
      g_assert_cmpint (kai_notice_list_get_id (list, position), ==, ids[position]);
      g_assert_cmpuint (notice->items->len, ==, 2);
    }
  g_assert_cmpint (kai_notice_list_find (list, ids[300]), ==, 300);
  g_assert_cmpint (kai_notice_list_find (list, 123456789), ==, -1);
  filter.text = "nobody";
  g_assert_true (kai_notice_list_load (list, &filter, NULL));
  g_assert_cmpuint (kai_notice_list_get_length (list), ==, 0);
}

/* What a row shows is what it was when loaded, until the list is loaded again; a row that went is not there. */
static void
test_list_changes (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNoticeList) list = kai_notice_list_new (test->db);
  KaiNoticeFilter filter = KAI_NOTICE_FILTER_ALL;
  g_autoptr (KaiNotice) notice = store_test_notice ("1");

  store_test_insert (test->db, notice);
  g_assert_true (kai_notice_list_load (list, &filter, NULL));
  g_assert_cmpint (kai_notice_list_get (list, 0)->state, ==, KAI_NOTICE_UNPAID);
  notice->state = KAI_NOTICE_PAID;
  store_test_update (test->db, notice);
  g_assert_true (kai_notice_list_load (list, &filter, NULL));
  g_assert_cmpint (kai_notice_list_get (list, 0)->state, ==, KAI_NOTICE_PAID);
  g_assert_true (kai_notice_list_load (list, &filter, NULL));
  store_test_run (test->db, "DELETE FROM notice_claim");
  store_test_run (test->db, "DELETE FROM notice_item");
  store_test_run (test->db, "DELETE FROM notice");
  g_assert_null (kai_notice_list_get (list, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/notice-store/round-trip", test_round_trip);
  store_test_add ("/notice-store/update-leaves-the-rest", test_update_leaves_the_rest);
  store_test_add ("/notice-store/not-found", test_not_found);
  store_test_add ("/notice-store/conflict", test_conflict);
  store_test_add ("/notice-store/drafts", test_drafts);
  store_test_add ("/notice-store/search-text", test_search_text);
  store_test_add ("/notice-store/model", test_model);
  store_test_add ("/notice-list/pages", test_list);
  store_test_add ("/notice-list/changes", test_list_changes);
  return g_test_run ();
}
