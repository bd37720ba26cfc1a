/* The list of notices: what it shows, how little it asks of a long list, and that nothing moves under the clerk's hands. */
#include "kai-ui-fixture.h"

#include "notices/kai-notices-page.h"
#include "store/kai-notice-store.h"

#include <string.h>

#define MANY 100000
#define LOADED 10000 /* at first */

typedef struct
{
  GtkWidget *window;
  KaiNoticesPage *page;
  GtkTreeView *view;
  char *reported;
} Shown;

static void
on_report_cb (Shown *shown, gboolean is_error, const char *sentence)
{
  g_free (shown->reported);
  shown->reported = g_strdup (sentence);
}

/* What is said with a button beside it. */
static void
on_offer_cb (Shown *shown, const char *sentence, const char *label, const char *action)
{
  on_report_cb (shown, FALSE, sentence);
}

static Shown
show (KaiUiFixture *f)
{
  Shown shown = { .window = gtk_window_new (GTK_WINDOW_TOPLEVEL) };

  shown.page = g_object_new (KAI_TYPE_NOTICES_PAGE, NULL);
  shown.view = kai_notices_page_get_view (shown.page);
  gtk_window_set_default_size (GTK_WINDOW (shown.window), 1366, 768);
  gtk_container_add (GTK_CONTAINER (shown.window), GTK_WIDGET (shown.page));
  gtk_widget_show (shown.window);
  kai_notices_page_set_session (shown.page, f->session);
  kai_ui_settle ();
  return shown;
}

static void
hide (Shown *shown)
{
  gtk_widget_destroy (shown->window);
  g_free (shown->reported);
  kai_ui_settle ();
}

static guint
length (Shown *shown)
{
  return kai_notice_model_get_length (kai_notices_page_get_model (shown->page));
}

static char *
cell (Shown *shown, int row, int column)
{
  GtkTreeModel *model = gtk_tree_view_get_model (shown->view);
  g_autoptr (GtkTreePath) path = gtk_tree_path_new_from_indices (row, -1);
  GtkTreeIter iter;
  char *text;

  g_assert_true (gtk_tree_model_get_iter (model, &iter, path));
  gtk_tree_model_get (model, &iter, column, &text, -1);
  return text;
}

static void
select_rows (Shown *shown, int first, int last)
{
  g_autoptr (GtkTreePath) from = gtk_tree_path_new_from_indices (first, -1);
  g_autoptr (GtkTreePath) to = gtk_tree_path_new_from_indices (last, -1);

  gtk_tree_selection_select_range (gtk_tree_view_get_selection (shown->view), from, to);
}

static void
activate (Shown *shown, const char *action)
{
  g_action_group_activate_action (kai_notices_page_get_actions (shown->page), action, NULL);
}

static gboolean
is_enabled (Shown *shown, const char *action)
{
  return g_action_group_get_action_enabled (kai_notices_page_get_actions (shown->page), action);
}

static const char *
visible_part (Shown *shown)
{
  GtkWidget *list = gtk_widget_get_ancestor (GTK_WIDGET (shown->view), GTK_TYPE_STACK);

  return gtk_stack_get_visible_child_name (GTK_STACK (list));
}

/* ---- Values ---- */

static void
test_values (KaiUiFixture *f, gconstpointer data)
{
  const struct
  {
    int column;
    const char *text;
  } expected[] = {
    { KAI_NOTICE_COLUMN_CODE, "32068426001000000021" },
    { KAI_NOTICE_COLUMN_STATE, "Unpaid" },
    { KAI_NOTICE_COLUMN_DATE, "2026-11-01" },
    { KAI_NOTICE_COLUMN_PAYER, "王小明" },
    { KAI_NOTICE_COLUMN_AMOUNT, "9,000.02" },
    { KAI_NOTICE_COLUMN_PAID_ON, "" },
    { KAI_NOTICE_COLUMN_EBILL, "" },
    { KAI_NOTICE_COLUMN_SYNC, "Accepted" },
  };
  Shown shown;

  kai_ui_add_notices (f, 3);
  shown = show (f);
  g_assert_cmpuint (length (&shown), ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *text = cell (&shown, 0, expected[i].column);

      g_assert_cmpstr (text, ==, expected[i].text);
    }
  hide (&shown);
}

/* ---- Very long ---- */

typedef struct
{
  KaiNoticeModel *model;
  guint64 before;
} Drawn;

static gboolean
is_drawn (gpointer data)
{
  Drawn *drawn = data;

  return kai_long_model_get_fetches (KAI_LONG_MODEL (drawn->model)) > drawn->before;
}

