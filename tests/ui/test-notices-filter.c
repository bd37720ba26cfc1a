/* The list of notices: which ones, in which order, and what leaves the window as text or as a table. */
#include "kai-ui-fixture.h"

#include "kai-command.h"
#include "notices/kai-notices-page.h"
#include "store/kai-notice-store.h"

#include <string.h>

typedef struct
{
  GtkWidget *window;
  KaiNoticesPage *page;
  GtkTreeView *view;
  char *reported;
  KaiTask *task;
  gboolean finished;
  gboolean cancel_at_once;
} Shown;

static void
on_report_cb (Shown *shown, gboolean is_error, const char *sentence)
{
  g_free (shown->reported);
  shown->reported = g_strdup (sentence);
}

static void
on_finished_cb (Shown *shown, gboolean is_error, const char *sentence)
{
  on_report_cb (shown, is_error, sentence);
  shown->finished = TRUE;
}

static void
on_task_cb (Shown *shown, KaiTask *task)
{
  g_set_object (&shown->task, task);
  g_signal_connect_swapped (task, "finished", G_CALLBACK (on_finished_cb), shown);
  if (shown->cancel_at_once)
    g_cancellable_cancel (kai_task_get_cancellable (task));
}

static void
show (KaiUiFixture *f, Shown *shown)
{
  *shown = (Shown){ .window = gtk_window_new (GTK_WINDOW_TOPLEVEL) };
  shown->page = g_object_new (KAI_TYPE_NOTICES_PAGE, NULL);
  shown->view = kai_notices_page_get_view (shown->page);
  gtk_window_set_default_size (GTK_WINDOW (shown->window), 1366, 768);
  gtk_container_add (GTK_CONTAINER (shown->window), GTK_WIDGET (shown->page));
  gtk_widget_show (shown->window);
  g_signal_connect_swapped (shown->page, "report", G_CALLBACK (on_report_cb), shown);
  g_signal_connect_swapped (shown->page, "task", G_CALLBACK (on_task_cb), shown);
  kai_notices_page_set_session (shown->page, f->session);
  kai_ui_settle ();
}

static void
hide (Shown *shown)
{
  gtk_widget_destroy (shown->window);
  g_free (shown->reported);
  g_clear_object (&shown->task);
  kai_ui_settle ();
}

/* Four that differ in everything that can be filtered. */
static void
add_different (KaiUiFixture *f)
{
  const struct
  {
    KaiDay bill_date, valid_until;
    KaiNoticeState state;
    KaiSyncState sync;
    KaiMoney amount;
    int channel;
    const char *grade, *class_name, *term;
  } rows[] = {
    { kai_day_today (), kai_day_add (kai_day_today (), 1), KAI_NOTICE_UNPAID, KAI_SYNC_ACCEPTED,
      300, 0, "\xe9\xab\x98\xe4\xb8\x80", "3", "" },
    { kai_day_today (), kai_day_add (kai_day_today (), 30), KAI_NOTICE_UNPAID, KAI_SYNC_SENT, 100,
      0, "", "", "" },
    { 20200115, 20200125, KAI_NOTICE_PAID, KAI_SYNC_ACCEPTED, 400, 2, "", "", "2020" },
    { 20200116, 20200126, KAI_NOTICE_UNPAID, KAI_SYNC_REFUSED, 200, 0, "", "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (KaiNotice) notice = kai_notice_new ();
      g_autofree char *code = g_strdup_printf ("3206842600100000%04u", i);
      g_autoptr (GError) error = NULL;

      kai_notice_set (&notice->payment_code, code);
      kai_notice_set (&notice->payer_name, "A\tB");
      kai_notice_set (&notice->unit_code, "320684001");
      kai_notice_set (&notice->clerk_code, KAI_UI_CLERK);
      kai_notice_set (&notice->grade, rows[i].grade);
      kai_notice_set (&notice->class_name, rows[i].class_name);
      kai_notice_set (&notice->term, rows[i].term);
      notice->payer_kind = KAI_PAYER_PERSON;
      notice->bill_date = rows[i].bill_date;
      notice->valid_until = rows[i].valid_until;
      notice->state = rows[i].state;
      notice->sync = rows[i].sync;
      notice->pay_channel = rows[i].channel;
      notice->paid_at = rows[i].channel ? 1579000000 : 0;
      kai_notice_add_item (notice, KAI_UI_FREE, 1, rows[i].amount);
      g_assert_true (kai_notice_sum (notice));
      kai_notice_store_insert (kai_session_get_database (f->session), notice, &error);
      g_assert_no_error (error);
    }
}

/* The last digits of the codes in the list, in order: "0123". */
static char *
listed (Shown *shown)
{
  KaiNoticeModel *model = kai_notices_page_get_model (shown->page);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < kai_notice_model_get_length (model); i++)
    {
      const char *code = kai_notice_model_get (model, i)->payment_code;

      g_string_append_c (text, code[strlen (code) - 1]);
    }
  return g_string_free (text, FALSE);
}

