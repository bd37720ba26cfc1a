/* Checks one value against its row of the catalogue. The rules of the types are those of docs/protocol.md. */
#include "messages/kai-message-private.h"
#include "messages/kai-net-error.h"
#include "messages/kai-record-private.h"
#include "values/kai-day.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* ---- Types ---- */

static gboolean
all_digits (const char *text, gsize n)
{
  return strspn (text, "0123456789") >= n;
}

static gboolean
is_ascii (const char *text)
{
  for (; *text; text++)
    if (*text < 0x20 || *text > 0x7e)
      return FALSE;
  return TRUE;
}

/* Two digits at @text, at most @max. */
static gboolean
is_part (const char *text, int max)
{
  return (text[0] - '0') * 10 + text[1] - '0' <= max;
}

static gboolean
is_date (const char *text)
{
  char day[9];

  if (!all_digits (text, 8))
    return FALSE;
  g_strlcpy (day, text, sizeof day);
  return kai_day_is_valid ((KaiDay)g_ascii_strtoll (day, NULL, 10));
}

static gboolean
is_time (const char *text)
{
  return all_digits (text, 6) && is_part (text, 23) && is_part (text + 2, 59)
         && is_part (text + 4, 59);
}

static gboolean
is_currency (const char *text)
{
  gsize digits;

  text += *text == '-';
  digits = strspn (text, "0123456789");
  return digits >= 1 && digits <= 15 && text[digits] == '.' && strlen (text + digits + 1) == 2
         && all_digits (text + digits + 1, 2);
}

static gboolean
is_integer (const char *text)
{
  text += *text == '-' || *text == '+';
  return *text && strlen (text) <= 8 && all_digits (text, strlen (text));
}

static gboolean
is_decimal (const char *text)
{
  gsize whole, part = 0;

  text += *text == '-' || *text == '+';
  whole = strspn (text, "0123456789");
  text += whole;
  if (*text == '.')
    {
      part = strspn (++text, "0123456789");
      if (!part)
        return FALSE;
      text += part;
    }
  return whole && !*text && whole + part <= 30;
}

static gboolean
is_utc_date_time (const char *text)
{
  return strlen (text) == 19 && is_date (text) && is_time (text + 8)
         && (text[14] == '+' || text[14] == '-') && all_digits (text + 15, 4)
         && is_part (text + 15, 14) && is_part (text + 17, 59);
}

/* NULL when @value is of the type, else a translated sentence. */
static const char *
check_type (KaiFieldType type, const char *value)
{
  switch (type)
    {
    case KAI_TYPE_STRING:
      return is_ascii (value)
                 ? NULL
                 : _ ("Only letters without accents, digits and signs are allowed here.");
    case KAI_TYPE_NSTRING:
      return all_digits (value, strlen (value)) ? NULL : _ ("Only digits are allowed here.");
    case KAI_TYPE_GBSTRING:
      return kai_text_is_broken (value) ? _ ("The text has characters that cannot be sent.") : NULL;
    case KAI_TYPE_CURRENCY:
      return is_currency (value)
                 ? NULL
                 : _ (
                     "This must be an amount with two decimals and at most 15 digits before them.");
    case KAI_TYPE_INTEGER:
      return is_integer (value) ? NULL : _ ("This must be a whole number of at most 8 digits.");
    case KAI_TYPE_DECIMAL:
      return is_decimal (value) ? NULL : _ ("This must be a number.");
    case KAI_TYPE_DATE:
      return strlen (value) == 8 && is_date (value) ? NULL
                                                    : _ ("This must be a real day as yyyymmdd.");
    case KAI_TYPE_TIME:
      return strlen (value) == 6 && is_time (value) ? NULL : _ ("This must be a time as HHMMSS.");
    case KAI_TYPE_DATETIME:
      return strlen (value) == 14 && is_date (value) && is_time (value + 8)
                 ? NULL
                 : _ ("This must be a day and time as yyyymmddHHMMSS.");
    case KAI_TYPE_UTCDATETIME:
      return is_utc_date_time (value)
                 ? NULL
                 : _ ("This must be a day and time with zone as yyyyMMddHHmmss±hhmm.");
    case KAI_TYPE_NODE:
    default:
      return NULL;
    }
}

/* ---- The whole check ---- */

static gboolean
fail (const KaiFieldSpec *field, const KaiFieldPlace *place, const char *why, GError **error)
{
  if (!place->voucher)
    return kai_net_fail (error, KAI_NET_ERROR_FIELD, _ ("Message %s, head, field %s (%s): %s"),
                         place->number, field->tag, field->name_zh, why);
  return kai_net_fail (error, KAI_NET_ERROR_FIELD, _ ("Message %s, voucher %u, field %s (%s): %s"),
                       place->number, place->voucher, field->tag, field->name_zh, why);
}

gboolean
kai_field_check (const KaiFieldSpec *field, const char *value, int max, const KaiFieldPlace *place,
                 GError **error)
{
  g_autofree char *sentence = NULL;
  const char *why;
  int length;

  if (!value || !*value)
    return field->presence != 'M'
           || fail (field, place, _ ("It must be filled in and is empty."), error);
  if (!g_utf8_validate (value, -1, NULL))
    return fail (field, place, _ ("The text has characters that cannot be sent."), error);
  why = check_type (field->type, value);
  if (why)
    return fail (field, place, why, error);
  if (max < 0)
    max = field->max;
  /* Only Chinese text is counted in GBK; the others are ASCII by now. */
  length = (int)(field->type == KAI_TYPE_GBSTRING ? kai_text_gbk_length (value) : strlen (value));
  if (max >= 0 && length > max)
    sentence =
        g_strdup_printf (_ ("It is too long: %d bytes of at most %d. Shorten it."), length, max);
  else if (length < field->min)
    sentence =
        g_strdup_printf (_ ("It is too short: %d bytes of at least %d."), length, field->min);
  return !sentence || fail (field, place, sentence, error);
}

gboolean
kai_field_check_conditions (const KaiSpecNode *list, const KaiRecord *record,
                            const KaiFieldPlace *place, GError **error)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, list->by_key);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const KaiFieldSpec *field = ((KaiSpecNode *)value)->field;
      gboolean met;

      if (!field || !field->condition_tag || *kai_record_get (record, key))
        continue;
      met = g_str_equal (kai_record_get (record, field->condition_tag), field->condition_value);
      if (met == field->condition_requires)
        return fail (field, place,
                     _ ("It must be filled in here, because of what the other fields say."), error);
    }
  return TRUE;
}
