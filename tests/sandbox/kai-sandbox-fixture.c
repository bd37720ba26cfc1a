/* The training server in the test's process, and desks that talk to it. */
#include "kai-sandbox-fixture.h"

#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "values/kai-codes.h"

#include <string.h>

typedef struct
{
  Fixture *fixture;
  GMutex mutex;
  GCond cond;
  gboolean ready;
} Start;

static gboolean
on_ready_cb (gpointer data)
{
  Start *start = data;

  g_mutex_lock (&start->mutex);
  start->ready = TRUE;
  g_cond_signal (&start->cond);
  g_mutex_unlock (&start->mutex);
  return G_SOURCE_REMOVE;
}

static gpointer
run_server (gpointer data)
{
  Start *start = data;
  Fixture *fixture = start->fixture;
  g_autoptr (GError) error = NULL;
  KaiSandboxServer *server;
  GSource *idle = g_idle_source_new ();

  g_main_context_push_thread_default (fixture->context);
  server = kai_sandbox_server_new (fixture->dir, 0, TRUE, &error);
  g_assert_no_error (error);
  fixture->address = g_strdup (kai_sandbox_server_get_address (server));
  g_source_set_callback (idle, on_ready_cb, start, NULL);
  g_source_attach (idle, fixture->context);
  g_source_unref (idle);
  g_main_loop_run (fixture->loop);
  kai_sandbox_server_free (server);
  /* What libsoup has left to close. */
  while (g_main_context_iteration (fixture->context, FALSE))
    ;
  g_main_context_pop_thread_default (fixture->context);
  return NULL;
}

void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  Start start = { .fixture = fixture };
  g_autoptr (GError) error = NULL;

  g_mutex_init (&start.mutex);
  g_cond_init (&start.cond);
  fixture->dir = kai_test_make_dir ();
  fixture->context = g_main_context_new ();
  fixture->loop = g_main_loop_new (fixture->context, FALSE);
  fixture->thread = g_thread_new ("server", run_server, &start);
  g_mutex_lock (&start.mutex);
  while (!start.ready)
    g_cond_wait (&start.cond, &start.mutex);
  g_mutex_unlock (&start.mutex);
  g_mutex_clear (&start.mutex);
  g_cond_clear (&start.cond);
  fixture->url = g_strconcat (fixture->address, "/exchange", NULL);
  fixture->trust = g_build_filename (fixture->dir, "ca.pem", NULL);
  fixture->catalogue = kai_catalogue_load (NULL, &error);
  g_assert_no_error (error);
  fixture->ctl = kai_sandbox_open (fixture->dir, FALSE, &error);
  g_assert_no_error (error);
}

void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_main_loop_quit (fixture->loop);
  g_thread_join (fixture->thread);
  kai_sandbox_free (fixture->ctl);
  kai_catalogue_free (fixture->catalogue);
  g_main_loop_unref (fixture->loop);
  g_main_context_unref (fixture->context);
  kai_test_remove_dir (fixture->dir);
  g_free (fixture->address);
  g_free (fixture->url);
  g_free (fixture->trust);
}

/* ---- desks ---- */

Desk *
desk_new (Fixture *fixture, const char *user, KaiAlgorithm algorithm)
{
  Desk *desk = g_new0 (Desk, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *id = g_uuid_string_random ();
  g_autofree char *name = g_strdup_printf ("%s-%s.p12", user, id);
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);
  g_autofree char *uri = g_strconcat ("file:", path, NULL);

  kai_sandbox_issue_key (fixture->ctl, user, algorithm, PIN, path, &error);
  g_assert_no_error (error);
  desk->fixture = fixture;
  desk->user = user;
  desk->unit = g_strndup (user, strlen (user) - 2);
  desk->key = kai_key_open (uri, PIN, &error);
  g_assert_no_error (error);
  desk->client = kai_soap_client_new (fixture->url, fixture->trust, desk->key, fixture->catalogue,
                                      NULL, &error);
  g_assert_no_error (error);
  return desk;
}

