/* Messages to the finance server, in the order in which they were written where they are about the same thing. */
#include "store/kai-outbox.h"

#include <glib/gi18n-lib.h>

#include "store/kai-seal-private.h"
#include "values/kai-error.h"

#define COLUMNS                                                                                    \
  "id, msg_id, msg_no, state, attempts, created_at, last_try_at, next_try_at, sealed_error, "      \
  "batch_id"

/* The index of the open ones is used only where its condition stands in the statement. */
#define OPEN(table) table ".state <> 'answered' AND "
/* KaiSubjectKind in SQL. */
#define KIND(table)                                                                                \
  "CASE WHEN " table ".msg_no IN ('8994', '8997', '8641') THEN 1"                                  \
  " WHEN " table ".msg_no IN ('8999', '8981', '8982', '8632') THEN 2 ELSE 3 END"
#define SHARES_SUBJECT                                                                             \
  "EXISTS (SELECT 1 FROM outbox_subject AS s WHERE s.outbox_id = outbox.id AND s.subject_id IN "   \
  "(SELECT t.subject_id FROM outbox_subject AS t WHERE t.outbox_id = earlier.id))"
/* That nothing keeps it back: an earlier one about the same that has no answer yet (held, not due, or on its way), or, where it is a voiding,
 * that it is not known whether the notice is ours; the question about that (8997) does not wait for the voiding. */
#define IS_FREE                                                                                    \
  "NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE " OPEN (                                      \
      "earlier") "earlier.state IN ('held', 'waiting') AND earlier.id < outbox.id"                 \
                 " AND NOT (earlier.msg_no = '8641' AND outbox.msg_no = '8997')"                   \
                 " AND " KIND ("earlier") " = " KIND ("outbox") " AND (" KIND (                    \
                     "outbox") " = 3 OR " SHARES_SUBJECT "))"                                      \
                               " AND NOT (msg_no = '8641' AND EXISTS (SELECT 1 FROM "              \
                               "outbox_subject JOIN notice ON notice.id = subject_id"              \
                               " WHERE outbox_id = outbox.id AND sync = 'unknown'))"

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
  g_clear_pointer (&message->refused, g_array_unref);
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

static GBytes *
seal_body (KaiDatabase *db, const char *msg_id, GBytes *body, GError **error)
{
  g_autofree char *purpose = kai_seal_outbox_purpose (msg_id);
  KaiVault *vault = kai_database_require_vault (db, error);

  return vault ? kai_vault_seal (vault, body, purpose, 0) : NULL;
}

/* NULL for an empty sentence. */
static gboolean
seal_error (KaiDatabase *db, gint64 id, const char *sentence, GBytes **out, GError **error)
{
  const char *texts[] = { sentence ? sentence : "", NULL };
  KaiVault *vault = kai_database_require_vault (db, error);

  *out = vault ? kai_vault_seal_texts (vault, texts, OUTBOX_ERROR, id) : NULL;
  return vault != NULL;
}

