/* Paper bills: what is to be taken in (8617), all that the unit has (8621) and movements of ranges (8614, 8618, 8619,
 * 8620, 8622). Every number is at every time in exactly one row of stock_range. */
#include "kai-sandbox-call.h"

#include "store/kai-stock.h"
#include "values/kai-number-range.h"

#include <string.h>

typedef struct
{
  const char *number;
  KaiMoveKind kind;
  KaiStockState from[2], to; /* from[1] = from[0] where there is one only */
  gboolean changes_holder;
  gboolean needs_reason;
  const char *refusal; /* when the numbers are not where they must be */
} MoveRule;

static const MoveRule move_rules[] = {
  { "8618",
    KAI_MOVE_RECEIVE,
    { KAI_STOCK_TO_TAKE_IN, KAI_STOCK_TO_TAKE_IN },
    KAI_STOCK_FREE,
    FALSE,
    FALSE,
    "range-not-delivered" },
  { "8614",
    KAI_MOVE_DISTRIBUTE,
    { KAI_STOCK_FREE, KAI_STOCK_FREE },
    KAI_STOCK_FREE,
    TRUE,
    FALSE,
    "range-not-free" },
  { "8619",
    KAI_MOVE_RETURN,
    { KAI_STOCK_FREE, KAI_STOCK_VOID },
    KAI_STOCK_RETURNED,
    TRUE,
    FALSE,
    "range-not-free" },
  { "8620",
    KAI_MOVE_VOID,
    { KAI_STOCK_FREE, KAI_STOCK_USED },
    KAI_STOCK_VOID,
    FALSE,
    TRUE,
    "range-not-free" },
  { "8622",
    KAI_MOVE_WRITE_OFF,
    { KAI_STOCK_USED, KAI_STOCK_VOID },
    KAI_STOCK_WRITTEN_OFF,
    FALSE,
    FALSE,
    "range-not-free" },
};

static const MoveRule *
find_rule (const char *number)
{
  for (gsize i = 0; i < G_N_ELEMENTS (move_rules); i++)
    if (g_str_equal (move_rules[i].number, number))
      return &move_rules[i];
  return NULL;
}

typedef struct
{
  gint64 id;
  char *holder, *state;
  KaiNumberRange range;
} Row;

static void
row_free (Row *row)
{
  g_free (row->holder);
  g_free (row->state);
  g_free (row);
}

/* The rows of @type and @version that touch @range, in order. */
static GPtrArray *
load_rows (KaiCall *call, const char *type, const char *version, const KaiNumberRange *range,
           GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)row_free);
  sqlite3_stmt *stmt =
      kai_database_prepare (call->sandbox->db,
                            "SELECT id, holder, state, first_no, last_no FROM stock_range WHERE "
                            "type = ? AND version = ? AND "
                            "unit_code = ? AND last_no >= ? AND first_no <= ? ORDER BY first_no",
                            error);
  gboolean more;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "tttll", type, version, call->unit, range->first, range->last);
  while (kai_database_step (call->sandbox->db, stmt, &more, error))
    {
      Row *row;

      if (!more)
        return g_steal_pointer (&rows);
      row = g_new0 (Row, 1);
      row->id = sqlite3_column_int64 (stmt, 0);
      row->holder = kai_column_dup (stmt, 1);
      row->state = kai_column_dup (stmt, 2);
      row->range = (KaiNumberRange){ sqlite3_column_int64 (stmt, 3), sqlite3_column_int64 (stmt, 4),
                                     range->width };
      g_ptr_array_add (rows, row);
    }
  return NULL;
}

static gboolean
row_fits (const Row *row, const MoveRule *rule, const char *holder)
{
  return g_str_equal (row->holder, holder)
         && (g_str_equal (row->state, kai_stock_state_to_string (rule->from[0]))
             || g_str_equal (row->state, kai_stock_state_to_string (rule->from[1])));
}

/* Without a gap, all with the holder and in a state that the move takes. */
static gboolean
rows_cover (GPtrArray *rows, const MoveRule *rule, const char *holder, const KaiNumberRange *range)
{
  gint64 next = range->first;

  for (guint i = 0; i < rows->len; i++)
    {
      const Row *row = rows->pdata[i];

      if (!row_fits (row, rule, holder) || row->range.first > next)
        return FALSE;
      next = row->range.last + 1;
    }
  return next > range->last;
}

