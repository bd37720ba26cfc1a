/* Notices: leasing payment codes (8651), entering (8994), showing (8997) and voiding (8641) them.
 * */
#include "kai-sandbox-call.h"

#include "model/kai-base-data.h"
#include "values/kai-money.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LEASE 100000
#define MAX_ITEMS 100

/* ---- leases ---- */

static gint64
largest_sequence (const KaiPaymentCodeRule *rule)
{
  gint64 limit = 1;

  for (int i = 0; i < rule->sequence_digits; i++)
    limit *= 10;
  return limit - 1;
}

KaiRecord *
kai_sandbox_lease_codes (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  KaiSandbox *sandbox = call->sandbox;
  const char *year_text = kai_record_get (voucher, "StYear");
  int year = atoi (year_text), this_year = call->today / 10000;
  g_autoptr (KaiUnit) unit = NULL;
  gint64 count = 0, first;
  const char *assigner;
  KaiRecord *answer;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &answer))
    return answer;
  if (!kai_record_get_int (voucher, "Count", &count, NULL) || count < 1 || count > MAX_LEASE)
    return kai_call_refuse (call, "field", "Count: 1-%d", MAX_LEASE);
  if (year < this_year - 1 || year > this_year + 1)
    return kai_call_refuse (call, "field", "StYear");
  unit = kai_sandbox_find_unit (sandbox, call->unit, error);
  if (!unit)
    return error && *error ? NULL : kai_call_refuse (call, "unknown-unit", NULL);
  /* Where codes do not name the assigning unit, all units of a region share one series. */
  assigner = sandbox->profile->payment_code.assigner_digits > 0 ? unit->assigner : "";
  /* One series for region, year and assigning unit: two desks, or two units under one number, never
   * overlap. */
  first =
      kai_database_get_int (sandbox->db, -1, error,
                            "SELECT coalesce(max(last_no), 0) + 1 FROM code_lease WHERE region = ? "
                            "AND year = ? AND assigner = ?",
                            "tit", unit->region, year, assigner);
  if (first < 0)
    return NULL;
  if (first + count - 1 > largest_sequence (&sandbox->profile->payment_code))
    return kai_call_refuse (call, "over-limit", "缴款码序号已用完");
  if (!kai_database_run (
          sandbox->db, error,
          "INSERT INTO code_lease (unit_code, desk, former, region, year, assigner, first_no, "
          "last_no) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          "ttttitll", call->unit, kai_record_get (voucher, "DeskId"),
          kai_record_get (voucher, "FormerDeskId"), unit->region, year, assigner, first,
          first + count - 1))
    return NULL;
  answer = kai_call_accept (call);
  kai_record_set (answer, "Region", unit->region);
  kai_record_set (answer, "StYear", year_text);
  kai_record_set (answer, "Assigner", assigner);
  kai_record_set_int (answer, "FirstNo", first);
  kai_record_set_int (answer, "LastNo", first + count - 1);
  return answer;
}

/* ---- entering ---- */

typedef struct
{
  KaiCall *call;
  const KaiRecord *voucher;
  KaiUnit *unit;
  KaiMoney amount, late_fee;
  KaiDay bill_date;
  GPtrArray *items; /* KaiNoticeItem-like lines as string vectors: the PayInfo fields */
} Entry;

enum
{
  INFO_CODE,
  INFO_NAME,
  INFO_AMOUNT,
  INFO_UNIT,
  INFO_QUANTITY,
  INFO_KIND,
  INFO_STANDARD,
  N_INFO
};

static char *
part (const char **cursor, int digits)
{
  char *text = g_strndup (*cursor, digits);

  *cursor += digits;
  return text;
}

