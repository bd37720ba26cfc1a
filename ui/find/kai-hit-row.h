#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One line of a list that is chosen from: icon, title, detail below it, key at the end. Any of them may be NULL or "". */
#define KAI_TYPE_HIT_ROW (kai_hit_row_get_type ())
G_DECLARE_FINAL_TYPE (KaiHitRow, kai_hit_row, KAI, HIT_ROW, GtkListBoxRow)

KaiHitRow *kai_hit_row_new (const char *icon, const char *title, const char *detail,
                            const char *key);
/* Greyed: it can be chosen, and says in its detail why it cannot be done. */
void kai_hit_row_set_dim (KaiHitRow *self, gboolean dim);

/* Moves the selection of @list by @step over rows that are shown, and keeps it in sight; FALSE when there is nothing to move to. */
gboolean kai_hit_rows_move (GtkListBox *list, int step);
void kai_hit_rows_clear (GtkListBox *list);

G_END_DECLS
