/* Void, and back again before anybody was told. */
#include "sync/kai-desk-undo.h"
#include "sync/kai-desk-private.h"

#include "store/kai-notice-store.h"
#include "store/kai-outbox-undo.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

#define VOID_MESSAGE "8641"
#define ISSUE_MESSAGE "8994"

static gboolean
void_and_delay (KaiDesk *desk, const char *payment_code, const char *reason, int seconds,
                GError **error)
{
  g_autoptr (KaiNotice) notice = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  if (!kai_desk_void (desk, payment_code, reason, error))
    return FALSE;
  notice = kai_notice_store_find (desk->db, payment_code, error);
  if (!notice)
    return FALSE;
  /* Of one that the server refused there is no message. */
  return notice->sync == KAI_SYNC_REFUSED
         || kai_outbox_delay (desk->db, VOID_MESSAGE, notice->id, now + seconds, error);
}

gboolean
kai_desk_void_later (KaiDesk *desk, const char *payment_code, const char *reason, int seconds,
                     GError **error)
{
  if (!kai_database_begin (desk->db, error))
    return FALSE;
  if (void_and_delay (desk, payment_code, reason, seconds, error))
    return kai_database_commit (desk->db, error);
  kai_database_rollback (desk->db);
  return FALSE;
}

/* What the server knew of it before: its issue is on the way, or was accepted. */
static KaiSyncState
find_sync (KaiDesk *desk, const KaiNotice *notice)
{
  gboolean tried;

  if (notice->sync == KAI_SYNC_REFUSED || notice->sync == KAI_SYNC_UNKNOWN)
    return notice->sync;
  if (!kai_outbox_is_open (desk->db, ISSUE_MESSAGE, notice->id, &tried))
    return KAI_SYNC_ACCEPTED;
  return tried ? KAI_SYNC_SENT : KAI_SYNC_SIGNED;
}

static gboolean
undo_void (KaiDesk *desk, gint64 notice_id, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_load (desk->db, notice_id, error);

  if (!notice)
    return FALSE;
  if (notice->state != KAI_NOTICE_VOID)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT, _ ("Notice %s is not void."),
                          notice->payment_code);
  if (notice->sync != KAI_SYNC_REFUSED
      && !kai_outbox_take_back (desk->db, VOID_MESSAGE, notice->id, error))
    return FALSE;
  notice->state = KAI_NOTICE_UNPAID;
  notice->sync = find_sync (desk, notice);
  kai_notice_set (&notice->void_reason, "");
  return kai_notice_store_update (desk->db, notice, error)
         && kai_desk_audit (desk, "notice.undo-void", "notice", notice->payment_code, "ok", error);
}

gboolean
kai_desk_undo_void (KaiDesk *desk, gint64 notice_id, GError **error)
{
  if (!kai_database_begin (desk->db, error))
    return FALSE;
  if (undo_void (desk, notice_id, error))
    return kai_database_commit (desk->db, error);
  kai_database_rollback (desk->db);
  return FALSE;
}
