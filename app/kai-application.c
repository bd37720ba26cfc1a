/* Life of the program: options, the window, signing in and out, training mode. */
#include "kai-application.h"
#include "kai-accelerators.h"
#include "kai-context.h"
#include "kai-training.h"
#include "kai-window.h"
#include "store/kai-database-health.h"

#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <string.h>

struct _KaiApplication
{
  GtkApplication parent_instance;

  const KaiOptions *options; /* borrowed */

  char *home;
  GSettings *settings;
  KaiTraining *training;
  KaiWindow *window;         /* borrowed; NULL when closed */
  GCancellable *cancellable; /* of signing in */
};

G_DEFINE_FINAL_TYPE (KaiApplication, kai_application, GTK_TYPE_APPLICATION)

/* ---- Options ---- */

/* What remains is one list to be issued, as a file manager hands it over. */
static gboolean
check_list (int argc, char **argv, GError **error)
{
  g_autofree char *shown = argc > 1 ? g_filename_display_name (argv[argc - 1]) : NULL;

  if (argc <= 1 || (argc == 2 && g_file_test (argv[1], G_FILE_TEST_EXISTS)))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
               argc > 2 ? _ ("Only one list can be opened at a time; “%s” is one too many.")
                        : _ ("“%s” is neither an option of this program nor a file."),
               shown);
  return FALSE;
}

gboolean
kai_options_parse (KaiOptions *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "home", 0, 0, G_OPTION_ARG_FILENAME, &options->home, N_ ("Data directory"), N_ ("DIR") },
    { "server", 0, 0, G_OPTION_ARG_STRING, &options->server, N_ ("Address of the finance server"),
      N_ ("URL") },
    { "user", 0, 0, G_OPTION_ARG_STRING, &options->user, N_ ("User code"), N_ ("CODE") },
    { "key", 0, 0, G_OPTION_ARG_STRING, &options->key_uri, N_ ("Key, for example file:clerk.p12"),
      N_ ("URI") },
    { "trust", 0, 0, G_OPTION_ARG_FILENAME, &options->trust_path,
      N_ ("PEM file with the trusted root certificates"), N_ ("FILE") },
    { "pin-file", 0, 0, G_OPTION_ARG_FILENAME, &options->pin_file,
      N_ ("File whose first line is the PIN (or variable KAIPIAO_PIN)"), N_ ("FILE") },
    { "offline", 0, 0, G_OPTION_ARG_NONE, &options->offline, N_ ("Never open a connection"), NULL },
    { "training", 0, 0, G_OPTION_ARG_NONE, &options->training,
      N_ ("Training mode with made-up data, with a server of its own or that of --server"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, N_ ("Print the version and end"),
      NULL },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("[LIST]"));

  g_option_context_set_summary (context,
                                _ ("Payment notices and fiscal e-bills at the desk of a collecting "
                                   "unit."));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_add_group (context, gtk_get_option_group (FALSE));
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  return check_list (*argc, *argv, error);
}

void
kai_options_clear (KaiOptions *options)
{
  g_free (options->home);
  g_free (options->server);
  g_free (options->user);
  g_free (options->key_uri);
  g_free (options->trust_path);
  g_free (options->pin_file);
}

/* Caller frees; NULL when no PIN was given. */
static char *
read_pin (const KaiOptions *options, GError **error)
{
  g_autofree char *text = NULL;

  if (!options->pin_file)
    return g_strdup (g_getenv ("KAIPIAO_PIN"));
  if (!g_file_get_contents (options->pin_file, &text, NULL, error))
    return NULL;
  text[strcspn (text, "\r\n")] = '\0';
  return g_steal_pointer (&text);
}

static void
replace (char **field, const char *value)
{
  if (!value)
    return;
  g_free (*field);
  *field = g_strdup (value);
}

/* What was used last, overridden by the command line. */
static KaiConnection *
load_connection (KaiApplication *self, GError **error)
{
  KaiConnection *connection = kai_connection_load (self->home, error);

  if (!connection)
    return NULL;
  replace (&connection->server, self->options->server);
  replace (&connection->user, self->options->user);
  replace (&connection->key_uri, self->options->key_uri);
  replace (&connection->trust_path, self->options->trust_path);
  connection->offline = self->options->offline;
  return connection;
}

/* With a server named on the command line training goes on there: scripts/demo has one with notices. */
static gboolean
is_training_there (KaiApplication *self)
{
  return self->options->training && self->options->server;
}

