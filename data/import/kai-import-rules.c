/* The rows of one notice under all rules, each problem with its sentence and its cell. The rules of a notice are those of kai_notice_check, the same
 * as in the editor; what only a list can get wrong is checked here. */
#include "import/kai-import-sheet-private.h"

#include "import/kai-workbook-private.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Where an item of the notice stands. */
typedef struct
{
  int index; /* of the row in the group */
  int column;
} ItemPlace;

typedef struct
{
  KaiImportSheet *sheet;
  KaiSink *sink; /* NULL: only the notice is wanted */
  const int *rows;
  int n;
  int at;          /* index of the row that is read */
  guint32 *faults; /* per row: bit per KaiField that the reading of its cells complained about */
  gboolean *named; /* per row: there is a problem */
  GArray *places;  /* ItemPlace, by item of the notice */
  KaiNotice *notice;
} Group;

int
kai_sheet_column_of (KaiImportSheet *sheet, KaiField field)
{
  int column = sheet->field_column[field];

  if (column >= 0)
    return column;
  if (field == KAI_FIELD_ITEM && sheet->field_column[KAI_FIELD_ITEM_NAME] >= 0)
    return sheet->field_column[KAI_FIELD_ITEM_NAME];
  if ((field == KAI_FIELD_ITEM || field == KAI_FIELD_AMOUNT) && sheet->n_item_columns > 0)
    return sheet->item_columns[0];
  if (field == KAI_FIELD_PAYER_KIND && sheet->field_column[KAI_FIELD_ID] >= 0)
    return sheet->field_column[KAI_FIELD_ID];
  return -1;
}

const char *
kai_sheet_name_of (KaiImportSheet *sheet, KaiField field)
{
  int column = kai_sheet_column_of (sheet, field);

  return column >= 0 ? sheet->columns[column].header : kai_field_get_header (sheet->kind, field);
}

static int
number_of (Group *group)
{
  return kai_sheet_row (group->sheet, group->rows[group->at])->number;
}

/* Takes @problem, if it is one. */
static void
tell (Group *group, KaiField field, int column, gboolean warning, KaiProblem *problem)
{
  if (!problem)
    return;
  if (!warning)
    {
      group->named[group->at] = TRUE;
      if (field < KAI_N_FIELDS)
        group->faults[group->at] |= 1u << field;
    }
  if (!group->sink)
    {
      kai_problem_free (problem);
      return;
    }
  problem->row = number_of (group);
  group->sink->take (group->sink, group->rows[group->at], column, warning, problem);
}

static void
tell_field (Group *group, KaiField field, gboolean warning, KaiProblem *problem)
{
  tell (group, field, kai_sheet_column_of (group->sheet, field), warning, problem);
}

static gboolean
is_faulty (const Group *group, KaiField field)
{
  return group->faults[group->at] & 1u << field;
}

static KaiCell
cell_of (Group *group, KaiField field)
{
  return kai_sheet_field_cell (group->sheet, group->rows[group->at], field);
}

/* ---- Reading the cells of a row ---- */

static char *
read_text (Group *group, KaiField field)
{
  KaiCell cell = cell_of (group, field);
  KaiProblem *problem = NULL, *warning = NULL;
  char *text = kai_import_take_text (kai_sheet_name_of (group->sheet, field), field,
                                     number_of (group), &cell, &problem, &warning);

  tell_field (group, field, TRUE, warning);
  tell_field (group, field, FALSE, problem);
  return text;
}

static void
read_into (Group *group, KaiField field, char **out)
{
  g_autofree char *text = read_text (group, field);

  kai_notice_set (out, text);
}

static gboolean
is_required (KaiImportSheet *sheet, KaiField field)
{
  if (!kai_field_is_required (sheet->kind, field))
    return FALSE;
  if (sheet->is_form)
    return TRUE;
  switch (field)
    {
    case KAI_FIELD_ITEM: /* with the items below */
    case KAI_FIELD_QUANTITY:
    case KAI_FIELD_PAYER_KIND:
      return FALSE;
    case KAI_FIELD_AMOUNT:
      return sheet->n_item_columns == 0;
    case KAI_FIELD_ID: /* a list without numbers goes by student number and name */
      return sheet->field_column[KAI_FIELD_ID] >= 0;
    default:
      return TRUE;
    }
}

