/* The log, to be looked through and verified. Verifying reads the whole store and happens in a thread. */
#include "log/kai-log-page.h"

#include "kai-command.h"
#include "kai-format.h"
#include "kai-store-ref.h"
#include "store/kai-audit-log.h"
#include "sync/kai-desk-log.h"
#include "values/kai-day.h"
#include "widgets/kai-text-columns.h"
#include "widgets/kai-wrap-box.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* More lines than anybody reads; a narrower period shows the older ones. */
#define LIMIT 5000

struct _KaiLogPage
{
  GtkBox parent_instance;

  /* Template */
  GtkEntry *search_entry;
  GtkComboBox *period_combo, *user_combo;
  GtkStack *stack;
  GtkTreeView *view;
  GtkListStore *store;
  GtkLabel *totals_label, *verify_label, *error_label;
  GtkImage *verify_image;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
  GCancellable *cancellable; /* of verifying */
  gboolean filling;
};

G_DEFINE_FINAL_TYPE (KaiLogPage, kai_log_page, GTK_TYPE_BOX)

/* ---- The lines ---- */

static gint64
period_start (const char *period)
{
  int days = g_strcmp0 (period, "today") == 0   ? 0
             : g_strcmp0 (period, "week") == 0  ? 6
             : g_strcmp0 (period, "month") == 0 ? 29
                                                : -1;
  KaiDay day = kai_day_add (kai_day_today (), -days);
  g_autoptr (GDateTime) start = NULL;

  if (days < 0)
    return 0;
  start = g_date_time_new_local (day / 10000, day / 100 % 100, day % 100, 0, 0, 0);
  return start ? g_date_time_to_unix (start) : 0;
}

static gboolean
fits (const char *const *cells, const char *wanted)
{
  for (int i = 0; cells[i]; i++)
    {
      g_autofree char *folded = g_utf8_casefold (cells[i], -1);

      if (strstr (folded, wanted))
        return TRUE;
    }
  return FALSE;
}

static guint
add_lines (KaiLogPage *self, GPtrArray *lines)
{
  g_autofree char *wanted = g_utf8_casefold (gtk_entry_get_text (self->search_entry), -1);
  guint shown = 0;

  for (guint i = 0; i < lines->len; i++)
    {
      const KaiAuditLine *line = lines->pdata[i];
      g_autofree char *at = kai_format_time (line->at);
      g_autofree char *subject = kai_format_subject (line->subject);
      g_autofree char *outcome = kai_format_outcome (line->outcome);
      /* The last three are what programs call it: found, not shown. */
      const char *cells[] = { at,
                              line->user,
                              kai_format_action_name (line->action),
                              subject,
                              outcome,
                              line->action,
                              line->subject,
                              line->outcome,
                              NULL };

      if (wanted[0] != '\0' && !fits (cells, wanted))
        continue;
      gtk_list_store_insert_with_values (self->store, NULL, -1, 0, cells[0], 1, cells[1], 2,
                                         cells[2], 3, cells[3], 4, cells[4], -1);
      shown++;
    }
  return shown;
}

static void
reload (KaiLogPage *self)
{
  const char *user = gtk_combo_box_get_active_id (self->user_combo);
  const KaiAuditFilter filter = { .from = period_start (
                                      gtk_combo_box_get_active_id (self->period_combo)),
                                  .user = user && !g_str_equal (user, "any") ? user : NULL,
                                  .limit = LIMIT };
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint shown;

  if (!self->session || self->filling)
    return;
  gtk_list_store_clear (self->store);
  lines = kai_audit_log_find (kai_session_get_database (self->session), &filter, &error);
  if (!lines)
    {
      gtk_label_set_text (self->error_label, error->message);
      gtk_stack_set_visible_child_name (self->stack, "error");
      return;
    }
  shown = add_lines (self, lines);
  text = lines->len == LIMIT
             ? g_strdup_printf (ngettext ("%u line; older ones are in a narrower period",
                                          "%u lines; older ones are in a narrower period", shown),
                                shown)
             : g_strdup_printf (ngettext ("%u line", "%u lines", shown), shown);
  gtk_label_set_text (self->totals_label, text);
  gtk_stack_set_visible_child_name (self->stack, shown > 0 ? "list" : "empty");
}

static void
on_filter_changed_cb (KaiLogPage *self)
{
  reload (self);
}

/* Rows are only made while somebody looks. */
static void
on_changed_cb (KaiLogPage *self)
{
  if (self->session && gtk_widget_get_mapped (GTK_WIDGET (self)))
    reload (self);
}

static void
kai_log_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (kai_log_page_parent_class)->map (widget);
  on_changed_cb (KAI_LOG_PAGE (widget));
}

