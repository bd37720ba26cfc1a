/* The training server's core: its directory, database, keys, clock and what several message
 * families look up. */
#include "kai-sandbox.h"

#include "values/kai-error.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define DEMO_DATA "/cn/kaipiao/sandbox/demo-data.sql"

static const KaiSchema sandbox_schema = {
  .resource_dir = "/cn/kaipiao/sandbox/schema", .application_id = 0x4b534258, /* "KSBX" */
};

static gboolean
open_database (KaiSandbox *self, const char *dir, gboolean create, GError **error)
{
  g_autofree char *path = g_build_filename (dir, "sandbox.db", NULL);
  g_autofree char *address = NULL;

  if (!create && !g_file_test (path, G_FILE_TEST_EXISTS))
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                          _ ("%s is not a training server's directory yet. Start kaipiao-sandbox "
                             "--dir %s once."),
                          dir, dir);
  self->db = kai_database_open (dir, "sandbox.db", &sandbox_schema, error);
  if (!self->db)
    return FALSE;
  address = kai_database_dup_setting (self->db, "address");
  self->address = g_strdup (address ? address : "");
  return TRUE;
}

KaiSandbox *
kai_sandbox_open (const char *dir, gboolean create, GError **error)
{
  g_autoptr (KaiSandbox) self = g_new0 (KaiSandbox, 1);
  g_autofree char *absolute = g_canonicalize_filename (dir, NULL);
  g_autofree char *messages = NULL, *profile = NULL;

  if (!open_database (self, absolute, create, error))
    return NULL;
  self->authority = kai_authority_open (absolute, create, "320684", "海门市财政局", error);
  if (!self->authority)
    return NULL;
  messages = g_build_filename (absolute, "messages.tsv", NULL);
  self->catalogue = kai_catalogue_load (messages, error);
  if (!self->catalogue)
    return NULL;
  profile = g_build_filename (absolute, "site-profile.ini", NULL);
  self->profile = kai_site_profile_load (profile, error);
  if (!self->profile)
    return NULL;
  kai_authority_set_sm2_names (self->authority, self->profile->sm2_name, self->profile->sm3_name);
  return kai_sandbox_refresh_revocations (self, error) ? g_steal_pointer (&self) : NULL;
}

void
kai_sandbox_free (KaiSandbox *self)
{
  if (!self)
    return;
  g_clear_pointer (&self->db, kai_database_close);
  g_clear_pointer (&self->authority, kai_authority_free);
  g_clear_pointer (&self->catalogue, kai_catalogue_free);
  g_clear_pointer (&self->profile, kai_site_profile_free);
  g_free (self->address);
  g_free (self);
}

gboolean
kai_sandbox_load_demo_data (KaiSandbox *self, GError **error)
{
  g_autoptr (GBytes) sql = g_resources_lookup_data (DEMO_DATA, 0, error);
  gint64 units = kai_database_get_int (self->db, -1, error, "SELECT count(*) FROM unit", "");

  if (!sql || units < 0)
    return FALSE;
  if (units > 0)
    return TRUE;
  if (!kai_database_begin (self->db, error))
    return FALSE;
  if (sqlite3_exec (kai_database_get_handle (self->db), g_bytes_get_data (sql, NULL), NULL, NULL,
                    NULL)
      != SQLITE_OK)
    {
      kai_database_fail (self->db, error);
      kai_database_rollback (self->db);
      return FALSE;
    }
  return kai_database_commit (self->db, error);
}

gboolean
kai_sandbox_set_address (KaiSandbox *self, const char *address, GError **error)
{
  if (!kai_database_set_setting (self->db, "address", address, error))
    return FALSE;
  g_free (self->address);
  self->address = g_strdup (address);
  return TRUE;
}

gint64
kai_sandbox_now (KaiSandbox *self)
{
  g_autofree char *offset = kai_database_dup_setting (self->db, "clock");

  return g_get_real_time () / G_USEC_PER_SEC + (offset ? g_ascii_strtoll (offset, NULL, 10) : 0);
}

KaiDay
kai_sandbox_today (KaiSandbox *self)
{
  return kai_day_from_unix (kai_sandbox_now (self));
}

char *
kai_sandbox_format_time (gint64 at)
{
  g_autoptr (GTimeZone) china = g_time_zone_new_offset (8 * 3600);
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (at);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, china);

  return g_date_time_format (local, "%Y%m%d%H%M%S+0800");
}

/* ---- looking things up ---- */

/* The first row of @sql, or NULL with *failed FALSE when there is none. The statement is at its
 * row. */
static sqlite3_stmt *
find_row (KaiSandbox *self, const char *sql, const char *code, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (self->db, sql, error);
  gboolean row = FALSE;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "t", code);
  return kai_database_step (self->db, stmt, &row, error) && row ? stmt : NULL;
}

