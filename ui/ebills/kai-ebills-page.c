/* The e-bills of the unit, newest first. */
#include "ebills/kai-ebills-page.h"
#include "kai-command.h"
#include "kai-format.h"
#include "security/kai-ebill-file.h"
#include "store/kai-ebill-store.h"
#include "values/kai-money.h"
#include "widgets/kai-wrap-box.h"
#include <glib/gi18n-lib.h>

/* A list for looking at what was swapped lately; older ones are found through their notice. */
#define LIST_LIMIT 2000

enum
{
  COLUMN_CODE,
  COLUMN_NUMBER,
  COLUMN_STATE,
  COLUMN_PAYER,
  COLUMN_AMOUNT,
  COLUMN_PAYMENT_CODE,
  COLUMN_CREATED,
  COLUMN_NOTE,
  COLUMN_ID
};

struct _KaiEbillsPage
{
  GtkBox parent_instance;

  /* Template */
  GtkStack *stack;
  GtkTreeView *view;
  GtkTreeSelection *selection;
  GtkListStore *store;
  GtkLabel *totals_label, *verify_label;

  /* Owned */
  KaiSession *session;
  GSimpleActionGroup *actions;
  GtkFileChooserNative *chooser;
  GBytes *file;   /* to be saved where the chooser says */
  gint64 kept_id; /* was asked for: shown although it may be older than the list goes */
};

G_DEFINE_FINAL_TYPE (KaiEbillsPage, kai_ebills_page, GTK_TYPE_BOX)

enum
{
  REPORT,
  PRINT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
report (KaiEbillsPage *self, gboolean is_error, const char *sentence)
{
  g_signal_emit (self, signals[REPORT], 0, is_error, sentence);
}

static void
collect_id_cb (GtkTreeModel *model, GtkTreePath *path, GtkTreeIter *iter, gpointer data)
{
  gint64 id;

  gtk_tree_model_get (model, iter, COLUMN_ID, &id, -1);
  g_array_append_val ((GArray *)data, id);
}

static GArray *
dup_selected_ids (KaiEbillsPage *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  gtk_tree_selection_selected_foreach (self->selection, collect_id_cb, ids);
  return ids;
}

static GPtrArray *
load_selected (KaiEbillsPage *self)
{
  g_autoptr (GPtrArray) records =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_ebill_record_free);
  g_autoptr (GArray) ids = dup_selected_ids (self);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < ids->len; i++)
    {
      KaiEbillRecord *record = kai_ebill_store_load (kai_session_get_database (self->session),
                                                     g_array_index (ids, gint64, i), &error);

      if (!record)
        {
          report (self, TRUE, error->message);
          return NULL;
        }
      g_ptr_array_add (records, record);
    }
  return g_steal_pointer (&records);
}

/* The one chosen e-bill with its file; NULL after saying what is missing. */
static KaiEbillRecord *
load_one_with_file (KaiEbillsPage *self)
{
  g_autoptr (GPtrArray) records = load_selected (self);
  KaiEbillRecord *record;

  if (!records || records->len != 1)
    return NULL;
  record = g_ptr_array_steal_index (records, 0);
  if (record->file)
    return record;
  kai_ebill_record_free (record);
  report (self, TRUE,
          _ ("The file of this e-bill has not been fetched yet. It comes with the next "
             "contact with the finance server."));
  return NULL;
}

static void
print_selected (KaiEbillsPage *self, gboolean ask)
{
  g_autoptr (GPtrArray) records = load_selected (self);
  g_autoptr (GError) error = NULL;
  KaiPrintExport *export;

  if (!records)
    return;
  export = kai_print_export_new_for_ebills (records, &error);
  if (export)
    g_signal_emit (self, signals[PRINT], 0, export, ask);
  else
    report (self, TRUE, error->message);
}

static void
on_print_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  print_selected (KAI_EBILLS_PAGE (data), TRUE);
}

static void
on_print_here_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  print_selected (KAI_EBILLS_PAGE (data), FALSE);
}

