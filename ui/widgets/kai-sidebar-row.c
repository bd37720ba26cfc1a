/* One page in the sidebar. */
#include "widgets/kai-sidebar-row.h"

#include "kai-format.h"

#include <glib/gi18n-lib.h>

/* Above this the exact number says nothing more in so little room; the tooltip has it. */
#define LARGEST_SHOWN 9999

struct _KaiSidebarRow
{
  GtkListBoxRow parent_instance;

  /* Template */
  GtkBox *box;
  GtkImage *image;
  GtkLabel *title_label, *count_label;

  /* Owned */
  char *keys, *meaning;
  gint64 count;
};

G_DEFINE_FINAL_TYPE (KaiSidebarRow, kai_sidebar_row, GTK_TYPE_LIST_BOX_ROW)

enum
{
  PROP_0,
  PROP_TITLE,
  PROP_ICON_NAME,
  PROP_KEYS,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

static void
describe (KaiSidebarRow *self)
{
  const char *title = gtk_label_get_text (self->title_label);
  g_autoptr (GString) tooltip = g_string_new (title);

  if (self->keys && self->keys[0] != '\0')
    g_string_append_printf (tooltip, " (%s)", self->keys);
  if (self->meaning)
    g_string_append_printf (tooltip, "\n%s", self->meaning);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), tooltip->str);
  kai_set_accessible_name (GTK_WIDGET (self), title);
  kai_set_accessible_description (GTK_WIDGET (self), self->meaning ? self->meaning : "");
}

void
kai_sidebar_row_set_count (KaiSidebarRow *self, gint64 count, const char *meaning)
{
  g_autofree char *text = NULL;

  g_free (self->meaning);
  self->meaning = count > 0 ? g_strdup (meaning) : NULL;
  self->count = count;
  text = count > LARGEST_SHOWN ? g_strdup_printf ("%d+", LARGEST_SHOWN)
                               : g_strdup_printf ("%d", (int)count);
  gtk_label_set_text (self->count_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->count_label), count > 0);
  describe (self);
}

void
kai_sidebar_row_set_folded (KaiSidebarRow *self, gboolean folded)
{
  gtk_widget_set_visible (GTK_WIDGET (self->title_label), !folded);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->box),
                                  folded ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  gtk_box_set_spacing (self->box, folded ? 2 : 8);
}

gint64
kai_sidebar_row_get_count (KaiSidebarRow *self)
{
  return self->count;
}

static void
kai_sidebar_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  KaiSidebarRow *self = KAI_SIDEBAR_ROW (object);

  switch (id)
    {
    case PROP_TITLE:
      gtk_label_set_text (self->title_label, g_value_get_string (value));
      break;
    case PROP_ICON_NAME:
      gtk_image_set_from_icon_name (self->image, g_value_get_string (value), GTK_ICON_SIZE_MENU);
      break;
    case PROP_KEYS:
      g_free (self->keys);
      self->keys = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      return;
    }
  describe (self);
}

static void
kai_sidebar_row_finalize (GObject *object)
{
  KaiSidebarRow *self = KAI_SIDEBAR_ROW (object);

  g_free (self->keys);
  g_free (self->meaning);
  G_OBJECT_CLASS (kai_sidebar_row_parent_class)->finalize (object);
}

static void
kai_sidebar_row_class_init (KaiSidebarRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS;

  object_class->set_property = kai_sidebar_row_set_property;
  object_class->finalize = kai_sidebar_row_finalize;
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, "", flags);
  properties[PROP_ICON_NAME] = g_param_spec_string ("icon-name", NULL, NULL, NULL, flags);
  properties[PROP_KEYS] = g_param_spec_string ("keys", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/widgets/kai-sidebar-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KaiSidebarRow, box);
  gtk_widget_class_bind_template_child (widget_class, KaiSidebarRow, image);
  gtk_widget_class_bind_template_child (widget_class, KaiSidebarRow, title_label);
  gtk_widget_class_bind_template_child (widget_class, KaiSidebarRow, count_label);
}

static void
kai_sidebar_row_init (KaiSidebarRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