/* The code by the rule, in a range that this unit leased. NULL when it is, else the refusal. */
static KaiRecord *
check_code (Entry *entry, GError **error)
{
  KaiCall *call = entry->call;
  const KaiPaymentCodeRule *rule = &call->sandbox->profile->payment_code;
  const char *code = kai_record_get (entry->voucher, "PayCode"), *cursor = code;
  g_autofree char *region = NULL, *year = NULL, *fixed = NULL, *assigner = NULL, *sequence = NULL;
  gint64 leased;

  if (kai_payment_code_check (rule, code) != KAI_CODE_OK)
    return kai_call_refuse (call, "bad-code", NULL);
  region = part (&cursor, rule->region_digits);
  year = part (&cursor, rule->year_digits);
  fixed = part (&cursor, rule->fixed ? (int)strlen (rule->fixed) : 0);
  assigner = part (&cursor, rule->assigner_digits);
  sequence = part (&cursor, rule->sequence_digits);
  leased = kai_database_get_int (call->sandbox->db, -1, error,
                                 "SELECT EXISTS (SELECT 1 FROM code_lease WHERE unit_code = ? AND "
                                 "region = ? AND year % ? = ? "
                                 "AND assigner = ? AND first_no <= ? AND last_no >= ?)",
                                 "ttiitll", call->unit, region, rule->year_digits > 2 ? 10000 : 100,
                                 atoi (year), assigner, g_ascii_strtoll (sequence, NULL, 10),
                                 g_ascii_strtoll (sequence, NULL, 10));
  if (leased < 0)
    return NULL;
  return leased ? NULL : kai_call_refuse (call, "code-not-leased", NULL);
}

/* Also a voided or lapsed one keeps its code for ever. */
static KaiRecord *
check_new (Entry *entry, GError **error)
{
  gint64 known =
      kai_database_get_int (entry->call->sandbox->db, -1, error,
                            "SELECT EXISTS (SELECT 1 FROM notice WHERE payment_code = ?)", "t",
                            kai_record_get (entry->voucher, "PayCode"));

  return known > 0 ? kai_call_refuse (entry->call, "code-exists", NULL) : NULL;
}

static KaiRecord *
check_amounts (Entry *entry)
{
  KaiCall *call = entry->call;
  gint64 amount, notice_amount, late_fee, sum;

  if (!kai_record_get_money (entry->voucher, "Amt", &amount, NULL)
      || !kai_record_get_money (entry->voucher, "OriAmt", &notice_amount, NULL)
      || !kai_record_get_money (entry->voucher, "DelayAmt", &late_fee, NULL))
    return kai_call_refuse (call, "field", "Amt, OriAmt, DelayAmt");
  if (amount <= 0 || notice_amount <= 0 || late_fee < 0)
    return kai_call_refuse (call, "field", "金额必须大于零");
  if (!kai_money_add (notice_amount, late_fee, &sum) || sum != amount)
    return kai_call_refuse (call, "sum-mismatch", "Amt = OriAmt + DelayAmt");
  entry->amount = amount;
  entry->late_fee = late_fee;
  return NULL;
}

static KaiRecord *
check_head (Entry *entry)
{
  KaiCall *call = entry->call;
  const KaiRecord *voucher = entry->voucher;
  int day = atoi (kai_record_get (voucher, "BillDate"));

  if (!g_str_equal (kai_record_get (voucher, "AdmDivCode"), entry->unit->region))
    return kai_call_refuse (call, "wrong-unit", "AdmDivCode");
  if (!g_str_equal (kai_record_get (voucher, "ChgAgenName"), entry->unit->name))
    return kai_call_refuse (call, "wrong-unit", "ChgAgenName");
  if (!g_str_equal (kai_record_get (voucher, "RecAcct"), entry->unit->account)
      || !g_str_equal (kai_record_get (voucher, "RecAcctType"), entry->unit->account_type))
    return kai_call_refuse (call, "field", "收款账户不是本单位的账户");
  if (!g_str_equal (kai_record_get (voucher, "PayStats"), "0"))
    return kai_call_refuse (call, "field", "PayStats: 0");
  /* A day of grace for a desk whose clock runs ahead over midnight. */
  if (!kai_day_is_valid (day) || day > kai_day_add (call->today, 1))
    return kai_call_refuse (call, "field", "BillDate");
  entry->bill_date = day;
  return NULL;
}

