/* What each column of a list is: shown, changed, remembered for the next list with the same headers. */
#include "import/kai-import-sheet-private.h"

#include "values/kai-error.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

const char *
kai_column_guess_to_string (KaiColumnGuess guess)
{
  static const char *const words[] = { "none", "name", "content", "remembered", "chosen" };

  return words[CLAMP ((int)guess, 0, (int)G_N_ELEMENTS (words) - 1)];
}

char *
kai_import_column_to_string (const KaiImportColumn *column)
{
  switch (column->use)
    {
    case KAI_COLUMN_FIELD:
      return g_strdup (kai_field_to_string (column->field));
    case KAI_COLUMN_ITEM:
      return g_strconcat ("item:", column->item, NULL);
    case KAI_COLUMN_TOTAL:
      return g_strdup ("total");
    case KAI_COLUMN_REASONS:
      return g_strdup ("reasons");
    case KAI_COLUMN_IGNORED:
      break;
    }
  return g_strdup ("ignore");
}

int
kai_import_sheet_get_n_columns (KaiImportSheet *sheet)
{
  return sheet->n_columns;
}

const char *
kai_import_sheet_get_header (KaiImportSheet *sheet, int column)
{
  return sheet->columns[column].header;
}

int
kai_import_sheet_get_header_row (KaiImportSheet *sheet)
{
  return sheet->header_row;
}

KaiImportColumn
kai_import_sheet_get_column (KaiImportSheet *sheet, int column)
{
  const KaiSheetColumn *own = sheet->columns + column;

  return (KaiImportColumn){ own->use, own->field, own->item, own->guess, own->confidence };
}

int
kai_import_sheet_find_column (KaiImportSheet *sheet, KaiField field)
{
  return sheet->field_column[field];
}

int
kai_import_sheet_find_header (KaiImportSheet *sheet, const char *text)
{
  g_autofree char *name = kai_import_clean_header (text, NULL);
  g_autofree char *code = kai_text_normalise_code (text);
  guint64 number;

  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < sheet->n_columns; i++)
      {
        g_autofree char *shown = kai_text_normalise_code (sheet->columns[i].header);

        if (pass == 0 ? strcmp (shown, code) == 0
                      : *name && strcmp (sheet->columns[i].name, name) == 0)
          return i;
      }
  if (g_ascii_string_to_unsigned (code, 10, 1, sheet->n_columns, &number, NULL))
    return (int)number - 1;
  if (strlen (code) == 1 && g_ascii_isupper (code[0]) && code[0] - 'A' < sheet->n_columns)
    return code[0] - 'A';
  if (strlen (code) == 2 && g_ascii_isupper (code[0]) && g_ascii_isupper (code[1])
      && (code[0] - 'A' + 1) * 26 + code[1] - 'A' < sheet->n_columns)
    return (code[0] - 'A' + 1) * 26 + code[1] - 'A';
  return -1;
}

/* ---- Changing ---- */

static const KaiItem *
find_item_by_word (KaiImportSheet *sheet, const char *word)
{
  g_autofree char *code = kai_text_normalise_code (word);
  const KaiItem *item = kai_base_data_find_item (sheet->base, code);

  return item ? item : g_hash_table_lookup (sheet->items_by_name, code);
}

/* FALSE when @word names nothing that a column can be. */
static gboolean
parse_use (KaiImportSheet *sheet, const char *word, KaiSheetColumn *out)
{
  const char *rest = NULL;
  const KaiItem *item;

  out->item[0] = '\0';
  out->field = KAI_N_FIELDS;
  if (strcmp (word, "ignore") == 0 || strcmp (word, "total") == 0 || strcmp (word, "reasons") == 0)
    {
      out->use = word[0] == 'i'   ? KAI_COLUMN_IGNORED
                 : word[0] == 't' ? KAI_COLUMN_TOTAL
                                  : KAI_COLUMN_REASONS;
      return TRUE;
    }
  if (g_str_has_prefix (word, "item:"))
    rest = word + strlen ("item:");
  else if (g_str_has_prefix (word, "项目:"))
    rest = word + strlen ("项目:");
  if (!rest && kai_field_parse (word, &out->field))
    {
      out->use = KAI_COLUMN_FIELD;
      return TRUE;
    }
  item = find_item_by_word (sheet, rest ? rest : word);
  if (!item && !(rest && !*rest))
    return FALSE;
  out->use = KAI_COLUMN_ITEM;
  g_strlcpy (out->item, item ? item->code : "", sizeof out->item);
  return TRUE;
}

static void
take_use (KaiImportSheet *sheet, int column, const KaiSheetColumn *use, KaiColumnGuess guess)
{
  KaiSheetColumn *own = sheet->columns + column;

  for (int i = 0; i < sheet->n_columns; i++)
    if (i != column
        && ((use->use == KAI_COLUMN_FIELD && sheet->columns[i].use == KAI_COLUMN_FIELD
             && sheet->columns[i].field == use->field)
            || (use->use == KAI_COLUMN_TOTAL && sheet->columns[i].use == KAI_COLUMN_TOTAL)))
      sheet->columns[i].use = KAI_COLUMN_IGNORED;
  own->use = use->use;
  own->field = use->field;
  memcpy (own->item, use->item, sizeof own->item);
  own->guess = guess;
  own->confidence = 100;
}

