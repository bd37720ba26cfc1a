/* The one place that knows which transport an address means. */
#include "transport/kai-transport.h"
#include "messages/kai-net-error.h"
#include "transport/kai-soap-client.h"
#include "transport/kai-socket-client.h"

#include <glib/gi18n-lib.h>
#include <string.h>

KaiTransport *
kai_transport_new (const char *url, const char *trust_path, KaiKey *key,
                   const KaiCatalogue *catalogue, const KaiSiteProfile *profile, const char *home,
                   const char *trace_dir, GError **error)
{
  g_autoptr (KaiMac) mac = NULL;
  g_autofree char *token_path = NULL;

  if (g_ascii_strncasecmp (url, KAI_SOCKET_SCHEME "://", strlen (KAI_SOCKET_SCHEME "://")) != 0)
    return (KaiTransport *)kai_soap_client_new (url, trust_path, key, catalogue, trace_dir, error);
  mac = kai_mac_load (profile, home, error);
  if (!mac)
    return NULL;
  token_path = kai_mac_dup_token_path (profile, home);
  return (KaiTransport *)kai_socket_client_new (url, g_steal_pointer (&mac), token_path, catalogue,
                                                trace_dir, error);
}

void
kai_transport_free (KaiTransport *transport)
{
  if (transport)
    transport->klass->free (transport);
}

KaiMessage *
kai_transport_exchange (KaiTransport *transport, GBytes *body, const char *msg_id,
                        char **fault_result, GCancellable *cancellable, GError **error)
{
  transport->retry_after = 0;
  transport->left = FALSE;
  return transport->klass->exchange (transport, body, msg_id, fault_result, cancellable, error);
}

void
kai_transport_set_observer (KaiTransport *transport, KaiExchangeObserver func, gpointer data)
{
  transport->observer = func;
  transport->observer_data = data;
}

void
kai_transport_observe (KaiTransport *transport, GBytes *request, GBytes *answer, gint64 started,
                       const GError *error)
{
  gint64 spent = g_get_monotonic_time () - started;
  gboolean is_failure = error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_autoptr (KaiExchange) exchange = NULL;

  if (!transport->observer)
    return;
  /* The offset may be known only since the answer came. */
  exchange = kai_exchange_new (
      (g_get_real_time () - spent) / G_USEC_PER_SEC + kai_transport_get_clock_offset (transport),
      (int)MIN (spent / 1000, G_MAXINT), request, answer, is_failure ? error->message : NULL);
  transport->observer (exchange, transport->observer_data);
}

int
kai_transport_get_retry_after (KaiTransport *transport)
{
  return CLAMP (transport->retry_after, 0, KAI_RETRY_AFTER_MAX);
}

gboolean
kai_transport_has_left (KaiTransport *transport)
{
  return transport->left;
}

gint64
kai_transport_get_clock_offset (KaiTransport *transport)
{
  return transport->klass->get_clock_offset (transport);
}

void
kai_transport_set_trust (KaiTransport *transport, KaiTrust *trust)
{
  if (transport->klass->set_trust)
    transport->klass->set_trust (transport, trust);
}

gboolean
kai_transport_change_token (KaiTransport *transport, KaiMessage *message, GCancellable *cancellable,
                            GError **error)
{
  if (!transport->klass->change_token)
    return kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                         _ ("Only the socket has a token. The server's address is not one of the "
                            "socket (nontax://HOST:PORT)."));
  return transport->klass->change_token (transport, message, cancellable, error);
}
