/* kaipiaoctl sync: deliver and take in, pause; queue: what waits and what was refused. */
#include "kai-ctl.h"

#include "store/kai-outbox.h"
#include "sync/kai-desk-queue.h"

#include <glib/gi18n-lib.h>

#define LONG_POLL_S 25

static int wait_idle;
static gboolean pause_sync, resume_sync;

static const GOptionEntry entries[] = {
  { "wait-idle", 0, 0, G_OPTION_ARG_INT, &wait_idle,
    N_ ("Go on until nothing new has come for so long"), N_ ("SECONDS") },
  { "pause", 0, 0, G_OPTION_ARG_NONE, &pause_sync,
    N_ ("Send and fetch nothing until --resume, the window neither"), NULL },
  { "resume", 0, 0, G_OPTION_ARG_NONE, &resume_sync, N_ ("End the pause, then send and take in"),
    NULL },
  { NULL },
};

/* Rounds until one has waited the whole time for nothing. */
static gboolean
run_rounds (KaiSyncEngine *engine, KaiSyncResult *result, GError **error)
{
  int quiet = 0;

  if (!kai_sync_engine_run (engine, 0, result, NULL, error))
    return FALSE;
  while (quiet < wait_idle)
    {
      int before = result->received + result->sent;
      int wait = MIN (wait_idle - quiet, LONG_POLL_S);

      if (!kai_sync_engine_receive (engine, wait, result, NULL, error)
          || !kai_sync_engine_deliver (engine, result, NULL, error))
        return FALSE;
      quiet = result->received + result->sent == before ? quiet + wait : 0;
    }
  return TRUE;
}

static void
show_result (KaiCtl *ctl, KaiDesk *desk, KaiSyncResult *result, gint64 before)
{
  KaiDatabase *db = kai_desk_get_database (desk);

  result->waiting = MAX (kai_outbox_count (db, KAI_OUTBOX_WAITING), 0);
  kai_ctl_member_int (ctl, "sent", result->sent);
  kai_ctl_member_int (ctl, "received", result->received);
  kai_ctl_member_int (ctl, "waiting", result->waiting);
  kai_ctl_member_int (ctl, "refused", result->refused);
  kai_ctl_member_bool (ctl, "paused", kai_sync_is_paused (db));
  kai_ctl_refusals (ctl, before);
  kai_ctl_say (ctl, _ ("%d sent, %d received, %d waiting, %d refused."), result->sent,
               result->received, result->waiting, result->refused);
}

static gboolean
run_sync (KaiCtl *ctl, char **args, GError **error)
{
  KaiSyncResult result = { 0 };
  KaiDesk *desk = kai_ctl_desk (ctl, error);
  KaiSyncEngine *engine;
  gboolean ok = TRUE;
  gint64 before;

  if (!desk)
    return FALSE;
  before = kai_ctl_last_line (ctl);
  if (wait_idle < 0)
    return kai_ctl_usage (error, _ ("--wait-idle must not be negative."));
  if (pause_sync && resume_sync)
    return kai_ctl_usage (error, _ ("--pause and --resume exclude each other."));
  if ((pause_sync || resume_sync) && !kai_desk_set_paused (desk, pause_sync, error))
    return FALSE;
  if (pause_sync)
    {
      show_result (ctl, desk, &result, before);
      kai_ctl_say (ctl, _ ("Sending and receiving is paused; “kaipiaoctl sync --resume” ends it."));
      return TRUE;
    }
  engine = kai_ctl_engine (ctl);
  if (engine)
    ok = run_rounds (engine, &result, error);
  kai_ctl_end_progress ();
  show_result (ctl, desk, &result, before);
  if (result.refused > 0)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
  return ok;
}

/* ---- the queue ---- */

static char *
dup_time (gint64 at)
{
  g_autoptr (GDateTime) time = at > 0 ? g_date_time_new_from_unix_local (at) : NULL;

  return time ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup ("");
}

static void
member_time (KaiCtl *ctl, const char *name, gint64 at)
{
  g_autofree char *text = dup_time (at);

  kai_ctl_member (ctl, name, text);
}

static void
write_subjects (KaiCtl *ctl, const KaiQueueEntry *entry)
{
  kai_ctl_begin_array (ctl, "subjects");
  for (guint i = 0; i < entry->subjects->len; i++)
    {
      const KaiQueueSubject *subject = entry->subjects->pdata[i];

      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "code", subject->code);
      kai_ctl_member (ctl, "sync", kai_sync_state_to_string (subject->sync));
      kai_ctl_member_bool (ctl, "refused", subject->refused);
      kai_ctl_member (ctl, "refusal", subject->refusal_code);
      kai_ctl_member (ctl, "refusal_text", subject->refusal_text);
      kai_ctl_member (ctl, "field", subject->field);
      kai_ctl_end_object (ctl);
    }
  kai_ctl_end_array (ctl);
}

