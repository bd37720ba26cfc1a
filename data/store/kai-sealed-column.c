/* Sealing and opening single columns with the store's vault. */
#include "store/kai-sealed-column-private.h"

#include <string.h>

GBytes *
kai_sealed_open_column (KaiDatabase *db, sqlite3_stmt *stmt, int column, const char *purpose,
                        gint64 id, GError **error)
{
  KaiVault *vault = kai_database_require_vault (db, error);
  g_autoptr (GBytes) sealed = kai_column_bytes (stmt, column);

  if (!vault)
    return NULL;
  if (!sealed)
    sealed = g_bytes_new (NULL, 0);
  return kai_vault_open (vault, sealed, purpose, id, error);
}

char *
kai_sealed_open_text (KaiDatabase *db, sqlite3_stmt *stmt, int column, const char *purpose,
                      gint64 id, GError **error)
{
  g_autoptr (GBytes) plain = kai_sealed_open_column (db, stmt, column, purpose, id, error);
  gsize length;
  const char *data = plain ? g_bytes_get_data (plain, &length) : NULL;

  return plain ? g_utf8_make_valid (data ? data : "", data ? (gssize)length : 0) : NULL;
}

gboolean
kai_sealed_write (KaiDatabase *db, const char *sql, const char *purpose, gint64 id, GBytes *plain,
                  GError **error)
{
  KaiVault *vault = kai_database_require_vault (db, error);
  g_autoptr (GBytes) sealed = vault ? kai_vault_seal (vault, plain, purpose, id) : NULL;

  return vault && kai_database_run (db, error, sql, "bl", sealed, id);
}

gboolean
kai_sealed_write_text (KaiDatabase *db, const char *sql, const char *purpose, gint64 id,
                       const char *text, GError **error)
{
  g_autoptr (GBytes) plain = g_bytes_new (text, strlen (text));

  return kai_sealed_write (db, sql, purpose, id, plain, error);
}
