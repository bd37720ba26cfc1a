/* The log in words, and the badge beside the stock. */
#include "kai-ui-fixture.h"

#include "kai-format.h"
#include "kai-window-private.h"
#include "store/kai-audit-log.h"
#include "store/kai-notice-store.h"
#include "store/kai-stock.h"

#include <string.h>

/* Every action that the program writes (kai_desk_audit, kai_audit_log_add). */
static void
test_actions (void)
{
  static const char *const actions[] = {
    "notice.issue",     "notice.number",  "notice.answer",
    "notice.payment",   "notice.void",    "notice.undo-void",
    "notice.correct",   "notice.give-up", "notice.lapse",
    "notice.revive",    "notice.remind",  "notice.recover",
    "notice.export",    "notice.view",    "notice.show-personal",
    "ebill.request",    "ebill.sign",     "ebill.answer",
    "ebill.file",       "ebill.recover",  "payer.show",
    "review.submit",    "review.approve", "review.send-back",
    "review.withdraw",  "stock.answer",   "lease.add",
    "queue.send",       "queue.hold",     "queue.release",
    "queue.resolve",    "sync.pause",     "sync.resume",
    "security.refused", "store.backup",   "store.restore",
    "store.repair",     "store.recover",  "vault.create",
    "vault.admit",      "vault.remove",   "inspector.show-personal",
  };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    g_assert_cmpstr (kai_format_action_name (actions[i]), !=, actions[i]);
  for (int kind = KAI_MOVE_RECEIVE; kind <= KAI_MOVE_WRITE_OFF; kind++)
    {
      g_autofree char *action =
          g_strconcat ("stock.", kai_move_kind_to_string ((KaiMoveKind)kind), NULL);

      g_assert_cmpstr (kai_format_action_name (action), !=, action);
    }
}

static void
test_subjects (void)
{
  static const struct
  {
    const char *subject, *words;
  } rows[] = {
    { "notice:32068426001000000021", "Notice 32068426001000000021" },
    { "notice:draft", "Notice without a payment code" },
    { "review:7", "Check of a notice 7" },
    { "stock:0101:0000000101-0000000200", "Bills 0101:0000000101-0000000200" },
    { "movement:3", "Movement of bills 3" },
    { "lease:00000001", "Payment codes from 00000001" },
    { "user:32068400101", "User 32068400101" },
    { "payer:12", "Payer 12" },
    { "store:kaipiao.db", "Store" },
    { "store:", "Store" },
    { "table", "Table of notices" },
    { "messages", "Messages" },
    { "backup:2026-11-21T08:00:00Z", "Backup of 2026-11-21T08:00:00Z" },
    { "something new", "something new" },
    { "new:1", "new:1" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *words = kai_format_subject (rows[i].subject);

      g_assert_cmpstr (words, ==, rows[i].words);
    }
  {
    g_autofree char *words = kai_format_subject ("message:8994/20261121000001");

    g_assert_true (g_str_has_prefix (words, "Message “"));
    g_assert_true (g_str_has_suffix (words, "” 8994/20261121000001"));
  }
}

static void
test_outcomes (void)
{
  static const char *const words[] = { "ok",      "queued",    "unknown",   "void",
                                       "waiting", "sent-back", "in full",   "not told",
                                       "no file", "salvaged",  "send again" };
  g_autofree char *code = kai_format_outcome ("E0042");
  g_autofree char *number = kai_format_outcome ("120");

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autofree char *text = kai_format_outcome (words[i]);

      g_assert_cmpstr (text, !=, "");
    }
  /* What the server or the count says stays. */
  g_assert_cmpstr (code, ==, "E0042");
  g_assert_cmpstr (number, ==, "120");
}

static gboolean
has_one_line (gpointer data)
{
  GtkTreeView *view = data;

  return gtk_tree_model_iter_n_children (gtk_tree_view_get_model (view), NULL) == 1;
}

