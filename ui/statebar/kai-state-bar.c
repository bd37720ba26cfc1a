/* What is still to be sent and how the connection is, always in sight. */
#include "statebar/kai-state-bar.h"
#include "kai-format.h"
#include "store/kai-outbox.h"
#include "sync/kai-desk-queue.h"
#include "widgets/kai-wrap-box.h"
#include <glib/gi18n-lib.h>

#define TICK_SECONDS 30
#define OUTBOX_LIMIT 200
/* Signatures are refused by servers some minutes off: warn long before. */
#define CLOCK_WARNING_SECONDS 20

struct _KaiStateBar
{
  GtkBox parent_instance;

  /* Template */
  GtkToggleButton *button;
  GtkImage *link_image;
  GtkLabel *link_label, *waiting_label, *refused_label, *contact_label, *clock_label, *base_label;
  GtkLabel *user_label, *sentence_label;
  GtkLabel *metered_label, *problem_label;
  GtkTreeView *outbox_view;
  GtkTreeSelection *outbox_selection;
  GtkListStore *outbox_store;
  GtkPopover *popover;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
  GPtrArray *queue; /* KaiQueueEntry, as shown; NULL while nobody looks */
  guint tick_id;
};

enum
{
  CORRECT_NOTICE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* Columns of the list. */
enum
{
  ABOUT,
  STATE,
  WHY,
  TRIES,
  NEXT_TRY,
  ID
};

G_DEFINE_FINAL_TYPE (KaiStateBar, kai_state_bar, GTK_TYPE_BOX)

typedef struct
{
  const char *icon, *text;
} Look;

static Look
look_of (KaiLinkState link)
{
  switch (link)
    {
    case KAI_LINK_WORKING:
      return (Look){ "network-transmit-receive-symbolic", _ ("Exchanging…") };
    case KAI_LINK_ONLINE:
      return (Look){ "network-idle-symbolic", _ ("Connected") };
    case KAI_LINK_OFFLINE:
      return (Look){ "network-offline-symbolic", _ ("No connection") };
    case KAI_LINK_ERROR:
      return (Look){ "network-error-symbolic", _ ("Connection error") };
    case KAI_LINK_PAUSED:
      return (Look){ "media-playback-pause-symbolic", _ ("Paused") };
    case KAI_LINK_ELSEWHERE:
      return (Look){ "network-transmit-receive-symbolic", _ ("Another program is sending") };
    case KAI_LINK_UNKNOWN:
    default:
      return (Look){ "network-no-route-symbolic", _ ("Not connected yet") };
    }
}

static void
show_counts (KaiStateBar *self)
{
  KaiDatabase *db = kai_session_get_database (self->session);
  int waiting = MAX (kai_outbox_count (db, KAI_OUTBOX_WAITING), 0);
  int refused = MAX (kai_outbox_count (db, KAI_OUTBOX_REFUSED), 0);
  g_autofree char *text = g_strdup_printf (ngettext ("%d waiting", "%d waiting", waiting), waiting);
  g_autofree char *bad = g_strdup_printf (ngettext ("%d refused", "%d refused", refused), refused);

  gtk_label_set_text (self->waiting_label, waiting > 0 ? text : _ ("nothing waiting"));
  gtk_label_set_text (self->refused_label, bad);
  gtk_widget_set_visible (GTK_WIDGET (self->refused_label), refused > 0);
}

/* Behind the sentence: when it goes on by itself. */
static void
show_next_try (KaiStateBar *self, const KaiSyncStatus *status)
{
  g_autofree char *time = NULL;
  g_autofree char *text = NULL;

  if (!status || status->next_try == 0)
    return;
  time = kai_format_time (status->next_try);
  text = g_strdup_printf (_ ("%s Next try: %s."), gtk_label_get_text (self->sentence_label), time);
  gtk_label_set_text (self->sentence_label, text);
}

static void
show_link (KaiStateBar *self)
{
  KaiSyncWorker *worker = kai_session_get_worker (self->session);
  const KaiSyncStatus *status = worker ? kai_sync_worker_get_status (worker) : NULL;
  Look look = status ? look_of (status->link)
                     : (Look){ "network-offline-symbolic", _ ("Working without a connection") };
  /* Before everything else: nothing is sent or fetched then, and nothing can be saved. */
  const char *read_only = kai_database_get_read_only (kai_session_get_database (self->session));
  g_autofree char *contact = NULL;
  g_autofree char *clock = NULL;

  if (read_only)
    look = (Look){ "changes-prevent-symbolic", _ ("Can only be read") };
  gtk_image_set_from_icon_name (self->link_image, look.icon, GTK_ICON_SIZE_MENU);
  gtk_label_set_text (self->link_label, look.text);
  gtk_label_set_text (self->sentence_label, read_only ? read_only
                                            : status && status->sentence[0] != '\0'
                                                ? status->sentence
                                                : look.text);
  if (status && status->last_contact != 0)
    {
      g_autofree char *time = kai_format_time (status->last_contact);

      contact = g_strdup_printf (_ ("last contact %s"), time);
    }
  gtk_label_set_text (self->contact_label, contact ? contact : "");
  gtk_widget_set_visible (GTK_WIDGET (self->metered_label), status && status->metered);
  show_next_try (self, status);
  if (status && ABS (status->clock_offset) >= CLOCK_WARNING_SECONDS)
    clock = g_strdup_printf (_ ("⚠ this computer's clock is %d seconds off: set it right"),
                             (int)CLAMP (ABS (status->clock_offset), 0, G_MAXINT));
  gtk_label_set_text (self->clock_label, clock ? clock : "");
  gtk_widget_set_visible (GTK_WIDGET (self->clock_label), clock != NULL);
}

static void
show_base (KaiStateBar *self)
{
  KaiDesk *desk = kai_session_get_desk (self->session);
  const KaiUser *user = kai_desk_get_user (desk);
  const KaiUnit *unit = kai_desk_get_unit (desk);
  gint64 fetched = kai_session_get_base_data (self->session)->fetched_at;
  g_autofree char *who = NULL;
  g_autofree char *text = NULL;

  if (fetched == 0)
    text = g_strdup (_ ("base data not here yet"));
  else
    {
      g_autofree char *age = kai_format_age (g_get_real_time () / G_USEC_PER_SEC - fetched);

      text = g_strdup_printf (_ ("base data: %s old"), age);
    }
  gtk_label_set_text (self->base_label, text);
  if (user && unit)
    who = g_strdup_printf ("%s · %s", user->name, unit->name);
  gtk_label_set_text (self->user_label, who ? who : kai_desk_get_connection (desk)->user);
}

/* ---- the queue ---- */

/* By keyboard, one begins in the list. */
static void
on_outbox_view_map_cb (KaiStateBar *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->outbox_view));
}

