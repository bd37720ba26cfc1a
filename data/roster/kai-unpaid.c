/* Who has not paid, and who was told again. */
#include "roster/kai-roster.h"

#include "import/kai-import-term.h"
#include "store/kai-audit-log.h"
#include "store/kai-notice-store.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const ways[] = { "sms", "paper", "phone" };

gboolean
kai_reminder_way_is_known (const char *way)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    if (g_strcmp0 (ways[i], way) == 0)
      return TRUE;
  return FALSE;
}

const char *
kai_reminder_way_label (const char *way)
{
  if (g_strcmp0 (way, "sms") == 0)
    return _ ("text message");
  if (g_strcmp0 (way, "paper") == 0)
    return _ ("paper");
  return g_strcmp0 (way, "phone") == 0 ? _ ("telephone") : "";
}

void
kai_unpaid_free (KaiUnpaid *unpaid)
{
  if (!unpaid)
    return;
  g_clear_pointer (&unpaid->notice, kai_notice_unref);
  g_free (unpaid->last_way);
  g_free (unpaid);
}

/* ---- Which notices ---- */

static gboolean
fits (const KaiUnpaidFilter *filter, const char *plain_wanted, const KaiNotice *notice)
{
  g_autofree char *plain = NULL;

  if (notice->sync == KAI_SYNC_REFUSED
      || !(notice->state == KAI_NOTICE_UNPAID
           || (filter->lapsed && notice->state == KAI_NOTICE_LAPSED)))
    return FALSE;
  if (filter->class_name && strcmp (notice->class_name, filter->class_name) != 0)
    return FALSE;
  if (!plain_wanted)
    return TRUE;
  plain = kai_import_plain_term (notice->term);
  return strcmp (plain, plain_wanted) == 0;
}

static GArray *
list_ids (KaiDatabase *db, const KaiUnpaidFilter *filter, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT id FROM notice WHERE state IN ('unpaid', ?1) AND sync <> 'refused'"
      " AND (?2 = 0 OR bill_date >= ?2) AND (?3 = 0 OR bill_date <= ?3)"
      " AND (?4 = '' OR batch_id = ?4) AND (?5 = '' OR class_name = ?5)",
      error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "siitt", filter->lapsed ? "lapsed" : "unpaid", filter->from, filter->to,
                      filter->batch_id, filter->class_name);
  return kai_database_read_ids (db, stmt, ids, error) ? g_steal_pointer (&ids) : NULL;
}

static int
compare_unpaid (gconstpointer a, gconstpointer b)
{
  const KaiNotice *left = (*(KaiUnpaid *const *)a)->notice;
  const KaiNotice *right = (*(KaiUnpaid *const *)b)->notice;
  int order = strcmp (left->grade, right->grade);

  if (order == 0)
    order = strcmp (left->class_name, right->class_name);
  if (order == 0)
    order = strcmp (left->payer_name, right->payer_name);
  return order ? order : (left->id > right->id) - (left->id < right->id);
}

static gboolean
add_reminders (KaiDatabase *db, KaiUnpaid *unpaid, GError **error)
{
  gboolean row;
  sqlite3_stmt *stmt = kai_database_prepare (
      db, "SELECT at, way FROM notice_reminder WHERE notice_id = ? ORDER BY at DESC, id DESC",
      error);

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "l", unpaid->notice->id);
  do
    {
      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (row && unpaid->reminders++ == 0)
        {
          unpaid->last_reminder = sqlite3_column_int64 (stmt, 0);
          g_free (unpaid->last_way);
          unpaid->last_way = kai_column_dup (stmt, 1);
        }
    }
  while (row);
  return TRUE;
}

GPtrArray *
kai_unpaid_list (KaiDatabase *db, const KaiUnpaidFilter *filter, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_unpaid_free);
  g_autofree char *plain = filter->term ? kai_import_plain_term (filter->term) : NULL;
  g_autoptr (GArray) ids = list_ids (db, filter, error);
  g_autoptr (GPtrArray) notices = NULL;

  if (!ids)
    return NULL;
  notices = kai_notice_store_load_many (db, (const gint64 *)(gpointer)ids->data, ids->len, error);
  for (guint i = 0; notices && i < notices->len; i++)
    {
      KaiUnpaid *unpaid;

      if (!notices->pdata[i] || !fits (filter, plain, notices->pdata[i]))
        continue;
      unpaid = g_new0 (KaiUnpaid, 1);
      unpaid->notice = kai_notice_ref (notices->pdata[i]);
      unpaid->last_way = g_strdup ("");
      g_ptr_array_add (list, unpaid);
      if (!add_reminders (db, unpaid, error))
        return NULL;
    }
  if (!notices)
    return NULL;
  g_ptr_array_sort (list, compare_unpaid);
  return g_steal_pointer (&list);
}

gboolean
kai_unpaid_note_reminder (KaiDatabase *db, gint64 notice_id, const char *user, const char *way,
                          GError **error)
{
  g_return_val_if_fail (kai_reminder_way_is_known (way), FALSE);
  return kai_database_run (
      db, error, "INSERT INTO notice_reminder (notice_id, at, user, way) VALUES (?, ?, ?, ?)",
      "llts", notice_id, g_get_real_time () / G_USEC_PER_SEC, user, way);
}

static gboolean
note_told (KaiDatabase *db, const KaiNotice *notice, const char *user, const char *way,
           GError **error)
{
  g_autofree char *subject = g_strconcat ("notice:", notice->payment_code, NULL);

  return kai_unpaid_note_reminder (db, notice->id, user, way, error)
         && kai_audit_log_add (db, user, "notice.remind", subject, way, error);
}

gboolean
kai_unpaid_note_told (KaiDatabase *db, GPtrArray *list, const char *user, const char *way,
                      GError **error)
{
  if (!kai_database_begin (db, error))
    return FALSE;
  for (guint i = 0; i < list->len; i++)
    if (!note_told (db, ((const KaiUnpaid *)list->pdata[i])->notice, user, way, error))
      {
        kai_database_rollback (db);
        return FALSE;
      }
  return kai_database_commit (db, error);
}
