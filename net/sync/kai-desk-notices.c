/* Issuing, numbering and voiding notices: each one transaction with its message. */
#include "sync/kai-desk-private.h"
#include "sync/kai-desk-review.h"
#include "sync/kai-desk-roles.h"

#include "store/kai-code-lease.h"
#include "store/kai-notice-store.h"
#include "values/kai-error.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char *
ascii_or_empty (const char *text)
{
  return g_str_is_ascii (text) ? text : "";
}

/* 8994 by the catalogue; the item list by kai_notice_build_pay_info. */
void
kai_desk_fill_notice (KaiDesk *desk, const KaiNotice *notice, KaiRecord *voucher)
{
  const KaiUnit *unit = kai_desk_get_unit (desk);
  g_autofree char *day = kai_day_to_wire (notice->bill_date);
  g_autofree char *pay_info = kai_notice_build_pay_info (notice, desk->profile->pay_info_separator);

  kai_record_set (voucher, "AdmDivCode", unit->region);
  kai_record_set (voucher, "PayCode", notice->payment_code);
  kai_record_set (voucher, "BillDate", day);
  kai_record_set (voucher, "ChgAgenCode", unit->code);
  kai_record_set (voucher, "ChgAgenName", unit->name);
  kai_record_set (voucher, "PayerName", notice->payer_name);
  kai_record_set_money (voucher, "Amt", notice->amount);
  kai_record_set_money (voucher, "OriAmt", notice->amount - notice->late_fee);
  kai_record_set_money (voucher, "DelayAmt", notice->late_fee);
  kai_record_set (voucher, "PayStats", "0");
  kai_record_set (voucher, "RecAcctType", unit->account_type);
  kai_record_set (voucher, "RecName", unit->account_name);
  kai_record_set (voucher, "RecAcct", unit->account);
  kai_record_set (voucher, "RecOpBk", unit->account_bank);
  kai_record_set (voucher, "RecBankNo", unit->account_bank_no);
  kai_record_set (voucher, "IsInterBank", "0");
  kai_record_set (voucher, "PayInfo", pay_info);
  kai_record_set (voucher, "Memo", notice->memo);
  kai_record_set (voucher, "MobilePhone", notice->mobile);
  kai_record_set (voucher, "PayerCreditCode", notice->payer_id);
  kai_record_set (voucher, "RecCreditCode", unit->credit_code);
  kai_record_set (voucher, "OperatorCode", notice->clerk_code);
  /* The catalogue types the name as ASCII; a Chinese name is known by the code. */
  kai_record_set (voucher, "OperatorName", ascii_or_empty (notice->clerk_name));
  kai_record_set (voucher, "Hold1", "Y");
}

gboolean
kai_desk_take_number (KaiDesk *desk, KaiNotice *notice, gboolean *numbered, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *code = kai_code_lease_take (desk->db, &desk->profile->payment_code,
                                               kai_day_today () / 10000, &local);

  *numbered = code != NULL;
  if (code)
    {
      kai_notice_set (&notice->payment_code, code);
      notice->sync = KAI_SYNC_SIGNED;
      return TRUE;
    }
  if (!g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_NO_NUMBERS))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  notice->sync = KAI_SYNC_DRAFT;
  return TRUE;
}

/* From today on. */
static void
date_notice (KaiDesk *desk, KaiNotice *notice)
{
  g_autofree char *fallback = g_strdup_printf ("%d", desk->profile->notice_days);
  int days = atoi (kai_base_data_get_setting (desk->base, "notice_days", fallback));

  notice->bill_date = kai_day_today ();
  notice->valid_until = kai_calendar_valid_until (desk->calendar, notice->bill_date,
                                                  days > 0 ? days : desk->profile->notice_days);
}

void
kai_desk_complete_notice (KaiDesk *desk, KaiNotice *notice, const char *batch_id)
{
  const KaiUser *user = kai_desk_get_user (desk);

  kai_notice_set (&notice->unit_code, desk->unit_code);
  if (!desk->approving)
    {
      kai_notice_set (&notice->clerk_code, desk->user_code);
      kai_notice_set (&notice->clerk_name, user ? user->name : "");
    }
  kai_notice_set (&notice->batch_id, batch_id);
  date_notice (desk, notice);
  notice->state = KAI_NOTICE_UNPAID;
}

