/* Templates of notices: forms under a name, some on a key. */
#include "store/kai-template-store.h"

#include "store/kai-sealed-column-private.h"
#include "values/kai-error.h"
#include "values/kai-text.h"
#include <glib/gi18n-lib.h>

#define PURPOSE "template"
#define NAME_PURPOSE "template-name"
#define COLUMNS "id, slot, name, sealed, updated_at"
#define MAX_NAME 100

void
kai_notice_template_free (KaiNoticeTemplate *item)
{
  if (!item)
    return;
  g_free (item->name);
  kai_form_free (item->form);
  g_free (item);
}

static gboolean
check (const char *name, int slot, GError **error)
{
  if (!*name)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The template needs a name. Type one by which you will find it."));
  if (kai_text_gbk_length (name) > MAX_NAME)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The name of the template is too long: at most %d Chinese "
                             "characters. Shorten it."),
                          MAX_NAME / 2);
  if (slot < 0 || slot > 9)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("A template can be on one of the keys 1 to 9, or on none."));
  return TRUE;
}

static gboolean
write_row (KaiDatabase *db, gint64 *id, const char *name, int slot, const KaiForm *form,
           GError **error)
{
  g_autoptr (GBytes) plain = kai_form_to_bytes (form);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  if (!kai_database_run (
          db, error, "UPDATE notice_template SET slot = 0 WHERE slot = ? AND slot > 0", "i", slot))
    return FALSE;
  if (*id == 0)
    {
      if (!kai_database_run (db, error,
                             "INSERT INTO notice_template (slot, name, sealed, created_at, "
                             "updated_at) VALUES (?, zeroblob (0), zeroblob (0), ?, ?)",
                             "ill", slot, now, now))
        return FALSE;
      *id = kai_database_last_id (db);
    }
  else if (!kai_database_run (db, error,
                              "UPDATE notice_template SET slot = ?, updated_at = ? WHERE id = ?",
                              "ill", slot, now, *id))
    return FALSE;
  else if (kai_database_changes (db) == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                          _ ("This template is not there any more. Save it as a new one."));
  return kai_sealed_write_text (db, "UPDATE notice_template SET name = ?1 WHERE id = ?2",
                                NAME_PURPOSE, *id, name, error)
         && kai_sealed_write (db, "UPDATE notice_template SET sealed = ?1 WHERE id = ?2", PURPOSE,
                              *id, plain, error);
}

gboolean
kai_template_store_save (KaiDatabase *db, gint64 *id, const char *name, int slot,
                         const KaiForm *form, GError **error)
{
  g_autofree char *clean = kai_text_normalise_name (name ? name : "");
  gint64 row = *id;

  if (!check (clean, slot, error) || !kai_database_require_vault (db, error)
      || !kai_database_begin (db, error))
    return FALSE;
  if (!write_row (db, &row, clean, slot, form, error))
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
kai_template_store_remove (KaiDatabase *db, gint64 id, GError **error)
{
  return kai_database_run (db, error, "DELETE FROM notice_template WHERE id = ?", "l", id);
}

static KaiNoticeTemplate *
read_row (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  g_autoptr (KaiNoticeTemplate) item = g_new0 (KaiNoticeTemplate, 1);
  g_autoptr (GBytes) plain = NULL;

  item->id = sqlite3_column_int64 (stmt, 0);
  item->slot = sqlite3_column_int (stmt, 1);
  item->updated_at = sqlite3_column_int64 (stmt, 4);
  item->name = kai_sealed_open_text (db, stmt, 2, NAME_PURPOSE, item->id, error);
  plain = item->name ? kai_sealed_open_column (db, stmt, 3, PURPOSE, item->id, error) : NULL;
  item->form = plain ? kai_form_from_bytes (plain, error) : NULL;
  return item->form ? g_steal_pointer (&item) : NULL;
}

static KaiNoticeTemplate *
load_one (KaiDatabase *db, const char *sql, gint64 value, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (db, sql, error);
  KaiNoticeTemplate *item;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "l", value);
  if (!kai_database_find_row (
          db, stmt, _ ("There is no such template. Look at the page of templates."), error))
    return NULL;
  item = read_row (db, stmt, error);
  sqlite3_reset (stmt);
  return item;
}

KaiNoticeTemplate *
kai_template_store_load (KaiDatabase *db, gint64 id, GError **error)
{
  return load_one (db, "SELECT " COLUMNS " FROM notice_template WHERE id = ?", id, error);
}

KaiNoticeTemplate *
kai_template_store_find_slot (KaiDatabase *db, int slot, GError **error)
{
  return load_one (db, "SELECT " COLUMNS " FROM notice_template WHERE slot = ? AND slot > 0", slot,
                   error);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const KaiNoticeTemplate *one = *(KaiNoticeTemplate *const *)a;
  const KaiNoticeTemplate *other = *(KaiNoticeTemplate *const *)b;

  if (one->slot != other->slot)
    return (one->slot ? one->slot : 10) - (other->slot ? other->slot : 10);
  return g_utf8_collate (one->name, other->name);
}

GPtrArray *
kai_template_store_list (KaiDatabase *db, GError **error)
{
  g_autoptr (GPtrArray) items =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_notice_template_free);
  sqlite3_stmt *stmt =
      kai_database_prepare (db, "SELECT " COLUMNS " FROM notice_template ORDER BY id", error);
  gboolean row;

  if (!stmt || !kai_database_require_vault (db, error))
    return NULL;
  while (kai_database_step (db, stmt, &row, error))
    {
      KaiNoticeTemplate *item;

      if (!row)
        {
          g_ptr_array_sort (items, compare);
          return g_steal_pointer (&items);
        }
      item = read_row (db, stmt, NULL);
      if (item)
        g_ptr_array_add (items, item);
    }
  return NULL;
}