static void
check_required (Group *group)
{
  int n;
  const KaiColumn *columns = kai_import_get_columns (group->sheet->kind, &n);

  for (int i = 0; i < n; i++)
    {
      KaiCell cell = cell_of (group, columns[i].field);
      const char *name = kai_sheet_name_of (group->sheet, columns[i].field);
      g_autofree char *text = NULL;

      if (!is_required (group->sheet, columns[i].field)
          || (cell.kind != KAI_CELL_EMPTY && cell.kind != KAI_CELL_TEXT))
        continue;
      text = kai_text_normalise_code (cell.text);
      if (*text == '\0')
        tell_field (group, columns[i].field, FALSE,
                    kai_problem_new (0, name, "missing", _ ("“%s” is missing. Fill it in."), name));
    }
}

static KaiPayerKind
kind_of_word (const char *word)
{
  static const char *const persons[] = { "个人",   "自然人",     "学生", "居民",
                                         "PERSON", "INDIVIDUAL", NULL };
  static const char *const organisations[] = { "单位",    "企业", "公司",         "法人",
                                               "机构",    "组织", "ORGANISATION", "ORGANIZATION",
                                               "COMPANY", NULL };

  if (g_strv_contains (persons, word))
    return KAI_PAYER_PERSON;
  return g_strv_contains (organisations, word) ? KAI_PAYER_ORGANISATION : 0;
}

static void
read_payer_kind (Group *group, KaiNotice *notice)
{
  KaiImportSheet *sheet = group->sheet;
  const char *name = kai_sheet_name_of (sheet, KAI_FIELD_PAYER_KIND);
  g_autofree char *word = NULL;
  KaiPayerKind kind;

  notice->payer_kind = KAI_PAYER_PERSON;
  if (sheet->kind == KAI_IMPORT_EDUCATION)
    return;
  word = read_text (group, KAI_FIELD_PAYER_KIND);
  kind = sheet->is_form ? (strcmp (word, "个人") == 0   ? KAI_PAYER_PERSON
                           : strcmp (word, "单位") == 0 ? KAI_PAYER_ORGANISATION
                                                        : 0)
                        : kind_of_word (word);
  if (!kind && !*word && !sheet->is_form && sheet->field_column[KAI_FIELD_PAYER_KIND] < 0)
    {
      kind = kai_sheet_guess_payer_kind (notice->payer_id, notice->payer_name);
      if (!kind)
        tell_field (
            group, KAI_FIELD_PAYER_KIND, FALSE,
            kai_problem_new (0, name, "bad-kind",
                             _ ("It cannot be told whether this payer is a person or an "
                                "organisation. Give the list a column 缴款人类型 with 个人 or "
                                "单位, or one value for all rows.")));
    }
  else if (!kind && !is_faulty (group, KAI_FIELD_PAYER_KIND))
    tell_field (group, KAI_FIELD_PAYER_KIND, FALSE,
                kai_problem_new (0, name, "bad-kind",
                                 _ ("“%s” must be 个人 (person) or 单位 (organisation)."), name));
  if (kind)
    notice->payer_kind = kind;
}

static KaiMoney
read_money (Group *group, const KaiCell *cell, KaiField field, int column, KaiMoney absent)
{
  const char *name =
      column >= 0 ? group->sheet->columns[column].header : kai_sheet_name_of (group->sheet, field);
  KaiProblem *problem = NULL;
  KaiMoney money = absent;

  if (cell->kind == KAI_CELL_EMPTY || (cell->kind == KAI_CELL_TEXT && *cell->text == '\0'))
    return absent;
  if (!kai_import_take_money (name, number_of (group), cell, &money, &problem))
    money = absent;
  tell (group, field, column, FALSE, problem);
  return money;
}

