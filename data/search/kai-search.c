/* What is shown of what was found: hits of every kind, each with a line for a person. */
#include "search/kai-search-private.h"

#include <string.h>

#include "store/kai-ebill-store.h"
#include "store/kai-notice-store.h"
#include "store/kai-stock.h"

#define SHORTEST_NUMBER 3
#define LONGEST_PAPER_NUMBER 18

const char *
kai_hit_kind_to_string (KaiHitKind kind)
{
  static const char *const words[] = { "notice", "ebill", "paper-bill", "batch" };

  return words[kind];
}

void
kai_search_hit_free (KaiSearchHit *hit)
{
  if (!hit)
    return;
  g_free (hit->id);
  g_free (hit->type);
  g_free (hit->summary);
  g_free (hit);
}

void
kai_search_result_free (KaiSearchResult *result)
{
  if (!result)
    return;
  g_ptr_array_unref (result->hits);
  g_free (result);
}

/* Takes @summary. */
static KaiSearchHit *
add_hit (KaiSearchResult *result, KaiHitKind kind, gint64 row, const char *id, char *summary)
{
  KaiSearchHit *hit = g_new0 (KaiSearchHit, 1);

  hit->kind = kind;
  hit->row = row;
  hit->id = g_strdup (id);
  hit->summary = summary;
  g_ptr_array_add (result->hits, hit);
  return hit;
}

char *
kai_search_mask_name (const char *name)
{
  GString *masked = g_string_new (NULL);
  const char *rest = *name ? g_utf8_next_char (name) : name;

  g_string_append_len (masked, name, rest - name);
  for (const char *p = rest; *p; p = g_utf8_next_char (p))
    g_string_append_c (masked, '*');
  return g_string_free (masked, FALSE);
}

/* "王**, ": nothing when there is no name to show. */
static char *
mask_payer (const KaiNotice *notice)
{
  g_autofree char *masked = NULL;

  if (notice->payer_name[0] == '\0')
    return g_strdup ("");
  if (notice->payer_kind == KAI_PAYER_ORGANISATION)
    return g_strconcat (notice->payer_name, ", ", NULL);
  masked = kai_search_mask_name (notice->payer_name);
  return g_strconcat (masked, ", ", NULL);
}

/* ---- Kinds ---- */

static gboolean
add_notices (KaiDatabase *db, const KaiSearchText *text, int limit, KaiSearchResult *result,
             GError **error)
{
  gboolean more = FALSE;
  g_autoptr (GArray) ids = kai_search_notices (db, text, limit, &more, error);
  g_autoptr (GPtrArray) notices = NULL;

  if (!ids)
    return FALSE;
  notices = kai_notice_store_load_many (db, (const gint64 *)(void *)ids->data, ids->len, error);
  for (guint i = 0; notices && i < notices->len; i++)
    {
      const KaiNotice *notice = notices->pdata[i];
      g_autofree char *payer = notice ? mask_payer (notice) : NULL;
      g_autofree char *amount = notice ? kai_money_to_display (notice->amount) : NULL;

      if (notice)
        add_hit (
            result, KAI_HIT_NOTICE, notice->id, notice->payment_code,
            g_strdup_printf ("%s%s, %s", payer, amount, kai_notice_state_label (notice->state)));
    }
  result->more |= more;
  return notices != NULL;
}

/* The row of an e-bill at which @stmt stands. */
static void
add_ebill (KaiSearchResult *result, sqlite3_stmt *stmt, gint64 notice_id)
{
  g_autofree char *amount = kai_money_to_display (sqlite3_column_int64 (stmt, 3));
  KaiSyncState sync;

  if (!kai_sync_state_parse ((const char *)sqlite3_column_text (stmt, 4), &sync))
    sync = KAI_SYNC_UNKNOWN;
  add_hit (result, KAI_HIT_EBILL, notice_id, (const char *)sqlite3_column_text (stmt, 1),
           g_strdup_printf ("%s, %s, %s", (const char *)sqlite3_column_text (stmt, 2), amount,
                            kai_sync_state_label (sync)));
}

static gboolean
add_ebills_of (KaiDatabase *db, const KaiSearchText *text, gint64 notice_id,
               KaiSearchResult *result, GError **error)
{
  gboolean row = TRUE;
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT e.code, e.number, n.payment_code, n.amount, e.sync FROM ebill e"
      " JOIN notice n ON n.id = e.notice_id WHERE e.notice_id = ? AND e.number <> ''"
      " ORDER BY e.id DESC",
      error);

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "l", notice_id);
  while (row)
    {
      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (row
          && kai_search_text_is_ebill (text, (const char *)sqlite3_column_text (stmt, 0),
                                       (const char *)sqlite3_column_text (stmt, 1)))
        add_ebill (result, stmt, notice_id);
    }
  return TRUE;
}

