/* One engine per store: the lock, and what its holder tells the others. */
#include "sync/kai-sync-seat.h"

#include "sync/kai-store-watch.h"
#include "values/kai-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* For an event that came before the lock was free. */
#define LOOK_MS 500
#define MAX_TEXT 1000

struct _KaiSyncSeat
{
  /* The lock is on a file that is open for reading: who only tries must not look like one who has written. */
  int fd, lock;
  KaiSeatRole role;
  gint64 changes;
};

static char *
lock_path (const char *dir)
{
  return g_build_filename (dir, "sync.lock", NULL);
}

void
kai_seat_holder_clear (KaiSeatHolder *holder)
{
  g_clear_pointer (&holder->sentence, g_free);
}

/* Another may read this while it is written, and then reads it again: only a hint for people. */
void
kai_sync_seat_report (KaiSyncSeat *seat, KaiSeatState state, const char *sentence)
{
  g_autofree char *text =
      g_strdup_printf ("%d %d %d %" G_GINT64_FORMAT "\n%.*s\n", (int)getpid (), (int)seat->role,
                       (int)state, ++seat->changes, MAX_TEXT, sentence ? sentence : "");
  gsize length = strlen (text);

  if (pwrite (seat->fd, text, length, 0) != (ssize_t)length
      || ftruncate (seat->fd, (off_t)length) != 0)
    g_message ("sync.lock cannot be written: %s", g_strerror (errno));
}

void
kai_sync_seat_read (const char *dir, KaiSeatHolder *holder)
{
  g_autofree char *path = lock_path (dir);
  char text[MAX_TEXT + 100];
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), role = 0, state = 0;
  ssize_t n = fd >= 0 ? pread (fd, text, sizeof text - 1, 0) : 0;
  char *sentence;

  *holder = (KaiSeatHolder){ .role = KAI_SEAT_NOBODY };
  if (fd >= 0)
    close (fd);
  text[MAX (n, 0)] = '\0';
  sentence = strchr (text, '\n');
  if (sentence)
    *sentence++ = '\0';
  if (sscanf (text, "%d %d %d %" G_GINT64_FORMAT, &holder->pid, &role, &state, &holder->changes)
          == 4
      && role >= KAI_SEAT_NOBODY && role <= KAI_SEAT_WINDOW)
    {
      holder->role = (KaiSeatRole)role;
      holder->state = state == KAI_SEAT_STUCK ? KAI_SEAT_STUCK : KAI_SEAT_WORKING;
    }
  holder->sentence = g_utf8_make_valid (sentence ? g_strchomp (sentence) : "", -1);
}

char *
kai_seat_holder_describe (const KaiSeatHolder *holder)
{
  switch (holder->role)
    {
    case KAI_SEAT_WINDOW:
      return g_strdup_printf (_ ("the window (process %d)"), holder->pid);
    case KAI_SEAT_COMMAND:
      return g_strdup_printf (_ ("the command line (process %d)"), holder->pid);
    case KAI_SEAT_NOBODY:
    default:
      return g_strdup (_ ("another program"));
    }
}

KaiSyncSeat *
kai_sync_seat_try (const char *dir, KaiSeatRole role, GError **error)
{
  g_autofree char *path = lock_path (dir);
  int lock = open (path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), saved_errno = errno;
  int fd = -1;
  KaiSyncSeat *seat;

  while (lock >= 0 && flock (lock, LOCK_EX | LOCK_NB) != 0)
    {
      saved_errno = errno;
      if (saved_errno == EINTR)
        continue;
      close (lock);
      lock = -1;
      if (saved_errno == EWOULDBLOCK)
        return NULL;
    }
  if (lock >= 0)
    {
      fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
      saved_errno = errno;
    }
  if (fd < 0)
    {
      if (lock >= 0)
        close (lock);
      kai_data_fail (error, KAI_DATA_ERROR_READ_ONLY, _ ("The lock file %s cannot be made: %s."),
                     path, g_strerror (saved_errno));
      return NULL;
    }
  seat = g_new0 (KaiSyncSeat, 1);
  seat->fd = fd;
  seat->lock = lock;
  seat->role = role;
  kai_sync_seat_report (seat, KAI_SEAT_WORKING, "");
  return seat;
}

KaiSyncSeat *
kai_sync_seat_take (const char *dir, KaiSeatRole role, GCancellable *cancellable, GError **error)
{
  g_autoptr (KaiStoreWatch) watch = kai_store_watch_new (dir);
  g_autoptr (GError) local = NULL;

  while (!g_cancellable_set_error_if_cancelled (cancellable, error))
    {
      KaiSyncSeat *seat = kai_sync_seat_try (dir, role, &local);

      if (seat)
        return seat;
      if (local)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
      kai_store_watch_wait (watch, LOOK_MS, cancellable);
    }
  return NULL;
}

void
kai_sync_seat_leave (KaiSyncSeat *seat)
{
  if (!seat)
    return;
  /* Emptied before it is free: whoever reads it finds nobody. */
  if (ftruncate (seat->fd, 0) != 0)
    g_message ("sync.lock cannot be emptied: %s", g_strerror (errno));
  close (seat->lock);
  close (seat->fd); /* which tells those who wait */
  g_free (seat);
}
