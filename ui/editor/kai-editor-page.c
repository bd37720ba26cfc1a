/* The notice editor: a form, and after saving what the payer needs: code and QR code. A refusal leaves everything typed where
 * it is. */
#include "editor/kai-editor-private.h"
#include "kai-command.h"
#include "kai-format.h"
#include "store/kai-notice-store.h"
#include "store/kai-payer-store.h"
#include "sync/kai-desk-review.h"
#include "sync/kai-desk-roles.h"
#include "widgets/kai-wrap-box.h"
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

void
kai_editor_report (KaiEditorPage *self, gboolean is_error, const char *sentence)
{
  g_signal_emit (self, signals[REPORT], 0, is_error, sentence);
}

void
kai_editor_say (KaiEditorPage *self, const char *sentence)
{
  gtk_label_set_text (self->saved_label, sentence ? sentence : "");
  gtk_widget_set_visible (GTK_WIDGET (self->saved_label), sentence != NULL);
  if (!sentence)
    gtk_widget_hide (self->undo_button);
}

static void
enable (KaiEditorPage *self, const char *const *names, gboolean enabled, const char *why)
{
  for (guint i = 0; names[i]; i++)
    kai_command_set_enabled (G_ACTION_MAP (self->actions), names[i], enabled, why);
}

/* What can be done depends on which of the two is shown, and on who is signed in. */
static void
show_part (KaiEditorPage *self, const char *part)
{
  static const char *const of_saving[] = { "save", "save-and-new", "save-and-print", NULL };
  static const char *const of_form[] = { "add-item",  "remove-item", "clear",     "copy-last-year",
                                         "put-aside", "template",    "templates", "drafts",
                                         "undo",      NULL };
  static const char *const of_result[] = { "print", "print-here", NULL };
  static const char *const of_list[] = { "show-in-list", NULL };
  gboolean form = g_str_equal (part, "form");
  const char *first =
      !self->session ? _ ("Sign in first.") : _ ("The notice is issued. Begin the next one first.");
  g_autoptr (GError) error = NULL;
  gboolean may =
      self->session && kai_desk_may (kai_session_get_desk (self->session), KAI_TASK_ISSUE, &error);
  gboolean numbered = self->issued && self->issued->id != 0;

  enable (self, of_form, form && self->session, first);
  enable (self, of_saving, form && may, error && form ? error->message : first);
  enable (self, of_result, !form && numbered,
          form ? _ ("Save the notice first.")
               : _ ("A notice is printed once the reviewer has approved it."));
  enable (self, of_list, !form && numbered,
          form ? _ ("Save the notice first.")
               : _ ("It comes into the list once the reviewer has approved it."));
  gtk_stack_set_visible_child_name (GTK_STACK (self), part);
}

void
kai_editor_show_form (KaiEditorPage *self)
{
  g_clear_pointer (&self->issued, kai_notice_unref);
  show_part (self, "form");
}

/* What to tell the payer, and the clerk. Caller frees. */
static char *
describe_result (const KaiNotice *notice)
{
  g_autofree char *valid = kai_day_to_iso (notice->valid_until);

  if (notice->id == 0)
    return g_strdup (_ ("Your unit asks for two people: the notice is issued when a reviewer has "
                        "approved it. It then gets its payment code and appears here."));
  if (*notice->payment_code)
    return g_strdup_printf (_ ("To be paid by %s. The payer scans the QR code or names the payment "
                               "code."),
                            valid);
  return g_strdup (_ ("The notice is kept. It gets its payment code at the next contact with the "
                      "finance server and appears here then."));
}

static void
show_result (KaiEditorPage *self)
{
  const KaiNotice *notice = self->issued;
  g_autofree char *code = kai_format_payment_code (notice->payment_code);
  g_autofree char *amount = kai_money_to_display (notice->amount);
  g_autofree char *figures = g_strdup_printf (_ ("%s: ¥ %s"), notice->payer_name, amount);
  g_autofree char *text = describe_result (notice);
  g_autofree char *url =
      *code ? kai_desk_dup_pay_url (kai_session_get_desk (self->session), notice) : NULL;

  gtk_label_set_text (self->result_title_label, notice->id == 0 ? _ ("The notice is to be checked")
                                                                : _ ("The notice is issued"));
  gtk_label_set_text (self->result_code_label, *code ? code : _ ("No payment code yet"));
  gtk_label_set_text (self->result_amount_label, figures);
  gtk_label_set_text (self->result_text_label, text);
  kai_qr_view_set_text (self->result_qr, url);
  gtk_widget_set_visible (GTK_WIDGET (self->result_qr), url && url[0] != '\0');
}

/* The row of what is shown: known at once, or once a reviewer has approved it. */
static gint64
find_issued (KaiEditorPage *self)
{
  g_autoptr (KaiReview) review = NULL;

  if (self->issued->id != 0)
    return self->issued->id;
  review = kai_review_store_load (kai_session_get_database (self->session), self->issued->review_id,
                                  NULL);
  return review ? review->notice_id : 0;
}

