#pragma once

#include "notices/kai-notice-details.h"
#include "notices/kai-notice-summary.h"
#include "notices/kai-notices-page.h"

/* Shared by the files of the page: kai-notices-page.c (what is shown), -selection.c (what is selected), -filter.c (which notices), -columns.c
 * (which columns, in which order), -actions.c (what can be done), -work.c (with many, one after another), -void.c (void and undo), -export.c
 * (tables). */
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
  GArray *hidden;         /* gint64 ids, sorted: selected, but not let through by the filter */
  GArray *beyond;         /* the same: selected and let through, but not loaded into the view yet */
  guint all_count;        /* how many the filter lets through; 0 while nobody has asked */
  KaiNoticeTotals totals; /* of the selection, as far as it was added up */
  gboolean restoring;     /* the selection is being put back: not a change by the clerk */
  gboolean filling;       /* the filters are being set: one reload at the end */
  gint64 shown_id;        /* in the details */
  int lapse_days;         /* what "about to lapse" means */
  KaiNoticeSort sort;
  gboolean ascending;
  int wanted_rows;            /* as many at most: more when the clerk scrolls on */
  guint more_id;              /* the rows after those are about to be loaded */
  guint group_id;             /* waits until the clerk has stopped typing the class */
  GtkEntry *calendar_entry;   /* borrowed: which one the calendar fills */
  GArray *voided;             /* gint64: what "undo" takes back */
  guint undo_id;              /* until then it can */
  struct _KaiNoticesRun *run; /* the work that goes on; NULL none */
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
void kai_notices_page_reload (KaiNoticesPage *self);
/* The same from the top: another filter or order. */
void kai_notices_page_load_first (KaiNoticesPage *self);

/* ---- kai-notices-selection.c ---- */

/* gint64: those in sight, those further down than is loaded, and those that the filter hides; in the order of the list as far as they are in
 * it. Caller frees. */
GArray *kai_notices_page_dup_selected_ids (KaiNoticesPage *self);
guint kai_notices_page_count_selected (KaiNoticesPage *self);
/* Array of KaiNotice (NULL for one that has gone); NULL after reporting an error. For as many as fit into memory. */
GPtrArray *kai_notices_page_load_selected (KaiNoticesPage *self);
/* All that the filter lets through, loaded into the view or not; NULL after reporting an error. Caller frees. */
GArray *kai_notices_page_dup_all_ids (KaiNoticesPage *self);
/* After other rows have come: selects again what was selected (@ids, gint64). */
void kai_notices_page_restore_selection (KaiNoticesPage *self, GArray *ids);
/* After rows have been added at the end: those of them that are selected are so in the view, too. */
void kai_notices_page_select_added (KaiNoticesPage *self, guint first);
void kai_notices_page_forget_hidden (KaiNoticesPage *self);
/* The selection is only what the view shows. */
void kai_notices_page_forget_unseen (KaiNoticesPage *self);
/* Adds the selection up anew. */
void kai_notices_page_start_summary (KaiNoticesPage *self);
/* TRUE when rows of the list may not be loaded yet. */
gboolean kai_notices_page_may_have_more (KaiNoticesPage *self);
void kai_notices_page_install_selection (KaiNoticesPage *self);

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
void kai_notices_page_update_actions (KaiNoticesPage *self);
void kai_notices_page_bind_action_callbacks (GtkWidgetClass *widget_class);

/* ---- kai-notices-work.c ---- */

/* Something that is done with many notices, one after another. */
typedef struct
{
  const char *title; /* untranslated, beside the progress */
  /* With some of them (KaiNotice, none is NULL); FALSE stops the work. */
  gboolean (*step) (KaiNoticesPage *self, GPtrArray *notices, gpointer data, GError **error);
  /* What was done: @error is NULL at the end, CANCELLED when the clerk stopped it. Caller frees. */
  char *(*describe) (KaiNoticesPage *self, gpointer data, const GError *error);
  /* After it was said. */
  void (*finish) (KaiNoticesPage *self, gpointer data);
} KaiNoticesWork;
/* Takes @ids and @data. A few are done at once; with more the window lives on, and there is progress and a way to stop. One work at a time: another
 * one is refused with a sentence. */
void kai_notices_page_work (KaiNoticesPage *self, const KaiNoticesWork *work, GArray *ids,
                            gpointer data, GDestroyNotify free_data);
/* Nobody is signed in any more. */
void kai_notices_page_drop_work (KaiNoticesPage *self);

/* ---- kai-notices-void.c ---- */

void kai_notices_page_install_void (KaiNoticesPage *self);
void kai_notices_page_forget_undo (KaiNoticesPage *self);

/* ---- kai-notices-export.c ---- */

/* The selected lines, tab separated, with the titles of the columns in sight. Caller frees; NULL after reporting an error. */
char *kai_notices_page_dup_text (KaiNoticesPage *self);
void kai_notices_page_export (KaiNoticesPage *self, gboolean selected_only);
