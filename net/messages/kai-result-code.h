#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The one table of result codes (messages/results.tsv, a resource): code, symbol, sentence and advice in both languages. */
typedef struct
{
  const char *code;   /* 5 digits */
  const char *symbol; /* stable English word: "unknown-item" */
  const char *zh, *en, *advice_zh, *advice_en;
  /* What of a notice it is about, as kai_notice_check names it, "items[].code" for the code of one of its lines; "" where it is about none. */
  const char *field;
} KaiResultCode;
#define KAI_RESULT_OK "00000"
#define KAI_RESULT_FAILED "99999"

const KaiResultCode *kai_result_code_find (const char *code); /* NULL unknown; borrowed */
const KaiResultCode *kai_result_code_by_symbol (
    const char *symbol); /* aborts on an unknown symbol: a programmer's mistake */
/* Sentence and advice in the user's language; caller frees. @fallback (nullable) are the server's own words: they stand in for the sentence where the code
 * is unknown to us or says too little ("failed", "field"). */
char *kai_result_code_describe (const char *code, const char *fallback);

G_END_DECLS
