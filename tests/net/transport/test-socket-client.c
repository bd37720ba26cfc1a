/* The socket's client against a real server in this process: what it takes, and everything it must not. The server runs in a thread, because the client blocks. */
#include "kai-test.h"
#include "messages/kai-net-error.h"
#include "transport/kai-frame.h"
#include "transport/kai-soap-client.h"
#include "transport/kai-socket-client.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define TOKEN "0123456789abcdefFEDCBA9876543210"
#define KEY "0123456789abcdeffedcba9876543210"

typedef enum
{
  GOOD,
  BYTE_WISE,
  NOTHING,
  CUT_HEADER,
  CUT_BODY,
  CUT_MAC,
  TRAILING,
  TOO_LONG,
  NOT_A_FRAME,
  NO_MAC,
  OTHER_TOKEN,
  CHANGED_BODY,
  REFLECTED, /* our own request comes back: its MAC is right */
  OTHER_MESSAGE,
  OTHER_NUMBER, /* in the frame's header */
  OTHER_SENDER,
  OTHER_RECEIVER,
  FAULT,
  SILENT,
  DRIBBLING, /* a byte now and then, without end */
  REFUSED,   /* a 5001 that says no */
} Mode;

typedef struct
{
  KaiMacKind kind;
  Mode mode;
  KaiCatalogue *catalogue;
  KaiMac *mac, *other;
  GSocket *listener;
  char *url, *dir;
  GThread *thread;
  GCancellable *stop;
  KaiMessage *last; /* the last request; read when the client is back */
  int requests;
} Fixture;

/* ---- the server ---- */

