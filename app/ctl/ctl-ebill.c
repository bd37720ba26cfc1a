/* kaipiaoctl ebill: swap, list, file. */
#include "kai-ctl.h"

#include "messages/kai-net-error.h"
#include "store/kai-ebill-store.h"
#include "store/kai-notice-store.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

static gboolean all_paid, all;
static char *output, *batch;
static int limit;

static const GOptionEntry swap_entries[] = {
  { "all-paid", 0, 0, G_OPTION_ARG_NONE, &all_paid, N_ ("Every paid notice that has no e-bill"),
    NULL },
  { NULL },
};
static const GOptionEntry list_entries[] = {
  { "batch", 0, 0, G_OPTION_ARG_STRING, &batch, N_ ("Only this batch"), "ID" },
  { "limit", 0, 0, G_OPTION_ARG_INT, &limit, N_ ("At most N, newest first"), "N" },
  { NULL },
};
static const GOptionEntry file_entries[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("File, or directory for several"),
    "FILE.xml|DIR" },
  { "batch", 0, 0, G_OPTION_ARG_STRING, &batch, N_ ("All of this batch"), "ID" },
  { "all", 0, 0, G_OPTION_ARG_NONE, &all, N_ ("All e-bills"), NULL },
  { NULL },
};

static void
write_record (KaiCtl *ctl, const KaiEbillRecord *record)
{
  g_autofree char *amount = kai_money_to_display (record->amount);

  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "payment_code", record->payment_code);
  kai_ctl_member (ctl, "number", record->number);
  kai_ctl_member (ctl, "code", record->code);
  kai_ctl_member (ctl, "state", kai_sync_state_to_string (record->sync));
  kai_ctl_member (ctl, "url", record->url);
  kai_ctl_member_money (ctl, "amount", record->amount);
  if (*record->refusal_text)
    {
      kai_ctl_member (ctl, "refusal", record->refusal_code);
      kai_ctl_member (ctl, "refusal_text", record->refusal_text);
    }
  kai_ctl_end_object (ctl);
  kai_ctl_say (ctl, _ ("%s  e-bill %s %s  %s yuan  %s"), record->payment_code, record->code,
               *record->number ? record->number : "—", amount, kai_sync_state_label (record->sync));
  if (*record->refusal_text)
    kai_ctl_say (ctl, "    %s", record->refusal_text);
}

/* ---- swap ---- */

/* Each code once, in the order given. */
static char **
dup_unique (char **codes)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) unique = g_ptr_array_new ();

  for (int i = 0; codes[i]; i++)
    if (g_hash_table_add (seen, codes[i]))
      g_ptr_array_add (unique, g_strdup (codes[i]));
  g_ptr_array_add (unique, NULL);
  return (char **)g_ptr_array_steal (unique, NULL);
}

/* What became of each; one that could not be swapped has its line among the problems. */
static gboolean
show_swapped (KaiCtl *ctl, char **codes, GError **error)
{
  KaiDatabase *db = kai_desk_get_database (ctl->desk);

  kai_ctl_begin_array (ctl, "ebills");
  for (int i = 0; codes[i]; i++)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (KaiNotice) notice = kai_notice_store_find (db, codes[i], &local);
      g_autoptr (KaiEbillRecord) record =
          notice ? kai_ebill_store_find_by_notice (db, notice->id, &local) : NULL;

      if (!record && local && !g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND))
        {
          kai_ctl_end_array (ctl);
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (!record)
        continue;
      write_record (ctl, record);
      if (record->sync == KAI_SYNC_REFUSED)
        kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
    }
  kai_ctl_end_array (ctl);
  return TRUE;
}

static gboolean
run_swap (KaiCtl *ctl, char **args, GError **error)
{
  g_auto (GStrv) codes = NULL;
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  guint asked;

  if (all_paid ? args[0] != NULL : args[0] == NULL)
    return kai_ctl_usage (error, _ ("Give payment codes, or --all-paid."));
  if (!kai_ctl_prepare (ctl, 0, error))
    return FALSE;
  if (!kai_desk_get_key (ctl->desk))
    return kai_net_fail (error, KAI_NET_ERROR_NO_KEY,
                         _ ("E-bills are signed with your certificate. Give --key and the PIN."));
  kai_ctl_deliver (ctl);
  kai_ctl_receive (ctl);
  codes = all_paid ? kai_desk_list_swappable (ctl->desk, error) : dup_unique (args);
  if (!codes || !kai_desk_swap_each (ctl->desk, codes, problems, error))
    return FALSE;
  kai_ctl_deliver (ctl);
  if (!show_swapped (ctl, codes, error))
    return FALSE;
  kai_ctl_problems (ctl, "problems", problems);
  if (problems->len > 0)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
  asked = g_strv_length (codes) - problems->len;
  kai_ctl_say (ctl, ngettext ("%u notice swapped", "%u notices swapped", asked), asked);
  return TRUE;
}

/* ---- list ---- */

