#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A calendar day as yyyymmdd (20261121); 0 is "none". Sorts, compares and stores as an integer. */
typedef int KaiDay;

gboolean kai_day_is_valid (KaiDay day);
KaiDay kai_day_today (void);                   /* local time of the desk */
KaiDay kai_day_from_unix (gint64 utc_seconds); /* local */
KaiDay kai_day_add (KaiDay day, int days);
int kai_day_weekday (KaiDay day); /* 1 Monday … 7 Sunday */
int kai_days_between (KaiDay from, KaiDay to);
/* "2026-11-21", "20261121", "2026/11/21", "2026年11月21日"; refuses impossible days. */
gboolean kai_day_parse (const char *text, KaiDay *out, GError **error);
char *kai_day_to_iso (KaiDay day);  /* "2026-11-21", "" for 0; caller frees */
char *kai_day_to_wire (KaiDay day); /* "20261121", "" for 0; caller frees */

/* Working days: weekends and the published holiday table (base data: days off, and weekend days worked). */
typedef struct _KaiCalendar KaiCalendar;
KaiCalendar *kai_calendar_new (void);
void kai_calendar_free (KaiCalendar *calendar);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiCalendar, kai_calendar_free)
void kai_calendar_set (KaiCalendar *calendar, KaiDay day, gboolean working);
gboolean kai_calendar_is_working_day (const KaiCalendar *calendar, KaiDay day);
/* Last day on which a notice made on @from is valid: @days calendar days on, moved to the next working
 * day when it falls on a day off. A notice of that day lapses when the day is over. */
KaiDay kai_calendar_valid_until (const KaiCalendar *calendar, KaiDay from, int days);

G_END_DECLS
