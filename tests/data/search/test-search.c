/* The search over a store, compared with looking at every notice. */
#include "store-test.h"

#include "search/kai-pinyin.h"
#include "search/kai-search-index.h"
#include "search/kai-search.h"
#include "store/kai-ebill-store.h"
#include "store/kai-stock.h"

#include <string.h>

#define NOTICES 300
#define QUERIES 3000

/* Common and rare characters, several readings, supplementary planes, other scripts, marks. */
static const char *const characters[] = {
  "王", "李", "单", "曾", "解", "长", "重", "小", "明", "明", "𠮷", "㛃", "龘", "镕", "·",
  "a",  "B",  "3",  "（", "）", "é",  "€",  " ",  "公", "司", "𫖯", "い", "%",  "_",
};

static char *
random_text (int shortest, int longest)
{
  GString *text = g_string_new (NULL);
  int length = g_test_rand_int_range (shortest, longest + 1);

  while (length-- > 0)
    g_string_append (text, characters[g_test_rand_int_range (0, G_N_ELEMENTS (characters))]);
  return g_string_free (text, FALSE);
}

/* Few different digits, so that numbers have much in common. */
static char *
random_digits (const char *beginning, int length)
{
  GString *text = g_string_new (beginning);

  while (text->len < (gsize)length)
    g_string_append_c (text, "0123"[g_test_rand_int_range (0, 4)]);
  return g_string_free (text, FALSE);
}

/* ---- The model ---- */

typedef struct
{
  gint64 id;
  char *code, *name, *payer_id, *mobile, *ebill; /* ebill: code and number, "" for none */
} Row;

static void
row_free (gpointer data)
{
  Row *row = data;

  g_free (row->code);
  g_free (row->name);
  g_free (row->payer_id);
  g_free (row->mobile);
  g_free (row->ebill);
  g_free (row);
}

static KaiNotice *
notice_of (const Row *row)
{
  KaiNotice *notice = store_test_notice (row->code);

  notice->state = KAI_NOTICE_PAID;
  kai_notice_set (&notice->payer_name, row->name);
  kai_notice_set (&notice->payer_id, row->payer_id);
  kai_notice_set (&notice->mobile, row->mobile);
  return notice;
}

static void
swap (KaiDatabase *db, Row *row)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_create (db, row->id, "01", &error);

  g_assert_no_error (error);
  kai_notice_set (&record->code, "32010126");
  g_free (record->number);
  record->number = random_digits (g_test_rand_bit () ? "0000" : "", 10);
  if (!kai_ebill_store_update (db, record, &error))
    {
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT); /* the number is taken */
      return;
    }
  g_free (row->ebill);
  row->ebill = g_strconcat (record->code, record->number, NULL);
}

static void
add_row (KaiDatabase *db, GPtrArray *rows)
{
  Row *row = g_new0 (Row, 1);
  g_autoptr (KaiNotice) notice = NULL;
  g_autoptr (GError) error = NULL;

  row->code = g_test_rand_int_range (0, 5) == 0 ? g_strdup ("") : random_digits ("320684", 20);
  row->name = random_text (1, g_test_rand_int_range (0, 20) == 0 ? 40 : 5);
  row->payer_id = g_test_rand_bit () ? random_digits ("3201", 17) : g_strdup ("");
  if (row->payer_id[0])
    row->payer_id = g_realloc (row->payer_id, 19), strcat (row->payer_id, "X");
  row->mobile = g_test_rand_int_range (0, 5) == 0 ? g_strdup ("") : random_digits ("13", 11);
  row->ebill = g_strdup ("");
  notice = notice_of (row);
  if (!kai_notice_store_insert (db, notice, &error))
    {
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT); /* the code is taken */
      row_free (row);
      return;
    }
  row->id = notice->id;
  if (g_test_rand_bit ())
    swap (db, row);
  g_ptr_array_add (rows, row);
}

static gboolean
begins_or_ends (const char *number, const char *digits)
{
  gsize length = strlen (digits);

  return length >= 3
         && (g_str_has_prefix (number, digits)
             || (length >= 4 && g_str_has_suffix (number, digits)));
}

