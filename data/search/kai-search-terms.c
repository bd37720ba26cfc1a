/* Names and numbers taken apart into tokens. Tokens that many payers share cost a byte each in the index; those that only one has cost twenty. So
 * numbers have a token for each length of their beginning as long as many share it, and the rest is compared with the number itself. */
#include "search/kai-search-terms.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "search/kai-pinyin.h"
#include "values/kai-error.h"

/* Longer than any name or number. */
#define LONGEST_TEXT 500
/* Characters of a name in one token: a part of three is found by its two pairs. */
#define GRAM 2
#define SHORTEST_BEGINNING 3
#define SHORTEST_END 4

/* How a number is taken apart. */
typedef struct
{
  const char *begin_kind, *end_kind;
  int longest_beginning; /* longer ones have the token of this length */
  int longer_end;        /* ends have tokens of SHORTEST_END and of this length */
} NumberRule;

/* An identity number tells the place, then the day of birth: some hundred of a million share fourteen digits. The end is a running number. */
static const NumberRule id_rule = { "id-begin", "id-end", 14, 6 };
static const NumberRule mobile_rule = { "mobile-begin", "mobile-end", 8, 5 };

#define KIND_NAME "name"
#define KIND_INITIALS "initials"
#define KIND_MARK "mark"

/* ---- Text ---- */

static gboolean
is_mark (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONNECT_PUNCTUATION:
    case G_UNICODE_DASH_PUNCTUATION:
    case G_UNICODE_CLOSE_PUNCTUATION:
    case G_UNICODE_FINAL_PUNCTUATION:
    case G_UNICODE_INITIAL_PUNCTUATION:
    case G_UNICODE_OTHER_PUNCTUATION:
    case G_UNICODE_OPEN_PUNCTUATION:
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
is_invisible (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SPACE_SEPARATOR:
      return TRUE;
    default:
      return FALSE;
    }
}

/* The dots between the parts of a name, of which keyboards have several. */
static gunichar
unify_mark (gunichar c)
{
  return c == 0x2022 || c == 0x2027 || c == 0x22c5 || c == 0x30fb || c == 0x0387 ? 0xb7 : c;
}

char *
kai_search_fold (const char *text, gboolean keep_marks)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *composed = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL_COMPOSE);
  GString *out = g_string_sized_new (strlen (composed));

  for (const char *p = composed; *p; p = g_utf8_next_char (p))
    {
      gunichar c = unify_mark (g_utf8_get_char (p));

      if (!is_invisible (c) && (keep_marks || !is_mark (c)))
        g_string_append_unichar (out, g_unichar_tolower (c));
    }
  return g_string_free (out, FALSE);
}

static gboolean
is_ascii_word (const char *text)
{
  for (const char *p = text; *p; p++)
    if (!g_ascii_isalnum (*p))
      return FALSE;
  return TRUE;
}

/* The form in which numbers are compared: as folded, without the plus sign of phone numbers; "" when there are other characters in it. */
static char *
fold_code (const char *text)
{
  g_autofree char *folded = kai_search_fold (text, FALSE);
  GString *code = g_string_new (NULL);

  for (const char *p = folded; *p; p++)
    if (*p != '+')
      g_string_append_c (code, *p);
  if (!is_ascii_word (code->str))
    g_string_truncate (code, 0);
  return g_string_free (code, FALSE);
}

/* ---- Tokens of a payer ---- */

static void
add_token (GPtrArray *tokens, KaiVault *vault, const char *kind, const char *text)
{
  char token[KAI_VAULT_TOKEN_SIZE];

  kai_vault_token (vault, kind, text, token);
  g_ptr_array_add (tokens, g_strdup (token));
}

static void
add_part (GPtrArray *tokens, KaiVault *vault, const char *kind, const char *text, gsize length)
{
  g_autofree char *part = g_strndup (text, length);

  add_token (tokens, vault, kind, part);
}

static void
add_number (GPtrArray *tokens, KaiVault *vault, const NumberRule *rule, const char *number)
{
  g_autofree char *code = fold_code (number);
  int length = (int)strlen (code);

  for (int n = SHORTEST_BEGINNING; n <= MIN (length, rule->longest_beginning); n++)
    add_part (tokens, vault, rule->begin_kind, code, (gsize)n);
  if (length >= SHORTEST_END)
    add_token (tokens, vault, rule->end_kind, code + length - SHORTEST_END);
  if (length >= rule->longer_end)
    add_token (tokens, vault, rule->end_kind, code + length - rule->longer_end);
}

static gboolean
is_ascii_alnum (gunichar c)
{
  return c < 0x80 && g_ascii_isalnum ((char)c);
}

