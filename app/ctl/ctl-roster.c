/* kaipiaoctl: a list against last term's, the text that a payer will get, who has not paid, telling them again. */
#include "ctl-import.h"

#include "import/kai-table-writer.h"
#include "kai-print-table.h"
#include "model/kai-notice-text.h"
#include "roster/kai-roster.h"
#include "store/kai-notice-store.h"
#include "sync/kai-desk-text.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static char *against, *term, *class_name, *from_day, *to_day, *by, *way, *output;
static gboolean promote, unpaid_all, lapsed;
static int limit = 3;

#define OUTPUT_ENTRY                                                                               \
  {                                                                                                \
    "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("Write the table to a file"),            \
        "FILE.xlsx|.csv|.pdf"                                                                      \
  }
#define WHO_ENTRIES                                                                                   \
  { "term", 0, 0, G_OPTION_ARG_STRING, &term, N_ ("Only of this term"), N_ ("TERM") },                \
      { "class", 0, 0, G_OPTION_ARG_STRING, &class_name, N_ ("Only of this class"), N_ ("CLASS") },   \
      { "from", 0, 0, G_OPTION_ARG_STRING, &from_day, N_ ("Issued from this day on"), "YYYY-MM-DD" }, \
      { "to", 0, 0, G_OPTION_ARG_STRING, &to_day, N_ ("Issued up to this day"), "YYYY-MM-DD" },       \
  {                                                                                                   \
    "lapsed", 0, 0, G_OPTION_ARG_NONE, &lapsed, N_ ("Also those whose time has run out"), NULL        \
  }

static const GOptionEntry roster_entries[] = {
  { "against", 0, 0, G_OPTION_ARG_STRING, &against,
    N_ ("The term to compare with (default: the last one in the ledger)"), N_ ("TERM") },
  { "promote", 0, 0, G_OPTION_ARG_NONE, &promote,
    N_ ("A new school year: another grade with the same class number is no change"), NULL },
  OUTPUT_ENTRY,
  KAI_CTL_KIND_ENTRY,
  KAI_CTL_SHEET_ENTRY,
  KAI_CTL_LAYOUT_ENTRIES,
  { NULL },
};
static const GOptionEntry preview_entries[] = {
  { "limit", 0, 0, G_OPTION_ARG_INT, &limit, N_ ("How many texts (default: 3; 0: all)"), "N" },
  KAI_CTL_KIND_ENTRY,
  KAI_CTL_SHEET_ENTRY,
  KAI_CTL_LAYOUT_ENTRIES,
  { NULL },
};
static const GOptionEntry unpaid_entries[] = {
  { "by", 0, 0, G_OPTION_ARG_STRING, &by, N_ ("A sheet of paper for each class, with sums"),
    "class" },
  WHO_ENTRIES,
  OUTPUT_ENTRY,
  { NULL },
};
static const GOptionEntry remind_entries[] = {
  { "unpaid", 0, 0, G_OPTION_ARG_NONE, &unpaid_all, N_ ("All that are not paid"), NULL },
  { "way", 0, 0, G_OPTION_ARG_STRING, &way, N_ ("How they are told (default: sms)"),
    "sms|paper|phone" },
  WHO_ENTRIES,
  OUTPUT_ENTRY,
  { NULL },
};

/* ---- Tables in files ---- */

static gboolean
check_output (gboolean pdf, GError **error)
{
  if (!output || g_str_has_suffix (output, ".xlsx") || g_str_has_suffix (output, ".csv")
      || (pdf && g_str_has_suffix (output, ".pdf")))
    return TRUE;
  return pdf ? kai_ctl_usage (error, _ ("-o must end in .xlsx, .csv or .pdf."))
             : kai_ctl_usage (error, _ ("-o must end in .xlsx or .csv."));
}

static gboolean
write_output (KaiCtl *ctl, const char *title, const char *const *headers, GPtrArray *rows,
              int group, GError **error)
{
  int pages = 0;

  if (!output)
    return TRUE;
  if (g_str_has_suffix (output, ".pdf"))
    {
      if (!kai_print_table_write_pdf (output, title, headers, rows, group, &pages, error))
        return FALSE;
      kai_ctl_member_int (ctl, "pages", pages);
    }
  else if (!kai_table_write (output, title, headers, rows, error))
    return FALSE;
  kai_ctl_member (ctl, "file", output);
  return TRUE;
}

static GPtrArray *
rows_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
}

static void
add_row (GPtrArray *rows, const char *const *cells)
{
  g_ptr_array_add (rows, g_strdupv ((char **)cells));
}

