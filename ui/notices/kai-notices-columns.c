/* Columns: which are shown, where, how wide, and which one gives the order. */
#include "notices/kai-notices-page-private.h"
#include "widgets/kai-text-columns.h"

#include <glib/gi18n-lib.h>

#define WIDEST 1000

typedef struct
{
  const char *name; /* in the settings; the template's id is "NAME_column" */
  int model_column; /* of the text */
  int sort;         /* KaiNoticeSort, -1: no order */
} Column;

static const Column columns[] = {
  { "code", KAI_NOTICE_COLUMN_CODE, KAI_SORT_CODE },
  { "state", KAI_NOTICE_COLUMN_STATE, KAI_SORT_STATE },
  { "date", KAI_NOTICE_COLUMN_DATE, KAI_SORT_DATE },
  { "payer", KAI_NOTICE_COLUMN_PAYER, -1 },
  { "amount", KAI_NOTICE_COLUMN_AMOUNT, KAI_SORT_AMOUNT },
  { "paid_on", KAI_NOTICE_COLUMN_PAID_ON, KAI_SORT_PAID_ON },
  { "channel", KAI_NOTICE_COLUMN_CHANNEL, -1 },
  { "ebill", KAI_NOTICE_COLUMN_EBILL, -1 },
  { "sync", KAI_NOTICE_COLUMN_SYNC, -1 },
  { "group", KAI_NOTICE_COLUMN_GROUP, -1 },
  { "term", KAI_NOTICE_COLUMN_TERM, -1 },
  { "clerk", KAI_NOTICE_COLUMN_CLERK, -1 },
  { "valid", KAI_NOTICE_COLUMN_VALID, -1 },
  { "check_code", KAI_NOTICE_COLUMN_CHECK_CODE, -1 },
};

static const Column *
find_by_name (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    if (g_str_equal (columns[i].name, name))
      return &columns[i];
  return NULL;
}

static const Column *
find_by_view (GtkTreeViewColumn *view_column)
{
  const char *id = gtk_buildable_get_name (GTK_BUILDABLE (view_column));

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      g_autofree char *wanted = g_strconcat (columns[i].name, "_column", NULL);

      if (g_strcmp0 (id, wanted) == 0)
        return &columns[i];
    }
  return NULL;
}

static GtkTreeViewColumn *
find_view (KaiNoticesPage *self, const Column *column)
{
  g_autoptr (GList) all = gtk_tree_view_get_columns (self->view);

  for (GList *l = all; l; l = l->next)
    if (find_by_view (l->data) == column)
      return l->data;
  return NULL;
}

static const Column *
find_by_sort (KaiNoticeSort sort)
{
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    if (columns[i].sort == (int)sort)
      return &columns[i];
  return &columns[0];
}

static const char *
why_no_order (const Column *column)
{
  if (column->model_column == KAI_NOTICE_COLUMN_PAYER)
    return _ ("The list cannot be in the order of names: they are kept encrypted. Type a name into "
              "the search instead.");
  return _ ("The list cannot be in the order of this column: the store has no index of it. Use the "
            "filters instead.");
}

/* ---- Order ---- */

void
kai_notices_page_show_order (KaiNoticesPage *self)
{
  const Column *by = find_by_sort (self->sort);
  g_autoptr (GList) all = gtk_tree_view_get_columns (self->view);
  const char *title = "";
  g_autofree char *text = NULL;

  for (GList *l = all; l; l = l->next)
    {
      const Column *column = find_by_view (l->data);

      gtk_tree_view_column_set_sort_indicator (l->data, column == by);
      /* As GTK has it: the arrow down stands for smallest first. */
      gtk_tree_view_column_set_sort_order (l->data, self->ascending ? GTK_SORT_ASCENDING
                                                                    : GTK_SORT_DESCENDING);
      if (column == by)
        title = gtk_tree_view_column_get_title (l->data);
    }
  text = g_strdup_printf (self->ascending ? _ ("by “%s”, smallest or oldest first")
                                          : _ ("by “%s”, largest or newest first"),
                          title);
  gtk_label_set_text (self->sort_label, text);
}

static void
set_order (KaiNoticesPage *self, KaiNoticeSort sort, gboolean ascending)
{
  GActionMap *map = G_ACTION_MAP (self->actions);

  self->sort = sort;
  self->ascending = ascending;
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (map, "sort")),
                             g_variant_new_string (find_by_sort (sort)->name));
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (map, "ascending")),
                             g_variant_new_boolean (ascending));
  kai_notices_page_show_order (self);
  kai_notices_page_load_first (self);
}

static void
on_column_clicked_cb (KaiNoticesPage *self, GtkTreeViewColumn *view_column)
{
  const Column *column = find_by_view (view_column);

  if (!column || column->sort < 0)
    kai_notices_page_report (self, FALSE, column ? why_no_order (column) : "");
  else if (column->sort == (int)self->sort)
    set_order (self, self->sort, !self->ascending);
  else
    set_order (self, (KaiNoticeSort)column->sort, FALSE);
}

static void
on_sort_cb (GSimpleAction *action, GVariant *value, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  const Column *column = find_by_name (g_variant_get_string (value, NULL));

  if (column && column->sort >= 0)
    set_order (self, (KaiNoticeSort)column->sort, self->ascending);
}

static void
on_ascending_cb (GSimpleAction *action, GVariant *value, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);

  set_order (self, self->sort, g_variant_get_boolean (value));
}

