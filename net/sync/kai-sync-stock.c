/* The unit's paper bills as the finance server has them (8621): what other desks of the unit have moved, and what is to be taken in. A server without that
 * question is asked for what is to be taken in (8617). */
#include "sync/kai-sync-private.h"

#include "messages/kai-net-error.h"
#include "store/kai-stock.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

/* What the server said last, hashed: the stock is written anew only when that has changed. */
#define DIGEST "stock_digest"

static KaiStockRange *
read_range (const KaiRecord *row, GError **error)
{
  const char *state = kai_record_get (row, "State");
  KaiNumberRange range;
  KaiStockRange *stock;

  if (!kai_number_range_parse (kai_record_get (row, "FirstNo"), kai_record_get (row, "LastNo"),
                               &range, error))
    return NULL;
  if (*state && (*state < '0' || *state - '0' > KAI_STOCK_WRITTEN_OFF))
    {
      kai_net_fail (error, KAI_NET_ERROR_REPLY,
                    _ ("The finance server's list of paper bills has a state that this program "
                       "does not know. The stock here stays as it was."));
      return NULL;
    }
  stock = g_new0 (KaiStockRange, 1);
  stock->type = g_strdup (kai_record_get (row, "BillTypeCode"));
  stock->version = g_strdup (kai_record_get (row, "BillVerCode"));
  stock->holder = g_strdup (kai_record_get (row, "Holder"));
  stock->state = *state ? (KaiStockState)(*state - '0') : KAI_STOCK_TO_TAKE_IN;
  stock->range = range;
  return stock;
}

static void
add_to_digest (GChecksum *checksum, const KaiStockRange *range)
{
  g_autofree char *line = g_strdup_printf (
      "%s %s %s %d %d %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", range->type, range->version,
      range->holder, (int)range->state, range->range.width, range->range.first, range->range.last);

  g_checksum_update (checksum, (const guchar *)line, -1);
}

static GPtrArray *
read_ranges (const KaiRecord *reply, GChecksum *checksum, GError **error)
{
  g_autoptr (GPtrArray) ranges =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_stock_range_free);

  for (guint i = 0; i < kai_record_get_n (reply, "RangeList/Range"); i++)
    {
      KaiStockRange *range = read_range (kai_record_nth (reply, "RangeList/Range", i), error);

      if (!range)
        return NULL;
      g_ptr_array_add (ranges, range);
      add_to_digest (checksum, range);
    }
  return g_steal_pointer (&ranges);
}

static KaiMessage *
ask (KaiSyncEngine *engine, const char *number, const char *answer, GCancellable *cancellable,
     GError **error)
{
  g_autoptr (KaiMessage) request = kai_desk_new_message (engine->desk, number);

  kai_record_set (kai_desk_add_voucher (request), "ChgAgenCode", engine->desk->unit_code);
  return kai_sync_engine_ask (engine, request, answer, cancellable, error);
}

static gboolean
fetch_deliveries (KaiSyncEngine *engine, GCancellable *cancellable, GError **error)
{
  KaiDesk *desk = engine->desk;
  g_autoptr (KaiMessage) answer = ask (engine, "8617", "5617", cancellable, error);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GPtrArray) ranges =
      answer ? read_ranges (answer->vouchers->pdata[0], checksum, error) : NULL;

  return ranges && kai_stock_set_deliveries (desk->db, desk->unit_code, ranges, error);
}

/* In one transaction with what was read, so that what another program writes meanwhile is not lost. */
static gboolean
keep_stock (KaiDesk *desk, GPtrArray *ranges, const char *digest, GError **error)
{
  g_autofree char *kept = kai_database_dup_setting (desk->db, DIGEST);
  gboolean replaced = FALSE;

  if (g_strcmp0 (kept, digest) == 0)
    return TRUE;
  if (!kai_database_begin (desk->db, error))
    return FALSE;
  if (!kai_stock_replace (desk->db, ranges, &replaced, error)
      || (replaced && !kai_database_set_setting (desk->db, DIGEST, digest, error)))
    {
      kai_database_rollback (desk->db);
      return FALSE;
    }
  return kai_database_commit (desk->db, error);
}

gboolean
kai_sync_engine_fetch_stock (KaiSyncEngine *engine, GCancellable *cancellable, GError **error)
{
  g_autoptr (KaiMessage) answer = NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GPtrArray) ranges = NULL;
  g_autoptr (GError) local = NULL;

  /* Asked while an answer to a movement is out, it may not hold that movement. */
  if (kai_outbox_count (engine->desk->db, KAI_OUTBOX_WAITING) > 0)
    return TRUE;
  answer = ask (engine, "8621", "5621", cancellable, &local);
  if (g_error_matches (local, KAI_NET_ERROR, KAI_NET_ERROR_FAULT)
      || g_error_matches (local, KAI_NET_ERROR, KAI_NET_ERROR_REFUSED))
    return fetch_deliveries (engine, cancellable, error);
  if (!answer)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  ranges = read_ranges (answer->vouchers->pdata[0], checksum, error);
  return ranges && keep_stock (engine->desk, ranges, g_checksum_get_string (checksum), error);
}

gboolean
kai_desk_forget_stock (KaiDesk *desk, GError **error)
{
  return kai_database_set_setting (desk->db, DIGEST, NULL, error);
}
