/* The list of notices. Whenever the store changes the query runs anew; what was selected and what stood at the top of the
 * view stays. */
#include "notices/kai-notices-page-private.h"
#include "kai-command.h"
#include "kai-format.h"
#include "widgets/kai-wrap-box.h"
#include <glib/gi18n-lib.h>


/* Rows that are loaded at first. The view needs memory and time for each row of its model, seen or not: nobody scrolls through a million. */
#define FIRST_ROWS 10000

G_DEFINE_FINAL_TYPE (KaiNoticesPage, kai_notices_page, GTK_TYPE_BOX)

enum
{
  REPORT,
  OFFER,
  COPY,
  CORRECT_NOTICE,
  PRINT,
  TASK,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

void
kai_notices_page_report (KaiNoticesPage *self, gboolean is_error, const char *sentence)
{
  g_signal_emit (self, signals[REPORT], 0, is_error, sentence);
}

void
kai_notices_page_report_with_action (KaiNoticesPage *self, const char *sentence, const char *label,
                                     const char *detailed)
{
  g_signal_emit (self, signals[OFFER], 0, sentence, label, detailed);
}

void
kai_notices_page_emit_task (KaiNoticesPage *self, KaiTask *task)
{
  g_signal_emit (self, signals[TASK], 0, task);
}

void
kai_notices_page_emit_copy (KaiNoticesPage *self, KaiNotice *notice)
{
  g_signal_emit (self, signals[COPY], 0, notice);
}

void
kai_notices_page_emit_print (KaiNoticesPage *self, KaiPrintExport *export, gboolean ask)
{
  g_signal_emit (self, signals[PRINT], 0, export, ask);
}

/* ---- Details ---- */

/* The only selected row; -1 when there are none or several. */
static int
get_single_position (KaiNoticesPage *self)
{
  GList *paths = NULL;
  int position = -1;

  if (gtk_tree_selection_count_selected_rows (self->selection) != 1)
    return -1;
  paths = gtk_tree_selection_get_selected_rows (self->selection, NULL);
  position = gtk_tree_path_get_indices (paths->data)[0];
  g_list_free_full (paths, (GDestroyNotify)gtk_tree_path_free);
  return position;
}

static void
show_details (KaiNoticesPage *self)
{
  int single = get_single_position (self);
  g_autoptr (GtkTreePath) path = NULL;
  gint64 id = 0;

  gtk_tree_view_get_cursor (self->view, &path, NULL);
  if (single >= 0)
    id = kai_notice_model_get_id (self->model, single);
  else if (path && gtk_tree_selection_path_is_selected (self->selection, path))
    id = kai_notice_model_get_id (self->model, gtk_tree_path_get_indices (path)[0]);
  else if (self->shown_id != 0)
    id = kai_notice_model_find (self->model, self->shown_id) >= 0 ? self->shown_id : 0;
  self->shown_id = id;
  kai_notice_details_show (self->details, self->session, id);
}

static void
on_selection_changed_cb (KaiNoticesPage *self)
{
  GdkModifierType state;

  if (self->restoring || !self->model)
    return;
  /* A plain click or arrow key begins a new selection, as it does in the list; Ctrl and Shift go on with the old one. */
  if (gtk_get_current_event_state (&state) && (state & (GDK_CONTROL_MASK | GDK_SHIFT_MASK)) == 0)
    kai_notices_page_forget_unseen (self);
  kai_notices_page_start_summary (self);
  show_details (self);
}

static void
on_cursor_changed_cb (KaiNoticesPage *self)
{
  if (!self->restoring && self->model && gtk_tree_view_get_model (self->view))
    show_details (self);
}

static void
on_row_activated_cb (KaiNoticesPage *self)
{
  gtk_widget_child_focus (GTK_WIDGET (self->details), GTK_DIR_TAB_FORWARD);
}

/* ---- Loading ---- */

/* Id of the row at the top, 0 when the view stands at its very top (new notices shall come into sight there). */
static gint64
top_row_id (KaiNoticesPage *self)
{
  g_autoptr (GtkTreePath) first = NULL;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);

  if (gtk_adjustment_get_value (adjustment) < 1
      || !gtk_tree_view_get_path_at_pos (self->view, 1, 1, &first, NULL, NULL, NULL))
    return 0;
  return kai_notice_model_get_id (self->model, gtk_tree_path_get_indices (first)[0]);
}

static void
scroll_to_top_row (KaiNoticesPage *self, gint64 id)
{
  int position = id != 0 ? kai_notice_model_find (self->model, id) : -1;
  g_autoptr (GtkTreePath) path = NULL;

  if (position < 0)
    return;
  path = gtk_tree_path_new_from_indices (position, -1);
  gtk_tree_view_scroll_to_cell (self->view, path, NULL, TRUE, 0, 0);
}

