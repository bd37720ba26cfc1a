/* The socket's peers: their tokens and keys, and changing a token (2003). */
#include "kai-sandbox-call.h"

#include "messages/kai-net-error.h"
#include "values/kai-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define KEY_DIGITS 48

void
kai_peer_free (KaiPeer *peer)
{
  if (!peer)
    return;
  g_free (peer->node);
  g_free (peer->unit);
  g_clear_pointer (&peer->mac, kai_mac_free);
  g_free (peer);
}

gboolean
kai_peer_is_bank (const KaiPeer *peer)
{
  return *peer->unit == '\0';
}

char *
kai_sandbox_unit_node (const char *region, const char *unit_code)
{
  gsize length = strlen (unit_code);

  return g_strconcat ("K", region, length > 4 ? unit_code + length - 4 : unit_code, NULL);
}

static gboolean
make_peer (KaiSandbox *self, const char *node, const char *unit, GError **error)
{
  g_autofree char *token = kai_mac_new_token ();
  g_autofree char *key = kai_sandbox_random ("0123456789abcdef", KEY_DIGITS);

  return kai_database_run (
      self->db, error,
      "INSERT OR IGNORE INTO peer (node, unit_code, token, key) VALUES (?, ?, ?, ?)", "tttt", node,
      unit, token, key);
}

static gboolean
make_peers (KaiSandbox *self, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      self->db, "SELECT '', node, '' FROM bank UNION ALL SELECT region, '', code FROM unit", error);
  gboolean row;

  if (!stmt)
    return FALSE;
  while (kai_database_step (self->db, stmt, &row, error))
    {
      g_autofree char *region = NULL, *bank = NULL, *unit = NULL, *node = NULL;

      if (!row)
        return TRUE;
      region = kai_column_dup (stmt, 0);
      bank = kai_column_dup (stmt, 1);
      unit = kai_column_dup (stmt, 2);
      node = *bank ? g_strdup (bank) : kai_sandbox_unit_node (region, unit);
      if (!make_peer (self, node, unit, error))
        {
          sqlite3_reset (stmt);
          return FALSE;
        }
    }
  return FALSE;
}

/* In one transaction, because it writes while it reads and payers may be writing at the same time. */
gboolean
kai_sandbox_make_peers (KaiSandbox *self, GError **error)
{
  if (!kai_database_begin (self->db, error))
    return FALSE;
  if (!make_peers (self, error))
    {
      kai_database_rollback (self->db);
      return FALSE;
    }
  return kai_database_commit (self->db, error);
}

/* The row of @node; NULL without error when there is none. The statement is at its row. */
static sqlite3_stmt *
find_row (KaiSandbox *self, const char *node, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      self->db, "SELECT unit_code, token, previous_token, key FROM peer WHERE node = ?", error);
  gboolean row;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "t", node);
  return kai_database_step (self->db, stmt, &row, error) && row ? stmt : NULL;
}

/* Column 1 the token, 2 the one before. NULL without error when that is empty. */
static KaiPeer *
read_peer (KaiSandbox *self, const char *node, gboolean previous, GError **error)
{
  sqlite3_stmt *stmt = find_row (self, node, error);
  g_autofree char *token = NULL, *key = NULL;
  g_autoptr (KaiPeer) peer = NULL;

  if (!stmt)
    return NULL;
  peer = g_new0 (KaiPeer, 1);
  peer->node = g_strdup (node);
  peer->unit = kai_column_dup (stmt, 0);
  peer->previous = previous;
  token = kai_column_dup (stmt, previous ? 2 : 1);
  key = kai_column_dup (stmt, 3);
  sqlite3_reset (stmt);
  if (previous && !*token)
    return NULL;
  peer->mac =
      kai_mac_new (self->profile->socket_mac, self->profile->socket_mac_width, token, key, error);
  return peer->mac ? g_steal_pointer (&peer) : NULL;
}

KaiPeer *
kai_sandbox_find_peer (KaiSandbox *self, const char *node, GError **error)
{
  return read_peer (self, node, FALSE, error);
}

KaiPeer *
kai_sandbox_check_peer (KaiSandbox *self, const char *node, GBytes *body, const char *mac,
                        GError **error)
{
  g_autoptr (GError) local = NULL;

  for (int previous = 0; previous <= 1; previous++)
    {
      g_autoptr (KaiPeer) peer = read_peer (self, node, previous, &local);

      if (local)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
      if (peer && kai_mac_check (peer->mac, body, mac))
        return g_steal_pointer (&peer);
    }
  return NULL;
}

gboolean
kai_sandbox_write_secret (KaiSandbox *self, const char *node, gboolean key, const char *path,
                          GError **error)
{
  sqlite3_stmt *stmt = find_row (self, node, error);
  g_autofree char *secret = NULL, *line = NULL;
  int fd;
  gboolean ok;

  if (!stmt)
    return (error && *error)
           || kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                             _ ("There is no node %s. `kaipiao-sandbox ctl state` lists them under "
                                "peers."),
                             node);
  secret = kai_column_dup (stmt, key ? 3 : 1);
  sqlite3_reset (stmt);
  line = g_strconcat (secret, "\n", NULL);
  fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  ok = fd >= 0 && write (fd, line, strlen (line)) == (gssize)strlen (line);
  if (fd >= 0)
    ok = close (fd) == 0 && ok;
  return ok
         || kai_data_fail (
             error, errno == EEXIST ? KAI_DATA_ERROR_CONFLICT : KAI_DATA_ERROR_READ_ONLY,
             _ ("The file %s cannot be written: %s. Choose another."), path, g_strerror (errno));
}

/* Within the message's transaction, whose answer still goes out under the old token. */
KaiRecord *
kai_sandbox_change_token (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  g_autofree char *token = NULL;

  if (!call->peer)
    return kai_call_refuse (call, "not-allowed", NULL);
  if (call->request->vouchers->len != 1)
    return kai_call_refuse (call, "too-many-vouchers", NULL);
  token = kai_mac_open_token (call->peer->mac, kai_record_get (voucher, "NewToken"), NULL);
  if (!token)
    return kai_call_refuse (call, "field", "NewToken");
  if (!kai_database_run (call->sandbox->db, error,
                         "UPDATE peer SET previous_token = token, token = ? WHERE node = ?", "tt",
                         token, call->peer->node))
    return NULL;
  return kai_call_accept (call);
}