/* Written down once more, without the index and its words. */
static gboolean
row_matches (const Row *row, const KaiSearchText *text)
{
  KaiSearchFields fields = { row->name, row->payer_id, row->mobile };
  gboolean is_number = text->code[0] && strspn (text->code, "0123456789") == strlen (text->code);

  if (kai_search_text_matches (text, &fields))
    return TRUE;
  if (!is_number)
    return FALSE;
  if (row->code[0] && begins_or_ends (row->code, text->code))
    return TRUE;
  return row->ebill[0]
         && (begins_or_ends (row->ebill + 8, text->code)
             || (strlen (text->code) > 10 && g_str_has_prefix (row->ebill, text->code)));
}

static char *
random_part (const char *text, int shortest)
{
  glong length = g_utf8_strlen (text, -1);
  glong start = length > 0 ? g_test_rand_int_range (0, (int)length) : 0;

  return g_utf8_substring (text, start, MIN (length, start + g_test_rand_int_range (shortest, 7)));
}

static char *
random_query (GPtrArray *rows)
{
  const Row *row = rows->pdata[g_test_rand_int_range (0, (int)rows->len)];
  const char *numbers[] = { row->code, row->payer_id, row->mobile, row->ebill,
                            row->ebill[0] ? row->ebill + 8 : "" };
  const char *number = numbers[g_test_rand_int_range (0, G_N_ELEMENTS (numbers))];
  int length = (int)strlen (number), n = length > 0 ? g_test_rand_int_range (1, length + 1) : 0;
  g_autofree char *initials = NULL;

  switch (g_test_rand_int_range (0, 6))
    {
    case 0:
      return random_text (1, 6);
    case 1:
      return random_part (row->name, 1);
    case 2:
      initials = kai_pinyin_initials (row->name);
      return random_part (initials, 1);
    case 3:
      return g_strndup (number, (gsize)n);
    case 4:
      return g_strdup (number + length - n);
    default:
      return random_digits (g_test_rand_bit () ? "3" : "", g_test_rand_int_range (1, 8));
    }
}

/* What the index says is what looking at each row says, newest first; a limit cuts the end off. */
static void
compare (KaiDatabase *db, GPtrArray *rows, const char *query)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSearchText) text = kai_search_text_new (query, &error);
  g_autoptr (GArray) found = kai_search_notices (db, text, 0, NULL, &error);
  int limit = g_test_rand_int_range (1, 20);
  gboolean more = FALSE;
  g_autoptr (GArray) first = kai_search_notices (db, text, limit, &more, &error);
  guint n = 0;

  g_assert_no_error (error);
  for (guint i = rows->len; i-- > 0;)
    {
      const Row *row = rows->pdata[i];

      if (!row_matches (row, text))
        continue;
      if (n >= found->len || g_array_index (found, gint64, n) != row->id)
        g_error ("“%s” does not find “%s” %s %s %s %s", query, row->name, row->payer_id,
                 row->mobile, row->code, row->ebill);
      n++;
    }
  if (n != found->len)
    g_error ("“%s” finds too many", query);
  g_assert_cmpuint (first->len, ==, MIN (n, (guint)limit));
  g_assert_cmpint (more, ==, n > (guint)limit);
  g_assert_true (first->len == 0
                 || memcmp (first->data, found->data, first->len * sizeof (gint64)) == 0);
}

static void
assert_sound (KaiDatabase *db)
{
  g_autoptr (GError) error = NULL;

  kai_search_index_check (db, &error);
  g_assert_no_error (error);
}

static void
test_model (StoreTest *test, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (row_free);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < NOTICES; i++)
    add_row (test->db, rows);
  for (int i = 0; i < QUERIES; i++)
    {
      g_autofree char *query = random_query (rows);

      compare (test->db, rows, query);
    }
  assert_sound (test->db);
  kai_search_index_rebuild (test->db, &error);
  g_assert_no_error (error);
  assert_sound (test->db);
  for (int i = 0; i < 100; i++)
    {
      g_autofree char *query = random_query (rows);

      compare (test->db, rows, query);
    }
}

