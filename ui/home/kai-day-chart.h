#pragma once

#include "store/kai-attention.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Bars of what was issued (outlined) and paid (filled) on the days until today. What it shows can be read as text, too: it is
 * the widget's accessible description. */
#define KAI_TYPE_DAY_CHART (kai_day_chart_get_type ())
G_DECLARE_FINAL_TYPE (KaiDayChart, kai_day_chart, KAI, DAY_CHART, GtkDrawingArea)

/* KAI_ATTENTION_DAYS days, copied; NULL clears. */
void kai_day_chart_set_days (KaiDayChart *self, const KaiDayFigure *days);
/* All of it in words, a line a day; borrowed. */
const char *kai_day_chart_get_text (KaiDayChart *self);

G_END_DECLS
