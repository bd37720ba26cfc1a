/* Who is believed: signatures, holders, replays. Whatever is refused changes nothing and is in the
 * log. */
#include "kai-sandbox-fixture.h"

#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "transport/kai-soap.h"

#include <string.h>

static GBytes *
encode (Fixture *fixture, KaiMessage *message)
{
  g_autoptr (GError) error = NULL;
  GBytes *body = kai_message_encode (message, fixture->catalogue, FALSE, &error);

  g_assert_no_error (error);
  return body;
}

/* Posts the envelope as it is and returns the fault's code, or "00000". */
static char *
post (Fixture *fixture, GBytes *envelope)
{
  g_autoptr (KaiTrust) trust = kai_trust_new ();
  g_autoptr (KaiSoapEnvelope) answer = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint status =
      fixture_http (fixture, "/exchange", "text/xml; charset=utf-8", envelope, &text, NULL);

  kai_trust_add_file (trust, fixture->trust, &error);
  g_assert_no_error (error);
  answer = kai_soap_open (text, strlen (text), FALSE, trust, g_get_real_time () / G_USEC_PER_SEC,
                          &error);
  g_assert_no_error (error);
  g_assert_cmpuint (status, ==, answer->is_fault ? 500 : 200);
  return g_strdup (answer->is_fault ? answer->fault_result : KAI_RESULT_OK);
}

static GBytes *
build (Fixture *fixture, KaiMessage *message, KaiKey *key, gint64 offset)
{
  g_autoptr (GBytes) body = encode (fixture, message);
  g_autoptr (GError) error = NULL;
  g_autofree char *id = kai_soap_new_message_id ();
  GBytes *envelope = kai_soap_build (body, id, fixture->url, NULL, key,
                                     g_get_real_time () / G_USEC_PER_SEC + offset, &error);

  g_assert_no_error (error);
  return envelope;
}

/* An 8994 that would be accepted. */
static KaiMessage *
good_message (Desk *desk)
{
  g_autofree char *code = make_code ("101", desk_lease (desk, 1));
  KaiMessage *message = desk_message (desk, "8994");

  add_notice (message, code, FIXED_ITEM, 1, "850.00");
  return message;
}

static void
assert_nothing_happened (Fixture *fixture, const char *result)
{
  g_autofree char *sql =
      g_strdup_printf ("SELECT count(*) FROM message WHERE result = '%s'", result);

  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM notice"), ==, 0);
  g_assert_cmpint (count_rows (fixture, sql), ==, 1);
}

static void
test_replay (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_SM2);
  g_autoptr (KaiMessage) message = good_message (desk);
  g_autoptr (GBytes) envelope = build (fixture, message, desk->key, 0);
  g_autofree char *first = post (fixture, envelope), *second = post (fixture, envelope);

  g_assert_cmpstr (first, ==, KAI_RESULT_OK);
  g_assert_cmpstr (second, ==, code_of ("replayed"));
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM notice"), ==, 1);
}

static void
test_unsigned (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = good_message (desk);
  g_autoptr (GBytes) body = encode (fixture, message), envelope = NULL;
  g_autofree char *text =
      g_strdup_printf ("<s:Envelope xmlns:s=\"%s\"><s:Body><k:Exchange "
                       "xmlns:k=\"%s\">%.*s</k:Exchange></s:Body></s:Envelope>",
                       KAI_SOAP_NS, KAI_EXCHANGE_NS, (int)g_bytes_get_size (body),
                       (const char *)g_bytes_get_data (body, NULL));
  g_autofree char *result = NULL;

  envelope = g_bytes_new (text, strlen (text));
  result = post (fixture, envelope);
  g_assert_cmpstr (result, ==, code_of ("no-signature"));
  assert_nothing_happened (fixture, result);
}

static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_SM2);
  g_autoptr (KaiMessage) message = good_message (desk);
  g_autoptr (GBytes) envelope = build (fixture, message, desk->key, 0), changed = NULL;
  g_autoptr (GString) text =
      g_string_new_len (g_bytes_get_data (envelope, NULL), g_bytes_get_size (envelope));
  g_autofree char *result = NULL;

  g_assert_cmpuint (g_string_replace (text, "<DES>F320684</DES>", "<DES>F320600</DES>", 1), ==, 1);
  changed = g_bytes_new (text->str, text->len);
  result = post (fixture, changed);
  g_assert_cmpstr (result, ==, code_of ("bad-signature"));
  assert_nothing_happened (fixture, result);
}

