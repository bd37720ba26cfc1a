/* The blocking client of the published socket: frames one message, waits for the answer within limits of time, and sees that it is the finance server's answer to this
 * message. The connection is plain: what protects it is the network that requires it. */
#include "transport/kai-socket-client.h"
#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "transport/kai-frame.h"
#include "transport/kai-soap-trace.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <string.h>

#define IDLE_MS (60 * 1000)
#define TOTAL_MS (5 * 60 * 1000)

struct _KaiSocketClient
{
  KaiTransport transport;
  char *host;
  guint16 port;
  KaiMac *mac;
  char *token_path;              /* NULL: none */
  const KaiCatalogue *catalogue; /* borrowed */
  KaiSoapTrace *trace;           /* NULL = none */
  int idle_ms, total_ms;
};

/* ---- Making ---- */

static KaiMessage *
exchange_cb (KaiTransport *transport, GBytes *body, const char *msg_id, char **fault_result,
             GCancellable *cancellable, GError **error)
{
  return kai_socket_client_exchange ((KaiSocketClient *)transport, body, msg_id, fault_result,
                                     cancellable, error);
}

/* The socket tells no time. */
static gint64
get_clock_offset_cb (KaiTransport *transport)
{
  return 0;
}

static void
free_cb (KaiTransport *transport)
{
  kai_socket_client_free ((KaiSocketClient *)transport);
}

static gboolean
change_token_cb (KaiTransport *transport, KaiMessage *message, GCancellable *cancellable,
                 GError **error)
{
  return kai_socket_client_change_token ((KaiSocketClient *)transport, message, cancellable, error);
}

static const KaiTransportClass socket_class = { exchange_cb, get_clock_offset_cb, free_cb,
                                                change_token_cb };

static gboolean
set_url (KaiSocketClient *client, const char *url, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const char *host = uri ? g_uri_get_host (uri) : NULL;
  int port = uri ? g_uri_get_port (uri) : -1;

  if (!uri || g_strcmp0 (g_uri_get_scheme (uri), KAI_SOCKET_SCHEME) != 0 || !host || !*host
      || port < 1 || port > 65535 || g_uri_get_userinfo (uri) || g_uri_get_query (uri)
      || !(g_str_equal (g_uri_get_path (uri), "") || g_str_equal (g_uri_get_path (uri), "/")))
    return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                         _ ("The server's address %s cannot be used: one of the socket is written "
                            "nontax://HOST:PORT. Correct it in the settings or after --server."),
                         url);
  client->host = g_strdup (host);
  client->port = (guint16)port;
  return TRUE;
}

KaiSocketClient *
kai_socket_client_new (const char *url, KaiMac *mac, const char *token_path,
                       const KaiCatalogue *catalogue, const char *trace_dir, GError **error)
{
  g_autoptr (KaiSocketClient) client = g_new0 (KaiSocketClient, 1);

  client->transport.klass = &socket_class;
  client->mac = mac;
  client->token_path = g_strdup (token_path);
  client->catalogue = catalogue;
  kai_socket_client_set_timeouts (client, IDLE_MS, TOTAL_MS);
  if (!set_url (client, url, error))
    return NULL;
  if (trace_dir && *trace_dir && !(client->trace = kai_soap_trace_new (trace_dir, error)))
    return NULL;
  return g_steal_pointer (&client);
}

void
kai_socket_client_free (KaiSocketClient *client)
{
  if (!client)
    return;
  g_clear_pointer (&client->mac, kai_mac_free);
  g_clear_pointer (&client->trace, kai_soap_trace_free);
  g_free (client->token_path);
  g_free (client->host);
  g_free (client);
}

void
kai_socket_client_set_timeouts (KaiSocketClient *client, int idle_ms, int total_ms)
{
  client->idle_ms = idle_ms;
  client->total_ms = total_ms;
}

/* ---- The connection ---- */

static gboolean
fail_connection (const KaiSocketClient *client, GError *cause, GError **error)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_error_copy (cause));
      return FALSE;
    }
  if (cause->domain == G_RESOLVER_ERROR)
    return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                         _ ("The server %s cannot be found. Check the network connection and the "
                            "server's address. What you saved is kept and will be sent later."),
                         client->host);
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                         _ ("The server %s did not answer in time. What you saved is kept and will "
                            "be sent again."),
                         client->host);
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)
      || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE)
      || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE))
    return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                         _ ("The server %s cannot be reached. Check the network connection. What "
                            "you saved is kept and will be sent later."),
                         client->host);
  return kai_net_fail_result (error, KAI_NET_ERROR_UNREACHABLE, "cut",
                              _ ("The connection to the server %s broke off before the answer was "
                                 "complete. What you saved is kept and will be sent again."),
                              client->host);
}

