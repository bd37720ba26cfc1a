/* Adding up a selection that may be very long: by SQL, and without the data key. */
#include "store/kai-notice-totals.h"

static char *
ids_to_json (const gint64 *ids, gsize n)
{
  GString *json = g_string_sized_new (n * 8 + 2);

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (json, "%c%" G_GINT64_FORMAT, i > 0 ? ',' : '[', ids[i]);
  g_string_append (json, n > 0 ? "]" : "[]");
  return g_string_free (json, FALSE);
}

/* In two parts: the sum of whole amounts could be more than SQLite can count to. */
static void
add_amount (KaiNoticeTotals *totals, gint64 millions, gint64 rest)
{
  KaiMoney amount;

  if (!kai_money_multiply (1000000, millions, &amount) || !kai_money_add (amount, rest, &amount)
      || !kai_money_add (totals->amount, amount, &totals->amount))
    totals->amount = KAI_MONEY_MAX;
}

gboolean
kai_notice_totals_add (KaiNoticeTotals *totals, KaiDatabase *db, const gint64 *ids, gsize n,
                       GError **error)
{
  g_autofree char *json = ids_to_json (ids, n);
  sqlite3_stmt *stmt =
      kai_database_prepare (db,
                            "SELECT count(*), sum (n.amount / 1000000), sum (n.amount % 1000000),"
                            " sum (n.state = 'unpaid'),"
                            " sum (n.state = 'paid' AND n.has_ebill = 0)"
                            " FROM json_each (?) f CROSS JOIN notice n ON n.id = f.value",
                            error);
  gboolean row;

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "s", json);
  if (!kai_database_step (db, stmt, &row, error))
    return FALSE;
  totals->count += sqlite3_column_int64 (stmt, 0);
  add_amount (totals, sqlite3_column_int64 (stmt, 1), sqlite3_column_int64 (stmt, 2));
  totals->unpaid += sqlite3_column_int64 (stmt, 3);
  totals->swappable += sqlite3_column_int64 (stmt, 4);
  sqlite3_reset (stmt);
  return TRUE;
}