static void
replace_rows (KaiNoticesPage *self, KaiNoticeList *list)
{
  g_autoptr (GArray) selected = kai_notices_page_dup_selected_ids (self);
  gint64 top = top_row_id (self);
  gint64 cursor = self->shown_id;
  int position;

  self->restoring = TRUE;
  gtk_tree_view_set_model (self->view, NULL);
  kai_notice_model_take (self->model, list);
  gtk_tree_view_set_model (self->view, GTK_TREE_MODEL (self->model));
  position = cursor != 0 ? kai_notice_model_find (self->model, cursor) : -1;
  if (position >= 0)
    {
      g_autoptr (GtkTreePath) path = gtk_tree_path_new_from_indices (position, -1);

      gtk_tree_view_set_cursor (self->view, path, NULL, FALSE);
      gtk_tree_selection_unselect_all (self->selection);
    }
  kai_notices_page_restore_selection (self, selected);
  kai_notices_page_show_order (self);
  scroll_to_top_row (self, top);
  self->restoring = FALSE;
}

void
kai_notices_page_reload (KaiNoticesPage *self)
{
  KaiNoticeFilter filter;
  gboolean filtered;
  g_autoptr (GError) error = NULL;
  KaiNoticeList *list;
  guint length;

  if (!self->session || self->filling)
    return;
  length = kai_notice_model_get_length (self->model);
  filtered = kai_notices_page_read_filter (self, &filter);
  filter.limit = self->wanted_rows;
  list = kai_notice_model_query (kai_session_get_database (self->session), &filter, &error);
  if (!list)
    {
      kai_notices_page_report (self, TRUE, error->message);
      gtk_label_set_text (self->error_label, error->message);
      gtk_stack_set_visible_child_name (self->list_stack, "error");
      return;
    }
  if (kai_notice_model_has_same_rows (self->model, list))
    {
      kai_notice_model_take (self->model, list);
      kai_long_model_refresh_visible (KAI_LONG_MODEL (self->model), self->view);
    }
  else if (kai_notice_model_extend (self->model, list))
    kai_notices_page_select_added (self, length);
  else
    replace_rows (self, list);
  gtk_stack_set_visible_child_name (self->list_stack, kai_notice_model_get_length (self->model) > 0
                                                          ? "list"
                                                      : filtered ? "no-match"
                                                                 : "empty");
  kai_notices_page_start_summary (self);
  show_details (self);
}

static gboolean
load_more_cb (gpointer data)
{
  KaiNoticesPage *self = data;

  self->more_id = 0;
  self->wanted_rows *= 2;
  kai_notices_page_reload (self);
  return G_SOURCE_REMOVE;
}

/* The end of what is loaded comes into sight: load as much again. */
static void
on_scrolled_cb (KaiNoticesPage *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  double page = gtk_adjustment_get_page_size (adjustment);

  if (self->more_id == 0 && kai_notices_page_may_have_more (self)
      && gtk_adjustment_get_value (adjustment) + 2 * page > gtk_adjustment_get_upper (adjustment))
    self->more_id = g_idle_add (load_more_cb, self);
}

void
kai_notices_page_load_first (KaiNoticesPage *self)
{
  self->wanted_rows = FIRST_ROWS;
  kai_notices_page_reload (self);
}