gint64
kai_outbox_add (KaiDatabase *db, const char *msg_id, const char *msg_no, GBytes *body,
                const char *batch_id, const gint64 *subjects, gsize n_subjects, GError **error)
{
  g_autoptr (GBytes) sealed = seal_body (db, msg_id, body, error);
  gint64 id;

  if (!sealed || !kai_database_begin (db, error))
    return 0;
  if (!kai_database_run (db, error,
                         "INSERT INTO outbox (msg_id, msg_no, body, state, attempts, created_at, "
                         "last_try_at, next_try_at, batch_id) "
                         "VALUES (?, ?, ?, 'waiting', 0, ?, 0, 0, ?)",
                         "ssblt", msg_id, msg_no, sealed, now_seconds (), batch_id))
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

/* Columns: COLUMNS. NULL when what is sealed cannot be opened. */
static KaiOutboxMessage *
read_message (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  g_autoptr (KaiOutboxMessage) message = g_new0 (KaiOutboxMessage, 1);
  const char *state = (const char *)sqlite3_column_text (stmt, 3);
  g_autoptr (GBytes) sealed = kai_column_bytes (stmt, 8);
  g_auto (GStrv) texts = NULL;

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
  message->batch_id = kai_column_dup (stmt, 9);
  message->subjects = g_array_new (FALSE, FALSE, sizeof (gint64));
  message->refused = g_array_new (FALSE, FALSE, sizeof (gint64));
  texts = kai_vault_open_texts (kai_database_get_vault (db), sealed, 1, OUTBOX_ERROR, message->id,
                                error);
  if (!texts)
    return NULL;
  message->last_error = g_steal_pointer (&texts[0]);
  return g_steal_pointer (&message);
}

/* The body, for sending. */
static gboolean
read_body (KaiDatabase *db, sqlite3_stmt *stmt, int column, KaiOutboxMessage *message,
           GError **error)
{
  g_autofree char *purpose = kai_seal_outbox_purpose (message->msg_id);
  g_autoptr (GBytes) sealed = kai_column_bytes (stmt, column);
  KaiVault *vault = kai_database_require_vault (db, error);

  message->body = vault && sealed ? kai_vault_open (vault, sealed, purpose, 0, error) : NULL;
  return message->body != NULL;
}

static gboolean
load_subjects (KaiDatabase *db, KaiOutboxMessage *message, GError **error)
{
  gboolean row = TRUE;
  sqlite3_stmt *stmt = kai_database_prepare (
      db, "SELECT subject_id, refused FROM outbox_subject WHERE outbox_id = ? ORDER BY position",
      error);

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "l", message->id);
  while (row)
    {
      gint64 subject;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (!row)
        break;
      subject = sqlite3_column_int64 (stmt, 0);
      g_array_append_val (message->subjects, subject);
      if (sqlite3_column_int (stmt, 1))
        g_array_append_val (message->refused, subject);
    }
  /* Answered, but not done with. */
  if (message->refused->len > 0 && message->state == KAI_OUTBOX_ANSWERED)
    message->state = KAI_OUTBOX_REFUSED;
  return TRUE;
}

KaiOutboxMessage *
kai_outbox_next (KaiDatabase *db, gint64 now, GError **error)
{
  return kai_outbox_next_free (db, now, NULL, 0, error);
}

KaiOutboxMessage *
kai_outbox_next_free (KaiDatabase *db, gint64 now, const gint64 *under_way, guint n_under_way,
                      GError **error)
{
  gint64 ids[KAI_OUTBOX_MAX_UNDER_WAY] = { 0 };
  g_autoptr (KaiOutboxMessage) message = NULL;
  gboolean row;
  sqlite3_stmt *stmt =
      kai_database_prepare (db,
                            "SELECT " COLUMNS ", body FROM outbox"
                            " WHERE " OPEN ("outbox") "state = 'waiting' AND next_try_at <= ?1"
                                                      " AND id NOT IN (?2, ?3, ?4, ?5)"
                                                      " AND " IS_FREE " ORDER BY id LIMIT 1",
                            error);

  g_return_val_if_fail (n_under_way <= G_N_ELEMENTS (ids), NULL);
  if (!stmt)
    return NULL;
  for (guint i = 0; i < n_under_way; i++)
    ids[i] = under_way[i];
  kai_statement_bind (stmt, "lllll", now, ids[0], ids[1], ids[2], ids[3]);
  if (!kai_database_step (db, stmt, &row, error) || !row)
    return NULL;
  message = read_message (db, stmt, error);
  if (message && !read_body (db, stmt, 10, message, error))
    g_clear_pointer (&message, kai_outbox_message_free);
  sqlite3_reset (stmt);
  if (!message || !load_subjects (db, message, error))
    return NULL;
  return g_steal_pointer (&message);
}

gboolean
kai_outbox_has_due (KaiDatabase *db, gint64 now)
{
  return kai_database_get_int (db, 0, NULL,
                               "SELECT EXISTS (SELECT 1 FROM outbox WHERE " OPEN (
                                   "outbox") "state = 'waiting' AND next_try_at <= ? AND " IS_FREE
                                             ")",
                               "l", now)
         > 0;
}

