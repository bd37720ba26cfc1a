/* Rows of a fixed workbook → notices: rows with the same 序号 are one notice with several items. Every row is checked with
 * all its problems; the rules themselves are those of kai_notice_check, the same as in the editor. */
#include "import/kai-import-private.h"
#include "import/kai-workbook-private.h"

#include "values/kai-error.h"
#include "values/kai-problem.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  int row;
  guint32 faults; /* bit per KaiField that the reading of the cells complained about */
  int next;       /* index of the next row of the group, -1 */
  gboolean named; /* the rules of the notice complained about this row */
} Row;

typedef struct
{
  KaiNotice *notice;
  int first, last; /* index of rows; row number k of the group is item k of the notice */
  gboolean faulty;
} Group;

struct _KaiImportGroups
{
  KaiImport *import;
  const KaiBaseData *base;
  GArray *rows;            /* Row */
  GArray *groups;          /* Group */
  GHashTable *by_sequence; /* 序号 → index of the group + 1 */
  GHashTable *students;    /* identity + item + term → row number */
  GHashTable *occurrences; /* content hash → how often so far */
};

static void
group_clear (Group *group)
{
  g_clear_pointer (&group->notice, kai_notice_unref);
}

KaiImportGroups *
kai_import_groups_new (KaiImport *import, const KaiBaseData *base)
{
  KaiImportGroups *groups = g_new0 (KaiImportGroups, 1);

  groups->import = import;
  groups->base = base;
  groups->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  groups->groups = g_array_new (FALSE, FALSE, sizeof (Group));
  g_array_set_clear_func (groups->groups, (GDestroyNotify)group_clear);
  groups->by_sequence = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  groups->students = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  groups->occurrences = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return groups;
}

void
kai_import_groups_free (KaiImportGroups *groups)
{
  if (!groups)
    return;
  g_array_unref (groups->rows);
  g_array_unref (groups->groups);
  g_hash_table_unref (groups->by_sequence);
  g_hash_table_unref (groups->students);
  g_hash_table_unref (groups->occurrences);
  g_free (groups);
}

/* ---- One row ---- */

typedef struct
{
  KaiImportGroups *groups;
  const KaiHeader *header;
  const KaiCell *cells;
  int n;
  Row row;
} RowReader;

static void
add_problem (RowReader *reader, KaiField field, KaiProblem *problem)
{
  if (!problem)
    return;
  g_ptr_array_add (reader->groups->import->problems, problem);
  reader->row.faults |= 1u << field;
}

static const KaiCell *
get_cell (RowReader *reader, KaiField field)
{
  return kai_header_get_cell (reader->header, field, reader->cells, reader->n);
}

static void
read_text (RowReader *reader, KaiField field, char **out)
{
  KaiProblem *problem = NULL, *warning = NULL;
  g_autofree char *text = kai_import_take_text (reader->header->kind, field, reader->row.row,
                                                get_cell (reader, field), &problem, &warning);

  if (warning)
    g_ptr_array_add (reader->groups->import->warnings, warning);
  add_problem (reader, field, problem);
  kai_notice_set (out, text);
}

static void
check_required (RowReader *reader)
{
  int n;
  const KaiColumn *columns = kai_import_get_columns (reader->header->kind, &n);

  for (int i = 0; i < n; i++)
    {
      const KaiCell *cell = get_cell (reader, columns[i].field);
      g_autofree char *text = NULL;

      if (!columns[i].required || (cell->kind != KAI_CELL_EMPTY && cell->kind != KAI_CELL_TEXT))
        continue;
      text = kai_text_normalise_code (cell->text);
      if (*text == '\0')
        add_problem (reader, columns[i].field,
                     kai_problem_new (reader->row.row, columns[i].header, "missing",
                                      _ ("“%s” is missing. Fill it in."), columns[i].header));
    }
}

static void
read_payer_kind (RowReader *reader, KaiNotice *notice)
{
  g_autofree char *word = g_strdup ("");
  const char *header = kai_import_get_header (reader->header->kind, KAI_FIELD_PAYER_KIND);

  notice->payer_kind = KAI_PAYER_PERSON;
  if (reader->header->kind == KAI_IMPORT_EDUCATION)
    return;
  read_text (reader, KAI_FIELD_PAYER_KIND, &word);
  if (strcmp (word, "单位") == 0)
    notice->payer_kind = KAI_PAYER_ORGANISATION;
  else if (strcmp (word, "个人") != 0 && !(reader->row.faults & (1u << KAI_FIELD_PAYER_KIND)))
    add_problem (reader, KAI_FIELD_PAYER_KIND,
                 kai_problem_new (reader->row.row, header, "bad-kind",
                                  _ ("“%s” must be 个人 (person) or 单位 (organisation)."),
                                  header));
}