static void
fill_users (KaiLogPage *self)
{
  const KaiBaseData *base = kai_session_get_base_data (self->session);
  GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (self->user_combo);

  self->filling = TRUE;
  gtk_combo_box_text_remove_all (combo);
  gtk_combo_box_text_append (combo, "any", _ ("All users"));
  for (guint i = 0; i < base->users->len; i++)
    {
      const KaiUser *user = base->users->pdata[i];
      g_autofree char *label = g_strdup_printf ("%s %s", user->code, user->name);

      gtk_combo_box_text_append (combo, user->code, label);
    }
  gtk_combo_box_set_active_id (self->user_combo, "any");
  self->filling = FALSE;
}

/* ---- Verifying ---- */

typedef struct
{
  KaiStoreRef *store;
  char *trust_path;
} Request;

static void
request_free (Request *request)
{
  kai_store_ref_free (request->store);
  g_free (request->trust_path);
  g_free (request);
}

static void
verify_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  GError *error = NULL;
  g_autoptr (KaiDatabase) db = kai_store_ref_open (request->store, &error);
  KaiLogReport *report = db ? kai_log_verify (db, request->trust_path, &error) : NULL;

  if (report)
    g_task_return_pointer (task, report, (GDestroyNotify)kai_log_report_free);
  else
    g_task_return_error (task, error);
}

static void
show_verdict (KaiLogPage *self, const char *icon, const char *text)
{
  gtk_image_set_from_icon_name (self->verify_image, icon, GTK_ICON_SIZE_MENU);
  gtk_widget_set_visible (GTK_WIDGET (self->verify_image), icon != NULL);
  gtk_label_set_text (self->verify_label, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->verify_label), text);
}

static void
set_verify_enabled (KaiLogPage *self)
{
  kai_command_set_enabled (G_ACTION_MAP (self->actions), "verify",
                           self->session && !self->cancellable,
                           _ ("The log is being verified already."));
}

static void
on_verified_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (KaiLogPage) self = KAI_LOG_PAGE (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiLogReport) report = g_task_propagate_pointer (G_TASK (result), &error);

  if (g_task_get_cancellable (G_TASK (result)) != self->cancellable)
    return;
  g_clear_object (&self->cancellable);
  set_verify_enabled (self);
  if (report)
    show_verdict (self, report->ok ? "emblem-ok-symbolic" : "dialog-error-symbolic",
                  report->message);
  else
    show_verdict (self, "dialog-error-symbolic", error->message);
}

static void
on_verify_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiLogPage *self = KAI_LOG_PAGE (data);
  KaiDesk *desk = kai_session_get_desk (self->session);
  Request *request = g_new0 (Request, 1);
  g_autoptr (GTask) task = NULL;

  request->store = kai_store_ref_new (kai_session_get_database (self->session));
  request->trust_path = g_strdup (kai_desk_get_connection (desk)->trust_path);
  self->cancellable = g_cancellable_new ();
  set_verify_enabled (self);
  show_verdict (self, NULL, _ ("Following every line of the log…"));
  task = g_task_new (NULL, self->cancellable, on_verified_cb, g_object_ref (self));
  g_task_set_source_tag (task, on_verify_cb);
  g_task_set_task_data (task, request, (GDestroyNotify)request_free);
  g_task_run_in_thread (task, verify_thread);
}

static void
on_search_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_widget_grab_focus (GTK_WIDGET (KAI_LOG_PAGE (data)->search_entry));
}

static const GActionEntry entries[] = {
  { .name = "verify", .activate = on_verify_cb },
  { .name = "search", .activate = on_search_cb },
};

/* ---- Public ---- */

void
kai_log_page_set_session (KaiLogPage *self, KaiSession *session)
{
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_set_object (&self->session, session);
  gtk_list_store_clear (self->store);
  show_verdict (self, NULL, "");
  set_verify_enabled (self);
  if (!session)
    return;
  g_signal_connect_object (session, "changed", G_CALLBACK (on_changed_cb), self, G_CONNECT_SWAPPED);
  fill_users (self);
  on_changed_cb (self);
}

GActionGroup *
kai_log_page_get_actions (KaiLogPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

static void
kai_log_page_dispose (GObject *object)
{
  KaiLogPage *self = KAI_LOG_PAGE (object);

  if (self->session)
    kai_log_page_set_session (self, NULL);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (kai_log_page_parent_class)->dispose (object);
}

static void
kai_log_page_class_init (KaiLogPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_WRAP_BOX);
  G_OBJECT_CLASS (klass)->dispose = kai_log_page_dispose;
  widget_class->map = kai_log_page_map;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/log/kai-log-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiLogPage, name)
  BIND (search_entry);
  BIND (period_combo);
  BIND (user_combo);
  BIND (stack);
  BIND (view);
  BIND (store);
  BIND (totals_label);
  BIND (verify_label);
  BIND (error_label);
  BIND (verify_image);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_filter_changed_cb);
}

static void
kai_log_page_init (KaiLogPage *self)
{
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "log", G_ACTION_GROUP (self->actions));
  gtk_widget_init_template (GTK_WIDGET (self));
  kai_text_columns_follow (self->view);
  set_verify_enabled (self);
  kai_command_explain (GTK_WIDGET (self), "log", G_ACTION_MAP (self->actions));
}
