/* Backup and restore with a person's key. */
#include "sync/kai-desk-backup.h"

#include "messages/kai-net-error.h"
#include "security/kai-certificate.h"
#include "security/kai-key-wrap.h"
#include "sync/kai-desk-log.h"
#include "sync/kai-desk-private.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

/* It needs room beside the store, and a line in the log. */
static gboolean
can_write (KaiDatabase *db, GError **error)
{
  return kai_database_begin (db, error) && kai_database_commit (db, error);
}

KaiBackupInfo *
kai_desk_backup (KaiDesk *desk, const char *path, const KaiBackupWatch *watch, GError **error)
{
  g_autoptr (KaiBackupInfo) info = NULL;
  g_autofree char *rows = NULL;

  if (!kai_database_require_vault (desk->db, error) || !can_write (desk->db, error)
      || !kai_desk_sign_log (desk, TRUE, error))
    return NULL;
  info = kai_backup_write (desk->db, desk->user_code, path, watch, error);
  if (!info)
    return NULL;
  rows = g_strdup_printf ("%" G_GINT64_FORMAT " lines", info->lines);
  /* The backup is there whether or not this can be noted. */
  (void)kai_desk_audit (desk, "store.backup", "store", KAI_STORE_NAME, rows, NULL);
  return g_steal_pointer (&info);
}

/* ---- in a thread ---- */

typedef struct
{
  KaiConnection *connection;
  KaiKey *key;
  char *path;
  KaiBackupProgress progress;
  gpointer progress_data;
} Request;

static void
request_free (Request *request)
{
  kai_connection_free (request->connection);
  g_clear_object (&request->key);
  g_free (request->path);
  g_free (request);
}

static void
back_up_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Request *request = task_data;
  KaiBackupWatch watch = { request->progress, request->progress_data, cancellable };
  GError *error = NULL;
  g_autoptr (KaiDesk) desk = kai_desk_open (request->connection, request->key, &error);
  KaiBackupInfo *info = desk ? kai_desk_backup (desk, request->path, &watch, &error) : NULL;

  if (info)
    g_task_return_pointer (task, info, (GDestroyNotify)kai_backup_info_free);
  else
    g_task_return_error (task, error);
}

void
kai_desk_backup_async (const KaiConnection *connection, KaiKey *key, const char *path,
                       KaiBackupProgress progress, gpointer progress_data,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Request *request = g_new0 (Request, 1);

  request->connection = kai_connection_copy (connection);
  request->key = key ? g_object_ref (key) : NULL;
  request->path = g_strdup (path);
  request->progress = progress;
  request->progress_data = progress_data;
  g_task_set_source_tag (task, kai_desk_backup_async);
  /* Cancelled too late, the backup is there, and that is what is told. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, request, (GDestroyNotify)request_free);
  g_task_run_in_thread (task, back_up_thread);
}

KaiBackupInfo *
kai_desk_backup_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- restoring ---- */

static KaiVault *
open_vault (const KaiBackupInfo *info, KaiKey *key, GError **error)
{
  g_autofree char *der64 = kai_certificate_to_base64 (kai_key_get_certificate (key));
  gsize size;
  g_autofree guchar *der = g_base64_decode (der64, &size);
  g_autofree char *fingerprint = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, size);
  GBytes *wrapped = g_hash_table_lookup (info->wraps, fingerprint);
  g_autoptr (GBytes) secret = NULL;

  if (!wrapped)
    {
      kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                    _ ("Your key does not open this backup: it was not among the users' keys when "
                       "user %s made it. Use the key of a user who worked with the store then."),
                    info->user);
      return NULL;
    }
  secret = kai_key_unwrap (key, wrapped, error);
  return secret ? kai_vault_new (secret) : NULL;
}

gboolean
kai_backup_restore_with_key (KaiBackupReader *reader, KaiKey *key, const char *home,
                             gboolean replace, char **aside, const KaiBackupWatch *watch,
                             GError **error)
{
  g_autoptr (KaiVault) vault = open_vault (kai_backup_reader_get_info (reader), key, error);
  g_autofree char *user = NULL;

  if (!vault)
    return FALSE;
  user = kai_certificate_dup_user (kai_key_get_certificate (key));
  return kai_backup_reader_restore (reader, vault, user, home, replace, aside, watch, error);
}