/* A peer that sends a byte now and then must not hold us for ever: two limits. */
typedef struct
{
  GSocket *socket;
  GCancellable *cancellable;
  gint64 idle_us, end;
} Wire;

/* Until the socket is ready. */
static gboolean
wait_for (Wire *wire, GIOCondition condition, GError **error)
{
  gint64 left = MIN (wire->idle_us, wire->end - g_get_monotonic_time ());

  if (left > 0)
    return g_socket_condition_timed_wait (wire->socket, condition, left, wire->cancellable, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "timeout");
  return FALSE;
}

static gboolean
send_all (Wire *wire, GBytes *bytes, GError **error)
{
  gsize length, done = 0;
  const char *data = g_bytes_get_data (bytes, &length);

  while (done < length)
    {
      gssize n;

      if (!wait_for (wire, G_IO_OUT, error))
        return FALSE;
      n = g_socket_send_with_blocking (wire->socket, data + done, length - done, FALSE,
                                       wire->cancellable, error);
      if (n < 0 && !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return FALSE;
      g_clear_error (error);
      done += (gsize)MAX (n, 0);
    }
  return TRUE;
}

/* Bytes received; 0 when the other side has closed, -1 on errors. */
static gssize
receive (Wire *wire, char *chunk, gsize size, GError **error)
{
  for (;;)
    {
      gssize n;

      if (!wait_for (wire, G_IO_IN, error))
        return -1;
      n = g_socket_receive_with_blocking (wire->socket, chunk, size, FALSE, wire->cancellable,
                                          error);
      if (n >= 0 || !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return n;
      g_clear_error (error);
    }
}

static gboolean
fail_cut (const KaiSocketClient *client, const KaiFrameReader *reader, GError **error)
{
  g_autoptr (GError) cut = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "cut");

  if (!kai_frame_reader_is_empty (reader))
    return fail_connection (client, cut, error);
  return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                       _ ("The server %s closed the connection without an answer. What you saved "
                          "is kept and will be sent again. If this happens every time, the token "
                          "or the key may not be the agreed one: ask your administrator."),
                       client->host);
}

static KaiFrame *
receive_frame (KaiSocketClient *client, Wire *wire, GError **error)
{
  g_autoptr (KaiFrameReader) reader = kai_frame_reader_new (kai_mac_get_width (client->mac));
  char chunk[16 * 1024];

  while (!kai_frame_reader_is_complete (reader))
    {
      g_autoptr (GError) local = NULL;
      gssize n = receive (wire, chunk, sizeof chunk, &local);

      if (n < 0)
        fail_connection (client, local, error);
      else if (n == 0)
        fail_cut (client, reader, error);
      else if (kai_frame_reader_push (reader, chunk, (gsize)n, error))
        continue;
      return NULL;
    }
  return kai_frame_reader_take (reader, error);
}

static GSocketConnection *
connect_to_server (KaiSocketClient *client, GCancellable *cancellable, GError **error)
{
  g_autoptr (GSocketClient) connector = g_socket_client_new ();
  g_autoptr (GError) local = NULL;
  GSocketConnection *connection;

  g_socket_client_set_enable_proxy (connector, FALSE);
  g_socket_client_set_timeout (connector, (guint)MAX (client->idle_ms / 1000, 1));
  connection =
      g_socket_client_connect_to_host (connector, client->host, client->port, cancellable, &local);
  if (!connection)
    fail_connection (client, local, error);
  return connection;
}

static KaiFrame *
call (KaiSocketClient *client, GBytes *request, GCancellable *cancellable, GError **error)
{
  g_autoptr (GSocketConnection) connection = connect_to_server (client, cancellable, error);
  g_autoptr (GError) local = NULL;
  g_autoptr (KaiFrame) frame = NULL;
  Wire wire = { .cancellable = cancellable,
                .idle_us = client->idle_ms * (gint64)1000,
                .end = g_get_monotonic_time () + client->total_ms * (gint64)1000 };

  if (!connection)
    return NULL;
  wire.socket = g_socket_connection_get_socket (connection);
  g_socket_set_timeout (wire.socket, 0);
  client->transport.left = TRUE;
  if (!send_all (&wire, request, &local))
    fail_connection (client, local, error);
  else
    frame = receive_frame (client, &wire, error);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  return g_steal_pointer (&frame);
}

