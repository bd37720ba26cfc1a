/* Base data (8901): everything, or what has changed since the version that is here. Nothing is stored before the whole of it has been read and
 * fits, so a broken download changes nothing; changes that do not fit are answered by asking for everything. */
#include "sync/kai-sync-private.h"

#include "messages/kai-net-error.h"
#include "store/kai-base-data-store.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

/* ---- reading lists ---- */

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

static void
read_certificates (const KaiRecord *reply, GPtrArray *certificates)
{
  const char *list = "CertificateList/Certificate";

  for (guint i = 0; i < kai_record_get_n (reply, list); i++)
    {
      const KaiRecord *row = kai_record_nth (reply, list, i);

      g_ptr_array_add (certificates, kai_user_certificate_new (kai_record_get (row, "Code"),
                                                               kai_record_get (row, "UserCode"),
                                                               kai_record_get (row, "Content")));
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

/* The lists of @reply, whole or not. */
static KaiBaseData *
read_lists (const KaiRecord *reply, GError **error)
{
  g_autoptr (KaiBaseData) base = kai_base_data_new ();

  g_free (base->version);
  base->version = g_strdup (kai_record_get (reply, "Version"));
  base->fetched_at = g_get_real_time () / G_USEC_PER_SEC;
  read_units (reply, base);
  read_users (reply, "UserList/User", base->users);
  read_users (reply, "HolderList/Holder", base->holders);
  read_certificates (reply, base->certificates);
  if (!read_items (reply, base, error) || !read_bill_types (reply, base, error))
    return NULL;
  read_tables (reply, base);
  return g_steal_pointer (&base);
}

static gboolean
check_whole (const KaiBaseData *base, GError **error)
{
  return (*base->version && base->units->len > 0)
         || kai_net_fail (
             error, KAI_NET_ERROR_REPLY,
             _ ("The finance server's base data is incomplete; the data here stays as it was."));
}

/* ---- changes ---- */

/* Every row of the six arrays begins with its code. */
static const char *
code_of (GPtrArray *rows, guint i)
{
  return *(char **)rows->pdata[i];
}

static gboolean
is_sorted_from (GPtrArray *rows, guint start)
{
  for (guint i = start + 1; i < rows->len; i++)
    if (g_strcmp0 (code_of (rows, i - 1), code_of (rows, i)) >= 0)
      return FALSE;
  return TRUE;
}

/* Where a new row belongs: by its code where the server lists by code (the unit's own row may stand before all), else at the end. */
static guint
place_for (GPtrArray *rows, const char *code)
{
  guint i = is_sorted_from (rows, 0) ? 0 : 1;

  if (i == 1 && !is_sorted_from (rows, 1))
    return rows->len;
  while (i < rows->len && g_strcmp0 (code_of (rows, i), code) < 0)
    i++;
  return i;
}

static gboolean
find_row (GPtrArray *rows, const char *code, guint *index)
{
  for (guint i = 0; i < rows->len; i++)
    if (g_strcmp0 (code_of (rows, i), code) == 0)
      {
        *index = i;
        return TRUE;
      }
  return FALSE;
}

/* Moves the rows of @changes into @rows. */
static void
merge_rows (GPtrArray *rows, GPtrArray *changes)
{
  while (changes->len > 0)
    {
      gpointer row = g_ptr_array_steal_index (changes, 0);
      const char *code = *(char **)row;
      guint at;

      if (find_row (rows, code, &at))
        g_ptr_array_remove_index (rows, at);
      else
        at = place_for (rows, code);
      g_ptr_array_insert (rows, (int)at, row);
    }
}

static void
merge_table (GHashTable *table, GHashTable *changes)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, changes);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      g_hash_table_iter_steal (&iter);
      g_hash_table_replace (table, key, value);
    }
}

static gboolean
remove_row (KaiBaseData *base, const char *list, const char *key)
{
  struct
  {
    const char *name;
    GPtrArray *rows;
  } lists[] = { { "UnitList", base->units },
                { "UserList", base->users },
                { "CertificateList", base->certificates },
                { "HolderList", base->holders },
                { "ItemList", base->items },
                { "BillTypeList", base->bill_types } };
  guint at;

  if (g_str_equal (list, "SettingList"))
    return g_hash_table_remove (base->settings, key);
  if (g_str_equal (list, "HolidayList"))
    return g_hash_table_remove (base->holidays, GINT_TO_POINTER (atoi (key)));
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    if (g_str_equal (list, lists[i].name) && find_row (lists[i].rows, key, &at))
      {
        g_ptr_array_remove_index (lists[i].rows, at);
        return TRUE;
      }
  return FALSE;
}