typedef struct
{
  Shown *shown;
  guint rows;
} Grown;

static gboolean
has_grown (gpointer data)
{
  Grown *grown = data;

  return length (grown->shown) >= grown->rows;
}

static void
test_hundred_thousand (KaiUiFixture *f, gconstpointer data)
{
  GtkAdjustment *adjustment;
  KaiNoticeModel *model;
  Drawn drawn = { 0 };
  gint64 start;
  Shown shown;

  kai_ui_add_notices (f, MANY);
  shown = show (f);
  drawn.model = model = kai_notices_page_get_model (shown.page);
  kai_ui_wait (is_drawn, &drawn);
  kai_ui_settle ();
  g_assert_cmpuint (length (&shown), ==, LOADED);
  g_test_message ("values asked for to show the list: %" G_GUINT64_FORMAT,
                  kai_long_model_get_fetches (KAI_LONG_MODEL (model)));
  g_assert_cmpuint (kai_long_model_get_fetches (KAI_LONG_MODEL (model)), <, 5000);

  drawn.before = kai_long_model_get_fetches (KAI_LONG_MODEL (model));
  start = g_get_monotonic_time ();
  adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (shown.view));
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
  kai_ui_wait (is_drawn, &drawn);
  kai_ui_settle ();
  g_test_message ("jump to the end: %" G_GUINT64_FORMAT " values, %" G_GINT64_FORMAT " ms",
                  kai_long_model_get_fetches (KAI_LONG_MODEL (model)) - drawn.before,
                  (g_get_monotonic_time () - start) / 1000);
  g_assert_cmpuint (kai_long_model_get_fetches (KAI_LONG_MODEL (model)) - drawn.before, <, 5000);
  /* At the end of what was loaded there is as much again, until all is there. */
  for (guint rows = 2 * LOADED; length (&shown) < MANY; rows *= 2)
    {
      Grown grown = { &shown, MIN (rows, MANY) };

      gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
      kai_ui_wait (has_grown, &grown);
      kai_ui_settle ();
    }
  hide (&shown);
}

/* What was found elsewhere is shown, however old it is. */
static void
test_show_oldest (KaiUiFixture *f, gconstpointer data)
{
  GtkTreePath *path = NULL;
  Shown shown;

  kai_ui_add_notices (f, 3 * LOADED);
  shown = show (f);
  g_assert_cmpuint (length (&shown), ==, LOADED);
  kai_notices_page_show_notice (shown.page, 1);
  gtk_tree_view_get_cursor (shown.view, &path, NULL);
  g_assert_nonnull (path);
  g_assert_cmpint (kai_notice_model_get_id (kai_notices_page_get_model (shown.page),
                                            (guint)gtk_tree_path_get_indices (path)[0]),
                   ==, 1);
  gtk_tree_path_free (path);
  hide (&shown);
}

static gboolean
is_added_up (gpointer data)
{
  return is_enabled (data, "void");
}

static void
test_select_all (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;

  kai_ui_add_notices (f, 3000);
  shown = show (f);
  gtk_tree_selection_select_all (gtk_tree_view_get_selection (shown.view));
  kai_ui_wait (is_added_up, &shown);
  kai_ui_settle ();
  /* A commit elsewhere leaves all of them selected. */
  kai_session_committed (f->session);
  kai_ui_settle ();
  g_assert_cmpint (
      gtk_tree_selection_count_selected_rows (gtk_tree_view_get_selection (shown.view)), ==, 3000);
  hide (&shown);
}

/* ---- Live ---- */

static gboolean
has_six (gpointer data)
{
  return length (data) == 6;
}

static void
insert_elsewhere (KaiUiFixture *f)
{
  KaiDatabase *other = kai_ui_open_other (f);
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  g_autoptr (GError) error = NULL;

  kai_notice_set (&notice->payment_code, "32068426001999999991");
  kai_notice_set (&notice->payer_name, "新来的");
  notice->payer_kind = KAI_PAYER_PERSON;
  notice->bill_date = kai_day_today ();
  notice->valid_until = 20991231;
  kai_notice_add_item (notice, KAI_UI_FREE, 1, 100);
  kai_notice_sum (notice);
  kai_notice_store_insert (other, notice, &error);
  g_assert_no_error (error);
  kai_database_close (other);
}

