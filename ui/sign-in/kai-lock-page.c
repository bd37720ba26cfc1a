/* The locked window: the PIN of the key that signed in, and nothing else, opens it. */
#include "sign-in/kai-lock-page.h"
#include "messages/kai-net-error.h"
#include "security/kai-pin.h"
#include "widgets/kai-field.h"
#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <string.h>

struct _KaiLockPage
{
  GtkBox parent_instance;

  /* Template */
  GtkLabel *who_label, *reason_label, *tries_label;
  KaiField *pin_field;
  GtkEntry *pin_entry;
  GtkSpinner *spinner;
  GtkWidget *unlock_button;

  /* Owned */
  KaiSession *session;
  GFileMonitor *monitor;
  guint idle_id;

  guint idle_seconds;
  gint64 touched; /* monotonic */
  gboolean key_away;
};

G_DEFINE_FINAL_TYPE (KaiLockPage, kai_lock_page, GTK_TYPE_BOX)

enum
{
  LOCK,
  UNLOCKED,
  SIGN_OUT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static const KaiConnection *
get_connection (KaiLockPage *self)
{
  return kai_desk_get_connection (kai_session_get_desk (self->session));
}

static KaiKey *
get_key (KaiLockPage *self)
{
  return self->session ? kai_desk_get_key (kai_session_get_desk (self->session)) : NULL;
}

gboolean
kai_lock_page_can_lock (KaiLockPage *self)
{
  return get_key (self) != NULL;
}

static void
show_who (KaiLockPage *self)
{
  const KaiUser *user = kai_desk_get_user (kai_session_get_desk (self->session));
  const char *name =
      user ? user->name : kai_desk_get_user_code (kai_session_get_desk (self->session));
  g_autofree char *who = g_strdup_printf (
      self->key_away ? _ ("%s works here. Nothing was closed; what waits is sent when the key is "
                          "back.")
                     : _ ("%s works here. Nothing was closed, and what waits is still being sent."),
      name);

  gtk_label_set_text (self->who_label, who);
}

/* ---- Watching ---- */

static void
lock (KaiLockPage *self, const char *reason)
{
  if (kai_lock_page_can_lock (self))
    g_signal_emit (self, signals[LOCK], 0, reason);
}

/* Without the key nothing is signed in the clerk's name; so nothing is sent. */
static void
set_key_away (KaiLockPage *self, gboolean away)
{
  KaiSyncWorker *worker = self->session ? kai_session_get_worker (self->session) : NULL;

  if (self->key_away == away)
    return;
  self->key_away = away;
  if (worker)
    kai_sync_worker_set_key_away (worker, away);
}

static void
on_key_file_cb (KaiLockPage *self, GFile *file, GFile *other, GFileMonitorEvent event)
{
  g_autofree char *path = g_file_get_path (file);

  if ((event == G_FILE_MONITOR_EVENT_DELETED || event == G_FILE_MONITOR_EVENT_UNMOUNTED
       || event == G_FILE_MONITOR_EVENT_MOVED_OUT || event == G_FILE_MONITOR_EVENT_RENAMED)
      && !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      set_key_away (self, TRUE);
      show_who (self);
      lock (self, _ ("The key was taken out. Put it back in and type its PIN: your work is as you "
                     "left it."));
    }
}

static void
watch_key (KaiLockPage *self)
{
  const char *uri = get_connection (self)->key_uri;
  g_autoptr (GFile) file = NULL;

  if (!g_str_has_prefix (uri, "file:"))
    return;
  file = g_file_new_for_path (uri + strlen ("file:"));
  self->monitor = g_file_monitor_file (
      file, G_FILE_MONITOR_WATCH_MOUNTS | G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitor)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (on_key_file_cb), self,
                             G_CONNECT_SWAPPED);
}

void
kai_lock_page_check_idle (KaiLockPage *self, gint64 now)
{
  if (self->idle_seconds == 0 || now - self->touched < (gint64)self->idle_seconds * G_USEC_PER_SEC)
    return;
  self->touched = now;
  lock (self, _ ("Nobody was here for a while."));
}

static gboolean
on_idle_cb (gpointer data)
{
  kai_lock_page_check_idle (KAI_LOCK_PAGE (data), g_get_monotonic_time ());
  return G_SOURCE_CONTINUE;
}

gboolean
kai_lock_page_is_key_away (KaiLockPage *self)
{
  return self->key_away;
}

static void
watch_idle (KaiLockPage *self)
{
  g_clear_handle_id (&self->idle_id, g_source_remove);
  self->touched = g_get_monotonic_time ();
  if (self->session && self->idle_seconds > 0)
    self->idle_id = g_timeout_add_seconds (1, on_idle_cb, self);
}

void
kai_lock_page_touch (KaiLockPage *self)
{
  self->touched = g_get_monotonic_time ();
}

void
kai_lock_page_set_idle (KaiLockPage *self, guint seconds)
{
  self->idle_seconds = seconds;
  watch_idle (self);
}

void
kai_lock_page_set_session (KaiLockPage *self, KaiSession *session)
{
  if (self->monitor)
    g_file_monitor_cancel (self->monitor);
  g_clear_object (&self->monitor);
  g_set_object (&self->session, session);
  self->key_away = FALSE;
  gtk_entry_set_text (self->pin_entry, "");
  watch_idle (self);
  if (get_key (self))
    watch_key (self);
}

