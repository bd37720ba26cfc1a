/* Opening a desk: whose key it is, and what is remembered of the connection. */
#include "kai-test-keys.h"
#include "kai-test.h"
#include "messages/kai-net-error.h"
#include "sync/kai-desk.h"
#include "values/kai-error.h"

#include <glib/gstdio.h>

#define UNIT "320684001"
#define CLERK "32068400101"

static void
test_key_of_another_user (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autoptr (KaiConnection) connection = kai_connection_new (dir);
  g_autoptr (KaiTestKey) root = kai_test_root_new ("root", KAI_ALGORITHM_P256);
  g_autoptr (KaiTestKey) clerk = kai_test_clerk_new (root, KAI_ALGORITHM_P256, UNIT, CLERK);
  g_autoptr (KaiKey) key = kai_key_new_for_pkey (clerk->pkey, clerk->certificate);
  g_autoptr (GError) error = NULL;

  g_free (connection->user);
  connection->user = g_strdup ("32068400102");
  g_assert_null (kai_desk_open (connection, key, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_NO_KEY);
}

static void
test_connection_is_remembered (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *home = g_build_filename (dir, "new", NULL);
  g_autofree char *file = g_build_filename (home, "connection.ini", NULL);
  g_autoptr (KaiConnection) connection = kai_connection_load (home, NULL);
  g_autoptr (KaiConnection) again = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf info;

  g_assert_cmpstr (connection->server, ==, "");
  g_free (connection->server);
  connection->server = g_strdup ("https://finance.example/exchange");
  g_assert_true (kai_connection_save (connection, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (file, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  again = kai_connection_load (home, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->server, ==, "https://finance.example/exchange");
  g_assert_true (g_file_set_contents (file, "not a key file", -1, NULL));
  g_assert_null (kai_connection_load (home, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_UNREADABLE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sync/connection/key-of-another-user", test_key_of_another_user);
  g_test_add_func ("/sync/connection/remembered", test_connection_is_remembered);
  return g_test_run ();
}
