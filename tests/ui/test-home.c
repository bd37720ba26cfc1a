/* The home page: what it says, where its lines lead, the chart as text; and long work at the foot of the window. */
#include "kai-ui-fixture.h"

#include "home/kai-day-chart.h"
#include "home/kai-home-page.h"
#include "kai-window.h"
#include "store/kai-notice-store.h"
#include "widgets/kai-sidebar-row.h"
#include "widgets/kai-task.h"

#include <string.h>

typedef struct
{
  KaiHomePage *page;
  GtkWidget *window;
  char *target;
} Shown;

static void
on_go_cb (Shown *shown, const char *target)
{
  g_free (shown->target);
  shown->target = g_strdup (target);
}

static gboolean
is_counted (gpointer data)
{
  return kai_home_page_get_attention (KAI_HOME_PAGE (data)) != NULL;
}

static void
show (KaiUiFixture *f, Shown *shown)
{
  *shown = (Shown){ .page = g_object_new (KAI_TYPE_HOME_PAGE, NULL),
                    .window = gtk_window_new (GTK_WINDOW_TOPLEVEL) };
  g_signal_connect_swapped (shown->page, "go", G_CALLBACK (on_go_cb), shown);
  gtk_container_add (GTK_CONTAINER (shown->window), GTK_WIDGET (shown->page));
  gtk_window_set_default_size (GTK_WINDOW (shown->window), 1200, 700);
  gtk_widget_show (shown->window);
  kai_home_page_set_session (shown->page, f->session);
  kai_ui_wait (is_counted, shown->page);
  kai_ui_settle ();
}

static void
hide (Shown *shown)
{
  gtk_widget_destroy (shown->window);
  g_free (shown->target);
  kai_ui_settle ();
}

/* Titles of the lines, a line each. */
static char *
read_lines (Shown *shown)
{
  GtkListBox *list = GTK_LIST_BOX (kai_ui_find (shown->window, "What needs attention"));
  GString *text = g_string_new (NULL);
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (list, i)); i++)
    g_string_append_printf (text, "%s\n", kai_attention_row_get_title (KAI_ATTENTION_ROW (row)));
  return g_string_free (text, FALSE);
}

static void
test_empty (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;
  g_autofree char *lines = NULL;

  show (f, &shown);
  lines = read_lines (&shown);
  g_assert_cmpstr (lines, ==, "");
  g_assert_cmpuint (kai_home_page_count_warnings (shown.page), ==, 0);
  hide (&shown);
}

static void
add_notice (KaiUiFixture *f, const char *code, KaiNoticeState state, KaiSyncState sync, int days)
{
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  g_autoptr (GError) error = NULL;

  kai_notice_set (&notice->payment_code, code);
  kai_notice_set (&notice->payer_name, "A");
  kai_notice_set (&notice->unit_code, "320684001");
  notice->payer_kind = KAI_PAYER_PERSON;
  notice->bill_date = kai_day_today ();
  notice->valid_until = kai_day_add (kai_day_today (), days);
  notice->state = state;
  notice->sync = sync;
  notice->paid_at = state == KAI_NOTICE_PAID ? g_get_real_time () / G_USEC_PER_SEC - 10 * 86400 : 0;
  kai_notice_add_item (notice, KAI_UI_FREE, 1, 500);
  g_assert_true (kai_notice_sum (notice));
  kai_notice_store_insert (kai_session_get_database (f->session), notice, &error);
  g_assert_no_error (error);
}

static void
test_lines (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;
  g_autofree char *lines = NULL;
  GtkListBox *list;
  const char *text;

  add_notice (f, "1", KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, 1);
  add_notice (f, "2", KAI_NOTICE_PAID, KAI_SYNC_ACCEPTED, 10);
  add_notice (f, "3", KAI_NOTICE_UNPAID, KAI_SYNC_REFUSED, 10);
  add_notice (f, "", KAI_NOTICE_UNPAID, KAI_SYNC_DRAFT, 10);
  show (f, &shown);
  lines = read_lines (&shown);
  g_assert_cmpstr (lines, ==,
                   "1 notice was refused by the finance server\n"
                   "1 unpaid notice is about to lapse\n"
                   "1 notice has no payment code yet\n"
                   "1 paid notice has no e-bill yet\n");
  g_assert_cmpuint (kai_home_page_count_warnings (shown.page), ==, 4);
  list = GTK_LIST_BOX (kai_ui_find (shown.window, "What needs attention"));
  g_signal_emit_by_name (gtk_list_box_get_row_at_index (list, 1), "activate");
  kai_ui_settle ();
  g_assert_cmpstr (shown.target, ==, "notices:lapsing");
  /* The chart says the same in words. */
  text = kai_day_chart_get_text (
      KAI_DAY_CHART (kai_ui_find (shown.window, "Issued and paid, day by day")));
  g_assert_true (g_str_has_suffix (text, ": 2 issued, 0 paid"));
  hide (&shown);
}

