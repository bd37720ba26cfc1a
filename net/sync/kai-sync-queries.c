/* What the engine asks for itself: base data, leases, deliveries of bills, the link. */
#include "sync/kai-sync-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "store/kai-base-data-store.h"
#include "store/kai-code-lease.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

KaiMessage *
kai_sync_engine_ask (KaiSyncEngine *engine, const KaiMessage *request, const char *answer,
                     GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) body = kai_message_encode (request, engine->desk->catalogue, FALSE, error);
  g_autoptr (KaiMessage) reply = NULL;
  g_autoptr (GError) local = NULL;
  const KaiRecord *voucher;
  const char *result;

  if (!body)
    return NULL;
  reply = kai_transport_exchange (engine->transport, body, request->id, NULL, cancellable, &local);
  if (!reply)
    {
      kai_sync_engine_note_refused (engine, request->number, request->id, local);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (reply->vouchers->len != 1)
    {
      kai_net_fail (error, KAI_NET_ERROR_REPLY,
                    _ ("The finance server's answer to message %s has no result."),
                    request->number);
      return NULL;
    }
  voucher = reply->vouchers->pdata[0];
  result = kai_record_get (voucher, "Result");
  if (!g_str_equal (result, KAI_RESULT_OK))
    {
      const char *words = kai_record_get (voucher, "Msg");
      g_autofree char *sentence =
          kai_result_code_describe (result, *words ? words : kai_record_get (voucher, "AddWord"));

      g_set_error_literal (error, KAI_NET_ERROR, KAI_NET_ERROR_REFUSED, sentence);
      return NULL;
    }
  if (!g_str_equal (reply->number, answer))
    {
      kai_net_fail (error, KAI_NET_ERROR_REPLY,
                    _ ("The finance server answered message %s with %s, which is not its answer."),
                    request->number, reply->number);
      return NULL;
    }
  return g_steal_pointer (&reply);
}

/* ---- link test ---- */

static char *
utc_date_time (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  return g_date_time_format (now, "%Y%m%d%H%M%S%z");
}

gboolean
kai_sync_engine_test_link (KaiSyncEngine *engine, GCancellable *cancellable, GError **error)
{
  g_autoptr (KaiMessage) request = kai_desk_new_message (engine->desk, "8002");
  KaiRecord *voucher = kai_desk_add_voucher (request);
  g_autofree char *time = utc_date_time ();
  g_autoptr (KaiMessage) answer = NULL;

  kai_record_set (voucher, "ClientVersion", KAI_VERSION);
  kai_record_set (voucher, "ClientTime", time);
  answer = kai_sync_engine_ask (engine, request, "5002", cancellable, error);
  return answer != NULL;
}

/* ---- the socket's token ---- */

gboolean
kai_sync_engine_change_token (KaiSyncEngine *engine, GCancellable *cancellable, GError **error)
{
  g_autoptr (KaiMessage) message = kai_desk_new_message (engine->desk, "2003");

  return kai_transport_change_token (engine->transport, message, cancellable, error);
}

/* ---- base data ---- */

static void
read_units (const KaiRecord *reply, KaiBaseData *base)
{
  for (guint i = 0; i < kai_record_get_n (reply, "UnitList/Unit"); i++)
    {
      const KaiRecord *row = kai_record_nth (reply, "UnitList/Unit", i);
      KaiUnit *unit = g_new0 (KaiUnit, 1);

      unit->code = g_strdup (kai_record_get (row, "Code"));
      unit->name = g_strdup (kai_record_get (row, "Name"));
      unit->region = g_strdup (kai_record_get (row, "Region"));
      unit->credit_code = g_strdup (kai_record_get (row, "CreditCode"));
      unit->assigner = g_strdup (kai_record_get (row, "Assigner"));
      unit->account_type = g_strdup (kai_record_get (row, "RecAcctType"));
      unit->account_name = g_strdup (kai_record_get (row, "RecName"));
      unit->account = g_strdup (kai_record_get (row, "RecAcct"));
      unit->account_bank = g_strdup (kai_record_get (row, "RecOpBk"));
      unit->account_bank_no = g_strdup (kai_record_get (row, "RecBankNo"));
      g_ptr_array_add (base->units, unit);
    }
}

static void
read_users (const KaiRecord *reply, const char *list, GPtrArray *users)
{
  for (guint i = 0; i < kai_record_get_n (reply, list); i++)
    {
      const KaiRecord *row = kai_record_nth (reply, list, i);
      KaiUser *user = g_new0 (KaiUser, 1);

      user->code = g_strdup (kai_record_get (row, "Code"));
      user->name = g_strdup (kai_record_get (row, "Name"));
      user->unit_code = g_strdup (kai_record_get (row, "UnitCode"));
      user->roles = g_strdup (kai_record_get (row, "Roles"));
      g_ptr_array_add (users, user);
    }
}

