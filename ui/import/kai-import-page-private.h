#pragma once

#include "import/kai-import-grid.h"
#include "import/kai-import-page.h"
#include "import/kai-roster-view.h"
#include "sync/kai-batch-issue.h"

/* Shared by kai-import-page.c (what is shown), kai-import-page-actions.c (commands), kai-import-page-columns.c (fields without a column),
 * kai-import-page-read.c (files) and kai-import-page-issue.c (issuing). */
struct _KaiImportPage
{
  GtkBox parent_instance;

  /* Template */
  GtkStack *stack, *issue_stack;
  GtkSpinner *spinner;
  GtkLabel *busy_label, *file_label, *notes_label, *row_label, *sentences_label, *preview_label,
      *counts_label;
  GtkWidget *preview_title, *notes_title;
  GtkComboBox *kind_combo, *sheet_combo, *view_combo, *code_combo;
  GtkEntry *search_entry, *find_entry, *replace_entry;
  GtkToggleButton *column_check, *whole_check;
  GtkWidget *missing_box, *chips, *constants_box, *constants;
  GtkButton *constant_button;
  GtkRevealer *replace_revealer;
  KaiImportGrid *grid;
  KaiRosterView *roster;
  GtkSpinButton *try_spin;
  GtkProgressBar *progress;
  GtkButton *pause_button;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
  KaiImportSheet *sheet; /* NULL before a list is open */
  KaiBaseData *base;     /* what @sheet was checked against */
  KaiDatabase *ledger;   /* what @sheet asks */
  GCancellable *reading; /* NULL when no list is being read */
  KaiBatchIssue *issue;  /* NULL unless notices are being issued */
  GtkFileChooserNative *chooser;
  GtkWidget *field_popover; /* borrowed; NULL when closed */
  GHashTable *waiting;      /* row key → gint64 id of notices that have no answer yet */
  char *owner;              /* of a list that was put away when its clerk signed out */
  char *early_path;         /* a list that waits for the charge items */
  char *next_path;          /* what would be opened if the clerk insists */
  gboolean filling;         /* combos are being filled by us */
};

void kai_import_page_report (KaiImportPage *self, gboolean is_error, const char *sentence);
/* A sentence with a button; three times "" takes it back. */
void kai_import_page_offer (KaiImportPage *self, const char *sentence, const char *label,
                            const char *action);
/* For who is not looking at the window. */
void kai_import_page_tell_done (KaiImportPage *self, const char *sentence);
void kai_import_page_open_anyway (KaiImportPage *self);

/* kai-import-page-actions.c */
void kai_import_page_install_actions (KaiImportPage *self);
void kai_import_page_update_actions (KaiImportPage *self);

/* kai-import-page-columns.c */
/* The fields that are missing and those that have the same value in all rows. */
void kai_import_page_show_fields (KaiImportPage *self);
void kai_import_page_set_column (KaiImportPage *self, int column, const char *word);
void kai_import_page_choose_constant (KaiImportPage *self);

/* Everything anew after the sheet, its columns or its marks have changed. */
void kai_import_page_show_sheet (KaiImportPage *self);
/* After cells or ticks have changed. */
void kai_import_page_show_changes (KaiImportPage *self);
/* Counts, the current row and what can be done. */
void kai_import_page_show_counts (KaiImportPage *self);
void kai_import_page_show_row (KaiImportPage *self);

/* kai-import-page-read.c */
void kai_import_page_choose_file (KaiImportPage *self);
void kai_import_page_save_form (KaiImportPage *self, KaiImportKind kind);
void kai_import_page_save_bad (KaiImportPage *self);
void kai_import_page_save_results (KaiImportPage *self);
/* @kind -1, @sheet 0: found by themselves. */
void kai_import_page_read (KaiImportPage *self, const char *path, int kind, int sheet);
/* The base data have come: the list that waited for them. */
void kai_import_page_read_early (KaiImportPage *self);
/* All rows again, in a thread; shows the sheet afterwards. */
void kai_import_page_check (KaiImportPage *self);
/* The list that was put away, with the store that is open now. */
void kai_import_page_attach (KaiImportPage *self);
/* The same list once more, on purpose: what was issued of it before is no longer counted as done. */
void kai_import_page_take_again (KaiImportPage *self);
void kai_import_page_cancel_read (KaiImportPage *self);
/* Lets the list go. */
void kai_import_page_drop (KaiImportPage *self);

/* kai-import-page-issue.c */
/* @limit 0: all that are ticked. */
void kai_import_page_issue (KaiImportPage *self, int limit);
void kai_import_page_pause (KaiImportPage *self);
void kai_import_page_stop (KaiImportPage *self);
/* The store has changed: what waited for an answer may have one now. */
void kai_import_page_look_again (KaiImportPage *self);
/* Signed out: what runs stops after its present part; nobody looks at it any more. */
void kai_import_page_forget_issue (KaiImportPage *self);

/* kai-import-page-roster.c */
void kai_import_page_show_changes_since (KaiImportPage *self);
void kai_import_page_show_unpaid (KaiImportPage *self);
gboolean kai_import_page_is_in_roster (KaiImportPage *self);
/* Back from either. */
void kai_import_page_leave_roster (KaiImportPage *self);
