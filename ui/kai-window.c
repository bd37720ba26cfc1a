/* The window: which page is shown, the bars around it, what is remembered. */
#include "kai-window-private.h"

#include "kai-format.h"
#include "kai-style.h"
#include "sync/kai-desk-review.h"
#include "sync/kai-desk-roles.h"
#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_FINAL_TYPE (KaiWindow, kai_window, GTK_TYPE_APPLICATION_WINDOW)

/* The page that a desk starts with. */
#define FIRST_PAGE "home"
/* Of the window, on an office screen of 1366 × 768. */
#define DEFAULT_WIDTH 1280
#define DEFAULT_HEIGHT 690

static void
show_offer (KaiWindow *self, const char *sentence, const char *label, const char *action)
{
  gboolean offered = action[0] != '\0';

  if (offered)
    {
      kai_window_report (self, FALSE, sentence);
      gtk_button_set_label (GTK_BUTTON (self->info_button), label);
      gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (self->info_button), action);
      kai_set_accessible_name (self->info_button, label);
    }
  /* The offer is over, and with it the sentence that made it; another sentence stays. */
  else if (gtk_widget_get_visible (self->info_button))
    gtk_info_bar_set_revealed (self->info_bar, FALSE);
  gtk_widget_set_visible (self->info_button, offered);
}

void
kai_window_report (KaiWindow *self, gboolean is_error, const char *sentence)
{
  gtk_widget_hide (self->info_button);
  gtk_label_set_text (self->info_label, sentence);
  gtk_info_bar_set_message_type (self->info_bar, is_error ? GTK_MESSAGE_ERROR : GTK_MESSAGE_INFO);
  gtk_info_bar_set_revealed (self->info_bar, TRUE);
}

static GtkListBoxRow *
find_row (KaiWindow *self, const char *page)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->sidebar, i)); i++)
    if (gtk_widget_get_visible (GTK_WIDGET (row))
        && g_strcmp0 (gtk_widget_get_name (GTK_WIDGET (row)), page) == 0)
      return row;
  return NULL;
}

gboolean
kai_window_has_page (KaiWindow *self, const char *name)
{
  return find_row (self, name) != NULL;
}

void
kai_window_show_page (KaiWindow *self, const char *name)
{
  GtkListBoxRow *row = find_row (self, name);

  if (!row || !self->session || self->locked)
    return;
  gtk_list_box_select_row (self->sidebar, row);
  gtk_stack_set_visible_child_name (self->pages, name);
}

static void
on_sidebar_row_selected_cb (KaiWindow *self, GtkListBoxRow *row)
{
  if (row)
    gtk_stack_set_visible_child_name (self->pages, gtk_widget_get_name (GTK_WIDGET (row)));
}

static void
on_page_changed_cb (KaiWindow *self)
{
  const char *page = gtk_stack_get_visible_child_name (self->pages);

  if (!page || !self->notices_page || !self->editor_page || !self->import_page || !self->ebills_page
      || !self->inspector_page || !self->find_popover)
    return; /* while the template is being built */
  kai_window_update_actions (self);
  if (self->settings && self->session)
    g_settings_set_string (self->settings, "last-page", page);
}

static void
on_info_bar_response_cb (KaiWindow *self)
{
  gtk_info_bar_set_revealed (self->info_bar, FALSE);
}

static void
on_page_report_cb (KaiWindow *self, gboolean is_error, const char *sentence)
{
  kai_window_report (self, is_error, sentence);
}

static void
on_page_print_cb (KaiWindow *self, gpointer export, gboolean ask)
{
  kai_window_print (self, export, ask);
}

static void
on_copy_cb (KaiWindow *self, gpointer notice)
{
  kai_window_show_page (self, "editor");
  kai_editor_page_copy (self->editor_page, notice);
}

static void
on_show_notice_cb (KaiWindow *self, gint64 id)
{
  kai_window_show_page (self, "notices");
  kai_notices_page_show_notice (self->notices_page, id);
}

/* ---- Home ---- */

