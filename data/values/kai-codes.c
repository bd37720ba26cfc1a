/* The numbers by which payments, items, e-bills, persons and organisations are known: building,
 * checking, masking. */
#include "values/kai-codes.h"
#include "values/kai-day.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static gboolean
is_digits (const char *text, gsize length)
{
  return text && strlen (text) == length && strspn (text, "0123456789") == length;
}

/* ---- Payment code ---- */

const KaiPaymentCodeRule *
kai_payment_code_rule_default (void)
{
  static const KaiPaymentCodeRule rule = { 6, 2, (char *)"", 3, 8, KAI_CHECK_DIGIT_MOD9 };

  return &rule;
}

/* A number's remainder by 9 is that of the sum of its digits. */
static char
mod9_digit (const char *digits, gsize length)
{
  int sum = 0;

  for (gsize i = 0; i < length; i++)
    sum += digits[i] - '0';
  return sum % 9 == 0 ? '9' : (char)('0' + sum % 9);
}

static gsize
body_length (const KaiPaymentCodeRule *rule)
{
  return rule->region_digits + rule->year_digits + strlen (rule->fixed) + rule->assigner_digits
         + rule->sequence_digits;
}

static gint64
power_of_ten (int n)
{
  gint64 power = 1;

  while (n-- > 0)
    power *= 10;
  return power;
}

static gboolean
append_assigner (const KaiPaymentCodeRule *rule, const char *assigner, GString *code,
                 GError **error)
{
  gboolean own = assigner && *assigner;

  if (!own)
    {
      g_string_append_printf (code, "%.*s", rule->assigner_digits, "000000000000000000");
      return TRUE;
    }
  /* A rule without assigner digits has no place for the number, and needs none. */
  if (rule->assigner_digits == 0)
    return TRUE;
  if (!is_digits (assigner, rule->assigner_digits))
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The code-assigning number of the unit must have %d digits. Refresh "
                             "the base data, or correct payment-code/assigner-digits in the site "
                             "profile."),
                          rule->assigner_digits);
  g_string_append (code, assigner);
  return TRUE;
}

char *
kai_payment_code_build (const KaiPaymentCodeRule *rule, const char *region, int year,
                        const char *assigner, gint64 sequence, GError **error)
{
  g_autoptr (GString) code = g_string_new (NULL);
  gboolean ok = TRUE;

  if (!is_digits (region, rule->region_digits))
    ok = kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                        _ ("The region code of a payment code must have %d digits. Refresh the "
                           "base data."),
                        rule->region_digits);
  else if (year < 2000 || year > 9999)
    ok = kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                        _ ("The year of a payment code must be from 2000 to 9999. Check the clock "
                           "of this computer."));
  else if (sequence < 0 || sequence >= power_of_ten (rule->sequence_digits))
    ok = kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                        _ ("The sequence number does not fit the %d digits that a payment code has "
                           "for it. Fetch new payment codes."),
                        rule->sequence_digits);
  if (!ok)
    return NULL;

  g_string_append (code, region);
  g_string_append_printf (code, "%0*" G_GINT64_FORMAT, rule->year_digits,
                          year % power_of_ten (rule->year_digits));
  g_string_append (code, rule->fixed);
  if (!append_assigner (rule, assigner, code, error))
    return NULL;
  g_string_append_printf (code, "%0*" G_GINT64_FORMAT, rule->sequence_digits, sequence);
  if (rule->check == KAI_CHECK_DIGIT_MOD9)
    g_string_append_c (code, mod9_digit (code->str, code->len));
  return g_string_free (g_steal_pointer (&code), FALSE);
}

KaiCodeCheck
kai_payment_code_check (const KaiPaymentCodeRule *rule, const char *code)
{
  gsize body = body_length (rule);
  gboolean has_check = rule->check != KAI_CHECK_DIGIT_NONE;

  /* The fixed digits are not compared: only units that assign their own codes have them. */
  if (!is_digits (code, body + (has_check ? 1 : 0)))
    return KAI_CODE_MALFORMED;
  if (has_check && code[body] != mod9_digit (code, body))
    return KAI_CODE_CHECK_DIGIT;
  return KAI_CODE_OK;
}

