/* E-bills: giving out a number (8999), checking and counter-signing (8981), handing out the file
 * (8982), saying what has become of a number (8632). */
#include "kai-sandbox-call.h"

#include "security/kai-ebill-file.h"
#include "security/kai-signature-value.h"
#include "values/kai-codes.h"

#include <string.h>

#define MAX_CONTENT (8 * 1024 * 1024)
#define CHECK_CODE_ALPHABET "0123456789abcdefghijkmnpqrstuvwxyz"

static char *
dup_hash (GBytes *bytes)
{
  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
}

/* Sets *type when the voucher names an electronic bill type by code and version. */
static KaiRecord *
check_type (KaiCall *call, const KaiRecord *voucher, KaiBillType **type, GError **error)
{
  g_autoptr (KaiBillType) found =
      kai_sandbox_find_bill_type (call->sandbox, kai_record_get (voucher, "BillTypeCode"), error);

  if (!found && *error)
    return NULL;
  if (!found || !found->electronic
      || !g_str_equal (found->version, kai_record_get (voucher, "BillVerCode")))
    return kai_call_refuse (call, "unknown-bill-type", NULL);
  *type = g_steal_pointer (&found);
  return NULL;
}

/* ---- the notice behind a bill ---- */

typedef struct
{
  char *code, *unit_code, *state, *payer_name, *payer_id;
  gint64 amount, late_fee;
} Notice;

static void
notice_clear (Notice *notice)
{
  g_free (notice->code);
  g_free (notice->unit_code);
  g_free (notice->state);
  g_free (notice->payer_name);
  g_free (notice->payer_id);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Notice, notice_clear)

/* A paid notice of the signer's unit; otherwise the refusal. */
static KaiRecord *
load_paid_notice (KaiCall *call, const char *code, Notice *notice, GError **error)
{
  sqlite3_stmt *stmt =
      kai_database_prepare (call->sandbox->db,
                            "SELECT payment_code, unit_code, state, payer_name, payer_id, "
                            "amount, late_fee FROM notice WHERE payment_code = ?",
                            error);
  KaiRecord *refusal;
  gboolean row;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "t", code);
  if (!kai_database_step (call->sandbox->db, stmt, &row, error))
    return NULL;
  if (!row)
    return kai_call_refuse (call, "unknown-notice", NULL);
  notice->code = kai_column_dup (stmt, 0);
  notice->unit_code = kai_column_dup (stmt, 1);
  notice->state = kai_column_dup (stmt, 2);
  notice->payer_name = kai_column_dup (stmt, 3);
  notice->payer_id = kai_column_dup (stmt, 4);
  notice->amount = sqlite3_column_int64 (stmt, 5);
  notice->late_fee = sqlite3_column_int64 (stmt, 6);
  sqlite3_reset (stmt);
  if (!kai_call_check_unit (call, notice->unit_code, &refusal))
    return refusal;
  if (g_str_equal (notice->state, "void"))
    return kai_call_refuse (call, "void-notice", NULL);
  return g_str_equal (notice->state, "paid") ? NULL : kai_call_refuse (call, "not-paid", NULL);
}

/* ---- 8999 ---- */

static KaiRecord *
give_number (KaiCall *call, const char *number, const char *check_code, const char *code)
{
  KaiRecord *answer = kai_call_accept (call);

  kai_record_set (answer, "Information", number);
  kai_record_set (answer, "Hold1", check_code);
  kai_record_set (answer, "Hold2", code);
  return answer;
}

/* The number a notice has already: asked for again under another MsgID it is the same. */
static KaiRecord *
give_known_number (KaiCall *call, const char *payment_code, const KaiBillType *type, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      call->sandbox->db,
      "SELECT number, check_code, code, state, bill_type FROM ebill WHERE payment_code = ?", error);
  g_autofree char *number = NULL, *check_code = NULL, *code = NULL, *state = NULL,
                  *bill_type = NULL;
  gboolean row;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "t", payment_code);
  if (!kai_database_step (call->sandbox->db, stmt, &row, error) || !row)
    return NULL;
  number = kai_column_dup (stmt, 0);
  check_code = kai_column_dup (stmt, 1);
  code = kai_column_dup (stmt, 2);
  state = kai_column_dup (stmt, 3);
  bill_type = kai_column_dup (stmt, 4);
  sqlite3_reset (stmt);
  if (!g_str_equal (state, "reserved") || !g_str_equal (bill_type, type->code))
    return kai_call_refuse (call, "already-swapped", NULL);
  return give_number (call, number, check_code, code);
}

