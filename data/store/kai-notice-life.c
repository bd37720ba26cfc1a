/* What was sent about one notice. */
#include "store/kai-notice-life.h"

void
kai_notice_message_free (KaiNoticeMessage *message)
{
  g_free (message->msg_no);
  g_free (message);
}

static KaiOutboxState
parse_state (const char *word)
{
  if (g_strcmp0 (word, "answered") == 0)
    return KAI_OUTBOX_ANSWERED;
  if (g_strcmp0 (word, "refused") == 0)
    return KAI_OUTBOX_REFUSED;
  return g_strcmp0 (word, "held") == 0 ? KAI_OUTBOX_HELD : KAI_OUTBOX_WAITING;
}

/* Which table a subject's id is of follows from the message, as in kai-outbox.c. */
GPtrArray *
kai_notice_life_list_messages (KaiDatabase *db, gint64 notice_id, int limit, GError **error)
{
  g_autoptr (GPtrArray) messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_notice_message_free);
  gboolean row = TRUE;
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT o.msg_no, o.state, o.attempts, o.created_at, o.last_try_at"
      " FROM outbox o WHERE o.id IN ("
      "  SELECT s.outbox_id FROM outbox_subject s JOIN outbox m ON m.id = s.outbox_id"
      "   WHERE s.subject_id = ?1 AND m.msg_no IN ('8994', '8997', '8641')"
      "  UNION SELECT s.outbox_id FROM ebill e JOIN outbox_subject s ON s.subject_id = e.id"
      "   JOIN outbox m ON m.id = s.outbox_id"
      "   WHERE e.notice_id = ?1 AND m.msg_no IN ('8999', '8981', '8982', '8632'))"
      " ORDER BY o.id DESC LIMIT ?2",
      error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "li", notice_id, limit);
  while (row)
    {
      KaiNoticeMessage *message;

      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      if (!row)
        break;
      message = g_new0 (KaiNoticeMessage, 1);
      message->msg_no = kai_column_dup (stmt, 0);
      message->state = parse_state ((const char *)sqlite3_column_text (stmt, 1));
      message->attempts = sqlite3_column_int (stmt, 2);
      message->created_at = sqlite3_column_int64 (stmt, 3);
      message->last_try_at = sqlite3_column_int64 (stmt, 4);
      g_ptr_array_add (messages, message);
    }
  return g_steal_pointer (&messages);
}