static void
test_old (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = good_message (desk);
  g_autoptr (GBytes) envelope = build (fixture, message, desk->key, -3600);
  g_autofree char *result = post (fixture, envelope);

  g_assert_cmpstr (result, ==, code_of ("time-window"));
  assert_nothing_happened (fixture, result);
}

/* A key for the same person from another authority. */
static void
test_stranger (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = good_message (desk);
  g_autoptr (KaiTestDir) other = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (other, "key.p12", NULL);
  g_autofree char *uri = g_strconcat ("file:", path, NULL), *result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSandbox) sandbox = kai_sandbox_open (other, TRUE, &error);
  g_autoptr (KaiKey) key = NULL;
  g_autoptr (GBytes) envelope = NULL;

  g_assert_no_error (error);
  kai_sandbox_load_demo_data (sandbox, &error);
  g_assert_no_error (error);
  kai_sandbox_issue_key (sandbox, CLERK, KAI_ALGORITHM_P256, PIN, path, &error);
  g_assert_no_error (error);
  key = kai_key_open (uri, PIN, &error);
  g_assert_no_error (error);
  envelope = build (fixture, message, key, 0);
  result = post (fixture, envelope);
  g_assert_cmpstr (result, ==, code_of ("certificate-unknown"));
  assert_nothing_happened (fixture, result);
}

/* The server's own key is trusted, but is nobody's. */
static void
test_not_a_user (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = good_message (desk);
  g_autoptr (GBytes) envelope =
      build (fixture, message,
             kai_authority_get_finance_key (fixture->ctl->authority, KAI_ALGORITHM_P256), 0);
  g_autofree char *result = post (fixture, envelope);

  g_assert_cmpstr (result, ==, code_of ("wrong-holder"));
  assert_nothing_happened (fixture, result);
}

/* A user who moved to another unit: the certificate says the old one. */
static void
test_moved_user (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = good_message (desk);
  g_autoptr (GError) error = NULL;
  g_autofree char *result = NULL;

  kai_database_run (fixture->ctl->db, &error, "UPDATE user SET unit_code = ? WHERE code = ?", "tt",
                    COURT, CLERK);
  g_assert_no_error (error);
  result = desk_send_failing (desk, message);
  g_assert_cmpstr (result, ==, code_of ("wrong-holder"));
  assert_nothing_happened (fixture, result);
}

static void
test_other_unit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (Desk) court = desk_new (fixture, COURT_CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = good_message (desk);
  g_autoptr (KaiMessage) answer = desk_send (court, message);

  g_assert_cmpstr (result_of (answer, 0), ==, code_of ("wrong-unit"));
  assert_nothing_happened (fixture, code_of ("wrong-unit"));
}

static void
test_unknown_message (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = desk_message (desk, "8001");
  KaiRecord *voucher = add_voucher (message);
  g_autofree char *result = NULL;

  kai_record_set (voucher, "OriMsgNo", "5996");
  kai_record_set (voucher, "Result", KAI_RESULT_OK);
  result = desk_send_failing (desk, message);
  g_assert_cmpstr (result, ==, code_of ("unknown-message"));
}

static void
test_garbage (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *body, *symbol;
  } rows[] = {
    { "", "malformed" },          { "not xml", "malformed" },
    { "<a/>", "malformed" },      { "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "dtd" },
    { "\xff\xfe<", "malformed" }, { "<a><b></a></b>", "malformed" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_static (rows[i].body, strlen (rows[i].body));
      g_autofree char *result = post (fixture, body);

      g_assert_cmpstr (result, ==, code_of (rows[i].symbol));
    }
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/sandbox/security/replay", test_replay },
    { "/sandbox/security/unsigned", test_unsigned },
    { "/sandbox/security/changed", test_changed },
    { "/sandbox/security/old", test_old },
    { "/sandbox/security/stranger", test_stranger },
    { "/sandbox/security/not-a-user", test_not_a_user },
    { "/sandbox/security/moved-user", test_moved_user },
    { "/sandbox/security/other-unit", test_other_unit },
    { "/sandbox/security/unknown-message", test_unknown_message },
    { "/sandbox/security/garbage", test_garbage },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, fixture_set_up, tests[i].func, fixture_tear_down);
  return g_test_run ();
}
