/* The store as a whole: is the file in order? */
#include "store/kai-database-private.h"

#include <glib/gi18n-lib.h>

#include "values/kai-error.h"

gboolean
kai_database_check (KaiDatabase *db, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *found = kai_database_dup_text (db, &local, "PRAGMA integrity_check (1)", NULL);

  if (!found)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!g_str_equal (found, "ok"))
    return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                          _ ("The store in %s is damaged (%s). Do not go on with it: restore the "
                             "last backup."),
                          db->dir, found);
  return kai_database_check_references (db, error);
}

gboolean
kai_database_check_references (KaiDatabase *db, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *table = kai_database_dup_text (db, &local, "PRAGMA foreign_key_check", NULL);

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (table)
    return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                          _ ("The store in %s is damaged (a row of %s belongs to nothing). Do not "
                             "go on with it: restore the last backup."),
                          db->dir, table);
  return TRUE;
}
