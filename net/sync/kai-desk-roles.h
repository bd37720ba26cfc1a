#pragma once

#include "sync/kai-desk.h"

G_BEGIN_DECLS

/* Who may do what, in one place: every operation of the desk that changes something asks here first, and the window asks before it offers one.
 * Roles come with the base data ("clerk reviewer administrator bureau", a user may have several). */
typedef enum
{
  KAI_TASK_ISSUE,      /* write notices, correct and give up refused ones */
  KAI_TASK_VOID,       /* void notices */
  KAI_TASK_SWAP,       /* swap for e-bills */
  KAI_TASK_REVIEW,     /* approve what others wrote, or send it back */
  KAI_TASK_MOVE_STOCK, /* paper bills */
} KaiDeskTask;

/* FALSE with NOT_ALLOWED and a sentence that names the role that may. TRUE while no base data say who the user is: then there is nothing to issue or
 * void either. */
gboolean kai_desk_may (KaiDesk *desk, KaiDeskTask task, GError **error);
/* "clerk, reviewer", translated; "" before base data. Caller frees. */
char *kai_desk_dup_role_names (KaiDesk *desk);

G_END_DECLS
