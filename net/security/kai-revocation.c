/* The kept list of revoked certificates. It is only ever kept and read when an issuer that is trusted made it, so that whoever can write or send a file cannot
 * make good certificates look revoked, or revoked ones good. */
#include "security/kai-revocation.h"

#include "messages/kai-net-error.h"
#include "values/kai-error.h"
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#define MAX_LIST (16 * 1024 * 1024)

static char *
get_path (const char *home)
{
  return g_build_filename (home, "revocation.pem", NULL);
}

/* NULL when there is none that can be used at @now. */
static char *
read_list (KaiTrust *trust, const char *home, gint64 now, gint64 *issued)
{
  g_autofree char *path = get_path (home);
  g_autofree char *pem = NULL;
  gsize length;

  if (!g_file_get_contents (path, &pem, &length, NULL) || length > MAX_LIST
      || !kai_trust_check_lists (trust, pem, (gssize)length, now, issued, NULL))
    return NULL;
  return g_steal_pointer (&pem);
}

void
kai_revocation_load (KaiTrust *trust, const char *home, gint64 now)
{
  gint64 issued;
  g_autofree char *pem = read_list (trust, home, now, &issued);

  if (pem)
    kai_trust_add_pem (trust, pem, -1, NULL);
}

gboolean
kai_revocation_keep (KaiTrust *trust, const char *home, const char *pem, gint64 now, GError **error)
{
  g_autofree char *path = get_path (home);
  g_autoptr (GError) local = NULL;
  gint64 issued, issued_before = G_MININT64;
  g_autofree char *before = read_list (trust, home, now, &issued_before);

  if (!kai_trust_check_lists (trust, pem, -1, now, &issued, error))
    return FALSE;
  /* An older one, as after a server's clock was set right, says less than what is kept. */
  if (before && issued < issued_before)
    return TRUE;
  if (!g_file_set_contents_full (path, pem, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &local))
    return kai_data_fail (
        error,
        g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? KAI_DATA_ERROR_FULL
                                                                  : KAI_DATA_ERROR_READ_ONLY,
        _ ("The list of revoked certificates cannot be kept: %s"), local->message);
  return kai_trust_add_pem (trust, pem, -1, error);
}

gint64
kai_revocation_get_age (KaiTrust *trust, const char *home, gint64 now)
{
  g_autofree char *path = get_path (home);
  gint64 issued;
  g_autofree char *pem = read_list (trust, home, now, &issued);
  GStatBuf info;

  if (!pem || g_stat (path, &info) != 0)
    return G_MAXINT64;
  return MAX (g_get_real_time () / G_USEC_PER_SEC - info.st_mtime, 0);
}
