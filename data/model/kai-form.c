/* Forms as typed, and notices that wait to be checked, as bytes: a GVariant behind a version number. */
#include "model/kai-form.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define VERSION 1
/* version, kind, payer … term, items, room for later fields */
#define FORM_TYPE "(qussssssa(sss)a{ss})"
/* version, kind, days of nothing, texts, late fee, items, room */
#define NOTICE_TYPE "(quasxa(sxx)a{ss})"

/* ---- The record ---- */

KaiForm *
kai_form_new (void)
{
  KaiForm *form = g_new0 (KaiForm, 1);

  form->kind = KAI_PAYER_PERSON;
  form->payer = g_strdup ("");
  form->id = g_strdup ("");
  form->mobile = g_strdup ("");
  form->late_fee = g_strdup ("");
  form->memo = g_strdup ("");
  form->term = g_strdup ("");
  form->items = g_ptr_array_new ();
  return form;
}

static void
form_item_free (gpointer data)
{
  KaiFormItem *item = data;

  g_free (item->item);
  g_free (item->quantity);
  g_free (item->amount);
  g_free (item);
}

void
kai_form_free (KaiForm *form)
{
  if (!form)
    return;
  g_free (form->payer);
  g_free (form->id);
  g_free (form->mobile);
  g_free (form->late_fee);
  g_free (form->memo);
  g_free (form->term);
  g_ptr_array_foreach (form->items, (GFunc)(void (*) (void))form_item_free, NULL);
  g_ptr_array_unref (form->items);
  g_free (form);
}

/* Entries hold UTF-8 only; what comes from elsewhere is made so, because a GVariant refuses anything else. */
static char *
make_text (const char *text)
{
  return g_utf8_make_valid (text ? text : "", -1);
}

KaiFormItem *
kai_form_add_item (KaiForm *form, const char *item, const char *quantity, const char *amount)
{
  KaiFormItem *added = g_new0 (KaiFormItem, 1);

  added->item = make_text (item);
  added->quantity = make_text (quantity);
  added->amount = make_text (amount);
  g_ptr_array_add (form->items, added);
  return added;
}

KaiForm *
kai_form_copy (const KaiForm *form)
{
  KaiForm *copy = kai_form_new ();

  copy->kind = form->kind;
  kai_notice_set (&copy->payer, form->payer);
  kai_notice_set (&copy->id, form->id);
  kai_notice_set (&copy->mobile, form->mobile);
  kai_notice_set (&copy->late_fee, form->late_fee);
  kai_notice_set (&copy->memo, form->memo);
  kai_notice_set (&copy->term, form->term);
  for (guint i = 0; i < form->items->len; i++)
    {
      const KaiFormItem *item = form->items->pdata[i];

      kai_form_add_item (copy, item->item, item->quantity, item->amount);
    }
  return copy;
}

KaiForm *
kai_form_new_for_notice (const KaiNotice *notice)
{
  KaiForm *form = kai_form_new ();
  g_autofree char *late_fee = kai_money_to_display (notice->late_fee);

  form->kind = notice->payer_kind;
  kai_notice_set (&form->payer, notice->payer_name);
  kai_notice_set (&form->id, notice->payer_id);
  kai_notice_set (&form->mobile, notice->mobile);
  kai_notice_set (&form->memo, notice->memo);
  kai_notice_set (&form->term, notice->term);
  kai_notice_set (&form->late_fee, notice->late_fee != 0 ? late_fee : "");
  for (guint i = 0; i < notice->items->len; i++)
    {
      const KaiNoticeItem *item = notice->items->pdata[i];
      g_autofree char *quantity = g_strdup_printf ("%" G_GINT64_FORMAT, item->quantity);
      g_autofree char *amount = item->amount >= 0 ? kai_money_to_display (item->amount) : NULL;

      kai_form_add_item (form, item->code, quantity, amount);
    }
  return form;
}

static gboolean
is_blank (const char *text)
{
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    if (!g_unichar_isspace (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

void
kai_form_drop_empty_items (KaiForm *form)
{
  for (guint i = form->items->len; i-- > 0;)
    {
      KaiFormItem *item = form->items->pdata[i];

      if (is_blank (item->item) && is_blank (item->amount))
        form_item_free (g_ptr_array_remove_index (form->items, i));
    }
}

gboolean
kai_form_is_empty (const KaiForm *form)
{
  const char *const fields[] = { form->payer,    form->id,   form->mobile,
                                 form->late_fee, form->memo, form->term };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (!is_blank (fields[i]))
      return FALSE;
  for (guint i = 0; i < form->items->len; i++)
    {
      const KaiFormItem *item = form->items->pdata[i];

      if (!is_blank (item->item) || !is_blank (item->amount))
        return FALSE;
    }
  return TRUE;
}

gboolean
kai_form_equal (const KaiForm *a, const KaiForm *b)
{
  g_autoptr (GBytes) one = kai_form_to_bytes (a);
  g_autoptr (GBytes) other = kai_form_to_bytes (b);

  return g_bytes_equal (one, other);
}

/* ---- Bytes ---- */

static GBytes *
take_bytes (GVariant *variant)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (variant);

  return g_variant_get_data_as_bytes (sunk);
}

/* NULL with @error when @bytes are no @type of our version in normal form. */
static GVariant *
open_bytes (GBytes *bytes, const char *type, GError **error)
{
  g_autoptr (GVariant) variant =
      g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, FALSE));
  guint16 version = 0;

  if (g_variant_is_normal_form (variant))
    g_variant_get_child (variant, 0, "q", &version);
  if (version == VERSION)
    return g_steal_pointer (&variant);
  kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                 _ ("What was kept of a form cannot be read any more: it is damaged, or a newer "
                    "version of this program wrote it."));
  return NULL;
}

