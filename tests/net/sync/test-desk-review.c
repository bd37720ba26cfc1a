/* Roles, and notices that a second person checks: a maker, two reviewers and an administrator at one store. */
#include "kai-test.h"
#include "store/kai-audit-log.h"
#include "store/kai-base-data-store.h"
#include "store/kai-code-lease.h"
#include "store/kai-notice-store.h"
#include "sync/kai-desk-private.h"
#include "sync/kai-desk-review.h"
#include "sync/kai-desk-roles.h"
#include "values/kai-error.h"
#include "values/kai-problem.h"

#include <string.h>

#define UNIT "320684001"
#define ITEM "320600000001"
#define CLERK UNIT "01"
#define REVIEWER UNIT "02"
#define BOTH UNIT "03"
#define ADMINISTRATOR UNIT "04"
#define STRANGER UNIT "99"

typedef struct
{
  char *dir;
  KaiVault *vault;
} Fixture;

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static void
add_user (KaiBaseData *base, const char *code, const char *name, const char *roles)
{
  KaiUser *user = kai_user_new ();

  set (&user->code, code);
  set (&user->name, name);
  set (&user->unit_code, UNIT);
  set (&user->roles, roles);
  g_ptr_array_add (base->users, user);
}

static KaiBaseData *
make_base_data (gboolean two_person)
{
  KaiBaseData *base = kai_base_data_new ();
  KaiUnit *unit = kai_unit_new ();
  KaiItem *item = kai_item_new ();

  set (&base->version, "1");
  base->fetched_at = g_get_real_time () / G_USEC_PER_SEC;
  set (&unit->code, UNIT);
  set (&unit->name, "第一中学");
  set (&unit->region, "320684");
  set (&unit->assigner, "001");
  set (&unit->account_type, "1");
  set (&unit->account_name, "财政专户");
  set (&unit->account, "1001");
  set (&unit->account_bank, "农商行");
  set (&unit->account_bank_no, "3140000001");
  set (&item->code, ITEM);
  set (&item->name, "学费");
  item->standard = KAI_STANDARD_FREE;
  g_ptr_array_add (base->units, unit);
  g_ptr_array_add (base->items, item);
  add_user (base, CLERK, "张三", "clerk");
  add_user (base, REVIEWER, "李四", "reviewer");
  add_user (base, BOTH, "王五", "clerk reviewer");
  add_user (base, ADMINISTRATOR, "赵六", "administrator");
  if (two_person)
    g_hash_table_insert (base->settings, g_strdup ("two_person"), g_strdup ("1"));
  return base;
}

static void
set_base_data (Fixture *f, gboolean two_person)
{
  g_autoptr (KaiBaseData) base = make_base_data (two_person);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiDatabase) db = kai_database_open (f->dir, "kaipiao.db", &kai_store_schema, &error);

  g_assert_no_error (error);
  kai_database_set_vault (db, f->vault);
  g_assert_true (kai_base_data_store_replace (db, base, &error));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) key = kai_vault_make_key ();
  g_autoptr (KaiDatabase) db = NULL;

  f->dir = kai_test_make_dir ();
  f->vault = kai_vault_new (key);
  set_base_data (f, TRUE);
  db = kai_database_open (f->dir, "kaipiao.db", &kai_store_schema, NULL);
  kai_code_lease_add (db, "320684", kai_day_today () / 10000, "001", 1, 999, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiDatabase) db = kai_database_open (f->dir, "kaipiao.db", &kai_store_schema, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_database_check (db, &error));
  g_assert_no_error (error);
  g_assert_true (kai_audit_log_verify (db, NULL, &error));
  g_assert_no_error (error);
  kai_vault_unref (f->vault);
  g_clear_pointer (&db, kai_database_close);
  kai_test_remove_dir (f->dir);
}

static KaiDesk *
sit_down (Fixture *f, const char *user)
{
  g_autoptr (KaiConnection) connection = kai_connection_new (f->dir);
  g_autoptr (GError) error = NULL;
  KaiDesk *desk;

  set (&connection->user, user);
  desk = kai_desk_open (connection, NULL, &error);
  g_assert_no_error (error);
  kai_database_set_vault (desk->db, f->vault);
  return desk;
}

static KaiNotice *
make_notice (const char *name)
{
  KaiNotice *notice = kai_notice_new ();

  notice->payer_kind = KAI_PAYER_PERSON;
  kai_notice_set (&notice->payer_name, name);
  kai_notice_set (&notice->mobile, "13800000000");
  kai_notice_add_item (notice, ITEM, 1, 12345);
  return notice;
}

