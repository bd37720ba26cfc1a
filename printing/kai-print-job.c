/* A print job: forms in order, written as one PDF. The file is made beside its place, flushed to the disk and then
 * renamed: what stood there before stays whole when anything fails. */
#include "kai-print-private.h"

#include <cairo-pdf.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  KaiTemplate *template_; /* borrowed */
  KaiPrintForm *form;
} Sheet;

struct _KaiPrintJob
{
  char *title;
  GArray *sheets;            /* Sheet */
  KaiPrintProgress progress; /* NULL: nobody asks */
  gpointer progress_data;
};

static void
sheet_clear (gpointer data)
{
  kai_print_form_free (((Sheet *)data)->form);
}

KaiPrintJob *
kai_print_job_new (const char *title)
{
  KaiPrintJob *job = g_new0 (KaiPrintJob, 1);

  job->title = g_strdup (title ? title : "");
  job->sheets = g_array_new (FALSE, FALSE, sizeof (Sheet));
  g_array_set_clear_func (job->sheets, sheet_clear);
  return job;
}

void
kai_print_job_free (KaiPrintJob *job)
{
  if (!job)
    return;
  g_free (job->title);
  g_array_unref (job->sheets);
  g_free (job);
}

void
kai_print_job_add (KaiPrintJob *job, KaiTemplate *template_, KaiPrintForm *form)
{
  Sheet sheet = { template_, form };

  g_array_append_val (job->sheets, sheet);
}

void
kai_print_job_set_progress (KaiPrintJob *job, KaiPrintProgress func, gpointer data)
{
  job->progress = func;
  job->progress_data = data;
}

/* ---- Fonts ---- */

gboolean
kai_print_check_font (GError **error)
{
  PangoFontMap *map = pango_cairo_font_map_get_default ();
  PangoFontFamily **families = NULL;
  int n = 0;
  gboolean found = FALSE;

  pango_font_map_list_families (map, &families, &n);
  for (int i = 0; i < n && !found; i++)
    found = g_str_equal (pango_font_family_get_name (families[i]), KAI_PRINT_FONT);
  g_free (families);

  /* Another font will do as long as it has the characters. */
  if (!found && n > 0)
    {
      PangoContext *context = pango_font_map_create_context (map);
      PangoLayout *layout = pango_layout_new (context);

      pango_layout_set_text (layout, "缴款通知书票据", -1);
      found = pango_layout_get_unknown_glyphs_count (layout) == 0;
      g_object_unref (layout);
      g_object_unref (context);
    }
  if (!found)
    return kai_print_fail (error, KAI_PRINT_ERROR_FONT,
                           _ ("Forms cannot be printed: there is no font with Chinese characters. "
                              "Install “%s” (Debian package fonts-noto-cjk)."),
                           KAI_PRINT_FONT);
  return TRUE;
}

/* ---- Writing ---- */

typedef struct
{
  int fd;
  int saved_errno;
} Output;

static cairo_status_t
write_cb (void *closure, const unsigned char *data, unsigned int length)
{
  Output *output = closure;

  while (length > 0)
    {
      ssize_t n = write (output->fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          output->saved_errno = errno;
          return CAIRO_STATUS_WRITE_ERROR;
        }
      data += n;
      length -= (unsigned int)n;
    }
  return CAIRO_STATUS_SUCCESS;
}

static gboolean
fail_write (GError **error, const char *path, int code)
{
  const char *what;

  switch (code)
    {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      what = _ ("the disk is full. Make room or choose another place");
      break;
    case ENOENT:
    case ENOTDIR:
      what = _ ("the folder does not exist. Create it or choose another place");
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      what = _ ("you may not write there. Choose another place");
      break;
    default:
      what = g_strerror (code);
    }
  return kai_print_fail (error, KAI_PRINT_ERROR_WRITE, _ ("The PDF file %s was not written: %s."),
                         path, what);
}

static gboolean
may_go_on (const KaiPrintJob *job, guint done)
{
  return !job->progress || job->progress ((int)done, (int)job->sheets->len, job->progress_data);
}

/* Pages; -1 when it was stopped. */
static int
draw_sheets (const KaiPrintJob *job, cairo_surface_t *surface)
{
  int pages = 0;

  for (guint i = 0; i < job->sheets->len; i++)
    {
      const Sheet *sheet = &g_array_index (job->sheets, Sheet, i);
      int n = kai_template_count_pages (sheet->template_, sheet->form);

      cairo_pdf_surface_set_size (surface, sheet->template_->width * KAI_POINTS_PER_MM,
                                  sheet->template_->height * KAI_POINTS_PER_MM);
      for (int page = 0; page < n; page++, pages++)
        {
          cairo_t *cr = cairo_create (surface);

          kai_template_draw (sheet->template_, sheet->form, page, cr);
          cairo_show_page (cr);
          cairo_destroy (cr);
        }
      if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS)
        break;
      if (!may_go_on (job, i + 1))
        return -1;
    }
  return pages;
}

gboolean
kai_print_job_write_fd (KaiPrintJob *job, int fd, const char *path, int *pages, GError **error)
{
  Output output = { fd, 0 };
  cairo_surface_t *surface;
  cairo_status_t status;
  int n;

  if (job->sheets->len == 0)
    return kai_print_fail (error, KAI_PRINT_ERROR_WRITE,
                           _ ("The PDF file %s was not written: there is nothing to print."), path);
  if (!kai_print_check_font (error))
    return FALSE;

  surface = cairo_pdf_surface_create_for_stream (write_cb, &output, 100, 100);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, job->title);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATOR, "Kaipiao " KAI_VERSION);
  n = draw_sheets (job, surface);
  cairo_surface_finish (surface);
  status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);

  if (n < 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                           _ ("The printing was stopped."));
      return FALSE;
    }
  if (output.saved_errno)
    return fail_write (error, path, output.saved_errno);
  if (status != CAIRO_STATUS_SUCCESS)
    return kai_print_fail (error, KAI_PRINT_ERROR_WRITE, _ ("The PDF file %s was not written: %s."),
                           path, cairo_status_to_string (status));
  if (pages)
    *pages = n;
  return TRUE;
}

/* So that the new name survives a power cut too; where a file system cannot do it nothing is lost. */
static void
sync_folder (const char *folder)
{
  int fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

gboolean
kai_print_job_write_pdf (KaiPrintJob *job, const char *path, int *pages, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *hidden = g_strdup_printf (".%s.XXXXXX", name);
  g_autofree char *temporary = g_build_filename (folder, hidden, NULL);
  struct stat old;
  gboolean ok;
  int fd, code = 0;

  /* Renaming over a device or a folder would take it away. */
  if (g_stat (path, &old) == 0 && !S_ISREG (old.st_mode))
    return kai_print_fail (
        error, KAI_PRINT_ERROR_WRITE,
        _ ("The PDF file %s was not written: it is not a file. Choose another name."), path);
  fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_write (error, path, errno);

  ok = kai_print_job_write_fd (job, fd, path, pages, error);
  if (ok && fsync (fd) < 0)
    code = errno;
  if (close (fd) < 0 && !code)
    code = errno;
  if (ok && !code && g_rename (temporary, path) < 0)
    code = errno;
  if (!ok || code)
    {
      g_unlink (temporary);
      return ok ? fail_write (error, path, code) : FALSE;
    }
  sync_folder (folder);
  return TRUE;
}
