#pragma once

/* What is sealed in the tables of the store, for the files of this folder only. */
#include "model/kai-notice.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* Purposes: what a sealed value is bound to, besides its row. They stay as they are for ever. */
#define NOTICE_PAYER "notice"           /* name, identity number, mobile, memo, student number */
#define NOTICE_OUTCOME "notice outcome" /* words of a refusal, who paid, why it was voided */
#define EBILL_CONTENT "ebill content"
#define EBILL_FILE "ebill file"
#define EBILL_OUTCOME "ebill outcome" /* words of a refusal */
#define OUTBOX_ERROR "outbox error"
#define MOVEMENT_WORDS "stock movement" /* reason, words of a refusal */

/* Bodies of messages and names of batches are bound to a text that is unique for ever. Caller frees. */
char *kai_seal_outbox_purpose (const char *msg_id);
char *kai_seal_batch_purpose (const char *batch_id);

GBytes *kai_seal_notice_payer (KaiVault *vault, const KaiNotice *notice, gint64 id);
/* NULL when there is nothing to seal. */
GBytes *kai_seal_notice_outcome (KaiVault *vault, const KaiNotice *notice, gint64 id);
/* Fills in the sealed fields from the columns @payer and @outcome; they are "" while the store is locked. */
gboolean kai_seal_open_notice (KaiDatabase *db, sqlite3_stmt *stmt, int payer, int outcome,
                               KaiNotice *notice, GError **error);
/* Name, identity number, mobile, memo, student number from a column; all "" while the store is locked. Caller frees; NULL on errors. */
char **kai_seal_open_payer (KaiDatabase *db, sqlite3_stmt *stmt, int column, gint64 id,
                            GError **error);

G_END_DECLS
