/* One voucher's fields by path: what the codec hands out and takes in. */
#include "messages/kai-record.h"
#include "messages/kai-net-error.h"
#include "messages/kai-record-private.h"
#include "values/kai-money.h"

#include <errno.h>
#include <glib/gi18n-lib.h>

KaiRecord *
kai_record_new (void)
{
  KaiRecord *record = g_new0 (KaiRecord, 1);

  record->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return record;
}

void
kai_record_free (KaiRecord *record)
{
  if (!record)
    return;
  g_hash_table_unref (record->values);
  g_clear_pointer (&record->lists, g_hash_table_unref);
  g_free (record);
}

void
kai_record_set (KaiRecord *record, const char *path, const char *value)
{
  g_hash_table_replace (record->values, g_strdup (path), g_strdup (value ? value : ""));
}

void
kai_record_take (KaiRecord *record, const char *path, char *value)
{
  g_hash_table_replace (record->values, g_strdup (path), value);
}

void
kai_record_set_money (KaiRecord *record, const char *path, gint64 fen)
{
  kai_record_take (record, path, kai_money_to_wire (fen));
}

void
kai_record_set_int (KaiRecord *record, const char *path, gint64 value)
{
  kai_record_take (record, path, g_strdup_printf ("%" G_GINT64_FORMAT, value));
}

const char *
kai_record_get (const KaiRecord *record, const char *path)
{
  const char *value = g_hash_table_lookup (record->values, path);

  return value ? value : "";
}

gboolean
kai_record_has (const KaiRecord *record, const char *path)
{
  return g_hash_table_contains (record->values, path);
}

gboolean
kai_record_get_money (const KaiRecord *record, const char *path, gint64 *fen, GError **error)
{
  KaiMoney money;

  if (!kai_money_parse_wire (kai_record_get (record, path), &money, NULL))
    return kai_net_fail (error, KAI_NET_ERROR_FIELD,
                         _ ("The field %s is not an amount with two decimals."), path);
  *fen = money;
  return TRUE;
}

gboolean
kai_record_get_int (const KaiRecord *record, const char *path, gint64 *value, GError **error)
{
  const char *text = kai_record_get (record, path);
  char *end = NULL;
  gint64 number;

  errno = 0;
  number = g_ascii_strtoll (text, &end, 10);
  /* strtoll also takes white space before the number. */
  if (errno || end == text || *end || !(g_ascii_isdigit (*text) || *text == '-' || *text == '+'))
    return kai_net_fail (error, KAI_NET_ERROR_FIELD, _ ("The field %s is not a whole number."),
                         path);
  *value = number;
  return TRUE;
}

/* ---- Lists ---- */

static GPtrArray *
get_list (const KaiRecord *record, const char *list)
{
  return record->lists ? g_hash_table_lookup (record->lists, list) : NULL;
}

KaiRecord *
kai_record_add (KaiRecord *record, const char *list)
{
  GPtrArray *array = get_list (record, list);
  KaiRecord *child = kai_record_new ();

  if (!array)
    {
      if (!record->lists)
        record->lists = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                               (GDestroyNotify)g_ptr_array_unref);
      array = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_record_free);
      g_hash_table_insert (record->lists, g_strdup (list), array);
    }
  g_ptr_array_add (array, child);
  return child;
}

guint
kai_record_get_n (const KaiRecord *record, const char *list)
{
  GPtrArray *array = get_list (record, list);

  return array ? array->len : 0;
}

const KaiRecord *
kai_record_nth (const KaiRecord *record, const char *list, guint n)
{
  GPtrArray *array = get_list (record, list);

  g_return_val_if_fail (array && n < array->len, NULL);
  return array->pdata[n];
}
