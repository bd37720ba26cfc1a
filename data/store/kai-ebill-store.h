#pragma once

#include "model/kai-ebill.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* One row for each swap of a notice. The number, once known, is never given to anything else. */
typedef struct
{
  gint64 id;
  gint64 notice_id;
  char *payment_code; /* of the notice, read-only */
  char *payer_name;   /* of the notice, read-only */
  KaiMoney amount;    /* of the notice, read-only */
  char *bill_type;
  char *code;   /* 8, "" before */
  char *number; /* 10, "" before RESERVED */
  char *check_code;
  char *url;
  char *refusal_code, *refusal_text;
  KaiSyncState sync; /* DRAFT number asked for, RESERVED, SIGNED, SENT, ACCEPTED … */
  GBytes *content;   /* the signed bytes: Header and EInvoiceData; NULL before SIGNED */
  GBytes *file;      /* the whole e-bill with both signatures; NULL before fetched */
  gint64 created_at, updated_at;
} KaiEbillRecord;

void kai_ebill_record_free (KaiEbillRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiEbillRecord, kai_ebill_record_free)

/* New row in DRAFT for a paid notice; CONFLICT when the notice has one that is not refused. */
KaiEbillRecord *kai_ebill_store_create (KaiDatabase *db, gint64 notice_id, const char *bill_type,
                                        GError **error);
/* Writes everything of the record but the read-only fields; CONFLICT when the number belongs to another. */
gboolean kai_ebill_store_update (KaiDatabase *db, KaiEbillRecord *record, GError **error);
/* A refused one gives up its number, for the next try of the same notice. NOT_FOUND when there is no such refused record. */
gboolean kai_ebill_store_release_number (KaiDatabase *db, gint64 id, GError **error);
KaiEbillRecord *kai_ebill_store_load (KaiDatabase *db, gint64 id, GError **error);
/* The newest for that notice; NULL without error when none. */
KaiEbillRecord *kai_ebill_store_find_by_notice (KaiDatabase *db, gint64 notice_id, GError **error);
KaiEbillRecord *kai_ebill_store_find_by_number (KaiDatabase *db, const char *number,
                                                GError **error);
/* Array of KaiEbillRecord without content and file (NULL there), newest first; @batch_id NULL for all. */
GPtrArray *kai_ebill_store_list (KaiDatabase *db, const char *batch_id, int limit, GError **error);

G_END_DECLS