#define assert_listed(shown, expected)                                                             \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *found_ = listed (shown);                                                      \
    g_assert_cmpstr (found_, ==, expected);                                                        \
  }                                                                                                \
  G_STMT_END

static void
choose (Shown *shown, const char *combo, const char *id)
{
  g_assert_true (
      gtk_combo_box_set_active_id (GTK_COMBO_BOX (kai_ui_find (shown->window, combo)), id));
  kai_ui_settle ();
}

static void
activate (Shown *shown, const char *action)
{
  g_action_group_activate_action (kai_notices_page_get_actions (shown->page), action, NULL);
  kai_ui_settle ();
}

static void
test_filters (KaiUiFixture *f, gconstpointer data)
{
  const struct
  {
    const char *combo, *id, *listed;
  } rows[] = {
    { "State of the notices", "unpaid", "103" },
    { "State of the notices", "lapsing", "0" },
    { "State of the notices", "paid", "2" },
    { "How it was paid", "2", "2" },
    { "What the finance server says", "waiting", "1" },
    { "What the finance server says", "refused", "3" },
    { "Who issued it", KAI_UI_CLERK, "1032" },
    { "Period of the notices", "today", "10" },
    { "Period of the notices", "week", "10" },
    { "Period of the notices", "month", "10" },
    { "Period of the notices", "term", "10" },
    { "Period of the notices", "year", "10" },
    { "Swap state of the notices", "done", "" },
  };
  Shown shown;

  add_different (f);
  show (f, &shown);
  activate (&shown, "more-filters");
  assert_listed (&shown, "1032");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s %s", rows[i].combo, rows[i].id);
      choose (&shown, rows[i].combo, rows[i].id);
      assert_listed (&shown, rows[i].listed);
      activate (&shown, "clear-filter");
      assert_listed (&shown, "1032");
    }
  hide (&shown);
}

static void
test_own_period (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;
  GtkEntry *from, *to;

  add_different (f);
  show (f, &shown);
  choose (&shown, "Period of the notices", "own");
  from = GTK_ENTRY (kai_ui_find (shown.window, "From day"));
  to = GTK_ENTRY (kai_ui_find (shown.window, "To day"));
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (from)));
  gtk_entry_set_text (from, "2020-01-16");
  gtk_entry_set_text (to, "20200116");
  kai_ui_settle ();
  assert_listed (&shown, "3");
  /* No day at all: it is marked and left out. */
  gtk_entry_set_text (from, "2020-13-99");
  kai_ui_settle ();
  g_assert_true (
      gtk_style_context_has_class (gtk_widget_get_style_context (GTK_WIDGET (from)), "error"));
  assert_listed (&shown, "32");
  activate (&shown, "clear-filter");
  g_assert_cmpstr (gtk_entry_get_text (from), ==, "");
  g_assert_false (
      gtk_style_context_has_class (gtk_widget_get_style_context (GTK_WIDGET (from)), "error"));
  /* Typing a date makes the period one's own. */
  gtk_entry_set_text (to, "2020-01-15");
  kai_ui_settle ();
  assert_listed (&shown, "2");
  hide (&shown);
}

static gboolean
is_two (gpointer data)
{
  g_autofree char *found = listed (data);

  return g_str_equal (found, "2");
}

static gboolean
is_none_but_first (gpointer data)
{
  g_autofree char *found = listed (data);

  return g_str_equal (found, "0");
}

static void
test_group (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;
  GtkEntry *group;

  add_different (f);
  show (f, &shown);
  group = GTK_ENTRY (kai_ui_find (shown.window, "Class, grade or term"));
  gtk_entry_set_text (group, "2020");
  kai_ui_wait (is_two, &shown);
  gtk_entry_set_text (group, "\xe9\xab\x98\xe4\xb8\x80"
                             "3");
  kai_ui_wait (is_none_but_first, &shown);
  hide (&shown);
}

static void
test_presets (KaiUiFixture *f, gconstpointer data)
{
  const struct
  {
    const char *preset, *listed;
  } rows[] = {
    { "unpaid", "103" }, { "lapsing", "0" }, { "lapsed", "" },   { "unswapped", "2" },
    { "waiting", "1" },  { "drafts", "1" },  { "refused", "3" },
  };
  Shown shown;

  add_different (f);
  show (f, &shown);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      kai_notices_page_show_preset (shown.page, rows[i].preset);
      kai_ui_settle ();
      assert_listed (&shown, rows[i].listed);
    }
  hide (&shown);
}

