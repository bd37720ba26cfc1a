/* Delivering the outbox: messages about different things are on their way at the same time, each under its own MsgID; their answers are applied here, one after the other. What one
 * run did not finish the next one does: a message keeps its MsgID until its answer is applied. */
#include "sync/kai-sync-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "sync/kai-store-watch.h"
#include "transport/kai-soap-client.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

/* A message that the server faults is passed over; so many in a row mean that it is not the message. */
#define MAX_FAULTS 3
#define RETRY_MIN_S 30
#define RETRY_MAX_S 900
/* Connections at the same time, and from how many waiting messages on more than one is worth its handshake. */
#define MAX_LANES 3
#define LANES_FROM 4
#define HAND_OVER_LOOK_MS 1000
#define STUCK_S 5

G_STATIC_ASSERT (MAX_LANES <= KAI_OUTBOX_MAX_UNDER_WAY);

static gint64
now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* ---- one message's way ---- */

/* One connection. The first is the engine's own and is used in its thread; each other has a thread of its own. */
typedef struct
{
  KaiSyncEngine *engine;
  KaiTransport *transport;
  GThread *thread;    /* NULL for the first */
  GAsyncQueue *start; /* KaiOutboxMessage borrowed from below, or the lane itself to end */
  GAsyncQueue *done;  /* of the delivery: this lane */
  GCancellable *cancellable;
  /* Of the message that is on its way, NULL when idle: */
  KaiOutboxMessage *out;
  KaiMessage *answer;
  GError *error;
  int retry_after;
  gboolean left; /* something of it may have reached the server */
} Lane;

static void
exchange (Lane *lane)
{
  g_autofree char *fault = NULL; /* shown by its sentence, never acted upon */

  lane->left = FALSE;
  if (!lane->transport)
    lane->transport = kai_sync_engine_new_transport (lane->engine, &lane->error);
  if (!lane->transport)
    return;
  lane->answer = kai_transport_exchange (lane->transport, lane->out->body, lane->out->msg_id,
                                         &fault, lane->cancellable, &lane->error);
  lane->retry_after = kai_transport_get_retry_after (lane->transport);
  lane->left = kai_transport_has_left (lane->transport);
}

static gpointer
lane_thread (gpointer data)
{
  Lane *lane = data;

  while (g_async_queue_pop (lane->start) != lane)
    {
      exchange (lane);
      g_async_queue_push (lane->done, lane);
    }
  g_clear_pointer (&lane->transport, kai_transport_free);
  return NULL;
}

static void
lane_free (Lane *lane)
{
  if (lane->thread)
    {
      g_async_queue_push (lane->start, lane);
      g_thread_join (lane->thread);
    }
  g_clear_pointer (&lane->start, g_async_queue_unref);
  g_clear_pointer (&lane->out, kai_outbox_message_free);
  g_clear_pointer (&lane->answer, kai_message_free);
  g_clear_error (&lane->error);
  g_free (lane);
}

/* ---- answers ---- */

/* The server refused all vouchers with one result instead of one each. */
static gboolean
is_whole_refusal (const KaiOutboxMessage *out, const KaiMessage *answer)
{
  return out->subjects->len > 1 && g_str_equal (answer->number, "5001")
         && answer->vouchers->len == 1
         && !g_str_equal (kai_record_get (answer->vouchers->pdata[0], "Result"), KAI_RESULT_OK);
}

static gboolean
apply (KaiSyncEngine *engine, const KaiOutboxMessage *out, const KaiMessage *answer,
       KaiSyncResult *result, GError **error)
{
  if (is_whole_refusal (out, answer))
    {
      const KaiRecord *reply = answer->vouchers->pdata[0];
      g_autofree char *sentence = kai_result_code_describe (kai_record_get (reply, "Result"),
                                                            kai_record_get (reply, "AddWord"));

      return kai_desk_apply_refusal (engine->desk, out, kai_record_get (reply, "Result"), sentence,
                                     &result->refused, error);
    }
  return kai_desk_apply_answer (engine->desk, out, answer, &result->refused, error);
}

/* Longer with each failure, and not for all at the same moment. */
static gint64
next_try (const KaiOutboxMessage *out, int retry_after)
{
  int doubled = RETRY_MIN_S << MIN (out->attempts, 5);
  int seconds = MAX (MIN (doubled, RETRY_MAX_S), retry_after);

  return now_s () + seconds + g_random_int_range (0, seconds / 4 + 1);
}

/* Whatever it was, the message stays with its MsgID; faults are shown, never acted upon. */
static gboolean
note_failure (KaiSyncEngine *engine, const KaiOutboxMessage *out, const GError *failure,
              gboolean left, int retry_after, GError **error)
{
  kai_sync_engine_note_refused (engine, out->msg_no, out->msg_id, failure);
  kai_sync_engine_note_rest (engine, retry_after);
  return kai_desk_mark_failed (engine->desk, out, left, failure->message,
                               next_try (out, retry_after), error);
}

