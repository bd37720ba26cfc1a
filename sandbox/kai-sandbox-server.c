/* The HTTP side: TLS, routes, size limits, long polling, and the faults that happen to a
 * connection. */
#include "kai-sandbox-server.h"

#include "kai-sandbox-exchange.h"
#include "kai-sandbox-peers.h"
#include "kai-sandbox-socket.h"
#include "transport/kai-soap.h"
#include "values/kai-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* How soon a waiting desk hears of what another process wrote. */
#define WATCH_MS 100
/* Marks a request whose body is over the limit and was not kept. */
#define TOO_LARGE "kai-too-large"
/* Nobody sends so much by mistake: the connection is dropped. */
#define MAX_IGNORED (4 * (gsize)KAI_SANDBOX_MAX_REQUEST)

struct _KaiSandboxServer
{
  KaiSandbox *sandbox;
  SoupServer *soup;
  KaiSandboxSocket *socket; /* NULL: not served */
  char *address;
  int lock;
  GMainContext *context;
  GList *pending; /* Pending: waiting for a push, or delayed */
  GSource *watch; /* only while someone waits for a push */
  gint64 data_version;
};

/* An answer that is not written yet. */
typedef struct
{
  KaiSandboxServer *server;
  SoupServerMessage *message;
  KaiSandboxExchange *exchange;
  gint64 deadline; /* monotonic, of one that waits for a push */
  GSource *delay;  /* of one that is delayed */
} Pending;

/* ---- writing an answer ---- */

static void
drop_connection (SoupServerMessage *message)
{
  GSocket *socket = soup_server_message_get_socket (message);

  if (socket)
    g_socket_shutdown (socket, TRUE, TRUE, NULL);
  soup_server_message_set_status (message, SOUP_STATUS_INTERNAL_SERVER_ERROR, NULL);
}

/* The first part is on its way: the rest never comes. */
static void
on_cut_written_cb (SoupServerMessage *message, guint length, gpointer data)
{
  drop_connection (message);
}

static void
write_cut (SoupServerMessage *message, GBytes *answer, int cut)
{
  SoupMessageBody *body = soup_server_message_get_response_body (message);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  gsize length = g_bytes_get_size (answer);
  gsize first = MIN ((gsize)cut, length);
  g_autoptr (GBytes) head = g_bytes_new_from_bytes (answer, 0, first);
  g_autoptr (GBytes) rest = g_bytes_new_from_bytes (answer, first, length - first);

  soup_message_headers_set_content_type (headers, "text/xml", NULL);
  soup_message_headers_set_content_length (headers, (goffset)length);
  if (first == 0)
    {
      drop_connection (message);
      return;
    }
  soup_message_body_append_bytes (body, head);
  soup_message_body_append_bytes (body, rest);
  g_signal_connect (message, "wrote-body-data", G_CALLBACK (on_cut_written_cb), NULL);
}

/* A server whose clock is wrong says so in its Date too. */
static void
set_date (KaiSandbox *sandbox, SoupServerMessage *message)
{
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (kai_sandbox_now (sandbox));
  g_autofree char *text = now ? soup_date_time_to_string (now, SOUP_DATE_HTTP) : NULL;

  if (text)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Date", text);
}

static void
write_answer (KaiSandboxServer *self, SoupServerMessage *message, KaiSandboxExchange *exchange)
{
  GBytes *answer = kai_sandbox_exchange_get_answer (exchange);
  const KaiFaults *faults = kai_sandbox_exchange_get_faults (exchange);
  gsize length;
  const char *bytes;

  if (!answer)
    {
      drop_connection (message);
      return;
    }
  soup_server_message_set_status (message, kai_sandbox_exchange_get_status (exchange), NULL);
  set_date (self->sandbox, message);
  if (faults->cut >= 0)
    {
      write_cut (message, answer, faults->cut);
      return;
    }
  if (faults->busy > 0)
    {
      g_autofree char *seconds = g_strdup_printf ("%d", faults->busy);

      soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                    "Retry-After", seconds);
    }
  bytes = g_bytes_get_data (answer, &length);
  soup_server_message_set_response (
      message, faults->http_500 || faults->busy > 0 ? "text/plain" : "text/xml; charset=utf-8",
      SOUP_MEMORY_COPY, bytes, length);
}

/* ---- answers that come later ---- */

static void
pending_free (Pending *pending)
{
  if (pending->delay)
    {
      g_source_destroy (pending->delay);
      g_source_unref (pending->delay);
    }
  g_signal_handlers_disconnect_by_data (pending->message, pending);
  g_object_unref (pending->message);
  kai_sandbox_exchange_free (pending->exchange);
  g_free (pending);
}