/* A notice that waited for its payment code may have it now. */
static void
on_changed_cb (KaiEditorPage *self)
{
  g_autoptr (KaiNotice) notice = NULL;
  gint64 id;

  if (!self->issued)
    {
      kai_editor_drafts_update (self);
      return;
    }
  id = find_issued (self);
  if (id == 0)
    return;
  notice = kai_notice_store_load (kai_session_get_database (self->session), id, NULL);
  if (!notice)
    return;
  g_clear_pointer (&self->issued, kai_notice_unref);
  self->issued = g_steal_pointer (&notice);
  show_result (self);
  show_part (self, "result");
}

static void
show_account (KaiEditorPage *self)
{
  const KaiUnit *unit = kai_desk_get_unit (kai_session_get_desk (self->session));
  g_autofree char *text =
      unit ? g_strdup_printf ("%s  %s  %s", unit->account_name, unit->account, unit->account_bank)
           : g_strdup ("");

  gtk_label_set_text (self->account_label, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->account_label), text);
}

static void
on_base_data_changed_cb (KaiEditorPage *self)
{
  g_autoptr (GList) rows = gtk_container_get_children (self->items_box);

  g_clear_object (&self->items);
  self->items = kai_item_row_build_model (kai_session_get_base_data (self->session));
  for (GList *l = rows; l; l = l->next)
    kai_item_row_set_model (l->data, self->items);
  show_account (self);
  kai_editor_form_update (self, FALSE);
  show_part (self, gtk_stack_get_visible_child_name (GTK_STACK (self)));
}

/* ---- Saving ---- */

/* New, corrected after a refusal, or mended for the reviewer: one way in each case. */
static gboolean
hand_in (KaiEditorPage *self, KaiNotice *notice, GError **error)
{
  KaiDesk *desk = kai_session_get_desk (self->session);
  g_autoptr (GPtrArray) notices = kai_notices_new ();

  if (self->notice_id != 0)
    return kai_desk_correct (desk, notice, error);
  if (self->review_id != 0)
    return kai_desk_resubmit (desk, self->review_id, notice, error);
  g_ptr_array_add (notices, kai_notice_ref (notice));
  return kai_desk_issue (desk, notices, "", NULL, error);
}

/* The address book learns from what was issued; that it cannot is no reason to complain about a notice that is issued. */
static void
learn (KaiEditorPage *self, const KaiNotice *notice)
{
  g_autoptr (GError) error = NULL;

  if (!kai_payer_store_learn (kai_session_get_database (self->session), notice, &error))
    g_message ("address book: %s", error->message);
}


/* NULL when something is wrong: then it stands beside its field and the first of these has the focus. */
static KaiNotice *
issue (KaiEditorPage *self)
{
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiNotice) notice = NULL;
  KaiField *first;

  kai_editor_form_drop_empty_rows (self);
  first = kai_editor_form_update (self, TRUE);
  if (first)
    {
      gtk_widget_child_focus (GTK_WIDGET (first), GTK_DIR_TAB_FORWARD);
      return NULL;
    }
  notice = kai_editor_form_read (self, problems);
  if (!hand_in (self, notice, &error))
    {
      kai_editor_report (self, TRUE, error->message);
      return NULL;
    }
  learn (self, notice);
  kai_editor_drafts_drop (self);
  /* What waits to be checked has no row of its own yet. */
  if (notice->review_id != 0)
    notice->id = 0;
  return g_steal_pointer (&notice);
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
  kai_editor_say (self, NULL);
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
  if (notice->id == 0)
    text = g_strdup_printf (_ ("Waits for the reviewer: %s, ¥ %s"), notice->payer_name, amount);
  else
    text = g_strdup_printf (_ ("Issued: %s, %s, ¥ %s"), code[0] ? code : _ ("no payment code yet"),
                            notice->payer_name, amount);
  kai_editor_form_clear (self);
  kai_editor_say (self, text);
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

  if (save (self) && self->issued->id != 0)
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
  kai_editor_drafts_touch (self);
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

/* It can be undone, so nobody is asked. */
static void
on_clear_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiEditorPage *self = KAI_EDITOR_PAGE (data);
  g_autoptr (KaiForm) form = kai_editor_form_dup (self);

  kai_editor_drafts_drop (self);
  kai_editor_form_clear (self);
  g_clear_pointer (&self->cleared, kai_form_free);
  if (kai_form_is_empty (form))
    kai_editor_say (self, NULL);
  else
    {
      self->cleared = g_steal_pointer (&form);
      kai_editor_say (self, _ ("The form is empty now."));
      gtk_widget_show (self->undo_button);
    }
  gtk_widget_grab_focus (GTK_WIDGET (self->payer_entry));
}

static void
on_undo_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_editor_undo (KAI_EDITOR_PAGE (data));
}

static void
on_copy_last_year_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_editor_copy_last_year (KAI_EDITOR_PAGE (data));
}

static void
on_put_aside_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiEditorPage *self = KAI_EDITOR_PAGE (data);

  kai_editor_put_aside (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->payer_entry));
}