static KaiRecord *
draw_number (KaiCall *call, const KaiBillType *type, const char *payment_code, GError **error)
{
  KaiDatabase *db = call->sandbox->db;
  gint64 next = kai_database_get_int (
      db, 0, error, "SELECT next_no FROM ebill_pool WHERE bill_type = ? AND next_no <= last_no",
      "t", type->code);
  g_autofree char *number = NULL;
  g_autofree char *check_code = kai_sandbox_random (CHECK_CODE_ALPHABET, 6);

  if (next == 0)
    return *error ? NULL : kai_call_refuse (call, "no-ebill-numbers", NULL);
  number = g_strdup_printf ("%010" G_GINT64_FORMAT, next);
  if (!kai_database_run (db, error,
                         "UPDATE ebill_pool SET next_no = next_no + 1 WHERE bill_type = ?", "t",
                         type->code)
      || !kai_database_run (db, error,
                            "INSERT INTO ebill (number, code, bill_type, unit_code, payment_code, "
                            "check_code, state) VALUES (?, ?, ?, ?, ?, ?, 'reserved')",
                            "ttttst", number, type->ebill_code, type->code, call->unit,
                            payment_code, check_code))
    return NULL;
  return give_number (call, number, check_code, type->ebill_code);
}

KaiRecord *
kai_sandbox_reserve_ebill (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  const char *payment_code = kai_record_get (voucher, "Hold1");
  g_autoptr (KaiBillType) type = NULL;
  g_auto (Notice) notice = { NULL };
  KaiRecord *answer;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &answer))
    return answer;
  answer = check_type (call, voucher, &type, error);
  if (answer || *error)
    return answer;
  if (!*payment_code)
    return draw_number (call, type, NULL, error);
  answer = load_paid_notice (call, payment_code, &notice, error);
  if (answer || *error)
    return answer;
  answer = give_known_number (call, payment_code, type, error);
  if (answer || *error)
    return answer;
  return draw_number (call, type, payment_code, error);
}

/* ---- 8981 ---- */

typedef struct
{
  KaiCall *call;
  const KaiRecord *voucher;
  KaiBillType *type;
  Notice notice;
  char *check_code, *state, *content_hash, *payment_code; /* of the number */
  GBytes *content;
  X509 *certificate;
} Swap;

static void
swap_clear (Swap *swap)
{
  g_clear_pointer (&swap->type, kai_bill_type_free);
  notice_clear (&swap->notice);
  g_free (swap->check_code);
  g_free (swap->state);
  g_free (swap->content_hash);
  g_free (swap->payment_code);
  g_clear_pointer (&swap->content, g_bytes_unref);
  X509_free (swap->certificate);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Swap, swap_clear)

/* The number must be reserved for this unit, and for this notice where it was asked for with one.
 * */
static KaiRecord *
load_number (Swap *swap, GError **error)
{
  KaiCall *call = swap->call;
  sqlite3_stmt *stmt =
      kai_database_prepare (call->sandbox->db,
                            "SELECT unit_code, coalesce(payment_code, ''), check_code, state, "
                            "content_hash FROM ebill WHERE code "
                            "= ? AND number = ?",
                            error);
  g_autofree char *unit_code = NULL;
  gboolean row;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "tt", swap->type->ebill_code, kai_record_get (swap->voucher, "BillNo"));
  if (!kai_database_step (call->sandbox->db, stmt, &row, error))
    return NULL;
  if (!row)
    return kai_call_refuse (call, "unknown-number", NULL);
  unit_code = kai_column_dup (stmt, 0);
  swap->payment_code = kai_column_dup (stmt, 1);
  swap->check_code = kai_column_dup (stmt, 2);
  swap->state = kai_column_dup (stmt, 3);
  swap->content_hash = kai_column_dup (stmt, 4);
  sqlite3_reset (stmt);
  if (!g_str_equal (unit_code, call->unit)
      || (*swap->payment_code && !g_str_equal (swap->payment_code, swap->notice.code)))
    return kai_call_refuse (call, "number-not-yours", NULL);
  return NULL;
}