/* On the page: words in the row, and found by the words as well as by what programs call it. */
static void
test_page (KaiUiFixture *f, gconstpointer data)
{
  static const char *const typed[] = { "32068426001000000021", "Notice 3206", "Voided",
                                       "notice.void",          "to be sent",  "notice:3206" };
  KaiDatabase *db = kai_session_get_database (f->session);
  g_autoptr (GError) error = NULL;
  KaiWindow *window;
  GtkTreeView *view;
  GtkEntry *search;
  GtkTreeIter iter;
  g_autofree char *what = NULL;
  g_autofree char *subject = NULL;
  g_autofree char *outcome = NULL;

  kai_audit_log_add (db, KAI_UI_CLERK, "store.backup", "store:kaipiao.db", "12", &error);
  kai_audit_log_add (db, KAI_UI_CLERK, "notice.void", "notice:32068426001000000021", "queued",
                     &error);
  g_assert_no_error (error);
  window = kai_ui_open_window (f);
  kai_window_show_page (window, "log");
  view = GTK_TREE_VIEW (kai_ui_find_in_page (window, KAI_TYPE_LOG_PAGE, "Lines of the log"));
  search = GTK_ENTRY (kai_ui_find_in_page (window, KAI_TYPE_LOG_PAGE, "Search the log"));
  for (guint i = 0; i < G_N_ELEMENTS (typed); i++)
    {
      g_test_message ("“%s”", typed[i]);
      gtk_entry_set_text (search, typed[i]);
      kai_ui_wait (has_one_line, view);
    }
  g_assert_true (gtk_tree_model_get_iter_first (gtk_tree_view_get_model (view), &iter));
  gtk_tree_model_get (gtk_tree_view_get_model (view), &iter, 2, &what, 3, &subject, 4, &outcome,
                      -1);
  g_assert_cmpstr (what, ==, "Voided");
  g_assert_cmpstr (subject, ==, "Notice 32068426001000000021");
  g_assert_cmpstr (outcome, ==, "to be sent");
  kai_ui_close_window (window);
}

/* ---- The details of a notice ---- */

/* A line each. */
static char *
dup_history (KaiWindow *window)
{
  GtkTreeModel *model = gtk_tree_view_get_model (
      GTK_TREE_VIEW (kai_ui_find_in_page (window, KAI_TYPE_NOTICES_PAGE, "History")));
  GString *text = g_string_new (NULL);
  GtkTreeIter iter;

  for (gboolean more = gtk_tree_model_get_iter_first (model, &iter); more;
       more = gtk_tree_model_iter_next (model, &iter))
    {
      g_autofree char *line = NULL;

      gtk_tree_model_get (model, &iter, 1, &line, -1);
      g_string_append_printf (text, "%s\n", line);
    }
  return g_string_free (text, FALSE);
}

/* Everything that ever happened, newest first, in words; numbers masked. */
static void
test_details (KaiUiFixture *f, gconstpointer data)
{
  static const char *const told[] = { "Issued: to be sent", "Answer of the server: accepted",
                                      "Payment: paid", "Swap asked for: to be sent",
                                      "Personal data shown: done" };
  KaiDatabase *db = kai_session_get_database (f->session);
  static const char *const lines[][2] = { { "notice.issue", "queued" },
                                          { "notice.answer", "accepted" },
                                          { "notice.payment", "paid" },
                                          { "ebill.request", "queued" } };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  KaiWindow *window;
  GtkWidget *show;

  kai_ui_add_notices (f, 1);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    kai_audit_log_add (db, KAI_UI_CLERK, lines[i][0], "notice:32068426001000000001", lines[i][1],
                       &error);
  g_assert_no_error (error);
  window = kai_ui_open_window (f);
  kai_window_show_page (window, "notices");
  kai_notices_page_show_notice (window->notices_page, 1);
  kai_ui_settle ();
  g_assert_true (kai_ui_reads (window->notices_page, "138****5678"));
  g_assert_false (kai_ui_reads (window->notices_page, "13812345678"));
  show = kai_ui_find_in_page (window, KAI_TYPE_NOTICES_PAGE, "Show identity and mobile number");
  gtk_button_clicked (GTK_BUTTON (show));
  g_assert_true (kai_ui_reads (window->notices_page, "13812345678"));
  text = dup_history (window);
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    {
      g_test_message ("“%s” in:\n%s", told[i], text);
      g_assert_nonnull (strstr (text, told[i]));
    }
  /* Another one, and back: hidden again. */
  kai_notices_page_set_session (window->notices_page, NULL);
  kai_notices_page_set_session (window->notices_page, f->session);
  kai_notices_page_show_notice (window->notices_page, 1);
  g_assert_false (kai_ui_reads (window->notices_page, "13812345678"));
  kai_ui_close_window (window);
}

