/* One line of the home page. */
#include "home/kai-attention-row.h"

#include "kai-format.h"

#include <glib/gi18n-lib.h>

struct _KaiAttentionRow
{
  GtkListBoxRow parent_instance;

  /* Template */
  GtkImage *image;
  GtkLabel *title_label, *detail_label;

  /* Owned */
  char *target;
  KaiUrgency urgency;
};

G_DEFINE_FINAL_TYPE (KaiAttentionRow, kai_attention_row, GTK_TYPE_LIST_BOX_ROW)

static const char *
word_of (KaiUrgency urgency)
{
  switch (urgency)
    {
    case KAI_URGENCY_ERROR:
      return _ ("Urgent");
    case KAI_URGENCY_WARNING:
      return _ ("Soon");
    case KAI_URGENCY_INFO:
    default:
      return _ ("To know");
    }
}

GtkWidget *
kai_attention_row_new (KaiUrgency urgency, const char *target, const char *title,
                       const char *detail)
{
  static const char *const icons[] = { "dialog-information-symbolic", "dialog-warning-symbolic",
                                       "dialog-error-symbolic" };
  static const char *const classes[] = { "dim-label", "kai-warning", "kai-problem" };
  KaiAttentionRow *self = g_object_new (KAI_TYPE_ATTENTION_ROW, NULL);
  g_autofree char *name = g_strdup_printf (_ ("%s: %s"), word_of (urgency), title);

  self->urgency = urgency;
  self->target = g_strdup (target);
  gtk_image_set_from_icon_name (self->image, icons[urgency], GTK_ICON_SIZE_LARGE_TOOLBAR);
  gtk_style_context_add_class (gtk_widget_get_style_context (GTK_WIDGET (self->image)),
                               classes[urgency]);
  gtk_label_set_text (self->title_label, title);
  gtk_label_set_text (self->detail_label, detail);
  gtk_widget_set_visible (GTK_WIDGET (self->detail_label), detail[0] != '\0');
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->image), word_of (urgency));
  kai_set_accessible_name (GTK_WIDGET (self), name);
  kai_set_accessible_description (GTK_WIDGET (self), detail);
  return GTK_WIDGET (self);
}

const char *
kai_attention_row_get_target (KaiAttentionRow *self)
{
  return self->target;
}

KaiUrgency
kai_attention_row_get_urgency (KaiAttentionRow *self)
{
  return self->urgency;
}

const char *
kai_attention_row_get_title (KaiAttentionRow *self)
{
  return gtk_label_get_text (self->title_label);
}

static void
kai_attention_row_finalize (GObject *object)
{
  g_free (KAI_ATTENTION_ROW (object)->target);
  G_OBJECT_CLASS (kai_attention_row_parent_class)->finalize (object);
}

static void
kai_attention_row_class_init (KaiAttentionRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = kai_attention_row_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/home/kai-attention-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KaiAttentionRow, image);
  gtk_widget_class_bind_template_child (widget_class, KaiAttentionRow, title_label);
  gtk_widget_class_bind_template_child (widget_class, KaiAttentionRow, detail_label);
}

static void
kai_attention_row_init (KaiAttentionRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
