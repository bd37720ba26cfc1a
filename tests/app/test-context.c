/* Signing in: from a connection and a PIN to a session, and what is said when it cannot be. */
#include "kai-context.h"
#include "kai-test-keys.h"
#include "kai-test.h"
#include "messages/kai-net-error.h"

#include <openssl/pkcs12.h>

#define UNIT "320684001"
#define CLERK "32068400101"

typedef struct
{
  char *dir;
  KaiConnection *connection;
  KaiSession *session;
  GError *error;
  gboolean done;
} Fixture;

static void
write_key (const char *path, const char *pin)
{
  g_autoptr (KaiTestKey) root = kai_test_root_new ("root", KAI_ALGORITHM_P256);
  g_autoptr (KaiTestKey) clerk = kai_test_clerk_new (root, KAI_ALGORITHM_P256, UNIT, CLERK);
  PKCS12 *p12 = PKCS12_create (pin, "clerk", clerk->pkey, clerk->certificate, NULL, 0, 0, 0, 0, 0);
  BIO *bio = BIO_new_file (path, "wb");

  g_assert_nonnull (p12);
  g_assert_cmpint (i2d_PKCS12_bio (bio, p12), ==, 1);
  BIO_free (bio);
  PKCS12_free (p12);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *home = NULL;
  g_autofree char *key = NULL;

  f->dir = kai_test_make_dir ();
  home = g_build_filename (f->dir, "home", NULL);
  key = g_build_filename (f->dir, "clerk.p12", NULL);
  write_key (key, "123456");
  f->connection = kai_connection_new (home);
  g_free (f->connection->key_uri);
  f->connection->key_uri = g_strconcat ("file:", key, NULL);
  f->connection->offline = TRUE;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->session)
    g_assert_finalize_object (f->session);
  g_clear_error (&f->error);
  kai_connection_free (f->connection);
  kai_test_remove_dir (f->dir);
}

static void
on_signed_in_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  f->session = kai_context_sign_in_finish (result, &f->error);
  f->done = TRUE;
}

static void
sign_in (Fixture *f, const char *pin, gboolean remember)
{
  f->done = FALSE;
  kai_context_sign_in_async (f->connection, pin, remember, FALSE, NULL, on_signed_in_cb, f);
  while (!f->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_right_pin (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiConnection) remembered = NULL;

  sign_in (f, "123456", TRUE);
  g_assert_no_error (f->error);
  g_assert_nonnull (f->session);
  g_assert_nonnull (kai_desk_get_key (kai_session_get_desk (f->session)));
  g_assert_null (kai_session_get_worker (f->session));
  remembered = kai_connection_load (f->connection->home, NULL);
  g_assert_cmpstr (remembered->key_uri, ==, f->connection->key_uri);
}

static void
test_wrong_pin (Fixture *f, gconstpointer data)
{
  sign_in (f, "654321", TRUE);
  g_assert_error (f->error, KAI_NET_ERROR, KAI_NET_ERROR_PIN);
  g_assert_null (f->session);
  /* Nothing was made or remembered. */
  g_assert_false (g_file_test (f->connection->home, G_FILE_TEST_EXISTS));
}

static void
test_no_key_file (Fixture *f, gconstpointer data)
{
  g_free (f->connection->key_uri);
  f->connection->key_uri = g_strdup ("file:/nowhere/clerk.p12");
  sign_in (f, "123456", FALSE);
  g_assert_error (f->error, KAI_NET_ERROR, KAI_NET_ERROR_NO_KEY);
}

static void
test_key_of_another (Fixture *f, gconstpointer data)
{
  g_free (f->connection->user);
  f->connection->user = g_strdup ("32068400299");
  sign_in (f, "123456", FALSE);
  g_assert_nonnull (f->error);
  g_assert_null (f->session);
}

static void
test_offline_without_key (Fixture *f, gconstpointer data)
{
  g_free (f->connection->key_uri);
  f->connection->key_uri = g_strdup ("");
  g_free (f->connection->user);
  f->connection->user = g_strdup (CLERK);
  sign_in (f, "", FALSE);
  g_assert_no_error (f->error);
  g_assert_null (kai_desk_get_key (kai_session_get_desk (f->session)));
}

static void
test_damaged_store (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->connection->home, "kaipiao.db", NULL);

  g_assert_cmpint (g_mkdir_with_parents (f->connection->home, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "this is no database", -1, NULL));
  sign_in (f, "123456", FALSE);
  g_assert_nonnull (f->error);
  g_assert_null (f->session);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/context/right-pin", test_right_pin);
  ADD ("/context/wrong-pin", test_wrong_pin);
  ADD ("/context/no-key-file", test_no_key_file);
  ADD ("/context/key-of-another", test_key_of_another);
  ADD ("/context/offline-without-key", test_offline_without_key);
  ADD ("/context/damaged-store", test_damaged_store);
  return g_test_run ();
}
