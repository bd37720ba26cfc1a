/* The notice editor: a form, and after saving what the payer needs: code and QR code. A refusal leaves everything typed where
 * it is. */
#include "editor/kai-editor-private.h"
#include "kai-format.h"
#include "store/kai-notice-store.h"
#include <glib/gi18n-lib.h>

G_DEFINE_FINAL_TYPE (KaiEditorPage, kai_editor_page, GTK_TYPE_STACK)

enum
{
  REPORT,
  PRINT,
  SHOW_NOTICE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
set_action_enabled (KaiEditorPage *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/* What can be done depends on which of the two is shown. */
static void
show_part (KaiEditorPage *self, const char *part)
{
  static const char *const of_form[] = { "save",     "save-and-new", "save-and-print",
                                         "add-item", "remove-item",  "clear" };
  static const char *const of_result[] = { "print", "print-here", "show-in-list" };
  gboolean form = g_str_equal (part, "form");

  for (guint i = 0; i < G_N_ELEMENTS (of_form); i++)
    set_action_enabled (self, of_form[i], form && self->session);
  for (guint i = 0; i < G_N_ELEMENTS (of_result); i++)
    set_action_enabled (self, of_result[i], !form);
  gtk_stack_set_visible_child_name (GTK_STACK (self), part);
}

static void
show_result (KaiEditorPage *self)
{
  const KaiNotice *notice = self->issued;
  g_autofree char *code = kai_format_payment_code (notice->payment_code);
  g_autofree char *amount = kai_money_to_display (notice->amount);
  g_autofree char *figures = g_strdup_printf (_ ("%s: ¥ %s"), notice->payer_name, amount);
  g_autofree char *valid = kai_day_to_iso (notice->valid_until);
  g_autofree char *text = NULL;
  g_autofree char *url = NULL;
  gboolean has_code = code[0] != '\0';

  if (has_code)
    {
      url = kai_desk_dup_pay_url (kai_session_get_desk (self->session), notice);
      text =
          g_strdup_printf (_ ("To be paid by %s. The payer scans the QR code or names the payment "
                              "code."),
                           valid);
    }
  else
    text = g_strdup (_ ("The notice is kept. It gets its payment code at the next contact with the "
                        "finance server and appears here then."));
  gtk_label_set_text (self->result_code_label, has_code ? code : _ ("No payment code yet"));
  gtk_label_set_text (self->result_amount_label, figures);
  gtk_label_set_text (self->result_text_label, text);
  kai_qr_view_set_text (self->result_qr, url);
  gtk_widget_set_visible (GTK_WIDGET (self->result_qr), url && url[0] != '\0');
}

/* A notice that waited for its payment code may have it now. */
static void
on_changed_cb (KaiEditorPage *self)
{
  g_autoptr (KaiNotice) notice = NULL;

  if (!self->issued)
    return;
  notice = kai_notice_store_load (kai_session_get_database (self->session), self->issued->id, NULL);
  if (!notice)
    return;
  g_clear_pointer (&self->issued, kai_notice_unref);
  self->issued = g_steal_pointer (&notice);
  show_result (self);
}

static void
on_base_data_changed_cb (KaiEditorPage *self)
{
  g_autoptr (GList) rows = gtk_container_get_children (self->items_box);

  g_clear_object (&self->items);
  self->items = kai_item_row_build_model (kai_session_get_base_data (self->session));
  for (GList *l = rows; l; l = l->next)
    kai_item_row_set_model (l->data, self->items);
  kai_editor_form_update (self, FALSE);
}

/* ---- Saving ---- */

/* NULL when something is wrong: then it stands beside its field and the first of these has the focus. */
static KaiNotice *
issue (KaiEditorPage *self)
{
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (GPtrArray) notices = kai_notices_new ();
  g_autoptr (GError) error = NULL;
  KaiNotice *notice;
  KaiField *first;

  kai_editor_form_drop_empty_rows (self);
  first = kai_editor_form_update (self, TRUE);
  if (first)
    {
      gtk_widget_child_focus (GTK_WIDGET (first), GTK_DIR_TAB_FORWARD);
      return NULL;
    }
  notice = kai_editor_form_read (self, problems);
  g_ptr_array_add (notices, notice);
  if (!kai_desk_issue (kai_session_get_desk (self->session), notices, "", NULL, &error))
    {
      g_signal_emit (self, signals[REPORT], 0, TRUE, error->message);
      return NULL;
    }
  return kai_notice_ref (notice);
}

static gboolean
save (KaiEditorPage *self)
{
  g_autoptr (KaiNotice) notice = issue (self);

  if (!notice)
    return FALSE;
  g_clear_pointer (&self->issued, kai_notice_unref);
  self->issued = g_steal_pointer (&notice);
  kai_editor_form_clear (self);
  gtk_widget_hide (GTK_WIDGET (self->saved_label));
  show_result (self);
  show_part (self, "result");
  gtk_widget_grab_focus (self->next_button);
  /* The focus may have passed through the code, which selects it. */
  gtk_label_select_region (self->result_code_label, 0, 0);
  kai_session_committed (self->session);
  return TRUE;
}

static void
on_save_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  save (KAI_EDITOR_PAGE (data));
}

static void
on_save_and_new_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiEditorPage *self = KAI_EDITOR_PAGE (data);
  g_autoptr (KaiNotice) notice = issue (self);
  g_autofree char *amount = NULL;
  g_autofree char *code = NULL;
  g_autofree char *text = NULL;

