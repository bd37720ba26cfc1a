/* The socket end point: takes frames in pieces, hands them to the exchange that SOAP uses too, writes the answer, closes. A stranger can hold one of a few connections
 * for a minute, and no more. */
#include "kai-sandbox-socket.h"

#include "kai-sandbox-exchange.h"
#include "transport/kai-socket-client.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_CONNECTIONS 64
/* For a whole frame to come, or an answer to go. */
#define PATIENCE_MS (60 * 1000)
/* How soon a waiting desk hears of a push. */
#define WATCH_MS 100
#define CHUNK (16 * 1024)

struct _KaiSandboxSocket
{
  KaiSandbox *sandbox;
  GMainContext *context;
  GSocket *listener;
  GSource *source;
  char *address;
  GList *connections;
  void (*func) (gpointer data);
  gpointer data;
};

typedef struct
{
  KaiSandboxSocket *server;
  GSocket *socket;
  GSource *source, *timer;
  KaiFrameReader *reader;
  KaiSandboxExchange *exchange;
  gint64 deadline; /* monotonic, of an 8902 that waits */
  GBytes *answer;
  gsize written;
} Connection;

/* ---- sources ---- */

static void
clear_source (GSource **source)
{
  if (!*source)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
connection_free (Connection *self)
{
  clear_source (&self->source);
  clear_source (&self->timer);
  g_socket_close (self->socket, NULL);
  g_object_unref (self->socket);
  g_clear_pointer (&self->reader, kai_frame_reader_free);
  g_clear_pointer (&self->exchange, kai_sandbox_exchange_free);
  g_clear_pointer (&self->answer, g_bytes_unref);
  g_free (self);
}

static void
remove_connection (Connection *self)
{
  self->server->connections = g_list_remove (self->server->connections, self);
  connection_free (self);
}

static void
watch (Connection *self, GIOCondition condition, GSocketSourceFunc func)
{
  clear_source (&self->source);
  self->source = g_socket_create_source (self->socket, condition, NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (func), self, NULL);
  g_source_attach (self->source, self->server->context);
}

static void
set_timer (Connection *self, int ms, GSourceFunc func)
{
  clear_source (&self->timer);
  self->timer = g_timeout_source_new ((guint)ms);
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, self->server->context);
}

static gboolean
on_patience_over_cb (gpointer data)
{
  remove_connection (data);
  return G_SOURCE_REMOVE;
}

/* ---- answering ---- */

static gboolean
on_writable_cb (GSocket *socket, GIOCondition condition, gpointer data)
{
  Connection *self = data;
  gsize length;
  const char *bytes = g_bytes_get_data (self->answer, &length);
  g_autoptr (GError) error = NULL;
  gssize n = g_socket_send (socket, bytes + self->written, length - self->written, NULL, &error);

  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;
  self->written += (gsize)MAX (n, 0);
  if (n >= 0 && self->written < length)
    return G_SOURCE_CONTINUE;
  if (n >= 0)
    g_socket_shutdown (socket, FALSE, TRUE, NULL);
  remove_connection (self);
  return G_SOURCE_REMOVE;
}

static void
write_answer (Connection *self)
{
  GBytes *answer = kai_sandbox_exchange_get_answer (self->exchange);
  int cut = kai_sandbox_exchange_get_faults (self->exchange)->cut;

  if (!answer || cut == 0)
    {
      remove_connection (self);
      return;
    }
  self->answer =
      cut > 0 ? g_bytes_new_from_bytes (answer, 0, MIN ((gsize)cut, g_bytes_get_size (answer)))
              : g_bytes_ref (answer);
  set_timer (self, PATIENCE_MS, on_patience_over_cb);
  watch (self, G_IO_OUT, on_writable_cb);
}

static gboolean
on_delay_over_cb (gpointer data)
{
  write_answer (data);
  return G_SOURCE_REMOVE;
}

static void
answer_soon (Connection *self)
{
  int delay = kai_sandbox_exchange_get_faults (self->exchange)->delay_ms;

  if (delay > 0)
    set_timer (self, delay, on_delay_over_cb);
  else
    write_answer (self);
}

static gboolean
on_watch_cb (gpointer data)
{
  Connection *self = data;

  if (g_get_monotonic_time () < self->deadline && !kai_sandbox_exchange_is_ready (self->exchange))
    return G_SOURCE_CONTINUE;
  kai_sandbox_exchange_finish (self->exchange);
  answer_soon (self);
  return G_SOURCE_REMOVE;
}

