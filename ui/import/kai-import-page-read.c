/* Batch issue and education import: files. Lists are read and checked in a thread; the window stays usable and the work can be
 * cancelled. */
#include "import/kai-import-page-private.h"
#include "import/kai-import.h"
#include "kai-store-ref.h"
#include "store/kai-base-data-store.h"
#include "store/kai-import-store.h"
#include <glib/gi18n-lib.h>

/* One run of reading and checking. What it needs is its own, so that the window may change meanwhile. */
typedef struct
{
  char *path; /* NULL: the sheet is there already and is checked again */
  KaiImportOptions options;
  KaiBaseData *base;
  KaiStoreRef *store;
  KaiDatabase *ledger; /* what @sheet asks; outlives it */
  KaiImportSheet *sheet;
  GPtrArray *names; /* of the workbook's sheets */
  gboolean fresh;   /* not the batch that an earlier run has made of it */
} Reading;

static void
reading_free (Reading *reading)
{
  g_free (reading->path);
  g_clear_pointer (&reading->base, kai_base_data_free);
  g_clear_pointer (&reading->sheet, kai_import_sheet_free);
  g_clear_pointer (&reading->ledger, kai_database_close);
  g_clear_pointer (&reading->store, kai_store_ref_free);
  g_clear_pointer (&reading->names, g_ptr_array_unref);
  g_free (reading);
}

static gboolean
list_sheets (Reading *reading, GError **error)
{
  g_autoptr (KaiWorkbook) workbook = kai_workbook_open (reading->path, error);

  if (!workbook)
    return FALSE;
  reading->names = g_ptr_array_new_with_free_func (g_free);
  for (int i = 0; i < kai_workbook_get_n_sheets (workbook); i++)
    g_ptr_array_add (reading->names, g_strdup (kai_workbook_get_sheet_name (workbook, i)));
  return TRUE;
}

/* A list that was put away while nobody was signed in. */
static gboolean
attach_list (Reading *reading, GCancellable *cancellable, GError **error)
{
  reading->ledger = kai_store_ref_open (reading->store, error);
  return reading->ledger && kai_import_sheet_check (reading->sheet, cancellable, error)
         && kai_import_store_attach (reading->ledger, reading->sheet, reading->fresh, error);
}

/* A new list: its columns as they were last time, checked, and compared with the ledger over a connection of its own. */
static gboolean
read_list (Reading *reading, GCancellable *cancellable, GError **error)
{
  if (!list_sheets (reading, error))
    return FALSE;
  reading->ledger = kai_store_ref_open (reading->store, error);
  if (!reading->ledger)
    return FALSE;
  reading->sheet =
      kai_import_sheet_read (reading->path, &reading->options, reading->base, cancellable, error);
  if (!reading->sheet)
    return FALSE;
  (void)kai_import_store_recall (reading->ledger, reading->sheet);
  return kai_import_sheet_check (reading->sheet, cancellable, error)
         && kai_import_store_attach (reading->ledger, reading->sheet, FALSE, error);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *reading = data;
  GError *error = NULL;
  gboolean done;

  if (reading->path)
    done = read_list (reading, cancellable, &error);
  else if (reading->store)
    done = attach_list (reading, cancellable, &error);
  else
    done = kai_import_sheet_check (reading->sheet, cancellable, &error);

  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
show_busy (KaiImportPage *self, const char *text)
{
  gtk_label_set_text (self->busy_label, text);
  gtk_spinner_start (self->spinner);
  gtk_stack_set_visible_child_name (self->stack, "busy");
  kai_import_page_update_actions (self);
}

static void
fill_sheets (KaiImportPage *self, GPtrArray *names)
{
  GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (self->sheet_combo);

  self->filling = TRUE;
  gtk_combo_box_text_remove_all (combo);
  for (guint i = 0; i < names->len; i++)
    gtk_combo_box_text_append (combo, NULL, g_ptr_array_index (names, i));
  gtk_combo_box_set_active (self->sheet_combo, kai_import_sheet_get_sheet (self->sheet) - 1);
  self->filling = FALSE;
  gtk_widget_set_visible (GTK_WIDGET (self->sheet_combo), names->len > 1);
}

/* Rents are owed every month: the same list may be meant once more. Of a pupil nothing is owed twice in a term. */
static void
offer_again (KaiImportPage *self)
{
  int n = kai_import_sheet_get_counts (self->sheet).issued;
  g_autofree char *sentence = NULL;

  if (n == 0 || kai_import_sheet_get_kind (self->sheet) != KAI_IMPORT_NOTICES)
    return;
  sentence = g_strdup_printf (
      ngettext ("%d row of this list was issued before and is left out. If it is owed once more, "
                "take the list as a new one.",
                "%d rows of this list were issued before and are left out. If they are owed once "
                "more, take the list as a new one.",
                n),
      n);
  kai_import_page_offer (self, sentence, _ ("Take as a new list"), "import.take-again");
}

static void
on_read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  KaiImportPage *self = KAI_IMPORT_PAGE (source);
  Reading *reading = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean done = g_task_propagate_boolean (G_TASK (result), &error);

  if (g_task_get_cancellable (G_TASK (result)) != self->reading)
    return; /* signed out meanwhile, or another list is being read */
  g_clear_object (&self->reading);
  gtk_spinner_stop (self->spinner);
  if (reading->path && reading->sheet && done)
    {
      kai_import_page_drop (self);
      self->sheet = g_steal_pointer (&reading->sheet);
      self->base = g_steal_pointer (&reading->base);
      self->ledger = g_steal_pointer (&reading->ledger);
      kai_import_grid_set_sheet (self->grid, self->sheet, self->base);
      fill_sheets (self, reading->names);
    }
  else if (!reading->path)
    {
      self->sheet = g_steal_pointer (&reading->sheet);
      if (reading->store)
        self->ledger = g_steal_pointer (&reading->ledger);
      kai_import_grid_set_sheet (self->grid, self->sheet, self->base);
    }
  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    kai_import_page_report (self, TRUE, error->message);
  if (self->sheet)
    kai_import_page_show_sheet (self);
  if (self->sheet && reading->path && done)
    {
      /* What was offered for the list before is over. */
      kai_import_page_offer (self, "", "", "");
      offer_again (self);
    }
  if (!self->sheet)
    gtk_stack_set_visible_child_name (self->stack, "empty");
  kai_import_page_update_actions (self);
}

