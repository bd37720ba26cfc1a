/* Delivers the outbox and takes in what waits, blocking. What one run did not finish the next one does:
 * every message keeps its MsgID until its answer is applied. */
#include "sync/kai-sync-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "store/kai-code-lease.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

#define BASE_DATA_MAX_AGE_S (24 * 3600)
#define PUSHES_A_POLL 500

KaiTransport *
kai_sync_engine_new_transport (KaiSyncEngine *engine, GError **error)
{
  KaiDesk *desk = engine->desk;
  const KaiConnection *connection = kai_desk_get_connection (desk);
  KaiTransport *transport = kai_transport_new (
      connection->server, *connection->trust_path ? connection->trust_path : NULL, desk->key,
      desk->catalogue, desk->profile, connection->home,
      *connection->trace_dir ? connection->trace_dir : NULL, error);

  if (!transport)
    return NULL;
  kai_transport_set_trust (transport, desk->trust);
  kai_transport_set_observer (transport, engine->observer, engine->observer_data);
  return transport;
}

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
  engine->transport = kai_sync_engine_new_transport (engine, error);
  return engine->transport ? g_steal_pointer (&engine) : NULL;
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
  engine->observer = func;
  engine->observer_data = data;
  kai_transport_set_observer (engine->transport, func, data);
}

void
kai_sync_engine_set_patient (KaiSyncEngine *engine, gboolean patient)
{
  engine->patient = patient;
}

int
kai_sync_engine_get_retry_after (KaiSyncEngine *engine)
{
  return engine->retry_after;
}

gint64
kai_sync_engine_get_clock_offset (KaiSyncEngine *engine)
{
  return kai_transport_get_clock_offset (engine->transport);
}

void
kai_sync_engine_report (KaiSyncEngine *engine, const char *what, int done, int total)
{
  if (engine->progress)
    engine->progress (what, done, total, engine->progress_data);
}

static gint64
now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* ---- rest ---- */

/* Kept in the store: what the server asks is asked of every program. */
#define NOT_BEFORE "sync_not_before"

void
kai_sync_engine_note_rest (KaiSyncEngine *engine, int seconds)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  engine->retry_after = CLAMP (seconds, 0, KAI_RETRY_AFTER_MAX);
  if (engine->retry_after == 0)
    return;
  text = g_strdup_printf ("%" G_GINT64_FORMAT, now_s () + engine->retry_after);
  if (!kai_database_set_setting (engine->desk->db, NOT_BEFORE, text, &error))
    g_message ("the server's wish to rest could not be kept: %s", error->message);
}

gboolean
kai_sync_engine_check_rest (KaiSyncEngine *engine, GError **error)
{
  g_autofree char *text =
      engine->patient ? kai_database_dup_setting (engine->desk->db, NOT_BEFORE) : NULL;
  gint64 left = text ? g_ascii_strtoll (text, NULL, 10) - now_s () : 0;

  /* More than it may ask for: the clock was set back. */
  if (left <= 0 || left > KAI_RETRY_AFTER_MAX)
    return TRUE;
  engine->retry_after = (int)left;
  return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                       _ ("The finance server is busy and has asked to wait another %d seconds. "
                          "What you saved is kept and will be sent then."),
                       (int)left);
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

/* Before the next question when there is nothing new. */
static void
read_pause (KaiSyncEngine *engine, const KaiRecord *reply)
{
  gint64 seconds = 0;

  kai_record_get_int (reply, "RetryAfter", &seconds, NULL);
  engine->retry_after = (int)CLAMP (seconds, 0, KAI_RETRY_AFTER_MAX);
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
      read_pause (engine, reply);
      /* Once more while there is something to acknowledge or to fetch. */
      if (engine->acks->len == 0 && !g_str_equal (kai_record_get (reply, "More"), "1"))
        return TRUE;
      kai_sync_engine_report (engine, _ ("Receiving"), result->received, 0);
      wait_s = 0;
    }
}

/* ---- the whole round ---- */

static gboolean
is_base_data_old (KaiDesk *desk)
{
  return !*desk->base->version || now_s () - desk->base->fetched_at > BASE_DATA_MAX_AGE_S;
}

/* Also once where a user of the unit cannot open the store yet: there may be a certificate now to let them in with. */
static gboolean
wants_base_data (KaiSyncEngine *engine)
{
  gboolean first = !engine->asked_for_users;

  engine->asked_for_users = TRUE;
  return is_base_data_old (engine->desk) || (first && kai_desk_misses_users (engine->desk));
}

gboolean
kai_sync_engine_run (KaiSyncEngine *engine, int wait_s, KaiSyncResult *result,
                     GCancellable *cancellable, GError **error)
{
  KaiDesk *desk = engine->desk;

  if (!kai_sync_engine_check_rest (engine, error))
    return FALSE;
  if (!kai_sync_engine_refresh_revocations (engine, cancellable, error))
    return FALSE;
  if (wants_base_data (engine) && !kai_sync_engine_refresh_base_data (engine, cancellable, error))
    return FALSE;
  if (!kai_database_require_vault (desk->db, error))
    return FALSE;
  if (kai_desk_lapse (desk, 0, error) < 0
      || !kai_sync_engine_ensure_lease (engine, desk->profile->lease_low_water, cancellable, error)
      || kai_desk_number_drafts (desk, error) < 0)
    return FALSE;
  return kai_sync_engine_deliver (engine, result, cancellable, error)
         && kai_sync_engine_receive (engine, wait_s, result, cancellable, error)
         && kai_sync_engine_fetch_stock (engine, cancellable, error)
         && kai_sync_engine_deliver (engine, result, cancellable, error);
}