GVariant *
kai_notices_page_dup_order (KaiNoticesPage *self)
{
  return g_variant_ref_sink (
      g_variant_new ("(sb)", find_by_sort (self->sort)->name, self->ascending));
}

void
kai_notices_page_set_order (KaiNoticesPage *self, GVariant *order)
{
  const char *name;
  gboolean ascending;
  const Column *column;

  g_variant_get (order, "(&sb)", &name, &ascending);
  column = find_by_name (name);
  if (column && column->sort >= 0)
    set_order (self, (KaiNoticeSort)column->sort, ascending);
}

/* ---- Presence ---- */

static char *
dup_action_name (const Column *column)
{
  return g_strconcat ("column-", column->name, NULL);
}

static guint
count_shown (KaiNoticesPage *self)
{
  g_autoptr (GList) all = gtk_tree_view_get_columns (self->view);
  guint n = 0;

  for (GList *l = all; l; l = l->next)
    n += gtk_tree_view_column_get_visible (l->data) ? 1 : 0;
  return n;
}

static void
show_column (KaiNoticesPage *self, const Column *column, gboolean visible)
{
  GtkTreeViewColumn *view_column = find_view (self, column);
  g_autofree char *name = dup_action_name (column);
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  gtk_tree_view_column_set_visible (view_column, visible);
  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (visible));
}

static void
on_column_cb (GSimpleAction *action, GVariant *value, gpointer data)
{
  KaiNoticesPage *self = KAI_NOTICES_PAGE (data);
  const Column *column =
      find_by_name (g_action_get_name (G_ACTION (action)) + sizeof "column-" - 1);
  gboolean visible = g_variant_get_boolean (value);

  if (!visible && count_shown (self) == 1)
    kai_notices_page_report (self, FALSE, _ ("One column has to stay."));
  else
    show_column (self, column, visible);
}

/* ---- What is remembered ---- */

GVariant *
kai_notices_page_dup_columns (KaiNoticesPage *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sib)"));
  g_autoptr (GList) all = gtk_tree_view_get_columns (self->view);

  for (GList *l = all; l; l = l->next)
    g_variant_builder_add (&builder, "(sib)", find_by_view (l->data)->name,
                           kai_text_column_get_width (l->data),
                           gtk_tree_view_column_get_visible (l->data));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

void
kai_notices_page_set_columns (KaiNoticesPage *self, GVariant *remembered)
{
  GVariantIter iter;
  GtkTreeViewColumn *previous = NULL;
  const char *name;
  int width;
  gboolean visible;

  g_variant_iter_init (&iter, remembered);
  while (g_variant_iter_next (&iter, "(&sib)", &name, &width, &visible))
    {
      const Column *column = find_by_name (name);
      GtkTreeViewColumn *view_column = column ? find_view (self, column) : NULL;

      if (!view_column)
        continue;
      gtk_tree_view_move_column_after (self->view, view_column, previous);
      if (width > 0)
        kai_text_column_set_width (view_column, MIN (width, WIDEST));
      if (visible || count_shown (self) > 1)
        show_column (self, column, visible);
      previous = view_column;
    }
}

int *
kai_notices_page_dup_shown_columns (KaiNoticesPage *self, const char ***titles)
{
  g_autoptr (GList) all = gtk_tree_view_get_columns (self->view);
  GArray *shown = g_array_new (TRUE, TRUE, sizeof (int));
  GPtrArray *names = g_ptr_array_new ();
  const int end = -1;

  for (GList *l = all; l; l = l->next)
    if (gtk_tree_view_column_get_visible (l->data))
      {
        g_array_append_val (shown, find_by_view (l->data)->model_column);
        g_ptr_array_add (names, (gpointer)gtk_tree_view_column_get_title (l->data));
      }
  g_array_append_val (shown, end);
  g_ptr_array_add (names, NULL);
  *titles = (const char **)g_ptr_array_free (names, FALSE);
  return (int *)(void *)g_array_free (shown, FALSE);
}

/* ---- Beginning ---- */

static void
add_column_actions (KaiNoticesPage *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      g_autofree char *name = dup_action_name (&columns[i]);
      gboolean visible = gtk_tree_view_column_get_visible (find_view (self, &columns[i]));
      g_autoptr (GSimpleAction) action =
          g_simple_action_new_stateful (name, NULL, g_variant_new_boolean (visible));

      g_signal_connect (action, "change-state", G_CALLBACK (on_column_cb), self);
      g_action_map_add_action (G_ACTION_MAP (self->actions), G_ACTION (action));
    }
}

void
kai_notices_page_install_columns (KaiNoticesPage *self)
{
  static const GActionEntry entries[] = {
    { .name = "sort", .parameter_type = "s", .state = "'date'", .change_state = on_sort_cb },
    { .name = "ascending", .state = "false", .change_state = on_ascending_cb },
  };
  g_autoptr (GList) all = gtk_tree_view_get_columns (self->view);

  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  add_column_actions (self);
  kai_text_columns_follow (self->view);
  for (GList *l = all; l; l = l->next)
    {
      const Column *column = find_by_view (l->data);

      gtk_widget_set_tooltip_text (gtk_tree_view_column_get_button (l->data),
                                   column->sort >= 0
                                       ? _ ("Click: in the order of this column; again: the other "
                                            "way round")
                                       : why_no_order (column));
    }
  kai_notices_page_show_order (self);
}

void
kai_notices_page_bind_column_callbacks (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, on_column_clicked_cb);
}
