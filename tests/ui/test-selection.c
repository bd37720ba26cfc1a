/* What is selected when the list is longer than the view: all of it, counted and added up, less what was taken out again; and what is done with
 * many. */
#include "kai-ui-fixture.h"

#include "notices/kai-notices-page.h"
#include "store/kai-notice-store.h"
#include "store/kai-notice-totals.h"
#include "widgets/kai-task.h"

#include <string.h>

#define MANY 25000
#define LOADED 10000 /* at first */

typedef struct
{
  GtkWidget *window;
  KaiNoticesPage *page;
  GtkTreeView *view;
  KaiTask *task;
  char *reported, *wanted;
} Shown;

static void
on_report_cb (Shown *shown, gboolean is_error, const char *sentence)
{
  g_free (shown->reported);
  shown->reported = g_strdup (sentence);
}

static void
on_offer_cb (Shown *shown, const char *sentence, const char *label, const char *action)
{
  on_report_cb (shown, FALSE, sentence);
}

static void
on_task_cb (Shown *shown, KaiTask *task)
{
  g_set_object (&shown->task, task);
}

static Shown *
show (KaiUiFixture *f)
{
  Shown *shown = g_new0 (Shown, 1);

  shown->window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  shown->page = g_object_new (KAI_TYPE_NOTICES_PAGE, NULL);
  shown->view = kai_notices_page_get_view (shown->page);
  g_signal_connect_swapped (shown->page, "report", G_CALLBACK (on_report_cb), shown);
  g_signal_connect_swapped (shown->page, "offer", G_CALLBACK (on_offer_cb), shown);
  g_signal_connect_swapped (shown->page, "task", G_CALLBACK (on_task_cb), shown);
  gtk_window_set_default_size (GTK_WINDOW (shown->window), 1366, 768);
  gtk_container_add (GTK_CONTAINER (shown->window), GTK_WIDGET (shown->page));
  gtk_widget_show (shown->window);
  kai_notices_page_set_session (shown->page, f->session);
  kai_ui_settle ();
  return shown;
}

static void
hide (Shown *shown)
{
  gtk_widget_destroy (shown->window);
  g_clear_object (&shown->task);
  g_free (shown->reported);
  g_free (shown->wanted);
  g_free (shown);
  kai_ui_settle ();
}

static gboolean
is_focused (gpointer data)
{
  return gtk_widget_has_focus (GTK_WIDGET (((Shown *)data)->view));
}

static gboolean
reads_wanted (gpointer data)
{
  Shown *shown = data;

  return kai_ui_reads (shown->window, shown->wanted);
}

static void
wait_for_text (Shown *shown, const char *text)
{
  g_free (shown->wanted);
  shown->wanted = g_strdup (text);
  g_test_message ("waiting for “%s”", text);
  kai_ui_wait (reads_wanted, shown);
}

/* As the list says it; @first … @last count from the oldest notice, whose amount is 9,000.00. */
static char *
dup_sum (int first, int last)
{
  gint64 fen = 0;

  for (int i = first; i <= last; i++)
    fen += 900000 + i;
  return kai_money_to_display (fen);
}

static int
count_selected_rows (Shown *shown)
{
  return gtk_tree_selection_count_selected_rows (gtk_tree_view_get_selection (shown->view));
}

static void
select_all (Shown *shown)
{
  gtk_widget_grab_focus (GTK_WIDGET (shown->view));
  kai_ui_wait (is_focused, shown);
  kai_ui_press (shown->window, GDK_KEY_a, GDK_CONTROL_MASK);
}

static void
activate (Shown *shown, const char *action)
{
  g_action_group_activate_action (kai_notices_page_get_actions (shown->page), action, NULL);
}

static guint
length (Shown *shown)
{
  return kai_notice_model_get_length (kai_notices_page_get_model (shown->page));
}

static gboolean
has_more_rows (gpointer data)
{
  return length (data) > LOADED;
}

/* ---- All ---- */

static void
test_all (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *sum = dup_sum (0, MANY - 1);
  g_autofree char *text =
      g_strdup_printf ("25000 notices, 25000 selected: ¥ %s (25000 unpaid, 0 paid", sum);
  Shown *shown;

  kai_ui_add_notices (f, MANY);
  shown = show (f);
  g_assert_cmpuint (length (shown), ==, LOADED);
  select_all (shown);
  wait_for_text (shown, text);
  /* Further down they are selected, too, when the view comes there. */
  gtk_adjustment_set_value (
      gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (shown->view)),
      gtk_adjustment_get_upper (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (shown->view))));
  kai_ui_wait (has_more_rows, shown);
  g_assert_cmpint (count_selected_rows (shown), ==, length (shown));
  wait_for_text (shown, text);
  hide (shown);
}