static void
remove_pending (Pending *pending)
{
  pending->server->pending = g_list_remove (pending->server->pending, pending);
  pending_free (pending);
}

static void
on_pending_gone_cb (SoupServerMessage *message, gpointer data)
{
  remove_pending (data);
}

static Pending *
add_pending (KaiSandboxServer *self, SoupServerMessage *message, KaiSandboxExchange *exchange)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->server = self;
  pending->message = g_object_ref (message);
  pending->exchange = exchange;
  self->pending = g_list_prepend (self->pending, pending);
  g_signal_connect (message, "disconnected", G_CALLBACK (on_pending_gone_cb), pending);
  g_signal_connect (message, "finished", G_CALLBACK (on_pending_gone_cb), pending);
  soup_server_message_pause (message);
  return pending;
}

static void
send_pending (Pending *pending)
{
  g_autoptr (SoupServerMessage) message = g_object_ref (pending->message);

  g_signal_handlers_disconnect_by_data (message, pending);
  write_answer (pending->server, message, pending->exchange);
  remove_pending (pending);
  soup_server_message_unpause (message);
}

static gboolean
on_delay_over_cb (gpointer data)
{
  send_pending (data);
  return G_SOURCE_REMOVE;
}

static GSource *
add_timeout (KaiSandboxServer *self, int ms, GSourceFunc func, gpointer data)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, self->context);
  return source;
}

/* Takes @exchange. */
static void
send_answer (KaiSandboxServer *self, SoupServerMessage *message, KaiSandboxExchange *exchange)
{
  int delay = kai_sandbox_exchange_get_faults (exchange)->delay_ms;

  if (delay > 0)
    {
      Pending *pending = add_pending (self, message, exchange);

      pending->delay = add_timeout (self, delay, on_delay_over_cb, pending);
      return;
    }
  write_answer (self, message, exchange);
  kai_sandbox_exchange_free (exchange);
}

/* Those whose push has come, or whose time is over. */
static void
answer_waiting (KaiSandboxServer *self, gboolean look)
{
  gint64 now = g_get_monotonic_time ();
  GList *next;

  for (GList *node = self->pending; node; node = next)
    {
      Pending *pending = node->data;

      next = node->next;
      if (pending->delay
          || !(now >= pending->deadline
               || (look && kai_sandbox_exchange_is_ready (pending->exchange))))
        continue;
      kai_sandbox_exchange_finish (pending->exchange);
      send_pending (pending);
    }
}

static gboolean
anyone_waits (KaiSandboxServer *self)
{
  for (GList *node = self->pending; node; node = node->next)
    if (!((Pending *)node->data)->delay)
      return TRUE;
  return FALSE;
}

static gboolean
on_watch_cb (gpointer data)
{
  KaiSandboxServer *self = data;
  gint64 version = kai_database_data_version (self->sandbox->db);

  answer_waiting (self, version != self->data_version);
  self->data_version = version;
  if (anyone_waits (self))
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->watch, g_source_unref);
  return G_SOURCE_REMOVE;
}

/* Takes @exchange. */
static void
wait_for_push (KaiSandboxServer *self, SoupServerMessage *message, KaiSandboxExchange *exchange)
{
  Pending *pending = add_pending (self, message, exchange);

  pending->deadline =
      g_get_monotonic_time () + kai_sandbox_exchange_get_wait (exchange) * (gint64)G_USEC_PER_SEC;
  if (!self->watch)
    {
      self->data_version = kai_database_data_version (self->sandbox->db);
      self->watch = add_timeout (self, WATCH_MS, on_watch_cb, self);
      /* What another process wrote between the look and now would otherwise be missed. */
      answer_waiting (self, TRUE);
    }
}

/* ---- routes ---- */

static gboolean
is_too_large (SoupServerMessage *message)
{
  return g_object_get_data (G_OBJECT (message), TOO_LARGE) != NULL;
}

static gboolean
check_method (SoupServerMessage *message, const char *first, const char *second)
{
  const char *method = soup_server_message_get_method (message);
  g_autofree char *allow = NULL;

  if (g_str_equal (method, first) || g_strcmp0 (method, second) == 0
      || (g_str_equal (first, "GET") && g_str_equal (method, "HEAD")))
    return TRUE;
  allow = second ? g_strconcat (first, ", ", second, NULL) : g_strdup (first);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Allow", allow);
  soup_server_message_set_status (message, SOUP_STATUS_METHOD_NOT_ALLOWED, NULL);
  return FALSE;
}

