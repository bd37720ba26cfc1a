/* The engine against a real training server: changes of base data, the stock of several desks, several connections, rest, refusals, what is asked about. */
#include "kai-sandbox-fixture.h"
#include "messages/kai-net-error.h"
#include "store/kai-ebill-store.h"
#include "store/kai-notice-store.h"
#include "store/kai-outbox.h"
#include "store/kai-stock.h"
#include "sync/kai-desk-queue.h"
#include "sync/kai-sync-engine.h"

#include <string.h>

typedef struct
{
  KaiDesk *desk;
  KaiSyncEngine *engine;
  gsize answer; /* bytes of the last one */
} Seat;

typedef struct
{
  Fixture server;
  KaiKey *key;
  Seat one, two; /* two desks of one unit */
} Sync;

static void
on_exchange_cb (KaiExchange *exchange, gpointer data)
{
  GBytes *answer = exchange->answer;

  ((Seat *)data)->answer = answer ? g_bytes_get_size (answer) : 0;
}

static void
open_seat (Sync *s, Seat *seat, const char *name)
{
  g_autofree char *home = g_build_filename (s->server.dir, name, NULL);
  g_autoptr (KaiConnection) connection = kai_connection_new (home);
  g_autoptr (GError) error = NULL;

  g_free (connection->server);
  connection->server = g_strdup (s->server.url);
  g_free (connection->trust_path);
  connection->trust_path = g_strdup (s->server.trust);
  seat->desk = kai_desk_open (connection, s->key, &error);
  g_assert_no_error (error);
  seat->engine = kai_sync_engine_new (seat->desk, &error);
  g_assert_no_error (error);
  kai_sync_engine_set_observer (seat->engine, on_exchange_cb, seat);
}

static void
run (Seat *seat)
{
  KaiSyncResult result = { 0 };
  g_autoptr (GError) error = NULL;

  kai_sync_engine_run (seat->engine, 0, &result, NULL, &error);
  g_assert_no_error (error);
}

static void
set_up (Sync *s, gconstpointer data)
{
  fixture_set_up (&s->server, NULL);
  {
    g_autoptr (Desk) desk = desk_new (&s->server, CLERK, KAI_ALGORITHM_P256);

    s->key = g_object_ref (desk->key);
  }
  open_seat (s, &s->one, "one");
  run (&s->one);
}

static void
close_seat (Seat *seat)
{
  g_clear_pointer (&seat->engine, kai_sync_engine_free);
  g_clear_pointer (&seat->desk, kai_desk_close);
}

static void
tear_down (Sync *s, gconstpointer data)
{
  close_seat (&s->one);
  close_seat (&s->two);
  g_object_unref (s->key);
  fixture_tear_down (&s->server, NULL);
}

static void
at_server (Sync *s, const char *sql)
{
  g_autoptr (GError) error = NULL;

  kai_database_run (s->server.ctl->db, &error, sql, NULL);
  g_assert_no_error (error);
}

static void
fault (Sync *s, const char *spec)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_sandbox_add_fault (s->server.ctl, spec, &error));
  g_assert_no_error (error);
}

static void
refresh (Seat *seat)
{
  g_autoptr (GError) error = NULL;

  kai_sync_engine_refresh_base_data (seat->engine, NULL, &error);
  g_assert_no_error (error);
}

static KaiNotice *
issue (Seat *seat, const char *item, KaiMoney amount)
{
  g_autoptr (GPtrArray) notices = kai_notices_new ();
  g_autoptr (GPtrArray) problems = g_ptr_array_new ();
  KaiNotice *notice = kai_notice_new ();
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (notices, notice);
  notice->payer_kind = KAI_PAYER_PERSON;
  kai_notice_set (&notice->payer_name, "王小明");
  kai_notice_set (&notice->mobile, "13800000000");
  kai_notice_add_item (notice, item, 1, amount);
  g_assert_true (kai_notice_check (notice, kai_desk_get_base_data (seat->desk), 0, problems));
  g_assert_true (kai_desk_issue (seat->desk, notices, "", NULL, &error));
  g_assert_no_error (error);
  return kai_notice_ref (notice);
}

static KaiNotice *
load (Seat *seat, gint64 id)
{
  g_autoptr (GError) error = NULL;
  KaiNotice *notice = kai_notice_store_load (kai_desk_get_database (seat->desk), id, &error);

  g_assert_no_error (error);
  return notice;
}

