/* The window on a large ledger: the time from the start of the program until the list of notices is drawn and nothing is left to do, with 1,000 and with
 * a million notices, turn by turn; its memory; and how long the main loop stands still while another thread takes in 100,000 payments, as the sync
 * worker does. Ends with 1 when the large one starts slower than 1.2 times the small one, holds more than 150 MB, or stands still for more than
 * 50 ms. Needs a display.
 *   bench-window [DIR [NOTICES [PAYMENTS]]]
 *   bench-window --sync DIR NOTICES PAYMENTS     only how long it stands still */
#include "bench-ledger.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kai-window.h"
#include "messages/kai-record.h"
#include "sync/kai-desk-private.h"

#define STARTS 7
#define SMALL 1000
#define SLOWER 1.2
#define MEMORY_MB 150
#define STALL_MS 50
#define PUSHES 500

static void
must (gboolean ok, GError *error)
{
  if (!ok)
    g_error ("%s", error ? error->message : "failed");
}

static KaiDesk *
open_desk (const char *path)
{
  g_autoptr (KaiConnection) connection = kai_connection_new (path);
  g_autoptr (KaiVault) vault = bench_vault_new ();
  GError *error = NULL;
  KaiDesk *desk;

  kai_notice_set (&connection->user, BENCH_CLERK);
  connection->offline = TRUE;
  desk = kai_desk_open (connection, NULL, &error);
  must (desk != NULL, error);
  kai_database_set_vault (kai_desk_get_database (desk), vault);
  return desk;
}

/* ---- One start, in a process of its own ---- */

typedef struct
{
  GtkApplication *app;
  KaiSession *session;
  KaiWindow *window;
  gboolean is_painted, is_idle;
} Shown;

static void
on_painted_cb (Shown *shown)
{
  shown->is_painted = TRUE;
}

static gboolean
on_idle_cb (gpointer data)
{
  Shown *shown = data;

  shown->is_idle = shown->is_painted;
  return shown->is_idle ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

/* Until the list is drawn and nothing else is waiting. */
static void
show (Shown *shown, const char *path)
{
  shown->app = gtk_application_new ("cn.kaipiao.Bench", G_APPLICATION_NON_UNIQUE);
  must (g_application_register (G_APPLICATION (shown->app), NULL, NULL), NULL);
  shown->session = kai_session_new (open_desk (path), NULL, FALSE);
  shown->window = kai_window_new (shown->app, NULL);
  kai_window_set_session (shown->window, shown->session);
  kai_window_show_page (shown->window, "notices");
  gtk_window_present (GTK_WINDOW (shown->window));
  g_signal_connect_swapped (gtk_widget_get_frame_clock (GTK_WIDGET (shown->window)), "after-paint",
                            G_CALLBACK (on_painted_cb), shown);
  gtk_widget_queue_draw (GTK_WIDGET (shown->window));
  g_idle_add_full (G_PRIORITY_LOW, on_idle_cb, shown, NULL);
  while (!shown->is_idle)
    g_main_context_iteration (NULL, TRUE);
}

static int
memory_mb (void)
{
  g_autofree char *status = NULL;
  const char *line;

  must (g_file_get_contents ("/proc/self/status", &status, NULL, NULL), NULL);
  line = strstr (status, "VmRSS:");
  return line ? atoi (line + strlen ("VmRSS:")) / 1024 : 0;
}

static int
run_start (const char *path, gint64 since)
{
  Shown shown = { 0 };

  show (&shown, path);
  g_print ("%.1f %d\n", bench_ms (since), memory_mb ());
  return 0;
}

static double
start_once (const char *program, const char *path, int *memory)
{
  g_autofree char *since = g_strdup_printf ("%" G_GINT64_FORMAT, g_get_monotonic_time ());
  char *argv[] = { (char *)program, (char *)"--start", (char *)path, since, NULL };
  g_autofree char *output = NULL;
  GError *error = NULL;
  double took = 0;

  must (g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, NULL, &error),
        error);
  must (sscanf (output, "%lf %d", &took, memory) == 2, NULL);
  return took;
}

static gboolean
measure_starts (const char *program, const char *dir, int count)
{
  g_autofree char *small = bench_ledger_path (dir, SMALL);
  g_autofree char *large = bench_ledger_path (dir, count);
  g_autoptr (GArray) small_times = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) large_times = g_array_new (FALSE, FALSE, sizeof (double));
  int small_memory = 0, large_memory = 0;
  double best_small, best_large;

  for (int i = 0; i < STARTS; i++)
    {
      double a = start_once (program, small, &small_memory);
      double b = start_once (program, large, &large_memory);

      g_array_append_val (small_times, a);
      g_array_append_val (large_times, b);
    }
  best_small = bench_percentile (small_times, 0);
  best_large = bench_percentile (large_times, 0);
  g_print ("start with %7d   best %6.1f ms  median %6.1f ms  %d MB\n", SMALL, best_small,
           bench_percentile (small_times, 0.5), small_memory);
  g_print ("start with %7d   best %6.1f ms  median %6.1f ms  %d MB   ratio of the best %.2f\n",
           count, best_large, bench_percentile (large_times, 0.5), large_memory,
           best_large / best_small);
  return best_large <= SLOWER * best_small && large_memory < MEMORY_MB;
}

/* ---- Standing still ---- */

typedef struct
{
  const char *path;
  int count, payments;
  gint done; /* atomic */
} Sync;