static gboolean
has_one_line (gpointer data)
{
  g_autofree char *lines = read_lines (data);

  return g_str_equal (lines, "1 unpaid notice is about to lapse\n");
}

/* The page follows the store. */
static void
test_follows (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;

  show (f, &shown);
  add_notice (f, "1", KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, 1);
  kai_session_committed (f->session);
  kai_ui_wait (has_one_line, &shown);
  hide (&shown);
}

/* ---- In the window ---- */

static gboolean
has_count (gpointer data)
{
  GtkWidget *row = kai_ui_find (GTK_WIDGET (data), "Notices");

  return kai_sidebar_row_get_count (KAI_SIDEBAR_ROW (row)) == 1;
}

static void
test_window (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_window_new (kai_ui_get_application (), NULL);
  GtkListBox *list;

  add_notice (f, "1", KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED, 1);
  kai_window_set_session (window, f->session);
  gtk_window_present (GTK_WINDOW (window));
  kai_ui_wait (has_count, window);
  list = GTK_LIST_BOX (kai_ui_find (GTK_WIDGET (window), "What needs attention"));
  g_signal_emit_by_name (gtk_list_box_get_row_at_index (list, 0), "activate");
  kai_ui_settle ();
  g_assert_nonnull (gtk_widget_get_action_group (GTK_WIDGET (window), "notices"));
  g_assert_cmpstr (gtk_combo_box_get_active_id (
                       GTK_COMBO_BOX (kai_ui_find (GTK_WIDGET (window), "State of the notices"))),
                   ==, "lapsing");
  gtk_widget_destroy (GTK_WIDGET (window));
  kai_ui_settle ();
}

/* A key whose command is disabled says why. */
static void
test_why (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_window_new (kai_ui_get_application (), NULL);
  GtkWidget *label = NULL;

  kai_window_set_session (window, f->session);
  kai_window_show_page (window, "notices");
  gtk_window_present (GTK_WINDOW (window));
  kai_ui_settle ();
  kai_ui_press (window, GDK_KEY_e, GDK_CONTROL_MASK);
  label = GTK_WIDGET (
      gtk_widget_get_template_child (GTK_WIDGET (window), KAI_TYPE_WINDOW, "info_label"));
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (label)), ==,
                   "Select a notice in the list first.");
  gtk_widget_destroy (GTK_WIDGET (window));
  kai_ui_settle ();
}

static void
test_task (void)
{
  g_autoptr (KaiTask) task = kai_task_new ("work");
  g_autofree char *first = kai_task_dup_status (task);
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;

  g_assert_cmpstr (first, ==, "preparing…");
  g_assert_cmpfloat (kai_task_get_fraction (task), ==, -1);
  kai_task_set_progress (task, 25, 100);
  second = kai_task_dup_status (task);
  g_assert_cmpstr (second, ==, "25 of 100");
  g_assert_cmpfloat (kai_task_get_fraction (task), ==, 0.25);
  g_cancellable_cancel (kai_task_get_cancellable (task));
  third = kai_task_dup_status (task);
  g_assert_cmpstr (third, ==, "stopping…");
  kai_task_finish (task, FALSE, NULL);
  g_assert_true (kai_task_is_finished (task));
}

/* ---- Base data ---- */

static gboolean
lacks_base_data (gpointer data)
{
  g_autofree char *lines = read_lines (data);

  return strstr (lines, "The base data are not here yet") != NULL;
}

static gboolean
has_base_data (gpointer data)
{
  return !lacks_base_data (data);
}

/* They come while somebody looks: it is no longer said that they are missing. */
static void
test_base_data_arrive (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;

  show (f, &shown);
  kai_ui_replace_base_data (f, NULL, NULL, FALSE);
  kai_ui_wait (lacks_base_data, &shown);
  g_assert_true (kai_ui_reads (shown.window, "No base data yet"));
  kai_ui_replace_base_data (f, NULL, NULL, TRUE);
  kai_ui_wait (has_base_data, &shown);
  g_assert_false (kai_ui_reads (shown.window, "No base data yet"));
  hide (&shown);
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/home/empty", test_empty);
  kai_ui_test_add ("/home/lines", test_lines);
  kai_ui_test_add ("/home/base-data-arrive", test_base_data_arrive);
  kai_ui_test_add ("/home/follows", test_follows);
  kai_ui_test_add ("/home/window", test_window);
  kai_ui_test_add ("/home/why-disabled", test_why);
  g_test_add_func ("/home/task", test_task);
  return kai_ui_run_in_application ();
}
