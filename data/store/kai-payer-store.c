/* The address book. Rows are sealed; what can be looked for stands beside them as blind tokens: letters and pairs of letters of the name and of
 * its initials, beginnings and ends of the numbers. A token only narrows down: each candidate is opened and compared. */
#include "store/kai-payer-store.h"

#include "model/kai-lookup.h"
#include "store/kai-sealed-column-private.h"
#include "values/kai-error.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define PURPOSE "payer"
#define COLUMNS "p.id, p.kind, p.sealed, p.uses, p.used_at"
#define MAX_NAME 100 /* as in a notice */
#define MAX_TOKENS 8 /* of a search: enough to narrow down */
#define MIN_NUMBER 3 /* digits from which a number is looked for */
#define MAX_NUMBER 30
#define ENDING 4

KaiPayer *
kai_payer_new (void)
{
  KaiPayer *payer = g_new0 (KaiPayer, 1);

  payer->kind = KAI_PAYER_PERSON;
  payer->name = g_strdup ("");
  payer->id_number = g_strdup ("");
  payer->mobile = g_strdup ("");
  return payer;
}

void
kai_payer_free (KaiPayer *payer)
{
  if (!payer)
    return;
  g_free (payer->name);
  g_free (payer->id_number);
  g_free (payer->mobile);
  g_free (payer);
}

KaiPayer *
kai_payer_copy (const KaiPayer *payer)
{
  KaiPayer *copy = kai_payer_new ();

  copy->id = payer->id;
  copy->kind = payer->kind;
  kai_notice_set (&copy->name, payer->name);
  kai_notice_set (&copy->id_number, payer->id_number);
  kai_notice_set (&copy->mobile, payer->mobile);
  copy->uses = payer->uses;
  copy->used_at = payer->used_at;
  return copy;
}

KaiPayer *
kai_payer_new_for_notice (const KaiNotice *notice)
{
  KaiPayer *payer = kai_payer_new ();

  payer->kind = notice->payer_kind;
  kai_notice_set (&payer->name, notice->payer_name);
  kai_notice_set (&payer->id_number, notice->payer_id);
  kai_notice_set (&payer->mobile, notice->mobile);
  payer->used_at = notice->created_at;
  return payer;
}

/* ---- What is looked for ---- */

