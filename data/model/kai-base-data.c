/* Base data as the finance server gave it: records, sets of them, looking them up. */
#include "model/kai-base-data.h"

static const char *const standard_kinds[] = {
  [KAI_STANDARD_FIXED] = "fixed",
  [KAI_STANDARD_FREE] = "free",
  [KAI_STANDARD_RANGE] = "range",
};

const char *
kai_standard_kind_to_string (KaiStandardKind kind)
{
  g_return_val_if_fail ((guint)kind < G_N_ELEMENTS (standard_kinds), NULL);
  return standard_kinds[kind];
}

gboolean
kai_standard_kind_parse (const char *word, KaiStandardKind *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (standard_kinds); i++)
    if (g_strcmp0 (word, standard_kinds[i]) == 0)
      {
        *out = i;
        return TRUE;
      }
  return FALSE;
}

/* ---- Records ---- */

KaiItem *
kai_item_new (void)
{
  KaiItem *item = g_new0 (KaiItem, 1);

  item->code = g_strdup ("");
  item->name = g_strdup ("");
  item->unit_of_measure = g_strdup ("");
  item->bill_type = g_strdup ("");
  return item;
}

KaiItem *
kai_item_copy (const KaiItem *item)
{
  KaiItem *copy = g_new0 (KaiItem, 1);

  *copy = *item;
  copy->code = g_strdup (item->code);
  copy->name = g_strdup (item->name);
  copy->unit_of_measure = g_strdup (item->unit_of_measure);
  copy->bill_type = g_strdup (item->bill_type);
  return copy;
}

void
kai_item_free (KaiItem *item)
{
  if (!item)
    return;
  g_free (item->code);
  g_free (item->name);
  g_free (item->unit_of_measure);
  g_free (item->bill_type);
  g_free (item);
}

KaiBillType *
kai_bill_type_new (void)
{
  KaiBillType *type = g_new0 (KaiBillType, 1);

  type->code = g_strdup ("");
  type->name = g_strdup ("");
  type->version = g_strdup ("");
  type->version_name = g_strdup ("");
  type->ebill_code = g_strdup ("");
  type->specimen = g_strdup ("");
  return type;
}

void
kai_bill_type_free (KaiBillType *type)
{
  if (!type)
    return;
  g_free (type->code);
  g_free (type->name);
  g_free (type->version);
  g_free (type->version_name);
  g_free (type->ebill_code);
  g_free (type->specimen);
  g_free (type);
}

KaiUnit *
kai_unit_new (void)
{
  KaiUnit *unit = g_new0 (KaiUnit, 1);

  unit->code = g_strdup ("");
  unit->name = g_strdup ("");
  unit->region = g_strdup ("");
  unit->credit_code = g_strdup ("");
  unit->assigner = g_strdup ("");
  unit->account_type = g_strdup ("");
  unit->account_name = g_strdup ("");
  unit->account = g_strdup ("");
  unit->account_bank = g_strdup ("");
  unit->account_bank_no = g_strdup ("");
  return unit;
}

void
kai_unit_free (KaiUnit *unit)
{
  if (!unit)
    return;
  g_free (unit->code);
  g_free (unit->name);
  g_free (unit->region);
  g_free (unit->credit_code);
  g_free (unit->assigner);
  g_free (unit->account_type);
  g_free (unit->account_name);
  g_free (unit->account);
  g_free (unit->account_bank);
  g_free (unit->account_bank_no);
  g_free (unit);
}

KaiUser *
kai_user_new (void)
{
  KaiUser *user = g_new0 (KaiUser, 1);

  user->code = g_strdup ("");
  user->name = g_strdup ("");
  user->unit_code = g_strdup ("");
  user->roles = g_strdup ("");
  return user;
}

void
kai_user_free (KaiUser *user)
{
  if (!user)
    return;
  g_free (user->code);
  g_free (user->name);
  g_free (user->unit_code);
  g_free (user->roles);
  g_free (user);
}

KaiUserCertificate *
kai_user_certificate_new (const char *code, const char *user_code, const char *content)
{
  KaiUserCertificate *certificate = g_new0 (KaiUserCertificate, 1);

  certificate->code = g_strdup (code);
  certificate->user_code = g_strdup (user_code);
  certificate->content = g_strdup (content);
  return certificate;
}

void
kai_user_certificate_free (KaiUserCertificate *certificate)
{
  if (!certificate)
    return;
  g_free (certificate->code);
  g_free (certificate->user_code);
  g_free (certificate->content);
  g_free (certificate);
}

/* ---- The set ---- */

KaiBaseData *
kai_base_data_new (void)
{
  KaiBaseData *data = g_new0 (KaiBaseData, 1);

  data->version = g_strdup ("");
  data->units = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_unit_free);
  data->users = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_user_free);
  data->certificates = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_user_certificate_free);
  data->items = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_item_free);
  data->bill_types = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_bill_type_free);
  data->holders = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_user_free);
  data->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  data->holidays = g_hash_table_new (NULL, NULL);
  return data;
}

void
kai_base_data_free (KaiBaseData *data)
{
  if (!data)
    return;
  g_free (data->version);
  g_ptr_array_unref (data->units);
  g_ptr_array_unref (data->users);
  g_ptr_array_unref (data->certificates);
  g_ptr_array_unref (data->items);
  g_ptr_array_unref (data->bill_types);
  g_ptr_array_unref (data->holders);
  g_hash_table_unref (data->settings);
  g_hash_table_unref (data->holidays);
  g_free (data);
}

/* Every record begins with its code. */
static gpointer
find_by_code (GPtrArray *records, const char *code)
{
  for (guint i = 0; code && i < records->len; i++)
    {
      const char *const *record = g_ptr_array_index (records, i);

      if (g_str_equal (record[0], code))
        return (gpointer)record;
    }
  return NULL;
}

G_STATIC_ASSERT (G_STRUCT_OFFSET (KaiItem, code) == 0);
G_STATIC_ASSERT (G_STRUCT_OFFSET (KaiBillType, code) == 0);
G_STATIC_ASSERT (G_STRUCT_OFFSET (KaiUnit, code) == 0);
G_STATIC_ASSERT (G_STRUCT_OFFSET (KaiUser, code) == 0);

const KaiItem *
kai_base_data_find_item (const KaiBaseData *data, const char *code)
{
  return find_by_code (data->items, code);
}

const KaiBillType *
kai_base_data_find_bill_type (const KaiBaseData *data, const char *code)
{
  return find_by_code (data->bill_types, code);
}

const KaiUnit *
kai_base_data_find_unit (const KaiBaseData *data, const char *code)
{
  return find_by_code (data->units, code);
}

const KaiUser *
kai_base_data_find_user (const KaiBaseData *data, const char *code)
{
  return find_by_code (data->users, code);
}

const char *
kai_base_data_get_setting (const KaiBaseData *data, const char *key, const char *fallback)
{
  const char *value = g_hash_table_lookup (data->settings, key);

  return value ? value : fallback;
}

KaiCalendar *
kai_base_data_build_calendar (const KaiBaseData *data)
{
  KaiCalendar *calendar = kai_calendar_new ();
  GHashTableIter iter;
  gpointer day, working;

  g_hash_table_iter_init (&iter, data->holidays);
  while (g_hash_table_iter_next (&iter, &day, &working))
    kai_calendar_set (calendar, GPOINTER_TO_INT (day), GPOINTER_TO_INT (working) != 0);
  return calendar;
}
