#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* Messages to the finance server. Written in the transaction of the change they tell about; kept, with the same MsgID and the same bytes,
 * until answered. Those about the same notice or e-bill go in order of id, each after the answer to the one before it (any stock movement waits for those
 * before it, since their ranges may touch); those about different ones may go at the same time. A voiding waits while it is not known whether the notice is
 * ours. */
typedef enum
{
  KAI_OUTBOX_WAITING,  /* to be sent, or sent without an answer */
  KAI_OUTBOX_ANSWERED, /* answer applied */
  KAI_OUTBOX_REFUSED, /* refused as a whole, or answered with refusals that nobody has dealt with */
  KAI_OUTBOX_HELD,    /* held by the clerk */
} KaiOutboxState;

typedef struct
{
  gint64 id;
  char *msg_id;
  char *msg_no; /* "8994" */
  GBytes *body; /* CFX document, UTF-8 */
  KaiOutboxState state;
  int attempts; /* times that it left this computer, or may have */
  gint64 created_at, last_try_at, next_try_at;
  char *last_error; /* sentence, "" */
  char *batch_id;
  GArray *
      subjects; /* gint64 ids (notice, e-bill, movement by msg_no), one for each voucher in order */
  GArray *refused; /* those of them that the server refused and nobody has dealt with */
} KaiOutboxMessage;

/* What the vouchers of a message are about. */
typedef enum
{
  KAI_SUBJECT_NOTICE = 1,
  KAI_SUBJECT_EBILL,
  KAI_SUBJECT_MOVEMENT,
} KaiSubjectKind;
KaiSubjectKind kai_outbox_subject_kind (const char *msg_no);

void kai_outbox_message_free (KaiOutboxMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiOutboxMessage, kai_outbox_message_free)

/* @subjects: ids of the vouchers in order. Returns the row id, 0 on error. */
gint64 kai_outbox_add (KaiDatabase *db, const char *msg_id, const char *msg_no, GBytes *body,
                       const char *batch_id, const gint64 *subjects, gsize n_subjects,
                       GError **error);
/* The oldest waiting one that is due at @now and that nothing keeps back; NULL without error when none. */
KaiOutboxMessage *kai_outbox_next (KaiDatabase *db, gint64 now, GError **error);
/* The same while @under_way (ids) wait for their answers: one that nothing keeps back, not even those. */
#define KAI_OUTBOX_MAX_UNDER_WAY 4
KaiOutboxMessage *kai_outbox_next_free (KaiDatabase *db, gint64 now, const gint64 *under_way,
                                        guint n_under_way, GError **error);
gboolean kai_outbox_has_due (KaiDatabase *db, gint64 now); /* whether next would give one */
/* Before sending: counts the attempt. */
gboolean kai_outbox_mark_try (KaiDatabase *db, gint64 id, GError **error);
/* It was none: nothing of it left this computer. */
gboolean kai_outbox_unmark_try (KaiDatabase *db, gint64 id, GError **error);
gboolean kai_outbox_mark_failed (KaiDatabase *db, gint64 id, const char *sentence,
                                 gint64 next_try_at, GError **error);
gboolean kai_outbox_mark_answered (KaiDatabase *db, gint64 id, GError **error);
gboolean kai_outbox_mark_refused (KaiDatabase *db, gint64 id, const char *sentence, GError **error);
/* The voucher at @position (from 0) was refused: the message is shown until its subject is resolved. */
gboolean kai_outbox_mark_subject_refused (KaiDatabase *db, gint64 id, int position,
                                          const char *sentence, GError **error);
/* The clerk, or a later answer, has dealt with what was refused about this subject. */
gboolean kai_outbox_resolve (KaiDatabase *db, KaiSubjectKind kind, gint64 subject, GError **error);
/* Takes back what has one subject and need not be said any more: a voiding of what the server has refused. It counts as answered. */
gboolean kai_outbox_withdraw (KaiDatabase *db, const char *msg_no, gint64 subject, GError **error);
gboolean kai_outbox_set_held (KaiDatabase *db, gint64 id, gboolean held, GError **error);
/* Due now, and not held. */
gboolean kai_outbox_send_now (KaiDatabase *db, gint64 id, GError **error);
/* Every waiting message is due now (“send now”, a reconnect). */
gboolean kai_outbox_wake (KaiDatabase *db, GError **error);
int kai_outbox_count (KaiDatabase *db, KaiOutboxState state); /* -1 on error */
/* For who waits while another program delivers: the oldest waiting one (0 none), and how many wait or were refused from an id on. */
gint64 kai_outbox_first_waiting (KaiDatabase *db);
int kai_outbox_count_waiting_from (KaiDatabase *db, gint64 id);
int kai_outbox_count_refused_from (KaiDatabase *db, gint64 id); /* subjects */
/* When the next one that failed is to be tried again (UTC seconds); 0 when none waits for that. */
gint64 kai_outbox_next_try (KaiDatabase *db);
/* Array of KaiOutboxMessage without bodies, oldest first: all that are not answered, or were refused and not dealt with. */
GPtrArray *kai_outbox_list_open (KaiDatabase *db, int limit, GError **error);
/* Without its body. NOT_FOUND. */
KaiOutboxMessage *kai_outbox_load (KaiDatabase *db, gint64 id, GError **error);

G_END_DECLS
