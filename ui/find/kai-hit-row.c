/* A line to choose from, for suggestions, drafts and what was found. */
#include "find/kai-hit-row.h"
#include "kai-format.h"
#include <glib/gi18n-lib.h>

struct _KaiHitRow
{
  GtkListBoxRow parent_instance;

  /* Template */
  GtkImage *icon;
  GtkLabel *title_label, *detail_label, *key_label;
};

G_DEFINE_FINAL_TYPE (KaiHitRow, kai_hit_row, GTK_TYPE_LIST_BOX_ROW)

static void
set_label (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text && *text);
}

KaiHitRow *
kai_hit_row_new (const char *icon, const char *title, const char *detail, const char *key)
{
  KaiHitRow *self = g_object_new (KAI_TYPE_HIT_ROW, NULL);
  g_autofree char *name =
      detail && *detail ? g_strdup_printf ("%s, %s", title, detail) : g_strdup (title);

  if (icon)
    gtk_image_set_from_icon_name (self->icon, icon, GTK_ICON_SIZE_MENU);
  gtk_widget_set_visible (GTK_WIDGET (self->icon), icon != NULL);
  gtk_label_set_text (self->title_label, title);
  set_label (self->detail_label, detail);
  set_label (self->key_label, key);
  kai_set_accessible_name (GTK_WIDGET (self), name);
  return self;
}

void
kai_hit_row_set_dim (KaiHitRow *self, gboolean dim)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self->title_label));

  if (dim)
    gtk_style_context_add_class (style, GTK_STYLE_CLASS_DIM_LABEL);
  else
    gtk_style_context_remove_class (style, GTK_STYLE_CLASS_DIM_LABEL);
}

static void
scroll_to (GtkListBox *list, GtkWidget *row)
{
  GtkAdjustment *adjustment = gtk_list_box_get_adjustment (list);
  int y;

  if (adjustment && gtk_widget_translate_coordinates (row, GTK_WIDGET (list), 0, 0, NULL, &y))
    gtk_adjustment_clamp_page (adjustment, y, y + gtk_widget_get_allocated_height (row));
}

gboolean
kai_hit_rows_move (GtkListBox *list, int step)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (list);
  int index = row ? gtk_list_box_row_get_index (row) + step : step > 0 ? 0 : -1;

  for (row = gtk_list_box_get_row_at_index (list, index);
       row && !gtk_widget_get_visible (GTK_WIDGET (row));
       row = gtk_list_box_get_row_at_index (list, index))
    index += step;
  if (!row || index < 0)
    return FALSE;
  gtk_list_box_select_row (list, row);
  scroll_to (list, GTK_WIDGET (row));
  return TRUE;
}

void
kai_hit_rows_clear (GtkListBox *list)
{
  g_autoptr (GList) rows = gtk_container_get_children (GTK_CONTAINER (list));

  for (GList *l = rows; l; l = l->next)
    gtk_widget_destroy (l->data);
}

static void
kai_hit_row_class_init (KaiHitRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/find/kai-hit-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KaiHitRow, icon);
  gtk_widget_class_bind_template_child (widget_class, KaiHitRow, title_label);
  gtk_widget_class_bind_template_child (widget_class, KaiHitRow, detail_label);
  gtk_widget_class_bind_template_child (widget_class, KaiHitRow, key_label);
}

static void
kai_hit_row_init (KaiHitRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* Every line says more of itself once it is filled. */
  kai_set_accessible_name (GTK_WIDGET (self), _ ("Line"));
}