static void
on_go_cb (KaiWindow *self, const char *target)
{
  const char *preset = g_str_has_prefix (target, "notices:") ? strchr (target, ':') + 1 : NULL;

  if (preset)
    {
      kai_window_show_page (self, "notices");
      kai_notices_page_show_preset (self->notices_page, preset);
    }
  else if (g_str_equal (target, "outbox"))
    g_action_group_activate_action (G_ACTION_GROUP (self), "show-outbox", NULL);
  else if (g_str_equal (target, "sync"))
    g_action_group_activate_action (G_ACTION_GROUP (self), "sync-now", NULL);
  else if (g_str_equal (target, "sign-in"))
    kai_window_report (self, FALSE,
                       _ ("Sign out in the menu and sign in with the new certificate as soon as "
                          "you have it."));
  else
    kai_window_show_page (self, target);
}

/* Takes @meaning. */
static void
show_count (KaiSidebarRow *row, int n, char *meaning)
{
  kai_sidebar_row_set_count (row, n, meaning);
  g_free (meaning);
}

static void
on_counted_cb (KaiWindow *self)
{
  const KaiAttention *attention = kai_home_page_get_attention (self->home_page);
  int n = (int)kai_home_page_count_warnings (self->home_page);

  show_count (
      self->home_row, n,
      g_strdup_printf (ngettext ("%d matter needs attention", "%d matters need attention", n), n));
  n = (int)MIN (attention->unpaid.count, G_MAXINT);
  show_count (self->notices_row, n,
              g_strdup_printf (ngettext ("%d notice is unpaid", "%d notices are unpaid", n), n));
  n = (int)MIN (attention->ebills_open, G_MAXINT);
  show_count (
      self->ebills_row, n,
      g_strdup_printf (ngettext ("%d e-bill is on its way", "%d e-bills are on their way", n), n));
  /* Matters, not bills: how many are free is no reason to look. */
  n = (int)kai_home_page_count_lines (self->home_page, "stock");
  show_count (
      self->stock_row, n,
      g_strdup_printf (
          ngettext ("%d kind of bills needs attention", "%d kinds of bills need attention", n), n));
}

static void
show_title (KaiWindow *self)
{
  const KaiUnit *unit =
      self->session ? kai_desk_get_unit (kai_session_get_desk (self->session)) : NULL;

  gtk_header_bar_set_subtitle (self->header_bar, unit ? unit->name : NULL);
}

/* Where two people are asked for, and for as long as something waits. */
static void
show_review (KaiWindow *self)
{
  int count = kai_review_page_get_count (self->review_page);
  gboolean wanted =
      self->session
      && (count > 0 || kai_desk_needs_review (kai_session_get_desk (self->session))
          || kai_desk_may (kai_session_get_desk (self->session), KAI_TASK_REVIEW, NULL));

  gtk_widget_set_visible (GTK_WIDGET (self->review_row), wanted);
  show_count (
      self->review_row, count,
      g_strdup_printf (
          ngettext ("%d notice is to be checked", "%d notices are to be checked", count), count));
}

/* Who the user is and what they may see comes with the base data. */
static void
show_user (KaiWindow *self)
{
  gboolean allowed = kai_inspector_page_is_allowed (self->inspector_page);
  const char *page = gtk_stack_get_visible_child_name (self->pages);

  show_title (self);
  show_review (self);
  gtk_widget_set_visible (self->messages_row, allowed);
  if (!allowed && g_strcmp0 (page, "messages") == 0)
    kai_window_show_page (self, FIRST_PAGE);
}

static void
open_list (KaiWindow *self)
{
  g_autofree char *path = g_steal_pointer (&self->list_path);

  if (!path)
    return;
  kai_window_show_page (self, "import");
  kai_import_page_open (self->import_page, path);
}

