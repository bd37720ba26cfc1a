/* The queue in the clerk's words, and what the clerk does about it. */
#include "sync/kai-desk-queue.h"

#include "messages/kai-message-name.h"
#include "store/kai-notice-store.h"
#include "sync/kai-desk-private.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

#define PAUSED "sync_paused"

/* ---- the switch ---- */

gboolean
kai_sync_is_paused (KaiDatabase *db)
{
  g_autofree char *value = kai_database_dup_setting (db, PAUSED);

  return value && g_str_equal (value, "1");
}

gboolean
kai_desk_set_paused (KaiDesk *desk, gboolean paused, GError **error)
{
  if (kai_sync_is_paused (desk->db) == paused)
    return TRUE;
  if (!kai_database_begin (desk->db, error))
    return FALSE;
  if (kai_database_set_setting (desk->db, PAUSED, paused ? "1" : NULL, error)
      && kai_desk_audit (desk, paused ? "sync.pause" : "sync.resume", "store", "", "done", error))
    return kai_database_commit (desk->db, error);
  kai_database_rollback (desk->db);
  return FALSE;
}

/* ---- words ---- */

static char *
describe_one (const char *number, const char *code)
{
  static const struct
  {
    const char *number, *text;
  } words[] = {
    { "8994", N_ ("Issue payment notice %s") },
    { "8997", N_ ("Ask what the server has of notice %s") },
    { "8641", N_ ("Void payment notice %s") },
    { "8999", N_ ("Get an e-bill number for notice %s") },
    { "8981", N_ ("Swap notice %s for an e-bill") },
    { "8982", N_ ("Fetch the e-bill file of notice %s") },
    { "8632", N_ ("Ask what the server has of the e-bill of notice %s") },
    { "8618", N_ ("Take in bills %s") },
    { "8614", N_ ("Distribute bills %s") },
    { "8619", N_ ("Return bills %s") },
    { "8620", N_ ("Void bills %s") },
    { "8622", N_ ("Write off bills %s") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (number, words[i].number))
      return g_strdup_printf (_ (words[i].text), code);
  return g_strdup_printf ("%s · %s", kai_message_name (number), code);
}

static char *
describe_many (const char *number, int n)
{
  static const struct
  {
    const char *number, *one, *many;
  } words[] = {
    { "8994", N_ ("Issue %d payment notice"), N_ ("Issue %d payment notices") },
    { "8641", N_ ("Void %d payment notice"), N_ ("Void %d payment notices") },
    { "8999", N_ ("Get %d e-bill number"), N_ ("Get %d e-bill numbers") },
    { "8981", N_ ("Swap %d notice for an e-bill"), N_ ("Swap %d notices for e-bills") },
    { "8982", N_ ("Fetch %d e-bill file"), N_ ("Fetch %d e-bill files") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (number, words[i].number))
      return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, words[i].one, words[i].many, n), n);
  return g_strdup_printf ("%s (%d)", kai_message_name (number), n);
}

/* What the store calls them, and what the clerk reads. */
static const struct
{
  const char *state, *label;
} states[] = {
  { "draft", N_ ("waits for a payment code") }, { "waiting", N_ ("waits to be sent") },
  { "sent", N_ ("sent, no answer yet") },       { "held", N_ ("held back") },
  { "unknown", N_ ("not known, being asked") }, { "refused", N_ ("refused") },
};
enum
{
  DRAFT,
  WAITING,
  SENT,
  HELD,
  UNKNOWN,
  REFUSED
};

static void
set_state (KaiQueueEntry *entry, int state)
{
  entry->state = states[state].state;
  entry->state_label = _ (states[state].label);
}

static int
state_of (const KaiOutboxMessage *message)
{
  gboolean question =
      g_str_equal (message->msg_no, "8997") || g_str_equal (message->msg_no, "8632");

  if (message->state == KAI_OUTBOX_REFUSED)
    return REFUSED;
  if (message->state == KAI_OUTBOX_HELD)
    return HELD;
  if (question)
    return UNKNOWN;
  return message->attempts > 0 ? SENT : WAITING;
}

/* ---- what a message is about ---- */

static void
subject_free (KaiQueueSubject *subject)
{
  g_free (subject->code);
  g_free (subject->refusal_code);
  g_free (subject->refusal_text);
  g_free (subject->field);
  g_free (subject);
}

