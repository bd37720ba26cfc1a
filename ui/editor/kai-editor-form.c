/* The editor's fields and the notice they stand for. The rules are those of kai_notice_check: here is only what cannot be read
 * at all, and where each problem is shown. */
#include "editor/kai-editor-private.h"
#include "kai-format.h"
#include "values/kai-text.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

/* NULL past the end. */
static KaiItemRow *
get_row (KaiEditorPage *self, int index)
{
  g_autoptr (GList) rows = gtk_container_get_children (self->items_box);

  return index >= 0 ? g_list_nth_data (rows, (guint)index) : NULL;
}

static int
index_of (KaiEditorPage *self, KaiItemRow *row)
{
  g_autoptr (GList) rows = gtk_container_get_children (self->items_box);

  return g_list_index (rows, row);
}

KaiNotice *
kai_editor_form_read (KaiEditorPage *self, GPtrArray *problems)
{
  KaiNotice *notice = kai_notice_new ();
  const char *late_fee = gtk_entry_get_text (self->late_fee_entry);
  g_autoptr (GError) error = NULL;
  KaiItemRow *row;

  notice->payer_kind = gtk_toggle_button_get_active (self->organisation_radio)
                           ? KAI_PAYER_ORGANISATION
                           : KAI_PAYER_PERSON;
  kai_notice_set (&notice->payer_name, gtk_entry_get_text (self->payer_entry));
  kai_notice_set (&notice->payer_id, gtk_entry_get_text (self->id_entry));
  kai_notice_set (&notice->mobile, gtk_entry_get_text (self->mobile_entry));
  kai_notice_set (&notice->memo, gtk_entry_get_text (self->memo_entry));
  kai_notice_set (&notice->term, gtk_entry_get_text (self->term_entry));
  notice->id = self->notice_id;
  if (!kai_text_is_blank (late_fee) && !kai_money_parse (late_fee, &notice->late_fee, &error))
    g_ptr_array_add (problems, kai_problem_new (0, "late_fee", "bad-amount", "%s", error->message));
  for (int i = 0; (row = get_row (self, i)); i++)
    kai_item_row_add_to (row, notice, i, problems);
  if (self->session)
    kai_notice_check (notice, kai_session_get_base_data (self->session), 0, problems);
  return notice;
}

KaiField *
kai_editor_form_find_field (KaiEditorPage *self, const char *key)
{
  const struct
  {
    const char *key;
    KaiField *field;
  } fields[] = {
    { "payer", self->payer_field },
    { "payer_kind", self->payer_kind_field },
    { "id", self->id_field },
    { "mobile", self->mobile_field },
    { "late_fee", self->late_fee_field },
    { "memo", self->memo_field },
    { "term", self->term_field },
    { "items", self->items_field },
    { "amount", self->items_field },
  };
  char name[16];
  int index;

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (g_str_equal (key, fields[i].key))
      return fields[i].field;
  if (sscanf (key, "items[%d].%15s", &index, name) == 2 && get_row (self, index))
    return kai_item_row_get_field (get_row (self, index), name);
  return NULL;
}

/* Top to bottom, as the clerk reads; NULL when no field has a problem on show. */
static KaiField *
find_first_problem (KaiEditorPage *self)
{
  static const char *const row_fields[] = { "code", "quantity", "amount" };
  KaiField *fields[] = { self->payer_kind_field, self->payer_field,    self->id_field,
                         self->mobile_field,     self->late_fee_field, self->term_field,
                         self->memo_field };
  KaiItemRow *row;

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (kai_field_get_problem (fields[i])[0] != '\0')
      return fields[i];
  for (int i = 0; (row = get_row (self, i)); i++)
    for (guint j = 0; j < G_N_ELEMENTS (row_fields); j++)
      if (kai_field_get_problem (kai_item_row_get_field (row, row_fields[j]))[0] != '\0')
        return kai_item_row_get_field (row, row_fields[j]);
  return kai_field_get_problem (self->items_field)[0] != '\0' ? self->items_field : NULL;
}

static void
clear_problems (KaiEditorPage *self)
{
  static const char *const row_fields[] = { "code", "quantity", "amount" };
  KaiField *fields[] = { self->payer_field,  self->payer_kind_field, self->id_field,
                         self->mobile_field, self->late_fee_field,   self->memo_field,
                         self->term_field,   self->items_field };
  KaiItemRow *row;

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    kai_field_set_problem (fields[i], NULL);
  for (int i = 0; (row = get_row (self, i)); i++)
    for (guint j = 0; j < G_N_ELEMENTS (row_fields); j++)
      kai_field_set_problem (kai_item_row_get_field (row, row_fields[j]), NULL);
}

