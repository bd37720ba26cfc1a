/* An entry with its problem below it. */
#include "widgets/kai-field.h"
#include "kai-format.h"

struct _KaiField
{
  GtkBox parent_instance;

  /* Template */
  GtkWidget *problem_label;
};

G_DEFINE_FINAL_TYPE (KaiField, kai_field, GTK_TYPE_BOX)

static void
describe_child_cb (GtkWidget *child, gpointer data)
{
  KaiField *self = KAI_FIELD (data);
  GtkStyleContext *style = gtk_widget_get_style_context (child);
  const char *sentence = kai_field_get_problem (self);

  if (child == self->problem_label)
    return;
  kai_set_accessible_description (child, sentence);
  if (sentence[0] != '\0')
    gtk_style_context_add_class (style, GTK_STYLE_CLASS_ERROR);
  else
    gtk_style_context_remove_class (style, GTK_STYLE_CLASS_ERROR);
}

/* A screen reader finds the problem from the entry, whenever it asks. */
static void
kai_field_add (GtkContainer *container, GtkWidget *child)
{
  KaiField *self = KAI_FIELD (container);

  GTK_CONTAINER_CLASS (kai_field_parent_class)->add (container, child);
  if (child != self->problem_label && self->problem_label)
    kai_relate_description (child, self->problem_label);
}

void
kai_field_set_problem (KaiField *self, const char *sentence)
{
  if (!sentence)
    sentence = "";
  if (g_str_equal (sentence, kai_field_get_problem (self)))
    return;
  gtk_label_set_text (GTK_LABEL (self->problem_label), sentence);
  gtk_widget_set_visible (self->problem_label, sentence[0] != '\0');
  gtk_container_foreach (GTK_CONTAINER (self), describe_child_cb, self);
}

const char *
kai_field_get_problem (KaiField *self)
{
  return gtk_label_get_text (GTK_LABEL (self->problem_label));
}

static void
kai_field_class_init (KaiFieldClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  GTK_CONTAINER_CLASS (klass)->add = kai_field_add;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/widgets/kai-field.ui");
  gtk_widget_class_bind_template_child (widget_class, KaiField, problem_label);
}

static void
kai_field_init (KaiField *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