/* ---- The answer ---- */

/* A frame names no peer but in its body; one that was sent by ourselves and comes back has a right MAC too. */
static gboolean
check_answer (const KaiSocketClient *client, const KaiMessage *request, const KaiMessage *answer,
              const KaiFrame *frame, GError **error)
{
  /* By the catalogue: a site may know the message under another number. */
  if (kai_catalogue_get (client->catalogue, frame->number)
      != kai_catalogue_get (client->catalogue, answer->number))
    return kai_net_fail (error, KAI_NET_ERROR_REPLY,
                         _ ("The frame of the server's answer names another message than its "
                            "content. It was not used; the message will be sent again."));
  if (g_strcmp0 (answer->reference, request->id) != 0)
    return kai_net_fail_result (
        error, KAI_NET_ERROR_REPLY, "wrong-message",
        _ ("The server's answer belongs to another message. It was not used; the "
           "message will be sent again."));
  if (g_strcmp0 (answer->source, request->destination) != 0
      || g_strcmp0 (answer->destination, request->source) != 0
      || g_strcmp0 (answer->number, request->number) == 0)
    return kai_net_fail_result (
        error, KAI_NET_ERROR_REPLY, "wrong-receiver",
        _ ("The answer does not go from the finance server to us. It was not "
           "used; the message will be sent again. Tell your administrator."));
  return TRUE;
}

static gboolean
is_fault (const KaiMessage *answer)
{
  return g_str_equal (answer->number, "5001") && answer->vouchers->len == 1
         && g_str_equal (kai_record_get (answer->vouchers->pdata[0], "Hold1"), KAI_SOCKET_FAULT);
}

static gboolean
fail_fault (const KaiMessage *answer, char **fault_result, GError **error)
{
  const KaiRecord *voucher = answer->vouchers->pdata[0];
  const char *result = kai_record_get (voucher, "Result");
  g_autofree char *sentence =
      kai_result_code_describe (result, kai_record_get (voucher, "AddWord"));

  if (fault_result)
    *fault_result = g_strdup (result);
  return kai_net_fail_fault (error, result, sentence);
}

static KaiMessage *
read_answer (KaiSocketClient *client, const KaiMessage *request, const KaiFrame *frame,
             char **fault_result, GError **error)
{
  g_autoptr (KaiMessage) answer = NULL;

  if (!kai_mac_check (client->mac, frame->body, frame->mac))
    {
      kai_net_fail (error, KAI_NET_ERROR_SIGNATURE,
                    _ ("The answer's authentication code is wrong, so it was not used. If this "
                       "happens every time, the token or the key is not the agreed one: ask your "
                       "administrator."));
      return NULL;
    }
  answer = kai_message_decode_bytes (frame->body, client->catalogue, error);
  if (!answer || !check_answer (client, request, answer, frame, error))
    return NULL;
  if (is_fault (answer))
    {
      fail_fault (answer, fault_result, error);
      return NULL;
    }
  return g_steal_pointer (&answer);
}

/* ---- Exchanging ---- */

/* A 2003 holds a secret: nobody keeps it. */
static gboolean
is_open (const KaiMessage *request)
{
  return !g_str_equal (request->number, "2003");
}

static KaiMessage *
exchange_body (KaiSocketClient *client, const KaiMessage *request, GBytes *body, GBytes **received,
               char **fault_result, GCancellable *cancellable, GError **error)
{
  g_autofree char *code = kai_mac_compute (client->mac, body);
  g_autoptr (GBytes) bytes =
      kai_frame_build (kai_catalogue_get_wire_number (client->catalogue, request->number), body,
                       code, kai_mac_get_width (client->mac), error);
  g_autoptr (KaiFrame) frame = bytes ? call (client, bytes, cancellable, error) : NULL;

  if (!frame)
    return NULL;
  *received = g_bytes_ref (frame->body);
  if (client->trace && is_open (request))
    kai_soap_trace_response (client->trace, frame->body);
  return read_answer (client, request, frame, fault_result, error);
}