/* A part of a name is found wherever a plain comparison finds it: no rule of ours between. */
static void
test_plain_names (StoreTest *test, gconstpointer data)
{
  static const char *const parts[] = { "欧", "阳", "龘", "𠮷", "㛃", "小", "明", "华", "国" };
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < 200; i++)
    {
      GString *name = g_string_new (NULL);
      g_autoptr (KaiNotice) notice = store_test_notice ("");

      for (int n = g_test_rand_int_range (2, 9); n > 0; n--)
        g_string_append (name, parts[g_test_rand_int_range (0, G_N_ELEMENTS (parts))]);
      g_ptr_array_add (names, g_string_free (name, FALSE));
      kai_notice_set (&notice->payer_name, names->pdata[i]);
      store_test_insert (test->db, notice);
    }
  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *part = random_part (names->pdata[g_test_rand_int_range (0, 200)], 1);
      g_autoptr (KaiSearchText) text = kai_search_text_new (part, NULL);
      g_autoptr (GArray) found = kai_search_notices (test->db, text, 0, NULL, NULL);
      guint n = 0;

      for (guint k = 0; k < names->len; k++)
        n += strstr (names->pdata[k], part) != NULL;
      g_assert_cmpuint (found->len, ==, n);
    }
}

/* ---- The index ---- */

static guint
count_hits (KaiDatabase *db, const char *query)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSearchText) text = kai_search_text_new (query, &error);
  g_autoptr (GArray) found = kai_search_notices (db, text, 0, NULL, &error);

  g_assert_no_error (error);
  return found->len;
}

static void
test_changes (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) before = store_test_notice ("32068426001000000017");
  g_autoptr (KaiNotice) after = NULL;
  g_autoptr (GError) error = NULL;

  store_test_insert (test->db, before);
  g_assert_true (kai_database_begin (test->db, &error));
  after = kai_notice_copy (before);
  kai_notice_set (&after->payer_name, "尉迟恭");
  kai_notice_set (&after->mobile, "13900000002");
  g_assert_true (kai_search_index_remove (test->db, before->id, &error));
  g_assert_cmpuint (count_hits (test->db, "王"), ==, 0);
  g_assert_true (kai_search_index_add (test->db, after->id, after, &error));
  g_assert_true (kai_database_commit (test->db, &error));
  g_assert_cmpuint (count_hits (test->db, "wxm"), ==, 0);
  g_assert_cmpuint (count_hits (test->db, "1380"), ==, 0);
  g_assert_cmpuint (count_hits (test->db, "yc"), ==, 1);
  g_assert_cmpuint (count_hits (test->db, "wc"), ==, 1);
  g_assert_cmpuint (count_hits (test->db, "0002"), ==, 1);
  /* The row itself still says 王小明. */
  g_assert_false (kai_search_index_check (test->db, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_true (kai_search_index_rebuild (test->db, &error));
  assert_sound (test->db);
  g_assert_cmpuint (count_hits (test->db, "wxm"), ==, 1);
}

/* A corrected notice is found as it is now, and only so. */
static void
test_rewrite (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = store_test_notice ("32068426001000000017");
  g_autoptr (GError) error = NULL;

  store_test_insert (test->db, notice);
  kai_notice_set (&notice->payer_name, "尉迟恭");
  kai_notice_set (&notice->payer_id, "32068420100307012X");
  kai_notice_store_rewrite (test->db, notice, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_hits (test->db, "王"), ==, 0);
  g_assert_cmpuint (count_hits (test->db, "尉迟"), ==, 1);
  g_assert_cmpuint (count_hits (test->db, "012x"), ==, 1);
  assert_sound (test->db);
}

static void
test_check_finds (StoreTest *test, gconstpointer data)
{
  static const char *const damage[] = {
    "DELETE FROM notice_claim; DELETE FROM notice_item; DELETE FROM notice WHERE id = 1",
    "INSERT INTO notice_search (rowid, terms) VALUES (1, 'aaaaaaaaaaaaa')",
    "INSERT INTO notice_search (rowid, terms) VALUES (99, 'aaaaaaaaaaaaa')",
    "INSERT INTO notice_search (notice_search) VALUES ('delete-all')",
  };

  for (guint i = 0; i < G_N_ELEMENTS (damage); i++)
    {
      g_autofree char *dir = g_strdup_printf ("%s/%u", test->dir, i);
      KaiDatabase *db = store_test_open (dir);
      g_autoptr (KaiNotice) notice = store_test_notice ("");
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) statements = g_strsplit (damage[i], ";", -1);

      kai_database_set_vault (db, kai_database_get_vault (test->db));
      store_test_insert (db, notice);
      assert_sound (db);
      for (guint s = 0; statements[s]; s++)
        store_test_run (db, statements[s]);
      g_assert_false (kai_search_index_check (db, &error));
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED);
      kai_database_close (db);
    }
}