/* Digits, and the X at the end of identity numbers; a credit code has letters between its digits. */
static gboolean
is_number (const char *code)
{
  gsize length = strlen (code);

  return length >= MIN_NUMBER && length <= MAX_NUMBER && g_ascii_isdigit (code[0])
         && strspn (code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == length;
}

static gboolean
number_fits (const char *number, const char *code)
{
  g_autofree char *normal = kai_text_normalise_code (number);

  return g_str_has_prefix (normal, code)
         || (strlen (code) == ENDING && g_str_has_suffix (normal, code));
}

gboolean
kai_payer_matches (const KaiPayer *payer, const char *typed)
{
  g_autofree char *code = kai_text_normalise_code (typed);

  return (is_number (code)
          && (number_fits (payer->id_number, code) || number_fits (payer->mobile, code)))
         || kai_lookup_fits (payer->name, typed);
}

/* ---- Tokens ---- */

typedef void (*TokenFunc) (KaiVault *vault, const char *kind, const char *text, gpointer data);

/* Each letter and each two neighbours. */
static void
split (KaiVault *vault, const char *kind, const char *text, TokenFunc func, gpointer data)
{
  for (const char *p = text; *p; p = g_utf8_next_char (p))
    {
      const char *next = g_utf8_next_char (p);
      const char *end = *next ? g_utf8_next_char (next) : next;
      g_autofree char *one = g_strndup (p, next - p);
      g_autofree char *two = g_strndup (p, end - p);

      func (vault, kind, one, data);
      if (end > next)
        func (vault, kind, two, data);
    }
}

static void
split_number (KaiVault *vault, const char *text, TokenFunc func, gpointer data)
{
  g_autofree char *code = kai_text_normalise_code (text);
  gsize length = strlen (code);

  for (gsize n = MIN_NUMBER; n <= MIN (length, MAX_NUMBER); n++)
    {
      g_autofree char *start = g_strndup (code, n);

      func (vault, "payer-number", start, data);
    }
  if (length > ENDING)
    func (vault, "payer-number", code + length - ENDING, data);
}

static void
collect_cb (KaiVault *vault, const char *kind, const char *text, gpointer data)
{
  char token[KAI_VAULT_TOKEN_SIZE];

  kai_vault_token (vault, kind, text, token);
  g_hash_table_add (data, g_strdup (token));
}

typedef struct
{
  KaiVault *vault;
  GHashTable *tokens;
} Collection;

static void
collect_initials_cb (const char *initials, gpointer data)
{
  Collection *collection = data;

  collect_cb (collection->vault, "payer-initials", initials, collection->tokens);
}

static GHashTable *
list_tokens (KaiVault *vault, const KaiPayer *payer)
{
  GHashTable *tokens = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *name = kai_lookup_fold (payer->name);
  Collection collection = { vault, tokens };

  split (vault, "payer-name", name, collect_cb, tokens);
  kai_lookup_foreach_initials (payer->name, collect_initials_cb, &collection);
  split_number (vault, payer->id_number, collect_cb, tokens);
  split_number (vault, payer->mobile, collect_cb, tokens);
  return tokens;
}

/* What makes two entries the same payer. */
static void
make_identity (KaiVault *vault, const KaiPayer *payer, gboolean with_number,
               char out[KAI_VAULT_TOKEN_SIZE])
{
  g_autofree char *number = kai_text_normalise_code (payer->id_number);
  g_autofree char *name = kai_lookup_fold (payer->name);
  g_autofree char *mobile = kai_text_normalise_code (payer->mobile);
  g_autofree char *text = with_number && *number
                              ? g_strconcat ("n", number, NULL)
                              : g_strconcat ("m", kai_payer_kind_to_string (payer->kind), "\n",
                                             name, "\n", mobile, NULL);

  kai_vault_token (vault, "payer-identity", text, out);
}

/* ---- Rows ---- */

static GBytes *
to_bytes (const KaiPayer *payer)
{
  g_autofree char *name = g_utf8_make_valid (payer->name, -1);
  g_autofree char *number = g_utf8_make_valid (payer->id_number, -1);
  g_autofree char *mobile = g_utf8_make_valid (payer->mobile, -1);
  g_autoptr (GVariant) variant =
      g_variant_ref_sink (g_variant_new ("(sssa{ss})", name, number, mobile, NULL));

  return g_variant_get_data_as_bytes (variant);
}

static gboolean
from_bytes (GBytes *bytes, KaiPayer *payer, GError **error)
{
  g_autoptr (GVariant) variant =
      g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("(sssa{ss})"), bytes, FALSE));
  const char *name, *number, *mobile;

  if (!g_variant_is_normal_form (variant))
    return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                          _ ("An entry of the address book is damaged. Delete it."));
  g_variant_get (variant, "(&s&s&s@a{ss})", &name, &number, &mobile, NULL);
  kai_notice_set (&payer->name, name);
  kai_notice_set (&payer->id_number, number);
  kai_notice_set (&payer->mobile, mobile);
  return TRUE;
}

static KaiPayer *
read_row (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  g_autoptr (KaiPayer) payer = kai_payer_new ();
  g_autoptr (GBytes) plain = NULL;

  payer->id = sqlite3_column_int64 (stmt, 0);
  kai_payer_kind_parse ((const char *)sqlite3_column_text (stmt, 1), &payer->kind);
  payer->uses = sqlite3_column_int (stmt, 3);
  payer->used_at = sqlite3_column_int64 (stmt, 4);
  plain = kai_sealed_open_column (db, stmt, 2, PURPOSE, payer->id, error);
  return plain && from_bytes (plain, payer, error) ? g_steal_pointer (&payer) : NULL;
}

static gboolean
write_tokens (KaiDatabase *db, KaiVault *vault, const KaiPayer *payer, GError **error)
{
  g_autoptr (GHashTable) tokens = list_tokens (vault, payer);
  GHashTableIter iter;
  gpointer token;

  if (!kai_database_run (db, error, "DELETE FROM payer_token WHERE payer_id = ?", "l", payer->id))
    return FALSE;
  g_hash_table_iter_init (&iter, tokens);
  while (g_hash_table_iter_next (&iter, &token, NULL))
    if (!kai_database_run (db, error, "INSERT INTO payer_token (token, payer_id) VALUES (?, ?)",
                           "tl", token, payer->id))
      return FALSE;
  return TRUE;
}

/* Within a transaction. */
static gboolean
write_row (KaiDatabase *db, KaiVault *vault, KaiPayer *payer, GError **error)
{
  g_autoptr (GBytes) plain = to_bytes (payer);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  char identity[KAI_VAULT_TOKEN_SIZE];

  make_identity (vault, payer, TRUE, identity);
  if (payer->id == 0)
    {
      if (!kai_database_run (db, error,
                             "INSERT INTO payer (kind, identity, sealed, uses, used_at, "
                             "created_at, updated_at) VALUES (?, ?, zeroblob (0), ?, ?, ?, ?)",
                             "ttilll", kai_payer_kind_to_string (payer->kind), identity,
                             payer->uses, payer->used_at, now, now))
        return FALSE;
      payer->id = kai_database_last_id (db);
    }
  else if (!kai_database_run (db, error,
                              "UPDATE payer SET kind = ?, identity = ?, uses = ?, used_at = ?, "
                              "updated_at = ? WHERE id = ?",
                              "ttilll", kai_payer_kind_to_string (payer->kind), identity,
                              payer->uses, payer->used_at, now, payer->id))
    return FALSE;
  else if (kai_database_changes (db) == 0)
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                          _ ("This payer is not in the address book any more."));
  return kai_sealed_write (db, "UPDATE payer SET sealed = ?1 WHERE id = ?2", PURPOSE, payer->id,
                           plain, error)
         && write_tokens (db, vault, payer, error);
}

