/* What a column may be, by the words above it and by what stands below. The words are data: synonyms.tsv. */
#include "import/kai-import-sheet-private.h"

#include "values/kai-codes.h"
#include "values/kai-money.h"
#include "values/kai-text.h"

#include <gio/gio.h>
#include <string.h>

#define SYNONYMS "/cn/kaipiao/import/synonyms.tsv"

typedef struct
{
  KaiColumnUse use;
  KaiField field;
  const char *word;
  int confidence;
} Synonym;

static const char *const field_words[KAI_N_FIELDS] = {
  "sequence", "payer",     "payer_kind", "id",     "grade",    "class", "student_no", "mobile",
  "item",     "item_name", "quantity",   "amount", "late_fee", "term",  "memo",
};

const char *
kai_field_to_string (KaiField field)
{
  g_return_val_if_fail (field < KAI_N_FIELDS, "");
  return field_words[field];
}

static gboolean
parse_field_word (const char *word, KaiField *out)
{
  for (int i = 0; i < KAI_N_FIELDS; i++)
    if (g_strcmp0 (field_words[i], word) == 0)
      {
        *out = i;
        return TRUE;
      }
  return FALSE;
}

/* ---- The table of words ---- */

static gboolean
parse_line (char *line, Synonym *out)
{
  g_auto (GStrv) parts = g_strsplit (line, "\t", 3);

  if (g_strv_length (parts) != 3)
    return FALSE;
  out->use = KAI_COLUMN_FIELD;
  out->field = KAI_N_FIELDS;
  if (strcmp (parts[0], "total") == 0)
    out->use = KAI_COLUMN_TOTAL;
  else if (strcmp (parts[0], "ignore") == 0)
    out->use = KAI_COLUMN_IGNORED;
  else if (strcmp (parts[0], "reasons") == 0)
    out->use = KAI_COLUMN_REASONS;
  else if (!parse_field_word (parts[0], &out->field))
    g_error ("%s: no field “%s”", SYNONYMS, parts[0]);
  out->word = g_intern_string (parts[1]);
  out->confidence = atoi (parts[2]);
  return TRUE;
}

static GArray *
load_synonyms (void)
{
  g_autoptr (GBytes) bytes = g_resources_lookup_data (SYNONYMS, 0, NULL);
  GArray *synonyms = g_array_new (FALSE, FALSE, sizeof (Synonym));
  g_auto (GStrv) lines = NULL;
  g_autofree char *text = NULL;

  if (!bytes)
    g_error ("the resource %s is not in this program", SYNONYMS);
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i]; i++)
    {
      Synonym synonym;

      if (lines[i][0] != '#' && parse_line (lines[i], &synonym))
        g_array_append_val (synonyms, synonym);
    }
  return synonyms;
}

static const GArray *
get_synonyms (void)
{
  static gsize once = 0;
  static GArray *synonyms;

  if (g_once_init_enter (&once))
    {
      synonyms = load_synonyms ();
      g_once_init_leave (&once, 1);
    }
  return synonyms;
}

/* How sure: the word itself, or a header that only contains it; a longer part of the header tells more. */
static int
rate (const Synonym *synonym, const char *name, glong length)
{
  glong word = g_utf8_strlen (synonym->word, -1);

  if (strcmp (synonym->word, name) == 0)
    return synonym->confidence;
  if (word < 2 || !strstr (name, synonym->word))
    return 0;
  if (synonym->use == KAI_COLUMN_IGNORED)
    return synonym->confidence;
  /* A long sentence that mentions a word is no header of it. */
  return length > 16 ? 0 : (int)(synonym->confidence * (45 + 45 * word / length) / 100);
}

int
kai_import_match_name (const char *name, KaiColumnUse *use, KaiField *field)
{
  const GArray *synonyms = get_synonyms ();
  glong length = g_utf8_strlen (name, -1);
  int best = 0, ignored = 0;
  const Synonym *found = NULL;

  if (*name == '\0')
    return 0;
  for (guint i = 0; i < synonyms->len; i++)
    {
      const Synonym *synonym = &g_array_index (synonyms, Synonym, i);
      int rating = rate (synonym, name, length);

      if (rating > 0 && strcmp (synonym->word, name) == 0)
        rating += 1000;
      if (synonym->use == KAI_COLUMN_IGNORED && rating < 1000)
        ignored = MAX (ignored, rating);
      else if (rating > best)
        {
          best = rating;
          found = synonym;
        }
    }
  if (ignored > 0 && best < 1000)
    {
      *use = KAI_COLUMN_IGNORED;
      *field = KAI_N_FIELDS;
      return ignored;
    }
  if (!found)
    return 0;
  *use = found->use;
  *field = found->field;
  return best % 1000;
}

