/* This term against the last one. */
#include "roster/kai-roster.h"

#include "import/kai-import-term.h"
#include "store/kai-notice-store.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

const char *
kai_roster_kind_to_string (KaiRosterKind kind)
{
  static const char *const words[] = { "new", "left", "class", "amount" };

  return kind < KAI_ROSTER_N_KINDS ? words[kind] : "";
}

const char *
kai_roster_kind_label (KaiRosterKind kind)
{
  switch (kind)
    {
    case KAI_ROSTER_NEW:
      return _ ("new");
    case KAI_ROSTER_LEFT:
      return _ ("left");
    case KAI_ROSTER_CLASS:
      return _ ("another class");
    case KAI_ROSTER_AMOUNT:
      return _ ("another amount");
    default:
      return "";
    }
}

void
kai_roster_change_free (KaiRosterChange *change)
{
  if (!change)
    return;
  g_free (change->payer);
  g_free (change->student_no);
  g_free (change->class_before);
  g_free (change->class_now);
  g_free (change);
}

void
kai_roster_free (KaiRoster *roster)
{
  if (!roster)
    return;
  g_ptr_array_unref (roster->changes);
  g_free (roster);
}

/* ---- Pupils ---- */

typedef struct
{
  const KaiNotice *notice; /* the first one: name and class */
  KaiMoney amount;
} Pupil;

/* A pupil stands under each of the two names by which the other list may know him. */
typedef struct
{
  GPtrArray *pupils; /* Pupil */
  GHashTable *by_id, *by_number;
} Pupils;

static char *
number_key (const KaiNotice *notice)
{
  return *notice->student_no ? g_strconcat (notice->student_no, "\n", notice->payer_name, NULL)
                             : g_strconcat ("\n", notice->payer_name, NULL);
}

static Pupil *
find_pupil (const Pupils *pupils, const KaiNotice *notice)
{
  g_autofree char *number = number_key (notice);
  Pupil *pupil = *notice->payer_id ? g_hash_table_lookup (pupils->by_id, notice->payer_id) : NULL;

  if (pupil)
    return pupil;
  pupil = g_hash_table_lookup (pupils->by_number, number);
  /* Two different identity numbers are two pupils, whatever their names. */
  return pupil && *notice->payer_id && *pupil->notice->payer_id ? NULL : pupil;
}

static Pupils *
gather (GPtrArray *notices)
{
  Pupils *pupils = g_new0 (Pupils, 1);

  pupils->pupils = g_ptr_array_new_with_free_func (g_free);
  pupils->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  pupils->by_number = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < notices->len; i++)
    {
      const KaiNotice *notice = notices->pdata[i];
      Pupil *pupil = find_pupil (pupils, notice);

      if (!pupil)
        {
          pupil = g_new0 (Pupil, 1);
          pupil->notice = notice;
          g_ptr_array_add (pupils->pupils, pupil);
          if (*notice->payer_id)
            g_hash_table_insert (pupils->by_id, notice->payer_id, pupil);
          g_hash_table_insert (pupils->by_number, number_key (notice), pupil);
        }
      kai_money_add (pupil->amount, notice->amount, &pupil->amount);
    }
  return pupils;
}

static void
pupils_free (Pupils *pupils)
{
  g_ptr_array_unref (pupils->pupils);
  g_hash_table_unref (pupils->by_id);
  g_hash_table_unref (pupils->by_number);
  g_free (pupils);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pupils, pupils_free)

/* ---- Comparing ---- */

static char *
class_of (const KaiNotice *notice)
{
  /* “高一(1)班” says the grade itself. */
  if (!*notice->grade || g_str_has_prefix (notice->class_name, notice->grade))
    return g_strdup (notice->class_name);
  return g_strconcat (notice->grade, notice->class_name, NULL);
}

/* The number of the class without that of the grade: "(3)班". */
static const char *
class_number (const char *name)
{
  const char *open = strstr (name, "(");
  const char *wide = strstr (name, "（");

  if (open || wide)
    return open ? open : wide;
  for (const char *p = name; *p; p = g_utf8_next_char (p))
    if (g_ascii_isdigit (*p))
      return p;
  return name;
}

static gboolean
same_class (const KaiNotice *before, const KaiNotice *now, gboolean promote)
{
  g_autofree char *was = class_of (before), *is = class_of (now);
  /* 高一（1）班 and 高一 (1) 班 are one class. */
  g_autofree char *old = kai_text_normalise_code (was), *new = kai_text_normalise_code (is);

  return strcmp (promote ? class_number (old) : old, promote ? class_number (new) : new) == 0;
}

static void
add_change (KaiRoster *roster, KaiRosterKind kind, const Pupil *before, const Pupil *now)
{
  KaiRosterChange *change = g_new0 (KaiRosterChange, 1);
  const KaiNotice *who = now ? now->notice : before->notice;

  change->kind = kind;
  change->payer = g_strdup (who->payer_name);
  change->student_no = g_strdup (who->student_no);
  change->class_before = before ? class_of (before->notice) : g_strdup ("");
  change->class_now = now ? class_of (now->notice) : g_strdup ("");
  change->before = before ? before->amount : 0;
  change->now = now ? now->amount : 0;
  g_ptr_array_add (roster->changes, change);
}

static int
compare_changes (gconstpointer a, gconstpointer b)
{
  const KaiRosterChange *left = *(KaiRosterChange *const *)a;
  const KaiRosterChange *right = *(KaiRosterChange *const *)b;
  int order = (int)left->kind - (int)right->kind;

  if (order == 0)
    order = strcmp (*left->class_now ? left->class_now : left->class_before,
                    *right->class_now ? right->class_now : right->class_before);
  return order ? order : strcmp (left->payer, right->payer);
}

