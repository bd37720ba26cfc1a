/* What is selected, in three parts: rows of the view, rows of the list that the view has not loaded yet (select all means all), and notices that
 * another filter showed. */
#include "notices/kai-notices-page-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* ---- Sets of ids ---- */

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return x < y ? -1 : x > y;
}

/* A sorted copy. */
static GArray *
dup_set (GArray *ids)
{
  GArray *set = g_array_copy (ids);

  g_array_sort (set, compare_ids);
  return set;
}

/* -1 when it is not there. */
static int
find_id (GArray *set, gint64 id)
{
  const gint64 *found =
      set->len > 0 ? bsearch (&id, set->data, set->len, sizeof id, compare_ids) : NULL;

  return found ? (int)(found - (const gint64 *)(void *)set->data) : -1;
}

/* Appends those of @set to @out that stand in @all, in the order of @all. Marks for each of @set whether it was there: caller frees. @all NULL: none. */
static gboolean *
append_in_order (GArray *all, GArray *set, GArray *out)
{
  gboolean *taken = g_new0 (gboolean, set->len + 1);

  for (guint i = 0; all && i < all->len; i++)
    {
      int place = find_id (set, g_array_index (all, gint64, i));

      if (place < 0)
        continue;
      taken[place] = TRUE;
      g_array_append_val (out, g_array_index (all, gint64, i));
    }
  return taken;
}

/* Takes from @set the ids that are marked in @taken. */
static void
remove_marked (GArray *set, const gboolean *taken)
{
  guint n = 0;

  for (guint i = 0; i < set->len; i++)
    if (!taken[i])
      g_array_index (set, gint64, n++) = g_array_index (set, gint64, i);
  g_array_set_size (set, n);
}

/* ---- Which are selected ---- */

static void
collect_id_cb (GtkTreeModel *model, GtkTreePath *path, GtkTreeIter *iter, gpointer data)
{
  gint64 id =
      kai_notice_model_get_id (KAI_NOTICE_MODEL (model), gtk_tree_path_get_indices (path)[0]);

  g_array_append_val ((GArray *)data, id);
}

GArray *
kai_notices_page_dup_all_ids (KaiNoticesPage *self)
{
  g_autoptr (GError) error = NULL;
  KaiNoticeFilter filter;
  GArray *ids;

  kai_notices_page_read_filter (self, &filter);
  ids = kai_notice_store_list_ids (kai_session_get_database (self->session), &filter, &error);
  if (!ids)
    kai_notices_page_report (self, TRUE, error->message);
  return ids;
}

/* Those beyond the end of what is loaded, in the order of the list; any that have gone from it meanwhile come last. */
static void
add_beyond (KaiNoticesPage *self, GArray *ids)
{
  g_autoptr (GArray) all = self->beyond->len > 0 ? kai_notices_page_dup_all_ids (self) : NULL;
  g_autofree gboolean *taken = append_in_order (all, self->beyond, ids);

  for (guint i = 0; i < self->beyond->len; i++)
    if (!taken[i])
      g_array_append_val (ids, g_array_index (self->beyond, gint64, i));
}

GArray *
kai_notices_page_dup_selected_ids (KaiNoticesPage *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (self->model)
    gtk_tree_selection_selected_foreach (self->selection, collect_id_cb, ids);
  if (self->beyond->len > 0)
    add_beyond (self, ids);
  g_array_append_vals (ids, self->hidden->data, self->hidden->len);
  return ids;
}

guint
kai_notices_page_count_selected (KaiNoticesPage *self)
{
  return (guint)gtk_tree_selection_count_selected_rows (self->selection) + self->beyond->len
         + self->hidden->len;
}

GPtrArray *
kai_notices_page_load_selected (KaiNoticesPage *self)
{
  g_autoptr (GArray) ids = kai_notices_page_dup_selected_ids (self);
  g_autoptr (GError) error = NULL;
  GPtrArray *notices;

  notices = kai_notice_store_load_many (kai_session_get_database (self->session),
                                        (gint64 *)(void *)ids->data, ids->len, &error);
  if (!notices)
    kai_notices_page_report (self, TRUE, error->message);
  return notices;
}

gboolean
kai_notices_page_may_have_more (KaiNoticesPage *self)
{
  return self->model && kai_notice_model_get_length (self->model) >= (guint)self->wanted_rows;
}

/* ---- Selecting ---- */

static void
select_run (KaiNoticesPage *self, guint first, guint last)
{
  g_autoptr (GtkTreePath) from = gtk_tree_path_new_from_indices ((int)first, -1);
  g_autoptr (GtkTreePath) to = gtk_tree_path_new_from_indices ((int)last, -1);

  gtk_tree_selection_select_range (self->selection, from, to);
}

/* One pass over the rows from @first on, in runs: selecting row by row would take minutes for a long selection. What is not in the view stays in
 * @wanted (sorted). */
static void
select_wanted (KaiNoticesPage *self, GArray *wanted, guint first)
{
  guint length = kai_notice_model_get_length (self->model);
  g_autofree gboolean *taken = g_new0 (gboolean, wanted->len + 1);
  guint start = first;
  gboolean in_run = FALSE;

  for (guint i = first; i < length && wanted->len > 0; i++)
    {
      int place = find_id (wanted, kai_notice_model_get_id (self->model, i));

      if (place >= 0)
        taken[place] = TRUE;
      if (place >= 0 && !in_run)
        start = i;
      else if (place < 0 && in_run)
        select_run (self, start, i - 1);
      in_run = place >= 0;
    }
  if (in_run)
    select_run (self, start, length - 1);
  remove_marked (wanted, taken);
}

