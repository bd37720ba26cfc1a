/* The first page: connection, user, key and PIN. */
#include "sign-in/kai-sign-in-page.h"
#include "kai-format.h"
#include "messages/kai-net-error.h"
#include "security/kai-pin.h"
#include "sign-in/kai-pin-change.h"
#include "widgets/kai-field.h"
#include <glib/gi18n-lib.h>
#include <string.h>

struct _KaiSignInPage
{
  GtkBox parent_instance;

  /* Template */
  KaiPinChange *pin_change;
  GtkLabel *tries_label;
  GtkWidget *change_pin_button;
  GtkWidget *form_box, *sign_in_button, *training_button;
  KaiField *user_field, *key_field, *pin_field, *server_field, *trust_field;
  GtkEntry *user_entry, *key_entry, *pin_entry, *server_entry, *trust_entry;
  GtkToggleButton *offline_check, *remember_check;
  GtkExpander *connection_expander;
  GtkSpinner *spinner;
  GtkLabel *status_label;  /* what is being done */
  GtkLabel *problem_label; /* what is wrong with no single field */

  /* Owned */
  KaiConnection *connection; /* where the home is known from */
  GtkFileChooserNative *chooser;
  GtkEntry *chooser_target; /* borrowed from the template */
};

G_DEFINE_FINAL_TYPE (KaiSignInPage, kai_sign_in_page, GTK_TYPE_BOX)

enum
{
  SIGN_IN,
  TRAINING,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
clear_problems (KaiSignInPage *self)
{
  KaiField *fields[] = { self->user_field, self->key_field, self->pin_field, self->server_field,
                         self->trust_field };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    kai_field_set_problem (fields[i], NULL);
  gtk_label_set_text (self->status_label, "");
  gtk_widget_hide (GTK_WIDGET (self->problem_label));
}

static char *
dup_entry (GtkEntry *entry)
{
  return g_strstrip (g_strdup (gtk_entry_get_text (entry)));
}

/* A key on disk is typed and shown as a plain path; other kinds keep their URI. */
static const char *
key_for_display (const char *uri)
{
  return g_str_has_prefix (uri, "file:") ? uri + strlen ("file:") : uri;
}

static char *
key_from_display (const char *text)
{
  if (text[0] == '\0' || g_str_has_prefix (text, "file:") || g_str_has_prefix (text, "pkcs11:")
      || g_str_has_prefix (text, "skf:"))
    return g_strdup (text);
  return g_strconcat ("file:", text, NULL);
}

/* What is missing is said at once, beside its field. */
static gboolean
check_fields (KaiSignInPage *self)
{
  gboolean offline = gtk_toggle_button_get_active (self->offline_check);
  g_autofree char *key = dup_entry (self->key_entry);
  g_autofree char *user = dup_entry (self->user_entry);
  g_autofree char *server = dup_entry (self->server_entry);

  clear_problems (self);
  if (key[0] == '\0' && !offline)
    {
      kai_field_set_problem (self->key_field,
                             _ ("Choose your key file, or work without a connection."));
      gtk_widget_grab_focus (GTK_WIDGET (self->key_entry));
      return FALSE;
    }
  if (key[0] == '\0' && user[0] == '\0')
    {
      kai_field_set_problem (self->user_field, _ ("Type your user code: without a key nothing else "
                                                  "says who you are."));
      gtk_widget_grab_focus (GTK_WIDGET (self->user_entry));
      return FALSE;
    }
  if (server[0] == '\0' && !offline)
    {
      kai_field_set_problem (self->server_field, _ ("Type the address of the finance server, or "
                                                    "work without a connection."));
      gtk_expander_set_expanded (self->connection_expander, TRUE);
      gtk_widget_grab_focus (GTK_WIDGET (self->server_entry));
      return FALSE;
    }
  return TRUE;
}

/* ---- The PIN ---- */


static char *
dup_key_uri (KaiSignInPage *self)
{
  g_autofree char *key = dup_entry (self->key_entry);

  return key_from_display (key);
}

static void
load_tries (KaiSignInPage *self, KaiPinTries *tries)
{
  g_autofree char *uri = dup_key_uri (self);

  if (self->connection && *uri)
    kai_pin_tries_load (self->connection->home, uri, g_get_real_time () / G_USEC_PER_SEC, tries);
}

/* Before the next try, not after the last one. */
static void
show_tries (KaiSignInPage *self)
{
  KaiPinTries tries = { 0 };
  g_autofree char *text = NULL;

  load_tries (self, &tries);
  text = kai_pin_tries_describe (&tries);
  gtk_label_set_text (self->tries_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->tries_label), *text != '\0');
}

