/* The rules that a notice must keep before it is issued: the one place for editor, command line and
 * import. Sentences never hold the identity number or the mobile number. */
#include "model/kai-notice.h"
#include "values/kai-codes.h"
#include "values/kai-problem.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_NAME_BYTES 100     /* PayerName of 8994 */
#define MAX_MEMO_BYTES 200     /* Memo of 8994 */
#define MAX_PAY_INFO_BYTES 500 /* PayInfo of 8994 */
#define MAX_ITEMS 99
#define MAX_QUANTITY 99999999 /* type Integer: 8 digits */
#define MIN_DOCUMENT 6
#define MAX_DOCUMENT 30 /* PayerCreditCode of 8994 */

typedef struct
{
  KaiNotice *notice;
  const KaiBaseData *base;
  int row;
  GPtrArray *problems;
} Check;

static void
take_problem (const Check *check, KaiProblem *problem)
{
  g_ptr_array_add (check->problems, problem);
}

/* ---- Text fields ---- */

/* Replaces the field by its normal form; FALSE and a problem when it holds what no keyboard gives. */
static gboolean
clean_text (const Check *check, char **text, char *(*normalise) (const char *), const char *field)
{
  gboolean broken = kai_text_is_broken (*text);
  char *clean = normalise (*text);

  g_free (*text);
  *text = clean;
  if (broken)
    take_problem (check,
                  kai_problem_new (check->row, field, "bad-character",
                                   _ ("This text holds characters that cannot be printed or sent. "
                                      "Delete it and type it again.")));
  return !broken;
}

static void
check_length (const Check *check, const char *text, gsize max_bytes, const char *field)
{
  if (kai_text_gbk_length (text) > max_bytes)
    take_problem (check,
                  kai_problem_new (check->row, field, "too-long",
                                   _ ("This text is too long for the finance server: at most %u "
                                      "letters or %u Chinese characters. Shorten it."),
                                   (guint)max_bytes, (guint)max_bytes / 2));
}

static void
check_optional_text (const Check *check, char **text, gsize max_bytes, const char *field)
{
  if (clean_text (check, text, kai_text_normalise_name, field))
    check_length (check, *text, max_bytes, field);
}

/* Emoji and other pictures: nobody is called so, and no bank can print them. */
static gboolean
has_picture (const char *text)
{
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c >= 0x1F000 && c <= 0x1FAFF)
        return TRUE;
    }
  return FALSE;
}

static void
check_pictures (const Check *check, const char *text, const char *field)
{
  if (has_picture (text))
    take_problem (check, kai_problem_new (check->row, field, "bad-character",
                                          _ ("This text holds a picture (emoji) that cannot be "
                                             "printed on a bill. Delete it.")));
}

/* 13800138000 below 姓名: columns that have changed places. */
static gboolean
has_letter (const char *name)
{
  for (const char *p = name; *p; p = g_utf8_next_char (p))
    if (g_unichar_isalpha (g_utf8_get_char (p)))
      return TRUE;
  return FALSE;
}

static void
check_texts (const Check *check)
{
  KaiNotice *notice = check->notice;

  if (clean_text (check, &notice->payer_name, kai_text_normalise_name, "payer"))
    {
      if (!*notice->payer_name)
        take_problem (check, kai_problem_new (check->row, "payer", "missing",
                                              _ ("The payer's name is missing. Type it as it "
                                                 "stands on the card or the licence.")));
      else if (!has_letter (notice->payer_name))
        take_problem (check, kai_problem_new (check->row, "payer", "bad-name",
                                              _ ("This is a number and no name. Type the name as "
                                                 "it stands on the card or the licence.")));
      check_length (check, notice->payer_name, MAX_NAME_BYTES, "payer");
      check_pictures (check, notice->payer_name, "payer");
    }
  check_optional_text (check, &notice->memo, MAX_MEMO_BYTES, "memo");
  check_pictures (check, notice->memo, "memo");
  check_optional_text (check, &notice->grade, MAX_NAME_BYTES, "grade");
  check_optional_text (check, &notice->class_name, MAX_NAME_BYTES, "class_name");
  check_optional_text (check, &notice->student_no, MAX_NAME_BYTES, "student_no");
  check_optional_text (check, &notice->term, MAX_NAME_BYTES, "term");
}

/* ---- Payer ---- */

