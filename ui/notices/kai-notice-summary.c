/* The totals of a selection, counted in slices. */
#include "notices/kai-notice-summary.h"

#define SLICE 512 /* two pages of the list: some 5 ms */

struct _KaiNoticeSummary
{
  KaiNoticeTotalsFunc func;
  gpointer data;
  KaiNoticeModel *model;
  GArray *positions; /* guint */
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
  g_free (self);
}

static void
add_slice (KaiNoticeSummary *self)
{
  guint end = MIN (self->next + SLICE, self->positions->len);

  for (; self->next < end; self->next++)
    {
      const KaiNotice *notice =
          kai_notice_model_get (self->model, g_array_index (self->positions, guint, self->next));

      if (!notice)
        continue;
      if (!kai_money_add (self->totals.amount, notice->amount, &self->totals.amount))
        self->totals.amount = KAI_MONEY_MAX;
      if (notice->state == KAI_NOTICE_UNPAID)
        self->totals.unpaid++;
      if (notice->state == KAI_NOTICE_PAID
          && (!notice->has_ebill || notice->ebill_sync == KAI_SYNC_REFUSED))
        self->totals.swappable++;
    }
  self->totals.done = self->next == self->positions->len;
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
                          GtkTreeSelection *selection)
{
  kai_notice_summary_stop (self);
  g_array_set_size (self->positions, 0);
  gtk_tree_selection_selected_foreach (selection, collect_cb, self->positions);
  self->next = 0;
  self->totals = (KaiNoticeTotals){ .count = self->positions->len };
  self->model = g_object_ref (model);
  add_slice (self);
  if (!self->totals.done)
    self->idle_id = g_idle_add (on_idle_cb, self);
  else
    g_clear_object (&self->model);
  self->func (&self->totals, self->data);
}
