#pragma once

#include "security/kai-certificate.h"

G_BEGIN_DECLS

/* The list of revoked certificates that a desk keeps: revocation.pem in its data directory, as the finance server gave it (message 8675). */

/* Adds the kept list to @trust. One that is missing, out of date at @now or not by an issuer in @trust is left out: a new one is fetched then. */
void kai_revocation_load (KaiTrust *trust, const char *home, gint64 now);
/* Keeps @pem and adds it to @trust, unless the kept one is newer. CERTIFICATE ("list-out-of-date") when it is out of date or not by an issuer in @trust; nothing is changed then. */
gboolean kai_revocation_keep (KaiTrust *trust, const char *home, const char *pem, gint64 now,
                              GError **error);
/* Seconds since the kept list was fetched; G_MAXINT64 when there is none that is of use at @now. */
gint64 kai_revocation_get_age (KaiTrust *trust, const char *home, gint64 now);

G_END_DECLS
