/* A row as the rules see it: normalised values, items, and whether it is certain to be in order. Most rows are; only of the doubtful ones
 * a notice is made for the rules themselves (kai-import-rules.c), which have all the sentences. What is certain here must be certain
 * there: a test compares both. */
#include "import/kai-import-sheet-private.h"

#include "values/kai-codes.h"
#include "values/kai-text.h"

#include <string.h>

#define MAX_TEXT 100 /* bytes in UTF-8: fewer in GBK as long as all characters are common */
#define MAX_PAY_INFO 440

KaiCell
kai_sheet_field_cell (KaiImportSheet *sheet, int row, KaiField field)
{
  int column = sheet->field_column[field];
  KaiTextId id = column < 0 ? 0 : kai_sheet_cell (sheet, row, column);

  return kai_import_pool_get (sheet->pool, id ? id : sheet->constant[field]);
}

/* ---- Texts ---- */

/* Digits, capital letters and hyphens: its own normal form, and nothing that a spreadsheet has damaged. */
static gboolean
is_clean_code (const char *text)
{
  for (; *text; text++)
    if (!g_ascii_isdigit (*text) && !g_ascii_isupper (*text) && *text != '-')
      return FALSE;
  return TRUE;
}

/* Common Chinese characters and printable ASCII without white space: its own normal form, and in GBK. */
static gboolean
is_clean_name (const char *text, gsize *length)
{
  const guchar *p = (const guchar *)text;

  if (*p == '#')
    return FALSE;
  while (*p)
    if (*p > 0x20 && *p < 0x7f)
      p++;
    /* U+4E00 … U+9FA5 */
    else if (*p >= 0xe4 && *p <= 0xe9 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80
             && ((p[0] & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f)) >= 0x4e00
             && ((p[0] & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f)) <= 0x9fa5)
      p += 3;
    else
      return FALSE;
  *length = (gsize)((const char *)p - text);
  return TRUE;
}

static gboolean
is_code_field (KaiField field)
{
  return field == KAI_FIELD_ID || field == KAI_FIELD_STUDENT_NO || field == KAI_FIELD_MOBILE
         || field == KAI_FIELD_ITEM || field == KAI_FIELD_SEQUENCE || field == KAI_FIELD_PAYER_KIND;
}

/* The long way: as the rules will read it. */
static KaiTextId
take_slowly (KaiImportSheet *sheet, KaiField field, const KaiCell *cell)
{
  KaiProblem *problem = NULL, *warning = NULL;
  g_autofree char *text = kai_import_take_text ("", field, 0, cell, &problem, &warning);

  g_clear_pointer (&problem, kai_problem_free);
  g_clear_pointer (&warning, kai_problem_free);
  return kai_import_pool_add (sheet->pool, KAI_CELL_TEXT, text);
}

static KaiTextId
take_value (KaiImportSheet *sheet, int row, KaiField field, gboolean *doubtful)
{
  int column = sheet->field_column[field];
  KaiTextId id = column < 0 ? 0 : kai_sheet_cell (sheet, row, column);
  KaiCell cell;
  gsize length;

  if (!id)
    id = sheet->constant[field];
  if (!id)
    return 0;
  cell = kai_import_pool_get (sheet->pool, id);
  if (cell.kind == KAI_CELL_TEXT)
    {
      if (is_code_field (field) ? is_clean_code (cell.text)
                                : is_clean_name (cell.text, &length) && length <= MAX_TEXT)
        return id;
    }
  else if (cell.kind == KAI_CELL_NUMBER
           && (field == KAI_FIELD_SEQUENCE || field == KAI_FIELD_MOBILE)
           && is_clean_code (cell.text) && strlen (cell.text) <= 11 && cell.text[0] != '0'
           && cell.text[0] != '-')
    return kai_import_pool_add (sheet->pool, KAI_CELL_TEXT, cell.text);
  *doubtful = TRUE;
  return take_slowly (sheet, field, &cell);
}

/* ---- Amounts ---- */

