/* The engine's thread against a real training server: what the window sees of it. */
#include "kai-sandbox-fixture.h"
#include "store/kai-notice-store.h"
#include "sync/kai-desk-queue.h"
#include "sync/kai-sync-seat.h"
#include "sync/kai-sync-worker.h"

#include <string.h>

/* ---- a network that does what the test says ---- */

typedef struct
{
  GObject parent_instance;
  gboolean metered;
} FakeNetwork;
typedef GObjectClass FakeNetworkClass;

enum
{
  PROP_AVAILABLE = 1,
  PROP_METERED,
  PROP_CONNECTIVITY
};

static void
fake_network_init_initable (GInitableIface *iface)
{
}

static void
fake_network_init_monitor (GNetworkMonitorInterface *iface)
{
}

GType fake_network_get_type (void);
G_DEFINE_TYPE_WITH_CODE (FakeNetwork, fake_network, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE, fake_network_init_initable)
                             G_IMPLEMENT_INTERFACE (G_TYPE_NETWORK_MONITOR,
                                                    fake_network_init_monitor))

/* It always says that there is no network, as one in a container does: nothing may depend on it. */
static void
fake_network_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  if (id == PROP_METERED)
    g_value_set_boolean (value, ((FakeNetwork *)object)->metered);
  else if (id == PROP_AVAILABLE)
    g_value_set_boolean (value, FALSE);
  else
    g_value_set_enum (value, G_NETWORK_CONNECTIVITY_LOCAL);
}

static void
fake_network_class_init (FakeNetworkClass *klass)
{
  klass->get_property = fake_network_get_property;
  g_object_class_override_property (klass, PROP_AVAILABLE, "network-available");
  g_object_class_override_property (klass, PROP_METERED, "network-metered");
  g_object_class_override_property (klass, PROP_CONNECTIVITY, "connectivity");
}

static void
fake_network_init (FakeNetwork *self)
{
}

static void
change_network (FakeNetwork *network, gboolean metered)
{
  network->metered = metered;
  g_object_notify (G_OBJECT (network), "network-metered");
  g_signal_emit_by_name (network, "network-changed", FALSE);
}

typedef struct
{
  Fixture server;
  FakeNetwork *network;
  KaiConnection *connection;
  KaiKey *key;
  KaiDesk *desk; /* the window's own, in this thread */
  KaiSyncWorker *worker;
  int changed;
} Worker;

static void
on_changed_cb (KaiSyncWorker *worker, gpointer data)
{
  ((Worker *)data)->changed++;
}

static KaiKey *
make_key (Fixture *server, const char *user)
{
  g_autoptr (Desk) desk = desk_new (server, user, KAI_ALGORITHM_SM2);

  return g_object_ref (desk->key);
}

static void
set_up (Worker *w, gconstpointer data)
{
  g_autofree char *home = NULL;
  g_autoptr (GError) error = NULL;

  fixture_set_up (&w->server, NULL);
  w->key = make_key (&w->server, CLERK);
  home = g_build_filename (w->server.dir, "desk", NULL);
  w->connection = kai_connection_new (home);
  g_free (w->connection->server);
  w->connection->server = g_strdup (w->server.url);
  g_free (w->connection->trust_path);
  w->connection->trust_path = g_strdup (w->server.trust);
  w->desk = kai_desk_open (w->connection, w->key, &error);
  g_assert_no_error (error);
  w->worker = kai_sync_worker_new (w->connection, w->key);
  w->network = g_object_new (fake_network_get_type (), NULL);
  kai_sync_worker_set_network (w->worker, G_NETWORK_MONITOR (w->network));
  w->changed = 0;
  g_signal_connect (w->worker, "changed", G_CALLBACK (on_changed_cb), w);
}

