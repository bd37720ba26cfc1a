#pragma once

#include "model/kai-notice.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* Owns the tables payer and payer_token: the address book. Everything about a payer is sealed; names, initials and numbers are found through blind
 * tokens, so that typing costs the same with ten payers and with a hundred thousand. */
typedef struct
{
  gint64 id; /* 0 before it is stored */
  KaiPayerKind kind;
  char *name, *id_number, *mobile; /* owned, non-NULL */
  int uses;                        /* notices issued to them here */
  gint64 used_at;                  /* UTC seconds, 0 never */
} KaiPayer;

KaiPayer *kai_payer_new (void);
KaiPayer *kai_payer_copy (const KaiPayer *payer);
void kai_payer_free (KaiPayer *payer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiPayer, kai_payer_free)
/* The payer of a notice; not stored. */
KaiPayer *kai_payer_new_for_notice (const KaiNotice *notice);

/* Whether what was typed means this payer: part of the name, pinyin initials, start or last four digits of the numbers. */
gboolean kai_payer_matches (const KaiPayer *payer, const char *typed);

/* New (id 0, which is set) or changed. CONFLICT when another entry has the same identity number, or without one the same name and mobile number;
 * INVALID without a name; NOT_FOUND; NOT_ALLOWED while locked. */
gboolean kai_payer_store_save (KaiDatabase *db, KaiPayer *payer, GError **error);
gboolean kai_payer_store_remove (KaiDatabase *db, gint64 id, GError **error);
KaiPayer *kai_payer_store_load (KaiDatabase *db, gint64 id, GError **error);
/* Whom @typed may mean (kai_payer_matches), the one used last first; "" or NULL is everybody. At most @limit. Array of KaiPayer that frees them. */
GPtrArray *kai_payer_store_list (KaiDatabase *db, const char *typed, int limit, GError **error);
/* The payer of an issued notice: makes the entry or brings it up to date and counts the use. */
gboolean kai_payer_store_learn (KaiDatabase *db, const KaiNotice *notice, GError **error);
gint64 kai_payer_store_count (KaiDatabase *db);

G_END_DECLS
