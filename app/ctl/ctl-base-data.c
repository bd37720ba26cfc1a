/* kaipiaoctl base-data: refresh and show. */
#include "kai-ctl.h"

#include <glib/gi18n-lib.h>

static void
show_item (KaiCtl *ctl, const KaiItem *item)
{
  g_autofree char *min = kai_money_to_display (item->min);
  g_autofree char *max = kai_money_to_display (item->max);

  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "code", item->code);
  kai_ctl_member (ctl, "name", item->name);
  kai_ctl_member (ctl, "unit", item->unit_of_measure);
  kai_ctl_member (ctl, "standard", kai_standard_kind_to_string (item->standard));
  kai_ctl_member_money (ctl, "min", item->min);
  kai_ctl_member_money (ctl, "max", item->max);
  kai_ctl_member (ctl, "bill_type", item->bill_type);
  kai_ctl_end_object (ctl);
  if (item->standard == KAI_STANDARD_FREE)
    kai_ctl_say (ctl, _ ("%s  %s (%s, any amount)"), item->code, item->name, item->unit_of_measure);
  else if (item->standard == KAI_STANDARD_FIXED)
    kai_ctl_say (ctl, _ ("%s  %s (%s, %s yuan)"), item->code, item->name, item->unit_of_measure,
                 min);
  else
    kai_ctl_say (ctl, _ ("%s  %s (%s, %s to %s yuan)"), item->code, item->name,
                 item->unit_of_measure, min, max);
}

static void
show_bill_type (KaiCtl *ctl, const KaiBillType *type)
{
  kai_ctl_begin_object (ctl);
  kai_ctl_member (ctl, "code", type->code);
  kai_ctl_member (ctl, "name", type->name);
  kai_ctl_member (ctl, "version", type->version);
  kai_ctl_member (ctl, "version_name", type->version_name);
  kai_ctl_member_bool (ctl, "electronic", type->electronic);
  kai_ctl_member (ctl, "ebill_code", type->ebill_code);
  kai_ctl_member_int (ctl, "number_width", type->number_width);
  kai_ctl_end_object (ctl);
  kai_ctl_say (ctl, "%s  %s (%s)", type->code, type->name,
               type->electronic ? _ ("electronic") : _ ("paper"));
}

static void
show_users (KaiCtl *ctl, const char *name, GPtrArray *users)
{
  kai_ctl_begin_array (ctl, name);
  for (guint i = 0; i < users->len; i++)
    {
      const KaiUser *user = users->pdata[i];

      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "code", user->code);
      kai_ctl_member (ctl, "name", user->name);
      kai_ctl_end_object (ctl);
    }
  kai_ctl_end_array (ctl);
}

static void
show (KaiCtl *ctl, KaiDesk *desk)
{
  const KaiBaseData *base = kai_desk_get_base_data (desk);
  const KaiUnit *unit = kai_desk_get_unit (desk);
  gint64 age = g_get_real_time () / G_USEC_PER_SEC - base->fetched_at;

  kai_ctl_member (ctl, "version", base->version);
  kai_ctl_member_int (ctl, "age_s", *base->version ? MAX (age, 0) : -1);
  kai_ctl_member (ctl, "unit", unit ? unit->code : "");
  kai_ctl_member (ctl, "unit_name", unit ? unit->name : "");
  kai_ctl_say (ctl, _ ("Unit: %s"), unit ? unit->name : _ ("(no base data yet)"));
  kai_ctl_begin_array (ctl, "bill_types");
  for (guint i = 0; i < base->bill_types->len; i++)
    show_bill_type (ctl, base->bill_types->pdata[i]);
  kai_ctl_end_array (ctl);
  kai_ctl_begin_array (ctl, "items");
  for (guint i = 0; i < base->items->len; i++)
    show_item (ctl, base->items->pdata[i]);
  kai_ctl_end_array (ctl);
  show_users (ctl, "users", base->users);
  show_users (ctl, "holders", base->holders);
}

static gboolean
run_refresh (KaiCtl *ctl, char **args, GError **error)
{
  KaiDesk *desk = kai_ctl_desk (ctl, error);
  KaiSyncEngine *engine = desk ? kai_ctl_engine (ctl) : NULL;

  if (!desk)
    return FALSE;
  if (engine && !kai_sync_engine_refresh_base_data (engine, NULL, error))
    return FALSE;
  if (!engine && !ctl->link_error)
    return kai_ctl_usage (error, _ ("Refreshing needs a connection; leave out --offline."));
  /* A first contact also leases payment codes, so that notices can be issued offline from now on. */
  if (engine
      && !kai_sync_engine_ensure_lease (engine, kai_desk_get_profile (desk)->lease_low_water, NULL,
                                        error))
    return FALSE;
  show (ctl, desk);
  return TRUE;
}

static gboolean
run_show (KaiCtl *ctl, char **args, GError **error)
{
  KaiDesk *desk = kai_ctl_desk (ctl, error);

  if (!desk)
    return FALSE;
  show (ctl, desk);
  return TRUE;
}

const KaiCtlCommand kai_ctl_base_data_commands[] = {
  { "base-data", "refresh", "", N_ ("Fetch base data (items, bill types, unit) from the server"),
    NULL, run_refresh },
  { "base-data", "show", "", N_ ("Show the base data that is kept here"), NULL, run_show },
  { NULL },
};
