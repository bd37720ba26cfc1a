#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* Owns the tables vault_wrap and vault_applicant: for which certificates the data key is wrapped, and who would like it to be. Certificates are known by the SHA-256
 * of their DER bytes, in hexadecimal. What is to be believed is for net/sync to say. */

typedef struct
{
  char *certificate;
  char *user;
  char *unit;
  GBytes *der;
  GBytes *wrapped; /* NULL for an applicant */
  gint64 at;       /* UTC seconds: admitted, or tried first */
} KaiVaultWrap;

void kai_vault_wrap_free (KaiVaultWrap *wrap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiVaultWrap, kai_vault_wrap_free)

/* Caller frees. */
char *kai_vault_store_name_certificate (GBytes *der);
/* Array of KaiVaultWrap, oldest first. */
GPtrArray *kai_vault_store_list_wraps (KaiDatabase *db, GError **error);
/* NULL without error when there is none. */
KaiVaultWrap *kai_vault_store_find_wrap (KaiDatabase *db, const char *certificate, GError **error);
/* Replaces an older one of the same certificate, and takes it off the list of applicants. */
gboolean kai_vault_store_put_wrap (KaiDatabase *db, const char *user, const char *unit, GBytes *der,
                                   GBytes *wrapped, GError **error);
gboolean kai_vault_store_remove_wrap (KaiDatabase *db, const char *certificate, GError **error);

/* Of the applicants only the newest KAI_VAULT_MAX_APPLICANTS are kept. */
#define KAI_VAULT_MAX_APPLICANTS 32
gboolean kai_vault_store_add_applicant (KaiDatabase *db, GBytes *der, GError **error);
/* Array of KaiVaultWrap with certificate, der and at. */
GPtrArray *kai_vault_store_list_applicants (KaiDatabase *db, GError **error);

/* Whether the connection's vault is the one that this store was sealed with; the first one is, and is remembered by a token. DAMAGED when it is another. */
gboolean kai_vault_store_check_key (KaiDatabase *db, GError **error);
/* Seals what a store of schema 001 held in plain, in one transaction, and leaves no trace of it in the file (while another program reads, that has to wait for the next
 * call). Needs the vault; does nothing
 * when there is nothing left to do. To be called whenever the vault was set. */
gboolean kai_vault_store_seal_old (KaiDatabase *db, GError **error);
/* Opens everything that is sealed and adds a KaiProblem (kai-problem.h, code "sealed-damaged") for what does not open, at most @limit of each kind; nothing while the store is
 * locked. FALSE only when the store cannot be read. */
gboolean kai_vault_store_check_sealed (KaiDatabase *db, GPtrArray *problems, guint limit,
                                       GError **error);

G_END_DECLS
