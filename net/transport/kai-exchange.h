#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* One request and what came of it, for those who look at messages. Never changed once it is made, and may go from thread to thread. */
typedef struct
{
  gint64 at;       /* when it was sent, UTC seconds by the server's clock as far as it is known */
  int ms;          /* until the answer */
  GBytes *request; /* an envelope; over the socket the CFX document without its frame */
  GBytes *answer;  /* NULL when none came */
  char *
      error; /* the sentence for the clerk; NULL when the answer was accepted, or nobody waits for it any longer */
} KaiExchange;

#define KAI_TYPE_EXCHANGE (kai_exchange_get_type ())
GType kai_exchange_get_type (void); /* boxed, counted */
/* @answer and @error may be NULL; references are taken. Free with kai_exchange_unref. */
KaiExchange *kai_exchange_new (gint64 at, int ms, GBytes *request, GBytes *answer,
                               const char *error);
KaiExchange *kai_exchange_ref (KaiExchange *exchange);
void kai_exchange_unref (KaiExchange *exchange);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiExchange, kai_exchange_unref)
/* Bytes that it keeps in memory. */
gsize kai_exchange_get_size (const KaiExchange *exchange);

/* Called in the transport's thread; @exchange is borrowed. */
typedef void (*KaiExchangeObserver) (KaiExchange *exchange, gpointer data);

G_END_DECLS
