#pragma once

#include "model/kai-notice.h"
#include "store/kai-database.h"
#include "values/kai-number-range.h"

G_BEGIN_DECLS

/* Paper bill stock: every number at every time in exactly one state and with one holder. */
typedef enum
{
  KAI_STOCK_TO_TAKE_IN, /* issued by the bureau, in the box, not yet accepted */
  KAI_STOCK_FREE,       /* in the holder's stock */
  KAI_STOCK_USED,
  KAI_STOCK_VOID,
  KAI_STOCK_RETURNED,
  KAI_STOCK_WRITTEN_OFF,
} KaiStockState;
const char *kai_stock_state_to_string (
    KaiStockState state); /* "to-take-in", "free", "used", "void", "returned", "written-off" */
gboolean kai_stock_state_parse (const char *word, KaiStockState *out);
const char *kai_stock_state_label (KaiStockState state); /* translated */

typedef struct
{
  gint64 id;
  char *type, *version, *holder;
  KaiStockState state;
  KaiNumberRange range;
} KaiStockRange;
void kai_stock_range_free (KaiStockRange *range);

typedef enum
{
  KAI_MOVE_RECEIVE,    /* TO_TAKE_IN → FREE, same holder (unit) */
  KAI_MOVE_DISTRIBUTE, /* FREE of from → FREE of to */
  KAI_MOVE_USE,        /* FREE → USED */
  KAI_MOVE_VOID,       /* FREE or USED → VOID, needs a reason */
  KAI_MOVE_RETURN, /* FREE or VOID → RETURNED to @to; RETURNED of the unit → RETURNED to the bureau */
  KAI_MOVE_WRITE_OFF, /* USED or VOID → WRITTEN_OFF */
} KaiMoveKind;
const char *kai_move_kind_to_string (
    KaiMoveKind kind); /* "receive", "distribute", "use", "void", "return", "write-off" */
gboolean kai_move_kind_parse (const char *word, KaiMoveKind *out);

typedef struct
{
  KaiMoveKind kind;
  const char *type, *version;
  const char *from, *to; /* holders; to = from where nothing changes hands */
  KaiNumberRange range;
  const char *reason; /* "" where none is needed */
  const char *user;
} KaiStockMove;

/* Replaces what the bureau says is to be taken in by @unit (array of KaiStockRange; their holder and state are not looked at). Numbers already
 * taken in or moved are not touched. */
gboolean kai_stock_set_deliveries (KaiDatabase *db, const char *unit, GPtrArray *ranges,
                                   GError **error);
/* Makes the stock what the finance server says it is: @ranges are all that the unit has (array of KaiStockRange, with holder and state). *replaced FALSE
 * and nothing changes while it has not answered every movement that was made here. */
gboolean kai_stock_replace (KaiDatabase *db, GPtrArray *ranges, gboolean *replaced, GError **error);
/* Moves within the caller's transaction, splitting and joining ranges. CONFLICT names the first number that is not where or what the move needs. For
 * RECEIVE the range must equal a delivered one or lie inside it. Returns the movement's id, 0 on error. */
gint64 kai_stock_move (KaiDatabase *db, const KaiStockMove *move, GError **error);
/* Undo of a movement that the server refused: numbers go back to what they were before it, the movement is marked refused. Numbers that a later
 * movement (not refused) has moved on stay where they are; should that one be refused as well, they go back to what they were before this one. Refusing twice does
 * nothing. NOT_FOUND. */
gboolean kai_stock_move_refused (KaiDatabase *db, gint64 movement_id, const char *code,
                                 const char *text, GError **error);
gboolean kai_stock_move_accepted (KaiDatabase *db, gint64 movement_id, GError **error);
/* Array of KaiStockRange: joined ranges (those to be taken in as they were delivered) ordered by type, version, holder, state, first. NULL = all
 * holders. */
GPtrArray *kai_stock_list (KaiDatabase *db, const char *holder, GError **error);

typedef struct
{
  gint64 id, at;
  KaiMoveKind kind;
  char *type, *version, *from, *to, *reason, *user;
  KaiNumberRange range;
  KaiSyncState sync;                 /* SIGNED until answered, then ACCEPTED or REFUSED */
  char *refusal_code, *refusal_text; /* "" */
} KaiStockMovement;
void kai_stock_movement_free (KaiStockMovement *movement);
KaiStockMovement *kai_stock_movement_load (KaiDatabase *db, gint64 id,
                                           GError **error); /* NOT_FOUND */
/* Array of KaiStockMovement: whole life of one number (as printed, with its leading zeros), oldest first, refused movements too; @type NULL = every type
 * that has such a number. */
GPtrArray *kai_stock_history (KaiDatabase *db, const char *type, const char *number,
                              GError **error);

G_END_DECLS