/* A passport or another paper of a payer without an identity number: no rule can check it. */
static gboolean
is_foreign_document (const char *id)
{
  gsize length = strlen (id);

  if (length < MIN_DOCUMENT || length > MAX_DOCUMENT || length == 15 || length == 18)
    return FALSE;
  for (const char *p = id; *p; p++)
    if (!g_ascii_isalnum (*p))
      return FALSE;
  return TRUE;
}

static void
check_person_id (const Check *check, const char *id)
{
  g_autoptr (GError) error = NULL;

  if (kai_mobile_number_is_chinese (id))
    {
      take_problem (check, kai_problem_new (check->row, "id", "bad-identity-number",
                                            _ ("This is a mobile number and not the number of a "
                                               "card. Look whether the two have changed places.")));
      return;
    }
  if (!*id || is_foreign_document (id) || kai_identity_number_check (id, &error))
    return;
  take_problem (check, kai_problem_new (check->row, "id", kai_identity_number_fault (id), "%s",
                                        error->message));
}

static void
check_organisation_id (const Check *check, const char *id)
{
  g_autoptr (GError) error = NULL;

  if (!*id)
    take_problem (check, kai_problem_new (check->row, "id", "missing",
                                          _ ("The unified social credit code is missing. An "
                                             "organisation needs it for its e-bill.")));
  else if (!kai_credit_code_check (id, &error))
    take_problem (check, kai_problem_new (check->row, "id", kai_credit_code_fault (id), "%s",
                                          error->message));
}

static void
check_payer_id (const Check *check)
{
  KaiNotice *notice = check->notice;

  if (!clean_text (check, &notice->payer_id, kai_text_normalise_code, "id"))
    return;
  switch (notice->payer_kind)
    {
    case KAI_PAYER_PERSON:
      check_person_id (check, notice->payer_id);
      break;
    case KAI_PAYER_ORGANISATION:
      check_organisation_id (check, notice->payer_id);
      break;
    default:
      take_problem (check, kai_problem_new (check->row, "payer_kind", "missing",
                                            _ ("Say whether the payer is a person or an "
                                               "organisation.")));
    }
}

/* 11 digits, or the beginning of a Chinese mobile number with digits lost or doubled: a foreign number
 * that looks so can be typed with its +. */
static gboolean
is_mistyped_chinese (const char *mobile)
{
  return *mobile != '+'
         && (strlen (mobile) == 11 || (mobile[0] == '1' && mobile[1] >= '3' && mobile[1] <= '9'));
}

/* "+86 138-1234-5678" is a Chinese number that somebody wrote out. */
static void
strip_mobile (char **mobile)
{
  g_auto (GStrv) parts = NULL;
  g_autofree char *joined = NULL;
  const char *rest;

  if (!strpbrk (*mobile, "+-"))
    return;
  parts = g_strsplit (*mobile, "-", -1);
  joined = g_strjoinv ("", parts);
  rest = g_str_has_prefix (joined, "+86") ? joined + 3 : joined;
  kai_notice_set (mobile, kai_mobile_number_is_chinese (rest) ? rest : joined);
}

static void
check_mobile (const Check *check)
{
  KaiNotice *notice = check->notice;

  if (!clean_text (check, &notice->mobile, kai_text_normalise_code, "mobile"))
    return;
  strip_mobile (&notice->mobile);
  if (!*notice->mobile)
    take_problem (check, kai_problem_new (check->row, "mobile", "missing",
                                          _ ("The mobile number is missing. The payer is told of "
                                             "the notice by SMS: ask for it.")));
  else if (!kai_mobile_number_is_chinese (notice->mobile)
           && (is_mistyped_chinese (notice->mobile)
               || !kai_mobile_number_is_foreign (notice->mobile)))
    take_problem (check, kai_problem_new (check->row, "mobile", "bad-mobile",
                                          _ ("This is not a mobile number. Type the 11 digits, or "
                                             "a foreign number with + and the country code.")));
}

/* ---- Items ---- */

static void G_GNUC_PRINTF (5, 6) add_item_problem (const Check *check, guint index, const char *key,
                                                   const char *code, const char *format, ...)
{
  g_autofree char *field = g_strdup_printf ("items[%u].%s", index, key);
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  take_problem (check, kai_problem_new (check->row, field, code, "%s", message));
}