void
desk_free (Desk *desk)
{
  kai_soap_client_free (desk->client);
  g_object_unref (desk->key);
  g_free (desk->unit);
  g_free (desk);
}

static void
replace (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

KaiMessage *
desk_message (Desk *desk, const char *number)
{
  KaiMessage *message = kai_message_new (number);

  replace (&message->source, "K3206840001");
  replace (&message->destination, "F320684");
  replace (&message->region, "320684");
  return message;
}

KaiRecord *
add_voucher (KaiMessage *message)
{
  KaiRecord *voucher = kai_record_new ();

  g_ptr_array_add (message->vouchers, voucher);
  return voucher;
}

KaiRecord *
add_stock_voucher (KaiMessage *message, const char *from, const char *to, const char *first,
                   const char *last)
{
  KaiRecord *voucher = add_voucher (message);

  kai_record_set (voucher, "ChgAgenCode", SCHOOL);
  kai_record_set (voucher, "BillTypeCode", "1101");
  kai_record_set (voucher, "BillVerCode", "2026");
  kai_record_set (voucher, "FromHolder", from);
  kai_record_set (voucher, "ToHolder", to);
  kai_record_set (voucher, "FirstNo", first);
  kai_record_set (voucher, "LastNo", last);
  return voucher;
}

static KaiMessage *
exchange (Desk *desk, KaiMessage *message, char **fault, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) body = kai_message_encode (message, desk->fixture->catalogue, FALSE, &local);

  g_assert_no_error (local);
  return kai_soap_client_exchange (desk->client, body, message->id, fault, NULL, error);
}

KaiMessage *
desk_send (Desk *desk, KaiMessage *message)
{
  g_autoptr (GError) error = NULL;
  KaiMessage *answer = exchange (desk, message, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (answer->reference, ==, message->id);
  return answer;
}

char *
desk_send_failing (Desk *desk, KaiMessage *message)
{
  g_autoptr (GError) error = NULL;
  char *fault = NULL;
  g_autoptr (KaiMessage) answer = exchange (desk, message, &fault, &error);

  g_assert_null (answer);
  g_assert_nonnull (error);
  if (fault)
    return fault;
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_UNREACHABLE);
  return g_strdup ("");
}

const char *
result_of (const KaiMessage *answer, guint n)
{
  g_assert_cmpuint (answer->vouchers->len, >, n);
  return kai_record_get (answer->vouchers->pdata[n], "Result");
}

const char *
code_of (const char *symbol)
{
  return kai_result_code_by_symbol (symbol)->code;
}

/* ---- the main flow ---- */

gint64
desk_lease (Desk *desk, int count)
{
  g_autoptr (KaiMessage) message = desk_message (desk, "8651");
  g_autoptr (KaiMessage) answer = NULL;
  KaiRecord *voucher = add_voucher (message);

  kai_record_set (voucher, "ChgAgenCode", desk->unit);
  kai_record_set_int (voucher, "StYear", kai_day_today () / 10000);
  kai_record_set_int (voucher, "Count", count);
  kai_record_set (voucher, "DeskId", desk->user);
  answer = desk_send (desk, message);
  g_assert_cmpstr (answer->number, ==, "5651");
  g_assert_cmpstr (result_of (answer, 0), ==, KAI_RESULT_OK);
  return g_ascii_strtoll (kai_record_get (answer->vouchers->pdata[0], "FirstNo"), NULL, 10);
}

char *
make_code (const char *assigner, gint64 sequence)
{
  g_autoptr (GError) error = NULL;
  char *code = kai_payment_code_build (kai_payment_code_rule_default (), "320684",
                                       kai_day_today () / 10000, assigner, sequence, &error);

  g_assert_no_error (error);
  return code;
}

