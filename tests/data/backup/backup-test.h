/* A home with five notices for the tests of backups and copies. */
#pragma once

#include "store-test.h"

#include "backup/kai-backup.h"
#include "backup/kai-restored.h"
#include "store/kai-audit-log.h"
#include "store/kai-code-lease.h"
#include "store/kai-outbox.h"
#include "values/kai-site-profile.h"

#include <string.h>

#define USER "32068400101"

typedef struct
{
  char *dir, *home, *file;
  KaiDatabase *db;
  KaiVault *vault;
} BackupTest;

static inline KaiVault *
make_vault (void)
{
  guint8 key[KAI_VAULT_KEY_SIZE] = { 42 };
  g_autoptr (GBytes) bytes = g_bytes_new (key, sizeof key);

  return kai_vault_new (bytes);
}

static inline KaiDatabase *
open_home (const char *home)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiVault) vault = make_vault ();
  KaiDatabase *db = kai_database_open (home, KAI_STORE_NAME, &kai_store_schema, &error);

  g_assert_no_error (error);
  kai_database_set_vault (db, vault);
  return db;
}

static inline void
write_file (const char *home, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (home, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static inline char *
read_file (const char *home, const char *name)
{
  g_autofree char *path = g_build_filename (home, name, NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

/* A notice with its line and message, from the lease. */
static inline char *
issue (KaiDatabase *db)
{
  g_autoptr (KaiSiteProfile) profile = kai_site_profile_new_default ();
  g_autoptr (GError) error = NULL;
  g_autofree char *code = NULL;
  g_autoptr (KaiNotice) notice = NULL;
  g_autoptr (GBytes) body = NULL;

  g_assert_true (kai_database_begin (db, &error));
  code = kai_code_lease_take (db, &profile->payment_code, 2026, &error);
  g_assert_no_error (error);
  notice = store_test_notice (code);
  body = g_bytes_new (code, strlen (code));
  g_assert_true (kai_notice_store_insert (db, notice, &error));
  g_assert_true (kai_audit_log_add (db, USER, "notice.issue", code, "ok", &error));
  g_assert_cmpint (kai_outbox_add (db, code, "8994", body, "", &notice->id, 1, &error), >, 0);
  g_assert_true (kai_database_commit (db, &error));
  return g_steal_pointer (&code);
}

static inline void
set_up (BackupTest *test, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  test->dir = kai_test_make_dir ();
  test->home = g_build_filename (test->dir, "home", NULL);
  test->file = g_build_filename (test->dir, "a.kaibak", NULL);
  test->vault = make_vault ();
  test->db = open_home (test->home);
  g_assert_true (kai_code_lease_add (test->db, "320684", 2026, "001", 1, 100, &error));
  g_assert_no_error (error);
  for (int i = 0; i < 5; i++)
    {
      g_autofree char *code = issue (test->db);

      g_assert_nonnull (code);
    }
}

static inline void
tear_down (BackupTest *test, gconstpointer data)
{
  g_clear_pointer (&test->db, kai_database_close);
  kai_vault_unref (test->vault);
  g_free (test->file);
  g_free (test->home);
  kai_test_remove_dir (test->dir);
}
