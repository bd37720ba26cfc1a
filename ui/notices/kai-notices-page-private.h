#pragma once

#include "notices/kai-notice-details.h"
#include "notices/kai-notice-summary.h"
#include "notices/kai-notices-page.h"

/* Shared by kai-notices-page.c (what is shown) and kai-notices-page-actions.c (what can be done with it). */
struct _KaiNoticesPage
{
  GtkBox parent_instance;

  /* Template */
  GtkEntry *search_entry, *void_entry;
  GtkComboBox *state_combo, *swap_combo, *period_combo;
  GtkRevealer *void_revealer;
  GtkLabel *void_label, *totals_label;
  GtkStack *list_stack;
  GtkScrolledWindow *scroller;
  GtkTreeView *view;
  GtkTreeSelection *selection;
  KaiNoticeDetails *details;

  /* Owned */
  KaiSession *session;
  KaiNoticeModel *model;
  KaiNoticeSummary *summary;
  GSimpleActionGroup *actions;
  gboolean restoring; /* the selection is being put back: not a change by the clerk */
  gint64 shown_id;    /* in the details */
};

void kai_notices_page_install_actions (KaiNoticesPage *self);
void kai_notices_page_set_action_enabled (KaiNoticesPage *self, const char *name, gboolean enabled);
/* For the window's bar. */
void kai_notices_page_report (KaiNoticesPage *self, gboolean is_error, const char *sentence);
void kai_notices_page_emit_copy (KaiNoticesPage *self, KaiNotice *notice);
/* Takes @export. */
void kai_notices_page_emit_print (KaiNoticesPage *self, KaiPrintExport *export, gboolean ask);
/* Array of KaiNotice (NULL for one that has gone); NULL after reporting an error. */
GPtrArray *kai_notices_page_load_selected (KaiNoticesPage *self);
void kai_notices_page_reload (KaiNoticesPage *self);
void kai_notices_page_clear_filter (KaiNoticesPage *self);