static KaiQueueSubject *
subject_new (gint64 id, const char *code, KaiSyncState sync, const char *refusal_code,
             const char *refusal_text)
{
  KaiQueueSubject *subject = g_new0 (KaiQueueSubject, 1);

  subject->id = id;
  subject->code = g_strdup (code);
  subject->sync = sync;
  subject->refusal_code = g_strdup (refusal_code);
  subject->refusal_text = g_strdup (refusal_text);
  subject->field = g_strdup ("");
  return subject;
}

static KaiQueueSubject *
read_notice (KaiDesk *desk, gint64 id, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_load (desk->db, id, error);
  KaiQueueSubject *subject;

  if (!notice)
    return NULL;
  subject = subject_new (id, notice->payment_code, notice->sync, notice->refusal_code,
                         notice->refusal_text);
  subject->can_correct = kai_desk_can_correct (notice);
  if (*notice->refusal_code)
    {
      g_free (subject->field);
      subject->field = kai_desk_dup_refusal_field (desk, notice);
    }
  return subject;
}

static KaiQueueSubject *
read_ebill (KaiDesk *desk, gint64 id, GError **error)
{
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_load (desk->db, id, error);

  return record ? subject_new (id, record->payment_code, record->sync, record->refusal_code,
                               record->refusal_text)
                : NULL;
}

static char *
dup_range (const KaiStockMovement *movement)
{
  g_autofree char *first = kai_number_range_format (movement->range.first, movement->range.width);
  g_autofree char *last = kai_number_range_format (movement->range.last, movement->range.width);

  return g_str_equal (first, last) ? g_strdup (first) : g_strdup_printf ("%s–%s", first, last);
}

static KaiQueueSubject *
read_movement (KaiDesk *desk, gint64 id, GError **error)
{
  KaiStockMovement *movement = kai_stock_movement_load (desk->db, id, error);
  g_autofree char *range = NULL;
  KaiQueueSubject *subject;

  if (!movement)
    return NULL;
  range = dup_range (movement);
  subject = subject_new (id, range, movement->sync, movement->refusal_code, movement->refusal_text);
  kai_stock_movement_free (movement);
  return subject;
}

static KaiQueueSubject *
load_subject (KaiDesk *desk, KaiSubjectKind kind, gint64 id, GError **error)
{
  switch (kind)
    {
    case KAI_SUBJECT_NOTICE:
      return read_notice (desk, id, error);
    case KAI_SUBJECT_EBILL:
      return read_ebill (desk, id, error);
    case KAI_SUBJECT_MOVEMENT:
    default:
      return read_movement (desk, id, error);
    }
}

/* One that is not in the store (a damaged one) does not hide the others. */
static KaiQueueSubject *
read_subject (KaiDesk *desk, KaiSubjectKind kind, gint64 id, GError **error)
{
  g_autoptr (GError) local = NULL;
  KaiQueueSubject *subject = load_subject (desk, kind, id, &local);

  if (!subject && g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND))
    return subject_new (id, "", KAI_SYNC_UNKNOWN, "", "");
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return subject;
}

static gboolean
has_id (const GArray *ids, gint64 id)
{
  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, gint64, i) == id)
      return TRUE;
  return FALSE;
}

void
kai_queue_entry_free (KaiQueueEntry *entry)
{
  if (!entry)
    return;
  g_clear_pointer (&entry->message, kai_outbox_message_free);
  g_clear_pointer (&entry->subjects, g_ptr_array_unref);
  g_free (entry->about);
  g_free (entry->why);
  g_free (entry);
}

static KaiQueueEntry *
entry_new (void)
{
  KaiQueueEntry *entry = g_new0 (KaiQueueEntry, 1);

  entry->subjects = g_ptr_array_new_with_free_func ((GDestroyNotify)subject_free);
  return entry;
}

/* Of the first that was refused, when the message itself has nothing to say. */
static char *
dup_why (const KaiQueueEntry *entry)
{
  if (*entry->message->last_error)
    return g_strdup (entry->message->last_error);
  for (guint i = 0; i < entry->subjects->len; i++)
    {
      const KaiQueueSubject *subject = entry->subjects->pdata[i];

      if (subject->refused && *subject->refusal_text)
        return g_strdup (subject->refusal_text);
    }
  return g_strdup ("");
}