static void
show_warnings (KaiEditorPage *self, const KaiNotice *notice)
{
  g_autoptr (GPtrArray) warnings = kai_problems_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  kai_notice_warnings (notice, 0, warnings);
  for (guint i = 0; i < warnings->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "",
                            ((KaiProblem *)warnings->pdata[i])->message);
  if (self->duplicate)
    g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", self->duplicate);
  gtk_label_set_text (self->warnings_label, text->str);
  gtk_widget_set_visible (GTK_WIDGET (self->warnings_label), text->len > 0);
}

/* Of what can be read so far; what is wrong is said elsewhere. */
static KaiMoney
add_up (const KaiNotice *notice)
{
  KaiMoney sum = MAX (notice->late_fee, 0);

  for (guint i = 0; i < notice->items->len; i++)
    if (!kai_money_add (sum, MAX (((KaiNoticeItem *)notice->items->pdata[i])->amount, 0), &sum))
      return KAI_MONEY_MAX;
  return sum;
}

static void
show_total (KaiEditorPage *self, const KaiNotice *notice)
{
  KaiMoney total = add_up (notice);
  g_autofree char *amount = kai_money_to_display (total);
  g_autofree char *figures = g_strdup_printf (_ ("Total: ¥ %s"), amount);
  g_autofree char *capitals = kai_money_to_capitals (total);

  gtk_label_set_text (self->total_label, figures);
  gtk_label_set_text (self->capitals_label, capitals);
}

/* What the server said stands at its field until that is changed; it keeps nobody from sending the notice again. */
static void
show_origin (KaiEditorPage *self)
{
  g_autoptr (KaiForm) now = NULL;
  KaiField *field;

  if (!self->origin_field || !self->origin_form)
    return;
  now = kai_editor_form_dup (self);
  field = kai_editor_form_find_field (self, self->origin_field);
  if (field && kai_field_get_problem (field)[0] == '\0' && kai_form_equal (now, self->origin_form))
    kai_field_set_problem (field, self->origin_reason);
}

KaiField *
kai_editor_form_update (KaiEditorPage *self, gboolean all)
{
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (KaiNotice) notice = kai_editor_form_read (self, problems);
  g_autofree char *summary = NULL;
  KaiField *first;
  int shown = 0;

  self->show_all |= all;
  clear_problems (self);
  for (guint i = 0; i < problems->len; i++)
    {
      const KaiProblem *problem = problems->pdata[i];
      KaiField *field = kai_editor_form_find_field (self, problem->field);

      if (!field)
        field = self->items_field;
      /* What could not be read comes first; a rule that stumbles over the same field says less. */
      if ((self->show_all || g_hash_table_contains (self->touched, field))
          && kai_field_get_problem (field)[0] == '\0')
        {
          kai_field_set_problem (field, problem->message);
          shown++;
        }
    }
  if (shown > 0)
    summary = g_strdup_printf (ngettext ("%d field to mend", "%d fields to mend", shown), shown);
  gtk_label_set_text (self->summary_label, summary ? summary : "");
  show_total (self, notice);
  show_warnings (self, notice);
  first = find_first_problem (self);
  show_origin (self);
  return first;
}

static void
on_row_edited_cb (KaiEditorPage *self)
{
  if (self->filling)
    return;
  kai_editor_form_update (self, FALSE);
  kai_editor_drafts_touch (self);
}

static void
on_row_typed_cb (KaiEditorPage *self, KaiField *field, KaiItemRow *row)
{
  if (self->filling)
    return;
  if (!kai_item_row_is_empty (row))
    g_hash_table_add (self->touched, field);
  on_row_edited_cb (self);
}

static void
on_row_left_cb (KaiEditorPage *self, KaiField *field, KaiItemRow *row)
{
  /* The item of a row that is only being passed through is not yet missing. */
  if (self->filling || kai_item_row_is_empty (row))
    return;
  g_hash_table_add (self->touched, field);
  kai_editor_form_update (self, FALSE);
}

/* Enter in the last field of a row: on to the next row, or to the button that saves. */
static void
on_row_done_cb (KaiEditorPage *self, KaiItemRow *row)
{
  KaiItemRow *next = get_row (self, index_of (self, row) + 1);

  if (next)
    kai_item_row_focus (next);
  else
    gtk_widget_grab_focus (self->save_button);
}

static void
on_row_remove_cb (KaiEditorPage *self, KaiItemRow *row)
{
  kai_editor_form_remove_row (self, row);
}