/* ---- Items and e-bills ---- */

gboolean
kai_item_code_is_valid (const char *code)
{
  return is_digits (code, 12);
}

gboolean
kai_ebill_code_is_valid (const char *code)
{
  return is_digits (code, 8);
}

gboolean
kai_ebill_number_is_valid (const char *number)
{
  return is_digits (number, 10) && strspn (number, "0") != 10;
}

const char *
kai_ebill_code_class_name (const char *code)
{
  static const struct
  {
    const char *digits;
    const char *name;
  } classes[] = {
    { "01", N_ ("General non-tax bill") },
    { "02", N_ ("Special non-tax bill") },
    { "04", N_ ("Settlement of funds") },
    { "05", N_ ("Donation for public benefit") },
    { "06", N_ ("Medical charges") },
    { "07", N_ ("Association membership fee") },
    { "08", N_ ("Social insurance fund") },
    { "09", N_ ("Trade union dues") },
    { "99", N_ ("Other bill") },
  };

  if (!kai_ebill_code_is_valid (code))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    if (strncmp (code + 2, classes[i].digits, 2) == 0)
      return _ (classes[i].name);
  return NULL;
}

char *
kai_ebill_identity (const char *code, const char *number)
{
  g_autofree char *joined = NULL;

  if (!kai_ebill_code_is_valid (code) || !kai_ebill_number_is_valid (number))
    return NULL;
  joined = g_strdup_printf ("%s-%s", code, number);
  return g_strreverse (g_steal_pointer (&joined));
}

/* ---- Persons and organisations ---- */

/* A rule that a number breaks: the word for programs and the sentence for people. */
typedef struct
{
  const char *word;
  const char *sentence;
} Fault;

static const Fault identity_old = { "bad-identity-number",
                                    N_ ("This is an old identity number of 15 digits. Ask for the "
                                        "number of 18 characters on the present card.") };
static const Fault identity_length = {
  "bad-identity-number", N_ ("An identity number has 18 characters. Compare it with the card.")
};
static const Fault identity_character = {
  "bad-identity-number", N_ ("An identity number holds digits only; the last character may "
                             "be X. Compare it with the card.")
};
static const Fault identity_no_birth = {
  "bad-birth-date", N_ ("The date of birth in the identity number (7th to 14th digit) is not "
                        "possible. Compare it with the card.")
};
static const Fault identity_future = {
  "bad-birth-date", N_ ("The date of birth in the identity number (7th to 14th digit) lies "
                        "in the future. Compare it with the card.")
};
static const Fault identity_check_digit = {
  "bad-check-digit", N_ ("The check digit of the identity number is wrong, so at least one "
                         "character is mistyped. Compare it with the card.")
};

static const Fault credit_length = {
  "bad-credit-code",
  N_ ("A unified social credit code has 18 characters. Compare it with the licence.")
};
static const Fault credit_character = {
  "bad-credit-code",
  N_ ("A unified social credit code holds digits and capital letters without I, O, S, V and "
      "Z. Compare it with the licence.")
};
static const Fault credit_check_digit = {
  "bad-check-digit",
  N_ ("The check character of the unified social credit code is wrong, so at least one "
      "character is mistyped. Compare it with the licence.")
};

/* ISO 7064 MOD 11-2. */
static char
identity_check_character (const char *digits)
{
  static const int weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
  int sum = 0;

  for (int i = 0; i < 17; i++)
    sum += (digits[i] - '0') * weights[i];
  return "10X98765432"[sum % 11];
}

