/* kaipiaoctl import: template, check, issue. */
#include "kai-ctl.h"

#include "import/kai-import.h"
#include "store/kai-import-store.h"
#include "store/kai-notice-store.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

static char *kind_word, *output, *errors_path;
static int sheet, first = G_MAXINT; /* first: all */

#define KIND_ENTRY                                                                                 \
  {                                                                                                \
    "kind", 0, 0, G_OPTION_ARG_STRING, &kind_word, N_ ("Kind of workbook"), "notices|education"    \
  }
#define SHEET_ENTRY                                                                                \
  {                                                                                                \
    "sheet", 0, 0, G_OPTION_ARG_INT, &sheet, N_ ("Sheet, counted from 1 (first with data)"), "N"   \
  }

static const GOptionEntry template_entries[] = {
  KIND_ENTRY,
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("File to write"), "FILE.xlsx" },
  { NULL },
};
static const GOptionEntry check_entries[] = { KIND_ENTRY, SHEET_ENTRY, { NULL } };
static const GOptionEntry issue_entries[] = {
  KIND_ENTRY,
  SHEET_ENTRY,
  { "first", 0, 0, G_OPTION_ARG_INT, &first, N_ ("Issue only the first N good ones"), "N" },
  { "errors", 0, 0, G_OPTION_ARG_FILENAME, &errors_path, N_ ("Write the bad rows with reasons"),
    "OUT.xlsx" },
  { NULL },
};

static gboolean
parse_kind (int *kind, GError **error)
{
  KaiImportKind parsed;

  *kind = -1;
  if (!kind_word)
    return TRUE;
  if (!kai_import_kind_parse (kind_word, &parsed))
    return kai_ctl_usage (error, _ ("--kind is “notices” or “education”, not “%s”."), kind_word);
  *kind = parsed;
  return TRUE;
}

static gboolean
run_template (KaiCtl *ctl, char **args, GError **error)
{
  int kind;
  KaiDesk *desk;

  if (!parse_kind (&kind, error))
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

static KaiImport *
read_file (KaiCtl *ctl, char **args, GError **error)
{
  int kind;

  if (!parse_kind (&kind, error))
    return NULL;
  if (g_strv_length (args) != 1)
    {
      kai_ctl_usage (error, _ ("Which workbook? Give one file."));
      return NULL;
    }
  if (sheet < 0 || first < 1)
    {
      kai_ctl_usage (error, _ ("--sheet and --first are numbers from 1."));
      return NULL;
    }
  return kai_import_read (args[0], kind, sheet, kai_desk_get_base_data (ctl->desk), NULL, error);
}

static void
show_import (KaiCtl *ctl, const KaiImport *import)
{
  kai_ctl_member (ctl, "kind", kai_import_kind_to_string (import->kind));
  kai_ctl_member_int (ctl, "rows", import->rows);
  kai_ctl_member_int (ctl, "good", import->good);
  kai_ctl_member_int (ctl, "bad", import->bad);
  kai_ctl_problems (ctl, "problems", import->problems);
  kai_ctl_problems (ctl, "warnings", import->warnings);
  kai_ctl_say (ctl, _ ("%d rows read: %d good, %d bad."), import->rows, import->good, import->bad);
  if (import->bad > 0)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
}

/* A file that is not a table we know is unreadable input, whatever is wrong with it. */
static gboolean
fail_unreadable (KaiCtl *ctl, GError *local, GError **error)
{
  if (local->domain != KAI_CTL_ERROR)
    kai_ctl_raise (ctl, KAI_EXIT_BAD_INPUT);
  g_propagate_error (error, local);
  return FALSE;
}

static gboolean
run_check (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiImport) import = NULL;
  GError *local = NULL;

  if (!kai_ctl_prepare (ctl, 0, error))
    return FALSE;
  import = read_file (ctl, args, &local);
  if (!import)
    return fail_unreadable (ctl, local, error);
  show_import (ctl, import);
  return TRUE;
}

/* ---- issue ---- */

/* An education row names pupil, item and term and is the same in whatever file it comes. Elsewhere the same person may owe the same again:
 * there a row is the same only within the batch of its file. */
static void
finish_row_keys (const KaiImport *import, const char *batch)
{
  if (import->kind == KAI_IMPORT_EDUCATION)
    return;
  for (guint i = 0; i < import->notices->len; i++)
    {
      KaiNotice *notice = import->notices->pdata[i];
      g_autofree char *key = g_strconcat (batch, ":", notice->row_key, NULL);

      kai_notice_set (&notice->row_key, key);
    }
}