static gint64
find_identity (KaiDatabase *db, const char *identity)
{
  return kai_database_get_int (db, 0, NULL, "SELECT id FROM payer WHERE identity = ?", "t",
                               identity);
}

static gboolean
check (KaiDatabase *db, KaiVault *vault, KaiPayer *payer, GError **error)
{
  char identity[KAI_VAULT_TOKEN_SIZE];
  gint64 other;

  if (!*payer->name)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The payer's name is missing. Type it."));
  if (kai_text_gbk_length (payer->name) > MAX_NAME)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The payer's name is too long: at most %d Chinese characters. "
                             "Shorten it."),
                          MAX_NAME / 2);
  make_identity (vault, payer, TRUE, identity);
  other = find_identity (db, identity);
  if (other != 0 && other != payer->id)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("This payer is in the address book already. Change that entry."));
  return TRUE;
}

static void
clean (KaiPayer *payer)
{
  g_autofree char *name = kai_text_normalise_name (payer->name);
  g_autofree char *number = kai_text_normalise_code (payer->id_number);
  g_autofree char *mobile = kai_text_normalise_code (payer->mobile);

  kai_notice_set (&payer->name, name);
  kai_notice_set (&payer->id_number, number);
  kai_notice_set (&payer->mobile, mobile);
}

gboolean
kai_payer_store_save (KaiDatabase *db, KaiPayer *payer, GError **error)
{
  KaiVault *vault = kai_database_require_vault (db, error);
  gint64 id = payer->id;

  if (!vault || !kai_database_begin (db, error))
    return FALSE;
  clean (payer);
  if (!check (db, vault, payer, error) || !write_row (db, vault, payer, error))
    {
      kai_database_rollback (db);
      payer->id = id;
      return FALSE;
    }
  return kai_database_commit (db, error);
}

gboolean
kai_payer_store_remove (KaiDatabase *db, gint64 id, GError **error)
{
  return kai_database_run (db, error, "DELETE FROM payer WHERE id = ?", "l", id);
}

KaiPayer *
kai_payer_store_load (KaiDatabase *db, gint64 id, GError **error)
{
  sqlite3_stmt *stmt =
      kai_database_prepare (db, "SELECT " COLUMNS " FROM payer p WHERE p.id = ?", error);
  KaiPayer *payer;

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "l", id);
  if (!kai_database_find_row (db, stmt, _ ("This payer is not in the address book any more."),
                              error))
    return NULL;
  payer = read_row (db, stmt, error);
  sqlite3_reset (stmt);
  return payer;
}

/* ---- Looking for ---- */