static gboolean
deliver (Seat *seat, KaiSyncResult *result, GError **error)
{
  *result = (KaiSyncResult){ 0 };
  return kai_sync_engine_deliver (seat->engine, result, NULL, error);
}

static void
deliver_well (Seat *seat)
{
  KaiSyncResult result;
  g_autoptr (GError) error = NULL;

  deliver (seat, &result, &error);
  g_assert_no_error (error);
}

/* ---- base data ---- */

static void
assert_same_base_data (Seat *one, Seat *other)
{
  const KaiBaseData *a = kai_desk_get_base_data (one->desk),
                    *b = kai_desk_get_base_data (other->desk);

  g_assert_cmpstr (a->version, ==, b->version);
  g_assert_cmpuint (a->items->len, ==, b->items->len);
  for (guint i = 0; i < a->items->len; i++)
    {
      const KaiItem *x = a->items->pdata[i], *y = b->items->pdata[i];

      g_assert_cmpstr (x->code, ==, y->code);
      g_assert_cmpstr (x->name, ==, y->name);
      g_assert_cmpint (x->min, ==, y->min);
    }
  g_assert_cmpuint (a->holders->len, ==, b->holders->len);
  g_assert_cmpuint (a->users->len, ==, b->users->len);
  for (guint i = 0; i < a->users->len; i++)
    g_assert_cmpstr (((KaiUser *)a->users->pdata[i])->name, ==,
                     ((KaiUser *)b->users->pdata[i])->name);
  g_assert_cmpuint (g_hash_table_size (a->holidays), ==, g_hash_table_size (b->holidays));
  g_assert_cmpstr (kai_base_data_get_setting (a, "notice_days", ""), ==,
                   kai_base_data_get_setting (b, "notice_days", ""));
}

static void
change_base_data (Sync *s)
{
  at_server (s, "UPDATE item SET name = '校服费（新）' WHERE code = '" FREE_ITEM "'");
  at_server (s, "DELETE FROM unit_item WHERE item_code = '" RANGE_ITEM "'");
  at_server (s, "INSERT INTO item VALUES ('320600010000', '新项目', '次', 1, 500, 500, (SELECT "
                "bill_type FROM item LIMIT 1))");
  at_server (s, "INSERT INTO unit_item VALUES ('" SCHOOL "', '320600010000')");
  at_server (s, "UPDATE setting SET value = '11' WHERE key = 'notice_days'");
  at_server (s, "INSERT INTO holiday VALUES (20270117, 1)");
}

static void
test_changes_of_base_data (Sync *s, gconstpointer data)
{
  gsize full;
  gint64 fetched;

  open_seat (s, &s->two, "two");
  refresh (&s->two);
  full = s->two.answer;
  change_base_data (s);
  refresh (&s->one);
  g_assert_cmpuint (s->one.answer, <, full - 2000); /* the envelope is most of it */
  g_assert_null (kai_base_data_find_item (kai_desk_get_base_data (s->one.desk), RANGE_ITEM));
  close_seat (&s->two);
  open_seat (s, &s->two, "three");
  refresh (&s->two);
  assert_same_base_data (&s->one, &s->two);
  /* Nothing new: only the age. */
  fetched = kai_desk_get_base_data (s->one.desk)->fetched_at;
  refresh (&s->one);
  g_assert_cmpint (kai_desk_get_base_data (s->one.desk)->fetched_at, >=, fetched);
  assert_same_base_data (&s->one, &s->two);
}

/* A version that the server has forgotten, and a store that is not what it says it is: everything is fetched. */
static void
test_versions_do_not_fit (Sync *s, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  change_base_data (s);
  at_server (s, "DELETE FROM base_version");
  refresh (&s->one);
  open_seat (s, &s->two, "two");
  refresh (&s->two);
  assert_same_base_data (&s->one, &s->two);
  kai_database_run (kai_desk_get_database (s->one.desk), &error,
                    "DELETE FROM base_item WHERE code = '" FREE_ITEM "'", NULL);
  g_assert_no_error (error);
  at_server (s, "UPDATE item SET name = '再改' WHERE code = '" FIXED_ITEM "'");
  refresh (&s->one);
  refresh (&s->two);
  assert_same_base_data (&s->one, &s->two);
}

