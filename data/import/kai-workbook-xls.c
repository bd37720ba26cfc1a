/* .xls through kaipiao-xls, a process of its own that gets the file and limits and answers with frames. */
#define _GNU_SOURCE /* memfd_create */

#include "import/kai-workbook-xls.h"

#include "import/kai-workbook-private.h"
#include "values/kai-error.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HELPER "kaipiao-xls"
#define MAX_FILE (64 * 1024 * 1024) /* libfreexl keeps all cells of a sheet in memory */
#define MAX_FRAME (KAI_WORKBOOK_MAX_TEXT * 4)

/* Where the helper is: a test or packager says so, below the build folder that the program lies in, or where it is installed. Caller frees. */
static char *
find_helper (void)
{
  /* The window is built in app/, the command line and the tests deeper. */
  static const char *const ups[] = { "..", "../..", "../../.." };
  const char *folder = g_getenv ("KAIPIAO_LIBEXEC_DIR");
  g_autofree char *program = folder ? NULL : g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *bin = program ? g_path_get_dirname (program) : NULL;

  if (folder)
    return g_build_filename (folder, HELPER, NULL);
  for (gsize i = 0; bin && i < G_N_ELEMENTS (ups); i++)
    {
      g_autofree char *built = g_build_filename (bin, ups[i], "data", "import", HELPER, NULL);

      if (g_file_test (built, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&built);
    }
  return g_build_filename (KAI_LIBEXEC_DIR, HELPER, NULL);
}

/* The file's bytes as something that can be read and sought but has no name; -1 with @error. */
static int
open_copy (GBytes *bytes, GError **error)
{
  gsize length, done = 0;
  const char *start = g_bytes_get_data (bytes, &length);
  int fd = memfd_create (HELPER, MFD_CLOEXEC);
  gssize n = 0;

  while (fd >= 0 && done < length)
    {
      n = write (fd, start + done, length - done);
      if (n < 0 && errno != EINTR)
        break;
      done += (gsize)MAX (n, 0);
    }
  if (fd >= 0 && done == length)
    return fd;
  kai_data_fail (error, KAI_DATA_ERROR_IO,
                 _ ("The workbook cannot be handed to the reader of old Excel files: %s."),
                 g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

static GSubprocess *
start_helper (KaiWorkbook *workbook, int sheet, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree char *program = find_helper ();
  g_autofree char *number = g_strdup_printf ("%d", sheet);
  const char *argv[] = { program, number, NULL };
  g_autoptr (GError) local = NULL;
  GSubprocess *helper;
  int fd = open_copy (workbook->bytes, error);

  if (fd < 0)
    return NULL;
  lseek (fd, 0, SEEK_SET);
  g_subprocess_launcher_take_stdin_fd (launcher, fd);
  helper = g_subprocess_launcher_spawnv (launcher, argv, &local);
  if (!helper)
    kai_data_fail (
        error, KAI_DATA_ERROR_IO,
        _ ("Old Excel files (.xls) cannot be read, because the program “%s” is missing or "
           "does not start. Install the package again, or save the list as .xlsx."),
        HELPER);
  return helper;
}

static gboolean
fail_status (unsigned int status, GError **error)
{
  if (status == KAI_XLS_PASSWORD)
    return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                          _ ("The workbook is protected with a password. Open it in a spreadsheet "
                             "program, remove the password, save it as .xlsx and try again."));
  return kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE,
                        _ ("The old Excel file (.xls) is damaged or not complete. Open it in a "
                           "spreadsheet program, save it as .xlsx and try again."));
}

typedef gboolean (*FrameFunc) (const KaiXlsFrame *frame, const char *text, gpointer data,
                               GError **error);

/* FALSE without an error at the end of what the helper says, with one when it says nonsense. */
static gboolean
read_frame (GInputStream *in, KaiXlsFrame *frame, GString *text, GCancellable *cancellable,
            GError **error)
{
  gsize n;

  if (!g_input_stream_read_all (in, frame, sizeof *frame, &n, cancellable, error))
    return FALSE;
  if (n != sizeof *frame || frame->length > MAX_FRAME)
    return fail_status (KAI_XLS_DAMAGED, error);
  g_string_set_size (text, frame->length);
  if (!g_input_stream_read_all (in, text->str, frame->length, &n, cancellable, error))
    return FALSE;
  if (n != frame->length || !g_utf8_validate_len (text->str, n, NULL))
    return fail_status (KAI_XLS_DAMAGED, error);
  if (frame->type == 'E')
    return frame->number == KAI_XLS_OK ? FALSE : fail_status (frame->number, error);
  return TRUE;
}

/* FALSE with @error, or when @func wants no more. */
static gboolean
run_helper (KaiWorkbook *workbook, int sheet, FrameFunc func, gpointer data,
            GCancellable *cancellable, GError **error)
{
  g_autoptr (GSubprocess) helper = start_helper (workbook, sheet, error);
  g_autoptr (GInputStream) in = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) local = NULL;
  KaiXlsFrame frame;
  gboolean go_on = TRUE;

  if (!helper)
    return FALSE;
  in = g_buffered_input_stream_new_sized (g_subprocess_get_stdout_pipe (helper), 64 * 1024);
  while (go_on && read_frame (in, &frame, text, cancellable, &local))
    go_on = func (&frame, text->str, data, &local);
  g_subprocess_force_exit (helper);
  g_subprocess_wait (helper, NULL, NULL);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return go_on && (!error || !*error);
}

