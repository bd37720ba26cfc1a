/* Movements of the paper stock: what each needs and does, its record, and taking a refused one back. A movement keeps what its numbers were before
 * it (its pieces), so that each number's life is a chain and a refused movement can be taken out of the middle. */
#include "store/kai-stock-private.h"

#include <glib/gi18n-lib.h>

#include "store/kai-seal-private.h"
#include "values/kai-error.h"

#define BIT(state) (1u << (state))

/* What the numbers must be before, what they are after. */
static const struct
{
  guint needs;
  KaiStockState result;
  gboolean changes_hands;
} rules[] = {
  [KAI_MOVE_RECEIVE] = { BIT (KAI_STOCK_TO_TAKE_IN), KAI_STOCK_FREE, FALSE },
  [KAI_MOVE_DISTRIBUTE] = { BIT (KAI_STOCK_FREE), KAI_STOCK_FREE, TRUE },
  [KAI_MOVE_USE] = { BIT (KAI_STOCK_FREE), KAI_STOCK_USED, FALSE },
  [KAI_MOVE_VOID] = { BIT (KAI_STOCK_FREE) | BIT (KAI_STOCK_USED), KAI_STOCK_VOID, FALSE },
  [KAI_MOVE_RETURN] = { BIT (KAI_STOCK_FREE) | BIT (KAI_STOCK_VOID) | BIT (KAI_STOCK_RETURNED),
                        KAI_STOCK_RETURNED, TRUE },
  [KAI_MOVE_WRITE_OFF] = { BIT (KAI_STOCK_USED) | BIT (KAI_STOCK_VOID), KAI_STOCK_WRITTEN_OFF,
                           FALSE },
};

static gboolean
is_empty (const char *text)
{
  return !text || !text[0];
}

/* ---- Is the movement possible? ---- */

static gboolean
check_move (const KaiStockMove *move, GError **error)
{
  const KaiNumberRange *range = &move->range;
  gboolean same = is_empty (move->to) || g_strcmp0 (move->from, move->to) == 0;

  g_return_val_if_fail (move->kind < G_N_ELEMENTS (rules), FALSE);
  if (is_empty (move->type) || is_empty (move->from))
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("Choose the bill type and who holds the bills."));
  if (range->width < 1 || range->width > 18 || range->first < 0 || range->last < range->first)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The bill numbers make no sense. Give the first and the last, the "
                             "first not after the last."));
  if (rules[move->kind].changes_hands && same)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("Choose who is to get the bills: someone other than who has them."));
  if (!rules[move->kind].changes_hands && !same)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The bills do not change hands in this movement. Leave out the new "
                             "holder."));
  if (move->kind == KAI_MOVE_VOID && is_empty (move->reason))
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("Say why the bills are voided. A reason is required."));
  return TRUE;
}

static gboolean
fail_missing (const KaiStockMove *move, gint64 number, GError **error)
{
  g_autofree char *text = kai_number_range_format (number, move->range.width);

  return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                        _ ("Bill %s is not in stock. Check the type, the version and the number."),
                        text);
}

static gboolean
fail_unfit (const KaiStockMove *move, gint64 number, const KaiStockRange *row, GError **error)
{
  g_autofree char *text = kai_number_range_format (number, move->range.width);

  if (g_strcmp0 (row->holder, move->from) != 0)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("Bill %s is not with %s but with %s. Choose bills that %s has."), text,
                          move->from, row->holder, move->from);
  return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                        _ ("Bill %s cannot be moved like this, because it is %s."), text,
                        kai_stock_state_label (row->state));
}

