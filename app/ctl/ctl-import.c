/* kaipiaoctl import: template, check, issue. */
#include "ctl-import.h"

#include "import/kai-import.h"
#include "store/kai-import-store.h"
#include "sync/kai-batch-issue.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

static char *output, *errors_path, *results_path;
static int first = G_MAXINT; /* all */

static const GOptionEntry template_entries[] = {
  KAI_CTL_KIND_ENTRY,
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("File to write"), "FILE.xlsx" },
  { NULL },
};
static const GOptionEntry check_entries[] = {
  KAI_CTL_KIND_ENTRY, KAI_CTL_SHEET_ENTRY, KAI_CTL_LAYOUT_ENTRIES, KAI_CTL_FRESH_ENTRY, { NULL }
};
static const GOptionEntry columns_entries[] = {
  KAI_CTL_KIND_ENTRY, KAI_CTL_SHEET_ENTRY, KAI_CTL_LAYOUT_ENTRIES, { NULL }
};
static const GOptionEntry issue_entries[] = {
  KAI_CTL_KIND_ENTRY,
  KAI_CTL_SHEET_ENTRY,
  { "first", 0, 0, G_OPTION_ARG_INT, &first, N_ ("Issue only the first N good ones"), "N" },
  { "errors", 0, 0, G_OPTION_ARG_FILENAME, &errors_path, N_ ("Write the bad rows with reasons"),
    "OUT.xlsx" },
  { "results", 0, 0, G_OPTION_ARG_FILENAME, &results_path,
    N_ ("Write every row with its payment code or why it was refused"), "OUT.xlsx" },
  KAI_CTL_LAYOUT_ENTRIES,
  KAI_CTL_FRESH_ENTRY,
  { NULL },
};

static gboolean
run_template (KaiCtl *ctl, char **args, GError **error)
{
  int kind;
  KaiDesk *desk;

  if (!kai_ctl_parse_kind (&kind, error))
    return FALSE;
  if (kind < 0 || !output)
    return kai_ctl_usage (error, _ ("Give --kind notices or education, and -o FILE.xlsx."));
  desk = kai_ctl_desk (ctl, error);
  if (!desk || !kai_import_write_template (kind, kai_desk_get_base_data (desk), output, error))
    return FALSE;
  kai_ctl_member (ctl, "file", output);
  kai_ctl_say (ctl, _ ("The workbook is in %s."), output);
  return TRUE;
}

static void
show_list (KaiCtl *ctl, KaiImportSheet *list)
{
  KaiImportCounts counts = kai_import_sheet_get_counts (list);
  g_autoptr (GPtrArray) problems = kai_problems_new (), warnings = kai_problems_new ();
  g_autofree char *amount = kai_money_to_display (counts.amount);

  kai_import_sheet_list_all (list, problems, warnings);
  kai_ctl_member (ctl, "kind", kai_import_kind_to_string (kai_import_sheet_get_kind (list)));
  kai_ctl_member (ctl, "sheet", kai_import_sheet_get_sheet_name (list));
  kai_ctl_member_int (ctl, "rows", counts.rows);
  kai_ctl_member_int (ctl, "good", counts.good);
  kai_ctl_member_int (ctl, "bad", counts.bad);
  kai_ctl_member_int (ctl, "set_aside", counts.aside);
  kai_ctl_member_int (ctl, "issued_before", counts.issued);
  kai_ctl_member_money (ctl, "amount", counts.amount);
  kai_ctl_problems (ctl, "problems", problems);
  kai_ctl_problems (ctl, "warnings", warnings);
  kai_ctl_say (ctl, _ ("%d rows read: %d good, %d bad."), counts.rows, counts.good, counts.bad);
  if (counts.issued > 0)
    kai_ctl_say (ctl, _ ("%d rows were issued before and are left out."), counts.issued);
  if (counts.ticked > 0)
    kai_ctl_say (ctl, _ ("To be issued: %d rows, %s yuan."), counts.ticked, amount);
  if (counts.bad > 0 || problems->len > 0)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
}

static gboolean
run_check (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiImportSheet) list = NULL;
  GError *local = NULL;

  if (!kai_ctl_prepare (ctl, 0, error))
    return FALSE;
  list = kai_ctl_read_list (ctl, args, &local);
  if (!list)
    return kai_ctl_fail_unreadable (ctl, local, error);
  show_list (ctl, list);
  return TRUE;
}