static gboolean
insert_row (KaiCall *call, const char *type, const char *version, const char *holder,
            const char *state, const KaiNumberRange *range, GError **error)
{
  return kai_database_run (
      call->sandbox->db, error,
      "INSERT INTO stock_range (type, version, unit_code, holder, state, first_no, "
      "last_no) VALUES (?, ?, ?, ?, ?, ?, ?)",
      "tttttll", type, version, call->unit, holder, state, range->first, range->last);
}

/* Takes @range out of the rows it touches; what is left of them stays as it was. */
static gboolean
cut_rows (KaiCall *call, const char *type, const char *version, GPtrArray *rows,
          const KaiNumberRange *range, GError **error)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const Row *row = rows->pdata[i];
      KaiNumberRange cut = { MAX (row->range.first, range->first),
                             MIN (row->range.last, range->last), range->width };
      KaiNumberRange rest[2];
      int n = kai_number_range_subtract (&row->range, &cut, rest);

      if (!kai_database_run (call->sandbox->db, error, "DELETE FROM stock_range WHERE id = ?", "l",
                             row->id))
        return FALSE;
      for (int k = 0; k < n; k++)
        if (!insert_row (call, type, version, row->holder, row->state, &rest[k], error))
          return FALSE;
    }
  return TRUE;
}

/* Puts @range down, joined with neighbours of the same holder and state. */
static gboolean
put_range (KaiCall *call, const char *type, const char *version, const char *holder,
           const char *state, const KaiNumberRange *range, GError **error)
{
  KaiNumberRange around = { range->first - 1, range->last + 1, range->width };
  KaiNumberRange joined = *range;
  g_autoptr (GPtrArray) rows = load_rows (call, type, version, &around, error);

  if (!rows)
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      const Row *row = rows->pdata[i];

      if (!g_str_equal (row->holder, holder) || !g_str_equal (row->state, state)
          || !kai_number_range_join (&joined, &row->range, &joined))
        continue;
      if (!kai_database_run (call->sandbox->db, error, "DELETE FROM stock_range WHERE id = ?", "l",
                             row->id))
        return FALSE;
    }
  return insert_row (call, type, version, holder, state, &joined, error);
}

static gboolean
log_movement (KaiCall *call, const MoveRule *rule, const KaiRecord *voucher,
              const KaiNumberRange *range, const char *to, GError **error)
{
  return kai_database_run (
      call->sandbox->db, error,
      "INSERT INTO stock_movement (at, kind, type, version, from_holder, to_holder, first_no, "
      "last_no, "
      "reason, user_code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      "lttttt"
      "lltt",
      call->now, kai_move_kind_to_string (rule->kind), kai_record_get (voucher, "BillTypeCode"),
      kai_record_get (voucher, "BillVerCode"), kai_record_get (voucher, "FromHolder"), to,
      range->first, range->last, kai_record_get (voucher, "Reason"), call->user);
}

/* The unit itself, one of its holders; a return may also go to the bureau (F + region). */
static KaiRecord *
check_holder (KaiCall *call, const char *holder, gboolean bureau_too, GError **error)
{
  gint64 known = kai_database_get_int (call->sandbox->db, -1, error,
                                       "SELECT EXISTS (SELECT 1 FROM holder WHERE code = ? AND "
                                       "unit_code = ?) OR (? AND EXISTS (SELECT 1 "
                                       "FROM unit WHERE code = ? AND 'F' || region = ?))",
                                       "ttitt", holder, call->unit, bureau_too, call->unit, holder);

  return known == 0 && !g_str_equal (holder, call->unit)
             ? kai_call_refuse (call, "unknown-holder", NULL)
             : NULL;
}

static KaiRecord *
check_move (KaiCall *call, const MoveRule *rule, const KaiRecord *voucher, KaiNumberRange *range,
            GError **error)
{
  g_autoptr (KaiBillType) type =
      kai_sandbox_find_bill_type (call->sandbox, kai_record_get (voucher, "BillTypeCode"), error);
  const char *from = kai_record_get (voucher, "FromHolder");
  const char *to = kai_record_get (voucher, "ToHolder");
  KaiRecord *refusal;

  if (error && *error)
    return NULL;
  if (!type || type->electronic
      || !g_str_equal (type->version, kai_record_get (voucher, "BillVerCode")))
    return kai_call_refuse (call, "unknown-bill-type", NULL);
  if (!kai_number_range_parse (kai_record_get (voucher, "FirstNo"),
                               kai_record_get (voucher, "LastNo"), range, NULL)
      || range->width != type->number_width)
    return kai_call_refuse (call, "field", "FirstNo, LastNo");
  if (rule->needs_reason && !*kai_record_get (voucher, "Reason"))
    return kai_call_refuse (call, "field", "Reason");
  if (!rule->changes_holder && !g_str_equal (from, to))
    return kai_call_refuse (call, "field", "ToHolder");
  if (rule->kind == KAI_MOVE_RECEIVE && !g_str_equal (from, call->unit))
    return kai_call_refuse (call, "unknown-holder", NULL);
  refusal = check_holder (call, from, FALSE, error);
  if (!refusal && !(error && *error) && rule->changes_holder)
    refusal = check_holder (call, to, rule->kind == KAI_MOVE_RETURN, error);
  return refusal;
}

