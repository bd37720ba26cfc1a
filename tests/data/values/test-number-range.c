/* Number ranges: tables for each operation, and a model that proves no number is lost or doubled. */
#include "values/kai-error.h"
#include "values/kai-number-range.h"

#include <string.h>

typedef struct
{
  const char *first, *last;
  gint64 count;     /* 0: refused */
  const char *part; /* of the sentence */
} Parsed;

static const Parsed parsed[] = {
  { "0000000101", "0000000200", 100, NULL },
  { "1", "1", 1, NULL },
  { "0", "9", 10, NULL },
  { "00000000", "99999999", 100000000, NULL },
  { "000000000000000000", "999999999999999999", G_GINT64_CONSTANT (1000000000000000000), NULL },
  { "0000000000000000000", "0000000000000000001", 0, "at most 18" },
  { "1", "0000000000000000001", 0, "at most 18" },
  { "0101", "200", 0, "same number" },
  { "101", "0200", 0, "same number" },
  { "0200", "0101", 0, "larger" },
  { "", "1", 0, "digits only" },
  { "1", "", 0, "digits only" },
  { NULL, "1", 0, "digits only" },
  { "1", NULL, 0, "digits only" },
  { "-1", "02", 0, "digits only" },
  { "0x1", "0x2", 0, "digits only" },
  { " 1", " 2", 0, "digits only" },
  { "１", "２", 0, "digits only" },
};

static void
test_parse (gconstpointer data)
{
  const Parsed *row = data;
  g_autoptr (GError) error = NULL;
  KaiNumberRange range = { 47, 11, 3 };
  gboolean ok = kai_number_range_parse (row->first, row->last, &range, &error);

  if (row->count)
    {
      g_autofree char *first = NULL;
      g_autofree char *last = NULL;

      g_assert_no_error (error);
      g_assert_true (ok);
      first = kai_number_range_format (range.first, range.width);
      last = kai_number_range_format (range.last, range.width);
      g_assert_cmpint (kai_number_range_count (&range), ==, row->count);
      g_assert_cmpstr (first, ==, row->first);
      g_assert_cmpstr (last, ==, row->last);
      return;
    }
  g_assert_false (ok);
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, row->part));
  g_assert_cmpint (range.first, ==, 47);
}

static void
assert_range (const KaiNumberRange *range, gint64 first, gint64 last)
{
  g_assert_cmpint (range->first, ==, first);
  g_assert_cmpint (range->last, ==, last);
  g_assert_cmpint (range->width, ==, 4);
}

static void
test_subtract (void)
{
  KaiNumberRange whole = { 10, 20, 4 }, rest[2];

  g_assert_cmpint (kai_number_range_subtract (&whole, &(KaiNumberRange){ 10, 20, 4 }, rest), ==, 0);
  g_assert_cmpint (kai_number_range_subtract (&whole, &(KaiNumberRange){ 10, 12, 4 }, rest), ==, 1);
  assert_range (&rest[0], 13, 20);
  g_assert_cmpint (kai_number_range_subtract (&whole, &(KaiNumberRange){ 20, 20, 4 }, rest), ==, 1);
  assert_range (&rest[0], 10, 19);
  g_assert_cmpint (kai_number_range_subtract (&whole, &(KaiNumberRange){ 15, 15, 4 }, rest), ==, 2);
  assert_range (&rest[0], 10, 14);
  assert_range (&rest[1], 16, 20);

  /* The range may be cut in its own place. */
  rest[0] = whole;
  g_assert_cmpint (kai_number_range_subtract (&rest[0], &(KaiNumberRange){ 15, 15, 4 }, rest), ==,
                   2);
  assert_range (&rest[0], 10, 14);
  assert_range (&rest[1], 16, 20);
}

static void
test_relations (void)
{
  const KaiNumberRange range = { 10, 20, 4 };
  const KaiNumberRange inner = { 12, 20, 4 }, across = { 20, 25, 4 }, beside = { 21, 25, 4 },
                       apart = { 22, 25, 4 }, other_width = { 12, 20, 5 };
  KaiNumberRange joined = { 1, 2, 3 };

  g_assert_true (kai_number_range_contains (&range, &range));
  g_assert_true (kai_number_range_contains (&range, &inner));
  g_assert_false (kai_number_range_contains (&inner, &range));
  g_assert_false (kai_number_range_contains (&range, &across));
  g_assert_false (kai_number_range_contains (&range, &other_width));

  g_assert_true (kai_number_range_overlaps (&range, &across));
  g_assert_true (kai_number_range_overlaps (&across, &range));
  g_assert_false (kai_number_range_overlaps (&range, &beside));
  g_assert_false (kai_number_range_overlaps (&range, &other_width));

  g_assert_false (kai_number_range_join (&range, &apart, &joined));
  g_assert_false (kai_number_range_join (&apart, &range, &joined));
  g_assert_false (kai_number_range_join (&range, &other_width, &joined));
  g_assert_cmpint (joined.first, ==, 1);
  g_assert_true (kai_number_range_join (&beside, &range, &joined));
  assert_range (&joined, 10, 25);
  g_assert_true (kai_number_range_join (&range, &across, &joined));
  assert_range (&joined, 10, 25);
  g_assert_true (kai_number_range_join (&inner, &range, &joined));
  assert_range (&joined, 10, 20);
}

/* Random cuts out of 0 … 63, against a set of bits. */
static void
test_model (void)
{
  for (int round = 0; round < 5000; round++)
    {
      gint64 a = g_test_rand_int_range (0, 64), b = g_test_rand_int_range (a, 64);
      gint64 c = g_test_rand_int_range (a, b + 1), d = g_test_rand_int_range (c, b + 1);
      KaiNumberRange whole = { a, b, 2 }, cut = { c, d, 2 }, joined = cut, rest[2];
      int n = kai_number_range_subtract (&whole, &cut, rest);
      guint64 expected = 0, got = 0;

      for (gint64 i = a; i <= b; i++)
        if (i < c || i > d)
          expected |= G_GUINT64_CONSTANT (1) << i;
      for (int k = 0; k < n; k++)
        for (gint64 i = rest[k].first; i <= rest[k].last; i++)
          {
            g_assert_false (got & G_GUINT64_CONSTANT (1) << i);
            got |= G_GUINT64_CONSTANT (1) << i;
          }
      g_assert_cmpuint (got, ==, expected);

      /* Cut and rest give the whole again. */
      for (int k = 0; k < n; k++)
        g_assert_true (kai_number_range_join (&joined, &rest[k], &joined));
      g_assert_cmpint (joined.first, ==, a);
      g_assert_cmpint (joined.last, ==, b);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (parsed); i++)
    {
      g_autofree char *path = g_strdup_printf ("/number-range/parse/%02u", (guint)i);

      g_test_add_data_func (path, &parsed[i], test_parse);
    }
  g_test_add_func ("/number-range/subtract", test_subtract);
  g_test_add_func ("/number-range/relations", test_relations);
  g_test_add_func ("/number-range/model", test_model);
  return g_test_run ();
}