static gboolean
run_list (KaiCtl *ctl, char **args, GError **error)
{
  KaiDesk *desk = kai_ctl_desk (ctl, error);
  g_autoptr (GPtrArray) records = NULL;

  if (limit < 0)
    return kai_ctl_usage (error, _ ("--limit must not be negative."));
  records = desk ? kai_ebill_store_list (kai_desk_get_database (desk), batch, limit, error) : NULL;
  if (!records)
    return FALSE;
  kai_ctl_begin_array (ctl, "ebills");
  for (guint i = 0; i < records->len; i++)
    write_record (ctl, records->pdata[i]);
  kai_ctl_end_array (ctl);
  return TRUE;
}

/* ---- file ---- */

static gboolean
write_file (KaiCtl *ctl, const KaiEbillRecord *record, const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  gsize length;
  const char *data;

  if (!record->file)
    return kai_data_fail (
        error, KAI_DATA_ERROR_NOT_FOUND,
        _ ("The file of the e-bill of notice %s has not come yet. Run “kaipiaoctl "
           "sync”."),
        record->payment_code);
  data = g_bytes_get_data (record->file, &length);
  if (!g_file_set_contents_full (path, data, length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &local))
    return kai_data_fail (error, KAI_DATA_ERROR_IO, _ ("The e-bill file cannot be written: %s"),
                          local->message);
  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "payment_code", record->payment_code);
  kai_ctl_member (ctl, "number", record->number);
  kai_ctl_member (ctl, "file", path);
  kai_ctl_end_object (ctl);
  return TRUE;
}

static KaiEbillRecord *
find_record (KaiDatabase *db, const char *code, GError **error)
{
  g_autoptr (KaiNotice) notice = NULL;
  KaiEbillRecord *record;

  if (kai_ebill_number_is_valid (code))
    record = kai_ebill_store_find_by_number (db, code, error);
  else
    {
      notice = kai_notice_store_find (db, code, error);
      record = notice ? kai_ebill_store_find_by_notice (db, notice->id, error) : NULL;
    }
  if (!record && error && !*error)
    kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND, _ ("There is no e-bill of %s here."), code);
  return record;
}

static gboolean
write_many (KaiCtl *ctl, KaiDatabase *db, GPtrArray *ids, GError **error)
{
  if (g_mkdir_with_parents (output, 0700) != 0)
    return kai_data_fail (error, KAI_DATA_ERROR_IO, _ ("The directory %s cannot be made."), output);
  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (KaiEbillRecord) record =
          kai_ebill_store_load (db, *(gint64 *)ids->pdata[i], error);
      g_autofree char *name =
          record ? g_strconcat (record->code, "-", record->number, ".xml", NULL) : NULL;
      g_autofree char *path = record ? g_build_filename (output, name, NULL) : NULL;

      if (!record || !write_file (ctl, record, path, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
collect_ids (KaiDatabase *db, char **args, GPtrArray *ids, GError **error)
{
  g_autoptr (GPtrArray) records = NULL;

  if (all || batch)
    {
      records = kai_ebill_store_list (db, batch, 0, error);
      if (!records)
        return FALSE;
      for (guint i = 0; i < records->len; i++)
        {
          const KaiEbillRecord *record = records->pdata[i];

          if (record->sync == KAI_SYNC_ACCEPTED)
            g_ptr_array_add (ids, g_memdup2 (&record->id, sizeof record->id));
        }
      return TRUE;
    }
  for (int i = 0; args[i]; i++)
    {
      g_autoptr (KaiEbillRecord) record = find_record (db, args[i], error);

      if (!record)
        return FALSE;
      g_ptr_array_add (ids, g_memdup2 (&record->id, sizeof record->id));
    }
  return TRUE;
}

static gboolean
run_file (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  gboolean many = all || batch || g_strv_length (args) > 1, ok;
  g_autoptr (KaiEbillRecord) record = NULL;
  KaiDatabase *db;

  if (!output || (!args[0] && !all && !batch))
    return kai_ctl_usage (error,
                          _ ("Give payment codes (or --all, --batch ID) and -o FILE or DIR."));
  if (!kai_ctl_desk (ctl, error))
    return FALSE;
  db = kai_desk_get_database (ctl->desk);
  if (!collect_ids (db, args, ids, error))
    return FALSE;
  kai_ctl_begin_array (ctl, "files");
  if (many)
    ok = write_many (ctl, db, ids, error);
  else
    {
      record = kai_ebill_store_load (db, *(gint64 *)ids->pdata[0], error);
      ok = record && write_file (ctl, record, output, error);
    }
  kai_ctl_end_array (ctl);
  if (ok)
    kai_ctl_say (ctl, ngettext ("%u file written to %s", "%u files written to %s", ids->len),
                 ids->len, output);
  return ok;
}

const KaiCtlCommand kai_ctl_ebill_commands[] = {
  { "ebill", "swap", "CODE…|--all-paid", N_ ("Swap paid notices for e-bills"), swap_entries,
    run_swap },
  { "ebill", "list", "", N_ ("List e-bills, newest first"), list_entries, run_list },
  { "ebill", "file", "CODE… -o FILE.xml|DIR", N_ ("Write e-bill files"), file_entries, run_file },
  { NULL },
};
