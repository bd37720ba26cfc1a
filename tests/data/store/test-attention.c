/* What needs attention, over a small store in which every row counts somewhere. Local time is that of the tests: UTC+8. */
#include "store-test.h"

#include "store/kai-attention.h"
#include "store/kai-code-lease.h"
#include "store/kai-ebill-store.h"
#include "store/kai-outbox.h"
#include "store/kai-stock.h"

#define TODAY 20261121
#define MIDNIGHT_21 G_GINT64_CONSTANT (1795190400) /* 2026-11-21 00:00 in Shanghai */

typedef struct
{
  KaiDay bill_date, valid_until;
  KaiNoticeState state;
  KaiSyncState sync;
  KaiMoney amount;
  gint64 paid_at;
  KaiSyncState ebill; /* DRAFT: none */
} Row;

static const Row rows[] = {
  { 20261121, 20261201, KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, 1, 0, KAI_SYNC_DRAFT },
  { 20261114, 20261124, KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, 10, 0, KAI_SYNC_DRAFT },
  { 20261113, 20261123, KAI_NOTICE_UNPAID, KAI_SYNC_SENT, 100, 0, KAI_SYNC_DRAFT },
  { 20261115, 20261122, KAI_NOTICE_UNPAID, KAI_SYNC_REFUSED, 1000, 0, KAI_SYNC_DRAFT },
  { 20261110, 20261120, KAI_NOTICE_LAPSED, KAI_SYNC_ACCEPTED, 10000, 0, KAI_SYNC_DRAFT },
  { 20261101, 20261111, KAI_NOTICE_LAPSED, KAI_SYNC_ACCEPTED, 7, 0, KAI_SYNC_DRAFT },
  { 20261120, 20261130, KAI_NOTICE_PAID, KAI_SYNC_ACCEPTED, 100000, MIDNIGHT_21 - 1,
    KAI_SYNC_DRAFT },
  { 20261120, 20261130, KAI_NOTICE_PAID, KAI_SYNC_ACCEPTED, 1000000, MIDNIGHT_21,
    KAI_SYNC_REFUSED },
  { 20261120, 20261130, KAI_NOTICE_PAID, KAI_SYNC_ACCEPTED, 10000000, MIDNIGHT_21, KAI_SYNC_SENT },
  { 20261120, 20261130, KAI_NOTICE_PAID, KAI_SYNC_ACCEPTED, 100000000, MIDNIGHT_21,
    KAI_SYNC_ACCEPTED },
};

static void
add_rows (KaiDatabase *db)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *code = g_strdup_printf ("%u", i + 1);
      g_autoptr (KaiNotice) notice = store_test_notice (code);
      g_autoptr (KaiEbillRecord) ebill = NULL;

      g_ptr_array_set_size (notice->items, 0);
      kai_notice_add_item (notice, "320600000001", 1, rows[i].amount);
      g_assert_true (kai_notice_sum (notice));
      notice->bill_date = rows[i].bill_date;
      notice->valid_until = rows[i].valid_until;
      notice->state = rows[i].state;
      notice->sync = rows[i].sync;
      notice->paid_at = rows[i].paid_at;
      store_test_insert (db, notice);
      if (rows[i].ebill == KAI_SYNC_DRAFT)
        continue;
      ebill = kai_ebill_store_create (db, notice->id, "01", NULL);
      g_assert_nonnull (ebill);
      ebill->sync = rows[i].ebill;
      g_assert_true (kai_ebill_store_update (db, ebill, NULL));
    }
}

static KaiAttention *
load (KaiDatabase *db)
{
  const KaiAttentionQuery query = { .today = TODAY, .lapse_days = 3 };
  g_autoptr (GError) error = NULL;
  KaiAttention *attention = kai_attention_load (db, &query, &error);

  g_assert_no_error (error);
  return attention;
}

#define assert_figure(figure, n, sum)                                                              \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_assert_cmpint ((figure).count, ==, n);                                                       \
    g_assert_cmpint ((figure).amount, ==, sum);                                                    \
  }                                                                                                \
  G_STMT_END

static void
test_empty (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiAttention) attention = load (test->db);

  assert_figure (attention->unpaid, 0, 0);
  assert_figure (attention->unswapped, 0, 0);
  g_assert_cmpint (attention->first_lapse, ==, 0);
  g_assert_cmpint (attention->oldest_paid, ==, 0);
  g_assert_cmpint (attention->codes_left, ==, 0);
  g_assert_cmpuint (attention->stock->len, ==, 0);
  g_assert_cmpint (attention->days[0].day, ==, 20261108);
  g_assert_cmpint (attention->days[KAI_ATTENTION_DAYS - 1].day, ==, TODAY);
}

