#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The one error domain of net/. Messages are translated sentences for a clerk: what happened, what to do. Without personal data. */
#define KAI_NET_ERROR (kai_net_error_quark ())
GQuark kai_net_error_quark (void);

typedef enum
{
  KAI_NET_ERROR_UNREACHABLE,  /* no connection, timeout, cut answer: stays queued */
  KAI_NET_ERROR_TLS,          /* the server's certificate is not trusted or is for another name */
  KAI_NET_ERROR_MALFORMED,    /* not XML, over a limit, DTD, wrong structure */
  KAI_NET_ERROR_FIELD,        /* a message field breaks the catalogue */
  KAI_NET_ERROR_FAULT,        /* the server answered with a SOAP Fault: kai_net_error_get_code gives its code */
  KAI_NET_ERROR_SIGNATURE,    /* missing, wrong, or not over what it must cover */
  KAI_NET_ERROR_CERTIFICATE,  /* expired, unknown issuer, wrong purpose, wrong holder */
  KAI_NET_ERROR_TIME,         /* Timestamp outside its window */
  KAI_NET_ERROR_REPLY,        /* an answer to something else */
  KAI_NET_ERROR_NO_KEY,       /* no key store, or file not there */
  KAI_NET_ERROR_PIN,          /* wrong PIN */
  KAI_NET_ERROR_OFFLINE,      /* --offline */
} KaiNetError;

gboolean kai_net_fail (GError **error, KaiNetError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

G_END_DECLS
