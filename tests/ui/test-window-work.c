/* Long work in the window: its row with progress and cancel, how it ended, and who is told when nobody looks; printing, backup, and the lock after
 * a while. */
#include "kai-ui-fixture.h"

#include "kai-command.h"
#include "kai-test-keys.h"
#include "kai-window-private.h"
#include "notices/kai-print-export.h"
#include "store/kai-notice-store.h"
#include "sync/kai-desk-backup.h"

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

/* Caller unrefs. */
static KaiTask *
print_all (Desk *desk, const char *path)
{
  KaiTask *task = kai_print_export_write (make_export (desk->f), path);

  kai_window_add_task (desk->window, task);
  return task;
}

static void
test_print (KaiUiFixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "forms.pdf", NULL);
  g_autoptr (KaiTask) task = NULL;
  Desk *desk;

  kai_ui_add_notices (f, 5);
  desk = open_desk (f);
  task = print_all (desk, path);
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
  task = print_all (desk, path);
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
  task = print_all (desk, path);
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
  task = print_all (desk, path);
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
  task = print_all (desk, path);
  kai_window_set_session (desk->window, NULL);
  g_assert_true (g_cancellable_is_cancelled (kai_task_get_cancellable (task)));
  kai_ui_wait (is_over, desk);
  g_assert_cmpuint (desk->notified, ==, 0);
  g_assert_false (kai_ui_reads (desk->window, "written to"));
  close_desk (desk);
}

/* ---- The lock ---- */

/* The clerk signs in with a key that is a file, as on a stick. Caller unrefs. */
static KaiSession *
sign_in_with_key (KaiUiFixture *f)
{
  g_autoptr (KaiTestKey) root = kai_test_root_new ("Root", KAI_ALGORITHM_P256);
  g_autoptr (KaiTestKey) clerk =
      kai_test_clerk_new (root, KAI_ALGORITHM_P256, "320684001", KAI_UI_CLERK);
  g_autoptr (KaiKey) key = kai_key_new_for_pkey (clerk->pkey, clerk->certificate);
  g_autoptr (KaiConnection) connection = kai_connection_new (f->dir);
  g_autofree char *path = g_build_filename (f->dir, "clerk.p12", NULL);
  g_autofree char *uri = g_strconcat ("file:", path, NULL);
  g_autoptr (GError) error = NULL;
  KaiDesk *desk;

  g_assert_true (g_file_set_contents (path, "a key", -1, &error));
  g_free (connection->key_uri);
  connection->key_uri = g_steal_pointer (&uri);
  kai_notice_set (&connection->user, KAI_UI_CLERK);
  desk = kai_desk_open (connection, key, &error);
  g_assert_no_error (error);
  return kai_session_new (desk, NULL, FALSE);
}

static gboolean
is_locked (gpointer data)
{
  return ((Desk *)data)->window->locked;
}

/* Time is given, not waited for. */
static void
test_idle (KaiUiFixture *f, gconstpointer data)
{
  g_autoptr (KaiSession) session = sign_in_with_key (f);
  gint64 now = g_get_monotonic_time ();
  Desk *desk = open_desk (f);
  KaiLockPage *page = desk->window->lock_page;

  kai_window_set_session (desk->window, session);
  kai_lock_page_set_idle (page, 600);
  kai_lock_page_check_idle (page, now + 590 * G_USEC_PER_SEC);
  g_assert_false (desk->window->locked);
  /* A key, anywhere in the window, begins the time anew. */
  kai_lock_page_set_idle (page, 600);
  kai_ui_press (desk->window, GDK_KEY_Shift_L, 0);
  kai_lock_page_check_idle (page, g_get_monotonic_time () + 599 * G_USEC_PER_SEC);
  g_assert_false (desk->window->locked);
  /* Never, when it is not used. */
  kai_lock_page_set_idle (page, 0);
  kai_lock_page_check_idle (page, now + (gint64)36000 * G_USEC_PER_SEC);
  g_assert_false (desk->window->locked);
  kai_lock_page_set_idle (page, 600);
  kai_lock_page_check_idle (page, g_get_monotonic_time () + 601 * G_USEC_PER_SEC);
  g_assert_true (desk->window->locked);
  g_assert_true (kai_ui_reads (desk->window, "Nobody was here for a while."));
  g_assert_true (kai_ui_reads (desk->window, "what waits is still being sent"));
  /* Nothing behind it can be reached. */
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (desk->window), "find"));
  kai_window_show_page (desk->window, "editor");
  g_assert_cmpstr (gtk_stack_get_visible_child_name (desk->window->stack), ==, "lock");
  kai_window_set_session (desk->window, NULL);
  close_desk (desk);
}

