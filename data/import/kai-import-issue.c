/* From rows to notices and back: what would be issued, what the ledger knows of it, what became of it. */
#include "import/kai-import-sheet-private.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* ---- Ticks ---- */

void
kai_import_sheet_set_tick (KaiImportSheet *sheet, int row, gboolean tick)
{
  g_autoptr (GArray) rows = NULL;

  if (kai_sheet_row (sheet, row)->kind != KAI_ROW_DATA)
    return;
  rows = kai_sheet_group_rows (sheet, row);
  for (guint i = 0; i < rows->len; i++)
    {
      kai_sheet_row (sheet, g_array_index (rows, int, i))->ticked = tick;
      kai_sheet_notify (sheet, g_array_index (rows, int, i), 1);
    }
}

void
kai_import_sheet_tick_view (KaiImportSheet *sheet, gboolean tick)
{
  int n = kai_import_sheet_get_n_view (sheet);

  for (int i = 0; i < n; i++)
    {
      int row = kai_import_sheet_get_view_row (sheet, i);

      /* The rows of one notice are not always all in the view. */
      if (kai_sheet_row (sheet, row)->ticked != tick)
        kai_import_sheet_set_tick (sheet, row, tick);
    }
}

/* ---- Notices of rows ---- */

static gboolean
fail_without_sm3 (GError **error)
{
  return kai_data_fail (
      error, KAI_DATA_ERROR_IO,
      _ ("The hash function SM3 is missing from this system's OpenSSL. Install the "
         "package libssl3 of the distribution."));
}

/* No problem but what the ledger said before. */
static gboolean
may_be_issued (KaiImportSheet *sheet, int row)
{
  const KaiSheetRow *own = kai_sheet_row (sheet, row);

  return own->kind == KAI_ROW_DATA
         && !(own->problems & ~kai_sheet_code_bit (sheet, "already-issued")
              & ~kai_sheet_code_bit (sheet, "same-notice"));
}

static gboolean
is_good (KaiImportSheet *sheet, int row)
{
  const KaiSheetRow *own = kai_sheet_row (sheet, row);

  return own->kind == KAI_ROW_DATA && own->mark != KAI_MARK_PROBLEM;
}

typedef struct
{
  KaiImportSheet *sheet;
  int first; /* of the notice asked about */
  const char *content;
  int earlier;
  GHashTable *seen;
} Earlier;

static gboolean
count_earlier (int row, gpointer data)
{
  Earlier *earlier = data;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (KaiNotice) notice = NULL;
  g_autofree char *content = NULL;
  int first;

  if (row >= earlier->first || !may_be_issued (earlier->sheet, row))
    return TRUE;
  rows = kai_sheet_group_rows (earlier->sheet, row);
  first = g_array_index (rows, int, 0);
  if (first >= earlier->first || !g_hash_table_add (earlier->seen, GINT_TO_POINTER (first + 1)))
    return TRUE;
  notice =
      kai_sheet_build_notice (earlier->sheet, (const int *)(gpointer)rows->data, (int)rows->len);
  content = kai_sheet_build_row_key (earlier->sheet, notice, 0);
  earlier->earlier += g_strcmp0 (content, earlier->content) == 0;
  return TRUE;
}

/* How often the same content stands above, this one included. */
static int
count_occurrence (KaiImportSheet *sheet, int first, const char *content)
{
  g_autofree KaiParsedRow *parsed = g_new (KaiParsedRow, 1);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  Earlier earlier = { sheet, first, content, 0, seen };
  KaiRowKey keys[KAI_ROW_MAX_ITEMS];
  int n;

  kai_sheet_parse_row (sheet, first, parsed);
  n = kai_sheet_student_keys (sheet, parsed, keys);
  if (n > 0 && kai_row_index_first (sheet->students, keys, NULL) < first)
    kai_row_index_visit (sheet->students, keys, count_earlier, &earlier);
  return earlier.earlier + 1;
}

static char *
finish_key (KaiImportSheet *sheet, const char *key)
{
  /* An education row names pupil, item and term and is the same in whatever file it comes. Elsewhere the same person may owe the same again:
   * there a row is the same only within the batch of its file. */
  if (sheet->kind == KAI_IMPORT_EDUCATION || !*sheet->batch)
    return g_strdup (key);
  return g_strconcat (sheet->batch, ":", key, NULL);
}

