/* Starts the training server and gets the demo clerk a key, one asynchronous step after the other:
 * server → its "ready" line → who may sign in → PIN and key → done. */
#include "kai-training.h"
#include "kai-runtime.h"
#include "values/kai-error.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <openssl/rand.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

struct _KaiTraining
{
  GObject parent_instance;

  char *program;    /* kaipiao-sandbox */
  char *server_dir; /* HOME/training/server */
  char *desk_dir;   /* HOME/training/desk */
  char *key_path, *pin_path;
  char *address;
  GSubprocess *child;
  GDataInputStream *output;
};

G_DEFINE_FINAL_TYPE (KaiTraining, kai_training, G_TYPE_OBJECT)

static char *
find_sandbox (void)
{
  g_autofree char *dir = kai_runtime_dup_program_dir ();
  const char *places[] = { ".", "../sandbox" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = g_build_filename (dir, places[i], "kaipiao-sandbox", NULL);

      if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&path);
    }
  return g_find_program_in_path ("kaipiao-sandbox");
}

KaiTraining *
kai_training_new (const char *home)
{
  KaiTraining *self = g_object_new (KAI_TYPE_TRAINING, NULL);

  self->server_dir = g_build_filename (home, "training", "server", NULL);
  self->desk_dir = g_build_filename (home, "training", "desk", NULL);
  self->key_path = g_build_filename (home, "training", "clerk.p12", NULL);
  self->pin_path = g_build_filename (home, "training", "clerk.pin", NULL);
  return self;
}

static void
return_failure (GTask *task, const char *what, const GError *cause)
{
  g_task_return_new_error (task, KAI_DATA_ERROR, KAI_DATA_ERROR_IO,
                           _ ("Training mode cannot start: %s%s%s"), what, cause ? " " : "",
                           cause ? cause->message : "");
}

static GSubprocess *
run_ctl (KaiTraining *self, GError **error, const char *const *arguments)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();

  g_ptr_array_add (argv, self->program);
  g_ptr_array_add (argv, (char *)"ctl");
  g_ptr_array_add (argv, (char *)"--dir");
  g_ptr_array_add (argv, self->server_dir);
  for (int i = 0; arguments[i]; i++)
    g_ptr_array_add (argv, (char *)arguments[i]);
  g_ptr_array_add (argv, NULL);
  return g_subprocess_newv ((const char *const *)argv->pdata,
                            G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
}

/* ---- Step 4: the key is there ---- */

static void
finish (GTask *task)
{
  g_task_return_boolean (task, TRUE);
}

static void
on_key_issued_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *said = NULL;

  if (!g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, NULL, &said, &error))
    return_failure (task, _ ("the demo clerk's key cannot be made."), error);
  else if (!g_subprocess_get_successful (G_SUBPROCESS (source)))
    return_failure (task, said && said[0] ? said : _ ("the demo clerk's key cannot be made."),
                    NULL);
  else
    finish (task);
}

/* ---- Step 3: PIN and key ---- */

/* Random, in a file of the user's own: made-up data behind it, but habits count. */
static gboolean
write_pin (const char *path, GError **error)
{
  guint8 bytes[6];
  char pin[G_N_ELEMENTS (bytes) + 1];

  if (RAND_bytes (bytes, sizeof bytes) != 1)
    return kai_data_fail (error, KAI_DATA_ERROR_IO, _ ("The system gives no random numbers."));
  for (guint i = 0; i < sizeof bytes; i++)
    pin[i] = (char)('0' + bytes[i] % 10);
  pin[sizeof bytes] = '\0';
  return g_file_set_contents_full (path, pin, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static void
issue_key (GTask *task, const char *user)
{
  KaiTraining *self = g_task_get_source_object (task);
  const char *arguments[] = { "issue-key",  user,           "-o", self->key_path,
                              "--pin-file", self->pin_path, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) ctl = NULL;

  if (write_pin (self->pin_path, &error))
    ctl = run_ctl (self, &error, arguments);
  if (ctl)
    g_subprocess_communicate_utf8_async (ctl, NULL, g_task_get_cancellable (task), on_key_issued_cb,
                                         g_object_ref (task));
  else
    return_failure (task, _ ("the demo clerk's key cannot be made."), error);
}

static gboolean
is_clerk (JsonObject *user)
{
  JsonArray *roles =
      json_object_has_member (user, "roles") ? json_object_get_array_member (user, "roles") : NULL;

  for (guint i = 0; roles && i < json_array_get_length (roles); i++)
    if (g_strcmp0 (json_array_get_string_element (roles, i), "clerk") == 0)
      return TRUE;
  return FALSE;
}

/* The first clerk among the server's users; caller frees, NULL when there is none. */
static char *
find_clerk (const char *state)
{
  g_autoptr (JsonNode) root = json_from_string (state, NULL);
  JsonArray *users;

  if (!root || !JSON_NODE_HOLDS_OBJECT (root)
      || !json_object_has_member (json_node_get_object (root), "users"))
    return NULL;
  users = json_object_get_array_member (json_node_get_object (root), "users");
  for (guint i = 0; users && i < json_array_get_length (users); i++)
    {
      JsonObject *user = json_array_get_object_element (users, i);

      if (is_clerk (user))
        return g_strdup (json_object_get_string_member (user, "code"));
    }
  return NULL;
}

static void
on_state_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *state = NULL;
  g_autofree char *user = NULL;

  if (g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, &state, NULL, &error)
      && state)
    user = find_clerk (state);
  if (user)
    issue_key (task, user);
  else
    return_failure (task, _ ("the training server knows no clerk."), error);
}