/* Without a key there is nothing to unlock with. */
static void
test_idle_without_key (KaiUiFixture *f, gconstpointer data)
{
  Desk *desk = open_desk (f);

  kai_lock_page_set_idle (desk->window->lock_page, 600);
  kai_lock_page_check_idle (desk->window->lock_page,
                            g_get_monotonic_time () + 601 * G_USEC_PER_SEC);
  g_assert_false (desk->window->locked);
  close_desk (desk);
}

/* Pulled: locked at once, the form stays, and the page says that nothing is sent. */
static void
test_key_pulled (KaiUiFixture *f, gconstpointer data)
{
  g_autoptr (KaiSession) session = sign_in_with_key (f);
  g_autofree char *path = g_build_filename (f->dir, "clerk.p12", NULL);
  Desk *desk = open_desk (f);
  GtkWidget *payer;

  kai_window_set_session (desk->window, session);
  kai_window_show_page (desk->window, "editor");
  payer = kai_ui_find_in_page (desk->window, KAI_TYPE_EDITOR_PAGE, "Payer");
  gtk_entry_set_text (GTK_ENTRY (payer), "写到一半");
  g_assert_false (kai_lock_page_is_key_away (desk->window->lock_page));
  g_assert_cmpint (g_unlink (path), ==, 0);
  kai_ui_wait (is_locked, desk);
  g_assert_true (kai_lock_page_is_key_away (desk->window->lock_page));
  g_assert_true (kai_ui_reads (desk->window, "The key was taken out."));
  g_assert_true (kai_ui_reads (desk->window, "what waits is sent when the key is back"));
  g_assert_cmpstr (gtk_entry_get_text (GTK_ENTRY (payer)), ==, "写到一半");
  kai_window_set_session (desk->window, NULL);
  close_desk (desk);
}

/* ---- Settings ---- */

/* All of them back to what the schema says: they are in memory, and of this program only. */
static GSettings *
make_settings (void)
{
  GSettings *settings = g_settings_new ("cn.kaipiao.Kaipiao");
  g_autoptr (GSettingsSchema) schema = NULL;
  g_auto (GStrv) keys = NULL;

  g_object_get (settings, "settings-schema", &schema, NULL);
  keys = g_settings_schema_list_keys (schema);
  for (int i = 0; keys[i]; i++)
    g_settings_reset (settings, keys[i]);
  return settings;
}

static Desk *
open_desk_with (KaiUiFixture *f, KaiSession *session, GSettings *settings)
{
  Desk *desk = g_new0 (Desk, 1);

  desk->f = f;
  desk->window = kai_window_new (kai_ui_get_application (), settings);
  g_signal_connect_swapped (desk->window, "notify-user", G_CALLBACK (on_notify_cb), desk);
  kai_window_set_session (desk->window, session);
  gtk_window_present (GTK_WINDOW (desk->window));
  kai_ui_settle ();
  return desk;
}

static GtkWidget *
find_setting (Desk *desk, const char *name)
{
  return kai_ui_find_in_page (desk->window, KAI_TYPE_SETTINGS_PAGE, name);
}