/* Takes @message. */
static gboolean
fill_entry (KaiDesk *desk, KaiQueueEntry *entry, KaiOutboxMessage *message, GError **error)
{
  KaiSubjectKind kind = kai_outbox_subject_kind (message->msg_no);

  entry->message = message;
  for (guint i = 0; i < message->subjects->len; i++)
    {
      gint64 id = g_array_index (message->subjects, gint64, i);
      KaiQueueSubject *subject = read_subject (desk, kind, id, error);

      if (!subject)
        return FALSE;
      subject->refused = has_id (message->refused, id);
      g_ptr_array_add (entry->subjects, subject);
    }
  set_state (entry, state_of (message));
  if (entry->subjects->len == 1)
    entry->about =
        describe_one (message->msg_no, ((KaiQueueSubject *)entry->subjects->pdata[0])->code);
  else
    entry->about = describe_many (message->msg_no, (int)entry->subjects->len);
  entry->why = dup_why (entry);
  entry->can_send = message->state == KAI_OUTBOX_WAITING || message->state == KAI_OUTBOX_HELD;
  entry->can_hold = message->state == KAI_OUTBOX_WAITING;
  entry->can_release = message->state == KAI_OUTBOX_HELD;
  entry->can_resolve = message->state == KAI_OUTBOX_REFUSED;
  return TRUE;
}

static KaiQueueEntry *
make_drafts_entry (int n)
{
  KaiQueueEntry *entry = entry_new ();

  set_state (entry, DRAFT);
  entry->about = describe_many ("8994", n);
  entry->why = g_strdup (_ ("No payment code is left here; the next contact with the server brings "
                            "new ones."));
  return entry;
}

GPtrArray *
kai_desk_list_queue (KaiDesk *desk, int limit, GError **error)
{
  g_autoptr (GPtrArray) messages = kai_outbox_list_open (desk->db, limit, error);
  g_autoptr (GPtrArray) entries =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_queue_entry_free);
  int drafts;

  if (!messages)
    return NULL;
  while (messages->len > 0)
    {
      KaiQueueEntry *entry = entry_new ();

      g_ptr_array_add (entries, entry);
      if (!fill_entry (desk, entry, g_ptr_array_steal_index (messages, 0), error))
        return NULL;
    }
  drafts = kai_notice_store_count_drafts (desk->db);
  if (drafts > 0)
    g_ptr_array_add (entries, make_drafts_entry (drafts));
  return g_steal_pointer (&entries);
}

/* ---- hold, release, send ---- */

static char *
dup_subject (const KaiOutboxMessage *message)
{
  return g_strdup_printf ("%s/%s", message->msg_no, message->msg_id);
}

/* One change of a message, with its line of the log. */
static gboolean
change (KaiDesk *desk, gint64 id, const char *action,
        gboolean (*func) (KaiDatabase *, gint64, GError **), GError **error)
{
  g_autoptr (KaiOutboxMessage) message = NULL;
  g_autofree char *subject = NULL;

  if (!kai_database_begin (desk->db, error))
    return FALSE;
  message = kai_outbox_load (desk->db, id, error);
  subject = message ? dup_subject (message) : NULL;
  if (message && func (desk->db, id, error)
      && kai_desk_audit (desk, action, "message", subject, "done", error))
    return kai_database_commit (desk->db, error);
  kai_database_rollback (desk->db);
  return FALSE;
}

static gboolean
hold (KaiDatabase *db, gint64 id, GError **error)
{
  return kai_outbox_set_held (db, id, TRUE, error);
}

static gboolean
release (KaiDatabase *db, gint64 id, GError **error)
{
  return kai_outbox_set_held (db, id, FALSE, error);
}

gboolean
kai_desk_hold_message (KaiDesk *desk, gint64 id, gboolean held, GError **error)
{
  return change (desk, id, held ? "queue.hold" : "queue.release", held ? hold : release, error);
}

gboolean
kai_desk_send_message (KaiDesk *desk, gint64 id, GError **error)
{
  return change (desk, id, "queue.send", kai_outbox_send_now, error);
}