static guint
count_rows (const KaiBaseData *base)
{
  return base->units->len + base->users->len + base->certificates->len + base->holders->len
         + base->items->len + base->bill_types->len + g_hash_table_size (base->settings)
         + g_hash_table_size (base->holidays);
}

/* The base data here with the changes of @reply made. NULL when they do not fit: they are of another version, remove what is not here, or do not come out
 * at the number of rows that the server has. */
static KaiBaseData *
make_changes (KaiDesk *desk, const KaiRecord *reply, GError **error)
{
  g_autoptr (KaiBaseData) base = kai_base_data_store_load (desk->db, error);
  g_autoptr (KaiBaseData) changes = base ? read_lists (reply, error) : NULL;
  gint64 count;

  if (!changes || g_strcmp0 (kai_record_get (reply, "BaseVersion"), base->version) != 0)
    return NULL;
  for (guint i = 0; i < kai_record_get_n (reply, "GoneList/Gone"); i++)
    {
      const KaiRecord *gone = kai_record_nth (reply, "GoneList/Gone", i);

      if (!remove_row (base, kai_record_get (gone, "List"), kai_record_get (gone, "Key")))
        return NULL;
    }
  merge_rows (base->units, changes->units);
  merge_rows (base->users, changes->users);
  merge_rows (base->certificates, changes->certificates);
  merge_rows (base->holders, changes->holders);
  merge_rows (base->items, changes->items);
  merge_rows (base->bill_types, changes->bill_types);
  merge_table (base->settings, changes->settings);
  merge_table (base->holidays, changes->holidays);
  g_free (base->version);
  base->version = g_strdup (changes->version);
  base->fetched_at = changes->fetched_at;
  if (!kai_record_get_int (reply, "RowCount", &count, NULL) || count != (gint64)count_rows (base)
      || !check_whole (base, NULL))
    return NULL;
  return g_steal_pointer (&base);
}

/* ---- asking ---- */

static KaiMessage *
ask_since (KaiSyncEngine *engine, const char *version, GCancellable *cancellable, GError **error)
{
  KaiDesk *desk = engine->desk;
  g_autoptr (KaiMessage) request = kai_desk_new_message (desk, "8901");
  KaiRecord *voucher = kai_desk_add_voucher (request);

  kai_record_set (voucher, "ChgAgenCode", desk->unit_code);
  kai_record_set (voucher, "OperatorCode", desk->user_code);
  kai_record_set (voucher, "SinceVersion", version);
  return kai_sync_engine_ask (engine, request, "5901", cancellable, error);
}

static gboolean
keep (KaiDesk *desk, const KaiBaseData *base, GError **error)
{
  return kai_base_data_store_replace (desk->db, base, error)
         && kai_desk_reload_base_data (desk, error) && kai_desk_share_vault (desk, error);
}

/* *fits FALSE: everything must be asked for. */
static gboolean
take_changes (KaiDesk *desk, const KaiRecord *reply, gboolean *fits, GError **error)
{
  g_autoptr (KaiBaseData) base = NULL;
  g_autoptr (GError) local = NULL;

  *fits = TRUE;
  if (g_str_equal (kai_record_get (reply, "Version"), desk->base->version))
    {
      desk->base->fetched_at = g_get_real_time () / G_USEC_PER_SEC;
      return kai_base_data_store_touch (desk->db, desk->base->fetched_at, error)
             && kai_desk_share_vault (desk, error);
    }
  base = make_changes (desk, reply, &local);
  if (base)
    return keep (desk, base, error);
  if (local && local->domain != KAI_NET_ERROR)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  *fits = FALSE;
  return TRUE;
}

static gboolean
is_full (const KaiMessage *answer)
{
  return g_str_equal (kai_record_get (answer->vouchers->pdata[0], "Full"), "1");
}

gboolean
kai_sync_engine_refresh_base_data (KaiSyncEngine *engine, GCancellable *cancellable, GError **error)
{
  KaiDesk *desk = engine->desk;
  g_autoptr (KaiMessage) answer = ask_since (engine, desk->base->version, cancellable, error);
  g_autoptr (KaiBaseData) base = NULL;

  if (!answer)
    return FALSE;
  if (!is_full (answer) && *desk->base->version)
    {
      gboolean fits;

      if (!take_changes (desk, answer->vouchers->pdata[0], &fits, error))
        return FALSE;
      if (fits)
        return TRUE;
      g_clear_pointer (&answer, kai_message_free);
      answer = ask_since (engine, "", cancellable, error);
      if (!answer)
        return FALSE;
    }
  base = read_lists (answer->vouchers->pdata[0], error);
  return base && check_whole (base, error) && keep (desk, base, error);
}
