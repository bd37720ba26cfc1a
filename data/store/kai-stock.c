/* The table stock_range: which number is with whom in which state. Rows never overlap (the table's trigger watches over it)
 * and are replaced, never changed. */
#include "store/kai-stock-private.h"

#include "values/kai-error.h"

#define COLUMNS "id, type, version, holder, state, width, first, last"

static KaiStockRange *
read_range (sqlite3_stmt *stmt)
{
  KaiStockRange *range = g_new0 (KaiStockRange, 1);
  const char *state = (const char *)sqlite3_column_text (stmt, 4);

  range->id = sqlite3_column_int64 (stmt, 0);
  range->type = kai_column_dup (stmt, 1);
  range->version = kai_column_dup (stmt, 2);
  range->holder = kai_column_dup (stmt, 3);
  if (!kai_stock_state_parse (state, &range->state))
    g_warning ("unknown state of stock range %" G_GINT64_FORMAT, range->id);
  range->range.width = sqlite3_column_int (stmt, 5);
  range->range.first = sqlite3_column_int64 (stmt, 6);
  range->range.last = sqlite3_column_int64 (stmt, 7);
  return range;
}

static GPtrArray *
read_ranges (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  g_autoptr (GPtrArray) ranges =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_stock_range_free);
  gboolean row = TRUE;

  while (row)
    {
      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      if (row)
        g_ptr_array_add (ranges, read_range (stmt));
    }
  return g_steal_pointer (&ranges);
}

GPtrArray *
kai_stock_find_overlapping (KaiDatabase *db, const char *type, const char *version,
                            const KaiNumberRange *range, GError **error)
{
  /* Rows do not overlap: those from the last that starts at or before @range on. */
  sqlite3_stmt *stmt =
      kai_database_prepare (db,
                            "SELECT " COLUMNS " FROM stock_range"
                            " WHERE type = ?1 AND version = ?2 AND width = ?3 AND first <= ?5"
                            " AND first >= coalesce ((SELECT max (first) FROM stock_range"
                            "  WHERE type = ?1 AND version = ?2 AND width = ?3 AND first <= ?4), 0)"
                            " AND last >= ?4 ORDER BY first",
                            error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "ttill", type, version, range->width, range->first, range->last);
  return read_ranges (db, stmt, error);
}

static gboolean
delete_row (KaiDatabase *db, gint64 id, GError **error)
{
  return kai_database_run (db, error, "DELETE FROM stock_range WHERE id = ?", "l", id);
}

static gboolean
insert_row (KaiDatabase *db, const char *type, const char *version, const KaiNumberRange *range,
            const char *holder, KaiStockState state, GError **error)
{
  return kai_database_run (db, error,
                           "INSERT INTO stock_range (type, version, width, first, last, holder,"
                           " state) VALUES (?, ?, ?, ?, ?, ?, ?)",
                           "ttillts", type, version, range->width, range->first, range->last,
                           holder, kai_stock_state_to_string (state));
}

/* Takes the numbers of @range out of the rows that hold them. */
static gboolean
cut_out (KaiDatabase *db, const char *type, const char *version, const KaiNumberRange *range,
         GError **error)
{
  g_autoptr (GPtrArray) rows = kai_stock_find_overlapping (db, type, version, range, error);

  if (!rows)
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      const KaiStockRange *row = g_ptr_array_index (rows, i);
      KaiNumberRange cut = { MAX (range->first, row->range.first),
                             MIN (range->last, row->range.last), range->width };
      KaiNumberRange rest[2];
      int n = kai_number_range_subtract (&row->range, &cut, rest);

      if (!delete_row (db, row->id, error))
        return FALSE;
      for (int j = 0; j < n; j++)
        if (!insert_row (db, type, version, &rest[j], row->holder, row->state, error))
          return FALSE;
    }
  return TRUE;
}

/* Takes in the rows of the same holder and state that touch @range, and makes it one with them. */
static gboolean
join_neighbours (KaiDatabase *db, const char *type, const char *version, KaiNumberRange *range,
                 const char *holder, KaiStockState state, GError **error)
{
  KaiNumberRange around = { MAX (range->first - 1, 0), range->last + 1, range->width };
  g_autoptr (GPtrArray) rows = kai_stock_find_overlapping (db, type, version, &around, error);

  if (!rows)
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      const KaiStockRange *row = g_ptr_array_index (rows, i);
      KaiNumberRange joined;

      if (row->state != state || g_strcmp0 (row->holder, holder) != 0
          || !kai_number_range_join (range, &row->range, &joined))
        continue;
      if (!delete_row (db, row->id, error))
        return FALSE;
      *range = joined;
    }
  return TRUE;
}

