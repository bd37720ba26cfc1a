/* A GtkTreeModel in which an iter is a position and nothing grows with the number of rows. */
#include "widgets/kai-long-model.h"

typedef struct
{
  int stamp;
  guint64 fetches;
} KaiLongModelPrivate;

static void tree_model_init (GtkTreeModelIface *iface);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (KaiLongModel, kai_long_model, G_TYPE_OBJECT,
                                  G_ADD_PRIVATE (KaiLongModel)
                                      G_IMPLEMENT_INTERFACE (GTK_TYPE_TREE_MODEL, tree_model_init))

static KaiLongModelPrivate *
get_private (gpointer self)
{
  return kai_long_model_get_instance_private (KAI_LONG_MODEL (self));
}

guint
kai_long_model_get_length (KaiLongModel *self)
{
  return KAI_LONG_MODEL_GET_CLASS (self)->get_length (self);
}

void
kai_long_model_set_iter (KaiLongModel *self, GtkTreeIter *iter, guint position)
{
  *iter =
      (GtkTreeIter){ .stamp = get_private (self)->stamp, .user_data = GUINT_TO_POINTER (position) };
}

guint
kai_long_model_get_position (KaiLongModel *self, GtkTreeIter *iter)
{
  return GPOINTER_TO_UINT (iter->user_data);
}

void
kai_long_model_renew (KaiLongModel *self)
{
  get_private (self)->stamp++;
}

guint64
kai_long_model_get_fetches (KaiLongModel *self)
{
  return get_private (self)->fetches;
}

void
kai_long_model_refresh_visible (KaiLongModel *self, GtkTreeView *view)
{
  g_autoptr (GtkTreePath) first = NULL;
  g_autoptr (GtkTreePath) last = NULL;
  int length = (int)kai_long_model_get_length (self);

  if (!gtk_tree_view_get_visible_range (view, &first, &last))
    return;
  for (int i = gtk_tree_path_get_indices (first)[0];
       i <= gtk_tree_path_get_indices (last)[0] && i < length; i++)
    {
      g_autoptr (GtkTreePath) path = gtk_tree_path_new_from_indices (i, -1);
      GtkTreeIter iter;

      kai_long_model_set_iter (self, &iter, (guint)i);
      gtk_tree_model_row_changed (GTK_TREE_MODEL (self), path, &iter);
    }
}

/* ---- GtkTreeModel ---- */

static GtkTreeModelFlags
model_get_flags (GtkTreeModel *model)
{
  return GTK_TREE_MODEL_LIST_ONLY | GTK_TREE_MODEL_ITERS_PERSIST;
}

static int
model_get_n_columns (GtkTreeModel *model)
{
  return KAI_LONG_MODEL_GET_CLASS (model)->get_n_columns (KAI_LONG_MODEL (model));
}

static GType
model_get_column_type (GtkTreeModel *model, int column)
{
  return KAI_LONG_MODEL_GET_CLASS (model)->get_column_type (KAI_LONG_MODEL (model), column);
}

static gboolean
set_position (GtkTreeModel *model, GtkTreeIter *iter, int position)
{
  KaiLongModel *self = KAI_LONG_MODEL (model);

  if (position < 0 || (guint)position >= kai_long_model_get_length (self))
    {
      iter->stamp = 0;
      return FALSE;
    }
  kai_long_model_set_iter (self, iter, (guint)position);
  return TRUE;
}

static gboolean
model_get_iter (GtkTreeModel *model, GtkTreeIter *iter, GtkTreePath *path)
{
  if (gtk_tree_path_get_depth (path) != 1)
    return FALSE;
  return set_position (model, iter, gtk_tree_path_get_indices (path)[0]);
}

static GtkTreePath *
model_get_path (GtkTreeModel *model, GtkTreeIter *iter)
{
  return gtk_tree_path_new_from_indices (GPOINTER_TO_INT (iter->user_data), -1);
}

static void
model_get_value (GtkTreeModel *model, GtkTreeIter *iter, int column, GValue *value)
{
  KaiLongModel *self = KAI_LONG_MODEL (model);

  g_value_init (value, model_get_column_type (model, column));
  g_return_if_fail (iter->stamp == get_private (self)->stamp);
  get_private (self)->fetches++;
  KAI_LONG_MODEL_GET_CLASS (self)->fill_value (self, kai_long_model_get_position (self, iter),
                                               column, value);
}

static gboolean
model_iter_next (GtkTreeModel *model, GtkTreeIter *iter)
{
  return set_position (model, iter, GPOINTER_TO_INT (iter->user_data) + 1);
}

static gboolean
model_iter_previous (GtkTreeModel *model, GtkTreeIter *iter)
{
  return set_position (model, iter, GPOINTER_TO_INT (iter->user_data) - 1);
}

static gboolean
model_iter_nth_child (GtkTreeModel *model, GtkTreeIter *iter, GtkTreeIter *parent, int n)
{
  return !parent && set_position (model, iter, n);
}

static gboolean
model_iter_children (GtkTreeModel *model, GtkTreeIter *iter, GtkTreeIter *parent)
{
  return model_iter_nth_child (model, iter, parent, 0);
}

static gboolean
model_iter_has_child (GtkTreeModel *model, GtkTreeIter *iter)
{
  return FALSE;
}

static int
model_iter_n_children (GtkTreeModel *model, GtkTreeIter *iter)
{
  return iter ? 0 : (int)kai_long_model_get_length (KAI_LONG_MODEL (model));
}

static gboolean
model_iter_parent (GtkTreeModel *model, GtkTreeIter *iter, GtkTreeIter *child)
{
  return FALSE;
}

static void
tree_model_init (GtkTreeModelIface *iface)
{
  iface->get_flags = model_get_flags;
  iface->get_n_columns = model_get_n_columns;
  iface->get_column_type = model_get_column_type;
  iface->get_iter = model_get_iter;
  iface->get_path = model_get_path;
  iface->get_value = model_get_value;
  iface->iter_next = model_iter_next;
  iface->iter_previous = model_iter_previous;
  iface->iter_children = model_iter_children;
  iface->iter_has_child = model_iter_has_child;
  iface->iter_n_children = model_iter_n_children;
  iface->iter_nth_child = model_iter_nth_child;
  iface->iter_parent = model_iter_parent;
}

static void
kai_long_model_class_init (KaiLongModelClass *klass)
{
}

static void
kai_long_model_init (KaiLongModel *self)
{
  get_private (self)->stamp = 1;
}
