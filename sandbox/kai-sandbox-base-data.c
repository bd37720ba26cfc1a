/* The link test (8002) and base data (8901): full, or what has changed since a version that was given out. */
#include "kai-sandbox-call.h"

#include <string.h>

#define VERSIONS_KEPT 64

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
set_certificate (KaiCall *call, sqlite3_stmt *stmt, KaiRecord *record)
{
  static const char *const fields[] = { "UserCode", "Content", NULL };
  g_autofree char *content = kai_column_dup (stmt, 1);
  gsize length;
  g_autofree guchar *der = g_base64_decode (content, &length);
  g_autofree char *code = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, length);

  kai_record_set (record, "Code", code);
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
      || !add_rows (call, answer, "SettingList/Setting",
                    "SELECT key, value FROM setting WHERE key IN ('notice_days', 'supervisor', "
                    "'two_person') ORDER BY "
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
             set_user, error)
         && add_rows (call, answer, "CertificateList/Certificate",
                      "SELECT user_code, content FROM certificate WHERE unit_code = ?"
                      " AND NOT EXISTS (SELECT 1 FROM revocation"
                      "  WHERE revocation.serial = certificate.serial)"
                      " ORDER BY user_code, issuer, serial",
                      set_certificate, error);
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

/* The version is the content itself, hashed: whatever changes it changes the version. Caller frees @xml. */
static char *
make_version (KaiCall *call, const KaiRecord *answer, char **xml, GError **error)
{
  g_autofree char *hash = NULL;

  *xml = kai_voucher_encode (answer, kai_catalogue_get (call->sandbox->catalogue, "5901"), error);
  hash = *xml ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, *xml, -1) : NULL;
  return hash ? g_strndup (hash, 16) : NULL;
}

static KaiRecord *
build_base_data (KaiCall *call, char **version, char **xml, GError **error)
{
  g_autoptr (KaiRecord) answer = kai_record_new ();

  kai_record_set (answer, "Result", KAI_RESULT_OK);
  kai_record_set (answer, "Full", "1");
  if (!add_lists (call, answer, error))
    return NULL;
  *version = make_version (call, answer, xml, error);
  if (!*version)
    return NULL;
  kai_record_set (answer, "Version", *version);
  return g_steal_pointer (&answer);
}

/* ---- what has changed ---- */

/* Each list with the field that tells its rows apart. */
static const struct
{
  const char *list, *row, *key;
} lists[] = {
  { "UnitList", "UnitList/Unit", "Code" },
  { "UserList", "UserList/User", "Code" },
  { "CertificateList", "CertificateList/Certificate", "Code" },
  { "HolderList", "HolderList/Holder", "Code" },
  { "ItemList", "ItemList/Item", "Code" },
  { "BillTypeList", "BillTypeList/BillType", "Code" },
  { "SettingList", "SettingList/Setting", "Name" },
  { "HolidayList", "HolidayList/Holiday", "Day" },
};

static const KaiRecord *
find_row (const KaiRecord *data, guint list, const char *key)
{
  for (guint i = 0; i < kai_record_get_n (data, lists[list].row); i++)
    {
      const KaiRecord *row = kai_record_nth (data, lists[list].row, i);

      if (g_str_equal (kai_record_get (row, lists[list].key), key))
        return row;
    }
  return NULL;
}

static gboolean
is_same_row (const KaiMessageSpec *spec, guint list, const KaiRecord *one, const KaiRecord *other)
{
  for (guint i = 0; i < spec->fields->len; i++)
    {
      const KaiFieldSpec *field = spec->fields->pdata[i];

      if (g_str_equal (field->path, lists[list].row)
          && !g_str_equal (kai_record_get (one, field->tag), kai_record_get (other, field->tag)))
        return FALSE;
    }
  return TRUE;
}

static void
copy_row (const KaiMessageSpec *spec, guint list, const KaiRecord *row, KaiRecord *answer)
{
  KaiRecord *copy = kai_record_add (answer, lists[list].row);

  for (guint i = 0; i < spec->fields->len; i++)
    {
      const KaiFieldSpec *field = spec->fields->pdata[i];

      if (g_str_equal (field->path, lists[list].row))
        kai_record_set (copy, field->tag, kai_record_get (row, field->tag));
    }
}