static void
on_chooser_response_cb (KaiEbillsPage *self, int response)
{
  g_autoptr (GError) error = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) target = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
      g_autofree char *name = g_file_get_parse_name (target);
      gsize length;
      const char *data = g_bytes_get_data (self->file, &length);
      g_autofree char *sentence = NULL;

      if (g_file_replace_contents (target, data, length, NULL, FALSE, G_FILE_CREATE_PRIVATE, NULL,
                                   NULL, &error))
        sentence = g_strdup_printf (_ ("The e-bill is saved in %s."), name);
      else
        sentence =
            g_strdup_printf (_ ("The e-bill cannot be saved in %s: %s Choose another folder."),
                             name, error->message);
      report (self, error != NULL, sentence);
    }
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->file, g_bytes_unref);
}

static void
on_save_file_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiEbillsPage *self = KAI_EBILLS_PAGE (data);
  g_autoptr (KaiEbillRecord) record = load_one_with_file (self);
  g_autofree char *name = NULL;

  if (!record)
    return;
  name = g_strdup_printf ("%s-%s.xml", record->code, record->number);
  g_clear_pointer (&self->file, g_bytes_unref);
  self->file = g_bytes_ref (record->file);
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (
      _ ("Save the e-bill"), GTK_WINDOW (gtk_widget_get_toplevel (GTK_WIDGET (self))),
      GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_chooser_response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
on_verify_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  KaiEbillsPage *self = KAI_EBILLS_PAGE (data);
  const KaiConnection *connection = kai_desk_get_connection (kai_session_get_desk (self->session));
  g_autoptr (KaiEbillRecord) record = load_one_with_file (self);
  g_autoptr (KaiTrust) trust = kai_trust_new ();
  g_autoptr (KaiEbillReport) result = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (!record)
    return;
  if (connection->trust_path[0] != '\0'
      && !kai_trust_add_file (trust, connection->trust_path, &error))
    {
      report (self, TRUE, error->message);
      return;
    }
  result = kai_ebill_file_verify (record->file, trust);
  g_string_append_printf (text, "%s: ", record->number);
  if (result->ok)
    g_string_append (text,
                     _ ("genuine: both signatures, both certificates and all sums are right"));
  for (guint i = 0; !result->ok && i < result->checks->len; i++)
    {
      const KaiEbillCheck *check = result->checks->pdata[i];

      if (!check->ok)
        g_string_append_printf (text, "%s ", check->detail);
    }
  gtk_label_set_text (self->verify_label, text->str);
  if (!result->ok)
    report (self, TRUE, text->str);
}

static const GActionEntry entries[] = {
  { .name = "print", .activate = on_print_cb },
  { .name = "print-here", .activate = on_print_here_cb },
  { .name = "save-file", .activate = on_save_file_cb },
  { .name = "verify", .activate = on_verify_cb },
};

static void
on_selection_changed_cb (KaiEbillsPage *self)
{
  int n = gtk_tree_selection_count_selected_rows (self->selection);

  const char *why =
      n == 0 ? _ ("Select an e-bill in the list first.") : _ ("Select one e-bill only.");

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    kai_command_set_enabled (G_ACTION_MAP (self->actions), entries[i].name, i >= 2 ? n == 1 : n > 0,
                             why);
  gtk_label_set_text (self->verify_label, "");
}

static void
add_record (KaiEbillsPage *self, const KaiEbillRecord *record, GHashTable *selected)
{
  g_autofree char *amount = kai_money_to_display (record->amount);
  g_autofree char *created = kai_format_time (record->created_at);
  GtkTreeIter iter;

  gtk_list_store_insert_with_values (
      self->store, &iter, -1, COLUMN_CODE, record->code, COLUMN_NUMBER, record->number,
      COLUMN_STATE, kai_sync_state_label (record->sync), COLUMN_PAYER, record->payer_name,
      COLUMN_AMOUNT, amount, COLUMN_PAYMENT_CODE, record->payment_code, COLUMN_CREATED, created,
      COLUMN_NOTE, record->refusal_text, COLUMN_ID, record->id, -1);
  if (g_hash_table_contains (selected, &record->id))
    gtk_tree_selection_select_iter (self->selection, &iter);
}

/* Older than the others: at the end. */
static void
add_kept (KaiEbillsPage *self, GHashTable *selected)
{
  g_autoptr (KaiEbillRecord) record =
      kai_ebill_store_load (kai_session_get_database (self->session), self->kept_id, NULL);

  if (record)
    add_record (self, record, selected);
}