/* Numbers, stores and logs one; adds its voucher when it has a number. */
static gboolean
issue_one (KaiDesk *desk, KaiNotice *notice, KaiMessage *message, GArray *subjects, GError **error)
{
  gboolean numbered;

  if (!kai_desk_take_number (desk, notice, &numbered, error)
      || !kai_notice_store_insert (desk->db, notice, error))
    return FALSE;
  if (numbered)
    {
      kai_desk_fill_notice (desk, notice, kai_desk_add_voucher (message));
      g_array_append_val (subjects, notice->id);
    }
  return kai_desk_audit (desk, "notice.issue", "notice", numbered ? notice->payment_code : "draft",
                         numbered ? "queued" : "draft", error);
}

/* Whether the row of @notice has its notice already, or one that waits to be checked. */
static gboolean
is_known (KaiDesk *desk, const KaiNotice *notice, GError **error)
{
  return *notice->row_key
         && (kai_notice_store_find_row_key (desk->db, notice->row_key, error)
             || (!*error && !desk->approving
                 && kai_review_store_find_row_key (desk->db, notice->row_key, error)));
}

static gboolean
issue_all (KaiDesk *desk, GPtrArray *notices, const char *batch_id, int *skipped, GError **error)
{
  g_autoptr (KaiMessage) message = kai_desk_new_message (desk, "8994");
  g_autoptr (GArray) subjects = g_array_new (FALSE, FALSE, sizeof (gint64));
  gboolean review = kai_desk_needs_review (desk);

  for (guint i = 0; i < notices->len; i++)
    {
      KaiNotice *notice = notices->pdata[i];
      g_autoptr (GError) local = NULL;
      gboolean known = is_known (desk, notice, &local);

      if (local)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (known)
        {
          (*skipped)++;
          continue;
        }
      kai_desk_complete_notice (desk, notice, batch_id);
      if (review ? !kai_desk_hold_for_review (desk, notice, error)
                 : !issue_one (desk, notice, message, subjects, error))
        return FALSE;
    }
  return subjects->len == 0 || kai_desk_post (desk, message, batch_id, subjects, error);
}

/* A rolled back notice must not look as if it had a number. */
static void
forget_numbers (GPtrArray *notices)
{
  for (guint i = 0; i < notices->len; i++)
    {
      KaiNotice *notice = notices->pdata[i];

      notice->id = 0;
      notice->review_id = 0;
      notice->sync = KAI_SYNC_DRAFT;
      kai_notice_set (&notice->payment_code, "");
    }
}

gboolean
kai_desk_issue (KaiDesk *desk, GPtrArray *notices, const char *batch_id, int *skipped,
                GError **error)
{
  int n_skipped = 0;

  if (!desk->approving && !kai_desk_may (desk, KAI_TASK_ISSUE, error))
    return FALSE;
  if (!kai_desk_require_base_data (desk, error) || !kai_database_begin (desk->db, error))
    return FALSE;
  if (!issue_all (desk, notices, batch_id ? batch_id : "", &n_skipped, error))
    {
      kai_database_rollback (desk->db);
      forget_numbers (notices);
      return FALSE;
    }
  if (!kai_database_commit (desk->db, error))
    {
      forget_numbers (notices);
      return FALSE;
    }
  if (skipped)
    *skipped = n_skipped;
  return TRUE;
}

static int
number_drafts (KaiDesk *desk, GError **error)
{
  g_autoptr (GPtrArray) drafts =
      kai_notice_store_list_drafts (desk->db, desk->profile->batch_limit, error);
  g_autoptr (KaiMessage) message = NULL;
  g_autoptr (GArray) subjects = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (!drafts)
    return -1;
  message = kai_desk_new_message (desk, "8994");
  for (guint i = 0; i < drafts->len; i++)
    {
      KaiNotice *notice = drafts->pdata[i];
      gboolean numbered;

      if (!kai_desk_take_number (desk, notice, &numbered, error))
        return -1;
      if (!numbered)
        break;
      /* Nobody could pay it before: its days begin now, and its code is of this year. */
      date_notice (desk, notice);
      if (!kai_notice_store_update (desk->db, notice, error)
          || !kai_desk_audit (desk, "notice.number", "notice", notice->payment_code, "queued",
                              error))
        return -1;
      kai_desk_fill_notice (desk, notice, kai_desk_add_voucher (message));
      g_array_append_val (subjects, notice->id);
    }
  if (subjects->len > 0 && !kai_desk_post (desk, message, "", subjects, error))
    return -1;
  return subjects->len;
}