/* The parts of up to GRAM characters from @chars on. Letters and digits are their own initials and need no part of their own. */
static void
add_name_parts (GPtrArray *tokens, KaiVault *vault, const gunichar *chars, glong left)
{
  char part[GRAM * 6 + 1];
  gsize length = 0;

  for (glong n = 0; n < MIN (left, GRAM) && !is_ascii_alnum (chars[n]); n++)
    {
      length += (gsize)g_unichar_to_utf8 (chars[n], part + length);
      part[length] = '\0';
      add_token (tokens, vault, KIND_NAME, part);
    }
}

/* Every way to read the initials of up to GRAM characters from @chars on. */
static void
add_initials (GPtrArray *tokens, KaiVault *vault, const gunichar *chars, glong left, char *part,
              int n)
{
  char initials[KAI_PINYIN_READINGS];

  if (n >= GRAM || n >= left)
    return;
  kai_pinyin_initials_of (chars[n], initials);
  for (const char *p = initials; *p; p++)
    {
      part[n] = *p;
      part[n + 1] = '\0';
      add_token (tokens, vault, KIND_INITIALS, part);
      add_initials (tokens, vault, chars, left, part, n + 1);
    }
}

static void
add_name (GPtrArray *tokens, KaiVault *vault, const char *name)
{
  g_autofree char *folded = kai_search_fold (name, FALSE);
  g_autofree char *with_marks = kai_search_fold (name, TRUE);
  g_autofree gunichar *chars = NULL;
  glong length;

  chars = g_utf8_to_ucs4_fast (folded, -1, &length);
  for (glong i = 0; i < length; i++)
    {
      char part[GRAM + 1];

      add_name_parts (tokens, vault, chars + i, length - i);
      add_initials (tokens, vault, chars + i, length - i, part, 0);
    }
  for (const char *p = with_marks; *p; p = g_utf8_next_char (p))
    if (is_mark (g_utf8_get_char (p)))
      add_part (tokens, vault, KIND_MARK, p, (gsize)(g_utf8_next_char (p) - p));
}

