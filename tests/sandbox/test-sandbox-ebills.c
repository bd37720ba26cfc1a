/* From a paid notice to a counter-signed file, and what is refused on the way. */
#include "kai-sandbox-fixture.h"

#include "messages/kai-result-code.h"
#include "model/kai-notice.h"
#include "security/kai-ebill-file.h"
#include "values/kai-codes.h"

#include <string.h>

static void
set_type (KaiRecord *voucher)
{
  kai_record_set (voucher, "BillTypeCode", "0101");
  kai_record_set (voucher, "BillTypeName", "江苏省非税收入统一票据（电子）");
  kai_record_set (voucher, "BillVerCode", "2026");
  kai_record_set (voucher, "BillVerName", "2026年版");
}

static KaiMessage *
ask_number (Desk *desk, const char *payment_code)
{
  g_autoptr (KaiMessage) message = desk_message (desk, "8999");
  KaiRecord *voucher = add_voucher (message);

  set_type (voucher);
  kai_record_set (voucher, "ChgAgenCode", desk->unit);
  kai_record_set (voucher, "Hold1", payment_code);
  return desk_send (desk, message);
}

static KaiEbill *
make_face (const char *payment_code, const KaiRecord *number)
{
  KaiEbill *ebill = kai_ebill_new ();
  KaiNoticeItem *item = kai_notice_item_new (FIXED_ITEM, 1, 85000);

  kai_notice_set (&ebill->code, kai_record_get (number, "Hold2"));
  kai_notice_set (&ebill->number, kai_record_get (number, "Information"));
  kai_notice_set (&ebill->check_code, kai_record_get (number, "Hold1"));
  g_free (ebill->identity);
  ebill->identity = kai_ebill_identity (ebill->code, ebill->number);
  kai_notice_set (&ebill->tag, "CZ-EI-32");
  kai_notice_set (&ebill->version, "1.1.0");
  kai_notice_set (&ebill->name, "江苏省非税收入统一票据（电子）");
  kai_notice_set (&ebill->specimen, "3201012601");
  kai_notice_set (&ebill->region, "320684");
  ebill->total = 85000;
  ebill->issue_date = kai_day_today ();
  kai_notice_set (&ebill->issue_time, "093000");
  kai_notice_set (&ebill->issuer_code, "12320684MB00000012");
  kai_notice_set (&ebill->issuer_name, "海门市东洲湾实验学校");
  ebill->payer_kind = KAI_PAYER_PERSON;
  kai_notice_set (&ebill->payer_code, "11010519491231002X");
  kai_notice_set (&ebill->payer_name, "张小明");
  kai_notice_set (&ebill->payment_code, payment_code);
  kai_notice_set (&ebill->clerk, "顾晓雯");
  kai_notice_set (&ebill->reviewer, "沈明远");
  kai_notice_set (&item->name, "普通高中学费");
  kai_notice_set (&item->unit_of_measure, "学期");
  item->standard = KAI_STANDARD_FIXED;
  item->min = item->max = 85000;
  g_ptr_array_add (ebill->items, item);
  return ebill;
}

/* 8981 over @face, signed with @key; @named is the key whose certificate Key_Info names. */
static KaiMessage *
build_swap (Desk *desk, const KaiEbill *face, KaiKey *key, KaiKey *named)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = kai_ebill_content_build (face, &error);
  g_autoptr (KaiEbillSignature) signature = NULL;
  g_autofree char *text = NULL;
  g_autofree char *serial = kai_certificate_dup_serial (kai_key_get_certificate (named));
  KaiMessage *message = desk_message (desk, "8981");
  KaiRecord *voucher = add_voucher (message);

  g_assert_no_error (error);
  signature = kai_ebill_sign (content, key, g_get_real_time () / G_USEC_PER_SEC, &error);
  g_assert_no_error (error);
  text = g_base64_encode (g_bytes_get_data (content, NULL), g_bytes_get_size (content));
  set_type (voucher);
  kai_record_set (voucher, "PayCode", face->payment_code);
  kai_record_set (voucher, "BillNo", face->number);
  kai_record_set (voucher, "AdmDivCode", "320684");
  kai_record_set (voucher, "Version", "1.0");
  kai_record_set (voucher, "Content", text);
  kai_record_set (voucher, "Sign_Info/Value", signature->value);
  kai_record_set (voucher, "Sign_Info/Format", "DETACH");
  kai_record_set (voucher, "Sign_Info/Algorithm", signature->algorithm);
  kai_record_set (voucher, "Sign_Info/Time", signature->time);
  kai_record_set (voucher, "Sign_Info/Key_Info/Number", serial);
  kai_record_set (voucher, "Sign_Info/Key_Info/Issuer", signature->issuer);
  return message;
}

