/* What stands on one form: named fields and the rows of the item table, made from a notice or an e-bill. The names are
 * those that templates use (docs/templates.md). Identity numbers and phones of persons are masked here, so that no
 * template can print them in full. */
#include "kai-print-private.h"

#include "values/kai-codes.h"

/* More is never legible on a form; it also bounds what a foreign file can make us lay out. */
#define LONGEST_TEXT 1000

struct _KaiPrintForm
{
  GHashTable *fields; /* static name → owned text */
  GPtrArray *rows;    /* GStrv of KAI_PRINT_N_COLUMNS texts */
};

static const char *const field_names[] = {
  "account",        "account_bank",    "account_name",
  "amount",         "bill_code",       "bill_date",
  "bill_name",      "bill_number",     "capitals",
  "check_code",     "clerk",           "hint",
  "identity",       "known",           "late_fee",
  "mark",           "mobile",          "page",
  "pages",          "payer",           "payer_id",
  "payer_id_title", "payment_code",    "payment_code_groups",
  "related",        "remark",          "reviewer",
  "status",         "supervisor_seal", "unit",
  "unit_code",      "unit_seal",       "url",
  "valid_until",
};

static const char *const column_names[KAI_PRINT_N_COLUMNS] = { "code",     "name",     "unit",
                                                               "quantity", "standard", "amount" };

gboolean
kai_print_field_is_known (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (field_names); i++)
    if (g_str_equal (field_names[i], name))
      return TRUE;
  return FALSE;
}

gboolean
kai_print_column_parse (const char *word, KaiPrintColumn *out)
{
  for (int i = 0; i < KAI_PRINT_N_COLUMNS; i++)
    if (g_str_equal (column_names[i], word))
      {
        *out = i;
        return TRUE;
      }
  return FALSE;
}

/* One line of valid text of bounded length: line breaks and control characters become spaces. */
static char *
clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  GString *line = g_string_new (NULL);
  const char *p = valid;

  for (int n = 0; *p; p = g_utf8_next_char (p), n++)
    {
      gunichar c = g_utf8_get_char (p);

      if (n == LONGEST_TEXT)
        {
          g_string_append (line, "…");
          break;
        }
      g_string_append_unichar (line, g_unichar_iscntrl (c) || c == 0x2028 || c == 0x2029 ? ' ' : c);
    }
  return g_string_free (line, FALSE);
}

static void
set (KaiPrintForm *form, const char *name, const char *text)
{
  g_assert (kai_print_field_is_known (name));
  g_hash_table_insert (form->fields, (gpointer)name, clean (text));
}

static void
take (KaiPrintForm *form, const char *name, char *text)
{
  set (form, name, text);
  g_free (text);
}

static KaiPrintForm *
form_new (void)
{
  KaiPrintForm *form = g_new0 (KaiPrintForm, 1);

  form->fields = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  form->rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  return form;
}

void
kai_print_form_free (KaiPrintForm *form)
{
  if (!form)
    return;
  g_hash_table_unref (form->fields);
  g_ptr_array_unref (form->rows);
  g_free (form);
}

const char *
kai_print_form_get (const KaiPrintForm *form, const char *name)
{
  const char *text = g_hash_table_lookup (form->fields, name);

  return text ? text : "";
}

guint
kai_print_form_count_rows (const KaiPrintForm *form)
{
  return form->rows->len;
}

const char *
kai_print_form_get_cell (const KaiPrintForm *form, guint row, KaiPrintColumn column)
{
  return ((char **)g_ptr_array_index (form->rows, row))[column];
}

/* Forms are Chinese in every language of the window. */
static char *
day_text (KaiDay day)
{
  if (!kai_day_is_valid (day))
    return g_strdup ("");
  return g_strdup_printf ("%d年%02d月%02d日", day / 10000, day / 100 % 100, day % 100);
}

static char *
money_text (KaiMoney money)
{
  g_autofree char *figures = kai_money_to_display (money);

  return g_strconcat ("￥", figures, NULL);
}

/* "3206 8421 0100 0538 4867": as people read it aloud. */
static char *
in_groups (const char *code)
{
  GString *groups = g_string_new (NULL);

  for (gsize i = 0; code[i]; i++)
    {
      if (i > 0 && i % 4 == 0)
        g_string_append_c (groups, ' ');
      g_string_append_c (groups, code[i]);
    }
  return g_string_free (groups, FALSE);
}

static char *
standard_text (const KaiNoticeItem *item)
{
  g_autofree char *min = kai_money_to_display (item->min);
  g_autofree char *max = kai_money_to_display (item->max);

  if (item->standard == KAI_STANDARD_RANGE)
    return item->max > 0 ? g_strdup_printf ("%s–%s", min, max) : g_strdup_printf ("≥%s", min);
  if (item->standard == KAI_STANDARD_FIXED && item->min > 0)
    return g_steal_pointer (&min);
  return g_strdup ("");
}

static void
add_items (KaiPrintForm *form, GPtrArray *items)
{
  for (guint i = 0; i < items->len; i++)
    {
      const KaiNoticeItem *item = g_ptr_array_index (items, i);
      char **row = g_new0 (char *, KAI_PRINT_N_COLUMNS + 1);

      row[KAI_PRINT_COLUMN_CODE] = clean (item->code);
      row[KAI_PRINT_COLUMN_NAME] = clean (item->name);
      row[KAI_PRINT_COLUMN_UNIT] = clean (item->unit_of_measure);
      row[KAI_PRINT_COLUMN_QUANTITY] = g_strdup_printf ("%" G_GINT64_FORMAT, item->quantity);
      row[KAI_PRINT_COLUMN_STANDARD] = standard_text (item);
      row[KAI_PRINT_COLUMN_AMOUNT] = kai_money_to_display (item->amount);
      g_ptr_array_add (form->rows, row);
    }
}

