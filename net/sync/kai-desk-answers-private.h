#pragma once

#include "sync/kai-desk-private.h"

G_BEGIN_DECLS

/* What the parts that apply answers share: kai-desk-answers.c gathers, -notices.c and -ebills.c decide. */
typedef struct
{
  KaiDesk *desk;
  GPtrArray *next; /* messages that follow, one of each number */
  int position;    /* of the voucher that is being answered */
  int refused;
  GPtrArray *refusals; /* sentence of each position, NULL where it was not refused */
} KaiAnswers;

typedef gboolean (*KaiAnswerFunc) (KaiAnswers *answers, gint64 subject, const KaiRecord *reply,
                                   GError **error);

gboolean kai_answer_is_ok (const KaiRecord *reply);
gboolean kai_answer_is (const KaiRecord *reply, const char *symbol);
/* The sentence for a refused voucher: ours for a known code, else the server's words. Caller frees. */
char *kai_answer_describe (const KaiRecord *reply);
/* The server says that it has this already: it is asked what it has before anything is decided. */
gboolean kai_answer_is_duplicate (const KaiRecord *reply, const char *symbol);
/* The message @number that follows from the answers; *subjects (borrowed) takes one id for each voucher that is added to it. */
KaiMessage *kai_answers_next (KaiAnswers *answers, const char *number, GArray **subjects);
/* Counts a refusal, and keeps the message in the queue until the clerk has dealt with this subject. */
void kai_answers_note_refusal (KaiAnswers *answers, const char *sentence);

/* 8994, 8997, 8641 */
gboolean kai_desk_answer_issue (KaiAnswers *answers, gint64 subject, const KaiRecord *reply,
                                GError **error);
gboolean kai_desk_answer_query (KaiAnswers *answers, gint64 subject, const KaiRecord *reply,
                                GError **error);
gboolean kai_desk_answer_void (KaiAnswers *answers, gint64 subject, const KaiRecord *reply,
                               GError **error);
/* 8999, 8981, 8632, 8982 */
gboolean kai_desk_answer_number (KaiAnswers *answers, gint64 subject, const KaiRecord *reply,
                                 GError **error);
gboolean kai_desk_answer_swap (KaiAnswers *answers, gint64 subject, const KaiRecord *reply,
                               GError **error);
gboolean kai_desk_answer_ebill_state (KaiAnswers *answers, gint64 subject, const KaiRecord *reply,
                                      GError **error);
gboolean kai_desk_answer_file (KaiAnswers *answers, gint64 subject, const KaiRecord *reply,
                               GError **error);

G_END_DECLS
