/* Single cells of a fixed workbook: text, quantity, money. A spreadsheet keeps 15 digits of a number: longer ones end in zeros
 * or show as 3.2E+17, and codes lose their zeros in front. Such cells are refused, never repaired by a guess. */
#include "import/kai-import-private.h"

#include "values/kai-error.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MOBILE_DIGITS 11
#define ITEM_DIGITS 12
#define EXACT_DIGITS 15 /* that a spreadsheet's number keeps */

/* Digits of "13800138000" or "13800138000.0" (some programs write that); 0 when it is no plain whole number. */
static int
plain_digits (const char *text)
{
  gsize digits = strspn (text, "0123456789");
  gsize rest = digits;

  if (text[rest] == '.')
    rest += 1 + strspn (text + rest + 1, "0");
  return text[rest] == '\0' ? (int)digits : 0;
}

/* 3.2068419900307E+17 */
static gboolean
is_exponent_form (const char *text)
{
  gsize i = strspn (text, "0123456789");
  gboolean point = i > 0 && text[i] == '.';

  if (i == 0)
    return FALSE;
  if (point)
    i += 1 + strspn (text + i + 1, "0123456789");
  if (text[i] != 'E' && text[i] != 'e')
    return FALSE;
  i++;
  /* 3.2E17 is one too; 2026E12 may be a student's number. */
  if (text[i] == '+')
    i++;
  else if (!point)
    return FALSE;
  return text[i] && text[i + strspn (text + i, "0123456789")] == '\0';
}

/* A number of 18 or more digits of which only 15 were kept, or one that some program had as a number with a fraction: “…232.0”. */
static gboolean
has_lost_digits (const char *text)
{
  gsize length = strlen (text), digits = strspn (text, "0123456789");

  if (digits > EXACT_DIGITS && strcmp (text + digits, ".0") == 0)
    return TRUE;
  if (length < 18 || strspn (text, "0123456789") != length)
    return FALSE;
  return strspn (text + EXACT_DIGITS, "0") == length - EXACT_DIGITS;
}

static gboolean
is_error_word (const char *text)
{
  static const char *const words[] = { "#N/A",    "#VALUE!", "#REF!",  "#DIV/0!",
                                       "#NAME?",  "#NUM!",   "#NULL!", "#FORMULA",
                                       "#SPILL!", "#CALC!",  NULL };

  return text[0] == '#' && g_strv_contains (words, text);
}

static KaiProblem *
damaged (int row, const char *header)
{
  return kai_problem_new (row, header, "excel-damaged",
                          _ ("“%s” was stored as a number and has lost digits. Set the column to "
                             "text format, then type the number again from the original."),
                          header);
}

static KaiProblem *
damaged_text (int row, const char *header)
{
  return kai_problem_new (row, header, "excel-damaged",
                          _ ("“%s” looks as if a spreadsheet had rounded it (it ends in 000 or is "
                             "written as 3.2E+17). Set the column to text format, then type the "
                             "number again from the original. If it really ends so, enter this one "
                             "by hand in the program."),
                          header);
}

static KaiProblem *
damaged_date (int row, const char *header)
{
  return kai_problem_new (row, header, "excel-damaged",
                          _ ("The spreadsheet made a date of “%s”. Set the column to text format, "
                             "then type the value again."),
                          header);
}

/* What refuses a cell in every column. */
static KaiProblem *
refuse_cell (int row, const char *header, const KaiCell *cell)
{
  if (cell->kind == KAI_CELL_ERROR || (cell->kind == KAI_CELL_TEXT && is_error_word (cell->text)))
    return kai_problem_new (row, header, "cell-error",
                            _ ("“%s” holds a formula with an error or without a result. Put the "
                               "value itself there."),
                            header);
  if (cell->kind == KAI_CELL_BOOLEAN)
    return kai_problem_new (
        row, header, "bad-cell",
        _ ("“%s” holds TRUE or FALSE instead of a value. Type the value there."), header);
  return NULL;
}

/* A number as a person sees it: 15 digits, no exponent. NULL when it is longer. Caller frees. */
static char *
number_to_text (const char *number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  double value = g_ascii_strtod (number, NULL);

  if (!(value > -1e15 && value < 1e15))
    return NULL;
  g_ascii_formatd (text, sizeof text, "%.15g", value);
  return strpbrk (text, "eE") ? NULL : g_strdup (text);
}

static gboolean
is_code_field (KaiField field)
{
  return field == KAI_FIELD_ID || field == KAI_FIELD_STUDENT_NO || field == KAI_FIELD_MOBILE
         || field == KAI_FIELD_ITEM || field == KAI_FIELD_SEQUENCE || field == KAI_FIELD_PAYER_KIND;
}

/* Text of a number cell in a column that should be text; NULL with *problem. */
static char *
take_number (KaiField field, int row, const char *header, const char *number, KaiProblem **problem,
             KaiProblem **warning)
{
  int digits = plain_digits (number);
  gboolean lossless = TRUE;
  char *text;

  if (field == KAI_FIELD_ID)
    lossless = FALSE;
  else if (field == KAI_FIELD_MOBILE)
    lossless = digits == MOBILE_DIGITS;
  else if (field == KAI_FIELD_ITEM)
    lossless = digits == ITEM_DIGITS;
  else if (field == KAI_FIELD_STUDENT_NO)
    lossless = digits > 0 && digits <= EXACT_DIGITS;
  if (!lossless)
    {
      *problem = damaged (row, header);
      return NULL;
    }
  if (field == KAI_FIELD_STUDENT_NO)
    *warning = kai_problem_new (row, header, "number-cell",
                                _ ("“%s” was stored as a number: zeros in front of it would be "
                                   "lost. Compare it with the original."),
                                header);
  /* Zeros in front come from the format of the cell: so it is shown. */
  text = number[0] == '0' && digits > 1 ? g_strdup (number) : number_to_text (number);
  return text ? text : g_strdup (number);
}

