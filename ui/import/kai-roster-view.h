#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Beside the grid of the import page: the list against last term's, or who has not paid. What is shown can be saved and printed;
 * who has not paid can be told again. Signals: "report" (gboolean is_error, const char *sentence); "back": the clerk is done. */
#define KAI_TYPE_ROSTER_VIEW (kai_roster_view_get_type ())
G_DECLARE_FINAL_TYPE (KaiRosterView, kai_roster_view, KAI, ROSTER_VIEW, GtkBox)

void kai_roster_view_set_session (KaiRosterView *self, KaiSession *session); /* NULL: empties it */
/* @now: KaiNotice of everybody on the list; a reference is kept. Loaded in a thread. */
void kai_roster_view_show_changes (KaiRosterView *self, GPtrArray *now);
/* @term: what the list is about, "" or NULL = all terms are shown at first. */
void kai_roster_view_show_unpaid (KaiRosterView *self, const char *term);
gboolean kai_roster_view_is_loading (KaiRosterView *self);

/* What is shown, to .xlsx, .csv or .pdf (a sheet of paper a class), by the ending. */
void kai_roster_view_save (KaiRosterView *self, const char *path);
/* Notes that the chosen rows, or all that are shown when none is chosen, were told; @path: first the texts with full telephone
 * numbers to .xlsx or .csv, NULL = none. */
void kai_roster_view_tell (KaiRosterView *self, const char *way, const char *path);

G_END_DECLS