/* Rows of a running statement that @typed means, up to @limit in all. */
static gboolean
take_rows (KaiDatabase *db, sqlite3_stmt *stmt, const char *typed, guint limit, GHashTable *known,
           GPtrArray *payers, GError **error)
{
  gboolean row;

  while (payers->len < limit)
    {
      g_autoptr (KaiPayer) payer = NULL;

      if (!kai_database_step (db, stmt, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      payer = read_row (db, stmt, NULL);
      if (payer && kai_payer_matches (payer, typed)
          && g_hash_table_add (known, GSIZE_TO_POINTER ((gsize)payer->id)))
        g_ptr_array_add (payers, g_steal_pointer (&payer));
    }
  sqlite3_reset (stmt);
  return TRUE;
}

static void
add_token_cb (KaiVault *vault, const char *kind, const char *text, gpointer data)
{
  GPtrArray *tokens = data;
  char *token = g_malloc (KAI_VAULT_TOKEN_SIZE);

  kai_vault_token (vault, kind, text, token);
  g_ptr_array_add (tokens, token);
}

/* The tokens of a text that is looked for: its pairs of letters; of a single letter the letter. */
static GPtrArray *
tokens_of (KaiVault *vault, const char *kind, const char *text)
{
  GPtrArray *tokens = g_ptr_array_new_with_free_func (g_free);
  glong length = g_utf8_strlen (text, -1);

  if (length == 1)
    add_token_cb (vault, kind, text, tokens);
  for (const char *p = text; length > 1 && *g_utf8_next_char (p) && tokens->len < MAX_TOKENS;
       p = g_utf8_next_char (p))
    {
      g_autofree char *two = g_strndup (p, g_utf8_next_char (g_utf8_next_char (p)) - p);

      add_token_cb (vault, kind, two, tokens);
    }
  return tokens;
}

static gboolean
take_tokens (KaiDatabase *db, GPtrArray *tokens, const char *typed, guint limit, GHashTable *known,
             GPtrArray *payers, GError **error)
{
  g_autoptr (GString) sql = g_string_new ("SELECT " COLUMNS " FROM payer p WHERE p.id IN (");
  sqlite3_stmt *stmt;

  for (guint i = 0; i < tokens->len; i++)
    g_string_append (sql, i > 0 ? " INTERSECT SELECT payer_id FROM payer_token WHERE token = ?"
                                : "SELECT payer_id FROM payer_token WHERE token = ?");
  g_string_append (sql, ") ORDER BY p.used_at DESC, p.id DESC");
  if (tokens->len == 0)
    return TRUE;
  stmt = kai_database_prepare (db, sql->str, error);
  if (!stmt)
    return FALSE;
  for (guint i = 0; i < tokens->len; i++)
    sqlite3_bind_text (stmt, (int)i + 1, tokens->pdata[i], -1, SQLITE_TRANSIENT);
  return take_rows (db, stmt, typed, limit, known, payers, error);
}

static gboolean
look_up (KaiDatabase *db, KaiVault *vault, const char *typed, guint limit, GPtrArray *payers,
         GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  g_autofree char *code = kai_text_normalise_code (typed);
  g_autofree char *folded = kai_lookup_fold (typed);
  g_autoptr (GPtrArray) number = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) name = tokens_of (vault, "payer-name", folded);
  g_autoptr (GPtrArray) initials = tokens_of (vault, "payer-initials", folded);

  if (is_number (code))
    add_token_cb (vault, "payer-number", code, number);
  return take_tokens (db, number, typed, limit, known, payers, error)
         && take_tokens (db, name, typed, limit, known, payers, error)
         && (!g_str_is_ascii (folded)
             || take_tokens (db, initials, typed, limit, known, payers, error));
}

GPtrArray *
kai_payer_store_list (KaiDatabase *db, const char *typed, int limit, GError **error)
{
  g_autoptr (GPtrArray) payers = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_payer_free);
  g_autofree char *wanted = kai_text_normalise_name (typed ? typed : "");
  KaiVault *vault = kai_database_require_vault (db, error);
  gboolean ok;

  if (!vault)
    return NULL;
  if (*wanted)
    ok = look_up (db, vault, wanted, (guint)limit, payers, error);
  else
    {
      g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
      sqlite3_stmt *stmt = kai_database_prepare (
          db, "SELECT " COLUMNS " FROM payer p ORDER BY p.used_at DESC, p.id DESC", error);

      ok = stmt && take_rows (db, stmt, "", (guint)limit, known, payers, error);
    }
  return ok ? g_steal_pointer (&payers) : NULL;
}

/* ---- Learning ---- */

/* The entry that a notice's payer has: by number, or without one (an entry may get its number later). */
static gint64
find_entry (KaiDatabase *db, KaiVault *vault, const KaiPayer *payer)
{
  char identity[KAI_VAULT_TOKEN_SIZE];
  gint64 id;

  make_identity (vault, payer, TRUE, identity);
  id = find_identity (db, identity);
  if (id == 0 && *payer->id_number)
    {
      make_identity (vault, payer, FALSE, identity);
      id = find_identity (db, identity);
    }
  return id;
}

static gboolean
learn (KaiDatabase *db, KaiVault *vault, KaiPayer *payer, GError **error)
{
  g_autoptr (KaiPayer) known = NULL;

  payer->id = find_entry (db, vault, payer);
  if (payer->id != 0)
    {
      known = kai_payer_store_load (db, payer->id, error);
      if (!known)
        return FALSE;
      payer->uses = known->uses;
    }
  payer->uses++;
  payer->used_at = g_get_real_time () / G_USEC_PER_SEC;
  return write_row (db, vault, payer, error);
}

gboolean
kai_payer_store_learn (KaiDatabase *db, const KaiNotice *notice, GError **error)
{
  g_autoptr (KaiPayer) payer = kai_payer_new_for_notice (notice);
  KaiVault *vault = kai_database_require_vault (db, error);

  if (!vault || !kai_database_begin (db, error))
    return FALSE;
  clean (payer);
  if (!learn (db, vault, payer, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  return kai_database_commit (db, error);
}

gint64
kai_payer_store_count (KaiDatabase *db)
{
  return kai_database_get_int (db, 0, NULL, "SELECT count(*) FROM payer", NULL);
}