/* What is cut or damaged on the way changes nothing. */
static void
test_broken_download (Sync *s, gconstpointer data)
{
  g_autofree char *version = g_strdup (kai_desk_get_base_data (s->one.desk)->version);
  guint items = kai_desk_get_base_data (s->one.desk)->items->len;

  change_base_data (s);
  for (int cut = 0; cut < 6000; cut += 997)
    {
      g_autofree char *spec = g_strdup_printf ("cut:%d:8901", cut);
      g_autoptr (GError) error = NULL;

      fault (s, spec);
      g_assert_false (kai_sync_engine_refresh_base_data (s->one.engine, NULL, &error));
      g_assert_nonnull (error);
      g_assert_true (kai_desk_reload_base_data (s->one.desk, NULL));
      g_assert_cmpstr (kai_desk_get_base_data (s->one.desk)->version, ==, version);
      g_assert_cmpuint (kai_desk_get_base_data (s->one.desk)->items->len, ==, items);
    }
  refresh (&s->one);
  g_assert_cmpstr (kai_desk_get_base_data (s->one.desk)->version, !=, version);
}

/* ---- stock ---- */

static char *
list_stock (Seat *seat)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) ranges = kai_stock_list (kai_desk_get_database (seat->desk), NULL, &error);
  GString *text = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < ranges->len; i++)
    {
      const KaiStockRange *range = ranges->pdata[i];

      g_string_append_printf (text, "%s %s %s %d-%d\n", range->type, range->holder,
                              kai_stock_state_to_string (range->state), (int)range->range.first,
                              (int)range->range.last);
    }
  return g_string_free (text, FALSE);
}

static gint64
take_in (Seat *seat, KaiNumberRange range)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) ranges = kai_stock_list (kai_desk_get_database (seat->desk), NULL, &error);
  const KaiStockRange *box = ranges->pdata[0];
  KaiStockMove move = { .kind = KAI_MOVE_RECEIVE,
                        .type = box->type,
                        .version = box->version,
                        .from = SCHOOL,
                        .to = SCHOOL,
                        .range = range,
                        .reason = "" };
  gint64 id;

  g_assert_cmpint (box->state, ==, KAI_STOCK_TO_TAKE_IN);
  id = kai_desk_move_stock (seat->desk, &move, &error);
  g_assert_no_error (error);
  return id;
}

static KaiNumberRange
first_box (Seat *seat)
{
  g_autoptr (GPtrArray) ranges = kai_stock_list (kai_desk_get_database (seat->desk), NULL, NULL);

  g_assert_cmpuint (ranges->len, >, 0);
  return ((KaiStockRange *)ranges->pdata[0])->range;
}

/* One desk takes a box in; the other, which has not heard of it, takes in a part: that is refused, and both see the same. */
static void
test_stock_of_two_desks (Sync *s, gconstpointer data)
{
  KaiNumberRange box, part;
  g_autofree char *before = NULL, *one = NULL, *two = NULL;
  g_autoptr (GPtrArray) queue = NULL;

  open_seat (s, &s->two, "two");
  run (&s->two);
  before = list_stock (&s->one);
  box = part = first_box (&s->one);
  part.first += 2;
  part.last -= 2;
  take_in (&s->one, box);
  deliver_well (&s->one);
  take_in (&s->two, part);
  deliver_well (&s->two); /* refused */
  queue = kai_desk_list_queue (s->two.desk, 0, NULL);
  g_assert_cmpuint (queue->len, ==, 1);
  g_assert_cmpstr (((KaiQueueEntry *)queue->pdata[0])->state, ==, "refused");
  run (&s->one);
  run (&s->two);
  one = list_stock (&s->one);
  two = list_stock (&s->two);
  g_assert_cmpstr (one, ==, two);
  g_assert_cmpstr (one, !=, before);
}

/* Refused, with the box still there: it is whole again. */
static void
test_refused_box_is_whole (Sync *s, gconstpointer data)
{
  KaiNumberRange part = first_box (&s->one);
  g_autofree char *before = list_stock (&s->one), *after = NULL;

  part.first += 3;
  part.last -= 3;
  at_server (s, "UPDATE bill_type SET version = 'x' || version");
  take_in (&s->one, part);
  deliver_well (&s->one); /* refused */
  at_server (s, "UPDATE bill_type SET version = substr (version, 2)");
  run (&s->one);
  after = list_stock (&s->one);
  g_assert_cmpstr (after, ==, before);
}

/* ---- several at once ---- */

#define SLOW_MS 300
#define N_SLOW 12

