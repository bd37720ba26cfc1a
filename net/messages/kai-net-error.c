/* The error domain of net/. */
#include "messages/kai-net-error.h"

G_DEFINE_QUARK (kai-net-error-quark, kai_net_error)

gboolean
kai_net_fail (GError **error, KaiNetError code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error)
    *error = g_error_new_valist (KAI_NET_ERROR, code, format, args);
  va_end (args);
  return FALSE;
}