static KaiMessage *
swap (Desk *desk, const KaiEbill *face)
{
  g_autoptr (KaiMessage) message = build_swap (desk, face, desk->key, desk->key);

  return desk_send (desk, message);
}

static KaiMessage *
fetch (Desk *desk, const char *number)
{
  g_autoptr (KaiMessage) message = desk_message (desk, "8982");
  KaiRecord *voucher = add_voucher (message);

  set_type (voucher);
  kai_record_set (voucher, "BillNo", number);
  kai_record_set (voucher, "AdmDivCode", "320684");
  kai_record_set (voucher, "Version", "1.0");
  return desk_send (desk, message);
}

static void
assert_file_is_good (Fixture *fixture, GBytes *file, const char *number)
{
  g_autoptr (KaiTrust) trust = kai_trust_new ();
  g_autoptr (KaiEbillReport) report = NULL;
  g_autoptr (GError) error = NULL;

  kai_trust_add_file (trust, fixture->trust, &error);
  g_assert_no_error (error);
  report = kai_ebill_file_verify (file, trust);
  for (guint i = 0; i < report->checks->len; i++)
    {
      const KaiEbillCheck *check = report->checks->pdata[i];

      g_test_message ("%s: %s", check->name, check->detail);
      g_assert_true (check->ok);
    }
  g_assert_true (report->ok);
  g_assert_cmpstr (report->ebill->number, ==, number);
}

/* The whole way, in each algorithm of the unit's key. */
static void
test_swap (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, GPOINTER_TO_INT (data));
  g_autofree char *code = issue_notice (desk);
  g_autoptr (KaiMessage) number = NULL, done = NULL, fetched = NULL, again = NULL;
  g_autoptr (KaiEbill) face = NULL;
  g_autofree char *downloaded = NULL, *wrong = NULL;
  g_autoptr (GBytes) file = NULL;
  const char *url;
  gsize length;
  guint8 *raw;

  pay_notice (fixture, code);
  number = ask_number (desk, code);
  g_assert_cmpstr (result_of (number, 0), ==, KAI_RESULT_OK);
  face = make_face (code, number->vouchers->pdata[0]);
  done = swap (desk, face);
  g_assert_cmpstr (done->number, ==, "5981");
  g_assert_cmpstr (result_of (done, 0), ==, KAI_RESULT_OK);
  fetched = fetch (desk, face->number);
  g_assert_cmpstr (result_of (fetched, 0), ==, KAI_RESULT_OK);
  raw = g_base64_decode (kai_record_get (fetched->vouchers->pdata[0], "Invoicefiledata"), &length);
  file = g_bytes_new_take (raw, length);
  assert_file_is_good (fixture, file, face->number);

  url = kai_record_get (done->vouchers->pdata[0], "Invoice_Url");
  g_assert_true (g_str_has_prefix (url, fixture->address));
  g_assert_cmpuint (
      fixture_http (fixture, url + strlen (fixture->address), NULL, NULL, &downloaded, NULL), ==,
      200);
  g_assert_cmpmem (downloaded, strlen (downloaded), g_bytes_get_data (file, NULL), length);
  wrong = g_strdup_printf ("/ebill/%s?c=000000", face->number);
  g_assert_cmpuint (fixture_http (fixture, wrong, NULL, NULL, NULL, NULL), ==, 404);

  /* The notice has its bill: no second number. */
  again = ask_number (desk, code);
  g_assert_cmpstr (result_of (again, 0), ==, code_of ("already-swapped"));
}

static void
test_number (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (Desk) court = desk_new (fixture, COURT_CLERK, KAI_ALGORITHM_P256);
  g_autofree char *code = issue_notice (desk);
  g_autoptr (KaiMessage) unpaid = ask_number (desk, code), first = NULL, second = NULL,
                         foreign = NULL;
  g_autoptr (KaiMessage) early = NULL;

  g_assert_cmpstr (result_of (unpaid, 0), ==, code_of ("not-paid"));
  pay_notice (fixture, code);
  first = ask_number (desk, code);
  g_assert_cmpstr (kai_record_get (first->vouchers->pdata[0], "Information"), ==, "0000000001");
  g_assert_cmpuint (strlen (kai_record_get (first->vouchers->pdata[0], "Hold1")), ==, 6);
  /* Asked for again under another id: the same number. */
  second = ask_number (desk, code);
  g_assert_cmpstr (kai_record_get (second->vouchers->pdata[0], "Information"), ==, "0000000001");
  foreign = ask_number (court, code);
  g_assert_cmpstr (result_of (foreign, 0), ==, code_of ("wrong-unit"));
  early = fetch (desk, "0000000001");
  g_assert_cmpstr (result_of (early, 0), ==, code_of ("no-file-yet"));
}