static void
test_several_at_once (Sync *s, gconstpointer data)
{
  g_autofree char *spec = g_strdup_printf ("delay:%d:8994:0", SLOW_MS);
  g_autoptr (GPtrArray) notices = kai_notices_new ();
  gint64 started;

  for (int i = 0; i < N_SLOW; i++)
    g_ptr_array_add (notices, issue (&s->one, FREE_ITEM, 1000 + i));
  fault (s, spec);
  started = g_get_monotonic_time ();
  deliver_well (&s->one);
  /* One after the other would be at least the sum. */
  g_assert_cmpint ((g_get_monotonic_time () - started) / 1000, <, N_SLOW * SLOW_MS);
  for (guint i = 0; i < notices->len; i++)
    {
      g_autoptr (KaiNotice) stored = load (&s->one, ((KaiNotice *)notices->pdata[i])->id);

      g_assert_cmpint (stored->sync, ==, KAI_SYNC_ACCEPTED);
    }
  g_assert_cmpint (count_rows (&s->server, "SELECT count(*) FROM notice"), ==, N_SLOW);
  g_assert_cmpint (
      count_rows (&s->server, "SELECT count(*) FROM message WHERE number = '8994' AND repeated"),
      ==, 0);
}

/* A notice and its voiding never pass each other, whatever else is on its way. */
static void
test_in_order_per_notice (Sync *s, gconstpointer data)
{
  g_autoptr (GPtrArray) notices = kai_notices_new ();

  for (int i = 0; i < 6; i++)
    {
      KaiNotice *notice = issue (&s->one, FREE_ITEM, 1000 + i);
      g_autoptr (GError) error = NULL;

      g_ptr_array_add (notices, notice);
      g_assert_true (kai_desk_void (s->one.desk, notice->payment_code, "写错", &error));
    }
  fault (s, "delay:100:8994:0");
  deliver_well (&s->one);
  g_assert_cmpint (count_rows (&s->server, "SELECT count(*) FROM notice WHERE state = 'void'"), ==,
                   6);
  g_assert_cmpint (count_rows (&s->server, "SELECT count(*) FROM message WHERE refused > 0"), ==,
                   0);
}

/* ---- rest ---- */

static void
test_server_asks_to_wait (Sync *s, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = issue (&s->one, FREE_ITEM, 1000);
  g_autoptr (KaiNotice) stored = NULL;
  g_autoptr (GError) error = NULL, again = NULL;
  KaiSyncResult result;
  gint64 messages, next;

  fault (s, "busy:600:8994");
  g_assert_false (deliver (&s->one, &result, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_UNREACHABLE);
  g_assert_cmpint (kai_sync_engine_get_retry_after (s->one.engine), ==, 600);
  next = kai_outbox_next_try (kai_desk_get_database (s->one.desk));
  g_assert_cmpint (next, >=, g_get_real_time () / G_USEC_PER_SEC + 595);
  messages = count_rows (&s->server, "SELECT count(*) FROM message");
  /* By itself it asks for nothing until then; the clerk may. */
  kai_sync_engine_set_patient (s->one.engine, TRUE);
  g_assert_false (kai_sync_engine_run (s->one.engine, 0, &result, NULL, &again));
  g_assert_error (again, KAI_NET_ERROR, KAI_NET_ERROR_UNREACHABLE);
  g_assert_cmpint (count_rows (&s->server, "SELECT count(*) FROM message"), ==, messages);
  kai_sync_engine_set_patient (s->one.engine, FALSE);
  deliver_well (&s->one);
  stored = load (&s->one, notice->id);
  g_assert_cmpint (stored->sync, ==, KAI_SYNC_ACCEPTED);
}

/* ---- refused ---- */

static KaiQueueEntry *
only_entry (Seat *seat)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) queue = kai_desk_list_queue (seat->desk, 0, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (queue->len, ==, 1);
  return g_ptr_array_steal_index (queue, 0);
}

static void
assert_queue_empty (Seat *seat)
{
  g_autoptr (GPtrArray) queue = kai_desk_list_queue (seat->desk, 0, NULL);

  g_assert_cmpuint (queue->len, ==, 0);
  g_assert_cmpint (kai_outbox_count (kai_desk_get_database (seat->desk), KAI_OUTBOX_REFUSED), ==,
                   0);
}

