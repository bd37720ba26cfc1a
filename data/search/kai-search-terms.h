#pragma once

#include "store/kai-vault.h"

G_BEGIN_DECLS

/* What a payer is found by, as blind tokens, and what a text that somebody looks for asks of them. Knows nothing of tables: the index of notices and the
 * address book keep the tokens where they like. The rules (docs/data-model.md, "Search"):
 * - a name by any part of it, from one character on; by the initials of any part of it; both may be mixed (王xm);
 * - an identity number, credit code or mobile whole, by its beginning (three characters or more) or by its end (four or more);
 * - width, case, spaces, hyphens and punctuation do not matter, except where the text is nothing but punctuation. */

typedef struct
{
  const char *name, *id, *mobile; /* "" for none */
} KaiSearchFields;

/* Each token of the payer once (char *, KAI_VAULT_TOKEN_SIZE - 1 letters and digits), sorted. Caller frees. */
GPtrArray *kai_search_terms_of (KaiVault *vault, const KaiSearchFields *fields);

/* A text to look for, taken apart once. */
typedef struct
{
  char *
      name; /* for names: NFKC, lower case, without spaces, and without punctuation unless it is nothing else; "" = finds nothing */
  char *code;       /* for numbers: the same when it is ASCII letters and digits; "" otherwise */
  char *phone;      /* code without +86, 0086 or 86 in front of a mobile; "" when there is none */
  gboolean is_mark; /* name is nothing but punctuation */
} KaiSearchText;

/* LIMIT when it is longer than any name or number. */
KaiSearchText *kai_search_text_new (const char *text, GError **error);
void kai_search_text_free (KaiSearchText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSearchText, kai_search_text_free)

/* One way in which a payer can match: all of the tokens. */
typedef struct
{
  GPtrArray *tokens; /* char *, at least one */
  gboolean
      is_exact; /* whoever has them matches; otherwise kai_search_text_matches has the last word */
} KaiSearchWay;

/* Array of KaiSearchWay; a payer matches by any of them. Caller frees. */
GPtrArray *kai_search_text_ways (const KaiSearchText *text, KaiVault *vault);
/* The rule itself, without an index. */
gboolean kai_search_text_matches (const KaiSearchText *text, const KaiSearchFields *fields);

/* NFKC, lower case, without white space and invisible marks; punctuation is left out too unless @keep_marks. Text that is not UTF-8 is made so. Caller
 * frees. */
char *kai_search_fold (const char *text, gboolean keep_marks);

G_END_DECLS
