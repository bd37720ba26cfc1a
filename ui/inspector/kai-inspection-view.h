#pragma once

#include "transport/kai-inspector.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One message: which checks it passes, its fields, its text. */
#define KAI_TYPE_INSPECTION_VIEW (kai_inspection_view_get_type ())
G_DECLARE_FINAL_TYPE (KaiInspectionView, kai_inspection_view, KAI, INSPECTION_VIEW, GtkBox)

/* @report is not kept. NULL: there is nothing to show, for the reason in @sentence (nullable). */
void kai_inspection_view_show (KaiInspectionView *self, const KaiInspection *report,
                               const char *sentence);

G_END_DECLS
