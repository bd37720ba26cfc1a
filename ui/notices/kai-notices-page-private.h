#pragma once

#include "notices/kai-notice-details.h"
#include "notices/kai-notice-summary.h"
#include "notices/kai-notices-page.h"

/* Shared by the files of the page: kai-notices-page.c (what is shown), -filter.c (which notices), -columns.c (which columns, in
 * which order), -actions.c (what can be done), -void.c (void and undo), -export.c (tables). */
struct _KaiNoticesPage
{
  GtkBox parent_instance;

  /* Template */
  GtkEntry *search_entry, *void_entry, *from_entry, *to_entry, *group_entry;
  GtkComboBox *state_combo, *swap_combo, *period_combo, *channel_combo, *server_combo;
  GtkComboBox *clerk_combo, *batch_combo;
  GtkRevealer *void_revealer, *more_revealer;
  GtkWidget *more_button, *forget_button;
  GtkPopover *calendar_popover;
  GtkCalendar *calendar;
  GtkLabel *void_label, *totals_label, *sort_label, *error_label;
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
  GHashTable *hidden; /* gint64 ids: selected, but not shown by the filter */
  gboolean restoring; /* the selection is being put back: not a change by the clerk */
  gboolean filling;   /* the filters are being set: one reload at the end */
  gint64 shown_id;    /* in the details */
  int lapse_days;     /* what "about to lapse" means */
  KaiNoticeSort sort;
  gboolean ascending;
  int wanted_rows;          /* as many at most: more when the clerk scrolls on */
  guint more_id;            /* the rows after those are about to be loaded */
  guint group_id;           /* waits until the clerk has stopped typing the class */
  GtkEntry *calendar_entry; /* borrowed: which one the calendar fills */
  GArray *voided;           /* gint64: what "undo" takes back */
  guint undo_id;            /* until then it can */
  GtkFileChooserNative *chooser;
  gboolean export_selected; /* or all that the filter shows */
};

/* ---- kai-notices-page.c ---- */

/* For the window's bar. */
void kai_notices_page_report (KaiNoticesPage *self, gboolean is_error, const char *sentence);
/* The same with a button for the action @detailed. */
void kai_notices_page_report_with_action (KaiNoticesPage *self, const char *sentence,
                                          const char *label, const char *detailed);
void kai_notices_page_emit_copy (KaiNoticesPage *self, KaiNotice *notice);
/* Takes @export. */
void kai_notices_page_emit_print (KaiNoticesPage *self, KaiPrintExport *export, gboolean ask);
void kai_notices_page_emit_task (KaiNoticesPage *self, KaiTask *task);
/* gint64: those in sight and those that the filter hides. Caller frees. */
GArray *kai_notices_page_dup_selected_ids (KaiNoticesPage *self);
/* Array of KaiNotice (NULL for one that has gone); NULL after reporting an error. */
GPtrArray *kai_notices_page_load_selected (KaiNoticesPage *self);
void kai_notices_page_reload (KaiNoticesPage *self);
/* The same from the top: another filter or order. */
void kai_notices_page_load_first (KaiNoticesPage *self);
void kai_notices_page_forget_hidden (KaiNoticesPage *self);

/* ---- kai-notices-filter.c ---- */

/* TRUE when it leaves anything out. Strings are borrowed from the widgets, valid until they change. */
gboolean kai_notices_page_read_filter (KaiNoticesPage *self, KaiNoticeFilter *filter);
void kai_notices_page_clear_filter (KaiNoticesPage *self);
/* Clerks and workbooks to choose from. */
void kai_notices_page_fill_filters (KaiNoticesPage *self);
void kai_notices_page_bind_filter_callbacks (GtkWidgetClass *widget_class);

/* ---- kai-notices-columns.c ---- */

void kai_notices_page_install_columns (KaiNoticesPage *self);
/* The arrow in the title: GTK forgets it whenever the rows are replaced. */
void kai_notices_page_show_order (KaiNoticesPage *self);
void kai_notices_page_bind_column_callbacks (GtkWidgetClass *widget_class);
/* Columns in sight, in order: indices of the model, ended by -1; @titles NULL-terminated, borrowed. Caller frees both. */
int *kai_notices_page_dup_shown_columns (KaiNoticesPage *self, const char ***titles);

/* ---- kai-notices-page-actions.c ---- */

void kai_notices_page_install_actions (KaiNoticesPage *self);
void kai_notices_page_update_actions (KaiNoticesPage *self, const KaiNoticeTotals *totals);
void kai_notices_page_bind_action_callbacks (GtkWidgetClass *widget_class);

/* ---- kai-notices-void.c ---- */

void kai_notices_page_install_void (KaiNoticesPage *self);
void kai_notices_page_forget_undo (KaiNoticesPage *self);

/* ---- kai-notices-export.c ---- */

/* The selected lines, tab separated, with the titles of the columns in sight. Caller frees; NULL after reporting an error. */
char *kai_notices_page_dup_text (KaiNoticesPage *self);
void kai_notices_page_export (KaiNoticesPage *self, gboolean selected_only);
