/* The address book: a list, and one entry beside it. */
#include "payers/kai-payers-page.h"
#include "kai-command.h"
#include "store/kai-audit-log.h"
#include "store/kai-payer-store.h"
#include "sync/kai-desk-roles.h"
#include "values/kai-codes.h"
#include "values/kai-problem.h"
#include "values/kai-text.h"
#include "widgets/kai-field.h"
#include "widgets/kai-wrap-box.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* More are found by typing. */
#define MAX_SHOWN 500

struct _KaiPayersPage
{
  GtkBox parent_instance;

  /* Template */
  GtkListStore *store;
  GtkTreeView *view;
  GtkTreeSelection *selection;
  GtkEntry *search_entry, *name_entry, *number_entry, *mobile_entry;
  KaiField *name_field, *number_field, *mobile_field;
  GtkComboBox *kind_combo;
  GtkLabel *message_label;
  GtkWidget *empty_label;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
  KaiPayer *removed; /* for undo */

  gint64 editing; /* entry in the fields: 0 a new one, -1 none */
};

G_DEFINE_FINAL_TYPE (KaiPayersPage, kai_payers_page, GTK_TYPE_BOX)

enum
{
  REPORT,
  USE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static KaiDatabase *
get_db (KaiPayersPage *self)
{
  return kai_session_get_database (self->session);
}

static gint64
get_selected (KaiPayersPage *self)
{
  GtkTreeIter iter;
  gint64 id = 0;

  if (gtk_tree_selection_get_selected (self->selection, NULL, &iter))
    gtk_tree_model_get (GTK_TREE_MODEL (self->store), &iter, 0, &id, -1);
  return id;
}

static void
enable (KaiPayersPage *self, const char *name, gboolean enabled, const char *why)
{
  kai_command_set_enabled (G_ACTION_MAP (self->actions), name, enabled, why);
}

static void
update_actions (KaiPayersPage *self)
{
  gboolean open = self->session && kai_database_get_vault (get_db (self));
  const char *locked = self->session ? _ ("The address book is locked without a key. Sign in with "
                                          "your key.")
                                     : _ ("Sign in first.");
  const char *choose = open ? _ ("Choose a payer in the list first.") : locked;
  g_autoptr (GError) error = NULL;
  gboolean may =
      open && kai_desk_may (kai_session_get_desk (self->session), KAI_TASK_ISSUE, &error);
  gboolean chosen = open && get_selected (self) != 0;

  enable (self, "search", self->session != NULL, locked);
  enable (self, "new", open, locked);
  enable (self, "change", chosen, choose);
  enable (self, "remove", chosen, choose);
  enable (self, "use", chosen && may, error ? error->message : choose);
  enable (self, "save", open && self->editing >= 0,
          open ? _ ("Begin a new entry, or open one with “Change”, first.") : locked);
  enable (self, "undo", self->removed != NULL, _ ("Nothing was removed."));
}

static void
clear_fields (KaiPayersPage *self, gint64 editing)
{
  GtkWidget *fields[] = { GTK_WIDGET (self->name_entry), GTK_WIDGET (self->number_entry),
                          GTK_WIDGET (self->mobile_entry), GTK_WIDGET (self->kind_combo) };

  self->editing = editing;
  gtk_entry_set_text (self->name_entry, "");
  gtk_entry_set_text (self->number_entry, "");
  gtk_entry_set_text (self->mobile_entry, "");
  gtk_combo_box_set_active_id (self->kind_combo, "person");
  kai_field_set_problem (self->name_field, NULL);
  kai_field_set_problem (self->number_field, NULL);
  kai_field_set_problem (self->mobile_field, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    gtk_widget_set_sensitive (fields[i], editing >= 0);
}

static void
fill_fields (KaiPayersPage *self, const KaiPayer *payer, gboolean full)
{
  g_autofree char *number = full ? g_strdup (payer->id_number) : kai_mask_id (payer->id_number);
  g_autofree char *mobile = full ? g_strdup (payer->mobile) : kai_mask_mobile (payer->mobile);

  clear_fields (self, full ? payer->id : -1);
  gtk_combo_box_set_active_id (self->kind_combo, kai_payer_kind_to_string (payer->kind));
  gtk_entry_set_text (self->name_entry, payer->name);
  gtk_entry_set_text (self->number_entry, number);
  gtk_entry_set_text (self->mobile_entry, mobile);
}

static void
say (KaiPayersPage *self, const char *sentence)
{
  gtk_label_set_text (self->message_label, sentence);
}

static void
report (KaiPayersPage *self, const GError *error)
{
  g_signal_emit (self, signals[REPORT], 0, TRUE, error->message);
}

/* ---- The list ---- */

static void
add_row (KaiPayersPage *self, const KaiPayer *payer)
{
  g_autofree char *number = kai_mask_id (payer->id_number);
  g_autofree char *mobile = kai_mask_mobile (payer->mobile);
  g_autofree char *uses = g_strdup_printf ("%d", payer->uses);

  gtk_list_store_insert_with_values (self->store, NULL, -1, 0, payer->id, 1, payer->name, 2,
                                     payer->kind == KAI_PAYER_ORGANISATION ? _ ("organisation")
                                                                           : _ ("person"),
                                     3, number, 4, mobile, 5, uses, -1);
}

/* FALSE when it is not in the list. */
static gboolean
select_id (KaiPayersPage *self, gint64 wanted)
{
  GtkTreeModel *model = GTK_TREE_MODEL (self->store);
  GtkTreeIter iter;
  gboolean more;

  for (more = gtk_tree_model_get_iter_first (model, &iter); more;
       more = gtk_tree_model_iter_next (model, &iter))
    {
      gint64 id;

      gtk_tree_model_get (model, &iter, 0, &id, -1);
      if (id == wanted)
        {
          g_autoptr (GtkTreePath) path = gtk_tree_model_get_path (model, &iter);

          gtk_tree_view_set_cursor (self->view, path, NULL, FALSE);
          return TRUE;
        }
    }
  return FALSE;
}

static void
reload (KaiPayersPage *self)
{
  gint64 chosen = get_selected (self);
  const char *typed = gtk_entry_get_text (self->search_entry);
  g_autoptr (GPtrArray) payers = NULL;

  gtk_list_store_clear (self->store);
  if (self->session && kai_database_get_vault (get_db (self)))
    payers = kai_payer_store_list (get_db (self), typed, MAX_SHOWN, NULL);
  for (guint i = 0; payers && i < payers->len; i++)
    add_row (self, payers->pdata[i]);
  gtk_widget_set_visible (self->empty_label,
                          self->session && (!payers || payers->len == 0) && *typed == '\0');
  if (chosen != 0 && self->editing < 0)
    select_id (self, chosen);
  update_actions (self);
}

static void
on_search_cb (KaiPayersPage *self)
{
  reload (self);
}

static void
on_changed_cb (KaiPayersPage *self)
{
  /* Nothing is taken from under who is typing. */
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    reload (self);
}

static KaiPayer *
load_selected (KaiPayersPage *self)
{
  gint64 id = get_selected (self);
  g_autoptr (GError) error = NULL;
  KaiPayer *payer = id != 0 ? kai_payer_store_load (get_db (self), id, &error) : NULL;

  if (error)
    report (self, error);
  return payer;
}

static void
on_selection_changed_cb (KaiPayersPage *self)
{
  g_autoptr (KaiPayer) payer = NULL;

  if (!self->session || !self->actions)
    return;
  payer = load_selected (self);
  if (payer)
    fill_fields (self, payer, FALSE);
  update_actions (self);
}

/* ---- Commands ---- */

static void
on_search_action_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_widget_grab_focus (GTK_WIDGET (KAI_PAYERS_PAGE (data)->search_entry));
}

static void
on_new_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiPayersPage *self = KAI_PAYERS_PAGE (data);