/* An apostrophe that keeps a spreadsheet from making a number of what follows is none of it; some programs write it into the cell. “.0”
 * behind eleven or twelve digits comes from programs that had a mobile number or an item code as a number, which loses none of them. */
static void
unwrap_code (KaiField field, char *text)
{
  static const char *const marks[] = { "'", "`", "‘", "’" };
  gsize digits;

  for (gsize i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      gsize n = strlen (marks[i]);

      if (g_str_has_prefix (text, marks[i]) && g_ascii_isdigit (text[n]))
        {
          memmove (text, text + n, strlen (text + n) + 1);
          break;
        }
    }
  digits = strspn (text, "0123456789");
  if (strcmp (text + digits, ".0") == 0
      && ((field == KAI_FIELD_MOBILE && digits == MOBILE_DIGITS)
          || (field == KAI_FIELD_ITEM && digits == ITEM_DIGITS)))
    text[digits] = '\0';
}

/* “张　三”: names of two characters are often spaced out to the width of three. Names of more than four characters, and of anything else but
 * Chinese ones, keep their spaces. In place. */
static void
close_up_name (char *name)
{
  int n = 0;
  char *to = name;

  if (!strchr (name, ' '))
    return;
  for (const char *p = name; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c != ' ' && g_unichar_get_script (c) != G_UNICODE_SCRIPT_HAN)
        return;
      n += c != ' ';
    }
  if (n > 4)
    return;
  for (const char *p = name; *p; p++)
    if (*p != ' ')
      *to++ = *p;
  *to = '\0';
}

char *
kai_import_take_text (const char *header, KaiField field, int row, const KaiCell *cell,
                      KaiProblem **problem, KaiProblem **warning)
{
  char *text = NULL;

  *problem = refuse_cell (row, header, cell);
  if (*problem)
    return g_strdup ("");
  if (cell->kind == KAI_CELL_DATE && field != KAI_FIELD_MEMO)
    *problem = damaged_date (row, header);
  else if (cell->kind == KAI_CELL_NUMBER)
    text = take_number (field, row, header, cell->text, problem, warning);
  else if (is_code_field (field))
    {
      text = kai_text_normalise_code (cell->text);
      unwrap_code (field, text);
    }
  else
    {
      text = kai_text_normalise_name (cell->text);
      if (field == KAI_FIELD_PAYER)
        close_up_name (text);
    }
  if (text && cell->kind == KAI_CELL_TEXT
      && ((is_code_field (field) && is_exponent_form (text))
          || ((field == KAI_FIELD_ID || field == KAI_FIELD_STUDENT_NO) && has_lost_digits (text))))
    {
      *problem = damaged_text (row, header);
      g_clear_pointer (&text, g_free);
    }
  return text ? text : g_strdup ("");
}

/* The text of a cell that should be a number; NULL when it cannot be one. Caller frees. */
static char *
number_text (const KaiCell *cell)
{
  if (cell->kind == KAI_CELL_NUMBER)
    return number_to_text (cell->text);
  return cell->kind == KAI_CELL_TEXT ? kai_text_normalise_code (cell->text) : NULL;
}

gboolean
kai_import_take_quantity (const char *header, int row, const KaiCell *cell, gint64 *out,
                          KaiProblem **problem)
{
  g_autofree char *text = NULL;
  guint64 value = 0;

  *problem = refuse_cell (row, header, cell);
  if (*problem)
    return FALSE;
  text = number_text (cell);
  if (!text || plain_digits (text) == 0
      || !g_ascii_string_to_unsigned (strtok (text, "."), 10, 1, 99999999, &value, NULL))
    {
      *problem = kai_problem_new (row, header, "bad-quantity",
                                  _ ("“%s” must be a whole number from 1 to 99,999,999."), header);
      return FALSE;
    }
  *out = (gint64)value;
  return TRUE;
}

gboolean
kai_import_take_money (const char *header, int row, const KaiCell *cell, KaiMoney *out,
                       KaiProblem **problem)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  KaiMoney money = 0;

  *problem = refuse_cell (row, header, cell);
  if (*problem)
    return FALSE;
  text = cell->kind == KAI_CELL_TEXT ? kai_text_normalise_code (cell->text) : number_text (cell);
  if (text && g_str_has_suffix (text, "元"))
    text[strlen (text) - strlen ("元")] = '\0';
  /* Below zero is refused here: to the rules -1 means that no amount was given. */
  if (text && kai_money_parse (text, &money, &error) && money >= 0)
    {
      *out = money;
      return TRUE;
    }
  *problem = kai_problem_new (
      row, header, "bad-amount", "%s",
      error ? error->message
            : _ ("This is not an amount of money. Type it in yuan with at most two "
                 "decimals and without a minus sign."));
  return FALSE;
}