/* The command of the same name, which is found by who does not know the key. */
static void
test_command (KaiUiFixture *f, gconstpointer data)
{
  Shown *shown;

  kai_ui_add_notices (f, MANY);
  shown = show (f);
  activate (shown, "select-all");
  wait_for_text (shown, "25000 notices, 25000 selected: ");
  hide (shown);
}

/* All but one; and that survives a commit elsewhere. */
static void
test_all_but_one (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *sum = dup_sum (0, MANY - 2);
  g_autofree char *text =
      g_strdup_printf ("25000 notices, 24999 selected: ¥ %s (24999 unpaid", sum);
  Shown *shown;

  kai_ui_add_notices (f, MANY);
  shown = show (f);
  select_all (shown);
  /* The newest, at the top, where the cursor is put without being selected anew. */
  kai_ui_press (shown->window, GDK_KEY_Home, GDK_CONTROL_MASK);
  kai_ui_press (shown->window, GDK_KEY_space, GDK_CONTROL_MASK);
  wait_for_text (shown, text);
  kai_session_committed (f->session);
  wait_for_text (shown, text);
  /* Nothing any more. */
  kai_ui_press (shown->window, GDK_KEY_A, GDK_CONTROL_MASK | GDK_SHIFT_MASK);
  g_assert_cmpint (count_selected_rows (shown), ==, 0);
  g_assert_false (kai_ui_reads (shown->window, "selected"));
  hide (shown);
}

/* Another filter: those that it hides stay selected and are counted as hidden; those that are only further down are not. */
static void
test_other_filter (KaiUiFixture *f, gconstpointer data)
{
  GtkWidget *search;
  Shown *shown;

  kai_ui_add_notices (f, MANY);
  shown = show (f);
  select_all (shown);
  wait_for_text (shown, "25000 selected: ");
  search = kai_ui_find (shown->window, "Search notices");
  gtk_entry_set_text (GTK_ENTRY (search), "32068426001000000021");
  wait_for_text (shown, "24999 of them are not shown");
  g_assert_cmpint (count_selected_rows (shown), ==, 1);
  gtk_entry_set_text (GTK_ENTRY (search), "");
  wait_for_text (shown, "25000 notices, 25000 selected: ");
  g_assert_false (kai_ui_reads (shown->window, "not shown"));
  g_assert_cmpint (count_selected_rows (shown), ==, LOADED);
  hide (shown);
}

/* A plain key begins anew: the rest is no longer meant. */
static void
test_begins_anew (KaiUiFixture *f, gconstpointer data)
{
  Shown *shown;

  kai_ui_add_notices (f, MANY);
  shown = show (f);
  select_all (shown);
  wait_for_text (shown, "25000 selected: ");
  kai_ui_press (shown->window, GDK_KEY_Down, 0);
  wait_for_text (shown, "more than 9999 notices, 1 selected: ");
  hide (shown);
}

/* ---- What is done with them ---- */

static gboolean
is_finished (gpointer data)
{
  Shown *shown = data;

  return shown->task && kai_task_is_finished (shown->task);
}

static void
test_export_all (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "all.csv", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  Shown *shown;

  kai_ui_add_notices (f, MANY);
  shown = show (f);
  select_all (shown);
  kai_notices_page_write_table (shown->page, path, TRUE);
  kai_ui_wait (is_finished, shown);
  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, MANY + 1);
  /* In the order of the list, also beyond what the view had: newest first. */
  g_assert_nonnull (strstr (lines[1], "32068426001000249991"));
  g_assert_nonnull (strstr (lines[MANY], "32068426001000000001"));
  hide (shown);
}

static void
test_print_has_a_limit (KaiUiFixture *f, gconstpointer data)
{
  Shown *shown;

  kai_ui_add_notices (f, MANY);
  shown = show (f);
  select_all (shown);
  activate (shown, "print-here");
  g_assert_nonnull (shown->reported);
  g_assert_nonnull (strstr (shown->reported, "At most 5000"));
  hide (shown);
}

static gint64
count_state (KaiUiFixture *f, const char *state)
{
  return kai_database_get_int (kai_session_get_database (f->session), -1, NULL,
                               "SELECT count(*) FROM notice WHERE state = ?", "s", state);
}

static void
void_all (Shown *shown)
{
  select_all (shown);
  activate (shown, "void");
  gtk_entry_set_text (GTK_ENTRY (kai_ui_find (shown->window, "Reason for voiding")), "重复");
  activate (shown, "confirm-void");
}

