/* The link test (8002) and base data (8901): full, or "nothing has changed" by the version. */
#include "kai-sandbox-call.h"

#include <string.h>

typedef void (*RowFunc) (KaiCall *call, sqlite3_stmt *stmt, KaiRecord *record);

/* Adds one child of @list for each row of @sql, which takes the unit's code once or not at all. */
static gboolean
add_rows (KaiCall *call, KaiRecord *answer, const char *list, const char *sql, RowFunc func,
          GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (call->sandbox->db, sql, error);
  gboolean row;

  if (!stmt)
    return FALSE;
  if (sqlite3_bind_parameter_count (stmt) == 1)
    kai_statement_bind (stmt, "t", call->unit);
  while (kai_database_step (call->sandbox->db, stmt, &row, error))
    {
      if (!row)
        return TRUE;
      func (call, stmt, kai_record_add (answer, list));
    }
  return FALSE;
}

static void
set_columns (sqlite3_stmt *stmt, KaiRecord *record, const char *const *fields)
{
  for (int i = 0; fields[i]; i++)
    {
      g_autofree char *text = kai_column_dup (stmt, i);

      kai_record_set (record, fields[i], text);
    }
}

static void
set_unit (KaiCall *call, sqlite3_stmt *stmt, KaiRecord *record)
{
  static const char *const fields[] = { "Code",     "Name",        "Region",  "CreditCode",
                                        "Assigner", "RecAcctType", "RecName", "RecAcct",
                                        "RecOpBk",  "RecBankNo",   NULL };

  set_columns (stmt, record, fields);
}

static void
set_user (KaiCall *call, sqlite3_stmt *stmt, KaiRecord *record)
{
  static const char *const fields[] = { "Code", "Name", "UnitCode", "Roles", NULL };

  set_columns (stmt, record, fields);
}

static void
set_holder (KaiCall *call, sqlite3_stmt *stmt, KaiRecord *record)
{
  static const char *const fields[] = { "Code", "Name", NULL };

  set_columns (stmt, record, fields);
}

static void
set_item (KaiCall *call, sqlite3_stmt *stmt, KaiRecord *record)
{
  static const char *const fields[] = { "Code", "Name", "Unit", "Kind", "BillType", NULL };

  set_columns (stmt, record, fields);
  kai_record_set_money (record, "Min", sqlite3_column_int64 (stmt, 5));
  kai_record_set_money (record, "Max", sqlite3_column_int64 (stmt, 6));
}

static void
set_bill_type (KaiCall *call, sqlite3_stmt *stmt, KaiRecord *record)
{
  static const char *const fields[] = { "Code",        "Name",        "Version",
                                        "VersionName", "Electronic",  "EInvoiceCode",
                                        "Specimen",    "NumberWidth", NULL };

  set_columns (stmt, record, fields);
}

static void
set_setting (KaiCall *call, sqlite3_stmt *stmt, KaiRecord *record)
{
  static const char *const fields[] = { "Name", "Value", NULL };

  set_columns (stmt, record, fields);
}

static void
set_holiday (KaiCall *call, sqlite3_stmt *stmt, KaiRecord *record)
{
  static const char *const fields[] = { "Day", "Working", NULL };

  set_columns (stmt, record, fields);
}

static void
add_setting (KaiRecord *answer, const char *name, const char *value)
{
  KaiRecord *setting = kai_record_add (answer, "SettingList/Setting");

  kai_record_set (setting, "Name", name);
  kai_record_set (setting, "Value", value);
}

/* Settings of every unit, and those that follow from where the server listens and who reviews in
 * the unit. */
static gboolean
add_settings (KaiCall *call, KaiRecord *answer, GError **error)
{
  g_autofree char *pay_url = g_strconcat (call->sandbox->address, "/pay/", NULL);
  g_autofree char *reviewer =
      kai_database_dup_text (call->sandbox->db, error,
                             "SELECT name FROM user WHERE unit_code = ? AND ' ' || roles || ' ' "
                             "LIKE '% reviewer %' ORDER BY code",
                             "t", call->unit);

  if (*error
      || !add_rows (
          call, answer, "SettingList/Setting",
          "SELECT key, value FROM setting WHERE key IN ('notice_days', 'supervisor') ORDER BY "
          "key",
          set_setting, error))
    return FALSE;
  add_setting (answer, "pay_url", pay_url);
  if (reviewer)
    add_setting (answer, "reviewer", reviewer);
  return TRUE;
}

