/* Signing in: what is missing, and where each refusal is shown. */
#include "kai-ui-fixture.h"

#include "messages/kai-net-error.h"
#include "sign-in/kai-sign-in-page.h"
#include "widgets/kai-field.h"

#include <string.h>

typedef struct
{
  GtkWidget *window;
  KaiSignInPage *page;
  int signals;
} Shown;

static void
on_sign_in_cb (Shown *shown)
{
  shown->signals++;
}

static void
set_up (Shown *shown, gconstpointer data)
{
  g_autoptr (KaiConnection) connection = kai_connection_new ("/nowhere");

  shown->window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  shown->page = g_object_new (KAI_TYPE_SIGN_IN_PAGE, NULL);
  gtk_container_add (GTK_CONTAINER (shown->window), GTK_WIDGET (shown->page));
  gtk_widget_show (shown->window);
  kai_sign_in_page_set_connection (shown->page, connection);
  g_signal_connect_swapped (shown->page, "sign-in", G_CALLBACK (on_sign_in_cb), shown);
  kai_ui_settle ();
}

static void
tear_down (Shown *shown, gconstpointer data)
{
  gtk_widget_destroy (shown->window);
  kai_ui_settle ();
}

static void
type (Shown *shown, const char *name, const char *text)
{
  gtk_entry_set_text (GTK_ENTRY (kai_ui_find (shown->window, name)), text);
}

static const char *
problem_of (Shown *shown, const char *name)
{
  return kai_field_get_problem (
      KAI_FIELD (gtk_widget_get_ancestor (kai_ui_find (shown->window, name), KAI_TYPE_FIELD)));
}

static void
press_sign_in (Shown *shown)
{
  gtk_button_clicked (GTK_BUTTON (kai_ui_find (shown->window, "Sign in")));
}

typedef struct
{
  const char *part;
  GtkWidget *found;
} LabelSearch;

static void
find_label_cb (GtkWidget *widget, gpointer data)
{
  LabelSearch *search = data;

  if (GTK_IS_LABEL (widget) && strstr (gtk_label_get_text (GTK_LABEL (widget)), search->part))
    search->found = widget;
  else if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), find_label_cb, data);
}

static GtkWidget *
find_label (GtkWidget *root, const char *part)
{
  LabelSearch search = { .part = part };

  find_label_cb (root, &search);
  return search.found;
}

static void
test_missing (Shown *shown, gconstpointer data)
{
  press_sign_in (shown);
  g_assert_cmpstr (problem_of (shown, "Key file"), !=, "");
  type (shown, "Key file", "/keys/clerk.p12");
  press_sign_in (shown);
  g_assert_cmpstr (problem_of (shown, "Key file"), ==, "");
  g_assert_cmpstr (problem_of (shown, "Server address"), !=, "");
  g_assert_cmpint (shown->signals, ==, 0);
  type (shown, "Server address", "https://finance.example");
  press_sign_in (shown);
  g_assert_cmpint (shown->signals, ==, 1);
}

static void
test_offline (Shown *shown, gconstpointer data)
{
  gtk_toggle_button_set_active (
      GTK_TOGGLE_BUTTON (kai_ui_find (shown->window, "Work without a connection")), TRUE);
  press_sign_in (shown);
  g_assert_cmpstr (problem_of (shown, "User code"), !=, "");
  type (shown, "User code", KAI_UI_CLERK);
  press_sign_in (shown);
  g_assert_cmpint (shown->signals, ==, 1);
}

static void
test_connection (Shown *shown, gconstpointer data)
{
  g_autoptr (KaiConnection) connection = NULL;

  type (shown, "User code", " 32068400101 ");
  type (shown, "Key file", "/keys/clerk.p12");
  type (shown, "Server address", "https://finance.example");
  type (shown, "PIN", "123456");
  connection = kai_sign_in_page_dup_connection (shown->page);
  g_assert_cmpstr (connection->home, ==, "/nowhere");
  g_assert_cmpstr (connection->user, ==, "32068400101");
  g_assert_cmpstr (connection->key_uri, ==, "file:/keys/clerk.p12");
  g_assert_cmpstr (connection->server, ==, "https://finance.example");
  g_assert_cmpstr (kai_sign_in_page_get_pin (shown->page), ==, "123456");
  g_assert_false (gtk_entry_get_visibility (GTK_ENTRY (kai_ui_find (shown->window, "PIN"))));
}