static KaiRecord *
load_content (Swap *swap)
{
  swap->content = kai_base64_decode (kai_record_get (swap->voucher, "Content"), MAX_CONTENT);
  return swap->content ? NULL : kai_call_refuse (swap->call, "field", "Content");
}

/* The certificate that Key_Info names, one of ours; without Key_Info the message's signer. */
static KaiRecord *
load_certificate (Swap *swap, GError **error)
{
  KaiCall *call = swap->call;
  const char *serial = kai_record_get (swap->voucher, "Sign_Info/Key_Info/Number");
  const char *issuer = kai_record_get (swap->voucher, "Sign_Info/Key_Info/Issuer");
  KaiTrust *trust = kai_authority_get_trust (call->sandbox->authority);
  g_autofree char *content = NULL;
  g_autofree char *unit = NULL;

  if (!*serial && !call->certificate)
    return kai_call_refuse (call, "unit-signature", "Key_Info");
  if (!*serial)
    {
      X509_up_ref (call->certificate);
      swap->certificate = call->certificate;
      return NULL;
    }
  content = kai_database_dup_text (
      call->sandbox->db, error, "SELECT content FROM certificate WHERE issuer = ? AND serial = ?",
      "tt", issuer, serial);
  if (*error)
    return NULL;
  /* Remembers chains it has checked: a batch names one certificate hundreds of times. */
  swap->certificate = content ? kai_trust_read (trust, content, NULL) : NULL;
  unit = swap->certificate ? kai_certificate_dup_unit (swap->certificate) : NULL;
  if (!unit || !g_str_equal (unit, call->unit))
    return kai_call_refuse (call, "unit-signature", "证书不是本单位的");
  if (!kai_trust_check (trust, swap->certificate, call->now, NULL))
    return kai_call_refuse (call, "unit-signature", "证书无效");
  return NULL;
}

static KaiEbillSignature *
read_signature (Swap *swap)
{
  KaiEbillSignature *signature = g_new0 (KaiEbillSignature, 1);
  const KaiRecord *voucher = swap->voucher;

  signature->value = g_strdup (kai_record_get (voucher, "Sign_Info/Value"));
  signature->algorithm = g_strdup (kai_record_get (voucher, "Sign_Info/Algorithm"));
  signature->time = g_strdup (kai_record_get (voucher, "Sign_Info/Time"));
  signature->serial = kai_certificate_dup_serial (swap->certificate);
  signature->issuer = kai_certificate_dup_issuer (swap->certificate);
  signature->certificate = kai_certificate_to_base64 (swap->certificate);
  return signature;
}

/* Code by code and amount by amount; a late fee is a line of its own after them. */
static const char *
compare_items (Swap *swap, const KaiEbill *ebill, GError **error)
{
  KaiDatabase *db = swap->call->sandbox->db;
  sqlite3_stmt *stmt = kai_database_prepare (db,
                                             "SELECT code, quantity, amount FROM notice_item WHERE "
                                             "payment_code = ? ORDER BY position",
                                             error);
  const char *wrong = NULL;
  guint n = 0;
  gboolean row = FALSE;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "t", swap->notice.code);
  while (kai_database_step (db, stmt, &row, error) && row)
    {
      const KaiNoticeItem *item = n < ebill->items->len ? ebill->items->pdata[n] : NULL;

      n++;
      if (!item || g_strcmp0 (item->code, (const char *)sqlite3_column_text (stmt, 0)) != 0
          || item->quantity != sqlite3_column_int64 (stmt, 1)
          || item->amount != sqlite3_column_int64 (stmt, 2))
        wrong = "项目";
    }
  if (swap->notice.late_fee > 0)
    {
      const KaiNoticeItem *fee = n < ebill->items->len ? ebill->items->pdata[n] : NULL;

      n++;
      if (!fee || fee->amount != swap->notice.late_fee)
        wrong = "滞纳金";
    }
  return n == ebill->items->len ? wrong : "项目";
}

