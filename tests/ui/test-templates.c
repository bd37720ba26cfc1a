/* Every template: it can be built, every widget in it that takes the focus has an accessible name, and every input of a form has its label and
 * its problem as relations: whatever stands beside a label is labelled by it. */
#include "kai-ui-fixture.h"

#include "ebills/kai-ebills-page.h"
#include "editor/kai-editor-page.h"
#include "editor/kai-item-row.h"
#include "home/kai-home-page.h"
#include "editor/kai-suggest.h"
#include "find/kai-find-popover.h"
#include "find/kai-hit-row.h"
#include "inspector/kai-inspection-view.h"
#include "inspector/kai-inspector-page.h"
#include "kai-window.h"
#include "log/kai-log-page.h"
#include "notices/kai-notice-details.h"
#include "notices/kai-notices-page.h"
#include "payers/kai-payers-page.h"
#include "review/kai-review-page.h"
#include "sign-in/kai-lock-page.h"
#include "sign-in/kai-pin-change.h"
#include "settings/kai-settings-page.h"
#include "statebar/kai-state-bar.h"
#include "templates/kai-templates-page.h"
#include "stock/kai-stock-page.h"
#include "widgets/kai-field.h"
#include "widgets/kai-sidebar-row.h"
#include "widgets/kai-task-row.h"

#include <string.h>

#define RESOURCES "/cn/kaipiao/Kaipiao/ui"

static int nameless, unrelated;

static gboolean
needs_name (GtkWidget *widget)
{
  /* Rows of combo boxes and the insides of GTK's own widgets name themselves. */
  return gtk_widget_get_can_focus (widget) && !GTK_IS_WINDOW (widget)
         && !GTK_IS_SCROLLED_WINDOW (widget) && !GTK_IS_LABEL (widget) && !GTK_IS_PANED (widget)
         && !GTK_IS_MENU_ITEM (widget) && !GTK_IS_CELL_VIEW (widget);
}

/* A part of one of GTK's own widgets. */
static gboolean
is_inside (GtkWidget *widget)
{
  const GType wholes[] = { GTK_TYPE_COMBO_BOX, GTK_TYPE_INFO_BAR, GTK_TYPE_TREE_VIEW };
  GtkWidget *parent = gtk_widget_get_parent (widget);

  for (guint i = 0; parent && i < G_N_ELEMENTS (wholes); i++)
    if (gtk_widget_get_ancestor (parent, wholes[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_related (GtkWidget *widget, AtkRelationType type)
{
  g_autoptr (AtkRelationSet) set = atk_object_ref_relation_set (gtk_widget_get_accessible (widget));

  return atk_relation_set_contains (set, type);
}

static void
check_relation (GtkWidget *widget, AtkRelationType type, const char *where)
{
  if (is_related (widget, type))
    return;
  g_test_message ("%s: %s %s has no relation “%s”", where, G_OBJECT_TYPE_NAME (widget),
                  gtk_buildable_get_name (GTK_BUILDABLE (widget)),
                  atk_relation_type_get_name (type));
  unrelated++;
}

/* An entry of a form: its problem describes it, and the problem knows what it describes. */
static void
check_field_cb (GtkWidget *child, gpointer data)
{
  const char *id = gtk_buildable_get_name (GTK_BUILDABLE (child));

  check_relation (child,
                  g_strcmp0 (id, "problem_label") == 0 ? ATK_RELATION_DESCRIPTION_FOR
                                                       : ATK_RELATION_DESCRIBED_BY,
                  data);
}

/* ---- What stands beside a label ---- */

static gboolean
is_input (GtkWidget *widget)
{
  const GType inputs[] = { GTK_TYPE_ENTRY,     GTK_TYPE_COMBO_BOX, GTK_TYPE_SWITCH,
                           GTK_TYPE_TREE_VIEW, GTK_TYPE_LIST_BOX,  GTK_TYPE_FILE_CHOOSER_BUTTON,
                           GTK_TYPE_TEXT_VIEW };

  for (guint i = 0; i < G_N_ELEMENTS (inputs); i++)
    if (g_type_is_a (G_OBJECT_TYPE (widget), inputs[i]))
      return TRUE;
  return FALSE;
}

/* Something that is told, not what it is called: selected and copied, or filled in later. */
static gboolean
is_value (GtkWidget *widget)
{
  return GTK_IS_LABEL (widget)
         && (gtk_label_get_selectable (GTK_LABEL (widget))
             || gtk_label_get_text (GTK_LABEL (widget))[0] == '\0');
}

static void
find_input_cb (GtkWidget *widget, gpointer data)
{
  GtkWidget **found = data;

  if (!*found && is_input (widget))
    *found = widget;
  else if (!*found && GTK_IS_CONTAINER (widget))
    gtk_container_foreach (GTK_CONTAINER (widget), find_input_cb, data);
}

/* @label stands before @beside: assistive technology must be told so. What stands before a list may also be a sentence about it. */
static void
check_beside (GtkWidget *label, GtkWidget *beside, gboolean in_grid, const char *where)
{
  GtkWidget *input = NULL;

  if (!GTK_IS_LABEL (label) || is_value (label) || !beside)
    return;
  if (is_input (beside) || (in_grid && is_value (beside)))
    input = beside;
  else if (KAI_IS_FIELD (beside) || GTK_IS_SCROLLED_WINDOW (beside))
    find_input_cb (beside, &input);
  if (input && !(GTK_IS_TREE_VIEW (input) && is_related (input, ATK_RELATION_DESCRIBED_BY)))
    check_relation (input, ATK_RELATION_LABELLED_BY, where);
}

static void
check_grid (GtkGrid *grid, const char *where)
{
  g_autoptr (GList) children = gtk_container_get_children (GTK_CONTAINER (grid));

  for (GList *at = children; at; at = at->next)
    {
      int left, top, width;

      gtk_container_child_get (GTK_CONTAINER (grid), at->data, "left-attach", &left, "top-attach",
                               &top, "width", &width, NULL);
      check_beside (at->data, gtk_grid_get_child_at (grid, left + width, top), TRUE, where);
    }
}

static void
check_box (GtkBox *box, const char *where)
{
  g_autoptr (GList) children = gtk_container_get_children (GTK_CONTAINER (box));

  for (GList *at = children; at && at->next; at = at->next)
    check_beside (at->data, at->next->data, FALSE, where);
}

static void
check_cb (GtkWidget *widget, gpointer data)
{
  const char *where = data;

  if (needs_name (widget) && !is_inside (widget))
    {
      const char *name = atk_object_get_name (gtk_widget_get_accessible (widget));

      if (!name || name[0] == '\0')
        {
          g_test_message ("%s: %s %s has no accessible name", where, G_OBJECT_TYPE_NAME (widget),
                          gtk_buildable_get_name (GTK_BUILDABLE (widget)));
          nameless++;
        }
    }
  /* A field alone has nothing to describe yet. */
  if (KAI_IS_FIELD (widget) && gtk_widget_get_parent (widget))
    gtk_container_forall (GTK_CONTAINER (widget), check_field_cb, data);
  if (GTK_IS_MENU_BUTTON (widget) && gtk_menu_button_get_popover (GTK_MENU_BUTTON (widget)))
    check_cb (GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (widget))), data);
  if (GTK_IS_GRID (widget))
    check_grid (GTK_GRID (widget), where);
  else if (GTK_IS_BOX (widget) && !is_inside (widget))
    check_box (GTK_BOX (widget), where);
  if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), check_cb, data);
}

