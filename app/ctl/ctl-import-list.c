/* Reading a list for a command: options, columns, checking. */
#include "ctl-import.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

KaiCtlListOptions kai_ctl_list = { .sheet = KAI_CTL_ANY_SHEET };

gboolean
kai_ctl_parse_kind (int *kind, GError **error)
{
  KaiImportKind parsed;

  *kind = -1;
  if (!kai_ctl_list.kind)
    return TRUE;
  if (!kai_import_kind_parse (kai_ctl_list.kind, &parsed))
    return kai_ctl_usage (error, _ ("--kind is “notices” or “education”, not “%s”."),
                          kai_ctl_list.kind);
  *kind = parsed;
  return TRUE;
}

/* ---- The list ---- */

/* "Column=Field": the first sign of equality that splits it into a column that is there. */
static gboolean
apply_map (KaiImportSheet *list, const char *entry, GError **error)
{
  g_autofree char *header = NULL;
  const char *sign = strchr (entry, '=');
  int column = -1;

  for (; sign && column < 0; sign = column < 0 ? strchr (sign + 1, '=') : sign)
    {
      g_free (header);
      header = g_strndup (entry, sign - entry);
      column = kai_import_sheet_find_header (list, header);
      if (column >= 0)
        return kai_import_sheet_set_column (list, column, sign + 1, error)
               || (kai_ctl_usage_from (error), FALSE);
    }
  if (!strchr (entry, '='))
    return kai_ctl_usage (error, _ ("--map is written Column=Field, such as 联系电话=mobile."));
  return kai_ctl_usage (error,
                        _ ("The list has no column “%s”. “kaipiaoctl import columns FILE” shows "
                           "those that are there."),
                        header);
}

static gboolean
apply_constant (KaiImportSheet *list, const char *entry, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (entry, "=", 2);
  KaiField field;

  if (g_strv_length (parts) != 2 || !kai_field_parse (parts[0], &field))
    return kai_ctl_usage (error, _ ("--set is written Field=Value, such as term=2026-2027-1."));
  return kai_import_sheet_set_constant (list, field, parts[1], error)
         || (kai_ctl_usage_from (error), FALSE);
}

/* What was remembered, then what the command says, which is remembered in turn. */
gboolean
kai_ctl_apply_layout (KaiCtl *ctl, KaiImportSheet *list, GError **error)
{
  KaiDatabase *db = kai_desk_get_database (ctl->desk);

  if (!kai_ctl_list.forget)
    kai_import_store_recall (db, list);
  if (kai_ctl_list.kind)
    {
      KaiImportKind kind;

      kai_import_kind_parse (kai_ctl_list.kind, &kind);
      kai_import_sheet_set_kind (list, kind);
    }
  for (int i = 0; kai_ctl_list.maps && kai_ctl_list.maps[i]; i++)
    if (!apply_map (list, kai_ctl_list.maps[i], error))
      return FALSE;
  for (int i = 0; kai_ctl_list.constants && kai_ctl_list.constants[i]; i++)
    if (!apply_constant (list, kai_ctl_list.constants[i], error))
      return FALSE;
  return (!kai_ctl_list.maps && !kai_ctl_list.constants)
         || kai_import_store_remember (db, list, error);
}

KaiImportSheet *
kai_ctl_open_list (KaiCtl *ctl, char **args, GError **error)
{
  gboolean any = kai_ctl_list.sheet == KAI_CTL_ANY_SHEET;
  KaiImportOptions options = { .kind = -1, .sheet = any ? 0 : kai_ctl_list.sheet };

  if (!kai_ctl_parse_kind (&options.kind, error))
    return NULL;
  if (g_strv_length (args) != 1)
    {
      kai_ctl_usage (error, _ ("Which workbook? Give one file."));
      return NULL;
    }
  if (kai_ctl_list.sheet < 1)
    {
      kai_ctl_usage (error, _ ("--sheet and --first are numbers from 1."));
      return NULL;
    }
  return kai_import_sheet_read (args[0], &options, kai_desk_get_base_data (ctl->desk), NULL, error);
}

/* Read, its columns settled, every row checked, and held against the ledger. */
KaiImportSheet *
kai_ctl_read_list (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiImportSheet) list = kai_ctl_open_list (ctl, args, error);

  if (!list || !kai_ctl_apply_layout (ctl, list, error)
      || !kai_import_sheet_require_complete (list, error)
      || !kai_import_sheet_check (list, NULL, error)
      || !kai_import_store_attach (kai_desk_get_database (ctl->desk), list, kai_ctl_list.fresh,
                                   error))
    return NULL;
  return g_steal_pointer (&list);
}

/* A file that is not a table we know is unreadable input, whatever is wrong with it. */
gboolean
kai_ctl_fail_unreadable (KaiCtl *ctl, GError *local, GError **error)
{
  const KaiExit status = kai_ctl_exit_of (local);

  if (status != KAI_EXIT_USAGE && status != KAI_EXIT_NOT_ALLOWED && status != KAI_EXIT_STORE
      && !g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_BUSY))
    kai_ctl_raise (ctl, KAI_EXIT_BAD_INPUT);
  g_propagate_error (error, local);
  return FALSE;
}
