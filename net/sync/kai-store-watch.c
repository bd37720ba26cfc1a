/* Waiting for what other programs write into the data directory: every commit ends in the write-ahead log, and the engine's seat is a file. */
#include "sync/kai-store-watch.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define BLIND_MS 1000

struct _KaiStoreWatch
{
  int fd; /* -1: no events to be had */
};

KaiStoreWatch *
kai_store_watch_new (const char *dir)
{
  KaiStoreWatch *watch = g_new0 (KaiStoreWatch, 1);

  watch->fd = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  if (watch->fd >= 0
      && inotify_add_watch (watch->fd, dir, IN_MODIFY | IN_CLOSE_WRITE | IN_ONLYDIR) < 0)
    {
      close (watch->fd);
      watch->fd = -1;
    }
  return watch;
}

void
kai_store_watch_free (KaiStoreWatch *watch)
{
  if (!watch)
    return;
  if (watch->fd >= 0)
    close (watch->fd);
  g_free (watch);
}

static gboolean
is_ours (const char *name)
{
  return g_str_has_suffix (name, "-wal") || g_str_equal (name, "sync.lock");
}

/* Reads all that is there. */
static gboolean
drain (int fd)
{
  char buffer[4096] __attribute__ ((aligned (__alignof__(struct inotify_event))));
  gboolean seen = FALSE;
  ssize_t n;

  while ((n = read (fd, buffer, sizeof buffer)) > 0)
    for (char *at = buffer; at < buffer + n;)
      {
        const struct inotify_event *event = (const struct inotify_event *)at;

        seen |= (event->mask & IN_Q_OVERFLOW) || (event->len > 0 && is_ours (event->name));
        at += sizeof *event + event->len;
      }
  return seen;
}

static int
left_ms (gint64 until)
{
  gint64 left = (until - g_get_monotonic_time ()) / 1000;

  return until < 0 ? -1 : (int)CLAMP (left, 0, G_MAXINT);
}

gboolean
kai_store_watch_wait (KaiStoreWatch *watch, int timeout_ms, GCancellable *cancellable)
{
  gint64 until =
      timeout_ms < 0 ? -1 : g_get_monotonic_time () + (gint64)timeout_ms * G_TIME_SPAN_MILLISECOND;
  GPollFD fds[2] = { { .fd = watch->fd, .events = G_IO_IN } };
  gboolean can_cancel = g_cancellable_make_pollfd (cancellable, &fds[1]);
  gboolean blind = watch->fd < 0, seen = FALSE;

  while (!seen && !g_cancellable_is_cancelled (cancellable))
    {
      int wait = left_ms (until);

      if (blind)
        wait = wait < 0 ? BLIND_MS : MIN (wait, BLIND_MS);
      g_poll (blind ? &fds[1] : fds, (blind ? 0 : 1) + (can_cancel ? 1 : 0), wait);
      if (blind)
        seen = TRUE;
      else if (fds[0].revents & G_IO_IN)
        seen = drain (watch->fd);
      if (!seen && left_ms (until) == 0)
        break;
    }
  if (can_cancel)
    g_cancellable_release_fd (cancellable);
  return seen && !g_cancellable_is_cancelled (cancellable);
}
