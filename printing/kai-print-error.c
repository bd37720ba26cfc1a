/* The error domain of printing/. */
#include "kai-print-private.h"

/* clang-format off */ /* the name is a string */
G_DEFINE_QUARK (kai-print-error-quark, kai_print_error)
/* clang-format on */

gboolean
kai_print_fail (GError **error, KaiPrintError code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error)
    *error = g_error_new_valist (KAI_PRINT_ERROR, code, format, args);
  va_end (args);
  return FALSE;
}
