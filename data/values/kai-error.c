/* The error domain of data/. */
#include "values/kai-error.h"

/* clang-format off */ /* the name is a string */
G_DEFINE_QUARK (kai-data-error-quark, kai_data_error)
/* clang-format on */

gboolean
kai_data_fail (GError **error, KaiDataError code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error)
    *error = g_error_new_valist (KAI_DATA_ERROR, code, format, args);
  va_end (args);
  return FALSE;
}
