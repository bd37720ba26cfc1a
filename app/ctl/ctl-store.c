/* kaipiaoctl check, backup, restore: the store as a whole. */
#include "kai-ctl.h"

#include "backup/kai-backup.h"
#include "backup/kai-store-check.h"
#include "messages/kai-net-error.h"
#include "search/kai-search-index.h"
#include "sync/kai-desk-backup.h"
#include "sync/kai-desk-log.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

static gboolean repair;
static gboolean replace;

static const GOptionEntry check_entries[] = {
  { "repair", 0, 0, G_OPTION_ARG_NONE, &repair,
    N_ ("Repair a damaged store where nothing is lost; the damaged file is kept"), NULL },
  { NULL },
};

static const GOptionEntry restore_entries[] = {
  { "replace", 0, 0, G_OPTION_ARG_NONE, &replace,
    N_ ("Put the backup in place of the store that is here, which is kept aside"), NULL },
  { NULL },
};

/* ---- check ---- */

/* Before the store is opened, which a damaged one refuses. */
static gboolean
repair_store (KaiCtl *ctl, GError **error)
{
  g_autoptr (KaiConnection) connection = kai_ctl_connection (ctl, error);
  g_autofree char *kept = NULL;

  if (!connection || !kai_store_repair (connection->home, KAI_STORE_NAME, &kept, error))
    return FALSE;
  kai_ctl_member_bool (ctl, "repaired", kept != NULL);
  kai_ctl_member (ctl, "kept", kept ? kept : "");
  if (kept)
    kai_ctl_say (ctl,
                 _ ("The store was damaged and is repaired; nothing is lost. The damaged file "
                    "is kept as %s."),
                 kept);
  return TRUE;
}

static gboolean
check_rules (KaiCtl *ctl, KaiDatabase *db, GError **error)
{
  g_autoptr (GPtrArray) problems =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_problem_free);

  if (!kai_store_check (db, problems, error))
    return FALSE;
  kai_ctl_begin_array (ctl, "problems");
  for (guint i = 0; i < problems->len; i++)
    {
      const KaiProblem *problem = problems->pdata[i];

      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "code", problem->code);
      kai_ctl_member (ctl, "subject", problem->field);
      kai_ctl_member (ctl, "message", problem->message);
      kai_ctl_end_object (ctl);
      g_printerr ("%s\n", problem->message);
    }
  kai_ctl_end_array (ctl);
  return problems->len == 0
         || kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                           _ ("What the store holds is not in order: %u things are wrong. Do not "
                              "go on with it: restore the last backup, or ask for help."),
                           problems->len);
}

/* The index holds nothing that is not elsewhere: a wrong one is made anew. Without the key nothing can be said about it. */
static gboolean
check_search (KaiCtl *ctl, GError **error)
{
  KaiDatabase *db = kai_desk_get_database (ctl->desk);
  g_autoptr (GError) local = NULL;

  if (!kai_database_get_vault (db))
    {
      kai_ctl_member (ctl, "search", "not-checked");
      return TRUE;
    }
  if (kai_search_index_check (db, &local))
    {
      kai_ctl_member (ctl, "search", "sound");
      return TRUE;
    }
  if (!g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_DAMAGED))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!kai_search_index_rebuild (db, error))
    return FALSE;
  kai_ctl_member (ctl, "search", "made-anew");
  kai_ctl_say (ctl, _ ("The search index was wrong. It has been made anew."));
  return TRUE;
}

static gboolean
run_check (KaiCtl *ctl, char **args, GError **error)
{
  KaiDesk *desk;
  KaiDatabase *db;
  g_autoptr (KaiLogReport) report = NULL;

  if (repair && !repair_store (ctl, error))
    return FALSE;
  desk = kai_ctl_desk (ctl, error);
  if (!desk)
    return FALSE;
  db = kai_desk_get_database (desk);
  if (!kai_database_check (db, error) || !check_search (ctl, error))
    return FALSE;
  report = kai_log_verify (db, kai_desk_get_connection (desk)->trust_path, error);
  if (!report)
    return FALSE;
  kai_ctl_member_int (ctl, "lines", report->lines);
  kai_ctl_say (ctl, "%s", report->message);
  if (!check_rules (ctl, db, error))
    {
      kai_ctl_member_bool (ctl, "ok", FALSE);
      return FALSE;
    }
  kai_ctl_member_bool (ctl, "ok", report->ok);
  if (!report->ok)
    return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED, "%s", report->message);
  kai_ctl_say (ctl, _ ("The store is sound."));
  return TRUE;
}

/* ---- backup ---- */

static void
on_progress (const char *what, gint64 done, gint64 total, gpointer data)
{
  /* The bar counts in ints. */
  int shift = 0;

  while (total >> shift > G_MAXINT / 64)
    shift++;
  kai_ctl_progress (what, (int)(done >> shift), (int)(total >> shift));
}