static int
compare_tokens (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, each once. */
static GPtrArray *
make_unique (GPtrArray *tokens)
{
  g_autoptr (GPtrArray) sorted = tokens;
  GPtrArray *unique = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_sort (sorted, compare_tokens);
  for (guint i = 0; i < sorted->len; i++)
    if (i + 1 == sorted->len || !g_str_equal (sorted->pdata[i], sorted->pdata[i + 1]))
      g_ptr_array_add (unique, g_steal_pointer (&sorted->pdata[i]));
  return unique;
}

GPtrArray *
kai_search_terms_of (KaiVault *vault, const KaiSearchFields *fields)
{
  GPtrArray *tokens = g_ptr_array_new_with_free_func (g_free);

  add_name (tokens, vault, fields->name);
  add_number (tokens, vault, &id_rule, fields->id);
  add_number (tokens, vault, &mobile_rule, fields->mobile);
  return make_unique (tokens);
}

/* ---- A text to look for ---- */

/* A mobile as people write it abroad. */
static char *
strip_country (const char *text, const char *code)
{
  g_autofree char *folded = kai_search_fold (text, TRUE);
  const char *number = "";

  if (folded[0] == '+' && g_str_has_prefix (code, "86"))
    return g_strdup (code + 2);
  if (g_str_has_prefix (code, "0086"))
    number = code + 4;
  else if (g_str_has_prefix (code, "86"))
    number = code + 2;
  return g_strdup (strlen (number) == 11 && number[0] == '1' ? number : "");
}

KaiSearchText *
kai_search_text_new (const char *text, GError **error)
{
  KaiSearchText *self;

  if (strlen (text) > LONGEST_TEXT)
    {
      kai_data_fail (error, KAI_DATA_ERROR_LIMIT,
                     _ ("The text to look for is too long. Give a name or a number."));
      return NULL;
    }
  self = g_new0 (KaiSearchText, 1);
  self->name = kai_search_fold (text, FALSE);
  self->code = fold_code (text);
  self->phone = strip_country (text, self->code);
  if (self->name[0] == '\0')
    {
      g_free (self->name);
      self->name = kai_search_fold (text, TRUE);
      self->is_mark = self->name[0] != '\0';
    }
  return self;
}

void
kai_search_text_free (KaiSearchText *text)
{
  if (!text)
    return;
  g_free (text->name);
  g_free (text->code);
  g_free (text->phone);
  g_free (text);
}

static void
way_free (gpointer data)
{
  KaiSearchWay *way = data;

  g_ptr_array_unref (way->tokens);
  g_free (way);
}

static KaiSearchWay *
add_way (GPtrArray *ways, gboolean is_exact)
{
  KaiSearchWay *way = g_new0 (KaiSearchWay, 1);

  way->tokens = g_ptr_array_new_with_free_func (g_free);
  way->is_exact = is_exact;
  g_ptr_array_add (ways, way);
  return way;
}

static void
add_number_ways (GPtrArray *ways, KaiVault *vault, const NumberRule *rule, const char *code)
{
  int length = (int)strlen (code);
  int known = MIN (length, rule->longest_beginning);

  if (length >= SHORTEST_BEGINNING)
    add_part (add_way (ways, known == length)->tokens, vault, rule->begin_kind, code, (gsize)known);
  if (length < SHORTEST_END)
    return;
  known = length >= rule->longer_end ? rule->longer_end : SHORTEST_END;
  add_token (add_way (ways, known == length)->tokens, vault, rule->end_kind, code + length - known);
}

/* A run of characters of one class: itself when it is short, otherwise all its pairs. */
static void
add_run (GPtrArray *tokens, KaiVault *vault, const gunichar *chars, glong length)
{
  const char *kind = is_ascii_alnum (chars[0]) ? KIND_INITIALS : KIND_NAME;

  for (glong i = 0; i == 0 || i + GRAM <= length; i++)
    {
      g_autofree char *part = g_ucs4_to_utf8 (chars + i, MIN (length, GRAM), NULL, NULL, NULL);

      add_token (tokens, vault, kind, part);
    }
}

static void
add_name_way (GPtrArray *ways, KaiVault *vault, const char *name)
{
  g_autofree gunichar *chars = NULL;
  KaiSearchWay *way = add_way (ways, FALSE);
  glong length, start = 0;

  chars = g_utf8_to_ucs4_fast (name, -1, &length);
  for (glong i = 1; i <= length; i++)
    if (i == length || is_ascii_alnum (chars[i]) != is_ascii_alnum (chars[start]))
      {
        add_run (way->tokens, vault, chars + start, i - start);
        way->is_exact = start == 0 && i == length && length <= GRAM;
        start = i;
      }
  way->tokens = make_unique (way->tokens);
}

static void
add_mark_way (GPtrArray *ways, KaiVault *vault, const char *marks)
{
  KaiSearchWay *way = add_way (ways, g_utf8_strlen (marks, -1) == 1);

  for (const char *p = marks; *p; p = g_utf8_next_char (p))
    add_part (way->tokens, vault, KIND_MARK, p, (gsize)(g_utf8_next_char (p) - p));
  way->tokens = make_unique (way->tokens);
}

GPtrArray *
kai_search_text_ways (const KaiSearchText *text, KaiVault *vault)
{
  GPtrArray *ways = g_ptr_array_new_with_free_func (way_free);

  if (text->is_mark)
    add_mark_way (ways, vault, text->name);
  else if (text->name[0] != '\0')
    add_name_way (ways, vault, text->name);
  add_number_ways (ways, vault, &id_rule, text->code);
  add_number_ways (ways, vault, &mobile_rule, text->code);
  if (text->phone[0] != '\0')
    add_number_ways (ways, vault, &mobile_rule, text->phone);
  return ways;
}

/* ---- The rule ---- */

static gboolean
character_matches (gunichar wanted, gunichar there)
{
  char initials[KAI_PINYIN_READINGS];

  if (wanted == there)
    return TRUE;
  if (!is_ascii_alnum (wanted))
    return FALSE;
  return kai_pinyin_initials_of (there, initials) > 0 && strchr (initials, (char)wanted);
}

static gboolean
name_matches (const char *wanted, const char *name)
{
  for (const char *start = name; *start; start = g_utf8_next_char (start))
    {
      const char *p = start, *w = wanted;

      while (*w && *p && character_matches (g_utf8_get_char (w), g_utf8_get_char (p)))
        {
          w = g_utf8_next_char (w);
          p = g_utf8_next_char (p);
        }
      if (!*w)
        return TRUE;
    }
  return FALSE;
}

static gboolean
number_matches (const char *wanted, const char *number)
{
  gsize length = strlen (wanted);
  g_autofree char *code = length >= SHORTEST_BEGINNING ? fold_code (number) : NULL;

  if (!code)
    return FALSE;
  return g_str_has_prefix (code, wanted)
         || (length >= SHORTEST_END && g_str_has_suffix (code, wanted));
}

gboolean
kai_search_text_matches (const KaiSearchText *text, const KaiSearchFields *fields)
{
  g_autofree char *name = kai_search_fold (fields->name, text->is_mark);

  if (text->name[0] != '\0'
      && (text->is_mark ? strstr (name, text->name) != NULL : name_matches (text->name, name)))
    return TRUE;
  return number_matches (text->code, fields->id) || number_matches (text->code, fields->mobile)
         || number_matches (text->phone, fields->mobile);
}
