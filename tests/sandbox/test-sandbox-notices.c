/* Base data, leases, notices, payments and pushes, over the wire. */
#include "kai-sandbox-fixture.h"

#include "messages/kai-result-code.h"

#include <string.h>

static void
test_base_data (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_SM2);
  g_autoptr (KaiMessage) first = desk_message (desk, "8901"), second = desk_message (desk, "8901");
  g_autoptr (KaiMessage) full = NULL, same = NULL;
  KaiRecord *voucher = add_voucher (first), *answer;
  g_autofree char *pay_url = g_strconcat (fixture->address, "/pay/", NULL);
  gboolean found = FALSE;

  kai_record_set (voucher, "ChgAgenCode", SCHOOL);
  kai_record_set (voucher, "OperatorCode", CLERK);
  full = desk_send (desk, first);
  answer = full->vouchers->pdata[0];
  g_assert_cmpstr (kai_record_get (answer, "Full"), ==, "1");
  g_assert_cmpuint (kai_record_get_n (answer, "UnitList/Unit"), ==, 1);
  g_assert_cmpuint (kai_record_get_n (answer, "UserList/User"), ==, 3);
  g_assert_cmpuint (kai_record_get_n (answer, "ItemList/Item"), ==, 12);
  g_assert_cmpuint (kai_record_get_n (answer, "BillTypeList/BillType"), ==, 4);
  g_assert_cmpuint (kai_record_get_n (answer, "HolidayList/Holiday"), >, 40);
  for (guint i = 0; i < kai_record_get_n (answer, "SettingList/Setting"); i++)
    found |= g_str_equal (
        kai_record_get (kai_record_nth (answer, "SettingList/Setting", i), "Value"), pay_url);
  g_assert_true (found);

  voucher = add_voucher (second);
  kai_record_set (voucher, "ChgAgenCode", SCHOOL);
  kai_record_set (voucher, "OperatorCode", CLERK);
  kai_record_set (voucher, "SinceVersion", kai_record_get (answer, "Version"));
  same = desk_send (desk, second);
  answer = same->vouchers->pdata[0];
  g_assert_cmpstr (kai_record_get (answer, "Full"), ==, "0");
  g_assert_cmpuint (kai_record_get_n (answer, "ItemList/Item"), ==, 0);
}

static void
test_link (Fixture *fixture, gconstpointer data)
{
  KaiAlgorithm algorithm = GPOINTER_TO_INT (data);
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, algorithm);
  g_autoptr (KaiMessage) message = desk_message (desk, "8002"), answer = NULL;

  add_voucher (message);
  answer = desk_send (desk, message);
  g_assert_cmpstr (answer->number, ==, "5002");
  g_assert_cmpstr (result_of (answer, 0), ==, KAI_RESULT_OK);
  g_assert_cmpuint (strlen (kai_record_get (answer->vouchers->pdata[0], "ServerTime")), ==, 19);
}

static void
test_leases (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) one = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (Desk) two = desk_new (fixture, "32068400102", KAI_ALGORITHM_P256);

  g_assert_cmpint (desk_lease (one, 100), ==, 1);
  g_assert_cmpint (desk_lease (two, 50), ==, 101);
  g_assert_cmpint (desk_lease (one, 1), ==, 151);
  g_assert_cmpint (
      count_rows (fixture, "SELECT count(*) FROM code_lease AS a JOIN code_lease AS b ON a.id < "
                           "b.id AND a.first_no <= b.last_no AND b.first_no <= a.last_no"),
      ==, 0);
}

/* The same id gives the same numbers, and takes none. */
static void
test_lease_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = desk_message (desk, "8651"), first = NULL, second = NULL;
  KaiRecord *voucher = add_voucher (message);

  kai_record_set (voucher, "ChgAgenCode", SCHOOL);
  kai_record_set_int (voucher, "StYear", kai_day_today () / 10000);
  kai_record_set (voucher, "Count", "10");
  kai_record_set (voucher, "DeskId", "A");
  first = desk_send (desk, message);
  second = desk_send (desk, message);
  g_assert_cmpstr (first->id, ==, second->id);
  g_assert_cmpstr (kai_record_get (second->vouchers->pdata[0], "FirstNo"), ==, "1");
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM code_lease"), ==, 1);
  g_assert_cmpint (count_rows (fixture, "SELECT sum(repeated) FROM message WHERE number = '8651'"),
                   ==, 1);
}

