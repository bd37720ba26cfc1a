/* What the engine asks for itself: leases, the link. */
#include "sync/kai-sync-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "store/kai-code-lease.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

KaiMessage *
kai_sync_engine_ask (KaiSyncEngine *engine, const KaiMessage *request, const char *answer,
                     GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) body = kai_message_encode (request, engine->desk->catalogue, FALSE, error);
  g_autoptr (KaiMessage) reply = NULL;
  g_autoptr (GError) local = NULL;
  const KaiRecord *voucher;
  const char *result;

  if (!body)
    return NULL;
  reply = kai_transport_exchange (engine->transport, body, request->id, NULL, cancellable, &local);
  if (!reply)
    {
      kai_sync_engine_note_rest (engine, kai_transport_get_retry_after (engine->transport));
      kai_sync_engine_note_refused (engine, request->number, request->id, local);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (reply->vouchers->len != 1)
    {
      kai_net_fail (error, KAI_NET_ERROR_REPLY,
                    _ ("The finance server's answer to message %s has no result."),
                    request->number);
      return NULL;
    }
  voucher = reply->vouchers->pdata[0];
  result = kai_record_get (voucher, "Result");
  if (!g_str_equal (result, KAI_RESULT_OK))
    {
      const char *words = kai_record_get (voucher, "Msg");
      g_autofree char *sentence =
          kai_result_code_describe (result, *words ? words : kai_record_get (voucher, "AddWord"));

      g_set_error_literal (error, KAI_NET_ERROR, KAI_NET_ERROR_REFUSED, sentence);
      return NULL;
    }
  if (!g_str_equal (reply->number, answer))
    {
      kai_net_fail (error, KAI_NET_ERROR_REPLY,
                    _ ("The finance server answered message %s with %s, which is not its answer."),
                    request->number, reply->number);
      return NULL;
    }
  return g_steal_pointer (&reply);
}

/* ---- the socket's token ---- */

gboolean
kai_sync_engine_change_token (KaiSyncEngine *engine, GCancellable *cancellable, GError **error)
{
  g_autoptr (KaiMessage) message = kai_desk_new_message (engine->desk, "2003");

  return kai_transport_change_token (engine->transport, message, cancellable, error);
}

/* ---- leases ---- */

gboolean
kai_sync_engine_ensure_lease (KaiSyncEngine *engine, int needed, GCancellable *cancellable,
                              GError **error)
{
  KaiDesk *desk = engine->desk;
  int year = kai_day_today () / 10000;
  g_autoptr (GError) local = NULL;
  gint64 left = kai_code_lease_left (desk->db, year, &local), first, last;
  g_autofree char *year_text = g_strdup_printf ("%d", year);
  g_autofree char *former = kai_database_dup_text (
      desk->db, NULL, "SELECT desk_id FROM store_restore ORDER BY id DESC LIMIT 1", NULL);
  g_autoptr (KaiMessage) request = NULL, answer = NULL;
  KaiRecord *voucher;
  const KaiRecord *reply;

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (left >= needed)
    return TRUE;
  request = kai_desk_new_message (desk, "8651");
  voucher = kai_desk_add_voucher (request);
  kai_record_set (voucher, "ChgAgenCode", desk->unit_code);
  kai_record_set (voucher, "StYear", year_text);
  kai_record_set_int (voucher, "Count", MAX (desk->profile->lease_size, needed - left));
  kai_record_set (voucher, "DeskId", desk->id);
  /* So that whoever restores the same backup once more is told of the numbers of this desk, too. */
  if (former && *former)
    kai_record_set (voucher, "FormerDeskId", former);
  answer = kai_sync_engine_ask (engine, request, "5651", cancellable, error);
  if (!answer)
    return FALSE;
  reply = answer->vouchers->pdata[0];
  first = g_ascii_strtoll (kai_record_get (reply, "FirstNo"), NULL, 10);
  last = g_ascii_strtoll (kai_record_get (reply, "LastNo"), NULL, 10);
  if (!g_str_equal (kai_record_get (reply, "StYear"), year_text))
    return kai_net_fail (error, KAI_NET_ERROR_REPLY,
                         _ ("The finance server leased payment codes of another year."));
  return kai_code_lease_add (desk->db, kai_record_get (reply, "Region"), year,
                             kai_record_get (reply, "Assigner"), first, last, error)
         && kai_desk_audit (desk, "lease.add", "lease", kai_record_get (reply, "FirstNo"),
                            kai_record_get (reply, "LastNo"), error);
}
