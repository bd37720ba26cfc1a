#pragma once

#include "kai-session.h"
#include "kai-test.h"
#include "kai-window.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A clerk who works without a connection in a directory of their own: unit 320684001 with three items (fixed 850.00, free, 10.00
 * to 500.00), payment codes leased. */
#define KAI_UI_CLERK "32068400101"
#define KAI_UI_FIXED "320600010001"
#define KAI_UI_FREE "320600010002"
#define KAI_UI_RANGE "320600010003"

typedef struct
{
  char *dir;
  KaiSession *session;
} KaiUiFixture;

/* First thing in main(): FALSE when there is no display, then main returns 0 (the TAP line says why). */
gboolean kai_ui_test_init (int *argc, char ***argv);
/* @data: the roles of the clerk; NULL = "clerk". */
void kai_ui_fixture_set_up (KaiUiFixture *f, gconstpointer data);
void kai_ui_fixture_tear_down (KaiUiFixture *f, gconstpointer data);
#define kai_ui_test_add_as(path, roles, func)                                                      \
  g_test_add (path, KaiUiFixture, roles, kai_ui_fixture_set_up, func, kai_ui_fixture_tear_down)
#define kai_ui_test_add(path, func)                                                                \
  g_test_add (path, KaiUiFixture, NULL, kai_ui_fixture_set_up, func, kai_ui_fixture_tear_down)

/* @n notices, oldest first: 900001 fen and so on down, all unpaid; in one transaction, without telling the session. */
void kai_ui_add_notices (KaiUiFixture *f, int n);
/* The base data arrive again, from elsewhere: those of the fixture with one charge item more (NULL: without), fetched now; or as if they had never
 * been fetched. */
void kai_ui_replace_base_data (KaiUiFixture *f, const char *item_code, const char *item_name,
                               gboolean fetched);
/* Paper of type 0101, numbers 101 to 200, that the bureau has sent and that is to be taken in. */
void kai_ui_deliver (KaiUiFixture *f);
/* Another connection to the same store, as another process has; caller closes. */
KaiDatabase *kai_ui_open_other (KaiUiFixture *f);

/* Runs the main loop until @condition is TRUE; the test fails after 20 seconds. */
typedef gboolean (*KaiUiCondition) (gpointer data);
#define kai_ui_wait(condition, data) kai_ui_wait_for (condition, data, G_STRLOC, #condition)
void kai_ui_wait_for (KaiUiCondition condition, gpointer data, const char *where, const char *what);
/* Runs the main loop until nothing is pending. */
void kai_ui_settle (void);
/* A key as the X server would send it to that window (GtkWindow). */
void kai_ui_press (gpointer window, guint keyval, GdkModifierType state);
/* The descendant with that accessible name; the test fails when there is none. */
GtkWidget *kai_ui_find (GtkWidget *root, const char *name);
/* TRUE when a label that is shown in @root (GtkWidget) has the text. */
gboolean kai_ui_reads (gpointer root, const char *text);

/* ---- The whole window ---- */

/* g_test_run() with an application whose keys are installed; what main() returns. */
int kai_ui_run_in_application (void);
/* Borrowed; only while the tests run. */
GtkApplication *kai_ui_get_application (void);
/* On the first page, with the clerk of @f signed in. */
KaiWindow *kai_ui_open_window (KaiUiFixture *f);
/* In a new notice, laid out: the order of the fields follows from where they stand. */
KaiWindow *kai_ui_open_editor (KaiUiFixture *f);
/* Destroys it, and runs what is pending. */
void kai_ui_close_window (KaiWindow *window);
/* Like kai_ui_find() in the page of that type: other pages have widgets of the same names. */
GtkWidget *kai_ui_find_in_page (gpointer window, GType page, const char *name);

G_END_DECLS
