/* The page of messages: who may see it, what it keeps, what it hides, what it writes to the log. */
#include "kai-ui-fixture.h"

#include "inspector/kai-inspector-page.h"
#include "kai-window.h"
#include "messages/kai-message.h"
#include "store/kai-audit-log.h"

#include <string.h>

#define PAYER "欧阳若溪"
#define MOBILE "13812345678"

static void
find_cb (GtkWidget *widget, gpointer data)
{
  if (KAI_IS_INSPECTOR_PAGE (widget))
    *(GtkWidget **)data = widget;
  else if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), find_cb, data);
}

static KaiInspectorPage *
get_page (KaiWindow *window)
{
  GtkWidget *page = NULL;

  find_cb (GTK_WIDGET (window), &page);
  g_assert_nonnull (page);
  return KAI_INSPECTOR_PAGE (page);
}

static GBytes *
make_query (KaiUiFixture *f, int n)
{
  g_autoptr (KaiMessage) message = kai_message_new ("2698");
  g_autoptr (GError) error = NULL;
  g_autofree char *hold = g_strdup_printf ("%d", n);
  KaiRecord *voucher = kai_record_new ();
  GBytes *bytes;

  g_free (message->source);
  message->source = g_strdup ("K3206840001");
  g_free (message->destination);
  message->destination = g_strdup ("F320684");
  g_free (message->region);
  message->region = g_strdup ("320684");
  kai_record_set (voucher, "MobilePhone", MOBILE);
  kai_record_set (voucher, "Hold1", PAYER " " MOBILE);
  kai_record_set (voucher, "Hold2", hold);
  g_ptr_array_add (message->vouchers, voucher);
  bytes = kai_message_encode (message, kai_desk_get_catalogue (kai_session_get_desk (f->session)),
                              FALSE, &error);
  g_assert_no_error (error);
  return bytes;
}

static void
add_exchange (KaiUiFixture *f, KaiWindow *window, int n, const char *failure)
{
  g_autoptr (GBytes) request = make_query (f, n);
  g_autoptr (GBytes) answer = failure ? NULL : make_query (f, n);
  g_autoptr (KaiExchange) exchange = kai_exchange_new (1795230000 + n, n, request, answer, failure);

  kai_inspector_page_add (get_page (window), exchange);
  kai_ui_settle ();
}

static GtkTreeModel *
get_list (KaiWindow *window)
{
  return gtk_tree_view_get_model (
      GTK_TREE_VIEW (kai_ui_find (GTK_WIDGET (window), "Messages sent and received")));
}

/* Text of the first row whose @key_column is @key; caller frees, NULL when there is none. */
static char *
find_cell (GtkTreeModel *model, int key_column, const char *key, int column)
{
  GtkTreeIter iter;
  gboolean more = gtk_tree_model_get_iter_first (model, &iter);

  for (; more; more = gtk_tree_model_iter_next (model, &iter))
    {
      g_autofree char *found = NULL;
      char *cell = NULL;

      gtk_tree_model_get (model, &iter, key_column, &found, -1);
      if (g_strcmp0 (found, key) != 0)
        continue;
      gtk_tree_model_get (model, &iter, column, &cell, -1);
      return cell;
    }
  return NULL;
}

static char *
get_field (KaiWindow *window, const char *tag)
{
  return find_cell (gtk_tree_view_get_model (
                        GTK_TREE_VIEW (kai_ui_find (GTK_WIDGET (window), "Fields of the message"))),
                    1, tag, 2);
}

static char *
get_text (KaiWindow *window)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (
      GTK_TEXT_VIEW (kai_ui_find (GTK_WIDGET (window), "Text of the message")));
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
}

static GActionGroup *
get_actions (KaiWindow *window)
{
  GActionGroup *group = gtk_widget_get_action_group (GTK_WIDGET (window), "inspector");

  g_assert_nonnull (group);
  return group;
}

static void
test_not_for_clerks (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);

  g_assert_false (kai_inspector_page_is_allowed (get_page (window)));
  g_action_group_activate_action (G_ACTION_GROUP (window), "page",
                                  g_variant_new_string ("messages"));
  kai_ui_settle ();
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (get_page (window))));
  add_exchange (f, window, 1, NULL);
  g_assert_cmpint (gtk_tree_model_iter_n_children (get_list (window), NULL), ==, 0);
  kai_ui_close_window (window);
}

static void
test_training (KaiUiFixture *f, gconstpointer data)
{
  KaiConnection *connection =
      kai_connection_copy (kai_desk_get_connection (kai_session_get_desk (f->session)));
  KaiDesk *desk = kai_desk_open (connection, NULL, NULL);
  g_autoptr (KaiSession) session = kai_session_new (desk, NULL, TRUE);
  KaiWindow *window = kai_window_new (kai_ui_get_application (), NULL);

  kai_window_set_session (window, session);
  g_assert_true (kai_inspector_page_is_allowed (get_page (window)));
  kai_ui_close_window (window);
  kai_connection_free (connection);
}

