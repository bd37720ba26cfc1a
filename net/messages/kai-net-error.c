/* The error domain of net/. An error also carries the result code by which the other side is told. */
#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"

typedef struct
{
  char result[6]; /* "" = by the error code */
} KaiNetErrorPrivate;

static void
kai_net_error_private_init (KaiNetErrorPrivate *priv)
{
  priv->result[0] = '\0';
}

static void
kai_net_error_private_copy (const KaiNetErrorPrivate *from, KaiNetErrorPrivate *to)
{
  *to = *from;
}

static void
kai_net_error_private_clear (KaiNetErrorPrivate *priv)
{
}

G_DEFINE_EXTENDED_ERROR (KaiNetError, kai_net_error)

gboolean
kai_net_fail (GError **error, KaiNetError code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error)
    g_propagate_error (error, g_error_new_valist (KAI_NET_ERROR, code, format, args));
  va_end (args);
  return FALSE;
}

gboolean
kai_net_fail_result (GError **error, KaiNetError code, const char *symbol, const char *format, ...)
{
  const KaiResultCode *result = kai_result_code_by_symbol (symbol);
  va_list args;

  va_start (args, format);
  if (error)
    {
      GError *made = g_error_new_valist (KAI_NET_ERROR, code, format, args);

      g_strlcpy (kai_net_error_get_private (made)->result, result->code, sizeof (char[6]));
      g_propagate_error (error, made);
    }
  va_end (args);
  return FALSE;
}

gboolean
kai_net_fail_fault (GError **error, const char *result, const char *sentence)
{
  if (error)
    {
      GError *made = g_error_new_literal (KAI_NET_ERROR, KAI_NET_ERROR_FAULT, sentence);

      g_strlcpy (kai_net_error_get_private (made)->result, result ? result : KAI_RESULT_FAILED,
                 sizeof (char[6]));
      g_propagate_error (error, made);
    }
  return FALSE;
}

static const char *
default_symbol (int code)
{
  switch (code)
    {
    case KAI_NET_ERROR_MALFORMED:
      return "malformed";
    case KAI_NET_ERROR_FIELD:
      return "field";
    case KAI_NET_ERROR_UNKNOWN_MESSAGE:
      return "unknown-message";
    case KAI_NET_ERROR_SIGNATURE:
      return "bad-signature";
    case KAI_NET_ERROR_CERTIFICATE:
      return "bad-certificate";
    case KAI_NET_ERROR_TIME:
      return "time-window";
    default:
      return "failed";
    }
}

const char *
kai_net_error_get_code (const GError *error)
{
  const KaiNetErrorPrivate *priv;

  if (!error || error->domain != KAI_NET_ERROR)
    return KAI_RESULT_FAILED;
  priv = kai_net_error_get_private (error);
  return *priv->result ? priv->result
                       : kai_result_code_by_symbol (default_symbol (error->code))->code;
}
