/* What is to be said of a list as a whole: columns that were not read, rows set aside, totals that do not agree. */
#include "import/kai-import-sheet-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void G_GNUC_PRINTF (6, 7) tell (KaiImportSheet *sheet, gboolean warning, int row,
                                       const char *field, const char *code, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (warning ? sheet->file_warnings : sheet->file_problems,
                   kai_problem_new (row, field, code, "%s", message));
}

/* ---- Columns ---- */

static gboolean
is_empty_column (KaiImportSheet *sheet, int column)
{
  for (guint row = 0; row < sheet->rows->len; row++)
    if (kai_sheet_cell (sheet, row, column))
      return FALSE;
  return TRUE;
}

#define MOST_NAMED 8

/* All in one sentence: a list of a school has a dozen columns that are nothing to a notice. */
static void
tell_unused (KaiImportSheet *sheet, GPtrArray *unused)
{
  g_autoptr (GString) names = g_string_new (NULL);
  int more = MAX (0, (int)unused->len - MOST_NAMED);

  if (unused->len == 0)
    return;
  for (guint i = 0; i < MIN (unused->len, MOST_NAMED); i++)
    g_string_append_printf (names, "%s%s", i ? "、" : "", (char *)unused->pdata[i]);
  if (unused->len == 1)
    tell (sheet, TRUE, sheet->header_row, unused->pdata[0], "unknown-column",
          _ ("The column “%s” belongs to no field and was not read."), (char *)unused->pdata[0]);
  else if (more == 0)
    tell (sheet, TRUE, sheet->header_row, unused->pdata[0], "unknown-column",
          _ ("%d columns belong to no field and were not read: %s."), (int)unused->len, names->str);
  else
    tell (sheet, TRUE, sheet->header_row, unused->pdata[0], "unknown-column",
          _ ("%d columns belong to no field and were not read: %s and %d more."), (int)unused->len,
          names->str, more);
}

/* Nobody has said what the column is: it was found. */
static gboolean
is_guess (const KaiSheetColumn *column)
{
  return column->guess != KAI_GUESS_CHOSEN && column->guess != KAI_GUESS_REMEMBERED;
}

static void
tell_columns (KaiImportSheet *sheet)
{
  g_autoptr (GPtrArray) unused = g_ptr_array_new ();

  for (int i = 0; i < sheet->n_columns; i++)
    {
      const KaiSheetColumn *column = sheet->columns + i;

      if (column->foreign_unit && column->use == KAI_COLUMN_IGNORED)
        tell (sheet, TRUE, sheet->header_row, column->header, "foreign-unit",
              _ ("“%s” is not in yuan, so that it was not read. Convert the amounts to yuan."),
              column->header);
      else if (column->use == KAI_COLUMN_IGNORED && is_guess (column)
               && (sheet->is_form || !is_empty_column (sheet, i)))
        g_ptr_array_add (unused, column->header);
      else if (column->use != KAI_COLUMN_IGNORED && is_guess (column) && column->confidence > 0
               && column->confidence < 70)
        tell (sheet, TRUE, sheet->header_row, column->header, "doubtful-column",
              _ ("The column “%s” was taken for “%s”, which is not certain. Look at it, and "
                 "choose another field if it is wrong."),
              column->header,
              column->use == KAI_COLUMN_FIELD  ? kai_field_get_header (sheet->kind, column->field)
              : column->use == KAI_COLUMN_ITEM ? _ ("charge item")
                                               : _ ("total"));
    }
  tell_unused (sheet, unused);
  if (sheet->has_sections)
    tell (sheet, TRUE, sheet->header_row, sheet->columns[sheet->n_columns - 1].header,
          "class-above",
          _ ("The list has no column for the class. It was taken from the rows or the title above "
             "the pupils: look at the column “%s”."),
          sheet->columns[sheet->n_columns - 1].header);
}

/* Nobody may believe that the whole file was read. */
static void
tell_other_sheets (KaiImportSheet *sheet)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < MIN (sheet->other_sheets->len, MOST_NAMED); i++)
    g_string_append_printf (names, "%s%s", i ? "、" : "",
                            (char *)g_ptr_array_index (sheet->other_sheets, i));
  if (sheet->other_sheets->len > 0)
    tell (sheet, TRUE, 0, "", "other-sheets",
          g_dngettext (GETTEXT_PACKAGE,
                       "Only the sheet “%s” was read. %d other sheet looks like a list, too: %s. "
                       "Read it as well if it is meant.",
                       "Only the sheet “%s” was read. %d other sheets look like lists, too: %s. "
                       "Read them one after the other if they are meant.",
                       sheet->other_sheets->len),
          sheet->sheet_name, (int)sheet->other_sheets->len, names->str);
}

/* ---- Rows set aside ---- */

static void
tell_aside (KaiImportSheet *sheet)
{
  static const KaiRowKind kinds[] = { KAI_ROW_TOTAL, KAI_ROW_HEADER, KAI_ROW_NOTE };

  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      int n = 0, first = 0;

      for (guint row = 0; row < sheet->rows->len; row++)
        if (kai_sheet_row (sheet, row)->kind == kinds[k] && n++ == 0)
          first = kai_sheet_row (sheet, row)->number;
      /* The form says so itself. */
      if (n > 0 && !sheet->is_form)
        tell (sheet, TRUE, first, "", "set-aside",
              g_dngettext (GETTEXT_PACKAGE, "%d row was set aside (%s), the first in row %d.",
                           "%d rows were set aside (%s), the first in row %d.", n),
              n, kai_row_kind_label (kinds[k]), first);
    }
  if (sheet->n_hidden > 0)
    tell (
        sheet, TRUE, sheet->first_hidden, "", "hidden-rows",
        g_dngettext (GETTEXT_PACKAGE,
                     "%d row is hidden in the file (by hand or by a filter) and was read like the "
                     "others; it is row %d.",
                     "%d rows are hidden in the file (by hand or by a filter) and were read like "
                     "the others; the first is row %d.",
                     sheet->n_hidden),
        sheet->n_hidden, sheet->first_hidden);
}