static gint64
read_quantity (Group *group)
{
  KaiCell cell = cell_of (group, KAI_FIELD_QUANTITY);
  g_autofree char *text = kai_text_normalise_code (cell.text);
  KaiProblem *problem = NULL;
  gint64 quantity = 1;

  /* Missing where it is required has its problem already. */
  if (*text == '\0')
    return 1;
  kai_import_take_quantity (kai_sheet_name_of (group->sheet, KAI_FIELD_QUANTITY), number_of (group),
                            &cell, &quantity, &problem);
  tell_field (group, KAI_FIELD_QUANTITY, FALSE, problem);
  return quantity;
}

/* ---- Items ---- */

static void
add_item (Group *group, KaiNotice *notice, const char *code, gint64 quantity, KaiMoney amount,
          int column)
{
  ItemPlace place = { group->at, column };

  kai_notice_add_item (notice, code, quantity, amount);
  g_array_append_val (group->places, place);
}

static void
check_item_name (Group *group, const char *code)
{
  const char *header = kai_sheet_name_of (group->sheet, KAI_FIELD_ITEM_NAME);
  const KaiItem *known = kai_base_data_find_item (group->sheet->base, code);
  KaiCell cell = cell_of (group, KAI_FIELD_ITEM_NAME);
  g_autofree char *name = kai_text_normalise_code (cell.text), *known_name = NULL;

  known_name = kai_text_normalise_code (known ? known->name : "");
  if (known && *name && strcmp (name, known_name) != 0)
    tell_field (group, KAI_FIELD_ITEM_NAME, TRUE,
                kai_problem_new (0, header, "item-name",
                                 _ ("The name in “%s” is not that of the item code, which is "
                                    "called “%s”. The code counts: make sure that it is the "
                                    "right one."),
                                 header, known->name));
}

/* The code for a name; NULL with a problem when there is none or several. */
static const char *
resolve_item (Group *group, const char *name)
{
  GHashTable *names = group->sheet->items_by_name;
  const char *header = kai_sheet_name_of (group->sheet, KAI_FIELD_ITEM);
  const KaiItem *item = kai_base_data_find_item (group->sheet->base, name);

  /* A column of names may hold codes too. */
  if (item)
    return item->code;
  if (!g_hash_table_lookup_extended (names, name, NULL, (gpointer *)&item))
    tell_field (group, KAI_FIELD_ITEM, FALSE,
                kai_problem_new (0, header, "unknown-item",
                                 _ ("“%s” names no charge item that your unit may use. Write its "
                                    "code, or the name as it stands in the list of items."),
                                 header));
  else if (!item)
    tell_field (group, KAI_FIELD_ITEM, FALSE,
                kai_problem_new (0, header, "ambiguous-item",
                                 _ ("Several charge items of your unit are called so. Write the "
                                    "code of the right one.")));
  return item ? item->code : NULL;
}

static void
read_single_item (Group *group, KaiNotice *notice)
{
  KaiImportSheet *sheet = group->sheet;
  g_autofree char *code = read_text (group, KAI_FIELD_ITEM);
  KaiCell cell = cell_of (group, KAI_FIELD_ITEM_NAME);
  KaiCell amount_cell = cell_of (group, KAI_FIELD_AMOUNT);
  g_autofree char *name = NULL;
  gboolean missing = is_faulty (group, KAI_FIELD_AMOUNT);
  gint64 quantity;

  if (!sheet->is_form && !is_faulty (group, KAI_FIELD_ITEM)
      && !kai_base_data_find_item (sheet->base, code))
    {
      name = *code ? g_strdup (code) : kai_text_normalise_code (cell.text);
      /* A code that is not ours is told by the rules; so is nothing at all. */
      if (*name && !(*code && strspn (code, "0123456789") == strlen (code)))
        {
          const char *found = resolve_item (group, name);

          kai_notice_set (&code, found ? found : "");
        }
    }
  else
    check_item_name (group, code);
  quantity = read_quantity (group);
  add_item (group, notice, code, quantity,
            missing ? -1
                    : read_money (group, &amount_cell, KAI_FIELD_AMOUNT,
                                  sheet->field_column[KAI_FIELD_AMOUNT], -1),
            sheet->field_column[KAI_FIELD_AMOUNT]);
}