/* ---- Signing in and out ---- */

static KaiSignInPage *
get_page (KaiApplication *self)
{
  return kai_window_get_sign_in_page (self->window);
}

/* Ends also when somebody else has signed in meanwhile: the store is the same, or its own was looked through. */
static void
on_looked_through_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (KaiSession) session = KAI_SESSION (data);
  KaiApplication *self = KAI_APPLICATION (g_application_get_default ());
  g_autoptr (GError) error = NULL;

  if (kai_database_look_through_finish (kai_session_get_database (session), result, &error)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (self && self->window)
    kai_window_report (self->window, TRUE, error->message);
}

/* A large store is looked through once a day, beside the work. */
static void
look_through (KaiApplication *self, KaiSession *session)
{
  KaiDatabase *db = kai_session_get_database (session);

  if (kai_database_is_check_due (db))
    kai_database_look_through_async (db, self->cancellable, on_looked_through_cb,
                                     g_object_ref (session));
}

static void
on_signed_in_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (KaiApplication) self = KAI_APPLICATION (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSession) session = kai_context_sign_in_finish (result, &error);

  if (!self->window || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  kai_sign_in_page_set_busy (get_page (self), NULL);
  if (error)
    {
      kai_sign_in_page_show_error (get_page (self), error);
      return;
    }
  kai_sign_in_page_accept_pin (get_page (self));
  kai_sign_in_page_set_pin (get_page (self), "");
  kai_window_set_session (self->window, session);
  look_through (self, session);
}

static void
sign_in (KaiApplication *self, const KaiConnection *connection, const char *pin, gboolean remember,
         gboolean training)
{
  kai_sign_in_page_set_busy (get_page (self), _ ("Opening the key and the data…"));
  kai_context_sign_in_async (connection, pin, remember, training, self->cancellable,
                             on_signed_in_cb, g_object_ref (self));
}

static void
on_sign_in_cb (KaiApplication *self)
{
  KaiSignInPage *page = get_page (self);
  g_autoptr (KaiConnection) connection = kai_sign_in_page_dup_connection (page);

  sign_in (self, connection, kai_sign_in_page_get_pin (page), kai_sign_in_page_get_remember (page),
           is_training_there (self));
}

static void
on_training_started_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (KaiApplication) self = KAI_APPLICATION (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiConnection) connection = NULL;
  g_autofree char *pin = NULL;

  connection = kai_training_start_finish (KAI_TRAINING (source), result, &pin, &error);
  if (!self->window || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (connection)
    {
      sign_in (self, connection, pin, FALSE, TRUE);
      OPENSSL_cleanse (pin, strlen (pin));
      return;
    }
  kai_sign_in_page_set_busy (get_page (self), NULL);
  kai_sign_in_page_show_error (get_page (self), error);
}

static void
start_training (KaiApplication *self)
{
  if (!self->training)
    self->training = kai_training_new (self->home);
  kai_sign_in_page_set_busy (get_page (self), _ ("Starting the training server…"));
  kai_training_start_async (self->training, self->cancellable, on_training_started_cb,
                            g_object_ref (self));
}

static void
on_sign_out_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiApplication *self = KAI_APPLICATION (data);
  g_autoptr (KaiConnection) connection = NULL;

  if (!self->window)
    return;
  kai_window_set_session (self->window, NULL);
  if (self->training)
    kai_training_stop (self->training);
  connection = load_connection (self, NULL);
  if (connection)
    kai_sign_in_page_set_connection (get_page (self), connection);
}

static void
on_quit_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiApplication *self = KAI_APPLICATION (data);

  if (self->window)
    gtk_window_close (GTK_WINDOW (self->window));
}

static const GActionEntry entries[] = {
  { .name = "sign-out", .activate = on_sign_out_cb },
  { .name = "quit", .activate = on_quit_cb },
};

/* ---- The window ---- */

/* With everything given on the command line nobody has to press a button. */
static void
sign_in_by_itself (KaiApplication *self, const KaiConnection *connection)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *pin = NULL;

  if (self->options->training && !self->options->server)
    {
      start_training (self);
      return;
    }
  pin = read_pin (self->options, &error);
  if (error)
    kai_window_report (self->window, TRUE, error->message);
  if (pin)
    kai_sign_in_page_set_pin (get_page (self), pin);
  if ((pin && connection->key_uri[0] != '\0'
       && (connection->server[0] != '\0' || connection->offline))
      || (connection->offline && connection->user[0] != '\0'))
    sign_in (self, connection, pin ? pin : "", FALSE, is_training_there (self));
  if (pin)
    OPENSSL_cleanse (pin, strlen (pin));
}

