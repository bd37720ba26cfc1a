/* A second connection to the window's store, for a thread. */
#include "kai-store-ref.h"

struct _KaiStoreRef
{
  char *dir, *name;
  KaiVault *vault; /* NULL while locked */
};

KaiStoreRef *
kai_store_ref_new (KaiDatabase *db)
{
  KaiStoreRef *ref = g_new0 (KaiStoreRef, 1);
  KaiVault *vault = kai_database_get_vault (db);

  ref->dir = g_strdup (kai_database_get_dir (db));
  ref->name = g_path_get_basename (sqlite3_db_filename (kai_database_get_handle (db), "main"));
  ref->vault = vault ? kai_vault_ref (vault) : NULL;
  return ref;
}

void
kai_store_ref_free (KaiStoreRef *ref)
{
  if (!ref)
    return;
  g_free (ref->dir);
  g_free (ref->name);
  if (ref->vault)
    kai_vault_unref (ref->vault);
  g_free (ref);
}

KaiDatabase *
kai_store_ref_open (const KaiStoreRef *ref, GError **error)
{
  KaiDatabase *db = kai_database_open (ref->dir, ref->name, &kai_store_schema, error);

  if (db)
    kai_database_set_vault (db, ref->vault);
  return db;
}
