/* The blocking SOAP client: signs, posts, verifies the answer and sees that it answers this request. Each way to fail has a sentence of its own, because the clerk can mend some (clock,
 * cable, address) and not others. */
#include "transport/kai-soap-client.h"
#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "messages/kai-xml.h"
#include "transport/kai-soap-trace.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>
#include <string.h>

#define TIMEOUT_SECONDS 60

struct _KaiSoapClient
{
  KaiTransport transport;
  char *url;
  char *host;
  KaiKey *key;
  const KaiCatalogue *catalogue; /* borrowed */
  KaiTrust *trust;
  KaiSoapTrace *trace; /* NULL = none */
  /* The session's timers must not run in another thread's main loop. */
  GMainContext *context;
  SoupSession *session;
  gint64 clock_offset;
  GBytes *sent, *received; /* of the exchange that is going on, NULL until then */
};

/* ---- As a transport ---- */

static KaiMessage *
exchange_cb (KaiTransport *transport, GBytes *body, const char *msg_id, char **fault_result,
             GCancellable *cancellable, GError **error)
{
  return kai_soap_client_exchange ((KaiSoapClient *)transport, body, msg_id, fault_result,
                                   cancellable, error);
}

static gint64
get_clock_offset_cb (KaiTransport *transport)
{
  return kai_soap_client_get_clock_offset ((KaiSoapClient *)transport);
}

static void
free_cb (KaiTransport *transport)
{
  kai_soap_client_free ((KaiSoapClient *)transport);
}

static void
set_trust_cb (KaiTransport *transport, KaiTrust *trust)
{
  KaiSoapClient *client = (KaiSoapClient *)transport;

  kai_trust_ref (trust);
  kai_trust_unref (client->trust);
  client->trust = trust;
}

static const KaiTransportClass soap_class = { exchange_cb, get_clock_offset_cb, free_cb, NULL,
                                              set_trust_cb };

/* ---- Making ---- */

static gboolean
set_url (KaiSoapClient *client, const char *url, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);

  if (!uri || g_strcmp0 (g_uri_get_scheme (uri), "https") != 0 || !g_uri_get_host (uri)
      || !*g_uri_get_host (uri))
    return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                         _ ("The server's address %s cannot be used: it must begin with https://. "
                            "Correct it in the settings or after --server."),
                         url);
  client->url = g_strdup (url);
  client->host = g_strdup (g_uri_get_host (uri));
  return TRUE;
}

static gboolean
set_trust (KaiSoapClient *client, const char *trust_path, GTlsDatabase **tls, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *absolute = NULL;

  client->trust = kai_trust_new ();
  if (!trust_path || !*trust_path)
    return TRUE;
  if (!kai_trust_add_file (client->trust, trust_path, error))
    return FALSE;
  /* A relative path would make every server unknown. */
  absolute = g_canonicalize_filename (trust_path, NULL);
  *tls = g_tls_file_database_new (absolute, &local);
  return *tls
         || kai_net_fail (error, KAI_NET_ERROR_CERTIFICATE,
                          _ ("The file %s with the roots cannot be read: %s"), trust_path,
                          local->message);
}

KaiSoapClient *
kai_soap_client_new (const char *url, const char *trust_path, KaiKey *key,
                     const KaiCatalogue *catalogue, const char *trace_dir, GError **error)
{
  g_autoptr (KaiSoapClient) client = g_new0 (KaiSoapClient, 1);
  g_autoptr (GTlsDatabase) tls = NULL;

  if (!key)
    {
      kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                    _ ("Nothing can be sent without a key. Sign in with your key first."));
      return NULL;
    }
  if (!set_url (client, url, error) || !set_trust (client, trust_path, &tls, error))
    return NULL;
  if (trace_dir && *trace_dir && !(client->trace = kai_soap_trace_new (trace_dir, error)))
    return NULL;
  client->transport.klass = &soap_class;
  client->key = g_object_ref (key);
  client->catalogue = catalogue;
  client->context = g_main_context_new ();
  g_main_context_push_thread_default (client->context);
  client->session = soup_session_new ();
  soup_session_set_timeout (client->session, TIMEOUT_SECONDS);
  soup_session_set_user_agent (client->session, "Kaipiao/" KAI_VERSION);
  /* Answers are read byte for byte, and are limited before anything unpacks them. */
  soup_session_remove_feature_by_type (client->session, SOUP_TYPE_CONTENT_DECODER);
  if (tls)
    soup_session_set_tls_database (client->session, tls);
  g_main_context_pop_thread_default (client->context);
  return g_steal_pointer (&client);
}

