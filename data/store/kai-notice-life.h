#pragma once

#include "store/kai-outbox.h"

G_BEGIN_DECLS

/* The messages that were or are to be sent about one notice and its e-bills: when they were written, when they were tried last. */
typedef struct
{
  char *msg_no; /* "8994" */
  KaiOutboxState state;
  int attempts;
  gint64 created_at, last_try_at; /* UTC seconds; 0 never */
} KaiNoticeMessage;

void kai_notice_message_free (KaiNoticeMessage *message);
/* Array of KaiNoticeMessage that frees them, newest first, at most @limit; NULL on error. */
GPtrArray *kai_notice_life_list_messages (KaiDatabase *db, gint64 notice_id, int limit,
                                          GError **error);

G_END_DECLS
