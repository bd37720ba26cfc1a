/* The text message of a notice, from its template. */
#include "model/kai-notice-text.h"

#include <string.h>

#define SMS_SINGLE 70
#define SMS_PART 67

static const char *const words[] = { "unit",        "payer",        "items",      "amount",
                                     "valid_until", "payment_code", "check_code", "pay_url",
                                     "term",        "class" };

static char *
join_items (const KaiNotice *notice)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < notice->items->len; i++)
    {
      const KaiNoticeItem *item = notice->items->pdata[i];

      g_string_append_printf (out, "%s%s", i ? "、" : "", *item->name ? item->name : item->code);
    }
  return g_string_free (out, FALSE);
}

/* NULL when the word is none of ours. Caller frees. */
static char *
build_word (const char *word, const KaiNotice *notice, const KaiUnit *unit, const char *pay_url)
{
  if (strcmp (word, "unit") == 0)
    return g_strdup (unit ? unit->name : "（执收单位）");
  if (strcmp (word, "payer") == 0)
    return g_strdup (notice->payer_name);
  if (strcmp (word, "items") == 0)
    return join_items (notice);
  if (strcmp (word, "amount") == 0)
    return kai_money_to_wire (notice->amount);
  if (strcmp (word, "valid_until") == 0)
    return notice->valid_until ? kai_day_to_iso (notice->valid_until) : g_strdup ("（有效期）");
  if (strcmp (word, "payment_code") == 0)
    return g_strdup (*notice->payment_code ? notice->payment_code : "（缴款识别码）");
  if (strcmp (word, "check_code") == 0)
    return g_strdup (*notice->check_code ? notice->check_code : "（校验码）");
  if (strcmp (word, "pay_url") == 0)
    return g_strdup (pay_url && *pay_url ? pay_url : "（缴款网址）");
  if (strcmp (word, "term") == 0)
    return g_strdup (notice->term);
  return strcmp (word, "class") == 0 ? g_strdup (notice->class_name) : NULL;
}

char *
kai_notice_build_sms (const char *template, const KaiNotice *notice, const KaiUnit *unit,
                      const char *pay_url)
{
  GString *out = g_string_new (NULL);

  while (*template)
    {
      const char *end = *template == '{' ? strchr (template, '}') : NULL;
      g_autofree char *word = end ? g_strndup (template + 1, end - template - 1) : NULL;
      g_autofree char *value = word ? build_word (word, notice, unit, pay_url) : NULL;

      /* What came from a list is not looked through for words again. */
      if (value)
        {
          g_string_append (out, value);
          template = end + 1;
        }
      else
        g_string_append_c (out, *template ++);
    }
  return g_string_free (out, FALSE);
}

char *
kai_notice_find_unknown_word (const char *template)
{
  for (const char *open = strchr (template, '{'); open; open = strchr (open + 1, '{'))
    {
      const char *end = strchr (open, '}');
      g_autofree char *word = g_strndup (open + 1, end ? end - open - 1 : strlen (open + 1));
      gboolean known = FALSE;

      for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
        known = known || strcmp (words[i], word) == 0;
      if (!end || !known)
        return g_steal_pointer (&word);
    }
  return NULL;
}

int
kai_notice_count_sms (const char *text)
{
  glong length = g_utf8_strlen (text, -1);

  return length <= SMS_SINGLE ? 1 : (int)((length + SMS_PART - 1) / SMS_PART);
}