void
kai_soap_client_free (KaiSoapClient *client)
{
  if (!client)
    return;
  if (client->session)
    {
      g_main_context_push_thread_default (client->context);
      soup_session_abort (client->session);
      g_clear_object (&client->session);
      while (g_main_context_iteration (client->context, FALSE))
        ;
      g_main_context_pop_thread_default (client->context);
    }
  g_clear_pointer (&client->context, g_main_context_unref);
  g_clear_pointer (&client->trust, kai_trust_unref);
  g_clear_pointer (&client->trace, kai_soap_trace_free);
  g_clear_object (&client->key);
  g_free (client->url);
  g_free (client->host);
  g_free (client);
}

gint64
kai_soap_client_get_clock_offset (KaiSoapClient *client)
{
  return client->clock_offset;
}

static gint64
get_now (const KaiSoapClient *client)
{
  return g_get_real_time () / G_USEC_PER_SEC + client->clock_offset;
}

/* ---- Errors of the connection ---- */

static gboolean
on_accept_certificate_cb (SoupMessage *message, GTlsCertificate *certificate,
                          GTlsCertificateFlags flags, gpointer data)
{
  *(GTlsCertificateFlags *)data = flags;
  return FALSE;
}

static gboolean
fail_certificate (const KaiSoapClient *client, GTlsCertificateFlags flags, GError **error)
{
  if (flags & G_TLS_CERTIFICATE_UNKNOWN_CA)
    return kai_net_fail (error, KAI_NET_ERROR_TLS,
                         _ ("The certificate of the server %s is not trusted, so nothing was sent. "
                            "Name the file with its root certificate (--trust FILE.pem), or ask "
                            "your administrator for it."),
                         client->host);
  if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY)
    return kai_net_fail (error, KAI_NET_ERROR_TLS,
                         _ ("The certificate is for another server than %s, so nothing was sent. "
                            "Check the server's address, or ask your administrator."),
                         client->host);
  if (flags & (G_TLS_CERTIFICATE_EXPIRED | G_TLS_CERTIFICATE_NOT_ACTIVATED))
    return kai_net_fail (error, KAI_NET_ERROR_TLS,
                         _ ("The certificate of the server %s is not valid today, so nothing was "
                            "sent. Check the clock of this computer, or ask your administrator."),
                         client->host);
  return kai_net_fail (error, KAI_NET_ERROR_TLS,
                       _ ("The certificate of the server %s is not accepted, so nothing was sent. "
                          "Ask your administrator."),
                       client->host);
}

static gboolean
fail_connection (const KaiSoapClient *client, GTlsCertificateFlags flags, GError *cause,
                 GError **error)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_error_copy (cause));
      return FALSE;
    }
  if (flags)
    return fail_certificate (client, flags, error);
  if (g_error_matches (cause, G_TLS_ERROR, G_TLS_ERROR_CERTIFICATE_REQUIRED))
    return kai_net_fail (error, KAI_NET_ERROR_TLS,
                         _ ("The server %s asks for a certificate for the connection itself. Ask "
                            "your administrator."),
                         client->host);
  if (cause->domain == G_TLS_ERROR && !g_error_matches (cause, G_TLS_ERROR, G_TLS_ERROR_EOF))
    return kai_net_fail (error, KAI_NET_ERROR_TLS,
                         _ ("No secure connection to the server %s is possible. Check its address "
                            "and port, or ask your administrator."),
                         client->host);
  if (cause->domain == G_RESOLVER_ERROR)
    return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                         _ ("The server %s cannot be found. Check the network connection and the "
                            "server's address. What you saved is kept and will be sent later."),
                         client->host);
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                         _ ("The server %s did not answer within %d seconds. What you saved is "
                            "kept and will be sent again."),
                         client->host, TIMEOUT_SECONDS);
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

