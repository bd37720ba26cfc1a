/* Lines of the list as text for other programs, and as tables: written in a thread, row by row, with progress. Identity and
 * mobile numbers are not in them. */
#include "notices/kai-notices-page-private.h"

#include "import/kai-table-writer.h"
#include "kai-store-ref.h"
#include "store/kai-audit-log.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* More than anybody pastes; a table is better then. */
#define COPY_LIMIT 20000
#define PAGE 256

/* ---- Text ---- */

/* A name with a tab or a line break in it must not break the columns. */
static void
append_cell (GString *text, const char *cell)
{
  for (const char *p = cell; *p; p++)
    g_string_append_c (text, strchr ("\t\r\n", *p) ? ' ' : *p);
}

static void
append_titles (GString *text, const char *const *titles)
{
  for (int i = 0; titles[i]; i++)
    {
      g_string_append (text, i > 0 ? "\t" : "");
      append_cell (text, titles[i]);
    }
  g_string_append_c (text, '\n');
}

static void
append_notice (GString *text, const KaiNotice *notice, const int *columns)
{
  for (int i = 0; columns[i] >= 0; i++)
    {
      g_autofree char *cell = kai_notice_dup_column (notice, columns[i]);

      g_string_append (text, i > 0 ? "\t" : "");
      append_cell (text, cell);
    }
  g_string_append_c (text, '\n');
}

char *
kai_notices_page_dup_text (KaiNoticesPage *self)
{
  g_autoptr (GPtrArray) notices = NULL;
  g_autofree const char **titles = NULL;
  g_autofree int *columns = NULL;
  GString *text;

  if (kai_notices_page_count_selected (self) > COPY_LIMIT)
    {
      kai_notices_page_report (self, TRUE,
                               _ ("These are too many lines to copy. Export them to a workbook "
                                  "instead."));
      return NULL;
    }
  notices = kai_notices_page_load_selected (self);
  if (!notices)
    return NULL;
  columns = kai_notices_page_dup_shown_columns (self, &titles);
  text = g_string_new (NULL);
  append_titles (text, titles);
  for (guint i = 0; i < notices->len; i++)
    if (notices->pdata[i])
      append_notice (text, notices->pdata[i], columns);
  return g_string_free (text, FALSE);
}

/* ---- Tables ---- */

typedef struct
{
  KaiTask *task;
  KaiStoreRef *store;
  char *path;
  GArray *ids; /* gint64 */
  int *columns;
  char **titles;

  /* In the thread */
  KaiDatabase *db;
  GPtrArray *page; /* KaiNotice */
  guint next;      /* in ids */
  char **row;
} Export;

static void
export_free (Export *export)
{
  g_object_unref (export->task);
  kai_store_ref_free (export->store);
  g_free (export->path);
  g_array_unref (export->ids);
  g_free (export->columns);
  g_strfreev (export->titles);
  g_clear_pointer (&export->page, g_ptr_array_unref);
  g_strfreev (export->row);
  g_free (export);
}

static char *
dup_cell (const KaiNotice *notice, int column)
{
  /* Plain, so that a spreadsheet can add them up. */
  if (column == KAI_NOTICE_COLUMN_AMOUNT)
    return kai_money_to_wire (notice->amount);
  return kai_notice_dup_column (notice, column);
}

static char **
make_row (const KaiNotice *notice, const int *columns)
{
  GPtrArray *cells = g_ptr_array_new ();

  for (int i = 0; columns[i] >= 0; i++)
    g_ptr_array_add (cells, dup_cell (notice, columns[i]));
  g_ptr_array_add (cells, NULL);
  return (char **)g_ptr_array_free (cells, FALSE);
}

static gboolean
load_page (Export *export, GError **error)
{
  guint n = MIN (PAGE, export->ids->len - export->next);

  g_clear_pointer (&export->page, g_ptr_array_unref);
  export->page = kai_notice_store_load_many (
      export->db, &g_array_index (export->ids, gint64, export->next), n, error);
  return export->page != NULL;
}

static const char *const *
next_row_cb (gpointer data, GError **error)
{
  Export *export = data;
  const KaiNotice *notice = NULL;

  /* One that has gone meanwhile has no line. */
  while (!notice)
    {
      if (g_cancellable_set_error_if_cancelled (kai_task_get_cancellable (export->task), error)
          || export->next == export->ids->len)
        return NULL;
      if (export->next % PAGE == 0 && !load_page (export, error))
        return NULL;
      notice = export->page->pdata[export->next % PAGE];
      export->next++;
    }
  kai_task_set_progress (export->task, export->next, export->ids->len);
  g_strfreev (export->row);
  export->row = make_row (notice, export->columns);
  return (const char *const *)export->row;
}

