/* The composition root: from a connection and a PIN to a session. */
#include "kai-context.h"
#include <openssl/crypto.h>
#include <string.h>

typedef struct
{
  KaiConnection *connection;
  char *pin;
  gboolean remember, training;
} Request;

static void
request_free (Request *request)
{
  kai_connection_free (request->connection);
  OPENSSL_cleanse (request->pin, strlen (request->pin));
  g_free (request->pin);
  g_free (request);
}

static void
open_key_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  GError *error = NULL;
  KaiKey *key = kai_key_open (request->connection->key_uri, request->pin, &error);

  if (key)
    g_task_return_pointer (task, key, g_object_unref);
  else
    g_task_return_error (task, error);
}

/* The store is opened on the main thread, whose connection it stays. */
static KaiSession *
build_session (Request *request, KaiKey *key, GError **error)
{
  g_autoptr (KaiDesk) desk = kai_desk_open (request->connection, key, error);
  g_autoptr (KaiSyncWorker) worker = NULL;

  if (!desk || (request->remember && !kai_connection_save (request->connection, error)))
    return NULL;
  if (key && !request->connection->offline && request->connection->server[0] != '\0')
    worker = kai_sync_worker_new (request->connection, key);
  return kai_session_new (g_steal_pointer (&desk), worker, request->training);
}

static void
return_session (GTask *task, KaiKey *key)
{
  GError *error = NULL;
  KaiSession *session = build_session (g_task_get_task_data (task), key, &error);

  if (session)
    g_task_return_pointer (task, session, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
on_key_opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (KaiKey) key = NULL;
  GError *error = NULL;

  key = g_task_propagate_pointer (G_TASK (result), &error);
  if (key)
    return_session (task, key);
  else
    g_task_return_error (task, error);
}

void
kai_context_sign_in_async (const KaiConnection *connection, const char *pin, gboolean remember,
                           gboolean training, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr (GTask) key_task = NULL;
  Request *request = g_new0 (Request, 1);

  request->connection = kai_connection_copy (connection);
  request->pin = g_strdup (pin);
  request->remember = remember;
  request->training = training;
  g_task_set_source_tag (task, kai_context_sign_in_async);
  g_task_set_task_data (task, request, (GDestroyNotify)request_free);
  if (connection->key_uri[0] == '\0')
    {
      return_session (task, NULL);
      return;
    }
  key_task = g_task_new (NULL, cancellable, on_key_opened_cb, g_object_ref (task));
  /* Borrowed: the outer task lives until the inner one has called back. */
  g_task_set_task_data (key_task, request, NULL);
  g_task_run_in_thread (key_task, open_key_thread);
}

KaiSession *
kai_context_sign_in_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