/* ---- the delivery ---- */

typedef struct
{
  KaiSyncEngine *engine;
  KaiSyncResult *result;
  GCancellable *cancellable;
  GPtrArray *lanes;  /* Lane, the engine's own first */
  GAsyncQueue *done; /* lanes whose exchange has ended */
  int under_way, sent, total, faults;
  GError *first; /* trouble of one message, after which others went */
  GError *fatal; /* nothing more is sent */
} Delivery;

/* TRUE when the trouble is this message's and others may still go. */
static gboolean
is_about_message (const GError *error)
{
  return g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_FAULT)
         || g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD)
         || g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_REPLY);
}

static Lane *
add_lane (Delivery *d)
{
  Lane *lane = g_new0 (Lane, 1);

  lane->engine = d->engine;
  lane->done = d->done;
  lane->cancellable = d->cancellable;
  if (d->lanes->len == 0)
    lane->transport = d->engine->transport;
  else
    {
      lane->start = g_async_queue_new ();
      lane->thread = g_thread_new ("delivery", lane_thread, lane);
    }
  g_ptr_array_add (d->lanes, lane);
  return lane;
}

/* More than one connection: not for a trace, whose files are numbered in one order, nor for the socket, which is a connection a message. */
static guint
count_lanes (Delivery *d)
{
  const KaiConnection *connection = d->engine->desk->connection;

  return d->total >= LANES_FROM && !*connection->trace_dir
                 && g_str_has_prefix (connection->server, "https:")
             ? MAX_LANES
             : 1;
}

/* The next message that may go now; NULL when there is none, or trouble. */
static KaiOutboxMessage *
take_next (Delivery *d)
{
  KaiDatabase *db = d->engine->desk->db;
  gint64 ids[KAI_OUTBOX_MAX_UNDER_WAY];
  guint n = 0;
  g_autoptr (KaiOutboxMessage) out = NULL;

  if (d->fatal || g_cancellable_set_error_if_cancelled (d->cancellable, &d->fatal))
    return NULL;
  for (guint i = 0; i < d->lanes->len; i++)
    {
      const Lane *lane = d->lanes->pdata[i];

      if (lane->out)
        ids[n++] = lane->out->id;
    }
  out = kai_outbox_next_free (db, now_s (), ids, n, &d->fatal);
  if (!out || !kai_desk_mark_sent (d->engine->desk, out, &d->fatal))
    return NULL;
  kai_sync_engine_report (d->engine, _ ("Sending"), d->sent, MAX (d->total, d->sent + 1));
  return g_steal_pointer (&out);
}

static Lane *
idle_lane (Delivery *d)
{
  for (guint i = 1; i < d->lanes->len; i++)
    if (!((Lane *)d->lanes->pdata[i])->out)
      return d->lanes->pdata[i];
  return d->lanes->len < count_lanes (d) ? add_lane (d) : NULL;
}

static void
start_others (Delivery *d)
{
  Lane *lane;

  while ((lane = idle_lane (d)) && (lane->out = take_next (d)))
    {
      d->under_way++;
      g_async_queue_push (lane->start, lane->out);
    }
}

static void
finish (Delivery *d, Lane *lane)
{
  g_autoptr (KaiOutboxMessage) out = g_steal_pointer (&lane->out);
  g_autoptr (KaiMessage) answer = g_steal_pointer (&lane->answer);
  g_autoptr (GError) failure = g_steal_pointer (&lane->error);
  g_autoptr (GError) local = NULL;

  if (answer && apply (d->engine, out, answer, d->result, &failure))
    {
      d->result->sent++;
      d->sent++;
      d->faults = 0;
      return;
    }
  if (!note_failure (d->engine, out, failure, lane->left, lane->retry_after, &local))
    {
      g_clear_error (&d->fatal);
      d->fatal = g_steal_pointer (&local);
      return;
    }
  if (is_about_message (failure) && ++d->faults < MAX_FAULTS)
    {
      if (!d->first)
        d->first = g_steal_pointer (&failure);
    }
  else if (!d->fatal)
    d->fatal = g_steal_pointer (&failure);
}

static void
collect (Delivery *d, gboolean wait)
{
  Lane *lane;

  while (d->under_way > 0
         && (lane = wait ? g_async_queue_pop (d->done) : g_async_queue_try_pop (d->done)))
    {
      d->under_way--;
      finish (d, lane);
      wait = FALSE;
    }
}

