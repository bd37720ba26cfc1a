/* kaipiaoctl stock: list, movements, history of a number. */
#include "kai-ctl.h"

#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

static char *type, *version, *first, *last, *from, *to, *reason, *holder;

#define TYPE_ENTRY                                                                                 \
  {                                                                                                \
    "type", 0, 0, G_OPTION_ARG_STRING, &type, N_ ("Bill type"), N_ ("CODE")                        \
  }
static const GOptionEntry move_entries[] = {
  TYPE_ENTRY,
  { "version", 0, 0, G_OPTION_ARG_STRING, &version, N_ ("Bill version (default: the type's)"),
    N_ ("CODE") },
  { "first", 0, 0, G_OPTION_ARG_STRING, &first, N_ ("First number"), "N" },
  { "last", 0, 0, G_OPTION_ARG_STRING, &last, N_ ("Last number (default: the first)"), "N" },
  { "from", 0, 0, G_OPTION_ARG_STRING, &from, N_ ("Holder that gives (default: the unit)"),
    N_ ("HOLDER") },
  { "to", 0, 0, G_OPTION_ARG_STRING, &to, N_ ("Holder that gets"), N_ ("HOLDER") },
  { "reason", 0, 0, G_OPTION_ARG_STRING, &reason, N_ ("Why"), N_ ("TEXT") },
  { NULL },
};
static const GOptionEntry list_entries[] = {
  { "holder", 0, 0, G_OPTION_ARG_STRING, &holder, N_ ("Only this holder"), N_ ("HOLDER") },
  { NULL },
};
static const GOptionEntry history_entries[] = { TYPE_ENTRY, { NULL } };

static void
write_range (KaiCtl *ctl, const KaiStockRange *range)
{
  g_autofree char *start = kai_number_range_format (range->range.first, range->range.width);
  g_autofree char *end = kai_number_range_format (range->range.last, range->range.width);

  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "type", range->type);
  kai_ctl_member (ctl, "version", range->version);
  kai_ctl_member (ctl, "holder", range->holder);
  kai_ctl_member (ctl, "state", kai_stock_state_to_string (range->state));
  kai_ctl_member (ctl, "first", start);
  kai_ctl_member (ctl, "last", end);
  kai_ctl_member_int (ctl, "count", kai_number_range_count (&range->range));
  kai_ctl_end_object (ctl);
  kai_ctl_say (ctl, "%s %s  %s  %s  %s–%s  %" G_GINT64_FORMAT, range->type, range->version,
               range->holder, kai_stock_state_label (range->state), start, end,
               kai_number_range_count (&range->range));
}

static gboolean
write_stock (KaiCtl *ctl, const char *of, GError **error)
{
  g_autoptr (GPtrArray) ranges = kai_stock_list (kai_desk_get_database (ctl->desk), of, error);

  if (!ranges)
    return FALSE;
  kai_ctl_begin_array (ctl, "ranges");
  for (guint i = 0; i < ranges->len; i++)
    write_range (ctl, ranges->pdata[i]);
  kai_ctl_end_array (ctl);
  return TRUE;
}

/* What the bureau has issued lately is worth knowing, but the list is there without it. */
static gboolean
refresh (KaiCtl *ctl, GError **error)
{
  KaiSyncEngine *engine;
  KaiSyncResult result = { 0 };
  g_autoptr (GError) local = NULL;

  if (!kai_ctl_desk (ctl, error))
    return FALSE;
  engine = kai_ctl_engine (ctl);
  if (engine && !kai_sync_engine_run (engine, 0, &result, NULL, &local))
    {
      kai_ctl_end_progress ();
      kai_ctl_raise (ctl, kai_ctl_exit_of (local));
      g_printerr ("%s\n", local->message);
    }
  return TRUE;
}

static gboolean
run_list (KaiCtl *ctl, char **args, GError **error)
{
  return kai_ctl_desk (ctl, error) && write_stock (ctl, holder, error);
}

/* ---- movements ---- */

static gboolean
fill_move (KaiCtl *ctl, KaiMoveKind kind, KaiStockMove *move, GError **error)
{
  const KaiBaseData *base = kai_desk_get_base_data (ctl->desk);
  const KaiUnit *unit = kai_desk_get_unit (ctl->desk);
  const KaiBillType *known = type ? kai_base_data_find_bill_type (base, type) : NULL;

  if (!type || !first)
    return kai_ctl_usage (error, _ ("A movement needs --type CODE and --first N (and --last N)."));
  if (!known)
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                          _ ("There is no bill type %s in the base data. See “kaipiaoctl base-data "
                             "show”."),
                          type);
  if (!unit)
    return kai_data_fail (
        error, KAI_DATA_ERROR_NOT_FOUND,
        _ ("There is no base data of your unit here yet. Run “kaipiaoctl base-data "
           "refresh”."));
  if (kind == KAI_MOVE_DISTRIBUTE && !to)
    return kai_ctl_usage (error, _ ("To whom? Give --to HOLDER."));
  if (kind == KAI_MOVE_VOID && !reason)
    return kai_ctl_usage (error, _ ("Voiding needs --reason TEXT."));
  move->kind = kind;
  move->type = type;
  move->version = version ? version : known->version;
  move->from = from ? from : unit->code;
  /* Without a holder a return goes to the bureau, which is known by its node. */
  if (!to && kind == KAI_MOVE_RETURN)
    to = g_strconcat ("F", unit->region, NULL);
  move->to = to ? to : move->from;
  move->reason = reason ? reason : "";
  move->user = "";
  return kai_number_range_parse (first, last ? last : first, &move->range, error);
}

