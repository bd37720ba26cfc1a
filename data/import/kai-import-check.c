/* Checking a list: all of it once, afterwards only what an edit touches. Per row there are marks; the sentences are made when somebody asks for them. */
#include "import/kai-import-sheet-private.h"

#include "values/kai-error.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define CANCEL_EVERY 1024

/* ---- Marks ---- */

guint64
kai_sheet_code_bit (KaiImportSheet *sheet, const char *code)
{
  guint i;

  for (i = 0; i < sheet->n_codes; i++)
    if (strcmp (sheet->codes[i], code) == 0)
      return G_GUINT64_CONSTANT (1) << i;
  if (i == KAI_SHEET_MAX_CODES)
    return G_GUINT64_CONSTANT (1) << (KAI_SHEET_MAX_CODES - 1);
  sheet->codes[sheet->n_codes++] = g_strdup (code);
  return G_GUINT64_CONSTANT (1) << i;
}

static guint64
column_bit (int column)
{
  return G_GUINT64_CONSTANT (1) << (column < 0 || column > 62 ? 63 : column);
}

typedef struct
{
  KaiSink sink;
  KaiImportSheet *sheet;
} MarkSink;

static void
take_mark (KaiSink *sink, int row, int column, gboolean warning, KaiProblem *problem)
{
  KaiImportSheet *sheet = ((MarkSink *)sink)->sheet;
  KaiSheetRow *own = kai_sheet_row (sheet, row);

  if (warning)
    {
      own->warning_at |= column_bit (column);
      own->warnings |= kai_sheet_code_bit (sheet, problem->code);
      own->mark = MAX (own->mark, KAI_MARK_WARNING);
    }
  else
    {
      own->problem_at |= column_bit (column);
      own->problems |= kai_sheet_code_bit (sheet, problem->code);
      own->mark = KAI_MARK_PROBLEM;
    }
  kai_problem_free (problem);
}

static void
clear_marks (KaiImportSheet *sheet, int row)
{
  KaiSheetRow *own = kai_sheet_row (sheet, row);

  own->mark = KAI_MARK_NONE;
  own->problem_at = own->warning_at = own->problems = own->warnings = 0;
}

/* ---- Notices: rows with one 序号 ---- */

static gboolean
add_group_row (int row, gpointer data)
{
  g_array_append_val ((GArray *)data, row);
  return TRUE;
}

static int
compare_ints (gconstpointer a, gconstpointer b)
{
  return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

static GArray *
rows_of_parsed (KaiImportSheet *sheet, const KaiParsedRow *parsed)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (int));
  KaiRowKey key;

  if (kai_sheet_group_key (sheet, parsed, &key))
    kai_row_index_visit (sheet->groups, &key, add_group_row, rows);
  if (rows->len == 0)
    g_array_append_val (rows, parsed->row);
  g_array_sort (rows, compare_ints);
  return rows;
}

GArray *
kai_sheet_group_rows (KaiImportSheet *sheet, int row)
{
  g_autofree KaiParsedRow *parsed = g_new (KaiParsedRow, 1);

  kai_sheet_parse_row (sheet, row, parsed);
  return rows_of_parsed (sheet, parsed);
}

/* ---- The indexes ---- */

static void
index_parsed (KaiImportSheet *sheet, const KaiParsedRow *parsed, gboolean add)
{
  void (*func) (KaiRowIndex *, const KaiRowKey *, int) =
      add ? kai_row_index_add : kai_row_index_remove;
  KaiRowKey keys[KAI_ROW_MAX_ITEMS];
  int n = kai_sheet_student_keys (sheet, parsed, keys);

  for (int i = 0; i < n; i++)
    func (sheet->students, keys + i, parsed->row);
  if (kai_sheet_group_key (sheet, parsed, keys))
    func (sheet->groups, keys, parsed->row);
  if (kai_sheet_id_key (parsed, keys))
    func (sheet->ids, keys, parsed->row);
}

void
kai_sheet_index_row (KaiImportSheet *sheet, int row, gboolean add)
{
  g_autofree KaiParsedRow *parsed = NULL;

  if (kai_sheet_row (sheet, row)->kind != KAI_ROW_DATA)
    return;
  parsed = g_new (KaiParsedRow, 1);
  kai_sheet_parse_row (sheet, row, parsed);
  index_parsed (sheet, parsed, add);
}

/* ---- All rows ---- */

