/* Figures of a period, over a small ledger in which every row counts somewhere. Local time is that of the tests: UTC+8. */
#include "store-test.h"

#include "store/kai-ebill-store.h"
#include "store/kai-figures.h"
#include "store/kai-outbox.h"

#define NOON_21 G_GINT64_CONSTANT (1795233600)     /* 2026-11-21 12:00 in Shanghai */
#define MIDNIGHT_21 G_GINT64_CONSTANT (1795190400) /* 2026-11-21 00:00 */
#define MIDNIGHT_22 (MIDNIGHT_21 + 86400)

typedef struct
{
  KaiDay bill_date;
  KaiNoticeState state;
  KaiSyncState sync;
  KaiMoney amount;
  gint64 paid_at;
  const char *item;
} Row;

static const Row rows[] = {
  { 20261121, KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, 1, 0, "A" },
  { 20261121, KAI_NOTICE_UNPAID, KAI_SYNC_SENT, 10, 0, "A" },
  { 20261121, KAI_NOTICE_UNPAID, KAI_SYNC_DRAFT, 100, 0, "A" },
  { 20261121, KAI_NOTICE_UNPAID, KAI_SYNC_REFUSED, 1000, 0, "A" },
  { 20261121, KAI_NOTICE_VOID, KAI_SYNC_ACCEPTED, 10000, 0, "B" },
  { 20261121, KAI_NOTICE_LAPSED, KAI_SYNC_ACCEPTED, 100000, 0, "B" },
  { 20261121, KAI_NOTICE_PAID, KAI_SYNC_ACCEPTED, 1000000, NOON_21, "C" },
  /* Issued the day before, paid in the first second of the day. */
  { 20261120, KAI_NOTICE_PAID, KAI_SYNC_ACCEPTED, 10000000, MIDNIGHT_21, "A" },
  /* Paid in the last second before the day, and in the first after it. */
  { 20261120, KAI_NOTICE_PAID, KAI_SYNC_ACCEPTED, 200000000, MIDNIGHT_21 - 1, "B" },
  { 20261121, KAI_NOTICE_PAID, KAI_SYNC_ACCEPTED, 300000000, MIDNIGHT_22, "C" },
};

static void
fill (KaiDatabase *db, gint64 ids[G_N_ELEMENTS (rows)])
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *code = g_strdup_printf ("%u", i + 1);
      g_autoptr (KaiNotice) notice = store_test_notice (code);
      KaiNoticeItem *item;

      g_ptr_array_set_size (notice->items, 0);
      item = kai_notice_add_item (notice, rows[i].item, 1, rows[i].amount);
      kai_notice_set (&item->name, i == G_N_ELEMENTS (rows) - 1 ? "newest name" : "name");
      g_assert_true (kai_notice_sum (notice));
      notice->bill_date = rows[i].bill_date;
      notice->state = rows[i].state;
      notice->sync = rows[i].sync;
      notice->paid_at = rows[i].paid_at;
      store_test_insert (db, notice);
      ids[i] = notice->id;
    }
}

#define assert_figure(figure, n, sum)                                                              \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_assert_cmpint ((figure).count, ==, n);                                                       \
    g_assert_cmpint ((figure).amount, ==, sum);                                                    \
  }                                                                                                \
  G_STMT_END

static void
test_day (StoreTest *test, gconstpointer data)
{
  gint64 ids[G_N_ELEMENTS (rows)];
  KaiFigures figures;
  g_autoptr (GBytes) body = g_bytes_new ("x", 1);

  fill (test->db, ids);
  kai_outbox_add (test->db, "M1", "8994", body, NULL, NULL, 0, NULL);
  g_assert_true (kai_figures_load (test->db, 20261121, 20261121, &figures, NULL));
  assert_figure (figures.issued, 6, 301110011);
  assert_figure (figures.paid, 2, 11000000);
  assert_figure (figures.voided, 1, 10000);
  assert_figure (figures.lapsed, 1, 100000);
  assert_figure (figures.unpaid, 3, 111);
  assert_figure (figures.refused, 1, 1000);
  assert_figure (figures.swapped, 0, 0);
  assert_figure (figures.paid_not_swapped, 2, 11000000);
  g_assert_cmpint (figures.waiting, ==, 1);
  g_assert_true (kai_figures_load (test->db, 20261120, 20261120, &figures, NULL));
  assert_figure (figures.issued, 2, 210000000);
  assert_figure (figures.paid, 1, 200000000);
  /* Open ends take everything. */
  g_assert_true (kai_figures_load (test->db, 0, 0, &figures, NULL));
  assert_figure (figures.issued, 8, 511110011);
  assert_figure (figures.paid, 4, 511000000);
  g_assert_true (kai_figures_load (test->db, 20261122, 0, &figures, NULL));
  assert_figure (figures.issued, 0, 0);
  assert_figure (figures.paid, 1, 300000000);
}

