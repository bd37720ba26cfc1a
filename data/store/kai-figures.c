/* What happened in a period, for the home page, the reports and the demo's own check. */
#include "store/kai-figures.h"

#include "store/kai-outbox.h"

/* Numbers of the two queries: ?1 and ?2 are days, ?3 and ?4 the same as times (the second not included). */
typedef struct
{
  KaiDay from, to;
  gint64 start, end;
} Period;

/* Start of a local day in UTC seconds. */
static gint64
day_start (KaiDay day)
{
  g_autoptr (GDateTime) time =
      g_date_time_new_local (day / 10000, day / 100 % 100, day % 100, 0, 0, 0);

  return time ? g_date_time_to_unix (time) : 0;
}

/* 0 leaves an end open. */
static Period
make_period (KaiDay from, KaiDay to)
{
  Period period = { 0, G_MAXINT, 0, G_MAXINT64 };

  if (kai_day_is_valid (from))
    {
      period.from = from;
      period.start = day_start (from);
    }
  if (kai_day_is_valid (to))
    {
      period.to = to;
      period.end = day_start (kai_day_add (to, 1));
    }
  return period;
}

static KaiFigure
read_figure (sqlite3_stmt *stmt, int column)
{
  KaiFigure figure = { sqlite3_column_int64 (stmt, column),
                       sqlite3_column_int64 (stmt, column + 1) };

  return figure;
}

/* One row of figures out of @sql. */
static sqlite3_stmt *
query (KaiDatabase *db, const char *sql, gint64 from, gint64 to, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (db, sql, error);
  gboolean row;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "ll", from, to);
  return kai_database_step (db, stmt, &row, error) ? stmt : NULL;
}

#define FIGURE(condition)                                                                          \
  "count (*) FILTER (WHERE " condition "),"                                                        \
  " coalesce (sum (amount) FILTER (WHERE " condition "), 0)"

static gboolean
load_by_bill_date (KaiDatabase *db, const Period *period, KaiFigures *out, GError **error)
{
  sqlite3_stmt *stmt = query (
      db,
      "SELECT " FIGURE ("sync NOT IN ('draft', 'refused')") ", " FIGURE (
          "state "
          "= "
          "'void'") ", " FIGURE ("state = 'lapsed'") ", " FIGURE ("state = 'unpaid' AND sync <> "
                                                                  "'refused'") ", " FIGURE ("sync "
                                                                                            "= "
                                                                                            "'refus"
                                                                                            "ed'") " FROM notice WHERE bill_date BETWEEN ? AND ?",
      period->from, period->to, error);

  if (!stmt)
    return FALSE;
  out->issued = read_figure (stmt, 0);
  out->voided = read_figure (stmt, 2);
  out->lapsed = read_figure (stmt, 4);
  out->unpaid = read_figure (stmt, 6);
  out->refused = read_figure (stmt, 8);
  sqlite3_reset (stmt);
  return TRUE;
}

static gboolean
load_by_payment (KaiDatabase *db, const Period *period, KaiFigures *out, GError **error)
{
  sqlite3_stmt *stmt =
      query (db,
             "SELECT " FIGURE ("1") ", " FIGURE (
                 "NOT EXISTS (SELECT 1 FROM ebill e WHERE e.notice_id = n.id"
                 " AND e.sync = 'accepted')") " FROM notice n WHERE state = 'paid' AND paid_at > 0 "
                                              "AND paid_at >= ? AND paid_at < ?",
             period->start, period->end, error);

  if (!stmt)
    return FALSE;
  out->paid = read_figure (stmt, 0);
  out->paid_not_swapped = read_figure (stmt, 2);
  sqlite3_reset (stmt);
  return TRUE;
}

static gboolean
load_by_acceptance (KaiDatabase *db, const Period *period, KaiFigures *out, GError **error)
{
  sqlite3_stmt *stmt =
      query (db,
             "SELECT " FIGURE (
                 "1") " FROM ebill e JOIN notice n ON n.id = e.notice_id"
                      " WHERE e.sync = 'accepted' AND e.accepted_at > 0 AND e.accepted_at >= ?"
                      " AND e.accepted_at < ?",
             period->start, period->end, error);

  if (!stmt)
    return FALSE;
  out->swapped = read_figure (stmt, 0);
  sqlite3_reset (stmt);
  return TRUE;
}

gboolean
kai_figures_load (KaiDatabase *db, KaiDay from, KaiDay to, KaiFigures *out, GError **error)
{
  Period period = make_period (from, to);
  KaiFigures figures = { 0 };
  gboolean ok;

  if (!kai_database_begin_read (db, error))
    return FALSE;
  ok = load_by_bill_date (db, &period, &figures, error)
       && load_by_payment (db, &period, &figures, error)
       && load_by_acceptance (db, &period, &figures, error);
  if (ok)
    figures.waiting = kai_outbox_count (db, KAI_OUTBOX_WAITING);
  kai_database_commit (db, NULL);
  if (ok)
    *out = figures;
  return ok;
}

void
kai_item_figure_free (KaiItemFigure *figure)
{
  if (!figure)
    return;
  g_free (figure->code);
  g_free (figure->name);
  g_free (figure);
}

GPtrArray *
kai_figures_by_item (KaiDatabase *db, KaiDay from, KaiDay to, GError **error)
{
  g_autoptr (GPtrArray) figures =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_item_figure_free);
  Period period = make_period (from, to);
  gboolean row = TRUE;
  /* The name is the one that the newest notice has (max brings its row along). */
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT code, name, max (notice_id), sum (issued), sum (issued * amount) AS issued_amount,"
      " sum (paid), sum (paid * amount) AS paid_amount FROM ("
      "  SELECT i.code, i.name, i.notice_id, i.amount,"
      "   n.bill_date BETWEEN ?1 AND ?2 AND n.sync NOT IN ('draft', 'refused') AS issued,"
      "   n.state = 'paid' AND n.paid_at > 0 AND n.paid_at >= ?3 AND n.paid_at < ?4 AS paid"
      "  FROM notice n JOIN notice_item i ON i.notice_id = n.id"
      "  WHERE n.bill_date BETWEEN ?1 AND ?2"
      "   OR (n.paid_at > 0 AND n.paid_at >= ?3 AND n.paid_at < ?4))"
      " WHERE issued OR paid GROUP BY code"
      " ORDER BY paid_amount DESC, issued_amount DESC, code",
      error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "iill", period.from, period.to, period.start, period.end);
  while (row)
    {
      KaiItemFigure *figure;

      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      if (!row)
        break;
      figure = g_new0 (KaiItemFigure, 1);
      figure->code = kai_column_dup (stmt, 0);
      figure->name = kai_column_dup (stmt, 1);
      figure->issued = read_figure (stmt, 3);
      figure->paid = read_figure (stmt, 5);
      g_ptr_array_add (figures, figure);
    }
  return g_steal_pointer (&figures);
}
