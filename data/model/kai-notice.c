/* A payment notice: the record, its words and labels, its sum and the item list of its message. */
#include "model/kai-notice.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* ---- Words and labels ---- */

typedef struct
{
  int value;
  const char *word;
  const char *label;
} Word;

static const Word notice_states[] = {
  { KAI_NOTICE_UNPAID, "unpaid", NC_ ("notice state", "Unpaid") },
  { KAI_NOTICE_PAID, "paid", NC_ ("notice state", "Paid") },
  { KAI_NOTICE_VOID, "void", NC_ ("notice state", "Void") },
  { KAI_NOTICE_LAPSED, "lapsed", NC_ ("notice state", "Lapsed") },
};

static const Word sync_states[] = {
  { KAI_SYNC_DRAFT, "draft", NC_ ("sync state", "Draft") },
  { KAI_SYNC_RESERVED, "reserved", NC_ ("sync state", "Numbered") },
  { KAI_SYNC_SIGNED, "signed", NC_ ("sync state", "Waiting to be sent") },
  { KAI_SYNC_SENT, "sent", NC_ ("sync state", "Sent") },
  { KAI_SYNC_ACCEPTED, "accepted", NC_ ("sync state", "Accepted") },
  { KAI_SYNC_REFUSED, "refused", NC_ ("sync state", "Refused") },
  { KAI_SYNC_UNKNOWN, "unknown", NC_ ("sync state", "Outcome unknown") },
};

static const Word payer_kinds[] = {
  { KAI_PAYER_PERSON, "person", NULL },
  { KAI_PAYER_ORGANISATION, "organisation", NULL },
};

static const Word *
find_value (const Word *words, gsize n, int value)
{
  for (gsize i = 0; i < n; i++)
    if (words[i].value == value)
      return &words[i];
  return NULL;
}

static const Word *
find_word (const Word *words, gsize n, const char *word)
{
  for (gsize i = 0; i < n; i++)
    if (g_strcmp0 (words[i].word, word) == 0)
      return &words[i];
  return NULL;
}

const char *
kai_notice_state_to_string (KaiNoticeState state)
{
  const Word *found = find_value (notice_states, G_N_ELEMENTS (notice_states), state);

  g_return_val_if_fail (found, NULL);
  return found->word;
}

gboolean
kai_notice_state_parse (const char *word, KaiNoticeState *out)
{
  const Word *found = find_word (notice_states, G_N_ELEMENTS (notice_states), word);

  if (found)
    *out = found->value;
  return found != NULL;
}

const char *
kai_sync_state_to_string (KaiSyncState state)
{
  const Word *found = find_value (sync_states, G_N_ELEMENTS (sync_states), state);

  g_return_val_if_fail (found, NULL);
  return found->word;
}

gboolean
kai_sync_state_parse (const char *word, KaiSyncState *out)
{
  const Word *found = find_word (sync_states, G_N_ELEMENTS (sync_states), word);

  if (found)
    *out = found->value;
  return found != NULL;
}

const char *
kai_payer_kind_to_string (KaiPayerKind kind)
{
  const Word *found = find_value (payer_kinds, G_N_ELEMENTS (payer_kinds), kind);

  g_return_val_if_fail (found, NULL);
  return found->word;
}

gboolean
kai_payer_kind_parse (const char *word, KaiPayerKind *out)
{
  const Word *found = find_word (payer_kinds, G_N_ELEMENTS (payer_kinds), word);

  if (found)
    *out = found->value;
  return found != NULL;
}

const char *
kai_notice_state_label (KaiNoticeState state)
{
  const Word *found = find_value (notice_states, G_N_ELEMENTS (notice_states), state);

  g_return_val_if_fail (found, "");
  return g_dpgettext2 (GETTEXT_PACKAGE, "notice state", found->label);
}

const char *
kai_sync_state_label (KaiSyncState state)
{
  const Word *found = find_value (sync_states, G_N_ELEMENTS (sync_states), state);

  g_return_val_if_fail (found, "");
  return g_dpgettext2 (GETTEXT_PACKAGE, "sync state", found->label);
}

/* The published texts name a list of pay channels and leave its contents to the place; this is ours. */
const char *
kai_pay_channel_label (int channel)
{
  static const char *const labels[] = {
    NULL,
    NC_ ("pay channel", "Bank counter"),
    NC_ ("pay channel", "QR code"),
    NC_ ("pay channel", "Online"),
    NC_ ("pay channel", "Online education payment"),
    NC_ ("pay channel", "POS terminal"),
    NC_ ("pay channel", "Bank transfer"),
  };

  if (channel == 0)
    return "";
  if (channel < 0 || channel >= (int)G_N_ELEMENTS (labels))
    return g_dpgettext2 (GETTEXT_PACKAGE, "pay channel", NC_ ("pay channel", "Other channel"));
  return g_dpgettext2 (GETTEXT_PACKAGE, "pay channel", labels[channel]);
}

/* ---- The record ---- */

/* The one list of its text fields, for making, copying and freeing. */
#define FOR_EACH_TEXT(field)                                                                       \
  field (payment_code) field (check_code) field (unit_code) field (payer_name) field (payer_id)    \
      field (mobile) field (memo) field (clerk_code) field (clerk_name) field (batch_id)           \
          field (row_key) field (grade) field (class_name) field (student_no) field (term)         \
              field (refusal_code) field (refusal_text) field (paid_by) field (trace_no)           \
                  field (void_reason) field (ebill_number)

