/* Saved notices for use again and again: their names and keys. */
#include "templates/kai-templates-page.h"
#include "kai-command.h"
#include "kai-format.h"
#include "store/kai-template-store.h"
#include "widgets/kai-field.h"
#include "widgets/kai-wrap-box.h"
#include <glib/gi18n-lib.h>

struct _KaiTemplatesPage
{
  GtkBox parent_instance;

  /* Template */
  GtkListStore *store;
  GtkTreeView *view;
  GtkTreeSelection *selection;
  GtkEntry *name_entry;
  KaiField *name_field;
  GtkComboBoxText *key_combo;
  GtkLabel *message_label;
  GtkWidget *empty_label;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
  KaiNoticeTemplate *removed; /* for undo */
};

G_DEFINE_FINAL_TYPE (KaiTemplatesPage, kai_templates_page, GTK_TYPE_BOX)

enum
{
  REPORT,
  USE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static KaiDatabase *
get_db (KaiTemplatesPage *self)
{
  return kai_session_get_database (self->session);
}

static gint64
get_selected (KaiTemplatesPage *self)
{
  GtkTreeIter iter;
  gint64 id = 0;

  if (gtk_tree_selection_get_selected (self->selection, NULL, &iter))
    gtk_tree_model_get (GTK_TREE_MODEL (self->store), &iter, 0, &id, -1);
  return id;
}

static void
update_actions (KaiTemplatesPage *self)
{
  static const char *const of_row[] = { "use", "save", "remove" };
  const char *why =
      self->session ? _ ("Choose a template in the list first.") : _ ("Sign in first.");

  for (guint i = 0; i < G_N_ELEMENTS (of_row); i++)
    kai_command_set_enabled (G_ACTION_MAP (self->actions), of_row[i],
                             self->session && get_selected (self) != 0, why);
  kai_command_set_enabled (G_ACTION_MAP (self->actions), "undo", self->removed != NULL,
                           _ ("Nothing was removed."));
}

static KaiNoticeTemplate *
load_selected (KaiTemplatesPage *self)
{
  gint64 id = self->session ? get_selected (self) : 0;

  return id != 0 ? kai_template_store_load (get_db (self), id, NULL) : NULL;
}

static char *
join_items (KaiTemplatesPage *self, const KaiForm *form)
{
  const KaiBaseData *base = kai_session_get_base_data (self->session);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < form->items->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? _ (", ") : "",
                            kai_format_item (base, ((KaiFormItem *)form->items->pdata[i])->item));
  return g_string_free (text, FALSE);
}

static void
reload (KaiTemplatesPage *self)
{
  gint64 chosen = get_selected (self);
  g_autoptr (GPtrArray) items = NULL;

  gtk_list_store_clear (self->store);
  if (self->session && kai_database_get_vault (get_db (self)))
    items = kai_template_store_list (get_db (self), NULL);
  for (guint i = 0; items && i < items->len; i++)
    {
      const KaiNoticeTemplate *item = items->pdata[i];
      g_autofree char *key = item->slot > 0 ? g_strdup_printf ("Ctrl+%d", item->slot) : NULL;
      g_autofree char *what = join_items (self, item->form);
      GtkTreeIter iter;

      gtk_list_store_insert_with_values (self->store, &iter, -1, 0, item->id, 1, key ? key : "", 2,
                                         item->name, 3, item->form->payer, 4, what, -1);
      if (item->id == chosen)
        gtk_tree_selection_select_iter (self->selection, &iter);
    }
  gtk_widget_set_visible (self->empty_label, self->session && (!items || items->len == 0));
  update_actions (self);
}

static void
on_changed_cb (KaiTemplatesPage *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self))
      && !gtk_widget_has_focus (GTK_WIDGET (self->name_entry)))
    reload (self);
}

static void
on_selection_changed_cb (KaiTemplatesPage *self)
{
  g_autoptr (KaiNoticeTemplate) item = NULL;

  if (!self->actions)
    return;
  item = load_selected (self);
  gtk_entry_set_text (self->name_entry, item ? item->name : "");
  gtk_combo_box_set_active (GTK_COMBO_BOX (self->key_combo), item ? item->slot : 0);
  kai_field_set_problem (self->name_field, NULL);
  update_actions (self);
}

/* ---- Commands ---- */

static void
use (KaiTemplatesPage *self)
{
  gint64 id = get_selected (self);

  if (self->session && id != 0)
    g_signal_emit (self, signals[USE], 0, id);
}

static void
on_use_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  use (KAI_TEMPLATES_PAGE (data));
}

static void
on_row_activated_cb (KaiTemplatesPage *self)
{
  use (self);
}