KaiRecord *
kai_sandbox_move_stock (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  const MoveRule *rule = find_rule (call->request->number);
  const char *type = kai_record_get (voucher, "BillTypeCode");
  const char *version = kai_record_get (voucher, "BillVerCode");
  const char *from = kai_record_get (voucher, "FromHolder");
  const char *to = kai_record_get (voucher, "ToHolder");
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) local = NULL;
  KaiNumberRange range;
  KaiRecord *answer;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &answer))
    return answer;
  answer = check_move (call, rule, voucher, &range, &local);
  if (!answer && !local)
    {
      rows = load_rows (call, type, version, &range, &local);
      if (rows && !rows_cover (rows, rule, from, &range))
        answer = kai_call_refuse (call, rule->refusal, NULL);
      else if (rows && cut_rows (call, type, version, rows, &range, &local)
               && put_range (call, type, version, to, kai_stock_state_to_string (rule->to), &range,
                             &local)
               && log_movement (call, rule, voucher, &range, to, &local))
        answer = kai_call_accept (call);
    }
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return answer;
}

/* Columns: type, version, holder, first_no, last_no, number_width. */
static KaiRecord *
add_range (KaiRecord *answer, sqlite3_stmt *stmt)
{
  KaiRecord *range = kai_record_add (answer, "RangeList/Range");
  int width = sqlite3_column_int (stmt, 5);
  g_autofree char *type = kai_column_dup (stmt, 0), *version = kai_column_dup (stmt, 1),
                  *holder = kai_column_dup (stmt, 2);

  kai_record_set (range, "BillTypeCode", type);
  kai_record_set (range, "BillVerCode", version);
  kai_record_set (range, "Holder", holder);
  kai_record_take (range, "FirstNo",
                   kai_number_range_format (sqlite3_column_int64 (stmt, 3), width));
  kai_record_take (range, "LastNo",
                   kai_number_range_format (sqlite3_column_int64 (stmt, 4), width));
  return range;
}

#define LIST_RANGES                                                                                \
  "SELECT type, r.version, holder, first_no, last_no, number_width, state FROM stock_range AS r "  \
  "JOIN bill_type ON code = type WHERE unit_code = ? "

KaiRecord *
kai_sandbox_list_deliveries (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  g_autoptr (KaiRecord) answer = NULL;
  KaiRecord *refusal;
  sqlite3_stmt *stmt;
  gboolean row;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &refusal))
    return refusal;
  stmt = kai_database_prepare (
      call->sandbox->db, LIST_RANGES "AND state = 'to-take-in' ORDER BY type, first_no", error);
  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "t", call->unit);
  answer = kai_call_accept (call);
  while (kai_database_step (call->sandbox->db, stmt, &row, error))
    {
      if (!row)
        return g_steal_pointer (&answer);
      add_range (answer, stmt);
    }
  return NULL;
}

KaiRecord *
kai_sandbox_list_stock (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  const char *holder = kai_record_get (voucher, "Holder");
  g_autoptr (KaiRecord) answer = NULL;
  KaiRecord *refusal;
  sqlite3_stmt *stmt;
  gboolean row;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &refusal))
    return refusal;
  stmt = kai_database_prepare (
      call->sandbox->db,
      LIST_RANGES "AND (? = '' OR holder = ?2) ORDER BY type, r.version, first_no", error);
  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "tt", call->unit, holder);
  answer = kai_call_accept (call);
  while (kai_database_step (call->sandbox->db, stmt, &row, error))
    {
      KaiStockState state;
      KaiRecord *range;

      if (!row)
        return g_steal_pointer (&answer);
      range = add_range (answer, stmt);
      if (!kai_stock_state_parse ((const char *)sqlite3_column_text (stmt, 6), &state))
        return NULL;
      kai_record_set_int (range, "State", state);
    }
  return NULL;
}
