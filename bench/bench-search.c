/* How long the first 50 hits take: thousands of random searches of every kind in a ledger of a million notices. Half of them are parts of payers that
 * are there, half of payers that are not. Ends with 1 when half of them take longer than 16 ms or one in a hundred longer than 50 ms.
 *   bench-search [DIR [NOTICES [SEARCHES]]] */
#include "bench-ledger.h"

#include <stdlib.h>
#include <string.h>

#include "search/kai-pinyin.h"
#include "search/kai-search.h"
#include "store/kai-notice-store.h"

#define FIRST_HITS 50
#define MEDIAN_MS 16
#define P99_MS 50

/* @n characters of @text from a random place. */
static char *
part_of (GRand *rand, const char *text, int n)
{
  glong length = g_utf8_strlen (text, -1);
  glong start = length > n ? g_rand_int_range (rand, 0, (int)(length - n + 1)) : 0;

  return g_utf8_substring (text, start, MIN (start + n, length));
}

static char *
end_of (const char *text, int n)
{
  gsize length = strlen (text);

  return g_strdup (length > (gsize)n ? text + length - n : text);
}

static char *
beginning_of (const char *text, int n)
{
  return g_strndup (text, (gsize)n);
}

static char *
random_letters (GRand *rand, int n)
{
  GString *text = g_string_new (NULL);

  while (n-- > 0)
    g_string_append_c (text, "abcdfghjklmnpqrstwxyz"[g_rand_int_range (rand, 0, 21)]);
  return g_string_free (text, FALSE);
}

static const char *const kinds[] = {
  "one character", "part of a name", "initials",    "any letters", "mobile, end", "mobile, begin",
  "id, end",       "id, begin",      "code, begin", "code, end",   "e-bill",      "whole number",
};

/* What somebody might look for: of a payer that is there, or of one that is made up. */
static char *
make_text (GRand *rand, guint kind, const char *name, const char *id, const char *mobile,
           const char *code)
{
  switch (kind)
    {
    case 0:
      return part_of (rand, name, 1);
    case 1:
      return part_of (rand, name, g_rand_int_range (rand, 2, 7));
    case 2:
      {
        g_autofree char *initials = kai_pinyin_initials (name);

        return part_of (rand, initials, g_rand_int_range (rand, 1, 7));
      }
    case 3:
      return random_letters (rand, g_rand_int_range (rand, 1, 7));
    case 4:
      return end_of (mobile, g_rand_int_range (rand, 4, 9));
    case 5:
      return beginning_of (mobile, g_rand_int_range (rand, 3, 11));
    case 6:
      return end_of (id, g_rand_int_range (rand, 4, 9));
    case 7:
      return beginning_of (id, g_rand_int_range (rand, 3, 18));
    case 8:
      return beginning_of (code, g_rand_int_range (rand, 3, 20));
    case 9:
      return end_of (code, g_rand_int_range (rand, 4, 12));
    case 10:
      return g_strdup_printf ("%0*d", g_rand_boolean (rand) ? 10 : 5,
                              g_rand_int_range (rand, 1, 700000));
    default:
      return g_strdup (g_rand_boolean (rand) ? id : mobile);
    }
}

static char *
next_text (KaiDatabase *db, GRand *rand, guint kind, int count)
{
  g_autoptr (BenchPayer) stranger = bench_payer_new (rand);
  g_autofree char *code = g_strdup_printf ("3206842%d001%08d1", g_rand_int_range (rand, 0, 8),
                                           g_rand_int_range (rand, 1, 200000));
  g_autoptr (KaiNotice) notice = NULL;

  if (g_rand_boolean (rand))
    return make_text (rand, kind, stranger->name, stranger->id, stranger->mobile, code);
  notice = kai_notice_store_load (db, g_rand_int_range (rand, 1, count + 1), NULL);
  return make_text (rand, kind, notice->payer_name, notice->payer_id, notice->mobile,
                    notice->payment_code);
}

static void
print_line (const char *name, GArray *times, guint hits)
{
  g_print ("%-16s %6u searches  %7u hits  median %6.2f ms  p99 %6.2f ms  longest %6.2f ms\n", name,
           times->len, hits, bench_percentile (times, 0.5), bench_percentile (times, 0.99),
           bench_percentile (times, 1));
}

int
main (int argc, char **argv)
{
  g_autofree char *dir = bench_directory (argc, argv);
  int count = argc > 2 ? atoi (argv[2]) : 1000000, searches = argc > 3 ? atoi (argv[3]) : 6000;
  KaiDatabase *db = bench_ledger_open (dir, count);
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (double));
  guint all_hits = 0;

  for (guint kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
    {
      g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
      guint hits = 0;

      for (int i = 0; i < searches / (int)G_N_ELEMENTS (kinds); i++)
        {
          g_autofree char *text = next_text (db, rand, kind, count);
          gint64 start = g_get_monotonic_time ();
          g_autoptr (GError) error = NULL;
          g_autoptr (KaiSearchResult) result = kai_search (db, text, FIRST_HITS, &error);
          double took = bench_ms (start);

          if (!result)
            g_error ("%s", error->message);
          if (took > P99_MS)
            g_print ("  %.1f ms: %s\n", took, text);
          hits += result->hits->len;
          g_array_append_val (times, took);
          g_array_append_val (all, took);
        }
      print_line (kinds[kind], times, hits);
      all_hits += hits;
    }
  print_line ("all", all, all_hits);
  kai_database_close (db);
  return bench_percentile (all, 0.5) <= MEDIAN_MS && bench_percentile (all, 0.99) <= P99_MS ? 0 : 1;
}
