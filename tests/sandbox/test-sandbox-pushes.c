/* What waits for a desk (8902), long polling, and faults of the network. */
#include "kai-sandbox-fixture.h"
#include "kai-sandbox-peers.h"

#include "messages/kai-result-code.h"

#include <string.h>

static KaiMessage *
ask_message (Desk *desk, const char *desk_id, int count, int wait)
{
  KaiMessage *message = desk_message (desk, "8902");
  KaiRecord *voucher = add_voucher (message);

  kai_record_set (voucher, "ChgAgenCode", desk->unit);
  kai_record_set (voucher, "OperatorCode", desk->user);
  kai_record_set (voucher, "DeskId", desk_id);
  kai_record_set_int (voucher, "MaxCount", count);
  kai_record_set_int (voucher, "WaitSeconds", wait);
  return message;
}

static void
add_ack (KaiMessage *message, const char *id)
{
  KaiRecord *ack = kai_record_add (message->vouchers->pdata[0], "AckList/Ack");

  kai_record_set (ack, "PushId", id);
  kai_record_set (ack, "Result", KAI_RESULT_OK);
}

static const KaiRecord *
push_of (const KaiMessage *answer, guint n)
{
  return kai_record_nth (answer->vouchers->pdata[0], "PushList/Push", n);
}

static guint
n_pushes (const KaiMessage *answer)
{
  return kai_record_get_n (answer->vouchers->pdata[0], "PushList/Push");
}

/* Every desk of the unit gets it, until it has acknowledged it; another unit never. */
static void
test_push (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_SM2);
  g_autoptr (Desk) court = desk_new (fixture, COURT_CLERK, KAI_ALGORITHM_SM2);
  g_autofree char *code = issue_notice (desk);
  g_autoptr (KaiMessage) ask_a = ask_message (desk, "A", 10, 0),
                         ask_b = ask_message (desk, "B", 10, 0);
  g_autoptr (KaiMessage) again_a = ask_message (desk, "A", 10, 0),
                         acked_a = ask_message (desk, "A", 10, 0);
  g_autoptr (KaiMessage) ask_c = ask_message (court, "C", 10, 0);
  g_autoptr (KaiMessage) a = NULL, b = NULL, a_again = NULL, a_acked = NULL, c = NULL;
  g_autoptr (KaiRecord) voucher = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree guchar *xml = NULL;
  gsize length;

  pay_notice (fixture, code);
  a = desk_send (desk, ask_a);
  g_assert_cmpuint (n_pushes (a), ==, 1);
  g_assert_cmpstr (kai_record_get (push_of (a, 0), "MsgNo"), ==, "5996");
  xml = g_base64_decode (kai_record_get (push_of (a, 0), "Content"), &length);
  voucher =
      kai_voucher_decode (xml, length, kai_catalogue_get (fixture->catalogue, "5996"), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (kai_record_get (voucher, "PayCode"), ==, code);
  g_assert_cmpstr (kai_record_get (voucher, "Amt"), ==, "850.00");
  g_assert_cmpstr (kai_record_get (voucher, "PayMode"), ==, "1");

  a_again = desk_send (desk, again_a);
  g_assert_cmpuint (n_pushes (a_again), ==, 1);
  add_ack (acked_a, kai_record_get (push_of (a, 0), "PushId"));
  a_acked = desk_send (desk, acked_a);
  g_assert_cmpuint (n_pushes (a_acked), ==, 0);
  b = desk_send (desk, ask_b);
  g_assert_cmpuint (n_pushes (b), ==, 1);
  /* An acknowledgement of another unit's push changes nothing. */
  add_ack (ask_c, kai_record_get (push_of (a, 0), "PushId"));
  c = desk_send (court, ask_c);
  g_assert_cmpuint (n_pushes (c), ==, 0);
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM push_ack"), ==, 1);
}