/* What does not come to be leaves nothing in the index. */
static void
test_rolled_back (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = store_test_notice ("");
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_database_begin (test->db, &error));
  store_test_insert (test->db, notice);
  g_assert_cmpuint (count_hits (test->db, "王"), ==, 1);
  kai_database_rollback (test->db);
  g_assert_cmpuint (count_hits (test->db, "王"), ==, 0);
  assert_sound (test->db);
}

static void
test_locked (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiVault) vault = kai_vault_ref (kai_database_get_vault (test->db));
  g_autoptr (KaiNotice) notice = store_test_notice ("32068426001000000017");
  g_autoptr (KaiSearchResult) result = NULL;
  g_autoptr (GError) error = NULL;

  store_test_insert (test->db, notice);
  kai_database_set_vault (test->db, NULL);
  g_assert_cmpuint (count_hits (test->db, "王"), ==, 0);
  g_assert_cmpuint (count_hits (test->db, "0017"), ==, 1);
  result = kai_search (test->db, "32068426", 10, &error);
  g_assert_no_error (error);
  g_assert_true (result->is_locked);
  g_assert_cmpuint (result->hits->len, ==, 1);
  g_assert_false (kai_search_index_add (test->db, notice->id, notice, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  kai_database_set_vault (test->db, vault);
}

/* ---- Hits ---- */

static void
receive_paper (KaiDatabase *db)
{
  KaiNumberRange range;
  KaiStockRange delivered = { .type = (char *)"1101",
                              .version = (char *)"2024",
                              .holder = (char *)"320684001" };
  g_autoptr (GPtrArray) ranges = g_ptr_array_new ();
  KaiStockMove move = { .kind = KAI_MOVE_RECEIVE,
                        .type = "1101",
                        .version = "2024",
                        .from = "320684001",
                        .to = "320684001",
                        .reason = "",
                        .user = "u" };
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_number_range_parse ("0000017000", "0000018000", &range, &error));
  delivered.range = move.range = range;
  g_ptr_array_add (ranges, &delivered);
  g_assert_true (kai_database_begin (db, &error));
  kai_stock_set_deliveries (db, "320684001", ranges, &error);
  g_assert_no_error (error);
  g_assert_cmpint (kai_stock_move (db, &move, &error), >, 0);
  g_assert_no_error (error);
  g_assert_true (kai_database_commit (db, &error));
}

static const struct
{
  const char *query;
  int notices, ebills, papers, batches;
} hits[] = {
  { "王", 1, 0, 0, 0 },
  { "0000017001", 1, 1, 1, 0 },
  { "00000", 1, 1, 0, 0 },
  { "7001", 1, 1, 0, 0 },
  { "320101260000017001", 1, 1, 0, 0 },
  { "32010126-0000017001", 1, 1, 0, 0 },
  { "32010126 00000", 1, 1, 0, 0 },
  { "32010126", 0, 0, 0, 0 },
  { "32010199 0000017001", 0, 0, 0, 0 },
  { "0000017002", 0, 0, 1, 0 },
  { "17002", 0, 0, 1, 0 },
  { "00017002", 0, 0, 0, 0 },
  { "0000018001", 0, 0, 0, 0 },
  { "20261121", 0, 0, 0, 1 },
  { "20261121-3F9A", 0, 0, 0, 1 },
  { "0017", 1, 0, 0, 0 },
  { "nobody", 0, 0, 0, 0 },
  { "", 0, 0, 0, 0 },
};

static int
count_kind (const KaiSearchResult *result, KaiHitKind kind)
{
  int n = 0;

  for (guint i = 0; i < result->hits->len; i++)
    n += ((const KaiSearchHit *)result->hits->pdata[i])->kind == kind;
  return n;
}