gboolean
kai_import_is_ignored_across (const char *together, const char *own)
{
  const GArray *synonyms = get_synonyms ();
  g_autofree char *above = g_strdup (together);

  if (g_str_has_suffix (above, own))
    above[strlen (above) - strlen (own)] = '\0';
  for (guint i = 0; i < synonyms->len; i++)
    {
      const Synonym *synonym = &g_array_index (synonyms, Synonym, i);

      if (synonym->use == KAI_COLUMN_IGNORED && strstr (together, synonym->word)
          && !strstr (above, synonym->word) && !strstr (own, synonym->word))
        return TRUE;
    }
  return FALSE;
}

gboolean
kai_field_parse (const char *word, KaiField *out)
{
  g_autofree char *name = NULL;
  KaiColumnUse use;

  if (parse_field_word (word, out))
    return TRUE;
  name = kai_import_clean_header (word ? word : "", NULL);
  return kai_import_match_name (name, &use, out) >= 70 && use == KAI_COLUMN_FIELD;
}

/* ---- Charge items ---- */

gboolean
kai_import_is_charge_word (const char *name)
{
  return g_utf8_strlen (name, -1) <= 12
         && (g_str_has_suffix (name, "费") || g_str_has_suffix (name, "费用")
             || g_str_has_suffix (name, "押金") || g_str_has_suffix (name, "租金"));
}

int
kai_import_match_item (const KaiBaseData *base, const char *name, const KaiItem **item)
{
  int best = 0, n = 0;

  *item = NULL;
  if (g_utf8_strlen (name, -1) < 2)
    return 0;
  for (guint i = 0; i < base->items->len; i++)
    {
      const KaiItem *known = base->items->pdata[i];
      g_autofree char *item_name = kai_import_clean_header (known->name, NULL);
      int rating = 0;

      if (strcmp (name, known->code) == 0 || strcmp (name, item_name) == 0)
        rating = 100;
      else if (strlen (known->code) == 12 && strstr (name, known->code))
        rating = 98;
      else if (kai_import_is_charge_word (name) && strstr (item_name, name))
        rating = 80;
      else if (g_utf8_strlen (item_name, -1) >= 3 && strstr (name, item_name))
        rating = 75;
      if (rating == 0 || rating < best)
        continue;
      n = rating > best ? 1 : n + 1;
      best = rating;
      *item = known;
    }
  if (n > 1)
    {
      *item = NULL;
      return 40;
    }
  return best;
}

/* ---- What stands below ---- */

static gboolean
is_number_text (const char *text)
{
  gsize digits = strspn (text, "0123456789.,-+￥¥");

  return digits > 0 && text[digits] == '\0' && strpbrk (text, "0123456789");
}

gboolean
kai_import_is_value (const KaiCell *cell)
{
  if (cell->kind == KAI_CELL_NUMBER || cell->kind == KAI_CELL_DATE
      || cell->kind == KAI_CELL_BOOLEAN)
    return TRUE;
  if (cell->kind != KAI_CELL_TEXT)
    return FALSE;
  return is_number_text (cell->text) || kai_identity_number_fault (cell->text) == NULL
         || kai_credit_code_fault (cell->text) == NULL;
}

typedef struct
{
  int n, ids, credits, mobiles, items, item_names, classes, terms, kinds, persons, amounts,
      decimals, rising;
  double last;
} Content;

static gboolean
is_person_name (const char *text)
{
  glong length = g_utf8_strlen (text, -1);

  if (length < 2 || length > 4)
    return g_str_has_suffix (text, "公司") || strstr (text, "·");
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    if (g_unichar_get_script (g_utf8_get_char (p)) != G_UNICODE_SCRIPT_HAN)
      return FALSE;
  return TRUE;
}

static gboolean
is_term (const char *text)
{
  return strlen (text) >= 9 && g_ascii_isdigit (text[0]) && strspn (text, "0123456789") == 4
         && (strstr (text, "学年") || strstr (text, "学期")
             || (text[4] == '-' && strspn (text + 5, "0123456789") == 4));
}