/* "980", "980.5", "980.00"; anything else is read the long way. */
static gboolean
parse_plain_money (const char *text, KaiMoney *out)
{
  gsize whole = strspn (text, "0123456789"), decimals;
  gint64 value = 0;

  if (whole == 0 || whole > 12)
    return FALSE;
  for (gsize i = 0; i < whole; i++)
    value = value * 10 + (text[i] - '0');
  value *= 100;
  if (text[whole] == '.')
    {
      decimals = strspn (text + whole + 1, "0123456789");
      if (decimals == 0 || decimals > 2 || text[whole + 1 + decimals])
        return FALSE;
      value += (text[whole + 1] - '0') * 10 + (decimals == 2 ? text[whole + 2] - '0' : 0);
    }
  else if (text[whole])
    return FALSE;
  *out = value;
  return TRUE;
}

/* -1 where it is none. */
static KaiMoney
take_money (const KaiCell *cell, gboolean *doubtful)
{
  KaiMoney money = -1;
  KaiProblem *problem = NULL;

  if (cell->kind == KAI_CELL_EMPTY)
    return -1;
  if ((cell->kind == KAI_CELL_TEXT || cell->kind == KAI_CELL_NUMBER)
      && parse_plain_money (cell->text, &money))
    return money;
  *doubtful = TRUE;
  if (!kai_import_take_money ("", 0, cell, &money, &problem))
    money = -1;
  g_clear_pointer (&problem, kai_problem_free);
  return money;
}

gboolean
kai_import_is_nothing (const KaiCell *cell)
{
  static const char *const words[] = {
    "-", "--", "—", "——", "/", "\\", "无", "免", "×", "X", NULL
  };
  KaiMoney money;

  if (cell->kind == KAI_CELL_EMPTY)
    return TRUE;
  if (cell->kind != KAI_CELL_TEXT && cell->kind != KAI_CELL_NUMBER)
    return FALSE;
  if (parse_plain_money (cell->text, &money))
    return money == 0;
  return g_strv_contains (words, cell->text);
}

static gint64
take_quantity (KaiImportSheet *sheet, int row, KaiParsedRow *parsed)
{
  KaiCell cell = kai_sheet_field_cell (sheet, row, KAI_FIELD_QUANTITY);
  gsize digits = strspn (cell.text, "0123456789");
  gint64 quantity = 1;
  KaiProblem *problem = NULL;

  if (cell.kind == KAI_CELL_EMPTY)
    {
      parsed->doubtful |= kai_field_is_required (sheet->kind, KAI_FIELD_QUANTITY) && sheet->is_form;
      return 1;
    }
  if ((cell.kind == KAI_CELL_NUMBER || cell.kind == KAI_CELL_TEXT) && digits > 0 && digits <= 6
      && !cell.text[digits] && cell.text[0] != '0')
    return g_ascii_strtoll (cell.text, NULL, 10);
  parsed->doubtful = TRUE;
  kai_import_take_quantity ("", 0, &cell, &quantity, &problem);
  g_clear_pointer (&problem, kai_problem_free);
  return quantity;
}

/* ---- Items ---- */

const KaiItem *
kai_sheet_find_item (KaiImportSheet *sheet, KaiTextId word)
{
  guint slot = (word ^ word >> 7) % G_N_ELEMENTS (sheet->item_cache);
  const char *text;
  g_autofree char *name = NULL;

  if (!word)
    return NULL;
  if (sheet->item_cache[slot].id == word)
    return sheet->item_cache[slot].item;
  text = kai_import_pool_get_text (sheet->pool, word);
  sheet->item_cache[slot].id = word;
  sheet->item_cache[slot].item = kai_base_data_find_item (sheet->base, text);
  if (!sheet->item_cache[slot].item && !sheet->is_form)
    {
      name = kai_text_normalise_code (text);
      sheet->item_cache[slot].item = g_hash_table_lookup (sheet->items_by_name, name);
    }
  return sheet->item_cache[slot].item;
}

static void
add_item (KaiParsedRow *parsed, const KaiItem *item, KaiTextId code, gint64 quantity,
          KaiMoney amount, int column)
{
  if (parsed->n_items == KAI_ROW_MAX_ITEMS)
    {
      parsed->doubtful = TRUE;
      return;
    }
  parsed->items[parsed->n_items++] = (KaiRowItem){ item, code, quantity, amount, column };
}

