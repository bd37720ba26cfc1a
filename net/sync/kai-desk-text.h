#pragma once

#include "sync/kai-desk.h"

G_BEGIN_DECLS

/* The text message that the payer of @notice gets, by the template of the site profile; for one that is not issued yet with today's validity and （…） for the code
 * that it will have. Caller frees. */
char *kai_desk_dup_sms (KaiDesk *desk, const KaiNotice *notice);

G_END_DECLS
