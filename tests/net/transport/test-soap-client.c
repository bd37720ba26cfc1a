/* The client against a real server with TLS in this process: what it takes, and how it says why it does not. The server runs in a thread, because the client blocks. */
#include "kai-test-keys.h"
#include "kai-test.h"
#include "messages/kai-net-error.h"
#include "messages/kai-xml.h"
#include "transport/kai-soap-client.h"

#include "messages/kai-result-code.h"
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

typedef enum
{
  ANSWER,
  ANSWER_SLOW_CLOCK, /* the server's clock is an hour ahead and it minds */
  ANSWER_UNSIGNED,
  ANSWER_BY_CLERK,
  ANSWER_TO_OTHER_REQUEST,
  ANSWER_TO_NO_REQUEST, /* a request's envelope instead of an answer's */
  ANSWER_TO_OTHER_MESSAGE,
  ANSWER_REPLAYED, /* whatever was answered first */
  FAULT_REPLAYED,  /* it had the request before; the second time it answers */
  FAULT_SIGNED,
  FAULT_UNSIGNED,
  FAULT_BY_CLERK,
  HTML,
  NOT_FOUND,
  CUT,
  TOO_LONG,
  REDIRECT,
} Mode;

#define SERVER_AHEAD 3600

typedef struct
{
  char *dir, *trust_path, *url;
  KaiCatalogue *catalogue;
  KaiTestKey *root, *clerk, *finance, *tls;
  KaiKey *clerk_key, *finance_key;
  KaiTrust *trust;
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  GAsyncQueue *ready;
  /* Of the server's thread while it answers; read when the client is back. */
  Mode mode;
  GBytes *first_answer, *last_request;
  int requests, connections;
} Fixture;

/* ---- The server ---- */

static gint64
server_now (const Fixture *f)
{
  return g_get_real_time () / G_USEC_PER_SEC + (f->mode == ANSWER_SLOW_CLOCK ? SERVER_AHEAD : 0);
}

static KaiMessage *
make_answer (Fixture *f, const KaiMessage *request)
{
  KaiMessage *answer = kai_message_new ("5001");
  KaiRecord *record = kai_record_new ();

  g_free (answer->source);
  answer->source = g_strdup (request->destination);
  g_free (answer->destination);
  answer->destination = g_strdup (request->source);
  g_free (answer->region);
  answer->region = g_strdup (request->region);
  g_free (answer->reference);
  answer->reference = g_strdup (f->mode == ANSWER_TO_OTHER_MESSAGE ? "261121OTHER" : request->id);
  kai_record_set (record, "OriMsgNo", request->number);
  kai_record_set (record, "Result", "00000");
  kai_record_set (record, "AddWord", "已受理");
  g_ptr_array_add (answer->vouchers, record);
  return answer;
}

static GBytes *
make_reply (Fixture *f, GBytes *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSoapEnvelope) envelope =
      kai_soap_open (g_bytes_get_data (body, NULL), g_bytes_get_size (body), TRUE, f->trust,
                     server_now (f), &error);
  g_autoptr (KaiMessage) request = NULL;
  g_autoptr (KaiMessage) answer = NULL;
  g_autoptr (GBytes) cfx = NULL;
  const char *relates;
  GBytes *reply;

  if (g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_TIME))
    return kai_soap_build_fault ("Client", kai_net_error_get_code (error), "Wrong time.",
                                 f->finance_key, server_now (f));
  g_assert_no_error (error);
  request = kai_message_decode (envelope->cfx, f->catalogue, &error);
  g_assert_no_error (error);
  answer = make_answer (f, request);
  cfx = kai_message_encode (answer, f->catalogue, FALSE, &error);
  g_assert_no_error (error);
  if (f->mode == ANSWER_UNSIGNED)
    {
      const char *text = g_bytes_get_data (cfx, NULL);
      char *xml = g_strdup_printf ("<s:Envelope xmlns:s='" KAI_SOAP_NS "'><s:Body>"
                                   "<k:ExchangeResponse xmlns:k='" KAI_EXCHANGE_NS "'>%.*s"
                                   "</k:ExchangeResponse></s:Body></s:Envelope>",
                                   (int)g_bytes_get_size (cfx), text);

      return g_bytes_new_take (xml, strlen (xml));
    }
  relates = f->mode == ANSWER_TO_OTHER_REQUEST ? "urn:uuid:other"
            : f->mode == ANSWER_TO_NO_REQUEST  ? NULL
                                               : envelope->verified->message_id;
  reply = kai_soap_build (cfx, "urn:uuid:reply", "http://www.w3.org/2005/08/addressing/anonymous",
                          relates, f->mode == ANSWER_BY_CLERK ? f->clerk_key : f->finance_key,
                          server_now (f), &error);
  g_assert_no_error (error);
  return reply;
}