static void
save (KaiTemplatesPage *self)
{
  g_autoptr (KaiNoticeTemplate) item = load_selected (self);
  g_autoptr (GError) error = NULL;
  int slot = gtk_combo_box_get_active (GTK_COMBO_BOX (self->key_combo));
  gint64 id;

  if (!item)
    return;
  id = item->id;
  if (!kai_template_store_save (get_db (self), &id, gtk_entry_get_text (self->name_entry),
                                MAX (slot, 0), item->form, &error))
    {
      kai_field_set_problem (self->name_field, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (self->name_entry));
      return;
    }
  kai_field_set_problem (self->name_field, NULL);
  gtk_label_set_text (self->message_label, _ ("Saved."));
  reload (self);
}

static void
on_save_action_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  save (KAI_TEMPLATES_PAGE (data));
}

static void
on_save_cb (KaiTemplatesPage *self)
{
  save (self);
}

static void
on_remove_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiTemplatesPage *self = KAI_TEMPLATES_PAGE (data);
  g_autoptr (KaiNoticeTemplate) item = load_selected (self);
  g_autoptr (GError) error = NULL;

  if (!item)
    return;
  if (!kai_template_store_remove (get_db (self), item->id, &error))
    {
      g_signal_emit (self, signals[REPORT], 0, TRUE, error->message);
      return;
    }
  g_clear_pointer (&self->removed, kai_notice_template_free);
  self->removed = g_steal_pointer (&item);
  gtk_label_set_text (self->message_label, _ ("Removed."));
  reload (self);
}

static void
on_undo_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiTemplatesPage *self = KAI_TEMPLATES_PAGE (data);
  g_autoptr (KaiNoticeTemplate) item = g_steal_pointer (&self->removed);
  g_autoptr (GError) error = NULL;
  gint64 id = 0;

  if (!item)
    return;
  if (!kai_template_store_save (get_db (self), &id, item->name, item->slot, item->form, &error))
    g_signal_emit (self, signals[REPORT], 0, TRUE, error->message);
  gtk_label_set_text (self->message_label, "");
  reload (self);
}

static const GActionEntry entries[] = {
  { .name = "use", .activate = on_use_cb },
  { .name = "save", .activate = on_save_action_cb },
  { .name = "remove", .activate = on_remove_cb },
  { .name = "undo", .activate = on_undo_cb },
};

/* ---- Public ---- */

void
kai_templates_page_set_session (KaiTemplatesPage *self, KaiSession *session)
{
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_set_object (&self->session, session);
  g_clear_pointer (&self->removed, kai_notice_template_free);
  gtk_label_set_text (self->message_label, "");
  gtk_list_store_clear (self->store);
  if (session)
    {
      g_signal_connect_object (session, "changed", G_CALLBACK (on_changed_cb), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (session, "base-data-changed", G_CALLBACK (on_changed_cb), self,
                               G_CONNECT_SWAPPED);
    }
  update_actions (self);
}

GActionGroup *
kai_templates_page_get_actions (KaiTemplatesPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

static void
kai_templates_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (kai_templates_page_parent_class)->map (widget);
  reload (KAI_TEMPLATES_PAGE (widget));
}

static void
kai_templates_page_dispose (GObject *object)
{
  KaiTemplatesPage *self = KAI_TEMPLATES_PAGE (object);

  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->removed, kai_notice_template_free);
  G_OBJECT_CLASS (kai_templates_page_parent_class)->dispose (object);
}

static void
kai_templates_page_class_init (KaiTemplatesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_WRAP_BOX);
  g_type_ensure (KAI_TYPE_FIELD);
  G_OBJECT_CLASS (klass)->dispose = kai_templates_page_dispose;
  widget_class->map = kai_templates_page_map;
  signals[REPORT] = g_signal_new ("report", KAI_TYPE_TEMPLATES_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
  signals[USE] = g_signal_new ("use", KAI_TYPE_TEMPLATES_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/cn/kaipiao/Kaipiao/ui/templates/kai-templates-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiTemplatesPage, name)
  BIND (store);
  BIND (view);
  BIND (selection);
  BIND (name_entry);
  BIND (name_field);
  BIND (key_combo);
  BIND (message_label);
  BIND (empty_label);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_save_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_selection_changed_cb);
}

static void
kai_templates_page_init (KaiTemplatesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "templates", G_ACTION_GROUP (self->actions));
  kai_command_explain (GTK_WIDGET (self), "templates", G_ACTION_MAP (self->actions));
  gtk_combo_box_text_append_text (self->key_combo, _ ("no key"));
  for (int slot = 1; slot <= 9; slot++)
    {
      g_autofree char *text = g_strdup_printf ("Ctrl+%d", slot);

      gtk_combo_box_text_append_text (self->key_combo, text);
    }
  update_actions (self);
}
