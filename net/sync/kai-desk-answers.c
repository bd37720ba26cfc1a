/* What answers do: each message's answer is applied in one transaction together with the messages that follow from it. */
#include "sync/kai-desk-answers-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "store/kai-notice-store.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

/* ---- for those who decide ---- */

gboolean
kai_answer_is_ok (const KaiRecord *reply)
{
  return g_str_equal (kai_record_get (reply, "Result"), KAI_RESULT_OK);
}

char *
kai_answer_describe (const KaiRecord *reply)
{
  const char *words = kai_record_get (reply, "AddWord");

  if (!*words)
    words = kai_record_get (reply, "Msg");
  return kai_result_code_describe (kai_record_get (reply, "Result"), words);
}

gboolean
kai_answer_is (const KaiRecord *reply, const char *symbol)
{
  return g_str_equal (kai_record_get (reply, "Result"), kai_result_code_by_symbol (symbol)->code);
}

gboolean
kai_answer_is_duplicate (const KaiRecord *reply, const char *symbol)
{
  return kai_answer_is (reply, symbol) || kai_answer_is (reply, "id-reused")
         || kai_answer_is (reply, "replayed");
}

typedef struct
{
  KaiMessage *message;
  GArray *subjects;
} Next;

static void
next_free (Next *next)
{
  kai_message_free (next->message);
  g_array_unref (next->subjects);
  g_free (next);
}

KaiMessage *
kai_answers_next (KaiAnswers *answers, const char *number, GArray **subjects)
{
  Next *next = NULL;

  for (guint i = 0; i < answers->next->len; i++)
    {
      next = answers->next->pdata[i];
      if (g_str_equal (next->message->number, number))
        {
          *subjects = next->subjects;
          return next->message;
        }
    }
  next = g_new0 (Next, 1);
  next->message = kai_desk_new_message (answers->desk, number);
  next->subjects = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_ptr_array_add (answers->next, next);
  *subjects = next->subjects;
  return next->message;
}

void
kai_answers_note_refusal (KaiAnswers *answers, const char *sentence)
{
  answers->refused++;
  g_free (answers->refusals->pdata[answers->position]);
  answers->refusals->pdata[answers->position] = g_strdup (sentence);
}

static void
answers_init (KaiAnswers *answers, KaiDesk *desk, guint n)
{
  *answers = (KaiAnswers){ .desk = desk };
  answers->next = g_ptr_array_new_with_free_func ((GDestroyNotify)next_free);
  answers->refusals = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_set_size (answers->refusals, (int)n);
}

static void
answers_clear (KaiAnswers *answers)
{
  g_ptr_array_unref (answers->next);
  g_ptr_array_unref (answers->refusals);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KaiAnswers, answers_clear)

/* ---- stock ---- */

static gboolean
answer_stock (KaiAnswers *answers, gint64 subject, const KaiRecord *reply, GError **error)
{
  KaiDesk *desk = answers->desk;
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, subject);
  g_autofree char *sentence = NULL;

  if (kai_answer_is_ok (reply))
    return kai_stock_move_accepted (desk->db, subject, error)
           && kai_desk_audit (desk, "stock.answer", "movement", id, "accepted", error);
  sentence = kai_answer_describe (reply);
  kai_answers_note_refusal (answers, sentence);
  return kai_stock_move_refused (desk->db, subject, kai_record_get (reply, "Result"), sentence,
                                 error)
         && kai_desk_forget_stock (desk, error) /* boxes are to be whole again */
         && kai_desk_audit (desk, "stock.answer", "movement", id, kai_record_get (reply, "Result"),
                            error);
}