KaiUnit *
kai_sandbox_find_unit (KaiSandbox *self, const char *code, GError **error)
{
  sqlite3_stmt *stmt =
      find_row (self,
                "SELECT code, name, region, credit_code, assigner, account_type, account_name, "
                "account, account_bank, account_bank_no FROM unit WHERE code = ?",
                code, error);
  KaiUnit *unit;

  if (!stmt)
    return NULL;
  unit = g_new0 (KaiUnit, 1);
  unit->code = kai_column_dup (stmt, 0);
  unit->name = kai_column_dup (stmt, 1);
  unit->region = kai_column_dup (stmt, 2);
  unit->credit_code = kai_column_dup (stmt, 3);
  unit->assigner = kai_column_dup (stmt, 4);
  unit->account_type = kai_column_dup (stmt, 5);
  unit->account_name = kai_column_dup (stmt, 6);
  unit->account = kai_column_dup (stmt, 7);
  unit->account_bank = kai_column_dup (stmt, 8);
  unit->account_bank_no = kai_column_dup (stmt, 9);
  sqlite3_reset (stmt);
  return unit;
}

KaiUser *
kai_sandbox_find_user (KaiSandbox *self, const char *code, GError **error)
{
  sqlite3_stmt *stmt =
      find_row (self, "SELECT code, name, unit_code, roles FROM user WHERE code = ?", code, error);
  KaiUser *user;

  if (!stmt)
    return NULL;
  user = g_new0 (KaiUser, 1);
  user->code = kai_column_dup (stmt, 0);
  user->name = kai_column_dup (stmt, 1);
  user->unit_code = kai_column_dup (stmt, 2);
  user->roles = kai_column_dup (stmt, 3);
  sqlite3_reset (stmt);
  return user;
}

KaiBillType *
kai_sandbox_find_bill_type (KaiSandbox *self, const char *code, GError **error)
{
  sqlite3_stmt *stmt =
      find_row (self,
                "SELECT code, name, version, version_name, electronic, ebill_code, specimen, "
                "number_width FROM bill_type WHERE code = ?",
                code, error);
  KaiBillType *type;

  if (!stmt)
    return NULL;
  type = g_new0 (KaiBillType, 1);
  type->code = kai_column_dup (stmt, 0);
  type->name = kai_column_dup (stmt, 1);
  type->version = kai_column_dup (stmt, 2);
  type->version_name = kai_column_dup (stmt, 3);
  type->electronic = sqlite3_column_int (stmt, 4) != 0;
  type->ebill_code = kai_column_dup (stmt, 5);
  type->specimen = kai_column_dup (stmt, 6);
  type->number_width = sqlite3_column_int (stmt, 7);
  sqlite3_reset (stmt);
  return type;
}

char *
kai_sandbox_random (const char *alphabet, int length)
{
  int n = (int)strlen (alphabet);
  char *text = g_malloc0 (length + 1);

  for (int i = 0; i < length;)
    {
      unsigned char byte;

      if (RAND_bytes (&byte, 1) != 1)
        g_error ("the random generator failed");
      if (byte < 256 / n * n) /* no modulo bias */
        text[i++] = alphabet[byte % n];
    }
  return text;
}

/* ---- keys ---- */

static gboolean
remember_certificate (KaiSandbox *self, const KaiUser *user, X509 *certificate, GError **error)
{
  g_autofree char *issuer = kai_certificate_dup_issuer (certificate);
  g_autofree char *serial = kai_certificate_dup_serial (certificate);
  g_autofree char *content = kai_certificate_to_base64 (certificate);

  return kai_database_run (
      self->db, error,
      "INSERT INTO certificate (issuer, serial, user_code, unit_code, content) "
      "VALUES (?, ?, ?, ?, ?)",
      "ttttt", issuer, serial, user->code, user->unit_code, content);
}

gboolean
kai_sandbox_issue_key (KaiSandbox *self, const char *user_code, KaiAlgorithm algorithm,
                       const char *pin, const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (KaiUser) user = kai_sandbox_find_user (self, user_code, &local);
  g_autoptr (KaiUnit) unit = user ? kai_sandbox_find_unit (self, user->unit_code, &local) : NULL;
  g_autoptr (X509) certificate = NULL;

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!user || !unit)
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                          _ ("There is no user %s. `kaipiao-sandbox ctl state` lists them."),
                          user_code);
  certificate =
      kai_authority_issue_key (self->authority, user, unit->name, algorithm, pin, path, error);
  if (!certificate)
    return FALSE;
  if (remember_certificate (self, user, certificate, error))
    return TRUE;
  g_unlink (path);
  return FALSE;
}
