/* kaipiaoctl notice: new, list, show, void, correct, give-up. */
#include "kai-ctl.h"

#include "store/kai-audit-log.h"
#include "store/kai-notice-store.h"
#include "values/kai-error.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static char *payer, *kind, *id_number, *mobile, *memo, *late_fee;
static char **items;
static char *state, *from_day, *to_day, *text, *batch, *reason;
static int limit = 0;

static gboolean full;

static const GOptionEntry show_entries[] = {
  { "full", 0, 0, G_OPTION_ARG_NONE, &full,
    N_ ("Identity number and mobile in full; the log says that you looked"), NULL },
  { NULL },
};

static const GOptionEntry new_entries[] = {
  { "payer", 0, 0, G_OPTION_ARG_STRING, &payer, N_ ("Full name of the payer"), N_ ("NAME") },
  { "kind", 0, 0, G_OPTION_ARG_STRING, &kind, N_ ("Kind of payer"), "person|organisation" },
  { "id", 0, 0, G_OPTION_ARG_STRING, &id_number,
    N_ ("Identity number or unified social credit code"), "ID" },
  { "mobile", 0, 0, G_OPTION_ARG_STRING, &mobile, N_ ("Mobile number"), "M" },
  { "item", 0, 0, G_OPTION_ARG_STRING_ARRAY, &items, N_ ("Charge item; may be given several times"),
    "CODE:QTY[:AMOUNT]" },
  { "late-fee", 0, 0, G_OPTION_ARG_STRING, &late_fee, N_ ("Late fee"), N_ ("AMOUNT") },
  { "memo", 0, 0, G_OPTION_ARG_STRING, &memo, N_ ("Remark"), N_ ("TEXT") },
  { NULL },
};

static const GOptionEntry list_entries[] = {
  { "state", 0, 0, G_OPTION_ARG_STRING, &state, N_ ("Only this state"), "unpaid|paid|void|lapsed" },
  { "from", 0, 0, G_OPTION_ARG_STRING, &from_day, N_ ("First bill date"), "YYYY-MM-DD" },
  { "to", 0, 0, G_OPTION_ARG_STRING, &to_day, N_ ("Last bill date"), "YYYY-MM-DD" },
  { "text", 0, 0, G_OPTION_ARG_STRING, &text, N_ ("Part of a name or number"), N_ ("TEXT") },
  { "batch", 0, 0, G_OPTION_ARG_STRING, &batch, N_ ("Only this batch"), "ID" },
  { "limit", 0, 0, G_OPTION_ARG_INT, &limit, N_ ("At most N, newest first"), "N" },
  { NULL },
};

static const GOptionEntry void_entries[] = {
  { "reason", 0, 0, G_OPTION_ARG_STRING, &reason, N_ ("Why it is voided"), N_ ("TEXT") },
  { NULL },
};

/* ---- output ---- */

static void
write_members (KaiCtl *ctl, const KaiNotice *notice)
{
  g_autofree char *day = kai_day_to_iso (notice->bill_date);
  g_autofree char *until = kai_day_to_iso (notice->valid_until);

  kai_ctl_member (ctl, "payment_code", notice->payment_code);
  kai_ctl_member (ctl, "payer", notice->payer_name);
  kai_ctl_member_money (ctl, "amount", notice->amount);
  kai_ctl_member (ctl, "state", kai_notice_state_to_string (notice->state));
  kai_ctl_member (ctl, "sync", kai_sync_state_to_string (notice->sync));
  kai_ctl_member_bool (ctl, "known_to_server", kai_notice_is_known_to_server (notice));
  kai_ctl_member (ctl, "ebill_number", notice->ebill_number);
  kai_ctl_member (ctl, "date", day);
  kai_ctl_member (ctl, "valid_until", until);
  kai_ctl_member (ctl, "batch", notice->batch_id);
  if (*notice->refusal_code)
    {
      g_autofree char *field = kai_desk_dup_refusal_field (ctl->desk, notice);

      kai_ctl_member (ctl, "refusal", notice->refusal_code);
      kai_ctl_member (ctl, "refusal_text", notice->refusal_text);
      kai_ctl_member (ctl, "refusal_field", field);
    }
}