  if (!notice)
    return;
  amount = kai_money_to_display (notice->amount);
  code = kai_format_payment_code (notice->payment_code);
  text = g_strdup_printf (_ ("Issued: %s, %s, ¥ %s"), code[0] ? code : _ ("no payment code yet"),
                          notice->payer_name, amount);
  gtk_label_set_text (self->saved_label, text);
  gtk_widget_show (GTK_WIDGET (self->saved_label));
  kai_editor_form_clear (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->payer_entry));
  kai_session_committed (self->session);
}

static void
print_issued (KaiEditorPage *self, gboolean ask)
{
  g_autoptr (GPtrArray) notices = kai_notices_new ();
  g_autoptr (GError) error = NULL;
  KaiPrintExport *export;

  g_ptr_array_add (notices, kai_notice_ref (self->issued));
  export = kai_print_export_new_for_notices (self->session, notices, &error);
  if (export)
    g_signal_emit (self, signals[PRINT], 0, export, ask);
  else
    g_signal_emit (self, signals[REPORT], 0, TRUE, error->message);
}

static void
on_save_and_print_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiEditorPage *self = KAI_EDITOR_PAGE (data);

  if (save (self))
    print_issued (self, FALSE);
}

static void
on_print_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  print_issued (KAI_EDITOR_PAGE (data), TRUE);
}

static void
on_print_here_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  print_issued (KAI_EDITOR_PAGE (data), FALSE);
}

static void
on_show_in_list_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiEditorPage *self = KAI_EDITOR_PAGE (data);

  g_signal_emit (self, signals[SHOW_NOTICE], 0, self->issued->id);
}

/* ---- The form ---- */

static void
on_add_item_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiEditorPage *self = KAI_EDITOR_PAGE (data);

  kai_item_row_focus (kai_editor_form_add_row (self));
  kai_editor_form_update (self, FALSE);
}

/* The item in which the focus is. */
static void
on_remove_item_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiEditorPage *self = KAI_EDITOR_PAGE (data);
  GtkWidget *focus =
      gtk_window_get_focus (GTK_WINDOW (gtk_widget_get_toplevel (GTK_WIDGET (self))));
  GtkWidget *row = focus ? gtk_widget_get_ancestor (focus, KAI_TYPE_ITEM_ROW) : NULL;

  if (row)
    kai_editor_form_remove_row (self, KAI_ITEM_ROW (row));
}

static void
on_clear_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiEditorPage *self = KAI_EDITOR_PAGE (data);

  kai_editor_form_clear (self);
  gtk_widget_hide (GTK_WIDGET (self->saved_label));
  gtk_widget_grab_focus (GTK_WIDGET (self->payer_entry));
}

static void
on_form_changed_cb (KaiEditorPage *self)
{
  if (!self->filling)
    kai_editor_form_update (self, FALSE);
}

static void
on_kind_toggled_cb (KaiEditorPage *self)
{
  kai_editor_form_kind_changed (self);
  on_form_changed_cb (self);
}

static void
on_entry_activate_cb (GtkWidget *entry, gpointer data)
{
  kai_focus_next (entry);
}

static gboolean
on_entry_left_cb (GtkWidget *entry, GdkEvent *event, gpointer data)
{
  KaiEditorPage *self = KAI_EDITOR_PAGE (data);

  if (!self->filling && gtk_entry_get_text_length (GTK_ENTRY (entry)) > 0)
    {
      g_hash_table_add (self->touched, gtk_widget_get_ancestor (entry, KAI_TYPE_FIELD));
      kai_editor_form_update (self, FALSE);
    }
  return GDK_EVENT_PROPAGATE;
}

static const GActionEntry entries[] = {
  { .name = "save", .activate = on_save_cb },
  { .name = "save-and-new", .activate = on_save_and_new_cb },
  { .name = "save-and-print", .activate = on_save_and_print_cb },
  { .name = "add-item", .activate = on_add_item_cb },
  { .name = "remove-item", .activate = on_remove_item_cb },
  { .name = "clear", .activate = on_clear_cb },
  { .name = "print", .activate = on_print_cb },
  { .name = "print-here", .activate = on_print_here_cb },
  { .name = "show-in-list", .activate = on_show_in_list_cb },
};