static void
test_notices (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiAttention) attention = NULL;

  add_rows (test->db);
  attention = load (test->db);
  assert_figure (attention->unpaid, 3, 111);
  assert_figure (attention->lapsing, 2, 110);
  g_assert_cmpint (attention->first_lapse, ==, 20261123);
  assert_figure (attention->lapsed, 1, 10000);
  assert_figure (attention->unswapped, 2, 1100000);
  g_assert_cmpint (attention->oldest_paid, ==, MIDNIGHT_21 - 1);
  assert_figure (attention->refused, 1, 1000);
  g_assert_cmpint (attention->drafts, ==, 0);
  g_assert_cmpint (attention->ebills_open, ==, 1);
  g_assert_cmpint (attention->ebills_refused, ==, 1);
}

static void
test_days (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiAttention) attention = NULL;
  const KaiDayFigure *days;

  add_rows (test->db);
  attention = load (test->db);
  days = attention->days;
  assert_figure (days[KAI_ATTENTION_DAYS - 1].issued, 1, 1);
  assert_figure (days[KAI_ATTENTION_DAYS - 1].paid, 3, 111000000);
  assert_figure (days[KAI_ATTENTION_DAYS - 2].issued, 4, 111100000);
  assert_figure (days[KAI_ATTENTION_DAYS - 2].paid, 1, 100000);
  assert_figure (days[20261115 - 20261108].issued, 0, 0); /* refused */
  assert_figure (attention->figures.paid, 3, 111000000);
}

static void
add_message (KaiDatabase *db, const char *id, int created, const char *state)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("x", 1);
  gint64 subject = 1;
  g_autofree char *sql = NULL;
  gint64 row = kai_outbox_add (db, id, "8994", body, "", &subject, 1, NULL);

  g_assert_cmpint (row, >, 0);
  sql = g_strdup_printf ("UPDATE outbox SET created_at = %d, state = '%s' WHERE msg_id = '%s'",
                         created, state, id);
  store_test_run (db, sql);
}

static void
test_messages_and_codes (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiAttention) attention = NULL;

  add_message (test->db, "1", 10, "held");
  add_message (test->db, "2", 20, "waiting");
  add_message (test->db, "3", 30, "waiting");
  add_message (test->db, "4", 5, "refused");
  g_assert_true (kai_code_lease_add (test->db, "320684", 2026, "001", 1, 40, NULL));
  g_assert_true (kai_code_lease_add (test->db, "320684", 2027, "001", 1, 90, NULL));
  attention = load (test->db);
  g_assert_cmpint (attention->messages_waiting, ==, 2);
  g_assert_cmpint (attention->messages_refused, ==, 1);
  g_assert_cmpint (attention->messages_held, ==, 1);
  g_assert_cmpint (attention->oldest_message, ==, 20);
  g_assert_cmpint (attention->codes_left, ==, 40);
}

static void
move (KaiDatabase *db, KaiMoveKind kind, gint64 first, gint64 last)
{
  const KaiStockMove move = { .kind = kind,
                              .type = "0101",
                              .version = "2026",
                              .from = "320684001",
                              .to = "320684001",
                              .range = { first, last, 10 },
                              .reason = "torn",
                              .user = "01" };
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (kai_stock_move (db, &move, &error), >, 0);
  g_assert_no_error (error);
}

static void
test_stock (StoreTest *test, gconstpointer data)
{
  g_autoptr (GPtrArray) ranges =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_stock_range_free);
  KaiStockRange *range = g_new0 (KaiStockRange, 1);
  g_autoptr (KaiAttention) attention = NULL;
  const KaiTypeStock *stock;

  *range = (KaiStockRange){ .type = g_strdup ("0101"),
                            .version = g_strdup ("2026"),
                            .holder = g_strdup ("320684001"),
                            .state = KAI_STOCK_TO_TAKE_IN,
                            .range = { 1, 100, 10 } };
  g_ptr_array_add (ranges, range);
  g_assert_true (kai_database_begin (test->db, NULL));
  g_assert_true (kai_stock_set_deliveries (test->db, "320684001", ranges, NULL));
  move (test->db, KAI_MOVE_RECEIVE, 1, 60);
  move (test->db, KAI_MOVE_VOID, 3, 5);
  g_assert_true (kai_database_commit (test->db, NULL));
  attention = load (test->db);
  g_assert_cmpuint (attention->stock->len, ==, 1);
  stock = attention->stock->pdata[0];
  g_assert_cmpstr (stock->type, ==, "0101");
  g_assert_cmpint (stock->free, ==, 57);
  g_assert_cmpint (stock->to_take_in, ==, 40);
  g_assert_cmpint (stock->void_unreturned, ==, 3);
  g_assert_cmpint (attention->oldest_void, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/attention/empty", test_empty);
  store_test_add ("/attention/notices", test_notices);
  store_test_add ("/attention/days", test_days);
  store_test_add ("/attention/messages-and-codes", test_messages_and_codes);
  store_test_add ("/attention/stock", test_stock);
  return g_test_run ();
}
