/* The table of signed heads. */
#include "store/kai-audit-head.h"

#include <string.h>

#include "values/kai-error.h"

void
kai_audit_head_free (KaiAuditHead *head)
{
  if (!head)
    return;
  g_clear_pointer (&head->hash, g_bytes_unref);
  g_clear_pointer (&head->certificate, g_bytes_unref);
  g_clear_pointer (&head->signature, g_bytes_unref);
  g_clear_pointer (&head->before, g_bytes_unref);
  g_free (head->fingerprint);
  g_free (head);
}

/* Columns: id, line, at, hash, fingerprint, signature, certificate. */
static KaiAuditHead *
read_head (sqlite3_stmt *stmt)
{
  KaiAuditHead *head = g_new0 (KaiAuditHead, 1);

  head->id = sqlite3_column_int64 (stmt, 0);
  head->line = sqlite3_column_int64 (stmt, 1);
  head->at = sqlite3_column_int64 (stmt, 2);
  head->hash = kai_column_bytes (stmt, 3);
  head->fingerprint = kai_column_dup (stmt, 4);
  head->signature = kai_column_bytes (stmt, 5);
  head->certificate = kai_column_bytes (stmt, 6);
  return head;
}

GPtrArray *
kai_audit_head_list (KaiDatabase *db, GError **error)
{
  g_autoptr (GPtrArray) heads =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_audit_head_free);
  gboolean row;
  /* A certificate that somebody took out shows when its signature is checked. */
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT h.id, line, at, hash, h.fingerprint, signature, certificate FROM audit_head h"
      " LEFT JOIN audit_certificate c ON c.fingerprint = h.fingerprint ORDER BY h.id",
      error);

  while (stmt && kai_database_step (db, stmt, &row, error))
    {
      KaiAuditHead *head, *last;

      if (!row)
        return g_steal_pointer (&heads);
      head = read_head (stmt);
      last = heads->len ? heads->pdata[heads->len - 1] : NULL;
      head->before = last && last->signature ? g_bytes_ref (last->signature) : NULL;
      g_ptr_array_add (heads, head);
    }
  return NULL;
}

/* The newest head, a NULL one when there is none. FALSE on errors. */
static gboolean
find_last (KaiDatabase *db, KaiAuditHead **head, GError **error)
{
  gboolean row;
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT id, line, at, hash, fingerprint, signature, NULL FROM audit_head"
      " ORDER BY id DESC LIMIT 1",
      error);

  *head = NULL;
  if (!stmt || !kai_database_step (db, stmt, &row, error))
    return FALSE;
  if (row)
    *head = read_head (stmt);
  sqlite3_reset (stmt);
  return TRUE;
}

KaiAuditHead *
kai_audit_head_prepare (KaiDatabase *db, gint64 unless_since, GError **error)
{
  g_autoptr (KaiAuditHead) last = NULL;
  g_autoptr (KaiAuditHead) next = g_new0 (KaiAuditHead, 1);
  sqlite3_stmt *stmt;
  gboolean row;

  if (!find_last (db, &last, error))
    return NULL;
  if (last && unless_since && last->at >= unless_since)
    return NULL;
  stmt =
      kai_database_prepare (db, "SELECT id, hash FROM audit_log ORDER BY id DESC LIMIT 1", error);
  if (!stmt || !kai_database_step (db, stmt, &row, error) || !row)
    return NULL;
  next->line = sqlite3_column_int64 (stmt, 0);
  next->hash = kai_column_bytes (stmt, 1);
  sqlite3_reset (stmt);
  if (last && last->line >= next->line)
    return NULL;
  next->id = last ? last->id + 1 : 1;
  next->at = g_get_real_time () / G_USEC_PER_SEC;
  next->before = last ? g_bytes_ref (last->signature) : NULL;
  return g_steal_pointer (&next);
}

static char *
to_hex (GBytes *bytes)
{
  GString *text = g_string_new (NULL);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (text, "%02x", data[i]);
  return g_string_free (text, FALSE);
}

GBytes *
kai_audit_head_build (const KaiAuditHead *head)
{
  g_autofree char *hash = to_hex (head->hash);
  g_autofree char *before =
      head->before ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, head->before) : g_strdup ("");
  char *text =
      g_strdup_printf ("kaipiao audit head 1\nnumber %" G_GINT64_FORMAT "\nline %" G_GINT64_FORMAT
                       "\nhash %s\nat %" G_GINT64_FORMAT "\ncertificate %s\nbefore %s\n",
                       head->id, head->line, hash, head->at, head->fingerprint, before);

  return g_bytes_new_take (text, strlen (text));
}

gboolean
kai_audit_head_add (KaiDatabase *db, const KaiAuditHead *head, GError **error)
{
  g_autoptr (KaiAuditHead) last = NULL;
  gboolean ok;

  if (!kai_database_begin (db, error))
    return FALSE;
  ok = find_last (db, &last, error);
  if (ok && (last ? last->id : 0) + 1 == head->id)
    ok = kai_database_run (db, error,
                           "INSERT INTO audit_certificate (fingerprint, certificate) VALUES (?, ?)"
                           " ON CONFLICT (fingerprint) DO NOTHING",
                           "tb", head->fingerprint, head->certificate)
         && kai_database_run (db, error,
                              "INSERT INTO audit_head (id, line, hash, at, fingerprint, signature)"
                              " VALUES (?, ?, ?, ?, ?, ?)",
                              "llbltb", head->id, head->line, head->hash, head->at,
                              head->fingerprint, head->signature);
  if (!ok)
    {
      kai_database_rollback (db);
      return FALSE;
    }
  return kai_database_commit (db, error);
}