static KaiMoney
read_money (RowReader *reader, KaiField field, KaiMoney absent)
{
  const KaiCell *cell = get_cell (reader, field);
  KaiProblem *problem = NULL;
  KaiMoney money = absent;

  if (cell->kind == KAI_CELL_EMPTY || (cell->kind == KAI_CELL_TEXT && *cell->text == '\0')
      || (reader->row.faults & (1u << field)))
    return absent;
  if (!kai_import_take_money (reader->header->kind, field, reader->row.row, cell, &money, &problem))
    money = absent;
  add_problem (reader, field, problem);
  return money;
}

static gint64
read_quantity (RowReader *reader)
{
  const KaiCell *cell = get_cell (reader, KAI_FIELD_QUANTITY);
  g_autofree char *text = kai_text_normalise_code (cell->text);
  KaiProblem *problem = NULL;
  gint64 quantity = 1;

  /* Missing where it is required has its problem already. */
  if (*text == '\0')
    return 1;
  kai_import_take_quantity (reader->header->kind, reader->row.row, cell, &quantity, &problem);
  add_problem (reader, KAI_FIELD_QUANTITY, problem);
  return quantity;
}

static void
check_item_name (RowReader *reader, const KaiNoticeItem *item)
{
  const char *header = kai_import_get_header (reader->header->kind, KAI_FIELD_ITEM_NAME);
  const KaiItem *known = kai_base_data_find_item (reader->groups->base, item->code);
  g_autofree char *name = NULL, *known_name = NULL;

  name = kai_text_normalise_code (get_cell (reader, KAI_FIELD_ITEM_NAME)->text);
  known_name = kai_text_normalise_code (known ? known->name : "");
  if (known && *name && strcmp (name, known_name) != 0)
    g_ptr_array_add (reader->groups->import->warnings,
                     kai_problem_new (reader->row.row, header, "item-name",
                                      _ ("The name in “%s” is not that of the item code, which is "
                                         "called “%s”. The code counts: make sure that it is the "
                                         "right one."),
                                      header, known->name));
}

/* A notice of this one row, with one item. */
static KaiNotice *
read_notice (RowReader *reader)
{
  KaiNotice *notice = kai_notice_new ();
  g_autofree char *code = g_strdup ("");
  gint64 quantity;
  KaiMoney amount;

  check_required (reader);
  read_text (reader, KAI_FIELD_PAYER, &notice->payer_name);
  read_payer_kind (reader, notice);
  read_text (reader, KAI_FIELD_ID, &notice->payer_id);
  read_text (reader, KAI_FIELD_GRADE, &notice->grade);
  read_text (reader, KAI_FIELD_CLASS, &notice->class_name);
  read_text (reader, KAI_FIELD_STUDENT_NO, &notice->student_no);
  read_text (reader, KAI_FIELD_MOBILE, &notice->mobile);
  read_text (reader, KAI_FIELD_ITEM, &code);
  quantity = read_quantity (reader);
  amount = read_money (reader, KAI_FIELD_AMOUNT, -1);
  notice->late_fee = read_money (reader, KAI_FIELD_LATE_FEE, 0);
  read_text (reader, KAI_FIELD_TERM, &notice->term);
  read_text (reader, KAI_FIELD_MEMO, &notice->memo);
  check_item_name (reader, kai_notice_add_item (notice, code, quantity, amount));
  return notice;
}

/* ---- Rows that belong together ---- */

static void
check_same (RowReader *reader, KaiField field, const char *first, const char *here)
{
  const char *header = kai_import_get_header (reader->header->kind, field);

  if (strcmp (first, here) != 0 && !(reader->row.faults & (1u << field)))
    add_problem (
        reader, field,
        kai_problem_new (reader->row.row, header, "payer-differs",
                         _ ("Rows with the same 序号 are one notice, but “%s” differs from "
                            "the first of them. Correct it, or give the row a 序号 of its "
                            "own."),
                         header));
}

/* Adds the notice of a later row to the first one of its group. */
static void
merge_notice (RowReader *reader, KaiNotice *first, const KaiNotice *here)
{
  const KaiNoticeItem *item = here->items->pdata[0];

  check_same (reader, KAI_FIELD_PAYER, first->payer_name, here->payer_name);
  check_same (reader, KAI_FIELD_ID, first->payer_id, here->payer_id);
  check_same (reader, KAI_FIELD_MOBILE, first->mobile, here->mobile);
  check_same (reader, KAI_FIELD_GRADE, first->grade, here->grade);
  check_same (reader, KAI_FIELD_CLASS, first->class_name, here->class_name);
  check_same (reader, KAI_FIELD_STUDENT_NO, first->student_no, here->student_no);
  check_same (reader, KAI_FIELD_TERM, first->term, here->term);
  if (first->payer_kind != here->payer_kind)
    check_same (reader, KAI_FIELD_PAYER_KIND, "", "differs");
  if (first->memo[0] == '\0')
    kai_notice_set (&first->memo, here->memo);
  else if (here->memo[0] != '\0')
    check_same (reader, KAI_FIELD_MEMO, first->memo, here->memo);
  if (!kai_money_add (first->late_fee, here->late_fee, &first->late_fee))
    first->late_fee = KAI_MONEY_MAX;
  kai_notice_add_item (first, item->code, item->quantity, item->amount);
}