static void
read_wide_items (Group *group, KaiNotice *notice)
{
  KaiImportSheet *sheet = group->sheet;
  int row = group->rows[group->at];

  for (int i = 0; i < sheet->n_item_columns; i++)
    {
      int column = sheet->item_columns[i];
      const KaiSheetColumn *own = sheet->columns + column;
      KaiCell cell = kai_import_pool_get (sheet->pool, kai_sheet_cell (sheet, row, column));
      KaiMoney money;

      if (kai_import_is_nothing (&cell))
        continue;
      money = read_money (group, &cell, KAI_N_FIELDS, column, -1);
      if (!own->known)
        tell (group, KAI_N_FIELDS, column, FALSE,
              kai_problem_new (0, own->header, "choose-item",
                               _ ("It is not known which charge item the column “%s” stands for. "
                                  "Choose the item for the column."),
                               own->header));
      if (own->known && money >= 0)
        add_item (group, notice, own->known->code, 1, money, column);
    }
}

static void
read_items (Group *group, KaiNotice *notice)
{
  KaiImportSheet *sheet = group->sheet;
  gboolean named = group->named[group->at];

  if (sheet->n_item_columns > 0)
    {
      group->named[group->at] = FALSE;
      read_wide_items (group, notice);
      if (notice->items->len == 0 && !group->named[group->at]
          && sheet->field_column[KAI_FIELD_AMOUNT] < 0)
        tell (group, KAI_FIELD_ITEM, sheet->item_columns[0], FALSE,
              kai_problem_new (0, sheet->columns[sheet->item_columns[0]].header, "missing",
                               _ ("None of the columns of charge items holds an amount. Fill one "
                                  "in, or untick the row.")));
      group->named[group->at] = group->named[group->at] || named;
    }
  if (sheet->n_item_columns == 0 || sheet->field_column[KAI_FIELD_AMOUNT] >= 0)
    read_single_item (group, notice);
}

static void
check_total (Group *group, const KaiNotice *notice)
{
  KaiImportSheet *sheet = group->sheet;
  int column = sheet->total_column;
  KaiCell cell;
  KaiMoney total, sum = notice->late_fee;
  g_autofree char *sum_text = NULL;

  if (column < 0)
    return;
  cell = kai_import_pool_get (sheet->pool, kai_sheet_cell (sheet, group->rows[group->at], column));
  total = read_money (group, &cell, KAI_N_FIELDS, column, -1);
  if (total < 0 || group->named[group->at])
    return;
  for (guint i = 0; i < notice->items->len; i++)
    if (!kai_money_add (sum, ((KaiNoticeItem *)notice->items->pdata[i])->amount, &sum))
      return;
  sum_text = kai_money_to_display (sum);
  if (sum != total)
    tell (group, KAI_N_FIELDS, column, FALSE,
          kai_problem_new (0, sheet->columns[column].header, "total-differs",
                           _ ("“%s” does not agree with the items of the row, which make %s yuan. "
                              "Correct whichever is wrong."),
                           sheet->columns[column].header, sum_text));
}

/* A notice of this one row. */
static KaiNotice *
read_notice (Group *group)
{
  KaiNotice *notice = kai_notice_new ();
  KaiCell late_fee;

  check_required (group);
  read_into (group, KAI_FIELD_PAYER, &notice->payer_name);
  read_into (group, KAI_FIELD_ID, &notice->payer_id);
  read_payer_kind (group, notice);
  read_into (group, KAI_FIELD_GRADE, &notice->grade);
  read_into (group, KAI_FIELD_CLASS, &notice->class_name);
  read_into (group, KAI_FIELD_STUDENT_NO, &notice->student_no);
  read_into (group, KAI_FIELD_MOBILE, &notice->mobile);
  read_into (group, KAI_FIELD_TERM, &notice->term);
  read_into (group, KAI_FIELD_MEMO, &notice->memo);
  read_items (group, notice);
  late_fee = cell_of (group, KAI_FIELD_LATE_FEE);
  notice->late_fee = read_money (group, &late_fee, KAI_FIELD_LATE_FEE,
                                 group->sheet->field_column[KAI_FIELD_LATE_FEE], 0);
  check_total (group, notice);
  return notice;
}

