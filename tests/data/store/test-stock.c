/* The paper stock: rules of each movement, and random movements against an array of numbers. */
#include "store-test.h"

#include "store/kai-stock.h"

#include <string.h>

#define WIDTH 6

static KaiNumberRange
range_of (gint64 first, gint64 last)
{
  KaiNumberRange range = { first, last, WIDTH };

  return range;
}

static void
deliver (KaiDatabase *db, const char *type, gint64 first, gint64 last)
{
  g_autoptr (GPtrArray) ranges =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_stock_range_free);
  g_autoptr (GError) error = NULL;
  KaiStockRange *range = g_new0 (KaiStockRange, 1);

  range->type = g_strdup (type);
  range->version = g_strdup ("2024");
  range->range = range_of (first, last);
  g_ptr_array_add (ranges, range);
  kai_stock_set_deliveries (db, "unit", ranges, &error);
  g_assert_no_error (error);
}

static gint64
move (KaiDatabase *db, KaiMoveKind kind, const char *from, const char *to, gint64 first,
      gint64 last, GError **error)
{
  const KaiStockMove wanted = {
    .kind = kind,
    .type = "A",
    .version = "2024",
    .from = from,
    .to = to,
    .range = range_of (first, last),
    .reason = kind == KAI_MOVE_VOID ? "spoiled" : NULL,
    .user = "32068400101",
  };

  return kai_stock_move (db, &wanted, error);
}

static gint64
must_move (KaiDatabase *db, KaiMoveKind kind, const char *from, const char *to, gint64 first,
           gint64 last)
{
  g_autoptr (GError) error = NULL;
  gint64 id = move (db, kind, from, to, first, last, &error);

  g_assert_no_error (error);
  g_assert_cmpint (id, >, 0);
  return id;
}

/* "A unit free 1-50; A counter used 51-51": the whole stock in short. */
static void
assert_stock (KaiDatabase *db, const char *holder, const char *expected)
{
  g_autoptr (GPtrArray) ranges = kai_stock_list (db, holder, NULL);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < ranges->len; i++)
    {
      const KaiStockRange *range = g_ptr_array_index (ranges, i);

      g_string_append_printf (text, "%s%s %s %s %d-%d", i > 0 ? "; " : "", range->type,
                              range->holder, kai_stock_state_to_string (range->state),
                              (int)range->range.first, (int)range->range.last);
    }
  g_assert_cmpstr (text->str, ==, expected);
  g_string_free (text, TRUE);
}

static void
test_words (void)
{
  for (int state = KAI_STOCK_TO_TAKE_IN; state <= KAI_STOCK_WRITTEN_OFF; state++)
    {
      KaiStockState parsed;

      g_assert_true (
          kai_stock_state_parse (kai_stock_state_to_string ((KaiStockState)state), &parsed));
      g_assert_cmpint (parsed, ==, state);
      g_assert_cmpuint (strlen (kai_stock_state_label ((KaiStockState)state)), >, 0);
    }
  for (int kind = KAI_MOVE_RECEIVE; kind <= KAI_MOVE_WRITE_OFF; kind++)
    {
      KaiMoveKind parsed;

      g_assert_true (kai_move_kind_parse (kai_move_kind_to_string ((KaiMoveKind)kind), &parsed));
      g_assert_cmpint (parsed, ==, kind);
    }
  {
    KaiStockState state;
    KaiMoveKind kind;

    g_assert_false (kai_stock_state_parse ("lost", &state));
    g_assert_false (kai_move_kind_parse ("lose", &kind));
  }
}

