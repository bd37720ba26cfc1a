/* What the engine does about trust: it logs each answer that was refused, and keeps the list of revoked certificates fresh. */
#include "sync/kai-sync-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "security/kai-revocation.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LIST_MAX_AGE_S (24 * 3600)

/* An answer came, and could not be believed. */
static gboolean
is_refused_answer (const GError *error)
{
  if (error->domain != KAI_NET_ERROR)
    return FALSE;
  switch ((KaiNetError)error->code)
    {
    case KAI_NET_ERROR_MALFORMED:
    case KAI_NET_ERROR_SIGNATURE:
    case KAI_NET_ERROR_CERTIFICATE:
    case KAI_NET_ERROR_TIME:
    case KAI_NET_ERROR_REPLY:
      return TRUE;
    default:
      return g_str_equal (kai_net_error_get_code (error), kai_result_code_by_symbol ("cut")->code);
    }
}

void
kai_sync_engine_note_refused (KaiSyncEngine *engine, const char *number, const char *msg_id,
                              const GError *error)
{
  g_autofree char *subject = NULL;
  g_autoptr (GError) local = NULL;

  if (!is_refused_answer (error))
    return;
  subject = g_strdup_printf ("%s/%s", number, msg_id);
  /* The refusal stands whether or not it can be written down. */
  if (!kai_desk_audit (engine->desk, "security.refused", "message", subject,
                       kai_net_error_get_code (error), &local))
    g_message ("A refused answer could not be logged: %s", local->message);
}

gboolean
kai_sync_engine_refresh_revocations (KaiSyncEngine *engine, GCancellable *cancellable,
                                     GError **error)
{
  KaiDesk *desk = engine->desk;
  const char *home = kai_desk_get_connection (desk)->home;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC + kai_sync_engine_get_clock_offset (engine);
  g_autoptr (KaiMessage) request = NULL;
  g_autoptr (KaiMessage) answer = NULL;
  g_autoptr (GError) local = NULL;
  g_autofree char *pem = NULL;
  gsize length;

  if (kai_revocation_get_age (desk->trust, home, now) < LIST_MAX_AGE_S)
    return TRUE;
  request = kai_desk_new_message (desk, "8675");
  kai_record_set (kai_desk_add_voucher (request), "ChgAgenCode", desk->unit_code);
  answer = kai_sync_engine_ask (engine, request, "5675", cancellable, &local);
  /* A server without such a list says that it does not know the message: then there is none. */
  if (g_error_matches (local, KAI_NET_ERROR, KAI_NET_ERROR_FAULT)
      || g_error_matches (local, KAI_NET_ERROR, KAI_NET_ERROR_REFUSED))
    return TRUE;
  if (!answer)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  pem = (char *)g_base64_decode (kai_record_get (answer->vouchers->pdata[0], "Content"), &length);
  if (!pem || memchr (pem, '\0', length))
    return kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                         _ ("The list of revoked certificates that the server gave out cannot be "
                            "read. It was not kept."));
  pem = g_realloc (pem, length + 1);
  pem[length] = '\0';
  return kai_revocation_keep (desk->trust, home, pem, now, error);
}
