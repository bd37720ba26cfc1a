/* Messages to the finance server, in the order in which they were written where they are about the same thing. */
#include "store/kai-outbox.h"

#include <glib/gi18n-lib.h>

#include "values/kai-error.h"

#define COLUMNS                                                                                    \
  "id, msg_id, msg_no, state, attempts, created_at, last_try_at, next_try_at, last_error, "        \
  "batch_id"

/* The index of the open ones is used only where its condition stands in the statement. */
#define OPEN(table) table ".state <> 'answered' AND "
/* What a message is about: notices, e-bills, or paper bills, whose ranges may touch whatever the movement. */
#define KIND(table)                                                                                \
  "CASE WHEN " table ".msg_no IN ('8994', '8997', '8641') THEN 1"                                  \
  " WHEN " table ".msg_no IN ('8999', '8981', '8982') THEN 2 ELSE 3 END"
#define SHARES_SUBJECT                                                                             \
  "EXISTS (SELECT 1 FROM outbox_subject AS s JOIN outbox_subject AS t ON s.subject_id = "          \
  "t.subject_id WHERE s.outbox_id = outbox.id AND t.outbox_id = earlier.id)"

static const char *const state_words[] = { "waiting", "answered", "refused", "held" };

static gint64
now_seconds (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

void
kai_outbox_message_free (KaiOutboxMessage *message)
{
  if (!message)
    return;
  g_free (message->msg_id);
  g_free (message->msg_no);
  g_clear_pointer (&message->body, g_bytes_unref);
  g_free (message->last_error);
  g_free (message->batch_id);
  g_clear_pointer (&message->subjects, g_array_unref);
  g_free (message);
}

static gboolean
add_subjects (KaiDatabase *db, gint64 id, const gint64 *subjects, gsize n_subjects, GError **error)
{
  for (gsize i = 0; i < n_subjects; i++)
    if (!kai_database_run (db, error,
                           "INSERT INTO outbox_subject (outbox_id, position, subject_id) "
                           "VALUES (?, ?, ?)",
                           "lil", id, (int)i, subjects[i]))
      return FALSE;
  return TRUE;
}

gint64
kai_outbox_add (KaiDatabase *db, const char *msg_id, const char *msg_no, GBytes *body,
                const char *batch_id, const gint64 *subjects, gsize n_subjects, GError **error)
{
  gint64 id;

  if (!kai_database_begin (db, error))
    return 0;
  if (!kai_database_run (db, error,
                         "INSERT INTO outbox (msg_id, msg_no, body, state, attempts, created_at, "
                         "last_try_at, next_try_at, last_error, batch_id) "
                         "VALUES (?, ?, ?, 'waiting', 0, ?, 0, 0, '', ?)",
                         "ssblt", msg_id, msg_no, body, now_seconds (), batch_id))
    {
      kai_database_rollback (db);
      return 0;
    }
  id = kai_database_last_id (db);
  if (!add_subjects (db, id, subjects, n_subjects, error))
    {
      kai_database_rollback (db);
      return 0;
    }
  return kai_database_commit (db, error) ? id : 0;
}

/* Columns: COLUMNS. */
static KaiOutboxMessage *
read_message (sqlite3_stmt *stmt)
{
  KaiOutboxMessage *message = g_new0 (KaiOutboxMessage, 1);
  const char *state = (const char *)sqlite3_column_text (stmt, 3);

  message->id = sqlite3_column_int64 (stmt, 0);
  message->msg_id = kai_column_dup (stmt, 1);
  message->msg_no = kai_column_dup (stmt, 2);
  for (guint i = 0; i < G_N_ELEMENTS (state_words); i++)
    if (g_strcmp0 (state, state_words[i]) == 0)
      message->state = (KaiOutboxState)i;
  message->attempts = sqlite3_column_int (stmt, 4);
  message->created_at = sqlite3_column_int64 (stmt, 5);
  message->last_try_at = sqlite3_column_int64 (stmt, 6);
  message->next_try_at = sqlite3_column_int64 (stmt, 7);
  message->last_error = kai_column_dup (stmt, 8);
  message->batch_id = kai_column_dup (stmt, 9);
  message->subjects = g_array_new (FALSE, FALSE, sizeof (gint64));
  return message;
}

static gboolean
load_subjects (KaiDatabase *db, KaiOutboxMessage *message, GError **error)
{
  gboolean row = TRUE;
  sqlite3_stmt *stmt = kai_database_prepare (
      db, "SELECT subject_id FROM outbox_subject WHERE outbox_id = ? ORDER BY position", error);

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "l", message->id);
  while (row)
    {
      gint64 subject;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      subject = row ? sqlite3_column_int64 (stmt, 0) : 0;
      if (row)
        g_array_append_val (message->subjects, subject);
    }
  return TRUE;
}