static void
say_notice (KaiCtl *ctl, const KaiNotice *notice)
{
  g_autofree char *amount = kai_money_to_display (notice->amount);

  kai_ctl_say (ctl, _ ("%s  %s  %s yuan  %s, %s"),
               *notice->payment_code ? notice->payment_code : _ ("(no code yet)"),
               notice->payer_name, amount, kai_notice_state_label (notice->state),
               kai_sync_state_label (notice->sync));
  if (!kai_notice_is_known_to_server (notice) && notice->state != KAI_NOTICE_VOID)
    kai_ctl_say (ctl, "    %s", _ ("The finance server does not know it yet."));
  if (*notice->refusal_text)
    kai_ctl_say (ctl, "    %s", notice->refusal_text);
}

/* ---- new ---- */

static gboolean
add_item (KaiNotice *notice, const char *spec, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (spec, ":", 3);
  guint n = g_strv_length (parts);
  gint64 quantity = 1;
  KaiMoney amount = -1;
  g_autofree char *code = n > 0 ? kai_text_normalise_code (parts[0]) : g_strdup ("");
  char *end = NULL;

  if (n > 1)
    {
      g_autofree char *digits = kai_text_normalise_code (parts[1]);

      quantity = g_ascii_strtoll (digits, &end, 10);
      if (end == digits || *end)
        return kai_ctl_usage (
            error, _ ("--item %s: the quantity must be a whole number, as in CODE:1:120.00."),
            spec);
    }
  if (n > 2 && !kai_money_parse (parts[2], &amount, NULL))
    return kai_ctl_usage (
        error,
        _ ("--item %s: the amount must be yuan with at most two decimals, as in CODE:1:120.00."),
        spec);
  kai_notice_add_item (notice, code, quantity, amount);
  return TRUE;
}

static gboolean
fill_notice (KaiNotice *notice, GError **error)
{
  if (!payer || !kind || !mobile || !items)
    return kai_ctl_usage (error,
                          _ ("A notice needs --payer, --kind, --mobile and at least one --item."));
  if (!kai_payer_kind_parse (kind, &notice->payer_kind))
    return kai_ctl_usage (error, _ ("--kind is “person” or “organisation”, not “%s”."), kind);
  if (late_fee && !kai_money_parse (late_fee, &notice->late_fee, NULL))
    return kai_ctl_usage (error, _ ("--late-fee must be yuan with at most two decimals."));
  kai_notice_set (&notice->payer_name, payer);
  kai_notice_set (&notice->payer_id, id_number);
  kai_notice_set (&notice->mobile, mobile);
  kai_notice_set (&notice->memo, memo);
  for (int i = 0; items[i]; i++)
    if (!add_item (notice, items[i], error))
      return FALSE;
  return TRUE;
}

/* Where two people are asked for it is no notice yet. */
static void
write_waiting (KaiCtl *ctl, const KaiNotice *notice)
{
  kai_ctl_member (ctl, "payment_code", "");
  kai_ctl_member_money (ctl, "amount", notice->amount);
  kai_ctl_member (ctl, "state", "to-check");
  kai_ctl_member_int (ctl, "review", notice->review_id);
  kai_ctl_say (ctl, _ ("Waits for a reviewer under number %d."), (int)notice->review_id);
}

