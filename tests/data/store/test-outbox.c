/* The outbox: strictly in order, the same bytes until answered. */
#include "store-test.h"

#include "store/kai-outbox.h"

#include <string.h>

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
  third = add (test->db, "M3");
  g_assert_cmpint (kai_outbox_count (test->db, KAI_OUTBOX_WAITING), ==, 3);
  assert_next (test->db, 100, "M1");
  g_assert_true (kai_outbox_mark_try (test->db, first, NULL));
  /* Sent without an answer: the same one again, and nothing overtakes it. */
  assert_next (test->db, 100, "M1");
  g_assert_true (kai_outbox_mark_failed (test->db, first, "The server did not answer.", 200, NULL));
  assert_next (test->db, 199, NULL);
  assert_next (test->db, 200, "M1");
  assert_next (test->db, 100, NULL);
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
  store_test_add ("/outbox/list", test_list);
  store_test_add ("/outbox/refusals", test_refusals);
  store_test_add ("/outbox/with-the-change", test_with_the_change);
  return g_test_run ();
}
