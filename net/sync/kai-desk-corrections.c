/* What the clerk does about a notice that the server refused: it keeps what was typed, and is corrected and sent again, or given up. */
#include "sync/kai-desk-private.h"
#include "sync/kai-desk-review.h"
#include "sync/kai-desk-roles.h"

#include "messages/kai-result-code.h"
#include "store/kai-notice-store.h"
#include "values/kai-error.h"
#include "values/kai-problem.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

gboolean
kai_desk_can_correct (const KaiNotice *notice)
{
  return notice->sync == KAI_SYNC_REFUSED
         && (notice->state == KAI_NOTICE_UNPAID || notice->state == KAI_NOTICE_LAPSED);
}

/* ---- which field ---- */

/* Tags of 8994 that a refusal may name, and what they are in the editor. */
static const struct
{
  const char *tag, *field;
} tags[] = {
  { "PayerName", "payer" },      { "PayerCreditCode", "id" }, { "MobilePhone", "mobile" },
  { "DelayAmt", "late_fee" },    { "PayInfo", "items" },      { "Memo", "memo" },
  { "PayCode", "payment_code" }, { "OriAmt", "amount" },      { "Amt", "amount" },
};

/* The first tag in @text; "DelayAmt" must not be taken for "Amt". */
static const char *
find_tag (const char *text)
{
  const char *first = NULL, *field = "";

  for (guint i = 0; i < G_N_ELEMENTS (tags); i++)
    for (const char *at = strstr (text, tags[i].tag); at; at = strstr (at + 1, tags[i].tag))
      if ((at == text || !g_ascii_isalnum (at[-1])) && !g_ascii_isalnum (at[strlen (tags[i].tag)])
          && (!first || at < first))
        {
          first = at;
          field = tags[i].field;
        }
  return field;
}

/* Of the lines, the one that today's base data do not allow either; else the only one; else none. */
static char *
find_line (KaiDesk *desk, const KaiNotice *notice, const char *key)
{
  g_autoptr (KaiNotice) copy = kai_notice_copy (notice);
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autofree char *tail = g_strconcat ("].", key, NULL);

  kai_notice_check (copy, desk->base, 0, problems);
  for (guint i = 0; i < problems->len; i++)
    {
      const KaiProblem *problem = problems->pdata[i];

      if (g_str_has_prefix (problem->field, "items[") && g_str_has_suffix (problem->field, tail))
        return g_strdup (problem->field);
    }
  return notice->items->len == 1 ? g_strconcat ("items[0", tail, NULL) : g_strdup ("items");
}

char *
kai_desk_dup_refusal_field (KaiDesk *desk, const KaiNotice *notice)
{
  const KaiResultCode *code = kai_result_code_find (notice->refusal_code);
  const char *named = find_tag (notice->refusal_text);

  if (code && g_str_has_prefix (code->field, "items[]."))
    return find_line (desk, notice, code->field + strlen ("items[]."));
  if (code && *code->field)
    return g_strdup (code->field);
  return g_strdup (named);
}

/* ---- correcting ---- */

/* It may stand on paper, so it is kept where the server did not refuse the code itself. The year in it is the year of the numbers' lease. */
static gboolean
may_keep_code (KaiDesk *desk, const KaiNotice *stored)
{
  const KaiPaymentCodeRule *rule = &desk->profile->payment_code;
  const KaiResultCode *code = kai_result_code_find (stored->refusal_code);
  int year = kai_day_today () / 10000;
  g_autofree char *digits = NULL;

  if (strlen (stored->payment_code) < (gsize)(rule->region_digits + rule->year_digits)
      || (code && g_str_equal (code->field, "payment_code")))
    return FALSE;
  digits = g_strndup (stored->payment_code + rule->region_digits, rule->year_digits);
  return atoi (digits) == (rule->year_digits > 2 ? year : year % 100);
}

static KaiNotice *
load_refused (KaiDesk *desk, gint64 id, GError **error)
{
  g_autoptr (KaiNotice) stored = kai_notice_store_load (desk->db, id, error);

  if (!stored || kai_desk_can_correct (stored))
    return g_steal_pointer (&stored);
  kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                 _ ("Notice %s is not waiting for a correction: the finance server has not refused "
                    "it, or it was dealt with already."),
                 stored->payment_code);
  return NULL;
}

/* Its row of a workbook may have been issued anew meanwhile. */
static gboolean
check_row_key (KaiDesk *desk, const KaiNotice *stored, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 holder =
      *stored->row_key ? kai_notice_store_find_row_key (desk->db, stored->row_key, &local) : 0;

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return holder == 0
         || kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                           _ ("The row of the workbook that notice %s was made of has been issued "
                              "again meanwhile. Give this one up."),
                           stored->payment_code);
}