void
kai_window_set_session (KaiWindow *self, KaiSession *session)
{
  g_autofree char *page = NULL;

  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_set_object (&self->session, session);
  gtk_info_bar_set_revealed (self->info_bar, FALSE);
  kai_window_stop_tasks (self);
  kai_home_page_set_session (self->home_page, session);
  kai_notices_page_set_session (self->notices_page, session);
  kai_editor_page_set_session (self->editor_page, session);
  kai_import_page_set_session (self->import_page, session);
  kai_ebills_page_set_session (self->ebills_page, session);
  kai_payers_page_set_session (self->payers_page, session);
  kai_templates_page_set_session (self->templates_page, session);
  kai_review_page_set_session (self->review_page, session);
  kai_window_find_set_session (self);
  kai_stock_page_set_session (self->stock_page, session);
  kai_inspector_page_set_session (self->inspector_page, session);
  kai_log_page_set_session (self->log_page, session);
  kai_settings_page_set_session (self->settings_page, session);
  kai_state_bar_set_session (self->state_bar, session);
  gtk_widget_set_visible (GTK_WIDGET (self->state_bar), session != NULL);
  gtk_widget_set_visible (self->new_button, session != NULL);
  gtk_widget_set_visible (self->ribbon_label, session && kai_session_is_training (session));
  gtk_stack_set_visible_child_name (self->stack, session ? "main" : "sign-in");
  kai_window_update_actions (self);
  show_user (self);
  if (!session)
    return;
  if (kai_desk_is_locked (kai_session_get_desk (session)))
    kai_window_report (self, TRUE, kai_desk_get_lock_sentence (kai_session_get_desk (session)));
  if (kai_database_get_read_only (kai_session_get_database (session)))
    kai_window_report (self, TRUE, kai_database_get_read_only (kai_session_get_database (session)));
  g_signal_connect_object (session, "base-data-changed", G_CALLBACK (show_user), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "changed", G_CALLBACK (show_review), self, G_CONNECT_SWAPPED);
  page = self->settings ? g_settings_get_string (self->settings, "last-page") : NULL;
  kai_window_show_page (self, page && find_row (self, page) ? page : FIRST_PAGE);
  open_list (self);
}

void
kai_window_open_list (KaiWindow *self, const char *path)
{
  g_free (self->list_path);
  self->list_path = g_strdup (path);
  if (self->session)
    open_list (self);
}

KaiSignInPage *
kai_window_get_sign_in_page (KaiWindow *self)
{
  return self->sign_in_page;
}

/* ---- What is remembered ---- */

static void
show_defaults (KaiWindow *self)
{
  g_autofree char *state = g_settings_get_string (self->settings, "default-state");
  g_autofree char *period = g_settings_get_string (self->settings, "default-period");

  kai_notices_page_set_defaults (self->notices_page, state, period,
                                 g_settings_get_int (self->settings, "lapse-days"));
}

static void
apply_idle (KaiWindow *self)
{
  int minutes = g_settings_get_int (self->settings, "lock-after-minutes");

  kai_lock_page_set_idle (self->lock_page, (guint)minutes * 60);
}

