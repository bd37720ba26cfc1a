/* Leased payment code sequence numbers. That leases do not overlap and that a number is not given twice is also watched over by the
 * triggers of the table. */
#include "store/kai-code-lease.h"

#include <glib/gi18n-lib.h>

#include "values/kai-codes.h"
#include "values/kai-error.h"

gboolean
kai_code_lease_add (KaiDatabase *db, const char *region, int year, const char *assigner,
                    gint64 first, gint64 last, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (first < 0 || last < first || last == G_MAXINT64)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The leased payment codes make no sense: the first comes after the "
                             "last. Ask the finance bureau."));
  if (kai_database_run (db, &local,
                        "INSERT INTO code_lease (region, year, assigner, first, last, next,"
                        " created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                        "titllll", region, year, assigner, first, last, first,
                        g_get_real_time () / G_USEC_PER_SEC))
    return TRUE;
  if (g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT))
    return kai_data_fail (
        error, KAI_DATA_ERROR_CONFLICT,
        _ ("The payment code numbers %lld to %lld were leased before, at least in part. "
           "Nothing was added; ask the finance bureau."),
        (long long)first, (long long)last);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gint64
kai_code_lease_left (KaiDatabase *db, int year, GError **error)
{
  return kai_database_get_int (db, 0, error,
                               "SELECT coalesce (sum (last + 1 - next), 0) FROM code_lease"
                               " WHERE year = ? AND next <= last",
                               "i", year);
}

char *
kai_code_lease_take (KaiDatabase *db, const KaiPaymentCodeRule *rule, int year, GError **error)
{
  g_autofree char *region = NULL;
  g_autofree char *assigner = NULL;
  gint64 id, sequence;
  gboolean row;
  sqlite3_stmt *stmt = kai_database_prepare (db,
                                             "SELECT id, region, assigner, next FROM code_lease"
                                             " WHERE year = ? AND next <= last ORDER BY id LIMIT 1",
                                             error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "i", year);
  if (!kai_database_step (db, stmt, &row, error))
    return NULL;
  if (!row)
    {
      kai_data_fail (error, KAI_DATA_ERROR_NO_NUMBERS,
                     _ ("No payment codes are left for %d. Connect to the finance server to get "
                        "more; what you save until then gets its code later."),
                     year);
      return NULL;
    }
  id = sqlite3_column_int64 (stmt, 0);
  region = kai_column_dup (stmt, 1);
  assigner = kai_column_dup (stmt, 2);
  sequence = sqlite3_column_int64 (stmt, 3);
  sqlite3_reset (stmt);
  /* Two connections cannot take the same number: the trigger refuses a step back, and within a transaction only one writes. */
  if (!kai_database_run (db, error,
                         "UPDATE code_lease SET next = ?2 + 1 WHERE id = ?1 AND next = ?2", "ll",
                         id, sequence))
    return NULL;
  if (kai_database_changes (db) == 0)
    {
      kai_data_fail (error, KAI_DATA_ERROR_BUSY,
                     _ ("Another program took the same payment code. Try again."));
      return NULL;
    }
  return kai_payment_code_build (rule, region, year, assigner, sequence, error);
}
