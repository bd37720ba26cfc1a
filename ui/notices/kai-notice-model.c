/* The thin model between the list of notices and the tree view. An iter is a position; the model does not emit
 * row-inserted: whoever replaces the rows detaches the view (see kai-notices-page.c). */
#include "notices/kai-notice-model.h"
#include "kai-format.h"

struct _KaiNoticeModel
{
  GObject parent_instance;

  KaiDatabase *db;     /* borrowed */
  KaiNoticeList *list; /* NULL before the first load */
  guint shown;         /* rows that the view was told of while it is being told; 0 = all */
  int stamp;
  guint64 fetches;
};

static void tree_model_init (GtkTreeModelIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KaiNoticeModel, kai_notice_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_TREE_MODEL, tree_model_init))

KaiNoticeModel *
kai_notice_model_new (KaiDatabase *db)
{
  KaiNoticeModel *self = g_object_new (KAI_TYPE_NOTICE_MODEL, NULL);

  self->db = db;
  return self;
}

KaiNoticeList *
kai_notice_model_query (KaiDatabase *db, const KaiNoticeFilter *filter, GError **error)
{
  g_autoptr (KaiNoticeList) list = kai_notice_list_new (db);

  if (!kai_notice_list_load (list, filter, error))
    return NULL;
  return g_steal_pointer (&list);
}

gboolean
kai_notice_model_has_same_rows (KaiNoticeModel *self, KaiNoticeList *list)
{
  guint length = kai_notice_model_get_length (self);

  if (length != kai_notice_list_get_length (list))
    return FALSE;
  for (guint i = 0; i < length; i++)
    if (kai_notice_list_get_id (self->list, i) != kai_notice_list_get_id (list, i))
      return FALSE;
  return TRUE;
}

void
kai_notice_model_take (KaiNoticeModel *self, KaiNoticeList *list)
{
  gboolean same = list && kai_notice_model_has_same_rows (self, list);

  g_clear_pointer (&self->list, kai_notice_list_free);
  self->list = list;
  if (!same)
    self->stamp++;
}

gboolean
kai_notice_model_extend (KaiNoticeModel *self, KaiNoticeList *list)
{
  guint length = kai_notice_model_get_length (self), longer = kai_notice_list_get_length (list);

  if (length == 0 || longer <= length)
    return FALSE;
  for (guint i = 0; i < length; i++)
    if (kai_notice_list_get_id (self->list, i) != kai_notice_list_get_id (list, i))
      return FALSE;
  kai_notice_list_free (self->list);
  self->list = list;
  for (self->shown = length + 1; self->shown <= longer; self->shown++)
    {
      g_autoptr (GtkTreePath) path = gtk_tree_path_new_from_indices ((int)self->shown - 1, -1);
      GtkTreeIter iter;

      kai_notice_model_set_iter (self, &iter, self->shown - 1);
      gtk_tree_model_row_inserted (GTK_TREE_MODEL (self), path, &iter);
    }
  self->shown = 0;
  return TRUE;
}

guint
kai_notice_model_get_length (KaiNoticeModel *self)
{
  if (self->shown > 0)
    return self->shown;
  return self->list ? kai_notice_list_get_length (self->list) : 0;
}

gint64
kai_notice_model_get_id (KaiNoticeModel *self, guint position)
{
  return kai_notice_list_get_id (self->list, position);
}

const KaiNotice *
kai_notice_model_get (KaiNoticeModel *self, guint position)
{
  return kai_notice_list_get (self->list, position);
}

GPtrArray *
kai_notice_model_load_many (KaiNoticeModel *self, const gint64 *ids, guint n)
{
  return kai_notice_store_load_many (self->db, ids, n, NULL);
}

int
kai_notice_model_find (KaiNoticeModel *self, gint64 id)
{
  return self->list ? kai_notice_list_find (self->list, id) : -1;
}

void
kai_notice_model_set_iter (KaiNoticeModel *self, GtkTreeIter *iter, guint position)
{
  *iter = (GtkTreeIter){ .stamp = self->stamp, .user_data = GUINT_TO_POINTER (position) };
}

guint64
kai_notice_model_get_fetches (KaiNoticeModel *self)
{
  return self->fetches;
}

static GtkTreeModelFlags
model_get_flags (GtkTreeModel *model)
{
  return GTK_TREE_MODEL_LIST_ONLY | GTK_TREE_MODEL_ITERS_PERSIST;
}

static int
model_get_n_columns (GtkTreeModel *model)
{
  return KAI_NOTICE_N_COLUMNS;
}

static GType
model_get_column_type (GtkTreeModel *model, int column)
{
  return column == KAI_NOTICE_COLUMN_DIM ? G_TYPE_BOOLEAN : G_TYPE_STRING;
}

static gboolean
set_position (KaiNoticeModel *self, GtkTreeIter *iter, int position)
{
  if (position < 0 || (guint)position >= kai_notice_model_get_length (self))
    {
      iter->stamp = 0;
      return FALSE;
    }
  kai_notice_model_set_iter (self, iter, position);
  return TRUE;
}

