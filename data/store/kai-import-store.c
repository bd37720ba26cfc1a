/* Which workbook became which batch. */
#include "store/kai-import-store.h"

#include "store/kai-seal-private.h"
#include "values/kai-day.h"

/* "20261121-3f9a2c71d04b": sorts by day, and two desks never make the same one. */
static char *
make_batch_id (void)
{
  g_autofree char *day = kai_day_to_wire (kai_day_today ());
  g_autofree char *uuid = g_uuid_string_random ();

  return g_strdup_printf ("%s-%.8s%.4s", day, uuid, uuid + 9);
}

/* Files are named after classes, and after persons. NULL for an empty name. */
static GBytes *
seal_name (KaiVault *vault, const char *batch_id, const char *file_name)
{
  const char *texts[] = { file_name ? file_name : "", NULL };
  g_autofree char *purpose = kai_seal_batch_purpose (batch_id);

  return kai_vault_seal_texts (vault, texts, purpose, 0);
}

static gboolean
get_batch (KaiDatabase *db, const char *content_hash, const char *kind, const char *file_name,
           char **batch_id, gboolean *is_new, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *id = NULL;
  char keyed[KAI_VAULT_ROW_KEY_SIZE];
  KaiVault *vault = kai_database_require_vault (db, error);

  if (!vault)
    return FALSE;
  /* What is in a small workbook could be found by trying hashes. */
  kai_vault_row_key (vault, content_hash, keyed);
  id = kai_database_dup_text (
      db, &local, "SELECT batch_id FROM import_batch WHERE content_hash = ? AND kind = ?", "ss",
      keyed, kind);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  *is_new = id == NULL;
  if (!id)
    {
      g_autoptr (GBytes) name = NULL;

      id = make_batch_id ();
      name = seal_name (vault, id, file_name);
      if (!kai_database_run (db, error,
                             "INSERT INTO import_batch (batch_id, content_hash, kind, sealed_name,"
                             " created_at) VALUES (?, ?, ?, ?, ?)",
                             "sssbl", id, keyed, kind, name, g_get_real_time () / G_USEC_PER_SEC))
        return FALSE;
    }
  *batch_id = g_steal_pointer (&id);
  return TRUE;
}

gboolean
kai_import_store_get_batch (KaiDatabase *db, const char *content_hash, const char *kind,
                            const char *file_name, char **batch_id, gboolean *is_new,
                            GError **error)
{
  g_autofree char *id = NULL;
  gboolean made;

  if (!kai_database_begin (db, error))
    return FALSE;
  if (!get_batch (db, content_hash, kind, file_name, &id, &made, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  if (!kai_database_commit (db, error))
    return FALSE;
  if (is_new)
    *is_new = made;
  *batch_id = g_steal_pointer (&id);
  return TRUE;
}
