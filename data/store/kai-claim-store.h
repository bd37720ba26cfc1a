#pragma once

#include "model/kai-notice.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* Owns the table notice_claim: who owes what, found in one step whatever the length of the ledger, and without a name or a number in the index. The payer is the
 * identity number or credit code, else student number and name, else mobile and name. Needs the store's key. */

/* For each item of a notice that was just inserted as @id; called by kai_notice_store_insert. */
gboolean kai_claim_store_add (KaiDatabase *db, gint64 id, const KaiNotice *notice, GError **error);
/* After payer or items were corrected. */
gboolean kai_claim_store_replace (KaiDatabase *db, const KaiNotice *notice, GError **error);

typedef struct
{
  gint64 id;
  char *payment_code, *batch_id;
  KaiDay bill_date;
  KaiNoticeState state;
  KaiMoney amount; /* of the item */
} KaiClaim;
void kai_claim_free (KaiClaim *claim);

/* The live notices (not refused, void or lapsed) of the payer of @notice for its item @index and its term, newest first: array of KaiClaim. NULL on error. */
GPtrArray *kai_claim_store_find (KaiDatabase *db, const KaiNotice *notice, guint index,
                                 GError **error);
/* The same among those of which nothing but the payer's name is known: what the finance server told after a restore. */
GPtrArray *kai_claim_store_find_by_name (KaiDatabase *db, const KaiNotice *notice, guint index,
                                         GError **error);
/* The word under which that item of @notice stands; FALSE when the payer cannot be told from another. */
gboolean kai_claim_store_get_token (KaiDatabase *db, const KaiNotice *notice, guint index,
                                    char out[KAI_VAULT_TOKEN_SIZE]);
/* Tokens for notices of older stores; does nothing when there are none. Call once before many questions. */
gboolean kai_claim_store_catch_up (KaiDatabase *db, GError **error);

G_END_DECLS