/* NULL when there is no SM3. */
static KaiNotice *
build_one (KaiImportSheet *sheet, GArray *rows, int occurrence, GError **error)
{
  g_autoptr (KaiNotice) notice =
      kai_sheet_build_notice (sheet, (const int *)(gpointer)rows->data, (int)rows->len);
  g_autofree char *content = kai_sheet_build_row_key (sheet, notice, 0);
  g_autofree char *key = NULL;

  if (content)
    {
      if (occurrence == 0)
        occurrence = count_occurrence (sheet, g_array_index (rows, int, 0), content);
      key = kai_sheet_build_row_key (sheet, notice, occurrence);
    }
  if (!key)
    {
      fail_without_sm3 (error);
      return NULL;
    }
  g_hash_table_replace (sheet->key_rows, g_strdup (key),
                        GINT_TO_POINTER (g_array_index (rows, int, 0) + 1));
  g_free (notice->row_key);
  notice->row_key = finish_key (sheet, key);
  return g_steal_pointer (&notice);
}

/* ---- The ledger ---- */

void
kai_import_sheet_set_ledger (KaiImportSheet *sheet, KaiImportLookup lookup, gpointer data,
                             GDestroyNotify destroy)
{
  if (sheet->lookup_destroy)
    sheet->lookup_destroy (sheet->lookup_data);
  sheet->lookup = lookup;
  sheet->lookup_data = data;
  sheet->lookup_destroy = destroy;
}

void
kai_import_sheet_set_batch (KaiImportSheet *sheet, const char *batch_id, const char *note)
{
  /* What another batch had made of the rows is asked anew. */
  for (guint row = 0; !batch_id && row < sheet->rows->len; row++)
    if (kai_sheet_row (sheet, (int)row)->result == KAI_ROW_ISSUED_BEFORE)
      {
        kai_sheet_row (sheet, (int)row)->result = KAI_ROW_OPEN;
        g_hash_table_remove (sheet->result_texts, GINT_TO_POINTER ((int)row + 1));
      }
  kai_notice_set (&sheet->batch, batch_id);
  kai_notice_set (&sheet->batch_note, note);
  if (sheet->checked)
    kai_sheet_check_file (sheet);
}

const char *
kai_import_sheet_get_batch (KaiImportSheet *sheet)
{
  return sheet->batch;
}

static void
set_result (KaiImportSheet *sheet, GArray *rows, KaiRowResult result, const char *text)
{
  for (guint i = 0; i < rows->len; i++)
    {
      int row = g_array_index (rows, int, i);

      kai_sheet_row (sheet, row)->result = result;
      if (text && *text)
        g_hash_table_replace (sheet->result_texts, GINT_TO_POINTER (row + 1), g_strdup (text));
      else
        g_hash_table_remove (sheet->result_texts, GINT_TO_POINTER (row + 1));
      kai_sheet_notify (sheet, row, 1);
    }
}

static void
take_answer (KaiImportSheet *sheet, GArray *rows, const KaiLedgerAnswer *answer)
{
  int first = g_array_index (rows, int, 0);
  gboolean had = g_hash_table_remove (sheet->answers, GINT_TO_POINTER (first + 1));

  if (answer->state == KAI_LEDGER_SAME_ROW)
    set_result (sheet, rows, KAI_ROW_ISSUED_BEFORE, answer->payment_code);
  else if (answer->state != KAI_LEDGER_NEW)
    g_hash_table_insert (sheet->answers, GINT_TO_POINTER (first + 1),
                         g_memdup2 (answer, sizeof *answer));
  if (had || (answer->state != KAI_LEDGER_NEW && answer->state != KAI_LEDGER_SAME_ROW))
    kai_sheet_mark_rows (sheet, &first, 1);
}

/* The rows of the notice that @row belongs to, once: NULL when they were @seen. */
static GArray *
take_group (KaiImportSheet *sheet, int row, GHashTable *seen)
{
  GArray *rows;

  if (g_hash_table_contains (seen, GINT_TO_POINTER (row + 1)))
    return NULL;
  rows = kai_sheet_group_rows (sheet, row);
  for (guint i = 0; i < rows->len; i++)
    g_hash_table_add (seen, GINT_TO_POINTER (g_array_index (rows, int, i) + 1));
  return rows;
}

/* Groups (arrays of rows) of which a notice could be made; @rows NULL = all. */
static GPtrArray *
list_groups (KaiImportSheet *sheet, const int *rows, int n)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func ((GDestroyNotify)g_array_unref);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  n = rows ? n : (int)sheet->rows->len;
  for (int i = 0; i < n; i++)
    {
      int row = rows ? rows[i] : i;
      g_autoptr (GArray) group = NULL;
      gboolean open = TRUE;

      if (!may_be_issued (sheet, row))
        continue;
      group = take_group (sheet, row, seen);
      if (!group)
        continue;
      for (guint k = 0; k < group->len; k++)
        open = open && may_be_issued (sheet, g_array_index (group, int, k))
               && !kai_import_sheet_is_locked (sheet, g_array_index (group, int, k));
      if (open)
        g_ptr_array_add (groups, g_steal_pointer (&group));
    }
  return groups;
}

