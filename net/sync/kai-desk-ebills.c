/* Swapping paid notices for e-bills: number, content and first signature, file. */
#include "sync/kai-desk-private.h"
#include "store/kai-review-store.h"
#include "sync/kai-desk-roles.h"

#include "messages/kai-net-error.h"
#include "security/kai-ebill-file.h"
#include "security/kai-xml-signature.h"
#include "store/kai-notice-store.h"
#include "values/kai-error.h"
#include "values/kai-problem.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* ---- asking for numbers ---- */

/* The electronic bill type of the notice's first item, or the unit's first electronic one. */
static const KaiBillType *
bill_type_for (KaiDesk *desk, const KaiNotice *notice)
{
  const KaiNoticeItem *first = notice->items->len ? notice->items->pdata[0] : NULL;
  const KaiItem *item = first ? kai_base_data_find_item (desk->base, first->code) : NULL;
  const KaiBillType *type =
      item ? kai_base_data_find_bill_type (desk->base, item->bill_type) : NULL;

  if (type && type->electronic)
    return type;
  for (guint i = 0; i < desk->base->bill_types->len; i++)
    {
      type = desk->base->bill_types->pdata[i];
      if (type->electronic)
        return type;
    }
  return NULL;
}

static void
set_bill_type (KaiDesk *desk, KaiRecord *voucher, const KaiBillType *type)
{
  kai_record_set (voucher, "BillTypeCode", type->code);
  kai_record_set (voucher, "BillTypeName", type->name);
  kai_record_set (voucher, "BillVerCode", type->version);
  kai_record_set (voucher, "BillVerName", type->version_name);
}

static gboolean
request_number (KaiDesk *desk, const char *code, KaiMessage *message, GArray *subjects,
                GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_find (desk->db, code, error);
  g_autoptr (KaiEbillRecord) record = NULL;
  const KaiBillType *type;
  KaiRecord *voucher;

  if (!notice)
    return FALSE;
  if (notice->state != KAI_NOTICE_PAID)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("Notice %s is not paid (%s): only a paid notice can be swapped for an "
                             "e-bill."),
                          code, kai_notice_state_label (notice->state));
  type = bill_type_for (desk, notice);
  if (!type)
    return kai_data_fail (
        error, KAI_DATA_ERROR_NOT_FOUND,
        _ ("Your unit has no electronic bill type. Ask the finance bureau to assign "
           "one, then refresh the base data."));
  record = kai_ebill_store_create (desk->db, notice->id, type->code, error);
  if (!record)
    {
      g_prefix_error (error, "%s: ", code);
      return FALSE;
    }
  voucher = kai_desk_add_voucher (message);
  set_bill_type (desk, voucher, type);
  kai_record_set (voucher, "ChgAgenCode", notice->unit_code);
  /* Which notice it is for: a server that reserves numbers can hold it to that. */
  kai_record_set (voucher, "Hold1", code);
  g_array_append_val (subjects, record->id);
  return kai_desk_audit (desk, "ebill.request", "notice", code, "queued", error);
}

/* TRUE when the trouble is this notice's and was noted. */
static gboolean
note_problem (GPtrArray *problems, int row, const char *code, const GError *error)
{
  const char *name;

  if (!problems || error->domain != KAI_DATA_ERROR)
    return FALSE;
  if (error->code == KAI_DATA_ERROR_CONFLICT)
    name = "conflict";
  else if (error->code == KAI_DATA_ERROR_NOT_FOUND)
    name = "not-found";
  else
    return FALSE;
  g_ptr_array_add (problems, kai_problem_new (row, code, name, "%s", error->message));
  return TRUE;
}

