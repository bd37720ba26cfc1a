/* The model of the outbox test, and the desk it is held against. */
#include "outbox-model.h"

void
model_notice_free (Notice *notice)
{
  g_free (notice->code);
  g_free (notice->ebill_number);
  g_free (notice);
}

void
model_letter_free (Letter *letter)
{
  g_free (letter->msg_id);
  g_array_unref (letter->subjects);
  g_clear_pointer (&letter->answer, kai_message_free);
  g_free (letter);
}

gboolean
model_one_in (int n)
{
  return g_test_rand_int_range (0, n) == 0;
}

/* Mostly a young one: they are where things happen. */
Notice *
model_any_notice (Model *m)
{
  int n = (int)m->notices->len;
  int back = model_one_in (10) ? n : MIN (n, 40);

  return n ? m->notices->pdata[n - 1 - g_test_rand_int_range (0, back)] : NULL;
}

Notice *
model_subject_of (Model *m, const Letter *letter, guint i)
{
  gint64 id = g_array_index (letter->subjects, gint64, i);
  gboolean ebill = strstr ("8999 8981 8982", letter->number) != NULL;
  Notice *notice = g_hash_table_lookup (ebill ? m->by_ebill : m->by_id, &id);

  g_assert_nonnull (notice);
  return notice;
}

/* ---- the desk ---- */

void
model_open_desk (Model *m)
{
  static const char *const in_memory[] = { "PRAGMA synchronous = OFF",
                                           "PRAGMA locking_mode = EXCLUSIVE",
                                           "PRAGMA cache_size = -300000",
                                           "PRAGMA wal_autocheckpoint = 20000" };
  g_autoptr (KaiKey) key = kai_key_new_for_pkey (m->clerk->pkey, m->clerk->certificate);
  g_autoptr (GError) error = NULL;

  m->desk = kai_desk_open (m->connection, key, &error);
  g_assert_no_error (error);
  /* This is about what is written, not about whether a disk keeps it or who else reads it. */
  for (gsize i = 0; i < G_N_ELEMENTS (in_memory); i++)
    {
      g_assert_true (kai_database_run (m->desk->db, &error, in_memory[i], NULL));
      g_assert_no_error (error);
    }
}

static char *
text (const char *value)
{
  return g_strdup (value);
}

void
model_store_base_data (Model *m)
{
  g_autoptr (KaiBaseData) base = kai_base_data_new ();
  g_autoptr (GError) error = NULL;
  KaiUnit *unit = kai_unit_new ();
  KaiUser *user = kai_user_new ();
  KaiItem *item = kai_item_new ();
  KaiBillType *type = kai_bill_type_new ();
  struct
  {
    char **field;
    const char *value;
  } fields[] = {
    { &base->version, "1" },
    { &unit->code, UNIT },
    { &unit->name, "第一中学" },
    { &unit->region, REGION },
    { &unit->assigner, "001" },
    { &unit->account_type, "1" },
    { &unit->account_name, "专户" },
    { &unit->account, "1001" },
    { &unit->account_bank, "农商行" },
    { &unit->account_bank_no, "3140000001" },
    { &user->code, CLERK },
    { &user->name, "张三" },
    { &user->unit_code, UNIT },
    { &user->roles, "clerk reviewer" },
    { &item->code, ITEM },
    { &item->name, "学费" },
    { &item->unit_of_measure, "学期" },
    { &item->bill_type, "E01" },
    { &type->code, "E01" },
    { &type->name, "统一票据（电子）" },
    { &type->version, "2026" },
    { &type->version_name, "2026版" },
    { &type->ebill_code, "32010126" },
    { &type->specimen, "3201012601" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_free (*fields[i].field);
      *fields[i].field = text (fields[i].value);
    }
  base->fetched_at = g_get_real_time () / G_USEC_PER_SEC;
  item->standard = KAI_STANDARD_FREE;
  type->electronic = TRUE;
  type->number_width = 10;
  g_ptr_array_add (base->units, unit);
  g_ptr_array_add (base->users, user);
  g_ptr_array_add (base->items, item);
  g_ptr_array_add (base->bill_types, type);
  g_assert_true (kai_base_data_store_replace (m->desk->db, base, &error));
  g_assert_true (kai_desk_reload_base_data (m->desk, &error));
  g_assert_no_error (error);
}