static void
add_changes (const KaiMessageSpec *spec, guint list, const KaiRecord *old, const KaiRecord *now,
             KaiRecord *answer)
{
  for (guint i = 0; i < kai_record_get_n (now, lists[list].row); i++)
    {
      const KaiRecord *row = kai_record_nth (now, lists[list].row, i);
      const KaiRecord *before = find_row (old, list, kai_record_get (row, lists[list].key));

      if (!before || !is_same_row (spec, list, before, row))
        copy_row (spec, list, row, answer);
    }
  for (guint i = 0; i < kai_record_get_n (old, lists[list].row); i++)
    {
      const char *key = kai_record_get (kai_record_nth (old, lists[list].row, i), lists[list].key);
      KaiRecord *gone;

      if (find_row (now, list, key))
        continue;
      gone = kai_record_add (answer, "GoneList/Gone");
      kai_record_set (gone, "List", lists[list].list);
      kai_record_set (gone, "Key", key);
    }
}

/* What was given out as @version; NULL without error when it is not known (any more). */
static KaiRecord *
load_version (KaiCall *call, const char *version, GError **error)
{
  KaiSandbox *sandbox = call->sandbox;
  g_autofree char *xml = kai_database_dup_text (
      sandbox->db, error, "SELECT content FROM base_version WHERE version = ?", "t", version);

  return xml ? kai_voucher_decode (xml, strlen (xml),
                                   kai_catalogue_get (sandbox->catalogue, "5901"), error)
             : NULL;
}

/* Kept for the next question; the last @VERSIONS_KEPT are. */
static gboolean
keep_version (KaiCall *call, const char *version, const char *xml, GError **error)
{
  return kai_database_run (call->sandbox->db, error,
                           "INSERT OR IGNORE INTO base_version (version, content) VALUES (?, ?)",
                           "tt", version, xml)
         && kai_database_run (call->sandbox->db, error,
                              "DELETE FROM base_version WHERE id <= (SELECT max(id) FROM "
                              "base_version) - ?",
                              "i", VERSIONS_KEPT);
}

static KaiRecord *
build_changes (KaiCall *call, const char *since, const KaiRecord *old, const KaiRecord *now,
               const char *version)
{
  const KaiMessageSpec *spec = kai_catalogue_get (call->sandbox->catalogue, "5901");
  KaiRecord *answer = kai_call_accept (call);
  guint rows = 0;

  kai_record_set (answer, "Version", version);
  kai_record_set (answer, "BaseVersion", since);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      rows += kai_record_get_n (now, lists[i].row);
      add_changes (spec, i, old, now, answer);
    }
  kai_record_set_int (answer, "RowCount", rows);
  return answer;
}

KaiRecord *
kai_sandbox_give_base_data (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  const char *since = kai_record_get (voucher, "SinceVersion");
  g_autoptr (KaiRecord) full = NULL;
  g_autoptr (KaiRecord) old = NULL;
  g_autoptr (GError) local = NULL;
  g_autofree char *version = NULL;
  g_autofree char *xml = NULL;
  KaiRecord *answer;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &answer))
    return answer;
  if (!g_str_equal (kai_record_get (voucher, "OperatorCode"), call->user))
    return kai_call_refuse (call, "wrong-holder", NULL);
  full = build_base_data (call, &version, &xml, error);
  if (!full || !keep_version (call, version, xml, error))
    return NULL;
  if (g_str_equal (since, version))
    {
      answer = kai_call_accept (call);
      kai_record_set (answer, "Version", version);
      return answer;
    }
  old = *since ? load_version (call, since, &local) : NULL;
  if (!old)
    return g_steal_pointer (&full); /* also when what is kept cannot be read */
  return build_changes (call, since, old, full, version);
}

KaiRecord *
kai_sandbox_test_link (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  g_autofree char *version = NULL;
  g_autofree char *xml = NULL;
  g_autoptr (KaiRecord) full = build_base_data (call, &version, &xml, error);
  KaiRecord *answer;

  if (!full)
    return NULL;
  answer = kai_call_accept (call);
  kai_record_set (answer, "ServerVersion", KAI_VERSION);
  kai_record_set (answer, "BaseVersion", version);
  return answer;
}
