/* What answers do to e-bills: the number, the swap, its state where it is not known, the file. */
#include "sync/kai-desk-answers-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

static gboolean
refuse_ebill (KaiAnswers *answers, KaiEbillRecord *record, const char *code, const char *sentence,
              GError **error)
{
  record->sync = KAI_SYNC_REFUSED;
  kai_notice_set (&record->refusal_code, code);
  kai_notice_set (&record->refusal_text, sentence);
  kai_answers_note_refusal (answers, sentence);
  return kai_ebill_store_update (answers->desk->db, record, error)
         && kai_desk_audit (answers->desk, "ebill.answer", "notice", record->payment_code, code,
                            error);
}

/* After a refused swap the server gives the same notice the same number again. *free FALSE when it belongs to another notice. */
static gboolean
claim_number (KaiAnswers *answers, const KaiEbillRecord *record, const char *number, gboolean *free,
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

gboolean
kai_desk_answer_number (KaiAnswers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  KaiDesk *desk = answers->desk;
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_load (desk->db, subject, error);
  const KaiBillType *type;
  g_autofree char *sentence = NULL;
  gboolean free;
  GArray *subjects;
  g_autoptr (GError) local = NULL;

  if (!record)
    return FALSE;
  sentence = kai_answer_describe (reply);
  if (!kai_answer_is_ok (reply))
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
  if (!kai_desk_sign_ebill (desk, record, kai_answers_next (answers, "8981", &subjects), &local))
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
  g_array_append_val (subjects, record->id);
  return TRUE;
}

static gboolean
save_ebill (KaiAnswers *answers, KaiEbillRecord *record, const char *outcome, GError **error)
{
  return kai_ebill_store_update (answers->desk->db, record, error)
         && kai_desk_audit (answers->desk, "ebill.answer", "notice", record->payment_code, outcome,
                            error);
}

static void
fetch_file (KaiAnswers *answers, const KaiEbillRecord *record)
{
  GArray *subjects;
  KaiMessage *message = kai_answers_next (answers, "8982", &subjects);

  kai_desk_add_fetch (answers->desk, record, message);
  g_array_append_val (subjects, record->id);
}

static void
accept_ebill (KaiEbillRecord *record)
{
  record->sync = KAI_SYNC_ACCEPTED;
  kai_notice_set (&record->refusal_code, "");
  kai_notice_set (&record->refusal_text, "");
}

gboolean
kai_desk_ask_ebill (KaiDesk *desk, KaiEbillRecord *record, KaiMessage *message, GArray *subjects,
                    GError **error)
{
  KaiRecord *voucher = kai_desk_add_voucher (message);

  kai_record_set (voucher, "ChgAgenCode", desk->unit_code);
  kai_record_set (voucher, "EInvoiceCode", record->code);
  kai_record_set (voucher, "BillNo", record->number);
  g_array_append_val (subjects, record->id);
  record->sync = KAI_SYNC_UNKNOWN;
  return kai_ebill_store_update (desk->db, record, error)
         && kai_desk_audit (desk, "ebill.answer", "notice", record->payment_code, "unknown", error);
}

gboolean
kai_desk_answer_swap (KaiAnswers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_load (answers->desk->db, subject, error);
  g_autofree char *sentence = NULL;

  if (!record)
    return FALSE;
  if (kai_answer_is_ok (reply))
    {
      accept_ebill (record);
      kai_notice_set (&record->url, kai_record_get (reply, "Invoice_Url"));
      fetch_file (answers, record);
      return save_ebill (answers, record, "accepted", error);
    }
  sentence = kai_answer_describe (reply);
  if (kai_answer_is_duplicate (reply, "already-swapped"))
    {
      GArray *subjects;
      KaiMessage *question = kai_answers_next (answers, "8632", &subjects);

      kai_notice_set (&record->refusal_code, kai_record_get (reply, "Result"));
      kai_notice_set (&record->refusal_text, sentence);
      return kai_desk_ask_ebill (answers->desk, record, question, subjects, error);
    }
  return refuse_ebill (answers, record, kai_record_get (reply, "Result"), sentence, error);
}

/* The answer to our question (8632). That the number was issued for this notice is not enough: the file says whether it is what was signed
 * here. */
gboolean
kai_desk_answer_ebill_state (KaiAnswers *answers, gint64 subject, const KaiRecord *reply,
                             GError **error)
{
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_load (answers->desk->db, subject, error);
  g_autofree char *sentence = NULL;
  g_autofree char *code = NULL;

  if (!record)
    return FALSE;
  if (kai_answer_is_ok (reply) && g_str_equal (kai_record_get (reply, "State"), "1")
      && g_str_equal (kai_record_get (reply, "BillNo"), record->number)
      && g_str_equal (kai_record_get (reply, "PayCode"), record->payment_code))
    {
      kai_notice_set (&record->url, kai_record_get (reply, "Invoice_Url"));
      fetch_file (answers, record);
      return kai_ebill_store_update (answers->desk->db, record, error);
    }
  if (!kai_answer_is_ok (reply) && !kai_answer_is (reply, "unknown-number")
      && !kai_answer_is (reply, "number-not-yours"))
    {
      sentence = kai_answer_describe (reply);
      kai_answers_note_refusal (answers, sentence);
      return save_ebill (answers, record, "unknown", error); /* it may be asked again */
    }
  code = g_strdup (*record->refusal_code ? record->refusal_code : kai_record_get (reply, "Result"));
  sentence = *record->refusal_text ? g_strdup (record->refusal_text) : kai_answer_describe (reply);
  return refuse_ebill (answers, record, code, sentence, error);
}

/* The file of an e-bill that the server had already: it decides whether that is ours. */
static gboolean
settle_by_file (KaiAnswers *answers, KaiEbillRecord *record, const KaiRecord *reply,
                const char *trouble, GError **error)
{
  if (!trouble)
    {
      accept_ebill (record);
      return save_ebill (answers, record, "accepted", error);
    }
  if (kai_answer_is_ok (reply))
    return refuse_ebill (answers, record, kai_result_code_by_symbol ("already-swapped")->code,
                         trouble, error);
  kai_answers_note_refusal (answers, trouble);
  return save_ebill (answers, record, "unknown", error);
}

gboolean
kai_desk_answer_file (KaiAnswers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  KaiDesk *desk = answers->desk;
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_load (desk->db, subject, error);
  g_autofree char *sentence = NULL;
  g_autoptr (GError) local = NULL;

  if (!record)
    return FALSE;
  if (!kai_answer_is_ok (reply))
    sentence = kai_answer_describe (reply);
  else if (!kai_desk_accept_file (desk, record, kai_record_get (reply, "Invoicefiledata"), &local))
    sentence = g_strdup (local->message);
  if (record->sync == KAI_SYNC_UNKNOWN)
    return settle_by_file (answers, record, reply, sentence, error);
  /* The e-bill stands whether or not its file came; the reason is shown with it. */
  kai_notice_set (&record->refusal_text, sentence);
  if (sentence)
    kai_answers_note_refusal (answers, sentence);
  return kai_ebill_store_update (desk->db, record, error)
         && kai_desk_audit (desk, "ebill.file", "notice", record->payment_code,
                            sentence ? "refused" : "kept", error);
}
