#pragma once

#include "store/kai-outbox.h"

G_BEGIN_DECLS

/* What was said but has not left this computer yet. Both look at the newest message @msg_no whose first subject is @subject; both
 * are part of the caller's transaction. */

/* It is not sent before @until (UTC seconds). FALSE with NOT_FOUND when there is none that waits and was never tried. */
gboolean kai_outbox_delay (KaiDatabase *db, const char *msg_no, gint64 subject, gint64 until,
                           GError **error);
/* It never was: NOT_FOUND when it was tried already, since then nobody knows what the server has of it. */
gboolean kai_outbox_take_back (KaiDatabase *db, const char *msg_no, gint64 subject, GError **error);
/* TRUE while a message @msg_no about @subject is not answered; @tried: whether it was sent at least once. */
gboolean kai_outbox_is_open (KaiDatabase *db, const char *msg_no, gint64 subject, gboolean *tried);

G_END_DECLS