static gboolean
check_tries (KaiSignInPage *self)
{
  KaiPinTries tries = { 0 };
  g_autoptr (GError) error = NULL;

  load_tries (self, &tries);
  if (kai_pin_tries_check (&tries, &error))
    return TRUE;
  kai_field_set_problem (self->pin_field, error->message);
  show_tries (self);
  return FALSE;
}

static void
on_key_changed_cb (KaiSignInPage *self)
{
  show_tries (self);
}

static void
start_pin_change (KaiSignInPage *self, const char *reason)
{
  g_autofree char *uri = dup_key_uri (self);
  g_autofree char *user = dup_entry (self->user_entry);

  kai_pin_change_start (self->pin_change, uri, gtk_entry_get_text (self->pin_entry), user, reason);
}

static void
on_change_pin_cb (KaiSignInPage *self)
{
  g_autofree char *key = dup_entry (self->key_entry);

  clear_problems (self);
  if (*key == '\0')
    {
      kai_field_set_problem (self->key_field,
                             _ ("Choose the key file whose PIN is to be changed."));
      gtk_widget_grab_focus (GTK_WIDGET (self->key_entry));
    }
  else if (gtk_entry_get_text_length (self->pin_entry) == 0)
    {
      kai_field_set_problem (self->pin_field, _ ("Type the present PIN first."));
      gtk_widget_grab_focus (GTK_WIDGET (self->pin_entry));
    }
  else if (check_tries (self))
    start_pin_change (self,
                      _ ("Choose a new PIN. It holds for this key file wherever it is used."));
}

/* With the PIN that the issuer gave everybody nobody works. */
static gboolean
must_change_pin (KaiSignInPage *self)
{
  g_autofree char *uri = dup_key_uri (self);

  return g_str_has_prefix (uri, "file:")
         && kai_pin_is_initial (gtk_entry_get_text (self->pin_entry));
}

static void
on_sign_in_clicked_cb (KaiSignInPage *self)
{
  g_autofree char *key = dup_entry (self->key_entry);

  if (!check_fields (self) || (*key && !check_tries (self)))
    return;
  if (must_change_pin (self))
    start_pin_change (self, _ ("This is the PIN that the issuer gave the key out with, which "
                               "others know. Choose one of your own; then you are signed in."));
  else
    g_signal_emit (self, signals[SIGN_IN], 0);
}

static void
on_pin_changed_cb (KaiSignInPage *self, const char *pin)
{
  gboolean forced = must_change_pin (self);

  gtk_entry_set_text (self->pin_entry, pin);
  kai_sign_in_page_accept_pin (self);
  gtk_label_set_text (self->status_label, _ ("The PIN is changed."));
  if (forced)
    g_signal_emit (self, signals[SIGN_IN], 0);
  else
    gtk_widget_grab_focus (self->sign_in_button);
}

static void
on_pin_change_failed_cb (KaiSignInPage *self, gpointer error)
{
  kai_sign_in_page_show_error (self, error);
}

static void
on_pin_change_cancelled_cb (KaiSignInPage *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->pin_entry));
}