static gboolean
add_ebills (KaiDatabase *db, const KaiSearchText *text, int limit, KaiSearchResult *result,
            GError **error)
{
  g_autoptr (GArray) ids = kai_search_by_ebill (db, text, limit > 0 ? limit + 1 : 0, error);

  if (ids && limit > 0 && ids->len > (guint)limit)
    {
      result->more = TRUE;
      g_array_set_size (ids, (guint)limit);
    }
  for (guint i = 0; ids && i < ids->len; i++)
    if (!add_ebills_of (db, text, g_array_index (ids, gint64, i), result, error))
      return FALSE;
  return ids != NULL;
}

/* The row of stock_range at which @stmt stands. */
static void
add_paper_bill (KaiSearchResult *result, sqlite3_stmt *stmt, gint64 value)
{
  g_autofree char *number = kai_number_range_format (value, sqlite3_column_int (stmt, 2));
  KaiStockState state;
  KaiSearchHit *hit;

  if (!kai_stock_state_parse ((const char *)sqlite3_column_text (stmt, 4), &state))
    state = KAI_STOCK_FREE;
  hit = add_hit (result, KAI_HIT_PAPER_BILL, 0, number,
                 g_strdup_printf ("%s %s, %s, %s", (const char *)sqlite3_column_text (stmt, 0),
                                  (const char *)sqlite3_column_text (stmt, 1),
                                  (const char *)sqlite3_column_text (stmt, 3),
                                  kai_stock_state_label (state)));
  hit->type = kai_column_dup (stmt, 0);
}

static gboolean
add_paper_bills (KaiDatabase *db, const KaiSearchText *text, int limit, KaiSearchResult *result,
                 GError **error)
{
  gsize length = strlen (text->code);
  gint64 value;
  gboolean row = TRUE;
  sqlite3_stmt *stmt;

  if (length < SHORTEST_NUMBER || length > LONGEST_PAPER_NUMBER
      || !g_ascii_string_to_signed (text->code, 10, 0, G_MAXINT64, &value, NULL))
    return TRUE;
  stmt = kai_database_prepare (
      db,
      "SELECT type, version, width, holder, state FROM stock_range WHERE first <= ?1"
      " AND last >= ?1 AND (width = ?2 OR (width > ?2 AND ?3)) ORDER BY id DESC LIMIT ?4",
      error);
  if (!stmt)
    return FALSE;
  /* Digits that begin with a zero are a whole number. */
  kai_statement_bind (stmt, "liii", value, (int)length, text->code[0] != '0',
                      limit > 0 ? limit : -1);
  while (row)
    {
      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (row)
        add_paper_bill (result, stmt, value);
    }
  return TRUE;
}

static gboolean
add_batches (KaiDatabase *db, const KaiSearchText *text, int limit, KaiSearchResult *result,
             GError **error)
{
  gboolean row = TRUE;
  sqlite3_stmt *stmt;

  if (strlen (text->code) < SHORTEST_NUMBER)
    return TRUE;
  stmt = kai_database_prepare (db,
                               "SELECT batch_id, kind FROM import_batch"
                               " WHERE substr (replace (batch_id, '-', ''), 1, length (?1)) = ?1"
                               " ORDER BY batch_id DESC LIMIT ?2",
                               error);
  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "si", text->code, limit > 0 ? limit : -1);
  while (row)
    {
      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (row)
        add_hit (result, KAI_HIT_BATCH, 0, (const char *)sqlite3_column_text (stmt, 0),
                 kai_column_dup (stmt, 1));
    }
  return TRUE;
}

/* ---- All ---- */

KaiSearchResult *
kai_search (KaiDatabase *db, const char *text, int limit, GError **error)
{
  g_autoptr (KaiSearchText) wanted = kai_search_text_new (text, error);
  g_autoptr (KaiSearchResult) result = NULL;
  gboolean ok;

  if (!wanted)
    return NULL;
  result = g_new0 (KaiSearchResult, 1);
  result->hits = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_search_hit_free);
  result->is_locked = kai_database_get_vault (db) == NULL;
  if (!kai_database_begin_read (db, error))
    return NULL;
  ok = add_notices (db, wanted, limit, result, error)
       && add_ebills (db, wanted, limit, result, error)
       && add_paper_bills (db, wanted, limit, result, error)
       && add_batches (db, wanted, limit, result, error);
  kai_database_commit (db, NULL);
  return ok ? g_steal_pointer (&result) : NULL;
}