static gboolean
issue_all (KaiCtl *ctl, const KaiImport *import, const char *batch, int *skipped, GError **error)
{
  int limit = kai_desk_get_profile (ctl->desk)->batch_limit;
  guint n = MIN ((guint)first, import->notices->len);

  for (guint start = 0; start < n; start += limit)
    {
      g_autoptr (GPtrArray) part = kai_notices_new ();
      int part_skipped = 0;

      for (guint i = start; i < MIN (start + limit, n); i++)
        g_ptr_array_add (part, kai_notice_ref (import->notices->pdata[i]));
      if (!kai_desk_issue (ctl->desk, part, batch, &part_skipped, error))
        return FALSE;
      *skipped += part_skipped;
    }
  return TRUE;
}

/* What the server said to those that were issued just now. */
static gboolean
count_results (KaiCtl *ctl, const KaiImport *import, int *issued, int *refused, GError **error)
{
  KaiDatabase *db = kai_desk_get_database (ctl->desk);

  kai_ctl_begin_array (ctl, "refusals");
  for (guint i = 0; i < import->notices->len; i++)
    {
      const KaiNotice *made = import->notices->pdata[i];
      g_autoptr (KaiNotice) stored = NULL;

      if (made->id == 0)
        continue;
      stored = kai_notice_store_load (db, made->id, error);
      if (!stored)
        {
          kai_ctl_end_array (ctl);
          return FALSE;
        }
      if (stored->sync == KAI_SYNC_REFUSED)
        {
          (*refused)++;
          kai_ctl_refusal (ctl, stored->payment_code, stored->refusal_code, stored->refusal_text);
        }
      else
        (*issued)++;
    }
  kai_ctl_end_array (ctl);
  return TRUE;
}

static gboolean
write_errors (KaiCtl *ctl, const KaiImport *import, const char *path, GError **error)
{
  if (!errors_path || import->bad == 0)
    return TRUE;
  if (!kai_import_write_errors (import, path, sheet, errors_path, error))
    return FALSE;
  kai_ctl_member (ctl, "errors", errors_path);
  kai_ctl_say (
      ctl, _ ("The bad rows with their reasons are in %s: mend them there and import that file."),
      errors_path);
  return TRUE;
}

/* The errors must not replace the list that they are about. */
static gboolean
check_errors_path (char **args, GError **error)
{
  GStatBuf list, errors;

  if (!errors_path || !args[0] || g_stat (args[0], &list) != 0 || g_stat (errors_path, &errors) != 0
      || list.st_ino != errors.st_ino || list.st_dev != errors.st_dev)
    return TRUE;
  return kai_ctl_usage (error, _ ("--errors is the workbook itself. Give another file name."));
}

static gboolean
run_issue (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiImport) import = NULL;
  g_autofree char *batch = NULL, *name = NULL;
  gboolean is_new;
  int skipped = 0, issued = 0, refused;
  GError *local = NULL;

  if (!check_errors_path (args, error) || !kai_ctl_prepare (ctl, 0, error))
    return FALSE;
  import = read_file (ctl, args, &local);
  if (!import)
    return fail_unreadable (ctl, local, error);
  name = g_path_get_basename (args[0]);
  if (!kai_import_store_get_batch (kai_desk_get_database (ctl->desk), import->content_hash,
                                   kai_import_kind_to_string (import->kind), name, &batch, &is_new,
                                   error))
    return FALSE;
  finish_row_keys (import, batch);
  if (!kai_ctl_prepare (ctl, import->notices->len, error)
      || !issue_all (ctl, import, batch, &skipped, error))
    return FALSE;
  kai_ctl_deliver (ctl);
  show_import (ctl, import);
  refused = import->bad;
  if (!count_results (ctl, import, &issued, &refused, error))
    return FALSE;
  kai_ctl_member (ctl, "batch", batch);
  kai_ctl_member_int (ctl, "issued", issued);
  kai_ctl_member_int (ctl, "refused", refused);
  kai_ctl_member_int (ctl, "skipped", skipped);
  kai_ctl_say (ctl, _ ("Batch %s: %d issued, %d refused, %d skipped (issued before)."), batch,
               issued, refused, skipped);
  if (refused > 0)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
  /* Last: what was issued is told also when this file cannot be written. */
  return write_errors (ctl, import, args[0], error);
}

const KaiCtlCommand kai_ctl_import_commands[] = {
  { "import", "template", "--kind K -o FILE.xlsx", N_ ("Write the empty workbook to fill in"),
    template_entries, run_template },
  { "import", "check", "FILE", N_ ("Read and check a workbook; writes nothing"), check_entries,
    run_check },
  { "import", "issue", "FILE",
    N_ ("Issue the good rows of a workbook; run again it goes on where it was"), issue_entries,
    run_issue },
  { NULL },
};
