/* Payments as the public payment platform makes them and as banks confirm them: the first counts, a second is refunded. */
#include "kai-sandbox-call.h"

#include "values/kai-money.h"

#include <stdlib.h>
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

/* One payment: by the payment platform, or as a bank's counter confirms it. */
typedef struct
{
  const char *code;
  int channel;
  const char *bank;         /* node, "" = the platform */
  const KaiRecord *voucher; /* the bank's 2612; NULL: the platform's own words */
  char *trace_no, *day, *time;
} Payment;

static void
payment_clear (Payment *payment)
{
  g_free (payment->trace_no);
  g_free (payment->day);
  g_free (payment->time);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Payment, payment_clear)

static gboolean
push_confirmation (KaiSandbox *self, const char *unit_code, const KaiRecord *notice,
                   const Payment *payment, GError **error)
{
  static const char *const told[] = { "BankOutlet", "Operator",  "PayerName",
                                      "PayerAcct",  "PayerOpBk", "PayerOpBkNo" };
  g_autoptr (KaiRecord) record = kai_record_new ();

  kai_record_set (record, "PayCode", kai_record_get (notice, "PayCode"));
  kai_record_set (record, "CfmDate", payment->day);
  kai_record_set (record, "CfmTime", payment->time);
  kai_record_set (record, "Amt", kai_record_get (notice, "Amt"));
  kai_record_set_int (record, "PayMode", payment->channel);
  kai_record_set (record, "TraNoBus", payment->trace_no);
  kai_record_set (record, "RecAcctType", kai_record_get (notice, "RecAcctType"));
  kai_record_set (record, "RecAcct", kai_record_get (notice, "RecAcct"));
  if (payment->voucher)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (told); i++)
        kai_record_set (record, told[i], kai_record_get (payment->voucher, told[i]));
    }
  else
    {
      kai_record_set (record, "BankOutlet", "320684000001");
      kai_record_set (record, "Operator", "公共支付平台");
      kai_record_set (record, "PayerName", kai_record_get (notice, "PayerName"));
      kai_record_set (record, "PayerAcct", "6222000000000000000");
      kai_record_set (record, "PayerOpBk", "东洲银行海门支行");
      kai_record_set (record, "PayerOpBkNo", "999306840001");
    }
  return kai_sandbox_push (self, unit_code, "5996", record, error);
}

/* The platform's trace number is the day and a number that no other payment has. */
static gboolean
record_payment (KaiSandbox *self, Payment *payment, KaiMoney amount, gboolean confirmed,
                GError **error)
{
  gint64 now = kai_sandbox_now (self);
  g_autofree char *stamp = kai_sandbox_format_time (now);
  gint64 next = kai_database_get_int (self->db, -1, error,
                                      "SELECT coalesce(max(id), 0) + 1 FROM payment", "");

  if (next < 0)
    return FALSE;
  if (payment->voucher)
    {
      payment->day = g_strdup (kai_record_get (payment->voucher, "CfmDate"));
      payment->time = g_strdup (kai_record_get (payment->voucher, "CfmTime"));
      payment->trace_no = g_strdup (kai_record_get (payment->voucher, "TraNoBus"));
    }
  else
    {
      payment->day = g_strndup (stamp, 8);
      payment->time = g_strndup (stamp + 8, 6);
      payment->trace_no = g_strdup_printf ("%s%08" G_GINT64_FORMAT, payment->day, next);
    }
  return kai_database_run (
      self->db, error,
      "INSERT INTO payment (id, payment_code, amount, channel, bank, trace_no, day, time, paid_at, "
      "state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      "ltlittitlt", next, payment->code, amount, payment->channel, payment->bank, payment->trace_no,
      atoi (payment->day), payment->time, now, confirmed ? "confirmed" : "refunded");
}

/* What a counter took must be what the notice asks. */
static gboolean
is_amount_right (const Payment *payment, KaiMoney amount)
{
  gint64 paid;

  return !payment->voucher
         || (kai_record_get_money (payment->voucher, "Amt", &paid, NULL) && paid == amount);
}