static void
test_swapped (StoreTest *test, gconstpointer data)
{
  gint64 ids[G_N_ELEMENTS (rows)];
  KaiFigures figures;
  KaiDay today = kai_day_today ();
  g_autoptr (KaiEbillRecord) accepted = NULL;
  g_autoptr (KaiEbillRecord) sent = NULL;

  fill (test->db, ids);
  accepted = kai_ebill_store_create (test->db, ids[6], "01", NULL);
  accepted->sync = KAI_SYNC_ACCEPTED;
  g_assert_true (kai_ebill_store_update (test->db, accepted, NULL));
  sent = kai_ebill_store_create (test->db, ids[7], "01", NULL);
  sent->sync = KAI_SYNC_SENT;
  g_assert_true (kai_ebill_store_update (test->db, sent, NULL));
  /* By the day of acceptance, which is now, whenever it was issued. */
  g_assert_true (kai_figures_load (test->db, today, 0, &figures, NULL));
  assert_figure (figures.swapped, 1, 1000000);
  g_assert_true (kai_figures_load (test->db, 20000101, 20000102, &figures, NULL));
  assert_figure (figures.swapped, 0, 0);
  g_assert_true (kai_figures_load (test->db, 20261121, 20261121, &figures, NULL));
  assert_figure (figures.paid_not_swapped, 1, 10000000);
  /* A later change of the row does not move the day of acceptance. */
  store_test_run (test->db, "UPDATE ebill SET accepted_at = 946728000 WHERE sync = 'accepted'");
  g_assert_true (kai_ebill_store_update (test->db, accepted, NULL));
  g_assert_true (kai_figures_load (test->db, 20000101, 20000102, &figures, NULL));
  assert_figure (figures.swapped, 1, 1000000);
}

static void
test_by_item (StoreTest *test, gconstpointer data)
{
  gint64 ids[G_N_ELEMENTS (rows)];
  g_autoptr (GPtrArray) items = NULL;
  KaiItemFigure *figure;

  fill (test->db, ids);
  items = kai_figures_by_item (test->db, 20261121, 20261121, NULL);
  g_assert_cmpuint (items->len, ==, 3);
  figure = g_ptr_array_index (items, 0);
  g_assert_cmpstr (figure->code, ==, "A");
  assert_figure (figure->paid, 1, 10000000);
  assert_figure (figure->issued, 2, 11);
  figure = g_ptr_array_index (items, 1);
  g_assert_cmpstr (figure->code, ==, "C");
  g_assert_cmpstr (figure->name, ==, "newest name");
  assert_figure (figure->paid, 1, 1000000);
  assert_figure (figure->issued, 2, 301000000);
  figure = g_ptr_array_index (items, 2);
  g_assert_cmpstr (figure->code, ==, "B");
  assert_figure (figure->paid, 0, 0);
  assert_figure (figure->issued, 2, 110000);
}

static void
test_empty (StoreTest *test, gconstpointer data)
{
  KaiFigures figures;
  g_autoptr (GPtrArray) items = kai_figures_by_item (test->db, 0, 0, NULL);

  g_assert_cmpuint (items->len, ==, 0);
  g_assert_true (kai_figures_load (test->db, 0, 0, &figures, NULL));
  assert_figure (figures.issued, 0, 0);
  assert_figure (figures.paid, 0, 0);
  g_assert_cmpint (figures.waiting, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/figures/day", test_day);
  store_test_add ("/figures/swapped", test_swapped);
  store_test_add ("/figures/by-item", test_by_item);
  store_test_add ("/figures/empty", test_empty);
  return g_test_run ();
}
