/* What was said in one exchange, kept in memory for whoever looks on. */
#include "transport/kai-exchange.h"

G_DEFINE_BOXED_TYPE (KaiExchange, kai_exchange, kai_exchange_ref, kai_exchange_unref)

KaiExchange *
kai_exchange_new (gint64 at, int ms, GBytes *request, GBytes *answer, const char *error)
{
  KaiExchange *exchange = g_atomic_rc_box_new0 (KaiExchange);

  exchange->at = at;
  exchange->ms = ms;
  exchange->request = g_bytes_ref (request);
  exchange->answer = answer ? g_bytes_ref (answer) : NULL;
  exchange->error = g_strdup (error);
  return exchange;
}

KaiExchange *
kai_exchange_ref (KaiExchange *exchange)
{
  return g_atomic_rc_box_acquire (exchange);
}

static void
clear (gpointer data)
{
  KaiExchange *exchange = data;

  g_bytes_unref (exchange->request);
  g_clear_pointer (&exchange->answer, g_bytes_unref);
  g_free (exchange->error);
}

void
kai_exchange_unref (KaiExchange *exchange)
{
  if (exchange)
    g_atomic_rc_box_release_full (exchange, clear);
}

gsize
kai_exchange_get_size (const KaiExchange *exchange)
{
  return g_bytes_get_size (exchange->request)
         + (exchange->answer ? g_bytes_get_size (exchange->answer) : 0);
}
