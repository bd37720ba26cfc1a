/* kaipiaoctl find: anything by any number, name or phone. */
#include "kai-ctl.h"

#include "search/kai-search.h"

#include <glib/gi18n-lib.h>

static int limit = 50;

static const GOptionEntry find_entries[] = {
  { "limit", 0, 0, G_OPTION_ARG_INT, &limit, N_ ("At most N of each kind, newest first (50)"),
    "N" },
  { NULL },
};

static void
write_hit (KaiCtl *ctl, const KaiSearchHit *hit)
{
  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "kind", kai_hit_kind_to_string (hit->kind));
  kai_ctl_member (ctl, "id", hit->id);
  kai_ctl_member (ctl, "summary", hit->summary);
  kai_ctl_end_object (ctl);
  kai_ctl_say (ctl, "%s  %s", hit->id, hit->summary);
}

static gboolean
run_find (KaiCtl *ctl, char **args, GError **error)
{
  KaiDesk *desk;
  g_autoptr (KaiSearchResult) result = NULL;

  if (g_strv_length (args) != 1 || !*args[0])
    return kai_ctl_usage (error, _ ("What is to be found? Give one number, name or phone."));
  if (limit < 1)
    return kai_ctl_usage (error, _ ("--limit needs a number from 1 on."));
  desk = kai_ctl_desk (ctl, error);
  if (!desk)
    return FALSE;
  result = kai_search (kai_desk_get_database (desk), args[0], limit, error);
  if (!result)
    return FALSE;
  kai_ctl_begin_array (ctl, "hits");
  for (guint i = 0; i < result->hits->len; i++)
    write_hit (ctl, result->hits->pdata[i]);
  kai_ctl_end_array (ctl);
  kai_ctl_member_bool (ctl, "more", result->more);
  if (result->more)
    g_printerr (_ ("There are more. Give more of the name or number, or a larger --limit.\n"));
  return TRUE;
}

const KaiCtlCommand kai_ctl_find_commands[] = {
  { "find", NULL, "TEXT", N_ ("Find notices and bills by any number, name or phone"), find_entries,
    run_find },
  { NULL },
};
