/* What the clerk decides about what the server refused: ask, send again, give up. */
#include "sync/kai-desk-queue.h"

#include "store/kai-notice-store.h"
#include "sync/kai-desk-private.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

static gboolean
fail_unknown (GError **error)
{
  return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                        _ ("It is not known yet what the finance server has. Ask it first."));
}

/* Posts a message with one voucher. */
static gboolean
post_one (KaiDesk *desk, KaiMessage *message, GArray *subjects, GError **error)
{
  return kai_desk_post (desk, message, "", subjects, error);
}

static gboolean
resolve_notice (KaiDesk *desk, gint64 id, KaiResolution how, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_load (desk->db, id, error);
  g_autoptr (KaiMessage) question = NULL;
  g_autoptr (GArray) subjects = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (!notice)
    return FALSE;
  if (how == KAI_RESOLVE_ASK)
    {
      question = kai_desk_new_message (desk, "8997");
      return kai_desk_ask_notice (desk, notice, question, subjects, error)
             && post_one (desk, question, subjects, error);
    }
  if (notice->sync == KAI_SYNC_UNKNOWN)
    return fail_unknown (error);
  if (how == KAI_RESOLVE_SEND_AGAIN)
    return kai_desk_correct (desk, notice, error);
  /* A refused voiding leaves the notice as it is. */
  return !kai_desk_can_correct (notice) || kai_desk_give_up (desk, id, "", error);
}

static gboolean
fetch_again (KaiDesk *desk, const KaiEbillRecord *record, GError **error)
{
  g_autoptr (KaiMessage) message = kai_desk_new_message (desk, "8982");
  g_autoptr (GArray) subjects = g_array_new (FALSE, FALSE, sizeof (gint64));

  kai_desk_add_fetch (desk, record, message);
  g_array_append_val (subjects, record->id);
  return post_one (desk, message, subjects, error);
}

static gboolean
ask_ebill (KaiDesk *desk, KaiEbillRecord *record, GError **error)
{
  g_autoptr (KaiMessage) message = kai_desk_new_message (desk, "8632");
  g_autoptr (GArray) subjects = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (!*record->number)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("There is nothing to ask: this swap has no e-bill number yet. Send it "
                             "again."));
  return kai_desk_ask_ebill (desk, record, message, subjects, error)
         && post_one (desk, message, subjects, error);
}

static gboolean
resolve_ebill (KaiDesk *desk, gint64 id, KaiResolution how, GError **error)
{
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_load (desk->db, id, error);
  char *codes[2] = { NULL, NULL };

  if (!record)
    return FALSE;
  /* Only its file is missing. */
  if (record->sync == KAI_SYNC_ACCEPTED)
    return how == KAI_RESOLVE_GIVE_UP || fetch_again (desk, record, error);
  if (how == KAI_RESOLVE_ASK)
    return ask_ebill (desk, record, error);
  if (record->sync == KAI_SYNC_UNKNOWN)
    return fail_unknown (error);
  codes[0] = record->payment_code;
  return how == KAI_RESOLVE_GIVE_UP || kai_desk_swap (desk, codes, error);
}

static gboolean
resolve_movement (KaiDesk *desk, gint64 id, KaiResolution how, GError **error)
{
  KaiStockMovement *movement;
  KaiStockMove move;
  gboolean ok;

  if (how == KAI_RESOLVE_ASK)
    return kai_desk_forget_stock (desk, error); /* fetched at the next contact */
  if (how == KAI_RESOLVE_GIVE_UP)
    return TRUE; /* taken back when it was refused */
  movement = kai_stock_movement_load (desk->db, id, error);
  if (!movement)
    return FALSE;
  move = (KaiStockMove){ .kind = movement->kind,
                         .type = movement->type,
                         .version = movement->version,
                         .from = movement->from,
                         .to = movement->to,
                         .range = movement->range,
                         .reason = movement->reason };
  ok = kai_desk_move_stock (desk, &move, error) != 0;
  kai_stock_movement_free (movement);
  return ok;
}

static gboolean
resolve_subject (KaiDesk *desk, KaiSubjectKind kind, gint64 id, KaiResolution how, GError **error)
{
  switch (kind)
    {
    case KAI_SUBJECT_NOTICE:
      return resolve_notice (desk, id, how, error);
    case KAI_SUBJECT_EBILL:
      return resolve_ebill (desk, id, how, error);
    case KAI_SUBJECT_MOVEMENT:
    default:
      return resolve_movement (desk, id, how, error);
    }
}

static gboolean
resolve_all (KaiDesk *desk, gint64 message_id, KaiResolution how, GError **error)
{
  static const char *const words[] = { "ask", "send again", "give up" };
  g_autoptr (KaiOutboxMessage) message = kai_outbox_load (desk->db, message_id, error);
  KaiSubjectKind kind = message ? kai_outbox_subject_kind (message->msg_no) : 0;
  g_autofree char *subject = NULL;

  if (!message)
    return FALSE;
  if (message->refused->len == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                          _ ("Nothing of message %lld is refused and waits for a decision."),
                          (long long)message_id);
  for (guint i = 0; i < message->refused->len; i++)
    {
      gint64 id = g_array_index (message->refused, gint64, i);

      if (!resolve_subject (desk, kind, id, how, error)
          || !kai_outbox_resolve (desk->db, kind, id, error))
        return FALSE;
    }
  subject = g_strdup_printf ("%s/%s", message->msg_no, message->msg_id);
  return kai_desk_audit (desk, "queue.resolve", "message", subject, words[how], error);
}

gboolean
kai_desk_resolve (KaiDesk *desk, gint64 id, KaiResolution how, GError **error)
{
  if (!kai_database_begin (desk->db, error))
    return FALSE;
  if (resolve_all (desk, id, how, error))
    return kai_database_commit (desk->db, error);
  kai_database_rollback (desk->db);
  return FALSE;
}
