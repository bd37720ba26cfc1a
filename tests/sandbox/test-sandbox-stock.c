/* Paper bills: every number at every time in exactly one row. */
#include "kai-sandbox-fixture.h"

#include "messages/kai-result-code.h"

/* One movement after the other on the school's box 1-1000, and what becomes of it. */
static const struct
{
  const char *number, *from, *to, *first, *last, *reason, *symbol;
} moves[] = {
  { "8614", SCHOOL, CLERK, "0000000001", "0000000100", "", "range-not-free" },
  { "8618", SCHOOL, SCHOOL, "0000000001", "0000001001", "", "range-not-delivered" },
  { "8618", SCHOOL, SCHOOL, "0000001001", "0000001002", "", "range-not-delivered" },
  { "8618", SCHOOL, SCHOOL, "0000000001", "0000000500", "", "ok" },
  { "8618", SCHOOL, SCHOOL, "0000000001", "0000000500", "", "range-not-delivered" },
  { "8618", SCHOOL, SCHOOL, "0000000501", "0000001000", "", "ok" },
  { "8614", SCHOOL, CLERK, "0000000101", "0000000200", "", "ok" },
  { "8614", SCHOOL, CLERK, "0000000200", "0000000201", "", "range-not-free" },
  { "8614", SCHOOL, COURT_CLERK, "0000000300", "0000000310", "", "unknown-holder" },
  { "8620", CLERK, CLERK, "0000000101", "0000000101", "", "field" },
  { "8620", CLERK, CLERK, "0000000101", "0000000101", "污损", "ok" },
  { "8620", CLERK, CLERK, "0000000101", "0000000101", "污损", "range-not-free" },
  { "8619", CLERK, SCHOOL, "0000000101", "0000000110", "", "ok" },
  { "8619", SCHOOL, "F320684", "0000000900", "0000001000", "", "ok" },
  { "8614", SCHOOL, CLERK, "0000000105", "0000000105", "", "range-not-free" },
  { "8622", SCHOOL, SCHOOL, "0000000001", "0000000001", "", "range-not-free" },
  { "8620", CLERK, CLERK, "0000000150", "0000000150", "印错", "ok" },
  { "8622", CLERK, CLERK, "0000000150", "0000000150", "", "ok" },
  { "8614", SCHOOL, CLERK, "00000001", "00000002", "", "field" },
  { "8614", SCHOOL, CLERK, "0000000002", "0000000001", "", "field" },
};

static void
assert_invariants (Fixture *fixture)
{
  g_assert_cmpint (count_rows (fixture,
                               "SELECT sum(last_no - first_no + 1) FROM stock_range WHERE type = "
                               "'1101' AND unit_code = '320684001'"),
                   ==, 1000);
  g_assert_cmpint (
      count_rows (fixture, "SELECT count(*) FROM stock_range AS a JOIN stock_range AS b ON a.id "
                           "< b.id AND a.type = b.type AND a.version = b.version AND "
                           "a.first_no <= b.last_no AND b.first_no <= a.last_no"),
      ==, 0);
}

static void
test_moves (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);

  for (gsize i = 0; i < G_N_ELEMENTS (moves); i++)
    {
      g_autoptr (KaiMessage) message = desk_message (desk, moves[i].number), answer = NULL;
      KaiRecord *voucher =
          add_stock_voucher (message, moves[i].from, moves[i].to, moves[i].first, moves[i].last);

      kai_record_set (voucher, "Reason", moves[i].reason);
      answer = desk_send (desk, message);
      g_test_message ("%s %s-%s", moves[i].number, moves[i].first, moves[i].last);
      g_assert_cmpstr (result_of (answer, 0), ==, code_of (moves[i].symbol));
      assert_invariants (fixture);
    }
  /* 1-100, 201-899 free with the school; 102-110 void or returned; the clerk's rest in two pieces
   * around 150. */
  g_assert_cmpint (count_rows (fixture,
                               "SELECT count(*) FROM stock_range WHERE type = '1101' AND holder = "
                               "'320684001' AND state = 'free'"),
                   ==, 2);
  g_assert_cmpint (count_rows (fixture,
                               "SELECT count(*) FROM stock_range WHERE type = '1101' AND holder = "
                               "'32068400101' AND state = 'free'"),
                   ==, 2);
}

/* Against a model: random movements, accepted exactly when the model allows them. */
#define BOX 40

typedef enum
{
  MODEL_TO_TAKE_IN,
  MODEL_SCHOOL,
  MODEL_CLERK
} ModelState;

static gboolean
all_are (const ModelState *model, int first, int last, ModelState state)
{
  for (int i = first; i <= last; i++)
    if (model[i] != state)
      return FALSE;
  return TRUE;
}

static void
test_model (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  ModelState model[BOX + 1] = { 0 };
  int accepted = 0;

  for (int round = 0; round < 60; round++)
    {
      gboolean take_in = g_test_rand_bit ();
      int first = g_test_rand_int_range (1, BOX + 1);
      int length = g_test_rand_int_range (0, 6), last = MIN (BOX, first + length);
      g_autofree char *first_text = g_strdup_printf ("%010d", first);
      g_autofree char *last_text = g_strdup_printf ("%010d", last);
      g_autoptr (KaiMessage) message = desk_message (desk, take_in ? "8618" : "8614"),
                             answer = NULL;
      gboolean expected = all_are (model, first, last, take_in ? MODEL_TO_TAKE_IN : MODEL_SCHOOL);

      add_stock_voucher (message, SCHOOL, take_in ? SCHOOL : CLERK, first_text, last_text);
      answer = desk_send (desk, message);
      g_assert_cmpint (g_str_equal (result_of (answer, 0), KAI_RESULT_OK), ==, expected);
      for (int i = first; expected && i <= last; i++)
        model[i] = take_in ? MODEL_SCHOOL : MODEL_CLERK;
      accepted += expected;
      assert_invariants (fixture);
    }
  g_assert_cmpint (accepted, >, 0);
}

static void
test_deliveries (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Desk) desk = desk_new (fixture, CLERK, KAI_ALGORITHM_P256);
  g_autoptr (KaiMessage) message = desk_message (desk, "8617"), answer = NULL;
  g_autoptr (KaiMessage) foreign = desk_message (desk, "8617"), refused = NULL;
  const KaiRecord *range;

  kai_record_set (add_voucher (message), "ChgAgenCode", SCHOOL);
  answer = desk_send (desk, message);
  g_assert_cmpuint (kai_record_get_n (answer->vouchers->pdata[0], "RangeList/Range"), ==, 2);
  range = kai_record_nth (answer->vouchers->pdata[0], "RangeList/Range", 0);
  g_assert_cmpstr (kai_record_get (range, "FirstNo"), ==, "0000000001");
  g_assert_cmpstr (kai_record_get (range, "LastNo"), ==, "0000001000");
  g_assert_cmpstr (kai_record_get (range, "BillVerCode"), ==, "2026");
  kai_record_set (add_voucher (foreign), "ChgAgenCode", COURT);
  refused = desk_send (desk, foreign);
  g_assert_cmpstr (result_of (refused, 0), ==, code_of ("wrong-unit"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/sandbox/stock/moves", Fixture, NULL, fixture_set_up, test_moves, fixture_tear_down);
  g_test_add ("/sandbox/stock/model", Fixture, NULL, fixture_set_up, test_model, fixture_tear_down);
  g_test_add ("/sandbox/stock/deliveries", Fixture, NULL, fixture_set_up, test_deliveries,
              fixture_tear_down);
  return g_test_run ();
}
