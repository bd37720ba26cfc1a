#pragma once

#include "kai-sandbox.h"
#include "transport/kai-frame-mac.h"

G_BEGIN_DECLS

/* Who may call over the socket: the units' nodes (K…) and the banks' (D…), each with a token and a key of its own. */
typedef struct
{
  char *node;
  char *unit; /* code, "" for a bank */
  KaiMac *mac;
  gboolean previous; /* mac has the token before the last change: good for that change alone */
} KaiPeer;
void kai_peer_free (KaiPeer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiPeer, kai_peer_free)

gboolean kai_peer_is_bank (const KaiPeer *peer);
/* The node of a unit: K, region, last four digits of its code. Caller frees. */
char *kai_sandbox_unit_node (const char *region, const char *unit_code);
/* Makes token and key of each unit and bank that has none yet. */
gboolean kai_sandbox_make_peers (KaiSandbox *sandbox, GError **error);
/* NULL without error when there is no such node. MAC kind and width are the site profile's in the server's directory. */
KaiPeer *kai_sandbox_find_peer (KaiSandbox *sandbox, const char *node, GError **error);
/* The peer whose MAC is right for @body under its token, or the one before the last change. NULL without error when it is wrong, or there is no such node. */
KaiPeer *kai_sandbox_check_peer (KaiSandbox *sandbox, const char *node, GBytes *body,
                                 const char *mac, GError **error);
/* The token, or the 3DES key, of a node as the first line of a new file (0600). NOT_FOUND, CONFLICT when the file is there. */
gboolean kai_sandbox_write_secret (KaiSandbox *sandbox, const char *node, gboolean key,
                                   const char *path, GError **error);

G_END_DECLS
