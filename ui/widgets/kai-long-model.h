#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A list that may be very long, as a GtkTreeModel: an iter is a position, nothing is kept per row. Who makes it says how long it is and
 * what stands where. It does not emit row-inserted: whoever replaces the rows detaches the view, calls kai_long_model_renew and
 * attaches it again. */
#define KAI_TYPE_LONG_MODEL (kai_long_model_get_type ())
G_DECLARE_DERIVABLE_TYPE (KaiLongModel, kai_long_model, KAI, LONG_MODEL, GObject)
struct _KaiLongModelClass
{
  GObjectClass parent_class;
  guint (*get_length) (KaiLongModel *self);
  int (*get_n_columns) (KaiLongModel *self);
  GType (*get_column_type) (KaiLongModel *self, int column);
  /* @value is initialised with that type; left alone when the row has gone. */
  void (*fill_value) (KaiLongModel *self, guint position, int column, GValue *value);
};

guint kai_long_model_get_length (KaiLongModel *self);
void kai_long_model_set_iter (KaiLongModel *self, GtkTreeIter *iter, guint position);
guint kai_long_model_get_position (KaiLongModel *self, GtkTreeIter *iter);
/* Other rows from now on: iters made before are no longer valid. */
void kai_long_model_renew (KaiLongModel *self);
/* How many values were asked for, for tests of long lists. */
guint64 kai_long_model_get_fetches (KaiLongModel *self);
/* The rows that @view shows may read differently now: tells the view and assistive technology, a screenful at most. */
void kai_long_model_refresh_visible (KaiLongModel *self, GtkTreeView *view);

G_END_DECLS