/* ---- Rows that belong together ---- */

static void
check_same (Group *group, KaiField field, const char *first, const char *here)
{
  const char *name = kai_sheet_name_of (group->sheet, field);

  if (strcmp (first, here) != 0 && !is_faulty (group, field))
    tell_field (group, field, FALSE,
                kai_problem_new (0, name, "payer-differs",
                                 _ ("Rows with the same 序号 are one notice, but “%s” differs from "
                                    "the first of them. Correct it, or give the row a 序号 of its "
                                    "own."),
                                 name));
}

/* Adds the notice of a later row to the first one of its group. */
static void
merge_notice (Group *group, KaiNotice *first, const KaiNotice *here)
{
  check_same (group, KAI_FIELD_PAYER, first->payer_name, here->payer_name);
  check_same (group, KAI_FIELD_ID, first->payer_id, here->payer_id);
  check_same (group, KAI_FIELD_MOBILE, first->mobile, here->mobile);
  check_same (group, KAI_FIELD_GRADE, first->grade, here->grade);
  check_same (group, KAI_FIELD_CLASS, first->class_name, here->class_name);
  check_same (group, KAI_FIELD_STUDENT_NO, first->student_no, here->student_no);
  check_same (group, KAI_FIELD_TERM, first->term, here->term);
  if (first->payer_kind != here->payer_kind)
    check_same (group, KAI_FIELD_PAYER_KIND, "", "differs");
  if (first->memo[0] == '\0')
    kai_notice_set (&first->memo, here->memo);
  else if (here->memo[0] != '\0')
    check_same (group, KAI_FIELD_MEMO, first->memo, here->memo);
  if (!kai_money_add (first->late_fee, here->late_fee, &first->late_fee))
    first->late_fee = KAI_MONEY_MAX;
  for (guint i = 0; i < here->items->len; i++)
    {
      const KaiNoticeItem *item = here->items->pdata[i];

      kai_notice_add_item (first, item->code, item->quantity, item->amount);
    }
}

/* ---- Against the other rows of the list ---- */

static void
check_student (Group *group, const KaiParsedRow *parsed)
{
  KaiImportSheet *sheet = group->sheet;
  KaiRowKey keys[KAI_ROW_MAX_ITEMS];
  int n = kai_sheet_student_keys (sheet, parsed, keys);
  gboolean education = sheet->kind == KAI_IMPORT_EDUCATION;
  KaiField field = parsed->value[KAI_FIELD_ID] ? KAI_FIELD_ID : KAI_FIELD_PAYER;

  for (int i = 0; i < n; i++)
    {
      int first = kai_row_index_first (sheet->students, keys + i, NULL);

      if (first < 0 || first >= parsed->row)
        continue;
      tell_field (
          group, field, !education,
          education
              ? kai_problem_new (0, kai_sheet_name_of (sheet, field), "duplicate-row",
                                 _ ("The same student stands in row %d with the same item and "
                                    "term. Delete the row that is wrong."),
                                 kai_sheet_row (sheet, first)->number)
              : kai_problem_new (0, kai_sheet_name_of (sheet, field), "similar-row",
                                 _ ("The same payer stands in row %d with the same item "
                                    "and amount. Untick one of them unless both are owed."),
                                 kai_sheet_row (sheet, first)->number));
      return;
    }
}

