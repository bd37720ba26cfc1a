/* Selected notices or e-bills as one PDF file, written in a thread, with progress. */
#include "notices/kai-print-export.h"
#include "security/kai-ebill-file.h"
#include "store/kai-ebill-store.h"
#include "values/kai-error.h"
#include <glib/gi18n-lib.h>

struct _KaiPrintExport
{
  KaiTemplate *template;
  KaiPrintJob *job;
  const char *prefix;
  char *path;
  KaiTask *task; /* while it is written */
};

static KaiPrintExport *
export_new (const char *template_name, const char *prefix, const char *title, GError **error)
{
  KaiPrintExport *self;
  KaiTemplate *template = kai_template_load (template_name, error);

  if (!template)
    return NULL;
  self = g_new0 (KaiPrintExport, 1);
  self->template = template;
  self->job = kai_print_job_new (title);
  self->prefix = prefix;
  return self;
}

void
kai_print_export_free (KaiPrintExport *self)
{
  if (!self)
    return;
  kai_print_job_free (self->job);
  kai_template_free (self->template);
  g_free (self->path);
  g_clear_object (&self->task);
  g_free (self);
}

KaiPrintExport *
kai_print_export_new_for_notices (KaiSession *session, GPtrArray *notices, GError **error)
{
  KaiDesk *desk = kai_session_get_desk (session);
  KaiPrintExport *self = export_new ("notice", "notices", _ ("Payment notices"), error);

  for (guint i = 0; self && i < notices->len; i++)
    {
      const KaiNotice *notice = notices->pdata[i];
      g_autofree char *url = kai_desk_dup_pay_url (desk, notice);

      kai_print_job_add (self->job, self->template,
                         kai_print_form_new_for_notice (notice, kai_desk_get_unit (desk), url));
    }
  return self;
}

KaiPrintExport *
kai_print_export_new_for_ebills (GPtrArray *ebills, GError **error)
{
  g_autoptr (KaiPrintExport) self = export_new ("ebill", "ebills", _ ("E-bills"), error);
  guint added = 0;

  for (guint i = 0; self && i < ebills->len; i++)
    {
      const KaiEbillRecord *record = ebills->pdata[i];
      g_autoptr (KaiEbill) ebill = NULL;

      if (!record->content)
        continue;
      ebill = kai_ebill_content_parse (record->content, error);
      if (!ebill)
        return NULL;
      kai_print_job_add (self->job, self->template,
                         kai_print_form_new_for_ebill (ebill, record->url));
      added++;
    }
  if (self && added == 0)
    {
      kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                     _ ("None of the chosen e-bills is signed yet. Try again when the swap is "
                        "through."));
      return NULL;
    }
  return g_steal_pointer (&self);
}

char *
kai_print_export_dup_file_name (KaiPrintExport *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%d-%H%M%S");

  return g_strdup_printf ("%s-%s.pdf", self->prefix, stamp);
}

/* In the thread that writes. */
static gboolean
on_progress_cb (int done, int total, gpointer data)
{
  KaiTask *task = KAI_TASK (data);

  kai_task_set_progress (task, done, total);
  return !g_cancellable_is_cancelled (kai_task_get_cancellable (task));
}

static void
write_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  KaiPrintExport *self = data;
  GError *error = NULL;
  int pages = 0;

  kai_print_job_set_progress (self->job, on_progress_cb, self->task);
  if (kai_print_job_write_pdf (self->job, self->path, &pages, &error))
    g_task_return_int (task, pages);
  else
    g_task_return_error (task, error);
}

static void
on_written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  KaiPrintExport *self = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  int pages = (int)g_task_propagate_int (G_TASK (result), &error);
  g_autofree char *shown = g_filename_display_name (self->path);
  g_autofree char *sentence = NULL;

  if (error)
    sentence = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
                   ? NULL
                   : g_strdup (error->message);
  else
    sentence = g_strdup_printf (
        ngettext ("%d page is written to %s.", "%d pages are written to %s.", pages), pages, shown);
  kai_task_finish (self->task, error != NULL, sentence);
}

KaiTask *
kai_print_export_write (KaiPrintExport *self, const char *path)
{
  g_autoptr (GTask) task = NULL;

  self->path = g_strdup (path);
  self->task = kai_task_new (_ ("Writing the pages"));
  task = g_task_new (NULL, kai_task_get_cancellable (self->task), on_written_cb, NULL);
  g_task_set_source_tag (task, kai_print_export_write);
  /* Cancelled too late, the file is there, and that is what is told. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, self, (GDestroyNotify)kai_print_export_free);
  g_task_run_in_thread (task, write_thread);
  return g_object_ref (self->task);
}
