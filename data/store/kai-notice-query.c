/* Which notices a list shows, in which order: the filter as SQL. Values are bound, never written into the text. */
#include "store/kai-notice-store.h"

#include "search/kai-search.h"

/* As many hits of a text are looked up one by one; with more it is faster to follow the list's own order and leave out what was not found. */
#define FEW_HITS 20000

static void
add_server (GString *sql, KaiServerFilter server)
{
  if (server == KAI_SERVER_WAITING)
    g_string_append (sql, " AND n.sync NOT IN ('accepted', 'refused')");
  else if (server == KAI_SERVER_REFUSED)
    /* As a set of ids, each half of which has an index: very few are refused. */
    g_string_append (sql,
                     " AND n.id IN (SELECT id FROM notice WHERE sync = 'refused'"
                     " UNION SELECT e.notice_id FROM ebill e WHERE e.sync = 'refused'"
                     " AND e.id = (SELECT max (id) FROM ebill WHERE notice_id = e.notice_id))");
}

/* The parts of a list that is in the order of a column which some rows have no value in: those rows come last, by their
 * date, so that each part can follow an index. */
typedef enum
{
  PART_WHOLE,
  PART_WITH_VALUE,
  PART_WITHOUT_VALUE,
} Part;

static void
add_order (GString *sql, const KaiNoticeFilter *filter, Part part)
{
  const char *values[] = {
    [KAI_SORT_CODE] = "n.payment_code <> ''", [KAI_SORT_PAID_ON] = "n.paid_at > 0"
  };
  const char *columns[] = { [KAI_SORT_DATE] = "n.bill_date",
                            [KAI_SORT_CODE] = "n.payment_code",
                            [KAI_SORT_STATE] = "n.state",
                            [KAI_SORT_AMOUNT] = "n.amount",
                            [KAI_SORT_PAID_ON] = "n.paid_at" };
  const char *direction = filter->ascending ? "ASC" : "DESC";
  KaiNoticeSort sort = part == PART_WITHOUT_VALUE ? KAI_SORT_DATE : filter->sort;

  if (part != PART_WHOLE)
    g_string_append_printf (sql, " AND %s (%s)", part == PART_WITHOUT_VALUE ? "NOT" : "",
                            values[filter->sort]);
  g_string_append_printf (sql, " ORDER BY %s %s", columns[sort], direction);
  if (sort == KAI_SORT_STATE)
    g_string_append_printf (sql, ", n.bill_date %s", direction);
  g_string_append_printf (sql, ", n.id %s LIMIT ?8", direction);
}

/* ?1 state, ?2 from, ?3 to, ?4 batch, ?5 clerk, ?6 ids in JSON, ?8 limit, ?9 channel, ?10 group, ?11 last day. */
static char *
build_sql (const KaiNoticeFilter *filter, gboolean among_ids, Part part)
{
  /* CROSS: from the ids to the rows, never the other way round. */
  GString *sql = g_string_new (among_ids ? "SELECT n.id FROM json_each (?6) f CROSS JOIN notice n"
                                           " ON n.id = f.value WHERE 1"
                                         : "SELECT n.id FROM notice n WHERE 1");

  if (filter->state >= 0)
    g_string_append (sql, " AND n.state = ?1");
  if (filter->from > 0)
    g_string_append (sql, " AND n.bill_date >= ?2");
  if (filter->to > 0)
    g_string_append (sql, " AND n.bill_date <= ?3");
  if (filter->batch_id)
    g_string_append (sql, " AND n.batch_id = ?4 AND n.batch_id <> ''");
  if (filter->clerk_code)
    g_string_append (sql, " AND n.clerk_code = ?5");
  if (filter->swap != KAI_SWAP_ANY)
    g_string_append (sql, filter->swap == KAI_SWAP_NONE ? " AND n.has_ebill = 0"
                                                        : " AND n.has_ebill = 1");
  if (filter->pay_channel > 0)
    g_string_append (sql, " AND n.pay_channel = ?9 AND n.pay_channel > 0");
  if (filter->group)
    g_string_append (sql, " AND ?10 IN (n.class_name, n.grade, n.grade || n.class_name, n.term)");
  if (filter->lapses_by > 0)
    g_string_append (sql,
                     " AND n.state = 'unpaid' AND n.sync <> 'refused' AND n.valid_until <= ?11");
  add_server (sql, filter->server);
  add_order (sql, filter, part);
  return g_string_free (sql, FALSE);
}

/* The hits of the filter's text, newest first. */
static gboolean
is_hit (GArray *hits, gint64 id)
{
  guint low = 0, high = hits->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (g_array_index (hits, gint64, middle) > id)
        low = middle + 1;
      else
        high = middle;
    }
  return low < hits->len && g_array_index (hits, gint64, low) == id;
}

/* Those of a list that are among @hits; at most @limit, -1 for all. */
static gboolean
read_hits (KaiDatabase *db, sqlite3_stmt *stmt, GArray *hits, gint64 limit, GArray *ids,
           GError **error)
{
  gboolean row = TRUE;

  while (row && limit != 0)
    {
      gint64 id;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      id = row ? sqlite3_column_int64 (stmt, 0) : 0;
      if (!row || !is_hit (hits, id))
        continue;
      g_array_append_val (ids, id);
      limit--;
    }
  sqlite3_reset (stmt);
  return TRUE;
}