static void
take_single_item (KaiImportSheet *sheet, int row, KaiParsedRow *parsed)
{
  KaiTextId name = parsed->value[KAI_FIELD_ITEM_NAME];
  KaiTextId code = parsed->value[KAI_FIELD_ITEM];
  const KaiItem *item = kai_sheet_find_item (sheet, code);
  KaiCell cell = kai_sheet_field_cell (sheet, row, KAI_FIELD_AMOUNT);

  if (!code && name && !sheet->is_form)
    item = kai_sheet_find_item (sheet, code = name);
  else if (name && item && strcmp (kai_import_pool_get_text (sheet->pool, name), item->name) != 0)
    parsed->doubtful = TRUE;
  if (item && strcmp (kai_import_pool_get_text (sheet->pool, code), item->code) != 0)
    code = kai_import_pool_add (sheet->pool, KAI_CELL_TEXT, item->code);
  add_item (parsed, item, code, take_quantity (sheet, row, parsed),
            take_money (&cell, &parsed->doubtful), sheet->field_column[KAI_FIELD_AMOUNT]);
}

static void
take_items (KaiImportSheet *sheet, int row, KaiParsedRow *parsed)
{
  for (int i = 0; i < sheet->n_item_columns; i++)
    {
      int column = sheet->item_columns[i];
      const KaiSheetColumn *own = sheet->columns + column;
      KaiCell cell = kai_import_pool_get (sheet->pool, kai_sheet_cell (sheet, row, column));

      if (!kai_import_is_nothing (&cell))
        add_item (parsed, own->known, own->item_id, 1, take_money (&cell, &parsed->doubtful),
                  column);
    }
  /* A column for each item and none for a single one. */
  if (sheet->n_item_columns == 0 || sheet->field_column[KAI_FIELD_AMOUNT] >= 0)
    take_single_item (sheet, row, parsed);
}

/* ---- Certainty ---- */

static gboolean
is_within_standard (const KaiRowItem *own)
{
  const KaiItem *item = own->item;
  KaiMoney min, max;

  if (!item || own->amount <= 0 || !kai_money_multiply (item->min, own->quantity, &min)
      || !kai_money_multiply (item->max, own->quantity, &max))
    return FALSE;
  if (item->standard == KAI_STANDARD_FREE)
    return TRUE;
  if (item->standard == KAI_STANDARD_FIXED)
    return own->amount == min;
  return own->amount >= min && (max == 0 || own->amount <= max);
}

static gboolean
are_items_certain (const KaiParsedRow *parsed)
{
  gsize pay_info = 0;
  KaiMoney sum = parsed->late_fee;

  if (parsed->n_items == 0)
    return FALSE;
  for (int i = 0; i < parsed->n_items; i++)
    {
      const KaiRowItem *own = parsed->items + i;

      if (!is_within_standard (own) || !kai_money_add (sum, own->amount, &sum))
        return FALSE;
      pay_info += strlen (own->item->name) + strlen (own->item->unit_of_measure) + 100;
    }
  return pay_info <= MAX_PAY_INFO && (parsed->total < 0 || parsed->total == sum);
}

/* Of a clean name: letters, or characters beyond ASCII. */
static gboolean
has_letter (const char *name)
{
  for (; *name; name++)
    if (g_ascii_isalpha (*name) || (*name & 0x80))
      return TRUE;
  return FALSE;
}

static gboolean
is_payer_certain (KaiImportSheet *sheet, const KaiParsedRow *parsed)
{
  const char *id = kai_import_pool_get_text (sheet->pool, parsed->value[KAI_FIELD_ID]);
  gsize length = strlen (id);

  if (!parsed->value[KAI_FIELD_PAYER] || !parsed->payer_kind
      || !has_letter (kai_import_pool_get_text (sheet->pool, parsed->value[KAI_FIELD_PAYER])))
    return FALSE;
  if (parsed->payer_kind == KAI_PAYER_ORGANISATION)
    return kai_credit_code_fault (id) == NULL;
  if (length == 0)
    return sheet->kind == KAI_IMPORT_NOTICES
           || (sheet->field_column[KAI_FIELD_ID] < 0 && parsed->value[KAI_FIELD_STUDENT_NO]);
  return length == 18 && strcmp (id + 15, "000") != 0 && kai_identity_number_fault (id) == NULL;
}