static gboolean
within_standard (int standard, KaiMoney min, KaiMoney max, gint64 quantity, KaiMoney amount)
{
  KaiMoney low, high;

  if (amount <= 0)
    return FALSE;
  if (standard == 2)
    return TRUE;
  if (!kai_money_multiply (min, quantity, &low))
    return FALSE;
  if (standard == 1)
    return amount == low;
  return amount >= low
         && (max == 0 || (kai_money_multiply (max, quantity, &high) && amount <= high));
}

static KaiRecord *
check_item (Entry *entry, char **info, KaiMoney *sum, GError **error)
{
  KaiCall *call = entry->call;
  sqlite3_stmt *stmt;
  KaiMoney amount, min, max;
  gint64 quantity;
  int standard;
  gboolean row;

  if (!kai_money_parse_wire (info[INFO_AMOUNT], &amount, NULL)
      || !g_ascii_string_to_signed (info[INFO_QUANTITY], 10, 1, 99999999, &quantity, NULL))
    return kai_call_refuse (call, "field", "PayInfo");
  stmt = kai_database_prepare (
      call->sandbox->db,
      "SELECT standard, min, max FROM item JOIN unit_item ON item_code = code "
      "WHERE code = ? AND unit_code = ?",
      error);
  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "tt", info[INFO_CODE], call->unit);
  if (!kai_database_step (call->sandbox->db, stmt, &row, error))
    return NULL;
  if (!row)
    return kai_call_refuse (call, "unknown-item", "%s",
                            kai_item_code_is_valid (info[INFO_CODE]) ? info[INFO_CODE] : "PayInfo");
  standard = sqlite3_column_int (stmt, 0);
  min = sqlite3_column_int64 (stmt, 1);
  max = sqlite3_column_int64 (stmt, 2);
  sqlite3_reset (stmt);
  if (!within_standard (standard, min, max, quantity, amount))
    return kai_call_refuse (call, "outside-standard", "%s", info[INFO_CODE]);
  if (!kai_money_add (*sum, amount, sum))
    return kai_call_refuse (call, "sum-mismatch", "PayInfo");
  return NULL;
}

static KaiRecord *
check_items (Entry *entry, GError **error)
{
  KaiCall *call = entry->call;
  const char *separator = call->sandbox->profile->pay_info_separator;
  const char *info = kai_record_get (entry->voucher, "PayInfo");
  g_auto (GStrv) lines = g_strsplit (info, "#", MAX_ITEMS + 2);
  guint n = g_strv_length (lines);
  KaiMoney sum = entry->late_fee;

  /* Every item ends with #, so the last piece is empty. */
  if (n < 2 || n > MAX_ITEMS + 1 || *lines[n - 1])
    return kai_call_refuse (call, "field", "PayInfo");
  for (guint i = 0; i + 1 < n; i++)
    {
      char **fields = g_strsplit (lines[i], separator, N_INFO + 1);
      KaiRecord *refusal;

      g_ptr_array_add (entry->items, fields);
      if (g_strv_length (fields) != N_INFO)
        return kai_call_refuse (call, "field", "PayInfo");
      refusal = check_item (entry, fields, &sum, error);
      if (refusal || (error && *error))
        return refusal;
    }
  return sum == entry->amount ? NULL : kai_call_refuse (call, "sum-mismatch", "PayInfo");
}

static KaiDay
valid_until (KaiCall *call, KaiDay from, GError **error)
{
  g_autoptr (KaiCalendar) calendar = kai_calendar_new ();
  g_autofree char *days = kai_database_dup_setting (call->sandbox->db, "notice_days");
  sqlite3_stmt *stmt =
      kai_database_prepare (call->sandbox->db, "SELECT day, working FROM holiday", error);
  gboolean row;

  while (stmt && kai_database_step (call->sandbox->db, stmt, &row, error))
    {
      if (!row)
        return kai_calendar_valid_until (calendar, from,
                                         days ? atoi (days) : call->sandbox->profile->notice_days);
      kai_calendar_set (calendar, sqlite3_column_int (stmt, 0), sqlite3_column_int (stmt, 1) != 0);
    }
  return 0;
}