/* Fills in what base data knows of the item. */
static gboolean
look_up_item (const Check *check, KaiNoticeItem *item, guint index)
{
  g_autofree char *code = kai_text_normalise_code (item->code);
  const KaiItem *known;

  kai_notice_set (&item->code, code);
  if (!*item->code)
    {
      add_item_problem (check, index, "code", "missing",
                        _ ("The charge item is missing. Choose one from the list."));
      return FALSE;
    }
  known = kai_base_data_find_item (check->base, item->code);
  if (!known)
    {
      add_item_problem (check, index, "code", "unknown-item",
                        _ ("This charge item is not among those that your unit may use. Choose one "
                           "from the list, or refresh the base data."));
      return FALSE;
    }
  kai_notice_set (&item->name, known->name);
  kai_notice_set (&item->unit_of_measure, known->unit_of_measure);
  item->standard = known->standard;
  item->min = known->min;
  item->max = known->max;
  return TRUE;
}

/* The standard for the quantity; FALSE and a problem past the largest amount. */
static gboolean
get_bounds (const Check *check, const KaiNoticeItem *item, guint index, KaiMoney *min,
            KaiMoney *max)
{
  if (kai_money_multiply (item->min, item->quantity, min)
      && kai_money_multiply (item->max, item->quantity, max))
    return TRUE;
  add_item_problem (check, index, "quantity", "bad-quantity",
                    _ ("The standard times this quantity is more than any notice may ask. Lower "
                       "the quantity."));
  return FALSE;
}

static void
check_fixed_amount (const Check *check, KaiNoticeItem *item, guint index, KaiMoney standard)
{
  g_autofree char *text = NULL;

  if (item->amount == -1)
    item->amount = standard;
  if (item->amount == standard)
    return;
  text = kai_money_to_display (standard);
  add_item_problem (check, index, "amount", "outside-standard",
                    _ ("The standard of this charge item is fixed: for this quantity the amount "
                       "must be %s yuan. Correct the amount or the quantity."),
                    text);
}

static void
check_range_amount (const Check *check, const KaiNoticeItem *item, guint index, KaiMoney min,
                    KaiMoney max)
{
  g_autofree char *low = NULL, *high = NULL;

  if (item->amount >= min && (max == 0 || item->amount <= max))
    return;
  low = kai_money_to_display (min);
  high = kai_money_to_display (max);
  if (max == 0)
    add_item_problem (check, index, "amount", "outside-standard",
                      _ ("The amount is below the standard of this charge item: for this quantity "
                         "it must be at least %s yuan. Correct the amount or the quantity."),
                      low);
  else
    add_item_problem (check, index, "amount", "outside-standard",
                      _ ("The amount is outside the standard of this charge item: for this "
                         "quantity it must be from %s to %s yuan. Correct the amount or the "
                         "quantity."),
                      low, high);
}

static void
check_item_amount (const Check *check, KaiNoticeItem *item, guint index)
{
  KaiMoney min, max;

  if (!get_bounds (check, item, index, &min, &max))
    return;
  if (item->standard == KAI_STANDARD_FIXED)
    {
      check_fixed_amount (check, item, index, min);
      return;
    }
  if (item->amount == -1)
    add_item_problem (check, index, "amount", "missing",
                      _ ("The amount is missing: this charge item has no fixed standard. Type the "
                         "amount."));
  else if (item->amount <= 0 || item->amount > KAI_MONEY_MAX)
    add_item_problem (check, index, "amount", "bad-amount",
                      _ ("The amount of an item must be more than 0 and have at most 15 digits "
                         "before the point. Correct it."));
  else if (item->standard == KAI_STANDARD_RANGE)
    check_range_amount (check, item, index, min, max);
}

static void
check_item (const Check *check, KaiNoticeItem *item, guint index)
{
  if (!look_up_item (check, item, index))
    return;
  if (item->quantity < 1 || item->quantity > MAX_QUANTITY)
    add_item_problem (check, index, "quantity", "bad-quantity",
                      _ ("The quantity must be a whole number from 1 to %d. Correct it."),
                      MAX_QUANTITY);
  else
    check_item_amount (check, item, index);
}

static void
check_pay_info (const Check *check)
{
  g_autofree char *pay_info = kai_notice_build_pay_info (check->notice, "|");

  if (kai_text_gbk_length (pay_info) > MAX_PAY_INFO_BYTES)
    take_problem (check, kai_problem_new (check->row, "items", "too-many-items",
                                          _ ("Too many items for one notice: their list does not "
                                             "fit its message. Spread them over several "
                                             "notices.")));
}