static const KaiQueueEntry *
get_selected (KaiStateBar *self)
{
  GtkTreeIter iter;
  gint64 id;

  if (!self->queue || !gtk_tree_selection_get_selected (self->outbox_selection, NULL, &iter))
    return NULL;
  gtk_tree_model_get (GTK_TREE_MODEL (self->outbox_store), &iter, ID, &id, -1);
  for (guint i = 0; i < self->queue->len; i++)
    {
      const KaiQueueEntry *entry = self->queue->pdata[i];

      if (entry->message && entry->message->id == id)
        return entry;
    }
  return NULL;
}

/* The first of an entry's notices that the editor can open; 0 when there is none. */
static gint64
find_correctable (const KaiQueueEntry *entry)
{
  for (guint i = 0; entry && i < entry->subjects->len; i++)
    {
      const KaiQueueSubject *subject = entry->subjects->pdata[i];

      if (subject->refused && subject->can_correct)
        return subject->id;
    }
  return 0;
}

static void
enable (KaiStateBar *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static void
update_actions (KaiStateBar *self)
{
  const KaiQueueEntry *entry = get_selected (self);
  GAction *pause = g_action_map_lookup_action (G_ACTION_MAP (self->actions), "pause");
  gboolean paused = self->session && kai_sync_is_paused (kai_session_get_database (self->session));

  enable (self, "send", entry && entry->can_send);
  enable (self, "hold", entry && entry->can_hold);
  enable (self, "release", entry && entry->can_release);
  enable (self, "ask", entry && entry->can_resolve);
  enable (self, "send-again", entry && entry->can_resolve);
  enable (self, "give-up", entry && entry->can_resolve);
  enable (self, "correct", find_correctable (entry) != 0);
  g_simple_action_set_state (G_SIMPLE_ACTION (pause), g_variant_new_boolean (paused));
}

static void
add_row (KaiStateBar *self, const KaiQueueEntry *entry, gint64 selected)
{
  const KaiOutboxMessage *message = entry->message;
  g_autofree char *tries = g_strdup_printf ("%d", message ? message->attempts : 0);
  g_autofree char *next = message && message->next_try_at > g_get_real_time () / G_USEC_PER_SEC
                              ? kai_format_time (message->next_try_at)
                              : g_strdup ("");
  GtkTreeIter iter;

  gtk_list_store_insert_with_values (self->outbox_store, &iter, -1, ABOUT, entry->about, STATE,
                                     entry->state_label, WHY, entry->why, TRIES, tries, NEXT_TRY,
                                     next, ID, message ? message->id : (gint64)0, -1);
  if (message && message->id == selected)
    gtk_tree_selection_select_iter (self->outbox_selection, &iter);
}

static void
show_outbox (KaiStateBar *self)
{
  const KaiQueueEntry *entry = get_selected (self);
  gint64 selected = entry ? entry->message->id : 0;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->queue, g_ptr_array_unref);
  self->queue = kai_desk_list_queue (kai_session_get_desk (self->session), OUTBOX_LIMIT, &error);
  if (error)
    gtk_label_set_text (self->problem_label, error->message);
  gtk_list_store_clear (self->outbox_store);
  for (guint i = 0; self->queue && i < self->queue->len; i++)
    add_row (self, self->queue->pdata[i], selected);
  update_actions (self);
}

