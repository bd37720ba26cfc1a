#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* ---- Payment code (缴款识别码). The rule is data of the site profile. ---- */
typedef enum
{
  KAI_CHECK_DIGIT_NONE,
  KAI_CHECK_DIGIT_MOD9, /* first 19 digits modulo 9, 0 written as 9 */
} KaiCheckDigit;

typedef struct
{
  int region_digits;   /* 6 */
  int year_digits;     /* 2 */
  char *fixed;         /* digits that stand between year and assigning unit, e.g. "30", or "" */
  int assigner_digits; /* 3; 0 where the rule has none */
  int sequence_digits; /* 8 */
  KaiCheckDigit check;
} KaiPaymentCodeRule;

typedef enum
{
  KAI_CODE_OK,
  KAI_CODE_MALFORMED,   /* not the right number of digits: refuse */
  KAI_CODE_CHECK_DIGIT, /* warn a person who typed it; never refuse one the server sent */
} KaiCodeCheck;

const KaiPaymentCodeRule *kai_payment_code_rule_default (void);
/* Builds a code; NULL and @error when a part does not fit its digits. @assigner may be NULL or "" for the
 * finance system itself (zeros). Caller frees. */
char *kai_payment_code_build (const KaiPaymentCodeRule *rule, const char *region, int year,
                              const char *assigner, gint64 sequence, GError **error);
KaiCodeCheck kai_payment_code_check (const KaiPaymentCodeRule *rule, const char *code);

/* ---- National charge item code (项目识别码): 12 digits, 4 region + 8 sequence ---- */
gboolean kai_item_code_is_valid (const char *code);

/* ---- E-bill code (8 digits), number (10 digits), identity (19 characters) ---- */
gboolean kai_ebill_code_is_valid (const char *code);
gboolean kai_ebill_number_is_valid (const char *number); /* 10 digits, not all zero */
/* Translated name of the class (digits 3-4), or NULL when unknown; borrowed. */
const char *kai_ebill_code_class_name (const char *code);
/* "code-number" reversed character by character; NULL when either is malformed. Caller frees. */
char *kai_ebill_identity (const char *code, const char *number);

/* ---- Persons and organisations ---- */
/* 18 characters by GB 11643 with plausible date of birth (1900 … today); x is not upper-cased here: use
 * kai_text_normalise first. FALSE with a sentence that says what is wrong (length, character, birth date, check digit,
 * 15 digits: old form). Error text never holds the number. */
gboolean kai_identity_number_check (const char *text, GError **error);
/* The same as a stable word for KaiProblem: "bad-identity-number", "bad-birth-date", "bad-check-digit", or NULL when
 * the number is right; borrowed. */
const char *kai_identity_number_fault (const char *text);
/* 18 characters by GB 32100, MOD 31-3. Fault: "bad-credit-code" or "bad-check-digit". */
const char *kai_credit_code_fault (const char *text);
gboolean kai_credit_code_check (const char *text, GError **error);
/* 11 digits, 1, then 3-9. */
gboolean kai_mobile_number_is_chinese (const char *text);
/* Loose form for foreign payers, after a warning: 6 to 15 digits (no number of any country is longer: ITU-T E.164) with an optional + or 00 before
 * them. An identity number or a bank card in that place is none. */
gboolean kai_mobile_number_is_foreign (const char *text);

/* ---- Masks for lists and logs; caller frees. NULL gives "". ---- */
char *kai_mask_id (const char *id);         /* 320684********1234 -> first 6, last 4 */
char *kai_mask_mobile (const char *mobile); /* 138****1234 */

G_END_DECLS
