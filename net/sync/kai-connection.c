/* Where the desk's data lies and how it reaches the server, remembered in connection.ini. */
#include "sync/kai-connection.h"

#include "values/kai-error.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define GROUP "connection"
/* SQLite takes paths of 512 bytes, its own files' endings included. */
#define MAX_HOME 480

KaiConnection *
kai_connection_new (const char *home)
{
  KaiConnection *self = g_new0 (KaiConnection, 1);

  self->home = g_canonicalize_filename (home, NULL);
  self->server = g_strdup ("");
  self->user = g_strdup ("");
  self->key_uri = g_strdup ("");
  self->trust_path = g_strdup ("");
  self->trace_dir = g_strdup ("");
  return self;
}

KaiConnection *
kai_connection_copy (const KaiConnection *connection)
{
  KaiConnection *self = g_new0 (KaiConnection, 1);

  self->home = g_strdup (connection->home);
  self->server = g_strdup (connection->server);
  self->user = g_strdup (connection->user);
  self->key_uri = g_strdup (connection->key_uri);
  self->trust_path = g_strdup (connection->trust_path);
  self->trace_dir = g_strdup (connection->trace_dir);
  self->offline = connection->offline;
  return self;
}

void
kai_connection_free (KaiConnection *connection)
{
  if (!connection)
    return;
  g_free (connection->home);
  g_free (connection->server);
  g_free (connection->user);
  g_free (connection->key_uri);
  g_free (connection->trust_path);
  g_free (connection->trace_dir);
  g_free (connection);
}

static void
take_key (GKeyFile *file, const char *key, char **field)
{
  g_autofree char *value = g_key_file_get_string (file, GROUP, key, NULL);

  if (value)
    {
      g_free (*field);
      *field = g_steal_pointer (&value);
    }
}

KaiConnection *
kai_connection_load (const char *home, GError **error)
{
  g_autoptr (KaiConnection) self = kai_connection_new (home);
  g_autofree char *path = g_build_filename (self->home, "connection.ini", NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;

  if (strlen (self->home) > MAX_HOME)
    {
      kai_data_fail (error, KAI_DATA_ERROR_READ_ONLY,
                     _ ("The path of the data directory is too long: at most %d bytes. Choose a "
                        "shorter one."),
                     MAX_HOME);
      return NULL;
    }
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &local))
    {
      /* ENOTDIR: the home is below a file; opening the store says so in better words. */
      if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT)
          || g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
        return g_steal_pointer (&self);
      if (local->domain == G_FILE_ERROR)
        kai_data_fail (error, KAI_DATA_ERROR_READ_ONLY,
                       _ ("The data directory %s cannot be used: %s. Choose another one that "
                          "belongs to you."),
                       self->home, local->message);
      else
        kai_data_fail (
            error, KAI_DATA_ERROR_UNREADABLE,
            _ ("The connection settings %s cannot be read: %s. Remove the file and enter "
               "the connection again."),
            path, local->message);
      return NULL;
    }
  take_key (file, "server", &self->server);
  take_key (file, "user", &self->user);
  take_key (file, "key", &self->key_uri);
  take_key (file, "trust", &self->trust_path);
  return g_steal_pointer (&self);
}

gboolean
kai_connection_save (const KaiConnection *connection, GError **error)
{
  g_autofree char *path = g_build_filename (connection->home, "connection.ini", NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *data = NULL;
  g_autofree char *before = NULL;
  g_autoptr (GError) local = NULL;
  gsize length;

  g_key_file_set_string (file, GROUP, "server", connection->server);
  g_key_file_set_string (file, GROUP, "user", connection->user);
  g_key_file_set_string (file, GROUP, "key", connection->key_uri);
  g_key_file_set_string (file, GROUP, "trust", connection->trust_path);
  data = g_key_file_to_data (file, &length, NULL);
  /* Said again at each call by many scripts: nothing to write, also where nothing can be written. */
  if (g_file_get_contents (path, &before, NULL, NULL) && g_str_equal (before, data))
    return TRUE;
  if (g_mkdir_with_parents (connection->home, 0700) != 0)
    return kai_data_fail (
        error, KAI_DATA_ERROR_READ_ONLY,
        _ ("The data directory %s cannot be made: %s. Choose another with --home or "
           "ask for write access."),
        connection->home, g_strerror (errno));
  if (!g_file_set_contents_full (path, data, length,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &local))
    return kai_data_fail (error,
                          g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOSPC)
                              ? KAI_DATA_ERROR_FULL
                              : KAI_DATA_ERROR_READ_ONLY,
                          _ ("The connection settings cannot be saved: %s"), local->message);
  return TRUE;
}

char *
kai_connection_default_home (void)
{
  return g_build_filename (g_get_user_data_dir (), "kaipiao", NULL);
}