GBytes *
kai_form_to_bytes (const KaiForm *form)
{
  const char *const fields[] = { form->payer,    form->id,   form->mobile,
                                 form->late_fee, form->memo, form->term };
  GVariantBuilder builder, items;

  g_variant_builder_init (&builder, G_VARIANT_TYPE (FORM_TYPE));
  g_variant_builder_add (&builder, "q", (guint16)VERSION);
  g_variant_builder_add (&builder, "u", (guint32)form->kind);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    g_variant_builder_add_value (&builder, g_variant_new_take_string (make_text (fields[i])));
  g_variant_builder_init (&items, G_VARIANT_TYPE ("a(sss)"));
  for (guint i = 0; i < form->items->len; i++)
    {
      const KaiFormItem *item = form->items->pdata[i];

      g_variant_builder_add (&items, "(sss)", item->item, item->quantity, item->amount);
    }
  g_variant_builder_add_value (&builder, g_variant_builder_end (&items));
  g_variant_builder_add_value (&builder, g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0));
  return take_bytes (g_variant_builder_end (&builder));
}

KaiForm *
kai_form_from_bytes (GBytes *bytes, GError **error)
{
  g_autoptr (GVariant) variant = open_bytes (bytes, FORM_TYPE, error);
  g_autoptr (GVariant) items = NULL;
  KaiForm *form;
  char **fields[6];
  guint32 kind;

  if (!variant)
    return NULL;
  form = kai_form_new ();
  g_variant_get_child (variant, 1, "u", &kind);
  form->kind = kind == KAI_PAYER_ORGANISATION ? KAI_PAYER_ORGANISATION : KAI_PAYER_PERSON;
  fields[0] = &form->payer;
  fields[1] = &form->id;
  fields[2] = &form->mobile;
  fields[3] = &form->late_fee;
  fields[4] = &form->memo;
  fields[5] = &form->term;
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autoptr (GVariant) text = g_variant_get_child_value (variant, 2 + i);

      kai_notice_set (fields[i], g_variant_get_string (text, NULL));
    }
  items = g_variant_get_child_value (variant, 8);
  for (gsize i = 0; i < g_variant_n_children (items); i++)
    {
      const char *item, *quantity, *amount;

      g_variant_get_child (items, i, "(&s&s&s)", &item, &quantity, &amount);
      kai_form_add_item (form, item, quantity, amount);
    }
  return form;
}

/* The texts of a notice that waits, in the order they are kept in. */
static void
list_texts (KaiNotice *notice, char **texts[14])
{
  char **all[14] = { &notice->payer_name, &notice->payer_id,  &notice->mobile,
                     &notice->memo,       &notice->grade,     &notice->class_name,
                     &notice->student_no, &notice->term,      &notice->batch_id,
                     &notice->row_key,    &notice->unit_code, &notice->clerk_code,
                     &notice->clerk_name, &notice->check_code };

  memcpy (texts, all, sizeof all);
}

GBytes *
kai_notice_to_bytes (const KaiNotice *notice)
{
  GVariantBuilder texts, items;
  char **fields[14];

  list_texts ((KaiNotice *)notice, fields);
  g_variant_builder_init (&texts, G_VARIANT_TYPE ("as"));
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    g_variant_builder_add_value (&texts, g_variant_new_take_string (make_text (*fields[i])));
  g_variant_builder_init (&items, G_VARIANT_TYPE ("a(sxx)"));
  for (guint i = 0; i < notice->items->len; i++)
    {
      const KaiNoticeItem *item = notice->items->pdata[i];

      g_variant_builder_add (&items, "(sxx)", item->code, item->quantity, item->amount);
    }
  return take_bytes (g_variant_new (NOTICE_TYPE, (guint)VERSION, (guint32)notice->payer_kind,
                                    &texts, notice->late_fee, &items, NULL));
}

KaiNotice *
kai_notice_from_bytes (GBytes *bytes, GError **error)
{
  g_autoptr (GVariant) variant = open_bytes (bytes, NOTICE_TYPE, error);
  g_autoptr (GVariant) texts = NULL;
  g_autoptr (GVariant) items = NULL;
  KaiNotice *notice;
  char **fields[14];
  guint32 kind;

  if (!variant)
    return NULL;
  notice = kai_notice_new ();
  g_variant_get_child (variant, 1, "u", &kind);
  notice->payer_kind = kind == KAI_PAYER_ORGANISATION ? KAI_PAYER_ORGANISATION : KAI_PAYER_PERSON;
  g_variant_get_child (variant, 3, "x", &notice->late_fee);
  texts = g_variant_get_child_value (variant, 2);
  items = g_variant_get_child_value (variant, 4);
  list_texts (notice, fields);
  for (guint i = 0; i < MIN (g_variant_n_children (texts), G_N_ELEMENTS (fields)); i++)
    {
      g_autoptr (GVariant) text = g_variant_get_child_value (texts, i);

      kai_notice_set (fields[i], g_variant_get_string (text, NULL));
    }
  for (gsize i = 0; i < g_variant_n_children (items); i++)
    {
      const char *code;
      gint64 quantity, amount;

      g_variant_get_child (items, i, "(&sxx)", &code, &quantity, &amount);
      kai_notice_add_item (notice, code, quantity, amount);
    }
  return notice;
}