static gboolean
run_new (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  g_autoptr (KaiNotice) stored = NULL;
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (GPtrArray) warnings = kai_problems_new ();
  g_autoptr (GPtrArray) notices = kai_notices_new ();
  g_autofree char *url = NULL;
  gboolean good;

  if (!fill_notice (notice, error) || !kai_ctl_prepare (ctl, 1, error))
    return FALSE;
  good = kai_notice_check (notice, kai_desk_get_base_data (ctl->desk), 0, problems);
  kai_notice_warnings (notice, 0, warnings);
  kai_ctl_problems (ctl, "warnings", warnings);
  kai_ctl_problems (ctl, "problems", problems);
  if (!good)
    {
      /* The keys are there in every case; nothing was made. */
      kai_ctl_member (ctl, "payment_code", "");
      kai_ctl_member_money (ctl, "amount", MAX (notice->amount, 0));
      kai_ctl_member (ctl, "state", "");
      kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
      return TRUE;
    }
  g_ptr_array_add (notices, kai_notice_ref (notice));
  if (!kai_desk_issue (ctl->desk, notices, "", NULL, error))
    return FALSE;
  kai_ctl_deliver (ctl);
  if (notice->review_id != 0)
    {
      write_waiting (ctl, notice);
      return TRUE;
    }
  stored = kai_notice_store_load (kai_desk_get_database (ctl->desk), notice->id, error);
  if (!stored)
    return FALSE;
  write_members (ctl, stored);
  kai_ctl_member (ctl, "check_code", stored->check_code);
  url = kai_desk_dup_pay_url (ctl->desk, stored);
  kai_ctl_member (ctl, "pay_url", url);
  say_notice (ctl, stored);
  if (stored->sync == KAI_SYNC_REFUSED)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
  return TRUE;
}

/* ---- list ---- */

static gboolean
parse_filter (KaiNoticeFilter *filter, GError **error)
{
  KaiNoticeState wanted;

  if (state)
    {
      if (!kai_notice_state_parse (state, &wanted))
        return kai_ctl_usage (error, _ ("--state is unpaid, paid, void or lapsed, not “%s”."),
                              state);
      filter->state = wanted;
    }
  if (from_day && !kai_day_parse (from_day, &filter->from, NULL))
    return kai_ctl_usage (error, _ ("--from must be a day such as 2026-09-01."));
  if (to_day && !kai_day_parse (to_day, &filter->to, NULL))
    return kai_ctl_usage (error, _ ("--to must be a day such as 2026-09-30."));
  if (from_day && to_day && filter->to < filter->from)
    return kai_ctl_usage (error, _ ("--to lies before --from."));
  if (limit < 0)
    return kai_ctl_usage (error, _ ("--limit must not be negative."));
  filter->text = text;
  filter->batch_id = batch;
  filter->limit = limit;
  return TRUE;
}

static gboolean
run_list (KaiCtl *ctl, char **args, GError **error)
{
  KaiNoticeFilter filter = KAI_NOTICE_FILTER_ALL;
  g_autoptr (GPtrArray) notices = NULL;
  KaiDesk *desk;

  if (!parse_filter (&filter, error))
    return FALSE;
  desk = kai_ctl_desk (ctl, error);
  notices = desk ? kai_notice_store_list (kai_desk_get_database (desk), &filter, error) : NULL;
  if (!notices)
    return FALSE;
  kai_ctl_begin_array (ctl, "notices");
  for (guint i = 0; i < notices->len; i++)
    {
      kai_ctl_begin_object (ctl);
      write_members (ctl, notices->pdata[i]);
      kai_ctl_end_object (ctl);
      say_notice (ctl, notices->pdata[i]);
    }
  kai_ctl_end_array (ctl);
  kai_ctl_say (ctl, ngettext ("%u notice", "%u notices", notices->len), notices->len);
  return TRUE;
}

/* ---- show ---- */

static void
write_items (KaiCtl *ctl, const KaiNotice *notice)
{
  kai_ctl_begin_array (ctl, "items");
  for (guint i = 0; i < notice->items->len; i++)
    {
      const KaiNoticeItem *item = notice->items->pdata[i];
      g_autofree char *amount = kai_money_to_display (item->amount);

      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "code", item->code);
      kai_ctl_member (ctl, "name", item->name);
      kai_ctl_member_int (ctl, "quantity", item->quantity);
      kai_ctl_member_money (ctl, "amount", item->amount);
      kai_ctl_end_object (ctl);
      kai_ctl_say (ctl, "    %s %s × %" G_GINT64_FORMAT " = %s", item->code, item->name,
                   item->quantity, amount);
    }
  kai_ctl_end_array (ctl);
}

