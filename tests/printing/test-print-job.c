/* Writing a job when something is in the way: the old file stays whole, nothing is left behind, a sentence says why. */
#include "kai-print-private.h"
#include "kai-test.h"
#include "print-sample.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct
{
  KaiTemplate *template_;
  KaiPrintJob *job;
  char *dir;
  char *path; /* holds an old file */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = sample_notice (2);

  f->template_ = kai_template_load ("notice", NULL);
  f->job = kai_print_job_new ("Test");
  kai_print_job_add (f->job, f->template_,
                     kai_print_form_new_for_notice (notice, sample_unit (), SAMPLE_URL));
  f->dir = kai_test_make_dir ();
  f->path = g_build_filename (f->dir, "form.pdf", NULL);
  g_assert_true (g_file_set_contents (f->path, "old", -1, NULL));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  kai_print_job_free (f->job);
  kai_template_free (f->template_);
  kai_test_remove_dir (f->dir);
  g_free (f->path);
}

static int
count_files (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  int n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static void
assert_refused (GError *error, const char *path, const char *says)
{
  g_assert_error (error, KAI_PRINT_ERROR, KAI_PRINT_ERROR_WRITE);
  g_assert_nonnull (strstr (error->message, path));
  if (!strstr (error->message, says))
    g_error ("“%s” does not say “%s”", error->message, says);
}

static void
test_replaces (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  gsize length = 0;
  int pages = 0;

  g_assert_true (kai_print_job_write_pdf (f->job, f->path, &pages, &error));
  g_assert_no_error (error);
  g_assert_cmpint (pages, ==, 1);
  g_assert_true (g_file_get_contents (f->path, &content, &length, NULL));
  g_assert_cmpuint (length, >, 5000);
  g_assert_true (g_str_has_prefix (content, "%PDF-"));
  g_assert_nonnull (g_strrstr_len (content + length - 10, 10, "%%EOF"));
  g_assert_cmpint (count_files (f->dir), ==, 1);
  /* A job can be written again. */
  g_assert_true (kai_print_job_write_pdf (f->job, f->path, NULL, &error));
  g_assert_no_error (error);
}

typedef struct
{
  int calls, stop_after, total;
} Watch;

static gboolean
on_progress_cb (int done, int total, gpointer data)
{
  Watch *watch = data;

  watch->calls++;
  watch->total = total;
  g_assert_cmpint (done, ==, watch->calls);
  return done < watch->stop_after;
}

static void
add_sheets (Fixture *f, int n)
{
  g_autoptr (KaiNotice) notice = sample_notice (2);

  for (int i = 0; i < n; i++)
    kai_print_job_add (f->job, f->template_,
                       kai_print_form_new_for_notice (notice, sample_unit (), SAMPLE_URL));
}

static void
test_progress (Fixture *f, gconstpointer data)
{
  Watch watch = { .stop_after = G_MAXINT };
  g_autoptr (GError) error = NULL;
  int pages = 0;

  add_sheets (f, 4);
  kai_print_job_set_progress (f->job, on_progress_cb, &watch);
  g_assert_true (kai_print_job_write_pdf (f->job, f->path, &pages, &error));
  g_assert_no_error (error);
  g_assert_cmpint (pages, ==, 5);
  g_assert_cmpint (watch.calls, ==, 5);
  g_assert_cmpint (watch.total, ==, 5);
}

/* Nothing is left of it, and the old file stays. */
static void
test_stopped (Fixture *f, gconstpointer data)
{
  Watch watch = { .stop_after = 2 };
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;

  add_sheets (f, 4);
  kai_print_job_set_progress (f->job, on_progress_cb, &watch);
  g_assert_false (kai_print_job_write_pdf (f->job, f->path, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (watch.calls, ==, 2);
  g_assert_true (g_file_get_contents (f->path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "old");
  g_assert_cmpint (count_files (f->dir), ==, 1);
}

static void
test_full_device (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int fd = open ("/dev/full", O_WRONLY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_false (kai_print_job_write_fd (f->job, fd, "x.pdf", NULL, &error));
  assert_refused (error, "x.pdf", "disk is full");
  close (fd);
}

/* A limit on the size of files stops the write in its middle, as a disk does that fills up. */
static void
test_full_disk (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  struct rlimit limit, small;
  void (*old) (int) = signal (SIGXFSZ, SIG_IGN);
  gboolean ok;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  small = limit;
  small.rlim_cur = 2000;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  ok = kai_print_job_write_pdf (f->job, f->path, NULL, &error);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  signal (SIGXFSZ, old);

  g_assert_false (ok);
  assert_refused (error, f->path, "disk is full");
  g_assert_true (g_file_get_contents (f->path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "old");
  g_assert_cmpint (count_files (f->dir), ==, 1);
}

static void
test_missing_folder (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (f->dir, "none", "form.pdf", NULL);

  g_assert_false (kai_print_job_write_pdf (f->job, path, NULL, &error));
  assert_refused (error, path, "folder does not exist");
}

static void
test_read_only (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  /* Root may write into any folder; not even root makes files in /sys. */
  g_assert_cmpint (g_chmod (f->dir, 0500), ==, 0);
  path = g_build_filename (geteuid () == 0 ? "/sys" : f->dir, "new.pdf", NULL);
  g_assert_false (kai_print_job_write_pdf (f->job, path, NULL, &error));
  assert_refused (error, path, "may not write");
  g_assert_cmpint (g_chmod (f->dir, 0700), ==, 0);
}

static void
test_not_a_file (Fixture *f, gconstpointer data)
{
  const char *paths[] = { f->dir, "/dev/null" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (kai_print_job_write_pdf (f->job, paths[i], NULL, &error));
      assert_refused (error, paths[i], "not a file");
    }
  g_assert_true (g_file_test ("/dev/null", G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test ("/dev/null", G_FILE_TEST_IS_REGULAR));
}

static void
test_empty (Fixture *f, gconstpointer data)
{
  g_autoptr (KaiPrintJob) job = kai_print_job_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (kai_print_job_write_pdf (job, f->path, NULL, &error));
  assert_refused (error, f->path, "nothing to print");
}

static void
test_no_font (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
      g_autofree char *path = g_build_filename (dir, "fonts.conf", NULL);
      g_autofree char *conf = g_strdup_printf (
          "<fontconfig><dir>%s</dir><cachedir>%s</cachedir></fontconfig>", dir, dir);
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, conf, -1, NULL));
      g_setenv ("FONTCONFIG_FILE", path, TRUE);
      g_assert_false (kai_print_check_font (&error));
      g_assert_error (error, KAI_PRINT_ERROR, KAI_PRINT_ERROR_FONT);
      g_assert_nonnull (strstr (error->message, "fonts-noto-cjk"));
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add (name, Fixture, NULL, set_up, test, tear_down)
  ADD ("/printing/job/replaces", test_replaces);
  ADD ("/printing/job/progress", test_progress);
  ADD ("/printing/job/stopped", test_stopped);
  ADD ("/printing/job/full-device", test_full_device);
  ADD ("/printing/job/full-disk", test_full_disk);
  ADD ("/printing/job/missing-folder", test_missing_folder);
  ADD ("/printing/job/read-only", test_read_only);
  ADD ("/printing/job/not-a-file", test_not_a_file);
  ADD ("/printing/job/empty", test_empty);
  g_test_add_func ("/printing/job/no-font", test_no_font);
  return g_test_run ();
}