/* What is changed in a good face, and the refusal. */
enum
{
  WRONG_PAYER,
  WRONG_AMOUNT,
  WRONG_ITEM,
  WRONG_NUMBER,
  WRONG_CHECK_CODE,
  WRONG_CODE
};

static void
spoil (KaiEbill *face, int what)
{
  KaiNoticeItem *item = face->items->pdata[0];

  switch (what)
    {
    case WRONG_PAYER:
      kai_notice_set (&face->payer_name, "李四");
      break;
    case WRONG_AMOUNT:
      face->total = item->amount = 85001;
      break;
    case WRONG_ITEM:
      kai_notice_set (&item->code, FREE_ITEM);
      break;
    case WRONG_NUMBER:
      kai_notice_set (&face->number, "0000000099");
      g_free (face->identity);
      face->identity = kai_ebill_identity (face->code, face->number);
      break;
    case WRONG_CHECK_CODE:
      kai_notice_set (&face->check_code, "zzzzzz");
      break;
    default:
      kai_notice_set (&face->code, "32060126");
      g_free (face->identity);
      face->identity = kai_ebill_identity (face->code, face->number);
    }
}

static void
test_mismatch (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    int what;
    const char *symbol;
  } rows[] = {
    { WRONG_PAYER, "content-mismatch" },      { WRONG_AMOUNT, "content-mismatch" },
    { WRONG_ITEM, "content-mismatch" },       { WRONG_NUMBER, "unknown-number" },
    { WRONG_CHECK_CODE, "content-mismatch" }, { WRONG_CODE, "content-mismatch" },
  };
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autofree char *code = issue_notice (desk);
  g_autoptr (KaiMessage) number = NULL;

  pay_notice (fixture, code);
  number = ask_number (desk, code);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (KaiEbill) face = make_face (code, number->vouchers->pdata[0]);
      g_autoptr (KaiMessage) answer = NULL;

      spoil (face, rows[i].what);
      answer = swap (desk, face);
      g_assert_cmpstr (result_of (answer, 0), ==, code_of (rows[i].symbol));
    }
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM ebill WHERE state = 'issued'"), ==,
                   0);
}

/* Signed by one key, said to be another's; and with a key of another unit. */
static void
test_wrong_signature (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_SM2);
  g_autoptr (Desk) colleague = desk_new (fixture, "32068400102", KAI_ALGORITHM_SM2);
  g_autoptr (Desk) court = desk_new (fixture, COURT_CLERK, KAI_ALGORITHM_SM2);
  g_autofree char *code = issue_notice (desk);
  g_autoptr (KaiMessage) number = NULL, false_name = NULL, foreign = NULL, good = NULL;
  g_autoptr (KaiMessage) answer_one = NULL, answer_two = NULL, answer_three = NULL;
  g_autoptr (KaiEbill) face = NULL;

  pay_notice (fixture, code);
  number = ask_number (desk, code);
  face = make_face (code, number->vouchers->pdata[0]);
  false_name = build_swap (desk, face, desk->key, colleague->key);
  answer_one = desk_send (desk, false_name);
  g_assert_cmpstr (result_of (answer_one, 0), ==, code_of ("unit-signature"));
  foreign = build_swap (desk, face, court->key, court->key);
  answer_two = desk_send (desk, foreign);
  g_assert_cmpstr (result_of (answer_two, 0), ==, code_of ("unit-signature"));
  /* A colleague of the same unit may have signed it. */
  good = build_swap (desk, face, colleague->key, colleague->key);
  answer_three = desk_send (desk, good);
  g_assert_cmpstr (result_of (answer_three, 0), ==, KAI_RESULT_OK);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
    int data;
  } tests[] = {
    { "/sandbox/ebill/swap/rsa", test_swap, KAI_ALGORITHM_RSA },
    { "/sandbox/ebill/swap/p256", test_swap, KAI_ALGORITHM_P256 },
    { "/sandbox/ebill/swap/sm2", test_swap, KAI_ALGORITHM_SM2 },
    { "/sandbox/ebill/number", test_number, 0 },
    { "/sandbox/ebill/mismatch", test_mismatch, 0 },
    { "/sandbox/ebill/wrong-signature", test_wrong_signature, 0 },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, GINT_TO_POINTER (tests[i].data), fixture_set_up,
                tests[i].func, fixture_tear_down);
  return g_test_run ();
}