static void
cut_connection (SoupServerMessage *message)
{
  static const char text[] = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
                             "Content-Length: 1000\r\n\r\n<?xml version='1.0'?><soap:Env";
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

  g_output_stream_write_all (g_io_stream_get_output_stream (stream), text, strlen (text), NULL,
                             NULL, NULL);
  g_io_stream_close (stream, NULL, NULL);
}

static GBytes *
make_answer_of_mode (Fixture *f, GBytes *body)
{
  switch (f->mode)
    {
    case FAULT_REPLAYED:
      if (f->requests > 1)
        return make_reply (f, body);
      return kai_soap_build_fault ("Client", kai_result_code_by_symbol ("replayed")->code,
                                   "Seen before.", f->finance_key, server_now (f));
    case FAULT_SIGNED:
      return kai_soap_build_fault ("Client", "10004", "Known.", f->finance_key, server_now (f));
    case FAULT_UNSIGNED:
      return kai_soap_build_fault ("Client", "30012", "Paid.", NULL, 0);
    case FAULT_BY_CLERK:
      return kai_soap_build_fault ("Client", "30012", "Paid.", f->clerk_key, server_now (f));
    case HTML:
    case NOT_FOUND:
    case REDIRECT:
      return g_bytes_new_static ("<html>Sign in</html>", 20);
    case TOO_LONG:
      return g_bytes_new_take (g_malloc0 (KAI_XML_MAX_BYTES + 1), KAI_XML_MAX_BYTES + 1);
    case ANSWER_REPLAYED:
      if (f->first_answer)
        return g_bytes_ref (f->first_answer);
      return make_reply (f, body);
    default:
      return make_reply (f, body);
    }
}

static void
on_request_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
               gpointer data)
{
  Fixture *f = data;
  g_autoptr (GBytes) body =
      soup_message_body_flatten (soup_server_message_get_request_body (message));
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (server_now (f));
  g_autofree char *date_text = soup_date_time_to_string (date, SOUP_DATE_HTTP);
  g_autoptr (GBytes) answer = NULL;
  GSocket *socket = soup_server_message_get_socket (message);
  gboolean html = f->mode == HTML || f->mode == NOT_FOUND || f->mode == REDIRECT;
  gboolean fault;

  f->requests++;
  if (g_object_get_data (G_OBJECT (socket), "seen") == NULL)
    f->connections++;
  g_object_set_data (G_OBJECT (socket), "seen", f);
  g_clear_pointer (&f->last_request, g_bytes_unref);
  f->last_request = g_bytes_ref (body);
  g_assert_cmpstr (soup_message_headers_get_one (request, "SOAPAction"), ==,
                   "\"" KAI_ACTION_REQUEST "\"");
  g_assert_cmpstr (soup_message_headers_get_one (request, "Content-Type"), ==,
                   "text/xml; charset=utf-8");
  if (f->mode == CUT)
    {
      cut_connection (message);
      return;
    }
  answer = make_answer_of_mode (f, body);
  if (!f->first_answer)
    f->first_answer = g_bytes_ref (answer);
  fault = g_strstr_len (g_bytes_get_data (answer, NULL), MIN (g_bytes_get_size (answer), 100000),
                        "soap:Fault>")
          != NULL;
  soup_message_headers_replace (headers, "Date", date_text);
  soup_message_headers_replace (headers, "Content-Type",
                                html ? "text/html" : "text/xml; charset=utf-8");
  if (f->mode == REDIRECT)
    soup_message_headers_replace (headers, "Location", "https://127.0.0.1:1/");
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), answer);
  soup_server_message_set_status (message,
                                  f->mode == NOT_FOUND  ? 404
                                  : f->mode == REDIRECT ? 302
                                  : fault               ? 500
                                                        : 200,
                                  NULL);
}

