/* What answers and pushes do to notices. The server's word is taken for what it has; what it may have is asked about first. */
#include "sync/kai-desk-answers-private.h"

#include "messages/kai-result-code.h"
#include "store/kai-notice-store.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

static gboolean
save_notice (KaiAnswers *answers, KaiNotice *notice, const char *action, const char *outcome,
             GError **error)
{
  return kai_notice_store_update (answers->desk->db, notice, error)
         && kai_desk_audit (answers->desk, action, "notice", notice->payment_code, outcome, error);
}

static void
set_refusal (KaiNotice *notice, const char *code, const char *sentence)
{
  kai_notice_set (&notice->refusal_code, code);
  kai_notice_set (&notice->refusal_text, sentence);
}

static const char *
code_of (const char *symbol)
{
  return kai_result_code_by_symbol (symbol)->code;
}

/* A voiding and a payment met: whichever was told first here, it ends paid, with this sentence. */
static void
set_paid_against_void (KaiNotice *notice)
{
  set_refusal (
      notice, code_of ("already-paid"),
      _ ("It was paid before the finance server learned that it was void: it counts as paid. "
         "Apply for a refund if the money is to go back."));
  kai_notice_set (&notice->void_reason, "");
}

/* The server has it. A void that waits in the outbox has the last word on the sync state. */
static gboolean
accept_notice (KaiAnswers *answers, KaiNotice *notice, GError **error)
{
  notice->sync = notice->state == KAI_NOTICE_VOID ? KAI_SYNC_SIGNED : KAI_SYNC_ACCEPTED;
  set_refusal (notice, "", "");
  return save_notice (answers, notice, "notice.answer", "accepted", error)
         && kai_outbox_resolve (answers->desk->db, KAI_SUBJECT_NOTICE, notice->id, error);
}

/* The server does not have it, or has another under its code: there is nothing to void there. */
static gboolean
refuse_notice (KaiAnswers *answers, KaiNotice *notice, const char *code, const char *sentence,
               GError **error)
{
  notice->sync = KAI_SYNC_REFUSED;
  set_refusal (notice, code, sentence);
  kai_answers_note_refusal (answers, notice->refusal_text);
  return kai_outbox_withdraw (answers->desk->db, "8641", notice->id, error)
         && save_notice (answers, notice, "notice.answer", notice->refusal_code, error);
}

gboolean
kai_desk_ask_notice (KaiDesk *desk, KaiNotice *notice, KaiMessage *message, GArray *subjects,
                     GError **error)
{
  KaiRecord *voucher = kai_desk_add_voucher (message);

  kai_record_set (voucher, "PayCode", notice->payment_code);
  kai_record_set (voucher, "PayMode", "1");
  g_array_append_val (subjects, notice->id);
  notice->sync = KAI_SYNC_UNKNOWN;
  return kai_notice_store_update (desk->db, notice, error)
         && kai_desk_audit (desk, "notice.answer", "notice", notice->payment_code, "unknown",
                            error);
}

/* Is it ours that the server has? Its copy is asked for before anything is decided; @reply is what was said until then. */
static gboolean
ask_about (KaiAnswers *answers, KaiNotice *notice, const KaiRecord *reply, GError **error)
{
  g_autofree char *sentence = kai_answer_describe (reply);
  GArray *subjects;
  KaiMessage *question = kai_answers_next (answers, "8997", &subjects);

  set_refusal (notice, kai_record_get (reply, "Result"), sentence);
  return kai_desk_ask_notice (answers->desk, notice, question, subjects, error);
}

gboolean
kai_desk_answer_issue (KaiAnswers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_load (answers->desk->db, subject, error);
  g_autofree char *sentence = NULL;

  if (!notice)
    return FALSE;
  if (kai_answer_is_ok (reply))
    {
      kai_notice_set (&notice->check_code, kai_record_get (reply, "Information"));
      return accept_notice (answers, notice, error);
    }
  if (kai_answer_is_duplicate (reply, "code-exists"))
    return ask_about (answers, notice, reply, error);
  sentence = kai_answer_describe (reply);
  return refuse_notice (answers, notice, kai_record_get (reply, "Result"), sentence, error);
}