/* What was done is shown and sent; what could not be done is said. */
static void
after_action (KaiStateBar *self, gboolean ok, GError *error)
{
  KaiSyncWorker *worker = kai_session_get_worker (self->session);

  gtk_label_set_text (self->problem_label, ok ? "" : error->message);
  gtk_widget_set_visible (GTK_WIDGET (self->problem_label), !ok);
  if (!ok)
    return;
  kai_session_committed (self->session);
  if (worker)
    kai_sync_worker_send_now (worker);
  show_outbox (self);
}

static void
on_queue_action_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiStateBar *self = data;
  const KaiQueueEntry *entry = get_selected (self);
  const char *name = g_action_get_name (G_ACTION (action));
  KaiDesk *desk = self->session ? kai_session_get_desk (self->session) : NULL;
  gint64 id = entry ? entry->message->id : 0;
  g_autoptr (GError) error = NULL;
  gboolean ok;

  if (!desk || !id)
    return;
  if (g_str_equal (name, "send"))
    ok = kai_desk_send_message (desk, id, &error);
  else if (g_str_equal (name, "hold") || g_str_equal (name, "release"))
    ok = kai_desk_hold_message (desk, id, g_str_equal (name, "hold"), &error);
  else if (g_str_equal (name, "ask"))
    ok = kai_desk_resolve (desk, id, KAI_RESOLVE_ASK, &error);
  else if (g_str_equal (name, "send-again"))
    ok = kai_desk_resolve (desk, id, KAI_RESOLVE_SEND_AGAIN, &error);
  else
    ok = kai_desk_resolve (desk, id, KAI_RESOLVE_GIVE_UP, &error);
  after_action (self, ok, error);
}

static void
on_correct_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiStateBar *self = data;
  gint64 id = find_correctable (get_selected (self));

  if (id == 0)
    return;
  gtk_popover_popdown (self->popover);
  g_signal_emit (self, signals[CORRECT_NOTICE], 0, id);
}

static void
on_pause_cb (GSimpleAction *action, GVariant *value, gpointer data)
{
  KaiStateBar *self = data;
  g_autoptr (GError) error = NULL;

  if (self->session)
    after_action (self,
                  kai_desk_set_paused (kai_session_get_desk (self->session),
                                       g_variant_get_boolean (value), &error),
                  error);
}

