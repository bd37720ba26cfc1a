#pragma once

#include "sync/kai-desk.h"

G_BEGIN_DECLS

/* Voiding with a way back: nothing is asked beforehand, because it can be undone until the message leaves. */

/* As kai_desk_void, but the message is kept back for @seconds. */
gboolean kai_desk_void_later (KaiDesk *desk, const char *payment_code, const char *reason,
                              int seconds, GError **error);
/* The notice is unpaid again, as if it had not been voided; the log keeps both. CONFLICT when it is not void, NOT_FOUND when the
 * finance server may have heard of it. */
gboolean kai_desk_undo_void (KaiDesk *desk, gint64 notice_id, GError **error);

G_END_DECLS