static KaiMessage *
exchange_message (KaiSocketClient *client, const KaiMessage *request, char **fault_result,
                  GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) body = kai_message_encode (request, client->catalogue, TRUE, error);
  g_autoptr (GBytes) received = NULL;
  g_autoptr (GError) local = NULL;
  gint64 started = g_get_monotonic_time ();
  KaiMessage *answer;

  if (!body
      || (client->trace && is_open (request)
          && !kai_soap_trace_request (client->trace, body, error)))
    return NULL;
  answer = exchange_body (client, request, body, &received, fault_result, cancellable, &local);
  if (is_open (request))
    kai_transport_observe (&client->transport, body, received, started, local);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return answer;
}

KaiMessage *
kai_socket_client_exchange (KaiSocketClient *client, GBytes *body, const char *msg_id,
                            char **fault_result, GCancellable *cancellable, GError **error)
{
  g_autoptr (KaiMessage) request = kai_message_decode_bytes (body, client->catalogue, error);

  if (fault_result)
    *fault_result = NULL;
  if (!request)
    return NULL;
  g_return_val_if_fail (g_strcmp0 (request->id, msg_id) == 0, NULL);
  return exchange_message (client, request, fault_result, cancellable, error);
}

/* ---- The token ---- */

static gboolean
fail_write (const char *path, const char *why, GError **error)
{
  return kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                       _ ("The new token cannot be kept in %s: %s. The old token is still in "
                          "use."),
                       path, why);
}

/* Token, MsgID and day of a change that has no answer yet: the same message must go out again. */
static gboolean
save_pending (const char *path, const char *token, const KaiMessage *message, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%s\n%s\n%s\n", token, message->id, message->work_date);
  g_autoptr (GError) local = NULL;
  gboolean ok = g_file_set_contents_full (
      path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &local);

  OPENSSL_cleanse (text, strlen (text));
  return ok || fail_write (path, local->message, error);
}

/* FALSE when there is none, or nothing that can be used. */
static gboolean
load_pending (const char *path, char **token, KaiMessage *message)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  lines = g_strsplit (text, "\n", 4);
  if (g_strv_length (lines) < 3 || !kai_token_is_valid (lines[0]))
    return FALSE;
  *token = g_strdup (lines[0]);
  g_free (message->id);
  message->id = g_strdup (lines[1]);
  g_free (message->work_date);
  message->work_date = g_strdup (lines[2]);
  return TRUE;
}

static gboolean
send_token (KaiSocketClient *client, KaiMessage *message, const char *token,
            const char *pending_path, GCancellable *cancellable, GError **error)
{
  g_autofree char *sealed = kai_mac_seal_token (client->mac, token, error);
  g_autofree char *fault = NULL, *sentence = NULL;
  g_autoptr (KaiMessage) answer = NULL;
  KaiRecord *voucher;
  const char *result;

  if (!sealed)
    return FALSE;
  g_free (message->reference);
  message->reference = g_strdup (message->id);
  voucher = kai_record_new ();
  g_ptr_array_add (message->vouchers, voucher);
  kai_record_set (voucher, "NewToken", sealed);
  answer = exchange_message (client, message, &fault, cancellable, error);
  if (!answer)
    return FALSE;
  result = answer->vouchers->len == 1 && g_str_equal (answer->number, "5001")
               ? kai_record_get (answer->vouchers->pdata[0], "Result")
               : KAI_RESULT_FAILED;
  if (g_str_equal (result, KAI_RESULT_OK))
    return TRUE;
  /* The server has said no: this change is over. */
  g_unlink (pending_path);
  sentence =
      kai_result_code_describe (result, kai_record_get (answer->vouchers->pdata[0], "AddWord"));
  return kai_net_fail_fault (error, result, sentence);
}

gboolean
kai_socket_client_change_token (KaiSocketClient *client, KaiMessage *message,
                                GCancellable *cancellable, GError **error)
{
  g_autofree char *pending = NULL, *token = NULL;
  gboolean ok;

  g_return_val_if_fail (client->token_path, FALSE);
  pending = g_strconcat (client->token_path, ".new", NULL);
  if (!load_pending (pending, &token, message))
    {
      token = kai_mac_new_token ();
      if (!save_pending (pending, token, message, error))
        return FALSE;
    }
  ok = send_token (client, message, token, pending, cancellable, error);
  if (ok && g_rename (pending, client->token_path) != 0)
    ok = kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                       _ ("The token was changed, but cannot be kept in %s: %s. Mend this, then "
                          "change the token once more."),
                       client->token_path, g_strerror (errno));
  if (ok)
    kai_mac_set_token (client->mac, token);
  OPENSSL_cleanse (token, strlen (token));
  return ok;
}