/* A bureau's user sees every unit and user of the region, its own first. */
static gboolean
add_people (KaiCall *call, KaiRecord *answer, GError **error)
{
  g_autoptr (KaiUser) user = kai_sandbox_find_user (call->sandbox, call->user, error);
  gboolean bureau = user && strstr (user->roles, "bureau");

  if (!user)
    return FALSE;
  return add_rows (
             call, answer, "UnitList/Unit",
             bureau
                 ? "SELECT code, name, region, credit_code, assigner, account_type, account_name, "
                   "account, account_bank, account_bank_no FROM unit ORDER BY code <> ?, code"
                 : "SELECT code, name, region, credit_code, assigner, account_type, account_name, "
                   "account, account_bank, account_bank_no FROM unit WHERE code = ?",
             set_unit, error)
         && add_rows (
             call, answer, "UserList/User",
             bureau ? "SELECT code, name, unit_code, roles FROM user ORDER BY code"
                    : "SELECT code, name, unit_code, roles FROM user WHERE unit_code = ? ORDER BY "
                      "code",
             set_user, error);
}

static gboolean
add_lists (KaiCall *call, KaiRecord *answer, GError **error)
{
  return add_people (call, answer, error)
         && add_rows (call, answer, "HolderList/Holder",
                      "SELECT code, name FROM holder WHERE unit_code = ? ORDER BY code", set_holder,
                      error)
         && add_rows (
             call, answer, "ItemList/Item",
             "SELECT code, name, unit_of_measure, standard, bill_type, min, max FROM item JOIN "
             "unit_item ON item_code = code WHERE unit_code = ? ORDER BY code",
             set_item, error)
         && add_rows (call, answer, "BillTypeList/BillType",
                      "SELECT code, name, version, version_name, electronic, ebill_code, specimen, "
                      "number_width FROM bill_type ORDER BY code",
                      set_bill_type, error)
         && add_settings (call, answer, error)
         && add_rows (call, answer, "HolidayList/Holiday",
                      "SELECT day, working FROM holiday ORDER BY day", set_holiday, error);
}

/* The version is the content itself, hashed: whatever changes it changes the version. */
static char *
make_version (KaiCall *call, const KaiRecord *answer, GError **error)
{
  g_autofree char *xml =
      kai_voucher_encode (answer, kai_catalogue_get (call->sandbox->catalogue, "5901"), error);
  g_autofree char *hash = xml ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, xml, -1) : NULL;

  return hash ? g_strndup (hash, 16) : NULL;
}

static KaiRecord *
build_base_data (KaiCall *call, char **version, GError **error)
{
  g_autoptr (KaiRecord) answer = kai_record_new ();

  kai_record_set (answer, "Result", KAI_RESULT_OK);
  kai_record_set (answer, "Full", "1");
  if (!add_lists (call, answer, error))
    return NULL;
  *version = make_version (call, answer, error);
  if (!*version)
    return NULL;
  kai_record_set (answer, "Version", *version);
  return g_steal_pointer (&answer);
}

KaiRecord *
kai_sandbox_give_base_data (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  g_autoptr (KaiRecord) full = NULL;
  g_autofree char *version = NULL;
  KaiRecord *answer;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &answer))
    return answer;
  if (!g_str_equal (kai_record_get (voucher, "OperatorCode"), call->user))
    return kai_call_refuse (call, "wrong-holder", NULL);
  full = build_base_data (call, &version, error);
  if (!full || !g_str_equal (kai_record_get (voucher, "SinceVersion"), version))
    return g_steal_pointer (&full);
  answer = kai_call_accept (call);
  kai_record_set (answer, "Version", version);
  return answer;
}

KaiRecord *
kai_sandbox_test_link (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  g_autofree char *version = NULL;
  g_autoptr (KaiRecord) full = build_base_data (call, &version, error);
  KaiRecord *answer;

  if (!full)
    return NULL;
  answer = kai_call_accept (call);
  kai_record_set (answer, "ServerVersion", KAI_VERSION);
  kai_record_set (answer, "BaseVersion", version);
  return answer;
}