/* ---- Posting ---- */

/* Reads at most the largest message. */
static GBytes *
read_answer (GInputStream *stream, gboolean *too_long, GCancellable *cancellable, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree guint8 *chunk = g_malloc (64 * 1024);
  gssize n;

  while ((n = g_input_stream_read (stream, chunk, 64 * 1024, cancellable, error)) > 0)
    {
      g_byte_array_append (bytes, chunk, (guint)n);
      if (bytes->len > KAI_XML_MAX_BYTES)
        {
          *too_long = TRUE;
          return NULL;
        }
    }
  return n < 0 ? NULL : g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

/* A soup stream ends quietly when the server hangs up in the middle of an answer of known length. */
static gboolean
is_cut (SoupMessage *message, GBytes *bytes)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH
         && soup_message_headers_get_content_length (headers) != (goffset)g_bytes_get_size (bytes);
}

static void
measure_clock (KaiSoapClient *client, SoupMessage *message)
{
  const char *text =
      soup_message_headers_get_one (soup_message_get_response_headers (message), "Date");
  g_autoptr (GDateTime) date = text ? soup_date_time_new_from_http_string (text) : NULL;
  gint64 middle;

  if (!date)
    return;
  /* The header leaves out the fraction of a second: half a second on average. */
  middle = g_date_time_to_unix (date) * G_USEC_PER_SEC + G_USEC_PER_SEC / 2;
  client->clock_offset = (middle - g_get_real_time ()) / G_USEC_PER_SEC;
}

/* Retry-After: seconds, or a date of the server's clock. */
static void
read_retry_after (KaiSoapClient *client, SoupMessage *message)
{
  const char *text =
      soup_message_headers_get_one (soup_message_get_response_headers (message), "Retry-After");
  g_autoptr (GDateTime) date = NULL;
  gint64 seconds = 0;

  if (!text)
    return;
  if (!g_ascii_string_to_signed (text, 10, 0, G_MAXINT, &seconds, NULL)
      && (date = soup_date_time_new_from_http_string (text)))
    seconds = g_date_time_to_unix (date) - get_now (client);
  client->transport.retry_after = (int)CLAMP (seconds, 0, KAI_RETRY_AFTER_MAX);
}

static gboolean
check_http (const KaiSoapClient *client, SoupMessage *message, GError **error)
{
  SoupStatus status = soup_message_get_status (message);
  const char *type =
      soup_message_headers_get_content_type (soup_message_get_response_headers (message), NULL);
  gboolean xml = type
                 && (g_ascii_strcasecmp (type, "text/xml") == 0
                     || g_ascii_strcasecmp (type, "application/xml") == 0);

  if ((status == SOUP_STATUS_OK || status == SOUP_STATUS_INTERNAL_SERVER_ERROR) && xml)
    return TRUE;
  if (client->transport.retry_after > 0)
    return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                         _ ("The server %s is busy and asks to wait %d seconds. What you saved is "
                            "kept and will be sent then."),
                         client->host, client->transport.retry_after);
  if (status == SOUP_STATUS_OK)
    return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                         _ ("Something else than the finance server answered for %s, perhaps a "
                            "proxy or a sign-in page of the network. Open a web page in a browser "
                            "to see, and check the server's address."),
                         client->host);
  return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                       _ ("The server %s answered with the HTTP status %u instead of a message. "
                          "Check the server's address, or try again later."),
                       client->host, status);
}

/* There is a connection, and the first byte is about to go. */
static void
on_starting_cb (SoupMessage *message, KaiTransport *transport)
{
  transport->left = TRUE;
}