/* One line for each rule: what is changed in a good voucher, and the refusal. */
static const struct
{
  const char *field, *value, *symbol;
} bad_vouchers[] = {
  { "PayInfo", "320600010001|学费|840.00|学期|1|固定标准|850.00#", "outside-standard" },
  { "PayInfo", "320600019999|学费|850.00|学期|1|固定标准|850.00#", "unknown-item" },
  { "PayInfo", "320600030001|诊察费|850.00|次|1|无限制|0.00-0.00#", "unknown-item" },
  { "PayInfo", "320600010001|学费|850.00|学期|1|固定标准#", "field" },
  { "PayInfo", "320600010010|培训费|849.00|次|1|无限制|0.00-0.00#", "sum-mismatch" },
  { "PayInfo", "", "field" },
  { "Amt", "851.00", "sum-mismatch" },
  { "OriAmt", "-850.00", "field" },
  { "Amt", "850", "field" },
  { "ChgAgenCode", COURT, "wrong-unit" },
  { "ChgAgenName", "海门市东洲湾人民法院", "wrong-unit" },
  { "AdmDivCode", "320600", "wrong-unit" },
  { "RecAcct", "6222000000000000000", "field" },
  { "PayStats", "2", "field" },
  { "BillDate", "20991231", "field" },
  { "PayCode", "12345", "bad-code" },
  { "PayerName", "", "field" },
};

static char *
encode_without_check (Fixture *fixture, const char *xml, const char *field, const char *value)
{
  g_autofree char *start = g_strdup_printf ("<%s>", field), *end = g_strdup_printf ("</%s>", field);
  const char *from = strstr (xml, start), *to;

  g_assert_nonnull (from);
  from += strlen (start);
  to = strstr (from, end);
  return g_strdup_printf ("%.*s%s%s", (int)(from - xml), xml, value, to);
}

/* A message as a careless program would send it: the voucher is put together here, not by the
 * checking encoder. */
static GBytes *
build_bad_message (Fixture *fixture, KaiMessage *message, guint bad, const char *field,
                   const char *value)
{
  const KaiMessageSpec *spec = kai_catalogue_get (fixture->catalogue, message->number);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) good = kai_message_encode (message, fixture->catalogue, FALSE, &error);
  g_autofree char *xml = NULL, *wrong = NULL, *was = NULL, *will_be = NULL;
  g_autoptr (GString) text = NULL;

  g_assert_no_error (error);
  xml = kai_voucher_encode (message->vouchers->pdata[bad], spec, &error);
  g_assert_no_error (error);
  wrong = encode_without_check (fixture, xml, field, value);
  was = g_base64_encode ((const guchar *)xml, strlen (xml));
  will_be = g_base64_encode ((const guchar *)wrong, strlen (wrong));
  text = g_string_new_len (g_bytes_get_data (good, NULL), g_bytes_get_size (good));
  g_assert_cmpuint (g_string_replace (text, was, will_be, 1), ==, 1);
  return g_bytes_new (text->str, text->len);
}

static void
test_batch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_SM2);
  gint64 next = desk_lease (desk, 100);
  gsize n_good = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (bad_vouchers); i++)
    {
      g_autoptr (KaiMessage) message = desk_message (desk, "8994"), answer = NULL;
      g_autoptr (GBytes) body = NULL;
      g_autoptr (GError) error = NULL;

      for (int k = 0; k < 3; k++)
        {
          g_autofree char *code = make_code ("101", next++);

          add_notice (message, code, FIXED_ITEM, 1, "850.00");
        }
      body = build_bad_message (fixture, message, 1, bad_vouchers[i].field, bad_vouchers[i].value);
      answer = kai_soap_client_exchange (desk->client, body, message->id, NULL, NULL, &error);
      g_assert_no_error (error);
      g_test_message ("%s = %s", bad_vouchers[i].field, bad_vouchers[i].value);
      g_assert_cmpuint (answer->vouchers->len, ==, 3);
      g_assert_cmpstr (result_of (answer, 0), ==, KAI_RESULT_OK);
      g_assert_cmpstr (result_of (answer, 1), ==, code_of (bad_vouchers[i].symbol));
      g_assert_cmpstr (result_of (answer, 2), ==, KAI_RESULT_OK);
      n_good += 2;
    }
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM notice"), ==, (gint64)n_good);
}