/* ---- columns ---- */

static gboolean
run_columns (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiImportSheet) list = NULL;
  g_autofree char *missing = NULL;
  GError *local = NULL;

  if (!kai_ctl_prepare (ctl, 0, error))
    return FALSE;
  list = kai_ctl_open_list (ctl, args, &local);
  if (!list || !kai_ctl_apply_layout (ctl, list, &local))
    return kai_ctl_fail_unreadable (ctl, local, error);
  missing = kai_import_sheet_list_missing (list);
  kai_ctl_member (ctl, "kind", kai_import_kind_to_string (kai_import_sheet_get_kind (list)));
  kai_ctl_member (ctl, "sheet", kai_import_sheet_get_sheet_name (list));
  kai_ctl_member_int (ctl, "header_row", kai_import_sheet_get_header_row (list));
  kai_ctl_member_bool (ctl, "form", kai_import_sheet_is_form (list));
  kai_ctl_member (ctl, "missing", missing);
  kai_ctl_begin_array (ctl, "columns");
  for (int i = 0; i < kai_import_sheet_get_n_columns (list); i++)
    {
      KaiImportColumn column = kai_import_sheet_get_column (list, i);
      g_autofree char *field = kai_import_column_to_string (&column);

      kai_ctl_begin_object (ctl);
      kai_ctl_member_int (ctl, "number", i + 1);
      kai_ctl_member (ctl, "header", kai_import_sheet_get_header (list, i));
      kai_ctl_member (ctl, "field", field);
      kai_ctl_member_int (ctl, "confidence", column.confidence);
      kai_ctl_member (ctl, "by", kai_column_guess_to_string (column.guess));
      kai_ctl_end_object (ctl);
      kai_ctl_say (ctl, "%2d  %s  →  %s  (%d %%)", i + 1, kai_import_sheet_get_header (list, i),
                   field, column.confidence);
    }
  kai_ctl_end_array (ctl);
  if (!missing)
    return TRUE;
  kai_ctl_say (ctl,
               _ ("Still missing: %s. Say which columns hold them (--map) or give a value for "
                  "all rows (--set)."),
               missing);
  kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
  return TRUE;
}

/* ---- issue ---- */

typedef struct
{
  KaiCtl *ctl;
  KaiImportSheet *list;
  int accepted, refused, waiting;
} Issue;

static void
on_deliver (char **sentence, gpointer data)
{
  Issue *issue = data;

  kai_ctl_deliver (issue->ctl);
  if (issue->ctl->link_error)
    *sentence = g_strdup (issue->ctl->link_error->message);
}

static void
on_result (const KaiBatchResult *result, gpointer data)
{
  static const KaiRowResult results[] = { KAI_ROW_ISSUED_BEFORE, KAI_ROW_ISSUED, KAI_ROW_ACCEPTED,
                                          KAI_ROW_REFUSED };
  Issue *issue = data;

  kai_import_sheet_note_result (issue->list, result->row_key, results[result->outcome],
                                result->payment_code, result->sentence);
  issue->accepted += result->outcome == KAI_BATCH_ACCEPTED;
  issue->waiting += result->outcome == KAI_BATCH_SAVED;
  if (result->outcome != KAI_BATCH_REFUSED)
    return;
  issue->refused++;
  kai_ctl_refusal (issue->ctl, result->payment_code, result->refusal_code, result->sentence);
}

static void
on_progress (const KaiBatchProgress *progress, gpointer data)
{
  if (progress->parts > 1)
    kai_ctl_progress (_ ("Issuing"), progress->saved + progress->skipped, progress->total);
}

static gboolean
write_files (KaiCtl *ctl, KaiImportSheet *list, GError **error)
{
  KaiImportCounts counts = kai_import_sheet_get_counts (list);

  if (results_path)
    {
      if (!kai_import_sheet_write_results (list, results_path, error))
        return FALSE;
      kai_ctl_member (ctl, "results", results_path);
    }
  if (!errors_path || counts.bad + counts.refused == 0)
    return TRUE;
  if (!kai_import_sheet_write_bad (list, kai_import_sheet_get_batch (list), errors_path, error))
    return FALSE;
  kai_ctl_member (ctl, "errors", errors_path);
  kai_ctl_say (
      ctl, _ ("The bad rows with their reasons are in %s: mend them there and import that file."),
      errors_path);
  return TRUE;
}