static GBytes *
post (KaiSoapClient *client, GBytes *envelope, GCancellable *cancellable, GError **error)
{
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_POST, client->url);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) local = NULL;
  GTlsCertificateFlags flags = 0;
  gboolean too_long = FALSE;

  soup_message_set_request_body_from_bytes (message, "text/xml; charset=utf-8", envelope);
  soup_message_headers_replace (soup_message_get_request_headers (message), "SOAPAction",
                                "\"" KAI_ACTION_REQUEST "\"");
  /* True by the MsgID: the server gives the same answer to the same message. Without it libsoup opens a connection for every POST. */
  soup_message_add_flags (message, SOUP_MESSAGE_IDEMPOTENT | SOUP_MESSAGE_NO_REDIRECT);
  g_signal_connect (message, "accept-certificate", G_CALLBACK (on_accept_certificate_cb), &flags);
  g_signal_connect (message, "starting", G_CALLBACK (on_starting_cb), &client->transport);
  stream = soup_session_send (client->session, message, cancellable, &local);
  if (stream)
    {
      measure_clock (client, message);
      read_retry_after (client, message);
      answer = read_answer (stream, &too_long, cancellable, &local);
    }
  if (too_long)
    {
      kai_net_fail_result (error, KAI_NET_ERROR_MALFORMED, "too-large",
                           _ ("The answer of the server %s is too long and was not read."),
                           client->host);
      return NULL;
    }
  if (answer && is_cut (message, answer))
    g_set_error_literal (&local, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "cut");
  if (local)
    {
      fail_connection (client, flags, local, error);
      return NULL;
    }
  if (client->trace)
    kai_soap_trace_response (client->trace, answer);
  client->received = g_bytes_ref (answer);
  return check_http (client, message, error) ? g_steal_pointer (&answer) : NULL;
}

/* ---- The answer ---- */

static gboolean
is_finance (X509 *certificate)
{
  g_autofree char *unit = kai_certificate_dup_unit (certificate);
  g_autofree char *user = kai_certificate_dup_user (certificate);

  return !*user && unit[0] == 'F' && strlen (unit) == 7 && strspn (unit + 1, "0123456789") == 6;
}

/* The fault as an error. *result only for a fault that the finance server signed, and not for another request. */
static gboolean
fail_fault (const KaiSoapEnvelope *envelope, const char *message_id, char **result, GError **error)
{
  const KaiVerified *verified = envelope->verified;
  g_autofree char *sentence = kai_result_code_describe (
      envelope->fault_result ? envelope->fault_result : "", envelope->fault_sentence);

  if (result && verified && is_finance (verified->certificate)
      && (!verified->relates_to || g_str_equal (verified->relates_to, message_id)))
    *result = g_strdup (envelope->fault_result);
  return kai_net_fail_fault (error, envelope->fault_result, sentence);
}

/* SRC and AdmDivCode of what we sent; each "" when it is not there. */
static void
read_sender (GBytes *body, char **source, char **region)
{
  g_autoptr (xmlDoc) doc =
      kai_xml_parse (g_bytes_get_data (body, NULL), g_bytes_get_size (body), NULL);
  xmlNode *root = doc ? xmlDocGetRootElement (doc) : NULL;
  xmlNode *node = kai_xml_child (kai_xml_child (root, NULL, "HEAD"), NULL, "SRC");
  xmlNode *voucher = kai_xml_child (kai_xml_child (kai_xml_child (root, NULL, "MSG"), NULL, "MOF"),
                                    NULL, "VoucherBody");

  *source = node ? kai_xml_text (node, NULL) : NULL;
  *region = voucher ? kai_xml_attribute (voucher, "AdmDivCode") : NULL;
  if (!*source)
    *source = g_strdup ("");
  if (!*region)
    *region = g_strdup ("");
}

/* An answer of another bureau, or to another desk, may be well signed and yet not be ours. */
static gboolean
check_receiver (const KaiSoapEnvelope *envelope, const KaiMessage *message, GBytes *body,
                GError **error)
{
  g_autofree char *source = NULL;
  g_autofree char *region = NULL;

  read_sender (body, &source, &region);
  if (kai_soap_is_for (envelope->verified->certificate, message, source, region))
    return TRUE;
  return kai_net_fail_result (error, KAI_NET_ERROR_REPLY, "wrong-receiver",
                              _ ("The server's answer is meant for another unit. It was not used; "
                                 "the message will be sent again."));
}

