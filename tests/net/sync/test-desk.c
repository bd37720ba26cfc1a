/* The desk's operations and what answers do to them, without a server: each answer is made here. */
#include "kai-test-keys.h"
#include "kai-test.h"
#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "security/kai-ebill-file.h"
#include "store/kai-audit-log.h"
#include "store/kai-base-data-store.h"
#include "store/kai-code-lease.h"
#include "store/kai-notice-store.h"
#include "sync/kai-desk-private.h"
#include "values/kai-error.h"
#include "values/kai-problem.h"

#include <string.h>

#define UNIT "320684001"
#define CLERK "32068400101"
#define ITEM "320600000001"

typedef struct
{
  char *dir;
  KaiTestKey *root;
  KaiDesk *desk;
  KaiKey *finance;
} Fixture;

static KaiBaseData *
make_base_data (void)
{
  KaiBaseData *base = kai_base_data_new ();
  KaiUnit *unit = g_new0 (KaiUnit, 1);
  KaiUser *user = g_new0 (KaiUser, 1);
  KaiItem *item = g_new0 (KaiItem, 1);
  KaiBillType *type = g_new0 (KaiBillType, 1);

  g_free (base->version);
  base->version = g_strdup ("1");
  base->fetched_at = g_get_real_time () / G_USEC_PER_SEC;
  *unit = (KaiUnit){ .code = g_strdup (UNIT),
                     .name = g_strdup ("第一中学"),
                     .region = g_strdup ("320684"),
                     .credit_code = g_strdup (""),
                     .assigner = g_strdup ("001"),
                     .account_type = g_strdup ("1"),
                     .account_name = g_strdup ("财政专户"),
                     .account = g_strdup ("1001"),
                     .account_bank = g_strdup ("农商行"),
                     .account_bank_no = g_strdup ("3140000001") };
  *user = (KaiUser){ .code = g_strdup (CLERK),
                     .name = g_strdup ("张三"),
                     .unit_code = g_strdup (UNIT),
                     .roles = g_strdup ("clerk reviewer") };
  *item = (KaiItem){ .code = g_strdup (ITEM),
                     .name = g_strdup ("学费"),
                     .unit_of_measure = g_strdup ("学期"),
                     .standard = KAI_STANDARD_FREE,
                     .bill_type = g_strdup ("E01") };
  *type = (KaiBillType){ .code = g_strdup ("E01"),
                         .name = g_strdup ("非税收入统一票据（电子）"),
                         .version = g_strdup ("2026"),
                         .version_name = g_strdup ("2026版"),
                         .electronic = TRUE,
                         .ebill_code = g_strdup ("32010126"),
                         .specimen = g_strdup ("3201012601"),
                         .number_width = 10 };
  g_ptr_array_add (base->units, unit);
  g_ptr_array_add (base->users, user);
  g_ptr_array_add (base->items, item);
  g_ptr_array_add (base->bill_types, type);
  return base;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiConnection) connection = NULL;
  g_autoptr (KaiTestKey) clerk = NULL;
  g_autoptr (KaiTestKey) finance = NULL;
  g_autoptr (KaiKey) key = NULL;
  g_autoptr (KaiBaseData) base = make_base_data ();
  g_autofree char *pem = NULL, *path = NULL;
  g_autoptr (GError) error = NULL;

  f->dir = kai_test_make_dir ();
  f->root = kai_test_root_new ("root", KAI_ALGORITHM_P256);
  clerk = kai_test_clerk_new (f->root, KAI_ALGORITHM_SM2, UNIT, CLERK);
  finance = kai_test_finance_new (f->root, KAI_ALGORITHM_SM2);
  f->finance = kai_key_new_for_pkey (finance->pkey, finance->certificate);
  key = kai_key_new_for_pkey (clerk->pkey, clerk->certificate);
  path = g_build_filename (f->dir, "ca.pem", NULL);
  pem = kai_test_key_certificate_pem (f->root);
  g_assert_true (g_file_set_contents (path, pem, -1, NULL));
  connection = kai_connection_new (f->dir);
  g_free (connection->trust_path);
  connection->trust_path = g_steal_pointer (&path);
  f->desk = kai_desk_open (connection, key, &error);
  g_assert_no_error (error);
  g_assert_true (kai_base_data_store_replace (f->desk->db, base, &error));
  g_assert_true (kai_desk_reload_base_data (f->desk, &error));
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  /* Whatever a test did: the store is sound and the log is whole. */
  g_assert_true (kai_database_check (f->desk->db, &error));
  g_assert_no_error (error);
  g_assert_true (kai_audit_log_verify (f->desk->db, NULL, &error));
  g_assert_no_error (error);
  kai_desk_close (f->desk);
  g_object_unref (f->finance);
  kai_test_key_free (f->root);
  kai_test_remove_dir (f->dir);
}

