/* Movements of paper bills: the change in the stock and its message in one transaction. */
#include "sync/kai-desk-private.h"
#include "sync/kai-desk-roles.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

static const char *
message_of (KaiMoveKind kind)
{
  switch (kind)
    {
    case KAI_MOVE_RECEIVE:
      return "8618";
    case KAI_MOVE_DISTRIBUTE:
      return "8614";
    case KAI_MOVE_RETURN:
      return "8619";
    case KAI_MOVE_VOID:
      return "8620";
    case KAI_MOVE_WRITE_OFF:
      return "8622";
    case KAI_MOVE_USE: /* goes with the notice that uses the number */
      break;
    }
  return NULL;
}

static gint64
move_and_post (KaiDesk *desk, const KaiStockMove *move, const char *number, GError **error)
{
  g_autoptr (KaiMessage) message = kai_desk_new_message (desk, number);
  g_autoptr (GArray) subjects = g_array_new (FALSE, FALSE, sizeof (gint64));
  KaiRecord *voucher = kai_desk_add_voucher (message);
  g_autofree char *first = kai_number_range_format (move->range.first, move->range.width);
  g_autofree char *last = kai_number_range_format (move->range.last, move->range.width);
  g_autofree char *subject = g_strdup_printf ("%s:%s-%s", move->type, first, last);
  g_autofree char *action = g_strconcat ("stock.", kai_move_kind_to_string (move->kind), NULL);
  gint64 id = kai_stock_move (desk->db, move, error);

  if (id == 0)
    return 0;
  kai_record_set (voucher, "ChgAgenCode", desk->unit_code);
  kai_record_set (voucher, "BillTypeCode", move->type);
  kai_record_set (voucher, "BillVerCode", move->version);
  kai_record_set (voucher, "FromHolder", move->from);
  kai_record_set (voucher, "ToHolder", move->to);
  kai_record_set (voucher, "FirstNo", first);
  kai_record_set (voucher, "LastNo", last);
  kai_record_set (voucher, "Reason", move->reason);
  kai_record_set (voucher, "OperatorCode", desk->user_code);
  g_array_append_val (subjects, id);
  if (!kai_desk_audit (desk, action, "stock", subject, "queued", error)
      || !kai_desk_post (desk, message, "", subjects, error))
    return 0;
  return id;
}

gint64
kai_desk_move_stock (KaiDesk *desk, const KaiStockMove *move, GError **error)
{
  const char *number = message_of (move->kind);
  KaiStockMove own = *move;
  gint64 id;

  if (!number)
    {
      kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                     _ ("Bills are used by issuing them, not by a movement of their own."));
      return 0;
    }
  own.user = desk->user_code;
  if (!kai_desk_may (desk, KAI_TASK_MOVE_STOCK, error) || !kai_desk_require_base_data (desk, error)
      || !kai_database_begin (desk->db, error))
    return 0;
  id = move_and_post (desk, &own, number, error);
  if (id == 0)
    {
      kai_database_rollback (desk->db);
      return 0;
    }
  return kai_database_commit (desk->db, error) ? id : 0;
}