void
kai_sign_in_page_accept_pin (KaiSignInPage *self)
{
  g_autofree char *uri = dup_key_uri (self);

  if (self->connection && *uri)
    kai_pin_tries_clear (self->connection->home, uri);
  show_tries (self);
}

static void
on_training_clicked_cb (KaiSignInPage *self)
{
  clear_problems (self);
  g_signal_emit (self, signals[TRAINING], 0);
}

/* Enter goes to the next empty field, and signs in from the last. */
static void
on_entry_activate_cb (KaiSignInPage *self)
{
  GtkEntry *entries[] = { self->key_entry, self->pin_entry };

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    if (gtk_entry_get_text_length (entries[i]) == 0
        && !gtk_widget_has_focus (GTK_WIDGET (entries[i]))
        && !gtk_toggle_button_get_active (self->offline_check))
      {
        gtk_widget_grab_focus (GTK_WIDGET (entries[i]));
        return;
      }
  on_sign_in_clicked_cb (self);
}

static void
on_chooser_response_cb (KaiSignInPage *self, int response)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autofree char *path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (self->chooser));

      gtk_entry_set_text (self->chooser_target, path ? path : "");
      gtk_widget_grab_focus (GTK_WIDGET (self->pin_entry));
    }
  g_clear_object (&self->chooser);
}

static void
choose_file (KaiSignInPage *self, GtkEntry *target, const char *title, const char *pattern)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_toplevel (GTK_WIDGET (self)));
  GtkFileFilter *filter = gtk_file_filter_new ();

  g_clear_object (&self->chooser);
  self->chooser_target = target;
  self->chooser =
      gtk_file_chooser_native_new (title, window, GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  gtk_file_filter_set_name (filter, pattern);
  gtk_file_filter_add_pattern (filter, pattern);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), filter);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_chooser_response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
on_choose_key_cb (KaiSignInPage *self)
{
  choose_file (self, self->key_entry, _ ("Choose the key file"), "*.p12");
}

static void
on_choose_trust_cb (KaiSignInPage *self)
{
  choose_file (self, self->trust_entry, _ ("Choose the file with root certificates"), "*.pem");
}

void
kai_sign_in_page_set_connection (KaiSignInPage *self, const KaiConnection *connection)
{
  g_clear_pointer (&self->connection, kai_connection_free);
  self->connection = kai_connection_copy (connection);
  gtk_entry_set_text (self->user_entry, connection->user);
  gtk_entry_set_text (self->key_entry, key_for_display (connection->key_uri));
  gtk_entry_set_text (self->server_entry, connection->server);
  gtk_entry_set_text (self->trust_entry, connection->trust_path);
  gtk_toggle_button_set_active (self->offline_check, connection->offline);
  gtk_toggle_button_set_active (self->remember_check, TRUE);
  show_tries (self);
  gtk_expander_set_expanded (self->connection_expander, connection->server[0] == '\0');
  gtk_widget_grab_focus (GTK_WIDGET (connection->key_uri[0] ? self->pin_entry : self->user_entry));
}

KaiConnection *
kai_sign_in_page_dup_connection (KaiSignInPage *self)
{
  KaiConnection *connection = kai_connection_copy (self->connection);
  g_autofree char *key = dup_entry (self->key_entry);

  g_free (connection->user);
  g_free (connection->key_uri);
  g_free (connection->server);
  g_free (connection->trust_path);
  connection->user = dup_entry (self->user_entry);
  connection->key_uri = key_from_display (key);
  connection->server = dup_entry (self->server_entry);
  connection->trust_path = dup_entry (self->trust_entry);
  connection->offline = gtk_toggle_button_get_active (self->offline_check);
  return connection;
}

const char *
kai_sign_in_page_get_pin (KaiSignInPage *self)
{
  return gtk_entry_get_text (self->pin_entry);
}

void
kai_sign_in_page_set_pin (KaiSignInPage *self, const char *pin)
{
  gtk_entry_set_text (self->pin_entry, pin ? pin : "");
}