/* Voiding offers its undo in the window's bar, and the button does it. */
static void
test_undo_is_offered (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window;
  GActionGroup *actions;
  g_autoptr (KaiNotice) after = NULL;
  g_autofree char *history = NULL;

  kai_ui_add_notices (f, 1);
  window = kai_ui_open_window (f);
  kai_window_show_page (window, "notices");
  actions = kai_notices_page_get_actions (window->notices_page);
  kai_notices_page_show_notice (window->notices_page, 1);
  g_action_group_activate_action (actions, "void", NULL);
  gtk_entry_set_text (
      GTK_ENTRY (kai_ui_find_in_page (window, KAI_TYPE_NOTICES_PAGE, "Reason for voiding")),
      "写错");
  g_action_group_activate_action (actions, "confirm-void", NULL);
  kai_ui_settle ();
  g_assert_true (gtk_info_bar_get_revealed (window->info_bar));
  g_assert_true (kai_ui_reads (window->info_bar, "1 notice is void."));
  g_assert_true (gtk_widget_get_visible (window->info_button));
  gtk_button_clicked (GTK_BUTTON (window->info_button));
  kai_ui_settle ();
  after = kai_notice_store_load (kai_session_get_database (f->session), 1, NULL);
  g_assert_cmpint (after->state, ==, KAI_NOTICE_UNPAID);
  g_assert_true (kai_ui_reads (window->info_bar, "1 notice is unpaid again."));
  g_assert_false (gtk_widget_get_visible (window->info_button));
  /* What was not sent is not told as if it had been. */
  history = dup_history (window);
  g_assert_nonnull (strstr (history, "taken back, never sent"));
  g_assert_null (strstr (history, "answered"));
  kai_ui_close_window (window);
}

/* ---- The badge of the stock ---- */

static void
add_stock (KaiUiFixture *f, const char *type, gint64 first, gint64 last)
{
  g_autoptr (GPtrArray) ranges =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_stock_range_free);
  KaiStockRange *range = g_new0 (KaiStockRange, 1);
  gboolean replaced = FALSE;
  g_autoptr (GError) error = NULL;

  *range = (KaiStockRange){ .type = g_strdup (type),
                            .version = g_strdup ("2026"),
                            .holder = g_strdup ("320684001"),
                            .state = KAI_STOCK_FREE,
                            .range = { first, last, 10 } };
  g_ptr_array_add (ranges, range);
  kai_stock_replace (kai_session_get_database (f->session), ranges, &replaced, &error);
  g_assert_no_error (error);
  g_assert_true (replaced);
}

static gboolean
is_counted (gpointer window)
{
  return kai_home_page_get_attention (KAI_WINDOW (window)->home_page) != NULL;
}

static const char *
badge (KaiWindow *window)
{
  return atk_object_get_description (gtk_widget_get_accessible (GTK_WIDGET (window->stock_row)));
}

/* Two thousand papers in the cupboard are no reason to look; ten are. */
static void
test_badge (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window;

  add_stock (f, "0101", 1, 2000);
  window = kai_ui_open_window (f);
  kai_ui_wait (is_counted, window);
  g_assert_null (strstr (badge (window), "attention"));
  g_assert_null (strstr (badge (window), "2000"));
  kai_ui_close_window (window);
  add_stock (f, "0101", 1, 10);
  window = kai_ui_open_window (f);
  kai_ui_wait (is_counted, window);
  g_assert_nonnull (strstr (badge (window), "1 kind of bills needs attention"));
  kai_ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  g_test_add_func ("/log-words/actions", test_actions);
  g_test_add_func ("/log-words/subjects", test_subjects);
  g_test_add_func ("/log-words/outcomes", test_outcomes);
  kai_ui_test_add ("/log-words/page", test_page);
  kai_ui_test_add ("/log-words/details", test_details);
  kai_ui_test_add ("/log-words/undo-is-offered", test_undo_is_offered);
  kai_ui_test_add ("/log-words/badge", test_badge);
  return kai_ui_run_in_application ();
}