/* What is written must not replace the list that it is about. */
static gboolean
check_output (const char *path, const char *option, char **args, GError **error)
{
  GStatBuf list, other;

  if (!path || !args[0] || g_stat (args[0], &list) != 0 || g_stat (path, &other) != 0
      || list.st_ino != other.st_ino || list.st_dev != other.st_dev)
    return TRUE;
  return kai_ctl_usage (error, _ ("%s is the workbook itself. Give another file name."), option);
}

static gboolean
issue_notices (KaiCtl *ctl, KaiImportSheet *list, Issue *issue, KaiBatchProgress *progress,
               GError **error)
{
  static const KaiBatchHooks hooks = { .deliver = on_deliver,
                                       .progress = on_progress,
                                       .result = on_result };
  g_autoptr (GPtrArray) notices = NULL;
  const char *batch = kai_import_store_begin (kai_desk_get_database (ctl->desk), list, error);
  gboolean ok;

  /* After the batch is known: it is part of the row keys. */
  if (batch && first == G_MAXINT)
    notices = kai_import_sheet_build_notices (list, 0, TRUE, error);
  else if (batch)
    {
      int open = kai_import_sheet_count_open_among (list, first);

      notices =
          open > 0 ? kai_import_sheet_build_notices (list, open, FALSE, error) : kai_notices_new ();
    }
  if (!notices || !kai_ctl_prepare (ctl, (int)notices->len, error))
    return FALSE;
  kai_ctl_begin_array (ctl, "refusals");
  ok = kai_batch_issue_run (ctl->desk, notices, batch, &hooks, issue, progress, error);
  /* What an earlier run has left behind goes out even when nothing is new. */
  if (ok && notices->len == 0)
    kai_ctl_deliver (ctl);
  kai_ctl_end_array (ctl);
  kai_ctl_end_progress ();
  return ok;
}

static gboolean
run_issue (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiImportSheet) list = NULL;
  Issue issue = { ctl };
  KaiBatchProgress progress = { 0 };
  GError *local = NULL;
  int before, refused;
  gboolean ok;

  if (first < 1)
    return kai_ctl_usage (error, _ ("--sheet and --first are numbers from 1."));
  if (!check_output (errors_path, "--errors", args, error)
      || !check_output (results_path, "--results", args, error) || !kai_ctl_prepare (ctl, 0, error))
    return FALSE;
  list = kai_ctl_read_list (ctl, args, &local);
  if (!list)
    return kai_ctl_fail_unreadable (ctl, local, error);
  issue.list = list;
  before = kai_import_sheet_count_issued_before (list, first);
  show_list (ctl, list);
  ok = issue_notices (ctl, list, &issue, &progress, error);
  kai_batch_progress_clear (&progress);
  if (!ok)
    return FALSE;
  refused = kai_import_sheet_get_counts (list).bad + issue.refused;
  kai_ctl_member (ctl, "batch", kai_import_sheet_get_batch (list));
  kai_ctl_member_int (ctl, "issued", issue.accepted + issue.waiting);
  kai_ctl_member_int (ctl, "accepted", issue.accepted);
  kai_ctl_member_int (ctl, "refused", refused);
  kai_ctl_member_int (ctl, "skipped", before + progress.skipped);
  kai_ctl_say (ctl, _ ("Batch %s: %d issued, %d refused, %d skipped (issued before)."),
               kai_import_sheet_get_batch (list), issue.accepted + issue.waiting, refused,
               before + progress.skipped);
  if (refused > 0)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
  /* Last: what was issued is told also when this file cannot be written. */
  return write_files (ctl, list, error);
}

const KaiCtlCommand kai_ctl_import_commands[] = {
  { "import", "template", "--kind K -o FILE.xlsx", N_ ("Write the empty workbook to fill in"),
    template_entries, run_template },
  { "import", "check", "FILE", N_ ("Read and check a workbook; writes nothing"), check_entries,
    run_check },
  { "import", "columns", "FILE",
    N_ ("Show what each column of a list was taken for; writes nothing else"), columns_entries,
    run_columns },
  { "import", "issue", "FILE",
    N_ ("Issue the good rows of a workbook; run again it goes on where it was"), issue_entries,
    run_issue },
  { NULL },
};