/* ---- helpers ---- */

static void
lease (Fixture *f, gint64 first, gint64 last)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_code_lease_add (f->desk->db, "320684", kai_day_today () / 10000, "001", first,
                                     last, &error));
  g_assert_no_error (error);
}

static KaiNotice *
make_notice (const char *name, KaiMoney amount)
{
  KaiNotice *notice = kai_notice_new ();

  notice->payer_kind = KAI_PAYER_PERSON;
  kai_notice_set (&notice->payer_name, name);
  kai_notice_set (&notice->mobile, "13800000000");
  kai_notice_add_item (notice, ITEM, 1, amount);
  return notice;
}

static GPtrArray *
make_checked (Fixture *f, int n)
{
  GPtrArray *notices = kai_notices_new ();
  g_autoptr (GPtrArray) problems = kai_problems_new ();

  for (int i = 0; i < n; i++)
    {
      KaiNotice *notice = make_notice ("王小明", 12000 + i);

      g_assert_true (kai_notice_check (notice, f->desk->base, 0, problems));
      g_ptr_array_add (notices, notice);
    }
  return notices;
}

/* Issues @n with numbers at hand. */
static GPtrArray *
issue (Fixture *f, int n)
{
  GPtrArray *notices = make_checked (f, n);
  g_autoptr (GError) error = NULL;
  int skipped = 0;

  g_assert_true (kai_desk_issue (f->desk, notices, "batch", &skipped, &error));
  g_assert_no_error (error);
  g_assert_cmpint (skipped, ==, 0);
  return notices;
}

/* The oldest open message; asserts its number. */
static KaiOutboxMessage *
next (Fixture *f, const char *number)
{
  g_autoptr (GError) error = NULL;
  KaiOutboxMessage *out = kai_outbox_next (f->desk->db, G_MAXINT64, &error);

  g_assert_no_error (error);
  if (!number)
    {
      g_assert_null (out);
      return NULL;
    }
  g_assert_nonnull (out);
  g_assert_cmpstr (out->msg_no, ==, number);
  return out;
}

