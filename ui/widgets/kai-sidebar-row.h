#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A page in the sidebar: icon, title, how much there is to do there. The widget's name is the page's. Properties "title",
 * "icon-name" and "keys" (for the tooltip, "Alt+1"). */
#define KAI_TYPE_SIDEBAR_ROW (kai_sidebar_row_get_type ())
G_DECLARE_FINAL_TYPE (KaiSidebarRow, kai_sidebar_row, KAI, SIDEBAR_ROW, GtkListBoxRow)

/* 0 shows nothing. @meaning: what is counted ("12 unpaid"), for the tooltip and assistive technology; NULL when 0. */
void kai_sidebar_row_set_count (KaiSidebarRow *self, gint64 count, const char *meaning);
/* The icon alone, with the count below it: for narrow windows. The title stays in the tooltip and for assistive technology. */
void kai_sidebar_row_set_folded (KaiSidebarRow *self, gboolean folded);
gint64 kai_sidebar_row_get_count (KaiSidebarRow *self);

G_END_DECLS