static gboolean
pay_known (KaiSandbox *self, Payment *payment, const char *unit_code, const char *voucher_xml,
           KaiPayOutcome *outcome, const char **refusal, GError **error)
{
  const KaiMessageSpec *spec = kai_catalogue_get (self->catalogue, "8994");
  g_autoptr (KaiRecord) notice =
      kai_voucher_decode (voucher_xml, strlen (voucher_xml), spec, error);
  gboolean first = *outcome == KAI_PAY_CONFIRMED;
  gint64 amount;

  if (!notice || !kai_record_get_money (notice, "Amt", &amount, error))
    return FALSE;
  if (!is_amount_right (payment, amount))
    {
      *outcome = KAI_PAY_REFUSED;
      *refusal = "wrong-amount";
      return TRUE;
    }
  if (!record_payment (self, payment, amount, first, error))
    return FALSE;
  if (!first)
    return TRUE;
  if (!kai_database_run (self->db, error, "UPDATE notice SET state = 'paid' WHERE payment_code = ?",
                         "t", payment->code))
    return FALSE;
  /* Hold1 of the 8994: the unit wants to be told. */
  return !g_str_equal (kai_record_get (notice, "Hold1"), "Y")
         || push_confirmation (self, unit_code, notice, payment, error);
}

static const char *
refusal_for (const char *state)
{
  if (g_str_equal (state, "void"))
    return "void-notice";
  return g_str_equal (state, "lapsed") ? "lapsed" : NULL;
}

static gboolean
pay_in_transaction (KaiSandbox *self, Payment *payment, KaiPayOutcome *outcome,
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
  kai_statement_bind (stmt, "t", payment->code);
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
  return pay_known (self, payment, unit_code, voucher, outcome, refusal, error);
}

gboolean
kai_sandbox_pay (KaiSandbox *self, const char *payment_code, int channel, KaiPayOutcome *outcome,
                 const char **refusal, GError **error)
{
  g_auto (Payment) payment = { .code = payment_code, .channel = channel, .bank = "" };
  const char *why = NULL;

  if (!kai_database_begin (self->db, error))
    return FALSE;
  if (!pay_in_transaction (self, &payment, outcome, &why, error))
    {
      kai_database_rollback (self->db);
      return FALSE;
    }
  if (refusal)
    *refusal = why;
  return kai_database_commit (self->db, error);
}

/* ---- at a bank's counter ---- */

/* *known TRUE when this bank has used the number: then *outcome is what came of it, if it was for the same payment. */
static gboolean
look_up_trace (KaiSandbox *self, const Payment *payment, gboolean *known, KaiPayOutcome *outcome,
               const char **refusal, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      self->db,
      "SELECT state, payment_code, amount, day, time FROM payment WHERE bank = ? AND trace_no = ?",
      error);
  const KaiRecord *voucher = payment->voucher;
  g_autofree char *state = NULL, *code = NULL, *time = NULL;
  gint64 amount;

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "tt", payment->bank, kai_record_get (voucher, "TraNoBus"));
  if (!kai_database_step (self->db, stmt, known, error))
    return FALSE;
  if (!*known)
    return TRUE;
  state = kai_column_dup (stmt, 0);
  code = kai_column_dup (stmt, 1);
  time = kai_column_dup (stmt, 4);
  if (g_str_equal (code, payment->code) && g_str_equal (time, kai_record_get (voucher, "CfmTime"))
      && sqlite3_column_int (stmt, 3) == atoi (kai_record_get (voucher, "CfmDate"))
      && kai_record_get_money (voucher, "Amt", &amount, NULL)
      && amount == sqlite3_column_int64 (stmt, 2))
    *outcome = g_str_equal (state, "confirmed") ? KAI_PAY_CONFIRMED : KAI_PAY_REFUNDED;
  else
    {
      *outcome = KAI_PAY_REFUSED;
      *refusal = "trace-reused";
    }
  sqlite3_reset (stmt);
  return TRUE;
}

gboolean
kai_sandbox_pay_at_bank (KaiSandbox *self, const char *bank, const KaiRecord *voucher,
                         KaiPayOutcome *outcome, const char **refusal, GError **error)
{
  g_auto (Payment) payment = { .code = kai_record_get (voucher, "PayCode"),
                               .channel = atoi (kai_record_get (voucher, "PayMode")),
                               .bank = bank,
                               .voucher = voucher };
  gboolean known = FALSE;

  if (!look_up_trace (self, &payment, &known, outcome, refusal, error))
    return FALSE;
  return known || pay_in_transaction (self, &payment, outcome, refusal, error);
}
