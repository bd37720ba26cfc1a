/* Base data: looking up, settings, the calendar, and that copies stand alone. */
#include "model/kai-base-data.h"

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static KaiBaseData *
make_data (void)
{
  KaiBaseData *data = kai_base_data_new ();
  KaiItem *item = kai_item_new ();
  KaiBillType *type = kai_bill_type_new ();
  KaiUnit *unit = kai_unit_new ();
  KaiUser *user = kai_user_new ();

  set (&item->code, "320600000001");
  set (&type->code, "0101");
  set (&unit->code, "001001");
  set (&user->code, "00100101");
  g_ptr_array_add (data->items, item);
  g_ptr_array_add (data->items, kai_item_new ());
  g_ptr_array_add (data->bill_types, type);
  g_ptr_array_add (data->units, unit);
  g_ptr_array_add (data->users, user);
  return data;
}

static void
test_find (void)
{
  g_autoptr (KaiBaseData) data = make_data ();

  g_assert_true (kai_base_data_find_item (data, "320600000001")
                 == g_ptr_array_index (data->items, 0));
  g_assert_true (kai_base_data_find_bill_type (data, "0101")
                 == g_ptr_array_index (data->bill_types, 0));
  g_assert_true (kai_base_data_find_unit (data, "001001") == g_ptr_array_index (data->units, 0));
  g_assert_true (kai_base_data_find_user (data, "00100101") == g_ptr_array_index (data->users, 0));
  g_assert_null (kai_base_data_find_item (data, "320600000002"));
  g_assert_null (kai_base_data_find_item (data, NULL));
  g_assert_null (kai_base_data_find_bill_type (data, "01"));
  g_assert_null (kai_base_data_find_unit (data, "001001 "));
  g_assert_null (kai_base_data_find_user (data, ""));
}

static void
test_settings (void)
{
  g_autoptr (KaiBaseData) data = kai_base_data_new ();

  g_assert_cmpstr (kai_base_data_get_setting (data, "notice_days", "10"), ==, "10");
  g_assert_null (kai_base_data_get_setting (data, "notice_days", NULL));
  g_hash_table_insert (data->settings, g_strdup ("notice_days"), g_strdup ("15"));
  g_assert_cmpstr (kai_base_data_get_setting (data, "notice_days", "10"), ==, "15");
}

static void
test_calendar (void)
{
  g_autoptr (KaiBaseData) data = kai_base_data_new ();
  g_autoptr (KaiCalendar) calendar = NULL;

  g_hash_table_insert (data->holidays, GINT_TO_POINTER (20261001), GINT_TO_POINTER (0));
  g_hash_table_insert (data->holidays, GINT_TO_POINTER (20261010), GINT_TO_POINTER (1));
  calendar = kai_base_data_build_calendar (data);
  g_assert_false (kai_calendar_is_working_day (calendar, 20261001));
  g_assert_true (kai_calendar_is_working_day (calendar, 20261010));
  g_assert_false (kai_calendar_is_working_day (calendar, 20261011));
  g_assert_true (kai_calendar_is_working_day (calendar, 20261012));
}

static void
test_copy (void)
{
  g_autoptr (KaiItem) item = kai_item_new ();
  g_autoptr (KaiItem) copy = NULL;

  set (&item->code, "320600000001");
  set (&item->name, "培训费");
  item->standard = KAI_STANDARD_RANGE;
  item->min = 100;
  item->max = 200;
  copy = kai_item_copy (item);
  set (&item->name, "other");
  g_assert_cmpstr (copy->code, ==, "320600000001");
  g_assert_cmpstr (copy->name, ==, "培训费");
  g_assert_cmpstr (copy->unit_of_measure, ==, "");
  g_assert_cmpstr (copy->bill_type, ==, "");
  g_assert_cmpint (copy->standard, ==, KAI_STANDARD_RANGE);
  g_assert_cmpint (copy->min, ==, 100);
  g_assert_cmpint (copy->max, ==, 200);
}

static void
test_standard_words (void)
{
  KaiStandardKind kind = KAI_STANDARD_FREE;

  for (KaiStandardKind k = KAI_STANDARD_FIXED; k <= KAI_STANDARD_RANGE; k++)
    {
      g_assert_true (kai_standard_kind_parse (kai_standard_kind_to_string (k), &kind));
      g_assert_cmpint (kind, ==, k);
    }
  g_assert_false (kai_standard_kind_parse ("Fixed", &kind));
  g_assert_false (kai_standard_kind_parse ("", &kind));
  g_assert_false (kai_standard_kind_parse (NULL, &kind));
  g_assert_cmpint (kind, ==, KAI_STANDARD_RANGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base-data/find", test_find);
  g_test_add_func ("/base-data/settings", test_settings);
  g_test_add_func ("/base-data/calendar", test_calendar);
  g_test_add_func ("/base-data/copy", test_copy);
  g_test_add_func ("/base-data/standard-words", test_standard_words);
  return g_test_run ();
}
