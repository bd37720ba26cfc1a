/* Which workbooks notices came from. */
#include "store/kai-notice-batches.h"

void
kai_notice_batch_free (KaiNoticeBatch *batch)
{
  g_free (batch->batch_id);
  g_free (batch->kind);
  g_free (batch);
}

GPtrArray *
kai_notice_batches_list (KaiDatabase *db, int limit, GError **error)
{
  g_autoptr (GPtrArray) batches =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_notice_batch_free);
  gboolean row = TRUE;
  sqlite3_stmt *stmt = kai_database_prepare (db,
                                             "SELECT batch_id, kind, created_at FROM import_batch"
                                             " ORDER BY created_at DESC, batch_id LIMIT ?",
                                             error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "i", limit);
  while (row)
    {
      KaiNoticeBatch *batch;

      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      if (!row)
        break;
      batch = g_new0 (KaiNoticeBatch, 1);
      batch->batch_id = kai_column_dup (stmt, 0);
      batch->kind = kai_column_dup (stmt, 1);
      batch->created_at = sqlite3_column_int64 (stmt, 2);
      g_ptr_array_add (batches, batch);
    }
  return g_steal_pointer (&batches);
}
