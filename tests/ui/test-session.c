/* What a session does by itself: a new day makes notices lapse in a window that stays open, a few at a time; and a store that can only be read is told. */
#include "kai-ui-fixture.h"

#include "kai-session.h"
#include "values/kai-error.h"

#define DUE 230

static int
count_state (KaiUiFixture *f, const char *state)
{
  return (int)kai_database_get_int (kai_session_get_database (f->session), -1, NULL,
                                    "SELECT count(*) FROM notice WHERE state = ?", "s", state);
}

static void
on_changed_cb (int *changes)
{
  (*changes)++;
}

typedef struct
{
  KaiUiFixture *f;
  int changes;
  const char *state;
  int wanted;
} Wait;

static gboolean
has_changed (gpointer data)
{
  Wait *wait = data;

  return wait->changes > 0 && count_state (wait->f, wait->state) == wait->wanted;
}

static void
let_them_pass (KaiUiFixture *f, const char *day)
{
  KaiDatabase *db = kai_session_get_database (f->session);
  g_autofree char *sql = g_strdup_printf ("UPDATE notice SET valid_until = %s", day);
  g_autoptr (GError) error = NULL;

  kai_database_run (db, &error, sql, NULL);
  g_assert_no_error (error);
}

/* Their last day was yesterday, as it is a minute after midnight. */
static void
test_new_day (KaiUiFixture *f, gconstpointer data)
{
  Wait wait = { f, 0, "lapsed", DUE };

  kai_ui_settle ();
  kai_ui_add_notices (f, DUE);
  g_signal_connect_swapped (f->session, "changed", G_CALLBACK (on_changed_cb), &wait.changes);
  kai_session_check_day (f->session);
  kai_ui_settle ();
  g_assert_cmpint (count_state (f, "unpaid"), ==, DUE);
  g_assert_cmpint (wait.changes, ==, 0);
  let_them_pass (f, "20260101");
  kai_session_check_day (f->session);
  kai_session_check_day (f->session);
  kai_ui_wait (has_changed, &wait);
  g_assert_cmpint (count_state (f, "unpaid"), ==, 0);
  /* The clock was wrong. */
  wait = (Wait){ f, 0, "unpaid", DUE };
  let_them_pass (f, "20991231");
  g_assert_true (kai_database_set_setting (kai_session_get_database (f->session), "lapsed_on",
                                           "21000101", NULL));
  kai_session_check_day (f->session);
  kai_ui_wait (has_changed, &wait);
}

/* A session that ends while some are left leaves them to the next one. */
static void
test_closed_meanwhile (KaiUiFixture *f, gconstpointer data)
{
  kai_ui_add_notices (f, DUE);
  let_them_pass (f, "20260101");
  kai_session_check_day (f->session);
  kai_session_close (f->session);
  kai_ui_settle ();
  g_assert_cmpint (count_state (f, "unpaid"), ==, DUE);
}

static void
test_read_only (KaiUiFixture *f, gconstpointer data)
{
  KaiDatabase *db = kai_session_get_database (f->session);
  g_autoptr (GError) full = g_error_new_literal (KAI_DATA_ERROR, KAI_DATA_ERROR_FULL, "full");
  g_autoptr (GError) error = NULL;
  KaiWindow *window;

  kai_ui_add_notices (f, 3);
  let_them_pass (f, "20260101");
  kai_database_set_read_only (db, full);
  window = kai_ui_open_window (f);
  g_assert_true (kai_ui_reads (window, "Can only be read"));
  g_assert_true (kai_ui_reads (window, kai_database_get_read_only (db)));
  kai_session_check_day (f->session);
  kai_ui_settle ();
  g_assert_cmpint (count_state (f, "unpaid"), ==, 3);
  g_assert_false (kai_database_begin (db, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_FULL);
  gtk_widget_destroy (GTK_WIDGET (window));
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/session/new-day", test_new_day);
  kai_ui_test_add ("/session/closed-meanwhile", test_closed_meanwhile);
  kai_ui_test_add ("/session/read-only", test_read_only);
  return kai_ui_run_in_application ();
}