/* NULL when the bill's face is the notice's content; else which part is not. */
static const char *
compare_face (Swap *swap, const KaiEbill *ebill, const KaiUnit *unit, GError **error)
{
  g_autofree char *identity = kai_ebill_identity (ebill->code, ebill->number);

  if (!g_str_equal (ebill->code, swap->type->ebill_code)
      || !g_str_equal (ebill->number, kai_record_get (swap->voucher, "BillNo"))
      || g_strcmp0 (identity, ebill->identity) != 0)
    return "票据代码或号码";
  if (!g_str_equal (ebill->check_code, swap->check_code))
    return "校验码";
  if (!g_str_equal (ebill->payment_code, swap->notice.code))
    return "缴款码";
  if (!g_str_equal (ebill->payer_name, swap->notice.payer_name)
      || !g_str_equal (ebill->payer_code, swap->notice.payer_id))
    return "缴款人";
  if (ebill->total != swap->notice.amount)
    return "金额";
  if (!g_str_equal (ebill->issuer_name, unit->name) || !g_str_equal (ebill->region, unit->region))
    return "开票单位";
  if (*ebill->related_code || *ebill->related_number)
    return "相关票据";
  return compare_items (swap, ebill, error);
}

static KaiRecord *
check_content (Swap *swap, const KaiEbillSignature *signature, GError **error)
{
  KaiCall *call = swap->call;
  g_autoptr (KaiEbill) ebill = NULL;
  g_autoptr (KaiUnit) unit = NULL;
  const char *wrong;

  if (!g_str_equal (kai_record_get (swap->voucher, "Sign_Info/Format"), "DETACH")
      || !kai_ebill_check_unit_signature (swap->content, signature, swap->certificate, NULL))
    return kai_call_refuse (call, "unit-signature", NULL);
  ebill = kai_ebill_content_parse (swap->content, NULL);
  if (!ebill)
    return kai_call_refuse (call, "field", "Content");
  unit = kai_sandbox_find_unit (call->sandbox, call->unit, error);
  if (!unit)
    return *error ? NULL : kai_call_refuse (call, "unknown-unit", NULL);
  wrong = compare_face (swap, ebill, unit, error);
  return wrong ? kai_call_refuse (call, "content-mismatch", "%s", wrong) : NULL;
}

static char *
dup_address (KaiCall *call, const char *number, const char *check_code)
{
  return g_strdup_printf ("%s/ebill/%s?c=%s", call->sandbox->address, number, check_code);
}

static KaiRecord *
accept_swap (Swap *swap)
{
  KaiCall *call = swap->call;
  KaiRecord *answer = kai_call_accept (call);
  const char *number = kai_record_get (swap->voucher, "BillNo");
  g_autofree char *day = kai_day_to_wire (call->today);
  g_autofree char *url = dup_address (call, number, swap->check_code);

  kai_record_set (answer, "Svr_Code", KAI_RESULT_OK);
  kai_record_set (answer, "Trade_Id", number);
  kai_record_set (answer, "Issue_Date", day);
  kai_record_set (answer, "Invoice_Url", url);
  return answer;
}

static KaiRecord *
store_swap (Swap *swap, const KaiEbillSignature *signature, const char *hash, GError **error)
{
  KaiCall *call = swap->call;
  g_autoptr (GBytes) file = kai_ebill_file_build (
      swap->content, signature, kai_authority_get_supervisor_key (call->sandbox->authority),
      call->now, error);

  if (!file
      || !kai_database_run (
          call->sandbox->db, error,
          "UPDATE ebill SET state = 'issued', payment_code = ?, content_hash = ?, "
          "file = ?, issued_on = ? WHERE code = ? AND number = ?",
          "ttbitt", swap->notice.code, hash, file, call->today, swap->type->ebill_code,
          kai_record_get (swap->voucher, "BillNo")))
    return NULL;
  return accept_swap (swap);
}

/* A notice has one bill: not a second under another number. */
static KaiRecord *
check_single (Swap *swap, GError **error)
{
  gint64 other = kai_database_get_int (
      swap->call->sandbox->db, 0, error,
      "SELECT EXISTS (SELECT 1 FROM ebill WHERE payment_code = ? AND (code <> ? OR number <> ?))",
      "ttt", swap->notice.code, swap->type->ebill_code, kai_record_get (swap->voucher, "BillNo"));

  return other ? kai_call_refuse (swap->call, "already-swapped", NULL) : NULL;
}

