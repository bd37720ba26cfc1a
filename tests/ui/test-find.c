/* Find anything: every number and name leads to the very thing, every command is there and says why when it cannot be done. */
#include "kai-ui-fixture.h"

#include "kai-command.h"
#include "kai-window-private.h"
#include "store/kai-draft-store.h"
#include "store/kai-ebill-store.h"
#include "store/kai-import-store.h"
#include "store/kai-notice-store.h"
#include "store/kai-payer-store.h"
#include "store/kai-review-store.h"
#include "store/kai-stock.h"
#include "store/kai-template-store.h"

#include <string.h>

#define CODE "32068426001123456781"
#define EBILL "0012345678"
#define NUMBER "11010519491231002X"
#define MOBILE "13812345678"

static KaiDatabase *
get_db (KaiUiFixture *f)
{
  return kai_session_get_database (f->session);
}

/* ---- What there is to be found ---- */

static KaiNotice *
make_notice (const char *payer)
{
  KaiNotice *notice = kai_notice_new ();

  kai_notice_set (&notice->payer_name, payer);
  kai_notice_set (&notice->payer_id, NUMBER);
  kai_notice_set (&notice->mobile, MOBILE);
  kai_notice_set (&notice->unit_code, "320684001");
  kai_notice_set (&notice->clerk_code, KAI_UI_CLERK);
  notice->payer_kind = KAI_PAYER_PERSON;
  notice->bill_date = 20261102;
  notice->valid_until = 20991231;
  notice->sync = KAI_SYNC_ACCEPTED;
  kai_notice_add_item (notice, KAI_UI_FREE, 1, 12300);
  g_assert_true (kai_notice_sum (notice));
  return notice;
}

/* A paid notice with an e-bill, from a workbook. */
static gint64
add_notice (KaiUiFixture *f, const char *batch)
{
  g_autoptr (KaiNotice) notice = make_notice ("欧阳若溪");
  g_autoptr (KaiEbillRecord) ebill = NULL;
  g_autoptr (GError) error = NULL;

  kai_notice_set (&notice->payment_code, CODE);
  kai_notice_set (&notice->batch_id, batch);
  notice->state = KAI_NOTICE_PAID;
  kai_notice_store_insert (get_db (f), notice, &error);
  g_assert_no_error (error);
  ebill = kai_ebill_store_create (get_db (f), notice->id, "E01", &error);
  g_assert_no_error (error);
  kai_notice_set (&ebill->code, "32060126");
  kai_notice_set (&ebill->number, EBILL);
  ebill->sync = KAI_SYNC_ACCEPTED;
  kai_ebill_store_update (get_db (f), ebill, &error);
  g_assert_no_error (error);
  return notice->id;
}

static void
add_stock (KaiUiFixture *f)
{
  g_autoptr (GPtrArray) ranges =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_stock_range_free);
  KaiStockRange *range = g_new0 (KaiStockRange, 1);
  g_autoptr (GError) error = NULL;
  KaiStockMove move = { .kind = KAI_MOVE_RECEIVE,
                        .type = "0101",
                        .version = "2026",
                        .from = "320684001",
                        .to = "320684001",
                        .range = { 101, 200, 10 },
                        .reason = "",
                        .user = KAI_UI_CLERK };

  *range = (KaiStockRange){ .type = g_strdup ("0101"),
                            .version = g_strdup ("2026"),
                            .holder = g_strdup ("320684001"),
                            .state = KAI_STOCK_TO_TAKE_IN,
                            .range = { 101, 200, 10 } };
  g_ptr_array_add (ranges, range);
  range = g_new0 (KaiStockRange, 1);
  *range = (KaiStockRange){ .type = g_strdup ("0102"),
                            .version = g_strdup ("2026"),
                            .holder = g_strdup ("320684001"),
                            .state = KAI_STOCK_TO_TAKE_IN,
                            .range = { 501, 600, 10 } };
  g_ptr_array_add (ranges, range);
  kai_stock_set_deliveries (get_db (f), "320684001", ranges, &error);
  g_assert_no_error (error);
  kai_stock_move (get_db (f), &move, &error);
  g_assert_no_error (error);
}

