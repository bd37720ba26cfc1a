/* The table of keys, the shortcuts window and the actions say the same. */
#include "kai-ui-fixture.h"

#include "kai-accelerators.h"
#include "kai-window.h"

#include <string.h>

/* Keys in one spelling. */
static char *
normalise (const char *key)
{
  guint keyval;
  GdkModifierType state;

  gtk_accelerator_parse (key, &keyval, &state);
  if (keyval == 0)
    g_error ("“%s” is no key", key);
  return gtk_accelerator_name (keyval, state);
}

/* "<Primary>1...<Primary>9" stands for all between: they differ in the last character. */
static void
collect (GHashTable *keys, const char *part)
{
  const char *range = strstr (part, "...");
  g_autofree char *key = range ? g_strndup (part, (gsize)(range - part)) : g_strdup (part);
  char *last = key + strlen (key) - 1;
  char end = range ? range[strlen (range) - 1] : *last;

  for (; *last <= end; (*last)++)
    g_hash_table_add (keys, normalise (key));
}

static void
collect_cb (GtkWidget *widget, gpointer data)
{
  GHashTable *keys = data;

  if (GTK_IS_SHORTCUTS_SHORTCUT (widget))
    {
      g_autofree char *accelerator = NULL;
      g_auto (GStrv) parts = NULL;

      g_object_get (widget, "accelerator", &accelerator, NULL);
      parts = g_strsplit (accelerator, " ", -1);
      for (int i = 0; parts[i]; i++)
        collect (keys, parts[i]);
    }
  if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), collect_cb, keys);
}

static void
test_same_keys (void)
{
  g_autoptr (GtkBuilder) builder =
      gtk_builder_new_from_resource ("/cn/kaipiao/Kaipiao/ui/kai-shortcuts.ui");
  GtkWidget *window = GTK_WIDGET (gtk_builder_get_object (builder, "shortcuts"));
  g_autoptr (GHashTable) shown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  const KaiAccelerator *table;
  gpointer key;
  guint n;

  collect_cb (window, shown);
  table = kai_accelerators_get (&n);
  for (guint i = 0; i < n; i++)
    for (int j = 0; table[i].keys[j]; j++)
      g_hash_table_add (used, normalise (table[i].keys[j]));
  g_hash_table_iter_init (&iter, used);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (shown, key))
      g_error ("%s is not in the shortcuts window", (char *)key);
  g_hash_table_iter_init (&iter, shown);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (used, key))
      g_error ("%s does nothing", (char *)key);
  gtk_widget_destroy (window);
}

static gboolean
has_action (KaiWindow *window, const char *detailed)
{
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;
  g_auto (GStrv) parts = NULL;
  GActionGroup *group;

  g_assert_true (g_action_parse_detailed_name (detailed, &name, &target, NULL));
  parts = g_strsplit (name, ".", 2);
  if (g_str_equal (parts[0], "app"))
    return TRUE; /* made in app/, tested there */
  group = gtk_widget_get_action_group (GTK_WIDGET (window), parts[0]);
  return group && g_action_group_has_action (group, parts[1]);
}

static void
test_actions_exist (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_window_new (kai_ui_get_application (), NULL);
  const char *pages[] = { "home",      "notices", "editor", "import", "ebills",   "payers",
                          "templates", "review",  "stock",  "log",    "settings", "messages" };
  const KaiAccelerator *table;
  guint n;

  kai_window_set_session (window, f->session);
  table = kai_accelerators_get (&n);
  for (guint i = 0; i < n; i++)
    {
      gboolean found = FALSE;

      for (guint j = 0; j < G_N_ELEMENTS (pages) && !found; j++)
        {
          kai_window_show_page (window, pages[j]);
          found = has_action (window, table[i].action);
        }
      if (!found)
        g_error ("%s is the action of no page", table[i].action);
    }
  gtk_widget_destroy (GTK_WIDGET (window));
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add_as ("/accelerators/actions-exist", "clerk reviewer administrator",
                      test_actions_exist);
  g_test_add_func ("/accelerators/same-as-shortcuts-window", test_same_keys);
  return kai_ui_run_in_application ();
}