/* ---- Public ---- */

void
kai_editor_page_set_session (KaiEditorPage *self, KaiSession *session)
{
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_set_object (&self->session, session);
  g_clear_pointer (&self->issued, kai_notice_unref);
  kai_editor_form_clear (self);
  gtk_widget_hide (GTK_WIDGET (self->saved_label));
  show_part (self, "form");
  if (!session)
    return;
  g_signal_connect_object (session, "changed", G_CALLBACK (on_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "base-data-changed", G_CALLBACK (on_base_data_changed_cb), self,
                           G_CONNECT_SWAPPED);
  on_base_data_changed_cb (self);
}

GActionGroup *
kai_editor_page_get_actions (KaiEditorPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

void
kai_editor_page_start (KaiEditorPage *self)
{
  g_clear_pointer (&self->issued, kai_notice_unref);
  show_part (self, "form");
  gtk_widget_grab_focus (GTK_WIDGET (self->payer_entry));
}

void
kai_editor_page_copy (KaiEditorPage *self, const KaiNotice *notice)
{
  kai_editor_form_fill (self, notice);
  kai_editor_page_start (self);
}

gboolean
kai_editor_page_is_empty (KaiEditorPage *self)
{
  g_autoptr (GList) rows = gtk_container_get_children (self->items_box);
  GtkEntry *typed[] = { self->payer_entry, self->id_entry, self->mobile_entry, self->late_fee_entry,
                        self->memo_entry };

  for (guint i = 0; i < G_N_ELEMENTS (typed); i++)
    if (gtk_entry_get_text_length (typed[i]) > 0)
      return FALSE;
  for (GList *l = rows; l; l = l->next)
    if (!kai_item_row_is_empty (l->data))
      return FALSE;
  return TRUE;
}

static void
kai_editor_page_dispose (GObject *object)
{
  KaiEditorPage *self = KAI_EDITOR_PAGE (object);

  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  /* Nothing is to be checked while the fields go. */
  self->filling = TRUE;
  g_clear_object (&self->session);
  g_clear_object (&self->actions);
  g_clear_object (&self->items);
  g_clear_pointer (&self->issued, kai_notice_unref);
  G_OBJECT_CLASS (kai_editor_page_parent_class)->dispose (object);
}

static void
kai_editor_page_finalize (GObject *object)
{
  g_hash_table_unref (KAI_EDITOR_PAGE (object)->touched);
  G_OBJECT_CLASS (kai_editor_page_parent_class)->finalize (object);
}

static void
class_init_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/editor/kai-editor-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiEditorPage, name)
  BIND (saved_label);
  BIND (id_label);
  BIND (warnings_label);
  BIND (total_label);
  BIND (capitals_label);
  BIND (summary_label);
  BIND (person_radio);
  BIND (organisation_radio);
  BIND (payer_kind_field);
  BIND (payer_field);
  BIND (id_field);
  BIND (mobile_field);
  BIND (late_fee_field);
  BIND (memo_field);
  BIND (items_field);
  BIND (payer_entry);
  BIND (id_entry);
  BIND (mobile_entry);
  BIND (late_fee_entry);
  BIND (memo_entry);
  BIND (items_box);
  BIND (save_button);
  BIND (result_qr);
  BIND (result_code_label);
  BIND (result_amount_label);
  BIND (result_text_label);
  BIND (next_button);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_form_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_kind_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_left_cb);
}

static void
kai_editor_page_class_init (KaiEditorPageClass *klass)
{
  g_type_ensure (KAI_TYPE_FIELD);
  g_type_ensure (KAI_TYPE_QR_VIEW);
  G_OBJECT_CLASS (klass)->dispose = kai_editor_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = kai_editor_page_finalize;
  signals[REPORT] = g_signal_new ("report", KAI_TYPE_EDITOR_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
  signals[PRINT] = g_signal_new ("print", KAI_TYPE_EDITOR_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_BOOLEAN);
  signals[SHOW_NOTICE] = g_signal_new ("show-notice", KAI_TYPE_EDITOR_PAGE, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
  class_init_template (GTK_WIDGET_CLASS (klass));
}

static void
kai_editor_page_init (KaiEditorPage *self)
{
  self->touched = g_hash_table_new (NULL, NULL);
  self->items = gtk_list_store_new (KAI_ITEM_N_COLUMNS, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING,
                                    G_TYPE_STRING, G_TYPE_INT64);
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "editor", G_ACTION_GROUP (self->actions));
  gtk_widget_init_template (GTK_WIDGET (self));
  kai_editor_form_clear (self);
  show_part (self, "form");
}