static void
add_payer (KaiUiFixture *f, const char *name)
{
  g_autoptr (KaiPayer) payer = kai_payer_new ();
  g_autoptr (GError) error = NULL;

  kai_notice_set (&payer->name, name);
  kai_payer_store_save (get_db (f), payer, &error);
  g_assert_no_error (error);
}

static void
add_unissued (KaiUiFixture *f)
{
  g_autoptr (KaiNotice) notice = make_notice ("诸葛待查");
  g_autoptr (KaiForm) draft = kai_form_new ();
  g_autoptr (KaiForm) form = kai_form_new ();
  g_autoptr (GError) error = NULL;
  gint64 id = 0, template_id = 0, draft_id = 0;

  kai_review_store_add (get_db (f), "32068400102", "李四", notice, &id, &error);
  g_assert_no_error (error);
  kai_notice_set (&draft->payer, "司马草稿");
  kai_draft_store_save (get_db (f), KAI_UI_CLERK, &draft_id, draft, &error);
  g_assert_no_error (error);
  kai_form_add_item (form, KAI_UI_FIXED, "2", "");
  kai_notice_set (&form->memo, "模板备注");
  kai_template_store_save (get_db (f), &template_id, "秋季学费", 0, form, &error);
  g_assert_no_error (error);
}

/* ---- Looking for it ---- */

static GtkListBox *
get_list (KaiWindow *window)
{
  return GTK_LIST_BOX (kai_ui_find (GTK_WIDGET (window->find_popover), "What was found"));
}

static gboolean
has_hits (gpointer window)
{
  return gtk_list_box_get_selected_row (get_list (window)) != NULL;
}

static gboolean
has_focus (gpointer widget)
{
  return gtk_widget_has_focus (widget);
}

static void
type (KaiWindow *window, const char *text)
{
  GtkWidget *entry;

  g_test_message ("finding “%s”", text);
  kai_ui_press (window, GDK_KEY_k, GDK_CONTROL_MASK);
  entry = kai_ui_find (GTK_WIDGET (window->find_popover), "Find anything");
  kai_ui_wait (has_focus, entry);
  gtk_entry_set_text (GTK_ENTRY (entry), text);
  kai_ui_wait (has_hits, window);
}

/* Enter on the first line that has that text as its accessible name, which begins with what stands in it. */
static void
choose (KaiWindow *window, const char *text, const char *line)
{
  GtkListBoxRow *row;

  type (window, text);
  for (int i = 0; (row = gtk_list_box_get_row_at_index (get_list (window), i)); i++)
    {
      const char *name = atk_object_get_name (gtk_widget_get_accessible (GTK_WIDGET (row)));

      if (strstr (name, line))
        break;
      kai_ui_press (window, GDK_KEY_Down, 0);
    }
  g_assert_nonnull (row);
  g_assert_true (gtk_list_box_get_selected_row (get_list (window)) == row);
  kai_ui_press (window, GDK_KEY_Return, 0);
}

static const char *
get_page (KaiWindow *window)
{
  return gtk_stack_get_visible_child_name (window->pages);
}

/* The row of the cursor is selected and in sight. */
static gboolean
is_in_sight (gpointer view)
{
  g_autoptr (GtkTreePath) path = NULL;
  g_autoptr (GtkTreePath) first = NULL;
  g_autoptr (GtkTreePath) last = NULL;

  gtk_tree_view_get_cursor (view, &path, NULL);
  return path && gtk_tree_selection_path_is_selected (gtk_tree_view_get_selection (view), path)
         && gtk_tree_view_get_visible_range (view, &first, &last)
         && gtk_tree_path_compare (first, path) <= 0 && gtk_tree_path_compare (path, last) <= 0;
}

/* The text of a column in that row. */
static char *
dup_chosen (GtkTreeView *view, int column)
{
  g_autoptr (GtkTreePath) path = NULL;
  GtkTreeModel *model = gtk_tree_view_get_model (view);
  GtkTreeIter iter;
  char *text;

  kai_ui_wait (is_in_sight, view);
  gtk_tree_view_get_cursor (view, &path, NULL);
  g_assert_true (gtk_tree_model_get_iter (model, &iter, path));
  gtk_tree_model_get (model, &iter, column, &text, -1);
  return text;
}

