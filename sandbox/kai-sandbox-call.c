/* Answers to vouchers in the form that their message asks for. */
#include "kai-sandbox-call.h"

void
kai_call_free (KaiCall *call)
{
  if (!call)
    return;
  g_free (call->user);
  g_free (call->unit);
  X509_free (call->certificate);
  g_clear_pointer (&call->request, kai_message_free);
  g_free (call);
}

/* Fields that an answer must hold also when it has nothing to say. */
static void
fill_required (KaiCall *call, KaiRecord *answer)
{
  if (g_str_equal (call->answer, "5002"))
    kai_record_take (answer, "ServerTime", kai_sandbox_format_time (call->now));
  else if (g_str_equal (call->answer, "5632"))
    {
      kai_record_set (answer, "EInvoiceCode", "00000000");
      kai_record_set (answer, "BillNo", "0000000000");
      kai_record_set (answer, "State", "0");
    }
  else if (g_str_equal (call->answer, "5901"))
    kai_record_set (answer, "Full", "0");
  else if (g_str_equal (call->answer, "5902"))
    {
      kai_record_set (answer, "More", "0");
      kai_record_set (answer, "RetryAfter", "5");
    }
}

static KaiRecord *
make_answer (KaiCall *call, const char *code, const char *sentence)
{
  KaiRecord *answer = kai_record_new ();
  gboolean general = g_str_equal (call->answer, "5001");

  if (general)
    kai_record_set (answer, "OriMsgNo", call->request->number);
  kai_record_set (answer, "Result", code);
  if (!g_str_equal (call->answer, "5698")) /* it has no words */
    kai_record_set (answer, general ? "AddWord" : "Msg", sentence);
  fill_required (call, answer);
  return answer;
}

KaiRecord *
kai_call_refuse (KaiCall *call, const char *symbol, const char *format, ...)
{
  const KaiResultCode *code = kai_result_code_by_symbol (symbol);
  g_autofree char *detail = NULL, *sentence = NULL;
  va_list args;

  if (!format)
    return make_answer (call, code->code, code->zh);
  va_start (args, format);
  detail = g_strdup_vprintf (format, args);
  va_end (args);
  sentence = g_strdup_printf ("%s（%s）", code->zh, detail);
  return make_answer (call, code->code, sentence);
}

KaiRecord *
kai_call_accept (KaiCall *call)
{
  return make_answer (call, KAI_RESULT_OK, kai_result_code_find (KAI_RESULT_OK)->zh);
}

const char *
kai_call_result (const KaiRecord *answer)
{
  return kai_record_has (answer, "Result") ? kai_record_get (answer, "Result") : KAI_RESULT_OK;
}

gboolean
kai_call_check_unit (KaiCall *call, const char *unit_code, KaiRecord **refusal)
{
  *refusal = NULL;
  if (g_str_equal (unit_code, call->unit))
    return TRUE;
  *refusal = kai_call_refuse (call, "wrong-unit", NULL);
  return FALSE;
}