static void
test_life (StoreTest *test, gconstpointer data)
{
  deliver (test->db, "A", 1, 100);
  assert_stock (test->db, NULL, "A unit to-take-in 1-100");
  must_move (test->db, KAI_MOVE_RECEIVE, "unit", "unit", 1, 60);
  assert_stock (test->db, NULL, "A unit to-take-in 61-100; A unit free 1-60");
  must_move (test->db, KAI_MOVE_DISTRIBUTE, "unit", "clerk", 11, 20);
  must_move (test->db, KAI_MOVE_USE, "clerk", NULL, 11, 11);
  must_move (test->db, KAI_MOVE_USE, "clerk", "clerk", 12, 12);
  must_move (test->db, KAI_MOVE_VOID, "clerk", NULL, 12, 13);
  assert_stock (test->db, NULL,
                "A clerk free 14-20; A clerk used 11-11; A clerk void 12-13;"
                " A unit to-take-in 61-100; A unit free 1-10; A unit free 21-60");
  must_move (test->db, KAI_MOVE_RETURN, "clerk", "unit", 13, 20);
  must_move (test->db, KAI_MOVE_WRITE_OFF, "clerk", NULL, 11, 12);
  must_move (test->db, KAI_MOVE_RETURN, "unit", "bureau", 15, 16);
  assert_stock (test->db, "clerk", "A clerk written-off 11-12");
  assert_stock (test->db, "bureau", "A bureau returned 15-16");
  assert_stock (test->db, "unit",
                "A unit to-take-in 61-100; A unit free 1-10; A unit free 21-60;"
                " A unit returned 13-14; A unit returned 17-20");
}

typedef struct
{
  const char *name;
  KaiMoveKind kind;
  const char *from, *to;
  gint64 first, last;
  int code;
  const char *number; /* named in the sentence, or NULL */
} Refusal;

/* The stock: unit free 1-10, clerk free 11-15, clerk used 16, clerk void 17, unit to take in 21-30 and 31-40, nothing at 18-20. */
static const Refusal refusals[] = {
  { "not-there", KAI_MOVE_USE, "clerk", NULL, 50, 50, KAI_DATA_ERROR_CONFLICT, "000050" },
  { "part-unfit", KAI_MOVE_VOID, "clerk", NULL, 15, 18, KAI_DATA_ERROR_CONFLICT, "000017" },
  { "part-not-there", KAI_MOVE_RETURN, "clerk", "unit", 17, 18, KAI_DATA_ERROR_CONFLICT, "000018" },
  { "gap-before", KAI_MOVE_RECEIVE, "unit", NULL, 20, 22, KAI_DATA_ERROR_CONFLICT, "000020" },
  { "other-holder", KAI_MOVE_USE, "unit", NULL, 9, 11, KAI_DATA_ERROR_CONFLICT, "000011" },
  { "use-used", KAI_MOVE_USE, "clerk", NULL, 15, 16, KAI_DATA_ERROR_CONFLICT, "000016" },
  { "use-undelivered", KAI_MOVE_USE, "unit", NULL, 21, 21, KAI_DATA_ERROR_CONFLICT, "000021" },
  { "receive-free", KAI_MOVE_RECEIVE, "unit", NULL, 1, 1, KAI_DATA_ERROR_CONFLICT, "000001" },
  { "receive-two-deliveries", KAI_MOVE_RECEIVE, "unit", NULL, 25, 35, KAI_DATA_ERROR_CONFLICT,
    NULL },
  { "distribute-used", KAI_MOVE_DISTRIBUTE, "clerk", "unit", 16, 16, KAI_DATA_ERROR_CONFLICT,
    "000016" },
  { "distribute-to-oneself", KAI_MOVE_DISTRIBUTE, "unit", "unit", 1, 1, KAI_DATA_ERROR_INVALID,
    NULL },
  { "distribute-to-nobody", KAI_MOVE_DISTRIBUTE, "unit", "", 1, 1, KAI_DATA_ERROR_INVALID, NULL },
  { "return-used", KAI_MOVE_RETURN, "clerk", "unit", 16, 16, KAI_DATA_ERROR_CONFLICT, "000016" },
  { "return-to-nobody", KAI_MOVE_RETURN, "clerk", NULL, 17, 17, KAI_DATA_ERROR_INVALID, NULL },
  { "void-void", KAI_MOVE_VOID, "clerk", NULL, 17, 17, KAI_DATA_ERROR_CONFLICT, "000017" },
  { "write-off-free", KAI_MOVE_WRITE_OFF, "clerk", NULL, 15, 15, KAI_DATA_ERROR_CONFLICT,
    "000015" },
  { "use-for-another", KAI_MOVE_USE, "clerk", "unit", 11, 11, KAI_DATA_ERROR_INVALID, NULL },
  { "backwards", KAI_MOVE_USE, "clerk", NULL, 12, 11, KAI_DATA_ERROR_INVALID, NULL },
  { "no-holder", KAI_MOVE_USE, "", NULL, 11, 11, KAI_DATA_ERROR_INVALID, NULL },
};