/* The notices of @groups; occurrences counted all together where @all. */
static GPtrArray *
build_groups (KaiImportSheet *sheet, GPtrArray *groups, GError **error)
{
  g_autoptr (GPtrArray) notices = kai_notices_new ();

  for (guint i = 0; i < groups->len; i++)
    {
      KaiNotice *notice = build_one (sheet, groups->pdata[i], 0, error);

      if (!notice)
        return NULL;
      g_ptr_array_add (notices, notice);
    }
  return g_steal_pointer (&notices);
}

/* Notices that are made and asked about at a time. A hundred thousand at once would be twice the memory of the whole list. */
#define ASK_AT_ONCE 1024

static gboolean
ask_some (KaiImportSheet *sheet, GPtrArray *groups, guint first, guint n, KaiLedgerAnswer *answers,
          GError **error)
{
  g_autoptr (GPtrArray) some = g_ptr_array_new ();
  g_autoptr (GPtrArray) notices = NULL;

  for (guint i = first; i < first + n; i++)
    g_ptr_array_add (some, groups->pdata[i]);
  notices = build_groups (sheet, some, error);
  if (!notices)
    return FALSE;
  for (guint i = first; i < first + n; i++)
    answers[i].elsewhere = kai_sheet_count_elsewhere (sheet, groups->pdata[i]);
  return sheet->lookup (notices, answers + first, sheet->lookup_data, error);
}

gboolean
kai_sheet_ask_ledger (KaiImportSheet *sheet, const int *rows, int n, GError **error)
{
  g_autoptr (GPtrArray) groups = NULL;
  g_autofree KaiLedgerAnswer *answers = NULL;
  guint at_once = ASK_AT_ONCE;

  if (!sheet->lookup)
    return TRUE;
  groups = list_groups (sheet, rows, n);
  answers = g_new0 (KaiLedgerAnswer, MAX (groups->len, 1));
  /* In a batch that goes on, which rows are there decides on the others. */
  if (sheet->kind == KAI_IMPORT_NOTICES && *sheet->batch)
    at_once = MAX (groups->len, 1);
  for (guint i = 0; i < groups->len; i += at_once)
    if (!ask_some (sheet, groups, i, MIN (at_once, groups->len - i), answers, error))
      return FALSE;
  for (guint i = 0; i < groups->len; i++)
    take_answer (sheet, groups->pdata[i], answers + i);
  return TRUE;
}

gboolean
kai_import_sheet_ask_ledger (KaiImportSheet *sheet, GError **error)
{
  g_return_val_if_fail (sheet->checked, FALSE);
  return kai_sheet_ask_ledger (sheet, NULL, 0, error);
}

/* ---- What is issued ---- */

GPtrArray *
kai_import_sheet_list_issuable (KaiImportSheet *sheet, GError **error)
{
  g_autoptr (GPtrArray) groups = list_groups (sheet, NULL, 0);

  return build_groups (sheet, groups, error);
}

KaiNotice *
kai_import_sheet_build_row (KaiImportSheet *sheet, int row, GError **error)
{
  g_autoptr (GArray) rows = NULL;

  if (!may_be_issued (sheet, row))
    return NULL;
  rows = kai_sheet_group_rows (sheet, row);
  return build_one (sheet, rows, 0, error);
}

typedef struct
{
  int class_order; /* by the first row of the class */
  int first;
  GArray *rows;
} Ordered;

static int
compare_ordered (gconstpointer a, gconstpointer b)
{
  const Ordered *left = a, *right = b;

  if (left->class_order != right->class_order)
    return left->class_order < right->class_order ? -1 : 1;
  return (left->first > right->first) - (left->first < right->first);
}

static GArray *
order_groups (KaiImportSheet *sheet, GPtrArray *groups, gboolean by_class)
{
  GArray *ordered = g_array_new (FALSE, FALSE, sizeof (Ordered));
  g_autoptr (GHashTable) classes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < groups->len; i++)
    {
      Ordered own = { 0, g_array_index ((GArray *)groups->pdata[i], int, 0), groups->pdata[i] };
      KaiCell class_cell = kai_sheet_field_cell (sheet, own.first, KAI_FIELD_CLASS);
      KaiCell grade_cell = kai_sheet_field_cell (sheet, own.first, KAI_FIELD_GRADE);
      char *name = g_strconcat (grade_cell.text, "\n", class_cell.text, NULL);
      gpointer known = g_hash_table_lookup (classes, name);

      if (!known)
        known = GINT_TO_POINTER (g_hash_table_size (classes) + 1);
      g_hash_table_replace (classes, name, known);
      own.class_order = by_class ? GPOINTER_TO_INT (known) : 0;
      g_array_append_val (ordered, own);
    }
  g_array_sort (ordered, compare_ordered);
  return ordered;
}