static void
serve_wsdl (KaiSandboxServer *self, SoupServerMessage *message)
{
  g_autofree char *address = g_strconcat (self->address, "/exchange", NULL);
  char *wsdl = kai_soap_wsdl (address);

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/xml; charset=utf-8", SOUP_MEMORY_TAKE, wsdl,
                                    strlen (wsdl));
}

static void
on_exchange_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
                gpointer data)
{
  KaiSandboxServer *self = data;
  const char *method = soup_server_message_get_method (message);
  g_autoptr (GBytes) request = NULL;
  KaiSandboxExchange *exchange;

  if (!g_str_equal (path, "/exchange"))
    {
      kai_pay_page_not_found (message);
      return;
    }
  /* A word alone is no form field, so @query does not have it. */
  if ((g_str_equal (method, "GET") || g_str_equal (method, "HEAD"))
      && g_strcmp0 (g_uri_get_query (soup_server_message_get_uri (message)), "wsdl") == 0)
    {
      serve_wsdl (self, message);
      return;
    }
  if (!check_method (message, "POST", NULL))
    return;
  exchange = kai_sandbox_exchange_new (self->sandbox);
  if (is_too_large (message))
    kai_sandbox_exchange_refuse (exchange, "too-large");
  else
    {
      request = soup_message_body_flatten (soup_server_message_get_request_body (message));
      kai_sandbox_exchange_receive (exchange, request);
    }
  if (kai_sandbox_exchange_get_wait (exchange) > 0)
    wait_for_push (self, message, exchange);
  else
    send_answer (self, message, exchange);
  answer_waiting (self, TRUE);
}

static void
on_pay_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
           gpointer data)
{
  KaiSandboxServer *self = data;

  if (check_method (message, "GET", "POST"))
    kai_pay_page_serve (self->sandbox, message, path, query);
  answer_waiting (self, TRUE);
}

static void
serve_revocations (KaiSandboxServer *self, SoupServerMessage *message)
{
  g_autoptr (GError) error = NULL;
  const char *pem;

  if (!kai_sandbox_refresh_revocations (self->sandbox, &error))
    {
      soup_server_message_set_status (message, SOUP_STATUS_INTERNAL_SERVER_ERROR, NULL);
      return;
    }
  pem = kai_authority_get_revocations (self->sandbox->authority);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "application/x-pem-file", SOUP_MEMORY_COPY, pem,
                                    strlen (pem));
}

static void
on_other_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
             gpointer data)
{
  KaiSandboxServer *self = data;

  if (!check_method (message, "GET", NULL))
    return;
  if (g_str_equal (path, "/"))
    kai_pay_page_serve_index (self->sandbox, message);
  else if (g_str_equal (path, "/page.css"))
    kai_pay_page_serve_style (message);
  else if (g_str_has_prefix (path, "/ebill/"))
    kai_pay_page_serve_ebill (self->sandbox, message, path, query);
  else if (g_str_equal (path, "/crl.pem"))
    serve_revocations (self, message);
  else if (g_str_equal (path, "/healthz"))
    {
      soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
      soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "ok\n", 3);
    }
  else
    kai_pay_page_not_found (message);
}

/* ---- limits ---- */

/* The rest is read and thrown away, so that the caller is there to be told. */
static void
stop_keeping (SoupServerMessage *message)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);

  g_object_set_data (G_OBJECT (message), TOO_LARGE, (gpointer)TOO_LARGE);
  soup_message_body_set_accumulate (body, FALSE);
  soup_message_body_truncate (body);
}

static void
on_chunk_cb (SoupServerMessage *message, GBytes *chunk, gpointer data)
{
  gsize *length = data;

  *length += g_bytes_get_size (chunk);
  if (*length > MAX_IGNORED)
    drop_connection (message);
  else if (*length > KAI_SANDBOX_MAX_REQUEST && !is_too_large (message))
    stop_keeping (message);
}

static void
free_length (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
on_headers_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
               gpointer data)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  goffset length = soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH
                       ? soup_message_headers_get_content_length (headers)
                       : 0;

  if (length > MAX_IGNORED)
    {
      soup_server_message_set_status (message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, NULL);
      /* Who does not ask first would be read to the end before it is told. */
      if (!(soup_message_headers_get_expectations (headers) & SOUP_EXPECTATION_CONTINUE))
        drop_connection (message);
    }
  else if (length > KAI_SANDBOX_MAX_REQUEST)
    stop_keeping (message);
  g_signal_connect_data (message, "got-chunk", G_CALLBACK (on_chunk_cb), g_new0 (gsize, 1),
                         free_length, 0);
}

/* ---- start and stop ---- */