static void
test_refusal (StoreTest *test, gconstpointer data)
{
  const Refusal *row = data;
  const char *stock = "A clerk free 11-15; A clerk used 16-16; A clerk void 17-17;"
                      " A unit to-take-in 21-30; A unit to-take-in 31-40; A unit free 1-10";
  g_autoptr (GError) error = NULL;

  deliver (test->db, "A", 1, 17);
  must_move (test->db, KAI_MOVE_RECEIVE, "unit", NULL, 1, 17);
  must_move (test->db, KAI_MOVE_DISTRIBUTE, "unit", "clerk", 11, 17);
  must_move (test->db, KAI_MOVE_USE, "clerk", NULL, 16, 16);
  must_move (test->db, KAI_MOVE_VOID, "clerk", NULL, 17, 17);
  deliver (test->db, "A", 21, 30);
  store_test_run (test->db, "INSERT INTO stock_range (type, version, width, first, last, holder,"
                            " state) VALUES ('A', '2024', 6, 31, 40, 'unit', 'to-take-in')");
  assert_stock (test->db, NULL, stock);
  g_assert_cmpint (move (test->db, row->kind, row->from, row->to, row->first, row->last, &error),
                   ==, 0);
  g_assert_error (error, KAI_DATA_ERROR, row->code);
  if (row->number)
    g_assert_nonnull (strstr (error->message, row->number));
  assert_stock (test->db, NULL, stock);
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM stock_movement"), ==, 4);
}

static void
test_void_needs_reason (StoreTest *test, gconstpointer data)
{
  KaiStockMove wanted = {
    .kind = KAI_MOVE_VOID,
    .type = "A",
    .version = "2024",
    .from = "unit",
    .range = range_of (1, 1),
  };
  g_autoptr (GError) error = NULL;

  deliver (test->db, "A", 1, 10);
  must_move (test->db, KAI_MOVE_RECEIVE, "unit", NULL, 1, 10);
  g_assert_cmpint (kai_stock_move (test->db, &wanted, &error), ==, 0);
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  wanted.reason = "torn";
  g_assert_cmpint (kai_stock_move (test->db, &wanted, NULL), >, 0);
}

/* What is delivered again does not touch numbers that moved on, and what the bureau takes back goes. */
static void
test_deliveries (StoreTest *test, gconstpointer data)
{
  deliver (test->db, "A", 1, 30);
  must_move (test->db, KAI_MOVE_RECEIVE, "unit", NULL, 11, 20);
  deliver (test->db, "A", 5, 40);
  assert_stock (test->db, NULL,
                "A unit to-take-in 5-10; A unit to-take-in 21-40; A unit free 11-20");
  deliver (test->db, "A", 12, 18);
  assert_stock (test->db, NULL, "A unit free 11-20");
  deliver (test->db, "B", 12, 18);
  assert_stock (test->db, NULL, "A unit free 11-20; B unit to-take-in 12-18");
}

/* A distribution is refused after its bills were used: they stay used, and go back all the way when that is refused too. */
static void
test_refused_in_order (StoreTest *test, gconstpointer data)
{
  gint64 distributed, used;

  deliver (test->db, "A", 1, 10);
  must_move (test->db, KAI_MOVE_RECEIVE, "unit", NULL, 1, 10);
  distributed = must_move (test->db, KAI_MOVE_DISTRIBUTE, "unit", "clerk", 1, 10);
  used = must_move (test->db, KAI_MOVE_USE, "clerk", NULL, 4, 5);
  g_assert_true (kai_stock_move_refused (test->db, distributed, "10001", "no", NULL));
  assert_stock (test->db, NULL, "A clerk used 4-5; A unit free 1-3; A unit free 6-10");
  /* Twice does nothing. */
  g_assert_true (kai_stock_move_refused (test->db, distributed, "10001", "no", NULL));
  g_assert_true (kai_stock_move_refused (test->db, used, "10001", "no", NULL));
  assert_stock (test->db, NULL, "A unit free 1-10");
}