static GtkTreeViewColumn *
find_column (Shown *shown, const char *title)
{
  g_autoptr (GList) all = gtk_tree_view_get_columns (shown->view);

  for (GList *l = all; l; l = l->next)
    if (g_str_equal (gtk_tree_view_column_get_title (l->data), title))
      return l->data;
  g_error ("there is no column “%s”", title);
}

static void
test_order (KaiUiFixture *f, gconstpointer data)
{
  const struct
  {
    const char *title, *listed;
  } clicks[] = {
    { "Amount", "2031" },       { "Amount", "1302" },  { "Payment code", "3210" },
    { "Payment code", "0123" }, { "Paid on", "2103" }, { "State", "1032" },
    { "Date", "1032" },
  };
  Shown shown;
  g_autoptr (GVariant) order = NULL;
  g_autoptr (GVariant) wanted = g_variant_ref_sink (g_variant_new ("(sb)", "amount", TRUE));
  g_autofree char *printed = NULL;

  add_different (f);
  show (f, &shown);
  for (guint i = 0; i < G_N_ELEMENTS (clicks); i++)
    {
      g_test_message ("%s", clicks[i].title);
      gtk_tree_view_column_clicked (find_column (&shown, clicks[i].title));
      kai_ui_settle ();
      assert_listed (&shown, clicks[i].listed);
      g_assert_true (
          gtk_tree_view_column_get_sort_indicator (find_column (&shown, clicks[i].title)));
    }
  /* A column without an order says so and changes nothing. */
  gtk_tree_view_column_clicked (find_column (&shown, "Payer"));
  kai_ui_settle ();
  g_assert_nonnull (strstr (shown.reported, "encrypted"));
  assert_listed (&shown, "1032");
  kai_notices_page_set_order (shown.page, wanted);
  assert_listed (&shown, "1302");
  order = kai_notices_page_dup_order (shown.page);
  printed = g_variant_print (order, FALSE);
  g_assert_cmpstr (printed, ==, "('amount', true)");
  hide (&shown);
}

static void
test_columns_chosen (KaiUiFixture *f, gconstpointer data)
{
  GActionGroup *actions;
  g_auto (GStrv) names = NULL;
  Shown shown;

  add_different (f);
  show (f, &shown);
  actions = kai_notices_page_get_actions (shown.page);
  g_assert_false (gtk_tree_view_column_get_visible (find_column (&shown, "Clerk")));
  activate (&shown, "column-clerk");
  g_assert_true (gtk_tree_view_column_get_visible (find_column (&shown, "Clerk")));
  names = g_action_group_list_actions (actions);
  for (int i = 0; names[i]; i++)
    if (g_str_has_prefix (names[i], "column-"))
      {
        g_autoptr (GVariant) state = g_action_group_get_action_state (actions, names[i]);

        if (g_variant_get_boolean (state))
          activate (&shown, names[i]);
      }
  /* The last one stays. */
  g_assert_cmpstr (shown.reported, ==, "One column has to stay.");
  hide (&shown);
}

static void
select_all (Shown *shown)
{
  gtk_tree_selection_select_all (gtk_tree_view_get_selection (shown->view));
  kai_ui_settle ();
}

static gboolean
reads (GtkWidget *widget, const char *text)
{
  gboolean found = GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget)
                   && strstr (gtk_label_get_text (GTK_LABEL (widget)), text);

  if (GTK_IS_CONTAINER (widget) && !found)
    {
      g_autoptr (GList) children = gtk_container_get_children (GTK_CONTAINER (widget));

      for (GList *l = children; l && !found; l = l->next)
        found = reads (l->data, text);
    }
  return found;
}

/* What is selected stays so while the filter hides it, and the bar says it. */
static void
test_selection_over_filters (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;

  add_different (f);
  show (f, &shown);
  choose (&shown, "State of the notices", "paid");
  select_all (&shown);
  g_assert_true (reads (shown.window, "1 selected: ¥ 4.00"));
  choose (&shown, "State of the notices", "lapsing");
  g_assert_true (reads (shown.window, "1 selected: ¥ 4.00"));
  g_assert_true (reads (shown.window, "1 of them is not shown"));
  select_all (&shown);
  g_assert_true (reads (shown.window, "2 selected: ¥ 7.00 (1 unpaid, 1 paid without e-bill)"));
  activate (&shown, "clear-filter");
  g_assert_true (reads (shown.window, "2 selected: ¥ 7.00"));
  g_assert_false (reads (shown.window, "not shown"));
  choose (&shown, "State of the notices", "paid");
  activate (&shown, "forget-hidden");
  g_assert_true (reads (shown.window, "1 selected: ¥ 4.00"));
  hide (&shown);
}