/* Each number must be there, with the right holder and in a fitting state; the first that is not is named. */
static gboolean
check_numbers (const KaiStockMove *move, GPtrArray *rows, GError **error)
{
  gint64 next = move->range.first;

  for (guint i = 0; i < rows->len; i++)
    {
      const KaiStockRange *row = g_ptr_array_index (rows, i);

      if (row->range.first > next)
        return fail_missing (move, next, error);
      if (g_strcmp0 (row->holder, move->from) != 0
          || (rules[move->kind].needs & BIT (row->state)) == 0)
        return fail_unfit (move, next, row, error);
      next = row->range.last + 1;
    }
  if (next <= move->range.last)
    return fail_missing (move, next, error);
  if (move->kind == KAI_MOVE_RECEIVE && rows->len > 1)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("These numbers were delivered in %u ranges. Take in each by itself, "
                             "as it was delivered."),
                          rows->len);
  return TRUE;
}

/* ---- Moving ---- */

/* People write names into a reason, and a server may repeat them. */
static gboolean
write_words (KaiDatabase *db, gint64 id, const char *reason, const char *refusal, GError **error)
{
  const char *words[] = { reason ? reason : "", refusal ? refusal : "", NULL };
  g_autoptr (GBytes) sealed = NULL;
  KaiVault *vault;

  if (is_empty (reason) && is_empty (refusal))
    return TRUE;
  vault = kai_database_require_vault (db, error);
  sealed = vault ? kai_vault_seal_texts (vault, words, MOVEMENT_WORDS, id) : NULL;
  return sealed
         && kai_database_run (db, error, "UPDATE stock_movement SET sealed_words = ? WHERE id = ?",
                              "bl", sealed, id);
}

/* Reason and words of a refusal; both "" while the store is locked. */
static char **
open_words (KaiDatabase *db, sqlite3_stmt *stmt, int column, gint64 id, GError **error)
{
  g_autoptr (GBytes) sealed = kai_column_bytes (stmt, column);

  return kai_vault_open_texts (kai_database_get_vault (db), sealed, 2, MOVEMENT_WORDS, id, error);
}

static gint64
record_movement (KaiDatabase *db, const KaiStockMove *move, const char *to, GError **error)
{
  gint64 id;

  if (!kai_database_run (db, error,
                         "INSERT INTO stock_movement (at, kind, type, version, width, first, last,"
                         " from_holder, to_holder, user, sync, refusal_code)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
                         "lsttillttts", g_get_real_time () / G_USEC_PER_SEC,
                         kai_move_kind_to_string (move->kind), move->type, move->version,
                         move->range.width, move->range.first, move->range.last, move->from, to,
                         move->user, kai_sync_state_to_string (KAI_SYNC_SIGNED)))
    return 0;
  id = kai_database_last_id (db);
  return write_words (db, id, move->reason, NULL, error) ? id : 0;
}

static gboolean
record_piece (KaiDatabase *db, gint64 movement_id, gint64 first, gint64 last, const char *holder,
              const char *state, GError **error)
{
  return kai_database_run (db, error,
                           "INSERT INTO stock_movement_piece (movement_id, first, last, holder,"
                           " state) VALUES (?, ?, ?, ?, ?)",
                           "lllts", movement_id, first, last, holder, state);
}

static gint64
do_move (KaiDatabase *db, const KaiStockMove *move, GError **error)
{
  const char *to = is_empty (move->to) ? move->from : move->to;
  g_autoptr (GPtrArray) rows =
      kai_stock_find_overlapping (db, move->type, move->version, &move->range, error);
  gint64 id;

  if (!rows || !check_numbers (move, rows, error))
    return 0;
  id = record_movement (db, move, to, error);
  if (id == 0)
    return 0;
  for (guint i = 0; i < rows->len; i++)
    {
      const KaiStockRange *row = g_ptr_array_index (rows, i);

      if (!record_piece (db, id, MAX (row->range.first, move->range.first),
                         MIN (row->range.last, move->range.last), row->holder,
                         kai_stock_state_to_string (row->state), error))
        return 0;
    }
  if (!kai_stock_put (db, move->type, move->version, &move->range, to, rules[move->kind].result,
                      error))
    return 0;
  return id;
}