static gboolean
deliver_all (KaiSyncEngine *engine, KaiSyncResult *result, GCancellable *cancellable,
             GError **error)
{
  KaiDatabase *db = engine->desk->db;
  Delivery d = { engine, result, cancellable };
  Lane *own;

  if (!engine->patient && !kai_outbox_wake (db, error))
    return FALSE;
  d.total = MAX (kai_outbox_count (db, KAI_OUTBOX_WAITING), 0);
  d.lanes = g_ptr_array_new_with_free_func ((GDestroyNotify)lane_free);
  d.done = g_async_queue_new ();
  own = add_lane (&d);
  do
    {
      own->out = take_next (&d);
      start_others (&d);
      if (own->out)
        {
          exchange (own);
          finish (&d, own);
        }
      collect (&d, !own->out && d.under_way > 0);
    }
  while (d.under_way > 0 || (!d.fatal && kai_outbox_has_due (db, now_s ())));
  g_ptr_array_unref (d.lanes);
  g_async_queue_unref (d.done);
  if (!d.fatal)
    d.fatal = g_steal_pointer (&d.first);
  g_clear_error (&d.first);
  if (!d.fatal)
    return TRUE;
  g_propagate_error (error, d.fatal);
  return FALSE;
}

/* ---- where another one delivers ---- */

static gboolean
fail_stuck (const KaiSeatHolder *holder, GError **error)
{
  g_autofree char *who = kai_seat_holder_describe (holder);

  return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                       _ ("What waits is delivered by %s, which cannot do it now: %s"), who,
                       *holder->sentence ? holder->sentence : _ ("it does not say why."));
}

/* TRUE when the window has said since we came, or for long enough, that it cannot deliver. */
static gboolean
is_stuck (const KaiSeatHolder *before, const KaiSeatHolder *now, gint64 since)
{
  return now->role == KAI_SEAT_WINDOW && now->state == KAI_SEAT_STUCK
         && (now->changes != before->changes
             || g_get_monotonic_time () - since > STUCK_S * G_TIME_SPAN_SECOND);
}

/* Waits until the window has delivered what waits. *seat when the window has gone meanwhile: then it is ours to deliver. */
static gboolean
hand_over (KaiSyncEngine *engine, KaiSyncSeat **seat, KaiSyncResult *result,
           GCancellable *cancellable, GError **error)
{
  KaiDatabase *db = engine->desk->db;
  const char *dir = kai_database_get_dir (db);
  g_autoptr (KaiStoreWatch) watch = kai_store_watch_new (dir);
  g_auto (KaiSeatHolder) before = { 0 };
  gint64 first = kai_outbox_first_waiting (db), since = g_get_monotonic_time ();
  int all = kai_outbox_count_waiting_from (db, first), left;
  int refused = kai_outbox_count_refused_from (db, first);

  kai_sync_seat_read (dir, &before);
  while (first > 0 && (left = kai_outbox_count_waiting_from (db, first)) > 0)
    {
      g_auto (KaiSeatHolder) holder = { 0 };
      g_autoptr (GError) local = NULL;

      kai_sync_engine_report (engine, _ ("Sending"), MAX (all - left, 0), MAX (all, 1));
      *seat = kai_sync_seat_try (dir, KAI_SEAT_COMMAND, &local);
      if (*seat)
        return TRUE;
      if (local)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      kai_sync_seat_read (dir, &holder);
      if (is_stuck (&before, &holder, since))
        return fail_stuck (&holder, error);
      kai_store_watch_wait (watch, HAND_OVER_LOOK_MS, cancellable);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
    }
  result->sent += MAX (all, 0);
  result->refused += MAX (kai_outbox_count_refused_from (db, first) - refused, 0);
  return TRUE;
}

/* The seat, unless the window has it: then TRUE without one, once it has delivered. */
static gboolean
take_seat (KaiSyncEngine *engine, KaiSyncSeat **seat, KaiSyncResult *result,
           GCancellable *cancellable, GError **error)
{
  const char *dir = kai_database_get_dir (engine->desk->db);
  g_auto (KaiSeatHolder) holder = { 0 };
  g_autoptr (GError) local = NULL;

  *seat = kai_sync_seat_try (dir, KAI_SEAT_COMMAND, &local);
  if (*seat)
    return TRUE;
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  kai_sync_seat_read (dir, &holder);
  if (holder.role == KAI_SEAT_WINDOW)
    return hand_over (engine, seat, result, cancellable, error);
  *seat = kai_sync_seat_take (dir, KAI_SEAT_COMMAND, cancellable, error);
  return *seat != NULL;
}

gboolean
kai_sync_engine_deliver (KaiSyncEngine *engine, KaiSyncResult *result, GCancellable *cancellable,
                         GError **error)
{
  KaiSyncSeat *seat = NULL;
  gboolean ok;

  if (!kai_sync_engine_check_rest (engine, error))
    return FALSE;
  if (!engine->seat && !take_seat (engine, &seat, result, cancellable, error))
    ok = FALSE;
  else
    ok = !(engine->seat || seat) || deliver_all (engine, result, cancellable, error);
  kai_sync_seat_leave (seat);
  result->waiting = MAX (kai_outbox_count (engine->desk->db, KAI_OUTBOX_WAITING), 0);
  return ok;
}