static gboolean
insert_items (Entry *entry, GError **error)
{
  for (guint i = 0; i < entry->items->len; i++)
    {
      char **info = entry->items->pdata[i];
      KaiMoney amount = 0;

      kai_money_parse_wire (info[INFO_AMOUNT], &amount, NULL);
      if (!kai_database_run (entry->call->sandbox->db, error,
                             "INSERT INTO notice_item (payment_code, position, code, name, "
                             "unit_of_measure, quantity, amount) VALUES (?, ?, ?, ?, ?, ?, ?)",
                             "tittt"
                             "ll",
                             kai_record_get (entry->voucher, "PayCode"), (int)i, info[INFO_CODE],
                             info[INFO_NAME], info[INFO_UNIT],
                             g_ascii_strtoll (info[INFO_QUANTITY], NULL, 10), amount))
        return FALSE;
    }
  return TRUE;
}

/* The voucher as it came, without fields that the catalogue does not know. */
static char *
encode_voucher (Entry *entry, GError **error)
{
  const KaiMessageSpec *spec = kai_catalogue_get (entry->call->sandbox->catalogue, "8994");
  g_autoptr (KaiRecord) known = kai_record_new ();

  for (guint i = 0; i < spec->fields->len; i++)
    {
      const KaiFieldSpec *field = spec->fields->pdata[i];

      kai_record_set (known, field->tag, kai_record_get (entry->voucher, field->tag));
    }
  return kai_voucher_encode (known, spec, error);
}

static KaiRecord *
insert_notice (Entry *entry, GError **error)
{
  KaiCall *call = entry->call;
  g_autofree char *xml = encode_voucher (entry, error);
  g_autofree char *check_code = kai_sandbox_random ("0123456789", 4);
  KaiDay last = xml ? valid_until (call, entry->bill_date, error) : 0;
  KaiRecord *answer;

  if (!last
      || !kai_database_run (
          call->sandbox->db, error,
          "INSERT INTO notice (payment_code, unit_code, payer_name, payer_id, amount, "
          "late_fee, bill_date, valid_until, check_code, state, voucher, created_at, mobile) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'unpaid', ?, ?, ?)",
          "ttttlliittlt", kai_record_get (entry->voucher, "PayCode"), call->unit,
          kai_record_get (entry->voucher, "PayerName"),
          kai_record_get (entry->voucher, "PayerCreditCode"), entry->amount, entry->late_fee,
          entry->bill_date, last, check_code, xml, call->now,
          kai_record_get (entry->voucher, "MobilePhone"))
      || !insert_items (entry, error))
    return NULL;
  answer = kai_call_accept (call);
  kai_record_set (answer, "Information", check_code);
  return answer;
}

KaiRecord *
kai_sandbox_enter_notice (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  g_autoptr (KaiUnit) unit = NULL;
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  g_autoptr (GError) local = NULL;
  Entry entry = { .call = call, .voucher = voucher, .items = items };
  KaiRecord *answer;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &answer))
    return answer;
  unit = kai_sandbox_find_unit (call->sandbox, call->unit, &local);
  if (unit)
    {
      entry.unit = unit;
      (void)((answer = check_head (&entry)) || (answer = check_amounts (&entry))
             || (answer = check_code (&entry, &local)) || local
             || (answer = check_new (&entry, &local)) || local
             || (answer = check_items (&entry, &local)) || local
             || (answer = insert_notice (&entry, &local)));
    }
  else if (!local)
    answer = kai_call_refuse (call, "unknown-unit", NULL);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return answer;
}

/* ---- showing and voiding ---- */

typedef struct
{
  char *unit_code, *state, *voucher;
} Found;

