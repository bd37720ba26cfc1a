/* Days, and the validity of notices over weekends and holidays. */
#include "values/kai-day.h"
#include "values/kai-error.h"

typedef struct
{
  const char *text;
  KaiDay day; /* 0: refused */
} Parsed;

static const Parsed parsed[] = {
  { "2026-11-21", 20261121 },
  { "20261121", 20261121 },
  { "2026/11/21", 20261121 },
  { "2026/1/2", 20260102 },
  { "2026-1-02", 20260102 },
  { "2026年11月21日", 20261121 },
  { "2026年1月2日", 20260102 },
  { " 2026-11-21 ", 20261121 },
  { "２０２６－１１－２１", 20261121 },
  { "2024-02-29", 20240229 },
  { "2000-02-29", 20000229 },
  { "0001-01-01", 10101 },
  { "9999-12-31", 99991231 },
  { "", 0 },
  { "   ", 0 },
  { "2026-02-29", 0 },
  { "1900-02-29", 0 },
  { "2026-04-31", 0 },
  { "2026-13-01", 0 },
  { "2026-00-10", 0 },
  { "2026-01-00", 0 },
  { "0000-01-01", 0 },
  { "20261301", 0 },
  { "00000000", 0 },
  { "26-11-21", 0 },
  { "2026-11", 0 },
  { "2026-11-21-", 0 },
  { "2026-11/21", 0 },
  { "2026-111-1", 0 },
  { "202611211", 0 },
  { "2026112", 0 },
  { "2026.11.21", 0 },
  { "2026年11月21", 0 },
  { "2026年11-21日", 0 },
  { "21/11/2026", 0 },
  { "-2026-11-21", 0 },
  { "2026--11-21", 0 },
  { "today", 0 },
  { "\xff", 0 },
};

