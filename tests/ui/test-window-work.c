/* Long work in the window: its row with progress and cancel, how it ended, and who is told when nobody looks; printing, backup, and the lock after
 * a while. */
#include "kai-ui-fixture.h"

#include "kai-window-private.h"
#include "notices/kai-print-export.h"
#include "store/kai-notice-store.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  KaiUiFixture *f;
  KaiWindow *window;
  char *title, *sentence; /* of the notification */
  guint notified;
} Desk;

static void
on_notify_cb (Desk *desk, const char *title, const char *sentence)
{
  g_free (desk->title);
  g_free (desk->sentence);
  desk->title = g_strdup (title);
  desk->sentence = g_strdup (sentence);
  desk->notified++;
}

static Desk *
open_desk (KaiUiFixture *f)
{
  Desk *desk = g_new0 (Desk, 1);

  desk->f = f;
  desk->window = kai_ui_open_window (f);
  g_signal_connect_swapped (desk->window, "notify-user", G_CALLBACK (on_notify_cb), desk);
  return desk;
}

static void
close_desk (Desk *desk)
{
  kai_ui_close_window (desk->window);
  g_free (desk->title);
  g_free (desk->sentence);
  g_free (desk);
}

/* As the window manager tells it. */
static void
set_in_front (Desk *desk, gboolean in_front)
{
  GdkEvent *event = gdk_event_new (GDK_FOCUS_CHANGE);

  event->focus_change.window = g_object_ref (gtk_widget_get_window (GTK_WIDGET (desk->window)));
  event->focus_change.send_event = TRUE;
  event->focus_change.in = in_front;
  gdk_event_set_device (event, gdk_seat_get_keyboard (gdk_display_get_default_seat (
                                   gtk_widget_get_display (GTK_WIDGET (desk->window)))));
  gtk_main_do_event (event);
  gdk_event_free (event);
  g_assert_true (gtk_window_is_active (GTK_WINDOW (desk->window)) == in_front);
}

static KaiPrintExport *
make_export (KaiUiFixture *f)
{
  KaiNoticeFilter filter = KAI_NOTICE_FILTER_ALL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) notices =
      kai_notice_store_list (kai_session_get_database (f->session), &filter, &error);
  KaiPrintExport *export;

  g_assert_no_error (error);
  export = kai_print_export_new_for_notices (f->session, notices, &error);
  g_assert_no_error (error);
  return export;
}

static guint
count_rows (Desk *desk)
{
  g_autoptr (GList) rows = gtk_container_get_children (GTK_CONTAINER (desk->window->task_box));

  return g_list_length (rows);
}

static gboolean
is_over (gpointer data)
{
  return count_rows (data) == 0;
}

/* ---- Printing ---- */

static void
test_print (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "forms.pdf", NULL);
  g_autoptr (KaiTask) task = NULL;
  Desk *desk;

  kai_ui_add_notices (f, 5);
  desk = open_desk (f);
  task = kai_print_export_write (make_export (f), path);
  kai_window_add_task (desk->window, task);
  g_assert_cmpuint (count_rows (desk), ==, 1);
  g_assert_true (kai_ui_reads (desk->window, "Writing the pages"));
  kai_ui_find (GTK_WIDGET (desk->window->task_box), "Writing the pages");
  set_in_front (desk, FALSE);
  kai_ui_wait (is_over, desk);
  g_assert_true (kai_task_is_finished (task));
  g_assert_cmpfloat (kai_task_get_fraction (task), ==, 1);
  g_assert_true (kai_ui_reads (desk->window, "5 pages are written to "));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  /* Nobody looked: they are told. */
  g_assert_cmpuint (desk->notified, ==, 1);
  g_assert_cmpstr (desk->title, ==, "Writing the pages");
  g_assert_nonnull (strstr (desk->sentence, "5 pages are written to "));
  close_desk (desk);
}

/* The clerk is looking at the window: it says so itself. */
static void
test_print_in_front (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "forms.pdf", NULL);
  g_autoptr (KaiTask) task = NULL;
  Desk *desk;

  kai_ui_add_notices (f, 1);
  desk = open_desk (f);
  task = kai_print_export_write (make_export (f), path);
  kai_window_add_task (desk->window, task);
  set_in_front (desk, TRUE);
  kai_ui_wait (is_over, desk);
  g_assert_true (kai_ui_reads (desk->window, "1 page is written to "));
  g_assert_cmpuint (desk->notified, ==, 0);
  close_desk (desk);
}

/* With the button of its row. Too late is possible: then the file is there and told. */
static void
test_print_cancelled (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "forms.pdf", NULL);
  g_autoptr (KaiTask) task = NULL;
  Desk *desk;

  kai_ui_add_notices (f, 2000);
  desk = open_desk (f);
  task = kai_print_export_write (make_export (f), path);
  kai_window_add_task (desk->window, task);
  gtk_button_clicked (
      GTK_BUTTON (kai_ui_find (GTK_WIDGET (desk->window->task_box), "Cancel this work")));
  g_assert_true (kai_ui_reads (desk->window->task_box, "stopping"));
  kai_ui_wait (is_over, desk);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS)
                 == kai_ui_reads (desk->window, "pages are written to "));
  close_desk (desk);
}

static void
test_print_refused (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "no-such-folder", "forms.pdf", NULL);
  g_autoptr (KaiTask) task = NULL;
  Desk *desk;

  kai_ui_add_notices (f, 1);
  desk = open_desk (f);
  task = kai_print_export_write (make_export (f), path);
  kai_window_add_task (desk->window, task);
  kai_ui_wait (is_over, desk);
  g_assert_true (kai_ui_reads (desk->window, "the folder does not exist"));
  close_desk (desk);
}

/* Who signs out stops it: nothing is said to whoever signs in next. */
static void
test_sign_out (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "forms.pdf", NULL);
  g_autoptr (KaiTask) task = NULL;
  Desk *desk;

  kai_ui_add_notices (f, 2000);
  desk = open_desk (f);
  task = kai_print_export_write (make_export (f), path);
  kai_window_add_task (desk->window, task);
  kai_window_set_session (desk->window, NULL);
  g_assert_true (g_cancellable_is_cancelled (kai_task_get_cancellable (task)));
  kai_ui_wait (is_over, desk);
  g_assert_cmpuint (desk->notified, ==, 0);
  g_assert_false (kai_ui_reads (desk->window, "written to"));
  close_desk (desk);
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/window-work/print", test_print);
  kai_ui_test_add ("/window-work/print-in-front", test_print_in_front);
  kai_ui_test_add ("/window-work/print-cancelled", test_print_cancelled);
  kai_ui_test_add ("/window-work/print-refused", test_print_refused);
  kai_ui_test_add ("/window-work/sign-out", test_sign_out);
  return kai_ui_run_in_application ();
}