/* Issued by old base data, refused by the new: what was typed is kept. */
static KaiNotice *
make_refused (Sync *s)
{
  g_autoptr (KaiNotice) notice = issue (&s->one, RANGE_ITEM, 10000);

  at_server (s, "UPDATE item SET min = 15000, max = 30000 WHERE code = '" RANGE_ITEM "'");
  deliver_well (&s->one);
  return load (&s->one, notice->id);
}

static void
test_correct (Sync *s, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = make_refused (s);
  g_autoptr (KaiNotice) stored = NULL;
  g_autoptr (GPtrArray) problems = g_ptr_array_new ();
  g_autofree char *code = g_strdup (notice->payment_code), *field = NULL;
  KaiQueueEntry *entry = only_entry (&s->one);
  KaiQueueSubject *subject = entry->subjects->pdata[0];
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (notice->sync, ==, KAI_SYNC_REFUSED);
  g_assert_cmpstr (notice->refusal_code, ==, code_of ("outside-standard"));
  g_assert_cmpstr (notice->payer_name, ==, "王小明");
  field = kai_desk_dup_refusal_field (s->one.desk, notice);
  g_assert_cmpstr (field, ==, "items[0].amount");
  g_assert_cmpstr (entry->state, ==, "refused");
  g_assert_cmpstr (entry->why, ==, notice->refusal_text);
  g_assert_true (subject->can_correct);
  g_assert_cmpstr (subject->field, ==, "items[0].amount");
  kai_queue_entry_free (entry);
  refresh (&s->one);
  ((KaiNoticeItem *)notice->items->pdata[0])->amount = 20000;
  kai_notice_set (&notice->payer_name, "王大明");
  g_assert_true (kai_notice_check (notice, kai_desk_get_base_data (s->one.desk), 0, problems));
  g_assert_true (kai_desk_correct (s->one.desk, notice, &error));
  g_assert_no_error (error);
  g_assert_false (kai_desk_correct (s->one.desk, notice, NULL)); /* once */
  deliver_well (&s->one);
  stored = load (&s->one, notice->id);
  g_assert_cmpint (stored->sync, ==, KAI_SYNC_ACCEPTED);
  g_assert_cmpstr (stored->payment_code, ==, code);
  g_assert_cmpstr (stored->payer_name, ==, "王大明");
  g_assert_cmpint (stored->amount, ==, 20000);
  g_assert_cmpstr (stored->refusal_text, ==, "");
  g_assert_cmpint (count_rows (&s->server, "SELECT sum (amount) FROM notice"), ==, 20000);
  assert_queue_empty (&s->one);
}

static void
test_give_up (Sync *s, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = make_refused (s);
  g_autoptr (KaiNotice) stored = NULL;
  KaiQueueEntry *entry = only_entry (&s->one);
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_desk_resolve (s->one.desk, entry->message->id, KAI_RESOLVE_GIVE_UP, &error));
  g_assert_no_error (error);
  kai_queue_entry_free (entry);
  stored = load (&s->one, notice->id);
  g_assert_cmpint (stored->state, ==, KAI_NOTICE_VOID);
  assert_queue_empty (&s->one);
  deliver_well (&s->one);
  g_assert_cmpint (count_rows (&s->server, "SELECT count(*) FROM message WHERE number = '8641'"),
                   ==, 0);
}

/* Refused, but the server has it all the same (it was entered by hand there): asking finds out. */
static void
test_ask_about_refused (Sync *s, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = make_refused (s);
  g_autoptr (KaiNotice) stored = NULL;
  KaiQueueEntry *entry = only_entry (&s->one);
  gint64 id = entry->message->id;
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_desk_resolve (s->one.desk, id, KAI_RESOLVE_ASK, &error));
  kai_queue_entry_free (entry);
  entry = only_entry (&s->one);
  g_assert_cmpstr (entry->state, ==, "unknown");
  g_assert_cmpstr (entry->message->msg_no, ==, "8997");
  kai_queue_entry_free (entry);
  /* Nothing else may be done about it meanwhile. */
  g_assert_false (kai_desk_give_up (s->one.desk, notice->id, "", NULL));
  deliver_well (&s->one);
  stored = load (&s->one, notice->id);
  g_assert_cmpint (stored->sync, ==, KAI_SYNC_REFUSED);
  g_assert_cmpstr (stored->refusal_code, ==, code_of ("outside-standard"));
  entry = only_entry (&s->one);
  at_server (s, "UPDATE item SET min = 1000 WHERE code = '" RANGE_ITEM "'");
  g_assert_true (
      kai_desk_resolve (s->one.desk, entry->message->id, KAI_RESOLVE_SEND_AGAIN, &error));
  g_assert_no_error (error);
  kai_queue_entry_free (entry);
  deliver_well (&s->one);
  g_clear_pointer (&stored, kai_notice_unref);
  stored = load (&s->one, notice->id);
  g_assert_cmpint (stored->sync, ==, KAI_SYNC_ACCEPTED);
  assert_queue_empty (&s->one);
}