static void
start (KaiImportPage *self, Reading *reading, const char *text)
{
  g_autoptr (GTask) task = NULL;

  g_clear_object (&self->reading);
  self->reading = g_cancellable_new ();
  task = g_task_new (self, self->reading, on_read_cb, NULL);
  g_task_set_task_data (task, reading, (GDestroyNotify)reading_free);
  show_busy (self, text);
  g_task_run_in_thread (task, read_thread);
}

void
kai_import_page_read (KaiImportPage *self, const char *path, int kind, int sheet)
{
  g_autoptr (GError) error = NULL;
  Reading *reading;
  KaiBaseData *base = kai_base_data_store_load (kai_session_get_database (self->session), &error);

  /* On the very first day the list may be quicker than the charge items. */
  if (!error && (!base || base->items->len == 0))
    {
      g_clear_pointer (&base, kai_base_data_free);
      g_free (self->early_path);
      self->early_path = g_strdup (path);
      kai_import_page_report (self, FALSE,
                              _ ("The charge items have not been fetched from the finance server "
                                 "yet. The list is opened as soon as they are here."));
      return;
    }
  if (!base)
    {
      kai_import_page_report (self, TRUE, error->message);
      return;
    }
  reading = g_new0 (Reading, 1);
  reading->path = g_strdup (path);
  reading->options = (KaiImportOptions){ .kind = kind, .sheet = sheet };
  reading->base = base;
  reading->store = kai_store_ref_new (kai_session_get_database (self->session));
  start (self, reading, _ ("Reading and checking the list…"));
}

void
kai_import_page_read_early (KaiImportPage *self)
{
  g_autofree char *path = g_steal_pointer (&self->early_path);

  if (!path || self->reading || self->issue)
    return;
  kai_import_page_report (self, FALSE, _ ("The charge items are here, the list is being opened."));
  kai_import_page_read (self, path, -1, 0);
}

void
kai_import_page_check (KaiImportPage *self)
{
  Reading *reading;

  if (!self->sheet || self->reading)
    return;
  reading = g_new0 (Reading, 1);
  /* The thread has the sheet alone until it is done. */
  kai_import_grid_set_sheet (self->grid, NULL, NULL);
  reading->sheet = g_steal_pointer (&self->sheet);
  start (self, reading, _ ("Checking the list…"));
}

void
kai_import_page_attach (KaiImportPage *self)
{
  Reading *reading = g_new0 (Reading, 1);

  reading->sheet = g_steal_pointer (&self->sheet);
  reading->store = kai_store_ref_new (kai_session_get_database (self->session));
  start (self, reading, _ ("Checking the list…"));
}

void
kai_import_page_take_again (KaiImportPage *self)
{
  Reading *reading;

  kai_import_page_offer (self, "", "", "");
  if (!self->session || !self->sheet || self->reading || self->issue)
    return;
  kai_import_grid_set_sheet (self->grid, NULL, NULL);
  kai_import_sheet_set_ledger (self->sheet, NULL, NULL, NULL);
  g_clear_pointer (&self->ledger, kai_database_close);
  reading = g_new0 (Reading, 1);
  reading->sheet = g_steal_pointer (&self->sheet);
  reading->store = kai_store_ref_new (kai_session_get_database (self->session));
  reading->fresh = TRUE;
  start (self, reading, _ ("Checking the list…"));
}

