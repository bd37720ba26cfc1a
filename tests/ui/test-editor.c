/* The notice editor: keys, refusals that keep what was typed, and what lands in the store. */
#include "kai-ui-fixture.h"

#include "editor/kai-editor-page.h"
#include "kai-accelerators.h"
#include "kai-window.h"
#include "store/kai-notice-store.h"
#include "store/kai-outbox.h"
#include "widgets/kai-field.h"

#include <string.h>

/* Other pages have widgets of the same names. */
static GtkWidget *
find_in_editor (gpointer window, const char *name)
{
  return kai_ui_find_in_page (window, KAI_TYPE_EDITOR_PAGE, name);
}

static void
type (KaiWindow *window, const char *name, const char *text)
{
  GtkWidget *entry = find_in_editor (window, name);

  gtk_widget_grab_focus (entry);
  gtk_entry_set_text (GTK_ENTRY (entry), text);
}

static const char *
text_of (KaiWindow *window, const char *name)
{
  return gtk_entry_get_text (GTK_ENTRY (find_in_editor (window, name)));
}

static const char *
problem_of (KaiWindow *window, const char *name)
{
  GtkWidget *entry = find_in_editor (window, name);
  GtkWidget *field = gtk_widget_get_ancestor (entry, KAI_TYPE_FIELD);

  return kai_field_get_problem (KAI_FIELD (field));
}

static GPtrArray *
list_notices (KaiUiFixture *f)
{
  KaiNoticeFilter filter = KAI_NOTICE_FILTER_ALL;
  g_autoptr (GError) error = NULL;
  GPtrArray *notices =
      kai_notice_store_list (kai_session_get_database (f->session), &filter, &error);

  g_assert_no_error (error);
  return notices;
}

static void
fill (KaiWindow *window)
{
  type (window, "Payer", " 张　明远 ");
  type (window, "Mobile number", "１３８１２３４５６７８");
  type (window, "Charge item", "高中学费");
  type (window, "Quantity", "2");
}

static void
test_save (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);
  g_autoptr (GPtrArray) notices = NULL;
  const KaiNotice *notice;

  fill (window);
  kai_ui_press (window, GDK_KEY_s, GDK_CONTROL_MASK);
  g_assert_cmpstr (problem_of (window, "Payer"), ==, "");
  g_assert_cmpstr (problem_of (window, "Mobile number"), ==, "");
  g_assert_cmpstr (problem_of (window, "Charge item"), ==, "");
  g_assert_cmpstr (problem_of (window, "Amount"), ==, "");
  notices = list_notices (f);
  g_assert_cmpuint (notices->len, ==, 1);
  notice = notices->pdata[0];
  g_assert_cmpstr (notice->payer_name, ==, "张 明远");
  g_assert_cmpstr (notice->mobile, ==, "13812345678");
  g_assert_cmpint (notice->amount, ==, 170000);
  g_assert_cmpstr (notice->clerk_name, ==, "张三");
  g_assert_cmpuint (strlen (notice->payment_code), ==, 20);
  g_assert_cmpint (kai_outbox_count (kai_session_get_database (f->session), KAI_OUTBOX_WAITING), ==,
                   1);
  /* Ctrl+N: an empty form for the next one. */
  kai_ui_press (window, GDK_KEY_n, GDK_CONTROL_MASK);
  g_assert_cmpstr (text_of (window, "Payer"), ==, "");
  kai_ui_close_window (window);
}

static void
test_refusal_keeps_text (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);
  g_autoptr (GPtrArray) notices = NULL;

  type (window, "Payer", "李四");
  type (window, "Identity number", "320684199003071231");
  type (window, "Mobile number", "12345");
  type (window, "Charge item", "考试");
  type (window, "Amount", "5,00x");
  type (window, "Remark", "补考");
  kai_ui_press (window, GDK_KEY_s, GDK_CONTROL_MASK);
  notices = list_notices (f);
  g_assert_cmpuint (notices->len, ==, 0);
  g_assert_cmpstr (text_of (window, "Payer"), ==, "李四");
  g_assert_cmpstr (text_of (window, "Identity number"), ==, "320684199003071231");
  g_assert_cmpstr (text_of (window, "Mobile number"), ==, "12345");
  g_assert_cmpstr (text_of (window, "Amount"), ==, "5,00x");
  g_assert_cmpstr (text_of (window, "Remark"), ==, "补考");
  g_assert_cmpstr (problem_of (window, "Payer"), ==, "");
  g_assert_cmpstr (problem_of (window, "Identity number"), !=, "");
  g_assert_cmpstr (problem_of (window, "Mobile number"), !=, "");
  g_assert_cmpstr (problem_of (window, "Amount"), !=, "");
  /* The problem is told to assistive technology, and the first wrong field has the focus. */
  g_assert_cmpstr (atk_object_get_description (
                       gtk_widget_get_accessible (find_in_editor (window, "Mobile number"))),
                   ==, problem_of (window, "Mobile number"));
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (window))
                 == find_in_editor (window, "Identity number"));
  /* They stay while the clerk goes from field to field. */
  gtk_widget_grab_focus (find_in_editor (window, "Payer"));
  gtk_widget_grab_focus (find_in_editor (window, "Remark"));
  g_assert_cmpstr (problem_of (window, "Mobile number"), !=, "");
  /* Mended, it goes out. */
  type (window, "Identity number", "");
  type (window, "Mobile number", "13812345678");
  type (window, "Amount", "80");
  g_assert_cmpstr (problem_of (window, "Amount"), ==, "");
  kai_ui_press (window, GDK_KEY_s, GDK_CONTROL_MASK);
  g_clear_pointer (&notices, g_ptr_array_unref);
  notices = list_notices (f);
  g_assert_cmpuint (notices->len, ==, 1);
  kai_ui_close_window (window);
}

