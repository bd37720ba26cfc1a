/* Which notices and e-bills a text finds. Each way to find something gives its ids newest first and stops at the limit; what they give is then put
 * together. */
#include "search/kai-search-private.h"

#include <string.h>

#include "store/kai-seal-private.h"

#define SHORTEST_BEGINNING 3
#define SHORTEST_END 4
#define EBILL_NUMBER_LENGTH 10
#define EBILL_CODE_LENGTH 8

/* ---- Ids ---- */

static int
compare_newest (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return x < y ? 1 : x > y ? -1 : 0;
}

/* Newest first, each once, at most @limit (0 = all). */
static void
tidy (GArray *ids, int limit)
{
  guint n = 0;

  g_array_sort (ids, compare_newest);
  for (guint i = 0; i < ids->len; i++)
    {
      gint64 id = g_array_index (ids, gint64, i);

      if (n == 0 || g_array_index (ids, gint64, n - 1) != id)
        g_array_index (ids, gint64, n++) = id;
    }
  g_array_set_size (ids, limit > 0 ? MIN (n, (guint)limit) : n);
}

/* ---- Payers ---- */

/* The ways of one kind as a query of the full-text table: (a AND b) OR c; NULL when there is none. */
static char *
build_match (GPtrArray *ways, gboolean is_exact)
{
  g_autoptr (GString) match = g_string_new (NULL);

  for (guint i = 0; i < ways->len; i++)
    {
      const KaiSearchWay *way = ways->pdata[i];

      if (way->is_exact != is_exact)
        continue;
      g_string_append (match, match->len > 0 ? " OR (" : "(");
      for (guint t = 0; t < way->tokens->len; t++)
        g_string_append_printf (match, "%s%s", t > 0 ? " AND " : "",
                                (const char *)way->tokens->pdata[t]);
      g_string_append_c (match, ')');
    }
  return match->len > 0 ? g_strdup (match->str) : NULL;
}

static sqlite3_stmt *
prepare_match (KaiDatabase *db, const char *match, int limit, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      db, "SELECT rowid FROM notice_search WHERE notice_search MATCH ? ORDER BY rowid DESC LIMIT ?",
      error);

  if (stmt)
    kai_statement_bind (stmt, "si", match, limit > 0 ? limit : -1);
  return stmt;
}

/* Whether a candidate really matches. */
static gboolean
verify (KaiDatabase *db, const KaiSearchText *text, gint64 id, gboolean *matches, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (db, "SELECT sealed FROM notice WHERE id = ?", error);
  g_auto (GStrv) person = NULL;
  gboolean row;

  *matches = FALSE;
  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "l", id);
  if (!kai_database_step (db, stmt, &row, error))
    return FALSE;
  if (!row)
    return TRUE;
  person = kai_seal_open_payer (db, stmt, 0, id, error);
  sqlite3_reset (stmt);
  if (person)
    {
      KaiSearchFields fields = { person[0], person[1], person[2] };

      *matches = kai_search_text_matches (text, &fields);
    }
  return person != NULL;
}

/* Candidates, opened one by one until enough of them match. */
static gboolean
find_verified (KaiDatabase *db, const KaiSearchText *text, const char *match, int limit,
               GArray *ids, GError **error)
{
  sqlite3_stmt *stmt = prepare_match (db, match, 0, error);
  gboolean row = TRUE, ok = stmt != NULL;
  int found = 0;

  while (ok && row && (limit == 0 || found < limit))
    {
      gboolean matches = FALSE;
      gint64 id;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      id = row ? sqlite3_column_int64 (stmt, 0) : 0;
      ok = !row || verify (db, text, id, &matches, error);
      if (matches)
        {
          g_array_append_val (ids, id);
          found++;
        }
    }
  if (stmt)
    sqlite3_reset (stmt);
  return ok;
}

static gboolean
find_payers (KaiDatabase *db, const KaiSearchText *text, int limit, GArray *ids, GError **error)
{
  KaiVault *vault = kai_database_get_vault (db);
  g_autoptr (GPtrArray) ways = vault ? kai_search_text_ways (text, vault) : NULL;
  g_autofree char *exact = ways ? build_match (ways, TRUE) : NULL;
  g_autofree char *others = ways ? build_match (ways, FALSE) : NULL;

  if (exact)
    {
      sqlite3_stmt *stmt = prepare_match (db, exact, limit, error);

      if (!stmt || !kai_database_read_ids (db, stmt, ids, error))
        return FALSE;
    }
  return !others || find_verified (db, text, others, limit, ids, error);
}

