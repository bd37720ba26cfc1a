/* What needs attention: counts over the whole store. */
#include "store/kai-attention.h"

#include "store/kai-code-lease.h"

static void
type_stock_free (KaiTypeStock *stock)
{
  g_free (stock->type);
  g_free (stock);
}

void
kai_attention_free (KaiAttention *attention)
{
  if (!attention)
    return;
  g_ptr_array_unref (attention->stock);
  g_free (attention);
}

/* One row of @n numbers. */
static gboolean
read_row (KaiDatabase *db, sqlite3_stmt *stmt, gint64 *out, int n, GError **error)
{
  gboolean row;

  if (!stmt || !kai_database_step (db, stmt, &row, error))
    return FALSE;
  for (int i = 0; row && i < n; i++)
    out[i] = sqlite3_column_int64 (stmt, i);
  sqlite3_reset (stmt);
  return TRUE;
}

/* Of the unpaid notices that @from finds: how many and how much, and of these those that lapse by day @until. */
static gboolean
read_unpaid (KaiDatabase *db, const char *from, KaiDay until, gint64 out[4], GError **error)
{
  g_autofree char *sql =
      g_strconcat ("SELECT count (*), coalesce (sum (amount), 0),"
                   " count (*) FILTER (WHERE valid_until <= ?1),"
                   " coalesce (sum (amount) FILTER (WHERE valid_until <= ?1), 0) FROM notice ",
                   from, NULL);
  sqlite3_stmt *stmt = kai_database_prepare (db, sql, error);

  if (stmt)
    kai_statement_bind (stmt, "i", until);
  return read_row (db, stmt, out, 4, error);
}

/* All that are unpaid are added up from an index that knows nothing of refusals: the few that were refused are taken away again. */
static gboolean
load_unpaid (KaiDatabase *db, const KaiAttentionQuery *query, KaiAttention *out, GError **error)
{
  KaiDay until = kai_day_add (query->today, query->lapse_days);
  gint64 all[4] = { 0 };
  gint64 refused[4] = { 0 };
  gint64 first = 0;

  if (!read_unpaid (db, "INDEXED BY notice_by_validity WHERE state = 'unpaid'", until, all, error)
      || !read_unpaid (db, "WHERE sync = 'refused' AND state = 'unpaid'", until, refused, error)
      || !read_row (db,
                    kai_database_prepare (db,
                                          "SELECT valid_until FROM notice INDEXED BY"
                                          " notice_by_validity WHERE state = 'unpaid'"
                                          " AND sync <> 'refused' ORDER BY valid_until LIMIT 1",
                                          error),
                    &first, 1, error))
    return FALSE;
  out->unpaid = (KaiFigure){ all[0] - refused[0], all[1] - refused[1] };
  out->lapsing = (KaiFigure){ all[2] - refused[2], all[3] - refused[3] };
  out->first_lapse = (KaiDay)first;
  return TRUE;
}

static gboolean
load_lapsed (KaiDatabase *db, const KaiAttentionQuery *query, KaiAttention *out, GError **error)
{
  gint64 row[2] = { 0 };
  sqlite3_stmt *stmt =
      kai_database_prepare (db,
                            "SELECT count (*), coalesce (sum (amount), 0) FROM notice"
                            " WHERE state = 'lapsed' AND bill_date >= ?",
                            error);

  if (stmt)
    kai_statement_bind (stmt, "i", kai_day_add (query->today, 1 - KAI_ATTENTION_DAYS));
  if (!read_row (db, stmt, row, G_N_ELEMENTS (row), error))
    return FALSE;
  out->lapsed = (KaiFigure){ row[0], row[1] };
  return TRUE;
}

static gboolean
load_unswapped (KaiDatabase *db, KaiAttention *out, GError **error)
{
  gint64 row[3] = { 0 };
  sqlite3_stmt *stmt =
      kai_database_prepare (db,
                            "SELECT count (*), coalesce (sum (amount), 0),"
                            " coalesce (min (paid_at) FILTER (WHERE paid_at > 0), 0) FROM notice"
                            " INDEXED BY notice_without_ebill WHERE state = 'paid'"
                            " AND has_ebill = 0",
                            error);

  if (!read_row (db, stmt, row, G_N_ELEMENTS (row), error))
    return FALSE;
  out->unswapped = (KaiFigure){ row[0], row[1] };
  out->oldest_paid = row[2];
  return TRUE;
}

static gboolean
load_refused (KaiDatabase *db, KaiAttention *out, GError **error)
{
  gint64 row[5] = { 0 };
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT (SELECT count (*) FROM notice WHERE sync = 'refused'),"
      " (SELECT coalesce (sum (amount), 0) FROM notice WHERE sync = 'refused'),"
      " (SELECT count (*) FROM notice WHERE payment_code = '' AND state = 'unpaid'),"
      " (SELECT count (*) FROM ebill WHERE sync NOT IN ('accepted', 'refused')),"
      " (SELECT count (*) FROM ebill e WHERE e.sync = 'refused' AND e.id ="
      "   (SELECT max (id) FROM ebill WHERE notice_id = e.notice_id))",
      error);

  if (!read_row (db, stmt, row, G_N_ELEMENTS (row), error))
    return FALSE;
  out->refused = (KaiFigure){ row[0], row[1] };
  out->drafts = row[2];
  out->ebills_open = row[3];
  out->ebills_refused = row[4];
  return TRUE;
}