static void
test_not_leased (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autofree char *beyond = make_code ("101", desk_lease (desk, 5) + 5);
  g_autofree char *other = make_code ("102", 1);
  g_autoptr (KaiMessage) message = desk_message (desk, "8994"), answer = NULL;

  add_notice (message, beyond, FIXED_ITEM, 1, "850.00");
  add_notice (message, other, FIXED_ITEM, 1, "850.00");
  answer = desk_send (desk, message);
  g_assert_cmpstr (result_of (answer, 0), ==, code_of ("code-not-leased"));
  g_assert_cmpstr (result_of (answer, 1), ==, code_of ("code-not-leased"));
}

/* Range and free standards, and a late fee. */
static void
test_standards (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *item;
    int quantity;
    const char *amount, *result;
  } rows[] = {
    { RANGE_ITEM, 2, "20.00", "00000" },  { RANGE_ITEM, 2, "400.00", "00000" },
    { RANGE_ITEM, 2, "19.99", "30006" },  { RANGE_ITEM, 2, "400.01", "30006" },
    { FREE_ITEM, 1, "0.01", "00000" },    { FIXED_ITEM, 3, "2550.00", "00000" },
    { FIXED_ITEM, 3, "850.00", "30006" },
  };
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = desk_message (desk, "8994"), answer = NULL;
  gint64 next = desk_lease (desk, 20);
  g_autofree char *late_code = make_code ("101", next++);
  KaiRecord *late;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *code = make_code ("101", next++);

      add_notice (message, code, rows[i].item, rows[i].quantity, rows[i].amount);
    }
  late = add_notice (message, late_code, FIXED_ITEM, 1, "850.00");
  kai_record_set (late, "Amt", "851.50");
  kai_record_set (late, "DelayAmt", "1.50");
  answer = desk_send (desk, message);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpstr (result_of (answer, i), ==, rows[i].result);
  g_assert_cmpstr (result_of (answer, G_N_ELEMENTS (rows)), ==, KAI_RESULT_OK);
}

static void
test_twice (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_SM2);
  g_autofree char *code = make_code ("101", desk_lease (desk, 1));
  g_autoptr (KaiMessage) message = desk_message (desk, "8994"), first = NULL, second = NULL,
                         third = NULL;
  g_autofree char *fault = NULL;

  add_notice (message, code, FIXED_ITEM, 1, "850.00");
  first = desk_send (desk, message);
  second = desk_send (desk, message);
  g_assert_cmpstr (first->id, ==, second->id);
  g_assert_cmpstr (kai_record_get (first->vouchers->pdata[0], "Information"), ==,
                   kai_record_get (second->vouchers->pdata[0], "Information"));
  g_assert_cmpuint (strlen (kai_record_get (first->vouchers->pdata[0], "Information")), ==, 4);
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM notice"), ==, 1);

  /* Another content under the same id. */
  kai_record_set (message->vouchers->pdata[0], "PayerName", "李四");
  fault = desk_send_failing (desk, message);
  g_assert_cmpstr (fault, ==, code_of ("id-reused"));
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM notice WHERE payer_name = '张小明'"),
                   ==, 1);

  /* The same notice under another id. */
  g_free (message->id);
  message->id = kai_message_new_id ();
  third = desk_send (desk, message);
  g_assert_cmpstr (result_of (third, 0), ==, code_of ("code-exists"));
}

static KaiMessage *
show (Desk *desk, const char *code)
{
  g_autoptr (KaiMessage) message = desk_message (desk, "8997");
  KaiRecord *voucher = add_voucher (message);

  kai_record_set (voucher, "PayCode", code);
  kai_record_set (voucher, "PayMode", "1");
  return desk_send (desk, message);
}

static KaiMessage *
void_notice (Desk *desk, const char *code)
{
  g_autoptr (KaiMessage) message = desk_message (desk, "8641");
  KaiRecord *voucher = add_voucher (message);

  kai_record_set (voucher, "PayCode", code);
  kai_record_set (voucher, "ChgAgenCode", desk->unit);
  kai_record_set (voucher, "Reason", "开错");
  return desk_send (desk, message);
}

