/* The page of messages. The list is the memory: what has left it is nowhere. */
#include "inspector/kai-inspector-page.h"
#include "inspector/kai-inspection-view.h"
#include "kai-command.h"
#include "kai-format.h"
#include "store/kai-audit-log.h"
#include "widgets/kai-wrap-box.h"
#include <glib/gi18n-lib.h>

#define MAX_BYTES (32 * 1024 * 1024)

enum
{
  COLUMN_TIME,
  COLUMN_NUMBER,
  COLUMN_MEANING,
  COLUMN_ICON,
  COLUMN_RESULT,
  COLUMN_MS,
  COLUMN_SIZE,
  COLUMN_EXCHANGE,
};

struct _KaiInspectorPage
{
  GtkBox parent_instance;

  /* Template */
  GtkStack *stack;
  GtkTreeView *view;
  GtkTreeSelection *selection;
  GtkListStore *store;
  GtkLabel *count_label;
  KaiInspectionView *request_view, *answer_view;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
  KaiExchange *shown; /* NULL = none */
  guint n_exchanges;
  gsize n_bytes;
};

G_DEFINE_FINAL_TYPE (KaiInspectorPage, kai_inspector_page, GTK_TYPE_BOX)

enum
{
  REPORT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static gboolean
is_personal_shown (KaiInspectorPage *self)
{
  g_autoptr (GVariant) state =
      g_action_group_get_action_state (G_ACTION_GROUP (self->actions), "show-personal");

  return g_variant_get_boolean (state);
}

/* ---- One exchange ---- */

static void
show_message (KaiInspectorPage *self, KaiInspectionView *view, GBytes *bytes, gint64 at,
              GBytes *request)
{
  KaiDesk *desk = kai_session_get_desk (self->session);
  const KaiInspectorOptions options = { .catalogue = kai_desk_get_catalogue (desk),
                                        .trust = kai_desk_get_trust (desk),
                                        .at = at,
                                        .request = request,
                                        .show_personal = is_personal_shown (self) };
  g_autoptr (KaiInspection) report = kai_inspector_inspect (bytes, &options);

  kai_inspection_view_show (view, report, NULL);
}

static void
show_exchange (KaiInspectorPage *self)
{
  const KaiExchange *exchange = self->shown;

  if (!exchange || !self->session)
    {
      kai_inspection_view_show (self->request_view, NULL, NULL);
      kai_inspection_view_show (self->answer_view, NULL, NULL);
      return;
    }
  show_message (self, self->request_view, exchange->request, exchange->at, NULL);
  if (exchange->answer)
    show_message (self, self->answer_view, exchange->answer, exchange->at + exchange->ms / 1000,
                  exchange->request);
  else
    kai_inspection_view_show (self->answer_view, NULL,
                              exchange->error ? exchange->error : _ ("No answer came."));
}

static void
on_selection_changed_cb (KaiInspectorPage *self)
{
  g_autoptr (KaiExchange) exchange = NULL;
  GtkTreeModel *model;
  GtkTreeIter iter;

  if (gtk_tree_selection_get_selected (self->selection, &model, &iter))
    gtk_tree_model_get (model, &iter, COLUMN_EXCHANGE, &exchange, -1);
  if (exchange == self->shown)
    return;
  g_clear_pointer (&self->shown, kai_exchange_unref);
  self->shown = g_steal_pointer (&exchange);
  show_exchange (self);
}

/* ---- The list ---- */

static void
update_count (KaiInspectorPage *self)
{
  g_autofree char *text =
      g_strdup_printf (ngettext ("%u exchange, kept in memory only",
                                 "%u exchanges, kept in memory only", self->n_exchanges),
                       self->n_exchanges);

  gtk_label_set_text (self->count_label, self->n_exchanges > 0 ? text : "");
  gtk_stack_set_visible_child_name (self->stack, self->n_exchanges > 0 ? "list" : "empty");
  kai_command_set_enabled (G_ACTION_MAP (self->actions), "clear", self->n_exchanges > 0,
                           _ ("No messages have been exchanged since you signed in."));
}

/* The newest stands first. */
static void
drop_last (KaiInspectorPage *self)
{
  g_autoptr (KaiExchange) exchange = NULL;
  GtkTreeModel *model = GTK_TREE_MODEL (self->store);
  GtkTreeIter iter;

  if (!gtk_tree_model_iter_nth_child (model, &iter, NULL, (int)self->n_exchanges - 1))
    return;
  gtk_tree_model_get (model, &iter, COLUMN_EXCHANGE, &exchange, -1);
  self->n_bytes -= kai_exchange_get_size (exchange);
  self->n_exchanges--;
  gtk_list_store_remove (self->store, &iter);
}

static void
clear (KaiInspectorPage *self)
{
  gtk_list_store_clear (self->store);
  g_clear_pointer (&self->shown, kai_exchange_unref);
  self->n_exchanges = 0;
  self->n_bytes = 0;
  show_exchange (self);
  update_count (self);
}

static char *
describe_result (const KaiExchange *exchange)
{
  g_autofree char *number = NULL;

  if (exchange->error)
    return g_strdup (exchange->error);
  if (!exchange->answer)
    return g_strdup (_ ("Broken off here, because something else was to be sent"));
  number = kai_inspector_dup_number (exchange->answer);
  return g_strdup_printf ("%s %s", number, kai_format_message_name (number));
}

static const char *
choose_icon (const KaiExchange *exchange)
{
  if (exchange->error)
    return "dialog-error-symbolic";
  return exchange->answer ? "emblem-ok-symbolic" : "content-loading-symbolic";
}

static char *
format_clock (gint64 at)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (at);

  return time ? g_date_time_format (time, "%H:%M:%S") : g_strdup ("");
}