/* A button hides its labels from assistive technology. */
static void
describe_button (KaiStateBar *self)
{
  gboolean refused = gtk_widget_get_visible (GTK_WIDGET (self->refused_label));
  g_autofree char *text = g_strdup_printf (
      "%s, %s%s%s", gtk_label_get_text (self->link_label), gtk_label_get_text (self->waiting_label),
      refused ? ", " : "", refused ? gtk_label_get_text (self->refused_label) : "");

  kai_set_accessible_description (GTK_WIDGET (self->button), text);
}

static void
update (KaiStateBar *self)
{
  if (!self->session)
    return;
  show_link (self);
  show_counts (self);
  describe_button (self);
  show_base (self);
  if (gtk_toggle_button_get_active (self->button))
    show_outbox (self);
}

static gboolean
on_tick_cb (gpointer data)
{
  update (KAI_STATE_BAR (data));
  return G_SOURCE_CONTINUE;
}

static void
on_button_toggled_cb (KaiStateBar *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->problem_label), FALSE);
  if (self->session && gtk_toggle_button_get_active (self->button))
    show_outbox (self);
  else
    g_clear_pointer (&self->queue, g_ptr_array_unref);
}

void
kai_state_bar_set_session (KaiStateBar *self, KaiSession *session)
{
  g_clear_handle_id (&self->tick_id, g_source_remove);
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_set_object (&self->session, session);
  if (!session)
    return;
  g_signal_connect_object (session, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "status", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "base-data-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  self->tick_id = g_timeout_add_seconds (TICK_SECONDS, on_tick_cb, self);
  update (self);
}

void
kai_state_bar_show_outbox (KaiStateBar *self)
{
  gtk_toggle_button_set_active (self->button, TRUE);
}

GActionGroup *
kai_state_bar_get_actions (KaiStateBar *self)
{
  return G_ACTION_GROUP (self->actions);
}

static void
kai_state_bar_dispose (GObject *object)
{
  KaiStateBar *self = KAI_STATE_BAR (object);

  if (self->session)
    kai_state_bar_set_session (self, NULL);
  g_clear_pointer (&self->queue, g_ptr_array_unref);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (kai_state_bar_parent_class)->dispose (object);
}

static void
kai_state_bar_class_init (KaiStateBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_WRAP_BOX);
  G_OBJECT_CLASS (klass)->dispose = kai_state_bar_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/statebar/kai-state-bar.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiStateBar, name)
  BIND (button);
  BIND (link_image);
  BIND (link_label);
  BIND (waiting_label);
  BIND (refused_label);
  BIND (contact_label);
  BIND (clock_label);
  BIND (base_label);
  BIND (user_label);
  BIND (sentence_label);
  BIND (metered_label);
  BIND (problem_label);
  BIND (outbox_view);
  BIND (outbox_selection);
  BIND (outbox_store);
  BIND (popover);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_button_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_outbox_view_map_cb);
  gtk_widget_class_bind_template_callback (widget_class, update_actions);
  signals[CORRECT_NOTICE] =
      g_signal_new ("correct-notice", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
}

static const GActionEntry entries[] = {
  { .name = "send", .activate = on_queue_action_cb },
  { .name = "hold", .activate = on_queue_action_cb },
  { .name = "release", .activate = on_queue_action_cb },
  { .name = "ask", .activate = on_queue_action_cb },
  { .name = "send-again", .activate = on_queue_action_cb },
  { .name = "give-up", .activate = on_queue_action_cb },
  { .name = "correct", .activate = on_correct_cb },
  { .name = "pause", .state = "false", .change_state = on_pause_cb },
};

static void
kai_state_bar_init (KaiStateBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "queue", G_ACTION_GROUP (self->actions));
  /* It is shown beside the bar, not in it. */
  gtk_widget_insert_action_group (GTK_WIDGET (self->popover), "queue",
                                  G_ACTION_GROUP (self->actions));
  update_actions (self);
}