static KaiMessage *
decode (Fixture *f, const KaiOutboxMessage *out)
{
  g_autoptr (GError) error = NULL;
  KaiMessage *message = kai_message_decode_bytes (out->body, f->desk->catalogue, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (message->id, ==, out->msg_id);
  return message;
}

static KaiMessage *
new_answer (const char *number, const KaiOutboxMessage *out)
{
  KaiMessage *answer = kai_message_new (number);

  g_free (answer->reference);
  answer->reference = g_strdup (out->msg_id);
  return answer;
}

static KaiRecord *
add_result (KaiMessage *answer, const char *result, const char *information)
{
  KaiRecord *record = kai_desk_add_voucher (answer);

  kai_record_set (record, "OriMsgNo", "8994");
  kai_record_set (record, "Result", result);
  kai_record_set (record, "Information", information);
  return record;
}

static int
apply (Fixture *f, const KaiOutboxMessage *out, const KaiMessage *answer)
{
  g_autoptr (GError) error = NULL;
  int refused = 0;

  kai_desk_apply_answer (f->desk, out, answer, &refused, &error);
  g_assert_no_error (error);
  return refused;
}

/* Answers the oldest message, which is @number, with one 5001 of @result a voucher. */
static void
answer_all (Fixture *f, const char *number, const char *result, const char *information)
{
  g_autoptr (KaiOutboxMessage) out = next (f, number);
  g_autoptr (KaiMessage) answer = new_answer ("5001", out);

  for (guint i = 0; i < out->subjects->len; i++)
    add_result (answer, result, information);
  apply (f, out, answer);
}

static KaiNotice *
load (Fixture *f, const KaiNotice *notice)
{
  g_autoptr (GError) error = NULL;
  KaiNotice *stored = kai_notice_store_load (f->desk->db, notice->id, &error);

  g_assert_no_error (error);
  return stored;
}

static void
assert_notice (Fixture *f, const KaiNotice *notice, KaiNoticeState state, KaiSyncState sync)
{
  g_autoptr (KaiNotice) stored = load (f, notice);

  g_assert_cmpstr (kai_notice_state_to_string (stored->state), ==,
                   kai_notice_state_to_string (state));
  g_assert_cmpstr (kai_sync_state_to_string (stored->sync), ==, kai_sync_state_to_string (sync));
}

static gboolean
push_payment (Fixture *f, const char *code, KaiMoney amount, const char *trace)
{
  g_autoptr (KaiRecord) push = kai_record_new ();
  g_autoptr (GError) error = NULL;
  gboolean ok;

  kai_record_set (push, "PayCode", code);
  kai_record_set (push, "CfmDate", "20261121");
  kai_record_set (push, "CfmTime", "093000");
  kai_record_set_money (push, "Amt", amount);
  kai_record_set (push, "PayMode", "3");
  kai_record_set (push, "TraNoBus", trace);
  kai_record_set (push, "PayerName", "王大明");
  ok = kai_desk_apply_payment (f->desk, push, &error);
  g_assert_no_error (error);
  return ok;
}

/* An accepted and paid notice. */
static KaiNotice *
make_paid (Fixture *f)
{
  g_autoptr (GPtrArray) notices = NULL;
  KaiNotice *notice;

  lease (f, 1, 10);
  notices = issue (f, 1);
  notice = kai_notice_ref (notices->pdata[0]);
  answer_all (f, "8994", KAI_RESULT_OK, "1234");
  g_assert_true (push_payment (f, notice->payment_code, notice->amount, "T1"));
  return notice;
}

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

/* ---- payments ---- */

static void
test_payment (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = make_paid (f);
  g_autoptr (KaiNotice) stored = load (f, notice);

  g_assert_cmpint (stored->state, ==, KAI_NOTICE_PAID);
  g_assert_cmpint (stored->paid_at, ==, 1795224600); /* 2026-11-21 09:30 in China */
  g_assert_cmpint (stored->pay_channel, ==, 3);
  g_assert_cmpstr (stored->trace_no, ==, "T1");
  /* A second confirmation changes nothing. */
  g_assert_true (push_payment (f, notice->payment_code, notice->amount, "T2"));
  g_clear_pointer (&stored, kai_notice_unref);
  stored = load (f, notice);
  g_assert_cmpstr (stored->trace_no, ==, "T1");
}

/* Tries to send the oldest message. */
static void
try_once (Fixture *f, gboolean left, int attempts, KaiSyncState on_the_way, KaiSyncState after,
          const KaiNotice *notice)
{
  g_autoptr (KaiOutboxMessage) out = next (f, "8994");
  g_autoptr (KaiOutboxMessage) then = NULL;
  g_autoptr (KaiNotice) sent = NULL;
  g_autoptr (KaiNotice) failed = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_desk_mark_sent (f->desk, out, &error));
  g_assert_no_error (error);
  sent = load (f, notice);
  g_assert_cmpint (sent->sync, ==, on_the_way);
  g_assert_false (kai_notice_is_known_to_server (sent));
  g_assert_true (kai_desk_mark_failed (f->desk, out, left, "no way", 1, &error));
  g_assert_no_error (error);
  failed = load (f, notice);
  g_assert_cmpint (failed->sync, ==, after);
  then = next (f, "8994");
  g_assert_cmpint (then->attempts, ==, attempts);
  g_assert_cmpstr (then->last_error, ==, "no way");
}

