/* Notices whose time has run out. The date says so, at the desk as at the finance server: no message tells of it. A payment that was made in time and is told later still
 * counts, and a clock that was wrong for a while does no lasting harm: what it made lapse too early is unpaid again. */
#include "store/kai-notice-store.h"

#include <stdlib.h>

#include "store/kai-audit-log.h"
#include "values/kai-error.h"

/* The newest day on which this was looked at. An earlier one now: the clock was set back. */
#define LAPSED_ON "lapsed_on"

/* Both follow an index: of those that are unpaid by their last day (said to SQLite, which would take all that are unpaid), of those that lapsed by their state. What has no payment code or was refused is not at the server and waits for the
 * clerk: it gets new dates when it is sent. */
#define TOO_LATE                                                                                   \
  "notice INDEXED BY notice_by_validity WHERE state = 'unpaid' AND valid_until > 0 AND "           \
  "valid_until < ?1 AND payment_code <> ''"                                                        \
  " AND sync <> 'refused'"
#define TOO_EARLY "notice WHERE state = 'lapsed' AND valid_until >= ?1"

typedef struct
{
  const char *find, *action;
  KaiNoticeState from, to;
} Change;

static const Change lapse = {
  .find = "SELECT id, payment_code FROM " TOO_LATE " ORDER BY valid_until LIMIT ?2",
  .action = "notice.lapse",
  .from = KAI_NOTICE_UNPAID,
  .to = KAI_NOTICE_LAPSED,
};
static const Change revive = {
  .find = "SELECT id, payment_code FROM " TOO_EARLY " LIMIT ?2",
  .action = "notice.revive",
  .from = KAI_NOTICE_LAPSED,
  .to = KAI_NOTICE_UNPAID,
};

static gboolean
find_rows (KaiDatabase *db, const char *sql, KaiDay today, int limit, GArray *ids, GPtrArray *codes,
           GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (db, sql, error);
  gboolean row = TRUE;

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "ii", today, limit);
  while (row)
    {
      gint64 id;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (!row)
        break;
      id = sqlite3_column_int64 (stmt, 0);
      g_array_append_val (ids, id);
      g_ptr_array_add (codes, kai_column_dup (stmt, 1));
    }
  return TRUE;
}

static gboolean
change_row (KaiDatabase *db, const Change *change, gint64 id, const char *code, const char *user,
            GError **error)
{
  g_autofree char *subject = g_strconcat ("notice:", code, NULL);

  return kai_database_run (
             db, error, "UPDATE notice SET state = ?, updated_at = ? WHERE id = ? AND state = ?",
             "tllt", kai_notice_state_to_string (change->to), g_get_real_time () / G_USEC_PER_SEC,
             id, kai_notice_state_to_string (change->from))
         && kai_audit_log_add (db, user, change->action, subject,
                               kai_notice_state_to_string (change->to), error);
}

/* How many were changed, at most @limit; -1. */
static int
change_rows (KaiDatabase *db, const Change *change, KaiDay today, const char *user, int limit,
             GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GPtrArray) codes = g_ptr_array_new_with_free_func (g_free);

  if (!find_rows (db, change->find, today, limit, ids, codes, error))
    return -1;
  for (guint i = 0; i < ids->len; i++)
    if (!change_row (db, change, g_array_index (ids, gint64, i), codes->pdata[i], user, error))
      return -1;
  return (int)ids->len;
}

static KaiDay
last_look (KaiDatabase *db)
{
  g_autofree char *value = kai_database_dup_setting (db, LAPSED_ON);

  return value ? atoi (value) : 0;
}

/* The day is noted only when nothing is left of an earlier one. */
static int
change_all (KaiDatabase *db, KaiDay today, const char *user, int limit, GError **error)
{
  g_autofree char *day = g_strdup_printf ("%d", today);
  KaiDay last = last_look (db);
  int revived = 0, lapsed;

  if (last > today)
    revived = change_rows (db, &revive, today, user, limit, error);
  if (revived < 0)
    return -1;
  lapsed = revived < limit ? change_rows (db, &lapse, today, user, limit - revived, error) : 0;
  if (lapsed < 0
      || (revived + lapsed < limit && last != today
          && !kai_database_set_setting (db, LAPSED_ON, day, error)))
    return -1;
  return revived + lapsed;
}

/* Most times there is nothing to do, and then nothing is written. */
static gboolean
is_due (KaiDatabase *db, KaiDay today, GError **error)
{
  return last_look (db) > today
         || kai_database_get_int (db, 0, error, "SELECT EXISTS (SELECT 1 FROM " TOO_LATE ")", "i",
                                  today)
                != 0;
}

int
kai_notice_store_lapse (KaiDatabase *db, KaiDay today, const char *user, int limit, GError **error)
{
  g_autoptr (GError) local = NULL;
  int changed;

  if (!is_due (db, today, &local))
    {
      if (!local)
        return 0;
      g_propagate_error (error, g_steal_pointer (&local));
      return -1;
    }
  if (!kai_database_begin (db, error))
    return -1;
  changed = change_all (db, today, user, limit, error);
  if (changed < 0)
    kai_database_rollback (db);
  else if (!kai_database_commit (db, error))
    changed = -1;
  return changed;
}
