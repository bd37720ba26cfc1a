/* What a desk asks whose store was restored from a backup: the numbers that it and those who went on with its store leased since (8652), and the e-bills of some days (8633). */
#include "kai-sandbox-call.h"

KaiRecord *
kai_sandbox_list_leases (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  KaiDatabase *db = call->sandbox->db;
  g_autoptr (KaiRecord) answer = NULL;
  KaiRecord *refusal;
  sqlite3_stmt *stmt;
  gboolean row;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &refusal))
    return refusal;
  stmt = kai_database_prepare (db,
                               "WITH RECURSIVE heir (desk) AS (VALUES (?2) UNION"
                               " SELECT l.desk FROM code_lease l JOIN heir ON l.former = heir.desk"
                               " WHERE l.unit_code = ?1)"
                               " SELECT region, year, assigner, first_no, last_no FROM code_lease"
                               " WHERE unit_code = ?1 AND desk IN (SELECT desk FROM heir)"
                               " ORDER BY id",
                               error);
  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "tt", call->unit, kai_record_get (voucher, "DeskId"));
  answer = kai_call_accept (call);
  while (kai_database_step (db, stmt, &row, error))
    {
      g_autofree char *region = NULL, *assigner = NULL;
      KaiRecord *lease;

      if (!row)
        return g_steal_pointer (&answer);
      lease = kai_record_add (answer, "LeaseList/Lease");
      region = kai_column_dup (stmt, 0);
      assigner = kai_column_dup (stmt, 2);
      kai_record_set (lease, "Region", region);
      kai_record_set_int (lease, "StYear", sqlite3_column_int (stmt, 1));
      kai_record_set (lease, "Assigner", assigner);
      kai_record_set_int (lease, "FirstNo", sqlite3_column_int64 (stmt, 3));
      kai_record_set_int (lease, "LastNo", sqlite3_column_int64 (stmt, 4));
    }
  return NULL;
}

KaiRecord *
kai_sandbox_list_ebills (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  KaiDatabase *db = call->sandbox->db;
  g_autoptr (KaiRecord) answer = NULL;
  KaiRecord *refusal;
  sqlite3_stmt *stmt;
  gboolean row;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &refusal))
    return refusal;
  stmt = kai_database_prepare (
      db,
      "SELECT code, number, coalesce (payment_code, ''), check_code FROM ebill"
      " WHERE unit_code = ? AND state = 'issued' AND issued_on BETWEEN ? AND ? ORDER BY number",
      error);
  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "tll", call->unit,
                      g_ascii_strtoll (kai_record_get (voucher, "BeginDate"), NULL, 10),
                      g_ascii_strtoll (kai_record_get (voucher, "EndDate"), NULL, 10));
  answer = kai_call_accept (call);
  while (kai_database_step (db, stmt, &row, error))
    {
      g_autofree char *code = NULL, *number = NULL, *payment_code = NULL, *check_code = NULL,
                      *url = NULL;
      KaiRecord *bill;

      if (!row)
        return g_steal_pointer (&answer);
      bill = kai_record_add (answer, "BillList/Bill");
      code = kai_column_dup (stmt, 0);
      number = kai_column_dup (stmt, 1);
      payment_code = kai_column_dup (stmt, 2);
      check_code = kai_column_dup (stmt, 3);
      url = g_strdup_printf ("%s/ebill/%s?c=%s", call->sandbox->address, number, check_code);
      kai_record_set (bill, "EInvoiceCode", code);
      kai_record_set (bill, "BillNo", number);
      kai_record_set (bill, "PayCode", payment_code);
      kai_record_set (bill, "State", "1");
      kai_record_set (bill, "Invoice_Url", url);
    }
  return NULL;
}
