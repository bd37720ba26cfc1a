#pragma once

#include "values/kai-site-profile.h"

G_BEGIN_DECLS

/* How two peers of the socket know each other: the agreed 32-character token, and for KAI_MAC_3DES_TOKEN the agreed 3DES key. The secrets are wiped when freed and stand in
 * no error. */
#define KAI_TOKEN_LENGTH 32

typedef struct _KaiMac KaiMac;
/* @token 32 printable ASCII characters without spaces; @key 32 (two-key) or 48 hexadecimal digits, NULL or "" = none, which KAI_MAC_3DES_TOKEN does not allow. NO_KEY says what is wrong. */
KaiMac *kai_mac_new (KaiMacKind kind, int width, const char *token, const char *key,
                     GError **error);
/* As the profile says; its files' first lines. Relative paths are below @home. NO_KEY when the socket is not enabled, a file is missing or others than its owner may read it. */
KaiMac *kai_mac_load (const KaiSiteProfile *profile, const char *home, GError **error);
/* The profile's token file; caller frees. */
char *kai_mac_dup_token_path (const KaiSiteProfile *profile, const char *home);
void kai_mac_free (KaiMac *mac);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiMac, kai_mac_free)

int kai_mac_get_width (const KaiMac *mac);
/* 64 lower-case hexadecimal digits; caller frees. */
char *kai_mac_compute (const KaiMac *mac, GBytes *body);
/* In constant time; digits of either case. */
gboolean kai_mac_check (const KaiMac *mac, GBytes *body, const char *received);

/* ---- Changing the token (2003) ---- */
char *kai_mac_new_token (void); /* random letters and digits; caller frees */
gboolean kai_token_is_valid (const char *token);
/* A token sealed with the agreed key, as 2003 carries it, and back. NO_KEY without a key; open: SIGNATURE when it holds no token. Caller frees. */
char *kai_mac_seal_token (const KaiMac *mac, const char *token, GError **error);
char *kai_mac_open_token (const KaiMac *mac, const char *sealed, GError **error);
void kai_mac_set_token (KaiMac *mac, const char *token);

G_END_DECLS
