/* Which workbook became which batch. */
#include "store/kai-import-store.h"

#include "values/kai-day.h"

/* "20261121-3f9a2c71d04b": sorts by day, and two desks never make the same one. */
static char *
make_batch_id (void)
{
  g_autofree char *day = kai_day_to_wire (kai_day_today ());
  g_autofree char *uuid = g_uuid_string_random ();

  return g_strdup_printf ("%s-%.8s%.4s", day, uuid, uuid + 9);
}

static gboolean
get_batch (KaiDatabase *db, const char *content_hash, const char *kind, const char *file_name,
           char **batch_id, gboolean *is_new, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *id = kai_database_dup_text (
      db, &local, "SELECT batch_id FROM import_batch WHERE content_hash = ? AND kind = ?", "ss",
      content_hash, kind);

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  *is_new = id == NULL;
  if (!id)
    {
      id = make_batch_id ();
      if (!kai_database_run (db, error,
                             "INSERT INTO import_batch (batch_id, content_hash, kind, file_name,"
                             " created_at) VALUES (?, ?, ?, ?, ?)",
                             "ssstl", id, content_hash, kind, file_name,
                             g_get_real_time () / G_USEC_PER_SEC))
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
