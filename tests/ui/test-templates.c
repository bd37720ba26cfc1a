/* Every template: it can be built, every widget in it that takes the focus has an accessible name, and every input of a form has its label and
 * its problem as relations. */
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

static int nameless, unrelated, related;

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
  related++;
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
  g_assert_cmpint (nameless, ==, 0);
  g_assert_cmpint (unrelated, ==, 0);
  gtk_widget_destroy (widget);
  g_object_unref (widget);
  kai_ui_settle ();
}

static const char *const labelled[] = { "payer_entry",    "id_entry",   "mobile_entry",
                                        "late_fee_entry", "term_entry", "memo_entry" };

static void
check_labelled_cb (GtkWidget *widget, gpointer data)
{
  const char *id = gtk_buildable_get_name (GTK_BUILDABLE (widget));

  for (guint i = 0; id && i < G_N_ELEMENTS (labelled); i++)
    if (g_str_equal (id, labelled[i]))
      check_relation (widget, ATK_RELATION_LABELLED_BY, data);
  if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), check_labelled_cb, data);
}

/* The label in sight belongs to the entry beside it. */
static void
test_labels (void)
{
  GtkWidget *widget = g_object_ref_sink (g_object_new (KAI_TYPE_EDITOR_PAGE, NULL));

  related = unrelated = 0;
  check_labelled_cb (widget, (gpointer) "KaiEditorPage");
  g_assert_cmpint (related, ==, G_N_ELEMENTS (labelled));
  g_assert_cmpint (unrelated, ==, 0);
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
  g_test_add_func ("/templates/labels", test_labels);
  return g_test_run ();
}
