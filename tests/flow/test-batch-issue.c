/* Many notices in a thread, against a real training server: part by part, with a pause, cancelled and gone on with, without a server. */
#include "kai-sandbox-fixture.h"
#include "store/kai-notice-store.h"
#include "sync/kai-batch-issue.h"
#include "values/kai-problem.h"

typedef struct
{
  Fixture server;
  KaiConnection *connection;
  KaiKey *key;
  KaiDesk *desk;
  KaiBatchIssue *issue;
  gboolean finished;
  int reports, pause_at, cancel_at; /* after so many saved parts, 0 never */
} Batch;

static KaiKey *
make_key (Fixture *server)
{
  g_autoptr (Desk) desk = desk_new (server, CLERK, KAI_ALGORITHM_SM2);

  return g_object_ref (desk->key);
}

static void
on_progress_cb (KaiBatchIssue *issue, gpointer data)
{
  Batch *b = data;
  const KaiBatchProgress *progress = kai_batch_issue_get_progress (issue);

  b->reports++;
  if (b->pause_at && progress->done_parts == b->pause_at)
    kai_batch_issue_pause (issue);
  if (b->cancel_at && progress->done_parts == b->cancel_at)
    kai_batch_issue_cancel (issue);
}

static void
on_finished_cb (KaiBatchIssue *issue, const GError *error, gpointer data)
{
  g_assert_no_error (error);
  ((Batch *)data)->finished = TRUE;
}

static void
set_up (Batch *b, gconstpointer data)
{
  g_autofree char *home = NULL, *profile = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSyncEngine) engine = NULL;

  fixture_set_up (&b->server, NULL);
  b->key = make_key (&b->server);
  home = g_build_filename (b->server.dir, "desk", NULL);
  g_assert_cmpint (g_mkdir_with_parents (home, 0700), ==, 0);
  profile = g_build_filename (home, "site-profile.ini", NULL);
  g_assert_true (g_file_set_contents (profile, "[messages]\nbatch-limit=10\n", -1, NULL));
  b->connection = kai_connection_new (home);
  g_free (b->connection->server);
  b->connection->server = g_strdup (b->server.url);
  g_free (b->connection->trust_path);
  b->connection->trust_path = g_strdup (b->server.trust);
  b->desk = kai_desk_open (b->connection, b->key, &error);
  g_assert_no_error (error);
  engine = kai_sync_engine_new (b->desk, &error);
  g_assert_no_error (error);
  g_assert_true (kai_sync_engine_refresh_base_data (engine, NULL, &error));
  g_assert_no_error (error);
  b->issue = kai_batch_issue_new (b->connection, b->key);
  b->finished = FALSE;
  b->reports = b->pause_at = b->cancel_at = 0;
  g_signal_connect (b->issue, "progress", G_CALLBACK (on_progress_cb), b);
  g_signal_connect (b->issue, "finished", G_CALLBACK (on_finished_cb), b);
}

static void
tear_down (Batch *b, gconstpointer data)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (b->issue);
  kai_desk_close (b->desk);
  kai_connection_free (b->connection);
  g_object_unref (b->key);
  fixture_tear_down (&b->server, NULL);
}

static const KaiItem *
fixed_item (const KaiBaseData *base)
{
  for (guint i = 0; i < base->items->len; i++)
    if (((KaiItem *)base->items->pdata[i])->standard == KAI_STANDARD_FIXED)
      return base->items->pdata[i];
  g_assert_not_reached ();
}

/* @n pupils in classes of seven, the same each time. */
static GPtrArray *
make_notices (Batch *b, int n)
{
  GPtrArray *notices = kai_notices_new ();
  const KaiBaseData *base = kai_desk_get_base_data (b->desk);

  for (int i = 0; i < n; i++)
    {
      g_autoptr (GPtrArray) problems = kai_problems_new ();
      KaiNotice *notice = kai_notice_new ();

      notice->payer_kind = KAI_PAYER_PERSON;
      notice->payer_name = (g_free (notice->payer_name), g_strdup_printf ("学生%d", i));
      notice->class_name = (g_free (notice->class_name), g_strdup_printf ("%d班", i / 7));
      notice->row_key = (g_free (notice->row_key), g_strdup_printf ("%064x", i));
      kai_notice_set (&notice->mobile, "13800138000");
      kai_notice_set (&notice->term, "2026-2027-1");
      kai_notice_add_item (notice, fixed_item (base)->code, 1, -1);
      g_assert_true (kai_notice_check (notice, base, 0, problems));
      g_ptr_array_add (notices, notice);
    }
  return notices;
}

static void
run (Batch *b, int n)
{
  g_autoptr (GPtrArray) notices = make_notices (b, n);

  b->finished = FALSE;
  kai_batch_issue_start (b->issue, notices, "20261121-test");
  while (!b->finished && !kai_batch_issue_get_progress (b->issue)->paused)
    g_main_context_iteration (NULL, TRUE);
}