static char *
ids_to_json (GArray *ids)
{
  GString *json = g_string_new ("[");

  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (json, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "",
                            g_array_index (ids, gint64, i));
  g_string_append_c (json, ']');
  return g_string_free (json, FALSE);
}

/* A value for a parameter that the text may not have. */
static void
bind_named (sqlite3_stmt *stmt, int index, const char *text, gint64 number)
{
  if (index > sqlite3_bind_parameter_count (stmt))
    return;
  if (text)
    sqlite3_bind_text (stmt, index, text, -1, SQLITE_TRANSIENT);
  else
    sqlite3_bind_int64 (stmt, index, number);
}

static void
bind_filter (sqlite3_stmt *stmt, const KaiNoticeFilter *filter, gint64 limit)
{
  if (filter->state >= 0)
    bind_named (stmt, 1, kai_notice_state_to_string ((KaiNoticeState)filter->state), 0);
  bind_named (stmt, 2, NULL, filter->from);
  bind_named (stmt, 3, NULL, filter->to);
  bind_named (stmt, 4, filter->batch_id, 0);
  bind_named (stmt, 5, filter->clerk_code, 0);
  bind_named (stmt, 8, NULL, limit);
  bind_named (stmt, 9, NULL, filter->pay_channel);
  bind_named (stmt, 10, filter->group, 0);
  bind_named (stmt, 11, NULL, filter->lapses_by);
}

/* @hits: what the filter's text finds, NULL without a text. */
static gboolean
list_part (KaiDatabase *db, const KaiNoticeFilter *filter, GArray *hits, Part part, GArray *ids,
           GError **error)
{
  gboolean few = hits && hits->len <= FEW_HITS;
  g_autofree char *sql = build_sql (filter, few, part);
  g_autofree char *json = few ? ids_to_json (hits) : NULL;
  sqlite3_stmt *stmt = kai_database_prepare (db, sql, error);
  gint64 left = filter->limit > 0 ? filter->limit - (gint64)ids->len : -1;

  if (!stmt)
    return FALSE;
  bind_filter (stmt, filter, hits && !few ? -1 : left);
  if (few)
    bind_named (stmt, 6, json, 0);
  return hits && !few ? read_hits (db, stmt, hits, left, ids, error)
                      : kai_database_read_ids (db, stmt, ids, error);
}

static gboolean
list_parts (KaiDatabase *db, const KaiNoticeFilter *filter, GArray *hits, GArray *ids,
            GError **error)
{
  if (filter->sort != KAI_SORT_CODE && filter->sort != KAI_SORT_PAID_ON)
    return list_part (db, filter, hits, PART_WHOLE, ids, error);
  return list_part (db, filter, hits, PART_WITH_VALUE, ids, error)
         && list_part (db, filter, hits, PART_WITHOUT_VALUE, ids, error);
}

GArray *
kai_notice_store_list_ids (KaiDatabase *db, const KaiNoticeFilter *filter, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autofree char *trimmed = g_strstrip (g_strdup (filter->text ? filter->text : ""));
  g_autoptr (KaiSearchText) text = *trimmed ? kai_search_text_new (trimmed, error) : NULL;
  g_autoptr (GArray) hits = NULL;
  gboolean ok;

  if ((*trimmed && !text) || !kai_database_begin_read (db, error))
    return NULL;
  hits = text ? kai_search_notices (db, text, 0, NULL, error) : NULL;
  ok = (!text || hits) && list_parts (db, filter, hits, ids, error);
  kai_database_commit (db, NULL);
  return ok ? g_steal_pointer (&ids) : NULL;
}

/* Loads what the ids name; rows that went meanwhile are left out. */
static GPtrArray *
load_present (KaiDatabase *db, GArray *ids, GError **error)
{
  g_autoptr (GPtrArray) loaded =
      kai_notice_store_load_many (db, (const gint64 *)(void *)ids->data, ids->len, error);
  g_autoptr (GPtrArray) present = NULL;

  if (!loaded)
    return NULL;
  present = kai_notices_new ();
  for (guint i = 0; i < loaded->len; i++)
    {
      KaiNotice *notice = g_ptr_array_index (loaded, i);

      if (notice)
        g_ptr_array_add (present, kai_notice_ref (notice));
    }
  return g_steal_pointer (&present);
}

GPtrArray *
kai_notice_store_list (KaiDatabase *db, const KaiNoticeFilter *filter, GError **error)
{
  g_autoptr (GArray) ids = kai_notice_store_list_ids (db, filter, error);

  return ids ? load_present (db, ids, error) : NULL;
}

GPtrArray *
kai_notice_store_list_drafts (KaiDatabase *db, int limit, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  sqlite3_stmt *stmt = kai_database_prepare (
      db, "SELECT id FROM notice WHERE payment_code = '' AND state = 'unpaid' ORDER BY id LIMIT ?",
      error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "i", limit > 0 ? limit : -1);
  return kai_database_read_ids (db, stmt, ids, error) ? load_present (db, ids, error) : NULL;
}

int
kai_notice_store_count_drafts (KaiDatabase *db)
{
  return (int)kai_database_get_int (
      db, 0, NULL, "SELECT count(*) FROM notice WHERE payment_code = '' AND state = 'unpaid'",
      NULL);
}
