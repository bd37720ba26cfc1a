/* GTK 3 looks at accelerators before it asks the input method. A clerk who composes 张 with Ctrl+1 or Alt+2 as keys of the input method would
 * leave the page instead. */
#include "kai-input.h"

static GQuark
composing_quark (void)
{
  return g_quark_from_static_string ("kai-composing");
}

/* Every entry of the program says when its preedit text changes. */
static gboolean
on_preedit_changed (GSignalInvocationHint *hint, guint n, const GValue *values, gpointer data)
{
  GObject *entry = g_value_get_object (&values[0]);
  const char *preedit = g_value_get_string (&values[1]);

  g_object_set_qdata (entry, composing_quark (), GINT_TO_POINTER (preedit && *preedit));
  return TRUE;
}

static void
watch_entries (void)
{
  static gsize done;

  if (!g_once_init_enter (&done))
    return;
  g_type_class_unref (g_type_class_ref (GTK_TYPE_ENTRY));
  g_signal_add_emission_hook (g_signal_lookup ("preedit-changed", GTK_TYPE_ENTRY), 0,
                              on_preedit_changed, NULL, NULL);
  g_once_init_leave (&done, 1);
}

gboolean
kai_input_is_composing (GtkWidget *entry)
{
  return entry && g_object_get_qdata (G_OBJECT (entry), composing_quark ());
}

static gboolean
on_key_cb (GtkWindow *window, GdkEventKey *event, gpointer data)
{
  if (!kai_input_is_composing (gtk_window_get_focus (window)))
    return GDK_EVENT_PROPAGATE;
  /* What the input method does not want is not ours either: the word is not finished. */
  gtk_window_propagate_key_event (window, event);
  return GDK_EVENT_STOP;
}

void
kai_input_guard_window (GtkWindow *window)
{
  watch_entries ();
  g_signal_connect (window, "key-press-event", G_CALLBACK (on_key_cb), NULL);
  g_signal_connect (window, "key-release-event", G_CALLBACK (on_key_cb), NULL);
}
