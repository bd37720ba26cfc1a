/* What banks ask and confirm at their counters: a notice by its payment code (2601), a payment (2612), the education
 * notices of a payer (2698). */
#include "kai-sandbox-call.h"

#include "values/kai-day.h"

#include <stdlib.h>
#include <string.h>

/* A payer with more is asked to name a payment code. */
#define MAX_BILLS 100

KaiRecord *
kai_sandbox_query_notice (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  g_autoptr (KaiRecord) answer = kai_record_new ();
  g_autofree char *xml = NULL, *state = NULL, *valid = NULL;
  sqlite3_stmt *stmt;
  gboolean row;

  if (!kai_sandbox_lapse (call->sandbox, error))
    return NULL;
  stmt = kai_database_prepare (
      call->sandbox->db, "SELECT voucher, state, valid_until FROM notice WHERE payment_code = ?",
      error);
  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "t", kai_record_get (voucher, "PayCode"));
  if (!kai_database_step (call->sandbox->db, stmt, &row, error))
    return NULL;
  if (!row)
    return kai_call_refuse (call, "unknown-notice", NULL);
  xml = kai_column_dup (stmt, 0);
  state = kai_column_dup (stmt, 1);
  valid = kai_day_to_wire (sqlite3_column_int (stmt, 2));
  sqlite3_reset (stmt);
  kai_record_set (answer, "ValidDate", valid);
  if (!kai_sandbox_describe_notice (call, xml, state, answer, error))
    return NULL;
  return g_steal_pointer (&answer);
}

KaiRecord *
kai_sandbox_confirm_payment (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  int day = atoi (kai_record_get (voucher, "CfmDate"));
  KaiPayOutcome outcome;
  const char *refusal = NULL;
  KaiRecord *answer;

  if (!kai_day_is_valid (day) || day > kai_day_add (call->today, 1))
    return kai_call_refuse (call, "field", "CfmDate");
  if (!kai_sandbox_pay_at_bank (call->sandbox, call->unit, voucher, &outcome, &refusal, error))
    return NULL;
  if (outcome == KAI_PAY_REFUSED)
    return kai_call_refuse (call, refusal, NULL);
  answer = kai_call_accept (call);
  if (outcome == KAI_PAY_REFUNDED)
    {
      kai_record_set (answer, "AddWord",
                      "通知书此前已经缴款：本次缴款已登记，并作技术性退款，请将款项退还缴款人。");
      kai_record_set (answer, "Information", "REFUNDED");
    }
  return answer;
}

/* ---- education notices ---- */

/* Open and paid ones, the newest first. Both numbers given: both must fit. */
static sqlite3_stmt *
find_education (KaiCall *call, const char *id, const char *mobile, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      call->sandbox->db,
      "SELECT voucher, state, region FROM notice JOIN unit ON unit.code = unit_code WHERE "
      "education "
      "AND state IN ('unpaid', 'paid') AND (?1 = '' OR payer_id = ?1) AND (?2 = '' OR mobile = ?2) "
      "ORDER BY created_at DESC, payment_code LIMIT ?3",
      error);

  if (stmt)
    kai_statement_bind (stmt, "tti", id, mobile, MAX_BILLS);
  return stmt;
}

KaiRecord *
kai_sandbox_list_education (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  const char *id = kai_record_get (voucher, "PayerCreditCode");
  const char *mobile = kai_record_get (voucher, "MobilePhone");
  g_autoptr (KaiRecord) answer = kai_call_accept (call);
  sqlite3_stmt *stmt;
  gboolean row;

  if (!*id && !*mobile)
    return kai_call_refuse (call, "field", NULL);
  if (!kai_sandbox_lapse (call->sandbox, error)
      || !(stmt = find_education (call, id, mobile, error)))
    return NULL;
  while (kai_database_step (call->sandbox->db, stmt, &row, error))
    {
      g_autofree char *xml = NULL, *state = NULL, *region = NULL;

      if (!row)
        return g_steal_pointer (&answer);
      xml = kai_column_dup (stmt, 0);
      state = kai_column_dup (stmt, 1);
      region = kai_column_dup (stmt, 2);
      kai_record_set (answer, "AdmDivCode", region);
      if (!kai_sandbox_describe_notice (call, xml, state, kai_record_add (answer, "BillList/Bill"),
                                        error))
        {
          sqlite3_reset (stmt);
          return NULL;
        }
    }
  return NULL;
}