  gtk_tree_selection_unselect_all (self->selection);
  clear_fields (self, 0);
  say (self, "");
  gtk_widget_grab_focus (GTK_WIDGET (self->name_entry));
  update_actions (self);
}

static void
on_change_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiPayersPage *self = KAI_PAYERS_PAGE (data);
  g_autoptr (KaiPayer) payer = load_selected (self);
  g_autofree char *subject = NULL;
  g_autoptr (GError) error = NULL;

  if (!payer)
    return;
  subject = g_strdup_printf ("payer:%" G_GINT64_FORMAT, payer->id);
  if (!kai_audit_log_add (get_db (self),
                          kai_desk_get_user_code (kai_session_get_desk (self->session)),
                          "payer.show", subject, "done", &error))
    {
      report (self, error);
      return;
    }
  fill_fields (self, payer, TRUE);
  say (self, "");
  gtk_widget_grab_focus (GTK_WIDGET (self->name_entry));
  update_actions (self);
}

/* The problem that @key has in a notice of this payer; NULL when it has none. */
static const char *
find_problem (GPtrArray *problems, const char *key)
{
  for (guint i = 0; i < problems->len; i++)
    if (g_str_equal (((KaiProblem *)problems->pdata[i])->field, key))
      return ((KaiProblem *)problems->pdata[i])->message;
  return NULL;
}

