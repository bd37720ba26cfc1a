/* What waits to be checked: a reviewer approves, or sends back with a reason. */
#include "review/kai-review-page.h"
#include "kai-command.h"
#include "kai-format.h"
#include "sync/kai-desk-review.h"
#include "sync/kai-desk-roles.h"
#include "values/kai-codes.h"
#include "values/kai-problem.h"
#include "widgets/kai-field.h"
#include "widgets/kai-wrap-box.h"
#include <glib/gi18n-lib.h>

#define MAX_SHOWN 1000

struct _KaiReviewPage
{
  GtkBox parent_instance;

  /* Template */
  GtkListStore *store;
  GtkTreeView *view;
  GtkTreeSelection *selection;
  GtkEntry *reason_entry;
  KaiField *reason_field;
  GtkLabel *details_label, *message_label, *role_label;
  GtkWidget *empty_label;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
};

G_DEFINE_FINAL_TYPE (KaiReviewPage, kai_review_page, GTK_TYPE_BOX)

enum
{
  REPORT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static KaiDesk *
get_desk (KaiReviewPage *self)
{
  return kai_session_get_desk (self->session);
}

static KaiDatabase *
get_db (KaiReviewPage *self)
{
  return kai_session_get_database (self->session);
}

/* gint64 ids; caller frees. */
static GArray *
list_selected (KaiReviewPage *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  GtkTreeModel *model;
  GList *rows = gtk_tree_selection_get_selected_rows (self->selection, &model);

  for (GList *l = rows; l; l = l->next)
    {
      GtkTreeIter iter;
      gint64 id;

      if (!gtk_tree_model_get_iter (model, &iter, l->data))
        continue;
      gtk_tree_model_get (model, &iter, 0, &id, -1);
      g_array_append_val (ids, id);
    }
  g_list_free_full (rows, (GDestroyNotify)gtk_tree_path_free);
  return ids;
}

static void
update_actions (KaiReviewPage *self)
{
  g_autoptr (GArray) ids = list_selected (self);
  g_autoptr (GError) error = NULL;
  gboolean may = self->session && kai_desk_may (get_desk (self), KAI_TASK_REVIEW, &error);
  const char *why = !self->session ? _ ("Sign in first.")
                    : error        ? error->message
                                   : _ ("Choose notices in the list first.");

  kai_command_set_enabled (G_ACTION_MAP (self->actions), "approve", may && ids->len > 0, why);
  kai_command_set_enabled (
      G_ACTION_MAP (self->actions), "send-back", may && ids->len == 1,
      ids->len > 1 ? _ ("Send notices back one by one: each needs its own reason.") : why);
  gtk_label_set_text (self->role_label, error ? error->message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->role_label), error != NULL);
}

/* ---- The list ---- */

static char *
join_items (const KaiNotice *notice, const KaiBaseData *base)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < notice->items->len; i++)
    {
      const KaiNoticeItem *item = notice->items->pdata[i];
      const KaiItem *known = kai_base_data_find_item (base, item->code);

      g_string_append_printf (text, "%s%s", i > 0 ? _ (", ") : "",
                              known ? known->name : item->code);
    }
  return g_string_free (text, FALSE);
}

static void
add_row (KaiReviewPage *self, const KaiReview *review)
{
  g_autofree char *items =
      review->notice ? join_items (review->notice, kai_session_get_base_data (self->session))
                     : NULL;
  g_autofree char *amount = kai_money_to_display (review->amount);
  g_autofree char *time = kai_format_time (review->created_at);

  gtk_list_store_insert_with_values (self->store, NULL, -1, 0, review->id, 1, review->maker_name, 2,
                                     review->notice ? review->notice->payer_name : "", 3,
                                     items ? items : "", 4, amount, 5, time, -1);
}

static void
reload (KaiReviewPage *self)
{
  g_autoptr (GPtrArray) reviews = NULL;

  gtk_list_store_clear (self->store);
  if (self->session)
    reviews = kai_review_store_list (get_db (self), KAI_REVIEW_WAITING, NULL, MAX_SHOWN, NULL);
  for (guint i = 0; reviews && i < reviews->len; i++)
    add_row (self, reviews->pdata[i]);
  gtk_widget_set_visible (self->empty_label, self->session && (!reviews || reviews->len == 0));
  update_actions (self);
}

static void
on_changed_cb (KaiReviewPage *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    reload (self);
}

static char *
describe (KaiReviewPage *self, const KaiReview *review)
{
  const KaiNotice *notice = review->notice;
  GString *text = g_string_new (NULL);
  g_autofree char *number = kai_mask_id (notice->payer_id);
  g_autofree char *mobile = kai_mask_mobile (notice->mobile);
  g_autofree char *total = kai_money_to_display (review->amount);
  g_autofree char *capitals = kai_money_to_capitals (review->amount);

  g_string_append_printf (text, "%s  %s  %s\n", notice->payer_name, number, mobile);
  for (guint i = 0; i < notice->items->len; i++)
    {
      const KaiNoticeItem *item = notice->items->pdata[i];
      const KaiItem *known =
          kai_base_data_find_item (kai_session_get_base_data (self->session), item->code);
      g_autofree char *amount = kai_money_to_display (item->amount);

      g_string_append_printf (text, "%s × %d  ¥ %s\n", known ? known->name : item->code,
                              (int)item->quantity, amount);
    }
  if (notice->late_fee > 0)
    {
      g_autofree char *fee = kai_money_to_display (notice->late_fee);

      g_string_append_printf (text, _ ("Late fee ¥ %s"), fee);
      g_string_append_c (text, '\n');
    }
  g_string_append_printf (text, "¥ %s  %s", total, capitals);
  if (*notice->term)
    g_string_append_printf (text, "\n%s", notice->term);
  if (*notice->memo)
    g_string_append_printf (text, "\n%s", notice->memo);
  return g_string_free (text, FALSE);
}