gboolean
kai_stock_put (KaiDatabase *db, const char *type, const char *version, const KaiNumberRange *range,
               const char *holder, KaiStockState state, GError **error)
{
  KaiNumberRange whole = *range;

  return cut_out (db, type, version, range, error)
         && (state == KAI_STOCK_TO_TAKE_IN
             || join_neighbours (db, type, version, &whole, holder, state, error))
         && insert_row (db, type, version, &whole, holder, state, error);
}

/* Inserts what of @range the stock does not know yet. */
static gboolean
add_delivery (KaiDatabase *db, const char *unit, const KaiStockRange *range, GError **error)
{
  g_autoptr (GPtrArray) known =
      kai_stock_find_overlapping (db, range->type, range->version, &range->range, error);
  KaiNumberRange rest = range->range;

  if (!known)
    return FALSE;
  for (guint i = 0; i < known->len; i++)
    {
      const KaiStockRange *row = g_ptr_array_index (known, i);
      KaiNumberRange before = { rest.first, row->range.first - 1, rest.width };

      if (before.first <= before.last
          && !insert_row (db, range->type, range->version, &before, unit, KAI_STOCK_TO_TAKE_IN,
                          error))
        return FALSE;
      rest.first = row->range.last + 1;
    }
  return rest.first > rest.last
         || insert_row (db, range->type, range->version, &rest, unit, KAI_STOCK_TO_TAKE_IN, error);
}

static gboolean
replace_deliveries (KaiDatabase *db, const char *unit, GPtrArray *ranges, GError **error)
{
  if (!kai_database_run (db, error,
                         "DELETE FROM stock_range WHERE holder = ? AND state = 'to-take-in'", "t",
                         unit))
    return FALSE;
  for (guint i = 0; i < ranges->len; i++)
    if (!add_delivery (db, unit, g_ptr_array_index (ranges, i), error))
      return FALSE;
  return TRUE;
}

gboolean
kai_stock_set_deliveries (KaiDatabase *db, const char *unit, GPtrArray *ranges, GError **error)
{
  if (!kai_database_begin (db, error))
    return FALSE;
  if (replace_deliveries (db, unit, ranges, error))
    return kai_database_commit (db, error);
  kai_database_rollback (db);
  return FALSE;
}

static gboolean
replace_all (KaiDatabase *db, GPtrArray *ranges, gboolean *replaced, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 open = kai_database_get_int (db, 0, &local,
                                      "SELECT EXISTS (SELECT 1 FROM stock_movement WHERE sync = ?)",
                                      "s", kai_sync_state_to_string (KAI_SYNC_SIGNED));

  *replaced = open == 0 && !local;
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (open)
    return TRUE;
  if (!kai_database_run (db, error, "DELETE FROM stock_range", NULL))
    return FALSE;
  for (guint i = 0; i < ranges->len; i++)
    {
      const KaiStockRange *range = g_ptr_array_index (ranges, i);

      if (!kai_stock_put (db, range->type, range->version, &range->range, range->holder,
                          range->state, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
kai_stock_replace (KaiDatabase *db, GPtrArray *ranges, gboolean *replaced, GError **error)
{
  if (!kai_database_begin (db, error))
    return FALSE;
  if (replace_all (db, ranges, replaced, error))
    return kai_database_commit (db, error);
  kai_database_rollback (db);
  return FALSE;
}

GPtrArray *
kai_stock_list (KaiDatabase *db, const char *holder, GError **error)
{
  sqlite3_stmt *stmt =
      kai_database_prepare (db,
                            "SELECT " COLUMNS " FROM stock_range WHERE ?1 IS NULL OR holder = ?1"
                            " ORDER BY type, version, holder,"
                            " CASE state WHEN 'to-take-in' THEN 0 WHEN 'free' THEN 1"
                            "  WHEN 'used' THEN 2 WHEN 'void' THEN 3 WHEN 'returned' THEN 4"
                            "  ELSE 5 END, width, first",
                            error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "s", holder);
  return read_ranges (db, stmt, error);
}