static gboolean
is_wanted (KaiImportSheet *sheet, GArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      int row = g_array_index (rows, int, i);

      if (!is_good (sheet, row) || !kai_sheet_row (sheet, row)->ticked)
        return FALSE;
    }
  return TRUE;
}

GPtrArray *
kai_import_sheet_build_notices (KaiImportSheet *sheet, int limit, gboolean by_class, GError **error)
{
  g_autoptr (GPtrArray) groups = list_groups (sheet, NULL, 0);
  g_autoptr (GArray) ordered = order_groups (sheet, groups, by_class);
  g_autoptr (GPtrArray) notices = kai_notices_new ();

  for (guint i = 0; i < ordered->len && (limit == 0 || (int)notices->len < limit); i++)
    {
      GArray *rows = g_array_index (ordered, Ordered, i).rows;
      KaiNotice *notice;

      if (!is_wanted (sheet, rows))
        continue;
      notice = build_one (sheet, rows, 0, error);
      if (!notice)
        return NULL;
      g_ptr_array_add (notices, notice);
    }
  return g_steal_pointer (&notices);
}

GPtrArray *
kai_import_sheet_build_all (KaiImportSheet *sheet, GError **error)
{
  GPtrArray *notices = kai_notices_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (int row = 0; row < (int)sheet->rows->len; row++)
    {
      g_autoptr (GArray) rows = NULL;

      if (kai_sheet_row (sheet, row)->kind != KAI_ROW_DATA)
        continue;
      rows = take_group (sheet, row, seen);
      if (rows)
        g_ptr_array_add (notices, kai_sheet_build_notice (sheet, (const int *)(gpointer)rows->data,
                                                          (int)rows->len));
    }
  return notices;
}

int
kai_import_sheet_count_open_among (KaiImportSheet *sheet, int n)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  int open = 0;

  for (int row = 0; row < (int)sheet->rows->len && n > 0; row++)
    {
      g_autoptr (GArray) rows = NULL;

      if (!is_good (sheet, row))
        continue;
      rows = take_group (sheet, row, seen);
      if (!rows)
        continue;
      if (!kai_import_sheet_is_locked (sheet, row) && !is_wanted (sheet, rows))
        continue;
      open += !kai_import_sheet_is_locked (sheet, row);
      n--;
    }
  return open;
}

int
kai_import_sheet_count_issued_before (KaiImportSheet *sheet, int most)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  int n = 0;

  for (int row = 0; row < (int)sheet->rows->len && n < most; row++)
    {
      g_autoptr (GArray) rows = NULL;

      if (kai_sheet_row (sheet, row)->result != KAI_ROW_ISSUED_BEFORE)
        continue;
      rows = take_group (sheet, row, seen);
      n += rows != NULL;
    }
  return n;
}

/* ---- What became of it ---- */

void
kai_import_sheet_note_result (KaiImportSheet *sheet, const char *row_key, KaiRowResult result,
                              const char *payment_code, const char *sentence)
{
  const char *colon = strrchr (row_key, ':');
  int row = GPOINTER_TO_INT (g_hash_table_lookup (sheet->key_rows, colon ? colon + 1 : row_key));
  g_autoptr (GArray) rows = NULL;

  if (row == 0)
    return;
  rows = kai_sheet_group_rows (sheet, row - 1);
  set_result (sheet, rows, result, result == KAI_ROW_REFUSED ? sentence : payment_code);
}

KaiRowResult
kai_import_sheet_get_result (KaiImportSheet *sheet, int row)
{
  return kai_sheet_row (sheet, row)->result;
}

const char *
kai_import_sheet_get_result_text (KaiImportSheet *sheet, int row)
{
  const char *text = g_hash_table_lookup (sheet->result_texts, GINT_TO_POINTER (row + 1));

  return text ? text : "";
}

const char *
kai_row_result_label (KaiRowResult result)
{
  switch (result)
    {
    case KAI_ROW_ISSUED_BEFORE:
      return _ ("issued before");
    case KAI_ROW_ISSUED:
      return _ ("saved, to be sent");
    case KAI_ROW_ACCEPTED:
      return _ ("accepted");
    case KAI_ROW_REFUSED:
      return _ ("refused");
    case KAI_ROW_OPEN:
      break;
    }
  return "";
}