static void
test_standard_is_kept (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);
  g_autoptr (GPtrArray) notices = NULL;

  type (window, "Payer", "李四");
  type (window, "Mobile number", "13812345678");
  type (window, "Charge item", KAI_UI_RANGE);
  type (window, "Amount", "500.01");
  kai_ui_press (window, GDK_KEY_s, GDK_CONTROL_MASK);
  g_assert_cmpstr (problem_of (window, "Amount"), !=, "");
  notices = list_notices (f);
  g_assert_cmpuint (notices->len, ==, 0);
  kai_ui_close_window (window);
}

static void
test_save_and_new (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);
  g_autoptr (GPtrArray) notices = NULL;

  for (int i = 0; i < 3; i++)
    {
      fill (window);
      kai_ui_press (window, GDK_KEY_S, GDK_CONTROL_MASK | GDK_SHIFT_MASK);
      g_assert_cmpstr (text_of (window, "Payer"), ==, "");
      g_assert_true (gtk_window_get_focus (GTK_WINDOW (window))
                     == find_in_editor (window, "Payer"));
    }
  notices = list_notices (f);
  g_assert_cmpuint (notices->len, ==, 3);
  kai_ui_close_window (window);
}

static gboolean
has_one_notice (gpointer data)
{
  g_autoptr (GPtrArray) notices = list_notices (data);

  return notices->len == 1;
}

static void
test_keyboard_path (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);
  GtkWidget *top = GTK_WIDGET (window);
  const char *const path[] = { "Identity number", "Mobile number", "Late fee", "Term",
                               "Remark",          "Charge item",   "Quantity", "Amount",
                               "Save the notice" };

  fill (window);
  gtk_widget_grab_focus (find_in_editor (window, "Payer"));
  for (guint i = 0; i < G_N_ELEMENTS (path); i++)
    {
      kai_ui_press (top, GDK_KEY_Return, 0);
      g_assert_cmpstr (atk_object_get_name (
                           gtk_widget_get_accessible (gtk_window_get_focus (GTK_WINDOW (window)))),
                       ==, path[i]);
    }
  kai_ui_press (top, GDK_KEY_Return, 0);
  /* A button that is pressed by key looks pressed for a moment first. */
  kai_ui_wait (has_one_notice, f);
  kai_ui_close_window (window);
}

static guint
count_rows (KaiWindow *window)
{
  g_autoptr (GList) rows = gtk_container_get_children (
      GTK_CONTAINER (find_in_editor (window, "Charge items of the notice")));

  return g_list_length (rows);
}

static void
test_items (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);
  GtkWidget *top = GTK_WIDGET (window);
  g_autoptr (GPtrArray) notices = NULL;
  const KaiNotice *notice;

  fill (window);
  kai_ui_press (top, GDK_KEY_Insert, GDK_MOD1_MASK);
  kai_ui_press (top, GDK_KEY_Return, GDK_CONTROL_MASK);
  g_assert_cmpuint (count_rows (window), ==, 3);
  /* The focus is in the third row: Alt+Delete takes it away; the empty second one is dropped when saving. */
  kai_ui_press (top, GDK_KEY_Delete, GDK_MOD1_MASK);
  g_assert_cmpuint (count_rows (window), ==, 2);
  kai_ui_press (top, GDK_KEY_s, GDK_CONTROL_MASK);
  notices = list_notices (f);
  g_assert_cmpuint (notices->len, ==, 1);
  notice = notices->pdata[0];
  g_assert_cmpuint (notice->items->len, ==, 1);
  kai_ui_close_window (window);
}

static void
test_draft_stays (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);

  fill (window);
  kai_ui_press (window, GDK_KEY_1, GDK_MOD1_MASK);
  kai_ui_press (window, GDK_KEY_n, GDK_CONTROL_MASK);
  g_assert_cmpstr (text_of (window, "Payer"), ==, " 张　明远 ");
  g_assert_cmpstr (text_of (window, "Quantity"), ==, "2");
  kai_ui_close_window (window);
}

static void
test_kind_changes_field (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);

  gtk_toggle_button_set_active (
      GTK_TOGGLE_BUTTON (find_in_editor (window, "Payer is an organisation")), TRUE);
  find_in_editor (window, "Credit code");
  kai_ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/editor/save", test_save);
  kai_ui_test_add ("/editor/refusal-keeps-text", test_refusal_keeps_text);
  kai_ui_test_add ("/editor/standard-is-kept", test_standard_is_kept);
  kai_ui_test_add ("/editor/save-and-new", test_save_and_new);
  kai_ui_test_add ("/editor/keyboard-path", test_keyboard_path);
  kai_ui_test_add ("/editor/items", test_items);
  kai_ui_test_add ("/editor/draft-stays", test_draft_stays);
  kai_ui_test_add ("/editor/kind-changes-field", test_kind_changes_field);
  return kai_ui_run_in_application ();
}