static void
found_clear (Found *found)
{
  g_free (found->unit_code);
  g_free (found->state);
  g_free (found->voucher);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Found, found_clear)

/* A notice of the signer's own unit; FALSE with *refusal, or with *refusal NULL on a failure. */
static gboolean
find_own (KaiCall *call, const char *code, Found *found, KaiRecord **refusal, GError **error)
{
  sqlite3_stmt *stmt;
  gboolean row;

  *refusal = NULL;
  if (!kai_sandbox_lapse (call->sandbox, error))
    return FALSE;
  stmt = kai_database_prepare (
      call->sandbox->db, "SELECT unit_code, state, voucher FROM notice WHERE payment_code = ?",
      error);
  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "t", code);
  if (!kai_database_step (call->sandbox->db, stmt, &row, error))
    return FALSE;
  if (!row)
    {
      *refusal = kai_call_refuse (call, "unknown-notice", NULL);
      return FALSE;
    }
  found->unit_code = kai_column_dup (stmt, 0);
  found->state = kai_column_dup (stmt, 1);
  found->voucher = kai_column_dup (stmt, 2);
  sqlite3_reset (stmt);
  return kai_call_check_unit (call, found->unit_code, refusal);
}

/* Their fields are 8994's, but for the state and the bank's number. */
gboolean
kai_sandbox_describe_notice (KaiCall *call, const char *voucher_xml, const char *state,
                             KaiRecord *answer, GError **error)
{
  static const char *const same[] = { "PayCode",   "BillDate",  "ChgAgenCode", "ChgAgenName",
                                      "PayerName", "PayerAcct", "PayerOpBk",   "Amt",
                                      "OriAmt",    "DelayAmt",  "RecAcctType", "RecName",
                                      "RecAcct",   "RecOpBk",   "IsInterBank", "PayInfo",
                                      "Memo" };
  g_autoptr (KaiRecord) notice =
      kai_voucher_decode (voucher_xml, strlen (voucher_xml),
                          kai_catalogue_get (call->sandbox->catalogue, "8994"), error);

  if (!notice)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (same); i++)
    kai_record_set (answer, same[i], kai_record_get (notice, same[i]));
  if (!g_str_equal (call->answer, "5698")) /* once for all its bills */
    kai_record_set (answer, "AdmDivCode", kai_record_get (notice, "AdmDivCode"));
  kai_record_set (answer, "Hold1", kai_record_get (notice, "RecBankNo"));
  kai_record_set (answer, "Hold2", kai_record_get (notice, "RecAcctReal"));
  /* The published states know no lapse: a lapsed notice is unpaid. */
  kai_record_set (answer, "PayStats",
                  g_str_equal (state, "paid")   ? "1"
                  : g_str_equal (state, "void") ? "2"
                                                : "0");
  return TRUE;
}

KaiRecord *
kai_sandbox_show_notice (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  g_auto (Found) found = { NULL };
  g_autoptr (KaiRecord) notice = kai_record_new ();
  KaiRecord *answer;

  if (!find_own (call, kai_record_get (voucher, "PayCode"), &found, &answer, error))
    return answer;
  if (!kai_sandbox_describe_notice (call, found.voucher, found.state, notice, error))
    return NULL;
  return g_steal_pointer (&notice);
}

KaiRecord *
kai_sandbox_void_notice (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  const char *code = kai_record_get (voucher, "PayCode");
  g_auto (Found) found = { NULL };
  KaiRecord *answer;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &answer)
      || !find_own (call, code, &found, &answer, error))
    return answer;
  if (g_str_equal (found.state, "paid"))
    return kai_call_refuse (call, "already-paid", NULL);
  if (g_str_equal (found.state, "void"))
    return kai_call_refuse (call, "already-void", NULL);
  if (!kai_database_run (call->sandbox->db, error,
                         "UPDATE notice SET state = 'void', void_reason = ? WHERE payment_code = ?",
                         "tt", kai_record_get (voucher, "Reason"), code))
    return NULL;
  return kai_call_accept (call);
}