gint64
kai_stock_move (KaiDatabase *db, const KaiStockMove *move, GError **error)
{
  gint64 id;

  if (!check_move (move, error) || !kai_database_begin (db, error))
    return 0;
  id = do_move (db, move, error);
  if (id == 0)
    {
      kai_database_rollback (db);
      return 0;
    }
  return kai_database_commit (db, error) ? id : 0;
}

/* ---- Answers ---- */

/* Of a movement or one of its pieces. */
typedef struct
{
  gint64 movement_id;
  KaiNumberRange range;
  char *holder, *state; /* before it */
} Piece;

static void
piece_free (Piece *piece)
{
  g_free (piece->holder);
  g_free (piece->state);
  g_free (piece);
}

/* Columns: movement_id, width, first, last, holder, state. */
static GPtrArray *
read_pieces (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func ((GDestroyNotify)piece_free);
  gboolean row = TRUE;

  while (row)
    {
      Piece *piece;

      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      if (!row)
        break;
      piece = g_new0 (Piece, 1);
      piece->movement_id = sqlite3_column_int64 (stmt, 0);
      piece->range.width = sqlite3_column_int (stmt, 1);
      piece->range.first = sqlite3_column_int64 (stmt, 2);
      piece->range.last = sqlite3_column_int64 (stmt, 3);
      piece->holder = kai_column_dup (stmt, 4);
      piece->state = kai_column_dup (stmt, 5);
      g_ptr_array_add (pieces, piece);
    }
  return g_steal_pointer (&pieces);
}

static GPtrArray *
load_pieces (KaiDatabase *db, gint64 movement_id, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT p.movement_id, m.width, p.first, p.last, p.holder, p.state"
      " FROM stock_movement_piece p JOIN stock_movement m ON m.id = p.movement_id"
      " WHERE p.movement_id = ? ORDER BY p.first",
      error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "l", movement_id);
  return read_pieces (db, stmt, error);
}

/* Pieces of later movements, not refused, that share numbers with @range; the earliest movement first. */
static GPtrArray *
load_later (KaiDatabase *db, gint64 movement_id, const KaiNumberRange *range, GError **error)
{
  sqlite3_stmt *stmt = kai_database_prepare (
      db,
      "SELECT p.movement_id, m.width, p.first, p.last, p.holder, p.state"
      " FROM stock_movement t JOIN stock_movement m ON m.type = t.type AND m.version = t.version"
      "  AND m.width = t.width AND m.id > t.id AND m.sync <> 'refused'"
      " JOIN stock_movement_piece p ON p.movement_id = m.id"
      " WHERE t.id = ?1 AND p.first <= ?3 AND p.last >= ?2 AND m.first <= ?3 AND m.last >= ?2"
      " ORDER BY p.movement_id, p.first",
      error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "lll", movement_id, range->first, range->last);
  return read_pieces (db, stmt, error);
}

/* Within the later movement's piece, the numbers of @cut were before it what they were before the one that is taken back. */
static gboolean
relink_piece (KaiDatabase *db, const Piece *later, const KaiNumberRange *cut, const Piece *before,
              GError **error)
{
  KaiNumberRange rest[2];
  int n = kai_number_range_subtract (&later->range, cut, rest);

  if (!kai_database_run (db, error,
                         "DELETE FROM stock_movement_piece WHERE movement_id = ? AND first = ?",
                         "ll", later->movement_id, later->range.first))
    return FALSE;
  for (int i = 0; i < n; i++)
    if (!record_piece (db, later->movement_id, rest[i].first, rest[i].last, later->holder,
                       later->state, error))
      return FALSE;
  return record_piece (db, later->movement_id, cut->first, cut->last, before->holder, before->state,
                       error);
}

static gboolean take_back (KaiDatabase *db, const char *type, const char *version,
                           const Piece *piece, const KaiNumberRange *range, GError **error);