/* The same student twice with the same item and term: one of them is a mistake. */
static void
check_student (RowReader *reader, const KaiNotice *notice)
{
  const KaiNoticeItem *item = notice->items->pdata[0];
  g_autofree char *key = NULL;
  int earlier;

  if (reader->header->kind != KAI_IMPORT_EDUCATION || !*notice->payer_id || !*item->code)
    return;
  key = g_strjoin ("\n", notice->payer_id, item->code, notice->term, NULL);
  earlier = GPOINTER_TO_INT (g_hash_table_lookup (reader->groups->students, key));
  if (earlier)
    add_problem (reader, KAI_FIELD_ID,
                 kai_problem_new (reader->row.row,
                                  kai_import_get_header (reader->header->kind, KAI_FIELD_ID),
                                  "duplicate-row",
                                  _ ("The same student stands in row %d with the same item and "
                                     "term. Delete the row that is wrong."),
                                  earlier));
  else
    g_hash_table_insert (reader->groups->students, g_steal_pointer (&key),
                         GINT_TO_POINTER (reader->row.row));
}

void
kai_import_groups_add_row (KaiImportGroups *groups, const KaiHeader *header, int row,
                           const KaiCell *cells, int n)
{
  RowReader reader = { groups, header, cells, n, { row, 0, -1, FALSE } };
  g_autoptr (KaiNotice) notice = NULL;
  g_autofree char *sequence = g_strdup ("");
  Group *group = NULL;
  int found;

  read_text (&reader, KAI_FIELD_SEQUENCE, &sequence);
  notice = read_notice (&reader);
  check_student (&reader, notice);
  found = *sequence ? GPOINTER_TO_INT (g_hash_table_lookup (groups->by_sequence, sequence)) : 0;
  if (found)
    {
      group = &g_array_index (groups->groups, Group, found - 1);
      merge_notice (&reader, group->notice, notice);
      g_array_index (groups->rows, Row, group->last).next = (int)groups->rows->len;
      group->last = (int)groups->rows->len;
    }
  else
    {
      Group fresh = { g_steal_pointer (&notice), (int)groups->rows->len, (int)groups->rows->len };

      g_array_append_val (groups->groups, fresh);
      group = &g_array_index (groups->groups, Group, groups->groups->len - 1);
      if (*sequence)
        g_hash_table_insert (groups->by_sequence, g_steal_pointer (&sequence),
                             GINT_TO_POINTER (groups->groups->len));
    }
  group->faulty = group->faulty || reader.row.faults;
  g_array_append_val (groups->rows, reader.row);
  groups->import->rows++;
}

/* ---- The rules of a notice, told per row ---- */

static Row *
row_of_item (KaiImportGroups *groups, const Group *group, int item)
{
  int index = group->first;

  for (; item > 0 && g_array_index (groups->rows, Row, index).next >= 0; item--)
    index = g_array_index (groups->rows, Row, index).next;
  return &g_array_index (groups->rows, Row, index);
}

/* A problem of the notice becomes one of a row and column; FALSE when the cell was complained about before. */
static gboolean
place_problem (KaiImportGroups *groups, const Group *group, KaiProblem *problem)
{
  const guint32 item_faults = 1u << KAI_FIELD_QUANTITY | 1u << KAI_FIELD_ITEM;
  int item;
  KaiField field = kai_import_field_of_key (problem->field, &item);
  Row *row = row_of_item (groups, group, item);
  gboolean known = row->faults & (1u << field);

  /* An amount cannot be judged without its item and quantity, nor a total without its amounts. */
  if (field == KAI_FIELD_AMOUNT)
    known = known || (row->faults & item_faults) || (item < 0 && group->faulty);
  if (field == KAI_FIELD_ID)
    known = known || (row->faults & (1u << KAI_FIELD_PAYER_KIND));
  if (known)
    return FALSE;
  row->named = TRUE;
  problem->row = row->row;
  g_free (problem->field);
  problem->field = g_strdup (kai_import_get_header (groups->import->kind, field));
  return TRUE;
}

static void
take_problems (KaiImportGroups *groups, const Group *group, GPtrArray *from, GPtrArray *to)
{
  for (guint i = 0; i < from->len; i++)
    {
      KaiProblem *problem = from->pdata[i];

      if (place_problem (groups, group, problem))
        g_ptr_array_add (to, problem);
      else
        kai_problem_free (problem);
      from->pdata[i] = NULL;
    }
  g_ptr_array_set_size (from, 0);
}

