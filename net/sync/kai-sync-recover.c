/* After a restore: what happened after the backup was made is known to the server only. Asked for are the leases that the desk had since (8652), every number that may have been
 * used (8997), every notice that was unpaid then (8997), and the e-bills since (8633, 8982); payments come again by themselves, since the desk is a new one to the server. Each
 * step is noted in the store, so that it goes on where it was. */
#include "sync/kai-sync-private.h"

#include "backup/kai-backup.h"
#include "backup/kai-recovery.h"
#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "security/kai-ebill-file.h"
#include "store/kai-notice-store.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DAYS 400

/* TRUE when the server will not tell, rather than that it could not be asked. */
static gboolean
is_no_answer (const GError *error)
{
  return g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_REFUSED)
         || g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_FAULT)
         || g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_UNKNOWN_MESSAGE);
}

static gboolean
in_transaction (KaiDesk *desk, gboolean ok, GError **error)
{
  if (ok)
    return kai_database_commit (desk->db, error);
  kai_database_rollback (desk->db);
  return FALSE;
}

/* ---- leases ---- */

static gboolean
keep_leases (KaiDesk *desk, const KaiRecord *reply, GError **error)
{
  for (guint i = 0; i < kai_record_get_n (reply, "LeaseList/Lease"); i++)
    {
      const KaiRecord *lease = kai_record_nth (reply, "LeaseList/Lease", i);
      gint64 first = g_ascii_strtoll (kai_record_get (lease, "FirstNo"), NULL, 10);
      gint64 last = g_ascii_strtoll (kai_record_get (lease, "LastNo"), NULL, 10);

      if (first < 0 || last < first)
        return kai_net_fail (error, KAI_NET_ERROR_REPLY,
                             _ ("The finance server's list of leased numbers makes no sense. Tell "
                                "the finance bureau."));
      if (!kai_recovery_add_lease (desk->db, kai_record_get (lease, "Region"),
                                   atoi (kai_record_get (lease, "StYear")),
                                   kai_record_get (lease, "Assigner"), first, last, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
recover_leases (KaiSyncEngine *engine, const KaiRecovery *recovery, GCancellable *cancellable,
                GError **error)
{
  KaiDesk *desk = engine->desk;
  g_autoptr (KaiMessage) request = NULL, answer = NULL;
  KaiRecord *voucher;
  g_autoptr (GError) local = NULL;

  if (recovery->asked_leases)
    return TRUE;
  if (*recovery->desk_id)
    {
      request = kai_desk_new_message (desk, "8652");
      voucher = kai_desk_add_voucher (request);
      kai_record_set (voucher, "ChgAgenCode", desk->unit_code);
      kai_record_set (voucher, "DeskId", recovery->desk_id);
      answer = kai_sync_engine_ask (engine, request, "5652", cancellable, &local);
      if (!answer && !is_no_answer (local))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (answer && !keep_leases (desk, answer->vouchers->pdata[0], error))
        return FALSE;
      /* Then only the numbers of the leases in the backup are asked about; the log says so. */
      if (!answer
          && !kai_desk_audit (desk, "store.recover", "leases", recovery->desk_id, "not told",
                              error))
        return FALSE;
    }
  return kai_recovery_leases_asked (desk->db, recovery, error);
}

/* ---- notices ---- */

/* 8997. *found NULL when the server has none under this code. */
static gboolean
ask_notice (KaiSyncEngine *engine, const char *payment_code, KaiMessage **found,
            GCancellable *cancellable, GError **error)
{
  KaiDesk *desk = engine->desk;
  g_autoptr (KaiMessage) request = kai_desk_new_message (desk, "8997");
  KaiRecord *voucher = kai_desk_add_voucher (request);
  g_autoptr (GBytes) body = NULL;
  g_autoptr (KaiMessage) answer = NULL;

  *found = NULL;
  kai_record_set (voucher, "PayCode", payment_code);
  kai_record_set (voucher, "PayMode", "1");
  body = kai_message_encode (request, desk->catalogue, FALSE, error);
  if (!body)
    return FALSE;
  answer = kai_transport_exchange (engine->transport, body, request->id, NULL, cancellable, error);
  if (!answer)
    return FALSE;
  if (answer->vouchers->len == 1 && g_str_equal (answer->number, "5997")
      && g_str_equal (kai_record_get (answer->vouchers->pdata[0], "PayCode"), payment_code)
      && g_str_equal (kai_record_get (answer->vouchers->pdata[0], "ChgAgenCode"), desk->unit_code))
    *found = g_steal_pointer (&answer);
  return TRUE;
}

static KaiStandardKind
read_standard (const char *words)
{
  if (g_str_equal (words, "固定标准"))
    return KAI_STANDARD_FIXED;
  return g_str_equal (words, "区间标准") ? KAI_STANDARD_RANGE : KAI_STANDARD_FREE;
}

static void
read_item (KaiDesk *desk, KaiNotice *notice, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, desk->profile->pay_info_separator, 7);
  const KaiItem *known;
  KaiNoticeItem *item;
  KaiMoney amount;

  if (g_strv_length (parts) < 7 || !kai_money_parse_wire (parts[2], &amount, NULL))
    return;
  item = kai_notice_add_item (notice, parts[0], g_ascii_strtoll (parts[4], NULL, 10), amount);
  kai_notice_set (&item->name, parts[1]);
  kai_notice_set (&item->unit_of_measure, parts[3]);
  item->standard = read_standard (parts[5]);
  known = kai_base_data_find_item (desk->base, parts[0]);
  if (known)
    {
      item->min = known->min;
      item->max = known->max;
    }
}

static void
set_state (KaiDesk *desk, KaiNotice *notice, const KaiRecord *reply)
{
  char stats = *kai_record_get (reply, "PayStats");

  if (stats == '1')
    {
      notice->state = KAI_NOTICE_PAID;
      /* The payment's own details come with its push. */
      if (notice->paid_at == 0)
        notice->paid_at = g_get_real_time () / G_USEC_PER_SEC;
    }
  else if (stats == '2')
    notice->state = KAI_NOTICE_VOID;
  else if (notice->valid_until < kai_day_today ())
    notice->state = KAI_NOTICE_LAPSED;
}

static KaiDay
valid_until (KaiDesk *desk, KaiDay from)
{
  int days = atoi (kai_base_data_get_setting (desk->base, "notice_days", "0"));

  return kai_calendar_valid_until (desk->calendar, from,
                                   days > 0 ? days : desk->profile->notice_days);
}

/* What 5997 tells; identity number and mobile it does not. */
static KaiNotice *
read_notice (KaiDesk *desk, const KaiRecord *reply, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  g_auto (GStrv) items = g_strsplit (kai_record_get (reply, "PayInfo"), "#", -1);
  KaiMoney amount;

  if (!kai_record_get_money (reply, "Amt", &amount, error)
      || !kai_record_get_money (reply, "DelayAmt", &notice->late_fee, error))
    return NULL;
  kai_desk_complete_notice (desk, notice, "");
  for (int i = 0; items[i]; i++)
    if (*items[i])
      read_item (desk, notice, items[i]);
  /* A list that was cut short: the sum is what counts. */
  if (notice->items->len == 0 || !kai_notice_sum (notice) || notice->amount != amount)
    {
      g_ptr_array_set_size (notice->items, 0);
      kai_notice_add_item (notice, "", 1, amount - notice->late_fee);
    }
  notice->amount = amount;
  kai_notice_set (&notice->payment_code, kai_record_get (reply, "PayCode"));
  kai_notice_set (&notice->payer_name, kai_record_get (reply, "PayerName"));
  kai_notice_set (&notice->memo, kai_record_get (reply, "Memo"));
  notice->payer_kind = KAI_PAYER_PERSON;
  notice->bill_date = atoi (kai_record_get (reply, "BillDate"));
  notice->valid_until = valid_until (desk, notice->bill_date);
  notice->sync = KAI_SYNC_ACCEPTED;
  set_state (desk, notice, reply);
  return g_steal_pointer (&notice);
}

/* A number that was used after the backup: its notice is taken in. */
static gboolean
take_in (KaiDesk *desk, const KaiRecord *reply, GError **error)
{
  const char *code = kai_record_get (reply, "PayCode");
  g_autoptr (GError) local = NULL;
  g_autoptr (KaiNotice) known = kai_notice_store_find (desk->db, code, &local);
  g_autoptr (KaiNotice) notice = NULL;

  if (known)
    return TRUE;
  if (!g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  notice = read_notice (desk, reply, error);
  return notice && kai_notice_store_insert (desk->db, notice, error)
         && kai_desk_audit (desk, "notice.recover", "notice", code,
                            kai_notice_state_to_string (notice->state), error);
}

static gboolean
recover_number (KaiSyncEngine *engine, const KaiRecoveryNumber *number, KaiSyncResult *result,
                GCancellable *cancellable, GError **error)
{
  KaiDesk *desk = engine->desk;
  g_autofree char *code =
      kai_payment_code_build (&desk->profile->payment_code, number->region, number->year,
                              number->assigner, number->sequence, error);
  g_autoptr (KaiMessage) found = NULL;

  if (!code || !ask_notice (engine, code, &found, cancellable, error)
      || !kai_database_begin (desk->db, error))
    return FALSE;
  if (found)
    result->received++;
  return in_transaction (desk,
                         (!found || take_in (desk, found->vouchers->pdata[0], error))
                             && kai_recovery_number_asked (desk->db, number, error),
                         error);
}

static gboolean
recover_numbers (KaiSyncEngine *engine, KaiSyncResult *result, GCancellable *cancellable,
                 GError **error)
{
  g_auto (KaiRecoveryNumber) number = { 0 };
  gint64 total = 0;

  for (;;)
    {
      if (!kai_recovery_next_number (engine->desk->db, &number, error))
        return FALSE;
      if (number.id == 0)
        return TRUE;
      total = MAX (total, number.left);
      if (engine->progress)
        engine->progress (_ ("Asking what happened since the backup"), (int)(total - number.left),
                          (int)total, engine->progress_data);
      if (!recover_number (engine, &number, result, cancellable, error))
        return FALSE;
    }
}

/* Paid or voided since. What waits in the outbox about it has been delivered before. */
static gboolean
update_notice (KaiDesk *desk, const char *code, const KaiRecord *reply, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_find (desk->db, code, error);
  KaiNoticeState before;

  if (!notice)
    return FALSE;
  before = notice->state;
  if (before != KAI_NOTICE_UNPAID && before != KAI_NOTICE_LAPSED)
    return TRUE;
  set_state (desk, notice, reply);
  return notice->state == before
         || (kai_notice_store_update (desk->db, notice, error)
             && kai_desk_audit (desk, "notice.recover", "notice", code,
                                kai_notice_state_to_string (notice->state), error));
}

static gboolean
recover_notices (KaiSyncEngine *engine, const KaiRecovery *recovery, GCancellable *cancellable,
                 GError **error)
{
  KaiDesk *desk = engine->desk;

  for (;;)
    {
      g_autofree char *code = NULL;
      g_autoptr (KaiMessage) found = NULL;
      gint64 id = 0;

      if (!kai_recovery_next_notice (desk->db, recovery, &id, &code, error))
        return FALSE;
      if (!code)
        return TRUE;
      if (!ask_notice (engine, code, &found, cancellable, error)
          || !kai_database_begin (desk->db, error))
        return FALSE;
      if (!in_transaction (desk,
                           (!found || update_notice (desk, code, found->vouchers->pdata[0], error))
                               && kai_recovery_notice_asked (desk->db, recovery, id, error),
                           error))
        return FALSE;
    }
}

/* ---- e-bills ---- */

static const KaiBillType *
find_type (KaiDesk *desk, const char *ebill_code)
{
  for (guint i = 0; i < desk->base->bill_types->len; i++)
    {
      const KaiBillType *type = desk->base->bill_types->pdata[i];

      if (type->electronic && g_str_equal (type->ebill_code, ebill_code))
        return type;
    }
  return NULL;
}

/* 8982; *report NULL when the file is not to be had, or not the bill of this notice. */
static gboolean
fetch_file (KaiSyncEngine *engine, const KaiEbillRecord *record, const KaiNotice *notice,
            GBytes **file, KaiEbillReport **report, GCancellable *cancellable, GError **error)
{
  g_autoptr (KaiMessage) request = kai_desk_new_message (engine->desk, "8982");
  g_autoptr (KaiMessage) answer = NULL;
  g_autoptr (KaiEbillReport) found = NULL;
  g_autoptr (GError) local = NULL;
  const char *text;
  guchar *bytes;
  gsize size = 0;

  *report = NULL;
  kai_desk_add_fetch (engine->desk, record, request);
  answer = kai_sync_engine_ask (engine, request, "5982", cancellable, &local);
  if (!answer)
    {
      if (is_no_answer (local))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  text = kai_record_get (answer->vouchers->pdata[0], "Invoicefiledata");
  bytes = g_base64_decode (text, &size);
  *file = g_bytes_new_take (bytes, size);
  found = kai_ebill_file_verify (*file, engine->desk->trust);
  if (found->ok && g_str_equal (found->ebill->payment_code, notice->payment_code)
      && found->ebill->total == notice->amount && g_str_equal (found->ebill->number, record->number)
      && g_str_equal (found->ebill->code, record->code))
    *report = g_steal_pointer (&found);
  return TRUE;
}

static gboolean
store_bill (KaiDesk *desk, const KaiNotice *notice, const KaiEbillRecord *wanted, const char *url,
            GBytes *file, const KaiEbillReport *report, GError **error)
{
  g_autoptr (KaiEbillRecord) record =
      kai_ebill_store_create (desk->db, notice->id, wanted->bill_type, error);

  if (!record)
    return FALSE;
  kai_notice_set (&record->code, wanted->code);
  kai_notice_set (&record->number, wanted->number);
  kai_notice_set (&record->check_code, report->ebill->check_code);
  kai_notice_set (&record->url, url);
  record->content = kai_ebill_content_build (report->ebill, error);
  record->file = g_bytes_ref (file);
  record->sync = KAI_SYNC_ACCEPTED;
  return record->content && kai_ebill_store_update (desk->db, record, error)
         && kai_desk_audit (desk, "ebill.recover", "notice", notice->payment_code, record->number,
                            error);
}

/* One of the server's e-bills: taken in when its notice is here and has none. */
static gboolean
recover_bill (KaiSyncEngine *engine, const KaiRecord *bill, GCancellable *cancellable,
              GError **error)
{
  KaiDesk *desk = engine->desk;
  g_autoptr (KaiNotice) notice =
      kai_notice_store_find (desk->db, kai_record_get (bill, "PayCode"), NULL);
  const KaiBillType *type = find_type (desk, kai_record_get (bill, "EInvoiceCode"));
  g_autoptr (KaiEbillRecord) holder = NULL;
  g_autoptr (KaiEbillRecord) wanted = g_new0 (KaiEbillRecord, 1);
  g_autoptr (GBytes) file = NULL;
  g_autoptr (KaiEbillReport) report = NULL;

  if (!notice || !type || notice->state != KAI_NOTICE_PAID
      || !g_str_equal (kai_record_get (bill, "State"), "1")
      || (notice->has_ebill && notice->ebill_sync != KAI_SYNC_REFUSED))
    return TRUE;
  wanted->bill_type = g_strdup (type->code);
  wanted->code = g_strdup (kai_record_get (bill, "EInvoiceCode"));
  wanted->number = g_strdup (kai_record_get (bill, "BillNo"));
  if (!fetch_file (engine, wanted, notice, &file, &report, cancellable, error))
    return FALSE;
  if (!report)
    return kai_desk_audit (desk, "ebill.recover", "notice", notice->payment_code, "no file", error);
  if (!kai_database_begin (desk->db, error))
    return FALSE;
  /* A refused try of the same notice may still hold the number. */
  holder = kai_ebill_store_find_by_number (desk->db, wanted->number, NULL);
  return in_transaction (desk,
                         (!holder || kai_ebill_store_release_number (desk->db, holder->id, error))
                             && store_bill (desk, notice, wanted,
                                            kai_record_get (bill, "Invoice_Url"), file, report,
                                            error),
                         error);
}

static gboolean
recover_day (KaiSyncEngine *engine, KaiDay day, gboolean *told, GCancellable *cancellable,
             GError **error)
{
  KaiDesk *desk = engine->desk;
  g_autoptr (KaiMessage) request = kai_desk_new_message (desk, "8633");
  KaiRecord *voucher = kai_desk_add_voucher (request);
  g_autofree char *date = kai_day_to_wire (day);
  g_autoptr (KaiMessage) answer = NULL;
  g_autoptr (GError) local = NULL;
  const KaiRecord *reply;

  kai_record_set (voucher, "ChgAgenCode", desk->unit_code);
  kai_record_set (voucher, "BeginDate", date);
  kai_record_set (voucher, "EndDate", date);
  answer = kai_sync_engine_ask (engine, request, "5633", cancellable, &local);
  *told = answer != NULL;
  if (!answer && !is_no_answer (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  reply = answer ? answer->vouchers->pdata[0] : NULL;
  for (guint i = 0; reply && i < kai_record_get_n (reply, "BillList/Bill"); i++)
    if (!recover_bill (engine, kai_record_nth (reply, "BillList/Bill", i), cancellable, error))
      return FALSE;
  return TRUE;
}

/* Day by day, so that no answer gets too large. */
static gboolean
recover_ebills (KaiSyncEngine *engine, const KaiRecovery *recovery, GCancellable *cancellable,
                GError **error)
{
  KaiDesk *desk = engine->desk;
  KaiDay last = kai_day_add (kai_day_today (), 1);
  KaiDay day = kai_day_add (kai_day_from_unix (recovery->saved_at), -1);
  gboolean told = TRUE;

  if (recovery->asked_ebills)
    return TRUE;
  for (int i = 0; told && day <= last && i < MAX_DAYS; i++, day = kai_day_add (day, 1))
    if (!recover_day (engine, day, &told, cancellable, error))
      return FALSE;
  if (!told && !kai_desk_audit (desk, "store.recover", "ebills", "since backup", "not told", error))
    return FALSE;
  return kai_recovery_ebills_asked (desk->db, recovery, error);
}

/* ---- the whole ---- */

gboolean
kai_sync_engine_recover (KaiSyncEngine *engine, KaiSyncResult *result, GCancellable *cancellable,
                         GError **error)
{
  KaiDesk *desk = engine->desk;
  g_autoptr (GError) local = NULL;
  g_autoptr (KaiRecovery) recovery = kai_recovery_next (desk->db, &local);

  if (!recovery)
    {
      if (!local)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!kai_desk_require_base_data (desk, error) || !kai_database_require_vault (desk->db, error)
      || !recover_leases (engine, recovery, cancellable, error)
      || !recover_numbers (engine, result, cancellable, error)
      || !recover_notices (engine, recovery, cancellable, error))
    return FALSE;
  /* What the store itself was about to do comes first; the rest the next time. */
  if (kai_recovery_ebills_wait (desk->db))
    return TRUE;
  if (!recover_ebills (engine, recovery, cancellable, error)
      || !kai_desk_audit (desk, "store.recover", "store", KAI_STORE_NAME, "done", error)
      || !kai_recovery_done (desk->db, recovery, error))
    return FALSE;
  kai_recovery_clear_aside (kai_database_get_dir (desk->db), KAI_STORE_NAME);
  return TRUE;
}