static const struct
{
  const char *number;
  const char *answers[3];
  KaiAnswerFunc apply;
} handlers[] = {
  { "8994", { "5001" }, kai_desk_answer_issue },
  { "8997", { "5997", "5001" }, kai_desk_answer_query },
  { "8641", { "5001" }, kai_desk_answer_void },
  { "8999", { "5001" }, kai_desk_answer_number },
  { "8981", { "5981" }, kai_desk_answer_swap },
  { "8632", { "5632", "5001" }, kai_desk_answer_ebill_state },
  { "8982", { "5982" }, kai_desk_answer_file },
  { "8614", { "5001" }, answer_stock },
  { "8618", { "5001" }, answer_stock },
  { "8619", { "5001" }, answer_stock },
  { "8620", { "5001" }, answer_stock },
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

/* The messages that follow from the answers. */
static gboolean
post_next (KaiAnswers *answers, const KaiOutboxMessage *out, GError **error)
{
  for (guint i = 0; i < answers->next->len; i++)
    {
      Next *next = answers->next->pdata[i];

      if (next->message->vouchers->len > 0
          && !kai_desk_post (answers->desk, next->message, out->batch_id, next->subjects, error))
        return FALSE;
    }
  return TRUE;
}

/* What was refused stays in the queue until somebody has dealt with it. */
static gboolean
keep_refusals (KaiAnswers *answers, const KaiOutboxMessage *out, GError **error)
{
  for (guint i = 0; i < answers->refusals->len; i++)
    {
      const char *sentence = answers->refusals->pdata[i];

      if (sentence
          && !kai_outbox_mark_subject_refused (answers->desk->db, out->id, (int)i, sentence, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
apply_all (KaiAnswers *answers, int handler, const KaiOutboxMessage *out, const KaiMessage *answer,
           GError **error)
{
  for (guint i = 0; i < out->subjects->len; i++)
    {
      answers->position = (int)i;
      if (!handlers[handler].apply (answers, g_array_index (out->subjects, gint64, i),
                                    answer->vouchers->pdata[i], error))
        return FALSE;
    }
  return post_next (answers, out, error)
         && kai_outbox_mark_answered (answers->desk->db, out->id, error)
         && keep_refusals (answers, out, error);
}

gboolean
kai_desk_apply_answer (KaiDesk *desk, const KaiOutboxMessage *out, const KaiMessage *answer,
                       int *refused, GError **error)
{
  g_auto (KaiAnswers) answers = { NULL };
  int handler = find_handler (out->msg_no);

  answers_init (&answers, desk, out->subjects->len);
  if (!check_answer (handler, out, answer, error) || !kai_database_begin (desk->db, error))
    return FALSE;
  if (!apply_all (&answers, handler, out, answer, error))
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
refuse_all (KaiAnswers *answers, const KaiOutboxMessage *out, const KaiRecord *reply,
            GError **error)
{
  int handler = find_handler (out->msg_no);
  gboolean open = FALSE;

  for (guint i = 0; i < out->subjects->len; i++)
    {
      answers->position = (int)i;
      if (handler >= 0
          && !handlers[handler].apply (answers, g_array_index (out->subjects, gint64, i), reply,
                                       error))
        return FALSE;
      open |= answers->refusals->pdata[i] != NULL;
    }
  if (!post_next (answers, out, error))
    return FALSE;
  /* Where all are asked about, nothing is refused yet. */
  if (!open)
    return kai_outbox_mark_answered (answers->desk->db, out->id, error);
  return kai_outbox_mark_refused (answers->desk->db, out->id, kai_record_get (reply, "AddWord"),
                                  error)
         && keep_refusals (answers, out, error);
}

gboolean
kai_desk_apply_refusal (KaiDesk *desk, const KaiOutboxMessage *out, const char *result,
                        const char *sentence, int *refused, GError **error)
{
  g_auto (KaiAnswers) answers = { NULL };
  g_autoptr (KaiRecord) reply = kai_record_new ();

  answers_init (&answers, desk, out->subjects->len);
  kai_record_set (reply, "OriMsgNo", out->msg_no);
  kai_record_set (reply, "Result", result);
  kai_record_set (reply, "AddWord", sentence);
  if (!kai_database_begin (desk->db, error))
    return FALSE;
  if (!refuse_all (&answers, out, reply, error))
    {
      kai_database_rollback (desk->db);
      return FALSE;
    }
  if (!kai_database_commit (desk->db, error))
    return FALSE;
  *refused += answers.refused;
  return TRUE;
}

/* ---- on its way ---- */

/* The state of what the message is about goes from @from to @to; what is in another state stays as it is. */
static gboolean
step_notice (KaiDesk *desk, gint64 id, KaiSyncState from, KaiSyncState to, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_load (desk->db, id, error);

  if (!notice || notice->sync != from)
    return notice != NULL;
  notice->sync = to;
  return kai_notice_store_update (desk->db, notice, error);
}

static gboolean
step_ebill (KaiDesk *desk, gint64 id, KaiSyncState from, KaiSyncState to, GError **error)
{
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_load (desk->db, id, error);

  if (!record || record->sync != from)
    return record != NULL;
  record->sync = to;
  return kai_ebill_store_update (desk->db, record, error);
}

static gboolean
step_subjects (KaiDesk *desk, const KaiOutboxMessage *out, KaiSyncState from, KaiSyncState to,
               GError **error)
{
  gboolean notices = g_str_equal (out->msg_no, "8994"), ok = TRUE;

  /* It was sent before: that stays true whatever happens this time. */
  if (out->attempts > 0 || (!notices && !g_str_equal (out->msg_no, "8981")))
    return TRUE;
  for (guint i = 0; ok && i < out->subjects->len; i++)
    {
      gint64 id = g_array_index (out->subjects, gint64, i);

      ok = notices ? step_notice (desk, id, from, to, error)
                   : step_ebill (desk, id, from, to, error);
    }
  return ok;
}

static gboolean
end_step (KaiDesk *desk, gboolean ok, GError **error)
{
  if (ok)
    return kai_database_commit (desk->db, error);
  kai_database_rollback (desk->db);
  return FALSE;
}

gboolean
kai_desk_mark_sent (KaiDesk *desk, const KaiOutboxMessage *out, GError **error)
{
  return kai_database_begin (desk->db, error)
         && end_step (desk,
                      kai_outbox_mark_try (desk->db, out->id, error)
                          && step_subjects (desk, out, KAI_SYNC_SIGNED, KAI_SYNC_SENT, error),
                      error);
}

gboolean
kai_desk_mark_failed (KaiDesk *desk, const KaiOutboxMessage *out, gboolean left,
                      const char *sentence, gint64 next_try_at, GError **error)
{
  return kai_database_begin (desk->db, error)
         && end_step (
             desk,
             (left
              || (kai_outbox_unmark_try (desk->db, out->id, error)
                  && step_subjects (desk, out, KAI_SYNC_SENT, KAI_SYNC_SIGNED, error)))
                 && kai_outbox_mark_failed (desk->db, out->id, sentence, next_try_at, error),
             error);
}