static gboolean
model_get_iter (GtkTreeModel *model, GtkTreeIter *iter, GtkTreePath *path)
{
  if (gtk_tree_path_get_depth (path) != 1)
    return FALSE;
  return set_position (KAI_NOTICE_MODEL (model), iter, gtk_tree_path_get_indices (path)[0]);
}

static GtkTreePath *
model_get_path (GtkTreeModel *model, GtkTreeIter *iter)
{
  return gtk_tree_path_new_from_indices (GPOINTER_TO_INT (iter->user_data), -1);
}

char *
kai_notice_dup_column (const KaiNotice *notice, int column)
{
  switch (column)
    {
    case KAI_NOTICE_COLUMN_CODE:
      return g_strdup (notice->payment_code);
    case KAI_NOTICE_COLUMN_STATE:
      return g_strdup (kai_notice_state_label (notice->state));
    case KAI_NOTICE_COLUMN_STATE_ICON:
      return g_strdup (kai_notice_state_icon (notice->state));
    case KAI_NOTICE_COLUMN_DATE:
      return kai_day_to_iso (notice->bill_date);
    case KAI_NOTICE_COLUMN_PAYER:
      return g_strdup (notice->payer_name);
    case KAI_NOTICE_COLUMN_AMOUNT:
      return kai_money_to_display (notice->amount);
    case KAI_NOTICE_COLUMN_PAID_ON:
      return kai_day_to_iso (notice->paid_at ? kai_day_from_unix (notice->paid_at) : 0);
    case KAI_NOTICE_COLUMN_CHANNEL:
      return g_strdup (kai_pay_channel_label (notice->pay_channel));
    case KAI_NOTICE_COLUMN_EBILL:
      return kai_format_ebill (notice);
    case KAI_NOTICE_COLUMN_SYNC:
      return g_strdup (kai_sync_state_label (notice->sync));
    case KAI_NOTICE_COLUMN_SYNC_ICON:
      return g_strdup (kai_sync_state_icon (notice->sync));
    case KAI_NOTICE_COLUMN_GROUP:
      return g_strconcat (notice->grade, notice->class_name, NULL);
    case KAI_NOTICE_COLUMN_TERM:
      return g_strdup (notice->term);
    case KAI_NOTICE_COLUMN_CLERK:
      return g_strdup (notice->clerk_name[0] ? notice->clerk_name : notice->clerk_code);
    case KAI_NOTICE_COLUMN_VALID:
      return kai_day_to_iso (notice->valid_until);
    case KAI_NOTICE_COLUMN_CHECK_CODE:
      return g_strdup (notice->check_code);
    default:
      g_assert_not_reached ();
    }
}

static void
model_get_value (GtkTreeModel *model, GtkTreeIter *iter, int column, GValue *value)
{
  KaiNoticeModel *self = KAI_NOTICE_MODEL (model);
  const KaiNotice *notice;

  g_value_init (value, model_get_column_type (model, column));
  g_return_if_fail (iter->stamp == self->stamp);
  self->fetches++;
  /* NULL when another process has just removed the row; the reload is on its way. */
  notice = kai_notice_model_get (self, GPOINTER_TO_UINT (iter->user_data));
  if (!notice)
    return;
  if (column == KAI_NOTICE_COLUMN_DIM)
    g_value_set_boolean (value,
                         notice->state == KAI_NOTICE_VOID || notice->state == KAI_NOTICE_LAPSED);
  else
    g_value_take_string (value, kai_notice_dup_column (notice, column));
}

static gboolean
model_iter_next (GtkTreeModel *model, GtkTreeIter *iter)
{
  return set_position (KAI_NOTICE_MODEL (model), iter, GPOINTER_TO_INT (iter->user_data) + 1);
}

static gboolean
model_iter_previous (GtkTreeModel *model, GtkTreeIter *iter)
{
  return set_position (KAI_NOTICE_MODEL (model), iter, GPOINTER_TO_INT (iter->user_data) - 1);
}

static gboolean
model_iter_nth_child (GtkTreeModel *model, GtkTreeIter *iter, GtkTreeIter *parent, int n)
{
  return !parent && set_position (KAI_NOTICE_MODEL (model), iter, n);
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
  return iter ? 0 : (int)kai_notice_model_get_length (KAI_NOTICE_MODEL (model));
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
kai_notice_model_finalize (GObject *object)
{
  g_clear_pointer (&KAI_NOTICE_MODEL (object)->list, kai_notice_list_free);
  G_OBJECT_CLASS (kai_notice_model_parent_class)->finalize (object);
}

static void
kai_notice_model_class_init (KaiNoticeModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kai_notice_model_finalize;
}

static void
kai_notice_model_init (KaiNoticeModel *self)
{
  self->stamp = 1;
}
