#pragma once

/* A store of its own for one test. */
#include "kai-test.h"
#include "model/kai-notice.h"
#include "store/kai-database.h"
#include "store/kai-notice-store.h"
#include "values/kai-error.h"

G_BEGIN_DECLS

typedef struct
{
  char *dir;
  KaiDatabase *db;
} StoreTest;

/* Every test store has the same data key. */
static inline void
store_test_unlock (KaiDatabase *db)
{
  static const guchar bytes[KAI_VAULT_KEY_SIZE] = { 1, 2, 3 };
  g_autoptr (GBytes) key = g_bytes_new_static (bytes, sizeof bytes);
  g_autoptr (KaiVault) vault = kai_vault_new (key);

  kai_database_set_vault (db, vault);
}

static inline KaiDatabase *
store_test_open (const char *dir)
{
  g_autoptr (GError) error = NULL;
  KaiDatabase *db = kai_database_open (dir, "store.db", &kai_store_schema, &error);

  g_assert_no_error (error);
  g_assert_nonnull (db);
  store_test_unlock (db);
  return db;
}

static inline void
store_test_set_up (StoreTest *test, gconstpointer data)
{
  test->dir = kai_test_make_dir ();
  test->db = store_test_open (test->dir);
}

/* Whatever a test did, the store is in order at its end. */
static inline void
store_test_tear_down (StoreTest *test, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (kai_database_in_transaction (test->db));
  kai_database_check (test->db, &error);
  g_assert_no_error (error);
  kai_database_close (test->db);
  kai_test_remove_dir (test->dir);
}

#define store_test_add(path, func)                                                                 \
  g_test_add (path, StoreTest, NULL, store_test_set_up, func, store_test_tear_down)

/* A notice with two items, 150.00 yuan, that could be issued. */
static inline KaiNotice *
store_test_notice (const char *payment_code)
{
  KaiNotice *notice = kai_notice_new ();
  KaiNoticeItem *item;

  kai_notice_set (&notice->payment_code, payment_code);
  kai_notice_set (&notice->unit_code, "320684001");
  notice->bill_date = 20261121;
  notice->valid_until = 20261201;
  notice->payer_kind = KAI_PAYER_PERSON;
  kai_notice_set (&notice->payer_name, "王小明");
  kai_notice_set (&notice->mobile, "13800000001");
  item = kai_notice_add_item (notice, "320600000001", 1, 10000);
  kai_notice_set (&item->name, "学费");
  item = kai_notice_add_item (notice, "320600000002", 2, 5000);
  kai_notice_set (&item->name, "住宿费");
  notice->sync = payment_code && payment_code[0] ? KAI_SYNC_SIGNED : KAI_SYNC_DRAFT;
  g_assert_true (kai_notice_sum (notice));
  return notice;
}

static inline void
store_test_insert (KaiDatabase *db, KaiNotice *notice)
{
  g_autoptr (GError) error = NULL;

  kai_notice_store_insert (db, notice, &error);
  g_assert_no_error (error);
  g_assert_cmpint (notice->id, >, 0);
}

static inline void
store_test_update (KaiDatabase *db, KaiNotice *notice)
{
  g_autoptr (GError) error = NULL;

  kai_notice_store_update (db, notice, &error);
  g_assert_no_error (error);
}

static inline void
store_test_run (KaiDatabase *db, const char *sql)
{
  g_autoptr (GError) error = NULL;

  kai_database_run (db, &error, sql, NULL);
  g_assert_no_error (error);
}

static inline gint64
store_test_int (KaiDatabase *db, const char *sql)
{
  g_autoptr (GError) error = NULL;
  gint64 value = kai_database_get_int (db, -1, &error, sql, NULL);

  g_assert_no_error (error);
  return value;
}

G_END_DECLS
