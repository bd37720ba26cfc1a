#pragma once

#include "kai-sandbox-exchange.h"
#include "transport/kai-soap.h"

G_BEGIN_DECLS

/* What the two transports share of a request. */
typedef struct
{
  const char *number;
  const char *answer;  /* number of the answer */
  const char *refusal; /* number of a refusal where it is another one, NULL */
  KaiVoucherFunc func;
  enum
  {
    KAI_FROM_UNIT,
    KAI_FROM_BANK,
    KAI_FROM_EITHER
  } sender;
} KaiHandler;

struct _KaiSandboxExchange
{
  KaiSandbox *sandbox;
  KaiCall *call;
  GPtrArray *problems; /* GError or NULL for each voucher */
  const KaiHandler *handler;
  char *content_hash;
  int wait;

  /* SOAP */
  KaiSoapEnvelope *envelope;
  KaiAlgorithm algorithm;

  /* the socket */
  gboolean is_frame;
  KaiPeer *peer;                                     /* NULL until its MAC was right */
  char *source, *destination, *id, *number, *region; /* of the request's head, for a fault */

  KaiFaults faults;
  guint status;
  GBytes *answer;
};

/* Opens and checks a frame: peer, call, request, hash. FALSE with the code of a result: a peer that is known is told, another one not. */
gboolean kai_sandbox_exchange_open_frame (KaiSandboxExchange *self, const KaiFrame *frame,
                                          GError **error);
/* The frame around an answer (CFX in UTF-8). */
GBytes *kai_sandbox_exchange_seal_frame (KaiSandboxExchange *self, GBytes *content, GError **error);
/* What stands for a SOAP Fault: a 5001. NULL when there is nobody to tell. */
GBytes *kai_sandbox_exchange_build_frame_fault (KaiSandboxExchange *self, const char *code,
                                                const char *sentence);
/* The hash that tells contents under one MsgID apart. */
char *kai_sandbox_exchange_hash (xmlNode *cfx);

G_END_DECLS