static void
check_other_name (Group *group, const KaiParsedRow *parsed)
{
  KaiImportSheet *sheet = group->sheet;
  KaiRowKey key;
  KaiParsedRow *other;
  int first;

  if (!kai_sheet_id_key (parsed, &key))
    return;
  first = kai_row_index_first (sheet->ids, &key, NULL);
  if (first < 0 || first >= parsed->row)
    return;
  other = g_new (KaiParsedRow, 1);
  kai_sheet_parse_row (sheet, first, other);
  if (other->value[KAI_FIELD_PAYER] != parsed->value[KAI_FIELD_PAYER])
    tell_field (group, KAI_FIELD_PAYER, TRUE,
                kai_problem_new (0, kai_sheet_name_of (sheet, KAI_FIELD_PAYER), "other-name",
                                 _ ("The same number stands in row %d with another name. One of "
                                    "the two is wrong: compare them with the originals."),
                                 kai_sheet_row (sheet, first)->number));
  g_free (other);
}

static void
check_ledger (Group *group)
{
  KaiImportSheet *sheet = group->sheet;
  const KaiLedgerAnswer *answer =
      g_hash_table_lookup (sheet->answers, GINT_TO_POINTER (group->rows[0] + 1));
  KaiField field = KAI_FIELD_PAYER;
  g_autofree char *day = NULL;

  group->at = 0;
  if (!answer || answer->state == KAI_LEDGER_NEW || answer->state == KAI_LEDGER_SAME_ROW)
    return;
  day = kai_day_to_iso (answer->day);
  if (answer->state == KAI_LEDGER_ISSUED)
    tell_field (group, field, FALSE,
                kai_problem_new (0, kai_sheet_name_of (sheet, field), "already-issued",
                                 _ ("This payer has a notice for the same item and term already "
                                    "(%s, %s). Untick the row, or void that notice first."),
                                 *answer->payment_code ? answer->payment_code : _ ("no code yet"),
                                 day));
  else
    tell_field (group, field, TRUE,
                kai_problem_new (0, kai_sheet_name_of (sheet, field), "similar-issued",
                                 _ ("This payer has an unpaid notice with the same item and amount "
                                    "(%s, %s). Untick the row unless both are owed."),
                                 *answer->payment_code ? answer->payment_code : _ ("no code yet"),
                                 day));
}

/* ---- The rules of a notice, told per row ---- */

/* A problem of the notice becomes one of a row and column; FALSE when the cell was complained about before. */
static gboolean
place_problem (Group *group, KaiProblem *problem, gboolean warning)
{
  const guint32 item_faults = 1u << KAI_FIELD_QUANTITY | 1u << KAI_FIELD_ITEM;
  KaiImportSheet *sheet = group->sheet;
  int item, column;
  KaiField field = kai_import_field_of_key (problem->field, &item);
  gboolean known, any = FALSE;

  group->at = 0;
  column = kai_sheet_column_of (sheet, field);
  if (item >= 0 && item < (int)group->places->len)
    {
      const ItemPlace *place = &g_array_index (group->places, ItemPlace, item);

      group->at = place->index;
      if (field == KAI_FIELD_AMOUNT || sheet->n_item_columns > 0)
        column = place->column >= 0 ? place->column : column;
    }
  for (int i = 0; i < group->n; i++)
    any = any || group->faults[i] || group->named[i];
  known = is_faulty (group, field);
  /* An amount cannot be judged without its item and quantity, nor a total without its amounts. */
  if (field == KAI_FIELD_AMOUNT)
    known = known || (group->faults[group->at] & item_faults) || (item < 0 && any);
  if (strcmp (problem->field, "items") == 0)
    known = known || any;
  if (field == KAI_FIELD_ID)
    known = known || is_faulty (group, KAI_FIELD_PAYER_KIND);
  if (known)
    return FALSE;
  g_free (problem->field);
  problem->field = g_strdup (column >= 0 ? sheet->columns[column].header
                                         : kai_field_get_header (sheet->kind, field));
  tell (group, KAI_N_FIELDS, column, warning, problem);
  return TRUE;
}

static void
place_problems (Group *group, GPtrArray *problems, gboolean warning)
{
  for (guint i = 0; i < problems->len; i++)
    {
      KaiProblem *problem = problems->pdata[i];

      problems->pdata[i] = NULL;
      if (!place_problem (group, problem, warning))
        kai_problem_free (problem);
    }
  g_ptr_array_set_size (problems, 0);
}