/* ---- Numbers that are stored in plain ---- */

/* Where such a number stands. Besides an index on it there is one on its last four characters and one on its head: as many characters as some ten
 * thousand rows have in common. SQL texts are whole, so that each is prepared once. */
typedef struct
{
  gsize head_length;
  const char *range;     /* ?1 to ?2, at most ?3 */
  const char *end;       /* ?1, at most ?2 */
  const char *next_head; /* the first after ?1 that comes before ?2 */
  const char *of_head;   /* of head ?1 those newer than ?2, at most ?3 */
} NumberQueries;

#define CODE_HEAD "substr (payment_code, 1, 15)"
#define NUMBER_HEAD "substr (number, 1, 6)"

static const NumberQueries notice_queries = {
  15,
  "SELECT id FROM notice WHERE payment_code >= ?1 AND payment_code < ?2 AND payment_code <> ''"
  " ORDER BY +id DESC LIMIT ?3",
  "SELECT id FROM notice WHERE substr (payment_code, -4) = substr (?1, -4)"
  " AND payment_code <> '' AND substr (payment_code, -length (?1)) = ?1 ORDER BY id DESC LIMIT ?2",
  "SELECT " CODE_HEAD " FROM notice WHERE payment_code <> '' AND " CODE_HEAD " > ?1"
  " AND " CODE_HEAD " < ?2 ORDER BY " CODE_HEAD " LIMIT 1",
  "SELECT id FROM notice WHERE payment_code <> '' AND " CODE_HEAD " = ?1 AND id > ?2"
  " ORDER BY id DESC LIMIT ?3",
};
/* The notices of e-bills. */
static const NumberQueries ebill_queries = {
  6,
  "SELECT DISTINCT notice_id FROM ebill WHERE number >= ?1 AND number < ?2 AND number <> ''"
  " ORDER BY notice_id DESC LIMIT ?3",
  "SELECT DISTINCT notice_id FROM ebill WHERE substr (number, -4) = substr (?1, -4)"
  " AND number <> '' AND substr (number, -length (?1)) = ?1 ORDER BY notice_id DESC LIMIT ?2",
  "SELECT " NUMBER_HEAD " FROM ebill WHERE number <> '' AND " NUMBER_HEAD " > ?1"
  " AND " NUMBER_HEAD " < ?2 ORDER BY " NUMBER_HEAD " LIMIT 1",
  "SELECT DISTINCT notice_id FROM ebill WHERE number <> '' AND " NUMBER_HEAD " = ?1"
  " AND notice_id > ?2 ORDER BY notice_id DESC LIMIT ?3",
};

static gboolean
is_digits (const char *text)
{
  for (const char *p = text; *p; p++)
    if (!g_ascii_isdigit (*p))
      return FALSE;
  return TRUE;
}

/* The first text after all that begin with @digits. */
static char *
end_of_range (const char *digits)
{
  return g_strconcat (digits, ":", NULL);
}

/* Those of one head, as long as they are newer than what there is enough of. */
static gboolean
read_head (KaiDatabase *db, const NumberQueries *queries, const char *head, int limit,
           GArray *found, GError **error)
{
  gint64 oldest = found->len == (guint)limit ? g_array_index (found, gint64, limit - 1) : 0;
  sqlite3_stmt *stmt = kai_database_prepare (db, queries->of_head, error);

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "sli", head, oldest, limit);
  if (!kai_database_read_ids (db, stmt, found, error))
    return FALSE;
  tidy (found, limit);
  return TRUE;
}

/* A short beginning may be that of all rows. The heads that begin with it are few, though, and the index knows the newest of each. */
static gboolean
find_by_heads (KaiDatabase *db, const NumberQueries *queries, const char *digits, const char *end,
               int limit, GArray *ids, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autofree char *head = g_strdup (digits);

  /* A number may be as short as the beginning itself. */
  if (!read_head (db, queries, head, limit, found, error))
    return FALSE;
  while (head)
    {
      g_autoptr (GError) local = NULL;
      char *next = kai_database_dup_text (db, &local, queries->next_head, "ss", head, end);

      g_free (head);
      head = next;
      if (local)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (head && !read_head (db, queries, head, limit, found, error))
        return FALSE;
    }
  g_array_append_vals (ids, found->data, found->len);
  return TRUE;
}