static void
test_answers (StoreTest *test, gconstpointer data)
{
  g_autoptr (GPtrArray) life = NULL;
  g_autoptr (GPtrArray) none = NULL;
  GError *error = NULL;
  gint64 received, used;
  KaiStockMovement *movement;

  deliver (test->db, "A", 1, 10);
  received = must_move (test->db, KAI_MOVE_RECEIVE, "unit", NULL, 1, 10);
  used = must_move (test->db, KAI_MOVE_USE, "unit", NULL, 3, 3);
  g_assert_true (kai_stock_move_accepted (test->db, received, NULL));
  g_assert_true (kai_stock_move_refused (test->db, used, "20001", "not yours", NULL));
  g_assert_false (kai_stock_move_accepted (test->db, used, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (kai_stock_move_refused (test->db, 99, "20001", "", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  life = kai_stock_history (test->db, NULL, "000003", NULL);
  g_assert_cmpuint (life->len, ==, 2);
  movement = g_ptr_array_index (life, 0);
  g_assert_cmpint (movement->kind, ==, KAI_MOVE_RECEIVE);
  g_assert_cmpint (movement->sync, ==, KAI_SYNC_ACCEPTED);
  g_assert_cmpint (movement->range.last, ==, 10);
  movement = g_ptr_array_index (life, 1);
  g_assert_cmpint (movement->kind, ==, KAI_MOVE_USE);
  g_assert_cmpint (movement->sync, ==, KAI_SYNC_REFUSED);
  g_assert_cmpstr (movement->refusal_code, ==, "20001");
  g_assert_cmpstr (movement->refusal_text, ==, "not yours");
  g_assert_cmpstr (movement->user, ==, "32068400101");
  /* Other leading zeros are another number; another type has none. */
  none = kai_stock_history (test->db, NULL, "0000003", NULL);
  g_assert_cmpuint (none->len, ==, 0);
  g_clear_pointer (&none, g_ptr_array_unref);
  none = kai_stock_history (test->db, "B", "000003", NULL);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_null (kai_stock_history (test->db, NULL, "3x", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_clear_error (&error);
}

/* The table itself keeps a number from being there twice. */
static void
test_never_doubled (StoreTest *test, gconstpointer data)
{
  static const struct
  {
    int first, last;
    gboolean fits;
  } rows[] = {
    { 1, 9, TRUE },    { 21, 30, TRUE },  { 10, 10, FALSE }, { 5, 15, FALSE },
    { 15, 25, FALSE }, { 12, 13, FALSE }, { 1, 100, FALSE }, { 20, 20, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      store_test_run (test->db, "DELETE FROM stock_range");
      store_test_run (test->db, "INSERT INTO stock_range VALUES"
                                " (NULL, 'A', '1', 6, 10, 20, 'unit', 'free')");
      g_assert_cmpint (kai_database_run (test->db, &error,
                                         "INSERT INTO stock_range VALUES"
                                         " (NULL, 'A', '1', 6, ?, ?, 'clerk', 'used')",
                                         "ii", rows[i].first, rows[i].last),
                       ==, rows[i].fits);
      if (!rows[i].fits)
        g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
    }
}

/* ---- Against the model ---- */

#define NUMBERS 300
#define NOWHERE (-1)

static const char *const holders[] = { "unit", "clerk", "counter", "bureau" };

/* One movement in the life of a number: what it was before. */
typedef struct
{
  gint64 movement_id;
  int state, holder;
} Past;

typedef struct
{
  int state, holder;
  GArray *life; /* Past */
} Number;

typedef struct
{
  Number numbers[NUMBERS + 1]; /* from 1 */
  GArray *open;                /* gint64: movements not refused */
  int moved;
} Model;

static int
holder_index (const char *holder)
{
  for (guint i = 0; i < G_N_ELEMENTS (holders); i++)
    if (g_strcmp0 (holder, holders[i]) == 0)
      return (int)i;
  g_assert_not_reached ();
}

/* Whether a range lies within one delivery is the one thing that the numbers do not tell. */
static gboolean
is_one_delivery (KaiDatabase *db, const KaiNumberRange *range)
{
  g_autoptr (GPtrArray) ranges = kai_stock_list (db, "unit", NULL);

  for (guint i = 0; i < ranges->len; i++)
    {
      const KaiStockRange *row = g_ptr_array_index (ranges, i);

      if (row->state == KAI_STOCK_TO_TAKE_IN && kai_number_range_contains (&row->range, range))
        return TRUE;
    }
  return FALSE;
}

static gboolean
model_fits (const Number *number, KaiMoveKind kind, int from)
{
  int state = number->state;

  if (state == NOWHERE || number->holder != from)
    return FALSE;
  switch (kind)
    {
    case KAI_MOVE_RECEIVE:
      return state == KAI_STOCK_TO_TAKE_IN;
    case KAI_MOVE_DISTRIBUTE:
    case KAI_MOVE_USE:
      return state == KAI_STOCK_FREE;
    case KAI_MOVE_VOID:
      return state == KAI_STOCK_FREE || state == KAI_STOCK_USED;
    case KAI_MOVE_RETURN:
      return state == KAI_STOCK_FREE || state == KAI_STOCK_VOID || state == KAI_STOCK_RETURNED;
    case KAI_MOVE_WRITE_OFF:
      return state == KAI_STOCK_USED || state == KAI_STOCK_VOID;
    default:
      g_assert_not_reached ();
    }
}

static int
model_result (KaiMoveKind kind)
{
  static const int results[] = { KAI_STOCK_FREE, KAI_STOCK_FREE,     KAI_STOCK_USED,
                                 KAI_STOCK_VOID, KAI_STOCK_RETURNED, KAI_STOCK_WRITTEN_OFF };

  return results[kind];
}

/* Mostly one that the first number allows. */
static KaiMoveKind
choose_kind (const Number *number, int from)
{
  KaiMoveKind kind = (KaiMoveKind)g_test_rand_int_range (0, 6);

  for (int i = 0; i < 10 && !model_fits (number, kind, from); i++)
    kind = (KaiMoveKind)g_test_rand_int_range (0, 6);
  return kind;
}

/* Up to 40 numbers; mostly no further than the movement is possible. */
static int
choose_last (const Model *model, int first, KaiMoveKind kind, int from)
{
  int furthest = first + g_test_rand_int_range (0, 40);
  gboolean careful = g_test_rand_int_range (0, 10) > 0;
  int last = first;

  while (last < NUMBERS && last < furthest
         && (!careful || model_fits (&model->numbers[last + 1], kind, from)))
    last++;
  return last;
}

static void
step_move (KaiDatabase *db, Model *model)
{
  int first = g_test_rand_int_range (1, NUMBERS + 1);
  /* Mostly from who has them, so that most movements are possible. */
  int from = g_test_rand_int_range (0, 10) > 0 && model->numbers[first].state != NOWHERE
                 ? model->numbers[first].holder
                 : g_test_rand_int_range (0, G_N_ELEMENTS (holders));
  KaiMoveKind kind = choose_kind (&model->numbers[first], from);
  int last = choose_last (model, first, kind, from);
  gboolean changes_hands = kind == KAI_MOVE_DISTRIBUTE || kind == KAI_MOVE_RETURN;
  int to = changes_hands ? (from + g_test_rand_int_range (1, 4)) % 4 : from;
  KaiNumberRange range = range_of (first, last);
  gboolean possible = kind != KAI_MOVE_RECEIVE || is_one_delivery (db, &range);
  g_autoptr (GError) error = NULL;
  gint64 id;

  for (int n = first; n <= last; n++)
    possible = possible && model_fits (&model->numbers[n], kind, from);
  id = move (db, kind, holders[from], holders[to], first, last, &error);
  g_assert_cmpint (id > 0, ==, possible);
  if (!possible)
    {
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
      return;
    }
  for (int n = first; n <= last; n++)
    {
      Number *number = &model->numbers[n];
      Past past = { id, number->state, number->holder };

      g_array_append_val (number->life, past);
      number->state = model_result (kind);
      number->holder = to;
    }
  g_array_append_val (model->open, id);
  model->moved++;
}

static void
model_forget (Number *number, gint64 movement_id)
{
  for (guint i = 0; i < number->life->len; i++)
    {
      Past past = g_array_index (number->life, Past, i);

      if (past.movement_id != movement_id)
        continue;
      if (i + 1 < number->life->len)
        {
          Past *next = &g_array_index (number->life, Past, i + 1);

          next->state = past.state;
          next->holder = past.holder;
        }
      else
        {
          number->state = past.state;
          number->holder = past.holder;
        }
      g_array_remove_index (number->life, i);
      return;
    }
}

static void
step_refuse (KaiDatabase *db, Model *model)
{
  g_autoptr (GError) error = NULL;
  guint at;
  gint64 id;

  if (model->open->len == 0)
    return;
  at = (guint)g_test_rand_int_range (0, (gint32)model->open->len);
  id = g_array_index (model->open, gint64, at);
  kai_stock_move_refused (db, id, "1", "no", &error);
  g_assert_no_error (error);
  for (int n = 1; n <= NUMBERS; n++)
    model_forget (&model->numbers[n], id);
  g_array_remove_index_fast (model->open, at);
}

static void
step_deliver (KaiDatabase *db, Model *model)
{
  int first = g_test_rand_int_range (1, NUMBERS + 1);
  int count = g_test_rand_int_range (0, 100);
  int last = MIN (NUMBERS, first + count);

  deliver (db, "A", first, last);
  for (int n = 1; n <= NUMBERS; n++)
    {
      Number *number = &model->numbers[n];

      if (number->state == KAI_STOCK_TO_TAKE_IN)
        number->state = NOWHERE;
      if (number->state == NOWHERE && n >= first && n <= last)
        {
          number->state = KAI_STOCK_TO_TAKE_IN;
          number->holder = 0;
        }
    }
}

/* Each number once, where the model has it; ranges as long as can be. */
static void
compare (KaiDatabase *db, const Model *model)
{
  g_autoptr (GPtrArray) ranges = kai_stock_list (db, NULL, NULL);
  gboolean seen[NUMBERS + 2] = { FALSE };

  for (guint i = 0; i < ranges->len; i++)
    {
      const KaiStockRange *row = g_ptr_array_index (ranges, i);
      const KaiStockRange *next = i + 1 < ranges->len ? g_ptr_array_index (ranges, i + 1) : NULL;

      for (gint64 n = row->range.first; n <= row->range.last; n++)
        {
          g_assert_cmpint (n, <=, NUMBERS);
          g_assert_false (seen[n]);
          seen[n] = TRUE;
          g_assert_cmpint (model->numbers[n].state, ==, row->state);
          g_assert_cmpint (model->numbers[n].holder, ==, holder_index (row->holder));
        }
      if (next && row->state != KAI_STOCK_TO_TAKE_IN && next->state == row->state
          && g_str_equal (next->holder, row->holder))
        g_assert_cmpint (next->range.first, >, row->range.last + 1);
    }
  for (int n = 1; n <= NUMBERS; n++)
    g_assert_cmpint (seen[n], ==, model->numbers[n].state != NOWHERE);
}

static void
test_model (StoreTest *test, gconstpointer data)
{
  Model model = { 0 };

  model.open = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (int n = 1; n <= NUMBERS; n++)
    {
      model.numbers[n].state = NOWHERE;
      model.numbers[n].life = g_array_new (FALSE, FALSE, sizeof (Past));
    }
  store_test_run (test->db, "PRAGMA synchronous = OFF");
  for (int step = 0; step < 10000; step++)
    {
      int what = g_test_rand_int_range (0, 100);

      if (what < 4)
        step_deliver (test->db, &model);
      else if (what < 6 || (what < 50 && model.open->len > 150))
        step_refuse (test->db, &model);
      else
        step_move (test->db, &model);
      if (step % 25 == 0)
        compare (test->db, &model);
    }
  compare (test->db, &model);
  g_test_message ("%d movements, %u stand", model.moved, model.open->len);
  g_assert_cmpint (model.moved, >, 1000);
  /* Refusing all that is left brings every number back to where it came from. */
  while (model.open->len > 0)
    step_refuse (test->db, &model);
  compare (test->db, &model);
  g_assert_cmpint (
      store_test_int (test->db, "SELECT count(*) FROM stock_range WHERE state <> 'to-take-in'"), ==,
      0);
  for (int n = 1; n <= NUMBERS; n++)
    g_array_unref (model.numbers[n].life);
  g_array_unref (model.open);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stock/words", test_words);
  store_test_add ("/stock/life", test_life);
  store_test_add ("/stock/void-needs-reason", test_void_needs_reason);
  store_test_add ("/stock/deliveries", test_deliveries);
  store_test_add ("/stock/refused-in-order", test_refused_in_order);
  store_test_add ("/stock/answers", test_answers);
  store_test_add ("/stock/never-doubled", test_never_doubled);
  store_test_add ("/stock/model", test_model);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strconcat ("/stock/refusal/", refusals[i].name, NULL);

      g_test_add (path, StoreTest, &refusals[i], store_test_set_up, test_refusal,
                  store_test_tear_down);
    }
  return g_test_run ();
}