gboolean
kai_sign_in_page_get_remember (KaiSignInPage *self)
{
  return gtk_toggle_button_get_active (self->remember_check);
}

void
kai_sign_in_page_set_busy (KaiSignInPage *self, const char *sentence)
{
  gboolean busy = sentence != NULL;

  gtk_widget_set_sensitive (self->form_box, !busy);
  gtk_widget_set_sensitive (self->sign_in_button, !busy);
  gtk_widget_set_sensitive (self->training_button, !busy);
  g_object_set (self->spinner, "active", busy, NULL);
  gtk_label_set_text (self->status_label, busy ? sentence : "");
}

static void
show_wrong_pin (KaiSignInPage *self, const GError *error)
{
  g_autofree char *uri = dup_key_uri (self);
  KaiPinTries tries = { 0 };

  if (self->connection && *uri)
    kai_pin_tries_add (self->connection->home, uri, g_get_real_time () / G_USEC_PER_SEC, &tries);
  kai_field_set_problem (self->pin_field, error->message);
  show_tries (self);
  gtk_entry_set_text (self->pin_entry, "");
  gtk_widget_grab_focus (GTK_WIDGET (self->pin_entry));
}

void
kai_sign_in_page_show_error (KaiSignInPage *self, const GError *error)
{
  clear_problems (self);
  if (g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_PIN))
    show_wrong_pin (self, error);
  else if (g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_NO_KEY))
    {
      kai_field_set_problem (self->key_field, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (self->key_entry));
    }
  else if (g_error_matches (error, KAI_NET_ERROR, KAI_NET_ERROR_CERTIFICATE))
    {
      kai_field_set_problem (self->user_field, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (self->user_entry));
    }
  else
    {
      gtk_label_set_text (self->problem_label, error->message);
      gtk_widget_show (GTK_WIDGET (self->problem_label));
    }
}

static void
kai_sign_in_page_dispose (GObject *object)
{
  KaiSignInPage *self = KAI_SIGN_IN_PAGE (object);

  g_clear_object (&self->chooser);
  g_clear_pointer (&self->connection, kai_connection_free);
  G_OBJECT_CLASS (kai_sign_in_page_parent_class)->dispose (object);
}

static void
kai_sign_in_page_class_init (KaiSignInPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_FIELD);
  g_type_ensure (KAI_TYPE_PIN_CHANGE);
  G_OBJECT_CLASS (klass)->dispose = kai_sign_in_page_dispose;
  signals[SIGN_IN] = g_signal_new ("sign-in", KAI_TYPE_SIGN_IN_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[TRAINING] = g_signal_new ("training", KAI_TYPE_SIGN_IN_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/cn/kaipiao/Kaipiao/ui/sign-in/kai-sign-in-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiSignInPage, name)
  BIND (pin_change);
  BIND (tries_label);
  BIND (change_pin_button);
  BIND (form_box);
  BIND (sign_in_button);
  BIND (training_button);
  BIND (user_field);
  BIND (key_field);
  BIND (pin_field);
  BIND (server_field);
  BIND (trust_field);
  BIND (user_entry);
  BIND (key_entry);
  BIND (pin_entry);
  BIND (server_entry);
  BIND (trust_entry);
  BIND (offline_check);
  BIND (remember_check);
  BIND (connection_expander);
  BIND (spinner);
  BIND (status_label);
  BIND (problem_label);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_key_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_change_pin_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_sign_in_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_training_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_key_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_trust_cb);
}

static void
kai_sign_in_page_init (KaiSignInPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->pin_change, "changed", G_CALLBACK (on_pin_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->pin_change, "failed", G_CALLBACK (on_pin_change_failed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->pin_change, "cancelled", G_CALLBACK (on_pin_change_cancelled_cb),
                           self, G_CONNECT_SWAPPED);
}