static KaiNotice *
issue (KaiDesk *desk, const char *name, const char *row_key, const char *batch, GError **error)
{
  g_autoptr (GPtrArray) notices = kai_notices_new ();
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  KaiNotice *notice = make_notice (name);

  kai_notice_set (&notice->row_key, row_key);
  g_assert_true (kai_notice_check (notice, desk->base, 0, problems));
  g_ptr_array_add (notices, notice);
  return kai_desk_issue (desk, notices, batch, NULL, error) ? kai_notice_ref (notice) : NULL;
}

static gint64
count (KaiDesk *desk, const char *sql)
{
  return kai_database_get_int (desk->db, -1, NULL, sql, NULL);
}

/* FALSE from kai_desk_approve gives -1. */
static int
approve (KaiDesk *desk, gint64 id, GPtrArray *issued, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GPtrArray) problems = kai_problems_new ();

  g_array_append_val (ids, id);
  if (!kai_desk_approve (desk, ids, issued, problems, error))
    return -1;
  return problems->len == 0;
}

/* ---- Roles ---- */

static void
test_roles (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *user;
    gboolean may[5]; /* in the order of KaiDeskTask */
  } rows[] = {
    { CLERK, { TRUE, TRUE, TRUE, FALSE, TRUE } },
    { REVIEWER, { FALSE, FALSE, FALSE, TRUE, FALSE } },
    { BOTH, { TRUE, TRUE, TRUE, TRUE, TRUE } },
    { ADMINISTRATOR, { FALSE, FALSE, FALSE, FALSE, TRUE } },
    { STRANGER, { FALSE, FALSE, FALSE, FALSE, FALSE } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (KaiDesk) desk = sit_down (f, rows[i].user);

      for (int task = KAI_TASK_ISSUE; task <= KAI_TASK_MOVE_STOCK; task++)
        {
          g_autoptr (GError) error = NULL;

          g_test_message ("%s, task %d", rows[i].user, task);
          g_assert_cmpint (kai_desk_may (desk, (KaiDeskTask)task, &error), ==, rows[i].may[task]);
          if (!rows[i].may[task])
            g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
        }
    }
}

