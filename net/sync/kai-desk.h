#pragma once

#include "messages/kai-message.h"
#include "model/kai-base-data.h"
#include "security/kai-certificate.h"
#include "store/kai-database.h"
#include "store/kai-stock.h"
#include "sync/kai-connection.h"
#include "values/kai-site-profile.h"

G_BEGIN_DECLS

/* What a person at the desk does: every operation is local and at once — one transaction writes the change, its audit line and the message that tells the finance
 * server. Nothing here opens a connection. One desk per thread, each with its own database connection. */
typedef struct _KaiDesk KaiDesk;
/* Opens the store in connection->home, loads catalogue, profile and base data. @key may be NULL (reading, offline); it is needed to
 * sign e-bills and to send. */
KaiDesk *kai_desk_open (const KaiConnection *connection, KaiKey *key, GError **error);
void kai_desk_close (KaiDesk *desk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiDesk, kai_desk_close)
KaiDatabase *kai_desk_get_database (KaiDesk *desk); /* borrowed */

/* ---- the key to the personal data (kai-desk-vault.c) ----
 * A desk without a key, or with one for which nobody has wrapped the store's data key yet, is locked: what is sealed reads as "", and writing it fails with NOT_ALLOWED. The
 * first key that opens a store makes its data key; whoever can open it lets in the other users of the unit. */
gboolean kai_desk_is_locked (KaiDesk *desk);
/* Who may open it and what to do; borrowed. */
const char *kai_desk_get_lock_sentence (KaiDesk *desk);
/* kai_desk_open does it; again once somebody else may have let this user in. FALSE on errors; being locked is none. */
gboolean kai_desk_unlock (KaiDesk *desk, GError **error);
/* Makes the lock sentence of a store that is looked at without a desk and without a key (kai_database_get_lock_sentence). */
gboolean kai_desk_describe_lock (KaiDatabase *db, GError **error);
/* After base data came: lets in who may open the store now, takes it from who may not any more. Nothing while locked. */
gboolean kai_desk_share_vault (KaiDesk *desk, GError **error);
/* Identity number and mobile of a notice are about to be shown in full: a line of the log. Not while locked. */
gboolean kai_desk_log_full_view (KaiDesk *desk, const char *payment_code, GError **error);
/* Whether a user of the unit has no certificate here that opens the store. */
gboolean kai_desk_misses_users (KaiDesk *desk);

const KaiConnection *kai_desk_get_connection (KaiDesk *desk);
const KaiBaseData *kai_desk_get_base_data (KaiDesk *desk);
const KaiSiteProfile *kai_desk_get_profile (KaiDesk *desk);
const KaiCatalogue *kai_desk_get_catalogue (KaiDesk *desk);
KaiKey *kai_desk_get_key (KaiDesk *desk);           /* NULL when none */
KaiTrust *kai_desk_get_trust (KaiDesk *desk);       /* roots given by the connection; borrowed */
const char *kai_desk_get_user_code (KaiDesk *desk); /* of the certificate or the connection, "" */
const KaiUser *kai_desk_get_user (KaiDesk *desk);   /* NULL before base data */
const KaiUnit *kai_desk_get_unit (KaiDesk *desk);   /* NULL before base data */
gboolean kai_desk_reload_base_data (KaiDesk *desk, GError **error);

/* Issues notices that passed kai_notice_check: numbers from the lease, rows, audit, one 8994 per batch_limit of them. @notices elements are updated in place. Without
 * numbers they are kept as drafts and numbered at the next contact. One whose row_key is stored already is skipped and counted. All or nothing. */
gboolean kai_desk_issue (KaiDesk *desk, GPtrArray *notices, const char *batch_id, int *skipped,
                         GError **error);
/* Drafts that can now be numbered; called after a lease came. Number done or -1. */
int kai_desk_number_drafts (KaiDesk *desk, GError **error);
/* 8641. CONFLICT when paid, void, or swapped. */
gboolean kai_desk_void (KaiDesk *desk, const char *payment_code, const char *reason,
                        GError **error);
/* ---- what the server refused (kai-desk-corrections.c) ---- */
/* TRUE while a refused notice waits for the clerk: it can be corrected or given up. */
gboolean kai_desk_can_correct (const KaiNotice *notice);
/* Sends a refused notice again: @notice is that row (by id) with what the clerk changed, and passed kai_notice_check; unchanged, it is sent again as it
 * was. Same row, new MsgID, dated today. It keeps its payment code, which may stand on paper, unless the server's trouble is the code itself
 * or the code is of another year; without a leased number it becomes a draft. CONFLICT when it is not refused (any more), or its row was issued
 * anew. @notice is updated in place. */
gboolean kai_desk_correct (KaiDesk *desk, KaiNotice *notice, GError **error);
/* Drops a refused notice: it becomes void here, and nothing is sent, since the server has none. @reason "" = given up. CONFLICT when it is not refused
 * (any more). */
gboolean kai_desk_give_up (KaiDesk *desk, gint64 notice_id, const char *reason, GError **error);
/* The field that the server's refusal of @notice is about, as kai_notice_check names it ("mobile", "items[1].amount"); "" when it names none.
 * Caller frees. */
char *kai_desk_dup_refusal_field (KaiDesk *desk, const KaiNotice *notice);

/* Notices whose time has run out become lapsed, at most @limit of them (0: all). Number changed or -1. Called at each start and sync and when the day
 * changes; reading goes on where it fails. */
int kai_desk_lapse (KaiDesk *desk, int limit, GError **error);

/* Asks for e-bill numbers (8999) for paid notices; the engine goes on with signing (8981) and fetching (8982). NOT_FOUND, CONFLICT name the code. */
gboolean kai_desk_swap (KaiDesk *desk, char **payment_codes, GError **error);
/* The same, but a notice that cannot be swapped holds up none of the others: it gets a line in @problems (KaiProblem, field = the code,
 * row = its place from 1). FALSE only when nothing could be done at all. */
gboolean kai_desk_swap_each (KaiDesk *desk, char **payment_codes, GPtrArray *problems,
                             GError **error);
/* All paid notices without an e-bill; codes NULL-terminated, caller frees. */
char **kai_desk_list_swappable (KaiDesk *desk, GError **error);
/* Stock movement and its message (8618 take in, 8614 distribute, 8619 return, 8620 void, 8622 write off). */
gint64 kai_desk_move_stock (KaiDesk *desk, const KaiStockMove *move, GError **error);
/* The address in a notice's QR code: pay_url + payment code; "" without base data. Caller frees. */
char *kai_desk_dup_pay_url (KaiDesk *desk, const KaiNotice *notice);

G_END_DECLS