gint64
kai_outbox_first_waiting (KaiDatabase *db)
{
  return kai_database_get_int (
      db, 0, NULL,
      "SELECT coalesce (min (id), 0) FROM outbox WHERE " OPEN ("outbox") "state = 'waiting'", NULL);
}

int
kai_outbox_count_waiting_from (KaiDatabase *db, gint64 id)
{
  return (int)kai_database_get_int (
      db, 0, NULL,
      "SELECT count(*) FROM outbox WHERE " OPEN ("outbox") "state = 'waiting' AND id >= ?", "l",
      id);
}

int
kai_outbox_count_refused_from (KaiDatabase *db, gint64 id)
{
  return (int)kai_database_get_int (
      db, 0, NULL, "SELECT count(*) FROM outbox_subject WHERE refused = 1 AND outbox_id >= ?", "l",
      id);
}

gint64
kai_outbox_next_try (KaiDatabase *db)
{
  return kai_database_get_int (db, 0, NULL,
                               "SELECT coalesce (min (next_try_at), 0) FROM outbox WHERE " OPEN (
                                   "outbox") "state = 'waiting' AND next_try_at > 0",
                               NULL);
}

KaiSubjectKind
kai_outbox_subject_kind (const char *msg_no)
{
  static const char *const notices[] = { "8994", "8997", "8641", NULL };
  static const char *const ebills[] = { "8999", "8981", "8982", "8632", NULL };

  return g_strv_contains (notices, msg_no)  ? KAI_SUBJECT_NOTICE
         : g_strv_contains (ebills, msg_no) ? KAI_SUBJECT_EBILL
                                            : KAI_SUBJECT_MOVEMENT;
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
kai_outbox_unmark_try (KaiDatabase *db, gint64 id, GError **error)
{
  return kai_database_run (
             db, error, "UPDATE outbox SET attempts = attempts - 1 WHERE id = ? AND attempts > 0",
             "l", id)
         && was_found (db, id, error);
}

gboolean
kai_outbox_mark_failed (KaiDatabase *db, gint64 id, const char *sentence, gint64 next_try_at,
                        GError **error)
{
  g_autoptr (GBytes) sealed = NULL;

  return seal_error (db, id, sentence, &sealed, error)
         && kai_database_run (db, error,
                              "UPDATE outbox SET sealed_error = ?, next_try_at = ? WHERE id = ?",
                              "bll", sealed, next_try_at, id)
         && was_found (db, id, error);
}

gboolean
kai_outbox_mark_answered (KaiDatabase *db, gint64 id, GError **error)
{
  return kai_database_run (db, error,
                           "UPDATE outbox SET state = 'answered', sealed_error = NULL, body = NULL "
                           "WHERE id = ?",
                           "l", id)
         && was_found (db, id, error);
}

gboolean
kai_outbox_mark_refused (KaiDatabase *db, gint64 id, const char *sentence, GError **error)
{
  g_autoptr (GBytes) sealed = NULL;

  return seal_error (db, id, sentence, &sealed, error)
         && kai_database_run (db, error,
                              "UPDATE outbox SET state = 'refused', sealed_error = ? "
                              "WHERE id = ? AND state <> 'answered'",
                              "bl", sealed, id)
         && was_found (db, id, error);
}

gboolean
kai_outbox_mark_subject_refused (KaiDatabase *db, gint64 id, int position, const char *sentence,
                                 GError **error)
{
  g_autoptr (GBytes) sealed = NULL;

  return seal_error (db, id, sentence, &sealed, error)
         && kai_database_run (db, error,
                              "UPDATE outbox_subject SET refused = 1 WHERE outbox_id = ? "
                              "AND position = ?",
                              "li", id, position)
         && was_found (db, id, error)
         && kai_database_run (db, error,
                              "UPDATE outbox SET sealed_error = ?2 WHERE id = ?1 "
                              "AND sealed_error IS NULL",
                              "lb", id, sealed);
}

gboolean
kai_outbox_resolve (KaiDatabase *db, KaiSubjectKind kind, gint64 subject, GError **error)
{
  /* One that was refused as a whole is done with when all its subjects are. */
  return kai_database_run (db, error,
                           "UPDATE outbox_subject SET refused = 0 WHERE refused = 1"
                           " AND subject_id = ?2 AND (SELECT " KIND (
                               "outbox") " FROM outbox WHERE outbox.id = outbox_id) = ?1",
                           "il", (int)kind, subject)
         && (kai_database_changes (db) == 0
             || kai_database_run (db, error,
                                  "UPDATE outbox SET state = 'answered', body = NULL WHERE " OPEN (
                                      "outbox") "state = 'refused' AND NOT EXISTS (SELECT 1 FROM "
                                                "outbox_subject WHERE outbox_id = outbox.id"
                                                " AND refused = 1)",
                                  NULL));
}

gboolean
kai_outbox_withdraw (KaiDatabase *db, const char *msg_no, gint64 subject, GError **error)
{
  return kai_database_run (
      db, error,
      "UPDATE outbox SET state = 'answered', sealed_error = NULL, body = NULL"
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
kai_outbox_send_now (KaiDatabase *db, gint64 id, GError **error)
{
  return kai_database_run (db, error,
                           "UPDATE outbox SET state = 'waiting', next_try_at = 0 WHERE id = ? "
                           "AND state IN ('waiting', 'held')",
                           "l", id)
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
  if (state == KAI_OUTBOX_REFUSED)
    return (int)kai_database_get_int (
        db, -1, NULL,
        "SELECT count(*) FROM (SELECT id FROM outbox WHERE " OPEN (
            "outbox") "state = 'refused'"
                      " UNION SELECT outbox_id FROM outbox_subject WHERE refused = 1)",
        NULL);
  return (int)kai_database_get_int (
      db, -1, NULL,
      state == KAI_OUTBOX_ANSWERED
          ? "SELECT count(*) FROM outbox WHERE state = ?"
          : "SELECT count(*) FROM outbox WHERE " OPEN ("outbox") "state = ?",
      "s", state_words[state]);
}

/* Without bodies: there may be many, and they are read to be looked at. */
static GPtrArray *
read_messages (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  g_autoptr (GPtrArray) messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_outbox_message_free);
  gboolean row = TRUE;

  while (row)
    {
      KaiOutboxMessage *message;

      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      message = row ? read_message (db, stmt, error) : NULL;
      if (row && !message)
        {
          sqlite3_reset (stmt);
          return NULL;
        }
      if (message)
        g_ptr_array_add (messages, message);
    }
  for (guint i = 0; i < messages->len; i++)
    if (!load_subjects (db, g_ptr_array_index (messages, i), error))
      return NULL;
  return g_steal_pointer (&messages);
}

GPtrArray *
kai_outbox_list_open (KaiDatabase *db, int limit, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT " COLUMNS " FROM outbox WHERE id IN (SELECT id FROM outbox WHERE " OPEN (
          "outbox") "state IN ('waiting', 'held', 'refused') UNION SELECT outbox_id"
                    " FROM outbox_subject WHERE refused = 1) ORDER BY id LIMIT ?",
      error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "i", limit > 0 ? limit : -1);
  return read_messages (db, stmt, error);
}

KaiOutboxMessage *
kai_outbox_load (KaiDatabase *db, gint64 id, GError **error)
{
  sqlite3_stmt *stmt =
      kai_database_prepare (db, "SELECT " COLUMNS " FROM outbox WHERE id = ?", error);
  g_autoptr (GPtrArray) messages = NULL;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "l", id);
  messages = read_messages (db, stmt, error);
  if (messages && messages->len > 0)
    return g_ptr_array_steal_index (messages, 0);
  if (messages)
    kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND, _ ("There is no message %lld in the outbox."),
                   (long long)id);
  return NULL;
}
