/* The cache of what the finance server says: replaced as a whole, loaded as a whole. */
#include "store/kai-base-data-store.h"

/* ---- Writing ---- */

static gboolean
clear (KaiDatabase *db, GError **error)
{
  static const char *const statements[] = {
    "DELETE FROM base_data",    "DELETE FROM base_unit",    "DELETE FROM base_user",
    "DELETE FROM base_holder",  "DELETE FROM base_item",    "DELETE FROM base_bill_type",
    "DELETE FROM base_setting", "DELETE FROM base_holiday", "DELETE FROM base_certificate",
  };

  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!kai_database_run (db, error, statements[i], NULL))
      return FALSE;
  return TRUE;
}

static gboolean
write_units (KaiDatabase *db, GPtrArray *units, GError **error)
{
  for (guint i = 0; i < units->len; i++)
    {
      const KaiUnit *unit = g_ptr_array_index (units, i);

      if (!kai_database_run (
              db, error, "INSERT INTO base_unit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              "itttttttttt", (int)i, unit->code, unit->name, unit->region, unit->credit_code,
              unit->assigner, unit->account_type, unit->account_name, unit->account,
              unit->account_bank, unit->account_bank_no))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_users (KaiDatabase *db, const char *sql, GPtrArray *users, GError **error)
{
  for (guint i = 0; i < users->len; i++)
    {
      const KaiUser *user = g_ptr_array_index (users, i);

      if (!kai_database_run (db, error, sql, "itttt", (int)i, user->code, user->name,
                             user->unit_code, user->roles))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_certificates (KaiDatabase *db, GPtrArray *certificates, GError **error)
{
  for (guint i = 0; i < certificates->len; i++)
    {
      const KaiUserCertificate *certificate = g_ptr_array_index (certificates, i);

      if (!kai_database_run (db, error, "INSERT INTO base_certificate VALUES (?, ?, ?, ?)", "ittt",
                             (int)i, certificate->code, certificate->user_code,
                             certificate->content))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_items (KaiDatabase *db, GPtrArray *items, GError **error)
{
  for (guint i = 0; i < items->len; i++)
    {
      const KaiItem *item = g_ptr_array_index (items, i);

      if (!kai_database_run (db, error, "INSERT INTO base_item VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                             "ittttllt", (int)i, item->code, item->name, item->unit_of_measure,
                             kai_standard_kind_to_string (item->standard), item->min, item->max,
                             item->bill_type))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_bill_types (KaiDatabase *db, GPtrArray *types, GError **error)
{
  for (guint i = 0; i < types->len; i++)
    {
      const KaiBillType *type = g_ptr_array_index (types, i);

      if (!kai_database_run (
              db, error, "INSERT INTO base_bill_type VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
              "ittttitti", (int)i, type->code, type->name, type->version, type->version_name,
              type->electronic ? 1 : 0, type->ebill_code, type->specimen, type->number_width))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_tables (KaiDatabase *db, const KaiBaseData *data, GError **error)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, data->settings);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (!kai_database_run (db, error, "INSERT INTO base_setting VALUES (?, ?)", "st", key, value))
      return FALSE;
  g_hash_table_iter_init (&iter, data->holidays);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (!kai_database_run (db, error, "INSERT INTO base_holiday VALUES (?, ?)", "ii",
                           GPOINTER_TO_INT (key), GPOINTER_TO_INT (value) ? 1 : 0))
      return FALSE;
  return TRUE;
}

gboolean
kai_base_data_store_replace (KaiDatabase *db, const KaiBaseData *data, GError **error)
{
  if (!kai_database_begin (db, error))
    return FALSE;
  if (clear (db, error)
      && kai_database_run (db, error, "INSERT INTO base_data VALUES (1, ?, ?)", "tl", data->version,
                           data->fetched_at)
      && write_units (db, data->units, error)
      && write_users (db, "INSERT INTO base_user VALUES (?, ?, ?, ?, ?)", data->users, error)
      && write_users (db, "INSERT INTO base_holder VALUES (?, ?, ?, ?, ?)", data->holders, error)
      && write_certificates (db, data->certificates, error) && write_items (db, data->items, error)
      && write_bill_types (db, data->bill_types, error) && write_tables (db, data, error))
    return kai_database_commit (db, error);
  kai_database_rollback (db);
  return FALSE;
}

gboolean
kai_base_data_store_is_current (KaiDatabase *db, const KaiBaseData *data)
{
  gint64 others = kai_database_get_int (
      db, 0, NULL, "SELECT count(*) FROM base_data WHERE version <> ? OR fetched_at <> ?", "tl",
      data->version, data->fetched_at);

  return others == 0;
}

gboolean
kai_base_data_store_touch (KaiDatabase *db, gint64 fetched_at, GError **error)
{
  return kai_database_run (db, error, "UPDATE base_data SET fetched_at = ?", "l", fetched_at);
}

/* ---- Reading ---- */

typedef void (*ReadRow) (sqlite3_stmt *stmt, KaiBaseData *data);

static void
read_head (sqlite3_stmt *stmt, KaiBaseData *data)
{
  g_free (data->version);
  data->version = kai_column_dup (stmt, 0);
  data->fetched_at = sqlite3_column_int64 (stmt, 1);
}

static void
read_unit (sqlite3_stmt *stmt, KaiBaseData *data)
{
  KaiUnit *unit = g_new0 (KaiUnit, 1);

  unit->code = kai_column_dup (stmt, 0);
  unit->name = kai_column_dup (stmt, 1);
  unit->region = kai_column_dup (stmt, 2);
  unit->credit_code = kai_column_dup (stmt, 3);
  unit->assigner = kai_column_dup (stmt, 4);
  unit->account_type = kai_column_dup (stmt, 5);
  unit->account_name = kai_column_dup (stmt, 6);
  unit->account = kai_column_dup (stmt, 7);
  unit->account_bank = kai_column_dup (stmt, 8);
  unit->account_bank_no = kai_column_dup (stmt, 9);
  g_ptr_array_add (data->units, unit);
}

static KaiUser *
new_user (sqlite3_stmt *stmt)
{
  KaiUser *user = g_new0 (KaiUser, 1);

  user->code = kai_column_dup (stmt, 0);
  user->name = kai_column_dup (stmt, 1);
  user->unit_code = kai_column_dup (stmt, 2);
  user->roles = kai_column_dup (stmt, 3);
  return user;
}

static void
read_user (sqlite3_stmt *stmt, KaiBaseData *data)
{
  g_ptr_array_add (data->users, new_user (stmt));
}

static void
read_holder (sqlite3_stmt *stmt, KaiBaseData *data)
{
  g_ptr_array_add (data->holders, new_user (stmt));
}

static void
read_certificate (sqlite3_stmt *stmt, KaiBaseData *data)
{
  g_ptr_array_add (data->certificates,
                   kai_user_certificate_new ((const char *)sqlite3_column_text (stmt, 0),
                                             (const char *)sqlite3_column_text (stmt, 1),
                                             (const char *)sqlite3_column_text (stmt, 2)));
}

static void
read_item (sqlite3_stmt *stmt, KaiBaseData *data)
{
  KaiItem *item = g_new0 (KaiItem, 1);
  const char *standard = (const char *)sqlite3_column_text (stmt, 3);

  item->code = kai_column_dup (stmt, 0);
  item->name = kai_column_dup (stmt, 1);
  item->unit_of_measure = kai_column_dup (stmt, 2);
  /* The table holds known words only. */
  if (!standard || !kai_standard_kind_parse (standard, &item->standard))
    item->standard = KAI_STANDARD_FREE;
  item->min = sqlite3_column_int64 (stmt, 4);
  item->max = sqlite3_column_int64 (stmt, 5);
  item->bill_type = kai_column_dup (stmt, 6);
  g_ptr_array_add (data->items, item);
}

static void
read_bill_type (sqlite3_stmt *stmt, KaiBaseData *data)
{
  KaiBillType *type = g_new0 (KaiBillType, 1);

  type->code = kai_column_dup (stmt, 0);
  type->name = kai_column_dup (stmt, 1);
  type->version = kai_column_dup (stmt, 2);
  type->version_name = kai_column_dup (stmt, 3);
  type->electronic = sqlite3_column_int (stmt, 4) != 0;
  type->ebill_code = kai_column_dup (stmt, 5);
  type->specimen = kai_column_dup (stmt, 6);
  type->number_width = sqlite3_column_int (stmt, 7);
  g_ptr_array_add (data->bill_types, type);
}

static void
read_setting (sqlite3_stmt *stmt, KaiBaseData *data)
{
  g_hash_table_replace (data->settings, kai_column_dup (stmt, 0), kai_column_dup (stmt, 1));
}

static void
read_holiday (sqlite3_stmt *stmt, KaiBaseData *data)
{
  g_hash_table_replace (data->holidays, GINT_TO_POINTER (sqlite3_column_int (stmt, 0)),
                        GINT_TO_POINTER (sqlite3_column_int (stmt, 1)));
}

static gboolean
read_rows (KaiDatabase *db, const char *sql, ReadRow read, KaiBaseData *data, GError **error)
{
  gboolean row = TRUE;
  sqlite3_stmt *stmt = kai_database_prepare (db, sql, error);

  if (!stmt)
    return FALSE;
  while (row)
    {
      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (row)
        read (stmt, data);
    }
  return TRUE;
}

static gboolean
read_all (KaiDatabase *db, KaiBaseData *data, GError **error)
{
  static const struct
  {
    const char *sql;
    ReadRow read;
  } tables[] = {
    { "SELECT version, fetched_at FROM base_data", read_head },
    { "SELECT code, name, region, credit_code, assigner, account_type, account_name, account,"
      " account_bank, account_bank_no FROM base_unit ORDER BY position",
      read_unit },
    { "SELECT code, name, unit_code, roles FROM base_user ORDER BY position", read_user },
    { "SELECT code, name, unit_code, roles FROM base_holder ORDER BY position", read_holder },
    { "SELECT code, name, unit_of_measure, standard, min, max, bill_type FROM base_item"
      " ORDER BY position",
      read_item },
    { "SELECT code, name, version, version_name, electronic, ebill_code, specimen, number_width"
      " FROM base_bill_type ORDER BY position",
      read_bill_type },
    { "SELECT code, user_code, certificate FROM base_certificate ORDER BY position",
      read_certificate },
    { "SELECT key, value FROM base_setting", read_setting },
    { "SELECT day, working FROM base_holiday", read_holiday },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (!read_rows (db, tables[i].sql, tables[i].read, data, error))
      return FALSE;
  return TRUE;
}

KaiBaseData *
kai_base_data_store_load (KaiDatabase *db, GError **error)
{
  g_autoptr (KaiBaseData) data = kai_base_data_new ();
  gboolean ok;

  /* One view, so that the parts belong together. */
  if (!kai_database_begin_read (db, error))
    return NULL;
  ok = read_all (db, data, error);
  kai_database_commit (db, NULL);
  return ok ? g_steal_pointer (&data) : NULL;
}
