/* The thin model between the list of notices and the tree view: what stands in a row. Whoever replaces the rows detaches the
 * view (see kai-notices-page.c); rows that come at the end are told of one by one. */
#include "notices/kai-notice-model.h"
#include "kai-format.h"

struct _KaiNoticeModel
{
  KaiLongModel parent_instance;

  KaiDatabase *db;     /* borrowed */
  KaiNoticeList *list; /* NULL before the first load */
  guint shown;         /* rows that the view was told of while it is being told; 0 = all */
};

G_DEFINE_FINAL_TYPE (KaiNoticeModel, kai_notice_model, KAI_TYPE_LONG_MODEL)

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
    kai_long_model_renew (KAI_LONG_MODEL (self));
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

      kai_long_model_set_iter (KAI_LONG_MODEL (self), &iter, self->shown - 1);
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

int
kai_notice_model_find (KaiNoticeModel *self, gint64 id)
{
  return self->list ? kai_notice_list_find (self->list, id) : -1;
}

static guint
get_length (KaiLongModel *model)
{
  return kai_notice_model_get_length (KAI_NOTICE_MODEL (model));
}

static int
get_n_columns (KaiLongModel *model)
{
  return KAI_NOTICE_N_COLUMNS;
}

static GType
get_column_type (KaiLongModel *model, int column)
{
  return column == KAI_NOTICE_COLUMN_DIM ? G_TYPE_BOOLEAN : G_TYPE_STRING;
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
fill_value (KaiLongModel *model, guint position, int column, GValue *value)
{
  /* NULL when another process has just removed the row; the reload is on its way. */
  const KaiNotice *notice = kai_notice_model_get (KAI_NOTICE_MODEL (model), position);

  if (!notice)
    return;
  if (column == KAI_NOTICE_COLUMN_DIM)
    g_value_set_boolean (value,
                         notice->state == KAI_NOTICE_VOID || notice->state == KAI_NOTICE_LAPSED);
  else
    g_value_take_string (value, kai_notice_dup_column (notice, column));
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
  KaiLongModelClass *long_class = KAI_LONG_MODEL_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = kai_notice_model_finalize;
  long_class->get_length = get_length;
  long_class->get_n_columns = get_n_columns;
  long_class->get_column_type = get_column_type;
  long_class->fill_value = fill_value;
}

static void
kai_notice_model_init (KaiNoticeModel *self)
{
}
