/* Drafts: forms as typed, one row each, sealed. */
#include "store/kai-draft-store.h"

#include "store/kai-sealed-column-private.h"
#include "values/kai-error.h"
#include <glib/gi18n-lib.h>

#define PURPOSE "draft"
#define COLUMNS "id, notice_id, review_id, sealed, created_at, updated_at"

void
kai_draft_free (KaiDraft *draft)
{
  if (!draft)
    return;
  kai_form_free (draft->form);
  g_free (draft);
}

static gint64
now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static gboolean
write_row (KaiDatabase *db, const char *user, gint64 notice_id, gint64 review_id, gint64 *id,
           const KaiForm *form, GError **error)
{
  g_autoptr (GBytes) plain = kai_form_to_bytes (form);

  if (!kai_database_run (db, error, "UPDATE draft SET updated_at = ? WHERE id = ?", "ll", now (),
                         *id))
    return FALSE;
  if (kai_database_changes (db) == 0)
    {
      if (!kai_database_run (db, error,
                             "INSERT INTO draft (user, notice_id, review_id, sealed, created_at, "
                             "updated_at) VALUES (?, ?, ?, zeroblob (0), ?, ?)",
                             "tllll", user, notice_id, review_id, now (), now ()))
        return FALSE;
      *id = kai_database_last_id (db);
    }
  return kai_sealed_write (db, "UPDATE draft SET sealed = ?1 WHERE id = ?2", PURPOSE, *id, plain,
                           error);
}

/* The draft that belongs to a notice already; 0 when none. */
static gint64
find_owner (KaiDatabase *db, gint64 notice_id, gint64 review_id)
{
  return kai_database_get_int (db, 0, NULL,
                               "SELECT id FROM draft WHERE (?1 > 0 AND notice_id = ?1) OR "
                               "(?2 > 0 AND review_id = ?2)",
                               "ll", notice_id, review_id);
}

gboolean
kai_draft_store_save_for (KaiDatabase *db, const char *user, gint64 notice_id, gint64 review_id,
                          gint64 *id, const KaiForm *form, GError **error)
{
  gint64 row = *id;

  if (!kai_database_require_vault (db, error) || !kai_database_begin (db, error))
    return FALSE;
  if (row == 0 && (notice_id > 0 || review_id > 0))
    row = find_owner (db, notice_id, review_id);
  if (!write_row (db, user, notice_id, review_id, &row, form, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  if (!kai_database_commit (db, error))
    return FALSE;
  *id = row;
  return TRUE;
}

gboolean
kai_draft_store_save (KaiDatabase *db, const char *user, gint64 *id, const KaiForm *form,
                      GError **error)
{
  return kai_draft_store_save_for (db, user, 0, 0, id, form, error);
}

gboolean
kai_draft_store_remove (KaiDatabase *db, gint64 id, GError **error)
{
  return kai_database_run (db, error, "DELETE FROM draft WHERE id = ?", "l", id);
}

static KaiDraft *
read_row (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  g_autoptr (KaiDraft) draft = g_new0 (KaiDraft, 1);
  g_autoptr (GBytes) plain = NULL;

  draft->id = sqlite3_column_int64 (stmt, 0);
  draft->notice_id = sqlite3_column_int64 (stmt, 1);
  draft->review_id = sqlite3_column_int64 (stmt, 2);
  draft->created_at = sqlite3_column_int64 (stmt, 4);
  draft->updated_at = sqlite3_column_int64 (stmt, 5);
  plain = kai_sealed_open_column (db, stmt, 3, PURPOSE, draft->id, error);
  draft->form = plain ? kai_form_from_bytes (plain, error) : NULL;
  return draft->form ? g_steal_pointer (&draft) : NULL;
}

KaiDraft *
kai_draft_store_load (KaiDatabase *db, gint64 id, GError **error)
{
  sqlite3_stmt *stmt =
      kai_database_prepare (db, "SELECT " COLUMNS " FROM draft WHERE id = ?", error);
  KaiDraft *draft;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "l", id);
  if (!kai_database_find_row (
          db, stmt, _ ("This draft is not there any more: it was issued or deleted."), error))
    return NULL;
  draft = read_row (db, stmt, error);
  sqlite3_reset (stmt);
  return draft;
}

GPtrArray *
kai_draft_store_list (KaiDatabase *db, const char *user, GError **error)
{
  g_autoptr (GPtrArray) drafts = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_draft_free);
  sqlite3_stmt *stmt = kai_database_prepare (
      db, "SELECT " COLUMNS " FROM draft WHERE user = ? ORDER BY updated_at DESC, id DESC", error);
  gboolean row;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "t", user);
  while (kai_database_step (db, stmt, &row, error))
    {
      KaiDraft *draft;

      if (!row)
        return g_steal_pointer (&drafts);
      draft = read_row (db, stmt, NULL);
      if (draft)
        g_ptr_array_add (drafts, draft);
    }
  return NULL;
}

int
kai_draft_store_count (KaiDatabase *db, const char *user)
{
  return (int)kai_database_get_int (db, 0, NULL, "SELECT count(*) FROM draft WHERE user = ?", "t",
                                    user);
}