/* “Sent” is what left this computer, and what did so once stays sent. */
static void
test_sent_is_true (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (KaiNotice) accepted = NULL;
  const KaiNotice *notice;

  lease (f, 1, 10);
  notices = issue (f, 2);
  notice = notices->pdata[1];
  try_once (f, FALSE, 0, KAI_SYNC_SENT, KAI_SYNC_SIGNED, notice);
  try_once (f, FALSE, 0, KAI_SYNC_SENT, KAI_SYNC_SIGNED, notice);
  try_once (f, TRUE, 1, KAI_SYNC_SENT, KAI_SYNC_SENT, notice);
  try_once (f, FALSE, 1, KAI_SYNC_SENT, KAI_SYNC_SENT, notice);
  answer_all (f, "8994", KAI_RESULT_OK, "1234");
  accepted = load (f, notice);
  g_assert_true (kai_notice_is_known_to_server (accepted));
}

static void
expire (Fixture *f, const KaiNotice *notice)
{
  g_autoptr (KaiNotice) stored = load (f, notice);

  stored->valid_until = kai_day_add (kai_day_today (), -1);
  g_assert_true (kai_notice_store_update (f->desk->db, stored, NULL));
}

static void
expect_state (Fixture *f, const KaiNotice *notice, KaiNoticeState state)
{
  g_autoptr (KaiNotice) stored = load (f, notice);

  g_assert_cmpstr (kai_notice_state_to_string (stored->state), ==,
                   kai_notice_state_to_string (state));
}

/* It lapsed here before the payment of its last day was told: it ends paid, and stays so. */
static void
test_payment_after_lapse (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  const KaiNotice *notice;

  lease (f, 1, 10);
  notices = issue (f, 1);
  notice = notices->pdata[0];
  answer_all (f, "8994", KAI_RESULT_OK, "1234");
  g_assert_cmpint (kai_desk_lapse (f->desk, 0, NULL), ==, 0);
  expire (f, notice);
  g_assert_cmpint (kai_desk_lapse (f->desk, 0, NULL), ==, 1);
  expect_state (f, notice, KAI_NOTICE_LAPSED);
  g_assert_true (push_payment (f, notice->payment_code, notice->amount, "T1"));
  g_assert_cmpint (kai_desk_lapse (f->desk, 0, NULL), ==, 0);
  expect_state (f, notice, KAI_NOTICE_PAID);
}

/* Lapsed before the server knew of it: the answer changes nothing about that; voiding it is still possible, and a refusal leaves it lapsed. */
static void
test_lapsed_offline (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  const KaiNotice *notice;

  lease (f, 1, 10);
  notices = issue (f, 1);
  notice = notices->pdata[0];
  expire (f, notice);
  g_assert_cmpint (kai_desk_lapse (f->desk, 0, NULL), ==, 1);
  answer_all (f, "8994", KAI_RESULT_OK, "1234");
  expect_state (f, notice, KAI_NOTICE_LAPSED);
  g_assert_true (kai_desk_void (f->desk, notice->payment_code, "写错姓名", NULL));
  answer_all (f, "8641", kai_result_code_by_symbol ("lapsed")->code, "");
  expect_state (f, notice, KAI_NOTICE_LAPSED);
}

/* All at once at the start, a hundred of them; the others in pieces. */
static void
test_lapse_in_pieces (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;

  lease (f, 1, 900);
  notices = issue (f, 600);
  for (guint i = 0; i < notices->len; i++)
    expire (f, notices->pdata[i]);
  g_assert_cmpint (kai_desk_lapse (f->desk, 100, NULL), ==, 100);
  g_assert_cmpint (kai_desk_lapse (f->desk, 0, NULL), ==, 500);
  g_assert_cmpint (kai_desk_lapse (f->desk, 0, NULL), ==, 0);
}