/* Long work has ended while the clerk looked at something else. */
static void
on_notify_user_cb (KaiApplication *self, const char *title, const char *sentence)
{
  g_autoptr (GNotification) notification = g_notification_new (title);

  /* Without a session bus there is nobody to tell. */
  if (!g_application_get_dbus_connection (G_APPLICATION (self)))
    return;
  g_notification_set_body (notification, sentence);
  g_application_send_notification (G_APPLICATION (self), "task", notification);
}

static void
on_window_destroyed_cb (KaiApplication *self)
{
  self->window = NULL;
  g_cancellable_cancel (self->cancellable);
}

static void
open_window (KaiApplication *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiConnection) connection = NULL;

  self->window = kai_window_new (GTK_APPLICATION (self), self->settings);
  g_signal_connect_object (self->window, "destroy", G_CALLBACK (on_window_destroyed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (get_page (self), "sign-in", G_CALLBACK (on_sign_in_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (get_page (self), "training", G_CALLBACK (start_training), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->window, "notify-user", G_CALLBACK (on_notify_user_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (self->window));
  connection = load_connection (self, &error);
  if (!connection)
    {
      kai_window_report (self->window, TRUE, error->message);
      connection = kai_connection_new (self->home);
    }
  kai_sign_in_page_set_connection (get_page (self), connection);
  sign_in_by_itself (self, connection);
}

static void
kai_application_activate (GApplication *app)
{
  KaiApplication *self = KAI_APPLICATION (app);

  if (self->window)
    gtk_window_present (GTK_WINDOW (self->window));
  else
    open_window (self);
}

/* A workbook given on the command line or dropped on the icon: batch issue, once somebody has signed in. */
static void
kai_application_open (GApplication *app, GFile **files, int n_files, const char *hint)
{
  g_autofree char *path = g_file_get_path (files[0]);

  kai_application_activate (app);
  if (path)
    kai_window_open_list (KAI_APPLICATION (app)->window, path);
}

static void
kai_application_startup (GApplication *app)
{
  KaiApplication *self = KAI_APPLICATION (app);

  G_APPLICATION_CLASS (kai_application_parent_class)->startup (app);
  g_action_map_add_action_entries (G_ACTION_MAP (app), entries, G_N_ELEMENTS (entries), app);
  kai_accelerators_install (GTK_APPLICATION (app));
  self->settings = g_settings_new (KAI_APP_ID);
}

static void
kai_application_shutdown (GApplication *app)
{
  KaiApplication *self = KAI_APPLICATION (app);

  g_cancellable_cancel (self->cancellable);
  if (self->training)
    kai_training_stop (self->training);
  G_APPLICATION_CLASS (kai_application_parent_class)->shutdown (app);
}

static void
kai_application_finalize (GObject *object)
{
  KaiApplication *self = KAI_APPLICATION (object);

  g_clear_object (&self->training);
  g_clear_object (&self->settings);
  g_clear_object (&self->cancellable);
  g_free (self->home);
  G_OBJECT_CLASS (kai_application_parent_class)->finalize (object);
}

static void
kai_application_class_init (KaiApplicationClass *klass)
{
  GApplicationClass *app_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = kai_application_finalize;
  app_class->startup = kai_application_startup;
  app_class->activate = kai_application_activate;
  app_class->open = kai_application_open;
  app_class->shutdown = kai_application_shutdown;
}

static void
kai_application_init (KaiApplication *self)
{
  self->cancellable = g_cancellable_new ();
}

KaiApplication *
kai_application_new (const KaiOptions *options)
{
  /* A second start raises the window that is there, unless it is meant for other data. */
  gboolean own = options->home || options->training;
  KaiApplication *self =
      g_object_new (KAI_TYPE_APPLICATION, "application-id", KAI_APP_ID, "flags",
                    G_APPLICATION_HANDLES_OPEN | (own ? G_APPLICATION_NON_UNIQUE : 0),
                    "resource-base-path", "/cn/kaipiao/Kaipiao", NULL);

  self->options = options;
  self->home = options->home ? g_canonicalize_filename (options->home, NULL)
                             : kai_connection_default_home ();
  return self;
}
