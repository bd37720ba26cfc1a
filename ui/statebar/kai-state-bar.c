/* What is still to be sent and how the connection is, always in sight. */
#include "statebar/kai-state-bar.h"
#include "kai-format.h"
#include "store/kai-outbox.h"
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
  GtkListStore *outbox_store;

  /* Owned */
  KaiSession *session;
  guint tick_id;
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

static void
show_link (KaiStateBar *self)
{
  KaiSyncWorker *worker = kai_session_get_worker (self->session);
  const KaiSyncStatus *status = worker ? kai_sync_worker_get_status (worker) : NULL;
  Look look = status ? look_of (status->link)
                     : (Look){ "network-offline-symbolic", _ ("Working without a connection") };
  g_autofree char *contact = NULL;
  g_autofree char *clock = NULL;

  gtk_image_set_from_icon_name (self->link_image, look.icon, GTK_ICON_SIZE_MENU);
  gtk_label_set_text (self->link_label, look.text);
  gtk_label_set_text (self->sentence_label,
                      status && status->sentence[0] != '\0' ? status->sentence : look.text);
  if (status && status->last_contact != 0)
    {
      g_autofree char *time = kai_format_time (status->last_contact);

      contact = g_strdup_printf (_ ("last contact %s"), time);
    }
  gtk_label_set_text (self->contact_label, contact ? contact : "");
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

static const char *
state_text (KaiOutboxState state)
{
  switch (state)
    {
    case KAI_OUTBOX_REFUSED:
      return _ ("refused");
    case KAI_OUTBOX_HELD:
      return _ ("held back");
    case KAI_OUTBOX_ANSWERED:
      return _ ("answered");
    case KAI_OUTBOX_WAITING:
    default:
      return _ ("waiting");
    }
}

static void
show_outbox (KaiStateBar *self)
{
  g_autoptr (GPtrArray) messages =
      kai_outbox_list_open (kai_session_get_database (self->session), OUTBOX_LIMIT, NULL);

  gtk_list_store_clear (self->outbox_store);
  for (guint i = 0; messages && i < messages->len; i++)
    {
      const KaiOutboxMessage *message = messages->pdata[i];
      g_autofree char *what =
          g_strdup_printf ("%s · %s", message->msg_no, kai_format_message_name (message->msg_no));
      g_autofree char *tries = g_strdup_printf ("%d", message->attempts);
      g_autofree char *written = kai_format_time (message->created_at);

      gtk_list_store_insert_with_values (self->outbox_store, NULL, -1, 0, what, 1,
                                         state_text (message->state), 2, tries, 3, written, 4,
                                         message->last_error, 5, message->id, -1);
    }
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
  if (self->session && gtk_toggle_button_get_active (self->button))
    show_outbox (self);
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

static void
kai_state_bar_dispose (GObject *object)
{
  KaiStateBar *self = KAI_STATE_BAR (object);

  if (self->session)
    kai_state_bar_set_session (self, NULL);
  G_OBJECT_CLASS (kai_state_bar_parent_class)->dispose (object);
}

static void
kai_state_bar_class_init (KaiStateBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

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
  BIND (outbox_store);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_button_toggled_cb);
}

static void
kai_state_bar_init (KaiStateBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
