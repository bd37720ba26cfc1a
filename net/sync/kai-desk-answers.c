/* What answers and pushes do: each message's answer is applied in one transaction together with the
 * messages that follow from it. */
#include "sync/kai-desk-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "store/kai-notice-store.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

/* Gathers what the answers of one message lead to. */
typedef struct
{
  KaiDesk *desk;
  KaiMessage *next; /* 8981 or 8982 or 8997, NULL */
  GArray *next_subjects;
  int refused;
} Answers;

typedef gboolean (*AnswerFunc) (Answers *answers, gint64 subject, const KaiRecord *reply,
                                GError **error);

static gboolean
is_ok (const KaiRecord *reply)
{
  return g_str_equal (kai_record_get (reply, "Result"), KAI_RESULT_OK);
}

/* The sentence for a refused voucher: ours for a known code, else the server's words. */
static char *
describe (const KaiRecord *reply)
{
  const char *words = kai_record_get (reply, "AddWord");

  if (!*words)
    words = kai_record_get (reply, "Msg");
  return kai_result_code_describe (kai_record_get (reply, "Result"), words);
}

static gboolean
result_is (const KaiRecord *reply, const char *symbol)
{
  return g_str_equal (kai_record_get (reply, "Result"), kai_result_code_by_symbol (symbol)->code);
}

static KaiMessage *
next_message (Answers *answers, const char *number)
{
  if (!answers->next)
    answers->next = kai_desk_new_message (answers->desk, number);
  return answers->next;
}

/* ---- notices ---- */