static gboolean
is_certain (KaiImportSheet *sheet, const KaiParsedRow *parsed)
{
  if (sheet->kind == KAI_IMPORT_EDUCATION
      && (!parsed->value[KAI_FIELD_CLASS] || !parsed->value[KAI_FIELD_TERM]))
    return FALSE;
  if (sheet->is_form && !parsed->value[KAI_FIELD_ITEM])
    return FALSE;
  if (parsed->value[KAI_FIELD_STUDENT_NO]
      && strlen (kai_import_pool_get_text (sheet->pool, parsed->value[KAI_FIELD_STUDENT_NO])) > 15)
    return FALSE;
  return is_payer_certain (sheet, parsed)
         && kai_mobile_number_is_chinese (
             kai_import_pool_get_text (sheet->pool, parsed->value[KAI_FIELD_MOBILE]))
         && are_items_certain (parsed);
}

/* ---- The row ---- */

KaiPayerKind
kai_sheet_guess_payer_kind (const char *id, const char *name)
{
  static const char *const endings[] = { "公司", "厂",     "局",     "院",   "所",
                                         "中心", "委员会", "学校",   "小学", "中学",
                                         "店",   "集团",   "合作社", "协会", "银行",
                                         "政府", "部",     "处",     "站",   "事务所",
                                         "商行", "校",     "社",     "馆",   "幼儿园" };
  glong length = g_utf8_strlen (name, -1);

  if (*id && kai_identity_number_fault (id) == NULL)
    return KAI_PAYER_PERSON;
  if (*id && kai_credit_code_fault (id) == NULL)
    return KAI_PAYER_ORGANISATION;
  /* Letters before the last character are those of a credit code, also where one is mistyped. */
  if (strlen (id) == 18 && strspn (id, "0123456789") < 17)
    return KAI_PAYER_ORGANISATION;
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i]) && length >= 3)
      /* 财政局 or somebody's name: not plain. */
      return i == 0 || length >= 4 ? KAI_PAYER_ORGANISATION : 0;
  return length >= 2 && length <= 4 ? KAI_PAYER_PERSON : 0;
}

static KaiPayerKind
take_payer_kind (KaiImportSheet *sheet, const KaiParsedRow *parsed)
{
  KaiTextId word = parsed->value[KAI_FIELD_PAYER_KIND];

  if (sheet->kind == KAI_IMPORT_EDUCATION)
    return KAI_PAYER_PERSON;
  if (word)
    return word == sheet->word_person         ? KAI_PAYER_PERSON
           : word == sheet->word_organisation ? KAI_PAYER_ORGANISATION
                                              : 0;
  if (sheet->is_form || sheet->field_column[KAI_FIELD_PAYER_KIND] >= 0)
    return 0;
  return kai_sheet_guess_payer_kind (
      kai_import_pool_get_text (sheet->pool, parsed->value[KAI_FIELD_ID]),
      kai_import_pool_get_text (sheet->pool, parsed->value[KAI_FIELD_PAYER]));
}

void
kai_sheet_parse_row (KaiImportSheet *sheet, int row, KaiParsedRow *parsed)
{
  static const KaiField texts[] = { KAI_FIELD_SEQUENCE,   KAI_FIELD_PAYER,  KAI_FIELD_PAYER_KIND,
                                    KAI_FIELD_ID,         KAI_FIELD_GRADE,  KAI_FIELD_CLASS,
                                    KAI_FIELD_STUDENT_NO, KAI_FIELD_MOBILE, KAI_FIELD_ITEM,
                                    KAI_FIELD_ITEM_NAME,  KAI_FIELD_TERM,   KAI_FIELD_MEMO };
  KaiCell cell;

  parsed->row = row;
  parsed->n_items = 0;
  parsed->doubtful = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    parsed->value[texts[i]] = take_value (sheet, row, texts[i], &parsed->doubtful);
  /* A payer kind in other words is read the long way. */
  parsed->payer_kind = take_payer_kind (sheet, parsed);
  cell = kai_sheet_field_cell (sheet, row, KAI_FIELD_LATE_FEE);
  parsed->late_fee = MAX (take_money (&cell, &parsed->doubtful), 0);
  parsed->total = -1;
  if (sheet->total_column >= 0)
    {
      cell = kai_import_pool_get (sheet->pool, kai_sheet_cell (sheet, row, sheet->total_column));
      parsed->total = take_money (&cell, &parsed->doubtful);
    }
  take_items (sheet, row, parsed);
  if (!parsed->doubtful && !is_certain (sheet, parsed))
    parsed->doubtful = TRUE;
}

