/* The totals of a selection, counted in slices. */
#include "notices/kai-notice-summary.h"

#define SLICE 512 /* two pages of the list: some 5 ms */

struct _KaiNoticeSummary
{
  KaiNoticeTotalsFunc func;
  gpointer data;
  KaiNoticeModel *model;
  GArray *positions; /* guint */
  GArray *hidden;    /* gint64 ids */
  guint next;
  guint idle_id;
  KaiNoticeTotals totals;
};

KaiNoticeSummary *
kai_notice_summary_new (KaiNoticeTotalsFunc func, gpointer data)
{
  KaiNoticeSummary *self = g_new0 (KaiNoticeSummary, 1);

  self->func = func;
  self->data = data;
  self->positions = g_array_new (FALSE, FALSE, sizeof (guint));
  self->hidden = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

void
kai_notice_summary_stop (KaiNoticeSummary *self)
{
  g_clear_handle_id (&self->idle_id, g_source_remove);
  g_clear_object (&self->model);
}

void
kai_notice_summary_free (KaiNoticeSummary *self)
{
  if (!self)
    return;
  kai_notice_summary_stop (self);
  g_array_unref (self->positions);
  g_array_unref (self->hidden);
  g_free (self);
}

static void
add_notice (KaiNoticeSummary *self, const KaiNotice *notice)
{
  if (!notice)
    return;
  if (!kai_money_add (self->totals.amount, notice->amount, &self->totals.amount))
    self->totals.amount = KAI_MONEY_MAX;
  if (notice->state == KAI_NOTICE_UNPAID)
    self->totals.unpaid++;
  if (notice->state == KAI_NOTICE_PAID
      && (!notice->has_ebill || notice->ebill_sync == KAI_SYNC_REFUSED))
    self->totals.swappable++;
}

static void
add_hidden_slice (KaiNoticeSummary *self)
{
  guint n = MIN (SLICE, self->hidden->len);
  g_autoptr (GPtrArray) notices = NULL;

  if (n == 0)
    return;
  notices = kai_notice_model_load_many (
      self->model, &g_array_index (self->hidden, gint64, self->hidden->len - n), n);
  for (guint i = 0; notices && i < notices->len; i++)
    add_notice (self, notices->pdata[i]);
  g_array_set_size (self->hidden, self->hidden->len - n);
}

static void
add_slice (KaiNoticeSummary *self)
{
  guint end = MIN (self->next + SLICE, self->positions->len);

  if (self->next == self->positions->len)
    add_hidden_slice (self);
  for (; self->next < end; self->next++)
    add_notice (self, kai_notice_model_get (self->model,
                                            g_array_index (self->positions, guint, self->next)));
  self->totals.done = self->next == self->positions->len && self->hidden->len == 0;
}

static gboolean
on_idle_cb (gpointer data)
{
  KaiNoticeSummary *self = data;

  add_slice (self);
  if (!self->totals.done)
    return G_SOURCE_CONTINUE;
  self->idle_id = 0;
  g_clear_object (&self->model);
  self->func (&self->totals, self->data);
  return G_SOURCE_REMOVE;
}

static void
collect_cb (GtkTreeModel *model, GtkTreePath *path, GtkTreeIter *iter, gpointer data)
{
  guint position = gtk_tree_path_get_indices (path)[0];

  g_array_append_val ((GArray *)data, position);
}

void
kai_notice_summary_start (KaiNoticeSummary *self, KaiNoticeModel *model,
                          GtkTreeSelection *selection, GArray *hidden)
{
  kai_notice_summary_stop (self);
  g_array_set_size (self->positions, 0);
  gtk_tree_selection_selected_foreach (selection, collect_cb, self->positions);
  self->next = 0;
  g_array_set_size (self->hidden, 0);
  if (hidden)
    g_array_append_vals (self->hidden, hidden->data, hidden->len);
  self->totals = (KaiNoticeTotals){ .count = self->positions->len + self->hidden->len };
  self->model = g_object_ref (model);
  add_slice (self);
  if (!self->totals.done)
    self->idle_id = g_idle_add (on_idle_cb, self);
  else
    g_clear_object (&self->model);
  self->func (&self->totals, self->data);
}