KaiRoster *
kai_roster_compare (GPtrArray *before, GPtrArray *now, gboolean promote)
{
  KaiRoster *roster = g_new0 (KaiRoster, 1);
  g_autoptr (Pupils) old = gather (before);
  g_autoptr (Pupils) new = gather (now);
  g_autoptr (GHashTable) stayed = g_hash_table_new (NULL, NULL);

  roster->changes = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_roster_change_free);
  roster->before = (int)old->pupils->len;
  roster->now = (int)new->pupils->len;
  for (guint i = 0; i < new->pupils->len; i++)
    {
      const Pupil *pupil = new->pupils->pdata[i];
      Pupil *was = find_pupil (old, pupil->notice);
      guint changes = roster->changes->len;

      if (!was || !g_hash_table_add (stayed, was))
        {
          add_change (roster, KAI_ROSTER_NEW, NULL, pupil);
          continue;
        }
      if (!same_class (was->notice, pupil->notice, promote))
        add_change (roster, KAI_ROSTER_CLASS, was, pupil);
      if (was->amount != pupil->amount)
        add_change (roster, KAI_ROSTER_AMOUNT, was, pupil);
      roster->same += roster->changes->len == changes;
    }
  for (guint i = 0; i < old->pupils->len; i++)
    if (!g_hash_table_contains (stayed, old->pupils->pdata[i]))
      add_change (roster, KAI_ROSTER_LEFT, old->pupils->pdata[i], NULL);
  g_ptr_array_sort (roster->changes, compare_changes);
  return roster;
}

const char *
kai_roster_find_term (GPtrArray *notices)
{
  for (guint i = 0; i < notices->len; i++)
    if (*((const KaiNotice *)notices->pdata[i])->term)
      return ((const KaiNotice *)notices->pdata[i])->term;
  return "";
}

/* ---- From the ledger ---- */

typedef struct
{
  char *term, *plain;
} Term;

static void
term_free (Term *term)
{
  g_free (term->term);
  g_free (term->plain);
  g_free (term);
}

static int
compare_terms (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(Term *const *)b)->plain, (*(Term *const *)a)->plain);
}

static gboolean
has_term (GPtrArray *terms, const char *plain)
{
  for (guint i = 0; i < terms->len; i++)
    if (strcmp (((const Term *)terms->pdata[i])->plain, plain) == 0)
      return TRUE;
  return FALSE;
}

/* One term may be written in several ways: once each. */
static GPtrArray *
load_terms (KaiDatabase *db, const char *before, GError **error)
{
  g_autofree char *wanted = kai_import_plain_term (before);
  g_autoptr (GPtrArray) terms = g_ptr_array_new_with_free_func ((GDestroyNotify)term_free);
  gboolean row = TRUE;
  sqlite3_stmt *stmt = kai_database_prepare (
      db, "SELECT DISTINCT term FROM notice WHERE term <> '' ORDER BY term", error);

  if (!stmt)
    return NULL;
  while (row)
    {
      g_autofree char *found = NULL, *plain = NULL;
      Term *term;

      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      if (!row)
        break;
      found = kai_column_dup (stmt, 0);
      plain = kai_import_plain_term (found);
      if (strcmp (plain, wanted) >= 0 || has_term (terms, plain))
        continue;
      term = g_new0 (Term, 1);
      term->term = g_steal_pointer (&found);
      term->plain = g_steal_pointer (&plain);
      g_ptr_array_add (terms, term);
    }
  g_ptr_array_sort (terms, compare_terms);
  return g_steal_pointer (&terms);
}

char **
kai_roster_list_terms (KaiDatabase *db, const char *term, GError **error)
{
  g_autoptr (GPtrArray) terms = load_terms (db, term, error);
  char **list;

  if (!terms)
    return NULL;
  list = g_new0 (char *, terms->len + 1);
  for (guint i = 0; i < terms->len; i++)
    list[i] = g_strdup (((const Term *)terms->pdata[i])->term);
  return list;
}

char *
kai_roster_find_last_term (KaiDatabase *db, const char *term, GError **error)
{
  g_auto (GStrv) terms = kai_roster_list_terms (db, term, error);

  return terms ? g_strdup (terms[0]) : NULL;
}

static gboolean
add_term_ids (KaiDatabase *db, const char *wanted, GArray *ids, GError **error)
{
  gboolean row = TRUE;
  g_autofree char *last = NULL;
  gboolean last_fits = FALSE;
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT id, term FROM notice WHERE term <> '' AND sync <> 'refused' AND state <> 'void'"
      " ORDER BY term, class_name, id",
      error);

  if (!stmt)
    return FALSE;
  while (row)
    {
      const char *term;
      gint64 id;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (!row)
        break;
      id = sqlite3_column_int64 (stmt, 0);
      term = (const char *)sqlite3_column_text (stmt, 1);
      if (g_strcmp0 (term, last) != 0)
        {
          g_autofree char *plain = kai_import_plain_term (term);

          g_free (last);
          last = g_strdup (term);
          last_fits = strcmp (plain, wanted) == 0;
        }
      if (last_fits)
        g_array_append_val (ids, id);
    }
  return TRUE;
}

GPtrArray *
kai_roster_load_term (KaiDatabase *db, const char *term, GError **error)
{
  g_autofree char *wanted = kai_import_plain_term (term);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (!kai_database_require_vault (db, error) || !add_term_ids (db, wanted, ids, error))
    return NULL;
  return kai_notice_store_load_many (db, (const gint64 *)(gpointer)ids->data, ids->len, error);
}
