/* The totals of a selection, counted in slices. */
#include "notices/kai-notice-summary.h"

#include <gio/gio.h>

#define SLICE 2000 /* some 5 ms */

struct _KaiNoticeSummary
{
  KaiNoticeTotalsFunc func;
  gpointer data;
  KaiDatabase *db; /* borrowed */
  GArray *ids;     /* gint64 */
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
  self->ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

void
kai_notice_summary_stop (KaiNoticeSummary *self)
{
  g_clear_handle_id (&self->idle_id, g_source_remove);
  self->db = NULL;
}

void
kai_notice_summary_free (KaiNoticeSummary *self)
{
  if (!self)
    return;
  kai_notice_summary_stop (self);
  g_array_unref (self->ids);
  g_free (self);
}

static gboolean
is_done (KaiNoticeSummary *self)
{
  return self->next == self->ids->len;
}

/* What cannot be read cannot be added up: the list itself says what is wrong with the store. */
static void
add_slice (KaiNoticeSummary *self)
{
  guint n = MIN (SLICE, self->ids->len - self->next);
  g_autoptr (GError) error = NULL;

  if (n > 0
      && !kai_notice_totals_add (&self->totals, self->db,
                                 &g_array_index (self->ids, gint64, self->next), n, &error))
    g_message ("the selection could not be added up: %s", error->message);
  self->next += n;
}

static gboolean
on_idle_cb (gpointer data)
{
  KaiNoticeSummary *self = data;

  add_slice (self);
  if (!is_done (self))
    return G_SOURCE_CONTINUE;
  self->idle_id = 0;
  self->func (&self->totals, TRUE, self->data);
  return G_SOURCE_REMOVE;
}

void
kai_notice_summary_start (KaiNoticeSummary *self, KaiDatabase *db, GArray *ids)
{
  kai_notice_summary_stop (self);
  g_array_set_size (self->ids, 0);
  g_array_append_vals (self->ids, ids->data, ids->len);
  self->next = 0;
  self->totals = (KaiNoticeTotals){ 0 };
  self->db = db;
  add_slice (self);
  if (!is_done (self))
    self->idle_id = g_idle_add (on_idle_cb, self);
  self->func (&self->totals, is_done (self), self->data);
}