static void
write_entry (KaiCtl *ctl, const KaiQueueEntry *entry)
{
  const KaiOutboxMessage *message = entry->message;

  kai_ctl_begin_object (ctl);
  kai_ctl_member_int (ctl, "id", message ? message->id : 0);
  kai_ctl_member (ctl, "msg_id", message ? message->msg_id : "");
  kai_ctl_member (ctl, "number", message ? message->msg_no : "");
  kai_ctl_member (ctl, "about", entry->about);
  kai_ctl_member (ctl, "state", entry->state);
  kai_ctl_member (ctl, "why", entry->why);
  kai_ctl_member_int (ctl, "tries", message ? message->attempts : 0);
  member_time (ctl, "written", message ? message->created_at : 0);
  member_time (ctl, "last_try", message ? message->last_try_at : 0);
  member_time (ctl, "next_try", message ? message->next_try_at : 0);
  kai_ctl_member (ctl, "batch", message ? message->batch_id : "");
  write_subjects (ctl, entry);
  kai_ctl_end_object (ctl);
  kai_ctl_say (ctl, _ ("%lld  %s  (%s, tries: %d)"), (long long)(message ? message->id : 0),
               entry->about, entry->state_label, message ? message->attempts : 0);
  if (*entry->why)
    kai_ctl_say (ctl, "    %s", entry->why);
}

static gboolean
write_queue (KaiCtl *ctl, KaiDesk *desk, GError **error)
{
  g_autoptr (GPtrArray) queue = kai_desk_list_queue (desk, 0, error);

  if (!queue)
    return FALSE;
  kai_ctl_member_bool (ctl, "paused", kai_sync_is_paused (kai_desk_get_database (desk)));
  kai_ctl_begin_array (ctl, "messages");
  for (guint i = 0; i < queue->len; i++)
    write_entry (ctl, queue->pdata[i]);
  kai_ctl_end_array (ctl);
  if (queue->len == 0)
    kai_ctl_say (ctl, _ ("Nothing waits."));
  return TRUE;
}

static gboolean
run_queue_list (KaiCtl *ctl, char **args, GError **error)
{
  KaiDesk *desk = kai_ctl_desk (ctl, error);

  return desk && write_queue (ctl, desk, error);
}

static gboolean
parse_id (const char *text, gint64 *id, GError **error)
{
  return g_ascii_string_to_signed (text, 10, 1, G_MAXINT64, id, NULL)
         || kai_ctl_usage (error,
                           _ ("“%s” is not the number of a message: “kaipiaoctl queue list” "
                              "shows them."),
                           text);
}

/* @func for each id; then what has become of it is delivered, and the queue shown. */
static gboolean
for_each (KaiCtl *ctl, char **args, gboolean (*func) (KaiDesk *desk, gint64 id, GError **error),
          gboolean deliver, GError **error)
{
  KaiDesk *desk = kai_ctl_desk (ctl, error);
  gint64 before;

  if (!desk)
    return FALSE;
  if (!args[0])
    return kai_ctl_usage (error,
                          _ ("Which message? Give its number from “kaipiaoctl queue list”."));
  before = kai_ctl_last_line (ctl);
  for (int i = 0; args[i]; i++)
    {
      gint64 id;

      if (!parse_id (args[i], &id, error) || !func (desk, id, error))
        return FALSE;
    }
  if (deliver)
    kai_ctl_deliver (ctl);
  kai_ctl_refusals (ctl, before);
  return write_queue (ctl, desk, error);
}

static gboolean
hold (KaiDesk *desk, gint64 id, GError **error)
{
  return kai_desk_hold_message (desk, id, TRUE, error);
}

static gboolean
release (KaiDesk *desk, gint64 id, GError **error)
{
  return kai_desk_hold_message (desk, id, FALSE, error);
}

static gboolean
run_queue_hold (KaiCtl *ctl, char **args, GError **error)
{
  return for_each (ctl, args, hold, FALSE, error);
}

static gboolean
run_queue_release (KaiCtl *ctl, char **args, GError **error)
{
  return for_each (ctl, args, release, TRUE, error);
}

static gboolean
run_queue_send (KaiCtl *ctl, char **args, GError **error)
{
  return for_each (ctl, args, kai_desk_send_message, TRUE, error);
}

static char *resolution;
static KaiResolution how;

static const GOptionEntry resolve_entries[] = {
  { "how", 0, 0, G_OPTION_ARG_STRING, &resolution, N_ ("What is to be done about it"),
    "ask|send-again|give-up" },
  { NULL },
};

static gboolean
resolve (KaiDesk *desk, gint64 id, GError **error)
{
  return kai_desk_resolve (desk, id, how, error);
}

static gboolean
run_queue_resolve (KaiCtl *ctl, char **args, GError **error)
{
  static const char *const words[] = { "ask", "send-again", "give-up" };
  guint i = 0;

  while (i < G_N_ELEMENTS (words) && g_strcmp0 (resolution, words[i]) != 0)
    i++;
  if (i == G_N_ELEMENTS (words))
    return kai_ctl_usage (error, _ ("--how is ask, send-again or give-up."));
  how = (KaiResolution)i;
  return for_each (ctl, args, resolve, TRUE, error);
}

const KaiCtlCommand kai_ctl_sync_commands[] = {
  { "sync", NULL, "", N_ ("Send what waits and take in what is new"), entries, run_sync },
  { "queue", "list", "", N_ ("What waits for the server, and what it refused"), NULL,
    run_queue_list },
  { "queue", "send", "ID…", N_ ("Send these messages now"), NULL, run_queue_send },
  { "queue", "hold", "ID…", N_ ("Hold these messages back"), NULL, run_queue_hold },
  { "queue", "release", "ID…", N_ ("Hold these messages back no longer"), NULL, run_queue_release },
  { "queue", "resolve", "ID…", N_ ("Deal with what the server refused"), resolve_entries,
    run_queue_resolve },
  { NULL },
};