static void
tear_down (Worker *w, gconstpointer data)
{
  kai_sync_worker_stop (w->worker);
  /* Reports under way still hold it. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (w->worker);
  g_assert_finalize_object (w->network);
  kai_desk_close (w->desk);
  kai_connection_free (w->connection);
  g_object_unref (w->key);
  fixture_tear_down (&w->server, NULL);
}

/* ---- waiting ---- */

static gboolean
on_give_up_cb (gpointer data)
{
  g_error ("what the test waits for did not come");
  return G_SOURCE_REMOVE;
}

#define WAIT_FOR(condition)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint watchdog = g_timeout_add_seconds (100, on_give_up_cb, NULL);                             \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (watchdog);                                                                    \
  }                                                                                                \
  G_STMT_END

static KaiLinkState
link_of (Worker *w)
{
  return kai_sync_worker_get_status (w->worker)->link;
}

static void
go_online (Worker *w)
{
  kai_sync_worker_start (w->worker);
  WAIT_FOR (link_of (w) == KAI_LINK_ONLINE && w->changed > 0);
  g_assert_true (kai_desk_reload_base_data (w->desk, NULL));
  g_assert_nonnull (kai_desk_get_unit (w->desk));
}

static char *
issue (Worker *w)
{
  g_autoptr (GPtrArray) notices = kai_notices_new ();
  g_autoptr (GPtrArray) problems = g_ptr_array_new ();
  KaiNotice *notice = kai_notice_new ();
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (notices, notice);
  notice->payer_kind = KAI_PAYER_PERSON;
  kai_notice_set (&notice->payer_name, "王小明");
  kai_notice_set (&notice->mobile, "13800000000");
  kai_notice_add_item (notice, FIXED_ITEM, 1, -1);
  g_assert_true (kai_notice_check (notice, kai_desk_get_base_data (w->desk), 0, problems));
  g_assert_true (kai_desk_issue (w->desk, notices, "", NULL, &error));
  g_assert_no_error (error);
  return g_strdup (notice->payment_code);
}

static KaiNotice *
find (Worker *w, const char *code)
{
  g_autoptr (GError) error = NULL;
  KaiNotice *notice = kai_notice_store_find (kai_desk_get_database (w->desk), code, &error);

  g_assert_no_error (error);
  return notice;
}

static gboolean
is_accepted (Worker *w, const char *code)
{
  g_autoptr (KaiNotice) notice = find (w, code);

  return notice->sync == KAI_SYNC_ACCEPTED;
}

static gboolean
is_paid (Worker *w, const char *code)
{
  g_autoptr (KaiNotice) notice = find (w, code);

  return notice->state == KAI_NOTICE_PAID;
}

static gboolean
has_ebill (Worker *w, const char *code)
{
  g_autoptr (KaiNotice) notice = find (w, code);

  return notice->has_ebill && notice->ebill_sync == KAI_SYNC_ACCEPTED;
}

/* ---- cases ---- */

static void
test_whole_flow (Worker *w, gconstpointer data)
{
  g_autofree char *code = NULL;
  char *codes[2] = { NULL, NULL };
  g_autoptr (GError) error = NULL;

  go_online (w);
  code = issue (w);
  kai_sync_worker_poke (w->worker);
  WAIT_FOR (is_accepted (w, code));
  WAIT_FOR (kai_sync_worker_get_status (w->worker)->waiting == 0);
  g_assert_cmpint (kai_sync_worker_get_status (w->worker)->last_contact, >, 0);
  /* Nothing here asks for it: the payment comes by itself. */
  pay_notice (&w->server, code);
  WAIT_FOR (is_paid (w, code));
  codes[0] = code;
  g_assert_true (kai_desk_swap (w->desk, codes, &error));
  kai_sync_worker_poke (w->worker);
  WAIT_FOR (has_ebill (w, code));
}

static void
test_poke_in_a_long_poll (Worker *w, gconstpointer data)
{
  go_online (w);
  for (int i = 0; i < 5; i++)
    {
      g_autofree char *code = issue (w);

      kai_sync_worker_poke (w->worker);
      WAIT_FOR (is_accepted (w, code));
    }
}