/* The same rules as in a notice, whose problems are asked; an entry may lack numbers, but a wrong one helps nobody. */
static gboolean
check_fields (KaiPayersPage *self, const KaiPayer *payer)
{
  const struct
  {
    const char *key;
    KaiField *field;
    GtkEntry *entry;
    gboolean may_lack;
  } fields[] = {
    { "payer", self->name_field, self->name_entry, FALSE },
    { "id", self->number_field, self->number_entry, TRUE },
    { "mobile", self->mobile_field, self->mobile_entry, TRUE },
  };
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  GtkEntry *first = NULL;

  notice->payer_kind = payer->kind;
  kai_notice_set (&notice->payer_name, payer->name);
  kai_notice_set (&notice->payer_id, payer->id_number);
  kai_notice_set (&notice->mobile, payer->mobile);
  kai_notice_check (notice, kai_session_get_base_data (self->session), 0, problems);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autofree char *typed = kai_text_normalise_code (gtk_entry_get_text (fields[i].entry));
      const char *problem =
          fields[i].may_lack && *typed == '\0' ? NULL : find_problem (problems, fields[i].key);

      kai_field_set_problem (fields[i].field, problem);
      if (problem && !first)
        first = fields[i].entry;
    }
  if (first)
    gtk_widget_grab_focus (GTK_WIDGET (first));
  return first == NULL;
}

static void
save (KaiPayersPage *self)
{
  g_autoptr (KaiPayer) payer = NULL;
  g_autoptr (GError) error = NULL;

  if (!self->session || self->editing < 0)
    return;
  payer = self->editing > 0 ? kai_payer_store_load (get_db (self), self->editing, &error)
                            : kai_payer_new ();
  if (payer)
    {
      kai_payer_kind_parse (gtk_combo_box_get_active_id (self->kind_combo), &payer->kind);
      kai_notice_set (&payer->name, gtk_entry_get_text (self->name_entry));
      kai_notice_set (&payer->id_number, gtk_entry_get_text (self->number_entry));
      kai_notice_set (&payer->mobile, gtk_entry_get_text (self->mobile_entry));
      if (!check_fields (self, payer))
        return;
    }
  if (!payer || !kai_payer_store_save (get_db (self), payer, &error))
    {
      kai_field_set_problem (self->name_field, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (self->name_entry));
      return;
    }
  self->editing = -1;
  say (self, _ ("Saved."));
  reload (self);
  select_id (self, payer->id);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
on_save_action_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  save (KAI_PAYERS_PAGE (data));
}

static void
on_save_cb (KaiPayersPage *self)
{
  save (self);
}

/* It can be undone, so nobody is asked. */
static void
on_remove_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiPayersPage *self = KAI_PAYERS_PAGE (data);
  g_autoptr (KaiPayer) payer = load_selected (self);
  g_autoptr (GError) error = NULL;

  if (!payer)
    return;
  if (!kai_payer_store_remove (get_db (self), payer->id, &error))
    {
      report (self, error);
      return;
    }
  g_clear_pointer (&self->removed, kai_payer_free);
  self->removed = g_steal_pointer (&payer);
  clear_fields (self, -1);
  say (self, _ ("Removed from the address book. Notices stay as they are."));
  reload (self);
}

