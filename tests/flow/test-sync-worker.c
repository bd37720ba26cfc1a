/* The engine's thread against a real training server: what the window sees of it. */
#include "kai-sandbox-fixture.h"
#include "store/kai-notice-store.h"
#include "sync/kai-sync-worker.h"

typedef struct
{
  Fixture server;
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
  return g_test_run ();
}
