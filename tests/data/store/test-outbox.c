/* The outbox: strictly in order, the same bytes until answered. */
#include "store-test.h"

#include "store/kai-outbox.h"

#include <string.h>

static gint64
add_about (KaiDatabase *db, const char *msg_id, const char *msg_no, gint64 subject)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("<CFX/>", 6);
  g_autoptr (GError) error = NULL;
  gint64 id = kai_outbox_add (db, msg_id, msg_no, bytes, "", &subject, 1, &error);

  g_assert_no_error (error);
  return id;
}

static gint64
add (KaiDatabase *db, const char *msg_id)
{
  g_autofree char *body = g_strdup_printf ("<CFX>%s</CFX>", msg_id);
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  const gint64 subjects[] = { 30, 10, 20 };
  g_autoptr (GError) error = NULL;
  gint64 id = kai_outbox_add (db, msg_id, "8994", bytes, "batch", subjects, G_N_ELEMENTS (subjects),
                              &error);

  g_assert_no_error (error);
  g_assert_cmpint (id, >, 0);
  return id;
}

static void
assert_next (KaiDatabase *db, gint64 now, const char *msg_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiOutboxMessage) message = kai_outbox_next (db, now, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (message ? message->msg_id : NULL, ==, msg_id);
}

static void
test_message (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiOutboxMessage) message = NULL;
  gint64 id = add (test->db, "M1");

  message = kai_outbox_next (test->db, 100, NULL);
  g_assert_cmpint (message->id, ==, id);
  g_assert_cmpstr (message->msg_no, ==, "8994");
  g_assert_cmpstr (message->batch_id, ==, "batch");
  g_assert_cmpint (message->state, ==, KAI_OUTBOX_WAITING);
  g_assert_cmpint (message->attempts, ==, 0);
  g_assert_cmpint (message->created_at, >, 1600000000);
  g_assert_cmpmem (g_bytes_get_data (message->body, NULL), g_bytes_get_size (message->body),
                   "<CFX>M1</CFX>", 13);
  g_assert_cmpuint (message->subjects->len, ==, 3);
  g_assert_cmpint (g_array_index (message->subjects, gint64, 0), ==, 30);
  g_assert_cmpint (g_array_index (message->subjects, gint64, 1), ==, 10);
  g_assert_cmpint (g_array_index (message->subjects, gint64, 2), ==, 20);
}

static void
test_order (StoreTest *test, gconstpointer data)
{
  gint64 first, second, third;

  assert_next (test->db, 100, NULL);
  first = add (test->db, "M1");
  second = add (test->db, "M2");
  third = add_about (test->db, "M3", "8994", 40);
  g_assert_cmpint (kai_outbox_count (test->db, KAI_OUTBOX_WAITING), ==, 3);
  assert_next (test->db, 100, "M1");
  g_assert_true (kai_outbox_mark_try (test->db, first, NULL));
  /* Sent without an answer: the same one again, and nothing about the same overtakes it. */
  assert_next (test->db, 100, "M1");
  g_assert_true (kai_outbox_mark_failed (test->db, first, "The server did not answer.", 200, NULL));
  assert_next (test->db, 199, "M3");
  assert_next (test->db, 200, "M1");
  g_assert_true (kai_outbox_set_held (test->db, third, TRUE, NULL));
  assert_next (test->db, 100, NULL);
  g_assert_true (kai_outbox_set_held (test->db, third, FALSE, NULL));
  g_assert_true (kai_outbox_wake (test->db, NULL));
  assert_next (test->db, 100, "M1");
  g_assert_true (kai_outbox_mark_answered (test->db, first, NULL));
  assert_next (test->db, 100, "M2");
  g_assert_true (kai_outbox_set_held (test->db, second, TRUE, NULL));
  assert_next (test->db, 100, "M3");
  g_assert_true (kai_outbox_set_held (test->db, second, FALSE, NULL));
  assert_next (test->db, 100, "M2");
  g_assert_true (kai_outbox_mark_refused (test->db, second, "Refused.", NULL));
  assert_next (test->db, 100, "M3");
  g_assert_true (kai_outbox_mark_answered (test->db, third, NULL));
  assert_next (test->db, 100, NULL);
  g_assert_cmpint (kai_outbox_count (test->db, KAI_OUTBOX_WAITING), ==, 0);
  g_assert_cmpint (kai_outbox_count (test->db, KAI_OUTBOX_ANSWERED), ==, 2);
  g_assert_cmpint (kai_outbox_count (test->db, KAI_OUTBOX_REFUSED), ==, 1);
  g_assert_cmpint (kai_outbox_count (test->db, KAI_OUTBOX_HELD), ==, 0);
}