/* ---- Total rows ---- */

typedef struct
{
  KaiMoney since, all; /* since the last total row, and from the top */
  gboolean broken_since, broken;
} Sum;

static gboolean
read_amount (KaiImportSheet *sheet, int row, int column, KaiMoney *out)
{
  KaiCell cell = kai_import_pool_get (sheet->pool, kai_sheet_cell (sheet, row, column));
  KaiProblem *problem = NULL;

  *out = 0;
  if (kai_import_is_nothing (&cell))
    return TRUE;
  if (kai_import_take_money ("", 0, &cell, out, &problem))
    return TRUE;
  kai_problem_free (problem);
  return FALSE;
}

static gboolean
is_summed (const KaiSheetColumn *column)
{
  return column->use == KAI_COLUMN_ITEM || column->use == KAI_COLUMN_TOTAL
         || (column->use == KAI_COLUMN_FIELD
             && (column->field == KAI_FIELD_AMOUNT || column->field == KAI_FIELD_LATE_FEE));
}

static void
check_total_row (KaiImportSheet *sheet, int row, int column, Sum *sum)
{
  KaiSheetRow *own = kai_sheet_row (sheet, row);
  g_autofree char *text = NULL;
  KaiMoney total;

  if (kai_sheet_cell (sheet, row, column) && !sum->broken && !sum->broken_since
      && (!read_amount (sheet, row, column, &total) || (total != sum->since && total != sum->all)))
    {
      text = kai_money_to_display (sum->all);
      own->problem_at |= G_GUINT64_CONSTANT (1) << MIN (column, 63);
      own->problems |= kai_sheet_code_bit (sheet, "total-row");
      own->mark = KAI_MARK_PROBLEM;
      tell (sheet, FALSE, own->number, sheet->columns[column].header, "total-row",
            _ ("The total row does not agree with the rows above it, which make %s yuan. A row may "
               "be missing or an amount wrong: compare them with the original."),
            text);
    }
  sum->since = 0;
  sum->broken_since = FALSE;
}

static void
check_total_rows (KaiImportSheet *sheet)
{
  gboolean any = FALSE;

  for (guint row = 0; row < sheet->rows->len; row++)
    if (kai_sheet_row (sheet, row)->kind == KAI_ROW_TOTAL)
      {
        KaiSheetRow *own = kai_sheet_row (sheet, row);

        own->mark = KAI_MARK_NONE;
        own->problem_at = own->problems = 0;
        any = TRUE;
      }
  for (int column = 0; any && column < sheet->n_columns; column++)
    {
      Sum sum = { 0 };

      if (!is_summed (sheet->columns + column))
        continue;
      for (guint row = 0; row < sheet->rows->len; row++)
        {
          KaiRowKind kind = kai_sheet_row (sheet, row)->kind;
          KaiMoney amount = 0;

          if (kind == KAI_ROW_TOTAL)
            check_total_row (sheet, row, column, &sum);
          if (kind != KAI_ROW_DATA)
            continue;
          if (!read_amount (sheet, row, column, &amount)
              || !kai_money_add (sum.all, amount, &sum.all)
              || !kai_money_add (sum.since, amount, &sum.since))
            sum.broken = sum.broken_since = TRUE;
        }
    }
}

/* ---- All ---- */

void
kai_sheet_check_file (KaiImportSheet *sheet)
{
  int rows = 0;

  g_ptr_array_set_size (sheet->file_problems, 0);
  g_ptr_array_set_size (sheet->file_warnings, 0);
  for (guint row = 0; row < sheet->rows->len; row++)
    rows += kai_sheet_row (sheet, row)->kind == KAI_ROW_DATA;
  if (*sheet->note)
    tell (sheet, TRUE, 0, "", "file-note", "%s", sheet->note);
  if (*sheet->batch_note)
    tell (sheet, TRUE, 0, "", "imported-before", "%s", sheet->batch_note);
  tell_other_sheets (sheet);
  tell_columns (sheet);
  if (rows == 0)
    tell (sheet, TRUE, sheet->header_row, "", "no-rows",
          _ ("The workbook has the header but no rows below it. Fill in "
             "the rows, save and try again."));
  tell_aside (sheet);
  check_total_rows (sheet);
}

static void
copy_problems (GPtrArray *from, GPtrArray *to)
{
  for (guint i = 0; to && i < from->len; i++)
    {
      const KaiProblem *problem = from->pdata[i];

      g_ptr_array_add (to, kai_problem_new (problem->row, problem->field, problem->code, "%s",
                                            problem->message));
    }
}

void
kai_import_sheet_list_file (KaiImportSheet *sheet, GPtrArray *problems, GPtrArray *warnings)
{
  copy_problems (sheet->file_problems, problems);
  copy_problems (sheet->file_warnings, warnings);
}