static gboolean
load_messages (KaiDatabase *db, KaiAttention *out, GError **error)
{
  gint64 row[4] = { 0 };
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT count (*) FILTER (WHERE state = 'waiting'),"
      " count (*) FILTER (WHERE state = 'refused'), count (*) FILTER (WHERE state = 'held'),"
      " coalesce (min (created_at) FILTER (WHERE state = 'waiting'), 0)"
      " FROM outbox WHERE state <> 'answered'",
      error);

  if (!read_row (db, stmt, row, G_N_ELEMENTS (row), error))
    return FALSE;
  out->messages_waiting = row[0];
  out->messages_refused = row[1];
  out->messages_held = row[2];
  out->oldest_message = row[3];
  return TRUE;
}

static gboolean
load_stock (KaiDatabase *db, KaiAttention *out, GError **error)
{
  gboolean row = TRUE;
  /* Every type that there is or was free paper of: the one that has just run out is the most urgent. */
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT type, coalesce (sum (last - first + 1) FILTER (WHERE state = 'free'), 0),"
      " coalesce (sum (last - first + 1) FILTER (WHERE state = 'to-take-in'), 0),"
      " coalesce (sum (last - first + 1) FILTER (WHERE state = 'void'), 0)"
      " FROM stock_range GROUP BY type ORDER BY type",
      error);

  while (stmt && row)
    {
      KaiTypeStock *stock;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (!row)
        break;
      stock = g_new0 (KaiTypeStock, 1);
      stock->type = kai_column_dup (stmt, 0);
      stock->free = sqlite3_column_int64 (stmt, 1);
      stock->to_take_in = sqlite3_column_int64 (stmt, 2);
      stock->void_unreturned = sqlite3_column_int64 (stmt, 3);
      g_ptr_array_add (out->stock, stock);
    }
  if (!stmt)
    return FALSE;
  out->oldest_void = kai_database_get_int (
      db, 0, error,
      "SELECT coalesce (min (m.at), 0) FROM stock_movement m WHERE m.kind = 'void'"
      " AND m.sync <> 'refused' AND EXISTS (SELECT 1 FROM stock_range r WHERE r.type = m.type"
      " AND r.version = m.version AND r.width = m.width AND r.state = 'void'"
      " AND r.first <= m.last AND r.last >= m.first)",
      "");
  return TRUE;
}

static KaiDayFigure *
find_day (KaiAttention *attention, KaiDay day)
{
  for (guint i = 0; i < KAI_ATTENTION_DAYS; i++)
    if (attention->days[i].day == day)
      return &attention->days[i];
  return NULL;
}

static gboolean
load_issued_days (KaiDatabase *db, KaiAttention *out, GError **error)
{
  gboolean row = TRUE;
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT bill_date, count (*), sum (amount) FROM notice WHERE bill_date >= ?"
      " AND bill_date <= ? AND sync NOT IN ('draft', 'refused') GROUP BY bill_date",
      error);

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "ii", out->days[0].day, out->days[KAI_ATTENTION_DAYS - 1].day);
  while (row)
    {
      KaiDayFigure *figure;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      figure = row ? find_day (out, (KaiDay)sqlite3_column_int (stmt, 0)) : NULL;
      if (figure)
        figure->issued =
            (KaiFigure){ sqlite3_column_int64 (stmt, 1), sqlite3_column_int64 (stmt, 2) };
    }
  return TRUE;
}

/* Start of a local day in UTC seconds. */
static gint64
day_start (KaiDay day)
{
  g_autoptr (GDateTime) time =
      g_date_time_new_local (day / 10000, day / 100 % 100, day % 100, 0, 0, 0);

  return time ? g_date_time_to_unix (time) : 0;
}

/* Payments by quarters of an hour first: where a local day begins is known here, not in SQL. */
static gboolean
load_paid_days (KaiDatabase *db, KaiAttention *out, GError **error)
{
  gboolean row = TRUE;
  sqlite3_stmt *stmt =
      kai_database_prepare (db,
                            "SELECT paid_at / 900 * 900, count (*), sum (amount) FROM notice"
                            " WHERE paid_at > 0 AND paid_at >= ? AND state = 'paid' GROUP BY 1",
                            error);

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "l", day_start (out->days[0].day));
  while (row)
    {
      KaiDayFigure *figure;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      figure = row ? find_day (out, kai_day_from_unix (sqlite3_column_int64 (stmt, 0))) : NULL;
      if (figure)
        {
          figure->paid.count += sqlite3_column_int64 (stmt, 1);
          figure->paid.amount += sqlite3_column_int64 (stmt, 2);
        }
    }
  return TRUE;
}

static gboolean
load_all (KaiDatabase *db, const KaiAttentionQuery *query, KaiAttention *out, GError **error)
{
  g_autoptr (GError) local = NULL;

  for (int i = 0; i < KAI_ATTENTION_DAYS; i++)
    out->days[i].day = kai_day_add (query->today, i + 1 - KAI_ATTENTION_DAYS);
  out->codes_left = kai_code_lease_left (db, query->today / 10000, &local);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return load_unpaid (db, query, out, error) && load_lapsed (db, query, out, error)
         && load_unswapped (db, out, error) && load_refused (db, out, error)
         && load_messages (db, out, error) && load_stock (db, out, error)
         && load_issued_days (db, out, error) && load_paid_days (db, out, error);
}

KaiAttention *
kai_attention_load (KaiDatabase *db, const KaiAttentionQuery *query, GError **error)
{
  g_autoptr (KaiAttention) attention = g_new0 (KaiAttention, 1);
  gboolean ok;

  attention->stock = g_ptr_array_new_with_free_func ((GDestroyNotify)type_stock_free);
  if (!kai_figures_load (db, query->today, query->today, &attention->figures, error)
      || !kai_database_begin_read (db, error))
    return NULL;
  ok = load_all (db, query, attention, error);
  kai_database_commit (db, NULL);
  return ok ? g_steal_pointer (&attention) : NULL;
}