static gboolean
check_holder (KaiCtl *ctl, const char *code, GError **error)
{
  const KaiBaseData *base = kai_desk_get_base_data (ctl->desk);
  const KaiUnit *unit = kai_desk_get_unit (ctl->desk);

  if (g_strcmp0 (code, unit->code) == 0 || kai_base_data_find_user (base, code))
    return TRUE;
  for (guint i = 0; i < base->holders->len; i++)
    if (g_str_equal (((const KaiUser *)base->holders->pdata[i])->code, code))
      return TRUE;
  return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                        _ ("%s may not hold bills of your unit. See “kaipiaoctl base-data show”."),
                        code);
}

static gboolean
run_move (KaiCtl *ctl, KaiMoveKind kind, GError **error)
{
  KaiStockMove move = { 0 };
  gint64 id, before;

  if (!refresh (ctl, error) || !fill_move (ctl, kind, &move, error)
      || (kind == KAI_MOVE_DISTRIBUTE && !check_holder (ctl, move.to, error)))
    return FALSE;
  id = kai_desk_move_stock (ctl->desk, &move, error);
  if (id == 0)
    return FALSE;
  before = kai_ctl_last_line (ctl);
  kai_ctl_deliver (ctl);
  kai_ctl_member_int (ctl, "movement", id);
  kai_ctl_refusals (ctl, before);
  return write_stock (ctl, NULL, error);
}

static gboolean
run_receive (KaiCtl *ctl, char **args, GError **error)
{
  return run_move (ctl, KAI_MOVE_RECEIVE, error);
}

static gboolean
run_distribute (KaiCtl *ctl, char **args, GError **error)
{
  return run_move (ctl, KAI_MOVE_DISTRIBUTE, error);
}

static gboolean
run_return (KaiCtl *ctl, char **args, GError **error)
{
  return run_move (ctl, KAI_MOVE_RETURN, error);
}

static gboolean
run_void (KaiCtl *ctl, char **args, GError **error)
{
  return run_move (ctl, KAI_MOVE_VOID, error);
}

static gboolean
run_write_off (KaiCtl *ctl, char **args, GError **error)
{
  return run_move (ctl, KAI_MOVE_WRITE_OFF, error);
}

/* ---- history ---- */

static gboolean
run_history (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (GPtrArray) moves = NULL;

  if (g_strv_length (args) != 1)
    return kai_ctl_usage (error, _ ("Which bill? Give one number."));
  if (!kai_ctl_desk (ctl, error))
    return FALSE;
  moves = kai_stock_history (kai_desk_get_database (ctl->desk), type, args[0], error);
  if (!moves)
    return FALSE;
  kai_ctl_begin_array (ctl, "history");
  for (guint i = 0; i < moves->len; i++)
    {
      const KaiStockMovement *move = moves->pdata[i];
      g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (move->at);
      g_autofree char *when = g_date_time_format (at, "%Y-%m-%d %H:%M:%S");

      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "at", when);
      kai_ctl_member (ctl, "kind", kai_move_kind_to_string (move->kind));
      kai_ctl_member (ctl, "type", move->type);
      kai_ctl_member (ctl, "from", move->from);
      kai_ctl_member (ctl, "to", move->to);
      kai_ctl_member (ctl, "user", move->user);
      kai_ctl_member (ctl, "reason", move->reason);
      kai_ctl_member (ctl, "sync", kai_sync_state_to_string (move->sync));
      kai_ctl_end_object (ctl);
      kai_ctl_say (ctl, "%s  %s  %s  %s → %s  %s", when, move->type,
                   kai_move_kind_to_string (move->kind), move->from, move->to,
                   kai_sync_state_label (move->sync));
    }
  kai_ctl_end_array (ctl);
  return TRUE;
}

#define MOVE_USAGE "--type CODE --first N [--last N]"

const KaiCtlCommand kai_ctl_stock_commands[] = {
  { "stock", "list", "", N_ ("Paper bills by type, holder and state"), list_entries, run_list },
  { "stock", "receive", MOVE_USAGE, N_ ("Take in a range that the bureau issued"), move_entries,
    run_receive },
  { "stock", "distribute", MOVE_USAGE " --to HOLDER", N_ ("Hand a range to a clerk or counter"),
    move_entries, run_distribute },
  { "stock", "return", MOVE_USAGE " [--reason TEXT]", N_ ("Return a range to the bureau"),
    move_entries, run_return },
  { "stock", "void", MOVE_USAGE " --reason TEXT", N_ ("Void spoiled or unusable numbers"),
    move_entries, run_void },
  { "stock", "write-off", MOVE_USAGE, N_ ("Close used and voided numbers"), move_entries,
    run_write_off },
  { "stock", "history", "NUMBER [--type CODE]", N_ ("Everything that happened to one number"),
    history_entries, run_history },
  { NULL },
};