int
kai_desk_number_drafts (KaiDesk *desk, GError **error)
{
  int total = 0, n;

  if (!kai_desk_get_unit (desk))
    return 0;
  do
    {
      if (!kai_database_begin (desk->db, error))
        return -1;
      n = number_drafts (desk, error);
      if (n < 0)
        {
          kai_database_rollback (desk->db);
          return -1;
        }
      if (!kai_database_commit (desk->db, error))
        return -1;
      total += n;
    }
  while (n > 0);
  return total;
}

static gboolean
check_voidable (const KaiNotice *notice, const char *reason, GError **error)
{
  if (notice->state == KAI_NOTICE_PAID)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("Notice %s is paid and cannot be voided. Apply for a refund instead."),
                          notice->payment_code);
  if (notice->state == KAI_NOTICE_VOID)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT, _ ("Notice %s is void already."),
                          notice->payment_code);
  if (!reason || !*reason)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("A reason is needed to void a notice. Write one."));
  if (kai_text_gbk_length (reason) > 200)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The reason is too long: at most 100 Chinese characters."));
  return TRUE;
}

static gboolean
void_notice (KaiDesk *desk, KaiNotice *notice, const char *reason, GError **error)
{
  g_autoptr (KaiMessage) message = kai_desk_new_message (desk, "8641");
  g_autoptr (GArray) subjects = g_array_new (FALSE, FALSE, sizeof (gint64));
  KaiRecord *voucher = kai_desk_add_voucher (message);
  gboolean unknown_to_server = notice->sync == KAI_SYNC_REFUSED;

  notice->state = KAI_NOTICE_VOID;
  kai_notice_set (&notice->void_reason, reason);
  /* While it is asked about, the void waits for the answer. */
  if (!unknown_to_server && notice->sync != KAI_SYNC_UNKNOWN)
    notice->sync = KAI_SYNC_SIGNED;
  if (!kai_notice_store_update (desk->db, notice, error)
      || !kai_desk_audit (desk, "notice.void", "notice", notice->payment_code, "queued", error))
    return FALSE;
  if (unknown_to_server)
    return TRUE;
  kai_record_set (voucher, "PayCode", notice->payment_code);
  kai_record_set (voucher, "ChgAgenCode", notice->unit_code);
  kai_record_set (voucher, "Reason", reason);
  kai_record_set (voucher, "OperatorCode", desk->user_code);
  g_array_append_val (subjects, notice->id);
  return kai_desk_post (desk, message, "", subjects, error);
}

gboolean
kai_desk_void (KaiDesk *desk, const char *payment_code, const char *reason, GError **error)
{
  g_autoptr (KaiNotice) notice = NULL;
  g_autofree char *clean = kai_text_normalise_name (reason ? reason : "");

  if (!kai_desk_may (desk, KAI_TASK_VOID, error) || !kai_database_begin (desk->db, error))
    return FALSE;
  notice = kai_notice_store_find (desk->db, payment_code, error);
  if (!notice || !check_voidable (notice, clean, error)
      || !void_notice (desk, notice, clean, error))
    {
      kai_database_rollback (desk->db);
      return FALSE;
    }
  return kai_database_commit (desk->db, error);
}

/* ---- lapsing ---- */

/* In one transaction: short enough for the window's thread. */
#define LAPSE_AT_ONCE 250

int
kai_desk_lapse (KaiDesk *desk, int limit, GError **error)
{
  int total = 0, n, at_once;

  do
    {
      at_once = limit > 0 ? MIN (limit - total, LAPSE_AT_ONCE) : LAPSE_AT_ONCE;
      n = kai_notice_store_lapse (desk->db, kai_day_today (), desk->user_code, at_once, error);
      if (n < 0)
        return -1;
      total += n;
    }
  while (n == at_once && (limit == 0 || total < limit));
  return total;
}