/* What is held keeps back what is about the same, in each kind by its own numbers, and nothing else. */
static void
test_kept_back (StoreTest *test, gconstpointer data)
{
  static const struct
  {
    const char *held, *number;
    gint64 subject;
    gboolean kept;
  } rows[] = {
    { "8994", "8641", 7, TRUE },  { "8994", "8641", 8, FALSE }, { "8994", "8999", 7, FALSE },
    { "8999", "8981", 7, TRUE },  { "8999", "8981", 8, FALSE }, { "8981", "8994", 7, FALSE },
    { "8618", "8614", 99, TRUE }, { "8618", "8994", 7, FALSE }, { "8641", "8620", 7, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *first = g_strdup_printf ("first-%zu", i);
      g_autofree char *second = g_strdup_printf ("second-%zu", i);
      gint64 held = add_about (test->db, first, rows[i].held, 7);
      gint64 later = add_about (test->db, second, rows[i].number, rows[i].subject);

      g_test_message ("%s held, %s about %d", rows[i].held, rows[i].number, (int)rows[i].subject);
      assert_next (test->db, 100, first);
      g_assert_true (kai_outbox_set_held (test->db, held, TRUE, NULL));
      assert_next (test->db, 100, rows[i].kept ? NULL : second);
      g_assert_true (kai_outbox_set_held (test->db, held, FALSE, NULL));
      g_assert_true (kai_outbox_mark_answered (test->db, held, NULL));
      assert_next (test->db, 100, second);
      g_assert_true (kai_outbox_mark_answered (test->db, later, NULL));
    }
}

/* A void waits until it is known whether the server has this notice or another. */
static void
test_void_waits_for_answer (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = store_test_notice ("1");

  notice->sync = KAI_SYNC_UNKNOWN;
  store_test_insert (test->db, notice);
  add_about (test->db, "void", "8641", notice->id);
  assert_next (test->db, 100, NULL);
  add_about (test->db, "question", "8997", notice->id);
  assert_next (test->db, 100, "question");
  notice->sync = KAI_SYNC_SIGNED;
  store_test_update (test->db, notice);
  assert_next (test->db, 100, "void");
  g_assert_true (kai_outbox_withdraw (test->db, "8641", notice->id + 1, NULL));
  assert_next (test->db, 100, "void");
  g_assert_true (kai_outbox_withdraw (test->db, "8641", notice->id, NULL));
  assert_next (test->db, 100, "question");
}

static void
test_list (StoreTest *test, gconstpointer data)
{
  g_autoptr (GPtrArray) open = NULL;
  g_autoptr (GPtrArray) one = NULL;
  gint64 first = add (test->db, "M1");
  gint64 second = add (test->db, "M2");
  KaiOutboxMessage *message;

  add (test->db, "M3");
  g_assert_true (kai_outbox_mark_answered (test->db, first, NULL));
  g_assert_true (kai_outbox_mark_try (test->db, second, NULL));
  g_assert_true (kai_outbox_mark_try (test->db, second, NULL));
  g_assert_true (kai_outbox_mark_failed (test->db, second, "No answer.", 500, NULL));
  open = kai_outbox_list_open (test->db, 0, NULL);
  g_assert_cmpuint (open->len, ==, 2);
  message = g_ptr_array_index (open, 0);
  g_assert_cmpstr (message->msg_id, ==, "M2");
  g_assert_cmpint (message->attempts, ==, 2);
  g_assert_cmpint (message->last_try_at, >, 1600000000);
  g_assert_cmpint (message->next_try_at, ==, 500);
  g_assert_cmpstr (message->last_error, ==, "No answer.");
  g_assert_null (message->body);
  g_assert_cmpuint (message->subjects->len, ==, 3);
  one = kai_outbox_list_open (test->db, 1, NULL);
  g_assert_cmpuint (one->len, ==, 1);
}

static void
test_refusals (StoreTest *test, gconstpointer data)
{
  g_autoptr (GBytes) body = g_bytes_new ("x", 1);
  GError *error = NULL;
  gint64 id = add (test->db, "M1");

  /* An identity belongs to one message for ever. */
  g_assert_cmpint (kai_outbox_add (test->db, "M1", "8997", body, NULL, NULL, 0, &error), ==, 0);
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_false (kai_outbox_mark_try (test->db, 99, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (kai_outbox_mark_answered (test->db, id, NULL));
  /* What is answered stays answered. */
  g_assert_false (kai_outbox_mark_refused (test->db, id, "no", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (kai_outbox_set_held (test->db, id, FALSE, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
  g_clear_error (&error);
}

/* The change and its message are there together or not at all. */
static void
test_with_the_change (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = store_test_notice ("1");

  g_assert_true (kai_database_begin (test->db, NULL));
  store_test_insert (test->db, notice);
  add (test->db, "M1");
  kai_database_rollback (test->db);
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM notice"), ==, 0);
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM outbox"), ==, 0);
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM outbox_subject"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/outbox/message", test_message);
  store_test_add ("/outbox/order", test_order);
  store_test_add ("/outbox/kept-back", test_kept_back);
  store_test_add ("/outbox/void-waits-for-answer", test_void_waits_for_answer);
  store_test_add ("/outbox/list", test_list);
  store_test_add ("/outbox/refusals", test_refusals);
  store_test_add ("/outbox/with-the-change", test_with_the_change);
  return g_test_run ();
}