static void
test_wrong_pin (Shown *shown, gconstpointer data)
{
  g_autoptr (GError) error = g_error_new (KAI_NET_ERROR, KAI_NET_ERROR_PIN, "The PIN is wrong.");

  g_autoptr (KaiTestDir) home = kai_test_make_dir ();
  g_autoptr (KaiConnection) connection = kai_connection_new (home);

  kai_sign_in_page_set_connection (shown->page, connection);
  type (shown, "Key file", "/keys/clerk.p12");
  type (shown, "Server address", "https://finance.example");
  shown->signals = 0;
  for (int wrong = 1; wrong <= 3; wrong++)
    {
      type (shown, "PIN", "Wrong-0000");
      kai_sign_in_page_show_error (shown->page, error);
      g_assert_cmpstr (problem_of (shown, "PIN"), ==, "The PIN is wrong.");
      g_assert_cmpstr (kai_sign_in_page_get_pin (shown->page), ==, "");
      /* What is left stands there before the next try. */
      g_assert_nonnull (find_label (shown->window, wrong < 3 ? "left before you have to wait"
                                                             : "3 wrong PINs in a row"));
    }
  type (shown, "PIN", "Right-1111");
  press_sign_in (shown);
  g_assert_cmpint (shown->signals, ==, 0);
  kai_sign_in_page_accept_pin (shown->page);
  press_sign_in (shown);
  g_assert_cmpint (shown->signals, ==, 1);
}

/* With the PIN that everybody knows nobody works: another one is asked for first. */
static void
test_initial_pin (Shown *shown, gconstpointer data)
{
  g_autoptr (KaiTestDir) home = kai_test_make_dir ();
  g_autoptr (KaiConnection) connection = kai_connection_new (home);

  kai_sign_in_page_set_connection (shown->page, connection);
  type (shown, "Key file", "/keys/clerk.p12");
  type (shown, "Server address", "https://finance.example");
  type (shown, "PIN", "111111");
  shown->signals = 0;
  press_sign_in (shown);
  g_assert_cmpint (shown->signals, ==, 0);
  type (shown, "New PIN", "short");
  gtk_button_clicked (GTK_BUTTON (kai_ui_find (shown->window, "Change the PIN now")));
  g_assert_cmpstr (problem_of (shown, "New PIN"), !=, "");
  type (shown, "New PIN", "Anders!2027");
  type (shown, "New PIN again", "Anders!2028");
  gtk_button_clicked (GTK_BUTTON (kai_ui_find (shown->window, "Change the PIN now")));
  g_assert_cmpstr (problem_of (shown, "New PIN again"), !=, "");
}

static void
test_other_refusals (Shown *shown, gconstpointer data)
{
  g_autoptr (GError) key = g_error_new (KAI_NET_ERROR, KAI_NET_ERROR_NO_KEY, "No such file.");

  kai_sign_in_page_show_error (shown->page, key);
  g_assert_cmpstr (problem_of (shown, "Key file"), ==, "No such file.");
  g_assert_cmpstr (problem_of (shown, "PIN"), ==, "");
}

static void
test_busy (Shown *shown, gconstpointer data)
{
  kai_sign_in_page_set_busy (shown->page, "Opening");
  g_assert_false (gtk_widget_is_sensitive (kai_ui_find (shown->window, "Sign in")));
  g_assert_false (gtk_widget_is_sensitive (kai_ui_find (shown->window, "PIN")));
  kai_sign_in_page_set_busy (shown->page, NULL);
  g_assert_true (gtk_widget_is_sensitive (kai_ui_find (shown->window, "PIN")));
}

#define ADD(path, func) g_test_add (path, Shown, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  ADD ("/sign-in/missing", test_missing);
  ADD ("/sign-in/offline", test_offline);
  ADD ("/sign-in/connection", test_connection);
  ADD ("/sign-in/wrong-pin", test_wrong_pin);
  ADD ("/sign-in/initial-pin", test_initial_pin);
  ADD ("/sign-in/other-refusals", test_other_refusals);
  ADD ("/sign-in/busy", test_busy);
  return g_test_run ();
}