static void
test_more (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  guint total = 0;
  gboolean more = TRUE;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < 5; i++)
    {
      g_autofree char *code = issue_notice (desk);

      pay_notice (fixture, code);
    }
  while (more)
    {
      g_autoptr (KaiMessage) ask = ask_message (desk, "A", 2, 0), answer = NULL;

      for (guint i = 0; i < ids->len; i++)
        add_ack (ask, ids->pdata[i]);
      g_ptr_array_set_size (ids, 0);
      answer = desk_send (desk, ask);
      for (guint i = 0; i < n_pushes (answer); i++)
        g_ptr_array_add (ids, g_strdup (kai_record_get (push_of (answer, i), "PushId")));
      total += n_pushes (answer);
      more = g_str_equal (kai_record_get (answer->vouchers->pdata[0], "More"), "1");
      g_assert_cmpuint (n_pushes (answer), ==, total < 5 ? 2 : 1);
    }
  g_assert_cmpuint (total, ==, 5);
}

/* ---- long polling ---- */

typedef struct
{
  Fixture *fixture;
  int wait;
  gint64 took; /* microseconds */
  guint pushes;
} Poll;

static gpointer
run_poll (gpointer data)
{
  Poll *poll = data;
  Fixture own = *poll->fixture;
  g_autoptr (GError) error = NULL;
  g_autoptr (Desk) desk = NULL;
  g_autoptr (KaiMessage) ask = NULL, answer = NULL;
  gint64 start;

  /* A connection to the database belongs to one thread. */
  own.ctl = kai_sandbox_open (own.dir, FALSE, &error);
  g_assert_no_error (error);
  desk = desk_new (&own, CLERK, KAI_ALGORITHM_P256);
  kai_sandbox_free (own.ctl);
  ask = ask_message (desk, "waiting", 10, poll->wait);
  start = g_get_monotonic_time ();
  answer = desk_send (desk, ask);
  poll->took = g_get_monotonic_time () - start;
  poll->pushes = n_pushes (answer);
  return NULL;
}

static void
test_long_poll (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autofree char *code = issue_notice (desk);
  Poll poll = { .fixture = fixture, .wait = 30 };
  GThread *thread = g_thread_new ("poll", run_poll, &poll);
  g_autoptr (KaiMessage) answer = NULL, link = desk_message (desk, "8002");

  /* Its envelope is remembered when it starts to wait: issue, lease, and this one. */
  while (count_rows (fixture, "SELECT count(*) FROM envelope") < 3)
    g_thread_yield ();
  /* Nobody else waits for it. */
  add_voucher (link);
  answer = desk_send (desk, link);
  g_assert_cmpstr (result_of (answer, 0), ==, KAI_RESULT_OK);
  pay_notice (fixture, code);
  g_thread_join (thread);
  g_assert_cmpuint (poll.pushes, ==, 1);
  g_assert_cmpint (poll.took, <, 15 * G_USEC_PER_SEC);
}

static void
test_poll_over (Fixture *fixture, gconstpointer data)
{
  Poll poll = { .fixture = fixture, .wait = 1 };

  run_poll (&poll);
  g_assert_cmpuint (poll.pushes, ==, 0);
  g_assert_cmpint (poll.took, >=, 1 * G_USEC_PER_SEC);
}

/* ---- faults ---- */

static void
make_fault (Fixture *fixture, const char *spec)
{
  g_autoptr (GError) error = NULL;

  kai_sandbox_add_fault (fixture->ctl, spec, &error);
  g_assert_no_error (error);
}

/* Sent again until there is an answer, as the outbox does. */
static void
test_fault (Fixture *fixture, gconstpointer data)
{
  const char *spec = data;
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autofree char *code = make_code ("101", desk_lease (desk, 1));
  g_autoptr (KaiMessage) message = desk_message (desk, "8994"), answer = NULL;
  gboolean before = g_str_has_prefix (spec, "drop-request") || g_str_has_prefix (spec, "http-500");

  add_notice (message, code, FIXED_ITEM, 1, "850.00");
  make_fault (fixture, spec);
  for (int i = 0; i < 2; i++)
    {
      /* A new client: a connection that was kept open may be tried again by the library itself. */
      g_autoptr (Desk) fresh = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
      g_autofree char *result = desk_send_failing (fresh, message);

      g_assert_cmpstr (result, ==, "");
      g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM notice"), ==, before ? 0 : 1);
    }
  answer = desk_send (desk, message);
  g_assert_cmpstr (result_of (answer, 0), ==, KAI_RESULT_OK);
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM notice"), ==, 1);
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM fault"), ==, 0);
}

