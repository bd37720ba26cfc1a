/* The window around the pages: state bar, stock, e-bills, messages, what is remembered, signing out. */
#include "kai-ui-fixture.h"

#include "ebills/kai-ebills-page.h"
#include "kai-window.h"
#include "stock/kai-stock-page.h"
#include "store/kai-outbox.h"
#include "store/kai-stock.h"

#include <string.h>

static void
test_state_bar (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);
  g_autoptr (GBytes) body = g_bytes_new_static ("x", 1);
  gint64 subject = 1;
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_ui_reads (window, "Working without a connection"));
  g_assert_true (kai_ui_reads (window, "nothing waiting"));
  g_assert_true (kai_ui_reads (window, "张三"));
  g_assert_cmpint (kai_outbox_add (kai_session_get_database (f->session), "1", "8994", body, "",
                                   &subject, 1, &error),
                   !=, 0);
  g_assert_no_error (error);
  kai_session_committed (f->session);
  g_assert_true (kai_ui_reads (window, "1 waiting"));
  g_action_group_activate_action (G_ACTION_GROUP (window), "show-outbox", NULL);
  kai_ui_settle ();
  kai_ui_close_window (window);
}

static void
test_stock (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);
  g_autoptr (GPtrArray) ranges =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_stock_range_free);
  KaiStockRange *range = g_new0 (KaiStockRange, 1);
  GtkTreeModel *model;
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL;
  GtkTreeIter iter;

  *range = (KaiStockRange){ .type = g_strdup ("0101"),
                            .version = g_strdup ("2026"),
                            .holder = g_strdup ("320684001"),
                            .state = KAI_STOCK_TO_TAKE_IN,
                            .range = { 101, 200, 10 } };
  g_ptr_array_add (ranges, range);
  kai_window_show_page (window, "stock");
  kai_ui_settle ();
  g_assert_true (kai_ui_reads (window, "No bills in stock"));
  g_assert_true (kai_stock_set_deliveries (kai_session_get_database (f->session), "320684001",
                                           ranges, &error));
  kai_session_committed (f->session);
  kai_ui_settle ();
  model =
      gtk_tree_view_get_model (GTK_TREE_VIEW (kai_ui_find (GTK_WIDGET (window), "Stock of bills")));
  g_assert_true (gtk_tree_model_get_iter_first (model, &iter));
  gtk_tree_model_get (model, &iter, 4, &first, -1);
  g_assert_cmpstr (first, ==, "0000000101");
  kai_ui_close_window (window);
}

static void
test_ebills_empty (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);
  GActionGroup *actions;

  kai_window_show_page (window, "ebills");
  kai_ui_settle ();
  g_assert_true (kai_ui_reads (window, "No e-bills yet"));
  actions = gtk_widget_get_action_group (GTK_WIDGET (window), "ebills");
  g_assert_nonnull (actions);
  g_assert_false (g_action_group_get_action_enabled (actions, "print"));
  g_assert_null (gtk_widget_get_action_group (GTK_WIDGET (window), "editor"));
  kai_ui_close_window (window);
}

static void
test_one_message_bar (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);

  kai_window_report (window, TRUE, "first sentence");
  kai_window_report (window, FALSE, "second sentence");
  kai_ui_settle ();
  g_assert_false (kai_ui_reads (window, "first sentence"));
  g_assert_true (kai_ui_reads (window, "second sentence"));
  g_action_group_activate_action (G_ACTION_GROUP (window), "dismiss", NULL);
  kai_ui_settle ();
  g_assert_false (kai_ui_reads (window, "second sentence"));
  kai_ui_close_window (window);
}

static void
test_sign_out (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window;

  kai_ui_add_notices (f, 3);
  window = kai_ui_open_window (f);
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "new-notice"));
  kai_window_set_session (window, NULL);
  kai_ui_settle ();
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "new-notice"));
  g_assert_null (gtk_widget_get_action_group (GTK_WIDGET (window), "notices"));
  g_assert_true (kai_ui_reads (window, "Sign in to Kaipiao"));
  kai_window_set_session (window, f->session);
  kai_ui_close_window (window);
}

static void
test_no_ribbon_in_earnest (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);

  g_assert_false (kai_ui_reads (window, "TRAINING MODE"));
  kai_ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/pages/state-bar", test_state_bar);
  kai_ui_test_add ("/pages/stock", test_stock);
  kai_ui_test_add ("/pages/ebills-empty", test_ebills_empty);
  kai_ui_test_add ("/pages/one-message-bar", test_one_message_bar);
  kai_ui_test_add ("/pages/sign-out", test_sign_out);
  kai_ui_test_add ("/pages/no-ribbon-in-earnest", test_no_ribbon_in_earnest);
  return kai_ui_run_in_application ();
}
