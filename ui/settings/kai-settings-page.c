/* Settings: every widget is bound to a key of the schema; nothing waits for "save". */
#include "settings/kai-settings-page.h"

#include "kai-command.h"
#include "kai-format.h"
#include "sync/kai-desk-backup.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

#define DPI_UNITS 1024 /* of gtk-xft-dpi */
#define USUAL_DPI (96 * DPI_UNITS)

struct _KaiSettingsPage
{
  GtkScrolledWindow parent_instance;

  /* Template */
  GtkWidget *lapse_days_spin, *low_codes_spin, *low_stock_spin, *certificate_days_spin;
  GtkWidget *state_combo, *period_combo, *text_combo, *colours_combo, *lock_combo;
  GtkFileChooser *backup_button;
  GtkLabel *backup_label;

  /* Owned */
  GSettings *settings;
  KaiSession *session;
  GSimpleActionGroup *actions;
  KaiTask *task; /* the backup that runs */
};

G_DEFINE_FINAL_TYPE (KaiSettingsPage, kai_settings_page, GTK_TYPE_SCROLLED_WINDOW)

enum
{
  TASK,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- Looks ---- */

static void
apply_text_size (GSettings *settings)
{
  static int desktop_dpi; /* before we touched it */
  GtkSettings *gtk = gtk_settings_get_default ();
  g_autofree char *size = g_settings_get_string (settings, "text-size");
  int percent = CLAMP (atoi (size), 100, 300);

  if (desktop_dpi == 0)
    {
      g_object_get (gtk, "gtk-xft-dpi", &desktop_dpi, NULL);
      if (desktop_dpi <= 0)
        desktop_dpi = USUAL_DPI;
      if (percent == 100)
        return;
    }
  g_object_set (gtk, "gtk-xft-dpi", desktop_dpi / 100 * percent, NULL);
}

static void
apply_colours (GSettings *settings)
{
  g_autofree char *colours = g_settings_get_string (settings, "colours");

  if (g_str_equal (colours, "dark"))
    g_object_set (gtk_settings_get_default (), "gtk-application-prefer-dark-theme", TRUE, NULL);
  else
    gtk_settings_reset_property (gtk_settings_get_default (), "gtk-application-prefer-dark-theme");
}

void
kai_settings_apply_looks (GSettings *settings)
{
  apply_text_size (settings);
  apply_colours (settings);
  g_signal_connect (settings, "changed::text-size", G_CALLBACK (apply_text_size), NULL);
  g_signal_connect (settings, "changed::colours", G_CALLBACK (apply_colours), NULL);
}

/* ---- Backup ---- */

static void
update_backup (KaiSettingsPage *self)
{
  g_autofree char *folder =
      self->settings ? g_settings_get_string (self->settings, "backup-folder") : NULL;
  gboolean has_folder = folder && g_file_test (folder, G_FILE_TEST_IS_DIR);
  gboolean has_key = self->session && kai_desk_get_key (kai_session_get_desk (self->session));
  const char *why = !has_folder  ? _ ("Choose a folder for backups first.")
                    : !has_key   ? _ ("A backup is sealed with your key: sign in with it first.")
                    : self->task ? _ ("A backup is being written already.")
                                 : "";

  kai_command_set_enabled (G_ACTION_MAP (self->actions), "backup", why[0] == '\0', why);
}

static void
show_last_backup (KaiSettingsPage *self)
{
  gint64 at = self->settings ? g_settings_get_int64 (self->settings, "last-backup") : 0;
  g_autofree char *time = kai_format_time (at);
  g_autofree char *text = at ? g_strdup_printf (_ ("Last backup: %s"), time)
                             : g_strdup (_ ("No backup was made in this window yet."));

  gtk_label_set_text (self->backup_label, text);
}

/* In the thread that writes. */
static void
on_progress_cb (const char *what, gint64 done, gint64 total, gpointer data)
{
  kai_task_set_progress (KAI_TASK (data), done, total);
}

static void
on_backed_up_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (KaiSettingsPage) self = KAI_SETTINGS_PAGE (data);
  g_autoptr (KaiTask) task = g_steal_pointer (&self->task);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiBackupInfo) info = kai_desk_backup_finish (result, &error);
  g_autofree char *sentence = NULL;

  if (info)
    {
      int notices = (int)CLAMP (kai_backup_info_count (info, "notice"), 0, G_MAXINT);

      if (self->settings)
        g_settings_set_int64 (self->settings, "last-backup", g_get_real_time () / G_USEC_PER_SEC);
      sentence = g_strdup_printf (ngettext ("The backup is written and was read back: %d notice.",
                                            "The backup is written and was read back: %d notices.",
                                            notices),
                                  notices);
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    sentence = g_strdup (error->message);
  show_last_backup (self);
  update_backup (self);
  kai_task_finish (task, info == NULL, sentence);
}