/* ---- Step 2: the server is ready ---- */

static void
prepare_key (GTask *task)
{
  KaiTraining *self = g_task_get_source_object (task);
  const char *arguments[] = { "state", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) ctl = NULL;

  if (g_file_test (self->key_path, G_FILE_TEST_EXISTS)
      && g_file_test (self->pin_path, G_FILE_TEST_EXISTS))
    {
      finish (task);
      return;
    }
  ctl = run_ctl (self, &error, arguments);
  if (ctl)
    g_subprocess_communicate_utf8_async (ctl, NULL, g_task_get_cancellable (task), on_state_cb,
                                         g_object_ref (task));
  else
    return_failure (task, _ ("the training server knows no clerk."), error);
}

static void
on_line_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  KaiTraining *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_data_input_stream_read_line_finish_utf8 (G_DATA_INPUT_STREAM (source),
                                                                     result, NULL, &error);

  if (!line)
    {
      return_failure (task, _ ("the training server stopped before it was ready."), error);
      return;
    }
  if (!g_str_has_prefix (line, "ready "))
    {
      g_data_input_stream_read_line_async (self->output, G_PRIORITY_DEFAULT,
                                           g_task_get_cancellable (task), on_line_cb,
                                           g_object_ref (task));
      return;
    }
  g_free (self->address);
  self->address = g_strstrip (g_strdup (line + strlen ("ready ")));
  prepare_key (task);
}

/* ---- Step 1: the server starts ---- */

/* In the child: it must not outlive a program that crashed. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static gboolean
start_server (KaiTraining *self, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);

  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  self->child =
      g_subprocess_launcher_spawn (launcher, error, self->program, "--dir", self->server_dir,
                                   "--demo-data", "--print-ready", NULL);
  if (!self->child)
    return FALSE;
  self->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->child));
  return TRUE;
}

static gboolean
make_dirs (KaiTraining *self, GError **error)
{
  const char *dirs[] = { self->server_dir, self->desk_dir };

  for (guint i = 0; i < G_N_ELEMENTS (dirs); i++)
    if (g_mkdir_with_parents (dirs[i], 0700) != 0)
      return kai_data_fail (error, KAI_DATA_ERROR_READ_ONLY, _ ("%s cannot be made: %s."), dirs[i],
                            g_strerror (errno));
  return TRUE;
}

void
kai_training_start_async (KaiTraining *self, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  g_autoptr (GError) error = NULL;

  g_task_set_source_tag (task, kai_training_start_async);
  kai_training_stop (self);
  g_free (self->program);
  self->program = find_sandbox ();
  if (!self->program)
    return_failure (task, _ ("kaipiao-sandbox is not installed beside this program."), NULL);
  else if (!make_dirs (self, &error) || !start_server (self, &error))
    return_failure (task, _ ("the training server does not start."), error);
  else
    g_data_input_stream_read_line_async (self->output, G_PRIORITY_DEFAULT, cancellable, on_line_cb,
                                         g_object_ref (task));
}

KaiConnection *
kai_training_start_finish (KaiTraining *self, GAsyncResult *result, char **pin, GError **error)
{
  g_autoptr (KaiConnection) connection = NULL;
  g_autofree char *text = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), error)
      || !g_file_get_contents (self->pin_path, &text, NULL, error))
    return NULL;
  connection = kai_connection_new (self->desk_dir);
  g_free (connection->server);
  g_free (connection->key_uri);
  g_free (connection->trust_path);
  connection->server = g_strdup (self->address);
  connection->key_uri = g_strconcat ("file:", self->key_path, NULL);
  connection->trust_path = g_build_filename (self->server_dir, "ca.pem", NULL);
  *pin = g_strstrip (g_steal_pointer (&text));
  return g_steal_pointer (&connection);
}

void
kai_training_stop (KaiTraining *self)
{
  if (self->child)
    g_subprocess_send_signal (self->child, SIGTERM);
  g_clear_object (&self->output);
  g_clear_object (&self->child);
}

static void
kai_training_finalize (GObject *object)
{
  KaiTraining *self = KAI_TRAINING (object);

  kai_training_stop (self);
  g_free (self->program);
  g_free (self->server_dir);
  g_free (self->desk_dir);
  g_free (self->key_path);
  g_free (self->pin_path);
  g_free (self->address);
  G_OBJECT_CLASS (kai_training_parent_class)->finalize (object);
}

static void
kai_training_class_init (KaiTrainingClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kai_training_finalize;
}

static void
kai_training_init (KaiTraining *self)
{
}