static void
test_copy_text (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;
  GtkClipboard *clipboard;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_auto (GStrv) cells = NULL;

  add_different (f);
  show (f, &shown);
  select_all (&shown);
  activate (&shown, "copy-rows");
  clipboard = gtk_widget_get_clipboard (shown.window, GDK_SELECTION_CLIPBOARD);
  text = gtk_clipboard_wait_for_text (clipboard);
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 6);
  g_assert_true (g_str_has_prefix (lines[0], "Payment code\tState\tDate\tPayer\tAmount\t"));
  cells = g_strsplit (lines[1], "\t", -1);
  g_assert_cmpuint (g_strv_length (cells), ==, 9);
  g_assert_cmpstr (cells[3], ==, "A B");
  gtk_clipboard_set_text (clipboard, "", 0);
  hide (&shown);
}

static gboolean
is_finished (gpointer data)
{
  return ((Shown *)data)->finished;
}

static void
test_table (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;
  g_autofree char *path = g_build_filename (f->dir, "out.csv", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  add_different (f);
  show (f, &shown);
  kai_notices_page_write_table (shown.page, path, FALSE);
  g_assert_nonnull (shown.task);
  kai_ui_wait (is_finished, &shown);
  g_assert_true (g_str_has_prefix (shown.reported, "4 notices are written to "));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\r\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 6);
  g_assert_nonnull (strstr (lines[1], ",1.00,"));
  g_assert_cmpfloat (kai_task_get_fraction (shown.task), ==, 1);
  hide (&shown);
}

/* Cancelled before the thread has begun: no file, no words. */
static void
test_table_cancelled (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;
  g_autofree char *path = g_build_filename (f->dir, "out.csv", NULL);

  add_different (f);
  show (f, &shown);
  shown.cancel_at_once = TRUE;
  kai_notices_page_write_table (shown.page, path, FALSE);
  kai_ui_wait (is_finished, &shown);
  g_assert_null (shown.reported);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  hide (&shown);
}

/* Cancelled when the table may be there already: told exactly when it is. */
static void
test_table_cancelled_late (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;
  g_autofree char *path = g_build_filename (f->dir, "out.csv", NULL);

  add_different (f);
  show (f, &shown);
  kai_notices_page_write_table (shown.page, path, FALSE);
  while (kai_task_get_fraction (shown.task) < 1)
    g_thread_yield ();
  g_cancellable_cancel (kai_task_get_cancellable (shown.task));
  kai_ui_wait (is_finished, &shown);
  g_assert_cmpint (shown.reported != NULL, ==, g_file_test (path, G_FILE_TEST_EXISTS));
  hide (&shown);
}

static void
test_why_disabled (KaiUiFixture *f, gconstpointer data)
{
  Shown shown;
  GActionMap *map;

  add_different (f);
  show (f, &shown);
  map = G_ACTION_MAP (kai_notices_page_get_actions (shown.page));
  g_assert_cmpstr (kai_command_get_why (map, "swap"), ==, "Select a notice in the list first.");
  choose (&shown, "State of the notices", "unpaid");
  select_all (&shown);
  g_assert_true (g_str_has_prefix (kai_command_get_why (map, "swap"), "Only paid notices"));
  g_assert_null (kai_command_get_why (map, "void"));
  hide (&shown);
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/notices-filter/filters", test_filters);
  kai_ui_test_add ("/notices-filter/own-period", test_own_period);
  kai_ui_test_add ("/notices-filter/group", test_group);
  kai_ui_test_add ("/notices-filter/presets", test_presets);
  kai_ui_test_add ("/notices-filter/order", test_order);
  kai_ui_test_add ("/notices-filter/columns", test_columns_chosen);
  kai_ui_test_add ("/notices-filter/selection-over-filters", test_selection_over_filters);
  kai_ui_test_add ("/notices-filter/copy-text", test_copy_text);
  kai_ui_test_add ("/notices-filter/table", test_table);
  kai_ui_test_add ("/notices-filter/table-cancelled", test_table_cancelled);
  kai_ui_test_add ("/notices-filter/table-cancelled-late", test_table_cancelled_late);
  kai_ui_test_add ("/notices-filter/why-disabled", test_why_disabled);
  return g_test_run ();
}