static KaiMessage *
read_message (KaiSoapClient *client, const KaiSoapEnvelope *envelope, const char *message_id,
              GBytes *body, const char *msg_id, GError **error)
{
  g_autoptr (KaiMessage) message = NULL;

  if (!is_finance (envelope->verified->certificate))
    {
      kai_net_fail_result (
          error, KAI_NET_ERROR_CERTIFICATE, "wrong-holder",
          _ ("The answer was not signed by a finance server. It was not used. Tell "
             "your administrator."));
      return NULL;
    }
  if (g_strcmp0 (envelope->verified->relates_to, message_id) != 0)
    {
      kai_net_fail_result (error, KAI_NET_ERROR_REPLY, "wrong-request",
                           _ ("The server's answer belongs to another request. It was not used; "
                              "the message will be sent again."));
      return NULL;
    }
  message = kai_message_decode (envelope->cfx, client->catalogue, error);
  if (message && g_strcmp0 (message->reference, msg_id) != 0)
    {
      kai_net_fail_result (error, KAI_NET_ERROR_REPLY, "wrong-message",
                           _ ("The server's answer belongs to another message. It was not used; "
                              "the message will be sent again."));
      return NULL;
    }
  return message && check_receiver (envelope, message, body, error) ? g_steal_pointer (&message)
                                                                    : NULL;
}

/* A new envelope around the same message mends two refusals: for its time, when the right one is known now; and as a
 * repetition, which comes of the library below sending the same bytes again on a connection that broke. */
static gboolean
is_mended_by_new_envelope (const KaiSoapClient *client, const char *result, gint64 signed_with)
{
  if (g_strcmp0 (result, kai_result_code_by_symbol ("replayed")->code) == 0)
    return TRUE;
  return g_strcmp0 (result, kai_result_code_by_symbol ("time-window")->code) == 0
         && ABS (client->clock_offset - signed_with) > 1;
}

/* *again when the same message in a new envelope may pass. */
static KaiMessage *
exchange_once (KaiSoapClient *client, GBytes *body, const char *msg_id, char **fault_result,
               gboolean *again, GCancellable *cancellable, GError **error)
{
  g_autofree char *message_id = kai_soap_new_message_id ();
  gint64 signed_with = client->clock_offset;
  g_autoptr (GBytes) request =
      kai_soap_build (body, message_id, client->url, NULL, client->key, get_now (client), error);
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (KaiSoapEnvelope) envelope = NULL;
  gsize length;
  const void *data;

  if (!request || (client->trace && !kai_soap_trace_request (client->trace, request, error)))
    return NULL;
  client->sent = g_bytes_ref (request);
  answer = post (client, request, cancellable, error);
  if (!answer)
    return NULL;
  data = g_bytes_get_data (answer, &length);
  envelope = kai_soap_open (data, length, FALSE, client->trust, get_now (client), error);
  if (!envelope)
    return NULL;
  if (!envelope->is_fault)
    return read_message (client, envelope, message_id, body, msg_id, error);
  *again = is_mended_by_new_envelope (client, envelope->fault_result, signed_with);
  fail_fault (envelope, message_id, fault_result, error);
  return NULL;
}

/* The same under the eyes of an observer, if there is one. */
static KaiMessage *
exchange_observed (KaiSoapClient *client, GBytes *body, const char *msg_id, char **fault_result,
                   gboolean *again, GCancellable *cancellable, GError **error)
{
  gint64 started = g_get_monotonic_time ();
  KaiMessage *message =
      exchange_once (client, body, msg_id, fault_result, again, cancellable, error);

  if (client->sent)
    kai_transport_observe (&client->transport, client->sent, client->received, started, *error);
  g_clear_pointer (&client->sent, g_bytes_unref);
  g_clear_pointer (&client->received, g_bytes_unref);
  return message;
}

KaiMessage *
kai_soap_client_exchange (KaiSoapClient *client, GBytes *body, const char *msg_id,
                          char **fault_result, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean again = FALSE, ignored = FALSE;
  KaiMessage *message;

  if (fault_result)
    *fault_result = NULL;
  g_main_context_push_thread_default (client->context);
  message = exchange_observed (client, body, msg_id, fault_result, &again, cancellable, &local);
  if (!message && again)
    {
      g_clear_error (&local);
      if (fault_result)
        g_clear_pointer (fault_result, g_free);
      message =
          exchange_observed (client, body, msg_id, fault_result, &ignored, cancellable, &local);
    }
  g_main_context_pop_thread_default (client->context);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return message;
}