static void
test_other_process (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *code = NULL;
  GList *paths;
  Shown shown;

  kai_ui_add_notices (f, 5);
  shown = show (f);
  select_rows (&shown, 1, 1);
  code = cell (&shown, 1, KAI_NOTICE_COLUMN_CODE);
  insert_elsewhere (f);
  kai_ui_wait (has_six, &shown);
  kai_ui_settle ();
  /* The same notice is selected, one row further down. */
  paths = gtk_tree_selection_get_selected_rows (gtk_tree_view_get_selection (shown.view), NULL);
  g_assert_cmpint (g_list_length (paths), ==, 1);
  {
    g_autofree char *now =
        cell (&shown, gtk_tree_path_get_indices (paths->data)[0], KAI_NOTICE_COLUMN_CODE);

    g_assert_cmpstr (now, ==, code);
  }
  g_list_free_full (paths, (GDestroyNotify)gtk_tree_path_free);
  hide (&shown);
}

typedef struct
{
  Shown *shown;
  int row;
} Top;

static int
top_row (Shown *shown)
{
  g_autoptr (GtkTreePath) path = NULL;

  if (!gtk_tree_view_get_path_at_pos (shown->view, 1, 1, &path, NULL, NULL, NULL))
    return -1;
  return gtk_tree_path_get_indices (path)[0];
}

static gboolean
is_at_top (gpointer data)
{
  Top *top = data;

  return top_row (top->shown) == top->row;
}

static void
test_scroll_stays (KaiUiFixture *f, gconstpointer data)
{
  GtkAdjustment *adjustment;
  Shown shown;
  Top top = { .shown = &shown };

  kai_ui_add_notices (f, 500);
  shown = show (f);
  adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (shown.view));
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment) / 2);
  kai_ui_settle ();
  top.row = top_row (&shown) + 1;
  g_assert_cmpint (top.row, >, 100);
  insert_elsewhere (f);
  kai_session_committed (f->session);
  /* The same notice stays at the top, whatever came in above it; the view scrolls with its next frame. */
  kai_ui_wait (is_at_top, &top);
  g_assert_cmpuint (length (&shown), ==, 501);
  hide (&shown);
}

/* ---- Filters and empty states ---- */

static gboolean
is_no_match (gpointer data)
{
  return g_str_equal (visible_part (data), "no-match");
}

static void
test_filters (KaiUiFixture *f, gconstpointer data)
{
  GtkWidget *state, *search;
  Shown shown;

  kai_ui_add_notices (f, 5);
  shown = show (f);
  state = kai_ui_find (shown.window, "State of the notices");
  gtk_combo_box_set_active_id (GTK_COMBO_BOX (state), "paid");
  g_assert_cmpstr (visible_part (&shown), ==, "no-match");
  activate (&shown, "clear-filter");
  g_assert_cmpuint (length (&shown), ==, 5);
  search = kai_ui_find (shown.window, "Search notices");
  gtk_entry_set_text (GTK_ENTRY (search), "没有这个人");
  kai_ui_wait (is_no_match, &shown);
  gtk_entry_set_text (GTK_ENTRY (search), "00000031");
  g_signal_emit_by_name (search, "activate");
  g_assert_cmpuint (length (&shown), ==, 1);
  hide (&shown);
}

static void
test_empty (KaiUiFixture *f, gconstpointer data)
{
  Shown shown = show (f);

  g_assert_cmpstr (visible_part (&shown), ==, "empty");
  g_assert_false (is_enabled (&shown, "print"));
  g_assert_false (is_enabled (&shown, "void"));
  hide (&shown);
}

/* ---- Actions ---- */

static void
test_void (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;
  g_autofree char *state = NULL;

  kai_ui_add_notices (f, 3);
  shown = show (f);
  g_signal_connect_swapped (shown.page, "report", G_CALLBACK (on_report_cb), &shown);
  g_signal_connect_swapped (shown.page, "offer", G_CALLBACK (on_offer_cb), &shown);
  g_assert_false (is_enabled (&shown, "undo-void"));
  select_rows (&shown, 1, 1);
  g_assert_true (is_enabled (&shown, "void"));
  activate (&shown, "void");
  g_assert_false (is_enabled (&shown, "confirm-void"));
  gtk_entry_set_text (GTK_ENTRY (kai_ui_find (shown.window, "Reason for voiding")), "金额写错");
  g_assert_true (is_enabled (&shown, "confirm-void"));
  activate (&shown, "confirm-void");
  kai_ui_settle ();
  state = cell (&shown, 1, KAI_NOTICE_COLUMN_STATE);
  g_assert_cmpstr (state, ==, "Void");
  g_assert_cmpstr (shown.reported, ==, "1 notice is void.");
  g_clear_pointer (&state, g_free);
  g_assert_true (is_enabled (&shown, "undo-void"));
  activate (&shown, "undo-void");
  kai_ui_settle ();
  state = cell (&shown, 1, KAI_NOTICE_COLUMN_STATE);
  g_assert_cmpstr (state, ==, "Unpaid");
  g_assert_cmpstr (shown.reported, ==, "1 notice is unpaid again.");
  g_assert_false (is_enabled (&shown, "undo-void"));
  hide (&shown);
}

