/* A list below an entry. GtkEntryCompletion takes arrow keys and Enter away from the input method; this does not. */
#include "editor/kai-suggest.h"
#include "find/kai-hit-row.h"
#include "kai-input.h"

/* Short enough to look immediate, long enough not to look up each letter of a fast typist. */
#define DELAY_MS 40

struct _KaiSuggest
{
  GtkPopover parent_instance;

  /* Template */
  GtkListBox *list;

  GtkEntry *entry; /* borrowed: we belong to it */
  KaiSuggestFunc func;
  gpointer data;
  GPtrArray *shown; /* KaiSuggestion; NULL while closed */
  guint delay_id;
  gboolean quiet; /* the text is being set by who took a suggestion */
};

G_DEFINE_FINAL_TYPE (KaiSuggest, kai_suggest, GTK_TYPE_POPOVER)

enum
{
  TAKEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
suggestion_free (gpointer data)
{
  KaiSuggestion *suggestion = data;

  g_free (suggestion->title);
  g_free (suggestion->detail);
  if (suggestion->free_item)
    suggestion->free_item (suggestion->item);
  g_free (suggestion);
}

KaiSuggestion *
kai_suggestion_new (const char *title, const char *detail, gpointer item, GDestroyNotify free_item)
{
  KaiSuggestion *suggestion = g_new0 (KaiSuggestion, 1);

  suggestion->title = g_strdup (title);
  suggestion->detail = g_strdup (detail);
  suggestion->item = item;
  suggestion->free_item = free_item;
  return suggestion;
}

GPtrArray *
kai_suggestions_new (void)
{
  return g_ptr_array_new_with_free_func (suggestion_free);
}

void
kai_suggest_close (KaiSuggest *self)
{
  g_clear_handle_id (&self->delay_id, g_source_remove);
  if (!self->shown)
    return;
  g_clear_pointer (&self->shown, g_ptr_array_unref);
  gtk_popover_popdown (GTK_POPOVER (self));
}

gboolean
kai_suggest_is_open (KaiSuggest *self)
{
  return self->shown != NULL;
}

static void
show_suggestions (KaiSuggest *self, GPtrArray *suggestions)
{
  kai_hit_rows_clear (self->list);
  for (guint i = 0; i < suggestions->len; i++)
    {
      const KaiSuggestion *suggestion = suggestions->pdata[i];

      gtk_container_add (
          GTK_CONTAINER (self->list),
          GTK_WIDGET (kai_hit_row_new (NULL, suggestion->title, suggestion->detail, NULL)));
    }
  g_clear_pointer (&self->shown, g_ptr_array_unref);
  self->shown = suggestions;
  /* None is chosen before the clerk does: Enter means the next field until then. */
  gtk_list_box_unselect_all (self->list);
  gtk_popover_popup (GTK_POPOVER (self));
}

static gboolean
on_delay_cb (gpointer data)
{
  KaiSuggest *self = KAI_SUGGEST (data);
  g_autoptr (GPtrArray) suggestions = NULL;

  self->delay_id = 0;
  if (gtk_widget_has_focus (GTK_WIDGET (self->entry)))
    suggestions = self->func (gtk_entry_get_text (self->entry), self->data);
  if (suggestions && suggestions->len > 0)
    show_suggestions (self, g_steal_pointer (&suggestions));
  else
    kai_suggest_close (self);
  return G_SOURCE_REMOVE;
}

static void
on_changed_cb (KaiSuggest *self)
{
  if (self->quiet || !gtk_widget_has_focus (GTK_WIDGET (self->entry)))
    return;
  g_clear_handle_id (&self->delay_id, g_source_remove);
  self->delay_id = g_timeout_add (DELAY_MS, on_delay_cb, self);
}

void
kai_suggest_look_again (KaiSuggest *self)
{
  if (!self->shown)
    on_changed_cb (self);
}

static void
take (KaiSuggest *self, GtkListBoxRow *row)
{
  g_autoptr (GPtrArray) shown = self->shown ? g_ptr_array_ref (self->shown) : NULL;
  int index = gtk_list_box_row_get_index (row);

  if (!shown || index < 0 || (guint)index >= shown->len)
    return;
  kai_suggest_close (self);
  self->quiet = TRUE;
  g_signal_emit (self, signals[TAKEN], 0, ((KaiSuggestion *)shown->pdata[index])->item);
  self->quiet = FALSE;
}

static void
on_row_activated_cb (KaiSuggest *self, GtkListBoxRow *row)
{
  take (self, row);
}

static gboolean
on_key_cb (KaiSuggest *self, GdkEventKey *event)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);

  if (!self->shown || kai_input_is_composing (GTK_WIDGET (self->entry))
      || (event->state & gtk_accelerator_get_default_mod_mask ()) != 0)
    return GDK_EVENT_PROPAGATE;
  switch (event->keyval)
    {
    case GDK_KEY_Down:
      kai_hit_rows_move (self->list, 1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Up:
      if (!row || !kai_hit_rows_move (self->list, -1))
        gtk_list_box_unselect_all (self->list);
      return GDK_EVENT_STOP;
    case GDK_KEY_Escape:
      kai_suggest_close (self);
      return GDK_EVENT_STOP;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_ISO_Enter:
      if (!row)
        {
          kai_suggest_close (self);
          return GDK_EVENT_PROPAGATE;
        }
      take (self, row);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

static gboolean
on_focus_out_cb (KaiSuggest *self)
{
  kai_suggest_close (self);
  return GDK_EVENT_PROPAGATE;
}

static void
on_entry_destroyed_cb (KaiSuggest *self)
{
  kai_suggest_close (self);
  gtk_widget_destroy (GTK_WIDGET (self));
}

KaiSuggest *
kai_suggest_of (GtkEntry *entry)
{
  return g_object_get_data (G_OBJECT (entry), "kai-suggest");
}

KaiSuggest *
kai_suggest_attach (GtkEntry *entry, KaiSuggestFunc func, gpointer data)
{
  KaiSuggest *self = g_object_new (KAI_TYPE_SUGGEST, "relative-to", entry, NULL);

  self->entry = entry;
  self->func = func;
  self->data = data;
  g_object_set_data (G_OBJECT (entry), "kai-suggest", self);
  g_signal_connect_object (entry, "changed", G_CALLBACK (on_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (entry, "key-press-event", G_CALLBACK (on_key_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (entry, "focus-out-event", G_CALLBACK (on_focus_out_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (entry, "destroy", G_CALLBACK (on_entry_destroyed_cb), self,
                           G_CONNECT_SWAPPED);
  return self;
}

static void
kai_suggest_dispose (GObject *object)
{
  KaiSuggest *self = KAI_SUGGEST (object);

  g_clear_handle_id (&self->delay_id, g_source_remove);
  g_clear_pointer (&self->shown, g_ptr_array_unref);
  G_OBJECT_CLASS (kai_suggest_parent_class)->dispose (object);
}

static void
kai_suggest_class_init (KaiSuggestClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kai_suggest_dispose;
  signals[TAKEN] = g_signal_new ("taken", KAI_TYPE_SUGGEST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_POINTER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/editor/kai-suggest.ui");
  gtk_widget_class_bind_template_child (widget_class, KaiSuggest, list);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated_cb);
}

static void
kai_suggest_init (KaiSuggest *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
