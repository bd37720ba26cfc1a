/* Why commands are disabled: a sentence kept with the action. */
#include "kai-command.h"

#include "kai-format.h"

#include <string.h>

static GQuark
why_quark (void)
{
  return g_quark_from_static_string ("kai-why");
}

static GAction *
find (GActionMap *map, const char *name)
{
  return g_action_map_lookup_action (map, name);
}

void
kai_command_set_enabled (GActionMap *map, const char *name, gboolean enabled, const char *why)
{
  GAction *action = find (map, name);

  g_return_if_fail (G_IS_SIMPLE_ACTION (action));
  g_object_set_qdata_full (G_OBJECT (action), why_quark (), enabled ? NULL : g_strdup (why),
                           g_free);
  /* The reason may have changed where the state has not: notify in any case. */
  if (g_action_get_enabled (action) == enabled)
    g_object_notify (G_OBJECT (action), "enabled");
  else
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

const char *
kai_command_get_why (GActionMap *map, const char *name)
{
  GAction *action = find (map, name);

  if (!action || g_action_get_enabled (action))
    return NULL;
  return g_object_get_qdata (G_OBJECT (action), why_quark ());
}

/* ---- Buttons ---- */

static const char *
get_why_of (GAction *action)
{
  return g_action_get_enabled (action) ? NULL
                                       : g_object_get_qdata (G_OBJECT (action), why_quark ());
}

static gboolean
on_query_tooltip_cb (GtkWidget *button, int x, int y, gboolean keyboard, GtkTooltip *tooltip,
                     gpointer data)
{
  g_autofree char *usual = gtk_widget_get_tooltip_text (button);
  const char *why = get_why_of (G_ACTION (data));
  g_autofree char *text = NULL;

  if (!why)
    return FALSE;
  text = usual ? g_strdup_printf ("%s\n%s", usual, why) : g_strdup (why);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
on_enabled_cb (GtkWidget *button, GParamSpec *pspec, GAction *action)
{
  const char *why = get_why_of (action);

  kai_set_accessible_description (button, why ? why : "");
}

typedef struct
{
  const char *prefix;
  GActionMap *map;
} Explanation;

static void
explain_cb (GtkWidget *widget, gpointer data)
{
  const Explanation *explanation = data;
  const char *name =
      GTK_IS_ACTIONABLE (widget) ? gtk_actionable_get_action_name (GTK_ACTIONABLE (widget)) : NULL;
  gsize length = strlen (explanation->prefix);

  if (name && strncmp (name, explanation->prefix, length) == 0 && name[length] == '.')
    {
      GAction *action = find (explanation->map, name + length + 1);

      if (action)
        {
          gtk_widget_set_has_tooltip (widget, TRUE);
          g_signal_connect_object (widget, "query-tooltip", G_CALLBACK (on_query_tooltip_cb),
                                   action, 0);
          g_signal_connect_object (action, "notify::enabled", G_CALLBACK (on_enabled_cb), widget,
                                   G_CONNECT_SWAPPED);
          on_enabled_cb (widget, NULL, action);
        }
    }
  if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), explain_cb, data);
}

void
kai_command_explain (GtkWidget *root, const char *prefix, GActionMap *map)
{
  Explanation explanation = { prefix, map };

  explain_cb (root, &explanation);
}