static gpointer
run_server (gpointer data)
{
  Fixture *f = data;
  g_autofree char *pem = kai_test_key_full_pem (f->tls);
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_pem (pem, -1, &error);
  g_autoptr (SoupServer) server = NULL;
  GSList *uris;

  g_assert_no_error (error);
  g_main_context_push_thread_default (f->context);
  server = soup_server_new ("tls-certificate", certificate, NULL);
  soup_server_add_handler (server, NULL, on_request_cb, f, NULL);
  g_assert_true (soup_server_listen_local (
      server, 0, SOUP_SERVER_LISTEN_HTTPS | SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  g_async_queue_push (f->ready, g_uri_to_string (uris->data));
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
  g_main_loop_run (f->loop);
  soup_server_disconnect (server);
  g_clear_object (&server);
  while (g_main_context_iteration (f->context, FALSE))
    ;
  g_main_context_pop_thread_default (f->context);
  return NULL;
}

/* ---- Fixture ---- */

static void
set_up (Fixture *f, gconstpointer alt_name)
{
  KaiTestLeaf tls = { .name = "Server",
                      .algorithm = KAI_ALGORITHM_P256,
                      .key_usage = "critical,digitalSignature",
                      .alt_name = alt_name ? alt_name : "IP:127.0.0.1" };
  g_autofree char *pem = NULL;
  g_autoptr (GError) error = NULL;

  f->dir = kai_test_make_dir ();
  f->trust_path = g_build_filename (f->dir, "ca.pem", NULL);
  f->catalogue = kai_catalogue_load (NULL, NULL);
  f->root = kai_test_root_new ("Test root", KAI_ALGORITHM_P256);
  f->clerk = kai_test_clerk_new (f->root, KAI_ALGORITHM_P256, "320684001", "32068400101");
  f->finance = kai_test_finance_new (f->root, KAI_ALGORITHM_P256);
  f->tls = kai_test_key_issue (f->root, &tls);
  f->clerk_key = kai_key_new_for_pkey (f->clerk->pkey, f->clerk->certificate);
  f->finance_key = kai_key_new_for_pkey (f->finance->pkey, f->finance->certificate);
  pem = kai_test_key_certificate_pem (f->root);
  g_assert_true (g_file_set_contents (f->trust_path, pem, -1, NULL));
  f->trust = kai_trust_new ();
  g_assert_true (kai_trust_add_pem (f->trust, pem, -1, &error));
  f->context = g_main_context_new ();
  f->loop = g_main_loop_new (f->context, FALSE);
  f->ready = g_async_queue_new ();
  f->thread = g_thread_new ("server", run_server, f);
  f->url = g_async_queue_pop (f->ready);
}

static gboolean
quit_cb (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_main_context_invoke (f->context, quit_cb, f->loop);
  g_thread_join (f->thread);
  g_async_queue_unref (f->ready);
  g_main_loop_unref (f->loop);
  g_main_context_unref (f->context);
  g_clear_pointer (&f->first_answer, g_bytes_unref);
  g_clear_pointer (&f->last_request, g_bytes_unref);
  kai_trust_unref (f->trust);
  g_object_unref (f->clerk_key);
  g_object_unref (f->finance_key);
  kai_test_key_free (f->tls);
  kai_test_key_free (f->finance);
  kai_test_key_free (f->clerk);
  kai_test_key_free (f->root);
  kai_catalogue_free (f->catalogue);
  g_free (f->url);
  g_free (f->trust_path);
  kai_test_remove_dir (f->dir);
}

static GBytes *
make_body (Fixture *f, const char *id)
{
  g_autoptr (KaiMessage) message = kai_message_new ("8997");
  g_autoptr (GError) error = NULL;
  KaiRecord *record = kai_record_new ();
  GBytes *bytes;

  g_free (message->id);
  message->id = g_strdup (id);
  g_free (message->source);
  message->source = g_strdup ("K3206840001");
  g_free (message->destination);
  message->destination = g_strdup ("F320684");
  g_free (message->region);
  message->region = g_strdup ("320684");
  kai_record_set (record, "PayCode", "32068426300000000017");
  kai_record_set (record, "PayMode", "1");
  g_ptr_array_add (message->vouchers, record);
  bytes = kai_message_encode (message, f->catalogue, FALSE, &error);
  g_assert_no_error (error);
  return bytes;
}

static KaiSoapClient *
new_client (Fixture *f, const char *trace)
{
  g_autoptr (GError) error = NULL;
  KaiSoapClient *client =
      kai_soap_client_new (f->url, f->trust_path, f->clerk_key, f->catalogue, trace, &error);

  g_assert_no_error (error);
  return client;
}

static KaiMessage *
exchange (Fixture *f, KaiSoapClient *client, const char *id, char **fault, GError **error)
{
  g_autoptr (GBytes) body = make_body (f, id);

  return kai_soap_client_exchange (client, body, id, fault, NULL, error);
}

/* ---- What goes well ---- */

static void
test_success (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiSoapClient) client = new_client (f, NULL);

  for (int i = 0; i < 5; i++)
    {
      g_autofree char *id = kai_message_new_id ();
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiMessage) answer = exchange (f, client, id, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (answer->number, ==, "5001");
      g_assert_cmpstr (answer->reference, ==, id);
      g_assert_cmpstr (kai_record_get (answer->vouchers->pdata[0], "AddWord"), ==, "已受理");
    }
  g_assert_cmpint (f->requests, ==, 5);
  /* The connection is kept. */
  g_assert_cmpint (f->connections, ==, 1);
  g_assert_cmpint (ABS (kai_soap_client_get_clock_offset (client)), <=, 1);
}

static void
test_clock (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiSoapClient) client = new_client (f, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *fault = NULL;
  g_autoptr (KaiMessage) first = NULL;
  g_autoptr (KaiMessage) second = NULL;

  f->mode = ANSWER_SLOW_CLOCK;
  first = exchange (f, client, "A1", &fault, &error);
  g_assert_no_error (error);
  g_assert_nonnull (first);
  g_assert_null (fault);
  g_assert_cmpint (f->requests, ==, 2);
  g_assert_cmpint (ABS (kai_soap_client_get_clock_offset (client) - SERVER_AHEAD), <=, 2);
  second = exchange (f, client, "A2", &fault, &error);
  g_assert_no_error (error);
  g_assert_cmpint (f->requests, ==, 3);
}

/* The connection broke after the server had the request, and the library below sent the very bytes again. */
static void
test_repeated_below (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiSoapClient) client = new_client (f, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiMessage) answer = NULL;

  f->mode = FAULT_REPLAYED;
  answer = exchange (f, client, "A1", NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (answer);
  g_assert_cmpint (f->requests, ==, 2);
}

static void
test_trace (Fixture *f, gconstpointer data)
{
  g_autofree char *trace = g_build_filename (f->dir, "trace", NULL);
  g_autofree char *request = g_build_filename (trace, "0002-request.xml", NULL);
  g_autofree char *response = g_build_filename (trace, "0002-response.xml", NULL);
  g_autofree char *first = g_build_filename (trace, "0001-response.xml", NULL);
  GStatBuf info;

  /* A client for each: the numbers go on. */
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (KaiSoapClient) client = new_client (f, trace);
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiMessage) answer = exchange (f, client, i ? "A2" : "A1", NULL, &error);

      g_assert_no_error (error);
      g_assert_nonnull (answer);
    }
  g_assert_cmpint (g_stat (trace, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  g_assert_cmpint (g_stat (request, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_test (response, G_FILE_TEST_EXISTS));
  {
    g_autofree char *sent = NULL;
    g_autofree char *received = NULL;
    gsize sent_length, received_length;

    g_assert_true (g_file_get_contents (request, &sent, &sent_length, NULL));
    g_assert_true (g_file_get_contents (first, &received, &received_length, NULL));
    g_assert_cmpmem (sent, sent_length, g_bytes_get_data (f->last_request, NULL),
                     g_bytes_get_size (f->last_request));
    g_assert_cmpmem (received, received_length, g_bytes_get_data (f->first_answer, NULL),
                     g_bytes_get_size (f->first_answer));
  }
}

/* ---- What is refused ---- */

static const struct
{
  const char *name;
  Mode mode;
  int code;
  const char *result; /* kai_net_error_get_code; NULL = whatever */
  const char *fault;  /* what may be acted upon; NULL = nothing */
} refusals[] = {
  { "unsigned-answer", ANSWER_UNSIGNED, KAI_NET_ERROR_SIGNATURE, NULL, NULL },
  { "answer-signed-by-a-clerk", ANSWER_BY_CLERK, KAI_NET_ERROR_CERTIFICATE, "20007", NULL },
  { "answer-to-another-request", ANSWER_TO_OTHER_REQUEST, KAI_NET_ERROR_REPLY, NULL, NULL },
  { "request-as-answer", ANSWER_TO_NO_REQUEST, KAI_NET_ERROR_MALFORMED, NULL, NULL },
  { "answer-to-another-message", ANSWER_TO_OTHER_MESSAGE, KAI_NET_ERROR_REPLY, NULL, NULL },
  { "signed-fault", FAULT_SIGNED, KAI_NET_ERROR_FAULT, "10004", "10004" },
  { "unsigned-fault", FAULT_UNSIGNED, KAI_NET_ERROR_FAULT, "30012", NULL },
  { "fault-signed-by-a-clerk", FAULT_BY_CLERK, KAI_NET_ERROR_FAULT, "30012", NULL },
  { "html", HTML, KAI_NET_ERROR_UNREACHABLE, NULL, NULL },
  { "not-found", NOT_FOUND, KAI_NET_ERROR_UNREACHABLE, NULL, NULL },
  { "redirect", REDIRECT, KAI_NET_ERROR_UNREACHABLE, NULL, NULL },
  { "cut", CUT, KAI_NET_ERROR_UNREACHABLE, NULL, NULL },
  { "too-long", TOO_LONG, KAI_NET_ERROR_MALFORMED, NULL, NULL },
};

static void
run_refusal (guint i)
{
  Fixture fixture = { 0 };
  Fixture *f = &fixture;
  g_autoptr (GError) error = NULL;
  g_autofree char *fault = NULL;

  set_up (f, NULL);
  f->mode = refusals[i].mode;
  {
    g_autoptr (KaiSoapClient) client = new_client (f, NULL);
    g_autoptr (KaiMessage) answer = exchange (f, client, "A1", &fault, &error);

    g_assert_null (answer);
  }
  tear_down (f, NULL);
  g_assert_error (error, KAI_NET_ERROR, refusals[i].code);
  g_assert_cmpstr (fault, ==, refusals[i].fault);
  if (refusals[i].result)
    g_assert_cmpstr (kai_net_error_get_code (error), ==, refusals[i].result);
}

static void
test_refusal (gconstpointer data)
{
  run_refusal (GPOINTER_TO_UINT (data));
}

static void
test_replayed (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiSoapClient) client = new_client (f, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiMessage) first = NULL;

  f->mode = ANSWER_REPLAYED;
  first = exchange (f, client, "A1", NULL, &error);
  g_assert_no_error (error);
  /* The same message again: the old answer fits its MsgID, but not this request. */
  g_assert_null (exchange (f, client, "A1", NULL, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_REPLY);
}

/* ---- TLS and addresses ---- */

static void
test_untrusted (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiTestKey) other = kai_test_root_new ("Other root", KAI_ALGORITHM_P256);
  g_autofree char *pem = kai_test_key_certificate_pem (other);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSoapClient) client = NULL;

  g_assert_true (g_file_set_contents (f->trust_path, pem, -1, NULL));
  client = new_client (f, NULL);
  g_assert_null (exchange (f, client, "A1", NULL, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_TLS);
  g_assert_nonnull (strstr (error->message, "--trust"));
  g_assert_cmpint (f->requests, ==, 0);
}

static void
test_wrong_name (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiSoapClient) client = new_client (f, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (exchange (f, client, "A1", NULL, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_TLS);
  g_assert_nonnull (strstr (error->message, "another server"));
  g_assert_cmpint (f->requests, ==, 0);
}

static void
test_cancelled (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiSoapClient) client = new_client (f, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) body = make_body (f, "A1");
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (kai_soap_client_exchange (client, body, "A1", NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_nobody_there (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSoapClient) client = NULL;

  g_assert_cmpint (port, !=, 0);
  g_socket_listener_close (listener);
  g_free (f->url);
  f->url = g_strdup_printf ("https://127.0.0.1:%u/", port);
  client = new_client (f, NULL);
  g_assert_null (exchange (f, client, "A1", NULL, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (error->message, "cannot be reached"));
}

static void
test_not_made (Fixture *f, gconstpointer data)
{
  static const char *const urls[] = { "http://127.0.0.1/", "ftp://x/", "127.0.0.1", "",
                                      "https://",          NULL };
  g_autofree char *missing = g_build_filename (f->dir, "missing.pem", NULL);
  g_autofree char *trace = g_build_filename (f->trust_path, "below-a-file", NULL);
  g_autoptr (GError) error = NULL;

  for (int i = 0; urls[i]; i++)
    {
      g_assert_null (kai_soap_client_new (urls[i], NULL, f->clerk_key, f->catalogue, NULL, &error));
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_UNREACHABLE);
      g_clear_error (&error);
    }
  g_assert_null (kai_soap_client_new (f->url, NULL, NULL, f->catalogue, NULL, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_NO_KEY);
  g_clear_error (&error);
  g_assert_null (kai_soap_client_new (f->url, missing, f->clerk_key, f->catalogue, NULL, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_null (
      kai_soap_client_new (f->url, f->trust_path, f->clerk_key, f->catalogue, trace, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_UNREACHABLE);
}

#define ADD(name, alt, func) g_test_add (name, Fixture, alt, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/soap-client/success", NULL, test_success);
  ADD ("/soap-client/clock", NULL, test_clock);
  ADD ("/soap-client/repeated-below", NULL, test_repeated_below);
  ADD ("/soap-client/trace", NULL, test_trace);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *name = g_strconcat ("/soap-client/refused/", refusals[i].name, NULL);

      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_refusal);
    }
  ADD ("/soap-client/replayed", NULL, test_replayed);
  ADD ("/soap-client/untrusted", NULL, test_untrusted);
  ADD ("/soap-client/wrong-name", "DNS:other.example", test_wrong_name);
  ADD ("/soap-client/cancelled", NULL, test_cancelled);
  ADD ("/soap-client/nobody-there", NULL, test_nobody_there);
  ADD ("/soap-client/not-made", NULL, test_not_made);
  return g_test_run ();
}