void
kai_inspector_page_add (KaiInspectorPage *self, KaiExchange *exchange)
{
  g_autofree char *time = format_clock (exchange->at);
  g_autofree char *number = kai_inspector_dup_number (exchange->request);
  g_autofree char *result = describe_result (exchange);
  g_autofree char *ms = g_strdup_printf ("%d", exchange->ms);
  g_autofree char *size = g_strdup_printf ("%" G_GSIZE_FORMAT, kai_exchange_get_size (exchange));
  GtkTreeIter iter;

  if (!kai_inspector_page_is_allowed (self))
    return;
  gtk_list_store_insert_with_values (
      self->store, &iter, 0, COLUMN_TIME, time, COLUMN_NUMBER, number, COLUMN_MEANING,
      kai_format_message_name (number), COLUMN_ICON, choose_icon (exchange), COLUMN_RESULT, result,
      COLUMN_MS, ms, COLUMN_SIZE, size, COLUMN_EXCHANGE, exchange, -1);
  self->n_exchanges++;
  self->n_bytes += kai_exchange_get_size (exchange);
  while (self->n_exchanges > KAI_INSPECTOR_MAX_EXCHANGES
         || (self->n_bytes > MAX_BYTES && self->n_exchanges > 1))
    drop_last (self);
  if (!gtk_tree_selection_get_selected (self->selection, NULL, NULL))
    gtk_tree_selection_select_iter (self->selection, &iter);
  update_count (self);
}

/* ---- Actions ---- */

/* Nothing is shown whose showing is not in the log. */
static void
on_change_show_personal_cb (GSimpleAction *action, GVariant *value, gpointer data)
{
  KaiInspectorPage *self = KAI_INSPECTOR_PAGE (data);
  gboolean show = g_variant_get_boolean (value);
  g_autoptr (GError) error = NULL;

  if (!self->session || show == is_personal_shown (self))
    return;
  if (!kai_audit_log_add (kai_session_get_database (self->session),
                          kai_desk_get_user_code (kai_session_get_desk (self->session)),
                          "inspector.show-personal", "messages", show ? "on" : "off", &error)
      && show)
    {
      g_signal_emit (self, signals[REPORT], 0, TRUE, error->message);
      return;
    }
  g_simple_action_set_state (action, value);
  show_exchange (self);
}

static void
on_clear_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  clear (KAI_INSPECTOR_PAGE (data));
}

static const GActionEntry entries[] = {
  { .name = "show-personal", .state = "false", .change_state = on_change_show_personal_cb },
  { .name = "clear", .activate = on_clear_cb },
};

GActionGroup *
kai_inspector_page_get_actions (KaiInspectorPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

/* ---- The session ---- */

static gboolean
has_role (const char *roles, const char *role)
{
  g_auto (GStrv) words = g_strsplit (roles ? roles : "", " ", -1);

  return g_strv_contains ((const char *const *)words, role);
}

gboolean
kai_inspector_page_is_allowed (KaiInspectorPage *self)
{
  const KaiUser *user =
      self->session ? kai_desk_get_user (kai_session_get_desk (self->session)) : NULL;

  return self->session
         && (kai_session_is_training (self->session)
             || (user && has_role (user->roles, "administrator")));
}

static void
on_base_data_changed_cb (KaiInspectorPage *self)
{
  if (!kai_inspector_page_is_allowed (self))
    clear (self);
}

static void
on_exchange_cb (KaiInspectorPage *self, KaiExchange *exchange)
{
  kai_inspector_page_add (self, exchange);
}

void
kai_inspector_page_set_session (KaiInspectorPage *self, KaiSession *session)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), "show-personal");
  KaiSyncWorker *worker = session ? kai_session_get_worker (session) : NULL;

  if (self->session)
    {
      KaiSyncWorker *old = kai_session_get_worker (self->session);

      g_signal_handlers_disconnect_by_data (self->session, self);
      if (old)
        g_signal_handlers_disconnect_by_data (old, self);
    }
  g_set_object (&self->session, session);
  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (FALSE));
  clear (self);
  if (!session)
    return;
  g_signal_connect_object (session, "base-data-changed", G_CALLBACK (on_base_data_changed_cb), self,
                           G_CONNECT_SWAPPED);
  if (worker)
    g_signal_connect_object (worker, "exchange", G_CALLBACK (on_exchange_cb), self,
                             G_CONNECT_SWAPPED);
}

/* ---- The object ---- */

static void
kai_inspector_page_dispose (GObject *object)
{
  KaiInspectorPage *self = KAI_INSPECTOR_PAGE (object);

  if (self->session)
    kai_inspector_page_set_session (self, NULL);
  g_clear_pointer (&self->shown, kai_exchange_unref);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (kai_inspector_page_parent_class)->dispose (object);
}

static void
kai_inspector_page_class_init (KaiInspectorPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_WRAP_BOX);
  g_type_ensure (KAI_TYPE_EXCHANGE);
  g_type_ensure (KAI_TYPE_INSPECTION_VIEW);
  G_OBJECT_CLASS (klass)->dispose = kai_inspector_page_dispose;
  signals[REPORT] = g_signal_new ("report", KAI_TYPE_INSPECTOR_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/cn/kaipiao/Kaipiao/ui/inspector/kai-inspector-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiInspectorPage, name)
  BIND (stack);
  BIND (view);
  BIND (selection);
  BIND (store);
  BIND (count_label);
  BIND (request_view);
  BIND (answer_view);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_selection_changed_cb);
}

static void
kai_inspector_page_init (KaiInspectorPage *self)
{
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_init_template (GTK_WIDGET (self));
  /* The page's own buttons work in whatever window it is put. */
  gtk_widget_insert_action_group (GTK_WIDGET (self), "inspector", G_ACTION_GROUP (self->actions));
  update_count (self);
}
