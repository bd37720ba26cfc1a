/* Calendar days, and the working days by which a notice's validity is moved. */
#include "values/kai-day.h"
#include "values/kai-error.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#define LAST_YEAR 9999

/* ---- Days ---- */

static KaiDay
make_day (int year, int month, int day)
{
  return year * 10000 + month * 100 + day;
}

gboolean
kai_day_is_valid (KaiDay day)
{
  int year = day / 10000, month = day / 100 % 100, mday = day % 100;

  return day > 0 && year >= 1 && year <= LAST_YEAR && g_date_valid_dmy (mday, month, year);
}

static void
to_date (KaiDay day, GDate *date)
{
  g_date_clear (date, 1);
  g_date_set_dmy (date, day % 100, day / 100 % 100, day / 10000);
}

static KaiDay
from_date (const GDate *date)
{
  return make_day (g_date_get_year (date), g_date_get_month (date), g_date_get_day (date));
}

KaiDay
kai_day_from_unix (gint64 utc_seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (utc_seconds);
  int year, month, day;

  if (!time)
    return 0;
  g_date_time_get_ymd (time, &year, &month, &day);
  return make_day (year, month, day);
}

KaiDay
kai_day_today (void)
{
  return kai_day_from_unix (g_get_real_time () / G_USEC_PER_SEC);
}

KaiDay
kai_day_add (KaiDay day, int days)
{
  GDate date, last;
  gint64 julian;

  g_return_val_if_fail (kai_day_is_valid (day), 0);
  to_date (day, &date);
  to_date (make_day (LAST_YEAR, 12, 31), &last);
  julian = (gint64)g_date_get_julian (&date) + days;
  if (julian < 1 || julian > g_date_get_julian (&last))
    return 0;
  g_date_set_julian (&date, (guint32)julian);
  return from_date (&date);
}

int
kai_day_weekday (KaiDay day)
{
  GDate date;

  g_return_val_if_fail (kai_day_is_valid (day), 0);
  to_date (day, &date);
  return g_date_get_weekday (&date);
}

int
kai_days_between (KaiDay from, KaiDay to)
{
  GDate first, last;

  g_return_val_if_fail (kai_day_is_valid (from) && kai_day_is_valid (to), 0);
  to_date (from, &first);
  to_date (to, &last);
  return g_date_days_between (&first, &last);
}

/* ---- Text ---- */

/* Reads 1 … @max digits. */
static gboolean
read_number (const char **text, int max, int *out)
{
  int n = 0;

  *out = 0;
  while (n < max && g_ascii_isdigit ((*text)[n]))
    *out = *out * 10 + ((*text)[n++] - '0');
  *text += n;
  return n > 0;
}

static gboolean
skip (const char **text, const char *mark)
{
  if (!g_str_has_prefix (*text, mark))
    return FALSE;
  *text += strlen (mark);
  return TRUE;
}

/* The year has four digits in every form, so that 26-11-21 is never guessed at. */
static gboolean
read_parts (const char *text, int *year, int *month, int *day)
{
  const char *p = text;

  if (strspn (p, "0123456789") == 8 && !p[8])
    {
      int all = atoi (p);

      *year = all / 10000;
      *month = all / 100 % 100;
      *day = all % 100;
      return TRUE;
    }
  if (strspn (p, "0123456789") != 4 || !read_number (&p, 4, year))
    return FALSE;
  if (skip (&p, "年"))
    return read_number (&p, 2, month) && skip (&p, "月") && read_number (&p, 2, day)
           && skip (&p, "日") && !*p;
  if (*p == '-' || *p == '/')
    {
      char mark[2] = { *p, '\0' };

      return skip (&p, mark) && read_number (&p, 2, month) && skip (&p, mark)
             && read_number (&p, 2, day) && !*p;
    }
  return FALSE;
}

gboolean
kai_day_parse (const char *text, KaiDay *out, GError **error)
{
  g_autofree char *plain = kai_text_normalise_code (text);
  int year, month, day;

  if (!*plain)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The date is empty. Type it like 2026-11-21."));
  if (!read_parts (plain, &year, &month, &day))
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("This is not a date. Type it like 2026-11-21."));
  if (!kai_day_is_valid (make_day (year, month, day)))
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("There is no such day in the calendar. Check month and day."));
  *out = make_day (year, month, day);
  return TRUE;
}

char *
kai_day_to_iso (KaiDay day)
{
  if (day == 0)
    return g_strdup ("");
  return g_strdup_printf ("%04d-%02d-%02d", day / 10000, day / 100 % 100, day % 100);
}

char *
kai_day_to_wire (KaiDay day)
{
  if (day == 0)
    return g_strdup ("");
  return g_strdup_printf ("%08d", day);
}

/* ---- Working days ---- */

struct _KaiCalendar
{
  GHashTable *exceptions; /* KaiDay → working? 1 : 0 */
};

/* No run of days off is this long: a table that says so is wrong and may not make a loop endless. */
#define LONGEST_RUN_OFF 60

KaiCalendar *
kai_calendar_new (void)
{
  KaiCalendar *calendar = g_new0 (KaiCalendar, 1);

  calendar->exceptions = g_hash_table_new (NULL, NULL);
  return calendar;
}

void
kai_calendar_free (KaiCalendar *calendar)
{
  if (!calendar)
    return;
  g_hash_table_unref (calendar->exceptions);
  g_free (calendar);
}

void
kai_calendar_set (KaiCalendar *calendar, KaiDay day, gboolean working)
{
  g_hash_table_insert (calendar->exceptions, GINT_TO_POINTER (day),
                       GINT_TO_POINTER (working ? 1 : 0));
}

gboolean
kai_calendar_is_working_day (const KaiCalendar *calendar, KaiDay day)
{
  gpointer working;

  if (g_hash_table_lookup_extended (calendar->exceptions, GINT_TO_POINTER (day), NULL, &working))
    return GPOINTER_TO_INT (working) != 0;
  return kai_day_weekday (day) <= 5;
}

KaiDay
kai_calendar_valid_until (const KaiCalendar *calendar, KaiDay from, int days)
{
  KaiDay plain = kai_day_add (from, days);
  KaiDay day = plain;

  for (int i = 0; i <= LONGEST_RUN_OFF && day != 0; i++)
    {
      if (kai_calendar_is_working_day (calendar, day))
        return day;
      day = kai_day_add (day, 1);
    }
  return plain;
}