KaiRecord *
kai_sandbox_issue_ebill (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  g_auto (Swap) swap = { .call = call, .voucher = voucher };
  g_autoptr (KaiEbillSignature) signature = NULL;
  g_autofree char *hash = NULL;
  KaiRecord *answer;

  if ((answer = check_type (call, voucher, &swap.type, error)) || *error
      || (answer =
              load_paid_notice (call, kai_record_get (voucher, "PayCode"), &swap.notice, error))
      || *error || (answer = load_number (&swap, error)) || *error
      || (answer = load_content (&swap)))
    return answer;
  hash = dup_hash (swap.content);
  if (g_str_equal (swap.state, "issued"))
    return g_str_equal (swap.content_hash, hash) ? accept_swap (&swap)
                                                 : kai_call_refuse (call, "already-swapped", NULL);
  if ((answer = check_single (&swap, error)) || *error || (answer = load_certificate (&swap, error))
      || *error)
    return answer;
  signature = read_signature (&swap);
  answer = check_content (&swap, signature, error);
  if (answer || *error)
    return answer;
  return store_swap (&swap, signature, hash, error);
}

/* ---- 8982 ---- */

KaiRecord *
kai_sandbox_give_ebill (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  g_autoptr (KaiBillType) type = NULL;
  g_autoptr (GBytes) file = NULL;
  g_autofree char *unit_code = NULL, *text = NULL;
  sqlite3_stmt *stmt;
  KaiRecord *answer = check_type (call, voucher, &type, error);
  gboolean row;

  if (answer || *error)
    return answer;
  stmt = kai_database_prepare (
      call->sandbox->db, "SELECT unit_code, file FROM ebill WHERE code = ? AND number = ?", error);
  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "tt", type->ebill_code, kai_record_get (voucher, "BillNo"));
  if (!kai_database_step (call->sandbox->db, stmt, &row, error))
    return NULL;
  if (!row)
    return kai_call_refuse (call, "unknown-number", NULL);
  unit_code = kai_column_dup (stmt, 0);
  file = kai_column_bytes (stmt, 1);
  sqlite3_reset (stmt);
  if (!kai_call_check_unit (call, unit_code, &answer))
    return answer;
  if (!file)
    return kai_call_refuse (call, "no-file-yet", NULL);
  answer = kai_call_accept (call);
  text = g_base64_encode (g_bytes_get_data (file, NULL), g_bytes_get_size (file));
  kai_record_set (answer, "Invoicefiledata", text);
  return answer;
}

/* ---- 8632 ---- */

KaiRecord *
kai_sandbox_show_ebill (KaiCall *call, const KaiRecord *voucher, GError **error)
{
  const char *code = kai_record_get (voucher, "EInvoiceCode"),
             *number = kai_record_get (voucher, "BillNo");
  g_autofree char *payment_code = NULL, *check_code = NULL, *state = NULL;
  sqlite3_stmt *stmt;
  KaiRecord *answer;
  gboolean row;

  if (!kai_call_check_unit (call, kai_record_get (voucher, "ChgAgenCode"), &answer))
    return answer;
  stmt = kai_database_prepare (call->sandbox->db,
                               "SELECT payment_code, check_code, state FROM ebill WHERE code = ? "
                               "AND number = ? AND unit_code = ?",
                               error);
  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "ttt", code, number, call->unit);
  if (!kai_database_step (call->sandbox->db, stmt, &row, error))
    return NULL;
  if (!row)
    return kai_call_refuse (call, "unknown-number", NULL);
  payment_code = kai_column_dup (stmt, 0);
  check_code = kai_column_dup (stmt, 1);
  state = kai_column_dup (stmt, 2);
  sqlite3_reset (stmt);
  answer = kai_call_accept (call);
  kai_record_set (answer, "EInvoiceCode", code);
  kai_record_set (answer, "BillNo", number);
  kai_record_set (answer, "PayCode", payment_code);
  kai_record_set (answer, "State", g_str_equal (state, "issued") ? "1" : "0");
  if (g_str_equal (state, "issued"))
    kai_record_take (answer, "Invoice_Url", dup_address (call, number, check_code));
  return answer;
}