/* TRUE when nothing that other rows say can make @parsed doubtful; adds it to the indexes. @doubts gets every row that others make doubtful. */
static gboolean
is_alone (KaiImportSheet *sheet, const KaiParsedRow *parsed, GArray *doubts)
{
  KaiRowKey keys[KAI_ROW_MAX_ITEMS];
  int n = kai_sheet_student_keys (sheet, parsed, keys);
  gboolean alone = TRUE;
  int first;

  for (int i = 0; i < n; i++)
    alone = alone && kai_row_index_first (sheet->students, keys + i, NULL) < 0;
  if (kai_sheet_id_key (parsed, keys))
    alone = alone && kai_row_index_first (sheet->ids, keys, NULL) < 0;
  if (kai_sheet_group_key (sheet, parsed, keys)
      && (first = kai_row_index_first (sheet->groups, keys, &n)) >= 0)
    {
      alone = FALSE;
      if (n == 1)
        g_array_append_val (doubts, first);
    }
  index_parsed (sheet, parsed, TRUE);
  return alone;
}

static gboolean
check_quickly (KaiImportSheet *sheet, GArray *doubts, GCancellable *cancellable, GError **error)
{
  g_autofree KaiParsedRow *parsed = g_new (KaiParsedRow, 1);

  for (int row = 0; row < (int)sheet->rows->len; row++)
    {
      if (row % CANCEL_EVERY == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      clear_marks (sheet, row);
      if (kai_sheet_row (sheet, row)->kind != KAI_ROW_DATA)
        continue;
      kai_sheet_parse_row (sheet, row, parsed);
      if (!is_alone (sheet, parsed, doubts) || parsed->doubtful)
        g_array_append_val (doubts, row);
    }
  return TRUE;
}

static gboolean
mark_rows (KaiImportSheet *sheet, const int *rows, int n, GCancellable *cancellable, GError **error)
{
  MarkSink sink = { { take_mark }, sheet };
  g_autoptr (GHashTable) done = g_hash_table_new (NULL, NULL);

  for (int i = 0; i < n; i++)
    {
      g_autoptr (GArray) group = NULL;

      if (i % CANCEL_EVERY == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (kai_sheet_row (sheet, rows[i])->kind != KAI_ROW_DATA)
        {
          clear_marks (sheet, rows[i]);
          continue;
        }
      /* Each notice once, however many rows it has. */
      if (g_hash_table_contains (done, GINT_TO_POINTER (rows[i] + 1)))
        continue;
      group = kai_sheet_group_rows (sheet, rows[i]);
      for (guint k = 0; k < group->len; k++)
        g_hash_table_add (done, GINT_TO_POINTER (g_array_index (group, int, k) + 1));
      for (guint k = 0; k < group->len; k++)
        clear_marks (sheet, g_array_index (group, int, k));
      kai_sheet_check_group (sheet, (const int *)(gpointer)group->data, (int)group->len,
                             &sink.sink);
    }
  return TRUE;
}

void
kai_sheet_mark_rows (KaiImportSheet *sheet, const int *rows, int n)
{
  mark_rows (sheet, rows, n, NULL, NULL);
}

gboolean
kai_import_sheet_check (KaiImportSheet *sheet, GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) doubts = g_array_new (FALSE, FALSE, sizeof (int));

  sheet->checked = FALSE;
  kai_row_index_clear (sheet->groups);
  kai_row_index_clear (sheet->students);
  kai_row_index_clear (sheet->ids);
  g_hash_table_remove_all (sheet->answers);
  memset (sheet->item_cache, 0, sizeof sheet->item_cache);
  sheet->term_given = 0;
  if (!check_quickly (sheet, doubts, cancellable, error)
      || !mark_rows (sheet, (const int *)(gpointer)doubts->data, (int)doubts->len, cancellable,
                     error))
    return FALSE;
  sheet->checked = TRUE;
  kai_sheet_check_file (sheet);
  if (!kai_sheet_ask_ledger (sheet, NULL, 0, error))
    {
      sheet->checked = FALSE;
      return FALSE;
    }
  kai_sheet_notify (sheet, 0, -1);
  return TRUE;
}

/* ---- Counts ---- */

KaiMark
kai_import_sheet_get_row_mark (KaiImportSheet *sheet, int row)
{
  return kai_sheet_row (sheet, row)->mark;
}

static KaiMoney
amount_of (KaiImportSheet *sheet, int row, KaiParsedRow *scratch)
{
  KaiMoney sum;

  kai_sheet_parse_row (sheet, row, scratch);
  sum = scratch->late_fee;
  for (int i = 0; i < scratch->n_items; i++)
    if (scratch->items[i].amount > 0 && !kai_money_add (sum, scratch->items[i].amount, &sum))
      return sum;
  return sum;
}

KaiImportCounts
kai_import_sheet_get_counts (KaiImportSheet *sheet)
{
  KaiImportCounts counts = { 0 };
  g_autofree KaiParsedRow *scratch = g_new (KaiParsedRow, 1);

  for (int row = 0; row < (int)sheet->rows->len; row++)
    {
      const KaiSheetRow *own = kai_sheet_row (sheet, row);

      if (own->kind != KAI_ROW_DATA)
        {
          counts.aside++;
          continue;
        }
      counts.rows++;
      counts.issued += kai_import_sheet_is_locked (sheet, row);
      counts.refused += own->result == KAI_ROW_REFUSED;
      if (own->mark == KAI_MARK_PROBLEM)
        {
          counts.bad++;
          continue;
        }
      counts.good++;
      counts.warned += own->mark == KAI_MARK_WARNING;
      if (!own->ticked || kai_import_sheet_is_locked (sheet, row))
        continue;
      counts.ticked++;
      kai_money_add (counts.amount, amount_of (sheet, row, scratch), &counts.amount);
    }
  return counts;
}

static const char *
code_label (const char *code)
{
  static const struct
  {
    const char *code, *label;
  } labels[] = {
    { "missing", N_ ("missing") },
    { "bad-check-digit", N_ ("wrong check digit") },
    { "bad-birth-date", N_ ("impossible date of birth") },
    { "bad-identity-number", N_ ("not an identity number") },
    { "bad-credit-code", N_ ("not a credit code") },
    { "bad-mobile", N_ ("not a mobile number") },
    { "bad-name", N_ ("not a name") },
    { "excel-damaged", N_ ("digits lost in a spreadsheet") },
    { "unknown-item", N_ ("unknown charge item") },
    { "ambiguous-item", N_ ("several items of that name") },
    { "choose-item", N_ ("charge item to be chosen") },
    { "outside-standard", N_ ("outside the standard") },
    { "bad-amount", N_ ("not an amount") },
    { "bad-quantity", N_ ("not a quantity") },
    { "bad-kind", N_ ("kind of payer") },
    { "total-differs", N_ ("total does not agree") },
    { "duplicate-row", N_ ("twice in the list") },
    { "similar-row", N_ ("perhaps twice in the list") },
    { "other-name", N_ ("one number, two names") },
    { "already-issued", N_ ("issued already") },
    { "similar-issued", N_ ("perhaps issued already") },
    { "payer-differs", N_ ("rows of one notice differ") },
    { "same-notice", N_ ("another row of the notice") },
    { "cell-error", N_ ("error in a formula") },
    { "bad-cell", N_ ("no value") },
    { "bad-character", N_ ("unprintable character") },
    { "too-long", N_ ("too long") },
    { "too-many-items", N_ ("too many items") },
    { "number-cell", N_ ("perhaps zeros lost in front") },
    { "item-name", N_ ("name is not that of the code") },
    { "rare-character", N_ ("rare character") },
    { "foreign-document", N_ ("foreign document") },
    { "foreign-mobile", N_ ("foreign mobile number") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++)
    if (strcmp (labels[i].code, code) == 0)
      return _ (labels[i].label);
  return code;
}

static int
compare_codes (gconstpointer a, gconstpointer b)
{
  const KaiImportCode *left = a, *right = b;

  if (left->warning != right->warning)
    return left->warning - right->warning;
  return (right->rows > left->rows) - (right->rows < left->rows);
}

GArray *
kai_import_sheet_list_codes (KaiImportSheet *sheet)
{
  GArray *codes = g_array_new (FALSE, FALSE, sizeof (KaiImportCode));

  for (guint i = 0; i < sheet->n_codes * 2; i++)
    {
      guint64 bit = G_GUINT64_CONSTANT (1) << i / 2;
      KaiImportCode code = { sheet->codes[i / 2], code_label (sheet->codes[i / 2]), i % 2, 0 };

      for (guint row = 0; row < sheet->rows->len; row++)
        {
          const KaiSheetRow *own = kai_sheet_row (sheet, row);

          code.rows += ((code.warning ? own->warnings : own->problems) & bit) != 0;
        }
      if (code.rows > 0)
        g_array_append_val (codes, code);
    }
  g_array_sort (codes, compare_codes);
  return codes;
}

/* ---- Sentences ---- */

typedef struct
{
  KaiSink sink;
  int row, column; /* wanted; row -1 all, column -2 all */
  GPtrArray *problems, *warnings;
} ListSink;

static void
take_listed (KaiSink *sink, int row, int column, gboolean warning, KaiProblem *problem)
{
  ListSink *list = (ListSink *)sink;
  GPtrArray *to = warning ? list->warnings : list->problems;

  if (!to || (list->row >= 0 && row != list->row)
      || (list->column > -2 && column_bit (column) != column_bit (list->column)))
    kai_problem_free (problem);
  else
    g_ptr_array_add (to, problem);
}

static void
list_row (KaiImportSheet *sheet, int row, int column, GPtrArray *problems, GPtrArray *warnings)
{
  ListSink sink = { { take_listed }, row, column, problems, warnings };
  g_autoptr (GArray) group = NULL;

  if (kai_sheet_row (sheet, row)->kind != KAI_ROW_DATA
      || kai_sheet_row (sheet, row)->mark == KAI_MARK_NONE)
    return;
  group = kai_sheet_group_rows (sheet, row);
  kai_sheet_check_group (sheet, (const int *)(gpointer)group->data, (int)group->len, &sink.sink);
}

void
kai_import_sheet_list_row (KaiImportSheet *sheet, int row, GPtrArray *problems, GPtrArray *warnings)
{
  list_row (sheet, row, -2, problems, warnings);
}

static int
compare_problems (gconstpointer a, gconstpointer b)
{
  const KaiProblem *left = *(KaiProblem *const *)a, *right = *(KaiProblem *const *)b;

  return (left->row > right->row) - (left->row < right->row);
}

void
kai_import_sheet_list_all (KaiImportSheet *sheet, GPtrArray *problems, GPtrArray *warnings)
{
  ListSink sink = { { take_listed }, -1, -2, problems, warnings };
  g_autoptr (GHashTable) done = g_hash_table_new (NULL, NULL);

  kai_import_sheet_list_file (sheet, problems, warnings);
  for (int row = 0; row < (int)sheet->rows->len; row++)
    {
      g_autoptr (GArray) group = NULL;

      if (kai_sheet_row (sheet, row)->kind != KAI_ROW_DATA
          || kai_sheet_row (sheet, row)->mark == KAI_MARK_NONE
          || g_hash_table_contains (done, GINT_TO_POINTER (row + 1)))
        continue;
      group = kai_sheet_group_rows (sheet, row);
      for (guint k = 0; k < group->len; k++)
        g_hash_table_add (done, GINT_TO_POINTER (g_array_index (group, int, k) + 1));
      kai_sheet_check_group (sheet, (const int *)(gpointer)group->data, (int)group->len,
                             &sink.sink);
    }
  if (problems)
    g_ptr_array_sort (problems, compare_problems);
  if (warnings)
    g_ptr_array_sort (warnings, compare_problems);
}

KaiMark
kai_import_sheet_get_mark (KaiImportSheet *sheet, int row, int column)
{
  const KaiSheetRow *own = kai_sheet_row (sheet, row);

  if (own->mark == KAI_MARK_NONE)
    return KAI_MARK_NONE;
  if (own->problem_at & column_bit (column))
    return KAI_MARK_PROBLEM;
  return own->warning_at & column_bit (column) ? KAI_MARK_WARNING : KAI_MARK_NONE;
}

static void
append_sentences (GString *out, GPtrArray *problems, gboolean with_header)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const KaiProblem *problem = problems->pdata[i];

      if (out->len > 0)
        g_string_append_c (out, '\n');
      if (with_header)
        g_string_append_printf (out, "%s: ", problem->field);
      g_string_append (out, problem->message);
    }
}

static char *
dup_sentences (KaiImportSheet *sheet, int row, int column)
{
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (GPtrArray) warnings = kai_problems_new ();
  g_autoptr (GString) out = g_string_new (NULL);

  list_row (sheet, row, column, problems, warnings);
  append_sentences (out, problems, column == -2);
  append_sentences (out, warnings, column == -2);
  return out->len > 0 ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

char *
kai_import_sheet_dup_cell_sentences (KaiImportSheet *sheet, int row, int column)
{
  return dup_sentences (sheet, row, column);
}

char *
kai_import_sheet_dup_row_sentences (KaiImportSheet *sheet, int row)
{
  return dup_sentences (sheet, row, -2);
}
