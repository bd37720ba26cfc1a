#pragma once

/* A desk with a key, base data and a lease, and answers made by hand: what the tests of its operations share. */
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

static inline KaiBaseData *
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

static inline void
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

static inline void
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

static inline void
lease (Fixture *f, gint64 first, gint64 last)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_code_lease_add (f->desk->db, "320684", kai_day_today () / 10000, "001", first,
                                     last, &error));
  g_assert_no_error (error);
}

static inline KaiNotice *
make_notice (const char *name, KaiMoney amount)
{
  KaiNotice *notice = kai_notice_new ();

  notice->payer_kind = KAI_PAYER_PERSON;
  kai_notice_set (&notice->payer_name, name);
  kai_notice_set (&notice->mobile, "13800000000");
  kai_notice_add_item (notice, ITEM, 1, amount);
  return notice;
}

static inline GPtrArray *
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
static inline GPtrArray *
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
static inline KaiOutboxMessage *
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

static inline KaiMessage *
decode (Fixture *f, const KaiOutboxMessage *out)
{
  g_autoptr (GError) error = NULL;
  KaiMessage *message = kai_message_decode_bytes (out->body, f->desk->catalogue, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (message->id, ==, out->msg_id);
  return message;
}

static inline KaiMessage *
new_answer (const char *number, const KaiOutboxMessage *out)
{
  KaiMessage *answer = kai_message_new (number);

  g_free (answer->reference);
  answer->reference = g_strdup (out->msg_id);
  return answer;
}

static inline KaiRecord *
add_result (KaiMessage *answer, const char *result, const char *information)
{
  KaiRecord *record = kai_desk_add_voucher (answer);

  kai_record_set (record, "OriMsgNo", "8994");
  kai_record_set (record, "Result", result);
  kai_record_set (record, "Information", information);
  return record;
}

static inline int
apply (Fixture *f, const KaiOutboxMessage *out, const KaiMessage *answer)
{
  g_autoptr (GError) error = NULL;
  int refused = 0;

  kai_desk_apply_answer (f->desk, out, answer, &refused, &error);
  g_assert_no_error (error);
  return refused;
}

/* Answers the oldest message, which is @number, with one 5001 of @result a voucher. */
static inline void
answer_all (Fixture *f, const char *number, const char *result, const char *information)
{
  g_autoptr (KaiOutboxMessage) out = next (f, number);
  g_autoptr (KaiMessage) answer = new_answer ("5001", out);

  for (guint i = 0; i < out->subjects->len; i++)
    add_result (answer, result, information);
  apply (f, out, answer);
}

static inline KaiNotice *
load (Fixture *f, const KaiNotice *notice)
{
  g_autoptr (GError) error = NULL;
  KaiNotice *stored = kai_notice_store_load (f->desk->db, notice->id, &error);

  g_assert_no_error (error);
  return stored;
}

static inline void
assert_notice (Fixture *f, const KaiNotice *notice, KaiNoticeState state, KaiSyncState sync)
{
  g_autoptr (KaiNotice) stored = load (f, notice);

  g_assert_cmpstr (kai_notice_state_to_string (stored->state), ==,
                   kai_notice_state_to_string (state));
  g_assert_cmpstr (kai_sync_state_to_string (stored->sync), ==, kai_sync_state_to_string (sync));
}

static inline gboolean
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
static inline KaiNotice *
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