static void
assert_chosen (GtkWidget *view, int column, const char *expected)
{
  g_autofree char *text = dup_chosen (GTK_TREE_VIEW (view), column);

  g_assert_cmpstr (text, ==, expected);
}

static GtkWidget *
find_view (KaiWindow *window, GType page, const char *name)
{
  return kai_ui_find_in_page (window, page, name);
}

/* ---- Numbers and names ---- */

static void
test_notice (KaiUiFixture *f, gconstpointer data)
{
  static const char *const typed[] = { CODE,   "320684260011", "6781", NUMBER, "002x",
                                       MOBILE, "5678",         "欧阳", "oyrx", "若溪" };
  KaiWindow *window;

  kai_ui_add_notices (f, 30);
  add_notice (f, "");
  window = kai_ui_open_window (f);
  for (guint i = 0; i < G_N_ELEMENTS (typed); i++)
    {
      kai_window_show_page (window, "home");
      choose (window, typed[i], CODE);
      g_assert_cmpstr (get_page (window), ==, "notices");
      assert_chosen (GTK_WIDGET (kai_notices_page_get_view (window->notices_page)),
                     KAI_NOTICE_COLUMN_CODE, CODE);
    }
  kai_ui_close_window (window);
}

static void
test_ebill (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window;

  add_notice (f, "");
  window = kai_ui_open_window (f);
  choose (window, EBILL, EBILL);
  g_assert_cmpstr (get_page (window), ==, "ebills");
  assert_chosen (find_view (window, KAI_TYPE_EBILLS_PAGE, "E-bills"), 1, EBILL);
  g_assert_true (g_action_group_get_action_enabled (
      kai_ebills_page_get_actions (window->ebills_page), "print"));
  kai_ui_close_window (window);
}

static void
test_paper_bill (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window;

  add_stock (f);
  window = kai_ui_open_window (f);
  choose (window, "0000000150", "0000000150");
  g_assert_cmpstr (get_page (window), ==, "stock");
  assert_chosen (find_view (window, KAI_TYPE_STOCK_PAGE, "Stock of bills"), 4, "0000000101");
  /* The number itself, and its life. */
  g_assert_cmpstr (
      gtk_entry_get_text (GTK_ENTRY (find_view (window, KAI_TYPE_STOCK_PAGE, "First number"))), ==,
      "0000000150");
  g_assert_cmpstr (
      gtk_entry_get_text (GTK_ENTRY (find_view (window, KAI_TYPE_STOCK_PAGE, "Last number"))), ==,
      "0000000150");
  g_assert_true (kai_ui_reads (window->stock_page, "Take in"));
  choose (window, "555", "0000000555");
  assert_chosen (find_view (window, KAI_TYPE_STOCK_PAGE, "Stock of bills"), 4, "0000000501");
  kai_ui_close_window (window);
}

static void
test_batch (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *batch = NULL;
  gboolean is_new;
  g_autoptr (GError) error = NULL;
  KaiWindow *window;

  kai_ui_add_notices (f, 30);
  window = kai_ui_open_window (f);
  /* A workbook that came while the window was open. */
  kai_import_store_get_batch (get_db (f), "x", "education", "list.xlsx", &batch, &is_new, &error);
  g_assert_no_error (error);
  add_notice (f, batch);
  kai_session_committed (f->session);
  choose (window, batch, batch);
  g_assert_cmpstr (get_page (window), ==, "notices");
  g_assert_cmpuint (kai_notice_model_get_length (kai_notices_page_get_model (window->notices_page)),
                    ==, 1);
  assert_chosen (GTK_WIDGET (kai_notices_page_get_view (window->notices_page)),
                 KAI_NOTICE_COLUMN_CODE, CODE);
  kai_ui_close_window (window);
}

/* Also one that is further down in the address book than is shown. */
static void
test_payer (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window;

  add_payer (f, "东郭先生");
  for (int i = 0; i < 600; i++)
    {
      g_autofree char *name = g_strdup_printf ("甲%03d", i);

      add_payer (f, name);
    }
  window = kai_ui_open_window (f);
  choose (window, "dgxs", "东郭先生");
  g_assert_cmpstr (get_page (window), ==, "payers");
  assert_chosen (find_view (window, KAI_TYPE_PAYERS_PAGE, "Payers"), 1, "东郭先生");
  kai_ui_close_window (window);
}