static gboolean
request_numbers (KaiDesk *desk, char **codes, KaiMessage *message, GArray *subjects,
                 GPtrArray *problems, GError **error)
{
  for (int i = 0; codes[i]; i++)
    {
      g_autoptr (GError) local = NULL;

      if (request_number (desk, codes[i], message, subjects, &local)
          || note_problem (problems, i + 1, codes[i], local))
        continue;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
}

gboolean
kai_desk_swap (KaiDesk *desk, char **payment_codes, GError **error)
{
  return kai_desk_swap_each (desk, payment_codes, NULL, error);
}

gboolean
kai_desk_swap_each (KaiDesk *desk, char **payment_codes, GPtrArray *problems, GError **error)
{
  g_autoptr (KaiMessage) message = NULL;
  g_autoptr (GArray) subjects = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (!payment_codes[0])
    return TRUE;
  if (!kai_desk_may (desk, KAI_TASK_SWAP, error) || !kai_desk_require_base_data (desk, error)
      || !kai_database_begin (desk->db, error))
    return FALSE;
  message = kai_desk_new_message (desk, "8999");
  if (!request_numbers (desk, payment_codes, message, subjects, problems, error)
      || (subjects->len > 0 && !kai_desk_post (desk, message, "", subjects, error)))
    {
      kai_database_rollback (desk->db);
      return FALSE;
    }
  return kai_database_commit (desk->db, error);
}

char **
kai_desk_list_swappable (KaiDesk *desk, GError **error)
{
  KaiNoticeFilter filter = { .state = KAI_NOTICE_PAID, .swap = KAI_SWAP_NONE };
  g_autoptr (GPtrArray) notices = kai_notice_store_list (desk->db, &filter, error);
  GPtrArray *codes;

  if (!notices)
    return NULL;
  codes = g_ptr_array_new ();
  for (guint i = notices->len; i-- > 0;) /* oldest first */
    g_ptr_array_add (codes, g_strdup (((KaiNotice *)notices->pdata[i])->payment_code));
  g_ptr_array_add (codes, NULL);
  return (char **)g_ptr_array_free (codes, FALSE);
}

/* ---- the content ---- */

static void
set_text (char **field, const char *text)
{
  kai_notice_set (field, text);
}

/* Who checked the notice, where two people are asked for; otherwise whom the unit names. */
static const char *
reviewer_name (KaiDesk *desk, const KaiNotice *notice)
{
  g_autofree char *checker = kai_review_store_dup_checker (desk->db, notice->id);
  const KaiUser *user = kai_base_data_find_user (desk->base, checker);
  const char *name = user ? user->name : kai_base_data_get_setting (desk->base, "reviewer", "");

  if (*name)
    return name;
  for (guint i = 0; i < desk->base->users->len; i++)
    {
      const KaiUser *other = desk->base->users->pdata[i];

      if (strstr (other->roles, "reviewer"))
        return other->name;
    }
  return "";
}

/* Seals are named in base data; where a server names none, the name's own hash stands for the picture. */
static void
set_seal (KaiDesk *desk, const char *prefix, const char *owner, char **id, char **name, char **hash)
{
  g_autofree char *key_id = g_strconcat (prefix, "_id", NULL);
  g_autofree char *key_name = g_strconcat (prefix, "_name", NULL);
  g_autofree char *key_hash = g_strconcat (prefix, "_hash", NULL);
  g_autoptr (GBytes) digest = kai_digest (KAI_ALGORITHM_SM2, owner, strlen (owner));
  const guint8 *bytes = g_bytes_get_data (digest, NULL);
  g_autoptr (GString) hex = g_string_new (NULL);

  for (gsize i = 0; i < g_bytes_get_size (digest); i++)
    g_string_append_printf (hex, "%02x", bytes[i]);
  set_text (name, kai_base_data_get_setting (desk->base, key_name, owner));
  set_text (hash, kai_base_data_get_setting (desk->base, key_hash, hex->str));
  g_string_truncate (hex, 32);
  set_text (id, kai_base_data_get_setting (desk->base, key_id, hex->str));
}

static void
set_times (KaiDesk *desk, KaiEbill *ebill)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  gboolean colons = g_str_equal (desk->profile->ebill_time_format, "HH:mm:ss");

  ebill->issue_date = kai_day_today ();
  g_free (ebill->issue_time);
  ebill->issue_time = g_date_time_format (now, colons ? "%H:%M:%S" : "%H%M%S");
}