static void
columns_changed (KaiImportSheet *sheet)
{
  kai_import_index_columns (sheet);
  kai_sheet_spread_merges (sheet);
  kai_sheet_classify_rows (sheet);
}

gboolean
kai_import_sheet_set_column (KaiImportSheet *sheet, int column, const char *word, GError **error)
{
  KaiSheetColumn use = { 0 };

  g_return_val_if_fail (column >= 0 && column < sheet->n_columns, FALSE);
  if (!parse_use (sheet, word, &use))
    return kai_data_fail (
        error, KAI_DATA_ERROR_INVALID,
        _ ("“%s” is nothing that a column can be. Name a field (payer, id, mobile, "
           "class, item, amount, term …), a charge item (item:CODE), “total” or "
           "“ignore”."),
        word);
  if (use.use == KAI_COLUMN_FIELD && sheet->doubled)
    g_clear_pointer (&sheet->doubled, g_free);
  take_use (sheet, column, &use, KAI_GUESS_CHOSEN);
  columns_changed (sheet);
  return TRUE;
}

void
kai_import_sheet_set_kind (KaiImportSheet *sheet, KaiImportKind kind)
{
  if (sheet->kind == kind)
    return;
  sheet->kind = kind;
  sheet->is_form = FALSE;
  kai_import_guess_columns (sheet);
  columns_changed (sheet);
}

/* ---- Constants ---- */

/* The form in which a column would hold it. */
static char *
constant_text (KaiImportSheet *sheet, KaiField field, const char *value, GError **error)
{
  const KaiItem *item;
  KaiPayerKind kind;

  switch (field)
    {
    case KAI_FIELD_ITEM:
    case KAI_FIELD_ITEM_NAME:
      item = find_item_by_word (sheet, value);
      if (item)
        return g_strdup (item->code);
      kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                     _ ("“%s” is not among the charge items that your unit may use."), value);
      return NULL;
    case KAI_FIELD_PAYER_KIND:
      if (kai_payer_kind_parse (value, &kind))
        return g_strdup (kind == KAI_PAYER_PERSON ? "个人" : "单位");
      if (strcmp (value, "个人") == 0 || strcmp (value, "单位") == 0)
        return g_strdup (value);
      kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                     _ ("The kind of payer is 个人 (person) or 单位 (organisation), not “%s”."),
                     value);
      return NULL;
    case KAI_FIELD_GRADE:
    case KAI_FIELD_CLASS:
    case KAI_FIELD_TERM:
    case KAI_FIELD_MEMO:
    case KAI_FIELD_QUANTITY:
    case KAI_FIELD_AMOUNT:
      return kai_text_normalise_name (value);
    default:
      kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                     _ ("“%s” is different in each row: choose a column for it."),
                     kai_field_get_header (sheet->kind, field));
      return NULL;
    }
}

gboolean
kai_import_sheet_set_constant (KaiImportSheet *sheet, KaiField field, const char *value,
                               GError **error)
{
  g_autofree char *text = NULL;

  g_return_val_if_fail (field < KAI_N_FIELDS, FALSE);
  if (field == KAI_FIELD_ITEM_NAME)
    field = KAI_FIELD_ITEM;
  if (value && *value)
    {
      text = constant_text (sheet, field, value, error);
      if (!text)
        return FALSE;
    }
  sheet->constant[field] = text ? kai_import_pool_add (sheet->pool, KAI_CELL_TEXT, text) : 0;
  sheet->checked = FALSE;
  return TRUE;
}

const char *
kai_import_sheet_get_constant (KaiImportSheet *sheet, KaiField field)
{
  return kai_import_pool_get_text (sheet->pool, sheet->constant[field]);
}

/* ---- What is missing ---- */

static gboolean
is_there (KaiImportSheet *sheet, KaiField field)
{
  if (sheet->field_column[field] >= 0 || sheet->constant[field])
    return TRUE;
  switch (field)
    {
    case KAI_FIELD_ITEM:
      return sheet->n_item_columns > 0
             || (!sheet->is_form && sheet->field_column[KAI_FIELD_ITEM_NAME] >= 0);
    case KAI_FIELD_AMOUNT:
      return sheet->n_item_columns > 0;
    case KAI_FIELD_QUANTITY:
      return !sheet->is_form;
    /* Read off the number or the name where it is plain, asked for in the row where it is not. */
    case KAI_FIELD_PAYER_KIND:
      return !sheet->is_form;
    case KAI_FIELD_ID:
      return !sheet->is_form && sheet->field_column[KAI_FIELD_STUDENT_NO] >= 0;
    default:
      return FALSE;
    }
}