void
kai_import_page_cancel_read (KaiImportPage *self)
{
  g_cancellable_cancel (self->reading);
}

/* ---- Choosing files ---- */

typedef void (*Chosen) (KaiImportPage *self, const char *path);

static void
on_chooser_response_cb (KaiImportPage *self, int response, gpointer native)
{
  Chosen chosen = (Chosen)g_object_get_data (G_OBJECT (self->chooser), "chosen");
  g_autofree char *path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (self->chooser));

  if (response == GTK_RESPONSE_ACCEPT && path)
    chosen (self, path);
  g_clear_object (&self->chooser);
}

static void
choose (KaiImportPage *self, const char *title, GtkFileChooserAction action, const char *name,
        Chosen chosen)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (
      title, GTK_WINDOW (gtk_widget_get_toplevel (GTK_WIDGET (self))), action, NULL, NULL);
  if (name)
    {
      gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
      gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (self->chooser), TRUE);
    }
  g_object_set_data (G_OBJECT (self->chooser), "chosen", (gpointer)chosen);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_chooser_response_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
add_filter (KaiImportPage *self, const char *name, const char *const *patterns)
{
  GtkFileFilter *filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, name);
  for (guint i = 0; patterns[i]; i++)
    gtk_file_filter_add_pattern (filter, patterns[i]);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), filter);
}

void
kai_import_page_choose_file (KaiImportPage *self)
{
  static const char *const lists[] = { "*.xlsx", "*.xlsm", "*.xls", "*.csv", "*.txt",
                                       "*.XLSX", "*.XLS",  "*.CSV", "*.TXT", NULL };
  static const char *const all[] = { "*", NULL };

  choose (self, _ ("Open a list"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, kai_import_page_open);
  add_filter (self, _ ("Workbooks and text files"), lists);
  add_filter (self, _ ("All files"), all);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---- Saving ---- */

static void
report_saved (KaiImportPage *self, const char *path, const GError *error)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *sentence = error ? NULL : g_strdup_printf (_ ("Saved as %s."), name);

  kai_import_page_report (self, error != NULL, error ? error->message : sentence);
}

static void
save_form (KaiImportPage *self, KaiImportKind kind, const char *path)
{
  g_autoptr (GError) error = NULL;

  kai_import_write_template (kind, kai_session_get_base_data (self->session), path, &error);
  report_saved (self, path, error);
}

static void
save_form_education (KaiImportPage *self, const char *path)
{
  save_form (self, KAI_IMPORT_EDUCATION, path);
}

static void
save_form_notices (KaiImportPage *self, const char *path)
{
  save_form (self, KAI_IMPORT_NOTICES, path);
}

void
kai_import_page_save_form (KaiImportPage *self, KaiImportKind kind)
{
  gboolean education = kind == KAI_IMPORT_EDUCATION;

  choose (self, _ ("Save the empty form"), GTK_FILE_CHOOSER_ACTION_SAVE,
          education ? _ ("Students.xlsx") : _ ("Payers.xlsx"),
          education ? save_form_education : save_form_notices);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
save_bad (KaiImportPage *self, const char *path)
{
  g_autoptr (GError) error = NULL;

  kai_import_sheet_write_bad (self->sheet, kai_import_sheet_get_batch (self->sheet), path, &error);
  report_saved (self, path, error);
}

static void
save_results (KaiImportPage *self, const char *path)
{
  g_autoptr (GError) error = NULL;

  kai_import_sheet_write_results (self->sheet, path, &error);
  report_saved (self, path, error);
}

/* "CLASS LIST.xls" with "to mend" is "CLASS LIST – to mend.xlsx". */
static void
save_beside (KaiImportPage *self, const char *title, const char *suffix, Chosen chosen)
{
  g_autofree char *base = g_path_get_basename (kai_import_sheet_get_path (self->sheet));
  char *dot = strrchr (base, '.');
  g_autofree char *name = NULL, *shown = NULL;

  if (dot && dot != base)
    *dot = '\0';
  shown = g_filename_display_name (base);
  name = g_strdup_printf ("%s – %s.xlsx", shown, suffix);
  choose (self, title, GTK_FILE_CHOOSER_ACTION_SAVE, name, chosen);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

void
kai_import_page_save_bad (KaiImportPage *self)
{
  save_beside (self, _ ("Save the rows to mend"), _ ("to mend"), save_bad);
}

void
kai_import_page_save_results (KaiImportPage *self)
{
  save_beside (self, _ ("Save the results"), _ ("results"), save_results);
}