/* Numbers that begin alike lie together in their index, but not in the order of the rows. */
static gboolean
find_beginning (KaiDatabase *db, const NumberQueries *queries, const char *digits, int limit,
                GArray *ids, GError **error)
{
  g_autofree char *end = end_of_range (digits);
  sqlite3_stmt *stmt;

  if (limit > 0 && strlen (digits) <= queries->head_length)
    return find_by_heads (db, queries, digits, end, limit, ids, error);
  stmt = kai_database_prepare (db, queries->range, error);
  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "ssi", digits, end, limit > 0 ? limit : -1);
  return kai_database_read_ids (db, stmt, ids, error);
}

static gboolean
find_number (KaiDatabase *db, const NumberQueries *queries, const char *digits, int limit,
             GArray *ids, GError **error)
{
  gsize length = strlen (digits);
  sqlite3_stmt *stmt;

  if (length < SHORTEST_BEGINNING || !is_digits (digits))
    return TRUE;
  if (!find_beginning (db, queries, digits, limit, ids, error))
    return FALSE;
  if (length < SHORTEST_END)
    return TRUE;
  stmt = kai_database_prepare (db, queries->end, error);
  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "si", digits, limit > 0 ? limit : -1);
  return kai_database_read_ids (db, stmt, ids, error);
}

/* As it stands on the bill: the code, then the number or its beginning. */
static gboolean
find_code_and_number (KaiDatabase *db, const char *digits, int limit, GArray *ids, GError **error)
{
  gsize length = strlen (digits);
  g_autofree char *code = NULL, *end = NULL;
  sqlite3_stmt *stmt;

  if (length <= EBILL_NUMBER_LENGTH || length > EBILL_CODE_LENGTH + EBILL_NUMBER_LENGTH
      || !is_digits (digits))
    return TRUE;
  code = g_strndup (digits, EBILL_CODE_LENGTH);
  end = end_of_range (digits + EBILL_CODE_LENGTH);
  stmt = kai_database_prepare (db,
                               "SELECT DISTINCT notice_id FROM ebill WHERE number >= ?1"
                               " AND number < ?2 AND number <> '' AND code = ?3"
                               " ORDER BY notice_id DESC LIMIT ?4",
                               error);
  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "sssi", digits + EBILL_CODE_LENGTH, end, code, limit > 0 ? limit : -1);
  return kai_database_read_ids (db, stmt, ids, error);
}

static gboolean
find_by_ebill (KaiDatabase *db, const KaiSearchText *text, int limit, GArray *ids, GError **error)
{
  return find_number (db, &ebill_queries, text->code, limit, ids, error)
         && find_code_and_number (db, text->code, limit, ids, error);
}

GArray *
kai_search_by_ebill (KaiDatabase *db, const KaiSearchText *text, int limit, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (!find_by_ebill (db, text, limit, ids, error))
    return NULL;
  tidy (ids, limit);
  return g_steal_pointer (&ids);
}

gboolean
kai_search_text_is_ebill (const KaiSearchText *text, const char *code, const char *number)
{
  gsize length = strlen (text->code);
  g_autofree char *whole = g_strconcat (code, number, NULL);

  if (length < SHORTEST_BEGINNING || !is_digits (text->code))
    return FALSE;
  return g_str_has_prefix (number, text->code)
         || (length >= SHORTEST_END && g_str_has_suffix (number, text->code))
         || (length > EBILL_NUMBER_LENGTH && g_str_has_prefix (whole, text->code));
}

/* ---- Together ---- */

GArray *
kai_search_notices (KaiDatabase *db, const KaiSearchText *text, int limit, gboolean *more,
                    GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  int wanted = limit > 0 ? limit + 1 : 0;
  gboolean ok;

  if (!kai_database_begin_read (db, error))
    return NULL;
  ok = find_payers (db, text, wanted, ids, error)
       && find_number (db, &notice_queries, text->code, wanted, ids, error)
       && find_by_ebill (db, text, wanted, ids, error);
  kai_database_commit (db, NULL);
  if (!ok)
    return NULL;
  tidy (ids, wanted);
  if (more)
    *more = limit > 0 && ids->len > (guint)limit;
  if (limit > 0 && ids->len > (guint)limit)
    g_array_set_size (ids, (guint)limit);
  return g_steal_pointer (&ids);
}
