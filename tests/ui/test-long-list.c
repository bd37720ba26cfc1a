/* A million notices in the list: how little is asked for when it is shown, when it is scrolled to the end, and when the order or the
 * filter changes. Counts, not seconds. */
#include "kai-ui-fixture.h"

#include "notices/kai-notices-page.h"
#include "store/kai-notice-store.h"

#define MANY 1000000
#define MOST_ROWS 500

/* Rows that nobody opens need no payer: made in the store itself, which takes seconds instead of minutes. */
static void
fill (KaiUiFixture *f)
{
  KaiDatabase *db = kai_session_get_database (f->session);
  g_autoptr (GError) error = NULL;

  kai_database_run (db, &error, "PRAGMA synchronous = OFF", NULL);
  g_assert_no_error (error);
  /* All of it in memory: the indexes are filled in no order. */
  kai_database_run (db, &error, "PRAGMA cache_size = -600000", NULL);
  g_assert_no_error (error);
  kai_ui_add_notices (f, 1);
  g_assert_true (kai_database_begin (db, &error));
  kai_database_run (
      db, &error,
      "INSERT INTO notice (id, payment_code, check_code, unit_code, bill_date, valid_until,"
      " payer_kind, late_fee, amount, clerk_code, clerk_name, batch_id, row_key, grade, class_name,"
      " term, state, sync, refusal_code, created_at, updated_at, paid_at, pay_channel, trace_no,"
      " sealed)"
      " WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
      " SELECT i, printf ('32068426009%08d1', i), '', '320684001', 20260101 + i / 40000, 20991231,"
      " 'person', 0, (i * 7919) % 1000000, '32068400101', '', '', '', '', '', '',"
      " CASE i % 3 WHEN 0 THEN 'paid' ELSE 'unpaid' END, 'accepted', '', 1780000000, 1780000000,"
      " CASE i % 3 WHEN 0 THEN 1780000000 + i ELSE 0 END, 0, '', zeroblob (0) FROM n",
      "i", MANY);
  g_assert_no_error (error);
  g_assert_true (kai_database_commit (db, &error));
}

static guint
shown_columns (GtkTreeView *view)
{
  g_autoptr (GList) all = gtk_tree_view_get_columns (view);
  guint n = 0;

  for (GList *l = all; l; l = l->next)
    n += gtk_tree_view_column_get_visible (l->data) ? 1 : 0;
  return n;
}

typedef struct
{
  KaiNoticesPage *page;
  guint64 before;
  guint columns;
} Count;

static void
begin (Count *count)
{
  count->before =
      kai_long_model_get_fetches (KAI_LONG_MODEL (kai_notices_page_get_model (count->page)));
}

/* Each shown cell asks for one to three values. */
static void
assert_few (Count *count, const char *what)
{
  guint64 asked =
      kai_long_model_get_fetches (KAI_LONG_MODEL (kai_notices_page_get_model (count->page)))
      - count->before;

  g_test_message ("%s: %d rows", what, (int)(asked / count->columns));
  g_assert_cmpuint (asked / count->columns, <, MOST_ROWS);
}

static guint
length (Count *count)
{
  return kai_notice_model_get_length (kai_notices_page_get_model (count->page));
}

static void
jump_to_end (GtkTreeView *view)
{
  GtkAdjustment *adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (view));

  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
  kai_ui_settle ();
}

static void
test_million (KaiUiFixture *f, gconstpointer data)
{
  GtkWidget *window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  Count count = { .page = g_object_new (KAI_TYPE_NOTICES_PAGE, NULL) };
  GtkTreeView *view = kai_notices_page_get_view (count.page);
  g_autoptr (GVariant) by_amount = g_variant_ref_sink (g_variant_new ("(sb)", "amount", TRUE));

  fill (f);
  count.columns = shown_columns (view);
  gtk_window_set_default_size (GTK_WINDOW (window), 1366, 768);
  gtk_container_add (GTK_CONTAINER (window), GTK_WIDGET (count.page));
  gtk_widget_show (window);
  kai_notices_page_set_session (count.page, f->session);
  kai_ui_settle ();
  g_assert_cmpuint (length (&count), >, 0);
  assert_few (&count, "shown");
  /* To the end of what is loaded, which loads more. */
  for (int i = 0; i < 3; i++)
    {
      guint before = length (&count);

      begin (&count);
      jump_to_end (view);
      assert_few (&count, "jump to the end");
      g_assert_cmpuint (length (&count), >, before);
    }
  begin (&count);
  kai_notices_page_set_order (count.page, by_amount);
  kai_ui_settle ();
  assert_few (&count, "another order");
  begin (&count);
  kai_notices_page_show_preset (count.page, "unswapped");
  kai_ui_settle ();
  assert_few (&count, "filtered");
  gtk_widget_destroy (window);
  kai_ui_settle ();
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/long-list/million", test_million);
  return g_test_run ();
}