/* The desk itself refuses, whatever the window or a script asks of it. */
static void
test_desk_refuses (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiDesk) reviewer = sit_down (f, REVIEWER);
  g_autoptr (KaiDesk) clerk = sit_down (f, CLERK);
  KaiStockMove move = { .kind = KAI_MOVE_RECEIVE };
  const char *codes[] = { "32068426001000000011", NULL };
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (issue (reviewer, "甲", "", "", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  g_clear_error (&error);
  g_assert_false (kai_desk_void (reviewer, codes[0], "x", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  g_clear_error (&error);
  g_assert_false (kai_desk_swap (reviewer, (char **)codes, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  g_clear_error (&error);
  g_assert_cmpint (kai_desk_move_stock (reviewer, &move, &error), ==, 0);
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  g_clear_error (&error);
  g_assert_false (kai_desk_give_up (reviewer, 1, "", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  g_clear_error (&error);
  g_assert_false (kai_desk_approve (clerk, ids, NULL, problems, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  g_clear_error (&error);
  g_assert_false (kai_desk_send_back (clerk, 1, "x", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
}

/* ---- Checking ---- */

static void
test_off (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiDesk) desk = NULL;
  g_autoptr (KaiNotice) notice = NULL;
  g_autoptr (GError) error = NULL;

  set_base_data (f, FALSE);
  desk = sit_down (f, CLERK);
  g_assert_false (kai_desk_needs_review (desk));
  notice = issue (desk, "甲", "", "", &error);
  g_assert_no_error (error);
  g_assert_nonnull (notice);
  g_assert_cmpint (notice->review_id, ==, 0);
  g_assert_cmpuint (strlen (notice->payment_code), ==, 20);
}

static void
test_site_profile (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "site-profile.ini", NULL);
  g_autoptr (KaiDesk) desk = NULL;

  set_base_data (f, FALSE);
  g_assert_true (g_file_set_contents (path, "[notices]\ntwo-person=true\n", -1, NULL));
  desk = sit_down (f, CLERK);
  g_assert_true (kai_desk_needs_review (desk));
}

static void
test_approve (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiDesk) clerk = sit_down (f, CLERK);
  g_autoptr (KaiDesk) reviewer = sit_down (f, REVIEWER);
  g_autoptr (KaiNotice) notice = issue (clerk, "甲", "", "", NULL);
  g_autoptr (KaiNotice) stored = NULL;
  g_autoptr (GPtrArray) issued = kai_notices_new ();
  g_autofree char *checker = NULL;

  /* It waits, and is nothing yet. */
  g_assert_cmpint (notice->review_id, >, 0);
  g_assert_cmpint (notice->id, ==, 0);
  g_assert_cmpint (count (clerk, "SELECT count(*) FROM notice"), ==, 0);
  g_assert_cmpint (count (clerk, "SELECT count(*) FROM outbox"), ==, 0);
  g_assert_cmpint (approve (reviewer, notice->review_id, issued, NULL), ==, 1);
  g_assert_cmpuint (issued->len, ==, 1);
  stored = kai_notice_store_load (clerk->db, ((KaiNotice *)issued->pdata[0])->id, NULL);
  g_assert_cmpstr (stored->clerk_code, ==, CLERK);
  g_assert_cmpstr (stored->clerk_name, ==, "张三");
  g_assert_cmpstr (stored->payer_name, ==, "甲");
  g_assert_cmpint (stored->amount, ==, 12345);
  g_assert_cmpuint (strlen (stored->payment_code), ==, 20);
  checker = kai_review_store_dup_checker (clerk->db, stored->id);
  g_assert_cmpstr (checker, ==, REVIEWER);
  g_assert_cmpint (count (clerk, "SELECT count(*) FROM outbox WHERE msg_no = '8994'"), ==, 1);
  g_assert_cmpint (
      count (clerk,
             "SELECT count(*) FROM audit_log WHERE action = 'review.approve' AND user = '" REVIEWER
             "'"),
      ==, 1);
  /* Only once. */
  g_assert_cmpint (approve (reviewer, notice->review_id, issued, NULL), ==, 0);
  g_assert_cmpint (count (clerk, "SELECT count(*) FROM notice"), ==, 1);
}

static void
test_maker_is_never_checker (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiDesk) both = sit_down (f, BOTH);
  g_autoptr (KaiDesk) reviewer = sit_down (f, REVIEWER);
  g_autoptr (KaiNotice) notice = issue (both, "甲", "", "", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (approve (both, notice->review_id, NULL, NULL), ==, 0);
  g_assert_false (kai_desk_send_back (both, notice->review_id, "x", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  g_assert_cmpint (count (both, "SELECT count(*) FROM notice"), ==, 0);
  g_assert_cmpint (approve (reviewer, notice->review_id, NULL, NULL), ==, 1);
}

static void
test_send_back (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiDesk) clerk = sit_down (f, CLERK);
  g_autoptr (KaiDesk) both = sit_down (f, BOTH);
  g_autoptr (KaiDesk) reviewer = sit_down (f, REVIEWER);
  g_autoptr (KaiNotice) notice = issue (clerk, "甲", "", "", NULL);
  g_autoptr (KaiNotice) mended = make_notice ("乙");
  g_autoptr (KaiReview) review = NULL;
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (GPtrArray) issued = kai_notices_new ();
  g_autoptr (GError) error = NULL;
  gint64 id = notice->review_id;

  g_assert_false (kai_desk_send_back (reviewer, id, " ", &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_true (kai_desk_send_back (reviewer, id, "姓名写错了", NULL));
  g_assert_cmpint (approve (reviewer, id, NULL, NULL), ==, 0);
  review = kai_review_store_load (clerk->db, id, NULL);
  g_assert_cmpstr (review->reason, ==, "姓名写错了");
  g_assert_true (kai_notice_check (mended, clerk->base, 0, problems));
  /* Nobody else's hand in it. */
  g_assert_false (kai_desk_resubmit (both, id, mended, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  g_clear_error (&error);
  g_assert_false (kai_desk_withdraw (both, id, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  g_assert_true (kai_desk_resubmit (clerk, id, mended, NULL));
  g_assert_cmpint (approve (both, id, issued, NULL), ==, 1);
  g_assert_cmpstr (((KaiNotice *)issued->pdata[0])->payer_name, ==, "乙");
}

static void
test_withdraw (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiDesk) clerk = sit_down (f, CLERK);
  g_autoptr (KaiDesk) reviewer = sit_down (f, REVIEWER);
  g_autoptr (KaiNotice) notice = issue (clerk, "甲", "", "", NULL);

  g_assert_true (kai_desk_withdraw (clerk, notice->review_id, NULL));
  g_assert_cmpint (approve (reviewer, notice->review_id, NULL, NULL), ==, 0);
  g_assert_cmpint (count (clerk, "SELECT count(*) FROM notice_review WHERE sealed IS NOT NULL"), ==,
                   0);
}

/* A whole batch: each row once, one message, and one bad apple spoils nothing. */
static void
test_batch (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiNotice) repeated = NULL;
  g_autoptr (KaiDesk) clerk = sit_down (f, CLERK);
  g_autoptr (KaiDesk) reviewer = sit_down (f, REVIEWER);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GPtrArray) issued = kai_notices_new ();
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  gint64 unknown = 4711;

  for (int i = 0; i < 5; i++)
    {
      g_autofree char *key = g_strdup_printf ("row %d", i);
      g_autoptr (KaiNotice) notice = issue (clerk, "甲", key, "batch", NULL);
      g_autoptr (KaiNotice) again = issue (clerk, "甲", key, "batch", NULL);

      g_assert_cmpint (notice->review_id, >, 0);
      g_assert_cmpint (again->review_id, ==, 0);
      g_array_append_val (ids, notice->review_id);
      if (i == 2)
        g_array_append_val (ids, unknown);
    }
  g_assert_true (kai_desk_approve (reviewer, ids, issued, problems, NULL));
  g_assert_cmpuint (issued->len, ==, 5);
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_cmpstr (((KaiProblem *)problems->pdata[0])->field, ==, "4711");
  g_assert_cmpint (count (clerk, "SELECT count(*) FROM outbox"), ==, 1);
  g_assert_cmpint (
      count (clerk, "SELECT count(DISTINCT row_key) FROM notice WHERE batch_id = 'batch'"), ==, 5);
  /* Importing the workbook once more brings nothing back. */
  repeated = issue (clerk, "甲", "row 0", "batch", NULL);
  g_assert_cmpint (repeated->review_id, ==, 0);
}

/* What the base data no longer allow is not issued, however long ago it was written. */
static void
test_checked_again (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiDesk) clerk = sit_down (f, CLERK);
  g_autoptr (KaiNotice) notice = issue (clerk, "甲", "", "", NULL);
  g_autoptr (KaiBaseData) base = make_base_data (TRUE);
  g_autoptr (KaiDesk) reviewer = NULL;

  set (&((KaiItem *)base->items->pdata[0])->code, "320600000009");
  g_assert_true (kai_base_data_store_replace (clerk->db, base, NULL));
  reviewer = sit_down (f, REVIEWER);
  g_assert_cmpint (approve (reviewer, notice->review_id, NULL, NULL), ==, 0);
  g_assert_cmpint (count (clerk, "SELECT count(*) FROM notice"), ==, 0);
}

/* A correction of what the server refused is checked like anything new, and lands in the same row. */
static void
test_correction (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiDesk) clerk = sit_down (f, CLERK);
  g_autoptr (KaiDesk) reviewer = sit_down (f, REVIEWER);
  g_autoptr (KaiNotice) first = issue (clerk, "甲", "", "", NULL);
  g_autoptr (GPtrArray) issued = kai_notices_new ();
  g_autoptr (KaiNotice) refused = NULL;
  g_autoptr (KaiNotice) after = NULL;
  g_autoptr (GPtrArray) problems = kai_problems_new ();

  g_assert_cmpint (approve (reviewer, first->review_id, issued, NULL), ==, 1);
  refused = kai_notice_store_load (clerk->db, ((KaiNotice *)issued->pdata[0])->id, NULL);
  refused->sync = KAI_SYNC_REFUSED;
  g_assert_true (kai_notice_store_update (clerk->db, refused, NULL));
  kai_notice_set (&refused->payer_name, "乙");
  g_assert_true (kai_notice_check (refused, clerk->base, 0, problems));
  g_assert_true (kai_desk_correct (clerk, refused, NULL));
  g_assert_cmpint (refused->review_id, >, 0);
  after = kai_notice_store_load (clerk->db, refused->id, NULL);
  g_assert_cmpstr (after->payer_name, ==, "甲");
  g_clear_pointer (&after, kai_notice_unref);
  g_assert_cmpint (approve (reviewer, refused->review_id, NULL, NULL), ==, 1);
  after = kai_notice_store_load (clerk->db, refused->id, NULL);
  g_assert_cmpstr (after->payer_name, ==, "乙");
  g_assert_cmpint (after->sync, ==, KAI_SYNC_SIGNED);
  g_assert_cmpint (count (clerk, "SELECT count(*) FROM notice"), ==, 1);
}

#define add(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/roles/table", test_roles);
  add ("/roles/desk-refuses", test_desk_refuses);
  add ("/review/off", test_off);
  add ("/review/site-profile", test_site_profile);
  add ("/review/approve", test_approve);
  add ("/review/maker-is-never-checker", test_maker_is_never_checker);
  add ("/review/send-back", test_send_back);
  add ("/review/withdraw", test_withdraw);
  add ("/review/batch", test_batch);
  add ("/review/checked-again", test_checked_again);
  add ("/review/correction", test_correction);
  return g_test_run ();
}