static void
test_template (gconstpointer data)
{
  const char *type_name = data;
  GType type = g_type_from_name (type_name);
  GtkWidget *widget;

  g_assert_cmpuint (type, !=, 0);
  widget = g_object_ref_sink (g_object_new (type, NULL));
  nameless = unrelated = 0;
  check_cb (widget, (gpointer)type_name);
  if (nameless > 0 || unrelated > 0)
    g_test_fail ();
  gtk_widget_destroy (widget);
  g_object_unref (widget);
  kai_ui_settle ();
}

/* The class in <template class="…">; NULL for a file that is no template. Caller frees. */
static char *
dup_class (const char *path)
{
  g_autoptr (GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  const char *text = g_bytes_get_data (bytes, NULL);
  const char *at = strstr (text, "<template class=\"");
  const char *name = at ? at + strlen ("<template class=\"") : NULL;

  return name ? g_strndup (name, strcspn (name, "\"")) : NULL;
}

static void
add_tests (const char *folder)
{
  g_auto (GStrv) names =
      g_resources_enumerate_children (folder, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  for (int i = 0; names && names[i]; i++)
    {
      g_autofree char *path = g_strconcat (folder, "/", names[i], NULL);

      if (g_str_has_suffix (path, "/"))
        {
          path[strlen (path) - 1] = '\0';
          add_tests (path);
        }
      else if (g_str_has_suffix (path, ".ui"))
        {
          char *type_name = dup_class (path);
          g_autofree char *test = g_strconcat ("/templates/", type_name, NULL);

          if (type_name)
            g_test_add_data_func_full (test, type_name, test_template, g_free);
        }
    }
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  g_type_ensure (KAI_TYPE_WINDOW);
  g_type_ensure (KAI_TYPE_SIGN_IN_PAGE);
  g_type_ensure (KAI_TYPE_NOTICES_PAGE);
  g_type_ensure (KAI_TYPE_NOTICE_DETAILS);
  g_type_ensure (KAI_TYPE_EDITOR_PAGE);
  g_type_ensure (KAI_TYPE_ITEM_ROW);
  g_type_ensure (KAI_TYPE_EBILLS_PAGE);
  g_type_ensure (KAI_TYPE_STOCK_PAGE);
  g_type_ensure (KAI_TYPE_STATE_BAR);
  g_type_ensure (KAI_TYPE_INSPECTOR_PAGE);
  g_type_ensure (KAI_TYPE_INSPECTION_VIEW);
  g_type_ensure (KAI_TYPE_SUGGEST);
  g_type_ensure (KAI_TYPE_FIND_POPOVER);
  g_type_ensure (KAI_TYPE_HIT_ROW);
  g_type_ensure (KAI_TYPE_PAYERS_PAGE);
  g_type_ensure (KAI_TYPE_TEMPLATES_PAGE);
  g_type_ensure (KAI_TYPE_REVIEW_PAGE);
  g_type_ensure (KAI_TYPE_LOCK_PAGE);
  g_type_ensure (KAI_TYPE_PIN_CHANGE);
  g_type_ensure (KAI_TYPE_FIELD);
  g_type_ensure (KAI_TYPE_LOG_PAGE);
  g_type_ensure (KAI_TYPE_SETTINGS_PAGE);
  g_type_ensure (KAI_TYPE_HOME_PAGE);
  g_type_ensure (KAI_TYPE_ATTENTION_ROW);
  g_type_ensure (KAI_TYPE_SIDEBAR_ROW);
  g_type_ensure (KAI_TYPE_TASK_ROW);
  add_tests (RESOURCES);
  return g_test_run ();
}