static void
look_at (KaiImportSheet *sheet, const KaiCell *cell, Content *content)
{
  g_autofree char *text = kai_text_normalise_code (cell->text);
  KaiMoney money;

  if (*text == '\0')
    return;
  content->n++;
  content->ids += kai_identity_number_fault (text) == NULL
                  || (cell->kind == KAI_CELL_NUMBER && strlen (text) >= 17);
  content->credits += strlen (text) == 18 && kai_credit_code_fault (text) == NULL;
  content->mobiles += kai_mobile_number_is_chinese (text);
  content->items += kai_base_data_find_item (sheet->base, text) != NULL;
  content->item_names += g_hash_table_contains (sheet->items_by_name, text);
  content->classes += g_utf8_strlen (text, -1) <= 12 && g_str_has_suffix (text, "班");
  content->terms += is_term (text);
  content->kinds += strcmp (text, "个人") == 0 || strcmp (text, "单位") == 0;
  content->persons += is_person_name (text);
  if (kai_money_parse (text, &money, NULL) && money > 0 && strlen (text) < 10)
    {
      content->amounts++;
      content->decimals += strchr (text, '.') != NULL || money >= 1000;
      content->rising += (double)money > content->last;
      content->last = (double)money;
    }
}

/* The field that the values of a column are, by content alone; its confidence. */
static int
judge (const Content *content, KaiField *field)
{
  const struct
  {
    int count;
    KaiField field;
    int confidence;
  } signs[] = {
    { content->ids, KAI_FIELD_ID, 90 },
    { content->credits, KAI_FIELD_ID, 90 },
    { content->mobiles, KAI_FIELD_MOBILE, 85 },
    { content->items, KAI_FIELD_ITEM, 92 },
    { content->item_names, KAI_FIELD_ITEM_NAME, 88 },
    { content->kinds, KAI_FIELD_PAYER_KIND, 85 },
    { content->classes, KAI_FIELD_CLASS, 80 },
    { content->terms, KAI_FIELD_TERM, 80 },
    { content->persons, KAI_FIELD_PAYER, 60 },
  };

  if (content->n == 0)
    return 0;
  for (gsize i = 0; i < G_N_ELEMENTS (signs); i++)
    if (signs[i].count * 10 >= content->n * 7)
      {
        *field = signs[i].field;
        return signs[i].confidence * signs[i].count / content->n;
      }
  /* 1, 2, 3 … is a running number. */
  if (content->amounts * 10 >= content->n * 9 && content->decimals * 2 >= content->n
      && (content->rising < content->n || content->n < 3))
    {
      *field = KAI_FIELD_AMOUNT;
      return 55;
    }
  return 0;
}

#define LOOK_AT_ROWS 200

static int
judge_column (KaiImportSheet *sheet, int column, KaiField *field, Content *content)
{
  *content = (Content){ 0 };
  for (guint row = 0; row < sheet->rows->len && content->n < LOOK_AT_ROWS; row++)
    {
      KaiCell cell;

      if (kai_sheet_row (sheet, row)->kind != KAI_ROW_DATA)
        continue;
      cell = kai_import_pool_get (sheet->pool, kai_sheet_cell (sheet, row, column));
      if (cell.kind != KAI_CELL_EMPTY)
        look_at (sheet, &cell, content);
    }
  return judge (content, field);
}

/* ---- Choosing ---- */

static void
guess_by_name (KaiImportSheet *sheet, KaiSheetColumn *column)
{
  const KaiItem *item;
  KaiColumnUse use = KAI_COLUMN_IGNORED;
  KaiField field = KAI_N_FIELDS;
  int by_word = kai_import_match_name (column->name, &use, &field);
  int by_item = sheet->is_form ? 0 : kai_import_match_item (sheet->base, column->name, &item);

  if (by_item > 0 && by_word < 90)
    {
      column->use = KAI_COLUMN_ITEM;
      g_strlcpy (column->item, item ? item->code : "", sizeof column->item);
      column->confidence = by_item;
    }
  else if (by_word > 0)
    {
      column->use = use;
      column->field = field;
      column->confidence = by_word;
    }
  else if (!sheet->is_form && kai_import_is_charge_word (column->name))
    {
      column->use = KAI_COLUMN_ITEM;
      column->confidence = 30;
    }
  if (column->use == KAI_COLUMN_FIELD && !kai_field_is_known (sheet->kind, column->field)
      && column->field != KAI_FIELD_GRADE && column->field != KAI_FIELD_LATE_FEE)
    column->use = KAI_COLUMN_IGNORED;
  column->guess = column->confidence > 0 ? KAI_GUESS_NAME : KAI_GUESS_NONE;
}

