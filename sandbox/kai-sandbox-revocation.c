/* Certificates that were revoked: the database says which, the authority makes the list of it, 8675 hands it out. */
#include "kai-sandbox-call.h"

#include <string.h>

/* A list is made anew after this, long before it ends. */
#define LIST_MAX_AGE_S (24 * 3600)

static gboolean
read_revoked (KaiSandbox *self, GPtrArray *serials, GArray *times, GError **error)
{
  sqlite3_stmt *stmt =
      kai_database_prepare (self->db, "SELECT serial, at FROM revocation ORDER BY serial", error);
  gboolean row;

  if (!stmt)
    return FALSE;
  while (kai_database_step (self->db, stmt, &row, error))
    {
      gint64 at;

      if (!row)
        {
          g_ptr_array_add (serials, NULL);
          return TRUE;
        }
      at = sqlite3_column_int64 (stmt, 1);
      g_ptr_array_add (serials, kai_column_dup (stmt, 0));
      g_array_append_val (times, at);
    }
  return FALSE;
}

gboolean
kai_sandbox_refresh_revocations (KaiSandbox *self, GError **error)
{
  g_autoptr (GPtrArray) serials = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 now = kai_sandbox_now (self);
  gint64 count = kai_database_get_int (self->db, -1, error, "SELECT count(*) FROM revocation", "");

  if (count < 0)
    return FALSE;
  if (kai_authority_get_revocations (self->authority) && count == self->n_revoked
      && ABS (now - self->list_made_at) < LIST_MAX_AGE_S)
    return TRUE;
  /* A little back: the clocks of those who read it differ. */
  if (!read_revoked (self, serials, times, error)
      || !kai_authority_set_revoked (self->authority, (char **)serials->pdata,
                                     (const gint64 *)(void *)times->data, now - 300, TRUE, error))
    return FALSE;
  self->n_revoked = count;
  self->list_made_at = now;
  return TRUE;
}

gboolean
kai_sandbox_revoke (KaiSandbox *self, const char *which, int *revoked, GError **error)
{
  if (!kai_database_begin (self->db, error))
    return FALSE;
  if (!kai_database_run (self->db, error,
                         "INSERT OR IGNORE INTO revocation (serial, at) SELECT serial, ? FROM "
                         "certificate WHERE user_code = ? OR serial = upper (?)",
                         "ltt", kai_sandbox_now (self), which, which))
    {
      kai_database_rollback (self->db);
      return FALSE;
    }
  *revoked = (int)kai_database_changes (self->db);
  return kai_database_commit (self->db, error) && kai_sandbox_refresh_revocations (self, error);
}

KaiRecord *
kai_sandbox_give_revocations (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  KaiRecord *refusal, *answer;
  const char *pem;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &refusal))
    return refusal;
  if (!kai_sandbox_refresh_revocations (call->sandbox, error))
    return NULL;
  answer = kai_call_accept (call);
  pem = kai_authority_get_revocations (call->sandbox->authority);
  kai_record_take (answer, "Content", g_base64_encode ((const guchar *)pem, strlen (pem)));
  return answer;
}