static void
restore_settings (KaiWindow *self)
{
  g_autoptr (GVariant) columns = g_settings_get_value (self->settings, "columns");
  g_autoptr (GVariant) order = g_settings_get_value (self->settings, "order");
  int width, height;

  g_settings_get (self->settings, "window-size", "(ii)", &width, &height);
  if (width > 0 && height > 0)
    kai_window_set_fitting_size (self, width, height);
  if (g_settings_get_boolean (self->settings, "maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
  kai_notices_page_set_columns (self->notices_page, columns);
  kai_notices_page_set_order (self->notices_page, order);
  show_defaults (self);
  kai_home_page_set_settings (self->home_page, self->settings);
  kai_settings_page_set_settings (self->settings_page, self->settings);
  kai_settings_apply_looks (self->settings);
  apply_idle (self);
  g_signal_connect_object (self->settings, "changed::lock-after-minutes", G_CALLBACK (apply_idle),
                           self, G_CONNECT_SWAPPED);
}

static void
save_settings (KaiWindow *self)
{
  gboolean maximized = gtk_window_is_maximized (GTK_WINDOW (self));
  g_autoptr (GVariant) columns = kai_notices_page_dup_columns (self->notices_page);
  g_autoptr (GVariant) order = kai_notices_page_dup_order (self->notices_page);
  int width, height;

  gtk_window_get_size (GTK_WINDOW (self), &width, &height);
  g_settings_set_boolean (self->settings, "maximized", maximized);
  if (!maximized)
    g_settings_set (self->settings, "window-size", "(ii)", width, height);
  /* Widths mean nothing before the list was shown. */
  if (self->session)
    {
      g_settings_set_value (self->settings, "columns", columns);
      g_settings_set_value (self->settings, "order", order);
    }
}

static void
kai_window_unmap (GtkWidget *widget)
{
  KaiWindow *self = KAI_WINDOW (widget);

  if (self->settings && self->notices_page)
    save_settings (self);
  GTK_WIDGET_CLASS (kai_window_parent_class)->unmap (widget);
}

static void
kai_window_size_allocate (GtkWidget *widget, GtkAllocation *allocation)
{
  int width;

  GTK_WIDGET_CLASS (kai_window_parent_class)->size_allocate (widget, allocation);
  gtk_window_get_size (GTK_WINDOW (widget), &width, NULL);
  kai_window_fold (KAI_WINDOW (widget), width);
}

/* A key whose command is disabled says why instead of doing nothing. */
static gboolean
kai_window_key_press (GtkWidget *widget, GdkEventKey *event)
{
  KaiWindow *self = KAI_WINDOW (widget);
  const char *why;

  if (GTK_WIDGET_CLASS (kai_window_parent_class)->key_press_event (widget, event))
    return GDK_EVENT_STOP;
  why = kai_window_find_why (self, event->keyval, event->state);
  if (!why)
    return GDK_EVENT_PROPAGATE;
  kai_window_report (self, FALSE, why);
  return GDK_EVENT_STOP;
}

static void
on_list_done_cb (KaiWindow *self, const char *sentence)
{
  if (!gtk_window_is_active (GTK_WINDOW (self)))
    g_signal_emit_by_name (self, "notify-user", _ ("Batch issue"), sentence);
}

static void
on_correct_notice_cb (KaiWindow *self, gint64 id)
{
  kai_window_show_page (self, "editor");
  kai_editor_page_correct (self->editor_page, id);
}

static void
connect_pages (KaiWindow *self)
{
  GObject *reporting[] = { G_OBJECT (self->notices_page), G_OBJECT (self->editor_page),
                           G_OBJECT (self->ebills_page) };

  g_signal_connect_object (self->state_bar, "correct-notice", G_CALLBACK (on_correct_notice_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->notices_page, "correct-notice", G_CALLBACK (on_correct_notice_cb),
                           self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (reporting); i++)
    {
      g_signal_connect_object (reporting[i], "report", G_CALLBACK (on_page_report_cb), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (reporting[i], "print", G_CALLBACK (on_page_print_cb), self,
                               G_CONNECT_SWAPPED);
    }
  g_signal_connect_object (self->payers_page, "report", G_CALLBACK (on_page_report_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->templates_page, "report", G_CALLBACK (on_page_report_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->review_page, "report", G_CALLBACK (on_page_report_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stock_page, "report", G_CALLBACK (on_page_report_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->inspector_page, "report", G_CALLBACK (on_page_report_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->import_page, "report", G_CALLBACK (on_page_report_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->import_page, "offer", G_CALLBACK (show_offer), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->import_page, "done", G_CALLBACK (on_list_done_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->home_page, "go", G_CALLBACK (on_go_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->home_page, "counted", G_CALLBACK (on_counted_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings_page, "task", G_CALLBACK (kai_window_add_task), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->notices_page, "offer", G_CALLBACK (show_offer), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->notices_page, "task", G_CALLBACK (kai_window_add_task), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->notices_page, "copy", G_CALLBACK (on_copy_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->editor_page, "show-notice", G_CALLBACK (on_show_notice_cb), self,
                           G_CONNECT_SWAPPED);
}

KaiWindow *
kai_window_new (GtkApplication *app, GSettings *settings)
{
  KaiWindow *self = g_object_new (KAI_TYPE_WINDOW, "application", app, NULL);
  g_autoptr (GtkBuilder) builder =
      gtk_builder_new_from_resource ("/cn/kaipiao/Kaipiao/ui/kai-shortcuts.ui");

  gtk_application_window_set_help_overlay (
      GTK_APPLICATION_WINDOW (self),
      GTK_SHORTCUTS_WINDOW (gtk_builder_get_object (builder, "shortcuts")));
  if (settings)
    {
      self->settings = g_object_ref (settings);
      restore_settings (self);
    }
  return self;
}

static void
kai_window_dispose (GObject *object)
{
  KaiWindow *self = KAI_WINDOW (object);

  if (self->session)
    kai_window_set_session (self, NULL);
  kai_window_stop_folding (self);
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->export, kai_print_export_free);
  g_clear_pointer (&self->list_path, g_free);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->tasks, g_ptr_array_unref);
  G_OBJECT_CLASS (kai_window_parent_class)->dispose (object);
}

static void
class_init_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/kai-window.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiWindow, name)
  BIND (header_bar);
  BIND (new_button);
  BIND (ribbon_label);
  BIND (info_bar);
  BIND (info_label);
  BIND (info_button);
  BIND (stack);
  BIND (pages);
  BIND (sidebar);
  BIND (sign_in_page);
  BIND (home_page);
  BIND (notices_page);
  BIND (editor_page);
  BIND (import_page);
  BIND (ebills_page);
  BIND (payers_page);
  BIND (templates_page);
  BIND (review_page);
  BIND (review_row);
  BIND (lock_page);
  BIND (stock_page);
  BIND (inspector_page);
  BIND (log_page);
  BIND (settings_page);
  BIND (home_row);
  BIND (notices_row);
  BIND (ebills_row);
  BIND (stock_row);
  BIND (messages_row);
  BIND (task_box);
  BIND (state_bar);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_sidebar_row_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_page_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_info_bar_response_cb);
}

static void
kai_window_class_init (KaiWindowClass *klass)
{
  g_type_ensure (KAI_TYPE_SIGN_IN_PAGE);
  g_type_ensure (KAI_TYPE_LOCK_PAGE);
  g_type_ensure (KAI_TYPE_PAYERS_PAGE);
  g_type_ensure (KAI_TYPE_TEMPLATES_PAGE);
  g_type_ensure (KAI_TYPE_REVIEW_PAGE);
  g_type_ensure (KAI_TYPE_SIDEBAR_ROW);
  g_type_ensure (KAI_TYPE_HOME_PAGE);
  g_type_ensure (KAI_TYPE_NOTICES_PAGE);
  g_type_ensure (KAI_TYPE_EDITOR_PAGE);
  g_type_ensure (KAI_TYPE_IMPORT_PAGE);
  g_type_ensure (KAI_TYPE_EBILLS_PAGE);
  g_type_ensure (KAI_TYPE_STOCK_PAGE);
  g_type_ensure (KAI_TYPE_INSPECTOR_PAGE);
  g_type_ensure (KAI_TYPE_LOG_PAGE);
  g_type_ensure (KAI_TYPE_SETTINGS_PAGE);
  g_type_ensure (KAI_TYPE_STATE_BAR);
  G_OBJECT_CLASS (klass)->dispose = kai_window_dispose;
  GTK_WIDGET_CLASS (klass)->unmap = kai_window_unmap;
  GTK_WIDGET_CLASS (klass)->key_press_event = kai_window_key_press;
  GTK_WIDGET_CLASS (klass)->size_allocate = kai_window_size_allocate;
  g_signal_new ("notify-user", KAI_TYPE_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                2, G_TYPE_STRING, G_TYPE_STRING);
  class_init_template (GTK_WIDGET_CLASS (klass));
}

static void
kai_window_init (KaiWindow *self)
{
  kai_style_load ();
  gtk_widget_init_template (GTK_WIDGET (self));
  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  kai_window_find_install (self);
  connect_pages (self);
  kai_window_install_actions (self);
  kai_window_set_fitting_size (self, DEFAULT_WIDTH, DEFAULT_HEIGHT);
  gtk_widget_hide (self->new_button);
}