static void
on_stop_search_cb (KaiNoticesPage *self)
{
  gtk_entry_set_text (self->search_entry, "");
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

/* Enter in the search: on to the list, at its first row. */
static void
on_search_activate_cb (KaiNoticesPage *self)
{
  kai_notices_page_reload (self);
  if (kai_notice_model_get_length (self->model) > 0)
    {
      g_autoptr (GtkTreePath) path = gtk_tree_path_new_first ();

      gtk_tree_view_set_cursor (self->view, path, NULL, FALSE);
      gtk_widget_grab_focus (GTK_WIDGET (self->view));
    }
}

/* ---- Public ---- */

void
kai_notices_page_set_session (KaiNoticesPage *self, KaiSession *session)
{
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  kai_notice_summary_stop (self->summary);
  kai_notices_page_drop_work (self);
  gtk_tree_view_set_model (self->view, NULL);
  g_clear_object (&self->model);
  self->shown_id = 0;
  kai_notices_page_forget_unseen (self);
  kai_notices_page_forget_undo (self);
  g_clear_handle_id (&self->group_id, g_source_remove);
  g_clear_handle_id (&self->more_id, g_source_remove);
  self->wanted_rows = FIRST_ROWS;
  g_set_object (&self->session, session);
  if (!session)
    {
      kai_notice_details_show (self->details, NULL, 0);
      return;
    }
  self->model = kai_notice_model_new (kai_session_get_database (session));
  gtk_tree_view_set_model (self->view, GTK_TREE_MODEL (self->model));
  g_signal_connect_object (session, "changed", G_CALLBACK (kai_notices_page_reload), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "base-data-changed", G_CALLBACK (kai_notices_page_fill_filters),
                           self, G_CONNECT_SWAPPED);
  kai_notices_page_fill_filters (self);
  kai_notices_page_reload (self);
}

GActionGroup *
kai_notices_page_get_actions (KaiNoticesPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

void
kai_notices_page_show_notice (KaiNoticesPage *self, gint64 id)
{
  g_autoptr (GtkTreePath) path = NULL;
  int position;

  if (!self->session)
    return;
  position = kai_notice_model_find (self->model, id);
  if (position < 0)
    {
      kai_notices_page_clear_filter (self);
      position = kai_notice_model_find (self->model, id);
    }
  while (position < 0 && kai_notices_page_may_have_more (self))
    {
      self->wanted_rows *= 4;
      kai_notices_page_reload (self);
      position = kai_notice_model_find (self->model, id);
    }
  if (position < 0)
    return;
  path = gtk_tree_path_new_from_indices (position, -1);
  gtk_tree_view_set_cursor (self->view, path, NULL, FALSE);
  gtk_tree_view_scroll_to_cell (self->view, path, NULL, FALSE, 0, 0);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

KaiNoticeModel *
kai_notices_page_get_model (KaiNoticesPage *self)
{
  return self->model;
}

GtkTreeView *
kai_notices_page_get_view (KaiNoticesPage *self)
{
  return self->view;
}

static void
kai_notices_page_dispose (GObject *object)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (object);

  if (self->session)
    kai_notices_page_set_session (self, NULL);
  g_clear_pointer (&self->summary, kai_notice_summary_free);
  if (self->chooser)
    g_signal_handlers_disconnect_by_data (self->chooser, self);
  g_clear_object (&self->chooser);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (kai_notices_page_parent_class)->dispose (object);
}

static void
kai_notices_page_finalize (GObject *object)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (object);

  g_array_unref (self->hidden);
  g_array_unref (self->beyond);
  g_array_unref (self->voided);
  G_OBJECT_CLASS (kai_notices_page_parent_class)->finalize (object);
}

static void
class_init_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (
      widget_class, "/cn/kaipiao/Kaipiao/ui/notices/kai-notices-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiNoticesPage, name)
  BIND (search_entry);
  BIND (void_entry);
  BIND (from_entry);
  BIND (to_entry);
  BIND (group_entry);
  BIND (state_combo);
  BIND (swap_combo);
  BIND (period_combo);
  BIND (channel_combo);
  BIND (server_combo);
  BIND (clerk_combo);
  BIND (batch_combo);
  BIND (void_revealer);
  BIND (more_revealer);
  BIND (more_button);
  BIND (forget_button);
  BIND (calendar_popover);
  BIND (calendar);
  BIND (sort_label);
  BIND (error_label);
  BIND (void_label);
  BIND (totals_label);
  BIND (list_stack);
  BIND (scroller);
  BIND (view);
  BIND (selection);
  BIND (details);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_selection_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_cursor_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated_cb);
  kai_notices_page_bind_filter_callbacks (widget_class);
  kai_notices_page_bind_column_callbacks (widget_class);
  kai_notices_page_bind_action_callbacks (widget_class);
}

static void
on_correct_notice_cb (KaiNoticesPage *self, gint64 id)
{
  g_signal_emit (self, signals[CORRECT_NOTICE], 0, id);
}

static void
kai_notices_page_class_init (KaiNoticesPageClass *klass)
{
  g_type_ensure (KAI_TYPE_WRAP_BOX);
  g_type_ensure (KAI_TYPE_NOTICE_DETAILS);
  G_OBJECT_CLASS (klass)->dispose = kai_notices_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = kai_notices_page_finalize;
  signals[REPORT] = g_signal_new ("report", KAI_TYPE_NOTICES_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
  signals[COPY] = g_signal_new ("copy", KAI_TYPE_NOTICES_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[CORRECT_NOTICE] =
      g_signal_new ("correct-notice", KAI_TYPE_NOTICES_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 1, G_TYPE_INT64);
  signals[PRINT] = g_signal_new ("print", KAI_TYPE_NOTICES_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_BOOLEAN);
  signals[OFFER] = g_signal_new ("offer", KAI_TYPE_NOTICES_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  signals[TASK] = g_signal_new ("task", KAI_TYPE_NOTICES_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, KAI_TYPE_TASK);
  class_init_template (GTK_WIDGET_CLASS (klass));
}

static void
kai_notices_page_init (KaiNoticesPage *self)
{
  self->hidden = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->beyond = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->voided = g_array_new (FALSE, FALSE, sizeof (gint64));
  gtk_widget_init_template (GTK_WIDGET (self));
  self->lapse_days = 3;
  self->wanted_rows = FIRST_ROWS;
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (self->scroller), "value-changed",
                           G_CALLBACK (on_scrolled_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->details, "correct-notice", G_CALLBACK (on_correct_notice_cb), self,
                           G_CONNECT_SWAPPED);
  /* Workbooks come while another page is shown. */
  g_signal_connect (self, "map", G_CALLBACK (kai_notices_page_fill_filters), NULL);
  kai_notices_page_install_selection (self);
  kai_notices_page_install_actions (self);
  kai_notices_page_install_void (self);
  kai_notices_page_install_columns (self);
  kai_command_explain (GTK_WIDGET (self), "notices", G_ACTION_MAP (self->actions));
}
