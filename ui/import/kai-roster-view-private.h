#pragma once

#include "import/kai-roster-view.h"
#include "roster/kai-roster.h"

/* Shared by kai-roster-view.c (what is shown), kai-roster-view-load.c (what it is made of) and kai-roster-view-files.c (saving, telling again). */
struct _KaiRosterView
{
  GtkBox parent_instance;

  /* Template */
  GtkLabel *title_label, *sum_label, *tell_label;
  GtkToggleButton *promote_check, *lapsed_check;
  GtkComboBox *term_combo, *group_combo;
  GtkWidget *tell_button, *tell_popover, *back_button;
  GtkTreeView *view;
  GtkTreeSelection *selection;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
  GtkFileChooserNative *chooser;
  GCancellable *loading; /* NULL when nothing is being loaded */
  gboolean unpaid;       /* who has not paid; else changes */
  gboolean filling;
  char *term;              /* unpaid: of the list */
  char *against;           /* changes: the earlier term, NULL when there is none */
  char *wanted;            /* changes: the earlier term that was chosen, NULL: the last one */
  char **terms;            /* changes: those that can be chosen */
  GPtrArray *now, *before; /* KaiNotice */
  KaiRoster *roster;       /* NULL before it is loaded */
  GPtrArray *list;         /* KaiUnpaid; NULL before it is loaded */
  GArray *shown;           /* guint: which of them are shown */
};

void kai_roster_view_report (KaiRosterView *self, gboolean is_error, const char *sentence);
/* As a table, NULL-terminated; caller frees with g_strfreev. */
char **kai_roster_view_dup_headers (KaiRosterView *self);
char **kai_roster_view_dup_cells (KaiRosterView *self, guint index);
void kai_roster_view_update_actions (KaiRosterView *self);
/* After something was loaded: what can be chosen, and the rows. */
void kai_roster_view_show_loaded (KaiRosterView *self);
void kai_roster_view_show_rows (KaiRosterView *self);

/* kai-roster-view-load.c */
/* From the ledger, in a thread. */
void kai_roster_view_load (KaiRosterView *self);
/* Forgets what was loaded, with the names in it. */
void kai_roster_view_empty (KaiRosterView *self);
/* This term against the other one, from what was loaded. */
void kai_roster_view_compare (KaiRosterView *self);

/* kai-roster-view-files.c */
void kai_roster_view_install_actions (KaiRosterView *self);