char *
kai_import_sheet_list_missing (KaiImportSheet *sheet)
{
  g_autoptr (GString) missing = g_string_new (NULL);

  for (int field = 0; field < KAI_N_FIELDS; field++)
    if (kai_field_is_required (sheet->kind, field) && !is_there (sheet, field))
      g_string_append_printf (missing, "%s%s", missing->len ? "、" : "",
                              kai_field_get_header (sheet->kind, field));
  return missing->len ? g_string_free (g_steal_pointer (&missing), FALSE) : NULL;
}

gboolean
kai_import_sheet_require_complete (KaiImportSheet *sheet, GError **error)
{
  g_autofree char *missing = NULL;
  const char *foreign = NULL;

  if (sheet->doubled)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The column “%s” stands twice in the header row. Delete or rename one "
                             "of them, or say which one counts."),
                          sheet->doubled);
  missing = kai_import_sheet_list_missing (sheet);
  for (int i = 0; i < sheet->n_columns && !foreign; i++)
    if (sheet->columns[i].foreign_unit && sheet->columns[i].use == KAI_COLUMN_IGNORED)
      foreign = sheet->columns[i].header;
  if (missing && foreign && !is_there (sheet, KAI_FIELD_AMOUNT))
    return kai_data_fail (
        error, KAI_DATA_ERROR_INVALID,
        _ ("The list lacks these columns: %s. “%s” is not in yuan, so that it was "
           "not read: convert the amounts to yuan."),
        missing, foreign);
  return !missing
         || kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                           _ ("The list lacks these columns: %s. Say which columns hold them, or "
                              "give a value for all rows."),
                           missing);
}

/* ---- Remembering: one line a column, then the constants ---- */

#define LAYOUT_VERSION "kaipiao-layout 1"

char *
kai_import_sheet_dup_layout (KaiImportSheet *sheet)
{
  GString *out = g_string_new (LAYOUT_VERSION "\n");

  g_string_append_printf (out, "kind\t%s\n", kai_import_kind_to_string (sheet->kind));
  for (int i = 0; i < sheet->n_columns; i++)
    {
      KaiImportColumn column = kai_import_sheet_get_column (sheet, i);
      g_autofree char *word = kai_import_column_to_string (&column);

      g_string_append_printf (out, "column\t%s\n", word);
    }
  for (int field = 0; field < KAI_N_FIELDS; field++)
    /* Not the term: next term's list has the same headers. */
    if (sheet->constant[field]
        && (field == KAI_FIELD_ITEM || field == KAI_FIELD_PAYER_KIND
            || field == KAI_FIELD_QUANTITY))
      g_string_append_printf (out, "constant\t%s\t%s\n", kai_field_to_string (field),
                              kai_import_sheet_get_constant (sheet, field));
  return g_string_free (out, FALSE);
}

typedef struct
{
  int n_columns;
  KaiSheetColumn columns[KAI_SHEET_MAX_COLUMNS];
  const char *constants[KAI_N_FIELDS];
  KaiImportKind kind;
} Layout;

static gboolean
parse_layout_line (KaiImportSheet *sheet, char **parts, Layout *layout)
{
  guint n = g_strv_length (parts);
  KaiField field;

  if (n == 2 && strcmp (parts[0], "kind") == 0)
    return kai_import_kind_parse (parts[1], &layout->kind);
  if (n == 2 && strcmp (parts[0], "column") == 0)
    return layout->n_columns < sheet->n_columns
           && parse_use (sheet, parts[1], &layout->columns[layout->n_columns++]);
  if (n == 3 && strcmp (parts[0], "constant") == 0 && kai_field_parse (parts[1], &field))
    {
      layout->constants[field] = parts[2];
      return TRUE;
    }
  return n == 0 || !*parts[0];
}

static void
apply (KaiImportSheet *sheet, const Layout *layout)
{
  sheet->kind = layout->kind;
  g_clear_pointer (&sheet->doubled, g_free);
  for (int i = 0; i < sheet->n_columns; i++)
    sheet->columns[i].use = KAI_COLUMN_IGNORED;
  for (int i = 0; i < sheet->n_columns; i++)
    take_use (sheet, i, &layout->columns[i], KAI_GUESS_REMEMBERED);
  for (int field = 0; field < KAI_N_FIELDS; field++)
    if (layout->constants[field])
      kai_import_sheet_set_constant (sheet, field, layout->constants[field], NULL);
  columns_changed (sheet);
}

gboolean
kai_import_sheet_apply_layout (KaiImportSheet *sheet, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text ? text : "", "\n", -1);
  g_autoptr (GPtrArray) split = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  g_autofree Layout *layout = g_new0 (Layout, 1);

  if (!lines[0] || strcmp (lines[0], LAYOUT_VERSION) != 0)
    return FALSE;
  layout->kind = sheet->kind;
  for (int i = 1; lines[i]; i++)
    {
      g_ptr_array_add (split, g_strsplit (lines[i], "\t", 3));
      if (!parse_layout_line (sheet, split->pdata[split->len - 1], layout))
        return FALSE;
    }
  if (layout->n_columns != sheet->n_columns)
    return FALSE;
  apply (sheet, layout);
  return TRUE;
}