/* Rows of a faulty notice that are right themselves cannot be issued either. */
static void
blame_group (Group *group)
{
  const char *name = kai_sheet_name_of (group->sheet, KAI_FIELD_SEQUENCE);
  gboolean bad = FALSE;

  for (int i = 0; i < group->n; i++)
    bad = bad || group->named[i];
  for (group->at = 0; bad && group->at < group->n; group->at++)
    if (!group->named[group->at])
      tell_field (group, KAI_FIELD_SEQUENCE, FALSE,
                  kai_problem_new (0, name, "same-notice",
                                   _ ("Another row with the same 序号 is wrong: they are one "
                                      "notice. Correct that row.")));
}

static void
read_rows (Group *group)
{
  KaiParsedRow *parsed = group->sink ? g_new (KaiParsedRow, 1) : NULL;

  for (group->at = 0; group->at < group->n; group->at++)
    {
      g_autofree char *sequence G_GNUC_UNUSED = read_text (group, KAI_FIELD_SEQUENCE);
      g_autoptr (KaiNotice) notice = read_notice (group);

      if (parsed)
        {
          kai_sheet_parse_row (group->sheet, group->rows[group->at], parsed);
          check_student (group, parsed);
          check_other_name (group, parsed);
        }
      if (group->at == 0)
        group->notice = g_steal_pointer (&notice);
      else
        merge_notice (group, group->notice, notice);
    }
  g_free (parsed);
}

static void
clear_group (Group *group)
{
  g_free (group->faults);
  g_free (group->named);
  g_array_unref (group->places);
  g_clear_pointer (&group->notice, kai_notice_unref);
}

static Group
make_group (KaiImportSheet *sheet, const int *rows, int n, KaiSink *sink)
{
  return (Group){ .sheet = sheet,
                  .sink = sink,
                  .rows = rows,
                  .n = n,
                  .faults = g_new0 (guint32, n),
                  .named = g_new0 (gboolean, n),
                  .places = g_array_new (FALSE, FALSE, sizeof (ItemPlace)) };
}

void
kai_sheet_check_group (KaiImportSheet *sheet, const int *rows, int n, KaiSink *sink)
{
  Group group = make_group (sheet, rows, n, sink);
  g_autoptr (GPtrArray) scratch = g_ptr_array_new ();
  gboolean bad = FALSE;

  read_rows (&group);
  kai_notice_check (group.notice, sheet->base, 0, scratch);
  place_problems (&group, scratch, FALSE);
  check_ledger (&group);
  for (int i = 0; i < n; i++)
    bad = bad || group.named[i];
  if (!bad)
    {
      kai_notice_warnings (group.notice, 0, scratch);
      place_problems (&group, scratch, TRUE);
    }
  blame_group (&group);
  clear_group (&group);
}

/* ---- Notices ---- */

KaiNotice *
kai_sheet_build_notice (KaiImportSheet *sheet, const int *rows, int n)
{
  Group group = make_group (sheet, rows, n, NULL);
  g_autoptr (GPtrArray) scratch = kai_problems_new ();
  KaiNotice *notice;

  read_rows (&group);
  kai_notice_check (group.notice, sheet->base, 0, scratch);
  notice = g_steal_pointer (&group.notice);
  clear_group (&group);
  return notice;
}

static void
append_part (GString *text, const char *part)
{
  g_string_append_printf (text, "%" G_GSIZE_FORMAT ":%s", strlen (part), part);
}

/* What the row says, without where it stands: the 序号 may change when rows are added. Each part goes with its length,
 * so that no two contents give one text. */
char *
kai_sheet_build_row_key (KaiImportSheet *sheet, const KaiNotice *notice, int occurrence)
{
  const char *parts[] = { kai_import_kind_to_string (sheet->kind),
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
  if (occurrence > 0)
    g_string_append_printf (text, "#%d", occurrence);
  return kai_workbook_hash (text->str, text->len);
}
