/* The window's own actions, and where printed pages go. */
#include "kai-accelerators.h"
#include "kai-command.h"
#include "kai-window-private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static void
on_new_notice_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiWindow *self = KAI_WINDOW (data);

  kai_window_show_page (self, "editor");
  kai_editor_page_start (self->editor_page);
}

static void
on_sync_now_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiWindow *self = KAI_WINDOW (data);
  KaiSyncWorker *worker = kai_session_get_worker (self->session);

  if (worker)
    kai_sync_worker_send_now (worker);
  else
    kai_window_report (self, FALSE,
                       _ ("You are working without a connection. Sign out and in again with your "
                          "key to send what waits."));
}

static void
on_show_outbox_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_state_bar_show_outbox (KAI_WINDOW (data)->state_bar);
}

static void
on_back_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_window_show_page (KAI_WINDOW (data), "notices");
}

static void
on_page_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiWindow *self = KAI_WINDOW (data);
  const char *page = g_variant_get_string (parameter, NULL);

  kai_window_show_page (self, page);
  /* Who came by key goes on by key: the arrows move in the list at once, if there is one. */
  if (g_str_equal (page, "notices"))
    {
      GtkWidget *view = GTK_WIDGET (kai_notices_page_get_view (self->notices_page));

      if (gtk_widget_get_mapped (view))
        gtk_widget_grab_focus (view);
      else
        gtk_widget_child_focus (GTK_WIDGET (self->notices_page), GTK_DIR_TAB_FORWARD);
    }
}

static void
on_find_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_window_find (KAI_WINDOW (data));
}

static void
on_lock_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  kai_window_lock (KAI_WINDOW (data), _ ("You locked the window."));
}

static void
on_dismiss_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_info_bar_set_revealed (KAI_WINDOW (data)->info_bar, FALSE);
}

static void
on_about_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  static const char *const authors[] = { "Kaipiao contributors", NULL };

  gtk_show_about_dialog (GTK_WINDOW (data), "program-name", _ ("Kaipiao"), "version", KAI_VERSION,
                         "logo-icon-name", KAI_APP_ID, "license-type", GTK_LICENSE_GPL_3_0,
                         "authors", authors, "comments",
                         _ ("Payment notices and fiscal e-bills at the desk of a collecting unit"),
                         "translator-credits", _ ("translator-credits"), NULL);
}

static const GActionEntry entries[] = {
  { .name = "new-notice", .activate = on_new_notice_cb },
  { .name = "sync-now", .activate = on_sync_now_cb },
  { .name = "show-outbox", .activate = on_show_outbox_cb },
  { .name = "back", .activate = on_back_cb },
  { .name = "page", .activate = on_page_cb, .parameter_type = "s" },
  { .name = "find", .activate = on_find_cb },
  { .name = "lock", .activate = on_lock_cb },
  { .name = "dismiss", .activate = on_dismiss_cb },
  { .name = "about", .activate = on_about_cb },
};

void
kai_window_install_actions (KaiWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  kai_window_update_actions (self);
}

/* Only these make sense before somebody has signed in. */
static gboolean
is_always_enabled (const char *name)
{
  return g_str_equal (name, "dismiss") || g_str_equal (name, "about");
}

typedef struct
{
  const char *page, *prefix;
  GActionGroup *group;
} PageActions;

/* Ended by an entry without a page. */
static void
list_page_actions (KaiWindow *self, PageActions out[12])
{
  const PageActions groups[] = {
    { "notices", "notices", kai_notices_page_get_actions (self->notices_page) },
    { "editor", "editor", kai_editor_page_get_actions (self->editor_page) },
    { "import", "import", kai_import_page_get_actions (self->import_page) },
    { "ebills", "ebills", kai_ebills_page_get_actions (self->ebills_page) },
    { "payers", "payers", kai_payers_page_get_actions (self->payers_page) },
    { "templates", "templates", kai_templates_page_get_actions (self->templates_page) },
    { "review", "review", kai_review_page_get_actions (self->review_page) },
    { "stock", "stock", kai_stock_page_get_actions (self->stock_page) },
    { "log", "log", kai_log_page_get_actions (self->log_page) },
    { "settings", "settings", kai_settings_page_get_actions (self->settings_page) },
    { "messages", "inspector", kai_inspector_page_get_actions (self->inspector_page) },
    { NULL, NULL, NULL },
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (groups) <= 12);
  memcpy (out, groups, sizeof groups);
}