static const char *
text_of (KaiWindow *window, const char *name)
{
  return gtk_entry_get_text (GTK_ENTRY (kai_ui_find_in_page (window, KAI_TYPE_EDITOR_PAGE, name)));
}

static void
test_unissued (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window;

  add_unissued (f);
  window = kai_ui_open_window (f);
  choose (window, "诸葛", "诸葛待查");
  g_assert_cmpstr (get_page (window), ==, "review");
  assert_chosen (find_view (window, KAI_TYPE_REVIEW_PAGE, "Notices to be checked"), 2, "诸葛待查");
  choose (window, "smcg", "司马草稿");
  g_assert_cmpstr (get_page (window), ==, "editor");
  g_assert_cmpstr (text_of (window, "Payer"), ==, "司马草稿");
  choose (window, "qjxf", "秋季学费");
  g_assert_cmpstr (get_page (window), ==, "editor");
  g_assert_cmpstr (text_of (window, "Remark"), ==, "模板备注");
  kai_ui_close_window (window);
}

static void
test_item (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);

  choose (window, "gzxf", "普通高中学费");
  g_assert_cmpstr (get_page (window), ==, "editor");
  g_assert_cmpstr (text_of (window, "Charge item"), ==, KAI_UI_FIXED " 普通高中学费");
  g_assert_cmpstr (text_of (window, "Amount"), ==, "850.00");
  kai_ui_close_window (window);
}

/* ---- Commands ---- */

static const char *const prefixes[] = { "notices", "editor",    "import",   "ebills",
                                        "payers",  "templates", "review",   "stock",
                                        "log",     "settings",  "inspector" };

/* Those that only make sense beside what they belong to, or with a number that a key gives; the orders of the list have a name each. */
static gboolean
is_inner (const char *action)
{
  static const char *const inner[] = { "notices.confirm-void", "notices.cancel-void",
                                       "notices.copy-rows",    "notices.sort",
                                       "editor.template",      "import.do-replace",
                                       "import.close-replace", NULL };

  return g_strv_contains (inner, action);
}

static void
test_every_command (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);
  int nameless = 0, speechless = 0;

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      const char *page;
      GActionGroup *group = kai_window_get_group (window, prefixes[i], &page);
      g_auto (GStrv) names = g_action_group_list_actions (group);

      for (int j = 0; names[j]; j++)
        {
          g_autofree char *action = g_strconcat (prefixes[i], ".", names[j], NULL);
          const char *why = kai_command_get_why (G_ACTION_MAP (group), names[j]);

          if (!is_inner (action) && !kai_window_get_command_title (action))
            {
              g_printerr ("%s has no name\n", action);
              nameless++;
            }
          if (!g_action_group_get_action_enabled (group, names[j]) && (!why || !*why))
            {
              g_printerr ("%s does not say why it cannot be done\n", action);
              speechless++;
            }
        }
    }
  g_assert_cmpint (nameless, ==, 0);
  g_assert_cmpint (speechless, ==, 0);
  kai_ui_close_window (window);
}

/* By a part of its name; a disabled one says why, and the list stays. */
static void
test_command (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_window (f);

  choose (window, "Verify the log", "Verify the log");
  g_assert_cmpstr (get_page (window), ==, "log");
  choose (window, "Print e-bills", "Print e-bills");
  g_assert_cmpstr (get_page (window), ==, "log");
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (window->find_popover)));
  g_assert_true (kai_ui_reads (window->find_popover, "Select an e-bill in the list first."));
  kai_ui_press (window, GDK_KEY_Escape, 0);
  kai_ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/find/notice", test_notice);
  kai_ui_test_add ("/find/ebill", test_ebill);
  kai_ui_test_add ("/find/paper-bill", test_paper_bill);
  kai_ui_test_add ("/find/batch", test_batch);
  kai_ui_test_add ("/find/payer", test_payer);
  kai_ui_test_add_as ("/find/unissued", "clerk reviewer", test_unissued);
  kai_ui_test_add ("/find/item", test_item);
  kai_ui_test_add ("/find/every-command", test_every_command);
  kai_ui_test_add ("/find/command", test_command);
  return kai_ui_run_in_application ();
}