/* With progress, and undone as a whole. */
static void
test_void_many (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *status = NULL;
  Shown *shown;

  kai_ui_add_notices (f, 120);
  shown = show (f);
  void_all (shown);
  g_assert_nonnull (shown->task);
  g_assert_false (kai_task_is_finished (shown->task));
  status = kai_task_dup_status (shown->task);
  g_assert_nonnull (strstr (status, "of 120"));
  /* One after the other. */
  activate (shown, "swap");
  kai_ui_wait (is_finished, shown);
  g_assert_cmpint (count_state (f, "void"), ==, 120);
  g_assert_cmpstr (shown->reported, ==, "120 notices are void.");
  g_clear_object (&shown->task);
  activate (shown, "undo-void");
  kai_ui_wait (is_finished, shown);
  g_assert_cmpint (count_state (f, "unpaid"), ==, 120);
  hide (shown);
}

/* Stopped in the middle: what was done is told, and can be undone. */
static void
test_void_cancelled (KaiUiFixture *f, gconstpointer data)
{
  gint64 done;
  g_autofree char *sentence = NULL;
  Shown *shown;

  kai_ui_add_notices (f, 120);
  shown = show (f);
  void_all (shown);
  g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (kai_task_get_cancellable (shown->task));
  kai_ui_wait (is_finished, shown);
  done = count_state (f, "void");
  g_assert_cmpint (done, <, 120);
  if (done > 0)
    {
      activate (shown, "undo-void");
      kai_ui_settle ();
      g_clear_pointer (&sentence, g_free);
    }
  g_assert_cmpint (count_state (f, "unpaid") + count_state (f, "void"), ==, 120);
  hide (shown);
}

/* Signing out stops it. */
static void
test_sign_out (KaiUiFixture *f, gconstpointer data)
{
  Shown *shown;

  kai_ui_add_notices (f, 120);
  shown = show (f);
  void_all (shown);
  kai_notices_page_set_session (shown->page, NULL);
  g_assert_true (kai_task_is_finished (shown->task));
  kai_ui_settle ();
  g_assert_cmpint (count_state (f, "void"), ==, 0);
  hide (shown);
}

/* ---- Totals ---- */

static void
test_totals (KaiUiFixture *f, gconstpointer data)
{
  KaiDatabase *db = kai_session_get_database (f->session);
  const gint64 ids[] = { 1, 2, 3, 4, 999 };
  KaiNoticeTotals totals = { 0 };
  g_autoptr (GError) error = NULL;

  kai_ui_add_notices (f, 5);
  g_assert_true (
      kai_database_run (db, &error, "UPDATE notice SET state = 'paid' WHERE id IN (2, 3)", NULL));
  g_assert_true (
      kai_database_run (db, &error, "UPDATE notice SET state = 'void' WHERE id = 4", NULL));
  g_assert_true (kai_notice_totals_add (&totals, db, ids, G_N_ELEMENTS (ids), &error));
  g_assert_cmpint (totals.count, ==, 4);
  g_assert_cmpint (totals.amount, ==, 900000 + 900001 + 900002 + 900003);
  g_assert_cmpint (totals.unpaid, ==, 1);
  g_assert_cmpint (totals.swappable, ==, 2);
  g_assert_true (kai_notice_totals_add (&totals, db, ids, 0, &error));
  g_assert_cmpint (totals.count, ==, 4);
  /* The largest amounts there are: no overflow, an end. */
  g_assert_true (kai_database_run (db, &error, "UPDATE notice SET amount = ?", "l", KAI_MONEY_MAX));
  totals = (KaiNoticeTotals){ 0 };
  g_assert_true (kai_notice_totals_add (&totals, db, ids, 1, &error));
  g_assert_cmpint (totals.amount, ==, KAI_MONEY_MAX);
  g_assert_true (kai_notice_totals_add (&totals, db, ids, 4, &error));
  g_assert_cmpint (totals.amount, ==, KAI_MONEY_MAX);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/selection/all", test_all);
  kai_ui_test_add ("/selection/command", test_command);
  kai_ui_test_add ("/selection/all-but-one", test_all_but_one);
  kai_ui_test_add ("/selection/other-filter", test_other_filter);
  kai_ui_test_add ("/selection/begins-anew", test_begins_anew);
  kai_ui_test_add ("/selection/export-all", test_export_all);
  kai_ui_test_add ("/selection/print-has-a-limit", test_print_has_a_limit);
  kai_ui_test_add ("/selection/void-many", test_void_many);
  kai_ui_test_add ("/selection/void-cancelled", test_void_cancelled);
  kai_ui_test_add ("/selection/sign-out", test_sign_out);
  kai_ui_test_add ("/selection/totals", test_totals);
  return g_test_run ();
}