/* What the clerk cannot change stays as it is stored. */
static void
take_over (KaiDesk *desk, KaiNotice *notice, const KaiNotice *stored)
{
  kai_notice_set (&notice->batch_id, stored->batch_id);
  kai_notice_set (&notice->row_key, stored->row_key);
  notice->created_at = stored->created_at;
  notice->paid_at = 0;
  kai_notice_set (&notice->void_reason, "");
  kai_notice_set (&notice->check_code, "");
  kai_notice_set (&notice->refusal_code, "");
  kai_notice_set (&notice->refusal_text, "");
  kai_desk_complete_notice (desk, notice, stored->batch_id);
}

static gboolean
send_again (KaiDesk *desk, KaiNotice *notice, const KaiNotice *stored, GError **error)
{
  g_autoptr (KaiMessage) message = kai_desk_new_message (desk, "8994");
  g_autoptr (GArray) subjects = g_array_new (FALSE, FALSE, sizeof (gint64));
  gboolean numbered = may_keep_code (desk, stored);

  take_over (desk, notice, stored);
  notice->sync = KAI_SYNC_SIGNED;
  kai_notice_set (&notice->payment_code, numbered ? stored->payment_code : "");
  if (!numbered && !kai_desk_take_number (desk, notice, &numbered, error))
    return FALSE;
  if (!kai_notice_store_rewrite (desk->db, notice, error)
      || !kai_desk_audit (desk, "notice.correct", "notice",
                          numbered ? notice->payment_code : "draft", numbered ? "queued" : "draft",
                          error)
      || !kai_outbox_resolve (desk->db, KAI_SUBJECT_NOTICE, notice->id, error))
    return FALSE;
  if (!numbered)
    return TRUE;
  kai_desk_fill_notice (desk, notice, kai_desk_add_voucher (message));
  g_array_append_val (subjects, notice->id);
  return kai_desk_post (desk, message, stored->batch_id, subjects, error);
}

gboolean
kai_desk_correct (KaiDesk *desk, KaiNotice *notice, GError **error)
{
  g_autoptr (KaiNotice) stored = NULL;
  g_autofree char *code = g_strdup (notice->payment_code);

  if (!desk->approving && !kai_desk_may (desk, KAI_TASK_ISSUE, error))
    return FALSE;
  if (!kai_desk_require_base_data (desk, error) || !kai_database_begin (desk->db, error))
    return FALSE;
  stored = load_refused (desk, notice->id, error);
  if (!stored || !check_row_key (desk, stored, error)
      || (kai_desk_needs_review (desk) ? !kai_desk_hold_for_review (desk, notice, error)
                                       : !send_again (desk, notice, stored, error)))
    kai_database_rollback (desk->db);
  else if (kai_database_commit (desk->db, error))
    return TRUE;
  /* Nothing has happened: it is what it was, with what was typed. */
  notice->sync = KAI_SYNC_REFUSED;
  kai_notice_set (&notice->payment_code, code);
  if (stored)
    {
      kai_notice_set (&notice->refusal_code, stored->refusal_code);
      kai_notice_set (&notice->refusal_text, stored->refusal_text);
    }
  return FALSE;
}

/* ---- giving up ---- */

static gboolean
give_up (KaiDesk *desk, KaiNotice *notice, const char *reason, GError **error)
{
  notice->state = KAI_NOTICE_VOID;
  kai_notice_set (&notice->void_reason,
                  *reason ? reason : _ ("Given up after the finance server refused it"));
  return kai_notice_store_update (desk->db, notice, error)
         && kai_desk_audit (desk, "notice.give-up", "notice", notice->payment_code, "void", error)
         && kai_outbox_resolve (desk->db, KAI_SUBJECT_NOTICE, notice->id, error);
}

gboolean
kai_desk_give_up (KaiDesk *desk, gint64 notice_id, const char *reason, GError **error)
{
  g_autofree char *clean = kai_text_normalise_name (reason ? reason : "");
  g_autoptr (KaiNotice) notice = NULL;

  if (!kai_desk_may (desk, KAI_TASK_ISSUE, error) || !kai_database_begin (desk->db, error))
    return FALSE;
  notice = load_refused (desk, notice_id, error);
  if (notice && give_up (desk, notice, clean, error))
    return kai_database_commit (desk->db, error);
  kai_database_rollback (desk->db);
  return FALSE;
}