static void
check_items (const Check *check)
{
  GPtrArray *items = check->notice->items;
  guint before = check->problems->len;

  if (items->len == 0)
    take_problem (check, kai_problem_new (check->row, "items", "missing",
                                          _ ("The notice has no charge item. Add at least one.")));
  else if (items->len > MAX_ITEMS)
    take_problem (check, kai_problem_new (check->row, "items", "too-many-items",
                                          _ ("A notice has at most %d items. Spread them over "
                                             "several notices."),
                                          MAX_ITEMS));
  else if (!check->base || check->base->items->len == 0)
    take_problem (check, kai_problem_new (check->row, "items", "no-base-data",
                                          _ ("The charge items are not known on this computer yet. "
                                             "Refresh the base data first.")));
  else
    {
      for (guint i = 0; i < items->len; i++)
        check_item (check, g_ptr_array_index (items, i), i);
      if (check->problems->len == before)
        check_pay_info (check);
    }
}

static void
check_late_fee (const Check *check)
{
  KaiMoney fee = check->notice->late_fee;

  if (fee < 0 || fee > KAI_MONEY_MAX)
    take_problem (check, kai_problem_new (check->row, "late_fee", "bad-amount",
                                          _ ("The late fee must be 0 or more and have at most 15 "
                                             "digits before the point. Correct it.")));
}

static void
check_total (const Check *check)
{
  KaiNotice *notice = check->notice;

  if (!kai_notice_sum (notice))
    take_problem (check, kai_problem_new (check->row, "amount", "bad-amount",
                                          _ ("The total has more than 15 digits before the point. "
                                             "Spread the items over several notices.")));
  else if (notice->amount <= 0)
    take_problem (check, kai_problem_new (check->row, "amount", "bad-amount",
                                          _ ("The total of the notice must be more than 0. Correct "
                                             "the amounts.")));
}

/* ---- Public ---- */

gboolean
kai_notice_check (KaiNotice *notice, const KaiBaseData *base, int row, GPtrArray *problems)
{
  const Check check = { notice, base, row, problems };
  guint before = problems->len;
  guint before_items;

  check_texts (&check);
  check_payer_id (&check);
  check_mobile (&check);
  before_items = problems->len;
  check_items (&check);
  check_late_fee (&check);
  /* A total of items that are wrong themselves would be a second complaint about the same thing. */
  if (problems->len == before_items)
    check_total (&check);
  return problems->len == before;
}

/* Says which character it is by its place, and what becomes of it where messages are written in GBK. */
static void
warn_rare (const char *text, const char *field, int row, GPtrArray *warnings)
{
  int place = 1;

  for (const char *p = text; *p; p = g_utf8_next_char (p), place++)
    {
      g_autofree char *one = g_strndup (p, g_utf8_next_char (p) - p);

      if (kai_text_is_gbk (one))
        continue;
      g_ptr_array_add (
          warnings, kai_problem_new (
                        row, field, "rare-character",
                        _ ("Character %d of this text is not in GBK. It is kept and printed as it "
                           "is; where messages are written in GBK it is sent as &#%u; and a bank "
                           "may show it so."),
                        place, g_utf8_get_char (p)));
      return;
    }
}

void
kai_notice_warnings (const KaiNotice *notice, int row, GPtrArray *warnings)
{
  if (notice->payer_kind == KAI_PAYER_PERSON && *notice->payer_id
      && is_foreign_document (notice->payer_id))
    g_ptr_array_add (warnings,
                     kai_problem_new (row, "id", "foreign-document",
                                      _ ("This is not an identity number of 18 characters, so "
                                         "nothing could be checked. Compare it with the payer's "
                                         "passport or permit.")));
  /* What is no mobile number at all has its problem. */
  if (!kai_mobile_number_is_chinese (notice->mobile) && !is_mistyped_chinese (notice->mobile)
      && kai_mobile_number_is_foreign (notice->mobile))
    g_ptr_array_add (warnings,
                     kai_problem_new (row, "mobile", "foreign-mobile",
                                      _ ("This is not a Chinese mobile number: the payer may get "
                                         "no SMS. Hand over the payment code on paper.")));
  warn_rare (notice->payer_name, "payer", row, warnings);
  warn_rare (notice->memo, "memo", row, warnings);
}
