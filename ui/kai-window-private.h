#pragma once

#include "ebills/kai-ebills-page.h"
#include "editor/kai-editor-page.h"
#include "find/kai-find-popover.h"
#include "home/kai-home-page.h"
#include "import/kai-import-page.h"
#include "inspector/kai-inspector-page.h"
#include "kai-window.h"
#include "log/kai-log-page.h"
#include "notices/kai-notices-page.h"
#include "settings/kai-settings-page.h"
#include "payers/kai-payers-page.h"
#include "review/kai-review-page.h"
#include "sign-in/kai-lock-page.h"
#include "statebar/kai-state-bar.h"
#include "stock/kai-stock-page.h"
#include "templates/kai-templates-page.h"
#include "widgets/kai-sidebar-row.h"
#include "widgets/kai-task-row.h"

/* Shared by kai-window.c (pages, bars), kai-window-actions.c (actions, printing) and kai-window-tasks.c (long work). */
struct _KaiWindow
{
  GtkApplicationWindow parent_instance;

  /* Template */
  GtkHeaderBar *header_bar;
  GtkWidget *new_button, *ribbon_label;
  GtkInfoBar *info_bar;
  GtkLabel *info_label;
  GtkWidget *info_button;
  GtkStack *stack, *pages;
  GtkListBox *sidebar;
  KaiSignInPage *sign_in_page;
  KaiHomePage *home_page;
  KaiNoticesPage *notices_page;
  KaiEditorPage *editor_page;
  KaiImportPage *import_page;
  KaiEbillsPage *ebills_page;
  KaiPayersPage *payers_page;
  KaiTemplatesPage *templates_page;
  KaiReviewPage *review_page;
  KaiLockPage *lock_page;
  KaiStockPage *stock_page;
  KaiInspectorPage *inspector_page;
  KaiLogPage *log_page;
  KaiSettingsPage *settings_page;
  KaiSidebarRow *home_row, *notices_row, *ebills_row, *stock_row;
  GtkWidget *messages_row;
  KaiSidebarRow *review_row;
  GtkBox *task_box;
  KaiStateBar *state_bar;

  KaiFindPopover *find_popover; /* borrowed: it belongs to the header bar */
  gboolean locked;
  gboolean is_narrow; /* the sidebar shows icons only */
  guint fold_id;      /* source; 0 none */

  /* Owned */
  GSettings *settings;
  KaiSession *session;
  GPtrArray *tasks; /* KaiTask that run */
  GtkFileChooserNative *chooser;
  KaiPrintExport *export; /* waits for the chooser */
  char *list_path; /* of a list that is opened as soon as somebody has signed in; NULL none */
};

/* ---- kai-window-fold.c: narrow windows, small screens ---- */
/* The sidebar folds to its icons in a window that is narrow for the size of the text, and unfolds again. */
void kai_window_fold (KaiWindow *self, int width);
void kai_window_stop_folding (KaiWindow *self);
/* No larger than the screen has room for. */
void kai_window_set_fitting_size (KaiWindow *self, int width, int height);

/* ---- kai-window-find.c: find anything, lock ---- */
void kai_window_find_install (KaiWindow *self);
void kai_window_find_set_session (KaiWindow *self);
void kai_window_find (KaiWindow *self);
void kai_window_lock (KaiWindow *self, const char *reason);

/* ---- kai-window-commands.c ---- */
/* What a command is called; NULL for one without a name. Borrowed. */
const char *kai_window_get_command_title (const char *action);
/* Adds KaiFindCommand for everything that this user could do on any page. */
void kai_window_list_commands (KaiWindow *self, GPtrArray *commands);
/* Goes to the page of that detailed action, and does it. */
void kai_window_do_command (KaiWindow *self, const char *action);

/* ---- kai-window-actions.c ---- */
/* The actions with that prefix, whatever page is shown, and their page; NULL when there are none. Borrowed. */
GActionGroup *kai_window_get_group (KaiWindow *self, const char *prefix, const char **page);
gboolean kai_window_has_page (KaiWindow *self, const char *name);
void kai_window_install_actions (KaiWindow *self);
void kai_window_update_actions (KaiWindow *self);
/* The sentence of the command that this key stands for on the page that is shown and that is disabled; NULL for every other key. */
const char *kai_window_find_why (KaiWindow *self, guint keyval, GdkModifierType state);
/* Shows how far @task is and says how it ended; stopped when the session ends. */
void kai_window_add_task (KaiWindow *self, KaiTask *task);
void kai_window_stop_tasks (KaiWindow *self);
/* Takes @export. */
void kai_window_print (KaiWindow *self, KaiPrintExport *export, gboolean ask);
