/* Templates in the editor: a list, the keys Ctrl+1 to Ctrl+9, and saving what is typed under a name. */
#include "editor/kai-editor-private.h"
#include "find/kai-hit-row.h"
#include "kai-format.h"
#include "store/kai-template-store.h"
#include <glib/gi18n-lib.h>

static GQuark
id_quark (void)
{
  return g_quark_from_static_string ("kai-template-id");
}

static KaiDatabase *
get_db (KaiEditorPage *self)
{
  return kai_session_get_database (self->session);
}

/* The payer stays where the template has none: the template says what, the clerk who. */
static void
use (KaiEditorPage *self, const KaiNoticeTemplate *item)
{
  g_autoptr (KaiForm) form = kai_form_copy (item->form);
  g_autoptr (KaiForm) typed = kai_editor_form_dup (self);
  g_autofree char *text = NULL;

  if (!*form->payer && !*form->id && !*form->mobile)
    {
      form->kind = *typed->payer ? typed->kind : form->kind;
      kai_notice_set (&form->payer, typed->payer);
      kai_notice_set (&form->id, typed->id);
      kai_notice_set (&form->mobile, typed->mobile);
    }
  kai_editor_form_show (self, form);
  kai_editor_drafts_touch (self);
  text = g_strdup_printf (_ ("Filled in from the template “%s”."), item->name);
  kai_editor_say (self, text);
  kai_editor_show_form (self);
  gtk_widget_grab_focus (*form->payer ? self->save_button : GTK_WIDGET (self->payer_entry));
}

void
kai_editor_templates_use_slot (KaiEditorPage *self, int slot)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiNoticeTemplate) item = kai_template_store_find_slot (get_db (self), slot, &error);
  g_autofree char *text = NULL;

  if (item)
    {
      use (self, item);
      return;
    }
  text = g_strdup_printf (_ ("There is no template on Ctrl+%d. Fill in the form, open “Templates” "
                             "and save it there."),
                          slot);
  kai_editor_say (self, text);
}

gboolean
kai_editor_page_use_template (KaiEditorPage *self, gint64 id)
{
  g_autoptr (KaiNoticeTemplate) item =
      self->session ? kai_template_store_load (get_db (self), id, NULL) : NULL;

  if (item)
    use (self, item);
  return item != NULL;
}

void
kai_editor_on_template_activated_cb (KaiEditorPage *self, GtkListBoxRow *row)
{
  gint64 *id = g_object_get_qdata (G_OBJECT (row), id_quark ());

  gtk_popover_popdown (self->templates_popover);
  if (id)
    kai_editor_page_use_template (self, *id);
}

static void
show_list (KaiEditorPage *self)
{
  g_autoptr (GPtrArray) items = NULL;

  kai_hit_rows_clear (self->templates_list);
  kai_field_set_problem (self->template_name_field, NULL);
  if (!self->session)
    return;
  items = kai_template_store_list (get_db (self), NULL);
  for (guint i = 0; items && i < items->len; i++)
    {
      const KaiNoticeTemplate *item = items->pdata[i];
      const KaiFormItem *first = item->form->items->len > 0 ? item->form->items->pdata[0] : NULL;
      g_autofree char *key = item->slot > 0 ? g_strdup_printf ("Ctrl+%d", item->slot) : NULL;
      KaiHitRow *row = kai_hit_row_new (
          NULL, item->name,
          first ? kai_format_item (kai_session_get_base_data (self->session), first->item) : "",
          key);

      g_object_set_qdata_full (G_OBJECT (row), id_quark (), g_memdup2 (&item->id, sizeof item->id),
                               g_free);
      gtk_container_add (GTK_CONTAINER (self->templates_list), GTK_WIDGET (row));
    }
}

void
kai_editor_on_save_template_cb (KaiEditorPage *self)
{
  g_autoptr (KaiForm) form = kai_editor_form_dup (self);
  g_autoptr (GError) error = NULL;
  const char *name = gtk_entry_get_text (self->template_name_entry);
  int slot = gtk_combo_box_get_active (GTK_COMBO_BOX (self->template_key_combo));
  gint64 id = 0;

  kai_form_drop_empty_items (form);
  if (kai_form_is_empty (form))
    {
      kai_field_set_problem (self->template_name_field,
                             _ ("The form is empty. Fill in what the template is to hold."));
      return;
    }
  if (!kai_template_store_save (get_db (self), &id, name, MAX (slot, 0), form, &error))
    {
      kai_field_set_problem (self->template_name_field, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (self->template_name_entry));
      return;
    }
  gtk_entry_set_text (self->template_name_entry, "");
  gtk_combo_box_set_active (GTK_COMBO_BOX (self->template_key_combo), 0);
  show_list (self);
  gtk_popover_popdown (self->templates_popover);
  kai_editor_say (self, _ ("The template is saved."));
  kai_session_committed (self->session);
}

void
kai_editor_templates_connect (KaiEditorPage *self)
{
  gtk_combo_box_text_append_text (self->template_key_combo, _ ("no key"));
  for (int slot = 1; slot <= 9; slot++)
    {
      g_autofree char *text = g_strdup_printf ("Ctrl+%d", slot);

      gtk_combo_box_text_append_text (self->template_key_combo, text);
    }
  gtk_combo_box_set_active (GTK_COMBO_BOX (self->template_key_combo), 0);
  g_signal_connect_object (self->templates_popover, "show", G_CALLBACK (show_list), self,
                           G_CONNECT_SWAPPED);
}
