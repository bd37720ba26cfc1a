/* One engine on one store: the second waits for the first, and who waits can be stopped. */
#include "kai-test-keys.h"
#include "kai-test.h"
#include "messages/kai-net-error.h"
#include "sync/kai-sync-engine.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define UNIT "320684001"
#define CLERK "32068400101"

typedef struct
{
  char *dir;
  KaiDesk *desk;
  KaiSyncEngine *engine;
  int lock; /* of the program that came first */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiTestKey) root = kai_test_root_new ("root", KAI_ALGORITHM_P256);
  g_autoptr (KaiTestKey) clerk = kai_test_clerk_new (root, KAI_ALGORITHM_P256, UNIT, CLERK);
  g_autoptr (KaiKey) key = kai_key_new_for_pkey (clerk->pkey, clerk->certificate);
  g_autoptr (KaiConnection) connection = NULL;
  g_autofree char *path = NULL;
  g_autofree char *pem = kai_test_key_certificate_pem (root);
  g_autoptr (GError) error = NULL;

  f->dir = kai_test_make_dir ();
  connection = kai_connection_new (f->dir);
  g_free (connection->server);
  connection->server = g_strdup ("https://127.0.0.1:1/exchange"); /* nobody is there */
  g_free (connection->trust_path);
  connection->trust_path = g_build_filename (f->dir, "ca.pem", NULL);
  g_assert_true (g_file_set_contents (connection->trust_path, pem, -1, NULL));
  f->desk = kai_desk_open (connection, key, &error);
  g_assert_no_error (error);
  f->engine = kai_sync_engine_new (f->desk, &error);
  g_assert_no_error (error);
  path = g_build_filename (f->dir, "sync.lock", NULL);
  f->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  g_assert_cmpint (f->lock, >=, 0);
  g_assert_cmpint (flock (f->lock, LOCK_EX), ==, 0);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close (f->lock);
  kai_sync_engine_free (f->engine);
  kai_desk_close (f->desk);
  kai_test_remove_dir (f->dir);
}

typedef struct
{
  Fixture *fixture;
  GCancellable *cancellable; /* NULL: cannot be stopped */
  GError *error;
} Run;

static gpointer
deliver_thread (gpointer data)
{
  Run *run = data;
  KaiSyncResult result = { 0 };

  return GINT_TO_POINTER (
      kai_sync_engine_deliver (run->fixture->engine, &result, run->cancellable, &run->error));
}

/* A window that closes does not wait for another program. */
static void
test_stopped (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Run run = { f, cancellable, NULL };
  GThread *thread = g_thread_new ("deliver", deliver_thread, &run);

  g_cancellable_cancel (cancellable);
  g_assert_false (GPOINTER_TO_INT (g_thread_join (thread)));
  g_assert_error (run.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_error_free (run.error);
}

static void
check_waits (Fixture *f, GCancellable *cancellable)
{
  Run run = { f, cancellable, NULL };
  GThread *thread = g_thread_new ("deliver", deliver_thread, &run);

  g_assert_cmpint (flock (f->lock, LOCK_UN), ==, 0);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread))); /* nothing to send: it got the lock */
  g_assert_no_error (run.error);
  /* And it has given it back. */
  g_assert_cmpint (flock (f->lock, LOCK_EX | LOCK_NB), ==, 0);
}

static void
test_waits (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  check_waits (f, NULL);
  check_waits (f, cancellable);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/sync-lock/stopped", Fixture, NULL, set_up, test_stopped, tear_down);
  g_test_add ("/sync-lock/waits", Fixture, NULL, set_up, test_waits, tear_down);
  return g_test_run ();
}