static KaiEbill *
build_face (KaiDesk *desk, const KaiEbillRecord *record, const KaiNotice *notice,
            const KaiBillType *type)
{
  const KaiUnit *unit = kai_desk_get_unit (desk);
  const KaiUser *user = kai_desk_get_user (desk);
  KaiEbill *ebill = kai_ebill_new ();
  g_autofree char *supervisor =
      g_strdup (kai_base_data_get_setting (desk->base, "supervisor", _ ("Finance bureau")));

  set_text (&ebill->code, record->code);
  set_text (&ebill->number, record->number);
  set_text (&ebill->check_code, record->check_code);
  g_free (ebill->identity);
  ebill->identity = kai_ebill_identity (record->code, record->number);
  set_text (&ebill->tag, desk->profile->ebill_tag);
  set_text (&ebill->version, desk->profile->ebill_version);
  set_text (&ebill->name, type->name);
  set_text (&ebill->specimen, type->specimen);
  set_text (&ebill->region, unit->region);
  ebill->total = notice->amount;
  set_times (desk, ebill);
  set_text (&ebill->issuer_code, *unit->credit_code ? unit->credit_code : unit->code);
  set_text (&ebill->issuer_name, unit->name);
  set_text (&ebill->payee_name, unit->account_name);
  set_text (&ebill->payee_account, unit->account);
  set_text (&ebill->payee_bank, unit->account_bank);
  ebill->payer_kind = notice->payer_kind;
  set_text (&ebill->payer_code, notice->payer_id);
  set_text (&ebill->payer_name, notice->payer_name);
  set_text (&ebill->payment_code, notice->payment_code);
  set_text (&ebill->clerk, user ? user->name : desk->user_code);
  set_text (&ebill->reviewer, reviewer_name (desk, notice));
  set_text (&ebill->remark, notice->memo);
  set_seal (desk, "unit_seal", unit->name, &ebill->unit_seal_id, &ebill->unit_seal_name,
            &ebill->unit_seal_hash);
  set_seal (desk, "supervisor_seal", supervisor, &ebill->supervisor_seal_id,
            &ebill->supervisor_seal_name, &ebill->supervisor_seal_hash);
  return ebill;
}

/* The late fee is money too: it stands on the bill as a line of its own, or the sums would not agree. */
static void
copy_items (const KaiNotice *notice, KaiEbill *ebill)
{
  for (guint i = 0; i < notice->items->len; i++)
    {
      const KaiNoticeItem *item = notice->items->pdata[i];
      KaiNoticeItem *copy = kai_notice_item_new (item->code, item->quantity, item->amount);

      kai_notice_set (&copy->name, item->name);
      kai_notice_set (&copy->unit_of_measure, item->unit_of_measure);
      copy->standard = item->standard;
      copy->min = item->min;
      copy->max = item->max;
      g_ptr_array_add (ebill->items, copy);
    }
  if (notice->late_fee > 0)
    {
      const KaiNoticeItem *first = notice->items->pdata[0];
      KaiNoticeItem *fee = kai_notice_item_new (first->code, 1, notice->late_fee);

      kai_notice_set (&fee->name, "滞纳金");
      fee->standard = KAI_STANDARD_FREE;
      g_ptr_array_add (ebill->items, fee);
    }
}

static void
fill_swap_voucher (KaiDesk *desk, const KaiEbillRecord *record, const KaiNotice *notice,
                   const KaiBillType *type, const KaiEbillSignature *signature, KaiRecord *voucher)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (record->content, &length);
  g_autofree char *content = g_base64_encode (bytes, length);

  kai_record_set (voucher, "PayCode", notice->payment_code);
  kai_record_set (voucher, "BillNo", record->number);
  kai_record_set (voucher, "AdmDivCode", kai_desk_get_unit (desk)->region);
  set_bill_type (desk, voucher, type);
  kai_record_set (voucher, "Version", desk->profile->ebill_interface_version);
  kai_record_set (voucher, "Content", content);
  kai_record_set (voucher, "Sign_Info/Value", signature->value);
  kai_record_set (voucher, "Sign_Info/Format", "DETACH");
  kai_record_set (voucher, "Sign_Info/Algorithm", signature->algorithm);
  kai_record_set (voucher, "Sign_Info/Time", signature->time);
  kai_record_set (voucher, "Sign_Info/Key_Info/Number", signature->serial);
  kai_record_set (voucher, "Sign_Info/Key_Info/Issuer", signature->issuer);
  kai_record_set (voucher, "Recipient_Addr/Telephone", notice->mobile);
}