static gboolean
read_items (const KaiRecord *reply, KaiBaseData *base, GError **error)
{
  for (guint i = 0; i < kai_record_get_n (reply, "ItemList/Item"); i++)
    {
      const KaiRecord *row = kai_record_nth (reply, "ItemList/Item", i);
      g_autoptr (KaiItem) item = g_new0 (KaiItem, 1);
      const char *kind = kai_record_get (row, "Kind");

      item->code = g_strdup (kai_record_get (row, "Code"));
      item->name = g_strdup (kai_record_get (row, "Name"));
      item->unit_of_measure = g_strdup (kai_record_get (row, "Unit"));
      item->bill_type = g_strdup (kai_record_get (row, "BillType"));
      item->standard = *kind == '1'   ? KAI_STANDARD_FIXED
                       : *kind == '3' ? KAI_STANDARD_RANGE
                                      : KAI_STANDARD_FREE;
      if (!kai_record_get_money (row, "Min", &item->min, error)
          || !kai_record_get_money (row, "Max", &item->max, error))
        return FALSE;
      g_ptr_array_add (base->items, g_steal_pointer (&item));
    }
  return TRUE;
}

static gboolean
read_bill_types (const KaiRecord *reply, KaiBaseData *base, GError **error)
{
  for (guint i = 0; i < kai_record_get_n (reply, "BillTypeList/BillType"); i++)
    {
      const KaiRecord *row = kai_record_nth (reply, "BillTypeList/BillType", i);
      g_autoptr (KaiBillType) type = g_new0 (KaiBillType, 1);
      gint64 width;

      type->code = g_strdup (kai_record_get (row, "Code"));
      type->name = g_strdup (kai_record_get (row, "Name"));
      type->version = g_strdup (kai_record_get (row, "Version"));
      type->version_name = g_strdup (kai_record_get (row, "VersionName"));
      type->electronic = *kai_record_get (row, "Electronic") == '1';
      type->ebill_code = g_strdup (kai_record_get (row, "EInvoiceCode"));
      type->specimen = g_strdup (kai_record_get (row, "Specimen"));
      if (!kai_record_get_int (row, "NumberWidth", &width, error))
        return FALSE;
      type->number_width = CLAMP (width, 1, 18);
      g_ptr_array_add (base->bill_types, g_steal_pointer (&type));
    }
  return TRUE;
}

static void
read_tables (const KaiRecord *reply, KaiBaseData *base)
{
  for (guint i = 0; i < kai_record_get_n (reply, "SettingList/Setting"); i++)
    {
      const KaiRecord *row = kai_record_nth (reply, "SettingList/Setting", i);

      g_hash_table_insert (base->settings, g_strdup (kai_record_get (row, "Name")),
                           g_strdup (kai_record_get (row, "Value")));
    }
  for (guint i = 0; i < kai_record_get_n (reply, "HolidayList/Holiday"); i++)
    {
      const KaiRecord *row = kai_record_nth (reply, "HolidayList/Holiday", i);

      g_hash_table_insert (base->holidays, GINT_TO_POINTER (atoi (kai_record_get (row, "Day"))),
                           GINT_TO_POINTER (*kai_record_get (row, "Working") == '1'));
    }
}

static KaiBaseData *
read_base_data (const KaiRecord *reply, GError **error)
{
  g_autoptr (KaiBaseData) base = kai_base_data_new ();

  g_free (base->version);
  base->version = g_strdup (kai_record_get (reply, "Version"));
  base->fetched_at = g_get_real_time () / G_USEC_PER_SEC;
  read_units (reply, base);
  read_users (reply, "UserList/User", base->users);
  read_users (reply, "HolderList/Holder", base->holders);
  if (!read_items (reply, base, error) || !read_bill_types (reply, base, error))
    return NULL;
  read_tables (reply, base);
  if (!*base->version || base->units->len == 0)
    {
      kai_net_fail (
          error, KAI_NET_ERROR_REPLY,
          _ ("The finance server's base data is incomplete; the data here stays as it was."));
      return NULL;
    }
  return g_steal_pointer (&base);
}

