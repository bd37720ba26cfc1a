/* Finds the header of a list: titles may stand above, it may have several lines with merged cells and units, and it may be missing
 * altogether. */
#include "import/kai-import-sheet-private.h"

#include "values/kai-text.h"

#include <string.h>

#define MAX_LINES 3

/* ---- Words of a header ---- */

static const char *const brackets[][2] = { { "(", ")" },   { "[", "]" },   { "{", "}" },
                                           { "【", "】" }, { "〔", "〕" }, { "<", ">" },
                                           { "「", "」" } };

/* Takes what stands in brackets out of @text into @unit. */
static void
cut_brackets (GString *text, GString *unit)
{
  for (gsize i = 0; i < G_N_ELEMENTS (brackets); i++)
    for (;;)
      {
        char *open = strstr (text->str, brackets[i][0]);
        char *close = open ? strstr (open, brackets[i][1]) : NULL;
        gsize length = strlen (brackets[i][0]);

        if (!close)
          break;
        g_string_append_len (unit, open + length, close - open - length);
        g_string_erase (text, open - text->str, close + strlen (brackets[i][1]) - open);
      }
}

char *
kai_import_clean_header (const char *text, char **unit)
{
  static const char *const marks[] = { "*", "★", "※", ":", "：", "、", "#", "＊", "●", "√", NULL };
  g_autofree char *code = kai_text_normalise_code (text);
  g_autoptr (GString) clean = g_string_new (code);
  g_autoptr (GString) inside = g_string_new (NULL);

  cut_brackets (clean, inside);
  for (int i = 0; marks[i]; i++)
    g_string_replace (clean, marks[i], "", 0);
  /* “金额/元”, “学费 元” */
  if (g_str_has_suffix (clean->str, "/元"))
    g_string_truncate (clean, clean->len - strlen ("/元"));
  if (clean->len == 0)
    g_string_assign (clean, inside->str);
  if (unit)
    *unit = g_strdup_printf ("%s %s", inside->str, code);
  return g_string_free (g_steal_pointer (&clean), FALSE);
}

static char *
column_letters (int column)
{
  char text[8];
  int i = sizeof text - 1;

  text[i] = '\0';
  for (column++; column > 0 && i > 0; column = (column - 1) / 26)
    text[--i] = (char)('A' + (column - 1) % 26);
  return g_strdup (text + i);
}

/* ---- One candidate: @n_lines rows of @head from @start ---- */

typedef struct
{
  int start, n_lines;
  int score, fields;
  gboolean payer;
} Candidate;

static KaiCell
head_cell (KaiImportSheet *sheet, GPtrArray *head, int row, int column)
{
  const KaiHeadRow *line = head->pdata[row];

  return kai_import_pool_get (sheet->pool, column < line->n ? line->cells[column] : 0);
}

static int
count_columns (GPtrArray *head, int start, int n)
{
  int columns = 0;

  for (int i = start; i < start + n; i++)
    columns = MAX (columns, ((const KaiHeadRow *)head->pdata[i])->n);
  return MIN (columns, KAI_SHEET_MAX_COLUMNS);
}

/* The text above @column in @row of the header: a merged cell stands over all columns to the next one, if there is something below it. */
static const char *
text_above (KaiImportSheet *sheet, GPtrArray *head, const Candidate *candidate, int row, int column)
{
  gboolean last = row == candidate->start + candidate->n_lines - 1;

  for (int i = column; i >= 0; i--)
    {
      KaiCell cell = head_cell (sheet, head, row, i);

      if (cell.kind == KAI_CELL_TEXT)
        return i == column
                       || (!last && i < column && *head_cell (sheet, head, row + 1, column).text)
                   ? cell.text
                   : "";
      if (last || cell.kind != KAI_CELL_EMPTY)
        return "";
      /* A cell merged downwards has nothing below it: it does not stand over its neighbours. */
      if (i > 0 && head_cell (sheet, head, row, i - 1).kind == KAI_CELL_TEXT
          && !*head_cell (sheet, head, row + 1, i - 1).text)
        return "";
    }
  return "";
}

/* What the lines say of a column, from top to bottom, and what its last line alone says. */
static char *
join_lines (KaiImportSheet *sheet, GPtrArray *head, const Candidate *candidate, int column,
            char **own)
{
  g_autoptr (GString) all = g_string_new (NULL);
  const char *last = "";

  for (int i = 0; i < candidate->n_lines; i++)
    {
      const char *text = text_above (sheet, head, candidate, candidate->start + i, column);

      if (!*text)
        continue;
      g_string_append_printf (all, "%s%s", all->len ? " " : "", text);
      last = text;
    }
  *own = g_strdup (last);
  return kai_text_normalise_name (all->str);
}