static void
carry_out (Connection *self, const KaiFrame *frame)
{
  KaiSandboxSocket *server = self->server;
  int wait;

  clear_source (&self->source);
  clear_source (&self->timer);
  self->exchange = kai_sandbox_exchange_new (server->sandbox);
  kai_sandbox_exchange_receive_frame (self->exchange, frame);
  wait = kai_sandbox_exchange_get_wait (self->exchange);
  if (wait > 0)
    {
      self->deadline = g_get_monotonic_time () + wait * (gint64)G_USEC_PER_SEC;
      set_timer (self, WATCH_MS, on_watch_cb);
    }
  else
    answer_soon (self);
  server->func (server->data);
}

/* ---- reading ---- */

/* FALSE when the connection is over. */
static gboolean
take_piece (Connection *self, const char *chunk, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiFrame) frame = NULL;

  if (!kai_frame_reader_push (self->reader, chunk, length, &error))
    {
      g_message ("A frame on the socket was refused: %s", error->message);
      remove_connection (self);
      return FALSE;
    }
  if (!kai_frame_reader_is_complete (self->reader))
    return TRUE;
  frame = kai_frame_reader_take (self->reader, NULL);
  carry_out (self, frame);
  return FALSE;
}

static gboolean
on_readable_cb (GSocket *socket, GIOCondition condition, gpointer data)
{
  Connection *self = data;
  char chunk[CHUNK];
  g_autoptr (GError) error = NULL;
  gssize n = g_socket_receive (socket, chunk, sizeof chunk, NULL, &error);

  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;
  if (n > 0)
    return take_piece (self, chunk, (gsize)n) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
  remove_connection (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_accept_cb (GSocket *listener, GIOCondition condition, gpointer data)
{
  KaiSandboxSocket *server = data;
  GSocket *socket = g_socket_accept (listener, NULL, NULL);
  Connection *self;

  if (!socket)
    return G_SOURCE_CONTINUE;
  if (g_list_length (server->connections) >= MAX_CONNECTIONS)
    {
      g_object_unref (socket);
      return G_SOURCE_CONTINUE;
    }
  g_socket_set_blocking (socket, FALSE);
  self = g_new0 (Connection, 1);
  self->server = server;
  self->socket = socket;
  self->reader = kai_frame_reader_new (server->sandbox->profile->socket_mac_width);
  server->connections = g_list_prepend (server->connections, self);
  set_timer (self, PATIENCE_MS, on_patience_over_cb);
  watch (self, G_IO_IN, on_readable_cb);
  return G_SOURCE_CONTINUE;
}

/* ---- start and stop ---- */

static gboolean
listen_local (KaiSandboxSocket *self, int port, GError **error)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, (guint16)port);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) local = NULL;

  self->listener =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  if (!self->listener)
    return FALSE;
  g_socket_set_blocking (self->listener, FALSE);
  if (!g_socket_bind (self->listener, address, TRUE, &local)
      || !g_socket_listen (self->listener, &local)
      || !(bound = g_socket_get_local_address (self->listener, &local)))
    {
      if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      return kai_data_fail (error, KAI_DATA_ERROR_BUSY,
                            _ ("Port %d is in use by another program. Choose another with "
                               "--socket-port."),
                            port);
    }
  self->address = g_strdup_printf (KAI_SOCKET_SCHEME "://127.0.0.1:%d",
                                   g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  return kai_database_set_setting (self->sandbox->db, KAI_SANDBOX_SOCKET, self->address, error);
}

KaiSandboxSocket *
kai_sandbox_socket_new (KaiSandbox *sandbox, int port, void (*func) (gpointer data), gpointer data,
                        GError **error)
{
  g_autoptr (KaiSandboxSocket) self = g_new0 (KaiSandboxSocket, 1);

  self->sandbox = sandbox;
  self->context = g_main_context_ref_thread_default ();
  self->func = func;
  self->data = data;
  if (!listen_local (self, port, error))
    return NULL;
  self->source = g_socket_create_source (self->listener, G_IO_IN, NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_accept_cb), self, NULL);
  g_source_attach (self->source, self->context);
  return g_steal_pointer (&self);
}

void
kai_sandbox_socket_free (KaiSandboxSocket *self)
{
  if (!self)
    return;
  while (self->connections)
    remove_connection (self->connections->data);
  clear_source (&self->source);
  if (self->address)
    kai_database_set_setting (self->sandbox->db, KAI_SANDBOX_SOCKET, NULL, NULL);
  if (self->listener)
    g_socket_close (self->listener, NULL);
  g_clear_object (&self->listener);
  g_free (self->address);
  g_main_context_unref (self->context);
  g_free (self);
}

const char *
kai_sandbox_socket_get_address (KaiSandboxSocket *self)
{
  return self->address;
}