/* Those that the filter lets through are only not loaded; the others it hides. */
static void
split_unseen (KaiNoticesPage *self, GArray *unseen)
{
  g_autoptr (GArray) all = unseen->len > 0 && kai_notices_page_may_have_more (self)
                               ? kai_notices_page_dup_all_ids (self)
                               : NULL;
  g_autofree gboolean *taken = NULL;

  g_array_set_size (self->beyond, 0);
  self->all_count = all ? all->len : 0;
  taken = append_in_order (all, unseen, self->beyond);
  g_array_sort (self->beyond, compare_ids);
  remove_marked (unseen, taken);
  g_array_set_size (self->hidden, 0);
  g_array_append_vals (self->hidden, unseen->data, unseen->len);
}

void
kai_notices_page_restore_selection (KaiNoticesPage *self, GArray *ids)
{
  g_autoptr (GArray) wanted = dup_set (ids);

  select_wanted (self, wanted, 0);
  split_unseen (self, wanted);
}

void
kai_notices_page_select_added (KaiNoticesPage *self, guint first)
{
  if (self->beyond->len == 0)
    return;
  self->restoring = TRUE;
  select_wanted (self, self->beyond, first);
  self->restoring = FALSE;
}

static GArray *
dup_loaded (KaiNoticesPage *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < kai_notice_model_get_length (self->model); i++)
    {
      gint64 id = kai_notice_model_get_id (self->model, i);

      g_array_append_val (ids, id);
    }
  g_array_sort (ids, compare_ids);
  return ids;
}

/* The view has just selected its rows: the rest of the list is meant, too. */
static gboolean
on_select_all_cb (KaiNoticesPage *self)
{
  g_autoptr (GArray) all = NULL;
  g_autoptr (GArray) loaded = NULL;

  if (!self->model || !kai_notices_page_may_have_more (self))
    return TRUE;
  all = kai_notices_page_dup_all_ids (self);
  if (!all)
    return TRUE;
  loaded = dup_loaded (self);
  g_array_set_size (self->beyond, 0);
  for (guint i = 0; i < all->len; i++)
    if (find_id (loaded, g_array_index (all, gint64, i)) < 0)
      g_array_append_val (self->beyond, g_array_index (all, gint64, i));
  g_array_sort (self->beyond, compare_ids);
  self->all_count = all->len;
  kai_notices_page_start_summary (self);
  return TRUE;
}

static gboolean
on_unselect_all_cb (KaiNoticesPage *self)
{
  kai_notices_page_forget_unseen (self);
  if (self->model)
    kai_notices_page_start_summary (self);
  return TRUE;
}

void
kai_notices_page_forget_unseen (KaiNoticesPage *self)
{
  g_array_set_size (self->hidden, 0);
  g_array_set_size (self->beyond, 0);
  self->all_count = 0;
}

void
kai_notices_page_forget_hidden (KaiNoticesPage *self)
{
  if (self->hidden->len == 0)
    return;
  g_array_set_size (self->hidden, 0);
  if (self->model)
    kai_notices_page_start_summary (self);
}

/* ---- What it comes to ---- */

static char *
describe_list (KaiNoticesPage *self)
{
  guint length = kai_notice_model_get_length (self->model);

  if (self->all_count == 0 && kai_notices_page_may_have_more (self))
    return g_strdup_printf (_ ("more than %u notices"), length - 1);
  length = MAX (length, self->all_count);
  return g_strdup_printf (ngettext ("%u notice", "%u notices", length), length);
}

static char *
describe_selection (const KaiNoticeTotals *totals, guint count, gboolean done, const char *all)
{
  g_autofree char *amount = kai_money_to_display (totals->amount);

  if (count == 0)
    return g_strdup (all);
  if (!done)
    return g_strdup_printf (_ ("%s, %u selected, adding up…"), all, count);
  return g_strdup_printf (_ ("%s, %u selected: ¥ %s (%u unpaid, %u paid without e-bill)"), all,
                          count, amount, (guint)totals->unpaid, (guint)totals->swappable);
}

static void
on_totals_cb (const KaiNoticeTotals *totals, gboolean done, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  guint hidden = self->hidden->len;
  g_autofree char *all = describe_list (self);
  g_autofree char *text =
      describe_selection (totals, kai_notices_page_count_selected (self), done, all);
  g_autofree char *unseen = NULL;

  self->totals = *totals;
  if (hidden > 0)
    unseen = g_strdup_printf (
        ngettext ("%s – %d of them is not shown", "%s – %d of them are not shown", hidden), text,
        (int)hidden);
  gtk_label_set_text (self->totals_label, unseen ? unseen : text);
  gtk_widget_set_visible (self->forget_button, hidden > 0);
  kai_notices_page_update_actions (self);
}

void
kai_notices_page_start_summary (KaiNoticesPage *self)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  gtk_tree_selection_selected_foreach (self->selection, collect_id_cb, ids);
  g_array_append_vals (ids, self->beyond->data, self->beyond->len);
  g_array_append_vals (ids, self->hidden->data, self->hidden->len);
  kai_notice_summary_start (self->summary, kai_session_get_database (self->session), ids);
}

void
kai_notices_page_install_selection (KaiNoticesPage *self)
{
  self->summary = kai_notice_summary_new (on_totals_cb, self);
  g_signal_connect_object (self->view, "select-all", G_CALLBACK (on_select_all_cb), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (self->view, "unselect-all", G_CALLBACK (on_unselect_all_cb), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}