/* 家长信息 above 姓名 is 家长姓名: what a group is of, without the word that only says that it is one. */
static char *
drop_group_words (char *together, const char *own)
{
  static const char *const words[] = { "基本信息", "信息", "资料", "情况", "一栏", "栏" };
  g_autofree char *whole = together;
  g_autoptr (GString) above = g_string_new (whole);

  if (!g_str_has_suffix (whole, own) || strlen (whole) == strlen (own))
    return g_steal_pointer (&whole);
  g_string_truncate (above, strlen (whole) - strlen (own));
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    g_string_replace (above, words[i], "", 0);
  g_string_append (above, own);
  return g_strdup (above->str);
}

/* The last line says what a column is (学费 below 收费项目); where it does not, all lines together may. */
static int
match_column (KaiImportSheet *sheet, const char *all, const char *own, char **name,
              KaiColumnUse *use, KaiField *field)
{
  g_autofree char *together = NULL;
  const KaiItem *item;
  KaiColumnUse other_use = KAI_COLUMN_IGNORED;
  KaiField other_field = KAI_N_FIELDS;
  int alone, joined;

  *name = kai_import_clean_header (own, NULL);
  together = drop_group_words (kai_import_clean_header (all, NULL), *name);
  *use = KAI_COLUMN_IGNORED;
  *field = KAI_N_FIELDS;
  if (kai_import_is_ignored_across (together, *name))
    {
      g_free (*name);
      *name = g_steal_pointer (&together);
      return 90;
    }
  alone = kai_import_match_name (*name, use, field);
  joined = strcmp (together, *name) == 0
               ? 0
               : kai_import_match_name (together, &other_use, &other_field);
  /* A charge that no item or several are called like is asked about; “费用” above it does not make it an amount. */
  if ((alone < 70 && kai_import_match_item (sheet->base, *name, &item) >= 70)
      || (alone == 0 && kai_import_is_charge_word (*name)))
    {
      *use = KAI_COLUMN_ITEM;
      return 80;
    }
  if (joined > alone)
    {
      g_free (*name);
      *name = g_steal_pointer (&together);
      *use = other_use;
      *field = other_field;
      return joined;
    }
  return alone;
}

static void
rate_candidate (KaiImportSheet *sheet, GPtrArray *head, Candidate *candidate)
{
  guint32 seen = 0;
  int n = count_columns (head, candidate->start, candidate->n_lines);

  for (int i = 0; i < candidate->n_lines; i++)
    for (int k = 0; k < n; k++)
      {
        KaiCell cell = head_cell (sheet, head, candidate->start + i, k);

        /* Values stand below a header, not in it. */
        if (kai_import_is_value (&cell))
          candidate->score -= 60;
      }
  for (int k = 0; k < n; k++)
    {
      g_autofree char *own = NULL, *name = NULL;
      g_autofree char *all = join_lines (sheet, head, candidate, k, &own);
      KaiColumnUse use = KAI_COLUMN_IGNORED;
      KaiField field = KAI_N_FIELDS;
      int rating = *all ? match_column (sheet, all, own, &name, &use, &field) : 0;

      if (use == KAI_COLUMN_FIELD && rating >= 50 && !(seen & 1u << field))
        {
          seen |= 1u << field;
          candidate->fields++;
          candidate->payer = candidate->payer || field == KAI_FIELD_PAYER;
          candidate->score += rating;
        }
      else if (rating > 0 && use != KAI_COLUMN_FIELD)
        candidate->score += use == KAI_COLUMN_ITEM ? 90 : 30;
    }
  candidate->score -= 10 * (candidate->n_lines - 1);
}

/* A line without a single word of its own is no part of the header. */
static gboolean
may_be_lines (KaiImportSheet *sheet, GPtrArray *head, int start, int n_lines)
{
  for (int i = start; i < start + n_lines; i++)
    {
      const KaiHeadRow *row = head->pdata[i];
      int texts = 0;

      for (int k = 0; k < row->n; k++)
        texts += kai_import_pool_get (sheet->pool, row->cells[k]).kind == KAI_CELL_TEXT;
      if (texts < (n_lines > 1 && i == start + n_lines - 1 ? 1 : 2) && n_lines > 1)
        return FALSE;
    }
  return TRUE;
}