static gpointer
sync_thread (gpointer data)
{
  Sync *sync = data;
  KaiDesk *desk = open_desk (sync->path);
  GError *error = NULL;

  for (int i = 0; i < sync->payments; i++)
    {
      g_autoptr (KaiRecord) push = kai_record_new ();
      g_autofree char *code =
          kai_database_dup_text (desk->db, &error, "SELECT payment_code FROM notice WHERE id = ?",
                                 "l", (gint64)(sync->count - sync->payments + 1 + i));
      gint64 amount = kai_database_get_int (desk->db, 0, NULL,
                                            "SELECT amount FROM notice WHERE payment_code = ?"
                                            " AND payment_code <> ''",
                                            "s", code);

      kai_record_set (push, "PayCode", code);
      kai_record_set_money (push, "Amt", amount);
      kai_record_set (push, "CfmDate", "20261121");
      kai_record_set (push, "CfmTime", "101500");
      kai_record_set (push, "PayMode", "2");
      kai_record_set (push, "PayerName", "王小明");
      kai_record_set (push, "TraNoBus", "20261121000001");
      if (i % PUSHES == 0)
        must (kai_database_begin (desk->db, &error), error);
      must (kai_desk_apply_payment (desk, push, &error), error);
      if (i % PUSHES == PUSHES - 1 || i == sync->payments - 1)
        must (kai_database_commit (desk->db, &error), error);
    }
  kai_desk_close (desk);
  g_atomic_int_set (&sync->done, TRUE);
  g_main_context_wakeup (NULL);
  return NULL;
}

typedef struct
{
  gint64 last;
  double last_work;
  GArray *gaps; /* double, ms */
  GArray *
      work; /* the same in processor time of this thread: what other programs take is not in it, nor what it waits for */
} Beat;

static double
work_ms (void)
{
  struct timespec spent;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &spent);
  return (double)spent.tv_sec * 1e3 + (double)spent.tv_nsec / 1e6;
}

static gboolean
on_beat_cb (gpointer data)
{
  Beat *beat = data;
  double gap = bench_ms (beat->last);

  double work = work_ms () - beat->last_work;

  g_array_append_val (beat->gaps, gap);
  g_array_append_val (beat->work, work);
  beat->last = g_get_monotonic_time ();
  beat->last_work = work_ms ();
  return G_SOURCE_CONTINUE;
}

/* The longest time between two turns of the main loop, which wakes every two milliseconds. */
static double
watch (const char *what, Sync *sync, gint64 length)
{
  Beat beat = { g_get_monotonic_time (), work_ms (), g_array_new (FALSE, FALSE, sizeof (double)),
                g_array_new (FALSE, FALSE, sizeof (double)) };
  gint64 start = beat.last;
  guint id = g_timeout_add_full (G_PRIORITY_HIGH, 2, on_beat_cb, &beat, NULL);
  double longest;

  while (sync ? !g_atomic_int_get (&sync->done) : g_get_monotonic_time () - start < length)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (id);
  longest = bench_percentile (beat.gaps, 1);
  g_print ("main loop %-10s %5.1f s  p99 %5.1f ms  longest %5.1f ms   of it work: p99 %5.1f ms"
           "  longest %5.1f ms\n",
           what, bench_ms (start) / 1e3, bench_percentile (beat.gaps, 0.99), longest,
           bench_percentile (beat.work, 0.99), bench_percentile (beat.work, 1));
  g_array_unref (beat.gaps);
  g_array_unref (beat.work);
  return longest;
}

static gboolean
measure_stalls (const char *dir, int count, int payments)
{
  g_autofree char *copy = bench_ledger_copy (dir, count, "window");
  KaiDatabase *db = bench_database_open (copy);
  Sync sync = { copy, count, payments, FALSE };
  Shown shown = { 0 };
  GError *error = NULL;
  GThread *thread;
  double longest;

  must (kai_database_run (db, &error,
                          "UPDATE notice SET state = 'unpaid', paid_at = 0, trace_no = ''"
                          " WHERE id > ?",
                          "l", (gint64)(count - payments)),
        error);
  kai_database_close (db);
  show (&shown, copy);
  watch ("idle", NULL, 3 * G_TIME_SPAN_SECOND);
  thread = g_thread_new ("sync", sync_thread, &sync);
  longest = watch ("syncing", &sync, 0);
  g_thread_join (thread);
  gtk_widget_destroy (GTK_WIDGET (shown.window));
  kai_session_close (shown.session);
  bench_ledger_remove (copy);
  return longest <= STALL_MS;
}

int
main (int argc, char **argv)
{
  g_autofree char *dir = NULL;
  int count, payments;
  gboolean ok;

  if (!gtk_init_check (&argc, &argv))
    {
      g_print ("there is no display\n");
      return 77;
    }
  if (argc == 4 && g_str_equal (argv[1], "--start"))
    return run_start (argv[2], g_ascii_strtoll (argv[3], NULL, 10));
  if (argc == 5 && g_str_equal (argv[1], "--sync"))
    return measure_stalls (argv[2], atoi (argv[3]), atoi (argv[4])) ? 0 : 1;
  dir = bench_directory (argc, argv);
  count = argc > 2 ? atoi (argv[2]) : 1000000;
  payments = argc > 3 ? atoi (argv[3]) : 100000;
  kai_database_close (bench_ledger_open (dir, SMALL));
  kai_database_close (bench_ledger_open (dir, count));
  ok = measure_starts (argv[0], dir, count);
  ok = measure_stalls (dir, count, payments) && ok;
  return ok ? 0 : 1;
}
