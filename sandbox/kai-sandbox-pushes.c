/* What waits for a unit (8902): every desk gets every push until it has acknowledged it. */
#include "kai-sandbox-call.h"

#include <string.h>

#define MAX_COUNT 500
#define MAX_WAIT 30

gboolean
kai_sandbox_push (KaiSandbox *sandbox, const char *unit_code, const char *number,
                  const KaiRecord *record, GError **error)
{
  g_autofree char *xml =
      kai_voucher_encode (record, kai_catalogue_get (sandbox->catalogue, number), error);

  return xml
         && kai_database_run (sandbox->db, error,
                              "INSERT INTO push (unit_code, number, content) VALUES (?, ?, ?)",
                              "ttt", unit_code, number, xml);
}

static const KaiRecord *
only_voucher (KaiCall *call)
{
  GPtrArray *vouchers = call->request->vouchers;

  return vouchers->len == 1 ? vouchers->pdata[0] : NULL;
}

int
kai_sandbox_get_wait (KaiCall *call)
{
  const KaiRecord *voucher = only_voucher (call);
  gint64 seconds = 0;

  if (!voucher || !kai_record_get_int (voucher, "WaitSeconds", &seconds, NULL)
      || !g_str_equal (kai_record_get (voucher, "ChgAgenCode"), call->unit))
    return 0;
  return (int)CLAMP (seconds, 0, MAX_WAIT);
}

/* What waits for desk ?2 of unit ?1: behind its cursor and not acknowledged. */
#define WAITING                                                                                    \
  "FROM push AS p WHERE unit_code = ?1 AND id > coalesce((SELECT cursor FROM desk WHERE "          \
  "unit_code = "                                                                                   \
  "?1 AND desk = ?2), 0) AND NOT EXISTS (SELECT 1 FROM push_ack AS a WHERE a.unit_code = ?1 AND "  \
  "a.desk = ?2 AND push_id = p.id)"

gboolean
kai_sandbox_has_pushes (KaiCall *call, GError **error)
{
  const KaiRecord *voucher = only_voucher (call);

  return kai_database_get_int (call->sandbox->db, 0, error, "SELECT EXISTS (SELECT 1 " WAITING ")",
                               "tt", call->unit, kai_record_get (voucher, "DeskId"))
         != 0;
}

/* Acknowledgements of pushes that this unit has; others are passed over. */
static gboolean
store_ack (KaiCall *call, const char *desk, const KaiRecord *ack, GError **error)
{
  gint64 id = g_ascii_strtoll (kai_record_get (ack, "PushId"), NULL, 10);

  return kai_database_run (
      call->sandbox->db, error,
      "INSERT OR IGNORE INTO push_ack (unit_code, desk, push_id, result) SELECT "
      "unit_code, ?, id, ? FROM push WHERE id = ? AND unit_code = ?",
      "ttlt", desk, kai_record_get (ack, "Result"), id, call->unit);
}

/* The cursor stands before the first push without an acknowledgement, so that old ones are not
 * looked at again. */
static gboolean
move_cursor (KaiCall *call, const char *desk, GError **error)
{
  return kai_database_run (call->sandbox->db, error,
                           "UPDATE desk SET cursor = coalesce((SELECT min(id) - 1 FROM push AS p "
                           "WHERE p.unit_code = ?1 AND id > "
                           "cursor AND NOT EXISTS (SELECT 1 FROM push_ack AS a WHERE a.unit_code = "
                           "?1 AND a.desk = ?2 AND push_id "
                           "= p.id)), (SELECT max(id) FROM push WHERE unit_code = ?1), cursor) "
                           "WHERE unit_code = ?1 AND desk = "
                           "?2",
                           "tt", call->unit, desk);
}

gboolean
kai_sandbox_take_acks (KaiCall *call, GError **error)
{
  const KaiRecord *voucher = only_voucher (call);
  guint n = voucher ? kai_record_get_n (voucher, "AckList/Ack") : 0;
  const char *desk = voucher ? kai_record_get (voucher, "DeskId") : NULL;

  if (n == 0 || !g_str_equal (kai_record_get (voucher, "ChgAgenCode"), call->unit))
    return TRUE;
  if (!kai_database_run (call->sandbox->db, error,
                         "INSERT OR IGNORE INTO desk (unit_code, desk) VALUES (?, ?)", "tt",
                         call->unit, desk))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!store_ack (call, desk, kai_record_nth (voucher, "AckList/Ack", i), error))
      return FALSE;
  return move_cursor (call, desk, error);
}

static gboolean
add_pushes (KaiCall *call, const char *desk, int count, KaiRecord *answer, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      call->sandbox->db, "SELECT id, number, content " WAITING " ORDER BY id LIMIT ?3", error);
  int n = 0;
  gboolean row;

  if (!stmt)
    return FALSE;
  /* One more than asked for tells whether there are more. */
  kai_statement_bind (stmt, "tti", call->unit, desk, count + 1);
  while (kai_database_step (call->sandbox->db, stmt, &row, error))
    {
      g_autofree char *number = NULL, *content = NULL, *base64 = NULL;
      KaiRecord *push;

      if (!row)
        return TRUE;
      if (++n > count)
        {
          kai_record_set (answer, "More", "1");
          continue;
        }
      push = kai_record_add (answer, "PushList/Push");
      number = kai_column_dup (stmt, 1);
      content = kai_column_dup (stmt, 2);
      base64 = g_base64_encode ((const guchar *)content, strlen (content));
      kai_record_set_int (push, "PushId", sqlite3_column_int64 (stmt, 0));
      kai_record_set (push, "MsgNo", number);
      kai_record_set (push, "Content", base64);
    }
  return FALSE;
}

KaiRecord *
kai_sandbox_give_pushes (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  gint64 count = 0;
  g_autoptr (KaiRecord) answer = NULL;
  KaiRecord *refusal;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &refusal))
    return refusal;
  if (!g_str_equal (kai_record_get (voucher, "OperatorCode"), call->user))
    return kai_call_refuse (call, "wrong-holder", NULL);
  if (call->request->vouchers->len != 1)
    return kai_call_refuse (call, "too-many-vouchers", NULL);
  if (!kai_record_get_int (voucher, "MaxCount", &count, NULL) || count < 1)
    return kai_call_refuse (call, "field", "MaxCount");
  answer = kai_call_accept (call);
  /* Who lets us wait may ask again at once. */
  if (kai_sandbox_get_wait (call) > 0)
    kai_record_set (answer, "RetryAfter", "0");
  if (!add_pushes (call, kai_record_get (voucher, "DeskId"), (int)MIN (count, MAX_COUNT), answer,
                   error))
    return NULL;
  return g_steal_pointer (&answer);
}
