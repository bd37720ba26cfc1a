/* Delivers the outbox and takes in what waits, blocking. What one run did not finish the next one does:
 * every message keeps its MsgID until its answer is applied. */
#include "sync/kai-sync-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "store/kai-code-lease.h"
#include "values/kai-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/file.h>
#include <unistd.h>

#define BASE_DATA_MAX_AGE_S (24 * 3600)
/* A message that the server faults is passed over; so many in a row mean that it is not the message. */
#define MAX_FAULTS 3
#define RETRY_S 30
/* How often a lock that another program holds is looked at. */
#define LOCK_LOOK_MS 100
#define PUSHES_A_POLL 500

KaiSyncEngine *
kai_sync_engine_new (KaiDesk *desk, GError **error)
{
  const KaiConnection *connection = kai_desk_get_connection (desk);
  g_autoptr (KaiSyncEngine) engine = g_new0 (KaiSyncEngine, 1);

  engine->desk = desk;
  engine->acks = g_ptr_array_new_with_free_func (g_free);
  if (connection->offline)
    {
      kai_net_fail (error, KAI_NET_ERROR_OFFLINE, _ ("You are working offline; nothing was sent."));
      return NULL;
    }
  if (!desk->key)
    {
      kai_net_fail (
          error, KAI_NET_ERROR_NO_KEY,
          _ ("No key is given. Messages are signed with your certificate: choose its file "
             "(--key file:PATH.p12)."));
      return NULL;
    }
  if (!*connection->server)
    {
      kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                    _ ("No finance server is set. Give its address (--server https://…)."));
      return NULL;
    }
  if (!*connection->trust_path)
    {
      kai_net_fail (
          error, KAI_NET_ERROR_CERTIFICATE,
          _ ("No root certificates are set, so that no answer could be believed. Give the file "
             "that you got from the finance bureau (--trust FILE.pem)."));
      return NULL;
    }
  engine->transport = kai_transport_new (
      connection->server, *connection->trust_path ? connection->trust_path : NULL, desk->key,
      desk->catalogue, desk->profile, connection->home,
      *connection->trace_dir ? connection->trace_dir : NULL, error);
  if (!engine->transport)
    return NULL;
  kai_transport_set_trust (engine->transport, desk->trust);
  return g_steal_pointer (&engine);
}

void
kai_sync_engine_free (KaiSyncEngine *engine)
{
  if (!engine)
    return;
  g_clear_pointer (&engine->transport, kai_transport_free);
  g_clear_pointer (&engine->acks, g_ptr_array_unref);
  g_free (engine);
}

void
kai_sync_engine_set_progress (KaiSyncEngine *engine, KaiSyncProgress func, gpointer data)
{
  engine->progress = func;
  engine->progress_data = data;
}

void
kai_sync_engine_set_observer (KaiSyncEngine *engine, KaiExchangeObserver func, gpointer data)
{
  kai_transport_set_observer (engine->transport, func, data);
}

gint64
kai_sync_engine_get_clock_offset (KaiSyncEngine *engine)
{
  return kai_transport_get_clock_offset (engine->transport);
}

static void
report (KaiSyncEngine *engine, const char *what, int done, int total)
{
  if (engine->progress)
    engine->progress (what, done, total, engine->progress_data);
}

/* ---- one engine at a time ---- */

/* Waits until @fd is ours. Nothing tells of a lock that becomes free, so who may be cancelled looks again and again. */
static gboolean
take_lock (int fd, GCancellable *cancellable, GError **error)
{
  GPollFD cancelled;
  gboolean can_poll = g_cancellable_make_pollfd (cancellable, &cancelled);
  int rc;

  while ((rc = flock (fd, can_poll ? LOCK_EX | LOCK_NB : LOCK_EX)) != 0)
    {
      if (errno == EINTR)
        continue;
      if (errno != EWOULDBLOCK || g_cancellable_set_error_if_cancelled (cancellable, error))
        break;
      g_poll (&cancelled, 1, LOCK_LOOK_MS);
    }
  if (can_poll)
    g_cancellable_release_fd (cancellable);
  return rc == 0;
}

/* Window and command line may run together on one store: the one that comes second waits until the first has delivered. The lock goes with
 * the process that holds it. -1 on error. */
