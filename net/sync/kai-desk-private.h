#pragma once

#include "store/kai-ebill-store.h"
#include "store/kai-outbox.h"
#include "sync/kai-desk.h"

G_BEGIN_DECLS

/* What the parts of the desk share; see kai-desk.h. */
struct _KaiDesk
{
  KaiConnection *connection;
  KaiDatabase *db;
  KaiCatalogue *catalogue;
  KaiSiteProfile *profile;
  KaiBaseData *base;
  KaiCalendar *calendar;
  KaiKey *key;        /* NULL when none */
  KaiTrust *trust;    /* roots for e-bill files and answers */
  char *user_code;    /* from the certificate or the connection */
  char *unit_code;    /* from the certificate or base data, "" when not known yet */
  gboolean approving; /* what is issued now was written by another and is being approved */
  int changes;        /* of the connection when it was opened */
  char *id;           /* of this desk, made with the store: leases and pushes are per desk */
};

/* A message with its head filled in. */
KaiMessage *kai_desk_new_message (KaiDesk *desk, const char *number);
/* Adds an empty voucher; borrowed. */
KaiRecord *kai_desk_add_voucher (KaiMessage *message);
/* Encodes and puts into the outbox, cut into messages of at most batch_limit vouchers. @subjects: one id a voucher. */
gboolean kai_desk_post (KaiDesk *desk, KaiMessage *message, const char *batch_id,
                        const GArray *subjects, GError **error);
gboolean kai_desk_audit (KaiDesk *desk, const char *action, const char *kind, const char *subject,
                         const char *outcome, GError **error);
/* FALSE with a sentence when there is no base data yet. */
gboolean kai_desk_require_base_data (KaiDesk *desk, GError **error);

/* ---- notices (kai-desk-notices.c) ---- */
/* 8994 by the catalogue. */
void kai_desk_fill_notice (KaiDesk *desk, const KaiNotice *notice, KaiRecord *voucher);
/* Takes a number for @notice and makes it SIGNED; without one left it becomes a draft: *numbered FALSE, no error. */
gboolean kai_desk_take_number (KaiDesk *desk, KaiNotice *notice, gboolean *numbered,
                               GError **error);
/* Unit, clerk, batch, today's date and the validity. */
void kai_desk_complete_notice (KaiDesk *desk, KaiNotice *notice, const char *batch_id);

/* ---- answers (kai-desk-answers.c) ---- */
/* Applies @answer to the message @out in one transaction and posts what follows. *refused counts vouchers. */
gboolean kai_desk_apply_answer (KaiDesk *desk, const KaiOutboxMessage *out,
                                const KaiMessage *answer, int *refused, GError **error);
/* The whole message was refused with @result: so are all its subjects. */
gboolean kai_desk_apply_refusal (KaiDesk *desk, const KaiOutboxMessage *out, const char *result,
                                 const char *sentence, int *refused, GError **error);
/* The message is about to go: said before it goes, so that after a crash nothing is taken for unsent that may have been sent. */
gboolean kai_desk_mark_sent (KaiDesk *desk, const KaiOutboxMessage *out, GError **error);
/* It got no answer. Unless it @left, it was not sent this time, and what it is about is what it was before. */
gboolean kai_desk_mark_failed (KaiDesk *desk, const KaiOutboxMessage *out, gboolean left,
                               const char *sentence, gint64 next_try_at, GError **error);
/* One 5996: marks the notice paid; what is not ours or known already is left alone. */
gboolean kai_desk_apply_payment (KaiDesk *desk, const KaiRecord *push, GError **error);

/* 8997, 8632: what does the server have? Adds the voucher and makes it UNKNOWN. */
gboolean kai_desk_ask_notice (KaiDesk *desk, KaiNotice *notice, KaiMessage *message,
                              GArray *subjects, GError **error);
gboolean kai_desk_ask_ebill (KaiDesk *desk, KaiEbillRecord *record, KaiMessage *message,
                             GArray *subjects, GError **error);

/* What the server said of the stock last is not what is here any more: it is written anew next time. kai-sync-stock.c */
gboolean kai_desk_forget_stock (KaiDesk *desk, GError **error);

/* ---- e-bills (kai-desk-ebills.c) ---- */
/* Content from notice and unit, signed with the desk's key: RESERVED → SIGNED; adds the 8981 voucher. */
gboolean kai_desk_sign_ebill (KaiDesk *desk, KaiEbillRecord *record, KaiMessage *message,
                              GError **error);
/* The 8982 voucher that fetches the file. */
void kai_desk_add_fetch (KaiDesk *desk, const KaiEbillRecord *record, KaiMessage *message);
/* Checks a fetched file against what was signed here and keeps it. FALSE with the reason when it is not the right one. */
gboolean kai_desk_accept_file (KaiDesk *desk, KaiEbillRecord *record, const char *base64,
                               GError **error);

G_END_DECLS