KaiNotice *
kai_notice_new (void)
{
  KaiNotice *notice = g_atomic_rc_box_new0 (KaiNotice);

#define INIT(field) notice->field = g_strdup ("");
  FOR_EACH_TEXT (INIT)
#undef INIT
  notice->payer_kind = KAI_PAYER_PERSON;
  notice->items = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_notice_item_free);
  return notice;
}

static void
clear_notice (gpointer data)
{
  KaiNotice *notice = data;

#define FREE(field) g_free (notice->field);
  FOR_EACH_TEXT (FREE)
#undef FREE
  g_ptr_array_unref (notice->items);
}

KaiNotice *
kai_notice_ref (KaiNotice *notice)
{
  return g_atomic_rc_box_acquire (notice);
}

void
kai_notice_unref (KaiNotice *notice)
{
  if (notice)
    g_atomic_rc_box_release_full (notice, clear_notice);
}

static KaiNoticeItem *
copy_item (const KaiNoticeItem *item)
{
  KaiNoticeItem *copy = g_new0 (KaiNoticeItem, 1);

  *copy = *item;
  copy->code = g_strdup (item->code);
  copy->name = g_strdup (item->name);
  copy->unit_of_measure = g_strdup (item->unit_of_measure);
  return copy;
}

KaiNotice *
kai_notice_copy (const KaiNotice *notice)
{
  KaiNotice *copy = g_atomic_rc_box_new0 (KaiNotice);

  *copy = *notice;
#define COPY(field) copy->field = g_strdup (notice->field);
  FOR_EACH_TEXT (COPY)
#undef COPY
  copy->items = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_notice_item_free);
  for (guint i = 0; i < notice->items->len; i++)
    g_ptr_array_add (copy->items, copy_item (g_ptr_array_index (notice->items, i)));
  return copy;
}

GPtrArray *
kai_notices_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)kai_notice_unref);
}

void
kai_notice_set (char **field, const char *text)
{
  char *copy = g_strdup (text ? text : ""); /* first: @text may be *field or part of it */

  g_free (*field);
  *field = copy;
}

KaiNoticeItem *
kai_notice_item_new (const char *code, gint64 quantity, KaiMoney amount)
{
  KaiNoticeItem *item = g_new0 (KaiNoticeItem, 1);

  item->code = g_strdup (code ? code : "");
  item->name = g_strdup ("");
  item->unit_of_measure = g_strdup ("");
  item->quantity = quantity;
  item->amount = amount;
  return item;
}

KaiNoticeItem *
kai_notice_add_item (KaiNotice *notice, const char *code, gint64 quantity, KaiMoney amount)
{
  KaiNoticeItem *item = kai_notice_item_new (code, quantity, amount);

  g_ptr_array_add (notice->items, item);
  return item;
}

void
kai_notice_item_free (KaiNoticeItem *item)
{
  if (!item)
    return;
  g_free (item->code);
  g_free (item->name);
  g_free (item->unit_of_measure);
  g_free (item);
}

gboolean
kai_notice_is_known_to_server (const KaiNotice *notice)
{
  /* The check code comes with its acceptance; while a voiding waits the sync state is the voiding's. */
  return notice->sync == KAI_SYNC_ACCEPTED || notice->state == KAI_NOTICE_PAID
         || *notice->check_code;
}

gboolean
kai_notice_sum (KaiNotice *notice)
{
  KaiMoney sum = notice->late_fee;

  for (guint i = 0; i < notice->items->len; i++)
    {
      const KaiNoticeItem *item = g_ptr_array_index (notice->items, i);

      if (!kai_money_add (sum, item->amount, &sum))
        return FALSE;
    }
  notice->amount = sum;
  return TRUE;
}

/* ---- The item list of its message ---- */

/* "|" and "#" end a field and an item: inside a name they become their full-width forms. */
static void
append_field (GString *out, const char *text, const char *separator)
{
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '#' || (c < 0x80 && strchr (separator, (int)c)))
        c += 0xFEE0;
      g_string_append_unichar (out, c);
    }
  g_string_append (out, separator);
}

static void
append_standard (GString *out, const KaiNoticeItem *item, const char *separator)
{
  g_autofree char *min = kai_money_to_wire (item->min);
  g_autofree char *max = kai_money_to_wire (item->max);

  switch (item->standard)
    {
    case KAI_STANDARD_FIXED:
      g_string_append_printf (out, "固定标准%s%s", separator, min);
      break;
    case KAI_STANDARD_FREE:
      g_string_append_printf (out, "无限制%s0.00-0.00", separator);
      break;
    case KAI_STANDARD_RANGE:
      g_string_append_printf (out, "区间标准%s%s-%s", separator, min, max);
      break;
    default:
      g_assert_not_reached ();
    }
}

char *
kai_notice_build_pay_info (const KaiNotice *notice, const char *separator)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < notice->items->len; i++)
    {
      const KaiNoticeItem *item = g_ptr_array_index (notice->items, i);
      g_autofree char *amount = kai_money_to_wire (item->amount);

      append_field (out, item->code, separator);
      append_field (out, item->name, separator);
      append_field (out, amount, separator);
      append_field (out, item->unit_of_measure, separator);
      g_string_append_printf (out, "%" G_GINT64_FORMAT "%s", item->quantity, separator);
      append_standard (out, item, separator);
      g_string_append_c (out, '#');
    }
  return g_string_free (out, FALSE);
}