static void
test_payment_of_other_amount (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (KaiNotice) stored = NULL;
  const KaiNotice *notice;

  lease (f, 1, 10);
  notices = issue (f, 1);
  notice = notices->pdata[0];
  g_assert_true (push_payment (f, notice->payment_code, notice->amount - 1, "T1"));
  stored = load (f, notice);
  g_assert_cmpint (stored->state, ==, KAI_NOTICE_UNPAID);
  g_assert_cmpstr (stored->refusal_text, !=, "");
}

static void
test_payment_of_unknown_notice (Fixture *f, gconstpointer data)
{
  g_assert_true (push_payment (f, "32068426001000000099", 100, "T1"));
}

/* ---- swapping ---- */

static void
test_swap_needs_payment (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (GError) error = NULL;
  char *codes[2] = { NULL, NULL };

  lease (f, 1, 10);
  notices = issue (f, 1);
  codes[0] = ((KaiNotice *)notices->pdata[0])->payment_code;
  g_assert_false (kai_desk_swap (f->desk, codes, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_clear_error (&error);
  codes[0] = (char *)"32068426001000000099";
  g_assert_false (kai_desk_swap (f->desk, codes, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
}

/* Up to the signed content; returns the open 8981. */
static KaiOutboxMessage *
swap_to_signed (Fixture *f, const KaiNotice *notice)
{
  char *codes[] = { notice->payment_code, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiOutboxMessage) out = NULL;
  g_autoptr (KaiMessage) answer = NULL;

  g_assert_true (kai_desk_swap (f->desk, codes, &error));
  g_assert_no_error (error);
  g_assert_false (kai_desk_swap (f->desk, codes, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  out = next (f, "8999");
  answer = new_answer ("5001", out);
  kai_record_set (add_result (answer, KAI_RESULT_OK, "0000000042"), "Hold1", "abc123");
  g_assert_cmpint (apply (f, out, answer), ==, 0);
  return next (f, "8981");
}

static GBytes *
make_file (Fixture *f, const KaiMessage *request)
{
  const KaiRecord *voucher = request->vouchers->pdata[0];
  gsize length;
  guchar *raw = g_base64_decode (kai_record_get (voucher, "Content"), &length);
  g_autoptr (GBytes) content = g_bytes_new_take (raw, length);
  g_autoptr (KaiEbillSignature) unit = g_new0 (KaiEbillSignature, 1);
  g_autoptr (GError) error = NULL;
  X509 *certificate = kai_key_get_certificate (f->desk->key);
  GBytes *file;

  unit->value = g_strdup (kai_record_get (voucher, "Sign_Info/Value"));
  unit->algorithm = g_strdup (kai_record_get (voucher, "Sign_Info/Algorithm"));
  unit->time = g_strdup (kai_record_get (voucher, "Sign_Info/Time"));
  unit->serial = g_strdup (kai_record_get (voucher, "Sign_Info/Key_Info/Number"));
  unit->issuer = g_strdup (kai_record_get (voucher, "Sign_Info/Key_Info/Issuer"));
  unit->certificate = kai_certificate_to_base64 (certificate);
  g_assert_true (kai_ebill_check_unit_signature (content, unit, certificate, &error));
  g_assert_no_error (error);
  file =
      kai_ebill_file_build (content, unit, f->finance, g_get_real_time () / G_USEC_PER_SEC, &error);
  g_assert_no_error (error);
  return file;
}

static void
answer_swap (Fixture *f, const KaiOutboxMessage *out)
{
  g_autoptr (KaiMessage) answer = new_answer ("5981", out);
  KaiRecord *record = kai_desk_add_voucher (answer);

  kai_record_set (record, "Result", KAI_RESULT_OK);
  kai_record_set (record, "Invoice_Url", "https://localhost/ebill/0000000042");
  g_assert_cmpint (apply (f, out, answer), ==, 0);
}

static int
answer_file (Fixture *f, GBytes *file)
{
  g_autoptr (KaiOutboxMessage) out = next (f, "8982");
  g_autoptr (KaiMessage) answer = new_answer ("5982", out);
  KaiRecord *record = kai_desk_add_voucher (answer);
  gsize length;
  const guchar *bytes = g_bytes_get_data (file, &length);
  g_autofree char *base64 = g_base64_encode (bytes, length);

  kai_record_set (record, "Result", KAI_RESULT_OK);
  kai_record_set (record, "Invoicefiledata", base64);
  return apply (f, out, answer);
}

static KaiEbillRecord *
load_ebill (Fixture *f, const KaiNotice *notice)
{
  g_autoptr (GError) error = NULL;
  KaiEbillRecord *record = kai_ebill_store_find_by_notice (f->desk->db, notice->id, &error);

  g_assert_no_error (error);
  g_assert_nonnull (record);
  return record;
}

static void
test_swap (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = make_paid (f);
  g_autoptr (KaiOutboxMessage) out = swap_to_signed (f, notice);
  g_autoptr (KaiMessage) request = decode (f, out);
  g_autoptr (GBytes) file = make_file (f, request);
  g_autoptr (KaiEbillRecord) record = load_ebill (f, notice);
  g_autoptr (KaiEbill) face = kai_ebill_content_parse (record->content, NULL);

  g_assert_cmpint (record->sync, ==, KAI_SYNC_SIGNED);
  g_assert_cmpstr (record->code, ==, "32010126");
  g_assert_cmpstr (record->number, ==, "0000000042");
  g_assert_cmpstr (face->check_code, ==, "abc123");
  g_assert_cmpstr (face->payer_name, ==, "王小明");
  g_assert_cmpint (face->total, ==, notice->amount);
  g_assert_cmpstr (face->payment_code, ==, notice->payment_code);
  answer_swap (f, out);
  g_assert_cmpint (answer_file (f, file), ==, 0);
  next (f, NULL);
  g_clear_pointer (&record, kai_ebill_record_free);
  record = load_ebill (f, notice);
  g_assert_cmpint (record->sync, ==, KAI_SYNC_ACCEPTED);
  g_assert_true (g_bytes_equal (record->file, file));
}

/* A file that is well signed but not what was signed here is not kept. */
static void
test_swap_refuses_another_file (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = make_paid (f);
  g_autoptr (KaiOutboxMessage) out = swap_to_signed (f, notice);
  g_autoptr (KaiEbillRecord) record = load_ebill (f, notice);
  g_autoptr (KaiEbill) face = kai_ebill_content_parse (record->content, NULL);
  g_autoptr (GBytes) content = NULL, file = NULL;
  g_autoptr (KaiEbillSignature) signature = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  kai_notice_set (&face->payer_name, "李四");
  content = kai_ebill_content_build (face, NULL);
  signature = kai_ebill_sign (content, f->desk->key, now, NULL);
  file = kai_ebill_file_build (content, signature, f->finance, now, NULL);
  answer_swap (f, out);
  g_assert_cmpint (answer_file (f, file), ==, 1);
  g_clear_pointer (&record, kai_ebill_record_free);
  record = load_ebill (f, notice);
  g_assert_null (record->file);
  g_assert_cmpint (record->sync, ==, KAI_SYNC_ACCEPTED);
  g_assert_cmpstr (record->refusal_text, !=, "");
}

static void
test_swap_refused_can_be_tried_again (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = make_paid (f);
  char *codes[] = { notice->payment_code, NULL };
  g_autoptr (KaiEbillRecord) record = NULL;
  g_auto (GStrv) swappable = NULL;

  g_assert_true (kai_desk_swap (f->desk, codes, NULL));
  answer_all (f, "8999", kai_result_code_by_symbol ("no-ebill-numbers")->code, "");
  record = load_ebill (f, notice);
  g_assert_cmpint (record->sync, ==, KAI_SYNC_REFUSED);
  swappable = kai_desk_list_swappable (f->desk, NULL);
  g_assert_cmpuint (g_strv_length (swappable), ==, 1);
  g_assert_true (kai_desk_swap (f->desk, codes, NULL));
}

static void
test_swap_with_a_bad_number (Fixture *f, gconstpointer data)
{
  const char *numbers[] = { "", "42", "00000000aa", "0000000000", "00000000042" };
  g_autoptr (KaiNotice) notice = make_paid (f);
  char *codes[] = { notice->payment_code, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr (KaiEbillRecord) record = NULL;

      g_assert_true (kai_desk_swap (f->desk, codes, NULL));
      answer_all (f, "8999", KAI_RESULT_OK, numbers[i]);
      record = load_ebill (f, notice);
      g_assert_cmpint (record->sync, ==, KAI_SYNC_REFUSED);
      next (f, NULL);
    }
}

/* ---- stock ---- */

static void
deliver (Fixture *f)
{
  g_autoptr (GPtrArray) ranges =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_stock_range_free);
  KaiStockRange *range = g_new0 (KaiStockRange, 1);

  *range = (KaiStockRange){ .type = g_strdup ("P01"),
                            .version = g_strdup ("2026"),
                            .holder = g_strdup (UNIT),
                            .state = KAI_STOCK_TO_TAKE_IN,
                            .range = { 1, 100, 10 } };
  g_ptr_array_add (ranges, range);
  g_assert_true (kai_stock_set_deliveries (f->desk->db, UNIT, ranges, NULL));
}

static void
test_stock_refused_goes_back (Fixture *f, gconstpointer data)
{
  KaiStockMove move = { .kind = KAI_MOVE_RECEIVE,
                        .type = "P01",
                        .version = "2026",
                        .from = UNIT,
                        .to = UNIT,
                        .range = { 1, 40, 10 },
                        .reason = "" };
  g_autoptr (GPtrArray) ranges = NULL;
  g_autoptr (GError) error = NULL;
  gint64 movement, count = 0;

  deliver (f);
  movement = kai_desk_move_stock (f->desk, &move, &error);
  g_assert_no_error (error);
  g_assert_cmpint (movement, >, 0);
  answer_all (f, "8618", kai_result_code_by_symbol ("range-not-delivered")->code, "");
  ranges = kai_stock_list (f->desk->db, NULL, NULL);
  for (guint i = 0; i < ranges->len; i++)
    {
      const KaiStockRange *range = ranges->pdata[i];

      g_assert_cmpint (range->state, ==, KAI_STOCK_TO_TAKE_IN);
      count += kai_number_range_count (&range->range);
    }
  g_assert_cmpint (count, ==, 100);
  /* The next list of what the bureau delivered puts the box together again. */
  deliver (f);
  g_clear_pointer (&ranges, g_ptr_array_unref);
  ranges = kai_stock_list (f->desk->db, NULL, NULL);
  g_assert_cmpuint (ranges->len, ==, 1);
  g_assert_cmpint (((KaiStockRange *)ranges->pdata[0])->range.last, ==, 100);
  move.range.last = 101;
  g_assert_cmpint (kai_desk_move_stock (f->desk, &move, &error), ==, 0);
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  next (f, NULL);
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
  ADD ("payment/paid", test_payment);
  ADD ("answer/sent-is-true", test_sent_is_true);
  ADD ("payment/after-lapse", test_payment_after_lapse);
  ADD ("lapse/offline", test_lapsed_offline);
  ADD ("lapse/in-pieces", test_lapse_in_pieces);
  ADD ("payment/other-amount", test_payment_of_other_amount);
  ADD ("payment/unknown-notice", test_payment_of_unknown_notice);
  ADD ("swap/needs-payment", test_swap_needs_payment);
  ADD ("swap/whole", test_swap);
  ADD ("swap/another-file", test_swap_refuses_another_file);
  ADD ("swap/refused-and-again", test_swap_refused_can_be_tried_again);
  ADD ("swap/bad-number", test_swap_with_a_bad_number);
  ADD ("stock/refused-goes-back", test_stock_refused_goes_back);
  return g_test_run ();
}