static void
test_hold_and_release (Sync *s, gconstpointer data)
{
  g_autoptr (KaiNotice) held = issue (&s->one, FREE_ITEM, 1000);
  g_autoptr (KaiNotice) other = NULL;
  g_autoptr (KaiNotice) stored = NULL;
  KaiQueueEntry *entry = only_entry (&s->one);
  gint64 id = entry->message->id;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (entry->state, ==, "waiting");
  g_assert_nonnull (strstr (entry->about, held->payment_code));
  kai_queue_entry_free (entry);
  g_assert_true (kai_desk_hold_message (s->one.desk, id, TRUE, &error));
  other = issue (&s->one, FREE_ITEM, 2000);
  deliver_well (&s->one);
  g_assert_cmpint (count_rows (&s->server, "SELECT amount FROM notice"), ==, 2000);
  entry = only_entry (&s->one);
  g_assert_cmpstr (entry->state, ==, "held");
  g_assert_true (entry->can_release && !entry->can_resolve);
  kai_queue_entry_free (entry);
  g_assert_false (kai_desk_resolve (s->one.desk, id, KAI_RESOLVE_GIVE_UP, NULL));
  g_assert_true (kai_desk_send_message (s->one.desk, id, &error));
  g_assert_no_error (error);
  deliver_well (&s->one);
  stored = load (&s->one, held->id);
  g_assert_cmpint (stored->sync, ==, KAI_SYNC_ACCEPTED);
  g_assert_false (kai_desk_hold_message (s->one.desk, id, TRUE, NULL)); /* gone */
}

/* ---- not known ---- */

/* The server has issued the e-bill and forgotten that it said so: the number and the file tell that it is ours. */
static void
test_swap_not_known (Sync *s, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = issue (&s->one, FREE_ITEM, 1000);
  g_autoptr (KaiEbillRecord) record = NULL;
  char *codes[2] = { notice->payment_code, NULL };
  KaiSyncResult result;
  g_autoptr (GError) error = NULL;

  deliver_well (&s->one);
  pay_notice (&s->server, notice->payment_code);
  run (&s->one);
  g_assert_true (kai_desk_swap (s->one.desk, codes, &error));
  fault (s, "drop-answer:8981:0");
  g_assert_false (deliver (&s->one, &result, NULL));
  fault (s, "clear");
  at_server (s, "DELETE FROM answer");
  at_server (s, "UPDATE ebill SET content_hash = 'another'"); /* so that it says: swapped already */
  deliver_well (&s->one);
  g_assert_cmpint (count_rows (&s->server, "SELECT count(*) FROM message WHERE number = '8632'"),
                   ==, 1);
  record = kai_ebill_store_find_by_notice (kai_desk_get_database (s->one.desk), notice->id, &error);
  g_assert_no_error (error);
  g_assert_cmpint (record->sync, ==, KAI_SYNC_ACCEPTED);
  g_assert_nonnull (record->file);
  g_assert_cmpint (count_rows (&s->server, "SELECT count(*) FROM ebill"), ==, 1);
  assert_queue_empty (&s->one);
}

#define ADD(path, func) g_test_add ("/sync/engine/" path, Sync, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("base-data/changes", test_changes_of_base_data);
  ADD ("base-data/versions-do-not-fit", test_versions_do_not_fit);
  ADD ("base-data/broken", test_broken_download);
  ADD ("stock/two-desks", test_stock_of_two_desks);
  ADD ("stock/refused-box-is-whole", test_refused_box_is_whole);
  ADD ("delivery/several-at-once", test_several_at_once);
  ADD ("delivery/in-order-per-notice", test_in_order_per_notice);
  ADD ("rest/asked-for", test_server_asks_to_wait);
  ADD ("queue/correct", test_correct);
  ADD ("queue/give-up", test_give_up);
  ADD ("queue/ask-and-send-again", test_ask_about_refused);
  ADD ("queue/hold-and-release", test_hold_and_release);
  ADD ("unknown/swap", test_swap_not_known);
  return g_test_run ();
}
