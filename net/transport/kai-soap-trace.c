/* Keeps what went over the wire, for the person who has to find out why two servers do not agree. */
#include "transport/kai-soap-trace.h"
#include "messages/kai-net-error.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

struct _KaiSoapTrace
{
  char *dir;
  int number;
};

static int
find_last_number (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  int last = 0;

  while (dir && (name = g_dir_read_name (dir)))
    if (g_ascii_isdigit (*name)
        && (g_str_has_suffix (name, "-request.xml") || g_str_has_suffix (name, "-response.xml")))
      last = MAX (last, (int)MIN (g_ascii_strtoull (name, NULL, 10), G_MAXINT / 2));
  return last;
}

static gboolean
fail (const char *dir, const char *why, GError **error)
{
  return kai_net_fail (error, KAI_NET_ERROR_UNREACHABLE,
                       _ ("Nothing was sent, because the trace cannot be written to %s: %s. Choose "
                          "another folder."),
                       dir, why);
}

KaiSoapTrace *
kai_soap_trace_new (const char *dir, GError **error)
{
  KaiSoapTrace *trace;

  if (g_mkdir_with_parents (dir, 0700) != 0 || g_chmod (dir, 0700) != 0)
    {
      fail (dir, g_strerror (errno), error);
      return NULL;
    }
  trace = g_new0 (KaiSoapTrace, 1);
  trace->dir = g_strdup (dir);
  trace->number = find_last_number (dir);
  return trace;
}

void
kai_soap_trace_free (KaiSoapTrace *trace)
{
  if (!trace)
    return;
  g_free (trace->dir);
  g_free (trace);
}

static gboolean
write_file (KaiSoapTrace *trace, const char *what, GBytes *bytes, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%04d-%s.xml", trace->number, what);
  g_autofree char *path = g_build_filename (trace->dir, name, NULL);

  return g_file_set_contents_full (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                   G_FILE_SET_CONTENTS_NONE, 0600, error);
}

gboolean
kai_soap_trace_request (KaiSoapTrace *trace, GBytes *bytes, GError **error)
{
  g_autoptr (GError) local = NULL;

  trace->number++;
  return write_file (trace, "request", bytes, &local) || fail (trace->dir, local->message, error);
}

void
kai_soap_trace_response (KaiSoapTrace *trace, GBytes *bytes)
{
  g_autoptr (GError) local = NULL;

  if (!write_file (trace, "response", bytes, &local))
    g_message ("The answer is not in the trace: %s", local->message);
}