static void
count_results (Batch *b, int *accepted, int *skipped)
{
  g_autoptr (GPtrArray) results = kai_batch_issue_take_results (b->issue);

  *accepted = *skipped = 0;
  for (guint i = 0; i < results->len; i++)
    {
      const KaiBatchResult *result = results->pdata[i];

      *accepted += result->outcome == KAI_BATCH_ACCEPTED;
      *skipped += result->outcome == KAI_BATCH_SKIPPED;
      g_assert_cmpuint (strlen (result->payment_code), ==, 20);
    }
}

static void
test_all (Batch *b, gconstpointer data)
{
  const KaiBatchProgress *progress = kai_batch_issue_get_progress (b->issue);
  int accepted, skipped;

  run (b, 40);
  g_assert_true (progress->finished);
  g_assert_cmpint (progress->saved, ==, 40);
  g_assert_cmpint (progress->accepted, ==, 40);
  /* Classes of seven stay whole in parts of ten. */
  g_assert_cmpint (progress->parts, ==, 6);
  g_assert_cmpstr (progress->sentence, ==, "");
  g_assert_cmpint (b->reports, >, progress->parts);
  count_results (b, &accepted, &skipped);
  g_assert_cmpint (accepted, ==, 40);
  run (b, 40);
  g_assert_cmpint (progress->saved, ==, 0);
  count_results (b, &accepted, &skipped);
  g_assert_cmpint (skipped, ==, 40);
}

static void
test_pause (Batch *b, gconstpointer data)
{
  const KaiBatchProgress *progress = kai_batch_issue_get_progress (b->issue);

  b->pause_at = 2;
  run (b, 40);
  g_assert_true (progress->paused);
  g_assert_true (kai_batch_issue_is_running (b->issue));
  b->pause_at = 0;
  kai_batch_issue_resume (b->issue);
  while (!b->finished)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (progress->accepted, ==, 40);
}

static void
test_cancel (Batch *b, gconstpointer data)
{
  const KaiBatchProgress *progress = kai_batch_issue_get_progress (b->issue);
  int accepted, skipped, before;

  b->cancel_at = 1;
  run (b, 40);
  while (!b->finished)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (progress->cancelled);
  before = progress->saved;
  g_assert_cmpint (before, >=, 7);
  g_assert_cmpint (before, <, 40);
  b->cancel_at = 0;
  count_results (b, &accepted, &skipped);
  run (b, 40);
  g_assert_cmpint (progress->skipped, ==, before);
  g_assert_cmpint (progress->accepted, ==, 40 - before);
}

/* Everything is saved, and told why nothing goes out. */
static void
test_no_server (Batch *b, gconstpointer data)
{
  const KaiBatchProgress *progress = kai_batch_issue_get_progress (b->issue);
  g_autoptr (KaiConnection) nowhere = kai_connection_copy (b->connection);

  g_free (nowhere->server);
  nowhere->server = g_strdup ("https://127.0.0.1:1/exchange");
  g_object_unref (b->issue);
  b->issue = kai_batch_issue_new (nowhere, b->key);
  g_signal_connect (b->issue, "progress", G_CALLBACK (on_progress_cb), b);
  g_signal_connect (b->issue, "finished", G_CALLBACK (on_finished_cb), b);
  progress = kai_batch_issue_get_progress (b->issue);
  run (b, 20);
  g_assert_true (progress->finished);
  g_assert_cmpint (progress->saved, ==, 20);
  g_assert_cmpint (progress->accepted, ==, 0);
  g_assert_cmpstr (progress->sentence, !=, "");
}

static void
test_cut (void)
{
  static const struct
  {
    int limit;
    const char *classes; /* one letter a notice */
    const char *starts;
  } cases[] = { { 3, "", "0" },          { 3, "a", "0 1" },           { 3, "aab", "0 3" },
                { 3, "aabb", "0 2 4" },  { 3, "aaaaaaa", "0 3 6 7" }, { 3, "abcd", "0 3 4" },
                { 3, "aaaab", "0 3 5" }, { 2, "aabbcc", "0 2 4 6" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) notices = kai_notices_new ();
      g_autoptr (GArray) starts = NULL;
      g_autoptr (GString) text = g_string_new (NULL);

      for (const char *p = cases[i].classes; *p; p++)
        {
          KaiNotice *notice = kai_notice_new ();

          notice->class_name[0] = '\0';
          g_free (notice->class_name);
          notice->class_name = g_strndup (p, 1);
          g_ptr_array_add (notices, notice);
        }
      starts = kai_batch_issue_cut (notices, cases[i].limit);
      for (guint k = 0; k < starts->len; k++)
        g_string_append_printf (text, "%s%d", k ? " " : "", g_array_index (starts, int, k));
      g_assert_cmpstr (text->str, ==, cases[i].starts);
    }
}

#define batch_add(path, func) g_test_add (path, Batch, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/batch-issue/cut", test_cut);
  batch_add ("/batch-issue/all", test_all);
  batch_add ("/batch-issue/pause", test_pause);
  batch_add ("/batch-issue/cancel", test_cancel);
  batch_add ("/batch-issue/no-server", test_no_server);
  return g_test_run ();
}