static void
test_show (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (Desk) court = desk_new (fixture, COURT_CLERK, KAI_ALGORITHM_P256);
  g_autofree char *code = issue_notice (desk);
  g_autoptr (KaiMessage) unpaid = show (desk, code), paid = NULL, unknown = NULL, foreign = NULL;

  g_assert_cmpstr (unpaid->number, ==, "5997");
  g_assert_cmpstr (kai_record_get (unpaid->vouchers->pdata[0], "PayStats"), ==, "0");
  g_assert_cmpstr (kai_record_get (unpaid->vouchers->pdata[0], "PayerName"), ==, "张小明");
  pay_notice (fixture, code);
  paid = show (desk, code);
  g_assert_cmpstr (kai_record_get (paid->vouchers->pdata[0], "PayStats"), ==, "1");
  unknown = show (desk, "32068499999999999999");
  g_assert_cmpstr (unknown->number, ==, "5001");
  g_assert_cmpstr (result_of (unknown, 0), ==, code_of ("unknown-notice"));
  foreign = show (court, code);
  g_assert_cmpstr (result_of (foreign, 0), ==, code_of ("wrong-unit"));
}

static void
test_void (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autofree char *code = issue_notice (desk), *paid_code = issue_notice (desk);
  g_autoptr (KaiMessage) done = void_notice (desk, code), again = void_notice (desk, code),
                         paid = NULL;
  g_autoptr (GError) error = NULL;
  KaiPayOutcome outcome;
  const char *refusal = NULL;

  g_assert_cmpstr (result_of (done, 0), ==, KAI_RESULT_OK);
  g_assert_cmpstr (result_of (again, 0), ==, code_of ("already-void"));
  kai_sandbox_pay (fixture->ctl, code, 1, &outcome, &refusal, &error);
  g_assert_no_error (error);
  g_assert_cmpint (outcome, ==, KAI_PAY_REFUSED);
  g_assert_cmpstr (refusal, ==, "void-notice");
  pay_notice (fixture, paid_code);
  paid = void_notice (desk, paid_code);
  g_assert_cmpstr (result_of (paid, 0), ==, code_of ("already-paid"));
}

static void
test_second_payment (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autofree char *code = issue_notice (desk);
  g_autoptr (GError) error = NULL;
  KaiPayOutcome outcome;
  const char *refusal = NULL;

  pay_notice (fixture, code);
  kai_sandbox_pay (fixture->ctl, code, 2, &outcome, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (outcome, ==, KAI_PAY_REFUNDED);
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM payment WHERE state = 'refunded'"),
                   ==, 1);
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM push"), ==, 1);
  kai_sandbox_pay (fixture->ctl, "32068499999999999999", 1, &outcome, &refusal, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (refusal, ==, "unknown-notice");
}

/* Past its last day by the server's clock. */
static void
test_lapse (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autofree char *code = issue_notice (desk);
  g_autoptr (GError) error = NULL;
  KaiPayOutcome outcome;
  const char *refusal = NULL;

  kai_sandbox_add_fault (fixture->ctl, "clock:3456000", &error);
  g_assert_no_error (error);
  kai_sandbox_pay (fixture->ctl, code, 1, &outcome, &refusal, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (refusal, ==, "lapsed");
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
    { "/sandbox/base-data", test_base_data, 0 },
    { "/sandbox/link/rsa", test_link, KAI_ALGORITHM_RSA },
    { "/sandbox/link/p256", test_link, KAI_ALGORITHM_P256 },
    { "/sandbox/link/sm2", test_link, KAI_ALGORITHM_SM2 },
    { "/sandbox/lease/apart", test_leases, 0 },
    { "/sandbox/lease/again", test_lease_again, 0 },
    { "/sandbox/notice/batch", test_batch, 0 },
    { "/sandbox/notice/not-leased", test_not_leased, 0 },
    { "/sandbox/notice/standards", test_standards, 0 },
    { "/sandbox/notice/twice", test_twice, 0 },
    { "/sandbox/notice/show", test_show, 0 },
    { "/sandbox/notice/void", test_void, 0 },
    { "/sandbox/payment/second", test_second_payment, 0 },
    { "/sandbox/payment/lapsed", test_lapse, 0 },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, GINT_TO_POINTER (tests[i].data), fixture_set_up,
                tests[i].func, fixture_tear_down);
  return g_test_run ();
}