/* On a kept connection too there is an answer in the end, and the effect once. */
static void
test_kept_connection (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autofree char *code = make_code ("101", desk_lease (desk, 1));
  g_autoptr (KaiMessage) message = desk_message (desk, "8994");
  g_autoptr (GBytes) body = NULL;
  g_autoptr (KaiMessage) answer = NULL;
  g_autoptr (GError) error = NULL;

  add_notice (message, code, FIXED_ITEM, 1, "850.00");
  body = kai_message_encode (message, fixture->catalogue, FALSE, &error);
  g_assert_no_error (error);
  make_fault (fixture, "drop-answer:8994");
  for (int i = 0; !answer && i < 3; i++)
    {
      g_autoptr (GError) local = NULL;

      answer = kai_soap_client_exchange (desk->client, body, message->id, NULL, NULL, &local);
      g_test_message ("%s", local ? local->message : "answered");
    }
  g_assert_nonnull (answer);
  g_assert_cmpstr (result_of (answer, 0), ==, KAI_RESULT_OK);
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM notice"), ==, 1);
}

static void
test_delay (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = desk_message (desk, "8002"), answer = NULL;
  gint64 start = g_get_monotonic_time ();

  add_voucher (message);
  make_fault (fixture, "delay:300:8002");
  answer = desk_send (desk, message);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 300000);
}

/* The server's clock is an hour ahead: the client measures it and signs with the right time. */
static void
test_clock (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = desk_message (desk, "8002"), answer = NULL;

  add_voucher (message);
  make_fault (fixture, "clock:3600");
  answer = desk_send (desk, message);
  g_assert_cmpint (ABS (kai_soap_client_get_clock_offset (desk->client) - 3600), <=, 2);
  make_fault (fixture, "clear");
}

static void
test_bad_specs (Fixture *fixture, gconstpointer data)
{
  static const char *const rows[] = { "",
                                      "rain",
                                      "delay",
                                      "delay:x",
                                      "delay:-1",
                                      "cut:",
                                      "drop-answer:89",
                                      "drop-answer:8994:x",
                                      "drop-answer:8994:1:1",
                                      "clock",
                                      "clock:1:2",
                                      "clear:1" };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (kai_sandbox_add_fault (fixture->ctl, rows[i], &error));
      g_assert_nonnull (error);
    }
  g_assert_cmpint (count_rows (fixture, "SELECT count(*) FROM fault"), ==, 0);
}

/* The other writer ends as soon as somebody waits for it. */
static int
on_busy_cb (void *data, int times)
{
  Fixture *fixture = data;

  return times == 0 && kai_database_commit (fixture->ctl->db, NULL);
}

/* A server that starts while a payer is paying waits for them. */
static void
test_start_while_paying (Fixture *fixture, gconstpointer data)
{
  g_autoptr (KaiSandbox) second = kai_sandbox_open (fixture->dir, FALSE, NULL);
  g_autoptr (GError) error = NULL;

  sqlite3_busy_handler (kai_database_get_handle (second->db), on_busy_cb, fixture);
  g_assert_true (kai_database_begin (fixture->ctl->db, NULL));
  kai_sandbox_make_peers (second, &error);
  g_assert_no_error (error);
  g_assert_false (kai_database_in_transaction (fixture->ctl->db));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
    const char *data;
  } tests[] = {
    { "/sandbox/push/acknowledged", test_push, NULL },
    { "/sandbox/push/more", test_more, NULL },
    { "/sandbox/push/long-poll", test_long_poll, NULL },
    { "/sandbox/push/poll-over", test_poll_over, NULL },
    { "/sandbox/fault/drop-request", test_fault, "drop-request:8994:2" },
    { "/sandbox/fault/drop-answer", test_fault, "drop-answer:8994:2" },
    { "/sandbox/fault/http-500", test_fault, "http-500:8994:2" },
    { "/sandbox/fault/cut", test_fault, "cut:100:8994:2" },
    { "/sandbox/fault/cut-at-once", test_fault, "cut:0:8994:2" },
    { "/sandbox/fault/kept-connection", test_kept_connection, NULL },
    { "/sandbox/fault/delay", test_delay, NULL },
    { "/sandbox/fault/clock", test_clock, NULL },
    { "/sandbox/fault/bad-specs", test_bad_specs, NULL },
    { "/sandbox/start-while-paying", test_start_while_paying, NULL },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].data, fixture_set_up, tests[i].func,
                fixture_tear_down);
  return g_test_run ();
}