static gboolean
write_history (KaiCtl *ctl, const KaiNotice *notice, GError **error)
{
  g_autofree char *subject = g_strconcat ("notice:", notice->payment_code, NULL);
  g_autoptr (GPtrArray) lines =
      kai_audit_log_list (kai_desk_get_database (ctl->desk), subject, 100, error);

  if (!lines)
    return FALSE;
  kai_ctl_begin_array (ctl, "history");
  for (guint i = lines->len; i-- > 0;)
    {
      const KaiAuditLine *line = lines->pdata[i];
      g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (line->at);
      g_autofree char *when = g_date_time_format (at, "%Y-%m-%d %H:%M:%S");

      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "at", when);
      kai_ctl_member (ctl, "user", line->user);
      kai_ctl_member (ctl, "action", line->action);
      kai_ctl_member (ctl, "outcome", line->outcome);
      kai_ctl_end_object (ctl);
      kai_ctl_say (ctl, "    %s  %s  %s  %s", when, line->user, line->action, line->outcome);
    }
  kai_ctl_end_array (ctl);
  return TRUE;
}

static gboolean
run_show (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiNotice) notice = NULL;
  g_autofree char *capitals = NULL, *id = NULL, *phone = NULL, *url = NULL;
  KaiDesk *desk;

  if (g_strv_length (args) != 1)
    return kai_ctl_usage (error, _ ("Which notice? Give one payment code."));
  desk = kai_ctl_desk (ctl, error);
  notice = desk ? kai_notice_store_find (kai_desk_get_database (desk), args[0], error) : NULL;
  if (!notice)
    return FALSE;
  /* Before anything is shown: what is not in the log was not seen. */
  if (full && !kai_desk_log_full_view (desk, notice->payment_code, error))
    return FALSE;
  say_notice (ctl, notice);
  write_members (ctl, notice);
  capitals = kai_money_to_capitals (notice->amount);
  id = full ? g_strdup (notice->payer_id) : kai_mask_id (notice->payer_id);
  phone = full ? g_strdup (notice->mobile) : kai_mask_mobile (notice->mobile);
  url = kai_desk_dup_pay_url (desk, notice);
  kai_ctl_member (ctl, "capitals", capitals);
  kai_ctl_member (ctl, "kind", kai_payer_kind_to_string (notice->payer_kind));
  kai_ctl_member (ctl, "id", id);
  kai_ctl_member (ctl, "mobile", phone);
  kai_ctl_member (ctl, "memo", notice->memo);
  kai_ctl_member_money (ctl, "late_fee", notice->late_fee);
  kai_ctl_member (ctl, "check_code", notice->check_code);
  kai_ctl_member (ctl, "pay_url", url);
  kai_ctl_member (ctl, "void_reason", notice->void_reason);
  kai_ctl_say (ctl, "    %s", capitals);
  if (full)
    kai_ctl_say (ctl, "    %s  %s", id, phone);
  write_items (ctl, notice);
  return write_history (ctl, notice, error);
}

/* ---- void ---- */

static gboolean
run_void (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiNotice) notice = NULL;
  KaiDesk *desk;

  if (g_strv_length (args) != 1 || !reason)
    return kai_ctl_usage (error, _ ("Voiding needs one payment code and --reason TEXT."));
  desk = kai_ctl_desk (ctl, error);
  if (!desk || !kai_desk_void (desk, args[0], reason, error))
    return FALSE;
  kai_ctl_deliver (ctl);
  kai_ctl_receive (ctl);
  notice = kai_notice_store_find (kai_desk_get_database (desk), args[0], error);
  if (!notice)
    return FALSE;
  write_members (ctl, notice);
  say_notice (ctl, notice);
  if (notice->state != KAI_NOTICE_VOID)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
  return TRUE;
}