static int
lock_store (KaiSyncEngine *engine, GCancellable *cancellable, GError **error)
{
  g_autofree char *path =
      g_build_filename (kai_database_get_dir (engine->desk->db), "sync.lock", NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  g_autoptr (GError) local = NULL;
  int saved_errno;

  if (fd >= 0 && take_lock (fd, cancellable, &local))
    return fd;
  saved_errno = errno;
  if (fd >= 0)
    close (fd);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  else
    kai_data_fail (error, KAI_DATA_ERROR_READ_ONLY, _ ("The lock file %s cannot be made: %s."),
                   path, g_strerror (saved_errno));
  return -1;
}

/* ---- delivery ---- */

static gint64
now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

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

static gboolean
deliver_one (KaiSyncEngine *engine, const KaiOutboxMessage *out, KaiSyncResult *result,
             GCancellable *cancellable, GError **error)
{
  g_autofree char *fault = NULL;
  g_autoptr (KaiMessage) answer = NULL;
  g_autoptr (GError) local = NULL;

  if (!kai_desk_mark_sent (engine->desk, out, error))
    return FALSE;
  answer = kai_transport_exchange (engine->transport, out->body, out->msg_id, &fault, cancellable,
                                   &local);
  if (answer && apply (engine, out, answer, result, &local))
    {
      result->sent++;
      return TRUE;
    }
  kai_sync_engine_note_refused (engine, out->msg_no, out->msg_id, local);
  /* Whatever it was, the message stays with its MsgID; faults are shown, never acted upon. */
  if (!kai_outbox_mark_failed (engine->desk->db, out->id, local->message, now_s () + RETRY_S,
                               error))
    return FALSE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* TRUE when the trouble is this message's and others may still go. */
static gboolean
is_about_message (const GError *error)
{
  return g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_FAULT)
         || g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD)
         || g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_REPLY);
}

static gboolean
deliver_all (KaiSyncEngine *engine, KaiSyncResult *result, GCancellable *cancellable,
             GError **error)
{
  KaiDatabase *db = engine->desk->db;
  int faults = 0, total = MAX (kai_outbox_count (db, KAI_OUTBOX_WAITING), 0), done = 0;
  g_autoptr (GError) first = NULL;

  if (!kai_outbox_wake (db, error))
    return FALSE;
  for (;;)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (KaiOutboxMessage) out = NULL;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      out = kai_outbox_next (db, now_s (), &local);
      if (!out)
        {
          if (local)
            g_propagate_error (error, g_steal_pointer (&local));
          else if (first)
            g_propagate_error (error, g_steal_pointer (&first));
          else
            return TRUE;
          return FALSE;
        }
      report (engine, _ ("Sending"), done, MAX (total, done + 1));
      if (deliver_one (engine, out, result, cancellable, &local))
        {
          done++;
          faults = 0;
          continue;
        }
      if (!is_about_message (local) || ++faults >= MAX_FAULTS)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (!first)
        first = g_steal_pointer (&local);
    }
}

gboolean
kai_sync_engine_deliver (KaiSyncEngine *engine, KaiSyncResult *result, GCancellable *cancellable,
                         GError **error)
{
  int fd = lock_store (engine, cancellable, error);
  gboolean ok;

  if (fd < 0)
    return FALSE;
  ok = deliver_all (engine, result, cancellable, error);
  close (fd);
/* Also once where a user of the unit cannot open the store yet: there may be a certificate now to let them in with. */
static gboolean
wants_base_data (KaiSyncEngine *engine)
{
  gboolean first = !engine->asked_for_users;

  engine->asked_for_users = TRUE;
  return is_base_data_old (engine->desk) || (first && kai_desk_misses_users (engine->desk));
}

  result->waiting = MAX (kai_outbox_count (engine->desk->db, KAI_OUTBOX_WAITING), 0);
  return ok;
}

/* ---- taking in ---- */

static KaiMessage *
build_poll (KaiSyncEngine *engine, int wait_s)
{
  KaiDesk *desk = engine->desk;
  KaiMessage *request = kai_desk_new_message (desk, "8902");
  KaiRecord *voucher = kai_desk_add_voucher (request);

  kai_record_set (voucher, "ChgAgenCode", desk->unit_code);
  kai_record_set (voucher, "OperatorCode", desk->user_code);
  kai_record_set (voucher, "DeskId", desk->id);
  kai_record_set_int (voucher, "MaxCount", PUSHES_A_POLL);
  kai_record_set_int (voucher, "WaitSeconds", wait_s);
  for (guint i = 0; i < engine->acks->len; i++)
    {
      KaiRecord *ack = kai_record_add (voucher, "AckList/Ack");

      kai_record_set (ack, "PushId", engine->acks->pdata[i]);
      kai_record_set (ack, "Result", KAI_RESULT_OK);
    }
  return request;
}