static void
on_backup_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiSettingsPage *self = KAI_SETTINGS_PAGE (data);
  KaiDesk *desk = kai_session_get_desk (self->session);
  g_autofree char *folder = g_settings_get_string (self->settings, "backup-folder");
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (now, "kaipiao-%Y%m%d-%H%M%S.kpb");
  g_autofree char *path = g_build_filename (folder, name, NULL);

  self->task = kai_task_new (_ ("Writing a backup"));
  update_backup (self);
  g_signal_emit (self, signals[TASK], 0, self->task);
  kai_desk_backup_async (kai_desk_get_connection (desk), kai_desk_get_key (desk), path,
                         on_progress_cb, self->task, kai_task_get_cancellable (self->task),
                         on_backed_up_cb, g_object_ref (self));
}

static void
on_folder_set_cb (KaiSettingsPage *self)
{
  g_autofree char *folder = gtk_file_chooser_get_filename (self->backup_button);

  if (folder && self->settings)
    g_settings_set_string (self->settings, "backup-folder", folder);
  update_backup (self);
}

static const GActionEntry entries[] = {
  { .name = "backup", .activate = on_backup_cb },
};

/* ---- Lock ---- */

static gboolean
get_minutes (GValue *value, GVariant *variant, gpointer data)
{
  g_value_take_string (value, g_strdup_printf ("%d", g_variant_get_int32 (variant)));
  return TRUE;
}

static GVariant *
set_minutes (const GValue *value, const GVariantType *type, gpointer data)
{
  const char *id = g_value_get_string (value);

  return id ? g_variant_new_int32 (atoi (id)) : NULL;
}

static void
add_minutes (KaiSettingsPage *self, int minutes)
{
  g_autofree char *id = g_strdup_printf ("%d", minutes);
  g_autofree char *label =
      minutes > 0 ? kai_format_age ((gint64)minutes * 60) : g_strdup (_ ("Not used"));

  gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (self->lock_combo), id, label);
}

/* The usual lengths, and the one that was set elsewhere. */
static void
fill_minutes (KaiSettingsPage *self)
{
  static const int usual[] = { 0, 5, 10, 15, 30, 60 };
  int set = g_settings_get_int (self->settings, "lock-after-minutes");
  gboolean is_usual = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    {
      add_minutes (self, usual[i]);
      is_usual |= usual[i] == set;
    }
  if (!is_usual)
    add_minutes (self, set);
  g_settings_bind_with_mapping (self->settings, "lock-after-minutes", self->lock_combo, "active-id",
                                G_SETTINGS_BIND_DEFAULT, get_minutes, set_minutes, NULL, NULL);
}

/* ---- Public ---- */

void
kai_settings_page_set_settings (KaiSettingsPage *self, GSettings *settings)
{
  const struct
  {
    GtkWidget *widget;
    const char *key, *property;
  } bindings[] = {
    { self->lapse_days_spin, "lapse-days", "value" },
    { self->low_codes_spin, "low-codes", "value" },
    { self->low_stock_spin, "low-stock", "value" },
    { self->certificate_days_spin, "certificate-days", "value" },
    { self->state_combo, "default-state", "active-id" },
    { self->period_combo, "default-period", "active-id" },
    { self->text_combo, "text-size", "active-id" },
    { self->colours_combo, "colours", "active-id" },
  };
  g_autofree char *folder = NULL;

  g_return_if_fail (!self->settings);
  self->settings = g_object_ref (settings);
  for (guint i = 0; i < G_N_ELEMENTS (bindings); i++)
    g_settings_bind (settings, bindings[i].key, bindings[i].widget, bindings[i].property,
                     G_SETTINGS_BIND_DEFAULT);
  fill_minutes (self);
  folder = g_settings_get_string (settings, "backup-folder");
  if (folder[0] != '\0')
    gtk_file_chooser_set_filename (self->backup_button, folder);
  show_last_backup (self);
  update_backup (self);
}

void
kai_settings_page_set_session (KaiSettingsPage *self, KaiSession *session)
{
  g_set_object (&self->session, session);
  update_backup (self);
}

GActionGroup *
kai_settings_page_get_actions (KaiSettingsPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

static void
kai_settings_page_dispose (GObject *object)
{
  KaiSettingsPage *self = KAI_SETTINGS_PAGE (object);

  g_clear_object (&self->session);
  g_clear_object (&self->settings);
  g_clear_object (&self->actions);
  g_clear_object (&self->task);
  G_OBJECT_CLASS (kai_settings_page_parent_class)->dispose (object);
}

static void
kai_settings_page_class_init (KaiSettingsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kai_settings_page_dispose;
  signals[TASK] = g_signal_new ("task", KAI_TYPE_SETTINGS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, KAI_TYPE_TASK);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/cn/kaipiao/Kaipiao/ui/settings/kai-settings-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiSettingsPage, name)
  BIND (lapse_days_spin);
  BIND (low_codes_spin);
  BIND (low_stock_spin);
  BIND (certificate_days_spin);
  BIND (state_combo);
  BIND (period_combo);
  BIND (text_combo);
  BIND (colours_combo);
  BIND (lock_combo);
  BIND (backup_button);
  BIND (backup_label);
#undef BIND
}

static void
kai_settings_page_init (KaiSettingsPage *self)
{
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "settings", G_ACTION_GROUP (self->actions));
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (self->backup_button, "file-set", G_CALLBACK (on_folder_set_cb), self);
  kai_command_explain (GTK_WIDGET (self), "settings", G_ACTION_MAP (self->actions));
  update_backup (self);
}