/* What stands below contradicts a doubtful word, or speaks for a column without one. */
static void
guess_by_content (KaiImportSheet *sheet, int i)
{
  KaiSheetColumn *column = sheet->columns + i;
  Content content;
  KaiField field = KAI_N_FIELDS;
  int sure = judge_column (sheet, i, &field, &content);

  if (column->use == KAI_COLUMN_REASONS || content.n == 0)
    return;
  if ((column->field == KAI_FIELD_ITEM || column->field == KAI_FIELD_ITEM_NAME)
      && column->use == KAI_COLUMN_FIELD)
    {
      /* “收费项目” may hold codes. */
      if (content.items * 2 > content.n)
        column->field = KAI_FIELD_ITEM;
      else if (content.item_names * 2 > content.n)
        column->field = KAI_FIELD_ITEM_NAME;
      return;
    }
  if (column->use == KAI_COLUMN_ITEM && content.amounts * 2 < content.n)
    {
      /* Worded like a charge, but no amounts below it. */
      if (content.amounts == 0)
        column->use = KAI_COLUMN_IGNORED;
      return;
    }
  if (sure < 50 || !kai_field_is_known (sheet->kind, field)
      || (column->use == KAI_COLUMN_FIELD && column->field == field)
      || (column->use != KAI_COLUMN_IGNORED && column->confidence >= 80)
      || (column->use == KAI_COLUMN_IGNORED && column->confidence > 0)
      || (column->use != KAI_COLUMN_IGNORED && field == KAI_FIELD_AMOUNT))
    return;
  column->use = KAI_COLUMN_FIELD;
  column->field = field;
  column->guess = KAI_GUESS_CONTENT;
  column->confidence = sure;
}

/* One column for each field: the surest, of equals the first. The others are left alone. */
static void
settle_fields (KaiImportSheet *sheet)
{
  for (int field = 0; field < KAI_N_FIELDS; field++)
    {
      int best = -1;

      for (int i = 0; i < sheet->n_columns; i++)
        {
          KaiSheetColumn *column = sheet->columns + i;

          if (column->use != KAI_COLUMN_FIELD || (int)column->field != field)
            continue;
          if (best < 0 || column->confidence > sheet->columns[best].confidence)
            {
              if (best >= 0)
                sheet->columns[best].use = KAI_COLUMN_IGNORED;
              best = i;
            }
          else
            {
              if (strcmp (column->name, sheet->columns[best].name) == 0 && !sheet->doubled)
                sheet->doubled = g_strdup (column->header);
              column->use = KAI_COLUMN_IGNORED;
            }
        }
    }
}

static void
settle_amounts (KaiImportSheet *sheet)
{
  int n_items = 0, amount = -1, total = -1;

  for (int i = 0; i < sheet->n_columns; i++)
    {
      const KaiSheetColumn *column = sheet->columns + i;

      n_items += column->use == KAI_COLUMN_ITEM;
      if (column->use == KAI_COLUMN_FIELD && column->field == KAI_FIELD_AMOUNT)
        amount = i;
      if (column->use == KAI_COLUMN_TOTAL)
        {
          if (total >= 0)
            sheet->columns[total].use = KAI_COLUMN_IGNORED;
          total = i;
        }
    }
  /* With a column for each item, “金额” is their sum; with neither, “合计” is the amount. */
  if (n_items > 0 && amount >= 0)
    {
      sheet->columns[amount].use = total >= 0 ? KAI_COLUMN_IGNORED : KAI_COLUMN_TOTAL;
    }
  else if (n_items == 0 && amount < 0 && total >= 0)
    {
      sheet->columns[total].use = KAI_COLUMN_FIELD;
      sheet->columns[total].field = KAI_FIELD_AMOUNT;
      sheet->columns[total].confidence = MIN (sheet->columns[total].confidence, 75);
    }
}

void
kai_import_guess_columns (KaiImportSheet *sheet)
{
  g_clear_pointer (&sheet->doubled, g_free);
  for (int i = 0; i < sheet->n_columns; i++)
    {
      KaiSheetColumn *column = sheet->columns + i;

      column->use = KAI_COLUMN_IGNORED;
      column->field = KAI_N_FIELDS;
      column->confidence = 0;
      column->item[0] = '\0';
      guess_by_name (sheet, column);
    }
  if (!sheet->is_form)
    {
      for (int i = 0; i < sheet->n_columns; i++)
        guess_by_content (sheet, i);
    }
  settle_fields (sheet);
  settle_amounts (sheet);
  for (int i = 0; i < sheet->n_columns; i++)
    if (sheet->columns[i].foreign_unit
        && (sheet->columns[i].use == KAI_COLUMN_ITEM || sheet->columns[i].use == KAI_COLUMN_TOTAL
            || (sheet->columns[i].use == KAI_COLUMN_FIELD
                && (sheet->columns[i].field == KAI_FIELD_AMOUNT
                    || sheet->columns[i].field == KAI_FIELD_LATE_FEE))))
      {
        sheet->columns[i].use = KAI_COLUMN_IGNORED;
        sheet->columns[i].confidence = 0;
      }
  kai_import_index_columns (sheet);
}