static void
on_give_up_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_editor_give_up (KAI_EDITOR_PAGE (data));
}

static void
on_template_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_editor_templates_use_slot (KAI_EDITOR_PAGE (data), g_variant_get_int32 (parameter));
}

static void
on_templates_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_button_clicked (GTK_BUTTON (KAI_EDITOR_PAGE (data)->templates_button));
}

static void
on_drafts_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_button_clicked (GTK_BUTTON (KAI_EDITOR_PAGE (data)->drafts_button));
}

static void
on_form_changed_cb (KaiEditorPage *self)
{
  if (self->filling)
    return;
  kai_editor_form_update (self, FALSE);
  kai_editor_drafts_touch (self);
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
  kai_editor_drafts_keep (self);
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
  { .name = "undo", .activate = on_undo_cb },
  { .name = "copy-last-year", .activate = on_copy_last_year_cb },
  { .name = "put-aside", .activate = on_put_aside_cb },
  { .name = "give-up", .activate = on_give_up_cb },
  { .name = "template", .activate = on_template_cb, .parameter_type = "i" },
  { .name = "templates", .activate = on_templates_cb },
  { .name = "drafts", .activate = on_drafts_cb },
};

/* ---- Public ---- */

void
kai_editor_page_set_session (KaiEditorPage *self, KaiSession *session)
{
  kai_editor_drafts_keep (self);
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_set_object (&self->session, session);
  g_clear_pointer (&self->issued, kai_notice_unref);
  g_clear_pointer (&self->cleared, kai_form_free);
  self->draft_id = 0;
  kai_editor_drafts_forget_origin (self);
  kai_editor_form_clear (self);
  kai_editor_drafts_update (self);
  kai_editor_say (self, NULL);
  show_part (self, "form");
  if (!session)
    return;
  g_signal_connect_object (session, "changed", G_CALLBACK (on_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "base-data-changed", G_CALLBACK (on_base_data_changed_cb), self,
                           G_CONNECT_SWAPPED);
  on_base_data_changed_cb (self);
  kai_editor_drafts_restore (self);
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
  g_autoptr (KaiForm) form = kai_form_new_for_notice (notice);

  kai_editor_put_aside (self);
  kai_editor_say (self, NULL);
  kai_editor_form_show (self, form);
  kai_editor_drafts_touch (self);
  kai_editor_page_start (self);
}

void
kai_editor_page_keep (KaiEditorPage *self)
{
  kai_editor_drafts_keep (self);
}

const char *
kai_editor_page_get_warnings (KaiEditorPage *self)
{
  return gtk_label_get_text (self->warnings_label);
}

static void
kai_editor_page_dispose (GObject *object)
{
  KaiEditorPage *self = KAI_EDITOR_PAGE (object);

  if (self->items_box)
    kai_editor_drafts_keep (self);
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  /* Nothing is to be checked while the fields go. */
  self->filling = TRUE;
  g_clear_object (&self->session);
  g_clear_object (&self->actions);
  g_clear_object (&self->items);
  g_clear_handle_id (&self->keep_id, g_source_remove);
  g_clear_pointer (&self->issued, kai_notice_unref);
  g_clear_pointer (&self->cleared, kai_form_free);
  g_clear_pointer (&self->origin_form, kai_form_free);
  g_clear_pointer (&self->origin_field, g_free);
  g_clear_pointer (&self->origin_reason, g_free);
  g_clear_pointer (&self->duplicate, g_free);
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
  BIND (account_label);
  BIND (origin_label);
  BIND (origin_box);
  BIND (drafts_label);
  BIND (undo_button);
  BIND (term_field);
  BIND (term_entry);
  BIND (templates_button);
  BIND (drafts_button);
  BIND (templates_popover);
  BIND (drafts_popover);
  BIND (templates_list);
  BIND (drafts_list);
  BIND (template_name_field);
  BIND (template_name_entry);
  BIND (template_key_combo);
  BIND (result_title_label);
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
  gtk_widget_class_bind_template_callback_full (widget_class, "on_draft_activated_cb",
                                                G_CALLBACK (kai_editor_on_draft_activated_cb));
  gtk_widget_class_bind_template_callback_full (widget_class, "on_template_activated_cb",
                                                G_CALLBACK (kai_editor_on_template_activated_cb));
  gtk_widget_class_bind_template_callback_full (widget_class, "on_save_template_cb",
                                                G_CALLBACK (kai_editor_on_save_template_cb));
  gtk_widget_class_bind_template_callback (widget_class, on_form_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_kind_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_left_cb);
}

static void
kai_editor_page_class_init (KaiEditorPageClass *klass)
{
  g_type_ensure (KAI_TYPE_WRAP_BOX);
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
  self->filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  self->filling = FALSE;
  kai_editor_payer_connect (self);
  kai_editor_drafts_connect (self);
  kai_editor_templates_connect (self);
  kai_command_explain (GTK_WIDGET (self), "editor", G_ACTION_MAP (self->actions));
  kai_editor_drafts_forget_origin (self);
  kai_editor_form_clear (self);
  show_part (self, "form");
}
