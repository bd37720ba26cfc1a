/* Movements of bills from the window, by keyboard: take in, hand out, void; what cannot be done says why. Also the log page. */
#include "kai-ui-fixture.h"

#include "kai-command.h"
#include "log/kai-log-page.h"
#include "stock/kai-stock-page.h"

#include <string.h>


typedef struct
{
  GtkWidget *window;
  KaiStockPage *page;
  GtkTreeView *view;
  char *reported;
  gboolean is_error;
} Shown;

static void
on_report_cb (Shown *shown, gboolean is_error, const char *sentence)
{
  g_free (shown->reported);
  shown->reported = g_strdup (sentence);
  shown->is_error = is_error;
}

static void
show (KaiUiFixture *f, Shown *shown)
{
  *shown = (Shown){ .window = gtk_window_new (GTK_WINDOW_TOPLEVEL),
                    .page = g_object_new (KAI_TYPE_STOCK_PAGE, NULL) };
  g_signal_connect_swapped (shown->page, "report", G_CALLBACK (on_report_cb), shown);
  gtk_container_add (GTK_CONTAINER (shown->window), GTK_WIDGET (shown->page));
  gtk_window_set_default_size (GTK_WINDOW (shown->window), 1200, 700);
  gtk_widget_show (shown->window);
  kai_stock_page_set_session (shown->page, f->session);
  kai_ui_settle ();
  shown->view = GTK_TREE_VIEW (kai_ui_find (shown->window, "Stock of bills"));
}

static void
hide (Shown *shown)
{
  gtk_widget_destroy (shown->window);
  g_free (shown->reported);
  kai_ui_settle ();
}

static void
choose_row (Shown *shown, int row)
{
  g_autoptr (GtkTreePath) path = gtk_tree_path_new_from_indices (row, -1);

  gtk_tree_selection_select_path (gtk_tree_view_get_selection (shown->view), path);
  kai_ui_settle ();
}

static void
type (Shown *shown, const char *entry, const char *text)
{
  gtk_entry_set_text (GTK_ENTRY (kai_ui_find (shown->window, entry)), text);
  kai_ui_settle ();
}

static void
enter (Shown *shown, const char *entry)
{
  gtk_widget_activate (kai_ui_find (shown->window, entry));
  kai_ui_settle ();
}

/* "to-take-in 161-200|free 101-160|", in the order of the list. */
static char *
read_stock (KaiUiFixture *f)
{
  g_autoptr (GPtrArray) ranges = kai_stock_list (kai_session_get_database (f->session), NULL, NULL);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < ranges->len; i++)
    {
      const KaiStockRange *range = ranges->pdata[i];

      g_string_append_printf (text, "%s %d-%d|", kai_stock_state_to_string (range->state),
                              (int)range->range.first, (int)range->range.last);
    }
  return g_string_free (text, FALSE);
}

static const char *
why (Shown *shown)
{
  return kai_command_get_why (G_ACTION_MAP (kai_stock_page_get_actions (shown->page)), "move");
}

static void
test_take_in_and_void (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;
  g_autofree char *taken = NULL;
  g_autofree char *voided = NULL;

  kai_ui_deliver (f);
  show (f, &shown);
  g_assert_cmpstr (why (&shown), ==, "Choose a range in the list first.");
  choose_row (&shown, 0);
  g_assert_null (why (&shown));
  type (&shown, "Last number", "0000000160");
  enter (&shown, "Last number");
  g_assert_false (shown.is_error);
  g_assert_cmpstr (shown.reported, ==, "Take in: 60 bills. The finance bureau is told.");
  taken = read_stock (f);
  g_assert_nonnull (strstr (taken, "free 101-160|"));
  g_assert_nonnull (strstr (taken, "to-take-in 161-200|"));
  /* The numbers that were worked on stay chosen. */
  g_assert_true (
      gtk_combo_box_set_active_id (GTK_COMBO_BOX (kai_ui_find (shown.window, "Movement")), "void"));
  type (&shown, "First number", "0000000110");
  type (&shown, "Last number", "");
  g_assert_cmpstr (why (&shown), ==, "Write why the bills are void.");
  type (&shown, "Reason for the movement", "torn");
  g_assert_null (why (&shown));
  enter (&shown, "Reason for the movement");
  voided = read_stock (f);
  g_assert_nonnull (strstr (voided, "void 110-110|"));
  hide (&shown);
}

static void
test_wrong_numbers (KaiUiFixture *f, gconstpointer data)
{
  const struct
  {
    const char *first, *last;
  } rows[] = {
    { "0000000001", "0000000002" },
    { "0000000101", "0000000999" },
    { "0000000105", "0000000104" },
    { "", "" },
    { "101", "102" },
    { "abc", "" },
  };
  Shown shown;
  g_autofree char *after = NULL;

  kai_ui_deliver (f);
  show (f, &shown);
  choose_row (&shown, 0);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      type (&shown, "First number", rows[i].first);
      type (&shown, "Last number", rows[i].last);
      g_assert_nonnull (why (&shown));
      enter (&shown, "First number");
    }
  after = read_stock (f);
  g_assert_cmpstr (after, ==, "to-take-in 101-200|");
  hide (&shown);
}

static void
test_log (KaiUiFixture *f, gconstpointer data)
{
  GtkWidget *window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  KaiLogPage *page = g_object_new (KAI_TYPE_LOG_PAGE, NULL);
  GtkTreeModel *model;

  kai_ui_deliver (f);
  {
    Shown shown;

    show (f, &shown);
    choose_row (&shown, 0);
    enter (&shown, "Last number");
    hide (&shown);
  }
  gtk_container_add (GTK_CONTAINER (window), GTK_WIDGET (page));
  gtk_widget_show (window);
  kai_log_page_set_session (page, f->session);
  kai_ui_settle ();
  model = gtk_tree_view_get_model (GTK_TREE_VIEW (kai_ui_find (window, "Lines of the log")));
  g_assert_cmpint (gtk_tree_model_iter_n_children (model, NULL), ==, 1);
  gtk_entry_set_text (GTK_ENTRY (kai_ui_find (window, "Search the log")), "no such word");
  g_signal_emit_by_name (kai_ui_find (window, "Search the log"), "search-changed");
  kai_ui_settle ();
  g_assert_cmpint (gtk_tree_model_iter_n_children (model, NULL), ==, 0);
  gtk_widget_destroy (window);
  kai_ui_settle ();
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/stock-page/take-in-and-void", test_take_in_and_void);
  kai_ui_test_add ("/stock-page/wrong-numbers", test_wrong_numbers);
  kai_ui_test_add ("/stock-page/log", test_log);
  return g_test_run ();
}