/* ---- Unlocking ---- */

static void
show_tries (KaiLockPage *self)
{
  KaiPinTries tries;
  g_autofree char *text = NULL;

  kai_pin_tries_load (get_connection (self)->home, get_connection (self)->key_uri,
                      g_get_real_time () / G_USEC_PER_SEC, &tries);
  text = kai_pin_tries_describe (&tries);
  gtk_label_set_text (self->tries_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->tries_label), *text != '\0');
}

static void
set_busy (KaiLockPage *self, gboolean busy)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->pin_entry), !busy);
  gtk_widget_set_sensitive (self->unlock_button, !busy);
  g_object_set (self->spinner, "active", busy, NULL);
}

void
kai_lock_page_begin (KaiLockPage *self, const char *reason)
{
  show_who (self);
  gtk_label_set_text (self->reason_label, reason);
  gtk_entry_set_text (self->pin_entry, "");
  kai_field_set_problem (self->pin_field, NULL);
  set_busy (self, FALSE);
  show_tries (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->pin_entry));
}

typedef struct
{
  char *uri, *pin;
} Request;

static void
request_free (Request *request)
{
  g_free (request->uri);
  OPENSSL_cleanse (request->pin, strlen (request->pin));
  g_free (request->pin);
  g_free (request);
}

static void
open_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Request *request = data;
  GError *error = NULL;
  KaiKey *key = kai_key_open (request->uri, request->pin, &error);

  if (key)
    g_task_return_pointer (task, key, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
refuse (KaiLockPage *self, const char *sentence)
{
  kai_field_set_problem (self->pin_field, sentence);
  gtk_entry_set_text (self->pin_entry, "");
  show_tries (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->pin_entry));
}

static void
on_opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  KaiLockPage *self = KAI_LOCK_PAGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiKey) key = g_task_propagate_pointer (G_TASK (result), &error);
  const KaiConnection *connection;
  KaiPinTries tries;

  if (!self->session)
    return; /* signed out meanwhile */
  connection = get_connection (self);
  set_busy (self, FALSE);
  if (g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_PIN))
    kai_pin_tries_add (connection->home, connection->key_uri, g_get_real_time () / G_USEC_PER_SEC,
                       &tries);
  if (error)
    {
      refuse (self, error->message);
      return;
    }
  kai_pin_tries_clear (connection->home, connection->key_uri);
  if (X509_cmp (kai_key_get_certificate (key), kai_key_get_certificate (get_key (self))) != 0)
    {
      refuse (self, _ ("This is another key than the one that signed in. Put that one in, or sign "
                       "out."));
      return;
    }
  gtk_entry_set_text (self->pin_entry, "");
  kai_lock_page_touch (self);
  set_key_away (self, FALSE);
  g_signal_emit (self, signals[UNLOCKED], 0);
}

static void
on_unlock_cb (KaiLockPage *self)
{
  const KaiConnection *connection = get_connection (self);
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;
  KaiPinTries tries;
  Request *request;

  if (!gtk_widget_get_sensitive (self->unlock_button))
    return;
  kai_pin_tries_load (connection->home, connection->key_uri, g_get_real_time () / G_USEC_PER_SEC,
                      &tries);
  if (!kai_pin_tries_check (&tries, &error))
    {
      refuse (self, error->message);
      return;
    }
  request = g_new0 (Request, 1);
  request->uri = g_strdup (connection->key_uri);
  request->pin = g_strdup (gtk_entry_get_text (self->pin_entry));
  task = g_task_new (self, NULL, on_opened_cb, NULL);
  g_task_set_source_tag (task, on_unlock_cb);
  g_task_set_task_data (task, request, (GDestroyNotify)request_free);
  set_busy (self, TRUE);
  g_task_run_in_thread (task, open_thread);
}

static void
on_sign_out_cb (KaiLockPage *self)
{
  g_signal_emit (self, signals[SIGN_OUT], 0);
}

static void
kai_lock_page_dispose (GObject *object)
{
  KaiLockPage *self = KAI_LOCK_PAGE (object);

  g_clear_handle_id (&self->idle_id, g_source_remove);
  if (self->monitor)
    g_file_monitor_cancel (self->monitor);
  g_clear_object (&self->monitor);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (kai_lock_page_parent_class)->dispose (object);
}

static void
kai_lock_page_class_init (KaiLockPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_FIELD);
  G_OBJECT_CLASS (klass)->dispose = kai_lock_page_dispose;
  signals[LOCK] = g_signal_new ("lock", KAI_TYPE_LOCK_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[UNLOCKED] = g_signal_new ("unlocked", KAI_TYPE_LOCK_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGN_OUT] = g_signal_new ("sign-out", KAI_TYPE_LOCK_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/sign-in/kai-lock-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiLockPage, name)
  BIND (who_label);
  BIND (reason_label);
  BIND (tries_label);
  BIND (pin_field);
  BIND (pin_entry);
  BIND (spinner);
  BIND (unlock_button);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_unlock_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_sign_out_cb);
}

static void
kai_lock_page_init (KaiLockPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
