/* Reads a fixed workbook: finds the sheet and its header, hands the rows to the groups, tells what else was seen. */
#include "import/kai-import.h"

#include "import/kai-import-private.h"
#include "values/kai-error.h"
#include "values/kai-problem.h"

#include <glib/gi18n-lib.h>
#include <string.h>

const char *
kai_import_kind_to_string (KaiImportKind kind)
{
  return kind == KAI_IMPORT_EDUCATION ? "education" : "notices";
}

gboolean
kai_import_kind_parse (const char *word, KaiImportKind *out)
{
  for (KaiImportKind kind = KAI_IMPORT_NOTICES; kind <= KAI_IMPORT_EDUCATION; kind++)
    if (g_strcmp0 (word, kai_import_kind_to_string (kind)) == 0)
      {
        *out = kind;
        return TRUE;
      }
  return FALSE;
}

void
kai_import_free (KaiImport *import)
{
  if (!import)
    return;
  g_free (import->content_hash);
  g_ptr_array_unref (import->notices);
  g_ptr_array_unref (import->problems);
  g_ptr_array_unref (import->warnings);
  g_array_unref (import->bad_rows);
  g_free (import);
}

/* ---- Finding the sheet and the header ---- */

typedef struct
{
  KaiHeaderSearch *search;
  KaiRowFunc func;
  gpointer data;
} Visit;

static gboolean
on_row (int row, const KaiCell *cells, int n, gpointer data)
{
  Visit *visit = data;

  if (visit->search->header.row == 0)
    return kai_header_search_row (visit->search, row, cells, n);
  return visit->func (row, cells, n, visit->data);
}

gboolean
kai_import_visit (KaiWorkbook *workbook, int sheet, KaiHeaderSearch *search, KaiRowFunc func,
                  gpointer data, GCancellable *cancellable, GError **error)
{
  int n = kai_workbook_get_n_sheets (workbook), kind = search->kind;
  g_autoptr (GError) first_error = NULL;
  Visit visit = { search, func, data };

  if (sheet < 0 || sheet > n)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The workbook has %d sheets: there is no sheet %d."), n, sheet);
  for (int i = sheet ? sheet - 1 : 0; i < (sheet ? sheet : n); i++)
    {
      kai_header_search_clear (search);
      kai_header_search_init (search, kind);
      if (!kai_workbook_read (workbook, i, on_row, &visit, cancellable, error))
        return FALSE;
      if (search->header.row > 0)
        return TRUE;
      /* The sentence of the first sheet that holds anything. */
      if (search->seen > 0 && !first_error)
        kai_header_search_fail (search, &first_error);
    }
  if (first_error)
    {
      g_propagate_error (error, g_steal_pointer (&first_error));
      return FALSE;
    }
  return kai_header_search_fail (search, error);
}

/* ---- Reading ---- */

typedef struct
{
  KaiHeaderSearch search;
  KaiImport *import;
  const KaiBaseData *base;
  KaiImportGroups *groups;
} Reading;

static gboolean
on_data_row (int row, const KaiCell *cells, int n, gpointer data)
{
  Reading *reading = data;
  const KaiHeader *header = &reading->search.header;

  if (kai_header_is_blank_row (header, cells, n) || kai_header_is_total_row (header, cells, n)
      || kai_header_is_example_row (header, cells, n))
    return TRUE;
  reading->import->kind = header->kind;
  kai_import_groups_add_row (reading->groups, header, row, cells, n);
  return TRUE;
}

static void
warn_about_header (Reading *reading)
{
  const KaiHeader *header = &reading->search.header;
  KaiImport *import = reading->import;

  for (guint i = 0; i < header->unknown->len; i++)
    g_ptr_array_add (import->warnings,
                     kai_problem_new (header->row, header->unknown->pdata[i], "unknown-column",
                                      _ ("The column “%s” belongs to no field and was not read."),
                                      (char *)header->unknown->pdata[i]));
  if (import->rows == 0)
    g_ptr_array_add (
        import->warnings,
        kai_problem_new (header->row, "", "no-rows",
                         _ ("The workbook has the header but no rows below it. Fill in "
                            "the rows, save and try again.")));
}

KaiImport *
kai_import_read (const char *path, int kind, int sheet, const KaiBaseData *base,
                 GCancellable *cancellable, GError **error)
{
  g_autoptr (KaiWorkbook) workbook = kai_workbook_open (path, error);
  g_autoptr (KaiImport) import = NULL;
  g_autoptr (KaiImportGroups) groups = NULL;
  Reading reading = { .base = base };
  gboolean ok;

  if (!workbook)
    return NULL;
  import = g_new0 (KaiImport, 1);
  import->content_hash = g_strdup (kai_workbook_get_hash (workbook));
  import->notices = kai_notices_new ();
  import->problems = kai_problems_new ();
  import->warnings = kai_problems_new ();
  import->bad_rows = g_array_new (FALSE, FALSE, sizeof (int));
  groups = kai_import_groups_new (import, base);
  reading.import = import;
  reading.groups = groups;
  kai_header_search_init (&reading.search, kind);
  ok = kai_import_visit (workbook, sheet, &reading.search, on_data_row, &reading, cancellable,
                         error);
  if (ok)
    {
      import->kind = reading.search.header.kind;
      warn_about_header (&reading);
      ok = kai_import_groups_finish (groups, error);
    }
  kai_header_search_clear (&reading.search);
  return ok ? g_steal_pointer (&import) : NULL;
}