/* ---- roster ---- */

static gboolean
show_changes (KaiCtl *ctl, const KaiRoster *roster, GError **error)
{
  g_auto (GStrv) headers = kai_roster_dup_headers ();
  g_autoptr (GPtrArray) rows = rows_new ();
  int counts[KAI_ROSTER_N_KINDS] = { 0 };

  kai_ctl_begin_array (ctl, "changes");
  for (guint i = 0; i < roster->changes->len; i++)
    {
      const KaiRosterChange *change = roster->changes->pdata[i];
      char **cells = kai_roster_change_dup_cells (change);

      counts[change->kind]++;
      g_ptr_array_add (rows, cells);
      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "change", kai_roster_kind_to_string (change->kind));
      kai_ctl_member (ctl, "payer", change->payer);
      kai_ctl_member (ctl, "student_no", change->student_no);
      kai_ctl_member (ctl, "class_before", change->class_before);
      kai_ctl_member (ctl, "class", change->class_now);
      kai_ctl_member_money (ctl, "amount_before", change->before);
      kai_ctl_member_money (ctl, "amount", change->now);
      kai_ctl_end_object (ctl);
      kai_ctl_say (ctl, "%s  %s  %s → %s  %s → %s", cells[0], change->payer, change->class_before,
                   change->class_now, cells[5], cells[6]);
    }
  kai_ctl_end_array (ctl);
  for (KaiRosterKind kind = 0; kind < KAI_ROSTER_N_KINDS; kind++)
    kai_ctl_member_int (ctl,
                        kind == KAI_ROSTER_CLASS    ? "class_changed"
                        : kind == KAI_ROSTER_AMOUNT ? "amount_changed"
                                                    : kai_roster_kind_to_string (kind),
                        counts[kind]);
  return write_output (ctl, _ ("Changes since last term"), (const char *const *)headers, rows, -1,
                       error);
}

/* Every row that can be read counts, also one that is issued already or still has to be mended. */
static GPtrArray *
list_all_notices (KaiImportSheet *list, GError **error)
{
  kai_import_sheet_set_ledger (list, NULL, NULL, NULL);
  return kai_import_sheet_build_all (list, error);
}

static gboolean
run_roster (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiImportSheet) list = NULL;
  g_autoptr (GPtrArray) now = NULL, before = NULL;
  g_autoptr (KaiRoster) roster = NULL;
  g_autofree char *last = g_strdup (against);
  GError *local = NULL;
  KaiDatabase *db;

  if (!check_output (TRUE, error) || !kai_ctl_prepare (ctl, 0, error))
    return FALSE;
  db = kai_desk_get_database (ctl->desk);
  list = kai_ctl_read_list (ctl, args, &local);
  now = list ? list_all_notices (list, &local) : NULL;
  if (!now)
    return kai_ctl_fail_unreadable (ctl, local, error);
  if (!last)
    last = kai_roster_find_last_term (db, kai_roster_find_term (now), &local);
  if (local)
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  before = kai_roster_load_term (db, last ? last : "", error);
  if (!before)
    return FALSE;
  roster = kai_roster_compare (before, now, promote);
  kai_ctl_member (ctl, "term", kai_roster_find_term (now));
  kai_ctl_member (ctl, "against", last);
  kai_ctl_member_int (ctl, "before", roster->before);
  kai_ctl_member_int (ctl, "now", roster->now);
  kai_ctl_member_int (ctl, "same", roster->same);
  if (!last)
    kai_ctl_say (ctl, _ ("The ledger has no earlier term: everybody is new."));
  else
    kai_ctl_say (ctl, _ ("Against %s: %d before, %d now, %d unchanged."), last, roster->before,
                 roster->now, roster->same);
  return show_changes (ctl, roster, error);
}

/* ---- preview ---- */

static void
show_text (KaiCtl *ctl, const KaiNotice *notice)
{
  g_autofree char *text = kai_desk_dup_sms (ctl->desk, notice);
  g_autofree char *mobile = kai_mask_mobile (notice->mobile);

  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "payer", notice->payer_name);
  kai_ctl_member (ctl, "mobile", mobile);
  kai_ctl_member (ctl, "payment_code", notice->payment_code);
  kai_ctl_member (ctl, "text", text);
  kai_ctl_member_int (ctl, "messages", kai_notice_count_sms (text));
  kai_ctl_end_object (ctl);
  kai_ctl_say (ctl, "%s  %s", mobile, text);
}

