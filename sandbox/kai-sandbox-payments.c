/* Payments as the public payment platform makes them: the first counts, a second is refunded. */
#include "kai-sandbox-call.h"

#include "values/kai-money.h"

#include <string.h>

gboolean
kai_sandbox_lapse (KaiSandbox *self, GError **error)
{
  /* Looked up first: a page that only shows a notice must not write. */
  gint64 late = kai_database_get_int (
      self->db, -1, error,
      "SELECT EXISTS (SELECT 1 FROM notice WHERE state = 'unpaid' AND valid_until < ?)", "i",
      kai_sandbox_today (self));

  if (late <= 0)
    return late == 0;
  return kai_database_run (self->db, error,
                           "UPDATE notice SET state = 'lapsed' WHERE state = 'unpaid' AND "
                           "valid_until < ?",
                           "i", kai_sandbox_today (self));
}

static gboolean
push_confirmation (KaiSandbox *self, const char *unit_code, const KaiRecord *notice, int channel,
                   const char *trace_no, const char *day, const char *time, GError **error)
{
  g_autoptr (KaiRecord) record = kai_record_new ();

  kai_record_set (record, "PayCode", kai_record_get (notice, "PayCode"));
  kai_record_set (record, "CfmDate", day);
  kai_record_set (record, "CfmTime", time);
  kai_record_set (record, "Amt", kai_record_get (notice, "Amt"));
  kai_record_set (record, "BankOutlet", "320684000001");
  kai_record_set (record, "Operator", "公共支付平台");
  kai_record_set_int (record, "PayMode", channel);
  kai_record_set (record, "TraNoBus", trace_no);
  kai_record_set (record, "PayerName", kai_record_get (notice, "PayerName"));
  kai_record_set (record, "PayerAcct", "6222000000000000000");
  kai_record_set (record, "PayerOpBk", "东洲银行海门支行");
  kai_record_set (record, "PayerOpBkNo", "999306840001");
  kai_record_set (record, "RecAcctType", kai_record_get (notice, "RecAcctType"));
  kai_record_set (record, "RecAcct", kai_record_get (notice, "RecAcct"));
  return kai_sandbox_push (self, unit_code, "5996", record, error);
}

/* The trace number is the platform's own: the day and a number that no other payment has. */
static gboolean
record_payment (KaiSandbox *self, const char *code, KaiMoney amount, int channel,
                gboolean confirmed, char **trace_no, char **day, char **time, GError **error)
{
  gint64 now = kai_sandbox_now (self);
  g_autofree char *stamp = kai_sandbox_format_time (now);
  gint64 next = kai_database_get_int (self->db, -1, error,
                                      "SELECT coalesce(max(id), 0) + 1 FROM payment", "");

  if (next < 0)
    return FALSE;
  *day = g_strndup (stamp, 8);
  *time = g_strndup (stamp + 8, 6);
  *trace_no = g_strdup_printf ("%s%08" G_GINT64_FORMAT, *day, next);
  return kai_database_run (self->db, error,
                           "INSERT INTO payment (id, payment_code, amount, channel, trace_no, day, "
                           "time, paid_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           "ltlititlt", next, code, amount, channel, *trace_no, atoi (*day), *time,
                           now, confirmed ? "confirmed" : "refunded");
}

static gboolean
pay_known (KaiSandbox *self, const char *code, int channel, const char *unit_code,
           const char *voucher_xml, gboolean first, GError **error)
{
  const KaiMessageSpec *spec = kai_catalogue_get (self->catalogue, "8994");
  g_autoptr (KaiRecord) notice =
      kai_voucher_decode (voucher_xml, strlen (voucher_xml), spec, error);
  g_autofree char *trace_no = NULL, *day = NULL, *time = NULL;
  gint64 amount;

  if (!notice || !kai_record_get_money (notice, "Amt", &amount, error)
      || !record_payment (self, code, amount, channel, first, &trace_no, &day, &time, error))
    return FALSE;
  if (!first)
    return TRUE;
  if (!kai_database_run (self->db, error, "UPDATE notice SET state = 'paid' WHERE payment_code = ?",
                         "t", code))
    return FALSE;
  /* Hold1 of the 8994: the unit wants to be told. */
  return !g_str_equal (kai_record_get (notice, "Hold1"), "Y")
         || push_confirmation (self, unit_code, notice, channel, trace_no, day, time, error);
}

static const char *
refusal_for (const char *state)
{
  if (g_str_equal (state, "void"))
    return "void-notice";
  return g_str_equal (state, "lapsed") ? "lapsed" : NULL;
}

static gboolean
pay_in_transaction (KaiSandbox *self, const char *code, int channel, KaiPayOutcome *outcome,
                    const char **refusal, GError **error)
{
  sqlite3_stmt *stmt;
  gboolean row;
  g_autofree char *state = NULL, *unit_code = NULL, *voucher = NULL;

  if (!kai_sandbox_lapse (self, error))
    return FALSE;
  stmt = kai_database_prepare (
      self->db, "SELECT state, unit_code, voucher FROM notice WHERE payment_code = ?", error);
  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "t", code);
  if (!kai_database_step (self->db, stmt, &row, error))
    return FALSE;
  *outcome = KAI_PAY_REFUSED;
  if (!row)
    {
      *refusal = "unknown-notice";
      return TRUE;
    }
  state = kai_column_dup (stmt, 0);
  unit_code = kai_column_dup (stmt, 1);
  voucher = kai_column_dup (stmt, 2);
  sqlite3_reset (stmt);
  *refusal = refusal_for (state);
  if (*refusal)
    return TRUE;
  *outcome = g_str_equal (state, "unpaid") ? KAI_PAY_CONFIRMED : KAI_PAY_REFUNDED;
  return pay_known (self, code, channel, unit_code, voucher, *outcome == KAI_PAY_CONFIRMED, error);
}

gboolean
kai_sandbox_pay (KaiSandbox *self, const char *payment_code, int channel, KaiPayOutcome *outcome,
                 const char **refusal, GError **error)
{
  const char *why = NULL;

  if (!kai_database_begin (self->db, error))
    return FALSE;
  if (!pay_in_transaction (self, payment_code, channel, outcome, &why, error))
    {
      kai_database_rollback (self->db);
      return FALSE;
    }
  if (refusal)
    *refusal = why;
  return kai_database_commit (self->db, error);
}