static void
on_undo_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiPayersPage *self = KAI_PAYERS_PAGE (data);
  g_autoptr (KaiPayer) payer = g_steal_pointer (&self->removed);
  g_autoptr (GError) error = NULL;

  if (!payer)
    return;
  payer->id = 0;
  if (!kai_payer_store_save (get_db (self), payer, &error))
    report (self, error);
  say (self, "");
  reload (self);
  select_id (self, payer->id);
}

static void
use (KaiPayersPage *self)
{
  g_autoptr (KaiPayer) payer = load_selected (self);
  g_autoptr (KaiNotice) notice = NULL;

  if (!payer)
    return;
  notice = kai_notice_new ();
  notice->payer_kind = payer->kind;
  kai_notice_set (&notice->payer_name, payer->name);
  kai_notice_set (&notice->payer_id, payer->id_number);
  kai_notice_set (&notice->mobile, payer->mobile);
  g_signal_emit (self, signals[USE], 0, notice);
}

static void
on_use_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  use (KAI_PAYERS_PAGE (data));
}

static void
on_row_activated_cb (KaiPayersPage *self)
{
  if (g_action_group_get_action_enabled (G_ACTION_GROUP (self->actions), "use"))
    use (self);
}

static const GActionEntry entries[] = {
  { .name = "search", .activate = on_search_action_cb },
  { .name = "new", .activate = on_new_cb },
  { .name = "change", .activate = on_change_cb },
  { .name = "save", .activate = on_save_action_cb },
  { .name = "remove", .activate = on_remove_cb },
  { .name = "undo", .activate = on_undo_cb },
  { .name = "use", .activate = on_use_cb },
};

/* ---- Public ---- */

void
kai_payers_page_set_session (KaiPayersPage *self, KaiSession *session)
{
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_set_object (&self->session, session);
  g_clear_pointer (&self->removed, kai_payer_free);
  gtk_entry_set_text (self->search_entry, "");
  clear_fields (self, -1);
  say (self, "");
  if (session)
    g_signal_connect_object (session, "changed", G_CALLBACK (on_changed_cb), self,
                             G_CONNECT_SWAPPED);
  gtk_list_store_clear (self->store);
  update_actions (self);
}

GActionGroup *
kai_payers_page_get_actions (KaiPayersPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

void
kai_payers_page_show_payer (KaiPayersPage *self, gint64 id)
{
  g_autoptr (KaiPayer) payer = NULL;

  if (!self->session)
    return;
  gtk_entry_set_text (self->search_entry, "");
  reload (self);
  if (!select_id (self, id))
    {
      /* Further down than is shown. */
      payer = kai_payer_store_load (get_db (self), id, NULL);
      gtk_entry_set_text (self->search_entry, payer ? payer->name : "");
      reload (self);
      select_id (self, id);
    }
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
kai_payers_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (kai_payers_page_parent_class)->map (widget);
  reload (KAI_PAYERS_PAGE (widget));
}

static void
kai_payers_page_dispose (GObject *object)
{
  KaiPayersPage *self = KAI_PAYERS_PAGE (object);

  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->removed, kai_payer_free);
  G_OBJECT_CLASS (kai_payers_page_parent_class)->dispose (object);
}

static void
kai_payers_page_class_init (KaiPayersPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_WRAP_BOX);
  g_type_ensure (KAI_TYPE_FIELD);
  G_OBJECT_CLASS (klass)->dispose = kai_payers_page_dispose;
  widget_class->map = kai_payers_page_map;
  signals[REPORT] = g_signal_new ("report", KAI_TYPE_PAYERS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
  signals[USE] = g_signal_new ("use", KAI_TYPE_PAYERS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_POINTER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/payers/kai-payers-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiPayersPage, name)
  BIND (store);
  BIND (view);
  BIND (selection);
  BIND (search_entry);
  BIND (name_entry);
  BIND (number_entry);
  BIND (mobile_entry);
  BIND (name_field);
  BIND (number_field);
  BIND (mobile_field);
  BIND (kind_combo);
  BIND (message_label);
  BIND (empty_label);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_save_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_selection_changed_cb);
}

static void
kai_payers_page_init (KaiPayersPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "payers", G_ACTION_GROUP (self->actions));
  kai_command_explain (GTK_WIDGET (self), "payers", G_ACTION_MAP (self->actions));
  clear_fields (self, -1);
  update_actions (self);
}