static void
set_payer (KaiPrintForm *form, KaiPayerKind kind, const char *name, const char *id)
{
  gboolean person = kind == KAI_PAYER_PERSON;

  set (form, "payer", name);
  take (form, "payer_id", person ? kai_mask_id (id) : g_strdup (id));
  set (form, "payer_id_title", person ? "证件号码" : "统一社会信用代码");
}

static const char *
notice_mark (const KaiNotice *notice)
{
  switch (notice->state)
    {
    case KAI_NOTICE_VOID:
      return "作废";
    case KAI_NOTICE_LAPSED:
      return "已失效";
    case KAI_NOTICE_PAID:
      return "已缴款";
    case KAI_NOTICE_UNPAID:
    default:
      if (notice->sync == KAI_SYNC_REFUSED)
        return "未受理";
      return *notice->payment_code ? "" : "草稿";
    }
}

/* Printed before the finance server has said that it has the notice: nobody can pay it until then. */
static gboolean
is_unreported (const KaiNotice *notice)
{
  return notice->state == KAI_NOTICE_UNPAID && notice->sync != KAI_SYNC_REFUSED
         && *notice->payment_code && !kai_notice_is_known_to_server (notice);
}

static void
append_words (GString *words, const char *title, const char *text)
{
  if (text && *text)
    g_string_append_printf (words, "%s%s%s", words->len ? "  " : "", title, text);
}

static char *
notice_remark (const KaiNotice *notice)
{
  GString *words = g_string_new (NULL);

  append_words (words, "学期：", notice->term);
  append_words (words, "年级：", notice->grade);
  append_words (words, "班级：", notice->class_name);
  append_words (words, "学号：", notice->student_no);
  append_words (words, "", notice->memo);
  return g_string_free (words, FALSE);
}

KaiPrintForm *
kai_print_form_new_for_notice (const KaiNotice *notice, const KaiUnit *unit, const char *pay_url)
{
  KaiPrintForm *form = form_new ();

  set (form, "unit_code", notice->unit_code);
  set (form, "unit", unit ? unit->name : notice->unit_code);
  set (form, "account_name", unit ? unit->account_name : "");
  set (form, "account", unit ? unit->account : "");
  set (form, "account_bank", unit ? unit->account_bank : "");
  set (form, "payment_code", notice->payment_code);
  take (form, "payment_code_groups", in_groups (notice->payment_code));
  set (form, "check_code", notice->check_code);
  take (form, "bill_date", day_text (notice->bill_date));
  take (form, "valid_until", day_text (notice->valid_until));
  set_payer (form, notice->payer_kind, notice->payer_name, notice->payer_id);
  take (form, "mobile", kai_mask_mobile (notice->mobile));
  add_items (form, notice->items);
  take (form, "late_fee", kai_money_to_display (notice->late_fee));
  take (form, "amount", money_text (notice->amount));
  take (form, "capitals", kai_money_to_capitals (notice->amount));
  take (form, "remark", notice_remark (notice));
  set (form, "clerk", *notice->clerk_name ? notice->clerk_name : notice->clerk_code);
  set (form, "mark", notice_mark (notice));
  set (form, "status", is_unreported (notice) ? "待上报" : notice_mark (notice));
  if (is_unreported (notice))
    set (form, "hint",
         "本通知书打印时尚未报送财政，报送成功后方可缴款；逾期本通知书失效。本通知书不作为收款凭证"
         "。");
  else
    set (form, "known", "1");
  /* Nobody should pay what cannot be paid. */
  if (notice->state == KAI_NOTICE_UNPAID && *notice->payment_code
      && notice->sync != KAI_SYNC_REFUSED)
    set (form, "url", pay_url);
  return form;
}

KaiPrintForm *
kai_print_form_new_for_ebill (const KaiEbill *ebill, const char *url)
{
  KaiPrintForm *form = form_new ();

  set (form, "bill_name", *ebill->name ? ebill->name : "财政电子票据");
  set (form, "bill_code", ebill->code);
  set (form, "bill_number", ebill->number);
  set (form, "check_code", ebill->check_code);
  set (form, "identity", ebill->identity);
  take (form, "bill_date", day_text (ebill->issue_date));
  set_payer (form, ebill->payer_kind, ebill->payer_name, ebill->payer_code);
  set (form, "unit_code", ebill->issuer_code);
  set (form, "unit", ebill->issuer_name);
  set (form, "account_name", ebill->payee_name);
  set (form, "account", ebill->payee_account);
  set (form, "account_bank", ebill->payee_bank);
  set (form, "payment_code", ebill->payment_code);
  take (form, "payment_code_groups", in_groups (ebill->payment_code));
  add_items (form, ebill->items);
  take (form, "amount", money_text (ebill->total));
  take (form, "capitals", kai_money_to_capitals (ebill->total));
  set (form, "remark", ebill->remark);
  set (form, "clerk", ebill->clerk);
  set (form, "reviewer", ebill->reviewer);
  set (form, "url", url);
  /* A seal stands on the face only when the e-bill names it. */
  set (form, "unit_seal", *ebill->unit_seal_name ? ebill->issuer_name : "");
  set (form, "supervisor_seal", ebill->supervisor_seal_name);
  if (*ebill->related_number)
    {
      take (form, "related",
            g_strdup_printf ("红字票据，冲销票据代码 %s 号码 %s", ebill->related_code,
                             ebill->related_number));
      set (form, "mark", "红字");
    }
  return form;
}
