/* Payments that the server tells: 100,000 notices become paid through what the sync engine calls for each push, in transactions as large as the server's
 * answers. Ends with 1 below 20,000 rows a second.
 *   bench-sync [DIR [NOTICES [PAYMENTS]]] */
#include "bench-ledger.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "messages/kai-record.h"
#include "sync/kai-desk-private.h"

#define PUSHES 500
#define ROWS_A_SECOND 20000

static void
must (gboolean ok, GError *error)
{
  if (!ok)
    g_error ("%s", error ? error->message : "failed");
}

/* Codes and amounts of every @every-th notice from @first on, which are made unpaid before. */
static GPtrArray *
choose (KaiDatabase *db, int first, int every, int payments)
{
  GPtrArray *pushes = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_record_free);
  GError *error = NULL;
  gboolean row = TRUE;
  sqlite3_stmt *stmt;

  must (kai_database_run (db, &error,
                          "UPDATE notice SET state = 'unpaid', paid_at = 0, trace_no = ''"
                          " WHERE id >= ? AND id % ? = 0",
                          "ii", first, every),
        error);
  stmt = kai_database_prepare (
      db,
      "SELECT payment_code, amount FROM notice WHERE id >= ? AND id % ? = 0 ORDER BY id LIMIT ?",
      &error);
  kai_statement_bind (stmt, "iii", first, every, payments);
  while (row)
    {
      KaiRecord *push;
      g_autofree char *amount = NULL;

      must (kai_database_step (db, stmt, &row, &error), error);
      if (!row)
        break;
      amount = g_strdup_printf ("%d.%02d", (int)(sqlite3_column_int64 (stmt, 1) / 100),
                                (int)(sqlite3_column_int64 (stmt, 1) % 100));
      push = kai_record_new ();
      kai_record_set (push, "PayCode", (const char *)sqlite3_column_text (stmt, 0));
      kai_record_set (push, "Amt", amount);
      kai_record_set (push, "CfmDate", "20261121");
      kai_record_set (push, "CfmTime", "101500");
      kai_record_set (push, "PayMode", "2");
      kai_record_set (push, "PayerName", "王小明");
      kai_record_set (push, "TraNoBus", "20261121000001");
      g_ptr_array_add (pushes, push);
    }
  return pushes;
}

/* Seconds of a processor that this program has had. */
static double
processor_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
         + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* As the engine does with each answer of the server; notices a second. */
static double
apply (KaiDesk *desk, GPtrArray *pushes)
{
  gint64 start = g_get_monotonic_time ();
  GError *error = NULL;

  for (guint i = 0; i < pushes->len; i++)
    {
      if (i % PUSHES == 0)
        must (kai_database_begin (desk->db, &error), error);
      must (kai_desk_apply_payment (desk, pushes->pdata[i], &error), error);
      if (i % PUSHES == PUSHES - 1 || i == pushes->len - 1)
        must (kai_database_commit (desk->db, &error), error);
    }
  return pushes->len / (bench_ms (start) / 1e3);
}

static double
measure (KaiDesk *desk, const char *what, int first, int every, int payments)
{
  g_autoptr (GPtrArray) pushes = choose (desk->db, first, every, payments);
  double before = processor_seconds (), rate = apply (desk, pushes);

  g_print ("%u payments of %s: %.0f notices/s, each with its line in the log (%.0f a second of "
           "processor time)\n",
           pushes->len, what, rate, pushes->len / (processor_seconds () - before));
  return rate;
}

int
main (int argc, char **argv)
{
  g_autofree char *dir = bench_directory (argc, argv);
  int count = argc > 2 ? atoi (argv[2]) : 1000000, payments = argc > 3 ? atoi (argv[3]) : 100000;
  g_autofree char *copy = NULL;
  g_autoptr (KaiConnection) connection = NULL;
  g_autoptr (KaiVault) vault = bench_vault_new ();
  GError *error = NULL;
  KaiDesk *desk;
  double rate;

  kai_database_close (bench_ledger_open (dir, count));
  copy = bench_ledger_copy (dir, count, "syncing");
  connection = kai_connection_new (copy);
  kai_notice_set (&connection->user, BENCH_CLERK);
  connection->offline = TRUE;
  desk = kai_desk_open (connection, NULL, &error);
  must (desk != NULL, error);
  kai_database_set_vault (kai_desk_get_database (desk), vault);
  rate = measure (desk, "the newest notices", MAX (1, count - payments + 1), 1, payments);
  measure (desk, "notices all over the ledger", 1, MAX (1, count / (payments / 10)), payments / 10);
  kai_desk_close (desk);
  bench_ledger_remove (copy);
  return rate >= ROWS_A_SECOND ? 0 : 1;
}