static void
test_list (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);
  g_autofree char *time = NULL;
  g_autofree char *failed = NULL;
  GtkTreeIter iter;

  kai_window_show_page (window, "messages");
  kai_ui_settle ();
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (get_page (window))));
  g_assert_false (g_action_group_get_action_enabled (get_actions (window), "clear"));
  add_exchange (f, window, 1, NULL);
  add_exchange (f, window, 2, "No answer within 60 seconds.");
  g_assert_cmpint (gtk_tree_model_iter_n_children (get_list (window), NULL), ==, 2);
  failed = find_cell (get_list (window), 5, "2", 4);
  g_assert_cmpstr (failed, ==, "No answer within 60 seconds.");
  /* The newest first. */
  g_assert_true (gtk_tree_model_get_iter_first (get_list (window), &iter));
  gtk_tree_model_get (get_list (window), &iter, 5, &time, -1);
  g_assert_cmpstr (time, ==, "2");
  g_action_group_activate_action (get_actions (window), "clear", NULL);
  kai_ui_settle ();
  g_assert_cmpint (gtk_tree_model_iter_n_children (get_list (window), NULL), ==, 0);
  kai_ui_close_window (window);
}

static void
test_ring (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);
  g_autofree char *newest = NULL;
  g_autofree char *oldest = NULL;

  for (int i = 1; i <= KAI_INSPECTOR_MAX_EXCHANGES + 3; i++)
    add_exchange (f, window, i, NULL);
  g_assert_cmpint (gtk_tree_model_iter_n_children (get_list (window), NULL), ==,
                   KAI_INSPECTOR_MAX_EXCHANGES);
  newest = find_cell (get_list (window), 5, "203", 1);
  oldest = find_cell (get_list (window), 5, "3", 1);
  g_assert_cmpstr (newest, ==, "2698");
  g_assert_null (oldest);
  kai_ui_close_window (window);
}

static char *
last_outcome (KaiUiFixture *f, guint *n)
{
  g_autoptr (GPtrArray) lines =
      kai_audit_log_list (kai_session_get_database (f->session), NULL, 100, NULL);
  char *outcome = NULL;

  *n = 0;
  for (guint i = 0; i < lines->len; i++)
    {
      const KaiAuditLine *line = lines->pdata[i];

      if (!g_str_equal (line->action, "inspector.show-personal"))
        continue;
      g_assert_cmpstr (line->user, ==, KAI_UI_CLERK);
      if (!outcome)
        outcome = g_strdup (line->outcome);
      ++*n;
    }
  return outcome;
}

static void
test_personal (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);
  static const char *const expected[] = { "****5678", MOBILE, "****5678" };
  static const char *const outcomes[] = { NULL, "on", "off" };

  kai_window_show_page (window, "messages");
  add_exchange (f, window, 1, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *mobile = NULL;
      g_autofree char *text = NULL;
      g_autofree char *outcome = NULL;
      guint n;

      if (i > 0)
        g_action_group_activate_action (get_actions (window), "show-personal", NULL);
      kai_ui_settle ();
      mobile = get_field (window, "MobilePhone");
      text = get_text (window);
      outcome = last_outcome (f, &n);
      g_assert_cmpstr (mobile, ==, expected[i]);
      g_assert_cmpint (strstr (text, "<Voucher>PFZ") != NULL, ==, i == 1);
      g_assert_null (strstr (text, MOBILE));
      g_assert_cmpstr (outcome, ==, outcomes[i]);
      g_assert_cmpuint (n, ==, i);
    }
  kai_ui_close_window (window);
}

/* What was on show is gone for whoever signs in next. */
static void
test_sign_out (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);
  g_autoptr (GVariant) state = NULL;

  kai_window_show_page (window, "messages");
  add_exchange (f, window, 1, NULL);
  g_action_group_activate_action (get_actions (window), "show-personal", NULL);
  kai_window_set_session (window, NULL);
  kai_ui_settle ();
  g_assert_cmpint (gtk_tree_model_iter_n_children (get_list (window), NULL), ==, 0);
  kai_window_set_session (window, f->session);
  kai_window_show_page (window, "messages");
  kai_ui_settle ();
  state = g_action_group_get_action_state (get_actions (window), "show-personal");
  g_assert_false (g_variant_get_boolean (state));
  g_assert_cmpint (gtk_tree_model_iter_n_children (get_list (window), NULL), ==, 0);
  kai_ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/inspector-page/not-for-clerks", test_not_for_clerks);
  kai_ui_test_add ("/inspector-page/training", test_training);
  kai_ui_test_add_as ("/inspector-page/list", "clerk administrator", test_list);
  kai_ui_test_add_as ("/inspector-page/ring", "administrator", test_ring);
  kai_ui_test_add_as ("/inspector-page/personal", "administrator", test_personal);
  kai_ui_test_add_as ("/inspector-page/sign-out", "administrator", test_sign_out);
  return kai_ui_run_in_application ();
}