static gboolean
find_best (KaiImportSheet *sheet, GPtrArray *head, Candidate *best)
{
  *best = (Candidate){ .score = 0 };
  for (int start = 0; start < (int)head->len && start < KAI_HEADER_WITHIN; start++)
    for (int n = 1; n <= MAX_LINES && start + n <= (int)head->len; n++)
      {
        Candidate candidate = { start, n };

        if (!may_be_lines (sheet, head, start, n))
          continue;
        rate_candidate (sheet, head, &candidate);
        if (candidate.fields >= 2 && candidate.score > best->score)
          *best = candidate;
      }
  return best->score > 0;
}

/* ---- Our own forms ---- */

/* Whether the row is the header of the form of @kind. *missing: required columns that it lacks, when it has some of ours. */
static gboolean
is_form_row (KaiImportSheet *sheet, const KaiHeadRow *row, KaiImportKind kind, int *found,
             char **missing)
{
  int n;
  const KaiColumn *columns = kai_import_get_columns (kind, &n);
  g_autoptr (GString) lacking = g_string_new (NULL);

  *found = 0;
  for (int i = 0; i < n; i++)
    {
      gboolean there = FALSE;

      for (int k = 0; k < row->n && !there; k++)
        {
          KaiCell cell = kai_import_pool_get (sheet->pool, row->cells[k]);
          g_autofree char *name =
              cell.kind == KAI_CELL_TEXT ? kai_text_normalise_code (cell.text) : g_strdup ("");

          g_strdelimit (name, "*", ' ');
          there = strcmp (g_strstrip (name), columns[i].header) == 0;
        }
      *found += there;
      if (!there && columns[i].required)
        g_string_append_printf (lacking, "%s%s", lacking->len ? "、" : "", columns[i].header);
    }
  *missing = lacking->len ? g_strdup (lacking->str) : NULL;
  return lacking->len == 0;
}

static gboolean
find_form (KaiImportSheet *sheet, GPtrArray *head, int forced_kind, Candidate *out, char **missing)
{
  int best = 0;

  for (int i = 0; i < (int)head->len && i < KAI_HEADER_WITHIN; i++)
    for (int kind = KAI_IMPORT_NOTICES; kind <= KAI_IMPORT_EDUCATION; kind++)
      {
        g_autofree char *lacking = NULL;
        int found;

        if (forced_kind >= 0 && forced_kind != kind)
          continue;
        if (is_form_row (sheet, head->pdata[i], kind, &found, &lacking))
          {
            *out = (Candidate){ i, 1, 1000, found, TRUE };
            sheet->kind = kind;
            return TRUE;
          }
        if (found > best)
          {
            best = found;
            g_free (*missing);
            *missing = g_steal_pointer (&lacking);
          }
      }
  if (best < 3)
    g_clear_pointer (missing, g_free);
  return FALSE;
}

/* ---- Making the columns ---- */

static void
free_columns (KaiImportSheet *sheet)
{
  for (int i = 0; i < sheet->n_columns; i++)
    {
      g_free (sheet->columns[i].header);
      g_free (sheet->columns[i].name);
    }
  g_clear_pointer (&sheet->columns, g_free);
  sheet->n_columns = 0;
}

static gboolean
is_foreign_unit (const char *unit)
{
  static const char *const words[] = {
    "万元", "千元", "百元", "美元", "港元", "欧元", "USD", "HKD"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (unit, words[i]))
      return TRUE;
  return strstr (unit, "分)") || strcmp (unit, "分") == 0 || strstr (unit, "单位:分");
}

/* "*金额 " of the file is shown as 金额. */
static char *
shown_header (const char *text)
{
  g_autofree char *clean = kai_text_normalise_name (text);
  g_autoptr (GString) out = g_string_new (clean);

  g_string_replace (out, "*", "", 0);
  g_string_replace (out, "＊", "", 0);
  return g_strdup (g_strstrip (out->str));
}