gboolean
kai_sync_engine_refresh_base_data (KaiSyncEngine *engine, GCancellable *cancellable, GError **error)
{
  KaiDesk *desk = engine->desk;
  g_autoptr (KaiMessage) request = kai_desk_new_message (desk, "8901");
  KaiRecord *voucher = kai_desk_add_voucher (request);
  g_autoptr (KaiMessage) answer = NULL;
  g_autoptr (KaiBaseData) base = NULL;
  const KaiRecord *reply;

  kai_record_set (voucher, "ChgAgenCode", desk->unit_code);
  kai_record_set (voucher, "OperatorCode", desk->user_code);
  kai_record_set (voucher, "SinceVersion", desk->base->version);
  answer = kai_sync_engine_ask (engine, request, "5901", cancellable, error);
  if (!answer)
    return FALSE;
  reply = answer->vouchers->pdata[0];
  if (g_str_equal (kai_record_get (reply, "Full"), "0") && *desk->base->version)
    {
      desk->base->fetched_at = g_get_real_time () / G_USEC_PER_SEC;
      return kai_base_data_store_replace (desk->db, desk->base, error);
    }
  base = read_base_data (reply, error);
  return base && kai_base_data_store_replace (desk->db, base, error)
         && kai_desk_reload_base_data (desk, error);
}

/* ---- leases ---- */

gboolean
kai_sync_engine_ensure_lease (KaiSyncEngine *engine, int needed, GCancellable *cancellable,
                              GError **error)
{
  KaiDesk *desk = engine->desk;
  int year = kai_day_today () / 10000;
  g_autoptr (GError) local = NULL;
  gint64 left = kai_code_lease_left (desk->db, year, &local), first, last;
  g_autofree char *year_text = g_strdup_printf ("%d", year);
  g_autoptr (KaiMessage) request = NULL, answer = NULL;
  KaiRecord *voucher;
  const KaiRecord *reply;

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (left >= needed)
    return TRUE;
  request = kai_desk_new_message (desk, "8651");
  voucher = kai_desk_add_voucher (request);
  kai_record_set (voucher, "ChgAgenCode", desk->unit_code);
  kai_record_set (voucher, "StYear", year_text);
  kai_record_set_int (voucher, "Count", MAX (desk->profile->lease_size, needed - left));
  kai_record_set (voucher, "DeskId", desk->id);
  answer = kai_sync_engine_ask (engine, request, "5651", cancellable, error);
  if (!answer)
    return FALSE;
  reply = answer->vouchers->pdata[0];
  first = g_ascii_strtoll (kai_record_get (reply, "FirstNo"), NULL, 10);
  last = g_ascii_strtoll (kai_record_get (reply, "LastNo"), NULL, 10);
  if (!g_str_equal (kai_record_get (reply, "StYear"), year_text))
    return kai_net_fail (error, KAI_NET_ERROR_REPLY,
                         _ ("The finance server leased payment codes of another year."));
  return kai_code_lease_add (desk->db, kai_record_get (reply, "Region"), year,
                             kai_record_get (reply, "Assigner"), first, last, error)
         && kai_desk_audit (desk, "lease.add", "lease", kai_record_get (reply, "FirstNo"),
                            kai_record_get (reply, "LastNo"), error);
}

/* ---- deliveries of paper bills ---- */

static KaiStockRange *
read_range (const KaiRecord *row, GError **error)
{
  KaiNumberRange range;
  KaiStockRange *delivery;

  if (!kai_number_range_parse (kai_record_get (row, "FirstNo"), kai_record_get (row, "LastNo"),
                               &range, error))
    return NULL;
  delivery = g_new0 (KaiStockRange, 1);
  delivery->type = g_strdup (kai_record_get (row, "BillTypeCode"));
  delivery->version = g_strdup (kai_record_get (row, "BillVerCode"));
  delivery->holder = g_strdup (kai_record_get (row, "Holder"));
  delivery->state = KAI_STOCK_TO_TAKE_IN;
  delivery->range = range;
  return delivery;
}

gboolean
kai_sync_engine_fetch_deliveries (KaiSyncEngine *engine, GCancellable *cancellable, GError **error)
{
  KaiDesk *desk = engine->desk;
  g_autoptr (KaiMessage) request = kai_desk_new_message (desk, "8617");
  KaiRecord *voucher = kai_desk_add_voucher (request);
  g_autoptr (KaiMessage) answer = NULL;
  g_autoptr (GPtrArray) ranges =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_stock_range_free);
  const KaiRecord *reply;

  kai_record_set (voucher, "ChgAgenCode", desk->unit_code);
  answer = kai_sync_engine_ask (engine, request, "5617", cancellable, error);
  if (!answer)
    return FALSE;
  reply = answer->vouchers->pdata[0];
  for (guint i = 0; i < kai_record_get_n (reply, "RangeList/Range"); i++)
    {
      KaiStockRange *range = read_range (kai_record_nth (reply, "RangeList/Range", i), error);

      if (!range)
        return FALSE;
      g_ptr_array_add (ranges, range);
    }
  return kai_stock_set_deliveries (desk->db, desk->unit_code, ranges, error);
}
