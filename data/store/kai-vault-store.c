/* For whom the data key is wrapped, who asks for it, and whether a key is this store's. */
#include "store/kai-vault-store.h"

#include <glib/gi18n-lib.h>

#include "values/kai-error.h"

#define CHECK_SETTING "vault_check"

void
kai_vault_wrap_free (KaiVaultWrap *wrap)
{
  if (!wrap)
    return;
  g_free (wrap->certificate);
  g_free (wrap->user);
  g_free (wrap->unit);
  g_clear_pointer (&wrap->der, g_bytes_unref);
  g_clear_pointer (&wrap->wrapped, g_bytes_unref);
  g_free (wrap);
}

char *
kai_vault_store_name_certificate (GBytes *der)
{
  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, der);
}

/* Columns: certificate, user, unit, der, wrapped, time. */
static GPtrArray *
read_wraps (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  g_autoptr (GPtrArray) wraps =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_vault_wrap_free);
  gboolean row = TRUE;

  while (row)
    {
      KaiVaultWrap *wrap;

      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      if (!row)
        break;
      wrap = g_new0 (KaiVaultWrap, 1);
      wrap->certificate = kai_column_dup (stmt, 0);
      wrap->user = kai_column_dup (stmt, 1);
      wrap->unit = kai_column_dup (stmt, 2);
      wrap->der = kai_column_bytes (stmt, 3);
      wrap->wrapped = kai_column_bytes (stmt, 4);
      wrap->at = sqlite3_column_int64 (stmt, 5);
      g_ptr_array_add (wraps, wrap);
    }
  return g_steal_pointer (&wraps);
}

GPtrArray *
kai_vault_store_list_wraps (KaiDatabase *db, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT certificate, user, unit, der, wrapped, created_at FROM vault_wrap"
      " ORDER BY created_at, certificate",
      error);

  return stmt ? read_wraps (db, stmt, error) : NULL;
}

KaiVaultWrap *
kai_vault_store_find_wrap (KaiDatabase *db, const char *certificate, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT certificate, user, unit, der, wrapped, created_at FROM vault_wrap"
      " WHERE certificate = ?",
      error);
  g_autoptr (GPtrArray) wraps = NULL;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "s", certificate);
  wraps = read_wraps (db, stmt, error);
  return wraps && wraps->len > 0 ? g_ptr_array_steal_index (wraps, 0) : NULL;
}

static gint64
now_seconds (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

gboolean
kai_vault_store_put_wrap (KaiDatabase *db, const char *user, const char *unit, GBytes *der,
                          GBytes *wrapped, GError **error)
{
  g_autofree char *certificate = kai_vault_store_name_certificate (der);

  if (!kai_database_begin (db, error))
    return FALSE;
  if (kai_database_run (db, error,
                        "INSERT OR REPLACE INTO vault_wrap (certificate, user, unit, der, wrapped,"
                        " created_at) VALUES (?, ?, ?, ?, ?, ?)",
                        "sttbbl", certificate, user, unit, der, wrapped, now_seconds ())
      && kai_database_run (db, error, "DELETE FROM vault_applicant WHERE certificate = ?", "s",
                           certificate))
    return kai_database_commit (db, error);
  kai_database_rollback (db);
  return FALSE;
}

gboolean
kai_vault_store_remove_wrap (KaiDatabase *db, const char *certificate, GError **error)
{
  return kai_database_run (db, error, "DELETE FROM vault_wrap WHERE certificate = ?", "s",
                           certificate);
}

gboolean
kai_vault_store_add_applicant (KaiDatabase *db, GBytes *der, GError **error)
{
  g_autofree char *certificate = kai_vault_store_name_certificate (der);

  /* Nothing is written twice: others who wait would take it for news. */
  if (kai_database_get_int (db, 0, NULL,
                            "SELECT count (*) FROM vault_applicant WHERE certificate = ?", "s",
                            certificate)
      > 0)
    return TRUE;
  if (!kai_database_begin (db, error))
    return FALSE;
  if (kai_database_run (db, error,
                        "INSERT OR REPLACE INTO vault_applicant (certificate, der, applied_at)"
                        " VALUES (?, ?, ?)",
                        "sbl", certificate, der, now_seconds ())
      && kai_database_run (
          db, error,
          "DELETE FROM vault_applicant WHERE certificate NOT IN (SELECT certificate"
          " FROM vault_applicant ORDER BY applied_at DESC LIMIT ?)",
          "i", KAI_VAULT_MAX_APPLICANTS))
    return kai_database_commit (db, error);
  kai_database_rollback (db);
  return FALSE;
}

GPtrArray *
kai_vault_store_list_applicants (KaiDatabase *db, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT certificate, '', '', der, NULL, applied_at FROM vault_applicant ORDER BY applied_at",
      error);

  return stmt ? read_wraps (db, stmt, error) : NULL;
}

gboolean
kai_vault_store_check_key (KaiDatabase *db, GError **error)
{
  KaiVault *vault = kai_database_require_vault (db, error);
  g_autofree char *known = NULL;
  char token[KAI_VAULT_TOKEN_SIZE];

  if (!vault)
    return FALSE;
  kai_vault_token (vault, "store", "check", token);
  known = kai_database_dup_setting (db, CHECK_SETTING);
  if (!known)
    return kai_database_set_setting (db, CHECK_SETTING, token, error);
  return g_str_equal (known, token)
         || kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                           _ ("The key that your certificate opens is not the key of this store. "
                              "Restore the last backup."));
}