void
kai_window_update_actions (KaiWindow *self)
{
  gboolean open = self->session && !self->locked;
  const char *page = open ? gtk_stack_get_visible_child_name (self->pages) : "";
  PageActions groups[12];

  list_page_actions (self, groups);
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    kai_command_set_enabled (G_ACTION_MAP (self), entries[i].name,
                             open || is_always_enabled (entries[i].name),
                             self->locked ? _ ("The window is locked.") : _ ("Sign in first."));
  if (open)
    kai_command_set_enabled (
        G_ACTION_MAP (self), "lock", kai_lock_page_can_lock (self->lock_page),
        _ ("You signed in without a key: there is nothing to unlock with. Sign "
           "out instead."));
  /* The keys of a page work while it is shown, wherever in the window the focus is. */
  for (guint i = 0; groups[i].page; i++)
    gtk_widget_insert_action_group (GTK_WIDGET (self), groups[i].prefix,
                                    g_strcmp0 (page, groups[i].page) == 0 ? groups[i].group : NULL);
}

GActionGroup *
kai_window_get_group (KaiWindow *self, const char *prefix, const char **page)
{
  PageActions groups[12];

  *page = NULL;
  if (g_str_equal (prefix, "queue"))
    return kai_state_bar_get_actions (self->state_bar);
  list_page_actions (self, groups);
  for (guint i = 0; groups[i].page; i++)
    if (g_str_equal (groups[i].prefix, prefix))
      {
        *page = groups[i].page;
        return groups[i].group;
      }
  return NULL;
}

static GActionMap *
find_map (KaiWindow *self, const char *prefix)
{
  const char *page =
      self->session && !self->locked ? gtk_stack_get_visible_child_name (self->pages) : "";
  PageActions groups[12];

  if (g_str_equal (prefix, "win"))
    return G_ACTION_MAP (self);
  list_page_actions (self, groups);
  for (guint i = 0; groups[i].page; i++)
    if (g_str_equal (groups[i].prefix, prefix) && g_strcmp0 (page, groups[i].page) == 0)
      return G_ACTION_MAP (groups[i].group);
  return NULL;
}

static gboolean
is_key (const KaiAccelerator *accelerator, guint keyval, GdkModifierType state)
{
  for (int i = 0; accelerator->keys[i]; i++)
    {
      GdkModifierType wanted;
      guint key;

      gtk_accelerator_parse (accelerator->keys[i], &key, &wanted);
      if (gdk_keyval_to_lower (keyval) == key
          && (state & gtk_accelerator_get_default_mod_mask ()) == wanted)
        return TRUE;
    }
  return FALSE;
}

const char *
kai_window_find_why (KaiWindow *self, guint keyval, GdkModifierType state)
{
  guint n;
  const KaiAccelerator *table = kai_accelerators_get (&n);

  for (guint i = 0; i < n; i++)
    {
      g_auto (GStrv) parts = g_strsplit (table[i].action, ".", 2);
      GActionMap *map = is_key (&table[i], keyval, state) ? find_map (self, parts[0]) : NULL;
      const char *why = map ? kai_command_get_why (map, parts[1]) : NULL;

      if (why)
        return why;
    }
  return NULL;
}

/* ---- Printing ---- */

static char *
dup_print_folder (KaiWindow *self)
{
  g_autofree char *folder =
      self->settings ? g_settings_get_string (self->settings, "print-folder") : NULL;
  const char *documents = g_get_user_special_dir (G_USER_DIRECTORY_DOCUMENTS);

  if (folder && folder[0] != '\0' && g_file_test (folder, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&folder);
  return g_strdup (documents ? documents : g_get_home_dir ());
}

static void
write_export (KaiWindow *self, KaiPrintExport *export, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (KaiTask) task = NULL;

  if (self->settings)
    g_settings_set_string (self->settings, "print-folder", folder);
  task = kai_print_export_write (export, path);
  kai_window_add_task (self, task);
}

static void
on_chooser_response_cb (KaiWindow *self, int response)
{
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (self->chooser));
  if (path && self->export)
    write_export (self, g_steal_pointer (&self->export), path);
  g_clear_pointer (&self->export, kai_print_export_free);
  g_clear_object (&self->chooser);
}

static void
ask_where (KaiWindow *self, const char *folder, const char *name)
{
  GtkFileChooser *chooser;

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_ ("Print to a PDF file"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  chooser = GTK_FILE_CHOOSER (self->chooser);
  gtk_file_chooser_set_current_folder (chooser, folder);
  gtk_file_chooser_set_current_name (chooser, name);
  gtk_file_chooser_set_do_overwrite_confirmation (chooser, TRUE);
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_chooser_response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

void
kai_window_print (KaiWindow *self, KaiPrintExport *export, gboolean ask)
{
  g_autofree char *folder = dup_print_folder (self);
  g_autofree char *name = kai_print_export_dup_file_name (export);

  if (ask)
    {
      g_clear_pointer (&self->export, kai_print_export_free);
      self->export = export;
      ask_where (self, folder, name);
    }
  else
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      write_export (self, export, path);
    }
}