static gboolean
apply_push (KaiSyncEngine *engine, const KaiRecord *push, GError **error)
{
  const KaiMessageSpec *spec =
      kai_catalogue_get (engine->desk->catalogue, kai_record_get (push, "MsgNo"));
  gsize length = 0;
  g_autofree guchar *xml = g_base64_decode (kai_record_get (push, "Content"), &length);
  g_autoptr (KaiRecord) voucher = NULL;

  /* A kind of push that this version does not know is acknowledged and left. */
  if (!spec || !g_str_equal (kai_record_get (push, "MsgNo"), "5996"))
    return TRUE;
  voucher = kai_voucher_decode (xml, length, spec, error);
  return voucher && kai_desk_apply_payment (engine->desk, voucher, error);
}

/* All pushes of one answer in one transaction; acknowledged by the next poll, after the commit. */
static gboolean
apply_pushes (KaiSyncEngine *engine, const KaiRecord *reply, KaiSyncResult *result, GError **error)
{
  KaiDatabase *db = engine->desk->db;
  guint n = kai_record_get_n (reply, "PushList/Push");

  g_ptr_array_set_size (engine->acks, 0); /* the server has them */
  if (n == 0)
    return TRUE;
  if (!kai_database_begin (db, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!apply_push (engine, kai_record_nth (reply, "PushList/Push", i), error))
      {
        kai_database_rollback (db);
        return FALSE;
      }
  if (!kai_database_commit (db, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (engine->acks, g_strdup (kai_record_get (
                                       kai_record_nth (reply, "PushList/Push", i), "PushId")));
  result->received += n;
  return TRUE;
}

gboolean
kai_sync_engine_receive (KaiSyncEngine *engine, int wait_s, KaiSyncResult *result,
                         GCancellable *cancellable, GError **error)
{
  /* Before pushes: a payment of a notice that is not here yet would be passed over. */
  if (!kai_sync_engine_recover (engine, result, cancellable, error))
    return FALSE;
  for (;;)
    {
      g_autoptr (KaiMessage) request = build_poll (engine, wait_s);
      g_autoptr (KaiMessage) answer =
          kai_sync_engine_ask (engine, request, "5902", cancellable, error);
      const KaiRecord *reply;

      if (!answer)
        return FALSE;
      reply = answer->vouchers->pdata[0];
      if (!apply_pushes (engine, reply, result, error))
        return FALSE;
      /* Once more while there is something to acknowledge or to fetch. */
      if (engine->acks->len == 0 && !g_str_equal (kai_record_get (reply, "More"), "1"))
        return TRUE;
      report (engine, _ ("Receiving"), result->received, 0);
      wait_s = 0;
    }
}

/* ---- the whole round ---- */

static gboolean
is_base_data_old (KaiDesk *desk)
{
  return !*desk->base->version || now_s () - desk->base->fetched_at > BASE_DATA_MAX_AGE_S;
}

gboolean
kai_sync_engine_run (KaiSyncEngine *engine, int wait_s, KaiSyncResult *result,
                     GCancellable *cancellable, GError **error)
{
  KaiDesk *desk = engine->desk;

  if (!kai_sync_engine_refresh_revocations (engine, cancellable, error))
    return FALSE;
  if (wants_base_data (engine) && !kai_sync_engine_refresh_base_data (engine, cancellable, error))
    return FALSE;
  if (!kai_database_require_vault (desk->db, error))
    return FALSE;
  if (!kai_sync_engine_ensure_lease (engine, desk->profile->lease_low_water, cancellable, error)
      || kai_desk_number_drafts (desk, error) < 0)
    return FALSE;
  return kai_sync_engine_deliver (engine, result, cancellable, error)
         && kai_sync_engine_receive (engine, wait_s, result, cancellable, error)
         && kai_sync_engine_fetch_stock (engine, cancellable, error)
         && kai_sync_engine_deliver (engine, result, cancellable, error);
}
