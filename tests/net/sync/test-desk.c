/* The desk's operations and what answers do to them, without a server: each answer is made here. */
#include "desk-test.h"

/* ---- issuing ---- */

static void
test_issue (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (KaiOutboxMessage) out = NULL;
  g_autoptr (KaiMessage) message = NULL;
  const KaiNotice *notice;
  const KaiRecord *voucher;

  lease (f, 7, 9);
  notices = issue (f, 2);
  notice = notices->pdata[0];
  g_assert_cmpint (kai_payment_code_check (&f->desk->profile->payment_code, notice->payment_code),
                   ==, KAI_CODE_OK);
  out = next (f, "8994");
  g_assert_cmpuint (out->subjects->len, ==, 2);
  g_assert_cmpstr (out->batch_id, ==, "batch");
  message = decode (f, out);
  g_assert_cmpuint (message->vouchers->len, ==, 2);
  g_assert_cmpstr (message->source, ==, "K3206844001");
  g_assert_cmpstr (message->destination, ==, "F320684");
  voucher = message->vouchers->pdata[0];
  g_assert_cmpstr (kai_record_get (voucher, "PayCode"), ==, notice->payment_code);
  g_assert_cmpstr (kai_record_get (voucher, "PayerName"), ==, "王小明");
  g_assert_cmpstr (kai_record_get (voucher, "Amt"), ==, "120.00");
  g_assert_cmpstr (kai_record_get (voucher, "OriAmt"), ==, "120.00");
  g_assert_cmpstr (kai_record_get (voucher, "DelayAmt"), ==, "0.00");
  g_assert_cmpstr (kai_record_get (voucher, "ChgAgenCode"), ==, UNIT);
  g_assert_cmpstr (kai_record_get (voucher, "Hold1"), ==, "Y");
  g_assert_true (g_str_has_prefix (kai_record_get (voucher, "PayInfo"), ITEM "|学费|"));
  assert_notice (f, notice, KAI_NOTICE_UNPAID, KAI_SYNC_SIGNED);
  g_assert_true (kai_desk_mark_sent (f->desk, out, NULL));
  assert_notice (f, notice, KAI_NOTICE_UNPAID, KAI_SYNC_SENT);
}

static void
test_issue_cuts_batches (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (GPtrArray) open = NULL;
  guint sizes[] = { 500, 500, 1 };

  lease (f, 1, 2000);
  notices = issue (f, 1001);
  open = kai_outbox_list_open (f->desk->db, 0, NULL);
  g_assert_cmpuint (open->len, ==, G_N_ELEMENTS (sizes));
  for (guint i = 0; i < open->len; i++)
    g_assert_cmpuint (((KaiOutboxMessage *)open->pdata[i])->subjects->len, ==, sizes[i]);
}

static void
test_issue_without_numbers (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (KaiNotice) numbered = NULL;
  g_autoptr (KaiOutboxMessage) out = NULL;

  lease (f, 1, 2);
  notices = issue (f, 5);
  for (int i = 0; i < 5; i++)
    {
      const KaiNotice *notice = notices->pdata[i];

      assert_notice (f, notice, KAI_NOTICE_UNPAID, i < 2 ? KAI_SYNC_SIGNED : KAI_SYNC_DRAFT);
      g_assert_cmpint (*notice->payment_code != '\0', ==, i < 2);
    }
  g_assert_cmpint (kai_desk_number_drafts (f->desk, NULL), ==, 0);
  lease (f, 3, 100);
  g_assert_cmpint (kai_desk_number_drafts (f->desk, NULL), ==, 3);
  g_assert_cmpint (kai_desk_number_drafts (f->desk, NULL), ==, 0);
  numbered = load (f, notices->pdata[4]);
  g_assert_cmpint (strlen (numbered->payment_code), ==, 20);
  answer_all (f, "8994", KAI_RESULT_OK, "");
  out = next (f, "8994");
  g_assert_cmpuint (out->subjects->len, ==, 3);
}