KaiOutboxMessage *
kai_outbox_next (KaiDatabase *db, gint64 now, GError **error)
{
  g_autoptr (KaiOutboxMessage) message = NULL;
  gboolean row;
  /* What is held or not due keeps back what comes after it about the same, and nothing else; so does a question about a notice
   * (its state is unknown) a voiding of it. */
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT " COLUMNS ", body FROM outbox"
      " WHERE " OPEN (
          "outbox") "state = 'waiting' AND next_try_at <= ?1"
                    " AND NOT EXISTS (SELECT 1 FROM outbox AS earlier"
                    "  WHERE " OPEN (
                        "earlier") "earlier.state IN ('held', 'waiting')"
                                   "  AND earlier.id < outbox.id AND (earlier.state = 'held' OR "
                                   "earlier.next_try_at > ?1)"
                                   "  AND " KIND ("earlier") " = " KIND ("outbox") "  AND (" KIND (
                                       "outbox") " = 3 OR " SHARES_SUBJECT "))"
                                                 " AND NOT (msg_no = '8641' AND EXISTS (SELECT 1 "
                                                 "FROM outbox_subject JOIN notice"
                                                 "  ON notice.id = subject_id WHERE outbox_id = "
                                                 "outbox.id AND sync = 'unknown'))"
                                                 " ORDER BY id LIMIT 1",
      error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "l", now);
  if (!kai_database_step (db, stmt, &row, error) || !row)
    return NULL;
  message = read_message (stmt);
  message->body = kai_column_bytes (stmt, 10);
  sqlite3_reset (stmt);
  if (!load_subjects (db, message, error))
    return NULL;
  return g_steal_pointer (&message);
}

/* After an UPDATE by id. */
static gboolean
was_found (KaiDatabase *db, gint64 id, GError **error)
{
  if (kai_database_changes (db) > 0)
    return TRUE;
  return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                        _ ("There is no message %lld in the outbox for which this can be done."),
                        (long long)id);
}

gboolean
kai_outbox_mark_try (KaiDatabase *db, gint64 id, GError **error)
{
  return kai_database_run (
             db, error, "UPDATE outbox SET attempts = attempts + 1, last_try_at = ? WHERE id = ?",
             "ll", now_seconds (), id)
         && was_found (db, id, error);
}

gboolean
kai_outbox_mark_failed (KaiDatabase *db, gint64 id, const char *sentence, gint64 next_try_at,
                        GError **error)
{
  return kai_database_run (db, error,
                           "UPDATE outbox SET last_error = ?, next_try_at = ? WHERE id = ?", "tll",
                           sentence, next_try_at, id)
         && was_found (db, id, error);
}

gboolean
kai_outbox_mark_answered (KaiDatabase *db, gint64 id, GError **error)
{
  return kai_database_run (db, error,
                           "UPDATE outbox SET state = 'answered', last_error = '', body = NULL "
                           "WHERE id = ?",
                           "l", id)
         && was_found (db, id, error);
}

gboolean
kai_outbox_mark_refused (KaiDatabase *db, gint64 id, const char *sentence, GError **error)
{
  return kai_database_run (db, error,
                           "UPDATE outbox SET state = 'refused', last_error = ? "
                           "WHERE id = ? AND state <> 'answered'",
                           "tl", sentence, id)
         && was_found (db, id, error);
}

gboolean
kai_outbox_withdraw (KaiDatabase *db, const char *msg_no, gint64 subject, GError **error)
{
  return kai_database_run (
      db, error,
      "UPDATE outbox SET state = 'answered', last_error = '', body = NULL"
      " WHERE " OPEN ("outbox") "state IN ('waiting', 'held') AND msg_no = ?1 AND ?2 ="
                                " (SELECT subject_id FROM outbox_subject WHERE outbox_id = "
                                "outbox.id AND position = 0)",
      "sl", msg_no, subject);
}

gboolean
kai_outbox_set_held (KaiDatabase *db, gint64 id, gboolean held, GError **error)
{
  return kai_database_run (db, error,
                           "UPDATE outbox SET state = ?2 WHERE id = ?1 "
                           "AND state IN ('waiting', 'held')",
                           "ls", id, held ? "held" : "waiting")
         && was_found (db, id, error);
}

gboolean
kai_outbox_wake (KaiDatabase *db, GError **error)
{
  return kai_database_run (db, error,
                           "UPDATE outbox SET next_try_at = 0 "
                           "WHERE " OPEN ("outbox") "state = 'waiting' AND next_try_at <> 0",
                           NULL);
}

int
kai_outbox_count (KaiDatabase *db, KaiOutboxState state)
{
  g_return_val_if_fail (state < G_N_ELEMENTS (state_words), -1);
  return (int)kai_database_get_int (
      db, -1, NULL,
      state == KAI_OUTBOX_ANSWERED
          ? "SELECT count(*) FROM outbox WHERE state = ?"
          : "SELECT count(*) FROM outbox WHERE " OPEN ("outbox") "state = ?",
      "s", state_words[state]);
}

GPtrArray *
kai_outbox_list_open (KaiDatabase *db, int limit, GError **error)
{
  g_autoptr (GPtrArray) messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_outbox_message_free);
  gboolean row = TRUE;
  sqlite3_stmt *stmt =
      kai_database_prepare (db,
                            "SELECT " COLUMNS " FROM outbox"
                            " WHERE " OPEN ("outbox") "state IN ('waiting', 'held', 'refused')"
                                                      " ORDER BY id LIMIT ?",
                            error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "i", limit > 0 ? limit : -1);
  while (row)
    {
      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      if (row)
        g_ptr_array_add (messages, read_message (stmt));
    }
  for (guint i = 0; i < messages->len; i++)
    if (!load_subjects (db, g_ptr_array_index (messages, i), error))
      return NULL;
  return g_steal_pointer (&messages);
}
