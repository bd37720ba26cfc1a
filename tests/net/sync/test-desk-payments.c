/* Payments at the desk and what follows them: lapsing, swapping, and the stock of bills. */
#include "desk-test.h"

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