KaiRecord *
add_notice (KaiMessage *message, const char *code, const char *item, int quantity,
            const char *amount)
{
  KaiRecord *voucher = add_voucher (message);
  g_autofree char *day = kai_day_to_wire (kai_day_today ());
  g_autofree char *info =
      g_strdup_printf ("%s|项目|%s|次|%d|无限制|0.00-0.00#", item, amount, quantity);

  kai_record_set (voucher, "AdmDivCode", "320684");
  kai_record_set (voucher, "PayCode", code);
  kai_record_set (voucher, "BillDate", day);
  kai_record_set (voucher, "ChgAgenCode", SCHOOL);
  kai_record_set (voucher, "ChgAgenName", "海门市东洲湾实验学校");
  kai_record_set (voucher, "PayerName", "张小明");
  kai_record_set (voucher, "Amt", amount);
  kai_record_set (voucher, "OriAmt", amount);
  kai_record_set (voucher, "DelayAmt", "0.00");
  kai_record_set (voucher, "PayStats", "0");
  kai_record_set (voucher, "RecAcctType", "1");
  kai_record_set (voucher, "RecName", "海门市财政局非税收入专户");
  kai_record_set (voucher, "RecAcct", "320684000000000018");
  kai_record_set (voucher, "RecOpBk", "东洲银行海门支行");
  kai_record_set (voucher, "RecBankNo", "999306840001");
  kai_record_set (voucher, "IsInterBank", "0");
  kai_record_set (voucher, "PayInfo", info);
  kai_record_set (voucher, "MobilePhone", "13800000000");
  kai_record_set (voucher, "PayerCreditCode", "11010519491231002X");
  kai_record_set (voucher, "Hold1", "Y");
  return voucher;
}

char *
issue_notice (Desk *desk)
{
  g_autoptr (KaiMessage) message = desk_message (desk, "8994");
  g_autoptr (KaiMessage) answer = NULL;
  char *code = make_code ("101", desk_lease (desk, 1));

  add_notice (message, code, FIXED_ITEM, 1, "850.00");
  answer = desk_send (desk, message);
  g_assert_cmpstr (result_of (answer, 0), ==, KAI_RESULT_OK);
  return code;
}

void
pay_notice (Fixture *fixture, const char *code)
{
  g_autoptr (GError) error = NULL;
  KaiPayOutcome outcome;

  kai_sandbox_pay (fixture->ctl, code, 1, &outcome, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (outcome, ==, KAI_PAY_CONFIRMED);
}

gint64
count_rows (Fixture *fixture, const char *sql)
{
  g_autoptr (GError) error = NULL;
  gint64 n = kai_database_get_int (fixture->ctl->db, -1, &error, sql, "");

  g_assert_no_error (error);
  return n;
}

/* ---- raw HTTPS ---- */

static gboolean
on_accept_certificate_cb (SoupMessage *message, GTlsCertificate *certificate,
                          GTlsCertificateFlags errors, gpointer data)
{
  return FALSE;
}

guint
fixture_http (Fixture *fixture, const char *path, const char *type, GBytes *body, char **answer,
              SoupMessageHeaders **headers)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsDatabase) roots = g_tls_file_database_new (fixture->trust, &error);
  g_autoptr (SoupSession) session = soup_session_new_with_options ("tls-database", roots, NULL);
  g_autofree char *url = g_strconcat (fixture->address, path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (body ? "POST" : "GET", url);
  g_autoptr (GBytes) bytes = NULL;

  g_assert_no_error (error);
  g_signal_connect (message, "accept-certificate", G_CALLBACK (on_accept_certificate_cb), NULL);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  if (body)
    soup_message_set_request_body_from_bytes (message, type, body);
  bytes = soup_session_send_and_read (session, message, NULL, &error);
  g_assert_no_error (error);
  if (answer)
    *answer = g_bytes_get_size (bytes)
                  ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes))
                  : g_strdup ("");
  if (headers)
    *headers = soup_message_headers_ref (soup_message_get_response_headers (message));
  return soup_message_get_status (message);
}
