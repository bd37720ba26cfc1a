/* The words for states and movements of the paper stock, and the records. */
#include <glib/gi18n-lib.h>

#include "store/kai-stock-private.h"

static const char *const state_words[] = { "to-take-in", "free",     "used",
                                           "void",       "returned", "written-off" };
static const char *const state_labels[] = { N_ ("to be taken in"), N_ ("free"),
                                            N_ ("used"),           N_ ("void"),
                                            N_ ("returned"),       N_ ("written off") };
static const char *const move_words[] = { "receive", "distribute", "use",
                                          "void",    "return",     "write-off" };

const char *
kai_stock_state_to_string (KaiStockState state)
{
  g_return_val_if_fail (state < G_N_ELEMENTS (state_words), "");
  return state_words[state];
}

gboolean
kai_stock_state_parse (const char *word, KaiStockState *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (state_words); i++)
    if (g_strcmp0 (word, state_words[i]) == 0)
      {
        *out = (KaiStockState)i;
        return TRUE;
      }
  return FALSE;
}

const char *
kai_stock_state_label (KaiStockState state)
{
  g_return_val_if_fail (state < G_N_ELEMENTS (state_labels), "");
  return _ (state_labels[state]);
}

const char *
kai_move_kind_to_string (KaiMoveKind kind)
{
  g_return_val_if_fail (kind < G_N_ELEMENTS (move_words), "");
  return move_words[kind];
}

gboolean
kai_move_kind_parse (const char *word, KaiMoveKind *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (move_words); i++)
    if (g_strcmp0 (word, move_words[i]) == 0)
      {
        *out = (KaiMoveKind)i;
        return TRUE;
      }
  return FALSE;
}

void
kai_stock_range_free (KaiStockRange *range)
{
  if (!range)
    return;
  g_free (range->type);
  g_free (range->version);
  g_free (range->holder);
  g_free (range);
}

void
kai_stock_movement_free (KaiStockMovement *movement)
{
  if (!movement)
    return;
  g_free (movement->type);
  g_free (movement->version);
  g_free (movement->from);
  g_free (movement->to);
  g_free (movement->reason);
  g_free (movement->user);
  g_free (movement->refusal_code);
  g_free (movement->refusal_text);
  g_free (movement);
}