static void
on_selection_changed_cb (KaiReviewPage *self)
{
  g_autoptr (GArray) ids = NULL;
  g_autoptr (KaiReview) review = NULL;
  g_autofree char *text = NULL;

  if (!self->actions)
    return;
  ids = list_selected (self);
  if (self->session && ids->len == 1)
    review = kai_review_store_load (get_db (self), g_array_index (ids, gint64, 0), NULL);
  if (review && review->notice)
    text = describe (self, review);
  else if (ids->len > 1)
    text = g_strdup_printf (ngettext ("%d notice chosen", "%d notices chosen", (int)ids->len),
                            (int)ids->len);
  gtk_label_set_text (self->details_label, text ? text : "");
  kai_field_set_problem (self->reason_field, NULL);
  update_actions (self);
}

/* ---- Commands ---- */

static void
finish (KaiReviewPage *self, const char *sentence)
{
  gtk_entry_set_text (self->reason_entry, "");
  gtk_label_set_text (self->message_label, sentence);
  reload (self);
  kai_session_committed (self->session);
}

static void
approve (KaiReviewPage *self)
{
  g_autoptr (GArray) ids = list_selected (self);
  g_autoptr (GPtrArray) issued = kai_notices_new ();
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (!kai_desk_approve (get_desk (self), ids, issued, problems, &error))
    {
      g_signal_emit (self, signals[REPORT], 0, TRUE, error->message);
      return;
    }
  for (guint i = 0; i < problems->len; i++)
    g_signal_emit (self, signals[REPORT], 0, TRUE, ((KaiProblem *)problems->pdata[i])->message);
  text = g_strdup_printf (
      ngettext ("%d notice is issued.", "%d notices are issued.", (int)issued->len),
      (int)issued->len);
  finish (self, text);
}

static void
on_approve_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  approve (KAI_REVIEW_PAGE (data));
}

static void
on_row_activated_cb (KaiReviewPage *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->reason_entry));
}

static void
send_back (KaiReviewPage *self)
{
  g_autoptr (GArray) ids = list_selected (self);
  g_autoptr (GError) error = NULL;

  if (ids->len != 1)
    return;
  if (!kai_desk_send_back (get_desk (self), g_array_index (ids, gint64, 0),
                           gtk_entry_get_text (self->reason_entry), &error))
    {
      kai_field_set_problem (self->reason_field, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (self->reason_entry));
      return;
    }
  finish (self, _ ("Sent back: it is among the clerk’s drafts."));
}

static void
on_send_back_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  send_back (KAI_REVIEW_PAGE (data));
}

static void
on_reason_activate_cb (KaiReviewPage *self)
{
  if (g_action_group_get_action_enabled (G_ACTION_GROUP (self->actions), "send-back"))
    send_back (self);
}

static const GActionEntry entries[] = {
  { .name = "approve", .activate = on_approve_cb },
  { .name = "send-back", .activate = on_send_back_cb },
};

/* ---- Public ---- */

void
kai_review_page_set_session (KaiReviewPage *self, KaiSession *session)
{
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_set_object (&self->session, session);
  gtk_label_set_text (self->message_label, "");
  gtk_label_set_text (self->details_label, "");
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
kai_review_page_get_actions (KaiReviewPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

int
kai_review_page_get_count (KaiReviewPage *self)
{
  return self->session && kai_desk_may (get_desk (self), KAI_TASK_REVIEW, NULL)
             ? kai_review_store_count (get_db (self), KAI_REVIEW_WAITING, NULL)
             : 0;
}

static void
kai_review_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (kai_review_page_parent_class)->map (widget);
  reload (KAI_REVIEW_PAGE (widget));
}

static void
kai_review_page_dispose (GObject *object)
{
  KaiReviewPage *self = KAI_REVIEW_PAGE (object);

  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (kai_review_page_parent_class)->dispose (object);
}

static void
kai_review_page_class_init (KaiReviewPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_WRAP_BOX);
  g_type_ensure (KAI_TYPE_FIELD);
  G_OBJECT_CLASS (klass)->dispose = kai_review_page_dispose;
  widget_class->map = kai_review_page_map;
  signals[REPORT] = g_signal_new ("report", KAI_TYPE_REVIEW_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/review/kai-review-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiReviewPage, name)
  BIND (store);
  BIND (view);
  BIND (selection);
  BIND (reason_entry);
  BIND (reason_field);
  BIND (details_label);
  BIND (message_label);
  BIND (role_label);
  BIND (empty_label);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_selection_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_reason_activate_cb);
}

static void
kai_review_page_init (KaiReviewPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "review", G_ACTION_GROUP (self->actions));
  kai_command_explain (GTK_WIDGET (self), "review", G_ACTION_MAP (self->actions));
  update_actions (self);
}

void
kai_review_page_show_review (KaiReviewPage *self, gint64 id)
{
  GtkTreeModel *model = GTK_TREE_MODEL (self->store);
  GtkTreeIter iter;
  gboolean more;

  reload (self);
  for (more = gtk_tree_model_get_iter_first (model, &iter); more;
       more = gtk_tree_model_iter_next (model, &iter))
    {
      gint64 row;

      gtk_tree_model_get (model, &iter, 0, &row, -1);
      if (row == id)
        {
          g_autoptr (GtkTreePath) path = gtk_tree_model_get_path (model, &iter);

          gtk_tree_view_set_cursor (self->view, path, NULL, FALSE);
          gtk_widget_grab_focus (GTK_WIDGET (self->view));
          return;
        }
    }
}