static gboolean
run_preview (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiImportSheet) list = NULL;
  g_autoptr (GPtrArray) notices = NULL;
  GError *local = NULL;

  if (limit < 0)
    return kai_ctl_usage (error, _ ("--limit is a number from 0."));
  if (!kai_ctl_prepare (ctl, 0, error))
    return FALSE;
  list = kai_ctl_read_list (ctl, args, &local);
  notices = list ? kai_import_sheet_build_notices (list, limit, FALSE, &local) : NULL;
  if (!notices)
    return kai_ctl_fail_unreadable (ctl, local, error);
  kai_ctl_begin_array (ctl, "texts");
  for (guint i = 0; i < notices->len; i++)
    show_text (ctl, notices->pdata[i]);
  kai_ctl_end_array (ctl);
  return TRUE;
}

/* ---- unpaid ---- */

static GPtrArray *
load_unpaid (KaiCtl *ctl, GError **error)
{
  KaiUnpaidFilter filter = { .term = term, .class_name = class_name, .lapsed = lapsed };

  if (from_day && !kai_day_parse (from_day, &filter.from, NULL))
    return kai_ctl_usage (error, _ ("--from must be a day such as 2026-09-01.")) ? NULL : NULL;
  if (to_day && !kai_day_parse (to_day, &filter.to, NULL))
    return kai_ctl_usage (error, _ ("--to must be a day such as 2026-09-30.")) ? NULL : NULL;
  return kai_ctl_desk (ctl, error)
             ? kai_unpaid_list (kai_desk_get_database (ctl->desk), &filter, error)
             : NULL;
}

static void
show_unpaid (KaiCtl *ctl, const KaiUnpaid *unpaid, GPtrArray *rows)
{
  const KaiNotice *notice = unpaid->notice;
  char **cells = kai_unpaid_dup_cells (unpaid);

  g_ptr_array_add (rows, cells);
  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "class", cells[0]);
  kai_ctl_member (ctl, "payer", notice->payer_name);
  kai_ctl_member (ctl, "student_no", notice->student_no);
  kai_ctl_member (ctl, "mobile", cells[3]);
  kai_ctl_member_money (ctl, "amount", notice->amount);
  kai_ctl_member (ctl, "payment_code", notice->payment_code);
  kai_ctl_member (ctl, "valid_until", cells[6]);
  kai_ctl_member (ctl, "state", kai_notice_state_to_string (notice->state));
  kai_ctl_member_int (ctl, "reminders", unpaid->reminders);
  kai_ctl_end_object (ctl);
  kai_ctl_say (ctl, "%s  %s  %s  %s  %s", cells[0], notice->payer_name, cells[4],
               notice->payment_code, cells[7]);
}

/* The sums of each class, in the order of the rows. */
static void
show_classes (KaiCtl *ctl, GPtrArray *list)
{
  kai_ctl_begin_array (ctl, "classes");
  for (guint i = 0; i < list->len;)
    {
      const KaiNotice *first = ((KaiUnpaid *)list->pdata[i])->notice;
      KaiMoney sum = 0;
      g_autofree char *text = NULL;
      guint from = i;

      for (; i < list->len; i++)
        {
          const KaiNotice *notice = ((KaiUnpaid *)list->pdata[i])->notice;

          if (strcmp (notice->class_name, first->class_name) != 0
              || strcmp (notice->grade, first->grade) != 0)
            break;
          kai_money_add (sum, notice->amount, &sum);
        }
      text = kai_money_to_display (sum);
      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "grade", first->grade);
      kai_ctl_member (ctl, "class", first->class_name);
      kai_ctl_member_int (ctl, "count", i - from);
      kai_ctl_member_money (ctl, "amount", sum);
      kai_ctl_end_object (ctl);
      kai_ctl_say (ctl, _ ("%s%s: %d not paid, %s yuan"), first->grade, first->class_name,
                   (int)(i - from), text);
    }
  kai_ctl_end_array (ctl);
}

static gboolean
run_unpaid (KaiCtl *ctl, char **args, GError **error)
{
  g_auto (GStrv) headers = kai_unpaid_dup_headers ();
  g_autoptr (GPtrArray) list = NULL, rows = rows_new ();
  KaiMoney sum = 0;
  g_autofree char *sum_text = NULL;

  if (by && strcmp (by, "class") != 0)
    return kai_ctl_usage (error, _ ("--by is “class”, not “%s”."), by);
  if (!check_output (TRUE, error))
    return FALSE;
  list = load_unpaid (ctl, error);
  if (!list)
    return FALSE;
  kai_ctl_begin_array (ctl, "unpaid");
  for (guint i = 0; i < list->len; i++)
    {
      show_unpaid (ctl, list->pdata[i], rows);
      kai_money_add (sum, ((KaiUnpaid *)list->pdata[i])->notice->amount, &sum);
    }
  kai_ctl_end_array (ctl);
  show_classes (ctl, list);
  sum_text = kai_money_to_display (sum);
  kai_ctl_member_int (ctl, "count", list->len);
  kai_ctl_member_money (ctl, "amount", sum);
  kai_ctl_say (ctl, _ ("Not paid: %d notices, %s yuan."), (int)list->len, sum_text);
  return write_output (ctl, _ ("Not paid"), (const char *const *)headers, rows, by ? 0 : -1, error);
}