/* Payer, amount and content agree. */
static gboolean
is_ours (KaiDesk *desk, const KaiNotice *notice, const KaiRecord *reply)
{
  g_autofree char *info = kai_notice_build_pay_info (notice, desk->profile->pay_info_separator);
  gint64 amount = 0;

  return g_str_equal (kai_record_get (reply, "PayCode"), notice->payment_code)
         && g_str_equal (kai_record_get (reply, "ChgAgenCode"), notice->unit_code)
         && g_str_equal (kai_record_get (reply, "PayerName"), notice->payer_name)
         && g_str_equal (kai_record_get (reply, "PayInfo"), info)
         && kai_record_get_money (reply, "Amt", &amount, NULL) && amount == notice->amount;
}

/* The server has it: with whatever has happened to it there. */
static gboolean
take_over_found (KaiAnswers *answers, KaiNotice *notice, const KaiRecord *reply, GError **error)
{
  /* A store restored from a backup may have missed the payment; its details come with its push, when there is one. */
  if (g_str_equal (kai_record_get (reply, "PayStats"), "1"))
    notice->state = KAI_NOTICE_PAID;
  if (notice->state == KAI_NOTICE_PAID && notice->paid_at == 0)
    notice->paid_at = g_get_real_time () / G_USEC_PER_SEC;
  if (notice->state != KAI_NOTICE_PAID
      || !g_str_equal (notice->refusal_code, code_of ("already-paid")))
    return accept_notice (answers, notice, error);
  notice->sync = KAI_SYNC_ACCEPTED; /* and the sentence stays */
  return save_notice (answers, notice, "notice.answer", "accepted", error);
}

/* The question itself was refused, which says nothing about the notice. */
static gboolean
stay_unknown (KaiAnswers *answers, KaiNotice *notice, const KaiRecord *reply, GError **error)
{
  g_autofree char *sentence = kai_answer_describe (reply);

  kai_answers_note_refusal (answers, sentence);
  return save_notice (answers, notice, "notice.answer", "unknown", error);
}

/* The answer to our question: success only when what the server has is ours. */
gboolean
kai_desk_answer_query (KaiAnswers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_load (answers->desk->db, subject, error);
  gboolean found = !kai_record_has (reply, "OriMsgNo");
  g_autofree char *code = NULL;
  g_autofree char *sentence = NULL;

  if (!notice)
    return FALSE;
  if (found && is_ours (answers->desk, notice, reply))
    return take_over_found (answers, notice, reply, error);
  if (!found && !kai_answer_is (reply, "unknown-notice") && !kai_answer_is (reply, "wrong-unit"))
    return stay_unknown (answers, notice, reply, error);
  code = g_strdup (notice->refusal_code);
  sentence = g_strdup (notice->refusal_text);
  /* It is not there, and was refused for a reason of its own: that one stands. */
  if (!found && kai_answer_is (reply, "unknown-notice") && *code
      && !g_str_equal (code, code_of ("code-exists")))
    return refuse_notice (answers, notice, code, sentence, error);
  return refuse_notice (
      answers, notice, code_of ("code-exists"),
      _ ("The finance server has another notice under this payment code. Issue this one "
         "again: it gets a new code."),
      error);
}