/* The day of the desk costs a look at the system's time zone: only asked when the year alone does not tell. */
static gboolean
lies_ahead (KaiDay day)
{
  gint64 year = 1970 + g_get_real_time () / G_USEC_PER_SEC / 31556952;

  return day / 10000 >= year - 1 && day > kai_day_today ();
}

static const Fault *
find_identity_fault (const char *text)
{
  gsize length = text ? strlen (text) : 0;
  KaiDay birth = 0;

  if (is_digits (text, 15))
    return &identity_old;
  if (length != 18)
    return &identity_length;
  if (strspn (text, "0123456789") < 17 || !strchr ("0123456789X", text[17]))
    return &identity_character;
  for (int i = 6; i < 14; i++)
    birth = birth * 10 + (text[i] - '0');
  if (!kai_day_is_valid (birth) || birth < 19000101)
    return &identity_no_birth;
  if (lies_ahead (birth))
    return &identity_future;
  if (text[17] != identity_check_character (text))
    return &identity_check_digit;
  return NULL;
}

static const Fault *
find_credit_fault (const char *text)
{
  static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  int sum = 0, weight = 1;

  if (!text || strlen (text) != 18)
    return &credit_length;
  if (strspn (text, alphabet) != 18)
    return &credit_character;
  for (int i = 0; i < 17; i++)
    {
      sum += (int)(strchr (alphabet, text[i]) - alphabet) * weight;
      weight = weight * 3 % 31;
    }
  if (text[17] != alphabet[(31 - sum % 31) % 31])
    return &credit_check_digit;
  return NULL;
}

static gboolean
is_faultless (const Fault *fault, GError **error)
{
  if (!fault)
    return TRUE;
  return kai_data_fail (error, KAI_DATA_ERROR_INVALID, "%s", _ (fault->sentence));
}

const char *
kai_identity_number_fault (const char *text)
{
  const Fault *fault = find_identity_fault (text);

  return fault ? fault->word : NULL;
}

gboolean
kai_identity_number_check (const char *text, GError **error)
{
  return is_faultless (find_identity_fault (text), error);
}

const char *
kai_credit_code_fault (const char *text)
{
  const Fault *fault = find_credit_fault (text);

  return fault ? fault->word : NULL;
}

gboolean
kai_credit_code_check (const char *text, GError **error)
{
  return is_faultless (find_credit_fault (text), error);
}

gboolean
kai_mobile_number_is_chinese (const char *text)
{
  return is_digits (text, 11) && text[0] == '1' && text[1] >= '3';
}

gboolean
kai_mobile_number_is_foreign (const char *text)
{
  gsize length = text ? strlen (text) : 0;

  if (length > 0 && text[0] == '+')
    {
      text++;
      length--;
    }
  else if (length > 8 && text[0] == '0' && text[1] == '0')
    {
      text += 2;
      length -= 2;
    }
  return length >= 6 && length <= 15 && is_digits (text, length);
}

/* ---- Masks ---- */

/* How much of a text of some length is shown: the first row that is not longer. */
typedef struct
{
  int length;
  int head, tail;
} Shown;

static char *
mask (const char *text, const Shown *shown)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  glong length = g_utf8_strlen (valid, -1), position = 0;
  GString *out = g_string_new (NULL);

  while (length < shown->length)
    shown++;
  for (const char *p = valid; *p; p = g_utf8_next_char (p), position++)
    {
      gboolean open = position < shown->head || position >= length - shown->tail;

      g_string_append_unichar (out, open ? g_utf8_get_char (p) : '*');
    }
  return g_string_free (out, FALSE);
}

char *
kai_mask_id (const char *id)
{
  /* Passports and the like are shorter: less of them is shown. */
  static const Shown shown[] = { { 14, 6, 4 }, { 6, 1, 2 }, { 0, 0, 0 } };

  return mask (id, shown);
}

char *
kai_mask_mobile (const char *mobile)
{
  static const Shown shown[] = { { 11, 3, 4 }, { 6, 2, 2 }, { 0, 0, 0 } };

  return mask (mobile, shown);
}