static void
test_issue_rows_once (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = make_checked (f, 3);
  g_autoptr (GPtrArray) again = make_checked (f, 4);
  int skipped = 0;

  lease (f, 1, 10);
  for (int i = 0; i < 4; i++)
    {
      g_autofree char *key = g_strdup_printf ("row-%d", i);

      if (i < 3)
        kai_notice_set (&((KaiNotice *)notices->pdata[i])->row_key, key);
      kai_notice_set (&((KaiNotice *)again->pdata[i])->row_key, key);
    }
  g_assert_true (kai_desk_issue (f->desk, notices, "b", &skipped, NULL));
  g_assert_cmpint (skipped, ==, 0);
  g_assert_true (kai_desk_issue (f->desk, again, "b", &skipped, NULL));
  g_assert_cmpint (skipped, ==, 3);
  g_assert_cmpint (((KaiNotice *)again->pdata[3])->id, >, 0);
}

/* A failure in the middle leaves nothing: no row, no message, no used number. */
static void
test_issue_is_all_or_nothing (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = make_checked (f, 3);
  KaiNoticeFilter all = KAI_NOTICE_FILTER_ALL;
  g_autoptr (GPtrArray) stored = NULL;
  g_autoptr (GError) error = NULL;

  lease (f, 1, 10);
  /* Longer than any message may hold: the encoder refuses the whole. */
  kai_notice_set (&((KaiNotice *)notices->pdata[2])->payer_name,
                  "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十"
                  "一二三四五六七八九十一");
  g_assert_false (kai_desk_issue (f->desk, notices, "b", NULL, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
  stored = kai_notice_store_list (f->desk->db, &all, NULL);
  g_assert_cmpuint (stored->len, ==, 0);
  next (f, NULL);
  g_assert_cmpint (kai_code_lease_left (f->desk->db, kai_day_today () / 10000, NULL), ==, 10);
  g_assert_cmpstr (((KaiNotice *)notices->pdata[0])->payment_code, ==, "");
}

static void
test_issue_without_base_data (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = make_checked (f, 1);
  g_autoptr (KaiBaseData) empty = kai_base_data_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_base_data_store_replace (f->desk->db, empty, NULL));
  g_assert_true (kai_desk_reload_base_data (f->desk, NULL));
  g_assert_false (kai_desk_issue (f->desk, notices, "", NULL, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
}

/* ---- answers to 8994 ---- */

static void
test_answer_each (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (KaiOutboxMessage) out = NULL;
  g_autoptr (KaiMessage) answer = NULL;
  g_autoptr (KaiNotice) refused = NULL, accepted = NULL;
  const char *unknown_item = kai_result_code_by_symbol ("unknown-item")->code;

  lease (f, 1, 10);
  notices = issue (f, 3);
  out = next (f, "8994");
  answer = new_answer ("5001", out);
  add_result (answer, KAI_RESULT_OK, "1111");
  add_result (answer, unknown_item, "");
  add_result (answer, KAI_RESULT_OK, "3333");
  g_assert_cmpint (apply (f, out, answer), ==, 1);
  accepted = load (f, notices->pdata[2]);
  g_assert_cmpstr (accepted->check_code, ==, "3333");
  assert_notice (f, notices->pdata[0], KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED);
  assert_notice (f, notices->pdata[1], KAI_NOTICE_UNPAID, KAI_SYNC_REFUSED);
  refused = load (f, notices->pdata[1]);
  g_assert_cmpstr (refused->refusal_code, ==, unknown_item);
  g_assert_cmpstr (refused->refusal_text, !=, "");
  g_assert_cmpstr (refused->payer_name, ==, "王小明");
  next (f, NULL);
}

static void
test_answer_of_another_kind (Fixture *f, gconstpointer data)
{
  const char *numbers[] = { "5981", "5002", "8994" };
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (KaiOutboxMessage) out = NULL;

  lease (f, 1, 10);
  notices = issue (f, 1);
  out = next (f, "8994");
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr (KaiMessage) answer = new_answer (numbers[i], out);
      g_autoptr (GError) error = NULL;
      int refused = 0;

      add_result (answer, KAI_RESULT_OK, "");
      g_assert_false (kai_desk_apply_answer (f->desk, out, answer, &refused, &error));
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_REPLY);
    }
  assert_notice (f, notices->pdata[0], KAI_NOTICE_UNPAID, KAI_SYNC_SIGNED);
  kai_outbox_message_free (next (f, "8994"));
}

static void
test_answer_with_other_count (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (KaiOutboxMessage) out = NULL;
  g_autoptr (KaiMessage) answer = NULL;
  g_autoptr (GError) error = NULL;
  int refused = 0;

  lease (f, 1, 10);
  notices = issue (f, 2);
  out = next (f, "8994");
  answer = new_answer ("5001", out);
  add_result (answer, KAI_RESULT_OK, "");
  g_assert_false (kai_desk_apply_answer (f->desk, out, answer, &refused, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_REPLY);
  assert_notice (f, notices->pdata[0], KAI_NOTICE_UNPAID, KAI_SYNC_SIGNED);
}

static void
test_whole_refusal (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (KaiOutboxMessage) out = NULL;
  const char *code = kai_result_code_by_symbol ("wrong-unit")->code;
  int refused = 0;

  lease (f, 1, 10);
  notices = issue (f, 2);
  out = next (f, "8994");
  g_assert_true (kai_desk_apply_refusal (f->desk, out, code, "不属于本单位", &refused, NULL));
  assert_notice (f, notices->pdata[0], KAI_NOTICE_UNPAID, KAI_SYNC_REFUSED);
  assert_notice (f, notices->pdata[1], KAI_NOTICE_UNPAID, KAI_SYNC_REFUSED);
  g_assert_cmpint (kai_outbox_count (f->desk->db, KAI_OUTBOX_REFUSED), ==, 1);
}

/* "The code is there already": success only when payer, amount and content agree. */
static void
duplicate (Fixture *f, const char *payer, const char *amount, KaiSyncState want)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (KaiOutboxMessage) out = NULL;
  g_autoptr (KaiMessage) answer = NULL;
  g_autofree char *info = NULL;
  const KaiNotice *notice;
  KaiRecord *record;

  lease (f, 1, 10);
  notices = issue (f, 1);
  notice = notices->pdata[0];
  answer_all (f, "8994", kai_result_code_by_symbol ("code-exists")->code, "");
  assert_notice (f, notice, KAI_NOTICE_UNPAID, KAI_SYNC_UNKNOWN);
  out = next (f, "8997");
  answer = new_answer ("5997", out);
  record = kai_desk_add_voucher (answer);
  info = kai_notice_build_pay_info (notice, "|");
  kai_record_set (record, "PayCode", notice->payment_code);
  kai_record_set (record, "ChgAgenCode", UNIT);
  kai_record_set (record, "PayerName", payer);
  kai_record_set (record, "PayInfo", info);
  kai_record_set (record, "Amt", amount);
  apply (f, out, answer);
  assert_notice (f, notice, KAI_NOTICE_UNPAID, want);
}

static void
test_duplicate_same (Fixture *f, gconstpointer data)
{
  duplicate (f, "王小明", "120.00", KAI_SYNC_ACCEPTED);
}

static void
test_duplicate_other_payer (Fixture *f, gconstpointer data)
{
  duplicate (f, "李四", "120.00", KAI_SYNC_REFUSED);
}

static void
test_duplicate_other_amount (Fixture *f, gconstpointer data)
{
  duplicate (f, "王小明", "120.01", KAI_SYNC_REFUSED);
}

/* ---- voiding ---- */

static void
test_void (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (GError) error = NULL;
  const KaiNotice *notice;

  lease (f, 1, 10);
  notices = issue (f, 1);
  notice = notices->pdata[0];
  g_assert_false (kai_desk_void (f->desk, notice->payment_code, "  ", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_assert_true (kai_desk_void (f->desk, notice->payment_code, "写错姓名", NULL));
  /* In order: the server learns of the notice first. */
  answer_all (f, "8994", KAI_RESULT_OK, "");
  assert_notice (f, notice, KAI_NOTICE_VOID, KAI_SYNC_SIGNED);
  answer_all (f, "8641", KAI_RESULT_OK, "");
  assert_notice (f, notice, KAI_NOTICE_VOID, KAI_SYNC_ACCEPTED);
  g_clear_error (&error);
  g_assert_false (kai_desk_void (f->desk, notice->payment_code, "again", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
}

/* Paid, with the sentence that says so, and no reason of a void; @trace of the payment, "" before it is told. */
static void
assert_paid_against_void (Fixture *f, const KaiNotice *notice, const char *trace)
{
  g_autoptr (KaiNotice) stored = load (f, notice);

  g_assert_cmpint (stored->state, ==, KAI_NOTICE_PAID);
  g_assert_cmpint (stored->sync, ==, KAI_SYNC_ACCEPTED);
  g_assert_cmpint (stored->paid_at, >, 0);
  g_assert_cmpstr (stored->refusal_code, ==, kai_result_code_by_symbol ("already-paid")->code);
  g_assert_nonnull (strstr (stored->refusal_text, "counts as paid"));
  g_assert_cmpstr (stored->void_reason, ==, "");
  g_assert_cmpstr (stored->trace_no, ==, trace);
}

/* Voided here, paid there: it ends paid, with a sentence. */
static void
test_void_of_a_paid_one (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  const KaiNotice *notice;

  lease (f, 1, 10);
  notices = issue (f, 1);
  notice = notices->pdata[0];
  answer_all (f, "8994", KAI_RESULT_OK, "");
  g_assert_true (kai_desk_void (f->desk, notice->payment_code, "写错姓名", NULL));
  answer_all (f, "8641", kai_result_code_by_symbol ("already-paid")->code, "");
  assert_paid_against_void (f, notice, "");
  g_assert_true (push_payment (f, notice->payment_code, notice->amount, "T1"));
  assert_paid_against_void (f, notice, "T1");
}

static void
test_payment_before_void_arrives (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  const KaiNotice *notice;

  lease (f, 1, 10);
  notices = issue (f, 1);
  notice = notices->pdata[0];
  answer_all (f, "8994", KAI_RESULT_OK, "");
  g_assert_true (kai_desk_void (f->desk, notice->payment_code, "写错姓名", NULL));
  g_assert_true (push_payment (f, notice->payment_code, notice->amount, "T1"));
  assert_paid_against_void (f, notice, "T1");
  answer_all (f, "8641", kai_result_code_by_symbol ("already-paid")->code, "");
  assert_paid_against_void (f, notice, "T1");
}

#define ADD(path, func) g_test_add ("/sync/desk/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("issue/message", test_issue);
  ADD ("issue/cuts-batches", test_issue_cuts_batches);
  ADD ("issue/without-numbers", test_issue_without_numbers);
  ADD ("issue/rows-once", test_issue_rows_once);
  ADD ("issue/all-or-nothing", test_issue_is_all_or_nothing);
  ADD ("issue/without-base-data", test_issue_without_base_data);
  ADD ("answer/each", test_answer_each);
  ADD ("answer/of-another-kind", test_answer_of_another_kind);
  ADD ("answer/with-other-count", test_answer_with_other_count);
  ADD ("answer/whole-refusal", test_whole_refusal);
  ADD ("answer/duplicate-same", test_duplicate_same);
  ADD ("answer/duplicate-other-payer", test_duplicate_other_payer);
  ADD ("answer/duplicate-other-amount", test_duplicate_other_amount);
  ADD ("void/accepted", test_void);
  ADD ("void/of-a-paid-one", test_void_of_a_paid_one);
  ADD ("void/payment-first", test_payment_before_void_arrives);
  return g_test_run ();
}