/* Takes the movement that @piece is of out of the life of the numbers in @cut, which @later moved on, and of the rest of @range. */
static gboolean
take_back_around (KaiDatabase *db, const char *type, const char *version, const Piece *piece,
                  const KaiNumberRange *range, const Piece *later, GError **error)
{
  KaiNumberRange cut = { MAX (range->first, later->range.first),
                         MIN (range->last, later->range.last), range->width };
  KaiNumberRange rest[2];
  int n = kai_number_range_subtract (range, &cut, rest);

  if (!relink_piece (db, later, &cut, piece, error))
    return FALSE;
  for (int i = 0; i < n; i++)
    if (!take_back (db, type, version, piece, &rest[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
take_back (KaiDatabase *db, const char *type, const char *version, const Piece *piece,
           const KaiNumberRange *range, GError **error)
{
  g_autoptr (GPtrArray) later = load_later (db, piece->movement_id, range, error);
  KaiStockState state;

  if (!later)
    return FALSE;
  if (later->len > 0)
    return take_back_around (db, type, version, piece, range, g_ptr_array_index (later, 0), error);
  if (!kai_stock_state_parse (piece->state, &state))
    return kai_data_fail (error, KAI_DATA_ERROR_DAMAGED,
                          _ ("The store holds a movement of bills that makes no sense. Check the "
                             "store and restore the last backup."));
  return kai_stock_put (db, type, version, range, piece->holder, state, error);
}

static gboolean
undo (KaiDatabase *db, gint64 movement_id, const char *type, const char *version, GError **error)
{
  g_autoptr (GPtrArray) pieces = load_pieces (db, movement_id, error);

  if (!pieces)
    return FALSE;
  for (guint i = 0; i < pieces->len; i++)
    {
      const Piece *piece = g_ptr_array_index (pieces, i);

      if (!take_back (db, type, version, piece, &piece->range, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
refuse (KaiDatabase *db, gint64 movement_id, const char *code, const char *text, GError **error)
{
  g_autofree char *type = NULL;
  g_autofree char *version = NULL;
  g_autofree char *sync = NULL;
  g_auto (GStrv) words = NULL;
  gboolean row;
  sqlite3_stmt *stmt = kai_database_prepare (
      db, "SELECT type, version, sync, sealed_words FROM stock_movement WHERE id = ?", error);

  if (!stmt)
    return FALSE;
  kai_statement_bind (stmt, "l", movement_id);
  if (!kai_database_step (db, stmt, &row, error))
    return FALSE;
  if (!row)
    return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                          _ ("There is no such movement of bills in the store."));
  type = kai_column_dup (stmt, 0);
  version = kai_column_dup (stmt, 1);
  sync = kai_column_dup (stmt, 2);
  words = open_words (db, stmt, 3, movement_id, error);
  sqlite3_reset (stmt);
  if (g_str_equal (sync, kai_sync_state_to_string (KAI_SYNC_REFUSED)))
    return TRUE;
  return words && undo (db, movement_id, type, version, error)
         && kai_database_run (
             db, error, "UPDATE stock_movement SET sync = ?2, refusal_code = ?3 WHERE id = ?1",
             "lst", movement_id, kai_sync_state_to_string (KAI_SYNC_REFUSED), code)
         && write_words (db, movement_id, words[0], text, error);
}

gboolean
kai_stock_move_refused (KaiDatabase *db, gint64 movement_id, const char *code, const char *text,
                        GError **error)
{
  if (!kai_database_begin (db, error))
    return FALSE;
  if (refuse (db, movement_id, code, text, error))
    return kai_database_commit (db, error);
  kai_database_rollback (db);
  return FALSE;
}

gboolean
kai_stock_move_accepted (KaiDatabase *db, gint64 movement_id, GError **error)
{
  /* One that was refused and taken back stays so. */
  if (!kai_database_run (db, error,
                         "UPDATE stock_movement SET sync = ?2 WHERE id = ?1 AND sync <> ?3", "lss",
                         movement_id, kai_sync_state_to_string (KAI_SYNC_ACCEPTED),
                         kai_sync_state_to_string (KAI_SYNC_REFUSED)))
    return FALSE;
  if (kai_database_changes (db) > 0)
    return TRUE;
  return kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND,
                        _ ("There is no such movement of bills in the store."));
}

/* ---- History ---- */

/* NULL when what is sealed cannot be opened. */
static KaiStockMovement *
read_movement (KaiDatabase *db, sqlite3_stmt *stmt, GError **error)
{
  g_auto (GStrv) words = open_words (db, stmt, 10, sqlite3_column_int64 (stmt, 0), error);
  KaiStockMovement *movement = words ? g_new0 (KaiStockMovement, 1) : NULL;
  const char *kind = (const char *)sqlite3_column_text (stmt, 2);
  const char *sync = (const char *)sqlite3_column_text (stmt, 12);

  if (!movement)
    return NULL;
  movement->id = sqlite3_column_int64 (stmt, 0);
  movement->at = sqlite3_column_int64 (stmt, 1);
  if (!kai_move_kind_parse (kind, &movement->kind))
    g_warning ("unknown kind of stock movement %" G_GINT64_FORMAT, movement->id);
  movement->type = kai_column_dup (stmt, 3);
  movement->version = kai_column_dup (stmt, 4);
  movement->range.width = sqlite3_column_int (stmt, 5);
  movement->range.first = sqlite3_column_int64 (stmt, 6);
  movement->range.last = sqlite3_column_int64 (stmt, 7);
  movement->from = kai_column_dup (stmt, 8);
  movement->to = kai_column_dup (stmt, 9);
  movement->reason = g_steal_pointer (&words[0]);
  movement->user = kai_column_dup (stmt, 11);
  if (!sync || !kai_sync_state_parse (sync, &movement->sync))
    g_warning ("unknown sync state of stock movement %" G_GINT64_FORMAT, movement->id);
  movement->refusal_code = kai_column_dup (stmt, 13);
  movement->refusal_text = g_steal_pointer (&words[1]);
  return movement;
}

#define MOVEMENT_COLUMNS                                                                           \
  "id, at, kind, type, version, width, first, last, from_holder, to_holder, sealed_words, user,"   \
  " sync, refusal_code"

KaiStockMovement *
kai_stock_movement_load (KaiDatabase *db, gint64 id, GError **error)
{
  KaiStockMovement *movement;
  sqlite3_stmt *stmt = kai_database_prepare (
      db, "SELECT " MOVEMENT_COLUMNS " FROM stock_movement WHERE id = ?", error);

  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "l", id);
  if (!kai_database_find_row (db, stmt, _ ("There is no such movement of bills in the store."),
                              error))
    return NULL;
  movement = read_movement (db, stmt, error);
  sqlite3_reset (stmt);
  return movement;
}

GPtrArray *
kai_stock_history (KaiDatabase *db, const char *type, const char *number, GError **error)
{
  g_autoptr (GPtrArray) movements =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_stock_movement_free);
  KaiNumberRange wanted;
  gboolean row = TRUE;
  sqlite3_stmt *stmt;

  if (!kai_number_range_parse (number, number, &wanted, error))
    return NULL;
  stmt = kai_database_prepare (
      db,
      "SELECT " MOVEMENT_COLUMNS " FROM stock_movement"
      " WHERE width = ?1 AND first <= ?2 AND last >= ?2 AND (?3 IS NULL OR type = ?3)"
      " ORDER BY id",
      error);
  if (!stmt)
    return NULL;
  kai_statement_bind (stmt, "ils", wanted.width, wanted.first, type);
  while (row)
    {
      KaiStockMovement *movement;

      if (!kai_database_step (db, stmt, &row, error))
        return NULL;
      movement = row ? read_movement (db, stmt, error) : NULL;
      if (row && !movement)
        {
          sqlite3_reset (stmt);
          return NULL;
        }
      if (movement)
        g_ptr_array_add (movements, movement);
    }
  return g_steal_pointer (&movements);
}