static void
test_hits (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = store_test_notice ("32068426001000000017");
  g_autoptr (KaiEbillRecord) record = NULL;
  g_autoptr (GError) error = NULL;

  notice->state = KAI_NOTICE_PAID;
  store_test_insert (test->db, notice);
  record = kai_ebill_store_create (test->db, notice->id, "01", &error);
  kai_notice_set (&record->code, "32010126");
  kai_notice_set (&record->number, "0000017001");
  g_assert_true (kai_ebill_store_update (test->db, record, &error));
  receive_paper (test->db);
  store_test_run (test->db, "INSERT INTO import_batch (batch_id, content_hash, kind, created_at)"
                            " VALUES ('20261121-3f9a2c71d04b', 'h', 'notices', 1)");
  for (guint i = 0; i < G_N_ELEMENTS (hits); i++)
    {
      g_autoptr (KaiSearchResult) result = kai_search (test->db, hits[i].query, 10, &error);

      g_assert_no_error (error);
      g_test_message ("looking for %s", hits[i].query);
      g_assert_false (result->more);
      g_assert_false (result->is_locked);
      g_assert_cmpint (count_kind (result, KAI_HIT_NOTICE), ==, hits[i].notices);
      g_assert_cmpint (count_kind (result, KAI_HIT_EBILL), ==, hits[i].ebills);
      g_assert_cmpint (count_kind (result, KAI_HIT_PAPER_BILL), ==, hits[i].papers);
      g_assert_cmpint (count_kind (result, KAI_HIT_BATCH), ==, hits[i].batches);
    }
}

/* The line of a hit shows enough to know whom it is about, not who it is. */
static void
test_summary (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = store_test_notice ("32068426001000000017");
  g_autoptr (KaiSearchResult) result = NULL;
  const KaiSearchHit *hit;

  kai_notice_set (&notice->payer_id, "32068420100307012X");
  store_test_insert (test->db, notice);
  result = kai_search (test->db, "王小明", 10, NULL);
  g_assert_cmpuint (result->hits->len, ==, 1);
  hit = result->hits->pdata[0];
  g_assert_cmpstr (hit->id, ==, "32068426001000000017");
  g_assert_cmpint (hit->row, ==, notice->id);
  g_assert_true (g_str_has_prefix (hit->summary, "王**, 150.00, "));
  g_assert_null (strstr (hit->summary, "小明"));
  g_assert_null (strstr (hit->summary, "012X"));
}

/* Many numbers that begin alike: the newest first, also when the newest rows of all begin otherwise. */
static void
test_many (StoreTest *test, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSearchText) old = kai_search_text_new ("32068417", NULL);
  g_autoptr (KaiSearchText) any = kai_search_text_new ("320684", NULL);
  gboolean more = FALSE;

  g_assert_true (kai_database_begin (test->db, &error));
  for (int i = 1; i <= 8000; i++)
    {
      g_autofree char *code =
          g_strdup_printf ("320684%d001%08d1", i <= 3000 ? 17 : 26, i * 7 % 8000);
      g_autoptr (KaiNotice) notice = store_test_notice (code);

      g_ptr_array_set_size (notice->items, 0);
      store_test_insert (test->db, notice);
    }
  g_assert_true (kai_database_commit (test->db, &error));
  for (int limit = 1; limit < 200; limit += 49)
    {
      g_autoptr (GArray) found = kai_search_notices (test->db, old, limit, &more, &error);
      g_autoptr (GArray) newest = kai_search_notices (test->db, any, limit, NULL, &error);

      g_assert_true (more);
      g_assert_cmpuint (found->len, ==, limit);
      for (int i = 0; i < limit; i++)
        {
          g_assert_cmpint (g_array_index (found, gint64, i), ==, 3000 - i);
          g_assert_cmpint (g_array_index (newest, gint64, i), ==, 8000 - i);
        }
    }
  g_assert_cmpuint (count_hits (test->db, "32068417"), ==, 3000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/search/model", test_model);
  store_test_add ("/search/plain-names", test_plain_names);
  store_test_add ("/search/changes", test_changes);
  store_test_add ("/search/rewrite", test_rewrite);
  store_test_add ("/search/check-finds", test_check_finds);
  store_test_add ("/search/rolled-back", test_rolled_back);
  store_test_add ("/search/locked", test_locked);
  store_test_add ("/search/hits", test_hits);
  store_test_add ("/search/summary", test_summary);
  store_test_add ("/search/many", test_many);
  return g_test_run ();
}
