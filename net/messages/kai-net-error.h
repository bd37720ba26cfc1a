#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The one error domain of net/. Messages are translated sentences for a clerk: what happened, what to do. Without personal data. */
#define KAI_NET_ERROR (kai_net_error_quark ())
GQuark kai_net_error_quark (void);

typedef enum
{
  KAI_NET_ERROR_UNREACHABLE, /* no connection, timeout, cut answer: stays queued */
  KAI_NET_ERROR_TLS,         /* the server's certificate is not trusted or is for another name */
  KAI_NET_ERROR_MALFORMED,   /* not XML, over a limit, DTD, wrong structure */
  KAI_NET_ERROR_FIELD,       /* a message field breaks the catalogue */
  KAI_NET_ERROR_REFUSED,     /* the server answered, signed, that it will not */
  KAI_NET_ERROR_FAULT, /* the server answered with a SOAP Fault: kai_net_error_get_code gives its code */
  KAI_NET_ERROR_SIGNATURE,       /* missing, wrong, or not over what it must cover */
  KAI_NET_ERROR_CERTIFICATE,     /* expired, unknown issuer, wrong purpose, wrong holder */
  KAI_NET_ERROR_TIME,            /* Timestamp outside its window */
  KAI_NET_ERROR_REPLY,           /* an answer to something else */
  KAI_NET_ERROR_NO_KEY,          /* no key store, or file not there */
  KAI_NET_ERROR_PIN,             /* wrong PIN */
  KAI_NET_ERROR_OFFLINE,         /* --offline */
  KAI_NET_ERROR_UNKNOWN_MESSAGE, /* a message number that the catalogue does not have */
} KaiNetError;

gboolean kai_net_fail (GError **error, KaiNetError code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* The same with a result code of its own, where the error code alone says too little: @symbol of results.tsv ("not-covered"). */
gboolean kai_net_fail_result (GError **error, KaiNetError code, const char *symbol,
                              const char *format, ...) G_GNUC_PRINTF (4, 5);
/* For a fault whose 5-digit code came over the wire, known to us or not. */
gboolean kai_net_fail_fault (GError **error, const char *result, const char *sentence);
/* The 5-digit result code that tells this error to the other side: the one it was made with, else the one of its error code; "99999" for errors of other domains. Never NULL; borrowed from
 * @error. */
const char *kai_net_error_get_code (const GError *error);

G_END_DECLS