static void
make_columns (KaiImportSheet *sheet, GPtrArray *head, const Candidate *candidate, int n)
{
  free_columns (sheet);
  sheet->n_columns = n;
  sheet->columns = g_new0 (KaiSheetColumn, n);
  for (int k = 0; k < n; k++)
    {
      KaiSheetColumn *column = sheet->columns + k;
      g_autofree char *own = NULL, *all = NULL, *unit = NULL;
      KaiColumnUse use;
      KaiField field;

      if (candidate->n_lines > 0)
        all = join_lines (sheet, head, candidate, k, &own);
      if (all && *all)
        {
          g_free (kai_import_clean_header (all, &unit));
          match_column (sheet, all, own, &column->name, &use, &field);
          column->header = shown_header (sheet->is_form ? own : all);
          if (sheet->is_form)
            {
              g_autofree char *joined = kai_text_normalise_code (column->header);

              kai_notice_set (&column->header, joined);
            }
          column->foreign_unit = is_foreign_unit (unit);
        }
      if (!column->header || !*column->header)
        {
          g_free (column->header);
          column->header = column_letters (k);
        }
      if (!column->name)
        column->name = g_strdup ("");
    }
}

static void
note_title_units (KaiImportSheet *sheet, GPtrArray *head, int n)
{
  for (int i = 0; i < n; i++)
    {
      const KaiHeadRow *row = head->pdata[i];

      for (int k = 0; k < row->n; k++)
        {
          const char *text = kai_import_pool_get_text (sheet->pool, row->cells[k]);

          if (strstr (text, "单位") && (strstr (text, "万元") || strstr (text, "千元")))
            for (int column = 0; column < sheet->n_columns; column++)
              sheet->columns[column].foreign_unit = TRUE;
        }
    }
}

static gboolean
has_field (KaiImportSheet *sheet, KaiField field)
{
  for (int i = 0; i < sheet->n_columns; i++)
    {
      KaiColumnUse use = KAI_COLUMN_IGNORED;
      KaiField found = KAI_N_FIELDS;

      if (kai_import_match_name (sheet->columns[i].name, &use, &found) >= 50
          && use == KAI_COLUMN_FIELD && found == field)
        return TRUE;
    }
  return FALSE;
}

static KaiImportKind
guess_kind (KaiImportSheet *sheet)
{
  if (has_field (sheet, KAI_FIELD_CLASS) || has_field (sheet, KAI_FIELD_STUDENT_NO)
      || has_field (sheet, KAI_FIELD_GRADE))
    return KAI_IMPORT_EDUCATION;
  for (int i = 0; i < sheet->n_columns; i++)
    if (strstr (sheet->columns[i].name, "学生") || strstr (sheet->columns[i].name, "家长"))
      return KAI_IMPORT_EDUCATION;
  return KAI_IMPORT_NOTICES;
}

gboolean
kai_import_find_header (KaiImportSheet *sheet, GPtrArray *head, int forced_kind, int *first_data,
                        char **missing)
{
  Candidate best = { 0 };
  gboolean found;
  int n;

  sheet->is_form = find_form (sheet, head, forced_kind, &best, missing);
  found = sheet->is_form || find_best (sheet, head, &best);
  if (!found || (!best.payer && best.fields < 3))
    return FALSE;
  *first_data = best.start + best.n_lines;
  n = MAX (count_columns (head, best.start, best.n_lines),
           sheet->is_form ? 0 : count_columns (head, *first_data, (int)head->len - *first_data));
  sheet->header_row = ((const KaiHeadRow *)head->pdata[*first_data - 1])->number;
  make_columns (sheet, head, &best, MAX (n, 1));
  note_title_units (sheet, head, best.start);
  if (forced_kind >= 0)
    sheet->kind = forced_kind;
  else if (!sheet->is_form)
    sheet->kind = guess_kind (sheet);
  return TRUE;
}

void
kai_import_index_columns (KaiImportSheet *sheet)
{
  sheet->total_column = -1;
  sheet->n_item_columns = 0;
  for (int field = 0; field < KAI_N_FIELDS; field++)
    sheet->field_column[field] = -1;
  for (int i = 0; i < sheet->n_columns; i++)
    {
      KaiSheetColumn *column = sheet->columns + i;

      column->known = column->use == KAI_COLUMN_ITEM
                          ? kai_base_data_find_item (sheet->base, column->item)
                          : NULL;
      column->item_id = kai_import_pool_add (sheet->pool, KAI_CELL_TEXT,
                                             column->use == KAI_COLUMN_ITEM ? column->item : "");
      if (column->use == KAI_COLUMN_FIELD)
        sheet->field_column[column->field] = i;
      else if (column->use == KAI_COLUMN_TOTAL)
        sheet->total_column = i;
      else if (column->use == KAI_COLUMN_ITEM)
        sheet->item_columns[sheet->n_item_columns++] = i;
    }
}