static gboolean
save_notice (Answers *answers, KaiNotice *notice, const char *action, const char *outcome,
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

/* The server has it. A void that waits in the outbox has the last word on the sync state. */
static gboolean
accept_notice (Answers *answers, KaiNotice *notice, GError **error)
{
  notice->sync = notice->state == KAI_NOTICE_VOID ? KAI_SYNC_SIGNED : KAI_SYNC_ACCEPTED;
  set_refusal (notice, "", "");
  return save_notice (answers, notice, "notice.answer", "accepted", error);
}

/* The server does not have it, or has another under its code: there is nothing to void there. */
static gboolean
refuse_notice (Answers *answers, KaiNotice *notice, const char *code, const char *sentence,
               GError **error)
{
  notice->sync = KAI_SYNC_REFUSED;
  set_refusal (notice, code, sentence);
  answers->refused++;
  return kai_outbox_withdraw (answers->desk->db, "8641", notice->id, error)
         && save_notice (answers, notice, "notice.answer", code, error);
}

/* Is it ours that the server has? Its copy is asked for before anything is decided. */
static gboolean
ask_about (Answers *answers, KaiNotice *notice, GError **error)
{
  KaiRecord *voucher = kai_desk_add_voucher (next_message (answers, "8997"));

  kai_record_set (voucher, "PayCode", notice->payment_code);
  kai_record_set (voucher, "PayMode", "1");
  g_array_append_val (answers->next_subjects, notice->id);
  notice->sync = KAI_SYNC_UNKNOWN;
  return save_notice (answers, notice, "notice.answer", "unknown", error);
}

static gboolean
answer_issue (Answers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_load (answers->desk->db, subject, error);
  g_autofree char *sentence = NULL;

  if (!notice)
    return FALSE;
  if (is_ok (reply))
    {
      kai_notice_set (&notice->check_code, kai_record_get (reply, "Information"));
      return accept_notice (answers, notice, error);
    }
  if (result_is (reply, "code-exists"))
    return ask_about (answers, notice, error);
  sentence = describe (reply);
  return refuse_notice (answers, notice, kai_record_get (reply, "Result"), sentence, error);
}

/* 5997 after "code-exists": success only when payer, amount and content agree. */
static gboolean
answer_query (Answers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  KaiDesk *desk = answers->desk;
  g_autoptr (KaiNotice) notice = kai_notice_store_load (desk->db, subject, error);
  g_autofree char *info = NULL;
  gint64 amount = 0;
  gboolean same;

  if (!notice)
    return FALSE;
  info = kai_notice_build_pay_info (notice, desk->profile->pay_info_separator);
  same = !kai_record_has (reply, "OriMsgNo")
         && g_str_equal (kai_record_get (reply, "PayCode"), notice->payment_code)
         && g_str_equal (kai_record_get (reply, "ChgAgenCode"), notice->unit_code)
         && g_str_equal (kai_record_get (reply, "PayerName"), notice->payer_name)
         && g_str_equal (kai_record_get (reply, "PayInfo"), info)
         && kai_record_get_money (reply, "Amt", &amount, NULL) && amount == notice->amount;
  if (same)
    {
      /* A store restored from a backup may have missed the payment; its details come with its push, when there is one. */
      if (g_str_equal (kai_record_get (reply, "PayStats"), "1"))
        notice->state = KAI_NOTICE_PAID;
      if (notice->state == KAI_NOTICE_PAID && notice->paid_at == 0)
        notice->paid_at = g_get_real_time () / G_USEC_PER_SEC;
      return accept_notice (answers, notice, error);
    }
  return refuse_notice (
      answers, notice, kai_result_code_by_symbol ("code-exists")->code,
      _ ("The finance server has another notice under this payment code. Issue this one "
         "again: it gets a new code."),
      error);
}

static gboolean
answer_void (Answers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_load (answers->desk->db, subject, error);
  g_autofree char *sentence = NULL;

  if (!notice)
    return FALSE;
  if (is_ok (reply) || result_is (reply, "already-void"))
    {
      notice->sync = KAI_SYNC_ACCEPTED;
      set_refusal (notice, "", "");
      return save_notice (answers, notice, "notice.answer", "void", error);
    }
  sentence = describe (reply);
  /* It stands as it stood; a payment that made the server refuse comes by its own message. */
  if (notice->state == KAI_NOTICE_VOID)
    notice->state = KAI_NOTICE_UNPAID;
  notice->sync = KAI_SYNC_ACCEPTED;
  kai_notice_set (&notice->void_reason, "");
  set_refusal (notice, kai_record_get (reply, "Result"), sentence);
  answers->refused++;
  return save_notice (answers, notice, "notice.answer", notice->refusal_code, error);
}

/* ---- e-bills ---- */

static gboolean
refuse_ebill (Answers *answers, KaiEbillRecord *record, const char *code, const char *sentence,
              GError **error)
{
  record->sync = KAI_SYNC_REFUSED;
  kai_notice_set (&record->refusal_code, code);
  kai_notice_set (&record->refusal_text, sentence);
  answers->refused++;
  return kai_ebill_store_update (answers->desk->db, record, error)
         && kai_desk_audit (answers->desk, "ebill.answer", "notice", record->payment_code, code,
                            error);
}

/* After a refused swap the server gives the same notice the same number again. *free FALSE when it belongs to another notice. */
static gboolean
claim_number (Answers *answers, const KaiEbillRecord *record, const char *number, gboolean *free,
              GError **error)
{
  KaiDatabase *db = answers->desk->db;
  g_autoptr (GError) local = NULL;
  g_autoptr (KaiEbillRecord) holder = kai_ebill_store_find_by_number (db, number, &local);

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  *free = !holder || holder->id == record->id
          || (holder->notice_id == record->notice_id && holder->sync == KAI_SYNC_REFUSED);
  if (!*free || !holder || holder->id == record->id)
    return TRUE;
  return kai_ebill_store_release_number (db, holder->id, error);
}

static gboolean
answer_number (Answers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  KaiDesk *desk = answers->desk;
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_load (desk->db, subject, error);
  const KaiBillType *type;
  g_autofree char *sentence = NULL;
  gboolean free;
  g_autoptr (GError) local = NULL;

  if (!record)
    return FALSE;
  sentence = describe (reply);
  if (!is_ok (reply))
    return refuse_ebill (answers, record, kai_record_get (reply, "Result"), sentence, error);
  if (!claim_number (answers, record, kai_record_get (reply, "Information"), &free, error))
    return FALSE;
  type = kai_base_data_find_bill_type (desk->base, record->bill_type);
  if (!free || !type || !kai_ebill_number_is_valid (kai_record_get (reply, "Information")))
    return refuse_ebill (
        answers, record, KAI_RESULT_FAILED,
        _ ("The finance server gave no usable e-bill number. Tell the finance bureau."), error);
  kai_notice_set (&record->code, type->ebill_code);
  kai_notice_set (&record->number, kai_record_get (reply, "Information"));
  kai_notice_set (&record->check_code, kai_record_get (reply, "Hold1"));
  record->sync = KAI_SYNC_RESERVED;
  if (!kai_ebill_store_update (desk->db, record, error))
    return FALSE;
  if (!kai_desk_sign_ebill (desk, record, next_message (answers, "8981"), &local))
    {
      /* Content that breaks the rules is this one's trouble; a store or key that fails is everybody's. */
      if (!g_error_matches (local, KAI_NET_ERROR, KAI_NET_ERROR_FIELD)
          && !g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      return refuse_ebill (answers, record, KAI_RESULT_FAILED, local->message, error);
    }
  g_array_append_val (answers->next_subjects, record->id);
  return TRUE;
}

static gboolean
answer_swap (Answers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  KaiDesk *desk = answers->desk;
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_load (desk->db, subject, error);
  g_autofree char *sentence = NULL;

  if (!record)
    return FALSE;
  if (!is_ok (reply))
    {
      sentence = describe (reply);
      return refuse_ebill (answers, record, kai_record_get (reply, "Result"), sentence, error);
    }
  record->sync = KAI_SYNC_ACCEPTED;
  kai_notice_set (&record->url, kai_record_get (reply, "Invoice_Url"));
  kai_notice_set (&record->refusal_code, "");
  kai_notice_set (&record->refusal_text, "");
  kai_desk_add_fetch (desk, record, next_message (answers, "8982"));
  g_array_append_val (answers->next_subjects, record->id);
  return kai_ebill_store_update (desk->db, record, error)
         && kai_desk_audit (desk, "ebill.answer", "notice", record->payment_code, "accepted",
                            error);
}

static gboolean
answer_file (Answers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  KaiDesk *desk = answers->desk;
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_load (desk->db, subject, error);
  g_autofree char *sentence = NULL;
  g_autoptr (GError) local = NULL;

  if (!record)
    return FALSE;
  if (!is_ok (reply))
    sentence = describe (reply);
  else if (!kai_desk_accept_file (desk, record, kai_record_get (reply, "Invoicefiledata"), &local))
    sentence = g_strdup (local->message);
  /* The e-bill stands whether or not its file came; the reason is shown with it. */
  kai_notice_set (&record->refusal_text, sentence);
  if (sentence)
    answers->refused++;
  return kai_ebill_store_update (desk->db, record, error)
         && kai_desk_audit (desk, "ebill.file", "notice", record->payment_code,
                            sentence ? "refused" : "kept", error);
}

/* ---- stock ---- */

static gboolean
answer_stock (Answers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  KaiDesk *desk = answers->desk;
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, subject);
  g_autofree char *sentence = NULL;

  if (is_ok (reply))
    return kai_stock_move_accepted (desk->db, subject, error)
           && kai_desk_audit (desk, "stock.answer", "movement", id, "accepted", error);
  sentence = describe (reply);
  answers->refused++;
  return kai_stock_move_refused (desk->db, subject, kai_record_get (reply, "Result"), sentence,
                                 error)
         && kai_desk_audit (desk, "stock.answer", "movement", id, kai_record_get (reply, "Result"),
                            error);
}

static const struct
{
  const char *number;
  const char *answers[3];
  AnswerFunc apply;
} handlers[] = {
  { "8994", { "5001" }, answer_issue }, { "8997", { "5997", "5001" }, answer_query },
  { "8641", { "5001" }, answer_void },  { "8999", { "5001" }, answer_number },
  { "8981", { "5981" }, answer_swap },  { "8982", { "5982" }, answer_file },
  { "8614", { "5001" }, answer_stock }, { "8618", { "5001" }, answer_stock },
  { "8619", { "5001" }, answer_stock }, { "8620", { "5001" }, answer_stock },
  { "8622", { "5001" }, answer_stock },
};

static int
find_handler (const char *number)
{
  for (guint i = 0; i < G_N_ELEMENTS (handlers); i++)
    if (g_str_equal (handlers[i].number, number))
      return i;
  return -1;
}

static gboolean
check_answer (int handler, const KaiOutboxMessage *out, const KaiMessage *answer, GError **error)
{
  if (handler < 0)
    return kai_net_fail (error, KAI_NET_ERROR_REPLY,
                         _ ("The outbox holds a message %s that this program does not know."),
                         out->msg_no);
  if (!g_strv_contains (handlers[handler].answers, answer->number))
    return kai_net_fail (
        error, KAI_NET_ERROR_REPLY,
        _ ("The finance server answered message %s with %s, which is not its answer."), out->msg_no,
        answer->number);
  if (answer->vouchers->len != out->subjects->len)
    return kai_net_fail (error, KAI_NET_ERROR_REPLY,
                         _ ("The finance server's answer has %u results for %u entries."),
                         answer->vouchers->len, out->subjects->len);
  return TRUE;
}

/* The message that follows from the answers, when there is one. */
static gboolean
post_next (Answers *answers, const KaiOutboxMessage *out, GError **error)
{
  return !answers->next || answers->next->vouchers->len == 0
         || kai_desk_post (answers->desk, answers->next, out->batch_id, answers->next_subjects,
                           error);
}

static gboolean
apply_all (Answers *answers, int handler, const KaiOutboxMessage *out, const KaiMessage *answer,
           GError **error)
{
  for (guint i = 0; i < out->subjects->len; i++)
    if (!handlers[handler].apply (answers, g_array_index (out->subjects, gint64, i),
                                  answer->vouchers->pdata[i], error))
      return FALSE;
  return post_next (answers, out, error)
         && kai_outbox_mark_answered (answers->desk->db, out->id, error);
}

gboolean
kai_desk_apply_answer (KaiDesk *desk, const KaiOutboxMessage *out, const KaiMessage *answer,
                       int *refused, GError **error)
{
  g_autoptr (GArray) next_subjects = g_array_new (FALSE, FALSE, sizeof (gint64));
  Answers answers = { .desk = desk, .next_subjects = next_subjects };
  int handler = find_handler (out->msg_no);
  gboolean ok;

  if (!check_answer (handler, out, answer, error) || !kai_database_begin (desk->db, error))
    return FALSE;
  ok = apply_all (&answers, handler, out, answer, error);
  g_clear_pointer (&answers.next, kai_message_free);
  if (!ok)
    {
      kai_database_rollback (desk->db);
      return FALSE;
    }
  if (!kai_database_commit (desk->db, error))
    return FALSE;
  *refused += answers.refused;
  return TRUE;
}

/* ---- a message refused as a whole ---- */

static gboolean
refuse_subject (Answers *answers, const char *number, gint64 subject, const KaiRecord *reply,
                GError **error)
{
  int handler = find_handler (number);

  return handler < 0 || handlers[handler].apply (answers, subject, reply, error);
}

gboolean
kai_desk_apply_refusal (KaiDesk *desk, const KaiOutboxMessage *out, const char *result,
                        const char *sentence, GError **error)
{
  g_autoptr (GArray) next_subjects = g_array_new (FALSE, FALSE, sizeof (gint64));
  Answers answers = { .desk = desk, .next_subjects = next_subjects };
  g_autoptr (KaiRecord) reply = kai_record_new ();
  gboolean ok = TRUE;

  kai_record_set (reply, "OriMsgNo", out->msg_no);
  kai_record_set (reply, "Result", result);
  kai_record_set (reply, "AddWord", sentence);
  if (!kai_database_begin (desk->db, error))
    return FALSE;
  for (guint i = 0; ok && i < out->subjects->len; i++)
    ok = refuse_subject (&answers, out->msg_no, g_array_index (out->subjects, gint64, i), reply,
                         error);
  ok = ok && post_next (&answers, out, error)
       && kai_outbox_mark_refused (desk->db, out->id, sentence, error);
  g_clear_pointer (&answers.next, kai_message_free);
  if (ok)
    return kai_database_commit (desk->db, error);
  kai_database_rollback (desk->db);
  return FALSE;
}

/* ---- on its way ---- */

gboolean
kai_desk_mark_sent (KaiDesk *desk, const KaiOutboxMessage *out, GError **error)
{
  gboolean ok = TRUE;

  if (!kai_database_begin (desk->db, error))
    return FALSE;
  ok = kai_outbox_mark_try (desk->db, out->id, error);
  for (guint i = 0; ok && out->attempts == 0 && i < out->subjects->len; i++)
    {
      gint64 id = g_array_index (out->subjects, gint64, i);

      if (g_str_equal (out->msg_no, "8994"))
        {
          g_autoptr (KaiNotice) notice = kai_notice_store_load (desk->db, id, error);

          if (notice && notice->sync == KAI_SYNC_SIGNED)
            {
              notice->sync = KAI_SYNC_SENT;
              ok = kai_notice_store_update (desk->db, notice, error);
            }
          else
            ok = notice != NULL;
        }
      else if (g_str_equal (out->msg_no, "8981"))
        {
          g_autoptr (KaiEbillRecord) record = kai_ebill_store_load (desk->db, id, error);

          if (record)
            record->sync = KAI_SYNC_SENT;
          ok = record && kai_ebill_store_update (desk->db, record, error);
        }
    }
  if (!ok)
    {
      kai_database_rollback (desk->db);
      return FALSE;
    }
  return kai_database_commit (desk->db, error);
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
  if (amount != notice->amount)
    {
      set_refusal (
          notice, kai_result_code_by_symbol ("sum-mismatch")->code,
          _ ("The finance server confirmed a payment of another amount. The notice was not "
             "marked as paid; ask the finance bureau."));
      return kai_notice_store_update (desk->db, notice, error)
             && kai_desk_audit (desk, "notice.payment", "notice", notice->payment_code,
                                "amount differs", error);
    }
  if (notice->state == KAI_NOTICE_VOID)
    set_refusal (
        notice, kai_result_code_by_symbol ("already-paid")->code,
        _ ("It was paid before the finance server learned that it was void: it counts as paid. "
           "Apply for a refund if the money is to go back."));
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
      kai_notice_store_find (desk->db, kai_record_get (push, "PayCode"), &local);

  if (notice)
    return pay_notice (desk, notice, push, error);
  /* Another desk of the unit issued it. */
  if (g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