/* ---- Keys ---- */

char *
kai_import_plain_term (const char *term)
{
  static const char *const words[][2] = {
    { "学年", "-" }, { "学期", "" }, { "第", "" }, { "一", "1" }, { "二", "2" }, { "三", "3" },
    { "上", "1" },   { "下", "2" },  { "(", "-" }, { ")", "" },   { "~", "-" },  { "—", "-" },
    { "–", "-" },    { "至", "-" },  { "/", "-" }, { "年", "" }
  };
  g_autofree char *code = kai_text_normalise_code (term);
  g_autoptr (GString) out = g_string_new (code);

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    g_string_replace (out, words[i][0], words[i][1], 0);
  while (g_string_replace (out, "--", "-", 0) > 0)
    ;
  while (out->len > 0 && out->str[out->len - 1] == '-')
    g_string_truncate (out, out->len - 1);
  return g_strdup (out->str + strspn (out->str, "-"));
}

static KaiTextId
plain_term_id (KaiImportSheet *sheet, KaiTextId term)
{
  if (term && sheet->term_given != term)
    {
      g_autofree char *plain = kai_import_plain_term (kai_import_pool_get_text (sheet->pool, term));

      sheet->term_given = term;
      sheet->term_plain = kai_import_pool_add (sheet->pool, KAI_CELL_TEXT, plain);
    }
  return term ? sheet->term_plain : 0;
}

gboolean
kai_sheet_group_key (KaiImportSheet *sheet, const KaiParsedRow *parsed, KaiRowKey *key)
{
  *key = (KaiRowKey){ { parsed->value[KAI_FIELD_SEQUENCE], 0, 0, 0 } };
  if (!key->part[0])
    return FALSE;
  /* In a list that is not our form 序号 may begin anew with each class: only the same payer makes it one notice. */
  if (!sheet->is_form)
    {
      key->part[1] = parsed->value[KAI_FIELD_PAYER];
      key->part[2] = parsed->value[KAI_FIELD_ID];
      key->part[3] = 1;
    }
  return TRUE;
}

gboolean
kai_sheet_id_key (const KaiParsedRow *parsed, KaiRowKey *key)
{
  *key = (KaiRowKey){ { parsed->value[KAI_FIELD_ID], 0, 0, 0 } };
  return key->part[0] != 0;
}

int
kai_sheet_student_keys (KaiImportSheet *sheet, const KaiParsedRow *parsed, KaiRowKey *keys)
{
  KaiTextId id = parsed->value[KAI_FIELD_ID], name = parsed->value[KAI_FIELD_PAYER];
  KaiTextId other =
      parsed->value[sheet->kind == KAI_IMPORT_EDUCATION ? KAI_FIELD_STUDENT_NO : KAI_FIELD_MOBILE];
  int n = 0;

  if (!id && (!name || !other))
    return 0;
  for (int i = 0; i < parsed->n_items; i++)
    {
      const KaiRowItem *item = parsed->items + i;
      gboolean known = FALSE;

      if (!item->code)
        continue;
      keys[n].part[0] = id ? id : other;
      keys[n].part[1] = id ? 0 : name;
      keys[n].part[2] = item->code;
      keys[n].part[3] = sheet->kind == KAI_IMPORT_EDUCATION
                            ? plain_term_id (sheet, parsed->value[KAI_FIELD_TERM])
                            : (guint32)(item->amount ^ item->amount >> 32);
      for (int k = 0; k < n && !known; k++)
        known = memcmp (keys + k, keys + n, sizeof *keys) == 0;
      n += !known;
    }
  return n;
}
