#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The data key of a store and what is done with it: personal data is sealed with it, blind tokens and keyed row keys are made with it. Reference
 * counted, never changed, for any thread. The key lies wrapped in the store, once for each user's certificate (net/sync); here it is plain, in
 * memory only, and overwritten when the last reference goes. docs/data-model.md says what is sealed. */
typedef struct _KaiVault KaiVault;

#define KAI_VAULT_KEY_SIZE 32

/* A new random data key; caller frees (which overwrites it). */
GBytes *kai_vault_make_key (void);
/* @key: KAI_VAULT_KEY_SIZE bytes, copied; NULL when it has another size. */
KaiVault *kai_vault_new (GBytes *key);
KaiVault *kai_vault_ref (KaiVault *vault);
void kai_vault_unref (KaiVault *vault); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiVault, kai_vault_unref)
/* Borrowed; for wrapping it for a certificate, nothing else. */
GBytes *kai_vault_get_key (KaiVault *vault);
/* A key of 32 bytes for one use of its own (@label, such as "backup"), from which the data key cannot be found. Caller frees (which overwrites
 * it). The same label gives the same key. */
GBytes *kai_vault_derive (KaiVault *vault, const char *label);

/* What seal adds to the length of the plain bytes. */
#define KAI_VAULT_OVERHEAD 29
/* A version byte, a random nonce, @plain under AES-256-GCM, the tag. @purpose (what it is, such as "notice") and @id (the row) are not in it but
 * needed to open it, so that a value copied to another row or column does not open there. Never fails. Caller frees. */
GBytes *kai_vault_seal (KaiVault *vault, GBytes *plain, const char *purpose, gint64 id);
/* DAMAGED when @sealed was changed, belongs to another place, or was sealed with another key. Caller frees. */
GBytes *kai_vault_open (KaiVault *vault, GBytes *sealed, const char *purpose, gint64 id,
                        GError **error);

/* Several texts as one sealed value. @texts is NULL-terminated; NULL when all of them are empty, so that nothing needs to be stored. Caller frees. */
GBytes *kai_vault_seal_texts (KaiVault *vault, const char *const *texts, const char *purpose,
                              gint64 id);
/* @n texts, in the order in which they were sealed: "" for those that were not there yet when it was, and for all when @sealed is NULL or @vault is (the store
 * is locked). DAMAGED as in kai_vault_open, or when it holds no texts. Caller frees with g_strfreev; NULL on errors only. */
char **kai_vault_open_texts (KaiVault *vault, GBytes *sealed, guint n, const char *purpose,
                             gint64 id, GError **error);

/* With the NUL at its end. */
#define KAI_VAULT_TOKEN_SIZE 14
/* A word of 13 lower-case letters and digits (2 to 7) that stands for @text in an index: the same @kind (what it is, such as "name") and @text give the same
 * word, and without the key nothing can be told from it but that two are equal. */
void kai_vault_token (KaiVault *vault, const char *kind, const char *text,
                      char out[KAI_VAULT_TOKEN_SIZE]);

/* 64 hexadecimal digits and the NUL. */
#define KAI_VAULT_ROW_KEY_SIZE 65
/* What is kept of @plain_key, a hash of personal data that could be found by trying; "" stays "". */
void kai_vault_row_key (KaiVault *vault, const char *plain_key, char out[KAI_VAULT_ROW_KEY_SIZE]);

G_END_DECLS