/* ---- remind ---- */

static gboolean
take_codes (KaiCtl *ctl, char **codes, GPtrArray *list, GError **error)
{
  KaiDatabase *db = kai_desk_get_database (ctl->desk);

  for (int i = 0; codes[i]; i++)
    {
      KaiUnpaid *unpaid = g_new0 (KaiUnpaid, 1);

      g_ptr_array_add (list, unpaid);
      unpaid->notice = kai_notice_store_find (db, codes[i], error);
      if (!unpaid->notice)
        return FALSE;
      if (unpaid->notice->state != KAI_NOTICE_UNPAID)
        return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                              _ ("Notice %s is not unpaid: nobody need be told."), codes[i]);
    }
  return TRUE;
}

static gboolean
write_texts (KaiCtl *ctl, GPtrArray *list, GError **error)
{
  const char *headers[] = { _ ("Mobile"), _ ("Name"), _ ("Text"), NULL };
  g_autoptr (GPtrArray) rows = rows_new ();

  for (guint i = 0; i < list->len; i++)
    {
      const KaiNotice *notice = ((KaiUnpaid *)list->pdata[i])->notice;
      g_autofree char *text = kai_desk_dup_sms (ctl->desk, notice);
      const char *cells[] = { notice->mobile, notice->payer_name, text, NULL };

      add_row (rows, cells);
    }
  if (output)
    g_printerr (_ ("%s holds telephone numbers in full. Delete it when the texts are sent.\n"),
                output);
  return write_output (ctl, _ ("Texts"), headers, rows, -1, error);
}

static gboolean
run_remind (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (GPtrArray) list = NULL;

  if (!way)
    way = g_strdup ("sms");
  if (!kai_reminder_way_is_known (way))
    return kai_ctl_usage (error, _ ("--way is sms, paper or phone, not “%s”."), way);
  if ((args[0] != NULL) == unpaid_all)
    return kai_ctl_usage (error, _ ("Give payment codes, or --unpaid for all."));
  if (!check_output (FALSE, error) || !kai_ctl_desk (ctl, error))
    return FALSE;
  list = unpaid_all ? load_unpaid (ctl, error)
                    : g_ptr_array_new_with_free_func ((GDestroyNotify)kai_unpaid_free);
  if (!list || (!unpaid_all && !take_codes (ctl, args, list, error)))
    return FALSE;
  /* The file first: nobody is noted as told when there are no texts to send. */
  if (!write_texts (ctl, list, error)
      || !kai_unpaid_note_told (kai_desk_get_database (ctl->desk), list,
                                kai_desk_get_user_code (ctl->desk), way, error))
    return FALSE;
  kai_ctl_begin_array (ctl, "texts");
  for (guint i = 0; i < list->len; i++)
    show_text (ctl, ((KaiUnpaid *)list->pdata[i])->notice);
  kai_ctl_end_array (ctl);
  kai_ctl_member_int (ctl, "reminded", list->len);
  kai_ctl_say (ctl,
               _ ("%d noted as told again. The finance server has no message that sends the "
                  "SMS of a notice once more: send these texts yourself (-o FILE.csv for your "
                  "SMS service), or tell them on paper or by telephone."),
               (int)list->len);
  return TRUE;
}

const KaiCtlCommand kai_ctl_roster_commands[] = {
  { "import", "roster", "FILE", N_ ("Compare a list with last term: new, left, class, amount"),
    roster_entries, run_roster },
  { "import", "preview", "FILE", N_ ("Show the very text that a payer will get"), preview_entries,
    run_preview },
  { "report", "unpaid", "[--by class] [--term T] [--class C] [-o FILE.xlsx|.csv|.pdf]",
    N_ ("Who has not paid, by class"), unpaid_entries, run_unpaid },
  { "notice", "remind", "CODE… [--unpaid] [--way sms|paper|phone] [-o FILE.csv]",
    N_ ("Note that payers were told again, with the texts to send"), remind_entries, run_remind },
  { NULL },
};