static void
test_parse (gconstpointer data)
{
  const Parsed *row = data;
  g_autoptr (GError) error = NULL;
  KaiDay day = 4711;

  if (row->day)
    {
      g_assert_true (kai_day_parse (row->text, &day, &error));
      g_assert_no_error (error);
      g_assert_cmpint (day, ==, row->day);
      return;
    }
  g_assert_false (kai_day_parse (row->text, &day, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_assert_cmpint (day, ==, 4711);
}

static void
test_write (void)
{
  g_autofree char *iso = kai_day_to_iso (20260102);
  g_autofree char *wire = kai_day_to_wire (20260102);
  g_autofree char *early = kai_day_to_iso (10203);
  g_autofree char *no_iso = kai_day_to_iso (0);
  g_autofree char *no_wire = kai_day_to_wire (0);

  g_assert_cmpstr (iso, ==, "2026-01-02");
  g_assert_cmpstr (wire, ==, "20260102");
  g_assert_cmpstr (early, ==, "0001-02-03");
  g_assert_cmpstr (no_iso, ==, "");
  g_assert_cmpstr (no_wire, ==, "");
}

static void
test_valid (void)
{
  g_assert_true (kai_day_is_valid (20240229));
  g_assert_false (kai_day_is_valid (20230229));
  g_assert_false (kai_day_is_valid (0));
  g_assert_false (kai_day_is_valid (-20240229));
  g_assert_false (kai_day_is_valid (G_MAXINT));
  g_assert_false (kai_day_is_valid (G_MININT));
  g_assert_false (kai_day_is_valid (1231));
}

static void
test_add (void)
{
  static const struct
  {
    KaiDay from;
    int days;
    KaiDay to;
  } rows[] = {
    { 20261121, 0, 20261121 },
    { 20261121, 10, 20261201 },
    { 20261231, 1, 20270101 },
    { 20270101, -1, 20261231 },
    { 20240228, 1, 20240229 },
    { 20240228, 2, 20240301 },
    { 20230228, 1, 20230301 },
    { 20240229, 366, 20250301 },
    { 20000101, 36525, 21000101 },
    { 99991231, 1, 0 },
    { 10101, -1, 0 },
    { 20260101, G_MAXINT, 0 },
    { 20260101, G_MININT, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      KaiDay to = kai_day_add (rows[i].from, rows[i].days);

      g_assert_cmpint (to, ==, rows[i].to);
      if (to)
        g_assert_cmpint (kai_days_between (rows[i].from, to), ==, rows[i].days);
    }
}

static void
test_weekday (void)
{
  g_assert_cmpint (kai_day_weekday (20261121), ==, 6);
  g_assert_cmpint (kai_day_weekday (20261122), ==, 7);
  g_assert_cmpint (kai_day_weekday (20261123), ==, 1);
  g_assert_cmpint (kai_day_weekday (20240229), ==, 4);
}

/* The test environment's zone is Asia/Shanghai: the day of the desk, not of Greenwich. */
static void
test_from_unix (void)
{
  g_assert_cmpint (kai_day_from_unix (1795190399), ==, 20261120);
  g_assert_cmpint (kai_day_from_unix (1795190400), ==, 20261121);
  g_assert_cmpint (kai_day_from_unix (0), ==, 19700101);
  g_assert_cmpint (kai_day_from_unix (G_MAXINT64), ==, 0);
  g_assert_true (kai_day_is_valid (kai_day_today ()));
}

/* ---- Validity ---- */

typedef struct
{
  const char *name;
  KaiDay from;
  int days;
  KaiDay until;
} Validity;

/* 2026: New Year 1-3 January (4 January worked), Spring Festival 15-23 February (14 and 28 February
 * worked), National Day 1-7 October (10 October worked). */
static KaiCalendar *
make_calendar (void)
{
  static const KaiDay off[] = { 20260101, 20260102, 20260103, 20260215, 20260216,
                                20260217, 20260218, 20260219, 20260220, 20260221,
                                20260222, 20260223, 20261001, 20261002, 20261003,
                                20261004, 20261005, 20261006, 20261007, 20270101 };
  static const KaiDay worked[] = { 20260104, 20260214, 20260228, 20261010 };
  KaiCalendar *calendar = kai_calendar_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (off); i++)
    kai_calendar_set (calendar, off[i], FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (worked); i++)
    kai_calendar_set (calendar, worked[i], TRUE);
  return calendar;
}

static const Validity validities[] = {
  { "working-day", 20261109, 10, 20261119 },
  { "saturday-to-monday", 20261111, 10, 20261123 },
  { "sunday-to-monday", 20261112, 10, 20261123 },
  { "no-days-on-a-sunday", 20261122, 0, 20261123 },
  { "new-year-to-worked-sunday", 20251222, 10, 20260104 },
  { "over-the-year-end", 20251219, 10, 20251229 },
  { "new-year-day-off-friday-and-weekend", 20261222, 10, 20270104 },
  { "spring-festival", 20260207, 10, 20260224 },
  { "worked-saturday-before-festival", 20260204, 10, 20260214 },
  { "worked-saturday-after-festival", 20260218, 10, 20260228 },
  { "sunday-after-worked-saturday", 20260219, 10, 20260302 },
  { "national-day", 20260921, 10, 20261008 },
  { "worked-saturday-october", 20260930, 10, 20261010 },
  { "leap-day", 20240219, 10, 20240229 },
  { "over-leap-day", 20240220, 10, 20240301 },
  { "no-leap-day", 20230219, 10, 20230301 },
};

static void
test_validity (gconstpointer data)
{
  const Validity *row = data;
  g_autoptr (KaiCalendar) calendar = make_calendar ();

  g_assert_cmpint (kai_calendar_valid_until (calendar, row->from, row->days), ==, row->until);
}

static void
test_calendar_changes (void)
{
  g_autoptr (KaiCalendar) calendar = kai_calendar_new ();

  g_assert_false (kai_calendar_is_working_day (calendar, 20261121));
  g_assert_true (kai_calendar_is_working_day (calendar, 20261123));
  kai_calendar_set (calendar, 20261121, TRUE);
  kai_calendar_set (calendar, 20261123, FALSE);
  g_assert_true (kai_calendar_is_working_day (calendar, 20261121));
  g_assert_false (kai_calendar_is_working_day (calendar, 20261123));
  kai_calendar_set (calendar, 20261123, TRUE);
  g_assert_true (kai_calendar_is_working_day (calendar, 20261123));
}

/* A table without any working day must neither hang nor lose the notice. */
static void
test_absurd_table (void)
{
  g_autoptr (KaiCalendar) calendar = kai_calendar_new ();

  for (int i = 0; i < 400; i++)
    kai_calendar_set (calendar, kai_day_add (20260101, i), FALSE);
  g_assert_cmpint (kai_calendar_valid_until (calendar, 20260101, 10), ==, 20260111);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (parsed); i++)
    {
      g_autofree char *path = g_strdup_printf ("/day/parse/%02u", (guint)i);

      g_test_add_data_func (path, &parsed[i], test_parse);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (validities); i++)
    {
      g_autofree char *path = g_strdup_printf ("/day/validity/%s", validities[i].name);

      g_test_add_data_func (path, &validities[i], test_validity);
    }
  g_test_add_func ("/day/write", test_write);
  g_test_add_func ("/day/valid", test_valid);
  g_test_add_func ("/day/add", test_add);
  g_test_add_func ("/day/weekday", test_weekday);
  g_test_add_func ("/day/from-unix", test_from_unix);
  g_test_add_func ("/day/calendar-changes", test_calendar_changes);
  g_test_add_func ("/day/absurd-table", test_absurd_table);
  return g_test_run ();
}