static void
replace (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static GBytes *
make_answer (Fixture *f, const KaiFrame *request)
{
  g_autoptr (KaiMessage) in = kai_message_decode_bytes (request->body, f->catalogue, NULL);
  g_autoptr (KaiMessage) out = kai_message_new ("5001");
  KaiRecord *voucher = kai_record_new ();
  g_autoptr (GBytes) body = NULL;
  g_autofree char *code = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (out->vouchers, voucher);
  replace (&out->source, f->mode == OTHER_SENDER ? "F320600" : in->destination);
  replace (&out->destination, f->mode == OTHER_RECEIVER ? "K3206849999" : in->source);
  replace (&out->reference, f->mode == OTHER_MESSAGE ? "ANOTHER" : in->id);
  replace (&out->region, in->region);
  kai_record_set (voucher, "OriMsgNo", in->number);
  kai_record_set (voucher, "Result", f->mode == FAULT || f->mode == REFUSED ? "10004" : "00000");
  kai_record_set (voucher, "AddWord", "张𠮷");
  kai_record_set (voucher, "Hold1", f->mode == FAULT ? KAI_SOCKET_FAULT : "");
  body = kai_message_encode (out, f->catalogue, TRUE, &error);
  g_assert_no_error (error);
  code = f->mode == NO_MAC ? g_strdup ("")
                           : kai_mac_compute (f->mode == OTHER_TOKEN ? f->other : f->mac, body);
  if (f->mode == CHANGED_BODY)
    {
      g_autofree char *text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
      char *reserve = strstr (text, "<VER>1.0");

      reserve[5] = '2';
      g_clear_pointer (&body, g_bytes_unref);
      body = g_bytes_new (text, strlen (text));
    }
  g_clear_pointer (&f->last, kai_message_free);
  f->last = g_steal_pointer (&in);
  return kai_frame_build (f->mode == OTHER_NUMBER ? "5002" : "5001", body, code, 64, NULL);
}

static void
send_bytes (GSocket *socket, const char *bytes, gsize length, gsize piece)
{
  for (gsize at = 0; at < length;)
    {
      gssize n = g_socket_send (socket, bytes + at, MIN (piece, length - at), NULL, NULL);

      if (n < 0)
        return;
      at += (gsize)n;
    }
}

/* Until the client gives up. */
static void
keep_waiting (Fixture *f, GSocket *socket)
{
  while (!g_socket_condition_timed_wait (socket, G_IO_IN, f->mode == DRIBBLING ? 20000 : -1,
                                         f->stop, NULL)
         && !g_cancellable_is_cancelled (f->stop))
    if (g_socket_send (socket, "0", 1, NULL, NULL) < 0)
      return;
}

static void
answer (Fixture *f, GSocket *socket, const KaiFrame *request, GBytes *raw)
{
  g_autoptr (GBytes) frame = make_answer (f, request);
  gsize length;
  const char *bytes = g_bytes_get_data (frame, &length);

  switch (f->mode)
    {
    case NOTHING:
      return;
    case CUT_HEADER:
      send_bytes (socket, bytes, 10, 10);
      return;
    case CUT_BODY:
      send_bytes (socket, bytes, 100, 100);
      return;
    case CUT_MAC:
      send_bytes (socket, bytes, length - 1, length);
      return;
    case TRAILING:
      {
        g_autofree char *longer = g_malloc (length + 1);

        memcpy (longer, bytes, length);
        longer[length] = 'x';
        send_bytes (socket, longer, length + 1, length + 1);
        return;
      }
    case TOO_LONG:
      send_bytes (socket, "99999999CNNONTAX1.05001", 23, 23);
      keep_waiting (f, socket);
      return;
    case NOT_A_FRAME:
      send_bytes (socket, "HTTP/1.1 400 Bad Request\r\n\r\n", 28, 28);
      return;
    case REFLECTED:
      send_bytes (socket, g_bytes_get_data (raw, NULL), g_bytes_get_size (raw), 4096);
      return;
    case SILENT:
      keep_waiting (f, socket);
      return;
    case DRIBBLING:
      send_bytes (socket, bytes, 30, 30);
      keep_waiting (f, socket);
      return;
    case BYTE_WISE:
      send_bytes (socket, bytes, length, 1);
      return;
    default:
      send_bytes (socket, bytes, length, length);
    }
}

static void
serve_one (Fixture *f, GSocket *socket)
{
  g_autoptr (KaiFrameReader) reader = kai_frame_reader_new (64);
  g_autoptr (GByteArray) all = g_byte_array_new ();
  g_autoptr (KaiFrame) frame = NULL;
  g_autoptr (GBytes) raw = NULL;
  char chunk[4096];

  while (!kai_frame_reader_is_complete (reader))
    {
      gssize n = g_socket_receive (socket, chunk, sizeof chunk, f->stop, NULL);

      if (n <= 0 || !kai_frame_reader_push (reader, chunk, (gsize)n, NULL))
        return;
      g_byte_array_append (all, (guint8 *)chunk, (guint)n);
    }
  frame = kai_frame_reader_take (reader, NULL);
  raw = g_bytes_new (all->data, all->len);
  g_assert_true (kai_mac_check (f->mac, frame->body, frame->mac));
  f->requests++;
  answer (f, socket, frame, raw);
}

static gpointer
run_server (gpointer data)
{
  Fixture *f = data;

  for (;;)
    {
      g_autoptr (GSocket) socket = g_socket_accept (f->listener, f->stop, NULL);

      if (!socket)
        return NULL;
      serve_one (f, socket);
      g_socket_close (socket, NULL);
    }
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  f->kind = KAI_MAC_SHA256;
  f->dir = kai_test_make_dir ();
  f->catalogue = kai_catalogue_load (NULL, &error);
  g_assert_no_error (error);
  f->mac = kai_mac_new (f->kind, 64, TOKEN, KEY, NULL);
  f->other = kai_mac_new (f->kind, 64, "another-token-another-token-1234", KEY, NULL);
  f->listener =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  g_assert_true (g_socket_bind (f->listener, address, TRUE, NULL));
  g_assert_true (g_socket_listen (f->listener, NULL));
  bound = g_socket_get_local_address (f->listener, NULL);
  f->url = g_strdup_printf ("nontax://127.0.0.1:%d",
                            g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  f->stop = g_cancellable_new ();
  f->thread = g_thread_new ("server", run_server, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_cancellable_cancel (f->stop);
  g_thread_join (f->thread);
  g_object_unref (f->stop);
  g_object_unref (f->listener);
  g_clear_pointer (&f->last, kai_message_free);
  kai_mac_free (f->mac);
  kai_mac_free (f->other);
  kai_catalogue_free (f->catalogue);
  kai_test_remove_dir (f->dir);
  g_free (f->url);
}

/* ---- the client ---- */

static KaiMessage *
make_message (const char *number)
{
  KaiMessage *message = kai_message_new (number);

  replace (&message->source, "K3206844001");
  replace (&message->destination, "F320684");
  replace (&message->region, "320684");
  return message;
}

static KaiSocketClient *
make_client (Fixture *f, const char *trace)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *token_path = g_build_filename (f->dir, "token", NULL);
  KaiSocketClient *client = kai_socket_client_new (
      f->url, kai_mac_new (f->kind, 64, TOKEN, KEY, NULL), token_path, f->catalogue, trace, &error);

  g_assert_no_error (error);
  kai_socket_client_set_timeouts (client, 2000, 4000);
  return client;
}

static KaiMessage *
exchange (Fixture *f, KaiSocketClient *client, char **fault, GCancellable *cancellable,
          GError **error)
{
  g_autoptr (KaiMessage) message = make_message ("8641");
  KaiRecord *voucher = kai_record_new ();
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GError) local = NULL;

  g_ptr_array_add (message->vouchers, voucher);
  kai_record_set (voucher, "PayCode", "32068426101000000019");
  kai_record_set (voucher, "ChgAgenCode", "320684001");
  kai_record_set (voucher, "Reason", "开错了𠮷");
  body = kai_message_encode (message, f->catalogue, FALSE, &local);
  g_assert_no_error (local);
  return kai_socket_client_exchange (client, body, message->id, fault, cancellable, error);
}

static void
test_good (Fixture *f, gconstpointer data)
{
  static const Mode modes[] = { GOOD, BYTE_WISE, REFUSED };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (KaiSocketClient) client = make_client (f, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiMessage) reply = NULL;

      f->mode = modes[i];
      reply = exchange (f, client, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (kai_record_get (reply->vouchers->pdata[0], "AddWord"), ==, "张𠮷");
      g_assert_cmpstr (kai_record_get (f->last->vouchers->pdata[0], "Reason"), ==, "开错了𠮷");
    }
  g_assert_cmpint (f->requests, ==, 3);
}

static const struct
{
  const char *name;
  Mode mode;
  KaiNetError code;
} refusals[] = {
  { "nothing", NOTHING, KAI_NET_ERROR_UNREACHABLE },
  { "cut-header", CUT_HEADER, KAI_NET_ERROR_UNREACHABLE },
  { "cut-body", CUT_BODY, KAI_NET_ERROR_UNREACHABLE },
  { "cut-mac", CUT_MAC, KAI_NET_ERROR_UNREACHABLE },
  { "trailing", TRAILING, KAI_NET_ERROR_MALFORMED },
  { "too-long", TOO_LONG, KAI_NET_ERROR_MALFORMED },
  { "not-a-frame", NOT_A_FRAME, KAI_NET_ERROR_MALFORMED },
  { "no-mac", NO_MAC, KAI_NET_ERROR_SIGNATURE },
  { "other-token", OTHER_TOKEN, KAI_NET_ERROR_SIGNATURE },
  { "changed-body", CHANGED_BODY, KAI_NET_ERROR_SIGNATURE },
  { "reflected", REFLECTED, KAI_NET_ERROR_REPLY },
  { "other-message", OTHER_MESSAGE, KAI_NET_ERROR_REPLY },
  { "other-number", OTHER_NUMBER, KAI_NET_ERROR_REPLY },
  { "other-sender", OTHER_SENDER, KAI_NET_ERROR_REPLY },
  { "other-receiver", OTHER_RECEIVER, KAI_NET_ERROR_REPLY },
  { "fault", FAULT, KAI_NET_ERROR_FAULT },
  { "silent", SILENT, KAI_NET_ERROR_UNREACHABLE },
  { "dribbling", DRIBBLING, KAI_NET_ERROR_UNREACHABLE },
};

static void
test_refused (Fixture *f, gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (KaiSocketClient) client = make_client (f, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *fault = NULL;

  f->mode = refusals[i].mode;
  if (f->mode == SILENT)
    kai_socket_client_set_timeouts (client, 50, 4000);
  if (f->mode == DRIBBLING)
    kai_socket_client_set_timeouts (client, 4000, 200);
  g_assert_null (exchange (f, client, &fault, NULL, &error));
  g_assert_error (error, KAI_NET_ERROR, (int)refusals[i].code);
  g_assert_null (strstr (error->message, TOKEN));
  g_assert_cmpstr (fault, ==, f->mode == FAULT ? "10004" : NULL);
  /* The next message goes well. */
  f->mode = GOOD;
  kai_socket_client_set_timeouts (client, 2000, 4000);
  g_clear_error (&error);
  {
    g_autoptr (KaiMessage) reply = exchange (f, client, NULL, NULL, &error);

    g_assert_no_error (error);
    g_assert_nonnull (reply);
  }
}

static gpointer
cancel_when_asked (gpointer data)
{
  Fixture *f = ((gpointer *)data)[0];

  while (!g_atomic_int_get (&f->requests))
    g_thread_yield ();
  g_cancellable_cancel (((gpointer *)data)[1]);
  return NULL;
}

static void
test_cancelled (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiSocketClient) client = make_client (f, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gpointer both[] = { f, cancellable };
  g_autoptr (GError) error = NULL;
  GThread *thread;

  f->mode = SILENT;
  thread = g_thread_new ("cancel", cancel_when_asked, both);
  g_assert_null (exchange (f, client, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
}

static void
test_addresses (Fixture *f, gconstpointer data)
{
  static const char *const urls[] = {
    "nontax://",         "nontax://host",  "nontax://:1",    "nontax://h:0", "nontax://h:65536",
    "nontax://h:1/path", "nontax://u@h:1", "nontax://h:1?q", "http://h:1",   ""
  };

  for (gsize i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (kai_socket_client_new (urls[i], kai_mac_new (f->kind, 64, TOKEN, KEY, NULL),
                                            NULL, f->catalogue, NULL, &error));
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_UNREACHABLE);
    }
}

/* Nobody listens any more. */
static void
test_not_there (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiSocketClient) client = make_client (f, NULL);
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (f->stop);
  g_socket_close (f->listener, NULL);
  g_assert_null (exchange (f, client, NULL, NULL, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_UNREACHABLE);
}

/* The address chooses; the profile must agree to the socket. */
static void
test_choice (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiSiteProfile) profile = kai_site_profile_new_default ();
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiTransport) transport = NULL;

  g_assert_null (
      kai_transport_new (f->url, NULL, NULL, f->catalogue, profile, f->dir, NULL, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_NO_KEY);
  g_clear_error (&error);
  profile->socket_enabled = TRUE;
  profile->socket_mac = f->kind;
  g_free (profile->socket_token_file);
  profile->socket_token_file = g_build_filename (f->dir, "agreed", NULL);
  g_assert_true (g_file_set_contents_full (profile->socket_token_file, TOKEN, -1,
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  transport = kai_transport_new (f->url, NULL, NULL, f->catalogue, profile, f->dir, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (transport);
  g_assert_cmpint (kai_transport_get_clock_offset (transport), ==, 0);
}

/* ---- the token ---- */

static char *
read_token (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->dir, name, NULL);
  char *text = NULL;

  if (g_file_get_contents (path, &text, NULL, NULL))
    text[strcspn (text, "\n")] = '\0';
  return text;
}

static void
test_change_token (Fixture *f, gconstpointer data)
{
  g_autofree char *trace = g_build_filename (f->dir, "trace", NULL);
  g_autoptr (KaiSocketClient) client = make_client (f, trace);
  g_autoptr (KaiMessage) first = make_message ("2003"), second = make_message ("2003");
  g_autofree char *id = NULL, *token = NULL, *kept = NULL, *sealed = NULL, *opened = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;

  /* The answer is lost: the token waits on the disk, the old one is in use. */
  f->mode = CUT_MAC;
  g_assert_false (kai_socket_client_change_token (client, first, NULL, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_UNREACHABLE);
  g_clear_error (&error);
  id = g_strdup (f->last->id);
  sealed = g_strdup (kai_record_get (f->last->vouchers->pdata[0], "NewToken"));
  token = read_token (f, "token.new");
  opened = kai_mac_open_token (f->mac, sealed, NULL);
  g_assert_cmpstr (opened, ==, token);
  kept = read_token (f, "token");
  g_assert_null (kept);
  /* Once more: the same message, then the new token is kept. */
  f->mode = GOOD;
  g_assert_true (kai_socket_client_change_token (client, second, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (f->last->id, ==, id);
  g_assert_cmpstr (kai_record_get (f->last->vouchers->pdata[0], "NewToken"), ==, sealed);
  kept = read_token (f, "token");
  g_assert_cmpstr (kept, ==, token);
  g_assert_null (read_token (f, "token.new"));
  /* Nothing of it in the trace. */
  dir = g_dir_open (trace, 0, NULL);
  g_assert_null (g_dir_read_name (dir));
}

static void
test_change_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiSocketClient) client = make_client (f, NULL);
  g_autoptr (KaiMessage) message = make_message ("2003");
  g_autoptr (GError) error = NULL;

  f->mode = REFUSED;
  g_assert_false (kai_socket_client_change_token (client, message, NULL, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FAULT);
  g_assert_null (read_token (f, "token"));
  g_assert_null (read_token (f, "token.new"));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/socket-client/good", test_good },
    { "/socket-client/cancelled", test_cancelled },
    { "/socket-client/addresses", test_addresses },
    { "/socket-client/not-there", test_not_there },
    { "/socket-client/choice", test_choice },
    { "/socket-client/change-token", test_change_token },
    { "/socket-client/change-refused", test_change_refused },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strconcat ("/socket-client/refused/", refusals[i].name, NULL);

      g_test_add (path, Fixture, GUINT_TO_POINTER (i), set_up, test_refused, tear_down);
    }
  return g_test_run ();
}