/* ---- correct, give up ---- */

/* What is given replaces what is stored; items as a whole. */
static gboolean
change_notice (KaiNotice *notice, GError **error)
{
  if (kind && !kai_payer_kind_parse (kind, &notice->payer_kind))
    return kai_ctl_usage (error, _ ("--kind is “person” or “organisation”, not “%s”."), kind);
  if (late_fee && !kai_money_parse (late_fee, &notice->late_fee, NULL))
    return kai_ctl_usage (error, _ ("--late-fee must be yuan with at most two decimals."));
  if (payer)
    kai_notice_set (&notice->payer_name, payer);
  if (id_number)
    kai_notice_set (&notice->payer_id, id_number);
  if (mobile)
    kai_notice_set (&notice->mobile, mobile);
  if (memo)
    kai_notice_set (&notice->memo, memo);
  if (items)
    g_ptr_array_set_size (notice->items, 0);
  for (int i = 0; items && items[i]; i++)
    if (!add_item (notice, items[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
run_correct (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiNotice) notice = NULL, stored = NULL;
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  gboolean good;
  gint64 before;

  if (g_strv_length (args) != 1)
    return kai_ctl_usage (error, _ ("Which notice? Give one payment code."));
  if (!kai_ctl_prepare (ctl, 0, error))
    return FALSE;
  notice = kai_notice_store_find (kai_desk_get_database (ctl->desk), args[0], error);
  if (!notice || !change_notice (notice, error))
    return FALSE;
  good = kai_notice_check (notice, kai_desk_get_base_data (ctl->desk), 0, problems);
  kai_ctl_problems (ctl, "problems", problems);
  before = kai_ctl_last_line (ctl);
  if (good)
    {
      if (!kai_desk_correct (ctl->desk, notice, error))
        return FALSE;
      kai_ctl_deliver (ctl);
    }
  stored = kai_notice_store_load (kai_desk_get_database (ctl->desk), notice->id, error);
  if (!stored)
    return FALSE;
  kai_ctl_refusals (ctl, before);
  write_members (ctl, stored);
  say_notice (ctl, stored);
  if (!good || stored->sync == KAI_SYNC_REFUSED)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
  return TRUE;
}

static gboolean
run_give_up (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiNotice) notice = NULL, stored = NULL;
  KaiDatabase *db;
  KaiDesk *desk;

  if (g_strv_length (args) != 1)
    return kai_ctl_usage (error, _ ("Which notice? Give one payment code."));
  desk = kai_ctl_desk (ctl, error);
  if (!desk)
    return FALSE;
  db = kai_desk_get_database (desk);
  notice = kai_notice_store_find (db, args[0], error);
  if (!notice || !kai_desk_give_up (desk, notice->id, reason, error))
    return FALSE;
  stored = kai_notice_store_load (db, notice->id, error);
  if (!stored)
    return FALSE;
  write_members (ctl, stored);
  say_notice (ctl, stored);
  return TRUE;
}

const KaiCtlCommand kai_ctl_notice_commands[] = {
  { "notice", "new", "--payer NAME --kind K --id ID --mobile M --item CODE:QTY[:AMOUNT]…",
    N_ ("Issue one payment notice"), new_entries, run_new },
  { "notice", "list", "", N_ ("List notices, newest first"), list_entries, run_list },
  { "notice", "show", "CODE [--full]", N_ ("Everything about one notice"), show_entries, run_show },
  { "notice", "void", "CODE --reason TEXT", N_ ("Void an unpaid notice"), void_entries, run_void },
  { "notice", "correct", "CODE [--payer NAME] [--item CODE:QTY[:AMOUNT]…] …",
    N_ ("Correct a notice that the server refused, and send it again"), new_entries, run_correct },
  { "notice", "give-up", "CODE [--reason TEXT]", N_ ("Give up a notice that the server refused"),
    void_entries, run_give_up },
  { NULL },
};
