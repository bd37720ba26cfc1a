/* The list of what is to be asked after a restore. */
#include "backup/kai-recovery.h"

#include <glib/gstdio.h>

#include "store/kai-store-switch.h"

void
kai_recovery_free (KaiRecovery *recovery)
{
  if (!recovery)
    return;
  g_free (recovery->desk_id);
  g_free (recovery);
}

KaiRecovery *
kai_recovery_next (KaiDatabase *db, GError **error)
{
  KaiRecovery *recovery;
  gboolean row;
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT id, desk_id, saved_at, asked_leases, asked_ebills FROM store_restore"
      " WHERE done_at = 0 ORDER BY id LIMIT 1",
      error);

  if (!stmt || !kai_database_step (db, stmt, &row, error) || !row)
    return NULL;
  recovery = g_new0 (KaiRecovery, 1);
  recovery->id = sqlite3_column_int64 (stmt, 0);
  recovery->desk_id = kai_column_dup (stmt, 1);
  recovery->saved_at = sqlite3_column_int64 (stmt, 2);
  recovery->asked_leases = sqlite3_column_int (stmt, 3) != 0;
  recovery->asked_ebills = sqlite3_column_int (stmt, 4) != 0;
  sqlite3_reset (stmt);
  return recovery;
}

/* ---- leases ---- */

static gboolean
add_lease (KaiDatabase *db, const char *region, int year, const char *assigner, gint64 first,
           gint64 last, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 known = kai_database_get_int (
      db, 0, &local,
      "SELECT EXISTS (SELECT 1 FROM code_lease WHERE region = ? AND year = ? AND assigner = ?"
      " AND first <= ? AND last >= ?)",
      "titll", region, year, assigner, last, first);

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return known
         || (kai_database_run (db, error,
                               "INSERT INTO code_lease (region, year, assigner, first, last, next,"
                               " created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5 + 1, ?6)",
                               "titlll", region, year, assigner, first, last,
                               g_get_real_time () / G_USEC_PER_SEC)
             && kai_database_run (db, error,
                                  "INSERT INTO code_given_up (lease_id, first, last, next)"
                                  " VALUES (?1, ?2, ?3, ?2)",
                                  "lll", kai_database_last_id (db), first, last));
}

gboolean
kai_recovery_add_lease (KaiDatabase *db, const char *region, int year, const char *assigner,
                        gint64 first, gint64 last, GError **error)
{
  if (!kai_database_begin (db, error))
    return FALSE;
  if (add_lease (db, region, year, assigner, first, last, error))
    return kai_database_commit (db, error);
  kai_database_rollback (db);
  return FALSE;
}

gboolean
kai_recovery_leases_asked (KaiDatabase *db, const KaiRecovery *recovery, GError **error)
{
  return kai_database_run (db, error, "UPDATE store_restore SET asked_leases = 1 WHERE id = ?", "l",
                           recovery->id);
}

/* ---- numbers ---- */

void
kai_recovery_number_clear (KaiRecoveryNumber *number)
{
  g_clear_pointer (&number->region, g_free);
  g_clear_pointer (&number->assigner, g_free);
}

gboolean
kai_recovery_next_number (KaiDatabase *db, KaiRecoveryNumber *number, GError **error)
{
  gboolean row;
  sqlite3_stmt *stmt =
      kai_database_prepare (db,
                            "SELECT g.id, region, assigner, year, g.next,"
                            " (SELECT sum (last + 1 - next) FROM code_given_up WHERE next <= last)"
                            " FROM code_given_up g JOIN code_lease l ON l.id = lease_id"
                            " WHERE g.next <= g.last ORDER BY g.id LIMIT 1",
                            error);

  kai_recovery_number_clear (number);
  number->id = 0;
  if (!stmt || !kai_database_step (db, stmt, &row, error))
    return FALSE;
  if (!row)
    return TRUE;
  number->id = sqlite3_column_int64 (stmt, 0);
  number->region = kai_column_dup (stmt, 1);
  number->assigner = kai_column_dup (stmt, 2);
  number->year = sqlite3_column_int (stmt, 3);
  number->sequence = sqlite3_column_int64 (stmt, 4);
  number->left = sqlite3_column_int64 (stmt, 5);
  sqlite3_reset (stmt);
  return TRUE;
}

gboolean
kai_recovery_number_asked (KaiDatabase *db, const KaiRecoveryNumber *number, GError **error)
{
  return kai_database_run (db, error,
                           "UPDATE code_given_up SET next = ?2 + 1 WHERE id = ?1 AND next = ?2",
                           "ll", number->id, number->sequence);
}

/* ---- notices ---- */

gboolean
kai_recovery_next_notice (KaiDatabase *db, const KaiRecovery *recovery, gint64 *id,
                          char **payment_code, GError **error)
{
  gboolean row;
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT n.id, payment_code FROM store_restore r JOIN notice n"
      " ON n.id > r.next_notice AND n.id <= r.last_notice"
      " WHERE r.id = ? AND n.state IN ('unpaid', 'lapsed') AND n.sync = 'accepted'"
      " ORDER BY n.id LIMIT 1",
      error);

  *payment_code = NULL;
  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "l", recovery->id);
  if (!kai_database_step (db, stmt, &row, error))
    return FALSE;
  if (!row)
    return TRUE;
  *id = sqlite3_column_int64 (stmt, 0);
  *payment_code = kai_column_dup (stmt, 1);
  sqlite3_reset (stmt);
  return TRUE;
}

gboolean
kai_recovery_notice_asked (KaiDatabase *db, const KaiRecovery *recovery, gint64 id, GError **error)
{
  return kai_database_run (db, error, "UPDATE store_restore SET next_notice = ?2 WHERE id = ?1",
                           "ll", recovery->id, id);
}

/* ---- e-bills ---- */

gboolean
kai_recovery_ebills_wait (KaiDatabase *db)
{
  return kai_database_get_int (db, 0, NULL,
                               "SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'waiting'"
                               " AND msg_no IN ('8999', '8981', '8982', '8632'))",
                               NULL)
         != 0;
}

gboolean
kai_recovery_ebills_asked (KaiDatabase *db, const KaiRecovery *recovery, GError **error)
{
  return kai_database_run (db, error, "UPDATE store_restore SET asked_ebills = 1 WHERE id = ?", "l",
                           recovery->id);
}

gboolean
kai_recovery_done (KaiDatabase *db, const KaiRecovery *recovery, GError **error)
{
  return kai_database_run (db, error, "UPDATE store_restore SET done_at = ?2 WHERE id = ?1", "ll",
                           recovery->id, g_get_real_time () / G_USEC_PER_SEC);
}

/* ---- the store that was put aside ---- */

static gboolean
is_spent (const char *dir, const char *name)
{
  g_autoptr (KaiDatabase) db = kai_database_open_as_is (dir, name, &kai_store_schema, NULL);
  g_autofree char *base = g_strconcat (name, ".lock", NULL);
  g_autofree char *lock = g_build_filename (dir, base, NULL);
  gint64 waiting = db ? kai_database_get_int (
                       db, -1, NULL, "SELECT count (*) FROM outbox WHERE state <> 'answered'", NULL)
                      : -1;

  g_unlink (lock);
  return waiting == 0;
}

void
kai_recovery_clear_aside (const char *dir, const char *name)
{
  g_auto (GStrv) names = kai_store_list_aside (dir, name);

  for (int i = 0; names[i]; i++)
    if (!is_spent (dir, names[i]))
      return;
  kai_store_remove_aside (dir, name);
}