static void
export_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Export *export = data;
  GError *error = NULL;
  g_autoptr (KaiDatabase) db = kai_store_ref_open (export->store, &error);

  export->db = db;
  if (db
      && kai_table_write_rows (export->path, _ ("Payment notices"),
                               (const char *const *)export->titles, next_row_cb, export, &error))
    g_task_return_int (task, export->ids->len);
  else
    g_task_return_error (task, error);
  /* The pages were loaded by this connection. */
  g_clear_pointer (&export->page, g_ptr_array_unref);
  export->db = NULL;
}

/* Who took personal data out of the program, and how much. */
static void
log_export (KaiNoticesPage *self, int count)
{
  KaiDatabase *db = kai_session_get_database (self->session);
  g_autofree char *outcome = g_strdup_printf ("%d", count);
  g_autoptr (GError) error = NULL;

  if (!kai_audit_log_add (db, kai_desk_get_user_code (kai_session_get_desk (self->session)),
                          "notice.export", "table", outcome, &error))
    g_message ("the export is not in the log: %s", error->message);
}

static void
on_exported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (KaiNoticesPage) self = KAI_NOTICES_PAGE (data);
  Export *export = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  int count = (int)g_task_propagate_int (G_TASK (result), &error);
  g_autofree char *shown = g_filename_display_name (export->path);
  g_autofree char *sentence = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      kai_task_finish (export->task, FALSE, NULL);
      return;
    }
  if (!error && self->session)
    log_export (self, count);
  sentence = error ? g_strdup (error->message)
                   : g_strdup_printf (ngettext ("%d notice is written to %s.",
                                                "%d notices are written to %s.", count),
                                      count, shown);
  kai_task_finish (export->task, error != NULL, sentence);
}

void
kai_notices_page_write_table (KaiNoticesPage *self, const char *path, gboolean selected_only)
{
  g_autoptr (GTask) task = NULL;
  g_autofree const char **titles = NULL;
  GArray *ids = selected_only ? kai_notices_page_dup_selected_ids (self)
                              : kai_notices_page_dup_all_ids (self);
  Export *export;

  if (!ids)
    return;
  export = g_new0 (Export, 1);
  export->task = kai_task_new (_ ("Writing the table"));
  export->store = kai_store_ref_new (kai_session_get_database (self->session));
  export->path = g_strdup (path);
  export->ids = ids;
  export->columns = kai_notices_page_dup_shown_columns (self, &titles);
  export->titles = g_strdupv ((char **)titles);
  kai_task_set_progress (export->task, 0, export->ids->len);
  kai_notices_page_emit_task (self, export->task);
  task = g_task_new (NULL, kai_task_get_cancellable (export->task), on_exported_cb,
                     g_object_ref (self));
  g_task_set_source_tag (task, kai_notices_page_write_table);
  /* Cancelled too late, the table is there, and that is what is told. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, export, (GDestroyNotify)export_free);
  g_task_run_in_thread (task, export_thread);
}

/* ---- Where to ---- */

static void
on_export_chosen_cb (KaiNoticesPage *self, int response)
{
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT && self->session)
    path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (self->chooser));
  if (path)
    kai_notices_page_write_table (self, path, self->export_selected);
  g_clear_object (&self->chooser);
}

static void
add_file_type (GtkFileChooser *chooser, const char *name, const char *pattern)
{
  GtkFileFilter *filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, name);
  gtk_file_filter_add_pattern (filter, pattern);
  gtk_file_chooser_add_filter (chooser, filter);
}

void
kai_notices_page_export (KaiNoticesPage *self, gboolean selected_only)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (now, "notices-%Y%m%d-%H%M%S.xlsx");
  GtkFileChooser *chooser;

  self->export_selected = selected_only;
  g_clear_object (&self->chooser);
  self->chooser =
      gtk_file_chooser_native_new (_ ("Export to a workbook (.xlsx) or a text table (.csv)"),
                                   GTK_WINDOW (gtk_widget_get_toplevel (GTK_WIDGET (self))),
                                   GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  chooser = GTK_FILE_CHOOSER (self->chooser);
  gtk_file_chooser_set_current_name (chooser, name);
  gtk_file_chooser_set_do_overwrite_confirmation (chooser, TRUE);
  add_file_type (chooser, _ ("Workbooks"), "*.xlsx");
  add_file_type (chooser, _ ("Text tables"), "*.csv");
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (on_export_chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}