static void
test_stop_in_a_long_poll (Worker *w, gconstpointer data)
{
  go_online (w);
  kai_sync_worker_stop (w->worker);
  kai_sync_worker_stop (w->worker); /* twice does no harm */
}

static void
test_server_away (Worker *w, gconstpointer data)
{
  const KaiSyncStatus *status;
  g_autofree char *code = NULL;

  go_online (w);
  kai_sync_worker_stop (w->worker);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (w->worker);
  code = issue (w);
  /* A port where nothing listens. */
  g_free (w->connection->server);
  w->connection->server = g_strdup ("https://127.0.0.1:1/exchange");
  w->worker = kai_sync_worker_new (w->connection, w->key);
  kai_sync_worker_set_network (w->worker, NULL);
  kai_sync_worker_start (w->worker);
  WAIT_FOR (link_of (w) == KAI_LINK_OFFLINE);
  status = kai_sync_worker_get_status (w->worker);
  g_assert_cmpint (status->waiting, ==, 1);
  g_assert_cmpstr (status->sentence, !=, "");
  g_assert_false (is_accepted (w, code));
}

static void
test_key_of_nobody (Worker *w, gconstpointer data)
{
  g_clear_object (&w->worker);
  w->worker = kai_sync_worker_new (w->connection, NULL);
  kai_sync_worker_start (w->worker);
  WAIT_FOR (link_of (w) == KAI_LINK_ERROR);
  g_assert_cmpstr (kai_sync_worker_get_status (w->worker)->sentence, !=, "");
}

/* ---- other programs ---- */

/* Another connection commits, and nobody pokes. */
static void
test_woken_by_a_commit (Worker *w, gconstpointer data)
{
  go_online (w);
  for (int i = 0; i < 3; i++)
    {
      g_autofree char *code = issue (w);

      WAIT_FOR (is_accepted (w, code));
    }
}

