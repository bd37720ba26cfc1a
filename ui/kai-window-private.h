#pragma once

#include "ebills/kai-ebills-page.h"
#include "editor/kai-editor-page.h"
#include "inspector/kai-inspector-page.h"
#include "kai-window.h"
#include "notices/kai-notices-page.h"
#include "statebar/kai-state-bar.h"
#include "stock/kai-stock-page.h"

/* Shared by kai-window.c (pages, bars) and kai-window-actions.c (actions, printing). */
struct _KaiWindow
{
  GtkApplicationWindow parent_instance;

  /* Template */
  GtkHeaderBar *header_bar;
  GtkWidget *new_button, *ribbon_label;
  GtkInfoBar *info_bar;
  GtkLabel *info_label;
  GtkStack *stack, *pages;
  GtkListBox *sidebar;
  KaiSignInPage *sign_in_page;
  KaiNoticesPage *notices_page;
  KaiEditorPage *editor_page;
  KaiEbillsPage *ebills_page;
  KaiStockPage *stock_page;
  KaiInspectorPage *inspector_page;
  GtkWidget *messages_row;
  KaiStateBar *state_bar;

  /* Owned */
  GSettings *settings;
  KaiSession *session;
  GCancellable *cancellable; /* of writing PDF files */
  GtkFileChooserNative *chooser;
  KaiPrintExport *export; /* waits for the chooser */
};

void kai_window_install_actions (KaiWindow *self);
void kai_window_update_actions (KaiWindow *self);
/* Takes @export. */
void kai_window_print (KaiWindow *self, KaiPrintExport *export, gboolean ask);
