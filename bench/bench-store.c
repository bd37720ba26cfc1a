/* A page of the list at any position, and saving a notice with its fsync against a bare insert of the same bytes with the same settings, turn by turn
 * in the same run. Ends with 1 when a page takes 2 ms (half of them) or saving more than 1.5 times the bare insert.
 *   bench-store [DIR [NOTICES]] */
#include "bench-ledger.h"

#include <stdlib.h>

#include "store/kai-notice-list.h"
#include "store/kai-notice-store.h"

#define PAGES 2000
#define PAGE_MS 2
#define PAIRS 400
#define RATIO 1.5

static void
must (gboolean ok, GError *error)
{
  if (!ok)
    g_error ("%s", error ? error->message : "failed");
}

/* ---- Pages ---- */

/* What a screen shows around a position, wherever the list was scrolled to. */
static gboolean
measure_pages (KaiDatabase *db, const char *what, const KaiNoticeFilter *filter)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  g_autoptr (KaiNoticeList) list = kai_notice_list_new (db);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  gint64 start = g_get_monotonic_time ();
  double loaded;
  GError *error = NULL;

  must (kai_notice_list_load (list, filter, &error), error);
  loaded = bench_ms (start);
  for (int i = 0; i < PAGES && kai_notice_list_get_length (list) > 40; i++)
    {
      guint first = (guint)g_rand_int_range (rand, 0, (int)kai_notice_list_get_length (list) - 40);
      double took;

      start = g_get_monotonic_time ();
      for (guint row = first; row < first + 40; row++)
        must (kai_notice_list_get (list, row) != NULL, NULL);
      took = bench_ms (start);
      g_array_append_val (times, took);
    }
  g_print ("page of 40 of %7u  %-12s median %5.2f ms  p99 %5.2f ms   (list loaded in %.1f ms)\n",
           kai_notice_list_get_length (list), what, bench_percentile (times, 0.5),
           bench_percentile (times, 0.99), loaded);
  return bench_percentile (times, 0.5) < PAGE_MS;
}

/* ---- Saving ---- */

static KaiNotice *
make_notice (GRand *rand, int i)
{
  g_autoptr (BenchPayer) payer = bench_payer_new (rand);
  KaiNotice *notice = kai_notice_new ();
  KaiNoticeItem *item;

  g_free (notice->payment_code);
  notice->payment_code = g_strdup_printf ("32068426999%08d1", i);
  kai_notice_set (&notice->unit_code, "320684001");
  notice->bill_date = 20261121;
  notice->valid_until = 20261201;
  notice->payer_kind = KAI_PAYER_PERSON;
  kai_notice_set (&notice->payer_name, payer->name);
  kai_notice_set (&notice->payer_id, payer->id);
  kai_notice_set (&notice->mobile, payer->mobile);
  kai_notice_set (&notice->clerk_code, "32068400101");
  kai_notice_set (&notice->clerk_name, "李会计");
  item = kai_notice_add_item (notice, "320600000001", 1, 98000);
  kai_notice_set (&item->name, "学费");
  notice->sync = KAI_SYNC_SIGNED;
  must (kai_notice_sum (notice), NULL);
  return notice;
}

/* Bytes of what is in the rows of a notice: the bare insert writes as many. */
static gsize
row_bytes (KaiDatabase *db, gint64 id)
{
  return (gsize)kai_database_get_int (
      db, 0, NULL,
      "SELECT length (sealed) + length (payment_code) + length (unit_code) + length (clerk_code)"
      " + length (CAST (clerk_name AS BLOB)) + 60 FROM notice WHERE id = ?",
      "l", id);
}

static double
save (KaiDatabase *db, KaiNotice *notice)
{
  gint64 start = g_get_monotonic_time ();
  GError *error = NULL;

  must (kai_notice_store_insert (db, notice, &error), error);
  return bench_ms (start);
}

static double
insert_bare (sqlite3_stmt *insert, GBytes *row)
{
  gint64 start = g_get_monotonic_time ();
  gsize size;
  gconstpointer data = g_bytes_get_data (row, &size);

  sqlite3_bind_blob (insert, 1, data, (int)size, SQLITE_STATIC);
  must (sqlite3_step (insert) == SQLITE_DONE, NULL);
  sqlite3_reset (insert);
  return bench_ms (start);
}

static sqlite3 *
open_bare (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "bare.db", NULL);
  sqlite3 *bare = NULL;

  must (sqlite3_open (path, &bare) == SQLITE_OK, NULL);
  must (sqlite3_exec (bare,
                      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                      "CREATE TABLE row (id INTEGER PRIMARY KEY, content BLOB NOT NULL)",
                      NULL, NULL, NULL)
            == SQLITE_OK,
        NULL);
  return bare;
}

static gboolean
measure_saving (const char *dir, int count)
{
  g_autofree char *copy = bench_ledger_copy (dir, count, "saving");
  KaiDatabase *db = bench_database_open (copy);
  sqlite3 *bare = open_bare (copy);
  sqlite3_stmt *insert = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (13);
  g_autoptr (GArray) ours = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) theirs = g_array_new (FALSE, FALSE, sizeof (double));
  double sum_ours = 0, sum_theirs = 0;

  sqlite3_prepare_v2 (bare, "INSERT INTO row (content) VALUES (?)", -1, &insert, NULL);
  for (int i = 0; i < PAIRS; i++)
    {
      g_autoptr (KaiNotice) notice = make_notice (rand, i);
      double a = save (db, notice), b;
      gsize size = row_bytes (db, notice->id);
      g_autoptr (GBytes) row = g_bytes_new_take (g_malloc0 (size), size);

      b = insert_bare (insert, row);
      g_array_append_val (ours, a);
      g_array_append_val (theirs, b);
      sum_ours += a;
      sum_theirs += b;
    }
  sqlite3_finalize (insert);
  sqlite3_close (bare);
  kai_database_close (db);
  bench_ledger_remove (copy);
  g_print ("saving a notice      median %5.2f ms  mean %5.2f ms\n"
           "bare insert          median %5.2f ms  mean %5.2f ms\n"
           "ratio                median %5.2f     mean %5.2f\n",
           bench_percentile (ours, 0.5), sum_ours / PAIRS, bench_percentile (theirs, 0.5),
           sum_theirs / PAIRS, bench_percentile (ours, 0.5) / bench_percentile (theirs, 0.5),
           sum_ours / sum_theirs);
  return bench_percentile (ours, 0.5) <= RATIO * bench_percentile (theirs, 0.5);
}

int
main (int argc, char **argv)
{
  static const KaiNoticeFilter all = KAI_NOTICE_FILTER_ALL;
  static const KaiNoticeFilter paid = { .state = KAI_NOTICE_PAID };
  static const KaiNoticeFilter wang = { .state = -1, .text = "王" };
  g_autofree char *dir = bench_directory (argc, argv);
  int count = argc > 2 ? atoi (argv[2]) : 1000000;
  KaiDatabase *db = bench_ledger_open (dir, count);
  gboolean ok = measure_pages (db, "all", &all);

  ok = measure_pages (db, "paid", &paid) && ok;
  ok = measure_pages (db, "“王”", &wang) && ok;
  kai_database_close (db);
  ok = measure_saving (dir, count) && ok;
  return ok ? 0 : 1;
}