static gboolean
take_name (const KaiXlsFrame *frame, const char *text, gpointer data, GError **error)
{
  KaiWorkbook *workbook = data;

  if (frame->type != 'S' || workbook->sheets->len >= KAI_WORKBOOK_MAX_SHEETS)
    return fail_status (KAI_XLS_DAMAGED, error);
  kai_workbook_add_sheet (workbook, text, NULL, frame->kind == 1);
  return TRUE;
}

typedef struct
{
  KaiRows *rows;
  gboolean in_row;
  int row, column;
} XlsReading;

static gboolean
take_row (XlsReading *reading, const KaiXlsFrame *frame, GError **error)
{
  if (reading->in_row && !kai_rows_end_row (reading->rows))
    return FALSE;
  if (frame->number != (unsigned int)reading->row + 1)
    return fail_status (KAI_XLS_DAMAGED, error);
  reading->in_row = TRUE;
  reading->row++;
  reading->column = -1;
  return kai_rows_begin_row (reading->rows, reading->row, frame->kind == 1, error);
}

static gboolean
take_cell (const KaiXlsFrame *frame, const char *text, gpointer data, GError **error)
{
  static const KaiCellKind kinds[] = { KAI_CELL_TEXT, KAI_CELL_NUMBER, KAI_CELL_DATE,
                                       KAI_CELL_BOOLEAN, KAI_CELL_ERROR };
  XlsReading *reading = data;
  gsize length = frame->length;

  if (frame->type == 'R')
    return take_row (reading, frame, error);
  if (frame->type == 'M')
    {
      KaiMerge merge;

      if (sscanf (text, "%6d %6d %6d %6d", &merge.first_row, &merge.last_row, &merge.first_column,
                  &merge.last_column)
          == 4)
        kai_rows_add_merge (reading->rows, &merge);
      return TRUE;
    }
  if (frame->type != 'C' || !reading->in_row || frame->kind >= G_N_ELEMENTS (kinds)
      || frame->number > KAI_WORKBOOK_SHEET_COLUMNS || (int)frame->number <= reading->column)
    return fail_status (KAI_XLS_DAMAGED, error);
  reading->column = (int)frame->number;
  /* A day without a time, like everywhere else. */
  if (frame->kind == KAI_XLS_DATE && g_str_has_suffix (text, " 00:00:00"))
    length -= strlen (" 00:00:00");
  return kai_rows_add_cell (reading->rows, reading->column, kinds[frame->kind], text, length,
                            error);
}

static gboolean
read_xls (KaiWorkbook *workbook, int sheet, KaiRows *rows, GCancellable *cancellable,
          GError **error)
{
  XlsReading reading = { .rows = rows };

  return run_helper (workbook, sheet, take_cell, &reading, cancellable, error)
         && (!reading.in_row || kai_rows_end_row (rows));
}

gboolean
kai_workbook_open_xls (KaiWorkbook *workbook, GError **error)
{
  if (g_bytes_get_size (workbook->bytes) > MAX_FILE)
    return kai_data_fail (
        error, KAI_DATA_ERROR_UNREADABLE,
        _ ("The old Excel file (.xls) is larger than %d MB. Save the list as .xlsx "
           "and try again."),
        MAX_FILE >> 20);
  workbook->reader = read_xls;
  if (!run_helper (workbook, -1, take_name, workbook, NULL, error))
    return FALSE;
  return workbook->sheets->len > 0 || fail_status (KAI_XLS_DAMAGED, error);
}
