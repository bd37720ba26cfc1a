/* The rules of a restored store, and how a copied one is known. */
#define _GNU_SOURCE /* statx */
#include "backup/kai-restored.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/kai-audit-log.h"
#include "store/kai-files.h"
#include "values/kai-error.h"

#define WORD_BYTES 16
#define DESK_ID_BYTES 8

static char *
make_word (gsize n)
{
  g_autofree guchar *bytes = g_malloc (n);
  GString *text = g_string_new (NULL);

  if (RAND_bytes (bytes, (int)n) != 1)
    g_error ("the system gives no random numbers");
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

/* ---- the rules ---- */

static gboolean
close_leases (KaiDatabase *db, GError **error)
{
  return kai_database_run (db, error,
                           "INSERT INTO code_given_up (lease_id, first, last, next)"
                           " SELECT id, next, last, next FROM code_lease WHERE next <= last",
                           NULL)
         && kai_database_run (db, error, "UPDATE code_lease SET next = last + 1 WHERE next <= last",
                              NULL);
}

static gboolean
note_restore (KaiDatabase *db, KaiRestoredCause cause, gint64 saved_at, GError **error)
{
  g_autofree char *desk_id = kai_database_dup_setting (db, "desk_id");
  g_autofree char *fresh = make_word (DESK_ID_BYTES);

  return kai_database_run (
             db, error,
             "INSERT INTO store_restore (at, cause, saved_at, desk_id, asked_leases, next_notice,"
             " last_notice, asked_ebills, done_at) SELECT ?, ?, ?, ?, 0, 0,"
             " coalesce (max (id), 0), 0, 0 FROM notice",
             "ltlt", g_get_real_time () / G_USEC_PER_SEC,
             cause == KAI_RESTORED_BACKUP ? "backup" : "copy", saved_at, desk_id)
         && kai_database_set_setting (db, "desk_id", fresh, error);
}

static gboolean
write_line (KaiDatabase *db, const char *user, KaiRestoredCause cause, gint64 saved_at,
            gint64 numbers, GError **error)
{
  g_autoptr (GDateTime) at = g_date_time_new_from_unix_utc (saved_at);
  g_autofree char *when = at ? g_date_time_format (at, "%Y-%m-%dT%H:%M:%SZ") : g_strdup ("");
  g_autofree char *subject =
      g_strconcat (cause == KAI_RESTORED_BACKUP ? "backup:" : "copy:", when, NULL);
  g_autofree char *outcome = g_strdup_printf ("%" G_GINT64_FORMAT " numbers given up", numbers);

  return kai_audit_log_add (db, user, "store.restore", subject, outcome, error);
}

static gboolean
apply (KaiDatabase *db, const char *user, KaiRestoredCause cause, gint64 saved_at, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 numbers = kai_database_get_int (
      db, 0, &local,
      "SELECT coalesce (sum (last + 1 - next), 0) FROM code_lease WHERE next <= last", NULL);

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return note_restore (db, cause, saved_at, error) && close_leases (db, error)
         && kai_database_run (db, error,
                              "UPDATE outbox SET next_try_at = 0 WHERE state = 'waiting'", NULL)
         /* Wherever it came from: from now on its place is here. */
         && kai_database_set_setting (db, "store_word", "", error)
         && kai_database_set_setting (db, "store_word_before", NULL, error)
         && kai_database_set_setting (db, "store_birth", NULL, error)
         && kai_database_set_setting (db, "store_birth_before", NULL, error)
         && kai_database_set_setting (db, "store_place", NULL, error)
         && write_line (db, user, cause, saved_at, numbers, error);
}

gboolean
kai_restored_apply (KaiDatabase *db, const char *user, KaiRestoredCause cause, gint64 saved_at,
                    GError **error)
{
  if (!kai_database_begin (db, error))
    return FALSE;
  if (!apply (db, user, cause, saved_at, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  return kai_database_commit (db, error);
}

gboolean
kai_restored_is_open (KaiDatabase *db)
{
  return kai_database_get_int (
             db, 0, NULL, "SELECT EXISTS (SELECT 1 FROM store_restore WHERE done_at = 0)", NULL)
         != 0;
}

/* ---- copies ---- */

#define WORD_FILE "store.id"

static char *
word_path (KaiDatabase *db, const char *ending)
{
  g_autofree char *name = g_strconcat (WORD_FILE, ending, NULL);

  return g_build_filename (kai_database_get_dir (db), name, NULL);
}

/* Whoever copies over a file keeps its number, and may keep or set its times, but not the moment at which it was made. "" where a file system does not know it. */
static char *
dup_birth (int fd)
{
  struct statx status;

  if (statx (fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &status) != 0
      || !(status.stx_mask & STATX_BTIME))
    return g_strdup ("");
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT ".%09u",
                          (guint64)status.stx_ino, (gint64)status.stx_btime.tv_sec,
                          status.stx_btime.tv_nsec);
}

static gboolean
is_file_of (int fd, const char *path)
{
  struct stat ours, there;

  return fstat (fd, &ours) == 0 && lstat (path, &there) == 0 && ours.st_ino == there.st_ino
         && ours.st_dev == there.st_dev;
}

/* The file beside the store, locked while its word and the store's are changed together. Who had the lock before has put another in its place. -1 on failure. */
static int
open_word_file (KaiDatabase *db, GError **error)
{
  g_autofree char *path = word_path (db, "");

  for (;;)
    {
      int fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

      if (fd < 0 || flock (fd, LOCK_EX) != 0)
        {
          kai_files_fail (error, path, errno);
          if (fd >= 0)
            close (fd);
          return -1;
        }
      if (is_file_of (fd, path))
        return fd;
      close (fd);
    }
}

static char *
read_word (int fd)
{
  char text[2 * WORD_BYTES + 1] = "";
  gssize got = pread (fd, text, sizeof text - 1, 0);

  return g_strdup (got == sizeof text - 1 ? text : "");
}

/* A file with @word that is to take the place of the one there; -1 on failure. */
static int
make_word_file (const char *path, const char *word, GError **error)
{
  gssize size = (gssize)strlen (word);
  int fd;

  (void)g_unlink (path); /* of a program that was killed */
  fd = g_open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0 && pwrite (fd, word, (gsize)size, 0) == size && fdatasync (fd) == 0)
    return fd;
  kai_files_fail (error, path, errno);
  if (fd >= 0)
    {
      close (fd);
      (void)g_unlink (path);
    }
  return -1;
}

/* Where the store lies: another machine, another directory, or another file in it is another place. Stores of before, which know no times, did not hold the path. */
static char *
find_place (KaiDatabase *db, gboolean before)
{
  g_autofree char *machine = NULL;
  g_autofree char *text = NULL;
  const char *path = sqlite3_db_filename (kai_database_get_handle (db), "main");
  struct stat status;

  if (!g_file_get_contents ("/etc/machine-id", &machine, NULL, NULL))
    machine = g_strdup ("");
  if (!path || stat (path, &status) != 0)
    return g_strdup ("");
  text = g_strdup_printf ("kaipiao %s %" G_GUINT64_FORMAT "%s%s", g_strstrip (machine),
                          (guint64)status.st_ino, before ? "" : " ", before ? "" : path);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

/* "": it was repaired, in another file at the same place. */
static gboolean
is_here (KaiDatabase *db)
{
  g_autofree char *there = kai_database_dup_setting (db, "store_place");
  g_autofree char *birth = kai_database_dup_setting (db, "store_birth");
  g_autofree char *here = find_place (db, birth == NULL);

  return there && (!*there || g_str_equal (there, here));
}

static gboolean
set_words (KaiDatabase *db, const char *word, const char *birth, const char *before,
           const char *birth_before, const char *place, GError **error)
{
  return kai_database_set_setting (db, "store_word_before", before, error)
         && kai_database_set_setting (db, "store_birth_before", birth_before, error)
         && kai_database_set_setting (db, "store_word", word, error)
         && kai_database_set_setting (db, "store_birth", birth, error)
         && (!place || kai_database_set_setting (db, "store_place", place, error));
}

/* The store first, its file after: when a program dies in between, the file is the one that it was, which the store still knows. A store that is older than the
 * file knows neither. */
static gboolean
change_word (KaiDatabase *db, int fd, const char *place, GError **error)
{
  g_autofree char *word = make_word (WORD_BYTES);
  g_autofree char *before = read_word (fd);
  g_autofree char *birth_before = dup_birth (fd);
  g_autofree char *birth = NULL;
  g_autofree char *path = word_path (db, "");
  g_autofree char *fresh = word_path (db, ".new");
  int fresh_fd = make_word_file (fresh, word, error);

  if (fresh_fd < 0)
    return FALSE;
  birth = dup_birth (fresh_fd);
  close (fresh_fd);
  if (!kai_database_begin (db, error))
    return FALSE;
  if (!set_words (db, word, birth, before, birth_before, place, error))
    {
      kai_database_rollback (db);
      return FALSE;
    }
  if (!kai_database_commit (db, error))
    return FALSE;
  /* Not renamed, the one before stays. Nor does it matter when a power cut takes the name back: the next change is on the disk, with this one, before another word counts. */
  (void)g_rename (fresh, path);
  return TRUE;
}

/* Whether the file has the word and was made when the store says. Stores of before know no time. */
static gboolean
is_word (KaiDatabase *db, const char *word, const char *birth, const char *word_key,
         const char *birth_key)
{
  g_autofree char *own = kai_database_dup_setting (db, word_key);
  g_autofree char *made = kai_database_dup_setting (db, birth_key);

  return own && *own && g_str_equal (word, own) && (!made || g_str_equal (birth, made));
}

static gboolean
is_known (KaiDatabase *db, int fd)
{
  g_autofree char *now = kai_database_dup_setting (db, "store_word");
  g_autofree char *word = read_word (fd);
  g_autofree char *birth = dup_birth (fd);

  if (!now)
    return !*word; /* without a word in the file: a new one, or the first start with this version */
  if (!*now)
    return TRUE; /* just restored */
  return is_here (db)
         && (is_word (db, word, birth, "store_word", "store_birth")
             || is_word (db, word, birth, "store_word_before", "store_birth_before"));
}

/* Nothing ever came of a store without numbers and messages: what would be given up or asked about? */
static gboolean
has_history (KaiDatabase *db)
{
  return kai_database_get_int (db, 0, NULL,
                               "SELECT EXISTS (SELECT 1 FROM code_lease)"
                               " OR EXISTS (SELECT 1 FROM outbox)",
                               NULL)
         != 0;
}

/* The time of the last line of the log is of when a copy is. */
static gint64
last_change (KaiDatabase *db)
{
  return kai_database_get_int (db, 0, NULL, "SELECT at FROM audit_log ORDER BY id DESC LIMIT 1",
                               NULL);
}

gboolean
kai_restored_check_copy (KaiDatabase *db, const char *user, gboolean *found, GError **error)
{
  int fd = open_word_file (db, error);
  g_autofree char *place = NULL;
  g_autoptr (GError) local = NULL;
  gboolean ok = TRUE;

  *found = FALSE;
  if (fd < 0)
    return FALSE;
  place = find_place (db, FALSE);
  if (!is_known (db, fd))
    {
      *found = has_history (db);
      /* Of an empty one only the name of the desk must not be there twice: what one of them has acknowledged the other would never be told. */
      ok = *found ? kai_restored_apply (db, user, KAI_RESTORED_COPY, last_change (db), error)
                  : kai_database_set_setting (db, "desk_id", NULL, error);
    }
  /* On a full disk what is there can still be read: the word stays what it was. */
  if (ok && !change_word (db, fd, place, &local)
      && !g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_FULL))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      ok = FALSE;
    }
  close (fd);
  return ok;
}

void
kai_restored_leave (KaiDatabase *db, int changes)
{
  g_autoptr (GError) error = NULL;
  int fd;

  if (kai_database_in_transaction (db)
      || sqlite3_total_changes (kai_database_get_handle (db)) == changes)
    return;
  fd = open_word_file (db, &error);
  if (fd < 0)
    return;
  (void)change_word (db, fd, NULL, &error);
  close (fd);
}
