#pragma once

#include "store/kai-outbox.h"
#include "sync/kai-desk.h"

G_BEGIN_DECLS

/* The queue as the clerk sees it: what waits for the finance server, what it refused, and what can be done about it. */

/* One notice, e-bill or movement of a message. */
typedef struct
{
  gint64 id;
  char *code; /* payment code or range of numbers, "" before there is one */
  KaiSyncState sync;
  gboolean refused;                  /* and nobody has dealt with it */
  char *refusal_code, *refusal_text; /* "" */
  char
      *field; /* of a refused notice: what the refusal is about, as kai_notice_check names it, "" */
  gboolean can_correct; /* a notice that the editor can open: kai_desk_correct */
} KaiQueueSubject;

typedef struct
{
  KaiOutboxMessage
      *message; /* without its body; NULL for the notices that wait for payment codes */
  char *about;  /* in the clerk's words: “Issue 3 payment notices” */
  const char *
      state; /* "draft", "waiting" (never sent), "sent" (no answer yet), "held", "unknown" (asks what the server has), "refused" */
  const char *state_label; /* translated */
  char *why;               /* what went wrong last, "" */
  GPtrArray *subjects;     /* KaiQueueSubject */
  gboolean can_send, can_hold, can_release, can_resolve;
} KaiQueueEntry;
void kai_queue_entry_free (KaiQueueEntry *entry);
/* Array of KaiQueueEntry, oldest first; @limit 0 = all. */
GPtrArray *kai_desk_list_queue (KaiDesk *desk, int limit, GError **error);

/* Each is logged. NOT_FOUND when it waits no more. */
gboolean kai_desk_hold_message (KaiDesk *desk, gint64 id, gboolean held, GError **error);
/* Due at once, not held. The engine has to be told (kai_sync_worker_send_now). */
gboolean kai_desk_send_message (KaiDesk *desk, gint64 id, GError **error);

typedef enum
{
  KAI_RESOLVE_ASK,        /* ask the server what it has (8997, 8632) */
  KAI_RESOLVE_SEND_AGAIN, /* as it is, under a new MsgID */
  KAI_RESOLVE_GIVE_UP,    /* it is not sent again; a notice becomes void here */
} KaiResolution;
/* Deals with all that was refused of message @id, in one transaction. CONFLICT says why that is not possible, NOT_FOUND when nothing of it is
 * open. */
gboolean kai_desk_resolve (KaiDesk *desk, gint64 id, KaiResolution how, GError **error);

/* The switch: nothing is sent or fetched, in any program, until it is put back. Kept in the store. */
gboolean kai_sync_is_paused (KaiDatabase *db);
gboolean kai_desk_set_paused (KaiDesk *desk, gboolean paused, GError **error);

G_END_DECLS