/* The command line finds the window at work and leaves it its message. */
static void
test_command_hands_over (Worker *w, gconstpointer data)
{
  g_autoptr (KaiSyncEngine) engine = NULL;
  g_autofree char *code = NULL;
  KaiSyncResult result = { 0 };
  g_autoptr (GError) error = NULL;

  go_online (w);
  engine = kai_sync_engine_new (w->desk, &error);
  g_assert_no_error (error);
  code = issue (w);
  g_assert_true (kai_sync_engine_deliver (engine, &result, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (result.waiting, ==, 0);
  g_assert_true (is_accepted (w, code));
  /* Delivered once. */
  g_assert_cmpint (count_rows (&w->server, "SELECT count(*) FROM message WHERE number = '8994'"),
                   ==, 1);
}

/* The same while the window cannot reach the server: the command says who is stuck and why. */
static void
test_command_finds_a_stuck_window (Worker *w, gconstpointer data)
{
  g_autoptr (KaiSyncEngine) engine = NULL;
  g_autofree char *code = NULL;
  KaiSyncResult result = { 0 };
  g_autoptr (GError) error = NULL;

  go_online (w);
  engine = kai_sync_engine_new (w->desk, &error);
  g_assert_no_error (error);
  g_assert_true (kai_sandbox_add_fault (w->server.ctl, "drop-request:*:0", NULL));
  code = issue (w);
  g_assert_false (kai_sync_engine_deliver (engine, &result, NULL, &error));
  g_assert_nonnull (strstr (error->message, "the window"));
  g_assert_cmpint (result.waiting, ==, 1);
  g_assert_false (is_accepted (w, code));
}

/* The window comes while a command delivers: it says so, waits, and goes on by itself. */
static void
test_window_comes_second (Worker *w, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  KaiSyncSeat *seat;

  seat = kai_sync_seat_try (w->connection->home, KAI_SEAT_COMMAND, &error);
  g_assert_no_error (error);
  g_assert_nonnull (seat);
  g_assert_null (kai_sync_seat_try (w->connection->home, KAI_SEAT_COMMAND, &error));
  g_assert_no_error (error);
  kai_sync_worker_start (w->worker);
  WAIT_FOR (link_of (w) == KAI_LINK_ELSEWHERE);
  g_assert_nonnull (strstr (kai_sync_worker_get_status (w->worker)->sentence, "command line"));
  kai_sync_seat_leave (seat);
  WAIT_FOR (link_of (w) == KAI_LINK_ONLINE);
  g_assert_null (kai_sync_seat_try (w->connection->home, KAI_SEAT_COMMAND, &error));
}

/* Closed while it waits for its turn. */
static void
test_stop_before_its_turn (Worker *w, gconstpointer data)
{
  KaiSyncSeat *seat = kai_sync_seat_try (w->connection->home, KAI_SEAT_COMMAND, NULL);

  kai_sync_worker_start (w->worker);
  WAIT_FOR (link_of (w) == KAI_LINK_ELSEWHERE);
  kai_sync_worker_stop (w->worker);
  kai_sync_seat_leave (seat);
}

/* ---- paused ---- */

static void
test_paused (Worker *w, gconstpointer data)
{
  g_autofree char *code = NULL;
  gint64 messages;
  g_autoptr (GError) error = NULL;

  go_online (w);
  g_assert_true (kai_desk_set_paused (w->desk, TRUE, &error)); /* nobody pokes */
  WAIT_FOR (link_of (w) == KAI_LINK_PAUSED);
  messages = count_rows (&w->server, "SELECT count(*) FROM message");
  code = issue (w);
  kai_sync_worker_send_now (w->worker);
  w->changed = 0;
  WAIT_FOR (w->changed > 0 && link_of (w) == KAI_LINK_PAUSED);
  g_assert_cmpint (kai_sync_worker_get_status (w->worker)->waiting, ==, 1);
  g_assert_cmpint (count_rows (&w->server, "SELECT count(*) FROM message"), ==, messages);
  g_assert_true (kai_desk_set_paused (w->desk, FALSE, &error));
  WAIT_FOR (is_accepted (w, code));
}

/* The key was pulled: nothing is signed, so nothing goes; it is back: all goes. */
static void
test_key_away (Worker *w, gconstpointer data)
{
  g_autofree char *code = NULL;
  gint64 messages;

  go_online (w);
  kai_sync_worker_set_key_away (w->worker, TRUE);
  WAIT_FOR (link_of (w) == KAI_LINK_PAUSED);
  g_assert_nonnull (strstr (kai_sync_worker_get_status (w->worker)->sentence, "key"));
  messages = count_rows (&w->server, "SELECT count(*) FROM message");
  code = issue (w);
  kai_sync_worker_send_now (w->worker);
  WAIT_FOR (kai_sync_worker_get_status (w->worker)->waiting == 1);
  g_assert_cmpint (link_of (w), ==, KAI_LINK_PAUSED);
  g_assert_cmpint (count_rows (&w->server, "SELECT count(*) FROM message"), ==, messages);
  kai_sync_worker_set_key_away (w->worker, FALSE);
  WAIT_FOR (is_accepted (w, code));
}

/* Before the first connection: it does not even begin. */
static void
test_started_without_key (Worker *w, gconstpointer data)
{
  kai_sync_worker_set_key_away (w->worker, TRUE);
  kai_sync_worker_start (w->worker);
  WAIT_FOR (link_of (w) == KAI_LINK_PAUSED);
  g_assert_cmpint (count_rows (&w->server, "SELECT count(*) FROM message"), ==, 0);
  kai_sync_worker_set_key_away (w->worker, FALSE);
  WAIT_FOR (link_of (w) == KAI_LINK_ONLINE);
}

/* ---- networks ---- */

static void
test_metered (Worker *w, gconstpointer data)
{
  g_autofree char *code = NULL;
  gint64 polls;

  w->network->metered = TRUE;
  go_online (w);
  g_assert_true (kai_sync_worker_get_status (w->worker)->metered);
  polls = count_rows (&w->server, "SELECT count(*) FROM message WHERE number = '8902'");
  code = issue (w);
  kai_sync_worker_poke (w->worker);
  WAIT_FOR (is_accepted (w, code)); /* what the clerk does goes */
  pay_notice (&w->server, code);
  g_free (code);
  code = issue (w);
  WAIT_FOR (is_accepted (w, code));
  /* Nothing was fetched by itself meanwhile. */
  g_assert_cmpint (count_rows (&w->server, "SELECT count(*) FROM message WHERE number = '8902'"),
                   ==, polls);
  g_assert_cmpint (count_rows (&w->server, "SELECT count(*) FROM notice WHERE state = 'paid'"), ==,
                   1);
  kai_sync_worker_send_now (w->worker);
  WAIT_FOR (count_rows (&w->server, "SELECT count(*) FROM message WHERE number = '8902'") > polls);
  change_network (w->network, FALSE);
  WAIT_FOR (!kai_sync_worker_get_status (w->worker)->metered && link_of (w) == KAI_LINK_ONLINE);
}

/* Out of reach for longer and longer; another network ends the wait. */
static void
test_network_changes (Worker *w, gconstpointer data)
{
  g_autofree char *code = NULL;
  gint64 started;

  go_online (w);
  g_assert_true (kai_sandbox_add_fault (w->server.ctl, "drop-request:*:0", NULL));
  code = issue (w);
  WAIT_FOR (link_of (w) == KAI_LINK_OFFLINE
            && kai_sync_worker_get_status (w->worker)->next_try
                   > g_get_real_time () / G_USEC_PER_SEC + 6);
  g_assert_true (kai_sandbox_add_fault (w->server.ctl, "clear", NULL));
  started = g_get_monotonic_time ();
  change_network (w->network, FALSE);
  WAIT_FOR (is_accepted (w, code));
  g_assert_cmpint (g_get_monotonic_time () - started, <, 5 * G_TIME_SPAN_SECOND);
}

/* The server asks to be left alone: new work does not disturb it, the clerk may. */
static void
test_rest (Worker *w, gconstpointer data)
{
  g_autofree char *code = NULL;
  const KaiSyncStatus *status;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  go_online (w);
  g_assert_true (kai_sandbox_add_fault (w->server.ctl, "busy:500:8994", NULL));
  code = issue (w);
  kai_sync_worker_poke (w->worker);
  status = kai_sync_worker_get_status (w->worker);
  WAIT_FOR (status->link == KAI_LINK_OFFLINE && status->next_try >= now + 500);
  kai_sync_worker_poke (w->worker);
  g_assert_false (is_accepted (w, code));
  kai_sync_worker_send_now (w->worker);
  WAIT_FOR (is_accepted (w, code));
}

#define ADD(path, func) g_test_add ("/sync/worker/" path, Worker, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("whole-flow", test_whole_flow);
  ADD ("poke-in-a-long-poll", test_poke_in_a_long_poll);
  ADD ("stop-in-a-long-poll", test_stop_in_a_long_poll);
  ADD ("server-away", test_server_away);
  ADD ("key-of-nobody", test_key_of_nobody);
  ADD ("woken-by-a-commit", test_woken_by_a_commit);
  ADD ("command-hands-over", test_command_hands_over);
  ADD ("command-finds-a-stuck-window", test_command_finds_a_stuck_window);
  ADD ("window-comes-second", test_window_comes_second);
  ADD ("stop-before-its-turn", test_stop_before_its_turn);
  ADD ("paused", test_paused);
  ADD ("key-away", test_key_away);
  ADD ("started-without-key", test_started_without_key);
  ADD ("metered", test_metered);
  ADD ("network-changes", test_network_changes);
  ADD ("rest", test_rest);
  return g_test_run ();
}