static gboolean
lock_directory (KaiSandboxServer *self, const char *dir, GError **error)
{
  g_autofree char *path = g_build_filename (dir, "lock", NULL);

  if (g_mkdir_with_parents (dir, 0700) != 0)
    return kai_data_fail (error, KAI_DATA_ERROR_READ_ONLY,
                          _ ("The directory %s cannot be made: %s. Choose another with --dir."),
                          dir, g_strerror (errno));
  self->lock = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->lock < 0)
    return kai_data_fail (error, KAI_DATA_ERROR_READ_ONLY,
                          _ ("The directory %s cannot be written: %s. Choose another with --dir."),
                          dir, g_strerror (errno));
  if (flock (self->lock, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  return kai_data_fail (
      error, KAI_DATA_ERROR_BUSY,
      _ ("Another training server is running on the directory %s. Stop it, or choose "
         "another directory with --dir."),
      dir);
}

static gboolean
listen_local (KaiSandboxServer *self, int port, GError **error)
{
  const char *tls_path = kai_authority_get_tls_path (self->sandbox->authority);
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (tls_path, error);
  g_autoptr (GError) local = NULL;
  GSList *uris;

  if (!certificate)
    return FALSE;
  soup_server_set_tls_certificate (self->soup, certificate);
  if (!soup_server_listen_local (self->soup, port,
                                 SOUP_SERVER_LISTEN_HTTPS | SOUP_SERVER_LISTEN_IPV4_ONLY, &local))
    {
      if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      return kai_data_fail (
          error, KAI_DATA_ERROR_BUSY,
          _ ("Port %d is in use by another program. Choose another with --port, or "
             "leave it out."),
          port);
    }
  uris = soup_server_get_uris (self->soup);
  self->address = g_strdup_printf ("https://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
  return kai_sandbox_set_address (self->sandbox, self->address, error);
}

KaiSandboxServer *
kai_sandbox_server_new (const char *dir, int port, gboolean demo_data, GError **error)
{
  g_autoptr (KaiSandboxServer) self = g_new0 (KaiSandboxServer, 1);

  self->lock = -1;
  self->context = g_main_context_ref_thread_default ();
  if (!lock_directory (self, dir, error))
    return NULL;
  self->sandbox = kai_sandbox_open (dir, TRUE, error);
  if (!self->sandbox || (demo_data && !kai_sandbox_load_demo_data (self->sandbox, error)))
    return NULL;
  if (!kai_sandbox_make_peers (self->sandbox, error))
    return NULL;
  self->soup = g_object_new (SOUP_TYPE_SERVER, "server-header", "kaipiao-sandbox", NULL);
  /* Each handler needs its own: libsoup looks for the most special one only. */
  soup_server_add_early_handler (self->soup, "/exchange", on_headers_cb, self, NULL);
  soup_server_add_early_handler (self->soup, "/pay", on_headers_cb, self, NULL);
  soup_server_add_early_handler (self->soup, NULL, on_headers_cb, self, NULL);
  soup_server_add_handler (self->soup, "/exchange", on_exchange_cb, self, NULL);
  soup_server_add_handler (self->soup, "/pay", on_pay_cb, self, NULL);
  soup_server_add_handler (self->soup, NULL, on_other_cb, self, NULL);
  if (!listen_local (self, port, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
kai_sandbox_server_free (KaiSandboxServer *self)
{
  if (!self)
    return;
  while (self->pending)
    remove_pending (self->pending->data);
  if (self->watch)
    {
      g_source_destroy (self->watch);
      g_source_unref (self->watch);
    }
  g_clear_pointer (&self->socket, kai_sandbox_socket_free);
  if (self->soup)
    soup_server_disconnect (self->soup);
  g_clear_object (&self->soup);
  g_clear_pointer (&self->sandbox, kai_sandbox_free);
  if (self->lock >= 0)
    close (self->lock);
  g_free (self->address);
  g_main_context_unref (self->context);
  g_free (self);
}

static void
on_socket_message_cb (gpointer data)
{
  answer_waiting (data, TRUE);
}

gboolean
kai_sandbox_server_open_socket (KaiSandboxServer *self, int port, GError **error)
{
  g_return_val_if_fail (!self->socket, FALSE);
  self->socket = kai_sandbox_socket_new (self->sandbox, port, on_socket_message_cb, self, error);
  return self->socket != NULL;
}

const char *
kai_sandbox_server_get_socket_address (KaiSandboxServer *self)
{
  return self->socket ? kai_sandbox_socket_get_address (self->socket) : NULL;
}

const char *
kai_sandbox_server_get_address (KaiSandboxServer *self)
{
  return self->address;
}