/* What is changed on the page is kept at once, and what is changed elsewhere is shown. */
static void
test_settings (KaiUiFixture *f, gconstpointer data)
{
  g_autoptr (GSettings) settings = make_settings ();
  Desk *desk = open_desk_with (f, f->session, settings);
  GtkComboBox *lock, *state;
  GtkSpinButton *days;
  g_autofree char *kept = NULL;

  kai_window_show_page (desk->window, "settings");
  lock = GTK_COMBO_BOX (find_setting (desk, "Lock the window"));
  state = GTK_COMBO_BOX (find_setting (desk, "State shown at first"));
  days = GTK_SPIN_BUTTON (find_setting (desk, "Days before a notice lapses"));
  gtk_combo_box_set_active_id (lock, "30");
  g_assert_cmpint (g_settings_get_int (settings, "lock-after-minutes"), ==, 30);
  g_settings_set_int (settings, "lock-after-minutes", 5);
  g_assert_cmpstr (gtk_combo_box_get_active_id (lock), ==, "5");
  gtk_combo_box_set_active_id (state, "unpaid");
  kept = g_settings_get_string (settings, "default-state");
  g_assert_cmpstr (kept, ==, "unpaid");
  gtk_spin_button_set_value (days, 9);
  g_assert_cmpint (g_settings_get_int (settings, "lapse-days"), ==, 9);
  close_desk (desk);
}

static gboolean
has_backup (gpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (((Desk *)data)->f->dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    if (g_str_has_suffix (name, ".kpb"))
      return is_over (data);
  return FALSE;
}

/* The command says what it lacks; then it writes, with a row, and tells. */
static void
test_backup (KaiUiFixture *f, gconstpointer data)
{
  g_autoptr (GSettings) settings = make_settings ();
  g_autoptr (KaiSession) session = sign_in_with_key (f);
  Desk *desk = open_desk_with (f, f->session, settings);
  GActionGroup *actions = kai_settings_page_get_actions (desk->window->settings_page);

  kai_window_show_page (desk->window, "settings");
  g_assert_cmpstr (kai_command_get_why (G_ACTION_MAP (actions), "backup"), ==,
                   "Choose a folder for backups first.");
  g_settings_set_string (settings, "backup-folder", f->dir);
  kai_window_set_session (desk->window, f->session);
  g_assert_nonnull (strstr (kai_command_get_why (G_ACTION_MAP (actions), "backup"), "your key"));
  kai_window_set_session (desk->window, session);
  kai_window_show_page (desk->window, "settings");
  g_assert_true (g_action_group_get_action_enabled (actions, "backup"));
  g_assert_true (kai_ui_reads (desk->window, "No backup was made in this window yet."));
  set_in_front (desk, FALSE);
  g_action_group_activate_action (actions, "backup", NULL);
  g_assert_cmpuint (count_rows (desk), ==, 1);
  g_assert_false (g_action_group_get_action_enabled (actions, "backup"));
  kai_ui_wait (has_backup, desk);
  g_assert_true (kai_ui_reads (desk->window, "The backup is written and was read back: "));
  g_assert_true (kai_ui_reads (desk->window, "Last backup: "));
  g_assert_cmpint (g_settings_get_int64 (settings, "last-backup"), >, 0);
  g_assert_cmpuint (desk->notified, ==, 1);
  g_assert_cmpstr (desk->title, ==, "Writing a backup");
  g_assert_true (g_action_group_get_action_enabled (actions, "backup"));
  kai_window_set_session (desk->window, NULL);
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
  kai_ui_test_add ("/window-work/idle", test_idle);
  kai_ui_test_add ("/window-work/idle-without-key", test_idle_without_key);
  kai_ui_test_add ("/window-work/key-pulled", test_key_pulled);
  kai_ui_test_add ("/window-work/settings", test_settings);
  kai_ui_test_add ("/window-work/backup", test_backup);
  return kai_ui_run_in_application ();
}
