#pragma once

#include "messages/kai-message.h"
#include "security/kai-certificate.h"
#include "transport/kai-exchange.h"
#include "values/kai-site-profile.h"

G_BEGIN_DECLS

/* A way to bring one message to the finance server and its answer back; one implementation a file: kai-soap-client.c, kai-socket-client.c. Blocking; made and used in
 * one thread. */
typedef struct _KaiTransport KaiTransport;

/* For implementations: the first member of their struct. */
typedef struct
{
  KaiMessage *(*exchange) (KaiTransport *transport, GBytes *body, const char *msg_id,
                           char **fault_result, GCancellable *cancellable, GError **error);
  gint64 (*get_clock_offset) (KaiTransport *transport);
  void (*free) (KaiTransport *transport);
  /* NULL where there is no token. */
  gboolean (*change_token) (KaiTransport *transport, KaiMessage *message, GCancellable *cancellable,
                            GError **error);
  /* NULL where nothing is signed. */
  void (*set_trust) (KaiTransport *transport, KaiTrust *trust);
} KaiTransportClass;
struct _KaiTransport
{
  const KaiTransportClass *klass;
  KaiExchangeObserver observer; /* NULL = nobody looks on */
  gpointer observer_data;
  int retry_after; /* of the last exchange, set by the implementation */
  gboolean left;   /* the same: a byte of the request may have gone out */
};
/* For implementations, after each request that was sent: @request and @answer (nullable) as they went over the wire, @started monotonic µs, @error why the answer was not accepted
 * (nullable). Nothing secret may be in them: a 2003 is not told. */
void kai_transport_observe (KaiTransport *transport, GBytes *request, GBytes *answer,
                            gint64 started, const GError *error);

/* By the address: https://… is SOAP; nontax://HOST:PORT is the socket, which the site profile must enable (NO_KEY otherwise). @home: the data directory, where the profile's
 * relative paths begin. @trust_path, @key and @trace_dir as in kai_soap_client_new; @key is not used by the socket. @catalogue is borrowed for the transport's life. */
KaiTransport *kai_transport_new (const char *url, const char *trust_path, KaiKey *key,
                                 const KaiCatalogue *catalogue, const KaiSiteProfile *profile,
                                 const char *home, const char *trace_dir, GError **error);
void kai_transport_free (KaiTransport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiTransport, kai_transport_free)

/* Sends the CFX document @body (UTF-8) whose MsgID is @msg_id and returns the answer, verified as strictly as the transport can. UNREACHABLE leaves everything as it was. FAULT:
 * kai_net_error_get_code gives its code; *fault_result (nullable, caller frees) holds it only when the finance server vouches for the fault: show, never act. Cancelled:
 * G_IO_ERROR_CANCELLED. */
KaiMessage *kai_transport_exchange (KaiTransport *transport, GBytes *body, const char *msg_id,
                                    char **fault_result, GCancellable *cancellable, GError **error);
/* @func is told of every exchange in the transport's thread; NULL = no longer. */
void kai_transport_set_observer (KaiTransport *transport, KaiExchangeObserver func, gpointer data);
/* Seconds that the server asked, with its last answer, to be left alone (HTTP Retry-After); 0 when it did not, never more than
 * KAI_RETRY_AFTER_MAX. */
#define KAI_RETRY_AFTER_MAX 900
int kai_transport_get_retry_after (KaiTransport *transport);
/* Whether the last exchange may have brought anything to the server; FALSE when there was no connection to send it over. */
gboolean kai_transport_has_left (KaiTransport *transport);
/* Seconds that the server's clock is ahead; 0 while unknown. */
gint64 kai_transport_get_clock_offset (KaiTransport *transport);
/* From now on answers are checked against @trust (referenced) instead of the roots alone: with its revocation lists and names of algorithms. */
void kai_transport_set_trust (KaiTransport *transport, KaiTrust *trust);
/* 2003: agrees a new token with the server; @message: the head of a 2003 without vouchers, filled in here. NO_KEY on a transport without a token. */
gboolean kai_transport_change_token (KaiTransport *transport, KaiMessage *message,
                                     GCancellable *cancellable, GError **error);

G_END_DECLS