gboolean
kai_desk_answer_void (KaiAnswers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_load (answers->desk->db, subject, error);
  g_autofree char *sentence = NULL;

  if (!notice)
    return FALSE;
  if (kai_answer_is_ok (reply) || kai_answer_is (reply, "already-void"))
    {
      notice->sync = KAI_SYNC_ACCEPTED;
      set_refusal (notice, "", "");
      return save_notice (answers, notice, "notice.answer", "void", error);
    }
  /* It does not have what it had taken: is there anything to void? */
  if (kai_answer_is (reply, "unknown-notice") || kai_answer_is_duplicate (reply, "already-void"))
    return ask_about (answers, notice, reply, error);
  notice->sync = KAI_SYNC_ACCEPTED;
  if (kai_answer_is (reply, "already-paid"))
    {
      /* Who paid, when and how comes by its own message. */
      notice->state = KAI_NOTICE_PAID;
      if (notice->paid_at == 0)
        notice->paid_at = g_get_real_time () / G_USEC_PER_SEC;
      set_paid_against_void (notice);
    }
  else
    {
      sentence = kai_answer_describe (reply);
      /* It stands as it stood. */
      if (notice->state == KAI_NOTICE_VOID)
        notice->state = kai_answer_is (reply, "lapsed") ? KAI_NOTICE_LAPSED : KAI_NOTICE_UNPAID;
      kai_notice_set (&notice->void_reason, "");
      set_refusal (notice, kai_record_get (reply, "Result"), sentence);
    }
  kai_answers_note_refusal (answers, notice->refusal_text);
  return save_notice (answers, notice, "notice.answer", notice->refusal_code, error);
}

/* ---- payments ---- */

/* CfmDate and CfmTime are the finance side's local time, China's. */
static gint64
payment_time (const KaiRecord *push)
{
  const char *date = kai_record_get (push, "CfmDate"), *time = kai_record_get (push, "CfmTime");
  g_autoptr (GTimeZone) zone = g_time_zone_new_offset (8 * 3600);
  int day = atoi (date), clock = atoi (time);
  g_autoptr (GDateTime) at = g_date_time_new (zone, day / 10000, day / 100 % 100, day % 100,
                                              clock / 10000, clock / 100 % 100, clock % 100);

  return at ? g_date_time_to_unix (at) : g_get_real_time () / G_USEC_PER_SEC;
}

static gboolean
pay_notice (KaiDesk *desk, KaiNotice *notice, const KaiRecord *push, GError **error)
{
  gint64 amount;

  if (!kai_record_get_money (push, "Amt", &amount, error))
    return FALSE;
  if (notice->state == KAI_NOTICE_PAID && *notice->trace_no)
    return TRUE; /* the first confirmed payment counts; a second is refunded by the server */
  /* It was refused because its code is another notice's: this is the other's payment. */
  if (notice->sync == KAI_SYNC_REFUSED
      && g_str_equal (notice->refusal_code, code_of ("code-exists")))
    return TRUE;
  if (amount != notice->amount)
    {
      set_refusal (
          notice, code_of ("sum-mismatch"),
          _ ("The finance server confirmed a payment of another amount. The notice was not "
             "marked as paid; ask the finance bureau."));
      return kai_notice_store_update (desk->db, notice, error)
             && kai_desk_audit (desk, "notice.payment", "notice", notice->payment_code,
                                "amount differs", error);
    }
  if (notice->state == KAI_NOTICE_VOID
      || (notice->state == KAI_NOTICE_PAID
          && g_str_equal (notice->refusal_code, code_of ("already-paid"))))
    set_paid_against_void (notice);
  else
    set_refusal (notice, "", "");
  notice->state = KAI_NOTICE_PAID;
  notice->sync = KAI_SYNC_ACCEPTED;
  notice->paid_at = payment_time (push);
  notice->pay_channel = atoi (kai_record_get (push, "PayMode"));
  kai_notice_set (&notice->paid_by, kai_record_get (push, "PayerName"));
  kai_notice_set (&notice->trace_no, kai_record_get (push, "TraNoBus"));
  return kai_notice_store_update (desk->db, notice, error)
         && kai_desk_audit (desk, "notice.payment", "notice", notice->payment_code, "paid", error);
}

gboolean
kai_desk_apply_payment (KaiDesk *desk, const KaiRecord *push, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (KaiNotice) notice =
      kai_notice_store_find_head (desk->db, kai_record_get (push, "PayCode"), &local);

  if (notice)
    return pay_notice (desk, notice, push, error);
  /* Another desk of the unit issued it. */
  if (g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