static void
reload (KaiEbillsPage *self)
{
  g_autoptr (GPtrArray) records =
      kai_ebill_store_list (kai_session_get_database (self->session), NULL, LIST_LIMIT, NULL);
  g_autoptr (GArray) ids = dup_selected_ids (self);
  g_autoptr (GHashTable) selected = g_hash_table_new (g_int64_hash, g_int64_equal);
  guint n = records ? records->len : 0;
  g_autofree char *text = g_strdup_printf (ngettext ("%u e-bill", "%u e-bills", n), n);
  gboolean kept = FALSE;

  for (guint i = 0; i < ids->len; i++)
    g_hash_table_add (selected, &g_array_index (ids, gint64, i));
  gtk_list_store_clear (self->store);
  for (guint i = 0; i < n; i++)
    {
      const KaiEbillRecord *record = records->pdata[i];

      add_record (self, record, selected);
      kept |= record->id == self->kept_id;
    }
  if (!kept && self->kept_id != 0)
    add_kept (self, selected);
  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "list" : "empty");
  gtk_label_set_text (self->totals_label, text);
}

/* Rows are only made while somebody looks. */
static void
on_changed_cb (KaiEbillsPage *self)
{
  if (self->session && gtk_widget_get_mapped (GTK_WIDGET (self)))
    reload (self);
}

static void
kai_ebills_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (kai_ebills_page_parent_class)->map (widget);
  on_changed_cb (KAI_EBILLS_PAGE (widget));
}

void
kai_ebills_page_set_session (KaiEbillsPage *self, KaiSession *session)
{
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_set_object (&self->session, session);
  gtk_list_store_clear (self->store);
  self->kept_id = 0;
  if (!session)
    return;
  g_signal_connect_object (session, "changed", G_CALLBACK (on_changed_cb), self, G_CONNECT_SWAPPED);
  on_changed_cb (self);
}

static gboolean
show_row_cb (GtkTreeModel *model, GtkTreePath *path, GtkTreeIter *iter, gpointer data)
{
  KaiEbillsPage *self = KAI_EBILLS_PAGE (data);
  gint64 id;

  gtk_tree_model_get (model, iter, COLUMN_ID, &id, -1);
  if (id != self->kept_id)
    return FALSE;
  gtk_tree_view_set_cursor (self->view, path, NULL, FALSE);
  gtk_tree_view_scroll_to_cell (self->view, path, NULL, FALSE, 0, 0);
  return TRUE;
}

void
kai_ebills_page_show_number (KaiEbillsPage *self, const char *number)
{
  g_autoptr (KaiEbillRecord) record =
      self->session
          ? kai_ebill_store_find_by_number (kai_session_get_database (self->session), number, NULL)
          : NULL;

  if (!record)
    return;
  self->kept_id = record->id;
  reload (self);
  gtk_tree_model_foreach (GTK_TREE_MODEL (self->store), show_row_cb, self);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

GActionGroup *
kai_ebills_page_get_actions (KaiEbillsPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

static void
kai_ebills_page_dispose (GObject *object)
{
  KaiEbillsPage *self = KAI_EBILLS_PAGE (object);

  if (self->session)
    kai_ebills_page_set_session (self, NULL);
  g_clear_object (&self->chooser);
  g_clear_pointer (&self->file, g_bytes_unref);
  if (self->actions)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (kai_ebills_page_parent_class)->dispose (object);
}

static void
kai_ebills_page_class_init (KaiEbillsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KAI_TYPE_WRAP_BOX);
  G_OBJECT_CLASS (klass)->dispose = kai_ebills_page_dispose;
  widget_class->map = kai_ebills_page_map;
  signals[REPORT] = g_signal_new ("report", KAI_TYPE_EBILLS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
  signals[PRINT] = g_signal_new ("print", KAI_TYPE_EBILLS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_BOOLEAN);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/ebills/kai-ebills-page.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, KaiEbillsPage, name)
  BIND (stack);
  BIND (view);
  BIND (selection);
  BIND (store);
  BIND (totals_label);
  BIND (verify_label);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_selection_changed_cb);
}

static void
kai_ebills_page_init (KaiEbillsPage *self)
{
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "ebills", G_ACTION_GROUP (self->actions));
  gtk_widget_init_template (GTK_WIDGET (self));
  on_selection_changed_cb (self);
  kai_command_explain (GTK_WIDGET (self), "ebills", G_ACTION_MAP (self->actions));
}
