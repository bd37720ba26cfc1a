/* A new PIN: typed twice, checked while it is typed, written in a thread. */
#include "sign-in/kai-pin-change.h"
#include "security/kai-pin.h"
#include "widgets/kai-field.h"
#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <string.h>

struct _KaiPinChange
{
  GtkBox parent_instance;

  /* Template */
  GtkLabel *reason_label;
  KaiField *new_field, *again_field;
  GtkEntry *new_entry, *again_entry;
  GtkWidget *change_button;

  /* Owned */
  char *uri, *old, *user;
};

G_DEFINE_FINAL_TYPE (KaiPinChange, kai_pin_change, GTK_TYPE_BOX)

enum
{
  CHANGED,
  FAILED,
  CANCELLED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct
{
  char *uri, *old, *fresh, *user;
} Request;

static void
wipe (char *secret)
{
  if (secret)
    OPENSSL_cleanse (secret, strlen (secret));
  g_free (secret);
}

static void
request_free (Request *request)
{
  g_free (request->uri);
  wipe (request->old);
  wipe (request->fresh);
  g_free (request->user);
  g_free (request);
}

static void
forget (KaiPinChange *self)
{
  gtk_entry_set_text (self->new_entry, "");
  gtk_entry_set_text (self->again_entry, "");
  kai_field_set_problem (self->new_field, NULL);
  kai_field_set_problem (self->again_field, NULL);
  g_clear_pointer (&self->uri, g_free);
  g_clear_pointer (&self->old, wipe);
  g_clear_pointer (&self->user, g_free);
  gtk_widget_set_sensitive (GTK_WIDGET (self), TRUE);
  gtk_widget_hide (GTK_WIDGET (self));
}

static void
change_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Request *request = data;
  GError *error = NULL;

  if (kai_pin_change (request->uri, request->old, request->fresh, request->user, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  KaiPinChange *self = KAI_PIN_CHANGE (source);
  const Request *request = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);

  if (!self->uri)
    return; /* closed meanwhile */
  forget (self);
  if (ok)
    g_signal_emit (self, signals[CHANGED], 0, request->fresh);
  else
    g_signal_emit (self, signals[FAILED], 0, error);
}

static gboolean
check (KaiPinChange *self)
{
  const char *fresh = gtk_entry_get_text (self->new_entry);
  g_autoptr (GError) error = NULL;

  kai_field_set_problem (self->new_field, NULL);
  kai_field_set_problem (self->again_field, NULL);
  if (!kai_pin_check_new (fresh, self->old, self->user, &error))
    {
      kai_field_set_problem (self->new_field, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (self->new_entry));
      return FALSE;
    }
  if (!g_str_equal (fresh, gtk_entry_get_text (self->again_entry)))
    {
      kai_field_set_problem (self->again_field,
                             _ ("The two are not the same. Type the new PIN once more."));
      gtk_widget_grab_focus (GTK_WIDGET (self->again_entry));
      return FALSE;
    }
  return TRUE;
}

static void
on_change_cb (KaiPinChange *self)
{
  g_autoptr (GTask) task = NULL;
  Request *request;

  if (!self->uri || !check (self))
    return;
  request = g_new0 (Request, 1);
  request->uri = g_strdup (self->uri);
  request->old = g_strdup (self->old);
  request->fresh = g_strdup (gtk_entry_get_text (self->new_entry));
  request->user = g_strdup (self->user);
  task = g_task_new (self, NULL, on_written_cb, NULL);
  g_task_set_source_tag (task, on_change_cb);
  g_task_set_task_data (task, request, (GDestroyNotify)request_free);
  gtk_widget_set_sensitive (GTK_WIDGET (self), FALSE);
  g_task_run_in_thread (task, change_thread);
}

static void
on_new_activate_cb (KaiPinChange *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->again_entry));
}

static void
on_again_activate_cb (KaiPinChange *self)
{
  on_change_cb (self);
}

static void
on_cancel_cb (KaiPinChange *self)
{
  forget (self);
  g_signal_emit (self, signals[CANCELLED], 0);
}

void
kai_pin_change_start (KaiPinChange *self, const char *uri, const char *old, const char *user,
                      const char *reason)
{
  forget (self);
  self->uri = g_strdup (uri);
  self->old = g_strdup (old);
  self->user = g_strdup (user);
  gtk_label_set_text (self->reason_label, reason);
  gtk_widget_show (GTK_WIDGET (self));
  gtk_widget_grab_focus (GTK_WIDGET (self->new_entry));
}

static void
kai_pin_change_finalize (GObject *object)
{
  KaiPinChange *self = KAI_PIN_CHANGE (object);

  g_free (self->uri);
  wipe (self->old);
  g_free (self->user);
  G_OBJECT_CLASS (kai_pin_change_parent_class)->finalize (object);
}

static void
kai_pin_change_class_init (KaiPinChangeClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_FIELD);
  G_OBJECT_CLASS (klass)->finalize = kai_pin_change_finalize;
  signals[CHANGED] = g_signal_new ("changed", KAI_TYPE_PIN_CHANGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[FAILED] = g_signal_new ("failed", KAI_TYPE_PIN_CHANGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[CANCELLED] = g_signal_new ("cancelled", KAI_TYPE_PIN_CHANGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/sign-in/kai-pin-change.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiPinChange, name)
  BIND (reason_label);
  BIND (new_field);
  BIND (again_field);
  BIND (new_entry);
  BIND (again_entry);
  BIND (change_button);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_change_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_new_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_again_activate_cb);
}

static void
kai_pin_change_init (KaiPinChange *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_hide (GTK_WIDGET (self));
}