KaiItemRow *
kai_editor_form_add_row (KaiEditorPage *self)
{
  KaiItemRow *row = kai_item_row_new (self->items);

  g_signal_connect_object (row, "edited", G_CALLBACK (on_row_edited_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "typed", G_CALLBACK (on_row_typed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "left", G_CALLBACK (on_row_left_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "done", G_CALLBACK (on_row_done_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "remove-item", G_CALLBACK (on_row_remove_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_container_add (self->items_box, GTK_WIDGET (row));
  return row;
}

static void
drop_row (KaiEditorPage *self, KaiItemRow *row)
{
  static const char *const row_fields[] = { "code", "quantity", "amount" };

  for (guint i = 0; i < G_N_ELEMENTS (row_fields); i++)
    g_hash_table_remove (self->touched, kai_item_row_get_field (row, row_fields[i]));
  g_signal_handlers_disconnect_by_data (row, self);
  gtk_widget_destroy (GTK_WIDGET (row));
}

/* There is always a row to type in. */
void
kai_editor_form_remove_row (KaiEditorPage *self, KaiItemRow *row)
{
  int index = index_of (self, row);
  KaiItemRow *next;

  drop_row (self, row);
  next = get_row (self, index);
  if (!next)
    next = get_row (self, index - 1);
  if (!next)
    next = kai_editor_form_add_row (self);
  kai_item_row_focus (next);
  kai_editor_form_update (self, FALSE);
  kai_editor_drafts_touch (self);
}

void
kai_editor_form_drop_empty_rows (KaiEditorPage *self)
{
  g_autoptr (GList) rows = gtk_container_get_children (self->items_box);
  guint left = g_list_length (rows);

  for (GList *l = rows; l && left > 1; l = l->next)
    if (kai_item_row_is_empty (l->data))
      {
        drop_row (self, l->data);
        left--;
      }
}

static void
remove_all_rows (KaiEditorPage *self)
{
  KaiItemRow *row;

  while ((row = get_row (self, 0)))
    drop_row (self, row);
}

void
kai_editor_form_kind_changed (KaiEditorPage *self)
{
  gboolean person = gtk_toggle_button_get_active (self->person_radio);
  const char *label = person ? _ ("Identity number") : _ ("Credit code");

  gtk_label_set_text (self->id_label, label);
  kai_set_accessible_name (GTK_WIDGET (self->id_entry), label);
  gtk_entry_set_placeholder_text (self->id_entry, person ? _ ("18 characters, may be left empty")
                                                         : _ ("18 characters"));
}

KaiForm *
kai_editor_form_dup (KaiEditorPage *self)
{
  KaiForm *form = kai_form_new ();
  KaiItemRow *row;

  form->kind = gtk_toggle_button_get_active (self->organisation_radio) ? KAI_PAYER_ORGANISATION
                                                                       : KAI_PAYER_PERSON;
  kai_notice_set (&form->payer, gtk_entry_get_text (self->payer_entry));
  kai_notice_set (&form->id, gtk_entry_get_text (self->id_entry));
  kai_notice_set (&form->mobile, gtk_entry_get_text (self->mobile_entry));
  kai_notice_set (&form->late_fee, gtk_entry_get_text (self->late_fee_entry));
  kai_notice_set (&form->memo, gtk_entry_get_text (self->memo_entry));
  kai_notice_set (&form->term, gtk_entry_get_text (self->term_entry));
  for (int i = 0; (row = get_row (self, i)); i++)
    kai_item_row_add_texts (row, form);
  return form;
}

void
kai_editor_form_show (KaiEditorPage *self, const KaiForm *form)
{
  self->filling = TRUE;
  gtk_toggle_button_set_active (
      form->kind == KAI_PAYER_ORGANISATION ? self->organisation_radio : self->person_radio, TRUE);
  gtk_entry_set_text (self->payer_entry, form->payer);
  gtk_entry_set_text (self->id_entry, form->id);
  gtk_entry_set_text (self->mobile_entry, form->mobile);
  gtk_entry_set_text (self->late_fee_entry, form->late_fee);
  gtk_entry_set_text (self->memo_entry, form->memo);
  gtk_entry_set_text (self->term_entry, form->term);
  remove_all_rows (self);
  for (guint i = 0; i < form->items->len; i++)
    kai_item_row_set_texts (kai_editor_form_add_row (self), form->items->pdata[i]);
  if (form->items->len == 0)
    kai_editor_form_add_row (self);
  g_hash_table_remove_all (self->touched);
  self->show_all = FALSE;
  self->filling = FALSE;
  kai_editor_payer_check_duplicate (self);
  kai_editor_form_update (self, FALSE);
}

void
kai_editor_form_clear (KaiEditorPage *self)
{
  g_autoptr (KaiForm) empty = kai_form_new ();

  kai_editor_form_show (self, empty);
}