static void
on_copy_cb (char **payer, gpointer notice)
{
  *payer = g_strdup (((KaiNotice *)notice)->payer_name);
}

static void
test_copy (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *payer = NULL;
  Shown shown;

  kai_ui_add_notices (f, 3);
  shown = show (f);
  g_signal_connect_swapped (shown.page, "copy", G_CALLBACK (on_copy_cb), &payer);
  select_rows (&shown, 0, 1);
  g_assert_false (is_enabled (&shown, "copy"));
  gtk_tree_selection_unselect_all (gtk_tree_view_get_selection (shown.view));
  select_rows (&shown, 0, 0);
  activate (&shown, "copy");
  g_assert_cmpstr (payer, ==, "王小明");
  hide (&shown);
}

typedef struct
{
  KaiTask *task;
  char *path;
  char *sentence;
} Printed;

static void
on_written_cb (Printed *printed, gboolean is_error, const char *sentence)
{
  g_assert_false (is_error);
  printed->sentence = g_strdup (sentence);
}

static void
on_print_cb (Printed *printed, gpointer export, gboolean ask)
{
  g_assert_false (ask);
  printed->task = kai_print_export_write (export, printed->path);
  g_signal_connect_swapped (printed->task, "finished", G_CALLBACK (on_written_cb), printed);
}

static gboolean
is_printed (gpointer data)
{
  return ((Printed *)data)->sentence != NULL;
}

static void
test_print (KaiUiFixture *f, gconstpointer data)
{
  Printed printed = { .path = g_build_filename (f->dir, "out.pdf", NULL) };
  g_autofree char *text = NULL;
  Shown shown;

  kai_ui_add_notices (f, 4);
  shown = show (f);
  g_signal_connect_swapped (shown.page, "print", G_CALLBACK (on_print_cb), &printed);
  select_rows (&shown, 0, 2);
  activate (&shown, "print-here");
  kai_ui_wait (is_printed, &printed);
  g_assert_cmpfloat (kai_task_get_fraction (printed.task), ==, 1);
  g_assert_nonnull (strchr (printed.sentence, '3'));
  g_assert_true (g_file_get_contents (printed.path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "%PDF"));
  g_free (printed.path);
  g_free (printed.sentence);
  g_object_unref (printed.task);
  hide (&shown);
}

static void
test_columns (KaiUiFixture *f, gconstpointer data)
{
  g_autoptr (GVariant) wanted =
      g_variant_ref_sink (g_variant_new_parsed ("[('payer', 150, true), ('amount', 99, true), "
                                                "('channel', 70, false), ('nonsense', 1, true)]"));
  g_autoptr (GVariant) columns = NULL;
  const char *name;
  gboolean visible;
  int width;
  Shown shown;

  kai_ui_add_notices (f, 1);
  shown = show (f);
  kai_notices_page_set_columns (shown.page, wanted);
  kai_ui_settle ();
  columns = kai_notices_page_dup_columns (shown.page);
  g_variant_get_child (columns, 0, "(&sib)", &name, &width, &visible);
  g_assert_cmpstr (name, ==, "payer");
  g_variant_get_child (columns, 1, "(&sib)", &name, &width, &visible);
  g_assert_cmpstr (name, ==, "amount");
  g_assert_cmpint (width, ==, 99);
  g_variant_get_child (columns, 2, "(&sib)", &name, &width, &visible);
  g_assert_cmpstr (name, ==, "channel");
  g_assert_false (visible);
  hide (&shown);
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/notices/values", test_values);
  kai_ui_test_add ("/notices/hundred-thousand", test_hundred_thousand);
  kai_ui_test_add ("/notices/show-oldest", test_show_oldest);
  kai_ui_test_add ("/notices/select-all", test_select_all);
  kai_ui_test_add ("/notices/other-process", test_other_process);
  kai_ui_test_add ("/notices/scroll-stays", test_scroll_stays);
  kai_ui_test_add ("/notices/filters", test_filters);
  kai_ui_test_add ("/notices/empty", test_empty);
  kai_ui_test_add ("/notices/void", test_void);
  kai_ui_test_add ("/notices/copy", test_copy);
  kai_ui_test_add ("/notices/print", test_print);
  kai_ui_test_add ("/notices/columns", test_columns);
  return g_test_run ();
}