/* Rows of a faulty notice that are right themselves cannot be issued either. */
static void
take_bad_rows (KaiImportGroups *groups, const Group *group)
{
  KaiImport *import = groups->import;
  const char *header = kai_import_get_header (import->kind, KAI_FIELD_SEQUENCE);

  for (int i = group->first; i >= 0; i = g_array_index (groups->rows, Row, i).next)
    {
      const Row *row = &g_array_index (groups->rows, Row, i);

      g_array_append_val (import->bad_rows, row->row);
      if (!row->faults && !row->named)
        g_ptr_array_add (
            import->problems,
            kai_problem_new (row->row, header, "same-notice",
                             _ ("Another row with the same 序号 is wrong: they are one "
                                "notice. Correct that row.")));
    }
}

/* ---- Row keys ---- */

static void
append_part (GString *text, const char *part)
{
  g_string_append_printf (text, "%" G_GSIZE_FORMAT ":%s", strlen (part), part);
}

/* What the row says, without where it stands: the 序号 may change when rows are added. Each part goes with its length,
 * so that no two contents give one text. */
static char *
build_row_key (KaiImportGroups *groups, const KaiNotice *notice)
{
  const char *parts[] = { kai_import_kind_to_string (groups->import->kind),
                          kai_payer_kind_to_string (notice->payer_kind),
                          notice->payer_name,
                          notice->payer_id,
                          notice->mobile,
                          notice->grade,
                          notice->class_name,
                          notice->student_no,
                          notice->term,
                          notice->memo };
  g_autoptr (GString) text = g_string_sized_new (256);
  g_autofree char *content = NULL;
  int count;

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    append_part (text, parts[i]);
  g_string_append_printf (text, "%" G_GINT64_FORMAT ";", notice->late_fee);
  for (guint i = 0; i < notice->items->len; i++)
    {
      const KaiNoticeItem *item = notice->items->pdata[i];

      append_part (text, item->code);
      g_string_append_printf (text, "%" G_GINT64_FORMAT ";%" G_GINT64_FORMAT ";", item->quantity,
                              item->amount);
    }
  content = kai_workbook_hash (text->str, text->len);
  if (!content)
    return NULL;
  count = GPOINTER_TO_INT (g_hash_table_lookup (groups->occurrences, content)) + 1;
  g_string_append_printf (text, "#%d", count);
  g_hash_table_insert (groups->occurrences, g_steal_pointer (&content), GINT_TO_POINTER (count));
  return kai_workbook_hash (text->str, text->len);
}

/* ---- All of them ---- */

static int
compare_problems (gconstpointer a, gconstpointer b)
{
  const KaiProblem *left = *(KaiProblem *const *)a, *right = *(KaiProblem *const *)b;

  return (left->row > right->row) - (left->row < right->row);
}

static int
compare_ints (gconstpointer a, gconstpointer b)
{
  return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

static gboolean
finish_group (KaiImportGroups *groups, Group *group, GPtrArray *scratch)
{
  KaiImport *import = groups->import;
  int row = g_array_index (groups->rows, Row, group->first).row;
  guint before = import->problems->len;
  KaiNotice *notice = group->notice;

  kai_notice_check (notice, groups->base, row, scratch);
  take_problems (groups, group, scratch, import->problems);
  if (group->faulty || import->problems->len > before)
    {
      take_bad_rows (groups, group);
      return TRUE;
    }
  kai_notice_warnings (notice, row, scratch);
  take_problems (groups, group, scratch, import->warnings);
  g_free (notice->row_key);
  notice->row_key = build_row_key (groups, notice);
  g_ptr_array_add (import->notices, g_steal_pointer (&group->notice));
  return ((KaiNotice *)import->notices->pdata[import->notices->len - 1])->row_key != NULL;
}

gboolean
kai_import_groups_finish (KaiImportGroups *groups, GError **error)
{
  KaiImport *import = groups->import;
  g_autoptr (GPtrArray) scratch = g_ptr_array_new ();
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < groups->groups->len; i++)
    ok = finish_group (groups, &g_array_index (groups->groups, Group, i), scratch);
  if (!ok)
    return kai_data_fail (
        error, KAI_DATA_ERROR_IO,
        _ ("The hash function SM3 is missing from this system's OpenSSL. Install the "
           "package libssl3 of the distribution."));
  g_ptr_array_sort (import->problems, compare_problems);
  g_ptr_array_sort (import->warnings, compare_problems);
  g_array_sort (import->bad_rows, compare_ints);
  import->bad = (int)import->bad_rows->len;
  import->good = import->rows - import->bad;
  return TRUE;
}