gboolean
kai_desk_sign_ebill (KaiDesk *desk, KaiEbillRecord *record, KaiMessage *message, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_store_load (desk->db, record->notice_id, error);
  const KaiBillType *type = kai_base_data_find_bill_type (desk->base, record->bill_type);
  g_autoptr (KaiEbill) face = NULL;
  g_autoptr (KaiEbillSignature) signature = NULL;

  if (!notice || !kai_desk_require_base_data (desk, error))
    return FALSE;
  if (!type)
    return kai_data_fail (
        error, KAI_DATA_ERROR_NOT_FOUND,
        _ ("The bill type %s is not in the base data any more. Refresh it, or ask the "
           "finance bureau."),
        record->bill_type);
  if (!desk->key)
    return kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                         _ ("E-bills are signed with your certificate. Sign in with your key."));
  face = build_face (desk, record, notice, type);
  copy_items (notice, face);
  g_clear_pointer (&record->content, g_bytes_unref);
  record->content = kai_ebill_content_build (face, error);
  if (!record->content)
    return FALSE;
  signature =
      kai_ebill_sign (record->content, desk->key, g_get_real_time () / G_USEC_PER_SEC, error);
  if (!signature)
    return FALSE;
  record->sync = KAI_SYNC_SIGNED;
  fill_swap_voucher (desk, record, notice, type, signature, kai_desk_add_voucher (message));
  return kai_ebill_store_update (desk->db, record, error)
         && kai_desk_audit (desk, "ebill.sign", "notice", notice->payment_code, record->number,
                            error);
}

/* ---- the file ---- */

void
kai_desk_add_fetch (KaiDesk *desk, const KaiEbillRecord *record, KaiMessage *message)
{
  const KaiBillType *type = kai_base_data_find_bill_type (desk->base, record->bill_type);
  KaiRecord *voucher = kai_desk_add_voucher (message);

  kai_record_set (voucher, "BillNo", record->number);
  kai_record_set (voucher, "AdmDivCode", kai_desk_get_unit (desk)->region);
  if (type)
    set_bill_type (desk, voucher, type);
  kai_record_set (voucher, "Version", desk->profile->ebill_interface_version);
}

static char *
first_failed_check (const KaiEbillReport *report)
{
  for (guint i = 0; i < report->checks->len; i++)
    {
      const KaiEbillCheck *check = report->checks->pdata[i];

      if (!check->ok)
        return g_strdup (check->detail);
    }
  return g_strdup ("");
}

gboolean
kai_desk_accept_file (KaiDesk *desk, KaiEbillRecord *record, const char *base64, GError **error)
{
  gsize length = 0;
  guint8 *raw = g_base64_decode (base64, &length);
  g_autoptr (GBytes) file = g_bytes_new_take (raw, length);
  g_autoptr (KaiEbillReport) report = kai_ebill_file_verify (file, desk->trust);
  g_autoptr (GBytes) content = NULL;

  if (!report->ok)
    {
      g_autofree char *why = first_failed_check (report);

      return kai_net_fail (
          error, KAI_NET_ERROR_SIGNATURE,
          _ ("The e-bill file of number %s does not pass its checks: %s It was not kept; "
             "tell the finance bureau."),
          record->number, why);
    }
  content = kai_ebill_content_build (report->ebill, error);
  if (!content)
    return FALSE;
  if (!record->content || !g_bytes_equal (content, record->content))
    return kai_net_fail (
        error, KAI_NET_ERROR_REPLY,
        _ ("The e-bill file of number %s is not what was signed here. It was not kept; "
           "tell the finance bureau."),
        record->number);
  g_clear_pointer (&record->file, g_bytes_unref);
  record->file = g_steal_pointer (&file);
  return TRUE;
}