static void
tell_info (KaiCtl *ctl, const KaiBackupInfo *info)
{
  g_autoptr (GDateTime) made = g_date_time_new_from_unix_local (info->made_at);
  g_autofree char *when = made ? g_date_time_format (made, "%Y-%m-%d %H:%M:%S") : g_strdup ("");

  kai_ctl_member (ctl, "made_at", when);
  kai_ctl_member (ctl, "user", info->user);
  kai_ctl_member (ctl, "program", info->program);
  kai_ctl_member_int (ctl, "notices", kai_backup_info_count (info, "notice"));
  kai_ctl_member_int (ctl, "ebills", kai_backup_info_count (info, "ebill"));
  kai_ctl_member_int (ctl, "messages", kai_backup_info_count (info, "outbox"));
  kai_ctl_member_int (ctl, "ranges", kai_backup_info_count (info, "stock_range"));
  kai_ctl_member_int (ctl, "log_lines", info->lines);
  kai_ctl_member (ctl, "chain", info->chain);
  kai_ctl_say (ctl, _ ("Made by user %s on %s: %d notices, %d e-bills, %d lines of the log."),
               info->user, when, (int)kai_backup_info_count (info, "notice"),
               (int)kai_backup_info_count (info, "ebill"), (int)info->lines);
}

static gboolean
run_backup (KaiCtl *ctl, char **args, GError **error)
{
  KaiBackupWatch watch = { on_progress, NULL, NULL };
  g_autoptr (KaiBackupInfo) info = NULL;

  if (g_strv_length (args) != 1 || !*args[0])
    return kai_ctl_usage (error, _ ("Where to? Give one file."));
  if (!kai_ctl_desk (ctl, error))
    return FALSE;
  info = kai_desk_backup (ctl->desk, args[0], &watch, error);
  kai_ctl_end_progress ();
  if (!info)
    return FALSE;
  kai_ctl_member (ctl, "file", args[0]);
  kai_ctl_member_bool (ctl, "ok", TRUE);
  kai_ctl_say (ctl,
               _ ("The backup is in %s. It was read back and counted, and its log was followed. "
                  "Your key or that of another user of this store opens it, on any computer."),
               args[0]);
  tell_info (ctl, info);
  return TRUE;
}

/* ---- restore ---- */

static KaiKey *
require_key (KaiCtl *ctl, GError **error)
{
  g_autoptr (GError) local = NULL;
  KaiKey *key = kai_ctl_open_key (ctl, &local);

  if (key)
    return key;
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  else
    kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                  _ ("A backup is opened with the key of a user of the store. Give it with --key "
                     "file:PATH.p12, and its PIN with --pin-file FILE."));
  return NULL;
}

/* What this computer was told to use stays: its key and roots may lie elsewhere than on the other one. */
static gboolean
keep_connection (KaiCtl *ctl, GError **error)
{
  g_autoptr (KaiConnection) connection = kai_ctl_connection (ctl, error);

  return connection
         && (!(ctl->server || ctl->user || ctl->key_uri || ctl->trust)
             || kai_connection_save (connection, error));
}

static gboolean
run_restore (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiConnection) connection = NULL;
  g_autoptr (KaiBackupReader) reader = NULL;
  g_autoptr (KaiKey) key = NULL;
  g_autofree char *aside = NULL;
  KaiBackupWatch watch = { on_progress, NULL, NULL };
  gboolean ok;

  if (g_strv_length (args) != 1 || !*args[0])
    return kai_ctl_usage (error, _ ("Which backup? Give one file."));
  connection = kai_ctl_connection (ctl, error);
  reader = connection ? kai_backup_reader_open (args[0], error) : NULL;
  key = reader ? require_key (ctl, error) : NULL;
  if (!key)
    return FALSE;
  ok = kai_backup_restore_with_key (reader, key, connection->home, replace, &aside, &watch, error);
  kai_ctl_end_progress ();
  if (!ok)
    return FALSE;
  kai_ctl_member (ctl, "file", args[0]);
  kai_ctl_member (ctl, "kept", aside ? aside : "");
  tell_info (ctl, kai_backup_reader_get_info (reader));
  if (aside)
    kai_ctl_say (ctl,
                 _ ("The store that was here is kept as %s until the restored one has asked "
                    "the finance server."),
                 aside);
  kai_ctl_say (
      ctl, _ ("The backup is restored. Numbers that may have been used since are given up. What "
              "happened since is asked for at the next connection (kaipiaoctl sync); what "
              "never reached the finance server has to be entered again."));
  return keep_connection (ctl, error);
}

const KaiCtlCommand kai_ctl_store_commands[] = {
  { "check", NULL, "[--repair]", N_ ("Check the local store from end to end"), check_entries,
    run_check },
  { "backup", NULL, "FILE", N_ ("Write an encrypted backup, also while the store is in use"), NULL,
    run_backup },
  { "restore", NULL, "FILE [--replace]", N_ ("Restore a backup"), restore_entries, run_restore },
  { NULL },
};
